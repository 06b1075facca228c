"""What is recorded of a known mistake's answers: enough to know them again, by a wide margin, and small."""

import json

import numpy as np
import pytest

from autograder.checks.known import told_at
from autograder.checks.recorded import agrees, recorded
from autograder.checks.results import CheckResult, Outcome
from autograder.sandbox.proxy import Call, Handle

RNG = np.random.default_rng(0)
LARGE = RNG.normal(size=(40, 25))


def calls(*results, name="f"):
    return [Call(name, (), {}, result, finished=True) for result in results]


def known(mistake, truth):
    """The record as it comes back from a file."""
    return json.loads(json.dumps(recorded(calls(mistake), calls(truth))))


def raised(kind, message, function="f"):
    error = kind(message)
    error.student_frames = [type("Frame", (), {"function": function})]
    return [Call("f", (), {}, error=error, finished=True)]


@pytest.mark.parametrize(
    "mistake, truth",
    [
        (3, 2),
        (2.5, 3.5),
        (np.array([1.0, np.nan, np.inf]), np.array([1.0, 2.0, 3.0])),
        (np.array([[1.0, 2.0]]), np.array([[1.0], [2.0]])),
        (LARGE, LARGE + 1),
        ((np.ones(2), [1, 2, 4], {"w": 2 * LARGE}), (np.zeros(2), [1, 2, 3], {"w": LARGE})),
        ([(k, np.ones(2)) for k in range(40)], [(k, np.zeros(2)) for k in range(40)]),
        ("text", "another"),
        (None, 1.0),
        (np.array([1 + 2j]), np.array([2 + 1j])),
        (2**80, 1),
        (np.ones(3), None),
    ],
    ids=str,
)
def test_the_same_answer_agrees_and_the_right_one_does_not(mistake, truth):
    record = known(mistake, truth)
    assert agrees(calls(mistake), record)
    assert truth is None or not agrees(calls(truth), record)
    assert not agrees(calls(mistake, mistake), record)
    assert not agrees(calls(mistake, name="g"), record)
    assert not agrees(calls(Handle(None, None, "Thing")), record)
    assert len(json.dumps(record)) < 2000


def test_an_epsilon_does_not_hide_a_slip_and_another_slip_is_not_taken_for_it():
    slip, record = LARGE + 0.5, known(LARGE + 0.5, LARGE)
    assert agrees(calls(slip + 1e-7), record)
    assert agrees(calls(slip.astype(np.float32)), record)
    assert not agrees(calls(slip + 0.05), record)
    assert not agrees(calls(LARGE - 0.5), record)
    # Many numbers are told by some, and by two sums over all: what differs elsewhere, differs.
    elsewhere = slip.copy()
    elsewhere[17, 3] += 1.0
    assert not agrees(calls(elsewhere), record)


def test_where_the_mistake_is_right_the_student_must_be_so_too():
    record = known((LARGE, 3.0), (LARGE, 2.0))
    assert agrees(calls((LARGE, 3.0)), record)
    assert not agrees(calls((LARGE + 1e-3, 3.0)), record)
    # What is right is told by two sums alone.
    assert "at" not in record[0][1][0]


def test_errors_agree_by_type_place_and_words_numbers_aside():
    record = recorded(raised(IndexError, "index 5 is out of bounds for axis 0 with size 4"), calls(1.0))
    assert agrees(raised(IndexError, "index 3 is out of bounds for axis 1 with size 2"), record)
    assert not agrees(raised(KeyError, "index 5 is out of bounds for axis 0 with size 4"), record)
    assert not agrees(raised(IndexError, "index 5 is out of bounds for axis 0 with size 4", "helper"), record)
    assert not agrees(raised(IndexError, "too many indices"), record)
    assert not agrees(calls(1.0), record)


def entry(*mistakes):
    """As in hints.json, of mistakes that each answer a number in some tests."""
    table, listed = [], []
    for number, answers in enumerate(mistakes):
        fails = {}
        for test, value in answers.items():
            fails[test] = [len(table)]
            table.append(known(value, 0.0)[0])
        listed.append({"hint": number, "fails": fails})
    return {"hidden": 1, "hints": [f"idea {k}" for k in range(len(mistakes))], "calls": table, "mistakes": listed}


def seen(**answers):
    """What came of the tests: None where one passed."""
    return [
        (
            CheckResult(f"test_x.py::{test}", "f", Outcome.PASSED if value is None else Outcome.FAILED),
            calls(value or 0.0),
        )
        for test, value in answers.items()
    ]


def test_a_hint_needs_a_mistake_that_fails_the_very_tests_that_failed():
    one = entry({"a": 1.0, "b": 2.0})
    first, words = told_at(one, seen(a=1.0, b=2.0))
    assert (first.check, words) == ("test_x.py::a", "a known mistake gives the same answer. idea 0")
    assert told_at(one, seen(a=1.0, b=None)) is None
    assert told_at(one, seen(a=1.0, b=3.0)) is None
    assert told_at(one, seen(a=1.0, b=2.0, c=5.0)) is None
    assert told_at(one, seen(a=None, b=None)) is None
    assert told_at({}, seen(a=1.0)) is None


def test_several_mistakes_that_answer_the_same_are_all_told_or_none():
    _, words = told_at(entry({"a": 1.0}, {"a": 1.0}, {"a": 2.0}), seen(a=1.0))
    assert words == "known mistakes give the same answer; see which is yours.\n- idea 0\n- idea 1"
    assert told_at(entry(*[{"a": 1.0}] * 4), seen(a=1.0)) is None
