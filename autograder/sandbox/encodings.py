"""A module's text from its bytes, in the encodings that editors on all systems write. Runs in the sandbox."""

from __future__ import annotations

import codecs
import re

COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*[-\w.]+", re.MULTILINE)


def as_utf8(content: bytes) -> bytes:
    """The module in UTF-8; as it is where Python reads it by itself, or where nobody can.

    Python's own words are ASCII, so of a text in an unknown 8-bit encoding only comments and strings are at stake: it is
    read as Windows-1252, where every byte means something.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decoded(content, "utf-16")
    if b"\0" in content:  # no module holds one; in UTF-16 every other byte of plain text is one
        return _decoded(content, "utf-16-be" if content[:1] == b"\0" else "utf-16-le")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        head = b"\n".join(content.splitlines()[:2])
        return content if COOKIE.search(head) else content.decode("cp1252", "replace").encode()
    return content


def _decoded(content: bytes, encoding: str) -> bytes:
    try:
        return content.decode(encoding).encode()
    except (UnicodeDecodeError, UnicodeEncodeError):
        return content
