"""What the terminal shows of a class that was graded, at a glance."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, median

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from autograder.grading.run import Run
from autograder.intake.late import Lateness
from autograder.intake.submissions import Found
from autograder.reports.names import Names
from autograder.reports.wording import STATUS_WORDS
from autograder.words import one_line, points_words

NAME_CHARS = 40  # of a student's name in a table
MAX_ROWS = 60  # students shown one by one; a larger class is shown by its units
BESIDE_UNITS = 34  # columns of the terminal for total and remark; a name and a unit take their own, and 3 more
TROUBLE = ("timeout", "crash", "not run")


@dataclass
class Summary:
    """What the terminal says of a class, gathered in one pass over its results."""

    students: dict[str, dict[str, tuple[str, float]]] = field(default_factory=dict)  # unit -> status, points
    remarks: dict[str, dict[str, list[str]]] = field(default_factory=dict)  # what there is to say -> in which units
    statuses: Counter[str] = field(default_factory=Counter)
    mistakes: Counter[tuple[str, str, str]] = field(default_factory=Counter)  # unit, exercise, hint

    @classmethod
    def of(cls, run: Run) -> Summary:
        summary = cls()
        for result in run.results:
            summary.students.setdefault(result.student, {})[result.unit] = (result.status, result.points)
            summary.statuses[result.status] += 1
            remarks = summary.remarks.setdefault(result.student, {})
            ended = {str(check.outcome) for check in result.checks}
            words = [word for word in TROUBLE if word in ended]
            if result.status not in ("graded", "missing"):
                words.append(STATUS_WORDS.get(result.told_as, result.told_as))
            for word in words:
                remarks.setdefault(word, []).append(result.unit)
            summary.mistakes.update({(result.unit, c.exercise, c.hint) for c in result.checks if c.hint})
        return summary

    def remark(self, student: str) -> str:
        """What went wrong apart from wrong answers, in a line."""
        return ", ".join(
            f"{units[0] if len(units) == 1 else f'{len(units)} units'} {word}"
            for word, units in self.remarks[student].items()
        )[:60]

    def total(self, student: str) -> float:
        return sum(points for _, points in self.students[student].values())

    def points(self, unit: str) -> list[float]:
        return [units[unit][1] for units in self.students.values() if unit in units]

    def totals(self) -> list[float]:
        return [self.total(student) for student in self.students]


def print_class(run: Run, summary: Summary, output: Path) -> None:
    """The class table, the commonest mistakes, and where the files lie."""
    console = Console(emoji=False)  # a student may be called :x:
    shown = {student: escape(name) for student, name in Names(summary.students, NAME_CHARS).shown.items()}
    for table in _tables(run, summary, shown, console.width):
        console.print(table)
    if summary.mistakes:
        console.print("Commonest mistakes:", highlight=False)
        for (unit, exercise, hint), count in summary.mistakes.most_common(5):
            line = f"{count:>6}  {unit}:{exercise}  {hint}"
            for part in textwrap.wrap(line, console.width, subsequent_indent=" " * 8):
                console.print(escape(part), highlight=False, soft_wrap=True)
    if run.kept:
        graded = len(summary.students) - run.kept
        console.print(f"{graded} graded, {run.kept} kept as they were (--fresh starts anew).", highlight=False)
    if run.reused:
        console.print(f"{run.reused} results were still valid and not graded again.", highlight=False)
    for words in (
        f"grades:   {output / 'grades.csv'}",
        f"totals:   {output / 'totals.csv'}",
        f"report:   {output / 'report.html'}",
        f"feedback: {output / 'feedback'}/ (a page for each student)",
        f"results:  {output / 'results.jsonl'} (seed {run.seed})",
    ):
        console.print(escape(words), highlight=False, soft_wrap=True)


def _tables(run: Run, summary: Summary, shown: Mapping[str, str], width: int) -> list[Table]:
    """Students and units in one table where it fits into the terminal, else one after the other, or units alone."""
    if len(summary.students) > MAX_ROWS:
        return [_units(run, summary)]
    names = max(map(len, shown.values()), default=0)
    if BESIDE_UNITS + names + sum(max(len(unit.id), 5) + 3 for unit in run.units) > width:
        return [_totals(run, summary, shown), _units(run, summary)]
    return [_students(run, summary, shown)]


def _students(run: Run, summary: Summary, shown: Mapping[str, str]) -> Table:
    table = Table(title=run.course.title)
    table.add_column("student")
    for unit in run.units:
        table.add_column(unit.id, justify="right")
    table.add_column("points", justify="right")
    table.add_column("")
    for student, units in summary.students.items():
        found = (units.get(unit.id, ("missing", 0.0)) for unit in run.units)
        cells = [points_words(points) if status == "graded" or points else "-" for status, points in found]
        table.add_row(shown[student], *cells, points_words(summary.total(student)), escape(summary.remark(student)))
    table.add_section()
    measures: Sequence[tuple[str, Callable[[list[float]], float]]] = (("mean", mean), ("median", median))
    for name, measure in measures:
        by_unit = [f"{measure(summary.points(unit.id)):.1f}" for unit in run.units]
        table.add_row(name, *by_unit, f"{measure(summary.totals()):.1f}")
    table.add_row("of", *(points_words(unit.total) for unit in run.units), _most(run))
    return table


def _totals(run: Run, summary: Summary, shown: Mapping[str, str]) -> Table:
    table = Table(title=f"{run.course.title}: {_most(run)} points in {len(run.units)} units")
    table.add_column("student")
    table.add_column("graded", justify="right")
    table.add_column("points", justify="right")
    table.add_column("", no_wrap=True)
    for student, units in summary.students.items():
        graded = sum(status == "graded" for status, _ in units.values())
        table.add_row(
            shown[student], str(graded), points_words(summary.total(student)), escape(summary.remark(student))
        )
    table.add_section()
    table.add_row("mean", "", f"{mean(summary.totals()):.1f}")
    table.add_row("median", "", f"{median(summary.totals()):.1f}")
    return table


def _most(run: Run) -> str:
    return points_words(sum(unit.total for unit in run.units))


def _units(run: Run, summary: Summary) -> Table:
    table = Table(title=f"{run.course.title}: {len(summary.students)} students")
    for column in ("unit", "graded", "missing", "other", "mean", "median", "of", "full marks"):
        table.add_column(column, justify="left" if column == "unit" else "right")
    for unit in run.units:
        statuses = Counter(units[unit.id][0] for units in summary.students.values() if unit.id in units)
        points = summary.points(unit.id)
        other = sum(statuses.values()) - statuses["graded"] - statuses["missing"]
        full = sum(value >= unit.total for value in points)
        table.add_row(
            unit.id, str(statuses["graded"]), str(statuses["missing"]), str(other),
            f"{mean(points):.1f}", f"{median(points):.1f}", points_words(unit.total), str(full),
        )  # fmt: skip
    return table


def print_found(found: Found, late: Lateness) -> None:
    """What `--dry-run` lists: a line for each submission, and how many there are."""
    counted: Counter[str] = Counter()
    for each in found.submissions:
        state = "found" if each.module else ("refused" if each.problem else "missing")
        counted[state] += 1
        days = late.days(each.student, each.unit)
        where = each.problem or each.source
        words = f"{state:<8} {one_line(each.student)}  {each.unit}  {one_line(where)}"
        print(words + (f"  ({days} days late)" if days else ""))
    print(f"{counted['found']} found, {counted['missing']} missing, {counted['refused']} refused, "
          f"{len(found.ignored)} left out")  # fmt: skip


def summary_json(run: Run, summary: Summary, output: Path) -> str:
    """The same for scripts."""
    return json.dumps({
        "output": str(output),
        "seed": run.seed,
        "students": len(summary.students),
        "results": sum(summary.statuses.values()),
        "reused": run.reused,
        "kept": run.kept,
        "statuses": dict(summary.statuses),
        "mean_points": round(mean(summary.totals()), 2),
        "max_points": sum(unit.total for unit in run.units),
    })  # fmt: skip
