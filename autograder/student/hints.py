"""Hints for an exercise, one more each time: the mistake that answers the same, where to look, a question, then ideas."""

from __future__ import annotations

import ast
import json
from collections.abc import Sequence
from pathlib import Path

from autograder.checks.agreement import EVIDENCE
from autograder.checks.known import hints_beside, short_name
from autograder.checks.results import CheckResult, Outcome
from autograder.course.file import UnitSketch
from autograder.files import write_whole
from autograder.student.progress import Desk
from autograder.words import check_words, digest_of

QUESTIONS = {
    Outcome.NOT_WRITTEN: "What goes into {name}, what comes out, and which shape has each? Write them down in the order of the "
    "formula: which step leads from one to the next?",
    Outcome.FAILED: "In {test}: which number is the first to differ, between paper and a print after each line of {name}?",
    Outcome.ERROR: "In {test}: what do the values in the line that fails look like? Print them, and their shapes, just above it.",
    Outcome.TIMEOUT: "What changes in each turn of your loop, and which turn is meant to be the last?",
}


def hints(desk: Desk, unit: UnitSketch, exercise: str) -> list[str]:
    """All hints, the one that fits best first, then the gentlest.

    Raises:
        StudentCommandError: the tests are missing or broken.
    """
    standing = desk.standings_of([unit])[0]
    mine = [each for each in standing.checks if each.exercise == exercise and not standing.problem]
    failed = [each for each in mine if each.outcome not in (Outcome.PASSED, Outcome.SKIPPED)]
    same = [each.hint for each in failed if each.hint]
    told = [] if same and desk.unmet(unit) else [f"{hint[:1].upper()}{hint[1:]}" for hint in same]
    ideas = [idea for idea in _ideas(desk, unit, exercise, failed) if not any(idea in each for each in told)]
    return [*told, _where_to_look(desk, unit, exercise), *_question(exercise, failed), *ideas]


def next_hint(desk: Desk, unit: UnitSketch, exercise: str) -> tuple[int, int, str]:
    """The next one that was not given yet, its number and how many there are; after the last, an empty one."""
    path = desk.folder / "hints.json"
    try:
        given: dict[str, list[str]] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        given = {}
    key = f"{unit.id}:{exercise}"
    known = given.get(key)
    before = known if isinstance(known, list) else []
    left = [each for each in hints(desk, unit, exercise) if digest_of(each) not in before]
    if left:
        desk.folder.mkdir(exist_ok=True)
        write_whole(path, json.dumps({**given, key: [*before, digest_of(left[0])]}))
    return len(before) + 1, len(before) + len(left), left[0] if left else ""


def _ideas(desk: Desk, unit: UnitSketch, exercise: str, failed: Sequence[CheckResult]) -> list[str]:
    """What has tripped others: first, those whose answers fail the very tests that fail here."""
    entry = hints_beside(desk.module(unit)).get(exercise, {})
    names = {short_name(each.check) for each in failed if each.outcome in EVIDENCE}
    alike = [entry["hints"][each["hint"]] for each in entry.get("mistakes", ()) if names == each["fails"].keys()]
    return list(dict.fromkeys([*alike, *entry.get("hints", ())]))


def _question(exercise: str, failed: Sequence[CheckResult]) -> list[str]:
    """What to ask oneself, by how the exercise fails."""
    first = next((each for each in failed if each.outcome in QUESTIONS), None)
    if first is None:
        return []
    return [QUESTIONS[first.outcome].format(name=exercise, test=f'"{check_words(first.check, exercise)}"')]


def _where_to_look(desk: Desk, unit: UnitSketch, exercise: str) -> str:
    """The test that can be followed by hand, and the docstring."""
    test = desk.test_file(unit)
    first = _first_test(test, exercise)
    by_hand = f" Then work {first} in {test.name} through with pencil and paper." if first else ""
    return f"Read the docstring of {exercise} in {unit.module} once more: it has the formula and an example.{by_hand}"


def _first_test(test: Path, exercise: str) -> str:
    """The exercise's first public test, or class of tests, as far as their source tells: the plain case comes first."""
    try:
        body = ast.parse(test.read_text(encoding="utf-8")).body
    except (OSError, SyntaxError):
        return ""
    mark = f"exercise('{exercise}')"
    named = (node for node in body if isinstance(node, (ast.FunctionDef, ast.ClassDef)))
    return next(
        (node.name for node in named if any(ast.unparse(each).endswith(mark) for each in node.decorator_list)), ""
    )
