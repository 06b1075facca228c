"""The proxy and the real sandbox: the same check on a module in process and on a confined one, and every way to die."""

import dataclasses
import re
import sys
import textwrap
import warnings
from typing import ClassVar

import numpy as np
import pytest

from autograder import inout
from autograder.sandbox import conversations
from autograder.sandbox.client import Confined, Diverged
from autograder.sandbox.fork_server import ForkServer, describe_status
from autograder.sandbox.limits import Limits
from autograder.sandbox.local import Local, load_module
from autograder.sandbox.proxy import (
    BadReturn,
    Handle,
    LoadError,
    MissingName,
    OutOfTime,
    Student,
    StudentCrash,
    StudentExit,
    StudentTimeout,
)
from autograder.sandbox.rehearsal import Rehearsal

LIMITS = Limits(memory_bytes=256 * 2**20, calls_per_check=500)
HURRIED = dataclasses.replace(LIMITS, check_seconds=2.0, submission_seconds=6.0)  # for what only the clock ends

MODULE = """
from collections import namedtuple
from dataclasses import dataclass
import numpy as np

@dataclass
class Counter:
    n: int = 0
    def add(self, k):
        self.n += k
        return self.n

class Net:
    def __init__(self, rng):
        self.w = rng.normal(size=3)
        self.params = [self.w]
    def step(self, params, by=1.0):
        for p in params:
            p += by
    def me(self):
        return self

Pair = namedtuple("Pair", "loss grad")

def double(x): return 2 * x
def echo(x): return x
def shape(x): return (x.flags.c_contiguous, x.flags.f_contiguous, x.flags.writeable, str(x.dtype), x.shape)
def forward(x): return 2 * x, {"x": x, "net": Counter(7)}
def backward(dout, cache): return dout * cache["net"].n + cache["x"]
def keyed(x): return 3, {("forward", 1): x, True: 1}
def look(cache, step): return cache["forward", step]
def pair(x): return Pair(float(x.sum()), x)
def slope(f, x, eps=1e-6): return (f(x + eps) - f(x - eps)) / (2 * eps)
def fill(x): x[...] = 5.0
def nested(x): return [x, (x, {"k": [x.sum()]})]
def log(x): return np.log(x)
def draw(rng): return rng.normal(size=2)
def scalars(): return 1, 2.5, True, None, "s", np.float32(0.5), np.int64(3), 1 + 2j, 2**100, b"b"
def bad(kernel): raise ValueError(f"kernel must be odd, not {kernel}")
def deep_error(): return helper()
def helper(): return [][3]
def apply(f, x): return f(x)
"""


@pytest.fixture(scope="module")
def server():
    server = ForkServer(LIMITS)
    yield server
    server.close()


@pytest.fixture(scope="module")
def hurried():
    server = ForkServer(HURRIED)
    yield server
    server.close()


@pytest.fixture
def confine(server, tmp_path):
    """A student's module, from its text, in the sandbox."""
    opened = []

    def run(text, rehearsal=None, server=server):
        path = tmp_path / "student.py"
        path.write_text(textwrap.dedent(text))
        backend = Confined(server, path, [tmp_path], rehearsal)
        opened.append(backend)
        backend.start_check("check")
        return Student(backend, "student"), backend

    yield run
    for backend in opened:
        backend.close()


@pytest.fixture(params=["in process", "confined"])
def student(request, confine, tmp_path):
    if request.param == "confined":
        return confine(MODULE)[0]
    path = tmp_path / "student.py"
    path.write_text(MODULE)
    return Student(Local(load_module(path)), "student")


class TestSameOnBothSides:
    def test_arrays_come_back_exactly(self, student):
        x = np.random.default_rng(0).normal(size=(3, 1, 4))
        out = student.double(x)
        assert type(out) is np.ndarray
        assert np.array_equal(out, 2 * x)

    @pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i1", "i4", "i8", "u1", "?", "c8", "c16"])
    def test_dtypes_survive(self, student, dtype):
        x = np.array([[0, 1], [1, 0]], dtype=dtype)
        out = student.echo(x)
        assert out.dtype == x.dtype
        assert np.array_equal(out, x)

    def test_layout_is_kept(self, student):
        x = np.arange(24.0).reshape(4, 6)
        frozen = x.copy()
        frozen.flags.writeable = False
        assert student.shape(x) == (True, False, True, "float64", (4, 6))
        assert student.shape(x.T) == (False, True, True, "float64", (6, 4))
        assert student.shape(x[:, ::2]) == (False, False, True, "float64", (4, 3))
        assert student.shape(frozen)[2] is False
        assert np.array_equal(student.echo(x[::2, ::3]), x[::2, ::3])

    def test_empty_and_zero_dimensional(self, student):
        assert student.echo(np.zeros((0, 5))).shape == (0, 5)
        assert student.echo(np.array(2.5)).shape == ()

    def test_scalars_keep_their_types(self, student):
        got = student.scalars()
        assert got == (1, 2.5, True, None, "s", np.float32(0.5), np.int64(3), 1 + 2j, 2**100, b"b")
        assert [type(each).__name__ for each in got[:7]] == [
            "int",
            "float",
            "bool",
            "NoneType",
            "str",
            "float32",
            "int64",
        ]

    def test_containers_nest(self, student):
        x = np.ones(2)
        got = student.nested(x)
        assert type(got) is list
        assert type(got[1]) is tuple
        assert np.array_equal(got[1][0], x)
        assert got[1][1]["k"] == [2.0]

    def test_a_cache_goes_back_as_it_was(self, student):
        x = np.arange(3.0)
        _, cache = student.forward(x)
        assert np.array_equal(student.backward(np.ones(3), cache), 7 + x)

    def test_a_cache_may_have_any_keys(self, student):
        out, cache = student.keyed(np.arange(3.0))
        assert out == 3
        assert isinstance(cache, Handle)
        np.testing.assert_array_equal(student.look(cache, 1), np.arange(3.0))

    def test_named_tuples_unpack(self, student):
        loss, grad = student.pair(np.ones(3))
        assert loss == 3.0
        assert np.array_equal(grad, np.ones(3))

    def test_objects_are_called_and_read(self, student):
        counter = student.Counter(3)
        assert isinstance(counter, Handle)
        assert counter.add(4) == 7
        assert counter.n == 7
        assert counter != 7
        assert [counter] == [counter]
        net = student.Net(np.random.default_rng(0))
        assert net.me().w.shape == (3,)

    def test_inputs_are_copies_unless_inout(self, student):
        x, params = np.zeros(2), [np.zeros(3), np.ones((2, 2))]
        student.fill(x)
        assert np.array_equal(x, np.zeros(2))
        student.fill(inout(x))
        assert np.array_equal(x, np.full(2, 5.0))
        net = student.Net(np.random.default_rng(0))
        net.step(inout(params), by=2.0)
        assert np.array_equal(params[1], np.full((2, 2), 3.0))

    def test_callbacks_run_here_even_within_callbacks(self, student):
        seen = []

        def f(x):
            seen.append(x)
            return float(np.sum(student.double(x) ** 2))

        assert student.slope(f, np.array([3.0])) == pytest.approx(24.0)
        assert len(seen) == 2

    @pytest.mark.parametrize(
        "function, words",
        [
            (lambda: 0.0, "takes 0 arguments, but was given 1"),
            (lambda one, two: one, "takes 2 arguments, but was given 1"),
            (lambda one, two, three=0: one, "takes 2 to 3 arguments, but was given 1"),
            (lambda one, two, *rest: one, "takes 2 or more arguments, but was given 1"),
        ],
    )
    def test_a_callback_that_is_called_wrongly_says_how(self, student, function, words):
        with pytest.raises(TypeError, match=f"^f {words}$"):
            student.apply(function, np.ones(2))

    def test_a_students_function_is_passed_back_in(self, student):
        assert np.array_equal(student.apply(student.double, np.ones(2)), np.full(2, 2.0))

    def test_generators_are_independent_and_repeatable(self, student):
        rng = np.random.default_rng(7)
        first, second = student.draw(rng), student.draw(rng)
        assert not np.array_equal(first, second)
        assert np.array_equal(first, student.draw(np.random.default_rng(7)))

    def test_warnings_come_over(self, student):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            student.log(np.array([-1.0]))
        assert [w.category for w in caught] == [RuntimeWarning]

    def test_errors_come_over_with_their_line(self, student):
        with pytest.raises(ValueError, match="kernel must be odd, not 4"):
            student.bad(4)
        with pytest.raises(IndexError) as info:
            student.deep_error()
        assert info.value.student_frames[-1].function == "helper"
        assert info.value.student_frames[-1].source == "def helper(): return [][3]"

    def test_missing_names_are_said(self, student):
        with pytest.raises(MissingName, match=r"student\.py has no `nope`"):
            student.nope(1)
        with pytest.raises(MissingName, match="Counter objects have no `nope`"):
            student.Counter().nope  # noqa: B018


ENDINGS = {
    "loop": ("def f():\n    while True: pass", StudentTimeout, "ran longer than 2 seconds"),
    "sleep": ("import time\ndef f(): time.sleep(60)", StudentTimeout, "ran longer"),
    "exit": ("import os\ndef f(): os._exit(3)", StudentCrash, "exit status 3"),
    "segfault": ("import ctypes\ndef f(): ctypes.string_at(0)", StudentCrash, "segmentation fault"),
    "sys.exit": ("import sys\ndef f(): sys.exit('bye')", StudentExit, "SystemExit: bye"),
    "interrupt": ("def f(): raise KeyboardInterrupt", StudentExit, "KeyboardInterrupt"),
    "memory": ("import numpy as np\ndef f(): return np.ones(10**9)", MemoryError, "Unable to allocate"),
    "giant": ("import numpy as np\ndef f(): return np.broadcast_to(1.0, (10**6, 10**6))", BadReturn, "too large"),
    "wide": ("def f(): return [0] * 10**5", BadReturn, "use an array"),
    "cyclic": ("def f():\n    a = []\n    a.append(a)\n    return a", BadReturn, "handed over"),
    "deep": ("def f():\n    a = 0\n    for _ in range(99): a = [a]\n    return a", BadReturn, "nested more than"),
    "recursion": ("def f(): return f()", RecursionError, "recursion"),
    "flood": ("import os, sys\ndef f():\n    while True: print('x' * 9999)", StudentTimeout, "ran longer"),
    "torch": ("def f(): import torch", ModuleNotFoundError, "NumPy"),
    "passwd": ("def f(): open('/etc/passwd')", PermissionError, "Permission denied"),
    "fork": ("import os\ndef f(): os.fork()", PermissionError, "not permitted"),
    "garbage": (
        "import os\ndef f():\n    for fd in range(3, 4096):\n        try: os.write(fd, b'\\xff' * 64)\n"
        "        except OSError: pass",
        StudentCrash,
        "not readable",
    ),
    "forged lengths": (
        "import os\ndef f():\n    for fd in range(3, 4096):\n        try: os.write(fd, b'\\xff\\xff\\x00\\x00' * 2)\n"
        "        except OSError: pass",
        (StudentCrash, StudentTimeout),
        "",
    ),
}


ENDLESS = {"loop", "sleep", "flood", "forged lengths"}


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_ending_is_one_exception_and_the_next_check_runs(confine, server, hurried, ending):
    text, kind, words = ENDINGS[ending]
    student, backend = confine(f"{text}\ndef fine(x): return x + 1\n", server=hurried if ending in ENDLESS else server)
    with pytest.raises(kind) as info:
        student.f()
    assert words in str(info.value)
    backend.start_check("next")
    assert student.fine(1) == 2


@pytest.mark.parametrize(
    "text, words",
    [
        ("def f(:\n    pass", "student.py, line 1: invalid syntax"),
        ("import scipy", "NumPy"),
        ("while True: pass", "importing student.py ran longer than 2 seconds"),
        ("import os; os._exit(0)", "ended the program"),
        ("raise SystemExit(1)", "SystemExit"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("x = [0] * 10**10", "MemoryError"),
        ("1 / 0", "line 1: 1 / 0"),
        (
            "def f(): raise NotImplementedError\nf()",
            "line 2 calls f, which is not written yet, while the file is imported",
        ),
        ("\x00", "null bytes"),
    ],
)
def test_a_module_that_cannot_be_imported_is_said_once_and_not_tried_again(confine, server, hurried, text, words):
    student, backend = confine(text, server=hurried if text.startswith("while") else server)
    with pytest.raises(LoadError) as info:
        student.f()
    assert words in str(info.value)
    spent = backend.spent
    with pytest.raises(LoadError):
        backend.start_check("next")
    assert backend.spent == spent


@pytest.mark.parametrize(
    "text, since",
    [
        ("type X = int", (3, 12)),
        ("def f[T](x): return x", (3, 12)),
        ("class A[T]: pass", (3, 12)),
        ("f'{'a'}'", (3, 12)),
        ("t'x'", (3, 14)),
        ("try: 1\nexcept A, B: 2", (3, 14)),
        ("def f(:", None),
        ("type(x = 1", None),
        ("f'{x'", None),
        ("print('t' 1)", None),
    ],
)
def test_syntax_of_a_newer_python_names_both(text, since, tmp_path):
    (tmp_path / "mine.py").write_text(f"{text}\n")
    here = sys.version_info[:2]
    if since is not None and here >= since:
        load_module(tmp_path / "mine.py")
        return
    with pytest.raises(LoadError) as info:
        load_module(tmp_path / "mine.py")
    words = "" if since is None else f"Python 3.{since[1]} and newer take that; here it is read by Python 3.{here[1]}."
    assert words in str(info.value)
    assert bool(words) == ("and newer take" in str(info.value))


def test_a_submissions_time_is_bounded_over_all_checks(confine, hurried):
    student, backend = confine("def f():\n    while True: pass", server=hurried)
    for number in range(3):  # 2 seconds each, and the last at most what is left
        if backend.spent >= 6.0:
            break
        backend.start_check(f"check {number}")
        with pytest.raises(StudentTimeout):
            student.f()
    assert backend.spent >= 6.0
    with pytest.raises(OutOfTime, match="used up its 6 seconds"):
        backend.start_check("one more")


def test_endless_callbacks_are_bounded(confine):
    student, _ = confine("def f(g):\n    while True: g(1)")
    with pytest.raises(StudentTimeout, match="more than 500 calls"):
        student.f(lambda x: x)


def test_what_a_callback_is_given_is_bounded(confine):
    student, _ = confine("def f(g): return g([0] * 40_000), g([0] * 40_000, [0] * 40_000)")
    with pytest.raises(ValueError, match="the arguments are too large"):
        student.f(lambda *lists: 0)


def test_an_error_keeps_its_kind_however_deep_its_family_is(confine):
    student, _ = confine(
        "def f():\n    kind = ValueError\n    for k in range(40): kind = type(f'E{k}', (kind,), {})\n    raise kind('deep')"
    )
    with pytest.raises(ValueError, match="deep") as info:
        student.f()
    assert info.value.student_error == "E39"


def test_every_wait_status_has_words():
    for status in range(1, 65):
        assert describe_status(status)


def test_children_share_nothing(confine, server, tmp_path):
    student, backend = confine(
        "import builtins\ndef put(): builtins.left = 'here'\ndef get(): return hasattr(builtins, 'left')"
    )
    student.put()
    assert student.get() is True
    backend.close()
    backend.start_check("again")
    assert student.get() is False


ONCE = {"a", "b", "c", *(f"check {k}" for k in range(12))}


class TestRehearsal:
    """Questions sent ahead change nothing but the time."""

    TEXT = (
        "log = []\ndef f(x):\n    log.append(x)\n    if x == BAD: ACT\n    return x + SHIFT\ndef seen(): return log\n"
    )

    def ask(self, confine, text, rehearsal, checks):
        """Ask f about each number of each check; the answers, with the kind of exception where there was one."""
        student, backend = confine(text, rehearsal)
        answers = []
        for name, numbers in checks.items():
            backend.start_check(name)
            for number in numbers:
                try:
                    answers.append(student.f(number(answers) if callable(number) else number))
                except Exception as error:
                    answers.append(type(error).__name__)
        return answers

    def text(self, bad=-1, act="pass", shift=1):
        return "import os\n" + self.TEXT.replace("BAD", str(bad)).replace("ACT", act).replace("SHIFT", str(shift))

    CHECKS: ClassVar = {"a": [1, 2], "b": [3, lambda answers: answers[-1] * 10, 5], "c": [6]}

    @pytest.mark.parametrize(
        "options, expected",
        [
            ({}, [2, 3, 4, 41, 6, 7]),
            ({"shift": 2}, [3, 4, 5, 52, 7, 8]),
            ({"bad": 3, "act": "os._exit(1)"}, [2, 3, "StudentCrash", "TypeError", 6, 7]),
            ({"bad": 6, "act": "os._exit(1)"}, [2, 3, 4, 41, 6, "StudentCrash"]),
            ({"bad": 6, "act": "os._exit(1)", "shift": 2}, [3, 4, 5, 52, 7, "StudentCrash"]),
            ({"bad": 2, "act": "raise ValueError"}, [2, "ValueError", 4, 41, 6, 7]),
            ({"bad": 5, "act": "return 'x' * 2_000_000"}, [2, 3, 4, 41, "BadReturn", 7]),
        ],
    )
    def test_answers_are_those_of_a_run_without(self, confine, options, expected):
        rehearsal = Rehearsal(ONCE)
        self.ask(confine, self.text(), rehearsal, self.CHECKS)
        for _ in range(2):
            answers = []
            student, backend = confine(self.text(**options), rehearsal)
            for name, numbers in self.CHECKS.items():
                backend.start_check(name)
                for number in numbers:
                    try:
                        answers.append(student.f(number(answers) if callable(number) else number))
                    except (StudentCrash, ValueError, BadReturn, TypeError) as error:
                        answers.append(type(error).__name__)
            backend.close()
            assert answers == expected

    def test_foreseen_questions_are_asked_once(self, confine):
        rehearsal = Rehearsal(ONCE)
        checks = {"a": [1, 2], "b": [3]}
        self.ask(confine, self.text(), rehearsal, checks)
        student, backend = confine(self.text(), rehearsal)
        for name, numbers in checks.items():
            backend.start_check(name)
            for number in numbers:
                student.f(number)
        backend.start_check("end")
        assert sorted(student.seen()) == [1, 2, 3]

    def test_an_object_that_came_ahead_is_there_when_its_check_asks_it(self, confine):
        """Though first questions of other checks, with objects of their own, were answered since."""
        rehearsal = Rehearsal(ONCE)
        self.ask(confine, self.text(), rehearsal, {"a": [1], "b": [2], "c": [3]})
        box = "class Box:\n    def __init__(self, x): self.x = x\n    def other(self): return Box(-self.x)\n"
        text = f"{box}def f(x): return Box(x)\n"
        student, backend = confine(text, rehearsal)
        for name, number in {"a": 1, "b": 2, "c": 3}.items():
            backend.start_check(name)
            box = student.f(number)
            other = box.other()
            assert (box.x, other.x, box.other().x, other.x) == (number, -number, -number, -number)

    def test_nothing_is_asked_between_the_questions_of_a_check(self, confine):
        rehearsal = Rehearsal({"b"})
        for _ in range(2):
            student, backend = confine(self.text(), rehearsal)
            for name, numbers in {"a": [1, 2], "b": [3]}.items():
                backend.start_check(name)
                for number in numbers:
                    student.f(number)
        backend.start_check("end")
        seen = student.seen()
        assert seen.index(2) == seen.index(1) + 1

    def test_more_than_a_batch_is_sent_in_turns(self, confine):
        rehearsal = Rehearsal(ONCE)
        text = "import numpy as np\ndef f(x): return np.tile(x, 4)"
        arrays = [np.full(5000, float(k)) for k in range(12)]
        for _ in range(3):
            student, backend = confine(text, rehearsal)
            for k, x in enumerate(arrays):
                backend.start_check(f"check {k}")
                assert np.array_equal(student.f(x), np.tile(x, 4))
            backend.close()

    def test_long_questions_and_long_answers_do_not_wait_for_each_other(self, confine):
        """Both are longer than a socket holds: while one is written, the other has to be read."""
        rehearsal = Rehearsal(ONCE)
        text = "import numpy as np\ndef f(x): return np.zeros(2**18)\ndef g(x): return x.sum()"
        for _ in range(2):
            student, backend = confine(text, rehearsal)
            for k in range(4):  # g's questions are not sent ahead: they meet the answers of f
                backend.start_check(f"check {k}")
                assert student.f(np.zeros(9 + k)).shape == (2**18,)
                assert student.g(np.ones(2**18 + k)) == 2**18 + k
            assert backend.spent < HURRIED.check_seconds
            backend.close()


class TestRecall:
    """What is known of a check's conversation changes nothing but the time."""

    TEXT = """
        import os
        import numpy as np
        seen = []
        class Box:
            def __init__(self, x): self.x = x
            def get(self): return self.x
        def f(x):
            seen.append(float(np.sum(x)))
            if GUARD and np.ndim(x) == 0 and x == AT: ACT
            return x * 3.0 + SHIFT
        def box(x): return Box(x)
        def pass_on(g, x): return g(x) + g(x + STEP)
        def refuse(x): raise ERROR
        def fill(x): x[...] = 5.0 + SHIFT
        def logged(): return list(seen)
    """
    USUAL: ClassVar = {
        "GUARD": "False",
        "AT": "2",
        "ACT": "pass",
        "SHIFT": "0",
        "STEP": "1",
        "ERROR": "ValueError('no')",
    }
    VARIANTS: ClassVar = (
        {},
        {"SHIFT": "1e-15"},  # right, and not the same to the bit
        {"SHIFT": "1"},
        {"STEP": "2"},  # calls back with other arguments
        {"STEP": "'no number'"},  # dies within a callback
        {"ERROR": "ValueError('another word')"},
        {"ERROR": "KeyError('no')"},
        {"GUARD": "True", "ACT": "os._exit(3)"},
        {"GUARD": "True", "ACT": "raise RuntimeError('at two')"},
        {"GUARD": "True", "ACT": "return 'x' * 2_000_000"},  # more than may cross
    )

    @staticmethod
    def one_question(student):
        assert student.f(7.0) == pytest.approx(21.0)

    @staticmethod
    def many_questions(student):
        for k in range(5):
            assert student.f(float(k)) == pytest.approx(3.0 * k, abs=1e-9)

    @staticmethod
    def questions_of_answers(student):
        first = student.f(np.arange(3.0))
        assert np.allclose(student.f(first), 9 * np.arange(3.0))

    @staticmethod
    def objects(student):
        box = student.box(4.5)
        assert box.get() == 4.5
        assert box.x == 4.5

    @staticmethod
    def callbacks(student):
        asked = []
        assert student.pass_on(lambda x: asked.append(x) or x * x, 3.0) == 25.0
        assert asked == [3.0, 4.0]

    @staticmethod
    def callbacks_that_ask(student):
        assert student.pass_on(lambda x: student.f(x) + 1, 3.0) == pytest.approx(23.0)

    @staticmethod
    def refusals(student):
        with pytest.raises(ValueError, match="no"):
            student.refuse(1)
        assert student.f(1.0) == pytest.approx(3.0)

    @staticmethod
    def in_place(student):
        x = np.zeros(3)
        student.fill(inout(x))
        assert np.allclose(x, 5.0)
        assert np.allclose(student.f(x), 15.0)

    CHECKS = ("one_question", "many_questions", "questions_of_answers", "objects", "callbacks", "callbacks_that_ask",
              "refusals", "in_place")  # fmt: skip

    def text(self, variant):
        text = textwrap.dedent(self.TEXT)
        for name, value in {**self.USUAL, **variant}.items():
            text = text.replace(name, value)
        return text

    @staticmethod
    def judge(student, backend, name, check, recalled):
        """Run a check as the worker does; how it ended."""
        if backend.recall(name):
            recalled.append(name)
            return "passed"
        backend.start_check(name)
        try:
            check(student)
        except Diverged:
            return "diverged"
        except Exception as error:
            return f"{type(error).__name__}: {error}".partition("\n")[0]
        backend.passed(name)
        return "passed"

    def run(self, confine, variant, rehearsal, recalled):
        student, backend = confine(self.text(variant), rehearsal)
        endings = [self.judge(student, backend, name, getattr(self, name), recalled) for name in self.CHECKS]
        backend.start_check("end")
        seen = student.logged()
        backend.close()
        return endings, seen

    @pytest.mark.parametrize("order", [0, 1, 2])
    def test_checks_end_as_in_a_run_without(self, confine, order):
        variants = [self.VARIANTS[k] for k in np.random.default_rng(order).permutation(len(self.VARIANTS))]
        alone = [self.run(confine, variant, None, []) for variant in variants]
        rehearsal, recalled = Rehearsal(), []
        for _ in range(3):
            assert [self.run(confine, variant, rehearsal, recalled) for variant in variants] == alone
        passed = sum(ending == "passed" for endings, _ in alone for ending in endings)
        assert len(recalled) >= 2 * passed
        assert passed < len(self.CHECKS) * len(variants) - 10  # enough of them fail

    def test_what_is_sent_ahead_is_known_too(self, confine):
        """It comes in another order, so what was seen is compared as a heap; a child that died takes that along."""
        variants = [variant for variant in self.VARIANTS if not re.search("_exit|'x'", variant.get("ACT", ""))]
        alone = [self.run(confine, variant, None, []) for variant in variants]
        rehearsal, recalled = Rehearsal({"one_question"}), []
        for _ in range(3):
            for variant, (endings, seen) in zip(variants, alone, strict=True):
                again, seen_again = self.run(confine, variant, rehearsal, recalled)
                assert again == endings
                assert sorted(seen_again) == sorted(seen)
        assert recalled.count("one_question") > len(variants)

    def test_an_endless_loop_is_waited_for_once(self, confine, hurried):
        rehearsal, recalled = Rehearsal(), []
        self.run(confine, {}, rehearsal, recalled)
        student, backend = confine(
            self.text({"GUARD": "True", "ACT": "\n        while True: pass"}), rehearsal, hurried
        )
        assert "longer" in self.judge(student, backend, "many_questions", self.many_questions, recalled)
        assert recalled == []
        assert backend.spent < 1.5 * HURRIED.check_seconds
        assert self.judge(student, backend, "one_question", self.one_question, recalled) == "passed"

    def test_a_check_that_asks_now_this_now_that_is_run_anew(self, confine):
        numbers = iter(range(100))

        def check(student):
            student.f(0.5)
            student.f(float(next(numbers)))
            student.f(0.25)

        rehearsal, recalled = Rehearsal(), []
        student, backend = confine(self.text({}), rehearsal)
        assert self.judge(student, backend, "check", check, recalled) == "passed"
        other = self.text({"GUARD": "True", "AT": "0.25", "ACT": "return 9.0"})
        student, backend = confine(other, rehearsal)
        assert self.judge(student, backend, "check", check, recalled) == "diverged"
        assert self.judge(student, backend, "check", check, recalled) == "passed"
        assert student.logged() == [0.5, 2.0, 0.25]  # of a child of its own

    def test_what_failed_is_not_known(self, confine):
        rehearsal, recalled = Rehearsal(), []
        for _ in range(3):
            self.run(confine, {"SHIFT": "1"}, rehearsal, recalled)
        assert "one_question" not in recalled
        assert "objects" in recalled

    def test_what_is_kept_is_bounded(self, confine, monkeypatch):
        monkeypatch.setattr(conversations, "MAX_BYTES", 5000)
        rehearsal, recalled = Rehearsal(), []
        for size in (3, 2000, 3000):  # arrays of 8 bytes a number: only the first has room

            def check(student, size=size):
                assert student.f(np.ones(size)).shape == (size,)

            for _ in range(2):
                student, backend = confine(self.text({}), rehearsal)
                self.judge(student, backend, f"check {size}", check, recalled)
        assert recalled == ["check 3"]

    def test_a_workers_room_is_shared_and_given_back(self, confine):
        room = conversations.Room(5000)
        rehearsals, recalled = [Rehearsal((), room) for _ in range(2)], []

        def check(student):
            assert student.f(np.ones(400)).shape == (400,)  # 3,200 bytes

        def twice(rehearsal):
            for _ in range(2):
                student, backend = confine(self.text({}), rehearsal)
                self.judge(student, backend, "check", check, recalled)
            return len(recalled)

        assert [twice(rehearsal) for rehearsal in rehearsals] == [1, 1]
        rehearsals[0].conversations.end()
        assert room.left == 5000
        assert twice(rehearsals[1]) == 2


GIANT = """
    import numpy as np
    class Giant:
        def __len__(self): return 900
        def __getitem__(self, k): return np.zeros(2**17)
    def f(g): return g(Giant())
    def h(): return Giant()
"""


def test_a_callback_takes_plain_data_alone(confine):
    student, backend = confine(GIANT)
    with pytest.raises(ValueError, match="must be plain data"):
        student.f(lambda x: np.asarray(x).sum())
    assert len(backend.transcript) == 1  # nothing was asked of the object


def test_what_a_check_receives_is_bounded_in_all(tmp_path):
    limits = Limits(check_bytes=16 * 2**20)
    server = ForkServer(limits)
    path = tmp_path / "student.py"
    path.write_text(textwrap.dedent(GIANT))
    backend = Confined(server, path, [tmp_path])
    backend.start_check("check")
    giant = Student(backend, "student").h()
    with pytest.raises(StudentCrash, match="more than 16,777,216 bytes in all"):
        np.asarray(giant)
    backend.start_check("next")
    assert len(Student(backend, "student").h()) == 900
    backend.close()
    server.close()
