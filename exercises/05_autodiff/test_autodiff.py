"""Public tests: small numbers that can be followed with pencil and paper."""

import numpy as np
import pytest

from autograder import Mismatch, assert_close, assert_refuses


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


@pytest.mark.exercise("topological_order")
def test_topological_order_of_a_chain(student):
    # 2 was computed from 0, and 1 from 2: only one order will do.
    parents = [(), (2,), (0,)]
    assert_order(student.topological_order(parents, 1), parents, 1, [0, 1, 2])


@pytest.mark.exercise("topological_order")
def test_topological_order_of_a_diamond(student):
    # 3 needs 1 and 2, which both need 0: 0 once, and before both.
    parents = [(), (0,), (0,), (1, 2)]
    assert_order(student.topological_order(parents, 3), parents, 3, [0, 1, 2, 3])


@pytest.mark.exercise("topological_order")
def test_topological_order_with_a_shortcut(student):
    # 3 needs 0 at once, and also by way of 2 and 1: 0 is near the root, and still the first of all.
    parents = [(), (0,), (1,), (0, 2)]
    assert_order(student.topological_order(parents, 3), parents, 3, [0, 1, 2, 3])


@pytest.mark.exercise("topological_order")
def test_topological_order_leaves_out_what_is_not_needed(student):
    # 1 hangs on 0 too, and 3 on nothing, but the root 2 asks for neither.
    parents = [(), (0,), (0, 0), ()]
    assert_order(student.topological_order(parents, 2), parents, 2, [0, 2])


@pytest.mark.exercise("topological_order")
def test_topological_order_of_24_diamonds(student):
    # Three nodes a diamond: left and right from the last corner, the next corner from both. 2^24 ways lead to 0.
    parents = [[]]
    for corner in range(0, 72, 3):
        parents += [[corner], [corner], [corner + 1, corner + 2]]
    assert_order(student.topological_order(parents, 72), parents, 72, range(73))


@pytest.mark.exercise("topological_order")
def test_topological_order_of_a_long_chain(student):
    # 0, 1, 2, ... 1,999, each from the one before: more than Python's nested calls reach.
    parents = [[], *([k] for k in range(1999))]
    assert_order(student.topological_order(parents, 1999), parents, 1999, range(2000))


@pytest.mark.exercise("topological_order")
@pytest.mark.after("test_topological_order_of_a_diamond")
def test_topological_order_refuses_a_cycle(student):
    # 1 needs 2, and 2 needs 1.
    assert_refuses(student.topological_order, "parents", [(), (0, 2), (1,)], 2)


GRAD = np.array([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]])


@pytest.mark.exercise("unbroadcast")
def test_unbroadcast_axes_in_front(student):
    # A row was used for both rows: 1 + 10, 2 + 20, 3 + 30. A number was used six times.
    assert_close(student.unbroadcast(GRAD, (3,)), np.array([11.0, 22.0, 33.0]))
    assert_close(student.unbroadcast(GRAD, ()), np.array(66.0))


@pytest.mark.exercise("unbroadcast")
def test_unbroadcast_axes_of_length_one(student):
    # A column was used for all three columns: 1 + 2 + 3 and 10 + 20 + 30.
    assert_close(student.unbroadcast(GRAD, (2, 1)), np.array([[6.0], [60.0]]))


@pytest.mark.exercise("sum_backward")
def test_sum_backward_of_everything(student):
    # All six numbers went into the one sum, so each gets its gradient.
    assert_close(student.sum_backward(np.array(5.0), (2, 3)), np.full((2, 3), 5.0))


@pytest.mark.exercise("sum_backward")
def test_sum_backward_along_an_axis(student):
    # Sums of rows: row 0 gets 1 three times, row 1 gets 2, row 2 gets 4. Square, so the wrong axis would fit as well.
    expected = np.array([[1.0, 1.0, 1.0], [2.0, 2.0, 2.0], [4.0, 4.0, 4.0]])
    assert_close(student.sum_backward(np.array([1.0, 2.0, 4.0]), (3, 3), axis=1), expected)


@pytest.mark.exercise("sum_backward")
def test_sum_backward_along_axes_from_the_end(student):
    # The last axis and the last but one of (2, 3, 4): all twelve numbers of a block went into one sum.
    expected = np.stack([np.full((3, 4), 1.0), np.full((3, 4), 2.0)])
    assert_close(student.sum_backward(np.array([1.0, 2.0]), (2, 3, 4), axis=(-1, -2)), expected)


@pytest.mark.exercise("matmul_backward")
def test_matmul_backward_of_matrices(student):
    # out = (1 2) times [[3, 4], [5, 6]]. da: 10 (3, 5) + 100 (4, 6). db: 1 or 2, times (10, 100).
    da, db = student.matmul_backward(
        np.array([[10.0, 100.0]]), np.array([[1.0, 2.0]]), np.array([[3.0, 4.0], [5.0, 6.0]])
    )
    assert_close(da, np.array([[430.0, 650.0]]), name="da")
    assert_close(db, np.array([[10.0, 100.0], [20.0, 200.0]]), name="db")


@pytest.mark.exercise("matmul_backward")
def test_matmul_backward_of_vectors(student):
    # out = 1 * 3 + 2 * 4 is a number: each vector gets the other one, ten times.
    da, db = student.matmul_backward(np.array(10.0), np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    assert_close(da, np.array([30.0, 40.0]), name="da")
    assert_close(db, np.array([10.0, 20.0]), name="db")


@pytest.mark.exercise("matmul_backward")
def test_matmul_backward_of_one_row_for_two_columns(student):
    # The row (1 2) meets two columns, (3, 4) and (5, 6), in a stack: 10 (3, 4) + 100 (5, 6) comes back to it.
    a, b = np.array([[1.0, 2.0]]), np.array([[[3.0], [4.0]], [[5.0], [6.0]]])
    da, db = student.matmul_backward(np.array([[[10.0]], [[100.0]]]), a, b)
    assert_close(da, np.array([[530.0, 640.0]]), name="da")
    assert_close(db, np.array([[[10.0], [20.0]], [[100.0], [200.0]]]), name="db")


@pytest.mark.exercise("getitem_backward")
def test_getitem_backward_of_a_row(student):
    grad = student.getitem_backward(np.array([5.0, 7.0]), (3, 2), 1)
    assert_close(grad, np.array([[0.0, 0.0], [5.0, 7.0], [0.0, 0.0]]))


@pytest.mark.exercise("getitem_backward")
def test_getitem_backward_of_a_repeated_entry(student):
    # Entry 2 was taken twice: 1 + 4. Entry 1 was not taken.
    grad = student.getitem_backward(np.array([1.0, 2.0, 4.0]), (3,), np.array([2, 0, 2]))
    assert_close(grad, np.array([2.0, 0.0, 5.0]))


A, B = np.array(3.0), np.array(2.0)


@pytest.mark.exercise("Tensor")
def test_tensor_of_the_lesson(student):
    # (a b + b)^2 at a = 3, b = 2 is (6 + 2)^2. Down from 1: 2 * 8 = 16 at the sum, 16 b = 32 at a; at b it is
    # 16 a = 48 from the product, and 16 from the sum.
    steps = [("*", (0, 1), ()), ("+", (2, 1), ()), ("**", (3,), (2,))]
    value, grads = student.evaluate(steps, [A, B])
    assert_close(value, np.array(64.0), name="value")
    assert_close(grads, [np.array(32.0), np.array(64.0)], name="grads")


@pytest.mark.exercise("Tensor")
def test_tensor_a_quotient_and_a_difference(student):
    # (2 - a) / b - b at a = 3, b = 2 is -0.5 - 2. The slopes are -1 / b = -0.5 and -(2 - a) / b^2 - 1 = -0.75, times 4.
    steps = [("r-", (0,), (2,)), ("/", (2, 1), ()), ("-", (3, 1), ())]
    value, grads = student.evaluate(steps, [A, B], np.array(4.0))
    assert_close(value, np.array(-2.5), name="value")
    assert_close(grads, [np.array(-2.0), np.array(-3.0)], name="grads")


@pytest.mark.exercise("Tensor")
def test_tensor_waits_for_all_of_a_gradient(student):
    # u = 3 x and u + 5 u: u gets 1 at once and 5 by way of 5 u, and only then passes 3 * 6 on to x.
    steps = [("*", (0,), (3,)), ("*", (1,), (5,)), ("+", (1, 2), ())]
    value, grads = student.evaluate(steps, [np.array(1.0)])
    assert_close(value, np.array(18.0), name="value")
    assert_close(grads, [np.array(18.0)], name="grads")


@pytest.mark.exercise("Tensor")
def test_tensor_a_node_used_three_times(student):
    # x * x + x: the slope is 2 x + 1.
    value, grads = student.evaluate(
        [("*", (0, 0), ()), ("+", (1, 0), ())], [np.array([3.0, -1.0])], np.array([1.0, 10])
    )
    assert_close(value, np.array([12.0, 0.0]), name="value")
    assert_close(grads, [np.array([7.0, -10.0])], name="grads")


@pytest.mark.exercise("Tensor")
def test_tensor_a_bias_is_broadcast(student):
    # relu(x + b): of the four sums, 1 - 1, 2 + 1, 3 - 1 and -4 + 1, those above 0 let 10, 100 and 1000 through.
    x, b = np.array([[1.0, 2.0], [3.0, -4.0]]), np.array([-1.0, 1.0])
    dout = np.array([[1.0, 10.0], [100.0, 1000.0]])
    value, grads = student.evaluate([("+", (0, 1), ()), ("relu", (2,), ())], [x, b], dout)
    assert_close(value, np.array([[0.0, 3.0], [2.0, 0.0]]), name="value")
    # At exactly 0 relu lets nothing through.
    assert_close(grads, [np.array([[0.0, 10.0], [100.0, 0.0]]), np.array([100.0, 10.0])], name="grads")


@pytest.mark.exercise("Tensor")
def test_tensor_mean_along_an_axis(student):
    # Each mean is of three numbers, so each number gets a third of its mean's gradient.
    x = np.array([[1.0, 2.0, 6.0], [0.0, 3.0, 3.0]])
    value, grads = student.evaluate([("mean", (0,), (1,))], [x], np.array([3.0, 30.0]))
    assert_close(value, np.array([3.0, 2.0]), name="value")
    assert_close(grads, [np.array([[1.0, 1.0, 1.0], [10.0, 10.0, 10.0]])], name="grads")


@pytest.mark.exercise("Tensor")
def test_tensor_tanh_by_hand(student):
    # At ln 2: (2 - 1/2) / (2 + 1/2) = 0.6, and the slope is 1 - 0.36.
    value, grads = student.evaluate([("tanh", (0,), ())], [np.array([0.0, np.log(2.0)])], np.array([10.0, 100.0]))
    assert_close(value, np.array([0.0, 0.6]), name="value")
    assert_close(grads, [np.array([10.0, 64.0])], name="grads")


@pytest.mark.exercise("Tensor")
def test_tensor_axes_turned_round(student):
    # (1, 2, 3) becomes (2, 3, 1), and the gradient goes the other way.
    x, dout = np.zeros((1, 2, 3)), np.array([[[1.0], [2.0], [3.0]], [[10.0], [20.0], [30.0]]])
    value, grads = student.evaluate([("transpose", (0,), (1, 2, 0))], [x], dout)
    assert_close(value, np.zeros((2, 3, 1)), name="value")
    assert_close(grads, [np.array([[[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]]])], name="grads")


@pytest.mark.exercise("Tensor")
def test_tensor_gradients_add_up(student):
    # The sum of 2 numbers: each gets 1 a call. zero_grad begins anew.
    x = student.Tensor(np.array([4.0, 5.0]), True)
    total = x.sum()
    assert_close(total.data, np.array(9.0), name="total.data")
    for times in (1.0, 2.0):
        total.backward()
        assert_close(x.grad, np.array([times, times]), name="x.grad")
    x.zero_grad()
    assert_close(x.grad, None, name="x.grad after zero_grad")


@pytest.mark.exercise("Tensor")
@pytest.mark.after("test_tensor_gradients_add_up")
def test_tensor_wants_a_gradient_for_more_than_one_number(student):
    assert_refuses(student.Tensor(np.array([4.0, 5.0]), True).exp().backward, "grad")


@pytest.mark.exercise("sparse_matmul")
def test_sparse_matmul_by_hand(student):
    # [[0, 7], [0, 0], [5, 0]] (3 and 4 share a place) times the column (1, 10).
    indices, values = np.array([[0, 2, 0], [1, 0, 1]]), np.array([3.0, 5.0, 4.0])
    out = student.sparse_matmul(indices, values, (3, 2), np.array([[1.0], [10.0]]))
    assert_close(out, np.array([[70.0], [0.0], [5.0]]))


@pytest.mark.exercise("Graph")
def test_graph_a_line(student):
    # w x + b with w = 3 and b = 1, at x = 2 and at x = (0, 10).
    graph = student.Graph()
    x = graph.placeholder("x")
    product = graph.multiply(graph.variable("w", 3.0), x)
    out = graph.add(product, graph.constant(1.0))
    graph.initialize()
    assert_close(graph.run(out, {"x": 2.0}), np.array(7.0), name="out")
    assert_close(
        graph.run([out, product], {"x": np.array([0.0, 10.0])}), [np.array([1.0, 31.0]), np.array([0.0, 30.0])]
    )


@pytest.mark.exercise("Graph")
def test_graph_counts(student):
    # The assignment runs when it is run, not when it is built: 0, then 1, then 2. initialize begins anew.
    graph = student.Graph()
    count = graph.variable("count", 0)
    count_up = graph.assign(count, graph.add(count, graph.constant(1)))
    graph.initialize()
    assert_close(graph.run(count), np.array(0), name="count at first")
    for times in (1, 2):
        assert_close(graph.run(count_up), np.array(times), name="the assignment")
        assert_close(graph.run(count), np.array(times), name="count")
    graph.initialize()
    assert_close(graph.run(count), np.array(0), name="count, initialized again")


@pytest.mark.exercise("Graph")
def test_graph_computes_only_what_is_needed(student):
    # product needs a, once, and nothing needs the placeholder that has no value.
    calls = []

    def double(x):
        calls.append(x)
        return 2 * x

    graph = student.Graph()
    a = graph.apply(double, graph.constant(5.0))
    product = graph.multiply(a, a)
    graph.relu(graph.placeholder("not fed"))
    assert_close(graph.run(product), np.array(100.0), name="product")
    assert_close(len(calls), 1, name="how often the function was called")


@pytest.mark.exercise("Graph")
def test_graph_describes_its_nodes(student):
    graph = student.Graph()
    x = graph.placeholder("x", (None, 2))
    w = graph.variable("w", np.array([[1.0], [2.0]]))
    expected = {"op": "variable", "name": "w", "inputs": (), "shape": (2, 1), "dtype": "float64"}
    assert_close(graph.describe(w), expected, name="w")
    expected = {"op": "matmul", "name": None, "inputs": (x, w), "shape": None, "dtype": None}
    assert_close(graph.describe(graph.matmul(x, w)), expected, name="the product")


@pytest.mark.exercise("Graph")
def test_graph_survives_saving(student):
    graph = student.Graph()
    w = graph.variable("w", 3.0)
    double = graph.assign(w, graph.add(w, w))
    graph.initialize()
    assert_close(graph.run(double), np.array(6.0), name="w doubled")
    saved = graph.to_dict()
    assert_close(graph.run(double), np.array(12.0), name="w doubled again")
    loaded = graph.from_dict(saved)
    # The value of the moment was saved, 6, and not the start value; what came later is another graph's business.
    assert_close(loaded.run(w), np.array(6.0), name="w in the loaded graph")


@pytest.mark.exercise("Graph")
@pytest.mark.after("test_graph_a_line")
def test_graph_says_what_is_missing(student):
    graph = student.Graph()
    x, w = graph.placeholder("x", (2,)), graph.variable("w", 1.0)
    assert_refuses(graph.run, "x", x)
    assert_refuses(graph.run, "x", x, {"x": np.zeros(3)})
    assert_refuses(graph.run, "y", x, {"x": np.zeros(2), "y": 1.0})
    assert_refuses(graph.run, "w", w)
