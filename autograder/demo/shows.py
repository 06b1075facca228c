"""The demos: what each runs, the lines that it says and the picture that it draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from autograder import datasets
from autograder.demo import inputs
from autograder.lab import COLOURS, figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BEST = 3  # names told of a file
MOST_DRAWN = 14  # files in one picture


@dataclass(frozen=True)
class Shown:
    """What a demo has to say and to show."""

    lines: list[str]
    figure: Figure


def file_types(module: ModuleType, files: dict[str, bytes]) -> Shown:
    """What each of some files is; files = {name: its first and last bytes}."""
    params, names = datasets.load("magika"), datasets.output_names("magika")
    told = {file: module.name_file(data, params, names, BEST) for file, data in files.items()}
    width = max(map(len, told))
    lines = [
        f"{file:<{width}}  " + ", ".join(f"{name} {share:.2f}" for name, share in pairs) for file, pairs in told.items()
    ]
    drawn, ax = figure(height=0.36 * min(len(told), MOST_DRAWN) + 0.6)
    for row, pairs in enumerate(list(told.values())[:MOST_DRAWN]):
        left = 0.0
        for (_, share), shade in zip(pairs, ("value", "light", "muted"), strict=False):
            ax.barh(row, share, left=left, color=COLOURS[shade], height=0.7)
            left += share
        name, share = pairs[0]
        inside = share > 0.3  # wide enough for the words
        ax.text(
            0.02 if inside else left + 0.02, row, f"{name} {share:.2f}", va="center", fontsize=9,
            color="white" if inside else "black",
        )  # fmt: skip
    ax.set(yticks=range(min(len(told), MOST_DRAWN)), xlim=(0, 1), xlabel="probability")
    ax.set_yticklabels([_short(file) for file in list(told)[:MOST_DRAWN]], parse_math=False)
    ax.invert_yaxis()
    return Shown(lines, drawn)


def _short(name: str, most: int = 28) -> str:
    return name if len(name) <= most else f"...{name[3 - most :]}"


def faces(module: ModuleType, pixels: NDArray[np.uint8]) -> Shown:
    """Where the faces of a photo are; pixels (3, H, W), 0 to 255."""
    boxes, scores, landmarks = module.find_faces(((pixels - 127.5) / 128).astype(np.float32), datasets.load("mtcnn"))
    count = len(boxes)
    lines = [f"{count or 'no'} face{'' if count == 1 else 's'} in {pixels.shape[2]} x {pixels.shape[1]} pixels"]
    drawn, ax = figure(height=4.2)
    ax.imshow(pixels.transpose(1, 2, 0))
    for (x1, y1, x2, y2), score, points in zip(boxes, scores, landmarks, strict=True):
        lines.append(f"  from ({x1:.0f}, {y1:.0f}) to ({x2:.0f}, {y2:.0f}), probability {score:.3f}")
        sides = np.array([(x1, y1), (x2, y1), (x2, y2), (x1, y2), (x1, y1)])
        ax.plot(*sides.T, color=COLOURS["other"], linewidth=2)
        ax.plot(
            *np.asarray(points).T,
            "o",
            color=COLOURS["light"],
            markersize=4,
            markeredgecolor="black",
            markeredgewidth=0.5,
        )
        ax.text(x1, y1 - 4, f"{score:.3f}", color=COLOURS["other"], fontsize=9, fontweight="bold", va="bottom")
    ax.set_axis_off()
    ax.set(xlim=(-0.5, pixels.shape[2] - 0.5), ylim=(pixels.shape[1] - 0.5, -0.5))
    return Shown(lines, drawn)


def speech(module: ModuleType, samples: NDArray[np.float32]) -> Shown:
    """Where somebody talks in a piece of sound; samples (n,) between -1 and 1 at inputs.RATE."""
    params = datasets.load("silero")
    pieces = module.frames(samples)
    picture = module.spectrogram(pieces, module.fourier_kernels().astype(np.float32))
    zero = np.zeros((1, params["lstm_cell.weight_hh"].shape[1]), np.float32)
    chances, _, _ = module.speech_probability(module.encode(picture, params), zero, zero, params)
    step = 512 / inputs.RATE  # seconds a frame
    spans = [
        (start * step, min(stop * step, len(samples) / inputs.RATE)) for start, stop in module.speech_segments(chances)
    ]
    total = sum(stop - start for start, stop in spans)
    lines = [f"speech: {total:.1f} of {len(samples) / inputs.RATE:.1f} seconds"]
    lines += [f"  from {start:.2f} to {stop:.2f} s" for start, stop in spans]
    drawn, axes = figure(3, 1, height=4.4, sharex=True)
    wave = samples[:: max(len(samples) // 20000, 1)]
    seconds = len(samples) / inputs.RATE
    axes[0].plot(np.linspace(0, seconds, len(wave)), wave, color=COLOURS["muted"], linewidth=0.5)
    loud = np.log(np.concatenate([*picture], axis=1) + 1e-3)
    axes[1].imshow(
        loud, origin="lower", aspect="auto", cmap="magma", extent=(0, len(pieces) * step, 0, inputs.RATE / 2000)
    )
    axes[2].plot((np.arange(len(chances)) + 0.5) * step, chances, color=COLOURS["value"])
    for ax in (axes[0], axes[2]):
        for start, stop in spans:
            ax.axvspan(start, stop, color=COLOURS["light"], alpha=0.35, linewidth=0)
    axes[0].set_ylabel("sound")
    axes[1].set_ylabel("kHz")
    axes[2].set(ylabel="probability\nof speech", ylim=(-0.03, 1.03), xlim=(0, seconds), xlabel="seconds")
    return Shown(lines, drawn)


SAID = 3  # pronunciations told of a word


def pronunciation(module: ModuleType, word: str) -> Shown:
    """How a word is said, and how sure the network is of each sound."""
    params, names = datasets.load("g2p"), datasets.output_names("g2p")
    most = max(20, 2 * len(word))
    said = module.pronounce(word, params, most)
    lines = [f"{word}: {' '.join(names[k] for k in said)}"]
    best = module.beam_search(word, params, limit=most)[:SAID]
    lines += [f"  {np.exp(chance):.2f}  {' '.join(names[k] for k in sounds)}" for chance, sounds in best]
    h, previous, rows = module.read_word(module.letter_ids(word), params), names.index("<s>"), []
    for sound in (*said, names.index("</s>")):
        logits, h = module.next_sound(previous, h, params)
        rows.append(_shares(logits))
        previous = sound
    chances = np.array(rows)
    kept = [k for k in np.argsort(chances.argmax(axis=0), kind="stable") if chances[:, k].max() > 0.02]
    drawn, ax = figure(height=0.2 * len(kept) + 1)
    ax.imshow(chances[:, kept].T, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    ax.set_yticks(range(len(kept)), [names[k].replace("</s>", "end") for k in kept], family="monospace", fontsize=8)
    ax.set(xticks=range(len(rows)), xlabel="step")
    ax.set_title(_short(word))
    return Shown(lines, drawn)


def _shares(logits: NDArray[Any]) -> NDArray[Any]:
    """Softmax, for the pictures."""
    powers = np.exp(logits - logits.max())
    return np.asarray(powers / powers.sum())


PAGE = 200  # tokens that are written
NEXT = 10  # tokens told of what may follow


def scribe(module: ModuleType, prompt: str, seed: int) -> Shown:
    """What the small language model writes after some words, and what it was about to say after them."""
    weights, (merges, vocabulary) = datasets.load("scribe"), datasets.load_byte_pairs()
    start = module.byte_pairs(prompt, merges)
    logits, _ = module.next_logits(start[-len(weights["wpe.weight"]) // 2 :], weights)
    ids = module.generate(start, PAGE, weights, np.random.default_rng(seed).random(PAGE))
    chances = _shares(logits[-1])
    order = np.argsort(-chances)[:NEXT]
    drawn, ax = figure(height=2.6)
    ax.barh(range(NEXT), chances[order], color=COLOURS["value"])
    names = [repr(vocabulary[k].decode("utf-8", "replace")) for k in order]
    ax.set_yticks(range(NEXT), names, family="monospace", parse_math=False)
    ax.invert_yaxis()
    ax.set(xlabel="probability of what comes first", xlim=(0, None))
    return Shown((prompt.lstrip("\n") + module.join(ids, vocabulary)).splitlines(), drawn)


def read_files(paths: Sequence[Path]) -> tuple[dict[str, bytes], list[str]]:
    """The ends of the files that can be read, and a sentence for each that cannot."""
    files, refused = {}, []
    for path in paths:
        try:
            data = inputs.ends_of(path)
        except inputs.CannotRead as error:
            refused.append(str(error))
            continue
        if data:
            files[str(path)] = data
        else:
            refused.append(f"{path} is empty: there is nothing to tell its type by.")
    return files, refused
