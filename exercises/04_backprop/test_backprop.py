"""Public tests: small numbers that can be followed with pencil and paper."""

import math

import numpy as np
import pytest

from autograder import Mismatch, assert_close, assert_inputs_unchanged, assert_refuses, no_warnings

X = np.array([[1.0, 2.0], [0.0, -1.0]])
W = np.array([[1.0, 0.0], [0.0, 1.0], [3.0, -1.0]])
B = np.array([10.0, 20.0, 30.0])


@pytest.mark.exercise("linear_forward")
def test_linear_forward_by_hand(student):
    # First row: 1*1 + 2*0 + 10, 1*0 + 2*1 + 20, 1*3 - 2*1 + 30. Second row: 0 + 10, -1 + 20, 1 + 30.
    out, _ = student.linear_forward(X, W, B)
    assert_close(out, np.array([[11.0, 22.0, 31.0], [10.0, 19.0, 31.0]]), name="out")


@pytest.mark.exercise("linear_forward")
@pytest.mark.after("test_linear_forward_by_hand")
def test_linear_forward_refuses_weights_that_do_not_fit(student):
    assert_refuses(student.linear_forward, "W", X, W.T, B)


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
def test_numerical_gradient_of_a_product(student):
    # f = a^2 + a b at a = 2, b = 7: the slopes are 2 a + b and a, and central differences find them exactly but for
    # rounding, which eps = 1e-5 makes a hundred thousand times larger.
    grad = student.numerical_gradient(lambda x: float(x[0] ** 2 + x[0] * x[1]), np.array([2.0, 7.0]))
    assert_close(grad, np.array([11.0, 2.0]), atol=1e-8, name="grad")


@pytest.mark.exercise("numerical_gradient")
def test_numerical_gradient_with_a_large_eps(student):
    # f = a^3 + a b at a = 2, b = 7, one step of 1 up and down: a: (48 - 8) / 2, where f(3, 7) = 27 + 21 and
    # f(1, 7) = 1 + 7. b: (24 - 20) / 2, where f(2, 8) = 8 + 16 and f(2, 6) = 8 + 12.
    grad = student.numerical_gradient(
        lambda x: float(x[0, 0] ** 3 + x[0, 0] * x[0, 1]), np.array([[2.0, 7.0]]), eps=1.0
    )
    assert_close(grad, np.array([[20.0, 2.0]]), name="grad")


@pytest.mark.exercise("numerical_gradient")
def test_numerical_gradient_of_an_array_that_lies_column_by_column(student):
    # A transposed array lies in memory column by column. f = a + 10 b + 100 c + 1000 d + 10^4 e + 10^5 f.
    x, slopes = np.ones((3, 2)).T, 10.0 ** np.arange(6).reshape(2, 3)
    grad = student.numerical_gradient(lambda x: float((slopes * x).sum()), x, eps=1.0)
    assert_close(grad, slopes, name="grad")


@pytest.mark.exercise("numerical_gradient")
@pytest.mark.after("test_numerical_gradient_of_a_product")
def test_numerical_gradient_leaves_x_alone(student):
    # 1.3 + 0.001 - 0.002 + 0.001 is not 1.3 bit for bit.
    x = np.array([0.1, 0.7, 1.3])
    assert_inputs_unchanged(lambda x: student.numerical_gradient(lambda x: float(x[0] * x[1] * x[2]), x, 0.001), x)


@pytest.mark.exercise("relative_error")
def test_relative_error_by_hand(student):
    # Entry by entry: 0 / 4, 0.5 / 2.5 = 0.2, 1 / 7. The worst one counts.
    assert_close(student.relative_error(np.array([2.0, 1.0, -3.0]), np.array([2.0, 1.5, -4.0])), 0.2)


@pytest.mark.exercise("relative_error")
@pytest.mark.rests_on("test_relative_error_by_hand")
def test_relative_error_of_opposite_signs(student):
    # 4 / 4: a and b lie as far apart as two numbers of their size can.
    assert_close(student.relative_error(np.array([2.0, 1.0]), np.array([-2.0, 1.0])), 1.0)


@pytest.mark.exercise("relative_error")
def test_relative_error_zero_against_zero(student):
    # 0 against 0 counts as 0, so the other entry decides: 2 / 8.
    assert_close(student.relative_error(np.array([0.0, 3.0]), np.array([0.0, 5.0])), 0.25)


@pytest.mark.exercise("relative_error")
@pytest.mark.rests_on("test_relative_error_by_hand")
def test_relative_error_shows_a_nan(student):
    assert_close(student.relative_error(np.array([np.nan, 3.0]), np.array([1.0, 5.0])), np.nan)


@pytest.mark.exercise("momentum_update")
def test_momentum_update_by_hand(student):
    # change = 0.5 * (0.5, 0) - 0.25 * (2, -4) = (0.25 - 0.5, 0 + 1).
    w, change = student.momentum_update(np.array([1.0, -2.0]), np.array([2.0, -4.0]), np.array([0.5, 0.0]), 0.25, 0.5)
    assert_close(change, np.array([-0.25, 1.0]), name="change")
    assert_close(w, np.array([0.75, -1.0]), name="w")


@pytest.mark.exercise("momentum_update")
@pytest.mark.after("test_momentum_update_by_hand")
def test_momentum_update_leaves_the_old_arrays(student):
    w, grad, previous = np.array([[1.0, -2.0], [2.0, -4.0], [0.5, 0.0]])
    assert_inputs_unchanged(student.momentum_update, w, grad, previous, 0.25, 0.5)


def chain_of_two_neurons(student, rng, activation):
    """x -> z = w1 x -> h = activation(z) -> out = w2 h: one number at every place. The biases start at 0."""
    mlp = student.MLP([1, 1, 1], activation, rng)
    params = mlp.params
    assert_close(params, [np.zeros((1, 1)), np.zeros(1)] * 2, atol=8.0, name="params")  # shapes, and no giants
    w1, _, w2, _ = (p.item() for p in params)
    assert abs(w1) > 1e-6, "the weights should be drawn at random, but W1 is zero"
    assert abs(w2) > 1e-6, "the weights should be drawn at random, but W2 is zero"
    return mlp, w1, w2


@pytest.mark.exercise("MLP")
def test_mlp_forward_two_neurons(student, rng):
    mlp, w1, w2 = chain_of_two_neurons(student, rng, "sigmoid")
    h = 1 / (1 + math.exp(-2 * w1))
    assert_close(mlp.forward(np.array([[2.0]])), np.array([[w2 * h]]), name="out")


@pytest.mark.exercise("MLP")
def test_mlp_backward_two_neurons(student, rng):
    mlp, w1, w2 = chain_of_two_neurons(student, rng, "sigmoid")
    h = 1 / (1 + math.exp(-2 * w1))
    mlp.forward(np.array([[2.0]]))
    # From the output back: dout = 3 meets h at w2; w2 carries it to h; the sigmoid lets h (1 - h) through; x = 2 at w1.
    dz = 3 * w2 * h * (1 - h)
    grads = mlp.backward(np.array([[3.0]]))
    assert_close(grads, [np.array([[2 * dz]]), np.array([dz]), np.array([[3 * h]]), np.array([3.0])], name="grads")


@pytest.mark.exercise("MLP")
def test_mlp_backward_relu_at_its_corner(student, rng):
    # At x = 0, z is exactly 0: relu lets nothing through, so only the last bias hears of dout = 3.
    mlp, _, _ = chain_of_two_neurons(student, rng, "relu")
    mlp.forward(np.array([[0.0]]))
    zero = np.zeros(1)
    assert_close(mlp.backward(np.array([[3.0]])), [zero[:, None], zero, zero[:, None], zero + 3], name="grads")


@pytest.mark.exercise("MLP")
@pytest.mark.rests_on("test_mlp_forward_two_neurons")
def test_mlp_params_have_a_row_for_each_output(student, rng):
    params = student.MLP([4, 3, 2], "tanh", rng).params
    shapes = [np.zeros((3, 4)), np.zeros(3), np.zeros((2, 3)), np.zeros(2)]
    assert_close(params, shapes, atol=8.0, name="params")  # any weight is within 8: this looks at the shapes


@pytest.mark.exercise("MLP")
@pytest.mark.parametrize(
    "activation, std", [("relu", (2 / 500) ** 0.5), ("tanh", (2 / 800) ** 0.5)], ids=["He", "Xavier"]
)
def test_mlp_first_weights(student, rng, activation, std):
    # 500 inputs, 300 units: 150,000 draws, whose standard deviation is known to half a percent.
    W1, b1, *_ = student.MLP([500, 300, 2], activation, rng).params
    assert_close(W1, np.zeros((300, 500)), atol=1.0, name="W1")  # its shape
    assert_close(float(W1.std()), std, rtol=0.02, name="the standard deviation of W1")
    assert_close(b1, np.zeros(300), name="b1")


@pytest.mark.exercise("MLP")
@pytest.mark.after("test_mlp_forward_two_neurons")
def test_mlp_sigmoid_far_out_without_a_warning(student, rng):
    mlp, w1, _ = chain_of_two_neurons(student, rng, "sigmoid")
    with no_warnings():
        out = mlp.forward(np.array([[-1e4 / w1]]))  # z = -10,000
    assert_close(out, np.array([[0.0]]), atol=1e-12, name="out")


@pytest.mark.exercise("MLP")
@pytest.mark.after("test_mlp_backward_two_neurons")
def test_mlp_keeps_to_itself_what_it_remembers(student, rng):
    # As above, but another network looks at another x in between.
    mlp, w1, w2 = chain_of_two_neurons(student, rng, "sigmoid")
    other, _, _ = chain_of_two_neurons(student, rng, "sigmoid")
    h = 1 / (1 + math.exp(-2 * w1))
    mlp.forward(np.array([[2.0]]))
    other.forward(np.array([[-7.0]]))
    dz = 3 * w2 * h * (1 - h)
    grads = mlp.backward(np.array([[3.0]]))
    assert_close(grads, [np.array([[2 * dz]]), np.array([dz]), np.array([[3 * h]]), np.array([3.0])], name="grads")


@pytest.mark.exercise("MLP")
def test_mlp_gradient_norms_two_neurons(student, rng):
    mlp, w1, w2 = chain_of_two_neurons(student, rng, "sigmoid")
    h = 1 / (1 + math.exp(-2 * w1))
    mlp.forward(np.array([[2.0]]))
    mlp.backward(np.array([[3.0]]))
    # Each layer has one weight, so the norm is its gradient without the sign; layer 1 comes first.
    assert_close(mlp.gradient_norms(), [abs(2 * 3 * w2 * h * (1 - h)), 3 * h], name="norms")


@pytest.mark.exercise("MLP")
def test_mlp_fit_two_epochs_by_hand(student, rng):
    # x = 0 for both rows, so only the biases learn. They start at 0: p = (1/2, 1/2), the loss is ln 2, dout sums up to
    # (-1/2, 1/2), and b = (1/2, -1/2). Then p = (1 - s, s) with s = 1 / (1 + e), and the loss is -ln(1 - s).
    # The change is 1/2 of the last one, and s on top: b = 1/2 + 1/4 + s.
    mlp = student.MLP([1, 2], "tanh", rng)
    losses = mlp.fit(np.zeros((2, 1)), np.array([0, 0]), 2, 1.0, 0.5, 2, rng)
    s = 1 / (1 + math.e)
    assert_close(losses, [math.log(2), -math.log(1 - s)], name="losses")
    assert_close(mlp.params[1], np.array([0.75 + s, -0.75 - s]), name="b1")


@pytest.mark.exercise("MLP")
def test_mlp_fit_a_short_minibatch_by_hand(student, rng):
    # As above, but of three rows: two, then one. Both meet ln 2, then b = (1/2, -1/2), and the third meets -ln(1 - s).
    # The epoch's loss is the mean over the three rows.
    mlp = student.MLP([1, 2], "tanh", rng)
    losses = mlp.fit(np.zeros((3, 1)), np.array([0, 0, 0]), 1, 1.0, 0.0, 2, rng)
    s = 1 / (1 + math.e)
    assert_close(losses, [(2 * math.log(2) - math.log(1 - s)) / 3], name="losses")
    assert_close(mlp.params[1], np.array([0.5 + s, -0.5 - s]), name="b1")


@pytest.mark.exercise("MLP")
@pytest.mark.rests_on("test_mlp_fit_two_epochs_by_hand")
def test_mlp_fit_shuffles_the_rows(student):
    # x = 0 for all rows, so only their classes matter, which come one by one: another order leads elsewhere.
    X, y, ends = np.zeros((20, 1)), np.repeat([0, 1], 10), []
    for seed in (1, 2):
        mlp = student.MLP([1, 2], "tanh", np.random.default_rng(0))
        mlp.fit(X, y, 1, 1.0, 0.0, 1, np.random.default_rng(seed))
        assert_close(mlp.params[1], np.zeros(2), atol=20.0, name="b1")
        ends.append(mlp.params[1])
    if np.allclose(*ends):
        raise Mismatch(
            "two generators lead to the same b1: shuffle the rows in every epoch, with the rng that is given"
        )


@pytest.mark.exercise("MLP")
def test_mlp_learns_xor(student, rng):
    # Four points, and no straight line between the classes: a network without hidden units gets 3 of 4 at best.
    corners, classes = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0, 1, 1, 0])
    mlp = student.MLP([2, 16, 2], "tanh", rng)
    mlp.fit(corners, classes, 100, 0.5, 0.9, 4, rng)
    params = mlp.params
    shapes = [np.zeros((16, 2)), np.zeros(16), np.zeros((2, 16)), np.zeros(2)]
    assert_close(params, shapes, atol=100.0, name="params")
    W1, b1, W2, b2 = params
    out = np.tanh(corners @ W1.T + b1) @ W2.T + b2
    assert_close(mlp.forward(corners), out, name="out, from the learnt params")
    assert_close(out.argmax(axis=1), classes, name="the predicted class")
