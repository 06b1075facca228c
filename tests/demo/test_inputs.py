"""What a demo is given, of every kind that people have: the right array, or a sentence."""

import io
import os
import struct
import wave

import numpy as np
import pytest
from PIL import Image

from autograder.demo import inputs
from autograder.demo.inputs import CannotRead


@pytest.fixture
def picture():
    """Red above blue, 40 rows and 60 columns."""
    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[:20, :, 0] = pixels[20:, :, 2] = 255
    return Image.fromarray(pixels)


def saved(folder, image, name, **options):
    path = folder / name
    image.save(path, **options)
    return path


class TestFiles:
    def test_a_small_file_is_read_whole(self, tmp_path):
        (tmp_path / "a").write_bytes(b"abc")
        assert inputs.ends_of(tmp_path / "a") == b"abc"

    def test_of_four_gigabytes_the_ends_are_read(self, tmp_path):
        with (tmp_path / "large").open("wb") as file:
            file.write(b"first")
            file.seek((4 << 30) - 4)  # a hole: it takes no room on the disk
            file.write(b"last")
        data = inputs.ends_of(tmp_path / "large")
        assert len(data) == 2 * inputs.ENDS
        assert (data[:5], data[-4:]) == (b"first", b"last")

    def test_what_is_no_file_is_refused(self, tmp_path):
        with pytest.raises(CannotRead, match="is a folder: give the files in it"):
            inputs.ends_of(tmp_path)
        with pytest.raises(CannotRead, match="is not there"):
            inputs.ends_of(tmp_path / "nothing")
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(CannotRead, match="is no ordinary file"):  # it would wait for ever
            inputs.ends_of(tmp_path / "pipe")

    @pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
    def test_what_may_not_be_read_is_refused(self, tmp_path):
        (tmp_path / "a").touch(0)
        with pytest.raises(CannotRead, match="cannot be read: Permission denied"):
            inputs.ends_of(tmp_path / "a")


class TestPhotos:
    @pytest.mark.parametrize("name", ["a.png", "a.bmp", "a.tiff", "a.webp"])
    def test_colours(self, tmp_path, picture, name):
        options = {"lossless": True} if name == "a.webp" else {}
        pixels = inputs.photo(saved(tmp_path, picture, name, **options))
        assert (pixels.shape, pixels.dtype) == ((3, 40, 60), np.uint8)
        np.testing.assert_array_equal(pixels, np.asarray(picture).transpose(2, 0, 1))

    def test_grey(self, tmp_path, picture):
        pixels = inputs.photo(saved(tmp_path, picture.convert("L"), "a.png"))
        np.testing.assert_array_equal(pixels[0], pixels[2])
        np.testing.assert_array_equal(pixels[0], np.asarray(picture.convert("L")))

    def test_black_and_white_and_palette(self, tmp_path, picture):
        for mode in ("1", "P"):
            pixels = inputs.photo(saved(tmp_path, picture.convert(mode), f"{mode}.png"))
            np.testing.assert_array_equal(pixels, np.asarray(picture.convert(mode).convert("RGB")).transpose(2, 0, 1))

    @pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
    def test_what_is_transparent_is_white(self, tmp_path, picture, mode):
        clear = picture.convert("RGBA")
        clear.putalpha(Image.fromarray(np.repeat([[0], [255]], [20, 20], axis=0).repeat(60, axis=1).astype(np.uint8)))
        clear = clear.convert("LA" if mode == "LA" else "RGBA")
        if mode == "PA":
            clear = clear.quantize(8)
        pixels = inputs.photo(saved(tmp_path, clear, "a.png"))
        assert (pixels[:, 0] == 255).all()
        assert (pixels[:, -1].mean(axis=1) < 255).any()

    def test_cmyk(self, tmp_path, picture):
        path = saved(tmp_path, picture.convert("CMYK"), "a.jpg", quality=95)
        np.testing.assert_allclose(inputs.photo(path)[:, 5, 5], (255, 0, 0), atol=12)

    def test_sixteen_bits(self, tmp_path):
        deep = np.linspace(0, 65535, 2400).reshape(40, 60).astype(np.uint16)
        pixels = inputs.photo(saved(tmp_path, Image.fromarray(deep), "a.png"))
        np.testing.assert_allclose(pixels[0], deep / 65535 * 255, atol=0.51)

    def test_turned_by_its_camera(self, tmp_path, picture):
        exif = Image.Exif()
        exif[0x0112] = 6  # "turn me a quarter to the right"
        pixels = inputs.photo(saved(tmp_path, picture, "a.jpg", exif=exif, quality=95))
        assert pixels.shape == (3, 60, 40)
        np.testing.assert_allclose(pixels[:, 30, 35], (254, 0, 0), atol=5)  # red was above, and is right now

    def test_one_pixel(self, tmp_path):
        pixels = inputs.photo(saved(tmp_path, Image.new("RGB", (1, 1), (1, 2, 3)), "a.png"))
        assert pixels.ravel().tolist() == [1, 2, 3]

    def test_a_large_one_is_made_smaller(self, tmp_path):
        image = Image.new("RGB", (8000, 6000), (10, 200, 30))
        for name in ("a.jpg", "a.png"):
            pixels = inputs.photo(saved(tmp_path, image, name))
            assert pixels.shape == (3, 600, 800)
            np.testing.assert_allclose(pixels[:, 300, 400], (10, 200, 30), atol=3)

    def test_a_bomb_is_refused(self, tmp_path, picture, monkeypatch):
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
        with pytest.raises(CannotRead, match="has too many pixels: make it smaller first"):
            inputs.photo(saved(tmp_path, picture, "a.png"))

    def test_what_is_no_picture_is_refused(self, tmp_path, picture):
        (tmp_path / "a.jpg").write_text("Dear all")
        with pytest.raises(CannotRead, match=r"a\.jpg is no picture that can be read here; JPEG and PNG can"):
            inputs.photo(tmp_path / "a.jpg")
        (tmp_path / "none.png").touch()
        with pytest.raises(CannotRead, match="is no picture"):
            inputs.photo(tmp_path / "none.png")
        whole = io.BytesIO()
        Image.effect_noise((200, 200), 90).save(whole, "PNG")
        (tmp_path / "half.png").write_bytes(whole.getvalue()[:9000])
        with pytest.raises(CannotRead, match=r"half\.png is a broken picture: "):
            inputs.photo(tmp_path / "half.png")


def wav(path, values, rate=16000, width=2, channels=1):
    """A WAV file of values from -1 to 1, (samples,) or (samples, channels)."""
    full = 1 << (8 * width - 1)
    whole = np.clip(np.rint(np.asarray(values) * full), -full, full - 1).astype(np.int64).ravel()
    if width == 1:
        data = (whole + 128).astype(np.uint8).tobytes()
    else:
        data = b"".join(int(each).to_bytes(width, "little", signed=True) for each in whole)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(data)
    return path


def tone(rate, seconds=0.5, pitch=440.0):
    return 0.5 * np.sin(2 * np.pi * pitch * np.arange(int(rate * seconds)) / rate)


class TestSound:
    @pytest.mark.parametrize("width", [1, 2, 3, 4])
    def test_bytes_a_sample(self, tmp_path, width):
        signal = inputs.sound(wav(tmp_path / "a.wav", tone(16000), width=width))
        assert (signal.shape, signal.dtype) == ((8000,), np.float32)
        np.testing.assert_allclose(signal, tone(16000), atol=2.0 ** -(8 * width - 1) + 1e-7)

    def test_stereo_is_the_mean(self, tmp_path):
        both = np.stack([tone(16000), np.zeros(8000)], axis=1)
        signal = inputs.sound(wav(tmp_path / "a.wav", both, channels=2))
        np.testing.assert_allclose(signal, tone(16000) / 2, atol=1e-4)

    @pytest.mark.parametrize("rate", [8000, 11025, 22050, 44100, 48000])
    def test_another_rate(self, tmp_path, rate):
        signal = inputs.sound(wav(tmp_path / "a.wav", tone(rate), rate=rate))
        assert abs(len(signal) - 8000) <= 1
        inner = slice(400, 7600)  # a series wraps round, which is heard at the ends
        np.testing.assert_allclose(signal[inner], tone(16000)[inner], atol=0.01)

    def test_silence(self, tmp_path):
        assert not inputs.sound(wav(tmp_path / "a.wav", np.zeros(1600), rate=8000)).any()

    def test_of_a_long_one_the_beginning(self, tmp_path, monkeypatch):
        monkeypatch.setattr(inputs, "LONGEST_SOUND", 1)
        assert len(inputs.sound(wav(tmp_path / "a.wav", tone(8000, 3), rate=8000))) == 16000

    def test_what_is_no_sound_is_refused(self, tmp_path):
        with pytest.raises(CannotRead, match=r"a\.wav holds no sound: it has a header and no samples"):
            inputs.sound(wav(tmp_path / "a.wav", []))
        (tmp_path / "empty.wav").touch()
        (tmp_path / "text.wav").write_text("Dear all, this is no sound at all, and long enough for a header.")
        header = b"RIFF" + struct.pack("<I", 40) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 3, 1, 16000, 64000, 4, 32)
        (tmp_path / "float.wav").write_bytes(header + b"data" + struct.pack("<I", 4) + struct.pack("<f", 0.5))
        for name in ("empty.wav", "text.wav", "float.wav"):
            with pytest.raises(
                CannotRead, match=r"is no WAV file of whole numbers \(.+\): save it as WAV, 16 bits, PCM"
            ):
                inputs.sound(tmp_path / name)


class TestWords:
    @pytest.mark.parametrize(
        "text, word",
        [
            ("knight", "knight"),
            ("Knight", "knight"),
            ("  caf\u00e9 ", "cafe"),
            ("na\u00efve", "naive"),
            ("don't", "dont"),
        ],
    )
    def test_letters(self, text, word):
        assert inputs.word(text) == word

    @pytest.mark.parametrize("text", ["r2d2", "two words", "\u5b57", "a-b", "stra\u00dfe"])
    def test_what_it_does_not_know_is_refused(self, text):
        with pytest.raises(CannotRead, match=r"the network knows the letters a to z, and .* is none of them"):
            inputs.word(text)

    def test_none_and_too_many(self):
        for text in ("", "  ", "'"):
            with pytest.raises(CannotRead, match="there is no word to say"):
                inputs.word(text)
        with pytest.raises(
            CannotRead, match="a word of 200 letters is longer than any that was learnt from: 60 will do"
        ):
            inputs.word("a" * 200)


class TestPrompts:
    def test_text(self):
        assert inputs.text("Thus saith") == "Thus saith"
        assert inputs.text("") == "\n"
        assert inputs.text("a\udc80") == "a?"  # what a terminal hands over that is no UTF-8
        with pytest.raises(
            CannotRead, match="a prompt of 3000 characters is longer than the model can read: 2000 will do"
        ):
            inputs.text("a" * 3000)
