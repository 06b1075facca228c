"""Known wrong answers, each with the hint that a student gets.

Each is wrong in one thing only: bad input is refused as the reference refuses it.
"""

import numpy as np

from autograder import mistake, reference_beside

reference = reference_beside(__file__)


@mistake(
    "topological_order",
    hint="A function that calls itself once for each node ends at a thousand nodes: keep a list of what is to be done.",
)
def order_by_recursion(parents, root):
    reference.topological_order(parents, root)  # refuses a cycle
    order, seen = [], set()

    def visit(node):
        seen.add(node)
        for parent in parents[node]:
            if parent not in seen:
                visit(parent)
        order.append(node)

    visit(root)
    return order


@mistake(
    "topological_order",
    hint="The order runs from the inputs to the root: what a node was computed from comes before it.",
)
def order_from_the_root(parents, root):
    return reference.topological_order(parents, root)[::-1]


@mistake(
    "topological_order", hint="Begin at the root and follow parents: nodes that the root does not need are left out."
)
def order_of_all_nodes(parents, root):
    reference.topological_order(parents, root)
    everything = [*parents, tuple(range(len(parents)))]
    return reference.topological_order(everything, len(parents))[:-1]


@mistake(
    "topological_order",
    hint="A node that several others need comes several times. Keep the set of those that were visited: without it the "
    "work doubles with every diamond.",
)
def order_without_memory(parents, root):
    reference.topological_order(parents, root)
    order, waiting = [], [(root, False)]
    while waiting:
        node, ready = waiting.pop()
        if ready:
            order.append(node)
            if len(order) > 100_000:  # the real one would go on for years
                raise MemoryError("the list of nodes does not end")
        else:
            waiting += [(node, True), *((parent, False) for parent in reversed(parents[node]))]
    return order


@mistake(
    "topological_order",
    hint="Breadth first, then backwards, is no such order: a node that is met early, by a shortcut, may be needed by one "
    "that is met later.",
)
def order_breadth_first(parents, root):
    reference.topological_order(parents, root)
    found = [root]
    seen = {root}
    for node in found:
        for parent in parents[node]:
            if parent not in seen:
                seen.add(parent)
                found.append(parent)
    return found[::-1]


@mistake("unbroadcast", hint="Axes of length 1 were stretched too: sum over them as well, and keep them with length 1.")
def unbroadcast_axes_in_front_only(grad, shape):
    return grad.sum(axis=tuple(range(grad.ndim - len(shape))))


@mistake("unbroadcast", hint="Broadcasting also puts whole axes in front: sum over those that the shape does not have.")
def unbroadcast_axes_of_length_one_only(grad, shape):
    ones = tuple(axis - len(shape) for axis, length in enumerate(shape) if length == 1)
    return grad.sum(axis=ones, keepdims=True)


@mistake(
    "unbroadcast",
    hint="The result has exactly the shape that is asked for: an axis of length 1 stays, (3, 1) is not (3,).",
)
def unbroadcast_drops_axes(grad, shape):
    out = reference.unbroadcast(grad, shape)
    return out.reshape([length for length in shape if length != 1])


@mistake("unbroadcast", hint="A number that was used many times gets the sum of its gradients, not their mean.")
def unbroadcast_mean(grad, shape):
    out = reference.unbroadcast(grad, shape)
    return out * np.array(out.size / grad.size, grad.dtype)


@mistake(
    "sum_backward",
    hint="The axis that was summed away must come back before dout broadcasts (np.expand_dims), or it spreads along "
    "another one.",
)
def sum_without_its_axis(dout, shape, axis=None, keepdims=False):
    return np.broadcast_to(dout, shape).copy()


@mistake(
    "sum_backward",
    hint="A negative axis counts from the end of x, not from the end of what is there when it is put back: take each "
    "axis % len(shape) first, or hand all of them to np.expand_dims together.",
)
def sum_axes_one_by_one(dout, shape, axis=None, keepdims=False):
    if axis is not None and not keepdims:
        for each in sorted(axis) if isinstance(axis, tuple) else (axis,):
            dout = np.expand_dims(dout, each)
    return np.broadcast_to(dout, shape).copy()


@mistake(
    "sum_backward", hint="If x[i] grows by one, the sum grows by one: each summand gets all of dout, not a share of it."
)
def sum_shares_the_gradient(dout, shape, axis=None, keepdims=False):
    grad = reference.sum_backward(dout, shape, axis, keepdims)
    return grad * np.array(np.size(dout) / grad.size, grad.dtype)


@mistake(
    "matmul_backward", hint="In a stack, .T turns all the axes round. Only the last two are swapped: swapaxes(-1, -2)."
)
def matmul_turns_all_axes(dout, a, b):
    if a.ndim < 2 or b.ndim < 2:
        return reference.matmul_backward(dout, a, b)
    return reference.unbroadcast(dout @ b.T, a.shape), reference.unbroadcast(a.T @ dout, b.shape)


@mistake(
    "matmul_backward",
    hint="A matrix that served a whole stack gets the sum of the stack's gradients: unbroadcast them.",
)
def matmul_stacks_not_summed(dout, a, b):
    if a.ndim < 2 or b.ndim < 2:
        return reference.matmul_backward(dout, a, b)
    return dout @ b.swapaxes(-1, -2), a.swapaxes(-1, -2) @ dout


@mistake("matmul_backward", hint="da comes first, then db: each has the shape of its own array.")
def matmul_gradients_swapped(dout, a, b):
    return reference.matmul_backward(dout, a, b)[::-1]


@mistake(
    "matmul_backward",
    hint="The axis of length 1 that a vector got for the product goes away again: its gradient is (k,).",
)
def matmul_vectors_stay_matrices(dout, a, b):
    da, db = reference.matmul_backward(dout, a, b)
    return da[None, :] if a.ndim == 1 else da, db[:, None] if b.ndim == 1 else db


@mistake(
    "getitem_backward",
    hint="grad[index] = dout, and += as well, keep one gradient of an entry that was taken twice: np.add.at adds them all.",
)
def getitem_keeps_the_last(dout, shape, index):
    grad = np.zeros(shape, dout.dtype)
    grad[index] = dout
    return grad


def go_back(root, grad, order=None, pull=None, spread=True, paths=True, keep=False, calls=True):
    """The reference's backward with one thing changed.

    Args:
        order: takes parents, returns the nodes from the inputs to the root.
        pull: takes node and dout, returns the gradients for its parents.
        spread: whether what broadcasting stretched is summed back.
        paths: whether gradients over several ways add up.
        keep: whether what arrived at a node in earlier calls is passed on again.
        calls: whether gradients of several calls add up.
    """
    reference.require(
        grad is not None or root.data.size == 1, f"grad must be given for a tensor of shape {root.data.shape}"
    )
    reference.require(grad is None or np.shape(grad) == root.data.shape, f"grad must have the shape {root.data.shape}")
    nodes, numbers, parents = [root], {id(root): 0}, []
    for node in nodes:
        for parent in node._parents:
            if id(parent) not in numbers:
                numbers[id(parent)] = len(nodes)
                nodes.append(parent)
        parents.append(tuple(numbers[id(parent)] for parent in node._parents))
    arrived = {0: np.ones_like(root.data) if grad is None else np.asarray(grad, root.data.dtype)}
    for k in reversed(order(parents) if order else reference.topological_order(parents, 0)):
        node, dout = nodes[k], arrived.pop(k)
        if not node.requires_grad:
            continue
        if not node._parents:
            node.grad = np.array(dout if node.grad is None or not calls else node.grad + dout)
            continue
        if keep:
            dout = node.kept = getattr(node, "kept", 0) + dout
        for number, part in zip(parents[k], pull(node, dout) if pull else node._pull(dout), strict=True):
            new = reference.unbroadcast(part, nodes[number].data.shape) if spread else part
            arrived[number] = arrived[number] + new if paths and number in arrived else new


@mistake("Tensor", hint="A second call of backward adds to grad, as torch does: += and not =.")
class TensorForgetsEarlierCalls(reference.Tensor):
    def backward(self, grad=None):
        go_back(self, grad, calls=False)


@mistake(
    "Tensor", hint="A value that is used twice gets a gradient from each use: add what arrives, do not overwrite it."
)
class TensorKeepsOnePath(reference.Tensor):
    def backward(self, grad=None):
        go_back(self, grad, paths=False)


@mistake(
    "Tensor",
    hint="A backward that calls itself for each parent ends at a thousand operations: order the nodes first, then loop.",
)
class TensorRecurses(reference.Tensor):
    def backward(self, grad=None):
        def order(parents):
            found, seen = [], set()

            def visit(node):
                seen.add(node)
                for parent in parents[node]:
                    if parent not in seen:
                        visit(parent)
                found.append(node)

            visit(0)
            return found

        go_back(self, grad, order)


@mistake(
    "Tensor",
    hint="A node may pass its gradient on only when all of it has arrived: go through the nodes in reverse topological "
    "order, not in the order in which they are met.",
)
class TensorPassesOnTooEarly(reference.Tensor):
    def backward(self, grad=None):
        nodes, pending, leaves = {id(self): self}, [id(self)], {}
        go_back(self, grad, lambda parents: [])  # refuses a grad that does not fit
        arrived = {id(self): np.ones_like(self.data) if grad is None else np.asarray(grad, self.data.dtype)}
        for number in pending:  # each node once, when it is met first; what arrives later is lost
            node = nodes[number]
            if not node.requires_grad:
                continue
            if not node._parents:
                leaves[number] = node
                continue
            for parent, part in zip(node._parents, node._pull(arrived[number]), strict=True):
                part = reference.unbroadcast(part, parent.data.shape)
                if id(parent) not in nodes:
                    nodes[id(parent)] = parent
                    pending.append(id(parent))
                    arrived[id(parent)] = part
                else:
                    arrived[id(parent)] = arrived[id(parent)] + part
        for number, leaf in leaves.items():
            leaf.grad = np.array(arrived[number] if leaf.grad is None else leaf.grad + arrived[number])


@mistake(
    "Tensor", hint="What broadcasting stretched has too large a gradient: unbroadcast it to the shape of the tensor."
)
class TensorStaysBroadcast(reference.Tensor):
    def backward(self, grad=None):
        go_back(self, grad, spread=False)


@mistake(
    "Tensor",
    hint="The gradient that a node in the middle got belongs to one call: kept until the next, it is passed on twice.",
)
class TensorKeepsGradientsInTheMiddle(reference.Tensor):
    def backward(self, grad=None):
        go_back(self, grad, keep=True)


@mistake("Tensor", hint="If b grows, a - b falls: the gradient for b is -dout.")
class TensorDifferenceSign(reference.Tensor):
    def __sub__(self, other):
        other = self._operand(other)
        return self._result(self.data - other.data, (self, other), lambda dout: (dout, dout))


@mistake("Tensor", hint="a / b falls if b grows: the gradient for b is -dout * a / b^2, with the minus.")
class TensorQuotientSign(reference.Tensor):
    def __truediv__(self, other):
        other = self._operand(other)
        return self._result(
            self.data / other.data, (self, other), lambda dout: (dout / other.data, dout * self.data / other.data**2)
        )


@mistake("Tensor", hint="The derivative of a^n is n a^(n - 1): the exponent comes down, and is one less.")
class TensorPowerKeepsItsExponent(reference.Tensor):
    def __pow__(self, exponent):
        return self._result(self.data**exponent, (self,), lambda dout: (dout * exponent * self.data**exponent,))


@mistake("Tensor", hint="At x = 0 the derivative of relu counts as 0, as in torch: 1 only where x > 0, strictly.")
class TensorReluLetsZeroThrough(reference.Tensor):
    def relu(self):
        return self._result(np.maximum(self.data, 0), (self,), lambda dout: (dout * (self.data >= 0),))


@mistake("Tensor", hint="tanh' is 1 - tanh(x)^2, with the value that came out, not with x.")
class TensorTanhOfItsInput(reference.Tensor):
    def tanh(self):
        return self._result(np.tanh(self.data), (self,), lambda dout: (dout * (1 - self.data**2),))


@mistake("Tensor", hint="A mean along an axis divides by the length of that axis, not by the number of all values.")
class TensorMeanOfEverything(reference.Tensor):
    def mean(self, axis=None, keepdims=False):
        return self.sum(axis, keepdims) / self.data.size


@mistake(
    "Tensor", hint="Backwards the axes must go to where they came from: that is the inverse order, np.argsort(axes)."
)
class TensorTransposesTwice(reference.Tensor):
    def transpose(self, *axes):
        return self._result(self.data.transpose(*axes), (self,), lambda dout: (dout.transpose(*axes),))


@mistake("Tensor", hint="2 - x calls x.__rsub__(2): there the other one comes first, and 2 / x is no x / 2 either.")
class TensorReflectedTheWrongWay(reference.Tensor):
    def __rsub__(self, other):
        return self - other

    def __rtruediv__(self, other):
        return self / other


@mistake("sparse_matmul", hint="Two entries in one place add up: np.add.at, where = and += keep the last one.")
def sparse_duplicates_overwrite(indices, values, shape, dense):
    last = {(row, column): k for k, (row, column) in enumerate(indices.T.tolist())}
    kept = list(last.values())
    return reference.sparse_matmul(indices[:, kept], values[kept], shape, dense)


@mistake(
    "sparse_matmul",
    hint="indices[0] are the rows, where the result goes; indices[1] the columns, which meet the rows of dense.",
)
def sparse_rows_and_columns_swapped(indices, values, shape, dense):
    return reference.sparse_matmul(indices[::-1], values, shape, dense)


@mistake(
    "Graph",
    hint="Building a node computes nothing: what was computed then does not follow the variables when they change. "
    "Compute in run.",
)
class GraphComputesWhileBuilding(reference.Graph):
    def __init__(self):
        super().__init__()
        self.early = {}

    def _add(self, op, inputs=(), **known):
        node = super()._add(op, inputs, **known)
        if op in ("variable", "constant"):
            self.early[node] = known["value"]
        elif op in ("add", "multiply", "matmul", "relu") and all(each in self.early for each in inputs):
            self.early[node] = super()._compute(node, [self.early[each] for each in inputs], {})
        return node

    def _compute(self, k, inputs, feed):
        if self._nodes[k]["op"] in ("add", "multiply", "matmul", "relu") and k in self.early:
            return self.early[k]
        return super()._compute(k, inputs, feed)


class Anew(reference.Graph):
    """A graph whose run computes in another way: `value` says how; what is refused stays the same."""

    def run(self, node, feed=None):
        names = {each["name"] for each in self._nodes if each["op"] == "placeholder"}
        for name in feed or {}:
            reference.require(name in names, f"{name} is in feed, but the graph has no such placeholder")
        wanted = node if isinstance(node, list) else [node]
        self.before()
        found = [self.value(each, feed or {}) for each in wanted]
        return found if isinstance(node, list) else found[0]

    def before(self):
        self.values = {}

    def inputs_of(self, k):
        node = self._nodes[k]
        return node["inputs"][1:] if node["op"] == "assign" else node["inputs"]

    def value(self, k, feed):
        if k not in self.values:
            for each in reference.topological_order([self.inputs_of(n) for n in range(len(self._nodes))], k):
                if each not in self.values:
                    taken = [self.values[place] for place in self.inputs_of(each)]
                    self.values[each] = np.asarray(self._compute(each, taken, feed))
        return self.values[k]


@mistake("Graph", hint="A node that two others use is computed once a run: remember its value until the run is over.")
class GraphComputesSharedNodesAgain(Anew):
    def value(self, k, feed):
        taken = [self.value(place, feed) for place in self.inputs_of(k)]
        return np.asarray(self._compute(k, taken, feed))


@mistake(
    "Graph",
    hint="Compute only what the node needs: elsewhere in the graph there may be a placeholder that has no value.",
)
class GraphComputesEverything(Anew):
    def value(self, k, feed):
        for each in range(len(self._nodes)):
            super().value(each, feed)
        return self.values[k]


@mistake("Graph", hint="Values live for one run; only variables keep theirs. Begin each run with an empty memory.")
class GraphRemembersAllValues(Anew):
    def before(self):
        self.values = getattr(self, "values", {})

    def value(self, k, feed):
        for each, node in enumerate(self._nodes):
            if node["op"] in ("variable", "assign", "placeholder", "apply"):
                self.values.pop(each, None)
        return super().value(k, feed)


@mistake("Graph", hint="What assign stores must outlive the run: put it where the next run looks for the variable.")
class GraphForgetsAssignments(reference.Graph):
    def run(self, node, feed=None):
        before = dict(self._values)
        try:
            return super().run(node, feed)
        finally:
            self._values = before


@mistake("Graph", hint="initialize gives every variable its start value again, also one that was assigned another.")
class GraphInitializesOnce(reference.Graph):
    def initialize(self):
        before = dict(self._values)
        super().initialize()
        self._values.update(before)


@mistake(
    "Graph", hint="What is saved is the value of the moment: a trained network's weights, not those it started from."
)
class GraphSavesStartValues(reference.Graph):
    def to_dict(self):
        saved = super().to_dict()
        return saved | {"values": [(k, self._nodes[k]["value"]) for k, _ in saved["values"]]}


@mistake("Graph", hint="The dtype is the start value's own: whole numbers make int64, and float32 stays float32.")
class GraphSaysFloat64(reference.Graph):
    def describe(self, node):
        found = super().describe(node)
        return found | {"dtype": found["dtype"] and "float64"}
