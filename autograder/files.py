"""Files that are there whole or not at all."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO


@contextlib.contextmanager
def drafted(path: Path, newline: str | None = None) -> Iterator[TextIO]:
    """A file to write a piece at a time; it takes its place at the end, so that a reader never sees half of it."""
    draft = path.with_name(path.name + ".part")
    with draft.open("w", encoding="utf-8", errors="backslashreplace", newline=newline) as file:
        yield file
    draft.replace(path)


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old one or the new one, never half of it."""
    with drafted(path) as file:
        file.write(text)
