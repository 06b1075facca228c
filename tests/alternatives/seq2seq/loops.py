"""Sequence by sequence and place by place; the whole model by masks that are multiplied with, and a Jacobian for each softmax."""

import math

import numpy as np


def embed_forward(ids, table):
    require(np.all((ids >= 0) & (ids < len(table))), "ids must have a row")
    out = np.empty((*ids.shape, table.shape[1]), table.dtype)
    for place in np.ndindex(*ids.shape):
        out[place] = table[ids[place]]
    return out, {"ids": np.array(ids), "like": np.zeros_like(table)}


def embed_backward(dout, cache):
    dtable = cache["like"].copy()
    for place in np.ndindex(*cache["ids"].shape):
        dtable[cache["ids"][place]] += dout[place]
    return dtable


def encode(x, lengths, weights):
    require_lengths(lengths, x.shape[1])
    units = weights[1].shape[1]
    hs, last = np.zeros((*x.shape[:2], units), x.dtype), np.zeros((len(x), units), x.dtype)
    for n, length in enumerate(lengths):
        for s in range(x.shape[1]):
            if s < length:
                last[n : n + 1] = cell(x[n : n + 1, s], last[n : n + 1], weights)[0]
            hs[n, s] = last[n]
    return hs, last


def attend_forward(query, keys, mask):
    require(mask.shape == keys.shape[:2], "mask must fit")
    context, weights = np.zeros_like(query), np.zeros(mask.shape, query.dtype)
    for n in range(len(query)):
        allowed = [s for s in range(mask.shape[1]) if mask[n, s]]
        scores = [float(keys[n, s].dot(query[n])) for s in allowed]
        powers = [math.exp(score - max(scores)) for score in scores]
        for s, power in zip(allowed, powers, strict=True):
            weights[n, s] = power / sum(powers)
            context[n] += weights[n, s] * keys[n, s]
    return context, weights, [query.copy(), keys.copy(), weights.copy()]


def attend_backward(dcontext, cache):
    query, keys, weights = cache
    dquery, dkeys = np.zeros_like(query), np.zeros_like(keys)
    for n in range(len(query)):
        spread = keys[n] @ dcontext[n]
        slope = (np.diag(weights[n]) - np.outer(weights[n], weights[n])) @ spread
        for s in range(keys.shape[1]):
            dquery[n] += slope[s] * keys[n, s]
            dkeys[n, s] = weights[n, s] * dcontext[n] + slope[s] * query[n]
    return dquery, dkeys


def decoder_step(tokens, state, keys, mask, params):
    units = state.shape[1]
    h, _ = cell(embed_forward(tokens, params["target_table"])[0], state, params["decoder"])
    found, weights, _ = attend_forward(h, keys, mask)
    of_state, of_context = params["w_out"][:, :units], params["w_out"][:, units:]
    return h @ of_state.T + found @ of_context.T + params["b_out"], h, weights


def decode_teacher_forced(targets_in, state, keys, mask, params):
    logits = np.empty((*targets_in.shape, len(params["b_out"])), state.dtype)
    for t, tokens in enumerate(targets_in.T):
        logits[:, t], state, _ = decoder_step(tokens, state, keys, mask, params)
    return logits


def sequence_loss(logits, targets, mask):
    require(targets.shape == logits.shape[:2], "targets must fit")
    require(mask.shape == logits.shape[:2], "mask must fit")
    loss, dlogits, count = 0.0, np.zeros_like(logits), int(mask.sum())
    for n, t in zip(*np.nonzero(mask), strict=True):
        row, right = logits[n, t], targets[n, t]
        powers = [math.exp(float(value - row.max())) for value in row]
        loss += math.log(sum(powers)) - float(row[right] - row.max())
        for v, power in enumerate(powers):
            dlogits[n, t, v] = (power / sum(powers) - (v == right)) / count
    return (loss / count if count else 0.0), dlogits


def greedy_decode(step, state, start, end, max_steps):
    chosen, tokens = [], np.array([start] * len(state))
    for _ in range(max_steps):
        logits, state = step(tokens, state)
        tokens = np.argmax(logits, axis=1)
        chosen.append(tokens.tolist())
        if all(end in row for row in zip(*chosen, strict=True)):
            break
    rows = [[chosen[t][n] for t in range(len(chosen))] for n in range(len(tokens))]
    return [row[: row.index(end)] if end in row else row for row in rows]


def halting_decode(step, state, uniforms):
    outputs, stopped = [], None
    for t in range(len(uniforms)):
        if stopped is None:
            output, z, state = step(state)
            outputs.append(output)
            p = 1 / (1 + math.exp(-z)) if z > -700 else 0.0
            stopped = t if uniforms[t] < p else None
    return outputs, stopped


def stop_loss(stop_logits, length):
    require(1 <= length <= len(stop_logits), "length must be from 1 to T")
    loss, gradient = 0.0, np.zeros(stop_logits.shape, stop_logits.dtype)
    for t in range(length):
        z, goes_on = float(stop_logits[t]), t + 1 < length
        loss += max(z if goes_on else -z, 0.0) + math.log1p(math.exp(-abs(z)))
        p = 1 / (1 + math.exp(-z)) if z >= 0 else math.exp(z) / (1 + math.exp(z))
        gradient[t] = p if goes_on else p - 1
    return loss, gradient


def predict_length(h, w, b):
    return np.array([int(np.argmax(w @ row + b)) for row in h])


def steps_left(lengths, t):
    return np.array([[max(int(tau) - step, 0) for step in range(t)] for tau in lengths])


def seq2seq_loss_and_grads(params, source, lengths, targets):
    require_lengths(lengths, source.shape[1])
    places, steps = range(source.shape[1]), range(targets.shape[1] - 1)
    units = params["encoder"][1].shape[1]
    real = [np.asarray(lengths > s, dtype=params["w_out"].dtype)[:, None] for s in places]
    h, states, backs = np.zeros((len(source), units), params["w_out"].dtype), [], []
    for s in places:
        further, back = cell(params["source_table"][source[:, s]], h, params["encoder"])
        h = real[s] * further + (1 - real[s]) * h
        states.append(h)
        backs.append(back)
    keys, shut = np.stack(states, axis=2), np.concatenate(real, axis=1) == 0  # (N, H, S), (N, S)
    some = np.any(~shut, axis=1)[:, None]
    rows, spreads, later = [], [], []
    for t in steps:
        h, back = cell(params["target_table"][targets[:, t]], h, params["decoder"])
        scores = np.matmul(h[:, None], keys)[:, 0]
        scores[shut & some] = -np.inf
        a = softmax(scores) * some
        rows.append(np.hstack([h, np.matmul(keys, a[:, :, None])[:, :, 0]]))
        spreads.append((h, a))
        later.append(back)
    logits = np.stack([row @ params["w_out"].T + params["b_out"] for row in rows], axis=1)
    loss, dlogits = fast_loss(logits, targets[:, 1:])
    grads = {key: [0 * w for w in each] if isinstance(each, list) else 0 * each for key, each in params.items()}
    dkeys, dh = np.zeros_like(keys), np.zeros_like(h)
    for t in reversed(steps):
        state, a = spreads[t]
        grads["w_out"] += dlogits[:, t].T @ rows[t]
        grads["b_out"] += np.add.reduce(dlogits[:, t])
        drow = dlogits[:, t] @ params["w_out"]
        jacobian = a[:, :, None] * (np.eye(a.shape[1], dtype=a.dtype) - a[:, None])
        slope = np.matmul(jacobian, np.matmul(drow[:, None, units:], keys).transpose(0, 2, 1))[:, :, 0]
        dkeys += np.matmul(drow[:, units:, None], a[:, None]) + np.matmul(state[:, :, None], slope[:, None])
        dx, dh, dweights = later[t](dh + drow[:, :units] + np.matmul(keys, slope[:, :, None])[:, :, 0])
        np.add.at(grads["target_table"], targets[:, t], dx)
        grads["decoder"] = [a + b for a, b in zip(dweights, grads["decoder"], strict=True)]
    for s in reversed(places):
        dh = dh + dkeys[:, :, s]
        dx, through, dweights = backs[s](real[s] * dh)
        dh = through + (1 - real[s]) * dh
        np.add.at(grads["source_table"], source[:, s], dx)
        grads["encoder"] = [a + b for a, b in zip(dweights, grads["encoder"], strict=True)]
    return loss, grads


def fast_loss(logits, targets):
    """sequence_loss with padding 0, without its loops."""
    p = softmax(logits)
    count = logits.dtype.type(np.count_nonzero(targets))
    picked = np.take_along_axis(p, targets[:, :, None], axis=2)[:, :, 0]
    loss = -np.log(picked, where=targets > 0, out=np.zeros_like(picked)).sum() / count
    np.put_along_axis(p, targets[:, :, None], picked[:, :, None] - 1, axis=2)
    return loss, p * (targets > 0)[:, :, None] / count


def caption(image, params, start, end, max_steps):
    h = np.zeros((1, params["cell"][1].shape[1]), image.dtype)
    h, _ = cell((image @ params["w_image"].T + params["b_image"]).reshape(1, -1), h, params["cell"])
    words = [start]
    for _ in range(max_steps):
        h, _ = cell(params["table"][words[-1] : words[-1] + 1], h, params["cell"])
        word = int(np.argmax(h[0] @ params["w_out"].T + params["b_out"]))
        if word == end:
            return words[1:]
        words.append(word)
    return words[1:]


def glimpse(image, centre, size, scales):
    require(size >= 2 and size % 2 == 0, "size must be even and at least 2")
    out = np.zeros((scales, size, size), image.dtype)
    for k, i, j in np.ndindex(scales, size, size):
        block = 2**k
        top, left = (
            int(middle) - block * size // 2 + block * step for middle, step in zip(centre, (i, j), strict=True)
        )
        seen = image[max(top, 0) : max(top + block, 0), max(left, 0) : max(left + block, 0)]
        out[k, i, j] = seen.sum() / block**2
    return out


def draw_read(image, gx, gy, delta, variance, n):
    require(variance > 0, "variance must be above 0")

    def eyes(middle, pixels):
        bank = np.zeros((n, pixels))
        for i in range(n):
            centre = middle + (i + 1 - n / 2 - 0.5) * delta
            powers = [math.exp(-((a - centre) ** 2) / (2 * variance)) for a in range(pixels)]
            bank[i] = [power / sum(powers) for power in powers] if sum(powers) >= 1e-8 else 0.0
        return bank

    return (eyes(gy, image.shape[0]) @ image @ eyes(gx, image.shape[1]).T).astype(image.dtype)
