"""LSTM layers in torch, with inputs at any size."""

import numpy as np

from autograder import Twin

WEIGHTS = ("w_ih", "w_hh", "b_ih", "b_hh")


def weights(rng, d, hidden):
    """Small enough that no gate is stuck."""
    shapes = {"w_ih": (4 * hidden, d), "w_hh": (4 * hidden, hidden), "b_ih": (4 * hidden,), "b_hh": (4 * hidden,)}
    return {name: rng.normal(scale=hidden**-0.5, size=shape) for name, shape in shapes.items()}


class Step(Twin):
    """Both new states, side by side."""

    exercises = ("lstm_step_forward", "lstm_step_backward")
    wrt = ("x", "h", "c", *WEIGHTS)
    sizes = (32, 128, 512)

    def inputs(self, rng, size):
        x, (h, c) = rng.normal(size=(size + 1, 2 * size)), rng.normal(size=(2, size + 1, size + 3))
        return {"x": x, "h": h, "c": c} | weights(rng, 2 * size, size + 3)

    def torch(self, torch, x, h, c, **params):
        return torch.cat(torch.lstm_cell(x, (h, c), *params.values()), dim=1)

    def forward(self, student, **inputs):
        h_next, c_next, cache = student.lstm_step_forward(**inputs)
        return np.concatenate([h_next, c_next], axis=1), cache

    def backward(self, student, dout, cache, **inputs):
        return student.lstm_step_backward(*np.hsplit(dout, 2), cache)

    def reduction(self, size):
        return 3 * size


class Gates(Twin):
    """The four of them, side by side."""

    exercises = ("lstm_gates",)
    sizes = (32, 128, 512)

    def inputs(self, rng, size):
        x, state = rng.normal(size=(size + 1, 2 * size)), rng.normal(size=(size + 1, size + 3))
        return {"x": x, "h": state} | weights(rng, 2 * size, size + 3)

    def torch(self, torch, x, h, w_ih, w_hh, b_ih, b_hh):
        linear = torch.nn.functional.linear
        i, f, g, o = (linear(x, w_ih, b_ih) + linear(h, w_hh, b_hh)).chunk(4, dim=1)
        return torch.cat([i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()], dim=1)

    def forward(self, student, **inputs):
        return np.concatenate(student.lstm_gates(**inputs), axis=1), None

    def reduction(self, size):
        return 3 * size


class Lstm(Twin):
    """All hidden states and, after them, the last cell state."""

    exercises = ("lstm_forward", "lstm_backward")
    wrt = ("x", "h0", "c0", *WEIGHTS)
    axis, lengths = "T", (16, 32, 64, 128, 256, 512)

    def inputs(self, rng, size):
        x, (h0, c0) = rng.normal(size=(size + 1, 3 * size, 2 * size)), rng.normal(size=(2, size + 1, size + 3))
        return {"x": x, "h0": h0, "c0": c0} | weights(rng, 2 * size, size + 3)

    def along(self, rng, length):
        return self.inputs(rng, 16) | {"x": rng.normal(size=(17, length, 32))}

    def torch(self, torch, x, h0, c0, **params):
        flat = tuple(params.values())
        hs, _, c_last = torch.lstm(x, (h0[None], c0[None]), flat, True, 1, 0.0, True, False, True)
        return torch.cat([hs, c_last.transpose(0, 1)], dim=1)

    def forward(self, student, **inputs):
        hs, c_last, cache = student.lstm_forward(**inputs)
        return np.concatenate([hs, c_last[:, None]], axis=1), cache

    def backward(self, student, dout, cache, **inputs):
        return student.lstm_backward(dout[:, :-1], dout[:, -1], cache)

    def reduction(self, size):
        return 3 * size * (size + 1)


class BiLstm(Twin):
    exercises = ("bilstm_forward",)

    def inputs(self, rng, size):
        x, named = rng.normal(size=(size + 1, 3 * size, 2 * size)), {}
        for direction in ("ahead", "back"):
            own = weights(rng, 2 * size, size + 3)
            named |= {f"{name}_{direction}": value for name, value in own.items()}
        return {"x": x} | named

    def torch(self, torch, x, **params):
        zeros = x.new_zeros(2, len(x), len(params["b_ih_ahead"]) // 4)
        return torch.lstm(x, (zeros, zeros), tuple(params.values()), True, 1, 0.0, True, True, True)[0]

    def forward(self, student, x, **params):
        flat = tuple(params.values())
        return student.bilstm_forward(x, flat[:4], flat[4:])

    def reduction(self, size):
        return 3 * size


TWINS = [Gates(), Step(), Lstm(), BiLstm()]
