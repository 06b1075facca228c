"""results.jsonl: what came out, a line for each student and unit, small enough for any class.

The first line is about the run: course, versions, seed, start and end, and what each exercise is worth. Each further line
is one result:

    passed      exercises with all of their points -> how many checks that took
    exercises   the others -> points, how many checks passed and how many there are, and the checks that failed: four whole,
                of more the first line
    mistake     the first mistake that was recognised; an exercise or a check names its own where it has another
    hints       mistakes -> their hints

Checks that are carried are counted, too; their exercise names those to mend first as `causes`. Nothing is written twice in a
line. Of checks with the same long message one has it, and the others name that one (`like`). A check without a file is one of
hidden.py. It `failed` unless it has another outcome, and so did its exercise unless it has another status. What is left out
besides is 0 or empty.
"""

from __future__ import annotations

import contextlib
import json
import platform
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from autograder.checks.results import EXCUSED, CheckResult, Decision, ExerciseResult, Outcome, Ruling, UnitResult
from autograder.grading.generations import seed_of
from autograder.reports.class_record import RunOfClass
from autograder.version import __version__
from autograder.words import number

NAME = "results.jsonl"
EARLIER = "results.json"  # what an earlier version wrote: every check of everybody in one piece of JSON
LAYOUT = 1  # of the lines
HIDDEN = "hidden.py::"
WHOLE = 4  # checks of an exercise that are told whole; of more of them the first line is enough here
CALL_CHARS = 90  # of a call: what is longer is an array of random values, and stands in the student's feedback page
COUNTED = {Outcome.PASSED, Outcome.CARRIED, Outcome.SKIPPED, Outcome.NOT_WRITTEN, Outcome.NOT_RUN}


class ResultsError(Exception):
    """There are no results to read, or they are another version's; says which, and the way out."""


def head_line(run: RunOfClass) -> str:
    """The first line: what the run was."""
    versions = {"autograder": __version__, "numpy": np.__version__, "python": platform.python_version()}
    ids: dict[str, Any] = {"ids": dict(run.ids)} if run.ids else {}
    if run.roster:
        ids["roster"] = {student: asdict(person) for student, person in run.roster.items()}
    return _dumps({
        "layout": LAYOUT, "course": run.course.title, "seed": run.seed, "versions": versions, "started": run.started,
        "finished": run.finished, "units": {unit.id: unit.points for unit in run.units}, **ids,
    })  # fmt: skip


def result_line(result: UnitResult, worth: Mapping[str, float], seed: str) -> str:
    """The line of one result; `worth` is what the first line says of the unit's exercises, `seed` the run's."""
    record: dict[str, Any] = {"student": result.student, "unit": result.unit, "status": result.status}
    if result.message:
        record["message"] = result.message
    if result.generation:
        record |= {"generation": result.generation, "seed": seed_of(seed, result.generation)}
    if result.late_days:
        record["late_days"] = result.late_days
    if result.seconds:
        record["seconds"] = round(result.seconds, 4)
    record["points"] = number(round(result.points, 4))
    if result.adjustment:
        record["adjustment"] = number(result.adjustment)
    if result.excused:
        record["excused"] = True
    if result.decisions:
        record["decisions"] = [
            {key: value for key, value in asdict(each).items() if value and key not in ("student", "unit")}
            for each in result.decisions
        ]
    checks: dict[str, list[CheckResult]] = {each.exercise: [] for each in result.exercises}
    told = [check for check in result.checks if check.outcome not in COUNTED and (check.message or check.call)]
    for check in told:
        checks.setdefault(check.exercise, []).append(check)
    line = _Line(record, worth, next((check.mistake for check in told if check.mistake), ""))
    causes: dict[str, dict[str, None]] = {}
    for check in result.checks:
        if check.outcome == Outcome.CARRIED:
            causes.setdefault(check.exercise, {}).update(dict.fromkeys(check.causes))
    for each in result.exercises:
        line.add(each, checks[each.exercise], list(causes.get(each.exercise, ())), result.status)
    if line.mistake:
        record |= {"mistake": line.mistake, "hints": line.hints}
    return _dumps(record)


@dataclass
class _Line:
    """A result's line on its way."""

    record: dict[str, Any]
    worth: Mapping[str, float]
    mistake: str
    hints: dict[str, str] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)  # message -> the check that has it

    def add(self, each: ExerciseResult, told: list[CheckResult], causes: list[str], status: str) -> None:
        """Add an exercise, its checks that are to be told, and the exercises that its carried checks wait for."""
        whole = each.points == each.max_points and each.checks_passed == each.checks_total and each.status == "passed"
        if whole and each.max_points == self.worth.get(each.exercise) and each.raw_points == each.points:
            self.record.setdefault("passed", {})[each.exercise] = each.checks_passed
            return
        decided = each.adjustment or each.status == EXCUSED
        if status != "graded" and not (told or each.checks_passed or decided):
            return
        mistake = next((check.mistake for check in told if check.mistake), self.mistake)
        record = {
            "points": number(each.points),
            "raw_points": number(each.raw_points) if each.raw_points != each.points else 0,
            "adjustment": number(each.adjustment),
            "of": number(each.max_points) if each.max_points != self.worth.get(each.exercise) else 0,
            "passed": each.checks_passed,
            "checks": each.checks_total,
            "status": each.status if each.status != Outcome.FAILED else "",
            "hint": each.hint if each.hint != next((check.hint for check in told if check.hint), "") else "",
            "mistake": mistake if mistake != self.mistake else "",
            "causes": causes,
            "failed": {
                _short(check.check): self._check(check, mistake, place < WHOLE) for place, check in enumerate(told)
            },
        }
        self.record.setdefault("exercises", {})[each.exercise] = {
            name: value for name, value in record.items() if value
        }

    def _check(self, check: CheckResult, mistake: str, whole: bool) -> dict[str, Any]:
        record: dict[str, Any] = {}
        if check.outcome != Outcome.FAILED:
            record["outcome"] = str(check.outcome)
        if check.weight != 1:
            record["weight"] = round(check.weight, 4)
        if check.call and whole:
            record["call"] = check.call if len(check.call) <= CALL_CHARS else check.call[:CALL_CHARS] + " [...]"
        first = self.messages.setdefault(check.message, _short(check.check))
        if first != _short(check.check) and len(first) < len(check.message):
            record["like"] = first
        elif check.message:
            record["message"] = check.message if whole else check.message.partition("\n")[0][:CALL_CHARS]
        if check.mistake != mistake:
            record["mistake"] = check.mistake
        if check.hint != (self.hints.setdefault(check.mistake, check.hint) if check.mistake else ""):
            record["hint"] = check.hint
        return record


def _short(check: str) -> str:
    """A check's id without the file that most are in."""
    return check.removeprefix(HIDDEN)


def _dumps(record: Any) -> str:
    return json.dumps(record, ensure_ascii=True, separators=(",", ":")) + "\n"


@dataclass(frozen=True)
class Results:
    """A results.jsonl, read a line at a time. What was counted is not among a result's checks."""

    path: Path

    def head(self) -> dict[str, Any]:
        """The first line."""
        with self._open() as file:
            return self._head(file)

    def __iter__(self) -> Iterator[UnitResult]:
        with self._open() as file:
            units = self._head(file)["units"]
            for place, line in enumerate(file, 2):
                try:
                    record = json.loads(line)
                    yield _result(record, units[record["unit"]])
                except (ValueError, KeyError, TypeError, AttributeError):
                    raise ResultsError(f"{self.path}, line {place}, cannot be read: {_AGAIN}") from None

    def students(self) -> Iterator[tuple[str, list[UnitResult]]]:
        for student, results in groupby(self, key=lambda result: result.student):
            yield student, list(results)

    def _head(self, file: Iterator[str]) -> dict[str, Any]:
        try:
            head: dict[str, Any] = json.loads(next(file))
            if head["layout"] == LAYOUT:
                return head
        except (ValueError, KeyError, TypeError, StopIteration):
            raise ResultsError(f"{self.path} is no {NAME} of `autograder grade`: {_AGAIN}") from None
        raise ResultsError(f"{self.path} was written by another version of autograder: {_AGAIN}")

    @contextlib.contextmanager
    def _open(self) -> Iterator[Iterator[str]]:
        try:
            with self.path.open(encoding="ascii") as file:
                yield file
        except FileNotFoundError:
            earlier = self.path.with_name(EARLIER)
            if is_earlier(earlier):
                raise ResultsError(f"{earlier} was left by an earlier version of autograder: {_AGAIN}") from None
            raise ResultsError(
                f"{self.path} is not there: run `autograder grade` first, and name its --output"
            ) from None
        except (OSError, UnicodeDecodeError) as error:
            raise ResultsError(f"{self.path} cannot be read: {error}") from None


_AGAIN = "run `autograder grade` again"


def is_earlier(path: Path) -> bool:
    """Is this the results.json of an earlier version?"""
    try:
        with path.open("rb") as file:
            start = file.read(4000)
    except OSError:
        return False
    return start.startswith(b'{"course": ') and b'"results": [' in start


def _result(record: dict[str, Any], worth: dict[str, float]) -> UnitResult:
    passed, others, status = record.get("passed", {}), record.get("exercises", {}), record["status"]
    result = UnitResult(
        record["student"], record["unit"], status, record.get("message", ""), record.get("seconds", 0.0),
        record.get("late_days", 0), generation=record.get("generation", 0), adjustment=record.get("adjustment", 0.0),
        excused=record.get("excused", False), decisions=tuple(_decision(each, record) for each in record.get("decisions", ())),
    )  # fmt: skip
    messages: dict[str, str] = {}
    for exercise, points in worth.items():
        if exercise in passed:
            count = passed[exercise]
            result.exercises.append(ExerciseResult(exercise, points, points, count, count, "passed", "", points))
            continue
        each = others.get(exercise, {"status": status})
        told = [_told(name, exercise, each, record, messages, told) for name, told in each.get("failed", {}).items()]
        earned = each.get("points", 0.0)
        result.exercises.append(
            ExerciseResult(
                exercise, earned, 0.0 if each.get("status") == EXCUSED else each.get("of", points),
                each.get("passed", 0), each.get("checks", 0),
                each.get("status", str(Outcome.FAILED)),
                each.get("hint") or next((check.hint for check in told if check.hint), ""),
                each.get("raw_points", earned),
                each.get("adjustment", 0.0),
            )
        )  # fmt: skip
        result.checks += told
    return result


def _decision(each: dict[str, Any], record: dict[str, Any]) -> Decision:
    return Decision(
        each["number"], record["student"], record["unit"], each.get("exercise", ""), Ruling(each["ruling"]),
        each.get("value", 0.0), each.get("why", ""), each["made"],
    )  # fmt: skip


def _told(
    name: str,
    exercise: str,
    each: dict[str, Any],
    record: dict[str, Any],
    messages: dict[str, str],
    told: dict[str, Any],
) -> CheckResult:
    """A check that is told; `messages` are those of the line so far."""
    mistake = told.get("mistake", each.get("mistake", record.get("mistake", "")))
    messages[name] = told["message"] if "message" in told else messages.get(told.get("like", ""), "")
    return CheckResult(
        name if name.split("::")[0].endswith(".py") else HIDDEN + name, exercise, Outcome(told.get("outcome", "failed")),
        told.get("weight", 1.0), 0.0, told.get("call", ""), messages[name], mistake,
        told.get("hint", record.get("hints", {}).get(mistake, "")),
    )  # fmt: skip
