"""One row or element at a time, with lists and namedtuples for pairs, one-hot rows, logaddexp and arithmetic in float64."""

import math
from collections import namedtuple

import numpy as np

Answer = namedtuple("Answer", "loss gradient")


def _float(x):
    return x.dtype if x.dtype.kind == "f" else float


def mse(predictions, targets):
    if predictions.shape != targets.shape:
        raise ValueError("predictions and targets differ in shape")
    if not predictions.size:
        raise ValueError("no predictions")
    gradient = np.empty(predictions.shape, dtype=_float(predictions))
    loss = 0.0
    for index in np.ndindex(predictions.shape):
        error = float(predictions[index]) - float(targets[index])
        loss += error * error / predictions.size
        gradient[index] = 2 * error / predictions.size
    return Answer(loss, gradient)


def rmse(predictions, targets):
    square, gradient = mse(predictions, targets)
    root = math.sqrt(square)
    if root == 0:
        return [0, np.zeros(predictions.shape)]
    return [root, (gradient / (2 * root)).astype(_float(predictions))]


def _check(scores, labels, name):
    if not len(scores):
        raise ValueError(f"{name} is empty")
    if len(labels) != len(scores):
        raise ValueError("labels: one for each row")
    for label in labels:
        if not 0 <= label < scores.shape[1]:
            raise ValueError(f"labels: no class {label}")


def nll(log_probs, labels):
    _check(log_probs, labels, "log_probs")
    picked = [row[label] for row, label in zip(log_probs, labels, strict=True)]
    one_hot = np.eye(log_probs.shape[1], dtype=_float(log_probs))[labels]
    return float(-sum(picked) / len(picked)), -one_hot / len(picked)


def binary_cross_entropy(logits, targets):
    if logits.size == 0:
        raise ValueError("logits is empty")
    if logits.shape != targets.shape or (targets < 0).any() or (targets > 1).any():
        raise ValueError("bad targets")
    x = logits.astype(np.float64)
    loss = (np.logaddexp(0, x) - x * targets).sum() / x.size
    p = np.exp(-np.logaddexp(0, -x))
    return loss, ((p - targets) / x.size).astype(_float(logits))


def cross_entropy(logits, labels):
    _check(logits, labels, "logits")
    loss, gradient = 0.0, np.zeros(logits.shape, dtype=_float(logits))
    for n, label in enumerate(labels):
        row = logits[n].astype(np.float64)
        total = np.logaddexp.reduce(row)
        loss += total - row[label]
        gradient[n] = (np.exp(row - total) - np.eye(len(row))[label]) / len(logits)
    return [loss / len(logits), gradient]


def hinge(scores, labels, margin=1.0):
    _check(scores, labels, "scores")
    gradient = np.zeros(scores.shape, dtype=_float(scores))
    loss = 0.0
    for n, label in enumerate(labels):
        for j in range(scores.shape[1]):
            violation = scores[n, j] - scores[n, label] + margin
            if j != label and violation > 0:
                loss += violation
                gradient[n, j] += 1
                gradient[n, label] -= 1
    gradient /= len(scores)
    return loss / len(scores), gradient


def contrastive(distances, same, margin):
    if len(distances) != len(same):
        raise ValueError("same and distances differ in length")
    if not len(distances) or min(distances) < 0:
        raise ValueError("bad distances")
    y = 1 - same.astype(_float(distances))
    push = np.clip(margin - distances, 0, None)
    loss = sum((1 - y) * distances**2 / 2 + y * push**2 / 2) / len(y)
    return Answer(loss, ((1 - y) * distances - y * push) / len(y))


def triplet(anchor, positive, negative, margin):
    if not len(anchor):
        raise ValueError("anchor is empty")
    if positive.shape != anchor.shape:
        raise ValueError("positive differs")
    if negative.shape != anchor.shape:
        raise ValueError("negative differs")
    gradients = [np.zeros(anchor.shape, dtype=_float(anchor)) for _ in range(3)]
    loss = 0.0
    for n in range(len(anchor)):
        to_p = anchor[n] - positive[n] + EPS
        to_n = anchor[n] - negative[n] + EPS
        d_p, d_n = math.sqrt(to_p @ to_p), math.sqrt(to_n @ to_n)
        if d_p - d_n + margin > 0:
            loss += d_p - d_n + margin
            gradients[0][n] = (to_p / d_p - to_n / d_n) / len(anchor)
            gradients[1][n] = -to_p / d_p / len(anchor)
            gradients[2][n] = to_n / d_n / len(anchor)
    return loss / len(anchor), gradients
