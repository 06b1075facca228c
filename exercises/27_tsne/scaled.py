"""Distances, affinities, KL and its gradient, and a step in torch, with inputs at any size."""

import numpy as np

from autograder import Twin


def rows(rng, size):
    return rng.normal(size=(size + 1, 2 * size)) / size**0.5


def pairs(rng, n):
    """(n, n) probabilities of pairs, symmetric, 0 on the diagonal."""
    p = rng.uniform(0.1, 1, size=(n, n)) * (1 - np.eye(n))
    return (p + p.T) / (2 * p.sum())


def spans(torch, x):
    return ((x[:, None] - x) ** 2).sum(2)


def heavy(torch, y):
    """The weights 1 / (1 + d2), by torch's own density of Student's t, whose normaliser is pi."""
    t = torch.distributions.StudentT(torch.ones((), dtype=y.dtype))
    off = 1 - torch.eye(len(y), dtype=y.dtype)
    return (t.log_prob((spans(torch, y) + 1e-300).sqrt()).exp() * torch.pi) * off


class Distances(Twin):
    exercises = ("squared_distances",)
    sizes = (8, 32, 128)

    def inputs(self, rng, size):
        return {"x": rows(rng, size)}

    def torch(self, torch, x):
        return spans(torch, x)

    def forward(self, student, x):
        return student.squared_distances(x), None

    def reduction(self, size):
        return 4 * size


class Columns(Twin):
    """The two maps by the products of all pairs of points: signs play no part."""

    sizes = (8, 32, 128)

    def __init__(self, name):
        self.exercises = (name,)

    def inputs(self, rng, size):
        return {"x": rng.normal(size=(3 * size, size)) * np.linspace(3, 1, size), "k": max(1, size // 2)}

    def torch(self, torch, x, k):
        u, s, _ = torch.linalg.svd(x - x.mean(0), full_matrices=False)
        return (u[:, :k] * s[:k] ** 2) @ u[:, :k].T

    def forward(self, student, x, k):
        given = ((x[:, np.newaxis] - x) ** 2).sum(axis=2) if self.exercises[0] == "classical_mds" else x
        y = getattr(student, self.exercises[0])(given, k)
        return y @ y.T, None

    def reduction(self, size):
        return 16 * size


class Entropy(Twin):
    exercises = ("entropy_bits",)
    sizes = (16, 256, 4096)

    def inputs(self, rng, size):
        p = rng.uniform(0.1, 1, size=size)
        return {"p": p / p.sum()}

    def torch(self, torch, p):
        return torch.distributions.Categorical(p).entropy() / np.log(2)

    def forward(self, student, p):
        return student.entropy_bits(p), None

    def reduction(self, size):
        return size


class Row(Twin):
    exercises = ("row_affinities",)
    sizes = (16, 256, 4096)

    def inputs(self, rng, size):
        return {"d2_row": rng.uniform(0, 9, size=size), "beta": 0.7, "self_index": size // 2}

    def torch(self, torch, d2_row, beta, self_index):
        logits = -beta * d2_row
        logits[self_index] = -torch.inf
        return torch.softmax(logits, 0)

    def forward(self, student, d2_row, beta, self_index):
        return student.row_affinities(d2_row, beta, self_index), None

    def reduction(self, size):
        return size


class Heavy(Twin):
    exercises = ("student_affinities",)
    sizes = (8, 32, 128)

    def inputs(self, rng, size):
        return {"y": rng.normal(size=(size + 1, 2))}

    def torch(self, torch, y):
        weights = heavy(torch, y)
        return torch.stack([weights / weights.sum(), weights])

    def forward(self, student, y):
        return np.stack(student.student_affinities(y)), None

    def reduction(self, size):
        return size * size


class Divergence(Twin):
    """torch differentiates KL for the map; ours is tsne_gradient, times the upstream gradient."""

    exercises = ("kl_divergence", "tsne_gradient")
    wrt = ("y",)
    sizes = (8, 32, 128)

    def inputs(self, rng, size):
        return {"p": pairs(rng, size + 1), "y": rng.normal(size=(size + 1, 2))}

    def torch(self, torch, p, y):
        weights = 1 / (1 + spans(torch, y))
        weights = weights * (1 - torch.eye(len(y), dtype=y.dtype))
        q = weights / weights.sum()
        return torch.nn.functional.kl_div(q.clamp(min=1e-12).log(), p.clamp(min=1e-12), reduction="sum")

    def forward(self, student, p, y):
        return student.kl_divergence(p, student.student_affinities(y)[0]), None

    def backward(self, student, dout, cache, p, y):
        return student.tsne_gradient(p, y) * dout

    def reduction(self, size):
        return 4 * size * size


class Step(Twin):
    """With gains that grow (gradient and velocity of different signs) it is torch's SGD with momentum, a rate a number."""

    exercises = ("gain_step",)
    sizes = (8, 128, 2048)

    def inputs(self, rng, size):
        y, gradient, velocity = rng.normal(size=(3, size, 2))
        velocity = -np.abs(velocity) * np.sign(gradient)
        return {"y": y, "gradient": gradient, "velocity": velocity, "gains": rng.uniform(0.5, 2, size=(size, 2))}

    def torch(self, torch, y, gradient, velocity, gains):
        moved = torch.nn.Parameter(y.clone())
        # torch's buffer is a sum of gradients that the rate multiplies afterwards; with a rate of 1 it is -velocity.
        optimizer = torch.optim.SGD([moved], lr=1.0, momentum=0.8)
        optimizer.state[moved]["momentum_buffer"] = -velocity.clone()
        moved.grad = 0.3 * (gains + 0.2) * gradient
        optimizer.step()
        return (moved - moved.mean(0)).detach()

    def forward(self, student, y, gradient, velocity, gains):
        return student.gain_step(y, gradient, velocity, gains, 0.3, 0.8)[0], None

    def reduction(self, size):
        return size


TWINS = [Distances(), Columns("pca_map"), Columns("classical_mds"), Entropy(), Row(), Heavy(), Divergence(), Step()]
