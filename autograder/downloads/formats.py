"""The binary formats of the image sets, read without extracting or unpickling anything.

Nothing that a header says is believed before it is bounded. Every complaint names the file and the way out.
"""

from __future__ import annotations

import gzip
import math
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.extras import way_out

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]

MOST_BYTES = 1 << 28  # of one array; the largest is SVHN's, of 225 million
UNSIGNED_BYTE = 8  # IDX's code of the type
CIFAR_SIDE, CIFAR_CLASSES = 32, 10
CIFAR_RECORD = 1 + 3 * CIFAR_SIDE**2  # a byte for the label, then red, green and blue
SVHN_SHAPE = (32, 32, 3)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """What goes wrong while a file is read, as a sentence with the way out; its folder has the set's name."""
    try:
        yield
    except (ValueError, EOFError, gzip.BadGzipFile, zlib.error, tarfile.TarError) as error:
        raise ValueError(
            f"{path} cannot be read: {error}. Fetch it again: autograder data fetch {path.parent.name}"
        ) from None


def read_idx(path: Path) -> Bytes:
    """An array of unsigned bytes from a gzipped IDX file.

    The format: two zero bytes, the type's code, the number of axes, each axis's length in four bytes, big end first, then the
    values row by row.

    Raises ValueError: it is no such file, is cut short or goes on for too long
    """
    with _reading(path), gzip.open(path) as file:
        magic = file.read(4)
        if len(magic) < 4 or magic[:3] != bytes([0, 0, UNSIGNED_BYTE]):
            raise ValueError(
                f"it begins with {magic.hex() or 'nothing'}, not with 000008, IDX's mark for unsigned bytes"
            )
        lengths = file.read(4 * magic[3])
        if len(lengths) < 4 * magic[3]:
            raise ValueError("it ends within its header")
        shape = tuple(np.frombuffer(lengths, dtype=">u4").tolist())
        size = math.prod(shape)
        if size > MOST_BYTES:
            raise ValueError(f"its header asks for {size} values, more than any set here has")
        content = file.read(size + 1)
        if len(content) != size:
            raise ValueError(
                f"it holds {'more' if len(content) > size else 'fewer'} than the {size} values of its header"
            )
    return np.frombuffer(content, dtype=np.uint8).reshape(shape).copy()


def read_idx_pair(images: Path, labels: Path) -> tuple[Bytes, Ints]:
    """Grey images, (N, 1, H, W), and their labels, (N,), from two IDX files.

    Raises ValueError: one of them is damaged, or they do not belong together
    """
    pixels, classes = read_idx(images), read_idx(labels)
    with _reading(images):
        if pixels.ndim != 3 or classes.shape != pixels.shape[:1]:
            raise ValueError(f"images of shape {pixels.shape} do not go with labels of shape {classes.shape}")
    return pixels[:, None], classes.astype(np.int64)


def read_cifar(path: Path, batches: Sequence[str]) -> tuple[Bytes, Ints]:
    """Colour images, (N, 3, 32, 32), and their labels, (N,), from members of the archive of CIFAR-10's binary version.

    The members are read in memory, by their names; nothing is extracted.

    Raises ValueError: it is no such archive, a member is missing or is no row of records
    """
    with _reading(path), tarfile.open(path, "r:gz") as archive:
        rows = np.concatenate([_cifar_rows(archive, f"cifar-10-batches-bin/{name}.bin") for name in batches])
    return rows[:, 1:].reshape(-1, 3, CIFAR_SIDE, CIFAR_SIDE).copy(), rows[:, 0].astype(np.int64)


def _cifar_rows(archive: tarfile.TarFile, name: str) -> Bytes:
    member = next((each for each in archive if each.name == name), None)
    content = None if member is None or not member.isreg() else archive.extractfile(member)
    if member is None or content is None:
        raise ValueError(f"it holds no file {name}")
    if member.size > MOST_BYTES or not member.size or member.size % CIFAR_RECORD:
        raise ValueError(f"{name} has {member.size} bytes, which is no number of images ({CIFAR_RECORD} bytes each)")
    rows = np.frombuffer(content.read(member.size), dtype=np.uint8).reshape(-1, CIFAR_RECORD)
    if rows[:, 0].max() >= CIFAR_CLASSES:
        raise ValueError(f"{name} holds the label {rows[:, 0].max()}, above {CIFAR_CLASSES - 1}")
    return rows


def read_svhn(path: Path) -> tuple[Bytes, Ints]:
    """Colour images, (N, 3, 32, 32), and their labels, (N,), from one of SVHN's MATLAB files, where the digit 0 has label 10.

    Raises ValueError: it is no such file
    Raises ModuleNotFoundError: SciPy, which reads the format, is not installed
    """
    try:
        from scipy import io
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"{error.name} is not installed, and SVHN's files need it: {way_out('data')}", name=error.name
        ) from None
    with _reading(path):
        held: dict[str, Any] = {}
        try:
            shapes = {name: shape for name, shape, _ in io.whosmat(path)}
            count = shapes["X"][-1]
            if shapes != {"X": (*SVHN_SHAPE, count), "y": (count, 1)} or math.prod(shapes["X"]) > MOST_BYTES:
                raise ValueError(f"it holds {shapes}, not X of 32 x 32 x 3 x N and y of N x 1")
            io.loadmat(path, held)
        except Exception as error:  # SciPy's reader raises whatever the damage leads it to
            raise ValueError(f"it is not SVHN's MATLAB file ({type(error).__name__}: {error})") from None
        images, labels = held["X"], held["y"].ravel()
        if images.dtype != np.uint8 or not np.isin(labels, np.arange(1, 11)).all():
            raise ValueError("its values are not bytes, or its labels not 1 to 10")
    return np.ascontiguousarray(images.transpose(3, 2, 0, 1)), labels.astype(np.int64) % 10
