"""The command `autograder`: which commands there are, and who sees them. What they do is in `commands`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from autograder.commands import course, decisions, results, student, trial
from autograder.commands.data import data
from autograder.commands.demo import demo
from autograder.commands.explain import explain
from autograder.commands.grade import grade
from autograder.commands.handin import handin
from autograder.commands.scale import scale
from autograder.commands.terminal import Exit
from autograder.commands.watch import watch
from autograder.course.file import SOLUTIONS, nearest
from autograder.extras import explanation
from autograder.version import __version__

Command = Callable[..., None]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _say_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"autograder {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say which version this is.")
    ] = False,
) -> None:
    """Deep Learning by Hand: the course, and the grader for it."""


def in_handout() -> bool:
    """Is this a student's copy of the course, which has no solutions?"""
    file = nearest(Path.cwd())
    return file is not None and not (file.parent / SOLUTIONS).is_dir()


def register() -> None:
    """Add the commands: the student's first, the instructor's unseen in a handout."""
    app.command("next")(student.next_exercise)
    app.command("open")(student.open_lesson)
    theirs: list[Command] = [
        *(student.check, watch, student.hint, student.status, student.reset, student.plot, handin, scale),
    ]
    ours: list[Command] = [
        *(grade, results.show, decisions.adjust, decisions.comment, explain),
        *(results.export, results.similar, trial.sample),
        *(course.build, course.audit, course.release, trial.doctor),
    ]
    for command in theirs:
        app.command()(command)
    app.add_typer(demo, name="demo")
    app.add_typer(data, name="data")
    for command in ours:
        app.command(hidden=in_handout())(command)


register()


def main() -> None:
    try:
        app()
    except BrokenPipeError:
        sys.exit(1)
    except ModuleNotFoundError as error:
        if (words := explanation(error)) is None:
            raise
        typer.echo(f"autograder: {words}", err=True)
        sys.exit(Exit.USAGE)
