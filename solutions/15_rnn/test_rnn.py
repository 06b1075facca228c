"""Public tests: one or two units, a few steps, numbers that can be followed with pencil and paper.

tanh is chosen to come out even: tanh(ln 2) = 0.6, where its slope is 1 - 0.36 = 0.64, and tanh(ln 3) = 0.8, slope 0.36.
"""

import numpy as np
import pytest

from autograder import assert_close, assert_inputs_unchanged, assert_refuses

LN2, LN3 = np.log(2.0), np.log(3.0)
K = LN3 / 0.6  # a recurrent weight that takes the state 0.6 to tanh(ln 3) = 0.8


def unit(w_ih, w_hh, b_ih=0.0, b_hh=0.0):
    """w_ih, w_hh, b_ih, b_hh of a single unit with a single input."""
    return np.array([[float(w_ih)]]), np.array([[float(w_hh)]]), np.array([float(b_ih)]), np.array([float(b_hh)])


def sequence(*values):
    """One sequence of single numbers, (1, T, 1)."""
    return np.array(values, dtype=float)[None, :, None]


# Three sequences, one input, two units. The sums, from x w_ih, from the state and from the biases (ln 2, 0):
#   x = 1, h = (0, 0):  -ln 2         + ln 2 = 0,      ln 2              = ln 2
#   x = 0, h = (1, 0):  ln 3 - ln 2   + ln 2 = ln 3,   -ln 2             = -ln 2
#   x = 2, h = (0, 1):  -2 ln 2 + 0   + ln 2 = -ln 2,  2 ln 2 - 2 ln 2   = 0
X, H = np.array([[1.0], [0.0], [2.0]]), np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
W_IH, W_HH = np.array([[-LN2], [LN2]]), np.array([[LN3 - LN2, 0.0], [-LN2, -2 * LN2]])
TWO_UNITS = W_IH, W_HH, np.array([1.0, -1.0]), np.array([LN2 - 1, 1.0])

# Two units, four steps: the first reads the input, the second echoes the first one step later. tanh(K * 0.6) = 0.8.
ECHO = np.array([[1.0], [0.0]]), np.array([[0.0, 0.0], [K, 0.0]]), np.zeros(2), np.zeros(2)
WORDS = np.array([[LN2, 0.0, 0.0, 0.0], [0.0, 0.0, -LN2, 0.0], [0.0, 0.0, 0.0, LN2]])[:, :, None]
START = np.array([[0.0, 0.0], [0.6, 0.0], [-0.6, 1.0]])
UPSTREAM_READER = np.array([[1.0, 0, 0, 0], [0, 2, 100, 0], [0, 0, 0, 0]])
UPSTREAM_ECHO = np.array([[0.0, 100, 0, 0], [0, 0, 0, 100], [100, 0, 0, 0]])
UPSTREAM = np.stack([UPSTREAM_READER, UPSTREAM_ECHO], axis=2)


@pytest.mark.exercise("rnn_step_forward")
def test_step_by_hand(student):
    # 3 * 2 + 0.5 + 0.5 * (-1) + (ln 2 - 6) = ln 2
    h_next, _ = student.rnn_step_forward(np.array([[2.0]]), np.array([[-1.0]]), *unit(3, 0.5, 0.5, LN2 - 6))
    assert_close(h_next, np.array([[0.6]]), name="h_next")


@pytest.mark.exercise("rnn_step_forward")
def test_three_sequences_by_hand(student):
    h_next, _ = student.rnn_step_forward(X, H, *TWO_UNITS)
    assert_close(h_next, np.array([[0, 0.6], [0.8, -0.6], [-0.6, 0]]), name="h_next")


@pytest.mark.exercise("rnn_step_forward")
def test_far_out_by_hand(student):
    # exp(1000) is more than a float can hold; tanh(1000) is 1 all the same.
    h_next, _ = student.rnn_step_forward(np.array([[1000.0], [-1000.0]]), np.zeros((2, 1)), *unit(1, 1))
    assert_close(h_next, np.array([[1.0], [-1.0]]), name="h_next")


@pytest.mark.exercise("rnn_step_forward")
@pytest.mark.after("test_three_sequences_by_hand")
def test_one_state_for_three_sequences_is_refused(student):
    assert_refuses(student.rnn_step_forward, "h", X, H[:1], *TWO_UNITS)


@pytest.mark.exercise("rnn_step_backward")
def test_step_backward_by_hand(student):
    # dz = 100 * 0.64 = 64; times w_ih = 3, w_hh = 0.5, x = 2, h = -1, and 1 for both biases
    _, cache = student.rnn_step_forward(np.array([[2.0]]), np.array([[-1.0]]), *unit(3, 0.5, 0.5, LN2 - 6))
    dx, dh, dw_ih, dw_hh, db_ih, db_hh = student.rnn_step_backward(np.array([[100.0]]), cache)
    assert_close([dx, dh], [np.array([[192.0]]), np.array([[32.0]])], name="(dx, dh)")
    assert_close([dw_ih, dw_hh], [np.array([[128.0]]), np.array([[-64.0]])], name="(dw_ih, dw_hh)")
    assert_close([db_ih, db_hh], [np.array([64.0])] * 2, name="(db_ih, db_hh)")


@pytest.mark.exercise("rnn_step_backward")
def test_three_sequences_back_by_hand(student):
    # The states are (0, 0.6), (0.8, -0.6), (-0.6, 0), the slopes (1, 0.64), (0.36, 0.64), (0.64, 1).
    _, cache = student.rnn_step_forward(X, H, *TWO_UNITS)
    grads = student.rnn_step_backward(np.array([[1.0, 100], [100, 0], [0, 2]]), cache)
    dz = np.array([[1.0, 64], [36, 0], [0, 2]])
    dx, dh, dw_ih, dw_hh, db_ih, db_hh = grads
    assert_close(dx, LN2 * np.array([[-1.0 + 64], [-36], [2]]), name="dx")
    assert_close(dh, dz @ W_HH, name="dh")
    # Each dz times the x, or the h, of its own sequence, added up: 1 * 1, 64 * 1 + 2 * 2; then 36 and 2.
    assert_close([dw_ih, dw_hh], [np.array([[1.0], [68]]), np.array([[36.0, 0], [0, 2]])], name="(dw_ih, dw_hh)")
    assert_close([db_ih, db_hh], [np.array([37.0, 66])] * 2, name="(db_ih, db_hh)")


@pytest.mark.exercise("rnn_forward")
def test_two_steps_by_hand(student):
    # From h0 = 0.6: tanh(K * 0.6) = 0.8. Then tanh(ln 2 - 0.8 K + K * 0.8) = 0.6.
    hs, _ = student.rnn_forward(sequence(0, LN2 - 0.8 * K), np.array([[0.6]]), *unit(1, K))
    assert_close(hs, sequence(0.8, 0.6), name="hs")


@pytest.mark.exercise("rnn_forward")
def test_echo_by_hand(student):
    hs, _ = student.rnn_forward(WORDS, START, *ECHO)
    reader = np.array([[0.6, 0, 0, 0], [0, 0, -0.6, 0], [0, 0, 0, 0.6]])
    echo = np.array([[0, 0.8, 0, 0], [0.8, 0, 0, -0.8], [-0.8, 0, 0, 0]])  # at first, of START
    assert_close(hs, np.stack([reader, echo], axis=2), name="hs")


@pytest.mark.exercise("rnn_forward")
@pytest.mark.after("test_echo_by_hand")
def test_one_start_for_three_sequences_is_refused(student):
    assert_refuses(student.rnn_forward, "h0", WORDS, START[:1], *ECHO)


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


@pytest.mark.exercise("rnn_backward")
def test_echo_back_by_hand(student):
    # The echo's dz is 100 * 0.36 = 36, in each sequence once; K times that goes back to the reader, one step earlier.
    _, cache = student.rnn_forward(WORDS, START, *ECHO)
    dx, dh0, dw_ih, dw_hh, db_ih, db_hh = student.rnn_backward(UPSTREAM, cache)
    first, third = (1 + 36 * K) * 0.64, (100 + 36 * K) * 0.64
    assert_close(dx, np.array([[first, 0, 0, 0], [0, 2, third, 0], [0, 0, 0, 0]])[:, :, None], name="dx")
    assert_close(dh0, np.array([[0, 0], [0, 0], [36 * K, 0]]), name="dh0")
    assert_close(dw_ih, np.array([[LN2 * (first - third)], [0]]), name="dw_ih")
    # Reader: 2 met the echo's 0.8. Echo: 36 met the reader's 0.6, -0.6 and -0.6, and once itself, the 1 of START.
    assert_close(dw_hh, np.array([[0, 2 * 0.8], [36 * (0.6 - 0.6 - 0.6), 36]]), name="dw_hh")
    assert_close([db_ih, db_hh], [np.array([first + 2 + third, 108])] * 2, name="(db_ih, db_hh)")


@pytest.mark.exercise("rnn_backward")
@pytest.mark.after("test_echo_back_by_hand")
def test_the_gradients_from_above_stay_as_they_were(student):
    _, cache = student.rnn_forward(WORDS, START, *ECHO)
    assert_inputs_unchanged(student.rnn_backward, UPSTREAM.copy(), cache)


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


@pytest.mark.exercise("truncated_bptt")
def test_three_steps_and_one_by_hand(student):
    # As in test_echo_back_by_hand, but what came from the fourth step to the third is cut off: 100 * 0.64 is left.
    _, cache = student.rnn_forward(WORDS, START, *ECHO)
    dx, dh0, dw_ih, dw_hh, db_ih, db_hh = student.truncated_bptt(UPSTREAM, cache, 3)
    first = (1 + 36 * K) * 0.64
    assert_close(dx, np.array([[first, 0, 0, 0], [0, 2, 64, 0], [0, 0, 0, 0]])[:, :, None], name="dx")
    assert_close(dh0, np.array([[0, 0], [0, 0], [36 * K, 0]]), name="dh0")
    assert_close(dw_ih, np.array([[LN2 * (first - 64)], [0]]), name="dw_ih")
    assert_close(dw_hh, np.array([[0, 1.6], [-21.6, 36]]), name="dw_hh")
    assert_close([db_ih, db_hh], [np.array([first + 66, 108])] * 2, name="(db_ih, db_hh)")


@pytest.mark.exercise("truncated_bptt")
@pytest.mark.after("test_windows_of_one_step_by_hand")
def test_window_of_no_steps_is_refused(student):
    _, cache = student.rnn_forward(WORDS, START, *ECHO)
    assert_refuses(student.truncated_bptt, "window", UPSTREAM, cache, 0)


@pytest.mark.exercise("clip_grad_norm")
def test_clip_norm_by_hand(student):
    # sqrt(9 + 16 + 144) = 13, twice what is allowed: all arrays are halved (but for torch's 1e-6).
    grads = [np.array([3.0, -4.0]), np.array([[12.0]])]
    clipped, norm = student.clip_grad_norm(grads, 6.5)
    assert_close(norm, 13.0, name="norm")
    assert_close(clipped, [np.array([1.5, -2.0]), np.array([[6.0]])], rtol=1e-6, name="clipped")


@pytest.mark.exercise("clip_grad_norm")
def test_short_gradients_stay_by_hand(student):
    grads = [np.array([3.0, -4.0]), np.array([[12.0]])]
    assert_close(student.clip_grad_norm(grads, 26.0), (grads, 13.0), rtol=1e-6, name="(clipped, norm)")


@pytest.mark.exercise("clip_grad_norm")
@pytest.mark.after("test_clip_norm_by_hand")
def test_norm_that_allows_nothing_is_refused(student):
    assert_refuses(student.clip_grad_norm, "max_norm", [np.array([3.0, -4.0])], 0.0)


@pytest.mark.exercise("clip_grad_norm")
@pytest.mark.after("test_clip_norm_by_hand")
def test_clip_norm_leaves_the_old_gradients(student):
    assert_inputs_unchanged(student.clip_grad_norm, [np.array([3.0, -4.0]), np.array([[12.0]])], 6.5)


@pytest.mark.exercise("clip_grad_value")
def test_clip_value_by_hand(student):
    clipped = student.clip_grad_value([np.array([3.0, -0.5]), np.array([[-12.0, 2.0]])], 2.0)
    assert_close(clipped, [np.array([2.0, -0.5]), np.array([[-2.0, 2.0]])], name="clipped")


@pytest.mark.exercise("clip_grad_value")
@pytest.mark.after("test_clip_value_by_hand")
def test_limit_that_allows_nothing_is_refused(student):
    assert_refuses(student.clip_grad_value, "limit", [np.array([3.0, -4.0])], 0.0)


@pytest.mark.exercise("clip_grad_value")
@pytest.mark.after("test_clip_value_by_hand")
def test_clip_value_leaves_the_old_gradients(student):
    assert_inputs_unchanged(student.clip_grad_value, [np.array([3.0, -0.5]), np.array([[-12.0, 2.0]])], 2.0)


@pytest.mark.exercise("gradient_norm_through_time")
def test_half_of_the_gradient_a_step(student, rng):
    # A quarter turn keeps every length; half of it halves every length, whatever the direction.
    w_hh = 0.5 * np.array([[0.0, -1.0], [1.0, 0.0]])
    assert_close(student.gradient_norm_through_time(w_hh, 3, rng), np.array([1, 0.5, 0.25, 0.125]), name="norms")


@pytest.mark.exercise("gradient_norm_through_time")
def test_gone_after_two_steps(student, rng):
    # (g1, g2) becomes (0, g1), then (0, 0). Both eigenvalues are 0; the first step does not yet know of it.
    w_hh = np.array([[0.0, 1.0], [0.0, 0.0]])
    both = [student.gradient_norm_through_time(w_hh, 2, rng) for _ in range(2)]
    for norms in both:
        assert_close(norms, np.array([1.0, 0.5, 0.0]), atol=0.5, name="norms")  # a look at its shape, and roughly
        assert_close(norms[[0, 2]], np.array([1.0, 0.0]), name="norms[0] and norms[2]")
        assert 0 < norms[1] < 1, f"norms[1] is {norms[1]:.3g}: g1 alone is left, between 0 and 1"
    assert abs(both[0][1] - both[1][1]) > 1e-9, "the direction is the same each time, so it is not random"


@pytest.mark.exercise("gradient_norm_through_time")
@pytest.mark.rests_on("test_gone_after_two_steps")
def test_second_step_is_no_longer_than_the_first(student, rng):
    # W_hh^T sends (g1, g2, g3) to (0, 9 g1, g2), then to (0, 0, 9 g1). W_hh itself: (9 g2, g3, 0), then (9 g3, 0, 0).
    w_hh = np.array([[0.0, 9.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]])
    for _ in range(20):
        norms = student.gradient_norm_through_time(w_hh, 2, rng)
        assert_close(norms, np.array([1.0, 5.0, 5.0]), atol=5.0, name="norms")  # a look at its shape, and roughly
        assert norms[2] <= norms[1] + 1e-9, f"from {norms[1]:.3g} to {norms[2]:.3g}: W_hh where W_hh^T is asked for?"


@pytest.mark.exercise("gradient_norm_through_time")
@pytest.mark.after("test_half_of_the_gradient_a_step")
def test_matrix_that_is_not_square_is_refused(student, rng):
    assert_refuses(student.gradient_norm_through_time, "w_hh", np.ones((3, 2)), 4, rng)


@pytest.mark.exercise("many_to_one_loss")
def test_answers_at_the_end_by_hand(student):
    # Nothing is padded. Logits (0, h) of the last states: ln 3 makes p = (1/4, 3/4), and 0 makes (1/2, 1/2).
    hs = np.array([[[5.0], [7.0], [LN3]], [[9.0], [-4.0], [0.0]]])
    w, b = np.array([[0.0], [1.0]]), np.zeros(2)
    loss, dhs, dw, db = student.many_to_one_loss(hs, np.array([3, 3]), w, b, np.array([1, 0]))
    assert_close(loss, -(np.log(0.75) + np.log(0.5)) / 2, name="loss")
    # (p - t) / 2 is (1/8, -1/8) and (-1/4, 1/4).
    assert_close(dhs, np.array([[[0.0], [0.0], [-0.125]], [[0.0], [0.0], [0.25]]]), name="dhs")
    assert_close(dw, np.array([[0.125 * LN3], [-0.125 * LN3]]), name="dw")
    assert_close(db, np.array([-0.125, 0.125]), name="db")


# Three classes, logits (0, h, ln 2): for h = ln 3 p = (1, 3, 2) / 6, for h = 0 p = (1, 1, 2) / 4.
THREE = np.array([[0.0], [1.0], [0.0]]), np.array([0.0, 0.0, LN2])


@pytest.mark.exercise("many_to_one_loss")
def test_answers_before_the_padding_by_hand(student):
    # Of four steps two and one are real: p = (1/6, 1/2, 1/3), label 1, and (1/4, 1/4, 1/2), label 0.
    hs = np.array([[[5.0], [LN3], [7.0], [-2.0]], [[0.0], [9.0], [-4.0], [8.0]]])
    loss, dhs, dw, db = student.many_to_one_loss(hs, np.array([2, 1]), *THREE, np.array([1, 0]))
    assert_close(loss, (np.log(2) + np.log(4)) / 2, name="loss")
    first, second = np.array([1 / 12, -1 / 4, 1 / 6]), np.array([-3 / 8, 1 / 8, 1 / 4])  # (p - t) / 2
    assert_close(dhs, np.array([[0, -1 / 4, 0, 0], [1 / 8, 0, 0, 0]])[:, :, None], name="dhs")
    assert_close(dw, LN3 * first[:, None], name="dw")  # the other state is 0
    assert_close(db, first + second, name="db")


@pytest.mark.exercise("many_to_one_loss")
def test_large_logits_by_hand(student):
    # Logits (0, 1000): p = (0, 1) as far as a float can tell, and -log p of class 0 is 1000.
    hs, w, b = np.array([[[1000.0]]]), np.array([[0.0], [1.0]]), np.zeros(2)
    loss, dhs, dw, db = student.many_to_one_loss(hs, np.array([1]), w, b, np.array([0]))
    assert_close([loss, dhs], [1000.0, np.array([[[1.0]]])], name="(loss, dhs)")
    assert_close([dw, db], [np.array([[-1000.0], [1000.0]]), np.array([-1.0, 1.0])], name="(dw, db)")


@pytest.mark.exercise("many_to_one_loss")
@pytest.mark.after("test_answers_at_the_end_by_hand")
def test_length_beyond_the_end_is_refused(student):
    assert_refuses(student.many_to_one_loss, "lengths", np.ones((2, 3, 1)), np.array([3, 4]), *THREE, np.array([1, 0]))


@pytest.mark.exercise("many_to_many_loss")
def test_an_answer_at_every_step_by_hand(student):
    # Nothing is padded. Three steps, p = (1/2, 1/2), (1/4, 3/4), (1/2, 1/2).
    hs, w, b = np.array([[[0.0], [LN3], [0.0]]]), np.array([[0.0], [1.0]]), np.zeros(2)
    loss, dhs, dw, db = student.many_to_many_loss(hs, np.array([3]), w, b, np.array([[0, 1, 1]]))
    assert_close(loss, -(2 * np.log(0.5) + np.log(0.75)) / 3, name="loss")
    # (p - t) / 3 is (-1/6, 1/6), (1/12, -1/12), (1/6, -1/6).
    assert_close(dhs, np.array([[[1 / 6], [-1 / 12], [-1 / 6]]]), name="dhs")
    assert_close(dw, np.array([[LN3 / 12], [-LN3 / 12]]), name="dw")
    assert_close(db, np.array([1 / 12, -1 / 12]), name="db")


@pytest.mark.exercise("many_to_many_loss")
def test_answers_but_for_the_padding_by_hand(student):
    # Four real steps: p = (1/4, 1/4, 1/2), (1/6, 1/2, 1/3), (1/4, 1/4, 1/2), and (1/6, 1/2, 1/3) of the second sequence.
    hs = np.array([[0, LN3, 0, 9], [LN3, 9, 9, 9]])[:, :, None]
    labels = np.array([[0, 1, 2, -1], [2, -1, -1, -1]])
    loss, dhs, dw, db = student.many_to_many_loss(hs, np.array([3, 1]), *THREE, labels)
    assert_close(loss, (np.log(4) + 2 * np.log(2) + np.log(3)) / 4, name="loss")
    assert_close(dhs, np.array([[1 / 16, -1 / 8, 1 / 16, 0], [1 / 8, 0, 0, 0]])[:, :, None], name="dhs")
    assert_close(dw, LN3 * np.array([[1 / 12], [0], [-1 / 12]]), name="dw")  # steps 2 and 4, (1/3, 0, -1/3) / 4
    assert_close(db, np.array([-1 / 24, 1 / 8, -1 / 12]), name="db")


@pytest.mark.exercise("many_to_many_loss")
def test_large_logits_at_every_step_by_hand(student):
    # Logits (0, 1000), then (0, -1000): -log p of class 0 is 1000, then 0, on average 500.
    hs, w, b = np.array([[[1000.0], [-1000.0]]]), np.array([[0.0], [1.0]]), np.zeros(2)
    loss, dhs, dw, db = student.many_to_many_loss(hs, np.array([2]), w, b, np.array([[0, 0]]))
    assert_close([loss, dhs], [500.0, np.array([[[0.5], [0.0]]])], name="(loss, dhs)")
    assert_close([dw, db], [np.array([[-500.0], [500.0]]), np.array([-0.5, 0.5])], name="(dw, db)")


@pytest.mark.exercise("many_to_many_loss")
@pytest.mark.after("test_an_answer_at_every_step_by_hand")
def test_label_of_no_class_is_refused(student):
    hs, labels = np.ones((2, 3, 1)), np.array([[0, 1, 2], [2, 3, 0]])
    assert_refuses(student.many_to_many_loss, "labels", hs, np.array([3, 3]), *THREE, labels)


@pytest.mark.exercise("generate_one_to_many")
def test_one_to_two_by_hand(student):
    # tanh(ln 2) = 0.6, and then nothing more comes in: tanh(K * 0.6) = 0.8.
    assert_close(student.generate_one_to_many(np.array([[LN2]]), 2, *unit(1, K)), sequence(0.6, 0.8), name="hs")


@pytest.mark.exercise("generate_one_to_many")
def test_one_to_four_with_a_bias_by_hand(student):
    # The reader reads once. The echo, biased by -ln 2, is tanh(-ln 2) = -0.6 when it hears nothing, else once
    # tanh(ln 3 - ln 2) = (9/4 - 1) / (9/4 + 1) = 5/13, or tanh(-ln 3 - ln 2) = -35/37.
    w_ih, w_hh, b_ih, _ = ECHO
    hs = student.generate_one_to_many(np.array([[LN2], [0.0], [-LN2]]), 4, w_ih, w_hh, b_ih, np.array([0, -LN2]))
    reader = np.array([[0.6, 0, 0, 0], [0, 0, 0, 0], [-0.6, 0, 0, 0]])
    echo = np.full((3, 4), -0.6)
    echo[0, 1], echo[2, 1] = 5 / 13, -35 / 37
    assert_close(hs, np.stack([reader, echo], axis=2), name="hs")


@pytest.mark.exercise("generate_one_to_many")
@pytest.mark.after("test_one_to_two_by_hand")
def test_no_steps_are_refused(student):
    assert_refuses(student.generate_one_to_many, "steps", np.array([[LN2]]), 0, *unit(1, K))


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


@pytest.mark.exercise("leaky_forward")
@pytest.mark.after("test_leaky_by_hand")
def test_alpha_above_one_is_refused(student):
    assert_refuses(student.leaky_forward, "alpha", sequence(16, 4, 0), 1.5)


@pytest.mark.exercise("delayed_rnn_forward")
def test_two_steps_back_in_time_by_hand(student):
    # tanh(0.6 K) = 0.8 and tanh(-ln 3 + 0.6 K) = 0 both look at h0 = 0.6; the third at the first, 0.8.
    x = sequence(0, -LN3, LN2 - 0.8 * K)
    hs, _ = student.delayed_rnn_forward(x, np.array([[0.6]]), *unit(1, K), 2)
    assert_close(hs, sequence(0.8, 0.0, 0.6), atol=1e-12, name="hs")


@pytest.mark.exercise("delayed_rnn_forward")
@pytest.mark.after("test_two_steps_back_in_time_by_hand")
def test_no_delay_is_refused(student):
    assert_refuses(student.delayed_rnn_forward, "delay", sequence(0, 1, 2), np.array([[0.6]]), *unit(1, K), 0)
