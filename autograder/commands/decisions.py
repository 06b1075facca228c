"""The instructor's decisions: adjust and comment. They are kept beside the results, and all files follow at once."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from autograder.commands.instructor import CourseOption, desk_of, open_course, open_store
from autograder.commands.terminal import Exit, columns, fail
from autograder.words import one_line, points_words, printable

if TYPE_CHECKING:
    from autograder.checks.results import Decision, Ruling, UnitResult
    from autograder.course.units import Course
    from autograder.grading.decisions import Desk
    from autograder.grading.run import Run

ResultsOption = Annotated[Path, typer.Option("--results", help="The --output folder of a run of `autograder grade`.")]
DatabaseOption = Annotated[str | None, typer.Option("--database", help="The database, where grading was given one.")]
EXAMPLE = 'autograder adjust alice activations:relu --points +2 --why "right on paper" --results results'


def adjust(
    student: Annotated[str | None, typer.Argument(help="The student, as in grades.csv.")] = None,
    target: Annotated[str | None, typer.Argument(metavar="UNIT[:EXERCISE]", help="What the points are of.")] = None,
    *,
    results: ResultsOption,
    points: Annotated[float | None, typer.Option("--points", help="Add so many points: +2, -1.5.")] = None,
    set_to: Annotated[float | None, typer.Option("--set", help="So many points count, whatever was earned.")] = None,
    excuse: Annotated[bool, typer.Option("--excuse", help="It does not count, neither points nor maximum.")] = False,
    why: Annotated[str | None, typer.Option("--why", help="The reason; the student reads it.")] = None,
    listing: Annotated[
        bool, typer.Option("--list", help="List all decisions and comments with their numbers.")
    ] = False,
    undo: Annotated[int | None, typer.Option("--undo", metavar="NUMBER", help="Take one of the list back.")] = None,
    database: DatabaseOption = None,
    course: CourseOption = None,
) -> None:
    """Change a student's points, and keep it so when graded again.

    The decision is kept in the database with its date, and the files in the results' folder follow it at once.
    """
    from autograder.checks.results import Ruling

    given = [points is not None, set_to is not None, excuse, listing, undo is not None]
    if sum(given) != 1:
        fail(f"give one of --points, --set, --excuse, --list and --undo, for example: {EXAMPLE}")
    with _Table(results, database, course) as table:
        if listing:
            return table.print_list()
        if undo is not None:
            if not table.desk.undo(undo):
                fail(f"--undo {undo}: no decision of that number holds; `autograder adjust --list` has them all.")
            typer.echo(f"number {undo} is undone.")
            return table.write()
        if student is None or target is None:
            fail(f"name the student and the unit, for example: {EXAMPLE}")
        ruling = Ruling.EXCUSE if excuse else Ruling.SET if points is None else Ruling.POINTS
        value = points if points is not None else set_to or 0.0
        table.decide(student, target, ruling, value, why, "--why")


def comment(
    student: Annotated[str, typer.Argument(help="The student, as in grades.csv.")],
    unit: Annotated[str, typer.Argument(help="The unit.")],
    text: Annotated[str, typer.Argument(help="What the student is to read.")],
    *,
    results: ResultsOption,
    database: DatabaseOption = None,
    course: CourseOption = None,
) -> None:
    """Comment on a student's unit, in feedback and report.

    `adjust --list` and `--undo` know comments, too.
    """
    from autograder.checks.results import Ruling

    with _Table(results, database, course) as table:
        table.decide(student, unit, Ruling.COMMENT, 0.0, text, "TEXT")


class _Table:
    """What the two commands work on: the class as it was graded last."""

    def __init__(self, output: Path, database: str | None, course: Path | None) -> None:
        self.output, self._database, self._path = output, database, course
        self.course: Course
        self.desk: Desk

    def __enter__(self) -> _Table:
        from autograder.grading.store import StoreError

        self.course, _ = open_course(self._path, None)
        try:
            self.desk = desk_of(open_store(self.output, self._database), self.output, self._database)
        except StoreError as error:
            fail(error)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        from sqlalchemy.exc import SQLAlchemyError

        self.desk.store.close()
        if isinstance(error, SQLAlchemyError):
            words = str(getattr(error, "orig", None) or error).splitlines()[0]
            fail(f"the database did not take it: {words}. Can you write to it?", Exit.BROKEN)

    def decide(self, typed: str, target: str, ruling: Ruling, value: float, why: str | None, option: str) -> None:
        """Check a decision, keep it, and write the files."""
        from autograder.grading.decisions import WHY_CHARS, decided
        from autograder.reports.wording import change_words

        if why is None or not why.strip():
            fail(f"{option}: say the reason; the student reads it, and so will you in a year.")
        why = printable(why.strip())
        if len(why) > WHY_CHARS:
            fail(f"{option}: has {len(why)} characters; at most {WHY_CHARS} are kept.")
        run = self._run()
        result, exercise = self._target(run, typed, target)
        worth = next((each.max_points for each in result.exercises if each.exercise == exercise), result.max_points)
        self._check(result, exercise, ruling, value, worth)
        before = _standing(result)
        number = self.desk.decide(result.student, result.unit, exercise, ruling, value, why)
        self.write()
        mine = [each for each in self.desk.decisions() if not each.undone or each.number == number]
        mine = [each for each in mine if (each.student, each.unit) == (result.student, result.unit)]
        after = decided(self._bare(run, result), mine)
        who = f"{one_line(result.student)}, {result.unit}{f':{exercise}' if exercise else ''}"
        typer.echo(f"number {number}: {who}: {change_words(mine[-1])}; {before} before, {_standing(after)} now.")
        if result.status != "graded":
            typer.echo(f"autograder: {result.unit} of {one_line(result.student)} is {result.status}.", err=True)

    def write(self) -> None:
        """Bring grades, report and feedback up to the decisions as they stand."""
        from autograder.reports.files import write_reports

        try:
            for note in write_reports(self._run(), self.output):
                typer.echo(f"autograder: {note}.", err=True)
        except OSError as error:
            fail(f"it is kept, but the files could not be written: {error}", Exit.BROKEN)

    def print_list(self) -> None:
        """Every decision: a line for what it is, and its reason below."""
        import textwrap

        from autograder.reports.wording import change_words

        found = self.desk.decisions()
        for each in found:
            what = f"{each.unit}:{each.exercise}" if each.exercise else each.unit
            undone = f"  (undone {each.undone[:10]})" if each.undone else ""
            line = f"{each.number:>4}  {each.made[:10]}  {one_line(each.student)}  {what}  {change_words(each)}{undone}"
            for part in (line, f"      {printable(each.why)}"):
                typer.echo(textwrap.fill(part, max(columns(), 40), subsequent_indent=" " * 6, break_on_hyphens=False))
        if not found:
            typer.echo("nothing has been decided yet.")

    def _run(self) -> Run:
        from autograder.grading.run import last_run
        from autograder.grading.store import StoreError

        try:
            return last_run(self.course, self.desk)
        except StoreError as error:
            fail(error)

    def _target(self, run: Run, typed: str, target: str) -> tuple[UnitResult, str]:
        """The result that is meant, as it stands, and the exercise ("": all of it)."""
        from autograder.course.file import nearest_name
        from autograder.course.units import CourseError
        from autograder.reports.lookup import LookupFailed, find_student

        name, _, wanted = target.partition(":")
        try:
            student = find_student(typed, run.students)
            unit = self.course.unit(name)
            exercise = nearest_name(wanted, unit.points, "exercise") if ":" in target else ""
        except (LookupFailed, CourseError, LookupError) as error:
            fail(error)
        results = {each.unit: each for each in run.of(student)}
        if unit.id not in results:
            fail(f"{one_line(student)} has no result for {unit.id}; graded are {', '.join(results)}.")
        return results[unit.id], exercise

    def _bare(self, run: Run, result: UnitResult) -> UnitResult:
        """The result as it is without any decision."""
        from dataclasses import replace

        return next(each for each in replace(run, decisions={}).of(result.student) if each.unit == result.unit)

    def _check(self, result: UnitResult, exercise: str, ruling: Ruling, value: float, worth: float) -> None:
        from autograder.checks.results import EXCUSED, Ruling

        if ruling == Ruling.COMMENT:
            return
        name = f"{result.unit}:{exercise}" if exercise else result.unit
        own = next((each for each in result.exercises if each.exercise == exercise), None)
        if exercise and own is None:
            fail(f"{name} was not graded, so far: run `autograder grade` first.")
        if result.excused or (own and own.status == EXCUSED):
            _excused(name, [each for each in result.decisions if each.ruling == Ruling.EXCUSE])
        if ruling == Ruling.POINTS and not (math.isfinite(value) and 0 < abs(value) <= worth):
            fail(
                f"--points {value:g}: out of range: {name} is worth {points_words(worth)}, add or take at most that, and not 0."
            )
        if ruling == Ruling.SET and not 0 <= value <= worth:
            fail(
                f"--set {value:g}: out of range: {name} is worth {points_words(worth)}, give 0 to that (--points adds more)."
            )


def _excused(name: str, decisions: list[Decision]) -> NoReturn:
    fail(f"{name} is excused and does not count; first take that back: --undo {decisions[-1].number}")


def _standing(result: UnitResult) -> str:
    if result.excused:
        return "excused"
    return f"{points_words(result.points)} of {points_words(result.max_points)} points"
