"""Public tests: small numbers that can be followed with pencil and paper, and draws that are easy to look at."""

import numpy as np
import pytest

from autograder import assert_close, assert_refuses

EDGE = 0.02  # with tens of thousands of draws the largest comes that near to the bound, as a share of it


def assert_uniform(w, shape, bound):
    """Values between -bound and bound, that come close to both."""
    assert_close(w, np.zeros(shape), atol=1.001 * bound, name="the weights")
    assert_close(float(w.min()), -bound, rtol=EDGE, name="the smallest weight")
    assert_close(float(w.max()), bound, rtol=EDGE, name="the largest weight")
    # Of a uniform variable on [-a, a] half of the values lie within a / 2.
    assert_close(float(np.mean(np.abs(w) < bound / 2)), 0.5, atol=0.05, name="the share of weights within bound / 2")


def assert_normal(w, shape, std):
    """Mean 0 and this standard deviation, and the 32 in 100 beyond it that a normal variable has."""
    assert_close(w, np.zeros(shape), atol=10 * std, name="the weights")
    assert_close(float(w.mean()), 0.0, atol=0.05 * std, name="the mean of the weights")
    assert_close(float(w.std()), std, rtol=0.05, name="the standard deviation of the weights")
    assert_close(float(np.mean(np.abs(w) > std)), 0.317, atol=0.03, name="the share of weights beyond one deviation")


@pytest.mark.exercise("fans")
class TestFans:
    def test_linear_layer(self, student):
        # Weights (out, in): each of 3 units is fed by 5 inputs, each input feeds 3 units.
        assert_close(student.fans((3, 5)), (5, 3), name="(fan_in, fan_out)")

    def test_convolution(self, student):
        # A unit sees 3 channels of 2 x 5 pixels, 30 numbers; a pixel is seen by 4 filters from 10 places.
        assert_close(student.fans((4, 3, 2, 5)), (30, 40), name="(fan_in, fan_out)")

    @pytest.mark.after("test_linear_layer")
    def test_a_vector_has_no_fans(self, student):
        assert_refuses(student.fans, "shape", (7,))


@pytest.mark.exercise("gain")
def test_gain_by_hand(student):
    # ReLU lets half of the variance through: sqrt(2) makes up for it, since sqrt(2)^2 * 1/2 = 1.
    assert_close(student.gain("linear"), 1.0)
    assert_close(student.gain("sigmoid"), 1.0)
    assert_close(student.gain("tanh"), 5 / 3)
    assert_close(student.gain("relu"), np.sqrt(2.0))


@pytest.mark.exercise("gain")
def test_gain_of_a_leaky_relu(student):
    # With slope 7, 1 + 49 = 50 and 2 / 50 = 1 / 25.
    assert_close(student.gain("leaky_relu", slope=7.0), 0.2)


@pytest.mark.exercise("uniform")
def test_uniform_between_its_ends(student, rng):
    # The middle between 2 and 4 is 3: less that, the weights lie between -1 and 1.
    w = student.uniform((200, 150), rng, 2.0, 4.0)
    assert_close(w, np.full((200, 150), 3.0), atol=1.0, name="the weights")
    assert_uniform(w - 3.0, (200, 150), 1.0)


@pytest.mark.exercise("normal")
def test_normal_with_its_deviation(student, rng):
    assert_normal(student.normal((200, 150), rng, 0.2), (200, 150), 0.2)


@pytest.mark.exercise("xavier_uniform")
class TestXavierUniform:
    def test_linear_layer(self, student, rng):
        # 6 / (100 + 50) = 0.04, whose square root is 0.2.
        assert_uniform(student.xavier_uniform((100, 50), rng), (100, 50), 0.2)

    def test_convolution(self, student, rng):
        # fan_in is 20 * 6 = 120, fan_out 80 * 6 = 480: sqrt(6 / 600) = 0.1.
        assert_uniform(student.xavier_uniform((80, 20, 2, 3), rng), (80, 20, 2, 3), 0.1)

    def test_gain(self, student, rng):
        # Three times as wide: 3 * 0.2.
        assert_uniform(student.xavier_uniform((100, 50), rng, gain=3.0), (100, 50), 0.6)


@pytest.mark.exercise("xavier_normal")
def test_xavier_normal_linear_layer(student, rng):
    # 2 / (40 + 760) = 0.0025, whose square root is 0.05; a gain of 3 makes 0.15 of it.
    assert_normal(student.xavier_normal((40, 760), rng), (40, 760), 0.05)
    assert_normal(student.xavier_normal((40, 760), rng, gain=3.0), (40, 760), 0.15)


@pytest.mark.exercise("he_normal")
class TestHeNormal:
    def test_linear_layer(self, student, rng):
        # fan_in is 50: sqrt(2 / 50) = 0.2.
        assert_normal(student.he_normal((450, 50), rng), (450, 50), 0.2)

    def test_convolution(self, student, rng):
        # fan_in is 5 * 2 * 5 = 50 again.
        assert_normal(student.he_normal((450, 5, 2, 5), rng), (450, 5, 2, 5), 0.2)

    def test_fan_out_and_slope(self, student, rng):
        # fan_out is 450: sqrt(2 / 450) = 1 / 15. With slope 1 it is a linear layer: sqrt(1 / 50).
        assert_normal(student.he_normal((450, 50), rng, mode="fan_out"), (450, 50), 1 / 15)
        assert_normal(student.he_normal((450, 50), rng, slope=1.0), (450, 50), np.sqrt(0.02))


@pytest.mark.exercise("orthogonal")
class TestOrthogonal:
    def test_rows_are_orthonormal(self, student, rng):
        # Three rows of length 1, at right angles to each other: W W^T has ones on its diagonal, zeros elsewhere.
        w = student.orthogonal((3, 5), rng)
        assert_close(w, np.zeros((3, 5)), atol=1.001, name="the weights")
        assert_close(w @ w.T, np.eye(3), atol=1e-12, name="W W^T")

    def test_tall_has_orthonormal_columns(self, student, rng):
        # Five rows cannot all be at right angles in three dimensions, but three columns can. Gain 2: 2^2 = 4.
        w = student.orthogonal((5, 3), rng, gain=2.0)
        assert_close(w, np.zeros((5, 3)), atol=2.001, name="the weights")
        assert_close(w.T @ w, 4 * np.eye(3), atol=1e-12, name="W^T W")

    def test_both_signs_are_as_likely(self, student, rng):
        # A number of length 1 is 1 or -1. In 64 draws each comes up about 32 times.
        signs = [student.orthogonal((1, 1), rng) for _ in range(64)]
        assert_close(signs, [np.zeros((1, 1))] * 64, atol=1.001, name="the draws")
        assert_close(float(np.mean(np.array(signs) > 0)), 0.5, atol=0.38, name="the share of positive weights")


@pytest.mark.exercise("sparse")
def test_sparse_has_so_many_inputs_a_unit(student, rng):
    w = student.sparse((300, 100), 15, rng, std=0.5)
    assert_close(w, np.zeros((300, 100)), atol=5.0, name="the weights")
    assert_close(np.count_nonzero(w, axis=1), np.full(300, 15), name="the number of inputs of each unit")
    # Each row has places of its own, so each input reaches about 15 in 100 of the units.
    reached = np.mean(w != 0, axis=0)
    assert_close(reached, np.full(100, 0.15), rtol=0.0, atol=0.13, name="the share of units that each input reaches")
    assert_close(float(w[w != 0].std()), 0.5, rtol=0.1, name="the standard deviation of the weights that are not 0")


@pytest.mark.exercise("sparse")
@pytest.mark.after("test_sparse_has_so_many_inputs_a_unit")
def test_sparse_cannot_have_more_inputs_than_there_are(student, rng):
    assert_refuses(student.sparse, "nonzero", (4, 3), 5, rng)


@pytest.mark.exercise("identity")
def test_identity_by_hand(student):
    assert_close(student.identity(2, 3, scale=4.0), np.array([[4.0, 0.0, 0.0], [0.0, 4.0, 0.0]]))


@pytest.mark.exercise("irnn")
def test_irnn_keeps_its_state(student, rng):
    w_ih, w_hh, b_ih, b_hh = student.irnn(200, 150, rng)
    assert_normal(w_ih, (150, 200), 0.001)
    assert_close([w_hh, b_ih, b_hh], [np.eye(150), np.zeros(150), np.zeros(150)], name="[w_hh, b_ih, b_hh]")


@pytest.mark.exercise("distinct_units")
def test_distinct_units_by_hand(student):
    # Rows 0 and 2 are twins; row 3 has their weights but another bias.
    w = np.array([[1.0, 2.0], [3.0, 4.0], [1.0, 2.0], [1.0, 2.0]])
    assert_close(student.distinct_units(w, np.array([0.0, 0.0, 0.0, 5.0])), 3)


@pytest.mark.exercise("distinct_units")
def test_a_rounding_error_makes_no_new_unit(student):
    # 0.1 + 0.2 is not 0.3 bit for bit.
    assert_close(student.distinct_units(np.array([[0.1 + 0.2], [0.3], [0.4]]), np.zeros(3)), 2)


TWO = [np.array([[1.0], [3.0], [-1.0], [-2.0]]), np.array([[1.0, 1.0, 1.0, 1.0], [0.0, -1.0, 5.0, 5.0]])]
BIASES = [np.zeros(4), np.array([-2.0, 2.0])]
INPUTS = np.array([[1.0], [2.0]])


@pytest.mark.exercise("activation_statistics")
class TestActivationStatistics:
    def test_relu_by_hand(self, student):
        # Layer 1: (1, 3, 0, 0) and (2, 6, 0, 0), mean 12 / 8, mean square 50 / 8; two of four units are dead.
        # Layer 2: 1 + 3 - 2 = 2 and 2 + 6 - 2 = 6; 2 - 3 and 2 - 6 are below 0: one of two units is dead.
        means, stds, dead = student.activation_statistics(TWO, BIASES, INPUTS, "relu")
        assert_close(means, np.array([1.5, 2.0]), name="means")
        assert_close(stds, np.sqrt([50 / 8 - 1.5**2, 40 / 4 - 2.0**2]), name="stds")
        assert_close(dead, np.array([0.5, 0.5]), name="dead")

    def test_linear_by_hand(self, student):
        # (1, 3, -1, -2) and (2, 6, -2, -4): mean 3 / 8, mean square 75 / 8.
        means, stds, dead = student.activation_statistics(TWO[:1], BIASES[:1], INPUTS, "linear")
        assert_close(means, np.array([3 / 8]), name="means")
        assert_close(stds, np.sqrt([75 / 8 - (3 / 8) ** 2]), name="stds")
        assert_close(dead, np.zeros(1), name="dead")

    def test_dead_is_zero_for_every_row_and_with_relu_alone(self, student):
        # 1 and -2 by 1, -1 and 0: (1, 0, 0) and (0, 2, 0). Only the third unit is 0 for both rows, and only relu's units die.
        w, x = [np.array([[1.0], [-1.0], [0.0]])], np.array([[1.0], [-2.0]])
        for activation, share in (("relu", 1 / 3), ("linear", 0.0)):
            means, stds, dead = student.activation_statistics(w, [np.zeros(3)], x, activation)
            assert_close([means, stds], [np.zeros(1)] * 2, atol=5.0, name="(means, stds)")  # their shape
            assert_close(dead, np.array([share]), name=f"dead, {activation}")


@pytest.mark.exercise("gradient_statistics")
def test_gradient_by_hand(student):
    # Linear: dz_2 is dout, 1 and 3. Each of layer 1's two units passes on to it through a weight, 5 or -5:
    # dz_1 holds 5, -5, 15, -15. ReLU closes the second unit (z = -2 and -4): dz_1 holds 5, 0, 15, 0.
    weights, biases = [np.array([[1.0], [-2.0]]), np.array([[5.0, -5.0]])], [np.zeros(2), np.zeros(1)]
    dout = np.array([[1.0], [3.0]])
    linear = student.gradient_statistics(weights, biases, INPUTS, dout, "linear")
    assert_close(linear, np.array([np.sqrt(125.0), 1.0]), name="stds, linear")
    relu = student.gradient_statistics(weights, biases, INPUTS, dout, "relu")
    assert_close(relu, np.array([np.sqrt(250 / 4 - 25.0), 1.0]), name="stds, relu")


@pytest.mark.exercise("gradient_statistics")
def test_gradient_through_tanh_by_hand(student):
    # tanh(ln 2) = 0.6 and tanh(ln 3) = 0.8: dout = 1 meets the slopes 0.64 and 0.36, which are 0.14 from their mean.
    x, one = np.log([[2.0], [3.0]]), [np.array([[1.0]])]
    stds = student.gradient_statistics(one, [np.zeros(1)], x, np.ones((2, 1)), "tanh")
    assert_close(stds, np.array([0.14]), name="stds")


@pytest.mark.exercise("lsuv")
def test_lsuv_by_hand(student):
    # Layer 1 is fed -1 and 1, so z_1 is -4 and 4, of standard deviation 4: its weight becomes 1. ReLU makes 0 and 1 of
    # it, z_2 is 0 and 6, of standard deviation 3: its weight becomes 2.
    weights, biases = [np.array([[4.0]]), np.array([[6.0]])], [np.zeros(1), np.zeros(1)]
    new = student.lsuv(weights, biases, np.array([[-1.0], [1.0]]), "relu")
    assert_close(new, [np.array([[1.0]]), np.array([[2.0]])], name="the new weights")


@pytest.mark.exercise("lsuv")
def test_lsuv_divides_a_layer_by_one_number(student):
    # z is -3, 3, -4 and 4: the variance is (9 + 16) / 2, and both weights are divided by its root.
    new = student.lsuv([np.array([[3.0], [4.0]])], [np.zeros(2)], np.array([[-1.0], [1.0]]), "linear")
    assert_close(new, [np.array([[3.0], [4.0]]) / np.sqrt(12.5)], name="the new weights")


@pytest.mark.exercise("lsuv")
def test_lsuv_goes_on_where_biases_are_in_the_way(student):
    # z is w - 0.6, w + 0.6, -w - 0.6 and -w + 0.6: the variance is w^2 + 0.36. Division after division leads to w = 0.8.
    new = student.lsuv([np.array([[4.0], [4.0]])], [np.array([0.6, -0.6])], np.array([[-1.0], [1.0]]), "linear")
    assert_close(new, [np.array([[0.8], [0.8]])], atol=0.007, name="the new weights")
