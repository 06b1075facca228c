"""The student's end of stand-ins: names whose calls the grader answers.

What a unit uses of earlier ones, and while errors are carried forward each function that failed, is a function that asks: what
it is given goes to the grader, and from there to a process that holds the reference; what comes back is plain data, or a token
for what stays there. Nothing here is secret and nothing is trusted: the grader decides which names are answered.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import msgpack
import numpy as np

from autograder.sandbox import wire
from autograder.sandbox.limits import Limits
from autograder.sandbox.proxy import arrays_in, sendable

GENERATOR = "PCG64"  # the one that numpy.random.default_rng makes; any other stays where it is
ABSENT = object()

Ask = Callable[[bytes], Any]  # sends a question to the grader and waits for what it gives


class Token:
    """Stands for a value that lives with the reference: a cache, say. It can be handed back and nothing else."""

    __slots__ = ("_number",)

    def __init__(self, number: int) -> None:
        self._number = number


class StandInObject(Token):
    """An object of a class that is stood in for: its methods and public attributes are asked for."""

    __slots__ = ("_stand_ins",)
    _stand_ins: StandIns

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._stand_ins.read(self, name)


class StandIns:
    """Puts stand-ins in the place of a module's names, and takes them away again."""

    def __init__(self, ask: Ask, limits: Limits) -> None:
        self._ask = ask
        self._limits = limits
        self._own: dict[str, Any] = {}  # what is stood in for, as the student wrote it
        self._classes: dict[str, type[StandInObject]] = {}
        self._used: dict[str, type[StandInObject]] = {}  # classes of earlier units
        self._generators: list[np.random.Generator] = []
        self.closed = ""  # why nothing can be asked just now

    def module(self, unit: str, names: Sequence[Sequence[Any]]) -> ModuleType:
        """An earlier unit's module, with just these (name, is it a class?) in it."""
        made = _Used(unit)
        made.names = [name for name, _ in names]
        for name, is_class in names:
            if is_class:
                self._used[name] = self._class(name)
            setattr(made, name, self._used.get(name) or self._function(name, ABSENT))
        return made

    def set(self, module: ModuleType, names: Sequence[Sequence[Any]]) -> None:
        """From now on just these (name, is it a class?) are stood in for."""
        for name, own in self._own.items():
            if own is ABSENT:
                delattr(module, name)
            else:
                setattr(module, name, own)
        self._own = {name: getattr(module, name, ABSENT) for name, _ in names}
        self._classes = {name: self._class(name) for name, is_class in names if is_class}
        for name, _ in names:
            setattr(module, name, self._classes.get(name) or self._function(name, self._own[name]))

    def _function(self, name: str, own: Any) -> Callable[..., Any]:
        def stand_in(*args: Any, **kwargs: Any) -> Any:
            return self.call(None, name, args, kwargs, own)

        stand_in.__name__ = stand_in.__qualname__ = name
        return stand_in

    def _class(self, name: str) -> type[StandInObject]:
        def init(this: StandInObject, *args: Any, **kwargs: Any) -> None:
            made = self.call(None, name, args, kwargs, ABSENT)
            this._number, this._stand_ins = made._number, self

        return type(name, (StandInObject,), {"__init__": init, "__slots__": ()})

    def token(self, number: int, label: str, is_object: bool) -> Token:
        """What the grader sent for a value that stays with the reference."""
        if not is_object:
            return Token(number)
        made = StandInObject.__new__({**self._used, **self._classes}.get(label, StandInObject))
        made._number, made._stand_ins = number, self
        return made

    def call(self, token: Token | None, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], own: Any) -> Any:
        """Ask for a call; where an argument cannot cross, the student's `own` is called as before."""
        if self.closed:
            raise RuntimeError(f"{name} {self.closed}")
        given = [list(args), kwargs]
        try:
            frame = self._frame(["ask", token, name, *given])
        except (wire.WireError, TypeError):
            if own is ABSENT:
                raise TypeError(f"{name}: an argument is of a kind that cannot be handed over") from None
            return own(*args, **kwargs)
        generators = self._generators
        value, changed, states = self._ask(frame)
        arrays = list(arrays_in(given))
        for index, new in changed:
            arrays[index][...] = new
        for generator, state in zip(generators, states, strict=True):
            set_state(generator, state)
        return value

    def read(self, token: Token, name: str) -> Any:
        """Ask for an attribute."""
        value, _, _ = self._ask(self._frame(["look", token, name]))
        if value is not METHOD:
            return value

        def method(*args: Any, **kwargs: Any) -> Any:
            return self.call(token, name, args, kwargs, ABSENT)

        return method

    def _frame(self, message: list[Any]) -> bytes:
        self._generators = []
        return wire.Encoder(self._limits, self._wrap).frame(sendable(message))

    def _wrap(self, value: Any) -> Any:
        if isinstance(value, Token):
            return msgpack.ExtType(wire.TOKEN, wire.pack_small(value._number))
        if type(value) is np.random.Generator and type(value.bit_generator).__name__ == GENERATOR:
            self._generators.append(value)
            return msgpack.ExtType(wire.GENERATOR, wire.pack_small(state_of(value)))
        raise TypeError(f"a {type(value).__name__} stays here")


class _Used(ModuleType):
    """An earlier unit's module: what is not in it says what is."""

    names: Sequence[str] = ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise ImportError(f"while grading, this unit has {' and '.join(self.names)} of {self.__name__}, but no {name}")


METHOD = object()  # in a value's place: the attribute is a method


def state_of(generator: np.random.Generator) -> list[Any]:
    """A generator's state as plain data; its large integers as text."""
    state: Any = generator.bit_generator.state
    return [str(state["state"]["state"]), str(state["state"]["inc"]), state["has_uint32"], state["uinteger"]]


def set_state(generator: np.random.Generator, state: Sequence[Any]) -> None:
    value, increment, has_half, half = state
    generator.bit_generator.state = {
        "bit_generator": GENERATOR,
        "state": {"state": int(value), "inc": int(increment)},
        "has_uint32": has_half,
        "uinteger": half,
    }


def generator_of(state: Sequence[Any]) -> np.random.Generator:
    """A generator that goes on from a state."""
    generator = np.random.Generator(np.random.PCG64(0))
    set_state(generator, state)
    return generator


def refusal(name: str, words: str) -> Exception:
    """The exception that the reference raised, to be raised where its stand-in was called."""
    kind = getattr(builtins, name, ValueError)
    known = isinstance(kind, type) and issubclass(kind, Exception)
    error: Exception = kind(words) if known else ValueError(words)
    return error
