"""Public tests: numbers that can be followed with pencil and paper."""

import numpy as np
import pytest

from autograder import Mismatch, assert_close, assert_inputs_unchanged, assert_refuses, no_warnings

LN3 = np.log(3.0)


@pytest.mark.exercise("l1_penalty")
def test_l1_by_hand(student):
    # 0.5 * (3 + 1 + 0) = 2. The slope is 0.5 on either side of 0, and 0 at 0.
    loss, gradient = student.l1_penalty(np.array([3.0, -1.0, 0.0]), 0.5)
    assert_close(loss, 2.0, name="loss")
    assert_close(gradient, np.array([0.5, -0.5, 0.0]), name="gradient")


@pytest.mark.exercise("l2_penalty")
def test_l2_by_hand(student):
    # 0.5 / 2 * (9 + 1 + 0) = 2.5. The half and the 2 of the derivative cancel: the gradient is 0.5 * w.
    loss, gradient = student.l2_penalty(np.array([3.0, -1.0, 0.0]), 0.5)
    assert_close(loss, 2.5, name="loss")
    assert_close(gradient, np.array([1.5, -0.5, 0.0]), name="gradient")


@pytest.mark.exercise("l2_penalty")
@pytest.mark.after("test_l2_by_hand")
def test_l2_refuses_a_negative_strength(student):
    assert_refuses(student.l2_penalty, "strength", np.array([1.0]), -0.5)


@pytest.mark.exercise("elastic_net")
def test_elastic_net_by_hand(student):
    # A quarter of L1 and three quarters of L2: 2 * (0.25 * 4 + 0.75 / 2 * 10) = 2 * 4.75.
    # Slopes: 2 * (0.25 + 0.75 * 3) = 5 and 2 * (-0.25 - 0.75 * 1) = -2.
    loss, gradient = student.elastic_net(np.array([3.0, -1.0, 0.0]), 2.0, 0.25)
    assert_close(loss, 9.5, name="loss")
    assert_close(gradient, np.array([5.0, -2.0, 0.0]), name="gradient")


@pytest.mark.exercise("proximal_l1")
def test_proximal_by_hand(student):
    # 0.5 * 2 = 1 nearer to 0: 3 becomes 2 and -4 becomes -3; 0.75 and -1 are nearer than 1, and end at 0.
    w = student.proximal_l1(np.array([3.0, -4.0, 0.75, -1.0, 0.0]), 0.5, 2.0)
    assert_close(w, np.array([2.0, -3.0, 0.0, 0.0, 0.0]), name="w")


@pytest.mark.exercise("max_norm")
def test_max_norm_by_hand(student):
    # The norms are sqrt(9 + 16) = 5, too long by a factor 2.5; sqrt(1 + 0) = 1; and 0.
    w = student.max_norm(np.array([[3.0, -4.0], [1.0, 0.0], [0.0, 0.0]]), 2.0)
    assert_close(w, np.array([[1.2, -1.6], [1.0, 0.0], [0.0, 0.0]]), name="w")


@pytest.mark.exercise("max_norm")
def test_max_norm_of_a_filter(student):
    # Two filters of 1 channel and 2 x 2 pixels: the norms are sqrt(4 * 9) = 6, three times too long, and sqrt(4) = 2.
    w = student.max_norm(np.array([[[[3.0, 3.0], [3.0, -3.0]]], [[[1.0, 1.0], [1.0, 1.0]]]]), 2.0)
    assert_close(w, np.array([[[[1.0, 1.0], [1.0, -1.0]]], [[[1.0, 1.0], [1.0, 1.0]]]]), name="w")


@pytest.mark.exercise("dropout_forward")
def test_dropout_a_quarter(student):
    # Of 8s, a quarter is dropped; what stays is divided by 3/4 and becomes 32/3. The mean is 8 again.
    x = np.full((60, 80), 8.0)
    out, _ = student.dropout_forward(x, 0.25, np.random.default_rng(1))
    assert_close(out, x, atol=100.0, name="out")  # its shape
    assert_close(np.unique(out), np.array([0.0, 32 / 3]), name="the different values of out")
    # Of 4800 draws a quarter, give or take; a standard deviation is 0.00625.
    assert_close(float(np.mean(out == 0)), 0.25, rtol=0.0, atol=0.05, name="the share that was dropped")
    assert_close((out == 0).mean(axis=1), np.full(60, 0.25), rtol=0.0, atol=0.5, name="the share dropped in each row")


@pytest.mark.exercise("dropout_forward")
@pytest.mark.rests_on("test_dropout_a_quarter")
def test_dropout_draws_anew(student):
    # Of 80 units a quarter: that two rows, or two calls, lose the same ones is no accident.
    x = np.ones((3, 80))
    first, second = (student.dropout_forward(x, 0.25, np.random.default_rng(seed))[0] for seed in (1, 2))
    if (first[0] == first[1]).all():
        raise Mismatch("all rows lose the same units: draw a number for each entry of x")
    if (first == second).all():
        raise Mismatch("two generators drop the same units: draw from the rng that is given")


@pytest.mark.exercise("dropout_forward")
@pytest.mark.rests_on("test_dropout_a_quarter")
def test_dropout_in_evaluation(student):
    x = np.array([[1.0, -2.0, 3.0]])
    out, _ = student.dropout_forward(x, 0.75, np.random.default_rng(1), training=False)
    assert_close(out, x, name="out")


@pytest.mark.exercise("dropout_forward")
@pytest.mark.after("test_dropout_a_quarter")
def test_dropout_of_everything_is_silent(student):
    with no_warnings():
        out, _ = student.dropout_forward(np.array([[1.0, -2.0, 3.0]]), 1.0, np.random.default_rng(1))
    assert_close(out, np.zeros((1, 3)), name="out")


@pytest.mark.exercise("dropout_backward")
def test_dropout_backward_takes_the_same_mask(student):
    # Of 1s, out is 0 or 1 / (1 - 0.75) = 4. Where it is 0 the gradient is 0; where it is 4, 10 becomes 40.
    out, cache = student.dropout_forward(np.ones((5, 40)), 0.75, np.random.default_rng(1))
    assert_close(out, np.full((5, 40), 2.0), rtol=0.0, atol=2.0, name="out")
    assert_close(len(np.unique(out)), 2, name="the number of different values of out")
    assert_close(student.dropout_backward(np.full((5, 40), 10.0), cache), 10 * out, name="dx")


@pytest.mark.exercise("dropout_ensemble")
def test_ensemble_of_two_networks(student):
    # One input, 2, dropped with probability 1/4. With it the scores are (0, 2 ln 3), and the probabilities 1 : 9; without
    # it 1 : 1. The bias (0, ln 5) makes five times as much of both ratios: 1 : 45 and 1 : 5. Their weighted geometric mean
    # is 45^(3/4) * 5^(1/4) = 5 * 3 sqrt(3).
    q = student.dropout_ensemble(np.array([[2.0]]), np.array([[0.0], [LN3]]), np.array([0.0, np.log(5.0)]), 0.25)
    ratio = 15 * np.sqrt(3.0)
    assert_close(q, np.array([[1 / (1 + ratio), ratio / (1 + ratio)]]), name="q")


@pytest.mark.exercise("batchnorm_forward")
def test_batchnorm_by_hand(student):
    # The columns have the means 2 and 10 and the variances (1 + 1) / 2 = 1 and (25 + 25) / 2 = 25, eps = 0 aside.
    # xhat is -1 and 1 in each; out = 2 xhat + 1 in the first column, 3 xhat in the second.
    x = np.array([[1.0, 15.0], [3.0, 5.0]])
    out, *_ = student.batchnorm_forward(
        x, np.array([2.0, 3.0]), np.array([1.0, 0.0]), np.zeros(2), np.ones(2), True, eps=0.0
    )
    assert_close(out, np.array([[-1.0, 3.0], [3.0, -3.0]]), name="out")


@pytest.mark.exercise("batchnorm_forward")
def test_batchnorm_of_images_by_hand(student):
    # Three images, two channels, a row of four pixels. Over all images and pixels the channels have the means 2 and 10 and the
    # variances 1 and 25, as above.
    x = np.array([[[[1.0, 3.0, 3.0, 1.0]], [[15.0, 5.0, 5.0, 15.0]]]] * 3)
    out, *_ = student.batchnorm_forward(
        x, np.array([2.0, 3.0]), np.array([1.0, 0.0]), np.zeros(2), np.ones(2), True, eps=0.0
    )
    assert_close(out, np.array([[[[-1.0, 3.0, 3.0, -1.0]], [[3.0, -3.0, -3.0, 3.0]]]] * 3), name="out")


@pytest.mark.exercise("batchnorm_forward")
def test_batchnorm_running_averages_by_hand(student):
    # Mean 0.75 * 4 + 0.25 * 2 = 3.5. The unbiased variance is (1 + 1) / (2 - 1) = 2: 0.75 * 10 + 0.25 * 2 = 8.
    _, mean, var, _ = student.batchnorm_forward(
        np.array([[1.0], [3.0]]), np.ones(1), np.zeros(1), np.array([4.0]), np.array([10.0]), True, momentum=0.25
    )
    assert_close(mean, np.array([3.5]), name="running_mean")
    assert_close(var, np.array([8.0]), name="running_var")


@pytest.mark.exercise("batchnorm_forward")
def test_batchnorm_in_evaluation_by_hand(student):
    # (1 - 4) / sqrt(9) = -1 and (10 - 4) / 3 = 2, times 2, plus 1: the other row does not matter. Nothing is averaged.
    out, mean, var, _ = student.batchnorm_forward(
        np.array([[1.0], [10.0]]), np.array([2.0]), np.ones(1), np.array([4.0]), np.array([8.0]), False, eps=1.0
    )
    assert_close(out, np.array([[-1.0], [5.0]]), name="out")
    assert_close([mean, var], [np.array([4.0]), np.array([8.0])], name="[running_mean, running_var]")


@pytest.mark.exercise("batchnorm_forward")
@pytest.mark.after("test_batchnorm_by_hand")
def test_batchnorm_needs_more_than_one_row(student):
    one = np.ones(3)
    assert_refuses(student.batchnorm_forward, "x", np.ones((1, 3)), one, one, one, one, True)


@pytest.mark.exercise("batchnorm_backward")
def test_batchnorm_backward_by_hand(student):
    # The mean of 0, 0, 3, 3, 0, 0 is 1 and their variance (4 * 1 + 2 * 4) / 6 = 2; with eps = 2 the std is 2, and
    # xhat = -1/2 four times, 1 twice. dout adds up to 6, its mean is 1. dout * xhat = -3 in all: the mean is -1/2.
    # dx = 4 / 2 * (dout - 1 + xhat / 2).
    x = np.array([[0.0], [0.0], [3.0], [3.0], [0.0], [0.0]])
    dout = np.array([[6.0], [0.0], [0.0], [0.0], [0.0], [0.0]])
    *_, cache = student.batchnorm_forward(x, np.array([4.0]), np.zeros(1), np.zeros(1), np.ones(1), True, eps=2.0)
    dx, dgamma, dbeta = student.batchnorm_backward(dout, cache)
    assert_close(dx, np.array([[9.5], [-2.5], [-1.0], [-1.0], [-2.5], [-2.5]]), name="dx")
    assert_close([dgamma, dbeta], [np.array([-3.0]), np.array([6.0])], name="[dgamma, dbeta]")


@pytest.mark.exercise("batchnorm_backward")
def test_batchnorm_backward_in_evaluation_by_hand(student):
    # The mean 1 and the std sqrt(3 + 1) = 2 are constants: dx = 4 / 2 * dout; xhat = 0 and 2.
    x, dout = np.array([[1.0], [5.0]]), np.array([[3.0], [7.0]])
    *_, cache = student.batchnorm_forward(x, np.array([4.0]), np.zeros(1), np.ones(1), np.array([3.0]), False, eps=1.0)
    dx, dgamma, dbeta = student.batchnorm_backward(dout, cache)
    assert_close(dx, np.array([[6.0], [14.0]]), name="dx")
    assert_close([dgamma, dbeta], [np.array([14.0]), np.array([10.0])], name="[dgamma, dbeta]")


@pytest.mark.exercise("layernorm_forward")
def test_layernorm_by_hand(student):
    # The rows have the means 2 and 10 and the variances 1 and 25: xhat is (-1, 1) and (1, -1). gamma and beta go by column.
    x = np.array([[1.0, 3.0], [15.0, 5.0]])
    out, _ = student.layernorm_forward(x, np.array([2.0, 3.0]), np.array([1.0, 0.0]), eps=0.0)
    assert_close(out, np.array([[-1.0, 3.0], [3.0, -3.0]]), name="out")


# One sequence of three steps. Each step is normalised by itself: (-1, 1), (1, -1) and (-1, 1).
STEPS = np.array([[[1.0, 3.0], [15.0, 5.0], [4.0, 8.0]]])


@pytest.mark.exercise("layernorm_forward")
def test_layernorm_of_a_sequence_by_hand(student):
    out, _ = student.layernorm_forward(STEPS, np.array([2.0, 3.0]), np.array([1.0, 0.0]), eps=0.0)
    assert_close(out, np.array([[[-1.0, 3.0], [3.0, -3.0], [-1.0, 3.0]]]), name="out")


@pytest.mark.exercise("layernorm_forward")
def test_layernorm_eps_by_hand(student):
    # The first row has the variance 4, and sqrt(4 + 12) = 4: xhat is -2 / 4 and 2 / 4. The second has no variance: 0 / sqrt(12).
    out, _ = student.layernorm_forward(np.array([[1.0, 5.0], [7.0, 7.0]]), np.ones(2), np.zeros(2), eps=12.0)
    assert_close(out, np.array([[-0.5, 0.5], [0.0, 0.0]]), name="out")


@pytest.mark.exercise("layernorm_forward")
@pytest.mark.after("test_layernorm_by_hand")
def test_layernorm_leaves_x_alone(student):
    assert_inputs_unchanged(student.layernorm_forward, np.array([[1.0, 3.0]]), np.ones(2), np.zeros(2))


@pytest.mark.exercise("layernorm_backward")
def test_layernorm_backward_by_hand(student):
    # As for batchnorm above, in a row: xhat = -1/2 four times, 1 twice, std 2. dout * gamma adds up to 12, its mean is 2;
    # times xhat it is -6 in all, the mean is -1. dx = (dout * gamma - 2 + xhat) / 2.
    x = np.array([[0.0, 0.0, 3.0, 3.0, 0.0, 0.0]])
    gamma, dout = np.array([2.0, 1.0, 1.0, 1.0, 1.0, 1.0]), np.array([[6.0, 0.0, 0.0, 0.0, 0.0, 0.0]])
    _, cache = student.layernorm_forward(x, gamma, np.zeros(6), eps=2.0)
    dx, dgamma, dbeta = student.layernorm_backward(dout, cache)
    assert_close(dx, np.array([[4.75, -1.25, -0.5, -0.5, -1.25, -1.25]]), name="dx")
    assert_close(dgamma, np.array([-3.0, 0.0, 0.0, 0.0, 0.0, 0.0]), name="dgamma")
    assert_close(dbeta, np.array([6.0, 0.0, 0.0, 0.0, 0.0, 0.0]), name="dbeta")


@pytest.mark.exercise("layernorm_backward")
def test_layernorm_backward_of_a_sequence_by_hand(student):
    # xhat is (-1, 1), (1, -1), (-1, 1). dgamma: -1 + 10 - 100 and 2 - 20 + 200; dbeta: 1 + 10 + 100 and 2 + 20 + 200. Of two
    # numbers only which is larger shows in xhat, so moving one a little changes nothing: dx is 0.
    _, cache = student.layernorm_forward(STEPS, np.ones(2), np.zeros(2), eps=0.0)
    dx, dgamma, dbeta = student.layernorm_backward(np.array([[[1.0, 2.0], [10.0, 20.0], [100.0, 200.0]]]), cache)
    assert_close([dgamma, dbeta], [np.array([-91.0, 182.0]), np.array([111.0, 222.0])], name="[dgamma, dbeta]")
    assert_close(dx, np.zeros((1, 3, 2)), atol=1e-10, name="dx")


@pytest.mark.exercise("EarlyStopping")
def test_early_stopping_by_hand(student):
    # 3, then 2, which is better; 2 again, 4 and 2.5 are not: the third of them is the end. The best was number 1.
    stopper = student.EarlyStopping(3)
    told = [stopper.update(loss, [np.full(2, loss)]) for loss in (3.0, 2.0, 2.0, 4.0, 2.5)]
    assert_close(told, [False, False, False, False, True], name="what update returned")
    assert_close([stopper.best_loss, stopper.best_epoch], [2.0, 1], name="[best_loss, best_epoch]")
    assert_close(stopper.best_params, [np.full(2, 2.0)], name="best_params")


@pytest.mark.exercise("EarlyStopping")
def test_early_stopping_min_delta_by_hand(student):
    # To count, a loss must be below 10 - 1 = 9: 9.5 is not, nor is 9. 8.75 is; from then on it must be below 7.75.
    stopper = student.EarlyStopping(3, min_delta=1.0)
    told = [stopper.update(loss, [np.zeros(1)]) for loss in (10.0, 9.5, 9.0, 8.75, 8.0, 7.75, 7.8)]
    assert_close(told, [False] * 6 + [True], name="what update returned")
    assert_close([stopper.best_loss, stopper.best_epoch], [8.75, 3], name="[best_loss, best_epoch]")


@pytest.mark.exercise("EarlyStopping")
def test_early_stopping_takes_no_nan(student):
    # NaN is not better than 3, and 4 is not; the second of them is the end.
    stopper = student.EarlyStopping(2)
    told = [stopper.update(loss, [np.zeros(1)]) for loss in (3.0, np.nan, 4.0)]
    assert_close(told, [False, False, True], name="what update returned")
    assert_close([stopper.best_loss, stopper.best_epoch], [3.0, 0], name="[best_loss, best_epoch]")


@pytest.mark.exercise("EarlyStopping")
def test_early_stopping_keeps_copies(student):
    # follow adds 1 to the array after each update: it is 0, 1, 2, 3 when the losses come. The best loss is the second.
    stop, best_params = student.follow(student.EarlyStopping(2), [5.0, 4.0, 4.5, 4.2], [np.zeros(3)])
    assert_close([stop, best_params], [3, [np.ones(3)]], name="[stop, best_params]")
