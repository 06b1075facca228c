"""What the checks are going to ask first, learnt from the submissions before.

Every submission of a run gets the same questions, since the seed is the same. So the grader need not wait for each
answer before it asks the next: it sends ahead the first question of each check, and looks the answer up when the check
asks. Only what tells nothing and changes nothing is sent ahead: the question of a check that asks one alone, made
before any student's answer, where it calls a function of the module on plain data. Later questions may hold what the
student before answered; and between two questions of a check nothing else is asked, since a module may keep something
from one to the other.

On 73 checks this takes a submission from 89 turns of two processes to about 30.
"""

from __future__ import annotations

from collections.abc import Container, Iterator

from autograder.sandbox.conversations import Conversations, Room

# Sent in one go, the next when all is answered: about what a socket takes before it is read at the other end.
BATCH_BYTES = 64 * 1024
OBJECTS = 1 << 20  # numbers that are set aside for those of a check


class Rehearsal:
    """The questions that may be sent ahead, in the order of the checks, as frames.

    Args:
        once: the checks that ask one question only.
        room: for what the checks were asked and answered in full.
    """

    def __init__(self, once: Container[str] = (), room: Room | None = None) -> None:
        self._once = once
        self._first: dict[str, bytes | None] = {}  # None: not to be sent ahead
        self._places: dict[str, int] = {}
        self._numbers: dict[str, int] = {}
        self.conversations = Conversations(room or Room())

    def foresees(self, check: str, frame: bytes) -> bool:
        return self._first.get(check) == frame

    def note(self, check: str, frame: bytes, ahead: bool) -> None:
        """Learn what was really asked first; `ahead` says whether it may be sent ahead."""
        if check not in self._first:
            self._places[check] = len(self._places)
            ahead = ahead and check in self._once and len(frame) <= BATCH_BYTES
            self._first[check] = frame if ahead else None
        elif self._first[check] != frame:
            self._first[check] = None

    def numbers(self, check: str) -> int:
        """Where the numbers begin of the objects that a student's code makes in this check: the same for everyone."""
        return self._numbers.setdefault(check, OBJECTS * (1 + len(self._numbers)))

    def is_after(self, check: str, other: str) -> bool:
        """Does `check` come after `other`?"""
        return self._places.get(check, -1) > self._places.get(other, -1)

    def batches(self, after: str | None) -> Iterator[list[tuple[str, bytes]]]:
        """What to send ahead, from the check after `after` on (None: from the first), in batches."""
        batch: list[tuple[str, bytes]] = []
        size = 0
        for check, frame in list(self._first.items()):
            if frame is None or (after is not None and not self.is_after(check, after)):
                continue
            if batch and size + len(frame) > BATCH_BYTES:
                yield batch
                batch, size = [], 0
            batch.append((check, frame))
            size += len(frame)
        if batch:
            yield batch
