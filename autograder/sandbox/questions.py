"""What a child has been asked and has not answered yet, in order; and answers that came before they were wanted."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from autograder.sandbox.limits import Limits
from autograder.sandbox.rehearsal import Rehearsal

Key = tuple[str, int]  # a check, and the how-manieth question of it; 0 is the first, sent ahead
SEALING: Key = ("", 1)  # was the sandbox closed? Answered before a line of student code runs, so it can be believed
LOADING: Key = ("", 2)  # could the module be imported?
Answer = tuple[bytes, memoryview]


class Questions:
    """The questions to one child. A child answers in the order in which it was asked."""

    def __init__(self, rehearsal: Rehearsal, limits: Limits) -> None:
        self.rehearsal = rehearsal
        self._limits = limits
        self._batches: Iterator[list[tuple[str, bytes]]] = iter(())  # yet to be sent ahead
        self._pending: deque[Key] = deque()
        self._ahead = 0  # how many of the pending were sent ahead
        self._answers: dict[Key, Answer] = {}
        self._kept_bytes = 0  # of all answers since the child's start that came before they were wanted
        self.cautious = False  # once something ended a child, the same may lie ahead: every question waits for its turn

    def begin(self, after: str | None) -> None:
        """A new child: it is sealed, loads the module, and may be asked what the checks after `after` are going to ask."""
        self._batches = iter(()) if self.cautious else self.rehearsal.batches(after)
        self._pending.extend((SEALING, LOADING))

    def forget(self) -> None:
        """The child is gone."""
        self._pending.clear()
        self._answers.clear()
        self._kept_bytes = self._ahead = 0
        self._batches = iter(())

    def next_batch(self) -> bytes:
        """The next frames to send ahead: when all of the batch before is answered, and if there is more."""
        if self._ahead:
            return b""
        batch = next(self._batches, [])
        self._ahead = len(batch)
        self._pending.extend((check, 0) for check, _ in batch)
        return b"".join(frame for _, frame in batch)

    def were_asked(self, key: Key) -> bool:
        return key in self._answers or key in self._pending

    def ask(self, key: Key, first: bool = False) -> None:
        """Note a question that is sent now; `first`: it is answered before those that wait (asked within a callback)."""
        if first:
            self._pending.appendleft(key)
        else:
            self._pending.append(key)

    def next_is(self, key: Key) -> bool:
        """Does the child answer this question next, or has it answered?"""
        return key in self._answers or self._pending[0] == key

    def take(self, key: Key) -> Answer | None:
        """The answer, if it came before it was wanted."""
        return self._answers.pop(key, None)

    def settle(self) -> Key:
        """The oldest question is answered."""
        key = self._pending.popleft()
        self._ahead -= key[1] == 0
        return key

    def keep(self, key: Key, answer: Answer, check: str) -> bool:
        """Keep an answer for the check that will ask for it; what was meant for a check before `check` is dropped.

        False: all that is kept has become too much.
        """
        if not self.rehearsal.is_after(key[0], check):
            return True
        self._answers[key] = answer
        self._kept_bytes += len(answer[0]) + len(answer[1])
        return self._kept_bytes <= self._limits.output_bytes

    def concern(self, check: str) -> bool:
        """Is the question that the child is at one of this check (or of its start)?"""
        return not self._pending or self._pending[0][0] in (check, "")
