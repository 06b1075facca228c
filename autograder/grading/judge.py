"""What the checks of a unit say of a mutant, asked in the sandbox by a `CheckSession` that stays.

Most mutants fall at a glance, so what is slow is asked last: the quick hidden checks of the exercise, all of them; then, for
as long as none has failed, its slow ones, those of the other exercises, and the public tests.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path

from autograder.checks.results import CheckResult, Outcome, is_hidden
from autograder.checks.session import Check
from autograder.course.file import SOLUTIONS
from autograder.course.mutants import Mutant
from autograder.course.units import Course, Unit, load_course
from autograder.grading.worker import CheckSession

SEED = "audit"
SLOW_SECONDS = 0.2  # a check that takes longer is asked last, and only where no other kills
LEAST_SECONDS = 2.0  # what a check of a mutant may take at least, and
TIMES = 5  # so many times what the slowest takes on the reference
UNIT_SECONDS = 600.0  # all checks of one mutant together: far more than they take, so that no verdict rests on it
QUIET = (Outcome.PASSED, Outcome.SKIPPED)
ENDLESS = (Outcome.TIMEOUT, Outcome.CRASH, Outcome.NOT_RUN)


class AuditError(Exception):
    """The audit cannot be made, or cannot go on."""


@dataclass
class Verdict:
    """Which checks failed for a mutant."""

    hidden: list[str] = field(default_factory=list)  # of the exercise itself: all quick ones, or the first slow one
    others: list[str] = field(default_factory=list)  # the first of another exercise's, where none of its own failed
    public: list[str] = field(default_factory=list)  # the first public test, where no hidden check failed
    cut_short: bool = False  # it looped or crashed, and the remaining checks were not asked

    @property
    def killers(self) -> list[str]:
        """The hidden checks that kill it."""
        return self.hidden or self.others


@dataclass(frozen=True)
class Plan:
    """What a worker must know: which checks, which are slow, how long each may take."""

    root: str
    unit: str
    slow: frozenset[str]
    seconds: float


def make_plan(course: Course, unit: Unit) -> Plan:
    """Ask the reference itself: it passes everything, and shows how long each check takes.

    Raises:
        AuditError: it does not pass.
        CourseChecksError, ConfinementUnavailable: no check can be asked.
    """
    session = CheckSession(course, [unit], SEED)
    module = course.root / SOLUTIONS / unit.folder / unit.module
    try:
        checks = session.checks_of(unit)
        results = list(session.ask(unit, module, [module.parent], checks))
    finally:
        session.close()
    wrong = next((each for each in results if each.outcome != Outcome.PASSED), None)
    if wrong is not None:
        raise AuditError(f"{unit.folder}: the reference itself does not pass {wrong.check}: {wrong.message}")
    slow = {each.check for each in results if each.seconds > SLOW_SECONDS}
    groups = {(*check.place.group, check.place.name) for check in checks if check.id in slow}
    resting = {c.id for c in checks if any((*c.place.group, name) in groups for name in c.place.after)}
    longest = max((each.seconds for each in results), default=0.0)
    return Plan(str(course.root), unit.id, frozenset(slow | resting), max(LEAST_SECONDS, TIMES * longest))


class Judge:
    """Asks one mutant after another what the plan says, in one session."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        course = load_course(Path(plan.root))
        limits = {"check_seconds": plan.seconds, "submission_seconds": UNIT_SECONDS}
        course = course.model_copy(update={"limits": course.limits.model_copy(update=limits)})
        self._unit = course.unit(plan.unit)
        self._slow = plan.slow
        self._session = CheckSession(course, [self._unit], SEED)
        self._checks = self._session.checks_of(self._unit)
        self._module = folder / self._unit.module

    def __call__(self, mutant: Mutant) -> Verdict:
        """The verdict on one mutant.

        Raises:
            AuditError: the machinery failed.
        """
        self._module.write_text(mutant.text, encoding="utf-8")
        verdict = Verdict()
        for result in self._session.ask(self._unit, self._module, [self._module.parent], self._wanted(mutant, verdict)):
            if result.outcome == Outcome.BROKEN:
                raise AuditError(f"the sandbox failed: {result.message}; the same command goes on")
            if result.outcome not in QUIET:
                _place(verdict, result, mutant).append(result.check)
                if result.outcome in ENDLESS:
                    verdict.cut_short = True
                    break
        return verdict

    def _wanted(self, mutant: Mutant, verdict: Verdict) -> Iterator[Check]:
        """The checks to ask, looking at what has failed so far: its exercise's, the others', the public ones."""
        hidden = [check for check in self._checks if is_hidden(check.id)]
        own = [check for check in hidden if check.exercise == mutant.exercise]
        others = [check for check in hidden if check.exercise != mutant.exercise]
        yield from (check for check in own if check.id not in self._slow)
        in_turn = [
            *(check for check in own if check.id in self._slow),
            *sorted(others, key=lambda check: check.id in self._slow),
            *(check for check in self._checks if not is_hidden(check.id)),
        ]
        for check in in_turn:
            if verdict.killers or verdict.public:
                return
            yield check

    def close(self) -> None:
        self._session.close()


def _place(verdict: Verdict, result: CheckResult, mutant: Mutant) -> list[str]:
    if not is_hidden(result.check):
        return verdict.public
    return verdict.hidden if result.exercise == mutant.exercise else verdict.others


# In worker processes

_JUDGES: list[Judge] = []


def _open(plan: Plan, folder: Path) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the audit's to handle; it ends its workers
    threading.Thread(target=_end_with_parent, daemon=True).start()
    mine = folder / str(os.getpid())
    mine.mkdir()
    _JUDGES.append(Judge(plan, mine))


def _end_with_parent() -> None:
    """An audit that was killed leaves no worker behind, waiting for work."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _judge(mutant: Mutant) -> Verdict:
    return _JUDGES[0](mutant)


def judge_all(plan: Plan, mutants: Sequence[Mutant], jobs: int) -> Iterator[tuple[Mutant, Verdict]]:
    """The verdicts as they come, from this process or from several.

    Raises:
        AuditError: the machinery failed, or a worker process died.
    """
    with tempfile.TemporaryDirectory(prefix="autograder-audit-") as name:
        folder = Path(name)
        if jobs == 1:
            judge = Judge(plan, folder)
            try:
                for mutant in mutants:
                    yield mutant, judge(mutant)
            finally:
                judge.close()
            return
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_open, initargs=(plan, folder))
        futures = {pool.submit(_judge, mutant): mutant for mutant in mutants}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BrokenProcessPool:
            raise AuditError("a worker process died; the same command goes on") from None
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
