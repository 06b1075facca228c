"""A student's evening with the bundle that students get: every command, in its folder, as they type it."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import venv
import zipfile

import pytest

from autograder.checks.results import CheckResult, Outcome
from autograder.commands.student import drawn
from autograder.course.build import BuildError
from autograder.course.file import UnitSketch
from autograder.course.release import leaks, release
from autograder.course.units import load_course
from autograder.grading.sample import partial, solution
from autograder.student.progress import Standing

COURSE = load_course()
NEURONS, ACTIVATIONS = COURSE.unit("neurons"), COURSE.unit("activations")


class TestBundle:
    def test_holds_what_students_need_and_nothing_else(self, bundle):
        assert {path.name for path in bundle.iterdir()} == {
            "exercises", "datasets", "autograder", ".autograder", ".vscode", "course.yml", "README.md", "LICENSE",
            "pyproject.toml", "docs",
        }  # fmt: skip
        assert [path.name for path in (bundle / "docs").iterdir()] == ["glossary.md"]
        names = {path.name for path in bundle.rglob("*") if not path.is_relative_to(bundle / "autograder")}
        assert not names & {"solutions", "hidden.py", "mistakes.py", "lesson.md", "tests", ".git"}
        assert "submission_seconds" not in (bundle / "course.yml").read_text()
        assert [unit.folder for unit in load_course(bundle).units] == [unit.folder for unit in COURSE.units]

    def test_folder_and_zip_are_clean(self, bundle, autograder):
        assert leaks(COURSE, bundle) == []
        done = autograder("release", "--check", bundle.with_suffix(".zip"), "--course", COURSE.root)
        assert (done.returncode, done.stdout) == (0, f"{bundle.with_suffix('.zip')}: clean\n")

    def test_test_panels_find_the_tests_and_no_others(self, bundle):
        """What VS Code and PyCharm ask pytest, in the bundle's root and as the settings say."""
        settings = json.loads((bundle / ".vscode" / "settings.json").read_text())
        assert settings["python.testing.pytestEnabled"]
        for arguments in (settings["python.testing.pytestArgs"], [], ["."]):
            done = subprocess.run(
                [sys.executable, "-m", "pytest", "--collect-only", "-q", *arguments],
                cwd=bundle, capture_output=True, text=True,
            )  # fmt: skip
            assert done.returncode == 0, done.stdout
            assert "warnings summary" not in done.stdout
            files = {line.partition("::")[0] for line in done.stdout.splitlines() if "::" in line}
            assert files == {f"exercises/{unit.folder}/test_{unit.module}" for unit in COURSE.units}

    def test_the_readme_stands_in_columns_and_says_how_to_hand_in(self, bundle):
        text = (bundle / "README.md").read_text()
        for block in re.findall(r"^```console\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL):
            lines = [line for line in block.splitlines() if "#" in line]
            assert len({line.index("# ") for line in lines}) == 1
            assert max(map(len, lines)) <= 80
        assert "`autograder handin neurons` makes `handin/neurons.py`, a copy of your module" in text

    def test_the_zip_depends_on_the_files_alone(self, bundle, tmp_path):
        again = release(COURSE, tmp_path / "course")
        assert again.read_bytes() == bundle.with_suffix(".zip").read_bytes()

    @pytest.mark.parametrize(
        "name, text, words",
        [
            ("exercises/01_neurons/hidden.py", "", "is the instructor's"),
            ("solutions/x.py", "", "is the instructor's"),
            (
                "exercises/02_activations/notes.txt",
                "z = 1\n    return LECUN_SCALE * np.tanh( LECUN_SLOPE * x )",
                "line 2: ",
            ),
            ("notes/all.py", solution(COURSE, NEURONS), "notes/all.py: "),
        ],
    )
    def test_what_is_planted_is_found(self, bundle, tmp_path, autograder, name, text, words):
        shutil.copytree(bundle, tmp_path / "b")
        (tmp_path / "b" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "b" / name).write_text(text)
        done = autograder("release", "--check", tmp_path / "b", "--course", COURSE.root)
        assert done.returncode == 1
        assert words in done.stdout

    def test_is_not_written_over_anything(self, tmp_path):
        (tmp_path / "mine.txt").write_text("mine")
        with pytest.raises(BuildError, match="is there already"):
            release(COURSE, tmp_path)
        with pytest.raises(BuildError, match="neither a folder nor a zip"):
            leaks(COURSE, tmp_path / "nothing")

    def test_installs_in_an_empty_environment_and_a_unit_is_worked_through(self, bundle, tmp_path):
        with zipfile.ZipFile(bundle.with_suffix(".zip")) as archive:
            archive.extractall(tmp_path)
        venv.create(tmp_path / "venv", with_pip=True)
        place = tmp_path / "venv" / "bin"
        root = tmp_path / "course"
        environment = {"PATH": f"{place}{os.pathsep}{os.environ['PATH']}", "HOME": str(tmp_path)}

        def type_in(*command, status=0):
            done = subprocess.run(command, cwd=root, capture_output=True, text=True, env=environment, timeout=900)
            assert done.returncode == status, done.stdout + done.stderr
            return done.stdout

        type_in(place / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-e", ".")
        assert "neurons:mcculloch_pitts" in type_in("autograder", "next")
        (root / "exercises" / NEURONS.folder / NEURONS.module).write_text(solution(COURSE, NEURONS))
        assert "neurons: 18 of 18 points" in type_in("autograder", "check", "neurons")
        assert "18 of 18 points by these public tests. All of them pass." in type_in(
            "pytest", "-q", "exercises/01_neurons"
        )
        assert "activations:step" in type_in("autograder", "next")
        type_in("autograder", "plot", "neurons")
        assert (root / "neurons.png").read_bytes().startswith(b"\x89PNG")
        listed = type_in(place / "python", "-m", "pip", "list", "--format=freeze").lower()
        for heavy in ("torch", "msgpack", "sqlalchemy", "jupyterlab", "distributed"):
            assert f"{heavy}==" not in listed


def standing(number, part, reached):
    unit = UnitSketch(f"{number:02d}_unit", "A unit", {"easy": 1.0, "hard": 1.0}, part)
    outcomes = [Outcome.PASSED if place < reached else Outcome.FAILED for place in range(2)]
    checks = [
        CheckResult(f"test_unit.py::test_{name}", name, outcome, 1.0)
        for name, outcome in zip(unit.points, outcomes, strict=True)
    ]
    return Standing(unit, checks)


class TestStatusOfALongCourse:
    """Thirty units do not fit into 24 rows: parts that are done or not begun are a line."""

    @pytest.fixture
    def course(self):
        return [standing(k, f"Part {'ABCDEF'[k // 5]}: five", 2 if k < 6 else int(k == 6)) for k in range(30)]

    def test_what_fits_is_drawn_whole(self, course):
        for room in (None, 39):
            lines = drawn(course, room)
            assert len(lines) == 36
            assert lines[:2] == ["Part A: five", "  00_unit  ##########      2 of 2    done"]

    def test_what_does_not_fit_keeps_what_is_begun(self, course):
        lines = drawn(course, 38)
        assert lines[0] == "Part A: five: 10 of 10 points in 5 units"
        assert lines[1:4] == [
            "Part B: five",
            "  05_unit  ##########      2 of 2    done",
            "  06_unit  #####.....      1 of 2    next: hard",
        ]
        assert lines[7:] == [f"Part {letter}: five: 0 of 10 points in 5 units" for letter in "CDEF"]

    def test_a_new_course_shows_its_first_part(self):
        fresh = [standing(k, f"Part {'ABCDEF'[k // 5]}: five", 0) for k in range(30)]
        assert [line for line in drawn(fresh, 24) if "next: easy" in line] == [
            f"  {k:02d}_unit  ..........      0 of 2    next: easy" for k in range(5)
        ]


class TestCommands:
    def test_check_shows_failures_first_with_call_expected_and_got(self, desk):
        text = partial(COURSE, ACTIVATIONS, 9).replace(
            "return (x > 0).astype(x.dtype)", "return (x >= 0).astype(x.dtype)", 1
        )
        assert text != partial(COURSE, ACTIVATIONS, 9)
        desk.module(ACTIVATIONS).write_text(text)
        said = desk.type("autograder check activations", status=1)
        failures, hint, not_written, passes = (
            said.index(words) for words in ("step  step film", "Hint: ", "not written yet:", "more are hidden")
        )
        assert failures < hint < not_written < passes
        assert "Hint: a known mistake gives the same answer. " in said
        assert re.search(r"pass their 1\d public\s+tests;\s+\d\d more are hidden", said)
        assert re.search(r"step\(.*\)\n +the result is wrong.*\n.*got 1, expected 0", said)
        assert "next: step" in said
        said = desk.type("autograder check activations:relu")
        assert said.startswith("activations: ")
        assert re.search(r"^relu passes its 1 public test; \d more are hidden$", said, re.MULTILINE)

    def test_status_and_next_follow_the_work(self, desk):
        assert "next: mcculloch_pitts" in desk.type("autograder status")
        desk.module(NEURONS).write_text(solution(COURSE, NEURONS))
        said = desk.type("autograder status")
        assert re.search(r"^Part A.*\n  01_neurons +#{10} +18 of 18 +done$", said, re.M)
        assert "Next: autograder check activations" in said
        said = desk.type("autograder next")
        line = desk.module(ACTIVATIONS).read_text().splitlines().index("def step(x):") + 1
        assert f"exercises/02_activations/activations.py:{line}" in said

    def test_a_module_that_cannot_be_imported_is_said_where(self, desk):
        desk.module(NEURONS).write_text("def mcculloch_pitts(:\n")
        said = desk.type("autograder check neurons", status=1)
        assert "neurons.py, line 1: invalid syntax" in said
        assert "0 of 18" in desk.type("autograder status")

    def test_an_endless_loop_is_stopped(self, desk):
        course = desk.root / "course.yml"
        course.write_text(re.sub(r"check_seconds: .*", "check_seconds: 2", course.read_text()))
        text = solution(COURSE, NEURONS)
        desk.module(NEURONS).write_text(f"{text}\ndef logic_gate(name):\n    while True: pass\n")
        said = desk.type("autograder check neurons", status=1)
        assert "it ran longer than 2 seconds: is there an endless loop?" in said
        said = desk.type("pytest -q -rs exercises/01_neurons", status=1)
        assert said.count("it ran longer than 2 seconds: is there an endless loop?") == said.count("1 failed") == 1
        assert "not run: logic_gate did not come to an end" in said  # nobody waits for each of its tests
        desk.module(NEURONS).write_text("while True: pass\n")
        assert "importing neurons.py ran longer than 2 seconds" in desk.type("autograder check neurons", status=1)

    def test_hints_go_from_where_to_look_to_a_question_to_ideas_and_end(self, desk):
        every = [desk.type("autograder hint activations:softmax") for _ in range(7)]
        assert "activations:softmax, hint 1 of 6" in every[0]
        assert "Read the docstring of softmax" in every[0]
        assert "test_softmax_rows_by_hand" in every[0]
        assert "What goes into softmax, what comes out" in " ".join(every[1].split())
        assert [re.search(r"hint (\d)", each)[1] for each in every[:6]] == ["1", "2", "3", "4", "5", "6"]
        assert "Subtract the maximum" in every[2]
        assert len(set(every)) == 7
        assert [each.endswith("That was the last hint for activations:softmax.\n") for each in every] == [
            *[False] * 5, True, True,
        ]  # fmt: skip
        assert desk.type("autograder hint autodiff:topological_order").count("test_topological_order") == 1

    def test_hints_begin_with_the_mistake_that_answers_the_same(self, desk):
        text = partial(COURSE, ACTIVATIONS, 2)
        stub = text.index("raise NotImplementedError", text.index("def tanh("))
        wrong = "return 2 / (1 + np.exp(-x)) - 1"  # of x, where 2 x is right
        desk.module(ACTIVATIONS).write_text(text[:stub] + wrong + text[stub + len("raise NotImplementedError") :])
        said = desk.type("autograder check activations", status=1)
        hint = re.search(r"Hint: a known mistake gives the same answer\. (.*?)\n\n", said, re.DOTALL)[1]
        first, second, third = [desk.type("autograder hint activations:tanh") for _ in range(3)]
        assert "".join(hint.split()) in "".join(first.split())
        assert "Read the docstring of tanh" in second
        assert 'In "tanh by hand": which number is the first to differ' in third
        others = [desk.type("autograder hint activations:tanh") for _ in range(5)]
        assert not any("".join(hint.split()) in "".join(each.split()) for each in others)

    def test_what_would_not_run_while_it_is_graded_is_said(self, desk):
        text = solution(COURSE, ACTIVATIONS)
        provided = "try:\n    import no\nexcept ImportError:\n    no = 0\n"
        head = f"import math\nimport numpy as np, pytest\nfrom yaml import nodes\n{provided}"
        tail = "\n\ndef relu(x):\n    return np.maximum(x, 0)\n\n\ndef ask():\n    return input()\n"
        desk.module(ACTIVATIONS).write_text(head + text + tail)
        said = " ".join(desk.type("autograder check activations").split())
        assert "line 2 imports pytest: while it is graded there is NumPy" in said
        assert "line 3 imports yaml: while" in said
        assert "imports no:" not in said
        assert "defines relu in line" in said
        assert "calls input(): nobody answers" in said
        desk.module(ACTIVATIONS).write_text(text)
        assert "Mind" not in desk.type("autograder check activations")

    def test_prints_by_the_thousand_leave_what_went_wrong_on_the_screen(self, desk):
        loud = "\n\ndef relu(x):\n    for i in range(4000):\n        print('here', i)\n    return x\n"
        desk.module(ACTIVATIONS).write_text(solution(COURSE, ACTIVATIONS) + loud)
        said = desk.type("autograder check activations:relu", status=1)
        assert len(re.findall("^here", said, re.MULTILINE)) == 30
        assert re.search(r"^\.\.\. and [\d,]+ more lines that your code printed\.$", said, re.MULTILINE)

    def test_beginnings_do_and_typos_are_told(self, desk):
        assert desk.type("autograder check act", status=1).startswith("activations: 0 of 30")
        assert "did you mean activations?" in desk.type("autograder check activatoins", status=2)
        assert "did you mean softmax or softmax_backward?" in desk.type("autograder hint activations:soft", status=2)
        assert "there are: neurons, activations" in desk.type("autograder check zzz", status=2)

    def test_reset_keeps_what_was_there(self, desk):
        stub = desk.module(NEURONS).read_text()
        mine = solution(COURSE, NEURONS)
        desk.module(NEURONS).write_text(mine)
        said = desk.type("autograder reset neurons:logic_gate")
        now = desk.module(NEURONS).read_text()
        assert now.count("raise NotImplementedError") == 1
        assert "not written yet: logic_gate" in desk.type("autograder check neurons", status=1)
        name = re.search(r"--restore (\S+)", said)[1]
        assert name in desk.type("autograder reset neurons --list")
        desk.type("autograder reset neurons")
        assert desk.module(NEURONS).read_text() == stub
        desk.type(f"autograder reset neurons --restore {name}")
        assert desk.module(NEURONS).read_text() == mine
        assert len(desk.type("autograder reset neurons --list").splitlines()) == 3
        assert "no backup of neurons is called 'x'" in desk.type("autograder reset neurons --restore x", status=2)
        desk.module(NEURONS).write_text("def f(:")
        assert "Mend that first" in desk.type("autograder reset neurons:logic_gate", status=2)

    def test_plot_says_what_is_missing(self, desk):
        assert "not written yet" in desk.type("autograder plot activations", status=2)
        desk.module(ACTIVATIONS).write_text(solution(COURSE, ACTIVATIONS))
        # What the lesson prints before its picture is not said here.
        assert desk.type("autograder plot activations --output picture.png") == "drawn: picture.png\n"
        assert (desk.root / "picture.png").read_bytes().startswith(b"\x89PNG")

    def test_outside_of_a_course_the_way_out_is_named(self, desk, tmp_path):
        done = subprocess.run(
            [sys.executable, "-m", "autograder", "status"], cwd=tmp_path, capture_output=True, text=True,
            env={**os.environ, "PYTHONPATH": str(COURSE.root)},
        )  # fmt: skip
        assert (done.returncode, "no course.yml in" in done.stderr) == (2, True)
        (desk.root / "course.yml").write_text("title: x\nparts: 3\n")
        assert "course.yml, line 2: parts" in desk.type("autograder status", status=2)

    def test_commands_start_light(self, desk):
        """Nothing of the grader, of Jupyter or of plots is loaded by check and status."""
        code = (
            "import sys\nfrom autograder.cli import app\nsys.argv = ['autograder', 'status']\n"
            "try: app()\nexcept SystemExit: pass\n"
            "print(sorted({'matplotlib', 'msgpack', 'sqlalchemy', 'torch', 'rich.table'} & set(sys.modules)))"
        )
        done = subprocess.run([sys.executable, "-c", code], cwd=desk.root, capture_output=True, text=True)
        assert done.stdout.endswith("[]\n"), done.stdout + done.stderr


class TestWhatToMendFirst:
    def test_the_cause_comes_first_and_what_waits_for_it_is_a_line_each(self, desk):
        unit = COURSE.unit("convolution")
        slip = "\n\ndef output_size(size, kernel, stride=1, padding=0, dilation=1):\n    return (size - kernel) // (stride + 1)\n"
        desk.module(unit).write_text(solution(COURSE, unit) + slip)
        said = desk.type("autograder check convolution", status=1)
        assert said.index("got 43, expected 55") < said.index("conv2d_forward calls output_size, which fails too")
        assert said.count("mend that first") == said.count(" calls output_size,") > 5
        assert said.count(": failed") == said.count("\noutput_size  ")
        one = desk.type("autograder check convolution:conv2d_forward", status=1)
        assert "mend that first" not in one

    def test_a_module_that_cannot_be_imported_is_told_once(self, desk):
        path = desk.module(NEURONS)
        path.write_text(path.read_text().replace("def logic_gate(name):", "def logic_gate(name)"))
        said = desk.type("autograder check neurons", status=1)
        assert said.count("expected ':'") == 1
        assert len(said.splitlines()) < 9
        assert "cannot be imported: autograder check neurons" in desk.type("autograder status")
        assert desk.type("autograder check neurons:logic_gate", status=1).count("expected ':'") == 1


def test_paths_and_python_of_other_systems_are_not_assumed():
    """No command builds a path out of slashes, or needs what only Linux has, before it is asked to."""
    rooms = [path for room in ("student", "commands") for path in (COURSE.root / "autograder" / room).glob("*.py")]
    assert len(rooms) > 8
    for path in (*rooms, COURSE.root / "autograder" / "course" / "file.py"):
        text = path.read_text()
        top = [
            line
            for line in text.splitlines()
            if re.match(r"(import|from) (termios|tty|msvcrt|fcntl|resource|pwd)\b", line)
        ]
        assert top == []


def test_a_debugger_is_not_hurried(desk, terminal):
    course = desk.root / "course.yml"
    course.write_text(re.sub(r"check_seconds: .*", "check_seconds: 1", course.read_text()))
    text = solution(COURSE, NEURONS)
    stop = "\n\ndef logic_gate(name, right=logic_gate):\n    breakpoint()\n    return right(name)\n"
    desk.module(NEURONS).write_text(text + stop)
    check = terminal("autograder", "check", "neurons:logic_gate")
    check.until("(Pdb)")
    time.sleep(2.5)
    check.press("p name\n")
    check.until("'AND'")
    for _ in range(20):
        check.press("c\n")
    assert "neurons: 18 of 18 points" in check.rest()
