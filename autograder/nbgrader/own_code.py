"""The student's own functions, to be read beside what the checks say of them.

A stranger's code is not parsed here, only looked at line by line: what begins a definition, and where it ends.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.checks.results import CheckResult
from autograder.sandbox.encodings import as_utf8
from autograder.words import printable

MOST_LINES = 120  # of one function
MOST_COLUMNS = 200
NAMED = re.compile(r"line (\d+), in \S+: (.*)")  # how a message names the line that raised
QUOTES = ('"""', "'''")
NUMBER = "color:#6e7781;user-select:none"
MARKED = "background:#ffebe9"


@dataclass(frozen=True)
class Own:
    """A function or a class of the student's: where it stands, its lines with their numbers, its docstring left out."""

    place: str
    lines: list[tuple[int, str]]


Texts = Sequence[tuple[str, str]]  # what each is called, and the text


def texts_of(module: Path) -> Texts:
    """The module, or the code cells of a notebook: to be read once for all exercises."""
    return list(_texts(module))


def own_code(texts: Texts, name: str) -> Own | None:
    """The last definition of a name; None where there is none."""
    found = None
    for place, text in texts:
        lines = text.splitlines()
        begins = re.compile(rf"(?:async[ \t]+def|def|class)[ \t]+{re.escape(name)}\b|{re.escape(name)}[ \t]*=[^=]")
        for number, line in enumerate(lines):
            if begins.match(line):
                found = Own(place, list(_without_docstring(_block(lines, number))))
    return found


def _texts(module: Path) -> Iterator[tuple[str, str]]:
    content = as_utf8(module.read_bytes()).decode("utf-8-sig", "replace")
    if module.suffix != ".ipynb":
        yield module.name, content
        return
    try:
        for number, cell in enumerate(json.loads(content)["cells"], 1):
            if cell["cell_type"] == "code":
                yield f"cell {number}", "".join(cell["source"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return


def _block(lines: Sequence[str], start: int) -> list[tuple[int, str]]:
    """The lines of what begins there, decorators with it, numbered from 1."""
    first, end = start, start + 1
    while first and lines[first - 1].startswith("@"):
        first -= 1
    while end < len(lines) and (not lines[end].strip() or lines[end][0] in " \t)]}#"):
        end += 1
    while not lines[end - 1].strip() or lines[end - 1].startswith("#"):
        end -= 1
    return [(number + 1, lines[number]) for number in range(first, end)]


def _without_docstring(block: Sequence[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """All but the docstrings of the definition and, in a class, of its methods: whoever handed them out knows them."""
    quotes, after_header = "", False
    for number, line in block:
        text = line.strip()
        if quotes:
            if quotes in text:
                quotes = ""
            continue
        opened = next((each for each in QUOTES if text.lstrip("rR").startswith(each)), "")
        if after_header and opened:
            quotes = "" if text.count(opened) > 1 else opened
            continue
        after_header = text.endswith(":")
        yield number, line


def marked_lines(own: Own, checks: Sequence[CheckResult]) -> set[int]:
    """The numbers of the lines that an error named; in a notebook's cell by their text, for its lines count from its top."""
    named = [match.groups() for check in checks for match in NAMED.finditer(check.message)]
    numbers, texts = {int(number) for number, _ in named}, {text.strip() for _, text in named}
    by_number = not own.place.startswith("cell ")
    return {number for number, line in own.lines if (number in numbers if by_number else line.strip() in texts)}


def shown_code(texts: Texts, name: str, checks: Sequence[CheckResult], is_open: bool) -> str:
    """The code of an exercise as HTML, coloured, the lines that an error named marked; nothing where it is not there.

    Args:
        texts: of what was graded.
        name: the exercise.
        checks: its results.
        is_open: is it to be read at once, or folded?
    """
    own = own_code(texts, name)
    if own is None:
        return ""
    marked, lines = marked_lines(own, checks), []
    coloured = _coloured([printable(line.expandtabs(4))[:MOST_COLUMNS] for _, line in own.lines[:MOST_LINES]])
    for (number, _), line in zip(own.lines, coloured, strict=False):
        style = f' style="{MARKED}"' if number in marked else ""
        lines.append(f'<span{style}><span style="{NUMBER}">{number:>4}  </span>{line}</span>')
    if (more := len(own.lines) - MOST_LINES) > 0:
        lines.append(f'<span style="{NUMBER}">{"":4}  … {more} more lines in {html.escape(own.place)}</span>')
    title = f"<b>{html.escape(name)}</b> in {html.escape(own.place)}"
    if marked:
        title += f", marked: the line{'s' if len(marked) > 1 else ''} that an error named"
    return (
        f'<details{" open" if is_open else ""} style="margin:0.5em 0"><summary style="cursor:pointer;display:list-item">'
        f'{title}</summary><pre style="margin:0;overflow-x:auto">{chr(10).join(lines)}</pre></details>'
    )


def _coloured(lines: Sequence[str]) -> list[str]:
    """Each line as HTML with colours, escaped."""
    from pygments import highlight  # type: ignore[import-untyped]
    from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]
    from pygments.lexers import PythonLexer  # type: ignore[import-untyped]

    lexer, formatter = PythonLexer(stripnl=False, ensurenl=False), HtmlFormatter(nowrap=True, noclasses=True)
    coloured: list[str] = highlight("\n".join(lines), lexer, formatter).split("\n")
    return coloured
