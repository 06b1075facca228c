"""Which catalogued mistake answers as the student did?

The exercise's checks are run again with each of its mistakes in the student's place, on the same random inputs, and the calls
are compared with the student's. A mistake's answers are computed once a run, not once a submission. A hint that is wrong is
worse than none: the mistake must fail the checks of values that the student failed, and no other, and answer in them as the
student did, by a wide margin (see `agreement`). One in five may differ: a training that goes wrong makes much of rounding.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.checks.agreement import EVIDENCE, MOST, Answers, distance
from autograder.checks.mistakes import Mistake, load_mistakes, mistaken_module, reference_beside
from autograder.checks.plugin import Subject
from autograder.checks.replay import MistakenSubject, reference_calls
from autograder.checks.results import Outcome
from autograder.checks.session import Check
from autograder.grading.second_pass import Asked
from autograder.sandbox.local import Local


@dataclass(frozen=True)
class _Replay:
    """What a mistake does in a check: does it fail, and what it answered."""

    fails: bool
    answers: Answers


Loaded = dict[Path, dict[str, list[tuple[Mistake, Local]]]]  # the mistakes of a unit, by exercise


class Diagnosis:
    """Looks the calls of an exercise's failed checks up among the answers of its mistakes.

    Args:
        subject: says which inputs the checks were given.
        mistakes: those that are loaded already, by the unit's folder; more are added as they are needed.
    """

    def __init__(self, subject: Subject, mistakes: Loaded) -> None:
        self._subject = subject
        self._mistakes = mistakes
        self._truths: dict[str, Answers] = {}
        self._references: dict[Path, Local] = {}
        self._replays: dict[tuple[str, str], _Replay] = {}

    def explain(self, asked: Sequence[Asked]) -> None:
        """Give each failed exercise its mistake and hint, where one is known, at its first failed check.

        What was asked again with stand-ins is looked at as it came then, so that nobody is told an earlier exercise's slip.
        """
        by_exercise: dict[str, list[Asked]] = {}
        for each in asked:
            by_exercise.setdefault(each.check.exercise, []).append(each)
        for mine in by_exercise.values():
            if (found := self._find(mine)) is not None:
                place, mistake = found
                place.result.mistake, place.result.hint = mistake.name, mistake.hint

    def _find(self, mine: Sequence[Asked]) -> tuple[Asked, Mistake] | None:
        """The nearest of the exercise's mistakes that agree, and the check to tell it at."""
        failed = [each for each in mine if each.result.outcome in EVIDENCE and each.transcript]
        # What is wrong with values comes first; manners tell of a mistake only where nothing else does.
        failed = [each for each in failed if not each.result.manners] or failed
        if not failed:
            return None
        candidates: list[tuple[float, int, Mistake, Local]] = []
        for mistake, backend in self._of(failed[0].check):
            if not all(self._replay(each.check, mistake, backend).fails for each in failed):
                continue
            alike = [away for each in failed if (away := self._distance(each, mistake, backend)) < math.inf]
            if len(alike) >= MOST * len(failed):
                candidates.append((max(alike), len(candidates), mistake, backend))
        passed = [each.check for each in mine if each.result.outcome == Outcome.PASSED and not each.result.manners]
        for _, _, mistake, backend in sorted(candidates, key=lambda each: each[:2]):
            if not any(self._replay(check, mistake, backend).fails for check in passed):
                return failed[0], mistake
        return None

    def _distance(self, each: Asked, mistake: Mistake, backend: Local) -> float:
        replay = self._replay(each.check, mistake, backend)
        if not replay.answers:
            return math.inf
        if each.check.key not in self._truths:
            path = each.check.item.path
            if path not in self._references:
                self._references[path] = Local(reference_beside(str(path)))
            self._truths[each.check.key] = reference_calls(each.check, self._subject, self._references[path])
        return distance(each.transcript, replay.answers, self._truths[each.check.key])

    def _of(self, check: Check) -> list[tuple[Mistake, Local]]:
        """The mistakes of the check's exercise."""
        if check.folder not in self._mistakes:
            known = self._mistakes[check.folder] = {}
            for mistake in load_mistakes(check.folder):
                backend = Local(mistaken_module(check.folder, mistake))
                known.setdefault(mistake.exercise, []).append((mistake, backend))
        return self._mistakes[check.folder].get(check.exercise, [])

    def _replay(self, check: Check, mistake: Mistake, backend: Local) -> _Replay:
        key = (check.key, mistake.name)
        if key not in self._replays:
            error = check.run(MistakenSubject(self._subject, backend))
            self._replays[key] = _Replay(error is not None, backend.transcript)
        return self._replays[key]
