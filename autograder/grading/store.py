"""Results on disk: each is committed before the next begins, and found again by its digest.

SQLite in the output folder by default; any SQLAlchemy URL otherwise. A result's digest covers everything that the
result follows from (submission, checks, reference, course.yml, seed, version), so what is found is what would come out.
What another version of this package kept has other digests and another format (`records`): it stays, and is not used.
"""

from __future__ import annotations

import contextlib
import secrets
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Engine,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    create_engine,
    event,
    func,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, SQLAlchemyError

from autograder.checks.results import UnitResult
from autograder.grading.records import FORMAT, pack, unpack
from autograder.intake.late import Late, charged
from autograder.words import KEPT_CHARS, kept_name, name_of

BUSY_SECONDS = 60  # how long a grader waits for another that writes to the same SQLite file
CHUNK = 500  # digests looked up, or results read, at a time
NOBODY: Mapping[int, Late] = {}

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
# Which versions of a student's unit there have been, in the order in which they came.
VERSIONS = Table(
    "versions",
    METADATA,
    Column("student", String(500), primary_key=True),
    Column("unit", String(100), primary_key=True),
    Column("version", String(64), primary_key=True),
    Column("generation", Integer, nullable=False),
    UniqueConstraint("student", "unit", "generation"),
)
# What a platform calls the students, where their files said so: "canvas 12".
PEOPLE = Table(
    "people", METADATA, Column("student", String(500), primary_key=True), Column("id", String(100), nullable=False)
)
# Which results a run consists of, in the order of the class.
RUN_RESULTS = Table(
    "run_results",
    METADATA,
    Column("run", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("digest", String(64), nullable=False),
)
# Which of them were late in that run, and what share of their points was left.
LATE = Table(
    "late",
    METADATA,
    Column("run", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("days", Integer, nullable=False),
    Column("share", Float, nullable=False),
)


_INSERT = insert(RESULTS)  # made once: SQLAlchemy keeps what it compiles to
_SAME_PLACE = (LATE.c.run == RUN_RESULTS.c.run) & (LATE.c.position == RUN_RESULTS.c.position)


@dataclass(frozen=True)
class Kept:
    """One result of an earlier run, without what is in it."""

    digest: str
    student: str
    unit: str
    late: Late | None


class StoreError(Exception):
    """The database cannot be opened or written; says which, and the way out."""


def now(precision: str = "seconds") -> str:
    return datetime.now(UTC).isoformat(timespec=precision)


class Store:
    """The results of a class, over any number of runs.

    Args:
        url: SQLAlchemy URL, for example "sqlite:////home/me/results/results.sqlite" or "postgresql://host/grades".
        create: make what is not there yet; False only reads.

    Raises:
        StoreError: the database cannot be opened, is not there to be read, or is no grader's.
    """

    def __init__(self, url: str, create: bool = True) -> None:
        self._url = url
        try:
            if not create and not _is_there(url):
                raise StoreError(f"the database {shown_url(url)} is not there: run `autograder grade` first")
            self._engine = _open(url)
            self._look_at_tables(create)
            if create:
                self._create_tables()
            self.others = self._records_of_others()  # results that another version kept, when this was first seen
            if create:
                self._keep_format()
        except (SQLAlchemyError, ModuleNotFoundError, ValueError) as error:
            raise StoreError(f"the database {shown_url(url)} cannot be opened: {_first_line(error)}") from None

    def _create_tables(self) -> None:
        """Those that are not there. Another grader that begins now may be first with any of them: look again then."""
        for _ in METADATA.tables:
            with contextlib.suppress(DBAPIError):
                return METADATA.create_all(self._engine)
        return METADATA.create_all(self._engine)

    def _look_at_tables(self, create: bool) -> None:
        """Are they ours? A database of something else, or of a version that keeps other columns, is not touched."""
        found = inspect(self._engine)
        for table in METADATA.sorted_tables:
            if not found.has_table(table.name):
                if create:
                    continue
                earlier = found.has_table(RESULTS.name)
                words = "was made by an earlier version of autograder: run" if earlier else "is empty: first run"
                raise StoreError(f"the database {shown_url(self._url)} {words} `autograder grade`")
            there = {each["name"] for each in found.get_columns(table.name)}
            missing = {column.name for column in table.columns} - there
            if missing:
                raise StoreError(
                    f"the database {shown_url(self._url)} was made by another program, or by a version of autograder that "
                    f"this one cannot read (its table {table.name} has no {min(missing)}): name another --output or --database"
                )

    def _records_of_others(self) -> int:
        """How many results another version of this package has kept here."""
        with self._engine.connect() as connection:
            if connection.scalar(select(SETTINGS.c.value).where(SETTINGS.c.name == "records")) == FORMAT.hex():
                return 0
            return int(connection.scalar(select(func.count()).select_from(RESULTS)) or 0)

    def _keep_format(self) -> None:
        with contextlib.suppress(IntegrityError), self._engine.begin() as connection:  # another grader was first
            changed = connection.execute(
                update(SETTINGS).where(SETTINGS.c.name == "records").values(value=FORMAT.hex())
            )
            if not changed.rowcount:
                connection.execute(insert(SETTINGS).values(name="records", value=FORMAT.hex()))

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

    def generations(self, versions: Sequence[tuple[str, str, str]]) -> dict[tuple[str, str], int]:
        """How many other versions of a student's unit came before this one, by student and unit; noted for the next time.

        Args:
            versions: student, unit and digest of what was handed in, one for each student and unit.
        """
        while True:
            try:
                return self._generations(versions)
            except (
                IntegrityError
            ):  # another grader has noted some meanwhile: of all that try at once, one comes through
                continue

    def _generations(self, versions: Sequence[tuple[str, str, str]]) -> dict[tuple[str, str], int]:
        known: dict[tuple[str, str], dict[str, int]] = {}
        units = sorted({unit for _, unit, _ in versions})
        found, new = {}, []
        with self._engine.begin() as connection:
            for student, unit, version, generation in connection.execute(
                select(VERSIONS).where(VERSIONS.c.unit.in_(units))
            ):
                known.setdefault((student, unit), {})[version] = generation
            for student, unit, version in versions:
                kept = kept_name(student)
                mine = known.get((kept, unit), {})
                found[student, unit] = mine.get(version, len(mine))
                if version not in mine:
                    new.append({"student": kept, "unit": unit, "version": version, "generation": len(mine)})
            if new:
                connection.execute(insert(VERSIONS), new)
        return found

    def version(self, student: str, unit: str, generation: int) -> str | None:
        """The digest of what a student handed in as their unit of that generation."""
        mine = (VERSIONS.c.student == kept_name(student)) & (VERSIONS.c.unit == unit)
        wanted = select(VERSIONS.c.version).where(mine & (VERSIONS.c.generation == generation))
        with self._engine.connect() as connection:
            return connection.scalar(wanted)

    def start_run(self, command: str, output: str = "") -> int:
        command = command[: 2000 - len(_into(output))] + _into(output)
        with self._engine.begin() as connection:
            row = connection.execute(insert(RUNS).values(started=now(), command=command).returning(RUNS.c.id))
            return int(row.scalar_one())

    def finish_run(self, run: int, digests: Sequence[str], late: Mapping[int, Late] = NOBODY) -> None:
        """Note what the run consists of, in the order of the class, and which places in that order were late."""
        rows = [{"run": run, "position": number, "digest": digest} for number, digest in enumerate(digests)]
        with self._engine.begin() as connection:
            for start in range(0, len(rows), CHUNK):
                connection.execute(insert(RUN_RESULTS), rows[start : start + CHUNK])
            if late:
                places = [{"run": run, "position": place, **asdict(each)} for place, each in late.items()]
                connection.execute(insert(LATE), places)
            connection.execute(update(RUNS).where(RUNS.c.id == run).values(finished=now()))

    def know(self, ids: Mapping[str, str]) -> None:
        """Remember what a platform calls students; what is newer counts."""
        rows = [{"student": kept_name(student), "id": called[:100]} for student, called in ids.items()]
        with self._engine.begin() as connection:
            for start in range(0, len(rows), CHUNK):
                some = rows[start : start + CHUNK]
                connection.execute(PEOPLE.delete().where(PEOPLE.c.student.in_([row["student"] for row in some])))
                connection.execute(insert(PEOPLE), some)

    def ids(self) -> dict[str, str]:
        """What a platform calls the students."""
        with self._engine.connect() as connection:
            return {name_of(student): called for student, called in connection.execute(select(PEOPLE))}

    def so_far(self, output: str = "") -> list[Kept]:
        """What the last run that finished consists of, in its order; results of another version are left out.

        Args:
            output: only of runs that ended in so called files; several outputs may share a database.
        """
        ended = select(func.max(RUNS.c.id)).where(RUNS.c.finished.is_not(None))
        if output:
            ended = ended.where(RUNS.c.command.endswith(_into(output), autoescape=True))
        places = RUN_RESULTS.join(RESULTS, RESULTS.c.digest == RUN_RESULTS.c.digest).outerjoin(LATE, _SAME_PLACE)
        columns = (RESULTS.c.digest, RESULTS.c.student, RESULTS.c.unit, LATE.c.days, LATE.c.share)
        ours = func.substr(RESULTS.c.record, 1, len(FORMAT)) == FORMAT
        with self._engine.connect() as connection:
            wanted = select(*columns).select_from(places).where(RUN_RESULTS.c.run == ended.scalar_subquery(), ours)
            rows = connection.execute(wanted.order_by(RUN_RESULTS.c.position)).all()
        return [
            Kept(digest, self._whole_name(student, digest), unit, Late(days, share) if days else None)
            for digest, student, unit, days, share in rows
        ]

    def _whole_name(self, kept: str, digest: str) -> str:
        """Whose result it is; a name that was too long to be kept whole is in the record."""
        if len(kept) <= KEPT_CHARS:
            return name_of(kept)
        return next((result.student for result in self.results([digest])), name_of(kept))

    def last_run(self, output: str = "") -> dict[str, Any] | None:
        """The last run that finished, of those that ended in so called files; None where none has."""
        runs = [run for run in self.runs() if run["finished"] and run["command"].endswith(_into(output))]
        return runs[-1] if runs else None

    @property
    def engine(self) -> Engine:
        """For tables that stand beside these: see grading/decisions.py."""
        return self._engine

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

    def unfinished(self, digests: Sequence[str]) -> set[str]:
        """Those of the digests that the grader has tried before and could not finish."""
        found: set[str] = set()
        with self._engine.connect() as connection:
            for start in range(0, len(digests), CHUNK):
                wanted = RESULTS.c.digest.in_(digests[start : start + CHUNK]) & (RESULTS.c.status == "broken")
                found.update(connection.scalars(select(RESULTS.c.digest).where(wanted)))
        return found

    def add(self, digest: str, result: UnitResult) -> None:
        """Keep a result; it is committed when this returns. A result that another grader kept first stays.

        Raises:
            StoreError: the database did not take it.
        """
        values = {
            "student": kept_name(result.student),
            "unit": result.unit,
            "status": result.status,
            "graded": now("microseconds"),
            "record": pack(result),
        }
        try:
            try:
                with self._engine.begin() as connection:
                    connection.execute(_INSERT, {"digest": digest, **values})
            except IntegrityError:  # there is one: it gives way if it is only the machinery's failure
                broken = (RESULTS.c.digest == digest) & (RESULTS.c.status == "broken")
                with self._engine.begin() as connection:
                    connection.execute(update(RESULTS).where(broken).values(values))
                    if connection.scalar(select(RESULTS.c.digest).where(RESULTS.c.digest == digest)) is None:
                        raise  # it was refused for another reason
        except DBAPIError as error:
            raise StoreError(
                f"the database {shown_url(self._url)} did not take a result: {_first_line(error)}"
            ) from None

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
                    result = unpack(found[digest]) if digest in found else None
                    if result is not None:
                        yield result

    def graded(self, digests: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Whose these results are, and when they were graded, by digest: one that is graded again may come out otherwise."""
        found: dict[str, tuple[str, str]] = {}
        columns = (RESULTS.c.digest, RESULTS.c.student, RESULTS.c.graded)
        with self._engine.connect() as connection:
            for start in range(0, len(digests), CHUNK):
                wanted = RESULTS.c.digest.in_(digests[start : start + CHUNK])
                for digest, student, graded in connection.execute(select(*columns).where(wanted)):
                    found[digest] = name_of(student), graded
        return found

    def students(self) -> list[str]:
        """The names of all who have a result, as they are kept."""
        with self._engine.connect() as connection:
            return list(connection.scalars(select(RESULTS.c.student).distinct().order_by(RESULTS.c.student)))

    def of_student(self, name: str) -> Iterator[UnitResult]:
        """The newest result of each unit of one student, with what lateness took off.

        `name` is as `students` tells it. The newest is the one in the last run that finished; where no run has, the one
        that was graded last. What another version kept is left out.
        """
        places = RESULTS.outerjoin(RUN_RESULTS, RUN_RESULTS.c.digest == RESULTS.c.digest).outerjoin(LATE, _SAME_PLACE)
        wanted = (
            select(RESULTS.c.unit, RESULTS.c.record, LATE.c.days, LATE.c.share)
            .select_from(places)
            .where(RESULTS.c.student == name)
            .order_by(func.coalesce(RUN_RESULTS.c.run, 0).desc(), RESULTS.c.graded.desc())
        )
        seen: set[str] = set()
        with self._engine.connect() as connection:
            for unit, record, days, share in connection.execute(wanted):
                result = unpack(record) if unit not in seen else None
                if result is not None:
                    seen.add(unit)
                    yield charged(result, Late(days, share)) if days else result

    def close(self) -> None:
        self._engine.dispose()


def _into(output: str) -> str:
    """How a run that ends in these files is remembered."""
    return f" into {output[-1000:]}" if output else ""


def _open(url: str) -> Engine:
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def configure(connection: Any, _: Any) -> None:
            connection.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
            _write_ahead(connection)
            # A commit is in the file once it returns, so it outlives the grader, however that ends. To outlive a power
            # cut as well, each would wait for the disk, up to a fifth of the time that grading takes (FULL). As it is, a
            # power cut may take the last moments' results, the file stays sound, and they are graded again.
            connection.execute("PRAGMA synchronous=NORMAL")

    return engine


def _is_there(url: str) -> bool:
    """Opening a SQLite file that is not there would make it."""
    found = make_url(url)
    return found.get_backend_name() != "sqlite" or Path(found.database or "").is_file()


def shown_url(url: str) -> str:
    """A database's URL without its password."""
    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return url


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
