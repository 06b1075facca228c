"""The course in the real nbgrader: its whole round, with the sandboxed grader in the place of the kernel."""

import contextlib
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from autograder.course.units import load_course
from autograder.grading.sample import partial, solution

COURSE = load_course()
UNITS = [COURSE.unit(name) for name in ("neurons", "activations", "backprop")]
NEURONS, ACTIVATIONS, BACKPROP = UNITS
FORGED = "import numpy as np\nclass Yes(np.ndarray):\n    def __eq__(self, other): return True\n"
BIN = Path(sys.executable).parent


def text_of(kind, unit):
    """A student's module."""
    if kind == "partial":
        return partial(COURSE, unit, len(unit.points) // 2)
    if kind == "forged":
        return FORGED + "".join(f"def {name}(*args): return np.zeros(3).view(Yes)\n" for name in unit.points)
    if kind == "loop":
        name = "relative_error" if unit is BACKPROP else next(iter(unit.points))
        return f"{solution(COURSE, unit)}\ndef {name}(*args):\n    while True: pass\n"
    return solution(COURSE, unit)


class Teacher:
    """A copy of the course, and nbgrader in it."""

    def __init__(self, root):
        self.root = root
        for name in ("exercises", "solutions", "datasets"):
            (root / name).mkdir(parents=True)
        for unit in UNITS:
            for name in ("exercises", "solutions"):
                shutil.copytree(COURSE.root / name / unit.folder, root / name / unit.folder)
        shutil.copy(COURSE.root / "nbgrader_config.py", root)
        parts = [{"title": "Part", "units": [unit.model_dump(mode="json") for unit in UNITS]}]
        limits = {"check_seconds": 3, "submission_seconds": 18}
        (root / "course.yml").write_text(json.dumps({"title": COURSE.title, "limits": limits, "parts": parts}))

    def run(self, *arguments, fails=False, cwd=None, **environment):
        done = subprocess.run(
            [sys.executable, "-m", *arguments], cwd=cwd or self.root, capture_output=True, text=True,
            env={**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", **environment}, timeout=300,
        )  # fmt: skip
        assert (done.returncode != 0) == fails, done.stderr
        return done.stdout + done.stderr

    def nbgrader(self, *arguments, **options):
        return self.run("nbgrader", *arguments, **options)

    def folder(self, student, unit):
        return self.root / "submitted" / student / unit.folder

    def hand_in(self, student, unit, text=None):
        shutil.copytree(self.root / "release" / unit.folder, self.folder(student, unit), dirs_exist_ok=True)
        if text is not None:
            (self.folder(student, unit) / unit.module).write_text(text)

    def notebook(self, student, unit, change):
        path = self.folder(student, unit) / f"{unit.id}.ipynb"
        notebook = nbformat.read(path, as_version=4)
        change(notebook.cells)
        nbformat.write(notebook, path)

    @contextlib.contextmanager
    def book(self, name="gradebook.db"):
        from nbgrader.api import Gradebook

        with Gradebook(f"sqlite:///{self.root / name}") as book:
            yield book

    def generations(self, student, unit):
        """Those that a student's unit has had so far."""
        with contextlib.closing(sqlite3.connect(self.root / ".autograder" / "nbgrader.sqlite")) as memory:
            wanted = "select generation from versions where student = ? and unit = ? order by generation"
            return [generation for (generation,) in memory.execute(wanted, (student, unit.id))]

    def scores(self, unit, name="gradebook.db"):
        with self.book(name) as book:
            return {each.student.id: each.score for each in book.assignment_submissions(unit.folder)}

    def everything(self, unit, name):
        """All that a gradebook says of a unit."""
        with self.book(name) as book:
            return {
                each.student.id: (
                    each.score,
                    sorted(
                        (g.name, g.auto_score, g.manual_score, g.needs_manual_grade) for g in each.notebooks[0].grades
                    ),
                    sorted((c.name, c.auto_comment, c.manual_comment) for c in each.notebooks[0].comments),
                )
                for each in book.assignment_submissions(unit.folder)
            }


STUDENTS = ("honest", "partial", "untouched", "forged", "loop")


@pytest.fixture(scope="module")
def teacher(tmp_path_factory):
    """Three units, released, handed in by five students and graded."""
    pytest.importorskip("nbgrader")
    teacher = Teacher(tmp_path_factory.mktemp("teacher") / "course")
    for unit in UNITS:
        teacher.nbgrader("generate_assignment", unit.folder)
        for student in STUDENTS:
            teacher.hand_in(student, unit, None if student == "untouched" else text_of(student, unit))
        teacher.said = teacher.nbgrader("autograde", unit.folder)
    return teacher


def test_release_and_feedback_hold_nothing_of_the_solutions(teacher):
    teacher.nbgrader("generate_feedback", ACTIVATIONS.folder)
    secrets = [solution(COURSE, unit) for unit in UNITS]
    places = [teacher.root / "release", teacher.root / "feedback" / "untouched"]
    files = [path for place in places for path in place.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"activations.ipynb", "activations.py", "activations.html", "lab.py"}
    for path in files:
        assert path.name not in ("hidden.py", "mistakes.py", "lesson.md")
        assert path.read_text() not in secrets
        assert "BEGIN SOLUTION" not in path.read_text()


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.id)
def test_scores(teacher, unit):
    scores = teacher.scores(unit)
    assert scores["honest"] == unit.total
    assert 0 < scores["partial"] < unit.total
    assert scores["untouched"] == scores["forged"] == 0
    # An endless loop costs the exercise and what calls it, nothing else.
    assert unit.total / 2 < scores["loop"] < unit.total


def test_a_check_cell_shows_what_went_wrong_and_the_comment_says_it(teacher):
    notebook = nbformat.read(teacher.root / "autograded/loop/02_activations/activations.ipynb", as_version=4)
    cells = {cell.metadata["nbgrader"]["grade_id"]: cell for cell in notebook.cells if "nbgrader" in cell.metadata}
    (table,) = cells["activations-step"].outputs
    assert "it ran longer than 3 seconds: is there an endless loop?" in table.data["text/html"]
    assert "<b>step</b> in activations.py" in table.data["text/html"]
    assert "SAWarning" not in teacher.said
    assert all(not cell.get("outputs") for cell in notebook.cells if "nbgrader" not in cell.metadata), "no kernel ran"
    with teacher.book() as book:
        (comment,) = book.find_submission("02_activations", "loop").notebooks[0].comments
        assert comment.comment == "- step: ran too long"
        (comment,) = book.find_submission("02_activations", "honest").notebooks[0].comments
        assert comment.comment == "All checks passed."


def test_a_feedback_page_needs_no_network(teacher, chromium):
    hostile = 'raise ValueError("<img src=x onerror=alert(1)> and *stars*")\n'
    teacher.hand_in("hostile", NEURONS, hostile)
    teacher.nbgrader("autograde", NEURONS.folder, "--student", "hostile")
    said = teacher.nbgrader("generate_feedback", NEURONS.folder)
    assert "WARNING" not in said
    page = teacher.root / "feedback" / "hostile" / NEURONS.folder / "neurons.html"
    assert not re.search(r"""(src|href)=["']https?://[^"']*\.(js|css)""", page.read_text())
    chromium.get(page.as_uri())
    asked = chromium.execute_script("return performance.getEntriesByType('resource').map(each => each.name)")
    assert not [each for each in asked if each.startswith("http")]
    sizes = "return [...document.querySelectorAll('math')].map(each => each.getBoundingClientRect().width)"
    assert min(chromium.execute_script(sizes)) > 0
    assert chromium.execute_script("return document.querySelectorAll('img[src=x]').length") == 0
    assert "<img src=x onerror=alert(1)> and *stars*" in chromium.execute_script("return document.body.innerText")
    shutil.rmtree(teacher.folder("hostile", NEURONS).parent)
    with teacher.book() as book:
        book.remove_submission(NEURONS.folder, "hostile")
        book.remove_student("hostile")


def test_the_fast_road_fills_the_gradebook_with_the_same(teacher):
    shutil.copy(teacher.root / "gradebook.db", teacher.root / "fast.db")
    with teacher.book("fast.db") as book:
        for student in STUDENTS:
            book.remove_submission(ACTIVATIONS.folder, student)
    teacher.run("autograder", "grade", "submitted", "--output", "results", "--unit", "activations")
    for _ in range(2):  # the second changes nothing
        teacher.run("autograder", "export", "results", "--format", "nbgrader", "--output", "fast.db")
        assert teacher.everything(ACTIVATIONS, "fast.db") == teacher.everything(ACTIVATIONS, "gradebook.db")


def test_a_resubmission_is_graded_and_manual_work_stays(teacher):
    with teacher.book() as book:
        grade = book.find_grade("neurons-logic_gate", "neurons", NEURONS.folder, "partial")
        grade.manual_score, grade.extra_credit = 1.5, 0.5
        (comment,) = book.find_submission(NEURONS.folder, "partial").notebooks[0].comments
        comment.manual_comment = "Come and see me."
        book.db.commit()
    teacher.hand_in("partial", NEURONS, solution(COURSE, NEURONS))
    teacher.nbgrader("autograde", NEURONS.folder, "--student", "partial", "--force")
    with teacher.book() as book:
        submission = book.find_submission(NEURONS.folder, "partial")
        assert submission.score == NEURONS.total - 2 + 1.5 + 0.5
        grade = book.find_grade("neurons-logic_gate", "neurons", NEURONS.folder, "partial")
        assert (grade.auto_score, grade.manual_score, grade.needs_manual_grade) == (2, 1.5, True)
        (comment,) = submission.notebooks[0].comments
        assert (comment.auto_comment, comment.manual_comment) == ("All checks passed.", "Come and see me.")
    assert teacher.generations("partial", NEURONS) == [0, 1], "what has changed meets other inputs"
    teacher.nbgrader("autograde", NEURONS.folder, "--student", "honest", "--force")
    assert teacher.generations("honest", NEURONS) == [0], "what has not changed meets the same again"


@pytest.mark.filterwarnings("ignore:Non-unique cell id")  # the student's, who pasted a cell twice
def test_odd_notebooks(teacher):
    def delete(cells):
        del cells[[cell.metadata.get("nbgrader", {}).get("grade_id") for cell in cells].index("neurons-logic_gate")]

    def duplicate(cells):
        cells += [nbformat.from_dict(cell) for cell in cells if cell.metadata.get("nbgrader", {}).get("grade")]

    def tamper(cells):
        for cell in cells:
            if cell.metadata.get("nbgrader", {}).get("grade"):
                cell.source, cell.metadata["nbgrader"]["points"] = "1000", 1000

    def write_here(cells):
        code = solution(COURSE, NEURONS)
        cells.insert(1, nbformat.v4.new_code_cell(code))

    honest = solution(COURSE, NEURONS)
    odd = {
        "deleted": (delete, honest),
        "duplicated": (duplicate, honest),
        "tampered": (tamper, None),
        "inside": (write_here, None),
    }
    for student, (change, text) in odd.items():
        teacher.hand_in(student, NEURONS, text)
        teacher.notebook(student, NEURONS, change)
    teacher.hand_in("gone", NEURONS, honest)
    (teacher.folder("gone", NEURONS) / NEURONS.module).unlink()
    teacher.nbgrader("autograde", NEURONS.folder)
    scores = teacher.scores(NEURONS)
    total = NEURONS.total
    assert {name: scores[name] for name in (*odd, "gone")} == {
        "deleted": total, "duplicated": total, "tampered": 0, "inside": total, "gone": 0,
    }  # fmt: skip


def test_the_work_counts_whatever_became_of_the_notebook(teacher):
    """Cut short, of a schema that nbgrader ends its run for, under another name, or missing: each costs no one a point."""
    total, honest = NEURONS.total, solution(COURSE, NEURONS)

    def old(cells):
        for cell in cells:
            if "nbgrader" in cell.metadata:
                cell.metadata["nbgrader"]["schema_version"] = 1

    def new(cells):
        for cell in cells:
            if "nbgrader" in cell.metadata:
                cell.metadata["nbgrader"]["schema_version"] = 99

    def write_here(cells):
        cells.insert(1, nbformat.v4.new_code_cell(honest))

    for student, change in (("old", old), ("new", new)):
        teacher.hand_in(student, NEURONS, honest)
        teacher.notebook(student, NEURONS, change)
    said_of = {
        "cut": "cannot be read as a notebook",
        "renamed": "neurons (1).ipynb",
        "missing": "is not among",
        "empty": "no neurons.py",
    }
    for student in said_of:
        teacher.hand_in(student, NEURONS, honest)
        notebook = teacher.folder(student, NEURONS) / "neurons.ipynb"
        if student == "cut":
            notebook.write_text('{"cells": [')
        elif student == "renamed":
            teacher.notebook(student, NEURONS, write_here)
            notebook.rename(notebook.with_name("neurons (1).ipynb"))
            (teacher.folder(student, NEURONS) / NEURONS.module).unlink()
        elif student == "missing":
            notebook.unlink()
        else:
            shutil.rmtree(teacher.folder(student, NEURONS))
            teacher.folder(student, NEURONS).mkdir()
    teacher.nbgrader("autograde", NEURONS.folder)
    scores = teacher.scores(NEURONS)
    students = ("old", "new", *said_of)
    assert {name: scores[name] for name in students} == dict.fromkeys(students, total) | {"empty": 0}
    with teacher.book() as book:
        for student, words in said_of.items():
            (comment,) = book.find_submission(NEURONS.folder, student).notebooks[0].comments
            assert words in comment.comment, student
            assert str(teacher.root) not in comment.comment
            assert "submitted/" not in comment.comment
    for student in students:
        assert (teacher.root / "autograded" / student / NEURONS.folder / "neurons.ipynb").is_file()
        shutil.rmtree(teacher.root / "submitted" / student)


def test_zip_collect_takes_modules(teacher):
    honest = solution(COURSE, NEURONS)
    archive = teacher.root / "downloaded" / NEURONS.folder / "archive"
    archive.mkdir(parents=True)
    (archive / "zora_101_7_neurons.py").write_text(honest)
    shutil.copy(teacher.root / "release" / NEURONS.folder / "neurons.ipynb", archive / "zora_101_8_neurons.ipynb")
    (archive / "yuri_LATE_102_9_neurons-1.py").write_text(honest)
    teacher.nbgrader("zip_collect", NEURONS.folder)
    teacher.nbgrader("autograde", NEURONS.folder, "--student=zora")
    teacher.nbgrader("autograde", NEURONS.folder, "--student=yuri")
    scores = teacher.scores(NEURONS)
    assert (scores["zora"], scores["yuri"]) == (NEURONS.total, NEURONS.total)
    for student in ("zora", "yuri"):
        shutil.rmtree(teacher.root / "submitted" / student)


def test_no_link_is_followed(teacher):
    """A module, helper, notebook, timestamp or folder that leads elsewhere: the student is told, the others are graded."""
    reference = teacher.root / "solutions" / NEURONS.folder / NEURONS.module
    honest = solution(COURSE, NEURONS)
    targets = {
        "link": reference,
        "system": "/etc/passwd",
        "device": "/dev/zero",
        "neighbour": "../../honest/01_neurons/neurons.py",
    }
    for student, target in targets.items():
        teacher.hand_in(student, NEURONS)
        (teacher.folder(student, NEURONS) / NEURONS.module).unlink()
        (teacher.folder(student, NEURONS) / NEURONS.module).symlink_to(target)
    teacher.hand_in("hard", NEURONS)
    (teacher.folder("hard", NEURONS) / NEURONS.module).unlink()
    os.link(reference, teacher.folder("hard", NEURONS) / NEURONS.module)
    for student, name, target in (
        ("helped", "helper.py", reference), ("package", "helper", reference.parent), ("stamped", "timestamp.txt", "/dev/zero"),
    ):  # fmt: skip
        teacher.hand_in(student, NEURONS, honest if student == "stamped" else f"from helper import *\n# {student}\n")
        (teacher.folder(student, NEURONS) / name).symlink_to(target)
    teacher.hand_in("piped", NEURONS, honest)
    os.mkfifo(teacher.folder("piped", NEURONS) / "timestamp.txt")
    teacher.hand_in("book", NEURONS)
    notebook = teacher.folder("book", NEURONS) / "neurons.ipynb"
    notebook.unlink()
    notebook.symlink_to(teacher.folder("honest", NEURONS) / "neurons.ipynb")
    (teacher.root / "submitted" / "whole").symlink_to("honest")
    teacher.hand_in("last", NEURONS, honest)
    said = teacher.nbgrader("autograde", NEURONS.folder, fails=True)  # for the folder that is a link
    assert "neurons.ipynb is a symbolic link: hand in the file itself" in said
    assert "is a symbolic link: hand in the files themselves" in said
    refused = {*targets, "hard", "helped", "package"}
    scores = teacher.scores(NEURONS)
    assert {scores[student] for student in refused} == {0}
    assert {scores[student] for student in ("stamped", "piped", "last")} == {NEURONS.total}
    assert not scores.get("book")
    assert not scores.get("whole")
    with teacher.book() as book:
        for student in (*targets, "hard", "helped"):
            (comment,) = book.find_submission(NEURONS.folder, student).notebooks[0].comments
            assert "link" in comment.comment, student
    (teacher.root / "submitted" / "whole").unlink()
    shutil.rmtree(teacher.root / "submitted" / "book")
    teacher.nbgrader("generate_feedback", NEURONS.folder, "--student", "link")
    page = (teacher.root / "feedback" / "link" / NEURONS.folder / "neurons.html").read_text()
    assert "neurons.py is a symbolic link: hand in the file itself" in page
    for path in (teacher.root / "autograded").rglob("*"):
        assert not path.is_symlink()
        assert path.is_dir() or path.parent.parent.name not in refused or honest.encode() not in path.read_bytes()
    for student in {*refused, "stamped", "piped", "last"}:
        shutil.rmtree(teacher.root / "submitted" / student)


def test_the_formgraders_button_gives_the_same(teacher):
    """What its server calls: the same converter, in a process that stays."""
    code = (
        "import json\nfrom nbgrader.apps import NbGraderAPI, NbGrader\n"
        "app = NbGrader()\napp.initialize([])\napi = NbGraderAPI(config=app.config)\n"
        f"result = api.autograde({BACKPROP.folder!r}, 'partial')\nprint(json.dumps(result['success']))"
    )
    before = teacher.everything(BACKPROP, "gradebook.db")
    (teacher.root / "button.py").write_text(code)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "button.py"], cwd=teacher.root, capture_output=True, text=True, timeout=300,
        env={**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"},
    )  # fmt: skip
    assert done.stdout.strip().endswith("true"), done.stdout + done.stderr
    assert teacher.everything(BACKPROP, "gradebook.db") == before


def test_an_assignment_that_is_not_ours_is_refused_by_name(teacher):
    place = teacher.root / "exercises" / "essay"
    place.mkdir()
    shutil.copy(COURSE.root / "exercises/01_neurons/neurons.ipynb", place / "essay.ipynb")
    teacher.nbgrader("generate_assignment", "essay")
    shutil.copytree(teacher.root / "release" / "essay", teacher.root / "submitted" / "honest" / "essay")
    said = teacher.nbgrader("autograde", "essay", fails=True)
    assert "essay/essay.ipynb is no lesson of" in said


def test_the_exchange(teacher, tmp_path):
    """Released, fetched, worked on, submitted, collected and graded, by one user on one machine."""
    (tmp_path / "exchange").mkdir(mode=0o777)
    (tmp_path / "exchange").chmod(0o777)
    (tmp_path / "home").mkdir()
    home = {"HOME": str(tmp_path / "home"), "JUPYTER_CONFIG_DIR": str(tmp_path / "config")}
    exchange = f"--Exchange.root={tmp_path / 'exchange'}"
    teacher.nbgrader("release_assignment", NEURONS.folder, exchange, **home)
    student = tmp_path / "student"
    student.mkdir()
    course = ("--course", "deep-learning-by-hand", exchange)
    teacher.nbgrader("fetch_assignment", NEURONS.folder, *course, cwd=student, **home)
    notebook = f"{NEURONS.folder}/neurons.ipynb"
    assert "FAILED" in teacher.nbgrader("validate", notebook, cwd=student, **home)
    (student / NEURONS.folder / NEURONS.module).write_text(solution(COURSE, NEURONS))
    assert "Success! Your notebook passes all the tests." in teacher.nbgrader("validate", notebook, cwd=student, **home)
    teacher.nbgrader("submit", NEURONS.folder, *course, cwd=student, **home)
    teacher.nbgrader("collect", NEURONS.folder, exchange, **home)
    (user,) = {path.name for path in (teacher.root / "submitted").iterdir()} - {
        *STUDENTS, "deleted", "duplicated", "tampered", "inside", "broken", "gone",
    }  # fmt: skip
    assert (teacher.folder(user, NEURONS) / "timestamp.txt").is_file()
    teacher.nbgrader("autograde", NEURONS.folder, "--student", user)
    assert teacher.scores(NEURONS)[user] == NEURONS.total
    teacher.nbgrader("generate_feedback", NEURONS.folder, "--student", user)
    teacher.nbgrader("release_feedback", NEURONS.folder, "--student", user, exchange, **home)
    teacher.nbgrader("fetch_feedback", NEURONS.folder, *course, cwd=student, **home)
    assert list((student / NEURONS.folder / "feedback").rglob("neurons.html"))
    teacher.nbgrader("export", "--to", "grades.csv")
    assert f"{NEURONS.folder}," in (teacher.root / "grades.csv").read_text()


def test_the_course_is_checked_when_nbgrader_reads_its_settings(teacher, tmp_path):
    """Without its settings nbgrader would go on, and run students' code in a kernel: it must end."""
    course = teacher.root / "course.yml"
    text = course.read_text()
    try:
        course.write_text("title: x\npart: []\n")
        said = teacher.nbgrader("autograde", NEURONS.folder, fails=True)
        assert "course.yml, line 2: part: this key is not known" in said
    finally:
        course.write_text(text)
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['autograder'] = None\n")
    said = teacher.nbgrader("autograde", NEURONS.folder, fails=True, PYTHONPATH=str(tmp_path))
    assert "nbgrader was not started: " in said


def test_settings_are_read_without_the_grader(teacher):
    """Every command of nbgrader reads them."""
    code = "import sys, autograder.nbgrader.course; assert 'pytest' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_the_grading_extra_autograde_ends_with_one_line(teacher):
    """And leaves no folder behind, which the next run would take for done."""
    teacher.hand_in("early", NEURONS, solution(COURSE, NEURONS))
    code = (
        "import sys; sys.modules['msgpack'] = None; from nbgrader.apps.nbgraderapp import main; "
        f"sys.argv = ['nbgrader', 'autograde', {NEURONS.folder!r}, '--student', 'early']; main()"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], cwd=teacher.root, capture_output=True, text=True,
        env={**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}, timeout=300,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].endswith("pip install 'deep-learning-by-hand[grading]'")
    assert not (teacher.root / "autograded" / "early").exists()
    shutil.rmtree(teacher.root / "submitted" / "early")


@pytest.fixture(scope="module")
def server(teacher, tmp_path_factory):
    """JupyterLab in the course's folder; a student's solved unit lies in home/."""
    home = tmp_path_factory.mktemp("home")
    place = teacher.root / "home" / NEURONS.folder
    shutil.copytree(teacher.root / "release" / NEURONS.folder, place)
    (place / NEURONS.module).write_text(solution(COURSE, NEURONS))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = [
        "--ServerApp.token=",
        "--ServerApp.password=",
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.news_url=None",
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}", *settings],
        cwd=teacher.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "HOME": str(home), "JUPYTER_CONFIG_DIR": str(home), "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"},
    )  # fmt: skip
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(120)


def until(driver, script, seconds=300):
    """What the script returns, once it is true; a page that does not load is asked for again."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := driver.execute_script(f"return {script}"):
            return value
        time.sleep(0.2)
    raise AssertionError(f"never true: {script}\n{driver.execute_script('return document.body.innerText')[:2000]}")


def visit(driver, url):
    """Open a page, once the server is up."""
    from selenium.common.exceptions import WebDriverException

    for _ in range(120):
        try:
            driver.get(url)
            return
        except WebDriverException:
            time.sleep(0.5)
    raise AssertionError(f"{url} cannot be opened")


def test_the_formgrader_shows_the_scores(server, chromium):
    visit(chromium, f"{server}/formgrader/gradebook/{BACKPROP.folder}/backprop")
    listed = "[...document.querySelectorAll('tbody tr')].map(row => row.innerText)"
    until(chromium, f"{listed}.length === {len(STUDENTS)}")
    rows = "|".join(chromium.execute_script(f"return {listed}"))
    assert f"{BACKPROP.total:g} / {BACKPROP.total:g}" in rows
    assert f"\t0 / {BACKPROP.total:g}" in rows
    link = until(
        chromium, "[...document.querySelectorAll('a')].map(a => a.href).find(a => a.includes('/submissions/'))"
    )
    visit(chromium, link)
    assert until(chromium, "document.querySelectorAll('.nbgrader_cell, .nbgrader-cell, input.score').length > 0")
    text = chromium.execute_script("return document.body.innerText")
    assert "backprop-linear_forward" in text
    assert "linear_forward: " in text  # the table of its checks


def test_jupyterlab_runs_a_lesson_with_its_plots_and_tables(server, chromium):
    visit(chromium, f"{server}/lab/tree/home/{NEURONS.folder}/neurons.ipynb")
    until(chromium, "document.querySelectorAll('.jp-Notebook .jp-Cell').length > 10 && !!window.jupyterapp")
    # Cells that are run before the kernel has answered once are dropped without a word.
    until(
        chromium,
        "(() => { const page = window.jupyterapp.shell.currentWidget; const at = page && page.sessionContext;"
        " return at && at.isReady && at.session.kernel.connectionStatus === 'connected'"
        " && at.session.kernel.status === 'idle'; })()",
    )
    chromium.execute_script("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    until(
        chromium,
        "(() => { const cells = window.jupyterapp.shell.currentWidget.content.model.cells; let done = true;"
        " for (const cell of cells) { if (cell.type === 'code' && cell.sharedModel.source.startsWith('check('))"
        " done = done && cell.outputs.length > 0; } return done })()",
    )
    counts = chromium.execute_script(
        "const found = {table: 0, image: 0, error: 0};"
        "for (const cell of window.jupyterapp.shell.currentWidget.content.model.cells) {"
        " if (cell.type !== 'code') continue;"
        " for (let k = 0; k < cell.outputs.length; k++) { const out = cell.outputs.get(k).toJSON();"
        "  if (out.output_type === 'error') found.error += 1;"
        "  const data = out.data || {}; if (data['image/png']) found.image += 1;"
        "  if ((data['text/html'] || '').includes('<caption>')) found.table += 1; } } return found;"
    )
    assert counts["error"] == 0
    assert counts["image"] >= 1
    assert counts["table"] == len(NEURONS.points)
