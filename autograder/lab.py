"""Pictures for the lessons: one palette, frames that slide in the page, images in a grid, histograms, landscapes.

Every picture ends as an image with words for those who cannot see it, and is drawn for the width of a phone: at most
`WIDTH` inches. matplotlib is loaded when the first one is drawn.
"""

from __future__ import annotations

import base64
import html
import io
import secrets
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Okabe and Ito's colours, which most colour-blind people can tell apart; the same meaning in all lessons (docs/glossary.md).
COLOURS = {
    "value": "#0072B2",  # blue: what goes forward
    "gradient": "#D55E00",  # vermilion: what comes back
    "train": "#009E73",  # green: rows the network has seen
    "test": "#CC79A7",  # purple: rows it has not
    "other": "#E69F00",  # orange
    "light": "#56B4E9",  # sky blue
    "reference": "#000000",  # black: torch, a formula, a goal
    "muted": "#999999",  # grey: axes, what is dead or left out
}
CYCLE = [COLOURS[name] for name in ("value", "gradient", "train", "other", "test", "light", "reference")]
WIDTH = 4.5  # inches: ten-point words are still readable when a phone shrinks the picture to its width
PIXELS = 110  # an inch on a wide screen
DPI = 160
MOST_FRAMES = 40
BINS = 41


def figure(rows: int = 1, columns: int = 1, height: float = 2.8, **options: Any) -> tuple[Figure, Any]:
    """A figure and its axes, as `matplotlib.pyplot.subplots` returns them, in the lessons' style.

    Args:
        rows, columns: how many axes.
        height: of the whole figure, in inches; its width is always `WIDTH`.
        options: passed on to `subplots` (`sharex=True`, `width_ratios=[2, 1]`).
    """
    from cycler import cycler
    from matplotlib import pyplot

    style: Any = {"axes.prop_cycle": cycler(color=CYCLE), "axes.spines.top": False, "axes.spines.right": False}
    style |= {"axes.titlesize": 10, "axes.labelsize": 10, "xtick.labelsize": 9, "ytick.labelsize": 9}
    pyplot.rcParams.update(style)  # for good: titles and words take their size when they are written
    return pyplot.subplots(rows, columns, figsize=(WIDTH, height), layout="constrained", **options)


def label_lines(ax: Any, names: Sequence[str] | None = None, gap: float = 0.08) -> None:
    """Write each line's name beside its right end, in its colour, instead of a legend; names that would touch move apart.

    Args:
        ax: axes whose lines are all drawn and whose limits are set.
        names: one for each line; by default the lines' labels. Lines whose name begins with "_" get none.
        gap: least distance between two names, as a share of the axes' height.
    """
    lines = list(ax.lines)
    names = [line.get_label() for line in lines] if names is None else names
    found = []
    for line, name in zip(lines, names, strict=False):
        x, y = (np.asarray(data, dtype=float) for data in line.get_data())
        seen = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        if seen.size and not name.startswith("_"):
            place = ax.transAxes.inverted().transform(ax.transData.transform((x[seen[-1]], y[seen[-1]])))
            found.append((min(max(float(place[1]), 0.0), 1.0), name, line.get_color()))
    found.sort()
    for height, (_, name, colour) in zip(_apart([place for place, _, _ in found], gap), found, strict=True):
        ax.annotate(
            name, (1, height), (4, 0), "axes fraction", textcoords="offset points", color=colour, va="center", fontsize=9
        )  # fmt: skip


def _apart(heights: Sequence[float], gap: float) -> list[float]:
    """The nearest heights to these sorted ones of which each is at least `gap` above the one before."""
    groups: list[list[float]] = []  # of heights, less the gaps below them: names that touch share their mean
    for number, height in enumerate(heights):
        groups.append([height - number * gap])
        while len(groups) > 1 and np.mean(groups[-2]) > np.mean(groups[-1]):
            last = groups.pop()
            groups[-1] += last
    lowest = [float(np.mean(group)) for group in groups for _ in group]
    return [low + number * gap for number, low in enumerate(lowest)]


def smooth(losses: Sequence[float], over: int) -> np.ndarray[Any, Any]:
    """The mean of the last `over` losses at each step, so that a line can be followed.

    >>> smooth([4.0, 2.0, 0.0], 2)
    array([4., 3., 1.])
    """
    return np.array([np.mean(losses[max(0, k + 1 - over) : k + 1]) for k in range(len(losses))])


@dataclass(frozen=True)
class Picture:
    """One or several images of a page: notebooks show the HTML, everything else the words."""

    page: str
    words: str

    def _repr_html_(self) -> str:
        return self.page

    def __repr__(self) -> str:
        return self.words


def show(drawn: Figure, alt: str) -> Picture | None:
    """A figure with words for those who cannot see it: the last line of a cell, or what a function of lab.py returns.

    Args:
        drawn: the figure; in a notebook it is closed, so that it is not shown twice.
        alt: what there is to see, in one or two sentences: the message, not the colours.

    Returns:
        What the notebook shows; None outside of one, where the figure stays open for whoever asked for it.
    """
    if "IPython" not in sys.modules or _shell() is None:
        return None
    return Picture(f'<div style="background:white;max-width:{WIDTH * PIXELS:.0f}px">{_image(drawn, alt)}</div>', alt)


def _shell() -> Any:
    from IPython.core.getipython import get_ipython

    return get_ipython()


def _image(drawn: Figure, alt: str) -> str:
    """The figure as an <img> that holds its own data; closes the figure."""
    from matplotlib import pyplot

    file = io.BytesIO()
    drawn.savefig(file, format="png", dpi=DPI, facecolor="white")
    pyplot.close(drawn)
    data = base64.b64encode(file.getvalue()).decode()
    return f'<img alt="{html.escape(alt)}" style="width:100%;margin:0" src="data:image/png;base64,{data}">'


SCRIPT = """
for (const box of document.querySelectorAll('.NAME:not([data-ready])')) {
  const frames = box.querySelectorAll('figure'), row = box.querySelector('label');
  const slider = row.querySelector('input'), words = row.querySelector('output');
  const show = () => frames.forEach((frame, k) => {
    frame.hidden = k != slider.value;
    frame.querySelector('figcaption').hidden = true;
    if (!frame.hidden) words.textContent = frame.dataset.label;
  });
  box.dataset.ready = '1';
  row.hidden = false;
  slider.addEventListener('input', show);
  show();
}"""


def frames(draw: Callable[[Any], Figure], values: Sequence[Any], label: str, alt: str, start: int = 0) -> Picture:
    """One figure for each value, behind a slider that needs no kernel and no network.

    Where scripts are not run (GitHub, a mail), the first and the last figure stand below each other with their labels.

    Args:
        draw: makes the figure for one value. Fix the axes' limits, or the picture jumps.
        values: at most 40, in the order of the slider.
        label: what the slider says, with one place for the value: "weights times {:g}".
        alt: words for the whole: what changes from the first frame to the last.
        start: index of the frame that is shown first.

    Raises:
        ValueError: there is no value, or there are more than 40.
    """
    if not 1 <= len(values) <= MOST_FRAMES:
        raise ValueError(f"values must be 1 to {MOST_FRAMES}, not {len(values)}")
    name = f"frames-{secrets.token_hex(4)}"  # one page may hold several lessons
    parts = []
    for number, value in enumerate(values):
        words = html.escape(label.format(value))
        away = "" if number in (0, len(values) - 1) else " hidden"
        image = _image(draw(value), f"{alt} Here: {label.format(value)}.")
        parts.append(
            f'<figure data-label="{words}" style="margin:0"{away}>{image}<figcaption>{words}</figcaption></figure>'
        )
    page = (
        f'<div class="{name}" style="background:white;color:black;max-width:{WIDTH * PIXELS:.0f}px">'
        "<label hidden>"
        f'<input type="range" min="0" max="{len(values) - 1}" value="{start}" '
        f'style="width:55%;vertical-align:middle"> <output></output></label>'
        f"{''.join(parts)}</div><script>{SCRIPT.replace('NAME', name)}</script>"
    )
    return Picture(page, f"{alt} ({label.format(values[0])} to {label.format(values[-1])})")


def images(
    pictures: ArrayLike, titles: Sequence[str] = (), columns: int = 5, signed: bool = False, height: float | None = None
) -> Figure:
    """Small images in a grid, all on one scale: digits, filters, feature maps.

    Args:
        pictures: (K, H, W) grey, or (K, 3, H, W) in colour, values 0 to 1.
        titles: one above each image, or none.
        columns: images in a row.
        signed: zero is white, negative vermilion, positive blue, as weights want it; else 0 is black.
        height: of the figure in inches; by default what the images need.
    """
    from matplotlib.colors import LinearSegmentedColormap

    shown = np.asarray(pictures, dtype=float)
    columns = min(columns, len(shown))
    rows = -(-len(shown) // columns)
    side = WIDTH / columns * shown.shape[-2] / shown.shape[-1] + (0.25 if titles else 0)
    drawn, axes = figure(rows, columns, height=rows * side if height is None else height, squeeze=False)
    ink: dict[str, Any] = {"cmap": "gray", "vmin": np.nanmin(shown), "vmax": np.nanmax(shown)}
    if signed:
        most = float(np.nanmax(np.abs(shown))) or 1.0
        three = [COLOURS["gradient"], "white", COLOURS["value"]]
        ink = {"cmap": LinearSegmentedColormap.from_list("signed", three), "vmin": -most, "vmax": most}
    for number, ax in enumerate(axes.ravel()):
        ax.axis("off")
        if number < len(shown):
            picture = shown[number]
            ax.imshow(picture if picture.ndim == 2 else picture.transpose(1, 2, 0), interpolation="nearest", **ink)
            if number < len(titles):
                ax.set_title(titles[number])
    return drawn


def histograms(
    layers: Mapping[str, ArrayLike], limits: tuple[float, float], xlabel: str, height: float = 3.2
) -> Figure:
    """How the values of each layer spread, one row a layer from top to bottom, each with its standard deviation.

    Args:
        layers: values by the layer's name, arrays of any shape; what is not finite is left out.
        limits: of the common x axis; what lies outside is counted in the first or last bar.
        xlabel: what the values are.
        height: of the figure, in inches.
    """
    drawn, axes = figure(len(layers), 1, height=height, sharex=True, squeeze=False)
    for ax, (name, layer) in zip(axes[:, 0], layers.items(), strict=True):
        values = np.asarray(layer, dtype=float).ravel()
        values = values[np.isfinite(values)]
        ax.hist(np.clip(values, *limits), bins=BINS, range=limits, color=COLOURS["value"])
        ax.set(xlim=limits, yticks=[])
        ax.spines["left"].set_visible(False)
        ax.set_ylabel(name, rotation=0, ha="right", va="center")
        spread = f"{values.std():.2g}" if values.size else "none"
        ax.annotate(
            f"std {spread}", (1, 0.5), (4, 0), "axes fraction", textcoords="offset points", fontsize=9, va="center"
        )
    axes[-1, 0].set_xlabel(xlabel)
    return drawn


def landscape(
    loss: Callable[[Any, Any], Any],
    xlim: tuple[float, float],
    ylim: tuple[float, float],
    paths: Mapping[str, ArrayLike] | None = None,
    labels: tuple[str, str] = ("w1", "w2"),
    levels: int = 16,
) -> Figure:
    """A loss over two weights as contour lines, and the ways that were walked on it.

    Args:
        loss: takes two (120, 120) arrays of weights and returns the losses there.
        xlim, ylim: what is shown of each weight.
        paths: (T, 2) points by name; a dot where each begins, its name in its colour where it ends.
        labels: of the two axes.
        levels: how many contour lines, at even steps of the loss's square root, so that the valley has some too.
    """
    drawn, ax = figure(height=3.6)
    x, y = np.meshgrid(np.linspace(*xlim, 120), np.linspace(*ylim, 120))
    z = np.asarray(loss(x, y), dtype=float)
    low, high = float(np.nanmin(z)), float(np.nanmax(z))
    if high > low:
        steps = low + (high - low) * np.linspace(0, 1, levels + 1)[1:] ** 2
        ax.contour(x, y, z, levels=steps, colors="0.75", linewidths=0.8)
    for name, path in (paths or {}).items():
        way = np.asarray(path, dtype=float)
        (line,) = ax.plot(way[:, 0], way[:, 1], marker=".", markersize=3, linewidth=1.2)
        ax.plot(*way[0], "o", color=line.get_color())
        if name:
            end = np.clip(way[-1], [xlim[0], ylim[0]], [xlim[1], ylim[1]])
            ax.annotate(name, end, (5, 3), textcoords="offset points", color=line.get_color(), fontsize=9)
    ax.set(xlim=xlim, ylim=ylim, xlabel=labels[0], ylabel=labels[1])
    return drawn
