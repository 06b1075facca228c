"""Public tests: numbers that can be followed with pencil and paper.

LN of two features (a, b) is (-1, 1) or (1, -1), whichever is larger having the 1, but for the 1e-5 that is added to the variance:
where a norm comes in, six digits are compared. With "query" and "key" of zeros all that may be attended to counts alike.
"""

import numpy as np
import pytest

from autograder import Mismatch, assert_close, assert_inputs_unchanged, assert_refuses

NEAR = {"rtol": 0.0, "atol": 1e-4}


@pytest.mark.exercise("positional_encoding")
def test_two_steps_by_hand(student):
    # i = 0 turns by 1 a step, i = 1 by 1 / 10000^(2/4) = 1/100.
    first, second = [0.0, 1.0, 0.0, 1.0], [np.sin(1), np.cos(1), np.sin(0.01), np.cos(0.01)]
    assert_close(student.positional_encoding(2, 4), np.array([first, second]), name="out")


@pytest.mark.exercise("positional_encoding")
def test_six_features(student):
    # The exponents are 0, 2/6 and 4/6: the speeds 1, 1 / 21.54 and 1 / 464.2.
    angles = np.array([3.0, 3 / 10000 ** (1 / 3), 3 / 10000 ** (2 / 3)])
    out = student.positional_encoding(4, 6)
    assert_close(out, np.zeros((4, 6)), atol=1.0, name="out")  # its shape
    assert_close(out[3], np.stack([np.sin(angles), np.cos(angles)], axis=1).ravel(), name="step 3")


@pytest.mark.exercise("positional_encoding")
@pytest.mark.after("test_two_steps_by_hand")
def test_odd_d_is_refused(student):
    assert_refuses(student.positional_encoding, "d", 4, 5)


X = np.array([[[1.0, 2.0], [3.0, -1.0]]])
W1, B1 = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 0.0]]), np.array([0.0, 0.0, 2.0])
W2, B2 = np.array([[1.0, 10.0, 100.0], [0.0, 1.0, 0.0]]), np.array([0.5, -0.5])


@pytest.mark.exercise("feed_forward_forward")
def test_feed_forward_by_hand(student):
    # Sums: (3, -1, 1) and (2, 4, -1); after relu (3, 0, 1) and (2, 4, 0). 3 + 100 = 103, 0; and 2 + 40 = 42, 4.
    out, _ = student.feed_forward_forward(X, W1, B1, W2, B2)
    assert_close(out, np.array([[[103.5, -0.5], [42.5, 3.5]]]), name="out")


@pytest.mark.exercise("feed_forward_backward")
def test_feed_forward_backward_by_hand(student):
    # dout = (1, 0) and (0, 1). dh = (1, 10, 100) and (0, 1, 0), of which (1, 0, 100) and (0, 1, 0) pass the relu.
    out, cache = student.feed_forward_forward(X, W1, B1, W2, B2)
    assert_close(out, np.array([[[103.5, -0.5], [42.5, 3.5]]]), name="out")
    dx, dw1, db1, dw2, db2 = student.feed_forward_backward(np.array([[[1.0, 0.0], [0.0, 1.0]]]), cache)
    assert_close(dx, np.array([[[1.0 - 100.0, 1.0], [1.0, -1.0]]]), name="dx")
    assert_close(dw1, np.array([[1.0, 2.0], [3.0, -1.0], [100.0, 200.0]]), name="dw1")
    assert_close(db1, np.array([1.0, 1.0, 100.0]), name="db1")
    assert_close(dw2, np.array([[3.0, 0.0, 1.0], [2.0, 4.0, 0.0]]), name="dw2")
    assert_close(db2, np.array([1.0, 1.0]), name="db2")


ZERO, ONE, UNIT = np.zeros((2, 2)), np.ones(2), np.eye(2)


def block(value=UNIT, w2=UNIT):
    """Params of a block whose attention looks evenly at everything, and whose feed-forward part is relu, times w2."""
    params = {
        "query": ZERO,
        "key": ZERO,
        "value": value,
        "out": UNIT,
        "w1": UNIT,
        "b1": 0 * ONE,
        "w2": w2,
        "b2": 0 * ONE,
    }
    return params | {"gamma1": ONE, "beta1": 0 * ONE, "gamma2": ONE, "beta2": 0 * ONE}


@pytest.mark.exercise("encoder_block_forward")
def test_post_norm_by_hand(student):
    # One step looks at itself: (1, 3) + (1, 3), and LN1 makes (-1, 1) of it. F gives relu, (0, 1): (-1, 2), and LN2 (-1, 1).
    # With beta1 = (3, 1), y = (2, 2), and w2 makes (0, 4) of relu's (2, 2): (2, 6), of which LN2 makes (-1, 1) times (5, 7).
    x = np.array([[[1.0, 3.0]]])
    out, _ = student.encoder_block_forward(x, block(), 1)
    assert_close(out, np.array([[[-1.0, 1.0]]]), name="out", **NEAR)
    params = block(w2=np.array([[0.0, 0.0], [1.0, 1.0]])) | {"beta1": np.array([3.0, 1.0])}
    out, _ = student.encoder_block_forward(x, params | {"gamma2": np.array([5.0, 7.0])}, 1)
    assert_close(out, np.array([[[-5.0, 7.0]]]), name="out", **NEAR)


@pytest.mark.exercise("encoder_block_forward")
def test_pre_norm_by_hand(student):
    # LN1 makes (-1, 1) and (1, -1) of the two steps. Both look at both: their mean is (0, 0), so y = x. LN2 gives the
    # same as LN1, relu leaves (0, 1) and (1, 0): out = (10, 31) and (51, 20).
    x = np.array([[[10.0, 30.0], [50.0, 20.0]]])
    out, _ = student.encoder_block_forward(x, block(), 1, norm_first=True)
    assert_close(out, np.array([[[10.0, 31.0], [51.0, 20.0]]]), name="out", **NEAR)


@pytest.mark.exercise("encoder_block_forward")
def test_mask_by_hand(student):
    # The same, but each step sees itself only: y = (9, 31) and (51, 19), and relu adds (0, 1) and (1, 0).
    x = np.array([[[10.0, 30.0], [50.0, 20.0]]])
    out, _ = student.encoder_block_forward(x, block(), 1, np.eye(2, dtype=bool), norm_first=True)
    assert_close(out, np.array([[[9.0, 32.0], [52.0, 19.0]]]), name="out", **NEAR)


@pytest.mark.exercise("encoder_block_backward")
def test_sums_let_the_gradient_through(student):
    # Attention's values are 0 and w2 is 0: A and F change nothing and pass nothing back. What is left are the two sums.
    x, dout = np.array([[[10.0, 30.0], [50.0, 20.0]]]), np.array([[[1.0, 2.0], [3.0, 4.0]]])
    out, cache = student.encoder_block_forward(x, block(ZERO, ZERO), 1, norm_first=True)
    assert_close(out, x, name="out")
    dx, dparams = student.encoder_block_backward(dout, cache)
    assert_close(dx, dout, name="dx")
    assert_close(dparams["b2"], np.array([4.0, 6.0]), name="dparams['b2']")


@pytest.mark.exercise("encoder_block_backward")
@pytest.mark.parametrize("norm_first", [False, True], ids=["post-norm", "pre-norm"])
def test_moving_each_number_a_little(student, norm_first):
    # out . dout changes by the gradient times the move, for every number of x and of params.
    rng = np.random.default_rng(0)
    shapes = {
        "query": (4, 4),
        "key": (4, 4),
        "value": (4, 4),
        "out": (4, 4),
        "w1": (3, 4),
        "b1": 3,
        "w2": (4, 3),
        "b2": 4,
    }
    shapes |= {"gamma1": 4, "beta1": 4, "gamma2": 4, "beta2": 4}
    params = {key: rng.normal(size=shape) for key, shape in shapes.items()}
    x, dout = rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 3, 4))
    out, cache = student.encoder_block_forward(x, params, 2, norm_first=norm_first)
    assert_close(out, np.zeros((2, 3, 4)), atol=1e3, name="out")  # its shape
    dx, dparams = student.encoder_block_backward(dout, cache)
    assert_close(dx, np.zeros((2, 3, 4)), atol=1e3, name="dx")
    assert_close(dparams, {key: 0 * each for key, each in params.items()}, atol=1e3, name="dparams")
    for name in ("x", *params):
        inputs = params | {"x": x}
        direction = rng.normal(size=inputs[name].shape)
        ends = []
        for side in (1, -1):
            moved = inputs | {name: inputs[name] + side * 1e-5 * direction}
            out, _ = student.encoder_block_forward(moved.pop("x"), moved, 2, norm_first=norm_first)
            assert_close(out, np.zeros((2, 3, 4)), atol=1e3, name="out")
            ends.append(float((out * dout).sum()))
        slope = (dparams | {"x": dx})[name]
        told, seen = float((slope * direction).sum()), (ends[0] - ends[1]) / 2e-5
        assert_close(told, seen, rtol=1e-5, atol=1e-6, name=f"the slope for {name}")


@pytest.mark.exercise("decoder_block_forward")
def test_decoder_by_hand(student):
    # Self-attention adds x to itself: LN1 makes (-1, 1) of (2, 6). Cross-attention looks at both steps of memory, whose mean
    # is (2, 10), and cross_out swaps it: (9, 3), and LN2 makes (1, -1) of it. relu adds (1, 0): (2, -1), of which LN3 makes
    # (1, -1) times (5, 7).
    params = block() | {"cross_query": ZERO, "cross_key": ZERO, "cross_value": UNIT, "cross_out": UNIT[::-1]}
    params |= {"gamma3": np.array([5.0, 7.0]), "beta3": np.array([0.0, 100.0])}
    x, memory = np.array([[[1.0, 3.0]]]), np.array([[[4.0, 0.0], [0.0, 20.0]]])
    out = student.decoder_block_forward(x, memory, params, 1, None)
    assert_close(out, np.array([[[5.0, 93.0]]]), name="out", **NEAR)
    # Without the second step of memory (0, 4) comes: (-1, 5), so LN2 gives (-1, 1). Without both steps (-1, 1) stays.
    mask = np.array([[True, False]])
    out = student.decoder_block_forward(x, memory, params, 1, None, mask)
    assert_close(out, np.array([[[-5.0, 107.0]]]), name="out", **NEAR)
    out = student.decoder_block_forward(x, memory, params, 1, None, np.array([[False, False]]))
    assert_close(out, np.array([[[-5.0, 107.0]]]), name="out without any memory", **NEAR)


@pytest.mark.exercise("smoothed_cross_entropy")
def test_loss_without_smoothing_by_hand(student):
    # p = (1/4, 3/4) at both steps. The losses are -log(1/4) and -log(3/4), and the second counts three times.
    logits = np.log([[[1.0, 3.0], [2.0, 6.0]]])
    labels, weights = np.array([[0, 1]]), np.array([[1.0, 3.0]])
    loss, dlogits = student.smoothed_cross_entropy(logits, labels, 0.0, weights)
    assert_close(loss, np.log(4) / 4 + 3 * np.log(4 / 3) / 4, name="loss")
    # p - one-hot is (-3/4, 3/4) and (1/4, -1/4), times 1/4 and 3/4.
    assert_close(dlogits, np.array([[[-3.0, 3.0], [3.0, -3.0]]]) / 16, atol=1e-12, name="dlogits")


@pytest.mark.exercise("smoothed_cross_entropy")
def test_smoothing_by_hand(student):
    # p = (1/2, 1/4, 1/8, 1/8). With smoothing 0.4 each token has 0.1 of the target, and the right one 0.6 more.
    logits = np.log([[[4.0, 2.0, 1.0, 1.0]]])
    loss, dlogits = student.smoothed_cross_entropy(logits, np.array([[1]]), 0.4, np.ones((1, 1)))
    assert_close(loss, np.log(2) * (0.1 * 1 + 0.7 * 2 + 0.1 * 3 + 0.1 * 3), name="loss")
    assert_close(dlogits, np.array([[[0.4, -0.45, 0.025, 0.025]]]), atol=1e-12, name="dlogits")


@pytest.mark.exercise("smoothed_cross_entropy")
def test_loss_far_out_by_hand(student):
    # p = (0, 1) as far as a float can tell; -log p of token 0 is 1000 all the same.
    loss, dlogits = student.smoothed_cross_entropy(np.array([[[0.0, 1000.0]]]), np.array([[0]]), 0.0, np.ones((1, 1)))
    assert_close(loss, 1000.0, name="loss")
    assert_close(dlogits, np.array([[[-1.0, 1.0]]]), name="dlogits")


@pytest.mark.exercise("smoothed_cross_entropy")
@pytest.mark.after("test_loss_without_smoothing_by_hand")
def test_label_that_is_no_token(student):
    assert_refuses(
        student.smoothed_cross_entropy, "labels", np.zeros((1, 2, 3)), np.array([[0, 3]]), 0.1, np.ones((1, 2))
    )


@pytest.mark.exercise("warmup_lr")
def test_warmup_by_hand(student):
    # d^-0.5 = 1/5. Up to step 4 the rate is step / 8 of it, then 1 / sqrt(step).
    rates = [student.warmup_lr(step, 25, 4) for step in (1, 2, 4, 9, 100)]
    assert_close(rates, [0.2 / 8, 0.2 * 2 / 8, 0.2 / 2, 0.2 / 3, 0.2 / 10], name="rates")


def model_of(student, seed=0, layers=1):
    model = student.TinyTransformer(5, 6, 4, 2, 3, layers, np.random.default_rng(seed))
    shapes = {key: np.zeros((4, 4)) for key in ("query", "key", "value", "out")}
    shapes |= {"w1": np.zeros((3, 4)), "b1": np.zeros(3), "w2": np.zeros((4, 3)), "b2": np.zeros(4)}
    shapes |= {key: np.zeros(4) for key in ("gamma1", "beta1", "gamma2", "beta2")}
    like = {"table": np.zeros((5, 4)), "w_out": np.zeros((5, 4)), "b_out": np.zeros(5), "blocks": layers * [shapes]}
    assert_close(model.params, like, atol=5.0, name="params")
    return model, like


@pytest.mark.exercise("TinyTransformer")
def test_first_params(student):
    model, _ = model_of(student)
    params = model.params
    (block,) = params["blocks"]
    ones, zeros = np.ones(4), np.zeros(4)
    found = {key: block[key] for key in ("gamma1", "gamma2", "beta1", "beta2", "b2")}
    expected = {"gamma1": ones, "gamma2": ones, "beta1": zeros, "beta2": zeros, "b2": zeros}
    assert_close(found, expected, name="params['blocks'][0]")
    assert_close(params["b_out"], np.zeros(5), name="params['b_out']")
    # Xavier's limits: sqrt(6 / (4 + 4)), sqrt(6 / (3 + 4)) and sqrt(6 / (5 + 4)).
    for key, limit in (("query", 0.75), ("out", 0.75), ("w1", 6 / 7), ("w2", 6 / 7)):
        assert_close(block[key], 0 * block[key], atol=limit**0.5, name=key)
    assert_close(params["w_out"], np.zeros((5, 4)), atol=(2 / 3) ** 0.5, name="w_out")


@pytest.mark.exercise("TinyTransformer")
def test_logits_do_not_know_what_comes_next(student):
    model, _ = model_of(student, layers=2)
    here, there = model.logits(np.array([[1, 2, 3, 4]])), model.logits(np.array([[1, 2, 0, 0]]))
    for each in (here, there):
        assert_close(each, np.zeros((1, 4, 5)), atol=100.0, name="logits")
    assert_close(here[:, :2], there[:, :2], name="logits of the first two steps")
    # Positions are seen: a row of equal tokens has other logits at each step.
    same = model.logits(np.array([[2, 2, 2]]))
    assert_close(same, np.zeros((1, 3, 5)), atol=100.0, name="logits")
    if np.allclose(same[0, 0], same[0, 2]):
        raise Mismatch("equal tokens have equal logits wherever they stand: add the positions")


@pytest.mark.exercise("TinyTransformer")
def test_logits_step_by_step(student):
    # The rows of the table and the positions, then the block, norm first, and then w_out.
    model, _ = model_of(student)
    params, tokens = model.params, np.array([[1, 4, 2]])
    x = params["table"][tokens] + student.positional_encoding(3, 4)
    x, _ = student.encoder_block_forward(x, params["blocks"][0], 2, np.tri(3, dtype=bool), norm_first=True)
    assert_close(x, np.zeros((1, 3, 4)), atol=100.0, name="out of the block")
    assert_close(model.logits(tokens), x @ params["w_out"].T + params["b_out"], name="logits")


@pytest.mark.exercise("TinyTransformer")
def test_gradient_of_what_is_looked_up(student):
    # Token 2 stands at two steps, and token 4 at none: its row of the table gets nothing. Only the last step counts.
    model, like = model_of(student)
    weights = np.array([[0.0, 0.0, 1.0]])
    loss, grads = model.loss_and_grads(np.array([[2, 1, 2]]), np.array([[1, 2, 3]]), weights)
    logits = model.logits(np.array([[2, 1, 2]]))
    assert_close(logits, np.zeros((1, 3, 5)), atol=100.0, name="logits")
    p = np.exp(logits[0, 2]) / np.exp(logits[0, 2]).sum()
    assert_close(loss, -np.log(p[3]), name="loss")
    assert_close(grads, like, atol=100.0, name="grads")
    assert_close(grads["b_out"], p - np.eye(5)[3], name="grads['b_out']")
    assert_close(grads["table"][[0, 3, 4]], np.zeros((3, 4)), name="rows of the table that were not looked up")


@pytest.mark.exercise("TinyTransformer")
def test_gradient_of_a_token_that_stands_twice(student):
    # Without any block a row of the table goes straight into w_out. Token 2 gets what comes back from both of its steps.
    model, _ = model_of(student, layers=0)
    tokens, targets, params = np.array([[2, 1, 2]]), np.array([[1, 2, 3]]), model.params
    logits = model.logits(tokens)
    assert_close(logits, np.zeros((1, 3, 5)), atol=100.0, name="logits")
    _, grads = model.loss_and_grads(tokens, targets, np.ones((1, 3)))
    p = np.exp(logits[0]) / np.exp(logits[0]).sum(axis=1, keepdims=True)
    first, second, third = (p - np.eye(5)[targets[0]]) / 3 @ params["w_out"]
    nothing = np.zeros(4)
    assert_close(grads["table"], np.array([nothing, second, first + third, nothing, nothing]), name="grads['table']")


@pytest.mark.exercise("TinyTransformer")
def test_generate_is_logits_again_and_again(student):
    model, _ = model_of(student, seed=5)
    tokens = np.array([[1, 2], [4, 0]])
    expected = []
    for _ in range(12):  # the model sees six steps at most
        logits = model.logits(tokens[:, -6:])
        assert_close(logits, np.zeros((2, min(tokens.shape[1], 6), 5)), atol=100.0, name="logits")
        expected.append(logits[:, -1].argmax(axis=1))
        tokens = np.concatenate([tokens, expected[-1][:, None]], axis=1)
    assert_close(model.generate(tokens[:, :2], 12), np.stack(expected, axis=1), name="what is generated")


@pytest.mark.exercise("multi_head_resolution_pool")
def test_pool_by_hand(student):
    # Head 0 sees (1, 5, 2): its kernel (1, 0, -1) answers 0 - 5, 1 - 2, 5 - 0, the largest is 5. Head 1 sees (4, -6, 3): alone,
    # -1 times it is 6 at most; its neighbours' sum, (1, 0, 1), is -6, 4 + 3 and -6.
    x = np.array([[[1.0, 4.0], [5.0, -6.0], [2.0, 3.0]]])
    kernels = [[np.array([[[1.0, 0.0, -1.0]]])], [np.array([[[-1.0]]]), np.array([[[1.0, 0.0, 1.0]]])]]
    pooled = student.multi_head_resolution_pool(x, kernels, np.array([3]))
    assert_close(pooled, np.array([[5.0, 6.0, 7.0]]), name="pooled")


@pytest.mark.exercise("multi_head_resolution_pool")
def test_pool_of_two_heads_with_two_features_each(student):
    # 1 * 1 + 10 * 2 and 1 * 3 + 10 * 4; then, for each head, 100 times the first of its features.
    x, both = np.array([[[1.0, 2.0, 3.0, 4.0]]]), np.array([[[1.0], [10.0]], [[100.0], [0.0]]])
    pooled = student.multi_head_resolution_pool(x, [[both], [both]], np.array([1]))
    assert_close(pooled, np.array([[21.0, 100.0, 43.0, 300.0]]), name="pooled")


@pytest.mark.exercise("multi_head_resolution_pool")
def test_pool_of_a_short_sequence(student):
    # Two real steps, (1, 2): with (1, 0, -1) they answer -2 and 1, as the 7 after the end counts as 0, and answers nothing.
    # Nothing is left of a sequence of no steps, and of one whose answers are negative.
    x = np.array([[[1.0], [2.0], [7.0]], [[1.0], [2.0], [3.0]], [[-1.0], [-2.0], [-7.0]]])
    kernels = [[np.array([[[1.0, 0.0, -1.0]], [[0.0, 1.0, 0.0]]])]]
    pooled = student.multi_head_resolution_pool(x, kernels, np.array([2, 0, 2]))
    assert_close(pooled, np.array([[1.0, 2.0], [0.0, 0.0], [2.0, 0.0]]), name="pooled")


@pytest.mark.exercise("multi_head_resolution_pool")
@pytest.mark.after("test_pool_by_hand")
def test_pool_leaves_x_alone(student):
    x, kernels = np.ones((1, 3, 1)), [[np.ones((1, 1, 3))]]
    assert_inputs_unchanged(student.multi_head_resolution_pool, x, kernels, np.array([2]))
