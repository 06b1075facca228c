"""Whose a file is, and of which unit: by the folders it lies in, or by the pattern of a platform's download."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from autograder.course.units import Unit
from autograder.intake.walk import HandedIn

WRAPPERS = {"submissions", "submitted", "submission", "archive"}

# Canvas: lastfirst_LATE_userid_submissionid_name-1.py, the number being that of the resubmission.
CANVAS = re.compile(r"(?P<student>[^_]+)(?:_LATE)?_(?P<user>\d+)_(?P<submission>\d+)_(?P<file>.+)", re.ASCII)
RESUBMISSION = re.compile(r"(?P<stem>.+?)(?:-(?P<number>\d{1,4}))?(?P<ending>\.\w+)")
# Moodle: First Last_participant_assignsubmission_file_ as a folder, or with the file's name behind it.
MOODLE = re.compile(
    r"(?P<student>.+)_(?P<participant>\d+)_assignsubmission_(?:file|onlinetext)_?(?P<file>.*)", re.ASCII
)


@dataclass(frozen=True)
class Candidate:
    file: HandedIn
    student: str
    identity: str  # keeps two students of one name apart
    unit: Unit
    notebook: bool
    resubmission: int


def place(file: HandedIn, units: Sequence[Unit]) -> tuple[Candidate | None, str, str] | None:
    """The candidate (None where the file is no unit's), the identity and the name of the student."""
    parts = tuple(part for part in file.parts if part.lower() not in WRAPPERS)
    if not parts:
        return None
    for position, part in enumerate(parts):
        if match := MOODLE.fullmatch(part):
            name = match["file"] or parts[-1]
            student, identity = match["student"], f"{match['student']}_{match['participant']}"
            return _candidate(file, units, student, identity, (*parts[position + 1 : -1], name)), identity, student
        if match := CANVAS.fullmatch(part):
            name = match["file"] if position == len(parts) - 1 else parts[-1]
            student, identity = match["student"], f"{match['student']}_{match['user']}"
            return _candidate(file, units, student, identity, (*parts[position + 1 : -1], name)), identity, student
    if len(parts) < 2:
        return None
    unit = _unit_of(parts[0], units)
    if unit is None:
        student = parts[0]
        return _candidate(file, units, student, student, parts[1:]), student, student
    student = parts[1] if len(parts) > 2 else parts[1].rpartition(".")[0]
    if not student:
        return None
    name = parts[-1] if len(parts) > 2 else f"{unit.id}.{parts[1].rpartition('.')[2]}"
    return _candidate(file, [unit], student, student, (unit.folder, name)), student, student


def _unit_of(name: str, units: Sequence[Unit]) -> Unit | None:
    return next((unit for unit in units if name in (unit.id, unit.folder)), None)


def _candidate(
    file: HandedIn, units: Sequence[Unit], student: str, identity: str, parts: tuple[str, ...]
) -> Candidate | None:
    match = RESUBMISSION.fullmatch(parts[-1])
    if match is None or match["ending"] not in (".py", ".ipynb"):
        return None
    unit = _unit_of(match["stem"], units)
    if unit is None:
        return None
    return Candidate(file, student, identity, unit, match["ending"] == ".ipynb", int(match["number"] or 0))
