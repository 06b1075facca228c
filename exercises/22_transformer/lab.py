"""What this lesson draws and trains with. Given, for you to read and to use; nothing here is graded.

Your functions and models come in as arguments: attention_maps(attend, ...).
"""

import time

import numpy as np

from autograder.datasets import load_text, reversal_pairs
from autograder.lab import COLOURS, figure, label_lines, show

OPENING, CLOSING = "([{", ")]}"


class PlainRNN:
    """The rival: a tanh network that reads one step after the other (unit 15), with the interface of TinyTransformer.

    h_t = tanh(table[token_t] + h_(t - 1) w_h^T + b_h), logits = h_t w_out^T + b_out; `train` trains it too.

    Args:
        vocabulary: how many tokens. hidden: units. rng: numpy Generator.

    Example:
        >>> rnn = PlainRNN(5, 4, np.random.default_rng(0))
        >>> rnn.logits(np.array([[1, 2, 3]])).shape
        (1, 3, 5)
    """

    def __init__(self, vocabulary, hidden, rng):
        spread = hidden**-0.5
        self.params = {"table": rng.normal(size=(vocabulary, hidden)) * 0.5, "b_h": np.zeros(hidden)}
        self.params |= {"w_h": rng.normal(size=(hidden, hidden)) * spread, "b_out": np.zeros(vocabulary)}
        self.params["w_out"] = rng.normal(size=(vocabulary, hidden)) * spread

    def states(self, tokens):
        """All hidden states (T, N, hidden) of tokens (N, T), one after the other."""
        p, found = self.params, []
        state = np.zeros((len(tokens), len(p["b_h"])))
        for fed in p["table"][tokens.T] + p["b_h"]:
            state = np.tanh(fed + state @ p["w_h"].T)
            found.append(state)
        return np.stack(found)

    def logits(self, tokens):
        """What may come next after each step, (N, T, V)."""
        return (self.states(tokens) @ self.params["w_out"].T + self.params["b_out"]).transpose(1, 0, 2)

    def loss_and_grads(self, tokens, targets, weights):
        """As TinyTransformer's: the weighted mean of -log p of the targets, and a dict of gradients."""
        p, states = self.params, self.states(tokens)
        scores = states @ p["w_out"].T + p["b_out"]
        powers = np.exp(scores - scores.max(2)[..., None])
        chances = powers / powers.sum(2)[..., None]
        step, row = np.indices(targets.T.shape)
        share = weights.T / weights.sum()
        loss = -(share * np.log(chances[step, row, targets.T])).sum()
        chances[step, row, targets.T] -= 1
        chances *= share[..., None]
        flat, wide = chances.reshape(-1, chances.shape[2]), states.reshape(-1, states.shape[2])
        pulls, later = chances @ p["w_out"], 0.0
        for t in range(len(states))[::-1]:
            pulls[t] = (pulls[t] + later) * (1 - states[t] ** 2)
            later = pulls[t] @ p["w_h"]
        before = np.concatenate([np.zeros_like(states[:1]), states[:-1]]).reshape(wide.shape)
        thin = pulls.reshape(wide.shape)
        table = np.zeros_like(p["table"])
        np.add.at(table, tokens.T.ravel(), thin)
        grads = {
            "table": table,
            "b_h": thin.sum(0),
            "w_h": thin.T @ before,
            "w_out": flat.T @ wide,
            "b_out": flat.sum(0),
        }
        return float(loss), grads


def count(nested):
    """How many numbers there are in dicts and lists of arrays.

    Example:
        >>> count({"a": np.zeros((2, 3)), "b": [np.zeros(4)]})
        10
    """
    if isinstance(nested, np.ndarray):
        return nested.size
    return sum(map(count, nested.values() if isinstance(nested, dict) else nested))


def reversals(count, rng, n=32, length=5, symbols=8):
    """Batches for `train`: symbols, a mark, and the symbols backwards; only the answer counts.

    Returns:
        list of (tokens, targets, weights), each (n, 2 length).

    Example:
        >>> tokens, targets, weights = reversals(1, np.random.default_rng(0), n=1)[0]
        >>> tokens[0], targets[0, 5:], weights[0]
        (array([6, 5, 4, 2, 2, 8, 2, 2, 4, 5]), array([2, 2, 4, 5, 6]), array([0., 0., 0., 0., 0., 1., 1., 1., 1., 1.]))
    """
    found = []
    for _ in range(count):
        source, target = reversal_pairs(n, length, symbols, rng)
        row = np.hstack([source, np.full((n, 1), symbols), target])
        found.append((row[:, :-1], row[:, 1:], np.tile((np.arange(2 * length) >= length) * 1.0, (n, 1))))
    return found


def reversed_rightly(generate, rng, n=200, length=5, symbols=8):
    """The share (%) of new sequences that a model continues with their reversal, every symbol right.

    Args:
        generate: function of (tokens, how many), as TinyTransformer's.
    """
    source, target = reversal_pairs(n, length, symbols, rng)
    found = generate(np.hstack([source, np.full((n, 1), symbols)]), length)
    return float(100 * np.mean((found == target).all(axis=1)))


def brackets(count, rng, n=32, steps=32, deepest=4):
    """Batches of brackets of three kinds, rightly nested, at most `deepest` deep; what counts are the closing ones.

    A token is 0 to 2 for "([{" and 3 to 5 for ")]}"; 6 begins the row. Which of the closing ones comes is decided by the
    bracket that it closes, however far back that stands.

    Returns:
        list of (tokens, targets, weights), each (n, steps).

    Example:
        >>> tokens, targets, weights = brackets(1, np.random.default_rng(0), n=1, steps=8)[0]
        >>> "".join((OPENING + CLOSING)[token] for token in targets[0]), weights[0]
        ('[(())]()', array([0., 0., 0., 1., 1., 1., 0., 1.]))
    """
    every = np.arange(count * n)
    rows, held = np.zeros((count * n, steps), dtype=int), np.zeros((count * n, deepest + 1), dtype=int)
    height = np.zeros(count * n, dtype=int)
    for t in range(steps):
        opens = (height < min(deepest, steps - t - 1)) & ((height == 0) | (rng.random(count * n) < 0.5))
        kinds = rng.integers(3, size=count * n)
        rows[:, t] = np.where(opens, kinds, held[every, height] + 3)
        height += np.where(opens, 1, -1)
        held[every[opens], height[opens]] = kinds[opens]
    rows = rows.reshape(count, n, steps)
    first = np.full((count, n, 1), 6)
    return list(zip(np.concatenate([first, rows[:, :, :-1]], axis=2), rows, (rows >= 3) * 1.0, strict=True))


def text():
    """The King James text as numbers: (training ids, held-out ids, the characters)."""
    letters = load_text()
    symbols = sorted(set(letters))
    ids = np.array([symbols.index(letter) for letter in letters])
    return ids[:90000], ids[90000:], symbols


def excerpts(ids, count, n, steps, rng):
    """Batches of n excerpts of the text: (tokens, the same one step on, ones)."""
    starts = rng.integers(len(ids) - steps, size=(count, n, 1))
    return [(rows[:, :-1], rows[:, 1:], np.ones((n, steps))) for rows in ids[starts + np.arange(steps + 1)]]


def first_block(d, hidden, rng):
    """The params of a block at the start: Xavier's matrices, gammas of 1, the rest 0.

    Example:
        >>> sorted(first_block(4, 6, np.random.default_rng(0)))[:4]
        ['b1', 'b2', 'beta1', 'beta2']
    """
    sides = {"query": (d, d), "key": (d, d), "value": (d, d), "out": (d, d), "w1": (hidden, d), "w2": (d, hidden)}
    found = {name: (2 * rng.random(pair) - 1) * np.sqrt(6 / sum(pair)) for name, pair in sides.items()}
    found |= {name: np.ones(d) for name in ("gamma1", "gamma2")}
    return found | {"b1": np.zeros(hidden)} | {name: np.zeros(d) for name in ("b2", "beta1", "beta2")}


class Reader:
    """A stack of your blocks that reads a whole sequence at once, without a mask, and says one symbol for each step.

    Args:
        forward, backward: your encoder_block_forward and encoder_block_backward. loss: your smoothed_cross_entropy.
        places: your positional_encoding(steps, d). norm_first: as in a block.
        symbols, layers, rng: how many symbols and blocks; Generator.
    """

    def __init__(self, forward, backward, loss, places, norm_first, symbols, layers, rng):
        self.forward, self.backward, self.loss = forward, backward, loss
        self.places, self.norm_first = places, norm_first
        d = places.shape[1]
        self.params = {"table": rng.normal(size=(symbols, d)) * 0.5, "w": rng.normal(size=(symbols, d)) / np.sqrt(d)}
        self.params["blocks"] = [first_block(d, 2 * d, rng) for _ in range(layers)]

    def scores(self, tokens):
        """The logits (N, T, symbols) of tokens (N, T), and what the way back needs."""
        x, ways = self.places[: tokens.shape[1]] + self.params["table"][tokens], []
        for each in self.params["blocks"]:
            x, way = self.forward(x, each, 4, None, self.norm_first)
            ways.append(way)
        return x @ self.params["w"].T, x, ways

    def loss_and_grads(self, tokens, targets, weights):
        """As TinyTransformer's."""
        scores, x, ways = self.scores(tokens)
        loss, pull = self.loss(scores, targets, 0.0, weights)
        slopes = {"w": pull.reshape(-1, pull.shape[2]).T @ x.reshape(-1, x.shape[2]), "blocks": []}
        pull = pull @ self.params["w"]
        for way in ways[::-1]:
            pull, found = self.backward(pull, way)
            slopes["blocks"].insert(0, found)
        slopes["table"] = np.zeros(self.params["table"].shape)
        for token in range(len(slopes["table"])):
            slopes["table"][token] = pull[tokens == token].sum(0)
        return loss, slopes


def levels_inside(rows):
    """For each closing bracket how many levels lie between it and its partner: 0 in "()", 1 in "(())"'s outer pair.

    Example:
        >>> levels_inside(np.array([[0, 1, 4, 3, 2, 5]]))
        array([[0, 0, 0, 1, 0, 0]])
    """
    found = np.zeros(rows.shape, dtype=int)
    for row, told in zip(rows, found, strict=True):
        inside = []
        for t, token in enumerate(row):
            if token < 3:
                inside.append(0)
                continue
            told[t] = inside.pop()
            inside[-1:] = [max(inside[-1], told[t] + 1)] if inside else []
    return found


def closed_rightly(logits, batch):
    """For each number of levels inside, the share (%) of closing brackets whose kind has the largest logit of the three.

    Args:
        logits: function of tokens. batch: as `brackets` makes it.
    """
    tokens, targets, weights = batch
    right = logits(tokens)[..., 3:6].argmax(axis=-1) + 3 == targets
    levels = levels_inside(targets)
    return [100 * float(right[(weights > 0) & (levels == k)].mean()) for k in range(levels.max() + 1)]


class Traced(np.ndarray):
    """An array that knows how many matrix products, each waiting for the one before, it took to compute it."""

    depth = 0

    def __array_finalize__(self, source):
        self.depth = getattr(source, "depth", 0)

    def __array_ufunc__(self, function, method, *inputs, **settings):
        plain = [np.asarray(each) if isinstance(each, Traced) else each for each in inputs]
        settings["out"] = tuple(map(np.asarray, settings["out"])) if "out" in settings else None
        made = np.asarray(getattr(function, method)(*plain, **settings)).view(Traced)
        made.depth = max(_depth(each) for each in inputs) + (function is np.matmul)
        return made

    def __array_function__(self, function, types, inputs, settings):
        made = super().__array_function__(function, types, inputs, settings)
        if isinstance(made, np.ndarray):
            made = made.view(Traced)
            made.depth = max(_depth(inputs), _depth(made)) + (function in (np.dot, np.tensordot))
        return made


def _depth(value):
    if isinstance(value, (list, tuple)):
        return max(map(_depth, value), default=0)
    return getattr(value, "depth", 0)


def longest_chain(run, *arrays):
    """How many matrix products have to wait for each other when run(*arrays) is computed, however many hands there are.

    Example:
        >>> one = np.eye(2)
        >>> longest_chain(lambda a, b: a @ b + b @ a, one, one), longest_chain(lambda a, b: (a @ b) @ a, one, one)
        (1, 2)
    """
    return _depth(run(*(array.view(Traced) for array in arrays)))


def chain_of_rnn(steps):
    """The longest chain of matrix products while PlainRNN reads `steps` steps."""
    rnn = PlainRNN(5, 4, np.random.default_rng(0))

    def read(w_h):
        rnn.params["w_h"] = w_h
        return rnn.states(np.zeros((1, steps), dtype=int))

    return longest_chain(read, rnn.params["w_h"])


def seconds(run, repeats=3):
    """The least of a few measured times of run()."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def _dots(ax, row, height):
    for x, symbol in enumerate(row):
        ax.text(x, height, symbol, ha="center", va="center", fontsize=11)


def opening():
    """The picture that the lesson begins with: how far the last letter of the answer is from what it repeats."""
    from matplotlib.patches import Arc

    row = "PEACH|HCAEP"
    drawn, axes = figure(2, 1, height=2.7, height_ratios=[1, 3])
    _dots(axes[0], row, 0)
    for x in range(10):
        axes[0].annotate("", (x + 0.7, 0), (x + 0.3, 0), arrowprops={"arrowstyle": "->", "color": COLOURS["other"]})
    axes[0].set_title("an RNN hands it on, step by step: 10 steps from P to P")
    _dots(axes[1], row, 0)
    for k in range(5):
        wide = 10 - 2 * k
        axes[1].add_patch(
            Arc((5, 0.35), wide, 0.42 * wide, theta1=0, theta2=180, color=COLOURS["value"], linewidth=1.5)
        )
    axes[1].set_title("attention looks: 1 step, from anywhere to anywhere")
    for ax, top in zip(axes, (0.5, 2.6), strict=True):
        ax.set(xlim=(-0.6, 10.6), ylim=(-0.5, top))
        ax.axis("off")
    return show(
        drawn,
        "The word PEACH, a bar, and the word backwards, twice. Above, arrows lead from letter to letter, ten of them from the "
        "first P to the last. Below, an arc joins each letter of the answer with its letter of the word, five nested arcs.",
    )


def positions(encoding):
    """The encoding (T, D) as a picture, and the products of step 20's row with all rows."""
    drawn, (left, right) = figure(2, 1, height=4.4)
    left.imshow(encoding.T, cmap=_signed(), vmin=-1, vmax=1, aspect="auto", interpolation="nearest")
    left.set(xlabel="step t", ylabel="feature", title="blue above 0, vermilion below")
    for step, colour in ((20, "value"), (40, "other")):
        right.plot(encoding @ encoding[step], color=COLOURS[colour], label=f"row {step}")
    right.set(xlabel="step t", ylabel="product", title="product of one row with row t", xlim=(0, len(encoding) - 1))
    label_lines(right)
    return show(
        drawn,
        "Above, stripes: the first features change sign every few steps, the last hardly at all. Below, the product of row 20 "
        "with every row peaks at step 20 and falls off alike on both sides; that of row 40 is the same curve, moved to 40.",
    )


def _signed():
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("signed", [COLOURS["gradient"], "white", COLOURS["value"]])


def depth(attend, normalize, forward, backward, sums, norms, blocks=8, d=32):
    """Through fresh blocks with or without sums and norms: what is left of the differences, and of the gradient.

    Args:
        attend, normalize: given. forward, backward: your feed_forward_forward and feed_forward_backward.
        sums, norms: bools: is there a residual connection around each part, and a norm before it?

    Returns:
        (variety, gradient): lists of blocks + 1 numbers, input first. variety: the norm of what differs between the steps of a
        sequence, by the norm of all. gradient: its norm before each block, by the norm of what comes in at the end.
    """
    rng = np.random.default_rng(0)
    x, ways, variety = rng.normal(size=(8, 10, d)), [], []

    def unlike(x):
        return float(np.linalg.norm(x - x.mean(axis=1, keepdims=True)) / np.linalg.norm(x))

    for params in (first_block(d, 2 * d, rng) for _ in range(blocks)):
        variety.append(unlike(x))
        for number in "12":
            seen, norm = normalize(x, params["gamma" + number], params["beta" + number]) if norms else (x, None)
            if number == "1":
                out, way = attend(seen, seen, params, 4)
            else:
                out, way = forward(seen, *(params[key] for key in ("w1", "b1", "w2", "b2")))
            x = out + x if sums else out
            ways.append((number, norm, way))
    pull = rng.normal(size=x.shape)
    gradient = [np.linalg.norm(pull)]
    for number, norm, way in ways[::-1]:
        if number == "1":
            inner = sum(way(pull)[:2])
        else:
            inner = backward(pull, way)[0]
        inner = norm(inner)[0] if norms else inner
        pull = inner + pull if sums else inner
        if number == "1":
            gradient.append(np.linalg.norm(pull))
    return [*variety, unlike(x)], [float(each / gradient[0]) for each in gradient[::-1]]


def depths_drawn(found):
    """What `depth` gave, for each name: two pictures over the blocks."""
    drawn, axes = figure(2, 1, height=5.2)
    for name, (variety, gradient) in found.items():
        axes[0].plot(variety, marker=".", label=name)
        axes[1].plot(gradient[::-1], marker=".", label=name)
    axes[0].set(title="what differs between steps, share", ylim=(0, 1.05), xlabel="blocks, forwards")
    axes[1].set(title="gradient, at first 1", yscale="log", xlabel="blocks, backwards")
    for ax in axes:
        label_lines(ax, gap=0.11)
    return show(
        drawn,
        "Without sums, what differs between the steps of a sequence shrinks block by block; with them most of it stays. The "
        "gradient shrinks to less than a hundredth on its way without both, grows several thousandfold with sums alone, and "
        "stays within a factor of about three with norms.",
    )


def curves(losses, over=10, log=True):
    """Losses over the steps, by name, smoothed."""
    from autograder.lab import smooth

    drawn, ax = figure(height=3.0)
    for name, each in losses.items():
        ax.plot(smooth(each, over), label=name)
    ax.set(xlabel="step", ylabel="loss", yscale="log" if log else "linear")
    label_lines(ax)
    return show(
        drawn,
        "The loss over the steps of training: " + ", ".join(f"{k} ends at {v[-1]:.2g}" for k, v in losses.items()),
    )


def rates(by_name):
    """Learning rates over the steps, by name, each named at its top."""
    drawn, ax = figure(height=2.4)
    for name, each in by_name.items():
        (line,) = ax.plot(np.arange(1, len(each) + 1), each)
        top = int(np.argmax(each))
        ax.annotate(name, (top + 1, each[top]), (5, 0), textcoords="offset points", color=line.get_color(), fontsize=9)
    ax.set(xlabel="step", ylabel="learning rate", ylim=(0, None))
    return show(
        drawn,
        "Learning rates that climb in a straight line, then fall more and more slowly; the longer the climb, the lower the top.",
    )


def architecture():
    """The transformer of the paper: the encoder's blocks to the left, the decoder's to the right."""
    from matplotlib.patches import FancyBboxPatch

    drawn, ax = figure(height=4.4)
    left = [("source + positions", None), ("self-attention A", "value"), ("feed-forward F", "train")]
    right = [("answer so far + positions", None), ("self-attention A\n(causal mask)", "value")]
    right += [("cross-attention C", "other"), ("feed-forward F", "train"), ("next token", None)]
    for x, boxes in ((0.0, left), (5.2, right)):
        for number, (name, colour) in enumerate(boxes):
            y = 1.5 * number
            if colour:
                edge = COLOURS[colour]
                ax.add_patch(
                    FancyBboxPatch((x - 1.75, y - 0.36), 3.5, 0.72, "round,pad=0.08", facecolor="white", edgecolor=edge)
                )
            ax.text(x, y, name, ha="center", va="center", fontsize=9)
            if number:
                ax.annotate("", (x, y - 0.5), (x, y - 1.0), arrowprops={"arrowstyle": "->"})
    ax.annotate("", (5.2 - 1.9, 3.0), (1.9, 3.0), arrowprops={"arrowstyle": "->", "color": COLOURS["other"]})
    ax.text(2.6, 3.2, "memory", ha="center", fontsize=9, color=COLOURS["other"])
    ax.text(0, 4.0, "each box: add, normalise;\nblocks are stacked", ha="center", va="center", fontsize=8, color="0.4")
    ax.set(xlim=(-2.1, 7.4), ylim=(-0.6, 6.5))
    ax.axis("off")
    return show(
        drawn,
        "Two columns of boxes. Left, the encoder: source and positions, self-attention, feed-forward. Right, the decoder: the "
        "answer so far, self-attention under a causal mask, cross-attention, feed-forward, the next token. The arrow memory "
        "leads from the encoder to cross-attention.",
    )


def shares_of(params, places, normalize, tokens, heads):
    """Who looks at whom in the first block of a TinyTransformer: (heads, T, T), rows ask, columns are looked at.

    Args:
        params: of the model. places: your positional_encoding(T, D). normalize: given. tokens: ints (T,).
    """
    block = params["blocks"][0]
    seen, _ = normalize((params["table"][tokens] + places)[np.newaxis], block["gamma1"], block["beta1"])
    asks, shows = (np.split(seen[0] @ block[key].T, heads, axis=1) for key in ("query", "key"))
    found = np.zeros((heads, len(tokens), len(tokens)))
    for head, (ask, shown) in enumerate(zip(asks, shows, strict=True)):
        for t in range(len(tokens)):
            powers = np.exp(ask[t] @ shown[: t + 1].T / np.sqrt(ask.shape[1]))
            found[head, t, : t + 1] = powers / powers.sum()
    return found


def _map(ax, share, names):
    ax.imshow(share, cmap="Blues", vmin=0, vmax=1)
    ax.set(xticks=range(len(names)), yticks=range(len(names)), xticklabels=names, yticklabels=names)
    ax.tick_params(length=0, labelsize=8)


def names_of(tokens, symbols=8):
    """Letters for the symbols, and a bar for the mark.

    Example:
        >>> names_of(np.array([0, 2, 8]))
        ['A', 'C', '|']
    """
    return [("ABCDEFGHIJKLMN"[:symbols] + "|")[token] for token in tokens]


def maps(shares, tokens):
    """One map for each head."""
    count = len(shares)
    drawn, axes = figure(-(-count // 2), 2, height=2.3 * (-(-count // 2)) + 0.3, squeeze=False)
    for k, ax in enumerate(axes.ravel()):
        if k < count:
            _map(ax, shares[k], names_of(tokens))
            ax.set_title(f"head {k + 1}")
        else:
            ax.axis("off")
    drawn.supylabel("this step asks", fontsize=10)
    drawn.supxlabel("this step is looked at", fontsize=10)
    return show(
        drawn,
        "A map for each head of who looks at whom. In the lower half, where the answer is written, the dark places of the heads "
        "together run from the lower left to the upper right end of the word: each step looks at the letter that comes next.",
    )


def one_map(share, tokens, title):
    """The mean of the heads in one map: a frame of the slider."""
    drawn, ax = figure(height=3.2)
    _map(ax, share, names_of(tokens))
    ax.set(title=title, xlabel="this step is looked at", ylabel="this step asks")
    return drawn


MAPS = (
    "Who looks at whom, heads averaged. Before training every step looks at all before it alike; later the answer's steps look "
    "at one letter each, on a line from the lower left to the upper right."
)


def _colour(name):
    return COLOURS["other" if "RNN" in name else "light" if "writes" in name else "value"]


def chains(lengths, found):
    """The longest chain of matrix products over the length, by name, on logarithmic axes."""
    drawn, ax = figure(height=2.9)
    for name, chain in found.items():
        ax.plot(lengths, chain, marker=".", color=_colour(name), label=name)
    ax.set(xscale="log", yscale="log", xlabel="steps of the sequence", ylabel="products in a row")
    ax.set_xticks(lengths, [str(each) for each in lengths])
    ax.minorticks_off()
    label_lines(ax, gap=0.1)
    told = ", ".join(f"{name} {chain[0]} to {chain[-1]}" for name, chain in found.items())
    return show(
        drawn,
        f"How many matrix products wait for each other, for sequences of {lengths[0]} to {lengths[-1]} steps: {told}.",
    )


def cost(models, lengths, n=2, vocabulary=20, repeats=3):
    """Measured seconds of one loss_and_grads for each length, by name.

    Args:
        models: dict of functions that make a model for a length. lengths: of the sequences.
    """
    rng, found = np.random.default_rng(0), {}
    for name, make in models.items():
        found[name] = []
        for steps in lengths:
            model, rows = make(steps), rng.integers(vocabulary, size=(n, steps + 1))
            batch = rows[:, :-1], rows[:, 1:], np.ones((n, steps))
            found[name].append(seconds(lambda model=model, batch=batch: model.loss_and_grads(*batch), repeats))
    return found


def costs(lengths, found):
    """The measured seconds over the length, each with its growth over the last doubling."""
    drawn, ax = figure(height=3.2)
    for name, times in found.items():
        ax.plot(
            lengths,
            1000 * np.array(times),
            marker=".",
            color=_colour(name),
            label=f"{name}:\nx {times[-1] / times[-2]:.1f}",
        )
    ax.set(xscale="log", yscale="log", xlabel="steps of the sequence", ylabel="milliseconds a training step")
    ax.set_title("x: growth over the last doubling")
    ax.set_xticks(lengths, [str(each) for each in lengths])
    ax.minorticks_off()
    label_lines(ax, gap=0.18)
    told = ", ".join(f"{name} {1000 * times[0]:.1f} to {1000 * times[-1]:.1f} ms" for name, times in found.items())
    return show(
        drawn,
        f"Measured times for sequences of {lengths[0]} to {lengths[-1]} steps: {told}. The transformer's bends upwards.",
    )


def closed(found, deeper):
    """Closing brackets got right over the levels inside, by name: rows as in training solid, deeper ones dashed."""
    drawn, ax = figure(height=3.1)
    for name in found:
        ax.plot(deeper[name], "--", marker=".", color=_colour(name), label=name)
        ax.plot(found[name], marker=".", color=_colour(name), label="_")
    ax.axhline(100 / 3, color=COLOURS["muted"], linestyle=":", label="chance")
    ax.set(
        ylim=(0, 104),
        xlabel="levels inside the pair",
        ylabel="closed rightly (%)",
        title="solid: 4 deep, as trained; dashed: 8 deep",
    )
    label_lines(ax, gap=0.1)
    told = ", ".join(
        f"{name} {min(right):.0f} % or more in rows as deep as in training, {min(deeper[name]):.0f} % at worst in deeper ones"
        for name, right in found.items()
    )
    return show(drawn, f"Closing brackets got right, by how many levels lie inside the pair: {told}.")


def perplexity(model, ids, steps=32):
    """exp of the mean loss on 200 excerpts of a text that was not trained on: among how many characters it hesitates."""
    batch = excerpts(ids, 1, 200, steps, np.random.default_rng(5))[0]
    return float(np.exp(model.loss_and_grads(*batch)[0]))


def pairs_perplexity(ids, held_out, vocabulary):
    """The same of a table that only knows how often each character follows each.

    Example:
        >>> round(pairs_perplexity(np.array(50 * [0, 1]), np.array([0, 1, 0]), 2), 2)
        1.0
    """
    table = np.full((vocabulary, vocabulary), 0.1)
    np.add.at(table, (ids[:-1], ids[1:]), 1)
    table /= table.sum(1)[:, None]
    return float(np.exp(-np.log(table[held_out[:-1], held_out[1:]]).mean()))


def writes(logits, symbols, start, count, rng, steps=32, heat=0.7):
    """Continue a text character by character, drawn by their probabilities, the unlikely made unlikelier by `heat` below 1.

    Args:
        logits: function of tokens (1, T), T at most `steps`. symbols: the characters. start: str. count: how many to add.
    """
    ids = [symbols.index(letter) for letter in start]
    for _ in range(count):
        last = logits(np.array([ids[-steps:]]))[0, -1] / heat
        powers = np.exp(last - last.max())
        ids.append(int(rng.choice(len(symbols), p=powers / powers.sum())))
    return "".join(symbols[each] for each in ids)


def beside_torch(forward, backward, d=64, heads=4, steps=64, n=8):
    """Print how far your block is from torch's, forwards, and how long both take forwards and backwards.

    Args:
        forward, backward: your encoder_block_forward and encoder_block_backward.
    """
    rng = np.random.default_rng(0)
    params, x = first_block(d, 4 * d, rng), rng.normal(size=(n, steps, d))
    pull = rng.normal(size=x.shape)
    mine = seconds(lambda: backward(pull, forward(x, params, heads)[1]))
    print(f"{n} x {steps} x {d}, forwards and backwards: yours {1000 * mine:.1f} ms", end="")
    try:
        import torch
    except ModuleNotFoundError:
        print("; torch is not installed.")
        return
    torch.set_num_threads(1)
    layer = torch.nn.TransformerEncoderLayer(d, heads, 4 * d, dropout=0.0, batch_first=True, dtype=torch.float64)
    same = {
        "in_proj_weight": np.concatenate([params[key] for key in ("query", "key", "value")]),
        "out_proj.weight": params["out"],
    }
    same = {"self_attn." + key: each for key, each in same.items()}
    same |= {f"linear{k}.weight": params[f"w{k}"] for k in (1, 2)} | {
        f"linear{k}.bias": params[f"b{k}"] for k in (1, 2)
    }
    layer.load_state_dict({key: torch.from_numpy(each) for key, each in same.items()}, strict=False)
    source, back = torch.from_numpy(x), torch.from_numpy(pull)
    with torch.no_grad():
        away = np.abs(layer(source).numpy() - forward(x, params, heads)[0]).max()
    theirs = seconds(lambda: layer(source).backward(back))
    print(f", torch's {1000 * theirs:.1f} ms (float64, one thread); largest difference {away:.1g}")
