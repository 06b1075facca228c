"""Plain loops over points and pairs; power of the other logarithm; Python's sort for ranks; tuples and lists inside."""

import math

import numpy as np


def squared_distances(x):
    points = x.tolist()
    d2 = np.zeros((len(points), len(points)))
    for i, a in enumerate(points):
        for j in range(i):
            d2[i, j] = d2[j, i] = sum((u - v) ** 2 for u, v in zip(a, points[j], strict=True))
    return d2


def pca_map(x, k):
    if not 1 <= k <= min(x.shape):
        raise ValueError(f"k: {k}")
    centred = x - sum(x) / len(x)
    covariance = sum(np.outer(row, row) for row in centred)
    _, directions = np.linalg.eigh(covariance)
    y = np.zeros((len(x), k))
    for n in range(len(x)):
        for c in range(k):
            y[n, c] = np.vdot(centred[n], directions[:, -1 - c])
    return y


def classical_mds(d2, k):
    n = len(d2)
    if k < 1 or k > n:
        raise ValueError("k is from 1 to the number of points")
    total = sum(float(row.sum()) for row in d2)
    means = [float(row.sum()) / n for row in d2]
    b = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            b[i, j] = (means[i] + means[j] - total / n**2 - d2[i, j]) / 2
    values, vectors = np.linalg.eigh(b)
    y = np.zeros((n, k))
    for c in range(k):
        if values[n - 1 - c] > 0:
            y[:, c] = vectors[:, n - 1 - c] * math.sqrt(values[n - 1 - c])
    return y


def trustworthiness(x, y, k):
    n = len(x)
    require(len(y) == n, "y has another number of rows")
    require(1 <= k < n / 2, f"k is {k}")
    truth, shown, cost = squared_distances(x), squared_distances(y), 0
    for i in range(n):
        others = [j for j in range(n) if j != i]
        rank = {j: place for place, j in enumerate(sorted(others, key=lambda j: truth[i, j]), start=1)}
        for j in sorted(others, key=lambda j: shown[i, j])[:k]:
            cost += max(rank[j] - k, 0)
    return 1 - 2 * cost / (n * k * (2 * n - 3 * k - 1))


def entropy_bits(p):
    total = 0.0
    for each in p.tolist():
        if each:
            total -= each * math.log(each) / math.log(2)
    return total


def row_affinities(d2_row, beta, self_index):
    if beta <= 0:
        raise ValueError("beta must be positive")
    others = [j for j in range(len(d2_row)) if j != self_index]
    nearest = min(d2_row[j] for j in others)
    weights = {j: math.exp(beta * (nearest - d2_row[j])) for j in others}
    total = math.fsum(weights.values())
    return np.array([weights.get(j, 0.0) / total for j in range(len(d2_row))])


def search_beta(d2_row, perplexity, self_index):
    """Newton's way would be shorter; this one keeps the exponent of beta, and halves the steps in it."""
    if not 1 < perplexity < len(d2_row) - 1:
        raise ValueError("perplexity is out of reach")
    others = [d2_row[j] for j in range(len(d2_row)) if j != self_index]
    if len(set(others)) == 1:
        return 1.0
    goal, exponent, step, last = math.log2(perplexity), 0.0, 1.0, 0
    for _ in range(100):
        off = entropy_bits(row_affinities(d2_row, 2.0**exponent, self_index)) - goal
        if abs(off) < 1e-9:
            break
        side = 1 if off > 0 else -1
        if side == last and step >= 1:
            step = min(1.5 * step, 1.5)
        elif last and side != last:
            step /= 3
        exponent, last = exponent + side * step, side
    return 2.0**exponent


def joint_probabilities(x, perplexity):
    n = len(x)
    require(1 < perplexity < n - 1, "perplexity: too small or too large")
    d2, p = squared_distances(x), np.zeros((n, n))
    for i in range(n):
        row = row_affinities(d2[i], search_beta(d2[i], perplexity, i), i)
        for j in range(n):
            p[i, j] += row[j] / (2 * n)
            p[j, i] += row[j] / (2 * n)
    return p


def student_affinities(y):
    n, d2 = len(y), squared_distances(y)
    weights, total = np.zeros((n, n)), 0.0
    for i in range(n):
        for j in range(n):
            if i != j:
                weights[i, j] = 1 / (1 + d2[i, j])
                total += weights[i, j]
    return weights / total, weights


def kl_divergence(p, q):
    if p.shape != q.shape:
        raise ValueError("q and p differ in shape")
    total = 0.0
    for one, other in zip(p.ravel().tolist(), q.ravel().tolist(), strict=True):
        if one > 0:
            total += one * (math.log(max(one, 1e-12)) - math.log(max(other, 1e-12)))
    return total


def tsne_gradient(p, y):
    n = len(y)
    if p.shape != (n, n):
        raise ValueError("p is not of the points of y")
    q, weights = student_affinities(y)
    factors = (4 * (p - q) * weights).tolist()
    points, dy = y.tolist(), np.zeros(y.shape)
    for i in range(n):
        for c in range(y.shape[1]):
            dy[i, c] = sum(factors[i][j] * (points[i][c] - points[j][c]) for j in range(n))
    return dy


def gain_step(y, gradient, velocity, gains, lr, momentum):
    y, velocity, gains = y.copy(), velocity.copy(), gains.copy()
    for place in np.ndindex(y.shape):
        up, moving = gradient[place], velocity[place]
        same = (up > 0 and moving > 0) or (up < 0 and moving < 0) or (up == 0 and moving == 0)
        gains[place] = max(gains[place] * 0.8 if same else gains[place] + 0.2, 0.01)
        velocity[place] = momentum * moving - lr * gains[place] * up
        y[place] += velocity[place]
    for c in range(y.shape[1]):
        y[:, c] -= sum(y[:, c]) / len(y)
    return [y, velocity, gains]


def tsne(x, y0, perplexity, steps, lr, exaggeration=4.0, early=80):
    if len(y0) != len(x):
        raise ValueError("y0 is a map of other rows")
    if steps < 0:
        raise ValueError("steps are negative")
    require_perplexity(perplexity, len(x))
    p, kls = joint_probabilities(x, perplexity), []
    state = [y0.copy(), np.zeros(y0.shape), np.ones(y0.shape)]
    for times, momentum, count in ((exaggeration, 0.5, min(early, steps)), (1, 0.8, max(0, steps - early))):
        for _ in range(count):
            state = gain_step(state[0], tsne_gradient(p * times, state[0]), *state[1:], lr, momentum)
            kls.append(kl_divergence(p, student_affinities(state[0])[0]))
    return state[0], np.array(kls, dtype=float)
