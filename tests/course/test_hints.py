"""What a student's desk says of a slip: every catalogued mistake that a public test sees, handed in as a student's module, gets
its hint under the failure; no other answer does. And how few of them the public tests do not see.
"""

import re
import shutil
from pathlib import Path

import pytest

from autograder.checks.known import hints_beside
from autograder.checks.local import run_collected
from autograder.checks.mistakes import load_mistakes
from autograder.checks.plugin import LocalSubject
from autograder.checks.recorded import same_record
from autograder.checks.results import Outcome
from autograder.checks.session import Collection
from autograder.course.units import load_course
from autograder.grading.sample import mistaken, solution
from autograder.grading.second_pass import pair_of
from autograder.notebook import ChecksFailed, check
from autograder.sandbox.local import load_module

as_a_stranger = load_module(Path(__file__).with_name("stranger.py")).as_a_stranger
COURSE = load_course()
UNITS = COURSE.units


# How many of each unit's mistakes no public test sees: hidden checks do. Fewer is better, more is not allowed.
UNSEEN = {
    "backprop": 1,
    "autodiff": 2,
    "optimizers": 3,
    "initialization": 2,
    "training": 3,
    "augmentation": 2,
    "cnn": 5,
    "char_rnn": 3,
    "recursive": 2,
    "seq2seq": 2,
    "autoencoder": 3,
    "gan": 4,
    "tsne": 3,
    "hopfield": 4,
    "reinforcement": 2,
    "file_types": 5,
    "faces": 9,
    "speech": 4,
    "pronunciation": 2,
    "scribe": 6,
}


def mistakes_of(unit):
    return load_mistakes(COURSE.root / "solutions" / unit.folder)


class Desk:
    """A student's folder of one unit, and of those that it uses, solved."""

    def __init__(self, root, unit):
        self.unit = unit
        for each in [unit, *map(COURSE.unit, unit.uses)]:
            shutil.copytree(COURSE.root / "exercises" / each.folder, root / "exercises" / each.folder)
            (root / "exercises" / each.folder / each.module).write_text(solution(COURSE, each))
        self.module = root / "exercises" / unit.folder / unit.module
        self.tests = self.module.with_name(f"test_{unit.module}")
        # As run_public_tests, which collects the tests anew each time: that takes five times as long as to run them.
        self.collection = Collection(root, [self.tests], LocalSubject(None, "0"))

    def check(self, text, exercise=None):
        self.module.write_text(text)
        names = None if exercise is None else [exercise]
        run = run_collected(self.collection, LocalSubject(None, "0"), self.tests, names)
        assert not run.problem
        return run.checks

    def slip(self, mistake):
        """The checks of the mistake's exercise, of a module that a stranger wrote with this mistake in it."""
        right = solution(COURSE, self.unit)
        text = as_a_stranger(mistaken(COURSE, self.unit, mistake).removeprefix(right), mistake.exercise)
        return self.check(f"{right}\n{text}", mistake.exercise)


@pytest.fixture
def desk(request, tmp_path):
    desk = Desk(tmp_path, request.param)
    yield desk
    desk.collection.close()


def of_units(function):
    return pytest.mark.parametrize("desk", UNITS, ids=lambda unit: unit.id, indirect=True)(function)


@of_units
def test_a_slip_that_a_public_test_sees_gets_its_hint(desk):
    silent, unseen = [], 0
    for mistake in mistakes_of(desk.unit):
        checks = desk.slip(mistake)
        told = [each.hint for each in checks if each.hint]
        if all(each.outcome == Outcome.PASSED for each in checks):
            unseen += 1
            assert told == []
        elif len(told) != 1 or mistake.hint not in told[0]:
            silent.append((mistake.exercise, mistake.name, told))
    assert silent == []
    assert unseen == UNSEEN.get(desk.unit.id, 0)


@of_units
def test_a_slip_is_told_where_it_is_and_not_where_it_is_called(desk):
    for mistake in {each.exercise: each for each in mistakes_of(desk.unit)}.values():
        told = {each.exercise for each in desk.check(mistaken(COURSE, desk.unit, mistake)) if each.hint}
        assert told <= pair_of(mistake.exercise, desk.unit), mistake.name


# What another error would make of an answer.
OFF = """

def _off(value, own):
    if isinstance(value, (list, tuple)):
        kept = len(value) - own if own and len(value) > 1 else len(value)
        return type(value)([*(_off(each, False) for each in value[:kept]), *value[kept:]])
    if isinstance(value, dict):
        return {key: _off(each, False) for key, each in value.items()}
    if isinstance(value, (float, np.floating)) or getattr(value, "dtype", np.dtype(bool)).kind == "f":
        return value * 1.0371 + 0.0173
    return value


def _off_by_a_little(function):
    return lambda *args, **kwargs: _off(function(*args, **kwargs), function.__name__.endswith("_forward"))
"""


@of_units
def test_an_answer_that_is_wrong_in_another_way_gets_no_hint(desk):
    right = solution(COURSE, desk.unit)
    for name in desk.unit.points:
        if re.search(rf"^def {name}\(", right, re.MULTILINE):
            checks = desk.check(f"{right}{OFF}\n\n{name} = _off_by_a_little({name})\n")
            assert [(each.check, each.hint) for each in checks if each.hint] == []


class TestCheckCell:
    @pytest.fixture
    def rnn(self, tmp_path, monkeypatch):
        desk = Desk(tmp_path, COURSE.unit("rnn"))
        desk.collection.close()
        shutil.copy(COURSE.root / "course.yml", tmp_path)
        monkeypatch.chdir(desk.module.parent)
        desk.make = lambda name: desk.module.write_text(
            mistaken(COURSE, desk.unit, next(each for each in mistakes_of(desk.unit) if each.name == name))
        )
        return desk

    def test_says_the_hint_and_how_many_checks_are_hidden(self, rnn, capsys):
        rnn.make("step_w_hh_not_transposed")
        with pytest.raises(ChecksFailed):
            check("rnn_step_forward")
        said = " ".join(capsys.readouterr().out.split())
        assert "Hint: a known mistake gives the same answer. W_hh is (to, from)" in said
        check("leaky_forward")
        assert re.search(r"leaky_forward passes its 2 public tests; \d+ more are hidden\.", capsys.readouterr().out)

    def test_gives_no_hint_for_what_calls_the_exercise_that_is_wrong(self, rnn, capsys):
        rnn.make("forward_state_not_carried")
        for name in ("rnn_backward", "birnn_forward"):
            with pytest.raises(ChecksFailed):
                check(name)
        assert "Hint" not in capsys.readouterr().out


@of_units
def test_hints_are_small_and_what_another_processor_rounds_is_the_same(desk):
    told = hints_beside(desk.module)
    assert desk.module.with_name("hints.json").stat().st_size < 100_000
    assert same_record(told, _moved(told, 1e-3))
    assert not same_record(told, _moved(told, 2.5))


def _moved(record, share):
    """The record with each number moved by a share of what an answer may be off by."""
    if isinstance(record, list):
        return [_moved(each, share) for each in record]
    if not isinstance(record, dict):
        return record
    if "off" not in record:
        return {key: _moved(each, share) for key, each in record.items()}
    return {
        key: [value + share * record["off"] for value in each] if key in ("at", "sums") else each
        for key, each in record.items()
    }
