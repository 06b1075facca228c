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
    # The columns are (1, 0) and (0, 3): 1 / 2 and 9 / 10.
    assert_close(student.squash(np.diag([1.0, 3.0]), axis=0), np.diag([0.5, 0.9]), name="v")


@pytest.mark.exercise("squash_backward")
def test_squash_backward_by_hand(student):
    # s = (2, 0), r = 2: across, f = 2 / 5. Along, the slope of r^2 / (1 + r^2), which is 2 r / (1 + r^2)^2 = 4 / 25.
    ds = student.squash_backward(np.array([[1.0, 1.0]]), np.array([[2.0, 0.0]]))
    assert_close(ds, np.array([[0.16, 0.4]]), name="ds")


@pytest.mark.exercise("primary_capsules")
def test_places_stay_apart(student):
    # One place each has (3, 0) and (0, 1) in its two channels; lengths 3 and 1 become 9 / 10 and 1 / 2.
    features = np.array([[[[3.0, 0.0]], [[0.0, 1.0]]]])
    assert_close(student.primary_capsules(features, 2), np.array([[[0.9, 0.0], [0.0, 0.5]]]), name="u")


@pytest.mark.exercise("predictions")
def test_votes_by_hand(student):
    # 3 * 1 + 4 * 2 for the first parent, 0 * 1 + 5 * 2 for the second.
    u_hat = student.predictions(np.array([[[1.0, 2.0]]]), np.array([[[[3.0, 4.0]], [[0.0, 5.0]]]]))
    assert_close(u_hat, np.array([[[[11.0], [10.0]]]]), name="u_hat")


@pytest.mark.exercise("predictions_backward")
def test_votes_backward_by_hand(student):
    # du = 1 (3, 4) + 10 (0, 5); dw = 1 (1, 2) for the first parent and 10 (1, 2) for the second.
    u, w = np.array([[[1.0, 2.0]]]), np.array([[[[3.0, 4.0]], [[0.0, 5.0]]]])
    found = student.predictions_backward(np.array([[[[1.0], [10.0]]]]), u, w)
    assert_close(found, (np.array([[[3.0, 54.0]]]), np.array([[[[1.0, 2.0]], [[10.0, 20.0]]]])), name="(du, dw)")


@pytest.mark.exercise("routing")
def test_routing_by_hand(student):
    # Two children, both for parent 0. Round 1: c = 1/2, s = (1, 0), v = (1/2, 0), so b = (1/2, 0) for both. Round 2: c =
    # e^0.5 / (e^0.5 + 1) = 0.622459 and the rest, s = (1.244919, 0), and v = s^2 / (1 + s^2) = (0.607816, 0).
    v, c = student.routing(np.array([[[[1.0], [0.0]], [[1.0], [0.0]]]]), 2)
    assert_close(v, np.array([[[0.607816], [0.0]]]), atol=1e-6, name="v")
    assert_close(c, np.array([[[0.622459, 0.377541]] * 2]), atol=1e-6, name="c")


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


V = np.array([[[0.3, 0.4], [0.0, 0.2]]])


@pytest.mark.exercise("capsule_scores")
def test_lengths_by_hand(student):
    # The root of 0.09 + 0.16, and of 0.04.
    assert_close(student.capsule_scores(V), np.array([[0.5, 0.2]]), name="scores")


@pytest.mark.exercise("mask_capsules")
def test_mask_by_hand(student):
    # The label is 1, though capsule 0 is longer.
    assert_close(student.mask_capsules(V, np.array([1])), np.array([[0.0, 0.0, 0.0, 0.2]]), name="out")


@pytest.mark.exercise("perturb")
def test_perturb_by_hand(student):
    # 0.3 + 0.5 and 0.3 - 0.1; the other number of the label's capsule stays 0.4.
    out = student.perturb(V, np.array([0]), 0, np.array([0.5, -0.1]))
    assert_close(out, np.array([[[0.8, 0.4, 0.0, 0.0]], [[0.2, 0.4, 0.0, 0.0]]]), name="out")


@pytest.mark.exercise("mask_capsules")
@pytest.mark.after("test_mask_by_hand")
def test_mask_keeps_v(student):
    assert_inputs_unchanged(student.mask_capsules, V, np.array([1]))
