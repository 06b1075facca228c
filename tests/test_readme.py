"""Every command that README.md and docs/ show runs as shown, in a copy of the repository."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from autograder.course.build import make_stub
from autograder.course.units import load_course
from autograder.grading.sample import solution

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
# Commands with a test of their own, or that are the tests themselves.
ELSEWHERE = {
    "make test": "this test run",
    "pytest tests/course/test_course_units.py -k activations": "tests/course/test_course_units.py",
    "nbgrader release_assignment 02_activations": "tests/nbgrader/test_nbgrader.py, with an exchange",
    "nbgrader collect 02_activations": "tests/nbgrader/test_nbgrader.py, with an exchange",
    "nbgrader list --course deep-learning-by-hand": "an exchange; tests/nbgrader/test_nbgrader.py has one",
    "nbgrader fetch_assignment 02_activations --course deep-learning-by-hand": "tests/nbgrader/test_nbgrader.py",
    "nbgrader submit 02_activations --course deep-learning-by-hand": "tests/nbgrader/test_nbgrader.py",
    "nbgrader fetch_feedback 02_activations --course deep-learning-by-hand": "tests/nbgrader/test_nbgrader.py",
    "autograder open activations": "JupyterLab; tests/nbgrader/test_nbgrader.py opens a lesson in it",
    "python tests/benchmarks/scale.py --size small --output build/benchmarks": "the whole course; tests/scale",
    "autograder scale faces --student solutions/32_faces/faces.py": "tests/scale/test_graphs.py, on another unit",
    "autograder audit activations": "tests/grading/test_audit.py, on a smaller unit",
    "autograder data fetch fashion-mnist": "tests/downloads, from a server of its own",
    "python tools/train_fashion_mnist.py solutions/13_cnn/cnn.py": "tests/downloads, on a small set",
    "autograder demo faces": "tests/demo, on the whole course",
    "autograder demo file README.md": "tests/demo, on the whole course",
    "autograder demo say knight": "tests/demo, on the whole course",
    "autograder demo speech": "tests/demo, on the whole course",
    'autograder demo scribe "In the beginning"': "tests/demo, on the whole course",
    "autograder handin activations": "tests/student/test_handin.py, once something is written",
    "autograder watch": "tests/student/test_student_commands.py, in a terminal",
}


def commands(page):
    blocks = re.findall(r"^```console\n(.*?)^```", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    return [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]


SHOWN = [command for command in dict.fromkeys(c for page in PAGES for c in commands(page)) if command not in ELSEWHERE]


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """A copy of the repository with this environment's tools, two submissions, and of the course its first part."""
    copy = tmp_path_factory.mktemp("copy") / "repository"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", ".venv", "build", "__pycache__", ".*_cache"))
    (copy / ".venv").symlink_to(Path(sys.executable).parent.parent)
    listed = yaml.safe_load((ROOT / "course.yml").read_text())
    (copy / "course.yml").write_text(yaml.safe_dump({**listed, "parts": listed["parts"][:1]}, sort_keys=False))
    course = load_course(ROOT)
    unit = course.unit("activations")
    for place in (f"alice/{unit.folder}", "bob"):
        (copy / "submissions" / place).mkdir(parents=True)
        (copy / "submissions" / place / unit.module).write_text(solution(course, unit))
    (copy / "roster.csv").write_text("student,id,email,section\nalice,1,a@example.org,A\nbob,2,b@example.org,B\n")
    shutil.copytree(copy / "exercises" / unit.folder, copy / "submitted" / "alice" / unit.folder)
    return copy


@pytest.mark.parametrize("command", SHOWN)
def test_command_runs_as_shown(repository, command):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(repository), "STUDENTS": "12"}
    if command == "make setup" or command.startswith("make"):
        command += f" --assume-old={(repository / 'pyproject.toml').name}"
        (repository / ".venv" / ".ready").touch()
    done = subprocess.run(
        command, shell=True, cwd=repository, env=environment, capture_output=True, text=True, timeout=300
    )
    stub = command in ("pytest exercises/02_activations", "autograder check activations")
    assert done.returncode == (1 if stub else 0), done.stdout[-3000:] + done.stderr[-3000:]


def test_the_commands_left_out_are_still_shown():
    shown = {command for page in PAGES for command in commands(page)}
    assert set(ELSEWHERE) <= shown


def test_the_failure_in_the_readme_is_what_a_student_sees(repository):
    course = load_course(ROOT)
    unit = course.unit("activations")
    (repository / "exercises" / unit.folder / unit.module).write_text(
        make_stub((ROOT / "solutions" / unit.folder / unit.module).read_text(), unit, ROOT, frozenset({"step", "lecun_tanh"}))
        .replace("return LECUN_SCALE * np.tanh(LECUN_SLOPE * x)", "return np.tanh(LECUN_SLOPE * x)")
    )  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "autograder", "check", unit.id], cwd=repository, capture_output=True, text=True
    )
    blocks = re.findall(r"^```text\n(.*?)^```", (ROOT / "README.md").read_text(), flags=re.MULTILINE | re.DOTALL)
    assert done.stdout in blocks


def test_links_between_pages_lead_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
