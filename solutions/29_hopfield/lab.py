"""What this lesson draws and computes with. Given, for you to read and to use; nothing here is graded.

Functions that need something of yours take it as an argument: `completed(asynchronous_sweep, energy, w, patterns, rng)`.
"""

import itertools

import numpy as np

from autograder.datasets import load_digits
from autograder.lab import COLOURS, figure, label_lines, show

INK = 0.4  # a pixel with more ink than that is +1
# One of each digit, chosen among thousands of such sets: its upper halves lead to the lower ones more often than most.
TEN = (1078, 341, 648, 1052, 4, 1617, 1163, 429, 1544, 585)
TURNS = (0, 16, 32, 48, 64, 96, 192)  # when the finale takes its pictures


def digits():
    """All digits as states: +1 where there is ink, -1 where there is none.

    Returns:
        (patterns, labels): ints (1797, 64) and (1797,).

    Example:
        >>> patterns, labels = digits()
        >>> patterns.shape, np.unique(patterns).tolist()
        ((1797, 64), [-1, 1])
    """
    pictures, labels = load_digits()
    return np.where(pictures.reshape(len(labels), 64) > INK, 1, -1), labels


def ten():
    """Ten digits, 0 to 9, that the finale completes: ints (10, 64).

    Example:
        >>> patterns, labels = digits()
        >>> labels[list(TEN)].tolist()
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    """
    return digits()[0][list(TEN)]


def cover(patterns):
    """The digits with an empty lower half, in new arrays.

    Example:
        >>> cover(np.ones((1, 64), dtype=int)).reshape(8, 8)[:, 0].tolist()
        [1, 1, 1, 1, -1, -1, -1, -1]
    """
    return np.where(np.arange(64) < 32, patterns, -1)


def flip(patterns, count, rng):
    """Each of the patterns (P, N) with `count` of its units turned over, in new arrays.

    Example:
        >>> flipped = flip(np.ones((2, 9), dtype=int), 4, np.random.default_rng(0))
        >>> flipped.sum(axis=1).tolist()  # 5 - 4
        [1, 1]
    """
    places = np.argsort(rng.random(patterns.shape), axis=1)
    return np.where(places < count, -patterns, patterns)


def some(labels, count, rng):
    """Indices of `count` digits that all show different ones (at most 10).

    Example:
        >>> labels = np.arange(20) % 10
        >>> sorted(labels[some(labels, 10, np.random.default_rng(0))].tolist())
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    """
    return [int(rng.choice(np.flatnonzero(labels == digit))) for digit in rng.permutation(10)[:count]]


def shuffled(sweeps, n, rng):
    """Random orders for that many sweeps: ints (sweeps, n).

    Example:
        >>> np.sort(shuffled(2, 3, np.random.default_rng(0)), axis=1).tolist()
        [[0, 1, 2], [0, 1, 2]]
    """
    return np.argsort(rng.random((sweeps, n)), axis=1)


def found(recall, w, patterns, spoilt, rng):
    """The share of the patterns (P, N) that `recall` finds exactly, each from its spoilt one."""
    ends = [recall(w, start, shuffled(20, len(start), rng))[0] for start in spoilt]
    return float(np.all(np.array(ends) == patterns, axis=1).mean())


def opening():
    """The picture that the lesson begins with: the upper halves of ten digits."""
    shown = np.where(np.arange(64) < 32, ten() * 1.0, 0.0)
    return strips({"": shown}, "The upper halves of ten digits; their lower halves are covered.")


def strips(rows, alt):
    """Digits side by side, a strip for each name: rows = {name: (K, 64)}, ink is black, what is unknown (0) grey."""
    drawn, axes = figure(len(rows), 1, height=len(rows) * 0.5 + 0.05, squeeze=False)
    for ax, (name, pictures) in zip(axes[:, 0], rows.items(), strict=True):
        _strip(ax, pictures)
        ax.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=9)
    return show(drawn, alt)


def _strip(ax, pictures):
    padded = [np.pad(each.reshape(8, 8) * 1.0, ((0, 0), (0, 1)), constant_values=np.nan) for each in pictures]
    ax.imshow(np.hstack(padded), cmap="gray_r", vmin=-1.3, vmax=1, interpolation="nearest")
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)


def two_units(energy, tie):
    """One frame: the energy over two units that are tied by w = `tie`; real states are the four corners."""
    from matplotlib.colors import LinearSegmentedColormap

    w = np.array([[0.0, tie], [tie, 0.0]])
    drawn, ax = figure(height=3.0)
    between = np.stack(np.meshgrid(np.linspace(-1.15, 1.15, 80), np.linspace(-1.15, 1.15, 80)), axis=-1)
    shades = LinearSegmentedColormap.from_list("height", [COLOURS["value"], "white", COLOURS["gradient"]])
    ax.contourf(
        between[..., 0], between[..., 1], energy(w, between), np.linspace(-1.4, 1.4, 15), cmap=shades, alpha=0.6
    )
    for corner in itertools.product((-1, 1), repeat=2):
        ax.plot(*corner, "o", color="black")
        high = float(energy(w, np.array(corner))) + 0.0
        ax.annotate(f"E = {high:g}", corner, (-8 * corner[0], -12 * corner[1]), textcoords="offset points",
                    ha="right" if corner[0] > 0 else "left", va="center", fontsize=9)  # fmt: skip
    ax.set(xlabel="unit 1", ylabel="unit 2", xticks=[-1, 1], yticks=[-1, 1], aspect="equal")
    return drawn


TWO_UNITS = (
    "The energy over the states of two units. Tied by a positive weight, the corners where they agree are valleys and the others "
    "hills; by a negative weight it is the other way round."
)


def glass(n, rng):
    """Random symmetric weights (n, n) with an empty diagonal: nothing is stored in them.

    Example:
        >>> w = glass(3, np.random.default_rng(0))
        >>> bool(np.all(w == w.T)), np.diag(w).tolist()
        (True, [0.0, 0.0, 0.0])
    """
    w = np.triu(rng.normal(size=(n, n)) / n**0.5, 1)
    return w + w.T


def falls(lines, xlabel="sweeps"):
    """Energies over sweeps: a list of lists, which may differ in length."""
    drawn, ax = figure(height=2.4)
    for values in lines:
        ax.plot(values, color=COLOURS["value"], alpha=0.5, linewidth=1)
        ax.plot(len(values) - 1, values[-1], ".", color=COLOURS["value"])
    ax.set(xlabel=xlabel, ylabel="energy")
    return show(
        drawn,
        "Energies over sweeps, a line for each start. Every line falls or stays level, each into a valley.",
    )


def basins(shares, after):
    """How like the pattern the end is (overlap), against the share of units turned over: after = {name: (S,)}."""
    drawn, ax = figure(height=2.6)
    for (name, values), colour in zip(after.items(), ("value", "other", "gradient"), strict=False):
        ax.plot(shares, values, ".-", color=COLOURS[colour], label=name)
    ax.axvline(50, color=COLOURS["muted"], linestyle=":")
    ax.set(xlabel="units turned over at the start (%)", ylabel="overlap at the end", ylim=(-1.1, 1.1))
    label_lines(ax, gap=0.1)
    return show(
        drawn,
        "The overlap at the end over the share of units turned over. It stays near 1 until shortly before a half, then falls to "
        "-1: beyond a half the pattern turned over is nearer. With more patterns the fall begins earlier.",
    )


def cliff(found):
    """Shares recalled exactly against patterns per unit: found = {N: (loads, shares)}."""
    drawn, ax = figure(height=3.2)
    for (n, (loads, shares)), colour in zip(found.items(), ("light", "value", "reference"), strict=True):
        ax.plot(loads, np.multiply(100, shares), ".-", color=COLOURS[colour], label=f"N = {n}")
        at = 1 / (2 * np.log(n))
        ax.plot([at, at], [-8, -2], color=COLOURS[colour], linewidth=2, label="_")
    ax.axvline(0.138, color=COLOURS["muted"], linestyle=":", label="_")
    ax.annotate("0.138", (0.138, 103), ha="center", color=COLOURS["muted"], fontsize=9, annotation_clip=False)
    ax.set(xlabel="patterns per unit, P / N", ylabel="recalled exactly (%)", ylim=(-8, 102))
    label_lines(ax, gap=0.1)
    return show(
        drawn,
        "The share recalled exactly over patterns per unit. All is recalled up to about 0.06, hardly anything from 0.2; the more "
        "units, the steeper the fall. Short strokes on the axis mark 1 / (2 ln N), a dotted line marks 0.138.",
    )


def kinds(recall, hebbian, rng, n=200, p=7, nets=4, starts=50):
    """From random states, in what kind of valley does the net end?

    Returns:
        dict of counts: a pattern, a pattern turned over, a mixture (three or more patterns with overlaps above 0.3), or another.
    """
    counts = dict.fromkeys(("pattern", "turned over", "mixture", "other"), 0)
    for _ in range(nets):
        patterns = rng.choice([-1, 1], (p, n))
        w = hebbian(patterns)
        for _ in range(starts):
            end = recall(w, rng.choice([-1, 1], n), shuffled(20, n, rng))[0]
            alike = end @ patterns.T / n
            nearest = alike[np.argmax(abs(alike))]
            if abs(nearest) > 0.95:
                counts["pattern" if nearest > 0 else "turned over"] += 1
            else:
                counts["mixture" if np.sum(abs(alike) > 0.3) >= 3 else "other"] += 1
    return counts


def melting(temperatures, found):
    """Largest overlap after some noisy sweeps against the temperature: found = {start: (S,)}."""
    drawn, ax = figure(height=2.6)
    for (name, values), colour in zip(found.items(), ("value", "gradient"), strict=True):
        ax.plot(temperatures, values, ".-", color=COLOURS[colour], label=name)
    ax.set(xlabel="temperature", ylabel="largest overlap", ylim=(0, 1.05))
    label_lines(ax, gap=0.12)
    return show(
        drawn,
        "The largest overlap with a pattern over the temperature. From a mixture it is about a half up to 0.2, nearly 1 at 0.3; "
        "from there falls together with that from a pattern.",
    )


def cities(n, seed):
    """n random places in a square, and the distances between them.

    Returns:
        (places, distances): (n, 2) and (n, n).

    Example:
        >>> places, distances = cities(4, seed=0)
        >>> places.shape, bool(np.all(distances == distances.T))
        ((4, 2), True)
    """
    places = np.random.default_rng(seed).uniform(size=(n, 2))
    return places, np.sqrt(((places[:, np.newaxis] - places) ** 2).sum(axis=-1))


def shortest(distances):
    """The shortest of all round trips, by trying each that begins in city 0 (at most 9 cities).

    Example:
        >>> shortest(abs(np.subtract.outer([0.0, 3.0, 1.0, 2.0], [0.0, 3.0, 1.0, 2.0])))
        6.0
    """
    orders = np.array([(0, *rest) for rest in itertools.permutations(range(1, min(len(distances), 9)))])
    return float(sum(distances[orders[:, k - 1], orders[:, k]] for k in range(orders.shape[1])).min())


def nearest_first(distances):
    """The order of somebody who always goes to the nearest city not yet seen: ints (n,).

    Example:
        >>> nearest_first(abs(np.subtract.outer([0.0, 3.0, 1.0, 2.0], [0.0, 3.0, 1.0, 2.0])))
        array([0, 2, 3, 1])
    """
    way, left = [0], set(range(1, len(distances)))
    for _ in range(len(distances) - 1):
        way.append(min(left, key=lambda city: distances[way[-1], city]))
        left.discard(way[-1])
    return np.array(way)


def settle(distances, seed, weights=(500.0, 500.0, 200.0, 500.0), visits=1.5, steps=1500):
    """Hopfield and Tank's net of smooth units (n, n): it follows the slope of the tour energy downwards.

    Args:
        distances: (n, n). seed: of the small differences that it starts with.
        weights: a, b, c, d of the tour energy; these are the paper's.
        visits: how many visits are aimed at, as a multiple of n: the other parts push the number down.
        steps: of 1e-5 each.

    Returns:
        v (n, n), from 0 to 1: how much city x is in place i.
    """
    a, b, c, d = weights
    n = len(distances)
    slack = 0.02
    u = slack * (np.random.default_rng(seed).uniform(-0.1, 0.1, size=(n, n)) - np.log(n - 1) / 2)
    for _ in range(steps):
        v = 0.5 + 0.5 * np.tanh(u / slack)
        others = a * (v.sum(axis=1)[:, np.newaxis] - v) + b * (v.sum(axis=0) - v)
        links = np.roll(v, 1, axis=1) + np.roll(v, -1, axis=1)
        u = u - 1e-5 * (u + others + c * (v.sum() - visits * n) + d * distances @ links)
    return v


def is_tour(v):
    """Is each city in one place and each place with one city, with more than 1/2 for a visit?

    Example:
        >>> is_tour(np.eye(3)), is_tour(np.ones((3, 3)))
        (True, False)
    """
    visits = np.asarray(v) > 0.5
    return bool(np.all(visits.sum(axis=0) == 1) and np.all(visits.sum(axis=1) == 1))


def routes(places, orders):
    """Round trips over the same places, side by side: orders = {title: (n,)}."""
    drawn, axes = figure(1, len(orders), height=4.5 / len(orders) + 0.3, squeeze=False)
    for ax, (title, order) in zip(axes[0], orders.items(), strict=True):
        way = places[[*order, order[0]]]
        ax.plot(*way.T, ".-", color=COLOURS["value"], linewidth=1.2, markersize=6)
        ax.set(title=title, xticks=[], yticks=[], aspect="equal", xlim=(-0.05, 1.05), ylim=(-0.05, 1.05))
    return show(drawn, f"Round trips through the same {len(places)} places: {'; '.join(orders)}.")


def completed(asynchronous_sweep, energy, w, starts, rng):
    """Each state of `starts` (K, N) falls, in random order of its units, and is looked at from time to time.

    Args:
        asynchronous_sweep, energy: yours.
        w: (N, N). starts: (K, N). rng: numpy Generator.

    Returns:
        (states, heights): the states at TURNS, (len(TURNS), K, N), and the energy of each after every eighth turn,
        (K, 1 + TURNS[-1] // 8).
    """
    seen, heights = [], []
    for state in starts:
        order = shuffled(TURNS[-1] // len(state), len(state), rng).ravel()
        states = {0: state}
        for turn in range(0, TURNS[-1], 8):
            states[turn + 8] = asynchronous_sweep(w, states[turn], order[turn : turn + 8])
        seen.append([states[turn] for turn in TURNS])
        heights.append([float(energy(w, each)) for each in states.values()])
    return np.array(seen).swapaxes(0, 1), np.array(heights)


def developing(states, heights, patterns):
    """The finale's picture: what `completed` returns, the states as strips and the energies below."""
    drawn, axes = figure(
        len(states) + 1, 1, height=len(states) * 0.47 + 2.3, height_ratios=[*[1] * len(states), 4.4], squeeze=False
    )
    for ax, pictures, turn in zip(axes[:-1, 0], states, TURNS, strict=True):
        _strip(ax, pictures)
        ax.set_ylabel(f"{turn} turns" if turn else "given", rotation=0, ha="right", va="center", fontsize=9)
    below = axes[-1, 0]
    for line in heights:
        below.plot(8 * np.arange(len(line)), line, color=COLOURS["value"], alpha=0.6, linewidth=1.2)
    below.set(xlabel="turns", ylabel="energy", xticks=range(0, 193, 64))
    right = int(np.all(states[-1] == patterns, axis=1).sum())
    return show(
        drawn,
        "Above, strips of ten digits: in the first their lower halves are empty, and from strip to strip more of them is there. "
        f"In the last, {right} of 10 are as they were stored. Below, the energy of each over the turns: it falls, then stays.",
    )
