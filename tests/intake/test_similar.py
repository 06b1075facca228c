"""`autograder similar`: copies are found, what everybody was given does not count, hostile text stays text."""

import pytest

from autograder.course.units import load_course
from autograder.grading.sample import partial, solution
from autograder.intake.similar import similar_pairs, write_page
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
            path.write_text(text)
        return similar_pairs(COURSE, UNIT, find_submissions(tmp_path / "in", [UNIT]).submissions, threshold)

    return run


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
