"""Known wrong answers, each with the hint that a student gets.

Those of tree_backward read the reference's cache: (nodes, tree, w).
"""

import re

import numpy as np

from autograder import mistake, reference_beside

reference = reference_beside(__file__)


def level_by_level(leaves, pairs, rest):
    """Join the nodes of a level until one is left; `pairs` says which, `rest` what becomes of those that are not joined."""
    level, rows = list(range(leaves)), []
    aside = []
    for _ in range(leaves):
        if len(level) > 1:
            joined = pairs(level)
            used = {node for pair in joined for node in pair}
            left_over = [node for node in level if node not in used]
            level = [leaves + len(rows) + k for k in range(len(joined))]
            rows += joined
            aside = left_over + aside if rest == "aside" else aside
    for node in aside:
        rows.append((leaves + len(rows) - 1, node))
    return np.array(rows, dtype=int).reshape(-1, 2)


def neighbours(level):
    return list(zip(level[::2], level[1::2], strict=False))


def as_asked(leaves):
    if leaves < 1:
        raise ValueError("leaves must be at least 1")


@mistake(
    "balanced_tree",
    hint="What is left over at the end of a level takes part in the next one: put aside until the end, such nodes make a chain "
    "above the tree, and it is higher than need be.",
)
def balanced_with_what_is_left_on_top(leaves):
    as_asked(leaves)
    return level_by_level(leaves, neighbours, "aside")


@mistake(
    "balanced_tree",
    hint="With an odd number of nodes in a level the last one has no partner. It must not be dropped: take it along.",
)
def balanced_without_the_odd_one(leaves):
    as_asked(leaves)
    return level_by_level(leaves, neighbours, "dropped")


@mistake(
    "balanced_tree",
    hint="Children come before their parents: the root is the LAST row. Write a node's row after those below it.",
)
def balanced_root_first(leaves):
    as_asked(leaves)
    tree = level_by_level(leaves, neighbours, "aside")
    return np.where(tree < leaves, tree, 3 * leaves - 2 - tree)[::-1]


@mistake(
    "balanced_tree",
    hint="Leaves stay in order, from left to right: join neighbours, and not node i with the one half a level further on.",
)
def balanced_pairs_far_apart(leaves):
    as_asked(leaves)
    return level_by_level(leaves, lambda level: list(zip(level, level[len(level) // 2 :], strict=False)), "aside")


@mistake(
    "balanced_tree", hint="Row k is node L + k, since the first L numbers are the leaves: add L to an inner node's row."
)
def balanced_names_rows(leaves):
    tree = reference.balanced_tree(leaves)
    return np.where(tree < leaves, tree, tree - leaves)


@mistake(
    "chain_tree", hint="Row k is node L + k, since the first L numbers are the leaves: add L to an inner node's row."
)
def chain_names_rows(leaves):
    tree = reference.chain_tree(leaves)
    return np.where(tree < leaves, tree, tree - leaves)


@mistake(
    "chain_tree",
    hint="The chain begins at the left, with (0 1), and takes leaf 2 next: this one begins at the right end.",
)
def chain_from_the_right(leaves):
    tree = reference.chain_tree(leaves)
    return np.where(tree < leaves, leaves - 1 - tree, tree)[:, ::-1]


def height(tree, leaves, join):
    reference.tree_depth(tree, leaves)
    heights = [0] * leaves
    for left, right in tree:
        heights.append(join(heights[left], heights[right]))
    return heights[-1]


@mistake("tree_depth", hint="Depth counts edges, not nodes: a single leaf has depth 0, and two leaves have depth 1.")
def depth_in_nodes(tree, leaves):
    return height(tree, leaves, lambda left, right: 1 + max(left, right)) + 1


@mistake("tree_depth", hint="The LONGEST way down counts: 1 + the larger of the two depths below, not the smaller.")
def depth_of_the_nearest_leaf(tree, leaves):
    return height(tree, leaves, lambda left, right: 1 + min(left, right))


@mistake("tree_depth", hint="L - 1 is the number of inner nodes. Only in a chain do they all lie on one way down.")
def depth_of_a_chain(tree, leaves):
    return height(tree, leaves, lambda left, right: 1 + max(left, right)) * 0 + leaves - 1


def renumbered(words, tree, of_inner):
    """The tree with its inner nodes in another order: of_inner[k] is the new place of row k."""
    leaves = len(words)
    number = np.array([*range(leaves), *(leaves + place for place in of_inner)], dtype=int)
    return number[tree][np.argsort(of_inner)].reshape(-1, 2)


@mistake(
    "parse_tree",
    hint="A node gets its number when its bracket closes, after its children. Here it gets it when the bracket opens.",
)
def parse_numbers_at_the_opening(text):
    words, tree = reference.parse_tree(text)
    opened, closing, order = 0, [], []
    for sign in re.findall("[()]", text):
        if sign == "(":
            closing.append(opened)
            opened += 1
        else:
            order.append(closing.pop())
    return words, renumbered(words, tree, order)


@mistake("parse_tree", hint="A stack gives back the last first: what is popped first is the RIGHT child.")
def parse_children_swapped(text):
    words, tree = reference.parse_tree(text)
    return words, tree[:, ::-1]


@mistake(
    "parse_tree", hint="Row k is node L + k, since the first L numbers are the leaves: add L to an inner node's row."
)
def parse_names_rows(text):
    words, tree = reference.parse_tree(text)
    return words, np.where(tree < len(words), tree, tree - len(words))


@mistake(
    "parse_tree",
    hint="Leaves are numbered from left to right, however deep they are: words[0] is the first word of the text.",
)
def parse_leaves_by_depth(text):
    words, tree = reference.parse_tree(text)
    leaves = len(words)
    depths = np.zeros(2 * leaves - 1, dtype=int)
    for row in range(leaves - 2, -1, -1):
        depths[tree[row]] = depths[leaves + row] + 1
    order = np.argsort(depths[:leaves], kind="stable")
    number = np.arange(2 * leaves - 1)
    number[order] = np.arange(leaves)
    return [words[leaf] for leaf in order], number[tree].reshape(-1, 2)


def up(x, tree, w, b, pair=lambda left, right: np.concatenate([left, right]), bend=np.tanh):
    """tree_forward with other pairs or another bend; bad input is refused as the reference does."""
    reference.tree_forward(x, tree, w, b)
    nodes = list(x)
    for left, right in tree:
        nodes.append(bend(w @ pair(nodes[left], nodes[right]) + b))
    nodes = np.stack(nodes)
    return nodes, (nodes, tree, w)


@mistake(
    "tree_forward", hint="[left; right]: the left child's numbers come first, so that they meet the left half of W."
)
def forward_children_swapped(x, tree, w, b):
    return up(x, tree, w, b, lambda left, right: np.concatenate([right, left]))


@mistake("tree_forward", hint="Leaves are what was given: tanh is for the inner nodes.")
def forward_tanh_on_leaves(x, tree, w, b):
    return up(np.tanh(x), tree, w, b)


@mistake("tree_forward", hint="The bias is missing: tanh(W [left; right] + b) at every inner node.")
def forward_without_bias(x, tree, w, b):
    reference.tree_forward(x, tree, w, b)
    return up(x, tree, w, 0 * b)


@mistake("tree_forward", hint="Inner nodes go through tanh: without it the whole tree is a single linear map.")
def forward_linear(x, tree, w, b):
    return up(x, tree, w, b, bend=lambda z: z)


def down(
    dnodes,
    cache,
    slope=lambda node: 1 - node**2,
    swapped=False,
    order=reversed,
    own=True,
    own_leaves=True,
    only_last=False,
    child_slope=False,
):
    """tree_backward, with something done otherwise."""
    nodes, tree, w = cache
    leaves = len(nodes) - len(tree)
    arrived, dw, db = dnodes.copy(), np.zeros_like(w), np.zeros_like(nodes[0])
    if not own:
        arrived[leaves:-1] = 0
    if not own_leaves:
        arrived[:leaves] = 0
    for k in order(range(len(tree))):
        left, right = tree[k]
        dz = arrived[leaves + k] * (1 if child_slope else slope(nodes[leaves + k]))
        if only_last:
            dw, db = 0 * dw, 0 * db
        dw = dw + np.outer(dz, np.concatenate([nodes[left], nodes[right]]))
        db = db + dz
        halves = np.split(dz @ w, 2)
        for child, half in zip((left, right), halves[::-1] if swapped else halves, strict=True):
            arrived[child] += half * (slope(nodes[child]) if child_slope else 1)
    return arrived[:leaves], dw, db


@mistake(
    "tree_backward",
    hint="What the parent hands down is ADDED to the node's own gradient in dnodes: a loss may sit on every node.",
)
def backward_overwrites_what_is_there(dnodes, cache):
    return down(dnodes, cache, own=False, own_leaves=False)


@mistake("tree_backward", hint="Leaves may have a gradient of their own in dnodes, too: add what is handed down to it.")
def backward_forgets_the_leaves_own(dnodes, cache):
    return down(dnodes, cache, own_leaves=False)


@mistake(
    "tree_backward",
    hint="Go from the root to the leaves: a node may be taken only when all of its gradient has arrived from its parent.",
)
def backward_from_leaves_to_root(dnodes, cache):
    return down(dnodes, cache, order=list)


@mistake(
    "tree_backward",
    hint="W and b are the same at every inner node, so their gradients are sums over all of them: += and not =.",
)
def backward_weights_of_one_node(dnodes, cache):
    return down(dnodes, cache, only_last=True)


@mistake("tree_backward", hint="The first D numbers of W^T dz belong to the left child, the last D to the right one.")
def backward_halves_swapped(dnodes, cache):
    return down(dnodes, cache, swapped=True)


@mistake("tree_backward", hint="tanh' is missing: dz is what arrived times 1 - node^2.")
def backward_without_slope(dnodes, cache):
    return down(dnodes, cache, slope=lambda node: 0 * node + 1)


@mistake(
    "tree_backward",
    hint="tanh' is that of the node whose gradient passes W^T, taken before. Leaves are no tanh of anything.",
)
def backward_slope_of_the_child(dnodes, cache):
    return down(dnodes, cache, child_slope=True)


def losses(nodes, w, b, labels, asked=None, shift=True, count=None, count_slopes=None):
    """node_loss over the nodes that are asked, divided by count; the slopes by count_slopes."""
    reference.node_loss(nodes, w, b, labels)
    asked = labels >= 0 if asked is None else asked
    some, right = nodes[asked], (np.arange(asked.sum()), labels[asked])
    logits = some @ w.T + b
    powers = np.exp(logits - logits.max(axis=1, keepdims=True) if shift else logits)
    p = powers / powers.sum(axis=1, keepdims=True)
    count = asked.sum() if count is None else count
    slopes = p.copy()
    slopes[right] -= 1
    slopes = slopes / (count if count_slopes is None else count_slopes)
    dnodes = np.zeros_like(nodes)
    dnodes[asked] = slopes @ w
    return -np.log(p[right]).sum() / count, dnodes, slopes.T @ some, slopes.sum(axis=0)


@mistake(
    "node_loss", hint="The mean is over the nodes that have a label: divide by their number, not by that of all nodes."
)
def loss_mean_over_all_nodes(nodes, w, b, labels):
    return losses(nodes, w, b, labels, count=len(nodes))


@mistake("node_loss", hint="-1 means: no label. As an index it means the last class: leave such nodes out first.")
def loss_of_the_last_class(nodes, w, b, labels):
    return losses(nodes, w, b, labels, asked=labels >= -1)


@mistake("node_loss", hint="The loss is divided by the number of labelled nodes, and so are its gradients.")
def loss_gradient_not_divided(nodes, w, b, labels):
    return losses(nodes, w, b, labels, count_slopes=1)


@mistake(
    "node_loss",
    hint="Nodes without a label have no loss, so their rows of dnodes are 0, and they add nothing to dw and db.",
)
def loss_gradient_without_labels(nodes, w, b, labels):
    loss, *_ = reference.node_loss(nodes, w, b, labels)
    logits = nodes @ w.T + b
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    slopes = powers / powers.sum(axis=1, keepdims=True)
    slopes = (slopes - (labels[:, None] == np.arange(len(b)))) / (labels >= 0).sum()
    return loss, slopes @ w, slopes.T @ nodes, slopes.sum(axis=0)


@mistake(
    "node_loss", hint="exp overflows for large logits: subtract each row's largest first. The softmax stays as it is."
)
def loss_overflows(nodes, w, b, labels):
    return losses(nodes, w, b, labels, shift=False)


def jacobian(x, tree, w, b):
    """d root / d leaf, (L, D, D): a row for each number of the root."""
    nodes, cache = reference.tree_forward(x, tree, w, b)
    rows = []
    for row in np.eye(x.shape[1]):
        dnodes = np.zeros_like(nodes)
        dnodes[-1] = row
        rows.append(reference.tree_backward(dnodes, cache)[0])
    return np.stack(rows, axis=1)


@mistake(
    "root_gradient",
    hint="An upstream gradient of ones adds the Jacobian's rows up before they are measured, and they may cancel. Ask for one "
    "number of the root at a time.",
)
def root_gradient_of_the_sum(x, tree, w, b):
    return np.linalg.norm(jacobian(x, tree, w, b).sum(axis=1), axis=1)


@mistake("root_gradient", hint="The norm is the ROOT of the sum of squares: it was not taken.")
def root_gradient_squared(x, tree, w, b):
    return (jacobian(x, tree, w, b) ** 2).sum(axis=(1, 2))


def join(left, right, w, b, order=(0, 1, 2, 3, 4), cell=lambda c: c, shown=np.tanh):
    """tree_lstm_node with the blocks read in another order, or other bends."""
    reference.tree_lstm_node(left, right, w, b)
    blocks = np.split(w @ np.concatenate([left[0], right[0]]) + b, 5)
    i, f_left, f_right, g, o = (blocks[k] for k in order)
    c = cell(
        reference.sigmoid(i) * np.tanh(g) + reference.sigmoid(f_left) * left[1] + reference.sigmoid(f_right) * right[1]
    )
    return reference.sigmoid(o) * shown(c), c


@mistake(
    "tree_lstm_node", hint="Each child has a forget gate of its own: one may be kept while the other is forgotten."
)
def tree_lstm_one_forget_gate(left, right, w, b):
    return join(left, right, w, b, (0, 1, 1, 3, 4))


@mistake(
    "tree_lstm_node",
    hint="The second block is f_left, for the left child's cell, and the third f_right: they are swapped.",
)
def tree_lstm_forget_gates_swapped(left, right, w, b):
    return join(left, right, w, b, (0, 2, 1, 3, 4))


@mistake(
    "tree_lstm_node", hint="The blocks come in the order i, f_left, f_right, g, o: the last one is the output gate."
)
def tree_lstm_g_and_o_swapped(left, right, w, b):
    return join(left, right, w, b, (0, 1, 2, 4, 3))


@mistake("tree_lstm_node", hint="Nothing squashes the cell: c is the plain sum of its three terms.")
def tree_lstm_sigmoid_over_the_cell(left, right, w, b):
    return join(left, right, w, b, cell=reference.sigmoid)


@mistake("tree_lstm_node", hint="On its way out the cell passes through tanh: h = sigmoid(z_o) * tanh(c).")
def tree_lstm_without_tanh(left, right, w, b):
    return join(left, right, w, b, shown=lambda c: c)


def step(x, h, c, w_x, w_h, b, blocks=lambda z: np.split(z, 4, axis=1), cell=lambda c: c, shown=np.tanh):
    """convlstm_step with the blocks read otherwise, or other bends."""
    reference.convlstm_step(x, h, c, w_x, w_h, b)
    z = reference.convolve(x, w_x) + reference.convolve(h, w_h) + b[:, None, None]
    i, f, g, o = blocks(z)
    c_next = cell(reference.sigmoid(f) * c + reference.sigmoid(i) * np.tanh(g))
    return reference.sigmoid(o) * shown(c_next), c_next


@mistake("convlstm_step", hint="A gate's maps stand together, F in a block, along axis 1: they do not take turns.")
def convlstm_gates_map_by_map(x, h, c, w_x, w_h, b):
    return step(x, h, c, w_x, w_h, b, lambda z: [z[:, k::4] for k in range(4)])


@mistake(
    "convlstm_step",
    hint="The blocks come in the order i, f, g, o: the third is the candidate, the last the output gate.",
)
def convlstm_g_and_o_swapped(x, h, c, w_x, w_h, b):
    return step(x, h, c, w_x, w_h, b, lambda z: [np.split(z, 4, axis=1)[k] for k in (0, 1, 3, 2)])


@mistake("convlstm_step", hint="Nothing squashes the cell: c_next = sigmoid(z_f) c + sigmoid(z_i) tanh(z_g).")
def convlstm_sigmoid_over_the_cell(x, h, c, w_x, w_h, b):
    return step(x, h, c, w_x, w_h, b, cell=reference.sigmoid)


@mistake("convlstm_step", hint="On its way out the cell passes through tanh: h_next = sigmoid(z_o) * tanh(c_next).")
def convlstm_without_tanh(x, h, c, w_x, w_h, b):
    return step(x, h, c, w_x, w_h, b, shown=lambda c: c)


@mistake("convlstm_step", hint="The hidden state has a convolution of its own, with w_h: it is missing.")
def convlstm_without_h(x, h, c, w_x, w_h, b):
    return step(x, 0 * h, c, w_x, w_h, b)


def through_time(x, h, c, w_x, w_h, b, keep_h=True, keep_c=True, frames=None):
    """convlstm_forward that may start from h0 or c0 at every step, or read the frames in another order."""
    hs, state, cell = [], h, c
    for t in range(x.shape[1]) if frames is None else frames:
        state, cell = reference.convlstm_step(x[:, t], state if keep_h else h, cell if keep_c else c, w_x, w_h, b)
        hs.append(state)
    return np.stack(hs, axis=1), cell


@mistake("convlstm_forward", hint="The hidden state is carried from step to step: h0 is for the first step only.")
def film_forgets_h(x, h0, c0, w_x, w_h, b):
    return through_time(x, h0, c0, w_x, w_h, b, keep_h=False)


@mistake("convlstm_forward", hint="The cell is carried from step to step: c0 is for the first step only.")
def film_forgets_c(x, h0, c0, w_x, w_h, b):
    return through_time(x, h0, c0, w_x, w_h, b, keep_c=False)


@mistake("convlstm_forward", hint="Time runs forwards: the first frame is read first.")
def film_backwards(x, h0, c0, w_x, w_h, b):
    return through_time(x, h0, c0, w_x, w_h, b, frames=range(x.shape[1] - 1, -1, -1))


@mistake("convlstm_forward", hint="hs is (N, T, F, H, W): stack along axis 1. Here time comes first.")
def film_time_first(x, h0, c0, w_x, w_h, b):
    hs, c_last = through_time(x, h0, c0, w_x, w_h, b)
    return hs.swapaxes(0, 1), c_last
