"""A check, run again with somebody else in the student's place: a known mistake, or the reference."""

from __future__ import annotations

from typing import Any

import pytest

from autograder.checks.mistakes import reference_beside
from autograder.checks.plugin import Subject, unit_id
from autograder.checks.session import Check
from autograder.sandbox.local import Local
from autograder.sandbox.proxy import Call, Student


class MistakenSubject:
    """The plugin's subject while a mistake stands in for a student."""

    def __init__(self, real: Subject, backend: Local) -> None:
        self.seed = real.seed
        self._real = real
        self._backend = backend

    def student(self, item: pytest.Item) -> Student:
        self._backend.transcript = []
        return Student(self._backend, unit_id(item.path))

    def reference(self, item: pytest.Item) -> Any:
        return self._real.reference(item)

    def transcript(self) -> list[Call]:
        return self._backend.transcript


def reference_calls(check: Check, subject: Subject, reference: Local | None = None) -> list[Call]:
    """The calls that a check makes of the reference, which is loaded for it where none is given."""
    backend = reference or Local(reference_beside(str(check.item.path)))
    check.run(MistakenSubject(subject, backend))
    return backend.transcript
