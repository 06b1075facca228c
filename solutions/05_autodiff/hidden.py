"""Hidden checks: random graphs, every kind of broadcasting, programs of Tensors, graphs that are run later, manners."""

import itertools

import numpy as np
import pytest

from autograder import (
    Mismatch,
    assert_close,
    assert_dtype,
    assert_inputs_unchanged,
    assert_refuses,
)


def reached(parents, root):
    """All that root depends on, itself included."""
    found = {root: None}
    waiting = [root]
    for node in waiting:
        new = [parent for parent in dict.fromkeys(parents[node]) if parent not in found]
        found.update(dict.fromkeys(new))
        waiting += new
    return waiting


def assert_order(order, parents, root, needed):
    """The nodes of `needed`, each once, each after all its parents, root last."""
    if type(order) not in (list, tuple) or not all(type(node) is int for node in order):
        raise Mismatch(f"the order should be a list of ints, but is {order!r:.80}")
    if len(order) != len(needed):
        raise Mismatch(f"the order should hold {len(needed)} nodes, each once, but has {len(order)}")
    assert_close(sorted(order), sorted(needed), name="the nodes in the order, sorted")
    place = {node: k for k, node in enumerate(order)}
    early = [(node, parent) for node in order for parent in parents[node] if place[parent] > place[node]]
    if early:
        raise Mismatch(f"node {early[0][0]} comes before node {early[0][1]}, from which it was computed")
    if order[-1] != root:
        raise Mismatch(f"root, {root}, should come last, but {order[-1]} does")


def random_graph(rng, size, inputs=2):
    """Parents by node, with numbers in random order; the last in that order is returned as the root."""
    numbers = [int(k) for k in rng.permutation(size)]
    parents = [()] * size
    for place, node in enumerate(numbers[1:], 1):
        # Some come from near, so that the root needs much, some from anywhere.
        places = [
            max(0, place - 1 - int(step)) for step in rng.integers(0, 1 + place, inputs) * rng.integers(0, 2, inputs)
        ]
        parents[node] = tuple(numbers[k] for k in places)
    return parents, numbers[-1]


@pytest.mark.exercise("topological_order")
class TestTopologicalOrder:
    @pytest.mark.parametrize("size", [3, 70])
    def test_a_chain_with_shuffled_numbers(self, student, rng, size):
        numbers = [int(k) for k in rng.permutation(size)]
        parents = [()] * size
        for before, node in itertools.pairwise(numbers):
            parents[node] = (before,)
        assert_order(student.topological_order(parents, numbers[-1]), parents, numbers[-1], numbers)

    @pytest.mark.parametrize("size", [5, 12, 90])
    def test_random_graphs(self, student, rng, size):
        parents, root = random_graph(rng, size)
        assert_order(student.topological_order(parents, root), parents, root, reached(parents, root))

    @pytest.mark.weight(0.5)
    def test_a_random_graph_of_1100_nodes(self, student, rng):
        parents, root = random_graph(rng, 1100, inputs=3)
        assert_order(student.topological_order(parents, root), parents, root, reached(parents, root))

    def test_what_the_root_does_not_need_is_left_out(self, student, rng):
        parents, _ = random_graph(rng, 12)
        for root in rng.permutation(12)[:4]:
            needed = reached(parents, int(root))
            assert_order(student.topological_order(parents, int(root)), parents, int(root), needed)

    @pytest.mark.weight(0.5)
    def test_a_shortcut_past_a_long_way(self, student):
        # 0 is one step from the root and four steps as well: it must wait for neither, and all for it.
        parents = [(), (0,), (1,), (2, 0), (0, 3)]
        assert_order(student.topological_order(parents, 4), parents, 4, range(5))

    @pytest.mark.weight(0.5)
    def test_nodes_named_twice(self, student):
        parents = [(), (0, 0), (1, 0, 1), (2, 2, 2)]
        assert_order(student.topological_order(parents, 3), parents, 3, range(4))

    @pytest.mark.rests_on("test_random_graphs")
    @pytest.mark.weight(0.5)
    def test_an_input_alone(self, student):
        parents = [(1,), (), (0, 1)]
        assert_order(student.topological_order(parents, 1), parents, 1, [1])

    def test_a_chain_of_1500(self, student):
        parents = [[], *([k] for k in range(1_499))]
        assert_order(student.topological_order(parents, 1_499), parents, 1_499, range(1_500))

    def test_a_ladder_of_60_diamonds(self, student):
        parents = [[]]
        for corner in range(0, 180, 3):
            parents += [[corner], [corner], [corner + 1, corner + 2]]
        assert_order(student.topological_order(parents, 180), parents, 180, range(181))

    @pytest.mark.after("test_random_graphs")
    def test_cycles_are_refused(self, student):
        for parents, root in (([(0,)], 0), ([(), (0, 2), (3,), (1, 0), (2,)], 4), ([(1,), (0,), (0,)], 2)):
            assert_refuses(student.topological_order, "parents", parents, root)

    @pytest.mark.after("test_random_graphs")
    def test_a_cycle_elsewhere_does_not_matter(self, student):
        parents = [(), (0,), (3,), (2, 0)]
        assert_order(student.topological_order(parents, 1), parents, 1, [0, 1])


IN_FRONT = {
    "one axis": ((3, 4), (4,)),
    "two axes": ((2, 3, 4), (4,)),
    "everything": ((3, 4), ()),
    "70 columns": ((2, 3, 70), (70,)),
}
LENGTH_ONE = {
    "at the end": ((3, 4), (3, 1)),
    "at the start": ((3, 4), (1, 4)),
    "inside": ((2, 3, 4), (2, 1, 4)),
    "and axes in front": ((2, 5, 3, 4), (3, 1)),
    "all of them": ((2, 3), (1, 1)),
    "a long axis": ((1100, 3), (1, 3)),
}


@pytest.mark.exercise("unbroadcast")
class TestUnbroadcast:
    @pytest.mark.parametrize("shapes", IN_FRONT.values(), ids=IN_FRONT)
    @pytest.mark.weight(1.5)
    def test_axes_in_front(self, student, reference, rng, shapes):
        grad = rng.normal(size=shapes[0])
        assert_close(student.unbroadcast(grad, shapes[1]), reference.unbroadcast(grad, shapes[1]))

    @pytest.mark.parametrize("shapes", LENGTH_ONE.values(), ids=LENGTH_ONE)
    @pytest.mark.weight(0.5)
    def test_axes_of_length_one(self, student, reference, rng, shapes):
        grad = rng.normal(size=shapes[0])
        assert_close(student.unbroadcast(grad, shapes[1]), reference.unbroadcast(grad, shapes[1]))

    @pytest.mark.rests_on("test_axes_in_front")
    @pytest.mark.parametrize("shape", [(3, 4), (2, 1, 3), ()], ids=str)
    @pytest.mark.weight(0.3)
    def test_nothing_was_broadcast(self, student, rng, shape):
        grad = np.asarray(rng.normal(size=shape))
        assert_close(student.unbroadcast(grad, shape), grad)

    @pytest.mark.after("test_axes_in_front")
    def test_keeps_input_and_float32(self, student, reference, rng):
        grad = rng.normal(size=(2, 3, 4)).astype(np.float32)
        for shape in ((3, 1), (4,), (2, 3, 4)):
            out = assert_inputs_unchanged(student.unbroadcast, grad, shape)
            assert_close(out, reference.unbroadcast(grad, shape))
            assert_dtype(out, "float32")


KEPT = [((0, 2), False), ((2, 0), False), ((-1, -2), False), ((0, 1, 2), False), (None, True), (1, True), (-1, True),
        ((2, 0), True)]  # fmt: skip


def summed(rng, shape, axis, keepdims):
    return np.asarray(rng.normal(size=np.zeros(shape).sum(axis=axis, keepdims=keepdims).shape))


@pytest.mark.exercise("sum_backward")
class TestSumBackward:
    @pytest.mark.parametrize("axis", [None, 0, 1, 2, -1, -3])
    def test_sums_along_one_axis(self, student, reference, rng, axis):
        dout = summed(rng, (2, 3, 4), axis, False)
        assert_close(student.sum_backward(dout, (2, 3, 4), axis), reference.sum_backward(dout, (2, 3, 4), axis))

    @pytest.mark.parametrize("axis, keepdims", KEPT)
    @pytest.mark.weight(0.5)
    def test_several_axes_and_axes_that_were_kept(self, student, reference, rng, axis, keepdims):
        dout = summed(rng, (2, 3, 4), axis, keepdims)
        expected = reference.sum_backward(dout, (2, 3, 4), axis, keepdims)
        assert_close(student.sum_backward(dout, (2, 3, 4), axis, keepdims), expected)

    @pytest.mark.parametrize("axis", [0, 1, -1, -2])
    def test_sums_of_a_square(self, student, reference, rng, axis):
        dout = rng.normal(size=3)
        assert_close(student.sum_backward(dout, (3, 3), axis=axis), reference.sum_backward(dout, (3, 3), axis=axis))

    @pytest.mark.parametrize("axes", [(0, 1), (2, 0), (-1, -2)], ids=str)
    @pytest.mark.weight(0.5)
    def test_sums_of_a_cube(self, student, reference, rng, axes):
        dout = rng.normal(size=3)
        assert_close(student.sum_backward(dout, (3, 3, 3), axes), reference.sum_backward(dout, (3, 3, 3), axes))

    @pytest.mark.weight(0.5)
    def test_a_long_axis(self, student, reference, rng):
        dout = rng.normal(size=3)
        assert_close(student.sum_backward(dout, (1100, 3), 0), reference.sum_backward(dout, (1100, 3), 0))

    @pytest.mark.after("test_sums_along_one_axis")
    def test_keeps_input_and_float32(self, student, reference, rng):
        for axis, keepdims in ((1, False), (None, True)):
            dout = summed(rng, (2, 3, 4), axis, keepdims).astype(np.float32)
            out = assert_inputs_unchanged(student.sum_backward, dout, (2, 3, 4), axis, keepdims)
            assert_close(out, reference.sum_backward(dout, (2, 3, 4), axis, keepdims))
            assert_dtype(out, "float32")
            if not out.flags.writeable:
                raise Mismatch("the result should be a new array, not a view that cannot be written to: copy it")


MATRICES = [((3, 4), (4, 2)), ((1, 5), (5, 70)), ((4, 1), (1, 3)), ((2, 1100), (1100, 3))]
STACKS = {
    "one stack": ((2, 3, 4), (2, 4, 5)),
    "two axes of stacks": ((2, 3, 4, 5), (2, 3, 5, 2)),
    "a matrix for the whole stack on the right": ((2, 3, 4), (4, 5)),
    "a matrix for the whole stack on the left": ((3, 4), (2, 4, 5)),
    "stacks of length 1 on both sides": ((2, 1, 3, 4), (1, 5, 4, 2)),
    "a stack of length 1": ((1, 3, 4), (6, 4, 2)),
}
VECTORS = {
    "vector, vector": ((4,), (4,)),
    "vector, matrix": ((3,), (3, 4)),
    "matrix, vector": ((3, 4), (4,)),
    "vector, square": ((3,), (3, 3)),
    "square, vector": ((3, 3), (3,)),
    "vector, stack": ((3,), (2, 3, 4)),
    "stack, vector": ((2, 3, 4), (4,)),
}


def assert_products(student, reference, rng, shapes):
    a, b = (rng.normal(size=shape) for shape in shapes)
    dout = np.asarray(rng.normal(size=(a @ b).shape))
    assert_close(student.matmul_backward(dout, a, b), reference.matmul_backward(dout, a, b), name="(da, db)")


@pytest.mark.exercise("matmul_backward")
class TestMatmulBackward:
    @pytest.mark.parametrize("shapes", MATRICES, ids=str)
    @pytest.mark.weight(2.5)
    def test_matrices(self, student, reference, rng, shapes):
        assert_products(student, reference, rng, shapes)

    @pytest.mark.parametrize("shapes", STACKS.values(), ids=STACKS)
    @pytest.mark.weight(0.3)
    def test_stacks(self, student, reference, rng, shapes):
        assert_products(student, reference, rng, shapes)

    @pytest.mark.parametrize("shapes", VECTORS.values(), ids=VECTORS)
    @pytest.mark.weight(0.3)
    def test_vectors(self, student, reference, rng, shapes):
        assert_products(student, reference, rng, shapes)

    @pytest.mark.after("test_matrices")
    def test_keeps_inputs_and_float32(self, student, reference, rng):
        dout, a, b = (rng.normal(size=shape).astype(np.float32) for shape in ((2, 3, 5), (2, 3, 4), (4, 5)))
        grads = assert_inputs_unchanged(student.matmul_backward, dout, a, b)
        assert_close(grads, reference.matmul_backward(dout, a, b), name="(da, db)")
        for grad, name in zip(grads, ("da", "db"), strict=True):
            assert_dtype(grad, "float32", name=name)


INDICES = {  # as to_index takes them: a list is a slice
    "an int": 2,
    "a negative int": -1,
    "a slice": [1, 4, None],
    "a slice backwards": [None, None, -2],
    "two ints": (3, 1),
    "a slice and an int": ([0, 3, None], 2),
    "an int array": np.array([4, 0, 3]),
    "a boolean mask": np.array([True, False, False, True, True, False]),
    "a mask of all places": np.arange(24).reshape(6, 4) % 3 == 0,
}
REPEATS = {
    "rows": np.array([2, 2, 0, 2, 5]),
    "negative and positive": np.array([-1, 5, 1]),
    "a table of rows": np.array([[1, 1], [0, 1]]),
    "pairs": (np.array([1, 3, 1, 1]), np.array([2, 0, 2, 3])),
    "columns of a slice": ([1, 5, 2], np.array([3, 3, 0])),
}


def assert_taken(student, reference, rng, index, shape=(6, 4)):
    taken = np.zeros(shape)[reference.to_index(index)]
    dout = np.asarray(rng.normal(size=taken.shape))
    expected = reference.getitem_backward(dout, shape, reference.to_index(index))
    assert_close(student.getitem_backward(dout, shape, student.to_index(index)), expected)


@pytest.mark.exercise("getitem_backward")
class TestGetitemBackward:
    @pytest.mark.parametrize("index", INDICES.values(), ids=INDICES)
    def test_each_entry_at_most_once(self, student, reference, rng, index):
        assert_taken(student, reference, rng, index)

    @pytest.mark.parametrize("index", REPEATS.values(), ids=REPEATS)
    @pytest.mark.weight(0.6)
    def test_repeated_entries(self, student, reference, rng, index):
        assert_taken(student, reference, rng, index)

    @pytest.mark.weight(0.5)
    def test_1100_rows_of_an_embedding(self, student, reference, rng):
        assert_taken(student, reference, rng, rng.integers(0, 70, 1100), shape=(70, 3))

    @pytest.mark.after("test_each_entry_at_most_once")
    def test_keeps_inputs_and_float32(self, student, reference, rng):
        dout, index = rng.normal(size=(3, 4)).astype(np.float32), np.array([4, 0, 3])
        grad = assert_inputs_unchanged(student.getitem_backward, dout, (6, 4), index)
        assert_close(grad, reference.getitem_backward(dout, (6, 4), index))
        assert_dtype(grad, "float32")


def assert_program(student, reference, rng, steps, leaves, frozen=(), times=1):
    """The student's Tensors give the reference's value and gradients, for a random gradient from above."""
    upstream = np.asarray(rng.normal(size=shape_of(reference, steps, leaves)))
    expected = reference.evaluate(steps, leaves, upstream, frozen, times)
    assert_close(student.evaluate(steps, leaves, upstream, frozen, times), expected, name="(value, grads)")


def shape_of(reference, steps, leaves):
    """The shape of a program's value."""
    values = [reference.Tensor(leaf) for leaf in leaves]
    for operation, places, extra in steps:
        x, *others = [values[place] for place in places]
        known = reference.OPERATIONS.get(operation)
        values.append(known(x, *others, *extra) if known else getattr(x, operation)(*extra))
    return values[-1].data.shape


ONE = {
    "a + b": [("+", (0, 1), ())],
    "a - b": [("-", (0, 1), ())],
    "a * b": [("*", (0, 1), ())],
    "a / b": [("/", (0, 1), ())],
    "a ** 3": [("**", (0,), (3,))],
    "a ** -0.5": [("**", (0,), (-0.5,))],
    "-a": [("neg", (0,), ())],
    "exp": [("exp", (0,), ())],
    "log": [("log", (0,), ())],
    "tanh": [("tanh", (0,), ())],
}
STRETCHED = {
    "in front": ((2, 3), (3,)),
    "length 1": ((2, 3), (2, 1)),
    "both sides": ((4, 1, 3), (2, 1)),
    "a number": ((), (2, 3)),
}
WITH_NUMBERS = {
    "a + 2": [("+", (0,), (2,))],
    "2 + a": [("r+", (0,), (2,))],
    "a - 2": [("-", (0,), (2,))],
    "2 - a": [("r-", (0,), (2,))],
    "a * 2": [("*", (0,), (2,))],
    "2.5 * a": [("r*", (0,), (2.5,))],
    "a / 2": [("/", (0,), (2,))],
    "2 / a": [("r/", (0,), (2,))],
}
REDUCTIONS = {
    "sum": ("sum", ()),
    "sum along 0": ("sum", (0,)),
    "sum along -1, axes kept": ("sum", (-1, True)),
    "sum along (2, 0)": ("sum", ((2, 0),)),
    "mean": ("mean", ()),
    "mean along 1": ("mean", (1,)),
    "mean along -1, axes kept": ("mean", (-1, True)),
    "mean along (0, 1)": ("mean", ((0, 1),)),
}
SHAPES = {
    "a matrix product": ([("@", (0, 1), ())], [(2, 3), (3, 4)]),
    "a stack times a matrix": ([("@", (0, 1), ())], [(2, 3, 4), (4, 5)]),
    "a matrix times a vector": ([("@", (0, 1), ())], [(2, 3), (3,)]),
    "reshape": ([("reshape", (0,), (4, -1))], [(2, 6)]),
    "transpose": ([("transpose", (0,), ())], [(2, 3, 4)]),
    "transpose of axes in a circle": ([("transpose", (0,), (1, 2, 0))], [(2, 3, 4)]),
    "transpose of negative axes": ([("transpose", (0,), (-1, 0, 1))], [(2, 3, 4)]),
    "a row": ([("getitem", (0,), (1,))], [(3, 4)]),
    "a slice and an int": ([("getitem", (0,), (([0, 2, None], 3),))], [(3, 4)]),
    "rows that repeat": ([("getitem", (0,), (np.array([2, 0, 2]),))], [(3, 4)]),
}
SHARED = {
    "x * x + x": [("*", (0, 0), ()), ("+", (1, 0), ())],
    "a diamond": [("tanh", (0,), ()), ("exp", (1,), ()), ("*", (1, 1), ()), ("-", (2, 3), ())],
    "a shortcut": [("exp", (0,), ()), ("tanh", (1,), ()), ("neg", (2,), ()), ("*", (3, 0), ()), ("+", (1, 4), ())],
    "two diamonds in a row": [("*", (0, 0), ()), ("+", (1, 0), ()), ("tanh", (2,), ()), ("*", (3, 2), ()), ("/", (4, 3), ())],
}  # fmt: skip


def random_program(rng, count=12):
    """A program of random operations on four leaves that broadcast, with its leaves; the last value is a number."""
    leaves = [np.asarray(rng.normal(size=shape)) for shape in ((3, 4), (4,), (3, 1), ())]
    steps, last = [("+", (0, 1), ()), ("*", (2, 4), ()), ("-", (5, 3), ())], 6
    for _ in range(count):
        a, b = (int(k) for k in rng.integers(0, last + 1, 2))
        operation = ["+", "-", "*", "/", "tanh", "relu", "neg", "exp"][rng.integers(8)]
        if operation in ("tanh", "relu", "neg"):
            new = [(operation, (a,), ())]
        elif operation == "/":  # by b * b + 1, which is never near 0
            new = [("*", (b, b), ()), ("+", (last + 1,), (1,)), ("/", (a, last + 2), ())]
        elif operation == "exp":
            new = [("tanh", (a,), ()), ("exp", (last + 1,), ())]
        else:  # tanh keeps products of products small
            new = [(operation, (a, b), ()), ("tanh", (last + 1,), ())]
        steps += new
        last += len(new)
    return [*steps, ("+", (last, last - 1), ()), ("*", (last + 1, 6), ()), ("sum", (last + 2,), ())], leaves


def positive(rng, *shapes):
    return [np.asarray(rng.uniform(0.5, 2.0, size=shape)) for shape in shapes]


@pytest.mark.exercise("Tensor")
class TestTensorValues:
    @pytest.mark.parametrize("steps", ONE.values(), ids=ONE)
    @pytest.mark.weight(0.25)
    def test_one_operation(self, student, reference, rng, steps):
        assert_program(student, reference, rng, steps, positive(rng, (2, 3), (2, 3))[: 1 + max(steps[0][1])])

    @pytest.mark.weight(0.25)
    def test_relu(self, student, reference, rng):
        assert_program(student, reference, rng, [("relu", (0,), ())], [rng.normal(size=(3, 70))])

    @pytest.mark.weight(0.25)
    def test_relu_at_its_corner(self, student, reference, rng):
        leaf = np.array([[0.0, -1.0, 2.0], [3.0, 0.0, -0.0]])
        assert_program(student, reference, rng, [("relu", (0,), ())], [leaf])

    @pytest.mark.weight(0.5)
    def test_an_expression(self, student, reference, rng):
        steps = [
            ("*", (0, 1), ()),
            ("tanh", (2,), ()),
            ("-", (3, 1), ()),
            ("exp", (0,), ()),
            ("/", (4, 5), ()),
            ("**", (6,), (2,)),
        ]
        assert_program(student, reference, rng, steps, [rng.normal(size=(2, 1100)) for _ in range(2)])

    @pytest.mark.parametrize("shapes", STRETCHED.values(), ids=STRETCHED)
    @pytest.mark.parametrize("operation", ["+", "*"])
    @pytest.mark.weight(0.2)
    def test_broadcasting(self, student, reference, rng, operation, shapes):
        assert_program(student, reference, rng, [(operation, (0, 1), ())], positive(rng, *shapes))

    @pytest.mark.parametrize("operation", ["-", "/"])
    @pytest.mark.weight(0.2)
    def test_broadcasting_of_both_sides(self, student, reference, rng, operation):
        for shapes in (((2, 3), (3,)), ((2, 1), (2, 3))):
            assert_program(student, reference, rng, [(operation, (0, 1), ())], positive(rng, *shapes))

    @pytest.mark.parametrize("steps", WITH_NUMBERS.values(), ids=WITH_NUMBERS)
    @pytest.mark.weight(0.15)
    def test_with_a_number(self, student, reference, rng, steps):
        assert_program(student, reference, rng, steps, positive(rng, (2, 3)))

    @pytest.mark.parametrize("operation", ["+", "-", "*", "/", "r+", "r-", "r*", "r/"])
    @pytest.mark.weight(0.1)
    def test_with_an_array(self, student, reference, rng, operation):
        leaf, other = positive(rng, (3,), (2, 3))
        assert_program(student, reference, rng, [(operation, (0,), (other,))], [leaf])

    @pytest.mark.parametrize("operation, shape", [("@", (4, 2)), ("r@", (2, 3))])
    @pytest.mark.weight(0.2)
    def test_a_matrix_product_with_an_array(self, student, reference, rng, operation, shape):
        assert_program(
            student, reference, rng, [(operation, (0,), (rng.normal(size=shape),))], [rng.normal(size=(3, 4))]
        )

    @pytest.mark.parametrize("operation, extra", REDUCTIONS.values(), ids=REDUCTIONS)
    @pytest.mark.weight(0.25)
    def test_reductions(self, student, reference, rng, operation, extra):
        assert_program(student, reference, rng, [(operation, (0,), extra)], [rng.normal(size=(2, 3, 4))])

    @pytest.mark.parametrize("steps, shapes", SHAPES.values(), ids=SHAPES)
    @pytest.mark.weight(0.25)
    def test_products_and_shapes(self, student, reference, rng, steps, shapes):
        assert_program(student, reference, rng, steps, [rng.normal(size=shape) for shape in shapes])

    @pytest.mark.parametrize("steps", SHARED.values(), ids=SHARED)
    @pytest.mark.weight(0.4)
    def test_a_value_used_more_than_once(self, student, reference, rng, steps):
        assert_program(student, reference, rng, steps, positive(rng, (2, 3)))

    @pytest.mark.parametrize("count", [6, 12, 40])
    @pytest.mark.weight(0.4)
    def test_random_graphs(self, student, reference, rng, count):
        assert_program(student, reference, rng, *random_program(rng, count))

    @pytest.mark.weight(0.4)
    def test_a_network(self, student, reference, rng):
        # Two layers and the mean of the softmax cross-entropy, as the lesson has them.
        labels = (np.arange(5), rng.integers(0, 3, 5))
        steps = [("@", (0, 1), ()), ("+", (5, 2), ()), ("relu", (6,), ()), ("@", (7, 3), ()), ("+", (8, 4), ()),
                 ("exp", (9,), ()), ("sum", (10,), (1,)), ("log", (11,), ()), ("getitem", (9,), (labels,)),
                 ("-", (12, 13), ()), ("mean", (14,), ())]  # fmt: skip
        leaves = [rng.normal(size=shape) for shape in ((5, 4), (4, 6), (6,), (6, 3), (3,))]
        assert_program(student, reference, rng, steps, leaves)

    def test_a_chain_of_1100(self, student, reference, rng):
        steps = [["neg" if k % 2 else "tanh", [k], []] for k in range(1100)]  # Python nests 1,000 calls
        assert_program(student, reference, rng, steps, [rng.normal(size=3)])

    @pytest.mark.after("test_one_operation")
    def test_float32_stays(self, student, reference, rng):
        leaves = [each.astype(np.float32) for each in positive(rng, (2, 3), (3,))]
        steps = [("*", (0, 1), ()), ("+", (2,), (0.5,)), ("r/", (3,), (2,)), ("exp", (4,), ()), ("mean", (5,), (0,)),
                 ("**", (6,), (2,)), ("r-", (7,), (1.5,))]  # fmt: skip
        dout = rng.normal(size=3).astype(np.float32)
        value, grads = assert_inputs_unchanged(student.evaluate, steps, leaves, dout)
        assert_close((value, grads), reference.evaluate(steps, leaves, dout), name="(value, grads)")
        for each, name in zip((value, *grads), ("value", "grads[0]", "grads[1]"), strict=True):
            assert_dtype(each, "float32", name=name)


@pytest.mark.exercise("Tensor")
class TestTensorProtocol:
    @pytest.mark.weight(0.4)
    def test_two_calls_double(self, student, reference, rng):
        data, dout = rng.normal(size=(2, 3)), rng.normal(size=(2, 3))
        mine, twin = student.Tensor(data, True), reference.Tensor(data, True)
        ends = mine.exp().tanh(), twin.exp().tanh()
        for _ in range(3):
            for end in ends:
                end.backward(dout)
            assert_close(mine.grad, twin.grad, name="grad")

    @pytest.mark.weight(0.4)
    def test_two_calls_on_a_graph_with_many_leaves(self, student, reference, rng):
        steps = [("*", (0, 1), ()), ("tanh", (3,), ()), ("*", (4, 2), ()), ("+", (5, 4), ())]
        assert_program(student, reference, rng, steps, positive(rng, (2, 3), (3,), (2, 1)), times=2)

    @pytest.mark.weight(0.4)
    def test_a_second_graph_adds(self, student, reference, rng):
        data, dout = rng.normal(size=(2, 3)), rng.normal(size=(2, 3))
        mine, twin = student.Tensor(data, True), reference.Tensor(data, True)
        for leaf in (mine, twin):
            leaf.exp().backward(dout)
            leaf.tanh().sum().backward()
        assert_close(mine.grad, twin.grad, name="grad")

    @pytest.mark.weight(0.4)
    def test_two_ends_of_one_graph(self, student, reference, rng):
        data, dout = rng.normal(size=(2, 3)), rng.normal(size=2)
        mine, twin = student.Tensor(data, True), reference.Tensor(data, True)
        for leaf in (mine, twin):
            middle = leaf.exp()
            middle.mean(1).backward(dout)
            middle.tanh().sum().backward()
        assert_close(mine.grad, twin.grad, name="grad")

    @pytest.mark.weight(0.2)
    def test_zero_grad(self, student, reference, rng):
        data, dout = rng.normal(size=3), rng.normal(size=3)
        mine, twin = student.Tensor(data, True), reference.Tensor(data, True)
        for leaf in (mine, twin):
            end = leaf.exp()
            end.backward(dout)
        assert_close(mine.grad, twin.grad, name="grad")
        for leaf in (mine, twin):
            leaf.zero_grad()
        assert_close(mine.grad, None, name="grad after zero_grad")
        for leaf in (mine, twin):
            leaf.tanh().backward(dout)
        assert_close(mine.grad, twin.grad, name="grad of the graph after zero_grad")

    @pytest.mark.weight(0.4)
    def test_only_what_requires_a_gradient_gets_one(self, student, reference, rng):
        steps = [("*", (0, 1), ()), ("+", (3, 2), ()), ("exp", (1,), ()), ("-", (4, 5), ())]
        for frozen in ((1,), (0, 2), (1, 2)):
            assert_program(student, reference, rng, steps, positive(rng, (2, 3), (3,), (2, 1)), frozen)

    @pytest.mark.weight(0.3)
    @pytest.mark.rests_on("test_two_calls_double")
    def test_requires_grad_passes_on(self, student, rng):
        for requires_grad in (True, False):
            leaf = student.Tensor(rng.normal(size=(2, 3)), requires_grad)
            ends = [leaf.requires_grad, leaf.exp().requires_grad, leaf.relu().sum(0).requires_grad]
            assert_close(ends, [requires_grad] * 3, name="requires_grad of x, x.exp() and x.relu().sum(0)")
        assert_close(student.Tensor(np.zeros(2)).requires_grad, False, name="requires_grad unless asked for")

    @pytest.mark.weight(0.3)
    @pytest.mark.rests_on("test_two_calls_double")
    def test_data_and_no_gradient_at_first(self, student, rng):
        data = rng.normal(size=(2, 3))
        leaf = student.Tensor(data, True)
        assert_close(leaf.data, data, name="data")
        assert_close(leaf.exp().data, np.exp(data), name="data of x.exp()")
        assert_close(leaf.grad, None, name="grad before backward")
        assert_close(student.Tensor(3).data, np.array(3.0), name="data of Tensor(3)")

    @pytest.mark.after("test_two_calls_double")
    def test_one_number_needs_no_gradient_from_above(self, student, reference, rng):
        data = rng.normal(size=(1, 1))
        leaf = student.Tensor(data, True)
        leaf.exp().backward()
        assert_close(leaf.grad, np.exp(data), name="grad")

    @pytest.mark.after("test_two_calls_double")
    def test_refuses_a_gradient_that_does_not_fit(self, student, rng):
        end = student.Tensor(rng.normal(size=(2, 3)), True).exp()
        assert_refuses(end.backward, "grad")
        for shape in ((3,), (2, 1), (3, 2), ()):
            assert_refuses(end.backward, "grad", np.zeros(shape))


def sparse(rng, count, shape):
    return np.stack([rng.integers(0, length, count) for length in shape]), rng.normal(size=count)


@pytest.mark.exercise("sparse_matmul")
class TestSparseMatmul:
    @pytest.mark.parametrize(
        "shape, count, columns", [((5, 4), 6, 3), ((3, 70), 50, 2), ((4, 4), 7, 1), ((1, 6), 3, 5)]
    )
    def test_random_entries(self, student, reference, rng, shape, count, columns):
        indices, values = sparse(rng, count, shape)
        dense = rng.normal(size=(shape[1], columns))
        expected = reference.sparse_matmul(indices, values, shape, dense)
        assert_close(student.sparse_matmul(indices, values, shape, dense), expected)

    def test_the_same_place_many_times(self, student, reference, rng):
        indices, values, dense = np.array([[1, 1, 1, 0], [2, 2, 2, 2]]), rng.normal(size=4), rng.normal(size=(3, 2))
        expected = reference.sparse_matmul(indices, values, (2, 3), dense)
        assert_close(student.sparse_matmul(indices, values, (2, 3), dense), expected)

    @pytest.mark.weight(0.5)
    def test_the_zeros_are_never_stored(self, student, reference, rng):
        indices, values = sparse(rng, 40, (30_000, 30_000))  # 7 GB, if they were
        dense = rng.normal(size=(30_000, 1))
        expected = reference.sparse_matmul(indices, values, (30_000, 30_000), dense)
        assert_close(student.sparse_matmul(indices, values, (30_000, 30_000), dense), expected)

    @pytest.mark.after("test_random_entries")
    def test_keeps_inputs_and_float32(self, student, reference, rng):
        indices, values = sparse(rng, 6, (5, 4))
        values, dense = values.astype(np.float32), rng.normal(size=(4, 3)).astype(np.float32)
        out = assert_inputs_unchanged(student.sparse_matmul, indices, values, (5, 4), dense)
        assert_close(out, reference.sparse_matmul(indices, values, (5, 4), dense))
        assert_dtype(out, "float32")


def two_layers(graph, w1, b, w2):
    """relu(x w1 + b) w2 with w1, b and w2 variables and x a placeholder: the nodes hidden and out."""
    x = graph.placeholder("x", (None, len(w1)))
    sums = graph.add(graph.matmul(x, graph.variable("w1", w1)), graph.variable("b", b))
    hidden = graph.relu(sums)
    return hidden, graph.matmul(hidden, graph.variable("w2", w2))


def require_plain(value):
    """What can be written to a file: no objects of the student's in it."""
    if type(value) is dict:
        if not all(type(key) is str for key in value):
            raise Mismatch("the keys of the saved dicts should be strings")
        value = list(value.values())
    if type(value) in (list, tuple):
        for each in value:
            require_plain(each)
    elif type(value) not in (type(None), bool, int, float, str, np.ndarray) and not isinstance(value, np.generic):
        raise Mismatch(f"the saved graph should be plain data, but holds {value!r:.80}")


def saved_and_loaded(graph):
    saved = graph.to_dict()
    if type(saved) is not dict:
        raise Mismatch(f"to_dict() should return a dict, but returned {saved!r:.80}")
    require_plain(saved)
    return graph.from_dict(saved)


@pytest.mark.exercise("Graph")
class TestGraph:
    @pytest.mark.parametrize("op", ["add", "multiply", "matmul", "relu"])
    @pytest.mark.weight(0.5)
    def test_one_operation(self, student, rng, op):
        a, b = rng.normal(size=(3, 3)), rng.normal(size=(3, 3) if op == "matmul" else 3)
        expected = {"add": a + b, "multiply": a * b, "matmul": a @ b, "relu": np.maximum(a, 0)}[op]
        graph = student.Graph()
        inputs = [graph.constant(a), graph.placeholder("b")]
        assert_close(inputs, [0, 1], name="the numbers of the nodes")
        out = getattr(graph, op)(*inputs[: 1 if op == "relu" else 2])
        assert_close(graph.run(out, {"b": b}), expected, name=op)

    def test_two_layers(self, student, rng):
        w1, b, w2 = rng.normal(size=(4, 5)), rng.normal(size=5), rng.normal(size=(5, 3))
        graph = student.Graph()
        nodes = two_layers(graph, w1, b, w2)
        graph.initialize()
        for n in (2, 1, 70):
            x = rng.normal(size=(n, 4))
            hidden = np.maximum(x @ w1 + b, 0)
            assert_close(graph.run(nodes[1], {"x": x}), hidden @ w2, name="out")
            assert_close(graph.run(list(nodes), {"x": x}), [hidden, hidden @ w2], name="[hidden, out]")

    @pytest.mark.weight(0.5)
    def test_a_list_of_one_gives_a_list(self, student, rng):
        graph = student.Graph()
        value = rng.normal(size=3)
        node = graph.constant(value)
        assert_close(graph.run([node]), [value], name="run([node])")
        assert_close(graph.run([node, node]), [value, value], name="run([node, node])")

    def test_variables_survive_a_run(self, student, rng):
        start, step = rng.normal(size=(2, 3)), rng.normal(size=3)
        graph = student.Graph()
        w = graph.variable("w", start)
        move = graph.assign(w, graph.add(w, graph.placeholder("step")))
        graph.initialize()
        for times in (1, 2, 3):
            assert_close(graph.run(move, {"step": step}), start + times * step, name="the assignment")
            assert_close(graph.run(w), start + times * step, name="the variable in the next run")
        graph.initialize()
        assert_close(graph.run(w), start, name="the variable, initialized again")

    def test_an_assignment_happens_when_it_is_run(self, student, rng):
        start, other = rng.normal(size=(2, 4))
        graph = student.Graph()
        w = graph.variable("w", start)
        double = graph.multiply(w, graph.constant(2.0))
        graph.initialize()
        change = graph.assign(w, graph.constant(other))
        assert_close(graph.run(double), 2 * start, name="twice the variable, before the assignment was run")
        assert_close(graph.run(change), other, name="the assignment")
        assert_close(graph.run(double), 2 * other, name="twice the variable, after it")

    @pytest.mark.weight(0.5)
    def test_an_assignment_gives_a_first_value_too(self, student, rng):
        first, later = rng.normal(size=(2, 3))
        graph = student.Graph()
        w = graph.variable("w", first)
        assert_close(graph.run(graph.assign(w, graph.constant(later))), later, name="the assignment")
        assert_close(graph.run(w), later, name="the variable")

    def test_only_variables_survive(self, student, rng):
        graph = student.Graph()
        x = graph.placeholder("x")
        square = graph.multiply(x, x)
        for value in rng.normal(size=(3, 2)):
            assert_close(graph.run(square, {"x": value}), value**2, name="x * x")

    @pytest.mark.parametrize("diamonds", [1, 8])
    def test_each_node_once_a_run(self, student, rng, diamonds):
        calls, value = [], rng.normal(size=2)

        def halve(a):
            calls.append(1)
            return a / 2

        graph = student.Graph()
        node = graph.constant(value)
        for _ in range(diamonds):
            half = graph.apply(halve, node)
            node = graph.add(half, half)
        for runs in (1, 2):
            assert_close(graph.run([node, half, node]), [value, value / 2, value], name="the values")
            assert_close(len(calls), runs * diamonds, name=f"calls of the function in {runs} runs")

    def test_only_what_is_needed(self, student, rng):
        calls, value = [], rng.normal(size=2)

        def never(a):
            calls.append(1)
            return a

        graph = student.Graph()
        unfed, blank = graph.placeholder("unfed"), graph.variable("blank", value)
        node = graph.constant(value)
        aside = graph.apply(never, node)
        graph.add(aside, graph.multiply(unfed, blank))
        assert_close(graph.run(graph.relu(node)), np.maximum(value, 0), name="relu")
        assert_close(len(calls), 0, name="calls of a function that was not needed")

    @pytest.mark.weight(0.5)
    def test_apply_takes_its_nodes_in_order(self, student, rng):
        a, b, c = rng.normal(size=(3, 2))
        graph = student.Graph()
        nodes = [graph.constant(each) for each in (a, b, c)]
        out = graph.apply(lambda x, y, z: x - 2 * y + z**2, nodes[1], nodes[0], nodes[2])
        assert_close(graph.run(out), b - 2 * a + c**2, name="the applied function")

    @pytest.mark.weight(0.5)
    def test_describes_what_it_knows(self, student, rng):
        graph = student.Graph()
        x, y = graph.placeholder("x", (None, 3)), graph.placeholder("y")
        w, n = graph.variable("w", rng.normal(size=(3, 2)).astype(np.float32)), graph.variable("n", 4)
        half, table = graph.constant(0.5), graph.constant(np.arange(3))
        known = [("placeholder", "x", (None, 3), None), ("placeholder", "y", None, None),
                 ("variable", "w", (3, 2), "float32"), ("variable", "n", (), "int64"),
                 ("constant", None, (), "float64"), ("constant", None, (3,), "int64")]  # fmt: skip
        for node, (op, name, shape, dtype) in zip((x, y, w, n, half, table), known, strict=True):
            expected = {"op": op, "name": name, "inputs": (), "shape": shape, "dtype": dtype}
            assert_close(graph.describe(node), expected, name=f"describe({op})")

    @pytest.mark.weight(0.5)
    def test_describes_where_inputs_come_from(self, student, rng):
        graph = student.Graph()
        w, a = graph.variable("w", 1.0), graph.constant(2.0)
        built = {"add": graph.add(w, a), "multiply": graph.multiply(a, w), "matmul": graph.matmul(a, a)}
        built |= {"relu": graph.relu(w), "assign": graph.assign(w, a)}
        inputs = {"add": (w, a), "multiply": (a, w), "matmul": (a, a), "relu": (w,), "assign": (w, a)}
        for op, node in built.items():
            expected = {"op": op, "name": None, "inputs": inputs[op], "shape": None, "dtype": None}
            assert_close(graph.describe(node), expected, name=f"describe({op})")
        expected = {"op": "apply", "name": None, "inputs": (a, w, a), "shape": None, "dtype": None}
        assert_close(graph.describe(graph.apply(lambda x, y, z: x, a, w, a)), expected, name="describe(apply)")

    def test_a_saved_graph_runs_the_same(self, student, rng):
        w1, b, w2 = rng.normal(size=(4, 5)), rng.normal(size=5), rng.normal(size=(5, 3))
        graph = student.Graph()
        _, out = two_layers(graph, w1, b, w2)
        graph.initialize()
        x = rng.normal(size=(2, 4))
        loaded = saved_and_loaded(graph)
        assert_close(loaded.run(out, {"x": x}), np.maximum(x @ w1 + b, 0) @ w2, name="out of the loaded graph")

    def test_values_of_the_moment_are_saved(self, student, rng):
        start, now = rng.normal(size=(2, 3))
        graph = student.Graph()
        w = graph.variable("w", start)
        change = graph.assign(w, graph.placeholder("new"))
        graph.initialize()
        assert_close(graph.run(change, {"new": now}), now, name="the assignment")
        loaded = saved_and_loaded(graph)
        assert_close(graph.run(change, {"new": 2 * now}), 2 * now, name="an assignment in the old graph")
        assert_close(loaded.run(w), now, name="the variable in the loaded graph")
        assert_close(loaded.run(change, {"new": 3 * now}), 3 * now, name="an assignment in the loaded graph")
        assert_close(graph.run(w), 2 * now, name="the variable in the old graph")
        loaded.initialize()
        assert_close(loaded.run(w), start, name="the variable in the loaded graph, initialized")

    @pytest.mark.after("test_two_layers")
    def test_says_what_is_wrong_with_feed(self, student, rng):
        graph = student.Graph()
        two, more = graph.placeholder("left", (2, None)), graph.placeholder("right")
        out = graph.add(two, more)
        assert_refuses(graph.run, "right", out, {"left": np.zeros((2, 3))})
        assert_refuses(graph.run, "left", out, {"right": np.zeros(3)})
        for shape in ((3, 2), (2,), (2, 3, 1), ()):
            assert_refuses(graph.run, "left", two, {"left": np.zeros(shape)})
        graph.variable("weights", 1.0)
        for name in ("middle", "weights"):
            assert_refuses(graph.run, name, more, {"right": 1.0, name: 2.0})

    @pytest.mark.after("test_variables_survive_a_run")
    def test_says_which_variable_has_no_value(self, student, rng):
        graph = student.Graph()
        w = graph.variable("weights", rng.normal(size=3))
        assert_refuses(graph.run, "weights", graph.relu(w))
        assert_refuses(saved_and_loaded(graph).run, "weights", w)

    @pytest.mark.after("test_a_saved_graph_runs_the_same")
    def test_a_function_cannot_be_saved(self, student):
        graph = student.Graph()
        graph.apply(lambda a: a, graph.constant(1.0))
        assert_refuses(graph.to_dict, "apply")

    @pytest.mark.after("test_variables_survive_a_run")
    def test_two_graphs_share_nothing(self, student, rng):
        graphs = [student.Graph() for _ in range(2)]
        nodes = [graph.variable("w", float(k)) for k, graph in enumerate(graphs)]
        for graph in graphs:
            graph.initialize()
        for k in (0, 1):
            assert_close(graphs[k].run(nodes[k]), np.array(float(k)), name=f"the variable of graph {k}")
