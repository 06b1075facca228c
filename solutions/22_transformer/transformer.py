"""The transformer: attention and a small network at each step, in blocks, stacked.

Shapes are (N, T, D) for sequences: N of them, T steps, D features. A mask is a boolean array, True where a step may attend
to another, and broadcasts to (N, heads, T_q, T_k); None allows everything.

The params of a block are a dict of arrays, with F the hidden units of its feed-forward part:

    "query", "key", "value", "out"          (D, D), of the attention, which has no biases
    "gamma1", "beta1", "gamma2", "beta2"    (D,), of the two normalisations
    "w1", "b1", "w2", "b2"                  (F, D), (F,), (D, F), (D,), of the feed-forward part

The gradient of the loss for an array is called d plus its name and has that array's shape. Results are new arrays in the
dtype of the inputs (float32 in, float32 out), and functions leave what they are given as it was. Attention, layer
normalisation and Adam are given below, from units 21, 08 and 06, each in another dress: attend and normalize return
(out, back), and back(dout) gives the gradients. The lines above yours refuse bad input; they are given too.
"""

import numpy as np

ATTENTION = ("query", "key", "value", "out")


def require(holds, message):
    """Raise ValueError(message) unless it holds. Given, as are the next three."""
    if not holds:
        raise ValueError(message)


def require_shape(name, array, shape):
    require(array.shape == shape, f"{name} must have the shape {shape}, not {array.shape}")


def require_sizes(d, heads):
    require(d % 2 == 0, f"d must be even, not {d}")
    require(heads >= 1 and d % heads == 0, f"heads must divide the {d} features, not be {heads}")


def require_tokens(name, tokens, vocabulary):
    """Whole numbers from 0 to vocabulary - 1."""
    inside = np.all((tokens >= 0) & (tokens < vocabulary))
    require(inside, f"{name} must be from 0 to {vocabulary - 1}, not {np.min(tokens)} to {np.max(tokens)}")


def attend(x_q, x_kv, weights, heads, mask=None):
    """Multi-head attention without biases: the steps of x_q look at the steps of x_kv. Given.

    Args:
        x_q: (N, T_q, D). x_kv: (N, T_k, D); x_q itself for self-attention.
        weights: dict with "query", "key", "value", "out", each (D, D); what else it holds plays no part.
        heads: int that divides D. mask: see above. A step that may attend to nothing gets zeros.

    Returns:
        (out, back): out (N, T_q, D); back(dout) gives (dx_q, dx_kv, dweights), dweights a dict of the four.

    Example:
        >>> one = np.ones((1, 1))  # scores 0 and ln 3, so the shares are 1/4 and 3/4
        >>> weights = {"query": one, "key": one, "value": 8 * one, "out": one}
        >>> attend(np.log([[[3.0]]]), np.array([[[0.0], [1.0]]]), weights, heads=1)[0]
        array([[[6.]]])
    """
    n, d = x_q.shape[0], x_q.shape[2]
    rows = {"query": x_q.reshape(-1, d), "key": x_kv.reshape(-1, d), "value": x_kv.reshape(-1, d)}

    def part(flat):
        return flat.reshape(n, -1, heads, d // heads).transpose(0, 2, 1, 3)

    def whole(parts):
        return parts.transpose(0, 2, 1, 3).reshape(-1, d)

    asked, held, told = (part(rows[key] @ weights[key].T) for key in rows)
    scale = (d // heads) ** -0.5
    scores = asked @ held.transpose(0, 1, 3, 2) * scale
    if mask is not None:
        scores = np.where(mask, scores, -np.inf)
    highest = scores.max(-1)[..., None]
    shares = np.exp(scores - np.where(np.isinf(highest), 0, highest))
    total = shares.sum(-1)[..., None]
    shares = shares / np.where(total == 0, 1, total)
    mixed = whole(shares @ told)

    def back(dout):
        dflat = dout.reshape(-1, d)
        dmixed = part(dflat @ weights["out"])
        dshares = dmixed @ told.transpose(0, 1, 3, 2)
        dscores = shares * (dshares - np.einsum("nhij,nhij->nhi", shares, dshares)[..., None]) * scale
        dparts = {"query": dscores @ held, "key": dscores.transpose(0, 1, 3, 2) @ asked}
        dparts["value"] = shares.transpose(0, 1, 3, 2) @ dmixed
        dflats = {key: whole(each) for key, each in dparts.items()}
        dweights = {key: each.T @ rows[key] for key, each in dflats.items()}
        dweights["out"] = dflat.T @ mixed
        dx_kv = dflats["key"] @ weights["key"] + dflats["value"] @ weights["value"]
        return (dflats["query"] @ weights["query"]).reshape(x_q.shape), dx_kv.reshape(x_kv.shape), dweights

    return (mixed @ weights["out"].T).reshape(x_q.shape), back


def normalize(x, gamma, beta):
    """Layer normalisation over the last axis: each step to mean 0 and variance 1, then times gamma, plus beta. Given.

    Args:
        x: (N, T, D). gamma, beta: (D,). 1e-5 is added to the variance.

    Returns:
        (out, back): out (N, T, D); back(dout) gives (dx, dgamma, dbeta).

    Example:
        >>> out, back = normalize(np.array([[[1.0, 3.0]]]), np.array([1.0, 2.0]), np.array([0.0, 5.0]))
        >>> np.round(out, 4)
        array([[[-1.,  7.]]])
    """
    centred = x - x.mean(-1)[..., None]
    narrow = 1 / np.sqrt((centred * centred).mean(-1) + 1e-5)[..., None]
    unit = centred * narrow

    def back(dout):
        dunit = dout * gamma
        tilt = (dunit * unit).mean(-1)[..., None]
        dx = narrow * (dunit - dunit.mean(-1)[..., None] - tilt * unit)
        return dx, (dout * unit).sum((0, 1)), dout.sum((0, 1))

    return gamma * unit + beta, back


def arrays_of(nested):
    """All arrays in dicts and lists within each other, always in the same order. Given.

    Example:
        >>> arrays_of({"b": np.array([2.0]), "a": [{"c": np.array([1.0])}]})
        [array([1.]), array([2.])]
    """
    if isinstance(nested, dict):
        return [array for key in sorted(nested) for array in arrays_of(nested[key])]
    return [array for each in nested for array in arrays_of(each)] if isinstance(nested, (list, tuple)) else [nested]


def adam_step(params, grads, state, lr):
    """One step of Adam, in place, with the transformer's betas 0.9 and 0.98. Given.

    Args:
        params, grads: arrays in dicts and lists within each other, the same in both. The arrays of params are changed.
        state: dict, empty before the first step; the averages are kept in it.
        lr: learning rate.

    Example:
        >>> params = {"w": np.array([1.0, 1.0])}
        >>> adam_step(params, {"w": np.array([2.0, -500.0])}, {}, lr=0.1)
        >>> np.round(params["w"], 6)
        array([0.9, 1.1])
    """
    count = state["count"] = state.get("count", 0) + 1
    rate, late = lr / (1 - 0.9**count), (1 - 0.98**count) ** 0.5
    for number, (array, slope) in enumerate(zip(arrays_of(params), arrays_of(grads), strict=True)):
        mean, square = state.setdefault(number, (np.zeros_like(array), np.zeros_like(array)))
        mean += 0.1 * (slope - mean)
        square += 0.02 * (slope * slope - square)
        array -= rate * mean / (np.sqrt(square) / late + 1e-9)


def train(model, batches, lr):
    """Train a TinyTransformer with Adam, one step a batch. Given.

    Args:
        model: TinyTransformer; the arrays of its params are changed.
        batches: list of (tokens, targets, weights), as loss_and_grads takes them.
        lr: learning rate, or a list of one for each batch.

    Returns:
        losses: list of floats, one for each batch, each from before its step.
    """
    losses, state = [], {}
    for batch, rate in zip(batches, np.broadcast_to(lr, len(batches)), strict=True):
        loss, grads = model.loss_and_grads(*batch)
        adam_step(model.params, grads, state, float(rate))
        losses.append(float(loss))
    return losses


def positional_encoding(steps, d):
    """Where a step stands, as a vector: d / 2 pairs (sine, cosine) of angles that turn with the step, each at its own speed.

        out[t, 2 i] = sin(t / 10000^(2 i / d)),   out[t, 2 i + 1] = cos(t / 10000^(2 i / d))

    for i = 0 ... d / 2 - 1, with steps counted from 0. The two of a pair share one angle.

    Args:
        steps: int, at least 1.
        d: int, even, at least 2.

    Returns:
        out: float64 array (steps, d).

    Raises:
        ValueError: naming steps, if it is below 1; naming d, if it is odd or below 2.

    Source: Vaswani and others, "Attention Is All You Need" (2017), section 3.5.

    Example:
        >>> np.round(positional_encoding(2, 4), 4)
        array([[0.    , 1.    , 0.    , 1.    ],
               [0.8415, 0.5403, 0.01  , 1.    ]])
    """
    require(steps >= 1, f"steps must be at least 1, not {steps}")
    require(d >= 2 and d % 2 == 0, f"d must be even and at least 2, not {d}")
    ### BEGIN SOLUTION
    angles = np.arange(steps)[:, None] / 10000 ** (np.arange(0, d, 2) / d)
    return np.stack([np.sin(angles), np.cos(angles)], axis=2).reshape(steps, d)
    ### END SOLUTION


def feed_forward_forward(x, w1, b1, w2, b2):
    """A small network for each step by itself, the same for all: relu(x w1^T + b1) w2^T + b2.

    Args:
        x: (N, T, D).
        w1, b1: (F, D) and (F,).
        w2, b2: (D, F) and (D,).

    Returns:
        (out, cache): out (N, T, D); cache is whatever feed_forward_backward needs.

    Raises:
        ValueError: naming w1 or w2, if its shape does not fit.

    Source: Vaswani and others (2017), section 3.3; torch.nn.Linear, ReLU, Linear.

    Example:
        >>> out, cache = feed_forward_forward(np.array([[[1.0]]]), np.array([[2.0], [-2.0]]), np.zeros(2),
        ...                                   np.array([[10.0, 20.0]]), np.array([0.5]))
        >>> out  # relu(2, -2) = (2, 0): 10 * 2 + 0.5
        array([[[20.5]]])
    """
    require_shape("w1", w1, (len(b1), x.shape[2]))
    require_shape("w2", w2, (x.shape[2], len(b1)))
    ### BEGIN SOLUTION
    hidden = np.maximum(x @ w1.T + b1, 0)
    return hidden @ w2.T + b2, (x, w1, w2, hidden)
    ### END SOLUTION


def feed_forward_backward(dout, cache):
    """Gradients of the feed-forward part. Every step of every sequence uses the weights: their gradients are sums over both.

    With h = relu(x w1^T + b1): dw2 = sum of dout^T h, db2 = sum of dout. dh = dout w2 goes on where h is above 0 (relu'(0) = 0),
    and then dw1 = sum of dh^T x, db1 = sum of dh, dx = dh w1.

    Args:
        dout: upstream gradient (N, T, D).
        cache: what feed_forward_forward returned beside out.

    Returns:
        (dx, dw1, db1, dw2, db2): of the shapes of x, w1, b1, w2, b2.

    Source: torch.nn.Linear, ReLU, Linear, as differentiated by torch.autograd.

    Example:
        >>> out, cache = feed_forward_forward(np.array([[[1.0]]]), np.array([[2.0], [-2.0]]), np.zeros(2),
        ...                                   np.array([[10.0, 20.0]]), np.array([0.5]))
        >>> dx, dw1, db1, dw2, db2 = feed_forward_backward(np.array([[[1.0]]]), cache)
        >>> dx, dw1.ravel(), db1, dw2, db2  # the second unit is shut
        (array([[[20.]]]), array([10.,  0.]), array([10.,  0.]), array([[2., 0.]]), array([1.]))
    """
    ### BEGIN SOLUTION
    x, w1, w2, hidden = cache
    dhidden = dout @ w2 * (hidden > 0)
    dw1, dw2 = np.tensordot(dhidden, x, ((0, 1), (0, 1))), np.tensordot(dout, hidden, ((0, 1), (0, 1)))
    return dhidden @ w1, dw1, dhidden.sum(axis=(0, 1)), dw2, dout.sum(axis=(0, 1))
    ### END SOLUTION


def encoder_block_forward(x, params, heads, mask=None, norm_first=False):
    """A block: every step looks around (A, self-attention), then thinks for itself (F, feed-forward).

    What each part gives is added to what was there before: that sum is a residual connection.
    The paper normalises after each addition; most models since normalise before A and before F, and leave the sums alone:

        norm_first=False:   y = LN1(x + A(x)),      out = LN2(y + F(y))
        norm_first=True:    y = x + A(LN1(x)),      out = y + F(LN2(y))

    LN1 has gamma1 and beta1, LN2 has gamma2 and beta2.

    Args:
        x: (N, T, D).
        params: dict of a block, as above.
        heads: int, a divisor of D.
        mask: boolean array that broadcasts to (N, heads, T, T), True = may be attended to; None allows everything.
        norm_first: bool.

    Returns:
        (out, cache): out (N, T, D); cache is whatever encoder_block_backward needs.

    Raises:
        ValueError: naming heads, if it does not divide D.

    Source: Vaswani and others (2017), section 3.1; Xiong and others, "On Layer Normalization in the Transformer Architecture"
    (2020), for norm_first; torch.nn.TransformerEncoderLayer(dropout=0, batch_first=True), its attention's biases 0.

    Example:
        >>> zero, one = np.zeros((2, 2)), np.ones(2)
        >>> params = {"query": zero, "key": zero, "value": np.eye(2), "out": np.eye(2), "w1": zero, "b1": one, "w2": np.eye(2),
        ...           "b2": 0 * one, "gamma1": one, "beta1": 0 * one, "gamma2": one, "beta2": 0 * one}
        >>> out, cache = encoder_block_forward(np.array([[[1.0, 3.0]]]), params, heads=1, norm_first=True)
        >>> np.round(out, 3)  # LN1 gives (-1, 1), A keeps it: y = (0, 4). F gives (1, 1) to everybody
        array([[[1., 5.]]])
    """
    require(heads >= 1 and x.shape[2] % heads == 0, f"heads must divide the {x.shape[2]} features, not be {heads}")
    ### BEGIN SOLUTION
    norms = [(params["gamma1"], params["beta1"]), (params["gamma2"], params["beta2"])]
    feeding = [params[key] for key in ("w1", "b1", "w2", "b2")]
    if norm_first:
        seen, back1 = normalize(x, *norms[0])
        mixed, attention = attend(seen, seen, params, heads, mask)
        y = x + mixed
        seen, back2 = normalize(y, *norms[1])
        fed, fed_cache = feed_forward_forward(seen, *feeding)
        out = y + fed
    else:
        mixed, attention = attend(x, x, params, heads, mask)
        y, back1 = normalize(x + mixed, *norms[0])
        fed, fed_cache = feed_forward_forward(y, *feeding)
        out, back2 = normalize(y + fed, *norms[1])
    return out, (norm_first, back1, attention, back2, fed_cache)
    ### END SOLUTION


def encoder_block_backward(dout, cache):
    """Gradients of a block: the same road backwards. Where a sum was made, the gradient goes both ways; where an array was used
    twice, its gradients add up.

    In self-attention x is the queries' and the keys' and values' side at once: attend's back gives two gradients for it.

    Args:
        dout: upstream gradient (N, T, D).
        cache: what encoder_block_forward returned beside out.

    Returns:
        (dx, dparams): dx (N, T, D); dparams a dict with the keys and shapes of the block's params.

    Source: torch.nn.TransformerEncoderLayer, as differentiated by torch.autograd.

    Example:
        >>> zero, one = np.zeros((2, 2)), np.ones(2)
        >>> params = {"query": zero, "key": zero, "value": zero, "out": zero, "w1": zero, "b1": one, "w2": zero, "b2": one,
        ...           "gamma1": one, "beta1": one, "gamma2": one, "beta2": one}
        >>> out, cache = encoder_block_forward(np.array([[[1.0, 3.0]]]), params, heads=1, norm_first=True)
        >>> dx, dparams = encoder_block_backward(np.array([[[5.0, 7.0]]]), cache)
        >>> dx, dparams["b2"]  # with weights of 0 only the two sums let something through
        (array([[[5., 7.]]]), array([5., 7.]))
    """
    ### BEGIN SOLUTION
    norm_first, back1, attention, back2, fed_cache = cache
    dparams = {}
    if norm_first:
        dseen, dparams["w1"], dparams["b1"], dparams["w2"], dparams["b2"] = feed_forward_backward(dout, fed_cache)
        dy, dparams["gamma2"], dparams["beta2"] = back2(dseen)
        dy = dy + dout
        dquery, dkeys, dweights = attention(dy)
        dx, dparams["gamma1"], dparams["beta1"] = back1(dquery + dkeys)
        dx = dx + dy
    else:
        dsum, dparams["gamma2"], dparams["beta2"] = back2(dout)
        dy, dparams["w1"], dparams["b1"], dparams["w2"], dparams["b2"] = feed_forward_backward(dsum, fed_cache)
        dsum, dparams["gamma1"], dparams["beta1"] = back1(dsum + dy)
        dquery, dkeys, dweights = attention(dsum)
        dx = dsum + dquery + dkeys
    return dx, dparams | dweights
    ### END SOLUTION


def decoder_block_forward(x, memory, params, heads, mask, memory_mask=None):
    """A decoder's block: look back at what was written (x), look at what was read (memory), think.

        y = LN1(x + A(x)),      z = LN2(y + C(y, memory)),      out = LN3(z + F(z))

    A is self-attention under mask, C is cross-attention under memory_mask: its queries come from y, its keys and values from
    memory.

    Args:
        x: (N, T, D), what is being written.
        memory: (N, T_m, D), the encoder's output.
        params: dict of a block, and "cross_query", "cross_key", "cross_value", "cross_out" (D, D), "gamma3", "beta3" (D,).
        heads: int, a divisor of D, of both attentions.
        mask: boolean array that broadcasts to (N, heads, T, T), or None: of A.
        memory_mask: boolean array that broadcasts to (N, heads, T, T_m), or None: of C.

    Returns:
        out: (N, T, D).

    Raises:
        ValueError: naming heads, if it does not divide D; naming memory, if it has not N sequences of D features.

    Source: Vaswani and others (2017), section 3.1; torch.nn.TransformerDecoderLayer(dropout=0, batch_first=True), its
    attentions' biases 0.

    Example:
        >>> zero, one = np.zeros((2, 2)), np.ones(2)
        >>> params = dict.fromkeys(("query", "key", "value", "out", "cross_query", "cross_key", "w1", "w2"), zero)
        >>> params |= dict.fromkeys(("gamma1", "gamma2", "gamma3"), one) | dict.fromkeys(("cross_value", "cross_out"), np.eye(2))
        >>> params |= dict.fromkeys(("beta1", "beta2", "beta3", "b1", "b2"), 0 * one)
        >>> out = decoder_block_forward(np.array([[[3.0, 1.0]]]), np.array([[[1.0, 5.0]]]), params, 1, None)
        >>> np.round(out, 3)  # LN1 gives (1, -1), C adds (1, 5): (2, 4), and LN2 makes (-1, 1) of it
        array([[[-1.,  1.]]])
    """
    require(heads >= 1 and x.shape[2] % heads == 0, f"heads must divide the {x.shape[2]} features, not be {heads}")
    require_shape("memory", memory, (x.shape[0], memory.shape[1], x.shape[2]))
    ### BEGIN SOLUTION
    cross = {key: params["cross_" + key] for key in ATTENTION}
    y, _ = normalize(x + attend(x, x, params, heads, mask)[0], params["gamma1"], params["beta1"])
    z, _ = normalize(y + attend(y, memory, cross, heads, memory_mask)[0], params["gamma2"], params["beta2"])
    fed, _ = feed_forward_forward(z, params["w1"], params["b1"], params["w2"], params["b2"])
    return normalize(z + fed, params["gamma3"], params["beta3"])[0]
    ### END SOLUTION


def smoothed_cross_entropy(logits, labels, smoothing, weights):
    """Cross-entropy with a share of the target spread over all tokens, as a weighted mean over the steps.

    With p = softmax(logits) and the target q = (1 - smoothing) * one-hot(label) + smoothing / V, a step's loss is
    -sum_v q_v log p_v. The loss is sum(weights * step losses) / sum(weights), or 0 where all weights are 0. It is finite, and
    nothing warns, for logits up to 1e4.

    Args:
        logits: (N, T, V).
        labels: ints (N, T), from 0 to V - 1.
        smoothing: float, from 0 to 1; 0 is plain cross-entropy.
        weights: floats (N, T), at least 0: 1 counts a step, 0 ignores it.

    Returns:
        (loss, dlogits): a float, and its gradient (N, T, V): weights / sum(weights) * (p - q).

    Raises:
        ValueError: naming smoothing, if it is not from 0 to 1; naming labels, if one of them is no token; naming weights, if
            their shape is not that of labels.

    Source: Vaswani and others (2017), section 5.4; torch.nn.CrossEntropyLoss(label_smoothing, ignore_index).

    Example:
        >>> loss, dlogits = smoothed_cross_entropy(np.log([[[1.0, 3.0]]]), np.array([[1]]), 0.5, np.array([[2.0]]))
        >>> abs(dlogits).round(4)  # p = (1/4, 3/4), and q = (1/4, 1/2 + 1/4): nothing left to learn
        array([[[0., 0.]]])
    """
    require(0 <= smoothing <= 1, f"smoothing must be from 0 to 1, not {smoothing}")
    require_tokens("labels", labels, logits.shape[2])
    require_shape("weights", weights, labels.shape)
    ### BEGIN SOLUTION
    v = logits.shape[2]
    shifted = logits - logits.max(axis=2, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=2, keepdims=True))
    q = (1 - smoothing) * (labels[:, :, None] == np.arange(v)) + smoothing / v
    total = weights.sum()
    share = (weights / (total if total > 0 else 1))[:, :, None].astype(logits.dtype)
    dlogits = share * (np.exp(log_p) - q.astype(logits.dtype))
    return float(-(share * q * log_p).sum()), dlogits
    ### END SOLUTION


def warmup_lr(step, d, warmup):
    """The paper's learning rate: up in a straight line for `warmup` steps, then down with the root of the step.

        d^-0.5 * min(step^-0.5, step * warmup^-1.5)

    Args:
        step: int, from 1.
        d: int, features of the model.
        warmup: int, at least 1: the step at which the rate is highest.

    Returns:
        lr: float.

    Raises:
        ValueError: naming step or warmup, if it is below 1.

    Source: Vaswani and others (2017), section 5.3.

    Example:
        >>> [warmup_lr(step, d=16, warmup=4) for step in (1, 2, 4, 16)]
        [0.03125, 0.0625, 0.125, 0.0625]
    """
    require(step >= 1, f"step must be at least 1, not {step}")
    require(warmup >= 1, f"warmup must be at least 1, not {warmup}")
    ### BEGIN SOLUTION
    return d**-0.5 * min(step**-0.5, step * warmup**-1.5)
    ### END SOLUTION


class TinyTransformer:
    """A transformer that continues sequences (decoder only): blocks under a causal mask, on tokens and their positions.

    x_0 = table[tokens] + positional_encoding of their places (the table is not scaled), then `layers` blocks with
    norm_first=True, in which a step sees itself and what came before it, and logits = x w_out^T + b_out. No normalisation
    comes after the last block.

    At the start the table is normal with mean 0 and standard deviation 0.5; every matrix of a block, and w_out, is
    uniform within +- sqrt(6 / (rows + columns)) (Xavier); every gamma is 1, every beta and bias 0.

    Args:
        vocabulary: V, how many tokens there are, from 0 to V - 1.
        steps: the longest sequence that it can look at.
        d: D, features, even.
        heads: int, a divisor of D.
        hidden: F, units of the feed-forward parts.
        layers: how many blocks.
        rng: numpy Generator, the only source of randomness.

    Attributes:
        params: {"table": (V, D), "w_out": (V, D), "b_out": (V,), "blocks": [dict of a block, ...]}, the one home of the
            weights: what is in it at the time is used.

    Raises:
        ValueError: naming heads, if it does not divide D; naming d, if it is odd.

    Source: Radford and others, "Improving Language Understanding by Generative Pre-Training" (2018), for the decoder alone.

    Example:
        >>> model = TinyTransformer(vocabulary=5, steps=8, d=4, heads=2, hidden=6, layers=1, rng=np.random.default_rng(0))
        >>> model.logits(np.array([[1, 2, 3]])).shape
        (1, 3, 5)
        >>> batches = 40 * [(np.array([[0, 1, 2, 3]]), np.array([[1, 2, 3, 4]]), np.ones((1, 4)))]
        >>> losses = train(model, batches, lr=0.02)
        >>> model.generate(np.array([[0, 1]]), 3)
        array([[2, 3, 4]])
    """

    def __init__(self, vocabulary, steps, d, heads, hidden, layers, rng):
        require_sizes(d, heads)
        ### BEGIN SOLUTION
        self.steps, self.heads = steps, heads

        def xavier(rows, columns):
            return rng.uniform(-1, 1, size=(rows, columns)) * np.sqrt(6 / (rows + columns))

        def block():
            arrays = {key: xavier(d, d) for key in ATTENTION}
            arrays |= {"w1": xavier(hidden, d), "b1": np.zeros(hidden), "w2": xavier(d, hidden), "b2": np.zeros(d)}
            for k in "12":
                arrays |= {"gamma" + k: np.ones(d), "beta" + k: np.zeros(d)}
            return arrays

        self.params = {"table": rng.normal(scale=0.5, size=(vocabulary, d)), "blocks": [block() for _ in range(layers)]}
        self.params |= {"w_out": xavier(vocabulary, d), "b_out": np.zeros(vocabulary)}
        ### END SOLUTION

    def logits(self, tokens):
        """What may come next, after each step.

        Args:
            tokens: ints (N, T), T at most `steps`.

        Returns:
            logits: (N, T, V). Those of step t depend on the tokens up to t alone.

        Raises:
            ValueError: naming tokens, if there are more than `steps` of them in a row, or if one is not of the vocabulary.
        """
        require_tokens("tokens", tokens, len(self.params["table"]))
        require(tokens.shape[1] <= self.steps, f"tokens must be {self.steps} in a row at most, not {tokens.shape[1]}")
        ### BEGIN SOLUTION
        t, table = tokens.shape[1], self.params["table"]
        x, self._caches = table[tokens] + positional_encoding(t, table.shape[1]), []
        for block in self.params["blocks"]:
            x, cache = encoder_block_forward(x, block, self.heads, np.tri(t, dtype=bool), norm_first=True)
            self._caches.append(cache)
        self._last = x
        return x @ self.params["w_out"].T + self.params["b_out"]
        ### END SOLUTION

    def loss_and_grads(self, tokens, targets, weights):
        """Cross-entropy of the targets, without smoothing, and its gradients.

        Args:
            tokens: ints (N, T). targets: ints (N, T): what should come after each step.
            weights: floats (N, T), as in smoothed_cross_entropy: the steps that count.

        Returns:
            (loss, grads): a float, and arrays in dicts and a list as in params. params stays as it is.

        Raises:
            ValueError: naming tokens, as logits does.
        """
        require_tokens("tokens", tokens, len(self.params["table"]))
        ### BEGIN SOLUTION
        loss, dlogits = smoothed_cross_entropy(self.logits(tokens), targets, 0.0, weights)
        grads = {"w_out": np.tensordot(dlogits, self._last, ((0, 1), (0, 1))), "b_out": dlogits.sum(axis=(0, 1))}
        dx, dblocks = dlogits @ self.params["w_out"], []
        for cache in reversed(self._caches):
            dx, dblock = encoder_block_backward(dx, cache)
            dblocks = [dblock, *dblocks]
        grads |= {"blocks": dblocks, "table": np.zeros_like(self.params["table"])}
        np.add.at(grads["table"], tokens, dx)
        return loss, grads
        ### END SOLUTION

    def generate(self, tokens, n):
        """Continue sequences greedily: always the token with the largest logit, of equal ones the first.

        Each new token is put at the end of its sequence, and the last `steps` tokens are looked at for the next one.

        Args:
            tokens: ints (N, T), any T from 1. n: how many tokens to add.

        Returns:
            ints (N, n): the new tokens, without those that were given.

        Raises:
            ValueError: naming tokens, if one is not of the vocabulary.
        """
        require_tokens("tokens", tokens, len(self.params["table"]))
        ### BEGIN SOLUTION
        seen = tokens
        for _ in range(n):
            last = self.logits(seen[:, -self.steps :])[:, -1]
            seen = np.concatenate([seen, last.argmax(axis=1)[:, None]], axis=1)
        return seen[:, tokens.shape[1] :]
        ### END SOLUTION


def require_kernels(kernels, features):
    """Refuse kernels that do not share the features evenly, or are even: ValueError naming kernels. Given."""
    heads = len(kernels)
    require(
        heads >= 1 and features % heads == 0, f"kernels must be of heads that divide {features} features, not {heads}"
    )
    for each in (w for group in kernels for w in group):
        share = features // heads
        require(each.shape[1] == share, f"kernels must look at {share} features each, not {each.shape[1]}")
        require(each.shape[2] % 2 == 1, f"kernels must have odd lengths, not {each.shape[2]}")


def multi_head_resolution_pool(x, kernels, lengths):
    """Another way to read a sequence: heads of convolutions of several lengths, and the strongest answer of each filter.

    Head h of H sees the features h D / H to (h + 1) D / H - 1. Each of its kernels is a filter bank for which, as in conv1d,

        answer[n, t, o] = sum over d and j of w[o, d, j] x[n, t + j - (k - 1) / 2, d],

    where what lies outside of the sequence counts as 0: before its first step, and from lengths[n] on, whatever stands there.
    Of relu(answer) the largest over the real steps, t < lengths[n], is kept; it is 0 where there are none.

    Args:
        x: (N, T, D).
        kernels: list over the heads of lists of arrays (out, D / H, k), k odd.
        lengths: ints (N,), from 0 to T.

    Returns:
        pooled: (N, O), head by head, and within each kernel by kernel, O being the sum of all `out`.

    Raises:
        ValueError: naming kernels, if their heads do not divide D, if one does not look at D / H features, or if a k is even;
            naming lengths, if there are not N, or one is not from 0 to T.

    Source: MH_MR_CNN_pool_v2 in nlp/pool_blocks.py of github.com/hanxiao/tf-nlp-blocks, but with the zeros on both sides;
    torch.nn.functional.conv1d(padding="same").

    Example:
        >>> x = np.array([[[1.0, 2.0], [5.0, -3.0], [2.0, 9.0]]])
        >>> kernels = [[np.array([[[1.0]]]), np.array([[[0.0, 1.0, 1.0]]])], [np.array([[[-1.0]]])]]
        >>> multi_head_resolution_pool(x, kernels, np.array([3]))  # 5; 5 + 2; and -(-3) of the second feature
        array([[5., 7., 3.]])
    """
    require_kernels(kernels, x.shape[2])
    require_shape("lengths", lengths, (x.shape[0],))
    require(min(lengths) >= 0 and max(lengths) <= x.shape[1], f"lengths must be from 0 to {x.shape[1]}, not {lengths}")
    ### BEGIN SOLUTION
    real = (np.arange(x.shape[1]) < lengths[:, None])[:, :, None]
    heads = np.split(np.where(real, x, 0), len(kernels), axis=2)
    pools = []
    for own, group in zip(heads, kernels, strict=True):
        for w in group:
            k = w.shape[2]
            framed = np.pad(own, [(0, 0), (k // 2, k // 2), (0, 0)])
            windows = np.lib.stride_tricks.sliding_window_view(framed, k, axis=1)
            answers = np.tensordot(windows, w, ((2, 3), (1, 2)))
            pools.append((np.maximum(answers, 0) * real).max(axis=1))
    return np.concatenate(pools, axis=1)
    ### END SOLUTION
