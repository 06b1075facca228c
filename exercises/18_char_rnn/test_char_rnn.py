"""Public tests: numbers that can be followed with pencil and paper."""

import numpy as np
import pytest

from autograder import assert_close, assert_gradients, assert_inputs_unchanged, assert_refuses

LETTERS = [" ", "a", "b", "n"]


@pytest.mark.exercise("build_vocabulary")
def test_vocabulary_is_sorted(student):
    # In the order of their first appearance it would be n, a, space, b.
    assert_close(student.build_vocabulary("nana ban"), LETTERS, name="vocabulary")


@pytest.mark.exercise("encode")
def test_encode_by_hand(student):
    assert_close(student.encode("nab ", LETTERS), np.array([3, 1, 2, 0]), name="ids")


@pytest.mark.exercise("encode")
def test_encode_by_the_order_that_is_given(student):
    assert_close(student.encode("nab ", ["n", "b", " ", "a"]), np.array([0, 3, 1, 2]), name="ids")


@pytest.mark.exercise("encode")
@pytest.mark.after("test_encode_by_hand")
def test_encode_refuses_what_it_does_not_know(student):
    assert_refuses(student.encode, "text", "nabx", LETTERS)


@pytest.mark.exercise("decode")
def test_decode_by_hand(student):
    assert_close(student.decode(np.array([3, 1, 2, 0]), LETTERS), "nab ", name="text")


@pytest.mark.exercise("one_hot")
def test_one_hot_by_hand(student):
    out = student.one_hot(np.array([[2, 0]]), 3)
    assert_close(out, np.array([[[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]]), name="out")
    out = student.one_hot(np.array([1]), 4)
    assert_close(out, np.array([[0.0, 1.0, 0.0, 0.0]]), name="out")


@pytest.mark.exercise("chunks")
def test_chunks_of_one_stream(student):
    # 7 characters have 6 followers: a chunk of 4 and one of 2. Character 4 is the target of the first chunk's last step.
    out = student.chunks(np.array([10, 11, 12, 13, 14, 15, 16]), 4)
    expected = [([[10, 11, 12, 13]], [[11, 12, 13, 14]]), ([[14, 15]], [[15, 16]])]
    assert_close(out, [(np.array(x), np.array(y)) for x, y in expected], name="chunks")


@pytest.mark.exercise("chunks")
def test_chunks_of_two_streams(student):
    # 7 steps for two streams: 3 each, and the last one is left over. The second stream begins where the first one ends.
    out = student.chunks(np.array([10, 11, 12, 13, 14, 15, 16, 17]), 2, streams=2)
    expected = [([[10, 11], [13, 14]], [[11, 12], [14, 15]]), ([[12], [15]], [[13], [16]])]
    assert_close(out, [(np.array(x), np.array(y)) for x, y in expected], name="chunks")


@pytest.mark.exercise("bigram_model")
def test_bigrams_by_hand(student):
    # 0 is followed by 1 three times, 1 by 0 twice, and 2 by nothing. With 1/2 added to each count the rows sum to 4.5, 3.5, 1.5.
    out = student.bigram_model(np.array([0, 1, 0, 1, 0, 1]), 3, smoothing=0.5)
    expected = np.array([[0.5 / 4.5, 3.5 / 4.5, 0.5 / 4.5], [2.5 / 3.5, 0.5 / 3.5, 0.5 / 3.5], [1 / 3, 1 / 3, 1 / 3]])
    assert_close(out, expected, name="out")


@pytest.mark.exercise("joint_table_size")
def test_table_by_hand(student):
    # Texts of three characters from {a, b}: 8 probabilities, 7 of them free. Bigrams: two rows, one free number each.
    assert_close(student.joint_table_size(2, 3), (7, 2), name="(whole, bigrams)")


def one_unit():
    """One hidden unit, two characters. 0 adds log 2 to the sum and 1 nothing; tanh(log 2) = (2 - 1/2) / (2 + 1/2) = 0.6."""
    params = {"w_xh": np.array([[np.log(2), 0.0]]), "w_hh": np.array([[np.log(3) / 0.6]]), "b_h": np.zeros(1)}
    return params | {"w_hy": np.array([[np.log(3) / 0.6], [0.0]]), "b_y": np.zeros(2)}


@pytest.mark.exercise("loss_and_grads")
def test_loss_of_one_step(student):
    # h = tanh(log 2) = 0.6, the logits are log 3 and 0, the probabilities 3/4 and 1/4. The target is 1: log 4.
    loss, grads, h_last = student.loss_and_grads(one_unit(), np.zeros((1, 1)), np.array([[0]]), np.array([[1]]))
    assert_close(loss, np.log(4), name="loss")
    assert_close(h_last, np.array([[0.6]]), name="h_last")
    assert_close(grads["b_y"], np.array([0.75, -0.75]), name="grads['b_y']")
    # Times h = 0.6.
    assert_close(grads["w_hy"], np.array([[0.45], [-0.45]]), name="grads['w_hy']")


@pytest.mark.exercise("loss_and_grads")
def test_loss_of_two_steps(student):
    # After the first step h = 0.6. Then the sum is 0.6 * log 3 / 0.6 = log 3, h = (3 - 1/3) / (3 + 1/3) = 0.8 and the first
    # logit log 3 * 0.8 / 0.6. The mean of both steps' losses:
    second = 3 ** (0.8 / 0.6)
    loss, _, h_last = student.loss_and_grads(one_unit(), np.zeros((1, 1)), np.array([[0, 1]]), np.array([[1, 0]]))
    assert_close(h_last, np.array([[0.8]]), name="h_last")
    assert_close(loss, (np.log(4) + np.log((second + 1) / second)) / 2, name="loss")


@pytest.mark.exercise("loss_and_grads")
def test_loss_from_another_start(student):
    # From h0 = 0.6 the sum is log 3 when 1 is read, and h = 0.8 at once.
    loss, _, h_last = student.loss_and_grads(one_unit(), np.array([[0.6]]), np.array([[1]]), np.array([[0]]))
    second = 3 ** (0.8 / 0.6)
    assert_close(h_last, np.array([[0.8]]), name="h_last")
    assert_close(loss, np.log((second + 1) / second), name="loss")


@pytest.mark.exercise("loss_and_grads")
def test_gradients_are_slopes(student):
    # Each number is moved a little to both sides: does the loss change as the gradient says? Two streams, three steps.
    rng = np.random.default_rng(0)
    shapes = {"w_xh": (3, 4), "w_hh": (3, 3), "b_h": (3,), "w_hy": (4, 3), "b_y": (4,)}
    params = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    h0, inputs, targets = rng.normal(size=(2, 3)), np.array([[0, 2, 2], [0, 3, 1]]), np.array([[2, 2, 1], [3, 0, 3]])
    _, grads, _ = student.loss_and_grads(params, h0, inputs, targets)

    def loss_of(**moved):
        return np.array(student.loss_and_grads(moved, h0, inputs, targets)[0])

    assert_gradients(loss_of, params, np.array(1.0), grads, rng)


@pytest.mark.exercise("clip_and_adagrad")
def test_adagrad_by_hand(student):
    # 40 is clipped to 5. Memory: 9 + 4^2 = 25 and 144 + 5^2 = 169. Steps: 1 * 4 / 5 and 1 * 5 / 13.
    params, grads, memory = {"w": np.array([1.0, 1.0])}, {"w": np.array([4.0, 40.0])}, {"w": np.array([9.0, 144.0])}
    new, remembered = student.clip_and_adagrad(params, grads, memory, 1.0)
    assert_close(remembered, {"w": np.array([25.0, 169.0])}, name="memory")
    assert_close(new, {"w": np.array([0.2, 8 / 13])}, name="params")


@pytest.mark.exercise("clip_and_adagrad")
@pytest.mark.after("test_adagrad_by_hand")
def test_adagrad_leaves_what_it_is_given(student):
    params, grads, memory = {"w": np.array([1.0, 1.0])}, {"w": np.array([4.0, 40.0])}, {"w": np.array([9.0, 144.0])}
    assert_inputs_unchanged(student.clip_and_adagrad, params, grads, memory, 1.0)


@pytest.mark.exercise("stacked_rnn_forward")
def test_two_layers_by_hand(student):
    # Layer 0: log 2 * 1 + 0 = log 2, so 0.6. Layer 1 reads it: 0.6 * log 3 / 0.6 = log 3, so 0.8. No step before it.
    below = (np.array([[np.log(2)]]), np.array([[0.0]]), np.zeros(1), np.zeros(1))
    above = (np.array([[np.log(3) / 0.6]]), np.array([[0.0]]), np.zeros(1), np.zeros(1))
    hs, last = student.stacked_rnn_forward(np.ones((1, 1, 1)), np.zeros((2, 1, 1)), [below, above])
    assert_close(hs, np.array([[[0.8]]]), name="hs")
    assert_close(last, np.array([[[0.6]], [[0.8]]]), name="last")


@pytest.mark.exercise("stacked_rnn_forward")
def test_each_layer_has_a_state_of_its_own(student):
    # x is 0, and a layer only remembers: layer 0 from 1 to tanh(log 2) = 0.6, layer 1 from 2 to tanh(2 log 3 / 2) = 0.8.
    weights = np.log(2.0), np.log(3.0) / 2
    memory = [(np.zeros((1, 1)), np.array([[w]]), np.zeros(1), np.zeros(1)) for w in weights]
    hs, last = student.stacked_rnn_forward(np.zeros((1, 1, 1)), np.array([[[1.0]], [[2.0]]]), memory)
    assert_close(last, np.array([[[0.6]], [[0.8]]]), name="last")
    assert_close(hs, np.array([[[0.8]]]), name="hs")


@pytest.mark.exercise("stacked_rnn_forward")
def test_two_steps_and_two_biases_by_hand(student):
    # log 2 - 0.3 from x, 0.1 and 0.2 from the biases: 0.6. Then 0.6 * log 3 / 0.6 from the state, -0.3 from x: log 3, so 0.8.
    layer = (np.ones((1, 1)), np.array([[np.log(3) / 0.6]]), np.array([0.1]), np.array([0.2]))
    hs, last = student.stacked_rnn_forward(np.array([[[np.log(2) - 0.3], [-0.3]]]), np.zeros((1, 1, 1)), [layer])
    assert_close(hs, np.array([[[0.6], [0.8]]]), name="hs")
    assert_close(last, np.array([[[0.8]]]), name="last")


@pytest.mark.exercise("sharpen")
def test_temperature_by_hand(student):
    # Odds of 1 to 2 to 3. At temperature 1/2 they are squared, 1 to 4 to 9.
    logits = np.log([1.0, 2.0, 3.0])
    assert_close(student.sharpen(logits, 1.0), np.array([1.0, 2.0, 3.0]) / 6, name="out at temperature 1")
    assert_close(student.sharpen(logits, 0.5), np.array([1.0, 4.0, 9.0]) / 14, name="out at temperature 1/2")


@pytest.mark.exercise("sharpen")
def test_temperature_row_by_row(student):
    # Odds of 1 to 2 and of 3 to 1, in a row each.
    out = student.sharpen(np.log([[1.0, 2.0], [3.0, 1.0]]), 1.0)
    assert_close(out, np.array([[1 / 3, 2 / 3], [3 / 4, 1 / 4]]), name="out")


@pytest.mark.exercise("sharpen")
def test_temperature_near_zero(student):
    # 1000 / 0.001 is a million, of which exp cannot be taken. The larger one is certain.
    assert_close(student.sharpen(np.array([0.0, 1000.0]), 0.001), np.array([0.0, 1.0]), atol=1e-12, name="out")


def wheel():
    """After 0 comes 1, after 1 comes 2, after 2 comes 0, almost surely: unit j is 1 after the id j, and votes for the next."""
    params = {"w_xh": 20 * np.eye(3), "w_hh": np.zeros((3, 3)), "b_h": np.zeros(3)}
    return params | {"w_hy": 100 * np.roll(np.eye(3), 1, axis=0), "b_y": np.zeros(3)}


@pytest.mark.exercise("sample")
def test_sample_reads_what_it_has_written(student):
    # The seed is 1: it is read, and not given back.
    out = student.sample(wheel(), np.zeros(3), 1, 5, np.random.default_rng(0))
    assert_close(out, np.array([2, 0, 1, 2, 0]), name="ids")


@pytest.mark.exercise("sample")
@pytest.mark.rests_on("test_sample_reads_what_it_has_written")
def test_sample_draws(student):
    # All weights are 0: three characters, equally likely. A third each of 300, give or take 0.14: five deviations.
    params = {name: np.zeros_like(w) for name, w in wheel().items()}
    out = student.sample(params, np.zeros(3), 0, 300, np.random.default_rng(0))
    assert_close(np.bincount(out, minlength=3) / 300, np.ones(3) / 3, rtol=0, atol=0.14, name="the share of each id")


@pytest.mark.exercise("sample")
@pytest.mark.rests_on("test_sample_reads_what_it_has_written")
def test_sample_at_a_low_temperature(student):
    # Odds of 1 to 3, at temperature 1/2 of 1 to 9. Of 1000 draws 900, give or take 50: five deviations.
    params = {name: np.zeros_like(w) for name, w in wheel().items()} | {"b_y": np.log([1.0, 3.0, 1e-9])}
    out = student.sample(params, np.zeros(3), 0, 1000, np.random.default_rng(0), 0.5)
    assert_close(float(np.mean(out == 1)), 0.9, rtol=0, atol=0.05, name="the share of id 1")


@pytest.mark.exercise("sample")
def test_sample_remembers_its_state(student):
    # The state turns its sign in each step: from 1 to -1, then 1, -1, 1. It votes for 0 where it is above 0, else for 1.
    params = {"w_xh": np.zeros((1, 2)), "w_hh": np.array([[-20.0]]), "b_h": np.zeros(1)}
    params |= {"w_hy": np.array([[100.0], [-100.0]]), "b_y": np.zeros(2)}
    assert_close(student.sample(params, np.ones(1), 0, 4, np.random.default_rng(0)), np.array([1, 0, 1, 0]), name="ids")


@pytest.mark.exercise("perplexity")
def test_perplexity_by_hand(student):
    # Three characters at log 2 and one at log 32: the fourth root of 2 * 2 * 2 * 32 = 256 is 4.
    assert_close(student.perplexity([np.log(2), np.log(32)], [3, 1]), 4.0, name="out")


@pytest.mark.exercise("train")
def test_train_carries_the_state(student):
    # At a learning rate of 0 nothing is learned, and every loss can be found again. Three chunks, 0 1, 1 0 and 1, are read twice.
    ids = np.array([0, 1, 1, 0, 1, 1])
    params, losses = student.train(ids, 2, 3, 2, 1, 6, 0.0, np.random.default_rng(0))
    read = [([[0, 1]], [[1, 1]]), ([[1, 0]], [[0, 1]]), ([[1]], [[1]])]
    expected = []
    for _ in range(2):
        h = np.zeros((1, 3))  # the text begins, and the state with it
        for inputs, targets in read:
            loss, _, h = student.loss_and_grads(params, h, np.array(inputs), np.array(targets))
            expected.append(loss)
    assert_close(losses, np.array(expected), name="losses")


@pytest.mark.exercise("train")
def test_train_learns(student):
    # a, b, c, a, b, c, ...: what comes next is certain. Who knows nothing has a loss of log 3 = 1.1.
    _, losses = student.train(np.arange(61) % 3, 3, 8, 5, 1, 120, 0.1, np.random.default_rng(0))
    assert_close(losses[:1], np.array([np.log(3)]), atol=0.2, name="the first loss")
    assert_close(losses[-12:], np.zeros(12), atol=0.4, name="the last twelve losses")


@pytest.mark.exercise("train")
def test_train_watched(student):
    steps = []
    student.train(
        np.arange(6) % 2, 2, 3, 2, 1, 4, 0.1, np.random.default_rng(0), lambda step, params: steps.append(step)
    )
    assert_close(steps, [1, 2, 3, 4], name="the steps that watch saw")


@pytest.mark.exercise("inside_quotes")
def test_quotes_with_an_apostrophe(student):
    assert_close(student.inside_quotes('it\'s "n"'), np.array([0, 0, 0, 0, 0, 1, 1, 0]), name="out")


@pytest.mark.exercise("inside_quotes")
def test_quotes_by_hand(student):
    assert_close(student.inside_quotes('a "b" c"'), np.array([0, 0, 1, 1, 0, 0, 0, 1]), name="out")


@pytest.mark.exercise("most_correlated_cell")
def test_cells_by_hand(student):
    # Cell 0 never changes. Cell 1 is up when the signal is down: -1. Cell 2 is off by (-1, 1, 0, 0) and the signal by
    # (-1, 1, -1, 1) / 2: 1 / sqrt(2 * 1) = 0.71.
    hs = np.array([[0.1, 9.0, 0.0], [0.1, 8.0, 2.0], [0.1, 9.0, 1.0], [0.1, 8.0, 1.0]])
    assert_close(student.most_correlated_cell(hs, np.array([0, 1, 0, 1])), (1, -1.0), name="(cell, r)")


@pytest.mark.exercise("most_correlated_cell")
@pytest.mark.after("test_cells_by_hand")
def test_cells_stay(student):
    hs = np.array([[0.1, 9.0], [0.3, 8.0], [0.2, 7.5]])
    assert_inputs_unchanged(student.most_correlated_cell, hs, np.array([0, 1, 0]))
