"""A worker process: a session of checks that may die without taking the grader along.

    python -P -m autograder.grading.process   (descriptor 0 is the socket to the grader)

It works on one job at a time, in the order in which they came, so a death is the doing of the oldest that has no answer; what
was sent ahead is given to another. What a grader that is gone has sent ends with the job at hand.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import signal
import subprocess
import sys
from collections import deque
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from autograder.checks.results import RAN_OUT, UnitResult
from autograder.course.units import Course, load_course
from autograder.grading.jobs import Job, Setup

if TYPE_CHECKING:
    from autograder.grading.worker import CheckSession

SHUTDOWN_SECONDS = 5.0
# There is a worker for each core: threads of BLAS, which wait by spinning, would only take turns with those of the others.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


class WorkerDied(Exception):
    """A worker process ended before it had answered; says how."""


class WorkerProcess:
    """The grader's end of one."""

    def __init__(self, setup: Setup) -> None:
        self.connection, theirs = multiprocessing.Pipe()
        self.held: deque[Job] = deque()  # sent, and not answered yet
        self.is_ready = False
        # A process group of its own: Ctrl-C is the grader's to handle. Nothing of the folder that it runs in is imported.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "autograder.grading.process"],
            stdin=theirs.fileno(), process_group=0, env=ONE_THREAD | os.environ,
        )  # fmt: skip
        theirs.close()
        self._send(setup)

    def give(self, job: Job) -> None:
        """Another job; it need not wait for the one before to be done."""
        self.held.append(job)
        self._send(job)

    def answer(self) -> UnitResult | None:
        """The next that it has to say: the result of its oldest job, or None, once, when it is ready to begin.

        Raises:
            WorkerDied: it says nothing any more.
            CourseChecksError, ConfinementUnavailable, SandboxBroken: it cannot begin.
        """
        try:
            kind, value = self.connection.recv()
        except (EOFError, OSError):
            self._died()
        if kind == "failed":
            raise value
        if kind == "memory":
            raise WorkerDied(RAN_OUT)
        if kind == "ready":
            self.is_ready = True
            return None
        self.held.popleft()
        result: UnitResult = value
        return result

    def close(self) -> None:
        """End it: at once where it is at work."""
        self.connection.close()
        if self.held:
            self._process.terminate()
        try:
            self._process.wait(SHUTDOWN_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _send(self, message: Any) -> None:
        with contextlib.suppress(OSError):  # it is gone, as its answer will tell
            self.connection.send(message)

    def _died(self) -> NoReturn:
        code = self._process.wait()
        if code == -signal.SIGKILL:
            raise WorkerDied(RAN_OUT)  # nobody else kills a process so
        how = f"by signal {-code}" if code < 0 else f"with exit status {code}"
        raise WorkerDied(f"the grader's worker process ended on it, {how}")


def open_session(setup: Setup, course: Course) -> CheckSession:
    """The session that a setup asks for."""
    from autograder.grading.worker import CheckSession  # loads pytest, of which the grader's first process has no need

    session = CheckSession(
        course, [course.unit(name) for name in setup.units], setup.seed, setup.isolation, setup.scaled
    )
    gc.freeze()  # what is there by now (libraries, checks, the class) stays: it need not be looked through again and again
    return session


def grade_one(session: CheckSession, course: Course, job: Job, following: Job | None) -> UnitResult:
    """Grade a job; the sandbox of the one that follows begins meanwhile."""
    if following is not None:
        unit, module = course.unit(following.unit), following.module
        session.prepare(unit, module, [module.parent], following.generation)
    unit, module = course.unit(job.unit), job.module
    return session.grade(job.student, unit, module, [module.parent], job.generation)


def serve(connection: Connection) -> None:
    """Grade what comes, until the grader hangs up.

    Raises:
        EOFError, OSError: it did.
    """
    setup: Setup = connection.recv()
    try:
        course = load_course(Path(setup.root))
        session = open_session(setup, course)
    except Exception as error:
        connection.send(("failed", error))
        return
    try:
        connection.send(("ready", None))
        following: Job | None = None
        while True:
            job = following or connection.recv()
            following = connection.recv() if connection.poll() else None
            result = grade_one(session, course, job, following)
            if result.message == RAN_OUT:
                connection.send(("memory", None))
                return
            connection.send(("graded", result))
    finally:
        session.close()


def _leave(null: int) -> NoReturn:
    """The grader wants no more: whatever is broken off by that has nothing to say to anybody."""
    os.dup2(null, 2)
    sys.exit(1)


def main() -> None:
    """Serve the grader that this was started by."""
    connection = Connection(os.dup(0))
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    signal.signal(signal.SIGTERM, lambda *_: _leave(null))
    with contextlib.suppress(EOFError, OSError):
        serve(connection)


if __name__ == "__main__":
    main()
