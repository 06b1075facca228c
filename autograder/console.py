"""What the terminal shows: progress while grading, the class at a glance afterwards."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from statistics import mean, median
from types import TracebackType

import rich.progress
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from autograder.grade import Run
from autograder.reports import STATUS_WORDS, printable
from autograder.results import UnitResult

MAX_ROWS = 80  # students shown one by one


class Progress:
    """A bar with count, rate, time left and the student at hand; nothing where there is no terminal."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._bar = rich.progress.Progress(
            rich.progress.TextColumn("grading"),
            rich.progress.BarColumn(),
            rich.progress.MofNCompleteColumn(),
            rich.progress.TimeRemainingColumn(),
            rich.progress.TextColumn("{task.fields[student]}", markup=False),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task: rich.progress.TaskID | None = None

    def __enter__(self) -> Progress:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def begin(self, total: int) -> None:
        self._task = self._bar.add_task("grading", total=total, student="")

    def advance(self, result: UnitResult) -> None:
        assert self._task is not None
        self._bar.update(self._task, advance=1, student=f"{printable(result.student)[:30]} {result.unit}")


def print_class(run: Run, output: Path) -> None:
    """The class table, the commonest mistakes, and where the files lie."""
    console = Console()
    students: dict[str, list[UnitResult]] = {}
    for result in run.results:
        students.setdefault(result.student, []).append(result)
    table = Table(title=run.course.title)
    table.add_column("student")
    for unit in run.units:
        table.add_column(unit.id, justify="right")
    table.add_column("points", justify="right")
    table.add_column("")
    for student, results in list(students.items())[:MAX_ROWS]:
        cells = [f"{result.points:g}" if result.status == "graded" else "-" for result in results]
        table.add_row(escape(printable(student)[:40]), *cells, f"{sum(r.points for r in results):g}", _remark(results))
    if len(students) > MAX_ROWS:
        table.add_row(f"... and {len(students) - MAX_ROWS} more", *[""] * (len(run.units) + 2))
    table.add_section()
    for name, function in (("mean", mean), ("median", median)):
        by_unit = [function([r.points for r in run.results if r.unit == unit.id]) for unit in run.units]
        totals = [sum(r.points for r in results) for results in students.values()]
        table.add_row(name, *(f"{value:.1f}" for value in by_unit), f"{function(totals):.1f}")
    table.add_row("of", *(f"{unit.total:g}" for unit in run.units), f"{sum(unit.total for unit in run.units):g}")
    console.print(table)
    _print_mistakes(run, console)
    console.print(f"grades:   {output / 'grades.csv'}", highlight=False, soft_wrap=True)
    console.print(f"results:  {output / 'results.json'} (seed {run.seed})", highlight=False, soft_wrap=True)
    console.print(f"feedback: {output / 'feedback'}/ (one page a student)", highlight=False, soft_wrap=True)


def _remark(results: list[UnitResult]) -> str:
    odd = [f"{result.unit} {STATUS_WORDS.get(result.status, result.status)}" for result in results
           if result.status not in ("graded", "missing")]  # fmt: skip
    trouble = {str(check.outcome) for result in results for check in result.checks} & {"timeout", "crash", "not run"}
    return escape(", ".join([*odd, *sorted(trouble)]))[:60]


def _print_mistakes(run: Run, console: Console) -> None:
    counted = Counter(
        (result.unit, check.exercise, check.hint)
        for result in run.results
        for check in {(c.exercise, c.hint): c for c in result.checks if c.hint}.values()
    )
    if counted:
        console.print("Commonest mistakes:", highlight=False)
        for (unit, exercise, hint), count in counted.most_common(5):
            console.print(f"  {count:>4}  {unit}:{exercise}  {escape(hint)}", highlight=False, soft_wrap=True)
