"""What the instructor's commands share: their options, the course, the database of a run."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autograder.commands.terminal import fail

if TYPE_CHECKING:
    from autograder.course.units import Course, Unit
    from autograder.grading.decisions import Desk
    from autograder.grading.store import Store

CourseOption = Annotated[
    Path | None, typer.Option("--course", help="course.yml or its folder (default: the nearest above).")
]

UnitOption = Annotated[
    list[str] | None, typer.Option("--unit", help="Unit to work on; may be given again (default: all).")
]


class Isolation(StrEnum):
    """How student code is kept in."""

    SANDBOX = "sandbox"
    CONTAINER = "container"
    NONE = "none"


DATABASE = "results.sqlite"


def database_in(folder: Path) -> str:
    """The URL of the database that grading makes in its --output folder."""
    return f"sqlite:///{(folder / DATABASE).absolute()}"


def open_store(results: Path, database: str | None) -> Store:
    """The database of a run, to be read.

    Raises:
        StoreError: it cannot be opened, or is no grader's.
    """
    from autograder.grading.store import Store

    if database is None and not (results / DATABASE).is_file():
        fail(f"{results / DATABASE} is not there: run `autograder grade` first, and name its --output.")
    return Store(database or database_in(results), create=False)


def desk_of(store: Store, output: Path, database: str | None) -> Desk:
    """The decisions about the class in `output`; in a database of its own they go where the folder goes."""
    from autograder.grading.decisions import Desk

    return Desk(store, str(output.absolute()) if database else "")


def open_course(path: Path | None, units: list[str] | None) -> tuple[Course, list[Unit]]:
    from autograder.course.units import CourseError, load_course

    try:
        course = load_course(path)
        return course, [course.unit(name) for name in units] if units else course.units
    except CourseError as error:
        fail(error)
