"""The list of system calls that a student's process may make. It is a list of what is allowed: all else is refused.

Refused means EPERM, so that the student's Python raises PermissionError and the check fails with a sentence, where
killing would end the process and every check after. A call by another architecture's numbering (32-bit, x32), which
only an attack makes, kills the process.

Landlock already decides on files. This list adds what Landlock cannot see (permissions, times, signals, new processes,
and networks on older kernels), and keeps the student away from most of the kernel's code, where the next bug will be
found.
"""

import os
import platform
from collections.abc import Iterable
from typing import NamedTuple

ARCHITECTURES = ("x86_64", "aarch64")

# Linux's numbers, spelt out because this module is also imported where Python's own constants differ or are missing.
EPERM, ENOSYS = 1, 38
O_ACCMODE, O_RDONLY, O_WRONLY, O_RDWR, O_TRUNC = 3, 0, 1, 2, 0o1000
PROT_WRITE, PROT_EXEC = 2, 4
MAP_SHARED, MAP_ANONYMOUS = 1, 0x20
FUTEX_PRIVATE, FUTEX_CLOCK = 128, 256


class Condition(NamedTuple):
    """What an argument must be, counted from 0: `value` in the bits of `mask`."""

    argument: int
    mask: int
    value: int


INT = 0xFFFFFFFF  # the kernel reads an int argument's lower half only, whatever is above it
POINTER = 0xFFFFFFFFFFFFFFFF

# Names that an architecture lacks are skipped there: aarch64 has openat but no open.
ALLOWED = (
    # Speaking to the grader, and reading the files that Landlock allows.
    *("read", "readv", "pread64", "write", "writev", "close", "lseek"),
    # Importing modules: finding, listing and examining files. These tell whether a file exists and how large it is, for
    # every file whose folders the user may enter; Landlock cannot forbid it and Python cannot do without.
    *("stat", "lstat", "fstat", "newfstatat", "statx", "access", "faccessat", "faccessat2", "readlink", "readlinkat"),
    *("getdents64", "getcwd"),
    # Memory, which RLIMIT_AS bounds: Python's, the C library's and NumPy's allocators.
    *("munmap", "mremap", "madvise", "brk"),
    # Python's own signal handlers and faulthandler's stack. They reach this process only.
    *("rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack"),
    # Who and where am I: os.getpid, os.path.expanduser, platform, random seeds of older code.
    *("getpid", "getppid", "gettid", "getuid", "geteuid", "getgid", "getegid", "getresuid", "getresgid", "getgroups"),
    *("uname", "sysinfo", "getrusage", "times", "getrlimit"),
    # Time and randomness, where the vDSO does not answer; time.sleep, and what wakes it after a stop.
    *("clock_gettime", "clock_getres", "gettimeofday", "time", "nanosleep", "clock_nanosleep", "restart_syscall"),
    *("getrandom", "sched_yield"),
    # Waiting for the grader.
    *("poll", "ppoll", "select", "pselect6"),
    *("exit", "exit_group"),
)


def _opening(flags: int) -> list[tuple[Condition, ...]]:
    """Opening for reading without O_TRUNC, or for writing with or without.

    Landlock decides on the file. But before ABI 3 it let a file that may be read be emptied by opening it for reading
    with O_TRUNC, and it does not look at access mode 3, which is neither reading nor writing.
    """
    read = Condition(flags, O_ACCMODE | O_TRUNC, O_RDONLY)
    return [(read,), *((Condition(flags, O_ACCMODE, mode),) for mode in (O_WRONLY, O_RDWR))]


# Calls that are allowed with some arguments: any one of the alternatives, all conditions of it.
CONDITIONAL: dict[str, list[tuple[Condition, ...]]] = {
    "open": _opening(1),
    "openat": _opening(2),
    # Memory to run from comes from files alone. This is no wall (a student's own file may be mapped), but common attack
    # code fails. NumPy and imports of extension modules do without; callbacks from C by ctypes are the price.
    # A file is mapped for oneself alone: a page that others map too is a place to meet (numpy.load's mmap_mode="r" is the
    # price). Shared memory without a file reaches nobody, since there are no new processes.
    "mmap": [
        (Condition(2, PROT_WRITE | PROT_EXEC, prot), Condition(3, *sharing))
        for prot in (0, PROT_WRITE, PROT_EXEC)
        for sharing in ((MAP_SHARED, 0), (MAP_SHARED | MAP_ANONYMOUS, MAP_SHARED | MAP_ANONYMOUS))
    ],
    "mprotect": [(Condition(2, PROT_EXEC, 0),)],
    # Locks, without the forms for priorities and for moving waiters, which have a history of kernel bugs and which a
    # process of one thread never needs: WAIT, WAKE, WAIT_BITSET, WAKE_BITSET, by either clock. Private ones only: by the
    # others, two submissions could wake each other over a page of a file that both may read.
    "futex": [(Condition(1, INT & ~FUTEX_CLOCK, FUTEX_PRIVATE | operation),) for operation in (0, 1, 9, 10)],
    # F_DUPFD, F_GETFD, F_SETFD, F_GETFL and F_DUPFD_CLOEXEC: os.dup (numpy.fromfile calls it) and close-on-exec. Not
    # F_SETFL, whose effect the fork server would share where it gave the descriptor; not F_SETOWN and F_SETSIG, which
    # send signals to other processes; no locks, leases and pipe sizes.
    "fcntl": [(Condition(1, INT, command),) for command in (0, 1, 2, 3, 1030)],
    # Reading one's own limits; process 0 is oneself, and no new limit means reading.
    "prlimit64": [(Condition(0, INT, 0), Condition(2, POINTER, 0))],
    # os.cpu_count, of oneself.
    "sched_getaffinity": [(Condition(0, INT, 0),)],
}

# The C library tries clone3 and falls back to clone, refused as the rest, only where the kernel seems not to have it.
# Python then says "can't start new thread".
MISSING = ("clone3",)

# Not on the list though they look harmless, and why:
# - dup, dup2, dup3: fcntl duplicates for os.dup; computing redirects nothing.
# - ioctl: open() asks whether the file is a terminal and takes a refusal for no. Terminals take forged input by ioctl.
# - pipe, eventfd, epoll, memfd_create, socketpair: kernel memory outside RLIMIT_AS.
# - kill, tgkill: whom they reach cannot be compared here, for the filter is made before the process that it is for.
#   So abort() ends in a fault in place of SIGABRT, which costs the check just the same.
# - setitimer, alarm, timer_create: the grader keeps time, and the kernel's timers of processes are often mended.
# - set_robust_list, rseq, arch_prctl: a thread's first calls, and there are no new threads.
# - prctl: Python never calls it, and it would undo the signal at the parent's death.
# - chdir, umask: their effect is inside, but nothing needs them.
# - splice, tee, vmsplice, sendfile, copy_file_range: they moved data into files open for reading more than once.


def build(machine: str) -> bytes:
    """The list as a program for the kernel's filter (an array of struct sock_filter), for one of ARCHITECTURES.

    Takes milliseconds and is done once. Raises ImportError without pyseccomp, RuntimeError without libseccomp, OSError
    where libseccomp fails.
    """
    import pyseccomp

    program = pyseccomp.SyscallFilter(pyseccomp.ERRNO(EPERM))
    program.set_attr(pyseccomp.Attr.ACT_BADARCH, pyseccomp.KILL_PROCESS)
    # A tree in place of a chain of comparisons: the kernel tries the program on every system call as it loads it.
    program.set_attr(pyseccomp.Attr.CTL_OPTIMIZE, 2)
    if machine != platform.machine():
        program.remove_arch(pyseccomp.Arch.NATIVE)
        program.add_arch({"x86_64": pyseccomp.Arch.X86_64, "aarch64": pyseccomp.Arch.AARCH64}[machine])

    def add(action: int, name: str, alternatives: Iterable[tuple[Condition, ...]] = ((),)) -> None:
        if pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name) == -1:
            return  # an older libseccomp that does not know the name: refused, as all that is not on the list
        for conditions in alternatives:
            program.add_rule(action, name, *(pyseccomp.Arg(a, pyseccomp.MASKED_EQ, m, v) for a, m, v in conditions))

    for name in ALLOWED:
        add(pyseccomp.ALLOW, name)
    for name, alternatives in CONDITIONAL.items():
        add(pyseccomp.ALLOW, name, alternatives)
    for name in MISSING:
        add(pyseccomp.ERRNO(ENOSYS), name)

    with os.fdopen(os.memfd_create("filter", os.MFD_CLOEXEC), "r+b") as file:
        program.export_bpf(file)
        file.seek(0)
        return file.read()
