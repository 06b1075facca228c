"""Biases as a last column of the weights inside the layers' sums, closures for activations."""

from itertools import pairwise

import numpy as np


def linear_forward(x, W, b):
    require(x.shape[1] == W.shape[1], "W: not as many columns as x")
    require(b.shape == (len(W),), "b: not one for each output")
    joined = np.hstack([x, np.ones_like(x[:, :1])])
    weights = np.hstack([W, b[:, None]])
    return joined.dot(weights.T), {"joined": joined, "weights": weights}


def linear_backward(dout, cache):
    dweights = np.matmul(dout.T, cache["joined"])
    return np.dot(dout, cache["weights"])[:, :-1], dweights[:, :-1], dweights[:, -1]


def numerical_gradient(f, x, eps=1e-5):
    require(eps > 0, "eps")
    flat = np.array(x, dtype=float).reshape(-1)
    moved = flat + eps * np.vstack([np.eye(flat.size), -np.eye(flat.size)])
    values = np.array([f(each.reshape(x.shape)) for each in moved])
    return ((values[: flat.size] - values[flat.size :]) / eps / 2).reshape(x.shape)


def relative_error(a, b):
    require(np.shape(a) == np.shape(b), "b: another shape")
    size = np.abs(a) + np.abs(b)
    size[size < SMALLEST_SIZE] = SMALLEST_SIZE
    return (np.abs(a - b) / size).max()


def momentum_update(w, grad, previous_change, lr, momentum):
    require(lr >= 0, "lr below 0")
    require(momentum >= 0, "momentum below 0")
    change = np.subtract(previous_change * momentum, grad * lr)
    return change + w, change


CURVES = {
    "sigmoid": (lambda z: np.exp(-np.logaddexp(0, -z)), lambda z, h: h - h * h),
    "tanh": (np.tanh, lambda z, h: (1 + h) * (1 - h)),
    "relu": (lambda z: np.where(z > 0, z, 0.0), lambda z, h: np.heaviside(z, 0.0)),
}


class MLP:
    def __init__(self, sizes, activation, rng):
        require(activation in CURVES, f"activation {activation}")
        self.curve, self.slope = CURVES[activation]
        self.params, self.norms, self.tape = [], [], []
        for fan_in, fan_out in pairwise(sizes):
            size = np.sqrt(2 / (fan_in + (0 if activation == "relu" else fan_out)))
            self.params.append(size * rng.standard_normal((fan_out, fan_in)))
            self.params.append(np.zeros(fan_out))

    def forward(self, x):
        self.tape, h = [], x
        for k in range(0, len(self.params), 2):
            z = np.tensordot(h, self.params[k], axes=([1], [1])) + self.params[k + 1][None]
            self.tape.append((h, z))
            h = self.curve(z)
        return z

    def backward(self, dout):
        grads, dz = {}, dout
        for k in range(len(self.tape) - 1, -1, -1):
            h = self.tape[k][0]
            grads[2 * k], grads[2 * k + 1] = np.tensordot(dz, h, axes=(0, 0)), np.sum(dz, axis=0)
            if k:
                dz = dz.dot(self.params[2 * k]) * self.slope(self.tape[k - 1][1], h)
        ordered = [grads[k] for k in sorted(grads)]
        self.norms = [np.sqrt(np.square(dW).sum()) for dW in ordered[::2]]
        return ordered

    def gradient_norms(self):
        return self.norms

    def fit(self, X, y, epochs, lr, momentum, batch_size, rng):
        require(batch_size > 0, "batch_size")
        require(set(y.tolist()) <= set(range(self.params[-1].size)), "y: no such class")
        velocity = [np.zeros(p.shape) for p in self.params]
        history = np.zeros(epochs)
        for epoch in range(epochs):
            left = list(rng.permutation(len(X)))
            while left:
                rows, left = left[:batch_size], left[batch_size:]
                out = self.forward(X[rows])
                log_p = out - np.logaddexp.reduce(out, axis=1, keepdims=True)
                t = y[rows][:, None] == np.arange(out.shape[1])
                history[epoch] -= log_p[t].sum() / len(X)
                for p, v, g in zip(self.params, velocity, self.backward((np.exp(log_p) - t) / len(rows)), strict=True):
                    v *= momentum
                    v -= lr * g
                    p += v
        return history.tolist()
