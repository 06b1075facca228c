"""report.html for who teaches, and a page of feedback for each student: one file each, nothing loaded from elsewhere.

Names, calls and messages are a student's choice, so they are hostile. In HTML the templates escape them; in the
embedded data nothing can end the script, and the page's own script only ever sets them as text. The
Content-Security-Policy allows that one script, by its digest, and no other source at all.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from autograder.checks.results import UnitResult, is_hidden
from autograder.course.units import Course, Unit
from autograder.files import write_whole
from autograder.reports.class_record import NAME_CHARS, TEXT_CHARS, ClassRecord, RunOfClass, clean
from autograder.reports.names import Names
from autograder.reports.numbers import CheckTally, Histogram, Spread
from autograder.reports.wording import STATUS_WORDS, change_words, decision_words, failures, late_words, tell
from autograder.version import __version__
from autograder.words import check_words, points_words

MISTAKES = 50

# What a cell of the heat map says where there are no points to show.
CELL_WORDS = {
    "carried": "0",
    "not written": "todo",
    "missing": "-",
    "not loaded": "load",
    "unreadable": "read",
    "error": "err",
    "timeout": "time",
    "crash": "crash",
    "not run": "n/r",
    "excused": "exc",
    "broken": "!!",
    "out of memory": "mem",
    "no checks": "n/a",
}


def write_report(run: RunOfClass, path: Path, show_hidden: bool = True) -> None:
    """Write the class report. `run.results` is read once, a student at a time.

    Args:
        run: the run; its results are ordered by student.
        path: the file, written whole or not at all.
        show_hidden: False leaves out the calls and values of hidden checks.
    """
    write_report_of(run, ClassRecord.of(run, show_hidden), path)


def write_report_of(run: RunOfClass, record: ClassRecord, path: Path) -> None:
    """Write the class report of what has been gathered of a run already."""
    theme, script = _source("theme.js"), _source("report.js")
    names = record.names()
    mistakes = sorted(record.mistakes.items(), key=lambda item: -len(item[1]))[:MISTAKES]
    most = sum(unit.total for unit in record.units)
    page = _environment().get_template("report.html").render(
        **_frame(theme + script),
        course=run.course,
        run=run,
        when=_when(run),
        record=record,
        names=[names.shown[student.name] for student in record.students],
        most=most,
        totals=Spread.of(record.totals),
        histogram=Histogram.of(record.totals, most),
        letters=_letters(record),
        units=_unit_rows(record),
        checks=_check_rows(record),
        mistakes=mistakes,
        causes=_causes(record),
        cell_words=CELL_WORDS,
        decisions=[(number, unit, each, change_words(each), clean(each.why)) for number, unit, each in record.decisions],
        data=packed(_data(record, names, [students for _, students in mistakes])),
    )  # fmt: skip
    write_whole(path, page)


def _letters(record: ClassRecord) -> list[tuple[str, int]]:
    """How many students reached each letter, the best first; empty where the course has none."""
    bounds = record.course.totals.letters
    order = sorted(bounds, key=lambda letter: bounds[letter], reverse=True)
    below = [("none", record.letters[""])] if bounds and record.letters[""] else []
    return [(letter, record.letters[letter]) for letter in order] + below


def write_feedback_html(
    course: Course, student: str, results: Sequence[UnitResult], path: Path, show_hidden: bool = True
) -> None:
    """Write one student's page to hand out: what passed, what did not, why, the hint. Nothing of the class is in it."""
    units = [_unit_feedback(course.unit(result.unit), result, show_hidden) for result in results]
    page = _environment().get_template("feedback.html").render(
        **_frame(_source("theme.js")),
        course=course,
        student=clean(student, NAME_CHARS),
        points=round(sum(result.points for result in results), 4),
        most=sum(result.max_points for result in results),
        units=units,
        first=_what_failed(units),
    )  # fmt: skip
    write_whole(path, page)


def packed(data: Any) -> str:
    """Data for the page's script, compressed: the same words stand there many times. In base64 nothing can be markup."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode("ascii")


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("autograder.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["points"] = points_words
    environment.globals["status_words"] = STATUS_WORDS
    return environment


@functools.cache
def _source(name: str) -> str:
    text = resources.files("autograder.reports").joinpath("templates", name).read_text(encoding="utf-8")
    return text.replace("\r\n", "\n")


@functools.cache
def _frame(script: str) -> dict[str, Any]:
    """What both pages begin with: style, script, and the policy that allows just this script."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; img-src data:"
    return {
        "policy": f"{policy}; base-uri 'none'; form-action 'none'",
        "style": Markup(_source("style.css")),
        "script": Markup(script),
        "version": __version__,
    }


def _when(run: RunOfClass) -> str:
    """Start and duration in words; as they are noted where that is no time."""
    try:
        started = datetime.fromisoformat(run.started)
        seconds = round((datetime.fromisoformat(run.finished) - started).total_seconds())
    except (TypeError, ValueError):
        return f"{run.started} to {run.finished}" if run.finished else run.started
    hours, minutes = seconds // 3600, seconds // 60 % 60
    taken = f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds % 60} s" if minutes else f"{seconds} s"
    return f"{started:%Y-%m-%d %H:%M} {started.tzname() or ''} in {taken}".replace("  ", " ")


@dataclass(frozen=True)
class UnitRow:
    """A unit in the overview."""

    unit: Unit
    counts: dict[str, int]
    spread: Spread | None


def _unit_rows(record: ClassRecord) -> list[UnitRow]:
    return [
        UnitRow(unit, dict(counts), Spread.of(points))
        for unit, counts, points in zip(record.units, record.unit_statuses, record.unit_points, strict=True)
    ]


@dataclass(frozen=True)
class CheckRow:
    """A check in the table of checks."""

    words: str
    hidden: bool
    exercise: str
    tally: CheckTally


def _check_rows(record: ClassRecord) -> list[tuple[Unit, list[CheckRow]]]:
    """The checks of each unit, in the order of its exercises."""
    rows: dict[str, list[tuple[int, CheckRow]]] = {unit.id: [] for unit in record.units}
    for (unit, check), (number, tally) in record.checks.items():
        exercise = record.exercises[number][1]
        rows[unit].append((number, CheckRow(check_words(check, exercise), is_hidden(check), exercise, tally)))
    return [(unit, [row for _, row in sorted(rows[unit.id], key=lambda each: each[0])]) for unit in record.units]


@dataclass(frozen=True)
class Cause:
    """An exercise whose failure others rested on."""

    unit: Unit
    exercise: str
    students: list[int]
    carried: list[tuple[str, int]]  # exercises that were right apart from it, and of how many students


def _causes(record: ClassRecord) -> list[Cause]:
    """Those of most students first."""
    found = []
    for unit in record.units:
        for exercise in unit.points:
            if of_students := record.causes.get((unit.id, exercise)):
                counts = Counter(name for names in of_students.values() for name in names)
                carried = [(name, counts[name]) for name in unit.points if name in counts]
                found.append(Cause(unit, exercise, list(of_students), carried))
    return sorted(found, key=lambda cause: -len(cause.students))


def _data(record: ClassRecord, names: Names, mistakes: list[list[int]]) -> dict[str, Any]:
    """What the page's script needs, as lists of numbers into tables."""
    units, first = [], 0
    for unit in record.units:
        units.append([unit.id, unit.title, unit.module, unit.total, first, len(unit.points)])
        first += len(unit.points)
    return {
        "units": units,
        "exercises": [[name, unit.points[name]] for unit, name in record.exercises],
        "states": [list(states) for states in record.states],
        "statuses": [[each, STATUS_WORDS.get(each, each), CELL_WORDS.get(each, "")] for each in record.statuses],
        "checks": list(record.check_numbers),
        "failures": list(record.failures),
        "texts": record.texts.table(),
        "students": [
            [names.shown[s.name], names.file[s.name], s.points, s.cells, s.odd, s.failures] for s in record.students
        ],
        "mistakes": mistakes,
    }


def _unit_feedback(unit: Unit, result: UnitResult, show_hidden: bool) -> dict[str, Any]:
    exercises = []
    for each in result.exercises if result.status == "graded" else ():
        checks = failures(result, each)
        hints = dict.fromkeys(clean(check.hint, 2 * TEXT_CHARS) for check in checks if check.hint)
        shown = [(each.words, each.outcome, clean(each.text, 5 * TEXT_CHARS)) for each in tell(checks, show_hidden)]
        exercises.append((each, list(hints), shown))
    return {
        "unit": unit,
        "result": result,
        "late": late_words(result) if result.late_days else "",
        "decisions": [clean(decision_words(each), 5 * TEXT_CHARS) for each in result.decisions],
        "exercises": exercises,
        "message": clean(result.message, 5 * TEXT_CHARS),
    }


def _what_failed(units: Sequence[dict[str, Any]]) -> list[tuple[str, list[tuple[str, str, float, str, str]]]]:
    """By unit, what points were lost on: where it is told at length, its name, how many, what it came to, the first hint.

    What nobody has begun yet is no failure.
    """
    found = []
    for each in units:
        unit, result = each["unit"], each["result"]
        if result.status not in ("graded", "missing"):
            words = STATUS_WORDS.get(result.told_as, result.told_as)
            found.append((unit.title, [(unit.id, unit.module, result.max_points, words, "")]))
        lost = [
            (
                f"{unit.id}.{one.exercise}",
                one.exercise,
                one.max_points - one.points,
                STATUS_WORDS.get(one.status, one.status),
                (hints or [""])[0],
            )
            for one, hints, checks in each["exercises"]
            if checks and one.points < one.max_points
        ]
        if lost:
            found.append((unit.title, lost))
    return found
