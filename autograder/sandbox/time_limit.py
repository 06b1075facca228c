"""The time that code in this process may take: a thread watches it, so the same road holds on every system.

Signals would do on Linux and macOS alone, and a process of its own would leave the debugger outside.
"""

from __future__ import annotations

import ctypes
import sys
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from autograder.sandbox.proxy import StudentTimeout

T = TypeVar("T")
LOOK_SECONDS = 0.5  # between two looks at the time, at most: the next work may have less time than this one
DEBUGGER_ID = 0  # of sys.monitoring, where Python 3.12 and newer have it


class _TimeUp(BaseException):
    """Raised within the code that took too long; no Exception, so `except Exception` in a loop does not keep it."""


class _Watchman:
    """A thread that, once the time of the work at hand is up, raises `_TimeUp` in the thread that runs it."""

    def __init__(self) -> None:
        # A lock in C: a pending exception is not raised between its being taken and the lines that give it back.
        self._lock = threading.Lock()
        self._wanted = threading.Event()
        self._thread: threading.Thread | None = None
        self._end = 0.0
        self._whose = 0
        self.on = False
        self._rung = False

    def begin(self, seconds: float) -> None:
        with self._lock:
            self.on, self._rung = True, False
            self._end, self._whose = time.monotonic() + seconds, threading.get_ident()
        self._wanted.set()
        if self._thread is None or not self._thread.is_alive():  # a fork leaves it behind
            self._thread = threading.Thread(target=self._watch, name="time limit", daemon=True)
            self._thread.start()

    def end(self) -> None:
        with self._lock:
            self.on = False
        for _ in range(2):  # what is on its way is raised at a loop's next round: here, and never later
            pass

    def _watch(self) -> None:
        while True:
            self._wanted.wait()
            with self._lock:
                left = self._end - time.monotonic()
                if not self.on or self._rung:
                    self._wanted.clear()
                    continue
                if left <= 0:
                    if not _is_debugged(self._whose):
                        _raise_in(self._whose, _TimeUp)
                    self._rung = True
                    continue
            time.sleep(min(left, LOOK_SECONDS))


_watchman = _Watchman()


def within(seconds: float | None, work: Callable[[], T]) -> T:
    """What `work` returns, if it takes no longer than so many seconds; None: as long as it likes.

    Work within work does not count anew. Code that stays in a compiled function, or sleeps, is stopped when it comes back from
    there. Under a debugger there is no limit.

    Raises:
        StudentTimeout: the time was up; its traceback leads to the line that ran.
    """
    if seconds is None or _watchman.on:
        return work()
    # No context manager: what is raised at the last moment would leave it by a door that it does not watch.
    try:
        _watchman.begin(seconds)
        try:
            return work()
        finally:
            _watchman.end()
    except _TimeUp as up:
        _watchman.on = False
        words = f"it ran longer than {seconds:g} seconds: is there an endless loop?"
        raise StudentTimeout(words).with_traceback(up.__traceback__) from None


def _raise_in(thread: int, error: type[BaseException]) -> None:
    """Raise it at the thread's next step. To take it back would leave Python 3.11 spinning under a debugger."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(error))


def _is_debugged(thread: int) -> bool:
    """Does somebody step through it?"""
    monitoring = getattr(sys, "monitoring", None)
    if monitoring is not None and monitoring.get_tool(DEBUGGER_ID) is not None:
        return True
    frame = sys._current_frames().get(thread)
    while frame is not None:
        if frame.f_trace is not None:
            return True
        frame = frame.f_back
    return False
