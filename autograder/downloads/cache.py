"""The cache of fetched image sets: where it is, what is in it, and how a set comes into it.

A file is in the cache when its size and its SHA-256 are the pinned ones, whoever put it there. What a killed download leaves lies
in a folder of its own, is never read and goes with the next `fetch`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from autograder.downloads.catalogue import SETS, ImageSet, RemoteFile
from autograder.extras import way_out

if sys.platform != "win32":
    import fcntl

UNFINISHED = "unfinished"  # where files lie until they are whole, in their set's folder
CHUNK = 1 << 16  # bytes read from the network at a time


class FetchError(Exception):
    """A set could not be fetched; the message says why, and the way out."""


def folder() -> Path:
    """The cache: the folder that `AUTOGRADER_DOWNLOADS` names, else one in the user's cache folder."""
    if chosen := os.environ.get("AUTOGRADER_DOWNLOADS"):
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME", "")
    caches = Path(base) if os.path.isabs(base) else Path.home() / ".cache"  # the standard has relative ones ignored
    return caches / "deep-learning-by-hand"


def find(name: str) -> ImageSet:
    """The set of that name.

    Raises ValueError: there is none
    """
    if name not in SETS:
        raise ValueError(f"there is no image set {name!r}; there are {', '.join(SETS)}")
    return SETS[name]


def is_there(name: str) -> bool:
    """Are all files of a set in the cache, whole?

    Raises ValueError: there is no such set
    """
    chosen = find(name)
    return all(_is_whole(folder() / name / file.name, file) for file in chosen.files)


def cached(name: str, file: str) -> Path:
    """Where a file of a set lies, its checksum looked at.

    Raises FileNotFoundError: it is not in the cache
    Raises ValueError: it is, but it is not the file that was pinned
    """
    chosen = find(name)
    pinned = next(each for each in chosen.files if each.name == file)
    path = folder() / name / file
    if not path.is_file():
        raise FileNotFoundError(
            f"{chosen.title} is not on this machine: {path} is missing. Fetch it once ({megabytes(chosen.size)}): "
            f"autograder data fetch {name}"
        )
    if not _is_whole(path, pinned):
        raise ValueError(
            f"{path} is not {chosen.title}'s file: its size or its SHA-256 is another. "
            f"Fetch it again: autograder data fetch {name}"
        )
    return path


def fetch(name: str) -> bool:
    """Bring the files of a set into the cache that are not there yet, with a bar on a terminal.

    Returns: whether anything had to be fetched

    Raises ValueError: there is no such set
    Raises FetchError: a file could not be fetched, or is not the one that was pinned; files fetched before it stay
    Raises ModuleNotFoundError: pooch, which downloads, is not installed
    """
    chosen = find(name)
    if is_there(name):
        return False
    try:
        import pooch
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"{error.name} is not installed, and fetching needs it: {way_out('data')}", name=error.name
        ) from None
    pooch.get_logger().setLevel("WARNING")
    place = folder() / name
    try:
        with _alone(place):
            missing = [file for file in chosen.files if not _is_whole(place / file.name, file)]
            for file in missing:
                _download(chosen, file, place)
    except OSError as error:
        raise FetchError(f"{chosen.title} cannot be kept in {place}: {error.strerror or error}") from None
    return bool(missing)


def megabytes(size: int) -> str:
    return f"{size / 1e6:.0f} MB"


def _is_whole(path: Path, file: RemoteFile) -> bool:
    try:
        if path.stat().st_size != file.size:
            return False
        with path.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest() == file.sha256
    except OSError:  # not there, or not to be read from within the sandbox
        return False


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """One fetch of a set at a time: a second one waits, and then finds the files. The lock ends with its process."""
    place.mkdir(parents=True, exist_ok=True)
    with (place / ".lock").open("w") as lock:
        if sys.platform != "win32":
            fcntl.flock(lock, fcntl.LOCK_EX)
        shutil.rmtree(place / UNFINISHED, ignore_errors=True)
        try:
            yield
        finally:
            shutil.rmtree(place / UNFINISHED, ignore_errors=True)


def _download(chosen: ImageSet, file: RemoteFile, place: Path) -> None:
    import pooch
    from requests.exceptions import RequestException

    address = chosen.address + file.name
    way = f"Fetched elsewhere, {file.name} can be put into {place}: its SHA-256 is looked at."
    with _Bar(file) as bar:
        downloader = pooch.HTTPDownloader(progressbar=bar, chunk_size=CHUNK)
        try:
            done = pooch.retrieve(
                address, f"sha256:{file.sha256}", file.name, place / UNFINISHED, downloader=downloader
            )
        except RequestException as error:
            raise FetchError(f"{chosen.title} could not be fetched from {address}: {_reason(error)}. {way}") from None
        except (ValueError, _TooLong):
            raise FetchError(
                f"what {address} sent is not {chosen.title}'s file (its SHA-256 is another), and was not kept. {way}"
            ) from None
    os.replace(done, place / file.name)


def _reason(error: Exception) -> str:
    """What went wrong on the way, in a few words instead of a chain of wrapped exceptions."""
    from requests import exceptions

    response = getattr(error, "response", None)
    if response is not None:
        return f"it answered {response.status_code} {response.reason}"
    if isinstance(error, exceptions.ChunkedEncodingError):
        return "the connection broke"
    if isinstance(error, exceptions.Timeout) or "timed out" in str(error):
        return "it did not answer in time"
    return "there is no connection"


class _TooLong(Exception):
    """More came than the pinned file is long."""


class _Bar:
    """What pooch tells how far it is: a bar where standard error is a terminal, and an end to a stream that has none."""

    def __init__(self, file: RemoteFile) -> None:
        from rich import progress
        from rich.console import Console

        console = Console(stderr=True)
        self._file = file
        self._done = 0
        self._bar = progress.Progress(
            progress.TextColumn("{task.description}", markup=False),
            progress.BarColumn(),
            progress.DownloadColumn(),
            progress.TransferSpeedColumn(),
            progress.TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task(file.name, total=file.size)
        self.total = file.size  # set by pooch to what the server announces

    def __enter__(self) -> _Bar:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def update(self, count: int) -> None:
        self._done += count  # pooch counts whole chunks, also where the last one is shorter
        if self._done >= self._file.size + CHUNK:
            raise _TooLong
        self._bar.update(self._task, completed=min(self._done, self._file.size))

    def reset(self) -> None:
        self._done = 0

    def close(self) -> None:
        pass
