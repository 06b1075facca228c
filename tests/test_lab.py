"""`autograder.lab`: pictures with words, frames that slide without a kernel; and cells that wait for what is not written."""

import doctest
import re
import subprocess
import sys

import matplotlib
import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from autograder import lab
from autograder.course import card

matplotlib.use("Agg")
from matplotlib import pyplot


@pytest.fixture(autouse=True)
def closed():
    yield
    pyplot.close("all")


def draw(value):
    drawn, ax = lab.figure()
    ax.plot([0, value])
    return drawn


def test_importing_it_loads_no_matplotlib():
    subprocess.run(
        [sys.executable, "-c", "import autograder.lab, sys; assert 'matplotlib' not in sys.modules"], check=True
    )


def test_frames_slide_in_a_page_and_stand_without_scripts(chromium, tmp_path):
    two = [lab.frames(draw, [1, 2, 3, 4], "size {:g}", "A line <rises>.", start=1) for _ in range(2)]
    assert not pyplot.get_fignums()
    page = tmp_path / "page.html"
    page.write_text("<!doctype html>" + "".join(each._repr_html_() for each in two))
    seen = (
        "return [...document.querySelectorAll('div')].map(box => [box.querySelector('output').textContent,"
        " [...box.querySelectorAll('figure')].filter(each => each.offsetParent).map(each => each.dataset.label)])"
    )
    chromium.get(page.as_uri())
    assert chromium.execute_script(seen) == [["size 2", ["size 2"]]] * 2
    chromium.execute_script(
        "const s = document.querySelector('input'); s.value = 3; s.dispatchEvent(new Event('input'))"
    )
    assert chromium.execute_script(seen) == [["size 4", ["size 4"]], ["size 2", ["size 2"]]]
    assert chromium.execute_script("return document.images[2].alt") == "A line <rises>. Here: size 3."
    chromium.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    chromium.get(page.as_uri())
    chromium.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    assert chromium.execute_script(seen) == [["", ["size 1", "size 4"]]] * 2
    assert not chromium.execute_script("return document.querySelector('input').offsetParent")
    assert "https:" not in page.read_text()


@pytest.mark.parametrize("values", [[], range(41)], ids=["none", "too many"])
def test_frames_refuses(values):
    with pytest.raises(ValueError, match="values must be 1 to 40"):
        lab.frames(draw, values, "{}", "words")


def test_names_keep_apart_and_near_their_lines():
    assert lab._apart([0.0, 0.5, 1.0], 0.1) == [0.0, 0.5, 1.0]
    np.testing.assert_allclose(lab._apart([0.5, 0.5, 0.9], 0.2), [0.4, 0.6, 0.9])
    assert lab._apart([], 0.1) == []
    _, ax = lab.figure()
    for name, end in (("low", 0), ("_none", 3), ("high", 1)):
        ax.plot([0, end], label=name)
    lab.label_lines(ax)
    heights = {text.get_text(): text.xy[1] for text in ax.texts}
    assert list(heights) == ["low", "high"]
    assert heights["low"] < heights["high"]


def test_images_share_one_scale_and_zero_is_white_where_signed():
    pictures = np.stack([np.zeros((3, 4)), np.full((3, 4), -2.0), np.full((3, 4), 1.0)])
    drawn = lab.images(pictures, ["a", "b", "c"], columns=2, signed=True)
    shown = [ax.images[0] for ax in drawn.axes if ax.images]
    assert len(shown) == 3
    assert {image.get_clim() for image in shown} == {(-2.0, 2.0)}
    np.testing.assert_allclose(shown[0].to_rgba(np.zeros((1, 1))), 1, atol=0.01)
    assert lab.images(np.ones((1, 3, 2, 2))).axes[0].images[0].get_array().shape == (2, 2, 3)


def test_histograms_tell_each_layers_spread():
    layers = {"1": np.array([-1.0, 1.0, np.nan]), "2": np.array([0.0, 0.0, 5.0, 5.0]), "3": np.array([np.inf])}
    drawn = lab.histograms(layers, (-2, 2), "value")
    assert [ax.texts[0].get_text() for ax in drawn.axes] == ["std 1", "std 2.5", "std none"]
    # Outside of the limits counts at the rim.
    assert [sum(bar.get_height() for bar in ax.patches) for ax in drawn.axes] == [2, 4, 0]


def test_landscape_draws_each_path_from_its_start():
    drawn = lab.landscape(lambda x, y: x**2 + 9 * y**2, (-2, 2), (-1, 1), {"down": [(-1, 1), (0, 0.5), (9, 0)]})
    (ax,) = drawn.axes
    np.testing.assert_allclose(ax.lines[0].get_xydata(), [(-1, 1), (0, 0.5), (9, 0)])
    assert ax.texts[0].get_text() == "down"
    assert ax.texts[0].xy[0] == 2  # where it left the picture
    assert lab.landscape(lambda x, y: 0 * x, (0, 1), (0, 1)).axes


def test_colours_are_eight_that_differ():
    assert len(set(lab.COLOURS.values())) == len(lab.COLOURS) == 8
    glossary = (lab.__file__.rpartition("autograder")[0]) + "docs/glossary.md"
    with open(glossary) as file:
        named = set(re.findall(r"`(\w+)`", file.read().split("## Colours")[1]))
    assert set(lab.COLOURS) <= named


def test_a_cell_waits_in_one_line_and_other_errors_stay_errors(tmp_path):
    (tmp_path / "mine.py").write_text("class Net:\n    def fit(self):\n        raise NotImplementedError\n")
    cells = [
        "%load_ext autograder.notebook\nimport mine",
        "losses = mine.Net().fit()",
        "print(losses)\nafter = 1",
        "after",
        "never_made",
        "raise NotImplementedError('mine')",
        "losses = 3",
        "losses",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    client = NotebookClient(notebook, allow_errors=True, resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    said = ["".join(out.get("text", "") or out.get("ename", "") or out.data["text/plain"] for out in cell.outputs)
            for cell in notebook.cells]  # fmt: skip
    assert said == [
        "",
        "Waiting for Net.fit in mine.py. Then run this cell again.\n",
        "Waiting for a cell above, which makes losses. Then run this cell again.\n",
        "Waiting for a cell above, which makes after. Then run this cell again.\n",
        "NameError",
        "NotImplementedError",
        "",
        "3",
    ]


def test_a_module_that_is_not_python_is_told_once(tmp_path):
    (tmp_path / "mine.py").write_text("def broken(:\n")
    (tmp_path / "test_mine.py").write_text(
        "import pytest\n\n\n@pytest.mark.exercise('broken')\ndef test_broken(student):\n    student.broken()\n"
    )
    setup = "%load_ext autograder.notebook\nfrom autograder.notebook import check\n\nimport mine"
    cells = [setup, "mine.broken", "check('broken')", "check('broken')"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, allow_errors=True, resources={"metadata": {"path": str(tmp_path)}}).execute()
    said = ["".join(out.get("text", "") or out.get("evalue", "") for out in cell.outputs) for cell in notebook.cells]
    place = "mine.py, line 1: invalid syntax\n    def broken(:\n               ^\n"
    assert said == [
        f"{place}Mend it, then run this cell again.\n",
        "Waiting for a cell above, which makes mine. Then run this cell again.\n",
        f"{place}Nothing can run until this is mended.",
        "as above: mine.py, line 1: invalid syntax",
    ]


def test_times_of_a_card():
    text = (
        "---\nnot: read\n---\n" + "word " * 1400 + "\n```{code-cell} ipython3\n:tags: [x]\n" + "a = 1\n" * 60 + "```\n"
    )
    assert card.reading_minutes(text) == 15  # 10 for the words, 5 for the code
    assert card.with_times("{{reading}}, {{coding}}", 30) == "5 minutes, 2 hours"
    assert card.with_times("{{coding}}", 16) == "1 h 5 min"


def test_examples():
    assert doctest.testmod(lab) == (0, 1)
