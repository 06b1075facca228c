"""`autograder handin`: the file that the instructor asked for."""

from __future__ import annotations

from typing import Annotated

import typer

from autograder.commands.desk_console import find, open_desk, run, summary
from autograder.commands.terminal import MAGENTA, Exit, fail, fitted, paint, shown, wrapped
from autograder.words import counted, listed, printable


def handin(
    units: Annotated[
        list[str] | None, typer.Argument(help="Units to hand in (default: all that are begun).", metavar="[UNIT]...")
    ] = None,
) -> None:
    """Make the file to hand in: of a unit, or of all that are begun.

    What cannot be read as Python is refused, with its line. What fails is handed in all the same: you are told what it earns
    by the public tests. What you made before is kept.
    """
    from autograder.checks.remarks import remarks
    from autograder.student.handin import begun, is_begun, left_out, unreadable, write

    desk = open_desk()
    named = {unit.id: unit for unit in (find(desk, name)[0] for name in units or ())}
    wanted = list(named.values()) if units else run(lambda: begun(desk))
    if not wanted:
        fail("nothing is begun yet, so there is nothing to hand in: autograder next says where to begin.")
    if untouched := run(lambda: [unit.module for unit in wanted if not is_begun(desk, unit)]):
        fail(f"{untouched[0]} is as it was handed out: there is nothing to hand in of it yet.")
    refused = {unit.id: reason for unit in wanted if (reason := unreadable(desk, unit))}
    for reason in refused.values():
        typer.echo("\n".join(fitted(f"{paint('Refused', MAGENTA)}: {printable(reason)}")) + "\n", err=True)
    good = [unit for unit in wanted if unit.id not in refused]
    if not good:
        fail("nothing was written: mend that, then type the same again.")
    for standing in run(lambda: desk.standings_of(good)):
        typer.echo(summary(standing))
        if standing.problem:
            first = printable(standing.problem).splitlines()[0]
            typer.echo("\n".join(fitted(f"It earns nothing as it is: {first}", 2)))
        minded = remarks(desk.module(standing.unit))
        if desk.course.handin == "notebooks" and (lines := left_out(desk, standing.unit)):
            minded.append(
                f"line {lines[0]} of {standing.unit.module} is not run in a notebook: put it into a function."
            )
        for words in minded:
            typer.echo(f"  {paint('Mind', MAGENTA)}: {wrapped(words, 8)}")
    typer.echo("The grader asks more than the public tests do.\n")
    written = run(lambda: write(desk, good))
    for each in written:
        typer.echo(f"written: {shown(each.path)}{' (as it was)' if each.as_before else ''}")
    for each in written:
        if each.kept:
            typer.echo(f"what stood there: {shown(each.kept)}")
    what = "this file" if len(written) == 1 else f"these {counted(len(written), 'file')}"
    typer.echo(f"Hand in {what}, where your instructor asked for it.")
    if refused:
        fail(f"{listed(list(refused))} {'is' if len(refused) == 1 else 'are'} not among it, see above.", Exit.BROKEN)
