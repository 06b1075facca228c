"""Commands on what grading has left: export, show, similar."""

from __future__ import annotations

import tempfile
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autograder.commands.instructor import (
    CourseOption,
    UnitOption,
    desk_of,
    open_course,
    open_store,
)
from autograder.commands.terminal import fail
from autograder.words import one_line

if TYPE_CHECKING:
    pass


class Format(StrEnum):
    """Where results can be taken to; see autograder/reports/export.py."""

    CANVAS = "canvas"
    MOODLE = "moodle"
    GRADESCOPE = "gradescope"
    CLASSROOM50 = "classroom50"
    NBGRADER = "nbgrader"


def export(
    results: Annotated[Path, typer.Argument(help="The --output folder of a run of `autograder grade`.")],
    form: Annotated[Format, typer.Option("--format", help="The system to write for.")],
    output: Annotated[
        Path | None, typer.Option("--output", help="File or folder to write (default: in the results' folder).")
    ] = None,
    unit: UnitOption = None,
    course: CourseOption = None,
) -> None:
    """Write results in the form that another system imports."""
    from autograder.reports.export import ExportError, without_id
    from autograder.reports.export import export as write
    from autograder.reports.lines import ResultsError

    the_course, units = open_course(course, unit)
    try:
        typer.echo(f"written: {write(the_course, units, results, form.value, output)}")
        if without := without_id(results, form.value):
            names = ", ".join(map(one_line, without[:10])) + (", ..." if len(without) > 10 else "")
            typer.echo(
                f"autograder: {len(without)} students came without an id of {form.value}'s and stand there by name: {names}",
                err=True,
            )
    except (ExportError, ResultsError) as error:
        fail(error)


def show(
    student: Annotated[str, typer.Argument(help="The student, as in grades.csv.")],
    unit: Annotated[str | None, typer.Argument(help="Only this unit (default: all that were graded).")] = None,
    *,
    results: Annotated[Path, typer.Option("--results", help="The --output folder of a run of `autograder grade`.")],
    every_check: Annotated[
        bool, typer.Option("--all", help="Every check, what passed as well, with the time that each took.")
    ] = False,
    database: Annotated[
        str | None, typer.Option("--database", help="The database, where grading was given one.")
    ] = None,
    course: CourseOption = None,
) -> None:
    """Show one student's feedback in the terminal."""
    from autograder.commands.terminal import columns, paint_line
    from autograder.course.units import CourseError
    from autograder.grading.decisions import decided
    from autograder.grading.store import StoreError
    from autograder.reports.lookup import LookupFailed, results_of
    from autograder.reports.terminal import feedback_lines

    the_course, _ = open_course(course, None)
    try:
        only = the_course.unit(unit) if unit else None
        store = open_store(results, database)
        name, found = results_of(store, the_course, student, only)
        decisions = desk_of(store, results, database).in_force()
        found = [decided(each, decisions.get((each.student, each.unit), ())) for each in found]
        store.close()
    except (CourseError, StoreError, LookupFailed) as error:
        fail(error)
    for line in feedback_lines(the_course, name, found, columns(), every_check):
        typer.echo(paint_line(line.text, line.kind))


def similar(
    submissions: Annotated[Path, typer.Argument(help="Folder or archive of submissions.")],
    output: Annotated[Path, typer.Option("--output", help="HTML page to write.")] = Path("similar.html"),
    threshold: Annotated[
        float, typer.Option("--threshold", min=0.05, max=1.0, help="Share of a module that must be alike.")
    ] = 0.7,
    unit: UnitOption = None,
    course: CourseOption = None,
) -> None:
    """List pairs of submissions that share much of their code.

    They stand side by side on a page.
    """
    from autograder.course.file import EXERCISES
    from autograder.intake.similar import Unread, similar_pairs, write_page
    from autograder.intake.submissions import SubmissionsError, find_submissions

    the_course, units = open_course(course, unit)
    with tempfile.TemporaryDirectory(prefix="autograder-") as scratch:
        try:
            found = find_submissions(submissions, units, Path(scratch), the_course.root / EXERCISES).submissions
        except SubmissionsError as error:
            fail(error)
        unread: list[Unread] = []
        pairs = [pair for each in units for pair in similar_pairs(the_course, each, found, threshold, unread)]
    write_page(pairs, output, unread)
    for pair in pairs[:20]:
        typer.echo(f"{pair.share:4.0%}  {pair.unit}  {one_line(pair.one)}  {one_line(pair.other)}")
    for each in unread[:20]:
        typer.echo(f"look  {each.unit}  {one_line(each.student)}  {one_line(each.why)}")
    words = f", {len(unread)} submissions are for a person to look at" if unread else ""
    typer.echo(f"{len(pairs)} pairs share at least {threshold:.0%}{words}: {output}")
