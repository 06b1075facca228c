"""What this lesson draws and computes with. Given, for you to read and to use; nothing here is graded.

Functions that need something of yours take it as an argument: `chances_of(pronunciation, word, params)`.
"""

import numpy as np

from autograder.datasets import load_pronunciations, output_names
from autograder.lab import COLOURS, figure, show

NAMES = output_names("g2p")
VOWELS = "aeiouy"
IDS = {name: k for k, name in enumerate(NAMES)}


def spelled(sounds):
    """Sounds as people write them.

    Example:
        >>> spelled([48, 20, 60])
        'N AY1 T'
    """
    return " ".join(NAMES[k] for k in sounds)


def dictionary():
    """500 words and their sounds, as ids: two lists."""
    words = load_pronunciations()
    return list(words), [[IDS[name] for name in sounds] for sounds in words.values()]


def opening():
    """The picture that the lesson begins with: how many ways "ough" has."""
    said = {"tough": "AH1 F", "though": "OW1", "through": "UW1", "cough": "AO1 F", "bough": "AW1", "thought": "AO1"}
    drawn, ax = figure(height=2.4)
    for row, (word, sounds) in enumerate(said.items()):
        start = word.index("ough")
        for k, each in enumerate(word):
            inside = start <= k < start + 4
            colour = COLOURS["gradient"] if inside else COLOURS["muted"]
            ax.text(0.3 * k, row, each, family="monospace", fontsize=13, color=colour, va="center")
        ax.annotate(sounds, (3.4, row), family="monospace", fontsize=12, color=COLOURS["value"], va="center")
        ax.plot([2.3, 3.2], [row, row], color=COLOURS["muted"], linewidth=1)
    ax.set(xlim=(-0.1, 4.6), ylim=(len(said) - 0.4, -0.6))
    ax.set_axis_off()
    told = ", ".join(f"{word} {sounds}" for word, sounds in said.items())
    return show(drawn, f"Six words with the letters ough, and how those four are said in each: {told}.")


def chances_of(pronunciation, word, params):
    """The probability of every sound at each step, (steps, V), and what was said: your model, fed with its own sounds."""
    said = pronunciation.pronounce(word, params)
    h, rows = pronunciation.read_word(pronunciation.letter_ids(word), params), []
    for previous in (pronunciation.START, *said):
        logits, h = pronunciation.next_sound(previous, h, params)
        powers = np.exp(logits - logits.max())
        rows.append(powers / powers.sum())
    return np.array(rows), said


def steps(word, chances):
    """Sounds over steps: those that ever had two percent."""
    kept = [k for k in np.argsort(chances.argmax(axis=0), kind="stable") if chances[:, k].max() > 0.02]
    drawn, ax = figure(height=0.24 * len(kept) + 0.9)
    ax.imshow(chances[:, kept].T, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    ax.set_yticks(range(len(kept)), ["END" if k == 3 else NAMES[k] for k in kept], family="monospace", fontsize=8)
    ax.set(xticks=range(len(chances)), xlabel="step", title=word)
    ax.tick_params(length=0)
    best = ", ".join(f"{NAMES[k]} {row[k]:.2f}" for row in chances for k in [int(row.argmax())])
    return show(
        drawn, f"The probability of each sound at each step for {word}, dark for much. The most probable: {best}."
    )


def plane(rows, letters="abcdefghijklmnopqrstuvwxyz"):
    """Letters in the plane of the two largest principal components of their rows, vowels marked."""
    centred = rows - rows.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    places = centred @ axes[:2].T
    drawn, ax = figure(height=3.2)
    for letter, (x, y) in zip(letters, places, strict=True):
        vowel = letter in VOWELS
        ax.text(
            x, y, letter, fontsize=13, ha="center", va="center", fontweight="bold" if vowel else "normal",
            color=COLOURS["gradient" if vowel else "value"],
        )  # fmt: skip
    reach = 1.15 * np.abs(places).max(axis=0)
    ax.set(xlim=(-reach[0], reach[0]), ylim=(-reach[1], reach[1]), xticks=[], yticks=[])
    ax.set(xlabel="first principal component", ylabel="second")
    apart = places[[letters.index(each) for each in "aeiou"]].mean(axis=0)
    return show(
        drawn,
        "The 26 letters by the first two principal components of their embeddings. The five vowels lie around "
        f"({apart[0]:.1f}, {apart[1]:.1f}).",
    )


def by_length(words, distances, right):
    """Errors for each sound, for words of each length: bars with the number of words above."""
    lengths = np.array([len(word) for word in words])
    drawn, ax = figure(height=2.7)
    told = []
    for low, high in ((2, 4), (5, 5), (6, 6), (7, 7), (8, 8), (9, 9), (10, 30)):
        these = np.flatnonzero((lengths >= low) & (lengths <= high))
        rate = sum(distances[k] for k in these) / sum(len(right[k]) for k in these)
        name = f"{low}" if low == high else (f"{low}-{high}" if high < 30 else f"{low}+")
        ax.bar(name, rate, color=COLOURS["value"], width=0.75)
        ax.text(name, rate, f"{len(these)}", ha="center", va="bottom", fontsize=9)
        told.append(f"{name}: {rate:.3f}")
    ax.set(xlabel="letters of the word (on each bar: how many words)", ylabel="wrong sounds\nfor each right one")
    ax.margins(y=0.15)
    return show(drawn, "Wrong sounds for each right one, by the number of letters. " + ", ".join(told) + ".")


def costs_by_counting(align, words, right, rounds=4):
    """What it costs that a letter says a sound: -log of how often it does, by aligning, counting, and aligning again."""
    counts = np.ones((29, len(NAMES)))
    for word, sounds in zip(words, right, strict=True):
        for k, letter in enumerate(word):  # at first: what stands at about the same place
            counts[ord(letter) - 94, sounds[k * len(sounds) // len(word)]] += 1
    for _ in range(rounds):
        costs = -np.log(counts / counts.sum(axis=1, keepdims=True))
        counts = np.full((29, len(NAMES)), 0.1)
        for word, sounds in zip(words, right, strict=True):
            for i, j in align(word, sounds, costs):
                counts[ord(word[i]) - 94, sounds[j]] += 1
    return -np.log(counts / counts.sum(axis=1, keepdims=True))


def aligned(word, sounds, path, costs):
    """The table of costs, dark for cheap, with the path through it."""
    table = costs[[ord(each) - 94 for each in word]][:, sounds]
    drawn, ax = figure(height=2.9)
    ax.imshow(-table.T, cmap="Blues", aspect="auto")
    ax.plot(*np.array(path).T, "o-", color=COLOURS["gradient"], markersize=5)
    ax.set_xticks(range(len(word)), word, family="monospace", fontsize=11)
    ax.set_yticks(range(len(sounds)), [NAMES[k] for k in sounds], family="monospace", fontsize=9)
    ax.tick_params(length=0)
    told = ", ".join(f"{word[i]} says {NAMES[sounds[j]]}" for i, j in path)
    return show(
        drawn,
        f"Letters of {word} across, its sounds down, dark where a letter often says that sound. The cheapest path: {told}.",
    )
