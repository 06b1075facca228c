"""Public tests in this process, for the student at work: the same checks, without the sandbox and the secrets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from autograder.checks.failures import explain, skip
from autograder.checks.plugin import LocalSubject, Outcomes, unit_id
from autograder.checks.results import CheckResult, Outcome
from autograder.checks.session import Collection


def run_public_tests(test_file: Path, exercise: str | None = None) -> list[CheckResult]:
    """Run one unit's public tests on the module beside them, which is imported afresh; of one exercise, or all.

    Raises:
        CourseChecksError: the test file is missing or broken.
    """
    return run_units([test_file], exercise)[test_file]


def run_units(test_files: Sequence[Path], exercise: str | None = None) -> dict[Path, list[CheckResult]]:
    """The same for several units in one session, which starts once.

    Raises:
        CourseChecksError: a test file is missing or broken.
    """
    subject = LocalSubject(None, "0")
    collection = Collection(test_files[0].parent, test_files, subject)
    try:
        return {file: _run(collection, subject, file, exercise) for file in test_files}
    finally:
        collection.close()


def _run(collection: Collection, subject: LocalSubject, file: Path, exercise: str | None) -> list[CheckResult]:
    outcomes = Outcomes()
    results = []
    for check in collection.of(unit_id(file)):
        if exercise is not None and check.exercise != exercise:
            continue
        result = CheckResult(check.id, check.exercise, Outcome.PASSED, check.weight)
        results.append(result)
        if blocker := outcomes.blocker(check.place):
            skip(result, blocker)
            outcomes.note(check.place, False)
            continue
        error = check.run(subject)
        outcomes.note(check.place, error is None)
        if error is not None:
            explain(error, subject.transcript()).put_into(result)
    return results
