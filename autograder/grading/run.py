"""Grading a class: what was handed in, what is already known, what is left to do, and a run that can go on."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path

import numpy as np

from autograder.checks.results import Decision, UnitResult
from autograder.course.file import SOLUTIONS
from autograder.course.units import Course, Unit
from autograder.course.uses import used_modules
from autograder.grading.decisions import Desk, decided
from autograder.grading.executors import Executor
from autograder.grading.generations import seed_of
from autograder.grading.jobs import Job, Setup
from autograder.grading.records import FORMAT
from autograder.grading.store import Kept, Store, StoreError, now
from autograder.intake.copies import own_files
from autograder.intake.late import Late, Lateness, charged
from autograder.intake.roster import Person
from autograder.intake.submissions import Submission
from autograder.version import __version__

NOBODY: Mapping[str, str] = {}


@dataclass
class Run:
    """One run of the grader over a class. Its results stay in the store and are read as they are needed."""

    course: Course
    units: list[Unit]
    seed: str
    store: Store
    digests: list[str]
    started: str = field(default_factory=now)
    finished: str = ""
    reused: int = 0
    late: Mapping[tuple[str, str], Late] = field(default_factory=dict)  # by student and unit
    students: list[str] = field(default_factory=list)  # all of them, each once
    ids: Mapping[str, str] = field(default_factory=dict)  # by student, what a platform calls them: "canvas 12"
    decisions: Mapping[tuple[str, str], Sequence[Decision]] = field(default_factory=dict)  # by student and unit
    roster: Mapping[str, Person] = field(default_factory=dict)  # by student
    digests_of: Mapping[str, Sequence[str]] = field(default_factory=dict)  # by student, where the run was read again
    kept: int = 0  # of them, those of whom an earlier run's results are kept as they were

    @property
    def results(self) -> Iterator[UnitResult]:
        """Every student's every unit, by student and then by unit; each access reads them anew."""
        results = self.store.results(self.digests)
        return map(self._settled, results) if self.late or self.decisions else results

    def of(self, student: str) -> list[UnitResult]:
        """One student's results."""
        return [self._settled(each) for each in self.store.results(self.digests_of.get(student, ()))]

    def _settled(self, result: UnitResult) -> UnitResult:
        """With what lateness takes off, and then with what was decided: decisions have the last word."""
        late = self.late.get((result.student, result.unit))
        decisions = self.decisions.get((result.student, result.unit))
        result = charged(result, late) if late else result
        return decided(result, decisions) if decisions else result


@dataclass(frozen=True)
class Options:
    """How to grade: see `autograder grade --help`."""

    seed: str | None = None
    isolation: str = "sandbox"
    remote: bool = False  # workers do not see this file system: send the files along
    force: bool = False
    scaled: bool = False  # grade efficiency too, where course.yml asks for it


def grade_class(
    course: Course,
    units: Sequence[Unit],
    found: Sequence[Submission],
    store: Store,
    execute: Executor,
    options: Options = Options(),
    begin: Callable[[int, int], None] = lambda total, known: None,
    report: Callable[[UnitResult], None] = lambda result: None,
    late: Lateness | None = None,
    before: Sequence[Kept] = (),
    output: str = "",
    ids: Mapping[str, str] = NOBODY,
) -> Run:
    """Grade every student's every unit that has no result yet; each result is on disk before it is reported.

    Args:
        course, units: what to grade.
        found: what was handed in, in the order of the class.
        store: where results are kept and found again.
        execute: does the work: `processes(n)`, `executors.here` or `dask_cluster(address)`.
        options: seed, isolation and the like.
        begin: told how many submissions there are and how many are already known; `report` gets each new result.
        late: what is taken off for lateness. It is kept with the run, not with the results: they are what was earned.
        before: what an earlier run left in the same place; students and units that are not in this one stay as they are.
        output: where this run's files will lie, by which it is remembered.
        ids: what a platform calls the students.

    Raises:
        CourseChecksError, ConfinementUnavailable, ExecutorError: before anything is graded.
        KeyboardInterrupt: passed on; what was reported is kept, and the same command goes on from there.
    """
    started = now()
    seed = store.seed(options.seed)
    digest_of = Digests(course, seed, options.isolation, options.scaled)
    versions = [(each.student, each.unit, digest_of.version(each.module)) for each in found if each.module]
    generations = store.generations(versions)
    digests = [digest_of(each, generations.get((each.student, each.unit), 0)) for each in found]
    if options.force:
        store.forget(digests)
    known = store.known(digests)
    number = store.start_run(f"{len(found)} submissions of {' '.join(unit.id for unit in units)}", output)
    begin(len(found), len(known))
    jobs = []
    by_digest = dict(zip(digests, found, strict=True))
    for submission, digest in zip(found, digests, strict=True):
        if digest in known:
            continue
        if submission.module is None:
            result = nothing_to_run(submission, course.unit(submission.unit))
            store.add(digest, result)
            report(result)
        else:
            generation = generations[submission.student, submission.unit]
            jobs.append(job_for(submission, digest, options.remote, generation))
    if jobs:
        # What an earlier run could not finish comes last: should it take the whole machine along, the others are done.
        # Before that by generations: a worker keeps what belongs to a few.
        unfinished = store.unfinished(digests)
        jobs.sort(key=lambda job: (job.digest in unfinished, job.generation))
        setup = Setup(str(course.root), tuple(unit.id for unit in units), seed, options.isolation, options.scaled)
        for job, result in execute(setup, jobs):
            result = told(result, by_digest[job.digest])
            store.add(job.digest, result)
            report(result)
    graded = [
        Kept(digest, each.student, each.unit, late.of(each.student, each.unit) if late else None)
        for each, digest in zip(found, digests, strict=True)
    ]
    whole = _with_those_before(course, graded, before)
    store.finish_run(
        number, [each.digest for each in whole], {n: each.late for n, each in enumerate(whole) if each.late}
    )
    now_in = {each.unit for each in whole} | {unit.id for unit in units}
    students = list(dict.fromkeys(each.student for each in whole))
    store.know(ids)
    return Run(
        course,
        [unit for unit in course.units if unit.id in now_in],
        seed,
        store,
        [each.digest for each in whole],
        started,
        now(),
        reused=len(known),
        late={(each.student, each.unit): each.late for each in whole if each.late},
        students=students,
        ids={student: called for student, called in store.ids().items() if student in set(students)},
        kept=len(set(students) - {each.student for each in found}),
    )


def last_run(course: Course, desk: Desk) -> Run:
    """The last run that finished, as if it had ended now: with the decisions and the roster as they stand.

    Raises:
        StoreError: none has finished.
    """
    row, kept = desk.store.last_run(desk.output), desk.store.so_far(desk.output)
    known = {unit.id for unit in course.units}
    whole = [each for each in kept if each.unit in known]
    if row is None or not whole:
        raise StoreError("no class has been graded there: run `autograder grade` first")
    now_in, students = {each.unit for each in whole}, list(dict.fromkeys(each.student for each in whole))
    return settled(
        Run(
            course,
            [unit for unit in course.units if unit.id in now_in],
            desk.store.seed(),
            desk.store,
            [each.digest for each in whole],
            row["started"],
            row["finished"],
            late={(each.student, each.unit): each.late for each in whole if each.late},
            students=students,
            ids={student: called for student, called in desk.store.ids().items() if student in set(students)},
            digests_of={
                student: [each.digest for each in own] for student, own in groupby(whole, key=lambda each: each.student)
            },
        ),
        desk,
    )


def settled(run: Run, desk: Desk) -> Run:
    """The run with what was decided about its students, and what the roster says of them."""
    return replace(run, decisions=desk.in_force(), roster=desk.roster())


def _with_those_before(course: Course, graded: list[Kept], before: Sequence[Kept]) -> list[Kept]:
    """This run's results, and of those before it what it did not replace, by student and unit."""
    place = {unit.id: number for number, unit in enumerate(course.units)}
    replaced = {(each.student, each.unit) for each in graded}
    stays = [each for each in before if (each.student, each.unit) not in replaced and each.unit in place]
    return sorted([*graded, *stays], key=lambda each: (each.student, place[each.unit])) if stays else graded


def nothing_to_run(submission: Submission, unit: Unit) -> UnitResult:
    """The result of a unit that was not handed in, or not in a form that may be touched."""
    status = "unreadable" if submission.problem else "missing"
    message = submission.problem or f"no {unit.module} was handed in"
    return UnitResult.without_checks(submission.student, unit.id, unit.points, status, message)


def told(result: UnitResult, submission: Submission) -> UnitResult:
    """The result with what the student should know of how the submission was found."""
    return replace(result, message=submission.note) if result.status == "graded" and submission.note else result


def job_for(submission: Submission, digest: str, remote: bool, generation: int = 0) -> Job:
    assert submission.module is not None
    module = submission.module.absolute()
    files = tuple(own_files(module)) if remote else ()
    return Job(submission.student, submission.unit, digest, module, files, generation)


class Digests:
    """Names a result by everything that it follows from: two results with the same digest are the same result."""

    def __init__(self, course: Course, seed: str, isolation: str, scaled: bool = False) -> None:
        self._course, self._seed = course, seed
        self._before = (__version__.encode(), FORMAT, np.__version__.encode())
        # Of course.yml what a result follows from: who moves a due date or adds a unit need not wait for a class once more.
        rules = f"{course.limits!r} {course.carried!r}"
        self._after = (isolation.encode(), b"scaled" * scaled, rules.encode())
        self._common: dict[int, bytes] = {}  # by generation
        self._units: dict[str, bytes] = {}
        self._read: dict[Path, bytes] = {}  # folders of submissions

    def __call__(self, submission: Submission, generation: int = 0) -> str:
        if generation not in self._common:
            seed = seed_of(self._seed, generation).encode()
            self._common[generation] = _digest(*self._before, seed, *self._after)
        student = submission.student.encode("utf-8", "surrogatepass")
        parts = [self._common[generation], self._unit(submission.unit), submission.unit.encode(), student]
        if submission.module is None:
            parts.append(submission.problem.encode("utf-8", "surrogatepass"))
        else:
            parts += [submission.module.name.encode(), self._files(submission.module)]
            if submission.note:
                parts.append(submission.note.encode("utf-8", "surrogatepass"))
        return _digest(*parts).hex()

    def version(self, module: Path) -> str:
        """Names what was handed in, whatever it is graded by."""
        return _digest(module.name.encode(), self._files(module)).hex()

    def _files(self, module: Path) -> bytes:
        """Of every file that the submission may read; units that share a folder share them."""
        if module.parent not in self._read:
            self._read[module.parent] = _files_digest(module)
        return self._read[module.parent]

    def _unit(self, unit: str) -> bytes:
        """Of the checks, the reference and the mistakes, and of what its exercises are worth."""
        if unit not in self._units:
            known = self._course.unit(unit)
            folder = self._course.root / SOLUTIONS / known.folder
            parts = [part for path in sorted(folder.glob("*.py")) for part in (path.name.encode(), path.read_bytes())]
            for used, text in used_modules(self._course, known).items():
                parts += [used.encode(), repr(known.uses[used]).encode(), text.encode()]
            worth = known.model_dump_json(exclude={"title", "due", "weight", "uses"})
            self._units[unit] = _digest(worth.encode(), *parts)
        return self._units[unit]


def version_of(module: Path) -> str:
    """Names what was handed in, as `Digests.version` does."""
    return _digest(module.name.encode(), _files_digest(module)).hex()


def _files_digest(module: Path) -> bytes:
    return _digest(*(part for name, content in own_files(module) for part in (os.fsencode(name), content)))


def _digest(*parts: bytes) -> bytes:
    """Of the parts and where each ends."""
    state = hashlib.blake2b(digest_size=24)
    for part in parts:
        state.update(len(part).to_bytes(8, "little"))
        state.update(part)
    return state.digest()
