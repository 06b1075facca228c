"""Hidden checks: each kind of layer by itself, whole networks, training step by step, and manners."""

import numpy as np
import pytest

from autograder import (
    Mismatch,
    assert_close,
    assert_dtype,
    assert_inputs_unchanged,
    assert_refuses,
    cast,
    each_exercise,
)
from autograder.datasets import bars

NETS = {  # (C, H, W) and the layers
    "one conv": ((2, 5, 6), [("conv", 3, 3, 1)]),
    "one fc": ((2, 3, 4), [("fc", 5)]),
    "one pool": ((3, 4, 6), [("pool",)]),
    "one relu": ((2, 3, 4), [("relu",)]),
    "conv, relu, pool, fc": ((2, 6, 4), [("conv", 5, 3, 1), ("relu",), ("pool",), ("fc", 3)]),
    "two of each": (
        (2, 8, 12),
        [("conv", 3, 3, 1), ("relu",), ("pool",), ("conv", 5, 5, 1), ("relu",), ("pool",), ("fc", 7), ("relu",), ("fc", 4)],
    ),
}  # fmt: skip
MORE = {
    "stride 2 in place of pooling": (
        (1, 7, 10),
        [("conv", 3, 3, 2), ("relu",), ("conv", 4, 5, 2), ("relu",), ("fc", 6)],
    ),
    "stride 3": ((2, 8, 10), [("conv", 4, 3, 3), ("relu",)]),
    "kernels 1 x 7 and 7 x 1": ((2, 9, 8), [("conv", 3, (1, 7), 1), ("conv", 4, (7, 1), 1)]),
    "odd sides before a pool": ((2, 7, 5), [("conv", 3, 1, 1), ("pool",), ("fc", 4)]),
    "a pool first": ((3, 6, 4), [("pool",), ("conv", 2, 3, 1), ("relu",), ("relu",)]),
    "three fc": ((1, 2, 3), [("fc", 5), ("relu",), ("fc", 4), ("fc", 2)]),
}
LARGE = {
    "70 filters": ((3, 4, 2), [("conv", 70, 3, 1), ("relu",), ("fc", 2)]),
    "1,100 inputs": ((1, 22, 50), [("relu",), ("fc", 3)]),
    "1,050 units": ((1, 2, 3), [("fc", 1050)]),
}
BAD = {
    "a conv after an fc": ((1, 4, 6), [("fc", 9), ("conv", 2, 3, 1)]),
    "a pool after an fc": ((1, 4, 6), [("fc", 9), ("pool",)]),
    "no pixel left": ((1, 9, 3), [("pool",), ("relu",), ("pool",)]),
    "an even kernel": ((1, 8, 8), [("conv", 2, (3, 4), 1)]),
    "a layer of another kind": ((1, 8, 8), [("softmax",)]),
}


def plan(rng, name):
    """A net of the tables above, with random numbers of channels, filters and units, all different."""
    (channels, *sides), layers = (NETS | MORE | LARGE)[name]
    extra = iter(rng.permutation(8))
    wider = [(kind, rest[0] + 8 * int(next(extra)), *rest[1:]) if rest else (kind,) for kind, *rest in layers]
    return (channels + 8 * int(next(extra)), *sides), wider


@each_exercise("layer_shapes", "layer_parameters")
class TestCounts:
    @pytest.mark.parametrize("net", NETS)
    def test_values(self, student, reference, rng, name, net):
        input_shape, layers = plan(rng, net)
        assert_close(getattr(student, name)(input_shape, layers), getattr(reference, name)(input_shape, layers))

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("net", MORE)
    def test_generality(self, student, reference, rng, name, net):
        input_shape, layers = plan(rng, net)
        assert_close(getattr(student, name)(input_shape, layers), getattr(reference, name)(input_shape, layers))

    @pytest.mark.after("test_values")
    @pytest.mark.parametrize("bad", BAD)
    def test_bad_layers(self, student, name, bad):
        assert_refuses(getattr(student, name), "layers", *BAD[bad])


@pytest.mark.exercise("layer_shapes")
class TestShapes:
    @pytest.mark.parametrize("side", range(1, 8))
    @pytest.mark.weight(0.3)
    def test_strides_round_up(self, student, reference, rng, side):
        stride = int(rng.integers(2, 5))
        arguments = (3, side, 7 - side + stride), [("conv", 2, 3, stride), ("relu",)]
        assert_close(student.layer_shapes(*arguments), reference.layer_shapes(*arguments), name="shapes")

    @pytest.mark.weight(0.5)
    def test_large_images(self, student, reference, rng):
        arguments = (
            (3, 1025, 769),
            [("conv", 96, 11, 4), ("pool",), ("conv", 256, 5, 1), ("pool",), ("pool",), ("fc", 1000)],
        )
        assert_close(student.layer_shapes(*arguments), reference.layer_shapes(*arguments), name="shapes")

    @pytest.mark.rests_on("test_strides_round_up")
    @pytest.mark.weight(0.5)
    def test_no_layers(self, student, rng):
        shape = tuple(map(int, rng.integers(2, 9, size=3)))
        assert_close(student.layer_shapes(shape, []), [shape], name="shapes")


@pytest.mark.exercise("layer_parameters")
class TestParameters:
    @pytest.mark.weight(0.5)
    def test_large_images(self, student, reference):
        arguments = (3, 300, 302), [("conv", 96, (11, 7), 4), ("relu",), ("pool",), ("conv", 256, 5, 1), ("fc", 1000)]
        assert_close(student.layer_parameters(*arguments), reference.layer_parameters(*arguments), name="parameters")


def zeros(params):
    return [(np.zeros(w.shape), np.zeros(b.shape)) for w, b in params]


def assert_shapes(params, like, largest=30.0):
    """The pairs (w, b) of a student, whose shapes are those of `like` and whose numbers are not large."""
    assert_close(params, zeros(like), atol=largest, name="params")
    return [(np.asarray(w, dtype=float), np.asarray(b, dtype=float)) for w, b in params]


def assert_he(w, fan_in, name):
    # Seven standard errors at 1,500 weights are 13 %.
    std = np.sqrt(2 / fan_in)
    assert_close(float(w.std()), std, rtol=0.14, name=f"the standard deviation of {name}")
    assert_close(float(w.mean()), 0.0, atol=7 * std / w.size**0.5, name=f"the mean of {name}")
    assert_close(
        float(np.mean((w / std) ** 4)), 3.0, rtol=0.0, atol=1.15, name=f"the mean 4th power of {name} by its std"
    )


WIDE = {
    "a conv": ((3, 4, 5), [("conv", 80, 3, 1)]),
    "a conv with a pair": ((3, 4, 5), [("relu",), ("conv", 120, (1, 5), 2)]),
    "an fc": ((3, 4, 2), [("pool",), ("fc", 300)]),
    "a conv, then an fc": ((2, 4, 6), [("conv", 25, (7, 5), 1), ("relu",), ("pool",), ("fc", 30)]),
    "two fc": ((1, 5, 6), [("fc", 60), ("relu",), ("fc", 40)]),
}


@pytest.mark.exercise("initial_params")
class TestInitialParams:
    @pytest.mark.parametrize("net", WIDE)
    def test_distribution(self, student, reference, rng, net):
        like = reference.initial_params(*WIDE[net], rng)
        params = assert_shapes(student.initial_params(*WIDE[net], rng), like)
        for k, (w, _) in enumerate(params):
            assert_he(w, w[0].size, f"w of params[{k}]")

    @pytest.mark.rests_on("test_distribution")
    @pytest.mark.weight(0.5)
    def test_biases_are_zero(self, student, reference, rng):
        like = reference.initial_params(*WIDE["two fc"], rng)
        params = assert_shapes(student.initial_params(*WIDE["two fc"], rng), like)
        assert_close([b for _, b in params], [b for _, b in like], name="the biases")

    @pytest.mark.rests_on("test_distribution")
    def test_rng_alone_decides(self, student, reference):
        like = reference.initial_params(*NETS["two of each"], np.random.default_rng(0))
        first, same, other = (
            assert_shapes(student.initial_params(*NETS["two of each"], np.random.default_rng(k)), like)
            for k in (3, 3, 4)
        )
        assert_close(same, first, name="params from an equal rng")
        if np.allclose(other[0][0], first[0][0]):
            raise Mismatch("params are the same for every rng: draw from the rng that is given")

    @pytest.mark.after("test_distribution")
    @pytest.mark.parametrize("bad", BAD)
    def test_bad_layers(self, student, rng, bad):
        assert_refuses(student.initial_params, "layers", *BAD[bad], rng)


def problem(reference, rng, net, n=2):
    """(x, layers, params), all numbers random, the biases too."""
    input_shape, layers = (NETS | MORE | LARGE)[net]
    params = [(w, rng.normal(size=b.shape)) for w, b in reference.initial_params(input_shape, layers, rng)]
    return rng.normal(size=(n, *input_shape)), layers, params


@pytest.mark.exercise("network_forward")
class TestForward:
    @pytest.mark.parametrize("net", NETS)
    def test_values(self, student, reference, rng, net):
        arguments = problem(reference, rng, net)
        assert_close(student.network_forward(*arguments)[0], reference.network_forward(*arguments)[0], name="logits")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("net", MORE)
    def test_generality(self, student, reference, rng, net):
        arguments = problem(reference, rng, net, n=3)
        assert_close(student.network_forward(*arguments)[0], reference.network_forward(*arguments)[0], name="logits")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("net, n", [("70 filters", 1), ("1,100 inputs", 2), ("1,050 units", 2), ("one fc", 70)])
    def test_sizes(self, student, reference, rng, net, n):
        arguments = problem(reference, rng, net, n)
        assert_close(student.network_forward(*arguments)[0], reference.network_forward(*arguments)[0], name="logits")

    @pytest.mark.weight(0.5)
    def test_one_image(self, student, reference, rng):
        arguments = problem(reference, rng, "conv, relu, pool, fc", n=1)
        assert_close(student.network_forward(*arguments)[0], reference.network_forward(*arguments)[0], name="logits")

    @pytest.mark.after("test_values")
    def test_keeps_inputs_and_float32(self, student, reference, rng):
        x, layers, params = problem(reference, rng, "conv, relu, pool, fc")
        logits, _ = assert_inputs_unchanged(student.network_forward, *cast((x, layers, params), np.float32))
        assert_dtype(logits, "float32", name="logits")

    @pytest.mark.after("test_values")
    def test_bad_params(self, student, reference, rng):
        x, layers, params = problem(reference, rng, "conv, relu, pool, fc")
        assert_refuses(student.network_forward, "params", x, layers, params[:1])


def gradients(student, reference, rng, x, layers, params):
    """Both modules' (grads, dx), each after its own forward pass."""
    (_, cache), (logits, own) = (module.network_forward(x, layers, params) for module in (student, reference))
    dlogits = rng.normal(size=logits.shape)
    return student.network_backward(dlogits, cache), reference.network_backward(dlogits, own)


@pytest.mark.exercise("network_backward")
class TestBackward:
    @pytest.mark.parametrize("net", ["one conv", "one fc", "conv, relu, pool, fc", "two of each"])
    @pytest.mark.weight(1.5)
    def test_grads(self, student, reference, rng, net):
        (grads, _), expected = gradients(student, reference, rng, *problem(reference, rng, net))
        assert_close(grads, expected[0], name="grads")

    @pytest.mark.parametrize("net", NETS)
    def test_dx(self, student, reference, rng, net):
        (_, dx), expected = gradients(student, reference, rng, *problem(reference, rng, net))
        assert_close(dx, expected[1], name="dx")

    @pytest.mark.parametrize("net", MORE)
    @pytest.mark.weight(0.5)
    def test_generality(self, student, reference, rng, net):
        (grads, dx), expected = gradients(student, reference, rng, *problem(reference, rng, net, n=3))
        assert_close([grads, dx], list(expected), name="[grads, dx]")

    @pytest.mark.parametrize("net, n", [("70 filters", 1), ("1,100 inputs", 2), ("1,050 units", 2), ("one fc", 70)])
    @pytest.mark.weight(0.5)
    def test_sizes(self, student, reference, rng, net, n):
        (grads, dx), expected = gradients(student, reference, rng, *problem(reference, rng, net, n))
        assert_close([grads, dx], list(expected), name="[grads, dx]")

    @pytest.mark.weight(0.5)
    def test_relu_lets_nothing_through_at_zero(self, student, reference, rng):
        x, layers, params = problem(reference, rng, "one relu")
        x = np.where(rng.permuted(np.arange(x.size) % 2 == 0).reshape(x.shape), 0.0, x)
        (_, dx), expected = gradients(student, reference, rng, x, layers, params)
        assert_close(dx, expected[1], name="dx")

    @pytest.mark.after("test_grads")
    def test_two_passes_keep_apart(self, student, reference, rng):
        problems = [problem(reference, rng, "conv, relu, pool, fc") for _ in range(2)]
        mine, own = ([module.network_forward(*each)[1] for each in problems] for module in (student, reference))
        for cache, right in zip(mine, own, strict=True):
            dlogits = rng.normal(size=(2, 3))
            got, expected = student.network_backward(dlogits, cache), reference.network_backward(dlogits, right)
            assert_close(list(got), list(expected), name="[grads, dx]")

    @pytest.mark.after("test_grads")
    def test_keeps_dlogits_and_float32(self, student, reference, rng):
        arguments = cast(problem(reference, rng, "conv, relu, pool, fc"), np.float32)
        _, cache = student.network_forward(*arguments)
        dlogits = rng.normal(size=(2, 6)).astype(np.float32)[:, ::2]
        grads, dx = assert_inputs_unchanged(lambda dlogits: student.network_backward(dlogits, cache), dlogits)
        for k, (dw, db) in enumerate(grads):
            assert_dtype(dw, "float32", name=f"dw of grads[{k}]")
            assert_dtype(db, "float32", name=f"db of grads[{k}]")
        assert_dtype(dx, "float32", name="dx")


SMALL = ((2, 4, 6), [("conv", 3, 3, 1), ("relu",), ("pool",), ("fc", 4)])
CLASSIFIERS = ["one fc", "conv, relu, pool, fc", "two of each", "stride 2 in place of pooling", "three fc"]


def twins(student, reference, rng, input_shape, layers):
    """The student's network, and the reference's with the same weights."""
    net, twin = student.ConvNet(input_shape, layers, rng), reference.ConvNet(input_shape, layers, rng)
    twin.params = assert_shapes(net.params, twin.params)
    return net, twin


def rows(rng, n=5, classes=4):
    return rng.normal(size=(n, *SMALL[0])), rng.integers(classes, size=n)


def assert_same_fit(net, twin, rng, x, y, *settings, **more):
    """losses and params after fit; where the order of the rows plays no part they are determined."""
    assert_close(net.fit(x, y, *settings, rng, **more), twin.fit(x, y, *settings, rng, **more), name="losses")
    assert_close(net.params, twin.params, name="params")


@pytest.mark.exercise("ConvNet")
class TestConvNet:
    def test_first_weights(self, student, reference, rng):
        input_shape, layers = WIDE["a conv, then an fc"]
        net, twin = twins(student, reference, rng, input_shape, layers)
        assert_close(net.params, zeros(twin.params), atol=30.0, name="params")
        for k, (w, b) in enumerate(twin.params):
            assert_he(w, w[0].size, f"w of params[{k}]")
            assert_close(b, np.zeros(len(b)), name=f"b of params[{k}]")

    @pytest.mark.parametrize("net", CLASSIFIERS)
    @pytest.mark.weight(0.4)
    def test_forward(self, student, reference, rng, net):
        input_shape, layers = (NETS | MORE)[net]
        mine, twin = twins(student, reference, rng, input_shape, layers)
        for n in (3, 1):
            x = rng.normal(size=(n, *input_shape))
            assert_close(mine.forward(x), twin.forward(x), name="logits")

    @pytest.mark.parametrize("net", CLASSIFIERS)
    @pytest.mark.weight(0.4)
    def test_features(self, student, reference, rng, net):
        input_shape, layers = (NETS | MORE)[net]
        mine, twin = twins(student, reference, rng, input_shape, layers)
        x = rng.normal(size=(3, *input_shape))
        assert_close(mine.features(x), twin.features(x), name="features")

    def test_predict(self, student, reference, rng):
        net, twin = twins(student, reference, rng, *SMALL)
        x = rng.normal(size=(70, *SMALL[0]))
        assert_close(net.predict(x), twin.predict(x), name="classes")

    @pytest.mark.rests_on("test_predict")
    @pytest.mark.weight(0.3)
    def test_predict_takes_the_first_of_equals(self, student, reference, rng):
        net, _ = twins(student, reference, rng, *SMALL)
        x = np.zeros((3, *SMALL[0]))  # all biases are 0 at the start, and so are the logits
        assert_close(net.predict(x), np.zeros(3, dtype=int), name="classes")

    @pytest.mark.parametrize("net", CLASSIFIERS)
    @pytest.mark.weight(0.5)
    def test_loss_and_grads(self, student, reference, rng, net):
        input_shape, layers = (NETS | MORE)[net]
        mine, twin = twins(student, reference, rng, input_shape, layers)
        x, y = rng.normal(size=(3, *input_shape)), rng.permutation(layers[-1][1])[np.arange(3) % 2]
        got, expected = mine.loss_and_grads(x, y), twin.loss_and_grads(x, y)
        assert_close(list(got), list(expected), name="[loss, grads]")
        assert_close(mine.params, twin.params, name="params after loss_and_grads")

    def test_one_step_on_all_rows(self, student, reference, rng):
        assert_same_fit(*twins(student, reference, rng, *SMALL), rng, *rows(rng), 1, 0.1, 0.0, 5)

    @pytest.mark.weight(2)
    def test_momentum(self, student, reference, rng):
        assert_same_fit(*twins(student, reference, rng, *SMALL), rng, *rows(rng), 4, 0.1, 0.8, 5)

    def test_decay(self, student, reference, rng):
        assert_same_fit(*twins(student, reference, rng, *SMALL), rng, *rows(rng), 3, 0.1, 0.8, 5, decay=0.5)

    @pytest.mark.weight(0.5)
    def test_more_room_than_rows(self, student, reference, rng):
        assert_same_fit(*twins(student, reference, rng, *SMALL), rng, *rows(rng), 3, 0.1, 0.8, 100)

    @pytest.mark.parametrize("batch_size", [2, 1])
    @pytest.mark.weight(0.5)
    def test_an_epochs_loss_is_the_mean_over_its_rows(self, student, reference, rng, batch_size):
        net, twin = twins(student, reference, rng, *SMALL)
        x, y = rows(rng)
        # Without a step, that mean is the same in whatever order and batches the rows come.
        losses = net.fit(x, y, 2, 0.0, 0.9, batch_size, rng)
        assert_close(losses, twin.fit(x, y, 2, 0.0, 0.9, 5, rng), name="losses at lr 0")

    def test_a_step_for_every_batch(self, student, reference, rng):
        # With equal rows every batch has the same gradient: 2 + 2 + 1 rows are three steps an epoch.
        x = np.repeat(rng.normal(size=(1, *SMALL[0])), 5, axis=0)
        nets = twins(student, reference, rng, *SMALL)
        assert_same_fit(*nets, rng, x, np.full(5, int(rng.integers(4))), 2, 0.1, 0.5, 2, decay=0.5)

    @pytest.mark.weight(0.5)
    def test_rows_are_shuffled_in_every_epoch(self, student, reference, rng):
        # Two rows, one a batch: an epoch's loss tells in which of the two orders they came.
        orders = []
        for _ in range(3):
            net, twin = twins(student, reference, rng, (1, 1, 2), [("fc", 3)])
            x, y = rng.normal(size=(2, 1, 1, 2)), np.array([0, 2])
            seen = net.fit(x, y, 12, 0.5, 0.0, 1, rng)
            assert_close(seen, [0.0] * 12, atol=100.0, name="losses")
            for loss in seen:
                tried = []
                for order in ((0, 1), (1, 0)):
                    other = reference.ConvNet((1, 1, 2), [("fc", 3)], rng)
                    other.params = list(twin.params)
                    mean = sum(other.fit(x[[n]], y[[n]], 1, 0.5, 0.0, 1, rng)[0] for n in order) / 2
                    tried.append((abs(loss - mean), mean, other.params))
                orders.append(tried[1][0] < tried[0][0])
                _, mean, twin.params = min(tried, key=lambda each: each[0])
                assert_close(loss, mean, rtol=1e-7, name="an epoch's loss")
        if len(set(orders)) == 1:
            raise Mismatch("the two rows came in the same order in 36 epochs: shuffle the rows")
        if all(len(set(orders[k : k + 12])) == 1 for k in (0, 12, 24)):
            raise Mismatch("the rows kept one order through all epochs: shuffle in every epoch")

    def test_fit_goes_on_without_the_old_changes(self, student, reference, rng):
        net, twin = twins(student, reference, rng, *SMALL)
        for _ in range(2):
            assert_same_fit(net, twin, rng, *rows(rng), 2, 0.1, 0.8, 5)

    @pytest.mark.parametrize("count", [1, 2, 3])
    @pytest.mark.weight(0.6)
    def test_frozen(self, student, reference, rng, count):
        nets = twins(student, reference, rng, SMALL[0], [*SMALL[1][:-1], ("fc", 5), ("relu",), ("fc", 4)])
        for net in nets:
            net.freeze(count)
        assert_same_fit(*nets, rng, *rows(rng), 2, 0.1, 0.8, 5)

    @pytest.mark.weight(0.5)
    def test_thawed(self, student, reference, rng):
        nets = twins(student, reference, rng, *SMALL)
        for net in nets:
            net.freeze(2)
            net.freeze(0)
        assert_same_fit(*nets, rng, *rows(rng), 2, 0.1, 0.8, 5)

    def test_new_head(self, student, reference, rng):
        net, twin = twins(student, reference, rng, (4, 5, 10), [("conv", 6, 3, 1), ("relu",), ("pool",), ("fc", 3)])
        body = twin.params[0]
        for each in (net, twin):
            each.replace_head(30, rng)
        twin.params = assert_shapes(net.params, twin.params)
        assert_close(twin.params[0], body, name="params[0] after replace_head")
        w, b = twin.params[1]
        assert_he(w, 60, "the new head's w")
        assert_close(b, np.zeros(30), name="the new head's b")
        x = rng.normal(size=(3, 4, 5, 10))
        assert_close(net.forward(x), twin.forward(x), name="logits of the new head")

    @pytest.mark.parametrize("units", [2, 7])
    @pytest.mark.weight(0.5)
    def test_new_head_learns_on_a_frozen_body(self, student, reference, rng, units):
        net, twin = twins(student, reference, rng, *SMALL)
        assert_same_fit(net, twin, rng, *rows(rng), 1, 0.1, 0.8, 5)
        for each in (net, twin):
            each.replace_head(units, rng)
            each.freeze(1)
        twin.params = assert_shapes(net.params, twin.params)
        assert_same_fit(net, twin, rng, *rows(rng, classes=units), 2, 0.1, 0.8, 5)

    @pytest.mark.weight(2)
    def test_learns_bars(self, student, reference, rng):
        # 95 to 100 % of new ones in 120 seeds. Frozen random filters get 85 % at most in 60, a linear model about a third.
        input_shape, layers = (1, 12, 12), [("conv", 6, 3, 1), ("relu",), ("pool",), ("fc", 4)]
        (x, y), (x_new, y_new) = bars(600, rng, 0.1), bars(500, rng, 0.1)
        net = student.ConvNet(input_shape, layers, rng)
        net.fit(x, y, 5, 0.1, 0.9, 24, rng, decay=0.9)
        twin = reference.ConvNet(input_shape, layers, rng)
        twin.params = assert_shapes(net.params, twin.params, largest=100.0)
        assert_close(net.forward(x_new[:9]), twin.forward(x_new[:9]), rtol=1e-6, name="logits of the trained network")
        right = float(np.mean(twin.predict(x_new) == y_new))
        if right < 0.9:
            raise Mismatch(f"of 500 new bars {right:.0%} are right; 90% expected after five epochs")

    @pytest.mark.after("test_momentum")
    def test_two_networks_share_nothing(self, student, reference, rng):
        first, _ = twins(student, reference, rng, *SMALL)
        second, twin = twins(student, reference, rng, *SMALL)
        first.freeze(2)
        first.fit(*rows(rng), 2, 0.1, 0.8, 5, rng)
        assert_same_fit(second, twin, rng, *rows(rng), 2, 0.1, 0.8, 5)

    @pytest.mark.after("test_new_head")
    def test_layers_unchanged(self, student, rng):
        net = assert_inputs_unchanged(lambda layers: student.ConvNet(SMALL[0], layers, rng), list(SMALL[1]))
        net.replace_head(3, rng)

    @pytest.mark.after("test_momentum")
    def test_inputs_unchanged(self, student, rng):
        net = student.ConvNet(*SMALL, rng)
        x, y = rows(rng)
        assert_inputs_unchanged(lambda x, y: net.fit(x, y, 2, 0.1, 0.8, 2, rng), x, y)
        for method in (net.forward, net.features, net.predict):
            assert_inputs_unchanged(method, x)

    @pytest.mark.after("test_momentum")
    def test_bad_settings(self, student, rng):
        net = student.ConvNet(*SMALL, rng)
        x, y = rows(rng)
        assert_refuses(net.fit, "batch_size", x, y, 1, 0.1, 0.8, 0, rng)
        for stranger in (-1, 4):
            assert_refuses(net.fit, "y", x, np.array([0, 1, stranger, 0, 2]), 1, 0.1, 0.8, 2, rng)
        for count in (-1, 3):
            assert_refuses(net.freeze, "count", count)
        assert_refuses(net.replace_head, "units", 0, rng)

    @pytest.mark.after("test_first_weights")
    def test_bad_layers(self, student, rng):
        for input_shape, layers in (*BAD.values(), NETS["one conv"], ((1, 2, 3), [])):
            assert_refuses(student.ConvNet, "layers", input_shape, layers, rng)


class Probabilities:
    """A softmax of weighted sums of the pixels, which looks at every pixel of every channel."""

    def __init__(self, rng, shape, classes=3):
        self.weights = rng.normal(size=(classes, *shape))

    def __call__(self, images):
        wrong = np.ndim(images) != 4 or np.shape(images)[1:] != self.weights.shape[1:]
        if wrong:
            raise Mismatch(
                f"predict wants images (N, {', '.join(map(str, self.weights.shape[1:]))}), not {np.shape(images)}"
            )
        powers = np.exp(np.einsum("nchw,kchw->nk", images, self.weights) / 4)
        return powers / powers.sum(axis=1, keepdims=True)


def occluded(student, reference, rng, shape, *settings):
    predict, image, label = Probabilities(rng, shape), rng.uniform(0.5, 2, size=shape), int(rng.integers(3))
    return (module.occlusion_map(predict, image, label, *settings) for module in (student, reference))


@pytest.mark.exercise("occlusion_map")
class TestOcclusion:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("size", [1, 2, 3])
    def test_every_place(self, student, reference, rng, size):
        got, expected = occluded(student, reference, rng, (1, 4, 6), size, 1)
        assert_close(got, expected, name="out")

    @pytest.mark.parametrize("size", [1, 3])
    def test_channels(self, student, reference, rng, size):
        got, expected = occluded(student, reference, rng, (3, 5, 4), size, 1)
        assert_close(got, expected, name="out")

    @pytest.mark.parametrize("size, stride", [(1, 2), (3, 2), (2, 3), (2, 2)])
    def test_strides(self, student, reference, rng, size, stride):
        got, expected = occluded(student, reference, rng, (2, 8, 7), size, stride)
        assert_close(got, expected, name="out")

    @pytest.mark.parametrize("fill", [0.75, -2.0])
    def test_fill(self, student, reference, rng, fill):
        got, expected = occluded(student, reference, rng, (2, 4, 5), 2, 1, fill)
        assert_close(got, expected, name="out")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("shape, size, stride", [((1, 3, 5), 3, 1), ((2, 3, 3), 3, 1), ((1, 4, 4), 1, 9)])
    def test_few_places(self, student, reference, rng, shape, size, stride):
        got, expected = occluded(student, reference, rng, shape, size, stride)
        assert_close(got, expected, name="out")

    @pytest.mark.weight(0.5)
    def test_long_image(self, student, reference, rng):
        got, expected = occluded(student, reference, rng, (1, 1, 1030), 1, 250)
        assert_close(got, expected, name="out")

    @pytest.mark.after("test_every_place")
    def test_image_unchanged(self, student, rng):
        predict = Probabilities(rng, (2, 3, 4))
        assert_inputs_unchanged(
            lambda image: student.occlusion_map(predict, image, 1, 2, 1), rng.normal(size=(2, 3, 4))
        )

    @pytest.mark.after("test_every_place")
    def test_bad_input(self, student, rng):
        predict, image = Probabilities(rng, (1, 5, 4)), rng.normal(size=(1, 5, 4))
        for size in (0, 5):
            assert_refuses(student.occlusion_map, "size", predict, image, 0, size, 1)
        assert_refuses(student.occlusion_map, "stride", predict, image, 0, 2, 0)


MAPS = [(1, 3, 4, 5), (3, 4, 2, 5), (2, 1, 3, 4), (2, 3, 1, 1)]
LARGE_MAPS = [(1, 70, 2, 3), (2, 3, 8, 130), (70, 2, 3, 1)]


@pytest.mark.exercise("gram_matrix")
class TestGram:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("shape", MAPS, ids=str)
    def test_values(self, student, reference, rng, shape):
        features = rng.normal(size=shape)
        assert_close(student.gram_matrix(features), reference.gram_matrix(features), name="G")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("shape", LARGE_MAPS, ids=str)
    def test_sizes(self, student, reference, rng, shape):
        features = rng.normal(size=shape)
        assert_close(student.gram_matrix(features), reference.gram_matrix(features), name="G")

    @pytest.mark.after("test_values")
    def test_keeps_inputs_and_float32(self, student, rng):
        features = rng.normal(size=(2, 3, 4, 6)).astype(np.float32)[..., ::2]
        assert_dtype(assert_inputs_unchanged(student.gram_matrix, features), "float32", name="G")


def target(reference, rng, channels):
    """The Gram matrix of another image, of another size."""
    return reference.gram_matrix(2 * rng.normal(size=(1, channels, 3, 7)))[0]


@pytest.mark.exercise("style_gradient")
class TestStyle:
    @pytest.mark.weight(1.5)
    @pytest.mark.parametrize("shape", MAPS, ids=str)
    def test_loss(self, student, reference, rng, shape):
        arguments = rng.normal(size=shape), target(reference, rng, shape[1])
        assert_close(student.style_gradient(*arguments)[0], reference.style_gradient(*arguments)[0], name="loss")

    @pytest.mark.weight(2.5)
    @pytest.mark.parametrize("shape", MAPS, ids=str)
    def test_gradient(self, student, reference, rng, shape):
        arguments = rng.normal(size=shape), target(reference, rng, shape[1])
        assert_close(student.style_gradient(*arguments)[1], reference.style_gradient(*arguments)[1], name="dfeatures")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("shape", LARGE_MAPS, ids=str)
    def test_sizes(self, student, reference, rng, shape):
        arguments = rng.normal(size=shape), target(reference, rng, shape[1])
        assert_close(student.style_gradient(*arguments), reference.style_gradient(*arguments), name="(loss, dfeatures)")

    @pytest.mark.rests_on("test_gradient")
    @pytest.mark.weight(0.5)
    def test_style_reached(self, student, reference, rng):
        features = rng.normal(size=(1, 3, 4, 5))
        got = student.style_gradient(features, reference.gram_matrix(features)[0])
        assert_close(got, (0.0, np.zeros((1, 3, 4, 5))), atol=1e-12, name="(loss, dfeatures)")

    @pytest.mark.after("test_gradient")
    def test_keeps_inputs_and_float32(self, student, reference, rng):
        features = rng.normal(size=(2, 3, 4, 6)).astype(np.float32)[..., ::2]
        goal = target(reference, rng, 3).astype(np.float32)
        _, dfeatures = assert_inputs_unchanged(student.style_gradient, features, goal)
        assert_dtype(dfeatures, "float32", name="dfeatures")

    @pytest.mark.after("test_gradient")
    def test_bad_target(self, student, rng):
        features = rng.normal(size=(2, 3, 4, 5))
        for shape in ((1, 3, 3), (4, 4), (1, 1)):
            assert_refuses(student.style_gradient, "target_gram", features, np.ones(shape))
