"""What this lesson reads, draws and trains beside your network. Given, for you to read and to use; nothing here is graded.

Functions that need something of yours take it as an argument.
"""

import bz2
import textwrap
from pathlib import Path

import numpy as np

from autograder.datasets import load_text
from autograder.lab import COLOURS, figure, label_lines, show

COLUMNS = 60  # characters of a line that is drawn
LEAST, MOST_SYMBOLS = 6000, 100  # characters of a file that is read, and different ones of them


def text(path=None):
    """What to read and what to be judged by: Genesis 1 to 25 and Jonah, and Ruth, in the King James Version; or a file of yours.

    Args:
        path: of a text file (UTF-8), at least 6,000 characters long. Its last tenth is held out. Characters beyond the hundred
            most frequent ones become "?", so that the network stays small.

    Returns:
        (read, held_out): two strings.

    Raises:
        ValueError: naming path, if the file is too short.

    Example:
        >>> read, held_out = text()
        >>> read[:27], held_out[:24]
        ('In the beginning God create', 'Now it came to pass in t')
        >>> from tempfile import mkdtemp
        >>> mine = Path(mkdtemp()) / "mine.txt"
        >>> mine.write_text(700 * "One fish. " + 300 * "Two fish. ")
        10000
        >>> read, held_out = text(mine)
        >>> len(read), held_out[:20]
        (9000, 'Two fish. Two fish. ')
    """
    if path is None:
        genesis, ruth, jonah = load_text().split("\n\n")
        return f"{genesis}\n{jonah}", ruth
    whole = Path(path).expanduser().read_text(encoding="utf-8")
    if len(whole) < LEAST:
        raise ValueError(
            f"path: {path} has {len(whole)} characters, too few to learn from; at least {LEAST} are needed"
        )
    symbols, counts = np.unique(list(whole), return_counts=True)
    kept = set(symbols[np.argsort(-counts, kind="stable")[:MOST_SYMBOLS]].tolist())
    whole = "".join(symbol if symbol in kept else "?" for symbol in whole)
    return whole[: len(whole) * 9 // 10], whole[len(whole) * 9 // 10 :]


def words_of(string):
    """The words of a text, without what stands around them: a set.

    Example:
        >>> sorted(words_of("And God said, Let there"))
        ['And', 'God', 'Let', 'said', 'there']
    """
    return {word.strip(" .,:;?!'\"()-") for word in string.split()} - {""}


def share_known(string, known):
    """The share (%) of a text's words that are known, each as often as it comes.

    Example:
        >>> share_known("And the lorp, and", {"And", "the"})
        50.0
    """
    return 100 * float(np.mean([bool(words_of(word) & known) for word in string.split() if words_of(word)]))


def pages(rows, known, alt):
    """Texts below each other, the words that are known in blue, all else in grey.

    Args:
        rows: text by title. known: set of words.
        alt: words for those who cannot see it.
    """
    return show(page_frame(rows, known), alt)


TEMPERATURES = (
    "A text drawn from the network at one temperature. At 0.3 most of it is words of the text, the same ones again and again; "
    "the higher the temperature, the fewer are."
)


def page_frame(rows, known):
    """The figure of `pages`, as one frame of several."""
    cut = {title: textwrap.wrap(string.replace("\n", " / "), COLUMNS) or [""] for title, string in rows.items()}
    heights = {title: 1.5 + len(lines) for title, lines in cut.items()}
    drawn, ax = figure(height=0.155 * sum(heights.values()) + 0.1)
    top = 0.0
    for title, lines in cut.items():
        ax.text(0, top + 0.75, title, fontsize=9, weight="bold", va="baseline", in_layout=False)
        for number, line in enumerate(lines):
            _line(ax, line, known, top + 1.8 + number)
        top += heights[title]
    ax.set(xlim=(0, COLUMNS), ylim=(top - 0.2, -0.2))
    ax.axis("off")
    return drawn


def _line(ax, line, known, height):
    place = 0
    for piece in line.split(" "):
        found = piece.strip(" .,:;?!'\"()-/") in known
        style = {"family": "monospace", "fontsize": 8.2, "va": "baseline", "in_layout": False}
        ax.text(place, height, piece, color=COLOURS["value" if found else "muted"], parse_math=False, **style)
        place += len(piece) + 1


def by_context(string, order, n, seed=0):
    """A text drawn from counts: each character as often as it follows the `order` characters before it in `string`.

    Example:
        >>> by_context("abcabcabcabc", 1, 7)
        'bcabcab'
    """
    rng, out = np.random.default_rng(seed), string[:order]
    while len(out) < order + n:
        tail = out[len(out) - order :]
        places = [k for k in range(len(string) - order) if string.startswith(tail, k)] if order else range(len(string))
        out += string[places[int(rng.integers(len(places)))] + order]
    return out[order:]


def opening():
    """The picture that the lesson begins with: Shannon's ladder, climbed with counts from Genesis."""
    read, _ = text()
    flat, known = " ".join(read.split())[:10000], words_of(read)
    rng = np.random.default_rng(3)
    rows = {"every character equally likely": "".join(rng.choice(sorted(set(flat)), size=110).tolist())}
    for order, title in enumerate(
        ("as frequent as in Genesis", "knowing the character before", "knowing the two before")
    ):
        rows[title] = by_context(flat, order, 110, seed=4)
    return pages(
        rows, known,
        "Four texts drawn at random, with ever more knowledge of what comes next: from noise, to letters as frequent as in "
        "English, to pieces that can be pronounced, to some short words.",
    )  # fmt: skip


def costs(lengths, whole, bigrams, network):
    """What it takes to know the probability of every text, against its length: the table, the bigrams, the network.

    Args:
        lengths: of the texts. whole: ints, the size of the table for each. bigrams, network: ints, which do not grow.
    """
    drawn, ax = figure(height=2.5)
    digits = [len(str(each)) - 1 for each in whole]
    ax.plot(lengths, digits, ".-", color=COLOURS["gradient"], label="table of all texts")
    for size, name, colour in ((network, "network", "value"), (bigrams, "bigrams", "other")):
        ax.plot(lengths, [np.log10(size)] * len(lengths), ".-", color=COLOURS[colour], label=name)
    ax.axhline(80, color=COLOURS["muted"], linestyle=":")
    ax.text(lengths[0], 82, "atoms in the universe, about $10^{80}$", color=COLOURS["muted"], fontsize=9)
    ax.set(xlabel="characters of the text", ylabel="numbers, power of 10", ylim=(0, 95))
    label_lines(ax)
    return show(
        drawn,
        "Numbers to be stored over the length of the text, on a logarithmic scale. The table of all texts grows to more than "
        "there are atoms within fifty characters; bigrams and the network stay below ten thousand or so.",
    )


def learning(losses, per_pass, lines):
    """The perplexity of the chunks, smoothed, and lines at what other models reach.

    Args:
        losses: (steps,) in nats. per_pass: chunks of one pass through the text. lines: perplexity by name.
    """
    drawn, ax = figure(height=2.6)
    steps = np.arange(1, len(losses) + 1)
    window = min(25, len(losses))
    means = np.convolve(losses, np.ones(window) / window, mode="valid")
    ax.plot(steps[window - 1 :], np.exp(means), color=COLOURS["train"], label="network")
    for (name, height), colour in zip(lines.items(), ("other", "light"), strict=False):
        ax.plot(steps[[0, -1]], [height, height], color=COLOURS[colour], label=name)
    for start in range(per_pass, len(losses), per_pass):
        ax.axvline(start, color=COLOURS["muted"], linewidth=0.6, linestyle=":")
    ax.set(xlabel="chunks (dotted: the text begins again)", ylabel="perplexity", yscale="log", ylim=(4, 60))
    ax.set_yticks([5, 10, 20, 50], ["5", "10", "20", "50"])
    ax.minorticks_off()
    label_lines(ax)
    return show(
        drawn,
        "Perplexity over the chunks that were read. The network's falls below that of single characters within some hundred "
        "chunks, then below that of bigrams, and goes on falling slowly.",
    )


def squeezed(read, held_out):
    """What bzip2 needs for the held-out text once it has seen the other one: bits a character.

    Example:
        >>> squeezed("abc" * 2000, "abc" * 2000) < 0.1
        True
    """
    before, after = (len(bz2.compress(string.encode())) for string in (read, read + held_out))
    return 8 * (after - before) / len(held_out)


def quoted(n, rng):
    """A toy text with quotes, of n characters or a few more: 3 to 8 letters outside ("abcd"), 3 to 8 inside ("cdef"), and so on.

    Example:
        >>> quoted(20, np.random.default_rng(0))
        'ccbbaaaa"efeefee"cdbdca"fecfe"'
    """
    out = ""
    while len(out) < n:
        for letters in ("abcd", "cdef"):
            out += "".join(rng.choice(list(letters), size=rng.integers(3, 9)).tolist()) + '"'
    return out


def lined(n, width, rng):
    """A toy text of n lines, each of `width` random letters from "abcde" and a line break.

    Example:
        >>> lined(2, 3, np.random.default_rng(0))
        'edc\\nbba\\n'
    """
    return "".join("".join(row) + "\n" for row in rng.choice(list("abcde"), size=(n, width)).tolist())


def by_letter(string, signal):
    """How well the character alone tells the signal: the correlation with the signal's mean over each character's places.

    Example:
        >>> by_letter("aabb", np.array([0, 0, 1, 1])), by_letter("abab", np.array([0, 0, 1, 1]))
        (1.0, 0.0)
    """
    _, which = np.unique(list(string), return_inverse=True)
    told = (np.bincount(which, weights=signal) / np.bincount(which))[which]
    return 0.0 if np.ptp(told) == 0 else round(float(np.corrcoef(told, signal)[0, 1]), 6)


def read_out(states, signal, new_states, new_signal):
    """Can the signal be read from all units together? R squared of the best weighted sum, on steps it was not fitted to.

    Example:
        >>> states = np.array([[0.0, 1.0], [1.0, 3.0], [2.0, 0.0], [3.0, 5.0]])
        >>> round(read_out(states, states[:, 0] - states[:, 1], states + 1, states[:, 0] - states[:, 1]), 6)
        1.0
    """

    def wide(each):
        return np.column_stack([each, np.ones(len(each))])

    weights = np.linalg.lstsq(wide(states), signal, rcond=None)[0]
    off = wide(new_states) @ weights - new_signal
    return float(1 - np.mean(off**2) / np.var(new_signal))


def coloured(string, activity, title=""):
    """A text, each character on a ground in the colour of a unit's activity from -1 (vermilion) over 0 (white) to 1 (blue).

    Args:
        string: characters. activity: (len(string),).
    """
    from matplotlib.colors import LinearSegmentedColormap

    colours = LinearSegmentedColormap.from_list("activity", [COLOURS["gradient"], "white", COLOURS["value"]])
    columns = 36
    rows = -(-len(string) // columns)
    ground = np.full(rows * columns, np.nan)
    ground[: len(string)] = activity
    drawn, ax = figure(height=0.24 * rows + 0.35)
    ax.imshow(ground.reshape(rows, columns), cmap=colours, vmin=-1.3, vmax=1.3, aspect="auto")
    for place, character in enumerate(string):
        row, column = divmod(place, columns)
        shown = "$\\hookleftarrow$" if character == "\n" else character
        ax.text(column, row, shown, family="monospace", fontsize=9, ha="center", va="center")
    ax.set_title(title)
    ax.axis("off")
    return show(
        drawn,
        f"A text whose characters stand on the colour of one unit's activity. {title}: the colour changes where the signal does, "
        "and within a stretch it mostly stays.",
    )


# Three kinds of cells on little text: tanh, GRU and LSTM, several networks of each kind trained at once. All arrays have the
# network as their first axis, "mates"; what a cell reads was multiplied by its weights before.

SIZES = {"tanh": 42, "GRU": 22, "LSTM": 19}  # hidden units, such that all have about 4,100 numbers
WIDER = {"tanh": 1, "GRU": 3, "LSTM": 4}
MATES, SIDE, SPAN = 4, 8, 16  # networks, streams, steps of a chunk


def _squash(sums):
    return 0.5 + 0.5 * np.tanh(0.5 * sums)


def _advance(kind, fed, kept, state):
    """One step: (state after it, back), where back(dstate) gives the gradients of fed, of kept, and what goes past them."""
    wide = fed.shape[-1] // WIDER[kind]
    if kind == "tanh":
        ahead = np.tanh(fed + kept)

        def back(d):
            d = d - d * ahead * ahead
            return d, d, np.zeros_like(d)

    elif kind == "GRU":
        both = _squash(fed[..., : 2 * wide] + kept[..., : 2 * wide])
        reset, stay, past = both[..., :wide], both[..., wide:], kept[..., 2 * wide :]
        idea = np.tanh(fed[..., 2 * wide :] + reset * past)
        ahead = idea + stay * (state - idea)

        def back(d):
            didea = (d - d * stay) * (1 - idea * idea)
            dboth = np.concatenate([didea * past, d * (state - idea)], axis=-1) * (both - both * both)
            return np.concatenate([dboth, didea], -1), np.concatenate([dboth, didea * reset], -1), d * stay

    else:
        sums = fed + kept
        three, idea = _squash(sums[..., : 3 * wide]), np.tanh(sums[..., 3 * wide :])
        enter, stay, speak = (three[..., k * wide : (k + 1) * wide] for k in range(3))
        store = stay * state[..., wide:] + enter * idea
        said = np.tanh(store)
        ahead = np.concatenate([speak * said, store], axis=-1)

        def back(d):
            dsaid, dstore = d[..., :wide], d[..., wide:] + d[..., :wide] * speak * (1 - said * said)
            dthree = np.concatenate([dstore * idea, dstore * state[..., wide:], dsaid * said], axis=-1)
            dsums = np.concatenate([dthree * (three - three * three), dstore * enter * (1 - idea * idea)], axis=-1)
            return dsums, dsums, np.concatenate([np.zeros_like(dsaid), dstore * stay], axis=-1)

    return ahead, back


def _born(kind, symbols, rng):
    units = SIZES[kind]
    wide = WIDER[kind] * units
    found = {"read": 0.3 * rng.normal(size=(MATES, symbols, wide)), "lean": np.zeros((MATES, 1, wide))}
    found |= {"recall": rng.normal(size=(MATES, units, wide)) / units**0.5, "tilt": np.zeros((MATES, 1, symbols))}
    found["speak"] = rng.normal(size=(MATES, units, symbols)) / units**0.5
    if kind == "LSTM":
        found["lean"][..., units : 2 * units] = 1  # forget gates begin open
    return {name: each.astype(np.float32) for name, each in found.items()}


def _pass(kind, net, state, x, y, back=True):
    """x, y (mates, streams, steps): (mean loss (mates,), gradients or None, state)."""
    mates, side, span = x.shape
    units, row = net["recall"].shape[1], np.arange(mates)[:, np.newaxis]
    befores, backs, afters = [], [], []
    for t in range(span):
        befores.append(state[..., :units])
        fed = net["read"][row, x[..., t]] + net["lean"]
        state, way = _advance(kind, fed, befores[-1] @ net["recall"], state)
        backs.append(way)
        afters.append(state[..., :units])
    tops = np.stack(afters, axis=1).reshape(mates, span * side, units)
    scores = tops @ net["speak"] + net["tilt"]
    scores -= scores.max(-1, keepdims=True)
    scores -= np.log(np.exp(scores).sum(-1, keepdims=True))
    aim, every = y.swapaxes(1, 2).reshape(mates, -1), np.arange(span * side)
    loss = -scores[row, every, aim].mean(1)
    if not back:
        return loss, None, state
    chance = np.exp(scores)
    chance[row, every, aim] -= 1
    chance /= span * side
    dtops = (chance @ net["speak"].swapaxes(1, 2)).reshape(mates, span, side, units)
    later, dfeds, dkepts = np.zeros_like(state), [], []
    for t in range(span)[::-1]:
        later[..., :units] += dtops[:, t]
        dfed, dkept, later = backs[t](later)
        later[..., :units] += dkept @ net["recall"].swapaxes(1, 2)
        dfeds.insert(0, dfed)
        dkepts.insert(0, dkept)
    flat = [np.stack(each, axis=1).reshape(mates, span * side, -1) for each in (befores, dfeds, dkepts)]
    seen = np.eye(net["read"].shape[1], dtype=np.float32)[x.swapaxes(1, 2).reshape(mates, -1)]
    slopes = {"read": seen.swapaxes(1, 2) @ flat[1], "lean": flat[1].sum(1, keepdims=True)}
    slopes |= {"recall": flat[0].swapaxes(1, 2) @ flat[2], "tilt": chance.sum(1, keepdims=True)}
    return loss, slopes | {"speak": tops.swapaxes(1, 2) @ chance}, state


def letters_only(*strings):
    """Texts in lower case, everything between two words a single space, as ids of one common alphabet: a list of arrays.

    Example:
        >>> [ids.tolist() for ids in letters_only("A, b.", "B!")]
        [[1, 0, 2], [2]]
    """
    plain = [" ".join("".join(c if c.isalpha() else " " for c in each.lower()).split()) for each in strings]
    alphabet = sorted(set(" ".join(plain)) | {" "})
    return [np.array([alphabet.index(c) for c in each]) for each in plain]


def train_cells(kind, taught, new, chunks, lr=0.01, seed=0):
    """Train four networks of a kind on a text each, with Adam, and watch how well they guess a new text.

    Args:
        kind: "tanh", "GRU" or "LSTM". taught: ids (4, size). new: ids; the first 2,001 count.
        chunks: how many to learn from. lr, seed: of Adam, of the weights.

    Returns:
        (4,) bits a character on the new text, each at the best of the moments (every 20 chunks) when it was asked.

    Example:
        >>> ab = np.arange(2200) % 2
        >>> bool(train_cells("GRU", np.stack(4 * [ab[:400]]), ab, 60).max() < 0.3)
        True
    """
    net = _born(kind, int(max(taught.max(), new.max())) + 1, np.random.default_rng(seed))
    length = (taught.shape[1] - 1) // SIDE
    x, y = (taught[:, k : k + length * SIDE].reshape(MATES, SIDE, length) for k in (0, 1))
    span = min(50, (len(new) - 1) // 40)
    new_x, new_y = (np.stack(MATES * [new[k : k + 40 * span].reshape(40, span)]) for k in (0, 1))
    wide = SIZES[kind] * (2 if kind == "LSTM" else 1)
    pace, size = ({name: np.zeros_like(each) for name, each in net.items()} for _ in range(2))
    best, place = np.full(MATES, np.inf), length
    for count in range(1, chunks + 1):
        if place >= length:
            place, state = 0, np.zeros((MATES, SIDE, wide), dtype=np.float32)
        _, slopes, state = _pass(kind, net, state, x[..., place : place + SPAN], y[..., place : place + SPAN])
        place += SPAN
        for name, slope in slopes.items():
            pace[name] += 0.1 * (slope - pace[name])
            size[name] += 0.001 * (slope * slope - size[name])
            step = pace[name] / (np.sqrt(size[name] / (1 - 0.999**count)) + 1e-8)
            net[name] -= lr / (1 - 0.9**count) * step
        if count % 20 == 0:
            silent = np.zeros((MATES, 40, wide), dtype=np.float32)
            best = np.minimum(best, _pass(kind, net, silent, new_x, new_y, back=False)[0] / np.log(2))
    return best


def little_data(read, held_out, budgets, lr=0.01):
    """The three kinds of cells on ever more text: four stretches of each length, the same ones for each kind.

    Args:
        read, held_out: strings. budgets: chunks to learn from by length of the stretches.

    Returns:
        bits a character on the held-out text, (4,) by (kind, length).
    """
    ids, new = letters_only(read, held_out)
    found = {}
    for size, chunks in ((size, chunks) for size, chunks in budgets.items() if size < len(ids)):
        starts = np.random.default_rng(size).integers(len(ids) - size, size=MATES)
        taught = np.stack([ids[start : start + size] for start in starts])
        for kind in SIZES:
            found[kind, size] = train_cells(kind, taught, new, chunks, lr)
    return found


def cells(found):
    """What `little_data` has found: a line a kind, a dot a network."""
    drawn, ax = figure(height=2.8)
    sizes = sorted({size for _, size in found})
    for kind, colour, shift in zip(SIZES, ("gradient", "value", "other"), (0.95, 1, 1.05), strict=True):
        places = [size * shift for size in sizes]
        ax.plot(places, [found[kind, size].mean() for size in sizes], color=COLOURS[colour], label=kind)
    for kind, colour, shift in zip(SIZES, ("gradient", "value", "other"), (0.95, 1, 1.05), strict=True):
        for size in sizes:
            ax.plot(MATES * [size * shift], found[kind, size], ".", color=COLOURS[colour], markersize=5, label="_")
    ax.set(xscale="log", xlabel="characters to learn from", ylabel="bits a character, held-out text")
    ax.set_xticks(sizes, [f"{size:,}" for size in sizes])
    ax.minorticks_off()
    label_lines(ax)
    told = "; ".join(f"{kind} {', '.join(f'{found[kind, size].mean():.2f}' for size in sizes)}" for kind in SIZES)
    return show(
        drawn,
        f"Bits a character on a held-out text over the length of the text learned from, a line a kind of cell: {told}.",
    )
