"""What students are called on paper, on disk and in the database: no two alike, and ordinary names as they are."""

import pytest

from autograder.intake.submissions import _distinct
from autograder.reports.names import Names
from autograder.words import digest_of, kept_name, name_of, one_line, safe_cell, safe_name

ORDINARY = ["alice", "Bob_2", "Jürgen Müller", "O'Brien", "'t Hooft", "Ünal, Ece (12)", "日本 太郎", "علی‌رضا", "a.b-c"]
ALIKE = [
    *("same\x01", "same\x02", r"same\x01", "\x7f", ""),
    *("jos\xe9", "jose\u0301", "\u212bngstrom", "\xc5ngstrom", "\uff21lice", "Alice"),
    *("a b", "a  b", "a\xa0b", "a\u3000b", " a b", "a b ", "a\u200b b", "a b\ufeff", "a\u200d b"),
    *("x" * 100 + "1", "x" * 100 + "2", "9: " + "x" * 80, " ", "  ", "(no name)"),
    *("\udcf6", r"\udcf6", r"\\udcf6", "\xf6", "n\nl", "n\\nl", r"n\x20l"),
]


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_names_stay_as_they_are(name):
    assert one_line(name) == safe_cell(name) == kept_name(name) == Names(ORDINARY).shown[name] == name
    assert Names(ORDINARY).file[name] == safe_name(name)
    assert Names(ORDINARY).notes() == []


@pytest.mark.parametrize("limit", [None, 80, 10])
def test_whatever_is_shown_differs_for_the_eye(limit):
    shown = Names(ALIKE, limit).shown
    assert len({" ".join(name.split()) for name in shown.values()}) == len(ALIKE)
    assert all(len(name.splitlines()) == 1 for name in shown.values())


def test_written_out_and_in_a_cell_no_two_become_one():
    names = [*ALIKE, *ORDINARY, "=1", "'=1", "''=1", "x;=1", "x;'=1"]
    for function in (one_line, kept_name, lambda name: safe_cell(one_line(name))):
        assert len({function(name) for name in names}) == len(names)
    assert [name_of(kept_name(name)) for name in names] == names


def test_long_names_are_kept_apart_in_the_database():
    long = "\udcff" * 250
    other = f"{kept_name(long)}"
    assert len(kept_name(long)) <= 500
    assert len({kept_name(name) for name in (long, long + "x", other)}) == 3


@pytest.mark.parametrize(
    "one, other",
    [
        ("alice", "Alice"),
        ("alice", "ALICE."),
        ("Jörg", safe_name("Jörg")),
        ("Jörg", safe_name("Jörg").upper()),
    ],
)
def test_files_that_a_file_system_may_take_for_one_bear_the_whole_digest(one, other):
    names = Names([one, other, "bob"])
    assert {names.file[one], names.file[other]} == {f"{safe_name(each)}~{digest_of(each)}" for each in (one, other)}
    assert names.file["bob"] == "bob"
    assert any("would have had one name" in note for note in names.notes())


def test_nobody_can_choose_the_name_of_a_file_that_was_kept_apart():
    taken = Names(["alice", "Alice"]).file["alice"]
    assert safe_name(taken) != taken


def test_what_platforms_number_stays_apart_from_who_is_called_so():
    students = {"Jane_5": "Jane", "Jane_6": "Jane", "Jane_5_9": "Jane_5", "bob": "bob"}
    assert _distinct(students) == {"Jane_5": "Jane_5", "Jane_6": "Jane_6", "Jane_5_9": "Jane_5_9", "bob": "bob"}
