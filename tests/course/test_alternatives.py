"""Right answers written another way keep full marks, and with a fault in them get no hint that is not true."""

import random

import pytest

from autograder.checks.results import Outcome
from autograder.course.build import BEGIN, END
from autograder.course.mutants import find_mutants
from autograder.course.units import LimitSettings, load_course
from autograder.grading.sample import solution
from autograder.grading.worker import CheckSession

COURSE = load_course()
FOLDER = COURSE.root / "tests" / "alternatives"
ALTERNATIVES = sorted(FOLDER.glob("*/*.py"))


@pytest.fixture(scope="module")
def session():
    session = CheckSession(COURSE, COURSE.units, seed="alternatives")
    yield session
    session.close()


@pytest.mark.parametrize("path", ALTERNATIVES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_alternative_keeps_full_marks(session, tmp_path, path):
    """Each file of tests/alternatives/UNIT/ is appended to the reference and takes its functions' place."""
    unit = COURSE.unit(path.parent.name)
    module = tmp_path / unit.module
    module.write_text(f"{solution(COURSE, unit)}\n\n{path.read_text()}")
    result = session.grade("other", unit, module, [tmp_path])
    wrong = [(check.check, check.call, check.message) for check in result.checks if check.outcome != Outcome.PASSED]
    assert wrong == []


def test_every_unit_has_an_alternative():
    assert {path.parent.name for path in ALTERNATIVES} == {unit.id for unit in COURSE.units}


FAULTS = 120 // len(COURSE.units)  # tried in each unit: with more units it need not take longer


def faulty(unit):
    """The unit's alternatives with one fault each: a fixed choice of all the faults that the mutator knows."""
    found = []
    for path in sorted((FOLDER / unit.id).glob("*.py")):
        # Only what stands between the markers is touched: the alternative, and not the solution above it.
        found += find_mutants(f"{solution(COURSE, unit)}\n\n{BEGIN}\n{path.read_text()}\n{END}\n")
    chosen = random.Random(unit.id).sample(found, min(FAULTS, len(found)))
    return [mutant.text for mutant in chosen]


@pytest.fixture(scope="module")
def sessions():
    """Two, with different inputs; many a fault never ends, and need not be waited for long."""
    course = COURSE.model_copy(update={"limits": LimitSettings(check_seconds=2, submission_seconds=12)})
    sessions = [CheckSession(course, course.units, seed=seed) for seed in ("one", "another")]
    yield sessions
    for session in sessions:
        session.close()


@pytest.mark.parametrize("unit", COURSE.units, ids=lambda unit: unit.id)
def test_no_hint_is_false(sessions, tmp_path, unit):
    """A hint says that the code answers as the known mistake does: then it does so on other inputs, too."""
    one, another = sessions
    module = tmp_path / unit.module
    false = []
    for text in faulty(unit):
        module.write_text(text)
        told = hints(one.grade("other", unit, module, [tmp_path]))
        if told:
            again = hints(another.grade("other", unit, module, [tmp_path]))
            false += [(name, hint, text) for name, hint in told.items() if again.get(name) != hint]
    assert false == []


def hints(result):
    return {check.exercise: check.mistake for check in result.checks if check.mistake}
