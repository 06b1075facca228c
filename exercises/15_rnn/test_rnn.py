"""Public tests: one unit, a few steps, numbers that can be followed with pencil and paper.

tanh is chosen to come out even: tanh(ln 2) = 0.6, where its slope is 1 - 0.36 = 0.64, and tanh(ln 3) = 0.8, slope 0.36.
"""

import numpy as np
import pytest

from autograder import assert_close

LN2, LN3 = np.log(2.0), np.log(3.0)
K = LN3 / 0.6  # a recurrent weight that takes the state 0.6 to tanh(ln 3) = 0.8


def unit(w_ih, w_hh, b_ih=0.0, b_hh=0.0):
    """w_ih, w_hh, b_ih, b_hh of a single unit with a single input."""
    return np.array([[float(w_ih)]]), np.array([[float(w_hh)]]), np.array([float(b_ih)]), np.array([float(b_hh)])


def sequence(*values):
    """One sequence of single numbers, (1, T, 1)."""
    return np.array(values, dtype=float)[None, :, None]


@pytest.mark.exercise("rnn_step_forward")
def test_step_by_hand(student):
    # 3 * 2 + 0.5 + 0.5 * (-1) + (ln 2 - 6) = ln 2
    h_next, _ = student.rnn_step_forward(np.array([[2.0]]), np.array([[-1.0]]), *unit(3, 0.5, 0.5, LN2 - 6))
    assert_close(h_next, np.array([[0.6]]), name="h_next")


@pytest.mark.exercise("rnn_step_backward")
def test_step_backward_by_hand(student):
    # dz = 100 * 0.64 = 64; times w_ih = 3, w_hh = 0.5, x = 2, h = -1, and 1 for both biases
    _, cache = student.rnn_step_forward(np.array([[2.0]]), np.array([[-1.0]]), *unit(3, 0.5, 0.5, LN2 - 6))
    dx, dh, dw_ih, dw_hh, db_ih, db_hh = student.rnn_step_backward(np.array([[100.0]]), cache)
    assert_close([dx, dh], [np.array([[192.0]]), np.array([[32.0]])], name="(dx, dh)")
    assert_close([dw_ih, dw_hh], [np.array([[128.0]]), np.array([[-64.0]])], name="(dw_ih, dw_hh)")
    assert_close([db_ih, db_hh], [np.array([64.0])] * 2, name="(db_ih, db_hh)")


@pytest.mark.exercise("rnn_forward")
def test_two_steps_by_hand(student):
    # From h0 = 0.6: tanh(K * 0.6) = 0.8. Then tanh(ln 2 - 0.8 K + K * 0.8) = 0.6.
    hs, _ = student.rnn_forward(sequence(0, LN2 - 0.8 * K), np.array([[0.6]]), *unit(1, K))
    assert_close(hs, sequence(0.8, 0.6), name="hs")


@pytest.mark.exercise("rnn_backward")
def test_two_steps_back_by_hand(student):
    # States 0.6 and 0.8. dz_2 = 10 * 0.36 = 3.6, and half of it goes back: dz_1 = (1 + 1.8) * 0.64 = 1.792.
    _, cache = student.rnn_forward(sequence(LN2, LN3 - 0.3), np.array([[0.0]]), *unit(1, 0.5))
    dx, dh0, dw_ih, dw_hh, db_ih, db_hh = student.rnn_backward(sequence(1, 10), cache)
    assert_close(dx, sequence(1.792, 3.6), name="dx")
    assert_close(dh0, np.array([[0.896]]), name="dh0")  # half of dz_1
    assert_close(dw_ih, np.array([[1.792 * LN2 + 3.6 * (LN3 - 0.3)]]), name="dw_ih")
    assert_close(dw_hh, np.array([[3.6 * 0.6]]), name="dw_hh")  # step 1 started from 0
    assert_close([db_ih, db_hh], [np.array([1.792 + 3.6])] * 2, name="(db_ih, db_hh)")


@pytest.mark.exercise("truncated_bptt")
def test_windows_of_one_step_by_hand(student):
    # As above, but nothing comes back from step 2: dz_1 = 1 * 0.64. The state 0.6 still counts for dw_hh.
    _, cache = student.rnn_forward(sequence(LN2, LN3 - 0.3), np.array([[0.0]]), *unit(1, 0.5))
    dx, dh0, dw_ih, dw_hh, db_ih, db_hh = student.truncated_bptt(sequence(1, 10), cache, 1)
    assert_close(dx, sequence(0.64, 3.6), name="dx")
    assert_close(dh0, np.array([[0.32]]), name="dh0")
    assert_close(dw_ih, np.array([[0.64 * LN2 + 3.6 * (LN3 - 0.3)]]), name="dw_ih")
    assert_close(dw_hh, np.array([[2.16]]), name="dw_hh")
    assert_close([db_ih, db_hh], [np.array([4.24])] * 2, name="(db_ih, db_hh)")


@pytest.mark.exercise("clip_grad_norm")
def test_clip_norm_by_hand(student):
    # sqrt(9 + 16 + 144) = 13, twice what is allowed: all arrays are halved (but for torch's 1e-6).
    grads = [np.array([3.0, -4.0]), np.array([[12.0]])]
    clipped, norm = student.clip_grad_norm(grads, 6.5)
    assert_close(norm, 13.0, name="norm")
    assert_close(clipped, [np.array([1.5, -2.0]), np.array([[6.0]])], rtol=1e-6, name="clipped")


@pytest.mark.exercise("clip_grad_value")
def test_clip_value_by_hand(student):
    clipped = student.clip_grad_value([np.array([3.0, -0.5]), np.array([[-12.0, 2.0]])], 2.0)
    assert_close(clipped, [np.array([2.0, -0.5]), np.array([[-2.0, 2.0]])], name="clipped")


@pytest.mark.exercise("gradient_norm_through_time")
def test_half_of_the_gradient_a_step(student, rng):
    # A quarter turn keeps every length; half of it halves every length, whatever the direction.
    w_hh = 0.5 * np.array([[0.0, -1.0], [1.0, 0.0]])
    assert_close(student.gradient_norm_through_time(w_hh, 3, rng), np.array([1, 0.5, 0.25, 0.125]), name="norms")


@pytest.mark.exercise("many_to_one_loss")
def test_one_answer_by_hand(student):
    # Logits (0, h). Last states: ln 3, which makes p = (1/4, 3/4), and 0, which makes (1/2, 1/2). The rest is not asked.
    hs = np.array([[[5.0], [LN3], [7.0]], [[0.0], [9.0], [-4.0]]])
    w, b = np.array([[0.0], [1.0]]), np.zeros(2)
    loss, dhs, dw, db = student.many_to_one_loss(hs, np.array([2, 1]), w, b, np.array([1, 0]))
    assert_close(loss, -(np.log(0.75) + np.log(0.5)) / 2, name="loss")
    # (p - t) / 2 is (1/8, -1/8) and (-1/4, 1/4).
    assert_close(dhs, np.array([[[0.0], [-0.125], [0.0]], [[0.25], [0.0], [0.0]]]), name="dhs")
    assert_close(dw, np.array([[0.125 * LN3], [-0.125 * LN3]]), name="dw")
    assert_close(db, np.array([-0.125, 0.125]), name="db")


@pytest.mark.exercise("many_to_many_loss")
def test_an_answer_at_every_step_by_hand(student):
    # Three valid steps, p = (1/2, 1/2), (1/4, 3/4), (1/2, 1/2); the state 9 with the label -1 is padding.
    hs = np.array([[[0.0], [LN3]], [[0.0], [9.0]]])
    w, b = np.array([[0.0], [1.0]]), np.zeros(2)
    loss, dhs, dw, db = student.many_to_many_loss(hs, np.array([2, 1]), w, b, np.array([[0, 1], [1, -1]]))
    assert_close(loss, -(2 * np.log(0.5) + np.log(0.75)) / 3, name="loss")
    assert_close(dhs, np.array([[[1 / 6], [-1 / 12]], [[-1 / 6], [0.0]]]), name="dhs")
    assert_close(dw, np.array([[LN3 / 12], [-LN3 / 12]]), name="dw")
    assert_close(db, np.array([1 / 12, -1 / 12]), name="db")


@pytest.mark.exercise("generate_one_to_many")
def test_one_to_two_by_hand(student):
    # tanh(ln 2) = 0.6, and then nothing more comes in: tanh(K * 0.6) = 0.8.
    assert_close(student.generate_one_to_many(np.array([[LN2]]), 2, *unit(1, K)), sequence(0.6, 0.8), name="hs")


@pytest.mark.exercise("birnn_forward")
def test_both_directions_by_hand(student):
    # Ahead: tanh(ln 2) = 0.6, tanh(0.6 K) = 0.8. Back, from the end: tanh(0 - ln 2) = -0.6, tanh(ln 2 - 0.6 K - ln 2).
    hs, _ = student.birnn_forward(sequence(LN2, 0), unit(1, K), unit(1, K, 0, -LN2))
    assert_close(hs, np.array([[[0.6, -0.8], [0.8, -0.6]]]), name="hs")


@pytest.mark.exercise("birnn_backward")
def test_both_directions_back_by_hand(student):
    # Ahead: dz_2 = 0.36, dz_1 = (2 + 0.36 K) * 0.64. Back: dz_1 = 10 * 0.36 = 3.6, dz_2 = (20 + 3.6 K) * 0.64.
    _, cache = student.birnn_forward(sequence(LN2, 0), unit(1, K), unit(1, K, 0, -LN2))
    dx, ahead, back = student.birnn_backward(np.array([[[2.0, 10.0], [1.0, 20.0]]]), cache)
    ahead_1, back_2 = (2 + 0.36 * K) * 0.64, (20 + 3.6 * K) * 0.64
    assert_close(dx, sequence(ahead_1 + 3.6, 0.36 + back_2), name="dx")
    # dw_ih = dz_1 x_1; dw_hh is dz_2 h_1 ahead, dz_1 h_2 back, where h_2 = -0.6 came first.
    wanted = np.array([[ahead_1 * LN2]]), np.array([[0.36 * 0.6]]), *[np.array([ahead_1 + 0.36])] * 2
    assert_close(ahead, wanted, name="dforward_params")
    wanted = np.array([[3.6 * LN2]]), np.array([[-3.6 * 0.6]]), *[np.array([3.6 + back_2])] * 2
    assert_close(back, wanted, name="dbackward_params")


@pytest.mark.exercise("leaky_forward")
def test_leaky_by_hand(student):
    # 3/4 * 0 + 1/4 * 16 = 4, then 3 + 1/4 * 4 = 4, then 3 + 0
    hs, _ = student.leaky_forward(sequence(16, 4, 0), 0.75)
    assert_close(hs, sequence(4, 4, 3), name="hs")


@pytest.mark.exercise("delayed_rnn_forward")
def test_two_steps_back_in_time_by_hand(student):
    # tanh(0.6 K) = 0.8 and tanh(-ln 3 + 0.6 K) = 0 both look at h0 = 0.6; the third at the first, 0.8.
    x = sequence(0, -LN3, LN2 - 0.8 * K)
    hs, _ = student.delayed_rnn_forward(x, np.array([[0.6]]), *unit(1, K), 2)
    assert_close(hs, sequence(0.8, 0.0, 0.6), atol=1e-12, name="hs")
