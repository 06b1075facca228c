"""One base class for all rules, state in objects of its own, views and np.array_split; L-BFGS by recursion."""

from types import SimpleNamespace

import numpy as np


def minibatches(X, y, batch_size, rng):
    n = len(X)
    if len(y) != n:
        raise ValueError("y: one target a row")
    if batch_size < 1:
        raise ValueError("batch_size: at least 1")
    order = np.argsort(rng.random(n))
    return [
        (np.take(X, rows, axis=0), np.take(y, rows, axis=0))
        for rows in np.split(order, range(batch_size, n, batch_size))
    ]


class Rule:
    names = ()

    def __init__(self, lr):
        if lr < 0:
            raise ValueError(f"lr: {lr}")
        self.lr = lr
        self.states = None

    def step(self, params, grads):
        if len(params) != len(grads) or any(g.shape != p.shape for p, g in zip(params, grads, strict=True)):
            raise ValueError("grads: one for each parameter, of its shape")
        if self.states is None:
            self.states = [SimpleNamespace(t=0, a=np.zeros(p.shape), b=np.zeros(p.shape)) for p in params]
        for p, g, state in zip(params, grads, self.states, strict=True):
            state.t += 1
            p[...] -= (self.lr * self.rule(p, g.astype(float), state)).astype(p.dtype)


class SGD(Rule):
    def __init__(self, lr, momentum=0, nesterov=False, weight_decay=0):
        super().__init__(lr)
        if momentum < 0 or weight_decay < 0:
            raise ValueError("momentum and weight_decay: at least 0")
        if nesterov and momentum == 0:
            raise ValueError("nesterov: needs momentum")
        self.mu, self.nesterov, self.decay = momentum, nesterov, weight_decay

    def rule(self, p, g, state):
        g = g + self.decay * p
        if self.mu == 0:
            return g
        state.a = g.copy() if state.t == 1 else self.mu * state.a + g
        return g + self.mu * state.a if self.nesterov else state.a


class Adagrad(Rule):
    def __init__(self, lr=0.01, eps=1e-10):
        super().__init__(lr)
        self.eps = eps

    def rule(self, p, g, state):
        state.a = np.hypot(state.a, g)
        return g / (state.a + self.eps)


class RMSprop(Rule):
    def __init__(self, lr=0.01, alpha=0.99, eps=1e-8):
        super().__init__(lr)
        if alpha < 0 or alpha > 1:
            raise ValueError("alpha: 0 to 1")
        self.alpha, self.eps = alpha, eps

    def rule(self, p, g, state):
        state.a = np.hypot(np.sqrt(self.alpha) * state.a, np.sqrt(1 - self.alpha) * g)
        return g / (state.a + self.eps)


class Adadelta(Rule):
    def __init__(self, lr=1.0, rho=0.9, eps=1e-6):
        super().__init__(lr)
        if rho < 0 or rho > 1:
            raise ValueError("rho: 0 to 1")
        self.rho, self.eps = rho, eps

    def rule(self, p, g, state):
        state.b = self.rho * state.b + (1 - self.rho) * g**2
        delta = np.sqrt(state.a + self.eps) * g / np.sqrt(state.b + self.eps)
        state.a = self.rho * state.a + (1 - self.rho) * delta**2
        return delta


class Adam(Rule):
    def __init__(self, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
        super().__init__(lr)
        if any(b < 0 or b >= 1 for b in betas):
            raise ValueError("betas: 0 to 1, without 1")
        if weight_decay < 0:
            raise ValueError("weight_decay: at least 0")
        self.betas, self.eps, self.decay = betas, eps, weight_decay

    def rule(self, p, g, state):
        b1, b2 = self.betas
        state.a += (1 - b1) * (g - state.a)
        state.b += (1 - b2) * (g**2 - state.b)
        return self.decay * p + state.a / (1 - b1**state.t) / (np.sqrt(state.b / (1 - b2**state.t)) + self.eps)


class AdamW(Adam):
    def __init__(self, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(lr, betas, eps, weight_decay)


def lbfgs_direction(grad, s_history, y_history):
    if len(y_history) < len(s_history) or len(s_history) < len(y_history):
        raise ValueError("y_history: one for each step")
    if min([s.dot(y) for s, y in zip(s_history, y_history, strict=True)], default=1) <= 0:
        raise ValueError("y_history: curvature must be positive")
    gamma = s_history[-1].dot(y_history[-1]) / y_history[-1].dot(y_history[-1]) if s_history else 1.0

    def times_inverse_hessian(v, count):
        if count == 0:
            return gamma * v
        s, y = s_history[count - 1], y_history[count - 1]
        a = s.dot(v) / s.dot(y)
        r = times_inverse_hessian(v - a * y, count - 1)
        return r + (a - y.dot(r) / s.dot(y)) * s

    return times_inverse_hessian(-grad, len(s_history))


def lbfgs_minimize(f, grad_f, x0, history=10, max_iter=100, tol=1e-6):
    if history < 1 or max_iter < 0:
        raise ValueError("history must be 1 or more, max_iter 0 or more")
    x = np.asarray(x0).astype(np.float64)
    points, slopes, losses = [x], [np.asarray(grad_f(x))], [f(x)]  # since the last time all was forgotten
    while len(losses) - 1 < max_iter and np.linalg.norm(slopes[-1], np.inf) > tol:
        recent = range(max(0, len(points) - 1 - history), len(points) - 1)
        d = lbfgs_direction(
            slopes[-1], [points[k + 1] - points[k] for k in recent], [slopes[k + 1] - slopes[k] for k in recent]
        )
        t, promised = 1.0, slopes[-1] @ d
        while not f(x + t * d) <= losses[-1] + ARMIJO * t * promised:
            t *= 0.5
            if t < LEAST_STEP:
                return [x, losses]
        x = x + t * d
        points.append(x)
        slopes.append(np.asarray(grad_f(x)))
        losses.append(f(x))
        if (points[-1] - points[-2]) @ (slopes[-1] - slopes[-2]) <= 0:
            points, slopes = points[-1:], slopes[-1:]
    return [x, losses]
