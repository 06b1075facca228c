"""What report, feedback, gradebook and terminal share: the words for a status, and what of a check may be shown."""

from __future__ import annotations

from autograder.checks.results import CheckResult

STATUS_WORDS = {
    "passed": "all checks passed",
    "carried": "right, once what it rests on is",
    "manners": "values right, manners lost",
    "failed": "wrong results",
    "error": "your code raised an error",
    "not written": "not written yet",
    "missing": "not there",
    "timeout": "ran too long",
    "crash": "ended the program",
    "not run": "not run: out of time",
    "not loaded": "could not be imported",
    "unreadable": "could not be read",
    "broken": "the grader failed here; this says nothing about your work",
}


def is_shown(check: CheckResult, show_hidden: bool) -> bool:
    """May a student see what this check called and what came? Of hidden checks, only as course.yml allows."""
    return show_hidden or not check.check.startswith("hidden.py")
