"""`autograder grade`: a whole class, from what was handed in to grades and report."""

from __future__ import annotations

import difflib
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autograder.commands.instructor import (
    DATABASE,
    CourseOption,
    Isolation,
    UnitOption,
    database_in,
    desk_of,
    open_course,
)
from autograder.commands.terminal import Exit, fail
from autograder.words import listed as listed_words
from autograder.words import one_line

if TYPE_CHECKING:
    from autograder.intake.submissions import Found


NO_ISOLATION = (
    "autograder: --isolation none: the submissions run with all your rights. They can read and change your files, "
    "reach the network and see the solutions. Only the clock still holds. Use it for your own code."
)


OTHERS = (
    "autograder: the database holds results of another version of autograder ({} in all). They stay in it and are not "
    "used: everything is graded again."
)


STRANGERS = "autograder: handed in, and not on the roster: {}; is a name spelt otherwise there?"


def grade(
    submissions: Annotated[
        Path, typer.Argument(help="Folder or archive of submissions; --dry-run lists what is found.")
    ],
    output: Annotated[
        Path, typer.Option("--output", help="Folder for grades.csv, report.html, feedback/ and the rest.")
    ],
    unit: UnitOption = None,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Worker processes.")] = 1,
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", help="Address of a Dask scheduler, to grade on its workers.")
    ] = None,
    seed: Annotated[str | None, typer.Option("--seed", help="Repeat a run with the seed in its results.jsonl.")] = None,
    student: Annotated[
        list[str] | None, typer.Option("--student", help="Grade only this one; repeat it for more. The others stay.")
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Start anew: what lies in the output is set aside, not added to.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Grade again what has a valid result.")] = False,
    database: Annotated[
        str | None, typer.Option("--database", help="SQLAlchemy URL for the results (default: SQLite in the output).")
    ] = None,
    isolation: Annotated[
        Isolation, typer.Option("--isolation", help="How student code is kept in; none is for your own code only.")
    ] = Isolation.SANDBOX,
    scaled: Annotated[
        bool, typer.Option("--scaled", help="Grade efficiency too, where course.yml asks for it.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a summary for scripts.")] = False,
    extensions: Annotated[
        Path | None, typer.Option("--extensions", help="CSV of student, unit, days: who has more time.")
    ] = None,
    submitted: Annotated[
        Path | None, typer.Option("--submitted", help="CSV of student, unit, submitted: when it was handed in.")
    ] = None,
    roster: Annotated[
        Path | None,
        typer.Option("--roster", help="CSV of student, id, email, section, tutor: who is in the class; it is kept."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--list", "--dry-run", help="List who and what was found, grade nothing.")
    ] = False,
    students_at: Annotated[
        int | None,
        typer.Option("--students-at", min=1, help="How many folders down the students are, where it is not plain."),
    ] = None,
    course: CourseOption = None,
) -> None:
    """Grade a class, each submission in a sandbox of its own.

    Results are kept as they come. Stopped at any moment, the same command goes on where it was; run again, it grades
    only what has changed. Of students and units that are not in this run, what lies in the output stays.
    """
    from autograder.checks.session import CourseChecksError
    from autograder.commands.console import Summary, print_class, print_found, summary_json
    from autograder.commands.progress import Progress
    from autograder.course.file import EXERCISES
    from autograder.course.units import CourseError
    from autograder.grading.executors import ExecutorError, executor_for
    from autograder.grading.run import Options, grade_class, settled
    from autograder.grading.store import Store, StoreError
    from autograder.intake.late import LateError, lateness
    from autograder.intake.roster import RosterError, read_roster, with_roster
    from autograder.intake.submissions import SubmissionsError, find_submissions
    from autograder.reports.files import write_reports
    from autograder.sandbox.confine import ConfinementUnavailable
    from autograder.sandbox.proxy import SandboxBroken

    the_course, units = open_course(course, unit)
    if isolation == Isolation.NONE:
        typer.echo(NO_ISOLATION, err=True)
    if scaled and not any(each.efficiency for each in units):
        fail("--scaled: course.yml asks for no efficiency; see docs/scale.md.")
    options = Options(seed, isolation.value, remote=scheduler is not None, force=force, scaled=scaled)
    progress = Progress()
    scratch = tempfile.TemporaryDirectory(prefix="autograder-")
    try:
        found = find_submissions(submissions, units, Path(scratch.name), the_course.root / EXERCISES, students_at)
        for path, reason in found.ignored:
            typer.echo(f"autograder: left out: {one_line(path)}: {one_line(reason)}", err=True)
        place, url = str(output.absolute()), database or database_in(output)
        store = Store(url) if not fresh and (database or (output / DATABASE).is_file()) else None
        before = store.so_far(place if database else "") if store else []
        listed = read_roster(roster) if roster else {}
        if store and not roster:
            listed = desk_of(store, output, database).roster()
        if listed:
            listed, strangers = with_roster(found, listed, units, ((each.student, each.unit) for each in before))
            if strangers:
                more = [f"{len(strangers) - 10} more"] if len(strangers) > 10 else []
                typer.echo(STRANGERS.format(listed_words([*map(one_line, strangers[:10]), *more])), err=True)
        late = lateness(the_course, found.submissions, extensions, submitted, (each.student for each in before))
        for note in late.notes():
            typer.echo(f"autograder: {note}.", err=True)
        if student:
            found.submissions = [each for each in found.submissions if each.student in only(student, found)]
        if dry_run:
            print_found(found, late)
            return
        if fresh:
            set_aside(output)
        output.mkdir(parents=True, exist_ok=True)
        store = store or Store(url)
        if store.others:
            typer.echo(OTHERS.format(store.others), err=True)
        desk = desk_of(store, output, database)
        desk.keep_source(submissions, students_at)
        if roster:
            desk.keep_roster(listed)
        with progress:
            run = grade_class(
                the_course, units, found.submissions, store, executor_for(jobs, scheduler, isolation.value), options,
                progress.begin, progress.advance, late, before, place, found.ids,
            )  # fmt: skip
        run = settled(run, desk)
        for note in write_reports(run, output):
            typer.echo(f"autograder: {note}.", err=True)
    except (
        SubmissionsError, RosterError, LateError, CourseError, CourseChecksError, ConfinementUnavailable, SandboxBroken,
        StoreError, ExecutorError,
    ) as error:  # fmt: skip
        fail(error)
    except OSError as error:
        fail(f"the results could not be written: {error}", Exit.BROKEN)
    except KeyboardInterrupt:
        fail(f"interrupted; {progress.done} new results are kept, and the same command goes on.", Exit.INTERRUPTED)
    finally:
        scratch.cleanup()
    summary = Summary.of(run)
    if as_json:
        typer.echo(summary_json(run, summary, output))
    else:
        print_class(run, summary, output)
    store.close()
    if summary.statuses["broken"]:
        raise typer.Exit(Exit.BROKEN)


def set_aside(output: Path) -> None:
    """What an earlier run left in the folder is kept beside it, under a name that says when."""
    if output.is_dir() and any(output.iterdir()):
        stamp = datetime.now().strftime("%Y-%m-%d-%H%M%S")
        aside = output.rename(output.with_name(f"{output.name}-before-{stamp}"))
        typer.echo(f"autograder: what was in {output} lies in {aside} now.", err=True)


def only(names: Sequence[str], found: Found) -> set[str]:
    """The students that were named; ends with the nearest where one is not there."""
    students = sorted({each.student for each in found.submissions})
    for name in names:
        if name not in students:
            near = difflib.get_close_matches(name, students, 3, cutoff=0.5)
            words = f"did you mean {' or '.join(map(one_line, near))}?" if near else "--list shows who there is."
            fail(f"--student: nobody is called {one_line(name)}; {words}")
    return set(names)
