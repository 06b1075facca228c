"""The data of the lessons and checks: files that load offline, and generated sets that repeat from a seed.

The files, with their sources, licences and checksums, are described in `datasets/README.md`. They are looked for in

1. the folder that the environment variable `AUTOGRADER_DATASETS` names, and nowhere else where it is set;
2. the folder `datasets` beside a `course.yml` in the current directory or one of its parents, the nearest first;
3. the folder `datasets` of the repository that holds this package.

The weights of four published networks and of one of the course lie in `weights/` there, each with its licence beside it; `load`,
`output_names` and `load_byte_pairs` read them.

Four image sets are too large to lie there: `fetch` brings them into a cache once, `load_mnist` and the like read them from
there and never reach for the network themselves, and `is_there` tells a lesson whether it can use one. Their pixels are bytes, 0
to 255: divide what you use by 255.

Every generated set takes a `np.random.Generator`, draws from nothing else, and comes in random order, so that a slice
of it is a fair sample.
"""

import functools
import gzip
import os
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
T = TypeVar("T")

BOX_CLASSES = ("red", "green", "blue")  # label k of toy_boxes is a rectangle in channel k
FASHION_CLASSES = (
    *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
)
NEGATION_WORDS = ("good", "bad", "fine", "awful", "not", "very")  # word k of negations
CIFAR_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
MOST_BOXES = 3  # in one scene of toy_boxes

_ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_ORDINALS = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh"),
    *("twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth"),
)
# What the tokens of dates() stand for; 0 is padding on both sides.
DATE_WORDS = ("", "the", "of", "oh", "hundred", "twentieth", "thirtieth", *_ONES[1:], *_TENS, *_MONTHS, *_ORDINALS)
DATE_SYMBOLS = ("", "start", "end", "-", *"0123456789")


def _data_folders() -> list[Path]:
    chosen = os.environ.get("AUTOGRADER_DATASETS")
    if chosen:
        return [Path(chosen)]
    here = Path.cwd()
    beside_course = [folder / "datasets" for folder in (here, *here.parents) if (folder / "course.yml").is_file()]
    return [*beside_course, Path(__file__).resolve().parent.parent / "datasets"]


def _data_file(name: str) -> Path:
    folders = _data_folders()
    for folder in folders:
        if (folder / name).is_file():
            return folder / name
    looked = ", ".join(str(folder) for folder in dict.fromkeys(folders))
    raise FileNotFoundError(
        f"data file {name!r} not found; looked in: {looked}. "
        "Set AUTOGRADER_DATASETS to the course's datasets folder, or work inside the course."
    )


def _require_at_least(least: float, **arguments: float) -> None:
    for name, value in arguments.items():
        if not value >= least:  # written so that NaN is refused too
            raise ValueError(f"{name} must be at least {least}, not {value}")


def load_digits() -> tuple[Floats, Ints]:
    """Handwritten digits, 8 x 8 pixels: the 1797 test images of UCI's optical recognition set.

    Returns:
        images: (1797, 8, 8) float64, ink between 0 (none) and 1 (full), in 17 levels
        labels: (1797,) int64, the digit, 0 to 9

    Raises FileNotFoundError: `digits.csv.gz` is in none of the data folders

    Source: E. Alpaydin and C. Kaynak (1998), doi 10.24432/C50P49, CC BY 4.0, as carried by scikit-learn.

    >>> images, labels = load_digits()
    >>> images.shape, labels[:5].tolist()
    ((1797, 8, 8), [0, 1, 2, 3, 4])
    """
    with gzip.open(_data_file("digits.csv.gz"), "rt", encoding="ascii") as file:
        rows = np.loadtxt(file, delimiter=",", dtype=np.int64)
    return rows[:, :64].reshape(-1, 8, 8) / 16, rows[:, 64].copy()


def digit_rows() -> tuple[tuple[Floats, Ints], tuple[Floats, Ints]]:
    """The digits of `load_digits` as rows, shuffled the same way each time: 1200 to train with, 597 others to test with.

    Returns:
        (x, labels), (x_test, labels_test): (1200, 64) and (597, 64) float64 with their digits, int64. Pixels are centred
        and scaled by the training rows' mean and standard deviation.

    Raises FileNotFoundError: as `load_digits`

    >>> (x, labels), (x_test, labels_test) = digit_rows()
    >>> x.shape, x_test.shape, round(float(x.std()), 6)
    ((1200, 64), (597, 64), 1.0)
    """
    images, labels = load_digits()
    order = np.random.default_rng(0).permutation(len(images))
    x, labels = images.reshape(-1, 64)[order], labels[order]
    x = (x - x[:1200].mean()) / x[:1200].std()
    return (x[:1200], labels[:1200]), (x[1200:], labels[1200:])


def load_photo() -> Floats:
    """A colour photograph: a pavilion above a lake, trees before it.

    Returns:
        photo: (3, 160, 240) float64, channels red, green, blue, intensity (sRGB) between 0 and 1

    Raises FileNotFoundError: `photo.npy` is in none of the data folders

    Source: scikit-learn's `china.jpg`, by danielbuechele, CC BY 2.0, made smaller.

    >>> load_photo().shape
    (3, 160, 240)
    """
    pixels: NDArray[np.uint8] = np.load(_data_file("photo.npy"), allow_pickle=False)
    return np.ascontiguousarray(pixels.transpose(2, 0, 1)) / 255


def load_speech() -> Floats:
    """Two sentences read aloud, 8 seconds with silence before, between and after them.

    Returns:
        samples: (127680,) float64, between -1 and 1, 16,000 a second

    Raises FileNotFoundError: `speech.npy` is in none of the data folders

    Source: a LibriVox recording of Jane Austen's "Sense and Sensibility", by Debian's `pocketsphinx-testdata`, BSD-2-Clause.

    >>> load_speech().shape
    (127680,)
    """
    samples: NDArray[np.int16] = np.load(_data_file("speech.npy"), allow_pickle=False)
    return samples / 32768


def load_portrait() -> Floats:
    """A colour photograph of a person: Grace Hopper, who wrote one of the first compilers, in uniform before a flag.

    Returns:
        portrait: (3, 600, 512) float64, channels red, green, blue, intensity (sRGB) between 0 and 1

    Raises FileNotFoundError: `portrait.npy` is in none of the data folders

    Source: matplotlib's `grace_hopper.jpg`, a portrait of the US Navy in the public domain.

    >>> load_portrait().shape
    (3, 600, 512)
    """
    pixels: NDArray[np.uint8] = np.load(_data_file("portrait.npy"), allow_pickle=False)
    return np.ascontiguousarray(pixels.transpose(2, 0, 1)) / 255


def load_sunspots() -> tuple[Ints, Floats]:
    """Yearly mean sunspot numbers, 1700 to 2008, a series with a period of about 11 years.

    Returns:
        years: (309,) int64, one after the other
        values: (309,) float64, the year's mean sunspot number (Wolf's count, without unit), never negative

    Raises FileNotFoundError: `sunspots.csv` is in none of the data folders

    Source: US National Geophysical Data Center, public domain, as carried by statsmodels.

    >>> years, values = load_sunspots()
    >>> int(years[values.argmax()]), float(values.max())
    (1957, 190.2)
    """
    rows = np.loadtxt(_data_file("sunspots.csv"), delimiter=",", skiprows=1)
    return rows[:, 0].astype(np.int64), rows[:, 1].copy()


def load_text() -> str:
    """English prose of about 106,000 characters: Genesis 1 to 25, Ruth and Jonah in the King James Version.

    Returns:
        text: str of ASCII letters, punctuation, spaces and newlines; a verse a line, an empty line between books

    Raises FileNotFoundError: `kjv.txt` is in none of the data folders

    Source: the translation of 1611, its copyright expired, as carried by Debian's `bible-kjv-text`.

    >>> load_text().splitlines()[0]
    'In the beginning God created the heaven and the earth.'
    """
    return _data_file("kjv.txt").read_text(encoding="ascii")


def load_pronunciations() -> dict[str, tuple[str, ...]]:
    """How 500 English words are said, drawn by chance from the CMU Pronouncing Dictionary.

    Returns:
        word -> its sounds, names of `output_names("g2p")`; in alphabetical order

    Raises FileNotFoundError: `words.txt` is in none of the data folders

    Source: the CMU Pronouncing Dictionary, copyright Carnegie Mellon University; its licence stands at the top of the file.

    >>> load_pronunciations()["zoo"]
    ('Z', 'UW1')
    """
    lines = _data_file("words.txt").read_text(encoding="ascii").splitlines()
    pairs = (line.split() for line in lines if not line.startswith(";;;"))
    return {word: tuple(sounds) for word, *sounds in pairs}


NETWORKS = ("magika", "mtcnn", "silero", "g2p", "scribe")
NO_WEIGHTS = ("names", "merges")  # arrays beside the weights in such a file


def load(network: str) -> dict[str, NDArray[np.float32]]:
    """A network's weights: "magika" (types of files), "mtcnn" (faces), "silero" (speech), "g2p" (sounds), "scribe" (text).

    Returns:
        params: name -> float32 array of your own, in torch's layout: kernels (out, in, H, W) or (out, in, K), matrices (out, in);
            but those of "scribe" as in GPT-2's checkpoints: (in, out)

    Raises ValueError: there is no such network
    Raises FileNotFoundError: its file is in none of the data folders

    Source: `datasets/README.md`, "Published networks"; the licence of each lies beside its file.

    >>> params = load("magika")
    >>> params["conv.weight"].shape, params["out.bias"].dtype
    ((512, 256, 5), dtype('float32'))
    """
    return {name: array.astype(np.float32) for name, array in _published(network).items() if name not in NO_WEIGHTS}


def output_names(network: str) -> tuple[str, ...]:
    """What each output of "magika" (214 types of files) or "g2p" (74 symbols, 70 of them sounds) stands for.

    Raises ValueError: there is no such network, or its outputs have no names
    Raises FileNotFoundError: its file is in none of the data folders

    >>> output_names("magika")[:3], output_names("g2p")[:6]
    (('3gp', 'ace', 'ai'), ('<pad>', '<unk>', '<s>', '</s>', 'AA0', 'AA1'))
    """
    names = _published(network).get("names")
    if names is None:
        raise ValueError(f"the outputs of {network} have no names; those of magika and g2p have")
    return tuple(names.tolist())


def load_byte_pairs() -> tuple[Ints, tuple[bytes, ...]]:
    """The tokens of "scribe": 256 bytes, then 512 merges of two tokens that are one of their own from then on.

    Returns:
        merges: int64 (512, 2), the pairs of ids in the order in which they are merged; merge k has the id 256 + k
        vocabulary: the bytes of each of the 768 tokens

    Raises FileNotFoundError: its file is in none of the data folders

    >>> merges, vocabulary = load_byte_pairs()
    >>> vocabulary[97], vocabulary[256], merges[0]
    (b'a', b'th', array([116, 104]))
    """
    merges = _published("scribe")["merges"].astype(np.int64)
    vocabulary = [bytes([each]) for each in range(256)]
    for first, second in merges.tolist():
        vocabulary.append(vocabulary[first] + vocabulary[second])
    return merges, tuple(vocabulary)


def _published(network: str) -> dict[str, NDArray[Any]]:
    """All arrays of the network's file, which is unpacked once: that takes longer than many a forward pass."""
    if network not in NETWORKS:
        raise ValueError(f"there is no network {network!r} here; there are {', '.join(NETWORKS)}")
    return _unpacked(_data_file(f"weights/{network}.npz"))


@functools.cache
def _unpacked(path: Path) -> dict[str, NDArray[Any]]:
    with np.load(path, allow_pickle=False) as file:
        return dict(file)


# Most lessons and checks ask for no fetched set: what fetches and reads them is imported where it is called.


def fetch(name: str) -> bool:
    """Bring the files of an image set ("mnist", "fashion-mnist", "cifar-10", "svhn") into the cache that are not there yet.

    Returns: whether anything had to be fetched

    Raises ValueError: there is no such set
    Raises autograder.downloads.cache.FetchError: a file could not be fetched, or is not the one that was pinned
    Raises ModuleNotFoundError: pooch, which downloads, is not installed
    """
    from autograder.downloads import cache

    return cache.fetch(name)


def is_there(name: str) -> bool:
    """Are all files of an image set in the cache, whole?

    Raises ValueError: there is no such set
    """
    from autograder.downloads import cache

    return cache.is_there(name)


def _part(part: str, train: T, test: T) -> T:
    if part not in ("train", "test"):
        raise ValueError(f"part must be 'train' or 'test', not {part!r}")
    return train if part == "train" else test


def _load_idx(name: str, part: str) -> tuple[Bytes, Ints]:
    from autograder.downloads.cache import cached
    from autograder.downloads.formats import read_idx_pair

    prefix = _part(part, "train", "t10k")
    images, labels = f"{prefix}-images-idx3-ubyte.gz", f"{prefix}-labels-idx1-ubyte.gz"
    return read_idx_pair(cached(name, images), cached(name, labels))


def load_mnist(part: str = "train") -> tuple[Bytes, Ints]:
    """MNIST's handwritten digits, 28 x 28 pixels, once `fetch("mnist")` has been called.

    Parameters:
        part: "train", 60,000 images, or "test", 10,000

    Returns:
        images: (N, 1, 28, 28) uint8, ink between 0 (none) and 255
        labels: (N,) int64, the digit, 0 to 9

    Raises FileNotFoundError: it is not in the cache
    Raises ValueError: a file there is not the pinned one, or `part` is another word

    Source: Y. LeCun, C. Cortes and C. J. C. Burges, "The MNIST database of handwritten digits".
    """
    return _load_idx("mnist", part)


def load_fashion_mnist(part: str = "train") -> tuple[Bytes, Ints]:
    """Zalando's pieces of clothing in the form of MNIST, once `fetch("fashion-mnist")` has been called.

    Parameters, returns and errors are those of `load_mnist`; label k is `FASHION_CLASSES[k]`.

    Source: H. Xiao, K. Rasul and R. Vollgraf (2017), arXiv:1708.07747, MIT licence.
    """
    return _load_idx("fashion-mnist", part)


def load_cifar10(part: str = "train") -> tuple[Bytes, Ints]:
    """CIFAR-10's small photographs, 32 x 32 pixels, once `fetch("cifar-10")` has been called.

    Parameters:
        part: "train", 50,000 images, or "test", 10,000

    Returns:
        images: (N, 3, 32, 32) uint8, channels red, green, blue
        labels: (N,) int64; label k is `CIFAR_CLASSES[k]`

    Raises FileNotFoundError: it is not in the cache
    Raises ValueError: the file there is not the pinned one, or `part` is another word

    Source: A. Krizhevsky (2009), "Learning multiple layers of features from tiny images".
    """
    from autograder.downloads.cache import cached
    from autograder.downloads.formats import read_cifar

    batches = _part(part, [f"data_batch_{number}" for number in range(1, 6)], ["test_batch"])
    return read_cifar(cached("cifar-10", "cifar-10-binary.tar.gz"), batches)


def load_svhn(part: str = "train") -> tuple[Bytes, Ints]:
    """SVHN's house numbers, cut to 32 x 32 pixels a digit, once `fetch("svhn")` has been called.

    Parameters:
        part: "train", 73,257 images, or "test", 26,032

    Returns:
        images: (N, 3, 32, 32) uint8, channels red, green, blue
        labels: (N,) int64, the digit, 0 to 9 (the files call the 0 a 10)

    Raises FileNotFoundError: it is not in the cache
    Raises ValueError: the file there is not the pinned one, or `part` is another word
    Raises ModuleNotFoundError: SciPy is not installed

    Source: Y. Netzer and others (2011), "Reading digits in natural images with unsupervised feature learning";
    for non-commercial use only.
    """
    from autograder.downloads.cache import cached
    from autograder.downloads.formats import read_svhn

    return read_svhn(cached("svhn", _part(part, "train_32x32.mat", "test_32x32.mat")))


def spirals(n_per_class: int, classes: int, rng: np.random.Generator, noise: float = 0.1) -> tuple[Floats, Ints]:
    """Interleaved spiral arms around the origin, one a class: no straight line tells them apart.

    Along each arm the radius grows evenly from 0.1 to 1 while the arm turns by 4 radians; `noise` is the standard
    deviation of the angle, in radians.

    Returns:
        x: (n_per_class * classes, 2) float64, within the unit circle
        y: (n_per_class * classes,) int64, the arm, each `n_per_class` times

    Raises ValueError: `n_per_class` or `classes` below 1, or `noise` below 0

    >>> x, y = spirals(50, 3, np.random.default_rng(0))
    >>> x.shape, np.bincount(y).tolist()
    ((150, 2), [50, 50, 50])
    """
    _require_at_least(1, n_per_class=n_per_class, classes=classes)
    _require_at_least(0, noise=noise)
    y = np.repeat(np.arange(classes, dtype=np.int64), n_per_class)
    along = np.tile(np.linspace(0, 1, n_per_class), classes)
    angle = 2 * np.pi * y / classes + 4 * along + rng.normal(0, noise, y.size)
    x = (0.1 + 0.9 * along)[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    order = rng.permutation(y.size)
    return x[order], y[order]


def bars(n: int, rng: np.random.Generator, noise: float = 0.2) -> tuple[Floats, Ints]:
    """Noisy images of 12 x 12 pixels with one bar of five pixels in each, anywhere: which way does it run?

    The bar is 1 above or 1 below the noise, with equal chances, so that a class has no mean image and no single pixel
    tells anything; `noise` is the standard deviation of each pixel.

    Returns:
        images: (n, 1, 12, 12) float64
        y: (n,) int64, the bar's direction: 0 across, 1 down, 2 down and to the right, 3 down and to the left

    Raises ValueError: `n` below 1, or `noise` below 0

    >>> images, y = bars(1, np.random.default_rng(0), noise=0.0)
    >>> images.shape, int(y[0]), float(abs(images).sum())
    ((1, 1, 12, 12), 3, 5.0)
    """
    _require_at_least(1, n=n)
    _require_at_least(0, noise=noise)
    y = rng.integers(4, size=n)
    down, right = np.array([0, 1, 1, 1])[y], np.array([1, 0, 1, -1])[y]
    top = rng.integers(12 - 4 * down)
    left = 4 * (right < 0) + rng.integers(12 - 4 * (right != 0))
    along = np.arange(5)[:, None]
    images = rng.normal(0, noise, (n, 1, 12, 12))
    images[np.arange(n), 0, top + along * down, left + along * right] += rng.choice([-1.0, 1.0], size=n)
    return images, y


def moons(n: int, rng: np.random.Generator, noise: float = 0.1) -> tuple[Floats, Ints]:
    """Two half circles of radius 1 that reach into each other, as in scikit-learn's `make_moons`.

    Class 0 is the upper half around (0, 0), class 1 the lower half around (1, 0.5); `noise` is the standard deviation
    of each coordinate.

    Returns:
        x: (n, 2) float64
        y: (n,) int64, 0 or 1, in equal numbers (for odd `n` one more of class 1)

    Raises ValueError: `n` below 2, or `noise` below 0

    >>> x, y = moons(100, np.random.default_rng(0))
    >>> x.shape, np.bincount(y).tolist()
    ((100, 2), [50, 50])
    """
    _require_at_least(2, n=n)
    _require_at_least(0, noise=noise)
    upper, lower = np.linspace(0, np.pi, n // 2), np.linspace(0, np.pi, n - n // 2)
    x = np.vstack(
        [
            np.column_stack([np.cos(upper), np.sin(upper)]),
            np.column_stack([1 - np.cos(lower), 0.5 - np.sin(lower)]),
        ]
    )
    y = np.repeat(np.array([0, 1], dtype=np.int64), [upper.size, lower.size])
    order = rng.permutation(n)
    return x[order] + rng.normal(0, noise, (n, 2)), y[order]


def xor(n: int, rng: np.random.Generator, noise: float = 0.1) -> tuple[Floats, Ints]:
    """Points around the corners of the unit square, labelled by exclusive or, which no single perceptron learns.

    `noise` is the standard deviation of each coordinate.

    Returns:
        x: (n, 2) float64, around (0, 0), (0, 1), (1, 0) and (1, 1) in turn, so the corners' counts differ by 1 at most
        y: (n,) int64, 1 where exactly one coordinate of the corner is 1

    Raises ValueError: `n` below 1, or `noise` below 0

    >>> x, y = xor(4, np.random.default_rng(0), noise=0)
    >>> sorted(zip(x.tolist(), y.tolist()))
    [([0.0, 0.0], 0), ([0.0, 1.0], 1), ([1.0, 0.0], 1), ([1.0, 1.0], 0)]
    """
    _require_at_least(1, n=n)
    _require_at_least(0, noise=noise)
    corner = rng.permutation(np.arange(n, dtype=np.int64) % 4)
    first, second = corner // 2, corner % 2
    return np.column_stack([first, second]) + rng.normal(0, noise, (n, 2)), first ^ second


def adding_problem(n: int, steps: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """The adding problem: read a sequence, answer the sum of its two marked values.

    One mark lies in the first half (steps 0 to `steps // 2 - 1`), one in the second, so the first value must be
    remembered. Always answering 1 gives a mean squared error of 1/6, the variance of the sum.

    Returns:
        x: (n, steps, 2) float64; `x[..., 0]` uniform in [0, 1), `x[..., 1]` 1 at the two marks and 0 elsewhere
        target: (n,) float64, the sum of the two marked values

    Raises ValueError: `n` below 1, or `steps` below 2

    Source: S. Hochreiter and J. Schmidhuber (1997), "Long short-term memory"; values in [0, 1) and sequences of one
    length as in Q. V. Le, N. Jaitly and G. E. Hinton (2015), "A simple way to initialize recurrent networks of
    rectified linear units".

    >>> x, target = adding_problem(5, 20, np.random.default_rng(0))
    >>> x.shape, bool(np.allclose(target, (x[..., 0] * x[..., 1]).sum(axis=1)))
    ((5, 20, 2), True)
    """
    _require_at_least(1, n=n)
    _require_at_least(2, steps=steps)
    rows = np.arange(n)
    first, second = rng.integers(0, steps // 2, n), rng.integers(steps // 2, steps, n)
    x = np.zeros((n, steps, 2))
    x[..., 0] = rng.random((n, steps))
    x[rows, first, 1] = x[rows, second, 1] = 1
    return x, x[rows, first, 0] + x[rows, second, 0]


def toy_boxes(
    n: int, image_shape: tuple[int, int], rng: np.random.Generator
) -> tuple[Floats, list[Floats], list[Ints]]:
    """Scenes with one to three bright rectangles on a dim, noisy ground, for detection and for captions.

    A rectangle is red, green or blue (`BOX_CLASSES`): between 0.7 and 1 in its class's channel, over a ground below
    0.3. Its sides are between an eighth and a half of the image's; rectangles neither overlap nor touch.

    Parameters:
        n: number of scenes
        image_shape: (H, W) in pixels, each at least 8

    Returns:
        images: (n, 3, H, W) float64 in [0, 1]
        boxes: n arrays (K, 4) float64, K from 1 to 3, of (x1, y1, x2, y2) in pixels: columns x1 to x2 - 1 and rows y1
            to y2 - 1 are covered, so the width is x2 - x1
        labels: n arrays (K,) int64, 0, 1 or 2

    Raises ValueError: `n` below 1, or a side of the image below 8

    >>> images, boxes, labels = toy_boxes(2, (24, 32), np.random.default_rng(0))
    >>> images.shape, [b.shape[1] for b in boxes], len(labels)
    ((2, 3, 24, 32), [4, 4], 2)
    """
    height, width = image_shape
    _require_at_least(1, n=n)
    _require_at_least(8, height=height, width=width)
    images = rng.uniform(0, 0.3, (n, 3, height, width))
    boxes, labels = [], []
    for image in images:
        taken = np.zeros((height, width), dtype=bool)
        found, classes = [], []
        for _ in range(MOST_BOXES):
            h, w = rng.integers(height // 8, height // 2 + 1), rng.integers(width // 8, width // 2 + 1)
            y1, x1 = rng.integers(0, height - h + 1), rng.integers(0, width - w + 1)
            y2, x2, label = y1 + h, x1 + w, rng.integers(len(BOX_CLASSES))
            # One pixel of margin, so that neighbours of one colour do not look like one rectangle.
            if taken[max(y1 - 1, 0) : y2 + 1, max(x1 - 1, 0) : x2 + 1].any():
                continue
            taken[y1:y2, x1:x2] = True
            image[label, y1:y2, x1:x2] = rng.uniform(0.7, 1)
            found.append((x1, y1, x2, y2))
            classes.append(label)
        boxes.append(np.array(found, dtype=np.float64))
        labels.append(np.array(classes, dtype=np.int64))
    return images, boxes, labels


def reversal_pairs(n: int, length: int, vocabulary: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Random token sequences and the same read backwards, the first exercise of a sequence-to-sequence model.

    Returns:
        source: (n, length) int64, tokens 0 to `vocabulary - 1`, all equally likely
        target: (n, length) int64, each row of `source` reversed; start and end tokens are the caller's to add

    Raises ValueError: `n`, `length` or `vocabulary` below 1

    >>> source, target = reversal_pairs(2, 5, 10, np.random.default_rng(0))
    >>> source.shape, bool((target == source[:, ::-1]).all())
    ((2, 5), True)
    """
    _require_at_least(1, n=n, length=length, vocabulary=vocabulary)
    source = rng.integers(0, vocabulary, (n, length), dtype=np.int64)
    return source, source[:, ::-1].copy()


def dates(n: int, rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """Days from 1900 to 2099 in words, and the same in figures: "march fifth nineteen oh seven" is 1907-03-05.

    One half, on average, has the other order: "the fifth of march nineteen oh seven". All days are equally likely.

    Returns:
        source: (n, 8) int64, places in `DATE_WORDS`, filled up with 0 on the right
        lengths: (n,) int64, how many words each date has, 3 to 8
        target: (n, 12) int64, places in `DATE_SYMBOLS`: "start", ten symbols, "end"

    Raises ValueError: `n` below 1

    >>> source, lengths, target = dates(1, np.random.default_rng(0))
    >>> " ".join(DATE_WORDS[k] for k in source[0, : lengths[0]])
    'the fifteenth of february twenty seventy'
    >>> "".join(DATE_SYMBOLS[k] for k in target[0, 1:-1])
    '2070-02-15'
    """
    _require_at_least(1, n=n)
    source, lengths = np.zeros((n, 8), dtype=np.int64), np.zeros(n, dtype=np.int64)
    target = np.zeros((n, 12), dtype=np.int64)
    days = rng.integers(date(1900, 1, 1).toordinal(), date(2099, 12, 31).toordinal() + 1, size=n)
    for row, (ordinal, day_first) in enumerate(zip(days.tolist(), rng.integers(2, size=n), strict=True)):
        day = date.fromordinal(ordinal)
        words = [DATE_WORDS.index(word) for word in _spelled(day, bool(day_first))]
        source[row, : len(words)], lengths[row] = words, len(words)
        target[row] = [1, *(DATE_SYMBOLS.index(symbol) for symbol in day.isoformat()), 2]
    return source, lengths, target


def _spelled(day: date, day_first: bool) -> list[str]:
    month = _MONTHS[day.month - 1]
    if day.day < 20:
        number = [_ORDINALS[day.day - 1]]
    elif day.day in (20, 30):
        number = ["twentieth" if day.day == 20 else "thirtieth"]
    else:
        number = [_TENS[day.day // 10 - 2], _ORDINALS[day.day % 10 - 1]]
    century, year = divmod(day.year, 100)
    if year == 0:
        rest = ["hundred"]
    elif year < 20:
        rest = ["oh", _ONES[year]] if year < 10 else [_ONES[year]]
    else:
        rest = [_TENS[year // 10 - 2], *([_ONES[year % 10]] if year % 10 else [])]
    spoken = [*number, "of", month] if day_first else [month, *number]
    return [*(["the"] if day_first else []), *spoken, _ONES[century] if century < 20 else "twenty", *rest]


def negations(n: int, height: int, rng: np.random.Generator) -> tuple[list[Ints], list[Ints], list[Ints]]:
    """Random phrases such as (not (very good)), as binary trees whose nodes are labelled good or bad.

    A phrase is one of four words, or "not" or "very" before a phrase; "not" turns its label over. After each word of the two
    a phrase goes on with probability 0.85, up to `height` of them.

    Returns:
        words: n arrays (L,) int64, from left to right: places in `NEGATION_WORDS`
        trees: n arrays (L - 1, 2) int64: row k makes node L + k of two nodes with lower numbers; the first L are the words
        labels: n arrays (2 L - 1,) int64, of each node: 1 good, 0 bad, -1 for "not" and "very"

    Raises ValueError: `n` or `height` below 1

    >>> words, trees, labels = negations(1, 2, np.random.default_rng(8))
    >>> [NEGATION_WORDS[k] for k in words[0]], trees[0].tolist(), labels[0].tolist()
    (['not', 'very', 'good'], [[1, 2], [0, 3]], [-1, -1, 1, 1, 0])
    """
    _require_at_least(1, n=n, height=height)
    words, trees, labels = [], [], []
    for before in np.minimum(rng.geometric(0.15, size=n) - 1, height):
        turns, word = rng.integers(4, 6, size=before), rng.integers(4)
        row = np.arange(before)
        trees.append(np.stack([before - 1 - row, before + row], axis=1))
        words.append(np.append(turns, word))
        good = (1 - word % 2 + np.append(0, np.cumsum(turns[::-1] == 4))) % 2
        labels.append(np.concatenate([np.full(before, -1), good]))
    return words, trees, labels
