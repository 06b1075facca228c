"""The one record of what came out: from a check to a line of grades.csv."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

EXCUSED = "excused"  # status of what does not count, by a decision of whoever teaches
_LATER = {"kept": False}  # of a field that is no part of a result's record: it is put in when results are read
HIDDEN = "hidden.py"  # the file of the hidden checks, with which their names begin
MANNERS = "manners"  # status of an exercise whose values are right
RAN_OUT = (
    "the grader ran out of memory on it"  # why a unit is broken that the grader died on, alone with it, again and again
)


class Outcome(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    CARRIED = "carried"  # right, once what it rests on is: passed with the reference in the place of what failed
    FAILED = "failed"  # wrong values, shape or type
    NOT_WRITTEN = "not written"  # the stub's NotImplementedError
    MISSING = "missing"  # no such function
    ERROR = "error"  # the student's code raised
    TIMEOUT = "timeout"
    CRASH = "crash"  # the student's process ended
    SKIPPED = "skipped"  # rests on a check that did not pass
    NOT_RUN = "not run"  # the submission's time was used up
    BROKEN = "broken"  # the machinery failed: nothing is said of the student


def is_hidden(check: str) -> bool:
    """Is the check of this name a hidden one?"""
    return check.startswith(HIDDEN)


@dataclass
class CheckResult:
    """One check of one submission."""

    check: str  # "hidden.py::TestSigmoid::test_random_values"
    exercise: str
    outcome: Outcome
    weight: float = 1.0
    seconds: float = 0.0
    call: str = ""  # the call at hand, as a student would type it
    message: str = ""
    mistake: str = ""  # name of the catalogued mistake that answers as the student did
    hint: str = ""
    manners: bool = False  # bad input, dtype, arguments left as they were: not the value itself
    share: float = 1.0  # of its weight that it earns, if it is carried
    causes: Sequence[str] = ()  # exercises to be mended first: of a carried check, or of one that fails at the desk

    @property
    def earned(self) -> float:
        """The share of its weight that counts."""
        return self.share if self.outcome == Outcome.CARRIED else float(self.outcome == Outcome.PASSED)


class Ruling(StrEnum):
    """What a decision does."""

    POINTS = "points"  # adds them
    SET = "set"  # so many count, whatever was earned
    EXCUSE = "excuse"  # neither the points nor what they are out of count
    COMMENT = "comment"


@dataclass(frozen=True)
class Decision:
    """What whoever teaches decided about a student's unit, or one exercise of it. It stays when the unit is graded again."""

    number: int
    student: str
    unit: str
    exercise: str  # "": the unit as a whole
    ruling: Ruling
    value: float
    why: str
    made: str  # ISO 8601
    undone: str = ""  # likewise; "": it holds


@dataclass
class ExerciseResult:
    """One exercise of one submission: a row of grades.csv."""

    exercise: str
    points: float
    max_points: float
    checks_passed: int
    checks_total: int
    status: str
    hint: str = ""
    raw_points: float = 0.0  # before anything is taken off for lateness
    adjustment: float = field(default=0.0, metadata=_LATER)  # what decisions about it have added to its points


@dataclass
class UnitResult:
    """One unit of one submission."""

    student: str
    unit: str  # id without its number
    status: str  # "graded", "not loaded", "missing", "unreadable", "broken"
    message: str = ""
    seconds: float = 0.0
    late_days: int = 0
    exercises: list[ExerciseResult] = field(default_factory=list)
    checks: list[CheckResult] = field(default_factory=list)
    generation: int = 0  # of the inputs that it met: see grading/generations.py
    adjustment: float = field(default=0.0, metadata=_LATER)  # what decisions about the unit as a whole have added
    excused: bool = field(default=False, metadata=_LATER)  # the unit as a whole does not count
    decisions: tuple[Decision, ...] = field(default=(), metadata=_LATER)

    @property
    def told_as(self) -> str:
        """The status as it is put into words: not every failure of the grader says nothing about the work."""
        return "out of memory" if (self.status, self.message) == ("broken", RAN_OUT) else self.status

    @property
    def points(self) -> float:
        return sum(each.points for each in self.exercises) + self.adjustment

    @property
    def adjusted(self) -> float:
        """What decisions have added, about the unit and its exercises alike."""
        return self.adjustment + sum(each.adjustment for each in self.exercises)

    @property
    def max_points(self) -> float:
        return sum(each.max_points for each in self.exercises)

    @classmethod
    def without_checks(cls, student: str, unit: str, points: dict[str, float], status: str, message: str) -> UnitResult:
        """A unit of which no check was run: no points."""
        exercises = [ExerciseResult(name, 0.0, worth, 0, 0, status) for name, worth in points.items()]
        return cls(student, unit, status, message, exercises=exercises)


def score(points: dict[str, float], checks: list[CheckResult]) -> list[ExerciseResult]:
    """Points by exercise: each in proportion to the weights of its checks that passed."""
    results = []
    for exercise, worth in points.items():
        mine = [check for check in checks if check.exercise == exercise]
        total = sum(check.weight for check in mine)
        passed = sum(check.weight * check.earned for check in mine)
        quiet = (Outcome.PASSED, Outcome.SKIPPED, Outcome.CARRIED)
        first = next((check for check in mine if check.outcome not in quiet), None)
        carried = next((check for check in mine if check.outcome == Outcome.CARRIED), None)
        worst = first or carried
        unmannerly = first is not None and all(check.manners for check in mine if check.outcome not in quiet)
        hint = next((check.hint for check in mine if check.hint), "")
        if not hint and first is None and carried is not None:
            hint = carried.message
        earned = round(worth * passed / total, 4) if total else 0.0
        results.append(
            ExerciseResult(
                exercise=exercise,
                points=earned,
                raw_points=earned,
                max_points=worth,
                checks_passed=sum(check.outcome == Outcome.PASSED for check in mine),
                checks_total=len(mine),
                status=MANNERS if unmannerly else str(worst.outcome) if worst else ("passed" if mine else "no checks"),
                hint=hint,
            )
        )
    return results
