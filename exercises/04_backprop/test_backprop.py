"""Public tests: small numbers that can be followed with pencil and paper."""

import math

import numpy as np
import pytest

from autograder import assert_close

X = np.array([[1.0, 2.0], [0.0, -1.0]])
W = np.array([[1.0, 0.0], [0.0, 1.0], [3.0, -1.0]])
B = np.array([10.0, 20.0, 30.0])


@pytest.mark.exercise("linear_forward")
def test_linear_forward_by_hand(student):
    # First row: 1*1 + 2*0 + 10, 1*0 + 2*1 + 20, 1*3 - 2*1 + 30. Second row: 0 + 10, -1 + 20, 1 + 30.
    out, _ = student.linear_forward(X, W, B)
    assert_close(out, np.array([[11.0, 22.0, 31.0], [10.0, 19.0, 31.0]]), name="out")


@pytest.mark.exercise("linear_backward")
def test_linear_backward_by_hand(student):
    _, cache = student.linear_forward(X, W, B)
    dx, dW, db = student.linear_backward(np.array([[1.0, 0.0, 2.0], [0.0, 3.0, -1.0]]), cache)
    # First row: 1 * (1, 0) + 0 * (0, 1) + 2 * (3, -1). Second row: 3 * (0, 1) - 1 * (3, -1).
    assert_close(dx, np.array([[7.0, -2.0], [-3.0, 4.0]]), name="dx")
    # Each output's gradients, times the rows of x: 1 * (1, 2); 3 * (0, -1); 2 * (1, 2) - 1 * (0, -1).
    assert_close(dW, np.array([[1.0, 2.0], [0.0, -3.0], [2.0, 5.0]]), name="dW")
    assert_close(db, np.array([1.0, 3.0, 1.0]), name="db")


@pytest.mark.exercise("numerical_gradient")
def test_numerical_gradient_by_hand(student):
    # f = a^3 + a b at a = 2, b = 7, one step of 1 up and down: a: (48 - 8) / 2, where f(3, 7) = 27 + 21 and
    # f(1, 7) = 1 + 7. b: (24 - 20) / 2, where f(2, 8) = 8 + 16 and f(2, 6) = 8 + 12.
    grad = student.numerical_gradient(
        lambda x: float(x[0, 0] ** 3 + x[0, 0] * x[0, 1]), np.array([[2.0, 7.0]]), eps=1.0
    )
    assert_close(grad, np.array([[20.0, 2.0]]), name="grad")


@pytest.mark.exercise("relative_error")
def test_relative_error_by_hand(student):
    # Entry by entry: 0 / 4, 0 against 0 counts as 0, 0.5 / 2.5 = 0.2, 2 / 8 = 0.25. The worst one counts.
    a, b = np.array([[2.0, 0.0], [1.0, -3.0]]), np.array([[2.0, 0.0], [1.5, -5.0]])
    assert_close(student.relative_error(a, b), 0.25)


@pytest.mark.exercise("momentum_update")
def test_momentum_update_by_hand(student):
    # change = 0.5 * (0.5, 0) - 0.25 * (2, -4) = (0.25 - 0.5, 0 + 1).
    w, change = student.momentum_update(np.array([1.0, -2.0]), np.array([2.0, -4.0]), np.array([0.5, 0.0]), 0.25, 0.5)
    assert_close(change, np.array([-0.25, 1.0]), name="change")
    assert_close(w, np.array([0.75, -1.0]), name="w")


def chain_of_two_neurons(student, rng):
    """x -> w1 x -> h = sigmoid(w1 x) -> out = w2 h, at x = 2: one number at every place. The biases start at 0."""
    mlp = student.MLP([1, 1, 1], "sigmoid", rng)
    params = mlp.params
    assert_close(params, [np.zeros((1, 1)), np.zeros(1)] * 2, atol=100.0, name="params")  # shapes, and no giants
    w1, _, w2, _ = (p.item() for p in params)
    assert w1 != 0, "the weights should be drawn at random, but W1 is zero"
    assert w2 != 0, "the weights should be drawn at random, but W2 is zero"
    return mlp, w1, w2, 1 / (1 + math.exp(-2 * w1))


@pytest.mark.exercise("MLP")
def test_mlp_forward_two_neurons(student, rng):
    mlp, _, w2, h = chain_of_two_neurons(student, rng)
    assert_close(mlp.forward(np.array([[2.0]])), np.array([[w2 * h]]), name="out")


@pytest.mark.exercise("MLP")
def test_mlp_backward_two_neurons(student, rng):
    mlp, _, w2, h = chain_of_two_neurons(student, rng)
    mlp.forward(np.array([[2.0]]))
    # From the output back: dout = 3 meets h at w2; w2 carries it to h; the sigmoid lets h (1 - h) through; x = 2 at w1.
    dz = 3 * w2 * h * (1 - h)
    grads = mlp.backward(np.array([[3.0]]))
    assert_close(grads, [np.array([[2 * dz]]), np.array([dz]), np.array([[3 * h]]), np.array([3.0])], name="grads")


@pytest.mark.exercise("MLP")
def test_mlp_gradient_norms_two_neurons(student, rng):
    mlp, _, w2, h = chain_of_two_neurons(student, rng)
    mlp.forward(np.array([[2.0]]))
    mlp.backward(np.array([[3.0]]))
    # Each layer has one weight, so the norm is its gradient without the sign; layer 1 comes first.
    assert_close(mlp.gradient_norms(), [abs(2 * 3 * w2 * h * (1 - h)), 3 * h], name="norms")


@pytest.mark.exercise("MLP")
def test_mlp_learns_xor(student, rng):
    # Four points, and no straight line between the classes: a network without hidden units gets 3 of 4 at best.
    corners, classes = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0, 1, 1, 0])
    mlp = student.MLP([2, 16, 2], "tanh", rng)
    mlp.fit(corners, classes, 100, 0.5, 0.9, 4, rng)
    assert_close(mlp.forward(corners).argmax(axis=1), classes, name="the predicted class")
