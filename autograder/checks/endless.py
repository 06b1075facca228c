"""Exercises that ran out of time at a student's desk: nobody waits ten seconds more for each of their other checks."""

from __future__ import annotations

from collections.abc import Iterator
from types import CodeType, ModuleType

from autograder.checks.failures import skip
from autograder.checks.results import CheckResult, Outcome
from autograder.sandbox.local import code_objects
from autograder.words import listed


class Endless:
    """Remembers what was stopped at the time limit, and spares the checks that would only be stopped, too."""

    def __init__(self) -> None:
        self._stopped: dict[str, str] = {}  # by exercise, the check

    def note(self, exercise: str, check: str) -> None:
        """A check of this exercise was stopped."""
        self._stopped.setdefault(exercise, check)

    def causes(self, exercise: str, module: ModuleType | None) -> list[str]:
        """What was stopped of this exercise and of those that it calls, as the module stands."""
        if not self._stopped or module is None:
            return []
        if exercise in self._stopped:
            return [exercise]
        reached = _reached(module, exercise)
        return [name for name in self._stopped if name in reached]

    def spares(self, result: CheckResult, module: ModuleType | None) -> bool:
        """Need this check not be run? Then its result says why."""
        causes = self.causes(result.exercise, module)
        if causes == [result.exercise]:
            skip(result, self._stopped[result.exercise])
        elif causes:
            result.outcome, result.causes = Outcome.NOT_RUN, causes
            result.message = f"not run: it calls {listed(causes)}, which did not come to an end"
        return bool(causes)


def _reached(module: ModuleType, name: str) -> set[str]:
    """The names that a function or class of the module uses, and those that these use, as their code says."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for code in code_objects(getattr(module, waiting.pop(), None)):
            waiting += [each for each in _names(code) if each not in found and hasattr(module, each)]
            found.update(waiting)
    return found


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _names(each)
