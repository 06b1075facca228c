"""Commands to try things first: what this machine can do, and a class that nobody has to write."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autograder.commands.instructor import (
    CourseOption,
    UnitOption,
    open_course,
)
from autograder.commands.terminal import Exit, fail

if TYPE_CHECKING:
    pass


def doctor(
    students: Annotated[
        int | None, typer.Option("--students", min=1, help="Say how long so many would take here, by a short trial.")
    ] = None,
    unit: UnitOption = None,
    course: CourseOption = None,
) -> None:
    """Say what this machine can do, and what to install for the rest. Exit status 1: it cannot grade untrusted work."""
    from autograder.sandbox.doctor import examine, jobs_here

    findings = examine()
    width = max(len(finding.name) for finding in findings)
    for finding in findings:
        typer.echo(f"{'ok' if finding.ok else '--'}  {finding.name:<{width}}  {finding.words}")
    if any(finding.needed and not finding.ok for finding in findings):
        raise typer.Exit(Exit.BROKEN)
    if students is None:
        return
    from autograder.checks.session import CourseChecksError
    from autograder.commands.progress import Progress
    from autograder.grading.trial import try_class
    from autograder.sandbox.proxy import SandboxBroken

    the_course, units = open_course(course, unit)
    progress = Progress()
    try:
        with progress:
            trial = try_class(
                the_course, units, lambda total: progress.begin(total, 0, "trial"), lambda: progress.step("")
            )
    except (CourseChecksError, SandboxBroken) as error:
        fail(error, Exit.BROKEN)
    words = " and ".join(
        f"{trial.minutes(students, jobs):.0f} min with --jobs {jobs}" for jobs in sorted({1, jobs_here()})
    )
    typer.echo(
        f"trial: {trial.count} submissions, {1e3 * trial.seconds_each:.0f} ms each; "
        f"{students} students x {len(units)} unit{'s' if len(units) > 1 else ''} would take {words}"
    )


def sample(
    destination: Annotated[Path, typer.Argument(help="Folder to make; must not exist or be empty.")],
    students: Annotated[int, typer.Option("--students", min=6, help="How many students.")] = 60,
    unit: UnitOption = None,
    course: CourseOption = None,
) -> None:
    """Make a sample class from the course itself, to try the grader on."""
    from autograder.commands.progress import Progress
    from autograder.grading.sample import SampleError, make_class

    the_course, units = open_course(course, unit)
    progress = Progress()
    try:
        with progress:
            progress.begin(students, 0, "writing")
            make_class(the_course, destination, students, units, lambda: progress.step(""))
    except SampleError as error:
        fail(error)
    except OSError as error:
        fail(f"{destination} cannot be written: {error}")
    typer.echo(f"{students} students in {destination}")
