"""One value at a time, with plain Python numbers where it can be."""

import math

import numpy as np


def sigmoid(x):
    out = np.empty_like(x, dtype=np.result_type(x, np.float32))
    for index, value in np.ndenumerate(x):
        value = float(value)
        out[index] = 1 / (1 + math.exp(-value)) if value >= 0 else math.exp(value) / (1 + math.exp(value))
    return out


def relu(x):
    out = x.copy()
    out[out < 0] = 0
    return out


def leaky_relu(x, slope=0.01):
    return np.maximum(x, 0) + slope * np.minimum(x, 0)


def step(x):
    return np.heaviside(x, 0).astype(x.dtype)


def maxout(x, pieces):
    if pieces < 1:
        raise ValueError("bad pieces")
    if x.shape[1] % pieces:
        raise ValueError("pieces do not divide")
    units = x.shape[1] // pieces
    out = x[:, :units]
    for piece in range(1, pieces):
        out = np.maximum(out, x[:, piece * units : (piece + 1) * units])
    return out


def softmax(x, axis=-1):
    require(-x.ndim <= axis < x.ndim, "no such axis")
    moved = np.moveaxis(x, axis, 0)
    out = np.stack([np.exp(each - moved.max(axis=0)) for each in moved])
    out /= out.sum(axis=0)
    return np.moveaxis(out, 0, axis)


def log_softmax(x, axis=-1):
    if axis not in range(-x.ndim, x.ndim):
        raise ValueError("no such axis")
    top = x.max(axis=axis, keepdims=True)
    return x - (top + np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True)))


def softmax_backward(dout, out, axis=-1):
    p, d = np.moveaxis(out, axis, -1), np.moveaxis(dout, axis, -1)
    dx = np.empty_like(p)
    for index in np.ndindex(p.shape[:-1]):
        jacobian = np.diag(p[index]) - np.outer(p[index], p[index])
        dx[index] = jacobian @ d[index]
    return np.moveaxis(dx, -1, axis)


def maxout_backward(dout, x, pieces):
    dx = np.zeros(x.shape, dtype=dout.dtype)
    units = dout.shape[1]
    for n in range(len(x)):
        for d in range(units):
            best = max(range(pieces), key=lambda piece: x[n, piece * units + d])
            dx[n, best * units + d] = dout[n, d]
    return dx


def dead_units(pre_activations):
    return pre_activations.max(axis=0) <= 0
