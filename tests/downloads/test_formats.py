"""A damaged file of any format ends in a sentence that names the file and the way out, and is never believed."""

import gzip
import io
import struct
import tarfile

import numpy as np
import pytest

from autograder.downloads import formats

IMAGES = np.arange(2 * 3 * 5, dtype=np.uint8).reshape(2, 3, 5)
PICTURES = np.arange(2 * 3072, dtype=np.uint32).astype(np.uint8).reshape(2, 3, 32, 32)
MEMBER = "cifar-10-batches-bin/test_batch.bin"


def link(name, target):
    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.SYMTYPE, target
    return member


def refused(read, path, content, words):
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(ValueError, match=words) as error:
        read(path)
    assert str(error.value).startswith(f"{path} cannot be read: ")
    assert str(error.value).endswith(f"autograder data fetch {path.parent.name}")


@pytest.mark.parametrize(
    "damage, words",
    [
        (lambda make: b"", "begins with nothing"),
        (lambda make: make.idx(IMAGES)[:-20], "end-of-stream"),
        (lambda make: b"<html>no such page</html>", "Not a gzipped file"),
        (lambda make: gzip.compress(b"\x00\x00\x0d\x03" + bytes(40)), "begins with 00000d03"),
        (lambda make: gzip.compress(b"\x00\x00\x08\x03\x00"), "ends within its header"),
        (
            lambda make: gzip.compress(struct.pack(">BBBB3I", 0, 0, 8, 3, 2, 3, 5) + bytes(29)),
            "fewer than the 30 values",
        ),
        (
            lambda make: gzip.compress(struct.pack(">BBBB3I", 0, 0, 8, 3, 2, 3, 5) + bytes(31)),
            "more than the 30 values",
        ),
        (lambda make: gzip.compress(struct.pack(">BBBB2I", 0, 0, 8, 2, 2**32 - 1, 2**32 - 1)), "header asks for"),
        (lambda make: gzip.compress(bytes([0, 0, 8, 255]) + bytes([255]) * 1020), "header asks for"),
    ],
)
def test_damaged_idx(damage, words, make, tmp_path):
    refused(formats.read_idx, tmp_path / "mnist" / "train-images-idx3-ubyte.gz", damage(make), words)


def test_idx_with_a_changed_byte_within(make, tmp_path):
    content = bytearray(make.idx(IMAGES))
    content[len(content) // 2] ^= 0xFF
    refused(formats.read_idx, tmp_path / "mnist" / "train-images-idx3-ubyte.gz", bytes(content), "cannot be read")


@pytest.mark.parametrize("shape", [(2, 15), (3,)])
def test_images_and_labels_that_do_not_belong_together(shape, make, tmp_path):
    images, labels = tmp_path / "images.gz", tmp_path / "labels.gz"
    images.write_bytes(make.idx(IMAGES))
    labels.write_bytes(make.idx(np.zeros(shape, dtype=np.uint8)))
    with pytest.raises(ValueError, match="do not go with labels"):
        formats.read_idx_pair(images, labels)


@pytest.mark.parametrize(
    "damage, words",
    [
        (lambda make: b"", "empty file|cannot be read"),
        (lambda make: b"no archive", "not a gzip file"),
        (lambda make: make.tar({MEMBER: make.cifar_batch(PICTURES, [1, 2])})[:-1000], "cannot be read"),
        (lambda make: make.tar({"../test_batch.bin": make.cifar_batch(PICTURES, [1, 2])}), f"no file {MEMBER}"),
        (lambda make: make.tar({MEMBER: link(MEMBER, "/etc/passwd")}), f"no file {MEMBER}"),
        (lambda make: make.tar({MEMBER: make.cifar_batch(PICTURES, [1, 2])[:-1]}), "6145 bytes, which is no number"),
        (lambda make: make.tar({MEMBER: b""}), "0 bytes, which is no number"),
        (lambda make: make.tar({MEMBER: make.cifar_batch(PICTURES, [1, 10])}), "label 10, above 9"),
    ],
)
def test_damaged_cifar(damage, words, make, tmp_path):
    path = tmp_path / "cifar-10" / "cifar-10-binary.tar.gz"
    refused(lambda path: formats.read_cifar(path, ["test_batch"]), path, damage(make), words)
    assert list(tmp_path.rglob("*.bin")) == []  # nothing was extracted


def test_cifar_member_larger_than_any_is_not_read(tmp_path):
    """A member that says it is huge, in an archive of a few bytes."""
    member = tarfile.TarInfo(MEMBER)
    member.size = 3073 * 10**6
    path = tmp_path / "cifar-10" / "cifar-10-binary.tar.gz"
    refused(
        lambda path: formats.read_cifar(path, ["test_batch"]),
        path,
        gzip.compress(member.tobuf()),
        "no number of images",
    )


def mat(**values):
    scipy_io = pytest.importorskip("scipy.io")
    target = io.BytesIO()
    scipy_io.savemat(target, values, do_compression=True)
    return target.getvalue()


GOOD = {"X": np.zeros((32, 32, 3, 2), dtype=np.uint8), "y": np.array([[1], [10]], dtype=np.uint8)}


@pytest.mark.parametrize(
    "damage, words",
    [
        (lambda: b"", "not SVHN's MATLAB file"),
        (lambda: b"<html>no such page</html>" * 100, "not SVHN's MATLAB file"),
        (lambda: mat(**GOOD)[:200], "not SVHN's MATLAB file"),
        (lambda: mat(X=GOOD["X"]), "not X of 32 x 32 x 3 x N"),
        (lambda: mat(**{**GOOD, "X": GOOD["X"][:16]}), "not X of 32 x 32 x 3 x N"),
        (lambda: mat(**{**GOOD, "y": GOOD["y"][:1]}), "not X of 32 x 32 x 3 x N"),
        (lambda: mat(**{**GOOD, "X": GOOD["X"] / 2}), "its values are not bytes"),
        (lambda: mat(**{**GOOD, "y": np.array([[0], [1]], dtype=np.uint8)}), "its labels not 1 to 10"),
    ],
)
def test_damaged_svhn(damage, words, tmp_path):
    refused(formats.read_svhn, tmp_path / "svhn" / "test_32x32.mat", damage(), words)


def test_file_cut_short_is_a_sentence(make, tmp_path):
    whole = {
        formats.read_idx: make.idx(IMAGES),
        (lambda path: formats.read_cifar(path, ["test_batch"])): make.tar({MEMBER: make.cifar_batch(PICTURES, [1, 2])}),
        formats.read_svhn: mat(**GOOD),
    }
    path = tmp_path / "cut"
    for read, content in whole.items():
        for length in range(0, len(content) // 2, max(1, len(content) // 100)):
            path.write_bytes(content[:length])
            with pytest.raises(ValueError, match="cannot be read"):
                read(path)
