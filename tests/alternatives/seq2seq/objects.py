"""One-hot products in place of look-ups, einsum throughout; caches are objects; the whole model as a tape of closures."""

import numpy as np


class Lookup:
    def __init__(self, ids, table):
        self.hot = (np.asarray(ids)[..., None] == np.arange(len(table))).astype(table.dtype)
        self.out = np.tensordot(self.hot, table, axes=1)

    def back(self, dout):
        return np.einsum("pt,pe->te", self.hot.reshape(-1, self.hot.shape[-1]), dout.reshape(-1, dout.shape[-1]))


def embed_forward(ids, table):
    require(np.all((ids >= 0) & (ids < len(table))), "ids must have a row")
    found = Lookup(ids, table)
    return found.out, found


def embed_backward(dout, cache):
    return cache.back(dout)


def encode(x, lengths, weights):
    require_lengths(lengths, x.shape[1])
    h = np.zeros((len(x), len(weights[2]) // 2), x.dtype)
    hs = np.zeros((len(x), x.shape[1], h.shape[1]), x.dtype)
    for s in range(x.shape[1]):
        real = np.flatnonzero(lengths > s)
        h = h.copy()
        h[real] = cell(x[real, s], h[real], weights)[0]
        hs[:, s] = h
    return hs, hs[:, -1].copy()


class Look:
    def __init__(self, query, keys, mask):
        self.query, self.keys = query, keys
        scores = np.einsum("nh,nsh->ns", query, keys)
        top = np.max(scores, axis=1, where=mask, initial=np.finfo(scores.dtype).min, keepdims=True)
        powers = np.exp(np.where(mask, scores - top, 0)) * mask
        self.weights = powers / np.maximum(powers.sum(axis=1, keepdims=True), np.finfo(scores.dtype).tiny)
        self.context = np.einsum("ns,nsh->nh", self.weights, keys)

    def back(self, dcontext):
        spread = np.einsum("nh,nsh->ns", dcontext, self.keys)
        mean = np.einsum("nh,nh->n", dcontext, self.context)
        slope = self.weights * (spread - mean[:, None])
        dkeys = np.einsum("ns,nh->nsh", self.weights, dcontext) + np.einsum("ns,nh->nsh", slope, self.query)
        return np.einsum("ns,nsh->nh", slope, self.keys), dkeys


def attend_forward(query, keys, mask):
    require(mask.shape == keys.shape[:2], "mask must fit")
    look = Look(query, keys, mask)
    return look.context, look.weights, look


def attend_backward(dcontext, cache):
    return cache.back(dcontext)


def decoder_step(tokens, state, keys, mask, params):
    state = cell(params["target_table"][tokens], state, params["decoder"])[0]
    look = Look(state, keys, mask)
    return np.hstack([state, look.context]).dot(params["w_out"].T) + params["b_out"], state, look.weights


def decode_teacher_forced(targets_in, state, keys, mask, params):
    states = []
    for tokens in targets_in.T:
        state = cell(params["target_table"][tokens], state, params["decoder"])[0]
        states.append(state)
    looks = [Look(each, keys, mask).context for each in states]
    both = np.concatenate([np.stack(states, 1), np.stack(looks, 1)], axis=2)
    return np.einsum("nth,vh->ntv", both, params["w_out"]) + params["b_out"]


def sequence_loss(logits, targets, mask):
    require(targets.shape == logits.shape[:2], "targets must fit")
    require(mask.shape == logits.shape[:2], "mask must fit")
    real, right = logits[mask], targets[mask]
    dlogits = np.zeros_like(logits)
    if not len(real):
        return 0.0, dlogits
    logs = real - real.max(axis=1, keepdims=True)
    logs = logs - np.log(np.exp(logs).sum(axis=1, keepdims=True))
    rows = np.arange(len(real))
    slope = np.exp(logs)
    slope[rows, right] -= 1
    dlogits[mask] = slope / logits.dtype.type(len(real))
    return -np.mean(logs[rows, right]), dlogits


def greedy_decode(step, state, start, end, max_steps):
    written, over, tokens = [[] for _ in state], set(), np.full(len(state), start)
    for _ in range(max_steps):
        if len(over) == len(written):
            break
        logits, state = step(tokens, state)
        tokens = np.argmax(logits, axis=-1)
        over |= {n for n, token in enumerate(tokens) if token == end}
        for n in set(range(len(written))) - over:
            written[n] = [*written[n], int(tokens[n])]
    return written


def halting_decode(step, state, uniforms):
    outputs = []
    for uniform in uniforms:
        output, stop_logit, state = step(state)
        outputs += [output]
        if np.log(uniform) - np.log1p(-uniform) < stop_logit if 0 < uniform < 1 else uniform < sigmoid(stop_logit):
            return (outputs, len(outputs) - 1)
    return (outputs, None)


def stop_loss(stop_logits, length):
    require(1 <= length <= len(stop_logits), "length must be from 1 to T")
    sign = np.ones(len(stop_logits), stop_logits.dtype)
    sign[length - 1] = -1
    terms = np.logaddexp(0, sign * stop_logits)[:length]
    gradient = sign * sigmoid(sign * stop_logits)
    gradient[length:] = 0
    return terms.sum(), gradient


def predict_length(h, w, b):
    return np.argmax(np.einsum("nh,lh->nl", h, w) + b, axis=-1)


def steps_left(lengths, t):
    return np.clip(np.subtract.outer(lengths, np.arange(t)), 0, None)


class Tape:
    """What was done, with the way back of each; gradients are gathered in a dict."""

    def __init__(self, params):
        self.params, self.backs = params, []
        self.grads = {
            key: [0 * w for w in each] if isinstance(each, list) else 0 * each for key, each in params.items()
        }

    def cell(self, name, x, h, rows):
        """(rows, H): the given rows take a step, the others stay; dx is handed to what is returned beside it."""
        moved, back = cell(x[rows], h[rows], self.params[name])
        out = h.copy()
        out[rows] = moved

        def turn(dout):
            dx, dh, dweights = back(dout[rows])
            for k, dw in enumerate(dweights):
                self.grads[name][k] += dw
            through, spread = dout.copy(), np.zeros((len(dout), dx.shape[1]), dx.dtype)
            through[rows], spread[rows] = dh, dx
            return spread, through

        return out, turn


def seq2seq_loss_and_grads(params, source, lengths, targets):
    require_lengths(lengths, source.shape[1])
    tape = Tape(params)
    words, symbols = Lookup(source, params["source_table"]), Lookup(targets[:, :-1], params["target_table"])
    h = np.zeros((len(source), params["encoder"][1].shape[1]), words.out.dtype)
    units, everyone = h.shape[1], np.arange(len(source))
    keys, turns, looks, later = np.zeros((*source.shape, units), h.dtype), [], [], []
    for s in range(source.shape[1]):
        h, turn = tape.cell("encoder", words.out[:, s], h, np.flatnonzero(lengths > s))
        keys[:, s] = h
        turns.append(turn)
    mask, both = np.arange(source.shape[1]) < lengths[:, None], np.zeros((*symbols.out.shape[:2], 2 * units), h.dtype)
    for t in range(both.shape[1]):
        h, turn = tape.cell("decoder", symbols.out[:, t], h, everyone)
        looks.append(Look(h, keys, mask))
        later.append(turn)
        both[:, t, :units], both[:, t, units:] = h, looks[-1].context
    logits = np.einsum("nth,vh->ntv", both, params["w_out"]) + params["b_out"]
    loss, dlogits = sequence_loss(logits, targets[:, 1:], targets[:, 1:] > 0)
    tape.grads["w_out"], tape.grads["b_out"] = np.einsum("ntv,nth->vh", dlogits, both), np.einsum("ntv->v", dlogits)
    dboth, dkeys, dh = np.einsum("ntv,vh->nth", dlogits, params["w_out"]), np.zeros_like(keys), np.zeros_like(h)
    dx, dy = np.zeros_like(words.out), np.zeros_like(symbols.out)
    for t in range(both.shape[1])[::-1]:
        dquery, share = looks[t].back(dboth[:, t, units:])
        dkeys += share
        dy[:, t], dh = later[t](dh + dboth[:, t, :units] + dquery)
    for s in range(source.shape[1])[::-1]:
        dx[:, s], dh = turns[s](dh + dkeys[:, s])
    return loss, tape.grads | {"source_table": words.back(dx), "target_table": symbols.back(dy)}


def caption(image, params, start, end, max_steps):
    def say(x, h):
        h = cell(np.atleast_2d(x), h, params["cell"])[0]
        return int(np.argmax(params["w_out"].dot(h[0]) + params["b_out"])), h

    _, h = say(params["w_image"].dot(image) + params["b_image"], np.zeros((1, params["w_out"].shape[1])))
    words, word = [], start
    for _ in range(max_steps):
        word, h = say(params["table"][word], h)
        words.append(word)
    return words[: words.index(end)] if end in words else words


def glimpse(image, centre, size, scales):
    require(size >= 2 and size % 2 == 0, "size must be even and at least 2")
    half = 2 ** (scales - 1) * size // 2
    far = half + max(abs(int(c)) for c in centre) + 1
    wide = np.pad(image, ((far, far + half), (far, far + half)))
    seen = []
    for k in range(scales):
        side = 2**k * size
        rows, columns = (slice(int(c) + far - side // 2, int(c) + far + side // 2) for c in centre)
        blocks = np.zeros((side, side), image.dtype)
        part = wide[rows, columns]
        blocks[: part.shape[0], : part.shape[1]] = part
        seen.append(np.add.reduceat(np.add.reduceat(blocks, range(0, side, 2**k), 0), range(0, side, 2**k), 1) / 4**k)
    return np.array(seen, image.dtype)


def draw_read(image, gx, gy, delta, variance, n):
    require(variance > 0, "variance must be above 0")
    steps = (np.arange(n) - (n - 1) / 2) * delta
    banks = []
    for middle, pixels in zip((gy, gx), image.shape, strict=True):
        bank = np.exp(-0.5 * np.subtract.outer(middle + steps, np.arange(pixels)) ** 2 / variance)
        total = bank @ np.ones((pixels, 1))
        banks.append(np.divide(bank, total, out=np.zeros_like(bank), where=total >= 1e-8))
    return np.einsum("ia,ab,jb->ij", banks[0], image, banks[1]).astype(image.dtype)
