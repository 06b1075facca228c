"""One grader worker: a pytest session that stays, with the submissions swapped under it."""

from __future__ import annotations

import contextlib
import copy
import pickle
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from autograder.checks.comparison import Mismatch
from autograder.checks.failures import explain, skip
from autograder.checks.mistakes import reference_beside
from autograder.checks.plugin import Outcomes, unit_id
from autograder.checks.replay import reference_calls
from autograder.checks.results import RAN_OUT, CheckResult, Outcome, UnitResult, score
from autograder.checks.session import Check, collect_units
from autograder.checks.shown import FEW, telling
from autograder.course.file import SOLUTIONS
from autograder.course.units import Course, Unit
from autograder.course.uses import used_modules
from autograder.grading.diagnosis import Diagnosis, Loaded
from autograder.grading.efficiency import HINT, EfficiencyCheck, TooSlow
from autograder.grading.generations import seed_of
from autograder.grading.guard import CheckTimeout, Guard
from autograder.grading.second_pass import KEPT_BYTES, KEPT_IN_ALL, Asked, held, second_pass
from autograder.sandbox.carried import Assisted, Used
from autograder.sandbox.client import Confined, Diverged
from autograder.sandbox.container import Containers
from autograder.sandbox.conversations import Room
from autograder.sandbox.fork_server import ForkServer
from autograder.sandbox.local import Local
from autograder.sandbox.proxy import Call, LoadError, SandboxBroken, Student, StudentError, StudentTimeout
from autograder.sandbox.rehearsal import Rehearsal

MEMO_ANSWERS = 4  # to one call of one check
MEMO_SECONDS = 1e-3  # a reference call that takes longer is kept for the next submission
GENERATIONS = 4  # whose answers a worker keeps; those of others are computed again
TRIALS = 3  # how often it is timed: on a machine that others use too, any call may take long once


class GradingSubject:
    """The plugin's subject while grading: the student is confined, the reference remembers what is slow."""

    def __init__(self, seed: str) -> None:
        self.seed = seed
        self.backend: Confined | None = None
        self._references: dict[Path, _Remembering] = {}

    def student(self, item: pytest.Item) -> Student:
        assert self.backend is not None
        self.backend.start_check(item.nodeid)
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
        self._trials: dict[tuple[str, int], int] = {}
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
                if key in known:
                    return copy.deepcopy(known[key])
                result = value(*args, **kwargs)
                if len(known) < MEMO_ANSWERS:  # of arguments that a student's code gave, each submission's are others
                    known[key] = copy.deepcopy(result)
                return result
            trials = self._trials.get(place, 0)
            if trials == TRIALS:
                return value(*args, **kwargs)
            started = time.perf_counter()
            result = value(*args, **kwargs)
            if time.perf_counter() - started < MEMO_SECONDS or not _can_key((args, kwargs)):
                trials = TRIALS - 1  # quick once is quick enough
            elif trials == TRIALS - 1:
                self._slow[place] = {}
            self._trials[place] = trials + 1
            return result

        return answer


def is_the_graders(error: BaseException) -> bool:
    """Did the grader's own code run out of time or memory? What a student's code raised carries a mark."""
    return isinstance(error, CheckTimeout) or (isinstance(error, MemoryError) and not hasattr(error, "student_error"))


def _can_key(arguments: Any) -> bool:
    try:
        pickle.dumps(arguments)
    except Exception:
        return False
    return True


class _Generation:
    """What belongs to one set of inputs: what the reference and the mistakes answer, and what is asked first."""

    def __init__(self, seed: str, mistakes: Loaded) -> None:
        self.subject = GradingSubject(seed)
        self.diagnosis = Diagnosis(self.subject, mistakes)
        self.rehearsals: dict[str, Rehearsal] = {}


class CheckSession:
    """A worker: the checks of some units and a sandbox; `grade` runs them on one submission after another.

    Args:
        course: says which exercises there are, and the limits.
        units: whose checks to collect.
        seed: secret of the run; with the same seed and generation, the same inputs.
        isolation: "sandbox"; "container" for machines that cannot confine a process; "none" for one's own work only.
        scaled: run the efficiency checks too that course.yml asks for.

    Raises:
        CourseChecksError: the checks cannot be collected.
        ConfinementUnavailable: this machine cannot confine untrusted code.
    """

    def __init__(
        self,
        course: Course,
        units: Sequence[Unit],
        seed: str | None = None,
        isolation: str = "sandbox",
        scaled: bool = False,
    ) -> None:
        self.seed = seed or secrets.token_hex(16)
        self._mistakes: Loaded = {}
        self._generations: OrderedDict[int, _Generation] = OrderedDict()
        self._now = self._of(0)  # the generation of the submission at hand
        self._collection = collect_units(course, units, self._now.subject)
        self._efficiency = {
            unit.id: [EfficiencyCheck(course, unit, name) for name in unit.efficiency] if scaled else []
            for unit in units
        }
        self._guard = Guard(course.sandbox_limits)
        self._talks = Room()  # for what the checks were asked and answered
        self._room = KEPT_IN_ALL  # for the calls of the submission's failing checks
        self._once: dict[str, set[str]] = {}  # of a unit, the checks that ask one question only
        self._prepared: dict[Path, Confined] = {}
        self._used: dict[str, Used] = {}  # by unit
        self._known: dict[str, ModuleType] = {}  # the units' references
        datasets = course.root / "datasets"
        self._readable = [datasets] if datasets.is_dir() else []
        self._course = course
        self._limits, self._isolation = course.sandbox_limits, isolation
        self._server = self._start_server()

    def _start_server(self) -> ForkServer | Containers:
        if self._isolation == "container":
            return Containers(self._limits)
        return ForkServer(self._limits, self._readable, self._isolation == "sandbox")

    def _of(self, generation: int) -> _Generation:
        """What belongs to a generation's inputs; what was used longest ago makes room."""
        found = self._generations.pop(generation, None) or _Generation(seed_of(self.seed, generation), self._mistakes)
        self._generations[generation] = found
        if len(self._generations) > GENERATIONS:
            _, gone = self._generations.popitem(last=False)
            for rehearsal in gone.rehearsals.values():
                rehearsal.conversations.end()
        return found

    def prepare(self, unit: Unit, module: Path, readable: Sequence[Path], generation: int = 0) -> None:
        """Let the sandbox begin with the submission that is graded next, while the one before it is graded."""
        backend = self._prepared[module] = self._backend(unit, module, readable, self._of(generation))
        # What goes wrong here goes wrong again when it is graded, and is told then.
        with contextlib.suppress(StudentError, SandboxBroken):
            backend.begin()

    def grade(
        self, student: str, unit: Unit, module: Path, readable: Sequence[Path], generation: int = 0
    ) -> UnitResult:
        """Run every check of the unit on one student's module; never raises for what the student's code does.

        `generation` says which inputs it meets. Where the grader's memory was not enough and what a check was given is
        not to blame, the result says so, and nobody should rely on this session any more.
        """
        self._now = self._of(generation)
        try:
            with self._guard.submission():
                result = self._grade_or_try_again(student, unit, module, readable)
        except MemoryError:
            result = UnitResult.without_checks(student, unit.id, unit.points, "broken", RAN_OUT)
        result.generation = generation
        return result

    def _grade_or_try_again(self, student: str, unit: Unit, module: Path, readable: Sequence[Path]) -> UnitResult:
        result = self._grade(student, unit, module, readable)
        if result.status == "broken":  # once more with a new fork server, before it is reported
            for backend in self._prepared.values():
                backend.close()
            self._prepared.clear()
            self._server.close()
            try:
                self._server = self._start_server()
            except SandboxBroken:
                return result
            result = self._grade(student, unit, module, readable)
        return result

    def _grade(self, student: str, unit: Unit, module: Path, readable: Sequence[Path]) -> UnitResult:
        started = time.perf_counter()
        backend = self._now.subject.backend = self._backend(unit, module, readable, self._now)
        outcomes = Outcomes()
        self._room = KEPT_IN_ALL
        asked: list[Asked] = []
        timed: list[CheckResult] = []
        load_error: LoadError | None = None
        try:
            for check in self.checks_of(unit):
                entry, error = self._run(check, outcomes)
                asked.append(entry)
                if isinstance(error, LoadError):
                    load_error = error
                    break
            if load_error is None:
                first = [each.result for each in asked]
                timed = [self._time(check, backend, first) for check in self._efficiency[unit.id]]
        finally:
            backend.close()
        if load_error is None and not any(each.result.outcome == Outcome.BROKEN for each in asked):
            self._second_pass(unit, module, readable, asked)
            self._now.diagnosis.explain(asked)
        results = [each.result for each in asked] + timed
        if load_error is not None:
            results = [CheckResult(c.id, c.exercise, Outcome.ERROR, c.weight) for c in self._collection.of(unit.id)]
        broken = next((result for result in results if result.outcome == Outcome.BROKEN), None)
        return UnitResult(
            student=student,
            unit=unit.id,
            status="not loaded" if load_error else ("broken" if broken else "graded"),
            message=str(load_error or "") or (broken.message if broken else ""),
            seconds=round(time.perf_counter() - started, 6),
            exercises=score(unit.points, results),
            checks=results,
        )

    def checks_of(self, unit: Unit) -> list[Check]:
        """The unit's checks, public tests and hidden ones, in the order in which they are asked."""
        return self._collection.of(unit.id)

    def ask(
        self, unit: Unit, module: Path, readable: Sequence[Path], checks: Iterable[Check]
    ) -> Generator[CheckResult]:
        """Ask a module chosen checks of the unit, one by one, and nothing else: whoever has seen enough stops.

        Nothing is asked ahead, carried or diagnosed. A module that cannot be imported fails the first check, and ends.
        """
        backend = self._now.subject.backend = self._fresh(unit, module, readable)
        outcomes = Outcomes()
        with contextlib.closing(backend), self._guard.submission():
            for check in checks:
                entry, error = self._run(check, outcomes)
                yield entry.result
                if isinstance(error, LoadError):
                    return

    def ask_both(
        self, unit: Unit, module: Path, readable: Sequence[Path], check: Check
    ) -> tuple[CheckResult, list[Call], list[Call]]:
        """Ask a module one check: what came of it, the calls that it made, and the same calls of the reference."""
        asking = self.ask(unit, module, readable, [check])
        with contextlib.closing(asking):
            result = next(asking)
            calls = list(self._now.subject.transcript())
        return result, calls, reference_calls(check, self._now.subject)

    def _second_pass(self, unit: Unit, module: Path, readable: Sequence[Path], asked: Sequence[Asked]) -> None:
        """Errors carried forward: ask again, with the reference in the place of what failed earlier."""
        backend = self._assisted(unit, module, readable)
        self._now.subject.backend = backend
        try:
            second_pass(
                self._course, unit, asked, backend, lambda check, outcomes: self._run(check, outcomes)[0],
                lambda name: self._is_class(unit, name),
            )  # fmt: skip
        finally:
            backend.close()

    def _backend(self, unit: Unit, module: Path, readable: Sequence[Path], generation: _Generation) -> Confined:
        prepared = self._prepared.pop(module, None)
        return prepared or self._fresh(unit, module, readable, generation)

    def _fresh(
        self, unit: Unit, module: Path, readable: Sequence[Path], generation: _Generation | None = None
    ) -> Confined:
        """No process is started yet. With a generation, questions are sent ahead; not where the module asks back."""
        if unit.uses:
            return self._assisted(unit, module, readable)
        rehearsal = self._rehearsal(unit, generation) if generation else None
        return Confined(self._server, module, readable, rehearsal)

    def _assisted(self, unit: Unit, module: Path, readable: Sequence[Path]) -> Assisted:
        return Assisted(self._server, module, readable, self._reference(unit), self._used_by(unit))

    def _reference(self, unit: Unit) -> Path:
        return self._course.root / SOLUTIONS / unit.folder / unit.module

    def _is_class(self, unit: Unit, name: str) -> bool:
        """Whether a name of the unit's reference, or one that it imports, is a class; the reference is read once for it."""
        if unit.id not in self._known:
            self._known[unit.id] = reference_beside(str(self._reference(unit)))
        return isinstance(getattr(self._known[unit.id], name, None), type)

    def _used_by(self, unit: Unit) -> Used:
        """What a unit uses of earlier ones; read once."""
        if unit.id not in self._used:
            names = {
                module: [(name, self._is_class(unit, name)) for name in exercises]
                for module, exercises in unit.uses.items()
            }
            self._used[unit.id] = Used(names, used_modules(self._course, unit))
        return self._used[unit.id]

    def _rehearsal(self, unit: Unit, generation: _Generation) -> Rehearsal:
        """What may be sent ahead to each submission of the unit: the reference tells which checks ask only once."""
        if unit.id not in self._once:
            checks, known = self._collection.of(unit.id), Local(reference_beside(str(self._reference(unit))))
            self._once[unit.id] = {c.key for c in checks if len(reference_calls(c, generation.subject, known)) == 1}
        return generation.rehearsals.setdefault(unit.id, Rehearsal(self._once[unit.id], self._talks))

    def _run(self, check: Check, outcomes: Outcomes) -> tuple[Asked, BaseException | None]:
        result = check.result()
        if blocker := outcomes.blocker(check.place):
            skip(result, blocker)
            outcomes.note(check.place, False)
            return Asked(check, result), None
        started = time.perf_counter()
        error = self._guard.check(lambda: self._judge(check))
        result.seconds = round(time.perf_counter() - started, 6)
        outcomes.note(check.place, error is None)
        if isinstance(error, SandboxBroken):
            result.outcome, result.message = Outcome.BROKEN, str(error)
            return Asked(check, result), error
        if error is None:
            return Asked(check, result), None
        transcript = self._now.subject.transcript()
        if is_the_graders(error):
            error = self._give_up(error, lambda failure: check.explain(failure, transcript).put_into(result))
            return Asked(check, result), error
        check.explain(error, transcript).put_into(result)
        size = held(transcript, KEPT_BYTES)
        if size > min(KEPT_BYTES, self._room):  # nothing that is to be compared is large, and these stay until the end
            transcript, size = [], 0
        self._room -= size
        return Asked(check, result, transcript, len(getattr(error, "student_frames", ())) <= 1), error

    def _judge(self, check: Check) -> BaseException | None:
        """What a check raised; it is not run where the submission answers, to the bit, as one did for which it passed."""
        subject = self._now.subject
        backend = subject.backend
        assert backend is not None
        if backend.recall(check.key):
            return None
        error = check.run(subject)
        if isinstance(error, Diverged):
            error = check.run(subject)
        if error is None:
            backend.passed(check.key)
        return error

    def _give_up(self, error: BaseException, explain: Callable[[Exception], None]) -> Exception:
        """A check ran out of time or memory in its own code, broken off anywhere: what that says of the student.

        Raises:
            MemoryError: with all that this check held let go, memory is still short. Then it is not this check's doing.
        """
        backend = self._now.subject.backend
        assert backend is not None
        too_long = isinstance(error, CheckTimeout)
        failure = StudentTimeout(self._guard.too_long) if too_long else Mismatch(self._guard.too_large)
        explain(failure)
        backend.give_up(self._guard.seconds if too_long else 0.0)
        backend.transcript.clear()
        if not too_long and not self._guard.is_back():
            raise MemoryError
        return failure

    def _time(self, check: EfficiencyCheck, student: Confined, others: list[CheckResult]) -> CheckResult:
        """Whether an exercise that is right is also fast enough."""
        result = CheckResult(check.id, check.exercise, Outcome.PASSED, check.wanted.weight)
        if any(each.exercise == check.exercise and each.outcome != Outcome.PASSED for each in others):
            result.outcome, result.message = (
                Outcome.SKIPPED,
                "rests on the exercise's other checks, which did not all pass",
            )
            return result
        started = time.perf_counter()

        def run() -> Exception | None:
            try:
                seed = self._now.subject.seed
                check.run(student, lambda: Confined(self._server, check.reference, [check.reference]), seed)
            except Exception as error:
                return error
            return None

        with telling(FEW):
            error = self._guard.check(run)
            if isinstance(error, SandboxBroken):
                result.outcome, result.message = Outcome.BROKEN, str(error)
            elif error is not None:
                if is_the_graders(error):
                    error = self._give_up(error, lambda failure: None)
                explain(error, student.transcript).put_into(result)
                result.hint = HINT if isinstance(error, (TooSlow, StudentTimeout)) else ""
        result.seconds = round(time.perf_counter() - started, 6)
        return result

    def close(self) -> None:
        for backend in self._prepared.values():
            backend.close()
        self._server.close()
        self._collection.close()
