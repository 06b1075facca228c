"""One grader worker: a pytest session that stays, with the submissions swapped under it.

The checks are collected once. For each submission, each item runs again with another `student`; what pytest would do
around an item (hooks, reports, capture) is left out, since it would cost more than the checks.
"""

from __future__ import annotations

import copy
import os
import pickle
import secrets
import time
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from _pytest.config import _prepareconfig

from autograder.course import Course, Unit
from autograder.diagnosis import Diagnosis
from autograder.failures import explain
from autograder.mistakes import reference_beside
from autograder.plugin import SUBJECT, Outcomes, check_id, exercise_of, unit_id
from autograder.results import CheckResult, Outcome, UnitResult, score
from autograder.sandbox.client import Confined, ForkServer, SandboxBroken
from autograder.sandbox.proxy import Call, LoadError, Student

MEMO_SECONDS = 1e-3  # a reference call that takes longer is kept for the next submission
SOLUTIONS = "solutions"


class CourseChecksError(Exception):
    """The checks themselves cannot be collected, or name an exercise that course.yml does not have."""


class GradingSubject:
    """The plugin's subject while grading: the student is confined, the reference remembers what is slow."""

    def __init__(self, seed: str) -> None:
        self.seed = seed
        self.backend: Confined | None = None
        self._references: dict[Path, _Remembering] = {}

    def student(self, item: pytest.Item) -> Student:
        assert self.backend is not None
        self.backend.start_check()
        return Student(self.backend, unit_id(item.path))

    def reference(self, item: pytest.Item) -> Any:
        if item.path not in self._references:
            self._references[item.path] = _Remembering(reference_beside(str(item.path)))
        reference = self._references[item.path]
        reference.enter(item.nodeid)
        return reference

    def transcript(self) -> list[Call]:
        return self.backend.transcript if self.backend is not None else []


class _Remembering:
    """A reference module whose slow answers are computed once a run: same check, same call, same arguments."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module
        self._slow: dict[tuple[str, int], dict[bytes, Any]] = {}
        self._check = ""
        self._count = 0

    def enter(self, check: str) -> None:
        self._check, self._count = check, 0

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._module, name)
        if isinstance(value, type) or not callable(value):
            return value

        def answer(*args: Any, **kwargs: Any) -> Any:
            place = (self._check, self._count)
            self._count += 1
            known = self._slow.get(place)
            if known is not None:
                key = pickle.dumps((name, args, kwargs))
                if key not in known:
                    known[key] = value(*args, **kwargs)
                return copy.deepcopy(known[key])
            started = time.perf_counter()
            result = value(*args, **kwargs)
            if time.perf_counter() - started > MEMO_SECONDS and _can_key((args, kwargs)):
                self._slow[place] = {}
            return result

        return answer


def _can_key(arguments: Any) -> bool:
    try:
        pickle.dumps(arguments)
    except Exception:
        return False
    return True


class CheckSession:
    """The checks of some units, collected once; `grade` runs them on one submission after another.

    Args:
        course: says which exercises there are, and the limits.
        units: whose checks to collect.
        seed: secret of the run; with the same seed, the same inputs.
        confined: False runs student code without a sandbox: for one's own work only.
    """

    def __init__(self, course: Course, units: Sequence[Unit], seed: str | None = None, confined: bool = True) -> None:
        self.course = course
        self.seed = seed or secrets.token_hex(16)
        self._subject = GradingSubject(self.seed)
        self._config, self._session = self._collect(units)
        self._items = self._by_unit(units)
        self._diagnosis = Diagnosis(self._session, self._config, self._subject)
        self._server = ForkServer(course.sandbox_limits, [course.root / "datasets"], confined)

    def _collect(self, units: Sequence[Unit]) -> tuple[pytest.Config, pytest.Session]:
        folders = [self.course.root / SOLUTIONS / unit.folder for unit in units]
        files = [folder / name for folder in folders for name in (f"test_{folder.name[3:]}.py", "hidden.py")]
        for file in files:
            if not file.is_file():
                raise CourseChecksError(f"{file} is not there: course.yml names the unit {file.parent.name}.")
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        spare = ["cacheprovider", "terminalreporter", "capture", "logging", "warnings", "junitxml", "pastebin", "faulthandler"]
        config = _prepareconfig(
            [*map(str, files), "-p", "autograder.plugin", "--import-mode=importlib", "-c", os.devnull]
            + ["--rootdir", str(self.course.root), *(flag for name in spare for flag in ("-p", f"no:{name}"))]
        )
        config.stash[SUBJECT] = self._subject
        config._do_configure()
        session = pytest.Session.from_config(config)
        config.hook.pytest_sessionstart(session=session)
        try:
            session.perform_collect()
        except (pytest.UsageError, pytest.Collector.CollectError) as error:
            raise CourseChecksError(f"the checks could not be collected: {error}") from None
        return config, session

    def _by_unit(self, units: Sequence[Unit]) -> dict[str, list[pytest.Item]]:
        items: dict[str, list[pytest.Item]] = {unit.id: [] for unit in units}
        points = {unit.id: unit.points for unit in units}
        for item in self._session.items:
            unit, exercise = unit_id(item.path), exercise_of(item)
            if exercise not in points[unit]:
                raise CourseChecksError(f"{item.nodeid}: its exercise {exercise!r} is not in course.yml under {unit}.")
            items[unit].append(item)
        return items

    def grade(self, student: str, unit: Unit, module: Path, readable: Sequence[Path]) -> UnitResult:
        """Run every check of the unit on one student's module; never raises for what the student's code does."""
        started = time.perf_counter()
        backend = self._subject.backend = Confined(self._server, module, readable)
        outcomes = Outcomes()
        checks = []
        load_error: LoadError | None = None
        try:
            for item in self._items[unit.id]:
                check, error = self._run(item, outcomes)
                checks.append(check)
                if isinstance(error, LoadError):
                    load_error = error
                    break
        finally:
            backend.close()
        if load_error is not None:
            checks = [
                CheckResult(check_id(item), exercise_of(item) or "", Outcome.ERROR, weight_of(item))
                for item in self._items[unit.id]
            ]
        broken = next((check for check in checks if check.outcome == Outcome.BROKEN), None)
        return UnitResult(
            student=student,
            unit=unit.id,
            status="not loaded" if load_error else ("broken" if broken else "graded"),
            message=str(load_error or "") or (broken.message if broken else ""),
            seconds=round(time.perf_counter() - started, 6),
            exercises=score(unit.points, checks),
            checks=checks,
        )

    def _run(self, item: pytest.Item, outcomes: Outcomes) -> tuple[CheckResult, BaseException | None]:
        result = CheckResult(check_id(item), exercise_of(item) or "", Outcome.PASSED, weight_of(item))
        if blocker := outcomes.blocker(item):
            result.outcome = Outcome.SKIPPED
            result.message = f"rests on {blocker}, which did not pass"
            outcomes.note(item, False)
            return result, None
        started = time.perf_counter()
        error = run_item(self._session, item)
        result.seconds = round(time.perf_counter() - started, 6)
        outcomes.note(item, error is None)
        if isinstance(error, SandboxBroken):
            result.outcome, result.message = Outcome.BROKEN, str(error)
        elif error is not None:
            transcript = self._subject.transcript()
            failure = explain(error, transcript)
            result.outcome, result.message, result.call = failure.outcome, failure.message, failure.call
            if result.outcome in (Outcome.FAILED, Outcome.ERROR) and transcript:
                found = self._diagnosis.find(item, transcript)
                if found is not None:
                    result.mistake, result.hint = found.name, found.hint
        return result, error

    def close(self) -> None:
        self._server.close()
        self._config._ensure_unconfigure()


def weight_of(item: pytest.Item) -> float:
    marker = item.get_closest_marker("weight")
    return float(marker.args[0]) if marker else 1.0


def run_item(session: pytest.Session, item: pytest.Item) -> BaseException | None:
    """Set up, call and tear down one item, as pytest's runner does without its reports; returns what it raised."""
    item._initrequest()  # type: ignore[attr-defined]
    try:
        try:
            session._setupstate.setup(item)
            item.runtest()
        finally:
            session._setupstate.teardown_exact(None)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        return error
    return None
