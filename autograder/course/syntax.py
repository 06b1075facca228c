"""Small questions to Python's syntax tree: a copy with other fields, a constant's value, names, a statement's line."""

from __future__ import annotations

import ast
import copy
from typing import Any, TypeVar

Node = TypeVar("Node", bound=ast.AST)


def changed(node: Node, **fields: Any) -> Node:
    """A copy of a node with other fields; the rest is shared."""
    other = copy.copy(node)
    for name, value in fields.items():
        setattr(other, name, value)
    return other


def literal(node: ast.AST) -> Any:
    """The value of a constant, also of a negative one; None for anything else."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        return -node.operand.value if isinstance(node.operand.value, (int, float)) else None
    return None


def called(node: ast.AST) -> str:
    """The name of the function that is called, without what it belongs to: "sum" of np.sum(x) and of x.sum()."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def loaded(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)}


def stored(node: ast.AST) -> list[str]:
    return [each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)]


def header(statement: ast.stmt) -> str:
    """A statement on one line; of one that holds others, the line above them."""
    if hasattr(statement, "body"):
        below = [name for name in ("orelse", "finalbody", "handlers") if getattr(statement, name, None)]
        statement = changed(statement, body=[ast.Pass()], **{name: [] for name in below})
        return next(line for line in ast.unparse(statement).splitlines() if not line.startswith("@"))
    return ast.unparse(statement)
