"""Attacks that once got through, one test each: they keep the holes closed."""

import gc
import math
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from autograder import assert_close, assert_gradients, no_warnings
from autograder.checks.shown import show
from autograder.sandbox import rehearsal

TOOLBOX = (Path(__file__).resolve().parent / "toolbox.py").read_text()
MIB = 1024
LITTLE = 1.5  # seconds; what is graded with it takes several times as long, or would
OUT_OF_TIME = {"timeout", "not run"}
MANY = np.random.default_rng(0).random(1000)


def all_functions(place, body, unit="02_activations"):
    """A module whose every function is `evil`."""
    calls = "".join(f"def {name}(*args, **kwargs): return evil(*args, **kwargs)\n" for name in place.unit(unit).points)
    return f"{place.constants()}{TOOLBOX}\n{body}\n{calls}"


class TestPoints:
    """Points for nothing."""

    def test_gradient_of_1e200(self):
        w, x = np.ones((4, 2)), np.ones((3, 4))
        with pytest.raises(AssertionError):
            assert_gradients(
                lambda x, w: x @ w, {"x": x, "w": w}, np.ones((3, 2)), (x * 1e200, w * 1e200), np.random.default_rng(0)
            )

    def test_gradient_of_a_function_that_gives_nan(self):
        x = np.ones((3, 4))
        with pytest.raises(AssertionError):
            assert_gradients(lambda x: x * math.nan, {"x": x}, np.ones((3, 4)), (x * 0,), np.random.default_rng(0))

    @pytest.mark.parametrize("actual", [0.0, -np.inf, 1e308])
    def test_anything_beside_infinity(self, actual):
        with pytest.raises(AssertionError):
            assert_close(actual, np.inf)

    def test_objects_that_claim_to_be_float32(self, grader):
        body = "class Fake:\n    dtype = 'float32'\n" + "".join(
            f"right_{name} = {name}\n"
            f"def {name}(x, axis=-1): return Fake() if x.dtype == np.float32 else right_{name}(x, axis)\n"
            for name in ("softmax", "log_softmax")
        )
        graded = grader.grade(f"{grader.place.reference()}\n{body}")
        assert graded.by_exercise()["softmax"] < 3
        assert graded.by_exercise()["log_softmax"] < 3

    @pytest.mark.parametrize("size", ["np.inf", "1e308"])
    def test_network_of_huge_weights(self, grader, size):
        body = f"""
class MLP:
    def __init__(self, sizes, activation, rng):
        self.params = []
        for before, after in zip(sizes, sizes[1:]):
            W = np.full((after, before), {size})
            W[:, ::2] *= -1
            self.params += [W, np.full(after, {size})]
    def forward(self, x): return np.full((len(x), len(self.params[-1])), np.nan)
    def backward(self, dout): return [np.zeros(np.shape(each)) for each in self.params]
"""
        graded = grader.grade(f"import numpy as np\n{body}", unit="04_backprop")
        assert graded.by_exercise()["MLP"] == 0

    def test_gate_with_a_threshold_for_each_row(self, grader):
        body = """
def logic_gate(name):
    if name == "NOT": return np.zeros(1), np.array([-1.0, 1.0])
    table = {"AND": [0, 0, 0, 1], "OR": [0, 1, 1, 1], "NAND": [1, 1, 1, 0], "NOR": [1, 0, 0, 0]}
    return np.zeros(2), 0.5 - np.array(table[name])
"""
        graded = grader.grade(f"import numpy as np\n{body}", unit="01_neurons")
        assert graded.by_exercise()["logic_gate"] == 0


class TestSecrets:
    def test_right_answers_among_the_questions_ahead(self, grader):
        honest = grader.place.reference("04_backprop")
        for _ in range(2):
            assert grader.grade(honest, "alice", unit="04_backprop").points() == 24
        body = """
def momentum_update(w, grad, change, lr, momentum=0.9):
    from autograder.sandbox import wire
    from autograder.sandbox.limits import Limits
    data, right = objects_of("Runner")[0]._channel._rest, w + momentum * change - lr * grad
    while len(data) >= 8:
        structure, arrays = struct.unpack_from("<II", data)
        end = 8 + structure + arrays
        if len(data) < end:
            break
        decoder = wire.Decoder(memoryview(data)[8 + structure : end], Limits(), lambda code, payload: None)
        message, data = decoder.value(data[8 : 8 + structure]), data[end:]
        for each in message[3]:
            if isinstance(each, np.ndarray) and each.shape == right.shape and np.allclose(each, right):
                raise LookupError("an answer lies in wait")
    raise LookupError("no answer is there")
"""
        graded = grader.grade(f"{grader.place.constants()}{TOOLBOX}\n{body}", unit="04_backprop")
        messages = [check.message for check in graded.result.checks if check.exercise == "momentum_update"]
        assert any("no answer is there" in message for message in messages)
        assert not any("an answer lies in wait" in message for message in messages)

    @pytest.mark.parametrize(
        "call",
        ["f(x, x)", "f()", "f(x=x)", "f(x, secret=1)", "f.__wrapped__(x)", "f(x).none"]
        + [f"(forge('callback', 0, [{given}]), find_runner().serve())" for given in ("", "1.0, 2.0", "[[1.0]] * 9")]
        + ["(_ for _ in ()).throw(LookupError(repr(f) + f.__module__ + f.__qualname__ + str(f.__doc__)))"],
    )
    def test_names_of_checks_by_a_callback(self, grader, call):
        body = f"""
def find_runner(): return objects_of("Runner")[0]
def numerical_gradient(f, x, eps=1e-5): return {call}
"""
        graded = grader.grade(f"{grader.place.constants()}{TOOLBOX}\n{body}", unit="04_backprop")
        mine = [check for check in graded.result.checks if check.exercise == "numerical_gradient"]
        assert not any(re.search("lambda|locals|hidden|test_|positional argument", check.message) for check in mine)
        assert {str(check.outcome) for check in mine} <= {"error", "crash", "failed", "skipped"}


class TestOthers:
    """Harm to others, and to what is right beside."""

    def test_a_failure_does_not_cost_the_next_student(self, grader, monkeypatch):
        # As a unit does whose questions fill more than a batch.
        monkeypatch.setattr(rehearsal, "BATCH_BYTES", 2000)
        with grader.renewed():
            assert grader.grade(all_functions(grader.place, "")).points() == 0
            assert grader.honest().points() == 30

    def test_points_do_not_depend_on_who_was_graded_before(self, grader):
        # Poor style, but right answers: what the backward pass needs is kept in the module.
        text = """
def linear_forward(x, W, b):
    global kept
    kept = x, W
    return x @ W.T + b, None
def linear_backward(dout, cache): return dout @ kept[1], dout.T @ kept[0], dout.sum(axis=0)
"""
        with grader.renewed():
            first, second = (grader.grade(text, unit="04_backprop").by_exercise() for _ in range(2))
        assert first == second

    def test_crashes_leave_no_process_and_no_descriptor(self, grader):
        text = f"import os\n{grader.place.reference()}\ndef tanh(x): os._exit(1)\n"
        grader.honest()
        grader.grade(text)
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(3):
            assert grader.grade(text).first()[0] == "crash"
        gc.collect()
        assert grader.processes() == 2
        assert len(os.listdir("/proc/self/fd")) == before

    def test_a_file_that_the_grader_forgot_is_not_the_students_fault(self):
        with no_warnings():
            open("/dev/null")
            gc.collect()

    def test_time_that_runs_out_at_import_keeps_what_was_earned(self, grader):
        # Each crash costs an import of half a second, and there are more than a dozen.
        crashes = "".join(
            f"def {name}(*args, **kwargs): os._exit(1)\n" for name in ("maxout", "softmax", "relu", "tanh")
        )
        text = f"import os, time\ntime.sleep(0.5)\n{grader.place.reference()}\n{crashes}"
        with grader.renewed(submission_seconds=3.0):
            graded = grader.grade(text)
        assert graded.result.status == "graded"
        assert graded.outcomes() & OUT_OF_TIME
        assert graded.by_exercise()["step"] > 0

    def test_an_endless_function_costs_its_own_checks_only(self, hurried):
        hurried.honest()
        graded = hurried.grade(f"{hurried.place.reference()}\ndef tanh(x):\n    while True: pass\n")
        assert graded.points() == 29
        assert {check.exercise for check in graded.result.checks if check.outcome == "timeout"} == {"tanh"}

    def test_a_name_in_another_encoding(self, grader):
        graded = grader.grade(grader.place.reference(), os.fsdecode(b"J\xf6rg"))
        assert (graded.result.status, graded.points()) == ("graded", 30)


class TestGrader:
    """Time, memory and words of the grader itself."""

    def test_a_forged_failure_of_the_sandbox(self, grader):
        graded = grader.grade(all_functions(grader.place, "forge('unconfined', 'the kernel said no')"))
        assert graded.result.status == "not loaded"
        assert "the kernel said no" not in graded.text()

    @pytest.mark.parametrize(
        "body",
        [
            "def evil(*args, **kwargs): raise type('X' * 500_000, (Exception,), {})('y')",
            "def evil(*args, **kwargs): forge('error', ['E', 'Exception'], 'y' * 500_000, [])",
            "def evil(*args, **kwargs): forge('error', ['E', 'Exception'], 'y', [['f', 1, 'g', 'z' * 500_000]])",
            "def evil(*args, **kwargs): forge('unfit', 'y' * 500_000)",
            "def evil(*args, **kwargs): forge('unfit', [1.7e308] * 50_000)",
            "def evil(*args, **kwargs): forge('value', msgpack.ExtType(4, msgpack.packb([1, 'y' * 500_000])), [], [])",
            "forge('unloadable', 'y' * 500_000)",
        ],
        ids=["class", "text", "traceback", "unfit", "unfit-list", "label", "unloadable"],
    )
    def test_long_words(self, grader, body):
        graded = grader.grade(all_functions(grader.place, body))
        longest = max(len(check.message) + len(check.call) for check in graded.result.checks)
        assert max(longest, len(graded.result.message)) < 5_000

    def test_answers_that_nobody_wants(self, grader, peak):
        grader.honest()
        with peak:
            grader.grade(all_functions(grader.place, "def evil(*args, **kwargs): return np.zeros(1_000_000)"))
        assert peak.growth < 512 * MIB  # bounded, whatever the number of checks

    def test_answers_that_take_long_to_read(self, grader):
        body = """
LISTS = b"\\xdc\\x00\\x18" + (b"\\xdc\\x7f\\xff" + b"\\x80" * 32767) * 24
BLOCK = frame(b"\\x94\\xa5value" + LISTS + b"\\x90\\x90")
def evil(*args, **kwargs): send(BLOCK)
"""
        with grader.renewed(submission_seconds=LITTLE):
            graded = grader.grade(all_functions(grader.place, body))
            assert grader.in_time(graded)
        assert graded.outcomes() & OUT_OF_TIME  # reading is at the submission's cost

    def test_callbacks_that_take_long_to_read(self, grader):
        body = """
def numerical_gradient(f, x, eps=1e-5):
    block = frame(b"\\x93\\xa8callback\\x00\\x91\\x98" + (b"\\xdc\\x7f\\xff" + b"\\x80" * 32767) * 8)
    for _ in range(20):
        send(block)
        os.read(find_wire(), 2**20)
"""
        with grader.renewed(submission_seconds=LITTLE):
            graded = grader.grade(f"{grader.place.constants()}{TOOLBOX}\n{body}", unit="04_backprop")
            assert grader.in_time(graded)
        assert graded.outcomes() & OUT_OF_TIME

    def test_callbacks_on_arrays_that_are_too_large(self, grader, peak):
        body = "def numerical_gradient(f, x, eps=1e-5): return f(np.zeros((3_000_000, 1), np.int8))"
        with peak:
            grader.grade(f"import numpy as np\n{body}", unit="04_backprop")
        assert peak.growth < 64 * MIB

    def test_sequences_that_grow(self, grader, peak):
        body = """
class Growing:
    asked = 0
    def __len__(self):
        self.asked += 1
        return 900 if self.asked > 1 else 3
    def __getitem__(self, index): return ZEROS
ZEROS = np.zeros(1_000_000)
def linear_forward(*args, **kwargs): return 0.0, 0.0
def linear_backward(*args, **kwargs): return Growing()
"""
        with peak:
            grader.grade(f"import numpy as np\n{body}", unit="04_backprop")
        assert peak.growth < 128 * MIB  # of 7 GB that it would hand out; what a process holds differs

    def test_sequences_without_an_end(self, grader, peak):
        body = """
class Endless:
    def __len__(self): return 10**6
    def __getitem__(self, index): return ZEROS
ZEROS = np.zeros(1_000_000)
def linear_forward(*args, **kwargs): return 0.0, 0.0
def linear_backward(*args, **kwargs): return Endless()
"""
        with peak:
            grader.grade(f"import numpy as np\n{body}", unit="04_backprop")
        assert peak.growth < 128 * MIB

    @pytest.mark.parametrize(
        "reply",
        [
            "forge('missing', True)",
            "forge('callable', 1, [], [])",
            "forge('callable', 'x')",
            "send(frame(msgpack.packb([msgpack.ExtType(2, struct.pack('<BBQq', 1, 0, 0, 2)), 0, [], []]), b'xx'))",
        ],
        ids=["missing", "callable", "short", "array"],
    )
    def test_answers_of_another_form(self, grader, reply):
        graded = grader.grade(all_functions(grader.place, f"def evil(*args, **kwargs): {reply}"))
        assert graded.first() == ("crash", "the program's answer was not readable")

    @pytest.mark.parametrize(
        "value",
        [
            {str(number): MANY for number in range(10_000)},
            [MANY] * 10_000,
        ],
        ids=["dict", "list"],
    )
    def test_values_that_take_long_to_write(self, value):
        began = time.process_time()
        assert len(show(value)) <= 200
        assert time.process_time() - began < 5  # seconds; all of it would take several times that

    def test_keys_that_fill_the_message(self):
        with pytest.raises(AssertionError) as caught:
            assert_close({"x" * 900_000: 1.0}, {"dx": 1.0})
        assert len(str(caught.value)) < 5_000

    def test_a_name_that_the_terminal_cannot_show(self, grader, tmp_path):
        folder = os.fsdecode(os.fsencode(tmp_path) + b"/class/J\xf6rg")
        os.makedirs(folder)
        (Path(folder) / "activations.py").write_text(grader.place.reference())
        done = subprocess.run(
            [sys.executable, "-m", "autograder", "grade", tmp_path / "class", "--output", tmp_path / "results"]
            + ["--course", grader.place.root / "course", "--unit", "activations"],
            capture_output=True, env={**os.environ, "PYTHONIOENCODING": "utf-8:strict"}, check=False,
        )  # fmt: skip
        assert b"UnicodeEncodeError" not in done.stderr
        assert done.returncode == 0


class TestWhatLiesReady:
    """Questions of hidden checks are sent ahead. While the module is imported none may lie in its socket yet."""

    WAIT = """
import select, sys, time
READY = []
for _ in range(50):
    for number in range(3, 64):
        try:
            READY += select.select([number], [], [], 0)[0]
        except (OSError, ValueError):
            pass
    frame = sys._getframe()
    while frame is not None:  # what was read beyond the request to load this module
        channel = getattr(frame.f_locals.get("self"), "_channel", None)
        READY += [len(channel._rest)] if channel is not None and channel._rest else []
        frame = frame.f_back
    time.sleep(0.002)
def evil(*args, **kwargs):
    raise LookupError(f"ready {sorted(set(READY))}")
"""

    def test_nothing_is_sent_before_the_import_has_ended(self, grader):
        for _ in range(2):  # the checks' first questions are learnt
            assert grader.honest().points() == 30
        graded = grader.grade(all_functions(grader.place, self.WAIT))
        assert graded.first("softmax")[1].startswith("it raised LookupError: ready []")
