"""Encoders, decoders, losses and windows in torch, with inputs at any size; the cell is written out there, too."""

import numpy as np

from autograder import Twin


def layer(rng, name, numbers, units):
    """A cell's three arrays, name0 to name2."""
    shapes = ((2 * units, numbers), (2 * units, units), (2 * units,))
    return {f"{name}{k}": rng.normal(scale=shape[-1] ** -0.5, size=shape) for k, shape in enumerate(shapes)}


def three(params, name):
    return [params[f"{name}{k}"] for k in range(3)]


def torch_cell(torch, x, h, weights):
    w_x, w_h, b = weights
    of_x, units = x @ w_x.T + b, h.shape[1]
    f = torch.sigmoid(of_x[:, :units] + h @ w_h[:units].T)
    return torch.lerp(h, torch.tanh(of_x[:, units:] + (f * h) @ w_h[units:].T), f)


def torch_encode(torch, x, lengths, weights):
    h, states = x.new_zeros(len(x), len(weights[2]) // 2), []
    for s, word in enumerate(x.unbind(1)):
        h = torch.where((lengths > s)[:, None], torch_cell(torch, word, h, weights), h)
        states.append(h)
    return torch.stack(states, 1)


def torch_attend(torch, query, keys, mask):
    scores = torch.einsum("nh,nsh->ns", query, keys).masked_fill(~mask, float("-inf"))
    return torch.einsum("ns,nsh->nh", torch.softmax(scores, 1), keys)


def torch_decode(torch, fed, state, keys, mask, weights, w_out, b_out):
    """Logits (N, T, V) of embedded tokens (N, T, E)."""
    steps = []
    for x in fed.unbind(1):
        state = torch_cell(torch, x, state, weights)
        both = torch.cat([state, torch_attend(torch, state, keys, mask)], 1)
        steps.append(torch.nn.functional.linear(both, w_out, b_out))
    return torch.stack(steps, 1)


def some_of(rng, n, s):
    """A mask whose rows each allow their first place, at least."""
    mask = rng.random((n, s)) < 0.6
    mask[:, 0] = True
    return mask


class Embedding(Twin):
    exercises = ("embed_forward", "embed_backward")
    wrt = ("table",)
    sizes = (64, 256, 1024)

    def inputs(self, rng, size):
        return {"ids": rng.integers(2 * size, size=(size, size + 1)), "table": rng.normal(size=(2 * size, size + 2))}

    def torch(self, torch, ids, table):
        return torch.nn.functional.embedding(ids, table)

    def forward(self, student, ids, table):
        return student.embed_forward(ids, table)

    def backward(self, student, dout, cache, **inputs):
        return student.embed_backward(dout, cache)

    def reduction(self, size):
        return size


class Encode(Twin):
    """All states; the last ones are among them."""

    exercises = ("encode",)
    sizes = (16, 32, 128)

    def inputs(self, rng, size):
        lengths = rng.integers(3 * size + 1, size=size + 1)
        return {"x": rng.normal(size=(size + 1, 3 * size, 2 * size)), "lengths": lengths} | layer(
            rng, "w", 2 * size, size + 2
        )

    def torch(self, torch, x, lengths, **params):
        return torch_encode(torch, x, lengths, three(params, "w"))

    def forward(self, student, x, lengths, **params):
        return student.encode(x, lengths, three(params, "w"))

    def reduction(self, size):
        return 3 * size * (size + 2)


class Attend(Twin):
    exercises = ("attend_forward", "attend_backward")
    wrt = ("query", "keys")
    sizes = (32, 64, 256)

    def inputs(self, rng, size):
        query, keys = rng.normal(size=(size, size + 1)), rng.normal(size=(size, 2 * size, size + 1))
        return {"query": query / np.sqrt(size), "keys": keys, "mask": some_of(rng, size, 2 * size)}

    def torch(self, torch, query, keys, mask):
        return torch_attend(torch, query, keys, mask)

    def forward(self, student, query, keys, mask):
        context, _, cache = student.attend_forward(query, keys, mask)
        return context, cache

    def backward(self, student, dout, cache, **inputs):
        return student.attend_backward(dout, cache)

    def reduction(self, size):
        return 3 * size


class TeacherForced(Twin):
    exercises = ("decode_teacher_forced", "decoder_step")
    sizes = (8, 32, 128)

    def inputs(self, rng, size):
        keys = rng.normal(scale=0.3, size=(size + 1, 2 * size, size))
        out = {"w_out": rng.normal(size=(size + 3, 2 * size)) / np.sqrt(size), "b_out": rng.normal(size=size + 3)}
        asked = {"mask": some_of(rng, size + 1, 2 * size), "table": rng.normal(size=(size + 3, size + 2))}
        given = {
            "targets_in": rng.integers(size + 3, size=(size + 1, size + 4)),
            "state": rng.normal(size=(size + 1, size)),
        }
        return given | {"keys": keys} | asked | out | layer(rng, "w", size + 2, size)

    def torch(self, torch, targets_in, state, keys, mask, table, w_out, b_out, **params):
        fed = torch.nn.functional.embedding(targets_in, table)
        return torch_decode(torch, fed, state, keys, mask, three(params, "w"), w_out, b_out)

    def forward(self, student, targets_in, state, keys, mask, table, w_out, b_out, **params):
        params = {"target_table": table, "decoder": three(params, "w"), "w_out": w_out, "b_out": b_out}
        return student.decode_teacher_forced(targets_in, state, keys, mask, params), None

    def reduction(self, size):
        return 4 * size * size


class SequenceLoss(Twin):
    """The loss; its gradient is torch's, times the upstream gradient of the loss."""

    exercises = ("sequence_loss",)
    wrt = ("logits",)
    sizes = (16, 64, 128)

    def inputs(self, rng, size):
        shape = (size + 1, size + 2)
        mask = some_of(rng, *shape)
        return {
            "logits": rng.normal(size=(*shape, size + 3)),
            "targets": rng.integers(size + 3, size=shape),
            "mask": mask,
        }

    def torch(self, torch, logits, targets, mask):
        known = targets.masked_fill(~mask, -100)
        return torch.nn.functional.cross_entropy(logits.transpose(1, 2), known, ignore_index=-100)

    def forward(self, student, logits, targets, mask):
        return student.sequence_loss(logits, targets, mask)

    def backward(self, student, dout, cache, **inputs):
        return [cache * dout]

    def reduction(self, size):
        return (size + 1) * (size + 2)


class StopLoss(SequenceLoss):
    exercises = ("stop_loss",)
    wrt = ("stop_logits",)
    sizes = (64, 1024, 8192)

    def inputs(self, rng, size):
        return {"stop_logits": rng.normal(scale=3, size=size + 1), "length": size}

    def torch(self, torch, stop_logits, length):
        over = torch.nn.functional.one_hot(torch.tensor(length - 1), length).to(stop_logits)
        return torch.nn.functional.binary_cross_entropy_with_logits(stop_logits[:length], over, reduction="sum")

    def forward(self, student, stop_logits, length):
        return student.stop_loss(stop_logits, length)

    def reduction(self, size):
        return size


class PredictLength(Twin):
    exercises = ("predict_length",)
    sizes = (32, 128, 512)

    def inputs(self, rng, size):
        return {
            "h": rng.normal(size=(size, size + 1)),
            "w": rng.normal(size=(2 * size, size + 1)),
            "b": rng.normal(size=2 * size),
        }

    def torch(self, torch, h, w, b):
        return torch.nn.functional.linear(h, w, b).argmax(1)

    def forward(self, student, h, w, b):
        return student.predict_length(h, w, b), None


class Whole(SequenceLoss):
    exercises = ("seq2seq_loss_and_grads",)
    tables = ("source_table", "target_table", "w_out", "b_out")
    wrt = (*tables, *(f"{name}{k}" for name in ("encoder", "decoder") for k in range(3)))
    sizes = (8, 16, 64)

    def inputs(self, rng, size):
        shapes = ((2 * size, size + 1), (size + 4, size + 1), (size + 4, 2 * size + 4), (size + 4,))
        params = {
            name: rng.normal(scale=shape[-1] ** -0.5, size=shape)
            for name, shape in zip(self.tables, shapes, strict=True)
        }
        params |= layer(rng, "encoder", size + 1, size + 2) | layer(rng, "decoder", size + 1, size + 2)
        source, lengths = rng.integers(2 * size, size=(size, size + 3)), rng.integers(1, size + 4, size=size)
        targets = rng.integers(1, size + 4, size=(size, size + 2))
        targets[:, 2:] *= np.arange(2, size + 2) < rng.integers(2, size + 3, size=size)[:, None]
        return params | {"source": source, "lengths": lengths, "targets": targets}

    def torch(self, torch, source, lengths, targets, **params):
        x, fed = torch.nn.functional.embedding(source, params["source_table"]), params["target_table"][targets[:, :-1]]
        keys = torch_encode(torch, x, lengths, three(params, "encoder"))
        mask = torch.arange(source.shape[1], device=lengths.device) < lengths[:, None]
        last = params["w_out"], params["b_out"]
        logits = torch_decode(torch, fed, keys[:, -1], keys, mask, three(params, "decoder"), *last)
        return torch.nn.functional.cross_entropy(logits.transpose(1, 2), targets[:, 1:], ignore_index=0)

    def forward(self, student, source, lengths, targets, **params):
        whole = {name: params[name] for name in self.tables} | {
            name: three(params, name) for name in ("encoder", "decoder")
        }
        loss, grads = student.seq2seq_loss_and_grads(whole, source, lengths, targets)
        return loss, [*(grads[name] for name in self.tables), *grads["encoder"], *grads["decoder"]]

    def backward(self, student, dout, cache, **inputs):
        return [each * dout for each in cache]

    def reduction(self, size):
        return 4 * size * size


class Glimpse(Twin):
    """The window at scale 1, 2 and 4 pixels: torch pads, cuts and averages."""

    exercises = ("glimpse",)
    sizes = (16, 64, 256)

    def inputs(self, rng, size):
        return {
            "image": rng.normal(size=(3 * size, 4 * size)),
            "row": size,
            "column": 3 * size,
            "size": 2 * (size // 2 + 1),
        }

    def torch(self, torch, image, row, column, size):
        padded = torch.nn.functional.pad(image, 4 * [2 * size])
        seen = []
        for k in (1, 2, 4):
            top, left = (middle + 2 * size - k * size // 2 for middle in (row, column))
            cut = padded[top : top + k * size, left : left + k * size]
            seen.append(torch.nn.functional.avg_pool2d(cut[None], k))
        return torch.cat(seen)

    def forward(self, student, image, row, column, size):
        return student.glimpse(image, (row, column), size, 3), None

    def reduction(self, size):
        return 16


class DrawRead(Twin):
    exercises = ("draw_read",)
    sizes = (16, 64, 256)

    def inputs(self, rng, size):
        return {"image": rng.normal(size=(2 * size, 3 * size)), "gx": 1.4 * size, "gy": 0.8 * size, "n": size}

    def torch(self, torch, image, gx, gy, n):
        away = 0.9 * (torch.arange(n, device=image.device, dtype=image.dtype) - (n - 1) / 2)
        rows, columns = (
            torch.softmax(-((torch.arange(side, device=image.device) - (middle + away)[:, None]) ** 2) / 3, 1)
            for side, middle in zip(image.shape, (gy, gx), strict=True)
        )
        return rows @ image @ columns.T

    def forward(self, student, image, gx, gy, n):
        return student.draw_read(image, gx, gy, 0.9, 1.5, n), None

    def reduction(self, size):
        return 3 * size


TWINS = [
    *(Embedding(), Encode(), Attend(), TeacherForced(), SequenceLoss()),
    *(StopLoss(), PredictLength(), Whole(), Glimpse(), DrawRead()),
]
