"""The pytest plugin: public tests and hidden checks are plain pytest functions that take `student`.

    @pytest.mark.exercise("output_size")         which exercise a check speaks of
    @pytest.mark.weight(2)                       its share of the exercise's points (default 1)
    @pytest.mark.after("test_values")            a check of manners: skipped where the value check failed; all of an
                                                 exercise's manners together are worth at most a tenth of it
    @pytest.mark.rests_on("test_values")         a check of values that lazy answers pass: skipped likewise, counts in full

    student      the module under test: beside the test, or where --student points
    reference    the unit's reference (hidden checks only)
    rng          numpy Generator seeded from --seed and the check's own name

In grading, `worker.CheckSession` puts another subject in this plugin's place; the checks do not notice.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import re
import sys
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    from types import FrameType, ModuleType

    import numpy as np

    from autograder.checks.endless import Endless
    from autograder.course.file import Sketch
    from autograder.sandbox.proxy import Call, Student

MANNERS_SHARE = 0.1  # of an exercise, at most: what is right keeps its points
UNIT_FOLDER = re.compile(r"\d\d_([a-z][a-z0-9_]*)")


class Subject(Protocol):
    """Who is being checked, and against what."""

    seed: str

    def student(self, item: pytest.Item) -> Student: ...

    def reference(self, item: pytest.Item) -> ModuleType: ...

    def transcript(self) -> list[Call]: ...


class Place:
    """Where a check stands, for `after`: its class (or module) and exercise, its name, and what it rests on."""

    def __init__(self, item: pytest.Item) -> None:
        self.group = (item.parent.nodeid if item.parent else "", exercise_of(item))
        self.name: str = getattr(item, "originalname", item.name)
        self.after: tuple[str, ...] = tuple(
            name for mark in ("after", "rests_on") if (marker := item.get_closest_marker(mark)) for name in marker.args
        )


class Outcomes:
    """Which checks have failed so far, over all parameters of each."""

    def __init__(self) -> None:
        self._failed: set[tuple[tuple[str, str | None], str]] = set()

    def note(self, place: Place, passed: bool) -> None:
        if not passed:
            self._failed.add((place.group, place.name))

    def blocker(self, place: Place) -> str | None:
        """The check that this one rests on, where it did not pass."""
        return next((name for name in place.after if (place.group, name) in self._failed), None)


SUBJECT: pytest.StashKey[Subject] = pytest.StashKey()
OUTCOMES: pytest.StashKey[Outcomes] = pytest.StashKey()
WEIGHT: pytest.StashKey[float] = pytest.StashKey()
ENDLESS: pytest.StashKey[dict[Path, Endless]] = pytest.StashKey()  # by file
TALLY: pytest.StashKey[dict[Path, dict[str, list[float]]]] = pytest.StashKey()  # file, exercise: passed, of


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("autograder", "Deep Learning by Hand")
    group.addoption(
        "--student", metavar="PATH", help="module to test, or a folder that holds it (default: beside the test)"
    )
    group.addoption("--seed", default="0", help="seed of the checks' random inputs (default 0)")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "exercise(name): the exercise that a check speaks of")
    config.addinivalue_line("markers", "weight(n): a check's share of its exercise's points (default 1)")
    config.addinivalue_line(
        "markers", "after(name): manners; skip where the check of that name in the same class failed"
    )
    config.addinivalue_line(
        "markers", "rests_on(name): values; skip where the check of that name in the same class failed"
    )
    config.stash[OUTCOMES] = Outcomes()
    config.stash[TALLY] = {}
    config.stash[ENDLESS] = {}
    if SUBJECT not in config.stash:
        config.stash[SUBJECT] = LocalSubject(config.getoption("--student"), config.getoption("--seed"))


@functools.cache
def unit_id(path: Path) -> str:
    """The unit of a test file: "activations" for test_activations.py, and for 02_activations/hidden.py."""
    if path.name.startswith("test_"):
        return path.stem.removeprefix("test_")
    match = UNIT_FOLDER.fullmatch(path.parent.name)
    if match is None:
        raise pytest.UsageError(
            f"{path} takes the fixture `student`, so it must lie in a folder such as 02_activations/."
        )
    return match[1]


def check_id(item: pytest.Item) -> str:
    """A check's name within its unit: "hidden.py::TestSigmoid::test_values[case]"."""
    return f"{item.path.name}::{item.nodeid.partition('::')[2]}"


def exercise_of(item: pytest.Item) -> str | None:
    marker = item.get_closest_marker("exercise")
    return str(marker.args[0]) if marker else None


def each_exercise(*names: str, after: str | None = None) -> pytest.MarkDecorator:
    """Repeat a check (a function or a class) for several exercises; it takes the exercise's name as `name`.

    `after` names the value check that this one rests on, for the same exercise: see the mark `after`.
    """
    rests = [pytest.mark.after(after)] if after else []
    return pytest.mark.parametrize(
        "name", [pytest.param(name, marks=[pytest.mark.exercise(name), *rests], id=name) for name in names]
    )


def names_returned(item: pytest.Item) -> tuple[str, ...]:
    """The names of the values that the check's exercise returns, if they are several."""
    from autograder.checks.contract import returned_names

    return returned_names(item.path.parent / f"{unit_id(item.path)}.py", exercise_of(item) or "")


def uses_student(item: pytest.Item) -> bool:
    return "student" in getattr(item, "fixturenames", ())


class LocalSubject:
    """The student's module in this process, where a debugger works."""

    def __init__(self, student_path: str | None, seed: str) -> None:
        self.seed = seed
        self._path = Path(student_path).resolve() if student_path else None
        self._loaded: dict[Path, Any] = {}
        self._current: Any = None
        self._course: Sketch | None = None

    def module_path(self, test: Path) -> Path:
        """Where the module for this test is: --student may name the file, its folder or a folder of units."""
        name = f"{unit_id(test)}.py"
        if self._path is None:
            return test.parent / name
        candidates = [self._path, self._path / name, self._path / test.parent.name / name]
        found = next((path for path in candidates if path.is_file()), None)
        if found is None:
            raise pytest.UsageError(f"--student {self._path}: no {name} there, nor {test.parent.name}/{name}.")
        return found

    def student(self, item: pytest.Item) -> Student:
        from autograder.sandbox.local import Local, load_module
        from autograder.sandbox.proxy import LoadError, Student

        path = self.module_path(item.path)
        self._current = None
        if path not in self._loaded:
            try:
                seconds = self._sketch(path).check_seconds
                self._loaded[path] = Local(load_module(path, seconds=seconds), seconds)
            except LoadError as error:
                self._loaded[path] = error
                raise
        backend = self._loaded[path]
        if isinstance(backend, LoadError):
            pytest.skip(f"{path.name} could not be imported: see the first failure")
        backend.transcript.clear()
        self._current = backend
        return Student(backend, path.stem)

    def _sketch(self, path: Path) -> Sketch:
        """The course around the module, read once."""
        from autograder.course.file import Sketch, sketch

        if self._course is None:
            self._course = sketch(path.parent) or Sketch(path.parent)
        return self._course

    def points(self, test: Path) -> dict[str, float]:
        """The points of the unit's exercises, by name; empty where no course.yml tells."""
        return next((unit.points for unit in self._sketch(test).units if unit.id == unit_id(test)), {})

    def reference(self, item: pytest.Item) -> ModuleType:
        from autograder.checks.mistakes import reference_beside

        module: ModuleType = self._loaded.setdefault(item.path, None) or reference_beside(str(item.path))
        self._loaded[item.path] = module
        return module

    def transcript(self) -> list[Call]:
        return self._current.transcript if self._current is not None else []

    def module_of(self, test: Path) -> ModuleType | None:
        """The one that this test's file is about, if it was loaded."""
        backend = self._loaded.get(self.module_path(test))
        return getattr(backend, "module", None)

    @property
    def module(self) -> ModuleType | None:
        """The one that was checked last."""
        return self._current.module if self._current is not None else None

    @contextlib.contextmanager
    def watching(self, names: Sequence[str]) -> Generator[set[str]]:
        """Which of the module's functions and classes of these names run meanwhile, whoever calls them."""
        from autograder.sandbox.local import code_objects

        reached: set[str] = set()
        codes = {code: name for name in names for code in code_objects(getattr(self._current.module, name, None))}

        def look(frame: FrameType, event: str, _: object) -> None:
            if event == "call" and frame.f_code in codes:
                reached.add(codes[frame.f_code])

        before = sys.getprofile()
        sys.setprofile(look)
        try:
            yield reached
        finally:
            sys.setprofile(before)


@pytest.fixture
def student(request: pytest.FixtureRequest) -> Student:
    """The module under test."""
    return request.config.stash[SUBJECT].student(request.node)


@pytest.fixture
def reference(request: pytest.FixtureRequest) -> ModuleType:
    """The unit's reference solution; for hidden checks."""
    return request.config.stash[SUBJECT].reference(request.node)


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """Random inputs that differ for every check and every run's seed, and repeat with the same."""
    return generator_for(request.config.stash[SUBJECT].seed, unit_id(request.node.path), check_id(request.node))


def generator_for(seed: str, unit: str, check: str) -> np.random.Generator:
    import numpy as np

    digest = hashlib.blake2b(f"{unit}/{check}".encode(), key=seed.encode()[:64], digest_size=32).digest()
    return np.random.default_rng(list(digest))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each check its weight: an exercise's manners share a tenth of it, however many they are."""
    groups: dict[tuple[str, str], list[pytest.Item]] = {}
    for item in items:
        exercise = exercise_of(item)
        if exercise is not None and uses_student(item):
            groups.setdefault((unit_id(item.path), exercise), []).append(item)
    for group in groups.values():
        weights = {item: _marked_weight(item) for item in group}
        manners = {item for item in group if item.get_closest_marker("after")}
        values = sum(weight for item, weight in weights.items() if item not in manners)
        share = sum(weight for item, weight in weights.items() if item in manners)
        most = values * MANNERS_SHARE / (1 - MANNERS_SHARE)
        scale = most / share if values and share > most else 1.0
        for item, weight in weights.items():
            item.stash[WEIGHT] = weight * scale if item in manners else weight


def _marked_weight(item: pytest.Item) -> float:
    marker = item.get_closest_marker("weight")
    return float(marker.args[0]) if marker else 1.0


def weight_of(item: pytest.Item) -> float:
    """A check's share of its exercise's points."""
    return item.stash.get(WEIGHT, 1.0)


def _tally(item: pytest.Item, passed: bool) -> None:
    """Count a public test towards its exercise's points."""
    subject, exercise = item.config.stash[SUBJECT], exercise_of(item)
    if exercise is None or not isinstance(subject, LocalSubject) or item.path.name == "hidden.py":
        return
    share = item.config.stash[TALLY].setdefault(item.path, {}).setdefault(exercise, [0.0, 0.0])
    share[0] += passed * weight_of(item)
    share[1] += weight_of(item)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> Generator[None]:
    """What the public tests that ran are worth, a line a unit, and what is next: the last thing on the screen."""
    from autograder.words import points_words

    yield
    subject = config.stash[SUBJECT]
    if not isinstance(subject, LocalSubject):
        return
    for test, shares in config.stash[TALLY].items():
        points = subject.points(test)
        if not set(shares) <= set(points):
            continue
        earned = sum(points[name] * passed / total for name, (passed, total) in shares.items())
        line = f"{unit_id(test)}: {points_words(earned)} of {sum(points[name] for name in shares):g} points by these public tests"
        first = next((name for name in points if name in shares and shares[name][0] < shares[name][1]), None)
        terminalreporter.write_line(f"{line}; next: {first}" if first else f"{line}. All of them pass.")


def pytest_assertrepr_compare(config: pytest.Config, op: str, left: object, right: object) -> list[str] | None:
    """`assert student.f(x) == expected` fails with words, not with an operator."""
    words = compared(op, left, right) if config.stash[SUBJECT].transcript() else None
    return [words] if words else None


def compared(op: str, left: object, right: object) -> str | None:
    """What an assertion of equality says when it fails."""
    from autograder.checks.shown import against, show

    return against(show(left), show(right)) if op == "==" else None


def pytest_runtest_setup(item: pytest.Item) -> None:
    blocker = item.config.stash[OUTCOMES].blocker(Place(item))
    if blocker:
        pytest.skip(f"rests on {blocker}, which did not pass")
    endless, exercise = item.config.stash[ENDLESS].get(item.path), exercise_of(item)
    if endless is not None and exercise is not None:
        subject = item.config.stash[SUBJECT]
        causes = endless.causes(exercise, subject.module_of(item.path) if isinstance(subject, LocalSubject) else None)
        if causes:
            from autograder.words import listed

            pytest.skip(f"not run: {listed(causes)} did not come to an end")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if not uses_student(item):
        return report
    if call.when == "call" or not report.passed:
        _tally(item, report.passed)
    if call.when == "call" or report.failed:
        item.config.stash[OUTCOMES].note(Place(item), report.passed)
    if report.failed and call.excinfo is not None and (exercise := exercise_of(item)) is not None:
        from autograder.sandbox.proxy import StudentTimeout

        if isinstance(call.excinfo.value, StudentTimeout):
            from autograder.checks.endless import Endless

            item.config.stash[ENDLESS].setdefault(item.path, Endless()).note(exercise, item.name)
    wants_own = item.config.getoption("tbstyle") != "auto"
    if report.failed and call.excinfo is not None and not wants_own:
        from autograder.checks.failures import explain

        transcript = item.config.stash[SUBJECT].transcript()
        report.longrepr = explain(call.excinfo.value, transcript, exercise_of(item) or "", names_returned(item)).text()
    return report
