"""Commands for who makes a course: build, audit, release."""

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


def build(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail if exercises/ is not up to date.")
    ] = False,
    unit: UnitOption = None,
    course: CourseOption = None,
) -> None:
    """Make exercises/ (stubs, tests, notebooks, hints)."""
    from autograder.checks.hints import build_hints
    from autograder.checks.session import CourseChecksError
    from autograder.course.build import BuildError, build_units
    from autograder.sandbox.proxy import LoadError

    the_course, units = open_course(course, unit)
    try:
        changed = build_units(the_course, units, write=not check)
        changed += build_hints(the_course, units, write=not check)
    except (BuildError, CourseChecksError, LoadError) as error:
        fail(error, Exit.BROKEN)
    for path in changed:
        typer.echo(f"{'out of date' if check else 'written'}: {path}")
    if check and changed:
        fail("exercises/ is not what solutions/ makes: run `autograder build` and commit.", Exit.BROKEN)
    if not changed:
        typer.echo("exercises/ is up to date.")


def audit(
    unit: Annotated[str | None, typer.Argument(help="Unit to audit (default: all, one after the other).")] = None,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Worker processes.")] = 1,
    only: Annotated[str | None, typer.Option("--only", metavar="EXERCISE", help="Only this exercise of it.")] = None,
    course: CourseOption = None,
) -> None:
    """Test the tests: list the small faults that no hidden check sees.

    They are put into the reference, one at a time.

    Stopped at any moment, the same command goes on where it was. Exit status 1: a unit falls short of what is asked for.
    """
    from autograder.checks.session import CourseChecksError
    from autograder.commands.audit_console import AuditProgress, print_audit, totals
    from autograder.course.equivalents import EquivalentsError
    from autograder.grading.audit import audit_unit
    from autograder.grading.judge import AuditError
    from autograder.sandbox.confine import ConfinementUnavailable
    from autograder.sandbox.proxy import SandboxBroken

    the_course, units = open_course(course, [unit] if unit else None)
    if only is not None and unit is None:
        fail("--only: name the exercise's unit, too.")
    audits = []
    progress = AuditProgress()
    try:
        for each in units:
            with progress.of(each):
                audits.append(audit_unit(the_course, each, only, jobs, progress.begin, progress.advance))
            print_audit(audits[-1])
    except (AuditError, EquivalentsError, CourseChecksError, ConfinementUnavailable, SandboxBroken) as error:
        fail(error)
    except OSError as error:
        fail(f"the verdicts could not be kept: {error}", Exit.BROKEN)
    except KeyboardInterrupt:
        fail(f"interrupted; {progress.done} new verdicts are kept, and the same command goes on.", Exit.INTERRUPTED)
    if len(audits) > 1:
        typer.echo(totals("all units", audits))
    if any(each.complaints for each in audits):
        raise typer.Exit(Exit.BROKEN)


def release(
    destination: Annotated[
        Path, typer.Argument(help="Folder to make (a zip is put beside it); with --check, the bundle.")
    ],
    check: Annotated[bool, typer.Option("--check", help="Only look for solutions in a bundle, folder or zip.")] = False,
    course: CourseOption = None,
) -> None:
    """Make the bundle for students, with nothing of the solutions.

    It holds exercises, data and machinery.
    """
    from autograder.checks.hints import build_hints
    from autograder.checks.session import CourseChecksError
    from autograder.course.build import BuildError
    from autograder.course.release import leaks
    from autograder.course.release import release as make_bundle

    the_course, _ = open_course(course, None)
    try:
        if check:
            found = leaks(the_course, destination)
            for words in found:
                typer.echo(words)
            typer.echo(f"{destination}: {len(found)} places give something away" if found else f"{destination}: clean")
            raise typer.Exit(bool(found))
        if stale := build_hints(the_course, the_course.units, write=False):
            fail(f"{stale[0]} is not up to date: run `autograder build` first")
        typer.echo(f"{destination} and {make_bundle(the_course, destination)}")
    except (BuildError, CourseChecksError) as error:
        fail(error)
