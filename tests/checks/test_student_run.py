"""pytest as a student runs it: no extra arguments, failures that can be acted on."""

import os
import re
import subprocess
import sys

import pytest

from autograder.course.units import load_course
from autograder.grading.sample import mistaken, solution

COURSE = load_course()
UNIT = COURSE.unit("activations")
SOLUTIONS = COURSE.root / "solutions" / UNIT.folder
TESTS = (SOLUTIONS / f"test_{UNIT.module}").read_text().count("\ndef test_")


@pytest.fixture
def exercise(tmp_path):
    """A student's folder of the unit; returns a function that runs pytest there on a module's text."""
    folder = tmp_path / UNIT.folder
    folder.mkdir()
    (folder / f"test_{UNIT.module}").write_bytes((SOLUTIONS / f"test_{UNIT.module}").read_bytes())

    def run(text, *arguments, tests=folder):
        if text is not None:
            (folder / UNIT.module).write_text(text)
        return subprocess.run(
            [sys.executable, "-m", "pytest", "--import-mode=importlib", *map(str, arguments or [tests])],
            cwd=tmp_path, capture_output=True, text=True, env={**os.environ, "COLUMNS": "120"},
        ).stdout  # fmt: skip

    run.folder = folder
    return run


def test_everything_right_is_green(exercise):
    assert f"{TESTS} passed" in exercise(solution(COURSE, UNIT))


def test_an_unwritten_exercise_is_one_quiet_line(exercise):
    out = exercise((COURSE.root / "exercises" / UNIT.folder / UNIT.module).read_text())
    failed, skipped = (int((re.search(rf"(\d+) {word}", out) or [0, 0])[1]) for word in ("failed", "skipped"))
    assert failed + skipped == TESTS  # what rests on another test is not asked
    assert "not written yet (activations.py, line " in out
    assert "Traceback" not in out
    assert "raise NotImplementedError" not in out


def test_wrong_values_say_the_call_what_came_and_what_was_expected(exercise):
    text = solution(COURSE, UNIT).replace(
        "return weights / weights.sum(axis=axis, keepdims=True)", "return 2 * weights"
    )
    out = exercise(text)
    assert "softmax([[0., 1.098612], [5., 5.]])" in out
    assert "at [0, 0]: got 0.6666666667, expected 0.25" in out
    assert "2 failed" not in out


def test_an_error_ends_in_the_students_line(exercise):
    out = exercise(solution(COURSE, UNIT).replace("return np.tanh(x)\n", "return np.tanhh(x)\n"))
    assert "it raised AttributeError: module 'numpy' has no attribute 'tanhh'" in out
    assert "in tanh: return np.tanhh(x)" in out
    assert "autograder/" not in out.split("FAILURES")[1].split("short test summary")[0]


def test_a_syntax_error_is_said_once_with_its_line(exercise):
    out = exercise("import numpy as np\n\ndef step(x)\n    return x\n")
    assert out.count("activations.py, line 3: expected ':'") >= 1
    assert "1 error" in out
    assert f"{TESTS - 1} skipped" in out


def test_a_missing_function_or_file_is_named(exercise):
    out = exercise(solution(COURSE, UNIT).replace("def relu(", "def rellu("))
    assert "activations.py has no `relu`: was it renamed or deleted?" in out
    (exercise.folder / UNIT.module).unlink()
    assert "is not there: put activations.py back" in exercise(None)


def test_hidden_checks_run_on_a_path(exercise):
    wrong = next(m for m in catalogue() if m.name == "sigmoid_overflows")
    out = exercise(mistaken(COURSE, UNIT, wrong), SOLUTIONS / "hidden.py", "--student", exercise.folder)
    assert "NumPy warned: overflow" in out
    assert re.search(r"silent\S*\[sigmoid\]", out)
    assert " failed" in out
    right = exercise(solution(COURSE, UNIT), SOLUTIONS / "hidden.py", "--student", exercise.folder / UNIT.module)
    assert "failed" not in right
    assert re.search(r"\d\d+ passed", right)


def test_checks_of_manners_are_skipped_where_the_value_is_wrong(exercise):
    wrong = next(m for m in catalogue() if m.name == "softmax_over_first_axis")
    out = exercise(mistaken(COURSE, UNIT, wrong), SOLUTIONS / "hidden.py", "--student", exercise.folder, "-rs")
    assert "rests on test_last_axis_by_default, which did not pass" in out


def test_a_bad_student_path_names_the_way_out(exercise):
    done = exercise(solution(COURSE, UNIT), SOLUTIONS / "hidden.py", "--student", "nowhere")
    assert "no activations.py there, nor 02_activations/activations.py" in done


def test_another_seed_draws_other_inputs(exercise):
    wrong = next(m for m in catalogue() if m.name == "sigmoid_falls")
    text = mistaken(COURSE, UNIT, wrong)
    runs = [
        exercise(text, SOLUTIONS / "hidden.py", "--student", exercise.folder, "-k", "random_values", "--seed", seed)
        for seed in ("1", "1", "2")
    ]
    got = [[line for line in run.splitlines() if "got" in line] for run in runs]
    assert got[0] == got[1] != got[2]


def catalogue():
    from autograder.checks.mistakes import load_mistakes

    return load_mistakes(SOLUTIONS)
