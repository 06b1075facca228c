"""A twin with its inputs in float32, ready to be run by the student's module and by torch as often as one likes."""

from __future__ import annotations

import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from autograder.checks.twins import Array, Twin, arrays_in, cast, with_arrays
from autograder.scale.rebind import MissingTwin


class NotMeasured(Exception):
    """The student's code cannot be measured; says why.

    Args:
        words: the reason, in a line.
        unwritten: nothing is wrong, it is only not written yet.
    """

    def __init__(self, words: str, unwritten: bool = False) -> None:
        super().__init__(words)
        self.unwritten = unwritten


@dataclass
class Trial:
    """One twin, one module, one set of inputs. `dout` is made when it is first needed."""

    twin: Twin
    module: Any
    inputs: dict[str, Any]
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))
    dout: Array | None = None

    @property
    def values(self) -> int:
        """Numbers that go in."""
        return sum(array.size for array in arrays_in(self.inputs))

    # The student's module; what it raises comes out as NotMeasured.

    def forward(self) -> tuple[Any, Any]:
        """(output, cache)"""
        found: tuple[Any, Any] = students(lambda: self.twin.forward(self.module, **self.inputs))
        return found

    def backward(self, cache: Any) -> list[Any]:
        """The gradients, one for each of `wrt`."""
        dout = self.dout
        assert dout is not None
        found: list[Any] = students(lambda: self.twin.gradients(self.module, dout, cache, self.inputs))
        return found

    def both(self) -> None:
        out, cache = self.forward()
        if self.twin.wrt:
            self.set_dout(np.shape(out))
            self.backward(cache)

    def set_dout(self, shape: tuple[int, ...]) -> None:
        """An upstream gradient of that shape, the same one from then on."""
        if self.dout is None:
            self.dout = np.asarray(self.rng.normal(size=shape), dtype=np.float32)

    # torch

    def tensors(self, dtype: Any = None, device: str = "cpu") -> dict[str, Any]:
        """Copies of the inputs as torch has them; floating ones of `dtype` if it is given."""
        import torch

        def made(array: Array) -> Any:
            tensor = torch.from_numpy(array)
            wanted = dtype if dtype is not None and tensor.is_floating_point() else tensor.dtype
            return tensor.to(device=device, dtype=wanted, copy=True)

        tensors: dict[str, Any] = with_arrays(made, self.inputs)
        for name in self.twin.wrt:
            tensors[name].requires_grad_(True)
        return tensors

    def torch_forward(self, tensors: dict[str, Any]) -> Any:
        import torch

        return self.twin.torch(torch, **tensors)

    def torch_backward(self, out: Any, tensors: dict[str, Any]) -> tuple[Any, ...]:
        """Gradients of what `torch_forward` gave; may be asked again."""
        import torch

        dout = torch.ones_like(out) if self.dout is None else torch.from_numpy(self.dout).to(out)
        wrt = [tensors[name] for name in self.twin.wrt]
        gradients: tuple[Any, ...] = torch.autograd.grad(out, wrt, dout, retain_graph=True)
        return gradients


def make_trial(twin: Twin, module: Any, make: Callable[..., dict[str, Any]], length: int) -> Trial:
    """A trial with inputs of a length.

    Args:
        twin: from a unit's scaled.py.
        module: the student's.
        make: `twin.inputs` or `twin.along`.
        length: what `make` takes: a size, or the length of the one axis that grows.
    """
    rng = np.random.default_rng(length)
    return Trial(twin, module, cast(make(rng, length), np.float32), rng)


def students(run: Callable[[], Any]) -> Any:
    """Run the student's code.

    Raises:
        NotMeasured: it raised something.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return run()
    except NotImplementedError:
        raise NotMeasured("not written yet", unwritten=True) from None
    except MemoryError:
        raise NotMeasured("there was not enough memory for it: take a smaller --size") from None
    except MissingTwin as error:
        raise NotMeasured(str(error)) from None
    except Exception as error:
        raise NotMeasured(f"{type(error).__name__}: {error}{_where(error)}") from None


def _where(error: BaseException) -> str:
    """ " (convolution.py, line 12)": the innermost line that is not in a library's folder."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "site-packages" not in f.filename]
    return f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
