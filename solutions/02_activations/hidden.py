"""Hidden checks: random inputs, extremes, gradients and manners."""

import numpy as np
import pytest

from autograder import assert_close, assert_dtype, assert_inputs_unchanged, each_exercise, no_warnings

ELEMENTWISE = ["step", "sigmoid", "tanh", "lecun_tanh", "relu", "leaky_relu"]
DERIVATIVES = [f"{name}_derivative" for name in ELEMENTWISE[1:]]
KINKED = {"step", "relu", "leaky_relu", "relu_derivative", "leaky_relu_derivative"}


@each_exercise(*ELEMENTWISE, *DERIVATIVES)
def test_random_values(student, reference, rng, name):
    x = rng.normal(scale=3.0, size=(2, 5, 3))
    if name in KINKED:
        x[0, :2] = 0.0  # the convention at zero is part of the contract
    assert_close(getattr(student, name)(x), getattr(reference, name)(x))


@each_exercise(*ELEMENTWISE, *DERIVATIVES, after="test_random_values")
def test_extremes_are_finite_and_silent(student, reference, rng, name):
    x = np.concatenate([[-1e4, -750.0, -40.0, -1e-300, 1e-300, 40.0, 750.0, 1e4], rng.uniform(-1e4, 1e4, size=5)])
    with no_warnings():
        out = getattr(student, name)(x)
    # Tails count too: exp(-40) is tiny, not zero.
    assert_close(out, getattr(reference, name)(x), rtol=1e-7, atol=1e-15)


@each_exercise(*ELEMENTWISE, *DERIVATIVES, after="test_random_values")
def test_keeps_inputs_and_float32(student, reference, rng, name):
    x = rng.normal(size=(3, 8)).astype(np.float32)[:, ::2]
    out = assert_inputs_unchanged(getattr(student, name), x)
    assert_close(out, getattr(reference, name)(x))
    assert_dtype(out, "float32")


@each_exercise("leaky_relu", "leaky_relu_derivative")
def test_slope_is_used(student, reference, rng, name):
    x, slope = rng.normal(size=11), float(rng.uniform(0.1, 0.5))
    assert_close(getattr(student, name)(x, slope), getattr(reference, name)(x, slope))


@each_exercise("softmax", "log_softmax")
class TestSoftmaxFamily:
    @pytest.mark.parametrize("axis", [0, 1, -2])
    def test_every_axis(self, student, reference, rng, name, axis):
        x = rng.normal(scale=4.0, size=(3, 2, 5))
        assert_close(getattr(student, name)(x, axis=axis), getattr(reference, name)(x, axis=axis))

    def test_last_axis_by_default(self, student, reference, rng, name):
        x = rng.normal(scale=4.0, size=(4, 6))
        assert_close(getattr(student, name)(x), getattr(reference, name)(x))

    @pytest.mark.after("test_last_axis_by_default")
    def test_huge_scores(self, student, reference, rng, name):
        x = rng.normal(size=(3, 5)) + np.array([[1e4], [-1e4], [0.0]])
        x[2] *= 1e4
        with no_warnings():
            out = getattr(student, name)(x)
        assert_close(out, getattr(reference, name)(x), rtol=1e-7)

    @pytest.mark.after("test_last_axis_by_default")
    def test_keeps_inputs_and_float32(self, student, rng, name):
        out = assert_inputs_unchanged(getattr(student, name), rng.normal(size=(2, 7)).astype(np.float32))
        assert_dtype(out, "float32")

    @pytest.mark.after("test_last_axis_by_default")
    def test_no_such_axis(self, student, rng, name):
        with pytest.raises(ValueError, match="axis"):
            getattr(student, name)(rng.normal(size=(2, 3)), axis=2)


@pytest.mark.exercise("maxout")
class TestMaxout:
    @pytest.mark.parametrize("n, pieces, units", [(4, 3, 5), (1, 5, 2), (2, 4, 1)])
    def test_random_pieces(self, student, reference, rng, n, pieces, units):
        x = rng.normal(size=(n, pieces * units))
        assert_close(student.maxout(x, pieces), reference.maxout(x, pieces))

    @pytest.mark.after("test_random_pieces")
    def test_all_negative_and_unchanged(self, student, reference, rng):
        x = -1 - rng.random(size=(3, 8))
        assert_close(assert_inputs_unchanged(student.maxout, x, 2), reference.maxout(x, 2))

    @pytest.mark.after("test_random_pieces")
    @pytest.mark.parametrize("pieces", [4, 0])
    def test_pieces_must_divide(self, student, rng, pieces):
        with pytest.raises(ValueError, match="pieces"):
            student.maxout(rng.normal(size=(2, 6)), pieces)


@pytest.mark.exercise("maxout_backward")
class TestMaxoutBackward:
    @pytest.mark.parametrize("n, pieces, units", [(4, 3, 5), (1, 5, 2), (2, 4, 1)])
    def test_random_gradient(self, student, reference, rng, n, pieces, units):
        x, dout = rng.normal(size=(n, pieces * units)), rng.normal(size=(n, units))
        dx = student.maxout_backward(dout, x, pieces)
        assert_close(dx, reference.maxout_backward(dout, x, pieces), name="dx")

    @pytest.mark.after("test_random_gradient")
    def test_tie_goes_to_the_first_piece(self, student, reference, rng):
        x, dout = np.repeat(rng.normal(size=(2, 1)), 6, axis=1), rng.normal(size=(2, 3))
        dx = student.maxout_backward(dout, x, 2)
        assert_close(dx, reference.maxout_backward(dout, x, 2), name="dx")

    @pytest.mark.after("test_random_gradient")
    def test_inputs_unchanged(self, student, rng):
        assert_inputs_unchanged(student.maxout_backward, rng.normal(size=(2, 3)), rng.normal(size=(2, 6)), 2)


@pytest.mark.exercise("softmax_backward")
class TestSoftmaxBackward:
    @pytest.mark.parametrize("axis", [0, 1, -2])
    def test_random_gradient_every_axis(self, student, reference, rng, axis):
        dout, out = rng.normal(size=(4, 2, 5)), reference.softmax(rng.normal(size=(4, 2, 5)), axis=axis)
        dx = student.softmax_backward(dout, out, axis=axis)
        assert_close(dx, reference.softmax_backward(dout, out, axis=axis), name="dx")

    def test_last_axis_by_default(self, student, reference, rng):
        out, dout = reference.softmax(rng.normal(size=(3, 6))), rng.normal(size=(3, 6))
        assert_close(student.softmax_backward(dout, out), reference.softmax_backward(dout, out), name="dx")

    @pytest.mark.after("test_last_axis_by_default")
    def test_inputs_unchanged(self, student, reference, rng):
        out = reference.softmax(rng.normal(size=(2, 3)))
        assert_inputs_unchanged(student.softmax_backward, rng.normal(size=(2, 3)), out)


@pytest.mark.exercise("dead_units")
class TestDeadUnits:
    def test_random_batch(self, student, reference, rng):
        batch = rng.normal(size=(6, 9))
        batch[:, [1, 4, 8]] = -np.abs(batch[:, [1, 4, 8]])
        batch[:, 4] = 0.0
        batch[5, 8] = 0.25  # one sample is enough to be alive
        assert_close(student.dead_units(batch), reference.dead_units(batch))

    @pytest.mark.after("test_random_batch")
    def test_one_sample_and_unchanged(self, student, reference, rng):
        batch = rng.normal(size=(1, 7))
        assert_close(assert_inputs_unchanged(student.dead_units, batch), reference.dead_units(batch))
