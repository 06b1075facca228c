"""A student's own work: what the public tests say of each unit, remembered until its files change."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from autograder.checks.results import CheckResult, ExerciseResult, Outcome, score
from autograder.checks.used import unmet_words
from autograder.course.file import DESK, EXERCISES, Sketch, UnitSketch, nearest_name, sketch, unit_name
from autograder.files import write_whole
from autograder.version import __version__

MAIN_PICTURE = "main-picture"  # in a lesson's metadata: of the cell that draws what `autograder plot` saves


class StudentCommandError(Exception):
    """What a student asked for cannot be done; says why, and the way out."""


@dataclass(frozen=True)
class Standing:
    """How a unit stands by its public tests."""

    unit: UnitSketch
    checks: list[CheckResult]
    problem: str = ""  # why none of them could run

    @property
    def exercises(self) -> list[ExerciseResult]:
        return score(self.unit.points, self.checks)

    @property
    def points(self) -> float:
        return sum(each.points for each in self.exercises)

    @property
    def next(self) -> ExerciseResult | None:
        """The first exercise that does not pass yet."""
        return next((each for each in self.exercises if each.points < each.max_points), None)


class Desk:
    """The course as it lies on a student's machine.

    Raises:
        StudentCommandError: no course around this folder.
    """

    def __init__(self, start: Path) -> None:
        course = sketch(start)
        if course is None:
            course = _with_every_check(start)
        self.course: Sketch = course
        self.folder = course.root / DESK

    @property
    def units(self) -> list[UnitSketch]:
        """The units whose exercises are here."""
        return [unit for unit in self.course.units if self.module(unit).parent.is_dir()]

    def module(self, unit: UnitSketch) -> Path:
        """The file that the student writes."""
        return self.course.root / EXERCISES / unit.folder / unit.module

    def test_file(self, unit: UnitSketch) -> Path:
        return self.module(unit).with_name(f"test_{unit.module}")

    def find(self, target: str) -> tuple[UnitSketch, str | None]:
        """The unit and the exercise of "activations", "activations:softmax", or unambiguous beginnings of them.

        Raises:
            StudentCommandError: there is none, or there are several.
        """
        name, _, exercise = target.partition(":")
        try:
            folder = unit_name(name, [unit.folder for unit in self.units])
            unit = next(unit for unit in self.units if unit.folder == folder)
            return unit, nearest_name(exercise, unit.points, f"exercise of {unit.id}") if exercise else None
        except LookupError as error:
            raise StudentCommandError(str(error)) from None

    def check(self, unit: UnitSketch) -> Standing:
        """Run the unit's public tests, now.

        Raises:
            StudentCommandError: the tests are missing or broken.
        """
        return self._check([unit])[0]

    def standings(self, anew: bool = False) -> list[Standing]:
        """Every unit's standing; only what changed since is run again, or with `anew` everything.

        Raises:
            StudentCommandError: tests that must be run are missing or broken.
        """
        return self._check(self.units) if anew else self.standings_of(self.units)

    def standings_of(self, units: Sequence[UnitSketch]) -> list[Standing]:
        """The same of some units."""
        known = self._known()
        stale = [unit for unit in units if not self._is_known(unit, known)]
        fresh = {standing.unit.id: standing for standing in self._check(stale)}
        return [fresh.get(unit.id) or _remembered(unit, known[unit.id]) for unit in units]

    def unmet(self, unit: UnitSketch) -> list[str]:
        """What a unit uses of earlier ones and cannot rest on yet, a sentence each; what was seen before is not run again.

        Raises:
            StudentCommandError: tests that must be run are missing or broken.
        """
        here = {each.id: each for each in self.units}
        used = [here[name] for name in unit.uses if name in here]
        found = [
            f"{unit.id} uses your {name}.py, which is not here: put it back into {EXERCISES}/."
            for name in unit.uses
            if name not in here
        ]
        for standing in self.standings_of(used):
            found += unmet_words(unit, standing.unit, standing.checks, standing.problem)
        return found

    def unit_after(self, unit: UnitSketch) -> UnitSketch | None:
        """Where to go on: the next unit that is not known to pass, or else the first; None where all are. Nothing is run."""
        at, known = self.units.index(unit), self._known()
        order = [*self.units[at + 1 :], *self.units[:at]]
        return next((each for each in order if not self._passes(each, known)), None)

    def is_ready(self, name: str) -> bool:
        """Do a unit and all that it uses of earlier ones pass, as far as is known? Nothing is run."""
        known = self._known()
        unit = next(each for each in self.units if each.id == name)
        return all(self._passes(each, known) for each in self.units if each.id in (name, *unit.uses))

    def has_picture(self, unit: UnitSketch) -> bool:
        """Does its lesson name one cell's picture as the main one?"""
        lesson = self.module(unit).with_suffix(".ipynb")
        return lesson.is_file() and f'"{MAIN_PICTURE}"' in lesson.read_text(encoding="utf-8")

    def _passes(self, unit: UnitSketch, known: dict[str, Any]) -> bool:
        return self._is_known(unit, known) and _remembered(unit, known[unit.id]).next is None

    def _is_known(self, unit: UnitSketch, known: dict[str, Any]) -> bool:
        return bool(known.get(unit.id, {}).get("state") == self._state(unit))

    def _check(self, units: Sequence[UnitSketch]) -> list[Standing]:
        if not units:
            return []
        from autograder.checks.local import run_units
        from autograder.checks.session import CourseChecksError

        files = [self.test_file(unit) for unit in units]
        try:
            runs = run_units(files)
        except CourseChecksError as error:
            raise StudentCommandError(
                f"The test files must stay as they were handed out: take them from the course's bundle again.\n{error}"
            ) from None
        standings = [
            Standing(unit, runs[file].checks, runs[file].problem) for unit, file in zip(units, files, strict=True)
        ]
        self._remember(standings)
        return standings

    def _state(self, unit: UnitSketch) -> str:
        """Names what a standing follows from."""
        digest = hashlib.sha256(__version__.encode())
        used = [self.module(each) for each in self.course.units if each.id in unit.uses]
        for path in [*sorted(self.module(unit).parent.glob("*.py")), *filter(Path.is_file, used)]:
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
        return digest.hexdigest()

    def _known(self) -> dict[str, Any]:
        try:
            known: dict[str, Any] = json.loads((self.folder / "progress.json").read_text(encoding="utf-8"))
            return known
        except (OSError, ValueError):
            return {}

    def _remember(self, standings: Sequence[Standing]) -> None:
        known = self._known()
        for each in standings:
            checks = [_told(check) for check in each.checks]
            known[each.unit.id] = {"state": self._state(each.unit), "checks": checks, "problem": each.problem}
        self.folder.mkdir(exist_ok=True)
        write_whole(self.folder / "progress.json", json.dumps(known))


def _told(check: CheckResult) -> dict[str, Any]:
    """A check without what is as it always is: `status` reads this of all units at every start."""
    return {each.name: value for each in fields(check) if (value := getattr(check, each.name)) != each.default}


def _remembered(unit: UnitSketch, entry: dict[str, Any]) -> Standing:
    """What was remembered of a unit."""
    checks = [CheckResult(**{**check, "outcome": Outcome(check["outcome"])}) for check in entry["checks"]]
    return Standing(unit, checks, entry.get("problem", ""))


def _with_every_check(start: Path) -> Sketch:
    """Read the course the slow way, which says what is wrong with it."""
    from autograder.course.units import CourseError, find_course, load_course

    try:
        course = load_course(find_course(start))
    except CourseError as error:
        raise StudentCommandError(str(error)) from None
    units = tuple(
        UnitSketch(unit.folder, unit.title, dict(unit.points), part.title, dict(unit.uses))
        for part in course.parts
        for unit in part.units
    )
    return Sketch(course.root, course.title, units, course.sandbox_limits.check_seconds, course.handin)
