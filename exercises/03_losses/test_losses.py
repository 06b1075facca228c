"""Public tests: small numbers that can be followed with pencil and paper."""

import numpy as np
import pytest

from autograder import assert_close, assert_inputs_unchanged, assert_refuses

LN2, LN3 = np.log(2.0), np.log(3.0)


@pytest.mark.exercise("mse")
def test_mse_by_hand(student):
    # Errors 1, -2, 0, 3: squares 1 + 4 + 0 + 9 = 14 over 4 elements. Gradient: 2 * error / 4.
    predictions, targets = np.array([[3.0, 5.0], [1.0, 4.0]]), np.array([[2.0, 7.0], [1.0, 1.0]])
    loss, gradient = student.mse(predictions, targets)
    assert_close(loss, 3.5, name="loss")
    assert_close(gradient, np.array([[0.5, -1.0], [0.0, 1.5]]), name="gradient")


@pytest.mark.exercise("mse")
@pytest.mark.after("test_mse_by_hand")
def test_mse_refuses_a_column_against_a_row(student):
    # NumPy would compare each with all others: 3 * 3 pairs in the place of 3.
    assert_refuses(student.mse, "targets", np.zeros((3, 1)), np.zeros(3))


@pytest.mark.exercise("rmse")
def test_rmse_by_hand(student):
    # Errors -1 and 7: (1 + 49) / 2 = 25, whose root is 5. Gradient: error / (2 * 5).
    loss, gradient = student.rmse(np.array([1.0, 7.0]), np.array([2.0, 0.0]))
    assert_close(loss, 5.0, name="loss")
    assert_close(gradient, np.array([-0.1, 0.7]), name="gradient")


@pytest.mark.exercise("rmse")
@pytest.mark.rests_on("test_rmse_by_hand")
def test_rmse_of_perfect_predictions(student):
    loss, gradient = student.rmse(np.array([1.0, 7.0]), np.array([1.0, 7.0]))
    assert_close(loss, 0.0, name="loss")
    assert_close(gradient, np.array([0.0, 0.0]), name="gradient")  # by the convention, not 0 / 0


@pytest.mark.exercise("nll")
def test_nll_by_hand(student):
    # The labels' entries are -0.5 and -3, so the loss is 3.5 / 2. Each of them gets -1/2.
    loss, gradient = student.nll(np.array([[-2.0, -0.5, -4.0], [-1.0, -2.5, -3.0]]), np.array([1, 2]))
    assert_close(loss, 1.75, name="loss")
    assert_close(gradient, np.array([[0.0, -0.5, 0.0], [0.0, 0.0, -0.5]]), name="gradient")


@pytest.mark.exercise("nll")
def test_nll_impossible_wrong_class(student):
    # log 0 = -inf stands beside the label: it has no part in the loss.
    loss, gradient = student.nll(np.array([[-0.5, -np.inf, -1.0]]), np.array([0]))
    assert_close(loss, 0.5, name="loss")
    assert_close(gradient, np.array([[-1.0, 0.0, 0.0]]), name="gradient")


@pytest.mark.exercise("binary_cross_entropy")
def test_binary_cross_entropy_by_hand(student):
    # Both say p = 3/4. The truth is no, then yes: -log(1/4) and -log(3/4), mean (ln 16 - ln 3) / 2.
    # Gradient: (3/4 - 0) / 2 and (3/4 - 1) / 2.
    loss, gradient = student.binary_cross_entropy(np.array([LN3, LN3]), np.array([0.0, 1.0]))
    assert_close(loss, (4 * LN2 - LN3) / 2, name="loss")
    assert_close(gradient, np.array([0.375, -0.125]), name="gradient")


@pytest.mark.exercise("binary_cross_entropy")
def test_binary_cross_entropy_sure_and_wrong(student):
    # Sure of yes where it is no: log(1 + exp(1000)) is 1000. Then sure of no where it is no: nothing to pay.
    loss, gradient = student.binary_cross_entropy(np.array([1000.0, -1000.0]), np.array([0.0, 0.0]))
    assert_close(loss, 500.0, name="loss")
    assert_close(gradient, np.array([0.5, 0.0]), atol=1e-12, name="gradient")


@pytest.mark.exercise("cross_entropy")
def test_cross_entropy_by_hand(student):
    # Probabilities (1/4, 3/4) and (1/2, 1/2); the labels' are 1/4 and 1/2: (ln 4 + ln 2) / 2 = 1.5 ln 2.
    # Gradient: probabilities, less 1 at the label, over 2 rows.
    loss, gradient = student.cross_entropy(np.array([[0.0, LN3], [5.0, 5.0]]), np.array([0, 1]))
    assert_close(loss, 1.5 * LN2, name="loss")
    assert_close(gradient, np.array([[-0.375, 0.375], [0.25, -0.25]]), name="gradient")


@pytest.mark.exercise("cross_entropy")
def test_cross_entropy_sure_and_wrong(student):
    # exp(-1000) is 0 in a float, but its logarithm is still -1000.
    loss, gradient = student.cross_entropy(np.array([[0.0, 1000.0, -1000.0]]), np.array([0]))
    assert_close(loss, 1000.0, name="loss")
    assert_close(gradient, np.array([[-1.0, 1.0, 0.0]]), atol=1e-12, name="gradient")


@pytest.mark.exercise("cross_entropy")
@pytest.mark.after("test_cross_entropy_by_hand")
def test_cross_entropy_leaves_its_arguments(student):
    assert_inputs_unchanged(student.cross_entropy, np.array([[0.0, LN3], [5.0, 5.0]]), np.array([0, 1]))


@pytest.mark.exercise("hinge")
def test_hinge_by_hand(student):
    # Row 0, label 0 scores 2: max(0, 1.5 - 2 + 1) + max(0, -1 - 2 + 1) = 0.5 + 0.
    # Row 1, label 2 scores 1: max(0, 0.5 - 1 + 1) + max(0, 3 - 1 + 1) = 0.5 + 3. Mean: 4 / 2.
    scores, labels = np.array([[2.0, 1.5, -1.0], [0.5, 3.0, 1.0]]), np.array([0, 2])
    loss, gradient = student.hinge(scores, labels)
    assert_close(loss, 2.0, name="loss")
    assert_close(gradient, np.array([[-0.5, 0.5, 0.0], [0.5, 0.5, -1.0]]), name="gradient")


@pytest.mark.exercise("hinge")
def test_hinge_another_margin_by_hand(student):
    # Label 1 scores 2: max(0, 1 - 2 + 3) + max(0, -1 - 2 + 3) = 2 + 0, and exactly 0 sends no gradient.
    loss, gradient = student.hinge(np.array([[1.0, 2.0, -1.0]]), np.array([1]), 3.0)
    assert_close(loss, 2.0, name="loss")
    assert_close(gradient, np.array([[1.0, -1.0, 0.0]]), name="gradient")


@pytest.mark.exercise("contrastive")
def test_contrastive_by_hand(student):
    # margin 3. Same, 2 apart: 4 / 2. Different, 1 apart: (3 - 1)^2 / 2 = 2. Different, 5 apart: far enough.
    # And same, 4 apart: 16 / 2. Mean: (2 + 2 + 0 + 8) / 4. Springs: 2, -(3 - 1), 0 and 4, over 4.
    distances, same = np.array([2.0, 1.0, 5.0, 4.0]), np.array([True, False, False, True])
    loss, gradient = student.contrastive(distances, same, 3.0)
    assert_close(loss, 3.0, name="loss")
    assert_close(gradient, np.array([0.5, -0.5, 0.0, 1.0]), name="gradient")


@pytest.mark.exercise("triplet")
def test_triplet_by_hand(student):
    # Row 0: the positive is 5 away (3, 4, 5), the negative 2: max(0, 5 - 2 + 3) = 6.
    # Row 1: 1 away and 13 (5, 12, 13): 1 - 13 + 3 < 0 costs nothing. Mean: 6 / 2.
    # Unit vectors of row 0, towards the anchor: u = (-0.6, -0.8) from the positive, v = (0, 1) from the negative.
    # EPS moves all of this by about a millionth.
    anchor = np.array([[0.0, 0.0], [1.0, 1.0]])
    positive = np.array([[3.0, 4.0], [2.0, 1.0]])
    negative = np.array([[0.0, -2.0], [6.0, 13.0]])
    loss, gradients = student.triplet(anchor, positive, negative, 3.0)
    expected = np.array([[[-0.3, -0.9], [0, 0]], [[0.3, 0.4], [0, 0]], [[0.0, 0.5], [0, 0]]])
    assert_close(loss, 3.0, rtol=1e-5, name="loss")
    assert_close(gradients, tuple(expected), atol=1e-5, name="gradients")


@pytest.mark.exercise("triplet")
def test_triplet_positive_in_the_anchors_place(student):
    # a - p + EPS = (EPS, EPS, EPS, EPS), 2 EPS long: u = (1/2, 1/2, 1/2, 1/2). The negative is 5 away: 0 - 5 + 30 = 25.
    anchor, negative = np.zeros((1, 4)), np.array([[-3.0, -4.0, 0.0, 0.0]])
    loss, gradients = student.triplet(anchor, anchor, negative, 30.0)
    expected = ([[-0.1, -0.3, 0.5, 0.5]], [[-0.5, -0.5, -0.5, -0.5]], [[0.6, 0.8, 0.0, 0.0]])
    assert_close(loss, 25.0, rtol=1e-5, name="loss")
    assert_close(gradients, tuple(map(np.array, expected)), atol=1e-5, name="gradients")


@pytest.mark.exercise("triplet")
def test_triplet_negative_in_the_anchors_place(student):
    # Now a - n + EPS = (EPS, EPS, EPS, EPS): v = (1/2, 1/2, 1/2, 1/2). The positive is 5 away: 5 - 0 + 30 = 35.
    anchor, positive = np.zeros((1, 4)), np.array([[-3.0, -4.0, 0.0, 0.0]])
    loss, gradients = student.triplet(anchor, positive, anchor, 30.0)
    expected = ([[0.1, 0.3, -0.5, -0.5]], [[-0.6, -0.8, 0.0, 0.0]], [[0.5, 0.5, 0.5, 0.5]])
    assert_close(loss, 35.0, rtol=1e-5, name="loss")
    assert_close(gradients, tuple(map(np.array, expected)), atol=1e-5, name="gradients")
