"""`autograder adjust` and `comment` on a class that is really graded: what they write, what survives, what is refused."""

import csv
import json
import shutil
import sqlite3

import pytest
import yaml

from autograder.checks.results import Decision, ExerciseResult, Ruling, UnitResult
from autograder.course.units import load_course
from autograder.grading.decisions import Desk, decided
from autograder.grading.sample import partial, solution
from autograder.grading.store import Store

COURSE = load_course()
UNIT = COURSE.unit("activations")
MEAN = '=HYPERLINK("http://x")</script><b>"\x1b[31m'


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class of three, graded once; the tests work on copies."""
    import subprocess
    import sys

    folder = tmp_path_factory.mktemp("graded")
    for name, text in (("alice", solution(COURSE, UNIT)), ("bob", partial(COURSE, UNIT, 3)), ("=cmd<b>", "x = 1\n")):
        (folder / "class" / name).mkdir(parents=True)
        (folder / "class" / name / UNIT.module).write_text(text)
    (folder / "class" / "empty").mkdir()
    (folder / "class" / "empty" / "notes.txt").write_text("no module")
    command = ["grade", "class", "--output", "out", "--unit", UNIT.id, "--course", str(COURSE.root)]
    subprocess.run([sys.executable, "-m", "autograder", *command], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture
def desk(graded, tmp_path, autograder):
    """Run a command on a copy of the graded class."""
    shutil.copytree(graded, tmp_path, dirs_exist_ok=True)

    def run(*arguments, course=COURSE.root):
        return autograder(*arguments, "--results", "out", "--course", course)

    run.grade = lambda *more, course=COURSE.root: autograder(
        "grade", "class", "--output", "out", "--unit", UNIT.id, "--course", course, *more
    )
    return run


def total(tmp_path, student):
    (row,) = [row for row in rows(tmp_path / "out" / "totals.csv") if row["student"] == student]
    return row


def test_a_decision_is_in_every_file_at_once(desk, tmp_path):
    done = desk("adjust", "bob", "activations:softmax", "--points", "+2", "--why", MEAN)
    assert done.returncode == 0, done.stderr
    assert "4 of 30 points before, 6 of 30 points now" in done.stdout
    assert desk("adjust", "bob", "activations", "--points", "-1.5", "--why", "copied").returncode == 0
    found = [row for row in rows(tmp_path / "out" / "grades.csv") if row["student"] == "bob"]
    (softmax,) = [row for row in found if row["exercise"] == "softmax"]
    assert (softmax["points"], softmax["adjustment"]) == ("2", "2")
    (whole,) = [row for row in found if row["exercise"] == ""]
    assert (whole["points"], whole["max_points"], whole["status"]) == ("-1.5", "0", "adjusted")
    assert sum(float(row["points"]) for row in found) == 4.5
    assert list(found[0])[:10] == [
        "student", "unit", "exercise", "points", "max_points", "checks_passed", "checks_total", "late_days", "status", "hint",
    ]  # fmt: skip
    assert (total(tmp_path, "bob")["points"], total(tmp_path, "bob")["adjustments"]) == ("4.5", "0.5")
    for page in ("out/feedback/bob.md", "out/feedback/bob.html", "out/report.html"):
        text = (tmp_path / page).read_text()
        assert "copied" in text
        assert "\x1b" not in text
        assert "</script><b>" not in text
    lines = [json.loads(line) for line in (tmp_path / "out" / "results.jsonl").read_text().splitlines()]
    (line,) = [line for line in lines[1:] if line["student"] == "bob"]
    assert (line["points"], line["adjustment"], len(line["decisions"])) == (4.5, -1.5, 2)
    shown = desk("show", "bob")
    assert shown.stdout.startswith("bob: 4.5 of 30 points")
    assert "\x1b[31m" not in shown.stdout


def test_a_spreadsheet_takes_no_reason_for_a_formula(desk, tmp_path):
    desk("adjust", "=cmd<b>", "activations", "--set", "3", "--why", '=HYPERLINK("x");=1+1')
    for name in ("grades.csv", "totals.csv"):
        for row in csv.reader((tmp_path / "out" / name).open(newline="")):
            assert not any(cell.startswith(("=", "+", "@")) for cell in row)
            assert not any(";=" in cell for cell in row)


@pytest.mark.parametrize("again", ["rerun", "force", "resubmitted", "killed"])
def test_a_decision_outlives_whatever_is_graded_again(desk, tmp_path, again):
    desk("adjust", "bob", "activations", "--set", "20", "--why", "oral exam")
    desk("comment", "bob", "activations", "see me")
    if again == "resubmitted":
        (tmp_path / "class" / "bob" / UNIT.module).write_text(partial(COURSE, UNIT, 5))
    if again == "killed":  # a run that began, and did not come to its end
        with sqlite3.connect(tmp_path / "out" / "results.sqlite") as connection:
            connection.execute("INSERT INTO runs (started, command) VALUES ('2026', 'killed')")
    done = desk.grade(*(["--force"] if again == "force" else []))
    assert done.returncode == 0, done.stderr
    assert total(tmp_path, "bob")["points"] == "20"
    page = (tmp_path / "out" / "feedback" / "bob.md").read_text()
    assert "oral exam" in page
    assert "see me" in page


def test_a_database_of_an_earlier_version_needs_no_step_of_its_own(desk, tmp_path):
    with sqlite3.connect(tmp_path / "out" / "results.sqlite") as connection:
        for table in ("decisions", "roster", "sources"):
            connection.execute(f"DROP TABLE {table}")
    assert desk("show", "bob").stdout.startswith("bob: 4 of 30 points")
    assert desk("adjust", "--list").stdout == "nothing has been decided yet.\n"
    assert desk("adjust", "bob", "activations", "--points", "1", "--why", "x").returncode == 0
    assert "4 results were still valid" in desk.grade().stdout
    assert total(tmp_path, "bob")["points"] == "5"


def test_a_due_date_that_moves_takes_nothing_off_what_was_decided(desk, tmp_path):
    desk("adjust", "alice", "activations", "--set", "29", "--why", "oral exam")
    listed = yaml.safe_load((COURSE.root / "course.yml").read_text())
    listed["late"] = {"percent_per_day": 50}
    for unit in listed["parts"][0]["units"]:
        unit["due"] = "2026-01-01T00:00"
    copy = tmp_path / "course"
    shutil.copytree(COURSE.root / "solutions" / UNIT.folder, copy / "solutions" / UNIT.folder)
    listed["parts"] = [{"title": "A", "units": [u for u in listed["parts"][0]["units"] if u["folder"] == UNIT.folder]}]
    (copy / "course.yml").write_text(yaml.safe_dump(listed))
    times = tmp_path / "times.csv"
    times.write_text("student,unit,submitted\nalice,activations,2026-01-01T12:00\n")
    assert desk.grade("--submitted", times, course=copy).returncode == 0
    row = total(tmp_path, "alice")
    assert (row["points"], row["late_days"], row["adjustments"]) == ("29", "1", "14")
    assert "1 day late: of 30 points, 15 count." in (tmp_path / "out" / "feedback" / "alice.md").read_text()


def test_what_is_excused_does_not_count_and_can_be_taken_back(desk, tmp_path):
    desk("adjust", "bob", "activations", "--excuse", "--why", "ill")
    row = total(tmp_path, "bob")
    assert (row["points"], row["max_points"], row["percent"], row["excused"]) == ("0", "0", "", "activations")
    canvas = desk_export(desk, tmp_path, "canvas")
    assert next(line for line in canvas if line[0] == "bob")[-1] == "EX"
    refused = desk("adjust", "bob", "activations:relu", "--points", "1", "--why", "x")
    assert (refused.returncode, "is excused" in refused.stderr, "--undo 1" in refused.stderr) == (2, True, True)
    assert desk("adjust", "--undo", "1").returncode == 0
    assert total(tmp_path, "bob")["points"] == "4"
    listed = desk("adjust", "--list").stdout
    assert "excused, does not count  (undone" in listed


def desk_export(desk, tmp_path, form):
    from autograder.reports.export import export

    path = export(COURSE, [UNIT], tmp_path / "out", form)
    with path.open(newline="") as file:
        return list(csv.reader(file))


@pytest.mark.filterwarnings("ignore:Object of type .* not in session")  # nbgrader's way with SQLAlchemy
def test_exports_carry_what_was_decided(desk, tmp_path):
    desk("adjust", "bob", "activations", "--points", "3", "--why", "right on paper")
    assert next(line for line in desk_export(desk, tmp_path, "canvas") if line[0] == "bob")[-1] == "7"
    moodle = next(line for line in desk_export(desk, tmp_path, "moodle") if line[0] == "bob")
    assert moodle[1] == "7"
    assert "right on paper" in moodle[2]
    from autograder.reports.export import export

    record = json.loads(
        (export(COURSE, [UNIT], tmp_path / "out", "classroom50") / "bob/activations/result.json").read_text()
    )
    assert record["score"] == 700
    book = pytest.importorskip("nbgrader.api").Gradebook
    path = export(COURSE, [UNIT], tmp_path / "out", "nbgrader")
    with book(f"sqlite:///{path}") as gradebook:
        assert gradebook.find_submission(UNIT.folder, "bob").score == pytest.approx(7)


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["bbo", "activations", "--points", "1", "--why", "x"], "did you mean bob?"),
        (["bob", "activatoins", "--points", "1", "--why", "x"], "did you mean activations?"),
        (["bob", "neurons", "--points", "1", "--why", "x"], "bob has no result for neurons; graded are activations"),
        (["bob", "activations:rlu", "--points", "1", "--why", "x"], "did you mean relu"),
        (["bob", "activations:relu", "--points", "9", "--why", "x"], "--points 9: out of range: activations:relu is worth 1"),
        (["bob", "activations", "--points", "nan", "--why", "x"], "--points nan: out of range"),
        (["bob", "activations", "--set", "31", "--why", "x"], "--set 31: out of range"),
        (["bob", "activations", "--set", "-1", "--why", "x"], "--set -1: out of range"),
        (["bob", "activations", "--set", "1"], "--why: say the reason"),
        (["bob", "activations", "--set", "1", "--why", " "], "--why: say the reason"),
        (["bob", "activations", "--set", "1", "--why", "x" * 2001], "at most 2000"),
        (["bob", "activations", "--set", "1", "--excuse", "--why", "x"], "give one of --points"),
        (["bob", "--set", "1", "--why", "x"], "name the student and the unit"),
        (["--undo", "7"], "no decision of that number holds"),
    ],
)  # fmt: skip
def test_bad_input_is_one_sentence_and_changes_nothing(desk, tmp_path, arguments, words):
    before = (tmp_path / "out" / "grades.csv").read_bytes()
    done = desk("adjust", *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "out" / "grades.csv").read_bytes() == before
    assert desk("adjust", "--list").stdout == "nothing has been decided yet.\n"


def test_who_handed_in_nothing_can_be_given_points_and_it_is_said(desk, tmp_path):
    done = desk("adjust", "empty", "activations", "--set", "12", "--why", "oral exam")
    assert done.returncode == 0
    assert "activations of empty is missing" in done.stderr
    assert total(tmp_path, "empty")["percent"] == "40"


def test_without_a_class_the_way_out_is_named(autograder, tmp_path):
    done = autograder("adjust", "--list", "--results", tmp_path, "--course", COURSE.root)
    assert (done.returncode, "run `autograder grade` first" in done.stderr) == (2, True)


def test_outputs_that_share_a_database_are_kept_apart(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'r.sqlite'}")
    assert Desk(store, "/a").in_force() == {}  # and no table yet, as in a database of an earlier version
    number = Desk(store, "/a").decide("al\udcff", "activations", "", Ruling.POINTS, 1.0, "x")
    assert Desk(store, "/b").decisions() == []
    assert not Desk(store, "/b").undo(number)
    assert list(Desk(store, "/a").in_force()) == [("al\udcff", "activations")]
    store.close()


class TestDecided:
    def of(self, *decisions):
        exercises = [ExerciseResult("a", 1.0, 2.0, 1, 2, "failed"), ExerciseResult("b", 3.0, 3.0, 2, 2, "passed")]
        made = [
            Decision(n, "s", "u", what, ruling, value, "w", "2026") for n, (what, ruling, value) in enumerate(decisions)
        ]
        result = decided(UnitResult("s", "u", "graded", exercises=exercises), made)
        assert [each.points for each in exercises] == [1.0, 3.0]  # what was given is as it was
        return result.points, result.max_points

    def test_points_above_the_maximum_count_and_nothing_falls_below_zero(self):
        assert self.of(("b", Ruling.POINTS, 3.0)) == (7.0, 5.0)
        assert self.of(("a", Ruling.POINTS, -2.0)) == (3.0, 5.0)
        assert self.of(("", Ruling.POINTS, -5.0)) == (0.0, 5.0)

    def test_they_follow_each_other(self):
        assert self.of(("", Ruling.SET, 2.0), ("a", Ruling.POINTS, 1.0)) == (3.0, 5.0)
        assert self.of(("a", Ruling.POINTS, 1.0), ("", Ruling.SET, 2.0)) == (2.0, 5.0)

    def test_what_is_excused_is_worth_nothing(self):
        assert self.of(("b", Ruling.EXCUSE, 0.0)) == (1.0, 2.0)
        assert self.of(("", Ruling.POINTS, 2.0), ("", Ruling.EXCUSE, 0.0)) == (0.0, 0.0)

    def test_an_exercise_that_is_gone_changes_nothing(self):
        assert self.of(("gone", Ruling.SET, 1.0), ("gone", Ruling.EXCUSE, 0.0)) == (4.0, 5.0)
