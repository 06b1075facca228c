"""Trees and the cells of trees and films in torch, with inputs at any size."""

import numpy as np

from autograder import Twin


def chain(leaves):
    """(((0 1) 2) 3) ..."""
    lefts = [0, *range(leaves, 2 * leaves - 2)]
    return np.array(list(zip(lefts, range(1, leaves), strict=True)))


def low(leaves):
    """The two nodes that have waited longest are joined, again and again: nearly balanced."""
    waiting = list(range(2 * leaves - 2))
    return np.array(list(zip(waiting[::2], waiting[1::2], strict=True)))


def weights(rng, d):
    return {"w": rng.normal(scale=(2 * d) ** -0.5, size=(d, 2 * d)), "b": rng.normal(scale=0.5, size=d)}


def grown(torch, tree, x, w, b):
    """All nodes, stacked."""
    nodes = [*x]
    for left, right in tree.tolist():
        nodes.append(torch.tanh(torch.nn.functional.linear(torch.cat([nodes[left], nodes[right]]), w, b)))
    return torch.stack(nodes)


class Tree(Twin):
    exercises = ("tree_forward", "tree_backward")
    wrt = ("x", "w", "b")
    sizes = (16, 64, 128)

    def inputs(self, rng, size):
        return {"x": rng.normal(size=(2 * size, size + 1)), "tree": low(2 * size)} | weights(rng, size + 1)

    def torch(self, torch, x, tree, w, b):
        return grown(torch, tree, x, w, b)

    def forward(self, student, **inputs):
        return student.tree_forward(**inputs)

    def backward(self, student, dout, cache, **inputs):
        return student.tree_backward(dout, cache)

    def reduction(self, size):
        return 4 * size * size


class Chain(Tree):
    """A chain is torch.nn.RNN: leaf 0 is its first state, and W = [W_hh W_ih]."""

    def inputs(self, rng, size):
        return super().inputs(rng, size) | {"tree": chain(2 * size)}

    def torch(self, torch, x, tree, w, b):
        w_hh, w_ih = w.chunk(2, dim=1)
        arguments = [w_ih, w_hh, b, torch.zeros_like(b)], True, 1, 0.0, True, False, False
        hs, _ = torch.rnn_tanh(x[1:, None], x[None, :1], *arguments)
        return torch.cat([x, hs[:, 0]])


class NodeLoss(Twin):
    """The loss; its gradients are torch's, times the upstream gradient of the loss."""

    exercises = ("node_loss",)
    wrt = ("nodes", "w", "b")
    sizes = (32, 128, 512)

    def inputs(self, rng, size):
        shapes = {"nodes": (2 * size, size), "w": (5, size), "b": (5,)}
        arrays = {name: rng.normal(size=shape) for name, shape in shapes.items()}
        return arrays | {"labels": np.arange(2 * size) % 6 - 1}

    def torch(self, torch, nodes, w, b, labels):
        logits = torch.nn.functional.linear(nodes, w, b)
        return torch.nn.functional.cross_entropy(logits, labels, ignore_index=-1)

    def forward(self, student, **inputs):
        loss, *grads = student.node_loss(**inputs)
        return loss, grads

    def backward(self, student, dout, cache, **inputs):
        return [dout * each for each in cache]

    def reduction(self, size):
        return 3 * size


class RootGradient(Twin):
    exercises = ("root_gradient",)
    sizes = (8, 16, 32)

    def inputs(self, rng, size):
        return {"x": rng.normal(size=(size, size + 1)), "tree": low(size)} | weights(rng, size + 1)

    def torch(self, torch, x, tree, w, b):
        jacobian = torch.func.jacrev(lambda x: grown(torch, tree, x, w, b)[-1])(x)  # (D, L, D)
        return torch.linalg.norm(jacobian.transpose(0, 1), dim=(1, 2))

    def forward(self, student, **inputs):
        return student.root_gradient(**inputs), None

    def reduction(self, size):
        return 2 * size * size


class TreeLstm(Twin):
    """h and c side by side."""

    exercises = ("tree_lstm_node",)
    sizes = (32, 128, 512)

    def inputs(self, rng, size):
        states = {name: rng.normal(size=size) for name in ("h_left", "c_left", "h_right", "c_right")}
        return states | {"w": rng.normal(scale=size**-0.5, size=(5 * size, 2 * size)), "b": rng.normal(size=5 * size)}

    def torch(self, torch, h_left, c_left, h_right, c_right, w, b):
        z = torch.nn.functional.linear(torch.cat([h_left, h_right]), w, b)
        i, f_left, f_right, g, o = z.view(5, -1)
        c = i.sigmoid() * g.tanh() + f_left.sigmoid() * c_left + f_right.sigmoid() * c_right
        return torch.cat([o.sigmoid() * c.tanh(), c])

    def forward(self, student, h_left, c_left, h_right, c_right, w, b):
        return np.concatenate(student.tree_lstm_node((h_left, c_left), (h_right, c_right), w, b)), None

    def reduction(self, size):
        return 2 * size


def stepped(torch, x, h, c, w_x, w_h, b):
    conv = torch.nn.functional.conv2d
    i, f, g, o = (conv(x, w_x, b, padding="same") + conv(h, w_h, padding="same")).chunk(4, dim=1)
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    return o.sigmoid() * c.tanh(), c


def filters(rng, channels, maps, kernel):
    shapes = {"w_x": (4 * maps, channels, kernel, kernel), "w_h": (4 * maps, maps, kernel, kernel)}
    made = {name: rng.normal(scale=np.prod(shape[1:]) ** -0.5, size=shape) for name, shape in shapes.items()}
    return made | {"b": rng.normal(size=4 * maps)}


class ConvLstm(Twin):
    """Both new states, one above the other."""

    exercises = ("convlstm_step",)
    sizes = (4, 8, 16)

    def inputs(self, rng, size):
        x, states = (
            rng.normal(size=(2, size, 2 * size, 3 * size)),
            rng.normal(size=(2, 2, size + 1, 2 * size, 3 * size)),
        )
        return {"x": x, "h": states[0], "c": states[1]} | filters(rng, size, size + 1, 3)

    def torch(self, torch, **inputs):
        return torch.cat(stepped(torch, **inputs))

    def forward(self, student, **inputs):
        return np.concatenate(student.convlstm_step(**inputs)), None

    def reduction(self, size):
        return 18 * (size + 1)


class OnePixel(ConvLstm):
    """With images of one pixel and kernels of one weight it is torch.nn.LSTMCell."""

    sizes = (16, 64, 256)

    def inputs(self, rng, size):
        x, states = rng.normal(size=(3, size, 1, 1)), rng.normal(size=(2, 3, size + 1, 1, 1))
        return {"x": x, "h": states[0], "c": states[1]} | filters(rng, size, size + 1, 1)

    def torch(self, torch, x, h, c, w_x, w_h, b):
        x, h, c, w_x, w_h = (each[..., 0, 0] for each in (x, h, c, w_x, w_h))
        return torch.cat(torch.lstm_cell(x, (h, c), w_x, w_h, b, torch.zeros_like(b)))[..., None, None]

    def reduction(self, size):
        return 2 * size


class Film(Twin):
    """All hidden states and, after them, the last cell."""

    exercises = ("convlstm_forward",)
    sizes = (2, 4, 8)
    axis, lengths = "T", (8, 16, 32, 64)

    def inputs(self, rng, size):
        x, states = rng.normal(size=(2, size + 2, size, 9, 10)), rng.normal(size=(2, 2, size + 1, 9, 10))
        return {"x": x, "h0": states[0], "c0": states[1]} | filters(rng, size, size + 1, 3)

    def along(self, rng, length):
        return self.inputs(rng, 2) | {"x": rng.normal(size=(2, length, 2, 9, 10))}

    def torch(self, torch, x, h0, c0, **params):
        h, c, hs = h0, c0, []
        for frame in x.unbind(1):
            h, c = stepped(torch, frame, h, c, **params)
            hs = [*hs, h]
        return torch.stack([*hs, c], dim=1)

    def forward(self, student, **inputs):
        hs, c_last = student.convlstm_forward(**inputs)
        return np.concatenate([hs, c_last[:, np.newaxis]], axis=1), None

    def reduction(self, size):
        return 18 * (size + 1) * (size + 2)


TWINS = [Tree(), Chain(), NodeLoss(), RootGradient(), TreeLstm(), ConvLstm(), OnePixel(), Film()]
