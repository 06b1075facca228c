"""What was measured as a picture: where each computation stands under the machine's roof, and how time grows.

A colour and a mark mean who computes, in all panels; a number means a row of the first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.scale.costs import CUPY, GPU, NUMPY, TORCH, Cost
from autograder.scale.graphs import ONNX
from autograder.scale.machine import Peak
from autograder.scale.measure import Measured
from autograder.scale.report import seconds

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

LOOK = {
    NUMPY: ("C0", "o", "-"),
    TORCH: ("C1", "s", "--"),
    ONNX: ("C3", "D", "-"),
    GPU: ("C2", "^", ":"),
    CUPY: ("C4", "v", "-."),
}
NOTE = "x-small"
FEW = 4  # lines of torch that are numbered, too
NAME_CHARS = 44  # of a row's name in one line
LABEL_ROOM = 0.045  # of an axis' height, between the middles of two labels


def draw(
    title: str, measured: Mapping[str, Measured], peaks: dict[str, Peak], path: Path, backward: bool = False
) -> None:
    """Save a PNG: times beside each other, the roofline where operations were counted, growth where it was measured.

    Args:
        title: above all.
        measured: by the name it is shown with; those without costs are left out.
        peaks: of whoever computes, for the roofs.
        path: the PNG.
        backward: the times are those of the backward, which was asked for.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    shown = {name: each for name, each in measured.items() if each.costs}
    counted = any(each.flops[0] for each in shown.values())
    growing = {number: each for number, each in enumerate(shown.values(), 1)
               if each.growth is not None and len(each.growth.lengths) > 1}  # fmt: skip
    panels = 1 + counted + bool(growing)
    size = (5.6 * panels, max(4.2, 2.0 + 0.36 * len(shown)))
    figure, axes = pyplot.subplots(1, panels, figsize=size, squeeze=False, layout="constrained")
    figure.suptitle(title)
    left = list(axes[0])
    known = _times(left.pop(0), shown, backward)
    if counted:
        _roofs(left.pop(0), shown, peaks)
    if growing:
        _growth(left.pop(0), growing)
    figure.legend(list(known.values()), list(known), loc="outside lower center", ncols=len(known), frameon=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)
    pyplot.close(figure)


def _times(axes: Axes, shown: Mapping[str, Measured], backward: bool) -> dict[str, Line2D]:
    """Seconds, a row for each; returns what stands for whom."""
    known = {}

    def taken(cost: Cost | None) -> float | None:
        return None if cost is None else cost.backward if backward else cost.forward

    for who, (colour, mark, _) in LOOK.items():
        found = [(row, s) for row, each in enumerate(shown.values()) if (s := taken(each.cost(who)))]
        if found:
            (known[who],) = axes.plot([s for _, s in found], [row for row, _ in found], mark, color=colour)
    axes.set_yticks(range(len(shown)), [_in_lines(f"{name}  {number}") for number, name in enumerate(shown, 1)])
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.set_xlabel(f"median time of the {'backward' if backward else 'forward'}")
    axes.grid(True, axis="x", alpha=0.3)
    _logarithmic(axes, "x", seconds)
    return known


def _roofs(axes: Axes, shown: Mapping[str, Measured], peaks: dict[str, Peak]) -> None:
    """Operations a second over operations a byte (Williams, Waterman and Patterson, 2009, "Roofline")."""
    counted = [
        (number, each, each.flops[0] / each.moved[0]) for number, each in enumerate(shown.values(), 1) if each.flops[0]
    ]
    low, high = min(x for *_, x in counted) / 4, max(x for *_, x in counted) * 4
    same: dict[Peak, list[str]] = {}
    for who, peak in peaks.items():
        same.setdefault(peak, []).append(who)
        colour, mark, line = LOOK[who]
        corners = sorted({low, min(max(peak.flops / peak.bandwidth, low), high), high})
        axes.plot(corners, [min(peak.flops, peak.bandwidth * x) for x in corners], line, color=colour)
        for number, each, x in counted:
            cost = each.cost(who)
            if cost is not None and cost.forward:
                y = each.flops[0] / cost.forward
                axes.plot([x], [y], mark, color=colour)
                axes.annotate(
                    str(number), (x, y), xytext=(5, 3), textcoords="offset points", fontsize=NOTE, color=colour
                )
    axes.set_xlabel("operations for each byte that has to be moved")
    axes.set_ylabel("billion operations a second in the forward")
    axes.grid(True, alpha=0.3)
    _logarithmic(axes, "x", lambda value: f"{value:g}")
    _logarithmic(axes, "y", lambda value: f"{value / 1e9:g}")
    roofs = {
        min(peak.flops, peak.bandwidth * high): (f"roof: {whose[0]}", LOOK[whose[0]][0]) for peak, whose in same.items()
    }
    _beside(axes, list(roofs), list(roofs.values()))
    _say(axes, "numbers: the rows on the left")


def _growth(axes: Axes, growing: Mapping[int, Measured]) -> None:
    """Seconds of the forward over the length, both logarithmic; a line's slope is the exponent."""
    ends, labels = [], []
    for number, each in growing.items():
        assert each.growth is not None
        for who in (NUMPY, TORCH):
            taken = each.growth.seconds(who)
            if not taken:
                continue
            power = each.growth.exponents.get(who)
            colour, mark, line = LOOK[who]
            axes.plot(each.growth.lengths, taken, line, marker=mark, markersize=4, color=colour)
            if who != NUMPY and len(growing) > FEW:  # where torch's lines cannot be told apart, their colour is enough
                continue
            ends.append(taken[-1])
            labels.append((f"{number}: {each.growth.axis}^{power:.2f}" if power is not None else str(number), colour))
    axes.set_xlabel("length: " + ", ".join(sorted({each.growth.axis for each in growing.values() if each.growth})))
    axes.set_ylabel("time of the forward")
    axes.grid(True, alpha=0.3)
    _logarithmic(axes, "x", _short)
    _logarithmic(axes, "y", seconds)
    _beside(axes, ends, labels)
    _say(axes, "numbers: the rows on the left; with the power of the length, where one fits")


def _logarithmic(axes: Axes, name: str, words: Callable[[float], str]) -> None:
    """A logarithmic axis whose ticks have room for their words: powers of ten, or 1, 2 and 5 of each where there are few."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter

    axes.set(**{f"{name}scale": "log"})
    axis = axes.xaxis if name == "x" else axes.yaxis
    low, high = axis.get_view_interval()
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    tens = [10.0**power for power in powers if low <= 10.0**power <= high]
    steps = (1, 2, 5) if len(tens) < 3 else (1,)
    ticks = [step * 10.0**power for power in powers for step in steps if low <= step * 10.0**power <= high]
    # two times as good as equal leave none of these between them: then the ends are named
    axis.set_major_locator(FixedLocator(ticks[:: math.ceil(len(ticks) / 6)] if ticks else [low, high]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: words(value)))
    axis.set_minor_formatter(NullFormatter())


def _beside(axes: Axes, ends: Sequence[float], labels: Sequence[tuple[str, str]]) -> None:
    """Words at the right edge, beside where lines end, moved apart so that none stands on another."""
    low, high = (math.log(value) for value in axes.get_ylim())
    places = [(math.log(end) - low) / (high - low) for end in ends]
    least = -math.inf
    for k in sorted(range(len(places)), key=places.__getitem__):
        places[k] = least = max(places[k], least + LABEL_ROOM)
    spare = max([0.0, *(place - 1.0 for place in places)])
    for place, (words, colour) in zip(places, labels, strict=True):
        where: dict[str, Any] = {"xytext": (1.02, place - spare), "textcoords": "axes fraction"}
        axes.annotate(
            words, (1.02, place - spare), xycoords="axes fraction", **where, va="center", fontsize=NOTE, color=colour
        )


def _in_lines(name: str) -> str:
    return name.replace(", ", ",\n") if len(name) > NAME_CHARS else name


def _short(value: float) -> str:
    """A length: 200, 5k, 1M."""
    power = 2 if value >= 1e6 else 1 if value >= 1e3 else 0
    return f"{value / 1000**power:g}{' kM'[power].strip()}"


def _say(axes: Axes, words: str) -> None:
    axes.set_title(words, fontsize=NOTE, loc="left", color="0.4")
