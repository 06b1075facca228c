"""Every lesson runs from top to bottom with the reference, and as students get it fails only in its check cells."""

import ast
import doctest
import importlib.util
import json
import re
import shutil

import nbformat
import pytest
from nbclient import NotebookClient

from autograder.course.units import load_course
from autograder.grading.sample import solution

COURSE = load_course()
SOLUTIONS = COURSE.root / "solutions"
MOULD = [
    unit for unit in COURSE.units if (SOLUTIONS / unit.folder / "lab.py").is_file()
]  # written as 02_activations is
LONGEST = 15  # lines of a cell
PARTS = ["At a glance", "Ask yourself", "Further"]


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
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")  # small matrices: on a busy machine two threads wait for each other
    shutil.copytree(COURSE.root / "exercises" / unit.folder, tmp_path / unit.folder)
    for used in COURSE.used_units(unit):
        shutil.copytree(COURSE.root / "exercises" / used.folder, tmp_path / used.folder)
    shutil.copy(COURSE.root / "course.yml", tmp_path)
    return tmp_path / unit.folder, unit


units = pytest.mark.parametrize("folder", COURSE.units, ids=lambda unit: unit.id, indirect=True)


@units
def test_lesson_runs_with_the_reference(folder):
    place, unit = folder
    for each in (unit, *COURSE.used_units(unit)):
        (place.parent / each.folder / each.module).write_text(solution(COURSE, each))
    cells = run(place, unit, allow_errors=False)
    shown = [out.get("data", {}) for cell in cells for out in cell.outputs]
    plots = [data for data in shown if "image/png" in data]
    images = [image for data in shown for image in re.findall("<img [^>]*?>", data.get("text/html", ""))]
    assert plots or images
    if unit in MOULD:
        assert not plots  # a figure without words for those who cannot see it
        assert all(len(re.search('alt="([^"]*)"', image)[1]) > 40 for image in images)
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
    assert not failed  # what waits for a function says so in a line


def test_the_students_module_is_imported_last():
    """Where it is not Python, everything else has its name by then, and the check cells can say so."""
    for unit in COURSE.units:
        text = (SOLUTIONS / unit.folder / "lesson.md").read_text()
        setup = text[text.index("%load_ext autoreload") :].partition("\n```")[0]
        assert "%load_ext autograder.notebook" in setup
        assert re.match(rf"import {unit.id}\b", setup.splitlines()[-1]), unit.id


def test_lessons_speak_ascii_and_of_no_machine():
    for unit in COURSE.units:
        text = (COURSE.root / "solutions" / unit.folder / "lesson.md").read_text()
        assert text.isascii(), unit.folder
        assert json.dumps(text).count("/work/") == 0


@pytest.mark.parametrize("unit", MOULD, ids=lambda unit: unit.id)
def test_lesson_is_of_the_mould(unit):
    text = (SOLUTIONS / unit.folder / "lesson.md").read_text()
    assert "**Predict first.**" in text
    assert "../../docs/glossary.md" in text
    assert "{{reading}}" in text
    assert "{{coding}}" in text
    headings = re.findall("^## (.*)$", text, re.MULTILINE)
    assert [each for each in headings if each in PARTS] == PARTS
    opening = text.split("\n---\n", 1)[1].split("```", 1)[0].split("\n", 3)[-1]
    assert len(opening.split()) <= 100
    questions = text.split("## Ask yourself")[1].split("## Further")[0]
    for number in range(1, 6):
        assert f"\n**{number}.** " in questions
    assert questions.count("<details><summary>") == questions.count("</details>") == 5
    # A blank line on either side, or formulas and emphasis inside stay as they are typed.
    assert len(re.findall(r"<details><summary>[^<\n]+</summary>\n\n[^\n]", questions)) == 5
    assert len(re.findall(r"\n\n</details>\n", questions)) == 5
    for cell in re.findall(r"^```\{code-cell\}.*?\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        lines = [line for line in cell.splitlines() if not line.startswith(":")]
        assert len(lines) <= LONGEST
        # JupyterLab shows the first line of a folded cell, unbroken, however narrow the page.
        assert "hide-input" not in cell or lines[0].startswith("# ")


@pytest.mark.parametrize("unit", MOULD, ids=lambda unit: unit.id)
def test_lab_is_documented_and_its_examples_run(unit):
    path = SOLUTIONS / unit.folder / "lab.py"
    spec = importlib.util.spec_from_file_location(f"lab_of_{unit.id}", path)  # each under a name of its own
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    tree = ast.parse(path.read_text())
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert unit.id not in imported  # it takes the student's functions as arguments
    public = [node for node in tree.body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]
    assert all(ast.get_docstring(node) for node in (tree, *public))
    results = doctest.testmod(module, extraglobs={"np": module.np})
    assert results.attempted > 0
    assert results.failed == 0


def test_each_word_of_the_glossary_stands_there_once_and_in_order():
    words = re.findall(r"^\| \*\*(.+?)\*\* \|", (COURSE.root / "docs" / "glossary.md").read_text(), re.MULTILINE)
    plain = [re.sub(r"[^a-z0-9 ]", "", word.lower()) for word in words]
    assert plain == sorted(set(plain))
