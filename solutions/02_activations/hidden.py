"""Hidden checks: random inputs, extremes, gradients and manners."""

import numpy as np
import pytest

from autograder import (
    assert_close,
    assert_dtype,
    assert_inputs_unchanged,
    assert_refuses,
    each_exercise,
    no_warnings,
)

ELEMENTWISE = ["step", "sigmoid", "tanh", "lecun_tanh", "relu", "leaky_relu"]
DERIVATIVES = [f"{name}_derivative" for name in ELEMENTWISE[1:]]
KINKED = ["step", "relu", "leaky_relu", "relu_derivative", "leaky_relu_derivative"]
WHOLE = ["step", "relu", "relu_derivative"]  # of integers these are integers


@each_exercise(*ELEMENTWISE, *DERIVATIVES)
def test_random_values(student, reference, rng, name):
    x = rng.normal(scale=3.0, size=(2, 5, 3))
    assert_close(getattr(student, name)(x), getattr(reference, name)(x))


@each_exercise(*KINKED)
def test_convention_at_zero(student, reference, rng, name):
    x = np.stack([rng.normal(size=4), np.zeros(4)])
    assert_close(getattr(student, name)(x), getattr(reference, name)(x))


@each_exercise(*ELEMENTWISE, *DERIVATIVES)
def test_any_shape(student, reference, rng, name):
    for shape in ((), (1,), (70, 1, 2), (1100,)):
        x = np.asarray(rng.normal(size=shape))
        assert_close(getattr(student, name)(x), np.asarray(getattr(reference, name)(x)))


def extremes(rng):
    fixed = [-1e4, -750.0, -40.0, -1e-300, 1e-300, 40.0, 750.0, 1e4]
    return rng.permutation([*fixed, *rng.uniform(-1e4, 1e4, size=5)])  # a place tells nothing of what lies there


@each_exercise(*ELEMENTWISE, *DERIVATIVES)
def test_extremes(student, reference, rng, name):
    x = extremes(rng)
    # Tails count too: exp(-40) is tiny, not zero.
    assert_close(getattr(student, name)(x), getattr(reference, name)(x), rtol=1e-7, atol=1e-15)


@each_exercise(*ELEMENTWISE, *DERIVATIVES, after="test_extremes")
def test_extremes_are_silent(student, reference, rng, name):
    x = extremes(rng)
    with no_warnings():
        out = getattr(student, name)(x)
    assert_close(out, getattr(reference, name)(x), rtol=1e-7, atol=1e-15)


@each_exercise(*ELEMENTWISE, *DERIVATIVES, after="test_random_values")
def test_keeps_inputs_and_float32(student, reference, rng, name):
    x = rng.normal(size=(3, 8)).astype(np.float32)[:, ::2]
    out = assert_inputs_unchanged(getattr(student, name), x)
    assert_close(out, getattr(reference, name)(x))
    assert_dtype(out, "float32")


@each_exercise(*ELEMENTWISE, *DERIVATIVES, after="test_random_values")
def test_integers(student, reference, name):
    x = np.arange(-3, 4)
    assert_close(getattr(student, name)(x), getattr(reference, name)(x if name in WHOLE else x.astype(float)))


@each_exercise("leaky_relu", "leaky_relu_derivative")
def test_slope_is_used(student, reference, rng, name):
    x, slope = rng.normal(size=11), float(rng.uniform(0.1, 0.5))
    assert_close(getattr(student, name)(x, slope), getattr(reference, name)(x, slope))


@each_exercise("softmax", "log_softmax")
class TestSoftmaxFamily:
    @pytest.mark.weight(2)
    def test_last_axis_by_default(self, student, reference, rng, name):
        x = rng.normal(scale=4.0, size=(4, 6))
        assert_close(getattr(student, name)(x), getattr(reference, name)(x))

    @pytest.mark.parametrize("n, classes", [(1, 70), (2, 1100)])
    def test_many_classes(self, student, reference, rng, name, n, classes):
        x = rng.normal(scale=4.0, size=(n, classes))
        assert_close(getattr(student, name)(x), getattr(reference, name)(x))

    def test_huge_scores(self, student, reference, rng, name):
        x = huge_scores(rng)
        assert_close(getattr(student, name)(x), getattr(reference, name)(x), rtol=1e-7)

    def test_a_single_vector(self, student, reference, rng, name):
        x = rng.normal(scale=4.0, size=7)
        assert_close(getattr(student, name)(x), getattr(reference, name)(x))

    @pytest.mark.parametrize("axis", [0, -2])
    def test_another_axis(self, student, reference, rng, name, axis):
        x = rng.normal(scale=4.0, size=(3, 2, 5))
        assert_close(getattr(student, name)(x, axis=axis), getattr(reference, name)(x, axis=axis))

    @pytest.mark.after("test_huge_scores")
    def test_huge_scores_are_silent(self, student, reference, rng, name):
        x = huge_scores(rng)
        with no_warnings():
            out = getattr(student, name)(x)
        assert_close(out, getattr(reference, name)(x), rtol=1e-7)

    @pytest.mark.after("test_last_axis_by_default")
    def test_keeps_inputs_and_float32(self, student, rng, name):
        out = assert_inputs_unchanged(getattr(student, name), rng.normal(size=(2, 7)).astype(np.float32))
        assert_dtype(out, "float32")

    @pytest.mark.after("test_last_axis_by_default")
    def test_integers(self, student, reference, rng, name):
        x = rng.integers(-4, 5, size=(3, 5))
        assert_close(getattr(student, name)(x), getattr(reference, name)(x.astype(float)))

    @pytest.mark.after("test_last_axis_by_default")
    def test_no_such_axis(self, student, rng, name):
        assert_refuses(getattr(student, name), "axis", rng.normal(size=(2, 3)), axis=2)


def huge_scores(rng):
    x = rng.normal(size=(3, 5)) + np.array([[1e4], [-1e4], [0.0]])
    x[2] *= 1e4
    return x


PIECES = [(4, 2, 5), (1, 2, 4), (3, 2, 1100), (3, 5, 4), (2, 70, 3)]  # N, pieces, D; two pieces first


@pytest.mark.exercise("maxout")
class TestMaxout:
    @pytest.mark.parametrize("n, pieces, units", PIECES)
    def test_random_pieces(self, student, reference, rng, n, pieces, units):
        x = rng.normal(size=(n, pieces * units))
        assert_close(student.maxout(x, pieces), reference.maxout(x, pieces))

    @pytest.mark.weight(2)
    def test_all_negative(self, student, reference, rng):
        x = -1 - rng.random(size=(3, 8))
        assert_close(student.maxout(x, 2), reference.maxout(x, 2))

    @pytest.mark.rests_on("test_random_pieces")
    def test_a_single_piece(self, student, rng):
        x = rng.normal(size=(3, 4))
        assert_close(student.maxout(x, 1), x)

    @pytest.mark.after("test_random_pieces")
    def test_keeps_inputs_and_float32(self, student, rng):
        out = assert_inputs_unchanged(student.maxout, rng.normal(size=(3, 8)).astype(np.float32), 2)
        assert_dtype(out, "float32")

    @pytest.mark.after("test_random_pieces")
    @pytest.mark.parametrize("pieces", [4, 0])
    def test_pieces_must_divide(self, student, rng, pieces):
        assert_refuses(student.maxout, "pieces", rng.normal(size=(2, 6)), pieces)


@pytest.mark.exercise("maxout_backward")
class TestMaxoutBackward:
    @pytest.mark.parametrize("n, pieces, units", PIECES)
    def test_random_gradient(self, student, reference, rng, n, pieces, units):
        x, dout = rng.normal(size=(n, pieces * units)), rng.normal(size=(n, units))
        dx = student.maxout_backward(dout, x, pieces)
        assert_close(dx, reference.maxout_backward(dout, x, pieces), name="dx")

    def test_tie_goes_to_the_first_piece(self, student, reference, rng):
        x, dout = np.repeat(rng.normal(size=(2, 1)), 6, axis=1), rng.normal(size=(2, 3))
        x[:, 3] += 1.0  # the first unit has a winner, the others tie
        dx = student.maxout_backward(dout, x, 2)
        assert_close(dx, reference.maxout_backward(dout, x, 2), name="dx")

    @pytest.mark.after("test_random_gradient")
    def test_keeps_inputs_and_float32(self, student, rng):
        dout, x = rng.normal(size=(2, 3)).astype(np.float32), rng.normal(size=(2, 6)).astype(np.float32)
        assert_dtype(assert_inputs_unchanged(student.maxout_backward, dout, x, 2), "float32", name="dx")


@pytest.mark.exercise("softmax_backward")
class TestSoftmaxBackward:
    @pytest.mark.weight(2)
    def test_last_axis_by_default(self, student, reference, rng):
        out, dout = reference.softmax(rng.normal(size=(3, 6))), rng.normal(size=(3, 6))
        assert_close(student.softmax_backward(dout, out), reference.softmax_backward(dout, out), name="dx")

    @pytest.mark.parametrize("n, classes", [(1, 70), (2, 1100)])
    def test_many_classes(self, student, reference, rng, n, classes):
        out, dout = reference.softmax(rng.normal(size=(n, classes))), rng.normal(size=(n, classes))
        assert_close(student.softmax_backward(dout, out), reference.softmax_backward(dout, out), name="dx")

    def test_a_single_vector(self, student, reference, rng):
        out, dout = reference.softmax(rng.normal(size=5)), rng.normal(size=5)
        assert_close(student.softmax_backward(dout, out), reference.softmax_backward(dout, out), name="dx")

    @pytest.mark.parametrize("axis", [0, -2])
    def test_another_axis(self, student, reference, rng, axis):
        dout, out = rng.normal(size=(4, 2, 5)), reference.softmax(rng.normal(size=(4, 2, 5)), axis=axis)
        dx = student.softmax_backward(dout, out, axis=axis)
        assert_close(dx, reference.softmax_backward(dout, out, axis=axis), name="dx")

    @pytest.mark.after("test_last_axis_by_default")
    def test_keeps_inputs_and_float32(self, student, reference, rng):
        dout, x = rng.normal(size=(2, 2, 3)).astype(np.float32)
        dx = assert_inputs_unchanged(student.softmax_backward, dout, reference.softmax(x))
        assert_dtype(dx, "float32", name="dx")


@pytest.mark.exercise("dead_units")
class TestDeadUnits:
    @pytest.mark.parametrize("n, units", [(6, 9), (3, 1100), (1200, 70)])
    def test_random_batch(self, student, reference, rng, n, units):
        batch = rng.normal(size=(n, units))
        batch[:, [1, 4, 8]] = -np.abs(batch[:, [1, 4, 8]])
        batch[n - 1, 8] = 0.25  # one sample is enough to be alive
        assert_close(student.dead_units(batch), reference.dead_units(batch))

    def test_zero_does_not_fire(self, student, reference, rng):
        batch = -rng.random(size=(4, 6))
        batch[:, 2], batch[1, 4], batch[2, 5] = 0.0, 0.0, 0.5
        assert_close(student.dead_units(batch), reference.dead_units(batch))

    def test_one_sample(self, student, reference, rng):
        batch = rng.permutation([[-1.0, 2.0, 0.5, -0.25, -3.0, 1.5, 0.25]], axis=1)
        assert_close(student.dead_units(batch), reference.dead_units(batch))

    @pytest.mark.after("test_random_batch")
    def test_inputs_unchanged(self, student, rng):
        assert_inputs_unchanged(student.dead_units, rng.normal(size=(5, 7)))
