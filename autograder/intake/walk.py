"""Where the files are: in folders and in archives, as a person would name them. Nothing of theirs is run or followed."""

from __future__ import annotations

import itertools
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from autograder.intake.archives import UnsafeArchive, is_archive, unpack, without_ending

WANTED = (".py", ".ipynb", ".zip", ".tar", ".tar.gz", ".tgz", "timestamp.txt")
MAX_DEPTH = 6  # of folders below the one that was named


@dataclass(frozen=True)
class HandedIn:
    """A file somewhere in the folder or in an archive of it."""

    parts: tuple[str, ...]  # as a person would name it, from the folder down
    path: Path
    changed: datetime | None
    own_folder: bool  # nothing of another student lies beside it


class Scratch:
    """A folder of ours, and numbered folders in it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._numbers = itertools.count()

    def folder(self) -> Path:
        folder = self._path / f"{next(self._numbers):06d}"
        folder.mkdir()
        return folder


def walk(root: Path, scratch: Scratch | None, ignored: list[tuple[str, str]]) -> Iterator[HandedIn]:
    level: list[tuple[Path, tuple[str, ...]]] = [(root, ())]
    while level:
        folder, parts = level.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            ignored.append(("/".join(parts), f"it cannot be read: {error.strerror}"))
            continue
        for entry in entries:
            here = (*parts, entry.name)
            if entry.name.startswith((".", "__")):
                continue
            mode = entry.stat(follow_symlinks=False).st_mode
            if stat.S_ISDIR(mode):
                if len(here) < MAX_DEPTH:
                    level.append((Path(entry.path), here))
                else:
                    ignored.append(("/".join(here), "it lies too deep"))
            elif entry.name.lower().endswith(WANTED):
                changed = datetime.fromtimestamp(entry.stat(follow_symlinks=False).st_mtime, UTC)
                file = HandedIn(here, Path(entry.path), changed, len(here) > 1)
                if is_archive(entry.name) and stat.S_ISREG(mode):
                    yield from open_archive(file, here[:-1], scratch, ignored, 0)
                else:
                    yield file
            elif stat.S_ISLNK(mode):
                ignored.append(("/".join(here), "a symbolic link is not followed"))
        if not parts:
            # Folders of students who handed in nothing that is looked for are students all the same.
            yield from (
                HandedIn((entry.name, ""), Path(entry.path), None, True)
                for entry in entries
                if entry.is_dir(follow_symlinks=False) and not entry.name.startswith((".", "__"))
            )


def open_archive(
    file: HandedIn, parents: tuple[str, ...] | None, scratch: Scratch | None, ignored: list[tuple[str, str]], depth: int
) -> Iterator[HandedIn]:
    """The files in an archive, as if it were a folder of its name among `parents` (None: the folder of all).

    Archives in it are opened too, once.
    """
    name = "/".join(file.parts)
    if scratch is None or depth > 1:
        ignored.append((name, "an archive that is not opened: it lies within two others"))
        return
    inside = () if parents is None else (*parents, without_ending(file.parts[-1]))
    try:
        members = list(unpack(file.path, WANTED, scratch.folder()))
    except UnsafeArchive as error:
        ignored.append((name, f"refused: {error}"))
        return
    for member, path in members:
        unpacked = HandedIn((*inside, *member.parts), path, member.changed or file.changed, False)
        if is_archive(member.parts[-1]):
            yield from open_archive(unpacked, unpacked.parts[:-1], scratch, ignored, depth + 1)
        else:
            yield unpacked
