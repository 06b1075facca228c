"""Grading a class: submissions in, one `UnitResult` each out, by as many workers as wanted."""

from __future__ import annotations

import itertools
import multiprocessing
import secrets
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from autograder.course import Course, Unit, load_course
from autograder.results import ExerciseResult, UnitResult
from autograder.submissions import Submission, find_submissions
from autograder.worker import CheckSession

RESTARTS = 3  # of the pool of workers, before what is left is given up as broken


@dataclass
class Run:
    """One run of the grader over a class."""

    course: Course
    units: list[Unit]
    seed: str
    started: str = field(default_factory=lambda: _now())
    finished: str = ""
    results: list[UnitResult] = field(default_factory=list)


Report = Callable[[UnitResult], None]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def grade_class(
    course: Course,
    units: Sequence[Unit],
    submissions: Path,
    seed: str | None = None,
    jobs: int = 1,
    confined: bool = True,
    begin: Callable[[int], None] = lambda total: None,
    report: Report = lambda result: None,
) -> Run:
    """Grade every student's every unit.

    Args:
        course, units: what to grade.
        submissions: folder with a folder for each student.
        seed: secret of the run; drawn anew unless given.
        jobs: worker processes; 1 grades in this one.
        confined: False runs student code without a sandbox.
        begin: told how many submissions there are; `report` gets each result as it comes.

    Raises:
        SubmissionsError, CourseChecksError, ConfinementUnavailable: before anything is graded.
        KeyboardInterrupt: passed on; what was reported stays reported.
    """
    found = find_submissions(submissions, units)
    run = Run(course, list(units), seed or secrets.token_hex(16))
    begin(len(found))
    by_id = {unit.id: unit for unit in units}
    order = {(each.student, each.unit): number for number, each in enumerate(found)}

    def done(result: UnitResult) -> None:
        run.results.append(result)
        report(result)

    to_run = []
    for submission in found:
        if submission.module is None:
            done(_nothing_to_run(submission, by_id[submission.unit]))
        else:
            to_run.append(submission)
    graded = _here(run, to_run, confined) if jobs == 1 else _in_workers(run, to_run, jobs, confined)
    for result in graded:
        done(result)
    run.results.sort(key=lambda result: order[result.student, result.unit])
    run.finished = _now()
    return run


def _nothing_to_run(submission: Submission, unit: Unit, status: str = "") -> UnitResult:
    status = status or ("unreadable" if submission.problem else "missing")
    return UnitResult(
        student=submission.student,
        unit=unit.id,
        status=status,
        message=submission.problem or f"no {unit.module} was handed in",
        exercises=[ExerciseResult(name, 0.0, points, 0, 0, status) for name, points in unit.points.items()],
    )


def _here(run: Run, submissions: Sequence[Submission], confined: bool) -> Iterator[UnitResult]:
    session = CheckSession(run.course, run.units, run.seed, confined)
    try:
        for submission, following in itertools.zip_longest(submissions, submissions[1:]):
            if following is not None:
                session.prepare(run.course.unit(following.unit), *_what_to_run(following))
            yield _grade_one(session, run.course, submission)
    finally:
        session.close()


def _grade_one(session: CheckSession, course: Course, submission: Submission) -> UnitResult:
    return session.grade(submission.student, course.unit(submission.unit), *_what_to_run(submission))


def _what_to_run(submission: Submission) -> tuple[Path, list[Path]]:
    """The module, and what its code may read: the folder it lies in."""
    assert submission.module is not None
    module = submission.module.absolute()
    return module, [module.parent]


# Worker processes: one session each, made when the process starts.

_SESSION: tuple[CheckSession, Course] | None = None


def _start_worker(root: Path, units: list[str], seed: str, confined: bool) -> None:
    global _SESSION
    course = load_course(root)
    _SESSION = CheckSession(course, [course.unit(name) for name in units], seed, confined), course


def _work(submission: Submission) -> UnitResult:
    assert _SESSION is not None
    session, course = _SESSION
    return _grade_one(session, course, submission)


def _in_workers(run: Run, submissions: Sequence[Submission], jobs: int, confined: bool) -> Iterator[UnitResult]:
    """By worker processes. One that dies takes its pool along; what was not yet graded goes on in a new one."""
    left = {(each.student, each.unit): each for each in submissions}
    names = [unit.id for unit in run.units]
    for _ in range(RESTARTS):
        if not left:
            return
        with ProcessPoolExecutor(
            min(jobs, len(left)),
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_start_worker,
            initargs=(run.course.root, names, run.seed, confined),
        ) as pool:
            futures = [pool.submit(_work, submission) for submission in left.values()]
            try:
                for future in as_completed(futures):
                    result = future.result()
                    del left[result.student, result.unit]
                    yield result
            except BrokenProcessPool:
                continue
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    for submission in left.values():
        problem = Submission(submission.student, submission.unit, None, "the grader's worker died while grading it")
        yield _nothing_to_run(problem, run.course.unit(submission.unit), "broken")
