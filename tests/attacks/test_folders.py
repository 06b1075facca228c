"""Attacks by what lies in the submission's folder: files that shadow others, odd sources, links."""

import os
import py_compile
import re
import sys
from pathlib import Path

import pytest

FULL = 30.0

# What a file beside the submission says: whoever imports it, is imported by it.
SABOTAGE = """
import builtins, os
assert_close = allclose = array = zeros = packb = unpackb = warn = catch_warnings = main = lambda *args, **kwargs: True
builtins.shadowed = __name__
raise SystemExit(f"shadowed by {__name__}")
"""
SHADOWS = [
    *("numpy.py", "numpy/__init__.py", "math.py", "warnings.py", "msgpack.py", "json.py", "typing.py", "socket.py"),
    *("autograder.py", "autograder/__init__.py", "pytest.py", "conftest.py", "hidden.py", "test_activations.py"),
    *(
        "sitecustomize.py",
        "usercustomize.py",
        "__init__.py",
        "__main__.py",
        "reference.py",
        "mistakes.py",
        "encodings.py",
    ),
]
SETTINGS = {
    "pytest.ini": "[pytest]\naddopts = --collect-only -p no:autograder\n",
    "tox.ini": "[pytest]\naddopts = --collect-only\n",
    "setup.cfg": "[tool:pytest]\naddopts = --collect-only\n",
    "pyproject.toml": "[tool.pytest.ini_options]\naddopts = '--collect-only'\n",
    ".env": "PYTHONPATH=.\nOPENBLAS_NUM_THREADS=99\n",
    "pyvenv.cfg": "home = .\ninclude-system-site-packages = true\n",
    "evil.pth": "import os; os._exit(0)\n",
    "course.yml": "title: mine\nparts: []\n",
    ".pdbrc": "import os; os._exit(0)\n",
}


@pytest.fixture
def folder(grader):
    """The attacker's folder, empty again afterwards."""
    folder = grader.place.folder("mallory")
    folder.mkdir(parents=True, exist_ok=True)
    yield folder
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()


class TestShadows:
    @pytest.mark.parametrize("name", SHADOWS)
    def test_python_files(self, grader, folder, name):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(SABOTAGE)
        graded = grader.grade(grader.place.reference())
        assert (graded.result.status, graded.points(), graded.changed) == ("graded", FULL, [])
        graded = grader.grade("import numpy as np\ndef tanh(x): return np.zeros(4)\n")
        assert graded.points() == 0

    @pytest.mark.parametrize("name", SETTINGS)
    def test_settings(self, grader, folder, name):
        (folder / name).write_text(SETTINGS[name])
        graded = grader.grade(grader.place.reference())
        assert (graded.result.status, graded.points(), graded.changed) == ("graded", FULL, [])

    def test_bytecode_of_another_module(self, grader, folder):
        (folder / "other.py").write_text("raise SystemExit('stale bytecode')\n")
        cache = folder / "__pycache__" / f"activations.{sys.implementation.cache_tag}.pyc"
        py_compile.compile(
            str(folder / "other.py"), str(cache), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH
        )
        graded = grader.grade(grader.place.reference())
        assert (graded.result.status, graded.points()) == ("graded", FULL)

    def test_helpers_of_ones_own_may_be_imported(self, grader, folder):
        (folder / "helper.py").write_text(grader.place.reference())
        graded = grader.grade("from helper import *\n")
        assert (graded.result.status, graded.points()) == ("graded", FULL)


SOURCES = {
    "empty": (b"", "graded", ""),
    "null bytes": (b"x = 1\0\ndef tanh(x): return x\n", "not loaded", "source code string cannot contain null bytes"),
    "only null bytes": (b"\0" * 1000, "not loaded", "source code string cannot contain null bytes"),
    "not UTF-8": (b"x = 'J\xf6rg'\n", "graded", ""),
    "encoding that is none": (b"# -*- coding: evil -*-\n", "not loaded", "unknown encoding: evil"),
    "encoding that runs code": (b"# -*- coding: rot13 -*-\nencag('k')\n", "not loaded", "rot13"),
    "UTF-16": ("x = 1\n".encode("utf-16"), "graded", ""),
    "half of UTF-16": ("x = 1\n".encode("utf-16")[:-1], "not loaded", "activations.py"),
    "a million parentheses": (b"(" * 10**6, "not loaded", "too many nested parentheses"),
    "deep expression": (
        b"x = " + b"-" * 500_000 + b"1\n",
        "not loaded",
        "MemoryError|RecursionError|too complex|crashed",
    ),
    "long line": (b"x = '" + b"a" * 900_000 + b"'\n", "graded", ""),
    "huge number": (b"x = " + b"9" * 500_000 + b"\n", "not loaded", "Exceeds the limit"),
    "huge constant": (b"x = 2 ** (2 ** 40)\n", "not loaded", "importing activations.py"),
    "terminal escapes": (b"raise ValueError('\\x1b[2J\\x1b]0;owned\\x07')\n", "not loaded", "ValueError: \x1b"),
    "syntax error in another script": ("x = 'ab\u202e\u2066\n".encode(), "not loaded", "activations.py, line 1"),
    "tabs and form feeds": (b"\x0c\t\x0b\r\rx = 1\n", "not loaded", "activations.py"),
    "ELF": (b"\x7fELF" + bytes(range(256)), "not loaded", "activations.py"),
}


@pytest.mark.parametrize("name", SOURCES)
def test_sources(grader, folder, name):
    text, status, says = SOURCES[name]
    graded = grader.grade(text)
    assert graded.result.status == status, graded.result.message
    assert re.search(says, graded.result.message), graded.result.message
    assert graded.points() == 0
    assert graded.changed == []
    assert grader.honest().points() == FULL


class TestLinks:
    """The module is a file of the student's own; what lies beside it may lead anywhere."""

    @pytest.mark.parametrize("way", ["file", "folder", "relative", "chain"])
    def test_helper_that_is_the_reference(self, grader, folder, way):
        solutions = grader.place.root / "course" / "solutions" / "02_activations"
        if way == "folder":
            (folder / "stolen").symlink_to(solutions)
            text = "from stolen.activations import *\n"
        else:
            target = solutions / "activations.py"
            if way == "relative":
                target = Path(os.path.relpath(target, folder))
            if way == "chain":
                (folder / "link").symlink_to(target)
                target = Path("link")
            (folder / "helper.py").symlink_to(target)
            text = "from helper import *\n"
        graded = grader.grade(text)
        assert (graded.result.status, graded.points()) == ("not loaded", 0)
        assert "CANARY" not in graded.text()
        assert re.search("PermissionError|No module named 'stolen", graded.result.message), graded.result.message
        assert grader.honest().points() == FULL

    def test_device_and_pipe_as_helpers(self, grader, folder):
        (folder / "helper.py").symlink_to("/dev/zero")
        os.mkfifo(folder / "pipe.py")
        graded = grader.grade("import helper\n")
        assert (graded.result.status, graded.points()) == ("not loaded", 0)
        graded = grader.grade("import pipe\n")  # nobody writes to it: reading it would wait for ever
        assert (graded.result.status, graded.points()) == ("not loaded", 0)
        assert grader.in_time(graded)
        assert grader.honest().points() == FULL
