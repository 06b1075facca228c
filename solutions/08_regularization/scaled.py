"""Penalties, dropout and normalisation in torch, with inputs at any size."""

import numpy as np

from autograder import Twin


class Penalty(Twin):
    """A penalty's loss; its gradient is torch's, times the upstream gradient of the loss."""

    wrt = ("w",)
    sizes = (64, 512, 2048)

    def __init__(self, name, torch_loss, **settings):
        self.exercises = (name,)
        self.torch_loss = torch_loss
        self.settings = settings

    def inputs(self, rng, size):
        return {"w": rng.normal(size=(size, 2 * size + 1))}

    def torch(self, torch, w):
        return self.torch_loss(torch, w, **self.settings)

    def forward(self, student, w):
        return getattr(student, self.exercises[0])(w, **self.settings)

    def backward(self, student, dout, cache, w):
        return cache * dout

    def reduction(self, size):
        return size * (2 * size + 1)


class Shrink(Twin):
    exercises = ("proximal_l1",)
    sizes = (64, 512, 2048)

    def inputs(self, rng, size):
        return {"w": rng.normal(size=(size, 2 * size + 1)), "lr": 0.5, "strength": 0.75}

    def torch(self, torch, w, lr, strength):
        return torch.nn.functional.softshrink(w, lr * strength)

    def forward(self, student, w, lr, strength):
        return student.proximal_l1(w, lr, strength), None


class MaxNorm(Twin):
    """torch.renorm adds 1e-7 to each norm, so the rows are scaled here by torch's norms."""

    exercises = ("max_norm",)
    sizes = (64, 512, 2048)

    def inputs(self, rng, size):
        scale = 10 ** rng.uniform(-1, 1, size=(size, 1))
        return {"w": scale * rng.normal(size=(size, size + 3)) / np.sqrt(size), "limit": 1.0}

    def torch(self, torch, w, limit):
        return w * (limit / torch.linalg.vector_norm(w, dim=1, keepdim=True).clamp(min=limit))

    def forward(self, student, w, limit):
        return student.max_norm(w, limit), None

    def reduction(self, size):
        return size + 3


class Ensemble(Twin):
    """The rule of weight scaling: all 2^D networks together answer as one does whose inputs are multiplied by 1 - p."""

    exercises = ("dropout_ensemble",)
    sizes = (8, 64, 256)

    def inputs(self, rng, size):
        inputs = min(size + 1, 10)
        return {
            "x": rng.normal(size=(size, inputs)),
            "w": rng.normal(size=(size + 2, inputs)),
            "b": rng.normal(size=size + 2),
            "p": 0.3,
        }

    def torch(self, torch, x, w, b, p):
        return torch.softmax((1 - p) * x @ w.T + b, dim=1)

    def forward(self, student, x, w, b, p):
        return student.dropout_ensemble(x, w, b, p), None

    def reduction(self, size):
        return 1024


class BatchNorm(Twin):
    exercises = ("batchnorm_forward", "batchnorm_backward")
    wrt = ("x", "gamma", "beta")
    sizes = (16, 32, 64)

    def __init__(self, images, training):
        self.images, self.training = images, training

    def inputs(self, rng, size):
        shape = (size + 1, size, size + 3, 2) if self.images else (4 * size, size)
        vectors = {name: rng.uniform(0.5, 2.0, size=size) for name in ("gamma", "beta", "running_mean", "running_var")}
        return {"x": rng.normal(size=shape), **vectors}

    def torch(self, torch, x, gamma, beta, running_mean, running_var):
        return torch.nn.functional.batch_norm(x, running_mean, running_var, gamma, beta, self.training)

    def forward(self, student, **inputs):
        out, _, _, cache = student.batchnorm_forward(**inputs, training=self.training)
        return out, cache

    def backward(self, student, dout, cache, **inputs):
        return student.batchnorm_backward(dout, cache)

    def reduction(self, size):
        return (size + 1) * (size + 3) * 2 if self.images else 4 * size


class RunningVariance(BatchNorm):
    """torch writes the running averages into what it is given."""

    exercises = ("batchnorm_forward",)
    wrt = ()

    def torch(self, torch, running_mean, running_var, **inputs):
        super().torch(torch, running_mean=running_mean, running_var=running_var, **inputs)
        return torch.stack([running_mean, running_var])

    def forward(self, student, **inputs):
        _, mean, var, _ = student.batchnorm_forward(**inputs, training=self.training)
        return np.stack([mean, var]), None


class LayerNorm(Twin):
    exercises = ("layernorm_forward", "layernorm_backward")
    wrt = ("x", "gamma", "beta")
    sizes = (16, 64, 128)

    def inputs(self, rng, size):
        vectors = {name: rng.uniform(0.5, 2.0, size=2 * size) for name in ("gamma", "beta")}
        return {"x": rng.normal(size=(3, size + 1, 2 * size)), **vectors}

    def torch(self, torch, x, gamma, beta):
        return torch.nn.functional.layer_norm(x, gamma.shape, gamma, beta)

    def forward(self, student, **inputs):
        return student.layernorm_forward(**inputs)

    def backward(self, student, dout, cache, **inputs):
        return student.layernorm_backward(dout, cache)

    def reduction(self, size):
        return 3 * (size + 1) + 2 * size


def l1(torch, w, strength):
    return strength * w.abs().sum()


def l2(torch, w, strength):
    return strength / 2 * (w**2).sum()


def both(torch, w, strength, l1_ratio):
    return strength * (l1_ratio * w.abs().sum() + (1 - l1_ratio) / 2 * (w**2).sum())


TWINS = [
    Penalty("l1_penalty", l1, strength=0.3),
    Penalty("l2_penalty", l2, strength=0.3),
    Penalty("elastic_net", both, strength=0.3, l1_ratio=0.2),
    Shrink(),
    MaxNorm(),
    Ensemble(),
    *(BatchNorm(images, training) for images in (False, True) for training in (True, False)),
    *(RunningVariance(images, True) for images in (False, True)),
    LayerNorm(),
]
