"""One student's results out of the database, found by the name as it was typed."""

from __future__ import annotations

import difflib

from autograder.checks.results import UnitResult
from autograder.course.units import Course, Unit
from autograder.grading.store import Store
from autograder.reports.names import Names
from autograder.words import listed, name_of, one_line

NEAREST = 3  # names that are suggested


class LookupFailed(Exception):
    """There is nothing to show; says why, and names who is there."""


def results_of(store: Store, course: Course, typed: str, only: Unit | None = None) -> tuple[str, list[UnitResult]]:
    """A student's name and newest results, in the order of the course.

    Args:
        store: the database.
        course: gives the order.
        typed: the name, or what a table or a file's name shows of it; capitals do not matter where nobody else is meant.
        only: of this unit alone.

    Raises:
        LookupFailed: nobody there is called so, or that unit of theirs has no result.
    """
    names = {name_of(kept): kept for kept in store.students()}
    name = find_student(typed, list(names))
    order = {unit.id: number for number, unit in enumerate(course.units)}
    found = sorted(store.of_student(names[name]), key=lambda result: (order.get(result.unit, len(order)), result.unit))
    shown = one_line(name)
    if not found:
        raise LookupFailed(f"{shown} was graded by another version of autograder: run `autograder grade` again")
    wanted = [result for result in found if only is None or result.unit == only.id]
    if only is not None and not wanted:
        raise LookupFailed(f"{shown} has no result for {only.id}; graded are {', '.join(r.unit for r in found)}")
    return wanted[0].student, wanted


def find_student(typed: str, names: list[str]) -> str:
    """The student of that name, or of what a table or a file's name shows of it.

    Raises:
        LookupFailed: nobody is called so; names the nearest.
    """
    if not names:
        raise LookupFailed("nobody has been graded there yet: run `autograder grade` first")
    if typed in names:
        return typed
    called = Names(names)
    for shown in (called.shown, called.file):
        if same := [name for name in names if shown[name] == typed]:
            return same[0]
    same = [name for name in names if name.casefold() == typed.casefold()]
    if len(same) == 1:
        return same[0]
    if same:
        raise LookupFailed(
            f"{one_line(typed)} may be {listed([called.shown[name] for name in same])}: write it as one of them"
        )
    known = {shown.casefold(): shown for shown in called.shown.values()}
    wanted = one_line(typed).casefold()
    near = difflib.get_close_matches(wanted, known, NEAREST, cutoff=0.5)
    near += [key for key in known if wanted in key and key not in near][: NEAREST - len(near)]
    words = f"did you mean {' or '.join(known[key] for key in near)}?" if near else "grades.csv lists who was graded."
    raise LookupFailed(f"no student '{one_line(typed)}' there; {words}")
