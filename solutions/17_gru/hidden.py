"""Hidden checks: random gates and sequences of every length, gradients for all inputs, a trained network, manners."""

import numpy as np
import pytest

from autograder import (
    assert_close,
    assert_dtype,
    assert_gradients,
    assert_inputs_unchanged,
    assert_refuses,
    cast,
    no_warnings,
)
from autograder.datasets import adding_problem

# N, T, D, H: no two alike. Whoever stumbles over a single sequence or a single step keeps the points of the others.
SIZES = {"a batch": (4, 6, 3, 5), "wide": (2, 3, 70, 66), "long": (1, 70, 2, 3), "one step": (3, 1, 4, 2)}
each_size = pytest.mark.parametrize("size", SIZES)
WEIGHTS = ("w_ih", "w_hh", "b_ih", "b_hh")
STEP_GRADS = "(dx, dh, dw_ih, dw_hh, db_ih, db_hh)"
GRADS = "(dx, dh0, dw_ih, dw_hh, db_ih, db_hh)"


def layer(rng, n, t, d, h):
    """x, h0 and the weights: the hidden state matters as much as the input, and no two gates are alike."""
    w_ih, w_hh = rng.normal(scale=1.2 * d**-0.5, size=(3 * h, d)), rng.normal(scale=1.2 * h**-0.5, size=(3 * h, h))
    biases = rng.normal(scale=0.5, size=3 * h), rng.normal(scale=0.5, size=3 * h)
    return rng.normal(size=(n, t, d)), rng.normal(size=(n, h)), w_ih, w_hh, *biases


def step(rng, n, d, h):
    x, *others = layer(rng, n, 1, d, h)
    return x[:, 0], *others


def bad_shapes(function, names, arrays):
    """Each array but the first in shapes that do not fit; (1, ...) would be broadcast without complaint."""
    for place, name in enumerate(names, 1):
        right = arrays[place]
        for wrong in (right[:1], right[:, :-1] if name.startswith("w_") else np.concatenate([right, right])):
            if name != "w_ih" or wrong.shape[0] == right.shape[0]:  # the rows of w_ih say what H is
                assert_refuses(function, name, *arrays[:place], wrong, *arrays[place + 1 :])


def saturating(rng):
    """Arguments of gru_gates whose sums are in the tens of thousands."""
    x, h, w_ih, w_hh, b_ih, b_hh = step(rng, 3, 4, 2)
    return 1e4 * x, h, w_ih, w_hh, 1e4 * b_ih, 1e4 * b_hh


def assert_shapes(actual, like, name):
    """Whatever the values are, as long as they are finite: before a check computes with them."""
    assert_close(actual, like, atol=np.inf, name=name)


@pytest.mark.exercise("gru_gates")
class TestGates:
    @pytest.mark.parametrize("n", [4, 1])
    def test_random_values(self, student, reference, rng, n):
        inputs = step(rng, n, 3, 5)
        assert_close(student.gru_gates(*inputs), reference.gru_gates(*inputs), name="(r, z, n)")

    def test_a_thousand_inputs(self, student, reference, rng):
        inputs = step(rng, 2, 1030, 66)
        assert_close(student.gru_gates(*inputs), reference.gru_gates(*inputs), name="(r, z, n)")

    @pytest.mark.rests_on("test_random_values")  # at 0 and 1 many a formula agrees
    def test_gates_wide_open_and_shut(self, student, reference, rng):
        inputs = saturating(rng)
        assert_close(student.gru_gates(*inputs), reference.gru_gates(*inputs), atol=1e-12, name="(r, z, n)")

    @pytest.mark.after("test_gates_wide_open_and_shut")
    def test_gates_wide_open_and_shut_are_silent(self, student, rng):
        with no_warnings():
            student.gru_gates(*saturating(rng))

    @pytest.mark.after("test_random_values")
    def test_keeps_inputs_and_float32(self, student, reference, rng):
        inputs = cast(step(rng, 3, 4, 2), np.float32)
        gates = assert_inputs_unchanged(student.gru_gates, *inputs)
        assert_close(gates, reference.gru_gates(*inputs), name="(r, z, n)")
        for each in gates:
            assert_dtype(each, "float32")

    @pytest.mark.after("test_random_values")
    def test_shapes_must_fit(self, student, rng):
        bad_shapes(student.gru_gates, ("h", *WEIGHTS), step(rng, 4, 3, 2))


@pytest.mark.exercise("gru_step_forward")
class TestStepForward:
    @pytest.mark.parametrize("n, d, h", [(4, 3, 5), (1, 3, 5), (2, 70, 66)])
    def test_random_values(self, student, reference, rng, n, d, h):
        inputs = step(rng, n, d, h)
        assert_close(student.gru_step_forward(*inputs)[0], reference.gru_step_forward(*inputs)[0], name="h_next")

    def test_a_large_state_is_not_squashed(self, student, reference, rng):
        x, h, *params = step(rng, 4, 3, 5)
        h_next, _ = student.gru_step_forward(x, 1e4 * h, *params)
        assert_close(h_next, reference.gru_step_forward(x, 1e4 * h, *params)[0], atol=1e-9, name="h_next")

    @pytest.mark.after("test_random_values")
    def test_keeps_inputs_and_float32(self, student, reference, rng):
        inputs = cast(step(rng, 3, 4, 2), np.float32)
        h_next, _ = assert_inputs_unchanged(student.gru_step_forward, *inputs)
        assert_close(h_next, reference.gru_step_forward(*inputs)[0], name="h_next")
        assert_dtype(h_next, "float32")

    @pytest.mark.after("test_random_values")
    def test_shapes_must_fit(self, student, rng):
        bad_shapes(student.gru_step_forward, ("h", *WEIGHTS), step(rng, 4, 3, 2))


@pytest.mark.exercise("gru_step_backward")
class TestStepBackward:
    @pytest.mark.parametrize("n, d, h", [(4, 3, 5), (1, 3, 5), (2, 70, 66)])
    def test_gradients(self, student, reference, rng, n, d, h):
        inputs, dh_next = step(rng, n, d, h), rng.normal(size=(n, h))
        grads = student.gru_step_backward(dh_next, student.gru_step_forward(*inputs)[1])
        expected = reference.gru_step_backward(dh_next, reference.gru_step_forward(*inputs)[1])
        assert_close(grads, expected, name=STEP_GRADS)

    def test_central_differences(self, student, reference, rng):
        inputs = dict(zip(("x", "h", *WEIGHTS), step(rng, 3, 4, 2), strict=True))
        dh_next = rng.normal(size=(3, 2))
        grads = student.gru_step_backward(dh_next, student.gru_step_forward(**inputs)[1])
        assert_gradients(lambda **at: reference.gru_step_forward(**at)[0], inputs, dh_next, grads, rng, directions=2)

    @pytest.mark.after("test_gradients")
    def test_keeps_upstream_and_float32(self, student, reference, rng):
        inputs, dh_next = cast(step(rng, 3, 4, 2), np.float32), rng.normal(size=(3, 2)).astype(np.float32)
        cache = student.gru_step_forward(*inputs)[1]
        grads = assert_inputs_unchanged(lambda dh: student.gru_step_backward(dh, cache), dh_next)
        expected = reference.gru_step_backward(dh_next, reference.gru_step_forward(*inputs)[1])
        assert_close(grads, expected, name=STEP_GRADS)
        for each in grads:
            assert_dtype(each, "float32")


@pytest.mark.exercise("gru_forward")
class TestForward:
    @each_size
    def test_values(self, student, reference, rng, size):
        inputs = layer(rng, *SIZES[size])
        assert_close(student.gru_forward(*inputs)[0], reference.gru_forward(*inputs)[0], name="hs")

    @pytest.mark.rests_on("test_values")  # whoever gives h0 back passes
    def test_update_gate_at_one_keeps_the_state(self, student, rng):
        x, h0, w_ih, w_hh, b_ih, b_hh = layer(rng, 2, 30, 3, 4)
        b_ih += np.repeat([0.0, 60.0, 0.0], 4)
        hs, _ = student.gru_forward(x, h0, w_ih, w_hh, b_ih, b_hh)
        assert_shapes(hs, np.zeros((2, 30, 4)), name="hs")
        assert_close(hs[:, -1], h0, name="hs[:, -1], after 30 steps in which everything is kept")

    @pytest.mark.after("test_values")
    def test_words_as_read_only_integers(self, student, reference, rng):
        _, *others = layer(rng, 2, 5, 4, 3)
        one_hot = np.eye(4, dtype=int)[rng.integers(4, size=(2, 5))]
        one_hot.flags.writeable = False
        hs, _ = student.gru_forward(one_hot, *others)
        assert_close(hs, reference.gru_forward(one_hot, *others)[0], name="hs")

    @pytest.mark.after("test_values")
    def test_keeps_inputs_and_float32(self, student, reference, rng):
        x, *others = cast(layer(rng, 3, 8, 2, 5), np.float32)
        hs, _ = assert_inputs_unchanged(student.gru_forward, x[:, ::2], *others)
        assert_close(hs, reference.gru_forward(x[:, ::2], *others)[0], name="hs")
        assert_dtype(hs, "float32")

    @pytest.mark.after("test_values")
    def test_shapes_must_fit(self, student, rng):
        bad_shapes(student.gru_forward, ("h0", *WEIGHTS), layer(rng, 4, 5, 3, 2))


@pytest.mark.exercise("gru_backward")
class TestBackward:
    @each_size
    def test_gradients(self, student, reference, rng, size):
        inputs = layer(rng, *SIZES[size])
        hs, cache = reference.gru_forward(*inputs)
        dhs = rng.normal(size=hs.shape)
        grads = student.gru_backward(dhs, student.gru_forward(*inputs)[1])
        assert_close(grads, reference.gru_backward(dhs, cache), name=GRADS)

    def test_central_differences(self, student, reference, rng):
        inputs = dict(zip(("x", "h0", *WEIGHTS), layer(rng, 2, 5, 4, 3), strict=True))
        dhs = rng.normal(size=(2, 5, 3))
        grads = student.gru_backward(dhs, student.gru_forward(**inputs)[1])
        assert_gradients(lambda **at: reference.gru_forward(**at)[0], inputs, dhs, grads, rng, directions=2)

    @pytest.mark.after("test_gradients")
    def test_keeps_upstream_and_float32(self, student, reference, rng):
        inputs, dhs = cast(layer(rng, 2, 4, 3, 5), np.float32), rng.normal(size=(2, 8, 5)).astype(np.float32)[:, ::2]
        cache = student.gru_forward(*inputs)[1]
        grads = assert_inputs_unchanged(lambda dhs: student.gru_backward(dhs, cache), dhs)
        assert_close(grads, reference.gru_backward(dhs, reference.gru_forward(*inputs)[1]), name=GRADS)
        for each in grads:
            assert_dtype(each, "float32")

    @pytest.mark.after("test_gradients")
    def test_two_layers_keep_apart(self, student, reference, rng):
        both = [layer(rng, 2, 3, 4, 5), layer(rng, 3, 2, 5, 4)]
        caches = [student.gru_forward(*inputs)[1] for inputs in both]
        for inputs, cache in zip(both, caches, strict=True):
            hs, own = reference.gru_forward(*inputs)
            dhs = rng.normal(size=hs.shape)
            assert_close(student.gru_backward(dhs, cache), reference.gru_backward(dhs, own), name=GRADS)

    @pytest.mark.weight(2)
    @pytest.mark.rests_on("test_gradients")
    def test_learns_the_adding_problem(self, student, reference):
        """Always answering 1 errs by 1/6, knowing only the second number by 1/12: below that one must remember."""
        rng, n, steps, hidden = np.random.default_rng(58), 20, 4, 8  # the same for everyone, in every run
        shapes = (3 * hidden, 2), (3 * hidden, hidden), 3 * hidden, 3 * hidden, hidden, 1
        params = [rng.uniform(-1, 1, size=shape) * hidden**-0.5 for shape in shapes]
        moments = [(np.zeros_like(param), np.zeros_like(param)) for param in params]

        def states(module, x):
            hs, cache = module.gru_forward(x, np.zeros((len(x), hidden)), *params[:4])
            assert_shapes(hs, np.zeros((len(x), steps, hidden)), name="hs")
            return hs, cache

        for k in range(1, 26):
            x, target = adding_problem(n, steps, rng)
            hs, cache = states(student, x)
            if k == 1:  # later rounds drift apart with the rounding errors
                assert_close(hs, states(reference, x)[0], name="hs in the first round")
            d = 2 * (hs[:, -1] @ params[4] + params[5] - target) / n
            dhs = np.zeros_like(hs)
            dhs[:, -1] = np.outer(d, params[4])
            grads = student.gru_backward(dhs, cache)
            assert_shapes(grads, [x, dhs[:, 0], *params[:4]], name=GRADS)
            grads = [*grads][2:]
            grads += [hs[:, -1].T @ d, d.sum(keepdims=True)]
            shrink = min(1.0, 1 / np.sqrt(sum(np.sum(grad**2) for grad in grads)))
            for param, grad, (m, v) in zip(params, grads, moments, strict=True):  # Adam
                m += 0.1 * (shrink * grad - m)
                v += 0.001 * ((shrink * grad) ** 2 - v)
                param -= 0.15 * m / (1 - 0.9**k) / (np.sqrt(v / (1 - 0.999**k)) + 1e-8)
        x, target = adding_problem(200, steps, rng)
        error = float(np.mean((states(student, x)[0][:, -1] @ params[4] + params[5] - target) ** 2))
        assert error < 0.03, f"new sequences after 25 rounds: a mean squared error of {error:.3f}, 0.03 expected"
