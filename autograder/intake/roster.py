"""The roster: a CSV of who is in the class, with what else is known of each, whether or not something was handed in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from unicodedata import normalize

from autograder.course.units import Unit
from autograder.intake.late import LateError, rows
from autograder.intake.submissions import Found, Submission
from autograder.words import one_line, safe_cell

CELL_CHARS = 400


class RosterError(Exception):
    """A roster cannot be used; names the file, the line and the way out."""


@dataclass(frozen=True)
class Person:
    """What a roster says of a student; "" where it does not."""

    id: str = ""
    email: str = ""
    section: str = ""
    tutor: str = ""


def read_roster(path: Path) -> dict[str, Person]:
    """The students of a roster, by name (or folder), with the columns id, email, section and tutor as far as there are.

    Raises:
        RosterError: no CSV with a column `student`, a student or an id twice, or a cell that is a formula.
    """
    known = list(Person.__annotations__)
    try:
        lines = rows(path, ("student",), tuple(known))
    except LateError as error:
        raise RosterError(str(error)) from None
    if not lines:
        raise RosterError(f"{path} names nobody: a line for each student is expected below its heading")
    roster: dict[str, Person] = {}
    first: dict[str, int] = {}  # by student, and by id: the line
    for number, row in lines:
        where = f"{path}, line {number}"
        cells = {column: _cell(text, f"{where}: {column}") for column, text in row.items()}
        name = normalize("NFC", cells.pop("student"))
        if not name:
            raise RosterError(f"{where}: the student's name is missing: fill it in, or remove the line")
        for what, key in (("student", name), ("id", cells["id"])):
            if key and first.setdefault(f"{what} {key}", number) != number:
                raise RosterError(
                    f"{where}: the {what} {one_line(key)!r} stands in line {first[f'{what} {key}']} already: "
                    "remove one, or tell them apart as their folders do"
                )
        roster[name] = Person(**cells)
    return roster


def _cell(text: str, where: str) -> str:
    """The cell as it is meant; a "'" that our own CSVs put before what looks like a formula is taken off."""
    if text.startswith("'") and safe_cell(text[1:]) == text:
        return text[1:]
    if safe_cell(text) != text:
        raise RosterError(
            f"{where}: {one_line(text)[:60]!r} would be a formula in a spreadsheet, or does not stand on one line: "
            "correct it, or put ' before it if it is meant so"
        )
    if len(text) > CELL_CHARS:
        raise RosterError(f"{where}: has {len(text)} characters; at most {CELL_CHARS} are kept")
    return text


def with_roster(
    found: Found, roster: dict[str, Person], units: Sequence[Unit], before: Iterable[tuple[str, str]] = ()
) -> tuple[dict[str, Person], list[str]]:
    """Add to what was found each unit of those who are on the roster and handed in nothing.

    Args:
        found: gets the additional submissions.
        roster: names in Unicode's form NFC.
        units: those that are graded.
        before: students and units that an earlier run has a result for, which stays.

    Returns:
        The roster by the names that the class goes by, and who handed in something and is not on it.
    """
    earlier = set(before)
    there = {each.student for each in found.submissions}
    own = {normalize("NFC", student): student for student in (*(student for student, _ in earlier), *there)}
    named = {own.get(name, name): person for name, person in roster.items()}
    found.submissions += [
        Submission(student, unit.id, None)
        for student in named
        if student not in there
        for unit in units
        if (student, unit.id) not in earlier
    ]
    place = {unit.id: number for number, unit in enumerate(units)}
    found.submissions.sort(key=lambda each: (each.student, place[each.unit]))
    return named, sorted(there - set(named))
