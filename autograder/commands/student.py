"""The student's commands: status, check, hint, next, reset, open, plot. Thin, and quick to start."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer

from autograder.commands.desk_console import current, find, line_of, open_desk, run, show
from autograder.commands.terminal import BOLD, GREEN, fail, fitted, height, paint, rows, shown, wrapped
from autograder.extras import way_out
from autograder.student.progress import Standing
from autograder.words import counted, points_words

BAR = 10  # characters of a progress bar

Target = Annotated[
    str, typer.Argument(help="UNIT or UNIT:EXERCISE, for example activations:softmax; beginnings will do.")
]


def status() -> None:
    """Show the whole course: how far you are, and what is next."""
    standings = run(open_desk().standings)
    typer.echo("\n".join(overview(standings, rows())))
    if ahead := next((each for each in standings if each.next is not None), None):
        typer.echo(f"Next: autograder check {ahead.unit.id}")


def overview(standings: Sequence[Standing], room: int | None) -> list[str]:
    """The course and the sum of it, on `room` rows if it can be, with two to spare."""
    return [*drawn(standings, room), paint(f"{_reached(standings)} by the public tests", BOLD)]


def drawn(standings: Sequence[Standing], room: int | None) -> list[str]:
    """The course, a line a unit; where that is more than `room` rows, a part that is done or not begun is one line.

    If need be, any part is but the one to work on. Three rows are kept for the sum, what is next and the prompt.
    """
    parts = {title: list(those) for title, those in groupby(standings, key=lambda each: each.unit.part)}
    width = max((len(standing.unit.folder) for standing in standings), default=0)
    bars = {standing.unit.folder: _bar(standing, width) for standing in standings}
    ahead = [each.unit.part for each in standings if each.next is not None][:1]
    begun = [title for title, those in parts.items() if title in ahead or any(map(_is_begun, those))]
    lines: list[str] = []
    for whole in (list(parts), [title for title in begun if not all(map(_is_done, parts[title]))], ahead):
        lines = []
        for title, those in parts.items():
            if title in whole:
                lines += [paint(title, BOLD), *(line for standing in those for line in bars[standing.unit.folder])]
            else:
                lines.append(f"{paint(title, BOLD)}: {_reached(those)} in {counted(len(those), 'unit')}")
        if room is None or len(lines) <= room - 3:
            break
    return lines


def _is_begun(standing: Standing) -> bool:
    return standing.points > 0 or bool(standing.problem)


def _is_done(standing: Standing) -> bool:
    return standing.next is None


def _bar(standing: Standing, width: int) -> list[str]:
    """A unit's line; what does not fit beside its bar stands below it."""
    full = max(int(BAR * standing.points / standing.unit.total), standing.points > 0)
    words = "done" if standing.next is None else f"next: {standing.next.exercise}"
    if standing.problem:
        words = f"cannot be imported: autograder check {standing.unit.id}"
    bar = paint("#" * full, GREEN) + "." * (BAR - full)
    reached = f"{points_words(standing.points):>5} of {standing.unit.total:g}"
    line = f"  {standing.unit.folder:<{width}}  {bar}  {reached}"
    whole = f"{line:<{len(line) + 13 - len(reached)}} {words}"
    return [whole] if height(whole) == 1 else [line, *fitted(words, 6)]


def _reached(standings: Sequence[Standing]) -> str:
    points, total = sum(each.points for each in standings), sum(each.unit.total for each in standings)
    return f"{points_words(points)} of {total:g} points"


def check(
    target: Annotated[str | None, typer.Argument(help="UNIT or UNIT:EXERCISE (default: what is next).")] = None,
) -> None:
    """Run a unit's public tests, failures first.

    Each failure has its call, what was expected and what came.
    """
    desk = open_desk()
    unit, exercise = find(desk, target) if target else (current(desk).unit, None)
    standing = run(lambda: desk.check(unit))
    show(desk, standing, exercise)
    wanted = [each for each in standing.exercises if exercise in (None, each.exercise)]
    raise typer.Exit(any(each.points < each.max_points for each in wanted))


def next_exercise() -> None:
    """Say which exercise comes next, and where."""
    desk = open_desk()
    standing = current(desk)
    ahead = standing.next
    if ahead is None:
        typer.echo("Everything passes. Well done.")
        return
    path = desk.module(standing.unit)
    typer.echo(paint(f"{standing.unit.id}:{ahead.exercise}", BOLD) + f"  ({counted(ahead.max_points, 'point')})")
    typer.echo(f"{shown(path)}{line_of(path, ahead.exercise)}")
    if not standing.points:
        typer.echo(f"Its lesson: autograder open {standing.unit.id}")
    typer.echo(f"Try it: autograder check {standing.unit.id}:{ahead.exercise}")


def hint(target: Target) -> None:
    """Give a hint for an exercise; asked again, the next."""
    from autograder.student.hints import next_hint

    desk = open_desk()
    unit, exercise = find(desk, target)
    if exercise is None:
        first = run(lambda: desk.check(unit)).next
        if first is None:
            typer.echo(f"{unit.id} passes: no hint needed.")
            return
        exercise = first.exercise
    number, count, words = run(lambda: next_hint(desk, unit, exercise))
    if words:
        typer.echo(paint(f"{unit.id}:{exercise}, hint {number} of {count}", BOLD))
        typer.echo("\n".join(wrapped(line, 0) for line in words.splitlines()))
    if number >= count:
        typer.echo(f"That was the last hint for {unit.id}:{exercise}.")


def reset(
    target: Target,
    list_: Annotated[bool, typer.Option("--list", help="List what is kept of the unit, and change nothing.")] = False,
    restore_: Annotated[str | None, typer.Option("--restore", metavar="NAME", help="Put this backup back.")] = None,
) -> None:
    """Put a unit, or one exercise of it, back as it was handed out.

    What was there is kept: `--list` and `--restore`.
    """
    from autograder.student.backups import backups, restore
    from autograder.student.backups import reset as put_back

    desk = open_desk()
    unit, exercise = find(desk, target)
    if list_:
        for path in backups(desk, unit):
            typer.echo(path.stem)
        return
    saved = run(lambda: restore(desk, unit, restore_) if restore_ else put_back(desk, unit, exercise))
    typer.echo(
        f"{unit.id}{':' + exercise if exercise else ''} is {'restored' if restore_ else 'as it was handed out'}."
    )
    typer.echo(f"What was there: autograder reset {unit.id} --restore {saved.stem}")


def open_lesson(target: Target) -> None:
    """Open a unit's lesson in JupyterLab."""
    from autograder.student.lesson import open_in_jupyterlab

    desk = open_desk()
    unit, _ = find(desk, target)
    if importlib.util.find_spec("jupyterlab") is None:
        fail(f"JupyterLab is not installed: {way_out('jupyter')}, or open the notebook in your editor.")
    typer.echo("JupyterLab is starting...")
    server = run(lambda: open_in_jupyterlab(desk, unit))
    typer.echo(f"{unit.id} opens in your browser. Where it does not, this is the address:\n  {server.address}")
    typer.echo(f"Ctrl-C in this terminal ends it; what it says goes into {shown(server.log)}.")
    server.wait()
    typer.echo("JupyterLab has ended.")


def plot(
    target: Target, output: Annotated[Path | None, typer.Option(help="PNG to write (default: UNIT.png).")] = None
) -> None:
    """Draw the lesson's main picture with your own code."""
    from autograder.student.picture import draw

    desk = open_desk()
    unit, _ = find(desk, target)
    path = (output or Path(f"{unit.id}.png")).absolute()
    typer.echo(f"drawn: {shown(run(lambda: draw(desk, unit, path)))}")
