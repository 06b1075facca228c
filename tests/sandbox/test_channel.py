"""Frames over a socket."""

import socket
import threading

import pytest

from autograder.sandbox.channel import Channel
from autograder.sandbox.limits import Limits
from autograder.sandbox.wire import HEADER, WireError

PATIENCE = 30.0  # seconds; only what hangs comes near to it


def frame(size):
    return HEADER.pack(3, size) + b"abc" + bytes(size)


@pytest.fixture
def ends():
    """The grader's channel, and the child's, which knows no timeout."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Channel(ours, Limits()), Channel(theirs, Limits())


def test_two_who_speak_at_once_both_come_through(ends):
    grader, child = ends
    sizes, heard = [2**20, 5, 3 * 2**20], []

    def answer():
        for size in sizes:
            child.send(frame(size))  # at length, before it listens
        heard.extend(len(child.receive()[1]) for _ in sizes)

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    for size in sizes:
        grader.send(frame(size), PATIENCE)
    assert [len(grader.receive(PATIENCE)[1]) for _ in sizes] == sizes
    thread.join(PATIENCE)
    assert heard == sizes


def test_who_never_listens_is_given_up(ends):
    grader, child = ends
    child.send(frame(5))
    with pytest.raises(TimeoutError):
        grader.send(frame(2**20), 0.1)
    assert len(grader.receive(PATIENCE)[1]) == 5


def test_who_is_gone_is_told_apart(ends):
    grader, child = ends
    child.sock.close()
    with pytest.raises(ConnectionError):
        grader.send(frame(2**20), PATIENCE)


def test_what_is_kept_while_nobody_listens_is_bounded():
    ours, theirs = socket.socketpair()
    limits = Limits(output_bytes=2**20)
    grader = Channel(ours, limits)
    with ours, theirs:
        flood = threading.Thread(target=pour, args=(theirs,), daemon=True)
        flood.start()
        with pytest.raises(WireError):
            grader.send(bytes(2**22), PATIENCE)
        assert len(grader._rest) <= 2 * limits.output_bytes
    flood.join(PATIENCE)


def pour(sock):
    """Speak without end, and never listen."""
    try:
        while True:
            sock.sendall(bytes(2**16))
    except OSError:
        pass
