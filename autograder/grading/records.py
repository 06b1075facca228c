"""A result as the bytes that the database keeps: every check, what passed in a few bytes, quick to write and to read.

A record is compressed JSON: a row of values for each exercise and each check, in the order of their fields, without the
values at the end that are the defaults. It begins with FORMAT, so that what another version wrote is recognised.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable
from dataclasses import MISSING, Field, fields
from operator import attrgetter
from typing import Any

from autograder.checks.results import CheckResult, ExerciseResult, Outcome, UnitResult

LAYOUT = 2  # of what is in here; 1 was JSON with a name before every value


def _kept(kind: type) -> list[Field[Any]]:
    """The fields that belong to a record: what is decided later is kept elsewhere, and changes no format."""
    return [field for field in fields(kind) if field.metadata.get("kept", True)]


_NAMES = [[field.name for field in _kept(kind)] for kind in (UnitResult, ExerciseResult, CheckResult)]
# A field or an outcome more makes another format: nobody has to remember to count up.
FORMAT = hashlib.blake2b(repr((LAYOUT, _NAMES, [str(each) for each in Outcome])).encode(), digest_size=4).digest()

_OUTCOMES = {str(each): each for each in Outcome}


def _rows_of(kind: type) -> Callable[[Any], list[Any]]:
    """A function from an object to its values, in the order of its fields, without defaults at the end."""
    get = attrgetter(*(field.name for field in _kept(kind)))
    defaults = [field.default for field in _kept(kind)]

    def row(each: Any) -> list[Any]:
        values = list(get(each))
        while defaults[len(values) - 1] is not MISSING and values[-1] == defaults[len(values) - 1]:
            values.pop()
        return values

    return row


_exercise_row, _check_row = _rows_of(ExerciseResult), _rows_of(CheckResult)


def pack(result: UnitResult) -> bytes:
    """The record of a result."""
    values = {name: getattr(result, name) for name in _NAMES[0]}
    values["exercises"] = list(map(_exercise_row, result.exercises))
    values["checks"] = list(map(_check_row, result.checks))
    return FORMAT + zlib.compress(json.dumps(values, ensure_ascii=True, separators=(",", ":")).encode("ascii"))


def unpack(record: bytes) -> UnitResult | None:
    """The result that `pack` was given; None where another version wrote the record."""
    if not record.startswith(FORMAT):
        return None
    values = json.loads(zlib.decompress(memoryview(record)[len(FORMAT) :]))
    values["exercises"] = [ExerciseResult(*row) for row in values["exercises"]]
    values["checks"] = [CheckResult(row[0], row[1], _OUTCOMES[row[2]], *row[3:]) for row in values["checks"]]
    return UnitResult(**values)
