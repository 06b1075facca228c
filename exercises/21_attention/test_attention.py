"""Public tests: one or two queries and keys, numbers that can be followed with pencil and paper.

The scores are chosen to come out even: exp(0) = 1 and exp(ln 3) = 3, so that two scores 0 and ln 3 have the weights
1/4 and 3/4. For additive attention tanh(ln 2) = 0.6 is made to ln 3 by v = ln 3 / 0.6.
"""

import numpy as np
import pytest

from autograder import assert_close

LN2, LN3 = np.log(2.0), np.log(3.0)


@pytest.mark.exercise("causal_mask")
def test_three_steps_by_hand(student):
    # Step 0 sees itself, step 1 sees 0 and 1, step 2 sees all.
    expected = np.array([[True, False, False], [True, True, False], [True, True, True]])
    assert_close(student.causal_mask(3), expected, name="the mask")


@pytest.mark.exercise("padding_mask")
def test_lengths_by_hand(student):
    expected = np.array([[True, True, False, False], [True, True, True, True], [True, False, False, False]])
    assert_close(student.padding_mask(np.array([2, 4, 1]), 4), expected, name="the mask")


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


# Two queries of four features: (1, 1, 1, 1) and (-1, -1, -1, -1). The products with the keys are 0 and +-2 ln 3, by
# sqrt(4) = 2 that is 0 and +-ln 3, with the weights 1 : 3 and 1 : 1/3.
Q = np.array([[1.0] * 4, [-1.0] * 4])
K = np.array([[0.0] * 4, [LN3 / 2] * 4])
V = np.array([[8.0, 0.0], [4.0, 1.0]])


@pytest.mark.exercise("attention_weights")
def test_two_queries_by_hand(student):
    assert_close(student.attention_weights(Q, K), np.array([[1 / 4, 3 / 4], [3 / 4, 1 / 4]]), name="weights")


@pytest.mark.exercise("attention_weights")
def test_causal_by_hand(student):
    # The first query may see the first key only.
    mask = np.array([[True, False], [True, True]])
    assert_close(student.attention_weights(Q, K, mask), np.array([[1, 0], [3 / 4, 1 / 4]]), name="weights")


@pytest.mark.exercise("scaled_dot_product_attention_forward")
def test_weighted_values_by_hand(student):
    # (8, 0) / 4 + (4, 1) * 3 / 4 = (5, 3/4), and (8, 0) * 3 / 4 + (4, 1) / 4 = (7, 1/4)
    out, _ = student.scaled_dot_product_attention_forward(Q, K, V)
    assert_close(out, np.array([[5, 0.75], [7, 0.25]]), name="out")


@pytest.mark.exercise("scaled_dot_product_attention_backward")
def test_gradients_by_hand(student):
    # One query, one value feature. dp = 10 * (8, 4) = (80, 40), their weighted mean is 20 + 30 = 50,
    # so ds = (1/4 * 30, 3/4 * -10) = (7.5, -7.5), and everything is divided by sqrt(4) = 2.
    _, cache = student.scaled_dot_product_attention_forward(Q[:1], K, V[:, :1])
    dq, dk, dv = student.scaled_dot_product_attention_backward(np.array([[10.0]]), cache)
    assert_close(dv, np.array([[2.5], [7.5]]), name="dv")  # 10 times the weights
    assert_close(dq, np.array([[-7.5 / 2 * LN3 / 2] * 4]), name="dq")
    assert_close(dk, np.array([[7.5 / 2] * 4, [-7.5 / 2] * 4]), name="dk")


# One query, two keys, two heads of one feature: W_q = 1, W_k = ln 3, W_v = 4 times the unit matrix.
PARAMS = {
    "in_proj_weight": np.concatenate([np.eye(2), LN3 * np.eye(2), 4 * np.eye(2)]),
    "in_proj_bias": np.zeros(6),
    "out_proj_weight": np.array([[1.0, 1.0], [1.0, -1.0]]),
    "out_proj_bias": np.array([10.0, 0.0]),
}
X_Q = np.array([[[1.0, -1.0]]])
X_KV = np.array([[[0.0, 1.0], [1.0, 0.0]]])


@pytest.mark.exercise("multi_head_attention_forward")
def test_two_heads_by_hand(student):
    # Head 1: q = 1, keys 0 and ln 3, weights 1/4 and 3/4, values 0 and 4: 3.
    # Head 2: q = -1, keys ln 3 and 0, scores -ln 3 and 0, weights 1/4 and 3/4, values 4 and 0: 1.
    # Mixed: 3 + 1 + 10 and 3 - 1.
    out, _ = student.multi_head_attention_forward(X_Q, X_KV, PARAMS, heads=2)
    assert_close(out, np.array([[[14.0, 2.0]]]), name="out")


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


@pytest.mark.exercise("attentive_pooling")
def test_attentive_by_hand(student):
    # One feature decides: tanh of 0 and ln 2, the scores are 0 and ln 3. The third step is padding.
    x = np.array([[[0.0, 8.0], [LN2, 4.0], [5.0, 99.0]]])
    pooled, weights = student.attentive_pooling(x, np.array([[1.0, 0.0]]), np.array([LN3 / 0.6]), np.array([2]))
    assert_close(weights, np.array([[1 / 4, 3 / 4, 0]]), name="weights")
    assert_close(pooled, np.array([[LN2 * 3 / 4, 5.0]]), name="pooled")


@pytest.mark.exercise("hierarchical_pooling")
def test_hierarchical_by_hand(student):
    # Means of two neighbours: (5, 1), (4, 2), (1, 3). The last step is padding.
    x = np.array([[[2.0, 1.0], [8.0, 1.0], [0.0, 3.0], [2.0, 3.0], [99.0, 99.0]]])
    assert_close(student.hierarchical_pooling(x, 2, np.array([4])), np.array([[5.0, 3.0]]), name="pooled")
