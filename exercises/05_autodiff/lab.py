"""What this lesson draws and compares with. Given, for you to read and to use; nothing here is graded.

A computation is a list of steps here, as in `evaluate`: ("*", (0, 1), ()) multiplies values 0 and 1. The leaves are values
0, 1, ..., and each step adds one.
"""

import itertools
import time

import numpy as np

from autograder.lab import COLOURS, figure, label_lines, show

EXPRESSION = [("*", (0, 1), ()), ("+", (2, 1), ()), ("**", (3,), (2,))]  # (a b + b)^2
EXPRESSION_NAMES = ["a", "b", "*", "+", "**2"]
CLASSES = np.array([0, 2, 1, 1, 0])  # of the five rows of the small network
NETWORK = [
    ("@", (0, 1), ()),
    ("+", (5, 2), ()),
    ("tanh", (6,), ()),
    ("@", (7, 3), ()),
    ("+", (8, 4), ()),
    ("exp", (9,), ()),
    ("sum", (10,), (1,)),
    ("log", (11,), ()),
    ("getitem", (9,), ((np.arange(5), CLASSES),)),
    ("-", (12, 13), ()),
    ("mean", (14,), ()),
]
NETWORK_NAMES = ["x", "W1", "b1", "W2", "b2", "@", "+", "tanh", "@", "+", "exp", "sum", "log", "pick", "-", "mean"]
FORWARD = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "**": np.power, "@": np.matmul,
           "neg": np.negative, "relu": lambda x: np.maximum(x, 0), "getitem": lambda x, index: x[index]}  # fmt: skip


def network_leaves():
    """x, W1, b1, W2, b2 of a network with 4 inputs, 6 hidden units, 3 classes, for 5 rows.

    Example:
        >>> [leaf.shape for leaf in network_leaves()]
        [(5, 4), (4, 6), (6,), (6, 3), (3,)]
    """
    rng = np.random.default_rng(0)
    return [rng.normal(size=shape) for shape in ((5, 4), (4, 6), (6,), (6, 3), (3,))]


def values(steps, leaves):
    """Run the steps in NumPy: the list of all values, leaves first.

    Example:
        >>> [float(value) for value in values(EXPRESSION, [3.0, 2.0])]
        [3.0, 2.0, 6.0, 8.0, 64.0]
    """
    found = [np.asarray(leaf, dtype=float) for leaf in leaves]
    for operation, places, extra in steps:
        function = FORWARD.get(operation) or getattr(np, operation)
        found.append(np.asarray(function(*[found[place] for place in places], *extra)))
    return found


def flows(steps, leaves, evaluate=None):
    """The gradient that each step sends to each of its inputs.

    Every input gets a zero added on its way into the step, and the gradient for that zero is what is wanted.

    Args:
        steps, leaves: the computation; its last value is one number.
        evaluate: yours. Without it every zero is nudged up and down (slow, and right to about nine digits).

    Returns:
        Dict from (step, place among its inputs) to an array of that input's shape.

    Example:
        >>> {edge: round(float(flow), 3) for edge, flow in flows(EXPRESSION, [3.0, 2.0]).items()}
        {(0, 0): 32.0, (0, 1): 48.0, (1, 0): 16.0, (1, 1): 16.0, (2, 0): 16.0}
    """
    known = values(steps, leaves)
    edges = [(k, j) for k, step in enumerate(steps) for j in range(len(step[1]))]
    zeros = [np.zeros(known[steps[k][1][j]].shape) for k, j in edges]
    where, new = list(range(len(leaves))), []  # where the value of that number stands in the longer program
    last = len(leaves) + len(zeros) - 1
    for k, (operation, places, extra) in enumerate(steps):
        taken = []
        for j, place in enumerate(places):
            new.append(("+", (where[place], len(leaves) + edges.index((k, j))), ()))
            last += 1
            taken.append(last)
        new.append((operation, tuple(taken), extra))
        last += 1
        where.append(last)
    if evaluate is not None:
        grads = evaluate(new, [*leaves, *zeros])[1][len(leaves) :]
        return dict(zip(edges, grads, strict=True))
    found = {}
    for edge, zero in zip(edges, zeros, strict=True):
        found[edge] = np.zeros(zero.shape)
        for place in np.ndindex(zero.shape):
            both = []
            for nudge in (1e-5, -1e-5):
                zero[place] = nudge
                both.append(values(new, [*leaves, *zeros])[-1])
            zero[place] = 0.0
            found[edge][place] = (both[0] - both[1]) / 2e-5
    return found


def parents_of(steps, leaves):
    """For each value the numbers of those it was computed from, as topological_order takes them.

    Example:
        >>> parents_of(EXPRESSION, ["a", "b"])
        [(), (), (0, 1), (2, 1), (3,)]
    """
    return [()] * len(leaves) + [places for _, places, _ in steps]


def places(steps, count, level=None):
    """(x, y) of each node: its level from left to right, nodes of one level above each other."""
    parents = parents_of(steps, range(count))
    if level is None:
        level = []
        for each in parents:  # steps come after their inputs
            level.append(1 + max((level[k] for k in each), default=-1))
    columns = {}
    for k in range(len(parents)):
        columns.setdefault(level[k], []).append(k)
    middle = {k: (len(nodes) - 1) / 2 - n for nodes in columns.values() for n, k in enumerate(nodes)}
    return [(level[k], middle[k]) for k in range(len(parents))]


def expression(arrived=None):
    """(a b + b)^2 at a = 3, b = 2: values below the nodes, and above them the gradients of the nodes in `arrived` (all)."""
    drawn, ax = figure(height=2.6)
    steps, count = EXPRESSION, 2
    known, flow = values(steps, [3.0, 2.0]), flows(steps, [3.0, 2.0])
    gradient = {len(known) - 1: 1.0}
    for (k, j), part in flow.items():
        gradient[steps[k][1][j]] = gradient.get(steps[k][1][j], 0.0) + float(part)
    arrived = range(len(known)) if arrived is None else arrived
    spot = [(x, 1.4 * y) for x, y in places(steps, count)]
    for (k, j), part in flow.items():
        a, b = spot[steps[k][1][j]], spot[count + k]
        passed = count + k in arrived
        ax.plot(*zip(a, b, strict=True), color=COLOURS["gradient"] if passed else "0.8", zorder=1)
        if passed:
            ax.text((2 * a[0] + 3 * b[0]) / 5, (2 * a[1] + 3 * b[1]) / 5, f"{float(part):.0f}", fontsize=8, ha="center",
                    va="center", color=COLOURS["gradient"], bbox={"fc": "white", "ec": "none", "pad": 0.8})  # fmt: skip
    for k, (x, y) in enumerate(spot):
        ax.plot(x, y, "o", markersize=21, color="white", markeredgecolor=COLOURS["value"], zorder=2)
        ax.text(x, y, EXPRESSION_NAMES[k], ha="center", va="center")
        ax.text(x, y - 0.36, f"{float(known[k]):.0f}", ha="center", va="center", color=COLOURS["value"],
                bbox={"fc": "white", "ec": "none", "pad": 0.8})  # fmt: skip
        if k in arrived:
            ax.text(x, y + 0.36, f"{gradient[k]:.0f}", ha="center", va="center", color=COLOURS["gradient"])
    ax.set(xlim=(-0.4, 3.4), ylim=(-1.25, 1.25))
    ax.axis("off")
    return drawn


EXPRESSION_ALT = (
    "The graph of (a b + b) squared with a = 3 and b = 2. Values run left to right: 6, 8, 64. Gradients run back: 1, 16, "
    "16; a gets 32, and b gets 48 along one way and 16 along the other, 64 together."
)


def network(level=None, flow=None):
    """The graph of the small network's loss as a figure.

    Args:
        level: column of each node; by default the longest way from a leaf.
        flow: what `flows` gave; edges are then as thick as the gradient on them.
    """
    drawn, ax = figure(height=2.9)
    heights = {0: 2.0, 1: 1.1, 2: -0.9, 3: -1.6, 4: -2.3, 10: 0.0, 13: -1.2}  # the rest is a straight line
    spot = [(x, heights.get(k, 0.0)) for k, (x, _) in enumerate(places(NETWORK, 5, level))]
    most = max((np.linalg.norm(part) for part in flow.values()), default=1) if flow else 1
    for k, (_, inputs, _) in enumerate(NETWORK):
        for j, place in enumerate(inputs):
            width = 0.8 if flow is None else 0.4 + 4.5 * np.linalg.norm(flow[k, j]) / most
            ax.plot(*zip(spot[place], spot[5 + k], strict=True), color="0.7" if flow is None else COLOURS["gradient"],
                    linewidth=width, zorder=1, solid_capstyle="round")  # fmt: skip
    shades = np.linspace(0.15, 0.85, 1 + max(x for x, _ in spot))
    for k, (x, y) in enumerate(spot):
        shade = tuple(1 - shades[x] * (1 - np.array([0.0, 0.447, 0.698])))
        ax.plot(x, y, "o", markersize=23, color=shade, zorder=2)
        ax.text(x, y, NETWORK_NAMES[k], ha="center", va="center", fontsize=7.5, color="white" if x > 4 else "black")
    ax.set(xlim=(-0.5, 10.5), ylim=(-2.8, 2.5), yticks=[], xticks=range(11), xlabel="level: longest way from a leaf")
    ax.spines["left"].set_visible(False)
    return drawn


def opening():
    """The picture that the lesson begins with: all that happens between a small network's weights and its loss."""
    return show(
        network(),
        "Sixteen circles in eleven columns, joined by lines: the data and four arrays of weights on the left, then matrix "
        "product, sum, tanh and so on, up to the mean on the right, which is the loss.",
    )


def thick(level, flow):
    """The same graph, its edges as thick as your gradients."""
    return show(
        network(level, flow),
        "The graph of the small network's loss in eleven columns. The lines are thin at exp, sum and log, and thickest where "
        "the matrix products send gradients to x, W1, W2 and the hidden units.",
    )


def products(numbers, forward, reverse):
    """Multiplications for all slopes against the number of outputs, forwards and in reverse."""
    drawn, ax = figure(height=2.5)
    ax.plot(numbers, forward, ".-", color=COLOURS["value"], label="forward")
    ax.plot(numbers, reverse, ".-", color=COLOURS["gradient"], label="reverse")
    ax.set(xscale="log", yscale="log", xlabel="outputs", ylabel="multiplications")
    label_lines(ax)
    return show(
        drawn,
        "Multiplications against the number of outputs. Reverse mode starts about twenty times cheaper and grows with "
        "the outputs; forward mode starts dear and grows later. They meet where there are as many outputs as inputs.",
    )


def start(sizes, seed=0):
    """Weights (in, out), normal with variance 1 / in, and biases of 0: [W1, b1, W2, b2, ...].

    Example:
        >>> [array.shape for array in start([4, 6, 3])]
        [(4, 6), (6,), (6, 3), (3,)]
    """
    rng, arrays = np.random.default_rng(seed), []
    for inputs, outputs in itertools.pairwise(sizes):
        arrays += [rng.normal(size=(inputs, outputs)) / inputs**0.5, np.zeros(outputs)]
    return arrays


def by_hand(x, labels, arrays):
    """Loss and gradients of a tanh network, each derived on paper and written out, as in unit 04.

    Args:
        x, labels: rows (N, D) and their classes (N,).
        arrays: [W1, b1, W2, b2, ...].

    Returns:
        (loss, grads): the mean cross-entropy, and a list of arrays in the order of `arrays`.

    Example:
        >>> loss, grads = by_hand(np.zeros((2, 4)), np.array([0, 1]), start([4, 6, 2]))
        >>> round(float(loss), 4), grads[0].shape
        (0.6931, (4, 6))
    """
    outs = [x]
    for k in range(0, len(arrays), 2):
        scores = outs[-1] @ arrays[k] + arrays[k + 1]
        outs.append(np.tanh(scores))
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    loss = -np.log(p[range(len(x)), labels]).mean()
    p[range(len(x)), labels] -= 1
    back, grads = p / len(x), []
    for k in range(len(arrays) - 2, -1, -2):
        grads = [outs[k // 2].T @ back, back.sum(axis=0), *grads]
        back = (back @ arrays[k].T) * (1 - outs[k // 2] ** 2)
    return loss, grads


def right(x, labels, arrays):
    """The share of rows, in percent, to which a tanh network with these weights gives their class."""
    for k in range(0, len(arrays), 2):
        x = (np.tanh(x) if k else x) @ arrays[k] + arrays[k + 1]
    return 100 * np.mean(x.argmax(axis=1) == labels)


def milliseconds(function, *arguments):
    """The best of five runs.

    Example:
        >>> milliseconds(sum, [1, 2, 3]) < 1000
        True
    """
    taken = []
    for _ in range(5):
        begun = time.perf_counter()
        function(*arguments)
        taken.append(1000 * (time.perf_counter() - begun))
    return min(taken)


def falling(losses):
    """The loss of each epoch; losses = {name: list}."""
    drawn, ax = figure(height=2.4)
    for name, each in losses.items():
        ax.plot(range(1, 1 + len(each)), each, ".-", label=name)
    ax.set(xlabel="epoch", ylabel="training loss", yscale="log")
    label_lines(ax)
    return show(
        drawn,
        "The training loss of two networks falls epoch by epoch; that of the network with a hidden layer ends lower.",
    )
