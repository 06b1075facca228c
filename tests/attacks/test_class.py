"""A class of attackers, graded by the command: what reaches the terminal, the spreadsheet and the pages."""

import base64
import csv
import os
import re
import subprocess
import sys
import zlib
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

MARKUP = (
    "</code></pre><script>alert(1)</script><img src=x onerror=alert(1)>\x1b[2J\x1b]0;owned\x07\n"
    "```\n~~~\n# not a heading\n[link](javascript:alert(1)) **bold** | table | &lt; \u202egnp.exe =1+1\n"
)
RAISES = f"def tanh(x): raise ValueError({MARKUP!r})\ndef step(x): return {MARKUP!r}\n"
NAMES = {
    "formula": "=1+1",
    "formula by tab": "\t=1+1",
    "formula by at": "@SUM(A1)",
    "formula by plus": "+cmd|' /C calc'!A0",
    "option": "-rf",
    "line break": 'new\nline,"quoted"\r\n,30',
    "escape": "esc\x1b[31mape\x9b2J",
    "markup": "<script>alert(1)<",
    "markdown": "[x](javascript:alert(1))`|**",
    "right to left": "alice\u202egnp.exe",
    "long": "a" * 255,
    "not UTF-8": os.fsdecode(b"J\xf6rg"),
    "dots": "a..",
    "device": "con",
    "blank": " ",
    "brackets": "[bold]rich[/] :skull:",
}
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def write(folder: Path, text: str) -> None:
    folder.mkdir(parents=True)
    (folder / "activations.py").write_text(text)


@pytest.fixture(scope="module")
def graded(grader, tmp_path_factory):
    """The command's output and its folder of results."""
    root = tmp_path_factory.mktemp("attackers")
    students = root / "class"
    solutions = grader.place.root / "course" / "solutions" / "02_activations"
    honest = grader.place.reference()
    write(students / "honest" / "02_activations", honest)
    for name in NAMES.values():
        write(students / name / "02_activations", RAISES)
    (students / "module is a link" / "02_activations").mkdir(parents=True)
    (students / "module is a link" / "02_activations" / "activations.py").symlink_to(solutions / "activations.py")
    (students / "unit is a link").mkdir()
    (students / "unit is a link" / "02_activations").symlink_to(solutions)
    (students / "link").symlink_to(grader.place.root / "course" / "solutions")
    (students / "module is a folder" / "02_activations" / "activations.py").mkdir(parents=True)
    (students / "module is a pipe" / "02_activations").mkdir(parents=True)
    os.mkfifo(students / "module is a pipe" / "02_activations" / "activations.py")
    (students / "module is hard" / "02_activations").mkdir(parents=True)
    (root / "outside.py").write_text(honest)
    os.link(root / "outside.py", students / "module is hard" / "02_activations" / "activations.py")
    write(students / "too large" / "02_activations", "#" * (2**20 + 1))
    # As on a machine whose terminal takes UTF-8 and nothing else.
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8:strict", "COLUMNS": "300"}
    done = subprocess.run(
        [sys.executable, "-m", "autograder", "grade", students, "--output", root / "results", "--unit", "activations"]
        + ["--course", grader.place.root / "course"],
        capture_output=True, cwd=root, env=environment, check=False,
    )  # fmt: skip
    return done, root / "results"


def rows(results: Path) -> list[dict[str, str]]:
    with open(results / "grades.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


class Page(HTMLParser):
    """The tags of a page, and what could make one do something."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.active: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.active += [name for name, value in attributes if name.startswith("on") or "javascript:" in (value or "")]


def test_the_command_ends_well(graded):
    done, _ = graded
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    assert b"Traceback" not in done.stderr


def test_the_terminal_gets_no_escapes(graded):
    done, _ = graded
    assert not CONTROL.search(done.stdout.decode("utf-8"))
    assert not CONTROL.search(done.stderr.decode("utf-8"))


def test_points(graded):
    _, results = graded
    points: dict[str, float] = {}
    for row in rows(results):
        points[row["student"]] = points.get(row["student"], 0.0) + float(row["points"])
    assert points.pop("honest") == 30
    assert len(points) == len(NAMES) + 6
    assert set(points.values()) == {0.0}


@pytest.mark.parametrize(
    "student, status",
    [
        ("module is a link", "unreadable"),
        ("unit is a link", "unreadable"),
        ("module is a folder", "missing"),
        ("module is a pipe", "unreadable"),
        ("module is hard", "unreadable"),
        ("too large", "unreadable"),
    ],
)
def test_what_is_no_file_of_the_students_own(graded, student, status):
    _, results = graded
    assert {row["status"] for row in rows(results) if row["student"] == student} == {status}


def test_no_cell_is_a_formula(graded):
    _, results = graded
    cells = [cell for row in rows(results) for cell in row.values()]
    assert [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@"))] == []
    assert [cell for cell in cells if CONTROL.search(cell) or "\n" in cell or "\r" in cell] == []


def test_files_have_harmless_names(graded):
    _, results = graded
    names = os.listdir(results / "feedback")
    assert len(names) == 2 * (len(NAMES) + 7)
    assert [name for name in names if not re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*\.(md|html)", name)] == []
    assert sorted(entry.name for entry in os.scandir(results) if entry.is_dir()) == ["feedback"]


def test_no_file_name_is_an_option(graded):
    _, results = graded
    assert [name for name in os.listdir(results / "feedback") if name.startswith("-")] == []


def test_markdown_shows_no_markup_of_students(graded):
    _, results = graded
    for path in (results / "feedback").glob("*.md"):
        text = path.read_text(encoding="utf-8")
        assert not CONTROL.search(text)
        page = Page(MarkdownIt("commonmark").render(text))
        assert {"script", "img", "a"}.isdisjoint(page.tags), path.name
        assert page.tags.count("h1") == 1


def test_pages_do_nothing_of_students(graded):
    _, results = graded
    for path in [results / "report.html", *(results / "feedback").glob("*.html")]:
        text = path.read_text(encoding="utf-8")
        assert not CONTROL.search(text)
        if packed := re.search(r'id="data">([^<]+)<', text):
            assert not CONTROL.search(zlib.decompress(base64.b64decode(packed[1])).decode("utf-8"))
        page = Page(text)
        assert page.active == []
        assert "img" not in page.tags
        assert "<script>alert" not in text


def test_no_secret_in_the_results(graded):
    _, results = graded
    for path in results.rglob("*"):
        assert path.is_dir() or b"CANARY" not in path.read_bytes(), path.name
