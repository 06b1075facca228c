"""Finding what students handed in, in the forms that it comes in.

    submissions/alice/02_activations/activations.py         the course's own layout, and nbgrader's submitted/ tree
    submissions/alice/activations.py                        a folder for each student, the modules side by side
    submissions/02_activations/alice/activations.py         a folder for each unit, with students in it
    submissions/02_activations/alice.py
    submissions/alice.zip                                   an archive for each student (zip, tar, tar.gz)
    submissions/doejane_123_456_activations.py              Canvas' bulk download, unpacked or as one zip
    submissions/Jane Doe_1234_assignsubmission_file_/...    Moodle's bulk download, unpacked or as one zip

Where a student has no module for a unit but a notebook of its name, the functions in its code cells are graded. Names
and files come from strangers: links are refused wherever they point, only regular files are taken, archives are
checked before they are opened.
"""

from __future__ import annotations

import re
import shutil
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from autograder.course.units import Unit
from autograder.intake.archives import is_archive
from autograder.intake.owners import Candidate, place
from autograder.intake.walk import HandedIn, Scratch, open_archive, walk

MAX_BYTES = 2**20  # of one module: a thousand times what a unit needs
MAX_NOTEBOOK_BYTES = 16 * 2**20  # with the plots that it shows


class SubmissionsError(Exception):
    """The folder of submissions is missing or holds nothing that can be graded; the message names the way out."""


@dataclass(frozen=True)
class Submission:
    """One student's module (or notebook) for one unit. `module` is None where there is nothing to run."""

    student: str
    unit: str
    module: Path | None
    problem: str = ""
    submitted: datetime | None = None


@dataclass
class Found:
    """What a folder holds: a submission for every student and unit, and what was not understood."""

    submissions: list[Submission]
    ignored: list[tuple[str, str]] = field(default_factory=list)  # path, reason


def find_submissions(
    root: Path, units: Sequence[Unit], scratch: Path | None = None, exercises: Path | None = None
) -> Found:
    """Every student's newest submission for every unit, by student and unit; a student without one has None.

    Args:
        root: the folder (or one archive) that was handed in or downloaded.
        units: what to look for.
        scratch: an empty folder of ours to unpack archives into; without one, archives are left alone.
        exercises: what students were given; a module that is still the same steps back behind a notebook that
            defines the functions.

    Raises:
        SubmissionsError: no such folder, or nothing in it that could be graded.
    """
    ignored: list[tuple[str, str]] = []
    space = Scratch(scratch) if scratch is not None else None
    if root.is_file() and is_archive(root.name):
        files = list(open_archive(HandedIn((root.name,), root, None, False), None, space, ignored, 0))
    elif root.is_dir():
        files = list(walk(root, space, ignored))
    else:
        raise SubmissionsError(f"{root} is not a folder: name the one that holds a folder for each student.")
    stamps = {file.parts[:-1]: _stamp(file.path) for file in files if file.parts[-1] == "timestamp.txt"}
    candidates = []
    students: dict[str, str] = {}
    for file in files:
        placed = place(file, units)
        if placed is None:
            continue
        candidate, identity, student = placed
        students.setdefault(identity, student)
        if candidate is not None:
            candidates.append(candidate)
    if not candidates:
        example = f"{root.name}/alice/{units[0].folder}/{units[0].module}"
        seen = f"{len(students)} folders, but none with a module of these units" if students else "no folder"
        reasons = "".join(f"\n  {path}: {reason}" for path, reason in ignored[:5])
        raise SubmissionsError(f"no submissions in {root}: it holds {seen}. Expected, for example, {example}.{reasons}")
    names = _distinct(students)
    best: dict[tuple[str, str, bool], Candidate] = {}
    for candidate in candidates:
        key = (names[candidate.identity], candidate.unit.id, candidate.notebook)
        if key not in best or _age(candidate) > _age(best[key]):
            best[key] = candidate
    submissions = []
    for student in sorted(names.values()):
        for unit in units:
            module, notebook = (best.get((student, unit.id, each)) for each in (False, True))
            chosen = module or notebook
            if module and notebook and not (_problem(module) or _problem(notebook)):
                path = work_of(module.file.path, notebook.file.path, unit, exercises)
                chosen = notebook if path == notebook.file.path else module
            submissions.append(_submission(student, unit, chosen, stamps, space))
    return Found(submissions, ignored)


def _age(candidate: Candidate) -> tuple[int, float]:
    """Which of two of one student's files for one unit counts: the newest."""
    changed = candidate.file.changed
    return (candidate.resubmission, changed.timestamp() if changed else 0.0)


def work_of(module: Path, notebook: Path, unit: Unit, exercises: Path | None) -> Path:
    """Which of the two holds a student's work: the module, unless it is as it was given and the notebook has functions."""
    stub = exercises / unit.folder / unit.module if exercises is not None else None
    given = stub is not None and stub.is_file() and module.is_file() and module.read_bytes() == stub.read_bytes()
    if (given or not module.is_file()) and notebook.is_file():
        defined = rf"\b(def|class) ({'|'.join(map(re.escape, unit.points))})\b".encode()
        if re.search(defined, notebook.read_bytes()):
            return notebook
    return module


def _distinct(students: dict[str, str]) -> dict[str, str]:
    """A name for each identity: the student's own, with the identity where two have the same."""
    names = list(students.values())
    return {identity: name if names.count(name) == 1 else identity for identity, name in students.items()}


# The file itself


def _submission(
    student: str,
    unit: Unit,
    chosen: Candidate | None,
    stamps: dict[tuple[str, ...], datetime | None],
    scratch: Scratch | None,
) -> Submission:
    if chosen is None:
        return Submission(student, unit.id, None)
    submitted = stamps.get(chosen.file.parts[:-1]) or chosen.file.changed
    problem = _problem(chosen)
    if problem:
        return Submission(student, unit.id, None, problem, submitted)
    path = chosen.file.path
    name = f"{unit.id}{'.ipynb' if chosen.notebook else '.py'}"
    if not chosen.file.own_folder or path.name != name:
        # Others' work may lie beside it, and code may read its own folder: give it one of its own.
        if scratch is None:
            return Submission(student, unit.id, None, "it lies in a folder with others' work", submitted)
        path = Path(shutil.copyfile(path, scratch.folder() / name, follow_symlinks=False))
    return Submission(student, unit.id, path, "", submitted)


def _problem(candidate: Candidate) -> str:
    """Why the file must not be touched; empty where it may."""
    path, name = candidate.file.path, candidate.file.parts[-1]
    try:
        entry = path.lstat()
    except OSError as error:
        return f"it cannot be read: {error.strerror}"
    limit = MAX_NOTEBOOK_BYTES if candidate.notebook else MAX_BYTES
    if stat.S_ISLNK(entry.st_mode):
        return f"{name} is a symbolic link: hand in the file itself"
    if not stat.S_ISREG(entry.st_mode):
        return f"{name} is not a regular file"
    if entry.st_nlink > 1:
        return f"{name} is a hard link to a file elsewhere: hand in a copy"
    if entry.st_size > limit:
        return f"{name} is larger than {limit // 2**20} MB"
    return ""


def _stamp(path: Path) -> datetime | None:
    """nbgrader's timestamp.txt: "2026-11-20 10:00:00.123456 UTC", other zones in whatever form pandas wrote."""
    try:
        text = path.read_text(encoding="ascii")[:100].strip()
        date, _, zone = text.rpartition(" ")
        stamp = datetime.fromisoformat(date if zone in ("UTC", "GMT") else text)
    except (OSError, ValueError):
        return None
    return stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)
