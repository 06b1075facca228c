"""Errors carried forward: a slip costs its own points, and what rests on it is judged as if it were mended."""

import pytest

from autograder.checks.mistakes import load_mistakes
from autograder.checks.results import Outcome
from autograder.course.units import CourseError, load_course
from autograder.grading.sample import mistaken, partial, solution
from autograder.grading.second_pass import carried_words, pair_of, stand_ins_for
from autograder.grading.worker import CheckSession

COURSE = load_course()
CONVOLUTION, OPTIMIZERS, LSTM = (COURSE.unit(name) for name in ("convolution", "optimizers", "lstm"))

MODULE = '''"""A small unit."""

import numpy as np


def size(n):
    """The number of pairs."""
    ### BEGIN SOLUTION
    return n * (n - 1) // 2
    ### END SOLUTION


def noise(n, rng):
    """That many draws."""
    ### BEGIN SOLUTION
    return rng.normal(size=n)
    ### END SOLUTION


def shift(x):
    """Add 1, in place."""
    ### BEGIN SOLUTION
    x += 1
    ### END SOLUTION


def double_forward(x):
    """Twice x, and a cache."""
    ### BEGIN SOLUTION
    return 2 * x, ("doubled", x.shape)
    ### END SOLUTION


def double_backward(dout, cache):
    """The gradient."""
    ### BEGIN SOLUTION
    assert cache[0] == "doubled"
    return 2 * dout
    ### END SOLUTION


class Counter:
    """Counts."""

    def __init__(self, start):
        """From there."""
        ### BEGIN SOLUTION
        self.count = start
        ### END SOLUTION

    def up(self, by):
        """Higher."""
        ### BEGIN SOLUTION
        self.count += by
        return self.count
        ### END SOLUTION


def all_of_it(n, rng):
    """Everything at once."""
    ### BEGIN SOLUTION
    x = noise(size(n), rng)
    shift(x)
    out, cache = double_forward(x)
    counter = Counter(3)
    counter.up(n)
    return out + double_backward(np.ones_like(x), cache) + counter.count + rng.normal()
    ### END SOLUTION
'''
TESTS = """import numpy as np
import pytest

from autograder import assert_close, inout


@pytest.mark.exercise("size")
def test_size(student):
    assert student.size(4) == 6


@pytest.mark.exercise("noise")
def test_noise(student, rng):
    values = student.noise(1000, rng)
    assert abs(np.mean(values)) < 0.5
    assert 0.5 < np.std(values) < 1.5


@pytest.mark.exercise("shift")
def test_shift(student):
    x = np.zeros(3)
    student.shift(inout(x))
    assert_close(x, np.ones(3))


@pytest.mark.exercise("double_forward")
def test_forward(student):
    assert_close(student.double_forward(np.ones(3))[0], np.full(3, 2.0))


@pytest.mark.exercise("double_backward")
def test_backward(student):
    assert_close(student.double_backward(np.ones(3), student.double_forward(np.ones(3))[1]), np.full(3, 2.0))


@pytest.mark.exercise("Counter")
def test_counter(student):
    counter = student.Counter(2)
    assert counter.up(3) == 5
    assert counter.count == 5


@pytest.mark.exercise("all_of_it")
class TestAll:
    def test_values(self, student, reference):
        # The draws of a generator that went through a stand-in and back go on as if they had never left.
        assert_close(student.all_of_it(4, np.random.default_rng(0)), reference.all_of_it(4, generator()))

    @pytest.mark.after("test_values")
    def test_one(self, student):
        assert student.all_of_it(1, np.random.default_rng(0)).shape == (0,)


def generator():
    # What a student gets for that generator is a fresh one, drawn from it.
    return np.random.default_rng(int(np.random.default_rng(0).integers(2**63)))
"""
POINTS = {"size": 2, "noise": 1, "shift": 1, "double_forward": 2, "double_backward": 2, "Counter": 2, "all_of_it": 4}
SLIPS = {
    "size": "def size(n):\n    return n\n",
    "noise": "def noise(n, rng):\n    return rng.uniform(5, 6, size=n)\n",
    "shift": "def shift(x):\n    x += 2\n",
    "double_forward": "def double_forward(x):\n    return 3 * x, ('doubled', x.shape)\n",
    "double_backward": "def double_backward(dout, cache):\n    return 3 * dout\n",
    "Counter": "class Counter:\n    def __init__(self, start):\n        self.count = start\n"
    "    def up(self, by):\n        self.count += 2 * by\n        return self.count\n",
}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Grade a module of the small unit; `carried` goes into course.yml."""
    root = tmp_path_factory.mktemp("small")
    folder = root / "solutions" / "01_one"
    folder.mkdir(parents=True)
    (folder / "one.py").write_text(MODULE)
    (folder / "test_one.py").write_text(TESTS)
    (folder / "hidden.py").write_text(
        "def test_nothing():\n    pass\n".replace("def", "# def").replace("    pass", "#")
    )
    sessions = {}

    def grade(text, carried=""):
        if carried not in sessions:
            points = "".join(f"          {name}: {worth}\n" for name, worth in POINTS.items())
            head = "title: T\nparts:\n  - title: P\n    units:\n      - folder: 01_one\n        title: O\n        points:\n"
            (root / "course.yml").write_text(f"{head}{points}{carried}")
            course = load_course(root)
            sessions[carried] = CheckSession(course, course.units, seed="carried"), course
        session, course = sessions[carried]
        module = root / "one.py"
        module.write_text(text)
        return session.grade("student", course.units[0], module, [module])

    grade.solution = MODULE.replace("    ### BEGIN SOLUTION\n", "").replace("    ### END SOLUTION\n", "")
    grade.solution = "\n".join(line for line in MODULE.split("\n") if "### " not in line)
    yield grade
    for session, _ in sessions.values():
        session.close()


def told(result):
    return {each.exercise: (each.points, each.status) for each in result.exercises}


def lost(result, but):
    return {each.exercise: each.max_points - each.points for each in result.exercises
            if each.points < each.max_points and each.exercise not in but}  # fmt: skip


@pytest.mark.parametrize("exercise", SLIPS)
def test_slip_costs_its_own_exercise(small, exercise):
    result = small(f"{small.solution}\n\n{SLIPS[exercise]}")
    assert told(result)[exercise] == (0, "failed")
    assert told(result)["all_of_it"] == (4, "carried")
    assert lost(result, {exercise}) == {}
    carried = [check for check in result.checks if check.exercise == "all_of_it"]
    assert {check.outcome for check in carried} == {Outcome.CARRIED}
    assert carried[0].causes == [exercise] or exercise.startswith("double")
    assert carried[0].message.startswith(f"Right, once {carried[0].causes[0]}")


def test_all_slips_at_once(small):
    result = small("\n\n".join([small.solution, *SLIPS.values()]))
    assert told(result)["all_of_it"] == (4, "carried")
    assert result.points == 4


def test_its_own_slip_still_costs(small):
    wrong = small.solution.replace("counter.count + rng", "counter.count - rng")
    result = small(f"{wrong}\n\n{SLIPS['size']}")
    assert told(result)["all_of_it"][0] == 0
    # What its message says is not the earlier slip's doing: the shape is right by now.
    check = next(check for check in result.checks if check.exercise == "all_of_it")
    assert "shape" not in check.message


def test_pairs_are_not_asked_with_a_stand_in_for_their_own_half(small):
    other_cache = SLIPS["double_forward"].replace("'doubled'", "'tripled'")
    result = small(f"{small.solution}\n\n{other_cache}")
    assert told(result)["double_backward"][0] == 0  # the cache is the student's own
    assert told(result)["all_of_it"] == (4, "carried")


def test_what_is_not_written_is_not_asked(small):
    stub = "def size(n):\n    raise NotImplementedError\n\n\ndef all_of_it(n, rng):\n    raise NotImplementedError\n"
    result = small(f"{small.solution}\n\n{stub}")
    assert told(result)["all_of_it"] == (0, "not written")
    only_first = small(f"{small.solution}\n\ndef size(n):\n    raise NotImplementedError\n")
    assert told(only_first)["size"] == (0, "not written")
    assert told(only_first)["all_of_it"] == (4, "carried")


@pytest.mark.parametrize(
    "setting, points",
    [
        ("carried: 0.5\n", 2),
        ("carried: 0\n", 0),
        ("        carried: 0.25\n", 1),
        ("        carried: {all_of_it: 0.75}\ncarried: 0\n", 3),
        ("        carried: {size: 0.75}\n", 4),
    ],
)
def test_course_unit_or_exercise_say_what_it_is_worth(small, setting, points):
    result = small(f"{small.solution}\n\n{SLIPS['size']}", setting)
    assert told(result)["all_of_it"] == (points, "carried" if points else "failed")
    if 0 < points < 4:
        assert f"{25 * points} % of the points here." in result.exercises[-1].hint


def test_wrong_settings_are_named(tmp_path):
    text = (
        "title: T\nparts: [{title: P, units: [{folder: 01_one, title: O, points: {size: 2}, carried: {seize: 1}}]}]\n"
    )
    (tmp_path / "course.yml").write_text(text)
    with pytest.raises(CourseError, match="carried speaks of 'seize'"):
        load_course(tmp_path)
    (tmp_path / "course.yml").write_text(text.replace("{seize: 1}", "1.5"))
    with pytest.raises(CourseError, match="less than or equal to 1"):
        load_course(tmp_path)


def test_too_slow_once_is_not_the_end_of_the_unit(small):
    result = small(
        f"{small.solution}\n\ndef size(n):\n    while True:\n        pass\n", "limits: {check_seconds: 0.5}\n"
    )
    assert told(result)["size"] == (0, "timeout")
    assert told(result)["all_of_it"] == (4, "carried")


def test_who_stands_in_for_whom():
    order = list(CONVOLUTION.points)
    assert pair_of("conv2d_forward", CONVOLUTION) == {"conv2d_forward", "conv2d_backward"}
    assert pair_of("output_size", CONVOLUTION) == {"output_size"}
    later = order[order.index("conv2d_backward") + 1]
    assert stand_ins_for("conv2d_backward", ["output_size", "conv2d_forward"], CONVOLUTION) == ["output_size"]
    assert stand_ins_for(later, ["conv2d_forward"], CONVOLUTION) == ["conv2d_forward", "conv2d_backward"]
    assert stand_ins_for("output_size", ["conv2d_forward"], CONVOLUTION) == []


def test_words():
    assert carried_words(["a"], 1.0) == "Right, once a is: mend that first. Full points here."
    assert (
        carried_words(["a", "b", "c"], 0.5) == "Right, once a, b and c are: mend that first. 50 % of the points here."
    )


@pytest.fixture(scope="module")
def session():
    session = CheckSession(COURSE, [CONVOLUTION, OPTIMIZERS, LSTM], seed="carried")
    yield session
    session.close()


@pytest.mark.parametrize(
    "unit, exercise",
    [(CONVOLUTION, "output_size"), (CONVOLUTION, "zero_pad"), (OPTIMIZERS, "Adam"), (LSTM, "lstm_gates")],
    ids=lambda value: getattr(value, "id", value),
)
def test_slip_in_the_course_costs_its_own_points(session, tmp_path, unit, exercise):
    mistakes = [each for each in load_mistakes(COURSE.root / "solutions" / unit.folder) if each.exercise == exercise]
    for mistake in mistakes[:3]:
        module = tmp_path / unit.module
        module.write_text(mistaken(COURSE, unit, mistake))
        result = session.grade("student", unit, module, [tmp_path])
        assert sum(lost(result, pair_of(exercise, unit)).values()) <= 0.01 * unit.total
        # The slip is told once, at its cause.
        assert {check.exercise for check in result.checks if check.hint} == {exercise}


def test_complete_and_untouched_work_costs_no_second_process(session, tmp_path, monkeypatch):
    monkeypatch.setattr("autograder.sandbox.carried.Assisted.begin", lambda self, after=None: 1 / 0)
    for text, points in ((solution(COURSE, LSTM), LSTM.total), (partial(COURSE, LSTM, 0), 0)):
        module = tmp_path / LSTM.module
        module.write_text(text)
        assert session.grade("student", LSTM, module, [tmp_path]).points == points
