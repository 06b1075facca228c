"""A student's desk on the terminal: which unit is meant, and how it stands, failures first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import typer

from autograder.commands.terminal import BOLD, GREEN, MAGENTA, RED, fail, paint, wrapped
from autograder.student.progress import Desk, Standing, StudentCommandError
from autograder.words import points_words

if TYPE_CHECKING:
    from autograder.course.file import UnitSketch

T = TypeVar("T")


def run(work: Callable[[], T]) -> T:
    """Do it, or say in a sentence why it cannot be done."""
    try:
        return work()
    except StudentCommandError as error:
        fail(str(error))


def open_desk() -> Desk:
    desk = run(lambda: Desk(Path.cwd()))
    if not desk.units:
        fail(f"no exercises in {desk.course.root}: run `autograder build`, or take the course's bundle again.")
    return desk


def find(desk: Desk, target: str) -> tuple[UnitSketch, str | None]:
    return run(lambda: desk.find(target))


def current(desk: Desk) -> Standing:
    """The unit to work on: the first that does not pass, or the last of all."""
    standings = run(desk.standings)
    return next((each for each in standings if each.next is not None), standings[-1])


def show(standing: Standing, exercise: str | None = None) -> None:
    """A unit's results: failures first and in full, then what is not written, then what passes."""
    from autograder.checks.results import Outcome
    from autograder.words import check_words, printable

    summary(standing)
    checks = [each for each in standing.checks if exercise in (None, each.exercise)]
    quiet = (Outcome.PASSED, Outcome.NOT_WRITTEN, Outcome.SKIPPED)
    for each in checks:
        if each.outcome not in quiet:
            typer.echo(f"\n{paint(each.exercise, RED)}  {check_words(each.check)}: {each.outcome}")
            for line in printable("\n".join(part for part in (each.call, each.message) if part)).splitlines():
                typer.echo(f"  {line}")
    for words, outcome, colour in (
        ("not written yet", Outcome.NOT_WRITTEN, MAGENTA),
        ("passes", Outcome.PASSED, GREEN),
    ):
        every = [each.exercise for each in standing.exercises if exercise in (None, each.exercise)]
        names = [name for name in every if (mine := [c for c in checks if c.exercise == name])
                 and all(c.outcome == outcome for c in mine)]  # fmt: skip
        if names:
            typer.echo(f"\n{paint(words, colour)}: {wrapped(', '.join(names), len(words) + 2)}")
    if exercise is None and standing.next is not None:
        typer.echo(f"\nnext: {standing.next.exercise}   (autograder hint {standing.unit.id}:{standing.next.exercise})")


def summary(standing: Standing) -> None:
    words = f"{standing.unit.id}: {points_words(standing.points)} of {standing.unit.total:g} points by the public tests"
    typer.echo(paint(words, GREEN if standing.next is None else BOLD))


def line_of(path: Path, name: str) -> str:
    """ ":12" where the function begins; nothing where the module cannot be read."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    starts = (f"def {name}(", f"class {name}(", f"class {name}:")
    return next((f":{number}" for number, line in enumerate(lines, 1) if line.startswith(starts)), "")
