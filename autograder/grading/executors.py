"""Where grading is done: by worker processes, here or on a Dask cluster, or in this process. The work is the same everywhere.

A job is one submission of one unit. A worker keeps a `CheckSession`, so the checks are collected once; on a cluster the
course's folder travels to each worker once, and is known there by its digest. A worker process that dies (of memory, most
likely) says by that what it died of: the job at hand is tried again at the end, alone, and given up when that kills a
worker that has done nothing else, twice. Nobody else loses anything by it.
"""

from __future__ import annotations

import atexit
import dataclasses
import gc
import hashlib
import io
import itertools
import shutil
import tempfile
import threading
import zipfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from autograder.checks.results import UnitResult
from autograder.course.file import COURSE_FILE, SOLUTIONS
from autograder.course.units import Course, load_course
from autograder.extras import explanation
from autograder.grading.jobs import Job, Setup
from autograder.grading.process import WorkerDied, WorkerProcess, grade_one, open_session
from autograder.version import __version__

AHEAD = 2  # jobs that a worker has before it is done with one: it prepares the first, and must not wait for the second
TRIES = 2  # of a job that a worker died on, alone
RESTARTS = 3  # of workers that end before they begin, in a row
RETRIES = 2  # of a job that a Dask worker failed at
CONNECT_SECONDS = 10


class ExecutorError(Exception):
    """The cluster cannot be reached or used; says which, and the way out."""


Graded = Iterator[tuple[Job, UnitResult]]
Executor = Callable[[Setup, Sequence[Job]], Graded]


def lost(job: Job, course: Course, why: str) -> UnitResult:
    """The result of a job that was not finished: no points."""
    return UnitResult.without_checks(job.student, job.unit, course.unit(job.unit).points, "broken", why)


# In this process


def here(setup: Setup, jobs: Sequence[Job]) -> Graded:
    """Grade one after the other, with nothing between the grader and its death: for one's own work."""
    course = load_course(Path(setup.root))
    session = open_session(setup, course)
    try:
        for job, following in itertools.zip_longest(jobs, jobs[1:]):
            yield job, grade_one(session, course, job, following)
    finally:
        gc.unfreeze()
        session.close()


# In worker processes


def processes(count: int) -> Executor:
    """Worker processes of this machine. What one dies on is tried again at the end, alone."""

    def run(setup: Setup, jobs: Sequence[Job]) -> Graded:
        queue, workers = deque(jobs), list[WorkerProcess]()
        suspects: list[Job] = []
        false_starts = 0
        try:
            while queue or any(worker.held for worker in workers):
                while len(workers) < min(count, len(queue) + sum(bool(worker.held) for worker in workers)):
                    workers.append(WorkerProcess(setup))
                _hand_out(queue, workers)
                ready = wait([worker.connection for worker in workers if worker.held])
                for worker in [worker for worker in workers if worker.connection in ready]:
                    job = worker.held[0]
                    try:
                        result = worker.answer()
                    except WorkerDied as death:
                        workers.remove(worker)
                        if worker.is_ready:
                            suspects.append(worker.held.popleft())
                        else:
                            false_starts += 1
                        queue.extendleft(reversed(worker.held))
                        worker.held.clear()
                        worker.close()
                        if false_starts == RESTARTS:
                            raise ExecutorError(
                                f"the grader's worker processes end before they begin: {death}"
                            ) from None
                        continue
                    false_starts = 0
                    _hand_out(queue, workers)  # before the result is kept: nobody waits for the database
                    if result is not None:
                        yield job, result
        finally:
            for worker in workers:
                worker.close()
        for job in suspects:
            yield job, alone(setup, job)

    return run


def _hand_out(queue: deque[Job], workers: Sequence[WorkerProcess]) -> None:
    """Give every worker something to do, and then something ahead, so that it can begin with that meanwhile."""
    for most in range(1, 2 + AHEAD):
        for worker in workers:
            if queue and len(worker.held) < most:
                worker.give(queue.popleft())


def alone(setup: Setup, job: Job) -> UnitResult:
    """Grade what a worker died on in a fresh one, with nothing before it or beside it: who dies now, dies of this."""
    for _ in range(TRIES):
        worker = _begun(setup)
        try:
            return _grade(worker, job)
        except WorkerDied as error:
            death = error
        finally:
            worker.held.clear()
            worker.close()
    return lost(job, load_course(Path(setup.root)), str(death))


def _begun(setup: Setup) -> WorkerProcess:
    worker = WorkerProcess(setup)
    try:
        worker.answer()
    except WorkerDied as death:
        raise ExecutorError(f"the grader's worker process ended before it began: {death}") from None
    return worker


def _grade(worker: WorkerProcess, job: Job) -> UnitResult:
    worker.give(job)
    result = worker.answer()
    assert result is not None
    return result


# On a Dask cluster


_WORKERS: dict[Setup, WorkerProcess] = {}
_LOCK = threading.Lock()  # a Dask worker may have several threads, a worker process does one job at a time


def work(setup: Setup, job: Job, archive: bytes) -> UnitResult:
    """Grade one job in a worker process of this Dask worker's, started if the course is new here.

    A death is found out here, where it is known whose it was; the scheduler hears of none.
    """
    if setup.version != __version__:
        raise ExecutorError(f"the worker has autograder {__version__}, the grader {setup.version}")
    with _LOCK, tempfile.TemporaryDirectory(prefix="autograder-") as folder:
        for name, content in job.files:
            (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / name).write_bytes(content)
        if job.files:
            job = dataclasses.replace(job, module=Path(folder) / job.module.name, files=())
        local = dataclasses.replace(setup, root=str(_unpacked(setup.root, archive)))
        worker = _WORKERS.pop(setup, None) or _begun(local)
        try:
            result = _grade(worker, job)
        except WorkerDied:
            worker.held.clear()
            worker.close()
            return alone(local, job)
        _WORKERS[setup] = worker
        return result


def dask_cluster(address: str) -> Executor:
    """The workers of a Dask scheduler, for example "tcp://10.0.0.5:8786"; lost workers' jobs are done again."""

    def run(setup: Setup, jobs: Sequence[Job]) -> Graded:
        try:
            from distributed import Client, KilledWorker
            from distributed import as_completed as completed
        except ModuleNotFoundError as error:
            raise ExecutorError(explanation(error) or str(error)) from None
        course = load_course(Path(setup.root))
        archive = pack_course(course)
        remote = dataclasses.replace(setup, root=hashlib.sha256(archive).hexdigest())
        try:
            client: Any = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
        except (OSError, ValueError) as error:
            raise ExecutorError(f"no Dask scheduler answers at {address}: {error}") from None
        with client:
            if not client.scheduler_info()["workers"]:
                raise ExecutorError(f"the Dask scheduler at {address} has no workers: start some with `dask worker`")
            shipped = client.scatter(archive, broadcast=True)
            futures = {
                client.submit(work, remote, job, shipped, key=f"grade-{job.digest}", retries=RETRIES, pure=False): job
                for job in jobs
            }
            suspects = []
            for future in completed(futures, loop=client.loop):  # type: ignore[no-untyped-call]
                job = futures.pop(future)
                try:
                    yield job, future.result()
                except KilledWorker:
                    suspects.append(job)
                except Exception as error:
                    why = f"the cluster's worker failed: {type(error).__name__}: {error}"
                    yield job, lost(job, course, why)
                future.release()
            for job in suspects:  # one at a time: whose workers die now, they die of it
                future = client.submit(work, remote, job, shipped, key=f"alone-{job.digest}", pure=False)
                try:
                    yield job, future.result()
                except Exception as error:
                    why = f"the cluster's workers died while they graded this, and nothing else: {type(error).__name__}"
                    yield job, lost(job, course, why)

    return run


def pack_course(course: Course) -> bytes:
    """What a worker needs of the course: course.yml, solutions/ and datasets/, always the same bytes for the same."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in course_files(course):
            entry = zipfile.ZipInfo(path.relative_to(course.root).as_posix())
            archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def course_files(course: Course) -> list[Path]:
    """The files that grading reads, in a fixed order."""
    files = [course.root / COURSE_FILE]
    for folder in (*(course.root / SOLUTIONS / unit.folder for unit in course.units), course.root / "datasets"):
        files += sorted(p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    return files


_UNPACKED: dict[str, Path] = {}


def _unpacked(digest: str, archive: bytes) -> Path:
    """The folder that the archive was unpacked to, once in this process."""
    if digest not in _UNPACKED:
        folder = Path(tempfile.mkdtemp(prefix="autograder-course-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        with zipfile.ZipFile(io.BytesIO(archive)) as packed:
            packed.extractall(folder)
        _UNPACKED[digest] = folder
    return _UNPACKED[digest]


def executor_for(jobs: int, scheduler: str | None, isolation: str) -> Executor:
    """The executor that the command line's options ask for."""
    if scheduler is not None:
        return dask_cluster(scheduler)
    return here if jobs == 1 and isolation == "none" else processes(jobs)
