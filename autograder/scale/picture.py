"""What was measured as a picture: where each computation stands under the machine's roof, and how time grows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.scale.costs import CUPY, GPU, NUMPY, TORCH
from autograder.scale.machine import Peak
from autograder.scale.measure import Measured

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LOOK = {NUMPY: ("C0", "o", "-"), TORCH: ("C1", "s", "--"), GPU: ("C2", "^", ":"), CUPY: ("C4", "v", "-.")}


def draw(title: str, measured: Mapping[str, Measured], peaks: dict[str, Peak], path: Path) -> None:
    """Save a PNG: times beside each other, the roofline where operations were counted, growth where it was measured.

    Args:
        title: above all.
        measured: by the name it is shown with; those without costs are left out.
        peaks: of whoever computes, for the roofs.
        path: the PNG.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    shown = {name: each for name, each in measured.items() if each.costs}
    counted = {name: each for name, each in shown.items() if each.flops[0]}
    growing = {name: each for name, each in shown.items() if each.growth is not None and len(each.growth.lengths) > 1}
    panels = 1 + bool(counted) + bool(growing)
    figure, axes = pyplot.subplots(1, panels, figsize=(5.6 * panels, max(4.2, 1.6 + 0.36 * len(shown))), squeeze=False)
    figure.suptitle(title)
    left = list(axes[0])
    _times(left.pop(0), shown)
    if counted:
        _roofs(left.pop(0), counted, peaks)
    if growing:
        _growth(left.pop(0), growing)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)
    pyplot.close(figure)


def _times(axes: Axes, shown: Mapping[str, Measured]) -> None:
    """Seconds of the forward, a row for each."""
    for who, (colour, mark, _) in LOOK.items():
        found = [(row, cost.forward) for row, each in enumerate(shown.values())
                 if (cost := each.cost(who)) is not None and cost.forward]  # fmt: skip
        if found:
            axes.plot([s for _, s in found], [row for row, _ in found], mark, color=colour, label=who)
    axes.set_yticks(range(len(shown)), list(shown))
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.set_xscale("log")
    axes.set_xlabel("seconds of the forward")
    axes.grid(True, axis="x", alpha=0.3)
    axes.legend(fontsize="small")


def _roofs(axes: Axes, counted: Mapping[str, Measured], peaks: dict[str, Peak]) -> None:
    """Operations a second over operations a byte (Williams, Waterman and Patterson, 2009, "Roofline")."""
    intensities = [each.flops[0] / each.moved[0] for each in counted.values()]
    low, high = min(intensities) / 4, max(intensities) * 4
    for who, peak in peaks.items():
        colour, mark, line = LOOK[who]
        ridge = peak.flops / peak.bandwidth
        corners = sorted({low, min(max(ridge, low), high), high})
        axes.plot(
            corners, [min(peak.flops, peak.bandwidth * x) for x in corners], line, color=colour, label=f"roof: {who}"
        )
        found = [(x, each.flops[0] / cost.forward) for x, each in zip(intensities, counted.values(), strict=True)
                 if (cost := each.cost(who)) is not None and cost.forward]  # fmt: skip
        axes.plot([x for x, _ in found], [y for _, y in found], mark, color=colour)
    for number, x in enumerate(intensities):
        axes.annotate(str(number + 1), (x, axes.get_ylim()[0]), fontsize="x-small", ha="center")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("operations for each byte that has to be moved")
    axes.set_ylabel("operations a second")
    axes.grid(True, alpha=0.3)
    axes.legend(fontsize="small", loc="lower right")


def _growth(axes: Axes, growing: Mapping[str, Measured]) -> None:
    """Seconds of the forward over the length, both logarithmic; a line's slope is the exponent."""
    for number, (name, each) in enumerate(growing.items()):
        assert each.growth is not None
        for who in (NUMPY, TORCH):
            taken = each.growth.seconds(who)
            if not taken:
                continue
            power = each.growth.exponents.get(who)
            words = f"{name}: {each.growth.axis}^{power:.2f}" if power is not None else name
            _, mark, line = LOOK[who]
            axes.plot(each.growth.lengths, taken, line, marker=mark, markersize=4, color=f"C{number % 10}",
                      label=words if who == NUMPY else None)  # fmt: skip
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("length: " + ", ".join(sorted({each.growth.axis for each in growing.values() if each.growth})))
    axes.set_ylabel("seconds of the forward (torch dashed)")
    axes.grid(True, alpha=0.3)
    axes.legend(fontsize="x-small")


def names_of(measured: Sequence[Measured]) -> dict[str, Measured]:
    """Each with a short name of its own: its exercises, and a number where several twins have the same."""
    named: dict[str, Measured] = {}
    for each in measured:
        base = each.exercises[0] if len(each.exercises) < 2 else ", ".join(each.exercises)
        name, number = base, 1
        while name in named:
            number += 1
            name = f"{base} ({number})"
        named[name] = each
    return named
