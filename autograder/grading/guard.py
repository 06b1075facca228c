"""Bounds on the grader's own code: time for each check, memory for each submission.

A check computes on what a student returned, in the grader's process. An array that broadcasts where a vector was expected,
or a number where a small one was, must not take that process along, nor keep it for ever.

Time is told by a clock's signal, so it is bounded in a main thread alone, and never within one call of a compiled function.
Memory is bounded where Linux says how much there is.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType

from autograder.sandbox.channel import Channel
from autograder.sandbox.limits import MIB, Limits

if sys.platform != "win32":
    import resource

WAITS = (Channel.receive.__code__, Channel.send.__code__)  # what passes in there is on the student's clock
KEPT_FREE = 32 * MIB  # that submissions may leave behind before it is looked after
TICKS = 10  # looks at the check's own code until its time is up
TOO_LONG = "the check itself ran longer than {:g} seconds on what it was given: is that far larger than was asked for?"
TOO_LARGE = "the check could not compute with what it was given within {:,} MiB: is that far larger than was asked for?"


class CheckTimeout(BaseException):
    """The check's own code has had its time. No `except Exception` on the way may stop this one."""


class Guard:
    """Watches over the grader's own code while it grades one submission after another.

    Args:
        limits: `check_seconds` is what a check's own code may take beside the student's; `grader_bytes` the memory.
    """

    def __init__(self, limits: Limits) -> None:
        self.seconds = limits.check_seconds
        self.memory = limits.grader_bytes
        self._ticks: int | None = None  # that found the check at hand at work itself; None between checks
        self._before = 0
        self._tidied = 0  # what was resident when the allocator was last asked to give back what is free

    @contextlib.contextmanager
    def submission(self) -> Iterator[None]:
        """The bounds hold within the block."""
        with self._clock(), self._ceiling():
            yield

    def check(self, run: Callable[[], BaseException | None]) -> BaseException | None:
        """Run a check, which returns what it raised, or CheckTimeout."""
        try:
            self._ticks = 0
            try:
                return run()
            finally:
                self._ticks = None
        except CheckTimeout as error:
            return error

    def is_back(self) -> bool:
        """Is the process about as large as it was before the submission? Then nothing that stays fills the memory."""
        gc.collect()
        return _memory()[1] - self._before < self.memory // 2

    @contextlib.contextmanager
    def _clock(self) -> Iterator[None]:
        """Look every now and then at what runs: that costs a check nothing, where a clock of its own would be felt."""
        if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGALRM, self._tick)
        signal.setitimer(signal.ITIMER_REAL, self.seconds / TICKS, self.seconds / TICKS)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)

    def _tick(self, _: int, frame: FrameType | None) -> None:
        if self._ticks is None:
            return
        while frame is not None:
            if frame.f_code in WAITS:
                return
            frame = frame.f_back
        self._ticks += 1
        if self._ticks >= TICKS:
            self._ticks = None
            raise CheckTimeout

    @contextlib.contextmanager
    def _ceiling(self) -> Iterator[None]:
        """Not address space: threads of BLAS and of the allocator reserve much of that and never use it."""
        self._before = _memory()[1]
        if not self._before:
            yield
            return
        soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
        most = [each for each in (soft, hard) if each != resource.RLIM_INFINITY]
        resource.setrlimit(resource.RLIMIT_DATA, (min([self._before + self.memory, *most]), hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
            self._tidy()

    def _tidy(self) -> None:
        """Have the allocator give back what is free: after many large submissions it would keep more than one may take."""
        if _memory()[0] > self._tidied + KEPT_FREE:
            with contextlib.suppress(OSError, AttributeError):  # another C library has no such function
                ctypes.CDLL(None).malloc_trim(0)
            self._tidied = _memory()[0]

    @property
    def too_long(self) -> str:
        """What a student reads where the time was up."""
        return TOO_LONG.format(self.seconds)

    @property
    def too_large(self) -> str:
        """What a student reads where the memory was not enough."""
        return TOO_LARGE.format(self.memory // MIB)


def _memory() -> tuple[int, int]:
    """Bytes that are resident, and those that count towards the limit; 0 where the kernel does not tell."""
    try:
        descriptor = os.open("/proc/self/statm", os.O_RDONLY)
    except OSError:
        return 0, 0
    try:
        pages = os.read(descriptor, 64).split()
        return int(pages[1]) * resource.getpagesize(), int(pages[5]) * resource.getpagesize()
    finally:
        os.close(descriptor)
