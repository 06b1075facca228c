"""Do a student's calls and a known mistake's agree? Only by a wide margin: a hint that is wrong is worse than none.

Values agree where they are far nearer to each other than the mistake is to the truth, so that an epsilon here or there does
not hide a slip, and another slip of the same size is not taken for it. Where the mistake says what is right, the student must
be right as well. Errors agree where they are of one type, were raised in a function of one name and say the same, numbers aside.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from itertools import zip_longest
from typing import Any

import numpy as np

from autograder.checks.results import Outcome
from autograder.sandbox.proxy import Call, Handle, InOut, has_cache

Answers = list[Call]
Array = np.ndarray[Any, Any]
NUMBERS = (bool, int, float, complex, np.generic, np.ndarray)
MARGIN = 1e-2  # of the distance between mistake and truth
ROUNDING = {2: 1e-2, 4: 1e-4}  # relative, by precision; any other:
ROUNDED = 1e-7
MOST = 0.8  # of the failed checks are answered alike
EVIDENCE = (Outcome.FAILED, Outcome.ERROR)  # a crash or a time-out leaves no answers to compare
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?", re.IGNORECASE)


def distance(student: Answers, mistake: Answers, truth: Answers) -> float:
    """How far the student's answers are from the mistake's, as a share of the mistake's distance from the truth.

    0 where both made the same calls and got the same; infinity where they do not agree. `truth`: what the right module
    answers.
    """
    if len(student) != len(mistake):
        return math.inf
    right: list[Call | None] = [*truth[: len(student)], *[None] * (len(student) - len(truth))]
    return _farthest(_call(a, b, c) for a, b, c in zip(student, mistake, right, strict=True))


def _farthest(distances: Iterable[float]) -> float:
    """The largest of them; the first infinite one decides."""
    farthest = 0.0
    for each in distances:
        farthest = max(farthest, each)
        if farthest == math.inf:
            break
    return farthest


def _call(student: Call, mistake: Call, truth: Call | None) -> float:
    if name_of(student) != name_of(mistake) or (student.error is None) != (mistake.error is None):
        return math.inf
    if student.error is not None and mistake.error is not None:
        return _unless(error_words(student.error) == error_words(mistake.error))
    right = answers_of(truth) if truth is not None and comparable(truth, mistake) else ()
    return _farthest(_value(a, b, c) for a, b, c in zip_longest(answers_of(student), answers_of(mistake), right))


def name_of(call: Call) -> str:
    """A method goes by its own name: what a student calls the class inside does not matter."""
    return call.name.rpartition(".")[2]


def comparable(truth: Call, mistake: Call) -> bool:
    """Does the right module's call say what the mistake's should have answered?"""
    return name_of(truth) == name_of(mistake) and truth.error is None


def answers_of(call: Call) -> tuple[Any, ...]:
    """All that came back of a call: its result, and what it was given to change."""
    return (_answer(call), *_in_outs(call))


def error_words(error: BaseException) -> tuple[str, str, str]:
    """What two errors must have in common: type, place and message, numbers aside."""
    return type(error).__name__, _place(error), NUMBER.sub("#", str(error))


def _place(error: BaseException) -> str:
    """The function that raised; a mistake's goes by its exercise (see `mistaken_module`)."""
    frames = getattr(error, "student_frames", ())
    return frames[-1].function if frames else ""


def _answer(call: Call) -> Any:
    """What a call answered, without the cache of a forward pass: that is the student's own, of any make."""
    result = call.result
    return result[:-1] if has_cache(call.name, result) else result


def _in_outs(call: Call) -> list[Any]:
    """What the call was given to change in place, as it left it."""
    return [value.value for value in (*call.args, *call.kwargs.values()) if type(value) is InOut]


def _value(student: Any, mistake: Any, truth: Any = None) -> float:
    """What stays behind a handle cannot be compared and does not decide."""
    if isinstance(student, Handle) or isinstance(mistake, Handle):
        return _unless(isinstance(student, Handle) and isinstance(mistake, Handle))
    if isinstance(student, (list, tuple)) or isinstance(mistake, (list, tuple)):
        both = isinstance(student, (list, tuple)) and isinstance(mistake, (list, tuple))
        if not both or len(student) != len(mistake):
            return math.inf
        right = truth if isinstance(truth, (list, tuple)) and len(truth) == len(mistake) else [None] * len(mistake)
        return _farthest(_value(a, b, c) for a, b, c in zip(student, mistake, right, strict=True))
    if isinstance(student, dict) or isinstance(mistake, dict):
        if not (isinstance(student, dict) and isinstance(mistake, dict) and student.keys() == mistake.keys()):
            return math.inf
        known = truth if isinstance(truth, dict) else {}
        return _farthest(_value(student[key], mistake[key], known.get(key)) for key in student)
    if not (isinstance(student, NUMBERS) and isinstance(mistake, NUMBERS)):
        return _unless(type(student) is type(mistake) and bool(student == mistake))
    return _array(np.asarray(student), np.asarray(mistake), truth)


def _unless(agree: bool) -> float:
    return 0.0 if agree else math.inf


def _array(student: Array, mistake: Array, truth: Any) -> float:
    if student.shape != mistake.shape or not (is_numeric(student) and is_numeric(mistake)):
        return math.inf
    finite = np.isfinite(mistake)
    same_rest = np.array_equal(student[~finite], mistake[~finite], equal_nan=True)
    if not np.array_equal(np.isfinite(student), finite) or not same_rest:
        return math.inf
    away = _largest(student[finite].astype(complex) - mistake[finite])
    forgiven, slip = tolerance(mistake, truth, student)
    return math.inf if away > forgiven else away / slip if slip else 0.0


def tolerance(mistake: Array, truth: Any, student: Array | None = None) -> tuple[float, float]:
    """How far from a mistake's array a student's may be, and how far from it the truth is.

    The second is 0 where the mistake is right, or nothing is known: then only rounding is forgiven.
    """
    finite = np.isfinite(mistake)
    floats = (each for each in (student, mistake) if each is not None and each.dtype.kind == "f")
    rounding = ROUNDING.get(min((each.dtype.itemsize for each in floats), default=8), ROUNDED) * _largest(
        mistake[finite]
    )
    slip = 0.0
    if isinstance(truth, NUMBERS):
        right = np.asarray(truth)
        if right.shape == mistake.shape and is_numeric(right):
            known = finite & np.isfinite(right)
            slip = _largest(mistake[known].astype(complex) - right[known])
    if slip <= rounding:
        return rounding, 0.0
    return min(max(rounding, MARGIN * slip), slip / 2), slip


def is_numeric(array: Array) -> bool:
    return array.dtype.kind in "biufc"


def _largest(values: Array) -> float:
    return float(np.abs(values.astype(complex)).max(initial=0))
