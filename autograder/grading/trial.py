"""How long a class would take on this machine: a few submissions of a sample class, really graded."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.course.units import Course, Unit
from autograder.grading.sample import make_class
from autograder.grading.worker import CheckSession

STUDENTS = 12  # of the sample class
SECONDS = 10.0  # after which the trial ends


@dataclass(frozen=True)
class Trial:
    """What a trial took."""

    count: int
    start_seconds: float  # of a worker, until it can grade
    seconds_each: float
    units: int  # of each student

    def minutes(self, students: int, jobs: int) -> float:
        """Of grading so many students' every unit; begun minutes count whole."""
        seconds = self.start_seconds + students * self.seconds_each * self.units / jobs
        return -(-seconds // 60)


def try_class(
    course: Course,
    units: Sequence[Unit],
    begin: Callable[[int], None] = lambda total: None,
    report: Callable[[], None] = lambda: None,
) -> Trial:
    """Grade a sample class, a student after the other, for some seconds at most.

    Raises:
        CourseChecksError, ConfinementUnavailable, SandboxBroken: nothing can be graded here.
    """
    with tempfile.TemporaryDirectory(prefix="autograder-") as scratch:
        folder = Path(scratch) / "class"
        make_class(course, folder, STUDENTS, units)
        started = time.perf_counter()
        session = CheckSession(course, units)
        try:
            # The first student warms up what a worker computes once: the reference's answers, the list of mistakes.
            # The hostile one is left out: alone it takes as long as a hundred others, and would be a twelfth of the class.
            honest = [each for each in folder.iterdir() if "hostile" not in each.name]
            students = sorted(honest, key=lambda each: ("complete" not in each.name, each.name))
            begin(len(students) * len(units))
            count, first = 0, 0.0
            for number, student in enumerate(students):
                for unit in units:
                    if number and time.perf_counter() - first > SECONDS:
                        break
                    module = student / unit.folder / unit.module
                    session.grade(student.name, unit, module, [module.parent])
                    report()
                    count += number > 0
                if not number:
                    first = time.perf_counter()
            taken = time.perf_counter() - first
        finally:
            session.close()
    return Trial(count, first - started, taken / count, len(units))
