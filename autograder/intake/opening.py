"""The one way to open what a student handed in: no link is followed, only a plain file is read, and only so much of it.

Every look is taken at an open descriptor, so what is swapped in between the look and the reading changes nothing. A test
searches this room for any other way to open a file.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO


class Refused(Exception):
    """A file that is not read; the message says which and why, and is fit for the student."""


def open_plain(root: Path, inside: Sequence[str], limit: int) -> BinaryIO:
    """A file below `root`, open for reading.

    Args:
        root: a folder that is not the student's to change: the one that the command names, or one of our own.
        inside: the way from there, folder by folder; none of it may be a link.
        limit: the most bytes that the file may have.

    Raises:
        Refused: a link, a hard link, no plain file, too large, or not to be read.
    """
    name = inside[-1] or inside[-2]
    try:
        folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            for part in inside[:-1]:
                deeper = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
                os.close(folder)
                folder = deeper
            # A device may act when it is opened, so there is a look before; the one that counts comes after.
            _check(os.stat(inside[-1], dir_fd=folder, follow_symlinks=False), name, limit)
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY
            descriptor = os.open(inside[-1], flags, dir_fd=folder)
        finally:
            os.close(folder)
        try:
            _check(os.fstat(descriptor), name, limit)
            return os.fdopen(descriptor, "rb")
        except BaseException:
            os.close(descriptor)
            raise
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise Refused(f"{name} cannot be read: {why}") from None


def read_plain(root: Path, inside: Sequence[str], limit: int) -> bytes:
    """All of such a file. Raises Refused as `open_plain` does, and where the file grows while it is read."""
    with open_plain(root, inside, limit) as file:
        try:
            content = file.read(limit + 1)
        except OSError as error:
            raise Refused(f"{inside[-1]} cannot be read: {error.strerror}") from None
    if len(content) > limit:
        raise Refused(too_large(inside[-1], limit))
    return content


def too_large(name: str, limit: int) -> str:
    return f"{name} is larger than {limit // 2**20} MB" if limit >= 2**20 else f"{name} is larger than {limit} bytes"


def is_link(name: str) -> str:
    return f"{name} is a symbolic link: hand in the file itself"


def _check(entry: os.stat_result, name: str, limit: int) -> None:
    if stat.S_ISLNK(entry.st_mode):
        raise Refused(is_link(name))
    if not stat.S_ISREG(entry.st_mode):
        raise Refused(f"{name} is not a regular file")
    if entry.st_nlink > 1:
        raise Refused(f"{name} is a hard link to a file elsewhere: hand in a copy")
    if entry.st_size > limit:
        raise Refused(too_large(name, limit))
