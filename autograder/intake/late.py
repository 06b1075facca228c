"""Late submissions: how many days, what they cost, and who has been given more time.

course.yml says when a unit is due and what a day costs; a CSV of extensions gives single students more time, and another
says when they handed in. Without it only a platform's own record tells: nbgrader's timestamp, Canvas's LATE mark. Times of
files are no evidence, so where there is none, nothing is late. Raw points are kept beside what counts.
"""

from __future__ import annotations

import csv
import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from unicodedata import normalize
from zoneinfo import ZoneInfo

from autograder.checks.results import UnitResult
from autograder.course.units import Course, CourseError, LatePolicy
from autograder.intake.submissions import Submission
from autograder.words import one_line


class LateError(Exception):
    """A CSV of extensions or of submission times is wrong: names the file and the line."""


@dataclass(frozen=True)
class Late:
    """How many days late, begun ones counted whole, and what share of the points is left."""

    days: int
    share: float


@dataclass
class Lateness:
    """Says of each result how late it is, and takes off what that costs."""

    course: Course
    submitted: dict[tuple[str, str], datetime] = field(default_factory=dict)
    extensions: dict[tuple[str, str], timedelta] = field(default_factory=dict)
    marked: set[tuple[str, str]] = field(default_factory=set)  # late as the platform says, which does not say how late
    unknown: int = 0  # submissions of units with a due date of which nothing says when they came

    def __bool__(self) -> bool:
        """Can anything be late at all?"""
        return any(unit.due is not None for unit in self.course.units)

    def days(self, student: str, unit: str) -> int:
        """Days late, begun ones counted whole, after the grace and the student's extension; 0 where nothing is due."""
        due, submitted = self.course.unit(unit).due, self.submitted.get((student, unit))
        extension = self.extensions.get((student, unit), self.extensions.get((student, ""), timedelta()))
        if due is None or submitted is None:
            return int(due is not None and (student, unit) in self.marked and not extension)
        policy = self.course.late
        zone = zone_of(policy)
        due = due if due.tzinfo else due.replace(tzinfo=zone)
        late = submitted - (due + extension)
        if late <= timedelta(minutes=policy.grace_minutes):
            return 0
        return math.ceil(late / timedelta(days=1))

    def notes(self) -> list[str]:
        """What there is to say of how little is known."""
        said = []
        if self.marked:
            said.append(
                f"Canvas marks {len(self.marked)} submissions as late and does not say how late: each counts as one day, and "
                "as none with an extension; --submitted CSV gives their times"
            )
        if self.unknown:
            said.append(
                f"nothing says when {self.unknown} submissions were handed in (times of files are no evidence): they count "
                "as on time; --submitted CSV gives their times"
            )
        return said

    def of(self, student: str, unit: str) -> Late | None:
        """How late one unit of one student is; None for in time."""
        days = self.days(student, unit)
        return Late(days, self.course.late.factor(days)) if days else None

    def __call__(self, result: UnitResult) -> UnitResult:
        """The result with its late days, and with what they cost taken off its points."""
        late = self.of(result.student, result.unit)
        return charged(result, late) if late else result


def charged(result: UnitResult, late: Late) -> UnitResult:
    """A result with its late days, and with what they cost taken off its points."""
    exercises = [replace(each, points=round(each.raw_points * late.share, 4)) for each in result.exercises]
    return replace(result, late_days=late.days, exercises=exercises)


def zone_of(policy: LatePolicy) -> tzinfo:
    """The time zone of due dates that name none."""
    try:
        return ZoneInfo(policy.timezone)
    except (KeyError, ValueError, OSError):
        raise CourseError(
            f"course.yml: late.timezone: {policy.timezone!r} is no time zone; try Europe/Berlin"
        ) from None


def lateness(
    course: Course,
    found: Sequence[Submission],
    extensions: Path | None = None,
    submitted: Path | None = None,
    others: Iterable[str] = (),
) -> Lateness:
    """What course.yml, the submissions and the two CSVs say.

    Args:
        course, found: what may be late.
        extensions, submitted: the CSVs. Names in them are compared in Unicode's form NFC.
        others: students of the class of whom nothing was found.

    Raises:
        LateError: a CSV lacks a column or holds what is no number, date, unit or student.
    """
    zone = zone_of(course.late)
    students = {normalize("NFC", name): name for name in (*others, *(each.student for each in found))}
    times = {(each.student, each.unit): each.submitted for each in found if each.submitted is not None}
    for number, row in rows(submitted, ("student", "unit", "submitted")):
        time = _time(row["submitted"], f"{submitted}, line {number}")
        student = _student(students, row["student"], f"{submitted}, line {number}")
        times[student, _unit(course, row["unit"], f"{submitted}, line {number}")] = (
            time if time.tzinfo else time.replace(tzinfo=zone)
        )
    more = {}
    for number, row in rows(extensions, ("student", "unit", "days")):
        where = f"{extensions}, line {number}"
        unit = _unit(course, row["unit"], where) if row["unit"] else ""
        try:
            more[_student(students, row["student"], where), unit] = timedelta(days=float(row["days"]))
        except (ValueError, OverflowError):
            raise LateError(f"{where}: days: {row['days']!r} is no number of days") from None
    handed_in = [(each.student, each.unit) for each in found if each.module and course.unit(each.unit).due is not None]
    marked = {(each.student, each.unit) for each in found if each.marked_late}.intersection(handed_in) - times.keys()
    return Lateness(course, times, more, marked, sum(each not in times and each not in marked for each in handed_in))


def _student(students: Mapping[str, str], typed: str, where: str) -> str:
    name = normalize("NFC", typed)
    if name not in students:
        near = difflib.get_close_matches(name, students, 3, cutoff=0.5)
        words = (
            f"did you mean {' or '.join(map(one_line, near))}?"
            if near
            else "autograder grade --list shows who there is"
        )
        raise LateError(f"{where}: nobody is called {one_line(typed)!r}; {words}")
    return students[name]


def rows(
    path: Path | None, columns: tuple[str, ...], optional: tuple[str, ...] = ()
) -> list[tuple[int, dict[str, str]]]:
    """The lines of a CSV with their numbers; of its columns those that are named, "" for an optional one that it lacks.

    Raises:
        LateError: it cannot be read, or lacks a column that must be there.
    """
    if path is None:
        return []
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = [column for column in columns if column not in (reader.fieldnames or ())]
            if missing:
                raise LateError(f"{path}: the column {missing[0]!r} is missing; expected {', '.join(columns)}")
            return [(reader.line_num, {k: (row.get(k) or "").strip() for k in (*columns, *optional)}) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise LateError(f"{path} cannot be read: {error}") from None


def _unit(course: Course, name: str, where: str) -> str:
    try:
        return course.unit(name).id
    except CourseError as error:
        raise LateError(f"{where}: {error}") from None


def _time(text: str, where: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise LateError(f"{where}: submitted: {text!r} is no time such as 2026-11-20T18:30") from None
