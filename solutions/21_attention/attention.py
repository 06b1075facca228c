"""Attention: look at everything, and let the content decide how much each part counts.

Shapes are (N, T, D) for sequences; T_q queries look at T_k keys, and "..." stands for any axes before, also none. A mask
is a boolean array, True where a query may attend to a key, as for torch.nn.functional.scaled_dot_product_attention; it
is broadcast to the shape of the weights. (torch.nn.MultiheadAttention has it the other way round: there True means
forbidden.) A query that may attend to nothing gets zeros, never NaN.

The gradient of the loss for an array is called d plus its name and has that array's shape. Results have the dtype of
the inputs (float32 in, float32 out; integers count as float64), and no function changes its arguments. Bad input is
refused by the lines above the part that you write.
"""

import numpy as np


def require(holds, message):
    """Raise ValueError(message), unless the condition holds. Given, as are the next four."""
    if not holds:
        raise ValueError(message)


def require_shape(name, array, shape):
    require(array.shape == shape, f"{name} must have the shape {shape}, not {array.shape}")


def require_lengths(lengths, n, t):
    """n lengths from 0 to t."""
    require_shape("lengths", lengths, (n,))
    for length in (lengths.min(), lengths.max()):
        require(0 <= length <= t, f"lengths must be from 0 to {t}, not {length}")


def require_mask(mask, shape):
    """None, or booleans that broadcast to the shape: from the last axis on, each length is the same or 1."""
    if mask is not None:
        require(mask.dtype == bool, f"mask must be boolean, True where attention is allowed; its dtype is {mask.dtype}")
        pairs = zip(reversed(mask.shape), reversed(shape), strict=False)
        fits = mask.ndim <= len(shape) and all(one in (1, other) for one, other in pairs)
        require(fits, f"mask of shape {mask.shape} does not broadcast to {shape}")


def require_params(params, d):
    """The parameters of multi-head attention for d features."""
    shapes = {"in_proj_weight": (3 * d, d), "in_proj_bias": (3 * d,), "out_proj_weight": (d, d), "out_proj_bias": (d,)}
    for name, shape in shapes.items():
        require_shape(name, params[name], shape)


def causal_mask(t):
    """Mask of a sequence that must not look ahead: step i may attend to the steps j <= i, itself included.

    Args:
        t: number of steps, int, at least 1.

    Returns:
        Boolean array (t, t): mask[i, j] is True where query i may attend to key j.

    Raises:
        ValueError: naming t, if it is below 1.

    Source: Vaswani et al., "Attention is all you need" (2017), section 3.2.3; is_causal of torch's
    scaled_dot_product_attention.

    Example:
        >>> causal_mask(2)
        array([[ True, False],
               [ True,  True]])
    """
    require(t >= 1, f"t must be at least 1, not {t}")
    ### BEGIN SOLUTION
    return np.tri(t, dtype=bool)
    ### END SOLUTION


def padding_mask(lengths, t):
    """Which steps of a padded batch are real: in sequence n the first lengths[n] of t.

    For weights (N, T) it fits as it is, for (N, T_q, T_k) write mask[:, None, :], for (N, heads, T_q, T_k) write
    mask[:, None, None, :].

    Args:
        lengths: int array (N,), from 0 (nothing but padding) to t.
        t: number of steps, padding included, int.

    Returns:
        Boolean array (N, t): True at the real steps, False at the padding. lengths stays as it is.

    Raises:
        ValueError: naming lengths, if one of them is below 0 or above t.

    Source: key_padding_mask of torch.nn.MultiheadAttention, which is its opposite.

    Example:
        >>> padding_mask(np.array([1, 3]), 3)
        array([[ True, False, False],
               [ True,  True,  True]])
    """
    require_lengths(lengths, len(lengths), t)
    ### BEGIN SOLUTION
    return np.arange(t) < lengths[:, None]
    ### END SOLUTION


def masked_softmax(scores, mask=None):
    """Softmax along the last axis among the allowed scores: exp(s_i) / sum_j exp(s_j), j over the allowed ones.

    A forbidden score has the weight 0 and no part in the sum, as if it were -inf, however large it is. Where nothing is
    allowed, all weights are 0. Nothing overflows and nothing warns, for scores up to 1e4 and more.

    Args:
        scores: array (..., T), T at least 1.
        mask: boolean array that broadcasts to the shape of scores, True = allowed; None allows everything.

    Returns:
        weights: array (..., T) of the scores' dtype. Each row adds up to 1, or to 0 where nothing is allowed. scores and mask
        stay as they are.

    Raises:
        ValueError: naming mask, if its dtype is not bool, or if it does not broadcast to the shape of scores.

    Source: torch.softmax after torch.Tensor.masked_fill(~mask, -inf), but for the rows without any True.

    Example:
        >>> masked_softmax(np.log([[1.0, 3.0, 5.0]]), np.array([True, True, False]))
        array([[0.25, 0.75, 0.  ]])
    """
    require_mask(mask, scores.shape)
    ### BEGIN SOLUTION
    scores = np.where(True if mask is None else mask, scores, -np.inf)
    top = scores.max(axis=-1, keepdims=True)
    weights = np.exp(scores - np.where(top == -np.inf, 0, top))
    # The largest weight is exp(0) = 1, so that only a sum of nothing is below 1.
    return weights / np.maximum(weights.sum(axis=-1, keepdims=True), 1)
    ### END SOLUTION


def additive_attention(query, keys, w_query, w_key, v, mask=None):
    """Bahdanau's attention: a small network compares the query with each key.

    score_t = v . tanh(W_query query + W_key key_t), weights = softmax of the scores over t, context = sum_t weights_t
    key_t. In translation, the query is the decoder's state and the keys are the encoder's states.

    Args:
        query: array (N, D_q), one query for each sequence.
        keys: array (N, T, D_k); they are the values too.
        w_query, w_key: arrays (A, D_q) and (A, D_k).
        v: array (A,).
        mask: boolean array that broadcasts to (N, T), True = may be attended to; None allows everything.

    Returns:
        (context, weights): arrays (N, D_k) and (N, T) of the inputs' dtype; zeros where nothing may be attended to. The
        arguments stay as they are.

    Raises:
        ValueError: naming keys, if there are not as many as queries; naming w_query or w_key, if its shape is not the
            one above (A is the length of v); naming mask, as in masked_softmax.

    Source: Bahdanau, Cho, Bengio, "Neural machine translation by jointly learning to align and translate" (2015),
    section 3.1 and appendix A.1.2.

    Example:
        >>> keys = np.array([[[0.0], [1.0]]])  # scores 0 and v tanh(ln 2) = 0.6 v = ln 3
        >>> context, weights = additive_attention(
        ...     np.zeros((1, 1)), keys, np.ones((1, 1)), np.log([[2.0]]), np.log([3.0]) / 0.6)
        >>> np.round(weights, 6), np.round(context, 6)
        (array([[0.25, 0.75]]), array([[0.75]]))
    """
    require_shape("keys", keys, (len(query), *keys.shape[1:]))
    require_shape("w_query", w_query, (len(v), query.shape[1]))
    require_shape("w_key", w_key, (len(v), keys.shape[2]))
    require_mask(mask, keys.shape[:2])
    ### BEGIN SOLUTION
    scores = np.tanh((query @ w_query.T)[:, None] + keys @ w_key.T) @ v
    weights = masked_softmax(scores, mask)
    return np.einsum("nt,ntd->nd", weights, keys), weights
    ### END SOLUTION


def attention_weights(q, k, mask=None):
    """How much each query attends to each key: softmax(q k^T / sqrt(D)), over the keys.

    If the entries of q and k are independent, with mean 0 and variance 1, their product has variance D: divided by
    sqrt(D) it is 1 again, and the softmax does not saturate.

    Args:
        q: queries, array (..., T_q, D).
        k: keys, array (..., T_k, D), the axes before as in q.
        mask: boolean array that broadcasts to (..., T_q, T_k), True = may be attended to; None allows everything.

    Returns:
        weights: array (..., T_q, T_k) of the inputs' dtype. Each row (query) adds up to 1, or to 0 where nothing is allowed.
        The arguments stay as they are.

    Raises:
        ValueError: naming k, if its D or the axes before T_k are not those of q; naming mask, as in masked_softmax.

    Source: Vaswani et al., "Attention is all you need" (2017), section 3.2.1 (footnote 4 on the variance).

    Example:
        >>> attention_weights(np.ones((1, 4)), np.array([[0.0] * 4, [np.log(3.0) / 2] * 4]))  # 4 ln(3) / 2 / sqrt(4)
        array([[0.25, 0.75]])
    """
    require_shape("k", k, (*q.shape[:-2], k.shape[-2], q.shape[-1]))
    require_mask(mask, (*q.shape[:-1], k.shape[-2]))
    ### BEGIN SOLUTION
    return masked_softmax(q @ np.swapaxes(k, -1, -2) / q.shape[-1] ** 0.5, mask)
    ### END SOLUTION


def scaled_dot_product_attention_forward(q, k, v, mask=None):
    """Each query gets the mean of the values, weighted by how well their keys fit: softmax(q k^T / sqrt(D)) v.

    Args:
        q: queries, array (..., T_q, D).
        k: keys, array (..., T_k, D), the axes before as in q.
        v: values, array (..., T_k, D_v), one for each key.
        mask: boolean array that broadcasts to (..., T_q, T_k), True = may be attended to; None allows everything.

    Returns:
        (out, cache): out is an array (..., T_q, D_v), zero where a query may attend to nothing; cache is whatever
        scaled_dot_product_attention_backward will need, yours to choose. The dtype is the inputs' (integers count as
        float64), and the arguments stay as they are.

    Raises:
        ValueError: naming v, if T_k or the axes before are not those of k; naming k or mask, as in attention_weights.

    Source: Vaswani et al., "Attention is all you need" (2017), equation 1;
    torch.nn.functional.scaled_dot_product_attention.

    Example:
        >>> k = np.array([[0.0] * 4, [np.log(3.0) / 2] * 4])
        >>> out, cache = scaled_dot_product_attention_forward(np.ones((1, 4)), k, np.array([[8.0], [4.0]]))
        >>> out  # 8 / 4 + 4 * 3 / 4
        array([[5.]])
    """
    require_shape("k", k, (*q.shape[:-2], k.shape[-2], q.shape[-1]))
    require_shape("v", v, (*k.shape[:-1], v.shape[-1]))
    require_mask(mask, (*q.shape[:-1], k.shape[-2]))
    ### BEGIN SOLUTION
    weights = attention_weights(q, k, mask)
    return weights @ v, (q, k, v, weights)
    ### END SOLUTION


def scaled_dot_product_attention_backward(dout, cache):
    """Gradients of scaled dot-product attention for queries, keys and values.

    With s = q k^T / sqrt(D), p = softmax(s) and out = p v: dv = p^T dout and dp = dout v^T. Through the softmax of each
    row, ds_ij = p_ij (dp_ij - sum_m p_im dp_im), which is 0 where p is. Then dq = ds k / sqrt(D), dk = ds^T q / sqrt(D).

    Args:
        dout: upstream gradient, array (..., T_q, D_v).
        cache: what scaled_dot_product_attention_forward returned beside out.

    Returns:
        (dq, dk, dv): arrays of the shapes of q, k and v and of dout's dtype. A query that may attend to nothing has no
        gradient and gives none: zeros. dout stays as it is.

    Source: torch.nn.functional.scaled_dot_product_attention, as differentiated by torch.autograd.

    Example:
        >>> k = np.array([[0.0] * 4, [np.log(3.0) / 2] * 4])
        >>> out, cache = scaled_dot_product_attention_forward(np.ones((1, 4)), k, np.array([[8.0], [4.0]]))
        >>> dq, dk, dv = scaled_dot_product_attention_backward(np.array([[1.0]]), cache)
        >>> dv  # the weights
        array([[0.25],
               [0.75]])
        >>> np.round(dk, 6)  # ds = (1/4 * (8 - 5), 3/4 * (4 - 5)), times q / 2
        array([[ 0.375,  0.375,  0.375,  0.375],
               [-0.375, -0.375, -0.375, -0.375]])
    """
    ### BEGIN SOLUTION
    q, k, v, p = cache
    dp = dout @ np.swapaxes(v, -1, -2)
    ds = p * (dp - (p * dp).sum(axis=-1, keepdims=True)) / q.shape[-1] ** 0.5
    return ds @ k, np.swapaxes(ds, -1, -2) @ q, np.swapaxes(p, -1, -2) @ dout
    ### END SOLUTION


def multi_head_attention_forward(x_q, x_kv, params, heads, mask=None):
    """Several attentions side by side, each on its own D / heads features, mixed by a linear layer at the end.

    q = x_q W_q^T + b_q, k = x_kv W_k^T + b_k, v = x_kv W_v^T + b_v. Head h takes the features h D / heads to
    (h + 1) D / heads - 1 of q, k and v, for scaled dot-product attention with D / heads in the place of D. The heads'
    outputs, put side by side in the same order, go through out_proj. Self-attention: x_kv is x_q.

    Args:
        x_q: what asks, array (N, T_q, D).
        x_kv: what is looked at, array (N, T_k, D).
        params: dict with the names of torch.nn.MultiheadAttention (where the last two are out_proj.weight and
            out_proj.bias): "in_proj_weight" (3 D, D), W_q above W_k above W_v; "in_proj_bias" (3 D,), b_q, b_k, b_v;
            "out_proj_weight" (D, D); "out_proj_bias" (D,).
        heads: number of heads, int, at least 1, a divisor of D.
        mask: boolean array that broadcasts to (N, heads, T_q, T_k), True = may be attended to; None allows everything.

    Returns:
        (out, cache): out is an array (N, T_q, D); cache is whatever multi_head_attention_backward will need. A query
        that may attend to nothing gets zeros from every head, so its out is out_proj_bias. The dtype is the inputs', and the
        arguments stay as they are, params too.

    Raises:
        ValueError: naming heads, if it is below 1 or does not divide D; naming x_kv or the entry of params whose shape is
            not the one above; naming mask, as in masked_softmax.

    Source: Vaswani et al., "Attention is all you need" (2017), section 3.2.2; torch.nn.MultiheadAttention(batch_first=True).

    Example:
        >>> one = np.ones((1, 1))  # one feature, one head: q = k = 1 * x, v = 4 * x
        >>> params = {"in_proj_weight": np.array([[1.0], [1.0], [4.0]]), "in_proj_bias": np.zeros(3),
        ...           "out_proj_weight": 2 * one, "out_proj_bias": np.array([0.5])}
        >>> out, cache = multi_head_attention_forward(one[None] * np.log(3), np.array([[[0.0], [1.0]]]), params, heads=1)
        >>> out  # weights 1/4 and 3/4, values 0 and 4: 2 * 3 + 0.5
        array([[[6.5]]])
    """
    require(heads >= 1 and x_q.shape[2] % heads == 0, f"heads must divide the {x_q.shape[2]} features, not be {heads}")
    require_shape("x_kv", x_kv, (len(x_q), x_kv.shape[1], x_q.shape[2]))
    require_params(params, x_q.shape[2])
    require_mask(mask, (len(x_q), heads, x_q.shape[1], x_kv.shape[1]))
    ### BEGIN SOLUTION
    n, t_q, d = x_q.shape
    ws, bs = np.split(params["in_proj_weight"], 3), np.split(params["in_proj_bias"], 3)
    projected = (x @ w.T + b for x, w, b in zip((x_q, x_kv, x_kv), ws, bs, strict=True))
    q, k, v = (each.reshape(n, -1, heads, d // heads).swapaxes(1, 2) for each in projected)
    each, inner = scaled_dot_product_attention_forward(q, k, v, mask)
    joined = each.swapaxes(1, 2).reshape(n, t_q, d)
    return joined @ params["out_proj_weight"].T + params["out_proj_bias"], (x_q, x_kv, params, heads, joined, inner)
    ### END SOLUTION


def multi_head_attention_backward(dout, cache):
    """Gradients of multi-head attention for both inputs and for every parameter.

    out_proj is a linear layer: djoined = dout W_out, dW_out = dout^T joined, db_out = sum of dout. Cut into heads,
    djoined goes back through the attention to dq, dk, dv. Put together again, dW_q = dq^T x_q, dW_k = dk^T x_kv,
    dW_v = dv^T x_kv, the biases get the sums; dx_q = dq W_q, and x_kv was used twice: dx_kv = dk W_k + dv W_v.

    Args:
        dout: upstream gradient, array (N, T_q, D).
        cache: what multi_head_attention_forward returned beside out.

    Returns:
        (dx_q, dx_kv, dparams): arrays of the shapes of x_q and x_kv, and a dict with the keys and shapes of params, all of
        dout's dtype. For self-attention the caller adds dx_q and dx_kv. dout stays as it is.

    Source: torch.nn.MultiheadAttention, as differentiated by torch.autograd.

    Example:
        >>> one = np.ones((1, 1))
        >>> params = {"in_proj_weight": np.array([[1.0], [1.0], [4.0]]), "in_proj_bias": np.zeros(3),
        ...           "out_proj_weight": 2 * one, "out_proj_bias": np.array([0.5])}
        >>> out, cache = multi_head_attention_forward(one[None] * np.log(3), np.array([[[0.0], [1.0]]]), params, heads=1)
        >>> dx_q, dx_kv, dparams = multi_head_attention_backward(np.array([[[1.0]]]), cache)
        >>> np.round(dx_q, 6)  # dp = 2 * (0, 4), of mean 6: ds = (1/4 * -6, 3/4 * 2), and the keys are 0 and 1
        array([[[1.5]]])
        >>> np.round(dparams["out_proj_weight"], 6)  # what the head gave
        array([[3.]])
    """
    ### BEGIN SOLUTION
    x_q, x_kv, params, heads, joined, inner = cache
    n, t_q, d = x_q.shape
    djoined = dout @ params["out_proj_weight"]
    deach = djoined.reshape(n, t_q, heads, d // heads).swapaxes(1, 2)
    gradients = scaled_dot_product_attention_backward(deach, inner)
    dq, dk, dv = (each.swapaxes(1, 2).reshape(n, -1, d) for each in gradients)
    w_q, w_k, w_v = np.split(params["in_proj_weight"], 3)
    dprojected, sources = (dq, dk, dv, dout), (x_q, x_kv, x_kv, joined)
    dw = [np.einsum("nti,ntj->ij", dz, x) for dz, x in zip(dprojected, sources, strict=True)]
    db = [dz.sum(axis=(0, 1)) for dz in dprojected]
    dparams = {"in_proj_weight": np.concatenate(dw[:3]), "in_proj_bias": np.concatenate(db[:3])}
    dparams |= {"out_proj_weight": dw[3], "out_proj_bias": db[3]}
    return dq @ w_q, dk @ w_k + dv @ w_v, dparams
    ### END SOLUTION


def attentive_pooling(x, w, v, lengths):
    """A sequence as one vector: the mean of its steps, weighted by a small network that says what matters.

    score_t = v . tanh(W x_t), weights = softmax of the scores over the real steps, pooled = sum_t weights_t x_t. It is
    additive attention without a query.

    Args:
        x: sequences, array (N, T, D), padded at the end.
        w: array (A, D).
        v: array (A,).
        lengths: int array (N,), how many steps of each sequence are real, from 0 to T.

    Returns:
        (pooled, weights): arrays (N, D) and (N, T) of the inputs' dtype. The weights of the padding are 0; a sequence of
        length 0 gets zeros. The arguments stay as they are.

    Raises:
        ValueError: naming w, if its shape is not (A, D), A being the length of v; naming lengths, if its shape is not (N,),
            or if one of them is below 0 or above T.

    Source: Lin et al., "A structured self-attentive sentence embedding" (2017), section 2.1, with one row of weights.

    Example:
        >>> x = np.array([[[0.0], [1.0], [7.0]]])  # the last step is padding
        >>> pooled, weights = attentive_pooling(x, np.log([[2.0]]), np.log([3.0]) / 0.6, np.array([2]))
        >>> np.round(weights, 6), np.round(pooled, 6)
        (array([[0.25, 0.75, 0.  ]]), array([[0.75]]))
    """
    require_shape("w", w, (len(v), x.shape[2]))
    require_lengths(lengths, len(x), x.shape[1])
    ### BEGIN SOLUTION
    weights = masked_softmax(np.tanh(x @ w.T) @ v, padding_mask(lengths, x.shape[1]))
    return np.einsum("nt,ntd->nd", weights, x), weights
    ### END SOLUTION


def hierarchical_pooling(x, window, lengths):
    """A sequence as one vector: the mean of every `window` neighbouring steps, then the largest mean of each feature.

    The windows overlap: they start at every step, and lie within the real steps. So there are length - window + 1 of
    them; a sequence shorter than that is a single window of `length` steps.

    Args:
        x: sequences, array (N, T, D), padded at the end.
        window: steps in a window, int, at least 1. 1 is max pooling; T or more is mean pooling.
        lengths: int array (N,), how many steps of each sequence are real, from 0 to T.

    Returns:
        pooled: array (N, D) of x's dtype; zeros for a sequence of length 0. x and lengths stay as they are.

    Raises:
        ValueError: naming window, if it is below 1; naming lengths, if its shape is not (N,), or if one of them is below 0
            or above T.

    Source: Shen et al., "Baseline needs more love: on simple word-embedding-based models and associated pooling
    mechanisms" (2018), SWEM-hier.

    Example:
        >>> x = np.array([[[2.0], [6.0], [1.0], [99.0]]])  # means (2 + 6) / 2 and (6 + 1) / 2; 99 is padding
        >>> hierarchical_pooling(x, 2, np.array([3]))
        array([[4.]])
    """
    require(window >= 1, f"window must be at least 1, not {window}")
    require_lengths(lengths, len(x), x.shape[1])
    ### BEGIN SOLUTION
    pooled = np.zeros((len(x), x.shape[2]), dtype=np.result_type(x, np.float32))
    for row, steps, length in zip(pooled, x, lengths, strict=True):
        if length > 0:
            windows = np.lib.stride_tricks.sliding_window_view(steps[:length], min(window, length), axis=0)
            row[:] = windows.mean(axis=-1).max(axis=0)
    return pooled
    ### END SOLUTION
