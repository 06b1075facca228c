"""Distances, clusters, Gaussians and ridge regression in torch, with inputs at any size."""

import numpy as np

from autograder import Twin


def apart(torch, x, centres):
    """Squared distances by torch's own cdist, from differences."""
    return torch.cdist(x, centres, compute_mode="donot_use_mm_for_euclid_dist") ** 2


class Distances(Twin):
    exercises = ("squared_distances",)
    sizes = (8, 64, 256)

    def inputs(self, rng, size):
        return {"x": rng.normal(size=(4 * size, size)), "centres": rng.normal(size=(size + 1, size))}

    def torch(self, torch, x, centres):
        return apart(torch, x, centres)

    def forward(self, student, x, centres):
        return student.squared_distances(x, centres), None

    def reduction(self, size):
        return 4 * size


def clusters(rng, size):
    """x about size places far from each other, and centres near those places."""
    spots = 10.0 * np.stack([np.arange(size), np.arange(size) % 3, np.ones(size)], axis=1)
    x = np.repeat(spots, 5, axis=0) + rng.uniform(-1, 1, size=(5 * size, 3))
    return {"x": x, "centres": spots + rng.uniform(-1, 1, size=(size, 3))}


class Clusters(Twin):
    """Labels and moved centres: each row is far nearer to its own place than to any other."""

    exercises = ("assign", "move_centres")
    sizes = (8, 32, 128)

    def inputs(self, rng, size):
        return clusters(rng, size)

    def torch(self, torch, x, centres):
        labels = apart(torch, x, centres).argmin(1)
        ones = torch.nn.functional.one_hot(labels, len(centres)).to(x.dtype)
        return ones.T @ x / ones.sum(0)[:, None]

    def forward(self, student, x, centres):
        return student.move_centres(x, student.assign(x, centres), centres), None

    def reduction(self, size):
        return 20


class Lloyd(Twin):
    """Where the places are far from each other, one move is enough."""

    exercises = ("k_means",)
    sizes = (8, 32, 128)

    def inputs(self, rng, size):
        return clusters(rng, size)

    def torch(self, torch, x, centres):
        means = x.reshape(len(centres), 5, 3).mean(1)
        inertias = [((x.reshape(len(centres), 5, 3) - each[:, None]) ** 2).sum() for each in (centres, means)]
        return torch.cat([means.flatten(), torch.stack(inertias)])

    def forward(self, student, x, centres):
        found, _, inertias = student.k_means(x, centres)
        one = found.ravel()[:1]  # of the library that the rest is of, a GPU's or NumPy's
        return np.concatenate([found.ravel(), *(0 * one + inertia for inertia in inertias)]), None

    def reduction(self, size):
        return 15 * size


class Widths(Twin):
    exercises = ("neighbour_widths",)
    sizes = (8, 32, 128)

    def inputs(self, rng, size):
        return {"centres": rng.normal(size=(size, 5)), "neighbours": 3, "scale": 1.5}

    def torch(self, torch, centres, neighbours, scale):
        near = apart(torch, centres, centres).topk(min(neighbours + 1, len(centres)), largest=False).values[:, 1:]
        return scale * near.mean(1).sqrt()

    def forward(self, student, centres, neighbours, scale):
        return student.neighbour_widths(centres, neighbours, scale), None

    def reduction(self, size):
        return 20


def drawn(rng, size):
    """A network whose units all say something."""
    return {
        "x": rng.normal(size=(2 * size, 4)),
        "centres": rng.normal(size=(size, 4)),
        "widths": rng.uniform(1.5, 4, size=size),
    }


class Features(Twin):
    exercises = ("gaussian_features",)
    sizes = (8, 64, 256)

    def inputs(self, rng, size):
        return drawn(rng, size)

    def torch(self, torch, x, centres, widths):
        return (apart(torch, x, centres) / (-2 * widths**2)).exp()

    def forward(self, student, **inputs):
        return student.gaussian_features(**inputs), None

    def reduction(self, size):
        return 64


class Network(Twin):
    exercises = ("rbf_forward", "rbf_backward")
    wrt = ("x", "centres", "widths", "w", "b")
    sizes = (8, 64, 256)

    def inputs(self, rng, size):
        return drawn(rng, size) | {"w": rng.normal(size=(size // 2, size)), "b": rng.normal(size=size // 2)}

    def torch(self, torch, x, centres, widths, w, b):
        squares = ((x[:, None] - centres) ** 2).sum(-1)  # cdist has no slope at a distance of 0
        return torch.nn.functional.linear((squares / (-2 * widths**2)).exp(), w, b)

    def forward(self, student, **inputs):
        return student.rbf_forward(*(inputs[name] for name in self.wrt))

    def backward(self, student, dout, cache, **inputs):
        return student.rbf_backward(dout, cache)

    def reduction(self, size):
        return 32 * size


class Ridge(Twin):
    exercises = ("ridge_solve",)
    sizes = (8, 32, 128)

    def inputs(self, rng, size):
        return {
            "features": rng.normal(size=(4 * size, size)),
            "targets": rng.normal(size=(4 * size, 3)),
            "strength": 2.0,
        }

    def torch(self, torch, features, targets, strength):
        # The normal equations with a column of ones, whose weight has no price.
        rows = torch.cat([features, torch.ones_like(features[:, :1])], 1)
        prices = torch.full_like(rows[0], strength)
        prices[-1] = 0
        return torch.linalg.solve(rows.T @ rows + torch.diag(prices), rows.T @ targets).T

    def forward(self, student, features, targets, strength):
        w, b = student.ridge_solve(features, targets, strength)
        return np.concatenate([w, b[:, np.newaxis]], axis=1), None

    def reduction(self, size):
        return 16 * size


class LeaveOneOut(Twin):
    """By as many fits as there are rows, all at once: the row that is left out has the weight 0."""

    exercises = ("leave_one_out",)
    sizes = (4, 16, 32)

    def inputs(self, rng, size):
        return {
            "features": rng.normal(size=(3 * size, size)),
            "targets": rng.normal(size=(3 * size, 2)),
            "strength": 2.0,
        }

    def torch(self, torch, features, targets, strength):
        rows = torch.cat([features, torch.ones_like(features[:, :1])], 1)
        prices = torch.full_like(rows[0], strength)
        prices[-1] = 0
        kept = 1 - torch.eye(len(rows), dtype=rows.dtype, device=rows.device)
        squares = torch.einsum("mn,ni,nj->mij", kept, rows, rows) + torch.diag(prices)
        sums = torch.einsum("mn,ni,no->mio", kept, rows, targets)
        outputs = torch.einsum("ni,nio->no", rows, torch.linalg.solve(squares, sums))
        return ((outputs - targets) ** 2).mean()

    def forward(self, student, **inputs):
        return student.leave_one_out(**inputs), None

    def reduction(self, size):
        return 32 * size


TWINS = [Distances(), Clusters(), Lloyd(), Widths(), Features(), Network(), Ridge(), LeaveOneOut()]
