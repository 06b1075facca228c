"""What whoever teaches decided, kept beside the results: points added or set, units excused, comments; and the roster.

A decision belongs to a student's unit, not to a result: whatever is graded again, it holds until it is undone. Its tables are
made when the first one is kept, so that a database of an earlier version needs no step of its own.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Float, Integer, MetaData, Select, String, Table, insert, inspect, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from autograder.checks.results import EXCUSED, Decision, Ruling, UnitResult
from autograder.grading.store import CHUNK, Store, now
from autograder.intake.roster import Person
from autograder.words import kept_name, name_of

WHY_CHARS = 2000

METADATA = MetaData()
DECISIONS = Table(
    "decisions",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("output", String(1000), nullable=False),  # outputs that share a database are kept apart
    Column("student", String(500), nullable=False),
    Column("unit", String(100), nullable=False),
    Column("exercise", String(100), nullable=False),
    Column("ruling", String(20), nullable=False),
    Column("value", Float, nullable=False),
    Column("why", String(WHY_CHARS), nullable=False),
    Column("made", String(40), nullable=False),
    Column("undone", String(40), nullable=False),
)
ROSTER = Table(
    "roster",
    METADATA,
    Column("output", String(1000), primary_key=True),
    Column("student", String(500), primary_key=True),
    *(Column(name, String(500), nullable=False) for name in Person.__annotations__),
)
# Where what was graded lay: `explain` asks it again.
SOURCES = Table(
    "sources",
    METADATA,
    Column("output", String(1000), primary_key=True),
    Column("submissions", String(4000), nullable=False),
    Column("students_at", Integer, nullable=False),  # 0: found out
)


@dataclass(frozen=True)
class Desk:
    """The decisions and the roster of a class.

    Args:
        store: the results' database.
        output: the output folder, where several may share the database; else "".
    """

    store: Store
    output: str = ""

    def decisions(self) -> list[Decision]:
        """All of them, oldest first, those that are undone among them."""
        wanted = select(DECISIONS).where(DECISIONS.c.output == self._place).order_by(DECISIONS.c.number)
        return [
            Decision(
                row["number"], name_of(row["student"]), row["unit"], row["exercise"], Ruling(row["ruling"]),
                row["value"], row["why"], row["made"], row["undone"],
            )
            for row in self._rows(DECISIONS, wanted)
        ]  # fmt: skip

    def in_force(self) -> dict[tuple[str, str], list[Decision]]:
        """Those that are not undone, by student and unit, oldest first."""
        found: dict[tuple[str, str], list[Decision]] = {}
        for each in self.decisions():
            if not each.undone:
                found.setdefault((each.student, each.unit), []).append(each)
        return found

    def decide(self, student: str, unit: str, exercise: str, ruling: Ruling, value: float, why: str) -> int:
        """Keep a decision; returns its number."""
        self._make_tables()
        row = {
            "output": self._place, "student": kept_name(student), "unit": unit, "exercise": exercise,
            "ruling": str(ruling), "value": value, "why": why, "made": now(), "undone": "",
        }  # fmt: skip
        with self.store.engine.begin() as connection:
            return int(connection.execute(insert(DECISIONS).values(row).returning(DECISIONS.c.number)).scalar_one())

    def undo(self, number: int) -> bool:
        """Let a decision hold no more; False where there is none of that number that does. It stays in the list."""
        if not inspect(self.store.engine).has_table(DECISIONS.name):
            return False
        holds = (DECISIONS.c.number == number) & (DECISIONS.c.output == self._place) & (DECISIONS.c.undone == "")
        with self.store.engine.begin() as connection:
            return bool(connection.execute(update(DECISIONS).where(holds).values(undone=now())).rowcount)

    def roster(self) -> dict[str, Person]:
        """Who is on the roster that was given last."""
        wanted = select(ROSTER).where(ROSTER.c.output == self._place)
        return {
            name_of(row["student"]): Person(**{name: row[name] for name in Person.__annotations__})
            for row in self._rows(ROSTER, wanted)
        }

    def keep_roster(self, roster: Mapping[str, Person]) -> None:
        """Take a roster in the place of the one before."""
        self._make_tables()
        rows = [
            {"output": self._place, "student": kept_name(name), **asdict(person)} for name, person in roster.items()
        ]
        with self.store.engine.begin() as connection:
            connection.execute(ROSTER.delete().where(ROSTER.c.output == self._place))
            for start in range(0, len(rows), CHUNK):
                connection.execute(insert(ROSTER), rows[start : start + CHUNK])

    def keep_source(self, submissions: Path, students_at: int | None) -> None:
        """Remember what was graded."""
        self._make_tables()
        path = str(submissions.absolute()).encode("utf-8", "backslashreplace").decode()
        row = {"output": self._place, "submissions": path[:4000], "students_at": students_at or 0}
        with contextlib.suppress(IntegrityError), self.store.engine.begin() as connection:  # another grader was first
            connection.execute(SOURCES.delete().where(SOURCES.c.output == self._place))
            connection.execute(insert(SOURCES).values(row))

    def source(self) -> tuple[Path, int | None] | None:
        """The submissions that were graded last, and how deep the students were said to lie in them."""
        rows = self._rows(SOURCES, select(SOURCES).where(SOURCES.c.output == self._place))
        return (Path(rows[0]["submissions"]), rows[0]["students_at"] or None) if rows else None

    def _make_tables(self) -> None:
        """Those that are not there. Another grader that begins now may be first with any of them: look again then."""
        for _ in METADATA.tables:
            with contextlib.suppress(DBAPIError):
                return METADATA.create_all(self.store.engine)
        return METADATA.create_all(self.store.engine)

    @property
    def _place(self) -> str:
        return self.output[-1000:]

    def _rows(self, table: Table, wanted: Select[Any]) -> list[dict[str, Any]]:
        if not inspect(self.store.engine).has_table(table.name):
            return []
        with self.store.engine.connect() as connection:
            return [dict(row) for row in connection.execute(wanted).mappings()]


def decided(result: UnitResult, decisions: Sequence[Decision]) -> UnitResult:
    """A result with what was decided about it, in the order in which it was; never less than 0 points.

    What is excused is worth 0 of 0 points. Points above the maximum count. What speaks of an exercise that the unit does
    not have any more changes nothing.
    """
    exercises = {each.exercise: replace(each) for each in result.exercises}
    whole, excused = 0.0, False
    for each in decisions:
        target = exercises.get(each.exercise)
        earned = sum(exercise.points for exercise in exercises.values())
        if each.ruling == Ruling.EXCUSE:
            for one in [target] if target else [] if each.exercise else exercises.values():
                one.points = one.max_points = one.adjustment = 0.0
                one.status = EXCUSED
            if not each.exercise:
                whole, excused = 0.0, True
        elif each.ruling == Ruling.COMMENT or excused:
            continue
        elif not each.exercise:
            whole = round(_ruled(earned + whole, each) - earned, 4)
        elif target and target.status != EXCUSED:
            points = _ruled(target.points, each)
            target.adjustment = round(target.adjustment + points - target.points, 4)
            target.points = points
    return replace(
        result, exercises=list(exercises.values()), adjustment=whole, excused=excused, decisions=tuple(decisions)
    )


def _ruled(points: float, decision: Decision) -> float:
    new = decision.value if decision.ruling == Ruling.SET else points + decision.value
    return round(max(0.0, new), 4)
