"""Archives that attack: bombs of every kind, odd headers, and torn ones by the thousand. Each is its student's row, no more."""

import bz2
import contextlib
import gzip
import io
import lzma
import os
import random
import resource
import shutil
import tarfile
import time
import zipfile

import pytest

from autograder.course.units import load_course
from autograder.intake import budget
from autograder.intake.submissions import SubmissionsError, find_submissions

UNITS = [load_course().unit("activations")]
FUZZ_SECONDS = float(os.environ.get("FUZZ_SECONDS", "20"))
MEMORY = 200 * 2**20


def zipped(files, method=zipfile.ZIP_DEFLATED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def tarred(files, mode="w", form=tarfile.GNU_FORMAT, **attributes):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode, format=form) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            for key, value in attributes.items():
                setattr(info, key, value)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def header(size, kind, name="././@LongLink", magic=b"ustar  \0"):
    """A tar's header whose number for the size is written as it stands."""
    block = bytearray(512)
    block[: len(name)] = name.encode()
    block[100:108] = b"0000644\0"
    block[124:136] = size
    block[136:148] = b"00000000000\0"
    block[156:157] = kind
    block[257:265] = magic
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def octal(size):
    return b"%011o\0" % size


def base256(size):
    return (size % 256**12).to_bytes(12, "big")


def pax(**records):
    lines = b""
    for key, value in records.items():
        record = f" {key}={value}\n".encode()
        length = len(record)
        while length != len(str(length)) + len(record):
            length = len(str(length)) + len(record)
        lines += str(length).encode() + record
    padded = lines + bytes(-len(lines) % 512)
    return header(octal(len(lines)), tarfile.XHDTYPE, "pax", b"ustar\x0000") + padded


def zeros(size):
    return bytes(size)


def endless_name():
    """A name of 1.5 GB, packed into some kB."""
    packer = bz2.BZ2Compressor()
    parts = [packer.compress(header(octal(1_500_000_000), b"L"))]
    parts += [packer.compress(zeros(15_000_000)) for _ in range(4)]
    return b"".join([*parts, packer.flush()])


def tree(levels, width, leaf):
    """Zips in zips, each holding the same one `width` times."""
    for _ in range(levels):
        leaf = zipped({f"{number}.zip": leaf for number in range(width)})
    return leaf


MODULE = b"x = 1\n"
BIG = zipped({"activations.py": zeros(2**26)})
BOMBS = {
    "a name of a gigabyte.tar": endless_name(),
    "a pax header of a gigabyte.tar": bz2.compress(header(octal(10**9), tarfile.XHDTYPE) + zeros(3 * 10**7)),
    "a name that has a name that has.tar": gzip.compress((header(octal(1024), b"L") + b"a" * 1024) * 5000),
    "many headers of pax.tar": gzip.compress(pax(comment="a" * 60_000) * 2000 + header(octal(0), b"0", "a.py")),
    "zips in a zip.zip": tree(1, 200, zipped({"activations.py": zeros(900_000)})),
    "deep.zip": tree(6, 3, zipped({"activations.py": MODULE})),
    "two tars of gigabytes.zip": zipped({f"{n}.tar": bz2.compress(header(octal(2**33), b"0", "a") + zeros(10**8)) for n in "ab"}),
    "a tar of nothing.tar.gz": gzip.compress(header(octal(2**30), b"0", "notes.txt") + zeros(10**8)),
    "a tar of xz.tar": lzma.compress(header(octal(2**30), b"0", "notes.txt") + zeros(10**8)),
    "many.zip": zipped({f"{number}/a.txt": b"" for number in range(25_000)}),
    "many.tar.gz": gzip.compress(header(octal(0), b"0", "a.txt", b"ustar\x0000") * 25_000),
    "bzip2.zip": zipped({"activations.py": zeros(10**6)}, zipfile.ZIP_BZIP2),
    "lzma.zip": zipped({"activations.py": zeros(10**6)}, zipfile.ZIP_LZMA),
    "big.zip": BIG,
}  # fmt: skip
ODD = {
    "time.tar": pax(mtime="-1e300") + header(octal(6), b"0", "activations.py") + MODULE.ljust(512, b"\0"),
    "time is no number.tar": pax(mtime="nan") + header(octal(6), b"0", "activations.py") + MODULE.ljust(512, b"\0"),
    "below zero.tar": header(base256(-1024), b"0", "activations.py") + zeros(2048),
    "below zero in pax.tar": header(octal(0), b"0", "a.py") + pax(size="-2048") + header(octal(0), b"0", "b.py") + zeros(1024),
    "sparse.tar": pax(**{"GNU.sparse.major": 1, "GNU.sparse.minor": 0, "GNU.sparse.realsize": 2**60})
    + header(octal(512), b"0", "activations.py") + b"1\n0\n1\n".ljust(512, b"\0"),
    "torn.zip": zipped({"activations.py": os.urandom(5000)})[:-40],
    "torn inside.zip": zipped({"activations.py": MODULE * 500}).replace(b"activations.pyK", b"activations.py\xff", 1),
    "an empty name.tar": header(octal(6), b"0", "") + MODULE.ljust(512, b"\0"),
    "named dot.zip": zipped({".": MODULE, "./": MODULE, "a/./": MODULE}),
    "no text.zip": zipped({"\udcff".encode("utf-8", "surrogateescape").decode("latin-1") + ".py": MODULE}),
    "long name.zip": zipped({"a" * 5000 + ".py": MODULE, "b/" * 5000 + "c.py": MODULE, "activations.py": MODULE}),
    "a folder that is a file.zip": zipped({"a": MODULE, "a/activations.py": MODULE, "activations.py/b.py": MODULE}),
}  # fmt: skip


@pytest.fixture
def find(tmp_path):
    """Give the archives to students of their names, beside an honest one; the rows, and the seconds that it took."""

    def run(archives):
        folder, scratch = tmp_path / "class", tmp_path / "scratch"
        (folder / "honest").mkdir(parents=True)
        (folder / "honest" / "activations.py").write_bytes(MODULE)
        for name, content in archives.items():
            (folder / name).write_bytes(content)
        scratch.mkdir()
        started = time.monotonic()
        found = find_submissions(folder, UNITS, scratch)
        rows = {each.student: each for each in found.submissions}
        assert rows["honest"].module.read_bytes() == MODULE
        return rows, time.monotonic() - started, scratch

    return run


def resident():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_their_students_rows(find, name):
    before = resident()
    rows, seconds, scratch = find({name: BOMBS[name]})
    row = rows[name.partition(".")[0]]
    assert row.module is None
    assert row.problem
    assert seconds < budget.STUDENT[2] + 1
    assert resident() - before < MEMORY
    left = sum(path.stat().st_size for path in scratch.rglob("*") if path.is_file())
    assert left < 2**20


@pytest.mark.parametrize("name", ODD)
def test_odd_archives_end_nothing(find, name):
    rows, seconds, _ = find({name: ODD[name]})
    assert name.partition(".")[0] in rows
    assert seconds < 1


def test_a_time_that_no_calendar_holds_is_no_time(find):
    rows, _, _ = find({"time.tar": ODD["time.tar"]})
    assert rows["time"].module.read_bytes() == MODULE


def test_one_budget_for_all_archives_of_a_student(find, monkeypatch):
    monkeypatch.setattr(budget, "STUDENT", (2**20, 100, 5.0))
    part = zipped({"activations.py": os.urandom(300_000)}, zipfile.ZIP_STORED)
    rows, _, _ = find({f"mallory_1_{number}_work.zip": part for number in range(5)} | {"alice_2_9_work.zip": part})
    assert rows["alice"].module
    assert rows["mallory"].module  # what was within the budget counts


def test_the_budget_counts_what_lies_inside(find, monkeypatch):
    monkeypatch.setattr(budget, "STUDENT", (2**20, 100, 5.0))
    part = zipped({"activations.py": os.urandom(300_000)}, zipfile.ZIP_STORED)
    rows, _, _ = find({"bob_1_2_work.zip": zipped({f"{n}.zip": part for n in range(3)}, zipfile.ZIP_STORED)})
    assert "unpacks to more than 1 MB" in rows["bob"].problem


def test_a_member_of_a_download_is_its_students_row(tmp_path):
    good = zipped({"activations.py": MODULE})
    (tmp_path / "download.zip").write_bytes(
        zipped({
            "alice_1_2_activations.py": MODULE, "bob_3_4_work.zip": good, "mallory_5_6_activations.py": zeros(2**26 + 1),
            "eve_7_8_work.zip": BIG, "torn_9_10_work.zip": good[:50], "../../upwards_1_1_activations.py": MODULE,
        })
    )  # fmt: skip
    found = find_submissions(tmp_path / "download.zip", UNITS)
    rows = {each.student: each for each in found.submissions}
    assert rows["alice"].module
    assert rows["bob"].module
    assert rows.keys() == {"alice", "bob", "mallory", "eve", "torn"}
    assert all(rows[name].problem for name in ("mallory", "eve", "torn"))
    assert any("leads out of it" in reason for _, reason in found.ignored)


def seeds():
    """Small archives of every kind, to be torn."""
    files = {"activations.py": MODULE * 50, "02_activations/helper.py": b"y = 2\n", "notes.txt": os.urandom(100)}
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        yield "zip", zipped(files, method)
        yield "zip", zipped({"inner.zip": zipped(files, method), "b.tar.gz": tarred(files, "w:gz")}, method)
    for mode in ("w", "w:gz", "w:bz2", "w:xz"):
        for form in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
            long = {"n" * 90 + ".py": b"z", "d/" * 45 + "activations.py": MODULE}
            yield "tar", tarred({**files, **long}, mode, form, mtime=1.5 if form == tarfile.PAX_FORMAT else 1)
    yield from (("tar" if name.endswith("r") else "zip", content) for name, content in ODD.items())


def torn(content, chance):
    """A few bytes changed, cut out, doubled or swapped for numbers that parsers stumble over."""
    content = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        if not content:
            break
        place = chance.randrange(len(content))
        kind = chance.randrange(6)
        if kind == 0:
            content[place] = chance.randrange(256)
        elif kind == 1:
            del content[place : place + chance.choice((1, 10, 500))]
        elif kind == 2:
            content[place:place] = content[place : place + chance.choice((1, 10, 600))]
        elif kind == 3:
            content[place : place + 4] = chance.choice((b"\0\0\0\0", b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f"))
        elif kind == 4:
            content[place : place + 12] = base256(chance.choice((-1, -512, 2**40, 2**90)))
        else:
            del content[place:]
    return bytes(content)


def mended(content):
    """A tar's checksums made right again, so that more than the first look is tested."""
    content = bytearray(content)
    for start in range(0, len(content) - 511, 512):
        block = content[start : start + 512]
        if block[257:262] == b"ustar":
            block[148:156] = b" " * 8
            content[start + 148 : start + 156] = b"%06o\0 " % sum(block)
    return bytes(content)


def test_torn_archives_end_nothing(tmp_path):
    """Run longer with FUZZ_SECONDS=3600."""
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    kinds = list(seeds())
    end = time.monotonic() + FUZZ_SECONDS
    count = 0
    while time.monotonic() < end:
        folder, scratch = tmp_path / f"class{count}", tmp_path / f"scratch{count}"
        folder.mkdir()
        (scratch / "download").mkdir(parents=True)
        kind_of = {}
        for number in range(50):
            ending, content = chance.choice(kinds)
            content = torn(content, chance)
            if ending == "tar" and chance.random() < 0.7:
                content = mended(content)
            (folder / f"s{number}.{ending}").write_bytes(content)
            kind_of[number] = ending
        (folder / "honest").mkdir()
        (folder / "honest" / "activations.py").write_bytes(MODULE)
        started = time.monotonic()
        try:
            found = find_submissions(folder, UNITS, scratch)
        except Exception as error:
            pytest.fail(f"seed {seed}, class {count} in {tmp_path}: {type(error).__name__}: {error}")
        assert time.monotonic() - started < 20
        assert len(found.submissions) == 51
        with contextlib.suppress(SubmissionsError):  # as a download of the whole class: a sentence, no traceback
            find_submissions(folder / f"s0.{kind_of[0]}", UNITS, scratch / "download")
        count += 1
        for path in (folder, scratch):
            shutil.rmtree(path)
    assert count
