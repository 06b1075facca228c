"""Everything at once: merges on arrays, heads by einsum, one softmax of our own, the mask as numbers that are added."""

import numpy as np


def byte_pairs(text, merges):
    ids = np.frombuffer(text.encode(), np.uint8).astype(np.int64)
    for number, (first, second) in enumerate(merges):
        at = np.flatnonzero((ids[:-1] == first) & (ids[1:] == second))
        if first == second:  # in a run of equal ones, every other
            kept = []
            for each in at.tolist():
                if not kept or each > kept[-1] + 1:
                    kept.append(each)
            at = np.array(kept, dtype=np.int64)
        ids[at] = 256 + number
        ids = np.delete(ids, at + 1)
    return ids


def join(ids, vocabulary):
    return b"".join(map(vocabulary.__getitem__, ids)).decode(errors="replace")


def layer_norm(x, weight, bias, eps=1e-5):
    scale = weight / np.sqrt(np.var(x, -1) + eps)[..., None]
    return x * scale + (bias - np.mean(x, -1)[..., None] * scale)


def block(x, weights, cache=None, heads=4):
    require(heads >= 1 and not x.shape[1] % heads, "heads must divide")
    w = {name.replace(".", "_"): each for name, each in weights.items()}
    d = x.shape[1]
    unit = layer_norm(x, w["ln_1_weight"], w["ln_1_bias"])
    parts = np.einsum("td,dphc->phtc", unit, w["attn_c_attn_weight"].reshape(d, 3, heads, -1))
    q, k, v = parts + w["attn_c_attn_bias"].reshape(3, heads, 1, -1)
    if cache is not None:
        k, v = np.hstack([cache[0], k]), np.hstack([cache[1], v])
    t, total = len(x), k.shape[1]
    scores = np.einsum("htc,hsc->hts", q, k) / (d // heads) ** 0.5
    shares = softmax(scores + np.triu(np.full((t, total), -np.inf, dtype=x.dtype), total - t + 1))
    mixed = np.einsum("hts,hsc,hcd->td", shares, v, w["attn_c_proj_weight"].reshape(heads, -1, d))
    a = x + mixed + w["attn_c_proj_bias"]
    inner = layer_norm(a, w["ln_2_weight"], w["ln_2_bias"]) @ w["mlp_c_fc_weight"] + w["mlp_c_fc_bias"]
    return a + gelu(inner) @ w["mlp_c_proj_weight"] + w["mlp_c_proj_bias"], (k, v)


def next_logits(ids, weights, cache=None, heads=4):
    require_room(len(ids), weights, cache)
    start = cache[0][1].shape[1] if cache else 0
    x = np.take(weights["wte.weight"], ids, axis=0) + weights["wpe.weight"][start:][: len(ids)]
    after = []
    for layer in range(len([name for name in weights if name.endswith(".ln_1.weight")])):
        x, held = block(x, weights_of(layer, weights), (cache or {layer: None})[layer], heads)
        after.append(held)
    return np.einsum(
        "td,vd->tv", layer_norm(x, weights["ln_f.weight"], weights["ln_f.bias"]), weights["wte.weight"]
    ), after


def top_p(logits, p, temperature, uniforms):
    require(0 < p <= 1, "p must be above 0 and at most 1")
    require(temperature > 0, "temperature must be above 0")
    chances = np.exp((logits - logits.max()) / temperature)
    chances = chances / chances.sum()
    order = np.lexsort((np.arange(len(chances)), -chances))
    running = chances[order].cumsum()
    count = np.argmax(running >= p) + 1 if running[-1] >= p else len(order)
    shares = running[:count] / running[count - 1]
    return order[np.argmax(shares[None] > np.asarray(uniforms)[:, None], axis=1)]


def generate(prompt, n, weights, uniforms, p=0.9, temperature=0.8, heads=4):
    require(len(prompt), "prompt must have an id")
    require(len(uniforms) == n, "uniforms must be n")
    places = len(weights["wpe.weight"])
    ids, cache, read = np.asarray(prompt), None, 0
    for u in uniforms:
        if len(ids) - read + (0 if cache is None else cache[0][0].shape[1]) > places:
            cache, read = None, len(ids) - places // 2
        logits, cache = next_logits(ids[read:], weights, cache, heads)
        read = len(ids)
        ids = np.append(ids, top_p(logits[-1], p, temperature, np.array([u])))
    return ids[len(prompt) :].astype(np.int64)


def perplexity(ids, weights, heads=4):
    require(len(ids) > 1, "ids must be 2 or more")
    ids = np.asarray(ids)
    pieces = np.split(np.arange(len(ids) - 1), np.arange(0, len(ids) - 1, len(weights["wpe.weight"]))[1:])
    rows = np.concatenate([log_softmax(next_logits(ids[piece], weights, None, heads)[0]) for piece in pieces])
    return np.exp(-np.take_along_axis(rows, ids[1:, None], axis=1).mean()).item()
