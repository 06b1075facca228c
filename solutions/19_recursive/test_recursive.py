"""Public tests: numbers that can be followed with pencil and paper. tanh(ln 2) = 0.6, tanh(ln 3) = 0.8."""

import numpy as np
import pytest

from autograder import assert_close, assert_inputs_unchanged, assert_refuses

LN2, LN3 = np.log(2), np.log(3)


def any_of(student_tree, *right):
    """The one of the right trees that came; the first, if none did."""
    return next((np.array(tree) for tree in right if np.array_equal(student_tree, tree)), np.array(right[0]))


@pytest.mark.exercise("balanced_tree")
def test_four_leaves(student):
    # Two pairs, in either order, and above them the root, with the left pair on its left.
    tree = student.balanced_tree(4)
    assert_close(tree, any_of(tree, [[0, 1], [2, 3], [4, 5]], [[2, 3], [0, 1], [5, 4]]), name="tree")


@pytest.mark.exercise("balanced_tree")
def test_three_leaves(student):
    # ((0 1) 2) and (0 (1 2)) are equally low: 2 edges, the next whole number from log2(3) = 1.58.
    tree = student.balanced_tree(3)
    assert_close(tree, any_of(tree, [[0, 1], [3, 2]], [[1, 2], [0, 3]]), name="tree")


@pytest.mark.exercise("balanced_tree")
@pytest.mark.parametrize("leaves, expected", [(1, []), (2, [[0, 1]])])
def test_one_and_two_leaves(student, leaves, expected):
    assert_close(student.balanced_tree(leaves), np.array(expected, dtype=int).reshape(-1, 2), name="tree")


@pytest.mark.exercise("chain_tree")
def test_chain_of_five(student):
    # (0 1) is node 5, that with leaf 2 is node 6, with 3 it is 7, and with 4 the root.
    assert_close(student.chain_tree(5), np.array([[0, 1], [5, 2], [6, 3], [7, 4]]), name="tree")


@pytest.mark.exercise("tree_depth")
def test_depth_by_hand(student):
    # ((0 1) ((2 3) 4)): leaf 4 is 2 edges below the root, leaves 2 and 3 are 3.
    tree = np.array([[0, 1], [2, 3], [6, 4], [5, 7]])
    assert_close(student.tree_depth(tree, 5), 3, name="depth")
    assert_close(student.tree_depth(np.zeros((0, 2), dtype=int), 1), 0, name="depth of one leaf")


@pytest.mark.exercise("tree_depth")
@pytest.mark.after("test_depth_by_hand")
def test_tree_over_other_leaves(student):
    assert_refuses(student.tree_depth, "tree", np.array([[0, 1]]), 3)


@pytest.mark.exercise("parse_tree")
def test_parse_by_hand(student):
    # Five words, so inner nodes begin at 5. Brackets close in this order: (the cat) is 5, (a dog) 6, (saw 6) 7, and the whole 8.
    words, tree = student.parse_tree("((the cat) (saw (a dog)))")
    assert_close(words, ["the", "cat", "saw", "a", "dog"], name="words")
    assert_close(tree, np.array([[0, 1], [3, 4], [2, 6], [5, 7]]), name="tree")


@pytest.mark.exercise("parse_tree")
def test_parse_a_word(student):
    words, tree = student.parse_tree("fine")
    assert_close(words, ["fine"], name="words")
    assert_close(tree, np.zeros((0, 2), dtype=int), name="tree")


@pytest.mark.exercise("parse_tree")
def test_parse_leaves_from_left_to_right(student):
    # The third word is the highest, but it is the third.
    words, tree = student.parse_tree("((very good) film)")
    assert_close(words, ["very", "good", "film"], name="words")
    assert_close(tree, np.array([[0, 1], [3, 2]]), name="tree")


@pytest.mark.exercise("parse_tree")
@pytest.mark.after("test_parse_by_hand")
@pytest.mark.parametrize("text", ["", "(a b", "(a)", "(a b c)", "a b"])
def test_parse_refuses(student, text):
    assert_refuses(student.parse_tree, "text", text)


X = np.array([[LN2, 0.0], [0.0, LN3], [1.0, -1.0]])
TREE = np.array([[1, 0], [3, 2]])  # ((1 0) 2)
W = np.array([[0.0, 0.0, 1.0, 0.0], [2.0, 1.0, 0.0, 2.0]])
B = np.array([0.0, 2.0])


@pytest.mark.exercise("tree_forward")
def test_forward_by_hand(student):
    # Node 3: [left; right] = (0, ln 3, ln 2, 0). W of it is (ln 2, ln 3), so with b = (0, 2 - 2) it is (0.6, 0.8).
    # Node 4: (0.6, 0.8, 1, -1). W of it is (1, 1.2 + 0.8 - 2) = (1, 0): (tanh 1, tanh 0).
    nodes, _ = student.tree_forward(X, TREE, W, 0 * B)
    assert_close(nodes, np.array([*X, [0.6, 0.8], [np.tanh(1), 0.0]]), name="nodes")


@pytest.mark.exercise("tree_forward")
def test_bias_at_every_inner_node(student):
    # As above, with 2 added: node 3 is (0.6, tanh(ln 3 + 2)), and W of node 4's children adds what that is more than 0.8.
    nodes, _ = student.tree_forward(X, TREE, W, B)
    second = np.tanh(LN3 + 2)
    assert_close(nodes[3:], np.array([[0.6, second], [np.tanh(1), np.tanh(second - 0.8 + 2)]]), name="nodes[3:]")


@pytest.mark.exercise("tree_backward")
def test_backward_by_hand(student):
    # Above, the gradient (1, 10) comes in at the root, (0, 0) elsewhere but 5 at node 3's first number and 100 at leaf 0's.
    # Root: dz = (1 - tanh(1)^2, 10). It hands down W^T dz = (20, 10, s, 20), with s = 1 - tanh(1)^2.
    # Node 3 has (20 + 5, 10); times 1 - 0.36 and 1 - 0.64: dz = (16, 3.6). It hands down (7.2, 3.6, 16, 7.2).
    s = 1 - np.tanh(1) ** 2
    _, cache = student.tree_forward(X, TREE, W, 0 * B)
    dnodes = np.array([[100.0, 0.0], [0.0, 0.0], [0.0, 0.0], [5.0, 0.0], [1.0, 10.0]])
    dx, dw, db = student.tree_backward(dnodes, cache)
    assert_close(dx, np.array([[116.0, 7.2], [7.2, 3.6], [s, 20.0]]), name="dx")
    own = np.outer([16.0, 3.6], [0.0, LN3, LN2, 0.0])
    assert_close(dw, own + np.outer([s, 10.0], [0.6, 0.8, 1.0, -1.0]), name="dw")
    assert_close(db, np.array([16 + s, 13.6]), name="db")


@pytest.mark.exercise("tree_backward")
@pytest.mark.after("test_backward_by_hand")
def test_backward_leaves_dnodes_alone(student):
    _, cache = student.tree_forward(X, TREE, W, B)
    assert_inputs_unchanged(lambda dnodes: student.tree_backward(dnodes, cache), np.ones((5, 2)))


@pytest.mark.exercise("node_loss")
def test_loss_by_hand(student):
    # Two of three nodes count. The logits are (ln 3, 0) and (-ln 3, 0), so p = (3/4, 1/4) and (1/4, 3/4); both are class 0.
    # -log p: ln(4/3) and ln 4, their mean is ln(16/3) / 2. dlogits = (p - (1, 0)) / 2 = (-1, 1) / 8 and (-3, 3) / 8.
    nodes, w = np.array([[LN3], [7.0], [-LN3]]), np.array([[1.0], [0.0]])
    loss, dnodes, dw, db = student.node_loss(nodes, w, np.zeros(2), np.array([0, -1, 0]))
    assert_close(loss, np.log(16 / 3) / 2, name="loss")
    assert_close(dnodes, np.array([[-1 / 8], [0.0], [-3 / 8]]), name="dnodes")
    assert_close(dw, np.array([[2 * LN3 / 8], [-2 * LN3 / 8]]), name="dw")
    assert_close(db, np.array([-0.5, 0.5]), name="db")


@pytest.mark.exercise("node_loss")
def test_loss_far_out_by_hand(student):
    # The logits are (1000, 0), of which exp cannot be taken: p = (1, 0), and -log p of class 1 is 1000 all the same.
    loss, dnodes, dw, db = student.node_loss(np.array([[1000.0]]), np.array([[1.0], [0.0]]), np.zeros(2), np.array([1]))
    assert_close([loss, dnodes], [1000.0, np.array([[1.0]])], name="(loss, dnodes)")
    assert_close([dw, db], [np.array([[1000.0], [-1000.0]]), np.array([1.0, -1.0])], name="(dw, db)")


@pytest.mark.exercise("root_gradient")
def test_root_gradient_by_hand(student):
    # The root (0.6, 0.8) has tanh' 0.64 and 0.36. Its Jacobian for leaf 1, on the left, is rows (0, 0) and (0.72, 0.36); for
    # leaf 0, on the right, (0.64, 0) and (0, 0.72).
    out = student.root_gradient(X[:2], TREE[:1], W, 0 * B)
    assert_close(out, np.sqrt([0.64**2 + 0.72**2, 0.72**2 + 0.36**2]), name="norms")


@pytest.mark.exercise("tree_lstm_node")
def test_tree_lstm_by_hand(student):
    # The biases open the gates to 1/2, 3/4 (left), 1/4 (right) and 3/4 (out), and tanh(ln 2) = 0.6 is written:
    # c = 0.5 * 0.6 + 0.75 * 4 + 0.25 * 2 = 3.8.
    left, right = (np.array([1.0]), np.array([4.0])), (np.array([-1.0]), np.array([2.0]))
    b = np.array([0.0, LN3, -LN3, LN2, LN3])
    h, c = student.tree_lstm_node(left, right, np.ones((5, 2)), b)
    assert_close(c, np.array([3.8]), name="c")
    assert_close(h, np.array([0.75 * np.tanh(3.8)]), name="h")


@pytest.mark.exercise("convlstm_step")
def test_convlstm_by_hand(student):
    # The candidate looks at the left neighbour's x, the forget gate at the right neighbour's h; the other gates are 1/2.
    # x = (ln 2, 0): g = (0, 0.6). h = (0, ln 3): f = (3/4, 1/2). c = (4, 2): 3 + 0 and 1 + 0.3.
    w_x, w_h = np.zeros((4, 1, 3, 3)), np.zeros((4, 1, 3, 3))
    w_x[2, 0, 1, 0] = w_h[1, 0, 1, 2] = 1.0
    x, h, c = (np.array(row).reshape(1, 1, 1, 2) for row in ([LN2, 0.0], [0.0, LN3], [4.0, 2.0]))
    h_next, c_next = student.convlstm_step(x, h, c, w_x, w_h, np.zeros(4))
    assert_close(c_next, np.array([[[[3.0, 1.3]]]]), name="c_next")
    assert_close(h_next, 0.5 * np.tanh([[[[3.0, 1.3]]]]), name="h_next")


@pytest.mark.exercise("convlstm_step")
def test_convlstm_of_two_maps_by_hand(student):
    # One pixel, and only the biases speak: i = (1/2, 1/2), f = (3/4, 1/2), g = (0.6, 0), o = (1/2, 3/4).
    # c = (4, 2): 3 + 0.3 and 1.
    b = np.array([0.0, 0.0, LN3, 0.0, LN2, 0.0, 0.0, LN3])
    x, h, c = np.zeros((1, 1, 1, 1)), np.zeros((1, 2, 1, 1)), np.array([4.0, 2.0]).reshape(1, 2, 1, 1)
    h_next, c_next = student.convlstm_step(x, h, c, np.zeros((8, 1, 1, 1)), np.zeros((8, 2, 1, 1)), b)
    assert_close(c_next, np.array([3.3, 1.0]).reshape(1, 2, 1, 1), name="c_next")
    assert_close(h_next, (np.array([0.5, 0.75]) * np.tanh([3.3, 1.0])).reshape(1, 2, 1, 1), name="h_next")


@pytest.mark.exercise("convlstm_forward")
def test_film_by_hand(student):
    # One pixel: each step keeps half of the cell and adds half of tanh(x). From 2: 1 + 0.3 = 1.3, then 0.65 + 0.4 = 1.05.
    x = np.array([LN2, LN3]).reshape(1, 2, 1, 1, 1)
    w_x = np.array([0.0, 0.0, 1.0, 0.0]).reshape(4, 1, 1, 1)
    hs, c_last = student.convlstm_forward(
        x, np.zeros((1, 1, 1, 1)), np.full((1, 1, 1, 1), 2.0), w_x, 0 * w_x, np.zeros(4)
    )
    assert_close(c_last, np.array([[[[1.05]]]]), name="c_last")
    assert_close(hs, 0.5 * np.tanh([1.3, 1.05]).reshape(1, 2, 1, 1, 1), name="hs")


@pytest.mark.exercise("convlstm_forward")
def test_film_remembers_what_it_showed(student):
    # As above, but the second picture is dark, and the candidate looks at h, too, so that ln 3 comes from there.
    x, shown = np.array([LN2, 0.0]).reshape(1, 2, 1, 1, 1), 0.5 * np.tanh(1.3)
    w_x = np.array([0.0, 0.0, 1.0, 0.0]).reshape(4, 1, 1, 1)
    start = np.zeros((1, 1, 1, 1)), np.full((1, 1, 1, 1), 2.0)
    hs, c_last = student.convlstm_forward(x, *start, w_x, LN3 / shown * w_x, np.zeros(4))
    assert_close(c_last, np.array([[[[1.05]]]]), name="c_last")
    assert_close(hs, 0.5 * np.tanh([1.3, 1.05]).reshape(1, 2, 1, 1, 1), name="hs")
