"""Results in the forms that other systems take.

canvas        one CSV for Gradebook > Import: a column for each unit, a row of points possible
moodle        one CSV for Grades > Import: a grade and a feedback column for each unit
gradescope    a file results.json for each student and unit
classroom50   result.json for each student and unit (schema classroom50/result/v1)
nbgrader      scores and comments in a gradebook; manual scores and comments stay
"""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from autograder.checks.results import CheckResult, ExerciseResult, Outcome, UnitResult
from autograder.course.units import Course, Unit
from autograder.files import write_whole
from autograder.intake.roster import Person
from autograder.reports.gradebook import declare, quiet, record
from autograder.reports.lines import NAME, Results
from autograder.reports.names import Names
from autograder.reports.wording import STATUS_WORDS, decision_words
from autograder.words import check_words, csv_row, kept_name, points_words

CENTS = 100  # classroom50 takes whole numbers: points are given there in hundredths


class ExportError(Exception):
    """The target cannot be written; says which, and the way out."""


def to_canvas(course: Course, units: Sequence[Unit], results: Results, output: Path) -> Path:
    """Canvas' gradebook import: Student, ID, SIS User ID, SIS Login ID, Section, then the assignments.

    Canvas matches on the ID that it put into the names of its download's files; of students who came another way what the
    roster says stands in the SIS columns, or else the name in SIS Login ID. EX is Canvas' word for excused.
    """
    ids, roster = _ids(results, "canvas"), _roster(results)
    with output.open("w", newline="", encoding="utf-8", errors="backslashreplace") as file:
        writer = csv.writer(file)
        names = [f"{unit.title} ({unit.id})" for unit in units]
        writer.writerow(csv_row("Student", "ID", "SIS User ID", "SIS Login ID", "Section", *names))
        writer.writerow(csv_row("    Points Possible", "", "", "", "", *(points_words(unit.total) for unit in units)))
        called = _names(results).shown
        for student, mine in results.students():
            points = {result.unit: "EX" if result.excused else points_words(result.points) for result in mine}
            name, person = called[student], roster.get(student, Person())
            login = person.email or ("" if student in ids or person.id else name)
            cells = (points.get(unit.id, "") for unit in units)
            writer.writerow(csv_row(name, ids.get(student, ""), person.id, login, person.section, *cells))
    return output


def to_moodle(course: Course, units: Sequence[Unit], results: Results, output: Path) -> Path:
    """Moodle's grade import: map "Username" to the user, the others to grade items and their feedback.

    Where the files came from Moodle, "Identifier" names the participant as an assignment's grading worksheet does. With a
    roster there are "ID number" and "Email address", too. What is excused has no grade.
    """
    ids, roster = _ids(results, "moodle"), _roster(results)
    with output.open("w", newline="", encoding="utf-8", errors="backslashreplace") as file:
        writer = csv.writer(file)
        columns = [column for unit in units for column in (unit.title, f"{unit.title} feedback")]
        writer.writerow(
            csv_row(
                "Username",
                *(["Identifier"] if ids else []),
                *(["ID number", "Email address"] if roster else []),
                *columns,
            )
        )
        called = _names(results).shown
        for student, mine in results.students():
            by_unit = {result.unit: result for result in mine}
            row = [called[student]]
            if ids:
                row.append(f"Participant {ids[student]}" if student in ids else "")
            if roster:
                person = roster.get(student, Person())
                row += [person.id, person.email]
            for unit in units:
                result = by_unit.get(unit.id)
                points = "" if result is None or result.excused else points_words(result.points)
                row += [points, comment(result) if result else ""]
            writer.writerow(csv_row(*row))
    return output


def to_gradescope(course: Course, units: Sequence[Unit], results: Results, output: Path) -> Path:
    """results.json as Gradescope's autograder specification has it: an entry under `tests` for each exercise."""
    files = _names(results).file
    for result in _counting(results):
        tests = [
            {
                "name": each.exercise,
                "score": round(each.points, 2),
                "max_score": each.max_points,
                "status": "passed" if each.points >= each.max_points else "failed",
                "output": _text(result, each),
                "visibility": "visible",
            }
            for each in result.exercises
        ]
        record = {
            "score": round(result.points, 2),
            "output": "\n".join([*filter(None, [result.message]), *map(decision_words, result.decisions)]),
            "execution_time": result.seconds,
            "visibility": "visible",
            "tests": tests,
        }
        _write_json(output / files[result.student] / result.unit / "results.json", record)
    return output


def to_classroom50(course: Course, units: Sequence[Unit], results: Results, output: Path) -> Path:
    """result.json of schema classroom50/result/v1: hyphenated keys, whole-numbered scores (hundredths of a point)."""
    finished = results.head()["finished"] or datetime.now(UTC).isoformat(timespec="seconds")
    files = _names(results).file
    for result in _counting(results):
        tests: list[dict[str, Any]] = [
            {
                "test-name": each.exercise,
                "passed": each.points >= each.max_points,
                "score": round(CENTS * each.points),
                "max-score": round(CENTS * each.max_points),
            }
            for each in result.exercises
        ]
        submission = f"submit/{files[result.student]}"
        record = {
            "schema": "classroom50/result/v1",
            "classroom": course.title,
            "assignment": result.unit,
            "submission": submission,
            "commit": submission,
            "release": submission,
            "review": submission,
            "datetime": finished,
            "score": sum(test["score"] for test in tests) + round(CENTS * result.adjustment),
            "max-score": sum(test["max-score"] for test in tests),
            "tests": tests,
        }
        _write_json(output / files[result.student] / result.unit / "result.json", record)
    return output


def to_nbgrader(course: Course, units: Sequence[Unit], results: Results, output: Path) -> Path:
    """Scores into an nbgrader gradebook (`output`, a SQLite file): again and again with the same outcome.

    Each unit is an assignment ("02_activations") of one notebook ("activations"), each exercise a grade cell
    ("activations-softmax"): what `nbgrader generate_assignment` makes of the lesson, and what `nbgrader autograde` fills
    with the same scores and comments. Manual scores, extra credit and manual comments in the gradebook stay. Points that were
    decided are in the cells' scores, those of a unit as a whole by what each is worth; what is excused is left out.
    """
    try:
        from nbgrader.api import Gradebook
    except ModuleNotFoundError:
        raise ExportError("nbgrader is missing: pip install 'deep-learning-by-hand[jupyter]'") from None
    quiet()
    # nbgrader calls its database tool by name, which is beside Python and not always on the path.
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    with Gradebook(f"sqlite:///{output.absolute()}") as book:
        for unit in units:
            declare(book, unit)
        known = {unit.id: unit for unit in units}
        roster = _roster(results)
        for result in _counting(results):
            if result.unit in known and (result.status != "missing" or result.adjusted):
                student, person = kept_name(result.student), roster.get(result.student, Person())
                known_as = (
                    {"email": person.email or None, "lms_user_id": person.id or None} if person != Person() else {}
                )
                book.update_or_create_student(student, **known_as)
                submission = book.update_or_create_submission(known[result.unit].folder, student)
                record(next(each for each in submission.notebooks if each.name == result.unit), result)
                book.db.commit()
    return output


def _ids(results: Results, platform: str) -> dict[str, str]:
    """What the platform calls the students that came from it."""
    ids: dict[str, str] = results.head().get("ids", {})
    found = {student: called.partition(" ") for student, called in ids.items()}
    return {student: number for student, (kind, _, number) in found.items() if kind == platform}


def without_id(folder: Path, platform: str) -> list[str]:
    """Students whom the platform did not name, where it named others."""
    results = Results(folder / NAME)
    ids = _ids(results, platform)
    return [student for student, _ in results.students() if student not in ids] if ids else []


def _roster(results: Results) -> dict[str, Person]:
    """What the roster says of the students."""
    return {student: Person(**known) for student, known in results.head().get("roster", {}).items()}


def _counting(results: Results) -> Iterator[UnitResult]:
    """The results that count: what is excused has no score, and these systems no word for that."""
    return (result for result in results if not result.excused)


def _names(results: Results) -> Names:
    """What the students are called in what is written."""
    return Names(result.student for result in results)


def comment(result: UnitResult) -> str:
    """One paragraph on a unit: what is missing, and the hints."""
    parts = [decision_words(each) for each in result.decisions]
    if result.status != "graded":
        return " ".join([*parts, result.message or result.status])
    for each in result.exercises:
        if each.points < each.max_points or each.status == Outcome.CARRIED:
            lost = f"{each.exercise}: {points_words(each.points)} of {points_words(each.max_points)}"
            parts.append(f"{lost}. {each.hint}" if each.hint else f"{lost} ({each.status}).")
    if result.late_days:
        parts.append(f"{result.late_days} days late.")
    words = " ".join(parts) or "All checks passed."
    return f"{result.message} {words}" if result.message else words


def _text(result: UnitResult, exercise: ExerciseResult) -> str:
    """What is to be said of one exercise: the hint, each check that failed, how many did not run."""
    failed = [check for check in result.checks if check.exercise == exercise.exercise]
    lines = [*dict.fromkeys(f"Hint: {check.hint}" for check in failed if check.hint), *map(_line, failed)]
    if exercise.status == Outcome.NOT_WRITTEN:
        lines.append(STATUS_WORDS[exercise.status])
    elif others := exercise.checks_total - exercise.checks_passed - len(failed):
        lines.append(f"not run, because they rest on others or the time was used up: {others}")
    return "\n".join(lines) or (result.message if result.status != "graded" else "")


def _line(check: CheckResult) -> str:
    details = "\n".join(f"    {line}" for line in f"{check.call}\n{check.message}".strip().splitlines())
    return f"{check_words(check.check, check.exercise)}: {check.outcome}" + (f"\n{details}" if details else "")


def _write_json(path: Path, record: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(record, indent=1, ensure_ascii=True) + "\n")


FORMATS = {
    "canvas": (to_canvas, "canvas.csv"),
    "moodle": (to_moodle, "moodle.csv"),
    "gradescope": (to_gradescope, "gradescope"),
    "classroom50": (to_classroom50, "classroom50"),
    "nbgrader": (to_nbgrader, "gradebook.db"),
}


def export(course: Course, units: Sequence[Unit], folder: Path, form: str, output: Path | None = None) -> Path:
    """Write the results in `folder` (the --output of `autograder grade`) in one of FORMATS; returns where.

    Raises:
        ResultsError: no results there, or another version's.
        ExportError: nothing can be written.
    """
    function, name = FORMATS[form]
    target = output or folder / name
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        return function(course, units, Results(folder / NAME), target)
    except OSError as error:
        raise ExportError(f"{target} cannot be written: {error}") from None
