"""What a student waits for: `check`, `status` and `watch` on a bundle of 30 units with every exercise solved.

    python tests/benchmarks/student.py [--runs 9]

Prints seconds from the shell, medians, beside what Python with NumPy and a fresh pytest take in the same run. The units are
the course's own, repeated under other names until there are 30.
"""

import argparse
import os
import pty
import re
import select
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from autograder.course.release import release
from autograder.course.units import load_course
from autograder.grading.sample import solution

UNITS = 30


def solved_bundle(folder: Path) -> Path:
    """A bundle of 30 units, each module the reference."""
    course = load_course(Path(__file__).parents[2])
    release(course, folder)
    listed = []
    for number in range(UNITS):
        unit = course.units[number % len(course.units)]
        source = folder / "exercises" / unit.folder
        (source / unit.module).write_text(solution(course, unit))
        name = unit.id if number < len(course.units) else f"{unit.id}{number}"
        target = folder / "exercises" / f"{number + 1:02d}_{name}"
        if number < len(course.units):
            target = source
        else:
            shutil.copytree(source, target)
            (target / unit.module).rename(target / f"{name}.py")
            (target / f"test_{unit.module}").rename(target / f"test_{name}.py")
        listed.append({"folder": target.name, "title": unit.title, "points": dict(unit.points)})
    (folder / "course.yml").write_text(yaml.safe_dump({"title": "x", "parts": [{"title": "A", "units": listed}]}))
    return folder


def once(command, folder):
    start = time.perf_counter()
    done = subprocess.run([sys.executable, *command], cwd=folder, capture_output=True, text=True)
    assert "Traceback" not in done.stderr, done.stderr
    return time.perf_counter() - start


def watch_latency(folder: Path, runs: int) -> list[float]:
    """Seconds from a save to the result on the screen, the save to disk included."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "autograder", "watch"], cwd=folder, stdin=slave, stdout=slave, stderr=slave,
        env={**os.environ, "TERM": "xterm"},
    )  # fmt: skip
    text = ""

    def screen():
        nonlocal text
        text = ""
        while "q quit" not in text:
            assert select.select([master], [], [], 60)[0], text
            text += os.read(master, 65536).decode(errors="replace")

    try:
        screen()
        module = folder / "exercises" / "02_activations" / "activations.py"
        whole, seconds = module.read_text(), []
        for number in range(runs):
            time.sleep(0.2)
            start = time.perf_counter()
            module.write_text(f"{whole}\n# {number}\n")
            screen()
            seconds.append(time.perf_counter() - start)
            assert re.search("activations: 30 of 30", text), text
        return seconds
    finally:
        process.kill()
        process.wait()
        os.close(master)
        os.close(slave)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=9)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as scratch:
        folder = solved_bundle(Path(scratch) / "course")
        first = once(["-m", "autograder", "status"], folder)
        commands = {
            "python -c 'import numpy'": ["-c", "import numpy"],
            "python -c 'import numpy, pytest'": ["-c", "import numpy, pytest"],
            "pytest -q exercises/02_activations": ["-m", "pytest", "-q", "exercises/02_activations"],
            "autograder check activations": ["-m", "autograder", "check", "activations"],
            f"autograder status, {UNITS} units, nothing changed": ["-m", "autograder", "status"],
        }
        seconds = {name: [] for name in commands}
        for _ in range(runs):
            for name, command in commands.items():
                seconds[name].append(once(command, folder))
        for name, taken in seconds.items():
            print(f"{name:<52} {statistics.median(taken):.3f} s (best {min(taken):.3f})")
        print(f"{f'autograder status, {UNITS} units, the first time':<52} {first:.3f} s")
        taken = watch_latency(folder, runs)
        print(f"{'watch: from a save to its result':<52} {statistics.median(taken):.3f} s (best {min(taken):.3f})")


if __name__ == "__main__":
    main()
