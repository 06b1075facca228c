"""A student's road on a system that has no fork, no signals to speak of and none of Unix's modules: here they are forbidden."""

import os
import re

import pytest

from autograder.course.units import load_course
from autograder.grading.sample import partial, solution

COURSE = load_course()
NEURONS, ACTIVATIONS = COURSE.unit("neurons"), COURSE.unit("activations")
MODULES = ("fcntl", "termios", "tty", "pty", "resource", "pwd", "grp", "syslog", "_posixshmem")
FORBIDDEN = f"""
import os, signal, sys

def forbid(owner, *names):
    for name in names:
        if hasattr(owner, name):
            def refused(*arguments, name=name, **named):
                os.write(2, f"forbidden here: {{name}}\\n".encode())
                os._exit(99)
            setattr(owner, name, refused)

forbid(os, "fork", "forkpty", "kill", "killpg", "setsid", "mkfifo", "getuid")
forbid(signal, "signal", "setitimer", "alarm", "raise_signal", "pthread_kill", "pthread_sigmask", "set_wakeup_fd", "siginterrupt")
for name in ("SIGALRM", "SIGWINCH", "SIGKILL", "ITIMER_REAL"):
    delattr(signal, name)

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name in {MODULES!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

for name in {MODULES!r}:
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Missing())
"""


@pytest.fixture
def elsewhere(desk, tmp_path):
    """Types a command as there."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(FORBIDDEN)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    return lambda command, status=0, **options: desk.type(command, status, env=environment, **options)


def test_the_ban_holds(elsewhere, desk):
    (desk.root / "tried.py").write_text("import os, sys\nif sys.argv[1] == 'fork': os.fork()\nimport termios\n")
    assert "forbidden here: fork" in elsewhere("tried fork", 99)
    (desk.root / "tried.py").write_text("try: import termios\nexcept ImportError: print('missing')\n")
    assert "missing" in elsewhere("tried")


def test_an_evening(elsewhere, desk):
    assert "neurons:mcculloch_pitts" in elsewhere("autograder next")
    desk.module(NEURONS).write_text(partial(COURSE, NEURONS, 2))
    assert "neurons: 4 of 18" in elsewhere("autograder check neurons", 1)
    assert "hint 1 of" in elsewhere("autograder hint neurons")
    said = elsewhere("autograder watch", input="f\nl\nn\nh\nq\n")
    assert "neurons: 4 of 18" in said
    assert "01_neurons" in said
    assert "hint 2 of" in said
    assert re.search(r"01_neurons +##\.+ +4 of 18", elsewhere("autograder status"))
    assert "4 of 18 points by these public tests" in elsewhere("pytest -q exercises/01_neurons", 1)
    desk.module(NEURONS).write_text(solution(COURSE, NEURONS))
    assert "autograder plot neurons" in elsewhere("autograder check neurons")
    assert "drawn: neurons.png" in elsewhere("autograder plot neurons")
    assert "written: handin/neurons.py" in elsewhere("autograder handin").replace(os.sep, "/")
    assert "as it was handed out" in elsewhere("autograder reset neurons:logic_gate")
    assert "not written yet: logic_gate" in elsewhere("autograder check neurons", 1)


def test_an_endless_loop_is_stopped_there_too(elsewhere, desk):
    course = desk.root / "course.yml"
    course.write_text(re.sub(r"check_seconds: .*", "check_seconds: 1", course.read_text()))
    desk.module(NEURONS).write_text(f"{solution(COURSE, NEURONS)}\n\ndef logic_gate(name):\n    while True: pass\n")
    said = elsewhere("autograder check neurons", 1)
    assert "it ran longer than 1 seconds: is there an endless loop?" in said
    assert re.search(r"neurons\.py, line \d+, in logic_gate: while True: pass", said)


def test_a_check_cell(elsewhere, desk):
    desk.module(ACTIVATIONS).write_text(solution(COURSE, ACTIVATIONS))
    folder = str(desk.module(ACTIVATIONS).parent)
    lines = ["import os", f"os.chdir({folder!r})", "from autograder.notebook import check", "check('softmax')"]
    (desk.root / "cell.py").write_text("\n".join(lines))
    assert "passed" in elsewhere("cell")
