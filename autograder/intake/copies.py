"""A private copy of what a submission may read: exactly the student's own files, through the one careful way to open them.

It is this copy that is graded, on every road, so nothing that happens to the original afterwards matters, and what the
sandbox opens to a student's code holds nothing of anybody else.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from autograder.intake.opening import Refused, read_plain
from autograder.intake.owners import RESUBMISSION, Placed
from autograder.intake.walk import Scratch

MAX_BYTES = 2**20  # of one module: a thousand times what a unit needs
MAX_NOTEBOOK_BYTES = 32 * 2**20  # with the plots that it shows
MAX_FILES = 300  # beside the modules themselves: a course's own files side by side, and some helpers
MAX_TOTAL = 8 * 2**20
MAX_NAME = 250  # bytes of the way to a file: what any file system takes


def private_copy(
    modules: Mapping[str, bytes], beside: Iterable[tuple[tuple[str, ...], Placed]], scratch: Scratch
) -> tuple[Path, list[Placed]]:
    """A folder of a student's modules and of the files that they may import, and what was left out for being too much.

    A file that must not be opened is there as one that says so to whoever imports it.

    Args:
        modules: the graded files, by name.
        beside: the others, each with the way to it from the modules' folder.
        scratch: where to make the folder.
    """
    folder = scratch.folder()
    for name, content in modules.items():
        (folder / name).write_bytes(content)
    taken = set(modules)
    total = count = 0
    left_out = []
    for way, placed in sorted(beside, key=lambda each: (len(each[0]), each[0], _newest_first(each[1]))):
        path = "/".join(way)
        if path in taken or len(path.encode("utf-8", "replace")) > MAX_NAME or not _can_be_imported(way):
            continue
        try:
            content = placed.file.read(MAX_BYTES)
        except Refused as refused:
            content = f"raise ImportError({str(refused)!r})\n".encode("utf-8", "backslashreplace")
        if count == MAX_FILES or total + len(content) > MAX_TOTAL:
            left_out.append(placed)
            continue
        count, total = count + 1, total + len(content)
        taken.add(path)
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder, left_out


def _can_be_imported(way: tuple[str, ...]) -> bool:
    return all(part.isidentifier() for part in (*way[:-1], way[-1].removesuffix(".py")))


def beside(module: Placed, own: Iterable[Placed]) -> list[tuple[tuple[str, ...], Placed]]:
    """The student's other Python files in the module's folder and below, each with the way to it from there."""
    folder = module.inside[:-1]
    found = []
    for each in own:
        same = each.home == module.home and each.file.archive == module.file.archive
        if same and each.inside[-1].endswith(".py") and each.inside[: len(folder)] == folder:
            way = each.inside[len(folder) :]
            match = RESUBMISSION.fullmatch(way[-1])
            if match and match["number"]:
                way = (*way[:-1], match["stem"] + match["ending"])
            found.append((way, each))
    return found


def _newest_first(placed: Placed) -> tuple[int, ...]:
    match = RESUBMISSION.fullmatch(placed.inside[-1])
    return (-int(match["number"] or 0) if match else 0,)


def own_files(module: Path) -> list[tuple[str, bytes]]:
    """Every file that a submission may read, by the way from its module's folder: for digests, and for other machines."""
    names = {module.name}
    for folder, folders, files in os.walk(module.parent):
        folders[:] = [each for each in folders if each != "__pycache__"]
        inside = Path(folder).relative_to(module.parent)
        names |= {(inside / name).as_posix() for name in files if name.endswith((".py", ".ipynb"))}
    found = []
    for name in sorted(names):
        try:
            found.append((name, read_plain(module.parent, name.split("/"), MAX_NOTEBOOK_BYTES)))
        except Refused as refused:
            if name == module.name:
                raise OSError(str(refused)) from None
    return found


def own_scratch() -> Path:
    """A folder for copies where nobody named one; it is gone when the program ends."""
    folder = tempfile.mkdtemp(prefix="autograder-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)
