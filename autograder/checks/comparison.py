"""Judging a student's values: exact plain types, honest tolerances, messages to act on.

Nothing here calls a method of what it judges before it has made sure of its exact type, so an object that
claims to equal everything equals nothing.
"""

from __future__ import annotations

import itertools
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograder.checks.shown import against, describe, differences, number, show, tells_expected
from autograder.sandbox.proxy import Handle, inout

Array = np.ndarray[Any, Any]

# Relative tolerance by precision: about 4,000 float64 or 800 float32 roundings. Sums over a few thousand terms of
# mixed sign stay inside, a wrong formula misses by many orders of magnitude.
RTOL = {2: 1e-2, 4: 1e-4, 8: 1e-9, 16: 1e-9}
# Absolute tolerance, as a share of the largest expected magnitude: room for cancellation near zero.
ATOL_SHARE = {2: 1e-3, 4: 1e-5, 8: 1e-12, 16: 1e-12}

KINDS = {"b": "booleans", "i": "integers", "u": "integers", "f": "floats", "c": "complex numbers"}
MAX_COUNTED = 1000  # items of an object that are told apart by their number alone
MAX_SHOWN_KEYS = 8
NEARLY = 1e-3  # of the largest value: an error below that may be one of precision


class Mismatch(AssertionError):
    """A value that is not what was expected; the message says how far off and, where it shows, why."""


class WrongCount(Mismatch):
    """Another number of values than expected came; `got` is what came, in words."""

    def __init__(self, name: str, count: int, got: str) -> None:
        super().__init__(f"{name} should be {count} values, but is {got}")
        self.got = got


def assert_close(
    actual: Any, expected: Any, rtol: float | None = None, atol: float | None = None, name: str = "the result"
) -> None:
    """Require that `actual`, which a student's code returned, is `expected`.

    Args:
        actual: what came back. An exact ndarray, NumPy scalar or Python number where a number or an array is
            expected; a list or tuple of the right length where a list or tuple is expected; a dict for a dict.
        expected: the right value, of those same types.
        rtol, atol: tolerances, `|actual - expected| <= atol + rtol * |expected|`. By default they follow the
            precision of `expected`; integers and booleans must be equal.
        name: what to call the value in the message, for example "dx".

    Raises:
        Mismatch: with the shape or type that is wrong, or the largest error, where it is, the first differing
            values, and a likely reason where a simple pattern fits.
    """
    if isinstance(expected, (list, tuple)):
        _check_sequence(actual, expected, rtol, atol, name)
    elif isinstance(expected, dict):
        _check_dict(actual, expected, rtol, atol, name)
    elif expected is None or isinstance(expected, str):
        if type(actual) is not type(expected) or actual != expected:
            raise Mismatch(f"{name}: {against(show(actual), show(expected))}")
    else:
        _check_array(actual, np.asarray(expected), rtol, atol, name)


def _check_sequence(actual: Any, expected: Any, rtol: float | None, atol: float | None, name: str) -> None:
    if type(actual) is Handle:
        try:
            length = len(actual)
            # Its length may be another the next time it is asked.
            actual = (
                [actual[k] for k in range(length)] if length == len(expected) else [None] * min(length, MAX_COUNTED)
            )
        except Exception:
            raise WrongCount(name, len(expected), describe(actual)) from None
    if type(actual) not in (list, tuple) or len(actual) != len(expected):
        raise WrongCount(name, len(expected), describe(actual))
    for index, (got, wanted) in enumerate(zip(actual, expected, strict=True)):
        assert_close(got, wanted, rtol, atol, f"{name}[{index}]")


def _check_dict(actual: Any, expected: dict[Any, Any], rtol: float | None, atol: float | None, name: str) -> None:
    if type(actual) is not dict:
        raise Mismatch(f"{name} should be a dict, but is {describe(actual)}")
    if missing := [key for key in expected if key not in actual]:
        raise Mismatch(f"{name} lacks the key {missing[0]!r}; it has {show(list(actual)[:MAX_SHOWN_KEYS])}")
    if extra := [key for key in actual if key not in expected]:
        raise Mismatch(f"{name} has the key {show(extra[0])}, which should not be there")
    for key, wanted in expected.items():
        assert_close(actual[key], wanted, rtol, atol, f"{name}[{key!r}]")


def _check_array(actual: Any, expected: Array, rtol: float | None, atol: float | None, name: str) -> None:
    got = as_array(actual, expected, name)
    if got.shape != expected.shape:
        hint = _shape_hint(got, expected)
        raise Mismatch(f"{name} has shape {got.shape}, expected {expected.shape}{hint}")
    if (got == expected).all():
        return
    exact = expected.dtype.kind in "biu"
    if exact:
        wrong = got != expected
    else:
        size = expected.dtype.itemsize // (2 if expected.dtype.kind == "c" else 1)
        relative = RTOL[size] if rtol is None else rtol
        finite = np.abs(expected[np.isfinite(expected)])
        absolute = ATOL_SHARE[size] * float(finite.max(initial=0.0)) if atol is None else atol
        with np.errstate(all="ignore"):
            # Beside infinity every number would be within the tolerance: there only infinity itself is right.
            near = np.isfinite(expected) & (np.abs(got - expected) <= absolute + relative * np.abs(expected))
            wrong = ~((got == expected) | near)
        wrong &= ~(np.isnan(got) & np.isnan(expected))
    if wrong.any():
        if got.ndim == 0:
            raise Mismatch(_one_value(got, expected, name))
        raise Mismatch(
            _explain(got, expected, wrong, name, "" if exact else _tolerance(got, expected, relative, absolute))
        )


def _tolerance(got: Array, expected: Array, relative: float, absolute: float) -> str:
    """What is allowed, where it comes near to that: elsewhere it tells nobody anything."""
    with np.errstate(all="ignore"):
        off = float(np.nan_to_num(np.abs(got - expected), nan=np.inf).max())
    size = float(np.abs(expected[np.isfinite(expected)]).max(initial=0.0))
    return f" (allowed: {relative:g} relative, {absolute:.2g} absolute)" if off <= NEARLY * size else ""


def _one_value(got: Array, expected: Array, name: str) -> str:
    what = "" if name == "the result" else f"{name}: "
    reason = _told_reason(got, expected)
    mine, wanted = number(got[()]), number(expected[()])
    close = (
        f" (off by {abs(complex(got[()]) - complex(expected[()])):.2g})" if mine == wanted and tells_expected() else ""
    )
    return f"{what}{against(mine, wanted)}{close}" + (f"\nLikely: {reason}." if reason else "")


def as_array(actual: Any, expected: Array, name: str) -> Array:
    """`actual` as an array of the kind of `expected`, or a Mismatch that says what it is instead."""
    kind = type(actual)
    number = kind in (bool, int, float, complex)
    if not number and kind is not np.ndarray and not (isinstance(actual, np.generic) and kind.__module__ == "numpy"):
        wanted = f"an array of shape {expected.shape}" if expected.ndim else "a number"
        raise Mismatch(f"{name} should be {wanted}, but is {describe(actual)}")
    got = np.asarray(actual)
    if got.dtype.kind not in KINDS:
        raise Mismatch(f"{name} should hold {KINDS[expected.dtype.kind]}, but its dtype is {got.dtype}")
    same = KINDS[got.dtype.kind] == KINDS[expected.dtype.kind]
    if not same and not (number and kind is int and expected.dtype.kind == "f"):
        raise Mismatch(
            f"{name} should hold {KINDS[expected.dtype.kind]} (dtype {expected.dtype}), "
            f"but holds {KINDS[got.dtype.kind]} (dtype {got.dtype})"
        )
    return got


def _shape_hint(got: Array, expected: Array) -> str:
    if got.size == expected.size and sorted(got.shape) == sorted(expected.shape) and got.ndim > 1:
        return ": the axes are in another order"
    if tuple(n for n in got.shape if n != 1) == tuple(n for n in expected.shape if n != 1):
        return ": an axis of length 1 is too many or missing (keepdims, reshape?)"
    if expected.ndim == 0:
        return ": one number was expected; was the sum or mean forgotten?"
    return ""


def _explain(got: Array, expected: Array, wrong: Array, name: str, tolerance: str) -> str:
    lines = []
    broken = ~np.isfinite(got) & np.isfinite(expected)
    if broken.any():
        place = _first(broken)
        what = "NaN" if np.isnan(got[place]) else "infinity"
        lines.append(f"{name} holds {what} in {int(broken.sum())} of {got.size} places")
    else:
        with np.errstate(all="ignore"):
            error = np.where(wrong, np.abs(got.astype(np.complex128) - expected.astype(np.complex128)), 0.0)
        error = np.nan_to_num(error, nan=np.inf)
        place = tuple(int(i) for i in np.unravel_index(int(error.argmax()), error.shape))
        count = f"{int(wrong.sum())} of {got.size} values are off" if got.size > 1 else "its one value is off"
        most = f"; largest error {error[place]:.3g}{_at(place)}{tolerance}" if tells_expected() else ""
        lines.append(f"{name} is wrong: {count}{most}")
    for place in itertools.islice(zip(*np.nonzero(np.atleast_1d(wrong)), strict=True), differences()):
        index = tuple(int(i) for i in place) if wrong.ndim else ()
        lines.append(f"  {_label(index)}{against(number(got[index]), number(expected[index]))}")
    if (reason := _told_reason(got, expected)) is not None:
        lines.append(f"Likely: {reason}.")
    return "\n".join(lines)


def _told_reason(got: Array, expected: Array) -> str | None:
    """The likely reason; where it would tell what should have come (a factor, an offset), none."""
    reason = likely_reason(got, expected)
    return reason if reason is None or tells_expected() or not re.search(r"\d", reason) else None


def likely_reason(got: Array, expected: Array) -> str | None:
    """The simple pattern that turns `expected` into `got`, in words; None where none fits."""
    if got.size < 1 or got.dtype.kind == "b" or not (np.isfinite(got).all() and np.isfinite(expected).all()):
        return None
    size = float(np.abs(expected).max())
    close = 1e-5 if got.dtype.itemsize >= 8 else 1e-3

    def same(a: Array, b: Array) -> bool:
        return bool(np.all(np.abs(a - b) <= close * max(size, 1e-300)))

    got, expected = got.astype(np.complex128), expected.astype(np.complex128)
    if expected.size > 1 and not np.any(got):
        return "every value is zero"
    if same(got, -expected):
        return "the sign is flipped"
    if got.size > 1 and size > 0:
        factor = complex(np.vdot(expected, got) / np.vdot(expected, expected))
        if abs(factor.imag) < 1e-9 and abs(factor) > 1e-12 and same(got, factor * expected):
            ratio = factor.real
            if abs(ratio - 1) <= 1e-5:
                return "the precision is low: is something computed in float32, or rounded?"
            shape = f" ({_dimension(ratio, got.shape)})" if _dimension(ratio, got.shape) else ""
            return f"every value is {number(ratio, 6)} times what it should be{shape}"
        offset = complex((got - expected).mean())
        if same(got, expected + offset):
            return f"every value is off by the same {number(offset.real, 6)}"
        if got.ndim > 1:
            for axes in itertools.permutations(range(got.ndim)):
                turned = expected.transpose(axes)
                if axes != tuple(range(got.ndim)) and turned.shape == got.shape and same(got, turned):
                    return "two axes are swapped (transposed)"
        for axis in range(got.ndim):
            if got.shape[axis] > 1 and same(got, np.flip(expected, axis)):
                return f"the order along axis {axis} is reversed"
        if got.ndim == 1 and same(np.sort(got), np.sort(expected)):
            return "the values are right, but in another order"
    return None


def _dimension(ratio: float, shape: tuple[int, ...]) -> str:
    for factor, words in ((ratio, "that is the length of axis {}: a sum in place of a mean?"),
                          (1 / ratio, "that is 1 / the length of axis {}: a mean in place of a sum?")):  # fmt: skip
        for axis, length in enumerate(shape):
            if length > 1 and abs(factor - length) < 1e-5 * length:
                return words.format(axis)
    return ""


@contextmanager
def no_warnings() -> Iterator[None]:
    """Require that the code within raises no warning (overflow, division by zero, invalid value)."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    # Python's own complaint of files left open may come at any time, and speaks of the grader's.
    told = [each for each in caught if not issubclass(each.category, ResourceWarning)]
    if told:
        raise Mismatch(f"NumPy warned: {told[0].message}. The values must be right without a warning")


def assert_refuses(function: Callable[..., Any], argument: str, *args: Any, **kwargs: Any) -> None:
    """Call `function` and require a ValueError whose message names the bad argument."""
    try:
        result = function(*args, **kwargs)
    except ValueError as error:
        if re.search(rf"\b{re.escape(argument)}\b", str(error)):
            return
        said = f"says {show(str(error))}" if str(error) else "says nothing"
        raise Mismatch(f"should raise ValueError naming {argument}; its message {said}") from None
    except NotImplementedError:
        raise
    except Exception as error:
        if not hasattr(error, "student_error"):
            raise
        raise Mismatch(f"should raise ValueError naming {argument}; it raised {error.student_error}: {error}") from None
    raise Mismatch(f"should raise ValueError naming {argument}; it returned {show(result)}")


def assert_inputs_unchanged(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call `function` and require that it left the arrays it was given as they were; returns its result."""
    before = [_frozen(value) for value in (*args, *kwargs.values())]
    result = function(*map(_watched, args), **{key: _watched(value) for key, value in kwargs.items()})
    names = [f"argument {index + 1}" for index in range(len(args))] + list(kwargs)
    for name, old, new in zip(names, before, (*args, *kwargs.values()), strict=True):
        if _frozen(new) != old:
            raise Mismatch(f"{name} was changed by the call: work on a copy, the caller still needs the original")
    return result


def _watched(value: Any) -> Any:
    return inout(value) if isinstance(value, (np.ndarray, list, tuple, dict)) else value


def _frozen(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tobytes()
    if isinstance(value, (list, tuple)):
        return [_frozen(each) for each in value]
    if isinstance(value, dict):
        return {key: _frozen(each) for key, each in value.items()}
    return None


def assert_dtype(actual: Any, dtype: str, name: str = "the result") -> None:
    """Require an exact array or NumPy number of this dtype, for example "float32"."""
    exact = type(actual) is np.ndarray or (isinstance(actual, np.generic) and type(actual).__module__ == "numpy")
    if not exact or actual.dtype != np.dtype(dtype):
        raise Mismatch(f"{name} should have the input's dtype, {dtype}, but is {describe(actual)}")


def _first(mask: Array) -> tuple[int, ...]:
    return tuple(int(axis[0]) for axis in np.nonzero(np.atleast_1d(mask))) if mask.ndim else ()


def _label(index: tuple[int, ...]) -> str:
    return f"at [{', '.join(map(str, index))}]: " if index else ""


def _at(index: tuple[int, ...]) -> str:
    return f" at [{', '.join(map(str, index))}]" if index else ""
