"""Unit 27 beside scikit-learn and SciPy, of which torch knows nothing; its gradient beside central differences."""

import numpy as np
import pytest

from autograder.checks.comparison import assert_close
from autograder.course.units import load_course
from autograder.sandbox.local import load_module

tsne = load_module(load_course().root / "solutions" / "27_tsne" / "tsne.py")
SEEDS = pytest.mark.parametrize("seed", range(3))


def rows(seed, n=30, d=5):
    return np.random.default_rng(seed).normal(2.0, 3.0, size=(n, d))


@SEEDS
def test_distances_and_entropy(seed):
    distance, stats = pytest.importorskip("scipy.spatial.distance"), pytest.importorskip("scipy.stats")
    x = rows(seed)
    assert_close(tsne.squared_distances(x), distance.cdist(x, x, "sqeuclidean"))
    p = np.random.default_rng(seed).dirichlet(np.ones(9))
    assert_close(tsne.entropy_bits(p), stats.entropy(p, base=2))


@SEEDS
@pytest.mark.parametrize("perplexity", [2.0, 11.5])
def test_beta_by_brents_method(seed, perplexity):
    optimize = pytest.importorskip("scipy.optimize")
    d2_row = tsne.squared_distances(rows(seed))[4]

    def off(log_beta):
        return 2 ** tsne.entropy_bits(tsne.row_affinities(d2_row, np.exp(log_beta), 4)) - perplexity

    beta = np.exp(optimize.brentq(off, -30, 30, xtol=1e-14))
    assert_close(tsne.search_beta(d2_row, perplexity, 4), beta, rtol=1e-6)


@SEEDS
@pytest.mark.parametrize("perplexity", [3, 10])
def test_joint_probabilities(seed, perplexity):
    """scikit-learn keeps its distances as float32, and stops its search at 1e-5."""
    theirs = pytest.importorskip("sklearn.manifold._t_sne")._joint_probabilities
    distance = pytest.importorskip("scipy.spatial.distance")
    x = rows(seed)
    d2 = distance.squareform(distance.pdist(x, "sqeuclidean")).astype(np.float32)
    expected = distance.squareform(theirs(d2, perplexity, 0))
    assert_close(tsne.joint_probabilities(x, perplexity), expected, rtol=1e-4, atol=1e-6)


@SEEDS
@pytest.mark.parametrize("k", [1, 5, 14])
def test_trustworthiness(seed, k):
    theirs = pytest.importorskip("sklearn.manifold").trustworthiness
    x, y = rows(seed), np.random.default_rng(seed + 9).normal(size=(30, 2))
    assert_close(tsne.trustworthiness(x, y, k), theirs(x, y, n_neighbors=k))


@SEEDS
def test_two_ways_to_the_same_map(seed):
    x = rows(seed)
    scores = tsne.pca_map(x, 3)
    expected = pytest.importorskip("sklearn.decomposition").PCA(3).fit_transform(x)
    assert_close(np.abs(scores), np.abs(expected))
    assert_close(np.abs(tsne.classical_mds(tsne.squared_distances(x), 3)), np.abs(scores), rtol=1e-7)


@SEEDS
def test_gradient_by_central_differences(seed):
    y, p = rows(seed, 8, 2), tsne.joint_probabilities(rows(seed + 9, 8, 4), 3.0)
    slopes = np.zeros_like(y)
    for place in np.ndindex(y.shape):
        ends = []
        for step in (1e-5, -1e-5):
            moved = y.copy()
            moved[place] += step
            ends.append(tsne.kl_divergence(p, tsne.student_affinities(moved)[0]))
        slopes[place] = (ends[0] - ends[1]) / 2e-5
    assert_close(tsne.tsne_gradient(p, y), slopes, rtol=1e-6, atol=1e-9)


@SEEDS
def test_gain_step_as_the_matlab_code_has_it(seed):
    """tsne_p.m, number by number."""
    y, gradient, velocity = np.random.default_rng(seed).normal(size=(3, 6, 2))
    gains = np.random.default_rng(seed).uniform(0.005, 2, size=(6, 2))
    velocity[0], gradient[1, 0] = 0, 0
    expected = [each.copy() for each in (y, velocity, gains)]
    for place in np.ndindex(y.shape):
        differ = np.sign(gradient[place]) != np.sign(velocity[place])
        gain = (gains[place] + 0.2) * differ + (gains[place] * 0.8) * (not differ)
        expected[2][place] = gain = max(gain, 0.01)
        expected[1][place] = 0.8 * velocity[place] - 5 * (gain * gradient[place])
        expected[0][place] = y[place] + expected[1][place]
    expected[0] -= expected[0].mean(axis=0)
    assert_close(tsne.gain_step(y, gradient, velocity, gains, 5, 0.8), expected)
