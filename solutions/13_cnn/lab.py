"""What this lesson draws and trains with. Given, for you to read and to use; nothing here is graded.

Your functions and networks come in as arguments: through(network_forward, layers, params, image).
"""

import time

import numpy as np

from autograder.datasets import bars, load_digits
from autograder.lab import COLOURS, figure, images, show

DIRECTIONS = ("across", "down", "down right", "down left")


def digits():
    """Handwritten digits as images, shuffled: (x, labels) of 1200 to train with, (x, labels) of 597 others to test with.

    Example:
        >>> (x, labels), (x_test, labels_test) = digits()
        >>> x.shape, x_test.shape
        ((1200, 1, 8, 8), (597, 1, 8, 8))
    """
    pictures, labels = load_digits()
    order = np.random.default_rng(0).permutation(len(pictures))
    x, labels = pictures[order][:, np.newaxis], labels[order]
    return (x[:1200], labels[:1200]), (x[1200:], labels[1200:])


def right(classes, labels):
    """The share (%) of the classes that are the labels.

    Example:
        >>> right(np.array([1, 2, 3, 4]), np.array([1, 2, 3, 5]))
        75.0
    """
    return float(100 * np.mean(np.asarray(classes) == labels))


def probabilities(logits):
    """Softmax of each row, (N, K).

    Example:
        >>> probabilities(np.zeros((1, 4)))
        array([[0.25, 0.25, 0.25, 0.25]])
    """
    powers = np.exp(logits - logits.max(1)[:, None])
    return powers / powers.sum(1)[:, None]


def hinge_head(rows, labels, classes, steps=300, lr=0.05, price=0.001, seed=0):
    """A linear classifier with the hinge loss of a support vector machine, one class against the rest (unit 03).

    Args:
        rows: (N, D). labels: ints (N,). classes: K.
        steps, lr, price: batches of 100, learning rate, strength of the penalty on large weights.
        seed: of the batches.

    Returns:
        function of rows (M, D) that gives the class of each.

    Example:
        >>> read = hinge_head(np.array([[-1.0], [1.0]]), np.array([0, 1]), 2)
        >>> read(np.array([[-3.0], [2.0]]))
        array([0, 1])
    """
    rng, mean = np.random.default_rng(seed), rows.mean(axis=0)
    w, sides = np.zeros((rows.shape[1], classes)), 2.0 * (labels[:, None] == np.arange(classes)) - 1
    shift = np.zeros(classes)
    for _ in range(steps):
        some = rng.choice(len(rows), size=min(100, len(rows)), replace=False)
        short = sides[some] * ((rows[some] - mean) @ w + shift) < 1  # whom the margin of 1 is not granted
        pull = short * sides[some] / len(some)
        w += lr * ((rows[some] - mean).T @ pull - price * w)
        shift += lr * pull.sum(axis=0)
    return lambda rows: ((rows - mean) @ w + shift).argmax(axis=1)


def nearest(x, labels, x_new):
    """The label of the nearest training image, by the sum of squared differences of pixels.

    Example:
        >>> nearest(np.array([[[[0.0]]], [[[1.0]]]]), np.array([7, 8]), np.array([[[[0.9]]]]))
        array([8])
    """
    rows, new = x.reshape(len(x), -1), x_new.reshape(len(x_new), -1)
    return labels[((new**2).sum(1)[:, None] - 2 * new @ rows.T + (rows**2).sum(1)).argmin(axis=1)]


def opening():
    """The picture that the lesson begins with: bars without noise, and as the networks see them."""
    clean, noisy = [], []
    for k in range(4):
        for noise, kept in ((0.0, clean), (0.2, noisy)):
            x, y = bars(40, np.random.default_rng(5), noise)
            kept.append(x[y == k][1, 0])
    return show(
        images(clean + noisy, titles=[*DIRECTIONS, *4 * [""]], columns=4, signed=True),
        "Eight small images with one short bar in each, four without noise and the same four with it. The bars run across, "
        "down, down to the right and down to the left, lie anywhere, and are brighter or darker than the ground.",
    )


def volumes(shapes, names):
    """Draw what the layers leave as boxes: (C, H, W) as C sheets of H x W, (units,) as a line of dots."""
    drawn, ax = figure(height=2.2)
    largest = max(max(shape[1:]) for shape in shapes if len(shape) == 3)
    x = 0.0
    for shape, name in zip(shapes, names, strict=True):
        if len(shape) == 3:
            high, wide = (side / largest for side in shape[1:])
            sheets = min(shape[0], 8)
            for sheet in reversed(range(sheets)):
                off = 0.05 * sheet
                box = ((x + off, off), wide, high)
                ax.add_patch(_rectangle(*box))
            middle = x + wide / 2
            x += wide + 0.05 * sheets
        else:
            ax.plot([x + 0.1] * 10, np.linspace(0.05, 0.95, 10), ".", color=COLOURS["value"])
            middle = x + 0.1
            x += 0.2
        ax.text(middle, -0.12, name + "\n" + " x ".join(map(str, shape)), ha="center", va="top", fontsize=8)
        x += 0.42
    ax.set(xlim=(-0.2, x), ylim=(-0.55, 1.45), aspect="equal")
    ax.axis("off")
    told = ", ".join(f"{name} {' x '.join(map(str, shape))}" for shape, name in zip(shapes, names, strict=True))
    return show(drawn, f"Boxes for what each layer leaves, shrinking in height and width and growing in depth: {told}.")


def _rectangle(place, wide, high):
    from matplotlib.patches import Rectangle

    return Rectangle(place, wide, high, facecolor="white", edgecolor=COLOURS["value"])


def filters(w, title=""):
    """One frame: the first channel of each filter of w (F, C, kH, kW); white is 0."""
    drawn = images(w[:, 0], columns=8, signed=True, height=1.0)
    drawn.suptitle(title, fontsize=10)
    return drawn


FILTERS = (
    "Eight filters of 3 by 3 weights, from random spots before the first epoch to short bars in different directions after "
    "the last."
)


def through(network_forward, layers, params, image):
    """One image through a network, with every feature map; each layer on a scale of its own.

    Args:
        network_forward, layers, params: yours.
        image: (C, H, W).
    """
    columns, stages = 8, [("input", image[:1])]
    for k in range(1, len(layers)):
        learning = sum(kind in ("conv", "fc") for kind, *_ in layers[:k])
        out, _ = network_forward(image[np.newaxis], layers[:k], params[:learning])
        stages.append((layers[k - 1][0], out[0]))
    rows = sum(-(-len(maps) // columns) for _, maps in stages)
    drawn, axes = figure(rows, columns, height=0.52 * rows)
    for ax in axes.ravel():
        ax.axis("off")
    row = 0
    for name, maps in stages:
        most = np.abs(maps).max() or 1.0
        for k, picture in enumerate(maps):
            ax = axes[row + k // columns, k % columns]
            ax.imshow(picture, cmap=_signed(), vmin=-most, vmax=most, interpolation="nearest")
        axes[row, 0].text(-0.15, 0.5, name, transform=axes[row, 0].transAxes, ha="right", va="center", fontsize=9)
        row += -(-len(maps) // columns)
    return show(
        drawn,
        "A handwritten digit on its way through the network, a row of small maps for each layer. The first maps show edges "
        "of one direction each, positive and negative; after relu only the positive ones are left, pooling coarsens them, "
        "and the last maps are 2 by 2 pixels.",
    )


def _signed():
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("signed", [COLOURS["gradient"], "white", COLOURS["value"]])


def looked_at(pictures, maps, titles):
    """Images above, and below each its occlusion map: how probable its class stayed when that place was covered.

    Args:
        pictures: list of (H, W). maps: list of (rows, columns), probabilities. titles: one for each.
    """
    count = len(pictures)
    drawn, axes = figure(2, count, height=2.4, squeeze=False)
    for k in range(count):
        axes[0, k].imshow(pictures[k], cmap="gray", interpolation="nearest")
        axes[1, k].imshow(maps[k], cmap="gray", vmin=0, vmax=1, interpolation="nearest")
        axes[0, k].set_title(titles[k], fontsize=9)
    for ax in axes.ravel():
        ax.axis("off")
    return show(
        drawn,
        "Two digits that are read rightly and three that are not; below each its occlusion map, dark where the class is lost. "
        "The first has one dark region, on its strokes; the second, read rightly, is dark nearly everywhere.",
    )


def texture():
    """An image (1, 1, 24, 24) of slanting stripes, 0 to 1: a style without a subject.

    Example:
        >>> texture().shape
        (1, 1, 24, 24)
    """
    rows, columns = np.mgrid[:24, :24]
    return ((rows + 2 * columns) // 3 % 3 == 0).astype(float)[np.newaxis, np.newaxis]


PAINTED = (
    "Three images: slanting stripes; noise; and what was painted from the noise, slanting stripes of the same width, in other "
    "places and with a few faults."
)


def side_by_side(pictures, titles, alt):
    """Images (H, W) beside each other, each with a title."""
    return show(images([np.clip(each, 0, 1) for each in pictures], titles=titles, columns=len(pictures)), alt)


def transfer(ConvNet, noise, shown, seeds=2):
    """Learn 0 to 4 first; then 5 to 9 from a few images: print the share (%) of 400 others that is read, mean over seeds.

    Args:
        ConvNet: yours.
        noise: standard deviation of the noise on all images.
        shown: images of each of the classes 5 to 9.
        seeds: how often.
    """
    layers = [("conv", 8, 3, 1), ("relu",), ("pool",), ("conv", 16, 3, 1), ("relu",), ("pool",), ("fc", 5)]
    told = {name: [] for name in ("frozen body", "fine-tuned", "from scratch", "random body")}
    pictures, labels = load_digits()
    early = np.flatnonzero(labels < 5)
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        x = pictures[:, np.newaxis] + rng.normal(0, noise, (len(pictures), 1, 8, 8))
        later = rng.permutation(np.flatnonzero(labels >= 5))
        few = np.concatenate([later[labels[later] == k][:shown] for k in range(5, 10)])
        rest = np.setdiff1d(later, few, assume_unique=True)[:400]
        body = ConvNet((1, 8, 8), layers, np.random.default_rng(seed))
        body.fit(x[early], labels[early], 5, 0.05, 0.9, 32, rng, 0.8)
        body.replace_head(5, rng)
        for name, kept in told.items():
            fresh = name in ("from scratch", "random body")  # fine-tuning goes on with the frozen body
            net = ConvNet((1, 8, 8), layers, np.random.default_rng(seed)) if fresh else body
            net.freeze(0 if name in ("fine-tuned", "from scratch") else 2)
            epochs, lr = (30, 0.005) if name == "fine-tuned" else (60, 0.02)
            net.fit(x[few], labels[few] - 5, epochs, lr, 0.9, 25, rng)
            kept.append(right(net.predict(x[rest]), labels[rest] - 5))
    print(
        f"noise {noise:g}, {shown} of each: " + ", ".join(f"{name} {np.mean(each):.0f}" for name, each in told.items())
    )


def costs(ConvNet, layers, x, labels):
    """Print how long one epoch takes, yours and torch's on one thread, and how many numbers are learned.

    Args:
        ConvNet: yours. layers: of conv (int kernels), relu, pool and one fc at the end. x: (N, C, H, W). labels: (N,).
    """
    net = ConvNet(x.shape[1:], layers, np.random.default_rng(0))
    start = time.perf_counter()
    net.fit(x, labels, 1, 0.05, 0.9, 32, np.random.default_rng(0))
    mine = time.perf_counter() - start
    learned = sum(w.size + b.size for w, b in net.params)
    print(f"{learned} numbers learned; one epoch of {len(x)} images: yours {1000 * mine:.0f} ms", end="")
    try:
        import torch
    except ModuleNotFoundError:
        print("; torch is not installed.")
        return
    torch.set_num_threads(1)
    made, channels = [], x.shape[1]
    for layer in layers:
        kind, settings = layer[0], layer[1:]
        if kind.startswith("conv"):
            made.append(torch.nn.Conv2d(channels, settings[0], settings[1], settings[2], settings[1] // 2))
            channels = settings[0]
        elif kind.startswith("fc"):
            made += [torch.nn.Flatten(), torch.nn.Linear(net.params[-1][0].shape[1], settings[0])]
        else:
            made.append(torch.nn.ReLU() if kind == "relu" else torch.nn.MaxPool2d(2))
    model = torch.nn.Sequential(*made).double()
    descent = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    pictures, classes = torch.from_numpy(x), torch.from_numpy(labels)
    for _ in range(2):  # the first one is slower
        start = time.perf_counter()
        for rows in torch.randperm(len(x)).split(32):
            descent.zero_grad()
            torch.nn.functional.cross_entropy(model(pictures[rows]), classes[rows]).backward()
            descent.step()
    print(f", torch's {1000 * (time.perf_counter() - start):.0f} ms (float64, one thread)")
