"""A network of characters in torch, with inputs at any size."""

import numpy as np

from autograder import Twin

PARAMS = ("w_xh", "w_hh", "b_h", "w_hy", "b_y")


def recurrent(torch, x, h0, flat, count=1):
    """torch.nn.RNN's own function, on weights that are passed in: (states of the top layer, last states)."""
    return torch.rnn_tanh(x, h0, flat, True, count, 0.0, False, False, True)


class Chunk(Twin):
    """The loss of a chunk; its gradients are torch's, times the upstream gradient of the loss."""

    exercises = ("loss_and_grads",)
    wrt = PARAMS
    sizes = (8, 32, 128)
    axis, lengths = "T", (16, 32, 64, 128, 256, 512)

    def inputs(self, rng, size):
        v, h = 2 * size, size + 3
        shapes = {"w_xh": (h, v), "w_hh": (h, h), "b_h": (h,), "w_hy": (v, h), "b_y": (v,)}
        params = {name: rng.normal(scale=shape[-1] ** -0.5, size=shape) for name, shape in shapes.items()}
        inputs, targets = rng.integers(v, size=(2, size + 1, 25))
        return params | {"h0": rng.uniform(-0.9, 0.9, size=(size + 1, h)), "read": inputs, "right": targets}

    def along(self, rng, length):
        inputs, targets = rng.integers(32, size=(2, 17, length))
        return self.inputs(rng, 16) | {"read": inputs, "right": targets}

    def torch(self, torch, w_xh, w_hh, b_h, w_hy, b_y, h0, read, right):
        x = torch.nn.functional.one_hot(read, len(b_y)).to(w_xh.dtype)
        states, _ = recurrent(torch, x, h0[None], [w_xh, w_hh, b_h, torch.zeros_like(b_h)])
        logits = torch.nn.functional.linear(states, w_hy, b_y)
        return torch.nn.functional.cross_entropy(logits.flatten(0, 1), right.flatten())

    def forward(self, student, h0, read, right, **params):
        loss, grads, _ = student.loss_and_grads(params, h0, read, right)
        return loss, grads

    def backward(self, student, dout, cache, **inputs):
        return [cache[name] * dout for name in PARAMS]

    def reduction(self, size):
        return 50 * size * (size + 1)


class LastState(Chunk):
    wrt = ()
    axis = ""

    def torch(self, torch, w_xh, w_hh, b_h, w_hy, b_y, h0, read, right):
        x = torch.nn.functional.one_hot(read, len(b_y)).to(w_xh.dtype)
        return recurrent(torch, x, h0[None], [w_xh, w_hh, b_h, torch.zeros_like(b_h)])[1][0]

    def forward(self, student, h0, read, right, **params):
        return student.loss_and_grads(params, h0, read, right)[2], None


class Stack(Twin):
    """Three layers: the top one's states, and below them the last state of each."""

    exercises = ("stacked_rnn_forward",)
    sizes = (8, 32, 128)
    names = ("w_ih", "w_hh", "b_ih", "b_hh")

    def inputs(self, rng, size):
        h = size + 3
        found = {
            "x": rng.normal(size=(size + 1, 20, 2 * size)),
            "h0": rng.uniform(-0.9, 0.9, size=(3, size + 1, h)),
        }
        for layer in range(3):
            for name, width in zip(self.names, (h if layer else 2 * size, h, None, None), strict=True):
                shape = (h,) if width is None else (h, width)
                found[f"{name}{layer}"] = rng.normal(scale=shape[-1] ** -0.5, size=shape)
        return found

    def torch(self, torch, x, h0, **flat):
        states, last = recurrent(torch, x, h0, list(flat.values()), 3)
        return torch.cat([states, last.transpose(0, 1)], dim=1)

    def forward(self, student, x, h0, **flat):
        layers = [tuple(flat[f"{name}{layer}"] for name in self.names) for layer in range(3)]
        states, last = student.stacked_rnn_forward(x, h0, layers)
        return np.concatenate([states, last.transpose(1, 0, 2)], axis=1), None

    def reduction(self, size):
        return 60 * size


class Sharpen(Twin):
    exercises = ("sharpen",)
    sizes = (16, 128, 1024)

    def inputs(self, rng, size):
        return {"logits": rng.normal(size=(size + 1, 2 * size)), "temperature": 0.7}

    def torch(self, torch, logits, temperature):
        return torch.softmax(logits / temperature, dim=-1)

    def forward(self, student, logits, temperature):
        return student.sharpen(logits, temperature), None

    def reduction(self, size):
        return 2 * size


class OneHot(Twin):
    exercises = ("one_hot",)
    sizes = (16, 128, 1024)

    def inputs(self, rng, size):
        return {"ids": rng.integers(size, size=(2, size + 1)), "size": size}

    def torch(self, torch, ids, size):
        return torch.nn.functional.one_hot(ids, size).double()

    def forward(self, student, ids, size):
        return student.one_hot(ids, size), None


class Adagrad(Twin):
    """torch.optim.Adagrad after torch.nn.utils.clip_grad_value_, with a memory so large that the place of eps plays no part."""

    exercises = ("clip_and_adagrad",)
    sizes = (8, 64, 512)

    def inputs(self, rng, size):
        params, grads = rng.normal(size=(2, size + 1, 2 * size))
        return {"w": params, "grad": 6 * grads, "memory": rng.uniform(1, 9, size=params.shape)}

    def torch(self, torch, w, grad, memory):
        w = w.clone().requires_grad_()
        w.grad = grad.clone()
        torch.nn.utils.clip_grad_value_([w], 5.0)
        steps = torch.optim.Adagrad([w], lr=0.1, eps=0.0)
        steps.state[w]["sum"] = memory.clone()
        steps.step()
        return torch.cat([w.detach(), steps.state[w]["sum"]])

    def forward(self, student, w, grad, memory):
        params, memory = student.clip_and_adagrad({"w": w}, {"w": grad}, {"w": memory}, 0.1, 5.0, 0.0)
        return np.concatenate([params["w"], memory["w"]]), None


class Cell(Twin):
    """The correlation of every unit, then the one of largest size."""

    exercises = ("most_correlated_cell",)
    sizes = (16, 128, 512)

    def inputs(self, rng, size):
        hs = rng.normal(size=(4 * size, size + 1))
        return {"hs": hs, "signal": hs[:, size // 2] + rng.normal(size=4 * size)}

    def torch(self, torch, hs, signal):
        r = torch.corrcoef(torch.cat([signal[:, None], hs], dim=1).T)[0, 1:]
        cell = r.abs().argmax()
        return torch.stack([cell.to(r.dtype), r[cell]])

    def forward(self, student, hs, signal):
        return np.array(student.most_correlated_cell(hs, signal)).astype(hs.dtype), None

    def reduction(self, size):
        return 16 * size


TWINS = [Chunk(), LastState(), Stack(), Sharpen(), OneHot(), Adagrad(), Cell()]
