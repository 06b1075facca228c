"""A sample class made from the course itself: every kind of submission that a grader meets."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

from autograder.checks.mistakes import Mistake, load_mistakes
from autograder.course.build import BEGIN, END, make_stub
from autograder.course.file import SOLUTIONS
from autograder.course.units import Course, Unit

HOSTILE = """
# Appended by the sample class: everything that must not work.
import builtins
import os
import sys


class EqualsEverything:
    def __eq__(self, other):
        return True

    def __array__(self, *args, **kwargs):
        return np.zeros(1)


def _attack(*args, **kwargs):
    for path in ("../../solutions", "/etc/passwd", "/proc/self/environ"):
        try:
            open(path).read()
        except OSError:
            pass
    try:
        os.system("true")
    except OSError:
        pass
    builtins.abs = np.allclose = lambda *args, **kwargs: True
    return EqualsEverything()


for _name, _value in list(globals().items()):
    if inspect_function(_value):
        globals()[_name] = _attack
""".replace("inspect_function(_value)", 'callable(_value) and getattr(_value, "__module__", "") == __name__')


class SampleError(Exception):
    """The class cannot be made there."""


def make_class(course: Course, destination: Path, students: int = 60) -> None:
    """Write folders of complete, partial, mistaken, untouched, broken and hostile students, `students` in all.

    Raises:
        SampleError: the destination exists and is not empty.
    """
    if destination.exists() and any(destination.iterdir()):
        raise SampleError(f"{destination} is not empty: name a new folder, so that nothing of yours is overwritten.")
    for number, (kind, texts) in zip(range(1, students + 1), _everyone(course, students), strict=False):
        for unit, text in zip(course.units, texts, strict=True):
            path = destination / f"s{number:02d}-{kind}" / unit.folder / unit.module
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def _everyone(course: Course, students: int) -> Iterator[tuple[str, list[str]]]:
    """Kind and module texts of each student, in the order of course.units."""
    solved = [solution(course, unit) for unit in course.units]
    stubs = [partial(course, unit, 0) for unit in course.units]
    yield "untouched", stubs
    yield "broken-syntax", [f"{text}\n\ndef unfinished(\n" for text in solved]
    yield "hostile", [text + HOSTILE for text in solved]
    complete = max((students - 3) // 4, 1)
    for _ in range(complete):
        yield "complete", solved
    for share in range(complete):
        yield "partial", [partial(course, unit, 1 + share * len(unit.points) // complete) for unit in course.units]
    for mistakes in zip(*(_mistakes(course, unit) for unit in course.units), strict=False):
        yield (
            "mistaken",
            [mistaken(course, unit, mistake) for unit, mistake in zip(course.units, mistakes, strict=True)],
        )


def _mistakes(course: Course, unit: Unit) -> Iterator[Mistake]:
    return itertools.cycle(load_mistakes(course.root / SOLUTIONS / unit.folder))


def solution(course: Course, unit: Unit) -> str:
    """The unit as a student who got everything right would hand it in."""
    text = (course.root / SOLUTIONS / unit.folder / unit.module).read_text(encoding="utf-8")
    return "".join(line for line in text.splitlines(keepends=True) if line.strip() not in (BEGIN, END))


def partial(course: Course, unit: Unit, solved: int) -> str:
    """The unit with its first `solved` exercises written, the rest as stubs."""
    path = course.root / SOLUTIONS / unit.folder / unit.module
    return make_stub(path.read_text(encoding="utf-8"), unit, path, keep=frozenset(list(unit.points)[:solved]))


def mistaken(course: Course, unit: Unit, mistake: Mistake) -> str:
    """The unit as someone would hand it in who made this one mistake."""
    catalogue = (course.root / SOLUTIONS / unit.folder / "mistakes.py").read_text(encoding="utf-8")
    kept = "\n\n\n".join(_kept(catalogue, mistake))
    return f"{solution(course, unit)}\n\nimport types\n\nreference = types.SimpleNamespace(**globals())\n\n\n{kept}\n"


def _kept(catalogue: str, mistake: Mistake) -> Iterator[str]:
    """Of a mistakes.py: imports, helpers and this mistake under its exercise's name, without what is the grader's."""
    lines = catalogue.splitlines()
    for node in ast.parse(catalogue).body:
        text = "\n".join(lines[node.lineno - 1 : node.end_lineno])
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            if node.name == mistake.name:
                yield re.sub(rf"\b{node.name}\b", mistake.exercise, text)
            elif not node.decorator_list:
                yield text
        elif "autograder" not in text and "reference_beside" not in text and not isinstance(node, ast.Expr):
            yield text
