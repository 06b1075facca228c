"""graphlib for the order; one-hot matrices and broadcasting by trial; tensors whose rules write into their parents."""

import graphlib

import numpy as np


def topological_order(parents, root):
    sorter, found = graphlib.TopologicalSorter(), {root}
    waiting = [root]
    while waiting:
        node = waiting.pop()
        sorter.add(node, *parents[node])
        new = set(parents[node]) - found
        found |= new
        waiting.extend(new)
    try:
        return tuple(sorter.static_order())
    except graphlib.CycleError as error:
        raise ValueError(f"parents: {error}") from None


def unbroadcast(grad, shape):
    padded = (1,) * (grad.ndim - len(shape)) + tuple(shape)
    axes = tuple(k for k in range(grad.ndim) if padded[k] != grad.shape[k])
    return np.sum(grad, axes, keepdims=True).reshape(shape)


def sum_backward(dout, shape, axis=None, keepdims=False):
    like = np.zeros(shape).sum(axis=axis, keepdims=True).shape
    return np.reshape(dout, like) + np.zeros(shape, dout.dtype)


def matmul_backward(dout, a, b):
    two_a, two_b = np.atleast_2d(a), b if b.ndim > 1 else b.reshape(-1, 1)
    full = np.reshape(dout, (two_a @ two_b).shape)
    da = np.matmul(full, np.moveaxis(two_b, -1, -2))
    db = np.matmul(np.moveaxis(two_a, -1, -2), full)
    return unbroadcast(da, two_a.shape).reshape(a.shape), unbroadcast(db, two_b.shape).reshape(b.shape)


def getitem_backward(dout, shape, index):
    grad = np.zeros(int(np.prod(shape)), dout.dtype)
    places = np.arange(grad.size).reshape(shape)[index]
    for place, value in zip(np.ravel(places), np.ravel(dout), strict=True):
        grad[place] += value
    return grad.reshape(shape)


class Tensor:
    __array_priority__ = 1000
    __array_ufunc__ = None

    def __init__(self, data, requires_grad=False, parents=(), rule=None):
        self.data = data if isinstance(data, np.ndarray) else np.asarray(data, float)
        self.requires_grad = requires_grad
        self.grad = None
        self.parents, self.rule, self.coming = parents, rule, None

    def lift(self, other):
        if isinstance(other, (int, float)):
            other = np.full(self.data.shape, other, self.data.dtype)
        return other if isinstance(other, Tensor) else Tensor(other)

    def take(self, grad):
        if self.requires_grad:
            grad = unbroadcast(np.asarray(grad), self.data.shape)
            self.coming = grad if self.coming is None else np.add(self.coming, grad)

    def make(self, data, rule, *others):
        parents = (self, *others)
        return Tensor(np.asarray(data), any(each.requires_grad for each in parents), parents, rule)

    def __add__(self, other):
        other = self.lift(other)

        def rule(g):
            self.take(g)
            other.take(g)

        return self.make(self.data + other.data, rule, other)

    def __mul__(self, other):
        other = self.lift(other)

        def rule(g):
            self.take(g * other.data)
            other.take(g * self.data)

        return self.make(self.data * other.data, rule, other)

    def __truediv__(self, other):
        other = self.lift(other)

        def rule(g):
            self.take(g / other.data)
            other.take(-(g / other.data) * (self.data / other.data))

        return self.make(self.data / other.data, rule, other)

    def __matmul__(self, other):
        other = self.lift(other)

        def rule(g):
            for each, part in zip((self, other), matmul_backward(g, self.data, other.data), strict=True):
                each.take(part)

        return self.make(self.data @ other.data, rule, other)

    def __pow__(self, n):
        return self.make(np.power(self.data, n), lambda g: self.take(g * n * np.power(self.data, n) / self.data))

    def __neg__(self):
        return self.make(-self.data, lambda g: self.take(-g))

    def __sub__(self, other):
        return self + -self.lift(other)

    def __radd__(self, other):
        return self.lift(other) + self

    def __rsub__(self, other):
        return self.lift(other) - self

    def __rmul__(self, other):
        return self.lift(other) * self

    def __rtruediv__(self, other):
        return self.lift(other) / self

    def __rmatmul__(self, other):
        return self.lift(other).__matmul__(self)

    def __getitem__(self, index):
        return self.make(self.data[index], lambda g: self.take(getitem_backward(g, self.data.shape, index)))

    def exp(self):
        return self.make(np.exp(self.data), lambda g: self.take(g * np.exp(self.data)))

    def log(self):
        return self.make(np.log(self.data), lambda g: self.take(g * self.data**-1.0))

    def tanh(self):
        t = np.tanh(self.data)
        return self.make(t, lambda g: self.take(g * (1 - t) * (1 + t)))

    def relu(self):
        mask = np.sign(self.data) > 0
        return self.make(np.abs(self.data * mask), lambda g: self.take(g * mask))

    def sum(self, axis=None, keepdims=False):
        return self.make(
            self.data.sum(axis=axis, keepdims=keepdims),
            lambda g: self.take(sum_backward(g, self.data.shape, axis, keepdims)),
        )

    def mean(self, axis=None, keepdims=False):
        m = self.data.mean(axis=axis, keepdims=keepdims)
        share = np.size(m) / self.data.size
        return self.make(m, lambda g: self.take(sum_backward(g * share, self.data.shape, axis, keepdims)))

    def reshape(self, *shape):
        return self.make(self.data.reshape(shape), lambda g: self.take(g.reshape(self.data.shape)))

    def transpose(self, *axes):
        if not axes:
            return self.make(self.data.T, lambda g: self.take(g.T))
        places = [each % self.data.ndim for each in axes]
        back = [places.index(k) for k in range(len(places))]
        return self.make(np.transpose(self.data, places), lambda g: self.take(np.transpose(g, back)))

    def backward(self, grad=None):
        if grad is None and self.data.size != 1:
            raise ValueError("grad: say what comes from above")
        if grad is not None and np.shape(grad) != self.data.shape:
            raise ValueError("grad: another shape")
        known, found = {id(self): 0}, [self]
        edges = []
        for tensor in found:
            for parent in tensor.parents:
                if known.setdefault(id(parent), len(found)) == len(found):
                    found.append(parent)
            edges.append(tuple(known[id(parent)] for parent in tensor.parents))
        self.take(np.ones(self.data.shape, self.data.dtype) if grad is None else grad)
        for k in topological_order(edges, 0)[::-1]:
            tensor, g = found[k], found[k].coming
            tensor.coming = None
            if g is None:
                continue
            if tensor.rule:
                tensor.rule(g)
            else:
                tensor.grad = np.array(g) if tensor.grad is None else tensor.grad + g

    def zero_grad(self):
        self.grad = None


def sparse_matmul(indices, values, shape, dense):
    order = np.lexsort(indices)
    rows, columns = indices[:, order]
    products = values[order, None] * dense[columns]
    out = np.zeros((shape[0], dense.shape[1]), dense.dtype)
    for column in range(dense.shape[1]):
        sums = np.bincount(rows, weights=products[:, column], minlength=shape[0])
        out[:, column] = sums
    return out


class Graph:
    """Nodes are small dicts in one list; run goes through the numbers upwards, since inputs are older than what uses them."""

    def __init__(self):
        self.nodes = []

    def put(self, op, *inputs, **more):
        self.nodes.append({"op": op, "inputs": list(inputs), **more})
        return len(self.nodes) - 1

    def placeholder(self, name, shape=None):
        return self.put("placeholder", name=name, shape=shape)

    def variable(self, name, value):
        start = np.array(value)
        return self.put("variable", name=name, start=start, shape=start.shape, dtype=str(start.dtype), now=None)

    def constant(self, value):
        start = np.array(value)
        return self.put("constant", start=start, shape=start.shape, dtype=str(start.dtype))

    def add(self, a, b):
        return self.put("add", a, b)

    def multiply(self, a, b):
        return self.put("multiply", a, b)

    def matmul(self, a, b):
        return self.put("matmul", a, b)

    def relu(self, a):
        return self.put("relu", a)

    def apply(self, function, *nodes):
        return self.put("apply", *nodes, function=function)

    def assign(self, variable, node):
        return self.put("assign", variable, node)

    def initialize(self):
        for node in self.nodes:
            if node["op"] == "variable":
                node["now"] = node["start"].copy()

    def run(self, node, feed=None):
        feed = {} if feed is None else feed
        names = [each.get("name") for each in self.nodes if each["op"] == "placeholder"]
        for name in feed:
            if name not in names:
                raise ValueError(f"no placeholder is called {name}")
        asked = [node] if isinstance(node, int) else node
        needed = set(asked)
        for k in reversed(range(len(self.nodes))):
            if k in needed:
                inputs = self.nodes[k]["inputs"]
                needed.update(inputs[1:] if self.nodes[k]["op"] == "assign" else inputs)
        values = {}
        for k in sorted(needed):
            values[k] = np.array(self.compute(self.nodes[k], values, feed))
        return values[node] if isinstance(node, int) else [values[k] for k in asked]

    def compute(self, node, values, feed):
        op, inputs = node["op"], [values.get(k) for k in node["inputs"]]
        if op == "placeholder":
            if node["name"] not in feed:
                raise ValueError(f"{node['name']} has no value")
            value, shape = np.asarray(feed[node["name"]]), node["shape"]
            if shape is not None:
                wanted = tuple(n if m is None else m for m, n in zip(shape, value.shape, strict=False))
                if len(shape) != value.ndim or wanted != value.shape:
                    raise ValueError(f"{node['name']} has the wrong shape")
            return value
        if op == "variable" and node["now"] is None:
            raise ValueError(f"{node['name']} is not initialized")
        if op == "assign":
            self.nodes[node["inputs"][0]]["now"] = inputs[1].copy()
            return inputs[1]
        if op == "relu":
            return np.where(inputs[0] > 0, inputs[0], 0)
        if op == "apply":
            return node["function"](*inputs)
        if op in ("variable", "constant"):
            return node["now" if op == "variable" else "start"]
        return {"add": np.add, "multiply": np.multiply, "matmul": np.dot}[op](*inputs)

    def describe(self, node):
        known = self.nodes[node]
        return {key: known.get(key) for key in ("op", "name", "inputs", "shape", "dtype")}

    def to_dict(self):
        for node in self.nodes:
            if node["op"] == "apply":
                raise ValueError("apply: a function")
        return {"nodes": [{**node, "inputs": list(node["inputs"])} for node in self.nodes]}

    @classmethod
    def from_dict(cls, saved):
        graph = cls()
        graph.nodes = [{**node} for node in saved["nodes"]]
        return graph
