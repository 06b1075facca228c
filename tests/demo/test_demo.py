"""`autograder demo`, typed: the published networks by the course's own functions, and what is said where there are none."""

import os
import re
import shutil
import subprocess
import sys

import pytest
from PIL import Image

from autograder.course.release import release
from autograder.course.units import load_course

COURSE = load_course()


def type_(command, folder, status=0, **environment):
    done = subprocess.run(
        [sys.executable, "-m", "autograder", "demo", *command],
        cwd=folder, capture_output=True, text=True, timeout=300, env={**os.environ, **environment},
    )  # fmt: skip
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout, done.stderr


@pytest.fixture(scope="module")
def handout(tmp_path_factory):
    target = tmp_path_factory.mktemp("release") / "course"
    release(COURSE, target)
    return target


@pytest.fixture
def desk(handout, tmp_path):
    """A student's own copy, with solutions of some units written in."""
    shutil.copytree(handout, tmp_path / "course")

    def write(*units):
        for name in units:
            unit = COURSE.unit(name)
            shutil.copy(
                COURSE.root / "solutions" / unit.folder / unit.module, tmp_path / "course" / "exercises" / unit.folder
            )
        return tmp_path / "course"

    return write


class TestFile:
    def test_reference(self, tmp_path):
        (tmp_path / "a b.py").write_text("import numpy as np\n\n\ndef relu(x):\n    return np.maximum(x, 0)\n" * 5)
        (tmp_path / "empty").touch()
        out, err = type_(
            ["file", f"{tmp_path}/a b.py", f"{tmp_path}/empty", str(tmp_path), "--reference", "--output", f"{tmp_path}/p/a.png"],
            COURSE.root, status=1,
        )  # fmt: skip
        assert re.search(r"a b\.py +python (0\.[89]\d|1\.00), ", out)
        assert "is empty: there is nothing to tell its type by" in err
        assert "is a folder: give the files in it" in err
        assert Image.open(tmp_path / "p" / "a.png").size[0] > 400

    def test_a_file_s_name_is_no_command_to_the_terminal(self, tmp_path):
        name = "\x1b[31mred$x^2$.txt"
        (tmp_path / name).write_text("words and words\n" * 40)
        out, _ = type_(["file", name, "--reference", "--output", "a.png"], _course_beside(tmp_path))
        assert "\x1b" not in out
        assert (tmp_path / "a.png").is_file()

    def test_nothing_to_look_at(self):
        _, err = type_(["file", "nothing"], COURSE.root, status=2)
        assert "nothing is not there" in err

    def test_what_is_not_written_yet(self, desk):
        root = desk("activations", "backprop")
        out, err = type_(["file", "course.yml"], root, status=2)
        assert "file_types uses your conv2d_forward, which is not written yet" in " ".join(out.split())
        assert "your name_file of file_types is not written yet: autograder check file_types:name_file" in err

    def test_what_another_unit_lacks(self, desk):
        root = desk("activations", "backprop", "file_types")
        _, err = type_(["file", "course.yml"], root, status=2)
        assert (
            "your conv2d_forward of convolution is not written yet: autograder check convolution:conv2d_forward" in err
        )

    def test_their_own(self, desk):
        root = desk("activations", "backprop", "convolution", "file_types")
        out, _ = type_(["file", "course.yml"], root)
        assert out.startswith("course.yml  yaml ")
        assert "picture: file_types.png" in out
        assert (root / "file_types.png").is_file()
        _, err = type_(["file", "course.yml", "--reference"], root, status=2)
        assert "the references are not in this copy of the course: leave --reference out" in err

    def test_what_breaks_off(self, desk):
        root = desk("activations", "backprop", "convolution", "file_types")
        module = root / "exercises" / "31_file_types" / "file_types.py"
        module.write_text(re.sub(r"(def gelu\(x\):\n)", r"\1    x[0][0][0][0][0][0][0]\n", module.read_text()))
        out, err = type_(["file", "course.yml"], root, status=2)
        assert "file_types does not pass its public tests yet" in " ".join(out.split())
        assert re.search(r"your gelu broke off in file_types\.py, line \d+: IndexError: ", err)
        module.write_text("import\n")
        _, err = type_(["file", "course.yml"], root, status=2)
        assert "file_types.py, line 1: " in err


class TestScribe:
    def test_reference(self, tmp_path):
        out, _ = type_(["scribe", "And God said", "--reference", "--output", f"{tmp_path}/a.png"], COURSE.root)
        again, _ = type_(["scribe", "And God said", "--reference", "--output", f"{tmp_path}/b.png"], COURSE.root)
        other, _ = type_(
            ["scribe", "And God said", "--seed", "1", "--reference", "--output", f"{tmp_path}/c.png"], COURSE.root
        )
        assert out.startswith("And God said")
        assert out.splitlines()[:-1] == again.splitlines()[:-1] != other.splitlines()[:-1]
        assert max(map(len, out.splitlines()[:-1])) < 80
        assert Image.open(tmp_path / "a.png").size[0] > 400

    @pytest.mark.parametrize(
        "prompt", ["", "caf\u00e9 \u65e5\u672c", "word " * 300], ids=["empty", "other scripts", "long"]
    )
    def test_other_prompts(self, tmp_path, prompt):
        out, _ = type_(["scribe", prompt, "--reference", "--output", f"{tmp_path}/a.png"], COURSE.root)
        assert len(out) > 200

    def test_too_long(self):
        _, err = type_(["scribe", "a" * 3000, "--reference"], COURSE.root, status=2)
        assert "a prompt of 3000 characters is longer than the model can read" in err

    def test_what_is_not_written_yet(self, desk):
        _, err = type_(["scribe"], desk("activations", "attention"), status=2)
        assert "your byte_pairs of scribe is not written yet: autograder check scribe:byte_pairs" in err

    def test_their_own(self, desk):
        root = desk("activations", "attention", "scribe")
        out, _ = type_(["scribe"], root)
        assert out.startswith("In the beginning")
        assert (root / "scribe.png").is_file()


def _course_beside(folder):
    """A folder that is within the course, so to say: its files are linked there."""
    for name in ("course.yml", "solutions", "exercises", "datasets"):
        (folder / name).symlink_to(COURSE.root / name)
    return folder
