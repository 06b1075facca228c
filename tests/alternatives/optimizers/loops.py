"""Loops over entries, Sutskever's velocity, sums over all past gradients, whole matrices; lists for tuples."""

import math
from collections import deque, namedtuple

import numpy as np

Minimum = namedtuple("Minimum", "x losses")


def minibatches(X, y, batch_size, rng):
    if batch_size <= 0:
        raise ValueError("batch_size")
    if X.shape[0] != y.shape[0]:
        raise ValueError("X and y differ in length")
    order = list(range(len(X)))
    rng.shuffle(order)
    batches = []
    while order:
        rows, order = order[:batch_size], order[batch_size:]
        batches.append([np.stack([X[row] for row in rows]), np.stack([y[row] for row in rows])])
    return tuple(batches)


def _fit(params, grads):
    if len(params) != len(grads):
        raise ValueError("as many grads as params, please")
    for p, g in zip(params, grads, strict=True):
        if p.shape != g.shape:
            raise ValueError("a shape in grads is wrong")


def _not_negative(**values):
    for name, value in values.items():
        if not value >= 0:
            raise ValueError(f"negative {name}")


class SGD:
    """The velocity is -lr * b."""

    def __init__(self, lr, momentum=0, nesterov=False, weight_decay=0):
        _not_negative(lr=lr, momentum=momentum, weight_decay=weight_decay)
        if nesterov and not momentum:
            raise ValueError("nesterov without momentum")
        self.lr, self.mu, self.nesterov, self.decay = lr, momentum, nesterov, weight_decay
        self.velocity = {}

    def step(self, params, grads):
        _fit(params, grads)
        for k in range(len(params)):
            g = grads[k] + self.decay * params[k] if self.decay else grads[k]
            v = self.velocity[k] = self.mu * self.velocity.get(k, 0.0) - self.lr * g
            params[k][...] = params[k] + (self.mu * v - self.lr * g if self.nesterov else v)


class Adagrad:
    def __init__(self, lr=0.01, eps=1e-10):
        _not_negative(lr=lr)
        self.lr, self.eps, self.past = lr, eps, []

    def step(self, params, grads):
        _fit(params, grads)
        self.past.append([g.copy() for g in grads])
        for k, p in enumerate(params):
            total = sum(np.square(then[k]) for then in self.past)
            np.subtract(p, self.lr * grads[k] / (total**0.5 + self.eps), out=p, casting="same_kind")


class RMSprop:
    """Entry by entry."""

    def __init__(self, lr=0.01, alpha=0.99, eps=1e-8):
        _not_negative(lr=lr, alpha=alpha)
        if alpha > 1:
            raise ValueError("alpha above 1")
        self.lr, self.alpha, self.eps, self.v = lr, alpha, eps, {}

    def step(self, params, grads):
        _fit(params, grads)
        for k, (p, g) in enumerate(zip(params, grads, strict=True)):
            for place in np.ndindex(p.shape):
                slope = float(g[place])
                v = self.alpha * self.v.get((k, place), 0.0) + (1 - self.alpha) * slope * slope
                self.v[k, place] = v
                p[place] -= self.lr * slope / (math.sqrt(v) + self.eps)


class Adadelta:
    def __init__(self, lr=1.0, rho=0.9, eps=1e-6):
        _not_negative(lr=lr, rho=rho)
        if rho > 1:
            raise ValueError("rho above 1")
        self.lr, self.rho, self.eps = lr, rho, eps
        self.u, self.v = [], []

    def step(self, params, grads):
        _fit(params, grads)
        if not self.u:
            self.u, self.v = [0.0 for _ in params], [0.0 for _ in params]
        for k, g in enumerate(grads):
            self.v[k] = self.v[k] + (1 - self.rho) * (g * g - self.v[k])
            delta = g * np.sqrt((self.u[k] + self.eps) / (self.v[k] + self.eps))
            self.u[k] = self.u[k] + (1 - self.rho) * (delta * delta - self.u[k])
            params[k] += -self.lr * delta


class Adam:
    """The order of the paper's section 2: the corrections go into the step size, and eps with them."""

    decay = 0.0

    def __init__(self, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        _not_negative(lr=lr)
        b1, b2 = betas
        if min(b1, b2) < 0 or max(b1, b2) >= 1:
            raise ValueError(f"bad betas {betas}")
        self.lr, self.b1, self.b2, self.eps = lr, b1, b2, eps
        self.p1 = self.p2 = 1.0
        self.m, self.v = None, None

    def step(self, params, grads):
        _fit(params, grads)
        if self.m is None:
            self.m, self.v = [np.zeros(p.shape) for p in params], [np.zeros(p.shape) for p in params]
        self.p1 *= self.b1
        self.p2 *= self.b2
        rate = self.lr * math.sqrt(1 - self.p2) / (1 - self.p1)
        for k, (p, g) in enumerate(zip(params, grads, strict=True)):
            p *= 1 - self.lr * self.decay
            self.m[k] = self.b1 * self.m[k] + (1 - self.b1) * g
            self.v[k] = self.b2 * self.v[k] + (1 - self.b2) * g * g
            p -= rate * self.m[k] / (np.sqrt(self.v[k]) + self.eps * math.sqrt(1 - self.p2))


class AdamW(Adam):
    def __init__(self, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(lr, betas, eps)
        _not_negative(weight_decay=weight_decay)
        self.decay = weight_decay


def lbfgs_direction(grad, s_history, y_history):
    if len(s_history) != len(y_history):
        raise ValueError("s_history and y_history differ in length")
    if len(s_history) == 0:
        return -1.0 * grad
    for s, y in zip(s_history, y_history, strict=True):
        if np.dot(s, y) <= 0:
            raise ValueError("y_history bends downwards")
    one = np.eye(len(grad))
    last_s, last_y = s_history[-1], y_history[-1]
    H = one * np.dot(last_s, last_y) / np.dot(last_y, last_y)
    for s, y in zip(s_history, y_history, strict=True):
        rho = 1 / np.dot(s, y)
        H = (one - rho * np.outer(s, y)) @ H @ (one - rho * np.outer(y, s)) + rho * np.outer(s, s)
    return H @ -grad


def lbfgs_minimize(f, grad_f, x0, history=10, max_iter=100, tol=1e-6):
    if history <= 0:
        raise ValueError("history too short")
    if max_iter < 0:
        raise ValueError("max_iter below 0")
    steps, changes = deque(maxlen=history), deque(maxlen=history)
    x, losses = x0 * 1.0, [f(x0)]
    for _ in range(max_iter):
        g = grad_f(x)
        if max(abs(g)) <= tol:
            break
        d = lbfgs_direction(g, list(steps), list(changes))
        slope = float(np.dot(g, d))
        for halvings in range(40):
            s = 0.5**halvings * d
            new = f(x + s)
            if new <= losses[-1] + ARMIJO * 0.5**halvings * slope:
                break
        else:
            return Minimum(x, losses)
        y = grad_f(x + s) - g
        if np.dot(s, y) > 0:
            steps.append(s)
            changes.append(y)
        else:
            steps.clear()
            changes.clear()
        x = x + s
        losses.append(new)
    return Minimum(x, losses)
