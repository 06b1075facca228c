"""Small image sets in the real formats, served over HTTP on loopback."""

import gzip
import hashlib
import io
import struct
import tarfile
import threading
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import numpy as np
import pytest

from autograder.downloads import catalogue
from autograder.downloads.catalogue import RemoteFile

RNG = np.random.default_rng(7)


def idx(array):
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    return gzip.compress(header + array.tobytes(), mtime=0)


def tar(members):
    """A .tar.gz of name -> content; a TarInfo as content is taken as it is."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        for name, content in members.items():
            if isinstance(content, tarfile.TarInfo):
                archive.addfile(content)
                continue
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return target.getvalue()


def cifar_batch(images, labels):
    return b"".join(bytes([label]) + image.tobytes() for image, label in zip(images, labels, strict=True))


def bytes_of(*shape):
    return RNG.integers(0, 256, shape, dtype=np.uint8)


@pytest.fixture(scope="session")
def make():
    """What writes the formats."""
    return SimpleNamespace(idx=idx, tar=tar, cifar_batch=cifar_batch)


class Truth:
    """What was put into the files: name -> part -> (images, labels)."""

    def __init__(self):
        self.files = {}  # set -> file -> content
        self.parts = {}
        for name in ("mnist", "fashion-mnist"):
            train = bytes_of(40, 28, 28), np.arange(40, dtype=np.uint8) % 10
            test = bytes_of(13, 28, 28), np.arange(13, dtype=np.uint8)[::-1] % 10
            self.parts[name] = {
                part: (images[:, None], labels) for part, (images, labels) in {"train": train, "test": test}.items()
            }
            self.files[name] = {
                "train-images-idx3-ubyte.gz": idx(train[0]),
                "train-labels-idx1-ubyte.gz": idx(train[1]),
                "t10k-images-idx3-ubyte.gz": idx(test[0]),
                "t10k-labels-idx1-ubyte.gz": idx(test[1]),
            }
        train = bytes_of(15, 3, 32, 32), np.arange(15, dtype=np.uint8) % 10
        test = bytes_of(4, 3, 32, 32), np.array([9, 0, 3, 3], dtype=np.uint8)
        self.parts["cifar-10"] = {"train": train, "test": test}
        members = {
            f"cifar-10-batches-bin/data_batch_{k + 1}.bin": cifar_batch(*(each[3 * k : 3 * k + 3] for each in train))
            for k in range(5)
        }
        members = {"cifar-10-batches-bin/batches.meta.txt": b"airplane\n", **dict(reversed(members.items()))}
        members["cifar-10-batches-bin/test_batch.bin"] = cifar_batch(*test)
        self.files["cifar-10"] = {"cifar-10-binary.tar.gz": tar(members)}

    def add_svhn(self):
        io_ = pytest.importorskip("scipy.io")
        self.parts["svhn"], self.files["svhn"] = {}, {}
        for part, count in (("train", 12), ("test", 5)):
            images, labels = bytes_of(count, 3, 32, 32), np.arange(count, dtype=np.uint8) % 10
            stored = np.where(labels == 0, 10, labels).astype(np.uint8)
            target = io.BytesIO()
            io_.savemat(target, {"X": images.transpose(2, 3, 1, 0), "y": stored[:, None]}, do_compression=True)
            self.parts["svhn"][part] = images, labels
            self.files["svhn"][f"{part}_32x32.mat"] = target.getvalue()


@pytest.fixture(scope="session")
def truth():
    made = Truth()
    made.add_svhn()
    return made


class Handler(BaseHTTPRequestHandler):
    """GET /MODE/SET/FILE; the mode says what is wrong with the answer."""

    def do_GET(self):
        _, mode, name, file = self.path.split("/")
        content = self.server.truth.files[name][file]
        self.server.asked.append(f"{name}/{file}")
        if mode == "gone":
            self.send_error(404)
            return
        self.send_response(200)
        if mode == "endless":
            self.end_headers()
            with suppress(OSError):
                while True:
                    self.wfile.write(b"x" * 65536)
            return
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if mode == "other":
            content = bytes(len(content))
        if mode in ("cut", "stall"):
            self.wfile.write(content[: len(content) // 2])
            if mode == "stall":
                self.server.stalled.set()
                self.server.go_on.wait(60)
            return
        self.wfile.write(content)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(truth, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.truth, server.asked = truth, []
    server.stalled, server.go_on = threading.Event(), threading.Event()
    server.base = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.go_on.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty cache."""
    monkeypatch.setenv("AUTOGRADER_DOWNLOADS", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def small(truth, monkeypatch):
    """Puts the small sets, pinned, in the place of the real ones, at an address that is asked for."""

    def place(base):
        for name, files in truth.files.items():
            pinned = tuple(
                RemoteFile(file, len(content), hashlib.sha256(content).hexdigest()) for file, content in files.items()
            )
            changed = replace(catalogue.SETS[name], address=f"{base}/{name}/", files=pinned)
            monkeypatch.setitem(catalogue.SETS, name, changed)

    return place


@pytest.fixture
def served(server, folder, small):
    """The small sets at a server that does as it should, and an empty cache."""
    small(f"{server.base}/well")
    return server
