"""Everything by einsum, gradients as named tuples, the heads as an axis that is never moved."""

from collections import namedtuple

import numpy as np

Grads = namedtuple("Grads", "dq dk dv")
Attended = namedtuple("Attended", "out cache")


def causal_mask(t):
    if t < 1:
        raise ValueError(f"t is {t}")
    steps = np.arange(t)
    return steps[None, :] <= steps[:, None]


def padding_mask(lengths, t):
    if min(lengths) < 0 or max(lengths) > t:
        raise ValueError("lengths out of range")
    return np.less.outer(np.arange(t), lengths).T


def _allowed(mask, shape):
    if mask is None:
        return np.ones(shape, dtype=bool)
    if mask.dtype != bool or np.broadcast_shapes(mask.shape, shape) != shape:
        raise ValueError("mask")
    return np.broadcast_to(mask, shape)


def masked_softmax(scores, mask=None):
    try:
        allowed = _allowed(mask, scores.shape)
    except ValueError as error:
        raise ValueError(f"mask: {error}") from error
    floor = np.finfo(np.result_type(scores, np.float32)).min
    top = np.max(scores, axis=-1, keepdims=True, where=allowed, initial=floor)
    weights = np.exp(np.where(allowed, scores - top, -800)) * allowed
    total = np.sum(weights, axis=-1, keepdims=True)
    return np.divide(weights, total, out=np.zeros_like(weights), where=total > 0)


def additive_attention(query, keys, w_query, w_key, v, mask=None):
    if keys.shape[0] != query.shape[0]:
        raise ValueError("keys")
    if w_query.shape != v.shape + query.shape[1:]:
        raise ValueError("w_query")
    if w_key.shape != v.shape + keys.shape[2:]:
        raise ValueError("w_key")
    both = np.concatenate([np.repeat(query[:, None], keys.shape[1], axis=1), keys], axis=2)
    hidden = np.tanh(np.einsum("ntd,ad->nta", both, np.concatenate([w_query, w_key], axis=1)))
    weights = masked_softmax(np.einsum("nta,a->nt", hidden, v), mask)
    return (weights[:, :, None] * keys).sum(axis=1), weights


def attention_weights(q, k, mask=None):
    if (q.shape[:-2], q.shape[-1]) != (k.shape[:-2], k.shape[-1]):
        raise ValueError("k")
    return masked_softmax(np.einsum("...id,...jd->...ij", q * float(q.shape[-1]) ** -0.5, k), mask)


def scaled_dot_product_attention_forward(q, k, v, mask=None):
    if k.shape[:-1] != v.shape[:-1]:
        raise ValueError("v")
    weights = attention_weights(q, k, mask)
    return Attended(np.einsum("...ij,...jd->...id", weights, v), {"q": q, "k": k, "v": v, (0, 1): weights})


def scaled_dot_product_attention_backward(dout, cache):
    q, k, v, p = cache.values()
    centred = v[..., None, :, :] - np.einsum("...ij,...jd->...id", p, v)[..., None, :]
    ds = p * np.einsum("...id,...ijd->...ij", dout, centred) * float(q.shape[-1]) ** -0.5
    dq, dk = np.einsum("...ij,...jd->...id", ds, k), np.einsum("...ij,...id->...jd", ds, q)
    return Grads(dq, dk, np.einsum("...ij,...id->...jd", p, dout))


def multi_head_attention_forward(x_q, x_kv, params, heads, mask=None):
    n, _, d = x_q.shape
    if heads < 1 or d // heads * heads != d:
        raise ValueError("heads")
    if x_kv.shape != (n, x_kv.shape[1], d):
        raise ValueError("x_kv")
    wanted = {"in_proj_weight": (3, d, d), "in_proj_bias": (3, d), "out_proj_weight": (d, d), "out_proj_bias": (d,)}
    for name, shape in wanted.items():
        if params[name].size != np.prod(shape):
            raise ValueError(name)
    w = params["in_proj_weight"].reshape(3, heads, d // heads, d)
    b = params["in_proj_bias"].reshape(3, heads, 1, d // heads)
    q = np.einsum("hed,ntd->nhte", w[0], x_q) + b[0]
    k, v = (np.einsum("hed,ntd->nhte", w[part], x_kv) + b[part] for part in (1, 2))
    each, inner = scaled_dot_product_attention_forward(q, k, v, mask)
    w_out = params["out_proj_weight"].reshape(d, heads, d // heads)
    out = np.einsum("nhte,ohe->nto", each, w_out) + params["out_proj_bias"]
    return out, (x_q, x_kv, w, w_out, each, inner)


def multi_head_attention_backward(dout, cache):
    x_q, x_kv, w, w_out, each, inner = cache
    d = dout.shape[2]
    grads = scaled_dot_product_attention_backward(np.einsum("nto,ohe->nhte", dout, w_out), inner)
    dx_q, *dx_kv = (np.einsum("nhte,hed->ntd", grad, own) for grad, own in zip(grads, w, strict=True))
    dw = [np.einsum("nhte,ntd->hed", grad, x) for grad, x in zip(grads, (x_q, x_kv, x_kv), strict=True)]
    dparams = {
        "in_proj_weight": np.stack(dw).reshape(3 * d, d),
        "in_proj_bias": np.stack([grad.sum(axis=(0, 2)) for grad in grads]).reshape(3 * d),
        "out_proj_weight": np.einsum("nto,nhte->ohe", dout, each).reshape(d, d),
        "out_proj_bias": np.einsum("nto->o", dout),
    }
    return dx_q, dx_kv[0] + dx_kv[1], dparams


def attentive_pooling(x, w, v, lengths):
    n, t, d = x.shape
    if w.shape != (*v.shape, d):
        raise ValueError("w")
    if lengths.shape != (n,):
        raise ValueError("lengths")
    nothing, unused = np.zeros_like(x, shape=(n, 1)), np.zeros_like(w, shape=(len(w), 1))
    return additive_attention(nothing, x, unused, w, v, padding_mask(lengths, t))


def hierarchical_pooling(x, window, lengths):
    n, t, _ = x.shape
    if window < 1:
        raise ValueError("window")
    if lengths.shape != (n,) or lengths.min() < 0 or lengths.max() > t:
        raise ValueError("lengths")
    sizes = np.minimum(window, lengths)
    starts = np.arange(t)
    within = starts[None] < (lengths - sizes + 1)[:, None]
    inside = (starts[None, :, None] <= starts) & (starts < starts[None, :, None] + sizes[:, None, None])
    means = np.einsum("nst,ntd->nsd", inside.astype(x.dtype), x) / np.maximum(sizes, 1)[:, None, None].astype(x.dtype)
    largest = np.where(within[:, :, None], means, -np.inf).max(axis=1)
    return np.where(lengths[:, None] > 0, largest, 0).astype(x.dtype)
