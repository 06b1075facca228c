"""Late days: due dates, grace, extensions, time zones, what a day costs, and what is kept."""

import csv
import json
import os
from datetime import UTC, datetime
from unicodedata import normalize

import pytest

from autograder.checks.results import ExerciseResult, UnitResult
from autograder.course.units import CourseError, load_course
from autograder.intake.late import LateError, Lateness, lateness
from autograder.intake.submissions import Submission

HEAD = "title: T\nparts: [{title: P, units: [{folder: 01_one, title: O, due: DUE, points: {f: 4}}]}]\n"


@pytest.fixture
def course(tmp_path):
    def make(policy="{percent_per_day: 10, grace_minutes: 15, max_days: 3}", due="2026-11-20T12:00:00Z"):
        (tmp_path / "course.yml").write_text(HEAD.replace("DUE", due) + f"late: {policy}\n")
        return load_course(tmp_path)

    return make


def result():
    return UnitResult("alice", "one", "graded", exercises=[ExerciseResult("f", 3.0, 4.0, 3, 4, "failed", "", 3.0)])


def at(text):
    return [Submission("alice", "one", None, "", datetime.fromisoformat(text))]


@pytest.mark.parametrize(
    "submitted, days, points",
    [
        ("2026-11-20T11:00:00+00:00", 0, 3.0),
        ("2026-11-20T12:14:59+00:00", 0, 3.0),
        ("2026-11-20T12:16:00+00:00", 1, 2.7),
        ("2026-11-21T12:00:00+00:00", 1, 2.7),
        ("2026-11-21T12:00:01+00:00", 2, 2.4),
        ("2026-11-20T14:10:00+02:00", 0, 3.0),
        ("2026-11-23T12:00:00+00:00", 3, 2.1),
        ("2026-11-23T12:00:01+00:00", 4, 0.0),
    ],
)
def test_begun_days_are_taken_off_and_raw_points_stay(course, submitted, days, points):
    adjusted = lateness(course(), at(submitted))(result())
    assert adjusted.late_days == days
    assert adjusted.exercises[0].points == points
    assert adjusted.exercises[0].raw_points == 3.0
    assert adjusted.exercises[0].max_points == 4.0


def test_without_due_date_or_time_or_policy_nothing_is_taken_off(course):
    late = "2026-12-20T12:00:00+00:00"
    assert lateness(course(due="null"), at(late))(result()) == result()
    assert Lateness(course())(result()) == result()
    free = lateness(course("{}"), at(late))(result())
    assert (free.late_days, free.points) == (30, 3.0)


def test_a_due_date_without_zone_is_in_the_courses(course):
    for zone, days in (("America/New_York", 0), ("Europe/Berlin", 1), ("UTC", 1)):
        made = course(f"{{percent_per_day: 10, timezone: {zone}}}", "2026-11-20T12:00:00")
        assert lateness(made, at("2026-11-20T13:00:00+00:00")).days("alice", "one") == days
    with pytest.raises(CourseError, match=r"late\.timezone: 'Mars/Base' is no time zone"):
        lateness(course("{timezone: Mars/Base}"), [])


def test_extensions_and_times_from_csv(course, tmp_path):
    extensions, times = tmp_path / "extensions.csv", tmp_path / "times.csv"
    extensions.write_text("student,unit,days\nalice,one,1.5\nbob,,3\n")
    times.write_text("student,unit,submitted\nalice,one,2026-11-22T00:00\nbob,01_one,2026-11-23T11:00:00+00:00\n")
    late = lateness(course(), [], extensions, times, ["alice", "bob"])
    assert late.days("alice", "one") == 0
    assert late.days("bob", "one") == 0
    assert lateness(course(), [], None, times, ["alice", "bob"]).days("bob", "one") == 3


def test_names_in_a_csv_are_compared_whatever_their_unicode_form(course, tmp_path):
    path = tmp_path / "times.csv"
    path.write_text(f"student,unit,submitted\n{normalize('NFD', 'Zoë')},one,2026-11-22T12:00:00Z\n")
    assert lateness(course(), [], None, path, [normalize("NFC", "Zoë")]).days(normalize("NFC", "Zoë"), "one") == 2


def test_a_row_that_matches_nobody_names_the_nearest(course, tmp_path):
    path = tmp_path / "more.csv"
    path.write_text("student,unit,days\nalicia,one,2\n")
    with pytest.raises(LateError, match="line 2: nobody is called 'alicia'; did you mean alice"):
        lateness(course(), at("2026-11-20T11:00:00+00:00"), path)
    path.write_text("student,unit,days\n\x1b[31m,one,2\n")
    with pytest.raises(LateError, match=r"\\x1b.*--list shows who there is"):
        lateness(course(), [], path)


def test_canvas_mark_counts_one_day_and_the_run_says_what_it_does_not_know(course, tmp_path):
    here = tmp_path / "one.py"
    found = [
        Submission("alice", "one", here, marked_late=True), Submission("bob", "one", here), Submission("cy", "one", None),
        Submission("dee", "one", here, submitted=datetime(2026, 11, 20, tzinfo=UTC), marked_late=True),
        Submission("eve", "one", here, marked_late=True),
    ]  # fmt: skip
    more = tmp_path / "more.csv"
    more.write_text("student,unit,days\neve,,2\n")
    late = lateness(course(), found, more)
    assert [late.days(name, "one") for name in ("alice", "bob", "cy", "dee", "eve")] == [1, 0, 0, 0, 0]
    marked, unknown = late.notes()
    assert "marks 2 submissions as late" in marked
    assert "when 1 submissions were handed in" in unknown
    assert lateness(course(due="null"), found).notes() == []


@pytest.mark.parametrize(
    "text, words",
    [
        ("student,unit\n", "the column 'days' is missing"),
        ("student,unit,days\nalice,one,many\n", "line 2: days: 'many' is no number"),
        ("student,unit,days\nalice,two,1\n", "line 2: no unit is called 'two'"),
    ],
)
def test_a_wrong_csv_names_file_and_line(course, tmp_path, text, words):
    path = tmp_path / "extensions.csv"
    path.write_text(text)
    with pytest.raises(LateError) as info:
        lateness(course(), [], path)
    assert words in str(info.value)
    assert str(path) in str(info.value)


@pytest.mark.parametrize(
    "policy, words",
    [("{percent_per_day: 200}", "percent_per_day"), ("{max_days: -1}", "max_days"), ("{day: 1}", "day")],
)
def test_a_wrong_policy_names_its_key(course, policy, words):
    with pytest.raises(CourseError, match=words):
        course(policy)


def test_grades_hold_what_counts_and_results_what_was_earned(autograder, tmp_path):
    import shutil

    from autograder.grading.sample import solution

    source = load_course()
    unit = source.unit("activations")
    root = tmp_path / "course"
    shutil.copytree(source.root / "solutions" / unit.folder, root / "solutions" / unit.folder)
    (root / "datasets").mkdir()
    points = ", ".join(f"{name}: {worth}" for name, worth in unit.points.items())
    (root / "course.yml").write_text(
        "title: T\nlate: {percent_per_day: 20}\nparts:\n  - title: P\n    units:\n      - folder: 02_activations\n"
        f"        title: A\n        due: 2026-11-01T00:00:00Z\n        points: {{{points}}}\n"
    )
    module = tmp_path / "in" / "alice" / unit.module
    module.parent.mkdir(parents=True)
    module.write_text(solution(source, unit))
    moment = datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()
    os.utime(module, (moment, moment))
    common = ("grade", tmp_path / "in", "--output", tmp_path / "out", "--course", root)
    done = autograder(*common)
    assert "nothing says when 1 submissions were handed in (times of files are no evidence)" in done.stderr
    assert "days late" not in (tmp_path / "out" / "feedback" / "alice.md").read_text()
    (tmp_path / "times.csv").write_text("student,unit,submitted\nalice,activations,2026-11-02T12:00:00Z\n")
    done = autograder(*common, "--submitted", tmp_path / "times.csv")
    assert done.returncode == 0, done.stderr
    with (tmp_path / "out" / "grades.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["late_days"] for row in rows} == {"2"}
    assert sum(float(row["points"]) for row in rows) == pytest.approx(0.6 * unit.total)
    _, record = map(json.loads, (tmp_path / "out" / "results.jsonl").read_text().splitlines())
    assert sum(each["raw_points"] for each in record["exercises"].values()) == unit.total
    assert "2 days late" in (tmp_path / "out" / "feedback" / "alice.md").read_text()
    shown = autograder("show", "alice", "--results", tmp_path / "out", "--course", root)
    assert f"2 days late: of {unit.total:g} points, {0.6 * unit.total:g} count." in shown.stdout
    assert f"alice: {0.6 * unit.total:g} of {unit.total:g} points" in shown.stdout
