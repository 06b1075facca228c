"""totals.csv: a row a student, with points, percent, letter, and what the roster says of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autograder.checks.results import UnitResult
from autograder.course.units import Course
from autograder.intake.roster import Person
from autograder.words import csv_row, number, points_words

COLUMNS = [
    "student", "id", "email", "section", "tutor", "points", "max_points", "percent", "letter", "units_counted",
    "late_days", "adjustments", "excused", "not_graded",
]  # fmt: skip


@dataclass(frozen=True)
class Total:
    """What all units of one student come to."""

    points: float  # of every unit that is not excused, as they are: no weight, and none left out
    max_points: float
    percent: float | None  # by course.yml's weights, of the best units; None where no unit counts
    letter: str
    counted: int  # units in the percent
    late_days: int
    adjustments: float
    excused: list[str]
    not_graded: list[str]  # units that the grader failed on


def total_of(course: Course, results: Sequence[UnitResult]) -> Total:
    """The total of one student's results.

    Excused units, those without weight and those that the grader failed on (unless points were decided for them) are not
    in the percent. Of the others the `best` count, by the share of their points that was earned.
    """
    weights = {unit.id: unit.weight for unit in course.units}
    failed = [each.unit for each in results if each.status == "broken" and not each.adjusted and not each.excused]
    counting = [
        (weights[each.unit], each.points, each.max_points)
        for each in results
        if each.max_points and weights.get(each.unit) and each.unit not in failed
    ]
    counting.sort(key=lambda each: each[1] / each[2], reverse=True)
    counting = counting[: course.totals.best]
    worth = sum(weight * most for weight, _, most in counting)
    percent = round(100 * sum(weight * points for weight, points, _ in counting) / worth, 2) if worth else None
    return Total(
        points=round(sum(each.points for each in results), 4),
        max_points=sum(each.max_points for each in results),
        percent=percent,
        letter="" if percent is None else course.totals.letter(percent),
        counted=len(counting),
        late_days=sum(each.late_days for each in results if not each.excused),
        adjustments=round(sum(each.adjusted for each in results), 4),
        excused=[each.unit for each in results if each.excused],
        not_graded=failed,
    )


def total_row(course: Course, results: Sequence[UnitResult], student: str, person: Person) -> list[object]:
    """A student's row of totals.csv."""
    total = total_of(course, results)
    return csv_row(
        student, person.id, person.email, person.section, person.tutor, points_words(total.points),
        points_words(total.max_points), "" if total.percent is None else points_words(total.percent), total.letter,
        total.counted, total.late_days, number(round(total.adjustments, 2)), " ".join(total.excused), " ".join(total.not_graded),
    )  # fmt: skip
