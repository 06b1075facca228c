"""What a student hands in, in the form that course.yml asks for: read once more, and never written over what was there."""

from __future__ import annotations

import ast
import io
import json
import tokenize
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from autograder.course.file import HANDIN, LAB, UnitSketch
from autograder.sandbox.local import syntax_message
from autograder.student.backups import original
from autograder.student.progress import Desk, StudentCommandError

GIVEN = (
    LAB,
    "scaled.py",
)  # in a unit's folder, beside its module, its tests, and modules in the name of units that it uses
ZIP_OF_ALL = f"{HANDIN}.zip"


@dataclass(frozen=True)
class Written:
    """A file to hand in; `kept` is where the one lies that stood there before, if it was another."""

    path: Path
    kept: Path | None = None
    as_before: bool = False


def begun(desk: Desk) -> list[UnitSketch]:
    """The units whose module is no longer as it was handed out."""
    return [unit for unit in desk.units if is_begun(desk, unit)]


def is_begun(desk: Desk, unit: UnitSketch) -> bool:
    """Is anything written in the unit's module?"""
    path = desk.module(unit)
    return path.is_file() and path.read_bytes() != original(desk, unit).encode()


def unreadable(desk: Desk, unit: UnitSketch) -> str:
    """Why the unit's module cannot be graded by anybody: where it is no Python. Empty where it is."""
    path = desk.module(unit)
    try:
        compile(path.read_bytes(), path.name, "exec", dont_inherit=True)
    except SyntaxError as error:
        return syntax_message(error, path.name)
    except (OSError, ValueError) as error:
        return f"{path.name} cannot be read: {error}"
    return ""


def left_out(desk: Desk, unit: UnitSketch) -> list[int]:
    """The lines of the module that nobody runs in a notebook: there, definitions, imports and assignments count."""
    body = ast.parse(desk.module(unit).read_bytes()).body
    counted = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Try)
    return [
        node.lineno
        for node in body
        if not isinstance(node, (*counted, ast.Assign, ast.AnnAssign, ast.Pass))
        and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        and not (isinstance(node, ast.If) and "__name__" in ast.unparse(node.test))
    ]


def write(desk: Desk, units: Sequence[UnitSketch]) -> list[Written]:
    """Write what is to be handed in of these units, which can be read.

    Raises:
        StudentCommandError: it cannot be written.
    """
    form = desk.course.handin
    files: dict[str, bytes] = {}
    for unit in units:
        if form == "zip":
            named = {unit.module, f"{unit.id}.ipynb", *_helpers(desk, unit)}
            home = desk.module(unit).parent
            files |= {f"{unit.folder}/{name}": (home / name).read_bytes() for name in named if (home / name).is_file()}
            continue
        if form == "notebooks":
            files[f"{unit.id}.ipynb"] = _notebook(desk, unit)
        else:
            files[unit.module] = desk.module(unit).read_bytes()
        files |= {name: desk.module(unit).with_name(name).read_bytes() for name in _helpers(desk, unit)}
    if form == "zip":
        files = {f"{units[0].id}.zip" if len(units) == 1 else ZIP_OF_ALL: _zipped(files)}
    try:
        return [_put(desk, name, content) for name, content in files.items()]
    except OSError as error:
        raise StudentCommandError(f"{error.filename} cannot be written: {error.strerror}") from None


def _put(desk: Desk, name: str, content: bytes) -> Written:
    """One file into its place; another that stood there is kept."""
    path, kept = desk.course.root / HANDIN / name, None
    if path.is_file():
        if path.read_bytes() == content:
            return Written(path, as_before=True)
        kept = _free(desk.folder / HANDIN, f"{datetime.now():%Y-%m-%d_%H-%M-%S}_{name}")
        kept.parent.mkdir(parents=True, exist_ok=True)
        path.replace(kept)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return Written(path, kept)


def _free(folder: Path, name: str) -> Path:
    """A path in the folder that is not taken."""
    stem, dot, ending = name.rpartition(".")
    names = (name if number == 1 else f"{stem}_{number}{dot}{ending}" for number in range(1, 1000))
    return next(folder / each for each in names if not (folder / each).exists())


def _helpers(desk: Desk, unit: UnitSketch) -> list[str]:
    """The student's own files beside the module that it imports, and that these import."""
    home = desk.module(unit).parent
    files = [path for path in home.glob("*.py") if not path.name.startswith("test_") and path.name not in GIVEN]
    theirs = {path.stem for path in files} - set(unit.uses)
    found: list[str] = []
    waiting = [unit.module]
    while waiting:
        try:
            nodes = list(ast.walk(ast.parse((home / waiting.pop()).read_bytes())))
        except (SyntaxError, ValueError):
            continue
        names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
        new = sorted(f"{name}.py" for name in names & theirs if f"{name}.py" not in (unit.module, *found))
        found += new
        waiting += new
    return found


def _notebook(desk: Desk, unit: UnitSketch) -> bytes:
    """The unit's lesson, as the student left it, with the module in a last cell, whose definitions are those that count."""
    module = desk.module(unit)
    lesson = module.with_suffix(".ipynb")
    try:
        notebook = json.loads(lesson.read_text(encoding="utf-8"))
        cells = notebook["cells"]
    except (OSError, ValueError, KeyError, TypeError):
        raise StudentCommandError(
            f"{lesson} is no notebook that can be read: take it from the course's bundle again."
        ) from None
    head = {"cell_type": "markdown", "id": "handed-in", "metadata": {}, "source": f"## {unit.module}"}
    with tokenize.open(module) as file:
        code = file.read()
    cell: dict[str, Any] = {
        "cell_type": "code",
        "id": "module",
        "metadata": {},
        "execution_count": None,
        "outputs": [],
        "source": code,
    }
    return (json.dumps({**notebook, "cells": [*cells, head, cell]}, indent=1, ensure_ascii=False) + "\n").encode()


def _zipped(files: dict[str, bytes]) -> bytes:
    """An archive whose bytes depend on the files alone."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
