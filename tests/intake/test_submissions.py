"""Finding submissions: every layout of the docstring, real bulk-download names, notebooks, and archives that attack."""

import io
import json
import os
import stat
import subprocess
import sys
import tarfile
import tracemalloc
import zipfile
from datetime import UTC, datetime

import pytest

from autograder.course.units import load_course
from autograder.intake import archives, budget
from autograder.intake.archives import safe_parts, without_ending
from autograder.intake.budget import UnsafeArchive
from autograder.intake.submissions import SubmissionsError, find_submissions
from autograder.intake.written import text_of, written
from autograder.sandbox import notebook_source as notebooks
from autograder.sandbox.encodings import as_utf8
from autograder.sandbox.notebook_source import exported_source, notebook_source

COURSE = load_course()
NEURONS, ACTIVATIONS = COURSE.unit("neurons"), COURSE.unit("activations")
UNITS = [NEURONS, ACTIVATIONS]


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "submissions"
    path.mkdir()
    return path


@pytest.fixture
def find(folder, tmp_path):
    """Search the folder (or another root); {(student, unit): text of the module}, what was left out, all of it."""

    def run(root=folder, units=UNITS):
        scratch = tmp_path / "scratch"
        scratch.mkdir()
        found = find_submissions(root, units, scratch)
        texts = {(each.student, each.unit): each.module.read_text() for each in found.submissions if each.module}
        return texts, dict(found.ignored), found

    return run


def write(path, text="x = 1"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def zipped(files):
    """A zip in memory; values are texts or bytes, keys names or ZipInfo."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


LAYOUTS = {
    "the course's own": ["alice/02_activations/activations.py", "bob/02_activations/activations.py"],
    "by id": ["alice/activations/activations.py", "bob/activations/activations.py"],
    "side by side": ["alice/activations.py", "bob/activations.py"],
    "in a wrapper": ["submitted/alice/activations/activations.py", "submitted/bob/activations/activations.py"],
    "a folder a unit": ["02_activations/alice/activations.py", "02_activations/bob/activations.py"],
    "a folder a unit, files of students": ["02_activations/alice.py", "activations/bob.py"],
    "deeper": ["alice/work/week 2/activations.py", "bob/my/own/folders/activations.py"],
    "in an assignment's folder": ["hw2/alice/activations.py", "hw2/bob/activations.py"],
    "in an export's two folders": [
        "assignment_7_export/hw2-submissions/alice/activations.py",
        "assignment_7_export/hw2-submissions/bob/exercises/02_activations/activations.py",
    ],
    "archives' folders in a folder": ["lab 3/alice/x/activations.ipynb", "lab 3/bob/activations.ipynb"],
    "Canvas, in a folder": ["Week 2/alice_12_34_activations.py", "Week 2/bob_LATE_13_35_activations-2.py"],
    "Canvas, unpacked": ["alice_12_34_activations.py", "bob_LATE_13_35_activations-2.py"],
    "Moodle, folders": [
        "alice_12_assignsubmission_file_/activations.py",
        "bob_13_assignsubmission_file/activations.py",
    ],
    "Moodle, files": ["alice_12_assignsubmission_file_activations.py", "bob_13_assignsubmission_file_activations.py"],
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("form", ["folder", "zip", "tar.gz"])
def test_layouts(folder, tmp_path, find, layout, form):
    texts = {name: f"# of {name}" for name in LAYOUTS[layout]}
    root = folder
    if form == "folder":
        for name, text in texts.items():
            write(folder / name, text)
    elif form == "zip":
        root = tmp_path / "download.zip"
        root.write_bytes(zipped(texts))
    else:
        root = tmp_path / "download.tar.gz"
        with tarfile.open(root, "w:gz") as archive:
            for name, text in texts.items():
                info = tarfile.TarInfo(name)
                info.size = len(text)
                archive.addfile(info, io.BytesIO(text.encode()))
    found, ignored, everything = find(root)
    assert found == {
        (student, "activations"): text for student, text in zip(("alice", "bob"), texts.values(), strict=True)
    }
    assert ignored == {}
    assert len(everything.submissions) == 4
    for each in everything.submissions:
        if each.module:
            assert each.module.stem == "activations"


def students(found):
    return sorted({each.student for each in found.submissions if each.module})


def test_three_folders_with_one_module_are_students_whatever_holds_them_is_called(folder, find):
    for name in ("alice", "bob", "cy"):
        write(folder / "Deep Learning" / name / "activations.py", name)
    assert students(find()[2]) == ["alice", "bob", "cy"]


@pytest.mark.parametrize("tops", [["alice"], ["monday", "tuesday"]])
def test_where_students_could_be_on_two_levels_it_is_asked(folder, find, tops, tmp_path):
    for top in tops:
        for name in ("one", "two"):
            write(folder / top / f"{top} {name}" / "activations.py", name)
    with pytest.raises(SubmissionsError, match=rf"is '{tops[0]}' one student, or .*{tops[0]} one.*--students-at"):
        find()
    for depth, expected in ((1, tops), (2, [f"{top} {name}" for top in tops for name in ("one", "two")])):
        found = find_submissions(folder, UNITS, students_at=depth)
        assert students(found) == expected


def test_students_at_a_depth_with_units_above_and_what_lies_higher(folder):
    write(folder / "2026" / "02_activations" / "alice" / "x.py", "a")
    write(folder / "2026" / "02_activations" / "alice" / "activations.py", "a")
    write(folder / "2026" / "notes.py", "whose?")
    found = find_submissions(folder, UNITS, students_at=3)
    assert students(found) == ["alice"]
    assert [path for path, _ in found.ignored] == ["2026/notes.py"]


def test_a_path_as_long_as_a_stranger_likes_ends_nothing(tmp_path):
    download = tmp_path / "download.zip"
    download.write_bytes(zipped({"b/" * 5000 + "activations.py": "x"}))
    assert students(find_submissions(download, UNITS)) == ["b"]


def test_anonymous_downloads_and_names_with_underscores(folder, find):
    for name in ("anon_12_34_activations.py", "anon_56_78_activations.py", "de_la_cruz_9_10_activations.py"):
        write(folder / name, name)
    write(folder / "Participant_11_assignsubmission_file_" / "activations.py", "p")
    assert students(find()[2]) == ["Participant", "anon_12", "anon_56", "de_la_cruz"]


def test_an_export_of_gradescope_names_the_students_and_each_of_a_group(folder, find):
    names = {1: ["Ada Ng"], 2: ["Bo Li", "Cy Day"], 3: ["Ada Ng"]}
    people = {f"submission_{n}": {":submitters": [{":name": each} for each in who]} for n, who in names.items()}
    write(folder / "assignment_5_export" / "submission_metadata.yml", json.dumps(people))
    for number in names:
        write(folder / "assignment_5_export" / f"submission_{number}" / "activations.py", f"{number}")
    texts, ignored, _ = find(units=[ACTIVATIONS])
    assert {name: text for (name, _), text in texts.items()} == {
        "Bo Li": "2", "Cy Day": "2", "submission_1": "1", "submission_3": "3",  # two of one name
    }  # fmt: skip
    assert ignored == {}


WORK = "def softmax(x):\n    return x\n"
STUB = 'def softmax(x):\n    """Of x."""\n    raise NotImplementedError\n'
MOST = "".join(f"def {name}(x):\n    return x\n" for name in ACTIVATIONS.points)


@pytest.mark.parametrize(
    "name",
    [
        "activations (1).py", "Copy of activations.py", "Activations.PY", "activations.py.txt", "activations - Copy (2).py",
        "activations_final.py", "activations (3).ipynb", "activations.ipynb.txt", "02_activations (1).py",
    ],
)  # fmt: skip
def test_a_name_that_is_nearly_right_is_taken_and_told(folder, find, name):
    text = notebook(WORK) if "ipynb" in name else WORK
    write(folder / "alice" / name, text)
    texts, _, found = find(units=[ACTIVATIONS])
    assert texts == {("alice", "activations"): text}
    assert found.submissions[0].note.startswith(f"{name} was taken for activations.")


@pytest.mark.parametrize("name", ["my_activations.py", "homework.py", "Untitled12.ipynb"])
def test_a_module_is_known_by_what_it_defines(folder, find, name):
    text = notebook(MOST) if "ipynb" in name else MOST
    write(folder / "alice" / name, text)
    write(folder / "alice" / "test_activations.py", MOST)
    write(folder / "alice" / "helpers.py", WORK)
    write(folder / "bob" / "neurons.py", "x = 1")
    texts, _, found = find(units=[ACTIVATIONS])
    assert texts == {("alice", "activations"): text}
    assert found.submissions[0].note.startswith(f"{name} was taken for")


def test_a_stub_never_wins_over_work(folder, find):
    for student, files in {
        "alice": {"old/activations.py": WORK, "new/activations.py": STUB},
        "bob": {"activations (1).py": WORK, "activations.py": STUB},
        "cy": {"mine.py": MOST, "activations.py": STUB.replace("\n", "\r\n")},
        "dee": {
            "activations.ipynb": notebook(WORK),
            "activations.py": STUB.replace("Of x", "Last year's words") + "\n\n",
        },
        "eve": {"activations-2.py": STUB, "activations-1.py": WORK},
    }.items():
        for age, (name, text) in enumerate(files.items()):
            write(folder / student / name, text)
            os.utime(folder / student / name, (1e9 + age, 1e9 + age))
    texts, _, _ = find(units=[ACTIVATIONS])
    assert {name for name, _ in texts} == {"alice", "bob", "cy", "dee", "eve"}
    assert not [name for (name, _), text in texts.items() if "NotImplementedError" in text]


def test_of_two_that_have_work_in_them_the_newest_counts(folder, find):
    for age, name in enumerate(("a.py", "b.py")):
        write(folder / "alice" / name, f"# {name}\n{MOST}")
        os.utime(folder / "alice" / name, (1e9 + age, 1e9 + age))
    assert find(units=[ACTIVATIONS])[0]["alice", "activations"].startswith("# b.py")


@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
@pytest.mark.parametrize("text", ["", "def softmax(x):\n    return (  # \xe9", "def softmax(x):\r\n    return x"])
def test_how_much_is_written_is_read_off_any_text(text, code):
    assert written(text_of(text.encode(code), False), ACTIVATIONS) == ("softmax" in text)


def test_of_a_large_notebook_the_definitions_count():
    big = json.dumps({"cells": [{"cell_type": "code", "source": WORK, "outputs": ["x" * (5 * 2**20)]}]})
    assert written(text_of(big.encode(), True), ACTIVATIONS) == 1


def test_a_class_counts_by_its_methods():
    unit = COURSE.unit("optimizers")
    stub = (COURSE.root / "exercises" / unit.folder / unit.module).read_text()
    given = written(stub, unit)
    assert written(stub.replace("raise NotImplementedError", "return 0", 1), unit) == given + 1
    assert written(stub.replace("\n", "\r\n"), unit) == given


def test_an_archive_for_each_student_and_archives_in_a_bulk_download(folder, find):
    (folder / "carol.zip").write_bytes(zipped({"02_activations/activations.py": "c"}))
    (folder / "dave_7_8_work.zip").write_bytes(zipped({"homework/activations.py": "d", "homework/neurons.py": "dn"}))
    found, _, _ = find()
    assert found == {("carol", "activations"): "c", ("dave", "activations"): "d", ("dave", "neurons"): "dn"}


@pytest.mark.parametrize("place", ["submissions.zip", "02_activations.zip", "02_activations/submissions.zip"])
def test_a_bulk_download_of_archives(folder, find, place):
    (folder / place).parent.mkdir(exist_ok=True)
    inside = {"eve_9_10_work.zip": zipped({"activations.py": "e"}), "fay_LATE_11_12_activations-3.py": "f"}
    (folder / place).write_bytes(zipped(inside))
    assert find()[0] == {("eve", "activations"): "e", ("fay", "activations"): "f"}


def test_the_newest_resubmission_wins(folder, find):
    for name, age in (
        ("activations.py", 30),
        ("activations-1.py", 20),
        ("activations-10.py", 10),
        ("activations-9.py", 1),
    ):
        path = folder / f"alice_1_{age}_{name}"
        write(path, name)
        os.utime(path, (1e9 - age, 1e9 - age))
    for name, age in (("old/activations.py", 20), ("new/activations.py", 10)):
        write(folder / "bob" / name, name)
        os.utime(folder / "bob" / name, (1e9 - age, 1e9 - age))
    found, _, _ = find()
    assert found == {("alice", "activations"): "activations-10.py", ("bob", "activations"): "new/activations.py"}


def test_two_students_of_one_name_are_kept_apart(folder, find):
    write(folder / "Kim Lee_1_assignsubmission_file_" / "activations.py", "one")
    write(folder / "Kim Lee_2_assignsubmission_file_" / "activations.py", "two")
    assert find()[0] == {("Kim Lee_1", "activations"): "one", ("Kim Lee_2", "activations"): "two"}


def test_nobody_reads_what_lies_beside_in_a_shared_folder(folder, find):
    write(folder / "alice_1_2_activations.py", "a")
    write(folder / "bob_3_4_activations.py", "b")
    _, _, found = find()
    for each in found.submissions:
        if each.module:
            assert os.listdir(each.module.parent) == ["activations.py"]
            assert folder not in each.module.parents


def test_times_come_from_nbgrader_and_marks_from_canvas_and_files_are_no_evidence(folder, tmp_path, find):
    write(folder / "alice" / "activations.py")
    write(folder / "zed_LATE_1_2_activations.py")
    found = [each for each in find()[2].submissions if each.module]
    assert [(each.student, each.submitted, each.marked_late) for each in found] == [
        ("alice", None, False),
        ("zed", None, True),
    ]
    info = zipfile.ZipInfo("bob_1_2_activations.py", (2026, 11, 20, 10, 30, 0))
    (tmp_path / "download.zip").write_bytes(zipped({info: "x"}))
    tree = tmp_path / "submitted"
    write(tree / "carol" / "02_activations" / "activations.py")
    write(tree / "carol" / "02_activations" / "timestamp.txt", "2026-11-19 23:59:58.500000 UTC")
    write(tree / "dave" / "02_activations" / "deep" / "activations.py")
    write(tree / "dave" / "02_activations" / "timestamp.txt", "2026-11-19 23:59:59 UTC")
    write(tree / "dave" / "02_activations" / "deep" / "timestamp.txt", "2000-01-01 00:00:00 UTC")
    times = {}
    for root in (tmp_path / "download.zip", tree):
        found = find_submissions(root, [ACTIVATIONS]).submissions
        times |= {each.student: each.submitted for each in found}
    assert times == {
        "bob": None,
        "carol": datetime(2026, 11, 19, 23, 59, 58, 500000, tzinfo=UTC),
        "dave": datetime(2026, 11, 19, 23, 59, 59, tzinfo=UTC),
    }


def test_a_notebook_counts_where_there_is_no_module(folder, find):
    write(folder / "alice" / "activations.ipynb", "{}")
    write(folder / "bob" / "activations.ipynb", "{}")
    write(folder / "bob" / "activations.py", "module")
    assert find()[0] == {("alice", "activations"): "{}", ("bob", "activations"): "module"}


def test_a_notebook_with_functions_counts_before_a_module_as_it_was_given(folder, tmp_path):
    given = tmp_path / "exercises" / "02_activations" / "activations.py"
    write(given, "def relu(x): raise NotImplementedError")
    cells = [{"cell_type": "code", "source": "def relu(x): return max(x, 0)"}]
    for student, module, notebook in (
        ("alice", given.read_text(), json.dumps({"cells": cells})),  # she worked in the notebook
        ("bob", "def relu(x): return x", json.dumps({"cells": cells})),
        ("carol", given.read_text(), "{}"),  # she did nothing
    ):
        write(folder / student / "activations.py", module)
        write(folder / student / "activations.ipynb", notebook)
    unit = load_course().unit("activations")
    found = find_submissions(folder, [unit], exercises=tmp_path / "exercises")
    assert [each.module.name for each in found.submissions] == ["activations.ipynb", "activations.py", "activations.py"]


def test_students_who_handed_in_nothing_are_there(folder, find):
    write(folder / "alice" / "activations.py")
    (folder / "bob").mkdir()
    write(folder / "carol" / "notes.txt")
    found = find(units=[ACTIVATIONS])[2]
    assert [(each.student, bool(each.module)) for each in found.submissions] == [
        ("alice", True),
        ("bob", False),
        ("carol", False),
    ]


def link(name, target="/etc/passwd"):
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return zipped({info: target, "notes.txt": "x"})


def lying():
    content = zipped({"activations.py": "x" * 5000})
    return content.replace((5000).to_bytes(4, "little"), (10).to_bytes(4, "little"))


def tar_with(**attributes):
    """One member's header and the end: a header may promise content that does not follow."""
    info = tarfile.TarInfo("activations.py")
    for name, value in attributes.items():
        setattr(info, name, value)
    return info.tobuf() + bytes(2 * tarfile.BLOCKSIZE)


ATTACKS = {
    "upwards.zip": (zipped({"../../activations.py": "x"}), "leads out of it"),
    "upwards-inside.zip": (zipped({"a/../../activations.py": "x"}), "leads out of it"),
    "absolute.zip": (zipped({"/tmp/activations.py": "x"}), "leads out of it"),
    "drive.zip": (zipped({"C:activations.py": "x"}), "leads out of it"),
    "backslash.zip": (zipped({"..\\activations.py": "x"}), "leads out of it"),
    "link.zip": (link("activations.py"), "a link or a device"),
    "bomb.zip": (zipped({"activations.py": "0" * (budget.MIN_SUSPECT + 1)}), "looks like a bomb"),
    "huge.zip": (zipped({"activations.py": bytes(archives.MAX_MEMBER + 1)}), "more than 64 MB"),
    "count.zip": (zipped({f"{n}.txt": "" for n in range(50)}), "more than 40 files"),
    "garbage.zip": (b"PK\x03\x04garbage", "cannot be read"),
    "empty.zip": (b"", "cannot be read"),
    "lies.zip": (lying(), "its archive is damaged"),
    "upwards.tar": (tar_with(name="../activations.py"), "leads out of it"),
    "link.tar": (tar_with(type=tarfile.SYMTYPE, linkname="/etc/passwd"), "a link or a device"),
    "hardlink.tar": (tar_with(type=tarfile.LNKTYPE, linkname="/etc/passwd"), "a link or a device"),
    "device.tar": (tar_with(type=tarfile.CHRTYPE), "a link or a device"),
    "fifo.tar": (tar_with(type=tarfile.FIFOTYPE), "a link or a device"),
    "huge.tar": (tar_with(size=archives.MAX_MEMBER + 1), "cannot be read"),
    "garbage.tar.gz": (b"\x1f\x8bgarbage", "cannot be read"),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_unsafe_archives_are_refused_by_name_and_the_rest_goes_on(folder, find, monkeypatch, name):
    monkeypatch.setattr(budget, "STUDENT", (2**28, 40, 5.0))
    content, reason = ATTACKS[name]
    (folder / name).write_bytes(content)
    write(folder / "honest" / "activations.py", "h")
    found, ignored, everything = find()
    assert found == {("honest", "activations"): "h"}
    assert reason in ignored.get(name, "") + ignored.get(f"{without_ending(name)}/activations.py", "")
    rows = [each for each in everything.submissions if each.student == name.partition(".")[0]]
    assert any(reason in each.problem for each in rows)
    assert len(rows) == len(UNITS)


def member(name, mode=0, **attributes):
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    for key, value in attributes.items():
        setattr(info, key, value)
    return info


BAD_MEMBERS = {
    "an environment's links": {
        member("venv/bin/python", stat.S_IFLNK | 0o777): "/usr/bin/python3",
        "venv/lib/x.py": "y",
    },
    "a link of a wanted name": {member("venv/site.py", stat.S_IFLNK | 0o777): "/etc/passwd"},
    "a path that leads out": {"../../secret.py": "x"},
    "66 MB of zeros": {"data.bin": bytes(66 * 2**20), "zeros.py": bytes(66 * 2**20)},
    "an archive that is torn": {"old.zip": b"PK\x03\x04torn"},
    "an archive of another kind": {"more.rar": b"Rar!"},
}


@pytest.mark.parametrize("bad", BAD_MEMBERS)
@pytest.mark.parametrize("form", ["student", "class"])
def test_one_bad_member_costs_that_member(folder, find, bad, form):
    inside = zipped(BAD_MEMBERS[bad] | {"work\\activations.py": "a", "neurons.py": "n"})
    if form == "student":
        (folder / "alice.zip").write_bytes(inside)
    else:
        (folder / "submissions.zip").write_bytes(zipped({"alice.zip": inside, "bob.zip": zipped({"neurons.py": "b"})}))
    found, ignored, _ = find()
    assert found["alice", "activations"] == "a"
    assert found["alice", "neurons"] == "n"
    assert len(ignored) == ("environment" not in bad)


@pytest.mark.parametrize("end", [2700, 4000])
def test_of_a_torn_tar_what_came_before_is_taken(folder, find, end):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name in ("neurons.py", "activations.py"):
            info = tarfile.TarInfo(name)
            info.size = 2000
            archive.addfile(info, io.BytesIO(b"#" * 2000))
    (folder / "alice.tar").write_bytes(buffer.getvalue()[:end])
    found, ignored, everything = find()
    assert found.keys() == {("alice", "neurons")}
    assert "what comes before that is taken" in ignored["alice.tar"]
    assert "what comes before that is taken" in everything.submissions[1].problem


@pytest.mark.parametrize("ending", ["zip", "tar", "tar.gz", "tgz", "tar.bz2", "tbz2", "tar.xz", "txz"])
def test_every_usual_archive_is_opened(folder, find, ending):
    if ending == "zip":
        (folder / "alice.zip").write_bytes(zipped({"activations.py": "a"}))
    else:
        packing = {"gz": "gz", "gz2": "gz", "z2": "bz2", "xz": "xz"}.get(ending[-2:], "")
        with tarfile.open(folder / f"alice.{ending}", f"w:{packing}") as archive:
            info = tarfile.TarInfo("activations.py")
            info.size = 1
            archive.addfile(info, io.BytesIO(b"a"))
    assert find()[0] == {("alice", "activations"): "a"}


@pytest.mark.parametrize("ending", ["rar", "7z", "tar.zst"])
def test_an_archive_that_cannot_be_opened_is_its_students_row(folder, find, ending):
    (folder / f"alice.{ending}").write_bytes(b"whatever")
    (folder / f"bob_1_2_work.{ending}").write_bytes(b"whatever")
    write(folder / "honest" / "activations.py", "h")
    _, ignored, everything = find()
    problems = {each.student: each.problem for each in everything.submissions}
    for name in ("alice", "bob"):
        assert f".{ending.rpartition('.')[2]} files cannot be opened here" in problems[name]
    assert len(ignored) == 2


def test_who_handed_in_something_else_has_a_row_and_what_is_nobodys_is_listed(folder, find):
    write(folder / "alice_1_2_activations.py", "a")
    write(folder / "bob_3_4_activations.docx", "b")
    write(folder / "Cy Day_5_assignsubmission_file_" / "activations.pdf", "c")
    write(folder / "activations.py", "whose?")
    write(folder / "grades.xlsx", "whose?")
    found, ignored, everything = find(units=[ACTIVATIONS])
    assert found == {("alice", "activations"): "a"}
    assert [each.student for each in everything.submissions] == ["Cy Day", "alice", "bob"]
    assert ignored.keys() == {"activations.py", "grades.xlsx"}
    assert "lies in no student's folder" in ignored["activations.py"]


def test_an_archive_in_an_archive_in_an_archive_is_left_alone(folder, find):
    inner = zipped({"activations.py": "x"})
    (folder / "a.zip").write_bytes(zipped({"b.zip": zipped({"c.zip": zipped({"d.zip": inner})})}))
    write(folder / "honest" / "activations.py", "h")
    found, ignored, _ = find()
    assert found == {("honest", "activations"): "h"}
    assert any("within two others" in reason for reason in ignored.values())


def test_hard_links_are_refused(folder, find, tmp_path):
    secret = tmp_path / "secret.py"
    secret.write_text("secret")
    write(folder / "honest" / "activations.py", "h")
    (folder / "linked").mkdir()
    os.link(secret, folder / "linked" / "activations.py")
    found, _, everything = find()
    assert found == {("honest", "activations"): "h"}
    assert any("hard link" in each.problem for each in everything.submissions)


def test_nothing_found_says_what_was_expected_and_what_was_refused(folder, find):
    (folder / "bad.zip").write_bytes(b"")
    with pytest.raises(SubmissionsError) as info:
        find()
    assert "Expected, for example, submissions/alice/01_neurons/neurons.py" in str(info.value)
    assert "bad.zip: refused" in str(info.value)


@pytest.mark.parametrize("name", ["a/b.py", "a b/c.py", "-rf/x.py", "日本/x.py"])
def test_ordinary_paths_are_safe(name):
    assert "/".join(safe_parts(name)) == name


@pytest.mark.parametrize("name", ["..", "a/..", "/a", "\\\\host\\a", "a\0b", "c:\\a"])
def test_paths_that_lead_out_are_not(name):
    with pytest.raises(UnsafeArchive):
        safe_parts(name)


def test_endings_are_taken_off_whole():
    assert [without_ending(n) for n in ("a.zip", "a.tar.gz", "a.TGZ", "a.b.tar")] == ["a", "a", "a", "a.b"]


def run(text):
    namespace = {}
    exec(notebook_source(text), namespace)
    return namespace


def notebook(*cells):
    entries = [{"cell_type": "code", "source": cell, "metadata": {}} for cell in cells]
    return json.dumps({"cells": [*entries, {"cell_type": "markdown", "source": "def no(): pass", "metadata": {}}]})


class TestNotebookSource:
    def test_definitions_imports_and_constants_are_kept_and_the_rest_is_not(self):
        text = notebook(
            "%matplotlib inline\nimport numpy as np\nimport matplotlib.pyplot as plt\nfrom autograder.notebook import check",
            ["SCALE = 2 / 3\n", "data = np.ones(3)\n", "def f(x):\n", "    return SCALE * x\n", "plt.plot(f(data))"],
            "!rm -rf /\n@staticmethod\ndef g():\n    pass",
            "x = = 1",
        )
        source = notebook_source(text)
        for kept in ("import numpy as np", "SCALE = 2 / 3", "return SCALE * x", "@staticmethod\ndef g()"):
            assert kept in source
        for left in ("plt", "data", "rm -rf", "check", "= =", "def no"):
            assert left not in source
        namespace = {}
        exec(source, namespace)
        assert namespace["f"](3) == 2

    def test_a_cell_that_is_not_valid_costs_its_names_and_is_told(self):
        text = notebook(
            "def before(x):\n    return 1",
            "def f(x:\n    return x\ndef before(x):\n    return 2",
            "def g(x):\n    return x",
        )
        namespace = run(text)
        assert (namespace["g"](3), namespace["before"](0)) == (3, 1)
        with pytest.raises(
            SyntaxError, match=r"cell 2 of the notebook, which begins with 'def f\(x:'.* line 1 of the cell"
        ):
            namespace["f"](3)

    def test_what_functions_need_comes_along_in_order(self):
        namespace = run(notebook(
            "import numpy as np, matplotlib.pyplot as plt\nfrom math import pi, tau\nfrom lab import *",
            "EPS = np.finfo(float).eps\nHALF = EPS / 2\nhuge = np.ones(10**9)\nwrong = undefined()",
            "square = lambda v: v * v + HALF\nTABLE = {}\nTABLE[1] = wrong if False else pi",
            "try:\n    import torch\nexcept ImportError:\n    torch = None\nclass A:\n    k = square(2)",
            "async def later(x):\n    return TABLE, wrong",
        ))  # fmt: skip
        assert namespace["A"].k == 4 + namespace["HALF"]
        assert namespace["TABLE"] == {1: namespace["pi"]}
        assert not namespace.keys() & {"huge", "wrong", "plt"}

    @pytest.mark.parametrize(
        "cell",
        [
            "%time x = 1\ndef f(x):\n    return x", "%%time\ndef f(x):\n    return x",
            "!pip install \\\n  torch\ndef f(x):\n    return x",
            "files = !ls\ndef f(x):\n    return x", "?f\ndef f(x):\n    return x", "def f(x):\n    return x\nf??",
            "%%capture out\n%matplotlib inline\ndef f(x):\n    return x",
        ],
    )  # fmt: skip
    def test_magics_cost_nothing(self, cell):
        assert run(notebook("import numpy as np", cell))["f"](3) == 3

    def test_without_ipython_lines_of_magics_are_left_out(self, monkeypatch):
        monkeypatch.setattr(notebooks, "_loaded", [None])
        assert run(notebook("%time x = 1\n!ls\n?f\ndef f(x):\n    return x"))["f"](3) == 3

    @pytest.mark.parametrize("form", ["list", "string", "version 3"])
    def test_every_form_of_notebook(self, form):
        code = "def f(x):\n    return x\n"
        cell = {"cell_type": "code", "source": code.splitlines(True) if form == "list" else code}
        whole = {"cells": [cell, {"cell_type": "raw", "source": ""}, {"cell_type": "code"}], "nbformat": 4}
        if form == "version 3":
            whole = {"worksheets": [{"cells": [{"cell_type": "code", "input": code}]}], "nbformat": 3}
        assert run(json.dumps(whole))["f"](3) == 3

    @pytest.mark.parametrize("border", ["# In[3]:", "# In[ ]:", "# %%", "# %% [code]"])
    def test_a_notebook_saved_as_python(self, border):
        magic = "get_ipython().run_line_magic('matplotlib', 'inline')\nimport numpy as np"
        text = f"{border}\n{magic}\n\n{border}\ndef f(x):\n    return np.abs(x)\n"
        namespace = {}
        exec(exported_source(text), namespace)
        assert namespace["f"](-3) == 3

    def test_a_plain_module_is_left_as_it_is(self):
        assert exported_source("# plain\nimport numpy as np\ndef f(x): return x\n") is None

    def test_no_student_finds_ipython_afterwards(self):
        load = "import sys; from autograder.sandbox.notebook_source import ipython; ipython()"
        code = f"{load}; print([name for name in sys.modules if 'IPython' in name])"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "[]"

    @pytest.mark.parametrize("text", ["", "[]", "{}", '{"cells": 3}', '{"cells": [{}]}', "[" * 100_000])
    def test_what_is_no_notebook_is_said(self, text):
        with pytest.raises(ValueError, match="no notebook that can be read"):
            notebook_source(text)


@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"])
def test_modules_in_every_usual_encoding(code):
    text = "# caf\xe9\ndef f(x):\n    return 'caf\xe9'\n"
    namespace = {}
    exec(compile(as_utf8(text.encode(code)), "m", "exec"), namespace)
    assert namespace["f"](0) == "caf\xe9"


def test_a_module_that_names_its_encoding_is_left_to_python():
    content = "# -*- coding: koi8-r -*-\nx = '\u0434'\n".encode("koi8-r")
    assert as_utf8(content) is content


def test_a_notebook_and_a_bulk_download_are_graded(autograder, folder, tmp_path):
    from autograder.grading.sample import solution

    right = solution(COURSE, ACTIVATIONS)
    head, _, rest = right.partition("def maxout")
    cells = [head, f"def maxout{rest}", "import matplotlib.pyplot as plt\nplt.plot(relu(np.ones(3)))\nraise SystemExit"]
    (folder / "alice_1_2_activations.ipynb").write_text(notebook(*cells))
    (folder / "bob_3_4_work.zip").write_bytes(zipped({"activations.py": right}))
    (folder / "cy_7_8_activations (1).py").write_text(right)
    (folder / "mallory_5_6_work.zip").write_bytes(zipped({"../activations.py": right}))
    common = ["grade", folder, "--output", tmp_path / "out", "--unit", "activations", "--course", COURSE.root]
    dry = autograder(*common, "--dry-run")
    assert "3 found, 0 missing, 1 refused, 1 left out" in dry.stdout
    assert not (tmp_path / "out").exists()
    done = autograder(*common, "--json")
    assert done.returncode == 0, done.stderr
    assert "mallory_5_6_work.zip: refused: it holds a path that leads out of it" in done.stderr
    summary = json.loads(done.stdout)
    assert summary["statuses"] == {"graded": 3, "unreadable": 1}
    assert summary["mean_points"] == pytest.approx(ACTIVATIONS.total * 3 / 4, abs=1e-2)
    said = "activations (1).py was taken for activations.py"
    assert said in (tmp_path / "out" / "feedback" / "cy.html").read_text()
    assert said.split(" (")[0] in (tmp_path / "out" / "feedback" / "cy.md").read_text()
    assert said in autograder("show", "cy", "--results", tmp_path / "out", "--course", COURSE.root).stdout


def test_plots_in_a_notebook_are_not_held():
    plot = {"output_type": "display_data", "metadata": {}, "data": {"image/png": "A" * 2**20}}
    cell = {"cell_type": "code", "source": WORK, "metadata": {}, "execution_count": 1}
    text = json.dumps({"cells": [cell | {"outputs": [plot]}] * 20, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    tracemalloc.start()
    try:
        source = notebook_source(text)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert WORK in source
    assert peak < 4 * 2**20  # of 20


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "cp437"])
def test_names_in_a_zip_without_its_flag(folder, find, encoding):
    """UTF-8 is read as such; what is in another encoding is graded, and told, since nothing says which it is."""
    name = "王丽" if encoding == "gbk" else "Zoë"
    raw = name.encode(encoding)
    files = {f"{'x' * len(raw)}/activations.py": "x = 1", "alice/activations.py": "x = 2"}
    (folder / "class.zip").write_bytes(zipped(files).replace(b"x" * len(raw) + b"/", raw + b"/"))
    texts, ignored, found = find(root=folder / "class.zip", units=[ACTIVATIONS])
    assert sorted(texts.values()) == ["x = 1", "x = 2"]
    assert (name in students(found)) == (encoding != "gbk")
    assert ("read as old DOS names" in " ".join(ignored.values())) == (encoding != "utf-8")
