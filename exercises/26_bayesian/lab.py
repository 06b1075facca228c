"""What this lesson draws and trains with. Given, for you to read and to use; nothing here is graded.

Functions that need your code take your module as an argument: `train(bayesian, ...)`.

A digit network has 8 filters of 3 x 3, relu, and a linear layer on all they say; its weights are a dict of "filters"
(8, 1, 3, 3), "shifts" (8,), "w" (10, 512) and "b" (10,). Where weights are not sure, each of these is a pair (mu, rho).
"""

from functools import cache

import numpy as np

from autograder.datasets import load_digits
from autograder.lab import COLOURS, figure, images, label_lines, show

SHAPES = {"filters": (8, 1, 3, 3), "shifts": (8,), "w": (10, 512), "b": (10,)}
SHARES = (0.25, 0.5, 0.75)  # of a density's height, where its contour lines are drawn
STEPS = 1500  # of training
FEWEST = 8  # rows in a bin that is drawn: the share of fewer says little


def digits():
    """The digits as images from 0 (no ink) to 1, shuffled: 600 to train with, 200 to choose settings by, 997 to test with.

    Returns:
        (x, labels), (x_val, labels_val), (x_test, labels_test): each (N, 1, 8, 8) and (N,).

    Example:
        >>> (x, labels), (x_val, _), (x_test, _) = digits()
        >>> x.shape, labels.shape, len(x_val), len(x_test)
        ((600, 1, 8, 8), (600,), 200, 997)
    """
    pictures, labels = load_digits()
    order = np.random.default_rng(0).permutation(len(labels))
    pictures = pictures.reshape(-1, 1, 8, 8)
    return tuple((pictures[rows], labels[rows]) for rows in np.split(order, [600, 800]))


def noisy(x, strength, seed=1):
    """Images from a bad camera: normal noise with this standard deviation on each pixel, cut off at 0 and 1.

    Example:
        >>> spoilt = noisy(np.zeros((1, 1, 2, 2)), 0.5)
        >>> bool(spoilt.min() == 0), bool(spoilt.max() <= 1)
        (True, True)
    """
    return np.clip(x + strength * np.random.default_rng(seed).normal(size=x.shape), 0, 1)


def rotate(x, degrees):
    """Images turned counterclockwise about their middle; a pixel between four others is their weighted mean, outside is 0.

    Example:
        >>> rotate(np.array([[[[0.0, 1.0], [0.0, 0.0]]]]), 90)[0, 0].round(6) + 0.0
        array([[1., 0.],
               [0., 0.]])
    """
    height, width = x.shape[2:]
    down, right = np.meshgrid(np.arange(height) - (height - 1) / 2, np.arange(width) - (width - 1) / 2, indexing="ij")
    turn = np.deg2rad(degrees)
    rows = np.cos(turn) * down + np.sin(turn) * right + (height - 1) / 2
    columns = np.cos(turn) * right - np.sin(turn) * down + (width - 1) / 2
    framed = np.pad(x, [(0, 0), (0, 0), (1, 2), (1, 2)])
    rows, columns = np.clip(rows, -1, height) + 1, np.clip(columns, -1, width) + 1
    top, left = np.floor(rows).astype(int), np.floor(columns).astype(int)
    out = np.zeros_like(x)
    for i in (0, 1):
        for j in (0, 1):
            share = (1 - np.abs(rows - top - i)) * (1 - np.abs(columns - left - j))
            out += share * framed[:, :, top + i, left + j]
    return out


def softmax(scores):
    """Probabilities over the last axis.

    Example:
        >>> softmax(np.array([[0.0, np.log(3)], [900.0, 900.0]]))
        array([[0.25, 0.75],
               [0.5 , 0.5 ]])
    """
    raised = np.exp(scores - scores.max(-1, keepdims=True))
    return raised / raised.sum(-1, keepdims=True)


def _patches(x):
    """The 3 x 3 pixels around each pixel of x (N, 1, 8, 8): (N, 64, 9)."""
    framed = np.pad(x[:, 0], [(0, 0), (1, 1), (1, 1)])
    shifted = [framed[:, i : i + 8, j : j + 8] for i in range(3) for j in range(3)]
    return np.stack(shifted, axis=-1).reshape(len(x), 64, 9)


class _Descent:
    """Adam on a list of arrays, with a learning rate that falls to 0."""

    def __init__(self, params, steps, lr=0.01):
        self.params, self.steps, self.lr, self.step = params, steps, lr, 0
        self.means = [[np.zeros_like(each), np.zeros_like(each)] for each in params]

    def move(self, slopes):
        self.step += 1
        rate = self.lr * (1 - (self.step - 1) / self.steps)
        for k, slope in enumerate(slopes):
            first, second = self.means[k]
            first += 0.1 * (slope - first)
            second += 0.01 * (slope * slope - second)
            size = np.sqrt(second / (1 - 0.99**self.step)) + 1e-8
            self.params[k] = self.params[k] - rate * first / (1 - 0.9**self.step) / size


def _start(rng):
    """Means to begin with: normal, of variance 1 over how many numbers are added up; biases 0."""
    return [
        rng.normal(size=shape) / np.prod(shape[1:]) ** 0.5 if len(shape) > 1 else np.zeros(shape)
        for shape in SHAPES.values()
    ]


@cache
def _plain(seed):
    rng = np.random.default_rng(seed)
    x, labels = digits()[0]
    patches = _patches(x)
    descent = _Descent(_start(rng), STEPS)
    for _ in range(STEPS):
        few = rng.integers(len(x), size=50)
        filters, shifts, w, b = descent.params
        seen = patches[few] @ filters.reshape(8, 9).T + shifts
        heard = np.maximum(seen, 0).transpose(0, 2, 1).reshape(50, 512)
        wrong = softmax(heard @ w.T + b)
        wrong[np.arange(50), labels[few]] -= 1
        back = (wrong @ w).reshape(50, 8, 64).transpose(0, 2, 1) * (seen > 0) / 50
        ahead = np.tensordot(back, patches[few], axes=([0, 1], [0, 1]))
        descent.move([ahead.reshape(8, 1, 3, 3), back.sum((0, 1)), wrong.T @ heard / 50, wrong.mean(0)])
    return dict(zip(SHAPES, descent.params, strict=True))


def plain(seed=0):
    """An ordinary digit network, trained on the 600 digits: a dict of its weights."""
    return dict(_plain(seed))


def say(weights, x):
    """What a digit network with these weights says: probabilities (N, 10).

    Example:
        >>> say({name: np.zeros(shape) for name, shape in SHAPES.items()}, np.zeros((2, 1, 8, 8)))[0].round(2)
        array([0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1])
    """
    seen = _patches(x) @ weights["filters"].reshape(8, 9).T + weights["shifts"]
    heard = np.maximum(seen, 0).transpose(0, 2, 1).reshape(len(x), -1)
    return softmax(heard @ weights["w"].T + weights["b"])


def certain(weights):
    """The same weights as pairs (mu, rho), with sigmas of 9.4e-14: as good as sure."""
    return {name: (value, np.full(value.shape, -30.0)) for name, value in weights.items()}


def train(student, x, labels, share=1.0, prior_sigma=1.0, steps=STEPS, seed=0):
    """A digit network whose weights are not sure, trained by Bayes by Backprop.

    Each step draws the weights once, for a batch of 50 rows, and moves mu and rho down the slope of the mean cross-entropy plus
    share * kl / rows.

    Args:
        student: your module. x: (N, 1, 8, 8). labels: (N,).
        share: of the divergence; 1 is the whole price. prior_sigma: of the prior.

    Returns:
        A dict of pairs (mu, rho).
    """
    rng = np.random.default_rng(seed)
    means = _start(rng)
    descent = _Descent(means + [np.full(each.shape, -4.0) for each in means], steps)
    for _ in range(steps):
        few = rng.integers(len(x), size=50)
        mu, rho = descent.params[:4], descent.params[4:]
        noise = [rng.normal(size=each.shape) for each in mu]
        drawn = [student.sample_weights(mu[k], rho[k], noise[k]) for k in (0, 1)]
        seen, back = student.convolve(x[few], *drawn)
        heard = np.maximum(seen, 0).reshape(50, -1)
        scores, kept = student.bayes_linear_forward(heard, mu[2], rho[2], mu[3], rho[3], noise[2], noise[3])
        wrong = softmax(scores)
        wrong[np.arange(50), labels[few]] -= 1
        dheard, *last = student.bayes_linear_backward(wrong / 50, kept)
        _, *first = back(dheard.reshape(seen.shape) * (seen > 0))
        pairs = [student.sample_weights_backward(first[k], rho[k], noise[k]) for k in (0, 1)] + [last[:2], last[2:]]
        for k, pair in enumerate(pairs):
            _, dmu, dsigma = student.gaussian_kl(mu[k], student.softplus(rho[k]), prior_sigma)
            pairs[k] = pair[0] + share / len(x) * dmu, pair[1] + share / len(x) * dsigma / (1 + np.exp(-rho[k]))
        descent.move([dmu for dmu, _ in pairs] + [drho for _, drho in pairs])
    return dict(zip(SHAPES, zip(descent.params[:4], descent.params[4:], strict=True), strict=True))


def ask(student, params, x, draws=20, seed=0):
    """What a network says whose weights are not sure, drawn anew each time: probabilities (draws, N, 10).

    Args:
        student: your module. params: pairs (mu, rho), from `train`. x: (N, 1, 8, 8).
    """
    rng = np.random.default_rng(seed)
    said = []
    for _ in range(draws):
        noise = rng.normal(size=(len(x), 8, 8, 8))
        seen = student.bayes_conv2d_forward(x, *params["filters"], *params["shifts"], noise)
        heard = np.maximum(seen, 0).reshape(len(x), -1)
        noises = rng.normal(size=SHAPES["w"]), rng.normal(size=SHAPES["b"])
        said.append(softmax(student.bayes_linear_forward(heard, *params["w"], *params["b"], *noises)[0]))
    return np.stack(said)


def slopes(student, params, x, labels, draws=10, seed=0):
    """The gradient of the cross-entropy with respect to the pixels, added up over draws of the weights: (N, 1, 8, 8).

    Args:
        student: your module. params: pairs (mu, rho), from `train` or `certain`. x: (N, 1, 8, 8). labels: (N,).
    """
    rng = np.random.default_rng(seed)
    total = np.zeros_like(x)
    for _ in range(draws):
        noise = {name: rng.normal(size=shape) for name, shape in SHAPES.items()}
        drawn = [student.sample_weights(*params[name], noise[name]) for name in ("filters", "shifts")]
        seen, back = student.convolve(x, *drawn)
        heard = np.maximum(seen, 0).reshape(len(x), -1)
        scores, kept = student.bayes_linear_forward(heard, *params["w"], *params["b"], noise["w"], noise["b"])
        wrong = softmax(scores)
        wrong[np.arange(len(x)), labels] -= 1
        dheard = student.bayes_linear_backward(wrong, kept)[0]
        total += back(dheard.reshape(seen.shape) * (seen > 0))[0]
    return total


@cache
def _dropping(seed):
    rng = np.random.default_rng(seed)
    x, labels = digits()[0]
    rows = x.reshape(len(x), 64)
    descent = _Descent(
        [rng.normal(size=(64, 64)) / 8, np.zeros(64), rng.normal(size=(10, 64)) / 8, np.zeros(10)], STEPS
    )
    for _ in range(STEPS):
        few = rng.integers(len(rows), size=50)
        w1, b1, w2, b2 = descent.params
        kept = 2.0 * (rng.random((50, 64)) < 0.5)
        before = rows[few] @ w1.T + b1
        heard = np.maximum(before, 0) * kept
        wrong = softmax(heard @ w2.T + b2)
        wrong[np.arange(50), labels[few]] -= 1
        back = (wrong @ w2) * kept * (before > 0) / 50
        descent.move([back.T @ rows[few], back.sum(0), wrong.T @ heard / 50, wrong.mean(0)])
    return dict(zip(("w1", "b1", "w2", "b2"), descent.params, strict=True))


def dropping(seed=0):
    """A network of 64 relu units, trained on the 600 digits with dropout of one half: the params that mc_dropout takes."""
    return dict(_dropping(seed))


def cool(said, labels):
    """Temperature scaling: one number that all scores are divided by, with the least cross-entropy on these rows.

    Args:
        said: probabilities (N, K), of rows that were put aside. labels: (N,).

    Returns:
        The temperature, from 0.5 to 4.

    Example:
        >>> cool(np.array([[0.99, 0.01], [0.99, 0.01]]), np.array([0, 1]))  # sure, and right half of the time
        4.0
    """
    tried = np.linspace(0.5, 4, 71)
    return float(tried[int(np.argmin([log_loss(at_temperature(said, each), labels) for each in tried]))])


def at_temperature(said, temperature):
    """Probabilities (N, K) once more, with their scores divided by the temperature.

    Example:
        >>> at_temperature(np.array([[0.9, 0.1]]), 2)
        array([[0.75, 0.25]])
    """
    return softmax(np.log(np.maximum(said, 1e-300)) / temperature)


def log_loss(said, labels):
    """The mean cross-entropy of probabilities (N, K)."""
    return float(-np.log(np.maximum(said[np.arange(len(labels)), labels], 1e-300)).mean())


def opening():
    """The picture that the lesson begins with: noisy digits that an ordinary network reads wrongly, and how sure it is."""
    x, labels = digits()[2]
    x = noisy(x, 0.3)
    said = say(plain(), x)
    missed = np.flatnonzero(said.argmax(1) != labels)
    chosen = [missed[labels[missed] == digit] for digit in range(10)]
    chosen = np.array([some[said[some].max(1).argmax()] for some in chosen if len(some)])
    titles = [f"{said[n].argmax()}: {min(99.9, 100 * said[n].max()):.1f} %" for n in chosen]
    return show(
        images(1 - x[chosen, 0], titles, columns=5),
        "Ten noisy digits, from 0 to 9, most of which a person can read. Above each stands what a trained network reads there, "
        "wrong each time, and how sure it is: nearly 100 percent.",
    )


def line_points(n, seed=4):
    """The first n of 30 points near the line y = 0.5 - 0.8 u, with noise of standard deviation 0.3.

    Returns:
        (x, y): (n, 2), a column of ones and one of u from -1 to 1; (n,).

    Example:
        >>> x, y = line_points(3)
        >>> x.shape, y.shape
        ((3, 2), (3,))
    """
    rng = np.random.default_rng(seed)
    u = rng.uniform(-1, 1, size=30)
    y = 0.5 - 0.8 * u + 0.3 * rng.normal(size=30)
    return with_ones(u[:n]), y[:n]


def alike(correlation, seed=0):
    """40 rows of two inputs with this correlation, on average, and noisy targets.

    Returns:
        (x, y): (40, 2), (40,).

    Example:
        >>> x, _ = alike(1.0)
        >>> bool(np.allclose(x[:, 0], x[:, 1]))
        True
    """
    rng = np.random.default_rng(seed)
    first, other = rng.normal(size=(40, 2)).T
    x = np.stack([first, correlation * first + (1 - correlation**2) ** 0.5 * other], axis=1)
    return x, x @ np.array([0.8, -0.6]) + rng.normal(size=40)


def with_ones(u):
    """A column of ones beside u: (N, 2)."""
    return np.stack([np.ones(len(u)), u], axis=1)


def fan(x, y, lines, mean, std):
    """One frame: lines drawn from a posterior, the band of twice the standard deviation of a new point, and the points.

    Args:
        x, y: the points, from line_points. lines: (L, 2), drawn weights. mean: (2,). std: (101,), over linspace(-2, 2, 101).
    """
    drawn, ax = figure(height=2.8)
    u = np.linspace(-2, 2, 101)
    middle = with_ones(u) @ mean
    ax.fill_between(u, middle - 2 * std, middle + 2 * std, color=COLOURS["light"], alpha=0.3, linewidth=0)
    ax.plot(u, with_ones(u) @ lines.T, color=COLOURS["value"], linewidth=0.7, alpha=0.6)
    ax.plot(u, 0.5 - 0.8 * u, ":", color=COLOURS["reference"])
    ax.plot(x[:, 1], y, "o", color=COLOURS["train"])
    ax.set(xlabel="u", ylabel="y", xlim=(-2, 2), ylim=(-4, 4))
    return drawn


FAN = (
    "Twenty lines drawn from the posterior, and the band where new points are expected. With no point the lines go anywhere; "
    "the more points there are, the narrower the fan. It is narrowest among the points and opens beyond them."
)


def prices(sigmas, lines):
    """What the divergence costs over sigma: lines = {name: (S,)}."""
    drawn, ax = figure(height=2.5)
    for name, values in lines.items():
        ax.semilogx(sigmas, values, label=name)
    ax.axvline(1, linestyle=":", color=COLOURS["muted"])
    ax.set(xlabel="sigma", ylabel="nats", xlim=(sigmas[0], sigmas[-1]), ylim=(0, 4))
    label_lines(ax)
    return show(
        drawn,
        "The divergence from a prior of standard deviation 1, over sigma on a logarithmic axis. It is least at sigma 1 for every "
        "mean, 0 if the mean is 0 as well; towards small sigmas it rises slowly, towards large ones steeply.",
    )


def ellipses(exact, narrow):
    """One frame: contour lines of two normal densities over two weights.

    Args:
        exact: (mean (2,), covariance (2, 2)). narrow: (mean (2,), sigmas (2,)), of independent weights.
    """
    drawn, ax = figure(height=3.0)
    turns = np.linspace(0, 2 * np.pi, 100)
    circle = np.stack([np.cos(turns), np.sin(turns)])
    shapes = {"exact": (exact[0], np.linalg.cholesky(exact[1])), "independent": (narrow[0], np.diag(narrow[1]))}
    for (mean, root), colour in zip(shapes.values(), ("reference", "value"), strict=True):
        for height in SHARES:
            ring = mean[:, np.newaxis] + np.sqrt(-2 * np.log(height)) * root @ circle
            ax.plot(*ring, color=COLOURS[colour], linewidth=1.2)
    ax.set(xlabel="first weight", ylabel="second weight", xlim=(-0.4, 1.4), ylim=(-1.3, 0.3), aspect="equal")
    ax.text(0.03, 0.10, "exact", color=COLOURS["reference"], transform=ax.transAxes)
    ax.text(0.03, 0.03, "independent", color=COLOURS["value"], transform=ax.transAxes)
    return drawn


ELLIPSES = (
    "Contour lines of the exact posterior of two weights, and of the nearest two independent normal distributions. With inputs "
    "that have nothing to do with each other both are nearly circles; the more alike the inputs, the longer and thinner is the "
    "exact ellipse, while the other stays round and fits inside."
)


def turned(angles, named, pictures):
    """How unsure a network is of a digit that is turned: named = {name: (A,)} over angles; pictures (A, 8, 8) below.

    Args:
        angles: (A,), in degrees.
    """
    drawn, (ax, below) = figure(2, 1, height=3.0, height_ratios=[8, 1], sharex=True)
    for (name, values), colour in zip(named.items(), ("value", "gradient"), strict=False):
        ax.plot(angles, values, color=COLOURS[colour], label=name)
    half = (angles[1] - angles[0]) / 2
    ax.set(ylabel="nats", xlim=(angles[0] - half, angles[-1] + half), ylim=(0, None))
    label_lines(ax)
    strip = np.concatenate(list(np.pad(1 - pictures, [(0, 0), (0, 0), (1, 1)], constant_values=1)), axis=1)
    below.imshow(strip, cmap="gray", vmin=0, vmax=1, extent=(*ax.get_xlim(), 0, 1), aspect="auto")
    below.set(xlabel="degrees", xticks=angles[::2], yticks=[])
    below.spines[:].set_visible(False)
    return show(
        drawn,
        "Entropy and mutual information over the angle by which a 6 is turned, with the turned images below. Both are small at "
        "the start, at 60 and 75 degrees and at the end, where the image looks like a 9, and rise in between.",
    )


def bins_of(said, labels, bins=10):
    """For each bin of confidence that has rows: (mean confidence, share right, rows).

    Args:
        said: probabilities (N, K). labels: (N,).

    Returns:
        (B, 3).

    Example:
        >>> bins_of(np.array([[0.7, 0.3], [0.65, 0.35], [0.0, 1.0]]), np.array([0, 1, 1])).round(3)
        array([[0.675, 0.5  , 2.   ],
               [1.   , 1.   , 1.   ]])
    """
    top, hit = said.max(1), said.argmax(1) == labels
    place = np.digitize(top, np.linspace(0, 1, bins + 1)[1:-1], right=True)
    return np.array([(top[place == k].mean(), hit[place == k].mean(), (place == k).sum()) for k in np.unique(place)])


def reliability(named, labels):
    """Share right over confidence, one panel a network: named = {network: {test: probabilities (N, 10)}}.

    A dot is a bin of at least FEWEST rows, and as large as they are many; on the dotted line confidence is honest.
    """
    drawn, axes = figure(1, len(named), height=2.9, sharey=True, squeeze=False)
    for ax, (network, tests) in zip(axes[0], named.items(), strict=True):
        ax.plot([0, 1], [0, 1], ":", color=COLOURS["reference"])
        for said, colour in zip(tests.values(), ("train", "gradient"), strict=False):
            found = bins_of(said, labels)
            found = found[found[:, 2] >= FEWEST]
            ax.plot(found[:, 0], found[:, 1], color=COLOURS[colour], linewidth=1)
            ax.scatter(
                found[:, 0],
                found[:, 1],
                s=3 + 0.3 * found[:, 2],
                color=COLOURS[colour],
                alpha=0.7,
                linewidth=0,
                clip_on=False,
            )
        ax.set(title=network, xlabel="confidence", xlim=(0, 1.05), ylim=(0, 1.05), aspect="equal")
    axes[0, 0].set_ylabel("share right")
    for number, (name, colour) in enumerate(zip(tests, ("train", "gradient"), strict=False)):
        axes[0, 0].text(0.05, 0.92 - 0.1 * number, name, color=COLOURS[colour], fontsize=9)
    return show(
        drawn,
        "Share of right answers over confidence. The ordinary network's dots for clean digits lie near the dotted line, those "
        "for noisy digits far below it, most of all its many answers with a confidence near 1. The dots of the network with "
        "uncertain weights lie near the line for both.",
    )


def worse(strengths, named, ylabel):
    """Lines over the strength of noise: named = {network: (S,)}."""
    drawn, ax = figure(height=2.6)
    for (name, values), colour in zip(named.items(), ("gradient", "other", "light", "value"), strict=False):
        ax.plot(strengths, values, "o-", markersize=3, color=COLOURS[colour], label=name)
    ax.set(xlabel="standard deviation of the noise", ylabel=ylabel, xlim=(strengths[0], strengths[-1]), ylim=(0, None))
    label_lines(ax)
    return show(
        drawn,
        "Calibration error over the strength of the noise. Without noise all networks are close to each other; with more noise "
        "the ordinary network's error grows to 0.3, that of the network with uncertain weights stays below 0.1.",
    )


def refused(named):
    """Share right among the rest over the share of rows that is refused: named = {network: right (N,), surest first}."""
    drawn, ax = figure(height=2.6)
    for (name, right), colour in zip(named.items(), ("gradient", "value", "other"), strict=False):
        away = np.arange(len(right) // 2)
        kept = [right[: len(right) - n].mean() for n in away]
        ax.plot(away / len(right), kept, color=COLOURS[colour], label=name)
    ax.set(xlabel="share sent to a human", ylabel="share right of the rest", xlim=(0, 0.5), ylim=(0.7, 1.01))
    label_lines(ax)
    return show(
        drawn,
        "Share of right answers among those the network keeps, over the share that it sends to a human. All lines rise; that of "
        "the network with uncertain weights begins higher and stays above.",
    )


def sent(x, titles):
    """Digits that are sent to a human, with a title each: x (K, 1, 8, 8)."""
    return show(
        images(1 - x[:, 0], titles, columns=5),
        "Ten digits that the network is least sure of. Most are hard to read for a person as well: blotted, cut off or written "
        "in an unusual way.",
    )
