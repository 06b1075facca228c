"""What this lesson draws and trains with. Given, for you to read and to use; nothing here is graded.

Nothing here calls a function of yours: what comes in are your results, maps (N, 2) and lines.
"""

import time
from itertools import pairwise

import numpy as np

from autograder.datasets import load_digits
from autograder.lab import COLOURS, figure, label_lines, show


def digits(n=500):
    """n digits as rows of pixels from 0 (no ink) to 1, the same ones each time.

    Returns:
        (x, labels): (n, 64), and which digit each is.

    Example:
        >>> x, labels = digits(300)
        >>> x.shape, labels.shape
        ((300, 64), (300,))
    """
    pictures, labels = load_digits()
    chosen = np.random.default_rng(0).permutation(len(labels))[:n]
    return pictures[chosen].reshape(n, 64), labels[chosen]


def purity(y, labels, count=5):
    """The share of the `count` nearest points on a map y (N, 2) that bear the same label, mean over all points.

    Example:
        >>> purity(np.array([[0.0], [1.0], [5.0], [6.0]]), np.array([3, 3, 8, 8]), count=1)
        1.0
    """
    same = 0
    for point, label in zip(y, labels, strict=True):
        nearest = np.argsort(((y - point) ** 2).sum(axis=1), kind="stable")[1 : count + 1]
        same += np.sum(labels[nearest] == label)
    return float(same / (count * len(y)))


def _draw(ax, points, labels=None, title="", half=None):
    """One map: points coloured by label, and each label written in the middle of its points."""
    if labels is None:
        ax.scatter(*points.T, color=COLOURS["value"], s=4, alpha=0.7, linewidths=0)
    else:
        ax.scatter(*points.T, c=labels, cmap="tab10", vmin=0, vmax=9, s=4, alpha=0.7, linewidths=0)
        for label in np.unique(labels):
            middle = np.median(points[labels == label], axis=0)
            ax.text(*middle, str(label), ha="center", va="center", weight="bold", fontsize=10)
    centre = (points.max(axis=0) + points.min(axis=0)) / 2
    half = half or 1.05 * (points.max(axis=0) - points.min(axis=0)).max() / 2 or 1.0
    ax.set(xticks=[], yticks=[], xlim=(centre[0] - half, centre[0] + half), ylim=(centre[1] - half, centre[1] + half))
    ax.set_aspect("equal")
    ax.spines[:].set_visible(True)
    ax.spines[:].set_color(COLOURS["muted"])
    ax.set_title(title, fontsize=9)


def _maps(named, labels, columns):
    rows = -(-len(named) // columns)
    drawn, axes = figure(rows, columns, height=rows * (4.5 / columns + 0.3), squeeze=False)
    for ax in axes.ravel()[len(named) :]:
        ax.axis("off")
    for ax, (title, points) in zip(axes.ravel(), named.items(), strict=False):
        _draw(ax, points, labels, title)
    return drawn


def maps(named, labels, alt, columns=2):
    """Maps side by side, each on a scale of its own: named = {title: (N, 2)}; labels (N,), or None for plain points."""
    return show(_maps(named, labels, columns), alt)


def frame(points, labels, title=""):
    """One map as a frame for a slider."""
    return _maps({title: points}, labels, 1)


def opening():
    """The picture that the lesson begins with: 500 digits by the two pixels that vary most."""
    x, labels = digits()
    first, second = np.argsort(x.var(axis=0))[::-1][:2]
    rng = np.random.default_rng(0)
    two = x[:, [first, second]] + rng.uniform(-0.03, 0.03, size=(500, 2))
    return maps(
        {"500 digits by two of their 64 pixels": two},
        labels,
        "A square of 500 coloured points by two pixels' ink. Digits of all kinds lie over each other everywhere; most points "
        "sit at the edges, where a pixel is empty or full.",
        columns=1,
    )


def normal_distances(dimensions, n=1000, seed=0):
    """The distances of n pairs of standard normal points, each divided by their mean.

    Example:
        >>> normal_distances(3, n=200).shape
        (200,)
    """
    one, other = np.random.default_rng(seed).normal(size=(2, n, dimensions))
    lengths = np.sqrt(((one - other) ** 2).sum(axis=1))
    return lengths / lengths.mean()


def crowding(spreads):
    """Histograms of distances, one a row: spreads = {name: distances divided by their mean}."""
    drawn, axes = figure(len(spreads), 1, height=2.6, sharex=True)
    for ax, (name, values) in zip(axes, spreads.items(), strict=True):
        ax.hist(values, bins=40, range=(0, 2.6), color=COLOURS["value"])
        ax.set(yticks=[], xlim=(0, 2.6))
        ax.spines["left"].set_visible(False)
        ax.set_ylabel(name, rotation=0, ha="right", va="center")
    axes[-1].set_xlabel("distance of a pair / mean distance")
    return show(
        drawn,
        "Two histograms of distances between random points. In the plane they spread from almost nothing to two and a half times "
        "the mean; in ten dimensions all are near the mean, and hardly any pair is close.",
    )


def tails():
    """The two curves: exp(-d^2) and 1 / (1 + d^2)."""
    drawn, ax = figure(height=2.5)
    d = np.linspace(0, 5, 200)
    ax.plot(d, np.exp(-(d**2)), color=COLOURS["value"], label="Gaussian")
    ax.plot(d, np.reciprocal(1 + d**2), color=COLOURS["gradient"], label="Student's t")
    ax.set(xlabel="distance", ylabel="affinity", xlim=(0, 5), ylim=(0, 1.02))
    label_lines(ax, gap=0.12)
    return show(
        drawn,
        "Two bell curves over distance, both 1 at 0. The Gaussian is practically 0 from a distance of 2 on; Student's t falls "
        "slowly and is still visibly above 0 at 5.",
    )


def descent(named, early):
    """KL against steps, a line for each: named = {name: kls}. A dotted line marks the end of the exaggeration."""
    drawn, ax = figure(height=2.4)
    for name, values in named.items():
        ax.plot(np.arange(1, len(values) + 1), values, label=name)
    ax.axvline(early, color=COLOURS["muted"], linestyle=":")
    ax.set(xlabel="steps", ylabel="KL (nats)", ylim=(0, None), xlim=(0, None))
    label_lines(ax)
    return show(
        drawn,
        "KL over steps. Without exaggeration it falls at once and levels off; with it, it waits high up, falls steeply where the "
        "exaggeration ends, at the dotted line, and ends a little lower.",
    )


def heaps(seed=0, n=50):
    """Three round heaps of n points in 10 dimensions: B is 5 times as far from A as C is from B.

    Returns:
        (x, labels): (3 n, 10), and 0, 1, 2 for A, B, C.

    Example:
        >>> x, labels = heaps()
        >>> [round(x[labels == k, 0].mean()) for k in range(3)]
        [0, 100, 120]
    """
    x = np.random.default_rng(seed).normal(size=(3 * n, 10))
    labels = np.repeat([0, 1, 2], n)
    x[:, 0] += np.array([0.0, 100.0, 120.0])[labels]
    return x, labels


def between(points, labels):
    """Distances between the middles of the heaps: (A to B, B to C).

    Example:
        >>> between(np.array([[0.0, 0.0], [3.0, 4.0], [3.0, 10.0]]), np.array([0, 1, 2]))
        (5.0, 6.0)
    """
    a, b, c = (points[labels == k].mean(axis=0) for k in range(3))
    return float(np.hypot(*(b - a)[:2])), float(np.hypot(*(c - b)[:2]))


def learn_network(x, labels, widths=(64, 32), epochs=40, lr=0.1, seed=0):
    """Train a network of ReLU layers to read digits, by gradient descent with momentum, in batches of 50.

    Args:
        x: (N, 64). labels: (N,). widths: units of the hidden layers. epochs, lr, seed: as ever.

    Returns:
        Weights: a list of arrays (inputs + 1, units), the last row of each its biases.

    Example:
        >>> [each.shape for each in learn_network(np.ones((10, 64)), np.arange(10), epochs=1)]
        [(65, 64), (65, 32), (33, 10)]
    """
    rng = np.random.default_rng(seed)
    sides = [x.shape[1], *widths, 10]
    weights = [rng.normal(size=(a + 1, b)) * (2 / a) ** 0.5 for a, b in pairwise(sides)]
    moving = [0.0] * len(weights)
    for _ in range(epochs):
        for batch in np.array_split(rng.permutation(len(x)), max(1, len(x) // 50)):
            seen = [_lengthened(each) for each in layers(weights, x[batch])]
            scores = seen[-1] @ weights[-1]
            odds = np.exp(scores - scores.max(axis=1, keepdims=True))
            blame = odds / odds.sum(axis=1, keepdims=True) - np.eye(10)[labels[batch]]
            for depth in range(len(weights) - 1, -1, -1):
                push = seen[depth].T @ blame / len(batch)
                blame = (blame @ weights[depth].T * (seen[depth] > 0))[:, :-1]
                moving[depth] = 0.9 * moving[depth] + push
                weights[depth] = weights[depth] - lr * moving[depth]
    return weights


def _lengthened(rows):
    return np.column_stack([rows, np.ones(len(rows))])


def layers(weights, x):
    """What each hidden layer makes of the rows, the rows first: a list of (N, units).

    Example:
        >>> weights = learn_network(np.ones((10, 64)), np.arange(10), epochs=1)
        >>> [each.shape for each in layers(weights, np.ones((3, 64)))]
        [(3, 64), (3, 64), (3, 32)]
    """
    found = [x]
    for each in weights[:-1]:
        found.append((_lengthened(found[-1]) @ each).clip(min=0))
    return found


def unseen_digits(n=300):
    """(x, labels), (x_test, labels_test): 1200 digits to train a network with, and n others."""
    x, labels = digits(1200 + n)
    return (x[:1200], labels[:1200]), (x[1200:], labels[1200:])


def read_rightly(weights, x, labels):
    """The share (%) of rows that the network reads rightly."""
    told = np.argmax(_lengthened(layers(weights, x)[-1]) @ weights[-1], axis=1)
    return 100 * float(np.mean(told == labels))


def sklearn_map(x, y0, perplexity, steps=400):
    """scikit-learn's t-SNE from the same start, with so many steps (250 of them exaggerated), by its method "exact".

    Returns:
        {"scikit-learn": y}, or {} where it is not installed; how long it took is printed.
    """
    try:
        from sklearn.manifold import TSNE
    except ImportError:
        print("scikit-learn is not installed: pip install scikit-learn, and run this cell again")
        return {}
    start = time.perf_counter()
    model = TSNE(perplexity=perplexity, init=y0.copy(), method="exact")
    model.set_params(**{"max_iter" if "max_iter" in model.get_params() else "n_iter": steps})  # renamed in version 1.5
    y = model.fit_transform(x)
    print(f"scikit-learn: {time.perf_counter() - start:.1f} s")
    return {"scikit-learn": y.astype(float)}
