"""Which catalogued mistake answers as the student did?

The failing check is run again with each mistake of the unit in the student's place, on the same random inputs, and the
calls are compared with the student's. A mistake's answers are computed once a run, not once a submission.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograder.checks.mistakes import Mistake, load_mistakes, mistaken_module, reference_beside
from autograder.checks.plugin import Subject, unit_id
from autograder.checks.session import Check
from autograder.sandbox.local import Local
from autograder.sandbox.proxy import Call, Handle, InOut, Student

Answers = list[Call]


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


class Diagnosis:
    """Looks a failing check's calls up among the answers of the unit's mistakes."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._backends: dict[str, list[tuple[Mistake, Local]]] = {}
        self._answers: dict[str, list[tuple[Mistake, Answers]]] = {}

    def find(self, check: Check, transcript: list[Call]) -> Mistake | None:
        """The first mistake whose answers in this check are the student's; the exercise's own come first."""
        if check.key not in self._answers:
            self._answers[check.key] = self._replay(check)
        return next((mistake for mistake, answers in self._answers[check.key] if same_calls(transcript, answers)), None)

    def _replay(self, check: Check) -> list[tuple[Mistake, Answers]]:
        """What each mistake answers in this check, of those that fail it."""
        if check.unit not in self._backends:
            self._backends[check.unit] = [
                (mistake, Local(mistaken_module(check.folder, mistake))) for mistake in load_mistakes(check.folder)
            ]
        found = []
        for mistake, backend in sorted(self._backends[check.unit], key=lambda pair: pair[0].exercise != check.exercise):
            if check.run(_MistakenSubject(self._subject, backend)) is not None and backend.transcript:
                found.append((mistake, backend.transcript))
        return found


def same_calls(one: list[Call], other: list[Call]) -> bool:
    """Did both make the same calls and get the same answers?"""
    return len(one) == len(other) and all(same_call(a, b) for a, b in zip(one, other, strict=True))


def same_call(one: Call, other: Call) -> bool:
    if one.name != other.name or (one.error is None) != (other.error is None):
        return False
    if one.error is not None:
        return type(one.error) is type(other.error)  # the wording is the student's own
    changed = zip(_in_outs(one), _in_outs(other), strict=False)
    return same_value(_answer(one), _answer(other)) and all(same_value(a, b) for a, b in changed)


def _answer(call: Call) -> Any:
    """What a call answered, without the cache of a forward pass: that is the student's own, of any make."""
    result = call.result
    if call.name.endswith("_forward") and type(result) in (tuple, list) and len(result) > 1:
        return result[:-1]
    return result


def _in_outs(call: Call) -> list[Any]:
    """What the call was given to change in place, as it left it."""
    return [value.value for value in (*call.args, *call.kwargs.values()) if type(value) is InOut]


def same_value(one: Any, other: Any) -> bool:
    """Equal up to rounding. What stays behind a handle cannot be compared and does not decide."""
    if isinstance(one, Handle) or isinstance(other, Handle):
        return isinstance(one, Handle) and isinstance(other, Handle)
    if isinstance(one, (list, tuple)) or isinstance(other, (list, tuple)):
        both = isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)) and len(one) == len(other)
        return both and all(same_value(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, dict) or isinstance(other, dict):
        both = isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys()
        return both and all(same_value(one[key], other[key]) for key in one)
    if not all(isinstance(each, (bool, int, float, complex, np.generic, np.ndarray)) for each in (one, other)):
        return type(one) is type(other) and bool(one == other)
    a, b = np.asarray(one), np.asarray(other)
    if a.shape != b.shape or a.dtype.kind not in "biufc" or b.dtype.kind not in "biufc":
        return False
    tolerance = 1e-4 if min(a.dtype.itemsize, b.dtype.itemsize) <= 4 and a.dtype.kind == "f" else 1e-7
    return bool(
        np.allclose(
            a, b, rtol=tolerance, atol=tolerance * float(np.abs(b[np.isfinite(b)]).max(initial=0)), equal_nan=True
        )
    )
