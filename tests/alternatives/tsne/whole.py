"""Everything whole at once: broadcasting and einsum, logarithms kept, the matrix J written out, in-place work on own copies."""

import numpy as np


def squared_distances(x):
    return np.square(x[:, None, :] - x[None, :, :]).sum(-1)


def pca_map(x, k):
    require(1 <= k <= min(x.shape), "k is not possible")
    centred = x - np.einsum("nd->d", x) / len(x)
    _, _, directions = np.linalg.svd(centred)
    return -centred @ directions[:k].T


def classical_mds(d2, k):
    require(1 <= k <= len(d2), "k is not possible")
    j = np.identity(len(d2)) - np.ones_like(d2) / len(d2)
    values, vectors = np.linalg.eigh(j @ d2 @ j / -2)
    order = np.argsort(-values, kind="stable")[:k]
    return -vectors[:, order] * np.clip(values[order], 0, None) ** 0.5


def trustworthiness(x, y, k):
    require(len(y) == len(x), "y: other rows")
    n = len(x)
    require(k >= 1 and 2 * k < n, "k: too small or too large")
    far, shown = squared_distances(x), squared_distances(y)
    far[np.diag_indices(n)] = shown[np.diag_indices(n)] = np.inf
    # The rank is the number of others that are nearer, and one.
    ranks = 1 + (far[:, None, :] < far[:, :, None]).sum(axis=2)
    near = np.argsort(shown, axis=1, kind="stable")[:, :k]
    excess = ranks[np.arange(n)[:, None], near] - k
    return np.float64(1) - excess[excess > 0].sum() * 2 / (n * k) / (2 * n - 3 * k - 1)


def entropy_bits(p):
    return np.sum(np.where(p > 0, -p * np.log2(np.where(p > 0, p, 1)), 0))


def row_affinities(d2_row, beta, self_index):
    require(beta > 0, "beta is not above 0")
    logs = -beta * d2_row
    logs[self_index] = -np.inf
    logs -= logs.max()
    p = np.exp(logs)
    p /= p.sum()
    return p


def search_beta(d2_row, perplexity, self_index):
    n = len(d2_row)
    require(perplexity > 1 and perplexity < n - 1, "perplexity is not possible")
    others = np.concatenate([d2_row[:self_index], d2_row[self_index + 1 :]])
    others = others - others.min()
    spread = others.max()
    if spread == 0:
        return 1.0

    def neighbours(beta):
        p = np.exp(-beta * others)
        p /= p.sum()
        return np.exp(-np.sum(p[p > 0] * np.log(p[p > 0])))

    # In units of the spread, and between two powers of ten.
    low, high = 1e-9 / spread, 1e12 / spread
    for _ in range(100):
        middle = np.sqrt(low * high)
        if neighbours(middle) > perplexity:
            low = middle
        else:
            high = middle
    return np.sqrt(low * high)


def joint_probabilities(x, perplexity):
    require(1 < perplexity < len(x) - 1, "perplexity is not possible")
    p = np.empty((len(x), len(x)))
    for i, row in enumerate(squared_distances(x)):
        p[i] = row_affinities(row, search_beta(row, perplexity, i), i)
    p += p.T.copy()
    return p / p.sum()


def student_affinities(y):
    weights = np.reciprocal(squared_distances(y) + 1) - np.identity(len(y))
    return [weights / np.sum(weights), weights]


def kl_divergence(p, q):
    require(p.shape == q.shape, "q: another shape")
    return np.vdot(np.maximum(p, 1e-12), np.log(np.maximum(p, 1e-12)) - np.log(np.maximum(q, 1e-12)))


def tsne_gradient(p, y):
    require(p.shape == (len(y),) * 2, "p: another shape")
    weights = np.reciprocal(squared_distances(y) + 1) - np.identity(len(y))
    between = y[:, None, :] - y[None, :, :]
    return 4 * np.einsum("ij,ij,ijk->ik", p - weights / weights.sum(), weights, between)


def gain_step(y, gradient, velocity, gains, lr, momentum):
    keeps = np.sign(gradient) != np.sign(velocity)
    gains = (gains + 0.2) * keeps + 0.8 * gains * ~keeps
    gains[gains < 0.01] = 0.01
    velocity = velocity * momentum
    velocity -= lr * gains * gradient
    y = y + velocity
    y -= np.mean(y, axis=0, keepdims=True)
    return y, velocity, gains


def tsne(x, y0, perplexity, steps, lr, exaggeration=4.0, early=80):
    require(y0.shape[0] == x.shape[0], "y0: other rows")
    require(steps >= 0, "steps: below 0")
    p = joint_probabilities(x, perplexity)
    lying = exaggeration * p
    y, velocity, gains, kls = y0 + 0, 0 * y0, y0 * 0 + 1, np.empty(steps)
    for step in range(steps):
        is_early = step < early
        dy = tsne_gradient(lying if is_early else p, y)
        y, velocity, gains = gain_step(y, dy, velocity, gains, lr, 0.5 if is_early else 0.8)
        kls[step] = kl_divergence(p, student_affinities(y)[0])
    return y, kls
