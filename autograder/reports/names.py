"""What each student of a class is called on paper and on disk: no two alike, whatever they call themselves.

A name goes where it may be read on one line (`words.one_line`), and a file bears it where it is harmless. Both depend on the
name alone, so links stay good, except where two of a class would not be told apart: two that look the same are written out
in ASCII, and of two files that some file system would take for one, both bear the whole digest of their student's name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

from autograder.words import digest_of, listed, one_line, safe_name, written_out


class Names:
    """The names of a class.

    Args:
        students: all of them; who comes more than once counts once.
        limit: the most characters of a name that are shown.
    """

    def __init__(self, students: Iterable[str], limit: int | None = None) -> None:
        everyone = list(dict.fromkeys(students))
        lines = {
            student: _cut(one_line(student) if student.strip() else _plain(student), limit) for student in everyone
        }
        self.alike = _alike(lines, _look)
        self.shown = lines | {each: _cut(_plain(each), limit) for group in self.alike for each in group}
        numbers = {student: number for number, student in enumerate(everyone, 1)}
        while again := _alike(self.shown, _look):  # cut, or made to look like another's plain form
            self.shown |= {each: f"{numbers[each]}: {self.shown[each]}" for group in again for each in group}
        self.same_file = _alike({student: safe_name(student) for student in everyone}, _on_disk)
        # No name of one's own choice has "~" in it once it is harmless: these are nobody else's.
        self.file = {student: safe_name(student) for student in everyone} | {
            each: f"{safe_name(each)}~{digest_of(each)}" for group in self.same_file for each in group
        }

    def notes(self) -> list[str]:
        """What a person should know of names that were changed to keep them apart."""
        shown = [f"the names {listed([self.shown[each] for each in group])} look alike" for group in self.alike]
        return shown + [
            f"the files of {listed([self.shown[each] for each in group])} would have had one name: they are "
            f"{listed([self.file[each] for each in group])}"
            for group in self.same_file
        ]


def _alike(names: dict[str, str], key: Callable[[str], str]) -> list[list[str]]:
    """The students whose names have the same key, where they are several."""
    groups: dict[str, list[str]] = {}
    for student, name in names.items():
        groups.setdefault(key(name), []).append(student)
    return [group for group in groups.values() if len(group) > 1]


def _look(name: str) -> str:
    """What is left of a name for the eye: composed or not, wide or not, with whatever space."""
    return " ".join(re.sub("[\u200c\u200d\ufe00-\ufe0f]", "", unicodedata.normalize("NFKC", name)).split())


def _on_disk(name: str) -> str:
    """What a file system may make of a (harmless) file's name: capitals do not matter, a dot at the end goes."""
    return name.casefold().rstrip(".")


def _plain(name: str) -> str:
    """A name in ASCII, spaces that do not show written out."""
    return re.sub(r"^ | $|(?<= ) ", r"\\x20", written_out(name)) or "(no name)"


def _cut(name: str, limit: int | None) -> str:
    return name if limit is None or len(name) <= limit else f"{name[: limit - 1]}\N{HORIZONTAL ELLIPSIS}"
