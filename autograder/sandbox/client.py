"""The grader's end: a student's module in a child of the fork server, or in a container.

The grader keeps time. Whatever a child does (loops, dies, floods, sends garbage), the request at hand ends with one of
the exceptions of `proxy`, the child is killed, and the next check starts in a fresh one.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NoReturn

import msgpack
import numpy as np

from autograder.sandbox import wire
from autograder.sandbox.channel import Channel
from autograder.sandbox.clock import Clock
from autograder.sandbox.container import ContainerChild, Containers
from autograder.sandbox.conversations import Said, Turn, digest
from autograder.sandbox.fork_server import Child, ForkServer, describe_status
from autograder.sandbox.local import missing_name
from autograder.sandbox.proxy import (
    MODULE,
    BadReturn,
    BoundName,
    Call,
    Handle,
    InOut,
    LoadError,
    MissingName,
    OutOfTime,
    SandboxBroken,
    Span,
    StudentCrash,
    StudentError,
    StudentTimeout,
    arrays_in,
    fresh_seed,
    holds_handle,
    span_of,
    student_exception,
    warn_again,
)
from autograder.sandbox.questions import LOADING, SEALING, Answer, Key, Questions
from autograder.sandbox.rehearsal import Rehearsal
from autograder.sandbox.runner import MAX_NAMES, frames_from

MAX_LABEL = 80  # characters of a class's name

# What each kind of answer holds; None stands for anything.
FORMS: dict[str, tuple[type | None, ...]] = {
    "sealed": (),
    "unconfined": (str,),
    "loaded": (),
    "unloadable": (str,),
    "value": (None, list, list),
    "error": (list, str, list),
    "missing": (bool, str),
    "callable": (str,),
    "unfit": (str,),
    "callback": (int, list),
    "ask": (None, str, list, dict),
    "look": (None, str),
    "stood": (None, list, list),
}


class _NotThisCheck(Exception):
    """The child was lost to a question that was sent ahead for another check."""


class Diverged(BaseException):
    """A check asked something else than before, after the same answers."""


@dataclass(frozen=True, slots=True)
class _Heard:
    """What the child answered while the check was not run yet, or what went wrong then."""

    frame: bytes  # what was said to it
    key: Key
    answer: Answer | Exception
    due: bool  # the question is still to be settled, as soon as the answer is read


class Confined:
    """A student's module in a child of the fork server: the backend behind `Student` while grading.

    Args:
        server: forks the children.
        module: the student's file; its name without .py is the module's name there.
        readable: what this submission's code may read: its own folder, or the file alone.
        rehearsal: what the unit's checks are going to ask, shared by the submissions of a run.
    """

    ANSWERS: ClassVar[tuple[str, ...]] = ("value", "missing", "callable")  # to a question of a check's
    ASKS: ClassVar[tuple[str, ...]] = ("callback",)  # what the child may ask before it answers

    def __init__(
        self,
        server: ForkServer | Containers,
        module: Path,
        readable: Sequence[Path],
        rehearsal: Rehearsal | None = None,
    ) -> None:
        self.transcript: list[Call] = []
        self._server = server
        self._limits = server.limits
        self._module = module
        self._readable = readable
        self._child: Child | ContainerChild | None = None
        self._channel: Channel | None = None
        self._load_error: LoadError | None = None
        self._callbacks: list[tuple[Callable[..., Any], Span]] = []
        self._in_out: list[np.ndarray[Any, Any]] = []
        self._packer = wire.Encoder(self._limits, self._wrap)
        self._clock = Clock(self._limits)
        self._questions = Questions(rehearsal or Rehearsal(), self._limits)
        self._learns = rehearsal is not None
        self._said: list[Said] = []  # in the check at hand
        self._saying: tuple[bytes, bool] = b"", True  # what was said last, and whether it was a question
        self._is_whole = True  # one child was asked all of it
        self._heard: deque[_Heard] = deque()  # what the check is still to be told, before anything is asked again
        self._loaded = self._was_loaded = False
        self._check = ""
        self._previous: str | None = None
        self._index = 0
        self._nesting = 0  # callbacks that are being run
        self._plain = True
        self._calls = 0
        self._received = 0  # bytes, in the check at hand

    @property
    def spent(self) -> float:
        """Seconds that the student's process has had."""
        return self._clock.spent

    def start_check(self, check: str) -> None:
        """A new check: a new clock, an empty transcript. Where `recall` has begun with it, it goes on from there."""
        if self._heard and check == self._check:
            return
        self.transcript = []
        self._heard.clear()
        self._said, self._is_whole = [], True
        self._callbacks.clear()
        self._previous, self._check, self._index = self._check or None, check, 0
        self._clock.start_check()
        self._calls = self._received = 0
        if self._load_error is not None:
            raise self._load_error
        if self._clock.is_used_up:
            raise OutOfTime(
                f"not run: this submission's code has used up its {self._limits.submission_seconds:g} seconds for "
                "this unit; mend what is slow or endless first"
            )

    def recall(self, check: str) -> bool:
        """Hold a check's conversation as it was held before, for as long as all answers are known to the bit.

        True: to its end, and there it passes. False: run the check; what was asked here it is not going to ask again.
        """
        rehearsal = self._questions.rehearsal
        turn = rehearsal.conversations.of(check)
        if turn is None or turn.frame is None or self._load_error is not None or self._clock.is_used_up:
            return False
        self.start_check(check)
        with contextlib.suppress(StudentError, SandboxBroken, _NotThisCheck):  # the check meets it again, and tells it
            self._start(self._previous)
        if not self._loaded:
            return False
        try:
            return self._follow(turn)
        except _NotThisCheck:
            self._clock.start_check()
        return False

    def _follow(self, turn: Turn) -> bool:
        """Say what is known to come next, until the check has passed or an answer is not known."""
        heard: list[_Heard] = []
        open_keys: list[Key] = []  # the outermost question first: within a callback others are asked
        asked = 0
        while turn.frame is not None:
            try:
                if turn.asks:
                    asked += 1
                    foreseen = asked == 1 and self._questions.rehearsal.foresees(self._check, turn.frame)
                    open_keys.append(self._put(turn.frame, foreseen, asked, within=bool(open_keys)))
                else:
                    self._send(turn.frame)
                answer, due = self._hear(open_keys[-1])
            except (StudentError, SandboxBroken, MemoryError) as error:
                heard.append(_Heard(turn.frame, (self._check, asked), error, due=False))
                break
            known = turn.after.get(digest(*answer))
            heard.append(_Heard(turn.frame, open_keys[-1], answer, due=due and known is None))
            if known is None:
                break
            settled, turn = known
            if settled:
                open_keys.pop()
                if due:
                    self._questions.settle()
        if not turn.passed:
            self._heard.extend(heard)
        return turn.passed

    def passed(self, check: str) -> None:
        """The check at hand was run, and passed: so it will, wherever it is given the same answers."""
        if self._learns and self._is_whole and check == self._check:
            self._questions.rehearsal.conversations.learn(check, self._said)

    def close(self) -> None:
        child = self._drop()
        if child is not None:
            child.end()

    def give_up(self, seconds: float) -> None:
        """The check was broken off somewhere in the middle: the next begins with another child, and so much less time."""
        self.close()
        self._questions.cautious = True
        self._clock.spent += seconds

    def _drop(self) -> Child | ContainerChild | None:
        """Let go of the child and of all that was asked of it."""
        child, self._child, self._channel = self._child, None, None
        self._questions.forget()
        self._heard.clear()
        self._is_whole = False
        return child

    # The Backend protocol

    def call(self, ref: Any, name: str | None, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        self._in_out = []
        numbers = self._questions.rehearsal.numbers(self._check) if self._index == 0 else 0
        reply = self._request(["call", ref, name, list(args), kwargs, numbers])
        if reply[0] == "missing":
            raise MissingName(missing_name(reply[1], reply[2][:MAX_LABEL], self._module.name, name or ""))
        if reply[0] == "callable":
            self._garbled()
        return self._value(reply)

    def get(self, ref: Any, name: str) -> Any:
        reply = self._request(["get", ref, name])
        if reply[0] == "missing":
            raise MissingName(missing_name(reply[1], reply[2][:MAX_LABEL], self._module.name, name))
        if reply[0] == "callable":
            return BoundName(self, ref, name, f"{reply[1][:MAX_LABEL]}.{name}")
        return self._value(reply)

    def _value(self, reply: list[Any]) -> Any:
        _, value, changed, raised = reply
        if len(changed) == len(self._in_out):
            for original, theirs in zip(self._in_out, changed, strict=True):
                if type(theirs) is np.ndarray and theirs.shape == original.shape and original.flags.writeable:
                    original[...] = theirs
        if raised:
            pairs = [
                pair
                for pair in raised[:MAX_NAMES]
                if type(pair) is list and [type(each) for each in pair] == [str, str]
            ]
            warn_again([(pair[0], self._clip(pair[1])) for pair in pairs])
        return value

    # One request and its answer

    def _request(self, message: list[Any]) -> list[Any]:
        self._packer = wire.Encoder(self._limits, self._wrap)
        self._plain = message[0] == "call" and message[1] == MODULE
        frame = self._packer.frame(message)
        self._index += 1
        self._count_call()
        self._saying = frame, True
        try:
            if self._heard:
                return self._reply(self._already_said(frame))
            foreseen = False
            if self._index == 1 and not self._nesting:
                rehearsal = self._questions.rehearsal
                rehearsal.note(self._check, frame, self._plain)
                foreseen = rehearsal.foresees(self._check, frame)
            self._start(self._previous if self._index == 1 else self._check)
            return self._ask(frame, foreseen)
        except _NotThisCheck:
            # What was sent ahead for another check took the child down: that check will find out for itself.
            self._clock.start_check()
            self._start(self._check)
            return self._ask(frame, False)

    def _ask(self, frame: bytes, foreseen: bool) -> list[Any]:
        """The answer to one question, asked now unless it was sent ahead."""
        return self._reply(self._put(frame, foreseen, self._index, within=self._nesting > 0))

    def _put(self, frame: bytes, foreseen: bool, index: int, within: bool) -> Key:
        """Ask a question, unless it was sent ahead; `within`: while the child waits for the answer to one of its own."""
        questions = self._questions
        if foreseen:
            self._send_ahead()
        key = (self._check, 0)
        if not (foreseen and questions.were_asked(key)):
            key = (self._check, index)
            questions.ask(key, first=within)
            self._send(frame)
        return key

    def _already_said(self, frame: bytes) -> Key:
        """The question that is open where the check says what `recall` has said in its place."""
        if self._heard[0].frame != frame:
            self._questions.rehearsal.conversations.forget(self._check)
            self.close()
            raise Diverged
        return self._heard[0].key

    def _hear(self, key: Key) -> tuple[Answer, bool]:
        """What the child says next to this question, and whether the question is to be settled if that answers it."""
        if self._heard:
            heard = self._heard.popleft()
            if isinstance(heard.answer, Exception):
                raise heard.answer
            return heard.answer, heard.due
        questions = self._questions
        while not questions.next_is(key):
            answer = self._read()
            if not questions.keep(questions.settle(), answer, self._check):
                self.close()
                questions.cautious = True
                raise _NotThisCheck
        known = questions.take(key)
        return (known, False) if known is not None else (self._read(), True)

    def _reply(self, key: Key) -> list[Any]:
        """Read until the answer to this question is there; callbacks are answered on the way."""
        of_check = key not in (SEALING, LOADING)
        while True:
            answer, due = self._hear(key)
            settled = True
            try:
                reply = self._decode(*answer)
                settled = reply[0] not in self.ASKS
            finally:
                if settled and due and self._channel is not None:
                    self._questions.settle()
                if of_check and self._learns:
                    self._said.append(Said(*self._saying, digest(*answer), settled))
            kind = reply[0]
            if kind in self.ASKS and key[1] > 0 and of_check:
                self._asked(reply, sum(map(len, answer)))
            elif kind == "error":
                _, names, text, lines = reply
                if not names or not all(type(name) is str for name in names):
                    self._garbled()
                shown = [self._clip(name) for name in names[:MAX_NAMES]]
                raise student_exception(shown, self._clip(text), frames_from(lines[:MAX_NAMES], self._limits))
            elif kind == "unfit":
                raise BadReturn(f"what it returned could not be handed over: {self._clip(reply[1])}")
            elif kind in (("sealed", "unconfined") if key == SEALING else ("loaded", "unloadable")) or (
                kind in self.ANSWERS and of_check
            ):
                return reply
            else:
                self._garbled()

    def _send_ahead(self) -> None:
        """Ask the next batch of what the checks are going to ask, if it is time and there is more."""
        if batch := self._questions.next_batch():
            self._send(batch)

    def begin(self, after: str | None = None) -> None:
        """Give the module to a child, with the first questions, and do not wait: it works while others are graded."""
        if self._channel is not None:
            return
        self._child = self._server.child(self._module, self._readable)
        self._channel = Channel(self._child.sock, self._limits)
        self._loaded = False
        self._questions.begin(after)
        path = os.fsencode(self._child.path_of(self._module))
        message = ["load", self._module.stem, path, [os.fsencode(each) for each in self._readable], self._used()]
        self._send(wire.Encoder(self._limits, self._wrap).frame(message))

    def _used(self) -> list[list[Any]]:
        """What the module uses of earlier units, by module name: see `Runner.load`."""
        return []

    def _start(self, after: str | None) -> None:
        """Have a child with the module loaded, to be asked what the checks after `after` are going to ask."""
        if self._load_error is not None:
            raise self._load_error
        if self._channel is not None and self._loaded:
            return
        before = self._clock.reading()
        child = None
        try:
            self.begin(after)
            child = self._child
            assert child is not None
            self._clock.grace = child.START_SECONDS
            reply = self._reply(SEALING)
            if reply[0] == "unconfined":
                self.close()
                raise SandboxBroken(f"the sandbox could not be closed around {self._module}: {reply[1]}")
            child.sealed = True
            if self._clock.grace:  # starting a container is not the student's doing
                self._clock.set_back(before)
                self._clock.grace = 0.0
            reply = self._reply(LOADING)
        except (SandboxBroken, _NotThisCheck):
            raise
        except (StudentTimeout, StudentCrash) as error:
            # No line of student code has run in it. (Time may be up of what came before.)
            if isinstance(error, StudentCrash) and child is not None and not child.sealed:
                raise SandboxBroken(f"the sandbox ended before it was closed around {self._module}: {error}") from None
            if self._was_loaded:  # it could be imported before: this is the check's misfortune, not the whole unit's
                raise
            if isinstance(error, StudentTimeout):
                words = f"ran longer than {self._clock.allowed()}: is there a loop or a call outside of every function?"
            else:
                words = f"failed: {error}"
            reply = ["unloadable", f"importing {self._module.name} {words}"]
        except Exception as error:  # what an import raises comes back as "unloadable": this was forged
            reply = ["unloadable", f"importing {self._module.name} failed: {error}"]
        finally:
            self._clock.grace = 0.0
        if reply[0] != "loaded":
            self.close()
            self._load_error = LoadError(self._clip(reply[1]))
            raise self._load_error
        self._loaded = self._was_loaded = True
        self._send_ahead()  # not before: what lies in its socket while it is imported, a module could read and tell

    def _asked(self, question: list[Any], size: int) -> None:
        """Run a function of the check's on what the child sent in so many bytes, and send back what it gave."""
        _, number, args = question
        if type(number) is not int or not 0 <= number < len(self._callbacks) or type(args) is not list:
            self._garbled()
        self._count_call()
        started = time.monotonic()
        self._nesting += 1
        try:
            if size > self._limits.callback_bytes:
                raise ValueError("the arguments are too large")
            if any(holds_handle(each) for each in args):
                # Whoever computes on a handle asks for its items one by one, as many as it says it has.
                raise ValueError("the arguments must be plain data: numbers, arrays, lists of them")
            function, (least, most) = self._callbacks[number]
            if len(args) < least or (most is not None and len(args) > most):  # past the child's own look
                raise ValueError("another number of arguments is wanted")
            answer = ["return", function(*args)]
        except (StudentTimeout, StudentCrash, SandboxBroken):
            raise
        except Exception as error:
            answer = ["raise", f"{type(error).__name__}: {error}"]
        finally:
            self._nesting -= 1
            self._clock.note(started)
        frame = wire.Encoder(self._limits, self._wrap).frame(answer)
        self._saying = frame, False
        if self._heard:
            self._already_said(frame)
        else:
            self._send(frame)

    def _send(self, frame: bytes) -> None:
        assert self._channel is not None
        started = time.monotonic()
        try:
            self._channel.send(frame, self._clock.remaining())
        except TimeoutError:
            self._timed_out()
        except OSError:
            self._crashed()
        except wire.WireError:
            self._garbled()
        finally:
            self._clock.note(started)

    def _read(self) -> Answer:
        assert self._channel is not None
        if self._clock.is_up:
            self._timed_out()  # though more may lie ready to be read
        started = time.monotonic()
        try:
            return self._channel.receive(self._clock.remaining())
        except TimeoutError:
            self._timed_out()
        except EOFError:
            self._crashed()
        except wire.WireError:
            self._garbled()
        finally:
            self._clock.note(started)

    def _decode(self, structure: bytes, arrays: memoryview) -> list[Any]:
        started = time.monotonic()
        self._received += len(structure) + len(arrays)
        if self._received > self._limits.check_bytes:
            self.close()
            raise StudentCrash(f"it handed over more than {self._limits.check_bytes:,} bytes in all within one check")
        try:
            message = wire.Decoder(arrays, self._limits, self._resolve).value(structure)
        except wire.WireError as error:
            raise BadReturn(f"what it returned could not be handed over: {error}") from None
        finally:
            self._clock.note(started)  # a frame may be made to be slow to read
        if type(message) is not list or not message or type(message[0]) is not str:
            self._garbled()
        form = FORMS.get(message[0])
        if form is None or len(message) != 1 + len(form):
            self._garbled()
        if not all(kind is None or type(part) is kind for kind, part in zip(form, message[1:], strict=True)):
            self._garbled()
        return message

    def _clip(self, text: str) -> str:
        return text[: self._limits.message_chars]

    def _count_call(self) -> None:
        self._calls += 1
        if self._calls > self._limits.calls_per_check:
            self.close()
            raise StudentTimeout(f"more than {self._limits.calls_per_check:,} calls in one check")

    # What ends a child

    def _timed_out(self) -> NoReturn:
        guilty = self._guilty()
        self.close()
        raise (StudentTimeout(f"it ran longer than {self._clock.allowed()}: is there an endless loop?") if guilty
               else _NotThisCheck()) from None  # fmt: skip

    def _crashed(self) -> NoReturn:
        guilty, child = self._guilty(), self._drop()
        assert child is not None
        words = describe_status(child.status())
        raise (StudentCrash(words) if guilty else _NotThisCheck()) from None

    def _garbled(self) -> NoReturn:
        guilty = self._guilty()
        self.close()
        raise (StudentCrash("the program's answer was not readable") if guilty else _NotThisCheck()) from None

    def _guilty(self) -> bool:
        """Is the question that the child was at one of the check at hand? From here on, no question is sent ahead."""
        self._questions.cautious = True
        return self._questions.concern(self._check)

    # What is not plain data

    def _wrap(self, value: Any) -> Any:
        kind = type(value)
        if kind is not np.random.Generator and kind is not InOut:
            self._plain = False
        if kind is Handle:
            return msgpack.ExtType(wire.REFERENCE, wire.pack_small(value._ref))
        if kind is BoundName:
            return msgpack.ExtType(wire.NAME, wire.pack_small([value.ref, value.name]))
        if kind is np.random.Generator:
            return msgpack.ExtType(wire.GENERATOR, wire.pack_small(fresh_seed(value)))
        if kind is InOut:
            self._in_out.extend(arrays_in(value.value))
            return msgpack.ExtType(wire.IN_OUT, self._packer.pack(value.value))
        if callable(value):
            span = span_of(value)  # once, not for each of thousands of calls
            self._callbacks.append((value, span))
            return msgpack.ExtType(wire.CALLBACK, wire.pack_small([len(self._callbacks) - 1, *span]))
        raise TypeError(f"a check passed a {kind.__name__}, which cannot cross into the sandbox")

    def _resolve(self, code: int, payload: Any) -> Any:
        if code == wire.REFERENCE and type(payload) is list and [type(part) for part in payload] == [int, str]:
            return Handle(self, payload[0], payload[1][:MAX_LABEL])
        raise wire.WireError("an unknown kind of value")
