"""The filter of each architecture, carried out here instruction by instruction, so that either machine tests both."""

import errno
import struct
from collections.abc import Callable
from typing import Any

import pytest

from autograder.sandbox import seccomp_filter

try:
    import pyseccomp
except (ImportError, RuntimeError) as error:
    pytest.skip(str(error), allow_module_level=True)

ALLOW, KILL_PROCESS, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7, "32-bit x86": 0x40000003, "32-bit ARM": 0x40000028}


def decide(program: bytes, architecture: int, number: int, arguments: tuple[int, ...] = ()) -> int:
    """What a filter answers to a system call: the instructions of classic BPF that libseccomp makes, carried out."""
    data = struct.pack("<IIQ6Q", number, architecture, 0, *arguments, *[0] * (6 - len(arguments)))
    compare: dict[int, Callable[[int, int], bool]] = {
        0x15: lambda a, k: a == k,
        0x25: lambda a, k: a > k,
        0x35: lambda a, k: a >= k,
        0x45: lambda a, k: a & k != 0,
    }
    accumulator, position = 0, 0
    while True:
        code, if_true, if_false, k = struct.unpack_from("<HBBI", program, 8 * position)
        position += 1
        if code == 0x20:
            [accumulator] = struct.unpack_from("<I", data, k)
        elif code == 0x54:
            accumulator &= k
        elif code == 0x05:
            position += k
        elif code == 0x06:
            return int(k)
        else:
            position += if_true if compare[code](accumulator, k) else if_false


@pytest.mark.parametrize("machine", seccomp_filter.ARCHITECTURES)
class TestFilter:
    @pytest.fixture
    def ask(self, machine: str) -> Callable[..., int]:
        program = seccomp_filter.build(machine)
        arch = getattr(pyseccomp.Arch, machine.upper())

        def ask(call: str | int, *arguments: int, audit: str = machine) -> int:
            number = pyseccomp.resolve_syscall(arch, call) if isinstance(call, str) else call
            if number < 0:
                pytest.skip(f"{machine} has no {call}")
            return decide(program, AUDIT[audit], number, arguments)

        return ask

    def test_exactly_the_list(self, machine: str, ask: Callable[..., int]) -> None:
        arch = getattr(pyseccomp.Arch, machine.upper())
        listed = {pyseccomp.resolve_syscall(arch, name) for name in seccomp_filter.ALLOWED}
        minus_one = [2**64 - 1] * 6
        assert {number for number in range(700) if ask(number, *minus_one) == ALLOW} == {n for n in listed if n >= 0}
        others = {ask(number, *minus_one) for number in range(700)}
        assert others == {ALLOW, ERRNO | errno.EPERM, ERRNO | errno.ENOSYS}

    @pytest.mark.parametrize(
        "call",
        [
            ("openat", -100, 0, 0o2000000),
            ("openat", -100, 0, 0o2001101),  # open(os.devnull, "w"): O_CLOEXEC, O_TRUNC, O_CREAT, O_WRONLY
            ("mmap", 0, 4096, 3, 2),
            ("mmap", 0, 4096, 5, 2),
            ("mmap", 0, 4096, 3, 0x21),
            ("mprotect", 0, 4096, 1),
            ("futex", 0, 128 | 9),
            ("futex", 0, 128 | 256 | 9),
            ("fcntl", 3, 1030),
            ("prlimit64", 0, 7, 0, 0x7FFF00000000),
            ("sched_getaffinity", 0, 128, 0),
            ("newfstatat", -100, 0, 0, 0),
        ],
    )
    def test_allowed(self, ask: Callable[..., int], call: tuple[Any, ...]) -> None:
        assert ask(call[0], *(argument % 2**64 for argument in call[1:])) == ALLOW

    @pytest.mark.parametrize(
        "call",
        [
            ("open", 0, 0o1000),
            ("openat", -100, 0, 0o1000),
            ("openat", -100, 0, 3),
            ("mmap", 0, 4096, 6, 2),
            ("mmap", 0, 4096, 7, 2),
            ("mmap", 0, 4096, 1, 1),
            ("mmap", 0, 4096, 3, 3),
            ("mprotect", 0, 4096, 4),
            ("mprotect", 0, 4096, 5),
            ("futex", 0, 3),
            ("futex", 0, 0),
            ("futex", 0, 1),
            ("futex", 0, 128 | 3),
            ("futex", 0, 128 | 6),
            ("fcntl", 3, 4),
            ("fcntl", 3, 8),
            ("fcntl", 3, 10),
            ("prlimit64", 0, 9, 0x7FFF00000000, 0),
            ("prlimit64", 1, 9, 0, 0x7FFF00000000),
            ("sched_getaffinity", 1, 128, 0),
            ("socket", 2, 1, 0),
            ("clone", 17),
            ("execve", 0, 0, 0),
            ("ioctl", 0, 0x5401),
        ],
    )
    def test_refused(self, ask: Callable[..., int], call: tuple[Any, ...]) -> None:
        assert ask(call[0], *(argument % 2**64 for argument in call[1:])) == ERRNO | errno.EPERM

    def test_clone3_seems_missing(self, ask: Callable[..., int]) -> None:
        assert ask("clone3", 0, 0) == ERRNO | errno.ENOSYS

    def test_other_architectures_are_killed(self, machine: str, ask: Callable[..., int]) -> None:
        for audit in AUDIT.keys() - {machine}:
            assert ask("read", audit=audit) == KILL_PROCESS

    def test_every_name_is_known(self, machine: str) -> None:
        names = [*seccomp_filter.ALLOWED, *seccomp_filter.CONDITIONAL, *seccomp_filter.MISSING]
        assert len(names) == len(set(names))
        arch = getattr(pyseccomp.Arch, machine.upper())
        assert [name for name in names if pyseccomp.resolve_syscall(arch, name) == -1] == []
