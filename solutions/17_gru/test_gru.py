"""Public tests: one unit, one or two steps, numbers that can be followed with pencil and paper.

The gates are chosen to come out even: the sigmoid of 0 is 1/2, that of ln 3 is 3/4 and that of -ln 3 is 1/4, with the
slopes s (1 - s) = 1/4, 3/16 and 3/16; tanh(ln 2) = 0.6 and tanh(ln 3) = 0.8, with the slopes 0.64 and 0.36.
"""

import numpy as np
import pytest

from autograder import assert_close

LN2, LN3 = np.log(2.0), np.log(3.0)

# One unit, one input, x = 2 and h = -1.
# r: 2 * 1 + 0 from x, -1 * 2 + ln 3 from h, together ln 3, so r = 3/4.
# z: 2 * 2 + 1 from x, -1 * 5 - ln 3 from h, together -ln 3, so z = 1/4.
# n: 2 * 3 + ln 2 - 9 = ln 2 - 3 from x, -1 * 2 + 6 = 4 from h, of which r lets 3 through: tanh(ln 2) = 0.6.
X, H = np.array([[2.0]]), np.array([[-1.0]])
W_IH, W_HH = np.array([[1.0], [2.0], [3.0]]), np.array([[2.0], [5.0], [2.0]])
WEIGHTS = W_IH, W_HH, np.array([0.0, 1.0, LN2 - 9]), np.array([LN3, -LN3, 6.0])


def sequence(*values):
    """One sequence of single numbers, (1, T, 1)."""
    return np.array(values, dtype=float)[None, :, None]


@pytest.mark.exercise("gru_gates")
def test_gates_by_hand(student):
    r, z, n = student.gru_gates(X, H, *WEIGHTS)
    assert_close([r, z], [np.array([[0.75]]), np.array([[0.25]])], name="(r, z)")
    assert_close(n, np.array([[0.6]]), name="n")


@pytest.mark.exercise("gru_step_forward")
def test_step_by_hand(student):
    # Three quarters of the candidate and one quarter of the old state: 3/4 * 0.6 + 1/4 * (-1) = 0.45 - 0.25.
    h_next, _ = student.gru_step_forward(X, H, *WEIGHTS)
    assert_close(h_next, np.array([[0.2]]), name="h_next")


@pytest.mark.exercise("gru_step_backward")
def test_step_backward_by_hand(student):
    # dn = 100 * 3/4 = 75, at the sum inside the tanh 75 * 0.64 = 48.
    # dz = 100 * (-1 - 0.6) = -160, at the sum inside the sigmoid -160 * 3/16 = -30.
    # dr = 48 * 4, as r multiplied 4, at the sum inside the sigmoid 192 * 3/16 = 36. The 4 itself gets 48 * 3/4 = 36.
    _, cache = student.gru_step_forward(X, H, *WEIGHTS)
    dx, dh, dw_ih, dw_hh, db_ih, db_hh = student.gru_step_backward(np.array([[100.0]]), cache)
    from_x, from_h = np.array([36.0, -30.0, 48.0]), np.array([36.0, -30.0, 36.0])
    assert_close([db_ih, db_hh], [from_x, from_h], name="(db_ih, db_hh)")
    assert_close(dx, np.array([[120.0]]), name="dx")  # 36 * 1 - 30 * 2 + 48 * 3
    assert_close(dh, np.array([[19.0]]), name="dh")  # 100 * 1/4 + 36 * 2 - 30 * 5 + 36 * 2
    assert_close([dw_ih, dw_hh], [2 * from_x[:, None], -from_h[:, None]], name="(dw_ih, dw_hh)")  # times x and times h


# Two steps: r = z = 1/2 throughout, n = tanh(x + 1/2 * (2 h + 2)) = tanh(x + h + 1).
EVEN = np.array([[0.0], [0], [1]]), np.array([[0.0], [0], [2]]), np.zeros(3), np.array([0.0, 0, 2])
X1, X2 = LN2 - 1.4, -LN3 - 1.5
TWO_STEPS = sequence(X1, X2), np.array([[0.4]])


@pytest.mark.exercise("gru_forward")
def test_two_steps_by_hand(student):
    # n = tanh(ln 2 - 1.4 + 0.4 + 1) = 0.6 and h = (0.6 + 0.4) / 2 = 0.5.
    # n = tanh(-ln 3 - 1.5 + 0.5 + 1) = -0.8 and h = (-0.8 + 0.5) / 2 = -0.15.
    hs, _ = student.gru_forward(*TWO_STEPS, *EVEN)
    assert_close(hs, sequence(0.5, -0.15), name="hs")


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
