"""results.jsonl and the files beside it: nothing is lost, nothing is written twice, and they stay small."""

import json
import re
import weakref
from dataclasses import replace
from types import SimpleNamespace

import pytest
import yaml

from autograder.checks.results import CheckResult, ExerciseResult, Outcome, UnitResult, score
from autograder.course.units import load_course
from autograder.grading.executors import here
from autograder.grading.records import pack
from autograder.grading.run import Options, grade_class
from autograder.grading.sample import make_class
from autograder.grading.store import Store
from autograder.intake.submissions import find_submissions
from autograder.reports.files import write_reports
from autograder.reports.html import write_report
from autograder.reports.lines import COUNTED, Results, ResultsError, head_line, result_line
from autograder.words import points_words

COURSE = load_course()
UNIT = COURSE.unit("activations")
LONG = "it raised RecursionError: maximum recursion depth exceeded while calling a Python object"


def run_of(results, units=(UNIT,), students=("a",)):
    """A run of results that are there already."""
    return SimpleNamespace(
        ids={}, roster={}, decisions={},
        course=COURSE, units=list(units), seed="5eed", started="a", finished="b", results=results, digests=[], late={},
        students=students, store=SimpleNamespace(graded=lambda digests: {}),
    )  # fmt: skip


@pytest.fixture
def read_back(tmp_path):
    """Results written as lines and read again."""

    def run(results):
        path = tmp_path / "results.jsonl"
        path.write_text(head_line(run_of(results)) + "".join(result_line(each, UNIT.points, "s") for each in results))
        return list(Results(path))

    return run


def checks():
    """Every way in which a check can be told: alike, with a mistake of its own, with a hint and no mistake."""
    hidden, public = "hidden.py::TestRelu::test_", "test_activations.py::test_"
    return [
        CheckResult(public + "step", "step", Outcome.PASSED),
        CheckResult(public + "relu", "relu", Outcome.FAILED, 1.0, 0.0, "relu(1)", "got 2", "doubled", "Only once."),
        CheckResult(hidden + "a[1]", "relu", Outcome.ERROR, 0.5, 0.0, "relu(2)", LONG, "doubled", "Only once."),
        CheckResult(hidden + "b", "relu", Outcome.ERROR, 1.0, 0.0, "", LONG),
        CheckResult(hidden + "c", "relu", Outcome.TIMEOUT, 1.0, 0.0, "relu(3)", LONG, "", "Work on whole arrays."),
        CheckResult(hidden + "d", "relu", Outcome.PASSED),
        CheckResult(hidden + "e", "relu", Outcome.SKIPPED, message="rests on test_relu, which did not pass"),
        CheckResult(hidden + "f", "tanh", Outcome.NOT_WRITTEN, message="not written yet (activations.py, line 3)"),
        CheckResult(hidden + "g", "tanh", Outcome.PASSED),
        CheckResult(hidden + "h", "softmax", Outcome.FAILED, 1.0, 0.0, "softmax(1)", "got 3", "shifted", "No shift."),
    ]


def graded(name="\udcff \x1b weird", found=None, **changes):
    found = checks() if found is None else found
    return UnitResult(
        name, UNIT.id, "graded", seconds=0.25, exercises=score(UNIT.points, found), checks=found, **changes
    )


def test_what_failed_is_read_back_whole_and_what_passed_is_counted(read_back):
    late = graded("late", late_days=2)
    for each in late.exercises:
        each.points /= 2
    results = [graded(), late, graded("empty", [])]
    told = [check for check in checks() if check.outcome not in COUNTED]
    again = read_back(results)
    assert again == [replace(each, checks=told if each.checks else []) for each in results]
    assert again[0].points == results[0].points


@pytest.mark.parametrize("status", ["missing", "unreadable", "not loaded"])
def test_a_unit_without_checks_is_one_short_line(read_back, status):
    result = UnitResult.without_checks("a", UNIT.id, UNIT.points, status, "why")
    assert read_back([result]) == [result]
    assert len(result_line(result, UNIT.points, "s")) < 150


def test_nothing_is_written_twice_in_a_line():
    line = result_line(graded(), UNIT.points, "s")
    assert line.count(LONG) == 1
    assert line.count("Only once.") == 1
    assert json.loads(line)["exercises"]["relu"]["failed"]["TestRelu::test_b"] == {
        "outcome": "error", "like": "TestRelu::test_a[1]", "mistake": "",
    }  # fmt: skip


def test_an_outcome_of_which_nothing_is_known_is_told_whole(monkeypatch):
    check = CheckResult("hidden.py::test_x", "relu", "some new outcome", message="right, once step is")
    record = json.loads(result_line(graded("a", [check]), UNIT.points, "s"))
    assert record["exercises"]["relu"]["failed"]["test_x"] == {
        "outcome": "some new outcome", "message": "right, once step is",
    }  # fmt: skip


@pytest.mark.parametrize(
    "content, words",
    [
        ("", "is no results.jsonl"),
        ("{}\n", "is no results.jsonl"),
        ('{"layout": 99}\n', "written by another version"),
        ('{"layout": 1, "units": {}}\n{"student": "a"}\n', "line 2, cannot be read"),
        ('{"layout": 1, "units": {}}\n[]\n', "line 2, cannot be read"),
        ("\u00e4", "is no results.jsonl"),
    ],
)
def test_what_is_not_ours_or_of_another_version_is_refused(tmp_path, content, words):
    (tmp_path / "results.jsonl").write_text(content, encoding="utf-8")
    with pytest.raises(ResultsError, match=re.escape(words)):
        list(Results(tmp_path / "results.jsonl"))


def test_the_results_of_an_earlier_version_are_named_and_then_removed(autograder, tmp_path):
    earlier = tmp_path / "results.json"
    earlier.write_text(
        '{"course": "C", "version": "0.1.0", "seed": "s", "started": "a", "finished": "b", "results": [\n]}\n'
    )
    done = autograder("export", tmp_path, "--format", "canvas", "--course", COURSE.root)
    assert done.returncode == 2
    assert "left by an earlier version of autograder: run `autograder grade` again" in done.stderr
    (note,) = write_reports(run_of([graded("a")]), tmp_path)
    assert str(earlier) in note
    assert not earlier.exists()
    earlier.write_text('{"somebody else\'s": 1}')
    assert write_reports(run_of([graded("a")]), tmp_path) == []
    assert earlier.exists()


def test_results_are_let_go_one_student_after_the_other(tmp_path):
    alive, most = 0, 0

    def gone():
        nonlocal alive
        alive -= 1

    def results():
        nonlocal alive, most
        for number in range(60):
            result = graded(f"s{number}")
            alive += 1
            most = max(most, alive)
            weakref.finalize(result, gone)
            yield result

    write_reports(run_of(results(), students=[f"s{number}" for number in range(60)]), tmp_path)
    assert len((tmp_path / "results.jsonl").read_text().splitlines()) == 61
    assert most <= 4


def test_lines_are_read_one_after_the_other(tmp_path):
    path = tmp_path / "results.jsonl"
    path.write_text(head_line(run_of([])) + result_line(graded("first"), UNIT.points, "s") + "not json\n")
    results = iter(Results(path))
    assert next(results).student == "first", "before the second line is looked at"
    with pytest.raises(ResultsError, match="line 3"):
        next(results)


def impatient(root):
    """The course, where loops without an end are not waited for as long as in a real class."""
    root.mkdir()
    for name in ("solutions", "exercises", "datasets"):
        (root / name).symlink_to(COURSE.root / name)
    listed = yaml.safe_load((COURSE.root / "course.yml").read_text())
    limits = {"check_seconds": 1, "submission_seconds": 3}
    (root / "course.yml").write_text(yaml.safe_dump({**listed, "limits": limits}, sort_keys=False))
    return load_course(root)


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """A sample class, graded in a few units; the folder with its files and the run's results."""
    folder = tmp_path_factory.mktemp("sample")
    make_class(COURSE, folder / "class", 24)
    units = [COURSE.unit(name) for name in ("activations", "pooling", "rnn")]
    store = Store(f"sqlite:///{folder / 'results.sqlite'}")
    found = find_submissions(folder / "class", units).submissions
    run = grade_class(impatient(folder / "course"), units, found, store, here, Options(seed="s"))
    write_reports(run, folder / "out")
    yield folder, units, list(run.results)
    store.close()


class TestSizes:
    """Of a class like the sample's; at 1,000 students and 30 units each byte here is 30 kB."""

    def test_a_line(self, sample):
        folder, _, results = sample
        lines = (folder / "out" / "results.jsonl").read_bytes().splitlines(keepends=True)
        assert len(lines) == 1 + len(results)
        kinds = {}
        for line, result in zip(lines[1:], results, strict=True):
            kinds.setdefault(result.student.partition("-")[2], []).append(len(line))
        # In a class of 60 there is one of each odd kind, too: a small class would count them four times.
        whole = {"complete": 14, "partial": 14, "mistaken": 29}
        assert sum(whole.get(kind, 1) * sum(sizes) / len(sizes) for kind, sizes in kinds.items()) / 60 < 2000

    def test_a_record_in_the_database(self, sample):
        _, _, results = sample
        assert sum(len(pack(each)) for each in results) / len(results) < 3000

    def test_what_a_student_and_unit_add_to_the_report(self, sample, tmp_path):
        _, units, results = sample
        sizes = []
        every_other = {result.student for result in results[:: 2 * len(units)]}
        for part in ([result for result in results if result.student in every_other], results):
            write_report(run_of(part, units), tmp_path / "report.html")
            sizes.append((tmp_path / "report.html").stat().st_size)
        assert (sizes[1] - sizes[0]) / (len(results) // 2) < 400

    def test_nothing_but_a_count_is_left_of_what_passed(self, sample):
        folder, _, results = sample
        lines = (folder / "out" / "results.jsonl").read_text().splitlines()[1:]
        for line, result in zip(lines, results, strict=True):
            record = json.loads(line)
            passed = sum(check.outcome == Outcome.PASSED for check in result.checks)
            counted = sum(record.get("passed", {}).values())
            assert counted + sum(each.get("passed", 0) for each in record.get("exercises", {}).values()) == passed
            told = {name for each in record.get("exercises", {}).values() for name in each.get("failed", {})}
            failed = [check for check in result.checks if check.outcome not in COUNTED and check.message]
            assert told == {check.check.removeprefix("hidden.py::") for check in failed}


@pytest.mark.parametrize(
    "points, words",
    [(0, "0"), (1, "1"), (10, "10"), (0.5, "0.5"), (1 / 3, "0.33"), (1234.567, "1234.57"), (2.999, "3")],
)
def test_points_are_shown_with_two_decimals_at_most(points, words):
    assert points_words(points) == words


def test_points_are_rounded_where_they_are_shown_and_nowhere_else(tmp_path):
    third = ExerciseResult("relu", 0.3333, 1.0, 1, 3, "failed", "", 0.3333)
    result = UnitResult(
        "a", UNIT.id, "graded", exercises=[replace(third, exercise=name) for name in ("relu", "tanh", "step")]
    )
    write_reports(run_of([result]), tmp_path)
    assert [row.split(",")[3] for row in (tmp_path / "grades.csv").read_text().splitlines()[1:]] == ["0.33"] * 3
    for page in ("a.md", "a.html"):
        text = (tmp_path / "feedback" / page).read_text()
        assert "0.33" in text
        assert "0.333" not in text
        assert re.search(r"\b1(</strong>)? of 3 points", text), "the sum of what was earned, not of what is shown"
    (read,) = Results(tmp_path / "results.jsonl")
    assert read.points == pytest.approx(0.9999)
