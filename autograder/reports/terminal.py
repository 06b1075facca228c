"""One student's feedback in the terminal: lines of plain text and what kind each is; who prints them chooses the colours."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from autograder.checks.results import CheckResult, ExerciseResult, Outcome, UnitResult, is_hidden
from autograder.course.units import Course, Unit
from autograder.reports.wording import STATUS_WORDS, decision_words, failures, is_shown, late_words, tell, text_of
from autograder.words import check_words, one_line, points_words, printable

NARROW = 30  # columns: a narrower terminal is written to as if it had as many


class Kind(StrEnum):
    """What a line says."""

    TITLE = "title"
    GOOD = "good"
    BAD = "bad"
    HINT = "hint"
    PLAIN = "plain"


@dataclass(frozen=True)
class Line:
    """A line of the terminal."""

    text: str
    kind: Kind = Kind.PLAIN


def feedback_lines(
    course: Course, student: str, results: Sequence[UnitResult], width: int, every_check: bool = False
) -> Iterator[Line]:
    """What a student's page says, wrapped to `width` columns.

    Args:
        course: says what of hidden checks may be shown.
        student, results: whose, in the order to show them.
        width: columns of the terminal.
        every_check: list every check, with what passed and how long each took.
    """
    page = _Page(course, max(width, NARROW))
    points, most = sum(result.points for result in results), sum(result.max_points for result in results)
    yield from page.wrapped(
        f"{one_line(student)}: {points_words(points)} of {points_words(most)} points", 0, Kind.TITLE
    )
    for result in results:
        yield Line("")
        yield from page.unit(result, every_check)


@dataclass(frozen=True)
class _Page:
    course: Course
    width: int

    def wrapped(self, text: str, indent: int, kind: Kind = Kind.PLAIN, hanging: int = 0) -> Iterator[Line]:
        """A text whose line breaks stay, each of its lines wrapped; what follows a break stands `hanging` further in."""
        for line in printable(text).expandtabs().splitlines():
            stripped = line.lstrip()
            first = " " * min(indent + len(line) - len(stripped), self.width // 2)
            parts = textwrap.wrap(
                stripped, self.width, initial_indent=first, subsequent_indent=first + " " * hanging,
                break_on_hyphens=False,
            )  # fmt: skip
            yield from (Line(part, kind) for part in parts or [""])

    def unit(self, result: UnitResult, every_check: bool) -> Iterator[Line]:
        unit: Unit | None = next((each for each in self.course.units if each.id == result.unit), None)
        title = f"{unit.title} ({unit.id})" if unit else result.unit
        yield from self.wrapped(f"{title}: {_of(result.points, result.max_points)}", 0, Kind.TITLE)
        if result.late_days:
            yield from self.wrapped(late_words(result), 2)
        for decision in result.decisions:
            yield from self.wrapped(decision_words(decision), 2, Kind.HINT, hanging=2)
        if result.status != "graded":
            words = STATUS_WORDS.get(result.told_as, result.told_as)
            yield from self.wrapped(f"{unit.module if unit else result.unit}: {words}.", 2, Kind.BAD)
            yield from self.wrapped(result.message, 4)
            if not every_check:
                return
        elif result.message:
            yield from self.wrapped(result.message, 2)
        yield from self._table(result.exercises)
        for each in result.exercises:
            checks = [check for check in result.checks if check.exercise == each.exercise]
            if every_check and checks:
                yield from self._all(each, checks)
            elif not every_check and (failed := failures(result, each)):
                yield from self._failed(each, failed)

    def _table(self, exercises: Sequence[ExerciseResult]) -> Iterator[Line]:
        earned = [_of(each.points, each.max_points) for each in exercises]
        passed = [f"{each.checks_passed} of {each.checks_total} checks" for each in exercises]
        wide = [max(map(len, column), default=0) for column in ([each.exercise for each in exercises], earned, passed)]
        for each, points, checks in zip(exercises, earned, passed, strict=True):
            right = each.status == Outcome.PASSED
            words = "" if right else STATUS_WORDS.get(each.status, each.status)
            kind = Kind.GOOD if right else Kind.BAD
            text = f"{each.exercise:<{wide[0]}}  {points:>{wide[1]}}  {checks:>{wide[2]}}  {words}".rstrip()
            if len(text) + 2 <= self.width:
                yield Line(f"  {text}", kind)
            else:
                yield from self.wrapped(" ".join(text.split()), 2, kind, hanging=2)

    def _failed(self, exercise: ExerciseResult, checks: Sequence[CheckResult]) -> Iterator[Line]:
        yield from self._heading(exercise, checks)
        for told in tell(checks, self.course.show_hidden_inputs):
            yield from self.wrapped(f"- {told.words}: {told.outcome}", 2, hanging=2)
            yield from self.wrapped(told.text, 6, hanging=2)

    def _all(self, exercise: ExerciseResult, checks: Sequence[CheckResult]) -> Iterator[Line]:
        yield from self._heading(exercise, checks)
        for check in checks:
            where = "hidden" if is_hidden(check.check) else "public"
            words = check_words(check.check, check.exercise)
            taken = f", {1e3 * check.seconds:.1f} ms" if check.seconds else ""
            weight = f", weight {points_words(check.weight)}" if check.weight != 1 else ""
            kind = Kind.GOOD if check.outcome == Outcome.PASSED else Kind.PLAIN
            yield from self.wrapped(f"- {words}: {check.outcome} ({where}{weight}{taken})", 2, kind, hanging=2)
            if is_shown(check, self.course.show_hidden_inputs):
                yield from self.wrapped(text_of(check), 6, hanging=2)

    def _heading(self, exercise: ExerciseResult, checks: Sequence[CheckResult]) -> Iterator[Line]:
        yield Line("")
        yield from self.wrapped(f"{exercise.exercise}: {_of(exercise.points, exercise.max_points)}", 0, Kind.TITLE)
        for hint in dict.fromkeys(check.hint for check in checks if check.hint):
            yield from self.wrapped(f"Hint: {hint}", 2, Kind.HINT, hanging=2)


def _of(points: float, most: float) -> str:
    return f"{points_words(points)} of {points_words(most)}"
