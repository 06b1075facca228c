"""Known wrong answers, each with the hint that a student gets.

Those of a backward pass read the reference's cache: (q, k, v, weights) of scaled dot-product attention, (x_q, x_kv,
params, heads, joined, inner) of multi-head attention, inner being the cache of its attention.
"""

import numpy as np

from autograder import mistake, reference_beside

reference = reference_beside(__file__)


@mistake("causal_mask", hint="True means allowed here: the past and the present, which lie below the diagonal.")
def causal_forbids_the_past(t):
    return reference.causal_mask(t).T


@mistake("causal_mask", hint="A step may attend to itself too: the diagonal is True.")
def causal_without_the_present(t):
    return reference.causal_mask(t) & ~np.eye(t, dtype=bool)


@mistake("padding_mask", hint="True marks the real steps; torch.nn.MultiheadAttention has it the other way round.")
def padding_is_true(lengths, t):
    return ~reference.padding_mask(lengths, t)


@mistake("padding_mask", hint="Steps are counted from 0: a sequence of length 2 has the steps 0 and 1, not 2.")
def padding_one_step_too_many(lengths, t):
    reference.padding_mask(lengths, t)
    return np.arange(t) <= lengths[:, None]


@mistake("masked_softmax", hint="The mask has no effect yet: where it is False, the score must count as -inf.")
def softmax_mask_ignored(scores, mask=None):
    reference.masked_softmax(scores, mask)
    return reference.masked_softmax(scores)


@mistake("masked_softmax", hint="True means allowed: the scores to shut out are those where the mask is False.")
def softmax_mask_upside_down(scores, mask=None):
    reference.masked_softmax(scores, mask)
    return reference.masked_softmax(scores, None if mask is None else ~mask)


@mistake("masked_softmax", hint="A score of 0 still counts, as exp(0) = 1. What is forbidden must count as -inf.")
def softmax_forbidden_scores_zero(scores, mask=None):
    reference.masked_softmax(scores, mask)
    return reference.masked_softmax(scores if mask is None else scores * mask)


@mistake(
    "masked_softmax", hint="Masking after the softmax is too late: a huge forbidden score makes the rest underflow."
)
def softmax_masked_and_renormalised(scores, mask=None):
    reference.masked_softmax(scores, mask)
    weights = reference.masked_softmax(scores) * (1 if mask is None else mask)
    total = weights.sum(axis=-1, keepdims=True)
    return weights / np.where(total == 0, 1, total)


@mistake("masked_softmax", hint="Masked after the softmax, the rows no longer add up to 1: mask the scores before it.")
def softmax_masked_afterwards(scores, mask=None):
    reference.masked_softmax(scores, mask)
    return reference.masked_softmax(scores) * (1 if mask is None else mask)


@mistake("masked_softmax", hint="In a row without any True, -inf - (-inf) is NaN: such rows must come out as zeros.")
def softmax_blind_rows_nan(scores, mask=None):
    weights = reference.masked_softmax(scores, mask)
    return np.where(weights.any(axis=-1, keepdims=True), weights, weights / weights.sum(axis=-1, keepdims=True))


@mistake("masked_softmax", hint="With -1e9 for -inf, a row that sees nothing attends evenly to all, not to nothing.")
def softmax_blind_rows_even(scores, mask=None):
    weights = reference.masked_softmax(scores, mask)
    even = np.full_like(weights, 1 / weights.shape[-1])
    return np.where(weights.any(axis=-1, keepdims=True), weights, even)


@mistake("masked_softmax", hint="It is the last axis that adds up to 1, however many there are: axis=-1, not axis=1.")
def softmax_over_the_second_axis(scores, mask=None):
    reference.masked_softmax(scores, mask)
    if scores.ndim < 2:
        return reference.masked_softmax(scores, mask)
    mask = None if mask is None else np.broadcast_to(mask, scores.shape).swapaxes(1, -1)
    return reference.masked_softmax(scores.swapaxes(1, -1), mask).swapaxes(1, -1)


@mistake("masked_softmax", hint="exp of a large score overflows: subtract the row's largest allowed score first.")
def softmax_without_shift(scores, mask=None):
    reference.masked_softmax(scores, mask)
    weights = np.exp(np.where(True if mask is None else mask, scores, -np.inf))
    total = weights.sum(axis=-1, keepdims=True)
    return weights / np.where(total == 0, 1, total)


@mistake("additive_attention", hint="Without the tanh, the query moves all scores of its row alike: it has no say.")
def additive_without_tanh(query, keys, w_query, w_key, v, mask=None):
    reference.additive_attention(query, keys, w_query, w_key, v, mask)
    weights = reference.masked_softmax((query @ w_query.T)[:, None] @ v + keys @ w_key.T @ v, mask)
    return np.einsum("nt,ntd->nd", weights, keys), weights


@mistake("additive_attention", hint="The query does not come in: it decides, together with each key, what matters.")
def additive_without_query(query, keys, w_query, w_key, v, mask=None):
    return reference.additive_attention(0 * query, keys, w_query, w_key, v, mask)


@mistake("additive_attention", hint="The mask is not used: what is False in it must get no weight.")
def additive_without_mask(query, keys, w_query, w_key, v, mask=None):
    return reference.additive_attention(query, keys, w_query, w_key, v)


@mistake("attention_weights", hint="Divide the products by sqrt(D): without it the softmax saturates for large D.")
def weights_unscaled(q, k, mask=None):
    return reference.attention_weights(q * q.shape[-1] ** 0.5, k, mask)


@mistake("attention_weights", hint="Divide by sqrt(D), not by D: the variance of a product of D terms is D.")
def weights_scaled_by_d(q, k, mask=None):
    return reference.attention_weights(q / q.shape[-1] ** 0.5, k, mask)


@mistake("attention_weights", hint="Softmax over the keys, the last axis: it is each query's weights that add up to 1.")
def weights_softmax_over_queries(q, k, mask=None):
    shape = reference.attention_weights(q, k, mask).shape
    mask = np.swapaxes(np.broadcast_to(True if mask is None else mask, shape), -1, -2)
    return np.swapaxes(reference.attention_weights(k, q, mask), -1, -2)


@mistake("attention_weights", hint="The mask is not used: it must reach the softmax.")
def weights_without_mask(q, k, mask=None):
    reference.attention_weights(q, k, mask)
    return reference.attention_weights(q, k)


@mistake("attention_weights", hint="np.sqrt(D) is a float64, which turns float32 arrays into float64: take D ** 0.5.")
def weights_in_float64(q, k, mask=None):
    return reference.attention_weights(q, k, mask).astype(np.float64)


@mistake("scaled_dot_product_attention_forward", hint="The mask is not used: it must reach the weights.")
def forward_without_mask(q, k, v, mask=None):
    return reference.scaled_dot_product_attention_forward(q, k, v)


@mistake("scaled_dot_product_attention_forward", hint="Divided by sqrt(D) twice: attention_weights does so already.")
def forward_scaled_twice(q, k, v, mask=None):
    return reference.scaled_dot_product_attention_forward(q / q.shape[-1] ** 0.5, k, v, mask)


def from_scores(ds, dout, cache):
    """The gradients, given that for the scores before they are divided by sqrt(D)."""
    q, k, _, p = cache
    ds = ds / q.shape[-1] ** 0.5
    return ds @ k, np.swapaxes(ds, -1, -2) @ q, np.swapaxes(p, -1, -2) @ dout


def weight_gradients(dout, cache):
    return dout @ np.swapaxes(cache[2], -1, -2), cache[3]


@mistake("scaled_dot_product_attention_backward", hint="The softmax ties a row together: subtract its sum of p * dp.")
def backward_softmax_forgotten_sum(dout, cache):
    dp, p = weight_gradients(dout, cache)
    return from_scores(p * dp, dout, cache)


@mistake(
    "scaled_dot_product_attention_backward", hint="p (1 - p) is the diagonal only: the terms -p_i p_j are missing."
)
def backward_softmax_diagonal(dout, cache):
    dp, p = weight_gradients(dout, cache)
    return from_scores(dp * p * (1 - p), dout, cache)


@mistake("scaled_dot_product_attention_backward", hint="The softmax ran over the keys: sum p * dp over the last axis.")
def backward_sum_over_queries(dout, cache):
    dp, p = weight_gradients(dout, cache)
    return from_scores(p * (dp - (p * dp).sum(axis=-2, keepdims=True)), dout, cache)


@mistake("scaled_dot_product_attention_backward", hint="The scores were divided by sqrt(D): so are dq and dk.")
def backward_unscaled(dout, cache):
    dq, dk, dv = reference.scaled_dot_product_attention_backward(dout, cache)
    return dq * cache[0].shape[-1] ** 0.5, dk * cache[0].shape[-1] ** 0.5, dv


def attend(x_q, x_kv, params, heads, mask, scale=1, split_first=False, join_first=False):
    """Multi-head attention, scaled otherwise, or with an axis of heads that is cut off or put back at the wrong place."""
    reference.multi_head_attention_forward(x_q, x_kv, params, heads, mask)
    ws, bs = np.split(params["in_proj_weight"], 3), np.split(params["in_proj_bias"], 3)
    qkv = [x @ w.T + b for x, w, b in zip((x_q, x_kv, x_kv), ws, bs, strict=True)]
    n, _, d = x_q.shape
    if split_first:
        q, k, v = (each.reshape(n, heads, -1, d // heads) for each in qkv)
    else:
        q, k, v = (each.reshape(n, -1, heads, d // heads).swapaxes(1, 2) for each in qkv)
    each, inner = reference.scaled_dot_product_attention_forward(q * scale, k, v, mask)
    joined = (each if join_first else each.swapaxes(1, 2)).reshape(x_q.shape)
    out = joined @ params["out_proj_weight"].T + params["out_proj_bias"]
    return out, (x_q, x_kv, params, heads, joined, inner)


@mistake("multi_head_attention_forward", hint="A head has D / heads features: divide by the root of that, not of D.")
def multi_scaled_by_the_whole_d(x_q, x_kv, params, heads, mask=None):
    return attend(x_q, x_kv, params, heads, mask, scale=heads**-0.5)


@mistake("multi_head_attention_forward", hint="Heads share out features, not steps: cut the last axis, then swap axes.")
def multi_heads_cut_across_time(x_q, x_kv, params, heads, mask=None):
    return attend(x_q, x_kv, params, heads, mask, split_first=True)


@mistake("multi_head_attention_forward", hint="Swap heads and steps back before the reshape that joins the heads.")
def multi_heads_joined_without_swap(x_q, x_kv, params, heads, mask=None):
    return attend(x_q, x_kv, params, heads, mask, join_first=True)


@mistake("multi_head_attention_forward", hint="The first D rows of in_proj_weight are W_q, the next W_k, the last W_v.")
def multi_keys_before_queries(x_q, x_kv, params, heads, mask=None):
    reference.multi_head_attention_forward(x_q, x_kv, params, heads, mask)
    rows = np.arange(3 * x_q.shape[2]).reshape(3, -1)[[1, 0, 2]].ravel()
    params = {name: value[rows] if name.startswith("in") else value for name, value in params.items()}
    return reference.multi_head_attention_forward(x_q, x_kv, params, heads, mask)


@mistake("multi_head_attention_forward", hint="A weight is (out, in): out_proj_weight must be transposed too.")
def multi_out_proj_not_transposed(x_q, x_kv, params, heads, mask=None):
    reference.multi_head_attention_forward(x_q, x_kv, params, heads, mask)
    params = {**params, "out_proj_weight": params["out_proj_weight"].T}
    return reference.multi_head_attention_forward(x_q, x_kv, params, heads, mask)


@mistake(
    "multi_head_attention_forward", hint="A weight is (out, in): each block of in_proj_weight must be transposed too."
)
def multi_in_proj_not_transposed(x_q, x_kv, params, heads, mask=None):
    reference.multi_head_attention_forward(x_q, x_kv, params, heads, mask)
    blocks = [block.T for block in np.split(params["in_proj_weight"], 3)]
    params = {**params, "in_proj_weight": np.concatenate(blocks)}
    return reference.multi_head_attention_forward(x_q, x_kv, params, heads, mask)


@mistake("multi_head_attention_forward", hint="The output projection has a bias too: add out_proj_bias at the end.")
def multi_without_out_bias(x_q, x_kv, params, heads, mask=None):
    reference.multi_head_attention_forward(x_q, x_kv, params, heads, mask)
    params = {**params, "out_proj_bias": 0 * params["out_proj_bias"]}
    return reference.multi_head_attention_forward(x_q, x_kv, params, heads, mask)


@mistake("multi_head_attention_forward", hint="The mask is not used: it must reach the attention of every head.")
def multi_without_mask(x_q, x_kv, params, heads, mask=None):
    reference.multi_head_attention_forward(x_q, x_kv, params, heads, mask)
    return reference.multi_head_attention_forward(x_q, x_kv, params, heads)


@mistake("multi_head_attention_backward", hint="dout must go back through out_proj before it reaches the heads.")
def multi_back_skips_out_proj(dout, cache):
    plain = {**cache[2], "out_proj_weight": np.eye(dout.shape[2], dtype=dout.dtype)}
    return reference.multi_head_attention_backward(dout, (*cache[:2], plain, *cache[3:]))


@mistake("multi_head_attention_backward", hint="x_kv made both the keys and the values: the two gradients add up.")
def multi_back_values_alone(dout, cache):
    weights = cache[2]["in_proj_weight"].copy()
    weights[dout.shape[2] : -dout.shape[2]] = 0  # W_k
    params = {**cache[2], "in_proj_weight": weights}
    return reference.multi_head_attention_backward(dout, (*cache[:2], params, *cache[3:]))


@mistake("multi_head_attention_backward", hint="dW_out is dout^T joined, (out, in): this is its transpose.")
def multi_back_out_proj_transposed(dout, cache):
    dx_q, dx_kv, dparams = reference.multi_head_attention_backward(dout, cache)
    return dx_q, dx_kv, {**dparams, "out_proj_weight": dparams["out_proj_weight"].T}


@mistake("multi_head_attention_backward", hint="A bias acts at every step of every sequence: sum over both axes.")
def multi_back_bias_from_last_steps(dout, cache):
    dx_q, dx_kv, dparams = reference.multi_head_attention_backward(dout, cache)
    return dx_q, dx_kv, {**dparams, "out_proj_bias": dout[:, -1].sum(axis=0)}


@mistake(
    "multi_head_attention_backward",
    hint="Put heads and features together again before W_q, W_k and W_v: swap axes first.",
)
def multi_back_heads_joined_without_swap(dout, cache):
    x_q, x_kv, params, heads, _, inner = cache
    n, t_q, d = dout.shape
    deach = (dout @ params["out_proj_weight"]).reshape(n, t_q, heads, d // heads).swapaxes(1, 2)
    dq, dk, dv = (each.reshape(n, -1, d) for each in reference.scaled_dot_product_attention_backward(deach, inner))
    w_q, w_k, w_v = np.split(params["in_proj_weight"], 3)
    dprojected, sources = (dq, dk, dv), (x_q, x_kv, x_kv)
    dw = [np.einsum("nti,ntj->ij", dz, x) for dz, x in zip(dprojected, sources, strict=True)]
    dparams = {**reference.multi_head_attention_backward(dout, cache)[2], "in_proj_weight": np.concatenate(dw)}
    dparams["in_proj_bias"] = np.concatenate([dz.sum(axis=(0, 1)) for dz in dprojected])
    return dq @ w_q, dk @ w_k + dv @ w_v, dparams


def weighted(x, weights):
    return np.einsum("nt,ntd->nd", weights, x), weights


@mistake("attentive_pooling", hint="The padding must get no weight: only the first lengths[n] steps are real.")
def attentive_with_padding(x, w, v, lengths):
    reference.attentive_pooling(x, w, v, lengths)
    return weighted(x, reference.masked_softmax(np.tanh(x @ w.T) @ v))


@mistake("attentive_pooling", hint="Mask the scores before the softmax: afterwards the weights no longer add up to 1.")
def attentive_masked_afterwards(x, w, v, lengths):
    reference.attentive_pooling(x, w, v, lengths)
    return weighted(x, reference.masked_softmax(np.tanh(x @ w.T) @ v) * reference.padding_mask(lengths, x.shape[1]))


@mistake("attentive_pooling", hint="The tanh is missing between w and v.")
def attentive_without_tanh(x, w, v, lengths):
    reference.attentive_pooling(x, w, v, lengths)
    return weighted(x, reference.masked_softmax(x @ w.T @ v, reference.padding_mask(lengths, x.shape[1])))


def pooled(x, window, lengths, pool):
    """`pool` takes the real steps of one sequence, and the window that fits into them."""
    reference.hierarchical_pooling(x, window, lengths)
    rows = [pool(row[:t], min(window, t)) if t else 0 * row[0] for row, t in zip(x, lengths, strict=True)]
    return np.array(rows, dtype=x.dtype)


def view(steps, window):
    return np.lib.stride_tricks.sliding_window_view(steps, window, axis=0)


@mistake("hierarchical_pooling", hint="First the mean within each window, then the largest mean, not the reverse.")
def hierarchical_mean_of_largest(x, window, lengths):
    return pooled(x, window, lengths, lambda steps, k: view(steps, k).max(axis=-1).mean(axis=0))


@mistake("hierarchical_pooling", hint="The windows overlap: one starts at every step, not at every window-th.")
def hierarchical_windows_side_by_side(x, window, lengths):
    return pooled(x, window, lengths, lambda steps, k: view(steps, k).mean(axis=-1)[::k].max(axis=0))


@mistake("hierarchical_pooling", hint="Windows must lie within the real steps: here they run into the padding.")
def hierarchical_with_padding(x, window, lengths):
    reference.hierarchical_pooling(x, window, lengths)
    return reference.hierarchical_pooling(x, window, np.where(lengths > 0, x.shape[1], 0))


@mistake("hierarchical_pooling", hint="A sequence shorter than the window is one window: divide by its own length.")
def hierarchical_short_divided_by_window(x, window, lengths):
    share = np.minimum(lengths, window) / window
    return reference.hierarchical_pooling(x, window, lengths) * share[:, None].astype(x.dtype)
