"""Public tests: small numbers that can be followed with pencil and paper."""

import numpy as np
import pytest

from autograder import assert_close

LN3 = np.log(3.0)


@pytest.mark.exercise("mcculloch_pitts")
def test_mcculloch_pitts_film_night(student):
    # The genre counts 3, the director 2, the lead actor 1; go if what you like adds up to 3 or more.
    inputs = np.array([[1, 0, 0], [0, 1, 1], [0, 1, 0], [0, 0, 0], [1, 1, 1]])  # sums 3, 3, 2, 0, 6
    fires = student.mcculloch_pitts(inputs, np.array([3.0, 2.0, 1.0]), 3.0)
    assert_close(fires, np.array([1, 1, 0, 0, 1]))


@pytest.mark.exercise("logic_gate")
def test_logic_gate_and_not_by_hand(student):
    # The inputs (0,0), (0,1), (1,0), (1,1) add up to 0, w2, w1 and w1 + w2: only the last may reach AND's threshold.
    (w1, w2), threshold = student.logic_gate("AND")
    assert_close(threshold, 0.0, atol=1e6, name="the threshold")  # one number
    reached = np.array([0, w2, w1, w1 + w2]) >= threshold
    assert_close(reached, np.array([False, False, False, True]), name="AND on (0,0), (0,1), (1,0), (1,1)")
    # NOT has one input: 0 adds up to 0 and must fire, 1 adds up to w and must not.
    (w,), threshold = student.logic_gate("NOT")
    assert_close(threshold, 0.0, atol=1e6, name="the threshold")
    assert_close(np.array([0, w]) >= threshold, np.array([True, False]), name="NOT on 0, 1")


@pytest.mark.exercise("perceptron_predict")
def test_perceptron_predict_film_ratings(student):
    # Watch the film if its rating is above one half: the sums are -0.01, 0 and 0.01.
    ratings = np.array([[0.49], [0.5], [0.51]])
    assert_close(student.perceptron_predict(ratings, np.array([1.0]), -0.5), np.array([0, 0, 1]))


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


@pytest.mark.exercise("delta_rule_update")
def test_delta_rule_by_hand(student):
    # z = ln 3 * 1 + 0 * 2 + 0, so o = 3/4 and delta = (0 - 3/4) * 3/4 * 1/4 = -9/64; lr * delta = -9/32.
    w, b = student.delta_rule_update(np.array([LN3, 0.0]), 0.0, np.array([1.0, 2.0]), 0.0, 2.0)
    assert_close(w, np.array([LN3 - 9 / 32, -18 / 32]), name="w")
    assert_close(b, -9 / 32, name="b")
