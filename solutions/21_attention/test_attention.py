"""Public tests: one or two queries and keys, numbers that can be followed with pencil and paper.

The scores are chosen to come out even: exp(0) = 1 and exp(ln 3) = 3, so that two scores 0 and ln 3 have the weights
1/4 and 3/4. For additive attention tanh(ln 2) = 0.6 is made to ln 3 by v = ln 3 / 0.6.
"""

import numpy as np
import pytest

from autograder import assert_close, assert_dtype, assert_refuses

LN2, LN3 = np.log(2.0), np.log(3.0)


@pytest.mark.exercise("causal_mask")
def test_three_steps_by_hand(student):
    # Step 0 sees itself, step 1 sees 0 and 1, step 2 sees all.
    expected = np.array([[True, False, False], [True, True, False], [True, True, True]])
    assert_close(student.causal_mask(3), expected, name="the mask")


@pytest.mark.exercise("causal_mask")
@pytest.mark.after("test_three_steps_by_hand")
def test_no_steps_are_refused(student):
    assert_refuses(student.causal_mask, "t", 0)


@pytest.mark.exercise("padding_mask")
def test_lengths_by_hand(student):
    expected = np.array([[True, True, False, False], [True, True, True, True], [True, False, False, False]])
    assert_close(student.padding_mask(np.array([2, 4, 1]), 4), expected, name="the mask")


@pytest.mark.exercise("padding_mask")
@pytest.mark.after("test_lengths_by_hand")
def test_length_beyond_the_end_is_refused(student):
    assert_refuses(student.padding_mask, "lengths", np.array([2, 5, 1]), 4)


@pytest.mark.exercise("masked_softmax")
def test_two_rows_by_hand(student):
    # exp: 1, 3, 4 of 8, and 2, 1, 2 of 5
    scores = np.log([[1.0, 3.0, 4.0], [2.0, 1.0, 2.0]])
    expected = np.array([[1 / 8, 3 / 8, 1 / 2], [2 / 5, 1 / 5, 2 / 5]])
    assert_close(student.masked_softmax(scores), expected, name="weights")


@pytest.mark.exercise("masked_softmax")
def test_two_batches_by_hand(student):
    # The same, as the first row of two batches: the last axis still decides.
    scores = np.log([[[1.0, 3.0, 4.0], [1.0, 1.0, 1.0]], [[2.0, 1.0, 2.0], [1.0, 1.0, 1.0]]])
    third = [1 / 3] * 3
    expected = np.array([[[1 / 8, 3 / 8, 1 / 2], third], [[2 / 5, 1 / 5, 2 / 5], third]])
    assert_close(student.masked_softmax(scores), expected, name="weights")


@pytest.mark.exercise("masked_softmax")
def test_large_scores_by_hand(student):
    # exp(1000) is more than a float can hold. Only differences count: 0 and ln 3, as ever.
    scores = np.array([[1000.0, 1000.0 + LN3], [-1000.0, -1000.0 + LN3]])
    assert_close(student.masked_softmax(scores), np.array([[1 / 4, 3 / 4]] * 2), name="weights")


@pytest.mark.exercise("masked_softmax")
def test_large_forbidden_score_by_hand(student):
    scores, mask = np.array([[0.0, LN3, 2000.0], [0.0, LN3, 1.0]]), np.array([[True, True, False]] * 2)
    assert_close(student.masked_softmax(scores, mask), np.array([[1 / 4, 3 / 4, 0]] * 2), name="weights")


@pytest.mark.exercise("masked_softmax")
@pytest.mark.after("test_two_rows_by_hand")
def test_mask_of_numbers_is_refused(student):
    assert_refuses(student.masked_softmax, "mask", np.log([[1.0, 3.0]]), np.array([[1.0, 0.0]]))


@pytest.mark.exercise("masked_softmax")
def test_masked_rows_by_hand(student):
    # exp: 1, 3, 4. All: of 8. Without the 4: of 4. Without the 1: of 7.
    scores = np.log([[1.0, 3.0, 4.0]] * 3)
    mask = np.array([[True, True, True], [True, True, False], [False, True, True]])
    expected = np.array([[1 / 8, 3 / 8, 1 / 2], [1 / 4, 3 / 4, 0], [0, 3 / 7, 4 / 7]])
    assert_close(student.masked_softmax(scores, mask), expected, name="weights")


@pytest.mark.exercise("masked_softmax")
def test_nothing_allowed_by_hand(student):
    scores = np.log([[1.0, 3.0, 4.0]] * 2)
    mask = np.array([[True, True, False], [False, False, False]])
    assert_close(student.masked_softmax(scores, mask), np.array([[1 / 4, 3 / 4, 0], [0, 0, 0]]), name="weights")


@pytest.mark.exercise("additive_attention")
def test_additive_by_hand(student):
    # Inside tanh: 0.5 - 0.5 = 0 and 0.5 + (ln 2 - 0.5) = ln 2. The scores are 0 and 0.6 v = ln 3.
    keys = np.array([[[-0.5], [LN2 - 0.5]]])
    w_query, w_key, v = np.array([[0.25]]), np.array([[1.0]]), np.array([LN3 / 0.6])
    context, weights = student.additive_attention(np.array([[2.0]]), keys, w_query, w_key, v)
    assert_close(weights, np.array([[1 / 4, 3 / 4]]), name="weights")
    assert_close(context, np.array([[-0.5 / 4 + (LN2 - 0.5) * 3 / 4]]), name="context")


@pytest.mark.exercise("additive_attention")
def test_additive_with_a_mask_by_hand(student):
    # The same twice, with a third key; the second query may not attend to the second key. Scores 0 and ln 3 / 0.6 * 0.6.
    keys = np.array([[[-0.5], [LN2 - 0.5], [9.0]]] * 2)
    w_query, w_key, v = np.array([[0.25]]), np.array([[1.0]]), np.array([LN3 / 0.6])
    mask = np.array([[True, True, False], [True, False, False]])
    context, weights = student.additive_attention(np.full((2, 1), 2.0), keys, w_query, w_key, v, mask)
    assert_close(weights, np.array([[1 / 4, 3 / 4, 0], [1, 0, 0]]), name="weights")
    assert_close(context, np.array([[-0.5 / 4 + (LN2 - 0.5) * 3 / 4], [-0.5]]), name="context")


@pytest.mark.exercise("additive_attention")
@pytest.mark.after("test_additive_by_hand")
def test_keys_for_nobody_are_refused(student):
    one = np.ones((1, 1))
    assert_refuses(student.additive_attention, "keys", np.ones((2, 1)), np.ones((3, 4, 1)), one, one, np.ones(1))


# One sequence, two queries of four features: (1, 1, 1, 1) and (-1, -1, -1, -1). The products with the keys are 0 and +-2 ln 3, by
# sqrt(4) = 2 that is 0 and +-ln 3, with the weights 1 : 3 and 1 : 1/3.
Q = np.array([[[1.0] * 4, [-1.0] * 4]])
K = np.array([[[0.0] * 4, [LN3 / 2] * 4]])
V = np.array([[[8.0, 0.0], [4.0, 1.0]]])


@pytest.mark.exercise("attention_weights")
def test_two_queries_by_hand(student):
    assert_close(student.attention_weights(Q, K), np.array([[[1 / 4, 3 / 4], [3 / 4, 1 / 4]]]), name="weights")


@pytest.mark.exercise("attention_weights")
def test_causal_by_hand(student):
    # The first query may see the first key only.
    mask = np.array([[True, False], [True, True]])
    assert_close(student.attention_weights(Q, K, mask), np.array([[[1, 0], [3 / 4, 1 / 4]]]), name="weights")


@pytest.mark.exercise("attention_weights")
@pytest.mark.after("test_two_queries_by_hand")
def test_weights_follow_the_dtype(student):
    assert_dtype(student.attention_weights(Q.astype(np.float32), K.astype(np.float32)), "float32", "weights")


@pytest.mark.exercise("attention_weights")
@pytest.mark.after("test_two_queries_by_hand")
def test_keys_with_other_features_are_refused(student):
    assert_refuses(student.attention_weights, "k", Q, K[:, :, :3])


@pytest.mark.exercise("scaled_dot_product_attention_forward")
def test_weighted_values_by_hand(student):
    # (8, 0) / 4 + (4, 1) * 3 / 4 = (5, 3/4), and (8, 0) * 3 / 4 + (4, 1) / 4 = (7, 1/4)
    out, _ = student.scaled_dot_product_attention_forward(Q, K, V)
    assert_close(out, np.array([[[5, 0.75], [7, 0.25]]]), name="out")


@pytest.mark.exercise("scaled_dot_product_attention_forward")
def test_causal_values_by_hand(student):
    out, _ = student.scaled_dot_product_attention_forward(Q, K, V, np.array([[True, False], [True, True]]))
    assert_close(out, np.array([[[8, 0], [7, 0.25]]]), name="out")


@pytest.mark.exercise("scaled_dot_product_attention_forward")
@pytest.mark.after("test_weighted_values_by_hand")
def test_one_value_for_two_keys_is_refused(student):
    assert_refuses(student.scaled_dot_product_attention_forward, "v", Q, K, V[:, :1])


@pytest.mark.exercise("scaled_dot_product_attention_backward")
def test_gradients_by_hand(student):
    # One query, one value feature. dp = 10 * (8, 4) = (80, 40), their weighted mean is 20 + 30 = 50,
    # so ds = (1/4 * 30, 3/4 * -10) = (7.5, -7.5), and everything is divided by sqrt(4) = 2.
    _, cache = student.scaled_dot_product_attention_forward(Q[:, :1], K, V[:, :, :1])
    dq, dk, dv = student.scaled_dot_product_attention_backward(np.array([[[10.0]]]), cache)
    assert_close(dv, np.array([[[2.5], [7.5]]]), name="dv")  # 10 times the weights
    assert_close(dq, np.array([[[-7.5 / 2 * LN3 / 2] * 4]]), name="dq")
    assert_close(dk, np.array([[[7.5 / 2] * 4, [-7.5 / 2] * 4]]), name="dk")


@pytest.mark.exercise("scaled_dot_product_attention_backward")
def test_gradients_of_two_queries_by_hand(student):
    # Values 8 and 4, a third key that nobody may see. The first query as above. The second, with the weights 3/4 and 1/4:
    # dp = 4 * (8, 4) = (32, 16), mean 28, ds = (3/4 * 4, 1/4 * -12) = (3, -3).
    # Without an axis for sequences: one is as good as none.
    k, v = np.vstack([K[0], np.full(4, 7.0)]), np.array([[8.0], [4.0], [50.0]])
    _, cache = student.scaled_dot_product_attention_forward(Q[0], k, v, np.array([True, True, False]))
    dq, dk, dv = student.scaled_dot_product_attention_backward(np.array([[10.0], [4.0]]), cache)
    assert_close(dv, np.array([[2.5 + 3], [7.5 + 1], [0]]), name="dv")
    assert_close(dq, np.array([[-7.5 / 2 * LN3 / 2] * 4, [-3 / 2 * LN3 / 2] * 4]), name="dq")
    assert_close(dk, np.array([[7.5 / 2 - 3 / 2] * 4, [-7.5 / 2 + 3 / 2] * 4, [0] * 4]), name="dk")


# One query, two keys, two heads of one feature: W_q = 1, W_k = ln 3, W_v = 4 times the unit matrix.
PARAMS = {
    "in_proj_weight": np.concatenate([np.eye(2), LN3 * np.eye(2), 4 * np.eye(2)]),
    "in_proj_bias": np.zeros(6),
    "out_proj_weight": np.array([[1.0, 1.0], [1.0, -1.0]]),
    "out_proj_bias": np.array([10.0, 0.0]),
}
X_Q = np.array([[[1.0, -1.0]]])
X_KV = np.array([[[0.0, 1.0], [1.0, 0.0]]])


# Three queries, two keys, and matrices that are not their own transposes.
# q = x_q + (1, 0): (1, 1/2), (-1, -1/2), (0, 0). k = ln 3 x_kv: (0, 0), (ln 3, 2 ln 3).
# v = (4 x_1, 4 x_1 + 4 x_2): (0, 0), (4, 12).
PARAMS3 = {
    "in_proj_weight": np.array([[1, 0], [0, 1], [LN3, 0], [0, LN3], [4, 0], [4, 4]]),
    "in_proj_bias": np.array([1.0, 0, 0, 0, 0, 0]),
    "out_proj_weight": np.array([[1.0, 1.0], [0.0, -1.0]]),
    "out_proj_bias": np.array([10.0, 0.0]),
}
X_Q3 = np.array([[[0.0, 0.5], [-2.0, -0.5], [-1.0, 0.0]]])
X_KV3 = np.array([[[0.0, 0.0], [1.0, 2.0]]])


@pytest.mark.exercise("multi_head_attention_forward")
def test_two_heads_by_hand(student):
    # Head 1: q = 1, keys 0 and ln 3, weights 1/4 and 3/4, values 0 and 4: 3.
    # Head 2: q = -1, keys ln 3 and 0, scores -ln 3 and 0, weights 1/4 and 3/4, values 4 and 0: 1.
    # Mixed: 3 + 1 + 10 and 3 - 1.
    out, _ = student.multi_head_attention_forward(X_Q, X_KV, PARAMS, heads=2)
    assert_close(out, np.array([[[14.0, 2.0]]]), name="out")


@pytest.mark.exercise("multi_head_attention_forward")
def test_three_queries_by_hand(student):
    # Both heads have the scores 0 and ln 3, then 0 and -ln 3, then 0 and 0: a share of 3/4, 1/4 and 1/2 of 4 and of 12.
    # Mixed: (3 + 9 + 10, -9), (1 + 3 + 10, -3), (2 + 6 + 10, -6).
    out, _ = student.multi_head_attention_forward(X_Q3, X_KV3, PARAMS3, heads=2)
    assert_close(out, np.array([[[22.0, -9], [14, -3], [18, -6]]]), name="out")


@pytest.mark.exercise("multi_head_attention_forward")
def test_three_queries_with_a_mask_by_hand(student):
    # The first query may see the first key only, whose values are 0.
    mask = np.array([[True, False], [True, True], [True, True]])
    out, _ = student.multi_head_attention_forward(X_Q3, X_KV3, PARAMS3, heads=2, mask=mask)
    assert_close(out, np.array([[[10.0, 0], [14, -3], [18, -6]]]), name="out")


@pytest.mark.exercise("multi_head_attention_forward")
@pytest.mark.after("test_two_heads_by_hand")
def test_three_heads_for_two_features_are_refused(student):
    assert_refuses(student.multi_head_attention_forward, "heads", X_Q, X_KV, PARAMS, 3)


@pytest.mark.exercise("multi_head_attention_backward")
def test_two_heads_back_by_hand(student):
    # dout = (1, 0) gives each head 1. Head 1: dp = (0, 4), mean 3, ds = (-3/4, 3/4); dq = 3/4 ln 3, dk = ds * 1.
    # Head 2: dp = (4, 0), mean 1, ds = (3/4, -3/4); dq = 3/4 ln 3, dk = ds * (-1). In both dv = (1/4, 3/4).
    _, cache = student.multi_head_attention_forward(X_Q, X_KV, PARAMS, heads=2)
    dx_q, dx_kv, dparams = student.multi_head_attention_backward(np.array([[[1.0, 0.0]]]), cache)
    assert_close(dx_q, np.array([[[0.75 * LN3, 0.75 * LN3]]]), name="dx_q")  # W_q = 1
    # ln 3 * dk + 4 * dv
    assert_close(dx_kv, np.array([[[1 - 0.75 * LN3] * 2, [3 + 0.75 * LN3] * 2]]), name="dx_kv")
    # The biases get the sums over queries or keys: b_k gets -3/4 + 3/4 = 0, as it always does.
    bias = np.array([0.75 * LN3, 0.75 * LN3, 0, 0, 1, 1])
    assert_close(dparams["in_proj_bias"], bias, name="dparams['in_proj_bias']")
    assert_close(dparams["out_proj_weight"], np.array([[3.0, 1.0], [0, 0]]), name="dparams['out_proj_weight']")
    assert_close(dparams["out_proj_bias"], np.array([1.0, 0.0]), name="dparams['out_proj_bias']")


@pytest.mark.exercise("multi_head_attention_backward")
def test_three_queries_back_by_hand(student):
    # dout gives both heads 1 for the first query, and the second head -1 for the third.
    # Head 1: dp = (0, 4), mean 3, ds = (-3/4, 3/4). Head 2, first query: dp = (0, 12), mean 9, ds = (-9/4, 9/4);
    # third query, with the weights 1/2: dp = (0, -12), mean -6, ds = (3, -3).
    _, cache = student.multi_head_attention_forward(X_Q3, X_KV3, PARAMS3, heads=2)
    dout = np.array([[[1.0, 0], [0, 0], [0, 1]]])
    dx_q, dx_kv, dparams = student.multi_head_attention_backward(dout, cache)
    # ds times the keys (0, ln 3) and (0, 2 ln 3)
    assert_close(dx_q, LN3 * np.array([[[3 / 4, 9 / 2], [0, 0], [0, -6]]]), name="dx_q")
    # dk = ds q: -+3/4 * 1 and -+9/4 * 1/2. dv = weights * dout: 1/4, 3/4 in head 1, 1/4 - 1/2, 3/4 - 1/2 in head 2.
    dk, dv = np.array([[-3 / 4, -9 / 8], [3 / 4, 9 / 8]]), np.array([[1 / 4, -1 / 4], [3 / 4, 1 / 4]])
    assert_close(dx_kv, (LN3 * dk + dv @ np.array([[4.0, 0], [4, 4]]))[None], name="dx_kv")
    weight = np.array(
        [[0, 3 / 8 * LN3], [6 * LN3, 9 / 4 * LN3], [3 / 4, 3 / 2], [9 / 8, 9 / 4], [3 / 4, 3 / 2], [1 / 4, 1 / 2]]
    )
    bias = np.array([3 / 4 * LN3, -3 / 2 * LN3, 0, 0, 1, 0])
    out_weight, out_bias = np.array([[3.0, 9.0], [2.0, 6.0]]), np.array([1.0, 1.0])
    expected = {
        "in_proj_weight": weight,
        "in_proj_bias": bias,
        "out_proj_weight": out_weight,
        "out_proj_bias": out_bias,
    }
    assert_close(dparams, expected, name="dparams")


@pytest.mark.exercise("attentive_pooling")
def test_attentive_without_padding_by_hand(student):
    # The scores are 0 and ln 3, as below.
    x = np.array([[[0.0, 8.0], [LN2, 4.0]]])
    pooled, weights = student.attentive_pooling(x, np.array([[1.0, 0.0]]), np.array([LN3 / 0.6]), np.array([2]))
    assert_close(weights, np.array([[1 / 4, 3 / 4]]), name="weights")
    assert_close(pooled, np.array([[LN2 * 3 / 4, 5.0]]), name="pooled")


@pytest.mark.exercise("attentive_pooling")
def test_attentive_by_hand(student):
    # One feature decides: tanh of 0 and ln 2, the scores are 0 and ln 3. The third step is padding.
    x = np.array([[[0.0, 8.0], [LN2, 4.0], [5.0, 99.0]]])
    pooled, weights = student.attentive_pooling(x, np.array([[1.0, 0.0]]), np.array([LN3 / 0.6]), np.array([2]))
    assert_close(weights, np.array([[1 / 4, 3 / 4, 0]]), name="weights")
    assert_close(pooled, np.array([[LN2 * 3 / 4, 5.0]]), name="pooled")


@pytest.mark.exercise("attentive_pooling")
@pytest.mark.after("test_attentive_without_padding_by_hand")
def test_more_steps_than_there_are_are_refused(student):
    x, w, v = np.ones((1, 3, 2)), np.ones((1, 2)), np.ones(1)
    assert_refuses(student.attentive_pooling, "lengths", x, w, v, np.array([4]))


@pytest.mark.exercise("hierarchical_pooling")
def test_hierarchical_without_padding_by_hand(student):
    # Means of two neighbours: (5, 1), (7, 2), (4, 3). The largest of the first feature is in the middle.
    x = np.array([[[2.0, 1.0], [8.0, 1.0], [6.0, 3.0], [2.0, 3.0]]])
    assert_close(student.hierarchical_pooling(x, 2, np.array([4])), np.array([[7.0, 3.0]]), name="pooled")


@pytest.mark.exercise("hierarchical_pooling")
def test_shorter_than_the_window_by_hand(student):
    # One real step for a window of two: its mean is itself. Nothing is real in the second sequence.
    x = np.array([[[2.0, 6.0, 1.0], [98.0, 99.0, 97.0]], [[9.0, 8.0, 7.0], [6.0, 5.0, 4.0]]])
    expected = np.array([[2.0, 6.0, 1.0], [0, 0, 0]])
    assert_close(student.hierarchical_pooling(x, 2, np.array([1, 0])), expected, name="pooled")


@pytest.mark.exercise("hierarchical_pooling")
@pytest.mark.after("test_hierarchical_without_padding_by_hand")
def test_window_of_no_steps_is_refused(student):
    assert_refuses(student.hierarchical_pooling, "window", np.ones((1, 3, 2)), 0, np.array([3]))


@pytest.mark.exercise("hierarchical_pooling")
def test_hierarchical_by_hand(student):
    # Means of two neighbours: (5, 1), (4, 2), (1, 3). The last step is padding.
    x = np.array([[[2.0, 1.0], [8.0, 1.0], [0.0, 3.0], [2.0, 3.0], [99.0, 99.0]]])
    assert_close(student.hierarchical_pooling(x, 2, np.array([4])), np.array([[5.0, 3.0]]), name="pooled")
