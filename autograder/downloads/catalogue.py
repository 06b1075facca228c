"""The image sets that can be fetched: addresses, sizes, SHA-256, licences.

The checksums are those that TensorFlow Datasets publishes (`tensorflow_datasets/url_checksums/*.txt`), compared with a second
source each: torchvision's prototype datasets for MNIST, Fashion-MNIST and SVHN, MLDatasets.jl and torchvision-ruby for
CIFAR-10's binary version. `datasets/README.md` has the same rows.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RemoteFile:
    """A file as its publisher serves it."""

    name: str
    size: int  # bytes
    sha256: str


@dataclass(frozen=True)
class ImageSet:
    """An image set: `name` is what is typed, and its folder in the cache."""

    name: str
    title: str
    address: str  # the files' names are appended
    licence: str
    files: tuple[RemoteFile, ...]

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)


MNIST = ImageSet(
    "mnist",
    "MNIST",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "CC BY-SA 3.0, says Keras",
    (
        RemoteFile(
            "train-images-idx3-ubyte.gz", 9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"
        ),
        RemoteFile(
            "train-labels-idx1-ubyte.gz", 28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"
        ),
        RemoteFile(
            "t10k-images-idx3-ubyte.gz", 1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"
        ),
        RemoteFile(
            "t10k-labels-idx1-ubyte.gz", 4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"
        ),
    ),
)
FASHION_MNIST = ImageSet(
    "fashion-mnist",
    "Fashion-MNIST",
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "MIT",
    (
        RemoteFile(
            "train-images-idx3-ubyte.gz", 26421880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"
        ),
        RemoteFile(
            "train-labels-idx1-ubyte.gz", 29515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"
        ),
        RemoteFile(
            "t10k-images-idx3-ubyte.gz", 4422102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"
        ),
        RemoteFile(
            "t10k-labels-idx1-ubyte.gz", 5148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"
        ),
    ),
)
# The binary version: the one for Python is a pickle, which runs whatever code it holds.
CIFAR_10 = ImageSet(
    "cifar-10",
    "CIFAR-10",
    "https://www.cs.toronto.edu/~kriz/",
    "none stated",
    (
        RemoteFile(
            "cifar-10-binary.tar.gz", 170052171, "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"
        ),
    ),
)
SVHN = ImageSet(
    "svhn",
    "SVHN",
    "http://ufldl.stanford.edu/housenumbers/",
    "non-commercial use only",
    (
        RemoteFile("train_32x32.mat", 182040794, "435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8"),
        RemoteFile("test_32x32.mat", 64275384, "cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b"),
    ),
)

SETS = {each.name: each for each in (MNIST, FASHION_MNIST, CIFAR_10, SVHN)}
