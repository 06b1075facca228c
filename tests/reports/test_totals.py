"""totals.csv: the percent by weights, best n of m and letters, and the roster, in memory and through the real command."""

import csv
import subprocess
import sys

import pytest

from autograder.checks.results import Decision, ExerciseResult, Ruling, UnitResult
from autograder.course.units import Course, CourseError, Part, TotalsPolicy, Unit, load_course
from autograder.grading.decisions import decided
from autograder.grading.sample import solution
from autograder.intake.roster import Person, RosterError, read_roster
from autograder.reports.export import export
from autograder.reports.totals import total_of

REAL = load_course()
UNIT = REAL.unit("activations")


def course(weights=(1, 1, 1), **totals):
    units = [
        Unit(folder=f"{n:02d}_{name}", title=name, points={"f": worth}, weight=weight)
        for n, (name, worth, weight) in enumerate(zip("abc", (10, 20, 10), weights, strict=True))
    ]
    return Course(title="t", parts=[Part(title="p", units=units)], totals=TotalsPolicy(**totals))


def results(*points, **status):
    return [
        UnitResult("s", name, status.get(name, "graded"), exercises=[ExerciseResult("f", got, worth, 0, 1, "failed")])
        for name, got, worth in zip("abc", points, (10, 20, 10), strict=True)
    ]


def excused(result):
    return decided(result, [Decision(1, "s", result.unit, "", Ruling.EXCUSE, 0.0, "ill", "2026")])


class TestPercent:
    def test_is_of_all_points_unless_course_yml_says_otherwise(self):
        total = total_of(course(), results(5, 20, 0))
        assert (total.points, total.max_points, total.percent, total.letter, total.counted) == (25, 40, 62.5, "", 3)

    def test_weights_multiply_points_and_maximum(self):
        assert total_of(course((2, 1, 0)), results(5, 20, 0)).percent == 75  # (2 * 5 + 20) / (2 * 10 + 20)

    def test_the_best_have_the_highest_share(self):
        assert total_of(course(best=2), results(6, 10, 9)).percent == 75  # 9 and 6 of 10; not 10 of 20

    def test_what_is_excused_does_not_count(self):
        a, b, c = results(5, 20, 0)
        total = total_of(course(best=2), [a, b, excused(c)])
        assert (total.percent, total.max_points, total.excused, total.counted) == (83.33, 30, ["c"], 2)
        assert total_of(course(), [excused(each) for each in (a, b, c)]).percent is None

    def test_what_the_grader_failed_on_does_not_count_and_is_named(self):
        total = total_of(course(), results(5, 0, 5, b="broken"))
        assert (total.percent, total.not_graded) == (50, ["b"])

    def test_extra_points_count(self):
        a, b, c = results(10, 20, 10)
        more = decided(a, [Decision(1, "s", "a", "", Ruling.POINTS, 4.0, "w", "2026")])
        assert total_of(course(), [more, b, c]).percent == 110

    @pytest.mark.parametrize("got, letter", [(10, "A"), (9, "A"), (8.99, "B"), (5, "B"), (4.99, "")])
    def test_letters(self, got, letter):
        policy = course((1, 0, 0), letters={"B": 50, "A": 90})
        assert total_of(policy, results(got, 0, 0)).letter == letter


@pytest.mark.parametrize(
    "totals, words",
    [
        ("best: 0", "totals.best"),
        ("letters: {A: 90, B: 90}", "two letters begin at the same percent"),
        ("letters: {A: high}", "totals.letters.A"),
        ("worst: 1", "totals.worst: this key is not known"),
    ],
)
def test_a_wrong_course_yml_is_named_with_its_line(tmp_path, totals, words):
    path = tmp_path / "course.yml"
    path.write_text(f"title: t\ntotals:\n  {totals}\nparts: []\n")
    with pytest.raises(CourseError, match=rf"line [23]: .*{words.split()[0]}") as info:
        load_course(path)
    assert words in str(info.value)


class TestRoster:
    def read(self, tmp_path, text):
        path = tmp_path / "roster.csv"
        path.write_text(text)
        return read_roster(path)

    def test_columns_are_optional_and_an_apostrophe_is_taken_off(self, tmp_path):
        assert self.read(tmp_path, "student,section\n'=ann,B\nbob,\n") == {"=ann": Person(section="B"), "bob": Person()}

    @pytest.mark.parametrize(
        "text, words",
        [
            ("name\nann\n", "the column 'student' is missing"),
            ("student\n", "names nobody"),
            ("student,id\nann,1\nbob,2\nann,3\n", "line 4: the student 'ann' stands in line 2 already"),
            ("student,id\nann,1\nbob,1\n", "line 3: the id '1' stands in line 2 already"),
            ("student,email\nann,=1+1\n", "line 2: email: '=1+1' would be a formula"),
            ("student\nan\x1b[31mn\n", "does not stand on one line"),
            ("student,id\n,1\n", "line 2: the student's name is missing"),
            (f"student\n{'x' * 401}\n", "at most 400"),
        ],
    )
    def test_what_is_wrong_is_named_with_its_line(self, tmp_path, text, words):
        with pytest.raises(RosterError) as info:
            self.read(tmp_path, text)
        assert str(tmp_path / "roster.csv") in str(info.value)
        assert words in str(info.value)
        assert "\x1b" not in str(info.value)


def rows(path):
    with path.open(newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def test_whoever_is_on_the_roster_has_a_row_and_it_is_kept(tmp_path):
    for name in ("alice", "stranger"):
        (tmp_path / "class" / name).mkdir(parents=True)
        (tmp_path / "class" / name / UNIT.module).write_text(solution(REAL, UNIT))
    roster = tmp_path / "roster.csv"
    roster.write_text("student,id,email,section,tutor\nalice,7,a@x.org,A,T\nnever,8,n@x.org,B,T\n")

    def grade(*more):
        return subprocess.run(
            [sys.executable, "-m", "autograder", "grade", "class", "--output", "out", "--unit", UNIT.id, "--course",
             str(REAL.root), *more],
            cwd=tmp_path, capture_output=True, text=True,
        )  # fmt: skip

    done = grade("--roster", str(roster))
    assert done.returncode == 0, done.stderr
    assert "handed in, and not on the roster: stranger;" in done.stderr
    assert done.stdout.count("never") == 1
    for _ in range(2):  # the second time without --roster
        found = rows(tmp_path / "out" / "totals.csv")
        assert list(found) == ["alice", "never", "stranger"]
        alice, never = found["alice"], found["never"]
        assert [alice[key] for key in ("id", "email", "section", "tutor", "points", "percent")] == [
            "7", "a@x.org", "A", "T", "30", "100",
        ]  # fmt: skip
        assert (never["section"], never["points"], never["max_points"], never["percent"]) == ("B", "0", "30", "0")
        assert rows(tmp_path / "out" / "grades.csv")["never"]["status"] == "missing"
        assert grade().returncode == 0
    # Who comes later takes the place of the missing row.
    (tmp_path / "class" / "never").mkdir()
    (tmp_path / "class" / "never" / UNIT.module).write_text(solution(REAL, UNIT))
    assert grade().returncode == 0
    assert rows(tmp_path / "out" / "totals.csv")["never"]["percent"] == "100"
    with export(REAL, [UNIT], tmp_path / "out", "canvas").open(newline="") as file:
        assert next(line for line in csv.reader(file) if line[0] == "alice")[:5] == ["alice", "", "7", "a@x.org", "A"]
    with export(REAL, [UNIT], tmp_path / "out", "moodle").open(newline="") as file:
        assert next(line for line in csv.reader(file) if line[0] == "alice")[:3] == ["alice", "7", "a@x.org"]
    roster.write_text("student,email\nalice,=1\n")
    refused = grade("--roster", str(roster))
    assert (refused.returncode, "Traceback" in refused.stderr) == (2, False)
    assert "would be a formula" in refused.stderr
