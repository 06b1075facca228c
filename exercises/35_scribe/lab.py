"""What this lesson draws and computes with. Given, for you to read and to use; nothing here is graded.

Functions that need something of yours take it as an argument: `shares_of(scribe, ids, weights, layer)`.
"""

import time

import numpy as np

from autograder.datasets import load_text
from autograder.lab import COLOURS, figure, label_lines, show

# The model's perplexity on the books that were kept from it, every 250 steps, as the script that trained it wrote them down.
STEPS = (*range(0, 3500, 250), 3499)
HELD_OUT = (
    *(783.13, 50.40, 32.10, 25.34, 21.40, 20.02, 18.84, 17.85),
    *(17.10, 16.49, 16.19, 15.60, 15.37, 15.32, 15.12),
)


def opening():
    """The picture that the lesson begins with: what the model learned, and how fast."""
    drawn, ax = figure(height=2.8)
    ax.semilogy(STEPS, HELD_OUT, "o-", color=COLOURS["test"], markersize=4)
    ax.set(xlabel="steps of training, 4,096 tokens each", ylabel="perplexity, on two books\nit has never seen")
    ax.set_yticks([15, 30, 100, 300, 768], ["15", "30", "100", "300", "768"])
    ax.minorticks_off()
    ax.annotate("as unsure as among\nall 768 tokens", (0, 783), (400, 400), fontsize=9, va="center")
    ax.annotate("as among 15", (3499, 15.12), (2700, 24), fontsize=9, va="center")
    return show(
        drawn,
        "The perplexity of the model on Ruth and Jonah while it was trained on the other 64 books: from 783, as unsure as among "
        "all tokens, to 50 after 250 steps, 21 after 1,000 and 15 after 3,500.",
    )


def held_out():
    """The end of the course's text, Ruth and Jonah, which the model has not seen: a verse a line.

    Example:
        >>> held_out()[:36]
        'Now it came to pass in the days when'
    """
    text = load_text()
    return text[text.index("Now it came to pass in the days when the judges") :].replace("\n\n", "\n")


def tokens(pieces, columns=46):
    """Text cut into its tokens, a box for each: pieces = [str, ...]."""
    rows, line, used = [], [], 0
    for piece in pieces:
        if line and used + len(piece) > columns:
            rows.append(line)
            line, used = [], 0
        line.append((used, piece))
        used += len(piece)
    rows.append(line)
    drawn, ax = figure(height=0.36 * len(rows) + 0.2)
    shades, count = ("#CFE6F5", "#F9E3C0", "#CDEBDD", "#F3DCE8"), 0
    for row, line in enumerate(rows):
        for at, piece in line:
            ax.barh(row, len(piece), left=at, height=0.86, color=shades[count % len(shades)])
            for k, each in enumerate(piece.replace("\n", "|")):
                ax.text(
                    at + k + 0.5, row, each, ha="center", va="center", fontsize=8, family="monospace", parse_math=False
                )
            count += 1
    ax.set(xlim=(0, columns), ylim=(len(rows) - 0.4, -0.6))
    ax.set_axis_off()
    said = " | ".join(pieces).replace("\n", "(end of line)")
    return show(drawn, f"{len(pieces)} tokens, each in a box of its own: {said}")


def shares_of(scribe, ids, weights, layer):
    """How much each token looks at each in a block, (heads, T, T): what your model hands to your attention, seen on the way.

    Attention mixes values by the shares. With a value of its own for each token, 1 in its own place, the mix is the shares.
    """
    caught, own = [], scribe.scaled_dot_product_attention_forward

    def seen(q, k, v, mask=None):
        each = np.broadcast_to(np.eye(k.shape[-2], dtype=k.dtype), (*k.shape[:-1], k.shape[-2]))
        caught.append(own(q, k, each, mask)[0])
        return own(q, k, v, mask)

    scribe.scaled_dot_product_attention_forward = seen
    try:
        scribe.next_logits(ids, weights)
    finally:
        scribe.scaled_dot_product_attention_forward = own
    return caught[layer]


def looks(shares, pieces):
    """Who looks at whom: shares = {title: (T, T)}, a square for each; pieces are the tokens."""
    drawn, axes = figure(1, len(shares), height=2.9, squeeze=False, sharey=True)
    for ax, (title, square) in zip(axes[0], shares.items(), strict=True):
        ax.imshow(square, cmap="Blues", vmin=0, vmax=1)
        ax.set_title(title)
        ax.set_xticks(range(len(pieces)), pieces, rotation=90, fontsize=7, parse_math=False)
        ax.set_yticks(range(len(pieces)), pieces, fontsize=7, parse_math=False)
        ax.tick_params(length=0)
    axes[0, 0].set_ylabel("token")
    drawn.supxlabel("looks at", fontsize=9)
    told = []
    for title, square in shares.items():
        row = int(np.argmax(square[2:, 1:].max(axis=1))) + 2
        column = int(np.argmax(square[row]))
        told.append(
            f"{title}: {pieces[row].strip()!r} looks at {pieces[column].strip()!r} with {square[row, column]:.2f}"
        )
    return show(
        drawn, "Squares of shares, dark for much; all above the diagonal is 0, the future. " + "; ".join(told) + "."
    )


def seconds_a_token(scribe, weights, ids):
    """Seconds that each further token takes, with the cache and without: two arrays (T,), the best of three runs."""
    runs = {"with": [], "without": []}
    for _ in range(3):
        cache, with_, without = None, [], []
        for place in range(len(ids)):
            started = time.perf_counter()
            _, cache = scribe.next_logits(ids[place : place + 1], weights, cache)
            with_.append(time.perf_counter() - started)
            started = time.perf_counter()
            scribe.next_logits(ids[: place + 1], weights)
            without.append(time.perf_counter() - started)
        runs["with"].append(with_)
        runs["without"].append(without)
    return np.min(runs["with"], axis=0), np.min(runs["without"], axis=0)


def costs(with_cache, without):
    """Milliseconds of the n-th token, both ways."""
    drawn, ax = figure(height=2.6)
    n = np.arange(1, len(without) + 1)
    ax.plot(n, 1e3 * without, color=COLOURS["gradient"], label="all of it again")
    ax.plot(n, 1e3 * with_cache, color=COLOURS["value"], label="with the cache")
    ax.set(xlabel="token", ylabel="milliseconds", ylim=(0, None), xlim=(0, len(n)))
    label_lines(ax)
    return show(
        drawn,
        f"Milliseconds of each further token. With the cache {1e3 * np.median(with_cache[:20]):.1f} at first and "
        f"{1e3 * np.median(with_cache[-20:]):.1f} in the end; reading all of it again {1e3 * np.median(without[:20]):.1f} and "
        f"{1e3 * np.median(without[-20:]):.1f}.",
    )


def chances(logits, vocabulary, softmax, most=12):
    """The most probable next tokens as bars."""
    shares = softmax(logits)
    order = np.argsort(-shares)[:most]
    drawn, ax = figure(height=2.8)
    ax.barh(range(most), shares[order], color=COLOURS["value"])
    names = [repr(vocabulary[k].decode("utf-8", "replace")) for k in order]
    ax.set_yticks(range(most), names, family="monospace", parse_math=False)
    ax.invert_yaxis()
    ax.set(xlabel="probability", xlim=(0, None))
    told = ", ".join(f"{name} {share:.2f}" for name, share in zip(names[:5], shares[order], strict=False))
    return show(drawn, f"The {most} most probable next tokens, {shares[order].sum():.2f} together: {told} and so on.")
