"""Results on disk: each is committed before the next begins, and found again by its digest.

SQLite in the output folder by default; any SQLAlchemy URL otherwise. A result's digest covers everything that the
result follows from (submission, checks, reference, course.yml, seed, version), so what is found is what would come out.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import sqlite3
import time
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Column,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    insert,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from autograder.checks.results import UnitResult

BUSY_SECONDS = 60  # how long a grader waits for another that writes to the same SQLite file
CHUNK = 500  # digests looked up, or results read, at a time

METADATA = MetaData()
SETTINGS = Table("settings", METADATA, Column("name", String(40), primary_key=True), Column("value", String(200)))
RUNS = Table(
    "runs",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("started", String(40), nullable=False),
    Column("finished", String(40)),
    Column("command", String(2000), nullable=False),
)
RESULTS = Table(
    "results",
    METADATA,
    Column("digest", String(64), primary_key=True),
    Column("student", String(500), nullable=False, index=True),
    Column("unit", String(100), nullable=False),
    Column("status", String(20), nullable=False),
    Column("graded", String(40), nullable=False),
    Column("record", LargeBinary, nullable=False),
)
# Which results a run consists of, in the order of the class.
RUN_RESULTS = Table(
    "run_results",
    METADATA,
    Column("run", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("digest", String(64), nullable=False),
)


class StoreError(Exception):
    """The database cannot be opened or written; says which, and the way out."""


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


class Store:
    """The results of a class, over any number of runs.

    Args:
        url: SQLAlchemy URL, for example "sqlite:////home/me/results/results.sqlite" or "postgresql://host/grades".

    Raises:
        StoreError: the database cannot be opened.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        try:
            self._engine = _open(url)
            self._create_tables()
        except (SQLAlchemyError, ModuleNotFoundError, ValueError) as error:
            raise StoreError(f"the database {url} cannot be opened: {_first_line(error)}") from None

    def _create_tables(self) -> None:
        """Those that are not there. Another grader that begins now may be first with any of them: look again then."""
        for _ in METADATA.tables:
            with contextlib.suppress(DBAPIError):
                return METADATA.create_all(self._engine)
        return METADATA.create_all(self._engine)

    def seed(self, wanted: str | None = None) -> str:
        """The seed of this class: the one asked for, else the one its results began with, else a new one, kept."""
        try:
            return self._seed(wanted)
        except IntegrityError:  # another grader that began now has kept one first
            return self._seed(wanted)

    def _seed(self, wanted: str | None) -> str:
        with self._engine.begin() as connection:
            kept = connection.scalar(select(SETTINGS.c.value).where(SETTINGS.c.name == "seed"))
            if kept is not None and wanted in (None, kept):
                return str(kept)
            seed = wanted or secrets.token_hex(16)
            if kept is None:
                connection.execute(insert(SETTINGS).values(name="seed", value=seed))
            else:
                connection.execute(update(SETTINGS).where(SETTINGS.c.name == "seed").values(value=seed))
        return seed

    def start_run(self, command: str) -> int:
        with self._engine.begin() as connection:
            row = connection.execute(insert(RUNS).values(started=now(), command=command[:2000]).returning(RUNS.c.id))
            return int(row.scalar_one())

    def finish_run(self, run: int, digests: Sequence[str]) -> None:
        """Note what the run consists of, in the order of the class."""
        rows = [{"run": run, "position": number, "digest": digest} for number, digest in enumerate(digests)]
        with self._engine.begin() as connection:
            for start in range(0, len(rows), CHUNK):
                connection.execute(insert(RUN_RESULTS), rows[start : start + CHUNK])
            connection.execute(update(RUNS).where(RUNS.c.id == run).values(finished=now()))

    def runs(self) -> list[dict[str, Any]]:
        """All runs so far, oldest first."""
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(select(RUNS).order_by(RUNS.c.id)).mappings()]

    def known(self, digests: Sequence[str]) -> set[str]:
        """Those of the digests that have a result to use again: what the machinery broke is not."""
        found: set[str] = set()
        with self._engine.connect() as connection:
            for start in range(0, len(digests), CHUNK):
                wanted = digests[start : start + CHUNK]
                usable = RESULTS.c.digest.in_(wanted) & (RESULTS.c.status != "broken")
                found.update(connection.scalars(select(RESULTS.c.digest).where(usable)))
        return found

    def add(self, digest: str, result: UnitResult) -> None:
        """Keep a result; it is on disk when this returns. A result that another grader kept first stays.

        Raises:
            StoreError: the database did not take it.
        """
        record = zlib.compress(json.dumps(result.to_dict(), ensure_ascii=True, separators=(",", ":")).encode(), 6)
        student = result.student.encode("utf-8", "backslashreplace").decode()
        try:
            with self._engine.begin() as connection:
                connection.execute(
                    RESULTS.delete().where((RESULTS.c.digest == digest) & (RESULTS.c.status == "broken"))
                )
                connection.execute(
                    insert(RESULTS).values(
                        digest=digest,
                        student=student[:500],
                        unit=result.unit,
                        status=result.status,
                        graded=now(),
                        record=record,
                    )
                )
        except IntegrityError:
            return
        except DBAPIError as error:
            raise StoreError(f"the database {self._url} did not take a result: {_first_line(error)}") from None

    def forget(self, digests: Sequence[str]) -> None:
        """Drop results, to grade them again."""
        with self._engine.begin() as connection:
            for start in range(0, len(digests), CHUNK):
                connection.execute(RESULTS.delete().where(RESULTS.c.digest.in_(digests[start : start + CHUNK])))

    def results(self, digests: Sequence[str]) -> Iterator[UnitResult]:
        """The results of these digests, in their order, a few at a time; what has none is left out."""
        with self._engine.connect() as connection:
            for start in range(0, len(digests), CHUNK):
                wanted = digests[start : start + CHUNK]
                rows = connection.execute(
                    select(RESULTS.c.digest, RESULTS.c.record).where(RESULTS.c.digest.in_(wanted))
                )
                found = {row.digest: row.record for row in rows}
                for digest in wanted:
                    if digest in found:
                        yield UnitResult.from_dict(json.loads(zlib.decompress(found[digest])))

    def close(self) -> None:
        self._engine.dispose()


def _open(url: str) -> Engine:
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def configure(connection: Any, _: Any) -> None:
            connection.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
            _write_ahead(connection)
            connection.execute("PRAGMA synchronous=NORMAL")

    return engine


def _write_ahead(connection: Any) -> None:
    """A write-ahead log: readers do not wait for writers, and a commit survives the grader's death at once.

    For this SQLite waits for nobody, whatever the time-out: another grader that begins now may be doing the same.
    """
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(0.01)


def _first_line(error: BaseException) -> str:
    return str(getattr(error, "orig", None) or error).splitlines()[0]
