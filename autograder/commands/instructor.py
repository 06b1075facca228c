"""The instructor's commands: grade, build, audit, export, similar, doctor, sample, release. Each reads its arguments, calls one
module, and says what came out."""

from __future__ import annotations

import difflib
import tempfile
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autograder.commands.terminal import Exit, fail
from autograder.words import listed as listed_words
from autograder.words import one_line

if TYPE_CHECKING:
    from autograder.course.units import Course, Unit
    from autograder.grading.decisions import Desk
    from autograder.grading.store import Store
    from autograder.intake.submissions import Found

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

NO_ISOLATION = (
    "autograder: --isolation none: the submissions run with all your rights. They can read and change your files, "
    "reach the network and see the solutions. Only the clock still holds. Use it for your own code."
)


OTHERS = (
    "autograder: the database holds results of another version of autograder ({} in all). They stay in it and are not "
    "used: everything is graded again."
)


STRANGERS = "autograder: handed in, and not on the roster: {}; is a name spelt otherwise there?"


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
