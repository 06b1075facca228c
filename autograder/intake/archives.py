"""Opening archives from strangers, member by member, into a folder of ours: nothing is believed, everything is counted."""

from __future__ import annotations

import bz2
import contextlib
import errno
import gzip
import lzma
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO

from autograder.intake.budget import CHUNK, MAX_RATIO, MIN_SUSPECT, Budget, Listed, Metered, Spent, UnsafeArchive

ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
CLOSED = (".rar", ".7z", ".zipx", ".tar.zst", ".tar.z")  # there is no reader of these that guards memory and time
MAX_MEMBER = 64 * 2**20  # one file of an archive: at most a student's own archive within a download
METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # zipfile unpacks the others without a bound on memory
UTF8 = 0x800  # the flag of a member whose name is in UTF-8
PACKED: dict[bytes, Callable[[BinaryIO], Any]] = {
    b"\x1f\x8b": lambda source: gzip.GzipFile(fileobj=source),
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\0": lzma.LZMAFile,
}


@dataclass(frozen=True)
class Member:
    """One file of an archive. `path` is None where it was not unpacked: nobody wants it, or `problem` says why."""

    parts: tuple[str, ...]
    changed: datetime | None
    path: Path | None = None
    problem: str = ""


def is_archive(name: str) -> bool:
    """Is it called like an archive, be it one that can be opened or not?"""
    return name.lower().endswith((*ENDINGS, *CLOSED))


def without_ending(name: str) -> str:
    """The archive's name without .zip, .tar.gz and the like."""
    lower = name.lower()
    ending = max((each for each in (*ENDINGS, *CLOSED) if lower.endswith(each)), key=len, default="")
    return name[: len(name) - len(ending)]


def moment(seconds: float) -> datetime | None:
    """A time as files have it; None for one that no calendar holds."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def unpack(source: BinaryIO, name: str, wanted: tuple[str, ...], folder: Path, budget: Budget) -> Iterator[Member]:
    """The files of an archive, those with one of the `wanted` endings unpacked into `folder`, under numbers.

    A member that must not be unpacked comes with its problem; whether the rest may be used is for the caller to say.

    Raises:
        UnsafeArchive: it is no archive, is damaged, or costs more than the budget allows.
    """
    if name.lower().endswith(CLOSED):
        raise UnsafeArchive(
            f"{PurePosixPath(name).suffix} files cannot be opened here: pack it as .zip and hand that in"
        )
    members = _zip if name.lower().endswith(".zip") else _tar
    try:
        yield from members(source, wanted, folder, budget)
    except UnsafeArchive:
        raise
    except Exception as error:  # the libraries raise whatever a torn byte leads them to
        _is_ours(error)
        raise UnsafeArchive(f"it cannot be read: {str(error)[:200] or type(error).__name__}") from None


def _zip(source: BinaryIO, wanted: tuple[str, ...], folder: Path, budget: Budget) -> Iterator[Member]:
    listed: Any = Listed(source, budget)
    with zipfile.ZipFile(listed) as archive:
        infos = archive.infolist()
        if unsure := [name for name, sure in map(_named, infos) if not sure]:
            what = f"names in it such as {unsure[0]!r} are not in UTF-8 and were read as old DOS names"
            yield Member((), None, None, f"{what}: see whether they are right")
        for number, info in enumerate(infos):
            budget.member()
            mode = info.external_attr >> 16
            changed = _when(info.date_time)
            problem = ""
            if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
                problem = "a link or a device"
            elif info.flag_bits & 1:
                problem = "an encrypted file"
            try:
                parts = safe_parts(_named(info)[0])
            except UnsafeArchive as error:
                yield Member((), changed, None, str(error))
                continue
            if not parts or (info.is_dir() and not problem):
                continue
            is_wanted = parts[-1].lower().endswith(wanted)
            if not is_wanted:
                yield Member(parts, changed)
                continue
            if not problem:
                problem = _too_much(info.file_size, info.compress_size)
                if info.compress_type not in METHODS:
                    problem = "a file packed in an unusual way (pack it again, with the usual settings)"
            if problem:
                yield Member(parts, changed, None, f"{parts[-1]} is {problem}")
            else:
                yield _written(archive.open(info), Member(parts, changed), info.file_size, folder / str(number), budget)


def _named(info: zipfile.ZipInfo) -> tuple[str, bool]:
    """A member's name, and whether that is sure: many programs write UTF-8 without the flag that says so.

    What is neither is in some other system's encoding (GBK, Windows-1252); zip's own default is CP437.
    """
    name = info.filename
    if name.isascii() or info.flag_bits & UTF8:
        return name, True
    try:
        return name.encode("cp437").decode("utf-8"), True
    except UnicodeEncodeError:  # it came from a field of its own, in Unicode
        return name, True
    except UnicodeDecodeError:
        return name, False


def _tar(source: BinaryIO, wanted: tuple[str, ...], folder: Path, budget: Budget) -> Iterator[Member]:
    start = source.read(6)
    source.seek(0)
    kind = next((kind for magic, kind in PACKED.items() if start.startswith(magic)), None)
    stream: Any = Metered(kind(source) if kind else source, budget)
    with tarfile.open(fileobj=stream, mode="r:") as archive:
        for number, info in enumerate(archive):
            budget.member()
            changed = moment(info.mtime)
            if info.size < 0:
                raise UnsafeArchive(f"it holds a file of a size below 0: {info.name!r}")
            try:
                parts = safe_parts(info.name)
            except UnsafeArchive as error:
                yield Member((), changed, None, str(error))
                continue
            if not parts or info.isdir():
                continue
            is_wanted = parts[-1].lower().endswith(wanted)
            if not is_wanted:
                yield Member(parts, changed)
            elif not info.isreg() or info.issparse():
                yield Member(parts, changed, None, f"{parts[-1]} is a link or a device")
            elif problem := _too_much(info.size, info.size):
                yield Member(parts, changed, None, f"{parts[-1]} is {problem}")
            else:
                content = archive.extractfile(info)
                assert content is not None
                yield _written(content, Member(parts, changed), info.size, folder / str(number), None)
    if stream.torn:
        raise UnsafeArchive("it is cut off")


def _too_much(size: int, packed: int) -> str:
    if size > MAX_MEMBER:
        return f"a file of more than {MAX_MEMBER // 2**20} MB"
    if size > MIN_SUSPECT and size > MAX_RATIO * max(packed, 1):
        return f"a file that looks like a bomb, of {size // max(packed, 1)} times its size"
    return ""


def _written(source: IO[bytes], member: Member, size: int, path: Path, budget: Budget | None) -> Member:
    """The member with its content in a file of ours: as many bytes as were announced, whatever it really holds.

    `budget` is None where the bytes have been counted already.
    """
    left = size
    try:
        with source, path.open("wb") as file:
            while content := source.read(min(CHUNK, left + 1)):
                if budget is not None:
                    budget.take(len(content))
                left -= len(content)
                if left < 0:
                    break
                file.write(content)
        if left:
            raise UnsafeArchive("is cut off: its archive is damaged" if left > 0 else "is larger than its archive says")
    except (Spent, tarfile.TarError):
        raise
    except Exception as error:
        _is_ours(error)
        with contextlib.suppress(OSError):
            path.unlink()
        why = str(error) if isinstance(error, UnsafeArchive) else "cannot be unpacked: its archive is damaged there"
        return Member(member.parts, member.changed, None, f"{member.parts[-1]} {why}")
    return Member(member.parts, member.changed, path)


def safe_parts(name: str) -> tuple[str, ...]:
    """The parts of a member's path; Windows' separators are read as such.

    Raises:
        UnsafeArchive: it is absolute, leads upwards, or names a drive.
    """
    if name.startswith(("/", "\\")) or "\0" in name or (len(name) > 1 and name[1] == ":"):
        raise UnsafeArchive(f"it holds a path that leads out of it: {name!r}")
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if ".." in parts:
        raise UnsafeArchive(f"it holds a path that leads out of it: {name!r}")
    return parts


def _is_ours(error: Exception) -> None:
    """A full disk is no student's fault."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        raise error


def _when(date: tuple[int, int, int, int, int, int]) -> datetime | None:
    try:
        return datetime(*date, tzinfo=UTC)
    except ValueError:
        return None
