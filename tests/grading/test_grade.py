"""`autograder grade` as an instructor runs it: the files it leaves, bad input, odd students."""

import csv
import json
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from autograder.checks.results import CheckResult, ExerciseResult, Outcome, UnitResult, score
from autograder.course.units import load_course
from autograder.grading.sample import mistaken, partial, solution
from autograder.grading.worker import CheckSession
from autograder.intake.submissions import find_submissions
from autograder.reports.files import COLUMNS, feedback
from autograder.sandbox.proxy import SandboxBroken
from autograder.words import safe_cell, safe_name

COURSE = load_course()
UNIT = COURSE.unit("activations")


@pytest.fixture
def hand_in(tmp_path):
    """Put a module's text into a student's folder."""

    def run(student, text, place=f"{UNIT.folder}/{UNIT.module}"):
        path = tmp_path / "submissions" / student / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return run


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def points(path):
    totals = {}
    for row in rows(path):
        totals[row["student"]] = totals.get(row["student"], 0) + float(row["points"])
    return totals


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_class_leaves_grades_results_and_feedback(autograder, tmp_path, hand_in, jobs):
    wrong = mistaken(COURSE, UNIT, next(m for m in mistakes() if m.name == "softmax_over_first_axis"))
    hand_in("complete", solution(COURSE, UNIT))
    hand_in("flat", solution(COURSE, UNIT), UNIT.module)
    hand_in("by id", solution(COURSE, UNIT), f"{UNIT.id}/{UNIT.module}")
    hand_in("wrong", wrong)
    hand_in("untouched", partial(COURSE, UNIT, 0))
    hand_in("syntax", "def sigmoid(x:\n    return x\n")
    hand_in("loops", "while True: pass\n")
    hand_in("other", "notes", "notes.txt")
    done = autograder(
        "grade", tmp_path / "submissions", "--output", tmp_path / "out", "--unit", "activations",
        "--course", COURSE.root, "--jobs", jobs, "--seed", "s",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    grades = tmp_path / "out" / "grades.csv"
    assert grades.read_text().splitlines()[0].split(",") == COLUMNS
    assert len(rows(grades)) == 8 * len(UNIT.points)
    assert points(grades) == {
        "complete": 30, "flat": 30, "by id": 30, "wrong": pytest.approx(27, abs=2.5), "untouched": 0, "syntax": 0,
        "loops": 0, "other": 0,
    }  # fmt: skip
    status = {row["student"]: row["status"] for row in rows(grades)}
    assert status["syntax"] == status["loops"] == "not loaded"
    assert status["other"] == "missing"
    (softmax,) = [row for row in rows(grades) if row["student"] == "wrong" and row["exercise"] == "softmax"]
    assert "add up to 1 along `axis`" in softmax["hint"]
    assert int(softmax["checks_passed"]) < int(softmax["checks_total"])
    head, *results = map(json.loads, (tmp_path / "out" / "results.jsonl").read_text().splitlines())
    assert head["seed"] == "s"
    assert set(head["versions"]) == {"autograder", "numpy", "python"}
    assert [result["student"] for result in results] == sorted(status)
    page = (tmp_path / "out" / "feedback" / "wrong.md").read_text()
    assert "**Hint.** The probabilities must add up to 1 along `axis`" in page
    assert "softmax([[0., 1.098612], [5., 5.]])" in page
    assert "activations.py, line 1:" in (tmp_path / "out" / "feedback" / "syntax.md").read_text()
    assert "ran longer than 10 seconds" in (tmp_path / "out" / "feedback" / "loops.md").read_text()
    for words in ("complete", "median", "Commonest mistakes", "grades.csv"):
        assert words in done.stdout


def mistakes():
    from autograder.checks.mistakes import load_mistakes

    return load_mistakes(COURSE.root / "solutions" / UNIT.folder)


@pytest.mark.parametrize("units, width, shown", [(1, 80, 1), (len(COURSE.units), 80, 2), (8, 200, 1)])
def test_the_class_table_fits_the_terminal(units, width, shown, tmp_path, monkeypatch, capsys):
    from autograder.commands.console import Summary, print_class

    some = COURSE.units[:units]
    names = {"ada": "graded", "a-name-of-some-length": "graded", "broken": "not loaded"}
    results = [UnitResult(name, unit.id, status) for name, status in names.items() for unit in some]
    monkeypatch.setenv("COLUMNS", str(width))
    run = SimpleNamespace(course=COURSE, units=some, results=results, seed="s", reused=0, kept=0)
    print_class(run, Summary.of(run), tmp_path)
    out = capsys.readouterr().out
    assert out.count("\u250f") == shown  # tables
    assert "\u2026" not in out.split("grades:")[0]  # and nothing cut off
    assert "a-name-of-some-length" in out
    assert (some[0].id if units == 1 else f"{units} units") + " could not be imported" in out
    assert max(len(line) for line in out.split("grades:")[0].splitlines()) <= width


def test_the_same_seed_gives_the_same_results_and_another_other_inputs(tmp_path):
    module = tmp_path / UNIT.module
    module.write_text(solution(COURSE, UNIT).replace("LECUN_SCALE = 1.7159", "LECUN_SCALE = 1.7"))
    said = []
    for seed in ("one", "one", "two"):
        session = CheckSession(COURSE, [UNIT], seed)
        result = session.grade("x", UNIT, module, [tmp_path])
        said.append([(check.check, check.outcome, check.message) for check in result.checks])
        session.close()
    assert said[0] == said[1]
    assert said[0] != said[2]
    assert [entry[:2] for entry in said[0]] == [entry[:2] for entry in said[2]]


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["nowhere", "--output", "out"], "nowhere is not a folder"),
        (["empty", "--output", "out"], "no submissions in empty"),
        (["wrong", "--output", "out"], "2 folders, but none with a module of these units"),
        (["wrong", "--output", "out", "--unit", "activatoins"], "did you mean activations?"),
        (["wrong", "--output", "out", "--course", "nowhere"], "nowhere is not there"),
    ],
)
def test_bad_arguments_name_the_way_out(autograder, tmp_path, arguments, words):
    (tmp_path / "empty").mkdir()
    for student in ("a", "b"):
        (tmp_path / "wrong" / student).mkdir(parents=True)
    if "--course" not in arguments:
        arguments = [*arguments, "--course", COURSE.root]
    done = autograder("grade", *arguments)
    assert done.returncode == 2
    assert words in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_links_and_odd_files_are_refused_by_name(tmp_path, hand_in):
    secret = COURSE.root / "solutions" / UNIT.folder
    for student in ("link", "linked-folder", "fifo", "huge", "honest"):
        (tmp_path / "submissions" / student).mkdir(parents=True)
    folder = tmp_path / "submissions"
    (folder / "link" / UNIT.module).symlink_to(secret / UNIT.module)
    (folder / "linked-folder" / UNIT.folder).symlink_to(secret)
    (folder / "linked-student").symlink_to(secret.parent)
    os.mkfifo(folder / "fifo" / UNIT.module)
    (folder / "huge" / UNIT.module).write_text("#" * (2**20 + 1))
    hand_in("honest", "x = 1")
    both = find_submissions(folder, [UNIT])
    found = {each.student: each for each in both.submissions}
    assert "linked-student" not in found
    assert "symbolic link" in found["link"].problem
    assert ("linked-folder/02_activations", "a symbolic link is not followed") in both.ignored
    assert ("linked-student", "a symbolic link is not followed") in both.ignored
    assert "regular file" in found["fifo"].problem
    assert "larger than 1 MB" in found["huge"].problem
    assert [name for name, each in found.items() if each.module] == ["honest"]


def test_a_lost_fork_server_is_replaced_and_costs_no_student_anything(tmp_path):
    module = tmp_path / UNIT.module
    module.write_text(solution(COURSE, UNIT))
    session = CheckSession(COURSE, [UNIT], "s")
    session._server._process.kill()
    session._server._process.wait()
    result = session.grade("x", UNIT, module, [tmp_path])
    session.close()
    assert result.status == "graded"
    assert result.points == UNIT.total


def test_a_broken_sandbox_is_no_students_fault(tmp_path, monkeypatch):
    module = tmp_path / UNIT.module
    module.write_text(solution(COURSE, UNIT))
    session = CheckSession(COURSE, [UNIT], "s")

    def refuse(*arguments):
        raise SandboxBroken("no more processes")

    monkeypatch.setattr("autograder.sandbox.fork_server.ForkServer.child", refuse)
    result = session.grade("x", UNIT, module, [tmp_path])
    session.close()
    assert result.status == "broken"
    assert "no more processes" in result.message
    assert result.points == 0


def test_points_follow_the_weights_of_the_checks():
    checks = [
        CheckResult("a", "relu", Outcome.PASSED, 2.0),
        CheckResult("b", "relu", Outcome.FAILED, 1.0, hint="h"),
        CheckResult("c", "relu", Outcome.SKIPPED, 1.0),
        CheckResult("d", "tanh", Outcome.PASSED),
    ]
    relu, tanh = score({"relu": 4.0, "tanh": 1.0}, checks)
    assert (relu.points, relu.checks_passed, relu.checks_total, relu.status, relu.hint) == (2.0, 1, 3, "failed", "h")
    assert (tanh.points, tanh.status) == (1.0, "passed")


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a/b", "a\nb", "\x1b[31mred", "<img src=x>", "=1+1", "..", "", "x" * 300, "日本"]
)
def test_hostile_names_stay_inside_the_folder(name):
    clean = safe_name(name)
    assert "/" not in clean
    assert len(clean) < 100
    assert not clean.startswith(".")
    assert clean != name
    assert safe_name(name + " ") != clean


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(cell):
    assert not safe_cell(cell).lstrip().startswith(("=", "+", "-", "@"))


def test_feedback_is_not_markup():
    evil = "</pre><script>alert(1)</script>\n```\n# Points: 100\n\x1b[2J"
    result = UnitResult(
        "<b>x</b>", UNIT.id, "graded",
        exercises=[ExerciseResult("relu", 0, 1, 0, 1, "failed")],
        checks=[CheckResult("hidden.py::test_x", "relu", Outcome.FAILED, message=evil)],
    )  # fmt: skip
    page = feedback(COURSE, "<b>x</b>", [result])
    assert "# Feedback for \\<b\\>x\\</b\\>" in page
    assert "\x1b" not in page
    assert page.count("````") == 2


def test_hidden_inputs_are_shown_only_as_the_course_allows():
    checks = [
        CheckResult(
            "hidden.py::test_secret", "relu", Outcome.FAILED, call="relu(31337)", message="got 1", hint="Think."
        ),
        CheckResult("test_activations.py::test_open", "relu", Outcome.FAILED, call="relu(-1)", message="got 2"),
    ]
    result = UnitResult("x", UNIT.id, "graded", exercises=[ExerciseResult("relu", 0, 1, 0, 2, "failed")], checks=checks)
    pages = [
        feedback(COURSE.model_copy(update={"show_hidden_inputs": shown}), "x", [result]) for shown in (True, False)
    ]
    assert "31337" in pages[0]
    assert "31337" not in pages[1]
    for page in pages:
        assert "secret: failed" in page
        assert "Think." in page
        assert "relu(-1)" in page


def test_sample_makes_the_class_that_was_asked_for(autograder, tmp_path):
    done = autograder("sample", tmp_path / "class", "--students", 12, "--course", COURSE.root)
    assert done.returncode == 0, done.stderr
    kinds = [path.name[4:] for path in sorted((tmp_path / "class").iterdir())]
    assert len(kinds) == 12
    assert set(kinds) == {"untouched", "broken-syntax", "hostile", "complete", "partial", "mistaken"}
    broken = next((tmp_path / "class").glob("*-broken-syntax"))
    for module in [path for unit in COURSE.units for path in broken.rglob(unit.module)]:
        with pytest.raises(SyntaxError):
            compile(module.read_text(), str(module), "exec")
    again = autograder("sample", tmp_path / "class", "--course", COURSE.root)
    assert again.returncode == 2
    assert "is not empty" in again.stderr


def test_the_hostile_student_of_the_sample_answers_at_once(autograder, tmp_path):
    """With what equals everything, and without calling itself until Python's stack is full."""
    assert autograder("sample", "class", "--students", 6, "--unit", UNIT.id, "--course", COURSE.root).returncode == 0
    (folder,) = (tmp_path / "class").glob("*-hostile")
    asked = f"import {UNIT.id}; answer = {UNIT.id}.relu(1.0); print(type(answer).__name__, answer == 3)"
    # In a process of its own: it also puts another abs into Python's place.
    done = subprocess.run([sys.executable, "-c", asked], cwd=folder / UNIT.folder, capture_output=True, text=True)
    assert done.stdout == "EqualsEverything True\n", done.stderr


def test_a_sample_of_a_thousand_of_one_unit(autograder, tmp_path):
    done = autograder("sample", "class", "--students", 1000, "--unit", UNIT.id, "--course", COURSE.root)
    assert done.returncode == 0, done.stderr
    folders = sorted(path.name for path in (tmp_path / "class").iterdir())
    assert len(folders) == 1000
    assert folders[0] == "s0001-untouched"
    assert [path.name for path in (tmp_path / "class" / folders[-1]).iterdir()] == [UNIT.folder]
    again = autograder("sample", "class", "--course", COURSE.root)
    assert (again.returncode, "is not empty" in again.stderr) == (2, True)
