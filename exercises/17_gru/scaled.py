"""GRU layers in torch, with inputs at any size."""

import numpy as np

from autograder import Twin

WEIGHTS = ("w_ih", "w_hh", "b_ih", "b_hh")


def weights(rng, d, hidden):
    """Small enough that no gate is stuck."""
    shapes = {"w_ih": (3 * hidden, d), "w_hh": (3 * hidden, hidden), "b_ih": (3 * hidden,), "b_hh": (3 * hidden,)}
    return {name: rng.normal(scale=hidden**-0.5, size=shape) for name, shape in shapes.items()}


class Gates(Twin):
    """The three of them, side by side."""

    exercises = ("gru_gates",)
    sizes = (32, 128, 512)

    def inputs(self, rng, size):
        x, state = rng.normal(size=(size + 1, 2 * size)), rng.normal(size=(size + 1, size + 3))
        return {"x": x, "h": state} | weights(rng, 2 * size, size + 3)

    def torch(self, torch, x, h, w_ih, w_hh, b_ih, b_hh):
        linear = torch.nn.functional.linear
        ahead, back = linear(x, w_ih, b_ih).chunk(3, dim=1), linear(h, w_hh, b_hh).chunk(3, dim=1)
        reset, update = ((ahead[k] + back[k]).sigmoid() for k in range(2))
        return torch.cat([reset, update, (ahead[2] + reset * back[2]).tanh()], dim=1)

    def forward(self, student, **inputs):
        return np.concatenate(student.gru_gates(**inputs), axis=1), None

    def reduction(self, size):
        return 3 * size


class Step(Twin):
    exercises = ("gru_step_forward", "gru_step_backward")
    wrt = ("x", "h", *WEIGHTS)
    sizes = (32, 128, 512)

    def inputs(self, rng, size):
        x, state = rng.normal(size=(size + 1, 2 * size)), rng.normal(size=(size + 1, size + 3))
        return {"x": x, "h": state} | weights(rng, 2 * size, size + 3)

    def torch(self, torch, **inputs):
        return torch.gru_cell(*inputs.values())

    def forward(self, student, **inputs):
        return student.gru_step_forward(**inputs)

    def backward(self, student, dout, cache, **inputs):
        return student.gru_step_backward(dout, cache)

    def reduction(self, size):
        return 3 * size


class Gru(Twin):
    exercises = ("gru_forward", "gru_backward")
    wrt = ("x", "h0", *WEIGHTS)
    axis, lengths = "T", (16, 32, 64, 128, 256, 512)

    def inputs(self, rng, size):
        x, h0 = rng.normal(size=(size + 1, 3 * size, 2 * size)), rng.normal(size=(size + 1, size + 3))
        return {"x": x, "h0": h0} | weights(rng, 2 * size, size + 3)

    def along(self, rng, length):
        return self.inputs(rng, 16) | {"x": rng.normal(size=(17, length, 32))}

    def torch(self, torch, x, h0, **params):
        return torch.gru(x, h0[None], tuple(params.values()), True, 1, 0.0, True, False, True)[0]

    def forward(self, student, **inputs):
        return student.gru_forward(**inputs)

    def backward(self, student, dout, cache, **inputs):
        return student.gru_backward(dout, cache)

    def reduction(self, size):
        return 3 * size * (size + 1)


TWINS = [Gates(), Step(), Gru()]
