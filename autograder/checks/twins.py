"""A unit's functions beside torch's: the oracle of the project's tests, and the yardstick at scale.

A unit's scaled.py lists its twins:

    class Linear(Twin):
        exercises = ("linear_forward", "linear_backward")
        wrt = ("x", "W", "b")

        def inputs(self, rng, size):
            return {"x": rng.normal(size=(size, 2 * size)), ...}

        def torch(self, torch, x, W, b):
            return torch.nn.functional.linear(x, W, b)

        def forward(self, student, x, W, b):
            return student.linear_forward(x, W, b)

        def backward(self, student, dout, cache, **inputs):
            return student.linear_backward(dout, cache)

    TWINS = [Linear()]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from autograder.checks.comparison import assert_close
from autograder.sandbox.local import load_module

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class OnnxFile:
    """A network as its authors published it: a file of the package that `pip install --no-deps PACKAGE==VERSION` puts there."""

    package: str
    version: str
    path: str  # within the package's installation


class Twin:
    """One exercise, or a forward and its backward, beside torch's own computation of the same thing."""

    exercises: tuple[str, ...] = ()
    wrt: tuple[str, ...] = ()  # the inputs that torch differentiates for, in the order `backward` returns them
    sizes: tuple[int, int, int] = (16, 64, 128)  # small, medium, large of `autograder scale`
    axis: str = ""  # the axis that `along` lets grow, for example "T"; none: everything grows together
    lengths: tuple[int, ...] = ()  # of that axis, 4 to 8 of them
    network: str = (
        ""  # a published one, by name and version, that runs with its own weights: onnxruntime computes it, too
    )
    published: OnnxFile | None = (
        None  # that network's own file; without one onnxruntime gets what `torch` computes, exported
    )

    def inputs(self, rng: np.random.Generator, size: int) -> dict[str, Any]:
        """Arguments by name at a size: float64 arrays (cast by the caller), integer arrays, plain numbers.

        `size` is about the length of the longest axis; every axis has a length of its own. Arrays may lie in dicts and
        lists, where many belong together.
        """
        raise NotImplementedError

    def along(self, rng: np.random.Generator, length: int) -> dict[str, Any]:
        """The same with `axis` that long and everything else as it was: how time grows in that one axis."""
        raise NotImplementedError

    def torch(self, torch: Any, **inputs: Any) -> Any:
        """torch's output, a tensor, for the same arguments as tensors."""
        raise NotImplementedError

    def onnx(self, session: Any, **inputs: Any) -> Array:
        """The output, as `torch` gives it, of an onnxruntime session on the file `published`."""
        raise NotImplementedError

    def forward(self, student: Any, **inputs: Any) -> tuple[Any, Any]:
        """(output, cache) of the NumPy module."""
        raise NotImplementedError

    def backward(self, student: Any, dout: Array, cache: Any, **inputs: Any) -> Any:
        """The NumPy module's gradients for `wrt`, one array or a tuple in that order."""
        raise NotImplementedError

    def gradients(self, student: Any, dout: Array, cache: Any, inputs: dict[str, Any]) -> list[Any]:
        """What `backward` gives as a list, one for each of `wrt` if it is right."""
        found = self.backward(student, dout, cache, **inputs)
        return list(found) if len(self.wrt) > 1 or isinstance(found, (tuple, list)) else [found]

    def reduction(self, size: int) -> int:
        """Length of the longest sum behind one value of the output or of a gradient: float32's error bound grows with it."""
        return 1


class FunctionTwin(Twin):
    """One exercise without a backward, beside another way to compute the same: functions instead of methods.

    Args:
        name: of the exercise. sizes: small, medium, large.
        made: (rng, size) to the arguments by name. other: torch's way, as `torch` below.
        longest: size to what `reduction` says; by default the size.
    """

    def __init__(
        self,
        name: str,
        sizes: tuple[int, int, int],
        made: Callable[[np.random.Generator, int], dict[str, Any]],
        other: Callable[..., Any],
        longest: Callable[[int], int] = lambda size: size,
    ) -> None:
        self.exercises, self.sizes, self.made, self.other, self.longest = (name,), sizes, made, other, longest

    def inputs(self, rng: np.random.Generator, size: int) -> dict[str, Any]:
        return self.made(rng, size)

    def torch(self, torch: Any, **inputs: Any) -> Any:
        return self.other(torch, **inputs)

    def forward(self, student: Any, **inputs: Any) -> tuple[Any, Any]:
        return getattr(student, self.exercises[0])(**inputs), None

    def reduction(self, size: int) -> int:
        return self.longest(size)


def cast(value: Any, dtype: Any) -> Any:
    """A copy with every array of floats in another dtype, also within lists, tuples and dicts.

    >>> cast({"x": np.array([0.5]), "lengths": [np.array([3])], "lr": 0.1}, np.float32)
    {'x': array([0.5], dtype=float32), 'lengths': [array([3])], 'lr': 0.1}
    """
    return with_arrays(lambda array: array.astype(dtype) if array.dtype.kind == "f" else array, value)


def with_arrays(change: Callable[[Array], Any], value: Any) -> Any:
    """The value with what `change` makes of every array, also within lists, tuples and dicts."""
    if isinstance(value, dict):
        return {key: with_arrays(change, each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(with_arrays(change, each) for each in value)
    return change(value) if isinstance(value, np.ndarray) else value


def arrays_in(value: Any) -> Iterator[Array]:
    """Every array of it, also within lists, tuples and dicts."""
    if isinstance(value, (dict, list, tuple)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from arrays_in(each)
    elif isinstance(value, np.ndarray):
        yield value


@dataclass(frozen=True)
class Pair:
    """What NumPy and torch computed for one array of the output or gradients."""

    name: str
    ours: Any
    torchs: Array


def run_twin(twin: Twin, module: Any, rng: np.random.Generator, size: int, dtype: str = "float64") -> list[Pair]:
    """Both computations on the same random inputs: the output, then each gradient.

    Raises:
        ModuleNotFoundError: torch is not installed; it comes with the extra `torch`.
    """
    import torch

    inputs = cast(twin.inputs(rng, size), dtype)
    tensors = with_arrays(lambda array: torch.from_numpy(array.copy()), inputs)
    for name in twin.wrt:
        tensors[name].requires_grad_(True)
    expected = twin.torch(torch, **tensors)
    ours, cache = twin.forward(module, **inputs)
    pairs = [Pair("out", ours, expected.detach().numpy())]
    if twin.wrt:
        dout = rng.normal(size=tuple(expected.shape)).astype(dtype)
        expected.backward(torch.from_numpy(np.asarray(dout)))
        for name, gradient in zip(twin.wrt, twin.gradients(module, dout, cache, inputs), strict=True):
            pairs.append(Pair(f"d{name}", gradient, tensors[name].grad.numpy()))
    return pairs


def assert_agrees_with_torch(twin: Twin, module: Any, rng: np.random.Generator, size: int) -> None:
    """Require agreement in float64 to 1e-10 of the largest magnitude, forward and every gradient."""
    for pair in run_twin(twin, module, rng, size):
        scale = float(np.abs(pair.torchs).max(initial=1.0))
        assert_close(pair.ours, pair.torchs, rtol=1e-10, atol=1e-10 * scale, name=pair.name)


def load_twins(folder: Path) -> list[Twin]:
    """The twins of a unit's scaled.py; none where torch knows nothing of the unit."""
    path = folder / "scaled.py"
    return list(load_module(path, f"scaled_of_{folder.name}").TWINS) if path.is_file() else []
