"""Public tests: one or two units, one or two steps, numbers that can be followed with pencil and paper.

The gates are chosen to come out even: the sigmoid of 0 is 1/2, that of ln 3 is 3/4 and that of -ln 3 is 1/4, with the
slopes s (1 - s) = 1/4, 3/16 and 3/16; tanh(ln 2) = 0.6 and tanh(ln 3) = 0.8, with the slopes 0.64 and 0.36.
"""

import numpy as np
import pytest

from autograder import assert_close, assert_inputs_unchanged, assert_refuses, no_warnings

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

# Three sequences, two units. For the first, x = 0 and h = (0, 0), the biases alone say what the gates are. For the second,
# x = 1 and h = (0, 1), all sums are 0. For the third, x = 0 and h = (1, 0), they are 0, ln 2 or ln 3.
X3, H3 = np.array([[0.0], [1.0], [0.0]]), np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
B3 = np.array([0, LN3, LN3, 0, LN2, 0, -LN3, 0])
W_IH3, SUMS = np.arange(1.0, 9)[:, None], np.array([LN3, 0, LN3, 0, 0, LN2, 0, LN3])
W_HH3 = np.stack([SUMS - B3, -B3 - np.arange(1.0, 9)], axis=1)
WEIGHTS3 = W_IH3, W_HH3, np.ones(8), B3 - 1
# The first cell keeps (ln 3 - 0.3, ln 2), the second (ln 3, -ln 2), the third (0, ln 3 - 0.3).
C3 = np.array([[(LN3 - 0.3) / 0.75, 2 * LN2], [2 * LN3, -2 * LN2], [0.0, 2 * (LN3 - 0.3)]])


def sequence(*values):
    """One sequence of single numbers, (1, T, 1)."""
    return np.array(values, dtype=float)[None, :, None]


@pytest.mark.exercise("lstm_gates")
def test_gates_by_hand(student):
    i, f, g, o = student.lstm_gates(X, H, *WEIGHTS)
    assert_close([i, f], [np.array([[0.5]]), np.array([[0.75]])], name="(i, f)")
    assert_close([g, o], [np.array([[0.6]]), np.array([[0.25]])], name="(g, o)")


@pytest.mark.exercise("lstm_gates")
def test_gates_of_two_units_by_hand(student):
    i, f, g, o = student.lstm_gates(X3, H3, *WEIGHTS3)
    assert_close(i, np.array([[1 / 2, 3 / 4], [1 / 2, 1 / 2], [3 / 4, 1 / 2]]), name="i")
    assert_close(f, np.array([[3 / 4, 1 / 2], [1 / 2, 1 / 2], [3 / 4, 1 / 2]]), name="f")
    assert_close(g, np.array([[0.6, 0], [0, 0], [0, 0.6]]), name="g")
    assert_close(o, np.array([[1 / 4, 1 / 2], [1 / 2, 1 / 2], [1 / 2, 3 / 4]]), name="o")


@pytest.mark.exercise("lstm_gates")
@pytest.mark.after("test_gates_by_hand")
def test_gates_far_out_without_a_warning(student):
    # exp(1000) is more than a float can hold.
    with no_warnings():
        gates = student.lstm_gates(
            np.array([[-1000.0]]), np.zeros((1, 1)), np.ones((4, 1)), W_HH, np.zeros(4), np.zeros(4)
        )
    assert_close(gates, [np.array([[each]]) for each in (0.0, 0.0, -1.0, 0.0)], atol=1e-12, name="(i, f, g, o)")


@pytest.mark.exercise("lstm_gates")
@pytest.mark.after("test_gates_of_two_units_by_hand")
def test_one_state_for_three_sequences_is_refused(student):
    assert_refuses(student.lstm_gates, "h", X3, H3[:1], *WEIGHTS3)


@pytest.mark.exercise("set_forget_bias")
def test_forget_bias_by_hand(student):
    # Two units: the block of f is the second one, places 2 and 3.
    b_ih, b_hh = student.set_forget_bias(np.arange(8.0), np.full(8, 10.0), 3.0)
    assert_close([b_ih, b_hh], [np.zeros(8)] * 2, atol=np.inf, name="(b_ih, b_hh)")  # a look at their type and shape
    assert_close(b_ih + b_hh, np.array([10.0, 11.0, 3.0, 3.0, 14.0, 15.0, 16.0, 17.0]), name="b_ih + b_hh")


@pytest.mark.exercise("set_forget_bias")
@pytest.mark.after("test_forget_bias_by_hand")
def test_the_old_biases_stay_as_they_were(student):
    assert_inputs_unchanged(student.set_forget_bias, np.arange(8.0), np.full(8, 10.0), 3.0)


@pytest.mark.exercise("set_forget_bias")
@pytest.mark.after("test_forget_bias_by_hand")
def test_biases_of_two_sizes_are_refused(student):
    assert_refuses(student.set_forget_bias, "b_hh", np.zeros(8), np.zeros(4), 3.0)


@pytest.mark.exercise("lstm_step_forward")
def test_step_by_hand(student):
    # The cell keeps ln 3 - 0.3 and takes in 1/2 * 0.6 = 0.3: ln 3. A quarter of tanh(ln 3) = 0.8 shows.
    h_next, c_next, _ = student.lstm_step_forward(X, H, C, *WEIGHTS)
    assert_close(c_next, np.array([[LN3]]), name="c_next")
    assert_close(h_next, np.array([[0.2]]), name="h_next")


@pytest.mark.exercise("lstm_step_forward")
def test_three_sequences_by_hand(student):
    # Taken in: 1/2 * 0.6 by the first unit of the first sequence and by the second unit of the third, else nothing.
    h_next, c_next, _ = student.lstm_step_forward(X3, H3, C3, *WEIGHTS3)
    assert_close(c_next, np.array([[LN3, LN2], [LN3, -LN2], [0, LN3]]), name="c_next")
    # o times 0.8 and 0.6, then 0.8 and -0.6, then 0 and 0.8
    assert_close(h_next, np.array([[0.2, 0.3], [0.4, -0.3], [0, 0.6]]), name="h_next")


@pytest.mark.exercise("lstm_step_forward")
@pytest.mark.after("test_three_sequences_by_hand")
def test_one_cell_for_three_sequences_is_refused(student):
    assert_refuses(student.lstm_step_forward, "c", X3, H3, C3[:1], *WEIGHTS3)


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


@pytest.mark.exercise("lstm_step_backward")
def test_three_sequences_back_by_hand(student):
    # The cells' gradients: 10 + 100 * 1/4 * 0.36 = 19 and 0; 0 and 8; 4 and 100 * 3/4 * 0.36 = 27.
    _, _, cache = student.lstm_step_forward(X3, H3, C3, *WEIGHTS3)
    dh_next, dc_next = np.array([[100.0, 0], [0, 0], [0, 100]]), np.array([[10.0, 0], [0, 8], [4, 0]])
    dx, dh, dc, dw_ih, dw_hh, db_ih, db_hh = student.lstm_step_backward(dh_next, dc_next, cache)
    a = LN3 - 0.3
    dz = np.array([  # i, i, f, f, g, g, o, o
        [2.85, 0, 4.75 * a, 0, 6.08, 0, 15, 0],  # as above
        [0, 0, 0, -4 * LN2, 0, 4, 0, 0],  # 8 * (-2 ln 2) * 1/4, and 8 * 1/2 * 1
        [0, 4.05, 0, 13.5 * a, 3, 8.64, 0, 15],  # 27 * 0.6 * 1/4, 27 * 2 a * 1/4; 4 * 3/4, 27 * 1/2 * 0.64; 80 * 3/16
    ])  # fmt: skip
    assert_close(dc, np.array([[14.25, 0], [0, 4], [3, 13.5]]), name="dc")
    assert_close([dx, dh], [dz @ W_IH3, dz @ W_HH3], name="(dx, dh)")
    # Only the second sequence has an x. The third has the first h, the second has the second.
    assert_close([dw_ih, dw_hh], [dz[1][:, None], np.stack([dz[2], dz[1]], axis=1)], name="(dw_ih, dw_hh)")
    assert_close([db_ih, db_hh], [dz[0] + dz[1] + dz[2]] * 2, name="(db_ih, db_hh)")


# Two steps: i = f = 1/2 and o = 3/4 throughout, g = tanh(x + h).
EVEN = np.array([[0.0], [0], [1], [0]]), np.array([[0.0], [0], [1], [0]]), np.array([0.0, 0, 0, LN3]), np.zeros(4)
TWO_STEPS = sequence(LN2 - 0.5, -0.6), np.array([[0.5]]), np.array([[2 * (LN3 - 0.3)]])
# Beside it a sequence that starts with 0 and 2 ln 3, and an empty one.
THREE_SEQUENCES = np.array([[LN2 - 0.5, -0.6], [0, -0.6], [0, 0]])[:, :, None], np.array([[0.5], [0], [0]])
THREE_CELLS = np.array([[2 * (LN3 - 0.3)], [2 * LN3], [0]])


@pytest.mark.exercise("lstm_forward")
def test_two_steps_by_hand(student):
    # g = tanh(ln 2) = 0.6, so c = (ln 3 - 0.3) + 0.3 = ln 3 and h = 3/4 * 0.8 = 0.6. Then g = tanh(0.6 - 0.6) = 0,
    # so c = (ln 3) / 2, whose tanh is (3 - 1) / (3 + 1) = 1/2, and h = 3/4 * 1/2.
    hs, c_last, _ = student.lstm_forward(*TWO_STEPS, *EVEN)
    assert_close(hs, sequence(0.6, 0.375), name="hs")
    assert_close(c_last, np.array([[LN3 / 2]]), name="c_last")


@pytest.mark.exercise("lstm_forward")
def test_three_sequences_of_two_steps_by_hand(student):
    # The second: g = 0, so c = ln 3 and h = 0.6 as in the first, and from there on it is the same.
    hs, c_last, _ = student.lstm_forward(*THREE_SEQUENCES, THREE_CELLS, *EVEN)
    assert_close(hs, np.array([[0.6, 0.375], [0.6, 0.375], [0, 0]])[:, :, None], name="hs")
    assert_close(c_last, np.array([[LN3 / 2], [LN3 / 2], [0]]), name="c_last")


@pytest.mark.exercise("lstm_forward")
@pytest.mark.after("test_three_sequences_of_two_steps_by_hand")
def test_one_first_cell_for_three_sequences_is_refused(student):
    assert_refuses(student.lstm_forward, "c0", *THREE_SEQUENCES, THREE_CELLS[:1], *EVEN)


@pytest.mark.exercise("lstm_backward")
def test_two_steps_back_by_hand(student):
    # Step 2: the cell's gradient is 1 + 16 * 3/4 * (1 - 1/4) = 10. Half of it goes back along the cell: 5.
    # dz_f = 10 * ln 3 * 1/4, dz_g = 10 * 1/2 * 1 = 5, dz_o = 16 * 1/2 * 3/16 = 1.5, and dz_i = 0, as g = 0.
    # Only g looks at h: dh = 5. Step 1: dh = 15 + 5 = 20, the cell's gradient is 5 + 20 * 3/4 * 0.36 = 10.4.
    # dz_i = 10.4 * 0.6 / 4 = 1.56, dz_f = 10.4 * c0 / 4 = 5.2 (ln 3 - 0.3), dz_g = 5.2 * 0.64 = 3.328,
    # dz_o = 20 * 0.8 * 3/16 = 3.
    _, _, cache = student.lstm_forward(*TWO_STEPS, *EVEN)
    dx, dh0, dc0, dw_ih, dw_hh, db_ih, db_hh = student.lstm_backward(sequence(15, 16), np.array([[1.0]]), cache)
    dz_1, dz_2 = np.array([1.56, 5.2 * (LN3 - 0.3), 3.328, 3.0]), np.array([0.0, 2.5 * LN3, 5.0, 1.5])
    assert_close(dx, sequence(3.328, 5.0), name="dx")
    assert_close([dh0, dc0], [np.array([[3.328]]), np.array([[5.2]])], name="(dh0, dc0)")
    assert_close(dw_ih, ((LN2 - 0.5) * dz_1 - 0.6 * dz_2)[:, None], name="dw_ih")  # each step's dz times its x
    assert_close(dw_hh, (0.5 * dz_1 + 0.6 * dz_2)[:, None], name="dw_hh")  # and times the h before it
    assert_close([db_ih, db_hh], [dz_1 + dz_2] * 2, name="(db_ih, db_hh)")


@pytest.mark.exercise("lstm_backward")
def test_three_sequences_of_two_steps_back_by_hand(student):
    # The first as above; only the last cell of the second is asked for, 8 times; the third hears nothing.
    # Step 2: dz_f = 8 * ln 3 * 1/4, dz_g = 8 * 1/2 = 4 = dh, and 8 / 2 = 4 along the cell.
    # Step 1: the cell's gradient is 4 + 4 * 3/4 * 0.36 = 5.08. dz_f = 5.08 * 2 ln 3 * 1/4, dz_g = 2.54,
    # dz_o = 4 * 0.8 * 3/16 = 0.6.
    _, _, cache = student.lstm_forward(*THREE_SEQUENCES, THREE_CELLS, *EVEN)
    dhs, dc_last = np.array([[15.0, 16], [0, 0], [0, 0]])[:, :, None], np.array([[1.0], [8], [0]])
    dx, dh0, dc0, dw_ih, dw_hh, db_ih, db_hh = student.lstm_backward(dhs, dc_last, cache)
    dz_1 = np.array([[1.56, 5.2 * (LN3 - 0.3), 3.328, 3.0], [0, 2.54 * LN3, 2.54, 0.6]])
    dz_2 = np.array([[0, 2.5 * LN3, 5, 1.5], [0, 2 * LN3, 4, 0]])
    assert_close(dx, np.array([[3.328, 5], [2.54, 4], [0, 0]])[:, :, None], name="dx")
    assert_close([dh0, dc0], [np.array([[3.328], [2.54], [0]]), np.array([[5.2], [2.54], [0]])], name="(dh0, dc0)")
    both = dz_1 + dz_2
    # Step 1 of the second sequence has neither x nor h; step 2 has -0.6 and 0.6 in both.
    assert_close(dw_ih, ((LN2 - 0.5) * dz_1[0] - 0.6 * (dz_2[0] + dz_2[1]))[:, None], name="dw_ih")
    assert_close(dw_hh, (0.5 * dz_1[0] + 0.6 * (dz_2[0] + dz_2[1]))[:, None], name="dw_hh")
    assert_close([db_ih, db_hh], [both[0] + both[1]] * 2, name="(db_ih, db_hh)")


@pytest.mark.exercise("lstm_backward")
@pytest.mark.after("test_two_steps_back_by_hand")
def test_the_gradients_from_above_stay_as_they_were(student):
    _, _, cache = student.lstm_forward(*TWO_STEPS, *EVEN)
    assert_inputs_unchanged(student.lstm_backward, sequence(15, 16), np.array([[1.0]]), cache)


@pytest.mark.exercise("bilstm_forward")
def test_both_directions_by_hand(student):
    # i = 3/4, f = 1/2 and g = tanh(x), which is (ln 2) / 0.75 at first and then 0. Ahead: c = ln 2, then half of it,
    # tanh 0.6 and 1/3, of which o = 1/2 shows. Back, from the end: c = 0, then ln 2, of whose tanh o = 3/4 shows.
    g, none = np.array([[0.0], [0], [1], [0]]), np.zeros(4)
    ahead, back = (g, 0 * g, np.array([LN3, 0, 0, 0]), none), (g, 0 * g, np.array([LN3, 0, 0, LN3]), none)
    hs, _ = student.bilstm_forward(sequence(np.arctanh(LN2 / 0.75), 0), ahead, back)
    assert_close(hs, np.array([[[0.3, 0.45], [1 / 6, 0.0]]]), name="hs")
