"""Exports against the documented fields of each system, and the nbgrader gradebook through nbgrader's own API."""

import csv
import json

import pytest

from autograder.checks.results import CheckResult, ExerciseResult, Outcome, UnitResult
from autograder.course.units import load_course
from autograder.grading.run import Run
from autograder.grading.store import Store
from autograder.reports.export import FORMATS, comment, export
from autograder.reports.files import write_reports
from autograder.reports.lines import ResultsError

COURSE = load_course()
UNITS = [COURSE.unit("neurons"), COURSE.unit("activations")]


def result(student, unit, points, status="graded", late=0):
    first, *rest = unit.points.items()
    return UnitResult(
        student, unit.id, status, "" if status == "graded" else f"{status}!", 0.5, late,
        [ExerciseResult(first[0], points, first[1], 1, 2, "failed", "Mind the sign.", points),
         *(ExerciseResult(name, worth, worth, 2, 2, "passed", "", worth) for name, worth in rest)],
        [CheckResult("hidden.py::test_signs[x]", first[0], Outcome.FAILED, 1, 0.1, "f(1)", "got -1", "sign", "Mind the sign."),
         CheckResult("hidden.py::test_other", first[0], Outcome.PASSED)],
    )  # fmt: skip


RESULTS = [result(student, unit, points) for student, points in (("=alice", 1.0), ("bob", 0.5)) for unit in UNITS]


@pytest.fixture
def folder(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'r.sqlite'}")
    digests = [f"d{number}" for number in range(len(RESULTS))]
    for digest, each in zip(digests, RESULTS, strict=True):
        store.add(digest, each)
    run = Run(COURSE, UNITS, "s", store, digests, finished="2026-11-20T10:00:00+00:00", students=["=alice", "bob"])
    write_reports(run, tmp_path)
    store.close()
    return tmp_path


def rows(path):
    with path.open(newline="") as file:
        return list(csv.reader(file))


def test_canvas(folder):
    head, possible, alice, bob = rows(export(COURSE, UNITS, folder, "canvas"))
    assert head[:5] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    assert head[5:] == [f"{unit.title} ({unit.id})" for unit in UNITS]
    assert possible[0].strip() == "Points Possible"
    assert possible[5:] == ["18", "30"]
    assert alice[0] == alice[3] == "'=alice"
    assert bob[5:] == ["16.5", "29.5"]


def test_moodle(folder):
    head, alice, bob = rows(export(COURSE, UNITS, folder, "moodle"))
    assert head == [
        "Username",
        UNITS[0].title,
        f"{UNITS[0].title} feedback",
        UNITS[1].title,
        f"{UNITS[1].title} feedback",
    ]
    assert alice[0] == "'=alice"
    assert bob[1] == "16.5"
    assert bob[2] == "mcculloch_pitts: 0.5 of 2. Mind the sign."


def test_gradescope(folder):
    target = export(COURSE, UNITS, folder, "gradescope")
    record = json.loads((target / "bob" / "activations" / "results.json").read_text())
    assert set(record) == {"score", "output", "execution_time", "visibility", "tests"}
    assert record["score"] == 29.5
    first = record["tests"][0]
    assert set(first) == {"name", "score", "max_score", "status", "output", "visibility"}
    assert (first["name"], first["score"], first["max_score"], first["status"]) == ("step", 0.5, 1.0, "failed")
    assert "Hint: Mind the sign." in first["output"]
    assert "signs (x): failed" in first["output"]
    assert [path.name for path in target.iterdir() if path.name.startswith("=")] == []


def test_classroom50(folder):
    target = export(COURSE, UNITS, folder, "classroom50")
    record = json.loads((target / "bob" / "activations" / "result.json").read_text())
    assert set(record) == {
        "schema", "classroom", "assignment", "submission", "commit", "release", "review", "datetime", "score", "max-score",
        "tests",
    }  # fmt: skip
    assert record["schema"] == "classroom50/result/v1"
    assert (record["score"], record["max-score"]) == (2950, 3000)
    assert type(record["score"]) is int
    assert record["tests"][0] == {"test-name": "step", "passed": False, "score": 50, "max-score": 100}
    assert all(
        type(record[key]) is str and record[key] for key in ("submission", "commit", "release", "review", "datetime")
    )


@pytest.mark.filterwarnings("error:Object of type")
class TestNbgrader:
    def book(self, folder):
        from nbgrader.api import Gradebook

        return Gradebook(f"sqlite:///{folder / 'gradebook.db'}")

    def test_scores_and_comments_are_in_the_gradebook(self, folder):
        export(COURSE, UNITS, folder, "nbgrader")
        with self.book(folder) as book:
            submission = book.find_submission("02_activations", "bob")
            assert (submission.score, submission.max_score) == (29.5, 30)
            grade = book.find_grade("activations-step", "activations", "02_activations", "bob")
            assert (grade.auto_score, grade.max_score, grade.needs_manual_grade) == (0.5, 1.0, False)
            comment = book.find_comment("activations-notes", "activations", "02_activations", "bob")
            assert comment.comment == "- step: Mind the sign."
            assert {student.id for student in book.students} == {"=alice", "bob"}

    def test_again_is_the_same_and_manual_work_stays(self, folder):
        export(COURSE, UNITS, folder, "nbgrader")
        with self.book(folder) as book:
            grade = book.find_grade("activations-step", "activations", "02_activations", "bob")
            grade.manual_score = 0.9
            comment = book.find_comment("activations-notes", "activations", "02_activations", "bob")
            comment.manual_comment = "well argued"
            book.db.commit()
        export(COURSE, UNITS, folder, "nbgrader")
        with self.book(folder) as book:
            grade = book.find_grade("activations-step", "activations", "02_activations", "bob")
            assert (grade.manual_score, grade.auto_score, grade.score) == (0.9, 0.5, 0.9)
            comment = book.find_comment("activations-notes", "activations", "02_activations", "bob")
            assert comment.manual_comment == "well argued"
            assert len(book.assignments) == 2
            assert len(book.find_assignment("02_activations").submissions) == 2


@pytest.mark.parametrize("form", FORMATS)
def test_the_command_writes_each_format_and_says_where(autograder, folder, form):
    done = autograder("export", folder, "--format", form, "--course", COURSE.root)
    assert done.returncode == 0, done.stderr
    target = folder / FORMATS[form][1]
    assert f"written: {target}" in done.stdout
    assert target.exists()


def test_without_results_the_way_out_is_named(autograder, tmp_path):
    done = autograder("export", tmp_path, "--format", "canvas", "--course", COURSE.root)
    assert done.returncode == 2
    assert "run `autograder grade` first" in done.stderr
    (tmp_path / "results.jsonl").write_text("{}")
    with pytest.raises(ResultsError, match=r"is no results\.jsonl"):
        export(COURSE, UNITS, tmp_path, "canvas")


def test_what_was_carried_is_said_in_the_comment():
    words = "Right, once step is: mend that first. Full points here."
    carried = ExerciseResult("relu", 1.0, 1.0, 0, 2, "carried", words, 1.0)
    assert comment(UnitResult("a", "activations", "graded", exercises=[carried])) == f"relu: 1 of 1. {words}"
