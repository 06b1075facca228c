"""`autograder show`: one student's feedback in the terminal, from the database."""

import os
import pty
import subprocess
import sys

import pytest

from autograder.checks.results import CheckResult, Outcome, UnitResult, score
from autograder.course.units import load_course
from autograder.grading.store import Store
from autograder.intake.late import Late
from autograder.reports.lookup import LookupFailed, results_of
from autograder.reports.terminal import Kind, feedback_lines

COURSE = load_course()
UNIT, OTHER = COURSE.unit("activations"), COURSE.unit("neurons")
HOSTILE = "ev\x1b[31mil\nname\u202e"


def result(student="alice", unit=UNIT, message="got 2, expected 1"):
    first, second, third = list(unit.points)[:3]
    checks = [
        CheckResult(f"test_{unit.id}.py::test_by_hand", first, Outcome.PASSED, seconds=0.0012),
        CheckResult("hidden.py::test_random[5]", first, Outcome.PASSED, 2.0),
        CheckResult(
            f"test_{unit.id}.py::test_open", second, Outcome.FAILED, 1, 0.1, "open(-1)", message, "m", "Mind the sign."
        ),
        CheckResult("hidden.py::test_secret", second, Outcome.FAILED, 1, 0.1, "secret(31337)", "got 31337"),
        CheckResult("hidden.py::test_other", third, Outcome.NOT_WRITTEN, message="not written yet"),
    ]
    return UnitResult(student, unit.id, "graded", exercises=score(unit.points, checks), checks=checks)


@pytest.fixture
def store(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'results.sqlite'}")
    yield store
    store.close()


@pytest.fixture
def shown(autograder, tmp_path, store):
    """Run the command on what the store holds."""

    def run(*arguments, **options):
        return autograder("show", *arguments, "--results", tmp_path, "--course", COURSE.root, **options)

    return run


def text(lines):
    return "\n".join(line.text for line in lines)


class TestLines:
    def test_say_what_failed_and_why(self):
        page = text(feedback_lines(COURSE, "alice", [result()], 100))
        assert page.startswith("alice: 1 of 30 points\n\nActivations and their derivatives (activations): 1 of 30\n")
        for words in (
            "- open: failed\n      open(-1)\n      got 2, expected 1",
            "Hint: Mind the sign.",
            "not written yet",
        ):
            assert words in page
        assert "random" not in page, "what passed is a count"

    def test_every_check_on_request(self):
        page = text(feedback_lines(COURSE, "alice", [result()], 100, every_check=True))
        for words in (
            "by hand: passed (public, 1.2 ms)",
            "random (5): passed (hidden, weight 2)",
            "other: not written",
        ):
            assert words in page

    @pytest.mark.parametrize("every_check", [False, True])
    def test_hidden_inputs_only_as_the_course_allows(self, every_check):
        for allowed in (True, False):
            course = COURSE.model_copy(update={"show_hidden_inputs": allowed})
            page = text(feedback_lines(course, "alice", [result()], 100, every_check))
            assert ("31337" in page) == allowed
            assert "secret: failed" in page
            assert "open(-1)" in page

    @pytest.mark.parametrize("width", [30, 47, 80])
    def test_no_line_is_wider_than_the_terminal(self, width):
        long = result("x" * 90, message="y" * 200 + "\n    at [0]: got 1, expected 2\n" + "many words " * 30)
        for every_check in (False, True):
            lines = list(feedback_lines(COURSE, long.student, [long], width, every_check))
            assert max(len(line.text) for line in lines) <= width
            assert "y" * 200 in "".join(line.text.strip() for line in lines)

    def test_nothing_of_a_students_moves_the_cursor(self):
        evil = result(HOSTILE, message="\x1b[2J\x07\u202egot\tthat")
        evil.status, evil.message = "not loaded", "\x9b31m"
        for status in ("graded", "not loaded"):
            evil.status = status
            page = text(feedback_lines(COURSE, HOSTILE, [evil], 60, every_check=True))
            assert not {"\x1b", "\x07", "\x9b", "\u202e", "\t"} & set(page)

    def test_a_unit_that_could_not_be_read_says_why(self):
        late = UnitResult.without_checks(
            "a", UNIT.id, UNIT.points, "not loaded", "activations.py, line 3: invalid syntax"
        )
        late.late_days = 1
        page = text(feedback_lines(COURSE, "a", [late], 80))
        for words in (
            "activations.py: could not be imported.",
            "line 3: invalid syntax",
            "1 day late: of 0 points, 0 count.",
        ):
            assert words in page

    def test_a_unit_that_the_course_has_no_more_is_shown_all_the_same(self):
        gone = result()
        gone.unit = "gone"
        assert "gone: 1 of 30" in text(feedback_lines(COURSE, "a", [gone], 80))

    def test_kinds(self):
        kinds = {line.text.strip(): line.kind for line in feedback_lines(COURSE, "alice", [result()], 80)}
        assert kinds["alice: 1 of 30 points"] == Kind.TITLE
        assert kinds["Hint: Mind the sign."] == Kind.HINT


class TestLookup:
    @pytest.fixture
    def found(self, store):
        for number, name in enumerate(("alice", "Alina", "bob", HOSTILE)):
            store.add(str(number), result(name))
        return lambda typed, only=None: results_of(store, COURSE, typed, only)

    @pytest.mark.parametrize(
        "typed, name",
        [("alice", "alice"), ("ALICE", "alice"), ("alina", "Alina"), (r"ev\x1b[31mil\nname\u202e", HOSTILE)],
    )
    def test_names_as_they_were_typed(self, found, typed, name):
        assert found(typed)[0] == name

    def test_the_name_of_a_feedback_file_will_do(self, found):
        from autograder.words import safe_name

        assert found(safe_name(HOSTILE))[0] == HOSTILE

    @pytest.mark.parametrize(
        "typed, words", [("alicia", "did you mean Alina or alice?"), ("ob", "bob"), ("zzz", "grades.csv")]
    )
    def test_an_unknown_student_is_answered_with_the_nearest_names(self, found, typed, words):
        with pytest.raises(LookupFailed) as info:
            found(typed)
        assert f"no student {typed!r} there" in str(info.value)
        assert words in str(info.value)

    def test_a_unit_without_a_result_names_those_with_one(self, found):
        with pytest.raises(LookupFailed, match="alice has no result for neurons; graded are activations"):
            found("alice", OTHER)

    def test_nobody_yet(self, store):
        with pytest.raises(LookupFailed, match="nobody has been graded there yet"):
            results_of(store, COURSE, "alice")


class TestNewest:
    def test_the_last_run_that_finished_counts_with_its_lateness(self, store):
        old, new = result(), result()
        new.exercises[1].points = new.exercises[1].raw_points = 2.0
        store.add("new", new)
        store.add("old", old)
        store.add("neurons", result(unit=OTHER))
        store.finish_run(store.start_run("first"), ["new", "neurons"])
        store.finish_run(
            store.start_run("second"), ["new", "old"], {1: Late(1, 0.5)}
        )  # handed in again: as it was once
        name, (neurons, activations) = results_of(store, COURSE, "alice")
        assert (name, neurons.unit, activations.unit) == ("alice", OTHER.id, UNIT.id)
        assert (activations.late_days, activations.points) in ((0, 3.0), (1, 0.5))
        store.finish_run(store.start_run("third"), ["old"], {0: Late(3, 0.25)})
        assert [each.points for each in results_of(store, COURSE, "alice", UNIT)[1]] == [0.25]

    def test_what_a_run_has_graded_so_far_is_there(self, store):
        store.start_run("not finished")
        store.add("d", result())
        assert results_of(store, COURSE, "alice")[1] == [result()]


class TestCommand:
    def test_a_student_in_a_pipe(self, store, shown):
        store.add("d", result())
        done = shown("alice")
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("alice: 1 of 30 points\n")
        assert "\x1b" not in done.stdout
        assert "random" in shown("alice", UNIT.id, "--all").stdout

    @pytest.mark.parametrize(
        "arguments, words",
        [
            (["alcie"], "did you mean alice?"),
            (["alice", "activatoins"], "did you mean activations?"),
            (["alice", "neurons"], "graded are activations"),
            (["alice", "--database", "sqlite:///nowhere.sqlite"], "nowhere.sqlite is not there"),
        ],
    )
    def test_what_is_not_there_is_said_in_a_sentence(self, store, shown, arguments, words):
        store.add("d", result())
        done = shown(*arguments)
        assert done.returncode == 2
        assert words in done.stderr
        assert "Traceback" not in done.stderr

    def test_two_students_whose_names_differ_by_capitals_are_both_named(self, store, shown):
        for number, name in enumerate(("Ann", "ANN")):
            store.add(str(number), result(name))
        done = shown("ann")
        assert done.returncode == 2
        assert "ann may be ANN and Ann: write it as one of them" in done.stderr

    def test_without_a_database_nothing_is_made(self, autograder, tmp_path):
        done = autograder("show", "alice", "--results", tmp_path, "--course", COURSE.root)
        assert done.returncode == 2
        assert "results.sqlite is not there: run `autograder grade` first" in done.stderr
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("colours", [True, False])
    def test_colours_in_a_terminal_unless_they_are_not_wanted(self, store, tmp_path, colours):
        store.add("d", result())
        ours, theirs = pty.openpty()
        environment = {key: value for key, value in os.environ.items() if key != "NO_COLOR"} | {
            "COLUMNS": "60",
            "TERM": "xterm",
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "autograder", "show", "alice", "--results", str(tmp_path), "--course", str(COURSE.root)],
            stdout=theirs, env=environment if colours else environment | {"NO_COLOR": "1"},
        )  # fmt: skip
        os.close(theirs)
        out = b""
        while True:
            try:
                part = os.read(ours, 4096)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            out += part
        os.close(ours)
        assert process.wait() == 0
        assert (b"\x1b[1malice" in out) == colours
        assert b"alice: 1 of 30 points" in out
