"""Check cells of the lessons: `check("sigmoid")` runs the exercise's public tests and shows a small table."""

from __future__ import annotations

import html
from pathlib import Path

from autograder.checks.local import run_public_tests
from autograder.checks.plugin import unit_id
from autograder.checks.results import CheckResult, Outcome
from autograder.course.file import nearest
from autograder.words import check_words, printable


class ChecksFailed(AssertionError):
    """Raised by a check cell so that nbgrader sees the failure; in a notebook it shows as one line."""

    def _render_traceback_(self) -> list[str]:
        return [f"{self}"]


class Table:
    """The results of a check cell, as HTML for notebooks and as text elsewhere."""

    def __init__(self, title: str, results: list[CheckResult], message: str = "") -> None:
        self._title = title
        self._results = results
        self._message = printable(message)  # of the whole unit: why nothing could run

    def _rows(self) -> list[tuple[str, str, str]]:
        return [
            (
                "passed" if r.outcome == Outcome.PASSED else str(r.outcome),
                check_words(r.check, r.exercise),
                printable("\n".join(part for part in (r.hint and f"Hint: {r.hint}", r.call, r.message) if part)),
            )
            for r in self._results
        ]

    def __repr__(self) -> str:
        lines = self._message.splitlines()
        for outcome, words, message in self._rows():
            lines.append(f"{outcome:>12}  {words}")
            lines += [f"{'':>12}  {line}" for line in message.splitlines()]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        colours = {"passed": "#1a7f37", "not written": "#9a6700"}
        left = "text-align:left;padding:0 1em 0 0"  # pages of nbgrader have no room between cells of their own
        rows = "".join(
            f'<tr><td style="{left};color:{colours.get(outcome, "#cf222e")};white-space:nowrap">'
            f"<b>{html.escape(outcome)}</b></td>"
            f'<td style="{left};white-space:nowrap">{html.escape(words)}</td>'
            f'<td style="{left}">{_block(message)}</td></tr>'
            for outcome, words, message in self._rows()
        )
        return f"{_block(self._message)}<table><caption>{html.escape(self._title)}</caption>{rows}</table>"


def _block(text: str) -> str:
    """Lines as they are; nothing for no text, where an empty block would be drawn as a box."""
    return f'<pre style="margin:0;white-space:pre-wrap">{html.escape(text)}</pre>' if text else ""


def check(exercise: str) -> None:
    """Run the public tests of one exercise of the unit in the current folder and show how they went.

    Raises:
        ChecksFailed: one of them did not pass; with the reason, in one line.
        FileNotFoundError: no test file lies in the current folder.
        ValueError: the unit has no exercise of that name.
    """
    tests = sorted(Path.cwd().glob("test_*.py"))
    if not tests:
        raise FileNotFoundError(f"no test_*.py in {Path.cwd()}: open the notebook in its unit's folder.")
    run = run_public_tests(tests[0], exercise)
    if run.problem:
        raise ChecksFailed(printable(run.problem))
    results = run.checks
    if not results:
        raise ValueError(f"{tests[0].name} has no test of {exercise!r}: is the name spelt right?")
    _show(Table(exercise, results))
    failed = [result for result in results if result.outcome != Outcome.PASSED]
    if failed:
        # Hints are the command's, which needs the course; on a teacher's nbgrader there may be none here.
        hint = f"; for a hint: !autograder hint {unit_id(tests[0])}:{exercise}" if nearest(Path.cwd()) else ""
        raise ChecksFailed(
            f"{exercise}: {len(failed)} of {len(results)} tests did not pass ({failed[0].outcome}){hint}"
        )


def _show(table: Table) -> None:
    try:
        from IPython.display import display
    except ModuleNotFoundError:
        print(table)
    else:
        display(table)  # type: ignore[no-untyped-call]
