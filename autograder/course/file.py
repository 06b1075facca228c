"""course.yml for what must start fast: read as it stands, with no check of its keys, and nothing heavy is imported.

`course.load_course` reads the same file with every check.
"""

from __future__ import annotations

import difflib
import functools
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

COURSE_FILE = "course.yml"
SOLUTIONS, EXERCISES = "solutions", "exercises"  # folders of the instructor's side and of the students'
HINTS = "hints.json"  # in a unit's folder of exercises, made by `autograder build` from its mistakes
LAB = "lab.py"  # in a unit's folder: what its lesson draws and trains with, given to students
GLOSSARY = "docs/glossary.md"
EQUIVALENT = "equivalent.txt"  # in a unit's folder of solutions: mutants that no check can tell from the reference
DESK = ".autograder"  # in a student's course: what is remembered, backups, the modules as they were handed out
HANDIN = "handin"  # in a student's course: what `autograder handin` makes
HANDIN_FORMS = ("modules", "notebooks", "zip")
STUBS = "stubs"  # in the desk's folder: the modules as they were handed out


class UnitNames:
    """What follows from a unit's folder and points."""

    if TYPE_CHECKING:
        folder: str
        points: dict[str, float]

    @property
    def id(self) -> str:
        """The folder without its number: what people type and what grades.csv holds."""
        return self.folder.split("_", 1)[1]

    @property
    def module(self) -> str:
        """File name of the module that students write."""
        return f"{self.id}.py"

    @property
    def total(self) -> float:
        return sum(self.points.values())


@dataclass(frozen=True)
class UnitSketch(UnitNames):
    """One unit: its folder, its title, the points of its exercises, its part's title, and what it uses of earlier units."""

    folder: str
    title: str
    points: dict[str, float]
    part: str
    uses: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Sketch:
    """What a student's tools need of a course: its units, how long a check may take, what is to be handed in."""

    root: Path
    title: str = ""
    units: tuple[UnitSketch, ...] = ()
    check_seconds: float = 10.0
    handin: str = HANDIN_FORMS[0]


def nearest(start: Path) -> Path | None:
    """The course.yml of this folder or of the nearest one above."""
    start = start.resolve()
    return next((each / COURSE_FILE for each in (start, *start.parents) if (each / COURSE_FILE).is_file()), None)


def sketch(start: Path) -> Sketch | None:
    """The course around `start`; None where there is none, or where its file is not as it should be."""
    path = nearest(start)
    try:
        return None if path is None else _read(path, path.stat().st_mtime_ns)
    except OSError:
        return None


@functools.lru_cache(maxsize=1)
def _read(path: Path, changed: int) -> Sketch | None:
    """What the file says; `changed` makes a newer one be read again."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        data: Any = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
        units = [
            UnitSketch(
                unit["folder"],
                str(unit["title"]),
                {str(k): float(v) for k, v in unit["points"].items()},
                str(part["title"]),
                {str(k): [str(name) for name in names] for k, names in unit.get("uses", {}).items()},
            )
            for part in data["parts"]
            for unit in part["units"]
        ]
        seconds = float((data.get("limits") or {}).get("check_seconds", Sketch.check_seconds))
        form = HANDIN_FORMS[HANDIN_FORMS.index(data.get("handin", Sketch.handin))]
        return Sketch(path.parent, str(data["title"]), tuple(units), seconds, form)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError):
        return None


def nearest_name(wanted: str, names: Iterable[str], kind: str) -> str:
    """The name that is meant: the very one, or an unambiguous prefix of one.

    Raises:
        LookupError: none or several fit; the message lists the nearest.
    """
    names = list(names)
    if wanted in names:
        return wanted
    found = [name for name in names if wanted and name.lower().startswith(wanted.lower())]
    if len(found) == 1:
        return found[0]
    near = found or difflib.get_close_matches(wanted, names, n=3, cutoff=0.7)
    way_out = f"did you mean {' or '.join(near)}?" if near else f"there are: {', '.join(names)}."
    raise LookupError(f"no {kind} is called {wanted!r}: {way_out}")


def unit_name(name: str, folders: Iterable[str]) -> str:
    """The folder of the unit of that id, folder name or number ("convolution", "11_convolution", "11"), or a prefix of its id.

    Raises:
        LookupError: none or several fit; the message lists the nearest.
    """
    wanted = name.strip().rstrip("/").lower()
    by_id = {folder.split("_", 1)[1]: folder for folder in folders}
    for unit, folder in by_id.items():
        if wanted in (folder, folder.split("_")[0]):
            return by_id[unit]
    try:
        return by_id[nearest_name(wanted, by_id, "unit")]
    except LookupError as error:
        raise LookupError(str(error).replace(repr(wanted), repr(name))) from None
