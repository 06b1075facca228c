"""What this lesson draws and trains with. Given, for you to read and to use; nothing here is graded.

Your functions come in as arguments: fit(train, watched, drop=(dropout_forward, dropout_backward, 0.5)).
"""

import time

import numpy as np

from autograder.datasets import load_digits
from autograder.lab import COLOURS, figure, label_lines, show


def digit_rows(count, wrong=0.0, seed=0):
    """Handwritten digits, shuffled, in three parts: `count` rows to train with, 400 to watch training by, 1,000 to test on.

    Args:
        count: training rows, at most 397.
        wrong: share of the training labels that are replaced by another digit, as a careless helper would.
        seed: of the order and of the wrong labels.

    Returns:
        Three pairs (x, labels). Pixels are centred and scaled by the training rows' mean and standard deviation.

    Example:
        >>> (x, labels), (x_watched, _), (x_test, _) = digit_rows(100)
        >>> x.shape, x_watched.shape, x_test.shape
        ((100, 64), (400, 64), (1000, 64))
    """
    pictures, labels = load_digits()
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(pictures))
    x, labels = pictures.reshape(-1, 64)[order], labels[order]
    x = (x - x[:count].mean()) / x[:count].std()
    taught = labels[:count].copy()
    mistaken = rng.permutation(count)[: round(wrong * count)]
    taught[mistaken] = (taught[mistaken] + rng.integers(1, 10, size=len(mistaken))) % 10
    return (x[:count], taught), (x[397:797], labels[397:797]), (x[797:], labels[797:])


class Network:
    """Dense layer, ReLU, dense layer, softmax; with room for batch normalisation before the ReLU, dropout after it.

    Args:
        sizes: (D, H, K), the inputs of a row, hidden units, classes.
        drop: (dropout_forward, dropout_backward, p), or None.
        norm: (batchnorm_forward, batchnorm_backward), or None.
        seed: of the weights and of dropout's draws.

    Attributes:
        params: the arrays that are trained, among them params[0] (D, H) and params[2] (H, K), the weights.

    Example:
        >>> network = Network((64, 5, 10))
        >>> network.scores(np.zeros((3, 64)), training=False).shape
        (3, 10)
    """

    def __init__(self, sizes, drop=None, norm=None, seed=0):
        inputs, hidden, classes = sizes
        self.rng = np.random.default_rng(seed)
        first = self.rng.normal(scale=(2 / inputs) ** 0.5, size=(inputs, hidden))
        last = self.rng.normal(scale=hidden**-0.5, size=(hidden, classes))
        self.params = [first, np.zeros(hidden), last, np.zeros(classes), np.ones(hidden), np.zeros(hidden)]
        self.drop, self.norm = drop, norm
        self.running = np.zeros(hidden), np.ones(hidden)

    def scores(self, x, training):
        """(N, K): a score for each class. With training=True what backwards needs is kept, and running averages move."""
        first, shift, last, offset, gamma, beta = self.params
        z = x @ first + shift
        self._x, self._normed, self._dropped = x, None, None
        if self.norm:
            z, mean, var, self._normed = self.norm[0](z, gamma, beta, *self.running, training)
            self.running = mean, var
        self._hidden = np.where(z > 0, z, 0)
        self._mask = z > 0
        if self.drop:
            self._hidden, self._dropped = self.drop[0](self._hidden, self.drop[2], self.rng, training)
        return self._hidden @ last + offset

    def slopes(self, dscores):
        """The gradients of params, from that of the scores; after scores(x, training=True)."""
        back = dscores @ self.params[2].T
        if self.drop:
            back = self.drop[1](back, self._dropped)
        back = back * self._mask
        dgamma = dbeta = np.zeros_like(self.params[1])
        if self.norm:
            back, dgamma, dbeta = self.norm[1](back, self._normed)
        return [self._x.T @ back, back.sum(0), self._hidden.T @ dscores, dscores.sum(0), dgamma, dbeta]


def probabilities(scores):
    """Softmax of each row."""
    powers = np.exp(scores - scores.max(1)[:, None])
    return powers / powers.sum(1)[:, None]


def judge(network, x, labels):
    """(loss, right): mean cross-entropy, and the share (%) of rows whose class is found; in evaluation mode.

    Example:
        >>> loss, right = judge(Network((2, 3, 4)), np.zeros((5, 2)), np.zeros(5, dtype=int))
        >>> round(loss, 4)
        1.3863
    """
    p = probabilities(network.scores(x, training=False))
    return float(-np.mean(np.log(p[range(len(x)), labels] + 1e-300))), float(100 * np.mean(p.argmax(1) == labels))


def fit(
    train, watched, hidden=200, epochs=60, lr=0.02, batch=20, penalty=None, drop=None, norm=None, stopper=None, seed=0
):
    """Train a Network by gradient descent with momentum 0.9, and watch both losses.

    Args:
        train, watched: pairs (x, labels): rows to learn, and rows to look at after each epoch.
        hidden, epochs, lr, batch: hidden units; passes over the rows; learning rate; rows a step.
        penalty: function of a weight matrix that returns (loss, gradient), added to the training loss; or None.
        drop, norm: as Network takes them.
        stopper: an EarlyStopping, told the watched rows' loss and params after each epoch; training ends when it says so.
        seed: of weights, order of the rows and masks.

    Returns:
        (network, story): story["train"], story["watched"] are lists of (loss, right), one pair an epoch.

    Example:
        >>> rows = np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([0, 1])
        >>> network, story = fit(rows, rows, hidden=3, epochs=50)
        >>> story["train"][-1][1]
        100.0
    """
    (x, labels), order = train, np.random.default_rng(seed + 1)
    network = Network((x.shape[1], hidden, labels.max() + 1), drop, norm, seed)
    speed = [np.zeros_like(param) for param in network.params]
    story = {"train": [], "watched": []}
    for _ in range(epochs):
        for rows in np.array_split(order.permutation(len(x)), max(1, len(x) // batch)):
            back = probabilities(network.scores(x[rows], training=True))
            back[range(len(rows)), labels[rows]] -= 1
            slopes = network.slopes(back / len(rows))
            if penalty:
                slopes[0] = slopes[0] + penalty(network.params[0])[1]
                slopes[2] = slopes[2] + penalty(network.params[2])[1]
            for param, v, slope in zip(network.params, speed, slopes, strict=True):
                v *= 0.9
                v -= lr * slope
                param += v
        story["train"].append(judge(network, x, labels))
        story["watched"].append(judge(network, *watched))
        if stopper and stopper.update(story["watched"][-1][0], network.params):
            break
    return network, story


def neighbours(train, x, k):
    """The class of each row of x by a vote among its k nearest training rows; a tie goes to the smaller class.

    Example:
        >>> neighbours((np.array([[0.0], [1.0], [5.0]]), np.array([2, 2, 0])), np.array([[4.0], [0.2]]), 1)
        array([0, 2])
    """
    rows, labels = train
    away = (x**2).sum(1)[:, None] + (rows**2).sum(1) - 2 * x @ rows.T
    nearest = labels[np.argsort(away, axis=1, kind="stable")[:, :k]]
    return np.array([np.bincount(each).argmax() for each in nearest])


def sparse_problem():
    """x (60, 40), y (60,) and the weights (40,) that made y of x: all are 0 but four. There is no noise.

    Example:
        >>> x, y, truth = sparse_problem()
        >>> np.flatnonzero(truth).tolist(), bool(np.allclose(x @ truth, y))
        ([3, 11, 20, 34], True)
    """
    x, truth = np.random.default_rng(0).normal(size=(60, 40)), np.zeros(40)
    truth[[3, 11, 20, 34]] = 2.0, -1.5, 1.0, 3.0
    return x, x @ truth, truth


def lines(ax, story, best=None):
    """Draw both losses of a story of `fit`; a dot at the best epoch."""
    for part, name in (("train", "training rows"), ("watched", "other rows")):
        losses = [loss for loss, _ in story[part]]
        ax.plot(range(len(losses)), losses, color=COLOURS["train" if part == "train" else "test"], label=name)
    if best is not None:
        height = story["watched"][best][0]
        ax.plot([best, best], [height, 1.25], ":", color=COLOURS["reference"], linewidth=1, label="_stop")
        ax.plot(best, height, "o", color=COLOURS["reference"], markersize=5, label="_stop")
        ax.text(best, 1.3, "stop here", ha="center", fontsize=9)
    ax.set(ylim=(0, 1.6), ylabel="loss")


def opening():
    """The picture that the lesson begins with: learning 300 digits by heart, 60 of them with a wrong label."""
    train, watched, _ = digit_rows(300, wrong=0.2)
    _, story = fit(train, watched)
    drawn, ax = figure()
    lines(ax, story)
    ax.set(xlabel="epoch", ylim=(0, 1.25))
    label_lines(ax)
    return show(
        drawn,
        "Loss over 60 epochs. On the training rows it falls to zero; on rows that the network has not seen it falls "
        "for seven epochs, then climbs.",
    )


def capacity(units=(1, 2, 4, 8, 16, 32, 64, 128, 256), seeds=3):
    """What share of rows networks of more and more hidden units get right, taught and unseen; means of some seeds."""
    train, watched, test = digit_rows(300, wrong=0.2)
    right = {"taught": [], "unseen": []}
    for hidden in units:
        networks = [fit(train, watched, hidden, epochs=40, seed=seed)[0] for seed in range(seeds)]
        right["taught"].append(np.mean([judge(network, *train)[1] for network in networks]))
        right["unseen"].append(np.mean([judge(network, *test)[1] for network in networks]))
    drawn, ax = figure()
    for (name, shares), kind in zip(right.items(), ("train", "test"), strict=True):
        ax.plot(units, shares, ".-", color=COLOURS[kind], label=name)
    ax.set(xscale="log", xlabel="hidden units", ylabel="digits right (%)", ylim=(0, 104))
    ax.set_xticks([1, 10, 100], ["1", "10", "100"])
    label_lines(ax)
    return show(
        drawn,
        "Digits read right against hidden units. With one or two units few are right, taught or unseen. From 64 on all "
        "taught ones are, wrong labels included, while the unseen ones stay a little above 80 percent.",
    )


def read(network, x, size, training):
    """The class (N,) that a network gives each row of x, asked in batches of `size`; its running averages stay.

    Example:
        >>> read(Network((2, 3, 4)), np.zeros((5, 2)), 2, training=False).shape
        (5,)
    """
    running, found = network.running, []
    for start in range(0, len(x), size):
        found.append(network.scores(x[start : start + size], training).argmax(1))
        network.running = running
    return np.concatenate(found)


def sparse_weights(found, truth):
    """One frame: weights by the way they were found, found = {name: (40,)}, over the true ones."""
    drawn, axes = figure(len(found), 1, height=3.8, sharex=True)
    for ax, (name, w) in zip(axes, found.items(), strict=True):
        ax.plot(truth, "o", color=COLOURS["muted"], markersize=7, fillstyle="none")
        ax.vlines(range(len(w)), 0, w, color=COLOURS["value"])
        ax.plot(np.flatnonzero(w), w[w != 0], ".", color=COLOURS["value"])
        ax.set(title=f"{name}: {np.count_nonzero(w)} of {len(w)} are not 0", ylim=(-2, 3.4), ylabel="weight")
    axes[-1].set_xlabel("number of the weight (circles: the truth)")
    return drawn


SPARSE = (
    "Forty weights found in two ways, over the true ones, of which four are not zero. Against the gradient none is zero; "
    "with the proximal step all but four are, at strengths from 0.01 to 0.3, and these four shrink as the strength grows."
)


def layers(scale, norm=None, depth=4, width=100):
    """The pre-activations (200, width) of each layer of a random ReLU network, and after `norm` where it is given.

    Args:
        scale: the weights' standard deviation is scale * sqrt(2 / width), with which 1 keeps the size of the numbers.
        norm: batchnorm_forward, applied to every layer's pre-activations in training mode; or None.

    Example:
        >>> {name: z.shape for name, z in layers(1.0, depth=2).items()}
        {'layer 1': (200, 100), 'layer 2': (200, 100)}
    """
    rng, one, zero = np.random.default_rng(0), np.ones(width), np.zeros(width)
    h, found = rng.normal(size=(200, width)), {}
    for k in range(1, depth + 1):
        z = h @ rng.normal(scale=scale * (2 / width) ** 0.5, size=(width, width))
        found[f"layer {k}"] = z if norm is None else norm(z, one, zero, zero, one, True)[0]
        h = np.where(found[f"layer {k}"] > 0, found[f"layer {k}"], 0)
    return found


def spreads(plain, normed):
    """One frame: how pre-activations spread, layer by layer, without batch normalisation (left) and with it (right)."""
    drawn, axes = figure(len(plain), 2, height=3.6, sharex=True)
    for row, name in zip(axes, plain, strict=True):
        for ax, values in zip(row, (plain[name], normed[name]), strict=True):
            ax.hist(np.clip(values, -6, 6).ravel(), bins=41, range=(-6, 6), color=COLOURS["value"])
            ax.set(yticks=[], xlim=(-6, 6))
            ax.spines["left"].set_visible(False)
            ax.text(0.93, 0.7, f"std {values.std():.2g}", transform=ax.transAxes, ha="right", fontsize=9)
        row[0].set_ylabel(name, rotation=0, ha="right", va="center")
    axes[0, 0].set_title("without")
    axes[0, 1].set_title("with batchnorm")
    drawn.supxlabel("pre-activation", fontsize=10)
    return drawn


SPREADS = (
    "Pre-activations of four layers, without batch normalisation on the left and with it on the right. On the left they "
    "shrink or grow layer by layer with the size of the weights; on the right every layer has a spread of one."
)


def stories(told, best):
    """Both losses over the epochs, a panel for each tool: told = {name: story of fit}, best = {name: epoch}."""
    drawn, axes = figure(len(told), 1, height=1.7 * len(told), sharex=True)
    for ax, (name, story) in zip(axes, told.items(), strict=True):
        lines(ax, story, best[name])
        right = story["watched"][-1][1]
        ax.set_title(f"{name}: {right:.0f} % of other rows right at the end")
        label_lines(ax, gap=0.16)
    axes[-1].set_xlabel("epoch")
    return show(
        drawn,
        "Training loss and the loss on other rows, for no tool, L2 and dropout. Without a tool the training loss falls to "
        "zero while the other one turns upwards after a few epochs; with L2 or dropout the two lines stay together and "
        "the turn is late and small.",
    )


def compare(rows, tools, early_stopping):
    """Print what each tool does: losses, digits right (%), and the seconds that it took; then what neighbours say.

    Args:
        rows: what `digit_rows` returned.
        tools: {name: settings of fit}; a setting "patience" makes an early_stopping of it, whose best params are taken.
        early_stopping: your class.
    """
    train, watched, test = rows
    print(f"{'':12} {'taught':>13} {'test':>13}\n{'':12} {'loss':>6} {'right':>6} {'loss':>6} {'right':>6} {'sec':>5}")
    for name, settings in tools.items():
        settings, start = dict(settings), time.perf_counter()
        stopper = early_stopping(settings.pop("patience")) if "patience" in settings else None
        network, _ = fit(train, watched, stopper=stopper, **settings)
        if stopper:
            network.params = stopper.best_params
        seconds = time.perf_counter() - start
        (loss, right), (test_loss, test_right) = judge(network, *train), judge(network, *test)
        print(f"{name:12} {loss:6.2f} {right:6.1f} {test_loss:6.2f} {test_right:6.1f} {seconds:5.1f}")
    for k in (1, 5):
        start = time.perf_counter()
        right = 100 * np.mean(neighbours(train, test[0], k) == test[1])
        print(f"{k} {'nearest':10} {'-':>6} {'-':>6} {'-':>6} {right:6.1f} {time.perf_counter() - start:5.1f}")
