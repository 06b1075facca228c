"""What this lesson draws and trains with. Given, for you to read and to use; nothing here is graded.

Functions that need something of yours take it as an argument: `distances(js_divergence, wasserstein_1d)`.
"""

import numpy as np

from autograder.datasets import load_digits
from autograder.lab import COLOURS, figure, label_lines, show

MODES = np.array([[-2.0], [2.0]])
ANGLES = np.arange(8) * np.pi / 4
RING = 2 * np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)


def two_modes(n, rng):
    """n rows of one number: half of them normal about -2, half about 2, with standard deviation 0.5.

    Example:
        >>> rows = two_modes(10000, np.random.default_rng(0))
        >>> rows.shape, bool(abs(abs(rows).mean() - 2) < 0.02)
        ((10000, 1), True)
    """
    return MODES[rng.integers(2, size=n)] + rng.normal(scale=0.5, size=(n, 1))


def ring(n, rng):
    """n points (n, 2) about eight places on a circle of radius 2, with standard deviation 0.15.

    Example:
        >>> ring(5, np.random.default_rng(0)).shape
        (5, 2)
    """
    return RING[rng.integers(8, size=n)] + rng.normal(scale=0.15, size=(n, 2))


def three_digits():
    """All digits 0, 1 and 7 of the shipped set: rows of 64 pixels from 0 to 1, and which digit each shows.

    Example:
        >>> x, labels = three_digits()
        >>> x.shape, sorted(set(labels.tolist()))
        ((539, 64), [0, 1, 7])
    """
    pictures, labels = load_digits()
    chosen = np.isin(labels, [0, 1, 7])
    return pictures[chosen].reshape(-1, 64), labels[chosen]


def nearest(pictures, x):
    """For each picture (M, D) the number of the nearest row of x (N, D), and how far it is; a row is not its own neighbour.

    Example:
        >>> nearest(np.array([[0.0, 1.0]]), np.array([[0.0, 3.0], [2.0, 1.0], [0.0, 1.0]]))
        (array([0]), array([2.]))
    """
    squares = ((pictures[:, np.newaxis] - x) ** 2).sum(axis=2)
    squares[squares == 0] = np.inf
    return squares.argmin(axis=1), np.sqrt(squares.min(axis=1))


def _wall(rows):
    """Strips of digits below each other: {name: (K, 64)}."""
    count = max(len(pictures) for pictures in rows.values())
    drawn, axes = figure(len(rows), 1, height=len(rows) * (3.9 / count + 0.06), squeeze=False)
    for ax, (name, pictures) in zip(axes[:, 0], rows.items(), strict=True):
        apart = np.pad(pictures.reshape(-1, 8, 8), ((0, 0), (0, 0), (0, 1)), constant_values=np.nan)
        ax.imshow(np.hstack(list(apart)), cmap="gray", vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
        ax.set_ylabel(name.strip("_"), rotation=0, ha="right", va="center", fontsize=9)
    return drawn


def opening():
    """The picture that the lesson begins with: real digits, and what squared error makes of them."""
    x, labels = three_digits()
    real = np.concatenate([x[labels == digit][5:8] for digit in (0, 1, 7)])
    means = [x.mean(axis=0) for _ in real]
    return show(
        _wall({"people": real, "a mean": np.array(means)}),
        "Above, nine handwritten digits: zeros, ones and sevens, all different. Below, nine times the mean of all of them: a "
        "grey blot that shows no digit.",
    )


def wall(fakes, x):
    """Fakes (3 * 12, 64) in three strips of twelve, and a strip of the real rows that are nearest to the last twelve."""
    strips = {f"fakes{'_' * number}": part for number, part in enumerate(fakes[:36].reshape(3, 12, 64))}
    strips["nearest"] = x[nearest(fakes[24:36], x)[0]]
    return show(
        _wall(strips),
        "Three strips of drawn digits, most of them clear zeros, ones and sevens, all different. A fourth strip has the real "
        "digit nearest to each of the third: alike, and not the same.",
    )


def slopes(generator_loss):
    """How strongly a fake is pushed, by how likely the discriminator finds it: |slope of the logit|, for both losses."""
    share = np.linspace(0.002, 0.998, 250)
    logits = np.log(share / (1 - share))
    drawn, ax = figure(height=2.5)
    for kind, name in (("non_saturating", "-log D"), ("minimax", "log(1 - D)")):
        push = [-float(generator_loss(np.array([[each]]), kind)[1][0, 0]) for each in logits]
        ax.plot(share, push, label=name)
    ax.set(xlabel="D(fake), how real it seems", ylabel="push", xlim=(0, 1), ylim=(0, 1))
    label_lines(ax)
    return show(
        drawn,
        "Two straight lines that cross. A fake that is surely found out is pushed with full strength by the non-saturating loss, "
        "and not at all by minimax.",
    )


def examiner(places, p, q, best):
    """A histogram of data and one of fakes, and the best discriminator's answer above each place.

    Args:
        places: (K,) middles of the bars. p, q: (K,) shares of data and fakes. best: (K,), from 0 to 1.
    """
    drawn, (above, below) = figure(2, 1, height=3.2, sharex=True, height_ratios=[2, 1])
    width = places[1] - places[0]
    above.bar(places, p, width, color=COLOURS["train"], alpha=0.6, label="data")
    above.bar(places, q, width, color=COLOURS["other"], alpha=0.5, label="fakes")
    above.legend(frameon=False, fontsize=9)
    above.set(ylabel="share", yticks=[])
    below.step(places, best, where="mid", color=COLOURS["reference"])
    below.axhline(0.5, color=COLOURS["muted"], linewidth=0.8, linestyle=":")
    below.set(ylabel="best D", ylim=(-0.05, 1.05), yticks=[0, 0.5, 1], xlabel="x")
    return show(
        drawn,
        "Bars of data at two places, and of fakes in the middle. The best discriminator's answer is near one where data "
        "outnumber fakes, near zero where fakes outnumber data, and a half where there are equally many.",
    )


def distances(js_divergence, wasserstein_1d):
    """JS and Wasserstein distance between a cloud and a shifted copy of it, by the shift."""
    cloud, edges = np.random.default_rng(0).uniform(0, 1, size=2000), np.linspace(-0.05, 5.05, 52)
    shifts = np.linspace(0, 4, 41)
    first = np.histogram(cloud, edges)[0] / len(cloud)
    found = {"Wasserstein": [wasserstein_1d(cloud, cloud + shift) for shift in shifts]}
    found["JS"] = [js_divergence(first, np.histogram(cloud + shift, edges)[0] / len(cloud)) for shift in shifts]
    drawn, ax = figure(height=2.6)
    for (name, values), colour in zip(found.items(), ("value", "gradient"), strict=True):
        ax.plot(shifts, values, color=COLOURS[colour], label=name)
    ax.axhline(np.log(2), color=COLOURS["muted"], linewidth=0.8, linestyle=":")
    ax.set(xlabel="how far the fakes are shifted", ylabel="distance", xlim=(0, 4), ylim=(0, 4))
    label_lines(ax)
    return show(
        drawn,
        "Two lines over the shift between two clouds of width one. The Wasserstein distance is a straight line. JS rises to "
        "log 2 at a shift of one, where the clouds lose touch, and is flat from there on.",
    )


def spirals(paths):
    """Ways through the game f = x y: {name: (T, 2)}, side by side, a dot where each begins."""
    drawn, axes = figure(1, len(paths), height=2.6, squeeze=False)
    for ax, (name, path) in zip(axes[0], paths.items(), strict=True):
        ax.plot(*path.T, ".-", color=COLOURS["value"], markersize=3, linewidth=0.9)
        ax.plot(*path[0], "o", color=COLOURS["gradient"])
        ax.plot(0, 0, "+", color=COLOURS["reference"], markersize=10)
        ax.set(title=name, xlabel="x (wants x y small)", aspect="equal", xlim=(-3.2, 3.2), ylim=(-3.2, 3.2))
    axes[0, 0].set_ylabel("y (wants it large)")
    return show(
        drawn,
        "Two ways about the solution in the middle. Moving at once, the players spiral outwards; moving in turn, they go round "
        "and round on an ellipse. Neither comes closer.",
    )


def closing_in(data, fakes, judged):
    """One frame: histograms of data and fakes, and what the discriminator says at each place.

    Args:
        data, fakes: (N, 1) and (M, 1). judged: function from places (K, 1) to probabilities (K, 1).
    """
    drawn, (above, below) = figure(2, 1, height=3.6, sharex=True, height_ratios=[2, 1])
    bins, places = np.linspace(-4.5, 4.5, 61), np.linspace(-4.5, 4.5, 181)[:, np.newaxis]
    for rows, name, colour in ((data, "data", "train"), (fakes, "fakes", "other")):
        above.hist(np.clip(rows[:, 0], -4.49, 4.49), bins, density=True, color=COLOURS[colour], alpha=0.5, label=name)
    above.legend(frameon=False, fontsize=9, loc="upper right")
    above.set(ylim=(0, 0.75), yticks=[], ylabel="density", xlim=(-4.5, 4.5))
    below.plot(places, judged(places), color=COLOURS["reference"])
    below.axhline(0.5, color=COLOURS["muted"], linewidth=0.8, linestyle=":")
    below.set(ylabel="D", ylim=(-0.05, 1.05), yticks=[0, 0.5, 1], xlabel="x")
    return drawn


CLOSING_IN = (
    "Data at two places, and fakes that begin as one heap. Step by step the heap spreads, splits and settles over the data, "
    "while the discriminator's curve flattens to a half there and stays low in the gap."
)


def curves(steps, values, ylabel, alt, goal=None):
    """Lines over training steps: values = {name: (S,)}; a dotted line at `goal`."""
    drawn, ax = figure(height=2.5)
    for name, line in values.items():
        ax.plot(steps, line, label=name)
    if goal is not None:
        ax.axhline(goal, color=COLOURS["muted"], linestyle=":", linewidth=1)
    ax.set(xlabel="steps", ylabel=ylabel)
    label_lines(ax)
    return show(drawn, alt)


def _landscape(ax, fakes, judged, dot):
    ticks, turn = np.linspace(-3.2, 3.2, 65), np.linspace(0, 2 * np.pi, 60)
    across, up = np.meshgrid(ticks, ticks)
    heights = judged(np.stack([across.ravel(), up.ravel()], axis=1)).reshape(65, 65)
    ax.contourf(across, up, heights, levels=np.linspace(0, 1, 11), cmap="Greys_r", alpha=0.5)
    for x, y in RING:
        ax.plot(x + 0.45 * np.cos(turn), y + 0.45 * np.sin(turn), color=COLOURS["train"], linewidth=1.5)
    ax.plot(*fakes.T, ".", color=COLOURS["other"], markersize=dot)
    ax.set(xlim=(-3.2, 3.2), ylim=(-3.2, 3.2), xticks=[], yticks=[], aspect="equal")


def cloud(fakes, judged):
    """One frame: fakes (N, 2) as a cloud over the discriminator's landscape, and circles where the data are.

    Args:
        fakes: (N, 2). judged: function from places (K, 2) to probabilities (K, 1).
    """
    drawn, ax = figure(height=4.5)
    _landscape(ax, fakes, judged, 3)
    return drawn


def clouds(shots):
    """Four of these frames in one picture: shots = {title: (fakes, judged)}."""
    drawn, axes = figure(2, 2, height=4.8)
    for ax, (title, (fakes, judged)) in zip(axes.ravel(), shots.items(), strict=True):
        _landscape(ax, fakes, judged, 1.8)
        ax.set_title(title)
    return show(drawn, CLOUD)


CLOUD = (
    "Eight circles on a ring, where the data are, and a cloud of fakes that begins as a shapeless heap. It spreads, becomes a "
    "star with a ray through each circle, and then gathers in all of the eight circles."
)

ASLEEP = (
    "The shares of the fakes at the left and at the right place over 600 steps. They jump up and down against each other: often "
    "nearly all fakes are at one place, a moment later at the other, and in the end all are at the left one."
)
