"""What report, feedback, gradebook and terminal share: the words for a status, and what of a check may be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autograder.checks.results import (
    EXCUSED,
    CheckResult,
    Decision,
    ExerciseResult,
    Outcome,
    Ruling,
    UnitResult,
    is_hidden,
)
from autograder.words import check_words, points_words

STATUS_WORDS = {
    "passed": "all checks passed",
    "carried": "right, once what it rests on is",
    "manners": "values right, manners lost",
    "failed": "wrong results",
    "error": "your code raised an error",
    "not written": "not written yet",
    "missing": "not there",
    "timeout": "ran too long",
    "crash": "ended the program",
    "not run": "not run: out of time",
    "not loaded": "could not be imported",
    "unreadable": "could not be read",
    "excused": "excused: does not count",
    "broken": "the grader failed here; this says nothing about your work",
    "out of memory": "the grader ran out of memory on it, again and again: is something far larger than was asked for?",
}


def is_shown(check: CheckResult, show_hidden: bool) -> bool:
    """May a student see what this check called and what came? Of hidden checks, only as course.yml allows."""
    return show_hidden or not is_hidden(check.check)


def failures(result: UnitResult, exercise: ExerciseResult) -> list[CheckResult]:
    """The checks of an exercise that there is something to tell of: none where it is not written yet, or does not count."""
    if exercise.status in (Outcome.NOT_WRITTEN, EXCUSED):
        return []
    return [c for c in result.checks if c.exercise == exercise.exercise and c.outcome != Outcome.PASSED]


@dataclass(frozen=True)
class Told:
    """A check in a student's feedback. The text is a student's choice, and hostile until it is escaped."""

    words: str
    outcome: str
    text: str  # call and message


def tell(checks: Sequence[CheckResult], show_hidden: bool) -> list[Told]:
    """Each message once: what it says of one check it says of the others that repeat it."""
    told, messages = [], set()
    for check in checks:
        quiet = check.message in messages or not is_shown(check, show_hidden)
        if not quiet:
            messages.add(check.message)
        told.append(Told(check_words(check.check, check.exercise), str(check.outcome), "" if quiet else text_of(check)))
    return told


def text_of(check: CheckResult) -> str:
    """What was called, and what there is to say of it."""
    return "\n".join(part for part in (check.call, check.message) if part)


def late_words(result: UnitResult) -> str:
    """How late a unit is, and what that took off."""
    days = "1 day" if result.late_days == 1 else f"{result.late_days} days"
    raw = sum(each.raw_points for each in result.exercises)
    return f"{days} late: of {points_words(raw)} points, {points_words(result.points - result.adjusted)} count."


def change_words(decision: Decision) -> str:
    """What a decision does, without whom it concerns."""
    if decision.ruling == Ruling.POINTS:
        sign = "+" if decision.value > 0 else ""
        return f"{sign}{points_words(decision.value)} point{'' if abs(decision.value) == 1 else 's'}"
    return {
        Ruling.SET: f"set to {points_words(decision.value)}",
        Ruling.EXCUSE: "excused, does not count",
        Ruling.COMMENT: "comment",
    }[decision.ruling]


def decision_words(decision: Decision) -> str:
    """A decision as a student reads it."""
    what = ", ".join(part for part in (decision.made[:10], decision.exercise, change_words(decision)) if part)
    return f"{what}: {decision.why}"
