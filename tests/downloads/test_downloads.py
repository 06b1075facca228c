"""Image sets come whole into the cache or not at all, and what is read is what was put into the files."""

import os
import pickle
import re
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from autograder import datasets
from autograder.cli import app
from autograder.downloads import cache, catalogue
from autograder.downloads.cache import FetchError

ROOT = Path(__file__).resolve().parent.parent.parent
LOADERS = {
    "mnist": datasets.load_mnist,
    "fashion-mnist": datasets.load_fashion_mnist,
    "cifar-10": datasets.load_cifar10,
    "svhn": datasets.load_svhn,
}


def left(folder):
    """The files in the cache that are more than a lock."""
    return {path.name for path in folder.rglob("*") if path.is_file() and path.name != ".lock"}


class TestCatalogue:
    def test_every_set_has_a_loader(self):
        assert set(catalogue.SETS) == set(LOADERS)

    def test_pins_are_the_datasheets(self):
        text = (ROOT / "datasets" / "README.md").read_text(encoding="utf-8")
        rows = re.findall(r"^\| ([\w-]+) \| `([\w.-]+)` \| (\d+) \| `([0-9a-f]{64})` \|$", text, flags=re.MULTILINE)
        assert rows == [
            (each.name, file.name, str(file.size), file.sha256)
            for each in catalogue.SETS.values()
            for file in each.files
        ]


@pytest.mark.parametrize("name", LOADERS)
class TestEachSet:
    def test_fetched_set_is_what_was_put_into_its_files(self, name, served, truth):
        assert not datasets.is_there(name)
        assert datasets.fetch(name)
        assert datasets.is_there(name)
        for part, (expected_images, expected_labels) in truth.parts[name].items():
            images, labels = LOADERS[name](part)
            assert (images.dtype, labels.dtype, images.flags.writeable) == (np.uint8, np.int64, True)
            np.testing.assert_array_equal(images, expected_images)
            np.testing.assert_array_equal(labels, expected_labels)
            assert images.flags.c_contiguous

    def test_before_it_is_fetched_the_command_is_said(self, name, served):
        with pytest.raises(FileNotFoundError, match=f"autograder data fetch {name}$"):
            LOADERS[name]()
        assert served.asked == []  # loading never reaches for the network

    def test_other_part_is_refused(self, name, served):
        with pytest.raises(ValueError, match="'train' or 'test', not 'extra'"):
            LOADERS[name]("extra")


class TestFetching:
    def test_only_what_is_missing_is_asked_for(self, served, folder, truth):
        assert datasets.fetch("mnist")
        (folder / "mnist" / "t10k-labels-idx1-ubyte.gz").unlink()
        served.asked.clear()
        assert datasets.fetch("mnist")
        assert served.asked == ["mnist/t10k-labels-idx1-ubyte.gz"]
        assert not datasets.fetch("mnist")
        assert len(served.asked) == 1
        assert left(folder) == set(truth.files["mnist"])

    def test_file_put_there_by_hand_is_taken(self, served, folder, truth):
        (folder / "cifar-10").mkdir(parents=True)
        for name, content in truth.files["cifar-10"].items():
            (folder / "cifar-10" / name).write_bytes(content)
        assert datasets.is_there("cifar-10")
        assert not datasets.fetch("cifar-10")
        assert served.asked == []
        assert datasets.load_cifar10("test")[1].tolist() == [9, 0, 3, 3]

    def test_changed_file_is_not_read_and_is_fetched_again(self, served, folder):
        datasets.fetch("mnist")
        path = folder / "mnist" / "train-images-idx3-ubyte.gz"
        content = bytearray(path.read_bytes())
        content[-1] ^= 1
        path.write_bytes(content)
        assert not datasets.is_there("mnist")
        with pytest.raises(ValueError, match=f"{path} is not MNIST's file.*autograder data fetch mnist$"):
            datasets.load_mnist()
        assert datasets.fetch("mnist")
        assert datasets.load_mnist()[0].shape == (40, 1, 28, 28)

    @pytest.mark.parametrize(
        "mode, words",
        [
            ("cut", "the connection broke"),
            ("gone", "it answered 404"),
            ("other", "SHA-256 is another"),
            ("endless", "SHA-256 is another"),
        ],
    )
    def test_bad_answer_leaves_nothing_and_says_the_way_out(self, mode, words, server, folder, small):
        small(f"{server.base}/{mode}")
        with pytest.raises(FetchError) as error:
            datasets.fetch("cifar-10")
        said = str(error.value)
        assert words in said
        assert f"{server.base}/{mode}/cifar-10/cifar-10-binary.tar.gz" in said
        assert str(folder / "cifar-10") in said
        assert left(folder) == set()

    def test_offline_is_one_sentence_with_set_address_and_way_out(self, folder, small):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))  # not listening: a connection is refused
            base = f"http://127.0.0.1:{closed.getsockname()[1]}"
            small(base)
            with pytest.raises(FetchError) as error:
                datasets.fetch("svhn")
        assert str(error.value) == (
            f"SVHN could not be fetched from {base}/svhn/train_32x32.mat: there is no connection. Fetched elsewhere, "
            f"train_32x32.mat can be put into {folder / 'svhn'}: its SHA-256 is looked at."
        )

    def test_file_in_the_folders_place_is_told(self, served, folder):
        folder.write_text("in the way")
        with pytest.raises(FetchError, match=f"MNIST cannot be kept in {folder}"):
            datasets.fetch("mnist")

    def test_killed_download_is_never_taken_for_whole_and_begins_again(self, server, folder, small, tmp_path):
        small(f"{server.base}/stall")
        pinned = tmp_path / "pinned"
        pinned.write_bytes(pickle.dumps(catalogue.SETS["cifar-10"]))
        script = (
            "import pickle, sys\n"
            "from autograder.downloads import cache, catalogue\n"
            "catalogue.SETS['cifar-10'] = pickle.load(open(sys.argv[1], 'rb'))\n"
            "cache.fetch('cifar-10')\n"
        )
        child = subprocess.Popen([sys.executable, "-c", script, str(pinned)], env=dict(os.environ))
        assert server.stalled.wait(60)
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        assert "cifar-10-binary.tar.gz" not in left(folder)
        assert left(folder)  # half a file, in the folder of the unfinished
        assert not datasets.is_there("cifar-10")
        with pytest.raises(FileNotFoundError):
            datasets.load_cifar10()
        small(f"{server.base}/well")
        assert datasets.fetch("cifar-10")
        assert left(folder) == {"cifar-10-binary.tar.gz"}

    def test_two_at_once_fetch_once(self, served, folder):
        fetched = []
        threads = [threading.Thread(target=lambda: fetched.append(datasets.fetch("cifar-10"))) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(fetched) == [False, False, True]
        assert len(served.asked) == 1

    def test_unknown_name_lists_the_known(self, folder):
        for call in (datasets.fetch, datasets.is_there):
            with pytest.raises(ValueError, match="no image set 'mnst'; there are mnist, fashion-mnist, cifar-10, svhn"):
                call("mnst")


class TestFolder:
    def test_variable_then_xdg_then_home(self, monkeypatch, tmp_path):
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.delenv("AUTOGRADER_DOWNLOADS", raising=False)
        monkeypatch.setenv("XDG_CACHE_HOME", "relative")
        assert cache.folder() == tmp_path / ".cache" / "deep-learning-by-hand"
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
        assert cache.folder() == tmp_path / "xdg" / "deep-learning-by-hand"
        monkeypatch.setenv("AUTOGRADER_DOWNLOADS", str(tmp_path / "chosen"))
        assert cache.folder() == tmp_path / "chosen"


class TestCommand:
    def run(self, *arguments):
        return CliRunner().invoke(app, ["data", *arguments])

    def test_list_fetch_where(self, served, folder, caplog):
        before = self.run("list").stdout
        assert all(len(line) <= 80 for line in before.splitlines())
        assert [line.split()[0] for line in before.splitlines()] == ["set", *catalogue.SETS]
        assert " yes " not in before
        done = self.run("fetch", "mnist")
        assert (done.exit_code, done.stdout) == (0, f"MNIST is now in {folder / 'mnist'}\n")
        assert (done.stderr, caplog.text) == ("", "")  # no bar where there is no terminal, no chatter of pooch's
        again = self.run("fetch", "mnist")
        assert (again.exit_code, again.stdout) == (0, f"MNIST is already in {folder / 'mnist'}\n")
        here = [line.split()[0] for line in self.run("list").stdout.splitlines() if " yes " in line]
        assert here == ["mnist"]
        assert self.run("where").stdout == f"{folder}\n"

    def test_what_went_wrong_is_a_line_and_a_status(self, server, folder, small):
        small(f"{server.base}/gone")
        failed = self.run("fetch", "svhn")
        assert (failed.exit_code, failed.stdout, len(failed.stderr.splitlines())) == (1, "", 1)
        unknown = self.run("fetch", "mnst")
        assert (unknown.exit_code, unknown.stdout, len(unknown.stderr.splitlines())) == (2, "", 1)

    def test_bar_on_a_terminal(self, served, folder, monkeypatch):
        monkeypatch.setenv("FORCE_COLOR", "1")  # rich takes the stream for a terminal
        assert "train-images-idx3-ubyte.gz" in self.run("fetch", "mnist").stderr


NETWORK = '''
import numpy as np


class ConvNet:
    """Unit 13's face with a linear model behind it."""

    def __init__(self, input_shape, layers, rng):
        assert layers[0] == ("conv", 16, 3, 1)
        self.weight = np.zeros((layers[-1][1], int(np.prod(input_shape))))

    def fit(self, x, y, epochs, lr, momentum, batch_size, rng, decay=1.0):
        losses = []
        for _ in range(epochs):
            logits = x.reshape(len(x), -1) @ self.weight.T
            p = np.exp(logits - logits.max(axis=1, keepdims=True))
            p /= p.sum(axis=1, keepdims=True)
            losses.append(float(-np.log(p[np.arange(len(y)), y]).mean()))
            p[np.arange(len(y)), y] -= 1
            self.weight -= 0.1 * lr * p.T @ x.reshape(len(x), -1)
        return losses

    def predict(self, x):
        return (x.reshape(len(x), -1) @ self.weight.T).argmax(axis=1)
'''


class TestTraining:
    """tools/train_fashion_mnist.py"""

    @pytest.fixture(params=["stand-in", *ROOT.glob("solutions/13_cnn/cnn.py")], ids=str)
    def train(self, request, served, folder, tmp_path, monkeypatch, capsys):
        module = request.param
        if module == "stand-in":
            module = tmp_path / "cnn.py"
            module.write_text(NETWORK)

        def run():
            monkeypatch.setattr(sys, "argv", ["train_fashion_mnist.py", str(module), "--rows", "30", "--epochs", "3"])
            monkeypatch.syspath_prepend(str(ROOT / "tools"))
            import train_fashion_mnist

            train_fashion_mnist.main()
            return capsys.readouterr().out

        return run

    def test_says_losses_accuracy_and_time(self, train):
        datasets.fetch("fashion-mnist")
        losses, right, effort = train().splitlines()
        assert re.fullmatch(r"loss of each epoch:( \d+\.\d{3}){3}", losses)
        assert re.fullmatch(r"right on \d+ of 13 test images \(\d+\.\d%\)", right)
        assert effort.startswith("30 images, 3 epochs, ")

    def test_without_the_set_it_says_how_to_fetch_it(self, train):
        with pytest.raises(SystemExit, match="autograder data fetch fashion-mnist"):
            train()
