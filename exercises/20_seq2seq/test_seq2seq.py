"""Public tests: numbers that can be followed with pencil and paper."""

import numpy as np
import pytest

from autograder import assert_close, assert_inputs_unchanged, assert_refuses

TABLE = np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])


@pytest.mark.exercise("embed_forward")
def test_rows_by_hand(student):
    out, _ = student.embed_forward(np.array([[2, 0], [1, 2]]), TABLE)
    assert_close(out, np.array([[[4.0, 5.0], [0.0, 1.0]], [[2.0, 3.0], [4.0, 5.0]]]), name="out")


@pytest.mark.exercise("embed_backward")
def test_repeated_tokens_add_up(student):
    # Token 2 stood in two places: 10 + 30. Token 1 did not occur.
    out, cache = student.embed_forward(np.array([2, 0, 2]), TABLE)
    assert_close(out, TABLE[[2, 0, 2]], name="out")
    dtable = student.embed_backward(np.array([[10.0, 1.0], [20.0, 2.0], [30.0, 3.0]]), cache)
    assert_close(dtable, np.array([[20.0, 2.0], [0.0, 0.0], [40.0, 4.0]]), name="dtable")


def halfway_to(n):
    """Weights of a cell with one unit whose state goes half of the way to n at each step, whatever it reads."""
    return [np.zeros((2, 1)), np.zeros((2, 1)), np.array([0.0, np.arctanh(n)])]


@pytest.mark.exercise("encode")
def test_reading_by_hand(student):
    # Halfway from 0 to 0.8 is 0.4, then 0.6, then 0.7.
    hs, last = student.encode(np.zeros((1, 3, 1)), np.array([3]), halfway_to(0.8))
    assert_close(hs, np.array([[[0.4], [0.6], [0.7]]]), name="hs")
    assert_close(last, np.array([[0.7]]), name="last")


@pytest.mark.exercise("encode")
def test_reading_from_the_first_word_on(student):
    # The state goes halfway to tanh(x): to 0.8, then to 0.
    weights = [np.array([[0.0], [1.0]]), np.zeros((2, 1)), np.zeros(2)]
    hs, last = student.encode(np.array([[[np.arctanh(0.8)], [0.0]]]), np.array([2]), weights)
    assert_close(hs, np.array([[[0.4], [0.2]]]), name="hs")
    assert_close(last, np.array([[0.2]]), name="last")


@pytest.mark.exercise("encode")
def test_frozen_by_hand(student):
    # The second sequence has one word, and stays at 0.4 after it.
    hs, last = student.encode(np.zeros((2, 3, 1)), np.array([3, 1]), halfway_to(0.8))
    assert_close(hs, np.array([[[0.4], [0.6], [0.7]], [[0.4], [0.4], [0.4]]]), name="hs")
    assert_close(last, np.array([[0.7], [0.4]]), name="last")


@pytest.mark.exercise("encode")
@pytest.mark.after("test_reading_by_hand")
def test_no_length_beyond_the_end(student):
    assert_refuses(student.encode, "lengths", np.zeros((1, 3, 1)), np.array([4]), halfway_to(0.8))


LOG3 = np.log(3.0)
KEYS = np.array([[[0.0, 2.0], [LOG3, 4.0], [9.0, 9.0]]])
TWO_OF_THREE = np.array([[True, True, False]])


@pytest.mark.exercise("attend_forward")
def test_looking_back_by_hand(student):
    # Scores 0 and log 3: exp is 1 and 3, so 1/4 and 3/4.
    context, weights, _ = student.attend_forward(np.array([[1.0, 0.0]]), KEYS[:, :2], TWO_OF_THREE[:, :2])
    assert_close(weights, np.array([[0.25, 0.75]]), name="weights")
    assert_close(context, np.array([[0.75 * LOG3, 0.5 + 3.0]]), name="context")


@pytest.mark.exercise("attend_forward")
def test_padding_by_hand(student):
    # The third place may not be looked at: its weight is 0, and the others are as before.
    context, weights, _ = student.attend_forward(np.array([[1.0, 0.0]]), KEYS, TWO_OF_THREE)
    assert_close(weights, np.array([[0.25, 0.75, 0.0]]), name="weights")
    assert_close(context, np.array([[0.75 * LOG3, 0.5 + 3.0]]), name="context")


@pytest.mark.exercise("attend_forward")
@pytest.mark.rests_on("test_looking_back_by_hand")
def test_nothing_to_look_at(student):
    context, weights, _ = student.attend_forward(np.array([[1.0, 0.0]]), KEYS, ~np.array([[True, True, True]]))
    assert_close(weights, np.zeros((1, 3)), name="weights")
    assert_close(context, np.zeros((1, 2)), name="context")


@pytest.mark.exercise("attend_backward")
def test_looking_back_backwards_by_hand(student):
    # The query is (0, 1), so the scores are 2 and 2: 1/2 each. dcontext (1, 0) asks for keys' first numbers: da = 0, 8. Their
    # mean is 4, so dscores = 1/2 (0 - 4), 1/2 (8 - 4) = -2, 2, and dquery = -2 (0, 2) + 2 (8, 2) = (16, 0).
    # Each key gets 1/2 (1, 0) as what is added up, and -2 or 2 times (0, 1) as what is compared.
    keys = np.array([[[0.0, 2.0], [8.0, 2.0]]])
    context, _, cache = student.attend_forward(np.array([[0.0, 1.0]]), keys, np.array([[True, True]]))
    assert_close(context, np.array([[4.0, 2.0]]), name="context")
    dquery, dkeys = student.attend_backward(np.array([[1.0, 0.0]]), cache)
    assert_close(dquery, np.array([[16.0, 0.0]]), name="dquery")
    assert_close(dkeys, np.array([[[0.5, -2.0], [0.5, 2.0]]]), name="dkeys")


@pytest.mark.exercise("attend_backward")
@pytest.mark.after("test_looking_back_backwards_by_hand")
def test_backward_leaves_dcontext_alone(student):
    _, _, cache = student.attend_forward(np.array([[1.0, 0.0]]), KEYS, TWO_OF_THREE)
    assert_inputs_unchanged(lambda dcontext: student.attend_backward(dcontext, cache), np.array([[1.0, 2.0]]))


def one_unit(w_out):
    """params of a decoder whose state goes half of the way to 0.8, and one or more logits."""
    w_out = np.array(w_out)
    zeros = {"target_table": np.zeros((4, 1)), "b_out": np.zeros(len(w_out))}
    return zeros | {"decoder": halfway_to(0.8), "w_out": w_out}


@pytest.mark.exercise("decoder_step")
def test_one_step_by_hand(student):
    # The state goes from 0.2 halfway to 0.8: 0.5. There is one place to look at, so it finds 3. Logits: 0.5 + 10 * 3, 0.5 - 3.
    keys, mask = np.array([[[3.0], [7.0]]]), np.array([[True, False]])
    params = one_unit([[1.0, 10.0], [1.0, -1.0]])
    logits, state, weights = student.decoder_step(np.array([1]), np.array([[0.2]]), keys, mask, params)
    assert_close(logits, np.array([[30.5, -2.5]]), name="logits")
    assert_close(state, np.array([[0.5]]), name="state")
    assert_close(weights, np.array([[1.0, 0.0]]), name="weights")


@pytest.mark.exercise("decoder_step")
def test_the_new_state_asks(student):
    # From 0.2 to 0.5: the scores of keys 0 and 2 log 3 are 0 and log 3, and the weights 1/4 and 3/4.
    keys, mask = np.array([[[0.0], [2 * LOG3]]]), np.array([[True, True]])
    _, _, weights = student.decoder_step(np.array([1]), np.array([[0.2]]), keys, mask, one_unit([[1.0, 10.0]]))
    assert_close(weights, np.array([[0.25, 0.75]]), name="weights")


@pytest.mark.exercise("decode_teacher_forced")
def test_teacher_by_hand(student):
    # The state goes from 0 to 0.4, 0.6, 0.7; it finds 3 each time. Logit: the state + 10 * 3.
    keys, mask = np.array([[[3.0], [7.0]]]), np.array([[True, False]])
    params = one_unit([[1.0, 10.0]])
    logits = student.decode_teacher_forced(np.array([[1, 3, 2]]), np.array([[0.0]]), keys, mask, params)
    assert_close(logits, np.array([[[30.4], [30.6], [30.7]]]), name="logits")


@pytest.mark.exercise("decode_teacher_forced")
def test_the_right_symbol_is_fed(student):
    # f = 1 always, and n = tanh(x): the state is tanh of the embedding of what is fed, 0.1 k for token k.
    params = {
        "target_table": np.arctanh(0.1 * np.arange(4.0))[:, None],
        "b_out": np.zeros(1),
        "w_out": np.array([[1.0, 0.0]]),
    }
    params["decoder"] = [np.array([[0.0], [1.0]]), np.zeros((2, 1)), np.array([50.0, 0.0])]
    keys, mask = np.zeros((1, 2, 1)), np.array([[True, True]])
    logits = student.decode_teacher_forced(np.array([[1, 3, 2]]), np.array([[0.9]]), keys, mask, params)
    assert_close(logits, np.array([[[0.1], [0.3], [0.2]]]), name="logits")


LOGITS = np.log(np.array([[[0.25, 0.75], [0.5, 0.5]], [[0.5, 0.5], [0.2, 0.8]]]))


@pytest.mark.exercise("sequence_loss")
def test_loss_by_hand(student):
    # The right symbols have 1/4, 1/2, 1/2 and 1/5: the mean of log 4, log 2, log 2 and log 5.
    loss, dlogits = student.sequence_loss(LOGITS, np.array([[0, 1], [1, 0]]), np.full((2, 2), True))
    assert_close(loss, np.log(4 * 2 * 2 * 5) / 4, name="loss")
    expected = np.array([[[-0.75, 0.75], [0.5, -0.5]], [[0.5, -0.5], [-0.8, 0.8]]]) / 4
    assert_close(dlogits, expected, name="dlogits")


@pytest.mark.exercise("sequence_loss")
def test_loss_with_padding_by_hand(student):
    # Without the last step three are left.
    mask = np.array([[True, True], [True, False]])
    loss, dlogits = student.sequence_loss(LOGITS, np.array([[0, 1], [1, 0]]), mask)
    assert_close(loss, np.log(4 * 2 * 2) / 3, name="loss")
    expected = np.array([[[-0.75, 0.75], [0.5, -0.5]], [[0.5, -0.5], [0.0, 0.0]]]) / 3
    assert_close(dlogits, expected, name="dlogits")


@pytest.mark.exercise("sequence_loss")
def test_large_logits(student):
    # The right symbol is 2000 below the other one: that is the loss.
    loss, _ = student.sequence_loss(np.array([[[1000.0, -1000.0]]]), np.array([[1]]), np.array([[True]]))
    assert_close(loss, 2000.0, name="loss")


def counting(tokens, state):
    """After each token comes the next; after the number in the state comes 2, the end."""
    following = np.where(tokens == 1, 3, tokens + 1)
    return np.eye(20)[np.where(tokens == state[:, 0], 2, np.minimum(following, 19))], state


@pytest.mark.exercise("greedy_decode")
def test_each_to_its_own_end(student):
    # Start is 1. The first counts to 5, the second to 3; neither 1 nor 2 is written.
    written = student.greedy_decode(counting, np.array([[5], [3]]), 1, 2, 10)
    assert_close(written, [[3, 4, 5], [3]], name="what was written")


@pytest.mark.exercise("greedy_decode")
def test_at_most_max_steps(student):
    written = student.greedy_decode(counting, np.array([[9], [3]]), 1, 2, 4)
    assert_close(written, [[3, 4, 5, 6], [3]], name="what was written")


def counting_down(tokens, state):
    """Says 2 more than the number in the state, which falls: 5, 4, 3, and then 2, the end."""
    return np.eye(20)[state[:, 0] + 2], state - 1


@pytest.mark.exercise("greedy_decode")
def test_the_state_is_carried(student):
    written = student.greedy_decode(counting_down, np.array([[3], [1]]), 1, 2, 10)
    assert_close(written, [[5, 4, 3], [3]], name="what was written")


def falling(state):
    """Writes its number, counts down, and stops the more probably the lower it is: sigmoid(2 - number)."""
    return state, 2.0 - state, state - 1


@pytest.mark.exercise("halting_decode")
def test_coins_by_hand(student):
    # After 3, 2, 1 it stops with sigmoid(-1) = 0.27, sigmoid(0) = 0.5, sigmoid(1) = 0.73: only 0.6 < 0.73.
    assert_close(student.halting_decode(falling, 3, np.array([0.6, 0.6, 0.6, 0.6])), ([3, 2, 1], 2))
    # No coin is left after the second output.
    assert_close(student.halting_decode(falling, 3, np.array([0.9, 0.9])), ([3, 2], None))


@pytest.mark.exercise("halting_decode")
def test_an_early_end_by_the_draw(student):
    # 0.2 is less than 0.27 already.
    assert_close(student.halting_decode(falling, 3, np.array([0.2, 0.6, 0.6, 0.6])), ([3], 0))


@pytest.mark.exercise("stop_loss")
def test_stopping_by_hand(student):
    # p = 1/2, 3/4, 1/4. On after the first and over after the second: -log(1/2) - log(3/4).
    loss, gradient = student.stop_loss(np.array([0.0, LOG3, -LOG3]), 2)
    assert_close(loss, np.log(8 / 3), name="loss")
    assert_close(gradient, np.array([0.5, -0.25, 0.0]), name="gradient")


@pytest.mark.exercise("stop_loss")
def test_stopping_far_out_by_hand(student):
    # Sure to stop, but it goes on; sure to go on, but it is over: 1000 + 1000.
    loss, gradient = student.stop_loss(np.array([1000.0, -1000.0]), 2)
    assert_close(loss, 2000.0, name="loss")
    assert_close(gradient, np.array([1.0, -1.0]), name="gradient")


@pytest.mark.exercise("stop_loss")
@pytest.mark.after("test_stopping_by_hand")
def test_no_length_of_zero(student):
    assert_refuses(student.stop_loss, "length", np.zeros(3), 0)


@pytest.mark.exercise("predict_length")
def test_length_by_hand(student):
    # Scores of lengths 0, 1, 2: for h = 1 they are 1, 3, 2, and for h = -1 they are 1, -1, 4.
    w, b = np.array([[0.0], [2.0], [-1.0]]), np.array([1.0, 1.0, 3.0])
    assert_close(student.predict_length(np.array([[1.0], [-1.0]]), w, b), np.array([1, 2]), name="lengths")


@pytest.mark.exercise("steps_left")
def test_countdown_by_hand(student):
    expected = np.array([[3, 2, 1, 0, 0], [1, 0, 0, 0, 0], [0, 0, 0, 0, 0]])
    assert_close(student.steps_left(np.array([3, 1, 0]), 5), expected, name="what is left")


def model():
    """Small weights, and a last layer that answers the same whatever it sees: softmax of its bias, (1, 1, 2, 4) / 8."""
    rng = np.random.default_rng(0)
    layers = [[rng.normal(size=shape) for shape in ((6, 2), (6, 3), (6,))] for _ in range(2)]
    tables = {"source_table": rng.normal(size=(5, 2)), "target_table": rng.normal(size=(4, 2))}
    bias = np.log(np.array([1.0, 1.0, 2.0, 4.0]))
    return tables | {"encoder": layers[0], "decoder": layers[1], "w_out": np.zeros((4, 6)), "b_out": bias}


def assert_shapes(grads, params):
    """A gradient for each weight, with its shape, and none of them large."""
    zeros = {key: [0 * w for w in each] if isinstance(each, list) else 0 * each for key, each in params.items()}
    assert_close(grads, zeros, atol=100.0, name="grads")


SOURCE, LENGTHS, TARGETS = np.array([[1, 4, 0], [2, 3, 3]]), np.array([2, 3]), np.array([[1, 3, 2, 0], [1, 3, 3, 2]])


@pytest.mark.exercise("seq2seq_loss_and_grads")
def test_loss_of_a_blind_last_layer(student):
    # Five real steps: three times symbol 3 with 1/2, twice the end with 1/4. (3 log 2 + 2 log 4) / 5 = 7/5 log 2.
    # db_out: five times (1, 1, 2, 4) / 8, less three times symbol 3 and twice symbol 2, by 5.
    loss, grads = student.seq2seq_loss_and_grads(model(), SOURCE, LENGTHS, TARGETS)
    assert_close(loss, 1.4 * np.log(2.0), name="loss")
    assert_shapes(grads, model())
    assert_close(grads["b_out"], np.array([0.125, 0.125, 0.25 - 0.4, 0.5 - 0.6]), name="grads['b_out']")


@pytest.mark.exercise("seq2seq_loss_and_grads")
@pytest.mark.parametrize("name", ["source_table", "target_table", "w_out"])
def test_slope_of_one_weight(student, name):
    # The loss a little to the right, less that a little to the left, by the distance.
    params = model()
    params["w_out"] = np.sin(np.arange(24.0)).reshape(4, 6)
    _, grads = student.seq2seq_loss_and_grads(params, SOURCE, LENGTHS, TARGETS)
    assert_shapes(grads, params)
    losses = []
    for step in (1e-6, -1e-6):
        moved = params | {name: params[name].copy()}
        moved[name][3, 1] += step
        loss, _ = student.seq2seq_loss_and_grads(moved, SOURCE, LENGTHS, TARGETS)
        assert_close(loss, 0.0, atol=100.0, name="loss")
        losses.append(loss)
    assert_close(grads[name][3, 1], (losses[0] - losses[1]) / 2e-6, rtol=1e-4, name=f"grads['{name}'][3, 1]")


def speaker(w_image):
    """params with one unit: h_next = tanh(x), so the state is what was fed last; says 1 if it is above 0, else 0."""
    fed_alone = [np.array([[0.0], [1.0]]), np.zeros((2, 1)), np.array([50.0, 0.0])]
    table, w_out = np.array([[3.0], [-3.0], [0.0]]), np.array([[-1.0], [1.0], [0.0]])
    image = {"w_image": np.array([w_image]), "b_image": np.zeros(1)}
    return image | {"table": table, "cell": fed_alone, "w_out": w_out, "b_out": np.zeros(3)}


@pytest.mark.exercise("caption")
def test_caption_by_hand(student):
    # Start is token 0, which is 3: above 0, so word 1, which is -3: word 0, and so on. The image is forgotten at once.
    said = student.caption(np.array([5.0, -5.0]), speaker([1.0, 2.0]), 0, 2, 5)
    assert_close(said, [1, 0, 1, 0, 1], name="words")
    # If word 1 is the end, nothing is said.
    assert_close(student.caption(np.array([5.0, -5.0]), speaker([1.0, 2.0]), 0, 1, 5), [], name="words")


@pytest.mark.exercise("caption")
def test_the_image_is_kept_in_mind(student):
    # f = 1/2: the state is the mean of the old one and tanh(what is fed). The image makes it tanh(5) / 2; start, which is 0,
    # leaves half of it; so does word 1. Logits h, 0.1 and -h: word 0 as long as h is above 0.1, then word 1.
    params = speaker([1.0, 2.0]) | {
        "table": np.zeros((3, 1)),
        "cell": [np.array([[0.0], [1.0]]), np.zeros((2, 1)), np.zeros(2)],
    }
    params |= {"w_out": np.array([[1.0], [0.0], [-1.0]]), "b_out": np.array([0.0, 0.1, 0.0])}
    assert_close(student.caption(np.array([1.0, 2.0]), params, 0, 2, 5), [0, 0, 1, 1, 1], name="words")


@pytest.mark.exercise("glimpse")
def test_glimpse_by_hand(student):
    # Rows and columns 1 and 2; then all four, as means of 2 x 2 pixels.
    out = student.glimpse(np.arange(16.0).reshape(4, 4), (2, 2), 2, 2)
    assert_close(out, np.array([[[5.0, 6.0], [9.0, 10.0]], [[2.5, 4.5], [10.5, 12.5]]]), name="out")


@pytest.mark.exercise("glimpse")
def test_glimpse_at_the_right(student):
    # Rows 0 and 1, columns 2 and 3.
    out = student.glimpse(np.arange(16.0).reshape(4, 4), (1, 3), 2, 1)
    assert_close(out, np.array([[[2.0, 3.0], [6.0, 7.0]]]), name="out")


@pytest.mark.exercise("glimpse")
def test_outside_is_zero(student):
    # Around the upper left corner only one of four pixels is inside.
    out = student.glimpse(np.array([[7.0, 8.0, 9.0], [4.0, 5.0, 6.0]]), (0, 0), 2, 1)
    assert_close(out, np.array([[[0.0, 0.0], [0.0, 7.0]]]), name="out")


@pytest.mark.exercise("draw_read")
def test_narrow_eyes_see_single_pixels(student):
    # Two eyes a row, at 2 - 1 and 2 + 1 across, 1 - 1 and 1 + 1 down.
    image = np.arange(15.0).reshape(3, 5)
    out = student.draw_read(image, 2.0, 1.0, 2.0, 0.01, 2)
    assert_close(out, np.array([[1.0, 3.0], [11.0, 13.0]]), name="out")


@pytest.mark.exercise("draw_read")
def test_wide_eyes_blur(student):
    # One eye at pixel 1 of three, variance 1 / log 4: its neighbours weigh exp(-log 2) = 1/2, so 1/4, 1/2, 1/4.
    out = student.draw_read(np.array([[4.0, 8.0, 16.0]]), 1.0, 0.0, 1.0, 1 / np.log(4.0), 1)
    assert_close(out, np.array([[1.0 + 4.0 + 4.0]]), name="out")


@pytest.mark.exercise("draw_read")
def test_eyes_far_outside_see_nothing(student):
    # Seven pixels from the last one its weight is exp(-49 / 2), which is next to nothing.
    out = student.draw_read(np.array([[4.0, 8.0, 16.0]]), 9.0, 0.0, 1.0, 1.0, 1)
    assert_close(out, np.array([[0.0]]), name="out")
