"""One twin at one size, or along a growing axis: is it right, what does it cost, and how does that grow?"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from autograder.checks.twins import Array, Twin
from autograder.scale.costs import Cost, gpu_costs, numpy_cost, numpy_memory, torch_cost, torch_memory
from autograder.scale.graphs import onnx_cost
from autograder.scale.growth import Estimate, estimate, exponent
from autograder.scale.judge import Agreement, agreement
from autograder.scale.trial import NotMeasured, Trial, make_trial

LEAST_SECONDS = 0.2  # that each time is measured for
GROWTH_SECONDS = 0.05  # the same, at each of several lengths
WEIGHTS_APART = (
    1.2  # times as many numbers at the second length as at the first: the inputs grow, and not the weights alone
)
PATIENCE = 20.0  # seconds: a length that is going to take longer ends the growth


@dataclass
class Measured:
    """All about one twin at one size."""

    exercises: list[str]
    size: int
    values: int = 0  # numbers that go in
    flops: list[int] = field(
        default_factory=list
    )  # of products and convolutions, as torch counts them: forward, backward
    moved: list[int] = field(default_factory=list)  # bytes read and written at least, forward and backward
    agreements: list[Agreement] = field(default_factory=list)
    costs: list[Cost] = field(default_factory=list)
    message: str = ""  # why there is nothing: not written yet, an error, too large
    unwritten: bool = False
    growth: Growth | None = None
    network: str = ""  # the published one that this is, by name and version

    @property
    def wrong(self) -> bool:
        return bool(self.message and not self.unwritten) or any(each.message for each in self.agreements)

    def cost(self, who: str) -> Cost | None:
        return next((each for each in self.costs if each.who == who), None)


@dataclass
class Growth:
    """The same at several lengths of one axis."""

    axis: str
    named: bool  # the twin's own axis, which alone grows; else everything grows together
    lengths: list[int] = field(default_factory=list)
    costs: list[list[Cost]] = field(default_factory=list)  # at each length
    exponents: dict[str, float | None] = field(default_factory=dict)  # of the forward's seconds, by who computes
    ended: str = ""  # why it stopped before the last length

    def seconds(self, who: str) -> list[float]:
        """Of the forward, at each length."""
        found = [cost.forward for costs in self.costs for cost in costs if cost.who == who and cost.forward]
        return found if len(found) == len(self.lengths) else []


def measure(twin: Twin, module: Any, size: int, device: str = "cpu") -> Measured:
    """Whether the student's results are torch's within float32's error, and what they cost beside torch's.

    Args:
        twin: from a unit's scaled.py.
        module: the student's module.
        size: as `Twin.inputs` takes it.
        device: "cuda": the GPU beside the CPU.
    """
    trial = make_trial(twin, module, twin.inputs, size)
    done = Measured(list(twin.exercises), size, trial.values, network=twin.network)
    try:
        compare(trial, done)
        if done.wrong:
            return done
        cost = numpy_cost(trial, LEAST_SECONDS)
        cost.memory = numpy_memory(trial)
    except NotMeasured as error:
        done.message, done.unwritten = str(error), error.unwritten
        return done
    theirs = torch_cost(trial, LEAST_SECONDS)
    if not theirs.missing:
        theirs.memory = torch_memory(trial)
    done.costs = [cost, theirs]
    if twin.network:
        another, agreed = onnx_cost(trial, LEAST_SECONDS)
        done.costs.append(another)
        done.agreements += [agreed] if agreed else []
    done.costs += gpu_costs(trial, LEAST_SECONDS) if device != "cpu" else []
    return done


def compare(trial: Trial, done: Measured) -> None:
    """Beside torch in float64 on the very same float32 numbers.

    Raises:
        NotMeasured: the student's code raised something.
    """
    names, reduction = [f"d{name}" for name in trial.twin.wrt], trial.twin.reduction(done.size)
    out, cache = trial.forward()
    truth, gradients = _truth(trial, done)
    done.agreements.append(agreement("out", out, truth, reduction))
    if names and not done.wrong:
        ours = trial.backward(cache)
        if len(ours) != len(names):
            raise NotMeasured(f"its backward gave {len(ours)} values, expected {len(names)}: {', '.join(names)}")
        for name, mine, their in zip(names, ours, gradients, strict=True):
            done.agreements.append(agreement(name, mine, their, reduction))


def _truth(trial: Trial, done: Measured) -> tuple[Array, list[Array]]:
    """torch's output and gradients in float64; notes the operations and bytes that they need."""
    import torch
    from torch.nn.attention import SDPBackend, sdpa_kernel

    tensors = trial.tensors(torch.float64)
    gradients: list[Array] = []
    with operations() as counted, sdpa_kernel(SDPBackend.MATH):  # fused attention would not be counted
        out = trial.torch_forward(tensors)
        done.flops, done.moved = [counted[0]], [4 * (trial.values + out.numel())]
        if trial.twin.wrt:
            trial.set_dout(tuple(out.shape))
            gradients = [each.numpy() for each in trial.torch_backward(out, tensors)]
            done.flops.append(counted[0] - done.flops[0])
            done.moved.append(done.moved[0] + 4 * sum(each.size for each in gradients))
    return out.detach().numpy(), gradients


@contextmanager
def operations() -> Iterator[list[int]]:
    """Counts, in the one number of the list, the additions and multiplications of torch's products and convolutions.

    With torch's own formulas; its FlopCounterMode does the same, but cannot follow a gradient through a module.
    """
    from torch.utils._python_dispatch import TorchDispatchMode
    from torch.utils.flop_counter import flop_registry

    total = [0]

    class Counter(TorchDispatchMode):  # type: ignore[misc, unused-ignore]
        def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            out = function(*args, **(kwargs or {}))
            if formula := flop_registry.get(function._overloadpacket):
                total[0] += formula(*args, **(kwargs or {}), out_val=out)
            return out

    with Counter():
        yield total


def grow(twin: Twin, module: Any, size: int, device: str = "cpu") -> Growth:
    """Measure at ever larger lengths: of the twin's axis where it names one, else of its size, up to `size`.

    Raises:
        NotMeasured: the student's code raised something.
    """
    lengths = list(twin.lengths) or [size >> step for step in range(5, -1, -1) if size >> step > 1]
    make: Callable[..., dict[str, Any]] = twin.along if twin.axis else twin.inputs
    # Without an axis of their own, inputs of all shapes are compared by the numbers in them, unless most of those are weights.
    few, more = (
        make_trial(twin, module, make, length).values for length in (lengths[0], lengths[min(1, len(lengths) - 1)])
    )
    done = Growth(twin.axis or ("values" if more > WEIGHTS_APART * few else "size"), bool(twin.axis))
    for length in lengths:
        if (ahead := _ahead(done, length)) > PATIENCE:
            done.ended = f"{done.axis} = {length} was left out: it would take about {ahead:.0f} s"
            break
        _one_length(make_trial(twin, module, make, length), length, device, done)
    for each in done.costs[0] if done.costs else ():
        done.exponents[each.who] = exponent(done.lengths, done.seconds(each.who)) if done.seconds(each.who) else None
    return done


def _one_length(trial: Trial, length: int, device: str, done: Growth) -> None:
    trial.both()  # `dout`, for what is measured next
    costs = [numpy_cost(trial, GROWTH_SECONDS), torch_cost(trial, GROWTH_SECONDS)]
    costs[0].memory = numpy_memory(trial)
    done.costs.append(costs + (gpu_costs(trial, GROWTH_SECONDS) if device != "cpu" else []))
    done.lengths.append(trial.values if done.axis == "values" else length)


def _ahead(done: Growth, length: int) -> float:
    """Seconds that the student's code is about to take at the next length, if it goes on as from the last one to this."""
    if len(done.costs) < 2:
        return 0.0
    before, last = ((each[0].forward or 0.0) + (each[0].backward or 0.0) for each in done.costs[-2:])
    return last * max(last / max(before, 1e-9), 1.0)


def needed(twin: Twin, module: Any, size: int) -> Estimate | None:
    """Seconds that the student's code is going to take at a size, and the bytes that it and torch need together.

    Raises:
        NotMeasured: the student's code raised something.
    """

    def probe(at: int) -> tuple[float, float]:
        trial = make_trial(twin, module, twin.inputs, at)
        trial.both()
        started = time.perf_counter()
        trial.both()
        seconds = time.perf_counter() - started
        # The inputs are there as they were made (float64), in float32, and as torch's tensors.
        return seconds, numpy_memory(trial) + torch_memory(trial, "float64") + (8 + 4 + 8) * trial.values

    return estimate(probe, size)
