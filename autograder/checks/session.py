"""Collected checks that can be run again and again: a pytest session that stays open."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from _pytest.assertion import util as assertion
from _pytest.config import _prepareconfig

from autograder.checks.failures import Failure, explain
from autograder.checks.plugin import (
    SUBJECT,
    Place,
    Subject,
    check_id,
    compared,
    exercise_of,
    generator_for,
    names_returned,
    unit_id,
    weight_of,
)
from autograder.checks.results import CheckResult, Outcome, is_hidden
from autograder.checks.shown import FEW, LESS, OPEN, telling
from autograder.course.file import SOLUTIONS
from autograder.words import listed

if TYPE_CHECKING:
    from autograder.course.units import Course, Unit
    from autograder.sandbox.proxy import Call

OURS = {"student", "reference", "rng"}
# pytest's own plugins that have nothing to do in a session without a terminal and without files to write.
SPARE = (
    *("cacheprovider", "terminalreporter", "capture", "logging", "warnings", "junitxml", "pastebin", "faulthandler"),
    *("unraisableexception", "threadexception", "doctest", "stepwise", "setuponly", "setupplan"),
)


class CourseChecksError(Exception):
    """The checks themselves cannot be collected, or name an exercise that course.yml does not have."""


class Check:
    """One item of the session: what it is called, what it is worth, and how to run it for a subject."""

    def __init__(self, item: Any) -> None:
        self.item = item
        self.id = check_id(item)
        self.key = item.nodeid
        self.unit = unit_id(item.path)
        self.folder = item.path.parent
        self.exercise = exercise_of(item) or ""
        self.place = Place(item)
        self.weight = weight_of(item)
        self.manners = item.get_closest_marker("after") is not None
        self._params = dict(item.callspec.params) if hasattr(item, "callspec") else {}
        self._names = set(item._fixtureinfo.initialnames) - set(self._params)
        # A hidden check without random inputs asks the next version the same again.
        self._told = (FEW if "rng" in self._names else LESS) if is_hidden(self.id) else OPEN
        self._class, self._function = item.cls, item.obj  # looking a class up costs as much as a small check
        self._rng: np.random.Generator | None = None
        self._seed = ""  # of the generator, and where it starts
        self._state: Any = None

    def result(self) -> CheckResult:
        """Its entry in the record, as if it had passed."""
        return CheckResult(self.id, self.exercise, Outcome.PASSED, self.weight, manners=self.manners)

    def explain(self, error: BaseException, transcript: list[Call]) -> Failure:
        """What ended this check, in words for the student."""
        with telling(self._told):
            return explain(error, transcript, self.exercise, names_returned(self.item))

    def run(self, subject: Subject) -> BaseException | None:
        """Run it on the subject's module; returns what it raised.

        A check that takes only our own fixtures is called directly: pytest's machinery for fixtures costs several
        times what such a check does. Any other goes through pytest.
        """
        before, assertion._reprcompare = assertion._reprcompare, compared  # as pytest's own protocol does it
        try:
            with telling(self._told), warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what a student's code warns of is the check's to look at
                if self._names <= OURS:
                    self._call(subject)
                else:
                    self._run_item(subject)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:
            _let_go(error)
            return error
        finally:
            assertion._reprcompare = before
        return None

    def _call(self, subject: Subject) -> None:
        arguments = dict(self._params)
        if "rng" in self._names:
            arguments["rng"] = self._generator(subject.seed)
        if "reference" in self._names:
            arguments["reference"] = subject.reference(self.item)
        if "student" in self._names:
            arguments["student"] = subject.student(self.item)
        function = self._function
        if self._class is not None:
            function = getattr(self._class(), self.item.originalname)
        function(**arguments)

    def _generator(self, seed: str) -> np.random.Generator:
        """The check's generator, set back to its start: seeding a new one takes ten times as long."""
        if self._rng is None or self._seed != seed:
            self._rng, self._seed = generator_for(seed, self.unit, self.id), seed
            self._state = self._rng.bit_generator.state
        self._rng.bit_generator.state = self._state
        return self._rng

    def _run_item(self, subject: Subject) -> None:
        item: Any = self.item
        stash = item.config.stash
        usual, stash[SUBJECT] = stash[SUBJECT], subject
        item._initrequest()
        try:
            item.session._setupstate.setup(item)
            item.runtest()
        finally:
            item.session._setupstate.teardown_exact(None)
            stash[SUBJECT] = usual


def _let_go(error: BaseException | None) -> None:
    """Drop the tracebacks: they and this frame hold each other, and with them all that the check was given."""
    while error is not None:
        error.__traceback__ = None
        error = error.__context__


class Collection:
    """The checks in some files, collected once.

    Raises:
        CourseChecksError: a file is missing or broken.
    """

    def __init__(self, root: Path, files: Sequence[Path], subject: Subject) -> None:
        for file in files:
            if not file.is_file():
                raise CourseChecksError(f"{file} is not there.")
        self._config = _open_config(root, files, subject)
        session = pytest.Session.from_config(self._config)
        self._config.hook.pytest_sessionstart(session=session)
        failed = _CollectErrors()
        self._config.pluginmanager.register(failed)
        try:
            session.perform_collect()
        except pytest.UsageError as error:
            failed.messages.append(str(error))
        _forget_modules(files)
        if failed.messages:
            raise CourseChecksError(f"the checks could not be collected: {failed.messages[0]}")
        self._checks: dict[str, list[Check]] = {}
        for item in session.items:
            check = Check(item)
            self._checks.setdefault(check.unit, []).append(check)

    def of(self, unit: str) -> list[Check]:
        return self._checks.get(unit, [])

    def close(self) -> None:
        self._config._ensure_unconfigure()


def collect_units(course: Course, units: Sequence[Unit], subject: Subject) -> Collection:
    """Public tests and hidden checks of some units, for grading.

    Raises:
        CourseChecksError: a file is missing or broken, or checks and course.yml do not name the same exercises.
    """
    folders = [course.root / SOLUTIONS / unit.folder for unit in units]
    files = [folder / name for folder in folders for name in (f"test_{folder.name[3:]}.py", "hidden.py")]
    collection = Collection(course.root, files, subject)
    for unit in units:
        checked = {check.exercise: check for check in collection.of(unit.id)}
        if unknown := sorted(set(checked) - set(unit.points)):
            check = checked[unknown[0]]
            raise CourseChecksError(f"{check.id}: {check.exercise!r} is not in course.yml under {unit.id}.")
        if bare := sorted(set(unit.points) - set(checked)):
            raise CourseChecksError(f"no check speaks of {unit.id}:{bare[0]}, which has points in course.yml.")
        asked = set()
        for check in collection.of(unit.id):
            rests_on = check.place.after
            # A name that is not there never fails, and what should have been skipped would earn points.
            if rests_on and not any((check.place.group, name) in asked for name in rests_on):
                raise CourseChecksError(
                    f"{check.id} rests on {listed(rests_on)}, but no check of {check.exercise} before it in the same "
                    "class is called so."
                )
            asked.add((check.place.group, check.place.name))
    return collection


class _CollectErrors:
    """Keeps what pytest would have printed."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.messages.append(str(report.longrepr))


def _forget_modules(files: Sequence[Path]) -> None:
    """pytest finds a test module by its name again: another course's, or a changed file's, must not get this one's."""
    paths = {str(file) for file in files}
    for name in [name for name, module in sys.modules.items() if getattr(module, "__file__", None) in paths]:
        del sys.modules[name]


def _open_config(root: Path, files: Sequence[Path], subject: Subject) -> pytest.Config:
    before = os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        config = _prepareconfig(
            [
                *map(str, files),
                *(
                    "-p",
                    "autograder.checks.plugin",
                    "--import-mode=importlib",
                    "-c",
                    os.devnull,
                    "--rootdir",
                    str(root),
                ),
                *(flag for name in SPARE for flag in ("-p", f"no:{name}")),
            ]
        )
    finally:
        if before is None:
            del os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"]
        else:
            os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = before
    config.stash[SUBJECT] = subject
    config._do_configure()
    return config
