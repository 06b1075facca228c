"""Errors carried forward: what rests on a wrong part, and is right apart from that, earns its points.

The first pass asks every check of the module as it was handed in. Where an exercise failed that comes earlier in the unit than
another that failed, the failing checks of the later one are asked again, in a fresh process, with stand-ins of the reference
for the earlier ones. What passes now, and called a stand-in on the way, is carried. Nothing is earned through itself: no exercise
is asked with a stand-in for itself, its pair, or anything after it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from autograder.checks.plugin import Outcomes
from autograder.checks.results import CheckResult, Outcome
from autograder.checks.session import Check
from autograder.course.units import Course, Unit
from autograder.sandbox.carried import Assisted
from autograder.sandbox.proxy import Call
from autograder.words import listed

DIRECTIONS = ("_forward", "_backward")
KEPT_BYTES = 2 * 2**20  # of one check's calls: a hundred times what a failing check of the course takes
KEPT_IN_ALL = 16 * KEPT_BYTES  # of all checks of a submission
ITEM_BYTES = 100  # an entry of a list or a dict, with what it points to where that is no array
UNWRITTEN = (Outcome.NOT_WRITTEN, Outcome.MISSING, Outcome.SKIPPED)


@dataclass
class Asked:
    """A check of a submission, and what it came to."""

    check: Check
    result: CheckResult
    transcript: list[Call] = field(default_factory=list)
    own_stub: bool = True  # if it is not written: is it the exercise itself that is not, or one that it calls?
    again: bool = False  # was it asked in the second pass too?

    @property
    def failed(self) -> bool:
        return self.result.outcome not in (Outcome.PASSED, Outcome.CARRIED)


def held(transcript: Sequence[Call], most: int) -> int:
    """How many bytes a check's calls hold, or at least that it is more than `most`."""
    size, left = 0, [each for call in transcript for each in (call.args, call.kwargs, call.result)]
    while left and size <= most:
        value = left.pop()
        size += ITEM_BYTES
        if isinstance(value, np.ndarray):
            size += value.nbytes
        elif isinstance(value, (str, bytes)):
            size += len(value)
        elif isinstance(value, (list, tuple)):
            left.extend(value)
        elif isinstance(value, dict):
            left.extend(value.values())
    return size


Ask = Callable[[Check, Outcomes], Asked]


def pair_of(exercise: str, unit: Unit) -> set[str]:
    """The exercise and, if it is a forward or a backward, the other half: they share a cache that is the student's own."""
    for mine, other in (DIRECTIONS, DIRECTIONS[::-1]):
        if exercise.endswith(mine):
            return {exercise, exercise.removesuffix(mine) + other} & set(unit.points)
    return {exercise}


def stand_ins_for(exercise: str, failed: Sequence[str], unit: Unit) -> list[str]:
    """Who stands in while this exercise is asked: what failed before it, pairs together or not at all."""
    order = list(unit.points)
    before = set(order[: order.index(exercise)]) - pair_of(exercise, unit)
    wanted = {name for each in failed for name in pair_of(each, unit) if pair_of(each, unit) <= before}
    return [name for name in order if name in wanted]


def second_pass(
    course: Course, unit: Unit, asked: Sequence[Asked], assisted: Assisted, ask: Ask, is_class: Callable[[str], bool]
) -> None:
    """Ask again what failed after an earlier failure; results in `asked` become carried where they are.

    Args:
        course, unit: say what a carried check is worth.
        asked: the first pass, in the order of the checks; what is asked again is replaced in place.
        assisted: the module with stand-ins; no process is started before it is needed.
        ask: runs one check on `assisted`.
        is_class: is the exercise of that name a class?
    """
    failed: list[str] = []
    for exercise in unit.points:
        mine = [each for each in asked if each.check.exercise == exercise]
        if not any(each.failed for each in mine):
            continue
        names = stand_ins_for(exercise, failed, unit)
        share = course.carried_share(unit, exercise)
        if names and share and not is_unwritten(mine):
            assisted.stand_in([(name, is_class(name)) for name in names])
            _ask_again(mine, assisted, ask, share, unit)
        if any(each.failed for each in mine):
            failed.append(exercise)


def is_unwritten(mine: Sequence[Asked]) -> bool:
    """Is there nothing of the student's to be asked again?"""
    return all(each.result.outcome in UNWRITTEN and each.own_stub for each in mine if each.failed)


def _ask_again(mine: Sequence[Asked], assisted: Assisted, ask: Ask, share: float, unit: Unit) -> None:
    outcomes = Outcomes()
    reached: set[str] = set()  # by the exercise's checks so far
    for each in mine:
        if not each.failed:
            outcomes.note(each.check.place, True)
            continue
        again = ask(each.check, outcomes)
        reached |= assisted.asked
        # What was not run the first time need not call a stand-in itself: what it rested on did, or ran too long.
        not_run = each.result.outcome in (Outcome.SKIPPED, Outcome.NOT_RUN)
        if again.result.outcome == Outcome.PASSED and (assisted.asked or not_run):
            causes = [name for name in unit.points if name in (assisted.asked or reached)]
            each.result, each.again = again.result, True
            each.result.outcome, each.result.share, each.result.causes = Outcome.CARRIED, share, causes
            each.result.message = carried_words(causes, share)
        elif assisted.asked and again.result.outcome not in (Outcome.PASSED, Outcome.SKIPPED):
            # What it says now is not the earlier exercise's fault any more.
            each.result, each.transcript, each.own_stub, each.again = (
                again.result,
                again.transcript,
                again.own_stub,
                True,
            )


def carried_words(causes: Sequence[str], share: float) -> str:
    """What a student reads of a carried check."""
    worth = "Full points here." if share == 1 else f"{100 * share:.3g} % of the points here."
    if not causes:
        return f"Right, but there was no time for it the first time: mend what runs too long. {worth}"
    return f"Right, once {listed(causes)} {'are' if len(causes) > 1 else 'is'}: mend that first. {worth}"
