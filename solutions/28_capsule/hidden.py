"""Hidden checks: squashing, votes, routing against a loop, gradients, the margin loss, what a decoder gets, manners."""

import functools

import numpy as np
import pytest

from autograder import (
    Mismatch,
    assert_close,
    assert_dtype,
    assert_gradients,
    assert_inputs_unchanged,
    assert_refuses,
    cast,
    no_warnings,
)
from autograder.datasets import load_digits

SIZES = [(3, 4, 5, 2), (1, 1, 3, 4), (2, 5, 1, 3), (4, 3, 3, 3)]  # n, i, j, d


@functools.cache
def digits():
    return load_digits()


def votes(rng, n, i, j, d):
    return 1.5 * rng.normal(size=(n, i, j, d))


def shares(rng, n, i, j):
    """Coefficients that sum to 1 over the parents, none of them the same."""
    raw = rng.uniform(0.2, 2, size=(n, i, j))
    return raw / raw.sum(axis=2, keepdims=True)


@pytest.mark.exercise("squash")
class TestSquash:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("shape", [(6, 3), (2, 3, 4), (5,), (4, 1)])
    def test_values(self, student, reference, rng, shape):
        s = 2 * rng.normal(size=shape)
        assert_close(student.squash(s), reference.squash(s), name="v")

    @pytest.mark.parametrize("axis", [0, 1, -2])
    def test_other_axes(self, student, reference, rng, axis):
        s = 2 * rng.normal(size=(4, 4, 4))
        assert_close(student.squash(s, axis=axis), reference.squash(s, axis=axis), name="v")

    @pytest.mark.rests_on("test_values")
    def test_nothing_stays_nothing(self, student, rng):
        s = np.zeros((3, 4))
        s[int(rng.integers(3)), 0] = 2.0
        with no_warnings():
            v = student.squash(s)
        assert_close(v, 0.4 * s, name="v")

    @pytest.mark.rests_on("test_values")
    @pytest.mark.parametrize("scale", [1e8, 1e-8])
    def test_extremes(self, student, rng, scale):
        way = rng.normal(size=(4, 3))
        way /= np.sqrt((way**2).sum(axis=1, keepdims=True))
        expected = 1.0 if scale > 1 else scale**2
        assert_close(student.squash(scale * way) / expected, way, rtol=1e-6, name="v by its length")

    @pytest.mark.after("test_values")
    def test_keeps_s_and_float32(self, student, rng):
        assert_dtype(
            assert_inputs_unchanged(student.squash, cast(rng.normal(size=(4, 3)), np.float32)), "float32", name="v"
        )


@pytest.mark.exercise("squash_backward")
class TestSquashBackward:
    @pytest.mark.weight(4)
    @pytest.mark.parametrize("shape", [(6, 3), (2, 3, 4), (5, 1)])
    def test_values(self, student, reference, rng, shape):
        dv, s = rng.normal(size=shape), 2 * rng.normal(size=shape)
        assert_close(student.squash_backward(dv, s), reference.squash_backward(dv, s), name="ds")

    @pytest.mark.weight(2)
    def test_it_is_the_slope_of_squash(self, student, reference, rng):
        dv, s = rng.normal(size=(5, 4)), 2 * rng.normal(size=(5, 4))
        assert_gradients(reference.squash, {"s": s}, dv, [student.squash_backward(dv, s)], rng)

    @pytest.mark.rests_on("test_values")
    def test_zero_vector(self, student, reference, rng):
        dv, s = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
        s[int(rng.integers(4))] = 0
        with no_warnings():
            ds = student.squash_backward(dv, s)
        assert_close(ds, reference.squash_backward(dv, s), name="ds")

    @pytest.mark.after("test_values")
    def test_keeps_inputs_and_float32(self, student, rng):
        dv, s = cast(list(rng.normal(size=(2, 4, 3))), np.float32)
        assert_dtype(assert_inputs_unchanged(student.squash_backward, dv, s), "float32", name="ds")

    @pytest.mark.after("test_values")
    def test_bad_dv(self, student, rng):
        assert_refuses(student.squash_backward, "dv", rng.normal(size=(4, 2)), rng.normal(size=(4, 3)))


@pytest.mark.exercise("primary_capsules")
class TestPrimary:
    @pytest.mark.parametrize(
        "shape, size", [((2, 6, 3, 2), 3), ((3, 4, 2, 3), 2), ((1, 5, 2, 2), 5), ((2, 3, 1, 4), 1)]
    )
    def test_values(self, student, reference, rng, shape, size):
        features = rng.normal(size=shape)
        assert_close(student.primary_capsules(features, size), reference.primary_capsules(features, size), name="u")

    @pytest.mark.after("test_values")
    def test_bad_size(self, student, rng):
        for size in (0, 4):
            assert_refuses(student.primary_capsules, "size", rng.normal(size=(1, 6, 2, 2)), size)


def pairs(rng, n, i, j, d):
    """(u, w), with d numbers in a child and in a parent, or one more in a parent if d is even."""
    return rng.normal(size=(n, i, d)), rng.normal(size=(i, j, d + (d % 2 == 0), d))


@pytest.mark.exercise("predictions")
class TestPredictions:
    @pytest.mark.parametrize("sizes", SIZES)
    def test_values(self, student, reference, rng, sizes):
        u, w = pairs(rng, *sizes)
        assert_close(student.predictions(u, w), reference.predictions(u, w), name="u_hat")

    @pytest.mark.after("test_values")
    def test_bad_w(self, student, rng):
        assert_refuses(student.predictions, "w", rng.normal(size=(2, 3, 4)), rng.normal(size=(3, 2, 4, 5)))


@pytest.mark.exercise("predictions_backward")
class TestPredictionsBackward:
    @pytest.mark.parametrize("sizes", SIZES)
    @pytest.mark.parametrize("which", [0, 1], ids=["du", "dw"])
    def test_values(self, student, reference, rng, sizes, which):
        u, w = pairs(rng, *sizes)
        du_hat = rng.normal(size=(len(u), *w.shape[:3]))
        du, dw = student.predictions_backward(du_hat, u, w)
        expected = reference.predictions_backward(du_hat, u, w)
        assert_close((du, dw)[which], expected[which], name=("du", "dw")[which])

    def test_they_are_the_slopes_of_the_votes(self, student, reference, rng):
        u, w = pairs(rng, 3, 4, 5, 2)
        du_hat = rng.normal(size=(3, 4, 5, 3))
        found = student.predictions_backward(du_hat, u, w)
        assert_gradients(reference.predictions, {"u": u, "w": w}, du_hat, found, rng)

    @pytest.mark.after("test_values")
    def test_keeps_inputs_and_float32(self, student, rng):
        u, w = cast(pairs(rng, 2, 3, 4, 3), np.float32)
        du_hat = rng.normal(size=(2, 3, 4, 3)).astype(np.float32)
        for each in assert_inputs_unchanged(student.predictions_backward, du_hat, u, w):
            assert_dtype(each, "float32", name="gradient")


def brute_force(u_hat, iterations):
    """Procedure 1, one number at a time."""
    n, i, j, d = u_hat.shape
    parents, shared = np.zeros((n, j, d)), np.zeros((n, i, j))
    for row in range(n):
        b = np.zeros((i, j))
        for _ in range(iterations):
            for child in range(i):
                shared[row, child] = np.exp(b[child]) / sum(np.exp(each) for each in b[child])
            for parent in range(j):
                s = sum(shared[row, child, parent] * u_hat[row, child, parent] for child in range(i))
                parents[row, parent] = s * np.sqrt(s @ s) / (1 + s @ s)
            for child, parent in np.ndindex(i, j):
                b[child, parent] += u_hat[row, child, parent] @ parents[row, parent]
    return parents, shared


@pytest.mark.exercise("routing")
class TestRouting:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("sizes", SIZES)
    def test_one_round(self, student, rng, sizes):
        u_hat = votes(rng, *sizes)
        assert_close(student.routing(u_hat, 1), brute_force(u_hat, 1), name="(v, c)")

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("iterations", [2, 3, 5])
    @pytest.mark.parametrize("sizes", SIZES)
    def test_rounds(self, student, rng, sizes, iterations):
        u_hat = votes(rng, *sizes)
        assert_close(student.routing(u_hat, iterations), brute_force(u_hat, iterations), name="(v, c)")

    @pytest.mark.rests_on("test_rounds")
    def test_no_votes(self, student, rng):
        n, j = (int(each) for each in rng.integers(2, 6, size=2))
        expected = np.zeros((n, j, 2)), np.full((n, 3, j), 1 / j)
        with no_warnings():
            found = student.routing(np.zeros((n, 3, j, 2)), 3)
        assert_close(found, expected, name="(v, c)")

    @pytest.mark.rests_on("test_rounds")
    def test_strong_votes(self, student, reference, rng):
        u_hat = 2000 * rng.uniform(0.5, 1, size=(2, 3, 4, 2))
        with no_warnings():
            found = student.routing(u_hat, 3)
        assert_close(found, reference.routing(u_hat, 3), atol=1e-7, name="(v, c)")

    @pytest.mark.after("test_rounds")
    def test_keeps_u_hat_and_float32(self, student, rng):
        for each in assert_inputs_unchanged(student.routing, cast(votes(rng, 2, 3, 4, 2), np.float32), 2):
            assert_dtype(each, "float32", name="v and c")

    @pytest.mark.after("test_rounds")
    def test_bad_iterations(self, student, rng):
        assert_refuses(student.routing, "iterations", votes(rng, 2, 3, 4, 2), 0)


@pytest.mark.exercise("routing_backward")
class TestRoutingBackward:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("sizes", SIZES)
    def test_values(self, student, reference, rng, sizes):
        u_hat, c = votes(rng, *sizes), shares(rng, *sizes[:3])
        dv = rng.normal(size=(sizes[0], *sizes[2:]))
        assert_close(student.routing_backward(dv, u_hat, c), reference.routing_backward(dv, u_hat, c), name="du_hat")

    def test_it_is_the_slope_with_c_held(self, student, reference, rng):
        u_hat, dv = votes(rng, 2, 3, 4, 3), rng.normal(size=(2, 4, 3))
        _, c = reference.routing(u_hat, 2)
        assert_gradients(
            lambda u_hat: reference.squash((c[..., np.newaxis] * u_hat).sum(axis=1)),
            {"u_hat": u_hat}, dv, [student.routing_backward(dv, u_hat, c)], rng,
        )  # fmt: skip

    @pytest.mark.rests_on("test_values")
    @pytest.mark.weight(2)
    def test_trains(self, student, reference, rng):
        # 80 to 95 % (60 seeds); guessing gets 20 %. Few rows, types and digits: loops in Python are right answers too.
        images, labels = digits()
        order = rng.permutation(np.flatnonzero(labels < 5))[:250]
        x, y = images[order], labels[order]
        params = student.train(x[:100], y[:100], reference.first_params(2, 4, 5, 4, rng), 2, 5, 0.02, 8, rng)
        v, _, _ = reference.network(x[100:], params, 2)
        share = float(np.mean(reference.capsule_scores(v).argmax(axis=1) == y[100:]))
        if not share >= 0.5:
            raise Mismatch(f"{share:.0%} of 150 new digits from 0 to 4 are told right; at least 50 % expected")

    @pytest.mark.after("test_values")
    def test_keeps_inputs_and_float32(self, student, rng):
        given = cast([rng.normal(size=(2, 4, 2)), votes(rng, 2, 3, 4, 2), shares(rng, 2, 3, 4)], np.float32)
        assert_dtype(assert_inputs_unchanged(student.routing_backward, *given), "float32", name="du_hat")


def parents(rng, n, j, d):
    """(v, labels), with lengths on both sides of both margins."""
    v = rng.normal(size=(n, j, d))
    return v * (rng.uniform(0.02, 0.98, size=(n, j)) / np.sqrt((v**2).sum(axis=2)))[..., None], rng.integers(j, size=n)


@pytest.mark.exercise("margin_loss")
class TestMargin:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("sizes", [(7, 4, 3), (1, 3, 2), (5, 1, 4)])
    @pytest.mark.parametrize("which", [0, 1], ids=["loss", "dv"])
    def test_values(self, student, reference, rng, sizes, which):
        v, labels = parents(rng, *sizes)
        found, expected = student.margin_loss(v, labels), reference.margin_loss(v, labels)
        assert_close(list(found)[which], expected[which], name=("loss", "dv")[which])

    def test_dv_is_the_slope_of_the_loss(self, student, reference, rng):
        v, labels = parents(rng, 6, 4, 3)
        dv = student.margin_loss(v, labels)[1]
        assert_gradients(lambda v: np.array(reference.margin_loss(v, labels)[0]), {"v": v}, np.array(1.0), [dv], rng)

    def test_other_margins(self, student, reference, rng):
        arguments = *parents(rng, 30, 4, 3), 0.7, 0.3, 0.8
        assert_close(student.margin_loss(*arguments), reference.margin_loss(*arguments), name="(loss, dv)")

    @pytest.mark.rests_on("test_values")
    def test_zero_vectors(self, student, reference, rng):
        v, labels = parents(rng, 4, 3, 2)
        v[0, labels[0]] = v[1, labels[1] - 1] = 0
        with no_warnings():
            found = student.margin_loss(v, labels)
        assert_close(found, reference.margin_loss(v, labels), name="(loss, dv)")

    @pytest.mark.after("test_values")
    def test_keeps_inputs_and_float32(self, student, rng):
        v, labels = parents(rng, 4, 3, 2)
        _, dv = assert_inputs_unchanged(student.margin_loss, v.astype(np.float32), labels)
        assert_dtype(dv, "float32", name="dv")

    @pytest.mark.after("test_values")
    def test_bad_labels(self, student, rng):
        assert_refuses(student.margin_loss, "labels", rng.normal(size=(2, 3, 2)), np.array([0, 3]))


@pytest.mark.exercise("capsule_scores")
@pytest.mark.parametrize("sizes", [(5, 4, 3), (1, 2, 5), (3, 3, 1)])
def test_scores(student, reference, rng, sizes):
    v = rng.normal(size=sizes)
    assert_close(student.capsule_scores(v), reference.capsule_scores(v), name="scores")


@pytest.mark.exercise("mask_capsules")
class TestMask:
    @pytest.mark.parametrize("sizes", [(5, 4, 3), (1, 2, 5), (3, 3, 1)])
    def test_values(self, student, reference, rng, sizes):
        v, labels = parents(rng, *sizes)
        assert_close(student.mask_capsules(v, labels), reference.mask_capsules(v, labels), name="out")

    @pytest.mark.after("test_values")
    def test_keeps_inputs_and_refuses(self, student, rng):
        v, labels = parents(rng, 4, 3, 2)
        assert_inputs_unchanged(student.mask_capsules, v, labels)
        assert_refuses(student.mask_capsules, "labels", v, labels + 3)


@pytest.mark.exercise("perturb")
class TestPerturb:
    @pytest.mark.parametrize("sizes", [(5, 4, 3), (1, 2, 5), (3, 3, 2)])
    def test_values(self, student, reference, rng, sizes):
        arguments = *parents(rng, *sizes), int(rng.integers(sizes[2])), rng.normal(size=4)
        assert_close(student.perturb(*arguments), reference.perturb(*arguments), name="out")

    @pytest.mark.after("test_values")
    def test_keeps_inputs_and_refuses(self, student, rng):
        v, labels = parents(rng, 4, 3, 2)
        assert_inputs_unchanged(student.perturb, v, labels, 1, rng.normal(size=3))
        assert_refuses(student.perturb, "dimension", v, labels, 2, rng.normal(size=3))
