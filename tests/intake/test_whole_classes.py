"""A download of each platform, of a class of thirty: ten did something odd, and nobody loses a point for form alone."""

import csv
import io
import json
import zipfile

import pytest

from autograder.course.units import load_course
from autograder.grading.sample import partial, solution

COURSE = load_course()
UNIT = COURSE.unit("activations")
HONEST, STUB = solution(COURSE, UNIT), partial(COURSE, UNIT, 0)
PLAIN = [f"plain{letter}" for letter in "abcdefghijklmnopqrst"]


def zipped(files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def notebook(source):
    cell = {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def inside(name):
    """A zip whose one member has Windows' separators, which the standard library would mend while it writes."""
    return zipped({name.replace("\\", "/"): HONEST}).replace(name.replace("\\", "/").encode(), name.encode())


# By student: the files that were handed in, and a word of what is told where nothing is to be graded.
ODD = {
    "again": ({"activations (1).py": HONEST}, ""),
    "copied": ({"Copy of activations.py": HONEST}, ""),
    "loud": ({"Activations.PY": HONEST}, ""),
    "mailed": ({"activations.py.txt": HONEST}, ""),
    "written": ({"activations.py": STUB, "activations.ipynb": notebook(HONEST)}, ""),
    "wide": ({"activations.py": HONEST.encode("utf-16")}, ""),
    "windows": ({"work.zip": inside("work\\activations.py")}, ""),
    "torn": ({"work.zip": zipped({"activations.py": HONEST})[:-200]}, "unreadable"),
    "packed": ({"work.rar": b"Rar!\x1a\x07\x01\x00" + bytes(100)}, "rar"),
    "essay": ({"essay.docx": b"PK\x03\x04" + bytes(50)}, "missing"),
}
CLASS = {student: {"activations.py": HONEST} for student in PLAIN} | {name: files for name, (files, _) in ODD.items()}


def canvas():
    number = {student: 100 + k for k, student in enumerate(CLASS)}
    return {
        f"{s}_{number[s]}_{k + 9}_{file}": text
        for s, own in CLASS.items()
        for k, (file, text) in enumerate(own.items())
    }


def moodle():
    return {
        f"{student.title()} Weiss_{k + 7000}_assignsubmission_file_/{file}": text
        for k, (student, own) in enumerate(CLASS.items())
        for file, text in own.items()
    }


def gradescope():
    files = {
        f"assignment_7_export/submission_{k + 500}/{file}": text
        for k, own in enumerate(CLASS.values())
        for file, text in own.items()
    }
    whose = "".join(
        f"submission_{k + 500}:\n  :submitters:\n  - :name: {s}\n    :sid: '{k}'\n" for k, s in enumerate(CLASS)
    )
    return files | {"assignment_7_export/submission_metadata.yml": whose}


def nbgrader():
    files = {f"submitted/{s}/{UNIT.folder}/{file}": text for s, own in CLASS.items() for file, text in own.items()}
    return files | {f"submitted/{s}/{UNIT.folder}/timestamp.txt": "2026-11-20 10:00:00 UTC" for s in CLASS}


def checkouts():
    files = {
        f"hw2-submissions/{s}/{UNIT.folder}/{file}": text for s, own in CLASS.items() for file, text in own.items()
    }
    for student in CLASS:
        files |= {f"hw2-submissions/{student}/README.md": "# hw2", f"hw2-submissions/{student}/.git/HEAD": "ref: main"}
    return files


def mails():
    """A folder of attachments, a folder each, and three who sent one archive."""
    files = {f"{student}/{file}": text for student, own in CLASS.items() for file, text in own.items()}
    for student in PLAIN[:3]:
        del files[f"{student}/activations.py"]
        files[f"{student}.zip"] = zipped({"activations.py": HONEST})
    return files


@pytest.mark.parametrize(
    "platform, form",
    [
        (canvas, "zip"),
        (moodle, "zip"),
        (gradescope, "zip"),
        (nbgrader, "folder"),
        (checkouts, "folder"),
        (mails, "folder"),
    ],
)
def test_thirty_students_have_thirty_rows(platform, form, tmp_path, autograder):
    files = platform() | {"notes of the assistant.txt": "not graded"}
    place = tmp_path / "download"
    if form == "zip":
        place = tmp_path / "download.zip"
        place.write_bytes(zipped(files))
    else:
        for name, content in files.items():
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
    arguments = ("--output", tmp_path / "results", "--unit", UNIT.id, "--jobs", "2")
    done = autograder("grade", place, *arguments, cwd=COURSE.root)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    with open(tmp_path / "results" / "grades.csv") as file:
        rows = list(csv.DictReader(file))
    points, status = {}, {}
    for row in rows:
        student = row["student"].lower().removesuffix(" weiss")
        points[student] = points.get(student, 0) + float(row["points"])
        status.setdefault(student, set()).add(row["status"])
    worth = {student: 0 if student in ODD and ODD[student][1] else UNIT.total for student in CLASS}
    assert points == worth
    assert len(rows) == len(CLASS) * len(UNIT.points)
    for student, (_, word) in ODD.items():
        assert word in said + " ".join(status[student]), (student, word)
    assert "notes of the assistant.txt" in said, said
