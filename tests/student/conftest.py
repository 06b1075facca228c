"""A student's copy of the course, and a terminal of a size to type in."""

import contextlib
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time

import pytest

from autograder.course.release import release
from autograder.course.units import load_course

COURSE = load_course()
CLEAR = "\x1b[2J\x1b[H"


@pytest.fixture(scope="session")
def bundle(tmp_path_factory):
    """The bundle, and the zip beside it."""
    target = tmp_path_factory.mktemp("release") / "course"
    archive = release(COURSE, target)
    assert archive.name == "course.zip"
    return target


@pytest.fixture
def desk(bundle, tmp_path):
    """A student's own copy."""
    shutil.copytree(bundle, tmp_path / "course")
    return Desk(tmp_path / "course")


class Desk:
    def __init__(self, root):
        self.root = root

    def module(self, unit):
        return self.root / "exercises" / unit.folder / unit.module

    def type(self, command, status=0, **options):
        done = subprocess.run(
            [sys.executable, "-m", *command.split()],
            cwd=self.root,
            capture_output=True,
            text=True,
            timeout=300,
            **options,
        )
        assert done.returncode == status, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr


class Terminal:
    """A command in a terminal of its own."""

    def __init__(self, desk, *command, rows=24, columns=80, **environment):
        self.master, slave = pty.openpty()
        self.columns = columns
        self.resize(rows, columns)
        inherited = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", *command], cwd=desk.root, stdin=slave, stdout=slave, stderr=slave,
            env={**inherited, "TERM": "xterm", **environment}, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # so that Ctrl-C is what it is in a terminal
        )  # fmt: skip
        os.close(slave)
        self.text = ""
        self._looked_at = 0

    def resize(self, rows, columns):
        self.columns = columns
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def until(self, words, seconds=120):
        """Read until the words are on the screen; returns what came since the last question."""
        start, end = len(self.text), time.monotonic() + seconds
        while words not in self.text[start:]:
            assert time.monotonic() < end, f"{words!r} never came:\n{self.text[start:]}"
            self._read(0.1)
        return self.text[start:]

    def rest(self):
        """All that it says until it ends."""
        self.process.wait(120)
        while self._read(0.2):
            pass
        return self.text

    def _read(self, seconds):
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        try:
            self.text += os.read(self.master, 65536).decode(errors="replace")
        except OSError:  # Linux's way to say that nobody is at the other end
            return False
        return True

    def drawn(self, last, seconds=60):
        """Read until the screen was drawn anew and its line with the word `last` is whole; returns its lines.

        Without colours; the last line is the one with the cursor.
        """
        end = time.monotonic() + seconds
        while True:
            screen = plain(self.text[self._looked_at :].rpartition(CLEAR)[2]).replace("\r", "")
            if CLEAR in self.text[self._looked_at :] and f"{last}\n" in screen:
                self._looked_at = len(self.text)
                return screen.split("\n")
            assert time.monotonic() < end, f"{last!r} was never drawn:\n{self.text[self._looked_at :]}"
            self._read(0.1)

    def rows_taken(self, lines):
        return sum(max(1, -(-len(line) // self.columns)) for line in lines)

    def press(self, key):
        os.write(self.master, key.encode())

    def end(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self.master)


def plain(text):
    return re.sub(r"\x1b\[[\d;]*m", "", text)


@pytest.fixture
def terminal(desk):
    """Opens terminals at the student's desk: `terminal("autograder", "watch", rows=24, columns=80)`."""
    opened = []

    def opener(*command, **options):
        opened.append(Terminal(desk, *command, **options))
        return opened[-1]

    yield opener
    for each in opened:
        each.end()
