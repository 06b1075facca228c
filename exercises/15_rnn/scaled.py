"""Recurrent layers in torch, with inputs at any size."""

import numpy as np

from autograder import Twin

WEIGHTS = ("w_ih", "w_hh", "b_ih", "b_hh")


def weights(rng, d, hidden):
    """Small enough that tanh is neither flat nor straight."""
    shapes = {"w_ih": (hidden, d), "w_hh": (hidden, hidden), "b_ih": (hidden,), "b_hh": (hidden,)}
    return {name: rng.normal(scale=shape[-1] ** -0.5, size=shape) for name, shape in shapes.items()}


def torch_rnn(torch, x, h0, *flat, bidirectional=False):
    """torch.nn.RNN's own function, on weights that are passed in."""
    return torch.rnn_tanh(x, h0, flat, True, 1, 0.0, True, bidirectional, True)[0]


class Step(Twin):
    exercises = ("rnn_step_forward", "rnn_step_backward")
    wrt = ("x", "h", *WEIGHTS)
    sizes = (32, 128, 512)

    def inputs(self, rng, size):
        x, h = rng.normal(size=(size + 1, 2 * size)), rng.normal(size=(size + 1, size + 3))
        return {"x": x, "h": h} | weights(rng, 2 * size, size + 3)

    def torch(self, torch, **inputs):
        return torch.rnn_tanh_cell(*inputs.values())

    def forward(self, student, **inputs):
        return student.rnn_step_forward(**inputs)

    def backward(self, student, dout, cache, **inputs):
        return student.rnn_step_backward(dout, cache)

    def reduction(self, size):
        return 3 * size


class Rnn(Step):
    exercises = ("rnn_forward", "rnn_backward")
    wrt = ("x", "h0", *WEIGHTS)
    sizes = (16, 64, 128)
    axis, lengths = "T", (16, 32, 64, 128, 256, 512)

    def inputs(self, rng, size):
        x, h0 = rng.normal(size=(size + 1, 3 * size, 2 * size)), rng.normal(size=(size + 1, size + 3))
        return {"x": x, "h0": h0} | weights(rng, 2 * size, size + 3)

    def along(self, rng, length):
        return self.inputs(rng, 16) | {"x": rng.normal(size=(17, length, 32))}

    def torch(self, torch, x, h0, **params):
        return torch_rnn(torch, x, h0[None], *params.values())

    def forward(self, student, **inputs):
        return student.rnn_forward(**inputs)

    def backward(self, student, dout, cache, **inputs):
        return student.rnn_backward(dout, cache)

    def reduction(self, size):
        return 3 * size * (size + 1)


class TruncatedBptt(Rnn):
    """In torch the state is detached between the windows."""

    exercises = ("truncated_bptt",)
    window = 4

    def torch(self, torch, x, h0, **params):
        parts, h = [], h0
        for start in range(0, x.shape[1], self.window):
            parts.append(torch_rnn(torch, x[:, start : start + self.window], h[None], *params.values()))
            h = parts[-1][:, -1].detach()
        return torch.cat(parts, dim=1)

    def backward(self, student, dout, cache, **inputs):
        return student.truncated_bptt(dout, cache, self.window)


class ManyToOne(Twin):
    """Sequences of different lengths from x to the loss: torch packs them and so never sees the padding."""

    exercises = ("many_to_one_loss",)
    wrt = ("x", *WEIGHTS, "w", "b")

    def inputs(self, rng, size):
        n, steps, hidden, classes = size + 1, 3 * size, size + 3, size + 2
        x, answers = rng.normal(size=(n, steps, 2 * size)), {"w": rng.normal(size=(classes, hidden))}
        answers |= {"b": rng.normal(size=classes), "lengths": rng.integers(1, steps + 1, size=n)}
        return {"x": x} | weights(rng, 2 * size, hidden) | answers | {"labels": self.labels(rng, n, steps, classes)}

    def labels(self, rng, n, steps, classes):
        return rng.integers(classes, size=n)

    def torch(self, torch, x, w, b, lengths, labels, **params):
        utils = torch.nn.utils.rnn
        rnn = torch.nn.RNN(x.shape[2], w.shape[1], batch_first=True, dtype=x.dtype)
        own = {f"{name.replace('w_', 'weight_').replace('b_', 'bias_')}_l0": value for name, value in params.items()}
        packed = utils.pack_padded_sequence(x, lengths.cpu(), batch_first=True, enforce_sorted=False)
        out, last = torch.func.functional_call(rnn, own, (packed,))
        hs = utils.pad_packed_sequence(out, batch_first=True, total_length=x.shape[1])[0]
        return self.loss(torch, hs, last[0], w, b, labels)

    def loss(self, torch, hs, last, w, b, labels):
        return torch.nn.functional.cross_entropy(last @ w.T + b, labels)

    def forward(self, student, x, w, b, lengths, labels, **params):
        hs, cache = student.rnn_forward(x, np.zeros_like(x, shape=(len(x), w.shape[1])), **params)
        loss, dhs, dw, db = getattr(student, self.exercises[0])(hs, lengths, w, b, labels)
        return loss, (dhs, dw, db, cache)

    def backward(self, student, dout, cache, **inputs):
        dhs, dw, db, rnn_cache = cache
        dx, _, *grads = student.rnn_backward(dhs * dout, rnn_cache)
        return dx, *grads, dw * dout, db * dout

    def reduction(self, size):
        return 3 * size * (size + 1)


class ManyToMany(ManyToOne):
    """The padding carries torch's ignore_index, which the loss here need not know."""

    exercises = ("many_to_many_loss",)

    def labels(self, rng, n, steps, classes):
        return rng.integers(classes, size=(n, steps))

    def torch(self, torch, lengths, labels, **inputs):
        padding = torch.arange(labels.shape[1]) >= lengths[:, None]
        return super().torch(torch, lengths=lengths, labels=labels.masked_fill(padding, -100), **inputs)

    def loss(self, torch, hs, last, w, b, labels):
        return torch.nn.functional.cross_entropy((hs @ w.T + b).flatten(0, 1), labels.flatten())


class OneToMany(Twin):
    exercises = ("generate_one_to_many",)

    def inputs(self, rng, size):
        x = rng.normal(size=(size + 1, 2 * size))
        return {"x": x, "steps": 3 * size} | weights(rng, 2 * size, size + 3)

    def torch(self, torch, x, steps, **params):
        padded = torch.nn.functional.pad(x[:, None], (0, 0, 0, steps - 1))
        return torch_rnn(torch, padded, x.new_zeros(1, len(x), len(params["b_ih"])), *params.values())

    def forward(self, student, **inputs):
        return student.generate_one_to_many(**inputs), None

    def reduction(self, size):
        return 3 * size


class BiRnn(Twin):
    exercises = ("birnn_forward", "birnn_backward")
    directions = ("ahead", "back")
    wrt = ("x", *(f"{name}_{direction}" for direction in directions for name in WEIGHTS))

    def inputs(self, rng, size):
        named = {
            f"{name}_{direction}": value
            for direction in self.directions
            for name, value in weights(rng, 2 * size, size + 3).items()
        }
        return {"x": rng.normal(size=(size + 1, 3 * size, 2 * size))} | named

    def torch(self, torch, x, **params):
        h0 = x.new_zeros(2, len(x), len(params["b_ih_ahead"]))
        return torch_rnn(torch, x, h0, *params.values(), bidirectional=True)

    def forward(self, student, x, **params):
        flat = tuple(params.values())
        return student.birnn_forward(x, flat[:4], flat[4:])

    def backward(self, student, dout, cache, **inputs):
        dx, ahead, back = student.birnn_backward(dout, cache)
        return dx, *ahead, *back

    def reduction(self, size):
        return 3 * size * (size + 1)


class Delayed(Twin):
    """Every delay-th step is a layer of its own to torch."""

    exercises = ("delayed_rnn_forward",)

    def inputs(self, rng, size):
        x, h0 = rng.normal(size=(size + 1, 3 * size, 2 * size)), rng.normal(size=(size + 1, size + 3))
        return {"x": x, "h0": h0} | weights(rng, 2 * size, size + 3) | {"delay": 3}

    def torch(self, torch, x, h0, delay, **params):
        out = x.new_empty(*x.shape[:2], h0.shape[1])
        for first in range(delay):
            out[:, first::delay] = torch_rnn(torch, x[:, first::delay], h0[None], *params.values())
        return out

    def forward(self, student, **inputs):
        return student.delayed_rnn_forward(**inputs)

    def reduction(self, size):
        return 3 * size


class Clip(Twin):
    """Three gradients, too long on the whole; torch works in place and on parameters."""

    sizes = (64, 512, 2048)

    def __init__(self, exercise, bound):
        self.exercises = (exercise,)
        self.bound = bound

    def inputs(self, rng, size):
        shapes = {"first": (size, 2 * size), "second": (size + 1,), "third": (2, 3, size)}
        return {name: rng.normal(size=shape) for name, shape in shapes.items()}

    def torch(self, torch, **grads):
        params = [torch.nn.Parameter(torch.empty_like(grad)) for grad in grads.values()]
        for param, grad in zip(params, grads.values(), strict=True):
            param.grad = grad.clone()
        norm = getattr(torch.nn.utils, f"{self.exercises[0]}_")(params, self.bound)
        out = [param.grad.flatten() for param in params]
        return torch.cat(out if norm is None else [*out, norm[None]])

    def forward(self, student, **grads):
        answer = getattr(student, self.exercises[0])(list(grads.values()), self.bound)
        clipped, norm = answer if type(answer) is tuple else (answer, None)
        out = [np.ravel(grad) for grad in clipped]
        return np.concatenate(out if norm is None else [*out, [norm]]), None

    def reduction(self, size):
        return 2 * size * size


TWINS = [
    Step(),
    Rnn(),
    TruncatedBptt(),
    ManyToOne(),
    ManyToMany(),
    OneToMany(),
    BiRnn(),
    Delayed(),
    Clip("clip_grad_norm", 1.5),
    Clip("clip_grad_value", 0.7),
]
