"""The grader's end of stand-ins: a student's module of which some functions are answered by the reference.

The reference runs in a confined process of its own, under the same limits of time and memory: what it is asked for is the
student's choice. The student's process never holds it; it gets plain data, and tokens for what stays over there.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import msgpack

from autograder.sandbox import wire
from autograder.sandbox.client import Confined
from autograder.sandbox.container import Containers
from autograder.sandbox.fork_server import ForkServer
from autograder.sandbox.proxy import (
    MODULE,
    BadReturn,
    BoundName,
    Handle,
    MissingName,
    SandboxBroken,
    StudentCrash,
    StudentTimeout,
    has_cache,
)

MAX_DIGITS = 40  # of a generator's state: 2**128 has 39


@dataclass(frozen=True)
class Used:
    """What a unit uses of earlier ones, by module: the names, each with whether it is a class, and the reference's text."""

    names: Mapping[str, Sequence[tuple[str, bool]]] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class GeneratorState:
    """Where a student's generator stands; the grader makes no generator of it, it only hands it on."""

    state: tuple[str, str, int, int]


class Reference(Confined):
    """The reference, confined like a student's module, asked by stand-ins alone.

    Args:
        server, module, readable: as of Confined.
        used: the texts of the references that it imports, by module name.
    """

    ANSWERS: ClassVar[tuple[str, ...]] = ("value", "missing", "callable", "stood")

    def __init__(
        self, server: ForkServer | Containers, module: Path, readable: Sequence[Path], used: Mapping[str, str]
    ) -> None:
        super().__init__(server, module, readable)
        self._texts = used

    def _used(self) -> list[list[Any]]:
        return [[name, text] for name, text in self._texts.items()]

    def stand(self, ref: Any, name: str, args: list[Any], kwargs: dict[str, Any]) -> tuple[Any, list[Any], list[Any]]:
        """Call it: what it returned, which arrays of the arguments it changed, where the generators stand now."""
        reply = self._request(["stand", ref, name, args, kwargs])
        if reply[0] != "stood":
            raise AttributeError(name)
        return reply[1], reply[2], reply[3]

    def _wrap(self, value: Any) -> Any:
        if type(value) is Handle and value._backend is not self:
            raise TypeError("an object of the student's cannot be handed to a stand-in")
        if type(value) is GeneratorState:
            return msgpack.ExtType(wire.GENERATOR, wire.pack_small(list(value.state)))
        return super()._wrap(value)


class Assisted(Confined):
    """A student's module in which some names are stood in for: what it uses of earlier units, and what failed before.

    Args:
        server, module, readable: as of Confined.
        reference: the file that answers.
        used: what the module uses.
    """

    ASKS: ClassVar[tuple[str, ...]] = ("callback", "ask", "look")

    def __init__(
        self, server: ForkServer | Containers, module: Path, readable: Sequence[Path], reference: Path, used: Used
    ) -> None:
        super().__init__(server, module, readable)
        self.asked: set[str] = set()  # the stand-ins for its own names that this check's calls have reached
        self._reference = Reference(server, reference, [reference], used.texts)
        self._uses = used.names
        self._of_earlier = {name for names in used.names.values() for name, _ in names}
        self._names: list[tuple[str, bool]] = []
        self._installed: list[tuple[str, bool]] = []
        self._tokens: dict[int, tuple[Handle, bool]] = {}  # what the child has a token for; is it an object?
        self._token_seen = False

    def stand_in(self, names: Sequence[tuple[str, bool]]) -> None:
        """From now on just these (name, is it a class?) are stood in for."""
        self._names = list(names)

    def start_check(self, check: str) -> None:
        self.asked = set()
        super().start_check(check)
        self._reference.start_check(check)

    def close(self) -> None:
        super().close()
        self._reference.close()

    def _drop(self) -> Any:
        self._installed = []
        self._tokens.clear()
        return super()._drop()

    def _start(self, after: str | None) -> None:
        super()._start(after)
        if self._installed != self._names:
            # Noted first: a child that dies of it drops the note, and the next one is asked again.
            self._installed = list(self._names)
            frame = wire.Encoder(self._limits, self._wrap).frame(["stand in", [list(pair) for pair in self._names]])
            self._ask(frame, False)
            self._index += 1

    def _asked(self, question: list[Any], size: int) -> None:
        """Answer the child's question: a callback of the check's, or a call of a stand-in."""
        if question[0] == "callback":
            super()._asked(question, size)
            return
        self._count_call()
        started = time.monotonic()
        try:
            answer = self._given(*question[1:]) if question[0] == "ask" else self._looked_up(*question[1:])
        except (StudentTimeout, StudentCrash, SandboxBroken):
            self.close()
            raise
        except BadReturn as error:
            answer = ["refused", "ValueError", str(error)]
        except Exception as error:
            answer = ["refused", type(error).__name__, self._clip(str(error))]
        finally:
            self._clock.note(started)
        self._send(wire.Encoder(self._limits, self._wrap).frame(answer))

    def _used(self) -> list[list[Any]]:
        return [[module, [list(pair) for pair in names]] for module, names in self._uses.items()]

    def _given(self, token: Any, name: str, args: list[Any], kwargs: dict[str, Any]) -> list[Any]:
        if token is None:
            if name not in self._of_earlier and name not in dict(self._names):
                raise NameError(f"name {name!r} is not defined")
            ref = MODULE  # which has the names that it imports too
        else:
            ref = self._object(token, name)
        self._note(name if token is None else token._label)
        value, changed, states = self._reference.stand(ref, name, args, kwargs)
        if has_cache(name, value) and type(value[-1]) is Handle:
            self._tokens[value[-1]._ref] = (value[-1], False)
        return ["given", value, changed, states]

    def _looked_up(self, token: Any, name: str) -> list[Any]:
        ref = self._object(token, name)
        self._note(token._label)
        try:
            value = self._reference.get(ref, name)
        except MissingName:
            raise AttributeError(f"{token._label} objects have no attribute {name!r}") from None
        return ["method"] if type(value) is BoundName else ["given", value, [], []]

    def _note(self, name: str) -> None:
        if name not in self._of_earlier:
            self.asked.add(name)

    def _object(self, token: Any, name: str) -> Any:
        """The number of the object that a token stands for; a cache has no attributes, and nobody's private ones are had."""
        if type(token) is not Handle or not self._tokens.get(token._ref, (None, False))[1] or name.startswith("_"):
            raise AttributeError(name)
        return token._ref

    # What crosses beyond plain data

    def _wrap(self, value: Any) -> Any:
        if type(value) is Handle and value._backend is self._reference:
            _, is_object = self._tokens.setdefault(value._ref, (value, True))
            return msgpack.ExtType(wire.TOKEN, wire.pack_small([value._ref, value._label, is_object]))
        return super()._wrap(value)

    def _resolve(self, code: int, payload: Any) -> Any:
        self._token_seen |= code in (wire.TOKEN, wire.GENERATOR)
        if code == wire.TOKEN and type(payload) is int and payload in self._tokens:
            return self._tokens[payload][0]
        if (
            code == wire.GENERATOR
            and type(payload) is list
            and [type(part) for part in payload] == [str, str, int, int]
        ):
            value, increment, has_half, half = payload
            if value.isdecimal() and increment.isdecimal() and max(len(value), len(increment)) <= MAX_DIGITS:
                return GeneratorState((value, increment, has_half & 1, half & 0xFFFFFFFF))
        return super()._resolve(code, payload)

    def _decode(self, structure: bytes, arrays: memoryview) -> list[Any]:
        """Tokens are for stand-ins alone: in an answer to a check they would hand it the reference's own values."""
        self._token_seen = False
        message = super()._decode(structure, arrays)
        if self._token_seen and message[0] not in ("ask", "look"):
            self._garbled()
        return message
