"""Back to the start: a module, or one exercise of it, as it was handed out; what was there is kept."""

from __future__ import annotations

import ast
from datetime import datetime
from pathlib import Path

from autograder.course.file import SOLUTIONS, STUBS, UnitSketch
from autograder.student.progress import Desk, StudentCommandError


def original(desk: Desk, unit: UnitSketch) -> str:
    """The module as it was handed out.

    Raises:
        StudentCommandError: neither the bundle's copy nor the instructor's side is here.
    """
    kept = desk.folder / STUBS / unit.folder / unit.module
    if kept.is_file():
        return kept.read_text(encoding="utf-8")
    reference = desk.course.root / SOLUTIONS / unit.folder / unit.module
    if reference.is_file():
        from autograder.course.build import make_stub
        from autograder.course.units import load_course

        return make_stub(reference.read_text(encoding="utf-8"), load_course(desk.course.root).unit(unit.id), reference)
    raise StudentCommandError(
        f"{unit.module} as it was handed out is not here ({kept} is missing): take it from the course's bundle again."
    )


def reset(desk: Desk, unit: UnitSketch, exercise: str | None = None) -> Path:
    """Put a module back, or one exercise in it; returns where what was there is kept.

    Raises:
        StudentCommandError: the exercise cannot be found in the module, or the module cannot be read.
    """
    path, text = desk.module(unit), original(desk, unit)
    if exercise is not None:
        text = _with_original(path, text, exercise)
    saved = back_up(desk, unit)
    path.write_text(text, encoding="utf-8")
    return saved


def _with_original(path: Path, stub: str, exercise: str) -> str:
    """The student's text with one function or class replaced by the stub's."""
    try:
        mine = path.read_text(encoding="utf-8")
        here = _lines_of(mine, exercise)
    except FileNotFoundError:
        raise StudentCommandError(f"{path} is not there: reset the whole unit.") from None
    except SyntaxError as error:
        raise StudentCommandError(
            f"{path.name}, line {error.lineno}: {error.msg}. Mend that first, or reset the whole unit."
        ) from None
    if here is None:
        raise StudentCommandError(f"{path.name} has no {exercise}: reset the whole unit to get it back.")
    there = _lines_of(stub, exercise)
    assert there is not None
    lines = mine.splitlines()
    lines[slice(*here)] = stub.splitlines()[slice(*there)]
    return "\n".join(lines) + "\n"


def _lines_of(text: str, name: str) -> tuple[int, int] | None:
    """First line (from 0) and end of a function or class, the last one of that name: that is the one that counts."""
    found = None
    for node in ast.parse(text).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name == name:
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            found = (first - 1, node.end_lineno or node.lineno)
    return found


def back_up(desk: Desk, unit: UnitSketch) -> Path:
    """Keep the module as it is now."""
    folder = desk.folder / "backups" / unit.folder
    folder.mkdir(parents=True, exist_ok=True)
    stem = datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
    target = folder / f"{stem}.py"
    number = 1
    while target.exists():
        number += 1
        target = folder / f"{stem}_{number}.py"
    target.write_bytes(desk.module(unit).read_bytes() if desk.module(unit).is_file() else b"")
    return target


def backups(desk: Desk, unit: UnitSketch) -> list[Path]:
    """What is kept of a unit, the newest first."""
    return sorted((desk.folder / "backups" / unit.folder).glob("*.py"), reverse=True)


def restore(desk: Desk, unit: UnitSketch, name: str) -> Path:
    """Put a backup back in the module's place; returns where what was there is kept.

    Raises:
        StudentCommandError: there is no such backup.
    """
    found = next((path for path in backups(desk, unit) if name in (path.name, path.stem)), None)
    if found is None:
        known = ", ".join(path.stem for path in backups(desk, unit)[:5])
        raise StudentCommandError(f"no backup of {unit.id} is called {name!r}; there are: {known or 'none'}.")
    text = found.read_bytes()
    saved = back_up(desk, unit)
    desk.module(unit).write_bytes(text)
    return saved
