"""Which of a student's files is their work for a unit: by its name, by what it defines, by whether anything is written in it."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from autograder.course.units import Unit
from autograder.intake.copies import MAX_BYTES, MAX_NOTEBOOK_BYTES
from autograder.intake.opening import Refused, read_plain
from autograder.intake.owners import Candidate, Placed, candidate
from autograder.intake.written import defines_most, text_of, written

NOT_WORK = ("test_", "conftest", "lab.", "setup.")  # how files begin that come with the course, or with Python


class Shelf:
    """One student's files. They are read only where there is a choice."""

    def __init__(self, own: Sequence[Placed], units: Sequence[Unit], exercises: Path | None) -> None:
        self._exercises = exercises
        self._named: dict[str, list[Candidate]] = defaultdict(list)
        self._others: list[Placed] = []
        self._texts: dict[tuple[str, ...], str] = {}
        for placed in own:
            if each := candidate(placed, units):
                self._named[each.unit.id].append(each)
            elif placed.inside[-1].lower().endswith((".py", ".ipynb")) and not placed.file.problem:
                self._others.append(placed)

    def of(self, unit: Unit) -> list[Candidate]:
        """Those that are called like the unit's module or notebook; the newest that can be had comes first."""
        return sorted(self._named[unit.id], key=_rank, reverse=True)

    def best(self, unit: Unit, candidates: Sequence[Candidate]) -> tuple[Candidate, bytes] | None:
        """The one that counts, and its content; None where there is none.

        A module comes before a notebook, one that is called as it should be before one that nearly is, and the newest
        first; but whatever has something written in it comes before a stub.

        Raises:
            Refused: it must not be opened, and no other has anything written in it.
        """
        modules = [each for each in candidates if not each.notebook]
        ordered = [*modules, *(each for each in candidates if each.notebook)]
        if len(ordered) == 1 and not self._others:
            return ordered[0], _read(ordered[0])
        refused: Refused | None = None
        stub: tuple[Candidate, bytes] | None = None
        for each in ordered:
            try:
                content = _read(each)
            except Refused as error:
                refused = refused or error
                continue
            if self._is_work(each, content):
                return each, content
            stub = stub or (each, content)
        if found := self._by_what_it_defines(unit):
            return found
        if refused is not None:
            raise refused
        return stub

    def _is_work(self, each: Candidate, content: bytes) -> bool:
        """Is more of it written than of what was given?"""
        return self._written(each.unit, text_of(content, each.notebook)) > 0

    def _written(self, unit: Unit, text: str) -> int:
        count = written(text, unit)
        if count and self._exercises is not None:
            with contextlib.suppress(Refused):
                given = read_plain(self._exercises, (unit.folder, unit.module), MAX_BYTES)
                count -= written(text_of(given, False), unit)
        return count

    def _by_what_it_defines(self, unit: Unit) -> tuple[Candidate, bytes] | None:
        """The newest file of any name that defines most of the unit's exercises, and has something written in it."""
        found = []
        for placed in self._others:
            if placed.unit not in (None, unit) or placed.inside[-1].lower().startswith(NOT_WORK):
                continue
            notebook = placed.inside[-1].lower().endswith(".ipynb")
            each = Candidate(placed, unit, notebook, 0, nearly=True)
            way = placed.file.parts
            if way not in self._texts:
                try:
                    self._texts[way] = text_of(_read(each), notebook)
                except Refused:
                    self._texts[way] = ""
            text = self._texts[way]
            if defines_most(text, unit) and self._written(unit, text) > 0:
                found.append(each)
        if not found:
            return None
        best = max(found, key=_rank)
        return best, _read(best)


def _read(each: Candidate) -> bytes:
    return each.placed.file.read(MAX_NOTEBOOK_BYTES if each.notebook else MAX_BYTES)


def _rank(each: Candidate) -> tuple[bool, bool, int, float, float]:
    """Which comes first: one that can be had, one of the right name, the newest: the platform says so before the file."""
    file = each.placed.file
    dated, changed = (time.timestamp() if time else 0.0 for time in (file.dated, file.changed))
    return not file.problem, not each.nearly, each.resubmission, dated, changed
