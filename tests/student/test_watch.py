"""`autograder watch` in terminals of several sizes: one screen, one failure, single keys."""

import re
from dataclasses import replace

import pytest

from autograder.checks.results import CheckResult, Outcome
from autograder.commands.watch import Screen
from autograder.course.units import load_course
from autograder.grading.sample import partial, solution
from autograder.student.progress import Desk, Standing

COURSE = load_course()
NEURONS, ACTIVATIONS, CONVOLUTION = (COURSE.unit(name) for name in ("neurons", "activations", "convolution"))
SLIPS = """

def step(x):
    print("step is given", x.shape)
    return (x >= 0).astype(x.dtype)


def relu(x):
    return np.minimum(x, 0)


def softmax(x, axis=-1):
    return np.exp(x) / np.exp(x).sum()
"""


def shown(terminal):
    """What stands on the screen now that it was drawn anew."""
    return "\n".join(terminal.drawn("q quit"))


@pytest.fixture
def watch(terminal):
    return terminal("autograder", "watch")


class TestKeys:
    def test_what_is_saved_is_checked_and_keys_do_their_work(self, desk, watch):
        assert "neurons: 0 of 18" in shown(watch)
        desk.module(NEURONS).write_text(partial(COURSE, NEURONS, 2))
        seen = shown(watch)
        assert "neurons: 4 of 18" in seen
        assert "2 pass" in seen
        watch.press("h")
        seen = shown(watch)
        assert "hint 1 of" in seen
        assert "Read the docstring" in seen
        watch.press("l")
        assert "02_activations" in shown(watch)
        desk.module(NEURONS).write_text(solution(COURSE, NEURONS))
        seen = shown(watch)
        assert "neurons: 18 of 18" in seen
        assert "autograder plot neurons" in seen
        watch.press("n")
        assert "activations: 0 of 30" in shown(watch)
        watch.press("r")
        assert "y for yes" in shown(watch)
        watch.press("n")
        assert "Nothing was changed." in shown(watch)
        watch.press("r")
        assert "y for yes" in shown(watch)
        watch.press("y")
        watch.until("--restore")
        watch.press("q")
        assert watch.process.wait(120) == 0

    def test_a_broken_save_is_told_and_watching_goes_on(self, desk, watch):
        shown(watch)
        desk.module(NEURONS).write_text("def f(:\n")
        assert "invalid syntax" in shown(watch)
        test = desk.module(NEURONS).with_name("test_neurons.py")
        whole = test.read_text()
        test.write_text("def f(:\n")
        watch.press("n")
        assert "must stay as they were" in shown(watch)
        test.write_text(whole)
        desk.module(NEURONS).write_text(solution(COURSE, NEURONS))
        assert "18 of 18" in shown(watch)
        watch.process.send_signal(2)  # Ctrl-C
        assert watch.process.wait(120) in (130, 1, -2)

    def test_without_a_terminal_letters_are_read_from_lines(self, desk):
        said = desk.type("autograder watch", input="l\nq\n")
        assert "neurons: 0 of 18" in said
        assert "points by the public tests" in said
        assert "\x1b" not in said
        assert "running" not in said


class TestOneScreen:
    @pytest.mark.parametrize("rows, columns", [(24, 80), (12, 40), (10, 100), (40, 120)])
    def test_one_failure_fits_whatever_is_asked(self, desk, terminal, rows, columns):
        desk.module(NEURONS).write_text(solution(COURSE, NEURONS))
        desk.module(ACTIVATIONS).write_text(solution(COURSE, ACTIVATIONS) + SLIPS)
        watch = terminal("autograder", "watch", rows=rows, columns=columns)
        names = []
        for key in ["", *"fffhrlc"]:
            watch.press(key)
            lines = watch.drawn("q quit")
            names += [line.split()[0] for line in lines if re.match("(step|relu|softmax)  ", line)]
            assert watch.rows_taken(lines) <= rows, lines
        assert names[:4] == ["step", "relu", "softmax", "step"]

    def test_the_rest_is_counted_and_prints_are_kept(self, desk, watch):
        desk.module(NEURONS).write_text(solution(COURSE, NEURONS))
        shown(watch)
        desk.module(ACTIVATIONS).write_text(solution(COURSE, ACTIVATIONS) + SLIPS)
        watch.until("running...", seconds=20)
        seen = shown(watch)
        assert seen.startswith("activations: 25 of 30 points by the public tests\n\nMind: ")
        assert "step  step film ratings: failed\n  step([-0.01, 0., 0.01, 0.4])" in seen
        assert "Your code printed:\n  step is given (4,)\n" in seen
        assert "2 more fail; 14 pass\n" in seen
        assert seen.endswith("n next   f failure   h hint   l list   c check all   r reset   q quit\n")
        assert max(map(len, seen.splitlines())) <= 80
        watch.resize(24, 50)
        assert max(map(len, watch.drawn("q quit"))) <= 50

    def test_what_waits_for_another_is_told_so(self, desk, watch):
        slip = "\n\ndef output_size(size, kernel, stride=1, padding=0, dilation=1):\n    return (size - kernel) // (stride + 1)\n"
        shown(watch)
        desk.module(CONVOLUTION).write_text(solution(COURSE, CONVOLUTION) + slip)
        seen = shown(watch)
        assert "output_size  output size" in seen
        assert re.search(r"^\d+ more fail and can wait: they call output_size; \d+ pass$", seen, re.MULTILINE)
        for _ in range(3):
            watch.press("f")
            seen = shown(watch)
        assert "It calls output_size, which fails too: mend that first." in seen

    def test_an_endless_loop_costs_its_time_once_and_its_line_is_told(self, desk, watch):
        course = desk.root / "course.yml"
        course.write_text(re.sub(r"check_seconds: .*", "check_seconds: 2", course.read_text()))
        loop = "\n\ndef output_size(*sizes):\n    rounds = 0\n    while True:\n        rounds += 1\n"
        shown(watch)
        text = solution(COURSE, CONVOLUTION) + loop
        desk.module(CONVOLUTION).write_text(text)
        watch.until("running...", seconds=20)
        seen = shown(watch)
        assert "it ran longer than 2 seconds: is there an endless loop?" in seen
        line = int(re.search(r"convolution\.py, line (\d+), in output_size: ", seen)[1])
        assert text.splitlines()[line - 1].strip() in ("while True:", "rounds += 1")
        assert "can wait: they call output_size" in seen
        said = desk.type("autograder check convolution", status=1)
        assert said.count("ran longer than") == 1
        assert "conv2d_forward calls output_size, which fails too: mend that first" in said


@pytest.mark.parametrize("rows, columns", [(24, 80), (14, 60), (40, 120)])
def test_the_hint_of_a_known_mistake_stays_however_long_the_failure(monkeypatch, rows, columns):
    monkeypatch.chdir(COURSE.root)
    monkeypatch.setenv("COLUMNS", str(columns))
    screen = Screen(Desk(COURSE.root))
    message = "the result is wrong:\n" + "\n".join(f"  at [{row}]: got {row}, expected {row + 1}" for row in range(60))
    failed = CheckResult("t.py::test_a", "logic_gate", Outcome.FAILED, call="logic_gate('AND')", message=message)
    known = replace(failed, check="t.py::test_b", hint="Three gates take one neuron:\nwhich one takes two?")
    screen.standing, screen._exercise = Standing(screen.standing.unit, [failed, known]), "logic_gate"
    lines = screen._unit(rows - 3)
    assert len(lines) <= rows - 3
    assert "logic_gate  b: failed" in lines
    assert lines.index("  which one takes two?") == lines.index("  Hint: Three gates take one neuron:") + 1
    assert any("more lines" in line for line in lines) == (rows < 60)
    screen._unmet = ["neurons uses your step, which is not written yet: do steps first."]
    assert not any("Hint" in line for line in screen._unit(rows - 3))
