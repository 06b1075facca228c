"""The house: every room says what lives there, imports lead one way, the picture of them is the code's."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = sorted(path.parent for path in (ROOT / "autograder").glob("*/__init__.py"))
LINES = 3
LINT = Path(sys.executable).with_name("lint-imports")


def lint(folder):
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run(
        [LINT, "--no-logo", "--no-cache"], cwd=folder, capture_output=True, text=True, env=environment
    )


@pytest.mark.parametrize("room", ROOMS, ids=lambda path: path.name)
def test_room_says_what_lives_there_and_what_it_must_not_know(room):
    text = (room / "__init__.py").read_text()
    words = ast.get_docstring(ast.parse(text))
    assert len([line for line in words.splitlines() if line]) <= LINES + 1
    assert re.search(r"\b(not|no|nothing|never|alone|only)\b", words)
    assert text.strip() == f'"""{words}\n"""'  # nothing is handed on


def test_an_upward_import_is_refused_even_a_lazy_one(tmp_path):
    shutil.copytree(ROOT / "autograder", tmp_path / "autograder", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    assert lint(tmp_path).returncode == 0
    with (tmp_path / "autograder" / "sandbox" / "limits.py").open("a") as file:
        file.write("\n\ndef late():\n    from autograder.course.units import load_course\n\n    return load_course\n")
    refused = lint(tmp_path)
    assert refused.returncode == 1
    assert "autograder.sandbox is not allowed to import autograder.course" in " ".join(refused.stdout.split())


def test_picture_of_the_rooms_is_up_to_date():
    drawn = subprocess.run([sys.executable, "tools/draw_rooms.py", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert drawn.stderr == ""
