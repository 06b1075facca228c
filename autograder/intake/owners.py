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
from autograder.intake.walk import MAX_DEPTH, HandedIn

# Folders that hold a class by their name alone, and those whose name is no person's where the rest speaks for it, too.
WRAPPER = re.compile(r"submissions?|submitted|archive|.*[-_ ]submissions?", re.IGNORECASE)
NO_PERSON = re.compile(
    r"(hw|homework|assignment|week|lab|ex|exercises?|sheet|class|course|section|group|export|download|unit|part|project)s?"
    r"[-_ .]*\d*|.*_export",
    re.IGNORECASE,
)
PLAIN = 3  # so many folders with the same unit's module in them are students, whatever holds them is called

# Canvas: lastfirst_LATE_userid_submissionid_name-1.py, the number being that of the resubmission.
CANVAS = re.compile(r"(?P<student>.+?)(?P<late>_LATE)?_(?P<user>\d+)_(?P<submission>\d+)_(?P<file>.+)", re.ASCII)
RESUBMISSION = re.compile(r"(?P<stem>.+?)(?:-(?P<number>\d{1,4}))?(?P<ending>\.\w+)")
# What people and programs make of a file's name: "Copy of activations (1).PY", "activations_final.py", "activations.py.txt".
NEARLY = re.compile(
    r"(?:copy of |kopie von |copie de |copia de )?(?P<stem>.+?)"
    r"(?:[-_ ]*\(\d{1,3}\)|[-_ ]+(?:copy|kopie|final|new|v?\d{1,4}))*"
    r"(?P<ending>\.py|\.ipynb)(?:\.txt|\.json)?",
    re.IGNORECASE,
)
# Moodle: First Last_participant_assignsubmission_file_ as a folder, or with the file's name behind it.
MOODLE = re.compile(r"(?P<student>.+?)_(?P<user>\d+)_assignsubmission_(?:file|onlinetext)_?(?P<file>.*)", re.ASCII)


class Unclear(Exception):
    """Folders could be students' or not; the message says what was seen."""


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
    marked_late: bool = False  # by the platform
    platform_id: str = ""  # "canvas 12": what the platform calls the student, where it says so


@dataclass(frozen=True)
class Candidate:
    placed: Placed
    unit: Unit
    notebook: bool
    resubmission: int
    nearly: bool = False  # called like the unit's module, but not just so


def sort_out(files: Iterable[HandedIn], units: Sequence[Unit], opened: Opener) -> list[Entry]:
    """Take off what lies around the class, and tell folders of units from those of students.

    A folder called like a unit is the unit's where most beside it are called so; among students it is a student.

    Args:
        files: all of them; students' archives unopened.
        units: of the course.
        opened: the files in an archive that is a download (of the class, or of a unit), as if it were a folder.

    Raises:
        Unclear: which level of folders the students are is not plain.
    """
    unwrapped, depth, wrapper, beside = _unwrapped(list(files), 0, opened, units)
    entries = [Entry(file, None, above) for file, above in beside]
    tops = _tops(unwrapped, depth)
    of_units = {name: unit for name in tops if name is not None and (unit := _unit_of(name, units))}
    if 2 * len(of_units) <= len(tops.keys() - {None}):
        _look_closer(tops, depth, units)
        return entries + [Entry(file, None, depth, wrapper) for file in unwrapped]
    for name, inside in tops.items():
        unit = of_units.get(name) if name is not None else None
        if unit is None or name is None:
            entries += [Entry(file, None, depth, wrapper) for file in inside]
            continue
        below = _below(_with_download(inside, depth, opened), depth + 1)
        below, deeper, _, beside = _unwrapped(below, depth + 1, opened, units)
        entries += [Entry(file, unit, above) for file, above in beside] + [Entry(file, unit, deeper) for file in below]
    return entries


def at_depth(files: Iterable[HandedIn], units: Sequence[Unit], depth: int) -> list[Entry]:
    """The files where students are so many folders down, counted from 1; units' folders may lie above them."""
    entries = []
    for file in files:
        above = file.parts[: depth - 1]
        unit = next((unit for part in reversed(above) if (unit := _unit_of(part, units))), None)
        entries.append(Entry(file, unit, min(depth, len(file.parts)) - 1, above[-1] if above else ""))
    return entries


def _unwrapped(
    files: list[HandedIn], depth: int, opened: Opener, units: Sequence[Unit]
) -> tuple[list[HandedIn], int, str, list[tuple[HandedIn, int]]]:
    """The files in the one folder or archive that holds all: by its name, or because students lie in it.

    With how deep they are, what that folder is called, and what lies beside it or beside one around it, and how deep.
    """
    wrapper = ""
    beside: list[tuple[HandedIn, int]] = []
    while True:
        tops = _tops(files, depth)
        names = tops.keys() - {None}
        name = next(iter(names)) if len(names) == 1 else None
        if name is None or _unit_of(name, units):
            return files, depth, wrapper, beside
        if not WRAPPER.fullmatch(name):
            students = _students_in(tops[name], depth + 1, units)
            if not students:
                return files, depth, wrapper, beside
            if len(students) < PLAIN and not NO_PERSON.fullmatch(name):
                raise Unclear(_seen(name, students))
        beside += [(file, depth) for file in tops.get(None, ())]
        wrapper, inside = name, _with_download(tops[name], depth, opened)
        depth += 1
        files = _below(inside, depth)


def _look_closer(tops: dict[str | None, list[HandedIn]], depth: int, units: Sequence[Unit]) -> None:
    """Raises Unclear where most folders look as if each held a class."""
    folders = {name: files for name, files in tops.items() if name is not None}
    nested = {name: found for name, files in folders.items() if (found := _students_in(files, depth + 1, units))}
    if len(folders) > 1 and 2 * len(nested) > len(folders):
        raise Unclear(_seen(*next(iter(nested.items()))))


def _seen(name: str, students: Sequence[str]) -> str:
    named = ", ".join(students[:3]) + (", ..." if len(students) > 3 else "")
    return f"is {name!r} one student, or are those in it students: {named}? Say so by --students-at"


def _students_in(files: Iterable[HandedIn], depth: int, units: Sequence[Unit]) -> list[str]:
    """What looks like students in a folder: platforms' names, or several folders with the same unit's module in them.

    A folder that is alone in it is looked into.
    """
    files = [file for file in files if len(file.parts) > depth and file.parts[depth]]
    folders = {file.parts[depth] for file in files if len(file.parts) > depth + 1}
    only = next(iter(folders)) if len(folders) == 1 else ""
    shallow = depth < MAX_DEPTH  # an archive's path may be as long as a stranger likes
    if shallow and only and not _unit_of(only, units) and all(len(file.parts) > depth + 1 for file in files):
        return _students_in(files, depth + 1, units)
    names: dict[str, set[str]] = {}  # by name, the units that there is something for
    platforms = False
    for file in files:
        top, alone = file.parts[depth], len(file.parts) == depth + 1
        platforms |= bool(CANVAS.fullmatch(top) or MOODLE.fullmatch(top))
        if alone and is_archive(top):
            names.setdefault(without_ending(top), set()).add("")
        elif not alone and not _unit_of(top, units) and (unit := _unit_called(file.parts[-1], units)):
            names.setdefault(top, set()).add(unit.id)
        elif platforms and alone:
            names.setdefault(top, set())
    held = [unit for its in names.values() for unit in its]
    return sorted(names) if platforms or len(held) > len(set(held)) else []


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
    canvas, moodle = CANVAS.fullmatch(top), MOODLE.fullmatch(top)
    if match := canvas or moodle:
        student, identity = match["student"], f"{match['student']}_{match['user']}"
        late = bool(match.groupdict().get("late"))
        called = f"{'canvas' if canvas else 'moodle'} {match['user']}"
        return Placed(file, student, identity, home, below or (match["file"],), entry.unit, late, called)
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
    name = placed.inside[-1]
    units = units if placed.unit is None else [placed.unit]
    match = RESUBMISSION.fullmatch(name)
    if match and match["ending"] in (".py", ".ipynb") and (unit := _unit_of(match["stem"], units)):
        return Candidate(placed, unit, match["ending"] == ".ipynb", int(match["number"] or 0))
    if unit := _unit_called(name, units):
        return Candidate(placed, unit, ".ipynb" in name.lower(), 0, nearly=True)
    return None


def _unit_called(name: str, units: Sequence[Unit]) -> Unit | None:
    """The unit whose module or notebook is called so, or nearly so."""
    match = NEARLY.fullmatch(name)
    return _unit_of(match["stem"].lower(), units) if match else None


def _unit_of(name: str, units: Sequence[Unit]) -> Unit | None:
    return next((unit for unit in units if name in (unit.id, unit.folder)), None)
