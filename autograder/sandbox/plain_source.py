"""A submission's text as the parser sees it, for comparing: decoded, laid out anew, without what does nothing.

Runs in the sandbox, in a submission's place: what it parses comes from strangers. It runs none of it.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Sequence

import numpy as np

from autograder.sandbox.encodings import as_utf8
from autograder.sandbox.notebook_source import exported_source, notebook_source

RUN_TEXT = {"exec", "eval", "compile", "__import__", "__builtins__", "__loader__"}
REACH_IT = {"exec", "eval", "__import__", "import_module", "__builtins__", "__globals__", "__code__", "__subclasses__"}
UNPACK = {"ast", "base64", "binascii", "builtins", "bz2", "codecs", "code", "codeop", "ctypes", "gzip", "importlib", "lzma",
          "marshal", "pickle", "pkgutil", "quopri", "runpy", "zipimport", "zlib"}  # fmt: skip
LONG_TEXT, LONG_LIST = 600, 400  # characters of one string, elements of one list of constants
WITHOUT_EFFECT = {"abs", "bool", "bytes", "dict", "float", "hash", "id", "int", "isinstance", "len", "list", "max", "min",
                  "range", "repr", "round", "set", "sorted", "str", "sum", "tuple", "type"}  # fmt: skip
ROUNDS = 5  # what is dropped may have been the only use of something else


def plain(names: Sequence[str], contents: Sequence[np.ndarray]) -> tuple[np.ndarray, list[str]]:
    """The text of a submission and of what it imports of its own, and what a person should look at.

    Args:
        names: of the graded file first, then of those beside it.
        contents: their bytes.
    """
    files = {name: content.tobytes() for name, content in zip(names, contents, strict=True)}
    texts: list[str] = []
    notes: list[str] = []
    left, seen = [names[0]], {names[0]}
    while left:
        name = left.pop(0)
        try:
            tree = _parsed(name, files[name])
            notes += _notes(name, tree)
            for imported in _imported(tree, name):
                if imported in files and imported not in seen:
                    seen.add(imported)
                    left.append(imported)
            for _ in range(ROUNDS):
                before = ast.dump(tree)
                tree = ast.fix_missing_locations(_Living(tree).visit(tree))
                if ast.dump(tree) == before:
                    break
            texts.append(ast.unparse(tree))
        except (SyntaxError, ValueError, RecursionError, MemoryError, LookupError) as error:
            notes.append(f"{name} cannot be read as Python ({type(error).__name__})")
    text = "\n\n".join(texts).encode("utf-8", "replace")
    return np.frombuffer(text or b"\n", np.uint8), list(dict.fromkeys(notes))


def _parsed(name: str, content: bytes) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if name.endswith(".ipynb"):
            return ast.parse(notebook_source(content.decode("utf-8-sig")))
        module = as_utf8(content)
        return ast.parse(exported_source(module.decode("utf-8-sig", "replace")) or module)


def _imported(tree: ast.AST, name: str) -> Iterator[str]:
    """Names of files that may be meant by the imports in a file of that name."""
    package = name.split("/")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            ways = [alias.name.split(".") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            start = [*above, *(node.module.split(".") if node.module else [])]
            ways = [start, *([*start, alias.name] for alias in node.names)]
        else:
            continue
        for way in ways:
            for end in range(1, len(way) + 1):
                yield "/".join(way[:end]) + ".py"
                yield "/".join([*way[:end], "__init__.py"])


def _notes(name: str, tree: ast.AST) -> Iterator[str]:
    """What may hide text from a comparison."""
    documentation = {id(_docstring(node)) for node in ast.walk(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in RUN_TEXT:
            yield f"{name} uses {node.id}"
        elif isinstance(node, ast.Attribute) and node.attr in REACH_IT:
            yield f"{name} uses {node.attr}"
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            for module in modules:
                if module.partition(".")[0] in UNPACK:
                    yield f"{name} imports {module.partition('.')[0]}"
        elif isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes)) and id(node) not in documentation:
            if len(node.value) > LONG_TEXT:
                yield f"{name} holds a text of {len(node.value):,} characters"
        elif isinstance(node, (ast.List, ast.Tuple)) and len(node.elts) > LONG_LIST:
            yield f"{name} holds a list of {len(node.elts):,} values"


def _docstring(node: ast.AST) -> ast.expr | None:
    if not isinstance(node, (ast.Module, ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)) or not node.body:
        return None
    first = node.body[0]
    return first.value if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) else None


class _Living(ast.NodeTransformer):
    """Leaves out what cannot matter: lone values, docstrings, annotations, names nobody reads, what is never reached."""

    def __init__(self, tree: ast.AST) -> None:
        self._read = {
            node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        }
        self._read |= {
            name for node in ast.walk(tree) if isinstance(node, (ast.Global, ast.Nonlocal)) for name in node.names
        }

        self._functions = 0  # that it is in: a module's own names may be read from outside

    def generic_visit(self, node: ast.AST) -> ast.AST:
        is_function = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        self._functions += is_function
        super().generic_visit(node)
        for field in ("body", "orelse", "finalbody"):
            block = getattr(node, field, None)
            if isinstance(block, list):
                kept = list(self._reached(block))
                needed = field == "body" and not isinstance(node, ast.Module)
                setattr(node, field, kept or ([ast.Pass()] if needed else []))
        if isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            node.returns = None
        self._functions -= is_function
        return node

    def _reached(self, block: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
        for statement in block:
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                if statement.value is None:
                    continue
                statement = ast.Assign([statement.target], statement.value)
            if self._is_dead(statement):
                continue
            if isinstance(statement, ast.If) and isinstance(statement.test, ast.Constant):
                yield from self._reached(statement.body if statement.test.value else statement.orelse)
                continue
            yield statement
            if isinstance(statement, (ast.Return, ast.Raise, ast.Break, ast.Continue)):
                return

    def _is_dead(self, statement: ast.stmt) -> bool:
        if isinstance(statement, ast.Pass):
            return True
        if isinstance(statement, ast.Expr):
            return _has_no_effect(statement.value)
        if isinstance(statement, ast.Assert):
            return isinstance(statement.test, ast.Constant) and bool(statement.test.value)
        if isinstance(statement, ast.While):
            return isinstance(statement.test, ast.Constant) and not statement.test.value and not statement.orelse
        if isinstance(statement, ast.For):
            return isinstance(statement.iter, (ast.List, ast.Tuple)) and not statement.iter.elts
        if isinstance(statement, ast.If):
            is_empty = not statement.orelse and all(isinstance(each, ast.Pass) for each in statement.body)
            return is_empty and _has_no_effect(statement.test)
        if isinstance(statement, ast.Assign) and _has_no_effect(statement.value):
            names = [each.id for each in statement.targets if isinstance(each, ast.Name)]
            same = isinstance(statement.value, ast.Name) and names == [statement.value.id]
            unread = self._functions > 0 and self._read.isdisjoint(names)
            return len(names) == len(statement.targets) and (same or unread)
        return False


def _has_no_effect(value: ast.expr) -> bool:
    if isinstance(value, ast.Lambda):
        return True
    for node in ast.walk(value):
        if isinstance(node, (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)):
            return False
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") not in WITHOUT_EFFECT:
            return False
    return True
