"""One-hot rows and masks, einsum, and gradients derived by another route: chain rules through every step."""

import numpy as np


def mse(predictions, targets):
    require_targets("predictions", predictions, targets)
    flat = (predictions - targets).ravel()
    return np.dot(flat, flat) / len(flat), np.multiply(2 / len(flat), flat).astype(_kind(predictions)).reshape(
        targets.shape
    )


def _kind(x):
    return np.result_type(x, np.float32)


def rmse(predictions, targets):
    square, gradient = mse(predictions, targets)
    with np.errstate(all="ignore"):
        slope = np.nan_to_num(gradient / (2 * np.sqrt(square)))
    return np.sqrt(square), slope.astype(_kind(predictions))


def nll(log_probs, labels):
    require_labels("log_probs", log_probs, labels)
    chosen = labels[:, None] == np.arange(log_probs.shape[1])
    n = float(len(labels))
    return -log_probs[chosen].sum() / n, np.where(chosen, -1 / n, 0.0).astype(_kind(log_probs))


def binary_cross_entropy(logits, targets):
    require_targets("logits", logits, targets)
    if np.any((targets < 0) | (targets > 1)):
        raise ValueError("targets: beyond 0 or 1")
    softplus = np.logaddexp(0.0, -np.abs(logits)) + np.where(logits > 0, logits, 0)
    half = np.tanh(logits / 2) / 2
    gradient = (half + 0.5 - targets) / np.size(logits)
    return (softplus - logits * targets).mean(), gradient.astype(_kind(logits))


def cross_entropy(logits, labels):
    require_labels("logits", logits, labels)
    log_p = logits - np.logaddexp.reduce(logits.astype(float), axis=-1)[:, None]
    loss, dlog_p = nll(log_p, labels)
    # Through the log-softmax: dx = dlog_p - p * sum(dlog_p).
    dx = dlog_p - np.exp(log_p) * dlog_p.sum(axis=1)[:, None]
    return loss, dx.astype(_kind(logits))


def hinge(scores, labels, margin=1.0):
    require_labels("scores", scores, labels)
    one_hot = np.eye(scores.shape[1])[labels]
    true = np.einsum("nc,nc->n", scores, one_hot)
    terms = (scores - true[:, None] + margin) * (1 - one_hot)
    active = np.heaviside(terms, 0)
    gradient = (active - one_hot * active.sum(1, keepdims=True)) / len(scores)
    return np.einsum("nc,nc->", active, terms) / len(scores), gradient.astype(_kind(scores))


def contrastive(distances, same, margin):
    require(len(distances) and (distances >= 0).all(), "distances: none, or below 0")
    require(len(same) == len(distances), "same: one for each pair")
    n, pull = len(distances), np.flatnonzero(same)
    loss, gradient = 0.0, np.zeros(n)
    loss += (distances[pull].astype(float) ** 2).sum() / 2
    gradient[pull] = distances[pull]
    push = np.flatnonzero(~same & (distances < margin))
    loss += ((margin - distances[push].astype(float)) ** 2).sum() / 2
    gradient[push] = distances[push] - margin
    return [loss / n, (gradient / n).astype(_kind(distances))]


def triplet(anchor, positive, negative, margin):
    for name, other in (("positive", positive), ("negative", negative)):
        require(other.shape == anchor.shape, f"{name}: another shape")
    require(anchor.size, "anchor: empty")
    sides = np.stack([anchor - positive, anchor - negative]).astype(float) + EPS
    lengths = np.sqrt(np.einsum("knd,knd->kn", sides, sides))
    cost = lengths[0] - lengths[1] + margin
    u, v = sides / lengths[:, :, None] * (cost > 0)[None, :, None] / len(anchor)
    loss = np.clip(cost, 0, None).mean()
    return loss, [each.astype(_kind(anchor)) for each in (u - v, -u, v)]
