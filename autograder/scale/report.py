"""What was measured, in words for a terminal of 80 columns and as JSON; and two runs side by side."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from autograder.checks.twins import Twin
from autograder.files import write_whole
from autograder.scale.costs import NUMPY, TORCH, Cost
from autograder.scale.machine import Peak
from autograder.scale.measure import Measured

T = TypeVar("T", Measured, Twin)

VERSION = 1
WIDTH = 80
NAME = 16  # columns for who computes
HEADS = ("forward", "backward", "memory", "GFLOP/s", "GB/s", "of roof")
FASTER_GROWTH = 0.5  # an exponent this much above torch's is worth a word


def lines(measured: Measured, name: str, peaks: dict[str, Peak]) -> Iterator[str]:
    """One twin's results."""
    yield name
    if measured.message:
        yield from wrapped(measured.message)
        return
    yield f"  size {measured.size}, {count(measured.values)} values in"
    for each in measured.agreements:
        if each.message:
            error = "" if each.error is None else f"largest error {each.error:.2g}, bound {each.bound:.2g}. "
            yield from wrapped(f"outside the bound: {error}{each.message}")
    within = [each for each in measured.agreements if not each.message and each.error is not None]
    if within:
        told = ", ".join(f"{each.name} {each.error:.1g} (bound {each.bound:.1g})" for each in within)
        yield from wrapped(f"largest error: {told}")
    if wide := ", ".join(each.name for each in measured.agreements if each.widened):
        yield from wrapped(f"float64 for float32 inputs, twice the memory and time: {wide}")
    if not measured.costs:
        return
    heads = (*HEADS, "transfer") if any(cost.transfer is not None for cost in measured.costs) else HEADS
    yield "  " + " " * NAME + "".join(f"{head:>9}" for head in heads)
    for cost in measured.costs:
        if cost.missing:
            yield from wrapped(f"{cost.who}: not measured: {cost.missing}")
            continue
        cells = [seconds(cost.forward), seconds(cost.backward), size(cost.memory),
                 *rates(measured, cost, peaks.get(cost.who)), seconds(cost.transfer)]  # fmt: skip
        yield f"  {cost.who:<{NAME}}{''.join(f'{cell:>9}' for cell in cells)}".rstrip()
    ours = measured.costs[0]
    for cost in measured.costs[1:]:
        if not cost.missing:
            ratios = [quotient(ours.forward, cost.forward), quotient(ours.backward, cost.backward),
                      quotient(ours.memory, cost.memory)]  # fmt: skip
            yield f"  {'/ ' + cost.who:<{NAME}}{''.join(f'{each:>9}' for each in ratios)}".rstrip()
    if measured.growth is not None:
        yield from growth_lines(measured)


def growth_lines(measured: Measured) -> Iterator[str]:
    growth = measured.growth
    assert growth is not None
    if len(growth.lengths) > 2 and NUMPY in growth.exponents and growth.exponents[NUMPY] is None:
        yield from wrapped(
            f"no power of {growth.axis} fits the time: calls cost more than arithmetic, or there is little that grows"
        )
    known = {who: power for who, power in growth.exponents.items() if power is not None}
    if known:
        powers = ", ".join(f"{who} {power:.2f}" for who, power in known.items())
        yield from wrapped(f"time grows as {growth.axis} to the power of: {powers}")
        if growth.named and known.get(NUMPY, 0.0) > known.get(TORCH, 9.9) + FASTER_GROWTH:
            yield from wrapped("yours grows faster than torch's: is there a loop, or an array that need not be there?")
    if growth.ended:
        yield from wrapped(growth.ended)


def rates(measured: Measured, cost: Cost, peak: Peak | None) -> tuple[str, str, str]:
    """What the forward achieves: 10^9 operations a second, 10^9 bytes a second, and the share of what is possible."""
    if cost.forward is None or peak is None:
        return "", "", ""
    flops, moved = measured.flops[0], measured.moved[0]
    roof = min(peak.flops / flops, peak.bandwidth / moved) if flops else peak.bandwidth / moved  # forwards a second
    operations = f"{flops / cost.forward / 1e9:.3g}" if flops else "-"
    shares = [round(100 / each / roof) for each in reversed(cost.spread or ())]
    share = f"{shares[0]}-{shares[1]}%" if shares and shares[0] < shares[1] else f"{1 / cost.forward / roof:.0%}"
    return operations, f"{moved / cost.forward / 1e9:.3g}", share


def peak_lines(peaks: dict[str, Peak]) -> Iterator[str]:
    """The machine's roofs."""
    told: dict[str, list[str]] = {}
    for who, peak in peaks.items():
        told.setdefault(f"{peak.flops / 1e9:.3g} GFLOP/s, {peak.bandwidth / 1e9:.3g} GB/s", []).append(who)
    for words, whose in told.items():
        yield from wrapped(f"at most {words}: {' and '.join(whose)}")


def as_json(unit: str, measured: Sequence[Measured], machine: dict[str, Any], peaks: dict[str, Peak]) -> dict[str, Any]:
    return {
        "version": VERSION,
        "unit": unit,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine,
        "peaks": {who: asdict(peak) for who, peak in peaks.items()},
        "measured": [asdict(each) for each in measured],
    }


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(content, indent=1) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """A run that `write_json` kept.

    Raises:
        ValueError: it is not one; says so.
    """
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if content["version"] == VERSION and isinstance(content["measured"], list):
            return content
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise ValueError(f"{path} is not a JSON file of `autograder scale`")


def compared(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    """Two runs: how many times as fast the student's forward and backward are now."""
    known = {(tuple(each["exercises"]), each["size"], k): each for k, each in _numbered(before)}
    if before["machine"] != after["machine"]:
        yield from wrapped("the two runs are of different machines or versions: read the ratios with care")
    rows = []
    for k, now in _numbered(after):
        was = known.get((tuple(now["exercises"]), now["size"], k))
        if was is None or not was["costs"] or not now["costs"]:
            continue
        old, new = was["costs"][0], now["costs"][0]
        ratios = [quotient(old[key], new[key]) for key in ("forward", "backward", "memory")]
        rows.append(f"  {', '.join(now['exercises'])[:43]:<44}" + "".join(f"{each:>10}" for each in ratios))
    if rows:
        yield f"  {'before / now':<44}{'forward':>10}{'backward':>10}{'memory':>10}"
        yield from rows
    else:
        yield from wrapped("nothing was measured at the same size in both runs")


def _numbered(run: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each measurement with how many of the same exercises and size came before it."""
    seen: dict[tuple[Any, ...], int] = {}
    for each in run["measured"]:
        key = (tuple(each["exercises"]), each["size"])
        seen[key] = seen.get(key, -1) + 1
        yield seen[key], each


def names_of(items: Sequence[T], exercise: str | None = None) -> dict[str, T]:
    """Each with a short name of its own, its network or its exercises, and a number where several twins have the same.

    Where one exercise was asked for, the others of its twin are not named.
    """
    named: dict[str, T] = {}
    for each in items:
        base = each.network or exercise or ", ".join(each.exercises)
        name, number = base, 1
        while name in named:
            number += 1
            name = f"{base} ({number})"
        named[name] = each
    return named


# Numbers in words


def wrapped(text: str) -> list[str]:
    return [part for line in text.splitlines()
            for part in textwrap.wrap(line.strip(), WIDTH, initial_indent="  ", subsequent_indent="    ")]  # fmt: skip


def seconds(value: float | None) -> str:
    """
    >>> seconds(0.0123), seconds(2.5), seconds(2.5e-6), seconds(None)
    ('12.3 ms', '2.5 s', '2.5 us', '')
    """
    if value is None:
        return ""
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("us", 1e6)):
        if value * factor >= 1 or unit == "us":
            return f"{value * factor:.3g} {unit}" if value * factor < 1000 else f"{value:.0f} s"
    raise AssertionError


def size(value: float | None) -> str:
    """
    >>> size(1_500_000), size(900.0), size(4.1e13), size(None)
    ('1.5 MB', '0.9 kB', '41,000 GB', '')
    """
    if value is None:
        return ""
    for unit, factor in (("GB", 1e9), ("MB", 1e6)):
        if value >= factor:
            return f"{value / factor:.3g} {unit}" if value < 1e3 * factor else f"{value / factor:,.0f} {unit}"
    return f"{value / 1e3:.3g} kB"


def count(value: float) -> str:
    """
    >>> count(1_234_567), count(12)
    ('1,234,567', '12')
    """
    return f"{value:,.0f}"


def quotient(ours: float | None, theirs: float | None) -> str:
    """
    >>> quotient(3.0, 2.0), quotient(None, 2.0)
    ('1.5 x', '')
    """
    return f"{ours / theirs:.3g} x" if ours is not None and theirs else ""
