"""Loops over units and entries, Gram and Schmidt for QR, the polar method for normal variables; lists for tuples."""

import math

import numpy as np


def _refuse(wrong, words):
    if wrong:
        raise ValueError(words)


def fans(shape):
    _refuse(len(shape) < 2, "shape: out and in are needed")
    fan_out, fan_in = shape[0], shape[1]
    for length in shape[2:]:
        fan_in *= length
        fan_out *= length
    return [fan_in, fan_out]


def gain(activation, slope=0.01):
    if activation in ("linear", "sigmoid"):
        return 1
    if activation == "tanh":
        return np.float64(5) / 3
    if activation == "relu":
        return np.sqrt(np.array(2.0))
    _refuse(activation != "leaky_relu", f"activation {activation} is unknown")
    return (0.5 * (1 + slope * slope)) ** -0.5


def uniform(shape, rng, low, high):
    if len(shape) == 1:
        return np.array([low + (high - low) * rng.random() for _ in range(shape[0])])
    return np.array([uniform(shape[1:], rng, low, high) for _ in range(shape[0])])


def normal(shape, rng, std):
    """Marsaglia's polar method."""
    wanted = math.prod(shape)
    u, v = 2 * rng.random((2, wanted + 50)) - 1  # a pair gives two, and 79 of 100 are good
    s = u * u + v * v
    u, v, s = (each[(s > 0) & (s < 1)] for each in (u, v, s))
    factor = std * np.sqrt(-2 * np.log(s) / s)
    return np.concatenate([factor * u, factor * v])[:wanted].reshape(shape)


def xavier_uniform(shape, rng, gain=1.0):
    both = fans(shape)
    variance = 2 * gain**2 / (both[0] + both[1])
    return np.sqrt(3 * variance) * (2 * rng.random(shape) - 1)


def xavier_normal(shape, rng, gain=1.0):
    both = fans(shape)
    return normal(shape, rng, gain / math.sqrt((both[0] + both[1]) / 2))


def he_normal(shape, rng, mode="fan_in", slope=0.0):
    both = fans(shape)
    _refuse(mode not in ("fan_in", "fan_out"), "mode is fan_in or fan_out")
    fan = both[0] if mode == "fan_in" else both[1]
    return normal(shape, rng, math.sqrt(2 / fan / (1 + slope**2)))


def orthogonal(shape, rng, gain=1.0):
    fans(shape)
    rows, columns = shape[0], math.prod(shape[1:])
    vectors = []
    for _ in range(min(rows, columns)):
        vector = rng.standard_normal(max(rows, columns))
        for _ in range(2):  # once more, against rounding
            for other in vectors:
                vector = vector - (other @ vector) * other
        vectors.append(vector / np.sqrt(vector @ vector))
    flat = gain * np.array(vectors)
    return (flat if rows <= columns else flat.T).reshape(shape)


def sparse(shape, nonzero, rng, std=1.0):
    out, inputs = shape
    _refuse(not 0 <= nonzero <= inputs, "nonzero: more than there are")
    w = np.zeros((out, inputs))
    for o in range(out):
        for i in rng.choice(inputs, size=nonzero, replace=False):
            w[o, i] = rng.normal(0, std)
    return w


def identity(rows, columns, scale=1.0):
    return np.array([[float(scale * (r == c)) for c in range(columns)] for r in range(rows)])


def irnn(inputs, hidden, rng):
    w_ih = np.array([[1e-3 * rng.normal() for _ in range(inputs)] for _ in range(hidden)])
    return [w_ih, identity(hidden, hidden), np.zeros(hidden), np.zeros(hidden)]


def distinct_units(w, b, decimals=10):
    found = []
    for row, bias in zip(w, b, strict=True):
        unit = [round(float(number), decimals) for number in (*row, bias)]
        if unit not in found:
            found.append(unit)
    return len(found)


def _activate(z, activation):
    _refuse(activation not in ("linear", "sigmoid", "tanh", "relu"), f"activation: {activation}?")
    if activation == "sigmoid":
        small = np.exp(-np.abs(z))
        return np.where(z >= 0, 1, small) / (1 + small)
    if activation == "tanh":
        return np.tanh(z)
    return z * (z > 0) if activation == "relu" else z


def _slope(z, activation):
    if activation == "sigmoid":
        return _activate(z, "sigmoid") * _activate(-z, "sigmoid")
    if activation == "tanh":
        return 1 / np.cosh(z) ** 2
    return np.where(z > 0, 1.0, 0.0) if activation == "relu" else np.ones_like(z)


def _pre_activation(h, w, b):
    z = np.empty((len(h), len(w)))
    for o in range(len(w)):
        z[:, o] = h @ w[o] + b[o]
    return z


def activation_statistics(weights, biases, x, activation):
    h, count = x, len(weights)
    means, stds, dead = np.zeros(count), np.zeros(count), np.zeros(count)
    for k in range(count):
        h = _activate(_pre_activation(h, weights[k], biases[k]), activation)
        means[k] = np.sum(h) / h.size
        stds[k] = np.sqrt(np.sum((h - means[k]) ** 2) / h.size)
        if activation == "relu":
            dead[k] = sum(1 for unit in h.T if not unit.any()) / h.shape[1]
    return [means, stds, dead]


def gradient_statistics(weights, biases, x, dout, activation):
    hs, zs = [x], []
    for w, b in zip(weights, biases, strict=True):
        zs.append(_pre_activation(hs[-1], w, b))
        hs.append(_activate(zs[-1], activation))
    stds = np.empty(len(weights))
    dh = dout
    for k in range(len(weights) - 1, -1, -1):
        dz = dh * _slope(zs[k], activation)
        stds[k] = np.sqrt(np.mean((dz - dz.mean()) ** 2))
        dh = np.zeros_like(hs[k])
        for o in range(len(weights[k])):
            dh += dz[:, o : o + 1] * weights[k][o]
    return stds


def lsuv(weights, biases, x, activation, tolerance=0.01, max_iter=10):
    new = []
    for w, b in zip(weights, biases, strict=True):
        h = x
        for done, bias in zip(new, biases, strict=False):
            h = _activate(_pre_activation(h, done, bias), activation)
        w, divisions = np.array(w), 0
        while divisions < max_iter:
            spread = np.std(_pre_activation(h, w, b))
            if -tolerance < spread * spread - 1 < tolerance:
                break
            w = (w / spread).astype(w.dtype)
            divisions += 1
        new.append(w)
    _activate(x, activation)
    return tuple(new)
