"""Where grading is done: in this process, by worker processes, or by a Dask cluster. The work is the same everywhere.

A job is one submission of one unit. A worker keeps a `CheckSession` for each course it has seen, so the checks are
collected once; on a cluster the course's folder travels to each worker once, and is known there by its digest.
"""

from __future__ import annotations

import atexit
import dataclasses
import gc
import hashlib
import io
import itertools
import multiprocessing
import shutil
import signal
import tempfile
import threading
import zipfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.checks.results import UnitResult
from autograder.course.file import COURSE_FILE, SOLUTIONS
from autograder.course.units import Course, load_course
from autograder.extras import explanation
from autograder.grading.worker import CheckSession
from autograder.version import __version__

RESTARTS = 3  # of the pool of worker processes, before what is left is given up as broken
RETRIES = 2  # of a job whose Dask worker was lost; a job that takes down three workers is given up
CONNECT_SECONDS = 10


class ExecutorError(Exception):
    """The cluster cannot be reached or used; says which, and the way out."""


@dataclass(frozen=True)
class Job:
    """One submission of one unit, and everything a worker elsewhere needs of it."""

    student: str
    unit: str
    digest: str
    module: Path
    files: tuple[tuple[str, bytes], ...] = ()  # the module's folder, for a worker that cannot see this file system
    generation: int = 0


@dataclass(frozen=True)
class Setup:
    """What a worker must have open before it grades: which course, which units, which secrets."""

    root: str  # the course's folder, or the digest of its archive
    units: tuple[str, ...]
    seed: str
    isolation: str  # "sandbox", "container" or "none"
    scaled: bool = False
    version: str = __version__


Graded = Iterator[tuple[Job, UnitResult]]
Executor = Callable[[Setup, Sequence[Job]], Graded]


def broken(job: Job, course: Course, why: str) -> UnitResult:
    """The result of a job that the machinery lost: no points, and no word about the student."""
    unit = course.unit(job.unit)
    return UnitResult.without_checks(job.student, job.unit, unit.points, "broken", why)


# In this process


def here(setup: Setup, jobs: Sequence[Job]) -> Graded:
    """Grade one after the other; the sandbox of the next begins while one is graded."""
    course = load_course(Path(setup.root))
    session = _open(setup, course)
    try:
        for job, following in itertools.zip_longest(jobs, jobs[1:]):
            if following is not None:
                unit, module = course.unit(following.unit), following.module
                session.prepare(unit, module, [module.parent], following.generation)
            unit, module = course.unit(job.unit), job.module
            yield job, session.grade(job.student, unit, module, [module.parent], job.generation)
    finally:
        gc.unfreeze()
        session.close()


def _open(setup: Setup, course: Course) -> CheckSession:
    session = CheckSession(
        course, [course.unit(name) for name in setup.units], setup.seed, setup.isolation, setup.scaled
    )
    gc.freeze()  # what is there by now (libraries, checks, the class) stays: it need not be looked through again and again
    return session


# In worker processes, here or elsewhere

_SESSIONS: dict[Setup, tuple[CheckSession, Course]] = {}
_LOCK = threading.Lock()  # a Dask worker may have several threads, a session serves one


def work(setup: Setup, job: Job, archive: bytes | None = None) -> UnitResult:
    """Grade one job in this worker, opening the course first if it is new here."""
    if setup.version != __version__:
        raise ExecutorError(f"the worker has autograder {__version__}, the grader {setup.version}")
    with _LOCK:
        if setup not in _SESSIONS:
            course = load_course(_unpacked(setup.root, archive) if archive is not None else Path(setup.root))
            _SESSIONS[setup] = _open(setup, course), course
        session, course = _SESSIONS[setup]
        if not job.files:
            unit, module = course.unit(job.unit), job.module
            return session.grade(job.student, unit, module, [module.parent], job.generation)
        with tempfile.TemporaryDirectory(prefix="autograder-") as folder:
            for name, content in job.files:
                (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
                (Path(folder) / name).write_bytes(content)
            module = Path(folder) / job.module.name
            return session.grade(job.student, course.unit(job.unit), module, [module.parent], job.generation)


def _start_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the grader's to handle; it ends its workers


def processes(count: int) -> Executor:
    """Worker processes of this machine. One that dies takes its pool along; what is left goes on in a new one."""

    def run(setup: Setup, jobs: Sequence[Job]) -> Graded:
        left = {job.digest: job for job in jobs}
        for _ in range(RESTARTS):
            if not left:
                return
            context = multiprocessing.get_context("spawn")
            pool = ProcessPoolExecutor(min(count, len(left)), mp_context=context, initializer=_start_worker)
            futures = {pool.submit(work, setup, job): job for job in left.values()}
            try:
                for future in as_completed(futures):
                    job = futures[future]
                    result = future.result()
                    del left[job.digest]
                    yield job, result
            except BrokenProcessPool:
                continue
            finally:
                pool.shutdown(wait=True, cancel_futures=True)
        course = load_course(Path(setup.root))
        for job in left.values():
            yield job, broken(job, course, "the grader's worker process died while it graded this")

    return run


# On a Dask cluster


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
            for future in completed(futures, loop=client.loop):  # type: ignore[no-untyped-call]
                job = futures.pop(future)
                try:
                    yield job, future.result()
                except KilledWorker:
                    yield job, broken(job, course, "the cluster's workers died while they graded this")
                except Exception as error:
                    yield job, broken(job, course, f"the cluster's worker failed: {type(error).__name__}: {error}")
                future.release()

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


def executor_for(jobs: int, scheduler: str | None) -> Executor:
    """The executor that the command line's options ask for."""
    if scheduler is not None:
        return dask_cluster(scheduler)
    return here if jobs == 1 else processes(jobs)
