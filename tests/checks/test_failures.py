"""The words of a failure: our own sentences, with every pytest that pyproject.toml allows."""

import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.checks.contract import returned_names
from autograder.checks.local import run_public_tests
from autograder.checks.results import Outcome

ROOT = Path(__file__).resolve().parents[2]
OLDEST = "8.3.0"

MODULE = '''
import numpy as np


def stride(n):
    """Refuses 0."""
    return n


def stumbles(n):
    """Refuses 0, in words of no use."""
    raise ValueError("bad")


def breaks(n):
    """Refuses 0, by accident."""
    return 1 // n


def loss(x):
    """A loss.

    Returns:
        (loss, gradient): a number and an array.
    """
    return 0.5


def both(x):
    """Something.

    Returns:
        (loss, gradient): a number and an array.
    """
    return 0.5


def product(x, w):
    """A product."""
    return x @ w


def total(x, w):
    """A sum."""
    return x + w


def one(x):
    """A number."""
    return 3


def near(x):
    """A number, nearly."""
    return x * (1 + 1e-7)


def far(x):
    """A number, not at all."""
    return x + np.array([1.0, 0.0, 2.0])


def layer_forward(x):
    """Forward."""
    raise KeyError("w")


def layer_backward(dout, cache):
    """Backward."""
    return dout
'''
TESTS = """
import numpy as np
import pytest

from autograder import assert_close, assert_refuses


def exercise(name):
    return pytest.mark.exercise(name)


@exercise("stride")
def test_stride(student):
    assert_refuses(student.stride, "stride", 0)


@exercise("stride")
def test_raises(student):
    with pytest.raises(ValueError, match="stride"):
        student.stride(0)


@exercise("stumbles")
def test_stumbles(student):
    assert_refuses(student.stumbles, "stride", 0)


@exercise("stumbles")
def test_match(student):
    with pytest.raises(ValueError, match=r"\\bstride\\b"):
        student.stumbles(0)


@exercise("breaks")
def test_breaks(student):
    assert_refuses(student.breaks, "stride", 0)


@exercise("loss")
def test_loss(student):
    assert_close(student.loss(np.ones(3)), (0.5, np.ones(3)))


@exercise("both")
def test_both(student):
    loss, gradient = student.both(np.ones(3))


@exercise("product")
def test_product(student):
    assert_close(student.product(np.ones((2, 3)), np.ones((4, 3))), np.ones((2, 4)))


@exercise("total")
def test_total(student):
    student.total(np.ones((2, 3)), np.ones((4, 3)))


@exercise("one")
def test_one(student):
    assert_close(student.one(2), 5)


@exercise("one")
def test_one_plainly(student):
    assert student.one(2) == 5


@exercise("near")
def test_near(student):
    assert_close(student.near(np.ones(3)), np.ones(3))


@exercise("far")
def test_far(student):
    assert_close(student.far(np.ones(3)), np.ones(3))


@exercise("layer_backward")
def test_backward(student):
    _, cache = student.layer_forward(np.ones(2))


@exercise("one")
class TestSkipped:
    @pytest.mark.parametrize("n", [pytest.param(1, id="stride 2, kernel 3")])
    def test_the_value(self, student, n):
        assert student.one(n) == 4

    @pytest.mark.after("test_the_value")
    def test_manners(self, student):
        pass
"""
SAID = {
    "test_stride": "should raise ValueError naming stride; it returned 0",
    "test_raises": "should raise ValueError here; it returned 0",
    "test_stumbles": "should raise ValueError naming stride; its message says 'bad'",
    "test_match": "should raise an error with a message that names stride; its message says 'bad'",
    "test_breaks": "should raise ValueError naming stride; it raised ZeroDivisionError: integer division or modulo by zero",
    "test_loss": "should return (loss, gradient), but returned one number, 0.5",
    "test_both": "should return (loss, gradient), but returned one number, 0.5",
    "test_product": "it raised ValueError: the shapes do not fit\n  unit.py, line 40, in product: return x @ w\n"
    "  there x is (2, 3), w is (4, 3)",
    "test_total": "it raised ValueError: operands could not be broadcast together with shapes (2,3) (4,3) \n"
    "  unit.py, line 45, in total: return x + w\n  there x is (2, 3), w is (4, 3)",
    "test_one": "got 3, expected 5",
    "test_one_plainly": "got 3, expected 5",
    "test_near": "the result is wrong: 3 of 3 values are off; largest error 1e-07 at [0] "
    "(allowed: 1e-09 relative, 1e-12 absolute)\n  at [0]: got 1.0000001, expected 1\n  at [1]: got 1.0000001, expected 1\n"
    "  at [2]: got 1.0000001, expected 1\nLikely: the precision is low: is something computed in float32, or rounded?.",
    "test_far": "the result is wrong: 2 of 3 values are off; largest error 2 at [2]\n  at [0]: got 2, expected 1\n"
    "  at [2]: got 3, expected 1",
    "test_backward": "layer_backward could not be tried: layer_forward, which comes first, failed.\n"
    "it raised KeyError: 'w'\n  unit.py, line 65, in layer_forward: raise KeyError(\"w\")",
    "test_the_value[stride 2, kernel 3]": "got 3, expected 4",
    "test_manners": "not asked: it rests on “the value”, which did not pass",
}


@pytest.fixture
def unit(tmp_path):
    folder = tmp_path / "01_unit"
    folder.mkdir()
    (folder / "unit.py").write_text(MODULE)
    (folder / "test_unit.py").write_text(TESTS)
    return folder


def test_words(unit):
    run = run_public_tests(unit / "test_unit.py")
    said = {check.check.rpartition("::")[2]: check.message for check in run.checks}
    assert {name: said[name] for name in SAID} == SAID


def test_a_module_that_cannot_be_imported_is_told_once(unit):
    (unit / "unit.py").write_text("import numpy as np\n\n\ndef stride(n)\n    return n\n")
    run = run_public_tests(unit / "test_unit.py")
    assert run.problem.startswith("unit.py, line 4: expected ':'\n    def stride(n)\n")
    assert {(check.outcome, check.message) for check in run.checks} == {(Outcome.ERROR, "")}


def test_returned_names(unit):
    assert returned_names(unit / "unit.py", "loss") == ("loss", "gradient")
    assert returned_names(unit / "unit.py", "one") == ()
    assert returned_names(unit / "nowhere.py", "one") == ()


def test_words_with_the_oldest_pytest(tmp_path):
    """The installed pytest is the newest that pyproject.toml allows; this is the other end."""
    assert importlib.metadata.version("pytest") != OLDEST
    old = tmp_path / "old"
    got = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", old, f"pytest=={OLDEST}"],
        capture_output=True, text=True,
    )  # fmt: skip
    if got.returncode:
        pytest.skip("pytest's oldest version could not be had")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-k", "test_words and not oldest or told_once", __file__, "-p", "no:xdist"],
        cwd=ROOT, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(old)},
    )  # fmt: skip
    assert "2 passed" in done.stdout
