"""Everything whole at once: one-hot matrices for means, cumulative shares for chance, the SVD for the ridge and for its hat."""

import numpy as np


def _away(x, centres):
    return x[:, None, :] - centres[None, :, :]


def squared_distances(x, centres):
    require(centres.shape[1] == x.shape[1], f"centres have {centres.shape[1]} columns")
    gram = np.einsum("nd,kd->nk", x, centres)
    found = np.einsum("nd,nd->n", x, x)[:, None] - 2 * gram + np.einsum("kd,kd->k", centres, centres)[None]
    return found.clip(0, None)


def assign(x, centres):
    return np.argsort(squared_distances(x, centres), axis=1, kind="stable")[:, 0]


def move_centres(x, labels, centres):
    require(len(labels) == len(x), "labels do not fit")
    member = (np.asarray(labels) == np.arange(len(centres))[:, None]).astype(x.dtype)
    counts = member.sum(1, keepdims=True)
    return np.where(counts > 0, member @ x / np.maximum(counts, 1), centres)


def k_means(x, centres, max_iter=100):
    require(max_iter >= 1, "max_iter is too small")

    def nearest(places):
        squares = squared_distances(x, places)
        return squares.argmin(1), float(np.einsum("nkd,nkd->nk", _away(x, places), _away(x, places)).min(1).sum())

    labels, inertia = nearest(centres)
    inertias = [inertia]
    for _ in range(max_iter):
        centres = move_centres(x, labels, centres)
        after, inertia = nearest(centres)
        inertias += [inertia]
        changed, labels = not np.array_equal(labels, after), after
        if not changed:
            break
    return [centres, labels, tuple(inertias)]


def k_means_plus_plus(x, k, rng):
    require(1 <= k <= len(x), "k is out of range")
    squares = np.square(_away(x, x)).sum(-1)
    chosen = [rng.choice(len(x))]
    for _ in range(1, k):
        shares = squares[chosen].min(0)
        shares = np.ones(len(x)) if not shares.any() else shares
        ladder = np.cumsum(shares / shares.sum())
        chosen += [int(np.argmax(ladder > rng.uniform() * ladder[-1]))]
    return np.take(x, chosen, axis=0)


def neighbour_widths(centres, neighbours, scale=1.0):
    require(neighbours >= 1, "neighbours: at least 1")
    k = len(centres)
    squares = np.square(_away(centres, centres)).sum(-1)
    squares[np.diag_indices(k)] = np.inf
    count = min(neighbours, k - 1)
    if count == 0:
        return np.ones_like(centres[:, 0])
    widths = np.sqrt(np.partition(squares, count - 1, axis=1)[:, :count].mean(1)) * centres.dtype.type(scale)
    zero = widths == 0
    widths[zero] = 1 if zero.all() else widths[~zero].mean()
    return widths


def gaussian_features(x, centres, widths):
    require(np.shape(widths) == (len(centres),) and (np.asarray(widths) > 0).all(), "widths are not right")
    precision = np.reciprocal(np.square(widths))
    return np.exp(squared_distances(x, centres) * precision * x.dtype.type(-0.5))


def rbf_forward(x, centres, widths, w, b):
    features = gaussian_features(x, centres, widths)
    return np.hstack([features, np.ones_like(x[:, :1])]) @ np.hstack([w, b[:, None]]).T, (x, centres, widths, w, b)


def rbf_backward(dout, cache):
    x, centres, widths, w, _ = cache
    features = gaussian_features(x, centres, widths)
    away = _away(x, centres) / widths[:, None]
    slopes = np.einsum("no,ok,nk->nk", dout, w, features) / widths
    pull = slopes[..., None] * away
    return (
        -pull.sum(1),
        pull.sum(0),
        (slopes * np.square(away).sum(-1)).sum(0),
        dout.T @ features,
        dout.T @ np.ones_like(x[:, 0]),
    )


def _decomposed(features, strength):
    u, s, vt = np.linalg.svd(features - features.mean(0), full_matrices=False)
    s = np.where(s > 1e-12 * s.max(initial=1), s, 0).astype(features.dtype)
    below = np.where(s > 0, s**2 + strength, 1).astype(features.dtype)
    return u, s, vt, below


def ridge_solve(features, targets, strength):
    require(np.ndim(targets) == 2 and len(targets) == len(features), "targets: (N, O)")
    require(strength >= 0, "strength: not below 0")
    u, s, vt, below = _decomposed(features, strength)
    w = ((targets - targets.mean(0)).T @ u * (s / below)) @ vt
    return w, (targets - features @ w.T).mean(0)


def leave_one_out(features, targets, strength):
    w, b = ridge_solve(features, targets, strength)
    u, s, _, below = _decomposed(features, strength)
    leverage = np.square(u) @ (s**2 / below) + 1 / len(features)
    residuals = (features @ w.T + b - targets) / (1 - leverage[:, None])
    return np.mean(np.square(residuals))


def rbf_classifier(x, y, classes, k, strength, rng):
    centres = k_means(x, k_means_plus_plus(x, k, rng), max_iter=20)[0]
    widths = neighbour_widths(centres, neighbours=2, scale=2.0)
    targets = (np.asarray(y)[:, None] == np.arange(classes)).astype(x.dtype)
    w, b = ridge_solve(gaussian_features(x, centres, widths), targets, strength)
    return {"w": w, "b": b, "widths": widths, "centres": centres}
