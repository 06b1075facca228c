"""What opening archives may cost, counted while it happens: bytes, members and seconds, nested archives and headers included."""

from __future__ import annotations

import time
from typing import IO

CHUNK = 2**15  # how much is unpacked at a time
# A header is read in one piece, as long as it says it is: a name of a gigabyte is no name. Honest ones take some kB.
MAX_HEADER = 2**17

MAX_RATIO = 200  # of what comes out to what was handed in, beyond MIN_SUSPECT; deflate's own limit is about 1,000
MIN_SUSPECT = 2**20

# Bytes, members, seconds. Thirty notebooks full of plots are some 100 MB, and a folder that holds an environment has
# 10,000 files; a class of 1,000 with 30 notebooks each has 30,000 and some GB.
STUDENT = (256 * 2**20, 20_000, 5.0)
CLASS = (4 * 2**30, 100_000, 600.0)


class UnsafeArchive(Exception):
    """The archive must not be opened, or cannot be; the message says why."""


class Spent(UnsafeArchive):
    """It is not one archive that asks too much: all of them together do, and none is opened any further."""


class Budget:
    """One for each student, for all of their archives and those inside them; one for the download of a whole class."""

    def __init__(self, size: int, members: int, seconds: float) -> None:
        self.size, self.members, self.seconds = size, members, seconds
        self._packed = self._unpacked = self._members = 0
        self._spent = 0.0
        self._started: float | None = None

    @classmethod
    def of_student(cls) -> Budget:
        return cls(*STUDENT)

    @classmethod
    def of_class(cls) -> Budget:
        return cls(*CLASS)

    def __enter__(self) -> Budget:
        self._started = time.monotonic()
        return self

    def __exit__(self, *error: object) -> None:
        assert self._started is not None
        self._spent += time.monotonic() - self._started
        self._started = None

    def hand_in(self, size: int) -> None:
        """An archive of this size came from outside: how much may come out is measured by what went in."""
        self._packed += size

    def member(self) -> None:
        """One more file, folder or link of an archive."""
        self._members += 1
        if self._members > self.members:
            raise Spent(f"it holds more than {self.members:,} files")
        self._look_at_clock()

    def take(self, size: int) -> None:
        """So many bytes came out."""
        self._unpacked += size
        if self._unpacked > self.size:
            raise Spent(f"it unpacks to more than {self.size // 2**20:,} MB")
        if self._unpacked > MIN_SUSPECT and self._unpacked > MAX_RATIO * max(self._packed, 1):
            raise Spent(f"it looks like a bomb: it unpacks to more than {MAX_RATIO} times its size")
        self._look_at_clock()

    def _look_at_clock(self) -> None:
        now = time.monotonic()
        if self._spent + now - (self._started or now) > self.seconds:
            raise Spent(f"it takes longer than {self.seconds:g} seconds to unpack")


class Metered:
    """A stream that a tar is read from: only forward, every byte counted, nothing read in one piece that is too long."""

    def __init__(self, source: IO[bytes], budget: Budget) -> None:
        self._source, self._budget = source, budget
        self._place = 0
        self.torn = False  # a block was begun and not finished: tarfile takes that for the end

    def tell(self) -> int:
        return self._place

    def seek(self, place: int, whence: int = 0) -> int:
        if whence != 0 or place < self._place:
            raise UnsafeArchive("it points back into itself")
        while self._place < place:
            if not self.read(min(CHUNK, place - self._place)):
                break
        return self._place

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= MAX_HEADER:
            raise UnsafeArchive("it has a header of a size that no header has")
        content = self._source.read(size)
        self.torn = 0 < len(content) < size
        self._place += len(content)
        self._budget.take(len(content))
        return content

    def close(self) -> None:
        """The file below is closed by whoever opened it."""


class Listed:
    """A file that a zip is read from: its list of members may be long, but not endless."""

    def __init__(self, source: IO[bytes], budget: Budget) -> None:
        self._source = source
        self._most = max(256 * budget.members, 2**17)  # bytes of one read: of the list, or of a member's data

    def tell(self) -> int:
        return self._source.tell()

    def seek(self, place: int, whence: int = 0) -> int:
        return self._source.seek(place, whence)

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if size is None or not 0 <= size <= self._most:
            content = self._source.read(self._most + 1)
            if len(content) > self._most:
                raise UnsafeArchive("it holds a list of files that is too long to be read")
            return content
        return self._source.read(size)

    def close(self) -> None:
        """The file below is closed by whoever opened it."""
