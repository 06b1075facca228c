"""Level by level, number by number: queues of nodes, dicts as caches, sums written out."""

import numpy as np


def balanced_tree(leaves):
    if leaves < 1:
        raise ValueError(f"leaves: {leaves}")
    level = list(range(leaves))
    rows = []
    for _ in range(leaves.bit_length()):
        above = []
        for place in range(0, len(level), 2):
            pair = level[place : place + 2]
            if len(pair) == 1:
                above.append(pair[0])
            else:
                rows.append(pair)
                above.append(leaves - 1 + len(rows))
        level = above
    return np.array(rows, dtype=np.int64).reshape(leaves - 1, 2)


def chain_tree(leaves):
    if leaves < 1:
        raise ValueError(f"leaves: {leaves}")
    tree = np.zeros((leaves - 1, 2), dtype=int)
    for row in range(leaves - 1):
        tree[row, 0] = leaves + row - 1
        tree[row, 1] = row + 1
    tree[:1, 0] = 0
    return tree


def tree_depth(tree, leaves):
    if tree.shape != (leaves - 1, 2):
        raise ValueError(f"tree: {tree.shape}")
    below = np.zeros(2 * leaves - 1, dtype=int)  # edges from the root down to each node
    for row in range(leaves - 2, -1, -1):
        for child in tree[row]:
            below[child] = below[leaves + row] + 1
    return int(below.max())


def parse_tree(text):
    signs = text.replace("(", " ( ").replace(")", " ) ").split()
    leaves = sum(sign not in "()" for sign in signs)
    words, rows, open_pairs, roots = [], [], [], []
    for sign in signs:
        if sign == "(":
            open_pairs.append([])
            continue
        if sign != ")":
            node = len(words)
            words.append(sign)
        elif not open_pairs or len(open_pairs[-1]) != 2:
            raise ValueError(f"text: {text}")
        else:
            rows.append(open_pairs.pop())
            node = leaves + len(rows) - 1
        (open_pairs[-1] if open_pairs else roots).append(node)
    if open_pairs or len(roots) != 1:
        raise ValueError(f"text: {text}")
    return words, np.array(rows, dtype=int).reshape(-1, 2)


def _fitting(x, tree, w, b):
    leaves, d = x.shape
    for name, array, shape in (("tree", tree, (leaves - 1, 2)), ("w", w, (d, 2 * d)), ("b", b, (d,))):
        if array.shape != shape:
            raise ValueError(f"{name}: {array.shape}")


def tree_forward(x, tree, w, b):
    _fitting(x, tree, w, b)
    leaves, d = x.shape
    nodes = np.zeros((2 * leaves - 1, d), dtype=x.dtype)
    nodes[:leaves] = x
    for row, (left, right) in enumerate(tree):
        total = b + w[:, :d].dot(nodes[left])
        total += w[:, d:].dot(nodes[right])
        nodes[leaves + row] = np.tanh(total)
    return nodes, {"nodes": nodes.copy(), "tree": tree.copy(), "w": w.copy()}


def tree_backward(dnodes, cache):
    nodes, tree, w = cache["nodes"], cache["tree"], cache["w"]
    d = nodes.shape[1]
    leaves = len(tree) + 1
    parents = {int(child): (leaves + row, side) for row, pair in enumerate(tree) for side, child in enumerate(pair)}
    dz = {}
    whole = np.zeros_like(nodes)
    for node in range(2 * leaves - 2, -1, -1):
        whole[node] = dnodes[node]
        if node in parents:
            parent, side = parents[node]
            whole[node] += dz[parent] @ w[:, side * d : (side + 1) * d]
        dz[node] = whole[node] - whole[node] * nodes[node] * nodes[node]
    dw, db = np.zeros_like(w), np.zeros_like(w[:, 0])
    for row, (left, right) in enumerate(tree):
        dw[:, :d] += dz[leaves + row][:, None] * nodes[left]
        dw[:, d:] += dz[leaves + row][:, None] * nodes[right]
        db += dz[leaves + row]
    return whole[:leaves], dw, db


def node_loss(nodes, w, b, labels):
    if max(labels) < 0:
        raise ValueError("labels: none")
    count = int((labels >= 0).sum())
    loss, dnodes, dw, db = 0.0, np.zeros_like(nodes), np.zeros_like(w), np.zeros_like(b)
    for m in range(len(nodes)):
        if labels[m] < 0:
            continue
        logits = w @ nodes[m] + b
        powers = np.exp(logits - logits.max())
        loss += (np.log(powers.sum()) + logits.max() - logits[labels[m]]) / count
        slope = powers / powers.sum()
        slope[labels[m]] -= 1
        slope = slope / count
        dnodes[m] = w.T @ slope
        dw += slope[:, None] * nodes[m]
        db += slope
    return float(loss), dnodes, dw, db


def root_gradient(x, tree, w, b):
    _fitting(x, tree, w, b)
    nodes, _ = tree_forward(x, tree, w, b)
    leaves, d = x.shape
    jacobians = [np.eye(d, dtype=x.dtype)] * (2 * leaves - 1)  # of the root for each node, from the root down
    for row in range(leaves - 2, -1, -1):
        local = (1 - nodes[leaves + row][:, None] ** 2) * w
        for side in (0, 1):
            jacobians[tree[row, side]] = jacobians[leaves + row] @ local[:, side * d : (side + 1) * d]
    return np.array([np.linalg.norm(each) for each in jacobians[:leaves]])


def tree_lstm_node(left, right, w, b):
    d = left[0].shape[0]
    if w.shape != (5 * d, 2 * d):
        raise ValueError(f"w: {w.shape}")
    if b.shape != (5 * d,):
        raise ValueError(f"b: {b.shape}")
    z = w[:, :d] @ left[0] + w[:, d:] @ right[0] + b
    h, c = np.zeros_like(left[0]), np.zeros_like(left[1])
    for unit in range(d):
        i, f_left, f_right, _, o = (0.5 + 0.5 * np.tanh(z[unit::d] / 2)).tolist()
        c[unit] = i * np.tanh(z[3 * d + unit]) + f_left * left[1][unit] + f_right * right[1][unit]
        h[unit] = o * np.tanh(c[unit])
    return [h, c]


def _wide(image, w):
    """The filters w over image, pixel by pixel of the kernel."""
    k = w.shape[2]
    n, _, high, wide = image.shape
    out = np.zeros((n, w.shape[0], high, wide), dtype=image.dtype)
    for i in range(k):
        for j in range(k):
            down, across = i - k // 2, j - k // 2
            shifted = np.zeros_like(image)
            rows = [r for r in range(high) if 0 <= r + down < high]
            columns = [q for q in range(wide) if 0 <= q + across < wide]
            if rows and columns:
                seen = image[:, :, rows[0] + down : rows[-1] + down + 1, columns[0] + across : columns[-1] + across + 1]
                shifted[:, :, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] = seen
            out += np.einsum("nchw,fc->nfhw", shifted, w[:, :, i, j])
    return out


def convlstm_step(x, h, c, w_x, w_h, b):
    maps = h.shape[1]
    for name, each in (("w_x", w_x), ("w_h", w_h), ("b", b)):
        if len(each) != 4 * maps:
            raise ValueError(f"{name}: {each.shape}")
    blocks = []
    for gate in range(4):
        own = slice(gate * maps, (gate + 1) * maps)
        z = _wide(x, w_x[own]) + _wide(h, w_h[own]) + b[own].reshape(1, maps, 1, 1)
        blocks.append(np.tanh(z) if gate == 2 else 0.5 + 0.5 * np.tanh(z / 2))
    i, f, g, o = blocks
    c_next = i * g
    c_next += f * c
    return o * np.tanh(c_next), c_next


def convlstm_forward(x, h0, c0, w_x, w_h, b):
    hs = np.zeros((*x.shape[:2], *h0.shape[1:]), dtype=h0.dtype)
    h, c = h0, c0
    for t in range(x.shape[1]):
        h, c = convlstm_step(x[:, t], h, c, w_x, w_h, b)
        hs[:, t] = h
    return hs, c
