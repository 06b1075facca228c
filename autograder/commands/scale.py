"""`autograder scale`: the student's module at size, beside torch."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from autograder.commands.desk_console import find, open_desk, run
from autograder.commands.terminal import fail, shown
from autograder.student.progress import Desk, StudentCommandError

if TYPE_CHECKING:
    from autograder.checks.twins import Twin
    from autograder.course.file import UnitSketch
    from autograder.scale.measure import Measured

SIZES = ("small", "medium", "large")
FOLDER = Path("scale")  # where results lie if nothing else is said
LONG = 60.0  # seconds: an estimate above is told


def scale(
    target: Annotated[str, typer.Argument(help="UNIT or UNIT:EXERCISE, for example convolution:conv2d_forward.")],
    device: Annotated[str, typer.Option(help="cpu, or cuda: the GPU beside the CPU.")] = "cpu",
    size: Annotated[str, typer.Option(help="small, medium, large, or a number.")] = "medium",
    growth: Annotated[
        bool, typer.Option("--growth", help="Measure at several lengths, too, and fit exponents.")
    ] = False,
    output: Annotated[Path, typer.Option(help="Folder for UNIT.json and UNIT.png.")] = FOLDER,
    compare: Annotated[Path | None, typer.Option(help="JSON of an earlier run to compare with.")] = None,
    student: Annotated[Path | None, typer.Option(help="The module to run (default: the one under exercises/).")] = None,
) -> None:
    """Run your module at size, beside torch.

    Is it right, how fast is it, how much memory does it take?
    """
    # NumPy's threads wait in a busy loop after a product, and torch's, measured next, would have to share the cores with
    # them. OpenBLAS reads this once, so it has to stand there before NumPy is loaded.
    os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")
    from autograder.scale.report import as_json, compared, lines, names_of, peak_lines, read_json, wrapped, write_json

    desk = open_desk()
    unit, exercise = find(desk, target)
    try:
        before = read_json(compare) if compare else None
    except ValueError as error:
        fail(str(error))
    twins = run(lambda: twins_of(desk, unit, exercise))
    sizes = run(lambda: [size_of(size, twin) for twin in twins])
    module = run(lambda: load(student or desk.module(unit)))
    device = run(lambda: usable(device))
    machine, peaks = _machine(device)
    typer.echo("\n".join([_words(machine), *peak_lines(peaks)]))
    done: list[Measured] = []
    path = output / f"{unit.id}{f'-{exercise}' if exercise else ''}.json"
    for measured in _all(twins, sizes, module, device, growth, exercise):
        done.append(measured)
        name = list(names_of(done, exercise))[-1]
        if not measured.unwritten:
            typer.echo("\n" + "\n".join(lines(measured, name, peaks)))
        write_json(path, as_json(unit.id, done, machine, peaks))
    if unwritten := ", ".join(name for name, each in names_of(done, exercise).items() if each.unwritten):
        typer.echo("\n" + "\n".join(wrapped(f"not written yet: {unwritten}")))
    if before is not None:
        typer.echo("\n" + "\n".join(compared(before, read_json(path))))
    measured_any = any(each.costs for each in done)
    if measured_any:
        from autograder.scale.picture import draw

        picture = path.with_suffix(".png")
        title = f"{unit.title}{f': {exercise}' if exercise else ''}\n{_words(machine).splitlines()[0]}"
        draw(title, names_of(done, exercise), peaks, picture, backward=(exercise or "").endswith("_backward"))
        typer.echo(f"\ndrawn: {shown(picture.absolute())}   numbers: {shown(path.absolute())}")
    raise typer.Exit(not measured_any or any(each.wrong for each in done))


def twins_of(desk: Desk, unit: UnitSketch, exercise: str | None) -> list[Twin]:
    """The unit's twins, or those of one exercise.

    Raises:
        StudentCommandError: there are none.
    """
    from autograder.checks.twins import load_twins

    twins = [twin for twin in load_twins(desk.module(unit).parent) if exercise is None or exercise in twin.exercises]
    if not twins:
        raise StudentCommandError(f"torch knows nothing like {unit.id}{':' + exercise if exercise else ''}.")
    return twins


def size_of(words: str, twin: Twin) -> int:
    """A size by its name or number.

    Raises:
        StudentCommandError: it is neither.
    """
    if words in SIZES:
        return twin.sizes[SIZES.index(words)]
    if words.isdecimal() and int(words) >= 1:
        return int(words)
    raise StudentCommandError(f"--size {words}: small, medium, large, or a whole number from 1 on.")


def load(path: Path) -> Any:
    """The student's module.

    Raises:
        StudentCommandError: it is not there or cannot be imported.
    """
    from autograder.sandbox.local import load_module
    from autograder.sandbox.proxy import LoadError

    try:
        return load_module(path)
    except LoadError as error:
        raise StudentCommandError(str(error)) from None


def usable(device: str) -> str:
    """The device, or the CPU where there is no such thing, with a word.

    Raises:
        StudentCommandError: the device is no device.
        ModuleNotFoundError: torch is not installed.
    """
    if device not in ("cpu", "cuda"):
        raise StudentCommandError(f"--device {device}: cpu or cuda.")
    import torch

    if device == "cuda" and not torch.cuda.is_available():
        typer.echo("torch finds no CUDA device here: this runs on the CPU.", err=True)
        return "cpu"
    if device == "cuda":  # float32 is to mean float32
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    return device


def _machine(device: str) -> tuple[dict[str, Any], dict[str, Any]]:
    from autograder.scale.costs import CUPY, GPU, NUMPY, TORCH
    from autograder.scale.machine import describe, numpy_peak, torch_peak

    peaks = {NUMPY: numpy_peak(), TORCH: torch_peak("cpu")}
    if device != "cpu":
        peaks[GPU] = peaks[CUPY] = torch_peak(device)
    return describe(device), peaks


def _words(machine: dict[str, Any]) -> str:
    gpu = f"\n{machine['gpu']}, CUDA {machine['cuda']}" if "gpu" in machine else ""
    threads = machine["torch_threads"]
    return (f"{machine['cpu']}, NumPy {machine['numpy']}, torch {machine['torch']} with {threads} thread{'s' * (threads > 1)}"
            f"{gpu}")  # fmt: skip


def _all(
    twins: Sequence[Twin], sizes: Sequence[int], module: Any, device: str, growth: bool, exercise: str | None
) -> Iterator[Measured]:
    """Measure one twin after the other; what would not fit is refused before it is begun."""
    from autograder.scale.machine import free_memory
    from autograder.scale.measure import Measured, grow, measure, needed
    from autograder.scale.report import seconds
    from autograder.scale.report import size as bytes_in_words
    from autograder.scale.trial import NotMeasured

    free = free_memory()
    for twin, size in zip(twins, sizes, strict=True):
        measured = Measured(list(twin.exercises), size, network=twin.network)
        try:
            ahead = needed(twin, module, size)
            if ahead is not None and free is not None and ahead.bytes > free:
                raise NotMeasured(
                    f"size {size} would take about {bytes_in_words(ahead.bytes)} of memory, and {bytes_in_words(free)} are "
                    "free: take a smaller --size"
                )
            if ahead is not None and ahead.seconds > LONG:
                name = exercise or ", ".join(twin.exercises)
                typer.echo(f"\n{name}: about {seconds(ahead.seconds)} a run, Ctrl-C stops it", err=True)
            measured = measure(twin, module, size, device)
            if growth and measured.costs:
                measured.growth = grow(twin, module, size, device)
        except NotMeasured as error:
            measured.message, measured.unwritten = str(error), error.unwritten
        yield measured
