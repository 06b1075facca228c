"""assert_close and assert_gradients: what they accept, what they refuse, and what they say."""

import numpy as np
import pytest

from autograder import Mismatch, assert_close, assert_gradients, assert_inputs_unchanged, no_warnings
from autograder.checks.comparison import likely_reason
from autograder.checks.shown import show
from autograder.sandbox.proxy import Handle


def says(*parts):
    """A context that requires a Mismatch whose message holds every part."""

    class Check:
        def __enter__(self):
            self.raises = pytest.raises(Mismatch)
            self.info = self.raises.__enter__()

        def __exit__(self, *error):
            done = self.raises.__exit__(*error)
            for part in parts:
                assert part in str(self.info.value)
            return done

    return Check()


class EqualsEverything:
    def __eq__(self, other):
        return True

    def __array__(self, *args, **kwargs):
        return np.ones((2, 3))


class Sub(np.ndarray):
    def __sub__(self, other):
        return np.zeros(self.shape)


EXPECTED = np.arange(6.0).reshape(2, 3) + 1


@pytest.mark.parametrize(
    "actual, expected",
    [
        (EXPECTED.copy(), EXPECTED),
        (EXPECTED * (1 + 1e-12), EXPECTED),
        (np.asfortranarray(EXPECTED), EXPECTED),
        (0.5, np.float64(0.5)),
        (np.float64(0.5), 0.5),
        (np.array(0.5), 0.5),
        (1, 1.0),
        (3, 3),
        (np.int32(3), 3),
        ([1.0, EXPECTED], (1.0, EXPECTED)),
        ({"w": EXPECTED}, {"w": EXPECTED}),
        (np.array([np.nan, np.inf]), np.array([np.nan, np.inf])),
        (np.array([], dtype=float), np.array([], dtype=float)),
        (None, None),
        ("relu", "relu"),
    ],
)
def test_equal_values_pass(actual, expected):
    assert_close(actual, expected)


@pytest.mark.parametrize(
    "actual, expected, part",
    [
        (EqualsEverything(), EXPECTED, "is a EqualsEverything"),
        (EXPECTED.view(Sub), EXPECTED, "is a Sub"),
        (np.ma.masked_all((2, 3)), EXPECTED, "is a MaskedArray"),
        (EXPECTED.tolist(), EXPECTED, "an array of shape (2, 3), but is a list of 2 values"),
        (None, EXPECTED, "None (is a return missing?)"),
        (EXPECTED.astype(object), EXPECTED, "dtype is object"),
        (EXPECTED.astype(int), EXPECTED, "should hold floats"),
        (EXPECTED > 2, EXPECTED, "holds booleans"),
        (EXPECTED.T, EXPECTED, "another order"),
        (EXPECTED[:, None], EXPECTED, "axis of length 1"),
        (EXPECTED, 1.0, "sum or mean forgotten"),
        (np.array([0, 1]), np.array([False, True]), "should hold booleans"),
        (True, 1, "should hold integers"),
        ((1.0,), (1.0, 2.0), "should be 2 values, but is a tuple of 1 value"),
        (1.0, (1.0, 2.0), "should be 2 values, but is one number, 1"),
        ({}, {"w": 1.0}, "lacks the key 'w'"),
        ({"w": 1.0, "x": 1}, {"w": 1.0}, "should not be there"),
        (np.where(EXPECTED > 5, np.nan, EXPECTED), EXPECTED, "holds NaN in 1 of 6"),
        (np.where(EXPECTED > 5, np.inf, EXPECTED), EXPECTED, "infinity"),
        (EXPECTED + np.eye(2, 3), EXPECTED, "2 of 6 values are off"),
        (EXPECTED.astype(np.float32) / 3, EXPECTED / 3, "precision is low"),
        ("tanh", "relu", "got 'tanh', expected 'relu'"),
    ],
)
def test_wrong_values_are_refused_with_a_reason(actual, expected, part):
    with says(part):
        assert_close(actual, expected)


def test_message_tells_where_and_how_much():
    actual = EXPECTED.copy()
    actual[1, 2] = 6.5
    with says("dx is wrong: 1 of 6", "largest error 0.5 at [1, 2]", "at [1, 2]: got 6.5, expected 6"):
        assert_close(actual, EXPECTED, name="dx")


def test_a_handle_never_equals_anything():
    handle = Handle(None, 1, "Thing")
    with says("an object of type Thing"):
        assert_close(handle, EXPECTED)


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda x: -x, "sign is flipped"),
        (lambda x: 2.5 * x, "every value is 2.5 times what it should be"),
        (lambda x: 4 * x, "length of axis 0: a sum in place of a mean"),
        (lambda x: x / 4, "1 / the length of axis 0: a mean in place of a sum"),
        (lambda x: x + 3, "off by the same 3"),
        (lambda x: x[::-1], "order along axis 0 is reversed"),
        (lambda x: x[:, ::-1], "order along axis 1 is reversed"),
        (lambda x: x.T, "axes are swapped"),
        (lambda x: 0 * x, "every value is zero"),
    ],
)
def test_simple_patterns_are_named(change, words):
    expected = np.random.default_rng(0).normal(size=(4, 4))
    assert words in likely_reason(change(expected), expected)


def test_no_pattern_is_claimed_where_none_fits():
    rng = np.random.default_rng(1)
    assert likely_reason(rng.normal(size=(3, 5)), rng.normal(size=(3, 5))) is None


def test_inputs_changed_in_place_are_noticed():
    def doubles(x):
        x *= 2
        return x

    with says("argument 1 was changed"):
        assert_inputs_unchanged(lambda x: doubles(x.value), np.ones(3))


def test_warnings_are_failures():
    with says("NumPy warned: divide by zero"), no_warnings():
        np.ones(2) / np.zeros(2)


def test_show_keeps_to_one_short_line():
    assert show(np.arange(3.0)) == "[0., 1., 2.]"
    assert show(np.zeros((4, 5))) == "array of shape (4, 5)"
    assert show([1, (2.0,)]) == "[1, (2.0,)]"
    assert len(show("x" * 1000)) <= 200


def linear(x, w):
    return x @ w.T


@pytest.mark.parametrize(
    "wrong, part",
    [
        (lambda dx, dw: (dx, dw), None),
        (lambda dx, dw: (-dx, dw), "the gradient for x"),
        (lambda dx, dw: (dx, 2 * dw), "2 times what it should be"),
        (lambda dx, dw: (dx, dw + 1e-3), "the gradient for w"),
        (lambda dx, dw: (dx, dw.T), "has shape (3, 5), expected (5, 3)"),
        (lambda dx, dw: (dx,), "expected 2 gradients, for x, w"),
        (lambda dx, dw: (dx, np.full_like(dw, np.nan)), "NaN"),
    ],
)
def test_gradients_are_checked_by_name(wrong, part):
    rng = np.random.default_rng(2)
    x, w, dout = rng.normal(size=(4, 3)), rng.normal(size=(5, 3)), rng.normal(size=(4, 5))
    given = wrong(dout @ w, dout.T @ x)
    if part is None:
        assert_gradients(linear, {"x": x, "w": w}, dout, given, rng)
    else:
        with says(part):
            assert_gradients(linear, {"x": x, "w": w}, dout, given, rng)
