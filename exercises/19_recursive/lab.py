"""What this lesson draws and trains with. Given, for you to read and to use; nothing here is graded.

Your functions come in as arguments: read_rightly(tree_forward, trained, sentences). Trees are int arrays (L - 1, 2), as in
recursive.py.
"""

import time

import numpy as np

from autograder.datasets import negations
from autograder.lab import COLOURS, figure, label_lines, show

HEIGHTS = range(1, 9)


def phrases(n, height, rng):
    """n random phrases of at most that many "not" and "very": list of (words, tree, labels).

    Example:
        >>> [words.shape for words, tree, labels in phrases(2, 1, np.random.default_rng(0))]
        [(2,), (2,)]
    """
    return list(zip(*negations(n, height, rng), strict=True))


def of_height(height, n=200, seed=9):
    """n random phrases with exactly that many "not" and "very".

    Example:
        >>> {len(tree) for words, tree, labels in of_height(8, n=5)}
        {8}
    """
    rng, found = np.random.default_rng(seed), []
    for _ in range(40):
        found += [each for each in phrases(100, height, rng) if len(each[1]) == height]
    return found[:n]


def read_rightly(tree_forward, trained, sentences):
    """The share (%) of the sentences whose root gets its right class.

    Args:
        tree_forward: yours.
        trained: (words, w, b, w_class, b_class), as train_sentiment returns them.
        sentences: list of (words, tree, labels).
    """
    vectors, w, b, w_class, b_class = trained
    right = 0
    for words, tree, labels in sentences:
        nodes, _ = tree_forward(vectors[words], tree, w, b)
        right += np.argmax(w_class @ nodes[-1] + b_class) == labels[-1]
    return 100 * right / len(sentences)


def bag_of_words(taught, sentences):
    """The share (%) of the sentences that a linear model reads rightly which only counts each word.

    Example:
        >>> one = np.array([0]), None, np.array([1])
        >>> bag_of_words([one, (np.array([1]), None, np.array([0]))], [one])
        100.0
    """
    counts, new = (np.array([np.bincount(words, minlength=7) for words, *_ in some]) for some in (taught, sentences))
    counts[:, 6] = new[:, 6] = 1
    wanted = np.array([2.0 * labels[-1] - 1 for *_, labels in taught])
    best = np.linalg.lstsq(counts, wanted, rcond=None)[0]
    told = np.array([labels[-1] for *_, labels in sentences])
    return float(100 * np.mean((new @ best > 0) == told))


def probability(logits):
    """The probability of the second of two classes, (M,) for logits (M, 2).

    Example:
        >>> probability(np.array([[0.0, 0.0], [0.0, np.log(3)]]))
        array([0.5 , 0.75])
    """
    return 0.5 + 0.5 * np.tanh((logits[:, 1] - logits[:, 0]) / 2)


def places(tree, leaves):
    """Where to draw each node, (2 L - 1, 2): leaves side by side at height 0, parents over the middle of their children.

    Example:
        >>> places(np.array([[0, 1]]), 2).tolist()
        [[0.0, 0.0], [1.0, 0.0], [0.5, 1.0]]
    """
    found = [(float(leaf), 0.0) for leaf in range(leaves)]
    for one, other in np.asarray(tree).tolist():
        across, upward = zip(found[one], found[other], strict=True)
        found.append((sum(across) / 2, 1 + max(upward)))
    return np.array(found)


def _draw(ax, tree, leaves, words=(), marked=None, below=8):
    """Lines and dots, words so many points below the leaves; the way from leaf `marked` to the root in vermilion."""
    spots = places(tree, leaves)
    for row, pair in enumerate(tree):
        for child in pair:
            on = child == marked
            marked = leaves + row if on else marked
            line = {"color": COLOURS["gradient"], "linewidth": 2.2} if on else {"color": COLOURS["muted"]}
            ax.plot(*spots[[child, leaves + row]].T, **({"linewidth": 1} | line), zorder=1)
    ax.plot(*spots[:leaves].T, "o", color=COLOURS["value"], markersize=5)
    ax.plot(*spots[leaves:].T, "o", color="white", markeredgecolor=COLOURS["value"], markersize=5)
    for spot, word in zip(spots, words, strict=False):
        ax.annotate(word, spot, (0, -below), textcoords="offset points", ha="center", va="top", fontsize=9)
    ax.set(xlim=(-0.6, leaves - 0.4), ylim=(-0.3 - bool(words) * 0.12 * spots[-1, 1], spots[-1, 1] + 0.3))
    ax.axis("off")
    return spots


def opening():
    """The picture that the lesson begins with: eight words, as a chain and as a balanced tree."""
    chain = [[0, 1], *([6 + word, word] for word in range(2, 8))]
    pairs = np.arange(14).reshape(7, 2)
    return trees({"a chain: 7 steps": np.array(chain), "a tree: 3 steps": pairs}, marked=0)


def trees(named, marked=None, words=()):
    """Trees side by side.

    Args:
        named: tree by title.
        marked: a leaf, whose way to the root is drawn boldly.
        words: below the leaves.
    """
    drawn, axes = figure(1, len(named), height=2.3, squeeze=False)
    for ax, (title, tree) in zip(axes[0], named.items(), strict=True):
        _draw(ax, tree, len(tree) + 1, words, marked)
        ax.set_title(title)
    way = "" if marked is None else ", with the way from one leaf to the root drawn boldly"
    return show(drawn, f"Trees over the same leaves{way}: {', '.join(named)}.")


def depths(lengths, named):
    """Depth against the number of leaves, both axes logarithmic; named = {name: depths}."""
    drawn, ax = figure(height=2.5)
    for (name, values), colour in zip(named.items(), ("gradient", "value"), strict=True):
        ax.plot(lengths, values, ".-", color=COLOURS[colour], label=name)
    ax.set(xscale="log", yscale="log", xlabel="words", ylabel="depth in edges")
    ax.set_xticks(lengths, [str(each) for each in lengths])
    ax.minorticks_off()
    label_lines(ax)
    return show(
        drawn,
        "Depth over the number of words, both on logarithmic axes. The chain's is a straight line to a thousand; the balanced "
        "tree's bends over and ends at ten.",
    )


def verdicts(words, tree, good):
    """The tree of a sentence, each node in the colour of what the network thinks of it.

    Args:
        words: list of strings, at most about nine.
        tree: ints (L - 1, 2).
        good: (2 L - 1,), the probability (0 to 1) that each node is good; "not" and "very", which are neither, stay grey.
    """
    from matplotlib.colors import LinearSegmentedColormap

    colours = LinearSegmentedColormap.from_list("verdict", [COLOURS["gradient"], "white", COLOURS["value"]])
    drawn, ax = figure(height=3.4)
    spots = _draw(ax, tree, len(words), words, below=13)
    judged = [k for k in range(len(spots)) if k >= len(words) or words[k] not in ("not", "very")]
    ax.plot(*spots[: len(words)].T, "o", color=COLOURS["muted"])
    ax.scatter(
        *spots[judged].T, s=430, c=good[judged], cmap=colours, vmin=-0.25, vmax=1.25, edgecolors="black", zorder=2
    )
    for spot, chance in zip(spots[judged], good[judged], strict=True):
        ax.annotate(f"{100 * chance:.0f}", spot, ha="center", va="center", fontsize=9)
    ax.set(xlim=(-0.7, len(words) - 0.3), ylim=(-1.15, spots[-1, 1] + 0.6))
    told = ", ".join(f"{100 * good[k]:.0f}" for k in judged)
    return show(
        drawn,
        f"The tree of '{' '.join(words)}' with how good (%) each phrase is to the network: the colour turns over at each "
        f"'not' and stays as it is at each 'very'. From the word to the root: {told}.",
    )


def longer(train, tree_forward, chain_tree, starts=3):
    """Four readers, taught phrases of up to 3 "not" and "very" and asked about up to 8.

    Args:
        train: function of (sentences, steps, seed) that returns trained weights.
        tree_forward, chain_tree: yours.
        starts: how many times with other first weights.

    Returns:
        array (starts, 8) of the shares (%) read rightly at heights 1 to 8, by the reader's name.
    """
    told = {name: [] for name in ("tree, labels everywhere", "tree, label at the root", "chain", "bag of words")}
    new = {height: of_height(height) for height in HEIGHTS}
    for seed in range(starts):
        taught = phrases(300, 3, np.random.default_rng(seed))
        for name, shares in told.items():
            if name == "bag of words":
                shares.append([bag_of_words(taught, new[height]) for height in HEIGHTS])
                continue
            trained = train([_as(name, each, chain_tree) for each in taught], 300, seed)
            asked = ([_as(name, each, chain_tree) for each in new[height]] for height in HEIGHTS)
            shares.append([read_rightly(tree_forward, trained, each) for each in asked])
    return {name: np.array(shares) for name, shares in told.items()}


def _as(name, sentence, chain_tree):
    words, tree, labels = sentence
    if "everywhere" not in name:
        labels = np.where(np.arange(len(labels)) == len(labels) - 1, labels, -1)
    return words, chain_tree(len(words)) if name == "chain" else tree, labels


def readers(shares):
    """What `longer` returns, a line a reader: the mean of its starts."""
    drawn, ax = figure(height=2.8)
    ax.axvspan(0.8, 3.2, color="0.93")
    ax.text(2, 75, "taught", ha="center", va="bottom", fontsize=9)
    for (name, values), colour in zip(shares.items(), ("value", "light", "gradient", "muted"), strict=True):
        broken = name.replace(", ", ",\n").replace("bag of ", "bag of\n")
        ax.plot(HEIGHTS, values.mean(axis=0), ".-", color=COLOURS[colour], label=broken)
    ax.set(xlabel='"not" and "very" in the phrase', ylabel="read rightly (%)", ylim=(44, 103), xlim=(0.8, 8.2))
    label_lines(ax, gap=0.17)
    return show(
        drawn,
        "Shares read rightly over the length of the phrase, up to three of which were taught. All networks read nearly all of "
        "those. Beyond, the tree with labels at every node stays highest, the one with labels at the root and the chain fall; "
        "a bag of words guesses throughout.",
    )


def arriving(lengths, named, title=""):
    """One frame: the size of d root / d leaf 0 against the number of leaves; named = {name: sizes}."""
    drawn, ax = figure(height=2.7)
    for (name, values), colour in zip(named.items(), ("gradient", "value"), strict=True):
        ax.plot(lengths, np.maximum(values, 1e-40), ".-", color=COLOURS[colour], label=name)
    ax.set(xscale="log", yscale="log", ylim=(1e-30, 1e4), xlabel="leaves", ylabel="arriving at leaf 0", title=title)
    ax.set_xticks(lengths, [str(each) for each in lengths])
    ax.minorticks_off()
    label_lines(ax)
    return drawn


ARRIVING = (
    "The size of the root's gradient at the first leaf, for 4 to 64 leaves. In a chain it falls by many orders of magnitude, "
    "in a balanced tree by one or two."
)


def moving_square(frames, side=3):
    """A film (1, frames, 1, 10, 12) of a bright square that moves one pixel to the right a frame.

    Example:
        >>> moving_square(5).sum(axis=(2, 3, 4)).tolist()
        [[9.0, 9.0, 9.0, 9.0, 9.0]]
    """
    film = np.zeros((1, frames, 1, 10, 12))
    for t in range(frames):
        film[0, t, 0, 4 : 4 + side, t : t + side] = 1
    return film


def films(named, alt):
    """Films (T, H, W) below each other, one frame a column."""
    count = len(next(iter(named.values())))
    drawn, axes = figure(len(named), count, height=0.55 * len(named) + 0.3, squeeze=False)
    for row, (name, film) in zip(axes, named.items(), strict=True):
        for t, (ax, frame) in enumerate(zip(row, film, strict=True)):
            ax.imshow(frame, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
            ax.set(xticks=[], yticks=[])
            if ax in axes[0]:
                ax.set_title(f"{t + 1}", fontsize=9)
        row[0].set_ylabel(name, rotation=0, ha="right", va="center")
    return show(drawn, alt)


def costs(tree_forward, tree_backward, leaves=64, d=32):
    """Print what one forward and backward pass over a tree costs, yours and torch's on one thread.

    Args:
        tree_forward, tree_backward: yours.
        leaves, d: words, and numbers a word.
    """
    rng = np.random.default_rng(0)
    tree = np.arange(2 * leaves - 2).reshape(-1, 2)
    x, w, b = rng.normal(size=(leaves, d)), rng.normal(size=(d, 2 * d)) / d, np.zeros(d)
    dnodes = rng.normal(size=(2 * leaves - 1, d))

    def mine():
        _, cache = tree_forward(x, tree, w, b)
        tree_backward(dnodes, cache)

    print(f"{leaves} words of {d} numbers, forwards and back: yours {_milliseconds(mine):.1f} ms", end="")
    try:
        import torch
    except ModuleNotFoundError:
        print("; torch is not installed.")
        return
    torch.set_num_threads(1)
    slopes, tensors = torch.from_numpy(dnodes), [torch.from_numpy(each).requires_grad_() for each in (x, w, b)]

    def theirs():
        made = list(tensors[0])
        for left, right in tree.tolist():
            made.append(torch.tanh(tensors[1] @ torch.cat([made[left], made[right]]) + tensors[2]))
        (torch.stack(made) * slopes).sum().backward()

    print(f", torch's {_milliseconds(theirs):.1f} ms (the same loop, one thread)")


def _milliseconds(run):
    taken = []
    for _ in range(5):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return 1000 * min(taken)
