"""Public tests: small numbers that can be followed with pencil and paper."""

import numpy as np
import pytest

from autograder import assert_close, inout


def two_steps(optimizer, w, first, second):
    """The parameter after one step and after two; it must be moved in place."""
    after = []
    for grad in (first, second):
        optimizer.step(inout([w]), [np.array(grad)])
        after.append(w.copy())
    return after


@pytest.mark.exercise("minibatches")
def test_minibatches_five_rows_by_two(student, rng):
    # 5 rows in twos: 2 + 2 + 1. Each target is 10 times its row, wherever the shuffling has put it.
    X, y = np.array([[1.0], [2.0], [3.0], [4.0], [5.0]]), np.array([10.0, 20.0, 30.0, 40.0, 50.0])
    batches = student.minibatches(X, y, 2, rng)
    like = [(np.zeros((n, 1)), np.zeros(n)) for n in (2, 2, 1)]
    assert_close(batches, like, atol=np.inf, name="batches")  # the shapes alone: any number is within infinity
    for X_batch, y_batch in batches:
        assert_close(y_batch, 10 * X_batch[:, 0], name="y_batch")
    assert_close(np.sort(np.concatenate([y_batch for _, y_batch in batches])), y, name="all targets, sorted")


@pytest.mark.exercise("SGD")
def test_sgd_momentum_by_hand(student):
    # b = 4, so w = 1 - 0.1 * 4. Then b = 0.5 * 4 + 2 = 4 again, so w = 0.6 - 0.1 * 4.
    after = two_steps(student.SGD(0.1, momentum=0.5), np.array([1.0]), [4.0], [2.0])
    assert_close(after, [np.array([0.6]), np.array([0.2])], name="w")


@pytest.mark.exercise("SGD")
def test_sgd_nesterov_by_hand(student):
    # b = 4 and then 0.5 * 4 + 2 = 4, but the steps are 4 + 0.5 * 4 = 6 and 2 + 0.5 * 4 = 4, each times 0.1.
    after = two_steps(student.SGD(0.1, momentum=0.5, nesterov=True), np.array([1.0]), [4.0], [2.0])
    assert_close(after, [np.array([0.4]), np.array([0.0])], atol=1e-12, name="w")


@pytest.mark.exercise("SGD")
def test_sgd_weight_decay_by_hand(student):
    # The gradients become 1 + 0.5 * 2 = 2 and 1 + 0.5 * (-4) = -1.
    w = np.array([2.0, -4.0])
    student.SGD(0.1, weight_decay=0.5).step(inout([w]), [np.array([1.0, 1.0])])
    assert_close(w, np.array([1.8, -3.9]), name="w")


@pytest.mark.exercise("Adagrad")
def test_adagrad_by_hand(student):
    # total = 9, so the step is 0.6 * 3 / (3 + 1). Then total = 9 + 16 = 25, and the step is 0.6 * 4 / (5 + 1).
    after = two_steps(student.Adagrad(0.6, eps=1.0), np.array([1.0]), [3.0], [4.0])
    assert_close(after, [np.array([0.55]), np.array([0.15])], name="w")


@pytest.mark.exercise("RMSprop")
def test_rmsprop_by_hand(student):
    # v = 0.25 * 16 = 4, so the step is 0.5 * 4 / (2 + 0.5). Then v = 0.75 * 4 + 0.25 * 4 = 4: 0.5 * (-2) / (2 + 0.5).
    after = two_steps(student.RMSprop(0.5, alpha=0.75, eps=0.5), np.array([1.0]), [4.0], [-2.0])
    assert_close(after, [np.array([0.2]), np.array([0.6])], name="w")


@pytest.mark.exercise("Adadelta")
def test_adadelta_by_hand(student):
    # v = 0.375 * 64 = 24, delta = sqrt(0 + 1) / sqrt(24 + 1) * 8 = 1.6, u = 0.375 * 1.6^2 = 0.96.
    # v = 0.625 * 24 + 0.375 * 1024 = 399, delta = sqrt(0.96 + 1) / sqrt(399 + 1) * (-32) = -2.24. w moves by half.
    after = two_steps(student.Adadelta(0.5, rho=0.625, eps=1.0), np.array([10.0]), [8.0], [-32.0])
    assert_close(after, [np.array([9.2]), np.array([10.32])], name="w")


@pytest.mark.exercise("Adam")
def test_adam_by_hand(student):
    # m = 1 and v = 2; divided by 1 - 0.5: m_hat = 2, v_hat = 4. The step is 0.9 * 2 / (2 + 1).
    # m = 0.5 - 1 and v = 1 + 2; divided by 1 - 0.25: m_hat = -2/3, v_hat = 4. The step is 0.9 * (-2/3) / (2 + 1).
    after = two_steps(student.Adam(0.9, betas=(0.5, 0.5), eps=1.0), np.array([10.0]), [2.0], [-2.0])
    assert_close(after, [np.array([9.4]), np.array([9.6])], name="w")


@pytest.mark.exercise("AdamW")
def test_adamw_by_hand(student):
    # Adam's steps as above, 0.6 and -0.2; besides, 0.9 * 0.1 of the weight goes: 0.09 * 10 = 0.9, 0.09 * 8.5 = 0.765.
    after = two_steps(student.AdamW(0.9, betas=(0.5, 0.5), eps=1.0, weight_decay=0.1), np.array([10.0]), [2.0], [-2.0])
    assert_close(after, [np.array([8.5]), np.array([7.935])], name="w")


@pytest.mark.exercise("lbfgs_direction")
def test_lbfgs_direction_by_hand(student):
    # s . y = 2, y . y = 4. Down: a = 1 * 1 / 2 = 0.5, q = (1, 3) - 0.5 * (2, 0) = (0, 3). gamma = 2 / 4: r = (0, 1.5).
    # Up: b = 0 / 2, r = (0, 1.5) + (0.5 - 0) * (1, 0). Along s, the slope 1 with curvature 2 calls for a step of -1/2.
    s, y = np.array([1.0, 0.0]), np.array([2.0, 0.0])
    assert_close(student.lbfgs_direction(np.array([1.0, 3.0]), [s], [y]), np.array([-0.5, -1.5]), name="direction")


@pytest.mark.exercise("lbfgs_minimize")
def test_lbfgs_minimize_parabola_by_hand(student):
    # f = 1.5 x^2 from x = 1, where f = 1.5 and the slope is 3. d = -3: t = 1 leads to -2, f = 6; t = 1/2 to -1/2, f =
    # 0.375. Learnt: s = -1.5 changed the slope by y = -4.5. So gamma = 1/3, d = 1.5 / 3, and x = -1/2 + 1/2.
    x, losses = student.lbfgs_minimize(lambda x: float(1.5 * x[0] ** 2), lambda x: 3 * x, np.array([1.0]))
    assert_close(x, np.array([0.0]), atol=1e-12, name="x")
    assert_close(losses, [1.5, 0.375, 0.0], atol=1e-12, name="losses")


@pytest.mark.exercise("lbfgs_minimize")
def test_lbfgs_minimize_as_low_is_not_lower(student):
    # f = 2 x^2 from x = 1, d = -4: t = 1 leads to -3, f = 18; t = 1/2 to -1, f = 2, no lower than before; t = 1/4 to 0.
    _, losses = student.lbfgs_minimize(lambda x: float(2 * x[0] ** 2), lambda x: 4 * x, np.array([1.0]))
    assert_close(losses, [2.0, 0.0], name="losses")
