"""Public tests in this process, for the student at work: the same checks, without the sandbox and the secrets."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TextIO

from autograder.checks.agreement import EVIDENCE
from autograder.checks.endless import Endless
from autograder.checks.failures import skip
from autograder.checks.known import hints_beside, told_at
from autograder.checks.plugin import LocalSubject, Outcomes, unit_id
from autograder.checks.results import CheckResult, Outcome
from autograder.checks.session import Check, Collection
from autograder.sandbox.proxy import Call, LoadError

# What is asked once more, to see which other exercises it calls; an endless loop is not.
ASKED_AGAIN = (Outcome.FAILED, Outcome.ERROR, Outcome.NOT_WRITTEN)

PRINTED_LINES = 30  # of the student's own prints in a run: what went wrong stays on the screen


@dataclass
class LocalRun:
    """What a unit's public tests came to; `problem` says why none could run: the module cannot be imported."""

    checks: list[CheckResult] = field(default_factory=list)
    problem: str = ""


class Done(NamedTuple):
    """A check that was run, what it came to, and the calls that it made."""

    check: Check
    result: CheckResult
    calls: list[Call]


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
            names = None if exercise is None else [exercise]
            return {file: run_collected(collection, subject, file, names) for file in test_files}
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


def run_collected(collection: Collection, subject: LocalSubject, file: Path, names: Sequence[str] | None) -> LocalRun:
    """The same of one unit whose tests are collected: all exercises, or those of these names, in the tests' order."""
    outcomes, endless = Outcomes(), Endless()
    done: list[Done] = []
    checks = collection.of(unit_id(file))
    for check in checks:
        if names is not None and check.exercise not in names:
            continue
        result = check.result()
        if endless.spares(result, subject.module):
            done.append(Done(check, result, []))
            outcomes.note(check.place, False)
            continue
        if blocker := outcomes.blocker(check.place):
            done.append(Done(check, result, []))
            skip(result, blocker)
            outcomes.note(check.place, False)
            continue
        error = check.run(subject)
        calls = list(subject.transcript())
        done.append(Done(check, result, calls))
        outcomes.note(check.place, error is None)
        if isinstance(error, LoadError):
            return LocalRun(_none_ran(checks, names), str(error))
        if error is not None:
            check.explain(error, calls).put_into(result)
            if result.outcome == Outcome.TIMEOUT:
                endless.note(result.exercise, result.check)
    failed = _failed(done)
    if len(failed) > 1:
        _find_causes(done, subject, failed)
    _find_hints(done, failed, file)
    order = list(dict.fromkeys(check.exercise for check in checks))
    if names is not None and names != order[: len(names)] and any(each.result.hint for each in done):
        # A hint is for the exercise that is wrong, not for one that calls it: those before it are asked only now.
        with contextlib.redirect_stdout(io.StringIO()):
            again = run_collected(collection, subject, file, order[: order.index(names[-1]) + 1]).checks
        hints = {each.check: each.hint for each in again}
        for each in done:
            each.result.hint = hints[each.result.check]
    return LocalRun([each.result for each in done])


def _failed(done: Sequence[Done]) -> list[str]:
    """The exercises that fail, in the tests' order."""
    quiet = (Outcome.PASSED, Outcome.SKIPPED)
    return list(dict.fromkeys(each.result.exercise for each in done if each.result.outcome not in quiet))


def _find_hints(done: Sequence[Done], failed: list[str], file: Path) -> None:
    """Note at a failed check what is known of a mistake that answers the same, where no other exercise is to be mended first."""
    known = hints_beside(file) if any(each.result.outcome in EVIDENCE for each in done) else {}
    for name in failed if known else ():
        mine = [each for each in done if each.result.exercise == name]
        if any(each.result.causes for each in mine):
            continue
        if found := told_at(known.get(name, {}), [(each.result, each.calls) for each in mine]):
            found[0].hint = found[1]


def _none_ran(checks: Sequence[Check], names: Sequence[str] | None) -> list[CheckResult]:
    return [
        CheckResult(check.id, check.exercise, Outcome.ERROR, check.weight)
        for check in checks
        if names is None or check.exercise in names
    ]


def _find_causes(done: Sequence[Done], subject: LocalSubject, failed: list[str]) -> None:
    """Note for each failed check which failed exercises before its own it calls: these are to be mended first."""
    for check, result, _ in done:
        earlier = failed[: failed.index(result.exercise)] if result.exercise in failed else []
        if earlier and result.outcome in ASKED_AGAIN:
            with subject.watching(earlier) as reached:
                check.run(subject)
            result.causes = [name for name in earlier if name in reached]
