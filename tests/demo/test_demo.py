"""`autograder demo`, typed: the published networks by the course's own functions, and what is said where there are none."""

import os
import re
import shutil
import subprocess
import sys
import wave

import pytest
from PIL import Image

from autograder import datasets
from autograder.course.release import release
from autograder.course.units import load_course
from autograder.demo.inputs import resampled

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
        tmp_path = tmp_path / "a folder whose name is longer than many a terminal is wide, as such names sometimes are"
        tmp_path.mkdir()
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


def said(out):
    """What a demo said, without the name of the picture."""
    return out.splitlines()[:-1]


class TestFaces:
    def test_the_course_s_portrait(self, tmp_path):
        out, _ = type_(["faces", "--reference", "--output", f"{tmp_path}/a.png"], COURSE.root)
        assert said(out)[0] == "1 face in 512 x 600 pixels"
        assert re.fullmatch(r"  from \(\d+, \d+\) to \(\d+, \d+\), probability 0\.9\d\d", said(out)[1])
        assert Image.open(tmp_path / "a.png").size[0] > 400

    @pytest.mark.parametrize("kind", ["clear", "large", "turned"])
    def test_a_photo_of_another_kind(self, tmp_path, kind):
        photo = Image.fromarray((datasets.load_portrait().transpose(1, 2, 0) * 255).astype("uint8"))
        options = {}
        if kind == "clear":
            photo = photo.convert("RGBA")
        elif kind == "large":
            photo = photo.resize((2048, 2400))
        else:
            photo, exif = photo.transpose(Image.Transpose.ROTATE_90), Image.Exif()
            exif[0x0112], options = 6, {"exif": exif}
        photo.save(tmp_path / "a.png", **options)
        out, _ = type_(["faces", f"{tmp_path}/a.png", "--reference", "--output", f"{tmp_path}/b.png"], COURSE.root)
        assert said(out)[0].startswith("1 face in ")

    @pytest.mark.parametrize("size", [(1, 1), (60, 40)])
    def test_none_there(self, tmp_path, size):
        Image.new("RGB", size, (30, 60, 90)).save(tmp_path / "a.png")
        out, _ = type_(["faces", f"{tmp_path}/a.png", "--reference", "--output", f"{tmp_path}/b.png"], COURSE.root)
        assert said(out) == [f"no faces in {size[0]} x {size[1]} pixels"]

    def test_what_is_no_photo(self, tmp_path):
        (tmp_path / "a.jpg").write_text("Dear all")
        _, err = type_(["faces", f"{tmp_path}/a.jpg", "--reference"], COURSE.root, status=2)
        assert "a.jpg is no picture that can be read here" in err

    def test_what_is_not_written_yet(self, desk):
        _, err = type_(["faces"], desk("activations", "convolution", "pooling", "detection"), status=2)
        assert "your find_faces of faces is not written yet: autograder check faces:find_faces" in err


class TestSpeech:
    def test_the_course_s_recording(self, tmp_path):
        out, _ = type_(["speech", "--reference", "--output", f"{tmp_path}/a.png"], COURSE.root)
        assert said(out)[0] == "speech: 5.3 of 8.0 seconds"
        assert [line.split()[0] for line in said(out)[1:]] == ["from", "from"]
        assert Image.open(tmp_path / "a.png").size[0] > 400

    @pytest.mark.parametrize("kind", ["stereo at 44.1 kHz", "8 bits", "ten samples"])
    def test_a_recording_of_another_kind(self, tmp_path, kind):
        samples, rate, channels, width = datasets.load_speech(), 16000, 1, 2
        if kind == "stereo at 44.1 kHz":
            samples, rate, channels = resampled(samples, 16000, 44100).repeat(2), 44100, 2
        elif kind == "8 bits":
            width = 1
        else:
            samples = samples[:10]
        data = samples * 127 + 128 if width == 1 else samples * 32767
        with wave.open(f"{tmp_path}/a.wav", "wb") as file:
            file.setparams((channels, width, rate, 0, "NONE", ""))
            file.writeframes(data.round().astype("<i2" if width == 2 else "u1").tobytes())
        out, _ = type_(["speech", f"{tmp_path}/a.wav", "--reference", "--output", f"{tmp_path}/b.png"], COURSE.root)
        seconds = float(said(out)[0].split()[1])
        assert seconds == 0 if kind == "ten samples" else 5 < seconds < 6

    def test_what_is_no_sound(self, tmp_path):
        (tmp_path / "a.wav").write_text("Dear all")
        _, err = type_(["speech", f"{tmp_path}/a.wav", "--reference"], COURSE.root, status=2)
        assert "is no WAV file of whole numbers" in err


class TestSay:
    @pytest.mark.parametrize("word, sounds", [("knight", "N AY1 T"), ("Caf\u00e9", "K EY1 F")])
    def test_reference(self, tmp_path, word, sounds):
        out, _ = type_(["say", word, "--reference", "--output", f"{tmp_path}/a.png"], COURSE.root)
        assert said(out)[0].split(": ")[1] == sounds
        assert len(said(out)) == 4
        assert Image.open(tmp_path / "a.png").size[0] > 400

    def test_a_long_word(self, tmp_path):
        out, _ = type_(
            ["say", "antidisestablishmentarianism" * 2, "--reference", "--output", f"{tmp_path}/a.png"], COURSE.root
        )
        assert len(" ".join(said(out)).split()) > 20

    @pytest.mark.parametrize("word", ["r2d2", ""])
    def test_what_is_no_word(self, word):
        _, err = type_(["say", word, "--reference"], COURSE.root, status=2)
        assert "letters" in err or "there is no word" in err


class TestScribe:
    def test_reference(self, tmp_path):
        out, _ = type_(["scribe", "And God said", "--reference", "--output", f"{tmp_path}/a.png"], COURSE.root)
        again, _ = type_(["scribe", "And God said", "--reference", "--output", f"{tmp_path}/b.png"], COURSE.root)
        other, _ = type_(
            ["scribe", "And God said", "--seed", "1", "--reference", "--output", f"{tmp_path}/c.png"], COURSE.root
        )
        assert out.startswith("And God said")
        assert out.splitlines()[:-1] == again.splitlines()[:-1] != other.splitlines()[:-1]
        assert max(map(len, out.splitlines()[:-1])) <= 80
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
