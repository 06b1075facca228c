"""What this lesson draws and trains with. Given, for you to read and to use; nothing here is graded.

A network is a list of weights (out, in) and a list of biases (out,), as in initialization.py. Where it is trained, the
activation stands between the layers, and the last layer is left without one.
"""

import numpy as np

from autograder.datasets import digit_rows
from autograder.lab import COLOURS, CYCLE, figure, histograms, label_lines, show, smooth

SMALLEST = 1e-30  # what is smaller is drawn there: a logarithm knows no 0
BENDS = {  # an activation, and its derivative as a function of what comes out
    "tanh": (np.tanh, lambda h: 1 - h * h),
    "relu": (lambda z: z * (z > 0), lambda h: (h > 0) + 0.0),
}


def shapes_of(sizes):
    """The shapes of the weights between layers of these sizes.

    Example:
        >>> shapes_of([64, 50, 10])
        [(50, 64), (10, 50)]
    """
    return [(sizes[k + 1], sizes[k]) for k in range(len(sizes) - 1)]


def learn(weights, x, labels, activation, steps, lr, biases=None, batch=50, watch=None, seed=0):
    """Train copies of these weights by plain gradient descent on the cross-entropy of a softmax.

    Args:
        weights: list of arrays (out, in), where training starts.
        x, labels: rows (N, D) and their classes (N,).
        activation: "tanh" or "relu", between the layers.
        steps, lr, batch: steps of training, learning rate, rows a step.
        biases: list of arrays (out,); zeros by default.
        watch: called with (weights, biases) before each step and after the last.
        seed: of the order of the rows.

    Returns:
        (weights, biases, losses): where training ended, and the loss of each step's batch: NaN once it has overflowed.

    Example:
        >>> x, labels = np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([0, 1])
        >>> weights, biases, losses = learn([np.zeros((2, 2))], x, labels, "tanh", steps=30, lr=1.0, batch=2)
        >>> round(losses[0], 4), losses[-1] < 0.1
        (0.6931, True)
    """
    rng = np.random.default_rng(seed)
    bend, slope = BENDS[activation]
    weights = [np.array(w, dtype=float) for w in weights]
    biases = [np.zeros(len(w)) for w in weights] if biases is None else [np.array(b, dtype=float) for b in biases]
    losses = []
    with np.errstate(all="ignore"):
        for _ in range(steps):
            if watch:
                watch(weights, biases)
            rows = rng.choice(len(x), batch, replace=False)
            seen = [x[rows]]
            for k, (w, b) in enumerate(zip(weights, biases, strict=True)):
                z = np.dot(seen[-1], w.T) + b
                seen.append(bend(z) if k < len(weights) - 1 else z)
            scores = seen.pop()
            powers = np.exp(scores - scores.max(axis=1, keepdims=True))
            back = powers / powers.sum(axis=1, keepdims=True)
            losses.append(float(-np.mean(np.log(back[range(batch), labels[rows]] + 1e-300))))
            back[range(batch), labels[rows]] -= 1
            back /= batch
            for k in range(len(weights) - 1, -1, -1):
                onward = np.dot(back, weights[k]) * (slope(seen[k]) if k else 1)
                weights[k] -= lr * np.dot(back.T, seen[k])
                biases[k] -= lr * back.sum(axis=0)
                back = onward
        if watch:
            watch(weights, biases)
    return weights, biases, losses


def predict(weights, biases, x, activation):
    """The class that a trained network gives to each row of x.

    Example:
        >>> predict([np.array([[1.0], [-1.0]])], [np.zeros(2)], np.array([[3.0], [-2.0]]), "relu")
        array([0, 1])
    """
    with np.errstate(all="ignore"):
        for w, b in zip(weights[:-1], biases[:-1], strict=True):
            x = BENDS[activation][0](np.dot(x, w.T) + b)
        return (np.dot(x, weights[-1].T) + biases[-1]).argmax(axis=1)


def outputs(weights, x, activation):
    """What comes out of each layer of a network without biases, the activation after every layer.

    Example:
        >>> outputs([np.array([[2.0], [-2.0]])], np.array([[3.0]]), "relu")
        [array([[ 6., -0.]])]
    """
    found = []
    for w in weights:
        x = BENDS[activation][0](np.dot(x, w.T))
        found.append(x)
    return found


def opening():
    """The picture that the lesson begins with: the same network from weights of two sizes."""
    train, test = digit_rows()
    drawn, ax = figure(height=2.6)
    for scale, colour in ((0.05, COLOURS["muted"]), (0.2, COLOURS["train"])):
        rng = np.random.default_rng(1)
        start = [rng.normal(scale=scale, size=shape) for shape in shapes_of([64] + [50] * 9 + [10])]
        weights, biases, losses = learn(start, *train, "relu", steps=300, lr=0.05)
        right = 100 * np.mean(predict(weights, biases, test[0], "relu") == test[1])
        ax.plot(smooth(losses, 10), color=colour, label=f"{right:.0f} % right")
    ax.set(xlabel="step", ylabel="loss", ylim=(0, 2.6), xlim=(0, 300))
    label_lines(ax)
    return show(
        drawn,
        "The loss over 300 steps of two networks. One stays where it began, at 2.3, which is guessing; the other "
        "falls close to zero.",
    )


def twins(paths):
    """Weights of hidden units over the steps, a panel each; paths = {title: (steps + 1, units), one weight of each unit}."""
    drawn, axes = figure(1, len(paths), height=2.4, sharey=True)
    for ax, (title, path) in zip(axes, paths.items(), strict=True):
        ax.plot(path, linewidth=1.2)
        ax.set(title=title, xlabel="step", xticks=[0, 150, 300])
    axes[0].set_ylabel("one weight of each unit")
    return show(
        drawn,
        "Three panels with a line for each of eight units. From equal weights all eight are one single line for 300 steps. "
        "From nearly equal weights they part slowly, from random ones they are eight different lines throughout.",
    )


def spreads(weights, x):
    """One frame: histograms of what comes out of every second of ten tanh layers. Returns the figure."""
    layers = outputs(weights, x, "tanh")
    drawn = histograms({f"layer {k}": layers[k - 1] for k in (1, 3, 5, 7, 9)}, (-1, 1), "output of tanh")
    drawn.axes[-1].set_xticks([-1, -0.5, 0, 0.5, 1])
    return drawn


SPREADS = (
    "Histograms of five layers of a tanh network. With small weights the outputs shrink to a spike at zero; with large ones "
    "they pile up at minus one and one; in between they keep their spread from layer to layer."
)


def through(stds):
    """The signal's size at each layer, a line each; stds = {name: one number for each layer}."""
    drawn, ax = figure(height=3.4)
    for (name, size), colour in zip(stds.items(), CYCLE, strict=False):
        ax.plot(range(1, len(size) + 1), np.maximum(size, SMALLEST), color=colour, label=name)
    ax.set(yscale="log", xlabel="layer", ylabel="std after ReLU", xticks=[1, 10, 20, 30], ylim=(1e-12, 1e12))
    label_lines(ax)
    return show(
        drawn,
        "The signal's standard deviation through 30 ReLU layers, on a logarithmic scale. Weights of standard deviation 1 "
        "make it explode, of 0.01 vanish at once, Xavier's lose it slowly; He's, orthogonal and sparse ones keep it near one.",
    )


def echoes(norms):
    """The length of a recurrent state over the steps, as a share of its first; norms = {name: one number for each step}."""
    drawn, ax = figure(height=2.6)
    for name, norm in norms.items():
        ax.plot(np.maximum(norm, SMALLEST), label=name)
    ax.set(yscale="log", xlabel="step", ylabel="length of the state", ylim=(1e-10, 1e10))
    label_lines(ax)
    return show(
        drawn,
        "The length of a recurrent state over 100 steps without input, on a logarithmic scale. The identity keeps it level at "
        "one; the other recurrent weights make it fall or rise by many orders of magnitude.",
    )


def drift(sizes):
    """The signal's size at each layer, a line for each moment of the training; sizes = {name: one number for each layer}."""
    drawn, ax = figure(height=2.6)
    for (name, size), shade in zip(sizes.items(), ("light", "value", "reference"), strict=False):
        ax.plot(range(1, len(size) + 1), size, ".-", color=COLOURS[shade], label=name)
    ax.set(xlabel="layer", ylabel="std after ReLU", ylim=(0, None), xticks=range(1, len(size) + 1))
    label_lines(ax)
    return show(
        drawn,
        "The signal's standard deviation at each of nine layers. Before training the line is level at about 0.6; with the "
        "steps its right end rises, to several times as much.",
    )


def race(losses):
    """The loss of each network over its training steps; losses = {name: list of losses}."""
    drawn, ax = figure(height=3.2)
    for (name, values), colour in zip(losses.items(), CYCLE, strict=False):
        (line,) = ax.plot(smooth(values, 10), color=colour, label=name)
        end = np.flatnonzero(np.isfinite(line.get_ydata()))[-1]
        if end < len(values) - 1:
            ax.plot(end, line.get_ydata()[end], "x", color=colour, label="_overflow")
    ax.axhline(np.log(10), color=COLOURS["muted"], linestyle=":", label="_guessing")
    ax.text(120, np.log(10) * 1.2, "guessing", color=COLOURS["muted"], fontsize=9)
    ax.set(yscale="log", xlabel="step", ylabel="loss", ylim=(0.02, 2000))
    label_lines(ax)
    return show(
        drawn,
        "The loss of five networks over 300 steps, on a logarithmic scale. Zeros stay at guessing; standard deviation 1 starts "
        "near a thousand and overflows within a few steps; Xavier waits before it falls; He and orthogonal fall at once.",
    )
