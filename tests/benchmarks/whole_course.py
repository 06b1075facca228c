"""What a class costs that handed in the whole course, with wrong answers in most of it.

    python tests/benchmarks/whole_course.py [--students 60] [--jobs 2] [--class-of 1000]

Two sample classes, one twice as large as the other, each graded by the command: a quarter solved everything, a quarter a part,
half made a catalogued mistake in each unit, and three are untouched, broken and hostile. What the second half of the larger class
took is what more students of that kind take; what comes before is paid once. Prints seconds; nothing here is asserted.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def graded(folder, students, jobs):
    """Seconds on the wall and of processors that grading a class took, reports included."""
    autograder = [sys.executable, "-m", "autograder"]
    place = folder / str(students)
    made = ["sample", str(place / "class"), "--students", str(students), "--course", str(ROOT)]
    subprocess.run([*autograder, *made], check=True, capture_output=True)
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = ["grade", str(place / "class"), "--output", str(place / "results"), "--jobs", str(jobs)]
    subprocess.run([*autograder, *command, "--course", str(ROOT)], check=True, capture_output=True)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--students", type=int, default=60)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--class-of", type=int, default=1000)
    options = parser.parse_args()
    n = options.students
    with tempfile.TemporaryDirectory() as name:
        walls = {}
        for students in (n, 2 * n):
            walls[students], processor = graded(Path(name), students, options.jobs)
            print(f"{students} students: {walls[students]:.0f} s, {processor:.0f} s of processors", flush=True)
    each = (walls[2 * n] - walls[n]) / n
    print(f"a student more: {each:.2f} s; at the start: {walls[n] - n * each:.0f} s")
    total = walls[2 * n] + (options.class_of - 2 * n) * each
    print(f"{options.class_of} students: {total / 60:.1f} minutes, extrapolated from {2 * n}")


if __name__ == "__main__":
    main()
