"""Trees instead of chains, and pictures through time.

A tree over L leaves is plain data: an int array (L - 1, 2). Leaves are 0 to L - 1, from left to right. Row k is inner node
L + k and names its left and its right child, whose numbers are both lower; the last row is the root. So

    [[1, 2], [0, 3]]

is the tree (0 (1 2)): node 3 is made of leaves 1 and 2, and node 4, the root, of leaf 0 and node 3. A tree of one leaf is an
array (0, 2), and its root is that leaf. Images are (N, C, H, W). Results are new arrays in x's dtype, and functions leave
what they are given as it was. The lines above yours refuse bad input; they are given.
"""

import re

import numpy as np


def require(holds, message):
    """Raise ValueError(message) unless it holds. Given, as its calls are: refusing bad input is not the lesson here."""
    if not holds:
        raise ValueError(message)


def require_brackets(text):
    """Refuse what is no tree: ValueError naming text. Given; it writes x for each pair of words until nothing changes."""
    before, after = None, text
    while before != after:
        before, after = after, re.sub(r"\(\s*[^()\s]+\s+[^()\s]+\s*\)", " x ", after)
    require(re.fullmatch(r"\s*[^()\s]+\s*", after), f"text must be a word, or two trees in brackets, not {text!r}")


def require_tree(tree, leaves):
    """Refuse a tree over another number of leaves: ValueError naming tree. Given."""
    require(
        np.shape(tree) == (leaves - 1, 2), f"tree must be ({leaves - 1}, 2) over {leaves} leaves, not {np.shape(tree)}"
    )


def sigmoid(z):
    """1 / (1 + exp(-z)), which never overflows. Given.

    Example:
        >>> sigmoid(np.array([-1000.0, 0.0, np.log(3)]))
        array([0.  , 0.5 , 0.75])
    """
    return (np.tanh(0.5 * z) + 1) * 0.5


def convolve(x, w):
    """Every filter at every pixel, with as many zeros around the images as keep their size. Given.

    Args:
        x: (N, C, H, W). w: (F, C, k, k), k odd.

    Returns:
        (N, F, H, W).

    Example:
        >>> convolve(np.array([[[[1.0, 2.0, 3.0]]]]), np.ones((1, 1, 3, 3)))
        array([[[[3., 6., 5.]]]])
    """
    around, (high, wide) = w.shape[2] // 2, x.shape[2:]
    framed = np.pad(x, ((0, 0), (0, 0), (around, around), (around, around)))
    places = list(np.ndindex(w.shape[2:]))
    seen = np.stack([framed[:, :, i : i + high, j : j + wide] for i, j in places], axis=4)
    taps = np.stack([w[:, :, i, j] for i, j in places], axis=2)
    return np.moveaxis(np.tensordot(seen, taps, ((1, 4), (1, 2))), 3, 1)


def balanced_tree(leaves):
    """A tree that is as low as can be: no leaf is more than ceil(log2(leaves)) edges below the root.

    Where the number of leaves is no power of 2 there are several such trees, and inner nodes can be numbered in several
    ways: each of them is right.

    Args:
        leaves: int, at least 1.

    Returns:
        tree: ints (leaves - 1, 2), as above: read from left to right its leaves are 0, 1, 2, ...; children have lower numbers
        than their parent, and every node but the root, which is the last, is a child once.

    Raises:
        ValueError: naming leaves, if it is below 1.

    Source: Goodfellow, Bengio, Courville, "Deep Learning" (2016), section 10.6.

    Example:
        >>> tree = balanced_tree(4)
        >>> tree[-1].tolist(), sorted(tree[:-1].tolist())
        ([4, 5], [[0, 1], [2, 3]])
    """
    require(leaves >= 1, f"leaves must be at least 1, not {leaves}")
    ### BEGIN SOLUTION
    rows = []

    def grow(first, count):
        if count == 1:
            return first
        left = grow(first, count // 2)
        right = grow(first + count // 2, count - count // 2)
        rows.append((left, right))
        return leaves + len(rows) - 1

    grow(0, leaves)
    return np.array(rows, dtype=int).reshape(-1, 2)
    ### END SOLUTION


def chain_tree(leaves):
    """The tree (((0 1) 2) 3) ...: each inner node takes the one before it and the next leaf, as a recurrent network does.

    Args:
        leaves: int, at least 1.

    Returns:
        tree: ints (leaves - 1, 2).

    Raises:
        ValueError: naming leaves, if it is below 1.

    Source: Goodfellow, Bengio, Courville, "Deep Learning" (2016), section 10.6.

    Example:
        >>> chain_tree(4)
        array([[0, 1],
               [4, 2],
               [5, 3]])
    """
    require(leaves >= 1, f"leaves must be at least 1, not {leaves}")
    ### BEGIN SOLUTION
    rows = [(leaves + k - 1 if k else 0, k + 1) for k in range(leaves - 1)]
    return np.array(rows, dtype=int).reshape(-1, 2)
    ### END SOLUTION


def tree_depth(tree, leaves):
    """How many edges the longest way from the root down to a leaf has.

    Args:
        tree: ints (leaves - 1, 2).
        leaves: int, at least 1.

    Returns:
        int; 0 for a tree of one leaf.

    Raises:
        ValueError: naming tree, if it is not (leaves - 1, 2).

    Source: Goodfellow, Bengio, Courville, "Deep Learning" (2016), section 10.6.

    Example:
        >>> tree_depth(np.array([[1, 2], [0, 3]]), 3)
        2
    """
    require_tree(tree, leaves)
    ### BEGIN SOLUTION
    depths = [0] * leaves
    for left, right in tree:
        depths.append(1 + max(depths[left], depths[right]))
    return depths[-1]
    ### END SOLUTION


def parse_tree(text):
    """Read a tree that is written with brackets, as "((the cat) (saw (a dog)))".

    A tree is a word, or two trees in a pair of brackets. A word is whatever stands between spaces and brackets. Spaces
    separate; there may be more than one, and none is needed beside a bracket.

    Args:
        text: str.

    Returns:
        (words, tree): words is a list of L strings, from left to right; tree is an int array (L - 1, 2). Inner nodes are
        numbered in the order in which their brackets close.

    Raises:
        ValueError: naming text, if brackets are not balanced, or do not hold two trees, or if there is no tree or a second one.

    Source: the bracketed trees of the Stanford Sentiment Treebank (Socher and others, 2013), without their labels.

    Example:
        >>> words, tree = parse_tree("(not (very good))")
        >>> words, tree.tolist()
        (['not', 'very', 'good'], [[1, 2], [0, 3]])
    """
    require_brackets(text)
    ### BEGIN SOLUTION
    words, rows, waiting = [], [], []
    for token in re.findall(r"[()]|[^()\s]+", text):
        if token == ")":
            right, left = waiting.pop(), waiting.pop()
            rows.append((left, right))
            waiting.append(-len(rows))  # how many leaves there are is not known yet
        elif token != "(":
            waiting.append(len(words))
            words.append(token)
    tree = np.array(rows, dtype=int).reshape(-1, 2)
    return words, np.where(tree < 0, len(words) - 1 - tree, tree)
    ### END SOLUTION


def require_fit(x, tree, w, b):
    """Refuse a tree or weights that do not fit x: ValueError naming them. Given."""
    require_tree(tree, len(x))
    d = x.shape[1]
    require(w.shape == (d, 2 * d), f"w must be (D, 2 D) = {(d, 2 * d)}, not {w.shape}")
    require(b.shape == (d,), f"b must be (D,) = {(d,)}, not {b.shape}")


def tree_forward(x, tree, w, b):
    """One vector for each node of a tree: leaves are what was given, inner nodes are made of their two children.

        node = tanh(W [left; right] + b)

    [left; right] is the left child's vector with the right child's below it. W and b are the same at every inner node.

    Args:
        x: the leaves, (L, D).
        tree: ints (L - 1, 2).
        w: (D, 2 D). b: (D,).

    Returns:
        (nodes, cache): nodes (2 L - 1, D), by number: x first, the root last. cache is whatever tree_backward needs.

    Raises:
        ValueError: naming tree, w or b, if their shapes do not fit x.

    Source: Socher and others, "Recursive Deep Models for Semantic Compositionality Over a Sentiment Treebank" (2013), section
    4.1.

    Example:
        >>> x, w = np.array([[np.log(2)], [np.log(3)], [0.0]]), np.array([[1.0, 1.0]])
        >>> nodes, cache = tree_forward(x, np.array([[0, 2], [3, 1]]), w, np.zeros(1))
        >>> np.round(nodes.ravel(), 4)  # tanh(ln 2) = 0.6, then tanh(0.6 + ln 3)
        array([0.6931, 1.0986, 0.    , 0.6   , 0.9352])
    """
    require_fit(x, tree, w, b)
    ### BEGIN SOLUTION
    nodes = list(x)
    for left, right in tree:
        nodes.append(np.tanh(w @ np.concatenate([nodes[left], nodes[right]]) + b))
    nodes = np.stack(nodes)
    return nodes, (nodes, tree, w)
    ### END SOLUTION


def tree_backward(dnodes, cache):
    """Send gradients down a tree, from the root to the leaves: backpropagation through structure.

    A loss may sit on every node. What arrives at a node is its own gradient and what its parent hands down. With D, the sum of
    both, at an inner node made of left and right:

        dz = D * (1 - node^2),   dW += dz [left; right]^T,   db += dz,   [left; right] receive W^T dz

    Args:
        dnodes: upstream gradient, (2 L - 1, D), in the order of nodes.
        cache: what tree_forward returned beside nodes.

    Returns:
        (dx, dw, db): the gradients for x (L, D), w (D, 2 D) and b (D,).

    Source: the gradients of tree_forward, by torch.autograd.

    Example:
        >>> x, w = np.array([[np.log(2)], [0.0]]), np.array([[1.0, 3.0]])
        >>> nodes, cache = tree_forward(x, np.array([[0, 1]]), w, np.zeros(1))
        >>> dx, dw, db = tree_backward(np.array([[5.0], [0.0], [1.0]]), cache)  # tanh' = 1 - 0.6^2 = 0.64
        >>> np.round(dx, 2).tolist(), np.round(dw, 4).tolist(), np.round(db, 2).tolist()
        ([[5.64], [1.92]], [[0.4436, 0.0]], [0.64])
    """
    ### BEGIN SOLUTION
    nodes, tree, w = cache
    leaves, d = len(nodes) - len(tree), nodes.shape[1]
    arrived, dw, db = dnodes.copy(), np.zeros_like(w), np.zeros_like(nodes[0])
    for k in reversed(range(len(tree))):
        left, right = tree[k]
        dz = arrived[leaves + k] * (1 - nodes[leaves + k] ** 2)
        dw += np.outer(dz, np.concatenate([nodes[left], nodes[right]]))
        db += dz
        handed = w.T @ dz
        arrived[left] += handed[:d]
        arrived[right] += handed[d:]
    return arrived[:leaves], dw, db
    ### END SOLUTION


def node_loss(nodes, w, b, labels):
    """Softmax at every node that has a label, and the mean of -log of the right class's probability over those.

        logits = nodes W^T + b

    Args:
        nodes: (M, D).
        w: (K, D). b: (K,).
        labels: ints (M,), the class of each node, 0 to K - 1, or -1 if it has none.

    Returns:
        (loss, dnodes, dw, db): a number, and its gradients for nodes (0 where there is no label), w and b.

    Raises:
        ValueError: naming labels, if no node has one.

    Source: Socher and others (2013), section 4: softmax at each node. Mean instead of sum as torch.nn.functional.cross_entropy
    with ignore_index.

    Example:
        >>> nodes, labels = np.array([[9.0], [np.log(3)]]), np.array([-1, 0])
        >>> loss, dnodes, dw, db = node_loss(nodes, np.array([[1.0], [0.0]]), np.zeros(2), labels)
        >>> round(float(loss), 4), dnodes.round(4).tolist(), db.round(4).tolist()  # p = (3/4, 1/4)
        (0.2877, [[0.0], [-0.25]], [-0.25, 0.25])
    """
    require(np.max(labels) >= 0, "labels must name a class for at least one node")
    ### BEGIN SOLUTION
    asked = labels >= 0
    right = np.arange(asked.sum()), labels[asked]
    logits = nodes[asked] @ w.T + b
    logits = logits - logits.max(axis=1, keepdims=True)
    log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    dlogits = np.exp(log_p)
    dlogits[right] -= 1
    dlogits = dlogits / len(dlogits)
    dnodes = np.zeros_like(nodes)
    dnodes[asked] = dlogits @ w
    return -np.mean(log_p[right]), dnodes, dlogits.T @ nodes[asked], dlogits.sum(axis=0)
    ### END SOLUTION


def train_sentiment(tree_forward, tree_backward, node_loss, sentences, steps, rng):
    """Teach a tree network of 8 units whether words and phrases are good or bad, with Adam on batches of 20. Given.

    Args:
        tree_forward, tree_backward, node_loss: the functions above.
        sentences: list of (words, tree, labels): ints (L,) of 6 words, a tree (L - 1, 2), and the classes 0 or 1 of its 2 L - 1
            nodes, -1 where there is none.
        steps: batches.
        rng: numpy Generator, draws the first weights and the batches.

    Returns:
        (words, w, b, w_class, b_class): a vector for each word (6, 8), then (8, 16), (8,), (2, 8) and (2,).
    """
    start = [((6, 8), 0.5), ((8, 16), 0.4), ((8,), 0.0), ((2, 8), 0.3), ((2,), 0.0)]
    weights = [rng.normal(0.0, spread, shape) for shape, spread in start]
    means, squares = [0 * each for each in weights], [0 * each for each in weights]
    for step in range(1, steps + 1):
        batch = [sentences[k] for k in rng.integers(len(sentences), size=20)]
        vectors, w, b, w_class, b_class = weights
        passed = [tree_forward(vectors[words], tree, w, b) for words, tree, _ in batch]
        together = np.concatenate([nodes for nodes, _ in passed]), np.concatenate([labels for *_, labels in batch])
        _, dnodes, *of_class = node_loss(together[0], w_class, b_class, together[1])
        slopes, place = [0 * vectors, 0 * w, 0 * b, *of_class], 0
        for (words, _, labels), (_, cache) in zip(batch, passed, strict=True):
            dx, *of_tree = tree_backward(dnodes[place : place + len(labels)], cache)
            np.add.at(slopes[0], words, dx)
            slopes[1:3] = slopes[1] + of_tree[0], slopes[2] + of_tree[1]
            place += len(labels)
        means = [0.9 * mean + 0.1 * slope for mean, slope in zip(means, slopes, strict=True)]
        squares = [0.999 * square + 0.001 * slope * slope for square, slope in zip(squares, slopes, strict=True)]
        rate = 0.02 * (1 - 0.999**step) ** 0.5 / (1 - 0.9**step)
        moved = zip(weights, means, squares, strict=True)
        weights = [weight - rate * mean / (square**0.5 + 1e-8) for weight, mean, square in moved]
    return tuple(weights)


def root_gradient(x, tree, w, b):
    """How much each leaf still moves the root: the size of the Jacobian of the root's vector for that leaf's.

    The Jacobian of leaf i, J_i = d root / d x_i, is a (D, D) matrix: a row for each number of the root. Its Frobenius norm is
    the root of the sum of all its squares.

    Args:
        x: the leaves, (L, D).
        tree: ints (L - 1, 2).
        w: (D, 2 D). b: (D,).

    Returns:
        (L,): the norm for each leaf.

    Raises:
        ValueError: naming tree, w or b, as tree_forward does.

    Source: torch.autograd.functional.jacobian, and torch.linalg.norm over its last axes.

    Example:
        >>> x, w = np.array([[np.log(2)], [0.0]]), np.array([[1.0, -3.0]])
        >>> np.round(root_gradient(x, np.array([[0, 1]]), w, np.zeros(1)), 4)
        array([0.64, 1.92])
    """
    require_fit(x, tree, w, b)
    ### BEGIN SOLUTION
    nodes, cache = tree_forward(x, tree, w, b)
    squares = 0
    for unit in range(x.shape[1]):
        dnodes = np.zeros_like(nodes)
        dnodes[-1, unit] = 1
        dx, _, _ = tree_backward(dnodes, cache)
        squares = squares + (dx**2).sum(axis=1)
    return np.sqrt(squares)
    ### END SOLUTION


def require_gates(d, w, b):
    """Refuse weights that are not for five gates of children (D,): ValueError naming them. Given."""
    require(w.shape == (5 * d, 2 * d), f"w must be (5 D, 2 D) = {(5 * d, 2 * d)}, not {w.shape}")
    require(b.shape == (5 * d,), f"b must be (5 D,) = {(5 * d,)}, not {b.shape}")


def tree_lstm_node(left, right, w, b):
    """An inner node with a memory cell, and a forget gate for each of its two children.

    The five blocks of z = W [h_left; h_right] + b are, in this order, those of i, f_left, f_right, g and o:

        c = sigmoid(z_i) tanh(z_g) + sigmoid(z_f_left) c_left + sigmoid(z_f_right) c_right
        h = sigmoid(z_o) tanh(c)

    Args:
        left, right: the children, each a pair (h, c) of arrays (D,).
        w: (5 D, 2 D). b: (5 D,).

    Returns:
        (h, c): arrays (D,).

    Raises:
        ValueError: naming w or b, if their shapes do not fit the children.

    Source: Tai, Socher, Manning, "Improved Semantic Representations From Tree-Structured Long Short-Term Memory Networks"
    (2015), the N-ary Tree-LSTM with two children and no input at the inner nodes.

    Example:
        >>> children = (np.array([0.0]), np.array([4.0])), (np.array([0.0]), np.array([-1.0]))
        >>> h, c = tree_lstm_node(*children, np.ones((5, 2)), np.log([1.0, 3.0, 1.0, 1.0, 3.0]))
        >>> np.round(h, 4), c  # 0.5 * 0 + 0.75 * 4 + 0.5 * -1, then 0.75 tanh(2.5)
        (array([0.74]), array([2.5]))
    """
    require_gates(len(left[0]), w, b)
    ### BEGIN SOLUTION
    (h_left, c_left), (h_right, c_right) = left, right
    i, f_left, f_right, g, o = np.split(w @ np.concatenate([h_left, h_right]) + b, 5)
    c = sigmoid(i) * np.tanh(g) + sigmoid(f_left) * c_left + sigmoid(f_right) * c_right
    return sigmoid(o) * np.tanh(c), c
    ### END SOLUTION


def require_maps(c, w_x, w_h, b):
    """Refuse weights that do not fit the cell's F maps: ValueError naming them. Given."""
    maps = 4 * c.shape[1]
    require(len(w_x) == maps, f"w_x must have 4 F = {maps} filters, not {len(w_x)}")
    require(len(w_h) == maps, f"w_h must have 4 F = {maps} filters, not {len(w_h)}")
    require(b.shape == (maps,), f"b must be (4 F,) = {(maps,)}, not {b.shape}")


def convlstm_step(x, h, c, w_x, w_h, b):
    """One step of an LSTM whose inputs and states are images: convolutions take the place of the products with matrices.

    With * for a convolution that keeps the size of the images, the four blocks of z = w_x * x + w_h * h + b are those of the
    gates i, f, g and o, in this order, F maps each:

        c_next = sigmoid(z_f) c + sigmoid(z_i) tanh(z_g)
        h_next = sigmoid(z_o) tanh(c_next)

    Args:
        x: (N, C, H, W).
        h, c: hidden state and cell, (N, F, H, W).
        w_x: (4 F, C, k, k). w_h: (4 F, F, k, k). b: (4 F,), a number for each map. k is odd.

    Returns:
        (h_next, c_next): arrays (N, F, H, W).

    Raises:
        ValueError: naming w_x, w_h or b, if they are not for 4 F maps.

    Source: Shi and others, "Convolutional LSTM Network: A Machine Learning Approach for Precipitation Nowcasting" (2015),
    without the weights from the cell to the gates ("peepholes"), as Keras' ConvLSTM2D.

    Example:
        >>> x, nothing = np.full((1, 1, 1, 2), np.log(2)), np.zeros((1, 1, 1, 2))
        >>> w_x = np.array([0.0, 0.0, 1.0, 0.0]).reshape(4, 1, 1, 1)
        >>> h, c = convlstm_step(x, nothing, nothing, w_x, 0 * w_x, np.zeros(4))
        >>> np.round(c, 2), np.round(h, 4)  # 0.5 tanh(ln 2), and 0.5 tanh of that
        (array([[[[0.3, 0.3]]]]), array([[[[0.1457, 0.1457]]]]))
    """
    require_maps(c, w_x, w_h, b)
    ### BEGIN SOLUTION
    z = convolve(x, w_x) + convolve(h, w_h) + b[:, np.newaxis, np.newaxis]
    i, f, g, o = np.split(z, 4, axis=1)
    c_next = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c_next), c_next
    ### END SOLUTION


def convlstm_forward(x, h0, c0, w_x, w_h, b):
    """A ConvLSTM over films: one step after the other, the states carried along.

    Args:
        x: (N, T, C, H, W), T at least 1.
        h0, c0: the states before the first step, (N, F, H, W).
        w_x: (4 F, C, k, k). w_h: (4 F, F, k, k). b: (4 F,).

    Returns:
        (hs, c_last): the hidden state after each step, (N, T, F, H, W), and the cell after the last, (N, F, H, W).

    Raises:
        ValueError: naming w_x, w_h or b, as convlstm_step does.

    Source: Shi and others (2015), as in convlstm_step.

    Example:
        >>> x, nothing = np.full((1, 2, 1, 1, 1), np.log(2)), np.zeros((1, 1, 1, 1))
        >>> w_x = np.array([0.0, 0.0, 1.0, 0.0]).reshape(4, 1, 1, 1)
        >>> hs, c_last = convlstm_forward(x, nothing, nothing, w_x, 0 * w_x, np.zeros(4))
        >>> hs.shape, np.round(c_last, 2)  # 0.3, then 0.5 * 0.3 + 0.3
        ((1, 2, 1, 1, 1), array([[[[0.45]]]]))
    """
    require_maps(c0, w_x, w_h, b)
    ### BEGIN SOLUTION
    hs, h, c = [], h0, c0
    for t in range(x.shape[1]):
        h, c = convlstm_step(x[:, t], h, c, w_x, w_h, b)
        hs.append(h)
    return np.stack(hs, axis=1), c
    ### END SOLUTION
