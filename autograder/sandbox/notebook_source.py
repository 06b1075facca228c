"""What a notebook's code cells define, as a module's text. Runs in the sandbox: notebooks come from strangers.

Kept is what functions need, as Jupyter would have it: definitions, imports, constants and what is computed for a name that a
function uses, in the order of the cells. Experiments, plots, checks and magics are left out. Nothing is run here.
"""

from __future__ import annotations

import ast
import contextlib
import importlib.util
import json
import re
import sys
import textwrap
import types
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
IMPORTS = (ast.Import, ast.ImportFrom)
ASSIGNMENTS = (ast.Assign, ast.AnnAssign)
LIBRARIES = {"numpy", *sys.stdlib_module_names}
OF_THE_LESSON = {"autograder", "lab", "scaled"}
RUNS_ITS_BODY = {"time", "capture", "prun"}  # cell magics whose cell is run where it stands
DEFINED = re.compile(r"^(?:async )?(?:def|class)[ \t]+(\w+)", re.MULTILINE)
MAGIC = re.compile(r"^\s*[%!?]|\?\s*$|=\s*[%!]", re.MULTILINE)
# Between the cells of a notebook that was saved as Python: by Jupyter, by VS Code and Jupytext.
BORDER = re.compile(r"^# (?:In\[[\d ]*\]:|%%.*)$", re.MULTILINE)
EXPORTED = re.compile(r"^(?:# In\[[\d ]*\]:|# %%|get_ipython\(\)\.)", re.MULTILINE)


def notebook_source(text: str, own: Collection[str] = ()) -> str:
    """The module that a notebook's code cells make.

    A cell that is not valid Python costs the names that it defines: they raise SyntaxError and say which cell it is.

    Args:
        text: the notebook, of nbformat 3 or 4.
        own: names of the student's modules beside it, which may be imported.

    Raises:
        ValueError: the text is no notebook.
    """
    try:
        notebook = json.loads(text, object_pairs_hook=_without_outputs)
        cells = notebook["cells"] if "cells" in notebook else [c for s in notebook["worksheets"] for c in s["cells"]]
        found = [
            (n, _code(cell)) for n, cell in enumerate(cells, 1) if cell["cell_type"] == "code" and not _is_check(cell)
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"this is no notebook that can be read ({type(error).__name__})") from None
    return _module(found, own)


def _without_outputs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object of the notebook; plots and prints are let go as soon as they are read, cell by cell."""
    return {name: value for name, value in pairs if name not in ("outputs", "attachments")}


def exported_source(text: str, own: Collection[str] = ()) -> str | None:
    """The same of a notebook that was saved as Python; None for a plain module."""
    if not EXPORTED.search(text):
        return None
    return _module(list(enumerate(BORDER.split(text), 1)), own)


def _code(cell: dict[str, object]) -> str:
    source = cell.get("source", cell.get("input", ""))
    return "".join(map(str, source)) if isinstance(source, list) else str(source)


def _is_check(cell: dict[str, object]) -> bool:
    """Is it one of nbgrader's, which a student does not write?"""
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return bool(isinstance(nbgrader, dict) and nbgrader.get("grade"))


@dataclass
class Piece:
    """A statement that may be kept, the names that it defines and those that it needs."""

    text: str
    defines: set[str]
    needs: set[str] = field(default_factory=set)
    kept: bool = True


class Broken(Piece):
    """A name that a cell would have defined if it were valid; where an earlier one defined it, that one stays."""


def _module(cells: Sequence[tuple[int, str]], own: Collection[str]) -> str:
    pieces: list[Piece] = []
    defined: set[str] = set()
    for number, code in cells:
        pieces.append(Piece(f"\n# cell {number}", set()))
        pieces += _pieces(number, code, own)
    wanted: set[str] = set()
    while True:  # what is kept may need what was computed in an earlier cell
        needed = set().union(*(piece.needs for piece in pieces if piece.kept))
        if needed == wanted:
            break
        wanted = needed
        for piece in pieces:
            piece.kept = piece.kept or bool(piece.defines & wanted)
    lines = []
    for piece in pieces:
        if piece.kept and not (isinstance(piece, Broken) and piece.defines <= defined):
            lines.append(piece.text)
            defined |= piece.defines
    lines.sort(
        key=lambda text: not text.startswith("from __future__ ")
    )  # these must come first, and the rest stays in order
    return "\n".join(lines) + "\n"


def _pieces(number: int, code: str, own: Collection[str]) -> Iterator[Piece]:
    try:
        plain = _plain(code)
        body = ast.parse(plain).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        why = (
            f"{error.msg}, line {error.lineno} of the cell" if isinstance(error, SyntaxError) else type(error).__name__
        )
        first = next((line.strip() for line in code.splitlines() if line.strip()), "")[:60]
        words = f"cell {number} of the notebook, which begins with {first!r}, is not valid Python: {why}"
        for name in dict.fromkeys(DEFINED.findall(code)):
            yield Broken(f"def {name}(*args, **kwargs):\n    raise SyntaxError({words!r})", {name})
        return
    for node in body:
        if (magic := _cell_magic(node)) is not None:
            yield from _pieces(number, magic, own)
        elif isinstance(node, DEFINITIONS):
            lines = plain.splitlines()
            start = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            yield Piece("\n".join(lines[start - 1 : node.end_lineno]), {node.name}, _names(node))
        elif isinstance(node, IMPORTS):
            yield from _imported(node, own)
        elif isinstance(node, ast.Try) and all(
            isinstance(each, (*IMPORTS, *ASSIGNMENTS, ast.Pass)) for each in _inside(node)
        ):
            yield Piece(ast.unparse(node), set())
        elif isinstance(node, ASSIGNMENTS) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = {each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)}
            if _constant(node.value) or isinstance(node.value, ast.Lambda):
                yield Piece(ast.unparse(node), names, _names(node.value))
            elif "get_ipython" not in _names(node.value):
                text = f"try:\n{textwrap.indent(ast.unparse(node), '    ')}\nexcept Exception:\n    pass"
                yield Piece(text, names, _names(node.value), kept=False)


def _imported(node: ast.Import | ast.ImportFrom, own: Collection[str]) -> Iterator[Piece]:
    """What of an import is to be had while grading; the student's own modules where they can be loaded."""
    for alias in node.names:
        one = ast.Import([alias]) if isinstance(node, ast.Import) else ast.ImportFrom(node.module, [alias], node.level)
        top = ((node.module or "") if isinstance(node, ast.ImportFrom) else alias.name).partition(".")[0]
        names = {alias.asname or alias.name.partition(".")[0]}
        if top in LIBRARIES:
            yield Piece(ast.unparse(ast.fix_missing_locations(one)), names)
        elif top in own and top not in OF_THE_LESSON:
            text = ast.unparse(ast.fix_missing_locations(one))
            yield Piece(f"try:\n    {text}\nexcept ImportError:\n    pass", names)


def _inside(node: ast.Try) -> list[ast.stmt]:
    return [*node.body, *node.orelse, *node.finalbody, *(each for handler in node.handlers for each in handler.body)]


def _names(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)}


def _constant(value: ast.expr) -> bool:
    """Does the value follow from literals and arithmetic alone, so that it is a constant and not an experiment?"""
    allowed = (ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.Set, ast.UnaryOp, ast.BinOp, ast.operator, ast.unaryop,
               ast.expr_context)  # fmt: skip
    return all(isinstance(node, allowed) for node in ast.walk(value))


# Magics


def _cell_magic(node: ast.stmt) -> str | None:
    """The body of a cell magic that runs it, as IPython's transformer writes such a cell."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        function, arguments = node.value.func, node.value.args
        if isinstance(function, ast.Attribute) and function.attr == "run_cell_magic" and len(arguments) == 3:
            name, _, body = (each.value if isinstance(each, ast.Constant) else None for each in arguments)
            if name in RUNS_ITS_BODY:
                return str(body)
    return None


def _plain(code: str) -> str:
    """The cell as plain Python: by IPython's own transformer where it is installed, else without lines of magics."""
    if not MAGIC.search(code):
        return code
    transform = ipython()
    if transform is not None:
        return transform(code)
    return "\n".join("" if line.lstrip().startswith(("%", "!", "?")) else line for line in code.splitlines())


_loaded: list[Callable[[str], str] | None] = []


def ipython() -> Callable[[str], str] | None:
    """IPython's transformer of cells, loaded once and without the rest of IPython, which no student is to find here."""
    if not _loaded:
        _loaded.append(None)
        with contextlib.suppress(ImportError, AttributeError, OSError):
            _loaded[0] = _load_ipython()
    return _loaded[0]


def _load_ipython() -> Callable[[str], str] | None:
    if "IPython" in sys.modules:  # in a kernel, or in nbgrader
        module = importlib.import_module("IPython.core.inputtransformer2")
        return lambda code: str(module.TransformerManager().transform_cell(code))
    spec = importlib.util.find_spec("IPython")
    if spec is None or spec.origin is None:
        return None
    home = Path(spec.origin).parent
    before = set(sys.modules)
    try:
        for package in ("IPython", "IPython.utils", "IPython.core"):
            sys.modules[package] = types.ModuleType(package)
        for name in ("utils.tokenutil", "core.inputtransformer2"):
            full = f"IPython.{name}"
            each = importlib.util.spec_from_file_location(full, home.joinpath(*name.split(".")).with_suffix(".py"))
            if each is None or each.loader is None:
                return None
            sys.modules[full] = importlib.util.module_from_spec(each)
            setattr(sys.modules[full.rpartition(".")[0]], full.rpartition(".")[2], sys.modules[full])
            each.loader.exec_module(sys.modules[full])
        transformer = sys.modules["IPython.core.inputtransformer2"].TransformerManager
        return lambda code: str(transformer().transform_cell(code))
    finally:
        for name in set(sys.modules) - before:
            if name.partition(".")[0] == "IPython":
                del sys.modules[name]
