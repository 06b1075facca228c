"""`autograder similar`: copies are found, what everybody was given does not count, hostile text stays text."""

import base64
import json
import sys
import zlib

import pytest

from autograder.course.units import load_course
from autograder.grading.sample import partial, solution
from autograder.intake.similar import exercise_words, given_text, similar_pairs, write_page
from autograder.intake.submissions import find_submissions

COURSE = load_course()
UNIT = COURSE.unit("activations")

OWN = """
def {a}_helper(values, limit):
    total, seen = 0.0, []
    for index, value in enumerate(values):
        if value > limit and index % 3 != 1:
            seen.append((index, value * 2 - limit))
        elif value < -limit:
            total -= value / (index + 1)
        else:
            total += min(value, limit) ** 2
    seen.sort(key=lambda entry: entry[1])
    while seen and total < limit:
        index, value = seen.pop()
        total += value / (1 + index)
    return total, [index for index, _ in seen]
"""


@pytest.fixture
def pairs(tmp_path):
    def run(texts, threshold=0.5):
        for student, text in texts.items():
            path = tmp_path / "in" / student / UNIT.module
            path.parent.mkdir(parents=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return similar_pairs(COURSE, UNIT, find_submissions(tmp_path / "in", [UNIT]).submissions, threshold)

    return run


def test_what_was_given_is_left_out_where_notebooks_cannot_be_built(monkeypatch):
    monkeypatch.setitem(sys.modules, "jupytext", None)
    assert given_text(COURSE, UNIT).keys() >= {"reference.py", UNIT.module, f"test_{UNIT.module}"}


def test_a_copy_with_other_names_is_found_and_stubs_are_not(pairs):
    stub, other = partial(COURSE, UNIT, 0), partial(COURSE, UNIT, 2)
    found = pairs({
        "copied": stub + OWN.format(a="my"),
        "copy": other + OWN.format(a="your").replace("total", "result").replace("seen", "kept"),
        "untouched": stub,
        "reference": solution(COURSE, UNIT),
        "partial": other,
    })  # fmt: skip
    assert [(pair.one, pair.other) for pair in found] in ([("copied", "copy")], [("copy", "copied")])
    assert found[0].share > 0.9
    assert "highlight" in found[0].marked_one


def test_exercises_that_are_alike_are_named_and_short_ones_prove_nothing(pairs, tmp_path):
    long = """
def softmax(x, axis=-1):
    {a} = np.asarray(x)
    {b} = {a}.max(axis=axis, keepdims=True)
    {c} = np.exp({a} - {b})
    for {d} in range(1):
        {c} = {c} * 1.0
    {e} = {c}.sum(axis=axis, keepdims=True)
    return {c} / {e}
"""
    one, other = (
        dict(zip("abcde", names, strict=True)) for names in (("z", "m", "e", "k", "s"), ("t", "top", "up", "i", "n"))
    )
    short = "\n\ndef relu(x):\n    return np.where(x > 0, x, 0)\n"
    maxout = "\n\ndef maxout(x, pieces):\n    return x.reshape(*x.shape[:-1], {n}).max(-1){m}\n"
    begin = "import numpy as np\n" + OWN.format(a="x")
    found = pairs({
        "one": begin + long.format(**one) + short + maxout.format(n="-1, pieces", m=""),
        "other": begin + short + long.format(**other) + maxout.format(n="x.shape[-1] // pieces, pieces, 1", m=" + 0 * x[0][0]"),
    })  # fmt: skip
    assert set(found[0].exercises) == {("relu", 1), ("softmax", 7)}
    assert exercise_words(found[0]) == (
        "alike: softmax (7 lines); alike, but of at most 4 lines, which proves nothing: relu"
    )
    write_page(found, tmp_path / "page.html")
    assert "alike: softmax (7 lines)" in (tmp_path / "page.html").read_text()


def test_hostile_names_and_code_are_text_on_the_page(pairs, tmp_path):
    evil = "<script>alert(1)</script>"
    own = OWN.format(a="x") + f'\nTEXT = "{evil}"\n'
    found = pairs({"<img src=x onerror=alert(1)>": own, "b": own, "undecodable": "\x00\ud7ff"})
    write_page(found, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert "&lt;img src=x" in page
    assert "<img" not in page
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def at_each_line(text, what):
    """A statement at the end of each line that does not open a block."""
    lines = text.strip().splitlines()
    return "\n".join(
        line if line.rstrip().endswith((":", "(")) or not line.strip() else f"{line}; {what}" for line in lines
    )


HIDDEN = {
    "a value at each line": at_each_line(OWN, "0").format(a="x"),
    "a text at each line": at_each_line(OWN, "'no' 'thing'").format(a="x"),
    "a call at each line": at_each_line(OWN, "len('a')").format(a="x"),
    "an unused name at each line": at_each_line(OWN, "zz = 1 + 1").format(a="x"),
    "itself at each line": at_each_line(OWN, "total = total").format(a="x"),
    "pass at each line": at_each_line(OWN, "pass").format(a="x"),
    "an assertion at each line": at_each_line(OWN, "assert 1").format(a="x"),
    "utf-7": b"# coding: utf-7\n" + OWN.format(a="x").encode("utf-7"),
    "utf-7 throughout": b"# coding: utf-7\n" + "".join(
        f"+{base64.b64encode(c.encode('utf-16-be')).decode().rstrip('=')}-" if c in "<>=*/_+" else c
        for c in OWN.format(a="x")
    ).encode(),
    "full-width letters": OWN.format(a="x").replace("total", "\uff54\uff4f\uff54"),  # which Python folds
    "never reached": OWN.format(a="x").replace("    return", "    if 0:\n        print(total)\n    return") + "    print(1)\n",
    "annotated": OWN.format(a="x").replace("(values, limit)", "(values: 'list[float]', limit: float = 1) -> tuple"),
    "documented": OWN.format(a="x").replace("limit):\n", "limit):\n    " + repr("words " * 500) + "\n", 1),
    "joined lines": OWN.format(a="x").replace("if value > limit and", "if value > \\\n   limit \\\n and"),
    "wrapped": "if True:\n" + "".join(f"  {line}\n" for line in OWN.format(a="x").splitlines()),
}  # fmt: skip


@pytest.mark.parametrize("way", HIDDEN)
def test_what_changes_nothing_hides_nothing(pairs, way):
    found = pairs({"copied": OWN.format(a="my"), "copy": HIDDEN[way]})
    assert len(found) == 1
    assert found[0].share > 0.9


def test_a_copy_in_a_helper_or_a_notebook_is_found(tmp_path):
    cells = {"cells": [{"cell_type": "code", "source": OWN.format(a="x"), "metadata": {}}]}
    for place, text in {
        "plain/activations.py": OWN.format(a="my"),
        "helper/activations.py": "from deep.er import *\n",
        "helper/deep/er.py": "from . import more\n",
        "helper/deep/more.py": OWN.format(a="x"),
        "notebook/activations.ipynb": json.dumps(cells),
        "neighbour/activations.py": "x = 1\n",
        "neighbour/losses.py": OWN.format(a="x"),  # another unit's, not imported
    }.items():
        (tmp_path / "in" / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / place).write_text(text)
    found = similar_pairs(COURSE, UNIT, find_submissions(tmp_path / "in", [UNIT]).submissions, 0.5)
    assert {frozenset((pair.one, pair.other)) for pair in found} == {
        frozenset(two) for two in (("plain", "helper"), ("plain", "notebook"), ("helper", "notebook"))
    }


PACKED = base64.b64encode(zlib.compress(OWN.format(a="x").encode())).decode()
BLIND = {
    "packed": f"import base64, zlib\nexec(zlib.decompress(base64.b64decode({PACKED!r})))\n",
    "by another name": f"import base64, zlib\nrun = __builtins__['ex' + 'ec']\nrun({PACKED!r})\n",
    "by the module": f"import builtins\ngetattr(builtins, 'ex' + 'ec')({PACKED!r})\n",
    "by the import": "import importlib\nimportlib.import_module('x')\n",
    "a long text": f"CODE = {'a b ' * 300!r}\n",
    "many numbers": f"CODE = bytes({list(range(200)) * 5})\n",
    "a broken line": OWN.format(a="x") + "\ndef (\n",
    "no such coding": "# coding: evil\nx = 1\n",
    "too deep": "x = " + "-" * 500_000 + "1\n",
    "null bytes": "x = 1\0\n",
    "no notebook": None,
}


@pytest.mark.parametrize("way", BLIND)
def test_what_cannot_be_compared_is_for_a_person_to_look_at(tmp_path, way):
    place = tmp_path / "in" / "mallory" / ("activations.py" if BLIND[way] is not None else "activations.ipynb")
    place.parent.mkdir(parents=True)
    place.write_text(BLIND[way] or "{}")
    (tmp_path / "in" / "alice").mkdir()
    (tmp_path / "in" / "alice" / "activations.py").write_text(OWN.format(a="x"))
    unread = []
    found = find_submissions(tmp_path / "in", [UNIT]).submissions
    write_page(similar_pairs(COURSE, UNIT, found, 0.5, unread), tmp_path / "page.html", unread)
    assert [each.student for each in unread] == ["mallory"]
    assert f"activations: mallory: {place.name} " in (tmp_path / "page.html").read_text()


def test_honest_work_needs_nobody_to_look(tmp_path):
    """Of the course's own solutions: no false alarm among them."""
    for unit in COURSE.units:
        (tmp_path / "in" / "alice").mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / "alice" / unit.module).write_text(solution(COURSE, unit))
    unread = []
    found = find_submissions(tmp_path / "in", COURSE.units).submissions
    for unit in COURSE.units[:8]:
        similar_pairs(COURSE, unit, found, 0.5, unread)
    assert unread == []


def test_the_command_writes_a_page_and_lists_the_pairs(autograder, tmp_path):
    for student in "ab":
        (tmp_path / "in" / student).mkdir(parents=True)
        (tmp_path / "in" / student / UNIT.module).write_text(OWN.format(a="x"))
    done = autograder(
        "similar", tmp_path / "in", "--output", tmp_path / "page.html", "--unit", UNIT.id, "--course", COURSE.root
    )
    assert done.returncode == 0, done.stderr
    assert "100%  activations  a  b" in done.stdout or "100%  activations  b  a" in done.stdout
    assert (tmp_path / "page.html").exists()
