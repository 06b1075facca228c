"""Widths, colours and helps: what a terminal of 80 columns, or of any other, shows."""

import os
import re
import subprocess
import sys

import pytest

from autograder.checks.results import CheckResult, Outcome
from autograder.cli import app
from autograder.commands import terminal as words
from autograder.commands.student import overview
from autograder.course.file import UnitSketch
from autograder.course.units import load_course
from autograder.student.progress import Standing

COURSE = load_course()
LEVELS = (0, 95, 135, 175, 215, 255)  # of red, green and blue among the 256 colours


def luminance(number):
    """Of one of the 256 colours, as WCAG 2 defines it."""
    levels = (LEVELS[(number - 16) // step % 6] / 255 for step in (36, 6, 1))
    linear = [level / 12.92 if level <= 0.03928 else ((level + 0.055) / 1.055) ** 2.4 for level in levels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("code", [words.GREEN, words.RED, words.MAGENTA])
def test_colours_can_be_read_on_black_and_on_white(code):
    light = luminance(int(code.removeprefix("38;5;")))
    assert (light + 0.05) / 0.05 > 3.8
    assert 1.05 / (light + 0.05) > 3.8


@pytest.mark.parametrize(
    "environment, coloured",
    [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)],
)
def test_no_color_is_heard(terminal, environment, coloured):
    said = terminal("autograder", "status", **environment).rest()
    assert ("\x1b[" in said) == coloured
    assert "Part A" in said


def test_prose_fills_the_terminal_and_no_path_is_cut(monkeypatch):
    path = "exercises/21_attention/a_very_long_name_of_a_module_that_fits_into_no_line.py:123"
    for columns in (24, 80, 120):
        monkeypatch.setenv("COLUMNS", str(columns))
        lines = words.wrapped(f"Look at {path} and at word-by-word prose, " + "again " * 40, 0).splitlines()
        assert path in [line.strip() for line in lines] or columns > 100
        assert path in " ".join(lines)
        assert all(len(line) <= columns for line in lines if path not in line)
        assert max(len(line) for line in lines if path not in line) > columns - 8
        call = words.fitted("f([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.11, 0.12, 0.13, 0.14, 0.15])\n  left", 2)
        assert all(len(line) <= columns for line in call)
        assert call[-1] == "    left"


def standing(unit, part, worst):
    sketched = UnitSketch(unit.folder, unit.title, dict(unit.points), part.title)
    checks = [CheckResult("x", name, Outcome.FAILED if name == worst else Outcome.PASSED, 1.0) for name in unit.points]
    return Standing(sketched, checks)


def test_status_fits_whatever_is_next(monkeypatch):
    """Each exercise of the course is the next one of its unit, once."""
    monkeypatch.setenv("COLUMNS", "80")
    most = max(len(unit.points) for unit in COURSE.units)
    for turn in range(most):
        standings = [
            standing(unit, part, list(unit.points)[turn % len(unit.points)])
            for part in COURSE.parts
            for unit in part.units
        ]
        lines = overview(standings, None)
        assert max(map(len, lines)) <= 80
        assert sum("next: " in line for line in lines) == len(COURSE.units)
        assert len(overview(standings, 24)) <= 22
        assert not any(re.search("#{10}", line) for line in lines)  # none is done


COMMANDS = [
    [],
    *([command.name or command.callback.__name__] for command in app.registered_commands),
    *(
        [group.name, *name]
        for group in app.registered_groups
        for name in [[], *([c.name or c.callback.__name__] for c in group.typer_instance.registered_commands)]
    ),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_helps_say_whole_sentences_in_80_columns(command):
    done = subprocess.run(
        [sys.executable, "-m", "autograder", *command, "--help"], capture_output=True, text=True,
        env={**os.environ, "COLUMNS": "80"},
    )  # fmt: skip
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert not [line for line in lines[1:] if line.endswith("...")]
    listed = [line for line in lines[lines.index("Commands:") + 1 :] if line] if "Commands:" in lines else []
    assert all(line.endswith(".") for line in listed)
