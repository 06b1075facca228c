"""Whether a student's code is fast enough: a ratio to the reference in the same run, never seconds.

Both run in a sandbox and are timed by the grader in the same way, in turns, on the same inputs; each round has inputs of
its own, so that an answer kept from the round before is of no use.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.checks.comparison import Mismatch, assert_close
from autograder.checks.plugin import generator_for
from autograder.checks.session import CourseChecksError
from autograder.checks.twins import Twin, cast, load_twins
from autograder.course.file import SOLUTIONS
from autograder.course.units import Course, Unit
from autograder.sandbox.client import Confined
from autograder.sandbox.proxy import Student

ROUNDS = 5  # the quickest of which counts, of both
ATTEMPTS = 3  # a machine that others use too may be slow for one of the two: too slow is too slow three times
HINT = "Let NumPy work on whole arrays: each turn of a Python loop costs as much as a thousand additions in an array."


class TooSlow(Mismatch):
    """Right, and more times as long as the reference than course.yml allows."""


class EfficiencyCheck:
    """One exercise of a unit that course.yml wants to be fast enough.

    Args:
        course: where the unit's scaled.py and reference are.
        unit: the unit.
        exercise: with an entry under `efficiency:`.

    Raises:
        CourseChecksError: scaled.py has no inputs for the exercise.
    """

    def __init__(self, course: Course, unit: Unit, exercise: str) -> None:
        self.id = f"course.yml::efficiency[{exercise}]"
        self.unit, self.exercise, self.wanted = unit, exercise, unit.efficiency[exercise]
        folder = course.root / SOLUTIONS / unit.folder
        self.reference = folder / unit.module
        self._seed = ""
        twin = next((twin for twin in load_twins(folder) if exercise in twin.exercises), None)
        if twin is None:
            raise CourseChecksError(
                f"course.yml asks for the efficiency of {unit.id}:{exercise}, but {folder / 'scaled.py'} has no inputs for it."
            )
        self._twin: Twin = twin

    def run(self, student: Confined, reference: Callable[[], Confined], seed: str) -> None:
        """Compare the two.

        Args:
            student: with its module; its clock and transcript begin anew.
            reference: opens a sandbox with the reference.
            seed: of the inputs.

        Raises:
            TooSlow: it is.
            Mismatch: wrong; whatever else the student's code raises.
        """
        self._seed = seed
        student.start_check(self.id)
        backend = reference()
        try:
            backend.start_check(self.id)
            ratio = 0.0
            for attempt in range(ATTEMPTS):
                ratio = self._ratio(student, backend, attempt)
                if ratio <= self.wanted.times:
                    return
        finally:
            backend.close()
        raise TooSlow(
            f"{self.exercise} takes {ratio:,.3g} times as long as the reference, "
            f"{self.wanted.times:g} times would do (size {self.wanted.size})"
        )

    def _ratio(self, student: Confined, reference: Confined, attempt: int) -> float:
        quickest = {id(student): np.inf, id(reference): np.inf}
        for turn in range(ROUNDS):
            inputs = self._inputs(attempt * ROUNDS + turn)
            results = []
            for backend in (student, reference):
                seconds, result = self._timed(backend, inputs)
                quickest[id(backend)] = min(quickest[id(backend)], seconds)
                results.append(result)
            scale = max((float(np.abs(each).max(initial=0)) for each in results[1]), default=0.0)
            for mine, right in zip(results[0], results[1], strict=True):
                assert_close(mine, right, rtol=1e-3, atol=1e-4 * scale)
        return quickest[id(student)] / max(quickest[id(reference)], 1e-9)

    def _inputs(self, number: int) -> dict[str, Any]:
        rng = generator_for(self._seed, self.unit.id, f"{self.id}{number}")
        inputs: dict[str, Any] = cast(self._twin.inputs(rng, self.wanted.size), np.float32)
        return inputs

    def _timed(self, backend: Confined, inputs: dict[str, Any]) -> tuple[float, list[Any]]:
        """Seconds that the process in the sandbox had for the exercise, and its results."""
        module = Student(backend, self.unit.id)
        before = backend.spent
        out, cache = self._twin.forward(module, **inputs)
        if self.exercise == self._twin.exercises[0]:
            return backend.spent - before, [out]
        dout = np.asarray(generator_for(self._seed, self.unit.id, self.id).normal(size=np.shape(out)), dtype=np.float32)
        before = backend.spent
        found = self._twin.gradients(module, dout, cache, inputs)
        return backend.spent - before, found
