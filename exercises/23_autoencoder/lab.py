"""What this lesson draws and trains with. Given, for you to read and to use; nothing here is graded.

Functions that need something of yours take it as an argument: `learn_vae(vae_loss_and_grads, adam_step, ...)`.
"""

from statistics import NormalDist

import numpy as np

from autograder.datasets import load_digits
from autograder.lab import COLOURS, figure, label_lines, show

# To walk between: a digit and which of the test rows that show it, twice. Chosen among those that a small VAE draws well.
WALKS = (((1, 4), (7, 29)), ((7, 29), (4, 43)), ((5, 19), (6, 14)), ((4, 43), (9, 1)))
STEPS = 9


def digits():
    """The digits as rows of pixels from 0 (no ink) to 1, shuffled: 1200 to train with, 597 others to test with.

    Returns:
        (x, labels), (x_test, labels_test): (1200, 64) and (597, 64), with their digits.

    Example:
        >>> (x, labels), (x_test, labels_test) = digits()
        >>> x.shape, x_test.shape, float(x.min()), float(x.max())
        ((1200, 64), (597, 64), 0.0, 1.0)
    """
    pictures, labels = load_digits()
    order = np.random.default_rng(0).permutation(len(labels))
    rows, labels = pictures.reshape(len(labels), 64)[order], labels[order]
    return (rows[:1200], labels[:1200]), (rows[1200:], labels[1200:])


def ends():
    """The digits that the walks begin and end with, from the test rows: a list of arrays (2, 64)."""
    _, (x, labels) = digits()
    return [np.stack([x[labels == digit][number] for digit, number in walk]) for walk in WALKS]


def between(first, last, steps=STEPS):
    """Points at even distances on the line from one to the other, both ends included: (steps, D).

    Example:
        >>> between(np.array([0.0, 4.0]), np.array([2.0, 0.0]), steps=3)
        array([[0., 4.],
               [1., 2.],
               [2., 0.]])
    """
    share = np.linspace(0, 1, steps)[:, np.newaxis]
    return first + share * (last - first)


def strips(rows, alt, smooth=False):
    """Pictures side by side, a strip for each name: rows = {name: (K, pixels)}, of 8 x 8 pixels or 4 x 4."""
    return show(_strips(rows, smooth), alt)


def _strips(rows, smooth=False):
    count = max(len(pictures) for pictures in rows.values())
    drawn, axes = figure(len(rows), 1, height=len(rows) * (3.8 / count + 0.07), squeeze=False)
    for ax, (name, pictures) in zip(axes[:, 0], rows.items(), strict=True):
        side = round(pictures.shape[1] ** 0.5)
        # Smoothed ones get a dark margin, so that neighbours do not run into each other; others a white line between them.
        edge = {"pad_width": 1} if smooth else {"pad_width": ((0, 0), (0, 1)), "constant_values": np.nan}
        large = [
            picture.reshape(side, side).repeat(8 // side, axis=0).repeat(8 // side, axis=1) for picture in pictures
        ]
        wide = np.hstack([np.pad(picture, **edge) for picture in large])
        ax.imshow(wide, cmap="gray", vmin=0, vmax=1, interpolation="bicubic" if smooth else "nearest")
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
        ax.set_ylabel(name.rstrip("_"), rotation=0, ha="right", va="center", fontsize=9)
    return drawn


def opening():
    """The picture that the lesson begins with: the pixels of two digits, mixed."""
    rows = {f"{a} to {b}": between(*pair) for ((a, _), (b, _)), pair in zip(WALKS, ends(), strict=True)}
    return strips(
        rows,
        "Four strips of nine pictures, from a 1 to a 7, a 7 to a 4, a 5 to a 6, a 4 to a 9. In the middle of each both digits "
        "lie over each other, half faded.",
        smooth=True,
    )


def squeezed(x, back):
    """One frame: digits (K, 64), and `back`, what is left of them after the squeeze."""
    return _strips({"64 pixels": x, "squeezed": back})


SQUEEZED = (
    "Ten digits, and the same digits drawn from a few numbers each: with one number all look like one blot, with eight about "
    "half can be told, with sixteen nearly all."
)


def convergence(steps, ratios, angles):
    """How training goes: the error as a multiple of PCA's, and the largest angle to PCA's space, each at some steps.

    Args:
        steps: (S,) numbers of steps. ratios: (S,). angles: {name: (S,)}, in degrees.
    """
    drawn, (above, below) = figure(2, 1, height=3.6, sharex=True)
    above.plot(steps, ratios, ".-", color=COLOURS["value"])
    above.axhline(1, color=COLOURS["reference"], linestyle=":")
    above.set(ylabel="error / PCA's")
    for (name, values), colour in zip(angles.items(), ("value", "other"), strict=True):
        below.plot(steps, values, ".-", color=COLOURS[colour], label=name)
    below.set(xlabel="steps", ylabel="angle (degrees)", ylim=(-3, 93), yticks=[0, 30, 60, 90])
    label_lines(below)
    return show(
        drawn,
        "Two lines over training steps. The error falls to PCA's within 150 steps, and is close to it at 70; the angle between "
        "the decoder's space and PCA's is still above 80 degrees at 70 steps and falls to zero by 200; the encoder's stays "
        "at about 20 degrees.",
    )


def neighbours(codes, labels, count=5):
    """The share of the `count` nearest codes that show the same digit, mean over all codes (N, K).

    Example:
        >>> neighbours(np.array([[0.0], [1.0], [5.0], [6.0]]), np.array([3, 3, 8, 8]), count=1)
        1.0
    """
    apart = ((codes[:, np.newaxis] - codes) ** 2).sum(axis=-1)
    np.fill_diagonal(apart, np.inf)
    near = np.argsort(apart, axis=1, kind="stable")[:, :count]
    return float((labels[near] == labels[:, np.newaxis]).mean())


def maps(codes, labels):
    """Digits as points: codes = {title: (N, 2)}, each digit written where half of its points are to each side."""
    drawn, axes = figure(1, len(codes), height=2.6 if len(codes) > 1 else 4.0, squeeze=False)
    for ax, (title, points) in zip(axes[0], codes.items(), strict=True):
        ax.scatter(*points.T, c=labels, cmap="tab10", s=2, alpha=0.6)
        for digit in range(10):
            place = np.median(points[labels == digit], axis=0)
            ax.text(*place, str(digit), ha="center", va="center", weight="bold", fontsize=11)
        low, high = np.percentile(points, [1, 99], axis=0)
        margin = 0.15 * (high - low)
        ax.set(title=title, xticks=[], yticks=[], xlim=(low[0] - margin[0], high[0] + margin[0]))
        ax.set_ylim(low[1] - margin[1], high[1] + margin[1])
    return show(
        drawn,
        "Test digits as points in the plane, by two numbers each. PCA's points of different digits lie mixed in the middle; "
        "the network's lie in clusters that can mostly be told apart; 1, 5 and 8 stay close.",
    )


def price(targets, cost):
    """What a unit pays for being active a share rho of the time: cost(rho, target) for rho from 0 to 1."""
    rho = np.linspace(0.001, 0.999, 400)
    drawn, ax = figure(height=2.4)
    for target in targets:
        ax.plot(rho, [cost(each, target) for each in rho], label=f"target {target:g}")
    ax.set(xlabel="active on the mean", ylabel="price (nats)", ylim=(0, 2), xlim=(0, 1))
    label_lines(ax)
    return show(
        drawn,
        "The price of a unit against its mean activity, a curve for each target: zero at the target, rising on both sides.",
    )


def learn_vae(loss_and_grads, step, x, code, hidden=128, epochs=100, lr=0.003, batch=50, seed=0):
    """Train a variational autoencoder by the student's loss and gradients.

    Args:
        loss_and_grads, step: vae_loss_and_grads and adam_step of the unit.
        x: rows (N, D), from 0 to 1.
        code: numbers in the code. hidden: tanh units on either side of it.
        epochs, lr, batch: passes over the rows, learning rate of the first step (it falls to 0), rows a step.
        seed: of the weights, the order of the rows, and the noise.

    Returns:
        params: the dict that vae_loss_and_grads takes.

    Example:
        >>> stays = lambda x, params, noise: (0.0, params)
        >>> params = learn_vae(stays, lambda params, grads, state, lr: None, np.ones((4, 6)), 2, hidden=3, epochs=1)
        >>> params["w_enc"].shape, params["b_out"].shape
        ((3, 6), (6,))
    """
    rng = np.random.default_rng(seed)
    params, state = {}, {}
    shapes = {"enc": (hidden, x.shape[1]), "mu": (code, hidden), "var": (code, hidden)}
    shapes |= {"dec": (hidden, code), "out": (x.shape[1], hidden)}
    for name, (units, inputs) in shapes.items():
        params[f"w_{name}"] = rng.normal(size=(units, inputs)) / inputs**0.5 * (0.1 if name == "var" else 1.0)
        params[f"b_{name}"] = np.zeros(units)
    parts = max(1, len(x) // batch)
    for epoch in range(epochs):
        for number, rows in enumerate(np.array_split(rng.permutation(len(x)), parts)):
            slopes = loss_and_grads(x[rows], params, rng.normal(size=(len(rows), code)))[1]
            step(params, slopes, state, lr * (1 - (epoch + number / parts) / epochs))
    return params


def layers_of(params):
    """A VAE without its noise, as an autoencoder's list of layers: to mu and back, for encode and decode with "tanh".

    Example:
        >>> layers_of({f"{letter}_{name}": f"{letter}{name}" for letter in "wb" for name in ("enc", "mu", "dec", "out")})[1]
        ('wmu', 'bmu')
    """
    return [(params[f"w_{name}"], params[f"b_{name}"]) for name in ("enc", "mu", "dec", "out")]


def ink(logits):
    """Pixels from 0 to 1 for a decoder's logits.

    Example:
        >>> ink(np.array([-1000.0, 0.0]))
        array([0. , 0.5])
    """
    return 0.5 + 0.5 * np.tanh(logits / 2)


def plane(side=13):
    """Codes (side * side, 2) all over the plane, such that equally many standard normal points lie about each; top row first."""
    ticks = np.array([NormalDist().inv_cdf(share) for share in np.linspace(0.02, 0.98, side)])
    across, up = np.meshgrid(ticks, ticks[::-1])
    return np.stack([across.ravel(), up.ravel()], axis=1)


def atlas(pictures):
    """Pictures (side * side, 64) as one large one, in the order of `plane`."""
    side = round(len(pictures) ** 0.5)
    rows = np.pad(pictures.reshape(side, side, 8, 8), ((0, 0), (0, 0), (1, 1), (1, 1)))
    whole = rows.transpose(0, 2, 1, 3).reshape(10 * side, 10 * side)
    drawn, ax = figure(height=4.5)
    ax.imshow(whole, cmap="gray", vmin=0, vmax=1, interpolation="bicubic")
    ax.set(xticks=[], yticks=[], xlabel="first number of the code", ylabel="second number")
    return show(
        drawn,
        "A square of 13 by 13 drawn digits. Neighbours are alike, and digits turn into one another from region to region: "
        "no place is empty.",
    )


def walks(mixed, drawn):
    """For each pair, the pixels mixed and below them what the decoder drew: two lists of (STEPS, 64)."""
    rows = {}
    for ((first, _), (last, _)), above, below in zip(WALKS, mixed, drawn, strict=True):
        rows[f"{first} to {last}"] = above
        rows[f"by code{'_' * len(rows)}"] = below  # names of their own; the underscores are not shown
    return strips(
        rows,
        "Four pairs of strips, from a 1 to a 7, a 7 to a 4, a 5 to a 6, a 4 to a 9. Above, mixed pixels: both digits at once, "
        "faded. Below, drawn from a line between two codes: one digit that changes its shape, stroke by stroke.",
        smooth=True,
    )


def to_nearest(pictures, x):
    """The squared distance from each picture (M, D) to the nearest row of x (N, D), mean over the pictures.

    Example:
        >>> to_nearest(np.array([[0.0, 1.0]]), np.array([[0.0, 3.0], [2.0, 1.0]]))
        4.0
    """
    return float(((pictures[:, np.newaxis] - x) ** 2).sum(axis=-1).min(axis=1).mean())
