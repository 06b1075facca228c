"""Whole arrays: searches in sorted tables, windows, einsum, one matrix for both inputs of a cell, draws by Gumbel's trick."""

import numpy as np


def build_vocabulary(text):
    return np.unique(list(text)).tolist() if text else []


def encode(text, vocabulary):
    require_known(text, vocabulary)
    order = np.argsort(vocabulary)
    places = np.searchsorted(np.array(vocabulary)[order], list(text))
    return order[places].astype(np.int64) if text else np.zeros(0, dtype=np.int64)


def decode(ids, vocabulary):
    require_ids("ids", ids, len(vocabulary))
    return "".join(np.array(vocabulary)[np.asarray(ids)])


def one_hot(ids, size):
    require_ids("ids", ids, size)
    return (np.asarray(ids)[..., None] == np.arange(size)).astype(float)


def chunks(ids, length, streams=1):
    require_reading(ids, length, streams)
    steps = (len(ids) - 1) // streams
    pairs = np.lib.stride_tricks.sliding_window_view(ids, 2)[: steps * streams].reshape(streams, steps, 2)
    cuts = np.split(pairs, np.arange(length, steps, length), axis=1)
    return [(cut[..., 0].copy(), cut[..., 1].copy()) for cut in cuts]


def bigram_model(ids, size, smoothing=1.0):
    require_ids("ids", ids, size)
    require(smoothing > 0, "smoothing must be above 0")
    counts = np.bincount(ids[:-1] * size + ids[1:], minlength=size * size).reshape(size, size) + smoothing
    return np.einsum("ij,i->ij", counts, 1 / counts.sum(axis=1))


def joint_table_size(v, t):
    require(v >= 1, "v must be at least 1")
    require(t >= 1, "t must be at least 1")
    return pow(v, t) - 1, v**2 - v


def loss_and_grads(params, h0, inputs, targets):
    require_chunk(params, h0, inputs, targets)
    n, t = inputs.shape
    size = len(params["b_y"])
    w = np.concatenate([params["w_xh"], params["w_hh"], params["b_h"][:, None]], axis=1)
    eye, one = np.eye(size, dtype=w.dtype), np.ones((n, 1), dtype=w.dtype)
    rows, h = [], h0
    for k in range(t):
        rows.append(np.concatenate([eye[inputs[:, k]], h, one], axis=1))
        h = np.tanh(rows[-1] @ w.T)
    rows = np.stack(rows, axis=1)
    hs = np.concatenate([rows[:, 1:, size:-1], h[:, None]], axis=1)
    logits = np.einsum("nth,vh->ntv", hs, params["w_hy"]) + params["b_y"]
    top = logits.max(axis=2, keepdims=True)
    norm = top + np.log(np.exp(logits - top).sum(axis=2, keepdims=True))
    loss = (norm[..., 0] - np.take_along_axis(logits, targets[..., None], axis=2)[..., 0]).mean()
    out = (np.exp(logits - norm) - eye[targets]) / w.dtype.type(n * t)
    slopes, later = np.zeros_like(hs), 0
    for k in range(t)[::-1]:
        slopes[:, k] = (1 - hs[:, k]) * (1 + hs[:, k]) * (out[:, k] @ params["w_hy"] + later)
        later = np.einsum("nh,hg->ng", slopes[:, k], params["w_hh"])
    dw = np.einsum("nth,ntr->hr", slopes, rows)
    grads = {"w_xh": dw[:, :size], "w_hh": dw[:, size:-1], "b_h": dw[:, -1]}
    return loss, grads | {"w_hy": np.einsum("ntv,nth->vh", out, hs), "b_y": out.sum((0, 1))}, h


def clip_and_adagrad(params, grads, memory, lr, limit=5.0, eps=1e-8):
    g = {key: np.minimum(np.maximum(value, -limit), limit) for key, value in grads.items()}
    total = {key: np.square(value) + memory[key] for key, value in g.items()}
    return [{key: value - g[key] / np.sqrt(total[key] + eps) * lr for key, value in params.items()}, total]


def stacked_rnn_forward(x, h0, layers):
    require_shape("h0", h0, (len(layers), len(x), len(layers[0][1])))
    hs, last = x, np.zeros_like(h0)
    for layer, (w_ih, w_hh, b_ih, b_hh) in enumerate(layers):
        w = np.hstack([w_ih, w_hh])
        h, out = h0[layer], np.zeros((*x.shape[:2], len(w_hh)), dtype=h0.dtype)
        for t in range(x.shape[1]):
            h = out[:, t] = np.tanh(np.hstack([hs[:, t], h]) @ w.T + b_ih + b_hh)
        hs, last[layer] = out, h
    return [hs, last]


def sharpen(logits, temperature):
    require(temperature > 0, "temperature must be above 0")
    away = (logits - np.max(logits, -1, keepdims=True)) / temperature
    return np.exp(away - np.log(np.sum(np.exp(away), -1, keepdims=True)))


def sample(params, h, seed, n, rng, temperature=1.0):
    require_ids("seed", seed, len(params["w_hy"]))
    require(temperature > 0, "temperature must be above 0")
    ids = [seed]
    for gumbel in rng.gumbel(size=(n, len(params["b_y"]))):
        h = np.tanh(params["w_xh"].T[ids[-1]] + h @ params["w_hh"].T + params["b_h"])
        ids.append(int(np.argmax((h @ params["w_hy"].T + params["b_y"]) / temperature + gumbel)))
    return np.array(ids[1:], dtype=np.int64)


def perplexity(losses, counts):
    bits = np.dot(losses, counts) / np.log(2)
    return np.exp2(bits / np.sum(counts))


def train(ids, size, hidden, length, streams, steps, lr, rng, watch=None):
    require_reading(ids, length, streams)
    require(steps >= 0, "steps must be at least 0")
    params = {"w_xh": (hidden, size), "w_hh": (hidden, hidden), "b_h": hidden, "w_hy": (size, hidden), "b_y": size}
    for key, shape in params.items():
        params[key] = np.zeros(shape) if key[0] == "b" else rng.standard_normal(shape) / 10
    memory = {key: np.zeros(value.shape) for key, value in params.items()}
    order, losses, h = chunks(ids, length, streams), [], 0
    for step in range(1, steps + 1):
        number = (step - 1) % len(order)
        x, y = order[number]
        h = h if number else np.zeros((len(x), hidden))
        loss, slopes, h = loss_and_grads(params, h, x, y)
        params, memory = clip_and_adagrad(params, slopes, memory, lr)
        losses += [float(loss)]
        if watch:
            watch(step, params)
    return params, np.asarray(losses, dtype=float)


def inside_quotes(text):
    parts = text.split('"')
    marks = [np.full(len(part) + (k > 0), k % 2) for k, part in enumerate(parts)]
    return np.concatenate(marks).astype(np.int64)


def most_correlated_cell(hs, signal):
    require_shape("signal", signal, (len(hs),))
    still = (hs == hs[:1]).all(axis=0) | bool((signal == signal[0]).all())
    z = (hs - hs.mean(0)) / np.where(still, 1, hs.std(0))
    y = (signal - signal.mean()) / (signal.std() if signal.std() > 0 else 1)
    r = np.where(still, 0, np.einsum("th,t->h", z, y) / len(hs))
    cell = np.abs(r).argmax()
    return int(cell), float(r[cell])
