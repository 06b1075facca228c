"""Gradient checks: a backward pass against central differences, in float64, along random directions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograder.checks.comparison import Mismatch, assert_close
from autograder.checks.shown import number
from autograder.sandbox.proxy import Handle

Array = np.ndarray[Any, Any]

# Central differences err by about eps**2 (truncation) + 1e-16 / eps (rounding), relative to the function's scale:
# smallest near eps = 1e-5, where both are about 1e-10. 1e-6 leaves room for curvature; a wrong term misses it by far.
EPS = 1e-5
RTOL = 1e-6


def _slope(
    forward: Callable[..., Array], inputs: Mapping[str, Array], name: str, dout: Array, direction: Array
) -> float:
    """d/dt sum(dout * forward(inputs with x + t * direction for x)) at t = 0, by central differences."""
    ahead = forward(**{**inputs, name: inputs[name] + EPS * direction})
    behind = forward(**{**inputs, name: inputs[name] - EPS * direction})
    return float(np.sum(dout * (ahead - behind)) / (2 * EPS))


def assert_gradients(
    forward: Callable[..., Array],
    inputs: Mapping[str, Array],
    dout: Array,
    gradients: Sequence[Any] | Mapping[str, Any] | Handle,
    rng: np.random.Generator,
    directions: int = 3,
    rtol: float = RTOL,
) -> None:
    """Require that `gradients` are those of sum(dout * forward(**inputs)) for each of its inputs.

    Args:
        forward: takes the inputs by name, returns the output alone (no cache). Use the reference's forward.
        inputs: name to float64 array, in the order of `gradients`.
        dout: upstream gradient, of the output's shape; random, never all ones.
        gradients: what the student's backward pass returned: a sequence in the order of `inputs`, or a dict.
        rng: draws the directions.
        directions: random directions tried for each input.
        rtol: allowed error, relative to the size of the gradient along the direction.

    Raises:
        Mismatch: names the input whose gradient is off, by how much, and a common factor where there is one.
    """
    if not isinstance(gradients, Mapping):
        if isinstance(gradients, Handle) and len(gradients) == len(inputs):
            gradients = [gradients[k] for k in range(len(inputs))]  # a named tuple
        if type(gradients) not in (list, tuple) or len(gradients) != len(inputs):
            raise Mismatch(f"expected {len(inputs)} gradients, for {', '.join(inputs)}, in that order")
        gradients = dict(zip(inputs, gradients, strict=True))
    for name, x in inputs.items():
        grad = gradients[name]
        label = f"the gradient for {name}"
        if type(grad) is not np.ndarray or grad.shape != x.shape or not np.isfinite(grad).all():
            assert_close(grad, np.zeros_like(x), name=label)  # explains type, shape or NaN
        directions_tried = [np.asarray(rng.normal(size=x.shape)) for _ in range(directions)]
        numeric = [_slope(forward, inputs, name, dout, direction) for direction in directions_tried]
        with np.errstate(over="ignore", invalid="ignore"):
            analytic = [float(np.sum(grad * direction)) for direction in directions_tried]
        # The true slopes set the scale: a student's gradient must not, it could be made as large as one likes.
        scale = max(*map(abs, numeric), 1e-8)
        worst = float(np.max(np.abs(np.subtract(analytic, numeric)))) / scale  # a NaN among them stays one
        ratios = [a / n if n else np.inf for a, n in zip(analytic, numeric, strict=True)]
        if not worst <= rtol:  # NaN is wrong too
            raise Mismatch(
                f"{label} is wrong: its slope along a random direction misses the central difference by "
                f"{worst:.2g} relative (allowed {rtol:g}){_common_factor(ratios)}"
            )


def _common_factor(ratios: list[float]) -> str:
    factor = ratios[0]
    if not np.all(np.isfinite(ratios)) or max(abs(ratio - factor) for ratio in ratios) > 1e-4 * abs(factor):
        return ""
    if abs(factor + 1) < 1e-4:
        return "\nLikely: the sign is flipped."
    return f"\nLikely: it is {number(factor, 6)} times what it should be."
