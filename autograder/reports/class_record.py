"""A class gathered for its report, one student at a time: scores, tallies of checks, failed checks without repetition.

Results are read once and let go. What stays is small: a number for each student and exercise, and each text once.
"""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from autograder.checks.results import EXCUSED, CheckResult, Decision, Outcome, UnitResult
from autograder.course.units import Course, Unit
from autograder.intake.roster import Person
from autograder.reports.names import Names
from autograder.reports.numbers import CheckTally
from autograder.reports.totals import total_of
from autograder.reports.wording import decision_words, is_shown
from autograder.words import check_words, printable

NAME_CHARS = 80
TEXT_CHARS = 600  # of a call or a message: what follows is in the student's feedback page
FAILURES = 80  # shown of one student; the others are counted
STUDENT_BYTES = 16_000  # of texts that one student adds
TEXT_BYTES = 4_000_000  # of all texts, a quarter of that in the page: it stays below 5 MB for 1,000 students, 30 units
SLOWEST = 15
TROUBLES = 200

LEFT_OUT = "(left out to keep this page small: see the student's feedback page)"
RIGHT = {Outcome.PASSED, Outcome.CARRIED}
REACHED = {*RIGHT, Outcome.FAILED, Outcome.ERROR, Outcome.TIMEOUT, Outcome.CRASH}


class RunOfClass(Protocol):
    """What a report needs of a run. `results` may be iterated again; it is ordered by student."""

    @property
    def course(self) -> Course: ...
    @property
    def units(self) -> Sequence[Unit]: ...
    @property
    def seed(self) -> str: ...
    @property
    def started(self) -> str: ...
    @property
    def finished(self) -> str: ...
    @property
    def ids(self) -> Mapping[str, str]: ...
    @property
    def roster(self) -> Mapping[str, Person]: ...
    @property
    def results(self) -> Iterable[UnitResult]: ...


def clean(text: str, limit: int = TEXT_CHARS) -> str:
    """Text that a student chose, fit to show: no control characters, no half characters, not too long."""
    cut = text[:limit] + " [...]" if len(text) > limit else text
    return printable(cut)


def raw_points(result: UnitResult) -> float:
    """Points before anything is taken off for lateness."""
    return round(sum(each.raw_points for each in result.exercises), 4)


class Numbered:
    """Values numbered in the order in which they first come."""

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}

    def add(self, value: Hashable) -> int:
        return self._numbers.setdefault(value, len(self._numbers))

    def __iter__(self) -> Iterator[Any]:
        return iter(self._numbers)


class Texts:
    """Every text once, as many as the page has room for.

    Each text remembers how much its first student had added before. Where all together are too much, what comes late
    in a student's page goes first, so that nobody's texts crowd out the others'.
    """

    def __init__(self) -> None:
        self._numbers = {"": 0, LEFT_OUT: 1}
        self._depths = [0, 0]
        self._depth = 0

    def next_student(self) -> None:
        self._depth = 0

    def add(self, text: str, of_course: bool = False) -> int:
        """Number of the text. Texts `of_course`, such as hints, cost a student nothing."""
        known = self._numbers.get(text)
        if known is not None:
            return known
        if not of_course:
            self._depth += cost(text)
            if self._depth > STUDENT_BYTES:
                return self._numbers[LEFT_OUT]
        self._depths.append(0 if of_course else self._depth)
        return self._numbers.setdefault(text, len(self._numbers))

    def table(self) -> list[str]:
        """All texts by number; LEFT_OUT in the place of those for which there is no room."""
        texts = list(self._numbers)
        room = TEXT_BYTES
        for number in sorted(range(len(texts)), key=self._depths.__getitem__):
            room -= cost(texts[number])
            if room < 0:
                texts[number] = LEFT_OUT
        return texts


def cost(text: str) -> int:
    """Bytes of a text among the page's data, before they are compressed."""
    return len(text.encode()) + sum(map(text.count, '"\\\n')) + 3


@dataclass
class Student:
    """One student. Numbers stand for entries of the class's tables."""

    name: str  # as it is their own
    points: float
    cells: list[int]  # state of each exercise
    # Units late, not graded or decided about: unit, status, late days, message, raw points, points that decisions added, those
    # of them that belong to no exercise, what was decided.
    odd: list[tuple[int, int, int, int, float, float, float, list[int]]]
    failures: list[int]


@dataclass(frozen=True)
class Slow:
    """A submission that took long, and its slowest check."""

    student: int
    unit: Unit
    seconds: float
    check: str
    check_seconds: float


@dataclass(frozen=True)
class Trouble:
    """A failure of the machinery."""

    student: int
    unit: Unit
    exercise: str
    check: str
    message: str


Mistake = tuple[str, str, str, str]  # unit, exercise, name, hint


class ClassRecord:
    """Everything that the report says of a class.

    Args:
        course: says what totals are called.
        units: those of the run.
        show_hidden: False leaves out the calls and messages of hidden checks.
    """

    def __init__(self, course: Course, units: Iterable[Unit], show_hidden: bool = True) -> None:
        self.course = course
        self.units = list(units)
        self.exercises = [(unit, name) for unit in self.units for name in unit.points]
        self.students: list[Student] = []
        self.statuses = Numbered()
        self.states = [Numbered() for _ in self.exercises]  # (points, status, checks passed, checks in all)
        self.texts = Texts()
        self.failures = Numbered()  # (check, outcome, call, message, hint)
        self.checks: dict[tuple[str, str], tuple[int, CheckTally]] = {}  # by unit and check: exercise, tally
        self.check_numbers = Numbered()
        self.unit_statuses = [Counter[str]() for _ in self.units]
        self.unit_points: list[list[float]] = [[] for _ in self.units]  # without those that the machinery failed
        self.totals: list[float] = []  # likewise
        self.letters: Counter[str] = Counter()  # as in totals.csv; "": none was reached
        self.students_by_status: Counter[str] = Counter()
        self.mistakes: dict[Mistake, list[int]] = {}
        self.touched: Counter[Mistake] = Counter()  # exercises that were carried for it, over all students
        self.causes: dict[
            tuple[str, str], dict[int, set[str]]
        ] = {}  # by unit and exercise: students, what was carried for it
        self.decisions: list[tuple[int, Unit, Decision]] = []  # with the student's number
        self.troubles: list[Trouble] = []
        self.trouble_count = 0
        self._slowest: list[tuple[float, int, Slow]] = []
        self._order = itertools.count()
        self._show_hidden = show_hidden
        self.statuses.add("passed")  # number 0, whoever passes
        self._exercise_numbers = {(unit.id, name): number for number, (unit, name) in enumerate(self.exercises)}

    @classmethod
    def of(cls, run: RunOfClass, show_hidden: bool = True) -> ClassRecord:
        """That of a whole run, whose results are read once."""
        record = cls(run.course, run.units, show_hidden)
        for name, results in itertools.groupby(run.results, key=lambda result: result.student):
            record.add(name, list(results))
        return record

    def names(self) -> Names:
        """What the students are called in the page."""
        return Names((student.name for student in self.students), NAME_CHARS)

    @property
    def slowest(self) -> list[Slow]:
        return [slow for _, _, slow in sorted(self._slowest, reverse=True)]

    def add(self, name: str, of_student: Sequence[UnitResult]) -> None:
        """The next student, with all of their results."""
        by_unit = {result.unit: result for result in of_student}
        self.texts.next_student()
        results = [(unit, by_unit.get(unit.id) or UnitResult(name, unit.id, "missing")) for unit in self.units]
        student = Student(name, 0.0, [], [], [])
        number = len(self.students)
        self.students.append(student)
        seen: set[str] = set()
        for place, (unit, result) in enumerate(results):
            seen |= self._scores(student, unit, result)
            self.unit_statuses[place][result.status] += 1
            if result.status != "broken" and not result.excused:
                self.unit_points[place].append(round(result.points, 4))
            if result.status != "graded" or result.late_days or result.decisions:
                message = self.texts.add(clean(result.message))
                status = self.statuses.add(result.told_as)
                words = [self.texts.add(clean(decision_words(each)), of_course=True) for each in result.decisions]
                student.odd.append((
                    place, status, result.late_days, message, raw_points(result), round(result.adjusted, 4),
                    round(result.adjustment, 4), words,
                ))  # fmt: skip
                self.decisions += [(number, unit, each) for each in result.decisions]
        student.points = round(sum(result.points for _, result in results), 4)
        if all(result.status != "broken" for _, result in results):
            self.totals.append(student.points)
        if self.course.totals.letters:
            self.letters[total_of(self.course, of_student).letter] += 1
        self.students_by_status.update(seen)
        student.failures = self._failures(results)
        raw = sum(raw_points(result) for _, result in results)
        for unit, result in results:
            self._tally(result, raw)
            self._mistakes(number, result)
            self._troubles(number, unit, result)
            self._slow(number, unit, result)

    def _scores(self, student: Student, unit: Unit, result: UnitResult) -> set[str]:
        """Note the state of each exercise; returns the statuses seen."""
        found = {each.exercise: each for each in result.exercises}
        seen = set()
        for exercise in unit.points:
            each = found.get(exercise)
            own = each is not None and (result.status == "graded" or each.status == EXCUSED)
            status = each.status if each and own else result.told_as
            seen.add(status)
            points, passed, total = (each.points, each.checks_passed, each.checks_total) if each else (0.0, 0, 0)
            state = (round(points, 4), self.statuses.add(status), passed, total)
            student.cells.append(self.states[len(student.cells)].add(state))
        return seen

    def _failures(self, results: Sequence[tuple[Unit, UnitResult]]) -> list[int]:
        """The failed checks to show: where there are too many, the first of each exercise before the second of any."""
        found: list[tuple[int, int, UnitResult, CheckResult]] = []
        for _, result in results:
            if result.status != "graded":
                continue
            quiet = (Outcome.NOT_WRITTEN, EXCUSED)
            unwritten = {each.exercise for each in result.exercises if each.status in quiet}
            ranks: Counter[str] = Counter()
            for check in result.checks:
                shown = check.outcome not in (Outcome.PASSED, Outcome.SKIPPED) and check.exercise not in unwritten
                if shown and (result.unit, check.exercise) in self._exercise_numbers:
                    ranks[check.exercise] += 1
                    found.append((ranks[check.exercise], len(found), result, check))
        kept = sorted(sorted(found, key=lambda each: each[0])[:FAILURES], key=lambda each: each[1])
        return [self._failure(result, check) for _, _, result, check in kept]

    def _failure(self, result: UnitResult, check: CheckResult) -> int:
        call, message = self._told(check)
        return self.failures.add((
            self.check_numbers.add((
                check_words(check.check, check.exercise), self._exercise_numbers[result.unit, check.exercise],
            )),
            self.statuses.add(str(check.outcome)),
            self.texts.add(call), self.texts.add(message), self.texts.add(clean(check.hint), of_course=True),
        ))  # fmt: skip

    def _told(self, check: CheckResult) -> tuple[str, str]:
        """Call and message, as far as they may be shown."""
        return (clean(check.call), clean(check.message)) if is_shown(check, self._show_hidden) else ("", "")

    def _tally(self, result: UnitResult, raw: float) -> None:
        own = {each.exercise: each.raw_points for each in result.exercises}
        for check in result.checks:
            number = self._exercise_numbers.get((result.unit, check.exercise))
            if number is None:
                continue
            key = (result.unit, check.check)
            if key not in self.checks:
                self.checks[key] = (number, CheckTally())
            if result.status == "graded" and check.outcome in REACHED:
                self.checks[key][1].add(check.outcome in RIGHT, raw - own.get(check.exercise, 0.0))

    def _mistakes(self, student: int, result: UnitResult) -> None:
        touched: dict[str, set[str]] = {}  # by exercise: which others wait for it
        for check in result.checks:
            if check.outcome == Outcome.CARRIED:
                for cause in check.causes:
                    touched.setdefault(cause, set()).add(check.exercise)
                    of_students = self.causes.setdefault((result.unit, cause), {})
                    of_students.setdefault(student, set()).add(check.exercise)
        for exercise, name, hint in dict.fromkeys((c.exercise, c.mistake, c.hint) for c in result.checks if c.hint):
            mistake = (result.unit, exercise, name, clean(hint))
            self.mistakes.setdefault(mistake, []).append(student)
            self.touched[mistake] += len(touched.get(exercise, ()))

    def _troubles(self, student: int, unit: Unit, result: UnitResult) -> None:
        found = [Trouble(student, unit, "", "", clean(result.message))] if result.status == "broken" else []
        for check in result.checks:
            if check.outcome == Outcome.BROKEN:
                found.append(
                    Trouble(
                        student, unit, check.exercise, check_words(check.check, check.exercise), self._told(check)[1]
                    )
                )
        self.trouble_count += len(found)
        self.troubles += found[: TROUBLES - len(self.troubles)]

    def _slow(self, student: int, unit: Unit, result: UnitResult) -> None:
        if not result.seconds:
            return
        worst = max(result.checks, key=lambda check: check.seconds, default=None)
        words, seconds = (
            (f"{worst.exercise}: {check_words(worst.check, worst.exercise)}", worst.seconds) if worst else ("", 0.0)
        )
        # The running number keeps the first of two equally slow ones in front, and the comparison off the record.
        slow = Slow(student, unit, result.seconds, words, seconds)
        entry = (result.seconds, -next(self._order), slow)
        if len(self._slowest) < SLOWEST:
            heapq.heappush(self._slowest, entry)
        else:
            heapq.heappushpop(self._slowest, entry)
