"""Hidden checks: random rows, their distances, rows of probabilities, gradients and steps; one short map of digits; manners."""

import functools

import numpy as np
import pytest

from autograder import Mismatch, assert_close, assert_gradients, assert_inputs_unchanged, assert_refuses, no_warnings
from autograder.datasets import load_digits


@functools.cache
def digits():
    return load_digits()


def rows(rng, n, d):
    """(n, d) rows about a mean that is not 0, spread differently in each column."""
    return 2 + rng.normal(size=d) + rng.normal(size=(n, d)) * np.linspace(1.5, 0.5, d)


def apart(x):
    """Squared distances, straight from the differences."""
    return ((x[:, np.newaxis] - x) ** 2).sum(axis=2)


@pytest.mark.exercise("squared_distances")
class TestDistances:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n, d", [(5, 3), (6, 2), (4, 7), (3, 1)])
    def test_values(self, student, rng, n, d):
        x = rows(rng, n, d)
        assert_close(student.squared_distances(x), apart(x), name="d2")

    @pytest.mark.parametrize("n, d", [(70, 3), (3, 1030), (1, 2)])
    def test_sizes(self, student, rng, n, d):
        x = rows(rng, n, d)
        assert_close(student.squared_distances(x), apart(x), name="d2")

    @pytest.mark.rests_on("test_values")
    def test_exact_zeros(self, student, rng):
        # Many rows, each of them twice: by rounding alone some of these would be off.
        x = rows(rng, 40, 6)
        x[20:] = x[:20]
        d2 = student.squared_distances(x)
        assert_close(d2, apart(x), atol=1e-9, name="d2")
        assert_close(np.diag(d2), np.zeros(40), atol=0.0, name="the diagonal of d2")
        if d2.min() < 0:
            raise Mismatch("d2 has numbers below 0: a square is never below 0, rounding makes it so")

    def test_far_from_zero(self, student, rng):
        # On a grid of 1/1024, so that the large numbers hold the rows exactly.
        x = np.round(1024 * rows(rng, 6, 3)) / 1024
        far = 1e7 * rng.permutation([1.0, -2.0, 3.0])
        assert_close(student.squared_distances(x + far), apart(x), rtol=1e-6, name="d2")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("size", [1e-6, 1e6])
    def test_small_and_large(self, student, rng, size):
        x = size * rows(rng, 5, 3)
        assert_close(student.squared_distances(x), apart(x), name="d2")

    @pytest.mark.after("test_values")
    def test_keeps_x(self, student, rng):
        assert_inputs_unchanged(student.squared_distances, rows(rng, 5, 3))


def assert_columns(y, expected, exact, name="y"):
    """Columns whose signs are free; those beyond the first `exact` are only compared in size."""
    assert_close(y, np.zeros(expected.shape), atol=1e6, name=name)
    signs = np.sign(np.sum(y[:, :exact] * expected[:, :exact], axis=0))
    turned = np.where(signs < 0, -y[:, :exact], y[:, :exact])
    size = float(np.abs(expected).max(initial=0.0))
    assert_close(
        turned, expected[:, :exact], rtol=1e-7, atol=1e-8 * size, name=f"{name}, up to the signs of its columns"
    )
    rest = np.abs(y[:, exact:])
    assert_close(rest, np.abs(expected[:, exact:]), atol=1e-6 * size, name=f"the last columns of {name}")


@pytest.mark.exercise("pca_map")
class TestPca:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n, d, k", [(9, 4, 2), (7, 5, 1), (8, 3, 3), (20, 6, 2)])
    def test_values(self, student, reference, rng, n, d, k):
        x = rows(rng, n, d)
        assert_columns(student.pca_map(x, k), reference.pca_map(x, k), k)

    def test_fewer_rows_than_columns(self, student, reference, rng):
        x = rows(rng, 5, 9)
        assert_columns(student.pca_map(x, 3), reference.pca_map(x, 3), 3)

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("n, d, k", [(1030, 3, 2), (6, 70, 2)])
    def test_sizes(self, student, reference, rng, n, d, k):
        x = rows(rng, n, d)
        assert_columns(student.pca_map(x, k), reference.pca_map(x, k), k)

    @pytest.mark.weight(0.5)
    def test_rows_that_fill_fewer_directions(self, student, reference, rng):
        x = rows(rng, 8, 2) @ rng.normal(size=(2, 4))
        assert_columns(student.pca_map(x, 4), reference.pca_map(x, 4), 2)

    @pytest.mark.after("test_values")
    def test_keeps_x(self, student, rng):
        assert_inputs_unchanged(student.pca_map, rows(rng, 6, 3), 2)

    @pytest.mark.after("test_values")
    def test_bad_k(self, student, rng):
        for shape in ((4, 6), (6, 4)):
            for k in (0, 5):
                assert_refuses(student.pca_map, "k", rng.normal(size=shape), k)


@pytest.mark.exercise("classical_mds")
class TestMds:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n, d", [(6, 2), (8, 3), (5, 4)])
    def test_distances_come_back(self, student, rng, n, d):
        d2 = apart(rows(rng, n, d))
        y = student.classical_mds(d2, d)
        assert_close(y, np.zeros((n, d)), atol=1e3, name="y")
        assert_close(apart(y), d2, rtol=1e-7, atol=1e-9 * d2.max(), name="squared distances on the map")

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n, d, k", [(9, 4, 2), (7, 5, 1), (10, 3, 3)])
    def test_columns(self, student, reference, rng, n, d, k):
        d2 = apart(rows(rng, n, d))
        assert_columns(student.classical_mds(d2, k), reference.classical_mds(d2, k), k)

    @pytest.mark.parametrize("n, k", [(6, 2), (7, 1), (8, 3)])
    def test_distances_of_no_points(self, student, reference, rng, n, k):
        noise = rng.uniform(1, 9, size=(n, n))
        d2 = (noise + noise.T) * (1 - np.eye(n))
        assert_columns(student.classical_mds(d2, k), reference.classical_mds(d2, k), k)

    def test_eigenvalues_below_zero(self, student, reference, rng):
        # All N columns: those of eigenvalues at 0 and below are 0.
        d2 = apart(rows(rng, 6, 2))
        d2[0, 1] = d2[1, 0] = 4 * d2.max()
        expected = reference.classical_mds(d2, 6)
        positive = int(np.sum(np.abs(expected).max(axis=0) > 1e-3))
        assert_columns(student.classical_mds(d2, 6), expected, positive)

    @pytest.mark.weight(0.5)
    def test_sizes(self, student, reference, rng):
        d2 = apart(rows(rng, 70, 3))
        assert_columns(student.classical_mds(d2, 2), reference.classical_mds(d2, 2), 2)

    @pytest.mark.after("test_columns")
    def test_keeps_d2(self, student, rng):
        assert_inputs_unchanged(student.classical_mds, apart(rows(rng, 6, 3)), 2)

    @pytest.mark.after("test_columns")
    def test_bad_k(self, student, rng):
        for k in (0, 6):
            assert_refuses(student.classical_mds, "k", apart(rows(rng, 5, 3)), k)


@pytest.mark.exercise("trustworthiness")
class TestTrustworthiness:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("k", [1, 2, 4])
    @pytest.mark.parametrize("n", [12, 9])
    def test_random_maps(self, student, reference, rng, n, k):
        x, y = rows(rng, n, 4), rng.normal(size=(n, 2))
        assert_close(student.trustworthiness(x, y, k), reference.trustworthiness(x, y, k), name="trustworthiness")

    @pytest.mark.parametrize("k", [1, 3, 6])
    def test_good_maps(self, student, reference, rng, k):
        x = rows(rng, 20, 4)
        y = x[:, :2] + 0.1 * rng.normal(size=(20, 2))
        assert_close(student.trustworthiness(x, y, k), reference.trustworthiness(x, y, k), name="trustworthiness")

    @pytest.mark.rests_on("test_random_maps")
    @pytest.mark.weight(0.5)
    def test_nothing_lost(self, student, rng):
        x = rows(rng, 11, 2)
        turned = x @ np.array([[0.6, 0.8], [-0.8, 0.6]]) * 3 + 1
        assert_close(student.trustworthiness(x, turned, 3), 1.0, name="trustworthiness")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("n, d, k", [(75, 5, 7), (14, 1030, 5)])
    def test_sizes(self, student, reference, rng, n, d, k):
        x, y = rows(rng, n, d), rng.normal(size=(n, 3))
        assert_close(student.trustworthiness(x, y, k), reference.trustworthiness(x, y, k), name="trustworthiness")

    @pytest.mark.weight(0.5)
    def test_two_equal_points(self, student, reference, rng):
        # Far from the others on the map: each is the other's neighbour, nobody else's, and neither is its own.
        x, y = rows(rng, 9, 4), rng.normal(size=(9, 2))
        y[rng.permutation(9)[:2]] = 50.0
        assert_close(student.trustworthiness(x, y, 1), reference.trustworthiness(x, y, 1), name="trustworthiness")

    @pytest.mark.after("test_random_maps")
    def test_keeps_inputs(self, student, rng):
        assert_inputs_unchanged(student.trustworthiness, rows(rng, 9, 3), rng.normal(size=(9, 2)), 2)

    @pytest.mark.after("test_random_maps")
    def test_bad_input(self, student, rng):
        x, y = rows(rng, 8, 3), rng.normal(size=(8, 2))
        assert_refuses(student.trustworthiness, "y", x, y[:7], 2)
        for k in (0, 4):
            assert_refuses(student.trustworthiness, "k", x, y, k)


def shares(rng, n, zeros=0):
    """n probabilities, some of them 0, in random order."""
    p = rng.uniform(0.1, 1, size=n) ** 2
    p[:zeros] = 0
    return rng.permutation(p / p.sum())


@pytest.mark.exercise("entropy_bits")
class TestEntropy:
    @pytest.mark.parametrize("n", [2, 5, 1100])
    def test_values(self, student, reference, rng, n):
        p = shares(rng, n)
        assert_close(student.entropy_bits(p), reference.entropy_bits(p), name="H")

    @pytest.mark.parametrize("zeros", [1, 4])
    def test_zeros(self, student, reference, rng, zeros):
        p = shares(rng, 7, zeros)
        assert_close(student.entropy_bits(p), reference.entropy_bits(p), name="H")

    @pytest.mark.rests_on("test_values")
    @pytest.mark.weight(0.5)
    def test_certain(self, student, rng):
        assert_close(student.entropy_bits(rng.permutation([1.0, 0.0, 0.0])), 0.0, atol=1e-12, name="H")

    @pytest.mark.after("test_values")
    def test_keeps_p_and_is_quiet(self, student, rng):
        with no_warnings():
            assert_inputs_unchanged(student.entropy_bits, shares(rng, 6, 2))


def from_one(rng, n, d=3):
    """(d2_row, index): the squared distances of one of n random points to all, and which one it is."""
    i, x = int(rng.integers(n)), rows(rng, n, d)
    return ((x - x[i]) ** 2).sum(axis=1), i


@pytest.mark.exercise("row_affinities")
class TestAffinities:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n, beta", [(6, 0.3), (9, 1.7), (2, 0.5), (5, 0.05)])
    def test_values(self, student, reference, rng, n, beta):
        d2_row, i = from_one(rng, n)
        p = student.row_affinities(d2_row, beta, i)
        assert_close(p, reference.row_affinities(d2_row, beta, i), name="p")

    @pytest.mark.parametrize("size, beta", [(1e6, 1.0), (1.0, 1e6), (1e6, 1e-6)])
    def test_far_points(self, student, reference, rng, size, beta):
        # All far from point i, and near each other by that measure: the first numbers of exp are all 0, not those of p.
        d2_row, i = from_one(rng, 7)
        d2_row = d2_row / beta + size
        d2_row[i] = 0
        assert_close(student.row_affinities(d2_row, beta, i), reference.row_affinities(d2_row, beta, i), 1e-6, name="p")

    def test_what_stands_at_the_point_itself_plays_no_part(self, student, reference, rng):
        d2_row, i = from_one(rng, 6)
        expected = reference.row_affinities(d2_row, 0.4, i)
        for itself in rng.permutation([-3.0, 5.0, 1e5]):
            d2_row[i] = itself
            assert_close(student.row_affinities(d2_row, 0.4, i), expected, name="p")

    @pytest.mark.weight(0.5)
    def test_an_equal_point_counts(self, student, reference, rng):
        d2_row, i = from_one(rng, 6)
        d2_row[i - 1] = 0
        assert_close(student.row_affinities(d2_row, 0.8, i), reference.row_affinities(d2_row, 0.8, i), name="p")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("n", [70, 1030])
    def test_sizes(self, student, reference, rng, n):
        d2_row, i = from_one(rng, n)
        assert_close(student.row_affinities(d2_row, 0.6, i), reference.row_affinities(d2_row, 0.6, i), name="p")

    @pytest.mark.after("test_values")
    def test_keeps_d2_row_and_is_quiet(self, student, rng):
        d2_row, i = from_one(rng, 6)
        with no_warnings():
            assert_inputs_unchanged(student.row_affinities, d2_row, 0.7, i)

    @pytest.mark.after("test_values")
    def test_bad_beta(self, student, rng):
        d2_row, i = from_one(rng, 6)
        for beta in (0.0, -1.0):
            assert_refuses(student.row_affinities, "beta", d2_row, beta, i)


def assert_perplexity(reference, beta, d2_row, perplexity, i):
    """beta is a number above 0 that gives that perplexity to 2e-8, twice what is asked for."""
    assert_close(beta, 1.0, rtol=0, atol=1e60, name="beta")
    if not beta > 0:
        raise Mismatch(f"beta is {float(beta):.3g}, and should be above 0")
    reached = 2 ** reference.entropy_bits(reference.row_affinities(d2_row, float(beta), i))
    assert_close(reached, perplexity, rtol=2e-8, name="the perplexity that beta gives")


@pytest.mark.exercise("search_beta")
class TestSearch:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("n, perplexity", [(8, 3.0), (12, 5.5), (6, 1.2), (9, 7.5), (4, 2.0)])
    def test_perplexity(self, student, reference, rng, n, perplexity):
        d2_row, i = from_one(rng, n)
        assert_perplexity(reference, student.search_beta(d2_row, perplexity, i), d2_row, perplexity, i)

    @pytest.mark.parametrize("size", [1e-12, 1e-6, 1e6])
    def test_small_and_large_distances(self, student, reference, rng, size):
        d2_row, i = from_one(rng, 9)
        d2_row = size * d2_row
        assert_perplexity(reference, student.search_beta(d2_row, 4.0, i), d2_row, 4.0, i)

    @pytest.mark.rests_on("test_perplexity")
    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("far", [1e-3, 5.0, 1e4])
    def test_all_equally_far(self, student, rng, far):
        d2_row = np.full(6, far)
        i = int(rng.integers(6))
        for itself in (0.0, 9.0):
            d2_row[i] = itself
            assert_close(student.search_beta(d2_row, 3.0, i), 1.0, name="beta")

    @pytest.mark.weight(0.5)
    def test_equal_neighbours(self, student, reference, rng):
        # Three at the least distance, but fewer asked for: as beta grows the perplexity falls to 3, and stays there.
        i = int(rng.integers(7))
        d2_row = np.insert(rng.permutation([2.0, 2.0, 2.0, 5.0, 6.0, 9.0]), i, 0.0)
        beta = student.search_beta(d2_row, 1.5, i)
        assert_close(beta, 1.0, rtol=0, atol=1e60, name="beta")
        p = reference.row_affinities(d2_row, float(beta), i) if beta > 0 else d2_row
        assert_close(2 ** reference.entropy_bits(p), 3.0, rtol=1e-6, name="the perplexity that beta gives")

    def test_an_equal_point(self, student, reference, rng):
        d2_row, i = from_one(rng, 8)
        d2_row[i - 1] = 0
        assert_perplexity(reference, student.search_beta(d2_row, 3.0, i), d2_row, 3.0, i)

    @pytest.mark.weight(0.5)
    def test_sizes(self, student, reference, rng):
        d2_row, i = from_one(rng, 1030, 2)
        assert_perplexity(reference, student.search_beta(d2_row, 200.0, i), d2_row, 200.0, i)

    @pytest.mark.after("test_perplexity")
    def test_keeps_d2_row(self, student, rng):
        d2_row, i = from_one(rng, 6)
        assert_inputs_unchanged(student.search_beta, d2_row, 3.0, i)

    @pytest.mark.after("test_perplexity")
    def test_bad_perplexity(self, student, rng):
        d2_row, i = from_one(rng, 6)
        for perplexity in (1.0, 5.0, 6.0):
            assert_refuses(student.search_beta, "perplexity", d2_row, perplexity, i)


@pytest.mark.exercise("joint_probabilities")
class TestJoint:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n, d, perplexity", [(6, 3, 2.5), (9, 2, 4.0), (4, 7, 1.5)])
    def test_values(self, student, reference, rng, n, d, perplexity):
        x = rows(rng, n, d)
        p = student.joint_probabilities(x, perplexity)
        assert_close(p, reference.joint_probabilities(x, perplexity), rtol=1e-5, atol=1e-9, name="p")

    def test_dense_and_sparse_places(self, student, reference, rng):
        # A heap, and few rows far from it: each has a beta of its own.
        x = np.concatenate([0.01 * rng.normal(size=(6, 2)), 30 + 10 * rng.normal(size=(6, 2))])
        expected = reference.joint_probabilities(x, 3.0)
        assert_close(student.joint_probabilities(x, 3.0), expected, rtol=1e-5, atol=1e-9, name="p")

    @pytest.mark.weight(0.5)
    def test_equal_rows(self, student, reference, rng):
        x = rows(rng, 8, 3)
        x[5] = x[2]
        assert_close(
            student.joint_probabilities(x, 3.0), reference.joint_probabilities(x, 3.0), rtol=1e-5, atol=1e-9, name="p"
        )

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("n, d", [(66, 2), (5, 1030)])
    def test_sizes(self, student, reference, rng, n, d):
        x, perplexity = rows(rng, n, d), n / 3
        expected = reference.joint_probabilities(x, perplexity)
        assert_close(student.joint_probabilities(x, perplexity), expected, rtol=1e-5, atol=1e-9, name="p")

    @pytest.mark.after("test_values")
    def test_keeps_x(self, student, rng):
        assert_inputs_unchanged(student.joint_probabilities, rows(rng, 6, 3), 2.5)

    @pytest.mark.after("test_values")
    def test_bad_perplexity(self, student, rng):
        for perplexity in (1.0, 5.0):
            assert_refuses(student.joint_probabilities, "perplexity", rows(rng, 6, 3), perplexity)


@pytest.mark.exercise("student_affinities")
class TestStudent:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("which", [0, 1], ids=["q", "weights"])
    @pytest.mark.parametrize("n, d", [(6, 2), (2, 3), (9, 1)])
    def test_values(self, student, reference, rng, n, d, which):
        y = rng.normal(size=(n, d)) * 2
        q, weights = student.student_affinities(y)
        assert_close((q, weights)[which], reference.student_affinities(y)[which], name=("q", "weights")[which])

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("size", [1e-4, 1e4])
    def test_small_and_large(self, student, reference, rng, size):
        y = size * rng.normal(size=(5, 2))
        assert_close(student.student_affinities(y), reference.student_affinities(y), name="(q, weights)")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("n, d", [(70, 2), (4, 1030)])
    def test_sizes(self, student, reference, rng, n, d):
        y = rng.normal(size=(n, d)) / d**0.5
        assert_close(student.student_affinities(y), reference.student_affinities(y), name="(q, weights)")

    @pytest.mark.weight(0.5)
    def test_equal_points(self, student, reference, rng):
        y = rng.normal(size=(6, 2))
        y[4] = y[1]
        assert_close(student.student_affinities(y), reference.student_affinities(y), name="(q, weights)")

    @pytest.mark.after("test_values")
    def test_keeps_y(self, student, rng):
        assert_inputs_unchanged(student.student_affinities, rng.normal(size=(6, 2)))


def pairs(rng, n, zeros=0):
    """(n, n) probabilities of pairs, symmetric, 0 on the diagonal; some pairs may be 0."""
    above = np.triu_indices(n, 1)
    p = np.zeros((n, n))
    p[above] = shares(rng, len(above[0]), zeros) / 2
    return p + p.T


@pytest.mark.exercise("kl_divergence")
class TestKl:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n", [3, 6, 2])
    def test_values(self, student, reference, rng, n):
        # Any two distributions, not only those of pairs.
        p, q = (shares(rng, n * n).reshape(n, n) for _ in range(2))
        assert_close(student.kl_divergence(p, q), reference.kl_divergence(p, q), atol=1e-8, name="kl")

    def test_pairs(self, student, reference, rng):
        p, q = pairs(rng, 7), pairs(rng, 7)
        assert_close(student.kl_divergence(p, q), reference.kl_divergence(p, q), atol=1e-8, name="kl")

    @pytest.mark.parametrize("zeros", [(3, 0), (0, 3), (4, 4)])
    def test_zeros(self, student, reference, rng, zeros):
        p, q = (pairs(rng, 6, each) for each in zeros)
        assert_close(student.kl_divergence(p, q), reference.kl_divergence(p, q), atol=1e-8, name="kl")

    @pytest.mark.rests_on("test_values")
    @pytest.mark.weight(0.5)
    def test_equal(self, student, rng):
        p = pairs(rng, 5)
        assert_close(student.kl_divergence(p, p), 0.0, atol=1e-9, name="kl")

    @pytest.mark.weight(0.5)
    def test_sizes(self, student, reference, rng):
        p, q = pairs(rng, 70), pairs(rng, 70)
        assert_close(student.kl_divergence(p, q), reference.kl_divergence(p, q), atol=1e-8, name="kl")

    @pytest.mark.after("test_values")
    def test_keeps_inputs_and_is_quiet(self, student, rng):
        with no_warnings():
            assert_inputs_unchanged(student.kl_divergence, pairs(rng, 5, 2), pairs(rng, 5, 2))

    @pytest.mark.after("test_values")
    def test_bad_q(self, student, rng):
        assert_refuses(student.kl_divergence, "q", pairs(rng, 5), pairs(rng, 4))


@pytest.mark.exercise("tsne_gradient")
class TestGradient:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("n, d", [(6, 2), (9, 2), (3, 1), (5, 3)])
    def test_values(self, student, reference, rng, n, d):
        p, y = pairs(rng, n), 1.5 * rng.normal(size=(n, d))
        assert_close(student.tsne_gradient(p, y), reference.tsne_gradient(p, y), name="dy")

    @pytest.mark.weight(2)
    def test_it_is_the_slope_of_kl(self, student, reference, rng):
        p, y = pairs(rng, 7), rng.normal(size=(7, 2))
        dy = student.tsne_gradient(p, y)
        assert_close(dy, np.zeros((7, 2)), atol=1e3, name="dy")
        assert_gradients(
            lambda y: np.array(reference.kl_divergence(p, reference.student_affinities(y)[0])),
            {"y": y}, np.array(1.0), [dy], rng,
        )  # fmt: skip

    @pytest.mark.parametrize("lying", [4.0, 12.0])
    def test_exaggerated(self, student, reference, rng, lying):
        p, y = lying * pairs(rng, 6), rng.normal(size=(6, 2))
        assert_close(student.tsne_gradient(p, y), reference.tsne_gradient(p, y), name="dy")

    @pytest.mark.parametrize("size", [1e-4, 1e3])
    def test_small_and_large_maps(self, student, reference, rng, size):
        p, y = pairs(rng, 6), size * rng.normal(size=(6, 2))
        assert_close(student.tsne_gradient(p, y), reference.tsne_gradient(p, y), name="dy")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("n, d", [(70, 2), (5, 66)])
    def test_sizes(self, student, reference, rng, n, d):
        p, y = pairs(rng, n), rng.normal(size=(n, d))
        assert_close(student.tsne_gradient(p, y), reference.tsne_gradient(p, y), name="dy")

    @pytest.mark.after("test_values")
    def test_keeps_inputs(self, student, rng):
        assert_inputs_unchanged(student.tsne_gradient, pairs(rng, 6), rng.normal(size=(6, 2)))

    @pytest.mark.after("test_values")
    def test_bad_p(self, student, rng):
        for wrong in (pairs(rng, 5), pairs(rng, 6)[:5]):
            assert_refuses(student.tsne_gradient, "p", wrong, rng.normal(size=(6, 2)))


def midway(rng, n, d=2):
    """(y, gradient, velocity, gains) of a descent that is under way."""
    y, gradient, velocity = rng.normal(size=(3, n, d))
    return y + 0.5, gradient, velocity, rng.uniform(0.5, 3, size=(n, d))


@pytest.mark.exercise("gain_step")
class TestStep:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("which", [0, 1, 2], ids=["y", "velocity", "gains"])
    @pytest.mark.parametrize("n", [6, 9])
    def test_values(self, student, reference, rng, n, which):
        arguments = *midway(rng, n), 1.5, 0.8
        y, velocity, gains = student.gain_step(*arguments)
        name = ("y", "velocity", "gains")[which]
        assert_close((y, velocity, gains)[which], reference.gain_step(*arguments)[which], name=name)

    def test_the_least_gain(self, student, reference, rng):
        y, gradient, velocity, _ = midway(rng, 8)
        gains = rng.uniform(0.01, 0.02, size=(8, 2))
        arguments = y, gradient, np.abs(velocity) * np.sign(gradient), gains, 2.0, 0.5
        assert_close(student.gain_step(*arguments), reference.gain_step(*arguments), name="(y, velocity, gains)")

    def test_the_first_step(self, student, reference, rng):
        # The velocity is 0; some gradients are, too.
        y, gradient, velocity, gains = midway(rng, 7)
        gradient[rng.integers(7)] = 0
        arguments = y, gradient, 0 * velocity, np.ones_like(gains), 0.7, 0.5
        assert_close(student.gain_step(*arguments), reference.gain_step(*arguments), name="(y, velocity, gains)")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("n, d", [(1030, 1), (3, 70), (1, 2)])
    def test_sizes(self, student, reference, rng, n, d):
        arguments = *midway(rng, n, d), 0.9, 0.6
        expected = reference.gain_step(*arguments)
        assert_close(student.gain_step(*arguments), expected, atol=1e-9, name="(y, velocity, gains)")

    @pytest.mark.after("test_values")
    def test_keeps_inputs(self, student, rng):
        assert_inputs_unchanged(student.gain_step, *midway(rng, 6), 1.0, 0.5)


def assert_maps(found, expected):
    """(y, kls) beside those of the reference: betas found to 1e-8 leave room for a little more than that."""
    assert_close(found, expected, rtol=1e-5, atol=1e-6 * float(np.abs(expected[0]).max()), name="(y, kls)")


@pytest.mark.exercise("tsne")
class TestTsne:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("which", [0, 1], ids=["y", "kls"])
    @pytest.mark.parametrize("steps", [1, 3])
    def test_early_steps(self, student, reference, rng, steps, which):
        x, y0 = rows(rng, 9, 4), rng.normal(size=(9, 2))
        found = student.tsne(x, y0, 3.0, steps, 2.0)
        expected = reference.tsne(x, y0, 3.0, steps, 2.0)[which]
        assert_close(
            list(found)[which], expected, rtol=1e-5, atol=1e-6 * np.abs(expected).max(), name=("y", "kls")[which]
        )

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("steps, early", [(3, 2), (5, 1), (4, 0)])
    def test_after_the_early_steps(self, student, reference, rng, steps, early):
        arguments = rows(rng, 8, 3), rng.normal(size=(8, 2)), 2.5, steps, 1.5, 4.0, early
        assert_maps(student.tsne(*arguments), reference.tsne(*arguments))

    @pytest.mark.parametrize("exaggeration", [1.0, 12.0])
    def test_other_exaggerations(self, student, reference, rng, exaggeration):
        arguments = rows(rng, 7, 3), rng.normal(size=(7, 2)), 3.0, 4, 0.8, exaggeration, 3
        assert_maps(student.tsne(*arguments), reference.tsne(*arguments))

    @pytest.mark.weight(0.5)
    def test_eighty_early_steps_of_four(self, student, reference, rng):
        # Steps as short as that keep together what differs in the last digits.
        x, y0 = rows(rng, 6, 3), rng.normal(size=(6, 2))
        found = student.tsne(x, y0, 2.5, 83, 0.05)
        assert_close(found, reference.tsne(x, y0, 2.5, 83, 0.05), rtol=1e-4, atol=1e-4, name="(y, kls)")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("n, d, k", [(14, 3, 1), (5, 1030, 2), (7, 4, 3)])
    def test_sizes(self, student, reference, rng, n, d, k):
        arguments = rows(rng, n, d), rng.normal(size=(n, k)), 1 + n / 4, 2, 1.0, 4.0, 1
        assert_maps(student.tsne(*arguments), reference.tsne(*arguments))

    @pytest.mark.rests_on("test_early_steps")
    @pytest.mark.weight(0.5)
    def test_no_step(self, student, rng):
        y0 = rng.normal(size=(6, 2))
        assert_close(student.tsne(rows(rng, 6, 3), y0, 2.0, 0, 1.0), (y0, np.zeros(0)), name="(y, kls)")

    @pytest.mark.weight(2)
    def test_maps_digits(self, student, reference, rng):
        # KL 0.16 to 0.33, trustworthiness 0.89 to 0.98 (60 seeds). PCA's map at its best scale has a KL of 0.66 and more.
        x = rng.permutation(digits()[0].reshape(-1, 64))[:45]
        y, kls = student.tsne(x, reference.first_map(45, rng), 8.0, 120, 10.0, 4.0, 40)
        assert_close(y, np.zeros((45, 2)), atol=1e4, name="y")
        assert_close(kls, np.zeros(120), atol=1e2, name="kls")
        kl = reference.kl_divergence(reference.joint_probabilities(x, 8.0), reference.student_affinities(y)[0])
        trust = reference.trustworthiness(x, y, 5)
        if not (kl <= 0.5 and trust >= 0.8):
            raise Mismatch(
                f"after 120 steps on 45 digits KL is {kl:.2f} and the trustworthiness {trust:.2f}; "
                "at most 0.5 and at least 0.8 expected"
            )
        assert_close(kls[-1], kl, rtol=1e-4, name="the last of kls, for the map that came with it")

    @pytest.mark.after("test_early_steps")
    def test_keeps_inputs(self, student, rng):
        x, y0 = rows(rng, 6, 3), rng.normal(size=(6, 2))
        assert_inputs_unchanged(lambda x, y0: student.tsne(x, y0, 2.0, 2, 1.0), x, y0)

    @pytest.mark.after("test_early_steps")
    def test_bad_settings(self, student, rng):
        x, y0 = rows(rng, 6, 3), rng.normal(size=(6, 2))
        assert_refuses(student.tsne, "y0", x, y0[:5], 2.0, 2, 1.0)
        assert_refuses(student.tsne, "steps", x, y0, 2.0, -1, 1.0)
        assert_refuses(student.tsne, "perplexity", x, y0, 5.0, 2, 1.0)
