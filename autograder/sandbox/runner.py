"""What runs inside a student's process: load the module, answer calls, hold what is not plain data.

Nothing here is secret and nothing here is trusted: the student's code can change all of it, and gains only answers
that it could have returned anyway.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import types
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, cast

import msgpack
import numpy as np

from autograder.sandbox import wire
from autograder.sandbox.channel import Channel
from autograder.sandbox.encodings import as_utf8
from autograder.sandbox.limits import Limits
from autograder.sandbox.local import load_module, student_frames
from autograder.sandbox.notebook_source import exported_source, notebook_source
from autograder.sandbox.proxy import (
    MODULE,
    Frame,
    Kept,
    LoadError,
    arrays_in,
    callback,
    has_cache,
    name_callbacks,
    sendable,
)
from autograder.sandbox.stand_ins import METHOD, StandIns, generator_of, refusal, state_of

if sys.platform != "win32":
    import resource

MAX_WARNINGS = 10
MAX_NAMES = 12  # of an exception's classes; the grader takes as many of its traceback's lines, and of warnings


class Runner:
    """Serves one module over one socket until the grader hangs up."""

    def __init__(self, channel: Channel, limits: Limits) -> None:
        self._channel = channel
        self._limits = limits
        self._module: types.ModuleType | None = None
        self._objects: dict[int, Any] = {}
        self._counter = MODULE
        self._in_out: list[np.ndarray[Any, Any]] = []
        self._generators: list[np.random.Generator] = []  # that came with their state, and go on there afterwards
        self._given: list[Callable[..., Any]] = []  # the grader's functions in the message at hand
        self._stand_ins = StandIns(self._ask, limits)

    def receive(self) -> list[Any]:
        structure, arrays = self._channel.receive()
        self._generators, self._given = [], []
        message: list[Any] = wire.Decoder(arrays, self._limits, self._resolve).value(structure)
        return message

    def load(self, name: str, path: str, used: list[list[Any]]) -> None:
        """Import the student's file and say how it went.

        What it uses of earlier units comes as their modules' names, each with the names that are stood in for; or, where this
        process holds the reference, with the module's text.
        """
        try:
            for unit, given in used:
                is_text = isinstance(given, str)
                sys.modules[unit] = _from_text(unit, given) if is_text else self._stand_ins.module(unit, given)
            own = {*_own_modules(Path(path)), *(unit for unit, _ in used)}
            sys.meta_path.insert(0, NumpyOnly(own))
            self._stand_ins.closed = "is called while the file is imported: call it in a function"
            self._module = load_module(Path(path), name, _source(Path(path), own, used))
            self._stand_ins.closed = ""
            self._objects[MODULE] = self._module
            self.reply(["loaded"])
        except LoadError as error:
            self.reply(["unloadable", self._clip(str(error))])
        except BaseException as error:
            self.reply(["unloadable", f"importing it raised {type(error).__name__}: {self._message(error)}"])

    def serve(self) -> Any:
        """Answer requests; returns only inside a callback or a stand-in, with what the grader sent back."""
        while True:
            message = self.receive()
            kind = message[0]
            if kind == "call":
                self._answer(message)
            elif kind == "get":
                self._attribute(message[1], message[2])
            elif kind == "stand":
                self._stand(message)
            elif kind == "stand in":
                assert self._module is not None
                self._stand_ins.set(self._module, message[1])
                self.reply(["value", None, [], []])
            elif kind == "return":
                return message[1]
            elif kind == "raise":
                raise ValueError(message[1])
            elif kind == "given":
                return message[1:]
            elif kind == "method":
                return METHOD, [], []
            elif kind == "refused":
                raise refusal(message[1], message[2])

    def _ask(self, frame: bytes) -> Any:
        """Send a stand-in's question; the next that comes from the grader is the answer."""
        self._channel.send(frame)
        return self.serve()

    def _stand(self, message: list[Any]) -> None:
        """Stand in: this process holds the reference. Says which arrays changed and where the generators stand now."""
        _, ref, name, args, kwargs = message
        generators, arrays = self._generators, list(arrays_in([args, kwargs]))
        before = [array.tobytes() for array in arrays]
        try:
            result = getattr(self._objects[ref], name)(*args, **kwargs)
        except BaseException as error:
            self.reply(self._error(error))
            return
        if has_cache(name, result):
            result = (*result[:-1], Kept(result[-1]))
        changed = [
            [k, array] for k, (array, old) in enumerate(zip(arrays, before, strict=True)) if array.tobytes() != old
        ]
        self.reply(["stood", result, changed, [state_of(generator) for generator in generators]])

    def _answer(self, message: list[Any]) -> None:
        _, ref, name, args, kwargs, numbers = message
        in_out, self._in_out = self._in_out, []
        if numbers:  # of a check's objects, so that it is told the same whatever came before it
            self._counter = numbers
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                owner = self._objects[ref]
                if name is not None and not hasattr(owner, name):
                    self.reply(["missing", ref == MODULE, self._clip(type(owner).__name__)])
                    return
                function = owner if name is None else getattr(owner, name)
                if self._given:
                    name_callbacks(function, tuple(args), kwargs, self._given)
                result = function(*args, **kwargs)
            except BaseException as error:
                self.reply(self._error(error))
                return
        raised = [[each.category.__name__, self._clip(str(each.message))] for each in caught[:MAX_WARNINGS]]
        self.reply(["value", result, in_out, raised])

    def _attribute(self, ref: int, name: str) -> None:
        try:
            owner = self._objects[ref]
            value = getattr(owner, name)
        except AttributeError:
            self.reply(["missing", ref == MODULE, type(owner).__name__])
        except BaseException as error:
            self.reply(self._error(error))
        else:
            self.reply(["callable", type(owner).__name__] if callable(value) else ["value", value, [], []])

    def reply(self, message: list[Any]) -> None:
        try:
            frame = wire.Encoder(self._limits, self._wrap).frame(sendable(message))
        except wire.WireError as error:
            frame = wire.Encoder(self._limits, self._wrap).frame(["unfit", str(error)])
        except BaseException as error:
            frame = wire.Encoder(self._limits, self._wrap).frame(["unfit", self._message(error)])
        self._channel.send(frame)

    def _wrap(self, value: Any) -> Any:
        """Keep an object here and send a reference to it."""
        if type(value) is Kept:
            value = value.value
        self._counter += 1
        self._objects[self._counter] = value
        label = self._clip(type(value).__name__)[:80]
        return msgpack.ExtType(wire.REFERENCE, wire.pack_small([self._counter, label]))

    def _resolve(self, code: int, payload: Any) -> Any:
        """What the grader sent beyond plain data."""
        if code == wire.REFERENCE:
            return self._objects[payload]
        if code == wire.NAME:
            return getattr(self._objects[payload[0]], payload[1])
        if code == wire.GENERATOR:
            if isinstance(payload, int):
                return np.random.default_rng(payload)
            self._generators.append(generator_of(payload))
            return self._generators[-1]
        if code == wire.TOKEN:
            return self._stand_ins.token(*payload)
        if code == wire.CALLBACK:
            self._given.append(self._callback(*payload))
            return self._given[-1]
        if code == wire.IN_OUT:
            self._in_out.extend(arrays_in(payload))  # the arrays whose changes the grader wants back, in order
            return payload
        raise wire.WireError(f"unknown extension {code}")

    def _callback(self, number: int, least: int, most: int | None) -> Callable[..., Any]:
        """A function of the grader's: it runs over there, on copies of what it is given here."""

        def ask(*args: Any) -> Any:
            self.reply(["callback", number, list(args)])
            return self.serve()

        return callback(ask, (least, most))

    def _error(self, error: BaseException) -> list[Any]:
        names = [kind.__name__ for kind in type(error).__mro__]
        names = [
            *names[: MAX_NAMES // 2],
            *names[MAX_NAMES // 2 :][-MAX_NAMES // 2 :],
        ]  # its own, and the built-in ones
        try:
            frames = student_frames(error, getattr(self._module, "__file__", ""))
        except BaseException:
            frames = []
        lines = [
            [self._clip(f.file), f.line, *(self._clip(text) for text in (f.function, f.source, f.shapes))]
            for f in frames[-5:]
        ]
        return ["error", names, self._message(error), lines]

    def _message(self, error: BaseException) -> str:
        try:
            return self._clip(str(error))
        except BaseException:
            return ""

    def _clip(self, text: str) -> str:
        return text[: self._limits.message_chars].encode("utf-8", "replace").decode()


class NumpyOnly:
    """First on sys.meta_path: what is not NumPy, the standard library or the student's own file is not to be had.

    Landlock refuses to read it in any case; this says so in words that help.
    """

    def __init__(self, own: Iterable[str]) -> None:
        self._known = {*sys.stdlib_module_names, *own, "numpy", *(name.partition(".")[0] for name in sys.modules)}

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name.partition(".")[0] not in self._known:
            raise ModuleNotFoundError(
                f"No module named {name!r} while grading: the course is written in NumPy and the standard library only",
                name=name,
            )


def _from_text(name: str, text: str) -> types.ModuleType:
    """A module made of its text."""
    module = types.ModuleType(name)
    exec(compile(text, f"{name}.py", "exec", dont_inherit=True), module.__dict__)
    return module


def _source(path: Path, own: Iterable[str], used: list[list[Any]]) -> bytes | None:
    """The module's text where it is not simply the file's: what the cells of a notebook define, or another encoding.

    A notebook need not import what its unit uses of earlier ones: the module that was handed out does.
    """
    content = path.read_bytes()
    own = [name for name in own if name != path.stem]
    if path.suffix == ".ipynb":
        try:
            source = notebook_source(content.decode("utf-8-sig"), own)
            imports = [f"from {unit} import {name}\n" for unit, names in used for name, _ in names]
            return "".join((*imports, source)).encode()
        except ValueError as error:
            raise LoadError(f"{path.name}: {error}") from None
    module = as_utf8(content)
    exported = exported_source(module.decode("utf-8-sig", "replace"), own)
    if exported is not None:
        return exported.encode()
    return module if module is not content else None


def _own_modules(path: Path) -> list[str]:
    """Names of the Python files beside the student's module, as far as they may be seen."""
    try:
        return [each.stem for each in path.parent.iterdir()]
    except OSError:
        return []


def frames_from(lines: Any, limits: Limits) -> list[Frame]:
    """The grader's side of `Runner._error`'s lines; anything odd is dropped, anything long cut."""
    most = limits.message_chars
    plain = [
        line for line in lines if type(line) is list and [type(part) for part in line] == [str, int, str, str, str]
    ]
    return [Frame(file[:most], line, *(text[:most] for text in texts)) for file, line, *texts in plain]


def lift_the_graders_limit() -> None:
    """What the grader allows its own process while it grades is inherited, and is not meant for a student's."""
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))


class _Stdin:
    """Standard input in a socket's place: `Channel` asks for no more."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def fileno(self) -> int:
        return self._descriptor


def main() -> None:
    """Serve one submission over standard input and output: in a container, which is the confinement.

    The argument is the limits, as JSON.
    """
    lift_the_graders_limit()
    null = os.open(os.devnull, os.O_RDWR)
    incoming, outgoing = os.dup(0), os.dup(1)
    for descriptor in range(3):
        os.dup2(null, descriptor)  # what student code prints must not get between the frames
    limits = Limits(**json.loads(sys.argv[1]))
    served = Runner(Channel(cast(socket.socket, _Stdin(incoming)), limits, outgoing), limits)
    try:
        _, name, path, _, used = served.receive()
        served.reply(["sealed"])
        served.load(name, os.fsdecode(path), used)
        served.serve()
    except EOFError:
        pass
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()
