"""A lesson's main picture, drawn by the student's own code."""

from __future__ import annotations

import contextlib
import functools
import io
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograder.course.file import LAB, UnitSketch
from autograder.sandbox.proxy import StudentTimeout
from autograder.sandbox.time_limit import within
from autograder.student.progress import MAIN_PICTURE, Desk, StudentCommandError

LAB_MODULE = LAB.removesuffix(".py")
SECONDS = 60.0  # for all cells up to the picture


def draw(desk: Desk, unit: UnitSketch, output: Path) -> Path:
    """Run the lesson's code up to its main picture, and save that as PNG.

    Raises:
        StudentCommandError: there is no lesson, or the picture needs what is not written yet or is wrong.
    """
    folder = desk.module(unit).parent
    lesson = folder / f"{unit.id}.ipynb"
    if not lesson.is_file():
        raise StudentCommandError(f"{lesson} is not there: take it from the course's bundle again.")
    cells = [cell for cell in json.loads(lesson.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    main = next((k for k, cell in enumerate(cells) if cell["metadata"].get(MAIN_PICTURE)), None)
    if main is None:
        raise StudentCommandError(f"{lesson.name} has no main picture.")
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    space: dict[str, Any] = {"__name__": "__main__"}
    with _inside(folder):
        for cell in cells[: main + 1]:
            wanted = cell is cells[main]
            if not wanted and "nbgrader" in cell["metadata"]:
                continue  # a check cell
            if wanted:
                pyplot.close("all")
            try:
                # What the lesson prints on the way belongs to the lesson.
                with contextlib.redirect_stdout(io.StringIO()):
                    code = compile(_plain("".join(cell["source"])), lesson.name, "exec")
                    within(SECONDS, functools.partial(exec, code, space))
            except (Exception, StudentTimeout) as error:
                if wanted:
                    said = "something it needs is not written yet" if isinstance(error, NotImplementedError) else error
                    raise StudentCommandError(f"the picture of {unit.id} could not be drawn: {said}") from None
        output.parent.mkdir(parents=True, exist_ok=True)
        pyplot.gcf().savefig(output, dpi=150, bbox_inches="tight")
    return output


def _plain(source: str) -> str:
    """The cell without IPython's magics."""
    return "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines())


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[None]:
    """Work in the unit's folder, and import from it first; its lab.py is not that of a unit drawn before or after."""
    before = Path.cwd()
    os.chdir(folder)
    sys.modules.pop(LAB_MODULE, None)
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        sys.modules.pop(LAB_MODULE, None)
        os.chdir(before)
