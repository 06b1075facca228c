"""What a check holds in its hands: a student's module and objects, wherever they live.

The same check runs on a module in this process (`local.Local`) and on one in a confined process
(`client.Confined`). Both answer the same three requests (call, read an attribute, list length and items go
through calls) and both follow the same rules, so that a check cannot tell them apart:

- arguments are copied in, results are copied out; `inout(x)` asks for an argument's changes to be copied back;
- a `numpy.random.Generator` argument reaches the student as a fresh generator drawn from it;
- warnings that the student's code raised are raised again here;
- what is not plain data stays where it is, behind a `Handle`.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np


class SandboxBroken(Exception):
    """The machinery failed, not the student: nothing may be concluded about the submission."""


MAX_FETCHED = 1000  # items of an object that are fetched one by one
KEYS = (str, int, type(None))  # of the dicts that cross
MODULE = 0  # the reference number of the student's module itself


class StudentError(Exception):
    """Something a student's code did that ends the check: see the subclasses."""


class StudentCrash(StudentError):
    """The student's process ended in the middle of a call: segfault, os._exit, killed for memory."""


class StudentTimeout(StudentError):
    """The check's time, or the submission's, was up."""

    student_frames: Sequence[Frame] = ()  # where it was then, outermost first, if that is known


class OutOfTime(StudentTimeout):
    """The submission's budget is used up: the check was not run at all."""


class StudentExit(StudentError):
    """The student's code called sys.exit() or raised another exception that is no Exception."""


class BadReturn(StudentError):
    """The student returned what cannot be handed over: too large, too deep, or a garbled answer."""


class MissingName(StudentError, AttributeError):
    """The module or object lacks the name that the check asked for."""


class LoadError(StudentError):
    """The student's module could not be read or imported; the message says where and why."""


@dataclass(frozen=True)
class InOut:
    value: Any


def inout(value: Any) -> InOut:
    """Pass `value` so that what the student changes in its arrays is changed here too.

    For functions whose contract is to work in place (an optimizer's `step`), and for checks that look for
    unwanted changes. Every other argument reaches the student as a copy.
    """
    return InOut(value)


@dataclass(frozen=True)
class Frame:
    """One line of a student's traceback."""

    file: str
    line: int
    function: str
    source: str
    shapes: str = ""  # of the arrays that the line names

    def words(self) -> str:
        return f"{self.file}, line {self.line}, in {self.function}: {self.source}"


@dataclass
class Call:
    """One call that a check made of a student's code, or one attribute that it read, and what came of it."""

    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    result: Any = None
    error: BaseException | None = None
    finished: bool = False
    read: bool = False


class Backend(Protocol):
    """Where a student's objects live. References are opaque to everyone else."""

    transcript: list[Call]

    def call(self, ref: Any, name: str | None, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any: ...

    def get(self, ref: Any, name: str) -> Any: ...


class Handle:
    """An object of the student's that is not plain data: pass it back, call it, read its public attributes.

    It never equals anything but itself, so no magic `__eq__` of a student's can decide a check.
    """

    __slots__ = ("_backend", "_label", "_ref")

    def __init__(self, backend: Backend, ref: Any, label: str) -> None:
        self._backend = backend
        self._ref = ref
        self._label = label

    def __repr__(self) -> str:
        return f"<{self._label} object>"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        value = self._backend.get(self._ref, name)
        if not isinstance(value, BoundName):
            self._backend.transcript.append(Call(f"{self._label}.{name}", (), {}, value, finished=True, read=True))
        return value

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return record(self._backend, self._ref, None, self._label, args, kwargs)

    def __len__(self) -> int:
        return int(self._backend.call(self._ref, "__len__", (), {}))

    def __getitem__(self, key: Any) -> Any:
        return self._backend.call(self._ref, "__getitem__", (key,), {})

    def __iter__(self) -> Iterator[Any]:
        count = len(self)
        if count > MAX_FETCHED:
            raise BadReturn(f"it returned an object that holds {count} items: return an array or a tuple")
        return (self[index] for index in range(count))


@dataclass(frozen=True, slots=True)
class BoundName:
    """A function of the module or a method of one of its objects: looked up when it is called."""

    backend: Backend
    ref: Any
    name: str
    label: str = field(default="")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return record(self.backend, self.ref, self.name, self.label or self.name, args, kwargs)

    def __repr__(self) -> str:
        return f"<function {self.label or self.name}>"


class Student:
    """A student's module as a check sees it: `student.relu(x)`, `student.MLP(...)`."""

    __slots__ = ("_backend", "_name")

    def __init__(self, backend: Backend, name: str) -> None:
        self._backend = backend
        self._name = name

    def __repr__(self) -> str:
        return f"<module {self._name}>"

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("__"):
            raise AttributeError(name)
        return BoundName(self._backend, MODULE, name)


def record(
    backend: Backend, ref: Any, name: str | None, label: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Make the call and keep it in the backend's transcript, for the feedback and for the diagnosis."""
    call = Call(label, args, kwargs)
    backend.transcript.append(call)
    try:
        call.result = backend.call(ref, name, args, kwargs)
    except BaseException as error:
        call.error = error
        raise
    finally:
        call.finished = True
    return call.result


def has_cache(name: str, result: Any) -> bool:
    """Is the last of what this function returned a cache, which only its own backward reads?"""
    return name.endswith("_forward") and type(result) in (tuple, list) and len(result) > 1


def arrays_in(value: Any) -> Iterator[np.ndarray[Any, Any]]:
    """The arrays in a plain value, in order: both ends must find the same."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, (list, tuple, dict)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from arrays_in(each)


def holds_handle(value: Any) -> bool:
    """Is there an object of the student's in this value, at any depth?"""
    if isinstance(value, (list, tuple, dict)):
        return any(map(holds_handle, value.values() if isinstance(value, dict) else value))
    return type(value) is Handle


@dataclass(frozen=True)
class Kept:
    """A value of the student's that looks like plain data and cannot cross: it stays behind a handle."""

    value: Any


def sendable(value: Any) -> Any:
    """`value` with each dict in it `Kept` whose keys cannot cross: a cache may well be `{(layer, step): array}`."""
    kind = type(value)
    if kind is list or kind is tuple:
        return kind(sendable(each) for each in value)
    if kind is dict:
        if not all(type(key) in KEYS for key in value):
            return Kept(value)
        return {key: sendable(each) for key, each in value.items()}
    return value


def fresh_seed(rng: np.random.Generator) -> int:
    """Seeds the student's generator, drawn from the check's: it tells nothing of the check's own draws."""
    return int(rng.integers(2**63))


def warn_again(raised: list[tuple[str, str]]) -> None:
    """Raise here the warnings that the student's code raised there."""
    for category, message in raised:
        known = {"RuntimeWarning": RuntimeWarning, "DeprecationWarning": DeprecationWarning}
        warnings.warn(message, known.get(category, UserWarning), stacklevel=4)


Span = tuple[int, int | None]  # the fewest and the most arguments; None: as many as one likes


def span_of(function: Callable[..., Any]) -> Span:
    """How many arguments a function of a check's takes."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return 0, None
    placed = [each for each in parameters if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)]
    endless = any(each.kind is each.VAR_POSITIONAL for each in parameters)
    return sum(each.default is each.empty for each in placed), None if endless else len(placed)


def callback(function: Callable[..., Any], span: Span) -> Callable[..., Any]:
    """A function of a check's as a student's code is given it: called wrongly, it says how, and nothing of the check."""
    least, most = span

    def f(*args: Any, **kwargs: Any) -> Any:
        if kwargs:
            raise TypeError(f"{f.__name__} takes its arguments by position, without {next(iter(kwargs))}=")
        if len(args) < least or (most is not None and len(args) > most):
            count = f"{least}" if least == most else f"{least} or more" if most is None else f"{least} to {most}"
            words = "argument" if count == "1" else "arguments"
            raise TypeError(f"{f.__name__} takes {count} {words}, but was given {len(args)}")
        return function(*args)

    f.__module__ = f.__qualname__ = f.__name__  # a traceback, or its repr, tells no more
    return f


def name_callbacks(
    function: Callable[..., Any], given: tuple[Any, ...], named: dict[str, Any], those: list[Any]
) -> None:
    """Call each of those callbacks as the student's function, which is given them, calls that parameter."""
    try:
        bound = inspect.signature(function).bind(*given, **named).arguments
    except (TypeError, ValueError):
        return
    for name, value in bound.items():
        if any(value is each for each in those):
            value.__name__ = value.__qualname__ = name


# Exceptions cross over by name: only these, so that a student can raise nothing that pytest or the grader heeds.
_CROSSING = {
    kind.__name__: kind
    for kind in (
        ArithmeticError, AssertionError, AttributeError, BufferError, EOFError, FileNotFoundError, FloatingPointError,
        ImportError, IndentationError, IndexError, KeyError, LookupError, MemoryError, ModuleNotFoundError, NameError,
        NotImplementedError, OSError, OverflowError, PermissionError, RecursionError, RuntimeError, StopIteration,
        SyntaxError, TimeoutError, TypeError, UnboundLocalError, UnicodeError, ValueError, ZeroDivisionError,
    )
}  # fmt: skip


def student_exception(names: list[str], message: str, frames: list[Frame]) -> BaseException:
    """The exception to raise here for one that the student's code raised there.

    `names` are the class names of its MRO: the first that is a known built-in decides, so that numpy's AxisError
    is a ValueError to `pytest.raises(ValueError)`. AssertionError becomes RuntimeError: only checks assert.
    """
    if "Exception" not in names:
        error: BaseException = StudentExit(f"{names[0]}: {message}" if message else names[0])
    else:
        kind = next((_CROSSING[name] for name in names if name in _CROSSING), RuntimeError)
        if kind in (AssertionError, StopIteration):
            kind = RuntimeError
        error = kind(message)
    mark_student_error(error, names[0], frames)
    return error


def mark_student_error(error: BaseException, name: str, frames: list[Frame]) -> None:
    """Note on an exception that it came out of the student's code, and from which lines."""
    error.student_error = name  # type: ignore[attr-defined]
    error.student_frames = frames  # type: ignore[attr-defined]
