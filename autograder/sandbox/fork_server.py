"""The fork server seen from the grader: it is started here, asked for children, and told when one is no longer wanted."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from autograder.sandbox.confine import ConfinementUnavailable, missing_features
from autograder.sandbox.limits import MIB, Limits
from autograder.sandbox.proxy import SandboxBroken
from autograder.sandbox.server import PID

SHUTDOWN_SECONDS = 5.0
# Nothing of the grader's environment: it may hold secrets. One thread of BLAS: threads are refused in the sandbox. And glibc
# keeps what was freed for the next array, in place of asking the kernel for new pages for each array of a training.
ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MALLOC_MMAP_THRESHOLD_": str(32 * MIB),
    "MALLOC_TRIM_THRESHOLD_": str(256 * MIB),
    "MALLOC_TOP_PAD_": str(MIB),
    "LC_ALL": "C.UTF-8",
}


class Child:
    """One forked process and the socket to it."""

    START_SECONDS = 0.0

    def __init__(self, server: ForkServer, sock: socket.socket, pid: int) -> None:
        self._server = server
        self.sock = sock
        self.pid = pid
        self.sealed = False  # from then on, what ends it is the student's doing

    def path_of(self, module: Path) -> str:
        """Where the child finds the module."""
        return str(module)

    def status(self) -> int:
        """Make sure it has ended, and return its wait status."""
        self.sock.close()
        return self._server.wait(self.pid)

    def end(self) -> None:
        """Have it killed, and do not wait for it to be gone."""
        self.sock.close()
        self._server.reap(self.pid)


class ForkServer:
    """Starts the fork server and forks children from it, one ahead of need.

    Args:
        limits: of every child.
        readable: files and folders that every child may read, beyond the interpreter and NumPy.
        confined: False runs student code with no sandbox at all: for one's own work only.

    Raises:
        ConfinementUnavailable: this machine cannot confine; the message says why and names the ways on.
        SandboxBroken: the server did not start.
    """

    def __init__(self, limits: Limits, readable: Sequence[Path] = (), confined: bool = True) -> None:
        if confined and (reasons := missing_features()):
            raise ConfinementUnavailable(
                "this machine cannot confine untrusted code: " + "; ".join(reasons) + ". Grade on Linux 5.13 or newer "
                "with Landlock and seccomp, in a container (--isolation container), or, for your own work only, "
                "without (--isolation none)."
            )
        self.limits = limits
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-m", "autograder.sandbox.server"],
            stdin=theirs.fileno(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=ENVIRONMENT, cwd="/",
        )  # fmt: skip
        theirs.close()
        settings = {"limits": asdict(limits), "readable": [str(path) for path in readable], "confined": confined}
        self._spare: socket.socket | None = None
        try:
            self._control.send(json.dumps(settings).encode())
            if self._control.recv(16) != b"ready":
                raise EOFError
        except (OSError, EOFError):
            assert self._process.stderr is not None
            said = self._process.stderr.read().decode(errors="replace").strip().splitlines()
            self._process.wait()
            raise SandboxBroken(
                f"the sandbox's fork server did not start: {said[-1] if said else 'no reason'}"
            ) from None

    def child(self, module: Path, readable: Sequence[Path]) -> Child:
        """A fresh process, for any module; the one after it is forked meanwhile, so that nobody waits for a fork."""
        if self._spare is None:
            self._order()
        child = self._collect()
        self._order()
        return child

    def _order(self) -> None:
        ours, theirs = socket.socketpair()
        try:
            socket.send_fds(self._control, [b"F"], [theirs.fileno()])
        except OSError:
            raise SandboxBroken("the sandbox's fork server has ended") from None
        finally:
            theirs.close()
        self._spare = ours
        self._waiting: Child | None = None

    def _collect(self) -> Child:
        """The ordered child, as soon as the server has said its number."""
        if self._waiting is None:
            assert self._spare is not None
            reply = self._control.recv(16)
            if len(reply) != PID.size:
                raise SandboxBroken("the sandbox's fork server could not fork")
            self._waiting = Child(self, self._spare, PID.unpack(reply)[0])
        return self._waiting

    def reap(self, pid: int) -> None:
        """Have the server kill and collect a child, without waiting for it."""
        with contextlib.suppress(OSError):  # a server that has ended took its children along
            self._control.send(b"R" + PID.pack(pid))

    def wait(self, pid: int) -> int:
        """The wait status of a child, which the server kills if it has not ended."""
        if self._spare is not None:
            self._collect()  # its answer comes before ours
        reply = b""
        with contextlib.suppress(OSError):
            self._control.send(b"W" + PID.pack(pid))
            reply = self._control.recv(16)
        if len(reply) != PID.size:
            raise SandboxBroken("the sandbox's fork server has ended")
        return int(PID.unpack(reply)[0])

    def close(self) -> None:
        """End the server and every child of it."""
        with contextlib.suppress(SandboxBroken, OSError):
            if self._spare is not None:
                self._collect().end()
        self._control.close()
        try:
            self._process.wait(SHUTDOWN_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stderr is not None:
            self._process.stderr.close()


def describe_status(status: int) -> str:
    """What a wait status means, in words for the student."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        known: dict[int, str] = {
            signal.SIGSEGV: "it crashed the interpreter (segmentation fault): endless recursion, or memory misused?",
            signal.SIGXCPU: "it used more processor time than a submission may",
            signal.SIGKILL: "it was stopped by the system, as for using too much memory",
            signal.SIGABRT: "it aborted the interpreter",
        }
        return known.get(number, f"it was ended by signal {number}")
    return f"it ended the program (exit status {os.WEXITSTATUS(status)}): return the result instead of exiting"
