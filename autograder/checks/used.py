"""What a unit uses of earlier ones, and whether it can rest on that: said first, or its own failures mislead."""

from __future__ import annotations

from collections.abc import Sequence

from autograder.checks.results import CheckResult, Outcome
from autograder.course.file import UnitSketch


def unmet_words(unit: UnitSketch, used: UnitSketch, checks: Sequence[CheckResult], problem: str = "") -> list[str]:
    """A sentence for each exercise of an earlier unit that this one uses and that does not pass.

    Args:
        unit: uses them.
        used: the earlier one.
        checks, problem: its public tests, and why none of them could run.
    """
    return [
        f"{unit.id} uses your {name}, which {reason}: do {used.id} first."
        for name in unit.uses[used.id]
        if (reason := _why_not(used, [each.outcome for each in checks if each.exercise == name], problem))
    ]


def _why_not(used: UnitSketch, outcomes: Sequence[Outcome], problem: str) -> str:
    if problem:
        return f"cannot be had, since {used.module} cannot be imported"
    if Outcome.NOT_WRITTEN in outcomes:
        return "is not written yet"
    return "" if set(outcomes) <= {Outcome.PASSED} else "does not pass its public tests yet"
