"""Which catalogued mistake answers as the student did?

The failing check is run again with each mistake of the unit in the student's place, on the same random inputs, and the
calls are compared with the student's. A mistake's answers are computed once a run, not once a submission. A hint that is
wrong is worse than none, so agreement is asked for by a wide margin: see `agreement`.
"""

from __future__ import annotations

import math
from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from autograder.checks.mistakes import Mistake, load_mistakes, mistaken_module, reference_beside
from autograder.checks.plugin import Subject, unit_id
from autograder.checks.results import Outcome
from autograder.checks.session import Check
from autograder.grading.agreement import Answers, distance
from autograder.grading.second_pass import Asked
from autograder.sandbox.local import Local
from autograder.sandbox.proxy import Call, Student


class _MistakenSubject:
    """The plugin's subject while a mistake stands in for a student."""

    def __init__(self, real: Subject, backend: Local) -> None:
        self.seed = real.seed
        self._real = real
        self._backend = backend

    def student(self, item: pytest.Item) -> Student:
        self._backend.transcript = []
        return Student(self._backend, unit_id(item.path))

    def reference(self, item: pytest.Item) -> Any:
        return self._real.reference(item)

    def transcript(self) -> list[Call]:
        return self._backend.transcript


def reference_calls(check: Check, subject: Subject) -> list[Call]:
    """The calls that a check makes of the reference."""
    backend = Local(reference_beside(str(check.item.path)))
    check.run(_MistakenSubject(subject, backend))
    return backend.transcript


@dataclass(frozen=True)
class _Replay:
    """What the right module answers in a check, and each mistake that fails it."""

    truth: Answers
    mistakes: list[tuple[Mistake, Answers]]


class Diagnosis:
    """Looks a failing check's calls up among the answers of the unit's mistakes."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._backends: dict[str, list[tuple[Mistake, Local]]] = {}
        self._replays: dict[str, _Replay] = {}

    def explain(self, asked: Sequence[Asked]) -> None:
        """Give each failed check its mistake and hint, where one is known: once, at its cause.

        A check that was asked again with stand-ins is compared with its own exercise's mistakes only. In the first pass
        a failing check may show the mistake of another exercise that failed: that one is told there.
        """
        failing = [each for each in asked if each.result.outcome in (Outcome.FAILED, Outcome.ERROR) and each.transcript]
        first = {each.check.exercise: each for each in reversed(failing)}
        for each in failing:
            own = each.check.exercise
            found = self.find(each.check, each.transcript, (own,) if each.again else (own, *first))
            place = each if found is None or found.exercise == own else first[found.exercise]
            if found is not None and not place.result.hint:
                place.result.mistake, place.result.hint = found.name, found.hint

    def find(self, check: Check, transcript: list[Call], exercises: Container[str]) -> Mistake | None:
        """The mistake in one of these exercises that answers in this check as the student did: the nearest, its own first."""
        if check.key not in self._replays:
            self._replays[check.key] = self._replay(check)
        replay = self._replays[check.key]
        nearest, best = None, math.inf
        for mistake, answers in replay.mistakes:
            if mistake.exercise in exercises and best > 0:
                away = distance(transcript, answers, replay.truth)
                if away < best:
                    nearest, best = mistake, away
        return nearest

    def _replay(self, check: Check) -> _Replay:
        if check.unit not in self._backends:
            self._backends[check.unit] = [
                (mistake, Local(mistaken_module(check.folder, mistake))) for mistake in load_mistakes(check.folder)
            ]
        found = []
        for mistake, backend in sorted(self._backends[check.unit], key=lambda pair: pair[0].exercise != check.exercise):
            if check.run(_MistakenSubject(self._subject, backend)) is not None and backend.transcript:
                found.append((mistake, backend.transcript))
        return _Replay(reference_calls(check, self._subject), found)
