"""From the student's `handin` to the class's grades.csv, in each form and as the platform hands it on."""

import csv
import json
import re
import shutil
import zipfile

import pytest
import yaml

from autograder.course.release import release
from autograder.course.units import load_course
from autograder.grading.sample import partial, solution
from autograder.sandbox.notebook_source import notebook_source

COURSE = load_course()
NEURONS, ACTIVATIONS, TYPES = (COURSE.unit(name) for name in ("neurons", "activations", "file_types"))
FORMS = ("modules", "notebooks", "zip")


def ask_for(desk, form):
    path = desk.root / "course.yml"
    path.write_text(re.sub(r"^handin: .*", f"handin: {form}", path.read_text(), flags=re.MULTILINE))


def made(desk):
    return sorted(path.name for path in (desk.root / "handin").glob("*"))


def test_every_form_of_one_unit_and_of_all_is_found_and_graded(desk, tmp_path, autograder):
    helper = "\n\ndef twice(x):\n    return 2 * x\n"
    text = solution(COURSE, NEURONS).replace("import numpy as np", "import numpy as np\n\nfrom mine import twice", 1)
    assert "from mine" in text
    desk.module(NEURONS).write_text(text)
    desk.module(NEURONS).with_name("mine.py").write_text(helper)
    desk.module(ACTIVATIONS).write_text(partial(COURSE, ACTIVATIONS, 9))
    class_folder = tmp_path / "submissions"
    class_folder.mkdir()
    for number, form in enumerate(FORMS):
        ask_for(desk, form)
        for scope in ("neurons", ""):
            shutil.rmtree(desk.root / "handin", ignore_errors=True)
            said = desk.type(f"autograder handin {scope}")
            assert "neurons: 18 of 18 points by the public tests" in said
            student = f"{form}{'one' if scope else 'all'}"
            for name in made(desk):
                assert f"written: handin/{name}" in said
                # As Canvas names what it hands on.
                shutil.copy(desk.root / "handin" / name, class_folder / f"{student}_{10 + number}_{len(scope)}_{name}")
    assert len(list(class_folder.iterdir())) == 2 + 3 + 2 + 3 + 1 + 1
    done = autograder(
        "grade", class_folder, "--output", tmp_path / "out", "--unit", "neurons", "--unit", "activations",
        "--course", COURSE.root,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    points = {}
    with (tmp_path / "out" / "grades.csv").open() as file:
        for row in csv.DictReader(file):
            key = row["student"], row["unit"]
            points[key] = points.get(key, 0) + float(row["points"])
    assert len({student for student, _ in points}) == 6
    for student in {student for student, _ in points}:
        assert points[student, "neurons"] == 18, student
        reached = points[student, "activations"]
        assert reached == (0 if student.endswith("one") else sum([*ACTIVATIONS.points.values()][:9])), student


def test_nothing_handed_in_is_lost(desk):
    desk.module(NEURONS).write_text(partial(COURSE, NEURONS, 2))
    assert "written: handin/neurons.py\n" in desk.type("autograder handin")
    assert "written: handin/neurons.py (as it was)" in desk.type("autograder handin neurons")
    desk.module(NEURONS).write_text(solution(COURSE, NEURONS))
    said = desk.type("autograder handin neurons")
    kept = desk.root / re.search(r"^what stood there: (.*)$", said, re.MULTILINE)[1]
    assert kept.read_text() == partial(COURSE, NEURONS, 2)
    assert (desk.root / "handin" / "neurons.py").read_text() == solution(COURSE, NEURONS)
    assert made(desk) == ["neurons.py"]


def test_what_is_no_python_is_refused_with_its_line_and_the_rest_is_written(desk):
    desk.module(NEURONS).write_text(solution(COURSE, NEURONS))
    desk.module(ACTIVATIONS).write_text("def step(x):\n    return (x\n")
    said = desk.type("autograder handin activations", status=2)
    assert "Refused: activations.py, line 2: '(' was never closed" in said
    assert "nothing was written" in said
    assert made(desk) == []
    said = desk.type("autograder handin", status=1)
    assert "activations is not among it" in said
    assert made(desk) == ["neurons.py"]


def test_what_fails_or_cannot_be_imported_is_handed_in_and_told(desk):
    desk.module(NEURONS).write_text(solution(COURSE, NEURONS) + "\nraise ValueError('x')\n")
    said = desk.type("autograder handin neurons")
    assert "neurons: 0 of 18 points" in said
    assert "It earns nothing as it is: importing neurons.py failed: ValueError" in said
    assert made(desk) == ["neurons.py"]


def test_what_would_not_run_while_it_is_graded_is_said_here_too(desk):
    desk.module(NEURONS).write_text(solution(COURSE, NEURONS) + "\nimport yaml\n")
    said = " ".join(desk.type("autograder handin neurons").split())
    assert "neurons: 18 of 18 points by the public tests Mind: neurons.py, line" in said
    assert "imports yaml: while it is graded" in said


def test_what_is_untouched_is_no_work(desk):
    assert "nothing is begun yet" in desk.type("autograder handin", status=2)
    desk.module(NEURONS).write_text(solution(COURSE, NEURONS))
    assert "activations.py is as it was handed out" in desk.type("autograder handin activations", status=2)


def test_the_notebook_holds_the_lesson_and_the_module(desk):
    ask_for(desk, "notebooks")
    text = (
        '"""Mine."""\n\nfrom __future__ import annotations\n\nTABLE = {}\nfor key in range(3):\n    TABLE[key] = key\n'
    )
    desk.module(NEURONS).write_text(text + solution(COURSE, NEURONS))
    said = desk.type("autograder handin neurons")
    assert "Mind: line 6 of neurons.py is not run in a notebook: put it into a function." in said
    made_one = json.loads((desk.root / "handin" / "neurons.ipynb").read_text())
    lesson = json.loads(desk.module(NEURONS).with_suffix(".ipynb").read_text())
    assert made_one["cells"][: len(lesson["cells"])] == lesson["cells"]
    compile(notebook_source(json.dumps(made_one)), "neurons", "exec")


def test_the_zip_has_a_folder_for_each_unit(desk):
    ask_for(desk, "zip")
    desk.module(NEURONS).write_text(solution(COURSE, NEURONS))
    desk.module(ACTIVATIONS).write_text(solution(COURSE, ACTIVATIONS))
    desk.type("autograder handin act")
    desk.type("autograder handin")
    assert made(desk) == ["activations.zip", "handin.zip"]
    with zipfile.ZipFile(desk.root / "handin" / "handin.zip") as archive:
        assert sorted(archive.namelist()) == [
            f"{unit.folder}/{unit.id}.{ending}" for unit in (NEURONS, ACTIVATIONS) for ending in ("ipynb", "py")
        ]


def test_the_form_is_the_instructors(desk, tmp_path):
    text = (COURSE.root / "course.yml").read_text()
    listed = yaml.safe_load(text)
    (tmp_path / "ours").mkdir()
    course = tmp_path / "ours" / "course.yml"
    course.write_text(yaml.safe_dump({**listed, "handin": "zip"}, sort_keys=False))
    for folder in ("exercises", "solutions"):
        (tmp_path / "ours" / folder).symlink_to(COURSE.root / folder)
    assert release(load_course(course), tmp_path / "handout").is_file()
    readme = (tmp_path / "handout" / "README.md").read_text()
    assert "handin/neurons.zip" in readme
    assert load_course(tmp_path / "handout").handin == "zip"
    ask_for(desk, "pdf")
    said = desk.type("autograder status", status=2)
    assert "course.yml, line 2: handin: Input should be 'modules', 'notebooks' or 'zip' (it is 'pdf')" in said


@pytest.mark.parametrize("form", FORMS)
def test_a_unit_that_uses_earlier_ones_is_handed_in_alone(desk, form):
    ask_for(desk, form)
    desk.module(TYPES).write_text(solution(COURSE, TYPES))
    desk.type("autograder handin file_types")
    assert made(desk) == [{"modules": "file_types.py", "notebooks": "file_types.ipynb", "zip": "file_types.zip"}[form]]
