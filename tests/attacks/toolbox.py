"""What attackers carry with them: this text stands before every attack of the corpus, in the student's module.

The test puts these names before it: COURSE (folder of the course), OUTSIDE (a folder of the grader's), NEIGHBOUR (another
student's module), GRADER (the grader's process), CALLS (numbers of system calls).
"""

import contextlib
import ctypes
import functools
import os
import re
import select
import stat
import struct
import sys

import msgpack
import numpy as np


def loot(*things):
    """Show the secrets that these things hold, by the only way out: an exception's message."""
    text = " ".join(thing.decode("latin-1") if isinstance(thing, bytes) else repr(thing) for thing in things)
    found = sorted(set(re.findall("CANARY[0-9a-z-]+", text)))
    raise LookupError(f"looted {found}")


def plunder(*ways):
    """Read in each of these ways, and show the secrets in what came."""
    things = []
    for way in ways:
        with contextlib.suppress(Exception):
            things.append(eval(way, globals()))
    loot(*things)


def attempt(*ways):
    """Try each of these statements, and tell which of them worked."""
    worked = []
    for way in ways:
        with contextlib.suppress(Exception):
            exec(way, globals())
            worked.append(way)
    raise LookupError(f"{len(ways)} ways, worked {worked}")


def system_call(name, *arguments):
    """A system call by name, past Python's own functions; raises OSError where it is refused."""
    call = ctypes.CDLL(None, use_errno=True).syscall
    call.argtypes = [ctypes.c_long] * 7
    if call(CALLS[name], *arguments, *[0] * (6 - len(arguments))) == -1:  # noqa: F821
        raise OSError(ctypes.get_errno(), name)


def each_open_descriptor():
    for descriptor in range(4097):
        try:
            os.fstat(descriptor)
        except OSError:
            continue
        yield descriptor


@functools.cache
def find_wire():
    """The descriptor that leads to the grader."""
    return next(each for each in each_open_descriptor() if stat.S_ISSOCK(os.fstat(each).st_mode))


def send(data):
    """Bytes to the grader, past the program that should answer it."""
    left = memoryview(data)
    while left:
        left = left[os.write(find_wire(), left) :]


def frame(structure, arrays=b""):
    return struct.pack("<II", len(structure), len(arrays)) + structure + arrays


def forge(*message):
    """A well-formed answer to the grader."""
    send(frame(msgpack.packb(list(message))))


def readable_now(descriptor):
    return bool(select.select([descriptor], [], [], 0)[0])


def objects_of(kind):
    import gc

    return [each for each in gc.get_objects() if type(each).__name__ == kind]


def evil(*args, **kwargs):
    """What the attacked functions return unless the attack says otherwise: nothing that could be right."""
    return np.full(3, 0.5)


sys.setrecursionlimit(1000)
