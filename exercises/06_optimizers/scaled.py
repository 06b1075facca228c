"""torch's own optimizers, with parameters at any size."""

import numpy as np

from autograder import Twin

STEPS = 50


def gradients(a, b, k):
    """Of step k: they turn, so that every memory of an optimizer has something to forget."""
    return a * float(np.cos(k)) + b * float(np.sin(2 * k))


class Steps(Twin):
    """50 steps of one of torch's optimizers on the same gradients."""

    sizes = (16, 128, 512)

    def __init__(self, name, **settings):
        self.exercises = (name,)
        self.settings = settings

    def inputs(self, rng, size):
        shape = (size, 2 * size + 1)
        scale = 10 ** rng.uniform(-3, 1, size=shape)
        return {"w": rng.normal(size=shape), "a": scale * rng.normal(size=shape), "b": scale * rng.normal(size=shape)}

    def torch(self, torch, w, a, b):
        parameter = w.clone().requires_grad_(True)
        optimizer = getattr(torch.optim, self.exercises[0])([parameter], **self.settings)
        for k in range(STEPS):
            parameter.grad = gradients(a, b, k)
            optimizer.step()
        return parameter.detach()

    def forward(self, student, w, a, b):
        parameter = w.copy()
        optimizer = getattr(student, self.exercises[0])(**self.settings)
        for k in range(STEPS):
            optimizer.step([parameter], [gradients(a, b, k)])
        return parameter, None

    def reduction(self, size):
        return STEPS


class Direction(Twin):
    """torch's L-BFGS at its fifth step: it is given the steps before, and moves by the direction from the origin."""

    exercises = ("lbfgs_direction",)
    sizes = (1024, 32_768, 262_144)

    def inputs(self, rng, size):
        steps = rng.normal(size=(4, 3 * size))
        # Curvatures between 0.5 and 2, another for every entry and every step.
        return {"grad": rng.normal(size=3 * size), "steps": steps, "changes": steps * rng.uniform(0.5, 2, steps.shape)}

    def torch(self, torch, grad, steps, changes):
        point = torch.zeros_like(grad, requires_grad=True)
        optimizer = torch.optim.LBFGS([point], lr=1, max_iter=1, tolerance_grad=0, tolerance_change=0)
        optimizer.state[point].update(
            n_iter=4, d=steps[-1], t=1, prev_flat_grad=grad - changes[-1], prev_loss=0.0, old_stps=list(steps[:-1]),
            old_dirs=list(changes[:-1]), ro=list(1 / (steps * changes).sum(axis=1)[:-1]),
        )  # fmt: skip

        def closure():
            point.grad = grad.clone()
            return torch.zeros(())

        optimizer.step(closure)
        return point.detach()

    def forward(self, student, grad, steps, changes):
        return student.lbfgs_direction(grad, list(steps), list(changes)), None

    def reduction(self, size):
        return 3 * size


TWINS = [
    Steps("SGD", lr=0.1),
    Steps("SGD", lr=0.1, momentum=0.9, weight_decay=0.1),
    Steps("SGD", lr=0.1, momentum=0.8, nesterov=True, weight_decay=0.1),
    Steps("Adagrad"),
    Steps("Adagrad", lr=0.3, eps=0.2),
    Steps("RMSprop"),
    Steps("RMSprop", lr=0.2, alpha=0.8, eps=0.1),
    Steps("Adadelta"),
    Steps("Adadelta", lr=0.5, rho=0.7, eps=0.1),
    Steps("Adam"),
    Steps("Adam", lr=0.1, betas=(0.7, 0.9), eps=0.1),
    Steps("AdamW"),
    Steps("AdamW", lr=0.1, betas=(0.7, 0.9), eps=0.1, weight_decay=0.3),
    Direction(),
]
