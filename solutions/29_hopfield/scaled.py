"""Learning rules, energies and retrieval in torch, with inputs at any size."""

import numpy as np

from autograder import FunctionTwin


def signs(rng, *shape):
    return rng.choice([-1.0, 1.0], size=shape)


def ties(rng, n):
    """Symmetric weights, whole numbers, so that fields of 0 are 0 in any precision."""
    w = np.triu(rng.integers(-2, 3, size=(n, n)), 1)
    return (w + w.T).astype(float)


def apart(rng, n):
    places = rng.uniform(size=(n, 2))
    return np.sqrt(((places[:, np.newaxis] - places) ** 2).sum(axis=-1))


def hebb(torch, patterns):
    return torch.einsum("pi,pj->ij", patterns, patterns).fill_diagonal_(0) / patterns.shape[1]


def projected(torch, patterns):
    """Onto the rows' space: by an orthonormal basis of it."""
    basis = torch.linalg.qr(patterns.T).Q
    return (basis @ basis.T).fill_diagonal_(0)


def storkey(torch, patterns):
    """With a sum over k for each i and j, and a mask where k is one of the two."""
    one = torch.eye(patterns.shape[-1], dtype=patterns.dtype)
    others = (1 - one)[:, None, :] * (1 - one)[None, :, :]  # i, j, k
    w = torch.zeros_like(one)
    for z in patterns.unbind():
        h = torch.einsum("ik,k,ijk->ij", w, z, others)
        change = torch.outer(z, z) - z[:, None] * h.T - h * z
        w = (w + change / len(one)) * (1 - one)
    return w


def high(torch, w, state):
    return torch.einsum("...i,ij,...j->...", state, w, state) / -2


def together(torch, w, state):
    return torch.where(w @ state == 0, state, torch.sign(w @ state))


def alike(torch, a, b):
    return torch.nn.functional.cosine_similarity(a, b, dim=0, eps=0.0)


def attended(torch, patterns, query, beta):
    return torch.nn.functional.scaled_dot_product_attention(query[None], patterns[None], patterns[None], scale=beta)[0]


def length(torch, order, distances):
    return distances[order, order.roll(1)].sum()


def tour(torch, v, distances, a, b, c, d):
    """Part by part, with masks where the paper's sums leave something out."""
    n = len(v)
    other = 1 - torch.eye(n, dtype=v.dtype)
    after = other.new_tensor(np.roll(np.eye(n), 1, axis=1))  # 1 where place j comes after place i
    parts = (
        (a, torch.einsum("xi,xj,ij->", v, v, other)),
        (b, torch.einsum("xi,yi,xy->", v, v, other)),
        (c, (v.sum() - n) ** 2),
        (d, torch.einsum("xy,xi,yj,ij->", distances, v, v, after + after.T)),
    )
    return sum(weight * part / 2 for weight, part in parts)


TWINS = [
    FunctionTwin("hebbian", (16, 64, 512), lambda rng, size: {"patterns": signs(rng, size + 1, 2 * size)}, hebb),
    FunctionTwin(
        "projection_rule", (8, 32, 128), lambda rng, size: {"patterns": signs(rng, size, 4 * size + 1)}, projected
    ),
    FunctionTwin("storkey_rule", (8, 16, 64), lambda rng, size: {"patterns": signs(rng, size, 2 * size)}, storkey),
    FunctionTwin(
        "energy",
        (16, 64, 512),
        lambda rng, size: {"w": ties(rng, 2 * size), "state": signs(rng, size, 2 * size)},
        high,
        lambda size: 4 * size * size,
    ),
    FunctionTwin(
        "synchronous_update",
        (16, 64, 512),
        lambda rng, size: {"w": ties(rng, 2 * size), "state": signs(rng, 2 * size)},
        together,
    ),
    FunctionTwin(
        "overlap",
        (1_000, 100_000, 1_000_000),
        lambda rng, size: {"a": np.ones(size + 1), "b": np.where(np.arange(size + 1) % 5 == 0, -1.0, 1.0)},
        alike,
    ),
    FunctionTwin(
        "modern_retrieve",
        (16, 64, 512),
        lambda rng, size: {
            "patterns": rng.normal(size=(3 * size, 2 * size)),
            "query": rng.normal(size=(size, 2 * size)),
            "beta": size**-0.5,
        },
        attended,
        lambda size: 6 * size,
    ),
    FunctionTwin(
        "tour_length",
        (16, 64, 1024),
        lambda rng, size: {"order": rng.permutation(size), "distances": apart(rng, size)},
        length,
    ),
    FunctionTwin(
        "tour_energy",
        (8, 16, 48),
        lambda rng, size: {
            "v": rng.uniform(size=(size, size)),
            "distances": apart(rng, size),
            **dict(zip("abcd", (1.0, 2.0, 3.0, 4.0), strict=True)),
        },
        tour,
        lambda size: size**3,
    ),
]
