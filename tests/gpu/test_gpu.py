"""The scaled comparison on a real GPU; skipped, with the reason, where there is none."""

import numpy as np
import pytest

from autograder.checks.twins import load_twins
from autograder.commands.scale import usable
from autograder.course.units import load_course
from autograder.sandbox.local import load_module
from autograder.scale.costs import CUPY, GPU, cupy_cost, torch_cost
from autograder.scale.machine import torch_peak
from autograder.scale.measure import measure
from autograder.scale.trial import make_trial

torch = pytest.importorskip("torch")
if not torch.cuda.is_available():
    pytest.skip("torch finds no CUDA device here", allow_module_level=True)

COURSE = load_course()
TWINS = [(unit, twin) for unit in COURSE.units for twin in load_twins(COURSE.root / "solutions" / unit.folder)]
NAMES = [f"{unit.id}-{twin.exercises[0]}" for unit, twin in TWINS]
CORE = (
    "conv2d_forward",
    "max_pool2d_forward",
    "lstm_forward",
    "gru_forward",
    "scaled_dot_product_attention_forward",
    "nms",
)


def reference(unit):
    return load_module(COURSE.root / "solutions" / unit.folder / unit.module)


@pytest.fixture(autouse=True)
def float32_means_float32():
    assert usable("cuda") == "cuda"


@pytest.mark.parametrize("unit, twin", TWINS, ids=NAMES)
def test_torch_on_the_gpu_gives_what_it_gives_on_the_cpu(unit, twin):
    trial = make_trial(twin, reference(unit), twin.inputs, twin.sizes[0])
    trial.both()
    here = trial.torch_forward(trial.tensors()).detach().numpy()
    with torch.device("cuda"):
        there = trial.torch_forward(trial.tensors(device="cuda")).detach().cpu().numpy()
    np.testing.assert_allclose(there, here, rtol=1e-3, atol=1e-4 * float(np.abs(here).max(initial=1)))
    assert torch_cost(trial, 0.01, "cuda").missing == ""


@pytest.mark.parametrize("unit, twin", [p for p in TWINS if p[1].exercises[0] in CORE], ids=lambda each: "")
def test_all_four_times_are_there(unit, twin):
    pytest.importorskip("cupy")
    done = measure(twin, reference(unit), twin.sizes[0], "cuda")
    gpu, cupy = done.cost(GPU), done.cost(CUPY)
    assert gpu.missing == ""
    assert gpu.forward > 0
    assert gpu.transfer > 0
    assert gpu.memory > 0
    assert cupy.missing or cupy.forward > 0


def test_elementwise_code_runs_on_cupy_as_it_stands():
    pytest.importorskip("cupy")
    unit, twin = next(pair for pair in TWINS if "tanh" in pair[1].exercises)
    trial = make_trial(twin, reference(unit), twin.inputs, 64)
    trial.both()
    assert cupy_cost(trial, 0.01).missing == ""


def test_the_gpu_peaks_are_those_of_a_gpu():
    peak = torch_peak("cuda")
    assert peak.flops > 1e12
    assert peak.bandwidth > 1e11
