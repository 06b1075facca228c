"""Hidden checks: random gates and sequences of every length, gradients for both states, a trained network, manners."""

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
STEP_GRADS = "(dx, dh, dc, dw_ih, dw_hh, db_ih, db_hh)"
GRADS = "(dx, dh0, dc0, dw_ih, dw_hh, db_ih, db_hh)"


def weights(rng, d, h):
    """w_ih, w_hh, b_ih, b_hh: the hidden state matters as much as the input, and no two gates are alike."""
    w_ih, w_hh = rng.normal(scale=1.2 * d**-0.5, size=(4 * h, d)), rng.normal(scale=1.2 * h**-0.5, size=(4 * h, h))
    return w_ih, w_hh, rng.normal(scale=0.5, size=4 * h), rng.normal(scale=0.5, size=4 * h)


def layer(rng, n, t, d, h):
    """x, h0, c0 and the weights."""
    states = rng.normal(scale=0.7, size=(n, h)), rng.normal(size=(n, h))
    return rng.normal(size=(n, t, d)), *states, *weights(rng, d, h)


def from_an_empty_cell(rng, n, t, d, h):
    x, h0, c0, *params = layer(rng, n, t, d, h)
    return x, h0, 0 * c0, *params


def step(rng, n, d, h):
    x, *others = layer(rng, n, 1, d, h)
    return x[:, 0], *others


def gate_inputs(rng, n, d, h):
    x, state, _, *params = step(rng, n, d, h)
    return x, state, *params


def upstream(rng, *outputs):
    return [rng.normal(size=out.shape) for out in outputs]


def assert_shapes(actual, like, name):
    """Whatever the values are, as long as they are finite: before a check computes with them."""
    assert_close(actual, like, atol=np.inf, name=name)


def bad_shapes(function, names, arrays):
    """Each array but the first in shapes that do not fit; (1, ...) would be broadcast without complaint."""
    for place, name in enumerate(names, 1):
        right = arrays[place]
        for wrong in (right[:1], right[:, :-1] if name.startswith("w_") else np.concatenate([right, right])):
            if name != "w_ih" or wrong.shape[0] == right.shape[0]:  # the rows of w_ih say what H is
                assert_refuses(function, name, *arrays[:place], wrong, *arrays[place + 1 :])


def saturating(rng):
    """Arguments of lstm_gates whose sums are in the tens of thousands."""
    x, h, w_ih, w_hh, b_ih, b_hh = gate_inputs(rng, 3, 4, 2)
    return 1e4 * x, h, w_ih, w_hh, 1e4 * b_ih, 1e4 * b_hh


@pytest.mark.exercise("lstm_gates")
class TestGates:
    @pytest.mark.parametrize("n", [4, 1])
    def test_random_values(self, student, reference, rng, n):
        inputs = gate_inputs(rng, n, 3, 5)
        assert_close(student.lstm_gates(*inputs), reference.lstm_gates(*inputs), name="(i, f, g, o)")

    def test_a_thousand_inputs(self, student, reference, rng):
        inputs = gate_inputs(rng, 2, 1030, 66)
        assert_close(student.lstm_gates(*inputs), reference.lstm_gates(*inputs), name="(i, f, g, o)")

    def test_gates_wide_open_and_shut(self, student, reference, rng):
        inputs = saturating(rng)
        assert_close(student.lstm_gates(*inputs), reference.lstm_gates(*inputs), atol=1e-12, name="(i, f, g, o)")

    @pytest.mark.after("test_gates_wide_open_and_shut")
    def test_gates_wide_open_and_shut_are_silent(self, student, rng):
        with no_warnings():
            student.lstm_gates(*saturating(rng))

    @pytest.mark.after("test_random_values")
    def test_keeps_inputs_and_float32(self, student, reference, rng):
        inputs = cast(gate_inputs(rng, 3, 4, 2), np.float32)
        gates = assert_inputs_unchanged(student.lstm_gates, *inputs)
        assert_close(gates, reference.lstm_gates(*inputs), name="(i, f, g, o)")
        for each in gates:
            assert_dtype(each, "float32")

    @pytest.mark.after("test_random_values")
    def test_shapes_must_fit(self, student, rng):
        bad_shapes(student.lstm_gates, ("h", *WEIGHTS), gate_inputs(rng, 4, 3, 2))


@pytest.mark.exercise("set_forget_bias")
class TestForgetBias:
    @pytest.mark.parametrize("hidden", [3, 1, 257])
    def test_sum_in_the_block_of_f(self, student, rng, hidden):
        before, value = rng.normal(size=(2, 4 * hidden)), float(rng.uniform(1, 3))
        b_ih, b_hh = student.set_forget_bias(*before, value)
        wanted = before.sum(axis=0)
        wanted[hidden : 2 * hidden] = value
        assert_shapes([b_ih, b_hh], [*before], name="(b_ih, b_hh)")
        assert_close(b_ih + b_hh, wanted, name="b_ih + b_hh")
        others = np.r_[:hidden, 2 * hidden : 4 * hidden]
        assert_close([b_ih[others], b_hh[others]], [*before[:, others]], name="the other gates of (b_ih, b_hh)")

    @pytest.mark.after("test_sum_in_the_block_of_f")
    def test_keeps_inputs_and_float32(self, student, rng):
        b_ih, b_hh = cast(rng.normal(size=(2, 8)), np.float32)
        new_ih, new_hh = assert_inputs_unchanged(student.set_forget_bias, b_ih, b_hh, -1.5)
        assert_shapes([new_ih, new_hh], [b_ih, b_hh], name="(b_ih, b_hh)")
        assert_close((new_ih + new_hh)[2:4], np.full(2, -1.5, dtype=np.float32), name="b_ih + b_hh, gate f")
        for each in (new_ih, new_hh):
            assert_dtype(each, "float32")

    @pytest.mark.after("test_sum_in_the_block_of_f")
    def test_shapes_must_fit(self, student, rng):
        b = rng.normal(size=8)
        assert_refuses(student.set_forget_bias, "b_ih", b[:7], b[:7], 1.0)
        assert_refuses(student.set_forget_bias, "b_ih", b.reshape(4, 2), b.reshape(4, 2), 1.0)
        assert_refuses(student.set_forget_bias, "b_hh", b, b[:4], 1.0)


@pytest.mark.exercise("lstm_step_forward")
class TestStepForward:
    @pytest.mark.parametrize("n, d, h", [(4, 3, 5), (1, 3, 5), (2, 70, 66)])
    def test_random_values(self, student, reference, rng, n, d, h):
        inputs = step(rng, n, d, h)
        h_next, c_next, _ = student.lstm_step_forward(*inputs)
        assert_close((h_next, c_next), reference.lstm_step_forward(*inputs)[:2], name="(h_next, c_next)")

    def test_a_full_cell_is_not_squashed(self, student, reference, rng):
        x, h, c, *params = step(rng, 4, 3, 5)
        h_next, c_next, _ = student.lstm_step_forward(x, h, 1e4 * c, *params)
        expected = reference.lstm_step_forward(x, h, 1e4 * c, *params)[:2]
        assert_close((h_next, c_next), expected, name="(h_next, c_next)")

    @pytest.mark.after("test_random_values")
    def test_keeps_inputs_and_float32(self, student, reference, rng):
        inputs = cast(step(rng, 3, 4, 2), np.float32)
        h_next, c_next, _ = assert_inputs_unchanged(student.lstm_step_forward, *inputs)
        assert_close((h_next, c_next), reference.lstm_step_forward(*inputs)[:2], name="(h_next, c_next)")
        for each in [h_next, c_next]:
            assert_dtype(each, "float32")

    @pytest.mark.after("test_random_values")
    def test_shapes_must_fit(self, student, rng):
        bad_shapes(student.lstm_step_forward, ("h", "c", *WEIGHTS), step(rng, 4, 3, 2))


@pytest.mark.exercise("lstm_step_backward")
class TestStepBackward:
    @pytest.mark.parametrize("n, d, h", [(4, 3, 5), (1, 3, 5), (2, 70, 66)])
    def test_gradients(self, student, reference, rng, n, d, h):
        inputs, (dh_next, dc_next) = step(rng, n, d, h), rng.normal(size=(2, n, h))
        grads = student.lstm_step_backward(dh_next, dc_next, student.lstm_step_forward(*inputs)[2])
        expected = reference.lstm_step_backward(dh_next, dc_next, reference.lstm_step_forward(*inputs)[2])
        assert_close(grads, expected, name=STEP_GRADS)

    def test_central_differences(self, student, reference, rng):
        inputs = dict(zip(("x", "h", "c", *WEIGHTS), step(rng, 3, 4, 2), strict=True))
        dout = rng.normal(size=(2, 3, 2))  # dh_next, dc_next
        grads = student.lstm_step_backward(*dout, student.lstm_step_forward(**inputs)[2])
        assert_gradients(lambda **at: np.stack(reference.lstm_step_forward(**at)[:2]), inputs, dout, grads, rng, 2)

    @pytest.mark.after("test_gradients")
    def test_keeps_upstream_and_float32(self, student, reference, rng):
        inputs, (dh_next, dc_next) = cast(step(rng, 3, 4, 2), np.float32), cast(rng.normal(size=(2, 3, 2)), np.float32)
        cache = student.lstm_step_forward(*inputs)[2]
        grads = assert_inputs_unchanged(lambda dh, dc: student.lstm_step_backward(dh, dc, cache), dh_next, dc_next)
        expected = reference.lstm_step_backward(dh_next, dc_next, reference.lstm_step_forward(*inputs)[2])
        assert_close(grads, expected, name=STEP_GRADS)
        for each in grads:
            assert_dtype(each, "float32")


@pytest.mark.exercise("lstm_forward")
class TestForward:
    @pytest.mark.weight(2)
    @each_size
    def test_from_an_empty_cell(self, student, reference, rng, size):
        inputs = from_an_empty_cell(rng, *SIZES[size])
        hs, c_last, _ = student.lstm_forward(*inputs)
        assert_close((hs, c_last), reference.lstm_forward(*inputs)[:2], name="(hs, c_last)")

    def test_from_any_cell(self, student, reference, rng):
        inputs = layer(rng, 4, 6, 3, 5)
        hs, c_last, _ = student.lstm_forward(*inputs)
        assert_close((hs, c_last), reference.lstm_forward(*inputs)[:2], name="(hs, c_last)")

    @pytest.mark.rests_on("test_from_any_cell")  # whoever gives c0 back passes
    def test_forget_gate_open_input_gate_shut(self, student, rng):
        x, h0, c0, w_ih, w_hh, b_ih, b_hh = layer(rng, 2, 30, 3, 4)
        b_ih += np.repeat([-60.0, 60.0, 0.0, 0.0], 4)
        _, c_last, _ = student.lstm_forward(x, h0, c0, w_ih, w_hh, b_ih, b_hh)
        assert_close(c_last, c0, name="c_last, after 30 steps in which nothing is forgotten or written")

    @pytest.mark.after("test_from_an_empty_cell")
    def test_words_as_read_only_integers(self, student, reference, rng):
        _, *others = from_an_empty_cell(rng, 2, 5, 4, 3)
        one_hot = np.eye(4, dtype=int)[rng.integers(4, size=(2, 5))]
        one_hot.flags.writeable = False
        hs, c_last, _ = student.lstm_forward(one_hot, *others)
        assert_close((hs, c_last), reference.lstm_forward(one_hot, *others)[:2], name="(hs, c_last)")

    @pytest.mark.after("test_from_an_empty_cell")
    def test_keeps_inputs_and_float32(self, student, reference, rng):
        x, *others = cast(from_an_empty_cell(rng, 3, 8, 2, 5), np.float32)
        hs, c_last, _ = assert_inputs_unchanged(student.lstm_forward, x[:, ::2], *others)
        assert_close((hs, c_last), reference.lstm_forward(x[:, ::2], *others)[:2], name="(hs, c_last)")
        for each in [hs, c_last]:
            assert_dtype(each, "float32")

    @pytest.mark.after("test_from_an_empty_cell")
    def test_shapes_must_fit(self, student, rng):
        bad_shapes(student.lstm_forward, ("h0", "c0", *WEIGHTS), layer(rng, 4, 5, 3, 2))


@pytest.mark.exercise("lstm_backward")
class TestBackward:
    @pytest.mark.weight(2)
    @each_size
    def test_loss_on_hidden_states(self, student, reference, rng, size):
        inputs = from_an_empty_cell(rng, *SIZES[size])
        hs, _, cache = reference.lstm_forward(*inputs)
        dhs, nothing = rng.normal(size=hs.shape), np.zeros_like(hs[:, 0])
        grads = student.lstm_backward(dhs, nothing, student.lstm_forward(*inputs)[2])
        assert_close(grads, reference.lstm_backward(dhs, nothing, cache), name=GRADS)

    @pytest.mark.weight(2)
    def test_loss_on_the_last_cell_too(self, student, reference, rng):
        inputs = layer(rng, 4, 6, 3, 5)
        *outputs, cache = reference.lstm_forward(*inputs)
        dhs, dc_last = upstream(rng, *outputs)
        grads = student.lstm_backward(dhs, dc_last, student.lstm_forward(*inputs)[2])
        assert_close(grads, reference.lstm_backward(dhs, dc_last, cache), name=GRADS)

    def test_central_differences(self, student, reference, rng):
        inputs = dict(zip(("x", "h0", "c0", *WEIGHTS), layer(rng, 2, 5, 4, 3), strict=True))
        dout = rng.normal(size=(2, 5 + 1, 3))  # dhs and, after it, dc_last

        def states(**values):
            hs, c_last, _ = reference.lstm_forward(**values)
            return np.concatenate([hs, c_last[:, None]], axis=1)

        grads = student.lstm_backward(dout[:, :-1], dout[:, -1], student.lstm_forward(**inputs)[2])
        assert_gradients(states, inputs, dout, grads, rng, directions=2)

    @pytest.mark.after("test_loss_on_hidden_states")
    def test_keeps_upstream_and_float32(self, student, reference, rng):
        inputs = cast(from_an_empty_cell(rng, 2, 4, 3, 5), np.float32)
        dhs, dc_last = cast((rng.normal(size=(2, 8, 5)), np.zeros((2, 5))), np.float32)
        cache = student.lstm_forward(*inputs)[2]
        grads = assert_inputs_unchanged(lambda dhs, dc: student.lstm_backward(dhs, dc, cache), dhs[:, ::2], dc_last)
        expected = reference.lstm_backward(dhs[:, ::2], dc_last, reference.lstm_forward(*inputs)[2])
        assert_close(grads, expected, name=GRADS)
        for each in grads:
            assert_dtype(each, "float32")

    @pytest.mark.after("test_loss_on_hidden_states")
    def test_two_layers_keep_apart(self, student, reference, rng):
        both = [from_an_empty_cell(rng, 2, 3, 4, 5), from_an_empty_cell(rng, 3, 2, 5, 4)]
        caches = [student.lstm_forward(*inputs)[2] for inputs in both]
        for inputs, cache in zip(both, caches, strict=True):
            hs, c_last, own = reference.lstm_forward(*inputs)
            dhs, nothing = rng.normal(size=hs.shape), 0 * c_last
            grads = student.lstm_backward(dhs, nothing, cache)
            assert_close(grads, reference.lstm_backward(dhs, nothing, own), name=GRADS)

    @pytest.mark.weight(2)
    @pytest.mark.rests_on("test_loss_on_hidden_states")
    def test_learns_the_adding_problem(self, student, reference):
        """Always answering 1 errs by 1/6, knowing only the second number by 1/12: below that one must remember."""
        rng, n, steps, hidden = np.random.default_rng(12), 20, 4, 6  # the same for everyone, in every run
        shapes = (4 * hidden, 2), (4 * hidden, hidden), 4 * hidden, 4 * hidden, hidden, 1
        params = [rng.uniform(-1, 1, size=shape) * hidden**-0.5 for shape in shapes]
        params[2][hidden : 2 * hidden], params[3][hidden : 2 * hidden] = 3.0, 0.0
        moments = [(np.zeros_like(param), np.zeros_like(param)) for param in params]

        def states(module, x):
            zeros = np.zeros((len(x), hidden))
            hs, _, cache = module.lstm_forward(x, zeros, zeros, *params[:4])
            assert_shapes(hs, np.zeros((len(x), steps, hidden)), name="hs")
            return hs, cache

        for k in range(1, 37):
            x, target = adding_problem(n, steps, rng)
            hs, cache = states(student, x)
            if k == 1:  # later rounds drift apart with the rounding errors
                assert_close(hs, states(reference, x)[0], name="hs in the first round")
            d = 2 * (hs[:, -1] @ params[4] + params[5] - target) / n
            dhs = np.zeros_like(hs)
            dhs[:, -1] = np.outer(d, params[4])
            grads = student.lstm_backward(dhs, np.zeros((n, hidden)), cache)
            assert_shapes(grads, [x, dhs[:, 0], dhs[:, 0], *params[:4]], name=GRADS)
            grads = [*grads][3:]
            grads += [hs[:, -1].T @ d, d.sum(keepdims=True)]
            shrink = min(1.0, 1 / np.sqrt(sum(np.sum(grad**2) for grad in grads)))
            for param, grad, (m, v) in zip(params, grads, moments, strict=True):  # Adam
                m += 0.1 * (shrink * grad - m)
                v += 0.001 * ((shrink * grad) ** 2 - v)
                param -= 0.2 * m / (1 - 0.9**k) / (np.sqrt(v / (1 - 0.999**k)) + 1e-8)
        x, target = adding_problem(200, steps, rng)
        error = float(np.mean((states(student, x)[0][:, -1] @ params[4] + params[5] - target) ** 2))
        assert error < 0.03, f"new sequences after 36 rounds: a mean squared error of {error:.3f}, 0.03 expected"


@pytest.mark.exercise("bilstm_forward")
class TestBiForward:
    @each_size
    def test_values(self, student, reference, rng, size):
        n, t, d, h = SIZES[size]
        inputs = rng.normal(size=(n, t, d)), weights(rng, d, h), weights(rng, d, h)
        assert_close(student.bilstm_forward(*inputs)[0], reference.bilstm_forward(*inputs)[0], name="hs")

    @pytest.mark.after("test_values")
    def test_keeps_inputs_and_float32(self, student, reference, rng):
        x = rng.normal(size=(2, 8, 3)).astype(np.float32)[:, ::2]
        inputs = x, cast(weights(rng, 3, 5), np.float32), cast(weights(rng, 3, 5), np.float32)
        hs, _ = assert_inputs_unchanged(student.bilstm_forward, *inputs)
        assert_close(hs, reference.bilstm_forward(*inputs)[0], name="hs")
        assert_dtype(hs, "float32")
