"""Public tests: one unit, one or two steps, numbers that can be followed with pencil and paper.

The gates are chosen to come out even: the sigmoid of 0 is 1/2, that of ln 3 is 3/4 and that of -ln 3 is 1/4, with the
slopes s (1 - s) = 1/4, 3/16 and 3/16; tanh(ln 2) = 0.6 and tanh(ln 3) = 0.8, with the slopes 0.64 and 0.36.
"""

import numpy as np
import pytest

from autograder import assert_close

LN2, LN3 = np.log(2.0), np.log(3.0)

# One unit, one input. With x = 2 and h = -1, what w_ih, w_hh and b_ih add up to is 0 for every gate:
# 2 * 1 + 0 - 2 = 0, 2 * 2 + 1 - 5 = 0, 2 * 3 + 1 - 7 = 0, 2 * 4 + 1 - 9 = 0. So b_hh alone says what the gates are.
X, H = np.array([[2.0]]), np.array([[-1.0]])
W_IH, W_HH, B_IH = (
    np.array([[1.0], [2.0], [3.0], [4.0]]),
    np.array([[2.0], [5.0], [7.0], [9.0]]),
    np.array([0.0, 1, 1, 1]),
)
WEIGHTS = W_IH, W_HH, B_IH, np.array([0.0, LN3, LN2, -LN3])  # i = 1/2, f = 3/4, g = 0.6, o = 1/4
C = np.array([[(LN3 - 0.3) / 0.75]])  # of which the forget gate keeps ln 3 - 0.3


def sequence(*values):
    """One sequence of single numbers, (1, T, 1)."""
    return np.array(values, dtype=float)[None, :, None]


@pytest.mark.exercise("lstm_gates")
def test_gates_by_hand(student):
    i, f, g, o = student.lstm_gates(X, H, *WEIGHTS)
    assert_close([i, f], [np.array([[0.5]]), np.array([[0.75]])], name="(i, f)")
    assert_close([g, o], [np.array([[0.6]]), np.array([[0.25]])], name="(g, o)")


@pytest.mark.exercise("set_forget_bias")
def test_forget_bias_by_hand(student):
    # Two units: the block of f is the second one, places 2 and 3.
    b_ih, b_hh = student.set_forget_bias(np.arange(8.0), np.full(8, 10.0), 3.0)
    assert_close(b_ih + b_hh, np.array([10.0, 11.0, 3.0, 3.0, 14.0, 15.0, 16.0, 17.0]), name="b_ih + b_hh")


@pytest.mark.exercise("lstm_step_forward")
def test_step_by_hand(student):
    # The cell keeps ln 3 - 0.3 and takes in 1/2 * 0.6 = 0.3: ln 3. A quarter of tanh(ln 3) = 0.8 shows.
    h_next, c_next, _ = student.lstm_step_forward(X, H, C, *WEIGHTS)
    assert_close(c_next, np.array([[LN3]]), name="c_next")
    assert_close(h_next, np.array([[0.2]]), name="h_next")


@pytest.mark.exercise("lstm_step_backward")
def test_step_backward_by_hand(student):
    # The cell's gradient: 10 + 100 * 1/4 * 0.36 = 19. Of it 3/4 go to dc. Gate by gate, times the slope:
    # dz_i = 19 * 0.6 * 1/4 = 2.85, dz_f = 19 * C * 3/16 = 4.75 (ln 3 - 0.3), dz_g = 19 * 1/2 * 0.64 = 6.08,
    # and the output gate hears from h_next alone: dz_o = 100 * 0.8 * 3/16 = 15.
    _, _, cache = student.lstm_step_forward(X, H, C, *WEIGHTS)
    grads = student.lstm_step_backward(np.array([[100.0]]), np.array([[10.0]]), cache)
    dx, dh, dc, dw_ih, dw_hh, db_ih, db_hh = grads
    dz = np.array([2.85, 4.75 * (LN3 - 0.3), 6.08, 15.0])
    assert_close(dc, np.array([[14.25]]), name="dc")
    assert_close([db_ih, db_hh], [dz, dz], name="(db_ih, db_hh)")
    assert_close([dx, dh], [np.array([dz @ W_IH]), np.array([dz @ W_HH])], name="(dx, dh)")
    assert_close([dw_ih, dw_hh], [2 * dz[:, None], -dz[:, None]], name="(dw_ih, dw_hh)")  # times x and times h


# Two steps: i = f = 1/2 and o = 3/4 throughout, g = tanh(x + h).
EVEN = np.array([[0.0], [0], [1], [0]]), np.array([[0.0], [0], [1], [0]]), np.array([0.0, 0, 0, LN3]), np.zeros(4)
TWO_STEPS = sequence(LN2 - 0.5, -0.6), np.array([[0.5]]), np.array([[2 * (LN3 - 0.3)]])


@pytest.mark.exercise("lstm_forward")
def test_two_steps_by_hand(student):
    # g = tanh(ln 2) = 0.6, so c = (ln 3 - 0.3) + 0.3 = ln 3 and h = 3/4 * 0.8 = 0.6. Then g = tanh(0.6 - 0.6) = 0,
    # so c = (ln 3) / 2, whose tanh is (3 - 1) / (3 + 1) = 1/2, and h = 3/4 * 1/2.
    hs, c_last, _ = student.lstm_forward(*TWO_STEPS, *EVEN)
    assert_close(hs, sequence(0.6, 0.375), name="hs")
    assert_close(c_last, np.array([[LN3 / 2]]), name="c_last")


@pytest.mark.exercise("lstm_backward")
def test_two_steps_back_by_hand(student):
    # Step 2: the cell's gradient is 1 + 16 * 3/4 * (1 - 1/4) = 10. Half of it goes back along the cell: 5.
    # dz_f = 10 * ln 3 * 1/4, dz_g = 10 * 1/2 * 1 = 5, dz_o = 16 * 1/2 * 3/16 = 1.5, and dz_i = 0, as g = 0.
    # Only g looks at h: dh = 5. Step 1: dh = 5 + 5 = 10, the cell's gradient is 5 + 10 * 3/4 * 0.36 = 7.7.
    # dz_i = 7.7 * 0.6 / 4 = 1.155, dz_f = 7.7 * c0 / 4 = 3.85 (ln 3 - 0.3), dz_g = 3.85 * 0.64 = 2.464,
    # dz_o = 10 * 0.8 * 3/16 = 1.5.
    _, _, cache = student.lstm_forward(*TWO_STEPS, *EVEN)
    dx, dh0, dc0, dw_ih, dw_hh, db_ih, db_hh = student.lstm_backward(sequence(5, 16), np.array([[1.0]]), cache)
    dz_1, dz_2 = np.array([1.155, 3.85 * (LN3 - 0.3), 2.464, 1.5]), np.array([0.0, 2.5 * LN3, 5.0, 1.5])
    assert_close(dx, sequence(2.464, 5.0), name="dx")
    assert_close([dh0, dc0], [np.array([[2.464]]), np.array([[3.85]])], name="(dh0, dc0)")
    assert_close(dw_ih, ((LN2 - 0.5) * dz_1 - 0.6 * dz_2)[:, None], name="dw_ih")  # each step's dz times its x
    assert_close(dw_hh, (0.5 * dz_1 + 0.6 * dz_2)[:, None], name="dw_hh")  # and times the h before it
    assert_close([db_ih, db_hh], [dz_1 + dz_2] * 2, name="(db_ih, db_hh)")


@pytest.mark.exercise("bilstm_forward")
def test_both_directions_by_hand(student):
    # i = 3/4, f = 1/2 and g = tanh(x), which is (ln 2) / 0.75 at first and then 0. Ahead: c = ln 2, then half of it,
    # tanh 0.6 and 1/3, of which o = 1/2 shows. Back, from the end: c = 0, then ln 2, of whose tanh o = 3/4 shows.
    g, none = np.array([[0.0], [0], [1], [0]]), np.zeros(4)
    ahead, back = (g, 0 * g, np.array([LN3, 0, 0, 0]), none), (g, 0 * g, np.array([LN3, 0, 0, LN3]), none)
    hs, _ = student.bilstm_forward(sequence(np.arctanh(LN2 / 0.75), 0), ahead, back)
    assert_close(hs, np.array([[[0.3, 0.45], [1 / 6, 0.0]]]), name="hs")
