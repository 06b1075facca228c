"""What a student could do with stand-ins: while errors are carried forward, the reference answers for what failed.

Each attack breaks a cheap exercise on purpose, so that its stand-in is there, and tries to earn a dearer one with it. None may
earn more than the work in it is worth, reach what is the grader's, or end the run; the honest submission after it gets all.
"""

import contextlib
import resource

import pytest

from autograder.checks.results import Outcome
from autograder.course.units import LimitSettings, load_course
from autograder.grading.sample import solution
from autograder.grading.worker import CheckSession
from autograder.sandbox import confine

COURSE = load_course()
UNIT = COURSE.unit("convolution")
LIMITS = LimitSettings(check_seconds=1.5, submission_seconds=5, memory_bytes=256 * 2**20, output_bytes=8 * 2**20)
TOTAL = UNIT.total
CHEAP = UNIT.points["output_size"] + UNIT.points["zero_pad"]

# output_size and zero_pad are wrong, so that both are stood in for; conv2d_forward is what is to be had for nothing.
BROKEN = """
def output_size(*args, **kwargs):
    return -1
def zero_pad(x, padding):
    return x + 1
"""
# What a student can find out about a stand-in from inside: it is a plain function of the sandbox's.
INSIDE = """
def stand_ins():
    cells = {name: cell.cell_contents for name, cell in
             zip(output_size.__code__.co_freevars, output_size.__closure__ or ())}
    return cells["self"]
def ask(name, *args, **kwargs):
    from autograder.sandbox.stand_ins import ABSENT
    return stand_ins().call(None, name, args, kwargs, ABSENT)
"""
ATTACKS = {
    "its own stand-in": "def conv2d_forward(*args, **kwargs):\n    return ask('conv2d_forward', *args, **kwargs)\n",
    "a later one": "def conv2d_forward(x, w, b, *rest, **kwargs):\n    return ask('causal_conv1d_forward', x, w, b)\n",
    "whatever may be called so": "def conv2d_forward(*args, **kwargs):\n"
    "    for name in ('__import__', 'np', 'pair', 'im2col', 'conv2d_forward', '__dict__', '__class__', 'os.system'):\n"
    "        with contextlib.suppress(Exception):\n            return ask(name, *args, **kwargs)\n    raise LookupError\n",
    "the module as an object": "def conv2d_forward(*args, **kwargs):\n"
    "    from autograder.sandbox.stand_ins import ABSENT, Token\n"
    "    for number in range(64):\n        with contextlib.suppress(AttributeError, RuntimeError):\n"
    "            return stand_ins().call(Token(number), 'conv2d_forward', args, kwargs, ABSENT)\n    raise LookupError\n",
    "attributes of what it has a token for": "def conv2d_forward(*args, **kwargs):\n"
    "    from autograder.sandbox.stand_ins import Token\n"
    "    for number in range(64):\n        with contextlib.suppress(AttributeError):\n"
    "            return stand_ins().read(Token(number), 'conv2d_forward')(*args, **kwargs)\n    raise LookupError\n",
    "a token in the place of an answer": "def conv2d_forward(x, w, b, *rest, **kwargs):\n"
    "    import msgpack\n    from autograder.sandbox import wire\n"
    "    wire.Encoder._default = lambda self, value: msgpack.ExtType(wire.TOKEN, wire.pack_small(1))\n"
    "    return object(), None\n",
    "all that is in memory": "def conv2d_forward(*args, **kwargs):\n"
    "    import gc, sys\n    output_size(5, 3)\n"
    "    for thing in gc.get_objects():\n        with contextlib.suppress(Exception):\n"
    "            found = getattr(thing, 'conv2d_forward', None)\n"
    "            if found is not None and thing is not sys.modules[__name__]:\n                return found(*args, **kwargs)\n"
    "    frame = sys._getframe()\n    while frame is not None:\n        with contextlib.suppress(Exception):\n"
    "            for value in frame.f_locals.values():\n"
    "                if type(value) is np.ndarray and value.ndim == 4 and value is not args[0] and value is not args[1]:\n"
    "                    return value, None\n        frame = frame.f_back\n    raise LookupError\n",
    "another module the second time": "SECOND = []\ndef conv2d_forward(x, w, b, *rest, **kwargs):\n"
    "    if output_size(5, 3) == 3:\n        return ask('conv2d_forward', x, w, b, *rest, **kwargs)\n    raise LookupError\n",
    "a stand-in put back or wrapped": "def conv2d_forward(x, w, b, *rest, **kwargs):\n"
    "    global output_size\n    first, output_size = output_size, lambda *args: 3\n"
    "    conv2d_forward.__wrapped__ = first\n    return first(9, 3) * np.ones((2, 3, 4, 5)), None\n",
    "questions after the answer": "def conv2d_forward(*args, **kwargs):\n"
    "    from autograder.sandbox.runner import Runner\n    reply = Runner.reply\n"
    "    def both(self, message):\n        reply(self, message)\n"
    "        frame = self._stand_ins._frame(['ask', None, 'output_size', [9, 3], {}])\n"
    "        self._channel.send(frame * 50)\n    Runner.reply = both\n    return np.zeros(3), None\n",
}
GREEDY = {
    "too large": "def conv2d_forward(*args, **kwargs):\n    return zero_pad(np.ones((1, 1, 2, 2)), 60000), None\n",
    "large, again and again": "def conv2d_forward(*args, **kwargs):\n    for _ in range(10**6):\n"
    "        zero_pad(np.ones((1, 1, 2, 2)), 400)\n",
    "a million times": "def conv2d_forward(*args, **kwargs):\n    for _ in range(10**6):\n        output_size(9, 3)\n",
    "without an end": "def conv2d_forward(*args, **kwargs):\n    while True:\n"
    "        with contextlib.suppress(Exception):\n            ask('conv2d_forward')\n",
    "more than may cross": "def conv2d_forward(*args, **kwargs):\n    return output_size(np.ones(10**7), [[]] * 10**5), None\n",
    "nested": "def conv2d_forward(*args, **kwargs):\n    deep = []\n    for _ in range(10000):\n        deep = [deep]\n"
    "    return output_size(deep, 3), None\n",
}


@pytest.fixture(scope="module")
def session():
    if missing := confine.missing_features():
        pytest.skip("; ".join(missing))
    session = CheckSession(COURSE.model_copy(update={"limits": LIMITS}), [UNIT], seed="stand-ins")
    yield session
    session.close()


@pytest.fixture
def grade(session, tmp_path):
    def run(text):
        module = tmp_path / UNIT.module
        module.write_text(text)
        return session.grade("mallory", UNIT, module, [tmp_path])

    return run


def attack(code):
    return f"import contextlib\n{solution(COURSE, UNIT)}\n{BROKEN}{INSIDE}\n{code}"


def points(result):
    return {each.exercise: each.points for each in result.exercises}


@pytest.mark.parametrize("name", [*ATTACKS, *GREEDY])
def test_nothing_is_earned(grade, name):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result = grade(attack({**ATTACKS, **GREEDY}[name]))
    assert result.status == "graded"
    assert points(result)["conv2d_forward"] == points(result)["conv2d_backward"] == 0
    assert points(result)["output_size"] == points(result)["zero_pad"] == 0
    assert result.points <= TOTAL - CHEAP - 10
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 200_000  # KiB
    honest = grade(solution(COURSE, UNIT))
    assert honest.points == TOTAL


def test_honest_work_beside_a_slip_is_carried(grade):
    """The control: with the same broken parts, right code earns its points."""
    result = grade(f"{solution(COURSE, UNIT)}\n{BROKEN}")
    assert points(result)["conv2d_forward"] == UNIT.points["conv2d_forward"]
    assert result.points == TOTAL - CHEAP


def test_what_cannot_cross_stays_with_the_students_own(grade):
    code = "def conv2d_forward(*args, **kwargs):\n    return output_size(object(), 3), None\n"
    result = grade(attack(code))
    check = next(check for check in result.checks if check.exercise == "conv2d_forward")
    assert check.outcome == Outcome.FAILED
    assert points(result)["conv2d_forward"] == 0


def test_the_second_child_holds_no_reference(grade):
    """Whatever the stand-in's process holds, the student's has none of it: not a line of the reference's text."""
    secret = "columns = im2col"  # in the reference's conv2d_forward
    assert secret in (COURSE.root / "solutions" / UNIT.folder / UNIT.module).read_text()
    code = f"""def conv2d_forward(*args, **kwargs):
    import gc, linecache, sys
    output_size(9, 3)
    secret = "".join(reversed({secret[::-1]!r}))
    texts = [str(each) for each in gc.get_objects() if type(each) in (list, dict, tuple)]
    texts += [str(linecache.cache), *(str(vars(module)) for module in list(sys.modules.values()) if module)]
    raise LookupError("found" if any(secret in each for each in texts) else "nothing")
"""
    text = attack(code).replace(solution(COURSE, UNIT), "import numpy as np\n")
    result = grade(text)
    said = {
        check.message.splitlines()[0] for check in result.checks if check.exercise == "conv2d_forward" and check.message
    }
    assert "it raised LookupError: nothing" in said
    assert not any("found" in each for each in said)


def test_a_token_is_no_answer(grade):
    """A check that was given a token as an answer would read the reference's own values through it."""
    code = """
def conv2d_forward(*args, **kwargs):
    return 0.0, None
def conv_transpose2d_forward(x, w, b, *rest, **kwargs):
    import msgpack
    from autograder.sandbox import wire
    _, token = conv2d_forward(np.ones((1, 1, 4, 5)), np.ones((1, 1, 2, 3)), np.zeros(1))
    number = getattr(token, "_number", 1)
    wire.Encoder._default = lambda self, value: msgpack.ExtType(wire.TOKEN, wire.pack_small(number))
    return object(), token
"""
    result = grade(f"{solution(COURSE, UNIT)}\n{code}")
    told = {check.message for check in result.checks if check.exercise == "conv_transpose2d_forward" and check.message}
    assert "the program's answer was not readable" in told
    assert points(result)["conv_transpose2d_forward"] == 0


def test_open_files_and_processes_are_let_go(session, grade, tmp_path):
    import os

    for _ in range(3):
        grade(attack(ATTACKS["its own stand-in"]))
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        with contextlib.suppress(OSError):
            grade(attack(ATTACKS["a later one"]))
    assert len(os.listdir("/proc/self/fd")) <= before
