"""Every reference agrees with torch in float64, forward and gradients; every docstring's example runs."""

import doctest
import os
import subprocess
import sys

import numpy as np
import pytest

from autograder.checks.twins import assert_agrees_with_torch, load_twins
from autograder.course.units import load_course
from autograder.sandbox.local import load_module

COURSE = load_course()
FOLDERS = [COURSE.root / "solutions" / unit.folder for unit in COURSE.units]
TWINS = [(folder, twin) for folder in FOLDERS for twin in load_twins(folder)]


def reference(folder):
    return load_module(folder / f"{folder.name.split('_', 1)[1]}.py")


@pytest.mark.parametrize("size", [2, 7])
@pytest.mark.parametrize("folder, twin", TWINS, ids=[f"{f.name}-{t.exercises[0]}" for f, t in TWINS])
def test_reference_agrees_with_torch(folder, twin, size):
    for seed in range(3):
        assert_agrees_with_torch(twin, reference(folder), np.random.default_rng(seed), size)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_docstring_examples(folder):
    result = doctest.testmod(reference(folder))
    assert result.attempted > 0
    assert result.failed == 0


def test_docstring_examples_on_a_plain_processor():
    """Their last digits differ between processors, as NumPy computes with what each has: an example shows none of them."""
    code = (
        "import doctest, sys\nfrom pathlib import Path\nfrom autograder.sandbox.local import load_module\n"
        "for path in sys.argv[1:]:\n    assert doctest.testmod(load_module(Path(path))).failed == 0, path\n"
    )
    every = " ".join(np._core._multiarray_umath.__cpu_dispatch__)
    files = [folder / f"{folder.name.split('_', 1)[1]}.py" for folder in FOLDERS]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, *map(str, files)], capture_output=True, text=True,
        env={**os.environ, "NPY_DISABLE_CPU_FEATURES": every, "OPENBLAS_CORETYPE": "Nehalem"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("unit", COURSE.units, ids=lambda unit: unit.folder)
def test_every_exercise_is_there_and_says_what_it_does(unit):
    module = reference(COURSE.root / "solutions" / unit.folder)
    for exercise in unit.points:
        doc = getattr(module, exercise).__doc__
        assert doc, f"{exercise} has no docstring"
        assert "Args:" in doc, f"{exercise}: no Args in its docstring"
