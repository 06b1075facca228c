"""The bundle for students: exercises, data and machinery, and nothing of the instructor's side."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import yaml

from autograder.course.build import BEGIN, BuildError, build_units, code_lines, solution_lines, squeezed
from autograder.course.file import COURSE_FILE, DESK, EQUIVALENT, EXERCISES, GLOSSARY, SOLUTIONS, STUBS
from autograder.course.units import Course

SKIPPED = shutil.ignore_patterns("__pycache__", "*.pyc", ".ipynb_checkpoints")
SECRET_NAMES = {"hidden.py", "mistakes.py", "lesson.md", EQUIVALENT, SOLUTIONS}
README = """# {title}

Each folder under `exercises/` is a unit: a module with stubs, its public tests, and the lesson as a notebook. You need
Python 3.11 or later; once installed, nothing needs the network.

```console
{install}
```

Then, in this folder:

```console
{commands}
```

`autograder reset` puts a unit or an exercise back as it was handed out, and keeps what you had.

## Handing in

`autograder handin {unit}` makes {form}; without a name it takes all units that you have begun.
It says what they earn by the public tests (the grader asks more), refuses only what is not Python, and keeps what you made
before. Hand in what it names, where your instructor asked for it.

## In an editor

- **Any**: the tests are plain pytest. `pytest exercises/{folder}` runs a unit's, `pytest` all of them, and a breakpoint in
  your own module stops there: under a debugger, no time limit counts.
- **VS Code**: open this folder. The settings in `.vscode/` have the test panel find the tests, and name `.venv` as the
  interpreter.
- **PyCharm**: open this folder and choose `.venv` as its interpreter. It takes pytest by itself, since that is installed
  there; a right click on `exercises` runs the tests.

## Where it was tried

On Linux, with the Pythons that `pyproject.toml` names. What students type is written for macOS and Windows as well: it starts no
process by fork, takes no signal and needs no terminal of Unix's, and a test of the course forbids all of these and goes through
the commands. Nobody has tried it on those two systems yet, nor clicked through the two editors; `pytest` finds all tests from
this folder. An endless loop is stopped everywhere by the same thread.
"""
FORMS = {
    "modules": "`handin/{unit}.py`, a copy of your module",
    "notebooks": "`handin/{unit}.ipynb`, the lesson as you left it with your module in its last cell",
    "zip": "`handin/{unit}.zip`, with your module and your notebook",
}
VSCODE = {
    "settings.json": {
        "python.testing.pytestEnabled": True,
        "python.testing.pytestArgs": ["exercises"],
        "python.testing.unittestEnabled": False,
        "python.defaultInterpreterPath": "${workspaceFolder}/.venv",
        "jupyter.notebookFileRoot": "${fileDirname}",
    },
    "extensions.json": {"recommendations": ["ms-python.python", "ms-toolsai.jupyter"]},
}
TESTS = {'testpaths = ["tests"]': 'testpaths = ["exercises"]', 'python_files = ["test_*.py", "hidden.py"]': ""}


def release(course: Course, target: Path) -> Path:
    """Write the bundle as a folder, and as a zip beside it; returns the zip.

    Raises:
        BuildError: exercises/ is not what `autograder build` makes, the target is not empty, or a line of a solution would get
            into the bundle.
    """
    if stale := build_units(course, course.units, write=False):
        raise BuildError(f"{stale[0]} is not up to date: run `autograder build` first")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BuildError(f"{target} is there already: name a new folder, or empty this one")
    target.mkdir(parents=True, exist_ok=True)
    for unit in course.units:
        shutil.copytree(course.root / EXERCISES / unit.folder, target / EXERCISES / unit.folder, ignore=SKIPPED)
        (target / DESK / STUBS / unit.folder).mkdir(parents=True)
        shutil.copy(course.root / EXERCISES / unit.folder / unit.module, target / DESK / STUBS / unit.folder)
    if (course.root / "datasets").is_dir():
        shutil.copytree(course.root / "datasets", target / "datasets", ignore=SKIPPED)
    if (course.root / GLOSSARY).is_file():  # lessons link to it
        (target / GLOSSARY).parent.mkdir()
        shutil.copy(course.root / GLOSSARY, target / GLOSSARY)
    _machinery(course, target)
    (target / COURSE_FILE).write_text(_students_course(course), encoding="utf-8")
    (target / "README.md").write_text(_readme(course), encoding="utf-8")
    (target / ".vscode").mkdir()
    for name, settings in VSCODE.items():
        (target / ".vscode" / name).write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
    if found := leaks(course, target):
        shutil.rmtree(target)
        raise BuildError(f"the bundle would give solutions away: {found[0]}")
    return _zip(target)


def _machinery(course: Course, target: Path) -> None:
    """The package, as it can be installed from the bundle."""
    package = Path(__file__).resolve().parent.parent
    shutil.copytree(package, target / package.name, ignore=SKIPPED)
    for name in ("pyproject.toml", "LICENSE"):
        place = next((folder / name for folder in (package.parent, course.root) if (folder / name).is_file()), None)
        if place is None:
            raise BuildError(f"{name} is missing: make the bundle from a copy of the repository")
        shutil.copy(place, target)
    project = (target / "pyproject.toml").read_text(encoding="utf-8")
    for ours, theirs in TESTS.items():  # pytest in the bundle's root finds what is there
        project = project.replace(ours, theirs)
    (target / "pyproject.toml").write_text(project, encoding="utf-8")


def _readme(course: Course) -> str:
    first = course.units[0]
    name = first.id
    install = {
        "python -m venv .venv": "",
        ". .venv/bin/activate": "on Windows: .venv\\Scripts\\activate",
        "pip install -e .": 'with the notebooks: pip install -e ".[jupyter]"',
    }
    commands = {
        "autograder next": "what to do next",
        "autograder watch": "checks what you save, as you save it",
        f"autograder check {name}": "how a unit stands, failures first",
        f"autograder hint {name}": "for what does not pass yet; each time one more",
        f"autograder open {name}": "the lesson, in JupyterLab",
        f"autograder plot {name}": "its picture, drawn by your code",
        "autograder status": "all units",
        f"autograder handin {name}": "what your instructor gets",
    }
    return README.format(
        title=course.title,
        install=_columns(install),
        commands=_columns(commands),
        unit=name,
        folder=first.folder,
        form=FORMS[course.handin].format(unit=name),
    )


def _columns(commands: dict[str, str]) -> str:
    """Commands of a console, and what each is for, one below the other."""
    width = max(map(len, commands)) + 3
    return "\n".join(
        f"$ {command:<{width}}# {words}" if words else f"$ {command}" for command, words in commands.items()
    )


def _students_course(course: Course) -> str:
    parts = [
        {
            "title": part.title,
            "units": [
                {"folder": unit.folder, "title": unit.title, "points": unit.points}
                | ({"due": unit.due.isoformat()} if unit.due else {})
                | ({"uses": unit.uses} if unit.uses else {})
                for unit in part.units
            ],
        }
        for part in course.parts
    ]
    limits = {"check_seconds": course.sandbox_limits.check_seconds}
    record = {"title": course.title, "handin": course.handin, "limits": limits, "parts": parts}
    text: str = yaml.safe_dump(record, sort_keys=False, allow_unicode=True)
    return text


def _zip(folder: Path) -> Path:
    """The folder as an archive whose bytes depend on its files alone."""
    target = folder.with_name(f"{folder.name}.zip")
    draft = folder.with_name(f"{folder.name}.zip.part")
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                name = Path(folder.name) / path.relative_to(folder)
                archive.writestr(zipfile.ZipInfo(name.as_posix(), (2026, 1, 1, 0, 0, 0)), path.read_bytes())
    draft.replace(target)
    return target


def leaks(course: Course, bundle: Path) -> list[str]:
    """What of the instructor's side is in a bundle (a folder or a zip): each place, in words; none is what it should be.

    A unit's own files hold no telling line of its solutions; no file at all holds two of them in a row, or is one of the
    instructor's.

    Raises:
        BuildError: there is no such bundle, or it is empty.
    """
    secrets = {unit.folder: _secret(course, unit.folder, unit.module) for unit in course.units}
    pairs = {pair for lines in secrets.values() for pair in _pairs(lines[1])}
    found = []
    count = 0
    for name, data in _files(bundle):
        count += 1
        parts = Path(name).parts
        if SECRET_NAMES & {part.lower() for part in parts} and "autograder" not in parts:  # which has a mistakes.py too
            found.append(f"{name} is the instructor's")
        text = data.decode("utf-8", "replace")
        lines = [squeezed(line) for line in code_lines(name, text)]
        own = next((secrets[part][0] for part in parts if part in secrets), set())
        found += [f"{name}, line {k}: {line}" for k, line in enumerate(lines, 1) if line in own]
        telling = [line for line in lines if line]
        found += [f"{name}: {' / '.join(pair)}" for pair in _pairs(telling) if pair in pairs]
        if name.endswith(".py") and re.search(rf"^\s*{BEGIN}$", text, flags=re.MULTILINE):
            found.append(f"{name} has {BEGIN}")
    if not count:
        raise BuildError(f"{bundle} holds no file: name the bundle's folder or zip")
    return found


def _secret(course: Course, folder: str, module: str) -> tuple[set[str], list[str]]:
    """A unit's telling lines, and all lines between its markers in their order, with a gap between two solutions."""
    text = (course.root / SOLUTIONS / folder / module).read_text(encoding="utf-8")
    telling = solution_lines(text)
    return telling, [squeezed(line) if squeezed(line) in telling else "" for line in text.splitlines()]


def _pairs(lines: list[str]) -> Iterator[tuple[str, str]]:
    return ((one, two) for one, two in itertools.pairwise(lines) if one and two)


def _files(bundle: Path) -> Iterator[tuple[str, bytes]]:
    if zipfile.is_zipfile(bundle):
        with zipfile.ZipFile(bundle) as archive:
            for info in archive.infolist():
                if not info.is_dir():
                    yield info.filename, archive.read(info)
    elif bundle.is_dir():
        for path in sorted(bundle.rglob("*")):
            if path.is_file() and ".venv" not in path.parts:
                yield path.relative_to(bundle).as_posix(), path.read_bytes()
    else:
        raise BuildError(f"{bundle} is neither a folder nor a zip")
