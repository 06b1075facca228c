"""The bias as one more weight of an input that is always 1; sums by einsum; labels turned into signs and back."""

import numpy as np


def _fires(rows, weights, bias):
    return np.einsum("nd,d->n", np.column_stack([rows, np.ones(len(rows))]), np.append(weights, bias))


def mcculloch_pitts(inputs, weights, threshold):
    require(len(weights) == inputs.shape[1], "weights")
    totals = np.sum(np.multiply(inputs, weights), axis=1)
    return np.where(totals < threshold, 0, 1)


def logic_gate(name):
    require(name in GATES, "unknown name")
    table = {"AND": "0001", "OR": "0111", "NAND": "1110", "NOR": "1000", "NOT": "10"}
    if name not in table:
        raise ValueError("Not linearly separable: no line divides the corners of " + name)
    truth = table[name]
    sign = -1 if truth[0] == "1" else 1
    ones = truth.count("1")
    if len(truth) == 2:
        return [sign], -0.5
    # Among the sums 0, 1, 1, 2 the gate's border lies either below the ones or above them.
    border = 0.5 if ones in (3, 1) and (ones == 3) == (sign == 1) else 1.5
    return (sign, sign), sign * border


def perceptron_predict(X, w, b):
    require(w.shape == X.shape[1:], "w does not fit")
    return np.heaviside(_fires(X, w, b), 0).astype(np.int32)


def perceptron_update(w, b, x, target, lr):
    require(target in (0, 1), "target")
    sign, fired = 2 * target - 1, np.dot(w, x) > -b
    step = 0.0 if fired == (sign > 0) else lr * sign
    return w + step * np.asarray(x), float(b) + step


def perceptron_fit(X, y, lr=1.0, max_epochs=100):
    require(len(y) == len(X) and np.isin(y, (0, 1)).all(), "labels y")
    w, b, errors, epoch = np.zeros(X.shape[1]), 0.0, [], 0
    while epoch < max_epochs and (not errors or errors[-1] > 0):
        count = 0
        for n in range(len(X)):
            before = b
            w, b = perceptron_update(w, b, X[n], int(y[n]), lr)
            count += int(b != before)  # the bias moves with every mistake
        errors.append(count)
        epoch += 1
    return [w, b, errors]


def delta_rule_update(w, b, x, target, lr):
    require(0 <= target <= 1, "target")
    z = np.clip(np.vdot(w, x) + b, -700, 700)
    o = np.exp(-np.logaddexp(0, -z))
    slope = np.exp(-np.logaddexp(0, -z) - np.logaddexp(0, z))
    delta = float((target - o) * slope)
    return (w.astype(float) + lr * delta * x).astype(w.dtype), b + lr * delta
