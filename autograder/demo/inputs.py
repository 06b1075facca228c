"""What the demos are given, of whatever kind: files, photos, sound. What cannot be read is refused in a sentence."""

from __future__ import annotations

import io
import math
import wave
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder import datasets
from autograder.words import listed

ENDS = 4096  # bytes at either end of a file that its type is told by
LONGEST_SIDE = 800  # pixels of a photo; a larger one is made smaller
RATE = 16000  # samples a second of the sound that is listened to
LONGEST_SOUND = 600  # seconds
_FULL = {1: 128, 2: 1 << 15, 3: 1 << 23, 4: 1 << 31}  # what a sample of so many bytes reaches up to


class CannotRead(Exception):
    """This input is not one that can be shown; says why, and what would do."""


def opened(path: Path) -> Any:
    """The file, open for reading, if it is one: no folder, and no device or pipe that would never end.

    Raises CannotRead
    """
    if path.is_dir():
        raise CannotRead(f"{path} is a folder: give the files in it.")
    if not path.exists():
        raise CannotRead(f"{path} is not there.")
    if not path.is_file():
        raise CannotRead(f"{path} is no ordinary file.")
    try:
        return path.open("rb")
    except OSError as error:
        raise CannotRead(f"{path} cannot be read: {error.strerror}.") from None


def ends_of(path: Path) -> bytes:
    """What a network needs to name a file of any size: its first and its last bytes, and all of a small one.

    Raises CannotRead
    """
    with opened(path) as file:
        try:
            size = file.seek(0, io.SEEK_END)
            file.seek(0)
            if size <= 2 * ENDS:
                return bytes(file.read())
            first = file.read(ENDS)
            file.seek(size - ENDS)
            return bytes(first + file.read())
        except OSError as error:
            raise CannotRead(f"{path} cannot be read: {error.strerror}.") from None


def photo(path: Path) -> NDArray[np.uint8]:
    """A photo as (3, H, W) red, green, blue in 0 to 255: upright, whatever its camera noted; grey, palette, CMYK and 16 bits
    become red, green and blue; what is transparent shows white; no side longer than LONGEST_SIDE.

    Raises CannotRead
    """
    import warnings

    from PIL import Image, ImageOps, UnidentifiedImageError

    with opened(path) as file, warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            image: Any = Image.open(file)
            image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a large JPEG is decoded small at once
            if image.mode.startswith(("I", "F")):
                values = np.asarray(image, dtype=np.float64)
                most = 65535.0 if image.mode.startswith("I") else max(float(np.nanmax(values)), 1e-30)
                image = Image.fromarray(np.nan_to_num(np.clip(255 * values / most, 0, 255)).round().astype(np.uint8))
            image = ImageOps.exif_transpose(image)
            if image.has_transparency_data:
                image = image.convert("RGBA")
                white = Image.new("RGBA", image.size, "white")
                image = Image.alpha_composite(white, image)
            image = image.convert("RGB")
            if max(image.size) > LONGEST_SIDE:
                image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
        except UnidentifiedImageError:
            raise CannotRead(f"{path} is no picture that can be read here; JPEG and PNG can.") from None
        except Image.DecompressionBombError:
            raise CannotRead(f"{path} has too many pixels: make it smaller first.") from None
        except (OSError, ValueError, SyntaxError) as error:
            raise CannotRead(f"{path} is a broken picture: {error}.") from None
    return np.ascontiguousarray(np.asarray(image, dtype=np.uint8).transpose(2, 0, 1))


def portrait() -> NDArray[np.uint8]:
    """The course's own photo of a face, as `photo` gives one."""
    return (datasets.load_portrait() * 255).round().astype(np.uint8)


def recording() -> NDArray[np.float32]:
    """The course's own recording, as `sound` gives one."""
    return datasets.load_speech().astype(np.float32)


def sound(path: Path) -> NDArray[np.float32]:
    """A WAV file as (samples,) between -1 and 1 at RATE: its channels' mean, resampled; of a long one the first LONGEST_SOUND
    seconds.

    Raises CannotRead
    """
    with opened(path) as raw:
        try:
            with wave.open(raw) as file:
                rate, channels, width = file.getframerate(), file.getnchannels(), file.getsampwidth()
                data = file.readframes(min(file.getnframes(), LONGEST_SOUND * rate))
        except (wave.Error, EOFError, RuntimeError, OSError) as error:
            raise CannotRead(
                f"{path} is no WAV file of whole numbers ({str(error) or 'it ends too early'}): save it as WAV, 16 bits, PCM."
            ) from None
    if width not in _FULL or rate < 1:
        raise CannotRead(f"{path} has {width} bytes a sample and {rate} samples a second: save it as WAV, 16 bits.")
    samples = _samples(data[: len(data) // (width * channels) * width * channels], width)
    if not samples.size:
        raise CannotRead(f"{path} holds no sound: it has a header and no samples.")
    mono = samples.reshape(-1, channels).mean(axis=1)
    return resampled(mono / _FULL[width], rate, RATE).astype(np.float32)


def _samples(data: bytes, width: int) -> NDArray[np.float64]:
    """PCM as numbers around 0: one byte counts from 128, three are the upper ones of four."""
    if width == 1:
        return np.frombuffer(data, np.uint8).astype(np.float64) - 128
    if width == 3:
        four = np.zeros((len(data) // 3, 4), np.uint8)
        four[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
        return four.view("<i4")[:, 0] / 256.0
    return np.frombuffer(data, f"<i{width}").astype(np.float64)


def resampled(signal: NDArray[np.float64], rate: int, wanted: int) -> NDArray[np.float64]:
    """The same sound at another rate, by its Fourier series: what is above half of the lower rate is left out.

    Example:
        >>> resampled(np.cos(2 * np.pi * np.arange(8) / 8), 8, 4).round(3).tolist()
        [1.0, 0.0, -1.0, 0.0]
    """
    if rate == wanted:
        return signal
    step = rate // math.gcd(rate, wanted)
    whole = np.pad(signal, (0, -len(signal) % step))  # as long as a whole number of samples at either rate
    n = len(whole) * wanted // rate
    out = np.fft.irfft(np.fft.rfft(whole), n) * (n / len(whole))
    return out[: max(len(signal) * wanted // rate, 1)]


MOST_LETTERS = 60


def word(text: str) -> str:
    """A word in small letters a to z: accents fall off, capitals are made small.

    Raises CannotRead
    """
    import unicodedata

    bare = "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))
    small = bare.strip().lower().replace("'", "").replace("\N{RIGHT SINGLE QUOTATION MARK}", "")
    if not small:
        raise CannotRead("there is no word to say: give one, such as knight.")
    if others := sorted({each for each in small if not "a" <= each <= "z"}):
        named = listed([repr(each) for each in others[:4]])
        raise CannotRead(
            f"the network knows the letters a to z, and {named} is none of them: write one word, in letters."
        )
    if len(small) > MOST_LETTERS:
        raise CannotRead(
            f"a word of {len(small)} letters is longer than any that was learnt from: {MOST_LETTERS} will do."
        )
    return small


MOST_CHARACTERS = 2000


def text(prompt: str) -> str:
    """How a text begins. Where nothing is given it begins as a verse does, after the end of a line.

    Raises CannotRead
    """
    if len(prompt) > MOST_CHARACTERS:
        raise CannotRead(
            f"a prompt of {len(prompt)} characters is longer than the model can read: {MOST_CHARACTERS} will do."
        )
    return prompt.encode("utf-8", "replace").decode() or "\n"
