"""Hints for an exercise, one more each time: first where to look, then what has tripped others."""

from __future__ import annotations

import ast
import json
from pathlib import Path

from autograder.course.file import HINTS, UnitSketch
from autograder.student.progress import Desk


def hints(desk: Desk, unit: UnitSketch, exercise: str) -> list[str]:
    """All hints, the gentlest first."""
    path = desk.module(unit).with_name(HINTS)
    known = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return [_where_to_look(desk, unit, exercise), *known.get(exercise, [])]


def next_hint(desk: Desk, unit: UnitSketch, exercise: str) -> tuple[int, int, str]:
    """The next one that was not given yet (after the last, the first again): its number, how many, and the hint."""
    every = hints(desk, unit, exercise)
    path = desk.folder / "hints.json"
    try:
        given: dict[str, int] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        given = {}
    key = f"{unit.id}:{exercise}"
    number = given.get(key, 0) % len(every)
    desk.folder.mkdir(exist_ok=True)
    path.write_text(json.dumps({**given, key: number + 1}), encoding="utf-8")
    return number + 1, len(every), every[number]


def _where_to_look(desk: Desk, unit: UnitSketch, exercise: str) -> str:
    """The test that can be followed by hand, and the docstring."""
    test = desk.test_file(unit)
    lines = _tests_of(test, exercise)
    by_hand = f" Then work {lines} in {test.name} through with pencil and paper." if lines else ""
    return f"Read the docstring of {exercise} in {unit.module} once more: it has the formula and an example.{by_hand}"


def _tests_of(test: Path, exercise: str) -> str:
    """Names of the public tests that speak of the exercise, as far as their source tells."""
    try:
        body = ast.parse(test.read_text(encoding="utf-8")).body
    except (OSError, SyntaxError):
        return ""
    mark = f"exercise('{exercise}')"
    return ", ".join(
        node.name
        for node in body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef))
        and any(ast.unparse(each).endswith(mark) for each in node.decorator_list)
    )
