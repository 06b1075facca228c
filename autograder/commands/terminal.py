"""What every command says things with: exit statuses, a sentence instead of a traceback, colours, width."""

from __future__ import annotations

import os
import re
import shutil
import sys
import textwrap
from pathlib import Path
from typing import NoReturn

import typer

from autograder.words import printable

WIDTH = 80
# Of the 256 colours, those whose contrast is above 3.8 on black and on white alike: a theme's own green rarely is.
GREEN, RED, MAGENTA, BOLD = "38;5;28", "38;5;160", "38;5;163", "1"
ESCAPE = re.compile(r"\x1b\[[\d;]*m")


class Exit:
    """Exit statuses that scripts can rely on."""

    OK = 0  # done, whatever the students' points
    BROKEN = 1  # the machinery failed for some submissions, or --check found something stale
    USAGE = 2  # bad arguments or a bad course.yml: nothing was done
    INTERRUPTED = 130


def fail(message: object, status: int = Exit.USAGE) -> NoReturn:
    words = f"autograder: {printable(str(message))}"
    if sys.stderr.isatty():  # what reads a pipe wants the sentence whole
        words = "\n".join(fitted(words))
    typer.echo(words, err=True)
    raise typer.Exit(status)


def wrapped(text: str, indent: int) -> str:
    """Prose over the terminal's width, after `indent` columns that are taken; no word, path or name is cut."""
    return _over_width(text, " " * indent, "  " if indent else "").lstrip()


def fitted(text: str, indent: int = 0) -> list[str]:
    """Lines of code, values or messages: each as it is where it fits, else over several that hang below its beginning."""
    lines = []
    for line in text.splitlines():
        own = " " * (indent + len(line) - len(line.lstrip()))
        lines += _over_width(line.strip(), own, f"{own}  ").split("\n")
    return lines


def _over_width(text: str, first: str, others: str) -> str:
    return textwrap.fill(
        text, columns(), initial_indent=first, subsequent_indent=others, break_long_words=False, break_on_hyphens=False
    )  # fmt: skip


def shown(path: Path) -> str:
    """A path as short as it can be said from here."""
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


def paint(text: str, code: str) -> str:
    plain = not sys.stdout.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
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


def height(line: str) -> int:
    """Rows that a printed line takes: what cannot be broken runs on."""
    return max(1, -(-len(ESCAPE.sub("", line)) // columns()))


def clear() -> None:
    if sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
        typer.echo("\x1b[2J\x1b[H", nl=False)  # typer's, for older consoles of Windows
