"""What grading costs: one submission, one check, a class of a thousand; beside a fresh pytest process, in one run.

    python tests/benchmarks/grading.py [--submissions 1000]

Prints a table. Times vary with the machine, so read the ratios; nothing here is asserted.
"""

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from autograder.course.units import load_course
from autograder.grading.sample import solution
from autograder.grading.worker import CheckSession

ROOT = Path(__file__).resolve().parents[2]


def timed(function, times):
    """Seconds of each of several runs."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        function()
        taken.append(time.perf_counter() - started)
    return taken


def row(name, seconds, unit=None):
    print(f"{name:<56}{1e3 * seconds:>10.2f} ms" + (f"{unit / seconds:>10.1f} x" if unit else ""))


def fresh_pytest(folder):
    """A new pytest process on the same public tests, with nothing loaded that it need not."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def rss():
    """Resident memory of this process, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--submissions", type=int, default=1000)
    parser.add_argument("--unit", default="activations")
    arguments = parser.parse_args()
    course = load_course(ROOT)
    unit = course.unit(arguments.unit)
    with tempfile.TemporaryDirectory() as folder:
        module = Path(folder) / unit.module
        module.write_text(solution(course, unit))
        sessions = {on: CheckSession(course, [unit], "bench", "sandbox" if on else "none") for on in (True, False)}
        graded = {
            on: (lambda s=session: s.grade("x", unit, module, [module.parent])) for on, session in sessions.items()
        }
        checks = len(graded[True]().checks)
        graded[False]()
        # Interleaved, so that a busy spell of the machine falls on both alike.
        taken = {True: [], False: []}
        for _ in range(10):
            for on, one in graded.items():
                taken[on] += timed(one, 10)
        fresh = statistics.median(
            timed(lambda: fresh_pytest(ROOT / "solutions" / unit.folder / f"test_{unit.module}"), 5)
        )
        print(f"{unit.folder}: {checks} checks, one worker; medians and best of 100\n")
        confined, bare = statistics.median(taken[True]), statistics.median(taken[False])
        row("fresh pytest process, public tests only", fresh)
        row("one submission, all checks, isolation on", confined, fresh)
        row("one submission, all checks, isolation on, best", min(taken[True]), fresh)
        row("one check, isolation on", confined / checks)
        row("one submission, all checks, isolation none", bare, fresh)
        row("what isolation costs a submission", confined - bare)
        before = rss()
        started = time.perf_counter()
        modules = [Path(folder) / f"s{number}" / unit.module for number in range(2)]
        for each in modules:
            each.parent.mkdir()
            each.write_text(module.read_text())
        for number in range(arguments.submissions):
            following = modules[(number + 1) % 2]
            sessions[True].prepare(unit, following, [following.parent])
            here = modules[number % 2]
            sessions[True].grade("x", unit, here, [here.parent])
        seconds = time.perf_counter() - started
        rate = arguments.submissions / seconds
        print(f"\n{arguments.submissions} in a row: {1e3 / rate:.2f} ms each, grader {before:.0f} -> {rss():.0f} MB")
        for session in sessions.values():
            session.close()


if __name__ == "__main__":
    main()
