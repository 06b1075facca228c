"""Functions that call themselves down the tree, gradients as sums over whole arrays, gates read from one reshaped block."""

import numpy as np


def _require(name, got, wanted):
    if tuple(got) != tuple(wanted):
        raise ValueError(f"{name} is {got}, not {wanted}")


def balanced_tree(leaves):
    if leaves < 1:
        raise ValueError("leaves")

    def below(first, last, number):
        """The rows of the inner nodes above leaves first to last, numbered from `number`: the left part, the right, the top."""
        if first == last:
            return []
        half = 1 << ((last - first).bit_length() - 1)  # the largest power of 2 that leaves something for the right
        middle = first + half
        left = below(first, middle - 1, number)
        right = below(middle, last, number + len(left))
        top = number + len(left) + len(right)
        mine = number + len(left) - 1 if left else first, top - 1 if right else last
        return [*left, *right, mine]

    return np.array(below(0, leaves - 1, leaves), dtype=int).reshape((-1, 2))


def chain_tree(leaves):
    if leaves < 1:
        raise ValueError("leaves")
    numbers = np.concatenate([[0], np.arange(leaves, 2 * leaves - 1)])
    return np.column_stack([numbers[: leaves - 1], np.arange(1, leaves)])


def tree_depth(tree, leaves):
    _require("tree", np.shape(tree), (leaves - 1, 2))
    heights = dict.fromkeys(range(leaves), 0)
    for node, pair in enumerate(tree.tolist(), leaves):
        heights[node] = 1 + max(heights[child] for child in pair)
    return heights[2 * leaves - 2]


def parse_tree(text):
    words, pairs = [], []

    def read(at):
        """The tree that begins at that place: what it is, and where it ends."""
        at += len(text[at:]) - len(text[at:].lstrip())
        if at == len(text) or text[at] == ")":
            raise ValueError("text")
        if text[at] != "(":
            ends = [k for k in range(at, len(text)) if text[k] in "() "]
            end = ends[0] if ends else len(text)
            words.append(text[at:end])
            return ("leaf", len(words) - 1), end
        left, at = read(at + 1)
        right, at = read(at)
        at += len(text[at:]) - len(text[at:].lstrip())
        if text[at : at + 1] != ")":
            raise ValueError("text")
        pairs.append((left, right))
        return ("inner", len(pairs) - 1), at + 1

    _, end = read(0)
    if text[end:].strip():
        raise ValueError("text")
    numbers = {"leaf": 0, "inner": len(words)}
    tree = np.zeros((len(pairs), 2), dtype=int)
    for row, pair in enumerate(pairs):
        tree[row] = [numbers[kind] + place for kind, place in pair]
    return tuple(words), tree


class _Passed:
    def __init__(self, nodes, tree, w):
        self.nodes, self.tree, self.w = nodes, tree, w


def tree_forward(x, tree, w, b):
    d = x.shape[1]
    _require("tree", tree.shape, (x.shape[0] - 1, 2))
    _require("w", w.shape, (d, 2 * d))
    _require("b", b.shape, (d,))
    from_left, from_right = w[:, :d].T, w[:, d:].T
    nodes = np.concatenate([x, np.empty((len(tree), d), dtype=x.dtype)])
    for place, (left, right) in enumerate(tree, len(x)):
        np.tanh(nodes[left] @ from_left + nodes[right] @ from_right + b, out=nodes[place])
    return nodes, _Passed(nodes, tree, w)


def tree_backward(dnodes, cache):
    nodes, tree, w = cache.nodes, cache.tree, cache.w
    leaves, d = len(tree) + 1, nodes.shape[1]
    slope = 1 - np.square(nodes)
    arrived = np.array(dnodes)
    for place in range(len(tree))[::-1]:
        dz = arrived[leaves + place] * slope[leaves + place]
        arrived[tree[place]] += (dz @ w).reshape(2, d)
    dz = (arrived * slope)[leaves:]
    pairs = nodes[tree].reshape(len(tree), 2 * d)
    return arrived[:leaves], np.einsum("ki,kj->ij", dz, pairs), dz.sum(axis=0)


def node_loss(nodes, w, b, labels):
    some = np.flatnonzero(labels != -1)
    if len(some) == 0:
        raise ValueError("labels")
    logits = np.einsum("md,kd->mk", nodes[some], w) + b
    one_hot = np.equal.outer(labels[some], np.arange(len(b)))
    most = logits.max(1)
    powers = np.exp(logits - most[:, None])
    loss = (most + np.log(powers.sum(1)) - logits[one_hot]).mean()
    slopes = ((powers / powers.sum(1)[:, None] - one_hot) / len(some)).astype(nodes.dtype)
    dnodes = np.zeros(nodes.shape, nodes.dtype)
    np.add.at(dnodes, some, slopes @ w)
    return loss, dnodes, np.einsum("mk,md->kd", slopes, nodes[some]), np.sum(slopes, axis=0)


def root_gradient(x, tree, w, b):
    nodes, cache = tree_forward(x, tree, w, b)
    whole = np.zeros((x.shape[1], *x.shape), dtype=x.dtype)
    for unit, row in enumerate(np.eye(x.shape[1], dtype=x.dtype)):
        whole[unit] = tree_backward(np.concatenate([np.zeros_like(nodes[:-1]), row[None]]), cache)[0]
    return np.linalg.norm(whole, axis=(0, 2))


def tree_lstm_node(left, right, w, b):
    d = len(left[1])
    _require("w", w.shape, (5 * d, 2 * d))
    _require("b", b.shape, (5 * d,))
    z = (w @ np.hstack([left[0], right[0]]) + b).reshape(5, d)
    opened = 1 / (1 + np.exp(-z))
    written = opened[0] * np.tanh(z[3])
    c = written + (opened[1:3] * np.stack([left[1], right[1]])).sum(axis=0)
    return opened[4] * np.tanh(c), c


def _gates(maps, w_x, w_h, b):
    _require("w_x", w_x.shape[:1], (4 * maps,))
    _require("w_h", w_h.shape[:1], (4 * maps,))
    _require("b", b.shape, (4 * maps,))


def convlstm_step(x, h, c, w_x, w_h, b):
    n, maps, high, wide = h.shape
    _gates(maps, w_x, w_h, b)
    both, filters = np.concatenate([x, h], axis=1), np.concatenate([w_x, w_h], axis=1)
    z = convolve(both, filters).reshape(n, 4, maps, high, wide) + b.reshape(4, maps, 1, 1)
    kept = sigmoid(z[:, 1]) * c
    c_next = kept + sigmoid(z[:, 0]) * np.tanh(z[:, 2])
    return sigmoid(z[:, 3]) * np.tanh(c_next), c_next


def convlstm_forward(x, h0, c0, w_x, w_h, b):
    _gates(h0.shape[1], w_x, w_h, b)
    states = [(h0, c0)]
    for frame in np.moveaxis(x, 1, 0):
        states.append(convlstm_step(frame, *states[-1], w_x, w_h, b))
    return np.moveaxis(np.array([h for h, _ in states[1:]]), 0, 1), states[-1][1]
