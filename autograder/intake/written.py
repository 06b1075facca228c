"""How much of a unit a student wrote, read off the text alone: nothing is parsed or run, so a slip in it changes nothing.

What counts is what functions do: one that still raises NotImplementedError is not written, whatever its docstring says,
whichever year's stub it comes from and however its lines end.
"""

from __future__ import annotations

import json
import re

from autograder.course.units import Unit
from autograder.sandbox.encodings import as_utf8

DEFINITION = re.compile(r"(?P<indent>\s*)(?:async )?(?:def|class) (?P<name>\w+)")
MAX_PARSED = 4 * 2**20  # bytes
UNWRITTEN = "raise NotImplementedError"


def text_of(content: bytes, notebook: bool) -> str:
    """A module's text, or that of a notebook's code cells; empty where a notebook cannot be read.

    Of a large notebook, which a stranger may have made to cost memory, only the first lines of definitions.
    """
    if notebook and len(content) > MAX_PARSED:
        return "\n".join(match.decode() for match in re.findall(rb"(?:def|class) \w+", content))
    if not notebook:
        return as_utf8(content).decode("utf-8-sig", "replace")
    try:
        found = json.loads(content)
        cells = found.get("cells") or [cell for sheet in found.get("worksheets", ()) for cell in sheet.get("cells", ())]
        sources = [cell.get("source", cell.get("input", "")) for cell in cells if cell.get("cell_type") == "code"]
        return "\n".join("".join(each) for each in sources)
    except (ValueError, TypeError, AttributeError, RecursionError):
        return ""


def defined(text: str) -> set[str]:
    """Names of the functions and classes at the top level."""
    matches = map(DEFINITION.match, text.splitlines())
    return {match["name"] for match in matches if match and not match["indent"]}


def written(text: str, unit: Unit) -> int:
    """How many functions and methods of the unit's exercises are more than a stub."""
    bodies: list[bool] = []  # of each, whether it is written
    inside = False  # an exercise
    for line in text.splitlines():
        match = DEFINITION.match(line)
        if match:
            if not match["indent"]:
                inside = match["name"] in unit.points
            if inside and "class " not in line[: match.end()]:
                bodies.append(UNWRITTEN not in line)
        elif inside and bodies and line.strip().startswith(UNWRITTEN):
            bodies[-1] = False
    return sum(bodies)


def defines_most(text: str, unit: Unit) -> bool:
    """Is it the unit's module, whatever it is called?"""
    return 2 * len(defined(text) & unit.points.keys()) > len(unit.points)
