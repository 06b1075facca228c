"""Every lesson runs from top to bottom with the reference, and as students get it fails only in its check cells."""

import json
import shutil

import nbformat
import pytest
from nbclient import NotebookClient

from autograder.course.units import load_course
from autograder.grading.sample import solution

COURSE = load_course()


def run(folder, unit, allow_errors):
    notebook = nbformat.read(folder / f"{unit.id}.ipynb", as_version=4)
    client = NotebookClient(
        notebook, timeout=600, kernel_name="python3", allow_errors=allow_errors,
        resources={"metadata": {"path": str(folder)}},
    )  # fmt: skip
    client.execute()
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


@pytest.fixture
def folder(tmp_path, request, monkeypatch):
    """A student's copy of the unit's folder; lessons find the datasets of the repository."""
    unit = request.param
    monkeypatch.setenv("AUTOGRADER_DATASETS", str(COURSE.root / "datasets"))
    shutil.copytree(COURSE.root / "exercises" / unit.folder, tmp_path / unit.folder)
    shutil.copy(COURSE.root / "course.yml", tmp_path)
    return tmp_path / unit.folder, unit


units = pytest.mark.parametrize("folder", COURSE.units, ids=lambda unit: unit.id, indirect=True)


@units
def test_lesson_runs_with_the_reference(folder):
    place, unit = folder
    (place / unit.module).write_text(solution(COURSE, unit))
    cells = run(place, unit, allow_errors=False)
    pictures = [out for cell in cells for out in cell.outputs if "image/png" in out.get("data", {})]
    assert pictures
    tables = [out for cell in cells for out in cell.outputs if "<table>" in out.get("data", {}).get("text/html", "")]
    assert len(tables) == len(unit.points)
    assert sum(bool(cell.metadata.get("main-picture")) for cell in cells) == 1
    assert not [out for cell in cells for out in cell.outputs if out.get("name") == "stderr"]


@units
def test_lesson_as_students_get_it_fails_with_clear_words(folder):
    place, unit = folder
    failed = {}
    for cell in run(place, unit, allow_errors=True):
        for out in cell.outputs:
            if out.output_type == "error":
                failed[cell.metadata.get("nbgrader", {}).get("grade_id", cell.source)] = (out.ename, out.evalue)
    for exercise in unit.points:
        name, words = failed.pop(f"{unit.id}-{exercise}")
        assert name == "ChecksFailed"
        assert words.startswith(f"{exercise}: ")
        assert "not written" in words
        assert words.endswith(f"!autograder hint {unit.id}:{exercise}")
    # What else fails, fails because it uses what is not written yet, or what a cell before it should have made.
    assert {name for name, _ in failed.values()} <= {"NotImplementedError", "NameError"}


def test_lessons_speak_ascii_and_of_no_machine():
    for unit in COURSE.units:
        text = (COURSE.root / "solutions" / unit.folder / "lesson.md").read_text()
        assert text.isascii(), unit.folder
        assert json.dumps(text).count("/work/") == 0
