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

import contextlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import yaml

from autograder.course.units import Unit
from autograder.intake.archives import is_archive, without_ending
from autograder.intake.budget import Budget, UnsafeArchive
from autograder.intake.choice import Shelf
from autograder.intake.copies import beside, own_scratch, private_copy
from autograder.intake.opening import Refused
from autograder.intake.owners import Candidate, Entry, Placed, Unclear, at_depth, candidate, place, sort_out, unpacked
from autograder.intake.walk import HandedIn, Scratch, download, student_archive, walk
from autograder.words import one_line

NOBODYS = "it lies in no student's folder, and its name is not one that Canvas or Moodle gives"
STAMP, NBGRADER = "timestamp.txt", "submitted"  # what nbgrader writes beside a submission, and its tree
MAX_METADATA = 8 * 2**20
METADATA = "submission_metadata.yml"  # what Gradescope writes beside its folders: whose each is


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
    note: str = ""  # what the student should know of how it was found
    marked_late: bool = False  # by the platform, without a time


@dataclass
class Found:
    """What a folder holds: a submission for every student and unit, and what was not understood."""

    submissions: list[Submission]
    ignored: list[tuple[str, str]] = field(default_factory=list)  # path, reason
    ids: dict[str, str] = field(default_factory=dict)  # by student, what the platform calls them: "canvas 12"


Ignored = list[tuple[str, str]]
Stamps = dict[tuple[str, ...], datetime]  # by folder


def find_submissions(
    root: Path,
    units: Sequence[Unit],
    scratch: Path | None = None,
    exercises: Path | None = None,
    students_at: int | None = None,
) -> Found:
    """Every student's newest submission for every unit, by student and unit; a student without one has None.

    Args:
        root: the folder (or one archive) that was handed in or downloaded.
        units: what to look for.
        scratch: an empty folder of ours for what archives hold and for the copies that are graded; without one, one is
            made, and is gone when the program ends.
        exercises: what students were given; a module that is still the same steps back behind a notebook that
            defines the functions.
        students_at: how many folders down the students are, from 1; None finds it out.

    Raises:
        SubmissionsError: no such folder, nothing in it that could be graded, or it is not plain where the students are.
    """
    ignored: Ignored = []
    space = Scratch(scratch if scratch is not None else own_scratch())
    entries = _entries(root, units, space, ignored, students_at)
    stamps = _stamps(entries, root)
    students: dict[str, str] = {}
    work: dict[str, list[Placed]] = {}
    names_of = _submitters(entries)
    for placed in _each_of_a_group(_placed(entries, space, ignored), names_of):
        students.setdefault(placed.identity, placed.student)
        work.setdefault(placed.identity, []).append(placed)
        if placed.file.problem:
            ignored.append((placed.file.name, placed.file.problem))
    names = _distinct(students)
    submissions = []
    for identity in sorted(names, key=names.__getitem__):
        submissions += submissions_of(names[identity], work[identity], units, space, exercises, stamps, ignored)
    if not any(each.module for each in submissions) and not any(
        candidate(p, units) for own in work.values() for p in own
    ):
        example = f"{root.name}/alice/{units[0].folder}/{units[0].module}"
        seen = f"{len(students)} folders, but none with a module of these units" if students else "no folder"
        reasons = "".join(f"\n  {one_line(path)}: {one_line(reason)}" for path, reason in ignored[:5])
        raise SubmissionsError(f"no submissions in {root}: it holds {seen}. Expected, for example, {example}.{reasons}")
    ids = {names[identity]: own[0].platform_id for identity, own in work.items() if own[0].platform_id}
    return Found(submissions, ignored, ids)


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
    chosen: dict[str, tuple[Candidate, bytes]] = {}
    found: dict[str, Submission] = {}
    shelf = Shelf(own, units, exercises)
    for unit in units:
        candidates = shelf.of(unit)
        try:
            best = shelf.best(unit, candidates)
        except Refused as refused:
            found[unit.id] = Submission(student, unit.id, None, str(refused), _submitted(candidates[0], stamps))
            continue
        if best is None:
            found[unit.id] = Submission(student, unit.id, None, _problem(own, unit))
        else:
            chosen[unit.id] = best
    for group in _together(chosen.values()):
        modules = {_name(each): content for each, content in group}
        home = group[0][0].placed
        files = [(way, placed) for way, placed in beside(home, own) if placed not in [each.placed for each, _ in group]]
        folder, left_out = private_copy(modules, files, scratch)
        if ignored is not None and left_out:
            ignored.append((left_out[0].file.name, f"it and {len(left_out) - 1} more are too many to be copied"))
        for each, _ in group:
            found[each.unit.id] = Submission(
                student,
                each.unit.id,
                folder / _name(each),
                "",
                _submitted(each, stamps),
                each.placed.file.name,
                _note(each),
                each.placed.marked_late,
            )
    return [found[unit.id] for unit in units]


# Finding the files


def _entries(
    root: Path, units: Sequence[Unit], scratch: Scratch, ignored: Ignored, students_at: int | None
) -> list[Entry]:
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
    if students_at is not None:
        return at_depth(files, units, students_at)
    try:
        return sort_out(files, units, opened)
    except Unclear as unclear:
        way = "1 for alice/activations.py, 2 for hw2/alice/activations.py"
        raise SubmissionsError(f"{root}: {unclear} DEPTH ({way}).") from None


def _placed(entries: Iterable[Entry], scratch: Scratch, ignored: Ignored) -> Iterable[Placed]:
    """Whose each file is, what lies in students' archives included."""
    budgets: dict[str, Budget] = {}
    for entry in entries:
        placed = place(entry)
        if placed is None:
            if entry.file.problem or entry.file.parts[-1] not in ("", STAMP, METADATA):
                ignored.append((entry.file.name, entry.file.problem or NOBODYS))
        elif is_archive(placed.inside[-1]) and not placed.file.problem:
            budget = budgets.setdefault(placed.identity, Budget.of_student())
            for file in student_archive(placed.file, scratch, budget):
                yield unpacked(placed, file)
        else:
            yield placed


def _submitters(entries: Iterable[Entry]) -> dict[tuple[str, ...], list[str]]:
    """Who handed in what, as an export of Gradescope says: the names by folder."""
    found = {}
    for entry in entries:
        folder = entry.file.parts[:-1]
        if entry.file.parts[-1] != METADATA or len(folder) != entry.depth:
            continue
        with contextlib.suppress(Refused, yaml.YAMLError, AttributeError, TypeError, RecursionError):
            for name, about in yaml.safe_load(entry.file.read(MAX_METADATA)).items():
                people = [str(each.get(":name") or each[":email"]) for each in about[":submitters"]]
                if people:
                    found[*folder, str(name)] = people
    return found


def _each_of_a_group(files: Iterable[Placed], names: dict[tuple[str, ...], list[str]]) -> Iterable[Placed]:
    """The files again, under the names of those who handed them in: of a group, everybody has all of them."""
    for placed in files:
        folders = (placed.file.parts[:end] for end in range(len(placed.file.parts)))  # an archive's lie in one, too
        people = next((names[folder] for folder in folders if folder in names), [])
        if not people:
            yield placed
        for name in people:
            yield replace(
                placed, student=name, identity=f"{placed.identity}/{name}" if len(people) > 1 else placed.identity
            )


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


def _note(each: Candidate) -> str:
    """Said where the file is not called as it should be."""
    wanted, name = _name(each), each.placed.inside[-1]
    return f"{name} was taken for {wanted}: call it {wanted} next time." if each.nearly else ""


def _submitted(each: Candidate, stamps: Stamps) -> datetime | None:
    """When it was handed in, as nbgrader noted it.

    Times of files are no evidence: a copy, a checkout, an archive has others, and those in an archive are the student's.
    """
    parts = each.placed.file.parts
    folders = (parts[:end] for end in range(len(parts)))
    return next((stamps[folder] for folder in folders if folder in stamps), None)
