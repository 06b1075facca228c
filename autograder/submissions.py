"""Finding what students handed in: one folder a student, with the units' modules in it.

    submissions/alice/02_activations/activations.py     as the course's exercises/ folder has it (and nbgrader's tree)
    submissions/alice/activations/activations.py        the unit's id as folder
    submissions/alice/activations.py                    the modules side by side

Names come from strangers: a link is refused wherever it points, and only regular files are taken.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.course import Unit

MAX_BYTES = 2**20  # of one module: a thousand times what a unit needs


class SubmissionsError(Exception):
    """The folder of submissions is missing or holds nothing that can be graded; the message names the way out."""


@dataclass(frozen=True)
class Submission:
    """One student's module for one unit. `module` is None where there is nothing to run; `problem` says why."""

    student: str
    unit: str
    module: Path | None
    problem: str = ""


def find_submissions(root: Path, units: Sequence[Unit]) -> list[Submission]:
    """Every student's submission for every unit, in the order of names; a student without a unit's module has none.

    Raises:
        SubmissionsError: no such folder, or no student in it handed in any of the units.
    """
    if not root.is_dir():
        raise SubmissionsError(f"{root} is not a folder: name the one that holds a folder for each student.")
    students = sorted(entry.name for entry in os.scandir(root) if _is_student(entry))
    found = [_find(root, student, unit) for student in students for unit in units]
    if not any(submission.module or submission.problem for submission in found):
        example = f"{root.name}/alice/{units[0].folder}/{units[0].module}"
        what = f"{len(students)} folders, but none with a module of these units" if students else "no folder"
        raise SubmissionsError(f"no submissions in {root}: it holds {what}. Expected, for example, {example}.")
    return found


def _is_student(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False) and not entry.name.startswith((".", "__"))


def _find(root: Path, student: str, unit: Unit) -> Submission:
    for parts in _places(unit):
        path = root.joinpath(student, *parts)
        try:
            problem = _problem(root / student, parts)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            problem = f"it cannot be read: {error.strerror}"
        return Submission(student, unit.id, None if problem else path, problem)
    return Submission(student, unit.id, None)


def _places(unit: Unit) -> Iterator[tuple[str, ...]]:
    yield (unit.folder, unit.module)
    yield (unit.id, unit.module)
    yield (unit.module,)


def _problem(folder: Path, parts: tuple[str, ...]) -> str:
    """Why the file must not be touched; empty where it may."""
    for part in parts:
        folder = folder / part
        mode = folder.lstat().st_mode
        if stat.S_ISLNK(mode):
            return f"{part} is a symbolic link: hand in the file itself"
    if not stat.S_ISREG(mode):
        return f"{parts[-1]} is not a regular file"
    if folder.lstat().st_size > MAX_BYTES:
        return f"{parts[-1]} is larger than {MAX_BYTES // 2**20} MB"
    return ""
