"""The neurons in torch, with inputs at any size.

Decisions are compared on whole numbers, whose sums are exact in float32 too: sums of exactly 0 are decided alike.
"""

import numpy as np

from autograder import Twin


def whole_numbers(rng, *shape):
    return rng.integers(-3, 4, size=shape).astype(float)


class McCullochPitts(Twin):
    exercises = ("mcculloch_pitts",)
    sizes = (64, 512, 2048)

    def inputs(self, rng, size):
        inputs = rng.integers(0, 2, size=(size + 3, size)).astype(float)
        return {"inputs": inputs, "weights": whole_numbers(rng, size), "threshold": 1.0}

    def torch(self, torch, inputs, weights, threshold):
        return torch.mv(inputs, weights).ge(threshold).long()

    def forward(self, student, inputs, weights, threshold):
        return student.mcculloch_pitts(inputs, weights, threshold), None

    def reduction(self, size):
        return size


class Predict(Twin):
    exercises = ("perceptron_predict",)
    sizes = (64, 512, 2048)

    def inputs(self, rng, size):
        return {"X": whole_numbers(rng, size + 3, size), "w": whole_numbers(rng, size), "b": -1.0}

    def torch(self, torch, X, w, b):
        return torch.heaviside(torch.mv(X, w) + b, torch.zeros((), dtype=X.dtype)).long()

    def forward(self, student, X, w, b):
        return student.perceptron_predict(X, w, b), None

    def reduction(self, size):
        return size


class Step(Twin):
    """A step of gradient descent, by torch's autograd and its SGD, on the loss that the rule goes down."""

    sizes = (1024, 32_768, 1_048_576)

    def __init__(self, exercise, loss, target):
        self.exercises = (exercise,)
        self.loss = loss
        self.target = target

    def inputs(self, rng, size):
        w, x = rng.normal(size=size) / size**0.5, rng.normal(size=size)
        return {"w": w, "b": float(rng.normal()), "x": x, "target": self.target, "lr": 0.5}

    def torch(self, torch, w, b, x, target, lr):
        w, b = w.clone().requires_grad_(), torch.tensor([b], dtype=w.dtype, requires_grad=True)
        self.loss(torch, w @ x + b[0], target).backward()
        torch.optim.SGD([w, b], lr=lr).step()
        return torch.cat([w, b])

    def forward(self, student, w, b, x, target, lr):
        w, b = getattr(student, self.exercises[0])(w, b, x, target, lr)
        return np.append(w, (0 * w[:1] + b).astype(w.dtype)), None  # b may be a float, or an array on the GPU

    def reduction(self, size):
        return size


TWINS = [
    McCullochPitts(),
    Predict(),
    # Rosenblatt's rule goes down max(0, -z) where 1 is wanted, max(0, z) where 0 is: how far z is on the wrong side.
    Step("perceptron_update", lambda torch, z, target: torch.relu((1 - 2 * target) * z), target=1),
    Step("perceptron_update", lambda torch, z, target: torch.relu((1 - 2 * target) * z), target=0),
    Step("delta_rule_update", lambda torch, z, target: (target - torch.sigmoid(z)) ** 2 / 2, target=0.9),
]
