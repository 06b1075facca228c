"""The references beside torch on one thread, float32: forward times at a medium size, and their ratio.

    python tests/benchmarks/references.py [--size 64] [--unit lstm]

Prints a table of all twins that torch has. Times vary with the machine, so read the ratios; nothing here is asserted.
"""

import argparse
import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import statistics
import time
from functools import partial
from pathlib import Path

import numpy as np
import torch

from autograder.course import load_course
from autograder.sandbox.local import load_module
from autograder.scaled import load_twins

ROOT = Path(__file__).resolve().parents[2]
LEAST_SECONDS = 0.2  # of each of the two, in turns


def cast(value):
    return value.astype(np.float32) if isinstance(value, np.ndarray) and value.dtype.kind == "f" else value


def tensor(value):
    return torch.from_numpy(value.copy()) if isinstance(value, np.ndarray) else value


def seconds(ours, theirs):
    """Medians of both, measured in turns."""
    taken = ([], [])
    end = time.perf_counter() + 2 * LEAST_SECONDS
    while time.perf_counter() < end or len(taken[0]) < 5:
        for function, times in zip((ours, theirs), taken, strict=True):
            started = time.perf_counter()
            function()
            times.append(time.perf_counter() - started)
    return tuple(map(statistics.median, taken))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--unit", help="one unit only")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    course = load_course(ROOT)
    units = [course.unit(arguments.unit)] if arguments.unit else course.units
    print(f"{'twin':<44}{'NumPy ms':>10}{'torch ms':>10}{'ratio':>8}   float32, one thread, size {arguments.size}")
    for unit in units:
        folder = ROOT / "solutions" / unit.folder
        module = load_module(folder / unit.module)
        for twin in load_twins(folder):
            inputs = {k: cast(v) for k, v in twin.inputs(np.random.default_rng(0), arguments.size).items()}
            tensors = {k: tensor(v) for k, v in inputs.items()}
            try:
                with torch.no_grad():
                    ours, theirs = seconds(
                        partial(twin.forward, module, **inputs), partial(twin.torch, torch, **tensors)
                    )
            except Exception as error:  # a twin that needs its gradients, or a size that makes no sense
                print(f"{unit.id}: {type(twin).__name__:<30} not measured: {type(error).__name__}: {error}")
                continue
            print(f"{unit.id}: {', '.join(twin.exercises)[: 42 - len(unit.id)]:<{42 - len(unit.id)}}"
                  f"{1e3 * ours:>10.3f}{1e3 * theirs:>10.3f}{ours / theirs:>8.2f}")  # fmt: skip


if __name__ == "__main__":
    main()
