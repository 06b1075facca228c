"""One query, one head, one sequence at a time; lists for tuples, caches that are dicts or objects."""

import math

import numpy as np


class Cache:
    def __init__(self, **parts):
        self.__dict__.update(parts)


def causal_mask(t):
    if t <= 0:
        raise ValueError("t")
    mask = np.zeros((t, t), dtype=bool)
    for i in range(t):
        mask[i, : i + 1] = True
    return mask


def padding_mask(lengths, t):
    mask = np.zeros((len(lengths), t), dtype=bool)
    for row, length in zip(mask, lengths, strict=True):
        if not 0 <= length <= t:
            raise ValueError(f"lengths: {length}")
        row[:length] = True
    return mask


def masked_softmax(scores, mask=None):
    mask = np.full(scores.shape, True) if mask is None else mask
    if mask.dtype != np.bool_:
        raise ValueError("mask is not boolean")
    if mask.ndim > scores.ndim:
        raise ValueError("mask has too many axes")
    for own, wanted in zip(mask.shape[::-1], scores.shape[::-1], strict=False):
        if own not in (1, wanted):
            raise ValueError("mask does not fit")
    mask = mask | np.zeros(scores.shape, dtype=bool)
    weights = np.zeros(scores.shape, dtype=scores.dtype if scores.dtype.kind == "f" else float)
    for place in np.ndindex(scores.shape[:-1]):
        allowed = np.flatnonzero(mask[place])
        if allowed.size:
            best = max(scores[place][allowed])
            parts = [math.exp(float(score - best)) for score in scores[place][allowed]]
            weights[place][allowed] = [part / math.fsum(parts) for part in parts]
    return weights


def additive_attention(query, keys, w_query, w_key, v, mask=None):
    if len(keys) != len(query):
        raise ValueError("keys")
    if w_query.shape != (v.size, query.shape[-1]):
        raise ValueError("w_query")
    if w_key.shape != (v.size, keys.shape[-1]):
        raise ValueError("w_key")
    scores = np.zeros(keys.shape[:2], dtype=keys.dtype)
    for n in range(len(keys)):
        for t in range(keys.shape[1]):
            scores[n, t] = v @ np.tanh(w_query @ query[n] + w_key @ keys[n, t])
    weights = masked_softmax(scores, mask)
    return [np.stack([row @ own for row, own in zip(weights, keys, strict=True)]), weights]


def attention_weights(q, k, mask=None):
    if q.shape[-1] != k.shape[-1] or q.ndim != k.ndim or q.shape[:-2] != k.shape[:-2]:
        raise ValueError("k does not fit")
    scores = np.zeros((*q.shape[:-1], k.shape[-2]), dtype=np.result_type(q, np.float32))
    for place in np.ndindex(q.shape[:-2]):
        for i in range(q.shape[-2]):
            for j in range(k.shape[-2]):
                scores[(*place, i, j)] = (q[place][i] * k[place][j]).sum() / math.sqrt(q.shape[-1])
    return masked_softmax(scores, mask)


def scaled_dot_product_attention_forward(q, k, v, mask=None):
    if v.ndim != k.ndim or v.shape[:-1] != k.shape[:-1]:
        raise ValueError("v does not fit")
    weights = attention_weights(q, k, mask)
    out = np.zeros((*q.shape[:-1], v.shape[-1]), dtype=weights.dtype)
    for place in np.ndindex(out.shape[:-1]):
        out[place] = sum(w * row for w, row in zip(weights[place], v[place[:-1]], strict=True))
    return [out, Cache(q=q, k=k, v=v, weights=weights)]


def scaled_dot_product_attention_backward(dout, cache):
    q, k, v, scale = cache.q, cache.k, cache.v, math.sqrt(cache.q.shape[-1])
    dq, dk, dv = np.zeros_like(q), np.zeros_like(k), np.zeros_like(v)
    for place in np.ndindex(q.shape[:-2]):
        for i in range(q.shape[-2]):
            p = cache.weights[place][i]
            jacobian = np.diag(p) - np.outer(p, p)
            ds = jacobian @ (v[place] @ dout[place][i])
            dq[place][i] = k[place].T @ ds / scale
            dk[place] += np.outer(ds, q[place][i]) / scale
            dv[place] += np.outer(p, dout[place][i])
    return [dq, dk, dv]


def multi_head_attention_forward(x_q, x_kv, params, heads, mask=None):
    n, t_q, d = x_q.shape
    if heads <= 0 or d % heads != 0:
        raise ValueError("heads")
    if (x_kv.shape[0], x_kv.shape[2]) != (n, d):
        raise ValueError("x_kv")
    for part, rows in (("in_proj", 3 * d), ("out_proj", d)):
        for name, shape in ((f"{part}_weight", (rows, d)), (f"{part}_bias", (rows,))):
            if params[name].shape != shape:
                raise ValueError(f"{name} is {params[name].shape}")
    if mask is not None:
        mask = np.broadcast_to(mask, (n, heads, t_q, x_kv.shape[1]))
    projected = []
    for part, x in enumerate((x_q, x_kv, x_kv)):
        rows = slice(part * d, (part + 1) * d)
        projected.append(np.einsum("ij,ntj->nti", params["in_proj_weight"][rows], x) + params["in_proj_bias"][rows])
    joined, caches = np.zeros_like(x_q), {}
    for head in range(heads):
        part = slice(head * d // heads, (head + 1) * d // heads)
        own = None if mask is None else mask[:, head]
        joined[:, :, part], caches[head] = scaled_dot_product_attention_forward(
            *(each[:, :, part] for each in projected), own
        )
    out = np.einsum("ij,ntj->nti", params["out_proj_weight"], joined) + params["out_proj_bias"]
    return out, {"x": (x_q, x_kv), "params": params, "joined": joined, "caches": caches}


def multi_head_attention_backward(dout, cache):
    (x_q, x_kv), params, caches = cache["x"], cache["params"], cache["caches"]
    d, width = dout.shape[2], dout.shape[2] // len(caches)
    djoined = dout @ params["out_proj_weight"]
    w, (dx_q, dx_kv) = params["in_proj_weight"], (np.zeros_like(x_q), np.zeros_like(x_kv))
    dw, db = np.zeros_like(w), np.zeros_like(params["in_proj_bias"])
    for head, inner in caches.items():
        own = djoined[:, :, head * width : (head + 1) * width]
        grads = scaled_dot_product_attention_backward(own, inner)
        for part, (grad, x, dx) in enumerate(zip(grads, (x_q, x_kv, x_kv), (dx_q, dx_kv, dx_kv), strict=True)):
            rows = slice(part * d + head * width, part * d + (head + 1) * width)
            dw[rows] = np.tensordot(grad, x, axes=((0, 1), (0, 1)))
            db[rows] = grad.reshape(-1, width).sum(axis=0)
            dx += grad @ w[rows]
    dparams = {
        "out_proj_bias": dout.sum(axis=1).sum(axis=0),
        "out_proj_weight": np.tensordot(dout, cache["joined"], axes=((0, 1), (0, 1))),
        "in_proj_bias": db,
        "in_proj_weight": dw,
    }
    return [dx_q, dx_kv, dparams]


def attentive_pooling(x, w, v, lengths):
    if w.shape[0] != v.size or w.shape[1] != x.shape[2]:
        raise ValueError("w")
    if len(lengths) != len(x) or min(lengths) < 0 or max(lengths) > x.shape[1]:
        raise ValueError("lengths")
    pooled, weights = np.zeros_like(x[:, 0]), np.zeros_like(x[:, :, 0])
    for n, length in enumerate(lengths):
        if length:
            steps = x[n, :length]
            weights[n, :length] = masked_softmax(np.tanh(steps @ w.T) @ v)
            pooled[n] = weights[n, :length] @ steps
    return pooled, weights


def hierarchical_pooling(x, window, lengths):
    if window <= 0:
        raise ValueError("window")
    if len(lengths) != len(x) or min(lengths) < 0 or max(lengths) > x.shape[1]:
        raise ValueError("lengths")
    pooled = np.zeros_like(x[:, 0])
    for n, length in enumerate(lengths):
        starts = range(max(length - window, 0) + 1) if length else ()
        sums = [x[n, start : min(start + window, length)].mean(axis=0) for start in starts]
        for mean in sums:
            pooled[n] = np.maximum(pooled[n], mean) if mean is not sums[0] else mean
    return pooled
