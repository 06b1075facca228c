"""Opening archives from strangers: what is unsafe is refused whole, by name; the rest is unpacked into a scratch folder."""

from __future__ import annotations

import stat
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO

ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz")

# A class of 1,000 with 30 notebooks each is about 30,000 files and some GB; a bomb is far beyond on one of these.
MAX_MEMBERS = 100_000
MAX_TOTAL = 4 * 2**30
MAX_MEMBER = 64 * 2**20  # one student's own archive within a bulk download
MAX_RATIO = 200  # of a member's size to its packed size, beyond MIN_SUSPECT; deflate's own limit is about 1,000
MIN_SUSPECT = 2**20


class UnsafeArchive(Exception):
    """The archive must not be opened, or cannot be; the message says why."""


@dataclass(frozen=True)
class Member:
    """One file of an archive: its path inside, its size, and when it was changed."""

    parts: tuple[str, ...]
    size: int
    changed: datetime | None


def is_archive(name: str) -> bool:
    return name.lower().endswith(ENDINGS)


def without_ending(name: str) -> str:
    """The archive's name without .zip, .tar.gz and the like."""
    lower = name.lower()
    ending = max((each for each in ENDINGS if lower.endswith(each)), key=len, default="")
    return name[: len(name) - len(ending)]


def unpack(path: Path, wanted: tuple[str, ...], scratch: Path) -> Iterator[tuple[Member, Path]]:
    """Check a whole archive, then unpack its files with one of the `wanted` endings, each under a number of its own.

    Raises:
        UnsafeArchive: a path that leads out, a link, a device, encryption, too many or too large files, or no archive.
            Nothing has been unpacked then.
    """
    try:
        if path.name.lower().endswith(".zip"):
            with zipfile.ZipFile(path) as archive:
                yield from _unpack_zip(archive, wanted, scratch)
        else:
            with tarfile.open(path) as archive:
                yield from _unpack_tar(archive, wanted, scratch)
    except (
        zipfile.BadZipFile,
        tarfile.TarError,
        EOFError,
        OSError,
        ValueError,
        RuntimeError,
        NotImplementedError,
    ) as error:
        raise UnsafeArchive(f"it cannot be read: {error}") from None


def _unpack_zip(archive: zipfile.ZipFile, wanted: tuple[str, ...], scratch: Path) -> Iterator[tuple[Member, Path]]:
    members = archive.infolist()
    _check_count(len(members))
    safe = []
    for info in members:
        mode = info.external_attr >> 16
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise UnsafeArchive(f"it holds a link or a device: {info.filename!r}")
        if info.flag_bits & 1:
            raise UnsafeArchive(f"it is encrypted: {info.filename!r}")
        _check_size(info.filename, info.file_size, info.compress_size)
        parts = safe_parts(info.filename)
        if not info.is_dir():
            changed = _when(info.date_time)
            safe.append((info, Member(parts, info.file_size, changed)))
    _check_total(sum(member.size for _, member in safe))
    for number, (info, member) in enumerate(safe):
        if member.parts[-1].lower().endswith(wanted):
            with archive.open(info) as source:
                yield member, _write(source, member, scratch / str(number))


def _unpack_tar(archive: tarfile.TarFile, wanted: tuple[str, ...], scratch: Path) -> Iterator[tuple[Member, Path]]:
    safe = []
    total = 0
    for count, info in enumerate(archive, 1):
        _check_count(count)
        if not (info.isreg() or info.isdir()):
            raise UnsafeArchive(f"it holds a link or a device: {info.name!r}")
        _check_size(info.name, info.size, info.size)
        total += info.size
        _check_total(total)
        parts = safe_parts(info.name)
        if info.isreg() and parts:
            safe.append((info, Member(parts, info.size, datetime.fromtimestamp(info.mtime, UTC))))
    for number, (info, member) in enumerate(safe):
        source = archive.extractfile(info)
        if source is not None and member.parts[-1].lower().endswith(wanted):
            yield member, _write(source, member, scratch / str(number))


def _check_count(count: int) -> None:
    if count > MAX_MEMBERS:
        raise UnsafeArchive(f"it holds more than {MAX_MEMBERS:,} files")


def _check_total(size: int) -> None:
    if size > MAX_TOTAL:
        raise UnsafeArchive(f"it unpacks to more than {MAX_TOTAL // 2**30} GB")


def _check_size(name: str, size: int, packed: int) -> None:
    if size > MAX_MEMBER:
        raise UnsafeArchive(f"it holds a file of more than {MAX_MEMBER // 2**20} MB: {name!r}")
    if size > MIN_SUSPECT and size > MAX_RATIO * max(packed, 1):
        raise UnsafeArchive(f"it looks like a bomb: {name!r} unpacks to {size // max(packed, 1)} times its size")


def safe_parts(name: str) -> tuple[str, ...]:
    """The parts of a member's path.

    Raises:
        UnsafeArchive: it is absolute, leads upwards, or is no path that every system reads alike.
    """
    if name.startswith(("/", "\\")) or "\\" in name or "\0" in name or (len(name) > 1 and name[1] == ":"):
        raise UnsafeArchive(f"it holds a path that leads out of it: {name!r}")
    parts = PurePosixPath(name).parts
    if ".." in parts:
        raise UnsafeArchive(f"it holds a path that leads out of it: {name!r}")
    return parts


def _write(source: IO[bytes], member: Member, folder: Path) -> Path:
    """At most as many bytes as the archive announced, whatever it really holds."""
    content = source.read(member.size + 1)
    if len(content) > member.size:
        raise UnsafeArchive(f"it lies about the size of {member.parts[-1]!r}")
    folder.mkdir(parents=True)
    suffix = next((each for each in (*ENDINGS, ".py", ".ipynb", ".txt") if member.parts[-1].lower().endswith(each)), "")
    path = folder / f"file{suffix}"
    path.write_bytes(content)
    return path


def _when(date: tuple[int, int, int, int, int, int]) -> datetime | None:
    try:
        return datetime(*date, tzinfo=UTC)
    except ValueError:
        return None
