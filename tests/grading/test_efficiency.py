"""`grade --scaled`: fast enough beside the reference, in the same run, where course.yml asks for it."""

import re
import shutil

import pytest
import yaml

from autograder.checks.results import Outcome
from autograder.checks.session import CourseChecksError
from autograder.course.units import CourseError, load_course
from autograder.grading.efficiency import HINT
from autograder.grading.run import Digests
from autograder.grading.sample import solution
from autograder.grading.worker import CheckSession
from autograder.intake.submissions import Submission

COURSE = load_course()
UNIT = COURSE.unit("detection")
LOOPS = """

_whole = iou
def iou(a, b):
    out = np.empty_like(_whole(a, b))  # complains of bad input
    for j, (ax1, ay1, ax2, ay2) in enumerate(a):
        for k, (bx1, by1, bx2, by2) in enumerate(b):
            w, h = max(min(ax2, bx2) - max(ax1, bx1), 0), max(min(ay2, by2) - max(ay1, by1), 0)
            union = max(ax2 - ax1, 0) * max(ay2 - ay1, 0) + max(bx2 - bx1, 0) * max(by2 - by1, 0) - w * h
            out[j, k] = w * h / union if union else 0
    return out
"""
# Right as long as there is little to do, and quick and wrong at size.
QUITTER = """

_iou = iou
def iou(a, b):
    return _iou(a, b) if len(a) < 100 else np.zeros((len(a), len(b)), dtype=a.dtype)
"""
# Keeps its answers: the same question is answered at once.
KEEPER = """

_slow, _kept = iou, {}
def iou(a, b):
    key = a.tobytes(), b.tobytes()
    if key not in _kept:
        _kept[key] = _slow(a, b)
    return _kept[key]
"""


@pytest.fixture(scope="module")
def session():
    session = CheckSession(COURSE, [UNIT], seed="efficiency", scaled=True)
    yield session
    session.close()


@pytest.fixture
def grade(session, tmp_path):
    def run(text):
        module = tmp_path / UNIT.module
        module.write_text(text)
        result = session.grade("someone", UNIT, module, [tmp_path])
        check = next(each for each in result.checks if each.check == "course.yml::efficiency[iou]")
        return check, next(each for each in result.exercises if each.exercise == "iou")

    return run


def test_the_reference_is_fast_enough(grade):
    check, exercise = grade(solution(COURSE, UNIT))
    assert (check.outcome, check.message) == (Outcome.PASSED, "")
    assert exercise.points == 3


@pytest.mark.parametrize("more", ["", KEEPER], ids=["loops", "loops that keep their answers"])
def test_right_and_slow_costs_this_check_alone(grade, more):
    check, exercise = grade(solution(COURSE, UNIT) + LOOPS + more)
    assert check.outcome == Outcome.FAILED
    assert "times as long as the reference, 20 times would do (size 64)" in check.message
    assert check.hint == HINT
    assert check.call.startswith("iou(a=array of shape (128, 4)")
    assert exercise.checks_passed == exercise.checks_total - 1
    assert 0 < exercise.points < 3


def test_quick_and_wrong_at_size_earns_nothing_here(grade):
    check, _ = grade(solution(COURSE, UNIT) + QUITTER)
    assert check.outcome == Outcome.FAILED
    assert "the result is wrong" in check.message
    assert check.hint == ""


def test_it_rests_on_the_other_checks(grade):
    check, exercise = grade(solution(COURSE, UNIT) + "\n\ndef iou(a, b):\n    return np.zeros((len(a), len(b)))\n")
    assert check.outcome == Outcome.SKIPPED
    assert exercise.points < 1


def test_an_endless_loop_at_size_costs_the_check(tmp_path):
    course = load_course(small_course(tmp_path, check_seconds=2))
    unit = course.units[0]
    session = CheckSession(course, [unit], seed="x", scaled=True)
    module = tmp_path / unit.module
    module.write_text(
        solution(COURSE, UNIT) + QUITTER.replace("np.zeros((len(a), len(b)), dtype=a.dtype)", "sum(iter(int, 1))")
    )
    check = session.grade("someone", unit, module, [module]).checks[-1]
    session.close()
    assert (check.outcome, check.hint) == (Outcome.TIMEOUT, HINT)


def test_off_unless_asked_for(tmp_path):
    session = CheckSession(COURSE, [UNIT], seed="efficiency")
    module = tmp_path / UNIT.module
    module.write_text(solution(COURSE, UNIT))
    result = session.grade("someone", UNIT, module, [tmp_path])
    session.close()
    assert not [each for each in result.checks if each.check.startswith("course.yml")]


def test_results_with_and_without_are_told_apart(tmp_path):
    module = tmp_path / UNIT.module
    module.write_text("")
    submission = Submission("someone", UNIT.id, module)
    assert Digests(COURSE, "s", "sandbox", True)(submission) != Digests(COURSE, "s", "sandbox", False)(submission)


def small_course(folder, unit="14_detection", check_seconds=10, **efficiency):
    """A course of one unit, with those entries under `efficiency`."""
    root = folder / "course"
    shutil.copytree(COURSE.root / "solutions" / unit, root / "solutions" / unit)
    wanted = efficiency or {"iou": {"times": 20, "size": 64}}
    entry = {"folder": unit, "title": "x", "points": dict(COURSE.unit(unit).points), "efficiency": wanted}
    parts = [{"title": "A", "units": [entry]}]
    (root / "course.yml").write_text(
        yaml.safe_dump({"title": "x", "limits": {"check_seconds": check_seconds}, "parts": parts})
    )
    return root


def test_course_yml_is_checked(tmp_path):
    with pytest.raises(CourseError, match="efficiency is asked of 'relu', which has no points in 14_detection"):
        load_course(small_course(tmp_path / "a", relu={"times": 2, "size": 2}))
    with pytest.raises(CourseError, match=r"line \d+: .*times: Input should be greater than 1"):
        load_course(small_course(tmp_path / "b", iou={"times": 1, "size": 2}))
    course = load_course(small_course(tmp_path / "c", "01_neurons", logic_gate={"times": 2, "size": 2}))
    with pytest.raises(
        CourseChecksError, match=r"efficiency of neurons:logic_gate, but .*scaled\.py has no inputs for it"
    ):
        CheckSession(course, course.units, scaled=True)


def test_the_command(tmp_path, autograder):
    module = tmp_path / "in" / "someone" / UNIT.folder / UNIT.module
    module.parent.mkdir(parents=True)
    module.write_text(solution(COURSE, UNIT))
    arguments = ("grade", tmp_path / "in", "--output", tmp_path / "out", "--scaled", "--course", COURSE.root)
    assert autograder(*arguments, "--unit", "detection").returncode == 0
    assert re.search(r"detection,iou,3,3,(\d+),\1,", (tmp_path / "out" / "grades.csv").read_text())
    done = autograder(*arguments, "--unit", "neurons")
    assert (done.returncode, "course.yml asks for no efficiency" in done.stderr) == (2, True)


def test_a_check_rests_on_one_that_is_there(tmp_path):
    """A name that is not there never fails: a stub would earn what should have been skipped."""
    root = small_course(tmp_path, "01_neurons", logic_gate={"times": 2, "size": 2})
    hidden = root / "solutions" / "01_neurons" / "hidden.py"
    text = hidden.read_text()
    name = re.search(r"pytest\.mark\.(?:after|rests_on)\(\"(\w+)\"\)", text)[1]
    hidden.write_text(text.replace(f'("{name}")', '("test_nobody")'))
    course = load_course(root)
    with pytest.raises(CourseChecksError, match=r"hidden\.py::\S+ rests on test_nobody, but no check of \w+ before it"):
        CheckSession(course, course.units)
