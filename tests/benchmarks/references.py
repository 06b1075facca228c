"""The references beside torch on one thread, float32: forward times at a medium size, and their ratio.

    python tests/benchmarks/references.py [--size 64] [--unit lstm]

Prints a table of all twins that torch has. Times vary with the machine, so read the ratios; nothing here is asserted.
"""

import argparse
import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"

from pathlib import Path

import torch

from autograder.checks.twins import load_twins
from autograder.course.units import load_course
from autograder.sandbox.local import load_module
from autograder.scale.costs import numpy_cost, torch_cost
from autograder.scale.report import names_of, quotient, seconds
from autograder.scale.trial import make_trial

ROOT = Path(__file__).resolve().parents[2]
LEAST_SECONDS = 0.2  # of each of the two


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--unit", help="one unit only")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    course = load_course(ROOT)
    print(f"{'forward':<48}{'NumPy':>10}{'torch':>10}{'ratio':>10}   float32, one thread, size {arguments.size}")
    for unit in [course.unit(arguments.unit)] if arguments.unit else course.units:
        folder = ROOT / "solutions" / unit.folder
        module = load_module(folder / unit.module)
        twins = load_twins(folder)
        for name, twin in zip(names_of(twins), twins, strict=True):
            trial = make_trial(twin, module, twin.inputs, arguments.size)
            trial.both()
            ours, theirs = numpy_cost(trial, LEAST_SECONDS).forward, torch_cost(trial, LEAST_SECONDS).forward
            print(f"{unit.id + ': ' + name:<48.47}{seconds(ours):>10}{seconds(theirs):>10}{quotient(ours, theirs):>10}")


if __name__ == "__main__":
    main()
