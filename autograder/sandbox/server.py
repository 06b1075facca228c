"""The fork server: a process with NumPy loaded and nothing else, that forks one process a submission.

    python -I -m autograder.sandbox.server   (descriptor 0 is the control socket; see `fork_server.ForkServer`)

It is single-threaded, holds no check, reference, seed or path of a submission, and never runs student code itself.
Requests on the control socket (SOCK_SEQPACKET, so each is one message):

    b"F" + one descriptor   fork a child that serves on that socket; answers its pid
    b"W" + pid              kill that child if it has not ended; answers its wait status
    b"R" + pid              the same without an answer: nobody wants to know how it ended
    end of file             the grader is gone: end, and take all children along (they asked for that, PDEATHSIG)
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import socket
import struct
import sys

import numpy as np

from autograder.sandbox import runner
from autograder.sandbox.channel import Channel
from autograder.sandbox.confine import Confinement
from autograder.sandbox.limits import Limits
from autograder.sandbox.notebook_source import ipython

PID = struct.Struct("<i")
# What student modules commonly import: loaded once here, not once a submission.
PRELOAD = (
    "collections", "contextlib", "copy", "dataclasses", "functools", "heapq", "itertools", "math", "operator", "random",
    "typing", "enum", "abc", "numpy.fft", "numpy.linalg", "numpy.random", "numpy.lib.stride_tricks",
)  # fmt: skip


def main() -> None:
    control = socket.socket(fileno=os.dup(0))
    runner.lift_the_graders_limit()
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    settings = json.loads(control.recv(65536))
    limits = Limits(**settings["limits"])
    confinement = Confinement.prepare(settings["readable"]) if settings["confined"] else None
    for name in PRELOAD:
        importlib.import_module(name)
    ipython()  # for notebooks with magics: a child could not read it
    np.linalg.norm(np.ones((2, 2)) @ np.ones((2, 2)))  # the first use of BLAS sets it up
    sys.dont_write_bytecode = True
    gc.collect()
    gc.freeze()
    control.send(b"ready")
    while True:
        try:
            request, fds, _, _ = socket.recv_fds(control, 16, 1)
        except ConnectionError:
            request = b""
        if not request:
            break
        if request[:1] == b"F":
            pid = os.fork()
            if pid == 0:
                control.close()
                _child(fds[0], null, confinement, limits)
            os.close(fds[0])
            control.send(PID.pack(pid))
        else:
            pid = PID.unpack(request[1:])[0]
            # Nobody else collects our children, so the number is still this child's, ended or not.
            os.kill(pid, signal.SIGKILL)
            _, status = os.waitpid(pid, 0)
            if request[:1] == b"W":
                control.send(PID.pack(status))


def _child(descriptor: int, null: int, confinement: Confinement | None, limits: Limits) -> None:
    """Confine this process, then serve. Never returns: whatever happens, the fork server's loop is not run twice."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the grader's Ctrl-C is the grader's to handle
        os.dup2(null, 2)
        sock = socket.socket(fileno=descriptor)
        served = runner.Runner(Channel(sock, limits), limits)
        try:
            if confinement is not None:
                confinement.begin()
            _, name, path, readable, used = served.receive()
            if confinement is not None:
                confinement.seal([os.fsdecode(each) for each in readable], limits, keep=[sock.fileno()])
        except (OSError, RuntimeError) as error:
            served.reply(["unconfined", str(error)])
        else:
            served.reply(["sealed"])  # before a line of student code runs, so that the grader can believe it
            served.load(name, os.fsdecode(path), used)
            served.serve()
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()
