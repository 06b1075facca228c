"""Units that build on earlier ones: `from convolution import conv2d_forward` in 32_faces/faces.py.

At the student's desk a small file beside the module stands for the earlier unit's: it loads the student's own, from the folder
next door. So it works in pytest, a notebook, a debugger and plain Python alike. In grading nothing of it is read: there such
names are stand-ins, answered by the confined reference (`sandbox.carried`).
"""

from __future__ import annotations

import ast
import re

from autograder.course.file import SOLUTIONS
from autograder.course.units import Course, Unit

DOOR = '''"""Your own functions of {folder}, for this unit to use. Nothing is to be written here."""

import importlib.util
import sys
from pathlib import Path

path = Path(__file__).resolve().parent.parent / "{folder}" / "{module}"
if not path.is_file():
    raise ImportError(f"this unit uses your {module}, which is not at {{path}}: do {folder} first")
spec = importlib.util.spec_from_file_location(__name__, path)
assert spec is not None
assert spec.loader is not None
module = importlib.util.module_from_spec(spec)
sys.modules[__name__] = module
spec.loader.exec_module(module)
'''
OPENING = re.compile(r'"""Your own functions of (\d\d_([a-z][a-z0-9_]*)), ')
LONGEST = 1500  # bytes of such a file, at most


def door(used: Unit) -> str:
    """The file that stands for an earlier unit's module in the folder of a unit that uses it."""
    return DOOR.format(folder=used.folder, module=used.module)


def is_door(content: bytes) -> bool:
    """Is it such a file, of whatever course, and whatever an editor made of its line ends?"""
    text = content.decode("utf-8", "replace").replace("\r\n", "\n").strip()
    folder = OPENING.match(text)
    return folder is not None and text == DOOR.format(folder=folder[1], module=f"{folder[2]}.py").strip()


def doors(course: Course, unit: Unit) -> dict[str, str]:
    """All of them that a unit needs, by file name."""
    return {used.module: door(used) for used in course.used_units(unit)}


def imported(module: str) -> dict[str, list[str]]:
    """What a module's text imports from others by name, under the names that those have."""
    found: dict[str, list[str]] = {}
    for node in ast.parse(module).body:
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.setdefault(node.module, []).extend(each.name for each in node.names if each.asname is None)
    return found


def used_modules(course: Course, unit: Unit) -> dict[str, str]:
    """The references that a unit's reference imports, as text, by module name."""
    return {
        used.id: (course.root / SOLUTIONS / used.folder / used.module).read_text(encoding="utf-8")
        for used in course.used_units(unit)
    }
