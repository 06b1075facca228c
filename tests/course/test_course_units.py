"""The course tests its tests: stubs earn nothing, mistakes are caught and named, the reference earns everything."""

import pytest

from autograder.checks.mistakes import load_mistakes
from autograder.checks.results import Outcome
from autograder.course.units import load_course
from autograder.grading.sample import mistaken, partial, solution
from autograder.grading.worker import CheckSession

COURSE = load_course()
UNITS = COURSE.units
MISTAKES = [(unit, each) for unit in UNITS for each in load_mistakes(COURSE.root / "solutions" / unit.folder)]


@pytest.fixture(scope="module")
def session():
    session = CheckSession(COURSE, UNITS, seed="tests of the tests")
    yield session
    session.close()


@pytest.fixture
def grade(session, tmp_path):
    """Grade a module's text as a student's submission."""

    def run(unit, text):
        path = tmp_path / unit.module
        path.write_text(text)
        return session.grade("student", unit, path, [tmp_path])

    return run


def by_exercise(result):
    return {each.exercise: each.points for each in result.exercises}


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.id)
def test_reference_earns_all_points(grade, unit):
    result = grade(unit, solution(COURSE, unit))
    wrong = [(check.check, check.message) for check in result.checks if check.outcome != Outcome.PASSED]
    assert wrong == []
    assert by_exercise(result) == unit.points


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.id)
def test_stub_earns_nothing(grade, unit):
    result = grade(unit, partial(COURSE, unit, 0))
    assert set(by_exercise(result).values()) == {0.0}
    assert {check.outcome for check in result.checks} == {Outcome.NOT_WRITTEN, Outcome.SKIPPED}


LAZY = {
    "identity": "lambda *args, **kwargs: args[0]",
    "zero": "lambda *args, **kwargs: 0.0",
    "none": "lambda *args, **kwargs: None",
    "zeros": "lambda *args, **kwargs: np.zeros_like(args[0]) if len(args) else 0.0",
    "ones": "lambda *args, **kwargs: np.ones_like(args[0]) if len(args) else 1.0",
    "all arguments": "lambda *args, **kwargs: args",
    "always ValueError": "lambda *args, **kwargs: int(f'bad value for {list(kwargs)} {args} pieces axis name x w')",
}


@pytest.mark.parametrize("lazy", LAZY)
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.id)
def test_lazy_answers_earn_nothing(grade, unit, lazy):
    lines = [f"{name} = {LAZY[lazy]}" for name in unit.points]
    result = grade(unit, "import numpy as np\n" + "\n".join(lines) + "\n")
    assert {name: points for name, points in by_exercise(result).items() if points} == {}


@pytest.mark.parametrize("unit, mistake", MISTAKES, ids=[f"{u.id}-{m.exercise}-{m.name}" for u, m in MISTAKES])
def test_mistake_is_caught_and_named(grade, unit, mistake):
    result = grade(unit, mistaken(COURSE, unit, mistake))
    mine = [check for check in result.checks if check.exercise == mistake.exercise]
    assert any(check.outcome != Outcome.PASSED and check.check.startswith("hidden.py") for check in mine)
    assert mistake.name in {check.mistake for check in mine}
    assert mistake.hint in {check.hint for check in mine}


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.id)
def test_every_exercise_has_a_public_test_a_hidden_check_and_a_mistake(grade, unit):
    result = grade(unit, partial(COURSE, unit, 0))
    public = {check.exercise for check in result.checks if check.check.startswith("test_")}
    hidden = {check.exercise for check in result.checks if check.check.startswith("hidden.py")}
    caught = {mistake.exercise for each, mistake in MISTAKES if each == unit}
    assert public == hidden == caught == set(unit.points)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.id)
def test_no_check_is_slow(grade, unit):
    grade(unit, solution(COURSE, unit))
    result = grade(unit, solution(COURSE, unit))
    assert [(check.check, check.seconds) for check in result.checks if check.seconds > 2.0] == []
