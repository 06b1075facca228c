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
