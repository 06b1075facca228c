"""Public tests: one or two units, one or two steps, numbers that can be followed with pencil and paper.

The gates are chosen to come out even: the sigmoid of 0 is 1/2, that of ln 3 is 3/4 and that of -ln 3 is 1/4, with the
slopes s (1 - s) = 1/4, 3/16 and 3/16; tanh(ln 2) = 0.6 and tanh(ln 3) = 0.8, with the slopes 0.64 and 0.36.
"""

import numpy as np
import pytest

from autograder import assert_close, assert_inputs_unchanged, assert_refuses, no_warnings

LN2, LN3 = np.log(2.0), np.log(3.0)

# One unit, one input, x = 2 and h = -1.
# r: 2 * 1 + 0 from x, -1 * 2 + 0 from h, together 0, so r = 1/2.
# z: 2 * 2 + 1 from x, -1 * 5 - ln 3 from h, together -ln 3, so z = 1/4.
# n: 2 * 3 + ln 2 - 9 = ln 2 - 3 from x, -1 * 2 + 8 = 6 from h, of which r lets 3 through: tanh(ln 2) = 0.6.
X, H = np.array([[2.0]]), np.array([[-1.0]])
W_IH, W_HH = np.array([[1.0], [2.0], [3.0]]), np.array([[2.0], [5.0], [2.0]])
WEIGHTS = W_IH, W_HH, np.array([0.0, 1.0, LN2 - 9]), np.array([0.0, -LN3, 8.0])

# Three sequences, two units. What comes from x and what comes from h, sum by sum (r, r, z, z, n, n):
#   x = 0, h = (0, 0):  1, 1,  1, 1,  ln 2 - 1, -3   and  -1, ln 3 - 1,  -ln 3 - 1, -1,  2, 4
#   x = 1, h = (0, 1):  2, 3,  4, 5,  ln 2 + 4, 3    and  -2, -3,  -4, -5,  -8, -6 - 2 ln 3
#   x = 0, h = (1, 0):  as the first                 and  ln 3 - 1, -1,  -1, -ln 3 - 1,  4/3, 6 + 2 ln 3
X3, H3 = np.array([[0.0], [1.0], [0.0]]), np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
W_IH3, B_IH3 = np.arange(1.0, 7)[:, None], np.array([1, 1, 1, 1, LN2 - 1, -3])
FROM_H = np.array([
    [-1, LN3 - 1, -LN3 - 1, -1, 2, 4],
    [-2, -3, -4, -5, -8, -6 - 2 * LN3],
    [LN3 - 1, -1, -1, -LN3 - 1, 4 / 3, 6 + 2 * LN3],
])  # fmt: skip
W_HH3 = np.stack([FROM_H[2] - FROM_H[0], FROM_H[1] - FROM_H[0]], axis=1)
WEIGHTS3 = W_IH3, W_HH3, B_IH3, FROM_H[0]


def sequence(*values):
    """One sequence of single numbers, (1, T, 1)."""
    return np.array(values, dtype=float)[None, :, None]


@pytest.mark.exercise("gru_gates")
def test_gates_by_hand(student):
    r, z, n = student.gru_gates(X, H, *WEIGHTS)
    assert_close([r, z], [np.array([[0.5]]), np.array([[0.25]])], name="(r, z)")
    assert_close(n, np.array([[0.6]]), name="n")


@pytest.mark.exercise("gru_gates")
def test_gates_of_two_units_by_hand(student):
    r, z, n = student.gru_gates(X3, H3, *WEIGHTS3)
    assert_close(r, np.array([[1 / 2, 3 / 4], [1 / 2, 1 / 2], [3 / 4, 1 / 2]]), name="r")
    assert_close(z, np.array([[1 / 4, 1 / 2], [1 / 2, 1 / 2], [1 / 2, 1 / 4]]), name="z")
    # ln 2 - 1 + 2 / 2 and -3 + 4 * 3/4; ln 2 + 4 - 8 / 2 and 3 - 3 - ln 3; ln 2 - 1 + 1 and -3 + 3 + ln 3
    assert_close(n, np.array([[0.6, 0], [0.6, -0.8], [0.6, 0.8]]), name="n")


@pytest.mark.exercise("gru_gates")
@pytest.mark.after("test_gates_by_hand")
def test_gates_far_out_without_a_warning(student):
    # exp(1000) is more than a float can hold.
    with no_warnings():
        gates = student.gru_gates(
            np.array([[-1000.0]]), np.zeros((1, 1)), np.ones((3, 1)), W_HH, np.zeros(3), np.zeros(3)
        )
    assert_close(gates, [np.array([[each]]) for each in (0.0, 0.0, -1.0)], atol=1e-12, name="(r, z, n)")


@pytest.mark.exercise("gru_gates")
@pytest.mark.after("test_gates_of_two_units_by_hand")
def test_one_state_for_three_sequences_is_refused(student):
    assert_refuses(student.gru_gates, "h", X3, H3[:1], *WEIGHTS3)


@pytest.mark.exercise("gru_step_forward")
def test_step_by_hand(student):
    # Three quarters of the candidate and one quarter of the old state: 3/4 * 0.6 + 1/4 * (-1) = 0.45 - 0.25.
    h_next, _ = student.gru_step_forward(X, H, *WEIGHTS)
    assert_close(h_next, np.array([[0.2]]), name="h_next")


@pytest.mark.exercise("gru_step_forward")
def test_three_sequences_by_hand(student):
    # 3/4 * 0.6 and 0; 0.6 / 2 and -0.8 / 2 + 1 / 2; 0.6 / 2 + 1 / 2 and 3/4 * 0.8
    h_next, _ = student.gru_step_forward(X3, H3, *WEIGHTS3)
    assert_close(h_next, np.array([[0.45, 0], [0.3, 0.1], [0.8, 0.6]]), name="h_next")


@pytest.mark.exercise("gru_step_backward")
def test_step_backward_by_hand(student):
    # dn = 100 * 3/4 = 75, at the sum inside the tanh 75 * 0.64 = 48.
    # dz = 100 * (-1 - 0.6) = -160, at the sum inside the sigmoid -160 * 3/16 = -30.
    # dr = 48 * 6, as r multiplied 6, at the sum inside the sigmoid 288 * 1/4 = 72. The 6 itself gets 48 * 1/2 = 24.
    _, cache = student.gru_step_forward(X, H, *WEIGHTS)
    dx, dh, dw_ih, dw_hh, db_ih, db_hh = student.gru_step_backward(np.array([[100.0]]), cache)
    from_x, from_h = np.array([72.0, -30.0, 48.0]), np.array([72.0, -30.0, 24.0])
    assert_close([db_ih, db_hh], [from_x, from_h], name="(db_ih, db_hh)")
    assert_close(dx, np.array([[156.0]]), name="dx")  # 72 * 1 - 30 * 2 + 48 * 3
    assert_close(dh, np.array([[67.0]]), name="dh")  # 100 * 1/4 + 72 * 2 - 30 * 5 + 24 * 2
    assert_close([dw_ih, dw_hh], [2 * from_x[:, None], -from_h[:, None]], name="(dw_ih, dw_hh)")  # times x and times h


@pytest.mark.exercise("gru_step_backward")
def test_three_sequences_back_by_hand(student):
    # First unit of the first sequence: the candidate's sum gets 75 * 0.64 = 48, the update gate's
    # 100 * (0 - 0.6) * 3/16 = -11.25, the reset gate's 48 * 2 * 1/4 = 24, the 2 itself 48 * 1/2 = 24.
    # Second unit of the second: 5 * 0.36 = 1.8, 10 * (1 + 0.8) / 4 = 4.5, 1.8 * (-6 - 2 ln 3) / 4, 0.9.
    # Second unit of the third: 75 * 0.36 = 27, 100 * (0 - 0.8) * 3/16 = -15, 27 * (6 + 2 ln 3) / 4, 13.5.
    _, cache = student.gru_step_forward(X3, H3, *WEIGHTS3)
    dh_next = np.array([[100.0, 0], [0, 10], [0, 100]])
    dx, dh, dw_ih, dw_hh, db_ih, db_hh = student.gru_step_backward(dh_next, cache)
    from_x = np.array([
        [24, 0, -11.25, 0, 48, 0],
        [0, 0.45 * (-6 - 2 * LN3), 0, 4.5, 0, 1.8],
        [0, 6.75 * (6 + 2 * LN3), 0, -15, 0, 27],
    ])  # fmt: skip
    from_h = np.hstack([from_x[:, :4], np.array([[24, 0], [0, 0.9], [0, 13.5]])])
    assert_close(dx, from_x @ W_IH3, name="dx")
    # Directly 100 * 1/4, 10 * 1/2 and 100 * 1/4, the rest by W_hh.
    assert_close(dh, np.array([[25.0, 0], [0, 5], [0, 25]]) + from_h @ W_HH3, name="dh")
    # Only the second sequence has an x. The third has the first h, the second has the second.
    dw = [from_x[1][:, None], np.stack([from_h[2], from_h[1]], axis=1)]
    assert_close([dw_ih, dw_hh], dw, name="(dw_ih, dw_hh)")
    assert_close([db_ih, db_hh], [from_x.sum(axis=0), from_h.sum(axis=0)], name="(db_ih, db_hh)")


# Two steps: r = z = 1/2 throughout, n = tanh(x + 1/2 * (2 h + 2)) = tanh(x + h + 1).
EVEN = np.array([[0.0], [0], [1]]), np.array([[0.0], [0], [2]]), np.zeros(3), np.array([0.0, 0, 2])
X1, X2 = LN2 - 1.4, -LN3 - 1.5
TWO_STEPS = sequence(X1, X2), np.array([[0.4]])
# Beside it two sequences at rest: tanh(-1 + 0 + 1) = 0.
THREE_SEQUENCES = np.array([[X1, X2], [-1, -1], [-1, -1]])[:, :, None], np.array([[0.4], [0], [0]])


@pytest.mark.exercise("gru_forward")
def test_two_steps_by_hand(student):
    # n = tanh(ln 2 - 1.4 + 0.4 + 1) = 0.6 and h = (0.6 + 0.4) / 2 = 0.5.
    # n = tanh(-ln 3 - 1.5 + 0.5 + 1) = -0.8 and h = (-0.8 + 0.5) / 2 = -0.15.
    hs, _ = student.gru_forward(*TWO_STEPS, *EVEN)
    assert_close(hs, sequence(0.5, -0.15), name="hs")


@pytest.mark.exercise("gru_forward")
def test_three_sequences_of_two_steps_by_hand(student):
    hs, _ = student.gru_forward(*THREE_SEQUENCES, *EVEN)
    assert_close(hs, np.array([[0.5, -0.15], [0, 0], [0, 0]])[:, :, None], name="hs")


@pytest.mark.exercise("gru_forward")
@pytest.mark.after("test_three_sequences_of_two_steps_by_hand")
def test_one_start_for_three_sequences_is_refused(student):
    x, h0 = THREE_SEQUENCES
    assert_refuses(student.gru_forward, "h0", x, h0[:1], *EVEN)


@pytest.mark.exercise("gru_backward")
def test_two_steps_back_by_hand(student):
    # Step 2, h_2 gets 100: candidate 50 * 0.36 = 18; update gate 100 * (0.5 + 0.8) / 4 = 32.5; reset gate, which
    # multiplied 2 * 0.5 + 2 = 3, 18 * 3 / 4 = 13.5. Back to h_1: 100 / 2 directly, 18 * 1/2 * 2 = 18 by the candidate.
    # Step 1, h_1 gets 32 + 68 = 100: candidate 50 * 0.64 = 32; update gate 100 * (0.4 - 0.6) / 4 = -5; reset gate,
    # which multiplied 2 * 0.4 + 2 = 2.8, 32 * 2.8 / 4 = 22.4. Back to h_0: 50 + 32 = 82.
    _, cache = student.gru_forward(*TWO_STEPS, *EVEN)
    dx, dh0, dw_ih, dw_hh, db_ih, db_hh = student.gru_backward(sequence(32, 100), cache)
    x_1, x_2 = np.array([22.4, -5.0, 32.0]), np.array([13.5, 32.5, 18.0])
    h_1, h_2 = np.array([22.4, -5.0, 16.0]), np.array([13.5, 32.5, 9.0])  # r = 1/2 of what the candidate got
    assert_close(dx, sequence(32, 18), name="dx")
    assert_close(dh0, np.array([[82.0]]), name="dh0")
    assert_close(dw_ih, (X1 * x_1 + X2 * x_2)[:, None], name="dw_ih")  # each step's part times its x
    assert_close(dw_hh, (0.4 * h_1 + 0.5 * h_2)[:, None], name="dw_hh")  # and times the h before it
    assert_close([db_ih, db_hh], [x_1 + x_2, h_1 + h_2], name="(db_ih, db_hh)")


@pytest.mark.exercise("gru_backward")
def test_three_sequences_of_two_steps_back_by_hand(student):
    # The first as above. The second, h_2 gets 8: candidate 4, update gate 0, reset gate, which multiplied 2,
    # 4 * 2 / 4 = 2. Back to h_1: 4 directly, 4 by the candidate; so step 1 has the same to do. The third hears nothing.
    _, cache = student.gru_forward(*THREE_SEQUENCES, *EVEN)
    dhs = np.array([[32.0, 100], [0, 8], [0, 0]])[:, :, None]
    dx, dh0, dw_ih, dw_hh, db_ih, db_hh = student.gru_backward(dhs, cache)
    x_1, x_2, x_rest = np.array([22.4, -5.0, 32.0]), np.array([13.5, 32.5, 18.0]), np.array([2.0, 0, 4])
    h_1, h_2, h_rest = np.array([22.4, -5.0, 16.0]), np.array([13.5, 32.5, 9.0]), np.array([2.0, 0, 2])
    assert_close(dx, np.array([[32.0, 18], [4, 4], [0, 0]])[:, :, None], name="dx")
    assert_close(dh0, np.array([[82.0], [8], [0]]), name="dh0")
    assert_close(dw_ih, (X1 * x_1 + X2 * x_2 - 2 * x_rest)[:, None], name="dw_ih")
    assert_close(dw_hh, (0.4 * h_1 + 0.5 * h_2)[:, None], name="dw_hh")  # at rest h is 0
    assert_close([db_ih, db_hh], [x_1 + x_2 + 2 * x_rest, h_1 + h_2 + 2 * h_rest], name="(db_ih, db_hh)")


@pytest.mark.exercise("gru_backward")
@pytest.mark.after("test_two_steps_back_by_hand")
def test_the_gradients_from_above_stay_as_they_were(student):
    _, cache = student.gru_forward(*TWO_STEPS, *EVEN)
    assert_inputs_unchanged(student.gru_backward, sequence(32, 100), cache)
