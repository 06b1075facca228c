"""The course tests its tests: stubs earn nothing, mistakes are caught and named, the reference earns everything."""

import ast
import functools
from pathlib import Path

import pytest

from autograder.checks.mistakes import load_mistakes
from autograder.checks.results import Outcome
from autograder.checks.session import Check
from autograder.course.units import load_course
from autograder.grading.sample import mistaken, partial, solution
from autograder.grading.second_pass import pair_of
from autograder.grading.worker import CheckSession
from autograder.sandbox.client import Confined
from autograder.sandbox.local import load_module

as_a_stranger = load_module(Path(__file__).with_name("stranger.py")).as_a_stranger
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

    def run(unit, text, generation=0):
        path = tmp_path / unit.module
        path.write_text(text)
        return session.grade("student", unit, path, [tmp_path], generation)

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


RUN = Check.run


class Chosen(CheckSession):
    """Asks the checks of chosen exercises only: those of the others pass, as they do for the reference."""

    chosen = frozenset()

    def checks_of(self, unit):
        return [check for check in super().checks_of(unit) if check.exercise in self.chosen]


@pytest.fixture(scope="module")
def slip(tmp_path_factory):
    """The result of a submission that makes one catalogued mistake, written as a stranger would; graded once."""
    results = {}
    folder = tmp_path_factory.mktemp("slips")
    session = Chosen(COURSE, UNITS, seed="tests of the tests")

    def run(unit, mistake):
        key = (unit.id, mistake.name)
        if key not in results:
            path = folder / unit.module
            text = as_a_stranger(what_it_replaces(unit, mistake), mistake.exercise)
            path.write_text(f"{strangers_answer(unit.id)}\n{text}")
            session.chosen = touched(unit, mistake) if is_first(unit, mistake) else pair_of(mistake.exercise, unit)
            results[key] = session.grade("student", unit, path, [path])
        return results[key]

    yield run
    session.close()


@functools.cache
def right_answer(unit_id):
    return solution(COURSE, COURSE.unit(unit_id))


@functools.cache
def strangers_answer(unit_id):
    return as_a_stranger(right_answer(unit_id), None)


@functools.cache
def names_used(unit_id):
    """For each name at the top of the right answer, the names that it is made from."""
    uses = {}
    for node in ast.parse(right_answer(unit_id)).body:
        used = {getattr(each, "id", getattr(each, "attr", None)) for each in ast.walk(node)}
        uses |= dict.fromkeys(names_given_by(node), used)
    return uses


def what_it_replaces(unit, mistake):
    """The lines that stand below the right answer in a submission with this mistake."""
    return mistaken(COURSE, unit, mistake).removeprefix(right_answer(unit.id))


def touched(unit, mistake):
    """The exercises that a slip can reach: its own, that one's pair, and what calls either, directly or through others."""
    replaced = ast.parse(what_it_replaces(unit, mistake)).body
    reached = {name for node in replaced for name in names_given_by(node)} | pair_of(mistake.exercise, unit)
    uses = names_used(unit.id)
    while more := {name for name, used in uses.items() if used & reached} - reached:
        reached |= more
    return reached & set(unit.points)


def names_given_by(statement):
    """The names that a statement at the top of a module gives something to, imports apart."""
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        return {statement.name}
    stored = [each for each in ast.walk(statement) if isinstance(getattr(each, "ctx", None), ast.Store)]
    return {each.id for each in stored if isinstance(each, ast.Name)}


def is_first(unit, mistake):
    """Of the slips of an exercise, the one whose price elsewhere is asked: that takes five times as long as its own checks."""
    return mistake == next(each for of, each in MISTAKES if of == unit and each.exercise == mistake.exercise)


def lost_elsewhere(unit, mistake, result):
    """The share of the unit's points that a slip costs outside its own exercise and that one's pair."""
    elsewhere = touched(unit, mistake) - pair_of(mistake.exercise, unit)
    return sum(each.max_points - each.points for each in result.exercises if each.exercise in elsewhere) / unit.total


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.id)
def test_what_a_slip_cannot_reach_keeps_its_points(grade, unit):
    """The tests of slips rest on it. The one that reaches least leaves most to be seen here."""
    slips = [mistake for each, mistake in MISTAKES if each == unit]
    mistake = min(slips, key=lambda each: len(touched(unit, each)))
    result = grade(unit, mistaken(COURSE, unit, mistake))
    out_of_reach = {name: points for name, points in unit.points.items() if name not in touched(unit, mistake)}
    assert {name: by_exercise(result)[name] for name in out_of_reach} == out_of_reach


@pytest.mark.parametrize("unit, mistake", MISTAKES, ids=[f"{u.id}-{m.exercise}-{m.name}" for u, m in MISTAKES])
def test_mistake_is_caught_named_and_costs_its_own_points(slip, unit, mistake):
    result = slip(unit, mistake)
    mine = [check for check in result.checks if check.exercise == mistake.exercise]
    assert any(check.outcome != Outcome.PASSED and check.check.startswith("hidden.py") for check in mine)
    assert mistake.name in {check.mistake for check in mine}
    assert mistake.hint in {check.hint for check in mine}
    # It is told once, at its cause; whatever else fails for it is carried.
    assert {check.exercise for check in result.checks if check.hint} <= pair_of(mistake.exercise, unit)
    if is_first(unit, mistake):
        assert lost_elsewhere(unit, mistake, result) <= 0.05


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.id)
def test_slips_cost_hardly_anything_elsewhere(slip, unit):
    slips = [mistake for each, mistake in MISTAKES if each == unit and is_first(unit, mistake)]
    shares = [lost_elsewhere(unit, mistake, slip(unit, mistake)) for mistake in slips]
    assert sum(shares) / len(shares) <= 0.01


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.id)
def test_reference_without_its_raises_keeps_nine_tenths(grade, unit):
    tree = ast.parse(solution(COURSE, unit))
    result = grade(unit, ast.unparse(ast.fix_missing_locations(_Silent().visit(tree))))
    assert result.points >= 0.9 * unit.total
    assert {each.exercise: each.points for each in result.exercises if each.points < 0.9 * each.max_points} == {}
    # What such an answer lacks is manners, and its status says so.
    assert {each.status for each in result.exercises} <= {"passed", "manners", "carried"}


class _Silent(ast.NodeTransformer):
    def visit_Raise(self, node):
        return ast.copy_location(ast.Pass(), node)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.id)
def test_every_exercise_has_a_public_test_a_hidden_check_and_a_mistake(grade, unit):
    result = grade(unit, partial(COURSE, unit, 0))
    public = {check.exercise for check in result.checks if check.check.startswith("test_")}
    hidden = {check.exercise for check in result.checks if check.check.startswith("hidden.py")}
    caught = {mistake.exercise for each, mistake in MISTAKES if each == unit}
    assert public == hidden == caught == set(unit.points)


@pytest.mark.parametrize("unit", [unit for unit in UNITS if not unit.uses], ids=lambda unit: unit.id)
def test_who_answers_to_the_bit_as_another_did_is_not_checked_twice(grade, monkeypatch, unit):
    """So every check asks the same again after the same answers; and what a unit's checks ask has room in memory."""
    run = []
    monkeypatch.setattr(Check, "run", lambda self, subject: run.append(self.id) or RUN(self, subject))
    grade(unit, solution(COURSE, unit))
    run.clear()
    assert grade(unit, solution(COURSE, unit)).points == unit.total
    assert run == []


@pytest.mark.parametrize("name", ["activations", "gru"])
def test_results_are_those_of_a_run_in_which_every_check_is_run(tmp_path, monkeypatch, name):
    unit = COURSE.unit(name)
    slips = [mistaken(COURSE, unit, mistake) for of, mistake in MISTAKES if of == unit][::6]
    texts = 2 * [solution(COURSE, unit), partial(COURSE, unit, 3), *slips]

    def told():
        session = CheckSession(COURSE, [unit], seed="twice")
        for text in texts:
            (tmp_path / unit.module).write_text(text)
            result = session.grade("student", unit, tmp_path / unit.module, [tmp_path])
            yield (
                result.points,
                [(each.check, each.outcome, each.message, each.hint, each.call) for each in result.checks],
            )
        session.close()

    remembered = list(told())
    monkeypatch.setattr(Confined, "recall", lambda self, check: False)
    assert remembered == list(told())


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.id)
def test_no_check_is_slow(grade, unit):
    """Not in each of three runs: one may have waited for another process. Where inputs are known, no check is run at all."""
    for generation in (1, 2, 3):
        result = grade(unit, solution(COURSE, unit), generation)
        slow = [(check.check, check.seconds) for check in result.checks if check.seconds > 2.0]
        if not slow:
            break
    assert slow == []
