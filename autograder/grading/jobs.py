"""What a worker is given: a job is one submission of one unit, a setup what must be open before it can be graded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from autograder.version import __version__


@dataclass(frozen=True)
class Job:
    """One submission of one unit, and everything a worker elsewhere needs of it."""

    student: str
    unit: str
    digest: str
    module: Path
    files: tuple[tuple[str, bytes], ...] = ()  # the module's folder, for a worker that cannot see this file system
    generation: int = 0  # which inputs it meets: see generations.py


@dataclass(frozen=True)
class Setup:
    """What a worker must have open before it grades: which course, which units, which secrets."""

    root: str  # the course's folder, or the digest of its archive
    units: tuple[str, ...]
    seed: str
    isolation: str  # "sandbox", "container" or "none"
    scaled: bool = False
    version: str = __version__
