"""The student's commands: status, check, watch, hint, next, reset, open, plot. Thin, and quick to start."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer

from autograder.commands.desk_console import current, find, line_of, open_desk, run, show, summary
from autograder.commands.terminal import BOLD, DIM, GREEN, clear, fail, paint, rows, shown, wrapped
from autograder.extras import way_out
from autograder.student.progress import Standing, StudentCommandError
from autograder.words import points_words

BAR = 10  # characters of a progress bar

Target = Annotated[
    str, typer.Argument(help="UNIT or UNIT:EXERCISE, for example activations:softmax; beginnings will do.")
]


def status() -> None:
    """Show the course, its parts and units: how far you are by the public tests, and what is next."""
    desk = open_desk()
    standings = run(desk.standings)
    for line in drawn(standings, rows()):
        typer.echo(line)
    typer.echo(paint(f"{_reached(standings)} by the public tests", BOLD))
    if ahead := next((each for each in standings if each.next is not None), None):
        typer.echo(f"Next: autograder check {ahead.unit.id}")


def drawn(standings: Sequence[Standing], room: int | None) -> list[str]:
    """The course, a line a unit; where that is more than `room` rows, a part that is done or not begun is one line."""
    parts = {title: list(those) for title, those in groupby(standings, key=lambda each: each.unit.part)}
    spare = 3  # rows for the sum, what is next and the prompt
    crowded = room is not None and len(standings) + len(parts) + spare > room
    ahead = next((each.unit.part for each in standings if each.next is not None), None)
    width = max((len(standing.unit.folder) for standing in standings), default=0)
    lines = []
    for title, those in parts.items():
        points = sum(each.points for each in those)
        begun = 0 < points < sum(each.unit.total for each in those) or any(each.problem for each in those)
        if crowded and title != ahead and not begun:
            lines.append(f"{paint(title, BOLD)}: {_reached(those)} in {len(those)} unit{'s' if len(those) > 1 else ''}")
            continue
        lines.append(paint(title, BOLD))
        lines += [_bar(standing, width) for standing in those]
    return lines


def _bar(standing: Standing, width: int) -> str:
    full = round(BAR * standing.points / standing.unit.total)
    words = "done" if standing.next is None else f"next: {standing.next.exercise}"
    if standing.problem:
        words = f"cannot be imported: autograder check {standing.unit.id}"
    bar = paint("#" * full, GREEN) + "." * (BAR - full)
    reached = f"{points_words(standing.points):>5} of {standing.unit.total:<4g}"
    return f"  {standing.unit.folder:<{width}}  {bar}  {reached} {words}"


def _reached(standings: Sequence[Standing]) -> str:
    points, total = sum(each.points for each in standings), sum(each.unit.total for each in standings)
    return f"{points_words(points)} of {total:g} points"


def check(
    target: Annotated[str | None, typer.Argument(help="UNIT or UNIT:EXERCISE (default: what is next).")] = None,
) -> None:
    """Run a unit's public tests: failures first, each with its call, what was expected and what came."""
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
    typer.echo(paint(f"{standing.unit.id}:{ahead.exercise}", BOLD) + f"  ({ahead.max_points:g} points)")
    typer.echo(f"{shown(path)}{line_of(path, ahead.exercise)}")
    typer.echo(f"Try it: autograder check {standing.unit.id}:{ahead.exercise}")


def hint(target: Target) -> None:
    """Give a hint for an exercise; asked again, the next one, until there are no more."""
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
    """Put a unit's module, or one exercise in it, back as it was handed out; what was there is kept."""
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
    import subprocess

    desk = open_desk()
    unit, _ = find(desk, target)
    try:
        import jupyterlab  # noqa: F401
    except ModuleNotFoundError:
        fail(f"JupyterLab is not installed: {way_out('jupyter')}, or open the notebook in your editor.")
    lesson = desk.module(unit).with_name(f"{unit.id}.ipynb")
    raise typer.Exit(subprocess.run([sys.executable, "-m", "jupyterlab", str(lesson)], check=False).returncode)


def plot(
    target: Target, output: Annotated[Path | None, typer.Option(help="PNG to write (default: UNIT.png).")] = None
) -> None:
    """Draw the lesson's main picture with your own code."""
    from autograder.student.picture import draw

    desk = open_desk()
    unit, _ = find(desk, target)
    path = (output or Path(f"{unit.id}.png")).absolute()
    typer.echo(f"drawn: {shown(run(lambda: draw(desk, unit, path)))}")


def watch() -> None:
    """Check what you save, as you save it."""
    from autograder.student.watch import KEYS, POLL_SECONDS, Watcher, drop_keys, single_keys

    desk = open_desk()
    unit = current(desk).unit
    watcher = Watcher(desk)

    def look(exercise: str | None = None) -> None:
        try:
            standing = desk.check(unit)
        except StudentCommandError as error:
            clear()
            typer.echo(str(error))
        else:
            drop_keys()
            clear()
            show(desk, standing, exercise)
        typer.echo(paint(f"\nwatching {shown(desk.module(unit).parent.parent)}   {KEYS}", DIM))

    look()
    with single_keys() as key_within:
        while True:
            if (saved := watcher.changed()) is not None:
                unit = saved
                look()
            with suppress(typer.Exit):  # what a key could not do has been said; watching goes on
                match key_within(POLL_SECONDS):
                    case "q":
                        return
                    case "n":
                        unit = current(desk).unit
                        look()
                    case "h":
                        hint(unit.id)
                    case "l":
                        status()
                    case "c":
                        for standing in run(desk.standings):
                            summary(standing)
                    case "r":
                        typer.echo(f"Put {unit.id} back as it was handed out? y for yes")
                        if key_within(10.0) == "y":
                            reset(unit.id, False, None)
                            watcher.forget(unit)
                        else:
                            typer.echo("Nothing was changed.")
