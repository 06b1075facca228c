"""What was said in checks that passed, so that the same need not be worked out again for the next submission.

A check is given a seed and the student's answers, and nothing else: with the same answers, to the bit, it asks the same and
ends the same. So what an earlier submission was asked, and what it answered, tells how to ask the next one without the check:
no input is drawn, no reference computed, nothing packed, read or compared. At the first answer that nobody gave so far, the
check itself is run, and what was said until then is not said again.

Nothing is taken on trust here: the student's own code answers every question. An answer that differs in its last digit is
another answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

MAX_BYTES = 12 << 20  # kept for a unit and a seed
ROOM = 192 << 20  # for all of a worker's
TURN_BYTES = 400  # what a turn takes beside its frame
MAX_ANSWERS = 8  # that are known to one question: in a class, most right answers are the same to the bit


@dataclass(slots=True)
class Turn:
    """A point in a check: what the grader says there, and where each answer leads."""

    frame: bytes | None = None  # None: not known
    asks: bool = True  # whether it is a question, not the grader's answer to one of the child's
    passed: bool = False  # the check ends here
    # By an answer's digest: whether it settles the question, and what comes then.
    after: dict[bytes, tuple[bool, Turn]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Said:
    """One turn of a check that was run."""

    frame: bytes
    asks: bool
    answer: bytes  # its digest
    settled: bool  # whether the question is answered; else the child asked something itself


def digest(structure: bytes, arrays: memoryview) -> bytes:
    """Tells an answer from every other."""
    found = hashlib.blake2b(len(structure).to_bytes(4, "little"), digest_size=16)
    found.update(structure)
    found.update(arrays)
    return found.digest()


class Room:
    """What a worker's conversations may take together, in bytes."""

    def __init__(self, size: int = ROOM) -> None:
        self.left = size


class Conversations:
    """The conversations of a unit's checks, for one seed.

    Args:
        room: shared with those of other units and seeds.
    """

    def __init__(self, room: Room) -> None:
        self._room = room
        self._taken = 0
        self._first: dict[str, Turn] = {}
        self._frames: dict[bytes, bytes] = {}  # many a question comes after each of several answers: it is kept once

    def of(self, check: str) -> Turn | None:
        """Where a check begins, if one passed so far."""
        return self._first.get(check)

    def learn(self, check: str, said: Iterable[Said]) -> None:
        """A check was run, and passed."""
        turn = self._first.setdefault(check, Turn())
        for each in said:
            if turn.frame is None and not turn.passed:
                size = TURN_BYTES + (0 if each.frame in self._frames else len(each.frame))
                if size > min(MAX_BYTES - self._taken, self._room.left):
                    return
                self._taken += size
                self._room.left -= size
                turn.frame, turn.asks = self._frames.setdefault(each.frame, each.frame), each.asks
            elif turn.frame != each.frame:
                self.forget(check)
                return
            if each.answer not in turn.after:
                if len(turn.after) == MAX_ANSWERS:
                    return
                turn.after[each.answer] = each.settled, Turn()
            turn = turn.after[each.answer][1]
        turn.passed = True

    def end(self) -> None:
        """Give the room back: nothing of this is needed any more."""
        self._room.left += self._taken
        self._taken = 0
        self._first.clear()
        self._frames.clear()

    def forget(self, check: str) -> None:
        """It was found to ask now this, now that, after the same answers."""
        self._first[check] = Turn()
