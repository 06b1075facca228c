"""A lesson in JupyterLab: what the server says goes into a file, and the address is read off it."""

from __future__ import annotations

import contextlib
import re
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from autograder.course.file import UnitSketch
from autograder.student.progress import Desk, StudentCommandError

START_SECONDS = 60.0  # a slow disk, the first time
STOP_SECONDS = 10.0
ADDRESS = re.compile(r"https?://\S+/lab\S*")
LAST_LINES = 8  # of the log, where the server does not start


@dataclass
class Server:
    """A JupyterLab that runs in the course's folder, with a lesson opened."""

    process: subprocess.Popen[bytes]
    log: Path
    address: str

    def wait(self) -> None:
        """Until somebody ends it: in the browser, or by Ctrl-C, which it gets as well."""
        try:
            self.process.wait()
        except KeyboardInterrupt:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_SECONDS)
        finally:
            self.process.kill()


def open_in_jupyterlab(desk: Desk, unit: UnitSketch) -> Server:
    """Start JupyterLab, which opens the lesson in the browser.

    Raises:
        StudentCommandError: there is no lesson, or JupyterLab does not start; with the last it said.
    """
    lesson = desk.module(unit).with_suffix(".ipynb")
    if not lesson.is_file():
        raise StudentCommandError(f"{lesson} is not there: take it from the course's bundle again.")
    root = desk.course.root
    settings = [
        f"--ServerApp.root_dir={root}",
        f"--LabApp.default_url=/lab/tree/{lesson.relative_to(root).as_posix()}",
        "--ServerApp.answer_yes=True",  # one Ctrl-C is enough
    ]
    desk.folder.mkdir(exist_ok=True)
    log = desk.folder / "jupyter.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *settings], stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=root
        )
    try:
        return Server(process, log, _address(process, log))
    except BaseException:
        process.kill()
        raise


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    """Where it can be reached, once it can: it says so a moment earlier, on a busy machine a long one."""
    end = time.monotonic() + START_SECONDS
    while True:
        ended = process.poll() is not None
        said = log.read_text(encoding="utf-8", errors="replace")
        found = ADDRESS.search(said)
        if found and _answers(found[0]):
            return found[0]
        if ended or time.monotonic() > end:
            if found and not ended:  # under a name, perhaps, that this machine does not know
                return found[0]
            last = "\n".join(f"  {line}" for line in said.splitlines()[-LAST_LINES:])
            raise StudentCommandError(
                f"JupyterLab did not start. All that it said is in {log.relative_to(log.parents[1])}; the last of it:\n{last}"
            )
        time.sleep(0.1)


def _answers(address: str) -> bool:
    """Does anything take a connection there?"""
    place = urlsplit(address)
    try:
        socket.create_connection((place.hostname, place.port or 80), timeout=1).close()
    except OSError:
        return False
    return True
