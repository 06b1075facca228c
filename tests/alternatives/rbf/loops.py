"""Loops over rows and centres, running sums, an urn for chance, dual equations for the ridge, N fits for leave-one-out."""

import math

import numpy as np


def squared_distances(x, centres):
    if centres.shape[1] != x.shape[1]:
        raise ValueError(f"centres must have {x.shape[1]} columns")
    out = np.zeros((len(x), len(centres)), x.dtype)
    for n, row in enumerate(x):
        for k, centre in enumerate(centres):
            away = row - centre
            out[n, k] = np.vdot(away, away)
    return out


def assign(x, centres):
    labels = []
    for distances in squared_distances(x, centres).tolist():
        labels.append(distances.index(min(distances)))
    return np.array(labels)


def move_centres(x, labels, centres):
    if len(labels) != len(x):
        raise ValueError("labels must be as many as the rows")
    sums, counts = np.zeros_like(centres), [0] * len(centres)
    for row, label in zip(x, labels, strict=True):
        sums[label] += row
        counts[label] += 1
    return np.stack([s / s.dtype.type(n) if n else c for s, n, c in zip(sums, counts, centres, strict=True)])


def k_means(x, centres, max_iter=100):
    if max_iter < 1:
        raise ValueError("max_iter must be positive")
    labels, inertias = None, []
    for moves in range(max_iter + 1):
        found = assign(x, centres)
        inertia = 0.0
        for row, label in zip(x, found, strict=True):
            inertia += float(np.vdot(row - centres[label], row - centres[label]))
        inertias.append(inertia)
        if moves == max_iter or (labels is not None and found.tolist() == labels.tolist()):
            return centres, found, inertias
        labels = found
        centres = move_centres(x, labels, centres)
    raise AssertionError


def k_means_plus_plus(x, k, rng):
    if not 1 <= k <= len(x):
        raise ValueError(f"k cannot be {k}")
    starts = [x[int(rng.random() * len(x))]]
    for _ in range(k - 1):
        urn, total = [], 0.0
        for row in x:
            total += min(float(np.vdot(row - start, row - start)) for start in starts)
            urn.append(total)
        mark = rng.random() * total
        index = int(np.searchsorted(urn, mark, side="right")) if total else int(rng.integers(len(x)))
        starts.append(x[index])
    return np.array(starts)


def neighbour_widths(centres, neighbours, scale=1.0):
    if neighbours < 1:
        raise ValueError("neighbours must be positive")
    widths = []
    for k, centre in enumerate(centres):
        others = sorted(math.dist(centre, other) ** 2 for j, other in enumerate(centres) if j != k)[:neighbours]
        widths.append(scale * math.sqrt(sum(others) / len(others)) if others else 0.0)
    wide = [width for width in widths if width > 0]
    spare = sum(wide) / len(wide) if wide else 1.0
    return np.array([width or spare for width in widths], centres.dtype)


def gaussian_features(x, centres, widths):
    if np.shape(widths) != (len(centres),) or min(widths) <= 0:
        raise ValueError("widths must be one for each centre, above 0")
    columns = []
    for centre, width in zip(centres, widths, strict=True):
        scaled = (x - centre) / width
        columns.append(np.exp(-0.5 * np.einsum("nd,nd->n", scaled, scaled)))
    return np.stack(columns, axis=1)


def rbf_forward(x, centres, widths, w, b):
    features = gaussian_features(x, centres, widths)
    out = np.empty((len(x), len(w)), x.dtype)
    for n in range(len(x)):
        for o in range(len(w)):
            out[n, o] = np.vdot(w[o], features[n]) + b[o]
    return out, {"x": x, "centres": centres, "widths": widths, "w": w, "features": features}


def rbf_backward(dout, cache):
    x, centres, widths, w = (cache[key] for key in ("x", "centres", "widths", "w"))
    dx, dcentres, dwidths = np.zeros_like(x), np.zeros_like(centres), np.zeros_like(widths)
    for n in range(len(x)):
        for k in range(len(centres)):
            away = x[n] - centres[k]
            push = np.vdot(dout[n], w[:, k]) * cache["features"][n, k]
            dcentres[k] += push * away / widths[k] ** 2
            dx[n] -= push * away / widths[k] ** 2
            dwidths[k] += push * np.vdot(away, away) / widths[k] ** 3
    dw = np.einsum("no,nk->ok", dout, cache["features"])
    return [dx, dcentres, dwidths, dw, np.einsum("no->o", dout)]


def ridge_solve(features, targets, strength):
    if np.ndim(targets) != 2 or len(targets) != len(features):
        raise ValueError("targets must be (N, O)")
    if strength < 0:
        raise ValueError("strength must not be negative")
    f, t = features - np.mean(features, 0), targets - np.mean(targets, 0)
    if strength > 0:
        inner = f @ f.T + np.diag(np.full(len(f), strength, f.dtype))
        w = np.linalg.solve(inner, t).T @ f
    else:
        w = (np.linalg.pinv(f, rcond=1e-12) @ t).T
    return w, np.mean(targets, 0) - np.mean(features, 0) @ w.T


def leave_one_out(features, targets, strength):
    if len(targets) != len(features):
        raise ValueError("targets must be (N, O)")
    if strength < 0:
        raise ValueError("strength must not be negative")
    total = 0.0
    for n in range(len(features)):
        others = [m for m in range(len(features)) if m != n]
        w, b = ridge_solve(features[others], targets[others], strength)
        off = w @ features[n] + b - targets[n]
        total += float(np.vdot(off, off))
    return total / targets.size


def rbf_classifier(x, y, classes, k, strength, rng):
    net = {"centres": k_means(x, k_means_plus_plus(x, k, rng), 20)[0]}
    net["widths"] = neighbour_widths(net["centres"], 2, 2.0)
    targets = np.zeros((len(x), classes), x.dtype)
    for n, label in enumerate(y):
        targets[n, label] = 1
    features = gaussian_features(x, net["centres"], net["widths"])
    net["w"], net["b"] = ridge_solve(features, targets, strength)
    return net
