"""What this lesson draws and trains with. Given, for you to read and to use; nothing here is graded.

Functions that need an activation take it as an argument, with its derivative: `learn(relu, relu_derivative, ...)`.
"""

import itertools
import time
import tracemalloc

import numpy as np

from autograder.datasets import spirals
from autograder.lab import COLOURS, figure, label_lines, show

ARMS = (COLOURS["value"], COLOURS["other"])  # of the two spirals


def learn(bend, slope, x, labels, sizes, epochs, lr, batch=50, seed=0, scale=1.0):
    """Train a network of dense layers with `bend` between them, by gradient descent with momentum.

    Unit 04 builds such a network step by step. Weights start normal, biases at 0.

    Args:
        bend, slope: the activation and its derivative, both functions of the pre-activations.
        x, labels: rows (N, D) and their classes (N,), 0 to K - 1.
        sizes: units a layer, from D to K: [2, 16, 16, 2] has two hidden layers of 16.
        epochs, lr, batch: passes over the rows, learning rate, rows a step.
        seed: of the weights and of the order of the rows.
        scale: the weights of a layer with D inputs start with standard deviation scale / sqrt(D).

    Returns:
        (predict, losses): predict(x) gives the class of each row; losses[k] is the mean loss in epoch k.

    Example:
        >>> x = np.array([[0.0, 1.0], [1.0, 0.0]])
        >>> predict, losses = learn(np.tanh, lambda z: 1 - np.tanh(z) ** 2, x, np.array([0, 1]), [2, 3, 2], 50, 0.1)
        >>> predict(x)
        array([0, 1])
    """
    rng = np.random.default_rng(seed)
    weights = [scale * rng.normal(size=shape) / shape[0] ** 0.5 for shape in itertools.pairwise(sizes)]
    biases = [np.zeros(units) for units in sizes[1:]]
    speed = [np.zeros_like(array) for array in weights + biases]
    losses = []
    for _ in range(epochs):
        total = 0.0
        for rows in np.array_split(rng.permutation(len(x)), max(1, len(x) // batch)):
            outs, sums = [x[rows]], []
            for w, b in zip(weights, biases, strict=True):
                sums.append(outs[-1] @ w + b)
                outs.append(bend(sums[-1]))
            back = np.exp(sums[-1] - sums[-1].max(axis=1, keepdims=True))
            back /= back.sum(axis=1, keepdims=True)
            total -= np.log(back[range(len(rows)), labels[rows]] + 1e-300).sum()
            back[range(len(rows)), labels[rows]] -= 1
            back /= len(rows)
            grads = []
            for k in range(len(weights) - 1, -1, -1):
                grads.append((outs[k].T @ back, back.sum(axis=0)))
                back = (back @ weights[k].T) * slope(sums[k - 1]) if k else back
            by_layer = [each for each, _ in grads[::-1]] + [each for _, each in grads[::-1]]
            for array, v, g in zip(weights + biases, speed, by_layer, strict=True):
                v *= 0.9
                v -= lr * g
                array += v
        losses.append(total / len(x))

    def predict(x):
        for w, b in zip(weights[:-1], biases[:-1], strict=True):
            x = bend(x @ w + b)
        return (x @ weights[-1] + biases[-1]).argmax(axis=1)

    return predict, losses


def gradients(bend, slope, depth=20, scale=1.0, width=100):
    """How much gradient reaches each layer of a random network, layer 1 first.

    Args:
        bend, slope: the activation and its derivative.
        depth: layers, each `width` wide.
        scale: the weights are normal with standard deviation scale / sqrt(width).

    Returns:
        (depth,): root mean square, over 200 rows and all units, of the gradient at each layer's pre-activations; the
        gradient that comes in above the last layer has 1.

    Example:
        >>> gradients(lambda z: z, np.ones_like, depth=3).shape
        (3,)
    """
    rng = np.random.default_rng(0)
    weights = rng.normal(scale=scale / width**0.5, size=(depth, width, width))
    out, sums = rng.normal(size=(200, width)), []
    for w in weights:
        sums.append(out @ w)
        out = bend(sums[-1])
    back, sizes = rng.normal(size=out.shape), []
    for w, z in zip(weights[::-1], sums[::-1], strict=True):
        back = back * slope(z)
        sizes.append(float(np.sqrt(np.mean(back**2))))
        back = back @ w.T
    return np.array(sizes[::-1])


def regions(ax, predict, x, labels, title):
    """Draw which class `predict` gives to each place of the plane, and the points it learned from."""
    grid = np.stack(np.meshgrid(np.linspace(-1.1, 1.1, 120), np.linspace(-1.1, 1.1, 120)), axis=-1)
    ax.contourf(grid[..., 0], grid[..., 1], predict(grid.reshape(-1, 2)).reshape(120, 120),
                levels=[-0.5, 0.5, 1.5], colors=ARMS, alpha=0.25)  # fmt: skip
    for k, colour in enumerate(ARMS):
        ax.plot(*x[labels == k].T, ".", color=colour, markersize=3)
    right = 100 * np.mean(predict(x) == labels)
    ax.set(title=f"{title}: {right:.0f} % right", xticks=[], yticks=[], aspect="equal")


def opening():
    """The picture that the lesson begins with: two spirals, the same network without a bend and with one."""
    x, labels = spirals(150, 2, np.random.default_rng(1))
    drawn, axes = figure(1, 2, height=2.5)
    pairs = {"no bend": (lambda z: z, np.ones_like), "a bend": (np.tanh, lambda z: 1 - np.tanh(z) ** 2)}
    for ax, (title, (bend, slope)) in zip(axes, pairs.items(), strict=True):
        predict, _ = learn(bend, slope, x, labels, [2, 16, 16, 2], 200, 0.1)
        regions(ax, predict, x, labels, title)
    return show(
        drawn,
        "Two panels with the same two spirals. Without a bend the network cuts the plane along a straight line and gets a "
        "fifth of the points wrong; with a bend its border winds between the arms, and all are right.",
    )


def curves(pairs):
    """Each activation (solid, blue) with its derivative (dashed, vermilion); pairs = {name: (bend, slope)}, six of them."""
    x = np.linspace(-5, 5, 401)
    drawn, axes = figure(3, 2, height=4.6, sharex=True, sharey=True)
    for ax, (name, (bend, slope)) in zip(axes.ravel(), pairs.items(), strict=True):
        ax.axhline(0, color="0.85", linewidth=0.8)
        ax.plot(x, bend(x), color=COLOURS["value"])
        ax.plot(x, slope(x), "--", color=COLOURS["gradient"])
        ax.set(title=name, ylim=(-2, 2.5))
    axes[0, 0].text(1.5, 1.3, "f(x)", color=COLOURS["value"])
    axes[0, 0].text(1.5, -0.8, "f'(x)", color=COLOURS["gradient"])
    for ax in axes[-1]:
        ax.set_xlabel("x")
    return show(
        drawn,
        "Six curves with their derivatives. The step's derivative is zero; those of sigmoid and tanh are humps that fall to "
        "zero on both sides, the sigmoid's only a quarter high; ReLU's is one to the right of zero and zero to the left.",
    )


def arriving(sizes):
    """One frame: the gradient at each layer, sizes = {name: what `gradients` gave}."""
    drawn, ax = figure()
    for name, size in sizes.items():
        ax.plot(range(1, len(size) + 1), size, marker=".", label=name)
    ax.set(yscale="log", ylim=(1e-20, 1e24), xlabel="layer", ylabel="size of the gradient", xticks=[1, 5, 10, 15, 20])
    label_lines(ax)
    return drawn


ARRIVING = (
    "The gradient at each of 20 layers, on a logarithmic scale, a line for each activation. For small weights all "
    "fall towards layer 1, the sigmoid's most; the others' are level near weights times one, the sigmoid's only at thirteen."
)


def dying(shifts, dead):
    """The share of dead units (%) against how far the bias was pushed below zero."""
    drawn, ax = figure(height=2.4)
    ax.plot(shifts, dead, ".-", color=COLOURS["muted"])
    ax.set(xlabel="bias pushed below zero by", ylabel="dead units (%)", ylim=(0, 102))
    return show(drawn, "The share of dead units stays at zero at first, then climbs in an S to one hundred percent.")


def cliff(depths, right):
    """Test digits read (%) against the number of hidden layers; right = {name: one number for each depth}."""
    drawn, ax = figure()
    for name, shares in right.items():
        ax.plot(depths, shares, marker=".", label=name)
    ax.axhline(10, color=COLOURS["muted"], linestyle=":", label="_guessing")
    ax.text(depths[0], 12, "guessing", color=COLOURS["muted"])
    ax.set(ylim=(0, 102), xlabel="hidden layers", ylabel="test digits read (%)", xticks=depths)
    label_lines(ax)
    return show(
        drawn,
        "Share of test digits read against the number of hidden layers. The sigmoid's line drops from 96 percent with one "
        "hidden layer to guessing with four; the other four stay above 90 percent up to eight layers.",
    )


def costs(pairs, values=100_000):
    """Print what each activation and its derivative cost on an array of float64, beside torch's on one thread.

    Times are the best of five runs, in nanoseconds a value, slope is the derivative; bytes are the most that f held at
    once besides its input, a value (8 is one array of the input's size).
    """
    try:
        import torch
    except ModuleNotFoundError:
        torch = None
    x = np.random.default_rng(0).normal(size=values)
    print(f"{'':10} {'f':>5} {'torch':>5} {'slope':>5} {'bytes':>5}")
    for name, (bend, slope) in pairs.items():
        twin = getattr(torch, name, None) or getattr(getattr(torch, "nn", None) and torch.nn.functional, name, None)
        theirs = "-"
        if twin is not None:
            torch.set_num_threads(1)
            theirs = f"{_nanoseconds(twin, torch.from_numpy(x)):.1f}"
        tracemalloc.start()
        bend(x)
        held = tracemalloc.get_traced_memory()[1] / values
        tracemalloc.stop()
        mine, back = _nanoseconds(bend, x), _nanoseconds(slope, x)
        print(f"{name:10} {mine:5.1f} {theirs:>5} {back:5.1f} {held:5.0f}")
    if torch is None:
        print("torch is not installed: its column is empty.")


def _nanoseconds(function, x):
    taken = []
    for _ in range(5):
        start = time.perf_counter()
        function(x)
        taken.append(time.perf_counter() - start)
    return min(taken) / len(x) * 1e9
