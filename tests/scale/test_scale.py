"""The scaled comparison: bounds that references keep and wrong answers break, estimates, exponents, and the command itself."""

import doctest
import importlib
import json
import math
import subprocess
import sys
from pathlib import Path

import dask.array
import numpy as np
import pytest
import torch

from autograder.checks.twins import Twin, load_twins
from autograder.course.units import load_course
from autograder.sandbox.local import load_module
from autograder.scale import growth, machine, picture, report
from autograder.scale.costs import NUMPY, TORCH, Cost, cupy_cost, numpy_memory, torch_cost, torch_memory
from autograder.scale.judge import agreement
from autograder.scale.machine import Peak, free_memory, times_of
from autograder.scale.measure import Growth, Measured, compare, grow, measure, needed
from autograder.scale.rebind import MissingTwin, load_on
from autograder.scale.trial import make_trial

COURSE = load_course()
Library = load_module(Path(__file__).with_name("elsewhere.py")).Library
TWINS = [(unit, twin) for unit in COURSE.units for twin in load_twins(COURSE.root / "solutions" / unit.folder)]
NAMES = [f"{unit.id}-{twin.exercises[0]}" for unit, twin in TWINS]


def reference(unit):
    return load_module(COURSE.root / "solutions" / unit.folder / unit.module)


def twin_of(exercise, last=True):
    found = [(unit, twin) for unit, twin in TWINS if exercise in twin.exercises]
    unit, twin = found[-1 if last else 0]
    return twin, reference(unit)


class TestBounds:
    @pytest.mark.parametrize("which", [0, 1], ids=["small", "medium"])
    @pytest.mark.parametrize("unit, twin", TWINS, ids=NAMES)
    def test_references_keep_it_in_float32(self, unit, twin, which):
        trial = make_trial(twin, reference(unit), twin.inputs, twin.sizes[which])
        done = Measured(list(twin.exercises), twin.sizes[which])
        compare(trial, done)
        assert [each.message for each in done.agreements if each.message] == []
        assert len(done.agreements) == 1 + len(twin.wrt)

    @pytest.mark.parametrize("unit, twin", [pair for pair in TWINS if pair[1].axis], ids=lambda each: "")
    def test_an_axis_that_grows_is_understood_by_both(self, unit, twin):
        trials = [make_trial(twin, reference(unit), twin.along, length) for length in twin.lengths[:2]]
        for trial in trials:
            trial.both()
            assert trial.torch_forward(trial.tensors()).shape == np.shape(trial.forward()[0]) or twin.exercises == (
                "nms",
            )
        assert trials[0].values < trials[1].values
        assert 4 <= len(twin.lengths) <= 8

    def test_it_is_that_of_a_random_walk_of_roundings(self):
        truth = np.array([[2.0, -8.0]])
        assert agreement("out", truth.astype(np.float32), truth, 100).bound == pytest.approx((4 * 10 + 64) * 2**-24 * 8)

    @pytest.mark.parametrize("factor, right", [(1 + 1e-6, True), (1 + 1e-4, False), (np.nan, False)])
    def test_what_is_outside_is_told(self, factor, right):
        truth = np.random.default_rng(0).normal(size=(4, 5))
        found = agreement("dx", (truth * factor).astype(np.float32), truth, 10)
        assert (found.message == "") == right
        assert right or "dx" in found.message

    @pytest.mark.parametrize("ours", [np.zeros((3, 2), np.float32), None, "x", [1.0], np.array([object()] * 6)])
    def test_what_cannot_be_subtracted_is_wrong_and_no_crash(self, ours):
        found = agreement("out", ours, np.zeros((2, 3)), 1)
        assert found.message
        assert found.error is None

    def test_booleans_and_integers_must_be_equal(self):
        truth = np.array([True, False])
        assert agreement("out", truth.copy(), truth, 5) == agreement("out", truth.copy(), truth, 5000)
        assert agreement("out", ~truth, truth, 5).error == 1.0
        assert agreement("out", ~truth, truth, 5).message

    def test_float64_for_float32_is_remarked(self):
        truth = np.ones(3)
        assert agreement("out", truth.copy(), truth, 1).widened
        assert not agreement("out", truth.astype(np.float32), truth, 1).widened


class TestCosts:
    def test_flops_are_those_of_the_formula(self):
        twin, module = twin_of("linear_forward")
        trial, done = make_trial(twin, module, twin.inputs, 10), Measured([], 10)
        compare(trial, done)
        n, d, m = 10, 21, 14  # x (N, D), W (M, D)
        assert done.flops == [2 * n * d * m, 2 * 2 * n * d * m]
        values = n * d + m * d + m
        assert done.moved == [4 * (values + n * m), 4 * (values + n * m) + 4 * values]

    def test_memory_is_what_is_there_at_the_peak(self):
        class Doubled(Twin):
            exercises = ("f",)

            def inputs(self, rng, size):
                return {"x": rng.normal(size=size)}

            def torch(self, torch, x):
                return x * 2 + 1

            def forward(self, student, x):
                return x * 2 + 1, None

        trial = make_trial(Doubled(), None, Doubled().inputs, 1_000_000)
        assert numpy_memory(trial) == pytest.approx(8e6, rel=0.01)  # 2 x and the sum
        assert torch_memory(trial) == pytest.approx(8e6, rel=0.01)

    def test_both_are_measured_and_the_rest_follows(self):
        twin, module = twin_of("conv2d_forward")
        done = measure(twin, module, 4)
        assert [cost.who for cost in done.costs] == [NUMPY, TORCH]
        assert all(cost.forward > 0 and cost.backward > 0 and cost.memory > 0 for cost in done.costs)
        assert not done.wrong

    def test_a_twin_that_torch_cannot_run_says_why(self):
        twin, module = twin_of("linear_forward")
        trial = make_trial(twin, module, twin.inputs, 4)
        trial.inputs["W"] = trial.inputs["W"][:, 1:]
        assert "shapes cannot be multiplied" in torch_cost(trial, 0.01).missing

    def test_long_runs_are_timed_once(self):
        runs = []
        times_of(lambda: runs.append(machine.time.sleep(0.02)), 0.001)
        assert len(runs) == 1
        found = times_of(lambda: runs.append(None), 0.05)
        assert len(runs) > 4
        assert 0 < found.low <= found.median <= found.high

    def test_the_middle_run_counts_and_the_first_only_warms_up(self, monkeypatch):
        now, takes = [0.0], iter([9.0, 1.0, 2.0, 3.0])
        monkeypatch.setattr(machine.time, "perf_counter", lambda: now[0])
        found = times_of(lambda: now.__setitem__(0, now[0] + next(takes)), 6.0)
        assert found == machine.Times(2.0, 1.5, 2.5)

    def test_free_memory_is_plausible(self):
        assert 2**26 < free_memory() < 2**46


class TestGrowth:
    @pytest.mark.parametrize("power", [1.0, 2.0, 3.0])
    def test_exponent(self, power):
        lengths = [16, 32, 64, 128, 256, 512]
        assert growth.exponent(lengths, [3.0 * n**power for n in lengths]) == pytest.approx(power, abs=1e-3)

    @pytest.mark.parametrize(
        "lengths, seconds",
        [
            ([16, 32, 64, 128], [5.0, 5.1, 5.2, 5.3]),
            ([16, 32, 64, 128], [5.0, 5.1, 5.6, 8.0]),
            ([1000, 1010, 1020], [1.0, 2.0, 3.0]),
            ([16, 32], [1.0, 2.0]),
        ],
        ids=["only calls", "calls still rule", "hardly longer", "two lengths"],
    )
    def test_no_exponent_where_none_can_be_seen(self, lengths, seconds):
        assert growth.exponent(lengths, seconds) is None

    def test_estimates_follow_the_power_law(self):
        found = growth.estimate(lambda n: (1e-4 * n**3, 100.0 * n**2), 1000)
        assert (found.seconds, found.bytes) == (pytest.approx(1e5, rel=1e-3), pytest.approx(1e8, rel=1e-3))
        assert growth.estimate(lambda n: (1.0, 1.0), 15) is None

    def test_probes_end_before_they_take_long(self):
        asked = []
        growth.estimate(lambda n: (asked.append(n) or 0.2 * n, 1.0), 10**6)
        assert asked == [2, 4]

    def test_estimate_of_a_quadratic_memory_is_near(self):
        twin, module = twin_of("iou")
        ahead = needed(twin, module, 256)
        trial = make_trial(twin, module, twin.inputs, 256)
        assert numpy_memory(trial) < ahead.bytes < 30 * numpy_memory(trial)

    def test_attention_is_quadratic_in_T(self, monkeypatch):
        monkeypatch.setattr("autograder.scale.measure.PATIENCE", 1e9)  # one slow run must not end it early
        twin, module = twin_of("scaled_dot_product_attention_forward")
        found = grow(twin, module, 16)
        memory = [costs[0].memory for costs in found.costs]
        assert growth.exponent(found.lengths, memory) == pytest.approx(2.0, abs=0.1)
        assert found.axis == "T"
        assert NUMPY in found.exponents  # of time, which is the machine's; the memory above is exact

    def test_what_takes_too_long_is_left_out(self, monkeypatch):
        twin, module = twin_of("scaled_dot_product_attention_forward")
        monkeypatch.setattr("autograder.scale.measure.PATIENCE", 1e-6)
        found = grow(twin, module, 16)
        assert found.lengths == [64, 128]
        assert "T = 256 was left out" in found.ended

    def test_without_an_axis_everything_grows(self):
        twin, module = twin_of("relu")
        found = grow(twin, module, 64)
        assert found.axis == "values"
        assert found.lengths == [n * (2 * n + 1) for n in (2, 4, 8, 16, 32, 64)]


class TestRebinding:
    """dask.array stands where CuPy would: a library with NumPy's names, and not with all of them."""

    def write(self, tmp_path, text):
        path = tmp_path / "mine.py"
        path.write_text(text)
        return path

    def test_numpy_is_the_other_library_inside_and_numpy_outside(self, tmp_path):
        path = self.write(
            tmp_path, "import numpy as np\nfrom numpy import linalg\ndef f(x):\n    return np.tanh(x).sum()\n"
        )
        before = dict(sys.modules)
        module = load_on(path, dask.array)
        assert type(module.f(dask.array.ones(3))) is dask.array.Array
        assert float(module.f(dask.array.ones(3)).compute()) == pytest.approx(3 * math.tanh(1))
        assert module.linalg.norm is not np.linalg.norm
        assert {k: v for k, v in sys.modules.items() if k.startswith("numpy")} == {
            k: v for k, v in before.items() if k.startswith("numpy")
        }

    def test_what_it_lacks_is_named(self, tmp_path):
        module = load_on(self.write(tmp_path, "import numpy as np\ndef f(x):\n    return np.lexsort(x)\n"), dask.array)
        with pytest.raises(MissingTwin, match=r"numpy\.lexsort has no twin in dask\.array"):
            module.f(np.ones(3))
        with pytest.raises(MissingTwin, match=r"numpy\.polynomial"):
            load_on(self.write(tmp_path, "from numpy.polynomial import Polynomial\n"), dask.array)

    def test_a_name_that_numpy_has_not_either_is_the_students_error(self, tmp_path):
        module = load_on(self.write(tmp_path, "import numpy as np\ndef f():\n    return np.tanhh\n"), dask.array)
        with pytest.raises(AttributeError, match="tanhh"):
            module.f()


class TestElsewhere:
    """The way of the student's code to the GPU, with a library that refuses what CuPy refuses in CuPy's place."""

    @pytest.fixture(autouse=True)
    def cupy(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "cupy", Library())
        monkeypatch.setattr(machine, "_on_the_gpu", lambda run: (run(), 1e-3)[1])

    def cost(self, tmp_path, text):
        path = tmp_path / "activations.py"
        path.write_text(f"import numpy as np\n{text}def relu_derivative(x):\n    return (x > 0).astype(x.dtype)\n")
        twin, _ = twin_of("relu")
        trial = make_trial(twin, load_module(path), twin.inputs, 16)
        trial.both()
        return cupy_cost(trial, 0.01)

    @pytest.mark.parametrize("unit, twin", TWINS, ids=NAMES)
    def test_every_reference_goes_there(self, unit, twin):
        trial = make_trial(twin, reference(unit), twin.inputs, twin.sizes[0])
        trial.both()
        cost = cupy_cost(trial, 1e-4)
        assert cost.missing == ""
        assert cost.forward > 0

    @pytest.mark.parametrize("unit, twin", TWINS, ids=NAMES)
    def test_torch_makes_its_tensors_on_the_device_it_is_told(self, unit, twin):
        trial = make_trial(twin, reference(unit), twin.inputs, twin.sizes[0])
        trial.both()
        try:
            with torch.device("meta"):  # which does not mix with the CPU, as no GPU does
                tensors = trial.tensors(device="meta")
                out = trial.torch_forward(tensors)
                if twin.wrt:
                    trial.torch_backward(out, tensors)
        except (NotImplementedError, RuntimeError) as error:
            if isinstance(error, NotImplementedError) or "item()" in str(error):
                pytest.skip("asks for values, and there are none on this device")
            raise
        assert out.device.type == "meta"

    def test_warnings_are_none_of_its_business(self, tmp_path):
        text = "def relu(x):\n    with np.errstate(over='ignore'):\n        return np.maximum(x, 0)\n"
        assert self.cost(tmp_path, text).missing == ""

    def test_what_it_lacks_is_named(self, tmp_path):
        cost = self.cost(tmp_path, "def relu(x):\n    np.lexsort((x[0],))\n    return np.maximum(x, 0)\n")
        assert cost.missing == "numpy.lexsort has no twin in elsewhere"
        assert cost.forward is None

    def test_an_array_that_never_left_numpy_is_told_with_its_line(self, tmp_path):
        cost = self.cost(tmp_path, "def relu(x):\n    return np.maximum(memoryview(x), 0)\n")
        assert cost.missing.startswith("TypeError")
        assert "activations.py, line 3" in cost.missing


class TestStudents:
    def module(self, tmp_path, text):
        path = tmp_path / "mine.py"
        path.write_text(text)
        return load_module(path)

    @pytest.mark.parametrize(
        "body, words, unwritten",
        [
            ("raise NotImplementedError", "not written yet", True),
            ("return 1 / 0", "ZeroDivisionError: division by zero (mine.py, line 2)", False),
            ("raise MemoryError", "not enough memory", False),
        ],
    )
    def test_what_goes_wrong_is_told_in_a_line(self, tmp_path, body, words, unwritten):
        twin, _ = twin_of("relu")
        done = measure(twin, self.module(tmp_path, f"def relu(x):\n    {body}\n"), 8)
        assert words in done.message
        assert (done.unwritten, done.wrong) == (unwritten, not unwritten)

    def test_a_wrong_gradient_is_shown_with_its_place(self, tmp_path):
        twin, _ = twin_of("relu")
        text = "def relu(x):\n    return x.clip(0)\ndef relu_derivative(x):\n    return (x > 0) * x.dtype.type(2)\n"
        done = measure(twin, self.module(tmp_path, text), 8)
        said = "\n".join(report.lines(done, "relu", {}))
        assert "outside the bound: largest error" in said
        assert "every value is 2 times" in said
        assert done.costs == []
        assert max(map(len, said.splitlines())) <= report.WIDTH

    def test_too_few_gradients(self, tmp_path):
        twin, _ = twin_of("linear_forward")
        forward = "def linear_forward(x, W, b):\n    return x @ W.T + b, x\n"
        text = f"{forward}def linear_backward(dout, cache):\n    return dout, dout\n"
        assert "gave 2 values, expected 3: dx, dW, db" in measure(twin, self.module(tmp_path, text), 8).message


@pytest.mark.parametrize("name", ["scale.report", "scale.growth", "checks.twins"])
def test_docstring_examples(name):
    result = doctest.testmod(importlib.import_module(f"autograder.{name}"))
    assert result.attempted > 0
    assert result.failed == 0


class TestPicture:
    @pytest.mark.parametrize("one, other", [(3.1e-3, 3.2e-3), (3.1e-3, 3.1e-3), (1e-3, 1e-3), (2e-6, 90.0)])
    def test_any_two_times_can_be_drawn(self, tmp_path, one, other):
        """Times as good as equal have no power of ten between them, nor 2 or 5 of one."""
        costs = [Cost(NUMPY, one), Cost(TORCH, other)]
        grown = Growth("N", named=True, lengths=[3000, 3100], costs=[costs, costs])
        measured = Measured(["f"], 1, flops=[10], moved=[10], costs=costs, growth=grown)
        path = tmp_path / "picture.png"
        picture.draw("times", {"f": measured}, {NUMPY: Peak(1e9, 1e9), TORCH: Peak(1e9, 1e9)}, path)
        assert path.read_bytes().startswith(b"\x89PNG")


class TestCommand:
    def type(self, folder, *arguments, status=0, code="from autograder.cli import main; main()"):
        done = subprocess.run(
            [sys.executable, "-c", code, "scale", *arguments],
            cwd=COURSE.root,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == status, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    def solution(self, unit):
        unit = COURSE.unit(unit)
        return "--student", str(COURSE.root / "solutions" / unit.folder / unit.module)

    def test_table_picture_numbers_and_comparison(self, tmp_path):
        said = self.type(tmp_path, "pooling:max_pool2d_f", "--size", "small", "--growth", "--output", str(tmp_path),
                         *self.solution("pooling"))  # fmt: skip
        assert "largest error: out" in said
        assert "time grows as H*W to the power of: your NumPy" in said or "no power of H*W fits the time" in said
        assert max(map(len, said.splitlines())) <= report.WIDTH or "drawn:" in said
        assert (tmp_path / "pooling-max_pool2d_forward.png").read_bytes().startswith(b"\x89PNG")
        kept = json.loads((tmp_path / "pooling-max_pool2d_forward.json").read_text())
        assert [each["exercises"][0] for each in kept["measured"]] == ["max_pool2d_forward"] * 2
        assert kept["machine"]["torch"].startswith("2.13.0")
        assert set(kept["peaks"]) == {NUMPY, TORCH}
        (tmp_path / "pooling-max_pool2d_forward.json").rename(tmp_path / "old.json")
        said = self.type(tmp_path, "pooling:max_pool2d_f", "--size", "small", "--output", str(tmp_path),
                         "--compare", str(tmp_path / "old.json"), *self.solution("pooling"))  # fmt: skip
        assert said.count("max_pool2d_forward, max_pool2d_backward  ") == 2  # the rows of the comparison
        assert " x" in said.split("before / now")[1]

    def test_a_stub_has_nothing_to_measure(self, tmp_path):
        said = self.type(tmp_path, "neurons", "--output", str(tmp_path), status=1)
        assert "not written yet: mcculloch_pitts, perceptron_predict" in said
        assert not (tmp_path / "neurons.png").exists()

    def test_what_cannot_fit_is_refused_beforehand(self, tmp_path):
        said = self.type(tmp_path, "attention:attention_weights", "--size", "5000", "--output", str(tmp_path),
                         *self.solution("attention"), status=1)  # fmt: skip
        assert "of memory, and" in said
        assert "take a" in said

    @pytest.mark.parametrize(
        "arguments, words",
        [
            (["neurons", "--size", "huge"], "--size huge: small, medium, large, or a whole number"),
            (["neurons", "--device", "tpu"], "--device tpu: cpu or cuda"),
            (["neurons:logic_gate"], "torch knows nothing like neurons:logic_gate"),
            (["neurons", "--compare", "README.md"], "README.md is not a JSON file of `autograder scale`"),
        ],
    )
    def test_bad_arguments(self, tmp_path, arguments, words):
        assert words in self.type(tmp_path, *arguments, "--output", str(tmp_path), status=2)

    def test_without_torch_the_extra_is_named(self, tmp_path):
        blocked = "import sys; sys.modules['torch'] = None; from autograder.cli import main; main()"
        assert "pip install 'deep-learning-by-hand[torch]'" in self.type(tmp_path, "neurons", status=2, code=blocked)

    def test_without_cuda_it_runs_on_the_cpu_and_says_so(self, tmp_path):
        torch = pytest.importorskip("torch")
        if torch.cuda.is_available():
            pytest.skip("this machine has CUDA")
        said = self.type(tmp_path, "neurons:mcculloch_pitts", "--device", "cuda", "--size", "small",
                         "--output", str(tmp_path), *self.solution("neurons"))  # fmt: skip
        assert "torch finds no CUDA device here: this runs on the CPU." in said

    def test_the_table_of_the_core_layers_is_kept(self, tmp_path):
        script = COURSE.root / "tests" / "benchmarks" / "scale.py"
        subprocess.run(
            [sys.executable, script, "--size", "small", "--output", tmp_path], check=True, capture_output=True
        )
        (page,) = tmp_path.iterdir()
        rows = [line for line in page.read_text().splitlines() if "ms" in line or "us" in line]
        assert len([row for row in rows if row.startswith("| ")]) == 11  # five layers both ways, and NMS

    def test_it_needs_nothing_of_the_grader(self, tmp_path):
        """Neither msgpack nor what else only grading needs is loaded."""
        grader = (
            "msgpack",
            "sqlalchemy",
            "jinja2",
            "distributed",
            "dask",
            "copydetect",
            "pyseccomp",
            "psutil",
            "scipy",
        )
        blocked = f"import sys; sys.modules.update(dict.fromkeys({grader})); from autograder.cli import main; main()"
        self.type(tmp_path, "neurons:mcculloch_pitts", "--size", "small", "--output", str(tmp_path),
                  *self.solution("neurons"), code=blocked)  # fmt: skip
