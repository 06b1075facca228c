"""What this lesson draws and trains with. Given, for you to read and to use; nothing here is graded.

Functions that need something of yours take it as an argument: `creep(assign, move_centres, ...)`.
"""

from functools import cache

import numpy as np

from autograder.datasets import load_digits
from autograder.lab import COLOURS, figure, images, label_lines, show

KINDS = ("digits", "noise", "shuffled", "inverted")  # of images: test digits, and three kinds that are no digits


def digits():
    """The digits as rows of pixels from 0 (no ink) to 1, shuffled: 1200 to train with, 597 others to test with.

    Returns:
        (x, labels), (x_test, labels_test): (1200, 64) and (597, 64), with their digits.

    Example:
        >>> (x, labels), (x_test, labels_test) = digits()
        >>> x.shape, labels.shape, x_test.shape
        ((1200, 64), (1200,), (597, 64))
    """
    pictures, labels = load_digits()
    order = np.random.default_rng(0).permutation(len(labels))
    known, new = order[:1200], order[1200:]
    return (pictures[known].reshape(-1, 64), labels[known]), (pictures[new].reshape(-1, 64), labels[new])


def strange(x, seed=0):
    """Images that are no digits, as many as x has rows.

    Args:
        x: digits (N, 64).

    Returns:
        {"noise": each pixel uniform from 0 to 1, "shuffled": each digit's pixels in random order, "inverted": 1 - x}, each
        (N, 64).

    Example:
        >>> {name: float(rows.sum()) for name, rows in strange(np.ones((2, 64))).items() if name != "noise"}
        {'shuffled': 128.0, 'inverted': 0.0}
    """
    rng = np.random.default_rng(seed)
    return {"noise": rng.uniform(size=x.shape), "shuffled": rng.permuted(x, axis=1), "inverted": 1 - x}


@cache
def multilayer():
    """An ordinary network, 64 relu units and a softmax, trained on the 1200 digits by descent with momentum.

    Returns:
        A function from rows (N, 64) to probabilities (N, 10).

    Example:
        >>> multilayer()(np.zeros((3, 64))).shape
        (3, 10)
    """
    rng = np.random.default_rng(0)
    (x, labels), _ = digits()
    into, out = rng.normal(size=(65, 64)) / 8, rng.normal(size=(65, 10)) / 8  # the last rows are the biases
    speeds = np.zeros_like(into), np.zeros_like(out)

    def run(rows):
        hidden = np.maximum(np.c_[rows, np.ones(len(rows))] @ into, 0)
        scores = np.exp(np.c_[hidden, np.ones(len(rows))] @ out)
        return hidden, scores / scores.sum(axis=1, keepdims=True)

    for step in range(1200):
        few = rng.integers(1200, size=60)
        hidden, sure = run(x[few])
        sure[np.arange(60), labels[few]] -= 1
        slopes = (sure @ out[:-1].T * (hidden > 0), sure)
        for weights, speed, before, slope in zip((into, out), speeds, (x[few], hidden), slopes, strict=True):
            speed *= 0.9
            speed -= 0.1 * (1 - step / 1200) / 60 * (np.c_[before, np.ones(60)].T @ slope)
            weights += speed
    return lambda rows: run(rows)[1]


def opening():
    """The picture that the lesson begins with: noise, and what an ordinary network says to it."""
    _, (x, _) = digits()
    kinds = strange(x)
    rows = np.concatenate([kinds[name][:200] for name in KINDS[1:]])
    said = multilayer()(rows)
    surest = np.concatenate(
        [200 * kind + np.argsort(-said[200 * kind : 200 * kind + 200].max(axis=1))[:5] for kind in range(3)]
    )
    titles = [f"{said[n].argmax()}: {100 * said[n].max():.1f} %" for n in surest]
    return show(
        images(rows[surest].reshape(-1, 8, 8), titles, columns=5),
        "Fifteen images that are no digits: five of random pixels, five of shuffled pixels, five digits in negative. Above each "
        "stands the digit that a trained network sees there, and how sure it is: nearly 100 percent each time.",
    )


def curve(low=0.0, high=1.0):
    """400 places on a line, (400, 1)."""
    return np.linspace(low, high, 400)[:, np.newaxis]


def noisy_wave(n=15, noise=0.25, seed=3):
    """n points of a wave, at uneven places, with noise.

    Returns:
        (x, targets): (n, 1) from 0 to 1, in order, and (n, 1).

    Example:
        >>> x, targets = noisy_wave(5)
        >>> x.shape, bool((np.diff(x[:, 0]) > 0).all())
        ((5, 1), True)
    """
    rng = np.random.default_rng(seed)
    x = (np.arange(n)[:, np.newaxis] + rng.uniform(0.1, 0.9, size=(n, 1))) / n
    return x, wave(x) + noise * rng.normal(size=(n, 1))


def wave(x):
    """The wave without noise, for places from 0 to 1."""
    return np.sin(2 * np.pi * x)


def bumps(places, features, out, points=None):
    """What each unit says along a line, weighted, and their sum.

    Args:
        places: (M, 1). features: (M, K), each already times its weight. out: (M,), the whole output.
        points: (x, targets) to draw, if there are any.
    """
    drawn, ax = figure(height=2.6)
    for column in features.T:
        ax.plot(places[:, 0], column, color=COLOURS["muted"], linewidth=1, label="_")
    ax.plot(places[:, 0], out, color=COLOURS["value"], label="sum + b")
    if points is not None:
        ax.plot(points[0][:, 0], points[1][:, 0], "o", color=COLOURS["train"], label="_")
    ax.set(xlabel="x", xlim=(places[0, 0], places[-1, 0]))
    label_lines(ax)
    return show(
        drawn, "Three bumps along a line, one of them pointing down, and their sum: flat at b far from all of them."
    )


def fits(x, targets, lines):
    """One figure: points, the wave they come from, and fitted lines = {name: (400,)} over curve()."""
    drawn, ax = figure(height=2.8)
    places = curve()[:, 0]
    ax.plot(places, wave(places), ":", color=COLOURS["reference"], label="truth")
    for (name, line), colour in zip(lines.items(), ("value", "gradient"), strict=False):
        ax.plot(places, line, color=COLOURS[colour], label=name)
    ax.plot(x[:, 0], targets[:, 0], "o", color=COLOURS["train"], label="_")
    ax.set(xlabel="x", ylabel="y", xlim=(0, 1), ylim=(-2.5, 2.5))
    label_lines(ax)
    return drawn


INTERPOLATED = (
    "Fifteen noisy points of a wave and a curve through all of them. Narrow units give spikes at the points and a flat line "
    "between; wide ones a smooth curve that swings far beyond the points near the ends."
)


def priced(x, targets, lines):
    """The picture of `fits` with its words, for a fit without a price and one with it."""
    return show(
        fits(x, targets, lines),
        "Fifteen noisy points of a wave. Without a price the curve goes through all of them and swings between; with one it "
        "passes near them and follows the wave.",
    )


def choice(strengths, lines):
    """Errors over strengths: lines = {name: (S,)}, and a dot at the least of each."""
    drawn, ax = figure(height=2.6)
    for (name, values), colour in zip(lines.items(), ("train", "value", "test"), strict=False):
        ax.loglog(strengths, values, color=COLOURS[colour], label=name)
        least = int(np.argmin(values))
        ax.plot(strengths[least], values[least], "o", color=COLOURS[colour], label="_")
    every = np.concatenate(list(lines.values()))
    ax.set(xlabel="strength", ylabel="mean squared error")
    ax.set(xlim=(strengths[0], strengths[-1]), ylim=(0.7 * every.min(), 1.4 * every.max()))
    label_lines(ax)
    return show(
        drawn,
        "Errors over the strength of the price, each with a dot at its least value. The error on the fitted points only rises; "
        "leave-one-out and the error against the truth fall and rise again, and are least in between.",
    )


def crowds(seed=0):
    """Nine crowds of points in the plane, three of 60 and six of 12: (252, 2).

    Example:
        >>> crowds().shape
        (252, 2)
    """
    rng = np.random.default_rng(seed)
    spots = 3.0 * np.array([divmod(number, 3) for number in range(9)]) + rng.uniform(-0.5, 0.5, size=(9, 2))
    sizes = [60] * 3 + [12] * 6
    return np.repeat(spots, sizes, axis=0) + 0.4 * rng.normal(size=(sum(sizes), 2))


def creep(assign, move_centres, x, centres, moves):
    """Where k-means stands after 0, 1, 2, ... moves.

    Args:
        assign, move_centres: the student's.
        x: (N, D). centres: (K, D). moves: how many.

    Returns:
        A list of moves + 1 pairs (centres, labels).
    """
    stands = []
    for _ in range(moves + 1):
        stands.append((centres, assign(x, centres)))
        centres = move_centres(x, stands[-1][1], centres)
    return stands


def territories(x, stands, now):
    """One frame: points in the colour of their centre, the centres after `now` moves and the way they came."""
    drawn, ax = figure(height=3.0)
    centres, labels = stands[now]
    ax.scatter(*x.T, c=labels, cmap="tab10", vmin=0, vmax=9, s=8)
    ways = np.array([where for where, _ in stands[: now + 1]])
    ax.plot(ways[:, :, 0], ways[:, :, 1], "-", color=COLOURS["reference"], linewidth=1)
    ax.plot(*centres.T, "X", color=COLOURS["reference"], markersize=9, markeredgecolor="white")
    ax.set(xticks=[], yticks=[], xlim=(-2, 8), ylim=(-2, 8))
    ax.spines[:].set_visible(False)
    return drawn


TERRITORIES = (
    "Points of nine crowds, coloured by their nearest centre, and nine centres. They begin side by side in one corner and move "
    "apart, but at the end some crowds hold several centres while others share one."
)


def starts(named):
    """How good starts are: named = {name: final inertias, one for each start}, a row of dots each."""
    drawn, ax = figure(height=1.9)
    rng = np.random.default_rng(0)
    for height, (values, colour) in enumerate(zip(named.values(), ("gradient", "value"), strict=True)):
        ax.plot(values, height + rng.uniform(-0.2, 0.2, size=len(values)), ".", color=COLOURS[colour])
    ax.set(xlabel="final inertia", yticks=range(len(named)), ylim=(-0.5, len(named) - 0.5))
    ax.set_yticklabels(named)
    return show(
        drawn,
        "Two rows of dots, the final inertia of each start. Those of k-means++ begin at the least value and seldom exceed twice "
        "that; those of uniformly drawn rows are mostly two or three times as large.",
    )


def regions(outputs, x, y, centres):
    """Which class wins where, and how clearly: outputs (M, 2) over grid(), rows x (N, 2), classes y, centres (K, 2)."""
    side = round(len(outputs) ** 0.5)
    drawn, ax = figure(height=3.0)
    lead = (outputs[:, 1] - outputs[:, 0]).reshape(side, side)
    ax.contourf(lead, levels=np.linspace(-1.5, 1.5, 13), cmap="RdBu", alpha=0.6, extent=(-3, 4, -2.5, 3), extend="both")
    for label, colour in ((0, "gradient"), (1, "value")):
        ax.plot(*x[y == label].T, ".", color=COLOURS[colour], markersize=3)
    ax.plot(*centres.T, "X", color=COLOURS["reference"], markersize=7, markeredgecolor="white")
    ax.set(xlim=(-3, 4), ylim=(-2.5, 3), xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    return show(
        drawn,
        "Two half moons of points, twelve centres along them, and the lead of one class over the other. The border winds between "
        "the moons; beyond them, where no points are, the lead swings to its largest values.",
    )


def grid():
    """Places of the plane for regions, (100 * 100, 2)."""
    across, up = np.meshgrid(np.linspace(-3, 4, 100), np.linspace(-2.5, 3, 100))
    return np.stack([across.ravel(), up.ravel()], axis=1)


def gallery(centres, weights, outputs):
    """Centres as images, each as large as its weight: the length of its column of w.

    Args:
        centres: (K, 64). weights: w (classes, K). outputs: (K, classes), what the network says to its own centres; the
            largest one tells in which column a centre stands.
    """
    drawn, ax = figure(height=4.0)
    sizes = np.sqrt((weights**2).sum(axis=0))
    sizes = 0.35 + 0.6 * sizes / sizes.max()
    counts = [0] * 10
    for number in np.argsort(-sizes):
        column, half = int(outputs[number].argmax()), sizes[number] / 2
        row = counts[column]
        counts[column] += 1
        box = (column - half, column + half, row + half, row - half)
        ax.imshow(centres[number].reshape(8, 8), cmap="gray_r", vmin=0, vmax=1, extent=box)
    ax.set(xlim=(-0.55, 9.55), ylim=(max(counts) - 0.4, -0.6), xticks=range(10), yticks=[], aspect="equal")
    ax.set_xlabel("what the network reads there")
    ax.spines[:].set_visible(False)
    return show(
        drawn,
        "Forty centres as small images in ten columns, one for each digit, larger where the weight is larger. They look like "
        "blurred digits of their columns, in different hands.",
    )


def sureness(named):
    """How large the largest output is, for each kind of image: named = {network: {kind: (N,)}}."""
    drawn, axes = figure(len(named), 1, height=1.9 * len(named), sharex=True, squeeze=False)
    for ax, (network, kinds) in zip(axes[:, 0], named.items(), strict=True):
        values = [np.clip(kinds[name], 0, 1.2) for name in KINDS]
        parts = ax.violinplot(values, vert=False, positions=range(4), widths=0.9, showextrema=False)
        for number, body in enumerate(parts["bodies"]):
            body.set(facecolor=COLOURS["value" if number == 0 else "gradient"], alpha=0.7)
        ax.set(title=network, yticks=range(4), xlim=(0, 1.2))
        ax.set_yticklabels(KINDS)
        ax.invert_yaxis()
    axes[-1, 0].set_xlabel("largest output")
    return show(
        drawn,
        "How large the largest output is, for four kinds of images. The multilayer network is close to 1 for digits, and often "
        "for noise, shuffled and inverted digits too. The radial network's values for digits spread about 0.9, and those for "
        "all others lie below 0.4.",
    )
