"""Linear layer, momentum step and network in torch, with inputs at any size."""

import numpy as np

from autograder import Twin


class Linear(Twin):
    exercises = ("linear_forward", "linear_backward")
    wrt = ("x", "W", "b")
    sizes = (64, 256, 1024)
    axis, lengths = "N", (128, 256, 512, 1024, 2048, 4096)

    def inputs(self, rng, size):
        columns, rows = 2 * size + 1, size + 4
        return {
            "x": rng.normal(size=(size, columns)),
            "W": rng.normal(size=(rows, columns)),
            "b": rng.normal(size=rows),
        }

    def along(self, rng, length):
        return self.inputs(rng, 64) | {"x": rng.normal(size=(length, 129))}

    def torch(self, torch, x, W, b):
        return torch.nn.functional.linear(x, W, b)

    def forward(self, student, x, W, b):
        return student.linear_forward(x, W, b)

    def backward(self, student, dout, cache, **inputs):
        return student.linear_backward(dout, cache)

    def reduction(self, size):
        return 2 * size + 1


class Momentum(Twin):
    """One step of torch's own optimizer, whose momentum buffer is -change / lr."""

    exercises = ("momentum_update",)
    sizes = (64, 512, 2048)

    def inputs(self, rng, size):
        shape = (size, 2 * size + 1)
        arrays = {name: rng.normal(size=shape) for name in ("w", "grad", "previous_change")}
        return {**arrays, "lr": 0.25, "momentum": 0.9}

    def torch(self, torch, w, grad, previous_change, lr, momentum):
        parameter = w.clone().requires_grad_(True)
        parameter.grad = grad
        optimizer = torch.optim.SGD([parameter], lr=lr, momentum=momentum)
        optimizer.state[parameter]["momentum_buffer"] = -previous_change / lr
        optimizer.step()
        return parameter.detach()

    def forward(self, student, w, grad, previous_change, lr, momentum):
        return student.momentum_update(w, grad, previous_change, lr, momentum)[0], None


class Network(Twin):
    """An MLP with one hidden layer: torch and the module's network get the same weights."""

    exercises = ("MLP",)
    wrt = ("W1", "b1", "W2", "b2")
    sizes = (64, 256, 1024)

    def __init__(self, activation):
        self.activation = activation

    def inputs(self, rng, size):
        columns, hidden, outputs = 2 * size + 1, size + 4, size + 1
        return {
            "x": rng.normal(size=(size, columns)),
            "W1": rng.normal(scale=columns**-0.5, size=(hidden, columns)),
            "b1": rng.normal(size=hidden),
            "W2": rng.normal(scale=hidden**-0.5, size=(outputs, hidden)),
            "b2": rng.normal(size=outputs),
        }

    def torch(self, torch, x, W1, b1, W2, b2):
        linear = torch.nn.functional.linear
        return linear(getattr(torch, self.activation)(linear(x, W1, b1)), W2, b2)

    def forward(self, student, x, **params):
        sizes = [x.shape[1], len(params["b1"]), len(params["b2"])]
        mlp = student.MLP(sizes, self.activation, np.random.default_rng(0))
        mlp.params[:] = params.values()
        return mlp.forward(x), mlp

    def backward(self, student, dout, cache, **inputs):
        return cache.backward(dout)

    def reduction(self, size):
        return 2 * size + 1


TWINS = [Linear(), Momentum(), Network("sigmoid"), Network("tanh"), Network("relu")]
