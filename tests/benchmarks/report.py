"""What the class report costs: a made-up class of 1,000 students and 30 units, written and opened in Chromium.

    python tests/benchmarks/report.py [--students 1000] [--units 30] [--all-different] [--keep FILE]

Prints seconds, size, memory and the time from the start of loading to the first painted heat map. `--all-different`
makes the worst class: everyone fails most checks, each with a long message of their own.
"""

import argparse
import random
import resource
import statistics
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from conftest import CHROMEDRIVER, CHROMIUM, open_chromium

from autograder.checks.results import CheckResult, Outcome, UnitResult, score
from autograder.course.units import Course, Part, Unit
from autograder.reports.html import write_report

EXERCISES = 8  # a unit
CHECKS = 5  # an exercise
SURNAMES = ["Garcia", "Nguyen", "Müller", "Okafor", "O'Brien", "Søndergaard", "Kowalczyk", "Haddad", "Ito", "Silva"]


class MadeUpClass:
    """Results that are made anew, a submission at a time, whenever they are iterated."""

    def __init__(self, units, students, all_different):
        self._units = units
        self._students = students
        self._all_different = all_different

    def __iter__(self):
        for number in range(self._students):
            rng = random.Random(number)
            name = f"{SURNAMES[number % len(SURNAMES)]}, Student {number:04d}"
            ability = rng.betavariate(5, 2)
            for unit in self._units:
                yield self._result(name, unit, ability, rng)

    def _result(self, name, unit, ability, rng):
        if rng.random() < 0.04:
            return UnitResult(
                name, unit.id, "missing", f"no {unit.module} was handed in", exercises=score(unit.points, [])
            )
        if rng.random() < 0.02:
            message = f"{unit.module}, line {rng.randrange(200)}: invalid syntax"
            return UnitResult(name, unit.id, "not loaded", message, 0.01, exercises=score(unit.points, []))
        checks = []
        for exercise in unit.points:
            solved = rng.random() < (0.05 if self._all_different else 0.5 + 0.5 * ability)
            mistake = rng.randrange(6)
            for number in range(CHECKS):
                check = f"{'hidden' if number else f'test_{unit.id}'}.py::test_{exercise}_behaves_{number}"
                checks.append(self._check(check, exercise, solved or number < mistake - 3, mistake, rng))
        return UnitResult(name, unit.id, "graded", "", rng.expovariate(50), 0, score(unit.points, checks), checks)

    def _check(self, check, exercise, passed, mistake, rng):
        result = CheckResult(check, exercise, Outcome.PASSED, seconds=rng.expovariate(2000))
        if passed:
            return result
        own = self._all_different or mistake == 5  # the others are mistakes that many make
        values = rng.random() if own else mistake
        result.outcome = Outcome.ERROR if mistake == 4 else Outcome.FAILED
        result.call = f"{exercise}(array of shape (5, {mistake + 2}), [3., 2., {values}])"
        result.message = (
            f"the result is wrong: 2 of 5 values are off; largest error 1 at [0]\n  at [0]: got {values}, expected 1\n"
            f"  at [1]: got 0, expected {check[-1]}"
        )
        if self._all_different:
            result.message += "".join(f"\n  <{rng.random()}> & more" for _ in range(20))
        if not own:
            result.mistake, result.hint = f"mistake_{mistake}", f"Think of the {mistake}th thing that {exercise} needs."
        return result


def made_up_run(students=1000, units=30, all_different=False):
    made = [
        Unit(
            folder=f"{number:02d}_unit_{chr(97 + number % 26)}{number}",
            title=f"Unit number {number} of the course",
            points={f"exercise_{number}_{each}": 1 + each % 4 for each in range(EXERCISES)},
        )
        for number in range(1, units + 1)
    ]
    course = Course(title="A made-up course", parts=[Part(title="All", units=made)])
    return SimpleNamespace(
        ids={},
        roster={},
        course=course,
        units=made,
        seed="benchmark",
        started="2026-01-01T10:00:00+00:00",
        finished="2026-01-01T10:05:00+00:00",
        results=MadeUpClass(made, students, all_different),
    )


def painted(page, times=5):
    """Seconds from the start of loading to the painted heat map, of several loads, each in a fresh browser."""
    taken = []
    for _ in range(times):
        with tempfile.TemporaryDirectory() as profile, open_chromium(profile, "--window-size=1280,900") as driver:
            driver.get(page.resolve().as_uri())
            script = "return performance.getEntriesByName('heat-map-painted')[0]?.startTime"
            while (mark := driver.execute_script(script)) is None:
                time.sleep(0.02)
            taken.append(mark / 1000)
    return taken


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=int, default=1000)
    parser.add_argument("--units", type=int, default=30)
    parser.add_argument("--all-different", action="store_true")
    parser.add_argument("--memory", action="store_true", help="measure memory as well, which takes longer")
    parser.add_argument("--keep", type=Path, help="write the report here")
    arguments = parser.parse_args()
    run = made_up_run(arguments.students, arguments.units, arguments.all_different)
    started = time.perf_counter()
    count = sum(len(result.checks) for result in run.results)
    making = time.perf_counter() - started
    with tempfile.TemporaryDirectory() as folder:
        page = arguments.keep or Path(folder) / "report.html"
        if arguments.memory:
            tracemalloc.start()
        before = time.perf_counter()
        write_report(run, page)
        seconds = time.perf_counter() - before - making
        print(f"{arguments.students} students x {arguments.units} units x {EXERCISES} exercises, {count} checks")
        print(f"write the report            {seconds:8.2f} s (making up the results takes {making:.2f} s, not counted)")
        print(f"size                        {page.stat().st_size / 1e6:8.2f} MB (aim: below 5)")
        if arguments.memory:
            print(f"memory while writing        {tracemalloc.get_traced_memory()[1] / 1e6:8.1f} MB at most")
        print(
            f"whole process               {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:8.1f} MB at most"
        )
        if not (CHROMIUM and CHROMEDRIVER):
            sys.exit("Chromium and its driver are not installed: no time to the painted heat map.")
        taken = painted(page)
        worst = f"slowest of {len(taken)}: {max(taken):.2f} s"
        print(f"open to painted heat map    {statistics.median(taken):8.2f} s (aim: under 2), {worst}")


if __name__ == "__main__":
    main()
