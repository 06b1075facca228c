"""What this lesson draws and trains with. Given, for you to read and to use; nothing here is graded.

Your functions come in as arguments: learn(x, labels, change=lambda digits, rng: ...).
"""

import numpy as np

from autograder.datasets import load_digits, load_photo
from autograder.lab import COLOURS, figure, images, label_lines, show

BATCH = 20


def photo():
    """A part of the photograph that the course ships: (3, 96, 144), values from 0 to 1."""
    return load_photo()[:, 40:136, 50:194]


def digit_rows(count, seed=0):
    """Handwritten digits, shuffled: `count` to train with, 1,000 others to test on.

    Returns:
        (x, labels), (x_test, labels_test): images (N, 8, 8) with values from 0 to 1, and their classes.

    Example:
        >>> (x, labels), (x_test, _) = digit_rows(50)
        >>> x.shape, x_test.shape
        ((50, 8, 8), (1000, 8, 8))
    """
    pictures, labels = load_digits()
    order = np.random.default_rng(seed).permutation(len(pictures))
    x, labels = pictures.reshape(-1, 8, 8)[order] / pictures.max(), labels[order]
    return (x[:count], labels[:count]), (x[-1000:], labels[-1000:])


def learn(x, labels, change=None, steps=1000, seed=0):
    """Train a network 64-48-10 (ReLU, softmax) by gradient descent with momentum, 20 rows a step.

    Args:
        x, labels: images (N, 8, 8) and classes (N,).
        change: change(digits, rng) gets the 20 digits of a step as ONE image of 20 channels, (20, 8, 8), and returns
            it changed; None leaves them as they are.
        steps, seed: how many steps; of the weights, the order of the rows, and `change`.

    Returns:
        predict: function of images (M, 8, 8) that returns their classes (M,).

    Example:
        >>> (x, labels), _ = digit_rows(100)
        >>> float(np.mean(learn(x, labels, steps=300)(x) == labels)) > 0.95
        True
    """
    rng = np.random.default_rng(seed)
    first, last = rng.normal(scale=0.18, size=(64, 48)), rng.normal(scale=0.14, size=(48, 10))
    params = [first, np.zeros(48), last, np.zeros(10)]
    speed = [0.0 * each for each in params]
    for _ in range(steps):
        rows = rng.choice(len(x), size=min(BATCH, len(x)), replace=False)
        digits = x[rows] if change is None else change(x[rows], rng)
        flat = digits.reshape(len(rows), 64) - 0.3
        hidden = np.where((z := flat @ params[0] + params[1]) > 0, z, 0)
        scores = hidden @ params[2] + params[3]
        powers = np.exp(scores - scores.max(1)[:, None])
        back = (powers / powers.sum(1)[:, None] - np.eye(10)[labels[rows]]) / len(rows)
        below = (back @ params[2].T) * (hidden > 0)
        for k, slope in enumerate((flat.T @ below, below.sum(0), hidden.T @ back, back.sum(0))):
            speed[k] = 0.9 * speed[k] - 0.05 * slope
            params[k] = params[k] + speed[k]

    def predict(pictures):
        inner = (pictures.reshape(len(pictures), 64) - 0.3) @ params[0] + params[1]
        return (np.where(inner > 0, inner, 0) @ params[2] + params[3]).argmax(1)

    return predict


def opening():
    """The picture that the lesson begins with: a digit, the same one pixel to the right, and what has changed."""
    (x, _), _ = digit_rows(10, seed=4)
    moved = np.zeros((8, 8))
    moved[:, 1:] = x[0][:, :-1]
    changed = np.mean(moved != x[0])
    return show(
        images([x[0], moved, np.abs(moved - x[0])], ["a digit", "one pixel on", f"{100 * changed:.0f} % changed"], 3),
        "A handwritten digit, the same digit one pixel further to the right, and the difference between the two, which is "
        "large wherever there is ink.",
    )


def panels(pictures, alt, columns=3):
    """Images beside each other, pictures = {title: (C, H, W)}; alt: words for those who cannot see them."""
    shown = [np.broadcast_to(each, (3, *each.shape[1:])) for each in pictures.values()]
    return show(images(shown, list(pictures), columns), alt)


def pushed(image, degrees):
    """Forward warping, the naive way: each input pixel is written to the place it goes to; what nobody reaches is 0.

    Example:
        >>> pushed(np.array([[[0.1, 0.2, 0.3]]]), 180).tolist()
        [[[0.3, 0.2, 0.1]]]
    """
    height, width = image[0].shape
    out, angle = np.zeros_like(image), np.deg2rad(degrees)
    row, column = np.indices((height, width))
    u, v = column - (width - 1) / 2, row - (height - 1) / 2
    to_column = np.rint(np.cos(angle) * u + np.sin(angle) * v + (width - 1) / 2).astype(int)
    to_row = np.rint(np.cos(angle) * v - np.sin(angle) * u + (height - 1) / 2).astype(int)
    hit = (to_row >= 0) & (to_row < height) & (to_column >= 0) & (to_column < width)
    out[:, to_row[hit], to_column[hit]] = image[:, row[hit], column[hit]]
    return out


def holes(image, degrees):
    """The share (%) of inner pixels that `pushed` leaves empty, counted in the middle half of the image."""
    height, width = image[0].shape
    reached = pushed(np.ones((1, height, width)), degrees)[0]
    middle = reached[height // 4 : -height // 4, width // 4 : -width // 4]
    return float(100 * np.mean(middle == 0))


def squares(height=60, width=90, side=10):
    """A chequered image (1, height, width), on which one sees what a warp does to straight lines.

    Example:
        >>> squares(2, 4, 1).tolist()
        [[[0.25, 1.0, 0.25, 1.0], [1.0, 0.25, 1.0, 0.25]]]
    """
    row, column = np.indices((height, width))
    return np.where((row // side + column // side) % 2, 1.0, 0.25)[None]


def lens(image):
    """One frame of the slider: an image (1, H, W) with nothing around it."""
    drawn, ax = figure(height=3.0)
    ax.imshow(image[0], cmap="gray", vmin=0, vmax=1)
    ax.axis("off")
    return drawn


LENS = (
    "A chessboard under a lens: for k below zero its corners are pulled out, for k above zero its sides bulge and the "
    "rim moves in."
)


def turned(degrees, right):
    """Test digits read (%) against the angle by which they were turned; right = {name: one number an angle}."""
    drawn, ax = figure()
    for (name, shares), colour in zip(right.items(), ("value", "other"), strict=True):
        ax.plot(degrees, shares, marker=".", color=COLOURS[colour], label=name)
    ax.axhline(10, color=COLOURS["muted"], linestyle=":", label="_guessing")
    ax.set(ylim=(0, 102), xlabel="test digits turned by (degrees)", ylabel="read right (%)", xticks=degrees[::2])
    label_lines(ax)
    return show(
        drawn,
        "Share of turned test digits read right against the angle. It falls from above 90 percent to less than half; the "
        "network trained on turned digits keeps its height over a wider range of angles.",
    )


def compare(counts, ways, seeds):
    """Train with each number of rows in each way, once a seed, draw the results and print them.

    Args:
        counts: numbers of training rows.
        ways: {name: change or None}, as `learn` takes it.
        seeds: of rows and weights.
    """
    drawn, ax = figure()
    found = {}
    for (name, change), colour in zip(ways.items(), ("muted", "value", "other"), strict=False):
        found[name] = right = np.zeros((len(counts), len(seeds)))
        for i, count in enumerate(counts):
            for j, seed in enumerate(seeds):
                train, (x_test, labels_test) = digit_rows(count, seed)
                right[i, j] = 100 * np.mean(learn(*train, change, seed=seed)(x_test) == labels_test)
        errors = right.std(axis=1, ddof=1) / len(seeds) ** 0.5
        ax.plot(counts, right.mean(axis=1), marker=".", color=COLOURS[colour], label=name)
        ax.errorbar(counts, right.mean(axis=1), errors, fmt="none", capsize=3, color=COLOURS[colour], label="_error")
    base, *others = found
    for name in others:
        for count, gains in zip(counts, found[name] - found[base], strict=True):
            error = gains.std(ddof=1) / len(seeds) ** 0.5
            print(f"{count:4} rows, {name} against {base}: {gains.mean():+.1f} +- {error:.1f} points", end="")
            print(f", better with {np.sum(gains > 0)} of {len(seeds)} seeds")
    ax.set(xscale="log", xticks=counts, xticklabels=counts, xlabel="training rows", ylabel="test digits read (%)")
    ax.minorticks_off()
    label_lines(ax)
    return show(
        drawn,
        "Share of test digits read against the number of training rows, with standard errors. With augmentation the "
        "line begins about two points higher, with few rows, and the two meet where there are many.",
    )
