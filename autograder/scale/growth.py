"""How time and memory grow with size: estimates from small runs, and fitted exponents."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

PROBE_SECONDS = 0.25  # a probe that takes longer, or more memory, is the last: it is large enough to tell
PROBE_BYTES = 1 << 26
STEEPEST = 6.0  # exponents beyond are the noise of very small runs
OVERHEAD = 3  # times what the shortest takes: below that, calls cost more than arithmetic
LEAST_SPAN = 2  # times as long is the last length as the first, or nothing can be said


@dataclass(frozen=True)
class Estimate:
    """What a run is going to take."""

    seconds: float
    bytes: float


def estimate(probe: Callable[[int], tuple[float, float]], size: int) -> Estimate | None:
    """Seconds and bytes at a size, from the power law through the last two of ever larger probes below it.

    Args:
        probe: runs at a size; returns seconds and bytes.
        size: the one in question.

    Returns:
        None where the size is too small for two probes: then it is small enough to try.
    """
    known: list[tuple[int, float, float]] = []
    at = 2
    while 4 * at <= size and not (len(known) > 1 and (known[-1][1] > PROBE_SECONDS or known[-1][2] > PROBE_BYTES)):
        known.append((at, *probe(at)))
        at *= 2
    if len(known) < 2:
        return None
    (small, *before), (last, *after) = known[-2:]
    step, factor = math.log(last / small), size / last
    values = []
    for small_one, last_one in zip(before, after, strict=True):
        power = math.log(max(last_one, 1e-9) / max(small_one, 1e-9)) / step
        values.append(last_one * factor ** min(max(power, 0.0), STEEPEST))
    return Estimate(*values)


def exponent(lengths: Sequence[float], seconds: Sequence[float]) -> float | None:
    """The power p of seconds = c * length**p, by least squares on the logarithms of the larger half, three at least.

    What is small costs mostly the calls themselves and would flatten the line: what takes less than three times as long as the
    shortest is left out. None where fewer than three are left, or where their lengths hardly differ.

    >>> exponent([1, 2, 4, 8, 16, 32], [5.0, 5.0, 16.0, 64.0, 256.0, 1024.0])
    2.0
    >>> exponent([1, 2, 4, 8, 16, 32], [5.0, 5.0, 5.1, 5.3, 6.0, 9.0])
    """
    kept = [k for k, taken in enumerate(seconds) if taken >= OVERHEAD * min(seconds)]
    kept = kept[-max(3, math.ceil(len(lengths) / 2)) :]
    if len(kept) < 3 or lengths[kept[-1]] < LEAST_SPAN * lengths[kept[0]]:
        return None
    x, y = (np.log([values[k] for k in kept]) for values in (lengths, seconds))
    x = x - x.mean()
    return round(float(x @ (y - y.mean()) / (x @ x)), 3)
