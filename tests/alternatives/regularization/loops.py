"""Loops over rows, channels and entries; layernorm through its whole Jacobian; None for a cache; tuples for lists."""

import itertools
import math

import numpy as np


def l1_penalty(w, strength):
    if strength < 0:
        raise ValueError("strength is negative")
    gradient = np.zeros_like(w)
    loss = 0.0
    for index in np.ndindex(w.shape):
        loss += strength * abs(float(w[index]))
        if w[index] > 0:
            gradient[index] = strength
        elif w[index] < 0:
            gradient[index] = -strength
    return loss, gradient


def l2_penalty(w, strength):
    if strength < 0:
        raise ValueError("strength is negative")
    return 0.5 * strength * float(np.vdot(w, w)), w * strength


def elastic_net(w, strength, l1_ratio):
    if strength < 0:
        raise ValueError("strength is negative")
    if not 0 <= l1_ratio <= 1:
        raise ValueError("l1_ratio is a share")
    loss = strength * l1_ratio * float(np.abs(w).sum()) + strength * (1 - l1_ratio) / 2 * float((w * w).sum())
    return loss, strength * l1_ratio * ((w > 0).astype(w.dtype) - (w < 0)) + strength * (1 - l1_ratio) * w


def proximal_l1(w, lr, strength):
    for name, value in (("lr", lr), ("strength", strength)):
        if value < 0:
            raise ValueError(f"{name} is negative")
    step = lr * strength
    return np.where(w > step, w - step, np.where(w < -step, w + step, 0)).astype(w.dtype)


def max_norm(w, limit):
    if w.ndim < 2:
        raise ValueError("w should have rows")
    if not limit > 0:
        raise ValueError("limit should be above 0")
    out = w.copy()
    for k, row in enumerate(w):
        norm = math.sqrt(float((row.astype(float) ** 2).sum()))
        if norm > limit:
            out[k] = row * (limit / norm)
    return out


def dropout_forward(x, p, rng, training=True):
    if p < 0 or p > 1:
        raise ValueError("p is a probability")
    if not training or p == 0:
        return x, None
    dropped = rng.uniform(size=x.shape) < p
    out = x.copy()
    if p < 1:
        out /= 1 - p
    out[dropped] = 0
    return out, {"dropped": dropped, "p": p}


def dropout_backward(dout, cache):
    dx = dout.copy()
    if cache is None:
        return dx
    if cache["p"] < 1:
        dx /= 1 - cache["p"]
    dx[cache["dropped"]] = 0
    return dx


def dropout_ensemble(x, w, b, p):
    if x.shape[1] > 10:
        raise ValueError("x has too many columns")
    if p < 0 or p > 1:
        raise ValueError("p is a probability")
    total = np.zeros((len(x), len(w)))
    for mask in itertools.product([0, 1], repeat=x.shape[1]):
        chance = 1.0
        for kept in mask:
            chance *= 1 - p if kept else p
        scores = (x * np.array(mask)) @ w.T + b
        for row in range(len(x)):
            high = scores[row].max()
            total[row] += chance * (scores[row] - high - math.log(np.exp(scores[row] - high).sum()))
    powers = np.exp(total - total.max(axis=1, keepdims=True))
    return (powers / powers.sum(axis=1, keepdims=True)).astype(x.dtype)


def batchnorm_forward(x, gamma, beta, running_mean, running_var, training, momentum=0.1, eps=1e-5):
    if x.ndim not in (2, 4):
        raise ValueError("x has too many axes, or too few")
    if not 0 <= momentum <= 1:
        raise ValueError("momentum is a share")
    if training and x.size <= x.shape[1]:
        raise ValueError("x has one value per channel")
    out = np.empty_like(x)
    mean, var = running_mean.copy(), running_var.copy()
    channels = []
    for c in range(x.shape[1]):
        values = x[:, c]
        if training:
            m, v = values.mean(), values.var()
            mean[c] += momentum * (m - mean[c])
            var[c] += momentum * (values.var(ddof=1) - var[c])
        else:
            m, v = running_mean[c], running_var[c]
        root = math.sqrt(v + eps)
        xhat = (values - m) / root
        out[:, c] = gamma[c] * xhat + beta[c]
        channels.append((xhat, float(gamma[c]), root))
    return out, mean, var, [training, *channels]


def batchnorm_backward(dout, cache):
    training, *channels = cache
    dx = np.empty_like(dout)
    dgamma, dbeta = np.empty(len(channels), dout.dtype), np.empty(len(channels), dout.dtype)
    for c, (xhat, gamma, root) in enumerate(channels):
        d = dout[:, c]
        dgamma[c], dbeta[c] = np.sum(d * xhat), np.sum(d)
        if training:
            dx[:, c] = gamma / (d.size * root) * (d.size * d - dbeta[c] - xhat * dgamma[c])
        else:
            dx[:, c] = gamma / root * d
    return [dx, dgamma, dbeta]


def layernorm_forward(x, gamma, beta, eps=1e-5):
    flat = x.reshape(-1, x.shape[-1])
    xhat, roots = np.empty_like(flat), []
    for k, row in enumerate(flat):
        centred = row - row.mean()
        roots.append(math.sqrt(float((centred**2).mean()) + eps))
        xhat[k] = centred / roots[-1]
    return (xhat * gamma + beta).reshape(x.shape), (xhat, roots, gamma.copy())


def layernorm_backward(dout, cache):
    xhat, roots, gamma = cache
    flat = dout.reshape(xhat.shape)
    dx = np.empty_like(flat)
    n = flat.shape[1]
    for k, (row, root) in enumerate(zip(xhat, roots, strict=True)):
        jacobian = (np.eye(n) - 1 / n - np.outer(row, row) / n) / root
        dx[k] = jacobian @ (flat[k] * gamma)
    return dx.reshape(dout.shape), np.einsum("nd,nd->d", flat, xhat), flat.sum(axis=0)


class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        if patience < 1:
            raise ValueError("patience should be at least 1")
        if min_delta < 0:
            raise ValueError("min_delta should not be negative")
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_epoch, self.best_params = float("inf"), -1, None
        self.epoch, self.bad = 0, 0

    def update(self, loss, params):
        if self.best_loss - loss > self.min_delta:
            self.best_loss, self.best_epoch, self.bad = loss, self.epoch, 0
            self.best_params = tuple(np.array(param) for param in params)
        else:
            self.bad += 1
        self.epoch += 1
        return self.bad >= self.patience
