"""Hidden checks: random logits, distributions and networks; trainings without chance, what is drawn, and one real game."""

from itertools import pairwise

import numpy as np
import pytest

from autograder import (
    Mismatch,
    assert_close,
    assert_dtype,
    assert_inputs_unchanged,
    assert_refuses,
    cast,
    no_warnings,
)

KINDS = ["non_saturating", "minimax"]


def logits_of(rng, *shapes):
    """Random logits, neither all sure nor all unsure."""
    return tuple(rng.normal(scale=2, size=shape) for shape in shapes)


@pytest.mark.exercise("discriminator_loss")
class TestDiscriminatorLoss:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("n", [6, 1])
    @pytest.mark.parametrize("which", [0, 1, 2], ids=["loss", "dreal", "dfake"])
    def test_batches_of_one_size(self, student, reference, rng, n, which):
        arguments = logits_of(rng, (n, 1), (n, 1))
        found, expected = student.discriminator_loss(*arguments), reference.discriminator_loss(*arguments)
        assert_close(list(found)[which], expected[which], name=("loss", "dreal", "dfake")[which])

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n, m", [(5, 3), (2, 7)])
    def test_batches_of_two_sizes(self, student, reference, rng, n, m):
        arguments = logits_of(rng, (n, 1), (m, 1))
        expected = reference.discriminator_loss(*arguments)
        assert_close(student.discriminator_loss(*arguments), expected, name="(loss, dreal, dfake)")

    @pytest.mark.parametrize("shapes", [((1100, 1), (70, 1)), ((5,), (4,)), ((2, 3), (4, 5))])
    def test_other_shapes(self, student, reference, rng, shapes):
        arguments = logits_of(rng, *shapes)
        expected = reference.discriminator_loss(*arguments)
        assert_close(student.discriminator_loss(*arguments), expected, name="(loss, dreal, dfake)")

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("size", [60.0, 1000.0])
    def test_large_logits(self, student, reference, rng, size):
        arguments = tuple(rng.permutation([size, -size, size])[:, np.newaxis] for _ in range(2))
        expected = reference.discriminator_loss(*arguments)
        assert_close(student.discriminator_loss(*arguments), expected, name="(loss, dreal, dfake)")

    @pytest.mark.after("test_large_logits")
    def test_no_warnings(self, student):
        with no_warnings():
            student.discriminator_loss(np.array([[1000.0], [-1000.0]]), np.array([[1000.0], [-1000.0]]))

    @pytest.mark.after("test_batches_of_one_size")
    def test_keeps_inputs_and_float32(self, student, rng):
        arguments = cast(logits_of(rng, (4, 1), (3, 1)), np.float32)
        _, dreal, dfake = assert_inputs_unchanged(student.discriminator_loss, *arguments)
        assert_dtype(dreal, "float32", name="dreal")
        assert_dtype(dfake, "float32", name="dfake")


@pytest.mark.exercise("generator_loss")
class TestGeneratorLoss:
    @pytest.mark.weight(5)
    @pytest.mark.parametrize("n", [6, 1])
    @pytest.mark.parametrize("which", [0, 1], ids=["loss", "dfake"])
    def test_non_saturating(self, student, reference, rng, n, which):
        (logits,) = logits_of(rng, (n, 1))
        found, expected = student.generator_loss(logits), reference.generator_loss(logits)
        assert_close(list(found)[which], expected[which], name=("loss", "dfake")[which])

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n", [6, 1])
    @pytest.mark.parametrize("which", [0, 1], ids=["loss", "dfake"])
    def test_minimax(self, student, reference, rng, n, which):
        (logits,) = logits_of(rng, (n, 1))
        found, expected = student.generator_loss(logits, "minimax"), reference.generator_loss(logits, "minimax")
        assert_close(list(found)[which], expected[which], name=("loss", "dfake")[which])

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("shape", [(1100, 1), (5,), (2, 3)])
    def test_other_shapes(self, student, reference, rng, kind, shape):
        (logits,) = logits_of(rng, shape)
        assert_close(student.generator_loss(logits, kind), reference.generator_loss(logits, kind), name="(loss, dfake)")

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("size", [60.0, 1000.0])
    def test_large_logits(self, student, reference, rng, kind, size):
        logits = rng.permutation([size, -size, size])[:, np.newaxis]
        assert_close(student.generator_loss(logits, kind), reference.generator_loss(logits, kind), name="(loss, dfake)")

    @pytest.mark.after("test_large_logits")
    def test_no_warnings(self, student):
        with no_warnings():
            for kind in KINDS:
                student.generator_loss(np.array([[1000.0], [-1000.0]]), kind)

    @pytest.mark.after("test_non_saturating")
    def test_keeps_inputs_and_float32(self, student, rng):
        for kind in KINDS:
            (logits,) = cast(logits_of(rng, (4, 1)), np.float32)
            _, dfake = assert_inputs_unchanged(student.generator_loss, logits, kind)
            assert_dtype(dfake, "float32", name=f"dfake of {kind}")

    @pytest.mark.after("test_non_saturating")
    def test_bad_kind(self, student, rng):
        for kind in ("saturating", ""):
            assert_refuses(student.generator_loss, "kind", *logits_of(rng, (3, 1)), kind)


def distribution(rng, k, empty=()):
    """K probabilities, 0 at the places in `empty`."""
    weights = rng.uniform(0.1, 1, size=k)
    weights[list(empty)] = 0
    return weights / weights.sum()


def two_with_zeros(rng):
    """(p, q) of six values: two that only p has, one that only q has, one that none of them has."""
    places = rng.permutation(6)
    return distribution(rng, 6, places[:2]), distribution(rng, 6, places[1:4])


@pytest.mark.exercise("optimal_discriminator")
class TestOptimalDiscriminator:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("shape", [(5,), (3, 4)])
    def test_densities(self, student, reference, rng, shape):
        arguments = rng.uniform(0.1, 3, size=(2, *shape))
        assert_close(student.optimal_discriminator(*arguments), reference.optimal_discriminator(*arguments), name="D")

    @pytest.mark.weight(2)
    def test_zeros(self, student, reference, rng):
        arguments = two_with_zeros(rng)
        assert_close(student.optimal_discriminator(*arguments), reference.optimal_discriminator(*arguments), name="D")

    @pytest.mark.weight(0.5)
    def test_tiny_densities(self, student, reference, rng):
        arguments = rng.uniform(0.1, 3, size=(2, 1100)) * 1e-30
        assert_close(student.optimal_discriminator(*arguments), reference.optimal_discriminator(*arguments), name="D")

    @pytest.mark.after("test_densities")
    def test_keeps_inputs_and_float32(self, student, rng):
        with no_warnings():
            best = assert_inputs_unchanged(student.optimal_discriminator, *cast(two_with_zeros(rng), np.float32))
        assert_dtype(best, "float32", name="D")


@pytest.mark.exercise("js_divergence")
class TestJs:
    @pytest.mark.weight(4)
    @pytest.mark.parametrize("k", [5, 2])
    def test_without_zeros(self, student, reference, rng, k):
        p, q = distribution(rng, k), distribution(rng, k)
        assert_close(student.js_divergence(p, q), reference.js_divergence(p, q), name="JS")

    @pytest.mark.weight(2)
    def test_zeros(self, student, reference, rng):
        p, q = two_with_zeros(rng)
        assert_close(student.js_divergence(p, q), reference.js_divergence(p, q), name="JS")

    @pytest.mark.weight(0.5)
    def test_nothing_in_common(self, student, rng):
        k = int(rng.integers(2, 5))
        p, q = distribution(rng, 6, range(k)), distribution(rng, 6, range(k, 6))
        assert_close(student.js_divergence(p, q), np.log(2), name="JS")

    @pytest.mark.rests_on("test_without_zeros")
    @pytest.mark.weight(0.5)
    def test_the_same_twice(self, student, rng):
        p = distribution(rng, 5, [2])
        assert_close(student.js_divergence(p, p), 0.0, atol=1e-12, name="JS")

    @pytest.mark.weight(0.5)
    def test_many_values(self, student, reference, rng):
        p, q = distribution(rng, 1100), distribution(rng, 1100)
        assert_close(student.js_divergence(p, q), reference.js_divergence(p, q), name="JS")

    @pytest.mark.after("test_zeros")
    def test_keeps_inputs_without_warnings(self, student, rng):
        with no_warnings():
            assert_inputs_unchanged(student.js_divergence, *two_with_zeros(rng))


@pytest.mark.exercise("value_at_optimum")
class TestValue:
    @pytest.mark.weight(4)
    @pytest.mark.parametrize("k", [5, 2])
    def test_without_zeros(self, student, reference, rng, k):
        p, q = distribution(rng, k), distribution(rng, k)
        assert_close(student.value_at_optimum(p, q), reference.value_at_optimum(p, q), name="V")

    @pytest.mark.weight(2)
    def test_zeros(self, student, reference, rng):
        p, q = two_with_zeros(rng)
        assert_close(student.value_at_optimum(p, q), reference.value_at_optimum(p, q), name="V")

    @pytest.mark.rests_on("test_without_zeros")
    @pytest.mark.weight(0.5)
    def test_nothing_in_common(self, student, rng):
        k = int(rng.integers(2, 5))
        p, q = distribution(rng, 6, range(k)), distribution(rng, 6, range(k, 6))
        assert_close(student.value_at_optimum(p, q), 0.0, atol=1e-12, name="V")

    @pytest.mark.weight(0.5)
    def test_many_values(self, student, reference, rng):
        p, q = distribution(rng, 1100), distribution(rng, 1100)
        assert_close(student.value_at_optimum(p, q), reference.value_at_optimum(p, q), name="V")

    @pytest.mark.after("test_zeros")
    def test_keeps_inputs_without_warnings(self, student, rng):
        with no_warnings():
            assert_inputs_unchanged(student.value_at_optimum, *two_with_zeros(rng))


def samples(rng, n):
    """n unsorted numbers somewhere, spread somehow."""
    return rng.normal(loc=rng.uniform(-1, 1), scale=rng.uniform(0.5, 3), size=n)


@pytest.mark.exercise("wasserstein_1d")
class TestWasserstein:
    @pytest.mark.weight(4)
    @pytest.mark.parametrize("n", [7, 2])
    def test_equal_sizes(self, student, reference, rng, n):
        a, b = samples(rng, n), samples(rng, n)
        assert_close(student.wasserstein_1d(a, b), reference.wasserstein_1d(a, b), name="distance")

    @pytest.mark.weight(0.5)
    def test_one_sample_each(self, student, rng):
        a, b = rng.normal(size=2)
        assert_close(student.wasserstein_1d(np.array([a]), np.array([b])), abs(a - b), name="distance")

    @pytest.mark.weight(1.5)
    @pytest.mark.parametrize("n, m", [(7, 4), (3, 8)])
    def test_two_sizes(self, student, reference, rng, n, m):
        a, b = samples(rng, n), samples(rng, m)
        assert_close(student.wasserstein_1d(a, b), reference.wasserstein_1d(a, b), name="distance")

    @pytest.mark.weight(0.5)
    def test_equal_numbers(self, student, reference, rng):
        a, b = rng.integers(4, size=9).astype(float), rng.integers(5, size=12).astype(float)
        assert_close(student.wasserstein_1d(a, b), reference.wasserstein_1d(a, b), atol=1e-12, name="distance")

    @pytest.mark.weight(0.5)
    def test_many_samples(self, student, reference, rng):
        a, b = samples(rng, 1100), samples(rng, 700)
        assert_close(student.wasserstein_1d(a, b), reference.wasserstein_1d(a, b), name="distance")

    @pytest.mark.after("test_equal_sizes")
    def test_keeps_inputs(self, student, rng):
        assert_inputs_unchanged(student.wasserstein_1d, samples(rng, 6), samples(rng, 6))


@pytest.mark.exercise("mode_shares")
class TestModeShares:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("n, k, d", [(30, 3, 1), (40, 4, 2), (20, 2, 5)])
    def test_modes_far_apart(self, student, reference, rng, n, k, d):
        centres = 10 * rng.permutation(k)[:, np.newaxis] + rng.normal(size=(k, d))
        rows = centres[rng.integers(k, size=n)] + rng.normal(size=(n, d)) / d**0.5
        arguments = rows, centres, 1.0
        assert_close(student.mode_shares(*arguments), reference.mode_shares(*arguments), atol=1e-12, name="shares")

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n, k, d", [(50, 3, 1), (70, 5, 2)])
    def test_circles_that_overlap(self, student, reference, rng, n, k, d):
        arguments = rng.normal(size=(n, d)), rng.normal(size=(k, d)), 0.9
        assert_close(student.mode_shares(*arguments), reference.mode_shares(*arguments), atol=1e-12, name="shares")

    @pytest.mark.weight(0.5)
    def test_all_or_none(self, student, rng):
        centres = rng.normal(size=(3, 2))
        shares = student.mode_shares(centres[[1, 1]] + 0.001, centres, 0.01)
        assert_close(shares, np.array([0.0, 1.0, 0.0, 0.0]), atol=1e-12, name="shares")

    @pytest.mark.weight(0.5)
    def test_none(self, student, rng):
        shares = student.mode_shares(rng.normal(size=(5, 2)) + 30, rng.normal(size=(3, 2)), 2.0)
        assert_close(shares, np.array([0.0, 0.0, 0.0, 1.0]), atol=1e-12, name="shares")

    @pytest.mark.weight(0.5)
    def test_as_near_to_two_and_just_within(self, student, rng):
        # 1, 3 and 5 lie just between two centres and just within the radius; 7 is just within that of the last.
        rows = rng.permutation([1.0, 3.0, 5.0, 7.0])[:, np.newaxis]
        shares = student.mode_shares(rows, np.array([[0.0], [2.0], [4.0], [6.0]]), 1.0)
        assert_close(shares, np.array([0.25, 0.25, 0.25, 0.25, 0.0]), atol=1e-12, name="shares")

    @pytest.mark.after("test_modes_far_apart")
    def test_keeps_inputs_and_float64(self, student, rng):
        rows, centres = cast((rng.normal(size=(6, 2)), rng.normal(size=(3, 2))), np.float32)
        assert_dtype(assert_inputs_unchanged(student.mode_shares, rows, centres, 1.0), "float64", name="shares")


@pytest.mark.exercise("bilinear_path")
class TestBilinearPath:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("steps", [1, 7])
    def test_simultaneous(self, student, reference, rng, steps):
        arguments = *rng.normal(size=2).tolist(), float(rng.uniform(0.1, 0.6)), steps, False
        assert_close(student.bilinear_path(*arguments), reference.bilinear_path(*arguments), atol=1e-12, name="path")

    @pytest.mark.weight(1.5)
    @pytest.mark.parametrize("steps", [1, 7])
    def test_alternating(self, student, reference, rng, steps):
        arguments = *rng.normal(size=2).tolist(), float(rng.uniform(0.1, 0.6)), steps, True
        assert_close(student.bilinear_path(*arguments), reference.bilinear_path(*arguments), atol=1e-12, name="path")

    @pytest.mark.weight(0.5)
    def test_a_long_way(self, student, rng):
        # Each simultaneous step takes both sqrt(1 + lr^2) times as far from (0, 0).
        lr, start = float(rng.uniform(0.1, 0.3)), rng.normal(size=2)
        path = student.bilinear_path(*start.tolist(), lr, 100, False)
        assert_close(path, np.zeros((101, 2)), atol=1e6, name="path")
        expected = np.linalg.norm(start) * (1 + lr**2) ** (np.arange(101) / 2)
        assert_close(np.linalg.norm(path, axis=1), expected, name="the distances from (0, 0)")

    @pytest.mark.rests_on("test_simultaneous")
    @pytest.mark.weight(0.5)
    def test_no_steps(self, student, rng):
        x, y = rng.normal(size=2).tolist()
        assert_close(student.bilinear_path(x, y, 0.1, 0, True), np.array([[x, y]]), name="path")

    @pytest.mark.after("test_simultaneous")
    def test_float64(self, student):
        assert_dtype(student.bilinear_path(1, 2, 0.5, 2, False), "float64", name="path")
        assert_dtype(student.bilinear_path(1, 2, 1, 0, False), "float64", name="path")


def layers(rng, *sizes):
    """Random params, biases too, whose logits are neither all sure nor all unsure."""
    return [(rng.normal(size=(units, inputs)) / inputs**0.5, rng.normal(size=units) / 2)
            for inputs, units in pairwise(sizes)]  # fmt: skip


GAMES = {  # units of the generator, of the discriminator
    "one layer each": ((3, 2), (2, 1)),
    "two layers each": ((3, 5, 2), (2, 4, 1)),
    "three layers each": ((2, 5, 4, 3), (3, 6, 4, 1)),
}
LARGE = {"70 units": ((3, 70, 2), (2, 66, 1)), "1,030 columns": ((2, 3, 1030), (1030, 2, 1))}


def game(rng, name, n, m):
    """(real, noise, generator, discriminator), n real rows and m of noise."""
    forger, examiner = (GAMES | LARGE)[name]
    real, noise = rng.normal(loc=1, size=(n, examiner[0])), rng.normal(size=(m, forger[0]))
    return real, noise, layers(rng, *forger), layers(rng, *examiner)


@pytest.mark.exercise("discriminator_step")
class TestDiscriminatorStep:
    @pytest.mark.weight(1.5)
    @pytest.mark.parametrize("name", GAMES)
    def test_loss(self, student, reference, rng, name):
        arguments = game(rng, name, 5, 5)
        loss, _ = student.discriminator_step(*arguments)
        assert_close(loss, reference.discriminator_step(*arguments)[0], name="loss")

    @pytest.mark.weight(3)
    @pytest.mark.parametrize("name", GAMES)
    def test_grads(self, student, reference, rng, name):
        arguments = game(rng, name, 5, 5)
        _, grads = student.discriminator_step(*arguments)
        assert_close(grads, reference.discriminator_step(*arguments)[1], name="grads")

    @pytest.mark.weight(1.5)
    @pytest.mark.parametrize("n, m", [(5, 3), (1, 4), (3, 1)])
    def test_more_of_one_kind(self, student, reference, rng, n, m):
        arguments = game(rng, "two layers each", n, m)
        expected = reference.discriminator_step(*arguments)
        assert_close(student.discriminator_step(*arguments), expected, name="(loss, grads)")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("name, n", [("70 units", 4), ("1,030 columns", 2), ("two layers each", 300)])
    def test_sizes(self, student, reference, rng, name, n):
        arguments = game(rng, name, n, n + 1)
        expected = reference.discriminator_step(*arguments)
        assert_close(student.discriminator_step(*arguments), expected, name="(loss, grads)")

    @pytest.mark.after("test_grads")
    def test_keeps_inputs_and_float32(self, student, rng):
        arguments = cast(game(rng, "two layers each", 4, 3), np.float32)
        _, grads = assert_inputs_unchanged(student.discriminator_step, *arguments)
        assert_dtype(grads[0][0], "float32", name="dw of the first layer")
        assert_dtype(grads[1][1], "float32", name="db of the last layer")


@pytest.mark.exercise("generator_step")
class TestGeneratorStep:
    @pytest.mark.weight(1.5)
    @pytest.mark.parametrize("name", GAMES)
    def test_loss(self, student, reference, rng, name):
        _, *arguments = game(rng, name, 5, 5)
        loss, _ = student.generator_step(*arguments)
        assert_close(loss, reference.generator_step(*arguments)[0], name="loss")

    @pytest.mark.weight(3)
    @pytest.mark.parametrize("name", GAMES)
    def test_grads(self, student, reference, rng, name):
        _, *arguments = game(rng, name, 5, 5)
        _, grads = student.generator_step(*arguments)
        assert_close(grads, reference.generator_step(*arguments)[1], name="grads")

    @pytest.mark.weight(1.5)
    @pytest.mark.parametrize("name", GAMES)
    def test_minimax(self, student, reference, rng, name):
        _, *arguments = game(rng, name, 4, 4)
        expected = reference.generator_step(*arguments, "minimax")
        assert_close(student.generator_step(*arguments, "minimax"), expected, name="(loss, grads)")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("name, n", [("70 units", 4), ("1,030 columns", 2), ("two layers each", 300)])
    def test_sizes(self, student, reference, rng, name, n):
        _, *arguments = game(rng, name, 1, n)
        assert_close(student.generator_step(*arguments), reference.generator_step(*arguments), name="(loss, grads)")

    @pytest.mark.after("test_grads")
    def test_keeps_inputs_and_float32(self, student, rng):
        _, *arguments = cast(game(rng, "two layers each", 1, 4), np.float32)
        _, grads = assert_inputs_unchanged(student.generator_step, *arguments)
        assert_dtype(grads[0][0], "float32", name="dw of the first layer")
        assert_dtype(grads[1][1], "float32", name="db of the last layer")

    @pytest.mark.after("test_grads")
    def test_bad_kind(self, student, rng):
        _, *arguments = game(rng, "one layer each", 1, 2)
        assert_refuses(student.generator_step, "kind", *arguments, "other")


def like(params, start, name):
    """A student's params, of the shapes of `start` and not large, as float64."""
    assert_close(params, [(np.zeros(w.shape), np.zeros(b.shape)) for w, b in start], atol=1e3, name=name)
    return [(np.asarray(w, dtype=float), np.asarray(b, dtype=float)) for w, b in params]


def certain(rng, forger, examiner):
    """(data, generator, discriminator) of a game without chance: all real rows are equal, and the generator takes no noise."""
    data = np.tile(rng.normal(loc=2, size=examiner[0]), (3, 1))
    return data, layers(rng, *forger), layers(rng, *examiner)


def one_layer(w):
    """A layer without bias that makes one number of len(w) numbers."""
    return [(np.array([w], dtype=float), np.zeros(1))]


FORGER = one_layer([0.5, 0.5, 0.5, 0.5])  # of four standard normal numbers it makes one
EXAMINER = one_layer([1.0])  # its logit is the row itself
PLACES = (
    -1000.0 * np.arange(1, 7)[:, np.newaxis]
)  # softplus(-row) = -row: a loss tells the row, and below 1000 the fake


def inverse_softplus(loss):
    """s of softplus(s)."""
    return loss + np.log(-np.expm1(-np.clip(loss, 1e-9, None)))


def record(student, rng, batch, steps=120):
    """The discriminator's and the generator's losses while nothing moves: the learning rate is 0."""
    _, _, history = student.train_gan(PLACES, FORGER, EXAMINER, steps, batch, 0.0, rng)
    assert_close(history, np.zeros((steps, 2)), atol=1e5, name="history")
    return np.asarray(history, dtype=float).T


def drawn(student, rng):
    """What was drawn in each step with a batch of one: number of the row, what the fakes of both steps were."""
    examined, forged = record(student, rng, 1)
    rows = np.floor(examined / 1000)
    return rows, inverse_softplus(examined - 1000 * rows), -inverse_softplus(forged)


def within(value, low, high, what):
    """Refuse a number that chance hardly explains."""
    if not low <= value <= high:
        raise Mismatch(f"{what} is {value:.2f}; between {low:g} and {high:g} expected")


def two_modes(rng, n):
    """Half of the rows about -1, half of them about 1."""
    return np.where(rng.random((n, 1)) < 0.5, -1.0, 1.0) + 0.3 * rng.normal(size=(n, 1))


@pytest.mark.exercise("train_gan")
class TestTrainGan:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("steps", [1, 4])
    def test_without_chance(self, student, reference, rng, steps):
        data, generator, discriminator = certain(rng, (0, 4, 2), (2, 5, 1))
        arguments = data, generator, discriminator, steps, 4, 0.05, rng
        found, expected = student.train_gan(*arguments), reference.train_gan(*arguments)
        for which, name in enumerate(("generator", "discriminator", "history")):
            assert_close(list(found)[which], expected[which], rtol=1e-6, name=name)

    @pytest.mark.weight(1.5)
    def test_minimax(self, student, reference, rng):
        data, generator, discriminator = certain(rng, (0, 4, 2), (2, 5, 1))
        arguments = data, generator, discriminator, 3, 2, 0.05, rng, "minimax"
        expected = reference.train_gan(*arguments)
        assert_close(student.train_gan(*arguments), expected, rtol=1e-6, name="(generator, discriminator, history)")

    @pytest.mark.weight(0.5)
    def test_no_steps(self, student, rng):
        data, generator, discriminator = certain(rng, (3, 4, 2), (2, 5, 1))
        found = student.train_gan(data, generator, discriminator, 0, 4, 0.1, rng)
        expected = generator, discriminator, np.zeros((0, 2))
        assert_close(found, expected, name="(generator, discriminator, history)")

    @pytest.mark.rests_on("test_without_chance")
    def test_rows_are_drawn(self, student, rng):
        rows, _, _ = drawn(student, rng)
        if sorted(set(rows)) != [1, 2, 3, 4, 5, 6]:
            raise Mismatch("in 120 steps with a batch of one, not all of the six rows of data were drawn")
        within(np.mean((rows[1:] - rows[:-1]) % 6 == 1), 0, 0.4, "how often the next row follows the one before it")
        within(np.bincount(rows.astype(int)).max() / 120, 0, 0.4, "the share of the row that was drawn most often")

    @pytest.mark.rests_on("test_without_chance")
    def test_noise_is_standard_normal(self, student, rng):
        _, *fakes = drawn(student, rng)
        for fake, which in zip(fakes, ("discriminator", "generator"), strict=True):
            within(np.mean(fake), -0.5, 0.5, f"the mean of 120 numbers made of the {which}'s noise")
            within(np.std(fake), 0.65, 1.4, f"the standard deviation of 120 numbers made of the {which}'s noise")

    @pytest.mark.rests_on("test_without_chance")
    def test_noise_is_new_in_each_half(self, student, rng):
        _, first, second = drawn(student, rng)
        for one, other in ((first, second), (first[1:], second[:-1]), (first[1:], first[:-1])):
            likeness = np.corrcoef(one, other)[0, 1] if one.std() > 0 and other.std() > 0 else 1.0
            within(likeness, -0.5, 0.5, "the correlation of two noises that have nothing to do with each other")

    @pytest.mark.rests_on("test_without_chance")
    def test_batches_of_nine(self, student, rng):
        # Means over nine rows spread a third as far as one row does: 1708 / 3 for the data, 0.557 / 3 for softplus.
        examined, forged = record(student, rng, 9)
        within(np.std(examined), 350, 850, "how far the discriminator's losses of batches of nine spread")
        within(np.std(forged), 0.11, 0.28, "how far the generator's losses of batches of nine spread")

    @pytest.mark.weight(2)
    def test_finds_both_modes(self, student, reference, rng):
        # A distance of 0.3 in most trainings, 0.48 at most in 50; in 3 of 2,306 longer ones nearly all fakes went to one mode: so
        # three tries.
        # One mode alone: a distance of 1, and no share of the other.
        for _ in range(3):
            start = reference.first_params([1, 16, 1], rng), reference.first_params([1, 24, 1], rng)
            generator, *_ = student.train_gan(two_modes(rng, 1000), *start, 150, 64, 0.01, rng)
            fakes, _ = reference.network(rng.normal(size=(1000, 1)), like(generator, start[0], "generator"))
            distance = reference.wasserstein_1d(fakes[:, 0], two_modes(rng, 1000)[:, 0])
            if distance < 0.5:
                break
        left, right, _ = reference.mode_shares(fakes, np.array([[-1.0], [1.0]]), 0.75)
        within(distance, 0, 0.75, "after 150 steps the Wasserstein distance from fakes to data")
        within(left, 0.12, 0.88, "after 150 steps the share of fakes at the left mode")
        within(right, 0.12, 0.88, "after 150 steps the share of fakes at the right mode")

    @pytest.mark.after("test_without_chance")
    def test_keeps_inputs(self, student, rng):
        data, *start = certain(rng, (0, 4, 2), (2, 5, 1))
        assert_inputs_unchanged(lambda *each: student.train_gan(*each, 2, 3, 0.1, rng), data, *start)

    @pytest.mark.after("test_without_chance")
    def test_bad_kind(self, student, rng):
        assert_refuses(student.train_gan, "kind", *certain(rng, (0, 2), (2, 1)), 1, 2, 0.1, rng, "other")
