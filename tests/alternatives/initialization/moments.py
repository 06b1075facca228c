"""The inverse distribution function, polar decomposition, masks by ranks, moments about zero, one factor a layer."""

from statistics import NormalDist

import numpy as np


def fans(shape):
    if len(shape) < 2:
        raise ValueError(f"shape {shape} is too short")
    weights = np.broadcast_to(np.int8(0), shape)
    return int(weights[0].size), int(weights[:, 0].size)


GAINS = {
    "linear": lambda slope: 1.0,
    "sigmoid": lambda slope: 1.0,
    "tanh": lambda slope: 5 / 3,
    "relu": lambda slope: 2**0.5,
    "leaky_relu": lambda slope: 2**0.5 / np.hypot(1, slope),
}


def gain(activation, slope=0.01):
    if activation not in GAINS:
        raise ValueError("activation")
    return GAINS[activation](slope)


def uniform(shape, rng, low, high):
    share = rng.random(shape)
    return (1 - share) * low + share * high


def normal(shape, rng, std):
    """Each weight where a uniform variable says."""
    shares = rng.uniform(1e-300, 1, size=shape)
    quantile = np.vectorize(NormalDist().inv_cdf, otypes=[float])
    return std * quantile(shares)


def xavier_uniform(shape, rng, gain=1.0):
    a = gain * np.sqrt(6 / np.sum(fans(shape)))
    return uniform(shape, rng, a, -a)


def xavier_normal(shape, rng, gain=1.0):
    return gain * rng.standard_normal(shape) * np.sqrt(2 / np.sum(fans(shape)))


def he_normal(shape, rng, mode="fan_in", slope=0.0):
    fan_in, fan_out = fans(shape)
    fan = {"fan_in": fan_in, "fan_out": fan_out}.get(mode)
    if fan is None:
        raise ValueError(f"mode {mode}")
    return rng.normal(0, np.sqrt(2 / fan) / np.sqrt(1 + slope * slope), shape)


def orthogonal(shape, rng, gain=1.0):
    """The nearest orthogonal matrix to a normal one: it has no favourite direction either."""
    if len(shape) < 2:
        raise ValueError("shape")
    u, _, v = np.linalg.svd(rng.normal(size=(shape[0], int(np.prod(shape[1:])))), full_matrices=False)
    return (gain * (u @ v)).reshape(shape)


def sparse(shape, nonzero, rng, std=1.0):
    if nonzero < 0 or nonzero > shape[1]:
        raise ValueError("nonzero")
    mask = rng.permuted(np.broadcast_to(np.arange(shape[1]), shape), axis=1) < nonzero
    return np.where(mask, std * rng.normal(size=shape), 0.0)


def identity(rows, columns, scale=1.0):
    w = np.zeros((rows, columns))
    np.fill_diagonal(w, scale)
    return w


def irnn(inputs, hidden, rng):
    return rng.normal(0.0, 1e-3, (hidden, inputs)), np.diag(np.ones(hidden)), np.zeros(hidden), np.zeros(hidden)


def distinct_units(w, b, decimals=10):
    rows = np.round(np.concatenate([w, b.reshape(-1, 1)], axis=1), decimals) + 0.0
    return len({row.tobytes() for row in rows})


FORWARD = {
    "linear": (lambda z: z, lambda z: 1.0),
    "sigmoid": (lambda z: 0.5 * np.tanh(0.5 * z) + 0.5, lambda z: 0.25 * (1 - np.tanh(0.5 * z) ** 2)),
    "tanh": (np.tanh, lambda z: (1 - np.tanh(z)) * (1 + np.tanh(z))),
    "relu": (lambda z: (np.abs(z) + z) / 2, lambda z: np.heaviside(z, 0.0)),
}


def _pair(activation):
    try:
        return FORWARD[activation]
    except KeyError:
        raise ValueError(f"activation {activation}") from None


def activation_statistics(weights, biases, x, activation):
    f, _ = _pair(activation)
    statistics = []
    for w, b in zip(weights, biases, strict=True):
        x = f(np.einsum("ni,oi->no", x, w) + b)
        silent = float(activation == "relu") * np.mean(np.abs(x).max(axis=0) == 0)
        statistics.append([x.mean(), np.sqrt(((x - x.mean()) ** 2).mean()), silent])
    return tuple(np.array(statistics).T)


def gradient_statistics(weights, biases, x, dout, activation):
    """By recursion: a layer asks the one above it for its gradient."""
    f, slope = _pair(activation)
    if not len(weights):
        return np.zeros(0)

    def descend(k, h):
        z = h @ weights[k].T + biases[k]
        above, dh = descend(k + 1, f(z)) if k + 1 < len(weights) else ([], dout)
        dz = slope(z) * dh
        return [np.sqrt(np.var(dz)), *above], dz @ weights[k]

    return np.array(descend(0, x)[0])


def lsuv(weights, biases, x, activation, tolerance=0.01, max_iter=10):
    """The product with the weights is computed once, and only its factor changes."""
    f, _ = _pair(activation)
    new = []
    for w, b in zip(weights, biases, strict=True):
        product, factor = x @ w.T, 1.0
        for _ in range(max_iter):
            variance = np.var(factor * product + b)
            if np.abs(variance - 1) < tolerance:
                break
            factor = float(factor / np.sqrt(variance))
        new.append((factor * w).astype(w.dtype))
        x = f(factor * product + b)
    return new
