"""What a run leaves behind: grades.csv, results.jsonl, the class report and a page of feedback for each student.

Everything in here that a student chose (names, messages, values) is hostile until it is escaped.
"""

from __future__ import annotations

import csv
import hashlib
import itertools
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from autograder.checks.results import EXCUSED, CheckResult, ExerciseResult, UnitResult
from autograder.course.units import Course
from autograder.files import drafted, write_whole
from autograder.grading.run import Run
from autograder.intake.roster import Person
from autograder.reports.class_record import ClassRecord
from autograder.reports.html import write_feedback_html, write_report_of
from autograder.reports.lines import EARLIER, NAME, head_line, is_earlier, result_line
from autograder.reports.names import Names
from autograder.reports.totals import COLUMNS as TOTALS_COLUMNS
from autograder.reports.totals import total_row
from autograder.reports.wording import STATUS_WORDS, decision_words, failures, late_words, tell
from autograder.words import csv_row, fenced, inline, kept_name, name_of, number, points_words, safe_name

COLUMNS = [
    "student", "unit", "exercise", "points", "max_points", "checks_passed", "checks_total", "late_days", "status",
    "hint", "adjustment", "excused", "decisions",
]  # fmt: skip
LAYOUT = 4  # of all these files: where it is another, they are written anew


def write_reports(run: Run, output: Path) -> list[str]:
    """Write all of a run's files into `output`, each whole or not at all. Results are read once, a few at a time.

    Files that were made of the same results are left as they are, and so is each student's page.

    Returns:
        What there is to say of names that had to be kept apart, and of files that an earlier version left there.
    """
    output.mkdir(parents=True, exist_ok=True)
    names = Names(run.students)
    notes = names.notes() + _remove_earlier(output)
    stamp = output / ".written"
    before, marks = _read_stamp(stamp), _marks(run, names)
    content = {
        "all": _digest(run.course.model_dump_json(exclude={"root"}), sorted(run.roster.items()), marks),
        "pages": marks,
    }
    made = [output / "grades.csv", output / "totals.csv", output / NAME, output / "report.html"]
    if before == content and all(path.is_file() for path in made):
        return notes
    stamp.unlink(missing_ok=True)
    folder = output / "feedback"
    folder.mkdir(exist_ok=True)
    course, show_hidden = run.course, run.course.show_hidden_inputs
    worth = {unit.id: unit.points for unit in course.units}
    record = ClassRecord(course, run.units, show_hidden)
    for student in itertools.chain.from_iterable(names.same_file):  # of an earlier run: whose it was, nobody can tell
        for ending in ("md", "html"):
            (folder / f"{safe_name(student)}.{ending}").unlink(missing_ok=True)
    with (
        drafted(output / "grades.csv", newline="") as grades,
        drafted(output / "totals.csv", newline="") as totals,
        drafted(output / NAME) as lines,
    ):
        writer, totals_writer = csv.writer(grades), csv.writer(totals)
        writer.writerow(csv_row(*COLUMNS))
        totals_writer.writerow(csv_row(*TOTALS_COLUMNS))
        lines.write(head_line(run))
        for student, grouped in itertools.groupby(run.results, key=lambda result: result.student):
            results, name = list(grouped), names.file[student]
            for result in results:
                writer.writerows(grade_rows(result, names.shown[student]))
                lines.write(result_line(result, worth[result.unit], run.seed))
            person = run.roster.get(student, Person())
            totals_writer.writerow(total_row(course, results, names.shown[student], person))
            pages = [folder / f"{name}.md", folder / f"{name}.html"]
            if before.get("pages", {}).get(name) != marks[name] or not all(page.is_file() for page in pages):
                write_whole(pages[0], feedback(course, names.shown[student], results))
                write_feedback_html(course, names.shown[student], results, pages[1], show_hidden)
            record.add(student, results)
    write_report_of(run, record, output / "report.html")
    write_whole(stamp, json.dumps(content))
    return notes


def _remove_earlier(output: Path) -> list[str]:
    """A results.json of an earlier version would stand beside the new results with other grades in it."""
    path = output / EARLIER
    if not is_earlier(path):
        return []
    path.unlink()
    return [f"{path}, which an earlier version wrote, is removed: {NAME} takes its place"]


def _read_stamp(stamp: Path) -> dict[str, Any]:
    """What the files in the folder were made of; nothing where that is not known."""
    try:
        found = json.loads(stamp.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return {}
    return found if type(found) is dict and type(found.get("pages")) is dict else {}


def _marks(run: Run, names: Names) -> dict[str, str]:
    """By the name of each student's page, what it is made of: results, when they were graded, lateness, decisions, the course."""
    course = run.course.model_dump_json(exclude={"root"})
    made_of: dict[str, list[object]] = {student: [] for student in run.students}
    known = run.store.graded(run.digests)
    called = {name_of(kept_name(student)): student for student in run.students}  # too long a name is kept cut
    for digest in run.digests:
        if digest in known:
            student, graded = known[digest]
            made_of[called.get(student, student)].append((digest, graded))
    for what in (run.late, run.decisions):
        for (student, unit), each in what.items():
            if student in made_of:
                made_of[student].append((unit, each))
    return {names.file[who]: _digest(LAYOUT, course, names.shown[who], found) for who, found in made_of.items()}


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def grade_rows(result: UnitResult, student: str) -> Iterator[list[object]]:
    """The rows of grades.csv: one for each exercise, and one without an exercise for what is decided of the unit as a whole."""
    for each in result.exercises:
        excused = each.status == EXCUSED
        status = each.status if result.status == "graded" or excused else result.status
        yield csv_row(
            student, result.unit, each.exercise, points_words(each.points), points_words(each.max_points),
            each.checks_passed, each.checks_total, result.late_days, status, each.hint,
            number(round(each.adjustment, 2)), "yes" if excused else "", _decisions(result, each.exercise),
        )  # fmt: skip
    if words := _decisions(result, ""):
        status = EXCUSED if result.excused else "adjusted" if result.adjustment else "comment"
        yield csv_row(
            student, result.unit, "", number(round(result.adjustment, 2)), "0", 0, 0, result.late_days, status, "",
            number(round(result.adjustment, 2)), "yes" if result.excused else "", words,
        )  # fmt: skip


def _decisions(result: UnitResult, exercise: str) -> str:
    return "; ".join(decision_words(each) for each in result.decisions if each.exercise == exercise)


def feedback(course: Course, student: str, results: Sequence[UnitResult]) -> str:
    """One student's page in Markdown: what passed, what did not, why, and the hint."""
    points, worth = sum(r.points for r in results), sum(r.max_points for r in results)
    total = f"**{points_words(points)} of {points_words(worth)} points** in {course.title}."
    lines = [f"# Feedback for {inline(student)}", "", total, ""]
    for result in results:
        lines += _unit(course, result)
    return "\n".join(lines).rstrip() + "\n"


def _unit(course: Course, result: UnitResult) -> list[str]:
    unit = course.unit(result.unit)
    lines = [f"## {unit.title}: {points_words(result.points)} of {points_words(result.max_points)}", ""]
    if result.late_days:
        lines += [late_words(result), ""]
    for decision in result.decisions:
        lines += [f"> {inline(decision_words(decision))}", ""]
    if result.status != "graded":
        words = STATUS_WORDS.get(result.told_as, result.told_as)
        lines += [f"`{unit.module}`: {words}.", "", *fenced(result.message), ""]
        return lines
    if result.message:
        lines += [inline(result.message), ""]
    lines += ["| exercise | points | checks passed | |", "| --- | --- | --- | --- |"]
    for each in result.exercises:
        lines.append(
            f"| `{each.exercise}` | {points_words(each.points)} / {points_words(each.max_points)} "
            f"| {each.checks_passed} / {each.checks_total} "
            f"| {STATUS_WORDS.get(each.status, each.status)} |"
        )
    lines.append("")
    for each in result.exercises:
        if checks := failures(result, each):
            lines += _exercise(each, checks, course.show_hidden_inputs)
    return lines


def _exercise(exercise: ExerciseResult, checks: Sequence[CheckResult], show_hidden: bool) -> list[str]:
    points, worth = points_words(exercise.points), points_words(exercise.max_points)
    lines = [f"### {exercise.exercise}: {points} of {worth}", ""]
    for hint in dict.fromkeys(check.hint for check in checks if check.hint):
        lines += [f"**Hint.** {hint}", ""]
    for told in tell(checks, show_hidden):
        lines.append(f"- {told.words}: {told.outcome}")
        if told.text:
            lines += ["", *(f"  {line}" for line in fenced(told.text)), ""]
    lines.append("")
    return lines
