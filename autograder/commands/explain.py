"""The instructor's answer to an appeal: one check of one student, asked again in the sandbox."""

from __future__ import annotations

import difflib
import shlex
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autograder.commands.instructor import CourseOption, desk_of, open_course, open_store
from autograder.commands.terminal import columns, fail, paint, shown
from autograder.words import check_words, one_line, printable

if TYPE_CHECKING:
    from autograder.checks.results import CheckResult, UnitResult
    from autograder.course.units import Course, Unit
    from autograder.grading.run import Run
    from autograder.intake.submissions import Submission

LABEL = 10  # columns before what is said
VALUES = 200  # of an array that are shown
COPIES = "explain"  # in the results' folder: modules that came in an archive


def explain(
    student: Annotated[str, typer.Argument(help="The student, as in grades.csv.")],
    unit: Annotated[str, typer.Argument(help="The unit.")],
    check: Annotated[
        str,
        typer.Argument(help="The check, as feedback or results.jsonl calls it; or an exercise, for its first failure."),
    ],
    *,
    results: Annotated[Path, typer.Option("--results", help="The --output folder of a run of `autograder grade`.")],
    submissions: Annotated[
        Path | None, typer.Option("--submissions", help="What was graded, where it lies elsewhere now.")
    ] = None,
    database: Annotated[
        str | None, typer.Option("--database", help="The database, where grading was given one.")
    ] = None,
    course: CourseOption = None,
) -> None:
    """Ask a check once more, and show how to debug it.

    It tells the call, the student's value, the expected one and the seed.
    """
    from autograder.checks.session import CourseChecksError
    from autograder.course.units import CourseError
    from autograder.grading.generations import seed_of
    from autograder.grading.run import last_run, version_of
    from autograder.grading.store import StoreError
    from autograder.grading.worker import CheckSession
    from autograder.intake.submissions import SubmissionsError
    from autograder.reports.lookup import LookupFailed, find_student
    from autograder.sandbox.confine import ConfinementUnavailable
    from autograder.sandbox.proxy import SandboxBroken

    the_course, _ = open_course(course, None)
    with tempfile.TemporaryDirectory(prefix="autograder-") as scratch:
        try:
            the_unit = the_course.unit(unit)
            store = open_store(results, database)
            run = last_run(the_course, desk_of(store, results, database))
            name = find_student(student, run.students)
            result = _result_of(run, name, the_unit)
            told = _find(result, check)
            submission = _submission(
                the_course, the_unit, name, submissions, desk_of(store, results, database).source(), Path(scratch)
            )
            assert submission.module is not None
            if store.version(name, the_unit.id, result.generation) != version_of(submission.module):
                fail(
                    f"{submission.source}: what lies there is not what was graded as {one_line(name)}'s {the_unit.id}: "
                    "run `autograder grade` again first."
                )
            store.close()
            seed = seed_of(run.seed, result.generation)
            session = CheckSession(the_course, [the_unit], seed)
            try:
                asked = next((each for each in session.checks_of(the_unit) if each.id == told.check), None)
                if asked is None:
                    fail(f"{told.check} is no check of {the_unit.id} any more: run `autograder grade` again.")
                again, calls, expected = session.ask_both(
                    the_unit, submission.module, [submission.module.parent], asked
                )
            finally:
                session.close()
            path = _to_debug(submission, the_unit, name, run, results)
        except (
            CourseError, StoreError, LookupFailed, SubmissionsError, CourseChecksError, ConfinementUnavailable, SandboxBroken,
        ) as error:  # fmt: skip
            fail(error)
        except OSError as error:
            fail(f"the submission cannot be read: {error}")
    from autograder.checks.shown import show_call

    typer.echo(
        paint(f"{one_line(name)}, {the_unit.id}, {told.exercise}: {check_words(told.check, told.exercise)}", "1")
    )
    _say("check", told.check)
    _say("result", f"{told.outcome}" + (f"; now {again.outcome}" if again.outcome != told.outcome else ""))
    if calls:
        last = calls[-1]
        _say("call", show_call(last))
        _say("got", _value(last.result) if last.error is None else _raised(last.error))
        if len(calls) <= len(expected):
            answer = expected[len(calls) - 1]
            _say("expected", _value(answer.result) if answer.error is None else _raised(answer.error))
    _say("because", again.message)
    _say("seed", seed)
    if path is None:
        _say("debug", "the submission is a notebook: save its functions as a module first")
        return
    test = the_course.root / "solutions" / the_unit.folder / told.check
    command = ["pytest", shown(test), "--student", shown(path), "--seed", seed, "--pdb"]
    typer.echo(f"{'debug':<{LABEL}}{printable(shlex.join(command))}")
    _say("", "(this runs the student's code with all your rights: read it first)")


def _say(label: str, text: str) -> None:
    """What there is to say beside its label; further lines below."""
    import textwrap

    first, width = f"{label:<{LABEL}}", max(columns(), 40)
    for line in printable(text).expandtabs().splitlines():
        for part in textwrap.wrap(line, width - LABEL, break_on_hyphens=False) or [""]:
            typer.echo(first + part)
            first = " " * LABEL


def _value(value: object) -> str:
    """A value whole, as far as it can be read."""
    import numpy as np

    from autograder.checks.shown import describe, show

    if not isinstance(value, np.ndarray):
        return show(value, 2000)
    text = np.array2string(value, precision=8, separator=", ", threshold=VALUES, max_line_width=columns() - LABEL)
    return f"{text}\n{describe(value)}"


def _raised(error: BaseException) -> str:
    """An exception in words; of a student's, the name that it has there."""
    return f"raised {getattr(error, 'student_error', type(error).__name__)} {error}".strip()


def _result_of(run: Run, student: str, unit: Unit) -> UnitResult:
    found = {each.unit: each for each in run.of(student)}
    if unit.id not in found:
        fail(f"{one_line(student)} has no result for {unit.id}; graded are {', '.join(found)}.")
    result = found[unit.id]
    if result.status != "graded":
        words = f": {result.message}" if result.message else ""
        fail(f"no check of {unit.id} was asked of {one_line(student)}'s work, which is {result.status}{words}")
    return result


def _find(result: UnitResult, typed: str) -> CheckResult:
    """The check that is meant: by its id, with or without a file or class, by its words, or the first failure of an exercise."""
    from autograder.checks.results import Outcome

    of_exercise = [each for each in result.checks if each.exercise == typed]
    quiet = (Outcome.PASSED, Outcome.SKIPPED)
    if of_exercise:
        return next((each for each in of_exercise if each.outcome not in quiet), of_exercise[0])
    names = {each.check: _names(each) for each in result.checks}
    found = [each for each in result.checks if typed in names[each.check]]
    if len(found) == 1:
        return found[0]
    if found:
        fail(f"several checks are called {one_line(typed)!r}; which one: {_listed([each.check for each in found])}")
    known = {name: f"'{own[-1]}'" for own in names.values() for name in own}
    near = list(dict.fromkeys(known[name] for name in difflib.get_close_matches(typed, known, 3, cutoff=0.5)))
    exercises = list(dict.fromkeys(each.exercise for each in result.checks))
    words = (
        f"did you mean {_listed(near)}?"
        if near
        else f"name one as feedback does, or an exercise: {_listed(exercises)}."
    )
    fail(f"{result.unit} has no check {one_line(typed)!r}; {words}")


def _names(check: CheckResult) -> list[str]:
    rest = check.check.partition("::")[2]
    words = check_words(check.check, check.exercise)
    return [check.check, rest, rest.rpartition("::")[2], words, f"{check.exercise}: {words}"]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:6]) + (", ..." if len(names) > 6 else "")


def _submission(
    course: Course, unit: Unit, student: str, given: Path | None, graded: tuple[Path, int | None] | None, scratch: Path
) -> Submission:
    """The student's submission, found as it was for grading."""
    from dataclasses import replace

    from autograder.course.file import EXERCISES
    from autograder.intake.submissions import find_submissions

    if given is None and graded is None:
        fail("nothing says where the submissions lie: name them with --submissions.")
    known, students_at = graded or (Path(), None)
    root = given or known
    if not root.exists():
        fail(f"{root} is not there any more: name the submissions with --submissions.")
    found = find_submissions(root, course.units, scratch, course.root / EXERCISES, students_at).submissions
    mine = next((each for each in found if (each.student, each.unit) == (student, unit.id) and each.module), None)
    if mine is None:
        fail(f"{root} holds no {unit.id} of {one_line(student)}: name the submissions with --submissions.")
    return replace(mine, source=str(root / mine.source))


def _to_debug(submission: Submission, unit: Unit, student: str, run: Run, results: Path) -> Path | None:
    """A module that stays: where it was handed in, else a copy in the results' folder; None of a notebook."""
    from autograder.reports.names import Names

    assert submission.module is not None
    if submission.module.suffix != ".py":
        return None
    source = Path(submission.source)
    if source.name == unit.module and source.is_file() and not source.is_symlink():
        return source
    folder = results / COPIES / Names(run.students).file[student] / unit.folder
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(submission.module.parent, folder)
    return folder / submission.module.name
