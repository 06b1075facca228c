"""Hidden checks: random inputs, extremes, gradients, manners, and networks that must learn."""

import functools
from itertools import pairwise

import numpy as np
import pytest

from autograder import (
    Mismatch,
    assert_close,
    assert_dtype,
    assert_gradients,
    assert_inputs_unchanged,
    assert_refuses,
    no_warnings,
)
from autograder.datasets import load_digits, spirals

LAYERS = [(4, 3, 5), (1, 2, 6), (5, 4, 1), (2, 70, 3), (3, 2, 1100)]  # N, in, out


def layer(rng, n, inputs, outputs):
    return rng.normal(size=(n, inputs)), rng.normal(size=(outputs, inputs)), rng.normal(size=outputs)


@pytest.mark.exercise("linear_forward")
class TestLinearForward:
    @pytest.mark.parametrize("sizes", LAYERS, ids=str)
    def test_random_layers(self, student, reference, rng, sizes):
        x, W, b = layer(rng, *sizes)
        assert_close(student.linear_forward(x, W, b)[0], reference.linear_forward(x, W, b)[0], name="out")

    @pytest.mark.after("test_random_layers")
    def test_keeps_inputs_and_float32(self, student, reference, rng):
        x, W, b = (each.astype(np.float32) for each in layer(rng, 3, 8, 2))
        x, W = x[:, ::2], W[:, ::2]
        out, _ = assert_inputs_unchanged(student.linear_forward, x, W, b)
        assert_close(out, reference.linear_forward(x, W, b)[0], name="out")
        assert_dtype(out, "float32", name="out")

    @pytest.mark.after("test_random_layers")
    def test_shapes_must_fit(self, student, rng):
        x, W, b = layer(rng, 2, 3, 4)
        assert_refuses(student.linear_forward, "W", x, W[:, :2], b)
        for short in (b[:3], b[:1]):  # one bias for four outputs would be broadcast
            assert_refuses(student.linear_forward, "b", x, W, short)


@pytest.mark.exercise("linear_backward")
class TestLinearBackward:
    @pytest.mark.parametrize("sizes", LAYERS, ids=str)
    def test_random_gradients(self, student, reference, rng, sizes):
        x, W, b = layer(rng, *sizes)
        dout = rng.normal(size=(sizes[0], sizes[2]))
        grads = student.linear_backward(dout, student.linear_forward(x, W, b)[1])
        expected = reference.linear_backward(dout, reference.linear_forward(x, W, b)[1])
        assert_close(grads, expected, name="(dx, dW, db)")

    @pytest.mark.parametrize("which", [0, 1, 2], ids=["dx", "dW", "db"])
    def test_each_gradient(self, student, reference, rng, which):
        x, W, b = layer(rng, 3, 5, 2)
        dout = rng.normal(size=(3, 2))
        grads = student.linear_backward(dout, student.linear_forward(x, W, b)[1])
        if type(grads) not in (list, tuple) or len(grads) != 3:
            raise Mismatch("the result should be three gradients, (dx, dW, db)")
        expected = reference.linear_backward(dout, reference.linear_forward(x, W, b)[1])
        assert_close(grads[which], expected[which], name=("dx", "dW", "db")[which])

    def test_central_differences(self, student, reference, rng):
        inputs = dict(zip("xWb", layer(rng, 3, 5, 2), strict=True))
        dout = rng.normal(size=(3, 2))
        grads = student.linear_backward(dout, student.linear_forward(**inputs)[1])
        assert_gradients(lambda **values: reference.linear_forward(**values)[0], inputs, dout, grads, rng)

    def test_two_layers_keep_apart(self, student, reference, rng):
        # Backpropagation goes through the layers in reverse: each cache must still hold its own layer's values.
        layers = [layer(rng, 3, 2, 4), layer(rng, 5, 4, 3)]
        caches = [student.linear_forward(*each)[1] for each in layers]
        for (x, W, b), cache in zip(layers, caches, strict=True):
            dout = rng.normal(size=(len(x), len(b)))
            expected = reference.linear_backward(dout, reference.linear_forward(x, W, b)[1])
            assert_close(student.linear_backward(dout, cache), expected, name="(dx, dW, db)")

    @pytest.mark.after("test_random_gradients")
    def test_keeps_dout_and_float32(self, student, rng):
        _, cache = student.linear_forward(*(each.astype(np.float32) for each in layer(rng, 4, 2, 3)))
        grads = assert_inputs_unchanged(student.linear_backward, rng.normal(size=(4, 3)).astype(np.float32), cache)
        for grad in grads:
            assert_dtype(grad, "float32", name="a gradient")


def coupled_function(rng, shape):
    """A smooth function whose every slope depends on every entry, and its gradient."""
    frequency, weight = rng.uniform(0.5, 1.5, size=shape), rng.normal(size=shape)

    def f(x):
        return float(np.sin(np.sum(frequency * x)) + np.sum(weight * x**2))

    def gradient(x):
        return np.cos(np.sum(frequency * x)) * frequency + 2 * weight * x

    return f, gradient


@pytest.mark.exercise("numerical_gradient")
class TestNumericalGradient:
    # Central differences err by about eps^2 = 1e-10 and by rounding, 1e-16 / eps; one-sided ones by 1e-5.
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("n", [7, 1, 70])
    def test_a_vector(self, student, rng, n):
        f, gradient = coupled_function(rng, (n,))
        x = rng.normal(size=n)
        assert_close(student.numerical_gradient(f, x), gradient(x), rtol=1e-7, atol=1e-7, name="grad")

    @pytest.mark.parametrize("shape", [(2, 3, 4), (1, 5), ()], ids=str)
    def test_another_shape(self, student, rng, shape):
        f, gradient = coupled_function(rng, shape)
        x = np.asarray(rng.normal(size=shape))
        assert_close(student.numerical_gradient(f, x), np.asarray(gradient(x)), rtol=1e-7, atol=1e-8, name="grad")

    def test_a_transposed_array(self, student, rng):
        (f, gradient), x = coupled_function(rng, (3, 2)), rng.normal(size=(2, 3)).T
        assert_close(student.numerical_gradient(f, x), gradient(x), rtol=1e-7, atol=1e-7, name="grad")

    def test_eps_is_used(self, student, rng):
        # On a cubic, central differences are off by exactly eps^2 times the coefficient.
        coefficients, x = rng.uniform(1, 2, size=5), rng.normal(size=5)
        for eps in (0.5, 0.125):
            grad = student.numerical_gradient(lambda x: float(np.sum(coefficients * x**3)), x, eps)
            assert_close(grad, coefficients * (3 * x**2 + eps**2), name=f"grad for eps {eps}")

    @pytest.mark.after("test_a_vector")
    def test_x_is_left_bit_for_bit(self, student, rng):
        f, _ = coupled_function(rng, (4, 6))
        assert_inputs_unchanged(lambda x: student.numerical_gradient(f, x), rng.normal(size=(4, 6)))

    @pytest.mark.after("test_a_vector")
    def test_integers(self, student, rng):
        (f, gradient), x = coupled_function(rng, (6,)), np.arange(-2, 4)
        assert_close(student.numerical_gradient(f, x), gradient(x), rtol=1e-7, atol=1e-7, name="grad")

    @pytest.mark.after("test_a_vector")
    def test_eps_must_be_positive(self, student):
        for eps in (0.0, -1e-5):
            assert_refuses(student.numerical_gradient, "eps", lambda x: float(x.sum()), np.array([1.0, 2.0]), eps)


def near_each_other(rng, shape):
    a = rng.normal(size=shape) * 10.0 ** rng.integers(-5, 5, size=shape)
    return a, a * (1 + rng.normal(scale=0.1, size=shape))


@pytest.mark.exercise("relative_error")
class TestRelativeError:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n", [6, 1, 1100])
    def test_random_magnitudes(self, student, reference, rng, n):
        a, b = near_each_other(rng, (n,))
        assert_close(student.relative_error(a, b), reference.relative_error(a, b))

    @pytest.mark.parametrize("shape", [(2, 3, 4), (1, 1)], ids=str)
    def test_another_shape(self, student, reference, rng, shape):
        a, b = near_each_other(rng, shape)
        assert_close(student.relative_error(a, b), reference.relative_error(a, b))

    @pytest.mark.rests_on("test_random_magnitudes")
    def test_opposite_signs(self, student, reference, rng):
        a, b = rng.uniform(1, 2, size=(2, 5))
        b[3], a[1] = -0.01, 0.0  # a - b of nearly a, and of b alone: 1 both times
        assert_close(student.relative_error(a, b), reference.relative_error(a, b))

    def test_tiny_values_count_as_noise(self, student, rng):
        # |a| + |b| below 1e-8 is taken as 1e-8: 3e-12 against -1e-12 is an error of 4e-12 / 1e-8, not of 1.
        a, b = 1e-12 * rng.uniform(1, 9, size=(2, 4))
        assert_close(student.relative_error(a, -b), float((a + b).max() / 1e-8))

    def test_zero_against_zero(self, student, reference, rng):
        a, b = rng.uniform(1, 2, size=(2, 5))
        a[[0, 3]] = b[[0, 3]] = 0.0
        assert_close(student.relative_error(a, b), reference.relative_error(a, b))

    @pytest.mark.rests_on("test_random_magnitudes")
    def test_equal_is_zero(self, student, rng):
        for a in (rng.normal(size=(3, 2)), np.zeros(4)):
            assert_close(student.relative_error(a, a), 0.0)

    @pytest.mark.rests_on("test_random_magnitudes")
    def test_nan_is_not_hidden(self, student, rng):
        a = rng.normal(size=5)
        for place in (0, 4):
            b = a.copy()
            b[place] = np.nan
            assert_close(student.relative_error(a, b), np.nan)

    @pytest.mark.after("test_zero_against_zero")
    def test_inputs_unchanged_and_no_warning(self, student, reference, rng):
        a, b = rng.normal(size=(2, 4))
        a[0] = b[0] = 0.0
        with no_warnings():
            error = assert_inputs_unchanged(student.relative_error, a, b)
        assert_close(error, reference.relative_error(a, b))

    @pytest.mark.after("test_random_magnitudes")
    def test_shapes_must_agree(self, student, rng):
        assert_refuses(student.relative_error, "b", rng.normal(size=(4, 1)), rng.normal(size=4))


@pytest.mark.exercise("momentum_update")
class TestMomentumUpdate:
    @pytest.mark.parametrize("shape", [(4,), (2, 1, 3), (1100, 2)], ids=str)
    def test_one_step(self, student, reference, rng, shape):
        w, grad, previous = rng.normal(size=(3, *shape))
        expected = reference.momentum_update(w, grad, previous, 0.3, 0.7)
        assert_close(student.momentum_update(w, grad, previous, 0.3, 0.7), expected, name="(w, change)")

    def test_steps_add_up(self, student, rng):
        w, grads, lr, momentum = rng.normal(size=(2, 3)), rng.normal(size=(4, 2, 3)), 0.3, 0.7
        got, change = w, np.zeros_like(w)
        for step in range(1, 5):
            # The gradient of step s is still at work at step t, shrunk by momentum^(t - s).
            changes = [-lr * sum(momentum ** (t - s) * grads[s] for s in range(t + 1)) for t in range(step)]
            answer = student.momentum_update(got, grads[step - 1], change, lr, momentum)
            assert_close(answer, (w + sum(changes), changes[-1]), name=f"(w, change) after step {step}")
            got, change = answer

    def test_without_momentum(self, student, rng):
        w, grad, previous = rng.normal(size=(3, 5))
        answer = student.momentum_update(w, grad, previous, 0.2, 0.0)
        assert_close(answer, (w - 0.2 * grad, -0.2 * grad), name="(w, change)")

    @pytest.mark.after("test_one_step")
    def test_keeps_inputs_and_float32(self, student, rng):
        w, grad, previous = rng.normal(size=(3, 4, 2)).astype(np.float32)
        results = assert_inputs_unchanged(student.momentum_update, w, grad, previous, 0.1, 0.9)
        for each in results:
            assert_dtype(each, "float32")

    @pytest.mark.after("test_one_step")
    def test_no_negative_rates(self, student, rng):
        w, grad, previous = rng.normal(size=(3, 2))
        assert_refuses(student.momentum_update, "lr", w, grad, previous, -0.1, 0.9)
        assert_refuses(student.momentum_update, "momentum", w, grad, previous, 0.1, -0.9)


# One hidden layer first, then deeper ones, none, a single output and many inputs.
NETWORKS = [
    ((5, 7, 3), "sigmoid"),
    ((4, 6, 2), "tanh"),
    ((3, 8, 4), "relu"),
    ((5, 7, 4, 3), "sigmoid"),
    ((3, 8, 6, 5, 2), "relu"),
    ((4, 2), "tanh"),
    ((2, 5, 1), "relu"),
    ((1100, 8, 70), "tanh"),
]
EACH_NETWORK = pytest.mark.parametrize(
    "sizes, activation", NETWORKS, ids=[f"{activation}-{'-'.join(map(str, sizes))}" for sizes, activation in NETWORKS]
)


def params_of(mlp, sizes, largest=8.0):
    """The student's parameters, looked at once: weights and biases of the right shapes and of sensible sizes.

    No initial weight comes near 8. Giants would make every unit full, dwarfs would make every answer the bias: both
    could pass for values that were never computed.
    """
    shapes = [shape for before, after in pairwise(sizes) for shape in ((after, before), (after,))]
    params = mlp.params
    assert_close(params, [np.zeros(shape) for shape in shapes], atol=largest, name="params")
    params = list(params)
    for k, W in enumerate(params[::2], 1):
        if not np.sqrt(np.mean(W**2)) > 1e-3:
            raise Mismatch(f"W{k} in params is all but zero: its weights should be drawn at random")
    return params


def network(reference, mlp, sizes, activation, largest=8.0):
    """The reference's network with the weights of the student's."""
    twin = reference.MLP(list(sizes), activation, np.random.default_rng(0))
    twin.params = params_of(mlp, sizes, largest)
    return twin


def assert_learnt(reference, mlp, sizes, activation, X, y, least):
    """The trained weights, and not something else that was kept, give enough rows that were held out their class."""
    out = network(reference, mlp, sizes, activation, largest=100.0).forward(X)
    assert_close(mlp.forward(X), out, rtol=1e-6, name="out of the trained network, from its params")
    right = float(np.mean(out.argmax(axis=1) == y))
    if right < least:
        raise Mismatch(f"of the held-out rows {right:.0%} are right; {least:.0%} expected after so many epochs")


@functools.cache
def digits():
    images, labels = load_digits()
    return images.reshape(len(images), -1), labels


@pytest.mark.exercise("MLP")
class TestMLPStart:
    @pytest.mark.weight(0.7)
    @pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh"])
    def test_initial_weights(self, student, rng, activation):
        sizes = (120, 60, 30)
        params = params_of(student.MLP(list(sizes), activation, rng), sizes)
        for k, (fan_in, fan_out) in enumerate(pairwise(sizes)):
            W = params[2 * k]
            std = np.sqrt(2 / fan_in if activation == "relu" else 2 / (fan_in + fan_out))
            # Six standard errors at 1,800 weights; the other rule is off by 18 %.
            assert_close(W.std(), std, rtol=0.1, name=f"the standard deviation of W{k + 1} for {activation}")
            assert_close(W.mean(), 0.0, atol=6 * std / W.size**0.5, name=f"the mean of W{k + 1}")

    @pytest.mark.weight(0.5)
    @pytest.mark.rests_on("test_initial_weights")
    def test_biases_start_at_zero(self, student, rng):
        biases = params_of(student.MLP([6, 5, 3], "tanh", rng), (6, 5, 3))[1::2]
        assert_close(biases, [np.zeros(5), np.zeros(3)], name="[b1, b2]")

    @pytest.mark.rests_on("test_initial_weights")
    def test_weights_come_from_rng_alone(self, student, rng):
        same = [params_of(student.MLP([3, 4, 2], "tanh", np.random.default_rng(7)), (3, 4, 2)) for _ in range(2)]
        assert_close(same[1], same[0], name="params from an equal rng")
        other = params_of(student.MLP([3, 4, 2], "tanh", np.random.default_rng(8)), (3, 4, 2))
        if np.allclose(other[0], same[0][0]):
            raise Mismatch("params are the same for every rng: draw the weights from the rng that is given")


@pytest.mark.exercise("MLP")
class TestMLPPasses:
    @pytest.mark.weight(0.4)
    @EACH_NETWORK
    def test_forward_values(self, student, reference, rng, sizes, activation):
        mlp = student.MLP(list(sizes), activation, rng)
        twin = network(reference, mlp, sizes, activation)
        for n in (6, 1):
            x = rng.normal(scale=2.0, size=(n, sizes[0]))
            assert_close(mlp.forward(x), twin.forward(x), name="out")

    @pytest.mark.weight(0.5)
    @EACH_NETWORK
    def test_backward_values(self, student, reference, rng, sizes, activation):
        mlp = student.MLP(list(sizes), activation, rng)
        twin = network(reference, mlp, sizes, activation)
        for n in (6, 1):
            x, dout = rng.normal(scale=2.0, size=(n, sizes[0])), rng.normal(size=(n, sizes[-1]))
            mlp.forward(x)
            twin.forward(x)
            assert_close(mlp.backward(dout), twin.backward(dout), name="grads")

    @pytest.mark.weight(0.5)
    def test_relu_lets_nothing_through_at_zero(self, student, reference, rng):
        mlp = student.MLP([3, 6, 2], "relu", rng)
        twin = network(reference, mlp, (3, 6, 2), "relu")
        x, dout = rng.normal(size=(4, 3)), rng.normal(size=(4, 2))
        x[1:3] = 0.0  # with biases of 0, every z of these rows is 0
        mlp.forward(x)
        twin.forward(x)
        assert_close(mlp.backward(dout), twin.backward(dout), name="grads")

    @pytest.mark.parametrize("activation", ["sigmoid", "tanh"])  # for ReLU, a difference across its corner is neither
    @pytest.mark.weight(0.5)
    def test_backward_central_differences(self, student, reference, rng, activation):
        sizes = (4, 5, 3, 2)
        mlp = student.MLP(list(sizes), activation, rng)
        twin = network(reference, mlp, sizes, activation)
        inputs = dict(zip(("W1", "b1", "W2", "b2", "W3", "b3"), twin.params, strict=True))
        x, dout = rng.normal(size=(3, 4)), rng.normal(size=(3, 2))

        def forward(**values):
            twin.params = list(values.values())
            return twin.forward(x)

        mlp.forward(x)
        assert_gradients(forward, inputs, dout, mlp.backward(dout), rng)

    def test_gradient_norms(self, student, reference, rng):
        sizes = (5, 7, 4, 3)
        mlp = student.MLP(list(sizes), "tanh", rng)
        twin = network(reference, mlp, sizes, "tanh")
        for n in (2, 6):  # the norms are those of the latest backward pass
            x, dout = rng.normal(size=(n, 5)), rng.normal(size=(n, 3))
            for each in (mlp, twin):
                each.forward(x)
                each.backward(dout)
            assert_close(mlp.gradient_norms(), twin.gradient_norms(), name="norms")

    def test_gradients_vanish_with_sigmoid_not_with_relu(self, student, reference, rng):
        sizes = (20, *(24,) * 9, 12)
        norms = {}
        for activation, n in (("sigmoid", 1), ("relu", 6)):
            mlp = student.MLP(list(sizes), activation, rng)
            twin = network(reference, mlp, sizes, activation)
            x, dout = rng.normal(scale=0.5, size=(n, sizes[0])), rng.normal(size=(n, sizes[-1]))
            for each in (mlp, twin):
                each.forward(x)
                each.backward(dout)
            norms[activation] = twin.gradient_norms()
            assert_close(mlp.gradient_norms(), norms[activation], rtol=1e-6, name=f"norms with {activation}")
        low, high = min(norms["relu"]), max(norms["relu"])
        if high > 100 * low:
            raise Mismatch(f"relu, He weights: the layers' norms should be alike, not {low:.2g} to {high:.2g}")
        shown = ", ".join(f"{norm:.2g}" for norm in norms["sigmoid"])
        if not all(nearer_input < nearer_output for nearer_input, nearer_output in pairwise(norms["sigmoid"])):
            raise Mismatch(f"sigmoid: the norms should fall from each layer to the one before it, but are {shown}")
        if norms["sigmoid"][0] > 1e-3 * norms["sigmoid"][-1]:
            raise Mismatch(f"sigmoid: the gradient should vanish, but the norms are {shown}")

    @pytest.mark.after("test_backward_values")
    def test_two_networks_share_no_state(self, student, reference, rng):
        mlps = [student.MLP([3, 4, 2], "tanh", rng) for _ in range(2)]
        twins = [network(reference, mlp, (3, 4, 2), "tanh") for mlp in mlps]
        x, dout = rng.normal(size=(2, 5, 3)), rng.normal(size=(2, 5, 2))
        for k in (0, 1):
            mlps[k].forward(x[k])
            twins[k].forward(x[k])
        for k in (0, 1):
            assert_close(mlps[k].backward(dout[k]), twins[k].backward(dout[k]), name=f"grads of network {k + 1}")
        mlps[0].fit(x[0], np.array([0, 1, 0, 1, 1]), 2, 0.5, 0.9, 5, rng)
        assert_close(mlps[1].params, twins[1].params, name="params of network 2 after network 1 was trained")

    @pytest.mark.after("test_backward_values")
    def test_inputs_unchanged(self, student, rng):
        mlp = student.MLP([3, 4, 2], "relu", rng)
        assert_inputs_unchanged(mlp.forward, rng.normal(size=(5, 3)))
        assert_inputs_unchanged(mlp.backward, rng.normal(size=(5, 2)))

    @pytest.mark.after("test_forward_values")
    def test_unknown_activation(self, student, rng):
        for activation in ("swish", "Tanh", ""):
            assert_refuses(student.MLP, "activation", [3, 4, 2], activation, rng)


def assert_same_fit(student, reference, rng, epochs, lr, momentum, batch_size):
    """With all rows in one batch the order of the rows does not matter: each loss and weight is determined."""
    sizes, X, y = (5, 6, 4), rng.normal(size=(7, 5)), np.array([0, 3, 1, 2, 3, 3, 0])
    mlp = student.MLP(list(sizes), "tanh", rng)
    twin = network(reference, mlp, sizes, "tanh")
    expected = twin.fit(X, y, epochs, lr, momentum, batch_size, rng)
    assert_close(mlp.fit(X, y, epochs, lr, momentum, batch_size, rng), expected, name="losses")
    assert_close(mlp.params, twin.params, name="params")


@pytest.mark.exercise("MLP")
class TestMLPFit:
    def test_one_step_on_all_rows(self, student, reference, rng):
        assert_same_fit(student, reference, rng, epochs=1, lr=0.3, momentum=0.0, batch_size=7)

    @pytest.mark.weight(2)
    def test_many_steps_with_momentum(self, student, reference, rng):
        assert_same_fit(student, reference, rng, epochs=4, lr=0.3, momentum=0.8, batch_size=7)

    @pytest.mark.weight(0.5)
    def test_more_room_than_rows(self, student, reference, rng):
        assert_same_fit(student, reference, rng, epochs=3, lr=0.3, momentum=0.8, batch_size=100)

    @pytest.mark.parametrize("batch_size", [2, 1])
    @pytest.mark.weight(0.5)
    def test_an_epochs_loss_is_the_mean_over_its_rows(self, student, reference, rng, batch_size):
        sizes, X, y = (3, 5, 2), rng.normal(size=(5, 3)), np.array([1, 0, 0, 1, 0])
        mlp = student.MLP(list(sizes), "sigmoid", rng)
        twin = network(reference, mlp, sizes, "sigmoid")
        # Without a step, that mean is the same in whatever order and batches the rows come.
        expected = twin.fit(X, y, 3, 0.0, 0.9, 5, rng)
        assert_close(mlp.fit(X, y, 3, 0.0, 0.9, batch_size, rng), expected, name="losses at lr 0")

    def test_a_step_for_every_minibatch(self, student, reference, rng):
        # With equal rows every minibatch has the same gradient: 2 + 2 + 1 rows are three steps an epoch.
        mlp = student.MLP([3, 5, 2], "sigmoid", rng)
        twin = network(reference, mlp, (3, 5, 2), "sigmoid")
        rows, labels = np.repeat(rng.normal(size=(1, 3)), 5, axis=0), np.ones(5, dtype=int)
        losses = mlp.fit(rows, labels, 2, 0.4, 0.5, 2, rng)
        assert_close(losses, twin.fit(rows, labels, 2, 0.4, 0.5, 2, rng), name="losses")
        assert_close(mlp.params, twin.params, name="params")

    def test_rows_are_shuffled_in_every_epoch(self, student, reference, rng):
        # Two rows, one a minibatch, two epochs: the losses tell in which of the four orders they came.
        X, y, sizes = np.array([[1.0, -0.5], [0.25, 2.0]]), np.array([0, 1]), (2, 3)
        seen = set()
        for _ in range(20):
            mlp = student.MLP(list(sizes), "tanh", rng)
            params = params_of(mlp, sizes)
            losses = mlp.fit(X, y, 2, 0.5, 0.0, 1, rng)
            assert_close(losses, [0.0, 0.0], atol=100.0, name="losses")
            came = []
            for loss in losses:
                tried = {}
                for order in ((0, 1), (1, 0)):
                    twin = reference.MLP(list(sizes), "tanh", np.random.default_rng(0))
                    twin.params = list(params)
                    mean = sum(twin.fit(X[[n]], y[[n]], 1, 0.5, 0.0, 1, rng)[0] for n in order) / 2
                    tried[order] = mean, twin.params
                near = [order for order, (mean, _) in tried.items() if np.isclose(loss, mean, rtol=1e-7)]
                came.append(near[0] if near else (0, 1))
                mean, params = tried[came[-1]]
                assert_close(loss, mean, rtol=1e-7, name="an epoch's loss")
            seen.add(tuple(came))
        if len({first for first, _ in seen}) == 1:
            raise Mismatch("the two rows came in the same order in 20 trainings: shuffle the rows")
        if all(first == second for first, second in seen):
            raise Mismatch("in 20 trainings the second epoch had the order of the first: shuffle in every epoch")

    @pytest.mark.parametrize("activation", ["sigmoid", "relu"])
    @pytest.mark.weight(0.5)
    def test_huge_values(self, student, reference, rng, activation):
        mlp, twin, X, y = huge_problem(student, reference, rng, activation)
        losses = mlp.fit(X, y, 1, 1e-3, 0.9, 6, rng)
        # In saturated units one formula's slope is 0 and another's 1e-80: both are right.
        assert_close(losses, twin.fit(X, y, 1, 1e-3, 0.9, 6, rng), atol=1e-9, name="losses")
        assert_close(mlp.params, twin.params, atol=1e-9, name="params")

    @pytest.mark.weight(1.5)
    def test_learns_spirals(self, student, reference, rng):
        X, y = spirals(70, 3, rng)
        mlp = student.MLP([2, 40, 20, 3], "relu", rng)
        mlp.fit(X[:140], y[:140], 50, 0.2, 0.9, 35, rng)
        assert_learnt(reference, mlp, (2, 40, 20, 3), "relu", X[140:], y[140:], least=0.8)

    @pytest.mark.weight(1.5)
    def test_learns_digits(self, student, reference, rng):
        # 94.5 % on average, with a standard deviation of 1.1 (60 seeds).
        X, y = digits()
        chosen = rng.permutation(len(X))
        train, test = chosen[:600], chosen[600:1200]
        mlp = student.MLP([64, 24, 16, 10], "sigmoid", rng)
        mlp.fit(X[train], y[train], 18, 0.7, 0.9, 40, rng)
        assert_learnt(reference, mlp, (64, 24, 16, 10), "sigmoid", X[test], y[test], least=0.87)

    @pytest.mark.after("test_huge_values")
    def test_huge_values_are_silent(self, student, reference, rng):
        for activation in ("sigmoid", "relu"):
            mlp, twin, X, y = huge_problem(student, reference, rng, activation)
            with no_warnings():
                losses = mlp.fit(X, y, 1, 1e-3, 0.9, 6, rng)
            assert_close(losses, twin.fit(X, y, 1, 1e-3, 0.9, 6, rng), atol=1e-9, name="losses")

    @pytest.mark.after("test_one_step_on_all_rows")
    def test_inputs_unchanged(self, student, rng):
        mlp, X, y = student.MLP([3, 4, 2], "relu", rng), rng.normal(size=(5, 3)), np.array([0, 1, 1, 0, 1])
        assert_inputs_unchanged(lambda X, y: mlp.fit(X, y, 2, 0.1, 0.9, 2, rng), X, y)

    @pytest.mark.after("test_one_step_on_all_rows")
    def test_refuses_bad_input(self, student, rng):
        mlp, X, y = student.MLP([3, 2], "tanh", rng), rng.normal(size=(4, 3)), np.array([0, 1, 1, 0])
        assert_refuses(mlp.fit, "batch_size", X, y, 1, 0.1, 0.9, 0, rng)
        for stranger in (2, -1):
            assert_refuses(mlp.fit, "y", X, np.array([0, 1, stranger, 0]), 1, 0.1, 0.9, 2, rng)


def huge_problem(student, reference, rng, activation):
    mlp = student.MLP([3, 4, 2], activation, rng)
    twin = network(reference, mlp, (3, 4, 2), activation)
    return mlp, twin, rng.normal(scale=1e4, size=(6, 3)), np.array([0, 1, 1, 0, 1, 0])
