"""Right answers written another way keep full marks."""

import pytest

from autograder.checks.results import Outcome
from autograder.course.units import load_course
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
