"""What every command says things with: exit statuses, a sentence instead of a traceback, colours, width."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import NoReturn

import typer

from autograder.words import printable

WIDTH = 80
# Readable on light and on dark: no yellow, no blue.
GREEN, RED, MAGENTA, BOLD, DIM = "32", "31", "35", "1", "2"


class Exit:
    """Exit statuses that scripts can rely on."""

    OK = 0  # done, whatever the students' points
    BROKEN = 1  # the machinery failed for some submissions, or --check found something stale
    USAGE = 2  # bad arguments or a bad course.yml: nothing was done
    INTERRUPTED = 130


def fail(message: object, status: int = Exit.USAGE) -> NoReturn:
    typer.echo(f"autograder: {printable(str(message))}", err=True)
    raise typer.Exit(status)


def wrapped(text: str, indent: int) -> str:
    import textwrap

    return textwrap.fill(text, WIDTH, initial_indent=" " * indent, subsequent_indent="  " if indent else "").lstrip()


def shown(path: Path) -> str:
    """A path as short as it can be said from here."""
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


def paint(text: str, code: str) -> str:
    plain = not sys.stdout.isatty() or "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
    return text if plain else f"\x1b[{code}m{text}\x1b[0m"


def columns() -> int:
    """Columns of the terminal; of a pipe, those of most terminals."""
    return shutil.get_terminal_size((WIDTH, 24)).columns


def rows() -> int | None:
    """Rows of the terminal; None of a pipe or a file, which hold as many as there are."""
    return shutil.get_terminal_size((WIDTH, 24)).lines if sys.stdout.isatty() else None


def paint_line(text: str, kind: str) -> str:
    """A line of feedback in the colour of what it says."""
    code = {"title": BOLD, "good": GREEN, "bad": RED, "hint": MAGENTA}.get(kind)
    return paint(text, code) if code and text else text


def clear() -> None:
    if sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
        sys.stdout.write("\x1b[2J\x1b[H")
        sys.stdout.flush()
