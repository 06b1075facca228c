"""The numbers of the class report: quartiles, bins, pass rates and discrimination."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

MOST_BINS = 20  # of the histogram: more would not fit a phone
SURE = 3.0  # standard errors: by chance alone, one check of 740 is further below 0 than that
ENOUGH = 16  # students: where none of so many passes, fewer than one in five do, with 97.5 % certainty (Wilson)


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which `share` of the sorted values lie, interpolated linearly (as NumPy's default)."""
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


@dataclass(frozen=True)
class Spread:
    """How values spread: mean, lowest, quartiles, highest."""

    count: int
    mean: float
    low: float
    q1: float
    median: float
    q3: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread | None:
        """None where there are no values."""
        if not values:
            return None
        ordered = sorted(values)
        q1, median, q3 = (quantile(ordered, share) for share in (0.25, 0.5, 0.75))
        return cls(len(ordered), math.fsum(ordered) / len(ordered), ordered[0], q1, median, q3, ordered[-1])


@dataclass(frozen=True)
class Histogram:
    """Counts of the values between neighbouring edges: each bin holds its lower edge, the last one both."""

    edges: list[float]
    counts: list[int]

    @classmethod
    def of(cls, values: Sequence[float], top: float) -> Histogram:
        """Bins of one round width (1, 2 or 5 times a power of ten) from 0 to `top` or just above it."""
        top = max([top, *values], default=1.0) or 1.0
        width = 10.0 ** math.floor(math.log10(top / MOST_BINS))
        width *= next(step for step in (1, 2, 5, 10) if top <= MOST_BINS * width * step)
        edges = [round(number * width, 9) for number in range(math.ceil(round(top / width, 9)) + 1)]
        counts = [0] * (len(edges) - 1)
        for value in values:
            counts[min(max(bisect_right(edges, value) - 1, 0), len(counts) - 1)] += 1
        return cls(edges, counts)


class CheckTally:
    """Pass rate and discrimination of one check, from one student at a time.

    Only students whose work the check reached count: an exercise that is not written, a check that was skipped or for
    which no time was left, and a failure of the machinery say nothing about the check.

    Discrimination is the point-biserial correlation between passing the check and the student's points in all other
    exercises of the run: r = (M1 - M0) / s * sqrt(p (1 - p)), with M1 and M0 the mean of those points over students who
    pass and who do not, s their standard deviation (divided by n) and p the pass rate. The check's own exercise is left
    out, so that a check is not compared with itself; nothing is taken off for lateness.
    """

    def __init__(self) -> None:
        self.ran = 0
        self.passed = 0
        # Welford's running mean and sum of squared deviations: sums of squares would lose digits.
        self._mean = 0.0
        self._squares = 0.0
        self._mean_passed = 0.0

    def add(self, passed: bool, rest: float) -> None:
        """One student: whether the check passed, and the points in all other exercises."""
        self.ran += 1
        away = rest - self._mean
        self._mean += away / self.ran
        self._squares += away * (rest - self._mean)
        if passed:
            self.passed += 1
            self._mean_passed += (rest - self._mean_passed) / self.passed

    @property
    def rate(self) -> float | None:
        """Share of passes; None where the check reached nobody."""
        return self.passed / self.ran if self.ran else None

    @property
    def discrimination(self) -> float | None:
        """From -1 to 1; None where all pass, all fail, or all have the same points elsewhere."""
        if not 0 < self.passed < self.ran:
            return None
        deviation = math.sqrt(self._squares / self.ran)
        if deviation <= 1e-9 * max(1.0, abs(self._mean)):
            return None
        p = self.passed / self.ran
        value = (self._mean_passed - self._mean) / deviation * math.sqrt(p / (1 - p))
        return max(-1.0, min(1.0, value))

    @property
    def interval(self) -> tuple[float, float] | None:
        """Where the discrimination of a class without end would lie, three standard errors to each side.

        By Fisher's transformation: artanh(r) strays by 1 / sqrt(n - 3). None where the class is too small to tell.
        """
        value = self.discrimination
        if value is None or self.ran <= 3:
            return None
        middle, off = math.atanh(max(-0.999999, min(0.999999, value))), SURE / math.sqrt(self.ran - 3)
        return math.tanh(middle - off), math.tanh(middle + off)

    @property
    def mark(self) -> str:
        """Why someone should look at this check; empty where nothing is odd, or the class is too small to know."""
        if self.passed == 0:
            return "nobody passes" if self.ran >= ENOUGH else ""
        interval = self.interval
        return "negative discrimination" if interval is not None and interval[1] < 0 else ""
