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
        Finding("system", sys.platform == "linux", f"{platform.system()} {platform.release()}, {os.cpu_count()} cores"),
        *_confinement(),
        _engine(),
        *(_extra(name) for name in EXTRAS),
    ]


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
