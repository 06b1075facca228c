"""Where the files are: in folders and in archives, as a person would name them. Nothing of theirs is run or followed."""

from __future__ import annotations

import itertools
import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from autograder.course.uses import LONGEST, is_door
from autograder.intake.archives import CLOSED, ENDINGS, is_archive, moment, unpack, without_ending
from autograder.intake.budget import Budget, Spent, UnsafeArchive
from autograder.intake.opening import Refused, is_link, open_plain, read_plain

WANTED = (
    ".py",
    ".ipynb",
    ".py.txt",
    ".ipynb.txt",
    ".ipynb.json",
    *ENDINGS,
    *CLOSED,
    "timestamp.txt",
    "submission_metadata.yml",
)
MAX_DEPTH = 6  # of folders below the one that was named
MAX_DOWNLOAD = 2**40  # of one archive from outside: its contents are counted as they come
AT_THE_TOP = 2  # folders deep a file of any kind may tell of a student, or is to be listed as nobody's
NESTED = 1  # archives are opened in a student's archive, not in those


@dataclass(frozen=True)
class HandedIn:
    """A file somewhere in the folder or in an archive of it; a folder, where the name is empty."""

    parts: tuple[str, ...]  # as a person would name it, from the folder down
    root: Path  # a folder that no student can change, and the way from there
    inside: tuple[str, ...]
    changed: datetime | None = (
        None  # as the file says, which for what lies in a student's archive is as the student says
    )
    dated: datetime | None = None  # as the platform says, or the disk
    archive: tuple[str, ...] | None = None  # the student's archive that it came in
    problem: str = ""  # why it is not to be had
    of_use: bool = True  # else it says no more than whose it is, if anybody's

    @property
    def name(self) -> str:
        """As a person would name it, for messages."""
        return "/".join(self.parts).rstrip("/")

    def read(self, limit: int) -> bytes:
        """Its content. Raises Refused."""
        if self.problem:
            raise Refused(self.problem)
        return read_plain(self.root, self.inside, limit)


class Scratch:
    """A folder of ours, and numbered folders in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._numbers = itertools.count()

    def folder(self) -> Path:
        folder = self.path / f"{next(self._numbers):06d}"
        folder.mkdir()
        return folder


def is_junk(name: str) -> bool:
    """What systems and programs leave everywhere."""
    return name.startswith(".") or name in ("__pycache__", "__MACOSX")


def walk(root: Path) -> Iterator[HandedIn]:
    """What lies in a folder; archives are told as files, links as problems, folders of their own account too."""
    level: list[tuple[str, ...]] = [()]
    while level:
        parts = level.pop()
        try:
            with os.scandir(root.joinpath(*parts)) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            yield HandedIn((*parts, ""), root, parts, problem=f"its folder cannot be read: {error.strerror}")
            continue
        for entry in entries:
            here = (*parts, entry.name)
            if is_junk(entry.name):
                continue
            try:
                status = entry.stat(follow_symlinks=False)
            except OSError as error:
                yield HandedIn(here, root, here, problem=f"{entry.name} cannot be read: {error.strerror}")
                continue
            changed = moment(status.st_mtime)
            file = HandedIn(here, root, here, changed, changed)
            if stat.S_ISDIR(status.st_mode):
                yield replace(file, parts=(*here, ""))
                if len(here) < MAX_DEPTH:
                    level.append(here)
                else:
                    yield replace(file, problem="it lies too deep")
            elif stat.S_ISLNK(status.st_mode):
                wanted = entry.name.lower().endswith(WANTED)
                yield replace(file, problem=is_link(entry.name) if wanted else "a symbolic link is not followed")
            elif entry.name.lower().endswith(WANTED):
                if not _is_the_courses(file, status.st_size):
                    yield file
            elif len(here) <= AT_THE_TOP:
                yield replace(file, of_use=False)


def _is_the_courses(file: HandedIn, size: int) -> bool:
    """Is it what stands for an earlier unit's module beside one that uses it? It came with the course and is nobody's work."""
    if size > LONGEST or not file.parts[-1].endswith(".py"):
        return False
    try:
        return is_door(file.read(LONGEST))
    except Refused:
        return False


def download(file: HandedIn, inside: tuple[str, ...], scratch: Scratch) -> list[HandedIn]:
    """The files in an archive of a whole class, under the name of `inside`: what is wrong with one is its own problem.

    Raises:
        UnsafeArchive, Refused: it cannot be opened at all.
    """
    with Budget.of_class() as budget:
        return [replace(each, dated=each.changed or file.dated) for each in _members(file, inside, scratch, budget)]


def student_archive(file: HandedIn, scratch: Scratch, budget: Budget) -> list[HandedIn]:
    """The files in a student's archive and in those in it. One that costs too much is refused whole, as a problem.

    A member that must not be unpacked costs that member, and what comes before the place where an archive is torn is
    taken. When it was handed in, the archive's own file says; the times in it are the student's to choose.
    """
    own = Scratch(scratch.folder())
    try:
        with budget:
            found = _opened(file, own, budget, 0)
    except Spent as error:
        found = [_refused(file, error)]
    found.append(HandedIn((*file.parts[:-1], without_ending(file.parts[-1]), ""), own.path, ()))  # of its own account
    if all(each.problem or not each.inside for each in found):
        shutil.rmtree(own.path, ignore_errors=True)
    return [replace(each, archive=file.parts, dated=file.dated) for each in found]


def _opened(file: HandedIn, scratch: Scratch, budget: Budget, depth: int) -> list[HandedIn]:
    """Raises Spent: that ends it for all archives of the student."""
    if depth > NESTED:
        return [replace(file, problem=f"{file.parts[-1]} lies within two others: hand it in by itself")]
    inside = (*file.parts[:-1], without_ending(file.parts[-1]))
    try:
        members = _members(file, inside, scratch, budget, outer=depth == 0)
    except Spent:
        raise
    except (UnsafeArchive, Refused) as error:
        return [_refused(file, error)]
    files = []
    for each in members:
        if each.problem and not each.parts[-1]:  # nobody knows where it belongs: then it is said of the archive
            files.append(_refused(file, each.problem))
        elif is_archive(each.parts[-1]) and not each.problem:
            files += _opened(each, scratch, budget, depth + 1)
        else:
            files.append(each)
    return files


def _refused(file: HandedIn, why: object) -> HandedIn:
    return replace(file, problem=f"refused: {why}")


def _members(
    file: HandedIn,
    inside: tuple[str, ...],
    scratch: Scratch,
    budget: Budget,
    *,
    outer: bool = True,
) -> list[HandedIn]:
    """What an archive holds, under the name of `inside`; folders of their own account where nothing in them is wanted.

    Args:
        file, inside, scratch, budget: what to open, and where to.
        outer: it came from outside, not out of another archive.
    """
    folder = scratch.folder()
    found: dict[HandedIn, None] = {}
    try:
        with open_plain(file.root, file.inside, MAX_DOWNLOAD) as source:
            if outer:
                budget.hand_in(os.fstat(source.fileno()).st_size)
            for member in unpack(source, file.parts[-1], WANTED, folder, budget):
                if any(is_junk(part) for part in member.parts):
                    continue
                parts = (*inside, *(member.parts or ("",)))
                if member.path is None and not member.problem:
                    if len(parts) <= AT_THE_TOP:
                        found[HandedIn(parts, folder, (), of_use=False)] = None
                    found[HandedIn((*parts[:-1], ""), folder, ())] = None
                else:
                    name = (member.path.name,) if member.path is not None else ()
                    each = HandedIn(parts, folder, name, member.changed, problem=member.problem)
                    if member.path is None or not _is_the_courses(each, member.path.stat().st_size):
                        found[each] = None
    except UnsafeArchive as error:
        if isinstance(error, Spent) or not any(each.inside for each in found):
            shutil.rmtree(folder, ignore_errors=True)
            raise
        found[HandedIn((*inside, ""), folder, (), problem=f"{error}; what comes before that is taken")] = None
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return list(found)
