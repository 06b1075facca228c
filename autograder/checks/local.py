"""Public tests in this process, for the student at work: the same checks, without the sandbox and the secrets."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from autograder.checks.endless import Endless
from autograder.checks.failures import skip
from autograder.checks.plugin import LocalSubject, Outcomes, unit_id
from autograder.checks.results import CheckResult, Outcome
from autograder.checks.session import Check, Collection
from autograder.sandbox.proxy import LoadError

# What is asked once more, to see which other exercises it calls; an endless loop is not.
ASKED_AGAIN = (Outcome.FAILED, Outcome.ERROR, Outcome.NOT_WRITTEN)

PRINTED_LINES = 30  # of the student's own prints in a run: what went wrong stays on the screen


@dataclass
class LocalRun:
    """What a unit's public tests came to; `problem` says why none could run: the module cannot be imported."""

    checks: list[CheckResult] = field(default_factory=list)
    problem: str = ""


def run_public_tests(test_file: Path, exercise: str | None = None) -> LocalRun:
    """Run one unit's public tests on the module beside them, which is imported afresh; of one exercise, or all.

    Raises:
        CourseChecksError: the test file is missing or broken.
    """
    return run_units([test_file], exercise)[test_file]


def run_units(test_files: Sequence[Path], exercise: str | None = None) -> dict[Path, LocalRun]:
    """The same for several units in one session, which starts once.

    Raises:
        CourseChecksError: a test file is missing or broken.
    """
    subject = LocalSubject(None, "0")
    collection = Collection(test_files[0].parent, test_files, subject)
    try:
        with _few_prints():
            return {file: _run(collection, subject, file, exercise) for file in test_files}
    finally:
        collection.close()


class _Few(io.TextIOBase):
    """Passes on what the student's code prints until it is too much to look through; a debugger's talk goes on."""

    def __init__(self, out: TextIO) -> None:
        self._out, self._left, self.cut = out, PRINTED_LINES, 0

    def write(self, text: str) -> int:
        lines = text.splitlines(keepends=True)
        most = len(lines) if sys.gettrace() is not None else max(self._left, 0)
        shown, dropped = lines[:most], lines[most:]
        self._left -= sum(line.endswith("\n") for line in shown)
        self.cut += sum(line.endswith("\n") for line in dropped)
        self._out.write("".join(shown))
        return len(text)

    def flush(self) -> None:
        self._out.flush()

    def isatty(self) -> bool:
        return self._out.isatty()


@contextlib.contextmanager
def _few_prints() -> Iterator[None]:
    few = _Few(sys.stdout)
    try:
        with contextlib.redirect_stdout(few):
            yield
    finally:
        if few.cut:
            print(f"... and {few.cut:,} more lines that your code printed.")


def _run(collection: Collection, subject: LocalSubject, file: Path, exercise: str | None) -> LocalRun:
    outcomes, endless = Outcomes(), Endless()
    done: list[tuple[Check, CheckResult]] = []
    for check in collection.of(unit_id(file)):
        if exercise is not None and check.exercise != exercise:
            continue
        result = check.result()
        done.append((check, result))
        if endless.spares(result, subject.module):
            outcomes.note(check.place, False)
            continue
        if blocker := outcomes.blocker(check.place):
            skip(result, blocker)
            outcomes.note(check.place, False)
            continue
        error = check.run(subject)
        outcomes.note(check.place, error is None)
        if isinstance(error, LoadError):
            return LocalRun(_none_ran(collection, file, exercise), str(error))
        if error is not None:
            check.explain(error, subject.transcript()).put_into(result)
            endless.note(result)
    failed = dict.fromkeys(
        result.exercise for _, result in done if result.outcome not in (Outcome.PASSED, Outcome.SKIPPED)
    )
    if exercise is None and len(failed) > 1:
        _find_causes(done, subject, list(failed))
    return LocalRun([result for _, result in done])


def _none_ran(collection: Collection, file: Path, exercise: str | None) -> list[CheckResult]:
    return [
        CheckResult(check.id, check.exercise, Outcome.ERROR, check.weight)
        for check in collection.of(unit_id(file))
        if exercise in (None, check.exercise)
    ]


def _find_causes(done: Sequence[tuple[Check, CheckResult]], subject: LocalSubject, failed: list[str]) -> None:
    """Note for each failed check which failed exercises before its own it calls: these are to be mended first."""
    for check, result in done:
        earlier = failed[: failed.index(result.exercise)] if result.exercise in failed else []
        if earlier and result.outcome in ASKED_AGAIN:
            with subject.watching(earlier) as reached:
                check.run(subject)
            result.causes = [name for name in earlier if name in reached]
