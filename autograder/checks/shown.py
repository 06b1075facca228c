"""How a value is said in a message: as a student would write it, short, and no slower for a large one.

Here, and nowhere else, is bounded what feedback tells of hidden checks. A public test lies in every student's folder, and
is told whole. Of a hidden check a student reads numbers to four digits, four values of a call's arrays, four of a list, two
places that differ, and never an array whole: enough to see what went wrong, too little to answer from. Single numbers and
names stay, for without them (a stride, a mode, an axis) nobody could tell which case it was.
"""

from __future__ import annotations

import contextlib
import itertools
import re
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.sandbox.proxy import Call, Handle

SHOWN_ITEMS = 8  # of a list or dict
LINE = 76  # characters of a call that are read at a glance
SMALL = 12  # values of an array that is told whole


@dataclass(frozen=True)
class Telling:
    """How much of a check's values is told."""

    digits: int = 10
    items: int = SHOWN_ITEMS  # of a list or dict
    array_values: int | None = None  # of all arrays of a call together; None: small ones whole
    differences: int = 3  # differing values of which both sides are told
    expected: bool = True  # is it told what should have come?


OPEN = Telling()
FEW = Telling(digits=4, items=4, array_values=4, differences=2)
LESS = Telling(digits=4, items=4, array_values=4, differences=2, expected=False)


class _Now:
    """What holds at the moment, and how many values of arrays may still be told."""

    def __init__(self, rule: Telling) -> None:
        self.rule, self.left = rule, rule.array_values or 0

    def take(self, wanted: int) -> int:
        given = min(wanted, self.left)
        self.left -= given
        return given


_ALL = _Now(OPEN)
_now: ContextVar[_Now | None] = ContextVar("autograder_telling", default=None)


def _state() -> _Now:
    return _now.get() or _ALL


@contextlib.contextmanager
def telling(rule: Telling) -> Iterator[None]:
    """Within the block, tell no more of values than the rule allows."""
    before = _now.set(_Now(rule))
    try:
        yield
    finally:
        _now.reset(before)


def differences() -> int:
    """How many differing values may be told."""
    return _state().rule.differences


def tells_expected() -> bool:
    """May it be told what should have come?"""
    return _state().rule.expected


def against(got: str, expected: str) -> str:
    """What came and what should have come."""
    return f"got {got}, expected {expected if tells_expected() else 'another value'}"


def rounded(text: str) -> str:
    """A message that a check wrote itself, with no more digits and numbers than may be told."""
    rule = _state().rule
    if rule is OPEN:
        return text
    text = re.sub(r"(?<![\w.])\d+\.\d+(?:e[+-]?\d+)?(?![\w.])", lambda match: number(float(match[0])), text)
    return re.sub(rf"(\[(?:[^\[\],]*,){{{rule.items}}})[^\[\]]*\]", r"\1 ...]", text)


def describe(value: Any) -> str:
    """What a value is, in words that fit a sentence."""
    if value is None:
        return "None (is a return missing?)"
    if type(value) is np.ndarray:
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    if type(value) in (list, tuple):
        return f"a {type(value).__name__} of {len(value)} value{'s' if len(value) != 1 else ''}"
    if type(value) is Handle:
        return f"an object of type {value._label}"
    if type(value) in (int, float) or (isinstance(value, np.generic) and value.dtype.kind in "iuf"):
        return f"one number, {show(value)}"
    if type(value) in (bool, str) or isinstance(value, np.generic):
        return f"{show(value)} ({type(value).__name__})"
    return f"a {type(value).__name__}"


def show(value: Any, limit: int = 200) -> str:
    """A value as a student would write it, cut to `limit` characters; a large one takes no longer than a small one."""
    if isinstance(value, np.ndarray):
        if value.size > SMALL:
            return f"array of shape {value.shape}"
        if _state().rule.array_values is not None:
            return _part(value)
        text = np.array2string(value, separator=", ", precision=6, threshold=20).replace("\n", "")
        text = re.sub(r"\s+(?=[],])|(?<=\[)\s+", "", " ".join(text.split()))
        return text if len(text) <= limit else f"array of shape {value.shape}"
    if isinstance(value, np.generic):
        return number(value)
    if type(value) in (list, tuple):
        inner = _some([show(each, limit // 2) for each in value[: _room(limit)]], len(value))
        text = f"[{inner}]" if type(value) is list else f"({inner}{',' if len(value) == 1 else ''})"
    elif type(value) is dict:
        pairs = itertools.islice(value.items(), _room(limit))
        inner = _some([f"{show(key, limit // 2)}: {show(each, limit // 2)}" for key, each in pairs], len(value))
        text = f"{{{inner}}}"
    elif type(value) in (str, bytes):
        text = repr(value[: limit + 1])
    elif isinstance(value, np.random.Generator):
        return "rng"
    elif callable(value) and not isinstance(value, Handle):
        return str(getattr(value, "__name__", "f")).replace("<lambda>", "f")
    elif type(value).__name__ == "InOut":
        return show(value.value, limit)
    elif type(value) in (int, float):
        text = repr(value) if _state().rule is OPEN else number(value)
    else:
        text = repr(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."


def _part(array: np.ndarray[Any, Any]) -> str:
    """A small array by its shape and its first values, never all of them."""
    count = _state().take(min(2, array.size // 2)) if array.dtype.kind in "biuf" else 0
    values = "".join(f"{number(each)}, " for each in array.flat[:count])
    return f"[{values}... of shape {array.shape}]" if count else f"array of shape {array.shape}"


def _room(limit: int) -> int:
    """How many items are shown in so many characters: none, once lists lie so deep in lists that they are cut anyway."""
    return _state().rule.items if limit > SHOWN_ITEMS else 0


def _some(shown: list[str], count: int) -> str:
    return ", ".join([*shown, "..."] if count > len(shown) else shown)


def show_call(call: Call) -> str:
    """`name(arguments)` as a student would type it."""
    if call.read:
        return call.name
    text = _call(call, lambda value: show(value, 80))
    # Where it does not fit into a line, arrays go by their shape: that is what one wants to know of many numbers.
    return text if len(text) <= LINE else _call(call, lambda value: show(_by_shape(value), 80))


def _call(call: Call, said: Callable[[Any], str]) -> str:
    given = [said(value) for value in call.args] + [f"{key}={said(value)}" for key, value in call.kwargs.items()]
    return f"{call.name}({', '.join(given)})"


class _Shape:
    """An array that is said by its shape alone."""

    def __init__(self, array: Any) -> None:
        self._shape = array.shape

    def __repr__(self) -> str:
        return f"array of shape {self._shape}"


def _by_shape(value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.size > 1:
        return _Shape(value)
    if type(value) in (list, tuple) and len(value) <= SHOWN_ITEMS:
        return type(value)(_by_shape(each) for each in value)
    return value


def number(value: Any, digits: int = OPEN.digits) -> str:
    """A number to so many digits, or to as many as may be told."""
    digits = min(digits, _state().rule.digits)
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, (int, np.integer)) and (digits == OPEN.digits or abs(int(value)) < 10**digits):
        return str(int(value))
    return f"{value:.{digits}g}"
