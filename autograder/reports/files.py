"""What a run leaves behind: grades.csv, results.json and a page of feedback for each student.

Everything in here that a student chose (names, messages, values) is hostile until it is escaped.
"""

from __future__ import annotations

import csv
import hashlib
import itertools
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from autograder.checks.results import CheckResult, ExerciseResult, Outcome, UnitResult
from autograder.course.units import Course
from autograder.files import write_whole
from autograder.grading.run import Run
from autograder.reports.html import write_feedback_html, write_report
from autograder.reports.wording import STATUS_WORDS, is_shown
from autograder.version import __version__
from autograder.words import check_words, fenced, inline, safe_cell, safe_name

COLUMNS = [
    "student", "unit", "exercise", "points", "max_points", "checks_passed", "checks_total", "late_days", "status",
    "hint",
]  # fmt: skip


def write_reports(run: Run, output: Path) -> None:
    """Write all of a run's files into `output`, each whole or not at all. Results are read a few at a time.

    Files that were made of the same results are left as they are.
    """
    output.mkdir(parents=True, exist_ok=True)
    stamp, content = output / ".written", _stamp(run)
    if stamp.is_file() and stamp.read_text(encoding="ascii") == content and (output / "grades.csv").is_file():
        return
    stamp.unlink(missing_ok=True)
    write_grades(run.results, output / "grades.csv")
    write_results(run, output / "results.json")
    folder = output / "feedback"
    folder.mkdir(exist_ok=True)
    for student, grouped in itertools.groupby(run.results, key=lambda result: result.student):
        results, name = list(grouped), safe_name(student)
        write_whole(folder / f"{name}.md", feedback(run.course, student, results))
        write_feedback_html(run.course, student, results, folder / f"{name}.html", run.course.show_hidden_inputs)
    write_report(run, output / "report.html", run.course.show_hidden_inputs)
    write_whole(stamp, content)


def _stamp(run: Run) -> str:
    """Names what the files are made of: the results, and what lateness makes of them."""
    days = [[result.late_days, result.points] for result in run.results] if run.late else []
    return hashlib.sha256(json.dumps([run.digests, days]).encode()).hexdigest()


def write_results(run: Run, path: Path) -> None:
    """results.json: the run, and every result with its checks, a line each."""
    head = {
        "course": run.course.title,
        "version": __version__,
        "seed": run.seed,
        "started": run.started,
        "finished": run.finished,
    }
    draft = path.with_name(path.name + ".part")
    with draft.open("w", encoding="ascii") as file:
        file.write(json.dumps(head, ensure_ascii=True)[:-1] + ', "results": [')
        for number, result in enumerate(run.results):
            file.write((",\n" if number else "\n") + json.dumps(result.to_dict(), ensure_ascii=True))
        file.write("\n]}\n")
    draft.replace(path)


def write_grades(results: Iterable[UnitResult], path: Path) -> None:
    """grades.csv: one row for each student, unit and exercise."""
    draft = path.with_name(path.name + ".part")
    with draft.open("w", newline="", encoding="utf-8", errors="backslashreplace") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for result in results:
            for each in result.exercises:
                status = each.status if result.status == "graded" else result.status
                writer.writerow([
                    safe_cell(result.student), result.unit, each.exercise, f"{each.points:g}", f"{each.max_points:g}",
                    each.checks_passed, each.checks_total, result.late_days, status, safe_cell(each.hint),
                ])  # fmt: skip
    draft.replace(path)


def feedback(course: Course, student: str, results: Sequence[UnitResult]) -> str:
    """One student's page in Markdown: what passed, what did not, why, and the hint."""
    points, worth = sum(r.points for r in results), sum(r.max_points for r in results)
    lines = [f"# Feedback for {inline(student)}", "", f"**{points:g} of {worth:g} points** in {course.title}.", ""]
    for result in results:
        lines += _unit(course, result)
    return "\n".join(lines).rstrip() + "\n"


def _unit(course: Course, result: UnitResult) -> list[str]:
    unit = course.unit(result.unit)
    lines = [f"## {unit.title}: {result.points:g} of {result.max_points:g}", ""]
    if result.late_days:
        days = "1 day" if result.late_days == 1 else f"{result.late_days} days"
        raw = sum(each.raw_points for each in result.exercises)
        lines += [f"{days} late: of {raw:g} points, {result.points:g} count.", ""]
    if result.status != "graded":
        words = STATUS_WORDS.get(result.status, result.status)
        lines += [f"`{unit.module}`: {words}.", "", *fenced(result.message), ""]
        return lines
    lines += ["| exercise | points | checks passed | |", "| --- | --- | --- | --- |"]
    for each in result.exercises:
        lines.append(
            f"| `{each.exercise}` | {each.points:g} / {each.max_points:g} | {each.checks_passed} / {each.checks_total} "
            f"| {STATUS_WORDS.get(each.status, each.status)} |"
        )
    lines.append("")
    for each in result.exercises:
        failed = [c for c in result.checks if c.exercise == each.exercise and c.outcome != Outcome.PASSED]
        if failed and each.status != Outcome.NOT_WRITTEN:
            lines += _exercise(each, failed, course.show_hidden_inputs)
    return lines


def _exercise(exercise: ExerciseResult, failed: Sequence[CheckResult], show_hidden: bool) -> list[str]:
    lines = [f"### {exercise.exercise}: {exercise.points:g} of {exercise.max_points:g}", ""]
    for hint in dict.fromkeys(check.hint for check in failed if check.hint):
        lines += [f"**Hint.** {hint}", ""]
    shown: set[str] = set()
    for check in failed:
        text = "\n".join(part for part in (check.call, check.message) if part)
        lines.append(f"- {check_words(check.check)}: {check.outcome}")
        telling = check.outcome != Outcome.SKIPPED and is_shown(check, show_hidden)
        if text and telling and check.message not in shown:
            shown.add(check.message)
            lines += ["", *(f"  {line}" for line in fenced(text)), ""]
    lines.append("")
    return lines
