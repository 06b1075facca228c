"""What a lesson's cells do with the student's module.

`check("sigmoid")` runs the exercise's public tests and shows a small table. `%load_ext autograder.notebook` has a cell that
needs what is not written yet say so in one line, where it would show a traceback, and lets the cells below it run.
"""

from __future__ import annotations

import ast
import html
import sys
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

from autograder.checks.known import hidden_count
from autograder.checks.local import run_public_tests, run_units
from autograder.checks.plugin import unit_id
from autograder.checks.remarks import remarks
from autograder.checks.results import CheckResult, Outcome
from autograder.checks.used import unmet_words
from autograder.course.file import nearest, sketch
from autograder.sandbox.local import lies_next_door, syntax_message
from autograder.words import check_words, passes_words, printable

_problems: dict[str, str] = {}  # of a test file's unit, the one told last


NOTHING = (Outcome.NOT_WRITTEN, Outcome.MISSING, Outcome.SKIPPED)  # of which all checks say the same


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
        if self._results and all(r.outcome in NOTHING for r in self._results):  # there is one thing to say
            first = next((r for r in self._results if r.outcome != Outcome.SKIPPED), self._results[0])
            tests = f"{len(self._results)} check{'s' if len(self._results) > 1 else ''}"
            return [(str(first.outcome), tests, printable(first.message))]
        return [
            (
                "passed" if r.outcome == Outcome.PASSED else str(r.outcome),
                check_words(r.check, r.exercise),
                printable("\n".join(part for part in (r.call, r.message, r.hint and f"Hint: {r.hint}") if part)),
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
        colours = {"passed": "#1a7f37", "not written": "#9a6700", "skipped": "#6e7781", "not run": "#6e7781"}
        left = "text-align:left;padding:0 1em 0 0"  # pages of nbgrader have no room between cells of their own
        rows = "".join(
            f'<tr><td style="{left};color:{colours.get(outcome, "#cf222e")};white-space:nowrap">'
            f"<b>{html.escape(outcome)}</b></td>"
            f'<td style="{left};min-width:7em">{html.escape(words)}</td>'
            f'<td style="{left}">{_block(message)}</td></tr>'
            for outcome, words, message in self._rows()
        )
        return f"{_block(self._message)}<table><caption>{html.escape(self._title)}</caption>{rows}</table>"


def _block(text: str) -> str:
    """Lines as they are; nothing for no text, where an empty block would be drawn as a box."""
    return (
        f'<pre style="margin:0;white-space:pre-wrap;word-break:normal;overflow-wrap:anywhere">{html.escape(text)}</pre>'
        if text
        else ""
    )


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
        first = printable(run.problem).splitlines()[0]
        if _problems.get(str(tests[0])) == run.problem:  # each check below would say it again, at length
            raise ChecksFailed(f"as above: {first}")
        _problems[str(tests[0])] = run.problem
        raise ChecksFailed(printable(run.problem))
    _problems.pop(str(tests[0]), None)
    results = run.checks
    if not results:
        raise ValueError(f"{tests[0].name} has no test of {exercise!r}: is the name spelt right?")
    failed = [result for result in results if result.outcome != Outcome.PASSED]
    unmet = _unmet(tests[0]) if failed else []
    if unmet:  # what a mistake of an earlier unit's answers may look like one here
        results = [replace(result, hint="") for result in results]
    _show(Table(exercise, results))
    for remark in remarks(tests[0].with_name(tests[0].name.removeprefix("test_"))):
        print(f"Mind: {remark}")
    if not failed:
        print(f"{passes_words([exercise], len(results), hidden_count(tests[0], [exercise]))}.")
    if failed:
        for sentence in unmet:
            print(sentence)
        # Hints are the command's, which needs the course; on a teacher's nbgrader there may be none here.
        hint = f"; for a hint: !autograder hint {unit_id(tests[0])}:{exercise}" if nearest(Path.cwd()) else ""
        raise ChecksFailed(
            f"{exercise}: {len(failed)} of {len(results)} tests did not pass ({failed[0].outcome}){hint}"
        )


def _unmet(test: Path) -> list[str]:
    """What the unit uses of earlier ones and cannot rest on yet, where the course is here to tell."""
    course = sketch(test.parent)
    unit = next((each for each in course.units if each.id == unit_id(test)), None) if course else None
    if course is None or unit is None:
        return []
    used = {
        test.parent.parent / each.folder / f"test_{each.module}": each for each in course.units if each.id in unit.uses
    }
    files = [file for file in used if file.is_file()]
    runs = run_units(files) if files else {}
    return [words for file, run in runs.items() for words in unmet_words(unit, used[file], run.checks, run.problem)]


def _show(table: Table) -> None:
    try:
        from IPython.display import display
    except ModuleNotFoundError:
        print(table)
    else:
        display(table)  # type: ignore[no-untyped-call]


def load_ipython_extension(shell: Any) -> None:
    """What `%load_ext autograder.notebook` calls, with IPython's shell."""
    waiting = Waiting(shell)
    shell.set_custom_exc((NotImplementedError, NameError, SyntaxError), waiting.tell)
    shell.events.register("pre_run_cell", waiting.begin)
    shell.events.register("post_run_cell", waiting.excuse)


class Waiting:
    """The cells that wait for what the student has yet to write, and the names that they would have made."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._cell = shell.history_manager.input_hist_raw[-1]  # the cell that loads this has begun before
        self._excused: BaseException | None = None
        self._unmade: set[str] = set()

    def begin(self, info: Any) -> None:
        """A cell starts."""
        self._cell = info.raw_cell

    def tell(
        self,
        shell: Any,
        kind: type[BaseException],
        error: BaseException,
        trace: TracebackType,
        tb_offset: int | None = None,
    ) -> None:
        """One line where a stub, or a name that a waiting cell would have made, is all that is wrong; else the traceback.

        A module in the folder that is not Python is told where and why, without the frames of the import.
        """
        if isinstance(error, SyntaxError):
            if not error.filename or Path(error.filename).parent != Path.cwd():
                shell.showtraceback((kind, error, trace), tb_offset=tb_offset)
                return
            print(f"{syntax_message(error, Path(error.filename).name)}\nMend it, then run this cell again.")
            self._let_go(error)
            return
        if isinstance(error, NameError):
            reason = f"a cell above, which makes {error.name}" if error.name in self._unmade else ""
        else:
            reason = _stub(trace)
        if not reason:
            shell.showtraceback((kind, error, trace), tb_offset=tb_offset)
            return
        print(f"Waiting for {reason}. Then run this cell again.")
        if "matplotlib.pyplot" in sys.modules:
            sys.modules["matplotlib.pyplot"].close("all")  # half a picture
        self._let_go(error)

    def _let_go(self, error: BaseException) -> None:
        self._excused = error
        self._unmade |= _names_made(self._shell.transform_cell(self._cell))

    def excuse(self, result: Any) -> None:
        """A cell that waits has not failed: "Run All Cells" goes on below it."""
        if result is not None and self._excused is not None and result.error_in_exec is self._excused:
            result.error_in_exec = None
        self._excused = None


def _stub(trace: TracebackType) -> str:
    """The function that raised, as "sigmoid in activations.py"; empty where it is none of the student's.

    Theirs are in the current folder, and in those of units that this one uses.
    """
    while trace.tb_next is not None:
        trace = trace.tb_next
    code = trace.tb_frame.f_code
    file = Path(code.co_filename)
    here = Path.cwd()
    if lies_next_door(file, here):
        return f"{code.co_qualname} in {file.parent.name}/{file.name}"
    return f"{code.co_qualname} in {file.name}" if file.parent == here else ""


def _names_made(cell: str) -> set[str]:
    """The names that a cell's code binds."""
    try:
        nodes = list(ast.walk(ast.parse(cell)))
    except SyntaxError:
        return set()
    made = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    imported = [each for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom)) for each in node.names]
    made |= {each.asname or each.name.partition(".")[0] for each in imported}
    return made | {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
