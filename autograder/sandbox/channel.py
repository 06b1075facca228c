"""The socket between grader and child: whole frames, in time or not at all, bounded before memory is taken."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import time

from autograder.sandbox.limits import Limits
from autograder.sandbox.wire import HEADER, WireError

CHUNK = 1 << 13  # bytes asked for at first: most frames are shorter, and asking for much costs an allocation
MAX_CHUNK = 1 << 20


class Channel:
    """Frames over a connected stream socket.

    Without a timeout it reads and writes the plain descriptor: a confined child may call nothing else.
    """

    def __init__(self, sock: socket.socket, limits: Limits, out: int | None = None) -> None:
        self.sock = sock
        self._out = sock.fileno() if out is None else out  # where it writes, if that is another descriptor
        self._limits = limits
        self._rest = b""

    def send(self, frame: bytes, timeout: float | None = None) -> None:
        """Write it whole.

        Raises:
            OSError: the other end is gone.
            TimeoutError: it did not take it in time.
            WireError: it writes, instead of reading, more than the limits allow.
        """
        left = memoryview(frame)
        if timeout is None:
            while left:
                left = left[os.write(self._out, left) :]
            return
        deadline = time.monotonic() + timeout
        self.sock.setblocking(False)
        # What the other end writes meanwhile is read: busy with a long answer to the question before, it would never
        # come to read this one.
        parts = [self._rest]
        try:
            while True:
                with contextlib.suppress(BlockingIOError):
                    left = left[self.sock.send(left) :]
                if not left:
                    return
                if self._wait(select.POLLOUT | select.POLLIN, deadline) & select.POLLIN:
                    parts.append(self.sock.recv(MAX_CHUNK))
                    if not parts[-1]:
                        raise ConnectionError
                if sum(map(len, parts)) > self._limits.output_bytes:
                    raise WireError("more answers ahead than allowed")
        finally:
            self._rest = b"".join(parts)

    def _wait(self, events: int, deadline: float) -> int:
        """Which of the events (of select.poll) the socket is ready for. Raises TimeoutError."""
        poll = select.poll()
        poll.register(self.sock, events)
        ready = poll.poll(max(deadline - time.monotonic(), 0) * 1000)
        if not ready:
            raise TimeoutError
        return ready[0][1]

    def receive(self, timeout: float | None = None) -> tuple[bytes, memoryview]:
        """Structure and array bytes of the next frame.

        Raises:
            EOFError: the other end is gone.
            TimeoutError: the frame was not complete in time.
            WireError: the frame announces more than the limits allow.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        data = self._rest
        while len(data) < HEADER.size:
            data += self._read(deadline)
        structure, arrays = HEADER.unpack_from(data)
        if structure > self._limits.structure_bytes or arrays > self._limits.output_bytes:
            raise WireError("a frame larger than allowed")
        end = HEADER.size + structure + arrays
        if len(data) < end:
            parts, have = [data], len(data)
            while have < end:
                parts.append(self._read(deadline, min(end - have, MAX_CHUNK)))
                have += len(parts[-1])
            data = b"".join(parts)
        self._rest = data[end:]
        return data[HEADER.size : HEADER.size + structure], memoryview(data)[HEADER.size + structure : end]

    def _read(self, deadline: float | None, most: int = CHUNK) -> bytes:
        try:
            if deadline is None:
                data = os.read(self.sock.fileno(), most)
            else:
                remaining = deadline - time.monotonic()
                if remaining <= 0:
                    raise TimeoutError
                self.sock.settimeout(remaining)
                data = self.sock.recv(most)
        except ConnectionError:
            data = b""
        if not data:
            raise EOFError
        return data
