"""Character by character, stream by stream: loops, sums written out, dicts of counts; the way back as a list of steps."""

import math

import numpy as np


def build_vocabulary(text):
    found = []
    for character in text:
        if character not in found:
            found.append(character)
    found.sort()
    return found


def encode(text, vocabulary):
    out = np.zeros(len(text), dtype=np.int64)
    for k, character in enumerate(text):
        if character not in vocabulary:
            raise ValueError(f"text has {character}")
        out[k] = vocabulary.index(character)
    return out


def decode(ids, vocabulary):
    text = ""
    for each in ids:
        if not 0 <= each < len(vocabulary):
            raise ValueError("ids")
        text += vocabulary[each]
    return text


def one_hot(ids, size):
    require_ids("ids", ids, size)
    ids = np.asarray(ids)
    out = np.zeros((*ids.shape, size))
    for place in np.ndindex(*ids.shape):
        out[(*place, int(ids[place]))] = 1.0
    return out


def chunks(ids, length, streams=1):
    require_reading(ids, length, streams)
    steps = (len(ids) - 1) // streams
    out = []
    for start in range(0, steps, length):
        stop = min(start + length, steps)
        x = np.array([[ids[k * steps + t] for t in range(start, stop)] for k in range(streams)])
        y = np.array([[ids[k * steps + t + 1] for t in range(start, stop)] for k in range(streams)])
        out.append([x, y])
    return tuple(out)


def bigram_model(ids, size, smoothing=1.0):
    require_ids("ids", ids, size)
    require(smoothing > 0, "smoothing")
    table = [[smoothing for _ in range(size)] for _ in range(size)]
    ids = [int(each) for each in ids]
    for k in range(1, len(ids)):
        table[ids[k - 1]][ids[k]] += 1
    return np.array([[each / total for each in row] for row, total in ((row, sum(row)) for row in table)])


def joint_table_size(v, t):
    if v < 1:
        raise ValueError("v")
    if t < 1:
        raise ValueError("t")
    texts = 1
    for _ in range(t):
        texts *= v
    return [texts - 1, v * v - v]


def loss_and_grads(params, h0, inputs, targets):
    require_chunk(params, h0, inputs, targets)
    n, t = inputs.shape
    grads = {name: np.zeros_like(w) for name, w in params.items()}
    last = np.zeros_like(h0)
    loss = 0.0
    for stream in range(n):
        h, steps = h0[stream], []
        for k in range(t):
            old = h
            h = np.tanh(params["w_xh"][:, inputs[stream, k]] + params["w_hh"] @ old + params["b_h"])
            logits = params["w_hy"] @ h + params["b_y"]
            logits = logits - logits.max()
            p = np.exp(logits)
            total = p.sum()
            p = p / total
            right = targets[stream, k]
            loss += float(np.log(total) - logits[right])
            p[right] -= 1
            steps.append((old, h, p / (n * t)))
        last[stream] = h
        later = np.zeros_like(h)
        for k in range(t - 1, -1, -1):
            old, h, out = steps[k]
            grads["w_hy"] += np.outer(out, h)
            grads["b_y"] += out
            slope = (params["w_hy"].T @ out + later) * (1 - h * h)
            grads["w_xh"][:, inputs[stream, k]] += slope
            grads["w_hh"] += np.outer(slope, old)
            grads["b_h"] += slope
            later = params["w_hh"].T @ slope
    return loss / (n * t), grads, last


def clip_and_adagrad(params, grads, memory, lr, limit=5.0, eps=1e-8):
    new, remembered = {}, {}
    for key in params:
        g = grads[key].copy()
        g[g > limit] = limit
        g[g < -limit] = -limit
        remembered[key] = memory[key] + g * g
        new[key] = params[key] - lr * g / (remembered[key] + eps) ** 0.5
    return new, remembered


def stacked_rnn_forward(x, h0, layers):
    require_shape("h0", h0, (len(layers), len(x), len(layers[0][1])))
    states = [h0[layer] for layer in range(len(layers))]
    top = []
    for t in range(x.shape[1]):
        says = x[:, t]
        for layer, (w_ih, w_hh, b_ih, b_hh) in enumerate(layers):
            says = np.tanh(says @ w_ih.T + states[layer] @ w_hh.T + (b_ih + b_hh))
            states[layer] = says
        top.append(says)
    return np.array(top).transpose(1, 0, 2), np.array(states)


def sharpen(logits, temperature):
    require(temperature > 0, "temperature")
    out = np.empty_like(logits)
    for place in np.ndindex(*logits.shape[:-1]):
        row = np.exp((logits[place] - max(logits[place])) / temperature)
        out[place] = row / sum(row)
    return out


def sample(params, h, seed, n, rng, temperature=1.0):
    require_ids("seed", seed, len(params["w_hy"]))
    require(temperature > 0, "temperature")
    out = np.zeros(n, dtype=np.int64)
    for k in range(n):
        h = np.tanh(params["w_xh"][:, seed] + params["w_hh"] @ h + params["b_h"])
        logits = (params["w_hy"] @ h + params["b_y"]) / temperature
        p = np.exp(logits - logits.max())
        draw = rng.random() * p.sum()
        seed = 0
        for each in np.cumsum(p)[:-1]:
            seed += int(each <= draw)
        out[k] = seed
    return out


def perplexity(losses, counts):
    total = 0.0
    for loss, count in zip(losses, counts, strict=True):
        total += loss * count
    return math.exp(total / sum(counts))


def train(ids, size, hidden, length, streams, steps, lr, rng, watch=None):
    require_reading(ids, length, streams)
    require(steps >= 0, "steps")
    params = {
        "b_y": np.zeros(size),
        "w_hy": rng.normal(0, 0.1, (size, hidden)),
        "b_h": np.zeros(hidden),
        "w_hh": rng.normal(0, 0.1, (hidden, hidden)),
        "w_xh": rng.normal(0, 0.1, (hidden, size)),
    }
    memory = {key: 0 * w for key, w in params.items()}
    losses = np.zeros(steps)
    parts = chunks(ids, length, streams)
    place, h = 0, np.zeros((streams, hidden))
    for step in range(steps):
        if place == len(parts):
            place, h = 0, np.zeros((streams, hidden))
        losses[step], grads, h = loss_and_grads(params, h, *parts[place])
        params, memory = clip_and_adagrad(params, grads, memory, lr)
        place += 1
        if watch is not None:
            watch(step + 1, params)
    return params, losses


def inside_quotes(text):
    out, inside = np.zeros(len(text), dtype=np.int64), 0
    for k, character in enumerate(text):
        if character == '"':
            inside = 1 - inside
        out[k] = inside
    return out


def most_correlated_cell(hs, signal):
    require_shape("signal", signal, (len(hs),))
    best = (0, 0.0)
    for cell in range(hs.shape[1]):
        states = hs[:, cell]
        if np.all(states == states[0]) or np.all(signal == signal[0]):
            continue
        a, b = states - states.mean(), signal - np.mean(signal)
        r = float((a * b).sum() / math.sqrt((a * a).sum() * (b * b).sum()))
        if abs(r) > abs(best[1]):
            best = (cell, r)
    return best
