"""What this lesson draws and trains with. Given, for you to read and to use; nothing here is graded."""

import numpy as np

from autograder.datasets import load_digits
from autograder.lab import COLOURS, figure, label_lines, show, smooth


def digit_rows():
    """Handwritten digits in a random order, the same in every run: pixels (1797, 64) from 0 to 1, and labels (1797,).

    Example:
        >>> x, labels = digit_rows()
        >>> x.shape, labels.shape
        ((1797, 64), (1797,))
    """
    pictures, labels = load_digits()
    order = np.random.default_rng(0).permutation(len(pictures))
    return pictures.reshape(-1, 64)[order], labels[order]


def learner(hidden, seed=0, decay=0.0, inputs=64, classes=10):
    """A small network to train, or with hidden = 0 a linear model, softmax on top.

    Args:
        hidden: ReLU units.
        seed: of the first weights.
        decay: share of lr times the weights that each step takes off them.
        inputs, classes: numbers that go in and come out.

    Returns:
        (step, scores): step(x, labels, lr) makes one step of gradient descent on the mean cross-entropy of these rows and
        returns what that was before it; scores(x) gives (N, classes), the largest for the class that is predicted.

    Example:
        >>> step, scores = learner(0, inputs=1, classes=2)
        >>> x, labels = np.array([[1.0], [-1.0]]), np.array([0, 1])
        >>> losses = [step(x, labels, lr=1.0) for _ in range(20)]
        >>> bool(losses[-1] < losses[0]), scores(x).argmax(axis=1)
        (True, array([0, 1]))
    """
    rng = np.random.default_rng(seed)
    ways = [(inputs, hidden), (hidden, classes)] if hidden else [(inputs, classes)]
    w = [rng.normal(scale=np.sqrt(2 / n), size=(n, m)) for n, m in ways]
    b = [np.zeros(m) for _, m in ways]

    def forward(x):
        seen = [x]
        if hidden:
            seen.append(np.maximum(np.dot(x, w[0]) + b[0], 0))
        return seen, np.dot(seen[-1], w[-1]) + b[-1]

    def step(x, labels, lr):
        with np.errstate(all="ignore"):
            seen, z = forward(x)
            back = np.exp(z - z.max(axis=1, keepdims=True))
            back /= back.sum(axis=1, keepdims=True)
            chosen = back[range(len(x)), labels]
            loss = float(np.mean(-np.log(chosen + 1e-300)))
            back[range(len(x)), labels] -= 1
            back /= len(x)
            for k in range(len(w) - 1, -1, -1):
                below = np.dot(back, w[k].T) * (seen[k] > 0) if k else None
                w[k] -= lr * (np.dot(seen[k].T, back) + decay * w[k])
                b[k] -= lr * back.sum(axis=0)
                back = below
        return loss

    def scores(x):
        with np.errstate(all="ignore"):
            return forward(x)[1]

    return step, scores


def learn(step, x, labels, rates, batch=50, seed=1):
    """Train with one step for each of these learning rates, on random rows; returns the losses.

    Example:
        >>> step, scores = learner(0, inputs=1, classes=2)
        >>> len(learn(step, np.array([[1.0], [-1.0]]), np.array([0, 1]), rates=[0.5] * 7, batch=2))
        7
    """
    rng = np.random.default_rng(seed)
    losses = []
    for rate in rates:
        rows = rng.choice(len(x), min(batch, len(x)), replace=False)
        losses.append(step(x[rows], labels[rows], rate))
    return losses


def opening():
    """The picture that the lesson begins with: one network, three learning rates."""
    x, labels = digit_rows()
    drawn, ax = figure(height=2.6)
    for rate, colour in ((0.001, "muted"), (0.3, "train"), (6.0, "gradient")):
        losses = learn(learner(50)[0], x[:1200], labels[:1200], [rate] * 300)
        ax.plot(smooth(losses, 15), color=COLOURS[colour], label=f"lr {rate:g}")
    ax.set(xlabel="step", ylabel="loss", ylim=(0, 4), xlim=(0, 300))
    label_lines(ax)
    return show(
        drawn,
        "The loss of one network over 300 steps at three learning rates. At 0.001 it hardly moves, at 0.3 it falls close to "
        "zero, and at 6 it jumps up and settles where guessing is.",
    )


def range_and_schedule(lrs, losses, chosen, rates):
    """A range test with the chosen rate marked, and beside it the schedule that comes of it, a rate for each iteration."""
    drawn, (left, right) = figure(1, 2, height=2.8)
    left.plot(lrs, losses, color=COLOURS["light"], linewidth=1)
    left.plot(lrs, smooth(losses, 8), color=COLOURS["value"])
    left.axvline(chosen, color=COLOURS["gradient"], linestyle="--", linewidth=1)
    left.text(chosen * 0.8, 0.2, f"{chosen:.2g}", color=COLOURS["gradient"], fontsize=9, ha="right")
    left.set(
        xscale="log", xlabel="learning rate", ylabel="loss", ylim=(0, 5), title="range test", xticks=[1e-4, 1e-2, 1]
    )
    right.plot(rates, color=COLOURS["value"])
    right.axhline(chosen, color=COLOURS["gradient"], linestyle="--", linewidth=1)
    right.set(xlabel="iteration", ylabel="learning rate", ylim=(0, None), title="schedule")
    return show(
        drawn,
        "Left: the loss while the learning rate grows from 0.0001, flat at first, then falling, until it turns up and the "
        "test ends; the suggested rate is marked within the fall. Right: a triangular schedule whose top is that rate.",
    )


def race(runs):
    """The loss over the steps, a line for each run; runs = {name: losses}."""
    drawn, ax = figure(height=3.0)
    for name, losses in runs.items():
        ax.plot(smooth(losses, 30), label=name, linewidth=1.4)
    ax.set(yscale="log", xlabel="step", ylabel="loss", ylim=(0.01, 10))
    label_lines(ax)
    return show(
        drawn,
        "The loss over 400 steps on a logarithmic scale. At a rate far too small it hardly falls, at one far too large it "
        "leaves the picture at once; the suggested rate, the triangle and the falling rate fall fast, close to each other.",
    )


def learning_curves(sizes, curves):
    """Share of right answers by the number of training rows; curves = {name: (one share for each size and seed)}."""
    drawn, ax = figure(height=2.8)
    for name, shares in curves.items():
        ax.plot(sizes, 100 * np.mean(shares, axis=1), ".-", label=name)
    ax.set(xscale="log", xlabel="training rows", ylabel="% of validation right", xticks=sizes, xticklabels=sizes)
    ax.minorticks_off()
    label_lines(ax)
    return show(
        drawn,
        "Right answers against the number of training rows, for a linear model and for a network. Both climb steeply at first "
        "and level off; the network ends a little higher.",
    )


def wave(x):
    """The truth of the polynomials' section: a smooth wave on [-1, 1].

    Example:
        >>> wave(np.array([0.0]))
        array([0.])
    """
    return np.sin(3 * x)


def polynomials(degree, models=60, points=20, noise=0.3):
    """Predictions (models, 100) of polynomials, each fitted to noisy points of its own, on a grid over [-1, 1].

    Example:
        >>> polynomials(3).shape
        (60, 100)
    """
    rng = np.random.default_rng(0)
    grid, found = np.linspace(-1, 1, 100), []
    for _ in range(models):
        x = np.linspace(-1, 1, points)
        y = wave(x) + noise * rng.normal(size=points)
        found.append(np.polynomial.Polynomial.fit(x, y, degree, domain=[-1, 1])(grid))
    return np.array(found)


def bundle(predictions):
    """One frame: twenty of the models, their mean, and the truth. Returns the figure."""
    grid = np.linspace(-1, 1, predictions.shape[1])
    drawn, ax = figure(height=2.6)
    ax.plot(grid, predictions[:20].T, color=COLOURS["light"], linewidth=0.7)
    ax.plot(grid, predictions.mean(axis=0), color=COLOURS["value"], linewidth=2)
    ax.plot(grid, wave(grid), color=COLOURS["reference"], linestyle="--")
    ax.set(xlabel="x", ylabel="prediction", ylim=(-2.5, 2.5))
    return drawn


BUNDLE = (
    "Twenty polynomials, each fitted to its own noisy points, their mean and the true wave. Constants and straight lines "
    "agree with each other and miss the wave; at high degree they hit it on average and scatter widely."
)


def confusions(matrix):
    """A confusion matrix as a picture, its numbers written in."""
    drawn, ax = figure(height=3.8)
    wrong = matrix * (1 - np.eye(len(matrix)))
    ax.imshow(wrong, cmap="Oranges", vmax=max(1.0, 1.5 * wrong.max()))
    for i, row in enumerate(matrix):
        for j, count in enumerate(row):
            if count:
                ax.text(j, i, int(count), ha="center", va="center", fontsize=9)
    ax.set(xlabel="predicted", ylabel="truth", xticks=range(len(matrix)), yticks=range(len(matrix)))
    return show(
        drawn,
        "A table of ten rows and ten columns: nearly all counts stand on the diagonal. The row of the eights is spread over "
        "several columns.",
    )


def pairs_of(labels, count, seed=0):
    """Pairs of rows, half of them of the same class: (first, second, same), int arrays (count,).

    Example:
        >>> first, second, same = pairs_of(np.array([0, 0, 1, 1]), 10)
        >>> int(same.sum())
        5
    """
    rng = np.random.default_rng(seed)
    first = rng.integers(0, len(labels), size=count)
    same = np.arange(count) % 2
    second = []
    for row, wanted in zip(first, same, strict=True):
        fitting = np.flatnonzero((labels == labels[row]) == bool(wanted))
        second.append(rng.choice(fitting[fitting != row]))
    return first, np.array(second), same


def roc(curves):
    """ROC curves, a line each; curves = {name: (fpr, tpr)}."""
    drawn, ax = figure(height=3.4)
    for name, (fpr, tpr) in curves.items():
        ax.plot(fpr, tpr, label=f"_{name}")
        place = np.searchsorted(tpr, 0.55 if name == "pixels" else 0.8)
        ax.annotate(
            name, (fpr[place], tpr[place]), (8, -10), textcoords="offset points", color=ax.lines[-1].get_color()
        )
    ax.plot([0, 1], [0, 1], color=COLOURS["muted"], linestyle=":")
    ax.set(xlabel="false alarms (fpr)", ylabel="found (tpr)", xlim=(-0.02, 1), ylim=(0, 1.02))
    return show(
        drawn,
        "Two ROC curves above the diagonal of guessing. The network's rises to nearly 1 at once; the one for "
        "the distance of pixels lies well below it.",
    )


def searches(tried):
    """Validation error by learning rate, a panel for each way of search; tried = {name: [(settings, error), ...]}."""
    drawn, axes = figure(1, len(tried), height=2.6, sharey=True)
    for ax, (name, history) in zip(axes, tried.items(), strict=True):
        rates, errors = [settings["lr"] for settings, _ in history], [100 * error for _, error in history]
        ax.plot(rates, errors, "o", markersize=4, alpha=0.7, color=COLOURS["value"])
        best = int(np.argmin(errors))
        ax.plot(rates[best], errors[best], "o", color=COLOURS["gradient"])
        ax.set(xscale="log", yscale="log", xlabel="learning rate", title=f"{name}: {len(history)} trials")
    axes[0].set(ylabel="validation error, %", yticks=[2, 5, 10, 20, 50, 90], yticklabels=[2, 5, 10, 20, 50, 90])
    axes[0].minorticks_off()
    return show(
        drawn,
        "Validation error against the learning rate. The grid tried four rates only, with the points in four columns; random "
        "search tried forty rates. Both find settings of nearly the same error.",
    )
