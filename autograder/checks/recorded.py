"""What a known mistake answered, told in a few numbers, and whether a student's answers agree with it.

The rule is that of `agreement`, for a desk where there are neither mistakes nor a reference. Of an array its shape is kept, how
far from it an answer may be, and numbers: where the mistake is wrong, its values (some of many, and two sums over all of them);
where it is right, the two sums alone. So nothing is told that a public test does not tell, and a file of them stays small.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

import numpy as np

from autograder.checks.agreement import NUMBERS, answers_of, comparable, error_words, is_numeric, name_of, tolerance
from autograder.sandbox.proxy import Call, Handle

Array = np.ndarray[Any, Any]
WHOLE = 12  # values of an array that are kept one by one; of more, as many, at places that lie evenly apart
FINER = 20  # rounding of what is kept, as a share of what an answer may be off by
LEAST = 1e-12  # that it may be off by
STEPS = (0.6180339887498949, 0.41421356237309515)  # the sums' weights are multiples of these, wrapped into -1 to 1
KEPT = "kept"  # an object of the student's that cannot be compared


def recorded(calls: Sequence[Call], truth: Sequence[Call]) -> list[Any]:
    """A mistake's calls, as plain data; `truth`: those of the right module in the same check."""
    return [_call(mistake, right) for mistake, right in zip_longest(calls, truth[: len(calls)])]


def agrees(calls: Sequence[Call], record: Sequence[Any]) -> bool:
    """Did a student's calls come to what is recorded?"""
    return len(calls) == len(record) > 0 and all(map(_call_agrees, calls, record))


def same_record(old: Any, new: Any) -> bool:
    """Are two records, or files of them, alike but for what another processor rounds otherwise?"""
    if isinstance(old, dict) and isinstance(new, dict) and "off" in old and "off" in new:
        off = max(old["off"], new["off"])
        return all(
            old.get(key) == new.get(key) if key in ("shape", "gaps", "list") else _near(old.get(key), new.get(key), off)
            for key in (old.keys() | new.keys()) - {"off"}
        )
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(same_record(old[key], new[key]) for key in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(same_record, old, new))
    return bool(old == new)


def _near(one: list[float] | None, other: list[float] | None, off: float) -> bool:
    if one is None or other is None or len(one) != len(other):
        return False
    return all(abs(a - b) <= off for a, b in zip(one, other, strict=True))


def _call(mistake: Call, truth: Call | None) -> list[Any]:
    if mistake.error is not None:
        return [name_of(mistake), {"error": _digest(*error_words(mistake.error))}]
    right = answers_of(truth) if truth is not None and comparable(truth, mistake) else ()
    told = zip_longest(answers_of(mistake), right[: len(answers_of(mistake))])
    return [name_of(mistake), *(_told(value, known) for value, known in told)]


def _call_agrees(call: Call, record: Sequence[Any]) -> bool:
    name, *told = record
    if name != name_of(call):
        return False
    if call.error is not None:
        return told == [{"error": _digest(*error_words(call.error))}]
    values = answers_of(call)
    return len(values) == len(told) and all(map(_agrees, values, told))


def _told(value: Any, truth: Any) -> Any:
    if isinstance(value, Handle):
        return KEPT
    if isinstance(value, (list, tuple)):
        alike = isinstance(truth, (list, tuple)) and len(truth) == len(value)
        if _is_row(value):
            return {"list": True, **_array(np.array(value), np.array(truth) if alike and _is_row(truth) else None)}
        pairs = [*zip(value, truth if alike else [None] * len(value), strict=True)]
        several = [_told(each, known) for each, known in _some(pairs)]
        return several if len(several) == len(value) else {"count": len(value), "some": several}
    if isinstance(value, dict):
        known = truth if isinstance(truth, dict) else {}
        return {"items": {repr(key): _told(each, known.get(key)) for key, each in value.items()}}
    if isinstance(value, NUMBERS) and is_numeric(array := np.asarray(value)):
        return _array(array, truth)
    return {"is": _digest(type(value).__name__, repr(value))}


def _agrees(value: Any, told: Any) -> bool:
    if isinstance(value, Handle) or told == KEPT:
        return isinstance(value, Handle) and told == KEPT
    if isinstance(told, list):
        return isinstance(value, (list, tuple)) and len(value) == len(told) and all(map(_agrees, value, told))
    if "some" in told:
        alike = isinstance(value, (list, tuple)) and len(value) == told["count"]
        return alike and all(map(_agrees, _some(value), told["some"]))
    if "items" in told:
        items = told["items"]
        alike = isinstance(value, dict) and {repr(key) for key in value} == set(items)
        return alike and all(_agrees(value[key], items[repr(key)]) for key in value)
    if "list" in told:
        return isinstance(value, (list, tuple)) and _is_row(value) and _array_agrees(np.array(value), told)
    if "off" in told:
        return isinstance(value, NUMBERS) and is_numeric(array := np.asarray(value)) and _array_agrees(array, told)
    return bool(told.get("is") == _digest(type(value).__name__, repr(value)))


def _array(array: Array, truth: Any) -> dict[str, Any]:
    off, slip = tolerance(array, truth)
    off = float(f"{max(off, LEAST):.1e}")
    numbers, gaps = _flat(array)
    places = max(0, -math.floor(math.log10(off / FINER)))
    told: dict[str, Any] = {"shape": list(array.shape), "off": off}
    if slip:
        told["at"] = _rounded(_some(numbers.tolist()), places)
    if not slip or len(numbers) > WHOLE:
        told["sums"] = _rounded(_sums(numbers), places)
    return told | ({"gaps": gaps} if gaps else {})


def _array_agrees(array: Array, told: dict[str, Any]) -> bool:
    numbers, gaps = _flat(array)
    if list(array.shape) != told["shape"] or gaps != told.get("gaps", ""):
        return False
    kept = [
        *zip(told.get("at", ()), _some(numbers.tolist()), strict=False),
        *zip(told.get("sums", ()), _sums(numbers), strict=False),
    ]
    return all(abs(mine - theirs) <= (1 + 1 / FINER) * told["off"] for theirs, mine in kept)


def _flat(array: Array) -> tuple[Array, str]:
    """Its numbers in a row, and a digest of those that are none: NaN and infinities, in whose place there is 0."""
    flat = array.ravel()
    if flat.dtype.kind == "c":
        flat = np.concatenate([flat.real, flat.imag])
    numbers = flat.astype(float)
    finite = np.isfinite(numbers)
    if finite.all():
        return numbers, ""
    gaps = _digest(*(f"{place}:{numbers[place]}" for place in np.flatnonzero(~finite)))
    return np.where(finite, numbers, 0.0), gaps


def _is_row(value: Sequence[Any]) -> bool:
    """Is it a list of plain numbers?"""
    plain = len(value) > 1 and all(isinstance(each, (bool, int, float, np.bool_, np.number)) for each in value)
    return plain and is_numeric(np.array(value))


def _some(values: Sequence[Any]) -> Sequence[Any]:
    """All of a few values; of many, some."""
    if len(values) <= WHOLE:
        return values
    return [values[place * (len(values) - 1) // (WHOLE - 1)] for place in range(WHOLE)]


def _sums(numbers: Array) -> list[float]:
    """Two sums over all of them, weighted so that hardly anything cancels in both."""
    places = np.arange(1, len(numbers) + 1)
    return [float((2 * (places * step % 1) - 1) @ numbers) for step in STEPS]


def _rounded(numbers: Sequence[float], places: int) -> list[float]:
    rounded = (round(each, places) for each in numbers)
    return [int(each) if each.is_integer() and abs(each) < 1e15 else each for each in rounded]


def _digest(*words: str) -> str:
    return hashlib.sha256("\0".join(words).encode("utf-8", "surrogatepass")).hexdigest()[:10]
