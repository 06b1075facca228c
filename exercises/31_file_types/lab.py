"""What this lesson draws and computes with. Given, for you to read and to use; nothing here is graded.

Functions that need something of yours take it as an argument: `hidden_parts(name_file, files, params, names, keep)`.
"""

import gzip
import io
import json
import struct
import sys
import wave
import zipfile
from pathlib import Path

import numpy as np

from autograder.datasets import load_photo, load_text
from autograder.demo.inputs import ends_of
from autograder.lab import COLOURS, figure, show

SIGNATURES = {
    b"\x89PNG": "png",
    b"\xff\xd8\xff": "jpeg",
    b"PK\x03\x04": "zip",
    b"\x1f\x8b": "gzip",
    b"RIFF": "wav",
    b"\x7fELF": "elf",
    b"MZ": "pebin",
    b"%PDF": "pdf",
}


def read(path):
    """What the network needs of a file of any size: its first and its last bytes, and all of a small one.

    Example:
        >>> read(__file__)[:4]
        b'\"\"\"W'
    """
    return ends_of(Path(path))


def kinds():
    """Files of twelve kinds, as bytes by a name that says what they are: some from here, some made on the spot.

    Example:
        >>> files = kinds()
        >>> len(files), files["a photo"][:3]
        (12, b'\\xff\\xd8\\xff')
    """
    cells = [
        {"cell_type": "code", "source": [f"x = {k}\n", "print(x)"], "outputs": [], "metadata": {}} for k in range(4)
    ]
    notebook = {"cells": cells, "metadata": {"kernelspec": {"name": "python3"}}, "nbformat": 4, "nbformat_minor": 5}
    rows = "\n".join(f"{year},{year % 11 * 13.5:.1f}" for year in range(1900, 2000))
    words = load_text()
    page = f"<!DOCTYPE html>\n<html><head><title>Verses</title></head>\n<body><p>{words[:300]}</p></body></html>\n"
    record = [{"name": f"unit {k}", "points": 30 + k, "done": k < 3} for k in range(8)]
    return {
        "file_types.py, yours": read(Path(__file__).with_name("file_types.py")),
        "a notebook": json.dumps(notebook, indent=1).encode(),
        "verses": words[:3000].encode(),
        "a table": f"year,spots\n{rows}\n".encode(),
        "a page": page.encode(),
        "a record": json.dumps(record, indent=1).encode(),
        "a photo": photo("JPEG"),
        "the same as PNG": photo("PNG"),
        "a tone": tone(),
        "verses, packed": gzip.compress(words[:3000].encode(), mtime=0),
        "an archive": archive({"one.txt": words[:2000], "two.txt": words[2000:4000]}),
        "python itself": read(sys.executable),
    }


def photo(kind):
    """The course's photo as a file of that kind ("JPEG", "PNG"), in bytes."""
    from PIL import Image

    pixels = np.asarray(load_photo()) * 255
    if pixels.ndim == 3 and pixels.shape[0] == 3:
        pixels = pixels.transpose(1, 2, 0)
    out = io.BytesIO()
    Image.fromarray(pixels.round().astype(np.uint8)).save(out, kind)
    return out.getvalue()


def tone(seconds=0.3, rate=8000):
    """A tone of 440 Hz as a WAV file, in bytes.

    Example:
        >>> tone()[:4]
        b'RIFF'
    """
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        values = 12000 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * rate)) / rate)
        file.writeframes(struct.pack(f"<{len(values)}h", *values.astype(int)))
    return out.getvalue()


def archive(texts):
    """A ZIP archive of texts by name, in bytes.

    Example:
        >>> archive({"a.txt": "words"})[:2]
        b'PK'
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in texts.items():
            file.writestr(zipfile.ZipInfo(name), text)
    return out.getvalue()


def by_signature(data):
    """The old way: a table of how files of a kind begin. None where no entry fits.

    Example:
        >>> by_signature(b"PK\\x03\\x04"), by_signature(b"import numpy")
        ('zip', None)
    """
    return next((kind for start, kind in SIGNATURES.items() if data.startswith(start)), None)


def opening():
    """The picture that the lesson begins with: the first bytes of six files, a grey square each."""
    files = kinds()
    chosen = ["verses", "a table", "a photo", "a tone", "verses, packed", "python itself"]
    drawn, axes = figure(len(chosen), 1, height=3.4, squeeze=False)
    for ax, name in zip(axes[:, 0], chosen, strict=True):
        ids = np.frombuffer(files[name][:192].ljust(192, b"\0"), np.uint8).reshape(4, 48)
        ax.imshow(ids, cmap="gray", vmin=0, vmax=255, interpolation="nearest", aspect="auto")
        ax.set(xticks=[], yticks=[])
        ax.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=9)
    return show(
        drawn,
        "The first 192 bytes of six files, a grey square for each byte, dark for small values. Text has an even grey with few "
        "values; a tone waves; what is packed is noise; a program has long stretches of black.",
    )


def curves(functions):
    """Functions of one number over -4 to 4: {name: function}."""
    drawn, ax = figure(height=2.6)
    x = np.linspace(-4, 4, 161)
    for (name, function), colour in zip(functions.items(), ("value", "muted"), strict=False):
        ax.plot(x, function(x), color=COLOURS[colour], label=name)
    ax.legend(frameon=False)
    ax.set(xlabel="x", ylabel="activation")
    return show(
        drawn, "gelu follows relu far out; between -3 and 0 it dips a little below 0, with its lowest value near -0.75."
    )


def bars(told):
    """The three best names of each file: told = {file: [(name, probability), ...]}."""
    drawn, ax = figure(height=0.36 * len(told) + 0.5)
    shades = (COLOURS["value"], COLOURS["light"], COLOURS["muted"])
    for row, pairs in enumerate(told.values()):
        left = 0.0
        for (_, share), shade in zip(pairs, shades, strict=False):
            ax.barh(row, share, left=left, color=shade, height=0.7)
            left += share
        name, share = pairs[0]
        ax.text(0.02, row, f"{name} {share:.2f}", va="center", color="white", fontsize=9, fontweight="bold")
    ax.set(yticks=range(len(told)), xlim=(0, 1), xlabel="probability")
    ax.set_yticklabels(list(told))
    ax.invert_yaxis()
    ax.tick_params(axis="y", length=0)
    best = "; ".join(f"{file}: {pairs[0][0]} {pairs[0][1]:.2f}" for file, pairs in told.items())
    return show(drawn, f"A bar for each file, blue for its most probable type, paler for the next two. {best}.")


def deciding(falls):
    """How much each block decides: falls = {file: (blocks,)}, a strip of bars for each."""
    drawn, axes = figure(len(falls), 1, height=1.1 * len(falls) + 0.5, sharex=True, squeeze=False)
    for ax, (name, values) in zip(axes[:, 0], falls.items(), strict=True):
        values = np.asarray(values)
        at = np.arange(len(values)) + 0.5
        ax.bar(at, np.clip(values, 0, None), width=0.9, color=COLOURS["value"])
        ax.bar(at, np.clip(values, None, 0), width=0.9, color=COLOURS["gradient"])
        ax.axvline(len(values) / 2, color=COLOURS["muted"], linewidth=1)
        most = max(0.1, float(np.abs(values).max()))
        ax.set(title=name, ylim=(-0.25 * most, 1.1 * most), xlim=(0, len(values)), xticks=[])
    axes[-1, 0].set_xlabel("blocks: the beginning on the left, the end on the right")
    strongest = "; ".join(f"{name}: block {int(np.argmax(values))}" for name, values in falls.items())
    return show(
        drawn,
        "By how much the winner's probability falls without each block of the file, blue; vermilion where it rises. The line in "
        f"the middle parts the beginning from the end. The strongest: {strongest}.",
    )


def hidden_parts(name_file, files, params, names, keep):
    """What each file is called when only its first `keep` bytes are there: {file: (name, probability)}."""
    return {file: name_file(data[:keep], params, names, 1)[0] for file, data in files.items()}
