"""Units that use earlier ones: the student's own functions at the desk, stand-ins in grading, on every road."""

import json
import shutil
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from autograder.checks.results import Outcome
from autograder.course.build import BuildError, build_units
from autograder.course.release import release
from autograder.course.units import CourseError, load_course
from autograder.course.uses import door, is_door
from autograder.grading.audit import audit_unit
from autograder.grading.run import Digests
from autograder.grading.sample import solution
from autograder.grading.worker import CheckSession
from autograder.intake.submissions import Submission, find_submissions
from autograder.sandbox.local import load_module

COURSE_FILE = """
title: Houses
parts:
  - title: All of them
    units:
      - folder: 01_shapes
        title: Shapes
        points: {area: 1, scale_forward: 1, scale_backward: 1, Box: 1}
      - folder: 02_houses
        title: Houses
        points: {floor: 1, price: 2, grow: 2, stack: 1}
        uses: {shapes: [area, scale_forward, scale_backward, Box]}
"""
SHAPES = '''"""Shapes."""

import numpy as np

HALF = 0.5


def area(x):
    """Width times height."""
    ### BEGIN SOLUTION
    return x[..., 0] * x[..., 1] * (HALF + HALF)
    ### END SOLUTION


def scale_forward(x, factor):
    """Larger, and a cache."""
    ### BEGIN SOLUTION
    return x * factor, ("scaled", factor)
    ### END SOLUTION


def scale_backward(dout, cache):
    """Its gradient."""
    ### BEGIN SOLUTION
    assert cache[0] == "scaled"
    return dout * cache[1]
    ### END SOLUTION


class Box:
    """Holds things."""

    def __init__(self):
        """Empty."""
        ### BEGIN SOLUTION
        self.held = 0.0
        ### END SOLUTION

    def put(self, x):
        """One more."""
        ### BEGIN SOLUTION
        self.held += float(np.sum(x))
        return self.held
        ### END SOLUTION
'''
HOUSES = '''"""Houses."""

import numpy as np
from shapes import Box, area, scale_backward, scale_forward


def floor(x):
    """The area of its floor, in square metres."""
    ### BEGIN SOLUTION
    return area(x) / 10_000
    ### END SOLUTION


def price(x, each):
    """What it costs."""
    ### BEGIN SOLUTION
    return floor(x) * each + 100
    ### END SOLUTION


def grow(x, factor):
    """Twice the larger house, and a gradient."""
    ### BEGIN SOLUTION
    out, cache = scale_forward(x, factor)
    return 2 * out, scale_backward(np.full_like(x, 2), cache)
    ### END SOLUTION


def stack(boxes):
    """All of them in one."""
    ### BEGIN SOLUTION
    box = Box()
    for each in boxes:
        box.put(each)
    return box.held
    ### END SOLUTION
'''
SHAPES_TESTS = """import numpy as np
import pytest

from autograder import assert_close


@pytest.mark.exercise("area")
def test_area(student):
    assert_close(student.area(np.array([[2.0, 3.0]])), np.array([6.0]))


@pytest.mark.exercise("scale_forward")
def test_forward(student):
    assert_close(student.scale_forward(np.ones(2), 3)[0], np.full(2, 3.0))


@pytest.mark.exercise("scale_backward")
def test_backward(student):
    assert_close(student.scale_backward(np.ones(2), student.scale_forward(np.ones(2), 3)[1]), np.full(2, 3.0))


@pytest.mark.exercise("Box")
def test_box(student):
    assert student.Box().put(np.ones(3)) == 3
"""
TESTS = """import numpy as np
import pytest

from autograder import assert_close


@pytest.mark.exercise("floor")
def test_floor(student):
    assert_close(student.floor(np.array([[200.0, 300.0]])), np.array([6.0]))


@pytest.mark.exercise("price")
def test_price(student):
    assert_close(student.price(np.array([[200.0, 300.0]]), 7.0), np.array([142.0]))


@pytest.mark.exercise("grow")
def test_grow(student):
    larger, gradient = student.grow(np.ones(2), 3.0)
    assert_close(larger, np.full(2, 6.0))
    assert_close(gradient, np.full(2, 6.0))


@pytest.mark.exercise("stack")
def test_stack(student):
    assert_close(student.stack([np.ones(2), np.ones(3)]), 5.0)
"""
HIDDEN = """import pytest

from autograder import assert_close, each_exercise


@each_exercise("floor")
def test_random(student, reference, rng, name):
    x = rng.normal(size=(5, 2))
    assert_close(getattr(student, name)(x), getattr(reference, name)(x))


@pytest.mark.exercise("price")
def test_random_price(student, reference, rng):
    x = rng.normal(size=(5, 2))
    assert_close(student.price(x, 30.0), reference.price(x, 30.0))
"""
MISTAKES = """from autograder import mistake, reference_beside

reference = reference_beside(__file__)


@mistake("floor", hint="There are 10,000 square centimetres in a square metre.")
def per_hundred(x):
    return reference.area(x) / 100
"""


@pytest.fixture(scope="module")
def houses(tmp_path_factory):
    """A course of two units, built."""
    root = tmp_path_factory.mktemp("houses")
    (root / "course.yml").write_text(COURSE_FILE)
    for folder, name, module, tests, hidden in (
        ("01_shapes", "shapes", SHAPES, SHAPES_TESTS, ""),
        ("02_houses", "houses", HOUSES, TESTS, HIDDEN),
    ):
        place = root / "solutions" / folder
        place.mkdir(parents=True)
        (place / f"{name}.py").write_text(module)
        (place / f"test_{name}.py").write_text(tests)
        (place / "hidden.py").write_text(hidden)
    (root / "solutions" / "02_houses" / "mistakes.py").write_text(MISTAKES)
    course = load_course(root)
    build_units(course, course.units)
    return course


@pytest.fixture
def desk(houses, tmp_path):
    """A student's own copy of it, in which shapes is done and houses is not."""
    shutil.copytree(houses.root / "exercises", tmp_path / "course" / "exercises")
    shutil.copy(houses.root / "course.yml", tmp_path / "course")
    done = solution(houses, houses.unit("shapes"))
    (tmp_path / "course" / "exercises" / "01_shapes" / "shapes.py").write_text(done)
    return tmp_path / "course"


@pytest.fixture(scope="module")
def session(houses):
    session = CheckSession(houses, houses.units, seed="uses")
    yield session
    session.close()


@pytest.fixture
def grade(houses, session, tmp_path):
    """Grade a module's text for houses."""

    def run(text, unit="houses"):
        folder = tmp_path / "handed in"
        folder.mkdir(exist_ok=True)
        (folder / f"{unit}.py").write_text(text)
        return session.grade("alice", houses.unit(unit), folder / f"{unit}.py", [folder])

    return run


def run_python(*arguments, cwd):
    return subprocess.run([sys.executable, *arguments], cwd=cwd, capture_output=True, text=True, timeout=120)


# course.yml


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (
            "shapes: [area,",
            "shpes: [area,",
            "line 12: uses.shpes: 02_houses uses 'shpes', which is no unit of this course",
        ),
        (
            "shapes: [area,",
            "houses: [area,",
            "line 12: uses.houses: 02_houses uses 'houses', which does not come before",
        ),
        ("shapes: [area,", "shapes: [aera,", "line 12: uses.shapes: 'aera' is no exercise of 01_shapes"),
        ("{floor: 1", "{area: 1", "line 12: uses.shapes: 02_houses has 'area' of houses already"),
        ("[area, scale_forward, scale_backward, Box]", "[]", "uses.shapes"),
        (
            "scale_backward: 1, Box: 1}",
            "scale_backward: 1, Box: 1}\n        uses: {houses: [floor]}",
            "line 9: uses.houses: 01_shapes uses 'houses', which does not come before it",
        ),
    ],
)
def test_course_file_refuses_what_cannot_be_used(tmp_path, before, after, words):
    assert before in COURSE_FILE
    (tmp_path / "course.yml").write_text(COURSE_FILE.replace(before, after))
    with pytest.raises(CourseError, match=words.replace("[", r"\[")):
        load_course(tmp_path)


def test_build_wants_what_is_used_imported_by_name(houses, tmp_path):
    shutil.copytree(houses.root, tmp_path / "course")
    module = tmp_path / "course" / "solutions" / "02_houses" / "houses.py"
    module.write_text(HOUSES.replace("from shapes import Box, area,", "from shapes import area as surface, Box,"))
    course = load_course(tmp_path / "course")
    with pytest.raises(BuildError, match="from shapes import area"):
        build_units(course, course.units)


# At the desk


@pytest.mark.parametrize("way", ["plain python", "in another folder", "pytest", "notebook"])
def test_the_students_own_function_is_used(houses, desk, way):
    folder = desk / "exercises" / "02_houses"
    shapes = desk / "exercises" / "01_shapes" / "shapes.py"
    shapes.write_text(shapes.read_text().replace("HALF = 0.5", 'HALF = 0.5\nprint("mine")'))
    (folder / "houses.py").write_text(solution(houses, houses.unit("houses")))
    call = "import numpy as np; print(houses.floor(np.array([200.0, 300.0])))"
    match way:
        case "plain python":
            done = run_python("-c", f"import houses; {call}", cwd=folder)
        case "in another folder":
            done = run_python("exercises/02_houses/houses.py", cwd=desk)
        case "pytest":
            done = run_python("-m", "pytest", "-q", "-s", "exercises/02_houses", cwd=desk)
            assert "4 passed" in done.stdout
        case "notebook":
            cells = ["import autograder.notebook\nimport houses\n" + call, 'autograder.notebook.check("floor")']
            done = run_python("-m", "IPython", "--no-banner", "-c", "\n".join(cells), cwd=folder)
            assert "passed" in done.stdout
    assert done.returncode == 0, done.stdout + done.stderr
    assert "mine" in done.stdout


def test_a_session_reads_each_units_own_neighbour(houses, desk):
    """The reference's and the student's modules have one name, and each gets what lies next door to it."""
    shapes = desk / "exercises" / "01_shapes" / "shapes.py"
    shapes.write_text(shapes.read_text().replace("HALF = 0.5", "HALF = 5"))
    (desk / "exercises" / "02_houses" / "houses.py").write_text(solution(houses, houses.unit("houses")))
    x = np.array([200.0, 300.0])
    for _ in range(2):
        assert load_module(houses.root / "solutions" / "02_houses" / "houses.py").floor(x) == 6
        assert load_module(desk / "exercises" / "02_houses" / "houses.py").floor(x) == 60


def test_check_says_first_what_it_rests_on(houses, desk, autograder):
    shapes = desk / "exercises" / "01_shapes" / "shapes.py"
    (desk / "exercises" / "02_houses" / "houses.py").write_text(solution(houses, houses.unit("houses")))
    assert autograder("check", "houses", cwd=desk).stdout.startswith("houses: 6 of 6 points")
    shapes.write_text((houses.root / "exercises" / "01_shapes" / "shapes.py").read_text())
    said = autograder("check", "houses", cwd=desk).stdout
    assert "houses uses your area, which is not written yet: do shapes first." in said
    assert said.index("uses your Box") < said.index("next: floor")
    shapes.write_text(solution(houses, houses.unit("shapes")).replace("HALF = 0.5", "HALF = 5"))
    said = autograder("check", "houses", cwd=desk).stdout
    words = "houses uses your area, which does not pass its public tests yet: do shapes first."
    assert words in " ".join(said.split())
    assert "uses your Box" not in said
    assert "houses" in autograder("status", cwd=desk).stdout
    shapes.write_text("def area(:\n")
    said = autograder("check", "houses", cwd=desk).stdout
    words = "houses uses your Box, which cannot be had, since shapes.py cannot be imported: do shapes first."
    assert words in " ".join(said.split())
    shapes.unlink()
    said = autograder("check", "houses", cwd=desk).stdout
    assert "this unit uses your shapes.py, which is not at" in said


def test_pytest_says_whose_function_is_not_written(houses, desk):
    (desk / "exercises" / "02_houses" / "houses.py").write_text(solution(houses, houses.unit("houses")))
    stub = (houses.root / "exercises" / "01_shapes" / "shapes.py").read_text()
    (desk / "exercises" / "01_shapes" / "shapes.py").write_text(stub)
    done = run_python("-m", "pytest", "-q", "exercises/02_houses", cwd=desk)
    assert "it uses your area, which is not written yet: do 01_shapes first" in done.stdout


def test_a_change_next_door_is_news(houses, desk, autograder):
    (desk / "exercises" / "02_houses" / "houses.py").write_text(solution(houses, houses.unit("houses")))
    assert "6 of 6" in autograder("status", cwd=desk).stdout
    shapes = desk / "exercises" / "01_shapes" / "shapes.py"
    shapes.write_text(shapes.read_text().replace("HALF = 0.5", "HALF = 5"))
    assert "6 of 6" not in autograder("status", cwd=desk).stdout


# In grading


def test_right_code_has_full_marks_whatever_the_earlier_unit_was(grade, houses):
    result = grade(solution(houses, houses.unit("houses")))
    assert {each.check: each.outcome for each in result.checks if each.outcome != Outcome.PASSED} == {}
    assert result.points == 6


def test_a_slip_is_recognised_and_what_rests_on_it_is_carried(grade, houses):
    result = grade(solution(houses, houses.unit("houses")).replace("10_000", "100"))
    points = {each.exercise: each.points for each in result.exercises}
    assert points == {"floor": 0, "price": 2, "grow": 2, "stack": 1}
    assert [each.mistake for each in result.checks if each.mistake] == ["per_hundred"]
    carried = [each for each in result.checks if each.outcome == Outcome.CARRIED]
    assert {tuple(each.causes) for each in carried} == {("floor",)}


def test_what_uses_an_earlier_unit_is_not_carried_for_that(grade, houses):
    """A stand-in for what it may use is no stand-in for what it got wrong."""
    result = grade(solution(houses, houses.unit("houses")).replace("2 * out", "3 * out").replace("10_000", "100"))
    points = {each.exercise: each.points for each in result.exercises}
    assert points == {"floor": 0, "price": 2, "grow": 0, "stack": 1}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            "from shapes import HALF",
            "this unit has area and scale_forward and scale_backward and Box of shapes, but no HALF",
        ),
        ("area(np.ones(2))", "area is called while the file is imported"),
        ("import scipy.ndimage", "No module named 'scipy'"),
    ],
)
def test_what_cannot_be_imported_says_why(grade, houses, line, words):
    text = solution(houses, houses.unit("houses"))
    result = grade(text.replace("\n\n\ndef floor", f"\n\n{line}\n\n\ndef floor", 1))
    assert result.status == "not loaded"
    assert words in result.message


def test_an_error_of_the_stand_in_shows_the_students_line(grade, houses):
    text = solution(houses, houses.unit("houses")).replace("area(x)", 'area("nothing")')
    result = grade(text)
    first = next(each for each in result.checks if each.exercise == "floor")
    assert first.outcome == Outcome.ERROR
    assert 'return area("nothing") / 10_000' in first.message


@pytest.mark.parametrize(
    "attack",
    [
        "__import__('shapes').price(x, 1)",  # the module next door has what it may have
        "__import__('shapes').area.__closure__[0].cell_contents.call(None, 'floor', (x,), {}, None)",
        "__import__('shapes').area.__closure__[-1].cell_contents.call(None, 'floor', (x,), {}, None)",
        "open(__import__('shapes').__file__).read()",
        "__import__('shapes').Box()._number.held",
    ],
)
def test_nothing_else_of_the_reference_is_answered(grade, houses, attack):
    """A student's process that asks for the exercise itself, by whatever way, learns nothing."""
    text = solution(houses, houses.unit("houses")).replace("area(x) / 10_000", attack)
    points = {each.exercise: each.points for each in grade(text).exercises}
    assert points["floor"] == 0


def test_a_notebook_need_not_import_what_it_uses(houses, session, tmp_path):
    text = solution(houses, houses.unit("houses"))
    body = text[text.index("def floor") :]
    for number, cells in enumerate([[body], ["from shapes import area, Box, scale_forward, scale_backward", body]]):
        folder = tmp_path / str(number)
        folder.mkdir()
        cells = ["import numpy as np", *cells]
        cells = [{"cell_type": "code", "source": each, "outputs": [], "metadata": {}} for each in cells]
        (folder / "houses.ipynb").write_text(
            json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
        )
        result = session.grade("alice", houses.unit("houses"), folder / "houses.ipynb", [folder])
        assert result.points == 6, [each.message for each in result.checks]


def test_large_arrays_cross(grade, houses):
    """Some MB each way, again and again, in one check."""
    text = solution(houses, houses.unit("houses")).replace(
        "return area(x) / 10_000",
        "return sum(area(np.tile(x, (200_000, 1, 1)))[k] for k in range(2)) / 20_000 + 0 * area(np.ones((100, 2))).sum()",
    )
    assert grade(text).points == 6


def test_the_audit_asks_with_stand_ins(houses):
    report = audit_unit(houses, houses.unit("houses"), "floor")
    assert report.killed
    assert report.holes == []


def test_a_result_follows_from_the_references_it_used(houses, tmp_path):
    shutil.copytree(houses.root, tmp_path / "course")
    module = tmp_path / "course" / "solutions" / "01_shapes" / "shapes.py"

    def digest():
        course = load_course(tmp_path / "course")
        nothing = Submission("alice", "houses", None, "")
        return Digests(course, "seed", "sandbox")(nothing)

    before = digest()
    module.write_text(module.read_text() + "\n# another\n")
    assert digest() != before


# What is handed out, and what comes back


def test_the_bundle_has_what_a_student_needs(houses, tmp_path):
    for name in ("pyproject.toml", "LICENSE"):
        (houses.root / name).write_text("")
    target = tmp_path / "bundle"
    release(houses, target)
    assert load_course(target).unit("houses").uses == houses.unit("houses").uses
    assert (target / "exercises" / "02_houses" / "shapes.py").read_text() == door(houses.unit("shapes"))


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("wanted", [["shapes"], ["houses"], ["shapes", "houses"]])
def test_the_courses_own_files_are_nobodys_work(houses, desk, tmp_path, zipped, wanted):
    """Whole folders are handed in, with the files that stand for the earlier unit in them."""
    (desk / "exercises" / "02_houses" / "shapes.py").write_bytes(
        door(houses.unit("shapes")).replace("\n", "\r\n").encode()
    )
    root = tmp_path / "submissions"
    for student in ("alice", "bob"):
        place = root / student
        place.mkdir(parents=True)
        if zipped:
            with zipfile.ZipFile(place / "work.zip", "w") as archive:
                for path in (desk / "exercises").rglob("*.py"):
                    archive.write(path, path.relative_to(desk))
        else:
            shutil.copytree(desk / "exercises", place / "exercises")
    units = [houses.unit(name) for name in wanted]
    (tmp_path / "scratch").mkdir()
    found = find_submissions(root, units, tmp_path / "scratch", houses.root / "exercises")
    assert [(each.student, each.unit) for each in found.submissions] == [
        (s, u) for s in ("alice", "bob") for u in wanted
    ]
    for each in found.submissions:
        assert not is_door(each.module.read_bytes())
        if each.unit == "shapes":
            assert each.module.read_text() == (desk / "exercises" / "01_shapes" / "shapes.py").read_text()


def test_a_folder_with_nothing_but_the_courses_file_has_no_work(houses, desk, tmp_path):
    place = tmp_path / "submissions" / "alice" / "02_houses"
    shutil.copytree(desk / "exercises" / "02_houses", place)
    (tmp_path / "scratch").mkdir()
    found = find_submissions(tmp_path / "submissions", houses.units, tmp_path / "scratch", houses.root / "exercises")
    assert [each.unit for each in found.submissions if each.module is None] == ["shapes"]
