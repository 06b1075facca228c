"""Hidden checks: random rows and networks, spaces compared as spaces, noise by its distribution, two short trainings, manners."""

import functools
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
    each_exercise,
)
from autograder.datasets import load_digits


@functools.cache
def digits():
    return load_digits()


def cloud(rng, n, d, rank=None):
    """(n, d) rows about a mean far from 0, spread differently in each of `rank` random directions."""
    rank = min(n, d) if rank is None else rank
    spreads = 0.8 ** np.arange(rank)
    directions = np.linalg.qr(rng.normal(size=(d, rank)))[0].T
    return 3 + rng.normal(size=d) + rng.normal(size=(n, rank)) * spreads @ directions


def assert_components(components, expected, certain):
    """k orthonormal rows, the first `certain` of them those of `expected`, whatever their signs."""
    assert_close(components, np.zeros(expected.shape), atol=2.0, name="components")
    assert_close(components @ components.T, np.eye(len(expected)), atol=1e-8, name="components @ components.T")
    likeness = np.abs(components[:certain] @ expected[:certain].T)
    if np.abs(likeness - np.eye(certain)).max(initial=0.0) > 1e-6:
        raise Mismatch(
            "components are orthonormal, but not the directions in which the rows spread most, in that order"
        )


@pytest.mark.exercise("pca")
class TestPca:
    @pytest.mark.weight(0.5)
    def test_mean(self, student, reference, rng):
        x = cloud(rng, 9, 5)
        mean, *_ = student.pca(x, 2)
        assert_close(mean, reference.pca(x, 2)[0], name="mean")

    @pytest.mark.weight(1.5)
    @pytest.mark.parametrize("n, d, k", [(9, 5, 2), (20, 6, 1), (7, 4, 4)])
    def test_variances(self, student, reference, rng, n, d, k):
        x = cloud(rng, n, d)
        _, _, variances = student.pca(x, k)
        assert_close(variances, reference.pca(x, k)[2], name="variances")

    @pytest.mark.parametrize("n, d, k", [(9, 5, 2), (20, 6, 1), (30, 4, 4), (8, 3, 2), (15, 7, 3)])
    def test_components(self, student, reference, rng, n, d, k):
        x = cloud(rng, n, d)
        _, components, _ = student.pca(x, k)
        assert_components(components, reference.pca(x, k)[1], k)

    @pytest.mark.weight(2)
    def test_fewer_rows_than_columns(self, student, reference, rng):
        x, k = cloud(rng, 4, 9), 3
        (mean, components, variances), expected = student.pca(x, k), reference.pca(x, k)
        assert_close([mean, variances], [expected[0], expected[2]], name="[mean, variances]")
        assert_components(components, expected[1], k)

    @pytest.mark.parametrize("n, d, rank, k", [(12, 5, 4, 5), (4, 3, 0, 2)])
    def test_rows_that_fill_fewer_directions(self, student, reference, rng, n, d, rank, k):
        x = cloud(rng, n, d, rank)
        (mean, components, variances), expected = student.pca(x, k), reference.pca(x, k)
        assert_close(mean, expected[0], name="mean")
        assert_close(variances, expected[2], atol=1e-9, name="variances")
        assert_components(components, expected[1], rank)

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("n, d, k", [(1030, 3, 2), (72, 66, 5)])
    def test_sizes(self, student, reference, rng, n, d, k):
        x = rng.normal(size=(n, d)) * np.linspace(2, 1, d)
        (mean, components, variances), expected = student.pca(x, k), reference.pca(x, k)
        assert_close([mean, variances], [expected[0], expected[2]], atol=1e-9, name="[mean, variances]")
        assert_close(components, np.zeros((k, d)), atol=2.0, name="components")
        products = components.T @ components, expected[1].T @ expected[1]
        assert_close(*products, atol=1e-6, name="components.T @ components")

    @pytest.mark.after("test_variances")
    def test_keeps_x_and_float32(self, student, rng):
        mean, components, variances = assert_inputs_unchanged(student.pca, cloud(rng, 9, 5).astype(np.float32), 3)
        for name, value in (("mean", mean), ("components", components), ("variances", variances)):
            assert_dtype(value, "float32", name=name)

    @pytest.mark.after("test_variances")
    @pytest.mark.parametrize("k", [0, 5])
    def test_bad_k(self, student, rng, k):
        for shape in ((4, 7), (7, 4)):
            assert_refuses(student.pca, "k", rng.normal(size=shape), k)


def plane(rng, k, d):
    """k orthonormal rows of length d."""
    return np.ascontiguousarray(np.linalg.qr(rng.normal(size=(d, k)))[0].T)


@pytest.mark.exercise("reconstruct")
class TestReconstruct:
    @pytest.mark.parametrize("n, d, k", [(6, 5, 2), (1, 4, 3), (7, 3, 1)])
    def test_values(self, student, reference, rng, n, d, k):
        arguments = cloud(rng, n, d), 3 + rng.normal(size=d), plane(rng, k, d)
        assert_close(student.reconstruct(*arguments), reference.reconstruct(*arguments), name="out")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("n, d, k", [(70, 3, 2), (2, 1030, 5), (3, 70, 66)])
    def test_sizes(self, student, reference, rng, n, d, k):
        arguments = cloud(rng, n, d), 3 + rng.normal(size=d), plane(rng, k, d)
        assert_close(student.reconstruct(*arguments), reference.reconstruct(*arguments), name="out")

    @pytest.mark.rests_on("test_values")
    @pytest.mark.weight(0.5)
    def test_all_directions_give_x_back(self, student, rng):
        x = cloud(rng, 5, 4)
        assert_close(student.reconstruct(x, rng.normal(size=4), plane(rng, 4, 4)), x, name="out")

    @pytest.mark.after("test_values")
    def test_keeps_inputs_and_float32(self, student, rng):
        arguments = cast((cloud(rng, 5, 4), rng.normal(size=4), plane(rng, 2, 4)), np.float32)
        assert_dtype(assert_inputs_unchanged(student.reconstruct, *arguments), "float32", name="out")


def slanted(rng, rows):
    """Other rows of the same space, neither orthogonal nor of length 1."""
    k = len(rows)
    return (np.eye(k) + np.triu(rng.uniform(0.5, 1.5, size=(k, k)), 1)) * rng.uniform(2, 4, size=(k, 1)) @ rows


@pytest.mark.exercise("largest_angle")
class TestAngle:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("k, d", [(1, 4), (2, 5), (3, 8), (2, 3)])
    def test_random_spaces(self, student, reference, rng, k, d):
        a, b = rng.normal(size=(2, k, d))
        assert_close(student.largest_angle(a, b), reference.largest_angle(a, b), rtol=1e-6, name="angle")

    def test_orthonormal_rows(self, student, reference, rng):
        a, b = plane(rng, 2, 7), plane(rng, 2, 7)
        assert_close(student.largest_angle(a, b), reference.largest_angle(a, b), rtol=1e-6, name="angle")

    @pytest.mark.parametrize("angle", [0.01, 0.4, 1.2])
    def test_spaces_that_share_a_direction(self, student, rng, angle):
        # One direction is the same, the other one is turned.
        first, second, third = plane(rng, 3, 6)
        turned = np.cos(angle) * second + np.sin(angle) * third
        a, b = slanted(rng, np.stack([first, second])), slanted(rng, np.stack([first, turned]))
        assert_close(student.largest_angle(a, b), angle, rtol=1e-6, name="angle")

    @pytest.mark.rests_on("test_random_spaces")
    def test_the_same_line(self, student, rng):
        # Many: with some, rounding takes the cosine beyond 1.
        for _ in range(40):
            a = rng.normal(size=(1, 2))
            assert_close(student.largest_angle(a, a * rng.uniform(2, 4)), 0.0, atol=1e-6, name="angle")

    @pytest.mark.weight(0.5)
    def test_right_angle(self, student, rng):
        rows = plane(rng, 4, 7)
        a, b = slanted(rng, rows[:2]), slanted(rng, rows[[1, 3]])
        assert_close(student.largest_angle(a, b), np.pi / 2, atol=1e-9, name="angle")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("k, d", [(2, 1100), (66, 70)])
    def test_sizes(self, student, reference, rng, k, d):
        a = rng.normal(size=(k, d))
        b = a + 0.3 * rng.normal(size=(k, d))
        assert_close(student.largest_angle(a, b), reference.largest_angle(a, b), rtol=1e-6, name="angle")

    @pytest.mark.after("test_random_spaces")
    def test_keeps_inputs(self, student, rng):
        assert_inputs_unchanged(student.largest_angle, *rng.normal(size=(2, 3, 5)))

    @pytest.mark.after("test_random_spaces")
    def test_bad_b(self, student, rng):
        for shape in ((2, 5), (3, 4)):
            assert_refuses(student.largest_angle, "b", rng.normal(size=(3, 5)), rng.normal(size=shape))


NETS = {  # units, from the input to the output
    "two layers each": [7, 6, 2, 5, 8],
    "one layer each": [6, 3, 5],
    "three layers each": [5, 7, 6, 3, 8, 4, 9],
    "a wide code": [3, 4, 9, 5, 3],
}
LARGE = {"70 units": [3, 70, 2, 66, 4], "1,030 inputs": [1030, 3, 2, 4, 5], "1,050 outputs": [4, 3, 2, 5, 1050]}
ACTIVATIONS = ["relu", "tanh", "sigmoid"]


def network(rng, sizes):
    """Random layers, biases too, whose sums are neither small nor large."""
    return [(rng.normal(size=(units, inputs)) / inputs**0.5, rng.normal(size=units) / 2)
            for inputs, units in pairwise(sizes)]  # fmt: skip


def rows_for(name, rng, sizes, n):
    """What a half takes: rows for the encoder, codes for the decoder."""
    return rng.normal(size=(n, sizes[0] if name == "encode" else sizes[len(sizes) // 2]))


@each_exercise("encode", "decode")
class TestHalves:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("activation", ACTIVATIONS)
    def test_two_layers_each(self, student, reference, rng, name, activation):
        sizes = NETS["two layers each"]
        arguments = rows_for(name, rng, sizes, 4), network(rng, sizes), activation
        assert_close(getattr(student, name)(*arguments), getattr(reference, name)(*arguments))

    @pytest.mark.parametrize("net", ["one layer each", "three layers each", "a wide code"])
    def test_depths(self, student, reference, rng, name, net):
        arguments = rows_for(name, rng, NETS[net], 3), network(rng, NETS[net]), str(rng.choice(ACTIVATIONS))
        assert_close(getattr(student, name)(*arguments), getattr(reference, name)(*arguments))

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("net, n", [(net, 1) for net in LARGE] + [("70 units", 70)])
    def test_sizes(self, student, reference, rng, name, net, n):
        arguments = rows_for(name, rng, LARGE[net], n), network(rng, LARGE[net]), "tanh"
        assert_close(getattr(student, name)(*arguments), getattr(reference, name)(*arguments))

    @pytest.mark.after("test_two_layers_each")
    def test_keeps_inputs_and_float32(self, student, rng, name):
        sizes = NETS["three layers each"]
        arguments = cast((rows_for(name, rng, sizes, 3), network(rng, sizes)), np.float32)
        assert_dtype(assert_inputs_unchanged(getattr(student, name), *arguments, "relu"), "float32")

    @pytest.mark.after("test_two_layers_each")
    def test_bad_params(self, student, rng, name):
        for layers in (0, 1, 3):
            params = network(rng, [4] * (layers + 1))
            assert_refuses(getattr(student, name), "params", rng.normal(size=(2, 4)), params, "relu")


def task(rng, sizes, n=4):
    """(x, target, params), target another one than x."""
    return rng.normal(size=(n, sizes[0])), rng.normal(size=(n, sizes[-1])), network(rng, sizes)


def layers_like(params, like, largest):
    """A student's pairs (w, b), whose shapes are those of `like` and whose numbers are not large, as float64."""
    assert_close(params, [(np.zeros(w.shape), np.zeros(b.shape)) for w, b in like], atol=largest, name="params")
    return [(np.asarray(w, dtype=float), np.asarray(b, dtype=float)) for w, b in params]


@pytest.mark.exercise("autoencoder_loss_and_grads")
class TestLossAndGrads:
    @pytest.mark.weight(1.5)
    @pytest.mark.parametrize("activation", ACTIVATIONS)
    def test_loss(self, student, reference, rng, activation):
        arguments = *task(rng, NETS["two layers each"]), activation
        loss, _ = student.autoencoder_loss_and_grads(*arguments)
        assert_close(loss, reference.autoencoder_loss_and_grads(*arguments)[0], name="loss")

    @pytest.mark.weight(3)
    @pytest.mark.parametrize("activation", ACTIVATIONS)
    def test_grads(self, student, reference, rng, activation):
        arguments = *task(rng, NETS["two layers each"]), activation
        _, grads = student.autoencoder_loss_and_grads(*arguments)
        assert_close(grads, reference.autoencoder_loss_and_grads(*arguments)[1], name="grads")

    def test_the_input_as_target(self, student, reference, rng):
        x, _, params = task(rng, [6, 5, 2, 4, 6], n=5)
        got = student.autoencoder_loss_and_grads(x, x, params, "relu")
        assert_close(got, reference.autoencoder_loss_and_grads(x, x, params, "relu"), name="(loss, grads)")

    def test_a_spoilt_input(self, student, reference, rng):
        x, target, params = task(rng, [6, 5, 2, 4, 6], n=5)
        got = student.autoencoder_loss_and_grads(x, target, params, "relu")
        assert_close(got, reference.autoencoder_loss_and_grads(x, target, params, "relu"), name="(loss, grads)")

    @pytest.mark.parametrize("net", ["one layer each", "three layers each", "a wide code"])
    def test_depths(self, student, reference, rng, net):
        arguments = *task(rng, NETS[net]), str(rng.choice(ACTIVATIONS))
        got = student.autoencoder_loss_and_grads(*arguments)
        assert_close(got, reference.autoencoder_loss_and_grads(*arguments), name="(loss, grads)")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("net, n", [(net, 1) for net in LARGE] + [("70 units", 70)])
    def test_sizes(self, student, reference, rng, net, n):
        arguments = *task(rng, LARGE[net], n), "tanh"
        got = student.autoencoder_loss_and_grads(*arguments)
        assert_close(got, reference.autoencoder_loss_and_grads(*arguments), name="(loss, grads)")

    @pytest.mark.weight(2)
    def test_learns_to_denoise(self, student, reference, rng):
        # 0.0445 to 0.046 on new digits (60 seeds). PCA gets 0.053 at best, the mean image 0.074, who learns to give x back 0.079.
        x = rng.permutation(digits()[0].reshape(-1, 64))
        clean, new = x[:1200], x[1200:]
        start = reference.first_params([64, 32, 16, 32, 64], rng)
        params = student.train(clean, clean, start, "tanh", 4, 0.02, 50, rng, 0.5)
        params = layers_like(params, start, 100.0)
        spoilt = new + rng.normal(scale=0.5, size=new.shape)
        error, _ = reference.autoencoder_loss_and_grads(spoilt, new, params, "tanh")
        if not error < 0.052:
            raise Mismatch(
                f"after 4 epochs the mean squared error on new noisy digits is {error:.3f}; below 0.052 expected"
            )

    @pytest.mark.after("test_grads")
    def test_keeps_inputs_and_float32(self, student, rng):
        x, target, params = cast(task(rng, NETS["two layers each"]), np.float32)
        _, grads = assert_inputs_unchanged(student.autoencoder_loss_and_grads, x, target, params, "relu")
        for k, (dw, db) in enumerate(grads):
            assert_dtype(dw, "float32", name=f"dw of grads[{k}]")
            assert_dtype(db, "float32", name=f"db of grads[{k}]")

    @pytest.mark.after("test_grads")
    def test_bad_input(self, student, rng):
        x, target, params = task(rng, NETS["two layers each"])
        assert_refuses(student.autoencoder_loss_and_grads, "params", x, target, params[:3], "relu")
        for wrong in (target[:2], target[:, :3]):
            assert_refuses(student.autoencoder_loss_and_grads, "target", x, wrong, params, "relu")


BIG = (90, 100)  # 9,000 draws
NOISES = {"mask_noise": 0.3, "gaussian_noise": 0.4, "salt_pepper": 0.4}


def spoilt(student, rng, name, amount=None, shape=BIG, low=0.25):
    """(x, out): rows strictly between `low` and 0.75, and what the noise made of them."""
    x = rng.uniform(low, 0.75, size=shape)
    out = getattr(student, name)(x, NOISES[name] if amount is None else amount, rng)
    assert_close(out, np.full(shape, 0.5), atol=20.0, name="out")  # its shape, and that all is finite
    return x, out


def assert_share(found, share, name):
    """That a share of draws is right, all of them and in each row and column, within 7 standard deviations."""
    deviation = (share * (1 - share)) ** 0.5
    assert_close(float(found.mean()), share, rtol=0, atol=7 * deviation / found.size**0.5, name=f"the share {name}")
    for axis, what in ((1, "row"), (0, "column")):
        off = np.abs(found.mean(axis=axis) - share).max()
        if off > 7 * deviation / found.shape[axis] ** 0.5:
            raise Mismatch(f"the share {name} differs from one {what} to another: draw for each entry by itself")


@each_exercise("mask_noise", "gaussian_noise", "salt_pepper")
class TestNoises:
    @pytest.mark.weight(2)
    def test_distribution(self, student, rng, name):
        amount = float(rng.uniform(0.2, 0.45))
        x, out = spoilt(student, rng, name, amount)
        if name == "gaussian_noise":
            z = (out - x) / amount
            # The variances of the mean, the standard deviation and the 4th power of n normal numbers: 1/n, 1/(2n), 96/n.
            found = [float(each) for each in (z.mean(), z.std(), (z**4).mean())]
            for value, right, variance, what in zip(
                found, (0, 1, 3), (1, 0.5, 96), ("", "std ", "4th power "), strict=True
            ):
                within = 7 * (variance / z.size) ** 0.5
                assert_close(value, float(right), rtol=0, atol=within, name=f"the mean {what}of (out - x) / std")
            assert_share(z > 0, 0.5, "of noise above 0")
        elif name == "mask_noise":
            assert_share(out == 0, amount, "of zeros")
        else:
            assert_share(out == 0, amount / 2, "of zeros")
            assert_share(out == 1, amount / 2, "of ones")

    @pytest.mark.rests_on("test_distribution")
    def test_the_rest_stays_as_it_is(self, student, rng, name):
        if name == "gaussian_noise":
            x, out = spoilt(student, rng, name, 1e-3)
            assert_close(out, x, rtol=0, atol=8e-3, name="out")
        else:
            x, out = spoilt(student, rng, name, low=-0.75)
            replaced = (out == 0) | ((out == 1) & (name == "salt_pepper"))
            assert_close(np.where(replaced, x, out), x, name="out where it was not replaced")

    @pytest.mark.rests_on("test_distribution")
    @pytest.mark.weight(0.5)
    def test_no_noise(self, student, rng, name):
        x, out = spoilt(student, rng, name, 0.0, (5, 7))
        assert_close(out, x, name="out")

    @pytest.mark.rests_on("test_distribution")
    @pytest.mark.weight(0.5)
    def test_nothing_stays(self, student, rng, name):
        x, out = spoilt(student, rng, name, 3.0 if name == "gaussian_noise" else 1.0)
        if name == "gaussian_noise":
            # The deviation of a standard deviation of n normal numbers is std / sqrt(2 n).
            assert_close(float((out - x).std()), 3.0, rtol=0.0, atol=0.1, name="the standard deviation of out - x")
        elif name == "mask_noise":
            assert_close(out, np.zeros(BIG), name="out")
        else:
            assert_share(out == 1, 0.5, "of ones")
            assert_share(out == 0, 0.5, "of zeros")

    @pytest.mark.rests_on("test_distribution")
    @pytest.mark.weight(0.5)
    def test_other_shapes(self, student, rng, name):
        for shape in ((1030,), (3, 70, 5)):
            x, out = spoilt(student, rng, name, shape=shape)
            changed = np.mean(out != x)
            expected = 1.0 if name == "gaussian_noise" else NOISES[name]
            assert_close(float(changed), expected, rtol=0, atol=0.11, name="the share of changed entries")

    @pytest.mark.rests_on("test_distribution")
    def test_rng_alone_decides(self, student, rng, name):
        x = rng.uniform(0.25, 0.75, size=(8, 9))
        first, same, other = (getattr(student, name)(x, NOISES[name], np.random.default_rng(k)) for k in (3, 3, 4))
        assert_close(first, np.full(x.shape, 0.5), atol=20.0, name="out")
        assert_close(same, first, name="out of an equal rng")
        assert_close(other, np.full(x.shape, 0.5), atol=20.0, name="out")
        if np.array_equal(other, first):
            raise Mismatch("out is the same for every rng: draw from the rng that is given")

    @pytest.mark.after("test_distribution")
    def test_keeps_x_and_float32(self, student, rng, name):
        x = rng.uniform(0.25, 0.75, size=(6, 7)).astype(np.float32)
        out = assert_inputs_unchanged(lambda x: getattr(student, name)(x, NOISES[name], rng), x)
        assert_dtype(out, "float32", name="out")

    @pytest.mark.after("test_distribution")
    def test_bad_amount(self, student, rng, name):
        argument = "std" if name == "gaussian_noise" else "share"
        for amount in (-0.1,) if name == "gaussian_noise" else (-0.1, 1.1):
            assert_refuses(getattr(student, name), argument, rng.uniform(size=(3, 4)), amount, rng)


class Again:
    """In the place of a Generator: gives the arrays that somebody else has drawn."""

    def __init__(self, *arrays):
        self.arrays = list(arrays)

    def normal(self, **settings):
        return self.arrays.pop(0).copy()


def begun(student, x, k, seed):
    """The student's (encoder, decoder) before the first step."""
    d = x.shape[1]
    encoder, decoder = student.linear_autoencoder(x, k, 0, 0.1, np.random.default_rng(seed))
    assert_close(encoder, np.zeros((k, d)), atol=1.0, name="encoder before the first step")
    assert_close(decoder, np.zeros((d, k)), atol=1.0, name="decoder before the first step")
    return np.asarray(encoder, dtype=float), np.asarray(decoder, dtype=float)


@pytest.mark.exercise("linear_autoencoder")
class TestLinear:
    def test_start(self, student, rng):
        encoder, decoder = begun(student, cloud(rng, 4, 90), 30, int(rng.integers(1000)))
        for name, w in (("encoder", encoder), ("decoder", decoder)):
            # 2,700 draws: seven standard deviations.
            assert_close(float(w.mean()), 0.0, atol=0.0135, name=f"the mean of {name}")
            assert_close(float(w.std()), 0.1, rtol=0.095, name=f"the standard deviation of {name}")
            power = float(np.mean((10 * w) ** 4))
            assert_close(power, 3.0, rtol=0, atol=1.33, name=f"the mean 4th power of {name} by 0.1")
        if abs(np.mean(encoder * decoder.T)) > 0.0014:
            raise Mismatch("the decoder is drawn like the encoder: two arrays, each with draws of its own")

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("steps", [1, 2, 6])
    def test_steps(self, student, reference, rng, steps):
        # From its own start the same steps follow; where two losses differ by a factor only, so nearly do Adam's steps.
        x, seed = cloud(rng, 9, 6), int(rng.integers(1000))
        start = begun(student, x, 2, seed)
        got = student.linear_autoencoder(x, 2, steps, 0.05, np.random.default_rng(seed))
        expected = reference.linear_autoencoder(x, 2, steps, 0.05, Again(*start))
        assert_close(got, expected, rtol=1e-4, atol=2e-4, name="(encoder, decoder)")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("n, d, k", [(3, 70, 2), (1030, 3, 1), (2, 4, 5)])
    def test_sizes(self, student, reference, rng, n, d, k):
        x, seed = cloud(rng, n, d), int(rng.integers(1000))
        start = begun(student, x, k, seed)
        got = student.linear_autoencoder(x, k, 3, 0.02, np.random.default_rng(seed))
        expected = reference.linear_autoencoder(x, k, 3, 0.02, Again(*start))
        assert_close(got, expected, rtol=1e-4, atol=2e-4, name="(encoder, decoder)")

    @pytest.mark.weight(2)
    def test_finds_the_space_of_pca(self, student, reference, rng):
        # At most 1.000003 and 0.0072 (400 seeds).
        x = cloud(rng, 60, 10, rank=3) + 0.2 * rng.normal(size=(60, 10))
        encoder, decoder = student.linear_autoencoder(x, 3, 400, 0.05, rng)
        assert_close(encoder, np.zeros((3, 10)), atol=100.0, name="encoder")
        assert_close(decoder, np.zeros((10, 3)), atol=100.0, name="decoder")
        mean, components, _ = reference.pca(x, 3)
        least = np.sum((reference.reconstruct(x, mean, components) - x) ** 2)
        centred = x - mean
        ratio = float(np.sum((centred @ encoder.T @ decoder.T - centred) ** 2) / least)
        angle = max(reference.largest_angle(components, each) for each in (encoder, decoder.T))
        if not (ratio <= 1.01 and angle <= 0.1):
            raise Mismatch(
                f"after 400 steps the error is {ratio:.2f} times PCA's, and the largest angle to its space is {angle:.2f}; "
                "at most 1.01 and 0.1 expected"
            )

    @pytest.mark.after("test_steps")
    def test_keeps_x(self, student, rng):
        x = cloud(rng, 5, 4)
        assert_inputs_unchanged(lambda x: student.linear_autoencoder(x, 2, 3, 0.1, rng), x)

    @pytest.mark.after("test_steps")
    def test_bad_settings(self, student, rng):
        assert_refuses(student.linear_autoencoder, "k", cloud(rng, 5, 4), 0, 3, 0.1, rng)
        assert_refuses(student.linear_autoencoder, "steps", cloud(rng, 5, 4), 2, -1, 0.1, rng)


def active(rng, n, k):
    return rng.uniform(0.05, 0.95, size=(n, k))


@pytest.mark.exercise("sparsity_penalty")
class TestSparsity:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("target", [0.05, 0.3, 0.8])
    def test_loss(self, student, reference, rng, target):
        arguments = active(rng, 5, 4), target, float(rng.uniform(0.5, 3))
        loss, _ = student.sparsity_penalty(*arguments)
        assert_close(loss, reference.sparsity_penalty(*arguments)[0], name="loss")

    @pytest.mark.weight(3)
    @pytest.mark.parametrize("target", [0.05, 0.3, 0.8])
    def test_gradient(self, student, reference, rng, target):
        arguments = active(rng, 5, 4), target, float(rng.uniform(0.5, 3))
        _, dh = student.sparsity_penalty(*arguments)
        assert_close(dh, reference.sparsity_penalty(*arguments)[1], name="dh")

    @pytest.mark.parametrize("n, k", [(1, 3), (70, 2), (3, 1030), (4, 1)])
    def test_sizes(self, student, reference, rng, n, k):
        arguments = active(rng, n, k), 0.1, 2.0
        assert_close(student.sparsity_penalty(*arguments), reference.sparsity_penalty(*arguments), name="(loss, dh)")

    @pytest.mark.rests_on("test_gradient")
    @pytest.mark.weight(0.5)
    def test_on_target(self, student, rng):
        h = np.tile(rng.permutation([0.125, 0.375])[:, np.newaxis], (2, 3))
        assert_close(student.sparsity_penalty(h, 0.25, 1.5), (0.0, np.zeros((4, 3))), atol=1e-12, name="(loss, dh)")

    @pytest.mark.after("test_gradient")
    def test_keeps_h_and_float32(self, student, rng):
        _, dh = assert_inputs_unchanged(student.sparsity_penalty, active(rng, 5, 4).astype(np.float32), 0.1, 0.5)
        assert_dtype(dh, "float32", name="dh")

    @pytest.mark.after("test_gradient")
    def test_bad_settings(self, student, rng):
        for target in (0.0, 1.0):
            assert_refuses(student.sparsity_penalty, "target", active(rng, 3, 2), target, 1.0)
        assert_refuses(student.sparsity_penalty, "strength", active(rng, 3, 2), 0.1, -1.0)


def layer(rng, n, k, d):
    """(h, w, strength) of a layer of k units."""
    return active(rng, n, k), rng.normal(size=(k, d)), float(rng.uniform(0.5, 3))


@pytest.mark.exercise("contractive_penalty")
class TestContractive:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n, k, d", [(5, 4, 3), (1, 2, 6)])
    @pytest.mark.parametrize("which", [0, 1, 2], ids=["loss", "dh", "dw"])
    def test_values(self, student, reference, rng, n, k, d, which):
        arguments = layer(rng, n, k, d)
        loss, dh, dw = student.contractive_penalty(*arguments)
        expected = reference.contractive_penalty(*arguments)[which]
        assert_close((loss, dh, dw)[which], expected, name=("loss", "dh", "dw")[which])

    @pytest.mark.parametrize("n, k, d", [(70, 2, 3), (3, 66, 2), (2, 3, 1030), (1030, 1, 2), (4, 3, 1)])
    def test_sizes(self, student, reference, rng, n, k, d):
        arguments = layer(rng, n, k, d)
        expected = reference.contractive_penalty(*arguments)
        assert_close(student.contractive_penalty(*arguments), expected, name="(loss, dh, dw)")

    @pytest.mark.after("test_values")
    def test_keeps_inputs_and_float32(self, student, rng):
        h, w, _ = cast(layer(rng, 5, 4, 3), np.float32)
        _, dh, dw = assert_inputs_unchanged(student.contractive_penalty, h, w, 0.5)
        assert_dtype(dh, "float32", name="dh")
        assert_dtype(dw, "float32", name="dw")

    @pytest.mark.after("test_values")
    def test_bad_strength(self, student, rng):
        h, w, _ = layer(rng, 5, 4, 3)
        assert_refuses(student.contractive_penalty, "strength", h, w, -0.5)


@pytest.mark.exercise("reparameterize")
class TestReparameterize:
    @pytest.mark.parametrize("shape", [(5, 3), (1, 2)])
    def test_values(self, student, reference, rng, shape):
        arguments = rng.normal(size=(3, *shape))
        assert_close(student.reparameterize(*arguments), reference.reparameterize(*arguments), name="z")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("shape", [(70, 3), (2, 1030), (6,)])
    def test_sizes(self, student, reference, rng, shape):
        arguments = rng.normal(size=(3, *shape))
        assert_close(student.reparameterize(*arguments), reference.reparameterize(*arguments), name="z")

    @pytest.mark.after("test_values")
    def test_keeps_inputs_and_float32(self, student, rng):
        arguments = rng.normal(size=(3, 4, 2)).astype(np.float32)
        assert_dtype(assert_inputs_unchanged(student.reparameterize, *arguments), "float32", name="z")

    @pytest.mark.after("test_values")
    def test_bad_noise(self, student, rng):
        mu, log_var = rng.normal(size=(2, 4, 2))
        assert_refuses(student.reparameterize, "noise", mu, log_var, rng.normal(size=(1, 2)))


@pytest.mark.exercise("gaussian_kl")
class TestGaussianKl:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n, k", [(5, 3), (1, 4)])
    @pytest.mark.parametrize("which", [0, 1, 2], ids=["loss", "dmu", "dlog_var"])
    def test_values(self, student, reference, rng, n, k, which):
        mu, log_var = rng.normal(size=(2, n, k))
        found = student.gaussian_kl(mu, log_var)
        assert_close(
            list(found)[which], reference.gaussian_kl(mu, log_var)[which], name=("loss", "dmu", "dlog_var")[which]
        )

    @pytest.mark.parametrize("n, k", [(70, 2), (3, 1030), (6, 1)])
    def test_sizes(self, student, reference, rng, n, k):
        mu, log_var = rng.normal(size=(2, n, k))
        expected = reference.gaussian_kl(mu, log_var)
        assert_close(student.gaussian_kl(mu, log_var), expected, name="(loss, dmu, dlog_var)")

    @pytest.mark.rests_on("test_values")
    @pytest.mark.weight(0.5)
    def test_standard_normal(self, student, rng):
        zeros = np.zeros((int(rng.integers(2, 6)), 3))
        assert_close(student.gaussian_kl(zeros, zeros), (0.0, zeros, zeros), atol=1e-12, name="(loss, dmu, dlog_var)")

    @pytest.mark.after("test_values")
    def test_keeps_inputs_and_float32(self, student, rng):
        _, dmu, dlog_var = assert_inputs_unchanged(student.gaussian_kl, *rng.normal(size=(2, 5, 3)).astype(np.float32))
        assert_dtype(dmu, "float32", name="dmu")
        assert_dtype(dlog_var, "float32", name="dlog_var")

    @pytest.mark.after("test_values")
    def test_bad_log_var(self, student, rng):
        assert_refuses(student.gaussian_kl, "log_var", rng.normal(size=(4, 2)), rng.normal(size=(1, 2)))


VAES = {"small": (4, 7, 5, 2, 6), "one row": (1, 6, 3, 2, 4), "one number of code": (3, 5, 4, 1, 2)}
LARGE_VAES = {"70 units": (2, 5, 70, 3, 66), "1,030 pixels": (3, 1030, 2, 4, 5), "70 rows": (70, 4, 3, 2, 5)}


def variational(rng, name):
    """(x, params, noise) for n rows of d pixels, h hidden units, k numbers of code, g units in the decoder."""
    n, d, h, k, g = (VAES | LARGE_VAES)[name]
    params = {}
    for layer_name, units, inputs in (("enc", h, d), ("mu", k, h), ("var", k, h), ("dec", g, k), ("out", d, g)):
        params[f"w_{layer_name}"] = rng.normal(size=(units, inputs)) / inputs**0.5
        params[f"b_{layer_name}"] = rng.normal(size=units) / 2
    return rng.uniform(size=(n, d)), params, rng.normal(size=(n, k))


@pytest.mark.exercise("vae_loss_and_grads")
class TestVae:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("net", VAES)
    def test_loss(self, student, reference, rng, net):
        arguments = variational(rng, net)
        loss, _ = student.vae_loss_and_grads(*arguments)
        assert_close(loss, reference.vae_loss_and_grads(*arguments)[0], name="loss")

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("net", VAES)
    def test_grads_of_the_decoder(self, student, reference, rng, net):
        arguments = variational(rng, net)
        _, grads = student.vae_loss_and_grads(*arguments)
        _, expected = reference.vae_loss_and_grads(*arguments)
        assert_close(grads, {key: np.zeros_like(value) for key, value in expected.items()}, atol=1e3, name="grads")
        for key in ("w_out", "b_out", "w_dec", "b_dec"):
            assert_close(grads[key], expected[key], name=f"grads[{key!r}]")

    @pytest.mark.weight(3)
    @pytest.mark.parametrize("net", VAES)
    def test_grads(self, student, reference, rng, net):
        arguments = variational(rng, net)
        _, grads = student.vae_loss_and_grads(*arguments)
        assert_close(grads, reference.vae_loss_and_grads(*arguments)[1], name="grads")

    @pytest.mark.parametrize("net", LARGE_VAES)
    def test_sizes(self, student, reference, rng, net):
        arguments = variational(rng, net)
        expected = reference.vae_loss_and_grads(*arguments)
        assert_close(student.vae_loss_and_grads(*arguments), expected, name="(loss, grads)")

    @pytest.mark.weight(0.5)
    def test_without_noise(self, student, reference, rng):
        x, params, noise = variational(rng, "small")
        expected = reference.vae_loss_and_grads(x, params, 0 * noise)
        assert_close(student.vae_loss_and_grads(x, params, 0 * noise), expected, name="(loss, grads)")

    @pytest.mark.after("test_grads")
    def test_keeps_inputs_and_float32(self, student, rng):
        x, params, noise = cast(variational(rng, "small"), np.float32)
        _, grads = assert_inputs_unchanged(student.vae_loss_and_grads, x, params, noise)
        for key in params:
            assert_dtype(grads[key], "float32", name=f"grads[{key!r}]")

    @pytest.mark.after("test_grads")
    def test_bad_noise(self, student, rng):
        x, params, noise = variational(rng, "small")
        for wrong in (noise[:1], noise[:, :1]):
            assert_refuses(student.vae_loss_and_grads, "noise", x, params, wrong)
