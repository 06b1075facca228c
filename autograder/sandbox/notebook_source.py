"""The functions in a notebook's code cells, as a module's text. Runs in the sandbox: notebooks come from strangers."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator

KEPT = (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign)
LIBRARIES = {"numpy", *sys.stdlib_module_names}


def notebook_source(text: str) -> str:
    """Definitions, imports of NumPy and the standard library, and constants of all code cells, in their order.

    What a cell does beyond that (plots, experiments, checks, magics) is left out. A cell that is not valid Python is
    left out too, unless it defines something: then it stands as it is, so that its error is told.

    Raises:
        ValueError: the text is no notebook.
    """
    try:
        notebook = json.loads(text)
        cells = notebook["cells"]
        sources = [(cell["cell_type"], cell["source"], cell.get("metadata", {})) for cell in cells]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"this is no notebook that can be read ({type(error).__name__})") from None
    parts = []
    for number, (kind, source, metadata) in enumerate(sources, 1):
        nbgrader = metadata.get("nbgrader", {}) if isinstance(metadata, dict) else {}
        if kind == "code" and not nbgrader.get("grade"):
            code = "".join(source) if isinstance(source, list) else str(source)
            parts.append(f"# cell {number}\n{_kept(code)}")
    return "\n\n".join(parts) + "\n"


def _kept(code: str) -> str:
    plain = "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in code.splitlines())
    try:
        tree = ast.parse(plain)
    except SyntaxError:
        return plain if "def " in plain or "class " in plain else ""
    lines = plain.splitlines()
    return "\n".join("\n".join(lines[first - 1 : last]) for first, last in _ranges(tree))


def _ranges(tree: ast.Module) -> Iterator[tuple[int, int]]:
    for node in tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)) and not _known(node):
            continue
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and not _constant(node.value):
            continue
        if isinstance(node, KEPT):
            decorators = getattr(node, "decorator_list", [])
            yield min([node.lineno, *(each.lineno for each in decorators)]), node.end_lineno or node.lineno


def _known(node: ast.Import | ast.ImportFrom) -> bool:
    names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
    return all(name.partition(".")[0] in LIBRARIES for name in names)


def _constant(value: ast.expr | None) -> bool:
    """Does the value follow from literals and arithmetic alone, so that it is a constant and not an experiment?"""
    allowed = (ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.Set, ast.UnaryOp, ast.BinOp, ast.operator, ast.unaryop,
               ast.expr_context)  # fmt: skip
    return value is not None and all(isinstance(node, allowed) for node in ast.walk(value))
