"""Known wrong answers. A unit's mistakes.py is a list of small functions, each marked with its hint:

    @mistake("output_size", hint="Divide by the stride first, then add 1: floor((W - F + 2P) / S) + 1.")
    def stride_plus_one(size, kernel, stride=1, padding=0, dilation=1):
        return (size - kernel + 2 * padding) // (stride + 1)

Each stands in for the reference's function of the exercise's name. The grader compares what a student's code
answered with what each mistake answers; the tests require that every mistake fails a hidden check.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, TypeVar

from autograder.sandbox.local import load_module

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True)
class Mistake:
    """One catalogued wrong answer."""

    name: str
    exercise: str
    hint: str
    function: Callable[..., Any]


def mistake(exercise: str, hint: str) -> Callable[[Function], Function]:
    """Mark a function (or a class) as a known wrong answer to `exercise`; `hint` teaches in a sentence or two."""

    def mark(function: Function) -> Function:
        function.__mistake__ = (exercise, hint)  # type: ignore[attr-defined]
        return function

    return mark


def reference_beside(file: str) -> ModuleType:
    """The reference module of the unit whose mistakes.py (or hidden.py, scaled.py) `file` is."""
    folder = Path(file).parent
    return load_module(folder / f"{folder.name.split('_', 1)[1]}.py")


def load_mistakes(folder: Path) -> list[Mistake]:
    """The catalogue of one unit, in the order of the file."""
    path = folder / "mistakes.py"
    if not path.is_file():
        return []
    module = load_module(path, f"mistakes_of_{folder.name}")
    return [
        Mistake(name, value.__mistake__[0], value.__mistake__[1], value)
        for name, value in vars(module).items()
        if hasattr(value, "__mistake__")
    ]


def mistaken_module(folder: Path, mistake: Mistake) -> ModuleType:
    """The reference as it would be with this one mistake in it: its own callers see the mistake too."""
    module = load_module(folder / f"{folder.name.split('_', 1)[1]}.py")
    setattr(module, mistake.exercise, _renamed(mistake.function, mistake.exercise))
    return module


def _renamed(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """The function under the exercise's name, as a student's is: tracebacks tell where an error was raised."""
    if not isinstance(function, FunctionType):
        return function
    code = function.__code__.replace(co_name=name, co_qualname=name)
    renamed = FunctionType(code, function.__globals__, name, function.__defaults__, function.__closure__)
    renamed.__kwdefaults__ = function.__kwdefaults__
    return renamed
