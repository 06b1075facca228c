"""Text for people. What a student chose (names, messages, values) is hostile until it has been through here."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence


def points_words(points: float) -> str:
    """Points as they are shown: two decimals at most. Sums are made of the points themselves and rounded last."""
    return f"{points:.2f}".rstrip("0").rstrip(".")


def safe_cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula, on one line."""
    # What is no text is written out, so that no two students become one.
    text = printable(text.encode("utf-8", "backslashreplace").decode()).replace("\n", " ")
    return f"'{text}" if text.lstrip().startswith(("=", "+", "-", "@")) else text


def printable(text: str) -> str:
    """Without control characters (terminal escapes among them) and half characters, line breaks apart."""
    return re.sub(
        r"[\ud800-\udfff\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", "\N{REPLACEMENT CHARACTER}", text
    )


def safe_name(student: str) -> str:
    """A file name for a student: their own where it is harmless, else cleaned, with a digest that keeps it apart."""
    clean = re.sub(r"[^A-Za-z0-9_.-]", "_", student)[:80].lstrip(".-")
    if clean == student != "":
        return clean
    return f"{clean}-{hashlib.sha256(student.encode(errors='surrogateescape')).hexdigest()[:8]}"


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


def fenced(text: str) -> list[str]:
    """A code block whose fence the text cannot close."""
    text = printable(text)
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [fence, *text.splitlines(), fence]


def inline(text: str) -> str:
    """Text in a line of Markdown: nothing in it is markup or HTML."""
    return re.sub(r"([\\`*_{}\[\]()<>#!|&~])", r"\\\1", printable(text).replace("\n", " "))
