"""What this machine is and can do: its name, its free memory, and the speeds that it reaches at best."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

PEAK_SIDE = 1024  # of the square matrices whose product gives the peak of arithmetic: 2 * 1024**3 operations
GPU_PEAK_SIDE = 8192
COPY_BYTES = 1 << 27  # 128 MiB: more than the caches of most machines hold
REPEATS = 5


@dataclass(frozen=True)
class Peak:
    """The best that was reached here, in float32: operations a second in a matrix product, bytes a second in a copy."""

    flops: float
    bandwidth: float


def numpy_peak() -> Peak:
    """NumPy's own, with as many threads as its BLAS takes."""
    a = np.random.default_rng(0).random((PEAK_SIDE, PEAK_SIDE), dtype=np.float32)
    source = np.ones(COPY_BYTES // 4, dtype=np.float32)
    target = np.empty_like(source)
    return Peak(
        2 * PEAK_SIDE**3 / _best(lambda: a @ a),
        2 * COPY_BYTES / _best(lambda: np.copyto(target, source)),  # read once, written once
    )


def torch_peak(device: str) -> Peak:
    """torch's on the device, "cpu" or "cuda"."""
    import torch

    side = PEAK_SIDE if device == "cpu" else GPU_PEAK_SIDE
    a = torch.rand(side, side, device=device)
    source = torch.ones(COPY_BYTES // 4, device=device)
    target = torch.empty_like(source)
    return Peak(
        2 * side**3 / _best(lambda: a @ a, device), 2 * COPY_BYTES / _best(lambda: target.copy_(source), device)
    )


def _best(run: Callable[[], Any], device: str = "cpu") -> float:
    """Seconds of the quickest of some runs."""
    run()
    taken = []
    for _ in range(REPEATS):
        synchronize(device)
        started = time.perf_counter()
        run()
        synchronize(device)
        taken.append(time.perf_counter() - started)
    return min(taken)


def synchronize(device: str) -> None:
    """Wait for what the GPU was told to do; nothing on the CPU."""
    if device != "cpu":
        import torch

        torch.cuda.synchronize()


@dataclass(frozen=True)
class Times:
    """Seconds of several runs of the same: the middle one, and between which two the middle half lies."""

    median: float
    low: float
    high: float


def times_of(run: Callable[[], Any], least: float, device: str = "cpu") -> Times:
    """Time all runs in `least` seconds, and three at least.

    The first one warms up and does not count, unless it took longer than ten times `least`: then it is the only one.
    """
    taken: list[float] = []
    warm, end = False, 0.0
    while not taken or ((time.perf_counter() < end or len(taken) < 3) and taken[0] < least):
        started = time.perf_counter()
        if device == "cpu":
            run()
            seconds = time.perf_counter() - started
        else:
            seconds = _on_the_gpu(run)
        if warm or seconds >= 10 * least:
            taken.append(seconds)
        else:
            warm, end = True, time.perf_counter() + least
    low, median, high = np.quantile(taken, (0.25, 0.5, 0.75)).tolist()
    return Times(median, low, high)


def _on_the_gpu(run: Callable[[], Any]) -> float:
    """Seconds between two CUDA events around a run."""
    import torch

    before, after = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    torch.cuda.synchronize()
    before.record()
    run()
    after.record()
    torch.cuda.synchronize()
    return float(before.elapsed_time(after)) / 1e3


def free_memory() -> int | None:
    """Bytes that can still be taken, of the machine or of the control group this runs in; None: this system does not tell."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        free = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        try:
            return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        except (AttributeError, ValueError, OSError):
            return None
    group = Path("/sys/fs/cgroup")
    try:
        limit, used = (int((group / name).read_text()) for name in ("memory.max", "memory.current"))
        return min(free, max(0, limit - used))
    except (OSError, ValueError):  # no such group, or no limit ("max")
        return free


def describe(device: str) -> dict[str, Any]:
    """Hardware and versions, as they go into the JSON."""
    import torch

    words: dict[str, Any] = {
        "cpu": _cpu_name(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "torch": torch.__version__,
        "torch_threads": torch.get_num_threads(),
    }
    if device != "cpu":
        words |= {"gpu": torch.cuda.get_device_name(), "cuda": torch.version.cuda}
    return words


def _cpu_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
