"""Sequence by sequence and step by step; a block's cache is a dict that keeps inputs and computes forwards again."""

import math

import numpy as np


def positional_encoding(steps, d):
    require(steps >= 1, f"steps must be at least 1, not {steps}")
    require(d >= 2 and d % 2 == 0, f"d must be even and at least 2, not {d}")
    out = np.empty((steps, d))
    for t in range(steps):
        for i in range(d // 2):
            angle = t / math.pow(10000, 2 * i / d)
            out[t, 2 * i], out[t, 2 * i + 1] = math.sin(angle), math.cos(angle)
    return out


def feed_forward_forward(x, w1, b1, w2, b2):
    require_shape("w1", w1, (len(b1), x.shape[2]))
    require_shape("w2", w2, (x.shape[2], len(b1)))
    out, open_units = np.empty_like(x), []
    for n in range(len(x)):
        sums = np.dot(x[n], w1.T) + b1
        open_units.append(sums > 0)
        out[n] = np.dot(sums * open_units[-1], w2.T) + b2
    return out, {"x": x, "w1": w1, "b1": b1, "w2": w2, "open": open_units}


def feed_forward_backward(dout, cache):
    x, w1, b1, w2 = (cache[key] for key in ("x", "w1", "b1", "w2"))
    dx, dw1, db1, dw2, db2 = (
        np.zeros_like(x),
        np.zeros_like(w1),
        np.zeros_like(b1),
        np.zeros_like(w2),
        np.zeros_like(dout[0, 0]),
    )
    for n, opened in enumerate(cache["open"]):
        hidden = (np.dot(x[n], w1.T) + b1) * opened
        dhidden = np.dot(dout[n], w2) * opened
        dx[n] = np.dot(dhidden, w1)
        dw1 += np.dot(dhidden.T, x[n])
        dw2 += np.dot(dout[n].T, hidden)
        db1 += dhidden.sum(axis=0)
        db2 += dout[n].sum(axis=0)
    return dx, dw1, db1, dw2, db2


def parts_of(params):
    yield lambda x, heads, mask: attend(x, x, params, heads, mask)
    yield lambda x, heads, mask: feed_forward_forward(x, params["w1"], params["b1"], params["w2"], params["b2"])


def encoder_block_forward(x, params, heads, mask=None, norm_first=False):
    require(heads >= 1 and x.shape[2] % heads == 0, f"heads must divide the {x.shape[2]} features, not be {heads}")
    tape = []
    for number, part in zip("12", parts_of(params), strict=True):
        gamma, beta = params["gamma" + number], params["beta" + number]
        if norm_first:
            seen, norm_back = normalize(x, gamma, beta)
            given, back = part(seen, heads, mask)
            x = np.add(x, given)
        else:
            given, back = part(x, heads, mask)
            x, norm_back = normalize(np.add(x, given), gamma, beta)
        tape.append({"norm": norm_back, "part": back})
    return x, {"tape": tape, "norm_first": norm_first}


def encoder_block_backward(dout, cache):
    found = {}

    def through_norm(number, back, gradient):
        dx, found["gamma" + number], found["beta" + number] = back(gradient)
        return dx

    def through_part(number, back, gradient):
        if number == "2":
            dx, found["w1"], found["b1"], found["w2"], found["b2"] = feed_forward_backward(gradient, back)
            return dx
        dquery, dkeys, weights = back(gradient)
        found.update(weights)
        return dquery + dkeys

    dx = dout
    for number, step in zip("21", reversed(cache["tape"]), strict=True):
        if cache["norm_first"]:
            dx = dx + through_norm(number, step["norm"], through_part(number, step["part"], dx))
        else:
            dsum = through_norm(number, step["norm"], dx)
            dx = dsum + through_part(number, step["part"], dsum)
    return dx, found


def decoder_block_forward(x, memory, params, heads, mask, memory_mask=None):
    require(heads >= 1 and x.shape[2] % heads == 0, f"heads must divide the {x.shape[2]} features, not be {heads}")
    require_shape("memory", memory, (x.shape[0], memory.shape[1], x.shape[2]))
    out = x
    for number in (1, 2, 3):
        if number == 1:
            more = attend(out, out, {key: params[key] for key in ATTENTION}, heads, mask)[0]
        elif number == 2:
            more = attend(
                out, memory, {key[6:]: each for key, each in params.items() if key[:6] == "cross_"}, heads, memory_mask
            )[0]
        else:
            more = feed_forward_forward(out, *(params[key] for key in ("w1", "b1", "w2", "b2")))[0]
        out = normalize(out + more, params[f"gamma{number}"], params[f"beta{number}"])[0]
    return out


def smoothed_cross_entropy(logits, labels, smoothing, weights):
    require(0 <= smoothing <= 1, f"smoothing must be from 0 to 1, not {smoothing}")
    require_tokens("labels", labels, logits.shape[2])
    require_shape("weights", weights, labels.shape)
    loss, dlogits, total, v = 0.0, np.zeros_like(logits), float(np.sum(weights)), logits.shape[2]
    for n, t in zip(*np.nonzero(weights), strict=True):
        scores = logits[n, t] - logits[n, t].max()
        log_sum = np.log(np.sum(np.exp(scores)))
        spread = log_sum - scores.mean()
        loss += weights[n, t] / total * ((1 - smoothing) * (log_sum - scores[labels[n, t]]) + smoothing * spread)
        dlogits[n, t] = np.exp(scores - log_sum) - smoothing / v
        dlogits[n, t, labels[n, t]] -= 1 - smoothing
        dlogits[n, t] *= weights[n, t] / total
    return float(loss), dlogits


def warmup_lr(step, d, warmup):
    require(step >= 1, f"step must be at least 1, not {step}")
    require(warmup >= 1, f"warmup must be at least 1, not {warmup}")
    top = 1 / math.sqrt(d * warmup)
    return top * step / warmup if step < warmup else top * math.sqrt(warmup / step)


class TinyTransformer:
    def __init__(self, vocabulary, steps, d, heads, hidden, layers, rng):
        require_sizes(d, heads)
        self.steps, self.heads = steps, heads
        self.params = {"blocks": [], "b_out": np.zeros(vocabulary), "w_out": self.matrix(vocabulary, d, rng)}
        self.params["table"] = 0.5 * rng.standard_normal((vocabulary, d))
        for _ in range(layers):
            block = dict(zip(ATTENTION, (self.matrix(d, d, rng) for _ in range(4)), strict=True))
            block.update(
                w1=self.matrix(hidden, d, rng), w2=self.matrix(d, hidden, rng), b1=np.zeros(hidden), b2=np.zeros(d)
            )
            block.update(gamma1=np.ones(d), gamma2=np.ones(d), beta1=np.zeros(d), beta2=np.zeros(d))
            self.params["blocks"].append(block)

    @staticmethod
    def matrix(rows, columns, rng):
        limit = math.sqrt(6 / (rows + columns))
        return rng.uniform(-limit, limit, (rows, columns))

    def forward(self, tokens):
        require_tokens("tokens", tokens, len(self.params["table"]))
        t = tokens.shape[1]
        require(t <= self.steps, f"tokens must be {self.steps} in a row at most, not {t}")
        x = np.stack([self.params["table"][row] for row in tokens]) + positional_encoding(
            t, self.params["table"].shape[1]
        )
        mask, caches = np.array([[other <= one for other in range(t)] for one in range(t)]), []
        for block in self.params["blocks"]:
            x, cache = encoder_block_forward(x, block, self.heads, mask, True)
            caches.append(cache)
        return x, caches

    def logits(self, tokens):
        x, _ = self.forward(tokens)
        return np.einsum("ntd,vd->ntv", x, self.params["w_out"]) + self.params["b_out"]

    def loss_and_grads(self, tokens, targets, weights):
        x, caches = self.forward(tokens)
        w_out, blocks = self.params["w_out"], []
        loss, dlogits = smoothed_cross_entropy(
            np.einsum("ntd,vd->ntv", x, w_out) + self.params["b_out"], targets, 0, weights
        )
        dx = np.einsum("ntv,vd->ntd", dlogits, w_out)
        for cache in caches[::-1]:
            dx, grads = encoder_block_backward(dx, cache)
            blocks.append(grads)
        table = np.zeros(self.params["table"].shape)
        for n, t in np.ndindex(*tokens.shape):
            table[tokens[n, t]] += dx[n, t]
        dw_out = sum(dlogits[n].T @ x[n] for n in range(len(x)))
        return loss, {"table": table, "w_out": dw_out, "b_out": dlogits.sum(axis=1).sum(axis=0), "blocks": blocks[::-1]}

    def generate(self, tokens, n):
        require_tokens("tokens", tokens, len(self.params["table"]))
        rows = [list(row) for row in tokens]
        for _ in range(n):
            for row in rows:
                row.append(int(np.argmax(self.logits(np.array([row[-self.steps :]]))[0, -1])))
        return np.array([row[tokens.shape[1] :] for row in rows])


def multi_head_resolution_pool(x, kernels, lengths):
    require_kernels(kernels, x.shape[2])
    require_shape("lengths", lengths, (x.shape[0],))
    require(min(lengths) >= 0 and max(lengths) <= x.shape[1], f"lengths must be from 0 to {x.shape[1]}, not {lengths}")
    share, rows = x.shape[2] // len(kernels), []
    for steps, length in zip(x, lengths, strict=True):
        row = []
        for head, group in enumerate(kernels):
            own = steps[:length, head * share : (head + 1) * share]
            for w in group:
                best = np.zeros(len(w), x.dtype)
                for t in range(length):
                    answer, reach = np.zeros(len(w), x.dtype), w.shape[2] // 2
                    for place in range(max(0, t - reach), min(length, t + reach + 1)):
                        answer = answer + w[:, :, place - t + reach] @ own[place]
                    best = np.maximum(best, answer)
                row.append(best)
        rows.append(np.concatenate(row))
    return np.array(rows)
