"""Public tests: small numbers that can be followed with pencil and paper."""

import numpy as np
import pytest

from autograder import assert_close, assert_refuses, no_warnings

LN2, LN3 = np.log(2.0), np.log(3.0)


@pytest.mark.exercise("step")
def test_step_film_ratings(student):
    # Watch the film if its rating is above one half: the step of (rating - 0.5).
    ratings = np.array([0.49, 0.5, 0.51, 0.9])
    assert_close(student.step(ratings - 0.5), np.array([0.0, 0.0, 1.0, 1.0]))


@pytest.mark.exercise("sigmoid")
def test_sigmoid_by_hand(student):
    # exp(ln 3) = 3, so the sigmoid of ln 3 is 3 / (1 + 3) and that of -ln 3 is 1 / (1 + 3).
    assert_close(student.sigmoid(np.array([-LN3, 0.0, LN3])), np.array([0.25, 0.5, 0.75]))


@pytest.mark.exercise("sigmoid")
@pytest.mark.after("test_sigmoid_by_hand")
def test_sigmoid_far_out_without_a_warning(student):
    with no_warnings():
        out = student.sigmoid(np.array([-1000.0, 0.0, 1000.0]))
    assert_close(out, np.array([0.0, 0.5, 1.0]), atol=1e-12)


@pytest.mark.exercise("tanh")
def test_tanh_by_hand(student):
    # At ln 2: (2 - 1/2) / (2 + 1/2) = 1.5 / 2.5.
    assert_close(student.tanh(np.array([-LN2, 0.0, LN2])), np.array([-0.6, 0.0, 0.6]))


@pytest.mark.exercise("tanh")
def test_tanh_far_out(student):
    assert_close(student.tanh(np.array([-1000.0, 0.0, 1000.0])), np.array([-1.0, 0.0, 1.0]))


@pytest.mark.exercise("lecun_tanh")
def test_lecun_tanh_by_hand(student):
    # At x = 1.5 ln 2 the inner value is ln 2, whose tanh is 0.6.
    assert_close(student.lecun_tanh(np.array([0.0, 1.5 * LN2])), np.array([0.0, 1.7159 * 0.6]))


@pytest.mark.exercise("relu")
def test_relu_by_hand(student):
    assert_close(student.relu(np.array([[-2.0, -0.5], [0.0, 3.5]])), np.array([[0.0, 0.0], [0.0, 3.5]]))


@pytest.mark.exercise("leaky_relu")
def test_leaky_relu_by_hand(student):
    assert_close(student.leaky_relu(np.array([-3.0, 0.0, 2.0])), np.array([-0.03, 0.0, 2.0]))


@pytest.mark.exercise("leaky_relu")
def test_leaky_relu_another_slope_by_hand(student):
    assert_close(student.leaky_relu(np.array([-3.0, 0.0, 2.0]), slope=0.2), np.array([-0.6, 0.0, 2.0]))


@pytest.mark.exercise("maxout")
def test_maxout_two_pieces_by_hand(student):
    # Three units, two pieces: columns 0-2 are piece 0, columns 3-5 are piece 1.
    x = np.array([[1.0, 7.0, -2.0, 4.0, 5.0, -3.0]])
    assert_close(student.maxout(x, 2), np.array([[4.0, 7.0, -2.0]]))


@pytest.mark.exercise("maxout")
@pytest.mark.after("test_maxout_two_pieces_by_hand")
def test_maxout_refuses_pieces_that_do_not_divide(student):
    assert_refuses(student.maxout, "pieces", np.zeros((2, 6)), 4)


@pytest.mark.exercise("softmax")
def test_softmax_rows_by_hand(student):
    # Weights 1 : 3 in the first row, 1 : 1 in the second.
    assert_close(student.softmax(np.array([[0.0, LN3], [5.0, 5.0]])), np.array([[0.25, 0.75], [0.5, 0.5]]))


@pytest.mark.exercise("softmax")
def test_softmax_shifted_scores(student):
    # The same weights 1 : 3, although exp(1000) is beyond what a float holds; and 1 : 1 far below.
    x = np.array([[1000.0, 1000.0 + LN3], [-1000.0, -1000.0]])
    assert_close(student.softmax(x), np.array([[0.25, 0.75], [0.5, 0.5]]))


@pytest.mark.exercise("softmax")
def test_softmax_columns_by_hand(student):
    # Down the columns the weights are 1 : 1 : 2 and 1 : 3 : 1.
    x = np.array([[0.0, 0.0], [0.0, LN3], [LN2, 0.0]])
    assert_close(student.softmax(x, axis=0), np.array([[0.25, 0.2], [0.25, 0.6], [0.5, 0.2]]))


@pytest.mark.exercise("log_softmax")
def test_log_softmax_by_hand(student):
    x = np.array([[0.0, LN3], [5.0, 5.0]])
    assert_close(student.log_softmax(x), np.log(np.array([[0.25, 0.75], [0.5, 0.5]])))


@pytest.mark.exercise("log_softmax")
def test_log_softmax_where_the_probability_is_lost(student):
    # exp(-1000) is 0 in a float, but its logarithm is still -1000.
    assert_close(student.log_softmax(np.array([[0.0, 1000.0]])), np.array([[-1000.0, 0.0]]))


@pytest.mark.exercise("log_softmax")
def test_log_softmax_columns_by_hand(student):
    x = np.array([[0.0, 0.0], [0.0, LN3], [LN2, 0.0]])
    assert_close(student.log_softmax(x, axis=0), np.log(np.array([[0.25, 0.2], [0.25, 0.6], [0.5, 0.2]])))


@pytest.mark.exercise("sigmoid_derivative")
def test_sigmoid_derivative_by_hand(student):
    # s(ln 3) = 3/4, so the slope is 3/4 * 1/4.
    assert_close(student.sigmoid_derivative(np.array([0.0, LN3])), np.array([0.25, 0.1875]))


@pytest.mark.exercise("tanh_derivative")
def test_tanh_derivative_by_hand(student):
    assert_close(student.tanh_derivative(np.array([0.0, LN2])), np.array([1.0, 0.64]))


@pytest.mark.exercise("lecun_tanh_derivative")
def test_lecun_tanh_derivative_by_hand(student):
    # 1.7159 * 2/3 = 1.14393..., times 1 - 0.6^2 where the inner value is ln 2.
    expected = 1.7159 * 2 / 3 * np.array([1.0, 0.64])
    assert_close(student.lecun_tanh_derivative(np.array([0.0, 1.5 * LN2])), expected)


@pytest.mark.exercise("relu_derivative")
def test_relu_derivative_by_hand(student):
    assert_close(student.relu_derivative(np.array([-2.0, 0.0, 0.5])), np.array([0.0, 0.0, 1.0]))


@pytest.mark.exercise("leaky_relu_derivative")
def test_leaky_relu_derivative_by_hand(student):
    assert_close(student.leaky_relu_derivative(np.array([-2.0, 0.0, 0.5])), np.array([0.01, 0.01, 1.0]))


@pytest.mark.exercise("leaky_relu_derivative")
def test_leaky_relu_derivative_another_slope_by_hand(student):
    assert_close(student.leaky_relu_derivative(np.array([-2.0, 0.0, 0.5]), slope=0.2), np.array([0.2, 0.2, 1.0]))


@pytest.mark.exercise("softmax_backward")
def test_softmax_backward_by_hand(student):
    # p = (1/4, 3/4), dout = (1, 0): the weighted mean of dout is 1/4, so dx = (1/4 * 3/4, 3/4 * -1/4).
    dx = student.softmax_backward(np.array([[1.0, 0.0]]), np.array([[0.25, 0.75]]))
    assert_close(dx, np.array([[0.1875, -0.1875]]), name="dx")


@pytest.mark.exercise("softmax_backward")
def test_softmax_backward_columns_by_hand(student):
    # Down the columns: weighted means of dout 1/4 * 4 = 1 and 3/5 * 5 - 1/5 * 10 = 1. dx = p * (dout - 1).
    p = np.array([[0.25, 0.2], [0.25, 0.6], [0.5, 0.2]])
    dx = student.softmax_backward(np.array([[4.0, 0.0], [0.0, 5.0], [0.0, -10.0]]), p, axis=0)
    assert_close(dx, np.array([[0.75, -0.2], [-0.25, 2.4], [-0.5, -2.2]]), name="dx")


@pytest.mark.exercise("maxout_backward")
def test_maxout_backward_by_hand(student):
    x = np.array([[1.0, 7.0, -2.0, 4.0, 5.0, -3.0]])
    dx = student.maxout_backward(np.array([[10.0, 20.0, 30.0]]), x, 2)
    assert_close(dx, np.array([[0.0, 20.0, 30.0, 10.0, 0.0, 0.0]]), name="dx")


@pytest.mark.exercise("maxout_backward")
def test_maxout_backward_tie_by_hand(student):
    # 3 against 3: the first piece gets all of it.
    dx = student.maxout_backward(np.array([[10.0, 20.0]]), np.array([[3.0, 1.0, 3.0, 2.0]]), 2)
    assert_close(dx, np.array([[10.0, 0.0, 0.0, 20.0]]), name="dx")


@pytest.mark.exercise("dead_units")
def test_dead_units_by_hand(student):
    batch = np.array([[-1.0, 2.0, 0.0], [-3.0, -1.0, 0.0]])
    assert_close(student.dead_units(batch), np.array([True, False, True]))
