"""What stands on nbgrader's pages: the student's code beside the checks, comments as text, formulas without a network."""

import json
import re

import pytest

pytest.importorskip("nbgrader")

from nbconvert.filters.markdown_mistune import markdown2html_mistune

from autograder.checks.results import CheckResult, Outcome
from autograder.course.units import load_course
from autograder.nbgrader.feedback import FORMULA, as_markdown, mathml, with_formulas
from autograder.nbgrader.own_code import MOST_LINES, own_code, shown_code, texts_of

MODULE = '''import numpy as np


def relu(x):
    return x


@np.vectorize
def relu(
    x,
):
    """Two lines
    of words.
    """
    y = "<script>alert(1)</script>"

    return y / x  # here


# of the next
class Layer:
    """One line."""

    def forward(self, x):
        r"""Another."""
        return x


tanh = lambda x: x
'''


def failed(message):
    return CheckResult("hidden.py::test_values", "relu", Outcome.ERROR, message=message)


class TestOwnCode:
    @pytest.fixture
    def module(self, tmp_path):
        path = tmp_path / "activations.py"
        path.write_text(MODULE)
        return path

    def test_the_last_definition_without_its_docstring(self, module):
        own = own_code(texts_of(module), "relu")
        assert own.place == "activations.py"
        assert [number for number, _ in own.lines] == [8, 9, 10, 11, 15, 16, 17]
        assert [line for _, line in own.lines][:2] == ["@np.vectorize", "def relu("]

    def test_a_class_and_a_lambda(self, module):
        assert [line.strip() for _, line in own_code(texts_of(module), "Layer").lines if line] == [
            "class Layer:",
            "def forward(self, x):",
            "return x",
        ]
        assert own_code(texts_of(module), "tanh").lines == [(29, "tanh = lambda x: x")]
        assert own_code(texts_of(module), "sigmoid") is None
        assert shown_code(texts_of(module), "sigmoid", [], True) == ""

    def test_it_is_escaped_and_the_line_of_an_error_is_marked(self, module):
        page = shown_code(
            texts_of(module),
            "relu",
            [failed("it raised X\n  activations.py, line 17, in relu: return y / x  # here")],
            True,
        )
        assert "<script" not in page
        assert "&lt;script&gt;" in page
        marked = re.findall(r"<span style=\"background:[^\"]*\">.*", page)
        assert len(marked) == 1
        assert "17" in marked[0]
        assert "marked: the line that an error named" in page
        assert page.startswith("<details open")
        assert shown_code(texts_of(module), "relu", [], False).startswith("<details style")

    def test_a_cell_of_a_notebook(self, tmp_path):
        path = tmp_path / "activations.ipynb"
        cells = [
            {"cell_type": "markdown", "source": "def relu(x):"},
            {"cell_type": "code", "source": ["def relu(x):\n", "    return x / 0\n"]},
        ]
        path.write_text(json.dumps({"cells": cells}))
        assert own_code(texts_of(path), "relu").place == "cell 2"
        page = shown_code(texts_of(path), "relu", [failed("  activations.ipynb, line 99, in relu: return x / 0")], True)
        assert page.count("background:") == 1

    @pytest.mark.parametrize("text", ["[" * 100_000, '{"cells": 3}', '{"cells": [{"cell_type": "code"}]}', "", "\0"])
    def test_what_is_no_notebook_has_no_code(self, tmp_path, text):
        path = tmp_path / "activations.ipynb"
        path.write_text(text)
        assert own_code(texts_of(path), "relu") is None

    def test_a_function_without_an_end(self, tmp_path):
        path = tmp_path / "activations.py"
        path.write_text("def relu(x):\n" + 1000 * f"    {'x' * 5000}\n")
        page = shown_code(texts_of(path), "relu", [], True)
        assert f"{1001 - MOST_LINES} more lines in activations.py" in page
        assert len(page) < 60_000

    def test_every_exercise_of_the_course_is_found(self):
        course = load_course()
        for unit in course.units:
            texts = texts_of(course.root / "solutions" / unit.folder / unit.module)
            for name in unit.points:
                lines = [line for _, line in own_code(texts, name).lines]
                assert re.match(rf"(def|class) {name}\b", next(line for line in lines if line[0] != "@")), name
                assert not any('"""' in line for line in lines), name


class TestComments:
    @pytest.mark.parametrize(
        "text",
        [
            "<img src=x onerror=alert(1)>",
            "x**2 * y**2, a_b_c `d` [e](f) $g$ & # h",
            "# no heading\n1. no list",
            "a\\b | c ~~d~~",
        ],
    )
    def test_it_is_shown_as_it_is(self, text):
        page = markdown2html_mistune(as_markdown(text))
        assert re.findall(r"<(?!/?p>)", page) == []
        assert (
            re.sub(
                r"&(\w+|#\d+);", lambda match: _character(match[0]), page.replace("<p>", "").replace("</p>", "")
            ).strip()
            == text
        )

    def test_a_list_stays_one(self):
        assert markdown2html_mistune(as_markdown("- relu: <b>\n- tanh: *")).count("<li>") == 2


def _character(entity):
    import html

    return html.unescape(entity)


class TestFormulas:
    def test_those_of_all_lessons_are_drawn(self):
        course = load_course()
        for unit in course.units:
            text = (course.root / "solutions" / unit.folder / "lesson.md").read_text()
            for match in FORMULA.finditer(text):
                tex = match["block"] or match["inline"]
                if tex:
                    assert mathml(tex, "inline").startswith("<math"), f"{unit.id}: {tex}"

    def test_markdown_finds_nothing_in_them(self):
        page = markdown2html_mistune(
            with_formulas("Take $a_1 * b_1 * c$ and $x^*$, `$5` and\n\n$$\\sum_i |x_i|$$\n\n| $p|q$ | b |\n| - | - |\n")
        )
        assert "<em>" not in page
        assert page.count("<math") == 4
        assert "<code>$5</code>" in page

    @pytest.mark.parametrize(
        "tex",
        [r"\text{<img src=x onerror=alert(1)>}", r"\href{javascript:alert(1)}{x}", r"\text{</math><script>x</script>}"],
    )
    def test_a_formula_is_nothing_but_a_formula(self, tex):
        page = markdown2html_mistune(with_formulas(f"${tex}$"))
        assert not re.search(r"<(img|script|a)\b|href=", page)

    @pytest.mark.parametrize("text", ["$5 and $6", r"\$x$ costs", "$" + "{" * 3000 + "$", r"$\left($", "no formula"])
    def test_what_is_none_stays_as_it_is(self, text):
        assert with_formulas(text) == text
