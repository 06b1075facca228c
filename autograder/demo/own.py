"""Whose functions a demo runs: the student's, or with --reference the course's; and what is said where they do not run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from autograder.course.file import SOLUTIONS, UnitSketch
from autograder.sandbox.local import load_module, student_frames
from autograder.sandbox.proxy import LoadError, StudentTimeout
from autograder.sandbox.time_limit import within
from autograder.student.progress import Desk, StudentCommandError

T = TypeVar("T")
SECONDS = 120.0  # for all that a demo asks of a module


def module_of(desk: Desk, unit: UnitSketch, reference: bool) -> ModuleType:
    """The student's module of a unit, or the reference.

    Raises StudentCommandError: it cannot be imported, or there are no references here
    """
    path = desk.module(unit)
    if reference:
        path = desk.course.root / SOLUTIONS / unit.folder / unit.module
        if not path.is_file():
            raise StudentCommandError("the references are not in this copy of the course: leave --reference out.")
    try:
        return load_module(path, seconds=SECONDS)
    except LoadError as error:
        raise StudentCommandError(str(error)) from None


def running(desk: Desk, unit: UnitSketch, module: ModuleType, work: Callable[[ModuleType], T]) -> T:
    """What the work makes of the module's functions; what stops them is said of the function that it was.

    Raises StudentCommandError
    """
    file = module.__file__ or ""
    try:
        return within(SECONDS, lambda: work(module))
    except StudentTimeout:
        raise StudentCommandError(
            f"{unit.module} ran longer than {SECONDS:g} seconds: autograder check {unit.id}"
        ) from None
    except Exception as error:
        frames = student_frames(error, file)
        if not frames:
            raise
        at = frames[-1]
        where = Path(at.file)
        owner = next((each.id for each in desk.course.units if each.folder == where.parent.name), unit.id)
        if isinstance(error, NotImplementedError):
            raise StudentCommandError(
                f"your {at.function} of {owner} is not written yet: autograder check {owner}:{at.function} says more."
            ) from None
        raise StudentCommandError(
            f"your {at.function} broke off in {at.file}, line {at.line}: {type(error).__name__}: {error}\n"
            f"    {at.source}\nautograder check {owner}:{at.function} may say more."
        ) from None


def unlike(desk: Desk, unit: UnitSketch) -> list[str]:
    """What the unit's public tests and what it uses of earlier ones say against its answers, a sentence each."""
    found = desk.unmet(unit)
    (standing,) = desk.standings_of([unit])
    if standing.next is not None:
        found.append(
            f"{unit.id} does not pass its public tests yet, so what is shown may be wrong: autograder check {unit.id}"
        )
    return found
