"""What was measured as a picture: where each computation stands under the machine's roof, and how time grows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.scale.costs import CUPY, GPU, NUMPY, TORCH
from autograder.scale.graphs import ONNX
from autograder.scale.machine import Peak
from autograder.scale.measure import Measured

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LOOK = {
    NUMPY: ("C0", "o", "-"),
    TORCH: ("C1", "s", "--"),
    GPU: ("C2", "^", ":"),
    CUPY: ("C4", "v", "-."),
    ONNX: ("C3", "D", "-"),
}


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
    counted = any(each.flops[0] for each in shown.values())
    growing = {name: each for name, each in shown.items() if each.growth is not None and len(each.growth.lengths) > 1}
    panels = 1 + counted + bool(growing)
    size = (5.6 * panels, max(4.2, 1.6 + 0.36 * len(shown)))
    figure, axes = pyplot.subplots(1, panels, figsize=size, squeeze=False, layout="constrained")
    figure.suptitle(title)
    left = list(axes[0])
    _times(left.pop(0), shown)
    if counted:
        _roofs(left.pop(0), shown, peaks)
    if growing:
        _growth(left.pop(0), growing)
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
    axes.set_yticks(range(len(shown)), [f"{name}  {number}" for number, name in enumerate(shown, 1)])
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.set_xscale("log")
    axes.set_xlabel("seconds of the forward")
    axes.grid(True, axis="x", alpha=0.3)
    axes.legend(fontsize="small")


def _roofs(axes: Axes, shown: Mapping[str, Measured], peaks: dict[str, Peak]) -> None:
    """Operations a second over operations a byte (Williams, Waterman and Patterson, 2009, "Roofline")."""
    counted = [
        (number, each, each.flops[0] / each.moved[0]) for number, each in enumerate(shown.values(), 1) if each.flops[0]
    ]
    low, high = min(x for *_, x in counted) / 4, max(x for *_, x in counted) * 4
    for who, peak in peaks.items():
        colour, mark, line = LOOK[who]
        corners = sorted({low, min(max(peak.flops / peak.bandwidth, low), high), high})
        axes.plot(
            corners, [min(peak.flops, peak.bandwidth * x) for x in corners], line, color=colour, label=f"roof: {who}"
        )
        for number, each, x in counted:
            cost = each.cost(who)
            if cost is not None and cost.forward:
                y = each.flops[0] / cost.forward
                axes.plot([x], [y], mark, color=colour)
                axes.annotate(str(number), (x, y), xytext=(4, 4), textcoords="offset points", fontsize="x-small")
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
    axes.legend(fontsize="x-small", loc="upper left", bbox_to_anchor=(1, 1))
