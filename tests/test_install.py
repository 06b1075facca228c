"""The package as it is installed: what the wheel holds, that it grades, and what each command says where an extra is missing."""

import importlib.metadata
import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from autograder.course.units import load_course
from autograder.extras import EXTRAS
from autograder.grading.sample import solution
from autograder.version import __version__

ROOT = Path(__file__).resolve().parent.parent
UNIT = "activations"
COMES_WITH = {"dask": "distributed"}  # an extra's requirement, and which of its packages is imported here


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built as `pip install .` builds it; from a copy, because setuptools keeps what it built."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT / "autograder", source / "autograder", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    pip("wheel", "--no-deps", "--wheel-dir", target, source)
    (wheel,) = target.glob("*.whl")
    return wheel


def pip(*arguments):
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr


class Place:
    """A virtual environment with the wheel in it."""

    def __init__(self, folder, wheel):
        venv.create(folder, symlinks=True)
        self.bin = folder / "bin"
        self.site = next(folder.glob("lib/python*/site-packages"))
        pip("--python", self.bin / "python", "install", "--no-deps", "--no-index", "--no-compile", wheel)

    def run(self, *command, cwd):
        done = subprocess.run(
            [self.bin / command[0], *map(str, command[1:])], cwd=cwd, capture_output=True, text=True, timeout=300,
            env={"PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}", "HOME": str(cwd)},
        )  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        return done


@pytest.fixture(scope="module")
def bare(wheel, tmp_path_factory):
    """What `pip install .` gives, and no extra: the dependencies lie in this environment, and each is linked into that one."""
    place = Place(tmp_path_factory.mktemp("bare"), wheel)
    for distribution in closure(Requirement(line) for line in requirements(wheel)):
        for name in {file.parts[0] for file in distribution.files} - {"..", "__pycache__"}:
            (place.site / name).symlink_to(distribution.locate_file(name))
    return place


@pytest.fixture(scope="module")
def full(wheel, tmp_path_factory):
    """The wheel beside everything that this environment has."""
    place = Place(tmp_path_factory.mktemp("full"), wheel)
    (place.site / "rest.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    return place


def requirements(wheel):
    (info,) = (each for each in zipfile.Path(wheel).iterdir() if each.name.endswith(".dist-info"))
    return importlib.metadata.PathDistribution(info).requires


def closure(wanted):
    """The distributions that these requirements need, themselves included."""
    found, left = {}, list(wanted)
    while left:
        requirement = left.pop()
        extras = requirement.extras or {""}
        if requirement.marker and not any(requirement.marker.evaluate({"extra": extra}) for extra in extras):
            continue
        if requirement.name not in found:
            found[requirement.name] = importlib.metadata.distribution(requirement.name)
            left += [Requirement(line) for line in found[requirement.name].requires or ()]
    return found.values()


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """The course's first part, and a submission."""
    root = tmp_path_factory.mktemp("course")
    listed = yaml.safe_load((ROOT / "course.yml").read_text())
    (root / "course.yml").write_text(yaml.safe_dump({**listed, "parts": listed["parts"][:1]}, sort_keys=False))
    for folder in ("solutions", "exercises", "datasets"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "LICENSE"):
        shutil.copy(ROOT / name, root)
    unit = load_course(ROOT).unit(UNIT)
    (root / "submissions" / "alice").mkdir(parents=True)
    (root / "submissions" / "alice" / unit.module).write_text(solution(load_course(ROOT), unit))
    return root


@pytest.fixture(scope="module")
def results(full, course):
    """What the installed grader makes of the submission."""
    done = full.run("autograder", "grade", "submissions", "--output", "results", "--unit", UNIT, cwd=course)
    assert done.returncode == 0, done.stderr
    return course / "results"


def test_the_wheel_holds_the_machinery_and_nothing_else(wheel):
    names = {Path(name) for name in zipfile.ZipFile(wheel).namelist()}
    assert {name.parts[0].partition("-")[0] for name in names} == {"autograder", "deep_learning_by_hand"}
    ours = {
        path.relative_to(ROOT)
        for path in (ROOT / "autograder").rglob("*")
        if path.is_file() and path.suffix != ".pyc" and not path.name.startswith(".")
    }
    assert {name for name in names if name.parts[0] == "autograder"} == ours
    assert Path("autograder/py.typed") in ours
    assert Path("autograder/reports/templates/report.html") in ours


def test_it_grades_and_writes_its_pages(full, course, results):
    where = full.run("python", "-c", "import autograder; print(autograder.__file__)", cwd=course).stdout
    assert where.startswith(str(full.site))
    assert "alice" in (results / "report.html").read_text()
    assert list((results / "feedback").iterdir())


def test_version_and_help_need_no_extra(bare, tmp_path):
    assert bare.run("autograder", "--version", cwd=tmp_path).stdout == f"autograder {__version__}\n"
    assert "grade" in bare.run("autograder", "--help", cwd=tmp_path).stdout


def test_a_students_help_lists_no_command_of_the_instructors(bare, course, tmp_path):
    shutil.copy(course / "course.yml", tmp_path)
    said = bare.run("autograder", "--help", cwd=tmp_path).stdout
    listed = {line.split()[0] for line in said.partition("Commands:")[2].splitlines() if line.strip()}
    assert {"next", "check", "watch", "hint", "open"} <= listed
    assert not listed & {"grade", "export", "similar", "sample", "build", "release", "doctor"}


@pytest.mark.parametrize(
    "extra, command",
    [
        ("grading", "grade submissions --output out"),
        ("grading", "grade submissions --output out --scheduler tcp://127.0.0.1:9"),
        ("grading", "similar submissions"),
        ("jupyter", "export results --format nbgrader"),
        ("jupyter", "build"),
        ("jupyter", "release handout"),
        ("jupyter", "open activations"),
        ("torch", "scale activations"),
        ("torch", "scale activations:softmax --device cuda"),
        ("data", "data fetch mnist"),
    ],
)
def test_a_missing_extra_is_one_line_with_the_way_out(bare, course, results, extra, command):
    done = bare.run("autograder", *command.split(), cwd=course)
    assert done.returncode != 0
    assert f"pip install 'deep-learning-by-hand[{extra}]'" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


@pytest.mark.parametrize(
    "command",
    [
        "sample class --students 6",
        "export results --format canvas",
        "release --check exercises",
        "next",
        "status",
        "hint activations:softmax",
        "reset neurons",
        "data list",
    ],
)
def test_what_needs_no_extra_works_without(bare, course, results, command):
    done = bare.run("autograder", *command.split(), cwd=course)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "pip install" not in done.stderr


def test_a_lesson_that_reads_svhn_without_scipy_is_told_the_way_out(bare, tmp_path):
    code = """
from autograder.downloads.formats import read_svhn
try:
    read_svhn("train_32x32.mat")
except ModuleNotFoundError as error:
    print(error)
"""
    said = bare.run("python", "-c", code, cwd=tmp_path).stdout
    assert said == "scipy is not installed, and SVHN's files need it: pip install 'deep-learning-by-hand[data]'\n"


def test_the_doctor_lists_every_extra(bare, tmp_path):
    done = bare.run("autograder", "doctor", cwd=tmp_path)
    assert done.returncode == 1
    for extra in EXTRAS:
        assert f"pip install 'deep-learning-by-hand[{extra}]'" in done.stdout


def test_the_modules_of_an_extra_are_what_pyproject_names():
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    for extra, modules in EXTRAS.items():
        names = [Requirement(line).name for line in listed[extra]]
        assert {COMES_WITH.get(name, name).lower() for name in names} <= {module.lower() for module in modules}
