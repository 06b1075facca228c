"""What ends or chokes the grader's own process: it costs the submission that did it, and nobody else.

The checks of a small course are fragile: what a submission returns decides what they do to the process that they run in.
"""

import os
import signal
from collections import Counter

import pytest

from autograder.checks.results import RAN_OUT, UnitResult
from autograder.course.units import load_course
from autograder.grading.executors import pack_course, processes, work
from autograder.grading.jobs import Job, Setup
from autograder.grading.run import Options, grade_class
from autograder.grading.store import Store
from autograder.grading.worker import CheckSession
from autograder.intake.submissions import find_submissions
from autograder.reports.wording import STATUS_WORDS
from autograder.sandbox import confine

SECONDS = 2.0  # for a check's own code
COURSE = f"""
title: Fragile
limits: {{check_seconds: {SECONDS}, submission_seconds: 20, grader_bytes: {100 * 2**20}}}
parts: [{{title: P, units: [{{folder: 01_fragile, title: F, points: {{value: 4}}}}]}}]
"""
PUBLIC = """
import pytest

@pytest.mark.exercise("value")
def test_is_there(student):
    assert student.value is not None
"""
# Each worker that begins with a submission says so: how many deaths it cost can be counted.
HIDDEN = """
import os, signal
import numpy as np
import pytest

KEPT = []

@pytest.mark.exercise("value")
class TestValue:
    def test_one(self, student):
        value = student.value()
        if type(value) is np.ndarray:
            assert np.add.outer(value, value).min() >= 0
            return
        with open({log!r}, "a") as log:
            log.write(f"{{value}}\\n")
        if value == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if value == "segfault":
            os.kill(os.getpid(), signal.SIGSEGV)
        while value == "leak":
            KEPT.append(bytearray(2**20))
        if value == "leave":
            KEPT.append(np.ones(7 * 2**20))
        while value == "loop":
            pass
        try:
            while value == "stubborn loop":
                pass
        except Exception:
            pass
        if value == "nap":
            assert student.nap({seconds}) == "slept"

    def test_two(self, student):
        student.value()
"""
NAP = "\ndef nap(seconds):\n    import time\n    time.sleep(seconds)\n    return 'slept'\n"
HONEST = "def value(): return 1.0\n"


def returning(text):
    return f"import numpy as np\ndef value(): return {text}\n{NAP}"


@pytest.fixture(scope="module")
def fragile(tmp_path_factory):
    """The course, and the file that its checks write to."""
    if missing := confine.missing_features():
        pytest.skip("; ".join(missing))
    root = tmp_path_factory.mktemp("fragile")
    unit = root / "solutions" / "01_fragile"
    unit.mkdir(parents=True)
    (root / "course.yml").write_text(COURSE)
    (unit / "fragile.py").write_text(HONEST)
    (unit / "test_fragile.py").write_text(PUBLIC)
    (unit / "hidden.py").write_text(HIDDEN.format(log=str(root / "log"), seconds=SECONDS * 0.8))
    return load_course(root), root / "log"


@pytest.fixture
def grade(fragile, tmp_path):
    """Grade a class, given as texts by student; the results by student, and what the checks have seen."""
    course, log = fragile
    store = Store(f"sqlite:///{tmp_path / 'results.sqlite'}")

    def run(texts, jobs=1):
        log.write_text("")
        for student, text in texts.items():
            place = tmp_path / "class" / student / "fragile.py"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
        found = find_submissions(tmp_path / "class", course.units).submissions
        told = []
        run = grade_class(
            course,
            course.units,
            found,
            store,
            processes(jobs),
            Options(),
            report=lambda result: told.append(result.student),
        )
        return {result.student: result for result in run.results}, Counter(log.read_text().split("\n")), told

    yield run
    store.close()


def first_hidden(result):
    return next(check for check in result.checks if check.check.endswith("test_one"))


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_worker_that_dies_costs_the_submission_that_it_died_on(grade, jobs):
    texts = {f"honest {number}": HONEST for number in range(8)}
    texts |= {"honest 2 kills": returning("'kill'"), "honest 5 leaks": returning("'leak'")}
    results, seen, told = grade(texts, jobs)
    assert set(told) == set(texts)
    assert len(told) == len(texts)
    for student, result in results.items():
        if student.startswith("honest") and student[-1].isdigit():
            assert (result.status, result.points) == ("graded", 4), student
    for student in ("honest 2 kills", "honest 5 leaks"):
        result = results[student]
        assert (result.status, result.message, result.points) == (
            "broken",
            "the grader ran out of memory on it",
            0,
        )
        assert told.index(student) >= len(told) - 2  # nobody waits for those
    assert seen["kill"] == seen["leak"] == 3  # once with others, twice alone


def test_the_next_run_tries_them_once_more_and_ends(grade):
    texts = {"a kills": returning("'kill'"), "b": HONEST}
    grade(texts)
    results, seen, told = grade(texts)
    assert told == ["a kills"]
    assert 0 < seen["kill"] <= 3
    results, seen, told = grade({**texts, "c": HONEST})
    assert told == ["c", "a kills"]
    assert results["c"].points == 4
    results, _, told = grade({**texts, "a kills": HONEST})
    assert (told, results["a kills"].points) == (["a kills"], 4)


def test_another_death_is_not_told_as_one_of_memory(grade):
    results, _, _ = grade({"a": returning("'segfault'"), "b": HONEST})
    assert results["a"].status == "broken"
    assert results["a"].message == "the grader's worker process ended on it, by signal 11"
    assert results["b"].points == 4


def test_a_death_of_memory_is_not_told_as_saying_nothing_of_the_work():
    memory, other = (UnitResult("a", "fragile", "broken", why) for why in (RAN_OUT, "the sandbox ended"))
    assert "says nothing about your work" in STATUS_WORDS[other.told_as]
    assert "nothing" not in STATUS_WORDS[memory.told_as]
    assert "far larger than was asked for" in STATUS_WORDS[memory.told_as]


def test_the_checks_own_code_has_a_clock(grade):
    texts = {
        "a": HONEST,
        "b": returning("'loop'"),
        "c": returning("'stubborn loop'"),
        "d": returning("'nap'"),
        "e": HONEST,
    }
    results, _, _ = grade(texts)
    for student in "bc":
        check = first_hidden(results[student])
        assert (str(check.outcome), results[student].status) == ("timeout", "graded")
        assert f"the check itself ran longer than {SECONDS:g} seconds on what it was given" in check.message
        assert results[student].points == pytest.approx(8 / 3, abs=1e-3)  # the others run, in a fresh child
    assert [results[student].points for student in "ade"] == [4, 4, 4]  # a wait for the student is not the check's


def test_what_a_check_cannot_compute_with_fails_it(grade):
    results, seen, _ = grade({"a": HONEST, "b": returning("np.ones(10_000)"), "c": HONEST})
    check = first_hidden(results["b"])
    assert (str(check.outcome), results["b"].status) == ("failed", "graded")
    assert "the check could not compute with what it was given within 100 MiB" in check.message
    assert results["b"].points == pytest.approx(8 / 3, abs=1e-3)
    # The reference once, and one of the two: who answers to the bit as another did is not checked twice by the same worker.
    assert seen["1.0"] == 2
    assert [results[student].points for student in "ac"] == [4, 4]


def test_what_stays_behind_of_one_is_not_the_next_ones_fault(grade):
    """Each leaves 56 MiB in the grader; a bound over all of them would hit the second."""
    results, _, _ = grade({student: returning("'leave'") for student in "abcdef"})
    assert {(result.status, result.points) for result in results.values()} == {("graded", 4)}


def test_a_dask_worker_finds_out_whose_death_it_was(fragile, tmp_path):
    course, log = fragile
    log.write_text("")
    setup, archive = Setup("digest", ("fragile",), "seed", "sandbox"), pack_course(course)
    module = tmp_path / "fragile.py"

    def graded(text):
        return work(setup, Job("s", "fragile", "d", module, (("fragile.py", text.encode()),)), archive)

    assert graded(HONEST).points == 4
    result = graded(returning("'kill'"))
    assert (result.status, result.message) == ("broken", "the grader ran out of memory on it")
    assert graded(HONEST).points == 4
    assert log.read_text().split("\n").count("kill") == 3


def test_a_students_process_does_not_inherit_the_graders_bound(fragile, tmp_path):
    """Neither from a fork server that had to be started again in the middle of a submission."""
    course, _ = fragile
    module = tmp_path / "fragile.py"
    module.write_text(f"import numpy as np\ndef value(): return float(np.ones({300 * 2**20 // 8})[-1])\n")
    session = CheckSession(course, course.units, "seed")
    try:
        os.kill(session._server._process.pid, signal.SIGKILL)
        session._server._process.wait()
        result = session.grade("a", course.units[0], module, [tmp_path])
    finally:
        session.close()
    assert (result.status, result.points) == ("graded", 4)
