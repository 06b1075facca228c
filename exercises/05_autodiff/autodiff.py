"""Automatic differentiation: a graph that remembers how its values were made, and walks back.

Part one is what a gradient needs on its way back: an order of the nodes, and the backward rules of the operations that
change shapes. Part two is `Tensor`, which records its own graph as torch's does. Part three is `Graph`, which is written
down first and run later, as in TensorFlow 1.

The gradient of the loss for an array has that array's shape; dout is the gradient for an operation's result. Results are
new arrays of the inputs' dtype (float32 in, float32 out), and every function leaves its arguments as they were.
"""

import operator

import numpy as np


def require(holds, message):
    """Raise ValueError(message) unless it holds. Given: refusing bad input is not the lesson here."""
    if not holds:
        raise ValueError(message)


def topological_order(parents, root):
    """An order in which every node comes after all that it was computed from.

    Args:
        parents: list; parents[k] holds the numbers of the nodes that node k was computed from, as a tuple or a list. It
            is empty for an input, and x * x names x twice.
        root: int, the node whose value is wanted.

    Returns:
        List of ints: each node that root depends on, once, each after all its parents; root itself is the last. Nodes
        that root does not need are left out. Of several such orders any will do.

    Python stops at about a thousand nested calls, and a training loop's graph is deeper: no recursion. A ladder of 60
    diamonds has 2^60 ways from root to its end, so each node is looked at once, not once a way.

    Raises:
        ValueError: naming parents, if root depends on a node that depends on itself.

    Source: Kahn, "Topological sorting of large networks" (1962).

    Example:
        >>> topological_order([(), (0,), (0, 1), (2,)], 2)
        [0, 1, 2]
    """
    raise NotImplementedError


def unbroadcast(grad, shape):
    """The gradient for an array that was broadcast: each of its numbers was used many times, so its gradients add up.

    Args:
        grad: gradient for the broadcast result, array.
        shape: tuple, the array's own shape. Broadcasting put axes in front of it, stretched axes of length 1, or both.

    Returns:
        New array of exactly `shape`, which may be (): grad summed over what broadcasting added.

    Source: torch.Tensor.sum_to_size.

    Example:
        >>> unbroadcast(np.array([[1.0, 2.0], [3.0, 4.0]]), (2,))
        array([4., 6.])
        >>> unbroadcast(np.array([[1.0, 2.0], [3.0, 4.0]]), (2, 1))
        array([[3.],
               [7.]])
    """
    raise NotImplementedError


def sum_backward(dout, shape, axis=None, keepdims=False):
    """Gradient of x.sum(axis, keepdims=keepdims) for x: every summand gets the gradient of its sum.

    Args:
        dout: gradient for the sum, an array of its shape (for axis None, of shape () or, with keepdims, of ones).
        shape: tuple, the shape of x.
        axis: None (all axes), an int, or a tuple of ints, in any order; negative ones count from the end.
        keepdims: whether the sum kept its axes, with length 1.

    Returns:
        New array of `shape`.

    Source: torch.sum, as differentiated by torch.autograd.

    Example:
        >>> sum_backward(np.array([1.0, 2.0]), (2, 3), axis=1)
        array([[1., 1., 1.],
               [2., 2., 2.]])
    """
    raise NotImplementedError


def matmul_backward(dout, a, b):
    """Gradients of out = a @ b.

    For matrices, out[i, j] = sum_k a[i, k] b[k, j], so a[i, k] meets b[k, j] for every j:
        da = dout b^T,   db = a^T dout.
    All the rest is bookkeeping, by torch.matmul's rules. A stack of matrices (..., n, k) is multiplied matrix by matrix,
    and the axes before the last two broadcast: what was used many times gets a sum. An a of shape (k,) counts as one
    row, a b of shape (k,) as one column, and that axis of length 1 is dropped from out.

    Args:
        dout: gradient for a @ b, an array of its shape; for two vectors that is ().
        a: array (k,) or (..., n, k).
        b: array (k,) or (..., k, m).

    Returns:
        (da, db): new arrays of the shapes of a and b.

    Source: torch.matmul, as differentiated by torch.autograd.

    Example:
        >>> matmul_backward(np.array([[10.0]]), np.array([[1.0, 2.0]]), np.array([[3.0], [4.0]]))
        (array([[30., 40.]]), array([[10.],
               [20.]]))
    """
    raise NotImplementedError


def getitem_backward(dout, shape, index):
    """Gradient of x[index] for x: 0 where nothing was taken; where an entry was taken twice, both its gradients.

    Args:
        dout: gradient for x[index], an array of its shape.
        shape: tuple, the shape of x.
        index: whatever indexes an array: an int, a slice, an array of ints (which may repeat), an array of booleans, or
            a tuple of those.

    Returns:
        New array of `shape`, of dout's dtype.

    Source: torch's indexing, as differentiated by torch.autograd.

    Example:
        >>> getitem_backward(np.array([1.0, 2.0, 4.0]), (3,), np.array([2, 0, 2]))
        array([2., 0., 5.])
    """
    raise NotImplementedError


class Tensor:
    """An array that remembers what it was computed from, so that gradients can find their way back.

    Operations: `+ - * / @` with another Tensor, an array or a number on either side (`2 - x` as well as `x - 2`; @ takes
    no number), `**` with a number, `-x`, and the methods below. Each gives a new Tensor, whose data is what NumPy gives:
    elementwise operations broadcast, @ follows matmul, an index may be anything that indexes an array. An operation's
    result requires a gradient if one of its inputs does. Numbers and arrays take the dtype of the tensor they meet, so
    float32 stays float32.

    Args:
        data: array of floats, or a number, which becomes a float64.
        requires_grad: whether `backward` shall keep the gradient for this tensor.

    Attributes:
        data: the value, an array.
        grad: None, or the gradient that has arrived so far, an array of data's shape and dtype. Only a tensor that was
            made with requires_grad=True has one; those of operations' results need not be kept.
        requires_grad: bool.

    Source: torch.Tensor and torch.autograd; Baydin et al., "Automatic Differentiation in Machine Learning: a Survey"
    (JMLR 2018), section 3.2.

    Example:
        >>> x = Tensor(np.array([1.0, 2.0]), requires_grad=True)
        >>> y = (x * x + 3 * x).sum()
        >>> y.backward()
        >>> y.data, x.grad
        (array(14.), array([5., 7.]))
    """

    __array_ufunc__ = None  # NumPy then leaves `array - tensor` to Tensor.__rsub__, and does not go through the array

    def __init__(self, data, requires_grad=False):
        raise NotImplementedError

    def __add__(self, other):
        """self + other."""
        raise NotImplementedError

    def __radd__(self, other):
        """other + self, where other is an array or a number."""
        raise NotImplementedError

    def __sub__(self, other):
        """self - other."""
        raise NotImplementedError

    def __rsub__(self, other):
        """other - self, where other is an array or a number."""
        raise NotImplementedError

    def __mul__(self, other):
        """self * other, elementwise."""
        raise NotImplementedError

    def __rmul__(self, other):
        """other * self, where other is an array or a number."""
        raise NotImplementedError

    def __truediv__(self, other):
        """self / other, elementwise."""
        raise NotImplementedError

    def __rtruediv__(self, other):
        """other / self, where other is an array or a number."""
        raise NotImplementedError

    def __pow__(self, exponent):
        """self ** exponent, where exponent is a number."""
        raise NotImplementedError

    def __matmul__(self, other):
        """self @ other."""
        raise NotImplementedError

    def __rmatmul__(self, other):
        """other @ self, where other is an array."""
        raise NotImplementedError

    def __neg__(self):
        """-self."""
        raise NotImplementedError

    def __getitem__(self, index):
        """self[index]."""
        raise NotImplementedError

    def exp(self):
        """e to each value."""
        raise NotImplementedError

    def log(self):
        """The natural logarithm of each value."""
        raise NotImplementedError

    def tanh(self):
        """The hyperbolic tangent of each value; its derivative is 1 - tanh^2."""
        raise NotImplementedError

    def relu(self):
        """max(0, x) of each value. At 0 the derivative counts as 0, as in torch."""
        raise NotImplementedError

    def sum(self, axis=None, keepdims=False):
        """The sum along axis: None (of everything), an int or a tuple of ints, as of an array."""
        raise NotImplementedError

    def mean(self, axis=None, keepdims=False):
        """The mean along axis: None (of everything), an int or a tuple of ints, as of an array."""
        raise NotImplementedError

    def reshape(self, *shape):
        """The same values, row by row, in another shape: x.reshape(3, -1)."""
        raise NotImplementedError

    def transpose(self, *axes):
        """The axes in another order, x.transpose(0, 2, 1); without arguments in the reverse order."""
        raise NotImplementedError

    def backward(self, grad=None):
        """Send a gradient back through everything that this tensor was computed from.

        Each tensor that was made with requires_grad=True gets the gradient of sum(grad * self) *added* to its grad
        (None counts as 0): over all ways that lead to it, over several calls, over several graphs. A second call on the
        same tensor adds the same once more. A chain of 2,000 operations must go through.

        Args:
            grad: array of data's shape, or None for a tensor that holds one number: then it is 1.

        Raises:
            ValueError: naming grad, if it is None for a tensor of more or less than one number, or has another shape.

        Example:
            >>> x = Tensor(np.array([3.0, -1.0]), requires_grad=True)
            >>> x.relu().backward(np.array([10.0, 20.0]))
            >>> x.grad
            array([10.,  0.])
        """
        require(grad is not None or self.data.size == 1, f"grad must be given for a tensor of shape {self.data.shape}")
        require(grad is None or np.shape(grad) == self.data.shape, f"grad must have the shape {self.data.shape}")
        raise NotImplementedError

    def zero_grad(self):
        """Forget the gradient: grad is None again."""
        raise NotImplementedError


def to_index(plain):
    """An index from plain data, since the grader cannot send a slice. Given.

    Args:
        plain: an int, an array, a list [start, stop, step] for a slice, or a tuple of those.

    Example:
        >>> to_index(([1, 3, None], 0))
        (slice(1, 3, None), 0)
    """
    if isinstance(plain, tuple):
        return tuple(map(to_index, plain))
    return slice(*plain) if isinstance(plain, list) else plain


OPERATIONS = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
    "@": operator.matmul,
    "neg": operator.neg,
    "r+": lambda x, other: other + x,
    "r-": lambda x, other: other - x,
    "r*": lambda x, other: other * x,
    "r/": lambda x, other: other / x,
    "r@": lambda x, other: operator.matmul(other, x),
    "getitem": lambda x, index: x[to_index(index)],
}


def evaluate(steps, leaves, upstream=None, frozen=(), times=1):
    """Run a little program on Tensors and send a gradient back. Given: the grader cannot write x + y in your process.

    Args:
        steps: list of (operation, places, extra): an operator as in OPERATIONS or the name of a method, the numbers of the
            values that it takes, and further arguments. Values 0, 1, ... are the leaves; each step adds one.
        leaves: list of arrays.
        upstream: the gradient for the last value, None for 1.
        frozen: the numbers of the leaves that require no gradient.
        times: how often backward is called.

    Returns:
        (value, grads): the last value, an array, and the gradient of each leaf, None for those that have none.

    Example:
        >>> evaluate([("*", (0, 1), ()), ("-", (2,), (1,))], [np.array(3.0), np.array(5.0)])
        (array(14.), [array(5.), array(3.)])
    """
    values = [Tensor(leaf, number not in frozen) for number, leaf in enumerate(leaves)]
    for operation, places, extra in steps:
        x, *others = [values[place] for place in places]
        if operation in OPERATIONS:
            values.append(OPERATIONS[operation](x, *others, *extra))
        else:
            values.append(getattr(x, operation)(*extra))
    for _ in range(times):
        values[-1].backward(upstream)
    return values[-1].data, [leaf.grad for leaf in values[: len(leaves)]]


def sparse_matmul(indices, values, shape, dense):
    """A matrix that is nearly all zeros, times a dense one; the zeros are never stored.

    Args:
        indices: int array (2, K): entry k stands in row indices[0, k] and column indices[1, k]. An entry that is named
            twice is the sum of both.
        values: array (K,).
        shape: (rows, n) of the sparse matrix. rows * n numbers may be far more than there is memory for.
        dense: array (n, m).

    Returns:
        New array (rows, m) of dense's dtype.

    Source: torch.sparse_coo_tensor; tf.SparseTensor, whose indices are (K, 2).

    Example:
        >>> sparse_matmul(np.array([[0, 2, 0], [1, 0, 1]]), np.array([3.0, 5.0, 4.0]), (3, 2), np.array([[1.0], [10.0]]))
        array([[70.],
               [ 0.],
               [ 5.]])
    """
    raise NotImplementedError


class Graph:
    """A computation that is written down first and run later, as in TensorFlow 1.

    Building a node computes nothing: it writes down an operation and where its inputs come from, and returns the node's
    number, an int (0, 1, 2, ... in the order they are built). `run` computes what is asked for. A node is a placeholder,
    which gets a value in each run; a variable, whose value lives on from run to run; a constant; or an operation.

    Args:
        none.

    Source: Abadi et al., "TensorFlow: A System for Large-Scale Machine Learning" (OSDI 2016), section 3.

    Example:
        >>> graph = Graph()
        >>> x = graph.placeholder("x")
        >>> w = graph.variable("w", np.array([2.0, 3.0]))
        >>> out = graph.multiply(w, x)
        >>> graph.initialize()
        >>> graph.run(out, {"x": 10.0})
        array([20., 30.])
    """

    def __init__(self):
        raise NotImplementedError

    def placeholder(self, name, shape=None):
        """A node whose value is given in each run, under its name.

        Args:
            name: str.
            shape: tuple of the lengths that the value must have, None for those that are free; None if all are.
        """
        raise NotImplementedError

    def variable(self, name, value):
        """A node with a value of its own; it has none until `initialize` or an `assign` was run.

        Args:
            name: str.
            value: the start value, an array or a number. A later change of that array changes nothing here.
        """
        raise NotImplementedError

    def constant(self, value):
        """A node that is always `value`, an array or a number."""
        raise NotImplementedError

    def add(self, a, b):
        """A node: a + b. a and b are nodes."""
        raise NotImplementedError

    def multiply(self, a, b):
        """A node: a * b, elementwise."""
        raise NotImplementedError

    def matmul(self, a, b):
        """A node: a @ b."""
        raise NotImplementedError

    def relu(self, a):
        """A node: max(0, a)."""
        raise NotImplementedError

    def apply(self, function, *nodes):
        """A node: function(values of the nodes), which returns an array or a number."""
        raise NotImplementedError

    def assign(self, variable, node):
        """A node which, each time it is run, stores the value of `node` in `variable` and is that value.

        The old value of the variable is not needed for it, but may be for `node`: assign(v, add(v, one)) counts. Whether
        another node of the same run that reads the variable sees the old value or the new one is open.
        """
        raise NotImplementedError

    def initialize(self):
        """Give every variable its start value, also one that has another value by now."""
        raise NotImplementedError

    def run(self, node, feed=None):
        """Compute a node, or several of them.

        Only what is needed for them is computed, and each of those nodes once in a run, however often it is used.
        Variables keep their values until the next run; nothing else does.

        Args:
            node: the number of a node, or a list of such numbers.
            feed: dict from a placeholder's name to its value, an array or a number.

        Returns:
            The node's value, or a list of the values, one for each number in the list.

        Raises:
            ValueError: naming the placeholder, if it is needed and has no value in feed, or one of another shape than its
                own; naming the variable, if it is needed and has no value yet; naming what is in feed and is no
                placeholder.
        """
        raise NotImplementedError

    def describe(self, node):
        """What is known of a node without running it.

        Returns:
            Dict: "op" (the name of the method that made it); "name" (of a placeholder or a variable, else None);
            "inputs" (tuple of the nodes in its arguments, in order; for an assign, variable and node); "shape" (a
            placeholder's as it was given, a variable's and a constant's from their values, else None) and "dtype" (a
            variable's and a constant's as a str, such as "float64" for floats and "int64" for ints, else None).

        Example:
            >>> graph = Graph()
            >>> graph.describe(graph.variable("steps", 0))
            {'op': 'variable', 'name': 'steps', 'inputs': (), 'shape': (), 'dtype': 'int64'}
        """
        raise NotImplementedError

    def to_dict(self):
        """The graph as plain data, which can be written to a file: dicts with strings for keys, lists, tuples, strings,
        numbers, arrays and None. It holds the variables' values of the moment, too, and later changes of the graph do not
        reach it. How it is laid out is yours to choose.

        Raises:
            ValueError: naming apply, if the graph holds such a node: a function is no plain data.
        """
        raise NotImplementedError

    @classmethod
    def from_dict(cls, saved):
        """The graph that to_dict saved: the same numbers of nodes, start values and values of the moment.

        It shares nothing with the graph it was saved from, and what is done with it leaves `saved` as it was.

        Example:
            >>> graph = Graph()
            >>> three = graph.constant(3.0)
            >>> Graph.from_dict(graph.to_dict()).run(three)
            array(3.)
        """
        raise NotImplementedError
