"""A float32 result beside torch's in float64: how far off it is, and how far it may be."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.checks.comparison import Mismatch, assert_close
from autograder.checks.twins import Array

# Errors of either sign mostly cancel: a sum of n numbers is off by LIKELY * sqrt(n) roundings at most, but once in 1,500 times
# (2 * exp(-LIKELY**2 / 2)).
LIKELY = 4.0
# Roundings beside those of the longest sum: divisions, square roots, and an exp, which turns one rounding of an argument of
# 40 into 40 of the result.
OTHER_ROUNDINGS = 64
ROUNDING = float(np.finfo(np.float32).eps) / 2  # largest relative error of one float32 operation: 2**-24


@dataclass(frozen=True)
class Agreement:
    """One array of the output or of the gradients."""

    name: str
    error: float | None  # largest absolute; None where shapes or kinds differ, or something is not finite
    bound: float
    message: str = ""  # what is wrong and where; empty: within the bound
    widened: bool = False  # float64, though all that went in was float32


def agreement(name: str, ours: Any, truth: Array, reduction: int, share: float | None = None) -> Agreement:
    """Judge a float32 result by the one in float64.

    A sum of n numbers in float32 is off by at most n * 2**-24 of their magnitudes, and hardly ever by more than
    4 * sqrt(n) * 2**-24 (Higham and Mary, 2019, "A New Approach to Probabilistic Rounding Error Analysis", theorem 2.4).
    The magnitudes are taken to be the largest result's, n is the length of the longest sum, and 64 roundings are added.

    Args:
        name: what it is, "out" or "dx".
        ours: the student's.
        truth: the same from float64.
        reduction: length of the longest sum behind one value.
        share: of the largest result, that it may be off by; given where more than roundings lies between the two.
    """
    bound = 0.0
    if truth.dtype.kind == "f":
        if share is None:
            share = (LIKELY * math.sqrt(reduction) + OTHER_ROUNDINGS) * ROUNDING
        bound = share * float(np.abs(truth).max(initial=0.0))
    error, widened = None, False
    if isinstance(ours, (np.ndarray, np.generic)) and ours.shape == truth.shape and ours.dtype.kind in "bifu":
        off = np.abs(ours.astype(np.float64) - truth.astype(np.float64))  # booleans cannot be subtracted
        largest = float(off.max(initial=0.0))
        error = largest if np.isfinite(largest) else None
        widened = ours.dtype == np.float64 and truth.dtype.kind == "f" and ours.ndim > 0
    try:
        assert_close(ours, truth, rtol=0.0, atol=bound, name=name)
    except Mismatch as mismatch:
        return Agreement(name, error, bound, str(mismatch), widened)
    return Agreement(name, error, bound, "", widened)
