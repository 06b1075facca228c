"""What several test files share: the course, and ways to run the grader as a user would."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.course import load_course

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def course():
    return load_course(ROOT)


@pytest.fixture
def autograder(tmp_path):
    """Run the command `autograder`, by default in an empty folder; returns the finished process."""

    def run(*arguments, cwd=tmp_path, **options):
        return subprocess.run(
            [sys.executable, "-m", "autograder", *map(str, arguments)],
            cwd=cwd, capture_output=True, text=True, timeout=300, env={**os.environ, "COLUMNS": "120"}, **options,
        )  # fmt: skip

    return run
