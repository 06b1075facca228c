"""Text for people. What a student chose (names, messages, values) is hostile until it has been through here."""

from __future__ import annotations

import functools
import hashlib
import re
import unicodedata
from collections.abc import Sequence


def points_words(points: float) -> str:
    """Points as they are shown: two decimals at most. Sums are made of the points themselves and rounded last."""
    return f"{points:.2f}".rstrip("0").rstrip(".")


def counted(count: float, noun: str) -> str:
    """ "1 point", "2 points", "0.5 points"."""
    return f"{points_words(count)} {noun}{'s' * (count != 1)}"


def number(value: float) -> float:
    """A whole number without its ".0"."""
    return int(value) if value == int(value) else value


KEPT_CHARS = 400  # of a name in a database
# Half characters, control characters, line and paragraph breaks, marks that turn the direction of writing.
_CONTROL = r"\ud800-\udfff\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
# What shows nothing of itself, and so makes two names look like one.
_UNSEEN = r"\xad\u180e\u200b\u2060-\u2065\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
_BLANK = rf"\s{_CONTROL}{_UNSEEN}\u200c\u200d"
_STARTS = "=+-@|%\N{MINUS SIGN}"


@functools.lru_cache(maxsize=4096)  # most cells are a name, a unit, an exercise: the same in thousands of rows
def safe_cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula, on one line.

    What a spreadsheet may leave out before it looks is looked past, wide and small forms of a character count as the
    character, and for a spreadsheet that expects semicolons each of them begins a cell. No two lines become one.
    """
    return re.sub(rf"(?:^|(?<=;))(?=[{_BLANK}'\"]*(.))", _defused, re.sub(r"[\t\n]", " ", printable(text)))


def _defused(match: re.Match[str]) -> str:
    return "'" if unicodedata.normalize("NFKC", match[1])[0] in _STARTS else ""


def csv_row(*cells: object) -> list[object]:
    """A row for csv.writer: every text in it is a safe cell. Every CSV of this package is written by it."""
    return [safe_cell(cell) if isinstance(cell, str) else cell for cell in cells]


def printable(text: str) -> str:
    """Without control characters (terminal escapes among them) and half characters, line breaks apart."""
    return re.sub(f"[{_CONTROL}]", "\N{REPLACEMENT CHARACTER}", text)


def one_line(text: str) -> str:
    """A name that a stranger chose, on one line: what does not show is written out, so that no two become one."""
    return re.sub(rf"[{_CONTROL}{_UNSEEN}\t\n\\]", lambda match: written_out(match[0]), text)


def written_out(text: str) -> str:
    """The text in ASCII, each other character by its number."""
    return text.encode("unicode_escape").decode("ascii")


def safe_name(student: str) -> str:
    """A file name for a student: their own where it is harmless, else cleaned, with a digest.

    Two may be alike, or differ by capitals alone: `reports.names` keeps a class's apart.
    """
    clean = re.sub(r"[^A-Za-z0-9_.-]", "_", student)[:80].lstrip(".-")
    return clean if clean == student != "" else f"{clean or '_'}-{digest_of(student)[:8]}"


def digest_of(text: str) -> str:
    """Names a text, in 64 characters."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def kept_name(student: str) -> str:
    """A student's name as every database takes it. No two become one."""
    kept = student.replace("\\", r"\\").encode("utf-8", "backslashreplace").decode()
    return kept if len(kept) <= KEPT_CHARS else f"{kept[:KEPT_CHARS]}~{digest_of(student)}"


def name_of(kept: str) -> str:
    """The student's name that is kept so; what was too long to be kept whole stays as it is kept."""
    return re.sub(
        r"\\(\\|u[0-9a-f]{4})", lambda match: match[1][0] * (match[1] == "\\") or chr(int(match[1][1:], 16)), kept
    )


def check_words(check: str, exercise: str = "") -> str:
    """A check's id as words: "hidden.py::TestMax::test_values[stride 2-max_pool2d]" is "values (stride 2)".

    `exercise` is the one that it speaks of, which need not be said again.
    """
    name, _, parameters = check.rsplit("::", 1)[-1].partition("[")
    words = name.removeprefix("test_").replace("_", " ")
    told = [part for part in re.split(r"-(?!\d)", parameters.removesuffix("]")) if part and part != exercise]
    return f"{words} ({', '.join(told)})" if told else words


def listed(names: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def passes_words(names: Sequence[str], public: int, hidden: int) -> str:
    """ "relu passes its 3 public tests; 5 more are hidden": whoever passes them has not yet every point."""
    verb, whose = ("passes", "its") if len(names) == 1 else ("pass", "their")
    told = f"{listed(names)} {verb} {whose} {public} public test{'s' if public != 1 else ''}"
    return f"{told}; {hidden} more {'are' if hidden != 1 else 'is'} hidden" if hidden else told


def fenced(text: str) -> list[str]:
    """A code block whose fence the text cannot close."""
    text = printable(text)
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [fence, *text.splitlines(), fence]


def inline(text: str) -> str:
    """Text in a line of Markdown: nothing in it is markup or HTML."""
    return re.sub(r"([\\`*_{}\[\]()<>#!|&~])", r"\\\1", printable(text).replace("\n", " "))
