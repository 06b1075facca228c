"""What this lesson draws and computes with. Given, for you to read and to use; nothing here is graded.

Functions that need something of yours take it as an argument: `sarsa(sarsa_update, epsilon_greedy, world, ...)`.
A world is what `grid_world` returns: (next_state, reward, terminal, start).
"""

import numpy as np

from autograder.datasets import load_digits
from autograder.lab import COLOURS, figure, label_lines, show, smooth

SMALL = ("...G", ".#.P", "S...")
HOUSE = ("....G", ".#.#P", "...#.", "S#...")
CLIFF = ("............", "............", "............", "SCCCCCCCCCCG")
STEPS = ((0, -0.34), (0.34, 0), (0, 0.34), (-0.34, 0))  # of an arrow on the picture: up, right, down, left
POLE = 200  # steps to keep it up

# ---- pictures of grids ----------------------------------------------------------------------------------------------


def opening():
    """The picture that the lesson begins with: a house without any arrows."""
    drawn, ax = figure(height=3.2)
    _paint(ax, HOUSE)
    return show(
        drawn, "A house on a grid of 4 by 5 cells: a start below, a goal in the upper right corner, walls and a pit."
    )


def _paint(ax, rows, values=None, shares=None, title="", size=10):
    """One grid: shades for values (S,), a stroke for each action's share in shares
    (S, A), the longer the likelier, with a head from a half on."""
    from matplotlib.colors import LinearSegmentedColormap

    high, wide = len(rows), len(rows[0])
    shades = LinearSegmentedColormap.from_list("worth", [COLOURS["gradient"], "white", COLOURS["value"]])
    painted = np.zeros(high * wide) if values is None else np.asarray(values, dtype=float)
    ax.imshow(painted.reshape(high, wide), cmap=shades, vmin=-1.3, vmax=1.3)
    for cell, kind in enumerate("".join(rows)):
        y, x = divmod(cell, wide)
        if kind == "#":
            ax.add_patch(_square(x, y, COLOURS["muted"]))
        elif kind in "GPC":
            shade = {"G": COLOURS["value"], "P": COLOURS["gradient"], "C": COLOURS["gradient"]}[kind]
            ax.add_patch(_square(x, y, shade))
            ax.text(x, y, "" if kind == "C" else kind, ha="center", va="center", color="white", fontsize=size)
        elif shares is not None:
            for share, (right, down) in zip(shares[cell], STEPS, strict=True):
                tip, tail = share**0.5, 1.0 if share == 1 else 0.0  # a sure arrow stands in the middle
                start, end = (x - right * tail, y - down * tail), (x + right * tip, y + down * tip)
                if share >= 0.5:
                    ax.annotate("", end, start, annotation_clip=False,
                                arrowprops={"arrowstyle": "-|>", "linewidth": 1.1, "shrinkA": 0, "shrinkB": 0,
                                            "mutation_scale": size * 0.8, "color": "black"})  # fmt: skip
                elif share > 0:
                    ax.plot(*zip(start, end, strict=True), color="black", linewidth=1.1)
        if kind == "S" and shares is None:
            ax.text(x, y, "S", ha="center", va="center", fontsize=size)
    ax.set_xticks(np.arange(wide + 1) - 0.5, labels=[])
    ax.set_yticks(np.arange(high + 1) - 0.5, labels=[])
    ax.grid(color=COLOURS["muted"], linewidth=0.4)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set_title(title)


def _square(x, y, colour):
    from matplotlib.patches import Rectangle

    return Rectangle((x - 0.5, y - 0.5), 1, 1, color=colour)


def numbers(rows, values, alt):
    """A grid with the value of each cell written into it."""
    drawn, ax = figure(height=2.7)
    _paint(ax, rows, values)
    for cell, kind in enumerate("".join(rows)):
        if kind not in "#GP":
            y, x = divmod(cell, len(rows[0]))
            ax.text(x, y + (0.28 if kind == "S" else 0), f"{values[cell]:.2f}", ha="center", va="center", fontsize=9)
    return show(drawn, alt)


def worth(rows, values, policy):
    """One frame: shades for the values (S,), one arrow a cell for the policy, ints (S,); returns the figure."""
    drawn, ax = figure(height=3.2)
    _paint(ax, rows, values, pointing(policy) * (np.abs(values) > 0)[:, np.newaxis])
    return drawn


WORTH = (
    "Values of the cells of the house and an arrow in each that has one. After one sweep only the cells beside goal and pit "
    "have a clear colour; sweep by sweep it spreads backwards from the goal, until arrows lead from everywhere to it."
)


def pointing(policy):
    """Shares (S, 4) of a policy that is sure of itself, ints (S,).

    Example:
        >>> pointing(np.array([1, 3])).tolist()
        [[0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]]
    """
    return (np.asarray(policy)[:, np.newaxis] == np.arange(4)) * 1.0


def seen(q):
    """Arrows of a table q (S, A), only where something is known: shares (S, A), the best action's 1 if any q is not 0.

    Example:
        >>> seen(np.array([[0.0, 0.0], [0.0, -1.0], [0.0, 2.0]])).tolist()
        [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]
    """
    best = np.argmax(q, axis=1)[:, np.newaxis] == np.arange(q.shape[1])
    return best * np.any(q != 0, axis=1)[:, np.newaxis] * 1.0


def growing(rows, panels, columns=2):
    """The finale's picture: grids with values and arrows, panels = {title: (values, shares)}."""
    lines = -(-len(panels) // columns)
    drawn, axes = figure(lines, columns, height=1.75 * lines, squeeze=False)
    for ax, (title, (values, shares)) in zip(axes.ravel(), panels.items(), strict=True):
        _paint(ax, rows, values, shares, title, size=8)
    return show(
        drawn,
        "The house while a policy is learnt, as Q-learning's arrows and as REINFORCE's, after more and more episodes. At first "
        "there are wrong arrows, or short strokes in all directions; at last they lead along one way from the start to the goal.",
    )


def on_the_cliff(ways):
    """Ways along the cliff, lists of cells: ways = {name: [cell, ...]}."""
    drawn, ax = figure(height=1.9)
    _paint(ax, CLIFF)
    for (name, way), colour, shift in zip(ways.items(), ("value", "train"), (-0.1, 0.1), strict=True):
        y, x = np.divmod(way, len(CLIFF[0]))
        ax.plot(x + shift, y + shift, color=COLOURS[colour], linewidth=2)
        ax.text(5.5, y.min() + (-0.28 if shift < 0 else 0.45), name, color=COLOURS[colour], ha="center", fontsize=9)
    return show(drawn, "Two ways along the cliff: " + "; ".join(ways) + ". Q-learning's lies nearer to the edge.")


# ---- worlds and walks -----------------------------------------------------------------------------------------------


def chances(world):
    """A deterministic world's p, (S, A, S), and r, (S, A), as the functions for random worlds want them.

    Example:
        >>> p, r = chances((np.array([[1], [1]]), np.array([[5.0], [0.0]]), np.array([False, True]), 0))
        >>> p[0, 0].tolist(), r[0].tolist()
        ([0.0, 1.0], [5.0])
    """
    leads, earns, _, _ = world
    return (leads[:, :, np.newaxis] == np.arange(len(leads))) * 1.0, np.array(earns)


def slippery(world, slip):
    """p and r of the same grid on ice: with probability `slip` a move goes to one of its two sides instead.

    Example:
        >>> p, r = slippery((np.array([[1, 0, 0, 0], [1, 1, 1, 1]]), np.zeros((2, 4)), np.array([False, True]), 0), 0.2)
        >>> p[0, 0].tolist()  # up leads to cell 1; right and left do not
        [0.2, 0.8]
    """
    p, r = chances(world)
    sides = [np.roll(np.arange(4), turn) for turn in (1, -1)]
    return tuple((1 - slip) * each + slip / 2 * sum(each[:, side] for side in sides) for each in (p, r))


def sweep(world, gamma, count):
    """The values (S,) and best actions, ints (S,), of a deterministic world after `count` sweeps from 0.

    Example:
        >>> world = np.array([[1, 0], [2, 0], [2, 2]]), np.array([[0.0, 0], [1.0, 0], [0, 0]]), np.array([0, 0, 1]), 0
        >>> sweep(world, 0.5, 1)[0].tolist(), sweep(world, 0.5, 2)[0].tolist()
        ([0.0, 1.0, 0.0], [0.5, 1.0, 0.0])
    """
    leads, earns, _, _ = world  # a terminal state leads to itself and earns 0: it stays at 0
    ahead = np.array(earns)
    for _ in range(count - 1):
        ahead = earns + gamma * np.max(ahead, axis=1)[leads]
    return np.max(ahead, axis=1) * (count > 0), np.argmax(ahead, axis=1)


def cliff():
    """Sutton and Barto's cliff (example 6.6): -1 a step; a step off the edge costs 100 and leads back to the start.

    Returns:
        A deterministic world on the grid CLIFF.

    Example:
        >>> leads, earns, terminal, start = cliff()
        >>> start, int(leads[start, 1]), float(earns[start, 1])  # to the right lies the abyss
        (36, 36, -100.0)
    """
    cells, wide = "".join(CLIFF), len(CLIFF[0])
    start, goal = cells.index("S"), cells.index("G")
    leads, earns = np.zeros((len(cells), 4), dtype=int), np.full((len(cells), 4), -1.0)
    for move, (down, right) in enumerate(((-1, 0), (0, 1), (1, 0), (0, -1))):
        y, x = np.divmod(np.arange(len(cells)), wide)
        leads[:, move] = np.clip(y + down, 0, len(CLIFF) - 1) * wide + np.clip(x + right, 0, wide - 1)
    off = np.array([kind == "C" for kind in cells])[leads]
    leads[off], earns[off] = start, -100.0
    leads[goal], earns[goal] = goal, 0.0
    return leads, earns, np.arange(len(cells)) == goal, start


def sarsa(sarsa_update, epsilon_greedy, world, episodes, lr, gamma, epsilon, rng, most=1000):
    """Learn q by SARSA: the next action is chosen before the update, and is the next to be taken.

    Returns:
        (q, totals): (S, A) and (episodes,), as your q_learning returns them.
    """
    leads, earns, terminal, start = world
    q, sums = np.zeros(np.shape(earns)), []
    for _ in range(episodes):
        here, total = start, 0.0
        move = epsilon_greedy(q[[here]], epsilon, rng.random((1, 2)))[0]
        for _ in range(most):
            there, got = leads[here, move], earns[here, move]
            coming = epsilon_greedy(q[[there]], epsilon, rng.random((1, 2)))[0]
            q = sarsa_update(q, here, move, got, there, coming, terminal[there], lr, gamma)
            total, here, move = total + got, there, coming
            if terminal[here]:
                break
        sums.append(total)
    return q, np.array(sums)


def follow(q, world, most=100):
    """The cells on the way that the best actions of q (S, A) take: a list that begins with the start.

    Example:
        >>> follow(np.array([[1.0, 0.0], [0.0, 0.0]]), (np.array([[1, 0], [1, 1]]), None, np.array([False, True]), 0))
        [0, 1]
    """
    leads, _, terminal, cell = world
    way = [int(cell)]
    for _ in range(most):
        way.append(int(leads[way[-1], np.argmax(q[way[-1]])]))
        if terminal[way[-1]]:
            break
    return way


def walk(softmax_policy, theta, world, rng, most=50):
    """One episode of the policy theta: (states, actions, rewards), each (T,)."""
    leads, earns, terminal, cell = world
    path = []
    for _ in range(most):
        move = int(rng.choice(theta.shape[1], p=softmax_policy(theta, cell)))
        path.append((cell, move, earns[cell, move]))
        cell = int(leads[cell, move])
        if terminal[cell]:
            break
    states, moves, rewards = zip(*path, strict=True)
    return np.array(states), np.array(moves), np.array(rewards)


# ---- bandits --------------------------------------------------------------------------------------------------------


def bandit(epsilon_greedy, running_mean, epsilon, rng, players=200, arms=10, pulls=400):
    """Sutton and Barto's ten-armed testbed (section 2.3): arms pay normal(q, 1), and the q are normal(0, 1) themselves.

    Returns:
        (pulls,): how many percent of the players pulled their best arm, at each pull.
    """
    pays = rng.normal(size=(players, arms))
    rows, best, hits = np.arange(players), pays.argmax(axis=1), []
    means, times = np.zeros((players, arms)), np.zeros((players, arms))
    for _ in range(pulls):
        arm = epsilon_greedy(means, epsilon, rng.random((players, 2)))
        times[rows, arm] += 1
        got = pays[rows, arm] + rng.normal(size=players)
        for player in rows:
            means[player, arm[player]] = running_mean(
                means[player, arm[player]], got[player], times[player, arm[player]]
            )
        hits.append(100 * np.mean(arm == best))
    return np.array(hits)


def curves(lines, ylabel, xlabel, alt, over=1, ylim=None, height=2.8):
    """Lines with names, each smoothed over the last `over` points: lines = {name: (T,)}."""
    drawn, ax = figure(height=height)
    for (name, values), colour in zip(lines.items(), ("value", "gradient", "train", "other"), strict=False):
        ax.plot(smooth(list(values), over), color=COLOURS[colour], label=name)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    if ylim:
        ax.set_ylim(*ylim)
    label_lines(ax, gap=0.1)
    return show(drawn, alt)


# ---- the pole -------------------------------------------------------------------------------------------------------


def push(state, right):
    """One step of the cart and pole, 0.02 s, for states (4, ...): place, speed, angle, turning; right: bools (...).

    The equations are those of Barto, Sutton and Anderson (1983), without friction: a cart of 1 kg, a pole of 0.1 kg and
    1 m, and a push of 10 N.

    Example:
        >>> np.round(push(np.zeros(4), np.array(True)), 3).tolist()  # the cart goes right, the pole falls left
        [0.0, 0.195, 0.0, -0.293]
    """
    x, v, angle, turning = state
    sine, cosine = np.sin(angle), np.cos(angle)
    pressed = (np.where(right, 10.0, -10.0) + 0.05 * turning**2 * sine) / 1.1
    spin = (9.8 * sine - cosine * pressed) / (0.5 * (4 / 3 - 0.1 * cosine**2 / 1.1))
    speeding = pressed - 0.05 * spin * cosine / 1.1
    return np.array([x + 0.02 * v, v + 0.02 * speeding, angle + 0.02 * turning, turning + 0.02 * spin])


def standing(state):
    """Is the cart within 2.4 m and the pole within 12 degrees? Bools (...) for states (4, ...)."""
    return (np.abs(state[0]) <= 2.4) & (np.abs(state[2]) <= np.deg2rad(12))


def balance(thetas, rng):
    """How many of 200 steps the pole stays up, (n,), with thetas (n, 4): push right where theta . state > 0.

    Example:
        >>> balance(np.array([[0.0, 0.0, 0.0, 0.0], [0.2, 0.5, 1.0, 1.5]]), np.random.default_rng(0)).tolist()
        [8.0, 200.0]
    """
    state = rng.uniform(-0.05, 0.05, (4, len(thetas)))
    steps, up = np.zeros(len(thetas)), np.ones(len(thetas), dtype=bool)
    for _ in range(POLE):
        state = push(state, np.einsum("nd,dn->n", thetas, state) > 0)
        up = up & standing(state)
        if not up.any():
            break
        steps += up
    return steps


def climb(returns, episodes, lr, gamma, rng):
    """REINFORCE on the pole: push right with probability sigmoid(theta . state); returns made standard a episode.

    Args:
        returns: yours.

    Returns:
        (theta, steps): (4,) and (episodes,), how long each episode lasted.
    """
    theta, lasted = np.zeros(4), []
    for _ in range(episodes):
        state, slopes = rng.uniform(-0.05, 0.05, 4), []
        for draw in rng.random(POLE):
            right = 0.5 + 0.5 * np.tanh(theta @ state / 2)
            slopes.append(((draw < right) - right) * state)
            state = push(state, draw < right)
            if not standing(state):
                break
        owed = returns(np.ones(len(slopes)), gamma)
        owed = (owed - np.mean(owed)) / (np.std(owed) + 1e-8)
        theta = theta + lr * owed @ np.array(slopes)
        lasted.append(len(slopes))
    return theta, np.array(lasted)


# ---- genes ----------------------------------------------------------------------------------------------------------

GENES = {"log2 lr": (-6, 2), "log2 batch": (3, 7), "log2 units": (2, 6), "log10 decay": (-6, -1)}


def newborn(count, rng):
    """Random settings (count, 4), each gene between its bounds in GENES.

    Example:
        >>> newborn(3, np.random.default_rng(0)).shape
        (3, 4)
    """
    low, high = np.array(list(GENES.values())).T
    return rng.uniform(low, high, (count, len(GENES)))


def mutate(settings, rng, chance=0.3):
    """Each gene moved a little with some chance, within its bounds, in new arrays."""
    low, high = np.array(list(GENES.values())).T
    moved = settings + (rng.random(settings.shape) < chance) * rng.normal(size=settings.shape) * (high - low) / 8
    return np.clip(moved, low, high)


class Nursery:
    """Trains small networks on 400 digits, and says how many of 400 others each gets right (in percent)."""

    def __init__(self):
        """Load the digits once, in a fixed order."""
        pictures, self.labels = load_digits()
        order = np.random.default_rng(0).permutation(len(pictures))[:800]
        self.rows, self.labels = pictures[order].reshape(800, 64), self.labels[order]

    def fitness(self, settings, rng, epochs=4):
        """Percent right on the digits not trained on, for settings (4,) in GENES' order."""
        lr, batch, units, decay = (
            2.0 ** settings[0],
            round(2 ** settings[1]),
            round(2 ** settings[2]),
            10 ** settings[3],
        )
        first, second = rng.normal(size=(64, units)) / 8, rng.normal(size=(units, 10)) / units**0.5
        wanted = (self.labels[:, np.newaxis] == np.arange(10)) * 1.0
        for _ in range(epochs):
            for chosen in np.array_split(rng.permutation(400), max(400 // batch, 1)):
                x = self.rows[chosen]
                hidden = np.tanh(x @ first)
                odds = hidden @ second
                odds = np.exp(odds - odds.max(axis=1, keepdims=True))
                off = (odds / odds.sum(axis=1, keepdims=True) - wanted[chosen]) / len(x)
                back = off @ second.T * (1 - hidden**2)
                second = second - lr * (hidden.T @ off + decay * second)
                first = first - lr * (x.T @ back + decay * first)
        guessed = (np.tanh(self.rows[400:] @ first) @ second).argmax(axis=1)
        return float(100 * np.mean(guessed == self.labels[400:]))
