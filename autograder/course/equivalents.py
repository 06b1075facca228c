"""equivalent.txt: mutants of a unit's reference that no check can tell from it, each with the reason why.

    # Lines that begin with # are left out.

    hinge
    - terms = np.maximum(0, scores - scores[rows, labels][:, None] + margin)
    + terms = np.maximum(-1, scores - scores[rows, labels][:, None] + margin)
    Only what is above 0 is looked at afterwards.

An empty line ends an entry. It may hold several lines `+` for one line `-`, and several of both, where the reason is the same.
Nothing is said of where the line stands, so what is changed elsewhere leaves an entry as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from autograder.course.file import EQUIVALENT

Change = tuple[str, str, str]  # the function, the line before, the line after


class EquivalentsError(Exception):
    """The file is not as it should be; names the line."""


@dataclass(frozen=True)
class Entry:
    """One change, and why nothing follows from it."""

    place: str
    before: str
    after: str
    reason: str

    @property
    def change(self) -> Change:
        return self.place, self.before, self.after


def read_equivalents(folder: Path) -> list[Entry]:
    """The list in a unit's folder, in its order; empty where there is none.

    Raises:
        EquivalentsError: an entry without a change or without a reason.
    """
    path = folder / EQUIVALENT
    if not path.is_file():
        return []
    entries: list[Entry] = []
    block: list[tuple[int, str]] = []
    for number, line in enumerate([*path.read_text(encoding="utf-8").splitlines(), ""], 1):
        if line.strip() and not line.startswith("#"):
            block.append((number, line.strip()))
        elif not line.strip() and block:
            entries += _entries(path, block)
            block = []
    return entries


def _entries(path: Path, block: list[tuple[int, str]]) -> list[Entry]:
    """One entry's changes: what follows the name and is no change is the reason."""
    (first, place), *lines = block
    before = ""
    changes: list[Change] = []
    reason: list[str] = []
    for number, line in lines:
        sign, text = line[0], line[1:].strip()
        if sign in "+-" and reason:
            raise EquivalentsError(f"{path}, line {number}: a change below a reason: leave a line empty in between")
        if sign == "-":
            before = text
        elif sign == "+" and not before:
            raise EquivalentsError(f"{path}, line {number}: a line + with no line - above it")
        elif sign == "+":
            changes.append((place, before, text))
        else:
            reason.append(line)
    if not changes:
        raise EquivalentsError(f"{path}, line {first}: {place}: name the change, a line - and a line +")
    if not reason:
        raise EquivalentsError(f"{path}, line {first}: {place}: say why no check can tell the two apart")
    return [Entry(*change, " ".join(reason)) for change in changes]


def written(changes: list[Change]) -> str:
    """Changes as they stand in the file, without the reasons."""
    lines: list[str] = []
    last = ("", "")
    for place, before, after in changes:
        if place != last[0]:
            lines += ["", place] if lines else [place]
        if (place, before) != last:
            lines.append(f"- {before}")
        last = place, before
        lines.append(f"+ {after}")
    return "\n".join(lines)
