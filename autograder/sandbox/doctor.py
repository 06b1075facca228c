"""What this machine can do: a list of findings, each with the way out where something is missing."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from autograder.extras import EXTRAS, missing, way_out
from autograder.sandbox import landlock
from autograder.sandbox.confine import missing_features
from autograder.sandbox.limits import Limits

PROBE = "import numpy as np\n\n\ndef double(x):\n    return 2 * x\n"

GIB = 2**30
JOB_BYTES = 5 * GIB // 2  # the student's process and the grader's own
RESULT_BYTES = 13_000  # of a student's unit in all files together: docs/measures.md


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's list. `needed` marks what grading untrusted work cannot do without."""

    name: str
    ok: bool
    words: str
    needed: bool = False


def examine() -> list[Finding]:
    """Look at this machine, and try the sandbox for real."""
    return [
        Finding("Python", sys.version_info >= (3, 11), platform.python_version(), needed=True),
        Finding("NumPy", True, importlib.metadata.version("numpy")),
        Finding("pytest", True, importlib.metadata.version("pytest")),
        Finding("system", sys.platform == "linux", f"{platform.system()} {platform.release()}, {cores()} cores"),
        _memory(),
        _disk(Path.cwd()),
        *_confinement(),
        _engine(),
        *(_extra(name) for name in EXTRAS),
    ]


def cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def free_memory() -> int | None:
    """Bytes that are free, in the container if there is one; None where nothing tells."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        free = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))
    except (OSError, ValueError, StopIteration):
        return None
    group = Path("/sys/fs/cgroup")
    try:
        most, used = (int((group / name).read_text(encoding="ascii")) for name in ("memory.max", "memory.current"))
    except (OSError, ValueError):  # no such group, or no limit: "max"
        return free
    return min(free, max(most - used, 0))


def jobs_here() -> int:
    """How many worker processes this machine has cores and memory for; at least one."""
    free = free_memory()
    return max(1, cores() if free is None else min(cores(), int(free // JOB_BYTES)))


def _memory() -> Finding:
    free = free_memory()
    if free is None:
        return Finding("memory", True, "this system does not tell")
    words = f"{free / GIB:.1f} GiB free; a job may need {JOB_BYTES / GIB:.1f}: --jobs {jobs_here()} at most"
    return Finding("memory", free >= JOB_BYTES, words)


def _disk(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    room = f"{int(free // RESULT_BYTES):,}"
    return Finding("disk", free >= GIB, f"{free / GIB:.1f} GiB free here; results of {room} submissions fit")


def _confinement() -> list[Finding]:
    missing = missing_features()
    if missing:
        words = "; ".join(missing) + ". Ways on: --isolation container, or for your own work --isolation none"
        return [Finding("sandbox", False, words, needed=True)]
    started = time.perf_counter()
    problem = _try_sandbox()
    words = problem or f"works: started, graded a call and ended in {time.perf_counter() - started:.2f} s"
    return [
        Finding("Landlock", True, f"ABI {landlock.abi_version()}"),
        Finding("seccomp", True, "filters system calls"),
        Finding("sandbox", not problem, words, needed=True),
    ]


def _try_sandbox() -> str:
    """Run one call in the real sandbox; what went wrong, or nothing."""
    from autograder.sandbox.client import Confined
    from autograder.sandbox.fork_server import ForkServer
    from autograder.sandbox.proxy import SandboxBroken, Student, StudentError

    with tempfile.TemporaryDirectory() as folder:
        module = Path(folder) / "probe.py"
        module.write_text(PROBE)
        try:
            server = ForkServer(Limits())
            backend = Confined(server, module, [module])
            backend.start_check("probe")
            answer = Student(backend, "probe").double(21)
            backend.close()
            server.close()
        except (SandboxBroken, StudentError, OSError) as error:
            return str(error)
    return "" if answer == 42 else f"it answered {answer!r}"


def _engine() -> Finding:
    found = [engine for engine in ("podman", "docker") if shutil.which(engine)]
    words = " and ".join(found) if found else "neither podman nor docker (only --isolation container needs one)"
    return Finding("containers", bool(found), words)


def _extra(name: str) -> Finding:
    if lacking := missing(name):
        words = f"lacks {', '.join(lacking)}: {way_out(name)}"
        return Finding(f"extra {name}", False, words, needed=name == "grading")
    return Finding(f"extra {name}", True, "installed")
