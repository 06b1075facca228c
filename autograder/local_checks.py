"""Public tests in this process, for the student at work: the same checks, without the sandbox and the secrets."""

from __future__ import annotations

from pathlib import Path

from autograder.checks import Collection
from autograder.failures import explain
from autograder.plugin import LocalSubject, Outcomes
from autograder.results import CheckResult, Outcome


def run_public_tests(test_file: Path, exercise: str | None = None, student: Path | None = None) -> list[CheckResult]:
    """Run one unit's public tests on the module beside them, or on `student`; the module is imported afresh.

    Raises:
        CourseChecksError: the test file is missing or broken.
    """
    subject = LocalSubject(str(student) if student else None, "0")
    collection = Collection(test_file.parent, [test_file], subject)
    outcomes = Outcomes()
    results = []
    try:
        for check in collection.of(test_file.stem.removeprefix("test_")):
            if exercise is not None and check.exercise != exercise:
                continue
            result = CheckResult(check.id, check.exercise, Outcome.PASSED, check.weight)
            error = check.run(subject)
            outcomes.note(check.place, error is None)
            if error is not None:
                failure = explain(error, subject.transcript())
                result.outcome, result.message, result.call = failure.outcome, failure.message, failure.call
            results.append(result)
    finally:
        collection.close()
    return results
