"""Hidden checks: the plain case first, then each generality by itself, the laws of dropout, and manners.

Every bound on a random quantity is missed by a right answer less than once in 10^9 draws.
"""

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
    no_warnings,
)

SIGMAS = 7
PENALTIES = {  # what each is given after w
    "l1_penalty": lambda rng: (float(rng.uniform(0.3, 3.0)),),
    "l2_penalty": lambda rng: (float(rng.uniform(0.3, 3.0)),),
    "elastic_net": lambda rng: (float(rng.uniform(1.5, 3.0)), float(rng.uniform(0.1, 0.4))),
}


@each_exercise(*PENALTIES)
class TestPenalties:
    @pytest.mark.weight(2)
    def test_loss(self, student, reference, rng, name):
        w, settings = rng.normal(size=(4, 7)), PENALTIES[name](rng)
        loss, _ = getattr(student, name)(w, *settings)
        assert_close(loss, getattr(reference, name)(w, *settings)[0], name="loss")

    @pytest.mark.weight(2)
    def test_gradient(self, student, reference, rng, name):
        w, settings = rng.normal(size=(4, 7)), PENALTIES[name](rng)
        _, gradient = getattr(student, name)(w, *settings)
        assert_close(gradient, getattr(reference, name)(w, *settings)[1], name="gradient")

    @pytest.mark.parametrize("shape", [(), (1100,), (3, 2, 70)])
    @pytest.mark.weight(0.5)
    def test_any_shape(self, student, reference, rng, name, shape):
        w, settings = np.asarray(rng.normal(size=shape)), PENALTIES[name](rng)
        got, expected = getattr(student, name)(w, *settings), getattr(reference, name)(w, *settings)
        assert_close(got, (expected[0], np.asarray(expected[1])), name="(loss, gradient)")

    @pytest.mark.weight(0.5)
    def test_zeros_and_tiny_weights(self, student, reference, rng, name):
        w, settings = rng.normal(size=9), PENALTIES[name](rng)
        w[[0, 4]], w[[2, 3]] = 0.0, (1e-9, -1e-9)
        got, expected = getattr(student, name)(w, *settings), getattr(reference, name)(w, *settings)
        assert_close(got, expected, name="(loss, gradient)")

    @pytest.mark.after("test_gradient")
    def test_keeps_inputs_and_float32(self, student, rng, name):
        w = rng.normal(size=(3, 8)).astype(np.float32)[:, ::2]
        _, gradient = assert_inputs_unchanged(getattr(student, name), w, *PENALTIES[name](rng))
        assert_dtype(gradient, "float32", name="gradient")

    @pytest.mark.after("test_gradient")
    def test_negative_strength(self, student, rng, name):
        _, *others = PENALTIES[name](rng)
        assert_refuses(getattr(student, name), "strength", rng.normal(size=3), -0.1, *others)


@pytest.mark.exercise("elastic_net")
class TestElasticNet:
    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("l1_ratio", [0.0, 1.0])
    def test_one_alone(self, student, reference, rng, l1_ratio):
        w = rng.normal(size=(2, 5))
        got, expected = student.elastic_net(w, 1.7, l1_ratio), reference.elastic_net(w, 1.7, l1_ratio)
        assert_close(got, expected, name="(loss, gradient)")

    @pytest.mark.after("test_one_alone")
    @pytest.mark.parametrize("l1_ratio", [-0.1, 1.1])
    def test_bad_ratio(self, student, rng, l1_ratio):
        assert_refuses(student.elastic_net, "l1_ratio", rng.normal(size=3), 1.0, l1_ratio)


def sparse_problem(rng):
    """One regression with 4 weights of 40 that are not 0; rng changes places and signs only, which change nothing else."""
    fixed = np.random.default_rng(0)
    x, w = fixed.normal(size=(60, 40)), np.zeros(40)
    w[[3, 11, 20, 34]] = 2.0, -1.5, 1.0, 3.0
    order, signs = rng.permutation(40), rng.choice([-1.0, 1.0], size=40)
    return (x * signs)[:, order], x @ w, (w * signs)[order]


@pytest.mark.exercise("proximal_l1")
class TestProximal:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("shape", [(5, 8), (1100,)])
    def test_random_values(self, student, reference, rng, shape):
        w, lr, strength = rng.normal(size=shape), float(rng.uniform(0.1, 0.6)), float(rng.uniform(1.2, 2.0))
        assert_close(student.proximal_l1(w, lr, strength), reference.proximal_l1(w, lr, strength), name="w")

    @pytest.mark.weight(0.5)
    def test_at_the_threshold(self, student, reference, rng):
        w = rng.permutation([0.5, -0.5, 0.0, 0.75, -0.75, 0.25, 2.0])
        assert_close(student.proximal_l1(w, 0.25, 2.0), reference.proximal_l1(w, 0.25, 2.0), name="w")

    @pytest.mark.rests_on("test_random_values")
    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("lr, strength", [(0.0, 2.0), (0.3, 0.0)])
    def test_nothing_to_take(self, student, rng, lr, strength):
        w = rng.normal(size=6)
        assert_close(student.proximal_l1(w, lr, strength), w, name="w")

    def test_finds_the_weights_that_are_not_zero(self, student, rng):
        x, y, truth = sparse_problem(rng)
        w = np.zeros(40)
        for _ in range(80):
            w = student.proximal_l1(w - 0.2 * x.T @ (x @ w - y) / 60, 0.2, 0.1)
            assert_close(w, np.zeros(40), atol=1e6, name="w")
        assert_close((w != 0).tolist(), (truth != 0).tolist(), name="which weights are not 0 after 80 steps")

    @pytest.mark.after("test_random_values")
    def test_keeps_inputs_and_float32(self, student, rng):
        w = rng.normal(size=(3, 8)).astype(np.float32)[:, ::2]
        assert_dtype(assert_inputs_unchanged(student.proximal_l1, w, 0.5, 0.3), "float32", name="w")

    @pytest.mark.after("test_random_values")
    def test_bad_input(self, student, rng):
        assert_refuses(student.proximal_l1, "lr", rng.normal(size=3), -0.1, 1.0)
        assert_refuses(student.proximal_l1, "strength", rng.normal(size=3), 0.1, -1.0)


def of_norms(rng, norms, *shape):
    """Rows of these norms."""
    w = rng.normal(size=(len(norms), *shape))
    lengths = np.sqrt((w**2).sum(axis=tuple(range(1, w.ndim)), keepdims=True))
    return w / lengths * np.asarray(norms).reshape(lengths.shape)


@pytest.mark.exercise("max_norm")
class TestMaxNorm:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("columns", [5, 1100])
    def test_rows_long_and_short(self, student, reference, rng, columns):
        w = of_norms(rng, rng.permutation([0.4, 7.0, 1.2, 3.0, 1.6, 0.01, 1.9]), columns)
        assert_close(student.max_norm(w, 1.4), reference.max_norm(w, 1.4), name="w")

    def test_many_rows(self, student, reference, rng):
        w = of_norms(rng, rng.uniform(0.5, 6, size=70), 3)
        assert_close(student.max_norm(w, 3.0), reference.max_norm(w, 3.0), name="w")

    @pytest.mark.parametrize("shape", [(3, 2, 5), (4, 2)])
    def test_convolutions(self, student, reference, rng, shape):
        w = of_norms(rng, rng.permutation([0.4, 7.0, 1.2, 3.0, 0.01, 1.9]), *shape)
        assert_close(student.max_norm(w, 1.4), reference.max_norm(w, 1.4), name="w")

    def test_rows_of_zeros(self, student, reference, rng):
        w = of_norms(rng, [3.0, 0.0, 0.2, 0.0], 6)
        assert_close(student.max_norm(w, 0.7), reference.max_norm(w, 0.7), name="w")

    @pytest.mark.after("test_rows_long_and_short")
    def test_rows_of_zeros_are_silent(self, student, reference, rng):
        w = of_norms(rng, [3.0, 0.0, 0.2], 6)
        with no_warnings():
            got = student.max_norm(w, 0.7)
        assert_close(got, reference.max_norm(w, 0.7), name="w")

    @pytest.mark.after("test_rows_long_and_short")
    def test_keeps_inputs_and_float32(self, student, rng):
        w = rng.normal(size=(3, 8)).astype(np.float32)[:, ::2]
        assert_dtype(assert_inputs_unchanged(student.max_norm, w, 1.0), "float32", name="w")

    @pytest.mark.after("test_rows_long_and_short")
    def test_bad_input(self, student, rng):
        assert_refuses(student.max_norm, "w", rng.normal(size=3), 1.0)
        for limit in (0.0, -1.0):
            assert_refuses(student.max_norm, "limit", rng.normal(size=(2, 3)), limit)


def away_from_zero(rng, shape):
    return rng.uniform(0.5, 2.0, size=shape) * rng.choice([-1.0, 1.0], size=shape)


def assert_dropped(out, x, p):
    """out is x with a share p of it dropped, and the rest divided by 1 - p; x holds no zeros, and p < 1."""
    assert_close(out, np.zeros(x.shape), rtol=0.0, atol=1e6, name="out")
    kept = out != 0
    assert_close(out, np.where(kept, x / (1 - p), 0.0), name="out, where it is not 0")
    # So many standard deviations, or, with few draws or a p near 0 or 1, so many draws more than chance would have it.
    room = SIGMAS * np.sqrt(p * (1 - p) / x.size) + 20 / x.size
    assert_close(float(np.mean(~kept)), p, rtol=0.0, atol=room, name="the share that was dropped")


@pytest.mark.exercise("dropout_forward")
class TestDropoutForward:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("p", [0.3, 0.8])
    def test_one_layer(self, student, rng, p):
        x = away_from_zero(rng, (40, 60))
        out, _ = student.dropout_forward(x, p, rng)
        assert_dropped(out, x, p)

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("shape", [(3, 1100), (5, 3, 12, 14), (1500,)])
    def test_any_shape(self, student, rng, shape):
        x = away_from_zero(rng, shape)
        out, _ = student.dropout_forward(x, 0.4, rng)
        assert_dropped(out, x, 0.4)

    @pytest.mark.rests_on("test_one_layer")
    @pytest.mark.parametrize("axes", [2, 3])
    def test_each_entry_by_itself(self, student, rng, axes):
        x = away_from_zero(rng, (45, 46, 47)[:axes])
        out, _ = student.dropout_forward(x, 0.5, rng)
        assert_dropped(out, x, 0.5)
        # Of 45 entries in a line, all are kept, or all are dropped, once in 10^13 lines.
        for axis in range(axes):
            shares = (out == 0).mean(axis=axis)
            assert_close(
                shares, np.full(shares.shape, 0.5), rtol=0.0, atol=0.49, name=f"the shares dropped along axis {axis}"
            )

    @pytest.mark.rests_on("test_one_layer")
    def test_rng_alone_decides(self, student):
        x = np.arange(1.0, 201.0)
        first, second, other = (student.dropout_forward(x, 0.5, np.random.default_rng(k))[0] for k in (3, 3, 4))
        for out in (first, second, other):
            assert_dropped(out, x, 0.5)
        assert_close(second, first, name="out from an equal rng")
        if np.array_equal(other, first):
            raise Mismatch("another rng gives the same mask: draw from the rng that is given")

    @pytest.mark.weight(1.5)
    def test_evaluation(self, student, rng):
        x = away_from_zero(rng, (30, 40))
        trained, _ = student.dropout_forward(x, 0.3, rng)
        out, _ = student.dropout_forward(x, 0.3, rng, training=False)
        assert_close(trained, np.zeros(x.shape), rtol=0.0, atol=1e6, name="out in training")
        if np.all(trained == 0) or np.all(trained != 0):
            raise Mismatch("in training some of x should be dropped, and some kept")
        assert_close(out, x, name="out in evaluation")

    @pytest.mark.rests_on("test_one_layer")
    def test_nothing_dropped(self, student, rng):
        x = rng.normal(size=(6, 9))
        out, _ = student.dropout_forward(x, 0.0, rng)
        assert_close(out, x, name="out")

    @pytest.mark.weight(0.5)
    @pytest.mark.rests_on("test_one_layer")
    def test_everything_dropped(self, student, rng):
        out, _ = student.dropout_forward(rng.normal(size=(6, 9)), 1.0, rng)
        assert_close(out, np.zeros((6, 9)), name="out")

    @pytest.mark.after("test_everything_dropped")
    def test_everything_dropped_silently(self, student, rng):
        with no_warnings():
            out, _ = student.dropout_forward(rng.normal(size=(6, 9)), 1.0, rng)
        assert_close(out, np.zeros((6, 9)), name="out")

    @pytest.mark.after("test_one_layer")
    @pytest.mark.parametrize("training", [True, False])
    def test_keeps_inputs_and_float32(self, student, rng, training):
        x = away_from_zero(rng, (6, 10)).astype(np.float32)[:, ::2]
        out, _ = assert_inputs_unchanged(lambda x: student.dropout_forward(x, 0.4, rng, training), x)
        assert_dtype(out, "float32", name="out")

    @pytest.mark.after("test_one_layer")
    @pytest.mark.parametrize("p", [-0.1, 1.1])
    def test_bad_input(self, student, rng, p):
        assert_refuses(student.dropout_forward, "p", rng.normal(size=3), p, rng)


def after_dropout(student, x, p, rng, training=True):
    """out and cache of the student's forward; of out the shape is known."""
    out, cache = student.dropout_forward(x, p, rng, training)
    assert_close(out, np.zeros(x.shape), rtol=0.0, atol=1e6, name="out")
    return out, cache


@pytest.mark.exercise("dropout_backward")
class TestDropoutBackward:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("shape", [(30, 40), (2, 1100)])
    def test_same_mask(self, student, rng, shape):
        x, dout = away_from_zero(rng, shape), rng.normal(size=shape)
        out, cache = after_dropout(student, x, 0.3, rng)
        if np.all(out == 0) or np.all(out != 0):
            raise Mismatch("dropout_forward should drop some of x and keep some: there is no mask to go back by")
        assert_close(student.dropout_backward(dout, cache), dout * out / x, name="dx")

    def test_zeros_have_a_gradient(self, student, rng):
        # After a ReLU many entries are 0, dropped or not: the mask cannot be read off out.
        dout = away_from_zero(rng, (30, 40))
        _, cache = after_dropout(student, np.zeros((30, 40)), 0.4, rng)
        assert_dropped(student.dropout_backward(dout, cache), dout, 0.4)

    @pytest.mark.rests_on("test_same_mask")
    @pytest.mark.parametrize("p, training", [(0.4, False), (0.0, True)])
    @pytest.mark.weight(0.5)
    def test_nothing_was_dropped(self, student, rng, p, training):
        x, dout = rng.normal(size=(3, 5, 7)), rng.normal(size=(3, 5, 7))
        _, cache = after_dropout(student, x, p, rng, training)
        assert_close(student.dropout_backward(dout, cache), dout, name="dx")

    @pytest.mark.rests_on("test_same_mask")
    @pytest.mark.weight(0.5)
    def test_everything_was_dropped(self, student, rng):
        _, cache = after_dropout(student, rng.normal(size=(5, 7)), 1.0, rng)
        assert_close(student.dropout_backward(rng.normal(size=(5, 7)), cache), np.zeros((5, 7)), name="dx")

    @pytest.mark.after("test_same_mask")
    def test_two_layers_keep_apart(self, student, rng):
        layers = [away_from_zero(rng, shape) for shape in ((5, 40), (5, 40))]
        passed = [after_dropout(student, x, 0.5, rng) for x in layers]
        for x, (out, cache) in zip(layers, passed, strict=True):
            dout = rng.normal(size=x.shape)
            assert_close(student.dropout_backward(dout, cache), dout * out / x, name="dx")

    @pytest.mark.after("test_same_mask")
    def test_keeps_dout_and_float32(self, student, rng):
        x, dout = away_from_zero(rng, (5, 8)).astype(np.float32), rng.normal(size=(5, 16)).astype(np.float32)[:, ::2]
        _, cache = after_dropout(student, x, 0.4, rng)
        dx = assert_inputs_unchanged(lambda dout: student.dropout_backward(dout, cache), dout)
        assert_dtype(dx, "float32", name="dx")


def layer(rng, rows, inputs, classes):
    """x, w, b of a softmax layer."""
    return rng.normal(size=(rows, inputs)), rng.normal(size=(classes, inputs)), rng.normal(size=classes)


@pytest.mark.exercise("dropout_ensemble")
class TestDropoutEnsemble:
    @pytest.mark.weight(2)
    def test_one_input(self, student, reference, rng):
        x, w, b = layer(rng, 5, 1, 3)
        assert_close(student.dropout_ensemble(x, w, b, 0.3), reference.dropout_ensemble(x, w, b, 0.3), name="q")

    @pytest.mark.weight(2)
    def test_several_inputs(self, student, reference, rng):
        x, w, b = layer(rng, 3, 5, 4)
        assert_close(student.dropout_ensemble(x, w, b, 0.3), reference.dropout_ensemble(x, w, b, 0.3), name="q")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("sizes", [(2, 10, 3), (1, 3, 1100), (70, 2, 5)])
    def test_sizes(self, student, reference, rng, sizes):
        x, w, b = layer(rng, *sizes)
        assert_close(student.dropout_ensemble(x, w, b, 0.7), reference.dropout_ensemble(x, w, b, 0.7), name="q")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("p", [0.0, 0.5, 1.0])
    def test_other_probabilities(self, student, reference, rng, p):
        x, w, b = layer(rng, 3, 4, 5)
        assert_close(student.dropout_ensemble(x, w, b, p), reference.dropout_ensemble(x, w, b, p), name="q")

    def test_far_apart_scores(self, student, reference, rng):
        # Here most probabilities of a single network are 0 in floating point, but not their logarithms.
        x, w, b = layer(rng, 3, 4, 5)
        w = 400 * w
        assert_close(
            student.dropout_ensemble(x, w, b, 0.4), reference.dropout_ensemble(x, w, b, 0.4), rtol=1e-7, name="q"
        )

    @pytest.mark.after("test_several_inputs")
    def test_keeps_inputs_and_float32(self, student, rng):
        q = assert_inputs_unchanged(student.dropout_ensemble, *cast(layer(rng, 3, 4, 5), np.float32), 0.3)
        assert_dtype(q, "float32", name="q")

    @pytest.mark.after("test_several_inputs")
    def test_bad_input(self, student, rng):
        assert_refuses(student.dropout_ensemble, "x", *layer(rng, 2, 11, 3), 0.3)
        for p in (-0.1, 1.1):
            assert_refuses(student.dropout_ensemble, "p", *layer(rng, 2, 3, 3), p)


ROWS, IMAGES = (6, 5), (3, 5, 2, 7)


def vectors(rng, count, size):
    """So many vectors, all entries above 0.5: any of them may be a variance."""
    return [rng.uniform(0.5, 2.5, size=size) for _ in range(count)]


def batch(rng, shape):
    """x, whose channels differ in mean and spread, and gamma, beta, running_mean, running_var."""
    mean, spread = (each.reshape(-1, *[1] * (len(shape) - 2)) for each in vectors(rng, 2, shape[1]))
    return (mean + spread * rng.normal(size=shape), *vectors(rng, 4, shape[1]))


def normalised(student, reference, rng, shape, training, **settings):
    """Both modules' answers without their caches: (out, running_mean, running_var)."""
    arguments = batch(rng, shape)
    out, mean, var, _ = student.batchnorm_forward(*arguments, training, **settings)
    return [out, mean, var], list(reference.batchnorm_forward(*arguments, training, **settings)[:3])


@pytest.mark.exercise("batchnorm_forward")
class TestBatchnormForward:
    @pytest.mark.weight(4)
    def test_rows_in_training(self, student, reference, rng):
        got, expected = normalised(student, reference, rng, ROWS, True)
        assert_close(got[0], expected[0], name="out")

    @pytest.mark.weight(2)
    def test_rows_in_evaluation(self, student, reference, rng):
        got, expected = normalised(student, reference, rng, ROWS, False)
        assert_close(got[0], expected[0], name="out")

    def test_running_mean(self, student, reference, rng):
        got, expected = normalised(student, reference, rng, ROWS, True)
        assert_close(got[1], expected[1], name="running_mean")

    def test_running_variance(self, student, reference, rng):
        got, expected = normalised(student, reference, rng, ROWS, True)
        assert_close(got[2], expected[2], name="running_var")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("momentum", [0.35, 0.0, 1.0])
    def test_momentum(self, student, reference, rng, momentum):
        got, expected = normalised(student, reference, rng, ROWS, True, momentum=momentum)
        assert_close(got[1:], expected[1:], name="[running_mean, running_var]")

    @pytest.mark.rests_on("test_running_mean")
    def test_running_averages_in_evaluation(self, student, reference, rng):
        got, expected = normalised(student, reference, rng, ROWS, False, momentum=0.4)
        assert_close(got[1:], expected[1:], name="[running_mean, running_var]")

    def test_images_in_training(self, student, reference, rng):
        got, expected = normalised(student, reference, rng, IMAGES, True)
        assert_close(got[0], expected[0], name="out")

    def test_images_in_evaluation(self, student, reference, rng):
        got, expected = normalised(student, reference, rng, IMAGES, False)
        assert_close(got[0], expected[0], name="out")

    def test_running_averages_of_images(self, student, reference, rng):
        got, expected = normalised(student, reference, rng, IMAGES, True, momentum=0.3)
        assert_close(got[1:], expected[1:], name="[running_mean, running_var]")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("training", [True, False])
    def test_eps(self, student, reference, rng, training):
        got, expected = normalised(student, reference, rng, ROWS, training, eps=0.8)
        assert_close(got, expected, name="[out, running_mean, running_var]")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("shape", [(2, 70), (1030, 3), (1, 3, 2, 5), (5, 1)])
    def test_sizes(self, student, reference, rng, shape):
        got, expected = normalised(student, reference, rng, shape, True)
        assert_close(got, expected, name="[out, running_mean, running_var]")

    @pytest.mark.weight(0.5)
    def test_constant_channel(self, student, reference, rng):
        x, *others = batch(rng, ROWS)
        x[:, 1] = 0.75
        got, expected = student.batchnorm_forward(x, *others, True), reference.batchnorm_forward(x, *others, True)
        assert_close(list(got)[:3], list(expected[:3]), name="[out, running_mean, running_var]")

    @pytest.mark.after("test_rows_in_training")
    @pytest.mark.parametrize("training", [True, False])
    def test_keeps_inputs_and_float32(self, student, rng, training):
        out, mean, var, _ = assert_inputs_unchanged(
            student.batchnorm_forward, *cast(batch(rng, ROWS), np.float32), training
        )
        for name, value in (("out", out), ("running_mean", mean), ("running_var", var)):
            assert_dtype(value, "float32", name=name)

    @pytest.mark.after("test_rows_in_training")
    def test_bad_input(self, student, rng):
        for shape in ((1, 5), (1, 3, 1, 1)):
            assert_refuses(student.batchnorm_forward, "x", *batch(rng, shape), True)
        x, *others = batch(rng, (6, 7))
        assert_refuses(student.batchnorm_forward, "x", x[0], *others, True)
        assert_refuses(student.batchnorm_forward, "momentum", x, *others, True, momentum=1.1)


def gradients(student, reference, name, dout, *arguments, **settings):
    """Both modules' (dx, dgamma, dbeta) after their own forward passes."""
    forward, backward = f"{name}_forward", f"{name}_backward"
    cache, own = (getattr(module, forward)(*arguments, **settings)[-1] for module in (student, reference))
    return getattr(student, backward)(dout, cache), getattr(reference, backward)(dout, own)


def batch_gradients(student, reference, rng, shape, training, **settings):
    arguments, dout = batch(rng, shape), rng.normal(size=shape) + 0.5
    return gradients(student, reference, "batchnorm", dout, *arguments, training, **settings)


def assert_gradients_agree(got, expected):
    dx, dgamma, dbeta = got
    assert_close([dx, dgamma, dbeta], list(expected), name="[dx, dgamma, dbeta]")


def layers_keep_apart(student, reference, rng, name, layers):
    """Backpropagation goes through the layers in reverse: each cache must still hold its own layer's values."""
    forward, backward = f"{name}_forward", f"{name}_backward"
    mine, own = ([getattr(module, forward)(*each)[-1] for each in layers] for module in (student, reference))
    for each, cache, right in zip(layers, mine, own, strict=True):
        dout = rng.normal(size=each[0].shape)
        assert_gradients_agree(getattr(student, backward)(dout, cache), getattr(reference, backward)(dout, right))


def keeps_dout_and_float32(student, rng, name, *arguments):
    cache = getattr(student, f"{name}_forward")(*cast(arguments, np.float32))[-1]
    dout = rng.normal(size=(5, 12)).astype(np.float32)[:, ::2]
    found = assert_inputs_unchanged(lambda dout: getattr(student, f"{name}_backward")(dout, cache), dout)
    for label, value in zip(("dx", "dgamma", "dbeta"), found, strict=True):
        assert_dtype(value, "float32", name=label)


@pytest.mark.exercise("batchnorm_backward")
class TestBatchnormBackward:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("training", [True, False], ids=["in training", "in evaluation"])
    def test_dgamma_and_dbeta(self, student, reference, rng, training):
        (_, *got), (_, *expected) = batch_gradients(student, reference, rng, ROWS, training)
        assert_close(got, expected, name="[dgamma, dbeta]")

    @pytest.mark.weight(4)
    def test_dx_in_training(self, student, reference, rng):
        (dx, *_), expected = batch_gradients(student, reference, rng, ROWS, True)
        assert_close(dx, expected[0], name="dx")

    @pytest.mark.weight(2)
    def test_dx_in_evaluation(self, student, reference, rng):
        (dx, *_), expected = batch_gradients(student, reference, rng, ROWS, False)
        assert_close(dx, expected[0], name="dx")

    @pytest.mark.parametrize("training", [True, False], ids=["in training", "in evaluation"])
    def test_images(self, student, reference, rng, training):
        assert_gradients_agree(*batch_gradients(student, reference, rng, IMAGES, training))

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("training", [True, False])
    def test_eps(self, student, reference, rng, training):
        assert_gradients_agree(*batch_gradients(student, reference, rng, ROWS, training, eps=0.8))

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("shape", [(3, 70), (1030, 3), (1, 3, 2, 5), (5, 1)])
    def test_sizes(self, student, reference, rng, shape):
        assert_gradients_agree(*batch_gradients(student, reference, rng, shape, True))

    @pytest.mark.after("test_dx_in_training")
    def test_two_layers_keep_apart(self, student, reference, rng):
        layers_keep_apart(
            student, reference, rng, "batchnorm", [(*batch(rng, shape), True) for shape in ((3, 6), (5, 4))]
        )

    @pytest.mark.after("test_dx_in_training")
    def test_keeps_dout_and_float32(self, student, rng):
        keeps_dout_and_float32(student, rng, "batchnorm", *batch(rng, (5, 6)), True)


def rows(rng, shape):
    """x, whose rows differ in mean and spread, and gamma, beta."""
    spread, mean = (rng.uniform(0.5, 2.5, size=(*shape[:-1], 1)) for _ in range(2))
    return (mean + spread * rng.normal(size=shape), *vectors(rng, 2, shape[-1]))


DEEP = {"a sequence": (3, 6, 5), "one row alone": (9,), "four axes": (2, 3, 5, 4)}


@pytest.mark.exercise("layernorm_forward")
class TestLayernormForward:
    @pytest.mark.weight(4)
    def test_rows(self, student, reference, rng):
        arguments = rows(rng, (5, 7))
        out, _ = student.layernorm_forward(*arguments)
        assert_close(out, reference.layernorm_forward(*arguments)[0], name="out")

    @pytest.mark.parametrize("kind", DEEP)
    def test_leading_axes(self, student, reference, rng, kind):
        arguments = rows(rng, DEEP[kind])
        out, _ = student.layernorm_forward(*arguments)
        assert_close(out, reference.layernorm_forward(*arguments)[0], name="out")

    @pytest.mark.parametrize("shape", [(1, 1100), (70, 6)])
    def test_sizes(self, student, reference, rng, shape):
        arguments = rows(rng, shape)
        out, _ = student.layernorm_forward(*arguments)
        assert_close(out, reference.layernorm_forward(*arguments)[0], name="out")

    def test_eps(self, student, reference, rng):
        arguments = rows(rng, (3, 6))
        out, _ = student.layernorm_forward(*arguments, eps=0.8)
        assert_close(out, reference.layernorm_forward(*arguments, eps=0.8)[0], name="out")

    def test_constant_row(self, student, reference, rng):
        x, gamma, beta = rows(rng, (3, 8))
        x[1] = 0.75
        out, _ = student.layernorm_forward(x, gamma, beta)
        assert_close(out, reference.layernorm_forward(x, gamma, beta)[0], name="out")

    @pytest.mark.after("test_rows")
    def test_keeps_inputs_and_float32(self, student, rng):
        out, _ = assert_inputs_unchanged(student.layernorm_forward, *cast(rows(rng, (3, 6)), np.float32))
        assert_dtype(out, "float32", name="out")


def row_gradients(student, reference, rng, shape, **settings):
    dout = rng.normal(size=shape) + 0.5
    return gradients(student, reference, "layernorm", dout, *rows(rng, shape), **settings)


@pytest.mark.exercise("layernorm_backward")
class TestLayernormBackward:
    @pytest.mark.weight(2.5)
    def test_dgamma_and_dbeta(self, student, reference, rng):
        (_, *got), (_, *expected) = row_gradients(student, reference, rng, (5, 7))
        assert_close(got, expected, name="[dgamma, dbeta]")

    @pytest.mark.weight(3.5)
    def test_dx(self, student, reference, rng):
        (dx, *_), expected = row_gradients(student, reference, rng, (5, 7))
        assert_close(dx, expected[0], name="dx")

    @pytest.mark.parametrize("kind", DEEP)
    def test_leading_axes(self, student, reference, rng, kind):
        assert_gradients_agree(*row_gradients(student, reference, rng, DEEP[kind]))

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("shape", [(1, 1100), (70, 6)])
    def test_sizes(self, student, reference, rng, shape):
        assert_gradients_agree(*row_gradients(student, reference, rng, shape))

    @pytest.mark.weight(0.5)
    def test_eps(self, student, reference, rng):
        assert_gradients_agree(*row_gradients(student, reference, rng, (3, 6), eps=0.8))

    @pytest.mark.after("test_dx")
    def test_two_layers_keep_apart(self, student, reference, rng):
        layers_keep_apart(student, reference, rng, "layernorm", [rows(rng, shape) for shape in ((3, 6), (5, 4))])

    @pytest.mark.after("test_dx")
    def test_keeps_dout_and_float32(self, student, rng):
        keeps_dout_and_float32(student, rng, "layernorm", *rows(rng, (5, 6)))


def told(stopper, losses, params=None):
    """What update returned for each loss; params[k] are the parameters at loss k."""
    return [stopper.update(loss, params[k] if params else [np.zeros(2)]) for k, loss in enumerate(losses)]


def assert_same_verdicts(student, reference, losses, *settings):
    mine, right = student.EarlyStopping(*settings), reference.EarlyStopping(*settings)
    assert_close(told(mine, losses), told(right, losses), name=f"what update returned for {losses}")
    state = [mine.best_loss, mine.best_epoch]
    assert_close(state, [float(right.best_loss), right.best_epoch], name="[best_loss, best_epoch]")


def until_the_end(reference, losses, *settings):
    """The losses up to the one that ends it."""
    verdicts = told(reference.EarlyStopping(*settings), losses)
    return losses[: verdicts.index(True) + 1]


def random_losses(rng, count, patience):
    """Falling at first, with ups and downs, then higher than ever before; quarters, so that sums are exact."""
    falling = np.linspace(8, 4, count).round() + rng.permutation(count) / 4
    return [*map(float, falling), *map(float, 20 + rng.permutation(patience + 1))]


@pytest.mark.exercise("EarlyStopping")
class TestEarlyStopping:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("patience", [3, 1, 5])
    def test_until_it_stops(self, student, reference, rng, patience):
        losses = until_the_end(reference, random_losses(rng, 9, patience), patience)
        assert_same_verdicts(student, reference, losses, patience)

    def test_counts_anew_after_a_better_one(self, student, reference, rng):
        low, high = (float(each) for each in rng.uniform([1.0, 6.0], [2.0, 9.0]))
        losses = [high, high + 1, high + 2, low + 2, high, high, low, high, high + 1, high]
        assert_same_verdicts(student, reference, losses, 3)

    @pytest.mark.weight(1.5)
    def test_better_than_the_best_not_than_the_last(self, student, reference, rng):
        losses = [3.0, 1.0, *sorted(map(float, rng.uniform(2, 9, size=4)), reverse=True)]
        assert_same_verdicts(student, reference, losses, 4)

    def test_as_good_is_not_better(self, student, reference, rng):
        loss = float(rng.uniform(1, 2))
        assert_same_verdicts(student, reference, [loss] * 4, 3)

    def test_min_delta(self, student, reference, rng):
        losses = until_the_end(reference, random_losses(rng, 9, 3), 3, 0.75)
        assert_same_verdicts(student, reference, losses, 3, 0.75)

    def test_ups_and_downs_within_min_delta(self, student, reference):
        assert_same_verdicts(student, reference, [5.0, 5.5, 4.5, 4.25, 5.0, 5.0, 5.25], 3, 1.0)

    def test_small_steps_add_up(self, student, reference):
        # Each is within min_delta of the last one, but not of the best one; 4 is just not below 5 - 1.
        losses = [5.0, 4.5, 4.0, 3.75, 3.25, 3.0, 2.75, 3.25, 3.25, 3.5]
        assert_same_verdicts(student, reference, losses, 3, 1.0)

    def test_nan_is_never_better(self, student, reference, rng):
        nan, loss = float("nan"), float(rng.uniform(1, 2))
        assert_same_verdicts(student, reference, [nan, loss, nan, loss - 0.5, nan, nan], 2)

    @pytest.mark.weight(0.5)
    def test_nothing_but_nan(self, student, reference):
        assert_same_verdicts(student, reference, [float("nan")] * 4, 3)

    @pytest.mark.weight(1.5)
    def test_keeps_the_best_parameters(self, student, reference, rng):
        losses = random_losses(rng, 7, 2)
        params = [[rng.normal(size=(2, 3)), rng.normal(size=4)] for _ in losses]
        mine, right = student.EarlyStopping(9), reference.EarlyStopping(9)
        told(mine, losses, params)
        told(right, losses, params)
        assert_close(mine.best_params, right.best_params, name="best_params")

    @pytest.mark.weight(1.5)
    @pytest.mark.parametrize("better_at", [0, 2, 3])
    def test_keeps_copies(self, student, reference, rng, better_at):
        losses, params = [3.0] * 5, [rng.normal(size=(2, 3)), rng.normal(size=70)]
        losses[better_at] = 1.0
        expected = reference.follow(reference.EarlyStopping(3), losses, [param.copy() for param in params])
        got = student.follow(student.EarlyStopping(3), losses, params)
        assert_close(got, expected, name="(stop, best_params)")

    @pytest.mark.rests_on("test_until_it_stops")
    @pytest.mark.weight(0.5)
    def test_goes_on_if_asked(self, student, reference, rng):
        losses = [*random_losses(rng, 5, 3), 0.5, 0.75]
        assert_same_verdicts(student, reference, losses, 2)

    @pytest.mark.after("test_until_it_stops")
    def test_two_keep_apart(self, student, reference):
        first, second = student.EarlyStopping(2), student.EarlyStopping(2)
        told(first, [1.0, 2.0])
        assert_close(told(second, [5.0, 6.0]), [False, False], name="what a second one returned")
        assert_close(second.best_loss, 5.0, name="the second one's best_loss")

    @pytest.mark.after("test_until_it_stops")
    def test_inputs_unchanged(self, student, rng):
        stopper = student.EarlyStopping(2)
        assert_inputs_unchanged(lambda params: stopper.update(1.0, params), [rng.normal(size=3)])

    @pytest.mark.after("test_until_it_stops")
    def test_bad_input(self, student):
        assert_refuses(student.EarlyStopping, "patience", 0)
        assert_refuses(student.EarlyStopping, "min_delta", 3, -0.1)
