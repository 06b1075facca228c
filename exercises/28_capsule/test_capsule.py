"""Public tests: numbers that can be followed with pencil and paper."""

import numpy as np
import pytest

from autograder import assert_close, assert_inputs_unchanged


@pytest.mark.exercise("squash")
def test_squash_by_hand(student):
    # |(3, 4)| = 5: 25 / 26 of the direction (0.6, 0.8). |(0, 2)| = 2: 4 / 5 of (0, 1). Nothing stays nothing.
    s = np.array([[3.0, 4.0], [0.0, 2.0], [0.0, 0.0]])
    assert_close(student.squash(s), np.array([[15 / 26, 20 / 26], [0.0, 0.8], [0.0, 0.0]]), name="v")


@pytest.mark.exercise("squash")
def test_squash_along_another_axis(student):
    # The columns are (3, 4) and (0, 2), as above.
    v = student.squash(np.array([[3.0, 0.0], [4.0, 2.0]]), axis=0)
    assert_close(v, np.array([[15 / 26, 0.0], [20 / 26, 0.8]]), name="v")


@pytest.mark.exercise("squash_backward")
def test_squash_backward_by_hand(student):
    # s = (2, 0), r = 2: across, f = 2 / 5. Along, the slope of r^2 / (1 + r^2), which is 2 r / (1 + r^2)^2 = 4 / 25.
    ds = student.squash_backward(np.array([[1.0, 1.0]]), np.array([[2.0, 0.0]]))
    assert_close(ds, np.array([[0.16, 0.4]]), name="ds")


@pytest.mark.exercise("squash_backward")
def test_squash_backward_of_a_slanted_vector(student):
    # s = (3, 4), r = 5, dv = (5, 0): f dv = (25 / 26, 0). f' = -24 / 26^2 times s . dv = 15 times (3, 4) / 5 is
    # -(216, 288) / 676. Nothing gets nothing.
    ds = student.squash_backward(np.array([[5.0, 0.0], [1.0, 1.0]]), np.array([[3.0, 4.0], [0.0, 0.0]]))
    assert_close(ds, np.array([[217 / 338, -144 / 338], [0.0, 0.0]]), name="ds")


@pytest.mark.exercise("primary_capsules")
def test_places_stay_apart(student):
    # One place each has (3, 0) and (0, 1) in its two channels; lengths 3 and 1 become 9 / 10 and 1 / 2.
    features = np.array([[[[3.0, 0.0]], [[0.0, 1.0]]]])
    assert_close(student.primary_capsules(features, 2), np.array([[[0.9, 0.0], [0.0, 0.5]]]), name="u")


@pytest.mark.exercise("primary_capsules")
def test_order_of_capsules_by_hand(student):
    # Two types of two channels, two rows, three columns. At row 0, column 1 the first type is (3, 4): capsule number 1. At
    # row 1, column 0 the second type is (2, 0): number (1 * 2 + 1) * 3 + 0 = 9.
    features, u = np.zeros((1, 4, 2, 3)), np.zeros((1, 12, 2))
    features[0, :2, 0, 1], features[0, 2:, 1, 0] = (3.0, 4.0), (2.0, 0.0)
    u[0, 1], u[0, 9] = (15 / 26, 20 / 26), (0.8, 0.0)
    assert_close(student.primary_capsules(features, 2), u, name="u")


@pytest.mark.exercise("predictions")
def test_votes_by_hand(student):
    # 3 * 1 + 4 * 2 for the first parent, 0 * 1 + 5 * 2 for the second.
    u_hat = student.predictions(np.array([[[1.0, 2.0]]]), np.array([[[[3.0, 4.0]], [[0.0, 5.0]]]]))
    assert_close(u_hat, np.array([[[[11.0], [10.0]]]]), name="u_hat")


@pytest.mark.exercise("predictions")
def test_votes_of_two_children_by_hand(student):
    # ((3, 4), (0, 5)) times (1, 2) is (11, 10); ((1, 1), (0, 7)) times (10, 20) is (30, 140).
    w = np.array([[[[3.0, 4.0], [0.0, 5.0]]], [[[1.0, 1.0], [0.0, 7.0]]]])
    u_hat = student.predictions(np.array([[[1.0, 2.0], [10.0, 20.0]]]), w)
    assert_close(u_hat, np.array([[[[11.0, 10.0]], [[30.0, 140.0]]]]), name="u_hat")


@pytest.mark.exercise("predictions_backward")
def test_votes_backward_by_hand(student):
    # du = 1 (3, 4) + 10 (0, 5); dw = 1 (1, 2) for the first parent and 10 (1, 2) for the second.
    u, w = np.array([[[1.0, 2.0]]]), np.array([[[[3.0, 4.0]], [[0.0, 5.0]]]])
    found = student.predictions_backward(np.array([[[[1.0], [10.0]]]]), u, w)
    assert_close(found, (np.array([[[3.0, 54.0]]]), np.array([[[[1.0, 2.0]], [[10.0, 20.0]]]])), name="(du, dw)")


@pytest.mark.exercise("predictions_backward")
def test_votes_backward_of_two_examples_by_hand(student):
    # The second has u = (3, 0) and du_hat = (2, 0): du = 2 (3, 4), and dw gets 2 (3, 0) more for the first parent.
    u, w = np.array([[[1.0, 2.0]], [[3.0, 0.0]]]), np.array([[[[3.0, 4.0]], [[0.0, 5.0]]]])
    found = student.predictions_backward(np.array([[[[1.0], [10.0]]], [[[2.0], [0.0]]]]), u, w)
    expected = np.array([[[3.0, 54.0]], [[6.0, 8.0]]]), np.array([[[[7.0, 2.0]], [[10.0, 20.0]]]])
    assert_close(found, expected, name="(du, dw)")


@pytest.mark.exercise("routing")
def test_routing_by_hand(student):
    # Two children, both for parent 0. Round 1: c = 1/2, s = (1, 0), v = (1/2, 0), so b = (1/2, 0) for both. Round 2: c =
    # e^0.5 / (e^0.5 + 1) = 0.622459 and the rest, s = (1.244919, 0), and v = s^2 / (1 + s^2) = (0.607816, 0).
    v, c = student.routing(np.array([[[[1.0], [0.0]], [[1.0], [0.0]]]]), 2)
    assert_close(v, np.array([[[0.607816], [0.0]]]), atol=1e-6, name="v")
    assert_close(c, np.array([[[0.622459, 0.377541]] * 2]), atol=1e-6, name="c")


@pytest.mark.exercise("routing")
def test_routing_of_two_examples_in_three_rounds(student):
    # Two rounds as above, for parent 0 in one example and for parent 1 in the other. Then b = 0.5 + 0.607816 = 1.107816, c =
    # 0.751722 and the rest, s = 1.503443, and v = 0.693284.
    votes = np.array([[[[1.0], [0.0]], [[1.0], [0.0]]], [[[0.0], [1.0]], [[0.0], [1.0]]]])
    v, c = student.routing(votes, 3)
    assert_close(v, np.array([[[0.693284], [0.0]], [[0.0], [0.693284]]]), atol=1e-5, name="v")
    assert_close(c, np.array([[[0.751722, 1 - 0.751722]] * 2, [[1 - 0.751722, 0.751722]] * 2]), atol=1e-5, name="c")


@pytest.mark.exercise("routing")
def test_routing_of_long_votes(student):
    # After round 1, b = 1000 for parent 0, of which exp cannot be taken: c = (1, 0), s = 2000.
    v, c = student.routing(np.array([[[[1000.0], [0.0]], [[1000.0], [0.0]]]]), 2)
    assert_close(v, np.array([[[4e6 / 4000001], [0.0]]]), name="v")
    assert_close(c, np.array([[[1.0, 0.0]] * 2]), atol=1e-12, name="c")


@pytest.mark.exercise("routing_backward")
def test_routing_backward_by_hand(student):
    # s = 1/2 (1, 0) + 1/2 (3, 0) = (2, 0): ds = (0.16, 0.4), as for squash_backward, and each child gets its c = 1/2 of it.
    u_hat, c = np.array([[[[1.0, 0.0]], [[3.0, 0.0]]]]), np.array([[[0.5], [0.5]]])
    du_hat = student.routing_backward(np.array([[[1.0, 1.0]]]), u_hat, c)
    assert_close(du_hat, np.array([[[[0.08, 0.2]], [[0.08, 0.2]]]]), name="du_hat")


@pytest.mark.exercise("margin_loss")
def test_margin_loss_by_hand(student):
    # Right: (0.9 - 0.5)^2 = 0.16. Wrong: 0.5 (0.3 - 0.1)^2 = 0.02. Slopes -2 * 0.4, and 2 * 0.5 * 0.2.
    loss, dv = student.margin_loss(np.array([[[0.5, 0.0], [0.0, 0.3]]]), np.array([0]))
    assert_close(loss, 0.18, name="loss")
    assert_close(dv, np.array([[[-0.8, 0.0], [0.0, 0.2]]]), name="dv")


@pytest.mark.exercise("margin_loss")
def test_margin_loss_of_two_examples_by_hand(student):
    # The first as above, 0.18. The second: right (0.9 - 0.3)^2 = 0.36, and the other capsule is 0, which is short enough. Their
    # mean is 0.27, and so each slope counts half: -2 * 0.6 / 2.
    v = np.array([[[0.5, 0.0], [0.0, 0.3]], [[0.0, 0.0], [0.0, 0.3]]])
    loss, dv = student.margin_loss(v, np.array([0, 1]))
    assert_close(loss, 0.27, name="loss")
    assert_close(dv, np.array([[[-0.4, 0.0], [0.0, 0.1]], [[0.0, 0.0], [0.0, -0.6]]]), name="dv")


V = np.array([[[0.3, 0.4], [0.0, 0.2]]])


@pytest.mark.exercise("capsule_scores")
def test_lengths_by_hand(student):
    # The root of 0.09 + 0.16, and of 0.04.
    assert_close(student.capsule_scores(V), np.array([[0.5, 0.2]]), name="scores")


@pytest.mark.exercise("mask_capsules")
def test_mask_by_hand(student):
    # The label is 1, though capsule 0 is longer.
    assert_close(student.mask_capsules(V, np.array([1])), np.array([[0.0, 0.0, 0.0, 0.2]]), name="out")


@pytest.mark.exercise("mask_capsules")
def test_mask_keeps_a_capsule_together(student):
    assert_close(student.mask_capsules(V, np.array([0])), np.array([[0.3, 0.4, 0.0, 0.0]]), name="out")


@pytest.mark.exercise("perturb")
def test_perturb_by_hand(student):
    # 0.3 + 0.5 and 0.3 - 0.1; the other number of the label's capsule stays 0.4.
    out = student.perturb(V, np.array([0]), 0, np.array([0.5, -0.1]))
    assert_close(out, np.array([[[0.8, 0.4, 0.0, 0.0]], [[0.2, 0.4, 0.0, 0.0]]]), name="out")


@pytest.mark.exercise("mask_capsules")
@pytest.mark.after("test_mask_by_hand")
def test_mask_keeps_v(student):
    assert_inputs_unchanged(student.mask_capsules, V, np.array([1]))
