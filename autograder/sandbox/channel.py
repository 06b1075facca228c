"""The socket between grader and child: whole frames, in time or not at all, bounded before memory is taken."""

from __future__ import annotations

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
        """With a timeout, what the other end says meanwhile is read and kept: until then it may not listen.

        Raises TimeoutError when the other end does not take it in time, OSError when it is gone.
        """
        left = memoryview(frame)
        if timeout is None:
            while left:
                left = left[os.write(self._out, left) :]
            return
        deadline = time.monotonic() + timeout
        while left:
            self.sock.setblocking(False)
            try:
                left = left[self.sock.send(left) :]
            except BlockingIOError:
                self._wait_to_send(deadline)

    def _wait_to_send(self, deadline: float) -> None:
        """Return when there may be room, or something was read."""
        both = select.poll()
        both.register(self.sock, select.POLLOUT | (select.POLLIN if len(self._rest) < self._limits.output_bytes else 0))
        events = both.poll(max(deadline - time.monotonic(), 0) * 1000)
        if not events:
            raise TimeoutError
        if events[0][1] & select.POLLIN:
            try:
                self._rest += self._read(deadline, MAX_CHUNK)
            except EOFError:
                raise BrokenPipeError from None

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
