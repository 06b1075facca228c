"""The rules of the way back, and programs of Tensors, beside torch's own, with inputs at any size."""

import numpy as np

from autograder import Twin


def lengths(axes, size):
    """A shape from letters and digits: "2nk" is a pair of matrices."""
    named = {"n": size, "k": size + 1, "m": size + 2}
    return tuple(named.get(axis) or int(axis) for axis in axes)


class Unbroadcast(Twin):
    exercises = ("unbroadcast",)
    sizes = (16, 64, 128)

    def inputs(self, rng, size):
        return {"grad": rng.normal(size=(3, size, size + 1)), "shape": (size, 1)}

    def torch(self, torch, grad, shape):
        return grad.sum_to_size(shape)

    def forward(self, student, grad, shape):
        return student.unbroadcast(grad, shape), None

    def reduction(self, size):
        return 3 * (size + 1)


class Sum(Twin):
    exercises = ("sum_backward",)
    wrt = ("x",)

    def __init__(self, axis, keepdims=False):
        self.axes, self.keepdims = axis, keepdims

    def inputs(self, rng, size):
        return {"x": rng.normal(size=(size, size + 2, size + 1))}

    def torch(self, torch, x):
        return x.sum(self.axes, keepdim=self.keepdims)

    def forward(self, student, x):
        return x.sum(axis=self.axes, keepdims=self.keepdims), None

    def backward(self, student, dout, cache, x):
        return student.sum_backward(dout, x.shape, self.axes, self.keepdims)

    def reduction(self, size):
        return size**3


class Matmul(Twin):
    exercises = ("matmul_backward",)
    wrt = ("a", "b")

    def __init__(self, a, b):
        self.shapes = a, b

    def inputs(self, rng, size):
        return {name: rng.normal(size=lengths(axes, size)) for name, axes in zip("ab", self.shapes, strict=True)}

    def torch(self, torch, a, b):
        return a @ b

    def forward(self, student, a, b):
        return a @ b, None

    def backward(self, student, dout, cache, a, b):
        return student.matmul_backward(dout, a, b)

    def reduction(self, size):
        return 6 * (size + 2)


class Getitem(Twin):
    exercises = ("getitem_backward",)
    wrt = ("x",)

    def inputs(self, rng, size):
        return {"x": rng.normal(size=(size, 3)), "index": rng.integers(0, size, 2 * size + 1)}

    def torch(self, torch, x, index):
        return x[index]

    def forward(self, student, x, index):
        return x[index], None

    def backward(self, student, dout, cache, x, index):
        return student.getitem_backward(dout, x.shape, index)

    def reduction(self, size):
        return 8


class Program(Twin):
    """A function of tensors, written once: torch's tensors and ours know the same operations."""

    exercises = ("Tensor",)

    def __init__(self, function, **shapes):
        self.function, self.shapes, self.wrt = function, shapes, tuple(shapes)

    def inputs(self, rng, size):
        return {name: rng.uniform(0.5, 1.5, size=lengths(axes, size)) for name, axes in self.shapes.items()}

    def torch(self, torch, **leaves):
        return self.function(*leaves.values())

    def forward(self, student, **leaves):
        tensors = [student.Tensor(leaf, True) for leaf in leaves.values()]
        out = self.function(*tensors)
        return out.data, (out, tensors)

    def backward(self, student, dout, cache, **leaves):
        out, tensors = cache
        out.backward(dout)
        return [tensor.grad for tensor in tensors]

    def reduction(self, size):
        return (size + 2) ** 2


def layers(x, w1, b1, w2, b2):
    """Two layers and the logarithm of the softmax."""
    # Around 0, so that tanh does not saturate.
    scores = ((x - 1) @ (w1 - 1) + (b1 - 1)).tanh().relu() @ (w2 - 1) + b2
    return scores - scores.exp().sum(axis=1, keepdims=True).log()


def all_sorts(a, b, c):
    """What the layers leave out."""
    row = (2 - (a * b).mean(axis=0) / c) ** 3
    return row * (-a).reshape(-1, 1)[1] + (1 / b)[1:].sum(axis=0) @ (3 * c).exp().reshape(-1, 1)


class SparseMatmul(Twin):
    exercises = ("sparse_matmul",)
    sizes = (64, 512, 2048)

    def inputs(self, rng, size):
        indices = np.stack([rng.integers(0, length, 4 * size) for length in (size, size + 1)])
        return {
            "indices": indices,
            "values": rng.normal(size=4 * size),
            "shape": (size, size + 1),
            "dense": rng.normal(size=(size + 1, 5)),
        }

    def torch(self, torch, indices, values, shape, dense):
        return torch.sparse_coo_tensor(indices, values, shape, check_invariants=True) @ dense

    def forward(self, student, indices, values, shape, dense):
        return student.sparse_matmul(indices, values, shape, dense), None

    def reduction(self, size):
        return 32


TWINS = [
    Unbroadcast(),
    *(Sum(axis, keepdims) for axis, keepdims in ((None, False), (1, False), ((2, 0), False), (-1, True))),
    *(
        Matmul(*shapes)
        for shapes in (("nk", "km"), ("2nk", "km"), ("1nk", "3km"), ("k", "km"), ("2nk", "k"), ("k", "k"))
    ),
    Getitem(),
    Program(layers, x="nk", w1="km", b1="m", w2="m3", b2="3"),
    Program(all_sorts, a="nk", b="nk", c="k"),
    SparseMatmul(),
]
