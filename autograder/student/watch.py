"""`autograder watch`: checks what is saved as it is saved, on one screen, with single keys."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator

from autograder.course.file import UnitSketch
from autograder.student.progress import Desk

POLL_SECONDS = 0.05
KEYS = "n next   f failure   h hint   l list   c check all   r reset   q quit"


class Watcher:
    """Looks at the modules' times of change; whoever calls decides what to show.

    Args:
        desk: the student's course.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._known = {unit.folder: self._time(unit) for unit in desk.units}
        self._last = dict(self._known)

    def changed(self) -> UnitSketch | None:
        """A unit whose module was saved, and has stood still since the last question.

        Many editors empty a file before they fill it: what is seen in between is not worth a check.
        """
        news = None
        for unit in self._desk.units:
            now = self._time(unit)
            if now != self._known[unit.folder] and now == self._last[unit.folder] and news is None:
                self._known[unit.folder] = now
                news = unit
            self._last[unit.folder] = now
        return news

    def forget(self, unit: UnitSketch) -> None:
        """What was just written is no news."""
        self._known[unit.folder] = self._time(unit)

    def _time(self, unit: UnitSketch) -> tuple[int, int]:
        try:
            info = os.stat(self._desk.module(unit))
            return info.st_mtime_ns, info.st_size
        except OSError:  # an editor is putting a new file in its place
            return 0, 0


@contextlib.contextmanager
def single_keys() -> Iterator[Callable[[float], str]]:
    """A function that waits so many seconds for a key and returns it, or "" when none came.

    Where there is no terminal, whole lines are read instead, and the first letter counts; at the end of input it is "q".
    """
    if not sys.stdin.isatty():
        yield _from_lines
    elif os.name == "nt":
        yield _windows_key
    else:
        import termios
        import tty

        descriptor = sys.stdin.fileno()
        before = termios.tcgetattr(descriptor)
        try:
            tty.setcbreak(descriptor)
            yield _posix_key
        finally:
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _posix_key(seconds: float) -> str:
    import select

    ready, _, _ = select.select([sys.stdin], [], [], seconds)
    return os.read(sys.stdin.fileno(), 1).decode(errors="replace") or "q" if ready else ""


def _from_lines(seconds: float) -> str:
    import select

    if os.name != "nt":
        ready, _, _ = select.select([sys.stdin], [], [], seconds)
        if not ready:
            return ""
    line = sys.stdin.readline()
    return line.strip()[:1] or ("" if line else "q")


def _windows_key(seconds: float) -> str:
    import msvcrt  # there on Windows only

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if msvcrt.kbhit():  # type: ignore[attr-defined,unused-ignore]
            return str(msvcrt.getwch())  # type: ignore[attr-defined,unused-ignore]
        time.sleep(0.02)
    return ""


def drop_keys() -> None:
    """Forget keys that were pressed while checks ran: they were meant for what stood there before."""
    if sys.stdin.isatty() and os.name != "nt":
        import termios

        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
