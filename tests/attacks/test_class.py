"""A class of attackers, graded by the command: what reaches the terminal, the spreadsheet and the pages."""

import base64
import csv
import hashlib
import os
import re
import subprocess
import sys
import unicodedata
import zlib
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from autograder.reports.names import Names

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
    "formula by a wide sign": "\uff1d1+1",
    "formula by a small sign": "\ufe661+1",
    "formula by a wide at": "\uff20SUM(A1)",
    "formula behind nothing": "\u200b\ufeff=1+1",
    "formula in the next cell": "x;=1+1",
    "formula quoted already": "'=1+1",
    "line separators": "one\u2028two\u2029three\x85four",
    "control": "same\x01",
    "another control": "same\x02",
    "control, written out": r"same\x01",
    "composed": "jos\u00e9",
    "decomposed": "jose\u0301",
    "a space": "two words",
    "two spaces": "two  words",
    "small": "carol",
    "capital": "Carol",
    "cleaned": "J\u00f6rg",
    "cleaned by hand": "J_rg-" + hashlib.sha256("J\u00f6rg".encode()).hexdigest()[:8],
}
CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
FORMULA = re.compile(r"(?:^|;)\W*?[=+@|%\u2212-]")


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
    assert [cell for cell in cells if "'" not in cell and FORMULA.search(unicodedata.normalize("NFKC", cell))] == []
    assert [cell for cell in cells if CONTROL.search(cell) or "\n" in cell or "\r" in cell] == []


def test_files_have_harmless_names(graded):
    _, results = graded
    names = os.listdir(results / "feedback")
    assert len(names) == 2 * (len(NAMES) + 7)
    assert len({name.casefold() for name in names}) == len(names), "where capitals do not matter"
    assert "honest.html" in names
    assert [name for name in names if not re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9_.~-]*\.(md|html)", name)] == []
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


def test_names_that_look_alike_can_be_told_apart(graded):
    done, results = graded
    shown = {row["student"] for row in rows(results)}
    assert len({" ".join(unicodedata.normalize("NFKC", name).split()) for name in shown}) == len(NAMES) + 7
    said = done.stderr.decode("utf-8")
    assert r"the names jose\u0301 and jos\xe9 look alike" in said
    assert "the files of Carol and carol would have had one name" in said


def run(graded, *arguments):
    _, results = graded
    done = subprocess.run(
        [sys.executable, "-m", "autograder", *arguments], capture_output=True, cwd=results.parent, check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8:strict", "COLUMNS": "300"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout.decode("utf-8")


def test_each_name_is_one_line_of_a_commands_output(graded, grader):
    done, results = graded
    options = "--unit", "activations", "--course", grader.place.root / "course"
    listed = run(graded, "grade", "class", "--output", "none", "--dry-run", *options)
    assert len(listed.splitlines()) == len(NAMES) + 7 + 1  # splitlines knows every way to break a line
    assert not CONTROL.search(listed)
    called = Names([*(name.partition("/")[0] for name in NAMES.values()), "honest"], 40)
    assert [name for name in called.shown.values() if name not in done.stdout.decode("utf-8")] == []
    assert [line for line in done.stderr.decode("utf-8").splitlines() if not line.startswith("autograder: ")] == []
    pairs = run(graded, "similar", "class", *options).splitlines()
    assert [line for line in pairs if not re.match(r" *\d+%  activations  |look  activations  |\d+ pairs ", line)] == []
    for name in (NAMES["line separators"], NAMES["line break"]):
        page = run(graded, "show", name, "--results", results, *options[2:])
        assert page.splitlines()[0].endswith(" of 30 points")
        assert not CONTROL.search(page)


@pytest.mark.parametrize("form, file", [("gradescope", "results.json"), ("classroom50", "result.json")])
def test_no_export_overwrites_anothers(graded, grader, form, file):
    _, results = graded
    run(graded, "export", results, "--format", form, "--unit", "activations", "--course", grader.place.root / "course")
    written = [path.relative_to(results).as_posix() for path in (results / form).rglob(file)]
    assert len({name.casefold() for name in written}) == len(NAMES) + 7


@pytest.mark.parametrize("form", ["canvas", "moodle"])
def test_no_cell_of_an_export_is_a_formula(graded, grader, form):
    _, results = graded
    run(graded, "export", results, "--format", form, "--unit", "activations", "--course", grader.place.root / "course")
    with open(results / f"{form}.csv", newline="", encoding="utf-8") as file:
        lines = list(csv.reader(file))
    assert len({line[0] for line in lines[-len(NAMES) - 7 :]}) == len(NAMES) + 7
    cells = [cell for line in lines for cell in line]
    assert [cell for cell in cells if "'" not in cell and FORMULA.search(unicodedata.normalize("NFKC", cell))] == []
    assert [cell for cell in cells if CONTROL.search(cell) or "\n" in cell] == []


def test_no_secret_in_the_results(graded):
    _, results = graded
    for path in results.rglob("*"):
        assert path.is_dir() or b"CANARY" not in path.read_bytes(), path.name
