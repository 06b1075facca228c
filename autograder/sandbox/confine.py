"""What a freshly forked child does to itself before a line of student code runs.

Three steps, so that a child waiting for its job has the slow part behind it:

    confinement = Confinement.prepare([datasets])       # once, in the fork server
    confinement.begin()                                 # in the child, before it knows its job
    confinement.seal([submission], limits, keep=[pipe]) # in the child, when it does; student code comes after

Every step raises when any part of it fails, and a child whose confinement failed must exit: half a wall is none.

The user stays the same. The grader may run as root because the interpreter lies where only root may go (/root is 0700),
and then the child is root too, but without a single capability: it may do what the owner of root's files may do, which
Landlock and seccomp take away.
"""

import contextlib
import ctypes
import errno
import importlib
import importlib.util
import math
import os
import platform
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Sequence

from autograder.sandbox import landlock, seccomp_filter
from autograder.sandbox.landlock import PathRule, checked, libc, reading_rule, system_call
from autograder.sandbox.limits import Limits

if sys.platform != "win32":
    import resource

# <linux/prctl.h>, <linux/seccomp.h>, <linux/capability.h>; close_range has the same number on every architecture.
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP = 1, 4, 38, 22
PR_CAPBSET_READ, PR_CAPBSET_DROP = 23, 24
SECCOMP_MODE_FILTER = 2
CAPABILITY_VERSION_3 = 0x20080522
CLOSE_RANGE = 436
SIGKILL = 9

# Imported by prepare(): each needs shared libraries from the system's folders, which the child may not read, and NumPy
# loads two of its own only when they are first used.
LOADED_AHEAD = ("numpy.fft", "numpy.linalg", "numpy.random", "bz2", "decimal", "hashlib", "lzma", "zlib")


class ConfinementUnavailable(RuntimeError):
    """This machine, or this process, cannot confine student code."""


def missing_features() -> list[str]:
    """Why this machine cannot confine student code, a reason each; empty when it can. Raises nothing on any system."""
    if sys.platform != "linux":
        return [f"The sandbox needs Linux (Landlock and seccomp); this is {platform.system() or sys.platform}"]
    if platform.machine() not in seccomp_filter.ARCHITECTURES or sys.maxsize < 2**32:
        supported = " and ".join(seccomp_filter.ARCHITECTURES)
        return [f"The sandbox knows 64-bit Python on {supported}; this is {platform.machine()}"]
    missing = []
    try:
        landlock.abi_version()
    except OSError as error:
        if error.errno == errno.EOPNOTSUPP:
            missing.append("Landlock is switched off: add landlock to the lsm= list of the kernel's command line")
        else:
            missing.append(f"Landlock is missing: it needs Linux 5.13, unless a container hides it ({error.strerror})")
    # A kernel that knows filters looks for one at address 0 and says EFAULT; one that does not says EINVAL.
    if libc().prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, 0, 0, 0) == -1 and ctypes.get_errno() != errno.EFAULT:
        missing.append("Seccomp filters are missing: the kernel was built without them, or a container hides them")
    try:
        import pyseccomp  # noqa: F401
    except ImportError:
        from autograder.extras import way_out  # here, because the fork server holds what this module imports

        missing.append(f"The Python package pyseccomp is missing: {way_out('grading')}")
    except (RuntimeError, OSError):
        missing.append("The library libseccomp is missing: on Debian and Ubuntu, apt install libseccomp2")
    return missing


class _Instructions(ctypes.Structure):
    """struct sock_fprog: how many instructions, and where."""

    _fields_ = (("length", ctypes.c_ushort), ("address", ctypes.c_void_p))


class Confinement:
    """The walls, prepared once in the fork server and put up by each child around itself."""

    def __init__(self, rules: Sequence[PathRule], program: bytes) -> None:
        self._rules = rules
        self._program = ctypes.create_string_buffer(program, len(program))
        self._instructions = _Instructions(len(program) // 8, ctypes.addressof(self._program))
        self._landlock_version = landlock.abi_version()
        self._bounding_set = list(_bounding_set())
        self._server = os.getpid()
        self._capset_header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
        self._no_capabilities = (ctypes.c_uint32 * 6)()
        self._ruleset: int | None = None
        self._address_space = 0

    @classmethod
    def prepare(cls, readable: Sequence[str]) -> "Confinement":
        """Get ready in the fork server: it must have one thread, and be the process that forks the children.

        Children may read the standard library without the packages installed below it, NumPy, /dev/null, /dev/urandom
        and the files and folders in `readable`. Not the rest of the system's libraries, so modules that need those are
        imported here. The descriptors opened here stay open in the server; seal() closes them in a child.

        Raises ConfinementUnavailable if the machine lacks a feature or this process has threads, OSError if something
        in `readable` cannot be opened.
        """
        missing = missing_features()
        if missing:
            raise ConfinementUnavailable("; ".join(missing))
        for name in LOADED_AHEAD:
            with contextlib.suppress(ImportError):  # a Python built without one of them has no use for it
                importlib.import_module(name)
        threads = len(os.listdir("/proc/self/task"))
        if threads > 1:
            # A child has one thread, so a lock that another held at the fork is held for ever.
            raise ConfinementUnavailable(
                f"The fork server has {threads} threads in place of 1: set OPENBLAS_NUM_THREADS, OMP_NUM_THREADS and "
                "MKL_NUM_THREADS to 1 before NumPy is imported."
            )
        rules = [*_standard_library(), *(reading_rule(path, follow=True) for path in (*_numpy_folders(), *readable))]
        for device, access in (
            ("/dev/null", landlock.READ_FILE | landlock.WRITE_FILE),
            ("/dev/urandom", landlock.READ_FILE),
        ):
            rules.append(PathRule(access, os.open(device, os.O_PATH | os.O_CLOEXEC)))
        return cls(rules, seccomp_filter.build(platform.machine()))

    def begin(self) -> None:
        """The part that is the same for every job, right after the fork. Raises OSError or ConfinementUnavailable."""
        _prctl(PR_SET_PDEATHSIG, SIGKILL)
        if os.getppid() != self._server:
            raise ConfinementUnavailable("The fork server ended before its child could ask to end with it.")
        _prctl(PR_SET_NO_NEW_PRIVS, 1)
        # No core dump, and no other process of the same user may look into this one through ptrace or /proc.
        _prctl(PR_SET_DUMPABLE, 0)
        # The bounding set is what execve could give back. Reducing it needs a capability: who lacks that is not root,
        # and NO_NEW_PRIVS alone bars the way.
        with contextlib.suppress(PermissionError):
            for capability in self._bounding_set:
                _prctl(PR_CAPBSET_DROP, capability)
        self._ruleset = landlock.create_ruleset(self._landlock_version)
        landlock.add_rules(self._ruleset, self._rules)
        descriptor = os.open("/proc/self/statm", os.O_RDONLY)
        self._address_space = int(os.read(descriptor, 64).split()[0]) * resource.getpagesize()
        os.close(descriptor)

    def seal(self, readable: Sequence[str], limits: Limits, *, keep: Iterable[int] = ()) -> None:
        """Put up the walls: what is in `readable` stays inside, descriptors other than 0, 1, 2 and `keep` are closed.

        What the descriptors 0, 1 and 2 lead to is the caller's care: /dev/null, or a pipe of this child alone.

        Raises OSError if something in `readable` cannot be opened, is a symbolic link or is neither file nor folder, or
        if the kernel refuses; ConfinementUnavailable if begin() did not come before.
        """
        if self._ruleset is None:
            raise ConfinementUnavailable("begin() comes before seal().")
        landlock.add_rules(self._ruleset, (reading_rule(path, follow=False) for path in readable))
        _close_all_but({0, 1, 2, self._ruleset, *keep})
        for kind, value in _resource_limits(limits, self._address_space):
            hard = resource.getrlimit(kind)[1]
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(kind, (value, value))
        # The effective, permitted and inheritable sets; the ambient set follows, being a part of the last two.
        checked(libc().capset(ctypes.addressof(self._capset_header), ctypes.addressof(self._no_capabilities)))
        landlock.restrict_self(self._ruleset)
        os.close(self._ruleset)
        _prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(self._instructions))


def _prctl(option: int, *arguments: int) -> int:
    return checked(libc().prctl(option, *arguments, *[0] * (4 - len(arguments))))


def _bounding_set() -> Iterator[int]:
    """The capabilities in this process's bounding set, by number."""
    with contextlib.suppress(OSError):  # EINVAL: the first number that this kernel does not know
        for capability in range(64):
            if _prctl(PR_CAPBSET_READ, capability):
                yield capability


def _standard_library() -> Iterator[PathRule]:
    """Each entry of the interpreter's own folders, which may themselves be listed, as imports do.

    A rule reaches all below, so installed packages, which lie in the same folder, are left out by naming the others.
    """
    # In a virtual environment platstdlib is the environment's folder, which holds no module; this is the interpreter's.
    folders = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib", vars={"platbase": sys.base_exec_prefix})}
    for folder in sorted(folders):
        yield PathRule(landlock.READ_DIR, os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC))
        for name in sorted(os.listdir(folder)):
            entry = os.path.join(folder, name)
            # A link may lead out of the installation: on Debian, sitecustomize.py to /etc.
            if name not in ("site-packages", "dist-packages") and not os.path.islink(entry):
                yield reading_rule(entry, follow=False)


def _numpy_folders() -> list[str]:
    """NumPy's package, and beside it the libraries that come with its wheel."""
    specification = importlib.util.find_spec("numpy")
    if specification is None or not specification.submodule_search_locations:
        raise ConfinementUnavailable("NumPy is not installed.")
    package = specification.submodule_search_locations[0]
    libraries = os.path.join(os.path.dirname(package), "numpy.libs")
    return [package, libraries] if os.path.isdir(libraries) else [package]


def _resource_limits(limits: Limits, address_space: int) -> Iterator[tuple[int, int]]:
    """Kinds of resources and how much of each. The stack keeps the limit it has: Python bounds its own recursion."""
    yield resource.RLIMIT_AS, address_space + limits.memory_bytes
    yield resource.RLIMIT_NOFILE, limits.descriptors
    # The grader's clock ends a child; this is for a grader that died or hangs.
    yield resource.RLIMIT_CPU, math.ceil(limits.submission_seconds) + 10
    yield resource.RLIMIT_CORE, 0
    yield resource.RLIMIT_FSIZE, 0
    yield resource.RLIMIT_NPROC, 0
    yield resource.RLIMIT_MEMLOCK, 0
    yield resource.RLIMIT_MSGQUEUE, 0


def _close_all_but(kept: set[int]) -> None:
    first = 0
    for descriptor in sorted(kept):
        if descriptor > first:
            system_call(CLOSE_RANGE, first, descriptor - 1, 0)
        first = descriptor + 1
    system_call(CLOSE_RANGE, first, 2**32 - 1, 0)
