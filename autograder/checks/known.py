"""Which known mistake answers as the student did at the desk? hints.json beside the module tells what each answers.

A hint that is wrong is worse than none: see `grading.diagnosis`, whose rule this is. Here the public tests alone are asked, which
are few, so what is told is that a mistake gives the same answer, and where several do, all of them are told or none.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from autograder.checks.agreement import EVIDENCE, MOST
from autograder.checks.recorded import agrees
from autograder.checks.results import CheckResult, Outcome
from autograder.course.file import HINTS
from autograder.sandbox.proxy import Call

MOST_TOLD = 3  # different hints that one answer may have
Seen = Sequence[tuple[CheckResult, list[Call]]]


def read_hints(path: Path) -> dict[str, Any]:
    """What a hints.json tells, by exercise; nothing where there is none."""
    try:
        known: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return known
    except (OSError, ValueError):
        return {}


def short_name(check: str) -> str:
    """A public test's name without its file's."""
    return check.partition("::")[2]


def hints_beside(module: Path) -> dict[str, Any]:
    """The hints of the unit whose module, or tests, this is."""
    return read_hints(module.with_name(HINTS))


def hidden_count(module: Path, exercises: Iterable[str]) -> int:
    """How many hidden checks these exercises have together, as far as it is told."""
    known = hints_beside(module)
    return sum(known[name]["hidden"] for name in exercises if name in known)


def told_at(entry: dict[str, Any], seen: Seen) -> tuple[CheckResult, str] | None:
    """The failed test of an exercise to tell a hint at, and the hint: of the mistakes that answer as the student did.

    Several that answer the same are all told, or none: nobody can say which it was.

    Args:
        entry: of hints.json, the exercise's.
        seen: its public tests, with the calls that each made.
    """
    failed = [(result, calls) for result, calls in seen if result.outcome in EVIDENCE and calls]
    failed = [each for each in failed if not each[0].manners] or failed
    passed = {short_name(result.check) for result, _ in seen if result.outcome == Outcome.PASSED and not result.manners}
    alike = [
        each for each in entry.get("mistakes", ()) if failed and _agrees(each["fails"], entry["calls"], failed, passed)
    ]
    hints = list(dict.fromkeys(entry["hints"][each["hint"]] for each in alike))
    if not 0 < len(hints) <= MOST_TOLD:
        return None
    if len(hints) == 1:
        return failed[0][0], f"a known mistake gives the same answer. {hints[0]}"
    return failed[0][0], "\n- ".join(["known mistakes give the same answer; see which is yours.", *hints])


def _agrees(fails: dict[str, list[int]], known: list[Any], failed: Seen, passed: set[str]) -> bool:
    """Does a mistake fail every test that the student failed, and none that passed, and answer as the student did?"""
    if passed & fails.keys() or not all(short_name(result.check) in fails for result, _ in failed):
        return False
    records = [[known[place] for place in fails[short_name(result.check)]] for result, _ in failed]
    return sum(agrees(calls, record) for (_, calls), record in zip(failed, records, strict=True)) >= MOST * len(failed)
