"""`autograder explain` on a class that is really graded, and the command that it prints."""

import re
import shlex
import subprocess
import sys
import zipfile

import pytest

from autograder.course.units import load_course
from autograder.grading.sample import partial, solution

COURSE = load_course()
UNIT = COURSE.unit("activations")
HALVED = solution(COURSE, UNIT).replace("LECUN_SCALE = 1.7159", "LECUN_SCALE = 0.85795")
LOUD = "\n\ndef relu(x):\n    raise ValueError('\\x1b[31mred\\nline')\n"


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("explain")
    for name, text in (("alice", HALVED), ("bob", partial(COURSE, UNIT, 1)), ("loud", solution(COURSE, UNIT) + LOUD)):
        (folder / "class" / name).mkdir(parents=True)
        (folder / "class" / name / UNIT.module).write_text(text)
    with zipfile.ZipFile(folder / "class" / "zipped.zip", "w") as archive:
        archive.writestr(UNIT.module, HALVED)
    (folder / "class" / "broken").mkdir()
    (folder / "class" / "broken" / UNIT.module).write_text("def (:")
    run(folder, "grade", "class", "--output", "out", "--unit", UNIT.id, "--seed", "5eed", check=True)
    return folder


def run(folder, *arguments, check=False):
    return subprocess.run(
        [sys.executable, "-m", "autograder", *arguments, "--course", str(COURSE.root)],
        cwd=folder, check=check, capture_output=True, text=True,
    )  # fmt: skip


def explain(folder, *arguments):
    return run(folder, "explain", *arguments, "--results", "out")


def test_call_value_expected_and_seed(graded):
    done = explain(graded, "alice", "activations", "lecun_tanh: lecun tanh by hand")
    assert done.returncode == 0, done.stderr
    assert "lecun_tanh([0., 1.039721])" in done.stdout
    assert re.search(r"got       \[0\. +, 0\.51477", done.stdout)
    assert re.search(r"expected  \[0\. +, 1\.02954", done.stdout)
    assert "seed      5eed" in done.stdout
    assert "failed" in done.stdout
    assert max(map(len, done.stdout.replace("debug", "").splitlines()[:8])) <= 80


@pytest.mark.parametrize("student", ["alice", "zipped"])
def test_the_printed_command_fails_in_the_same_way(graded, student):
    done = explain(graded, student, "activations", "lecun_tanh")
    line = next(line for line in done.stdout.splitlines() if line.startswith("debug"))
    command = shlex.split(line.removeprefix("debug"))
    assert command[-1] == "--pdb"
    again = subprocess.run(
        [sys.executable, "-m", *command[:-1]], cwd=graded, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    assert again.returncode == 1, again.stdout + again.stderr
    assert "lecun_tanh([0., 1.039721])" in again.stdout
    assert "got 0.51477" in again.stdout


def test_what_was_raised_is_said_without_escapes(graded):
    done = explain(graded, "loud", "activations", "relu")
    assert "raised ValueError" in done.stdout
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize(
    "arguments, words",
    [
        (("alcie", "activations", "relu"), "did you mean alice?"),
        (("alice", "activatoins", "relu"), "did you mean activations?"),
        (("alice", "neurons", "x"), "has no result for neurons"),
        (("alice", "activations", "lecun tanh by hnad"), "did you mean 'lecun_tanh: lecun tanh by hand'"),
        (("alice", "activations", "zzzzzzzzzzzzzzzzzzzz"), "or an exercise: step, sigmoid"),
        (("broken", "activations", "relu"), "which is not loaded"),
        (("alice", "activations", "relu", "--submissions", "nowhere"), "nowhere is not there any more"),
    ],
)
def test_bad_input_is_one_sentence(graded, arguments, words):
    done = explain(graded, *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_another_version_than_was_graded_is_not_explained(graded):
    path = graded / "class" / "bob" / UNIT.module
    path.write_text(HALVED)
    done = explain(graded, "bob", "activations", "lecun_tanh")
    assert done.returncode == 2
    assert "is not what was graded as bob's activations" in done.stderr
