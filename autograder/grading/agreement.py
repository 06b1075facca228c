"""Do a student's calls and a known mistake's agree? Only by a wide margin: a hint that is wrong is worse than none.

Values agree where they are far nearer to each other than the mistake is to the truth, so that an epsilon here or there does
not hide a slip, and another slip of the same size is not taken for it. Where the mistake says what is right, the student must
be right as well. Errors agree where they are of one type, were raised in a function of one name and say the same, numbers aside.
"""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import Any

import numpy as np

from autograder.sandbox.proxy import Call, Handle, InOut, has_cache

Answers = list[Call]
MARGIN = 1e-2  # of the distance between mistake and truth
ROUNDING = {2: 1e-2, 4: 1e-4}  # relative, by precision; any other:
ROUNDED = 1e-7
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?", re.IGNORECASE)


def same_calls(student: Answers, mistake: Answers, truth: Answers) -> bool:
    """Did both make the same calls and get the same answers? `truth` is what the right module answers."""
    if len(student) != len(mistake):
        return False
    return all(same_call(a, b, c) for a, b, c in zip_longest(student, mistake, truth[: len(student)]))


def same_call(student: Call, mistake: Call, truth: Call | None) -> bool:
    if _name(student) != _name(mistake) or (student.error is None) != (mistake.error is None):
        return False
    if student.error is not None and mistake.error is not None:
        return same_error(student.error, mistake.error)
    if truth is not None and (_name(truth) != _name(mistake) or truth.error is not None):
        truth = None
    right = (_answer(truth), *_in_outs(truth)) if truth else ()
    answers = zip_longest((_answer(student), *_in_outs(student)), (_answer(mistake), *_in_outs(mistake)), right)
    return all(same_value(a, b, c) for a, b, c in answers)


def _name(call: Call) -> str:
    """A method goes by its own name: what a student calls the class inside does not matter."""
    return call.name.rpartition(".")[2]


def same_error(student: BaseException, mistake: BaseException) -> bool:
    return (
        type(student) is type(mistake)
        and _place(student) == _place(mistake)
        and NUMBER.sub("#", str(student)) == NUMBER.sub("#", str(mistake))
    )


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


def same_value(student: Any, mistake: Any, truth: Any = None) -> bool:
    """What stays behind a handle cannot be compared and does not decide."""
    if isinstance(student, Handle) or isinstance(mistake, Handle):
        return isinstance(student, Handle) and isinstance(mistake, Handle)
    if isinstance(student, (list, tuple)) or isinstance(mistake, (list, tuple)):
        both = isinstance(student, (list, tuple)) and isinstance(mistake, (list, tuple))
        if not both or len(student) != len(mistake):
            return False
        right = truth if isinstance(truth, (list, tuple)) and len(truth) == len(mistake) else [None] * len(mistake)
        return all(same_value(a, b, c) for a, b, c in zip(student, mistake, right, strict=True))
    if isinstance(student, dict) or isinstance(mistake, dict):
        both = isinstance(student, dict) and isinstance(mistake, dict) and student.keys() == mistake.keys()
        known = truth if isinstance(truth, dict) else {}
        return both and all(same_value(student[key], mistake[key], known.get(key)) for key in student)
    if not all(isinstance(each, (bool, int, float, complex, np.generic, np.ndarray)) for each in (student, mistake)):
        return type(student) is type(mistake) and bool(student == mistake)
    return _same_array(np.asarray(student), np.asarray(mistake), truth)


def _same_array(student: Any, mistake: Any, truth: Any) -> bool:
    if student.shape != mistake.shape or student.dtype.kind not in "biufc" or mistake.dtype.kind not in "biufc":
        return False
    finite = np.isfinite(mistake)
    if not np.array_equal(np.isfinite(student), finite) or not np.array_equal(
        student[~finite], mistake[~finite], equal_nan=True
    ):
        return False
    student, mistake = student[finite], mistake[finite]
    size = min((each.dtype.itemsize for each in (student, mistake) if each.dtype.kind == "f"), default=8)
    largest = float(np.abs(mistake.astype(np.complex128)).max(initial=0))
    allowed = ROUNDING.get(size, ROUNDED) * largest
    if isinstance(truth, (bool, int, float, complex, np.generic, np.ndarray)):
        right = np.asarray(truth)
        if right.shape == finite.shape and right.dtype.kind in "biufc":
            right = right[finite]
            away = np.abs(mistake.astype(np.complex128) - right.astype(np.complex128))
            away = away[np.isfinite(away)]
            slip = float(away.max(initial=0))
            if slip > allowed:
                allowed = min(max(allowed, MARGIN * slip), slip / 2)
    difference = np.abs(student.astype(np.complex128) - mistake.astype(np.complex128))
    return bool(difference.max(initial=0) <= allowed)
