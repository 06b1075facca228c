"""Loops and einsum, a namedtuple for the cache, layers as objects, lists for tuples."""

import itertools
import math
from collections import namedtuple

import numpy as np

Cache = namedtuple("Cache", "x W")


def linear_forward(x, W, b):
    if x.shape[-1] != W.shape[-1]:
        raise ValueError("W does not fit x")
    if b.shape != (W.shape[0],):
        raise ValueError("b does not fit W")
    out = np.zeros((len(x), len(W)), dtype=x.dtype)
    for n in range(len(x)):
        for o in range(len(W)):
            s = b[o]
            for i in range(x.shape[1]):
                s = s + x[n, i] * W[o, i]
            out[n, o] = s
    return [out, Cache(x, W)]


def linear_backward(dout, cache):
    return [np.einsum("no,oi->ni", dout, cache.W), np.einsum("no,ni->oi", dout, cache.x), np.einsum("no->o", dout)]


def numerical_gradient(f, x, eps=1e-5):
    if not eps > 0:
        raise ValueError("bad eps")
    if x.dtype.kind != "f":
        x = x.astype(np.float64)
    grad = np.zeros_like(x)
    it = np.nditer(x, flags=["multi_index"], op_flags=["readwrite"])
    while not it.finished:
        ix = it.multi_index
        old = x[ix]
        x[ix] = old + eps
        p = f(x)
        x[ix] = old - eps
        m = f(x)
        x[ix] = old
        grad[ix] = (p - m) / (2 * eps)
        it.iternext()
    return grad


def relative_error(a, b):
    if a.shape != b.shape:
        raise ValueError("b has another shape")
    worst = 0.0
    for p, q in zip(a.flat, b.flat, strict=False):
        e = abs(p - q) / max(1e-8, abs(p) + abs(q)) if not math.isnan(p + q) else math.nan
        worst = e if math.isnan(e) or e > worst else worst
        if math.isnan(worst):
            return worst
    return worst


def momentum_update(w, grad, previous_change, lr, momentum):
    if lr < 0 or momentum < 0:
        raise ValueError("lr and momentum must not be negative")
    change = previous_change.copy()
    change *= momentum
    change -= lr * grad
    return [np.add(w, change), change]


class Layer:
    def __init__(self, i, o, kind, rng):
        if kind == "relu":
            lim = math.sqrt(6 / i)
        else:
            lim = math.sqrt(6 / (i + o))
        self.W = rng.uniform(-lim, lim, (o, i))
        self.b = np.zeros(o)


class MLP:
    def __init__(self, sizes, activation, rng):
        if activation not in {"sigmoid", "tanh", "relu"}:
            raise ValueError("unknown activation: " + activation)
        self.kind = activation
        self.layers = [Layer(i, o, activation, rng) for i, o in itertools.pairwise(sizes)]

    @property
    def params(self):
        return tuple(p for layer in self.layers for p in (layer.W, layer.b))

    def act(self, z):
        if self.kind == "tanh":
            return np.tanh(z), 1 / np.cosh(np.clip(z, -300, 300)) ** 2
        if self.kind == "relu":
            return z * (z > 0), (z > 0).astype(float)
        e = np.exp(-np.abs(z))
        s = np.where(z >= 0, 1 / (1 + e), e / (1 + e))
        return s, e / (1 + e) ** 2

    def forward(self, x):
        self.xs, self.slopes = [x], []
        for k, layer in enumerate(self.layers):
            z = np.einsum("ni,oi->no", self.xs[-1], layer.W) + layer.b
            if k == len(self.layers) - 1:
                return z
            h, s = self.act(z)
            self.xs.append(h)
            self.slopes.append(s)

    def backward(self, dout):
        out = []
        for k in range(len(self.layers) - 1, -1, -1):
            out += [dout.sum(0), np.einsum("no,ni->oi", dout, self.xs[k])]
            if k:
                dout = np.einsum("no,oi->ni", dout, self.layers[k].W) * self.slopes[k - 1]
        self.grads = tuple(reversed(out))
        return self.grads

    def gradient_norms(self):
        return tuple(np.sqrt((g**2).sum()) for g in self.grads[::2])

    def fit(self, X, y, epochs, lr, momentum, batch_size, rng):
        if batch_size < 1:
            raise ValueError("batch_size too small")
        if min(y) < 0 or max(y) >= len(self.layers[-1].b):
            raise ValueError("y has a bad class")
        v = [0 * p for p in self.params]
        hist = []
        idx = np.arange(len(X))
        for _e in range(epochs):
            rng.shuffle(idx)
            seen = []
            for part in [idx[i : i + batch_size] for i in range(0, len(idx), batch_size)]:
                out = self.forward(X[part])
                m = out.max(1)
                lse = m + np.log(np.exp(out - m[:, None]).sum(1))
                seen += list(lse - out[range(len(part)), y[part]])
                p = np.exp(out - lse[:, None])
                p[range(len(part)), y[part]] -= 1
                g = self.backward(p / len(part))
                for k, (w, d) in enumerate(zip(self.params, g, strict=False)):
                    v[k] = momentum * v[k] - lr * d
                    w += v[k]
            hist.append(sum(seen) / len(seen))
        return hist
