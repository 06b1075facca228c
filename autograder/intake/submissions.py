"""Finding what students handed in, in the forms that it comes in.

    submissions/alice/02_activations/activations.py         the course's own layout, and nbgrader's submitted/ tree
    submissions/alice/activations.py                        a folder for each student, the modules side by side
    submissions/02_activations/alice/activations.py         a folder for each unit, with students in it
    submissions/02_activations/alice.py
    submissions/alice.zip                                   an archive for each student (zip, tar, tar.gz)
    submissions/doejane_123_456_activations.py              Canvas' bulk download, unpacked or as one zip
    submissions/Jane Doe_1234_assignsubmission_file_/...    Moodle's bulk download, unpacked or as one zip

Where a student has no module for a unit but a notebook of its name, the functions in its code cells are graded. Names
and files come from strangers: links are refused wherever they point, only plain files are taken, archives are counted as
they are opened, and what a student wrote says nothing about anybody else or about the time.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from autograder.course.units import Unit
from autograder.intake.archives import is_archive, without_ending
from autograder.intake.budget import Budget, UnsafeArchive
from autograder.intake.copies import MAX_BYTES, MAX_NOTEBOOK_BYTES, beside, own_scratch, private_copy
from autograder.intake.opening import Refused
from autograder.intake.owners import Candidate, Entry, Placed, candidate, place, sort_out, unpacked
from autograder.intake.walk import HandedIn, Scratch, download, student_archive, walk
from autograder.words import one_line

NOBODYS = "it lies in no student's folder, and its name is not one that Canvas or Moodle gives"
STAMP, NBGRADER = "timestamp.txt", "submitted"  # what nbgrader writes beside a submission, and its tree


class SubmissionsError(Exception):
    """The folder of submissions is missing or holds nothing that can be graded; the message names the way out."""


@dataclass(frozen=True)
class Submission:
    """One student's module (or notebook) for one unit. `module` is None where there is nothing to run.

    It lies in a private folder, beside copies of the student's other files that it may import, and of nothing else.
    """

    student: str
    unit: str
    module: Path | None
    problem: str = ""
    submitted: datetime | None = None
    source: str = ""  # where it lies in what was handed in


@dataclass
class Found:
    """What a folder holds: a submission for every student and unit, and what was not understood."""

    submissions: list[Submission]
    ignored: list[tuple[str, str]] = field(default_factory=list)  # path, reason


Ignored = list[tuple[str, str]]
Stamps = dict[tuple[str, ...], datetime]  # by folder


def find_submissions(
    root: Path, units: Sequence[Unit], scratch: Path | None = None, exercises: Path | None = None
) -> Found:
    """Every student's newest submission for every unit, by student and unit; a student without one has None.

    Args:
        root: the folder (or one archive) that was handed in or downloaded.
        units: what to look for.
        scratch: an empty folder of ours for what archives hold and for the copies that are graded; without one, one is
            made, and is gone when the program ends.
        exercises: what students were given; a module that is still the same steps back behind a notebook that
            defines the functions.

    Raises:
        SubmissionsError: no such folder, or nothing in it that could be graded.
    """
    ignored: Ignored = []
    space = Scratch(scratch if scratch is not None else own_scratch())
    entries = _entries(root, units, space, ignored)
    stamps = _stamps(entries, root)
    students: dict[str, str] = {}
    work: dict[str, list[Placed]] = {}
    for placed in _placed(entries, space, ignored):
        students.setdefault(placed.identity, placed.student)
        work.setdefault(placed.identity, []).append(placed)
        if placed.file.problem:
            ignored.append((placed.file.name, placed.file.problem))
    if not any(candidate(placed, units) for own in work.values() for placed in own):
        example = f"{root.name}/alice/{units[0].folder}/{units[0].module}"
        seen = f"{len(students)} folders, but none with a module of these units" if students else "no folder"
        reasons = "".join(f"\n  {one_line(path)}: {one_line(reason)}" for path, reason in ignored[:5])
        raise SubmissionsError(f"no submissions in {root}: it holds {seen}. Expected, for example, {example}.{reasons}")
    names = _distinct(students)
    submissions = []
    for identity in sorted(names, key=names.__getitem__):
        submissions += submissions_of(names[identity], work[identity], units, space, exercises, stamps, ignored)
    return Found(submissions, ignored)


def submissions_of(
    student: str,
    own: Sequence[Placed],
    units: Sequence[Unit],
    scratch: Scratch,
    exercises: Path | None = None,
    stamps: Stamps | None = None,
    ignored: Ignored | None = None,
) -> list[Submission]:
    """One student's submission for each unit, copied from all that is theirs."""
    stamps = stamps or {}
    best: dict[tuple[str, bool], Candidate] = {}
    for each in filter(None, (candidate(placed, units) for placed in own)):
        key = (each.unit.id, each.notebook)
        if key not in best or _rank(each) > _rank(best[key]):
            best[key] = each
    chosen: dict[str, tuple[Candidate, bytes]] = {}
    found: dict[str, Submission] = {}
    for unit in units:
        module, notebook = (best.get((unit.id, each)) for each in (False, True))
        first = module or notebook
        if first is None:
            found[unit.id] = Submission(student, unit.id, None, _problem(own, unit))
            continue
        try:
            chosen[unit.id] = _work(module, notebook, unit, exercises)
        except Refused as refused:
            found[unit.id] = Submission(student, unit.id, None, str(refused), _submitted(first, stamps))
    for group in _together(chosen.values()):
        modules = {_name(each): content for each, content in group}
        home = group[0][0].placed
        files = [(way, placed) for way, placed in beside(home, own) if placed not in [each.placed for each, _ in group]]
        folder, left_out = private_copy(modules, files, scratch)
        if ignored is not None and left_out:
            ignored.append((left_out[0].file.name, f"it and {len(left_out) - 1} more are too many to be copied"))
        for each, _ in group:
            found[each.unit.id] = Submission(
                student, each.unit.id, folder / _name(each), "", _submitted(each, stamps), each.placed.file.name
            )
    return [found[unit.id] for unit in units]


# Finding the files


def _entries(root: Path, units: Sequence[Unit], scratch: Scratch, ignored: Ignored) -> list[Entry]:
    """All files, unwrapped; archives of students are among them as files."""

    def opened(file: HandedIn, inside: tuple[str, ...] | None = None) -> list[HandedIn]:
        try:
            return download(
                file, (*file.parts[:-1], without_ending(file.parts[-1])) if inside is None else inside, scratch
            )
        except (UnsafeArchive, Refused) as error:
            ignored.append((file.name, f"refused: {error}"))
            return []

    if root.is_file() and is_archive(root.name):
        real = root.resolve()
        files: Iterable[HandedIn] = opened(HandedIn((root.name,), real.parent, (real.name,)), ())
    elif root.is_dir():
        files = walk(root)
    else:
        raise SubmissionsError(f"{root} is not a folder: name the one that holds a folder for each student.")
    return sort_out(files, units, opened)


def _placed(entries: Iterable[Entry], scratch: Scratch, ignored: Ignored) -> Iterable[Placed]:
    """Whose each file is, what lies in students' archives included."""
    budgets: dict[str, Budget] = {}
    for entry in entries:
        placed = place(entry)
        if placed is None:
            if entry.file.problem or entry.file.parts[-1] not in ("", STAMP):
                ignored.append((entry.file.name, entry.file.problem or NOBODYS))
        elif is_archive(placed.inside[-1]) and not placed.file.problem:
            budget = budgets.setdefault(placed.identity, Budget.of_student())
            for file in student_archive(placed.file, scratch, budget):
                yield unpacked(placed, file)
        else:
            yield placed


def _stamps(entries: Iterable[Entry], root: Path) -> Stamps:
    """What nbgrader's own timestamps say. Only in its own tree, and there only where it puts them."""
    stamps = {}
    for entry in entries:
        parts = entry.file.parts
        tree = entry.wrapper or without_ending(root.absolute().name)
        is_nbgraders = tree == NBGRADER and entry.unit is None and len(parts) - entry.depth == 3
        if parts[-1] == STAMP and is_nbgraders and (stamp := _stamp(entry.file)) is not None:
            stamps[parts[:-1]] = stamp
    return stamps


def _stamp(file: HandedIn) -> datetime | None:
    """ "2026-11-20 10:00:00.123456 UTC", other zones in whatever form pandas wrote."""
    try:
        text = file.read(1000).decode("ascii").strip()
        date, _, zone = text.rpartition(" ")
        stamp = datetime.fromisoformat(date if zone in ("UTC", "GMT") else text)
    except (Refused, ValueError):
        return None
    return stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)


def _distinct(students: dict[str, str]) -> dict[str, str]:
    """A name for each identity: the student's own, with the identity where two have the same."""
    names = dict(students)
    while True:  # an identity may be what somebody else is called
        count = Counter(names.values())
        clash = {identity: identity for identity, name in names.items() if count[name] > 1 and name != identity}
        if not clash:
            return names
        names |= clash


# Choosing among one student's


def _rank(each: Candidate) -> tuple[bool, int, float, float]:
    """Which of two of one student's files for one unit counts: one that can be had, and then the newest.

    How new it is, the platform says before the file itself.
    """
    file = each.placed.file
    dated, changed = (time.timestamp() if time else 0.0 for time in (file.dated, file.changed))
    return not file.problem, each.resubmission, dated, changed


def _work(
    module: Candidate | None, notebook: Candidate | None, unit: Unit, exercises: Path | None
) -> tuple[Candidate, bytes]:
    """Which of the two holds a student's work, and its content: the module, unless it is as it was given.

    Raises:
        Refused: the one that counts must not be opened.
    """
    if module is None:
        assert notebook is not None
        return notebook, notebook.placed.file.read(MAX_NOTEBOOK_BYTES)
    content = module.placed.file.read(MAX_BYTES)
    stub = exercises / unit.folder / unit.module if exercises is not None else None
    if notebook is not None and stub is not None and stub.is_file() and content == stub.read_bytes():
        defined = rf"\b(def|class) ({'|'.join(map(re.escape, unit.points))})\b".encode()
        try:
            cells = notebook.placed.file.read(MAX_NOTEBOOK_BYTES)
        except Refused:
            return module, content
        if re.search(defined, cells):
            return notebook, cells
    return module, content


def _problem(own: Iterable[Placed], unit: Unit) -> str:
    """Why there is nothing for a unit, where it is known: its folder is a link, an archive was refused."""
    for placed in own:
        file, name = placed.file, placed.inside[-1]
        if file.problem and (is_archive(name) or not name or name in (unit.id, unit.folder)):
            return (
                file.problem if file.problem.startswith(name) and name else f"{name or file.parts[-2]}: {file.problem}"
            )
    return ""


def _together(chosen: Iterable[tuple[Candidate, bytes]]) -> list[list[tuple[Candidate, bytes]]]:
    """Those that lay in one folder of the student's: they share a copy of it."""
    groups: dict[tuple[object, ...], list[tuple[Candidate, bytes]]] = {}
    for each, content in chosen:
        placed = each.placed
        groups.setdefault((placed.home, placed.file.archive, placed.inside[:-1]), []).append((each, content))
    return list(groups.values())


def _name(each: Candidate) -> str:
    return f"{each.unit.id}{'.ipynb' if each.notebook else '.py'}"


def _submitted(each: Candidate, stamps: Stamps) -> datetime | None:
    """When it was handed in, by those who are to be believed: nbgrader, the platform, the disk."""
    file = each.placed.file
    folders = (file.parts[:end] for end in range(len(file.parts)))
    return next((stamps[folder] for folder in folders if folder in stamps), file.dated)
