"""Attacks before anything is graded: files that hang or lead away, folders of others, invented students, invented times."""

import ast
import os
import re
import threading
import time
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from autograder.grading.run import Digests
from autograder.intake import opening
from autograder.intake.opening import Refused, open_plain, read_plain
from autograder.intake.submissions import find_submissions

ROOT = Path(__file__).resolve().parents[2]
SECRET = "CANARY-"


@pytest.fixture
def units(grader):
    return [grader.place.unit("activations"), grader.place.unit("neurons")]


@pytest.fixture
def find(tmp_path, units):
    """What is found in tmp_path/class (or another folder), by student and unit."""

    def run(root="class"):
        found = find_submissions(tmp_path / root, units)
        return {(each.student, each.unit): each for each in found.submissions}, dict(found.ignored)

    return run


@pytest.fixture
def graded(grader, find):
    """Grade a student's activations from tmp_path/class as the command does."""

    def run(student, root="class"):
        work = find(root)[0][student, "activations"]
        return grader.session.grade(student, grader.place.unit("activations"), work.module, [work.module.parent])

    return run


def write(path, text="x = 1\n", then=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    if then is not None:
        os.utime(path, (then, then))
    return path


def endless(path, kind):
    """A file that never ends, never begins, or is another's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "link to a pipe":
        os.mkfifo(path.with_name("pipe"))
        path.symlink_to("pipe")
    elif kind == "huge":
        path.touch()
        os.truncate(path, 2**40)
    elif kind == "terminal":
        path.symlink_to("/dev/tty")
    elif kind == "hard link":
        os.link(write(path.parents[3] / f"outside{len(str(path))}.py", f"# {SECRET}"), path)
    elif kind == "loop":
        path.symlink_to(path.name)
    else:
        path.symlink_to(Path("/proc/self") / kind)


KINDS = ["device", "pipe", "link to a pipe", "huge", "terminal", "hard link", "loop", "mem", "environ", "fd/0", "cwd"]
NAMES = [
    "activations.py",
    "activations.ipynb",
    "helper.py",
    "helpers/__init__.py",
    "timestamp.txt",
    "work.zip",
    "work.tar",
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_no_file_stops_the_run(tmp_path, find, kind, name):
    write(tmp_path / "submitted" / "alice" / "02_activations" / "activations.py")
    folder = tmp_path / "submitted" / "mallory" / "02_activations"
    if not name.startswith("activations"):
        write(folder / "activations.py")
    endless(folder / name, kind)
    started = time.monotonic()
    rows, _ = find("submitted")
    assert time.monotonic() - started < 2
    assert rows["alice", "activations"].module
    row = rows["mallory", "activations"]
    if name.startswith("activations"):
        assert row.module is None
        assert re.search(r"symbolic link|not a regular file|larger than|hard link", row.problem), row.problem
    else:
        for path in row.module.parent.rglob("*"):
            assert not path.is_symlink()
            assert path.is_dir() or SECRET not in path.read_text()


def test_a_linked_helper_says_so_to_its_student(tmp_path, grader, graded):
    for student, target in {"mallory": ROOT / "solutions/02_activations/activations.py", "eve": "/etc/passwd"}.items():
        write(tmp_path / "class" / student / "activations.py", "from helper import *\n")
        (tmp_path / "class" / student / "helper.py").symlink_to(target)
        result = graded(student)
        assert result.points == 0
        assert "helper.py is a symbolic link: hand in the file itself" in result.message
    write(tmp_path / "class" / "bob" / "activations.py", "from helpers.more import *\n")
    write(tmp_path / "class" / "bob" / "helpers" / "more.py", grader.place.reference())
    assert graded("bob").points == 30


def test_a_file_that_may_not_be_read_is_its_students_row(tmp_path, find, monkeypatch):
    real = os.open

    def no_rights(path, *arguments, **options):
        if path in ("activations.py", "closed"):
            raise PermissionError(13, "Permission denied", path)
        return real(path, *arguments, **options)

    write(tmp_path / "class" / "alice" / "neurons.py")
    write(tmp_path / "class" / "mallory" / "activations.py")
    write(tmp_path / "class" / "eve" / "closed" / "neurons.py")
    monkeypatch.setattr(opening.os, "open", no_rights)
    rows, _ = find()
    assert rows["mallory", "activations"].problem == "activations.py cannot be read: Permission denied"
    assert rows["eve", "neurons"].problem == "neurons.py cannot be read: Permission denied"
    assert rows["alice", "neurons"].module


def test_a_folder_that_may_not_be_read_is_its_students_row(tmp_path, find, monkeypatch):
    real = os.scandir

    def no_rights(path):
        if Path(path).name == "mallory":
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    write(tmp_path / "class" / "alice" / "activations.py")
    write(tmp_path / "class" / "mallory" / "activations.py")
    monkeypatch.setattr(os, "scandir", no_rights)
    rows, _ = find()
    assert "cannot be read: Permission denied" in rows["mallory", "activations"].problem
    assert rows["alice", "activations"].module


@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_is_swapped_between_look_and_use_changes_nothing(tmp_path, monkeypatch, what):
    secret = write(tmp_path / "secret" / "activations.py", SECRET)
    own = write(tmp_path / "own" / "work" / "activations.py")
    real, swapped = os.stat, []

    def swap(*arguments, **options):
        status = real(*arguments, **options)
        if not swapped:
            swapped.append(own)
            own.unlink()
            own.symlink_to(secret)
        return status

    if what == "file":
        monkeypatch.setattr(opening.os, "stat", swap)
    else:
        own.unlink()
        own.parent.rmdir()
        own.parent.symlink_to(secret.parent)
    with pytest.raises(Refused, match="cannot be read"):
        read_plain(tmp_path / "own", ("work", "activations.py"), 100)


def test_links_swapped_in_all_the_time_are_never_followed(tmp_path):
    """A racing thread, as a student might have one on a machine that is shared."""
    secret = write(tmp_path / "secret", SECRET)
    own = write(tmp_path / "own.py", "own")
    stop = threading.Event()

    def race():
        while not stop.is_set():
            for way in (lambda path: path.symlink_to(secret), lambda path: path.write_text("own"), os.mkfifo):
                way(tmp_path / "next")
                os.replace(tmp_path / "next", own)

    thread = threading.Thread(target=race)
    thread.start()
    read = set()
    try:
        end = time.monotonic() + 1
        while time.monotonic() < end:
            try:
                read.add(read_plain(tmp_path, (own.name,), 100))
            except Refused:
                read.add(b"refused")
    finally:
        stop.set()
        thread.join()
    assert read <= {b"own", b"", b"refused"}
    assert {b"own", b"refused"} <= read


def test_a_file_that_grows_is_read_no_further(tmp_path):
    path = write(tmp_path / "a.py", "a" * 100)
    with open_plain(tmp_path, ("a.py",), 100):
        pass
    path.write_text("a" * 101)
    with pytest.raises(Refused, match="larger than 100 bytes"):
        read_plain(tmp_path, ("a.py",), 100)


# How each file of these rooms opens anything: "name of the call" -> how often. What students handed in goes through opening.py.
OPENING = {
    "open",
    "read_bytes",
    "read_text",
    "copyfile",
    "copy",
    "copy2",
    "copytree",
    "ZipFile",
    "TarFile",
    "loadtxt",
    "load",
}
ELSEWHERE = {
    "intake/archives.py": {"ZipFile": 1, "open": 3},  # of the open file; a member of a zip; the tar; a file of ours
    "intake/late.py": {"open": 1},  # the teacher's CSV
    "nbgrader/own_code.py": {"read_bytes": 1},  # of the copy that intake made
    "intake/similar.py": {"read_text": 2},  # the reference; a text that opening.py has read, in a folder of ours
}


def test_nothing_else_opens_what_students_handed_in():
    for room in ("intake", "nbgrader"):
        for path in (ROOT / "autograder" / room).glob("*.py"):
            name = f"{room}/{path.name}"
            if name == "intake/opening.py":
                continue
            calls = {}
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call):
                    function = getattr(node.func, "attr", getattr(node.func, "id", ""))
                    if function in OPENING:
                        calls[function] = calls.get(function, 0) + 1
            assert calls == ELSEWHERE.get(name, {}), name
    for path in ("run.py", "executors.py"):
        text = (ROOT / "autograder" / "grading" / path).read_text()
        assert "submission.module.read" not in text
        assert "module.parent.glob" not in text


# What decides whether a result is used again


@pytest.mark.parametrize("name", ["helper.py", "helpers/__init__.py", "helpers/deep/er/more.py", "activations.py"])
def test_whatever_may_be_read_is_in_the_digest(tmp_path, grader, find, name):
    digest = Digests(grader.place.course, "seed", "sandbox")
    write(tmp_path / "class" / "alice" / "activations.py")
    digests = []
    for text in ("x = 0\n", "x = 2\n"):
        write(tmp_path / "class" / "alice" / name, text)
        digests.append(digest(find()[0]["alice", "activations"]))
    path = tmp_path / "class" / "alice" / name
    (path.unlink() if name != "activations.py" else path.write_text("x = 3\n"))
    digests.append(digest(find()[0]["alice", "activations"]))
    assert len(set(digests)) == 3


def test_what_is_in_no_digest_cannot_be_read(tmp_path, grader, graded):
    """Data, bytecode and what lies too deep or is too much are not there at all."""
    for name in ("weights.npy", "notes.txt", "__pycache__/helper.pyc", ".hidden/a.py", "more.so"):
        write(tmp_path / "class" / "mallory" / name, SECRET)
    look = "import os\nfound = [os.path.join(f, n) for f, _, ns in os.walk(os.path.dirname(__file__)) for n in ns]\n"
    look += "raise LookupError(found)\n"
    write(tmp_path / "class" / "mallory" / "activations.py", look)
    assert re.search(r"LookupError: \['[^',]*/activations.py'\]", graded("mallory").message)


def test_too_many_helpers_are_left_out_by_name(tmp_path, find):
    folder = tmp_path / "class" / "mallory"
    write(folder / "activations.py")
    for number in range(400):
        write(folder / "environment" / f"m{number}.py")
    write(folder / "helper.py")
    rows, ignored = find()
    copied = {path.name for path in rows["mallory", "activations"].module.parent.rglob("*.py")}
    assert {"helper.py", "activations.py"} < copied
    assert len(copied) == 301
    assert any("too many" in reason for reason in ignored.values())


# Whose is what


def test_a_student_called_like_the_module_reads_nobody_elses_work(tmp_path, grader, find, graded):
    folder = tmp_path / "class" / "02_activations"
    write(folder / "alice.py", grader.place.reference())
    write(folder / "bob" / "activations.py", grader.place.reference())
    for name in ("activations", "02_activations", "neurons", "submission"):
        for text in ("from alice import *\n", "from bob.activations import *\n", "from ..alice import *\n"):
            write(folder / f"{name}.py", text)
            rows, _ = find()
            assert [path.name for path in rows[name, "activations"].module.parent.iterdir()] == ["activations.py"]
            result = graded(name)
            assert (result.status, result.points) == ("not loaded", 0)
    assert graded("alice").points == 30


@pytest.mark.parametrize(
    "layout", ["{}/02_activations/activations.py", "{}/activations.py", "{}.zip", "{}_1_2_activations.py"]
)
def test_students_called_like_folders_are_students(tmp_path, find, layout):
    names = [
        "submission",
        "archive",
        "submitted",
        "losses",
        "02_activations",
        "activations",
        "alice",
        "bob",
        "carol",
        "dave",
    ]
    names += ["eve", "fay", "gil"]
    if "_1_2_" in layout:
        names.remove("02_activations")
    for name in names:
        path = tmp_path / "class" / layout.format(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".zip":
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("02_activations/activations.py", f"# {name}")
        else:
            path.write_text(f"# {name}")
    rows, _ = find()
    texts = {student: each.module.read_text() for (student, unit), each in rows.items() if unit == "activations"}
    assert texts == {name: f"# {name}" for name in names}
    assert all(os.listdir(each.module.parent) == ["activations.py"] for each in rows.values() if each.module)


PHANTOMS = [
    "bob_77_88_activations.py",
    "bob_77_assignsubmission_file_/activations.py",
    "carol_9_assignsubmission_file_activations.py",
    "02_activations/bob/activations.py",
    "submitted/bob/02_activations/activations.py",
    "work/bob_LATE_77_88_activations.py",
    "submissions/carol_1_2_activations.py",
]


@pytest.mark.parametrize("name", PHANTOMS)
@pytest.mark.parametrize("way", ["folder", "archive", "archive in an archive", "Canvas", "Moodle", "unit"])
def test_names_inside_make_nobody_a_student(tmp_path, find, name, way):
    root = tmp_path / "class"
    write(root / ("02_activations/alice/activations.py" if way == "unit" else "alice/activations.py"))
    write(root / ("02_activations/bob/activations.py" if way == "unit" else "bob/activations.py"), "# bob's own\n")
    places = {"folder": "mallory", "Moodle": "mallory_5_assignsubmission_file_", "unit": "02_activations/mallory"}
    if way in places:
        write(root / places[way] / name, "# mallory's\n")
    else:
        path = root / ("mallory_5_6_work.zip" if way == "Canvas" else "mallory.zip")
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(name, "# mallory's\n")
        if way == "archive in an archive":
            with zipfile.ZipFile(root / "outer.zip", "w") as archive:
                archive.write(path, "bob_77_88_work.zip")
            os.replace(root / "outer.zip", path)
    rows, _ = find()
    assert {student for student, _ in rows} == {"alice", "bob", "mallory"}
    assert rows["bob", "activations"].module.read_text() == "# bob's own\n"


@pytest.mark.parametrize(
    "name",
    ["mallory_5_6_bob_7_assignsubmission_file_activations.py", "mallory_5_assignsubmission_file_bob_7_assignsubmission_file_"
     "activations.py", "mallory_5_6_bob_7_8_activations.py"],
)  # fmt: skip
def test_a_platforms_pattern_counts_once(tmp_path, find, name):
    write(tmp_path / "class" / "alice_1_2_activations.py")
    write(tmp_path / "class" / name)
    assert {student for student, _ in find()[0]} == {"alice", "mallory"}


# When it was handed in

LATE = datetime(2026, 12, 24, tzinfo=UTC)
EARLY = "2026-01-01 00:00:00.000000 UTC"


def early(path, names):
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in names.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), text)
    os.utime(path, (LATE.timestamp(), LATE.timestamp()))


@pytest.mark.parametrize("root", ["class", "submitted"])
@pytest.mark.parametrize(
    "place", ["", "02_activations/", "02_activations/deeper/", "submitted/mallory/02_activations/"]
)
def test_what_a_student_wrote_is_no_evidence(tmp_path, find, root, place):
    folder, late = tmp_path / root, LATE.timestamp()
    names = {f"{place}timestamp.txt": EARLY, f"{place}activations.py": "x = 1\n"}
    folder.mkdir()
    early(folder / "zipped.zip", names)
    early(folder / "canvas_1_2_work.zip", names)
    if place != "02_activations/" or root != "submitted":  # there it is nbgrader's own
        for name, text in names.items():
            write(folder / "plain" / name, text, late)
    rows, _ = find(root)
    assert {each.submitted for each in rows.values() if each.module} == {None}


def test_an_early_date_inside_does_not_beat_a_later_resubmission(tmp_path, find):
    for number, year in ((1, 2026), (2, 2025)):
        path = tmp_path / "class" / f"mallory_1_{number}_work.zip"
        path.parent.mkdir(exist_ok=True)
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(zipfile.ZipInfo("activations.py", (year, 1, 1, 0, 0, 0)), f"# {number}")
        os.utime(path, (1e9 + number, 1e9 + number))
    row = find()[0]["mallory", "activations"]
    assert row.module.read_text() == "# 2"
    assert row.submitted is None
