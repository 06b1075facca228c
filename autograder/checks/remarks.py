"""What a student should know of a module that runs here and would not while it is graded, read off its text."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from autograder.words import listed


def remarks(path: Path) -> list[str]:
    """One sentence each; nothing where the module cannot be read, which is told elsewhere."""
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    return [*_foreign(tree, path), *_twice(tree, path), *_input(tree, path)]


def _foreign(tree: ast.Module, path: Path) -> Iterator[str]:
    """Imports that grading does not have. One within try is the student's own provision."""
    known = {"numpy", *sys.stdlib_module_names, *(each.stem for each in path.parent.glob("*.py"))} - {"lab", "scaled"}
    for node in tree.body:
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module]
        else:
            continue
        foreign = [name for name in (name.partition(".")[0] for name in names) if name not in known]
        if foreign:
            yield (
                f"{path.name}, line {node.lineno} imports {listed(foreign)}: while it is graded there is NumPy and the standard "
                "library only, and nothing in the file would run."
            )


def _twice(tree: ast.Module, path: Path) -> Iterator[str]:
    seen: dict[str, int] = {}
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            if node.name in seen:
                yield (
                    f"{path.name} defines {node.name} in line {seen[node.name]} and again in line {node.lineno}: the last counts."
                )
            seen[node.name] = node.lineno


def _input(tree: ast.Module, path: Path) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "input":
            yield f"{path.name}, line {node.lineno} calls input(): nobody answers while it is graded."
            return
