"""One sample and one weight at a time; other gates that are right too."""

import math

import numpy as np


def mcculloch_pitts(inputs, weights, threshold):
    n, d = inputs.shape
    if d != weights.shape[0]:
        raise ValueError("number of weights")
    out = []
    for i in range(n):
        s = 0.0
        for j in range(d):
            s += inputs[i, j] * weights[j]
        out.append(1 if s >= threshold else 0)
    return np.array(out)


def logic_gate(name):
    if name == "AND":
        return np.array([0.5, 0.5]), 0.9
    if name == "OR":
        return [3, 4], 2
    if name == "NAND":
        return (-2.0, -3.0), -4.5
    if name == "NOR":
        return [np.array([-1, -1]), -0.5]
    if name == "NOT":
        return np.array([-10]), np.float64(-3)
    if name in ["XOR", "XNOR"]:
        raise ValueError(f"{name} is not linearly separable")
    raise ValueError("unknown name")


def perceptron_predict(X, w, b):
    if X.shape[-1] != w.shape[-1]:
        raise ValueError("bad w")
    return np.array([int(np.dot(row, w) + b > 0) for row in X])


def perceptron_update(w, b, x, target, lr):
    if target != 0 and target != 1:
        raise ValueError("target")
    w = w.copy()
    pred = perceptron_predict(x.reshape(1, -1), w, b)[0]
    if pred != target:
        for i in range(len(w)):
            w[i] += lr * x[i] * (1 if target == 1 else -1)
        b = b + (lr if target == 1 else -lr)
    return [w, b]


def perceptron_fit(X, y, lr=1.0, max_epochs=100):
    if X.shape[0] != y.shape[0]:
        raise ValueError("y has a wrong length")
    if any(t not in (0, 1) for t in y):
        raise ValueError("labels in y must be 0 or 1")
    A = np.hstack([X, np.ones((len(X), 1))])
    v = np.zeros(A.shape[1])
    errors = []
    while len(errors) < max_epochs:
        e = 0
        for a, t in zip(A, y, strict=False):
            o = 1 if np.einsum("i,i", a, v) > 0 else 0
            if o != t:
                e += 1
                v += lr * (t - o) * a
        errors.append(np.int64(e))
        if not e:
            break
    return v[:-1], v[-1], tuple(errors)


def delta_rule_update(w, b, x, target, lr):
    if target < 0 or target > 1:
        raise ValueError("target out of range")
    z = sum(float(a) * float(c) for a, c in zip(w, x, strict=False)) + b
    o = 0.5 * (1 + math.tanh(z / 2))
    g = -(target - o) * o * (1 - o)
    new = np.array([wi - lr * g * xi for wi, xi in zip(w, x, strict=False)], dtype=w.dtype)
    return new, b - lr * g
