"""Batchnorm's backward step by step along the graph, layernorm by turning rows into channels, choice for dropout, histories."""

import numpy as np


def l1_penalty(w, strength):
    require_amounts(strength=strength)
    size = np.sqrt(w * w)
    gradient = np.divide(w, size, out=np.zeros_like(w), where=size > 0)
    return strength * float(size.sum()), strength * gradient


def l2_penalty(w, strength):
    require_amounts(strength=strength)
    gradient = strength * w
    return float((gradient * w).sum()) / 2, gradient


def elastic_net(w, strength, l1_ratio):
    require_share(l1_ratio=l1_ratio)
    parts = [l1_penalty(w, strength), l2_penalty(w, strength)]
    shares = [l1_ratio, 1 - l1_ratio]
    return [sum(share * part[k] for share, part in zip(shares, parts, strict=True)) for k in (0, 1)]


def proximal_l1(w, lr, strength):
    require_amounts(lr=lr, strength=strength)
    return w - np.clip(w, -lr * strength, lr * strength)


def max_norm(w, limit):
    require(w.ndim > 1, "w must have rows")
    require(limit > 0, "limit must be positive")
    flat = w.reshape(len(w), -1)
    norms = np.linalg.norm(flat, axis=1)
    out, long = flat.copy(), norms > limit
    out[long] *= (limit / norms[long])[:, None]
    return out.reshape(w.shape)


def dropout_forward(x, p, rng, training=True):
    require_share(p=p)
    mask = np.ones(x.shape, dtype=x.dtype)
    if training:
        mask = rng.binomial(1, 1 - p, size=x.shape).astype(x.dtype)
        if p < 1:
            mask /= 1 - p
    return np.multiply(x, mask), mask


def dropout_backward(dout, cache):
    return np.multiply(dout, cache)


def dropout_ensemble(x, w, b, p):
    require(x.shape[1] <= MOST_INPUTS, "x is too wide")
    require_share(p=p)
    total = np.zeros((len(x), len(w)), dtype=x.dtype)
    for number in range(2 ** x.shape[1]):
        mask = np.array([number >> k & 1 for k in range(x.shape[1])], dtype=x.dtype)
        chance = p ** int((1 - mask).sum()) * (1 - p) ** int(mask.sum())
        total += chance * log_probabilities(x @ (mask * w).T + b)
    q = np.exp(total - total.max(axis=1, keepdims=True))
    return q / q.sum(axis=1, keepdims=True)


def rows_of(x):
    """(n, C): the values of each channel in a column."""
    return x if x.ndim == 2 else np.moveaxis(x, 1, -1).reshape(-1, x.shape[1])


def images_of(rows, shape):
    return rows if len(shape) == 2 else np.moveaxis(rows.reshape(shape[0], *shape[2:], shape[1]), -1, 1)


def batchnorm_forward(x, gamma, beta, running_mean, running_var, training, momentum=0.1, eps=1e-5):
    require(x.ndim in (2, 4), "x must have two axes or four")
    require_share(momentum=momentum)
    rows = rows_of(x)
    require(len(rows) > 1 or not training, "x must have more values")
    if training:
        centred = rows - rows.mean(axis=0)
        var = (centred**2).mean(axis=0)
        running_mean = running_mean + momentum * (rows.mean(axis=0) - running_mean)
        running_var = running_var + momentum * (rows.var(axis=0, ddof=1) - running_var)
    else:
        centred, var = rows - running_mean, running_var
    inverse = 1 / np.sqrt(var + eps)
    out = images_of(gamma * (centred * inverse) + beta, x.shape)
    return [out, running_mean, running_var, (centred, inverse, gamma, x.shape, training)]


def batchnorm_backward(dout, cache):
    centred, inverse, gamma, shape, training = cache
    d = rows_of(dout)
    dgamma, dbeta = (d * centred * inverse).sum(axis=0), d.sum(axis=0)
    dxhat = d * gamma
    dx = dxhat * inverse
    if training:
        dinverse = (dxhat * centred).sum(axis=0)
        dvar = -0.5 * inverse**3 * dinverse
        dx = dx + 2 / len(d) * centred * dvar
        dx = dx - dx.mean(axis=0)
    return images_of(dx, shape), dgamma, dbeta


def layernorm_forward(x, gamma, beta, eps=1e-5):
    across = x.reshape(-1, x.shape[-1]).T
    centred = across - across.mean(axis=0)
    inverse = 1 / np.sqrt((centred**2).mean(axis=0) + eps)
    return (centred * inverse).T.reshape(x.shape) * gamma + beta, [centred, inverse, gamma]


def layernorm_backward(dout, cache):
    centred, inverse, gamma = cache
    d = dout.reshape(-1, dout.shape[-1]).T
    dxhat = d * gamma[:, None]
    dvar = -0.5 * inverse**3 * (dxhat * centred).sum(axis=0)
    dx = dxhat * inverse + 2 / len(d) * centred * dvar
    dx = dx - dx.mean(axis=0)
    return dx.T.reshape(dout.shape), (d * centred * inverse).sum(axis=1), d.sum(axis=1)


class EarlyStopping:
    """Keeps the whole story, and reads off it."""

    def __init__(self, patience, min_delta=0.0):
        require(patience >= 1, "patience must be at least 1")
        require(min_delta >= 0, "min_delta must not be negative")
        self.patience, self.min_delta = patience, min_delta
        self.better = []
        self.best_loss, self.best_epoch, self.best_params = np.inf, -1, None

    def update(self, loss, params):
        self.better.append(bool(loss + self.min_delta < self.best_loss))
        if self.better[-1]:
            self.best_loss, self.best_epoch = loss, len(self.better) - 1
            self.best_params = [np.copy(param) for param in params]
        return len(self.better) >= self.patience and not any(self.better[-self.patience :])
