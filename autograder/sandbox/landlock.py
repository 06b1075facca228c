"""Landlock: the kernel's rules on which files a process may open, which any process can put on itself.

The C library has no functions for Landlock, so this speaks to the kernel by number. The structures and constants are
those of <linux/landlock.h>; the kernel's Documentation/userspace-api/landlock.rst says what each means.

What a ruleset handles is forbidden unless a rule allows it, and what it does not handle stays allowed. So everything
that the kernel at hand knows is handled, and rules allow reading only.
"""

import ctypes
import errno
import functools
import os
import stat
from collections.abc import Iterable

# The same on every architecture: system calls added since Linux 5.1 share one numbering.
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446

CREATE_RULESET_VERSION = 1  # flag: tell the ABI version in place of a ruleset
RULE_PATH_BENEATH = 1  # rule type: a file, or a folder and everything below it

WRITE_FILE = 1 << 1
READ_FILE = 1 << 2
READ_DIR = 1 << 3

# Rights by the ABI version that brought them: (version, mask).
FILE_SYSTEM_RIGHTS = (
    (1, (1 << 13) - 1),  # execute, write, read, list, remove and make of every kind
    (2, 1 << 13),  # REFER: link or rename from one folder to another
    (3, 1 << 14),  # TRUNCATE
    (5, 1 << 15),  # IOCTL_DEV: ioctl on devices
)
NETWORK_RIGHTS = ((4, 0b11),)  # bind and connect of TCP
SCOPES = ((6, 0b11),)  # abstract UNIX sockets and signals to processes outside


class _RulesetAttributes(ctypes.Structure):
    """struct landlock_ruleset_attr. An older kernel takes the longer structure if the fields that it lacks are zero."""

    _fields_ = (
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class PathRule(ctypes.Structure):
    """struct landlock_path_beneath_attr: an open path and what it allows.

    The kernel's is packed and ends after 12 bytes; of the 16 here it reads no more.
    """

    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


@functools.cache
def libc() -> ctypes.CDLL:
    """The C library, with the types of what the sandbox calls. Not at import: on Windows there is none to open."""
    library = ctypes.CDLL(None, use_errno=True)
    library.syscall.argtypes = [ctypes.c_long] * 5
    library.syscall.restype = ctypes.c_long
    library.prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
    library.capset.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    return library


def checked(result: int) -> int:
    """The result of a C function that returns -1 and sets errno on failure; raises OSError then."""
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def system_call(number: int, *arguments: int) -> int:
    """One system call of up to four integers or addresses. Raises OSError."""
    return checked(libc().syscall(number, *arguments, *[0] * (4 - len(arguments))))


def abi_version() -> int:
    """The version of the kernel's Landlock, from 1 up.

    Raises OSError: ENOSYS where the kernel has none, EOPNOTSUPP where it was left out at boot.
    """
    return system_call(CREATE_RULESET, 0, 0, CREATE_RULESET_VERSION)


def create_ruleset(version: int) -> int:
    """A descriptor of a new ruleset that forbids everything Landlock can forbid at this ABI version. Raises OSError."""
    handled = (
        sum(mask for since, mask in rights if version >= since)
        for rights in (FILE_SYSTEM_RIGHTS, NETWORK_RIGHTS, SCOPES)
    )
    attributes = _RulesetAttributes(*handled)
    return system_call(CREATE_RULESET, ctypes.addressof(attributes), ctypes.sizeof(attributes), 0)


def add_rules(ruleset: int, rules: Iterable[PathRule]) -> None:
    """Allow what the rules say. The ruleset holds the files: the rules' descriptors may be closed. Raises OSError."""
    call = libc().syscall  # not system_call: a child pays for each of some 200 rules
    for rule in rules:
        checked(call(ADD_RULE, ruleset, RULE_PATH_BENEATH, ctypes.addressof(rule), 0))


def restrict_self(ruleset: int) -> None:
    """Put the ruleset on the calling process, for good. It must have set NO_NEW_PRIVS before. Raises OSError."""
    system_call(RESTRICT_SELF, ruleset, 0)


def reading_rule(path: str, *, follow: bool) -> PathRule:
    """The rule that a file may be read, or a folder and all below it read and listed; opens a descriptor of it.

    A symbolic link as the last part of the path is followed only if `follow`: in a place that strangers write to it
    could name any file of the machine. Links below it need no such care, since Landlock judges what they lead to.

    Raises OSError: ELOOP for such a link, EINVAL for a socket, pipe or device, otherwise what open(2) gives.
    """
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC | (0 if follow else os.O_NOFOLLOW))
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISDIR(mode):
        return PathRule(READ_FILE | READ_DIR, descriptor)
    if stat.S_ISREG(mode):
        return PathRule(READ_FILE, descriptor)
    os.close(descriptor)
    if stat.S_ISLNK(mode):
        raise OSError(errno.ELOOP, "A symbolic link is not opened to a student's process", path)
    raise OSError(errno.EINVAL, "Neither a file nor a folder, so not opened to a student's process", path)
