"""Depth first with a stack of its own; loops and einsum; one record of operations for all tensors; a Graph that pulls."""

import itertools

import numpy as np


def topological_order(parents, root):
    order, state, stack = [], {}, [root]
    while stack:
        node = stack[-1]
        if state.get(node) == "done":
            stack.pop()
        elif state.get(node) == "open":
            state[node] = "done"
            order.append(stack.pop())
        else:
            state[node] = "open"
            for parent in parents[node]:
                if state.get(parent) == "open":
                    raise ValueError(f"parents: {parent} depends on itself")
                if parent not in state:
                    stack.append(parent)
    return order


def unbroadcast(grad, shape):
    for _ in range(grad.ndim - len(shape)):
        grad = np.add.reduce(grad, axis=0)
    for axis in range(len(shape)):
        if shape[axis] == 1:
            grad = np.add.reduce(grad, axis=axis, keepdims=True)
    return np.array(grad)


def sum_backward(dout, shape, axis=None, keepdims=False):
    gone = range(len(shape)) if axis is None else [axis] if isinstance(axis, int) else axis
    gone = {each % len(shape) for each in gone}
    kept = tuple(1 if place in gone else length for place, length in enumerate(shape))
    return np.ones(shape, dout.dtype) * np.reshape(dout, kept)


def matmul_backward(dout, a, b):
    if a.ndim == 1 and b.ndim == 1:
        return dout * b, dout * a
    if a.ndim == 1:
        da = np.einsum("...m,...km->...k", dout, b)
        db = np.einsum("k,...m->...km", a, dout)
        return unbroadcast(da, a.shape), db
    if b.ndim == 1:
        return np.einsum("...n,k->...nk", dout, b), unbroadcast(np.einsum("...nk,...n->...k", a, dout), b.shape)
    da, db = np.zeros_like(a), np.zeros_like(b)
    wide = dout.shape[:-2]
    for place in np.ndindex(wide):
        where = []
        for each in (a, b):
            lead = each.shape[:-2]
            tail = place[len(place) - len(lead) :]
            where.append(tuple(0 if length == 1 else k for k, length in zip(tail, lead, strict=True)))
        da[where[0]] += dout[place] @ b[where[1]].T
        db[where[1]] += a[where[0]].T @ dout[place]
    return da, db


def getitem_backward(dout, shape, index):
    places = np.arange(int(np.prod(shape))).reshape(shape)[index]
    counts = np.bincount(np.ravel(places), weights=np.ravel(dout), minlength=int(np.prod(shape)))
    return counts.reshape(shape).astype(dout.dtype)


class Tensor:
    __array_ufunc__ = None
    made = itertools.count()

    def __init__(self, data, requires_grad=False):
        self.data = np.array(data, dtype=None if isinstance(data, np.ndarray) and data.dtype.kind == "f" else float)
        self.grad, self.requires_grad = None, requires_grad
        self.number, self.edges = next(Tensor.made), []  # numbers grow from the inputs to the results

    def _to(self, other):
        return other.data if isinstance(other, Tensor) else np.asarray(other, self.data.dtype)

    def _new(self, data, *edges):
        out = Tensor(np.asarray(data))
        out.edges = [(tensor, rule) for tensor, rule in edges if isinstance(tensor, Tensor) and tensor.requires_grad]
        out.requires_grad = len(out.edges) > 0
        return out

    def __add__(self, other):
        return self._new(self.data + self._to(other), (self, lambda g: g), (other, lambda g: g))

    __radd__ = __add__

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + (-other)

    def __rsub__(self, other):
        return -self + other

    def __mul__(self, other):
        a, b = self.data, self._to(other)
        return self._new(a * b, (self, lambda g: g * b), (other, lambda g: g * a))

    __rmul__ = __mul__

    def __truediv__(self, other):
        return self * (other**-1.0 if isinstance(other, Tensor) else 1 / np.asarray(other, self.data.dtype))

    def __rtruediv__(self, other):
        return self**-1.0 * other

    def __pow__(self, n):
        a = self.data
        return self._new(a**n, (self, lambda g: g * (n * a ** (n - 1))))

    def __matmul__(self, other):
        a, b = self.data, self._to(other)
        return self._new(
            a @ b, (self, lambda g: matmul_backward(g, a, b)[0]), (other, lambda g: matmul_backward(g, a, b)[1])
        )

    def __rmatmul__(self, other):
        a, b = np.asarray(other, self.data.dtype), self.data
        return self._new(a @ b, (self, lambda g: matmul_backward(g, a, b)[1]))

    def __getitem__(self, index):
        return self._new(self.data[index], (self, lambda g: getitem_backward(g, self.data.shape, index)))

    def exp(self):
        out = np.exp(self.data)
        return self._new(out, (self, lambda g: g * out))

    def log(self):
        return self._new(np.log(self.data), (self, lambda g: g / self.data))

    def tanh(self):
        return self._new(np.tanh(self.data), (self, lambda g: g / np.cosh(self.data) ** 2))

    def relu(self):
        return self._new(np.where(self.data > 0, self.data, 0), (self, lambda g: np.where(self.data > 0, g, 0)))

    def sum(self, axis=None, keepdims=False):
        out = self.data.sum(axis=axis, keepdims=keepdims)
        return self._new(out, (self, lambda g: sum_backward(g, self.data.shape, axis, keepdims)))

    def mean(self, axis=None, keepdims=False):
        axes = tuple(range(self.data.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
        count = 1
        for each in axes:
            count *= self.data.shape[each]
        return (self * (1 / count)).sum(axis, keepdims)

    def reshape(self, *shape):
        return self._new(np.reshape(self.data, shape), (self, lambda g: np.reshape(g, self.data.shape)))

    def transpose(self, *axes):
        out = np.transpose(self.data, axes or None)
        places = np.transpose(np.arange(self.data.size).reshape(self.data.shape), axes or None).ravel()
        return self._new(out, (self, lambda g: np.ravel(g)[np.argsort(places)].reshape(self.data.shape)))

    def backward(self, grad=None):
        if grad is None:
            if self.data.size != 1:
                raise ValueError("grad is needed")
            grad = np.ones(self.data.shape, self.data.dtype)
        if np.shape(grad) != self.data.shape:
            raise ValueError("grad does not fit")
        met, todo = {self.number: self}, [self]
        while todo:
            for tensor, _ in todo.pop().edges:
                if tensor.number not in met:
                    met[tensor.number] = tensor
                    todo.append(tensor)
        sums = {number: np.zeros_like(tensor.data) for number, tensor in met.items()}
        sums[self.number] = np.asarray(grad)
        for number in sorted(met, reverse=True):
            tensor = met[number]
            for parent, rule in tensor.edges:
                sums[parent.number] = sums[parent.number] + unbroadcast(rule(sums[number]), parent.data.shape)
            if tensor.requires_grad and not tensor.edges:
                tensor.grad = sums[number] + (0 if tensor.grad is None else tensor.grad)

    def zero_grad(self):
        self.grad = None


def sparse_matmul(indices, values, shape, dense):
    out = np.zeros((shape[0], dense.shape[1]), dense.dtype)
    for row, column, value in zip(indices[0], indices[1], values, strict=True):
        out[row] += value * dense[column]
    return out


class Graph:
    def __init__(self):
        self.kinds, self.arguments, self.now = [], [], {}

    def _node(self, kind, *arguments):
        self.kinds.append(kind)
        self.arguments.append(arguments)
        return len(self.kinds) - 1

    def placeholder(self, name, shape=None):
        return self._node("placeholder", name, shape)

    def variable(self, name, value):
        return self._node("variable", name, np.array(value))

    def constant(self, value):
        return self._node("constant", np.array(value))

    def add(self, a, b):
        return self._node("add", a, b)

    def multiply(self, a, b):
        return self._node("multiply", a, b)

    def matmul(self, a, b):
        return self._node("matmul", a, b)

    def relu(self, a):
        return self._node("relu", a)

    def apply(self, function, *nodes):
        return self._node("apply", *nodes, function)

    def assign(self, variable, node):
        return self._node("assign", node, variable)

    def initialize(self):
        for k, kind in enumerate(self.kinds):
            if kind == "variable":
                self.now[k] = self.arguments[k][1]

    def run(self, node, feed=None):
        fed, known = feed or {}, {}
        names = [
            arguments[0] for kind, arguments in zip(self.kinds, self.arguments, strict=True) if kind == "placeholder"
        ]
        strangers = sorted(set(fed) - set(names))
        if strangers:
            raise ValueError(f"{strangers[0]}: nobody asked for it")

        def value(k):
            if k not in known:
                known[k] = fresh(k)
            return known[k]

        def fresh(k):
            kind, arguments = self.kinds[k], self.arguments[k]
            if kind == "placeholder":
                name, shape = arguments
                if name not in fed:
                    raise ValueError(f"{name} was not fed")
                given = np.asarray(fed[name])
                if shape is not None and (
                    given.ndim != len(shape) or any(n not in (None, m) for n, m in zip(shape, given.shape, strict=True))
                ):
                    raise ValueError(f"{name} has another shape")
                return given
            if kind == "variable":
                if k not in self.now:
                    raise ValueError(f"{arguments[0]} is empty")
                return self.now[k]
            if kind == "constant":
                return arguments[0]
            if kind == "relu":
                return value(arguments[0]).clip(min=0)
            if kind == "assign":
                self.now[arguments[1]] = value(arguments[0])
                return self.now[arguments[1]]
            if kind == "apply":
                return np.asarray(arguments[-1](*map(value, arguments[:-1])))
            a, b = map(value, arguments)
            return a + b if kind == "add" else a * b if kind == "multiply" else a @ b

        return [value(k) for k in node] if type(node) is list else value(node)

    def describe(self, node):
        kind, arguments = self.kinds[node], self.arguments[node]
        found = {"name": None, "op": kind, "inputs": arguments, "shape": None, "dtype": None}
        if kind in ("placeholder", "variable"):
            found.update(name=arguments[0], inputs=())
        if kind == "placeholder":
            found["shape"] = arguments[1]
        elif kind in ("variable", "constant"):
            found.update(inputs=(), shape=arguments[-1].shape, dtype=arguments[-1].dtype.name)
        elif kind == "apply":
            found["inputs"] = arguments[:-1]
        elif kind == "assign":
            found["inputs"] = arguments[::-1]
        return found

    def to_dict(self):
        if "apply" in self.kinds:
            raise ValueError("apply holds a function")
        nodes = [{"kind": k, "arguments": list(a)} for k, a in zip(self.kinds, self.arguments, strict=True)]
        return {"nodes": nodes, "now": {str(k): value for k, value in self.now.items()}}

    @staticmethod
    def from_dict(saved):
        graph = Graph()
        for node in saved["nodes"]:
            graph._node(node["kind"], *node["arguments"])
        graph.now = {int(k): value for k, value in saved["now"].items()}
        return graph
