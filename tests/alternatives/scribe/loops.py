"""Token by token and head by head, with plain loops; pairs found by rank, as the paper has it; one token at a time everywhere."""

import itertools
import math

import numpy as np


def byte_pairs(text, merges):
    ranks = {(int(a), int(b)): k for k, (a, b) in enumerate(merges)}
    ids = [each for each in text.encode("utf-8")]  # noqa: C416
    for _ in range(len(ids)):
        found = [ranks[pair] for pair in itertools.pairwise(ids) if pair in ranks]
        if not found:
            break
        best = min(found)
        new, k = [], 0
        for _ in range(len(ids)):
            if k >= len(ids):
                break
            if k + 1 < len(ids) and ranks.get((ids[k], ids[k + 1])) == best:
                new.append(256 + best)
                k += 2
            else:
                new.append(ids[k])
                k += 1
        ids = new
    return np.array(ids, dtype=np.int64)


def join(ids, vocabulary):
    data = bytearray()
    for each in ids:
        data += vocabulary[int(each)]
    return str(bytes(data), "utf-8", "replace")


def layer_norm(x, weight, bias, eps=1e-5):
    out = np.empty_like(x)
    for place in np.ndindex(*x.shape[:-1]):
        row = x[place]
        mean = row.sum() / row.size
        variance = ((row - mean) ** 2).sum() / row.size
        out[place] = (row - mean) / math.sqrt(variance + eps) * weight + bias
    return out


def block(x, weights, cache=None, heads=4):
    require(heads > 0 and x.shape[1] % heads == 0, "heads must divide")
    width = x.shape[1] // heads
    keys = [[] if cache is None else list(cache[0][j]) for j in range(heads)]
    values = [[] if cache is None else list(cache[1][j]) for j in range(heads)]
    rows = []
    for row in x:
        unit = layer_norm(row, weights["ln_1.weight"], weights["ln_1.bias"])
        q, k, v = np.split(unit @ weights["attn.c_attn.weight"] + weights["attn.c_attn.bias"], 3)
        told = []
        for j in range(heads):
            mine = slice(j * width, (j + 1) * width)
            keys[j].append(k[mine])
            values[j].append(v[mine])
            answer, _ = scaled_dot_product_attention_forward(q[None, mine], np.array(keys[j]), np.array(values[j]))
            told.append(answer[0])
        row = row + np.concatenate(told) @ weights["attn.c_proj.weight"] + weights["attn.c_proj.bias"]
        unit = layer_norm(row, weights["ln_2.weight"], weights["ln_2.bias"])
        inner = gelu(unit @ weights["mlp.c_fc.weight"] + weights["mlp.c_fc.bias"])
        rows.append(row + inner @ weights["mlp.c_proj.weight"] + weights["mlp.c_proj.bias"])
    return np.array(rows), (np.array(keys), np.array(values))


def next_logits(ids, weights, cache=None, heads=4):
    require_room(len(ids), weights, cache)
    layers = sum(name.endswith("ln_1.weight") for name in weights)
    rows = []
    for each in ids:
        place = 0 if cache is None else cache[0][0].shape[1]
        x = (weights["wte.weight"][int(each)] + weights["wpe.weight"][place])[None]
        now = []
        for layer in range(layers):
            x, held = block(x, weights_of(layer, weights), cache[layer] if cache else None, heads)
            now.append(held)
        cache = now
        rows.append(weights["wte.weight"] @ layer_norm(x[0], weights["ln_f.weight"], weights["ln_f.bias"]))
    return np.array(rows), cache


def top_p(logits, p, temperature, uniforms):
    require(0 < p <= 1, "p")
    require(temperature > 0, "temperature")
    chances = softmax(logits / temperature)
    order = sorted(range(len(chances)), key=lambda k: (-chances[k], k))
    kept, total = [], 0.0
    for k in order:
        kept.append(k)
        total += chances[k]
        if total >= p:
            break
    out = []
    for u in uniforms:
        running = 0.0
        for k in kept:
            running += chances[k]
            if running / total > u:
                break
        out.append(k)
    return np.array(out, dtype=np.int64)


def generate(prompt, n, weights, uniforms, p=0.9, temperature=0.8, heads=4):
    require(len(prompt) > 0, "prompt")
    require(len(uniforms) == n, "uniforms")
    places = weights["wpe.weight"].shape[0]
    text, seen = list(prompt), list(prompt)
    for u in uniforms:
        if len(seen) > places:
            seen = text[-(places // 2) :]
        logits, _ = next_logits(np.array(seen), weights, None, heads)  # all of it again each time
        text.append(top_p(logits[-1], p, temperature, [u])[0])
        seen.append(text[-1])
    return np.array(text[len(prompt) :], dtype=np.int64)


def perplexity(ids, weights, heads=4):
    require(len(ids) > 1, "ids")
    places, total, cache = weights["wpe.weight"].shape[0], 0.0, None
    for k in range(len(ids) - 1):
        logits, cache = next_logits(ids[k : k + 1], weights, None if k % places == 0 else cache, heads)
        total += log_softmax(logits[0])[ids[k + 1]]
    return math.exp(-total / (len(ids) - 1))
