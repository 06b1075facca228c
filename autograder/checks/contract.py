"""What a docstring promises, as far as a message needs it."""

from __future__ import annotations

import ast
import functools
import re
from pathlib import Path

RETURNS = re.compile(r"^\s*Returns:\s*\n\s*\(([a-zA-Z_]\w*(?:,\s*[a-zA-Z_]\w*)+)\)", re.MULTILINE)


@functools.lru_cache(maxsize=64)
def _promises(path: Path, changed: int) -> dict[str, tuple[str, ...]]:
    try:
        body = ast.parse(path.read_text(encoding="utf-8")).body
    except (OSError, SyntaxError, ValueError):
        return {}
    found = {}
    for node in body:
        if isinstance(node, ast.FunctionDef) and (match := RETURNS.search(ast.get_docstring(node) or "")):
            found[node.name] = tuple(name.strip() for name in match[1].split(","))
    return found


def returned_names(module: Path, exercise: str) -> tuple[str, ...]:
    """The names in "Returns: (loss, gradient): ..." of an exercise; nothing where one value is returned."""
    try:
        return _promises(module, module.stat().st_mtime_ns).get(exercise, ())
    except OSError:
        return ()
