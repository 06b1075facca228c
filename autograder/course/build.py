"""From solutions/ to exercises/: stubs, public tests, torch twins and notebooks, with no line of a solution in them.

The hints beside them come from running the mistakes: see `checks.hints`.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import itertools
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autograder.course.card import with_times
from autograder.course.file import EXERCISES, HINTS, LAB, SOLUTIONS
from autograder.course.units import Course, Unit
from autograder.course.uses import doors, imported
from autograder.extras import way_out

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
STUB = "raise NotImplementedError"
GIVEN = ("scaled.py", LAB)  # handed out as they are, where a unit has them
MIN_TELLING = 12  # characters, spaces apart: shorter solution lines ("return out") give nothing away
NOTE = re.compile(r"^(`{3,})\{note\}\n(.*?)\n\1$", re.MULTILINE | re.DOTALL)
NOTES = "# Your notes (not graded): what was hard, what you would like to ask."
GOES_ON = "raises-exception"  # a failed check does not stop "Run All Cells"
FOLDED = "hide-input"
KEEPS_ARGUMENT = re.compile(r"self\.(\w+)=\1")  # nor does a constructor that keeps what it is given


class BuildError(Exception):
    """A unit cannot be built without giving its solution away, or is incomplete; names the file and the line."""


def build_units(course: Course, units: Sequence[Unit], write: bool = True) -> list[Path]:
    """Make the student's side of some units; returns the files that differed (and were written, with `write`).

    Raises:
        BuildError: nothing of the unit is written.
    """
    changed = []
    for unit in units:
        folder = course.root / EXERCISES / unit.folder
        files = unit_files(course, unit)
        wanted = {folder / name: text for name, text in files.items()}
        # The reference finds what it uses as a student's module does.
        wanted |= {course.root / SOLUTIONS / unit.folder / name: text for name, text in doors(course, unit).items()}
        for path, text in wanted.items():
            if not path.is_file() or path.read_text(encoding="utf-8") != text:
                changed.append(path)
                if write:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(text, encoding="utf-8")
        kept = {*files, *([HINTS] if (course.root / SOLUTIONS / unit.folder / "mistakes.py").is_file() else [])}
        left_over = [p for p in folder.glob("*") if p.is_file() and p.name not in kept] if folder.is_dir() else []
        changed += left_over
        if write:
            for path in left_over:
                path.unlink()
    return changed


def unit_files(course: Course, unit: Unit) -> dict[str, str]:
    """The student's files of one unit, by name."""
    source = course.root / SOLUTIONS / unit.folder
    files = given_modules(course, unit)
    if (source / "lesson.md").is_file():
        files[f"{unit.id}.ipynb"] = make_notebook(_read(source / "lesson.md"), unit, source / "lesson.md")
    secret = solution_lines(_read(source / unit.module))
    for name, text in files.items():
        for number, line in enumerate(code_lines(name, text), 1):
            if squeezed(line) in secret:
                raise BuildError(f"{name}, line {number} would give a solution line away: {line.strip()}")
    return files


def given_modules(course: Course, unit: Unit) -> dict[str, str]:
    """What students are given of one unit in Python: the stub, the public tests, the lesson's plumbing."""
    source = course.root / SOLUTIONS / unit.folder
    files = {unit.module: make_stub(_read(source / unit.module), unit, source / unit.module)}
    _check_imports(files[unit.module], unit, source / unit.module)
    files[f"test_{unit.module}"] = _read(source / f"test_{unit.module}")
    files |= doors(course, unit)
    return files | {name: _read(source / name) for name in GIVEN if (source / name).is_file()}


def _check_imports(stub: str, unit: Unit, path: Path) -> None:
    """What course.yml says that a unit uses is imported by name, so that stand-ins can be told from its own."""
    found = imported(stub)
    for used, names in unit.uses.items():
        if missing := [name for name in names if name not in found.get(used, [])]:
            raise BuildError(f"{path}: course.yml says that it uses {missing[0]}: from {used} import {missing[0]}")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BuildError(f"{path} is not there, but course.yml names the unit {path.parent.name}.") from None


def code_lines(name: str, text: str) -> list[str]:
    """The lines of a file; of a notebook, those of its cells."""
    if name.endswith(".ipynb"):
        with contextlib.suppress(ValueError, KeyError, TypeError):
            return [line for cell in json.loads(text)["cells"] for line in "".join(cell["source"]).splitlines()]
    return text.splitlines()


def squeezed(line: str) -> str:
    return "".join(line.split("#")[0].split())


def solution_lines(module: str) -> set[str]:
    """The telling lines between the markers, without white space and comments."""
    inside = False
    found: set[str] = set()
    for line in module.splitlines():
        text = line.strip()
        if text in (BEGIN, END):
            inside = text == BEGIN
        elif inside and len(squeezed(line)) >= MIN_TELLING and not KEEPS_ARGUMENT.fullmatch(squeezed(line)):
            found.add(squeezed(line))
    return found


def make_stub(module: str, unit: Unit, path: Path, keep: frozenset[str] = frozenset()) -> str:
    """The module with each solution replaced by `raise NotImplementedError`; exercises in `keep` stay solved.

    Raises:
        BuildError: markers that do not pair, an exercise that is missing or has no docstring, or code of an exercise
            outside its markers.
    """
    kept = _ranges_of(module, keep)
    lines: list[str] = []
    begin = 0
    for number, line in enumerate(module.splitlines(), 1):
        marker = line.strip()
        if marker == BEGIN:
            if begin:
                raise BuildError(f"{path}, line {number}: {BEGIN} inside the solution that begins in line {begin}")
            begin = number
            if not _within(number, kept):
                lines.append(line[: len(line) - len(line.lstrip())] + STUB)
        elif marker == END:
            if not begin:
                raise BuildError(f"{path}, line {number}: {END} without {BEGIN}")
            begin = 0
        elif not begin or _within(number, kept):
            lines.append(line)
    if begin:
        raise BuildError(f"{path}, line {begin}: {BEGIN} without {END}")
    stub = "\n".join(lines) + "\n"
    _check_stub(stub, unit, path, keep)
    return stub


def _ranges_of(module: str, names: frozenset[str]) -> list[tuple[int, int]]:
    nodes = [n for n in ast.parse(module).body if isinstance(n, (ast.FunctionDef, ast.ClassDef)) and n.name in names]
    return [(node.lineno, node.end_lineno or node.lineno) for node in nodes]


def _within(number: int, ranges: list[tuple[int, int]]) -> bool:
    return any(first <= number <= last for first, last in ranges)


def _check_stub(stub: str, unit: Unit, path: Path, keep: frozenset[str]) -> None:
    """Every exercise is there, says what it does, and holds nothing but the stub, below lines that validate at most."""
    body = ast.parse(stub).body
    if any(ast.unparse(node) == STUB for node in body):
        raise BuildError(f"{path}: a solution outside of every function: the stub could not be imported")
    there = {n.name: n for n in body if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
    helpers = {name for name, node in there.items() if isinstance(node, ast.FunctionDef)} - set(unit.points)
    for exercise in unit.points:
        node = there.get(exercise)
        if node is None:
            raise BuildError(f"{path}: {exercise} is in course.yml but not in the module")
        if not ast.get_docstring(node):
            raise BuildError(f"{path}: {exercise} has no docstring for its stub")
        if exercise in keep:
            continue
        functions = (
            [node] if isinstance(node, ast.FunctionDef) else [n for n in node.body if isinstance(n, ast.FunctionDef)]
        )
        for function in functions:
            body = function.body[1:] if ast.get_docstring(function) else function.body
            body = list(itertools.dropwhile(lambda statement: _validates(statement, helpers), body))
            if [ast.unparse(statement) for statement in body] != [STUB]:
                survivor = next((ast.unparse(s) for s in body if ast.unparse(s) != STUB), "nothing between the markers")
                raise BuildError(f"{path}: {exercise}: code outside the solution's markers: {survivor.splitlines()[0]}")


def _validates(statement: ast.stmt, helpers: set[str]) -> bool:
    """Does it only look at arguments? A call of one of the module's own given functions, whose answer may be kept under
    a name; or an `if` that raises, or a loop, around such lines."""
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Name(id=name))) | ast.Assign(value=ast.Call(func=ast.Name(id=name))):
            return name in helpers
        case ast.Raise(exc=ast.Call(func=ast.Name(id="ValueError"))):
            return True
        case ast.If(body=inner, orelse=[]) | ast.For(body=inner, orelse=[]):
            return all(_validates(each, helpers) for each in inner)
        case _:
            return False


def make_notebook(lesson: str, unit: Unit, path: Path) -> str:
    """The lesson as a notebook: a check cell for each exercise carries nbgrader's metadata, its id and its points.

    Raises:
        BuildError: jupytext is not installed, or the lesson's check cells are not the unit's exercises.
    """
    try:
        import jupytext
        import nbformat
    except ModuleNotFoundError as error:
        raise BuildError(f"{error.name} is needed to build notebooks: {way_out('jupyter')}") from None
    notebook: Any = jupytext.reads(with_times(lesson, unit.total), fmt="md:myst")
    seen = []
    for number, cell in enumerate(notebook.cells):
        cell["id"] = hashlib.sha256(f"{unit.id}/{number}".encode()).hexdigest()[:8]
        exercise = cell.metadata.pop("exercise", None)
        if exercise is not None:
            if exercise not in unit.points:
                raise BuildError(f"{path}: a check cell speaks of {exercise!r}, which is no exercise of {unit.id}")
            seen.append(exercise)
            cell.metadata["nbgrader"] = grade_cell(unit, exercise)
            cell.metadata["tags"] = [*cell.metadata.get("tags", []), GOES_ON]
        if FOLDED in cell.metadata.get("tags", []):
            cell.metadata["jupyter"] = {"source_hidden": True}  # what JupyterLab knows; the tag is Jupyter Book's
        if cell.cell_type == "markdown":
            cell.source = NOTE.sub(quotation, cell.source)
    notebook.cells.append(notes_cell(unit))
    missing = [name for name in unit.points if seen.count(name) != 1]
    if missing:
        raise BuildError(f"{path}: {missing[0]} needs one check cell, but has {seen.count(missing[0])}")
    notebook.metadata = nbformat.NotebookNode(
        kernelspec={"display_name": "Python 3", "language": "python", "name": "python3"},
        language_info={"name": "python"},
    )
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    text: str = nbformat.writes(notebook)
    return text.rstrip("\n") + "\n"


def quotation(note: re.Match[str]) -> str:
    """MyST's note as a quotation, which every notebook shows with its formulas; a note would be shown as code."""
    return "\n".join(f"> {line}".rstrip() for line in f"**Note.** {note[2]}".splitlines())


def cell_id(unit: str, exercise: str) -> str:
    """nbgrader's name of an exercise's check cell."""
    return f"{unit}-{exercise}"


def notes_id(unit: str) -> str:
    """nbgrader's id of the cell for a student's notes; its comment in the gradebook speaks of the whole unit."""
    return f"{unit}-notes"


def notes_cell(unit: Unit) -> Any:
    """The last cell: room for the student's words, and so for the teacher's: nbgrader shows comments below such cells.

    A code cell of comments, because nbgrader wants a grade for every one of Markdown.
    """
    from nbformat.v4 import new_code_cell

    cell = new_code_cell(NOTES, id=hashlib.sha256(f"{unit.id}/notes".encode()).hexdigest()[:8])
    cell.metadata["nbgrader"] = {
        "schema_version": 3,
        "grade": False,
        "grade_id": notes_id(unit.id),
        "locked": False,
        "solution": True,
        "task": False,
    }
    return cell


def grade_cell(unit: Unit, exercise: str) -> dict[str, Any]:
    """nbgrader's metadata (schema 3) of an exercise's check cell: graded by itself, locked, nothing to fill in."""
    return {
        "schema_version": 3,
        "cell_type": "code",
        "grade": True,
        "grade_id": cell_id(unit.id, exercise),
        "locked": True,
        "points": unit.points[exercise],
        "solution": False,
        "task": False,
    }
