"""How a value is said in a message: as a student would write it, short, and no slower for a large one."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.sandbox.proxy import Call, Handle

SHOWN_ITEMS = 8  # of a list or dict
LINE = 76  # characters of a call that are read at a glance


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
        if value.size > 12:
            return f"array of shape {value.shape}"
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
    else:
        text = repr(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."


def _room(limit: int) -> int:
    """How many items are shown in so many characters: none, once lists lie so deep in lists that they are cut anyway."""
    return SHOWN_ITEMS if limit > SHOWN_ITEMS else 0


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


def number(value: Any) -> str:
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    return f"{value:.10g}"
