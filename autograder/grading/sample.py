"""A sample class made from the course itself: every kind of submission that a grader meets."""

from __future__ import annotations

import ast
import functools
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
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
    if inspect_function(_value) and _value not in (EqualsEverything, _attack):  # or it would call itself without an end
        globals()[_name] = _attack
""".replace("inspect_function(_value)", 'callable(_value) and getattr(_value, "__module__", "") == __name__')


class SampleError(Exception):
    """The class cannot be made there."""


def make_class(
    course: Course,
    destination: Path,
    students: int = 60,
    units: Sequence[Unit] | None = None,
    report: Callable[[], None] = lambda: None,
) -> None:
    """Write folders of complete, partial, mistaken, untouched, broken and hostile students, `students` in all.

    Args:
        units: those that they hand in (default: all); `report` is called when a student is there.

    Raises:
        SampleError: the destination exists and is not empty.
    """
    if destination.exists() and any(destination.iterdir()):
        raise SampleError(f"{destination} is not empty: name a new folder, so that nothing of yours is overwritten.")
    units = course.units if units is None else units
    digits = max(2, len(str(students)))
    for number, (kind, texts) in zip(range(1, students + 1), _everyone(course, units, students), strict=False):
        for unit, text in zip(units, texts, strict=True):
            path = destination / f"s{number:0{digits}d}-{kind}" / unit.folder / unit.module
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        report()


def _everyone(course: Course, units: Sequence[Unit], students: int) -> Iterator[tuple[str, list[str]]]:
    """Kind and module texts of each student, in the order of the units. Nothing is made twice."""
    solved = [solution(course, unit) for unit in units]
    stubs = [partial(course, unit, 0) for unit in units]
    part = functools.cache(lambda number, solved: partial(course, units[number], solved))
    wrong = functools.cache(lambda number, place: mistaken(course, units[number], catalogues[number][place]))
    yield "untouched", stubs
    yield "broken-syntax", [f"{text}\n\ndef unfinished(\n" for text in solved]
    yield "hostile", [text + HOSTILE for text in solved]
    complete = max((students - 3) // 4, 1)
    for _ in range(complete):
        yield "complete", solved
    for share in range(complete):
        yield (
            "partial",
            [part(number, 1 + share * len(unit.points) // complete) for number, unit in enumerate(units)],
        )
    catalogues = [list(load_mistakes(course.root / SOLUTIONS / unit.folder)) for unit in units]
    for turn in itertools.count() if all(catalogues) else ():
        yield "mistaken", [wrong(number, turn % len(catalogue)) for number, catalogue in enumerate(catalogues)]


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


@functools.lru_cache(maxsize=64)
def _parsed(catalogue: str) -> ast.Module:
    return ast.parse(catalogue)


def _kept(catalogue: str, mistake: Mistake) -> Iterator[str]:
    """Of a mistakes.py: imports, helpers and this mistake under its exercise's name, without what is the grader's."""
    lines = catalogue.splitlines()  # once: ast.get_source_segment would do it for each node
    for node in _parsed(catalogue).body:
        text = "\n".join(lines[node.lineno - 1 : node.end_lineno])
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            if node.name == mistake.name:
                yield re.sub(rf"\b{node.name}\b", mistake.exercise, text)
            elif not node.decorator_list:
                yield text
        elif "autograder" not in text and "reference_beside" not in text and not isinstance(node, ast.Expr):
            yield text
