"""What a class costs that handed in the whole course, with wrong answers in most of it.

    python tests/benchmarks/whole_course.py [--students 60] [--units 30] [--jobs 2] [--class-of 1000]

Two sample classes, one twice as large as the other, each graded by the command: a quarter solved everything, a quarter a part,
half made a catalogued mistake in each unit, three are untouched, broken and hostile. Who solved a unit, up to a mistake or not,
did so as the reference does in one of three units, and in the others in a way of tests/alternatives. What the second half of the
larger class took is what more students of that kind take; what comes before is paid once. Prints seconds; nothing is asserted.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from autograder.course.units import load_course
from autograder.grading.sample import solution

ROOT = Path(__file__).resolve().parents[2]
AUTOGRADER = [sys.executable, "-m", "autograder"]


def write_in_other_ways(course, units, folder):
    """A class in which all who are right are so to the last bit would be graded faster than any that there is."""
    for unit in units:
        right = solution(course, unit)
        ways = ["", *(path.read_text() for path in sorted((ROOT / "tests" / "alternatives" / unit.id).glob("*.py")))]
        for number, module in enumerate(sorted(folder.glob(f"*/{unit.folder}/{unit.module}"))):
            text = module.read_text()
            if text.startswith(right):
                module.write_text(f"{right}\n\n{ways[number % len(ways)]}\n{text.removeprefix(right)}")


def graded(folder, students, units, jobs):
    """Seconds on the wall and of processors that grading a class took, reports included."""
    course = load_course(ROOT)
    chosen = course.units[:units]
    place = folder / str(students)
    names = [part for unit in chosen for part in ("--unit", unit.id)]
    made = ["sample", str(place / "class"), "--students", str(students), *names, "--course", str(ROOT)]
    subprocess.run([*AUTOGRADER, *made], check=True, capture_output=True)
    write_in_other_ways(course, chosen, place / "class")
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = ["grade", str(place / "class"), "--output", str(place / "results"), "--jobs", str(jobs), *names]
    subprocess.run([*AUTOGRADER, *command, "--course", str(ROOT)], check=True, capture_output=True)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--students", type=int, default=60)
    parser.add_argument("--units", type=int, default=30)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--class-of", type=int, default=1000)
    options = parser.parse_args()
    n = options.students
    with tempfile.TemporaryDirectory() as name:
        walls, processors = {}, {}
        for students in (n, 2 * n):
            walls[students], processors[students] = graded(Path(name), students, options.units, options.jobs)
            print(
                f"{students} students: {walls[students]:.0f} s, {processors[students]:.0f} s of processors", flush=True
            )
    each, busy = ((taken[2 * n] - taken[n]) / n for taken in (walls, processors))
    print(f"a student more: {each:.2f} s, {busy:.1f} s of processors; at the start: {walls[n] - n * each:.0f} s")
    for words, more in (("the seconds", each), ("the processors' seconds, all jobs busy", busy / options.jobs)):
        total = walls[2 * n] + (options.class_of - 2 * n) * more
        print(f"{options.class_of} students: {total / 60:.0f} minutes, extrapolated from {2 * n} by {words}")


if __name__ == "__main__":
    main()
