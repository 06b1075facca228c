"""Layers as objects that go forwards and backwards; complex numbers for positions; one-hot rows; shifted sums for kernels."""

from functools import reduce

import numpy as np


def positional_encoding(steps, d):
    require(steps >= 1, f"steps must be at least 1, not {steps}")
    require(d >= 2 and d % 2 == 0, f"d must be even and at least 2, not {d}")
    turns = np.exp(1j * np.outer(np.arange(steps), np.exp(-np.log(10000) * np.linspace(0, 1, d // 2, endpoint=False))))
    out = np.zeros((steps, d))
    out[:, ::2], out[:, 1::2] = turns.imag, turns.real
    return out


def feed_forward_forward(x, w1, b1, w2, b2):
    require_shape("w1", w1, (len(b1), x.shape[2]))
    require_shape("w2", w2, (x.shape[2], len(b1)))
    sums = np.einsum("ntd,fd->ntf", x, w1) + b1
    return np.einsum("ntf,df->ntd", np.where(sums > 0, sums, 0), w2) + b2, (x, sums, w1, w2)


def feed_forward_backward(dout, cache):
    x, sums, w1, w2 = cache
    rows, flat = x.reshape(-1, x.shape[2]), dout.reshape(-1, dout.shape[2])
    sums = sums.reshape(len(rows), -1)
    dsums = np.where(sums > 0, flat @ w2, 0)
    return (
        (dsums @ w1).reshape(x.shape),
        dsums.T @ rows,
        dsums.sum(0),
        flat.T @ np.where(sums > 0, sums, 0),
        flat.sum(0),
    )


class Norm:
    def __init__(self, params, number):
        self.names = [name + number for name in ("gamma", "beta")]
        self.weights = [params[name] for name in self.names]

    def run(self, x):
        out, self.back = normalize(x, *self.weights)
        return out

    def turn(self, dout, grads):
        dx, *rest = self.back(dout)
        grads |= dict(zip(self.names, rest, strict=True))
        return dx


class Look:
    def __init__(self, params, heads, mask):
        self.settings = params, heads, mask

    def run(self, x):
        out, self.back = attend(x, x, *self.settings)
        return out

    def turn(self, dout, grads):
        *both, dweights = self.back(dout)
        grads |= dweights
        return sum(both)


class Think:
    names = ("w1", "b1", "w2", "b2")

    def __init__(self, params):
        self.weights = [params[name] for name in self.names]

    def run(self, x):
        out, self.cache = feed_forward_forward(x, *self.weights)
        return out

    def turn(self, dout, grads):
        dx, *rest = feed_forward_backward(dout, self.cache)
        grads |= dict(zip(self.names, rest, strict=True))
        return dx


class Chain:
    def __init__(self, *layers):
        self.layers = layers

    def run(self, x):
        return reduce(lambda x, layer: layer.run(x), self.layers, x)

    def turn(self, dout, grads):
        return reduce(lambda dout, layer: layer.turn(dout, grads), self.layers[::-1], dout)


class Around(Chain):
    def run(self, x):
        return x + super().run(x)

    def turn(self, dout, grads):
        return dout + super().turn(dout, grads)


def encoder_block_forward(x, params, heads, mask=None, norm_first=False):
    require(heads >= 1 and x.shape[2] % heads == 0, f"heads must divide the {x.shape[2]} features, not be {heads}")
    look, think, first, second = Look(params, heads, mask), Think(params), Norm(params, "1"), Norm(params, "2")
    before = Around(first, look), Around(second, think)
    after = Around(look), first, Around(think), second
    chain = Chain(*(before if norm_first else after))
    return chain.run(x), chain


def encoder_block_backward(dout, cache):
    grads = {}
    return cache.turn(dout, grads), grads


def decoder_block_forward(x, memory, params, heads, mask, memory_mask=None):
    require(heads >= 1 and x.shape[2] % heads == 0, f"heads must divide the {x.shape[2]} features, not be {heads}")
    require_shape("memory", memory, (x.shape[0], memory.shape[1], x.shape[2]))
    y = Chain(Around(Look(params, heads, mask)), Norm(params, "1")).run(x)
    cross = {name: params[f"cross_{name}"] for name in ("query", "key", "value", "out")}
    looked, _ = attend(y, memory, cross, heads, memory_mask)
    return Chain(Norm(params, "2"), Around(Think(params)), Norm(params, "3")).run(looked + y)


def smoothed_cross_entropy(logits, labels, smoothing, weights):
    require(0 <= smoothing <= 1, f"smoothing must be from 0 to 1, not {smoothing}")
    require_tokens("labels", labels, logits.shape[2])
    require_shape("weights", weights, labels.shape)
    n, t, v = logits.shape
    rows, total = logits.reshape(n * t, v), np.sum(weights, dtype=float)
    target = np.full((n * t, v), smoothing / v, logits.dtype)
    np.put_along_axis(target, labels.reshape(-1, 1), 1 - smoothing + smoothing / v, axis=1)
    powers = np.exp(rows - np.max(rows, axis=1)[:, None])
    sums = powers.sum(axis=1)[:, None]
    share = (weights.reshape(-1, 1) / (total or 1.0)).astype(logits.dtype)
    distances = np.log(sums) - (rows - np.max(rows, axis=1)[:, None])
    return float(np.sum(share * target * distances)), (share * (powers / sums - target)).reshape(logits.shape)


def warmup_lr(step, d, warmup):
    require(step >= 1, f"step must be at least 1, not {step}")
    require(warmup >= 1, f"warmup must be at least 1, not {warmup}")
    return float(np.minimum(1 / np.sqrt(step), step / warmup / np.sqrt(warmup)) / np.sqrt(d))


class TinyTransformer:
    def __init__(self, vocabulary, steps, d, heads, hidden, layers, rng):
        require_sizes(d, heads)
        self._steps, self._heads = steps, heads
        shapes = dict.fromkeys(ATTENTION, (d, d)) | {"w1": (hidden, d), "w2": (d, hidden), "w_out": (vocabulary, d)}

        def drawn(*names):
            return {name: (2 * rng.random(shapes[name]) - 1) * (6 / sum(shapes[name])) ** 0.5 for name in names}

        ones = {"gamma1": d, "gamma2": d}
        zeros = {"beta1": d, "beta2": d, "b1": hidden, "b2": d}
        self.params = {
            "table": rng.normal(0, 0.5, (vocabulary, d)),
            "blocks": [],
            "b_out": np.zeros(vocabulary),
            **drawn("w_out"),
        }
        for _ in range(layers):
            block = drawn(*ATTENTION, "w1", "w2")
            block |= {name: np.ones(size) for name, size in ones.items()}
            self.params["blocks"] += [block | {name: np.zeros(size) for name, size in zeros.items()}]

    def _run(self, tokens):
        require_tokens("tokens", tokens, len(self.params["table"]))
        require(tokens.shape[1] <= self._steps, f"tokens must be {self._steps} in a row at most, not {tokens.shape[1]}")
        seen = np.eye(len(self.params["table"]))[tokens]
        x = (
            seen @ self.params["table"]
            + positional_encoding(self._steps, self.params["table"].shape[1])[: tokens.shape[1]]
        )
        past, layers = np.tril(np.ones((1, 1, tokens.shape[1], tokens.shape[1]), dtype=bool)), []
        for block in self.params["blocks"]:
            x, layer = encoder_block_forward(x, block, self._heads, mask=past, norm_first=True)
            layers.append(layer)
        return seen, x, layers

    def logits(self, tokens):
        return np.inner(self._run(tokens)[1], self.params["w_out"]) + self.params["b_out"]

    def loss_and_grads(self, tokens, targets, weights):
        seen, x, layers = self._run(tokens)
        loss, dlogits = smoothed_cross_entropy(
            np.inner(x, self.params["w_out"]) + self.params["b_out"], targets, 0.0, weights
        )
        grads = {"w_out": np.einsum("ntv,ntd->vd", dlogits, x), "b_out": np.einsum("ntv->v", dlogits), "blocks": []}
        dx = np.dot(dlogits, self.params["w_out"])
        for layer in reversed(layers):
            dx, dblock = encoder_block_backward(dx, layer)
            grads["blocks"].insert(0, dblock)
        grads["table"] = np.einsum("ntv,ntd->vd", seen, dx)
        return loss, grads

    def generate(self, tokens, n):
        require_tokens("tokens", tokens, len(self.params["table"]))
        given = tokens.shape[1]
        row = np.zeros((len(tokens), given + n), dtype=tokens.dtype)
        row[:, :given] = tokens
        for place in range(given, given + n):
            row[:, place] = np.argmax(self.logits(row[:, max(0, place - self._steps) : place])[:, -1], axis=-1)
        return row[:, given:]


def multi_head_resolution_pool(x, kernels, lengths):
    require_kernels(kernels, x.shape[2])
    require_shape("lengths", lengths, (x.shape[0],))
    require(min(lengths) >= 0 and max(lengths) <= x.shape[1], f"lengths must be from 0 to {x.shape[1]}, not {lengths}")
    t, share = x.shape[1], x.shape[2] // len(kernels)
    shown = (np.arange(t)[None] < np.asarray(lengths)[:, None]).astype(x.dtype)
    x, found = x * shown[:, :, None], []
    for head, w in ((head, w) for head, group in enumerate(kernels) for w in group):
        maps = np.zeros((len(x), len(w), t), x.dtype)
        for j in range(w.shape[2]):
            ahead = j - w.shape[2] // 2
            moved = np.zeros_like(x[:, :, :share])
            to, at = slice(max(0, -ahead), max(0, t - max(0, ahead))), slice(max(0, ahead), max(0, t + min(0, ahead)))
            moved[:, to] = x[:, at, head * share : (head + 1) * share]
            maps += np.einsum("ntd,od->not", moved, w[:, :, j])
        found.append(np.max(np.maximum(maps, 0) * shown[:, None], axis=2))
    return np.hstack(found)
