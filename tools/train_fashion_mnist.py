"""Train a convolutional network of the course on Fashion-MNIST, once `autograder data fetch fashion-mnist` has fetched it.

    python tools/train_fashion_mnist.py solutions/13_cnn/cnn.py

The module is any with unit 13's `ConvNet`: the reference, or a student's own. Says the loss of each epoch, the accuracy on test
images and the seconds it took.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from autograder import datasets

LAYERS = [
    *(("conv", 16, 3, 1), ("relu",), ("pool",)),
    *(("conv", 32, 3, 1), ("relu",), ("pool",)),
    ("fc", len(datasets.FASHION_CLASSES)),
]
TRAINING = {"lr": 0.05, "momentum": 0.9, "batch_size": 32, "decay": 0.85}
AT_ONCE = 500  # images predicted at a time, for the memory of their windows


def load(path: Path) -> Any:
    """The module at a path."""
    specification = importlib.util.spec_from_file_location(path.stem, path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("module", type=Path, help="the file with ConvNet")
    parser.add_argument("--rows", type=int, default=6000, help="training images (default: 6000; there are 60000)")
    parser.add_argument("--epochs", type=int, default=5)
    chosen = parser.parse_args()
    try:
        images, labels = datasets.load_fashion_mnist()
        test_images, test_labels = datasets.load_fashion_mnist("test")
    except (FileNotFoundError, ValueError) as error:
        sys.exit(str(error))
    rng = np.random.default_rng(0)
    some = rng.permutation(len(images))[: chosen.rows]
    started = time.perf_counter()
    network = load(chosen.module).ConvNet(images.shape[1:], LAYERS, rng)
    losses = network.fit(images[some] / 255, labels[some], chosen.epochs, rng=rng, **TRAINING)
    seconds = time.perf_counter() - started
    right = sum(
        int((network.predict(test_images[start : start + AT_ONCE] / 255) == test_labels[start : start + AT_ONCE]).sum())
        for start in range(0, len(test_images), AT_ONCE)
    )
    print("loss of each epoch:", " ".join(f"{loss:.3f}" for loss in losses))
    print(f"right on {right} of {len(test_images)} test images ({right / len(test_images):.1%})")
    print(f"{len(some)} images, {chosen.epochs} epochs, {seconds:.0f} s")


if __name__ == "__main__":
    main()
