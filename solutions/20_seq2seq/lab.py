"""What this lesson draws and trains with. Given, for you to read and to use; nothing here is graded.

Your functions come in as arguments: most often the whole module, as in learn(seq2seq, params, pairs, ...).
"""

import time

import numpy as np

from autograder.datasets import DATE_SYMBOLS, DATE_WORDS, load_photo, reversal_pairs
from autograder.lab import COLOURS, figure, show

PARTS = ("gradient", "train", "value")  # colours of year, month and day
EXAMPLES = (
    "the twenty second of july nineteen ninety four",
    "july twenty second nineteen ninety four",
)
COLOUR_WORDS = ("end", "red", "green", "blue")


# Words and figures


def read(text):
    """A date in words as the network takes it: (source (1, S), lengths (1,)).

    Raises:
        ValueError: naming a word that no date of the training set holds.

    Example:
        >>> source, lengths = read("July fourth, nineteen oh five")
        >>> source.shape, lengths
        ((1, 5), array([5]))
    """
    heard = text.lower().replace(",", " ").split()
    if unknown := [word for word in heard if word not in DATE_WORDS]:
        raise ValueError(f"the network never saw the word {unknown[0]!r}")
    return np.array([[DATE_WORDS.index(word) for word in heard]]), np.array([len(heard)])


def spoken(ids):
    """Tokens of a source as words; padding is left out.

    Example:
        >>> spoken(read("the first of may nineteen ten")[0][0])
        'the first of may nineteen ten'
    """
    return " ".join(DATE_WORDS[k] for k in ids if k)


def figures(tokens):
    """Tokens of a target as figures; start, end and padding are left out.

    Example:
        >>> figures([1, 5, 13, 3, 4, 6, 2, 0])
        '19-02'
    """
    return "".join(DATE_SYMBOLS[k] for k in tokens if k > 2)


def by_rules(text):
    """The rival: a date in words into figures by rules, without any training.

    Example:
        >>> by_rules("the twenty second of july nineteen ninety four")
        '1994-07-22'
    """
    names = list(DATE_WORDS)
    ones, tens = names.index("one"), names.index("twenty")
    months, ordinals = names.index("january"), names.index("first")
    day, month, year, century = 0, 0, [], False
    for word in text.lower().split():
        place = names.index(word)
        if place >= ordinals or word in ("twentieth", "thirtieth"):
            last = {"twentieth": 20, "thirtieth": 30}.get(word, place - ordinals + 1)
            day, year = sum(year) + last, []
        elif place >= months:
            month = place - months + 1
        elif place >= tens:
            year.append(10 * (place - tens + 2))
        elif place >= ones:
            year.append(place - ones + 1)
    century, *rest = year
    return f"{100 * century + sum(rest)}-{month:02d}-{day:02d}"


# Models


def start(words, symbols, numbers, units, seed=0):
    """params of a whole model, as training begins with them.

    Args:
        words, symbols: rows of the two tables. numbers: E. units: H. seed: of the draws.

    Example:
        >>> {key: each[1].shape if isinstance(each, list) else each.shape for key, each in start(9, 7, 3, 4).items()}["w_out"]
        (7, 8)
    """
    rng = np.random.default_rng(seed)

    def drawn(*shape):
        return rng.normal(scale=0.6 / np.sqrt(shape[-1]), size=shape)

    made = {
        key: 0.5 * rng.normal(size=(rows, numbers))
        for key, rows in (("source_table", words), ("target_table", symbols))
    }
    for key in ("encoder", "decoder"):
        made[key] = [drawn(2 * units, numbers), drawn(2 * units, units), np.zeros(2 * units)]
    return made | {"w_out": drawn(symbols, 2 * units), "b_out": np.zeros(symbols)}


def reversals(n, rng):
    """Rows of 4 out of 6 letters, and the same backwards, as (source, lengths, targets); letters are 3 to 8.

    Example:
        >>> source, lengths, targets = reversals(5, np.random.default_rng(0))
        >>> source.shape, targets.shape, bool((targets[:, 1:5] == source[:, ::-1]).all())
        ((5, 4), (5, 6), True)
    """
    letters, backwards = reversal_pairs(n, 4, 6, rng)
    edges = np.ones((n, 1), dtype=int)
    return letters + 3, np.full(n, 4), np.concatenate([edges, backwards + 3, 2 * edges], axis=1)


def learn(seq2seq, params, pairs, steps, batch=32, lr=0.02, look_back=True, keep=()):
    """seq2seq.train, with two things more: it can be kept from looking back, and it can keep what it was like on the way.

    Args:
        seq2seq: your module. params, pairs, steps, batch, lr: as train takes them; pairs is (source, lengths, targets).
        look_back: if False, the weights from context to logits are 0 and stay 0, so that no gradient reaches the keys.
        keep: numbers of steps at which params are copied.

    Returns:
        (params, losses, kept): kept is the list of those copies.
    """
    params = _copied(params)
    units, losses, kept, state = params["w_out"].shape[1] // 2, [], [], {}
    if not look_back:
        params["w_out"][:, units:] = 0
    for number in range(steps + 1):
        if number in keep:
            kept.append(_copied(params))
        if number == steps:
            break
        rows = np.arange(number * batch, (number + 1) * batch) % len(pairs[0])
        loss, slopes = seq2seq.seq2seq_loss_and_grads(params, *(each[rows] for each in pairs))
        if not look_back:
            slopes["w_out"][:, units:] = 0
        seq2seq.adam_step(params, slopes, state, lr)
        losses.append(float(loss))
    return params, losses, kept


def _copied(params):
    return {key: [w.copy() for w in each] if isinstance(each, list) else np.array(each) for key, each in params.items()}


def right(written, targets):
    """The share (%) of sequences that were written right to the last symbol.

    Args:
        written: list of lists of tokens, without start and end. targets: ints (N, T + 1), with both.

    Example:
        >>> right([[3, 4], [3, 5]], np.array([[1, 3, 4, 2], [1, 3, 4, 2]]))
        50.0
    """
    wanted = [[int(k) for k in row if k > 2] for row in targets]
    return 100.0 * float(np.mean([mine == theirs for mine, theirs in zip(written, wanted, strict=True)]))


# Pictures of sequences


def opening():
    """The picture that the lesson begins with: which words make which figures, in two word orders."""
    drawn, axes = figure(2, 1, height=4.0)
    for ax, text in zip(axes, EXAMPLES, strict=True):
        words, symbols = text.split(), by_rules(text)
        above, below = np.linspace(0.03, 0.97, len(words)), np.linspace(0.12, 0.88, len(symbols))
        for k, word in enumerate(words):
            ax.text(above[k], 1, word, rotation=35, ha="left", va="bottom", fontsize=9, color=COLOURS[_part(words, k)])
        for t, symbol in enumerate(symbols):
            ax.text(below[t], 0, symbol, ha="center", va="top", fontsize=11, family="monospace")
            for k in _makes(words, t):
                ax.plot([above[k], below[t]], [0.96, 0.06], color=COLOURS[_part(words, k)], linewidth=1)
        ax.set(xlim=(0, 1.12), ylim=(-0.2, 1.75))
        ax.axis("off")
    return show(
        drawn,
        "A date in words, twice, above the same date in figures. Lines lead from each word to the figures that it makes; in the "
        "second word order the lines of month and day cross those of the first.",
    )


def _part(words, k):
    """The colour of a word: what it says something about."""
    month = next(i for i, word in enumerate(words) if word in DATE_WORDS[DATE_WORDS.index("january") :][:12])
    if words[k] in ("the", "of"):
        return "muted"
    if k == month:
        return PARTS[1]
    return PARTS[0] if k >= len(words) - 3 else PARTS[2]


def _makes(words, t):
    """Which words make the figure in place t of 1994-07-22, for the two examples."""
    by_colour = {colour: [k for k in range(len(words)) if _part(words, k) == colour] for colour in PARTS}
    year, month, day = (by_colour[colour] for colour in PARTS)
    return {0: year[:1], 1: year[:1], 2: year[1:2], 3: year[2:], 5: month, 6: month, 8: day[:1], 9: day[1:]}.get(t, [])


def shapes():
    """Five ways to read and to write: boxes for steps, arrows upwards in time from left to right."""
    drawn, axes = figure(2, 3, height=3.4)
    kinds = [
        ("one to one", [0], [0], 1),
        ("one to many", [0], [0, 1, 2], 3),
        ("many to one", [0, 1, 2], [2], 3),
        ("step by step", [0, 1, 2], [0, 1, 2], 3),
        ("read, then write", [0, 1, 2], [2, 3], 4),
    ]
    for ax, (name, inputs, outputs, steps) in zip(axes.ravel(), kinds, strict=False):
        for k in range(steps):
            ax.plot(k, 1, "s", markersize=13, color=COLOURS["value"])
            if k:
                ax.annotate("", (k - 0.22, 1), (k - 0.78, 1), arrowprops={"arrowstyle": "->"})
            if k in inputs:
                ax.annotate("", (k, 0.75), (k, 0.2), arrowprops={"arrowstyle": "->"})
                ax.plot(k, 0, "s", markersize=10, color=COLOURS["train"])
            if k in outputs:
                ax.annotate("", (k, 1.8), (k, 1.25), arrowprops={"arrowstyle": "->"})
                ax.plot(k, 2, "s", markersize=10, color=COLOURS["gradient"])
        ax.set(xlim=(-0.6, max(steps - 0.4, 3.0)), ylim=(-0.4, 2.4))
        ax.set_title(name, fontsize=9, loc="left")
    ax = axes[1, 2]
    for height, (word, colour) in enumerate((("input", "train"), ("state", "value"), ("output", "gradient"))):
        ax.plot(0, height, "s", markersize=10, color=COLOURS[colour])
        ax.text(0.4, height, word, va="center", fontsize=9)
    ax.set(xlim=(-0.6, 3.0), ylim=(-0.4, 2.4))
    for ax in axes.ravel():
        ax.axis("off")
    return show(
        drawn,
        "Five small diagrams of steps in time with inputs below and outputs above: one to one, one to many, many to one, "
        "step by step, and reading three inputs before writing two outputs.",
    )


def loss_lines(lines, best=None):
    """Losses by name, a line each, on a logarithmic axis.

    Args:
        lines: dict of lists.
        best: what guessing gets, a grey line, or None.
    """
    from autograder.lab import label_lines, smooth

    drawn, ax = figure(height=2.6)
    for name, losses in lines.items():
        ax.plot(smooth(losses, 8), label=name)
    ax.set(xlabel="step", ylabel="loss a symbol", yscale="log")
    if best is not None:
        ax.axhline(best, color=COLOURS["muted"], linestyle=":", label="_")
    label_lines(ax)
    return show(
        drawn,
        "Two falling losses on a logarithmic axis: with looking back the loss reaches a hundredth, without it stays near one.",
    )


def _map(ax, text, tokens, weights):
    ax.imshow(weights[: len(tokens)], cmap="Blues", vmin=0, vmax=1, aspect="auto", interpolation="nearest")
    words = text.split()
    ax.set_xticks(range(len(words)), words, rotation=35, ha="left", rotation_mode="anchor")
    ax.set_yticks(range(len(tokens)), [DATE_SYMBOLS[k] if k > 2 else "?" for k in tokens], family="monospace")
    ax.xaxis.tick_top()
    ax.tick_params(length=0, labelsize=9)
    ax.spines[:].set_visible(False)


def alignment(text, tokens, weights):
    """One frame: rows are what was written, columns what was read, dark where it looked.

    Args:
        text: a date in words. tokens: what was written of it. weights: (T, S), where each step looked.
    """
    drawn, ax = figure(height=3.4)
    _map(ax, text, tokens, weights)
    ax.set_xlabel(figures(tokens), family="monospace")
    return drawn


SHARPENS = (
    "A map of where the network looks, a row for each figure that it writes and a column for each word that it read. Even grey "
    "before training turns into one or two dark fields a row."
)


def alignments(texts, written, weights):
    """The main picture: the map of alignment for each date, one below the other.

    Args:
        texts: the dates in words. written: tokens of each, as greedy_decode gives them. weights: (T, S) for each.
    """
    drawn, axes = figure(len(texts), 1, height=3.3 * len(texts), squeeze=False)
    for ax, text, tokens, looked in zip(axes[:, 0], texts, written, weights, strict=True):
        _map(ax, text, tokens, looked)
    return show(
        drawn,
        "Where the network looks while it writes each figure of a date, a map for each word order. The first figures of the "
        "year look at the century, the next at the decade and the year, then comes the month, and the day, wherever it stands.",
    )


# Three ways to end


ENDINGS = {"end": "end symbol", "coin": "coin", "length": "length first"}
LETTERS, LAST, FIRST = 4, 4, 5  # four letters; the end symbol; what is fed first


def _order(letters, counts):
    """What is asked for, as numbers: which letter, and how often, where 9 times is 1."""
    return np.concatenate([np.eye(LETTERS)[letters], counts[:, None] / 9], axis=1)


def learn_to_stop(seq2seq, ending, steps, seed=0):
    """Train a network that says a letter as often as it is asked to, 1 to 9 times, and ends in one of three ways.

    The order becomes the first state; each step takes in the last letter ("length": and how many are left). All three have the
    same cell of 16 units and see the same 32 orders at each step.

    Args:
        seq2seq: your module. ending: "end", "coin" or "length". steps: of training. seed: of weights and orders.

    Returns:
        params: dict of arrays, for say.
    """
    rng, units, state = np.random.default_rng(seed), 16, {}
    shapes = {"w_in": (units, LETTERS + 1), "table": (LETTERS + 2, 8), "w_out": (LETTERS + 2, units)}
    shapes |= {
        "w_stop": (1, units),
        "w_length": (10, units),
        "w_x": (2 * units, 8 + (ending == "length")),
        "w_h": (2 * units, units),
    }
    params = {key: rng.normal(size=shape) / np.sqrt(shape[-1]) for key, shape in shapes.items()}
    params |= {"b_out": np.zeros(LETTERS + 2), "b_stop": np.zeros(1), "b_length": np.zeros(10)}
    params["cell"] = [params.pop("w_x"), params.pop("w_h"), np.zeros(2 * units)]
    for _ in range(steps):
        letters, counts = rng.integers(LETTERS, size=32), rng.integers(1, 10, size=32)
        seq2seq.adam_step(params, _stop_slopes(seq2seq, ending, params, letters, counts), state, 0.01)
    return params


def _stop_slopes(seq2seq, ending, params, letters, counts):
    orders, longest = _order(letters, counts), int(counts.max()) + (ending == "end")
    wanted = np.where(np.arange(longest) < counts[:, None], letters[:, None], LAST)
    known = np.arange(longest) < (counts + (ending == "end"))[:, None]
    fed = np.concatenate([np.full((len(counts), 1), FIRST), wanted[:, :-1]], axis=1)
    taken = params["table"][fed]
    if ending == "length":
        taken = np.concatenate([taken, seq2seq.steps_left(counts, longest)[:, :, None] / 9], axis=2)
    first = h = np.tanh(orders @ params["w_in"].T)
    said, ways = [], []
    for t in range(longest):
        h, way = seq2seq.cell(taken[:, t], h, params["cell"])
        said.append(h)
        ways.append(way)
    said = np.stack(said, axis=1)
    _, dsaid = seq2seq.sequence_loss(said @ params["w_out"].T + params["b_out"], wanted, known)
    slopes = {key: [0 * w for w in each] if isinstance(each, list) else 0 * each for key, each in params.items()}
    slopes["w_out"], slopes["b_out"] = np.einsum("ntv,nth->vh", dsaid, said), dsaid.sum((0, 1))
    toward, dfirst = dsaid @ params["w_out"], np.zeros_like(first)
    if ending == "coin":
        loaded = (said @ params["w_stop"].T + params["b_stop"])[:, :, 0]
        dcoin = np.array(
            [seq2seq.stop_loss(row, int(count))[1] for row, count in zip(loaded, counts, strict=True)]
        ) / len(counts)
        slopes["w_stop"], slopes["b_stop"] = np.einsum("nt,nth->h", dcoin, said)[None], dcoin.sum()[None]
        toward = toward + dcoin[:, :, None] * params["w_stop"]
    if ending == "length":
        guesses = (first @ params["w_length"].T + params["b_length"])[:, None]
        dguess = seq2seq.sequence_loss(guesses, counts[:, None], np.ones((len(counts), 1), dtype=bool))[1][:, 0]
        slopes["w_length"], slopes["b_length"], dfirst = dguess.T @ first, dguess.sum(0), dguess @ params["w_length"]
    dh = np.zeros_like(first)
    for t in range(longest - 1, -1, -1):
        dtaken, dh, parts = ways[t](toward[:, t] + dh)
        slopes["cell"] = [total + part for total, part in zip(slopes["cell"], parts, strict=True)]
        np.add.at(slopes["table"], fed[:, t], dtaken[:, :8])
    slopes["w_in"] = ((dh + dfirst) * (1 - first**2)).T @ orders
    return slopes


def say(seq2seq, ending, params, letter, count, rng, most=20):
    """What such a network says when it is asked for a letter, count times; for "coin" rng tosses.

    Returns:
        list of letters, 0 to 3 (or worse).
    """
    h = np.tanh(_order(np.array([letter]), np.array([count])) @ params["w_in"].T)

    def further(taken, h):
        h, _ = seq2seq.cell(taken, h, params["cell"])
        return h @ params["w_out"].T + params["b_out"], h

    if ending == "end":
        return seq2seq.greedy_decode(lambda tokens, h: further(params["table"][tokens], h), h, FIRST, LAST, most)[0]
    if ending == "coin":

        def toss(carried):
            scores, h = further(params["table"][[carried[0]]], carried[1])
            token = int(scores[0].argmax())
            return token, float((h @ params["w_stop"].T + params["b_stop"])[0, 0]), (token, h)

        return seq2seq.halting_decode(toss, (FIRST, h), rng.random(most))[0]
    tau = seq2seq.predict_length(h, params["w_length"], params["b_length"])
    said, token = [], FIRST
    for left in seq2seq.steps_left(tau, int(tau[0]))[0]:
        scores, h = further(np.append(params["table"][token], left / 9)[None], h)
        token = int(scores[0].argmax())
        said.append(token)
    return said


def endings(seq2seq, trained, asked=12, tries=25):
    """Draw how often each network says its letter, against how often it was asked to; print how often that was the same.

    Args:
        seq2seq: your module. trained: params by ending, from learn_to_stop. asked: up to so many times. tries: of each.
    """
    drawn, axes = figure(1, 3, height=2.5, sharey=True)
    for ax, (ending, params) in zip(axes, trained.items(), strict=True):
        rng, seen = np.random.default_rng(1), np.zeros((asked, 15))
        for count in range(1, asked + 1):
            for _ in range(tries):
                times = len(say(seq2seq, ending, params, int(rng.integers(LETTERS)), count, rng))
                seen[count - 1, min(times, 14)] += 1 / tries
        ax.imshow(
            seen, cmap="Blues", vmin=0, vmax=1, origin="lower", extent=(-0.5, 14.5, 0.5, asked + 0.5), aspect="auto"
        )
        ax.axhline(9.5, color=COLOURS["gradient"], linestyle=":", linewidth=1)
        ax.set_title(ENDINGS[ending], fontsize=9)
        ax.set(xticks=[0, 5, 10], yticks=[1, 3, 6, 9, 12])
        same = [seen[k - 1, k] for k in range(1, asked + 1)]
        print(
            f"{ENDINGS[ending]:13} asked 1 to 9: {100 * np.mean(same[:9]):.0f} %; 10 to {asked}: {100 * np.mean(same[9:]):.0f} %"
        )
    axes[0].set_ylabel("times asked")
    axes[1].set_xlabel("times said")
    return show(
        drawn,
        "Three maps of how often a letter is said against how often it was asked for. Up to nine all are diagonal, the coin's a "
        "little blurred. Beyond nine the first two go on for a while, and the length that is said beforehand stays at nine.",
    )


# Scenes


def scene(text):
    """A drawn scene as numbers: three rows of four places, r, g, b or a dot for nothing.

    Returns:
        ints (3, 4): 0 nothing, 1 red, 2 green, 3 blue.

    Example:
        >>> scene(". . r .   g . . .   . . . b")
        array([[0, 0, 1, 0],
               [2, 0, 0, 0],
               [0, 0, 0, 3]])
    """
    marks = text.split()
    if len(marks) != 12 or set(marks) - set(".rgb"):
        raise ValueError("a scene has 3 rows of 4 marks, each r, g, b or a dot, with blanks between them")
    return np.array([".rgb".index(mark) for mark in marks]).reshape(3, 4)


def scenes(n, rng):
    """Random scenes with one to three squares, each in a column of its own, and what is to be said of them.

    Returns:
        (grids (n, 3, 4), captions (n, 5)): ints; a caption is 0, the colours from left to right, 0, and zeros.

    Example:
        >>> grids, captions = scenes(2, np.random.default_rng(0))
        >>> grids.shape, captions.shape, int((grids[0] > 0).sum() == (captions[0] > 0).sum())
        ((2, 3, 4), (2, 5), 1)
    """
    grids, captions = np.zeros((n, 3, 4), dtype=int), np.zeros((n, 5), dtype=int)
    for grid, caption in zip(grids, captions, strict=True):
        columns = np.sort(rng.permutation(4)[: rng.integers(1, 4)])
        found = rng.integers(1, 4, size=len(columns))
        grid[rng.integers(3, size=len(columns)), columns] = found
        caption[1 : 1 + len(columns)] = found
    return grids, captions


def features(grids):
    """A scene as one row: red, green or blue for each of its 12 places, (N, 36).

    Example:
        >>> features(scene(". . r .   . . . .   . . . .")[None]).nonzero()[1]
        array([6])
    """
    return (grids[..., None] == np.arange(1, 4)).reshape(len(grids), 36).astype(float)


def regions(grids):
    """A scene as 12 regions (N, 12, 10): colour (3), row (3) and column (4) of what is there, zeros where nothing is.

    Example:
        >>> regions(scene(". . r .   . . . .   . . . .")[None])[0, 2]
        array([1., 0., 0., 1., 0., 0., 0., 0., 1., 0.])
    """
    rows, columns = np.indices((3, 4))
    where = np.concatenate([np.eye(3)[rows], np.eye(4)[columns]], axis=-1) * (grids > 0)[..., None]
    return (
        np.concatenate([grids[..., None] == np.arange(1, 4), where], axis=-1).reshape(len(grids), 12, 10).astype(float)
    )


def learn_captions(seq2seq, steps, look=False, seed=0):
    """Train a captioner on random scenes.

    Args:
        seq2seq: your module. steps: of 32 scenes each. seed: of weights and scenes.
        look: if True, it is shown only the sum of all regions at first, and may look at single regions at each word.

    Returns:
        params, as caption takes them; with `look` there is w_query, too, and w_out is (4, H + 10).
    """
    rng, units, numbers, state = np.random.default_rng(seed), 24, 12, {}
    seen, found = (10, 10) if look else (36, 0)
    shapes = {"w_image": (numbers, seen), "table": (4, numbers), "w_x": (2 * units, numbers), "w_h": (2 * units, units)}
    shapes |= {"w_out": (4, units + found)} | ({"w_query": (10, units)} if look else {})
    params = {key: rng.normal(size=shape) / np.sqrt(shape[-1]) for key, shape in shapes.items()}
    params |= {"b_image": np.zeros(numbers), "b_out": np.zeros(4)}
    params["cell"] = [params.pop("w_x"), params.pop("w_h"), np.zeros(2 * units)]
    for _ in range(steps):
        grids, captions = scenes(32, rng)
        seq2seq.adam_step(params, _caption_slopes(seq2seq, params, grids, captions), state, 0.02)
    return params


def _shown(params, grids):
    """(what the captioner is shown first, the regions that it may look at, or None)."""
    return (regions(grids).sum(1), regions(grids)) if "w_query" in params else (features(grids), None)


def _caption_slopes(seq2seq, params, grids, captions):
    image, places = _shown(params, grids)
    units, longest = params["cell"][1].shape[1], 4
    h, into = seq2seq.cell(
        image @ params["w_image"].T + params["b_image"], np.zeros((len(grids), units)), params["cell"]
    )
    told, ways = [], []
    for t in range(longest):
        h, way = seq2seq.cell(params["table"][captions[:, t]], h, params["cell"])
        hint, cache = np.zeros((len(h), 0)), None
        if places is not None:
            everywhere = np.ones(places.shape[:2], dtype=bool)
            hint, _, cache = seq2seq.attend_forward(h @ params["w_query"].T, places, everywhere)
        told.append(np.hstack([h, hint]))
        ways.append((way, cache, h))
    told = np.stack(told, axis=1)
    known = np.arange(longest) <= (captions > 0).sum(1)[:, None]
    _, dtold = seq2seq.sequence_loss(told @ params["w_out"].T + params["b_out"], captions[:, 1 : longest + 1], known)
    slopes = {key: [0 * w for w in each] if isinstance(each, list) else 0 * each for key, each in params.items()}
    slopes["w_out"], slopes["b_out"] = np.einsum("ntv,nth->vh", dtold, told), dtold.sum((0, 1))
    toward, dh = dtold @ params["w_out"], np.zeros_like(h)
    for t in range(longest - 1, -1, -1):
        way, cache, asked = ways[t]
        dh = dh + toward[:, t, :units]
        if cache is not None:
            dquestion, _ = seq2seq.attend_backward(toward[:, t, units:], cache)
            slopes["w_query"] += dquestion.T @ asked
            dh = dh + dquestion @ params["w_query"]
        dword, dh, parts = way(dh)
        slopes["cell"] = [total + part for total, part in zip(slopes["cell"], parts, strict=True)]
        np.add.at(slopes["table"], captions[:, t], dword)
    dimage, _, parts = into(dh)
    slopes["cell"] = [total + part for total, part in zip(slopes["cell"], parts, strict=True)]
    slopes["w_image"], slopes["b_image"] = dimage.T @ image, dimage.sum(0)
    return slopes


def look_and_say(seq2seq, params, grid, most=5):
    """The captioner that may look, on one scene: (words, weights (words + 1, 3, 4)), the last row that of "end"."""
    image, places = _shown(params, grid[None])
    h, _ = seq2seq.cell(
        image @ params["w_image"].T + params["b_image"], np.zeros((1, params["cell"][1].shape[1])), params["cell"]
    )
    said, token, looks = [], 0, []
    for _ in range(most):
        h, _ = seq2seq.cell(params["table"][[token]], h, params["cell"])
        hint, weights, _ = seq2seq.attend_forward(h @ params["w_query"].T, places, np.ones((1, 12), dtype=bool))
        token = int((np.hstack([h, hint]) @ params["w_out"].T + params["b_out"]).argmax())
        looks.append(weights.reshape(3, 4))
        if not token:
            break
        said.append(token)
    return said, np.array(looks)


def phrase(words):
    """Colours as a caption.

    Example:
        >>> phrase([2, 1, 3])
        'green, then red, then blue'
    """
    return ", then ".join(COLOUR_WORDS[word] for word in words) or "nothing"


INKS = ("#F2F2F2", COLOURS["gradient"], COLOURS["train"], COLOURS["value"])


def _squares(ax, grid):
    from matplotlib.colors import ListedColormap

    ax.imshow(grid, cmap=ListedColormap(INKS), vmin=0, vmax=3, interpolation="nearest")
    ax.set(xticks=np.arange(-0.5, 4), yticks=np.arange(-0.5, 3))
    ax.grid(color="white", linewidth=2)
    ax.tick_params(length=0, labelbottom=False, labelleft=False)
    ax.spines[:].set_visible(False)


def captioned(grids, words):
    """Scenes beside each other, each with what is said of it below.

    Args:
        grids: list of (3, 4). words: list of lists of ints.
    """
    drawn, axes = figure(1, len(grids), height=1.9, squeeze=False)
    for ax, grid, said in zip(axes[0], grids, words, strict=True):
        _squares(ax, grid)
        ax.set_xlabel(phrase(said).replace(", ", ",\n"), fontsize=9)
    told = "; ".join(phrase(said) for said in words)
    return show(
        drawn, f"Scenes of coloured squares on a grid of three rows and four columns, with their captions: {told}."
    )


def looked_at(grid, words, weights):
    """A scene, and beside it where the captioner looks at each word.

    Args:
        grid: (3, 4). words: list of ints. weights: (words + 1, 3, 4), the last for "end".
    """
    drawn, axes = figure(1, len(weights) + 1, height=1.5)
    _squares(axes[0], grid)
    axes[0].set_title("scene", fontsize=9)
    for ax, word, looked in zip(axes[1:], [*words, 0], weights, strict=False):
        ax.imshow(looked, cmap="Blues", vmin=0, vmax=1, interpolation="nearest")
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(True)
        ax.set_title(COLOUR_WORDS[word], fontsize=9)
    told = phrase(words)
    return show(
        drawn,
        f"A scene, and a map of the regions looked at for each word of its caption, {told}: dark on the square named.",
    )


# Windows on a photo


def photo():
    """The course's photo in grey, (160, 240).

    Example:
        >>> photo().shape
        (160, 240)
    """
    return load_photo().mean(axis=0)


def _frame(ax, x, y, wide, high, colour):
    from matplotlib.patches import Rectangle

    ax.add_patch(Rectangle((x - 0.5, y - 0.5), wide, high, fill=False, edgecolor=COLOURS[colour], linewidth=1.5))


def glimpses(image, centre, out):
    """The image with its windows, and what each of them shows.

    Args:
        image: (H, W). centre: (r, c). out: (scales, size, size), from glimpse.
    """
    scales, size, _ = out.shape
    columns = (scales + 2) // 2
    drawn, axes = figure(2, columns, height=4.4 if columns == 2 else 3.0)
    places = axes.ravel()
    places[0].imshow(image, cmap="gray", vmin=0, vmax=1)
    for k, colour in zip(range(scales), ("gradient", "other", "light", "test"), strict=False):
        side = size << k
        _frame(places[0], centre[1] - side / 2, centre[0] - side / 2, side, side, colour)
        places[k + 1].imshow(out[k], cmap="gray", vmin=0, vmax=1, interpolation="nearest")
        places[k + 1].set_title(f"{side} x {side} pixels", fontsize=9, color=COLOURS[colour])
    for ax in places:
        ax.axis("off")
    return show(
        drawn,
        "A photo of a pavilion with three square windows around one place, and what each shows in the same number of pixels: the "
        "smallest sharply, the larger ones more and more of the surroundings, coarsely.",
    )


def eyes(image, gx, gy, delta, n, out):
    """One frame: the image with the grid of a DRAW window, and what it reads.

    Args:
        image: (H, W). gx, gy, delta, n: as draw_read takes them. out: (n, n).
    """
    drawn, axes = figure(1, 2, height=2.0, width_ratios=[1.6, 1])
    steps = (np.arange(n) - (n - 1) / 2) * delta
    axes[0].imshow(image, cmap="gray", vmin=0, vmax=1)
    across, down = np.meshgrid(gx + steps, gy + steps)
    axes[0].plot(across.ravel(), down.ravel(), ".", markersize=2, color=COLOURS["gradient"])
    axes[0].set(xlim=(-0.5, image.shape[1] - 0.5), ylim=(image.shape[0] - 0.5, -0.5))
    axes[1].imshow(out, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    for ax in axes:
        ax.axis("off")
    return drawn


ZOOMS = (
    "A photo with a grid of dots on it, and what the dots read: as they move apart and grow, a sharp piece of the pavilion "
    "turns into the whole pavilion, blurred."
)


def seconds(function, times=3):
    """The fastest of a few calls, in seconds.

    Example:
        >>> seconds(lambda: None) < 1
        True
    """
    took = []
    for _ in range(times):
        began = time.perf_counter()
        function()
        took.append(time.perf_counter() - began)
    return min(took)
