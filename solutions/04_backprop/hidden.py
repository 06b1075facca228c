"""Hidden checks: random inputs, extremes, gradients, manners, and networks that must learn."""

import functools
from itertools import pairwise

import numpy as np
import pytest

from autograder import Mismatch, assert_close, assert_dtype, assert_gradients, assert_inputs_unchanged, no_warnings
from autograder.datasets import load_digits, spirals

LAYERS = [(4, 3, 5), (1, 2, 6), (5, 4, 1), (2, 1, 3)]  # N, in, out


def layer(rng, n, inputs, outputs):
    return rng.normal(size=(n, inputs)), rng.normal(size=(outputs, inputs)), rng.normal(size=outputs)


@pytest.mark.exercise("linear_forward")
class TestLinearForward:
    def test_random_layers(self, student, reference, rng):
        for sizes in LAYERS:
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
        with pytest.raises(ValueError, match=r"\bW\b"):
            student.linear_forward(x, W[:, :2], b)
        for short in (b[:3], b[:1]):  # one bias for four outputs would be broadcast
            with pytest.raises(ValueError, match=r"\bb\b"):
                student.linear_forward(x, W, short)


@pytest.mark.exercise("linear_backward")
class TestLinearBackward:
    def test_random_gradients(self, student, reference, rng):
        for sizes in LAYERS:
            x, W, b = layer(rng, *sizes)
            dout = rng.normal(size=(sizes[0], sizes[2]))
            grads = student.linear_backward(dout, student.linear_forward(x, W, b)[1])
            assert_close(
                grads, reference.linear_backward(dout, reference.linear_forward(x, W, b)[1]), name="(dx, dW, db)"
            )

    def test_central_differences(self, student, reference, rng):
        inputs = dict(zip("xWb", layer(rng, 3, 5, 2), strict=True))
        dout = rng.normal(size=(3, 2))
        grads = student.linear_backward(dout, student.linear_forward(**inputs)[1])
        assert_gradients(lambda **values: reference.linear_forward(**values)[0], inputs, dout, grads, rng)

    @pytest.mark.after("test_random_gradients")
    def test_keeps_dout_and_float32(self, student, rng):
        _, cache = student.linear_forward(*(each.astype(np.float32) for each in layer(rng, 4, 2, 3)))
        grads = assert_inputs_unchanged(student.linear_backward, rng.normal(size=(4, 3)).astype(np.float32), cache)
        for grad in grads:
            assert_dtype(grad, "float32", name="a gradient")

    @pytest.mark.after("test_random_gradients")
    def test_two_layers_keep_apart(self, student, reference, rng):
        # Backpropagation goes through the layers in reverse: each cache must still hold its own layer's values.
        layers = [layer(rng, 3, 2, 4), layer(rng, 5, 4, 3)]
        caches = [student.linear_forward(*each)[1] for each in layers]
        for (x, W, b), cache in zip(layers, caches, strict=True):
            dout = rng.normal(size=(len(x), len(b)))
            expected = reference.linear_backward(dout, reference.linear_forward(x, W, b)[1])
            assert_close(student.linear_backward(dout, cache), expected, name="(dx, dW, db)")


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
    def test_any_shape(self, student, rng):
        for shape in ((7,), (2, 3, 4), (1, 5), ()):
            f, gradient = coupled_function(rng, shape)
            x = np.asarray(rng.normal(size=shape))
            # Central differences err by about eps^2 = 1e-10 and by rounding, 1e-16 / eps; one-sided ones by 1e-5.
            assert_close(student.numerical_gradient(f, x), np.asarray(gradient(x)), rtol=1e-7, atol=1e-8, name="grad")

    def test_eps_is_used(self, student, rng):
        # On a cubic, central differences are off by exactly eps^2 times the coefficient.
        coefficients, x = rng.uniform(1, 2, size=(3, 2)), rng.normal(size=(3, 2))
        for eps in (0.5, 0.125):
            grad = student.numerical_gradient(lambda x: float(np.sum(coefficients * x**3)), x, eps)
            assert_close(grad, coefficients * (3 * x**2 + eps**2), name="grad")

    @pytest.mark.after("test_any_shape")
    def test_x_is_left_bit_for_bit(self, student, rng):
        f, _ = coupled_function(rng, (4, 6))
        assert_inputs_unchanged(lambda x: student.numerical_gradient(f, x), rng.normal(size=(4, 6)))

    @pytest.mark.after("test_any_shape")
    def test_integers_and_transposed_input(self, student, rng):
        for x in (np.arange(-2, 4).reshape(3, 2), rng.normal(size=(2, 3)).T):
            f, gradient = coupled_function(rng, (3, 2))
            assert_close(student.numerical_gradient(f, x), gradient(x), rtol=1e-7, atol=1e-7, name="grad")

    @pytest.mark.after("test_any_shape")
    def test_eps_must_be_positive(self, student):
        for eps in (0.0, -1e-5):
            with pytest.raises(ValueError, match="eps"):
                student.numerical_gradient(lambda x: float(x.sum()), np.array([1.0, 2.0]), eps)


@pytest.mark.exercise("relative_error")
class TestRelativeError:
    def test_random_magnitudes(self, student, reference, rng):
        for shape in ((6,), (2, 3, 4), (1, 1)):
            a = rng.normal(size=shape) * 10.0 ** rng.integers(-5, 5, size=shape)
            b = a * (1 + rng.normal(scale=0.1, size=shape))
            for other in (b, -b):
                assert_close(student.relative_error(a, other), reference.relative_error(a, other))

    def test_tiny_values_count_as_noise(self, student, rng):
        # |a| + |b| below 1e-8 is taken as 1e-8: 3e-12 against -1e-12 is an error of 4e-12 / 1e-8, not of 1.
        a, b = 1e-12 * rng.uniform(1, 9, size=(2, 4))
        assert_close(student.relative_error(a, -b), float((a + b).max() / 1e-8))

    @pytest.mark.after("test_random_magnitudes")
    def test_equal_is_zero_and_silent(self, student, rng):
        for a in (rng.normal(size=(3, 2)), np.zeros(4)):
            with no_warnings():
                assert_close(assert_inputs_unchanged(student.relative_error, a, a.copy()), 0.0)

    @pytest.mark.after("test_random_magnitudes")
    def test_nan_is_not_hidden(self, student, rng):
        a = rng.normal(size=5)
        for place in (0, 4):
            b = a.copy()
            b[place] = np.nan
            assert_close(student.relative_error(a, b), np.nan)

    @pytest.mark.after("test_random_magnitudes")
    def test_shapes_must_agree(self, student, rng):
        with pytest.raises(ValueError, match=r"\bb\b"):
            student.relative_error(rng.normal(size=(4, 1)), rng.normal(size=4))


@pytest.mark.exercise("momentum_update")
class TestMomentumUpdate:
    def test_steps_add_up(self, student, rng):
        w, grads, lr, momentum = rng.normal(size=(2, 3)), rng.normal(size=(4, 2, 3)), 0.3, 0.7
        got, change = w, np.zeros_like(w)
        for step in range(1, 5):
            got, change = student.momentum_update(got, grads[step - 1], change, lr, momentum)
            # The gradient of step s is still at work at step t, shrunk by momentum^(t - s).
            changes = [-lr * sum(momentum ** (t - s) * grads[s] for s in range(t + 1)) for t in range(step)]
            assert_close(change, changes[-1], name="change")
            assert_close(got, w + sum(changes), name="w")

    def test_without_momentum(self, student, rng):
        w, grad, previous = rng.normal(size=(3, 5))
        new, change = student.momentum_update(w, grad, previous, 0.2, 0.0)
        assert_close(change, -0.2 * grad, name="change")
        assert_close(new, w - 0.2 * grad, name="w")

    @pytest.mark.after("test_steps_add_up")
    def test_keeps_inputs_and_float32(self, student, rng):
        w, grad, previous = rng.normal(size=(3, 4, 2)).astype(np.float32)
        results = assert_inputs_unchanged(student.momentum_update, w, grad, previous, 0.1, 0.9)
        for each in results:
            assert_dtype(each, "float32")

    @pytest.mark.after("test_steps_add_up")
    def test_no_negative_rates(self, student, rng):
        w, grad, previous = rng.normal(size=(3, 2))
        with pytest.raises(ValueError, match="lr"):
            student.momentum_update(w, grad, previous, -0.1, 0.9)
        with pytest.raises(ValueError, match="momentum"):
            student.momentum_update(w, grad, previous, 0.1, -0.9)


NETWORKS = [
    ((5, 7, 4, 3), "sigmoid"),
    ((4, 6, 2, 3), "tanh"),
    ((3, 8, 5, 2), "relu"),
    ((4, 2), "tanh"),
    ((2, 5, 1), "relu"),
]


def params_of(mlp, sizes):
    """The student's parameters, once it is sure that they are random weights and biases of the right shapes."""
    shapes = [shape for before, after in pairwise(sizes) for shape in ((after, before), (after,))]
    params = mlp.params
    # No initial weight is near 100; weights beyond it could make every sum overflow and every answer seem right.
    assert_close(params, [np.zeros(shape) for shape in shapes], atol=100.0, name="params")
    if not all(np.any(W) for W in params[::2]):
        raise Mismatch("params holds weights that are all zero: they should be drawn at random")
    return list(params)


def network(reference, mlp, sizes, activation):
    """The reference's network with the weights of the student's."""
    twin = reference.MLP(list(sizes), activation, np.random.default_rng(0))
    twin.params = params_of(mlp, sizes)
    return twin


def accuracy(mlp, X, y):
    out = mlp.forward(X)
    assert_close(out, np.zeros((len(X), y.max() + 1)), atol=1e6, name="out")
    return float(np.mean(out.argmax(axis=1) == y))


@functools.cache
def digits():
    images, labels = load_digits()
    return images.reshape(len(images), -1), labels


@pytest.mark.exercise("MLP")
class TestMLP:
    @pytest.mark.weight(2)
    def test_initial_weights(self, student, rng):
        sizes = (120, 60, 30)
        for activation in ("relu", "sigmoid", "tanh"):
            params = params_of(student.MLP(list(sizes), activation, rng), sizes)
            for k, (fan_in, fan_out) in enumerate(pairwise(sizes)):
                W, b = params[2 * k : 2 * k + 2]
                std = np.sqrt(2 / fan_in if activation == "relu" else 2 / (fan_in + fan_out))
                # Six standard errors at 1,800 weights; the other rule is off by 18 %.
                assert_close(W.std(), std, rtol=0.1, name=f"the standard deviation of W{k + 1} for {activation}")
                assert_close(W.mean(), 0.0, atol=6 * std / W.size**0.5, name=f"the mean of W{k + 1}")
                assert_close(b, np.zeros(fan_out), name=f"b{k + 1}")

    @pytest.mark.weight(2)
    def test_forward_values(self, student, reference, rng):
        for sizes, activation in NETWORKS:
            mlp = student.MLP(list(sizes), activation, rng)
            twin = network(reference, mlp, sizes, activation)
            for n in (6, 1):
                x = rng.normal(scale=2.0, size=(n, sizes[0]))
                assert_close(mlp.forward(x), twin.forward(x), name=f"out of a {activation} network {sizes}")

    @pytest.mark.weight(3)
    def test_backward_values(self, student, reference, rng):
        for sizes, activation in NETWORKS:
            mlp = student.MLP(list(sizes), activation, rng)
            twin = network(reference, mlp, sizes, activation)
            for n in (6, 1):
                x, dout = rng.normal(scale=2.0, size=(n, sizes[0])), rng.normal(size=(n, sizes[-1]))
                x[1:2] = 0.0  # with biases of 0, every z of this row is 0: the convention there is part of the contract
                mlp.forward(x)
                twin.forward(x)
                assert_close(mlp.backward(dout), twin.backward(dout), name=f"grads of a {activation} network {sizes}")

    def test_backward_central_differences(self, student, reference, rng):
        # Not for ReLU: a difference across its corner is neither slope.
        for activation in ("sigmoid", "tanh"):
            sizes = (4, 5, 3, 2)
            mlp = student.MLP(list(sizes), activation, rng)
            twin = network(reference, mlp, sizes, activation)
            names = ("W1", "b1", "W2", "b2", "W3", "b3")
            inputs = dict(zip(names, twin.params, strict=True))
            x, dout = rng.normal(size=(3, 4)), rng.normal(size=(3, 2))

            def forward(twin=twin, x=x, **values):
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

    def test_gradients_vanish_with_sigmoid_not_with_relu(self, student, rng):
        sizes = (20, *(24,) * 9, 12)
        norms = {}
        for activation, n in (("sigmoid", 1), ("relu", 6)):
            mlp = student.MLP(list(sizes), activation, rng)
            params_of(mlp, sizes)
            mlp.forward(rng.normal(scale=0.5, size=(n, sizes[0])))
            mlp.backward(rng.normal(size=(n, sizes[-1])))
            norms[activation] = mlp.gradient_norms()
            assert_close(norms[activation], [0.0] * 10, atol=np.inf, name="norms")
        low, high = min(norms["relu"]), max(norms["relu"])
        assert high < 100 * low, f"relu with He weights: the layers' norms should be alike, not {low:.2g} to {high:.2g}"
        shown = ", ".join(f"{norm:.2g}" for norm in norms["sigmoid"])
        falling = all(nearer_input < nearer_output for nearer_input, nearer_output in pairwise(norms["sigmoid"]))
        assert falling, f"sigmoid: the norms should fall from each layer to the one before it, but are {shown}"
        assert norms["sigmoid"][0] < 1e-3 * norms["sigmoid"][-1], f"sigmoid: the gradient should vanish, but: {shown}"

    @pytest.mark.weight(3)
    def test_fit_follows_the_gradient_of_all_rows(self, student, reference, rng):
        # With all rows in one batch the order of the rows does not matter: each loss and weight is determined.
        sizes, X, y = (5, 6, 4), rng.normal(size=(7, 5)), np.array([0, 3, 1, 2, 3, 3, 0])
        for batch_size in (7, 100):
            mlp = student.MLP(list(sizes), "tanh", rng)
            twin = network(reference, mlp, sizes, "tanh")
            expected = twin.fit(X, y, 4, 0.3, 0.8, batch_size, rng)
            losses = mlp.fit(X, y, 4, 0.3, 0.8, batch_size, rng)
            assert_close(losses, expected, name="losses")
            assert_close(mlp.params, twin.params, name="params")

    @pytest.mark.weight(2)
    def test_fit_uses_every_row_once_an_epoch(self, student, reference, rng):
        sizes, X, y = (3, 5, 2), rng.normal(size=(5, 3)), np.array([1, 0, 0, 1, 0])
        mlp = student.MLP(list(sizes), "sigmoid", rng)
        twin = network(reference, mlp, sizes, "sigmoid")
        # Without a step, each epoch's loss is the mean over the rows, in whatever order and batches they come.
        expected = twin.fit(X, y, 3, 0.0, 0.9, 5, rng)
        for batch_size in (2, 1):
            assert_close(mlp.fit(X, y, 3, 0.0, 0.9, batch_size, rng), expected, name="losses at lr 0")
        # With equal rows every minibatch has the same gradient: 2 + 2 + 1 rows are three steps an epoch.
        rows, labels = np.repeat(X[:1], 5, axis=0), np.ones(5, dtype=int)
        losses = mlp.fit(rows, labels, 2, 0.4, 0.5, 2, rng)
        assert_close(losses, twin.fit(rows, labels, 2, 0.4, 0.5, 2, rng), name="losses")
        assert_close(mlp.params, twin.params, name="params")

    @pytest.mark.weight(2)
    def test_learns_spirals(self, student, rng):
        X, y = spirals(70, 3, rng)
        mlp = student.MLP([2, 40, 20, 3], "relu", rng)
        mlp.fit(X[:140], y[:140], 50, 0.2, 0.9, 35, rng)
        right = accuracy(mlp, X[140:], y[140:])
        assert right >= 0.8, f"held-out points of three spirals: {right:.0%} right, 80 % expected after 50 epochs"

    @pytest.mark.weight(2)
    def test_learns_digits(self, student, rng):
        X, y = digits()
        chosen = rng.permutation(len(X))
        train, test = chosen[:600], chosen[600:1200]
        mlp = student.MLP([64, 24, 16, 10], "sigmoid", rng)
        mlp.fit(X[train], y[train], 30, 0.5, 0.9, 60, rng)
        right = accuracy(mlp, X[test], y[test])
        assert right >= 0.88, f"held-out digits: {right:.0%} right, 88 % expected after 30 epochs"

    @pytest.mark.after("test_initial_weights")
    def test_weights_come_from_rng_alone(self, student, reference, rng):
        same = [params_of(student.MLP([3, 4, 2], "tanh", np.random.default_rng(7)), (3, 4, 2)) for _ in range(2)]
        assert_close(same[1], same[0], name="params from an equal rng")
        other = params_of(student.MLP([3, 4, 2], "tanh", np.random.default_rng(8)), (3, 4, 2))
        assert not np.allclose(other[0], same[0][0]), "params are the same for every rng"

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
        X, y = rng.normal(size=(5, 3)), np.array([0, 1, 1, 0, 1])
        assert_inputs_unchanged(lambda X, y: mlp.fit(X, y, 2, 0.1, 0.9, 2, rng), X, y)

    @pytest.mark.after("test_forward_values")
    def test_unknown_activation(self, student, rng):
        for activation in ("swish", "Tanh", ""):
            with pytest.raises(ValueError, match="activation"):
                student.MLP([3, 4, 2], activation, rng)

    @pytest.mark.after("test_fit_follows_the_gradient_of_all_rows")
    def test_huge_values_stay_finite(self, student, reference, rng):
        sizes, X, y = (3, 4, 2), rng.normal(scale=1e4, size=(6, 3)), np.array([0, 1, 1, 0, 1, 0])
        for activation in ("sigmoid", "relu"):
            mlp = student.MLP(list(sizes), activation, rng)
            twin = network(reference, mlp, sizes, activation)
            with no_warnings():
                losses = mlp.fit(X, y, 1, 1e-3, 0.9, 6, rng)
            # In saturated units one formula's slope is 0 and another's 1e-80: both are right.
            assert_close(losses, twin.fit(X, y, 1, 1e-3, 0.9, 6, rng), atol=1e-9, name="losses")
            assert_close(mlp.params, twin.params, atol=1e-9, name="params")

    @pytest.mark.after("test_fit_follows_the_gradient_of_all_rows")
    def test_fit_refuses_bad_input(self, student, rng):
        mlp, X, y = student.MLP([3, 2], "tanh", rng), rng.normal(size=(4, 3)), np.array([0, 1, 1, 0])
        with pytest.raises(ValueError, match="batch_size"):
            mlp.fit(X, y, 1, 0.1, 0.9, 0, rng)
        for stranger in (2, -1):
            with pytest.raises(ValueError, match=r"\by\b"):
                mlp.fit(X, np.array([0, 1, stranger, 0]), 1, 0.1, 0.9, 2, rng)
