"""`autograder build`: stubs that keep their words and lose their answers, notebooks with nbgrader's metadata."""

import ast
import json
import re
import shutil

import pytest

from autograder.course.build import STUB, BuildError, build_units, solution_lines, unit_files
from autograder.course.units import load_course

COURSE = load_course()
UNITS = COURSE.units


@pytest.fixture
def small(tmp_path):
    """A course of one small unit; `write` changes its module."""
    folder = tmp_path / "solutions" / "01_one"
    folder.mkdir(parents=True)
    (tmp_path / "course.yml").write_text(
        "title: T\nparts: [{title: P, units: [{folder: 01_one, title: O, points: {double: 2}}]}]\n"
    )
    (folder / "test_one.py").write_text("def test_double(student):\n    assert student.double(2) == 4\n")

    class Small:
        root = tmp_path

        def write(self, module, lesson=None):
            (folder / "one.py").write_text(module)
            if lesson is not None:
                (folder / "lesson.md").write_text(lesson)

        def build(self):
            course = load_course(tmp_path)
            return build_units(course, course.units)

    return Small()


GOOD = '''"""One."""


def double(x):
    """Twice x."""
    ### BEGIN SOLUTION
    twice_the_input = x + x
    return twice_the_input
    ### END SOLUTION
'''


def test_exercises_in_the_repository_are_up_to_date():
    assert build_units(COURSE, UNITS, write=False) == []


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.id)
def test_stub_keeps_signatures_and_docstrings(unit):
    reference = (COURSE.root / "solutions" / unit.folder / unit.module).read_text()
    stub = unit_files(COURSE, unit)[unit.module]

    def surface(text):
        nodes = [n for n in ast.walk(ast.parse(text)) if isinstance(n, (ast.FunctionDef, ast.ClassDef))]
        return [(n.name, ast.unparse(n.args) if isinstance(n, ast.FunctionDef) else "", ast.get_docstring(n))
                for n in nodes]  # fmt: skip

    inner = [entry for entry in surface(reference) if entry[2] is not None]
    assert [entry for entry in surface(stub) if entry[2] is not None] == inner
    assert "SOLUTION" not in stub


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.id)
def test_no_solution_line_in_any_generated_file(unit):
    secret = solution_lines((COURSE.root / "solutions" / unit.folder / unit.module).read_text())
    assert len(secret) > 5
    for text in unit_files(COURSE, unit).values():
        squeezed = {"".join(line.strip().strip('",').removesuffix("\\n").split()) for line in text.splitlines()}
        assert squeezed & secret == set()


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.id)
def test_notebook_has_a_grade_cell_for_each_exercise(unit):
    notebook = json.loads(unit_files(COURSE, unit)[f"{unit.id}.ipynb"])
    *graded, notes = [cell["metadata"]["nbgrader"] for cell in notebook["cells"] if "nbgrader" in cell["metadata"]]
    assert (notes["grade_id"], notes["grade"], notes["locked"], notes["solution"]) == (
        f"{unit.id}-notes",
        False,
        False,
        True,
    )
    assert {(cell["grade_id"], cell["points"]) for cell in graded} == {
        (f"{unit.id}-{name}", points) for name, points in unit.points.items()
    }
    assert all(cell["grade"] and cell["locked"] and not cell["solution"] for cell in graded)
    assert all(not cell.get("outputs") for cell in notebook["cells"])
    assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.id)
def test_notebook_holds_no_directive_that_jupyter_would_show_as_code(unit):
    notebook = json.loads(unit_files(COURSE, unit)[f"{unit.id}.ipynb"])
    text = "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    assert not re.findall(r"`{3,}\{|:::|\{[a-z-]+\}`|^\([a-z-]+\)=", text, re.MULTILINE)


def test_build_is_idempotent_and_mends(small):
    small.write(GOOD)
    built = small.build()
    assert {path.name for path in built} == {"one.py", "test_one.py"}
    assert small.build() == []
    stub = small.root / "exercises" / "01_one" / "one.py"
    assert f"    {STUB}\n" in stub.read_text()
    stub.write_text("edited by hand")
    stray = stub.with_name("hidden.py")
    stray.write_text("left over")
    assert set(small.build()) == {stub, stray}
    assert not stray.exists()


@pytest.mark.parametrize(
    "old, new, words",
    [
        (
            "def double",
            "### BEGIN SOLUTION\nTABLE = 12345678\n### END SOLUTION\ndef double",
            "outside of every function",
        ),
        ("    ### END SOLUTION\n", "", "line 6: ### BEGIN SOLUTION without ### END"),
        ("    ### BEGIN SOLUTION\n", "", "### END SOLUTION without ### BEGIN"),
        ("    return twice", "    ### BEGIN SOLUTION\n    return twice", "inside the solution"),
        ("    ### BEGIN SOLUTION\n", "    y = x\n    ### BEGIN SOLUTION\n", "outside the solution's markers: y = x"),
        (
            "    ### END SOLUTION\n",
            "    ### END SOLUTION\n    return twice_the_input\n",
            "outside the solution's markers",
        ),
        ('    """Twice x."""\n', "", "has no docstring"),
        ("def double", "def triple", "double is in course.yml but not in the module"),
        ('"""One."""', '"""One."""\n\n# twice_the_input = x + x\ntwice_the_input = x + x', "give a solution line away"),
    ],
)
def test_what_would_give_the_answer_away_is_an_error(small, old, new, words):
    small.write(GOOD.replace(old, new, 1))
    with pytest.raises(BuildError, match=r"one\.py") as info:
        small.build()
    assert words in str(info.value)
    assert not (small.root / "exercises").exists()


LESSON = """---
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# One

```{code-cell} ipython3
:exercise: double
check("double")
```
"""


@pytest.mark.parametrize(
    "lesson, words",
    [
        (LESSON.replace(":exercise: double", ":exercise: triple"), "no exercise of one"),
        (LESSON.replace(":exercise: double\n", ""), "double needs one check cell, but has 0"),
        (LESSON + LESSON.split("# One")[1], "but has 2"),
        (LESSON + "\n```{code-cell} ipython3\ntwice_the_input = x + x\n```\n", "give a solution line away"),
    ],
)
def test_lessons_are_checked(small, lesson, words):
    small.write(GOOD, lesson)
    with pytest.raises(BuildError) as info:
        small.build()
    assert words in str(info.value)


def test_command_check_fails_on_stale_files_and_says_the_way_out(autograder, small):
    small.write(GOOD, LESSON)
    assert autograder("build", cwd=small.root).returncode == 0
    assert "up to date" in autograder("build", "--check", cwd=small.root).stdout
    shutil.rmtree(small.root / "exercises")
    stale = autograder("build", "--check", cwd=small.root)
    assert stale.returncode == 1
    assert "run `autograder build`" in stale.stderr
    assert not (small.root / "exercises").exists()


MISTAKES = """from autograder import mistake


@mistake("double", hint="Twice, not thrice.")
def thrice(x):
    return 3 * x


@mistake("double", hint="x * x is 4 for 2 as well.")
def squared(x):
    return x * x
"""


def test_hints_are_what_the_mistakes_answer_and_a_bundle_with_old_ones_is_refused(autograder, small):
    small.write(GOOD, LESSON)
    catalogue = small.root / "solutions" / "01_one" / "mistakes.py"
    catalogue.write_text(MISTAKES)
    public = catalogue.with_name("test_one.py")
    public.write_text(f"import pytest\n\n\n@pytest.mark.exercise('double')\n{public.read_text()}")
    assert autograder("build", cwd=small.root).returncode == 0
    hints = json.loads((small.root / "exercises" / "01_one" / "hints.json").read_text())["double"]
    assert hints["hints"] == ["Twice, not thrice.", "x * x is 4 for 2 as well."]
    assert hints["calls"] == [["double", {"shape": [], "off": 0.02, "at": [6]}]]
    # The other one passes the public test, so nothing is known of it there.
    assert hints["mistakes"] == [{"hint": 0, "fails": {"test_double": [0]}}]
    assert "up to date" in autograder("build", "--check", cwd=small.root).stdout
    catalogue.write_text(MISTAKES.replace("3 * x", "5 * x"))
    assert "hints.json" in autograder("build", "--check", cwd=small.root).stdout
    refused = autograder("release", "bundle", cwd=small.root)
    assert refused.returncode == 2
    assert "hints.json is not up to date: run `autograder build` first" in refused.stderr
    assert not (small.root / "bundle").exists()
    catalogue.write_text(MISTAKES.replace('"Twice, not thrice."', '"twice_the_input = x + x"'))
    given = autograder("build", cwd=small.root)
    assert "give a solution line of one away" in given.stderr


GIVEN = """def require(holds, message):
    if not holds:
        raise ValueError(message)


"""
VALIDATION = """    require(x == x, "x must not be NaN")
    if x is None:
        raise ValueError("x")
"""


def test_given_validation_stands_above_the_stub(small):
    small.write(GOOD.replace("def double", f"{GIVEN}def double").replace("    ### BEGIN", f"{VALIDATION}    ### BEGIN"))
    small.build()
    stub = (small.root / "exercises" / "01_one" / "one.py").read_text()
    assert f"{VALIDATION}    {STUB}\n" in stub
