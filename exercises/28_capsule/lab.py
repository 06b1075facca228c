"""What this lesson draws and trains with. Given, for you to read and to use; nothing here is graded.

Functions that need something of yours take it as an argument: `loss_of_length(margin_loss)`.
"""

import numpy as np

from autograder.datasets import load_digits
from autograder.lab import COLOURS, figure, images, label_lines, show

EYE = np.array([[0, 1, 1, 1, 0], [1, 0, 0, 0, 1], [1, 0, 1, 0, 1], [1, 0, 0, 0, 1], [0, 1, 1, 1, 0]], float)
NOSE = np.array([[0, 0, 1, 0, 0], [0, 0, 1, 0, 0], [0, 1, 1, 0, 0], [0, 1, 0, 0, 0], [0, 1, 1, 1, 0]], float)
MOUTH = np.array([[0, 0, 0, 0, 0], [1, 0, 0, 0, 1], [1, 1, 0, 1, 1], [0, 1, 1, 1, 0], [0, 0, 0, 0, 0]], float)
PARTS = {"eye": EYE, "nose": NOSE, "mouth": MOUTH}
FACE = {"eye": [(2, 2), (2, 13)], "nose": [(7, 8)], "mouth": [(13, 8)]}  # row and column of each part's corner
SHUFFLED = {"eye": [(14, 1), (8, 13)], "nose": [(1, 13)], "mouth": [(2, 2)]}


def digits():
    """The digits, shuffled: 1200 to train with, 597 others to test with; pixels from 0 (no ink) to 1.

    Returns:
        (x, labels), (x_test, labels_test): (1200, 8, 8) and (597, 8, 8), with their digits.

    Example:
        >>> (x, labels), (x_test, labels_test) = digits()
        >>> x.shape, labels.shape, x_test.shape
        ((1200, 8, 8), (1200,), (597, 8, 8))
    """
    pictures, labels = load_digits()
    order = np.random.default_rng(0).permutation(len(labels))
    pictures, labels = pictures[order], labels[order]
    return (pictures[:1200], labels[:1200]), (pictures[1200:], labels[1200:])


def drawing(places):
    """A picture of 20 x 20 pixels with parts at some places: places = {name of the part: [(row, column), ...]}.

    Example:
        >>> float(drawing({"nose": [(0, 0)]}).sum()) == float(NOSE.sum())
        True
    """
    canvas = np.zeros((20, 20))
    for name, corners in places.items():
        for row, column in corners:
            canvas[row : row + 5, column : column + 5] += PARTS[name]
    return canvas


def answers(picture):
    """What is left of a picture after one detector for each part, and the maximum over all places: {part: 0 to 1}.

    Example:
        >>> answers(drawing({"nose": [(3, 4)]}))["nose"]
        1.0
    """
    windows = np.lib.stride_tricks.sliding_window_view(picture, (5, 5))
    # Ink where the part has ink counts for it, ink elsewhere against it.
    found = {name: ((windows * (2 * part - 1)).sum(axis=(2, 3)) / part.sum()).max() for name, part in PARTS.items()}
    return {name: float(value) for name, value in found.items()}


def opening():
    """The picture that the lesson begins with: a face, a shuffled one, and what pooling leaves of both."""
    drawn, axes = figure(2, 2, height=3.6, height_ratios=[3, 1])
    for (above, below), places, name in zip(axes.T, (FACE, SHUFFLED), ("a face", "shuffled"), strict=True):
        picture = drawing(places)
        above.imshow(picture, cmap="gray_r")
        above.set(title=name, xticks=[], yticks=[])
        above.spines[:].set_visible(False)
        kept = answers(picture)
        below.barh(range(3), kept.values(), color=COLOURS["value"])
        below.set(yticks=range(3), xlim=(0, 1.05), xlabel="largest answer")
        below.set_yticklabels(kept)
        below.invert_yaxis()
    return show(
        drawn,
        "Two drawings of the same two eyes, a nose and a mouth: a face, and the parts in the wrong places. Below each, the "
        "largest answers of three detectors: they are the same.",
    )


def lengths(squash):
    """How long a vector is before squash and after it."""
    r = np.linspace(0, 5, 300)
    drawn, ax = figure(height=2.3)
    ax.axhline(1, color=COLOURS["reference"], linestyle=":", label="_")
    ax.plot(r, squash(np.stack([r, 0 * r], axis=1))[:, 0], color=COLOURS["value"], label="_")
    ax.set(xlabel="length of s", ylabel="length of v", xlim=(0, 5), ylim=(0, 1.1))
    return show(
        drawn,
        "The length after squashing over the length before: flat at first, one half at 1, and rising slowly towards 1.",
    )


def six_votes():
    """Six children's votes for two parents, in the plane: (1, 6, 2, 2).

    Children 1 to 4 agree about parent A, and 5 and 6 see something else there. About parent B no two of 1 to 4 agree; 5 and 6 do.

    Example:
        >>> six_votes().shape
        (1, 6, 2, 2)
    """
    degrees = np.array([[35, 200], [42, 95], [48, 320], [55, 10], [250, 130], [160, 145]])
    size = np.array([[1.0, 0.9], [0.9, 1.0], [1.1, 0.9], [1.0, 1.0], [0.9, 1.1], [1.0, 1.0]])
    angle = np.radians(degrees)
    return (1.3 * size[..., np.newaxis] * np.stack([np.cos(angle), np.sin(angle)], axis=-1))[np.newaxis]


def arrows(u_hat, v, c):
    """One frame: the votes for each parent as lines, as wide as their coefficients, and the parent in black.

    Args:
        u_hat: (1, I, 2, 2). v: (1, 2, 2). c: (1, I, 2).
    """
    drawn, axes = figure(1, 2, height=2.7)
    for parent, (ax, name) in enumerate(zip(axes, "AB", strict=True)):
        for child, (across, up) in enumerate(u_hat[0, :, parent]):
            wide = {"color": COLOURS["value"], "alpha": 0.7, "solid_capstyle": "butt"}
            ax.plot([0, across], [0, up], linewidth=9 * c[0, child, parent], **wide)
            ax.plot(across, up, ".", color=COLOURS["value"], markersize=4)
            ax.text(1.22 * across, 1.22 * up, str(child + 1), ha="center", va="center", fontsize=9)
        tip = {"arrowstyle": "-|>", "color": COLOURS["reference"], "lw": 2.5, "shrinkA": 0, "shrinkB": 0}
        ax.annotate("", v[0, parent], (0, 0), arrowprops=tip)
        ax.add_patch(_circle())
        ax.set(title=f"{name}: length {np.sqrt((v[0, parent] ** 2).sum()):.2f}", xlim=(-1.9, 1.9), ylim=(-1.9, 1.9))
        ax.set(xticks=[], yticks=[], aspect="equal")
        ax.spines[:].set_visible(False)
    return drawn


def _circle():
    from matplotlib.patches import Circle

    return Circle((0, 0), 1, fill=False, linestyle=":", edgecolor=COLOURS["muted"])


ARROWS = (
    "Six votes for each of two parents, as lines, and the parents as black arrows inside a circle of radius 1. Round by round "
    "the four votes that agree about A grow wide there and thin at B, and A grows long. At B two votes that agree win over the "
    "others."
)


def loss_of_length(margin_loss):
    """What one capsule costs, over its length, if its class is there and if it is not."""
    r = np.linspace(0, 1, 201)
    there = [margin_loss(np.array([[[each]]]), np.array([0]))[0] for each in r]
    absent = [margin_loss(np.array([[[0.9], [each]]]), np.array([0]))[0] for each in r]  # class 0 costs nothing at 0.9
    drawn, ax = figure(height=2.4)
    ax.plot(r, there, color=COLOURS["value"], label="there")
    ax.plot(r, absent, color=COLOURS["gradient"], label="absent")
    ax.set(xlabel="length of the capsule", ylabel="loss", xlim=(0, 1), ylim=(-0.02, 0.85))
    label_lines(ax)
    return show(
        drawn,
        "Loss over a capsule's length. If its class is there, it falls to zero at 0.9; if not, it is zero up to 0.1 and rises "
        "then, half as steeply.",
    )


def linear_scores(x, labels, new):
    """Scores of a linear classifier fitted by least squares: the baseline.

    Args:
        x: (N, 8, 8), with labels (N,). new: (M, 8, 8).

    Returns:
        (M, 10).

    Example:
        >>> (x, labels), _ = digits()
        >>> linear_scores(x[:200], labels[:200], x[:3]).argmax(axis=1) == labels[:3]
        array([ True,  True,  True])
    """
    return _fitted(x.reshape(-1, 64), np.eye(10)[labels], 0.3)(new.reshape(-1, 64))


def _fitted(x, targets, price):
    """The best linear map with an offset from rows x to rows of targets; a price on its weights keeps them small."""
    ones = np.ones((len(x), 1))
    rows = np.block([[x, ones], [price * np.eye(x.shape[1] + 1)]])
    weights = np.linalg.lstsq(rows, np.r_[targets, np.zeros((x.shape[1] + 1, targets.shape[1]))], rcond=None)[0]
    return lambda new: new @ weights[:-1] + weights[-1]


def decoder(masked, pictures):
    """A linear decoder, fitted by least squares: from masked capsules to pixels.

    Args:
        masked: (N, J * Do), what mask_capsules gives. pictures: (N, 8, 8).

    Returns:
        A function from (..., J * Do) to pictures (..., 8, 8).

    Example:
        >>> decoder(np.eye(3), np.ones((3, 8, 8)))(np.eye(3)).shape
        (3, 8, 8)
    """
    draw = _fitted(masked, pictures.reshape(len(pictures), -1), 0.1)
    return lambda rows: draw(rows).reshape(*rows.shape[:-1], 8, 8)


def sweeps(pictures):
    """Pictures (Do, A, 8, 8): a row for each number of the capsule, a column for each amount."""
    count = pictures.shape[1]
    drawn = images(np.clip(pictures, 0, 1).reshape(-1, 8, 8), columns=count)
    return show(
        drawn,
        "A drawn digit again and again. Along each row one number of its capsule grows, and the strokes change: a part moves, "
        "thickens or fades, in each row another one.",
    )


def to_label(c, labels):
    """The mean share of a vote that goes to the label's parent: c (N, I, J), labels (N,).

    Example:
        >>> to_label(np.array([[[0.25, 0.75], [0.5, 0.5]]]), np.array([1]))
        0.625
    """
    return float(np.take_along_axis(c, labels[:, np.newaxis, np.newaxis], axis=2).mean())


def shares(pictures, label, v, c):
    """The same digit twice, upright and turned: who gives how much of its vote to which parent, and how long those become.

    Args:
        pictures: (2, 8, 8). label: the digit. v: (2, 10, Do). c: (2, I, 10).
    """
    drawn, axes = figure(3, 2, height=5.6, height_ratios=[1.4, 3, 1.2], sharey="row")
    most = np.abs(c - 0.1).max()
    for (above, middle, below), name, picture, parents, table in zip(
        axes.T, ("upright", "turned"), pictures, v, c, strict=True
    ):
        above.imshow(picture, cmap="gray", vmin=0, vmax=1)
        above.set(title=name, xticks=[], yticks=[])
        middle.imshow(table, aspect="auto", cmap="RdBu", vmin=0.1 - most, vmax=0.1 + most, interpolation="nearest")
        for border in range(9, len(table), 9):
            middle.axhline(border - 0.5, color=COLOURS["muted"], linewidth=0.8)
        middle.set(xticks=[], yticks=range(4, len(table), 9))
        size = np.sqrt((parents**2).sum(axis=1))
        bars = below.bar(range(10), size, color=COLOURS["muted"])
        bars[label].set_color(COLOURS["value"])
        below.set(xticks=range(10), xlim=(-0.5, 9.5), ylim=(0, 1), xlabel="parent (digit)")
    axes[1, 0].set_yticklabels([f"type {kind + 1}" for kind in range(c.shape[1] // 9)])
    axes[1, 0].set_ylabel("children, 9 places each")
    axes[2, 0].set_ylabel("length")
    return show(
        drawn,
        "One digit upright and turned by a quarter. Below each a table of 36 children and 10 parents: upright, one column "
        "stands out, that of the right digit, and its capsule is by far the longest; turned, the votes go to several parents, "
        "and another capsule is the longest.",
    )


def overlaid(x, labels, count=1000, seed=0):
    """Two different digits over each other, as often as asked.

    Returns:
        (both, pairs): pictures (count, 8, 8), the sum of two, cut at 1; and their digits (count, 2).

    Example:
        >>> (x, labels), _ = digits()
        >>> both, pairs = overlaid(x, labels, 5)
        >>> both.shape, bool((pairs[:, 0] != pairs[:, 1]).all())
        ((5, 8, 8), True)
    """
    rng = np.random.default_rng(seed)
    first = rng.integers(len(x), size=count)
    second = np.array([rng.choice(np.flatnonzero(labels != labels[each])) for each in first])
    return np.minimum(x[first] + x[second], 1), np.stack([labels[first], labels[second]], axis=1)


def both_found(scores, pairs):
    """The share of the pictures whose two largest scores are those of its two digits: scores (N, 10), pairs (N, 2).

    Example:
        >>> both_found(np.array([[0.1, 0.9, 0.8], [0.9, 0.1, 0.8]]), np.array([[2, 1], [0, 1]]))
        0.5
    """
    largest = np.argsort(-scores, axis=1, kind="stable")[:, :2]
    return float((np.sort(largest, axis=1) == np.sort(pairs, axis=1)).all(axis=1).mean())
