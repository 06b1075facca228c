"""What a trial costs: seconds and memory of the student's NumPy, of torch on CPU and GPU, of the student's code on the GPU."""

from __future__ import annotations

import os
import time
import tracemalloc
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from autograder.checks.twins import with_arrays
from autograder.scale.machine import Times, synchronize, times_of
from autograder.scale.rebind import load_on
from autograder.scale.trial import NotMeasured, Trial, students

NUMPY, TORCH, GPU, CUPY = "your NumPy", "torch", "torch, GPU", "your code, GPU"


@dataclass
class Cost:
    """What one way of computing takes. None: not measured."""

    who: str
    forward: float | None = None  # seconds, the median of several runs
    backward: float | None = None
    spread: tuple[float, float] | None = (
        None  # of the forward's seconds: between which the middle half of the runs lies
    )
    memory: float | None = None  # bytes at the peak, inputs not counted
    transfer: float | None = None  # seconds for the inputs to the GPU and the output back
    missing: str = ""  # why it could not be measured

    def set_forward(self, times: Times) -> None:
        self.forward, self.spread = times.median, (times.low, times.high)


def numpy_cost(trial: Trial, least: float, who: str = NUMPY, device: str = "cpu") -> Cost:
    """The student's code; memory apart.

    Args:
        trial: with its `dout`.
        least: seconds that each time is measured for.

    Raises:
        NotMeasured: it raised something.
    """
    cost = Cost(who)
    cost.set_forward(times_of(trial.forward, least, device))
    if trial.twin.wrt:
        _, cache = trial.forward()
        cost.backward = times_of(lambda: trial.backward(cache), least, device).median
    return cost


def numpy_memory(trial: Trial) -> float:
    """Bytes at the peak that NumPy and Python took for a forward and a backward."""
    tracemalloc.start(1)
    try:
        trial.both()
        return float(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()


def torch_cost(trial: Trial, least: float, device: str = "cpu") -> Cost:
    """torch in float32 on the device; memory apart."""
    import torch

    cost = Cost(TORCH if device == "cpu" else GPU)
    try:
        with torch.device(device):  # what the twin itself makes is to be there, too
            tensors = trial.tensors(device=device)
            cost.set_forward(times_of(lambda: trial.torch_forward(tensors), least, device))
            if trial.twin.wrt:
                out = trial.torch_forward(tensors)
                cost.backward = times_of(lambda: trial.torch_backward(out, tensors), least, device).median
    except RuntimeError as error:  # not enough memory, or a twin that knows no GPU
        cost.missing = str(error).splitlines()[0]
    return cost


def torch_memory(trial: Trial, dtype: str = "float32") -> float:
    """Bytes at the peak that torch took on the CPU for a forward and a backward."""
    os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # else the profiler talks on the error stream
    import torch
    from torch.profiler import ProfilerActivity, profile

    tensors = trial.tensors(getattr(torch, dtype))
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        out = trial.torch_forward(tensors)
        if trial.twin.wrt:
            trial.torch_backward(out, tensors)
    assert profiler.profiler is not None
    events = [each for each in profiler.profiler.kineto_results.events() if each.name() == "[memory]"]
    live = np.cumsum([each.nbytes() for each in sorted(events, key=lambda each: each.start_ns())])
    return float(live.max(initial=0))


def gpu_costs(trial: Trial, least: float) -> list[Cost]:
    """torch on the GPU, and the student's code there."""
    theirs = torch_cost(trial, least, "cuda")
    if not theirs.missing:
        theirs.memory, theirs.transfer = _cuda_memory(trial), _transfer(trial)
    return [theirs, cupy_cost(trial, least)]


def _cuda_memory(trial: Trial) -> float:
    import torch

    with torch.device("cuda"):
        tensors = trial.tensors(device="cuda")
        before = torch.cuda.memory_allocated()
        torch.cuda.reset_peak_memory_stats()
        out = trial.torch_forward(tensors)
        if trial.twin.wrt:
            trial.torch_backward(out, tensors)
        synchronize("cuda")
    return float(torch.cuda.max_memory_allocated() - before)


def _transfer(trial: Trial) -> float:
    import torch

    with torch.device("cuda"):
        synchronize("cuda")
        started = time.perf_counter()
        tensors = trial.tensors(device="cuda")
        synchronize("cuda")
        there = time.perf_counter() - started
        out = trial.torch_forward(tensors).detach()
        synchronize("cuda")
        started = time.perf_counter()
        out.cpu()
    return there + time.perf_counter() - started


def cupy_cost(trial: Trial, least: float) -> Cost:
    """The student's own code with `numpy` bound to CuPy; memory is what CuPy's pool holds at the end."""
    cost = Cost(CUPY)
    try:
        import cupy
    except ModuleNotFoundError:
        cost.missing = "CuPy is not installed"
        return cost

    pool = cupy.get_default_memory_pool()
    try:
        there = replace(
            trial,
            module=students(lambda: load_on(Path(trial.module.__file__), cupy)),
            inputs=with_arrays(cupy.asarray, trial.inputs),
            dout=with_arrays(cupy.asarray, trial.dout),
        )
        out, _ = there.forward()
        if not _alike(cupy.asnumpy(out), trial.forward()[0]):
            raise NotMeasured("it gives other results there")
        cost = numpy_cost(there, least, CUPY, "cuda")
        pool.free_all_blocks()
        before = pool.used_bytes()
        there.both()
        cost.memory = float(pool.total_bytes() - before)
    except NotMeasured as error:
        cost.missing = str(error)
    finally:
        pool.free_all_blocks()
    return cost


def _alike(there: Any, here: Any) -> bool:
    """Two float32 results of the same code: sums in another order differ a little."""
    here = np.asarray(here)
    return there.shape == here.shape and np.allclose(
        there, here, rtol=1e-3, atol=1e-3 * float(np.abs(here).max(initial=0))
    )
