"""Whose a file is, and of which unit: by the folders it lies in, or by the pattern of a platform's download.

Names at the top are the teacher's or the platform's. What a student called things, inside of their own folder or archive,
makes nobody else a student and gives nobody else work.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from autograder.course.units import Unit
from autograder.intake.archives import is_archive, without_ending
from autograder.intake.walk import HandedIn

WRAPPERS = {"submissions", "submitted", "submission", "archive"}

# Canvas: lastfirst_LATE_userid_submissionid_name-1.py, the number being that of the resubmission.
CANVAS = re.compile(r"(?P<student>[^_]+)(?:_LATE)?_(?P<user>\d+)_(?P<submission>\d+)_(?P<file>.+)", re.ASCII)
RESUBMISSION = re.compile(r"(?P<stem>.+?)(?:-(?P<number>\d{1,4}))?(?P<ending>\.\w+)")
# Moodle: First Last_participant_assignsubmission_file_ as a folder, or with the file's name behind it.
MOODLE = re.compile(r"(?P<student>.+?)_(?P<user>\d+)_assignsubmission_(?:file|onlinetext)_?(?P<file>.*)", re.ASCII)

Opener = Callable[[HandedIn], list[HandedIn]]


@dataclass(frozen=True)
class Entry:
    """A file, the unit whose folder it lies in (None: any), and how many of its names are the teacher's or platform's."""

    file: HandedIn
    unit: Unit | None
    depth: int
    wrapper: str = ""  # the last of those that are neither a unit's nor a student's


@dataclass(frozen=True)
class Placed:
    """A file with its student. `home` is what is the student's own, `inside` the way there, as the student named it."""

    file: HandedIn
    student: str
    identity: str  # keeps two students of one name apart
    home: tuple[str, ...]
    inside: tuple[str, ...]
    unit: Unit | None


@dataclass(frozen=True)
class Candidate:
    placed: Placed
    unit: Unit
    notebook: bool
    resubmission: int


def sort_out(files: Iterable[HandedIn], units: Sequence[Unit], opened: Opener) -> list[Entry]:
    """Take off what lies around the class, and tell folders of units from those of students.

    A folder called like a unit is the unit's where most beside it are called so; among students it is a student.

    Args:
        files: all of them; students' archives unopened.
        units: of the course.
        opened: the files in an archive that is a download (of the class, or of a unit), as if it were a folder.
    """
    unwrapped, depth, wrapper = _unwrapped(list(files), 0, opened)
    tops = _tops(unwrapped, depth)
    of_units = {name: unit for name in tops if name is not None and (unit := _unit_of(name, units))}
    if 2 * len(of_units) <= len(tops.keys() - {None}):
        return [Entry(file, None, depth, wrapper) for file in unwrapped]
    entries = []
    for name, inside in tops.items():
        unit = of_units.get(name) if name is not None else None
        if unit is None or name is None:
            entries += [Entry(file, None, depth, wrapper) for file in inside]
            continue
        below = _below(_with_download(inside, depth, opened), depth + 1)
        below, deeper, _ = _unwrapped(below, depth + 1, opened)
        entries += [Entry(file, unit, deeper) for file in below]
    return entries


def _unwrapped(files: list[HandedIn], depth: int, opened: Opener) -> tuple[list[HandedIn], int, str]:
    """The files in the one folder or archive that holds all, as long as it is called as such folders are."""
    wrapper = ""
    while True:
        tops = _tops(files, depth)
        names = tops.keys() - {None}
        name = next(iter(names)) if len(names) == 1 else None
        if name is None or name.lower() not in WRAPPERS:
            return files, depth, wrapper
        wrapper, inside = name, _with_download(tops[name], depth, opened)
        depth += 1
        files = _below(inside, depth)


def _with_download(files: Iterable[HandedIn], depth: int, opened: Opener) -> list[HandedIn]:
    """The files, and in an archive's place what it holds, where the archive itself lies at `depth`."""
    found = []
    for file in files:
        is_download = len(file.parts) == depth + 1 and is_archive(file.parts[-1]) and not file.problem
        found += opened(file) if is_download else [file]
    return found


def _below(files: Iterable[HandedIn], depth: int) -> list[HandedIn]:
    """Without the mere folder at `depth` that they lie in, unless something is wrong with it."""
    return [file for file in files if len(file.parts) > depth and (file.parts[depth:] != ("",) or file.problem)]


def _tops(files: Iterable[HandedIn], depth: int) -> dict[str | None, list[HandedIn]]:
    """By folder, archive or platform's file at the top; under None what is none of these."""
    tops: dict[str | None, list[HandedIn]] = {}
    for file in files:
        top = file.parts[depth]
        alone = len(file.parts) == depth + 1
        if alone:
            is_somebodys = is_archive(top) or CANVAS.fullmatch(top) or MOODLE.fullmatch(top)
            tops.setdefault(without_ending(top) if is_somebodys else None, []).append(file)
        else:
            tops.setdefault(top, []).append(file)
    return tops


def place(entry: Entry) -> Placed | None:
    """Whose the file is; None where it is nobody's."""
    file, depth = entry.file, entry.depth
    top, below = file.parts[depth], file.parts[depth + 1 :]
    if not top:
        return None
    home = file.parts[: depth + 1] if below else file.parts[:depth]
    if match := CANVAS.fullmatch(top) or MOODLE.fullmatch(top):
        student, identity = match["student"], f"{match['student']}_{match['user']}"
        return Placed(file, student, identity, home, below or (match["file"],), entry.unit)
    if below:
        return Placed(file, top, top, home, below, entry.unit)
    if is_archive(top):
        return Placed(file, without_ending(top), without_ending(top), home, (top,), entry.unit)
    student, _, ending = top.rpartition(".")
    if entry.unit is None or not student:
        return None
    return Placed(file, student, student, (*home, student), (f"{entry.unit.id}.{ending}",), entry.unit)


def unpacked(archive: Placed, file: HandedIn) -> Placed:
    """A file that came in a student's archive: theirs, whatever it is called."""
    depth = len(archive.file.parts)
    return replace(archive, file=file, home=file.parts[:depth], inside=file.parts[depth:] or file.parts[-1:])


def candidate(placed: Placed, units: Sequence[Unit]) -> Candidate | None:
    """What the file is called like: a unit's module or notebook, or None."""
    match = RESUBMISSION.fullmatch(placed.inside[-1])
    if match is None or match["ending"] not in (".py", ".ipynb"):
        return None
    unit = _unit_of(match["stem"], units if placed.unit is None else [placed.unit])
    if unit is None:
        return None
    return Candidate(placed, unit, match["ending"] == ".ipynb", int(match["number"] or 0))


def _unit_of(name: str, units: Sequence[Unit]) -> Unit | None:
    return next((unit for unit in units if name in (unit.id, unit.folder)), None)
