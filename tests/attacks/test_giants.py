"""Arrays that broadcast where a vector was expected: every exercise's checks look at a shape before they compute with it.

The references stand in for students, with one exercise after the other returning giants. A check that computed with them
would need many times what it was given, and be told by the grader's bound on memory, or by its clock.
"""

import itertools
from pathlib import Path

import pytest

from autograder.course.units import LimitSettings, load_course
from autograder.grading.guard import TOO_LARGE, TOO_LONG
from autograder.grading.worker import CheckSession
from autograder.sandbox.limits import Limits

COURSE = load_course()
GIANT = (Path(__file__).resolve().parent / "giant.py").read_text()
SHAPES = (
    "squares",
    "column",
    "row",
    "squares",
    "before",
    "behind",
    "squares",
    "longer",
    "wider",
    "squares",
    "small",
    "flat",
)
FRAME = 4 * 2**20  # bytes that a call may return: less than is the rule, so that there is time for all
LIMITS = LimitSettings(output_bytes=FRAME, grader_bytes=32 * FRAME, check_seconds=15)
MOST = 500_000 - 128 * 1024  # KiB of 500 MB: a worker that has collected all checks has less than that to begin with
CUT = [words.partition("{")[0] for words in (TOO_LARGE, TOO_LONG)]


@pytest.fixture(scope="module")
def session(hostile):
    session = CheckSession(COURSE.model_copy(update={"limits": LIMITS}), COURSE.units, "giants")
    yield session
    session.close()


def asked(session, unit, exercise, shape, folder, elements):
    """What the exercise's own checks say of giants of that shape."""
    module = folder / unit.module
    right = (COURSE.root / "solutions" / unit.folder / unit.module).read_text()
    module.write_text(f"{right}\n{GIANT}\nbecome_giant({exercise!r}, {shape!r}, {elements})\n")
    checks = [check for check in session.checks_of(unit) if check.exercise == exercise]
    return list(session.ask(unit, module, [folder], checks))


@pytest.mark.parametrize("unit", COURSE.units, ids=lambda unit: unit.id)
def test_every_check_looks_at_the_shape_first(session, tmp_path, peak, unit):
    turns = itertools.cycle(SHAPES)
    found, passed = {}, set()
    with peak:
        for exercise in unit.points:
            wanted = [next(turns)]
            if exercise[0].isupper():
                wanted.append("attributes")
            for shape in wanted:
                results = asked(session, unit, exercise, shape, tmp_path, FRAME // 10)
                cut = [each.check for each in results if any(words in each.message for words in CUT)]
                cut += [each.check for each in results if each.outcome == "broken"]
                if cut:
                    found[exercise, shape] = cut
                # A class may work in place, and return nothing that could grow.
                if exercise.islower() and all(each.outcome == "passed" for each in results):
                    passed.add((exercise, shape))
    assert found == {}
    assert passed == set()
    assert peak.growth < MOST


@pytest.mark.parametrize("shape", ["column", "squares"])
def test_the_largest_that_is_let_through(hostile, tmp_path, peak, shape):
    """With the limits as they are."""
    unit = COURSE.unit("losses")
    session = CheckSession(COURSE, [unit], "giants")
    try:
        with peak:
            for exercise in list(unit.points)[::4]:
                asked(session, unit, exercise, shape, tmp_path, Limits.output_bytes // 10)
    finally:
        session.close()
    assert peak.growth < MOST
