"""Public tests: small numbers that can be followed with pencil and paper."""

import numpy as np
import pytest

from autograder import assert_close, assert_inputs_unchanged, assert_refuses, no_warnings

LN3 = np.log(3.0)


@pytest.mark.exercise("mcculloch_pitts")
def test_mcculloch_pitts_film_night(student):
    # The genre counts 3, the director 2, the lead actor 1; go if what you like adds up to 3 or more.
    inputs = np.array([[1, 0, 0], [0, 1, 1], [0, 1, 0], [0, 0, 0], [1, 0, 1]])  # sums 3, 3, 2, 0, 4
    fires = student.mcculloch_pitts(inputs, np.array([3.0, 2.0, 1.0]), 3.0)
    assert_close(fires, np.array([1, 1, 0, 0, 1]))


@pytest.mark.exercise("mcculloch_pitts")
@pytest.mark.after("test_mcculloch_pitts_film_night")
def test_mcculloch_pitts_needs_a_weight_for_each_input(student):
    assert_refuses(student.mcculloch_pitts, "weights", np.array([[1, 0, 1]]), np.array([3.0, 2.0]), 3.0)


def numbers(gate, inputs):
    """The weights and the threshold, once it is sure that the gate holds one weight for each input."""
    weights, threshold = gate
    if type(weights) is np.ndarray and weights.shape == (inputs,):
        weights = weights.tolist()
    assert_close((weights, threshold), ([0.0] * inputs, 0.0), atol=1e6, name="(weights, threshold)")
    return *weights, threshold


@pytest.mark.exercise("logic_gate")
def test_logic_gate_and_not_by_hand(student):
    # The inputs (0,0), (0,1), (1,0), (1,1) add up to 0, w2, w1 and w1 + w2: only the last may reach AND's threshold.
    both, negation = student.logic_gate("AND"), student.logic_gate("NOT")
    w1, w2, threshold = numbers(both, 2)
    reached = np.array([0, w2, w1, w1 + w2]) >= threshold
    assert_close(reached, np.array([False, False, False, True]), name="AND on (0,0), (0,1), (1,0), (1,1)")
    # NOT has one input: 0 adds up to 0 and must fire, 1 adds up to w and must not.
    w, threshold = numbers(negation, 1)
    assert_close(np.array([0, w]) >= threshold, np.array([True, False]), name="NOT on 0, 1")


@pytest.mark.exercise("logic_gate")
def test_logic_gate_nand_and_nor_by_hand(student):
    # NAND is silent only where both are 1, NOR fires only where both are 0.
    for name, truth in (("NAND", [True, True, True, False]), ("NOR", [True, False, False, False])):
        w1, w2, threshold = numbers(student.logic_gate(name), 2)
        reached = np.array([0, w2, w1, w1 + w2]) >= threshold
        assert_close(reached, np.array(truth), name=f"{name} on (0,0), (0,1), (1,0), (1,1)")


@pytest.mark.exercise("logic_gate")
@pytest.mark.after("test_logic_gate_and_not_by_hand")
def test_logic_gate_xor_is_beyond_one_neuron(student):
    with pytest.raises(ValueError, match=r"(?i)not linearly separable"):
        student.logic_gate("XOR")


@pytest.mark.exercise("perceptron_predict")
def test_perceptron_predict_film_ratings(student):
    # Ratings run from -1 to 1. Watch the film above one half: the sums are -0.01, 0, 0.01 and -0.7.
    ratings = np.array([[0.49], [0.5], [0.51], [-0.2]])
    assert_close(student.perceptron_predict(ratings, np.array([1.0]), -0.5), np.array([0, 0, 1, 0]))


@pytest.mark.exercise("perceptron_update")
class TestPerceptronUpdate:
    def test_fired_wrongly_by_hand(self, student):
        # The sum is 2 - 1 + 0.5 = 1.5, so it fires; it should not: the error is -1, times lr that is -0.5.
        w, b = student.perceptron_update(np.array([1.0, -1.0]), 0.5, np.array([2.0, 1.0]), 0, 0.5)
        assert_close(w, np.array([1.0 - 0.5 * 2.0, -1.0 - 0.5 * 1.0]), name="w")
        assert_close(b, 0.5 - 0.5, name="b")

    def test_silent_wrongly_by_hand(self, student):
        # The sum is 2 - 1 - 2 = -1, so it is silent; it should fire: the error is 1, times lr that is 0.5.
        w, b = student.perceptron_update(np.array([1.0, -1.0]), -2.0, np.array([2.0, 1.0]), 1, 0.5)
        assert_close(w, np.array([1.0 + 0.5 * 2.0, -1.0 + 0.5 * 1.0]), name="w")
        assert_close(b, -2.0 + 0.5, name="b")

    def test_a_sum_of_zero_is_silent(self, student):
        # The sum is 2 - 1 - 1 = 0: silent. Where it should be, nothing changes; where it should fire, the error is 1.
        w, x = np.array([1.0, -1.0]), np.array([2.0, 1.0])
        assert_close(student.perceptron_update(w, -1.0, x, 0, 0.5), (w, -1.0), name="(w, b) for target 0")
        assert_close(
            student.perceptron_update(w, -1.0, x, 1, 0.5), (np.array([2.0, -0.5]), -0.5), name="(w, b) for target 1"
        )

    @pytest.mark.after("test_fired_wrongly_by_hand")
    def test_the_old_weights_stay(self, student):
        assert_inputs_unchanged(student.perceptron_update, np.array([1.0, -1.0]), 0.5, np.array([2.0, 1.0]), 0, 0.5)


@pytest.mark.exercise("perceptron_fit")
def test_perceptron_fit_learns_or_by_hand(student):
    # Mistakes and what they change, lr = 1:
    # epoch 0: (0,1) is silent, w = (0,1), b = 1.
    # epoch 1: (0,0) fires, b = 0; (1,0) is silent, w = (1,1), b = 1.
    # epoch 2: (0,0) fires, b = 0.
    # epoch 3: all four are right, so it stops.
    X, y = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0, 1, 1, 1])
    w, b, errors = student.perceptron_fit(X, y)
    assert_close(errors, [1, 2, 1, 0], name="errors")
    assert_close(w, np.array([1.0, 1.0]), name="w")
    assert_close(b, 0.0, name="b")


@pytest.mark.exercise("perceptron_fit")
def test_perceptron_fit_with_half_the_rate(student):
    # From zeros, half the rate makes half the weights at every moment: the same mistakes.
    X, y = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0, 1, 1, 1])
    assert_close(student.perceptron_fit(X, y, lr=0.5), (np.array([0.5, 0.5]), 0.0, [1, 2, 1, 0]), name="(w, b, errors)")


@pytest.mark.exercise("perceptron_fit")
@pytest.mark.after("test_perceptron_fit_learns_or_by_hand")
def test_perceptron_fit_refuses_labels_of_minus_one(student):
    assert_refuses(student.perceptron_fit, "y", np.array([[1.0], [3.0]]), np.array([-1, 1]))


@pytest.mark.exercise("delta_rule_update")
def test_delta_rule_by_hand(student):
    # z = ln 3 * 1 + 0 * 2 + 0, so o = 3/4 and delta = (0 - 3/4) * 3/4 * 1/4 = -9/64; lr * delta = -9/32.
    w, b = student.delta_rule_update(np.array([LN3, 0.0]), 0.0, np.array([1.0, 2.0]), 0.0, 2.0)
    assert_close(w, np.array([LN3 - 9 / 32, -18 / 32]), name="w")
    assert_close(b, -9 / 32, name="b")


@pytest.mark.exercise("delta_rule_update")
@pytest.mark.after("test_delta_rule_by_hand")
def test_delta_rule_far_out(student):
    # z = -1000: exp(1000) is infinite. The unit is silent, its slope is 0, and nothing is learnt.
    w, x = np.array([-1000.0]), np.array([1.0])
    with no_warnings():
        step = student.delta_rule_update(w, 0.0, x, 1.0, 2.0)
    assert_close(step, (w, 0.0), atol=1e-12, name="(w, b)")
