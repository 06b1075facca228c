"""Public tests: small numbers that can be followed with pencil and paper."""

import numpy as np
import pytest

from autograder import assert_close, assert_inputs_unchanged, assert_refuses, inout


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


@pytest.mark.exercise("minibatches")
def test_minibatches_another_order_each_epoch(student, rng):
    # Of 20 rows there are more orders than grains of sand: that two epochs agree, or one is sorted, is no accident.
    X = np.arange(20.0)
    orders = []
    for _ in range(2):
        batches = student.minibatches(X, X, 5, rng)
        assert_close(batches, [(np.zeros(5), np.zeros(5))] * 4, atol=np.inf, name="batches")  # the shapes alone
        orders.append(np.concatenate([X_batch for X_batch, _ in batches]).tolist())
        assert_close(sorted(orders[-1]), X.tolist(), name="all rows, sorted")
    assert orders[0] != X.tolist(), "the rows come in the order in which they were given: shuffle them"
    assert orders[0] != orders[1], "the second epoch has the order of the first: draw from the rng that is given"
    neighbours = sum(after == before + 1 for before, after in zip(orders[0], orders[0][1:], strict=False))
    assert neighbours < 12, "most rows come right after the one before them: shuffle the rows, then cut"


@pytest.mark.exercise("minibatches")
@pytest.mark.after("test_minibatches_five_rows_by_two")
def test_minibatches_leave_the_rows_where_they_are(student, rng):
    X, y = np.arange(6.0), np.arange(6.0)
    assert_inputs_unchanged(lambda X, y: student.minibatches(X, y, 2, rng), X, y)


@pytest.mark.weight(2)
@pytest.mark.exercise("SGD")
def test_sgd_plain_by_hand(student):
    # Against the gradient: 1 - 0.1 * 4 = 0.6 and -2 + 0.1 * 5 = -1.5, then 0.6 - 0.1 * 2 and -1.5 - 0.1 * 10.
    after = two_steps(student.SGD(0.1), np.array([1.0, -2.0]), [4.0, -5.0], [2.0, 10.0])
    assert_close(after, [np.array([0.6, -1.5]), np.array([0.4, -2.5])], name="w")


@pytest.mark.exercise("SGD")
def test_sgd_momentum_by_hand(student):
    # b = 4, so w = 1 - 0.1 * 4. Then b = 0.5 * 4 + 2 = 4 again, so w = 0.6 - 0.1 * 4.
    after = two_steps(student.SGD(0.1, momentum=0.5), np.array([1.0]), [4.0], [2.0])
    assert_close(after, [np.array([0.6]), np.array([0.2])], name="w")


@pytest.mark.weight(0.5)
@pytest.mark.exercise("SGD")
def test_sgd_nesterov_by_hand(student):
    # b = 4 and then 0.5 * 4 + 2 = 4, but the steps are 4 + 0.5 * 4 = 6 and 2 + 0.5 * 4 = 4, each times 0.1.
    after = two_steps(student.SGD(0.1, momentum=0.5, nesterov=True), np.array([1.0]), [4.0], [2.0])
    assert_close(after, [np.array([0.4]), np.array([0.0])], atol=1e-12, name="w")


@pytest.mark.weight(0.5)
@pytest.mark.exercise("SGD")
def test_sgd_weight_decay_by_hand(student):
    # The gradients become 1 + 0.5 * 2 = 2 and 1 + 0.5 * (-4) = -1.
    w = np.array([2.0, -4.0])
    student.SGD(0.1, weight_decay=0.5).step(inout([w]), [np.array([1.0, 1.0])])
    assert_close(w, np.array([1.8, -3.9]), name="w")


@pytest.mark.exercise("SGD")
@pytest.mark.after("test_sgd_plain_by_hand")
def test_sgd_leaves_the_gradients_as_they_were(student):
    grad = np.array([1.0, 1.0])
    student.SGD(0.1, weight_decay=0.5).step(inout([np.array([2.0, -4.0])]), inout([grad]))
    assert_close(grad, np.array([1.0, 1.0]), name="the gradient after the step")


@pytest.mark.exercise("SGD")
@pytest.mark.after("test_sgd_momentum_by_hand")
def test_sgd_keeps_its_momentum_to_itself(student):
    # As for momentum above, but another optimizer makes a step in between.
    sgd, other, w = student.SGD(0.1, momentum=0.5), student.SGD(0.1, momentum=0.5), np.array([1.0])
    sgd.step(inout([w]), [np.array([4.0])])
    other.step(inout([np.array([1.0])]), [np.array([100.0])])
    sgd.step(inout([w]), [np.array([2.0])])
    assert_close(w, np.array([0.2]), name="w")


@pytest.mark.weight(0.5)
@pytest.mark.exercise("SGD")
def test_sgd_weight_decay_goes_through_the_buffer(student):
    # g = 1 + 0.5 * 2 = 2 = b, so w = 2 - 0.5 * 2 = 1. Then g = 1 + 0.5 * 1 = 1.5 and b = 0.5 * 2 + 1.5 = 2.5.
    after = two_steps(student.SGD(0.5, momentum=0.5, weight_decay=0.5), np.array([2.0]), [1.0], [1.0])
    assert_close(after, [np.array([1.0]), np.array([-0.25])], name="w")


@pytest.mark.exercise("SGD")
@pytest.mark.after("test_sgd_plain_by_hand")
def test_sgd_refuses_a_negative_rate(student):
    assert_refuses(student.SGD, "lr", -0.1)


@pytest.mark.exercise("Adagrad")
def test_adagrad_by_hand(student):
    # total = 9, so the step is 0.6 * 3 / (3 + 1). Then total = 9 + 16 = 25, and the step is 0.6 * 4 / (5 + 1).
    # The second entry has a total of its own: 1, a step of 0.6 * 1 / (1 + 1); then still 1, and no step.
    after = two_steps(student.Adagrad(0.6, eps=1.0), np.array([1.0, 1.0]), [3.0, 1.0], [4.0, 0.0])
    assert_close(after, [np.array([0.55, 0.7]), np.array([0.15, 0.7])], name="w")


@pytest.mark.exercise("Adagrad")
def test_adagrad_each_parameter_has_totals_of_its_own(student):
    # As alone: 0.6 * 3 / (3 + 1) for the one, 0.6 * 1 / (1 + 1) for the other.
    params = [np.array([1.0]), np.array([1.0])]
    student.Adagrad(0.6, eps=1.0).step(inout(params), [np.array([3.0]), np.array([1.0])])
    assert_close(params, [np.array([0.55]), np.array([0.7])], name="params")


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


@pytest.mark.exercise("Adam")
def test_adam_counts_steps_not_parameters(student):
    # The same step for both: t is 1 in the first step, however many parameters there are.
    params = [np.array([10.0]), np.array([[10.0]])]
    student.Adam(0.9, betas=(0.5, 0.5), eps=1.0).step(inout(params), [np.array([2.0]), np.array([[2.0]])])
    assert_close(params, [np.array([9.4]), np.array([[9.4]])], name="params")


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


@pytest.mark.exercise("lbfgs_direction")
def test_lbfgs_direction_two_pairs_by_hand(student):
    # s . y = 2 for the old pair, 4 for the new one, whose y . y = 16: gamma = 1/4.
    # Down, the new pair first: a = 8 / 4 = 2, q = (2, 8) - 2 (0, 4) = (2, 0); then a = 2 / 2 = 1, q = (2, 0) - (2, 1).
    # r = (0, -1) / 4. Up, the old pair first: b = -1/4 / 2, r = (0, -1/4) + (1 + 1/8) (1, 0) = (9/8, -1/4);
    # then b = -1 / 4, r = (9/8, -1/4) + (2 + 1/4) (0, 1) = (9/8, 2).
    s_history, y_history = [np.array([1.0, 0.0]), np.array([0.0, 1.0])], [np.array([2.0, 1.0]), np.array([0.0, 4.0])]
    direction = student.lbfgs_direction(np.array([2.0, 8.0]), s_history, y_history)
    assert_close(direction, np.array([-9 / 8, -2.0]), name="direction")


@pytest.mark.exercise("lbfgs_direction")
@pytest.mark.after("test_lbfgs_direction_by_hand")
def test_lbfgs_direction_leaves_the_gradient(student):
    s, y = np.array([1.0, 0.0]), np.array([2.0, 0.0])
    assert_inputs_unchanged(student.lbfgs_direction, np.array([1.0, 3.0]), [s], [y])


@pytest.mark.exercise("lbfgs_minimize")
def test_lbfgs_minimize_parabola_by_hand(student):
    # f = 1.5 x^2 from x = 1, where f = 1.5 and the slope is 3. d = -3: t = 1 leads to -2, f = 6; t = 1/2 to -1/2, f =
    # 0.375. Learnt: s = -1.5 changed the slope by y = -4.5. So gamma = 1/3, d = 1.5 / 3, and x = -1/2 + 1/2.
    x, losses = student.lbfgs_minimize(lambda x: float(1.5 * x[0] ** 2), lambda x: 3 * x, np.array([1.0]))
    assert_close(x, np.array([0.0]), atol=1e-12, name="x")
    assert_close(losses, [1.5, 0.375, 0.0], atol=1e-12, name="losses")


@pytest.mark.exercise("lbfgs_minimize")
def test_lbfgs_minimize_as_low_is_not_lower(student):
    # f = 3 x^2 - x^3 + x from x = 1, where f = 3 and the slope is 6 - 3 + 1 = 4. t = 1 leads to -3, f = 51; t = 1/2 to -1,
    # f = 3 + 1 - 1 = 3, no lower than before; t = 1/4 to 0.
    _, losses = student.lbfgs_minimize(
        lambda x: float(3 * x[0] ** 2 - x[0] ** 3 + x[0]), lambda x: 6 * x - 3 * x**2 + 1, np.array([1.0])
    )
    assert_close(list(losses)[:2], [3.0, 0.0], atol=1e-12, name="the first two losses")


@pytest.mark.exercise("lbfgs_minimize")
@pytest.mark.after("test_lbfgs_minimize_parabola_by_hand")
def test_lbfgs_minimize_leaves_x0(student):
    assert_inputs_unchanged(
        lambda x0: student.lbfgs_minimize(lambda x: float(1.5 * x[0] ** 2), lambda x: 3 * x, x0), np.array([1.0])
    )
