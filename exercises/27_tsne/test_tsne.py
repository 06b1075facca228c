"""Public tests: numbers that can be followed with pencil and paper."""

import numpy as np
import pytest

from autograder import assert_close, assert_inputs_unchanged, assert_refuses


@pytest.mark.exercise("squared_distances")
def test_distances_by_hand(student):
    # From (1, 1) to (4, 5): 9 + 16. To (1, 5): 0 + 16. From (4, 5) to (1, 5): 9 + 0.
    d2 = student.squared_distances(np.array([[1.0, 1.0], [4.0, 5.0], [1.0, 5.0]]))
    assert_close(d2, np.array([[0.0, 25.0, 16.0], [25.0, 0.0, 9.0], [16.0, 9.0, 0.0]]), name="d2")


@pytest.mark.exercise("squared_distances")
def test_far_from_zero(student):
    # The rows are 3 apart, wherever they are.
    d2 = student.squared_distances(np.array([[1e7 + 0.1], [1e7 + 3.1]]))
    assert_close(d2, np.array([[0.0, 9.0], [9.0, 0.0]]), rtol=1e-6, name="d2")


def up_to_signs(columns, expected, name):
    """Columns whose signs are free: turned so that their first row has the expected signs."""
    assert_close(columns, np.zeros(expected.shape), atol=1e3, name=name)
    turned = np.where(np.sign(columns[0]) == np.sign(expected[0]), columns, -columns)
    assert_close(turned, expected, atol=1e-7, name=f"{name}, up to the signs of its columns")


@pytest.mark.exercise("pca_map")
def test_pca_by_hand(student):
    # About their mean (4, 1) the rows are +-(3, 4), which is +-5 along (0.6, 0.8), and +-(-0.8, 0.6), at a right angle to it.
    x = np.array([[7.0, 5.0], [1.0, -3.0], [3.2, 1.6], [4.8, 0.4]])
    y = student.pca_map(x, 2)
    assert_close(y, np.zeros((4, 2)), atol=1e3, name="y")
    assert_close(abs(y), np.array([[5.0, 0.0], [5.0, 0.0], [0.0, 1.0], [0.0, 1.0]]), atol=1e-9, name="abs(y)")
    assert_close(y[1] + y[0], np.zeros(2), atol=1e-9, name="y[0] + y[1]")
    assert_close(y[3] + y[2], np.zeros(2), atol=1e-9, name="y[2] + y[3]")


@pytest.mark.exercise("classical_mds")
def test_a_rectangle_from_its_distances(student):
    # Sides 6 and 2, diagonals 36 + 4: corners (+-3, +-1).
    d2 = np.array([[0.0, 36.0, 40.0, 4.0], [36.0, 0.0, 4.0, 40.0], [40.0, 4.0, 0.0, 36.0], [4.0, 40.0, 36.0, 0.0]])
    corners = np.array([[3.0, 1.0], [-3.0, 1.0], [-3.0, -1.0], [3.0, -1.0]])
    up_to_signs(student.classical_mds(d2, 2), corners, "y")


@pytest.mark.exercise("classical_mds")
def test_distances_of_no_points(student):
    # From A to C it is 3, but by way of B 1 + 1: no points have such distances. B's eigenvalues are 4.5, with the vector
    # (1, 0, -1) / sqrt(2), then 0 and -5/6. sqrt(4.5) / sqrt(2) is 1.5; the last two columns are 0.
    d2 = np.array([[0.0, 1.0, 9.0], [1.0, 0.0, 1.0], [9.0, 1.0, 0.0]])
    up_to_signs(student.classical_mds(d2, 3), np.array([[1.5, 0.0, 0.0], [0.0, 0.0, 0.0], [-1.5, 0.0, 0.0]]), "y")


@pytest.mark.exercise("trustworthiness")
def test_trustworthiness_by_hand(student):
    # The nearest on the map, and its rank in truth: of 0 it is 7 (rank 3), of 1 it is 7 (rank 3), of 3 it is 1 (rank 1),
    # of 7 it is 0 (rank 3). Three intruders, 3 - 1 each. The factor: 2 / (4 * 1 * (8 - 3 - 1)) = 1/8.
    x, y = np.array([[0.0], [1.0], [3.0], [7.0]]), np.array([[0.0], [1.0], [3.0], [0.4]])
    assert_close(student.trustworthiness(x, y, 1), 1 - 6 / 8, name="trustworthiness")


@pytest.mark.exercise("trustworthiness")
@pytest.mark.rests_on("test_trustworthiness_by_hand")
def test_nothing_lost(student):
    x = np.array([[0.0], [1.0], [3.0], [7.0], [15.0]])
    assert_close(student.trustworthiness(x, -2 * x, 2), 1.0, name="trustworthiness")


@pytest.mark.exercise("entropy_bits")
def test_entropy_by_hand(student):
    # 1/2 * 1 bit + 1/4 * 2 bits + 2 * 1/8 * 3 bits.
    assert_close(student.entropy_bits(np.array([0.5, 0.0, 0.125, 0.25, 0.125])), 1.75, name="H")


@pytest.mark.exercise("row_affinities")
def test_affinities_by_hand(student):
    # exp(-2 ln 2) = 1/4, exp(-3 ln 2) = 1/8 twice; together 1/2. The point itself does not count.
    p = student.row_affinities(np.array([2.0, 0.0, 3.0, 3.0]), np.log(2), 1)
    assert_close(p, np.array([0.5, 0.0, 0.25, 0.25]), name="p")


@pytest.mark.exercise("row_affinities")
def test_affinities_of_far_points(student):
    # Only the differences of d2 matter: exp(0) = 1 and exp(-ln 3) = 1/3.
    p = student.row_affinities(np.array([0.0, 1e6, 1e6 + 1]), np.log(3), 0)
    assert_close(p, np.array([0.0, 0.75, 0.25]), name="p")


@pytest.mark.exercise("search_beta")
def test_beta_by_hand(student):
    # With beta = ln(2) / 2: 1/4, 1/8, 1/8, so p is 1/2, 1/4, 1/4, H is 1.5 bits, and the perplexity 2^1.5.
    beta = student.search_beta(np.array([4.0, 6.0, 0.0, 6.0]), 2**1.5, 2)
    assert_close(beta, np.log(2) / 2, rtol=1e-6, name="beta")


@pytest.mark.exercise("search_beta")
def test_beta_of_near_points(student):
    # The same distances a million million times nearer: so many times larger is beta.
    beta = student.search_beta(np.array([4.0, 6.0, 0.0, 6.0]) / 1e12, 2**1.5, 2)
    assert_close(beta, 1e12 * np.log(2) / 2, rtol=1e-6, name="beta")


@pytest.mark.exercise("search_beta")
@pytest.mark.rests_on("test_beta_by_hand")
def test_all_equally_far(student):
    # p is 1/3 each whatever beta is, so there is nothing to search.
    assert_close(student.search_beta(np.array([5.0, 0.0, 5.0, 5.0]), 2.0, 1), 1.0, name="beta")


@pytest.mark.exercise("search_beta")
@pytest.mark.after("test_beta_by_hand")
def test_not_so_many_neighbours(student):
    assert_refuses(student.search_beta, "perplexity", np.array([4.0, 6.0, 0.0, 7.0]), 3.0, 2)


# Shares of 3/4 and 1/4 have H = 3/4 log2(4/3) + 1/4 log2(4) = 2 - 3/4 log2(3).
PERPLEXITY = 4 / 3**0.75
LINE = np.array([[0.0], [1.0], [3.0]])
# Of two others the nearer one gets 3/4: 0 and 1 of each other, 3 of 1. So (3/4 + 3/4) / 6, (1/4 + 1/4) / 6, (1/4 + 3/4) / 6.
P = np.array([[0.0, 1 / 4, 1 / 12], [1 / 4, 0.0, 1 / 6], [1 / 12, 1 / 6, 0.0]])


@pytest.mark.exercise("joint_probabilities")
def test_joint_by_hand(student):
    assert_close(student.joint_probabilities(LINE, PERPLEXITY), P, rtol=1e-6, name="p")


@pytest.mark.exercise("student_affinities")
def test_student_by_hand(student):
    # Squared distances 1, 9, 4: weights 1/2, 1/10, 1/5. Each stands there twice: together 1.6.
    q, weights = student.student_affinities(LINE)
    assert_close(weights, np.array([[0.0, 0.5, 0.1], [0.5, 0.0, 0.2], [0.1, 0.2, 0.0]]), name="weights")
    assert_close(q, np.array([[0.0, 5.0, 1.0], [5.0, 0.0, 2.0], [1.0, 2.0, 0.0]]) / 16, name="q")


@pytest.mark.exercise("kl_divergence")
def test_kl_by_hand(student):
    # 1/2 ln(2) + 1/2 ln(2/3).
    p, q = np.array([[0.0, 0.5], [0.5, 0.0]]), np.array([[0.0, 0.25], [0.75, 0.0]])
    assert_close(student.kl_divergence(p, q), 0.5 * np.log(4 / 3), name="kl")


@pytest.mark.exercise("kl_divergence")
def test_a_pair_that_the_map_has_not(student):
    # 1 * ln(1 / 1e-12); the other way round 1e-12 is multiplied by about as much, which is nothing.
    p, q = np.array([[0.0, 1.0], [0.0, 0.0]]), np.array([[0.0, 0.0], [1.0, 0.0]])
    assert_close(student.kl_divergence(p, q), 12 * np.log(10), rtol=1e-6, name="kl")


@pytest.mark.exercise("tsne_gradient")
def test_gradient_by_hand(student):
    # With weights and q of test_student_by_hand, p - q is -1/16, 1/48, 1/24; times the weights: -1/32, 1/480, 1/120.
    # First point: 4 (-1/32 * -1 + 1/480 * -3) = 12/120. Second: 4 (-1/32 * 1 + 1/120 * -2) = -23/120.
    # Third: 4 (1/480 * 3 + 1/120 * 2) = 11/120. Together 0.
    dy = student.tsne_gradient(P, LINE)
    assert_close(dy, np.array([[12.0], [-23.0], [11.0]]) / 120, name="dy")


@pytest.mark.exercise("gain_step")
def test_step_by_hand(student):
    # First point: gradient up, velocity down, so it keeps its way: gain 1 + 0.2, velocity -2 / 2 - 2 * 1.2 * 1 = -3.4.
    # Second: both down, so it turns: gain 0.8, velocity -2 / 2 + 2 * 0.8 * 1 = 0.6.
    # From 1 to -2.4, from 3 to 3.6; the mean is 0.6.
    y, gradient = np.array([[1.0], [3.0]]), np.array([[1.0], [-1.0]])
    velocity, gains = np.array([[-2.0], [-2.0]]), np.ones((2, 1))
    found = student.gain_step(y, gradient, velocity, gains, 2.0, 0.5)
    expected = np.array([[-3.0], [3.0]]), np.array([[-3.4], [0.6]]), np.array([[1.2], [0.8]])
    assert_close(found, expected, name="(y, velocity, gains)")


@pytest.mark.exercise("gain_step")
def test_gains_have_a_least(student):
    # Equal signs: 0.8 * 0.011 is below 0.01. sign(0) is another sign than 1, so the second one grows; two zeros are equal.
    ones = np.ones((3, 1))
    gradient, velocity = np.array([[1.0], [1.0], [0.0]]), np.array([[1.0], [0.0], [0.0]])
    _, _, gains = student.gain_step(ones, gradient, velocity, np.array([[0.011], [1.0], [1.0]]), 1.0, 0.5)
    assert_close(gains, np.array([[0.01], [1.2], [0.8]]), name="gains")


@pytest.mark.exercise("tsne")
def test_one_step_by_hand(student):
    # No exaggeration: the gradient of test_gradient_by_hand, and gains of 1.2. So the points move by -1.2 / 120 (12, -23, 11),
    # which is -0.12, 0.23, -0.11; their mean stays at 4/3, and is subtracted.
    y, _ = student.tsne(LINE, LINE, PERPLEXITY, 1, 1.0, 1.0, 0)
    assert_close(y, np.array([[-0.12], [1.23], [2.89]]) - 4 / 3, rtol=1e-6, name="y")


@pytest.mark.exercise("tsne")
def test_one_exaggerated_step_by_hand(student):
    # 2 p - q is 3/16, 5/48, 5/24; times the weights: 3/32, 1/96, 1/24. The gradient: -1/2, 1/24, 11/24; times -1.2 that is
    # 0.6, -0.05, -0.55. On the map the distances are then 0.35, 1.85 and 1.5, and KL is that of p, not of 2 p.
    y, kls = student.tsne(LINE, LINE, PERPLEXITY, 1, 1.0, 2.0, 1)
    assert_close(y, np.array([[0.6], [0.95], [2.45]]) - 4 / 3, rtol=1e-6, name="y")
    q = 1 / (1 + np.array([0.35, 1.85, 1.5]) ** 2)
    q, p = q / (2 * q.sum()), np.array([1 / 4, 1 / 12, 1 / 6])
    assert_close(kls, np.array([2 * np.sum(p * np.log(p / q))]), rtol=1e-5, name="kls")


@pytest.mark.exercise("tsne")
def test_two_heaps_stay_two(student):
    # Three numbers around 0 and three around 50: on the map the two nearest of each are of its own heap.
    x = np.array([[0.0], [1.0], [2.0], [50.0], [51.0], [52.0]])
    y0 = np.array([[1.0, 0.0], [0.0, 2.0], [-3.0, 0.0], [0.0, 1.0], [2.0, 0.0], [0.0, -3.0]]) / 100
    y, kls = student.tsne(x, y0, 2.0, 200, 5.0)
    assert_close(y, np.zeros((6, 2)), atol=1e4, name="y")
    assert_close(kls, np.zeros(200), atol=1e2, name="kls")
    near = np.argsort(((y[:, np.newaxis] - y) ** 2).sum(axis=2), axis=1)[:, 1:3]
    assert_close((near // 3).tolist(), [[0, 0]] * 3 + [[1, 1]] * 3, name="the heaps of the two nearest")


@pytest.mark.exercise("tsne")
@pytest.mark.after("test_one_step_by_hand")
def test_tsne_leaves_its_inputs_alone(student):
    assert_inputs_unchanged(lambda x, y0: student.tsne(x, y0, 1.5, 3, 1.0), LINE, LINE[::-1].copy())
