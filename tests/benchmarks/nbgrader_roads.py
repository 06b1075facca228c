"""What grading an assignment costs in nbgrader: its kernel, our sandbox in its place, and the fast road, in one run.

    python tests/benchmarks/nbgrader_roads.py [--students 8]

The same assignment (02_activations, solved) three times: plain `nbgrader autograde` with its kernel, `nbgrader autograde`
with the course's settings, and `autograder grade` with `export --format nbgrader`. Beside them nbgrader's own steps with no
execution at all. Prints seconds a submission, start-up taken out; nothing here is asserted.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from autograder.course.units import load_course
from autograder.grading.sample import solution

ROOT = Path(__file__).resolve().parents[2]
COURSE = load_course(ROOT)
UNIT = COURSE.unit("activations")
PLAIN = """
c = get_config()
c.CourseDirectory.source_directory = "exercises"
c.Autograde.exclude_overwriting = {"02_activations": ["activations.py"]}
"""
NO_STEPS = (
    PLAIN
    + """
from nbgrader.preprocessors import AssignLatePenalties, CheckCellMetadata, LimitOutput, SaveAutoGrades
c.Autograde.autograde_preprocessors = [LimitOutput, SaveAutoGrades, AssignLatePenalties, CheckCellMetadata]
"""
)


def make_course(root, settings):
    for name in ("exercises", "solutions"):
        shutil.copytree(ROOT / name / UNIT.folder, root / name / UNIT.folder)
    (root / "datasets").symlink_to(ROOT / "datasets")
    unit = UNIT.model_dump_json()
    (root / "course.yml").write_text(f'{{"title": "B", "parts": [{{"title": "P", "units": [{unit}]}}]}}')
    (root / "nbgrader_config.py").write_text(settings)
    run(root, "nbgrader", "generate_assignment", UNIT.folder)


def run(root, *command):
    """Seconds that a command took."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-W", "ignore", "-m", *command], cwd=root, check=True, capture_output=True, env=environment
    )
    return time.perf_counter() - started


def hand_in(root, names):
    shutil.rmtree(root / "submitted", ignore_errors=True)
    for name in names:
        place = root / "submitted" / name / UNIT.folder
        shutil.copytree(root / "release" / UNIT.folder, place)
        (place / UNIT.module).write_text(solution(COURSE, UNIT))


def autograde(root, count):
    """Seconds a submission: many, less one; the quickest of three each, since what else the machine does only adds."""
    seconds = {1: [], count + 1: []}
    for turn in range(3):
        for many, taken in seconds.items():
            hand_in(root, [f"t{turn}of{many}n{number}" for number in range(many)])
            taken.append(run(root, "nbgrader", "autograde", UNIT.folder))
    return (min(seconds[count + 1]) - min(seconds[1])) / count


def fast(root, count):
    """Seconds a submission of grading and export, start-up and all."""
    hand_in(root, [f"f{number:03d}" for number in range(count)])
    seconds = run(root, "autograder", "grade", "submitted", "--output", "results", "--unit", UNIT.id)
    return (
        seconds + run(root, "autograder", "export", "results", "--format", "nbgrader", "--output", "gradebook.db")
    ) / count


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=int, default=8)
    count = parser.parse_args().students
    with tempfile.TemporaryDirectory() as name:
        places = {"no execution at all": NO_STEPS, "nbgrader's kernel": PLAIN,
                  "our sandbox in its place": (ROOT / "nbgrader_config.py").read_text()}  # fmt: skip
        seconds = {}
        for label, settings in places.items():
            root = Path(name) / label.replace(" ", "_").replace("'", "")
            make_course(root, settings)
            seconds[label] = autograde(root, count)
        seconds["the fast road, 200 submissions"] = fast(root, 200)
        plain = seconds["nbgrader's kernel"]
        for label, each in seconds.items():
            print(f"{label:<34}{1e3 * each:>9.0f} ms a submission {plain / each:>8.1f} x")
        added = seconds["our sandbox in its place"] - seconds["no execution at all"]
        print(f"what ours adds to nbgrader's own steps: {1e3 * added:.0f} ms a submission")


if __name__ == "__main__":
    main()
