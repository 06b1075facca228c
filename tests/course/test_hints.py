"""What a student's desk says of a slip: every catalogued mistake that a public test sees, handed in as a student's module, gets
its hint under the failure; no other answer does. And how few of them the public tests do not see.
"""

import shutil
from collections import Counter
from pathlib import Path

import pytest

from autograder.checks.known import MOST_TOLD, hints_beside
from autograder.checks.local import run_public_tests
from autograder.checks.mistakes import load_mistakes
from autograder.checks.results import Outcome
from autograder.course.units import load_course
from autograder.grading.sample import mistaken, solution
from autograder.sandbox.local import load_module

as_a_stranger = load_module(Path(__file__).with_name("stranger.py")).as_a_stranger
COURSE = load_course()
UNITS = COURSE.units


class Desk:
    """A student's folder of one unit, and of those that it uses, solved."""

    def __init__(self, root, unit):
        self.unit = unit
        for each in [unit, *map(COURSE.unit, unit.uses)]:
            shutil.copytree(COURSE.root / "exercises" / each.folder, root / "exercises" / each.folder)
            (root / "exercises" / each.folder / each.module).write_text(solution(COURSE, each))
        self.module = root / "exercises" / unit.folder / unit.module
        self.tests = self.module.with_name(f"test_{unit.module}")

    def check(self, text, exercise=None):
        self.module.write_text(text)
        run = run_public_tests(self.tests, exercise)
        assert not run.problem
        return run.checks

    def slip(self, mistake):
        """The checks of the mistake's exercise, of a module that a stranger wrote with this mistake in it."""
        right = solution(COURSE, self.unit)
        text = as_a_stranger(mistaken(COURSE, self.unit, mistake).removeprefix(right), mistake.exercise)
        return self.check(f"{right}\n{text}", mistake.exercise)


@pytest.fixture
def desk(request, tmp_path):
    return Desk(tmp_path, request.param)


def of_units(function):
    return pytest.mark.parametrize("desk", UNITS, ids=lambda unit: unit.id, indirect=True)(function)


@of_units
def test_a_slip_that_a_public_test_sees_gets_its_hint(desk):
    known = hints_beside(desk.module)
    silent = []
    for mistake in load_mistakes(COURSE.root / "solutions" / desk.unit.folder):
        checks = desk.slip(mistake)
        told = [each.hint for each in checks if each.hint]
        failed = any(each.outcome != Outcome.PASSED for each in checks)
        entry = known[mistake.exercise]
        if not failed:
            assert told == []
        elif len(told) != 1 or mistake.hint not in told[0]:
            silent.append((mistake.exercise, mistake.name, told))
    print(len(silent), silent)
    assert silent == []
