"""`autograder audit`: which mutants are made, what becomes of them, and an audit that can go on."""

import ast
import os
import signal
import subprocess
import sys
import time

import pytest

from autograder.course.build import BEGIN, END
from autograder.course.equivalents import Entry, EquivalentsError, read_equivalents, written
from autograder.course.mutants import find_mutants
from autograder.course.mutations import KINDS
from autograder.course.units import load_course
from autograder.grading.audit import KEPT, Audit, audit_unit
from autograder.grading.judge import AuditError, Verdict

COURSE = load_course()


def module(body, signature="f(x, y)"):
    """A module whose one function holds these lines between the markers."""
    lines = "\n".join(f"    {line}" for line in [BEGIN, *body.splitlines(), END])
    return f'import numpy as np\n\n\ndef {signature}:\n    """Says 1 + 1."""\n{lines}\n'


def changes(body, kind, signature="f(x, y)"):
    return {mutant.after for mutant in find_mutants(module(body, signature)) if mutant.kind == kind}


@pytest.mark.parametrize(
    "kind, body, expected",
    [
        ("operator", "return x + y", {"return x - y"}),
        ("operator", "return -x", {"return x"}),
        ("operator", "return x // y", {"return x / y", "return -(-x // y)"}),
        ("operator", "return len(x) // 4", {"return len(x) * 4"}),
        ("operator", "x += y", {"x -= y", "x = y"}),
        ("operand", "return x * y", {"return x", "return y"}),
        ("comparison", "return x < y", {"return x <= y", "return x >= y"}),
        ("comparison", "return x.size == 0", {"return x.size != 0"}),
        ("boolean", "return x and y", {"return x or y", "return y", "return x"}),
        ("condition", "if x:\n    y = 2", {"if not x:", "if True:", "if False:"}),
        ("condition", "while x:\n    y = 2", {"while False:"}),
        ("condition", "return x if y else 0", {"return x", "return 0"}),
        ("condition", "return np.where(x, y, 0)", {"return y", "return 0"}),
        ("condition", "return [a for a in x if a]", {"return [a for a in x]"}),
        ("constant", "return x * 3", {"return x * 4", "return x * 2"}),
        ("constant", "return x * 0.5", {"return x * 1.0"}),
        ("constant", "return x + 1e-12", {"return x + 0.0", "return x + 1e-08"}),
        ("constant", "return g(x, True)", {"return g(x, False)"}),
        ("constant", "return x[-1]", {"return x[0]", "return x[-2]"}),
        ("constant", "return x == 'mean'", {"return x == 'not mean'"}),
        ("constant", "return x.reshape(y, -1)", set()),
        ("axis", "return np.sum(x, axis=1)", {"return np.sum(x)", "return np.sum(x, axis=0)"}),
        ("axis", "return np.stack(x, axis=-1)", {"return np.stack(x, axis=-2)"}),
        ("axis", "return g(x, axis=(0, 2))", {"return g(x, axis=(2,))", "return g(x, axis=(0,))"}),
        ("axis", "return x.max(keepdims=True)", {"return x.max(keepdims=False)"}),
        ("part", "return x[1:y]", {"return x[:y]", "return x[1:]"}),
        ("part", "return x[::-1]", {"return x[:]"}),
        ("part", "return range(x)", {"return range(1, x)", "return range(x - 1)"}),
        ("order", "return x - y", {"return y - x"}),
        ("order", "return (x - y) ** 2", {"return 2 ** (x - y)"}),
        ("order", "return g(x, y)", {"return g(y, x)"}),
        ("order", "return np.maximum(x, y)", set()),
        ("order", "return x, y", {"return (y, x)"}),
        ("order", "return x[:, None]", {"return x[None, :]"}),
        ("order", "a, b = g(x)", {"b, a = g(x)"}),
        ("order", "return x in (1, 2)", set()),
        ("argument", "return g(x, stride=y, dtype=float)", {"return g(x, dtype=float)"}),
        ("name", "return x.T", {"return y.T"}),
        ("name", "return len(x)", set()),
        ("function", "return np.sum(x)", {"return np.mean(x)"}),
        ("function", "return np.exp(x)", {"return np.expm1(x)", "return x"}),
        ("function", "return x.T", {"return x"}),
        ("function", "return x.copy()", {"return x"}),
        ("function", "return max(x)", {"return min(x)"}),
        ("function", "return np.argsort(x)", {"return np.argsort(-x)"}),
        ("function", "return f(x, y)", {"return x"}),
        ("function", "x.append(y)", {"x.insert(0, y)"}),
        ("statement", "x = y", {"pass"}),
        ("statement", "x = g(x)", {"pass", "x = g(x); x = g(x)"}),
        ("statement", "x = x.copy()", {"pass"}),
        ("statement", "z = y", set()),
        ("statement", "x = x[x > y]", {"pass"}),
        ("statement", "f(x, y)", {"pass"}),
        ("function", "f(x, y)", set()),
        ("statement", "x += y", {"pass", "x += y; x += y"}),
        ("statement", "for a in x:\n    a.g(x)", {"for a in x:  # once", "pass", "a.g(x); a.g(x)"}),
        ("statement", "if x:\n    return y", {"pass"}),
    ],
)
def test_a_kind_makes_what_it_says(kind, body, expected):
    assert changes(body, kind) == expected


def test_every_kind_is_tried_and_says_what_it_is():
    (marks,) = test_a_kind_makes_what_it_says.pytestmark
    assert {case[0] for case in marks.args[1]} == set(KINDS)
    assert all(kind.__doc__ for kind in KINDS.values())


GIVEN = f"""\
def f(x):
    '''1 + 1'''
    if x < 1:
        raise ValueError("x")
    {BEGIN}
    pass
    {END}
"""


@pytest.mark.parametrize(
    "text",
    [
        GIVEN,
        "LIMIT = 1 + 1\n\n\ndef helper(x):\n    return x + 1\n",
        module("raise ValueError(f'{x + 1}')"),
        module("return x.astype(float)", "f(x)"),
        module("with np.errstate(divide='ignore'):\n    pass"),
    ],
)
def test_what_is_given_documents_or_raises_is_left_alone(text):
    assert find_mutants(text) == []


def test_names_are_those_that_may_be_read_there():
    text = module("first = x\nsecond = [a + first for a in y]\nlast = second\nreturn last")
    names = {(mutant.before, mutant.after) for mutant in find_mutants(text) if mutant.kind == "name"}
    assert ("first = x", "first = y") in names
    assert not [after for before, after in names if before == "first = x" and ("second" in after or "last" in after)]
    assert ("second = [a + first for a in y]", "second = [a + a for a in y]") in names


def test_a_name_bound_twice_is_no_other_name():
    text = module("for k in range(3):\n    pass\nreturn [k for k in range(3)]", signature="f()")
    assert [mutant.after for mutant in find_mutants(text) if mutant.kind == "name"] == []


def test_methods_and_repeated_lines_are_told_apart():
    text = (
        "class A:\n"
        "    def f(self, x):\n        ### BEGIN SOLUTION\n        self.a = self.b = x\n        ### END SOLUTION\n"
        "    def g(self):\n        ### BEGIN SOLUTION\n        if self.a:\n            return 1\n        self.a = self.b\n"
        "        return 1\n        ### END SOLUTION\n"
    )
    mutants = find_mutants(text)
    assert {mutant.exercise for mutant in mutants} == {"A"}
    assert {mutant.place for mutant in mutants} == {"A.f", "A.g"}
    assert ("A.g", "if self.a:", "if self.b:") in {mutant.change for mutant in mutants}
    assert ("A.g", "return 1  # no. 2", "return 2") in {mutant.change for mutant in mutants}


@pytest.mark.filterwarnings("ignore::SyntaxWarning")  # a number with an index is odd, and a program
@pytest.mark.parametrize("unit", COURSE.units, ids=lambda unit: unit.id)
def test_mutants_of_the_course_are_programs_all_different_and_always_the_same(unit):
    text = (COURSE.root / "solutions" / unit.folder / unit.module).read_text()
    mutants = find_mutants(text)
    parts = {node.name: node for node in ast.parse(text).body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    for mutant in mutants:
        lines, node = mutant.text.splitlines(), parts[mutant.exercise]
        below = len(text.splitlines()) - node.end_lineno
        compile("\n".join(lines[node.lineno - 1 : len(lines) - below]), unit.module, "exec")
    assert len({mutant.text for mutant in mutants} | {text}) == len(mutants) + 1
    assert len({mutant.change for mutant in mutants}) == len(mutants)
    if unit in COURSE.units[::5]:  # it takes as long again
        assert find_mutants(text) == mutants


class TestEquivalents:
    def read(self, folder, text):
        (folder / "equivalent.txt").write_text(text)
        return read_equivalents(folder)

    def test_an_entry_holds_changes_and_one_reason(self, tmp_path):
        entries = self.read(
            tmp_path,
            "# why\n\nf\n- a = 1\n+ a = 2\n+ a = 0\n- b\n+ c\nIt is\nnot read.\n\ng\n- x\n+ -x\nOnly x ** 2.\n",
        )
        assert entries == [
            Entry("f", "a = 1", "a = 2", "It is not read."),
            Entry("f", "a = 1", "a = 0", "It is not read."),
            Entry("f", "b", "c", "It is not read."),
            Entry("g", "x", "-x", "Only x ** 2."),
        ]

    def test_what_is_shown_can_be_copied_into_the_file(self, tmp_path):
        found = [("f", "a = 1", "a = 2"), ("f", "a = 1", "a = 0"), ("f", "b", "c"), ("g", "x", "-x")]
        text = written(found).replace("\n\n", "\nreason\n\n") + "\nreason\n"
        assert [entry.change for entry in self.read(tmp_path, text)] == found

    @pytest.mark.parametrize(
        "text, words",
        [
            ("f\n- a\n+ b\n\ng\n- a\n+ b\nso\n", "line 1: f: say why"),
            ("f\n+ b\nso\n", "line 2: a line [+] with no line -"),
            ("# list\n\nf\nso\n", "line 3: f: name the change"),
            ("f\n- a\n+ b\nso\ng\n- a\n+ b\nso\n", "line 6: a change below a reason"),
        ],
    )
    def test_what_is_wrong_is_named_with_its_line(self, tmp_path, text, words):
        with pytest.raises(EquivalentsError, match=words):
            self.read(tmp_path, text)

    def test_no_file_is_an_empty_list(self, tmp_path):
        assert read_equivalents(tmp_path) == []


REFERENCE = '''\
import numpy as np


def double(x):
    """Twice x."""
    ### BEGIN SOLUTION
    return x * 2
    ### END SOLUTION


def spread(x):
    """The largest less the smallest, at most 9."""
    ### BEGIN SOLUTION
    return min(np.max(x) - np.min(x), 9.0)
    ### END SOLUTION


def fourfold(x):
    """Four times x."""
    ### BEGIN SOLUTION
    return double(double(x))
    ### END SOLUTION


def first_above(x, limit):
    """The index of the first value above the limit."""
    ### BEGIN SOLUTION
    place = 0
    while x[place] <= limit:
        place += 1
    return place
    ### END SOLUTION
'''
PUBLIC = """\
import numpy as np
import pytest


@pytest.mark.exercise("double")
def test_by_hand(student):
    assert student.double(3) == 6


@pytest.mark.exercise("spread")
def test_spread_by_hand(student):
    assert student.spread(np.array([1.0, 20.0])) == 9.0


@pytest.mark.exercise("fourfold")
def test_fourfold_by_hand(student):
    assert student.fourfold(3) == 12


@pytest.mark.exercise("first_above")
def test_first_by_hand(student):
    assert student.first_above([1, 5], 3) == 1
"""
# spread's check is weak: it never comes near the limit of 9.
HIDDEN = """\
import numpy as np
import pytest


@pytest.mark.exercise("double")
def test_zero(student):
    assert student.double(0) == 0


@pytest.mark.exercise("spread")
def test_small(student):
    assert student.spread(np.array([1.0, 3.0, 2.5])) == 2.0


@pytest.mark.exercise("fourfold")
def test_values(student):
    assert student.fourfold(2.0) == 8.0


@pytest.mark.exercise("fourfold")
def test_is_number(student):
    assert student.fourfold(2.0) > 0


@pytest.mark.exercise("first_above")
def test_places(student):
    assert student.first_above([1, 5, 7, 9], 6) == 2
    assert student.first_above([1, 6, 7, 9], 6) == 2
    assert student.first_above([7, 6, 8, 9], 6) == 0
    assert student.first_above([1, 6, 2, 9, 9], 8) == 3
"""
COURSE_YML = """\
title: Tiny
parts:
  - title: One
    units:
      - folder: 01_tiny
        title: Tiny
        points: {double: 1, spread: 1, fourfold: 1, first_above: 1}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A course of one unit with four exercises, and what an audit of it says."""
    root = tmp_path_factory.mktemp("tiny")
    make(root)
    done = run(root)
    return root, done


def make(root, hidden=HIDDEN):
    folder = root / "solutions" / "01_tiny"
    folder.mkdir(parents=True, exist_ok=True)
    (root / "course.yml").write_text(COURSE_YML)
    (folder / "tiny.py").write_text(REFERENCE)
    (folder / "test_tiny.py").write_text(PUBLIC)
    (folder / "hidden.py").write_text(hidden)
    return folder


def run(root, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "autograder", "audit", "tiny", *arguments],
        cwd=root, capture_output=True, text=True, timeout=300,
    )  # fmt: skip


def audit(root, **options):
    course = load_course(root)
    judged = []
    result = audit_unit(course, course.unit("tiny"), report=lambda mutant, _: judged.append(mutant), **options)
    return result, judged


class TestATinyCourse:
    def test_the_hole_of_a_weak_check_is_found_and_named(self, made):
        _, done = made
        assert done.returncode == 1
        assert (
            "spread\n- return min(np.max(x) - np.min(x), 9.0)\n+ return min(np.max(x) - np.min(x), 18.0)\n"
            in done.stdout
        )
        assert "of what is not equivalent is killed; 99.5% is asked for" in done.stdout

    def test_what_only_a_public_test_notices_is_a_hole_and_says_so(self, made):
        _, done = made
        assert "# test_tiny.py::test_spread_by_hand notices it, but is public\nspread\n" in done.stdout

    def test_the_last_line_sums_it_up(self, made):
        root, done = made
        result, _ = audit(root)
        killed, every = len(result.killed), len(result.judged)
        assert done.stdout.splitlines()[-1] == f"tiny: {killed} of {every} mutants killed, 0 equivalent, 1 hole"
        assert killed + 1 == every

    def test_checks_that_kill_nothing_alone_are_listed(self, made):
        _, done = made
        assert "1 of 5 hidden checks kill no mutant alone:\n  hidden.py::test_is_number (none at all)\n" in done.stdout

    def test_what_the_check_of_another_exercise_kills_counts_and_is_said(self, made):
        root, done = made
        result, _ = audit(root)
        assert result.elsewhere["double"] > 0
        assert f"Killed by another exercise's checks only: {result.elsewhere['double']} of double" in done.stdout

    def test_endless_loops_end(self, made):
        root, done = made
        result, _ = audit(root)
        assert "pass" in {mutant.after for mutant, verdict in result.judged if verdict.cut_short}
        assert f"Killed because they looped or crashed: {result.cut_short}\n" in done.stdout

    def test_only_one_exercise(self, made):
        root, _ = made
        assert run(root, "--only", "fourf").returncode == 0
        assert {mutant.exercise for mutant, _ in audit(root, only="fourfold")[0].judged} == {"fourfold"}
        with pytest.raises(AuditError, match="no exercise is called 'fourfolt': did you mean fourfold"):
            audit(root, only="fourfolt")

    def test_what_is_known_is_not_asked_again_until_a_check_changes(self, made):
        root, _ = made
        assert audit(root)[1] == []
        make(root, HIDDEN + "\n# another\n")
        assert audit(root, only="double")[1] != []
        assert len(list((root / KEPT).iterdir())) == 1


def test_listed_with_a_reason_a_survivor_is_no_hole(tmp_path):
    folder = make(tmp_path, HIDDEN.replace("[1.0, 3.0, 2.5])) == 2.0", "[1.0, 3.0, 25.0])) == 9.0"))
    result, _ = audit(tmp_path, only="spread", jobs=2)
    assert result.holes
    changes = [mutant.change for mutant, _ in result.holes]
    (folder / "equivalent.txt").write_text(f"{written(changes)}\nNot really.\n\nspread\n- gone\n+ lost\nIt was.\n\n"
                                           "spread\n- return min(np.max(x) - np.min(x), 9.0)\n+ return 9.0\nNo.\n\n"
                                           "double\n- gone\n+ lost\nIt was.\n")  # fmt: skip
    listed, judged = audit(tmp_path, only="spread")
    assert judged == []
    assert listed.holes == []
    assert [mutant.change for mutant in listed.equivalent] == changes
    assert [(entry.before, why) for entry, why in listed.stale][:1] == [("gone", "there is no such mutant")]
    assert "double" not in {entry.place for entry, _ in listed.stale}
    done = run(tmp_path, "--only", "spread")
    assert done.returncode == 1
    assert "spread: there is no such mutant\n    - gone\n    + lost\n" in done.stdout
    assert "equivalent.txt has entries that are not so any more" in done.stdout
    (folder / "equivalent.txt").write_text("spread\n- gone\n+ lost\n")
    done = run(tmp_path, "--only", "spread")
    assert done.returncode == 2
    assert "say why no check can tell the two apart" in done.stderr


def test_an_entry_whose_mutant_falls_is_stale():
    (mutant, *_) = find_mutants(module("return x + y"))
    entry = Entry(*mutant.change, "so")
    killed = Audit("u", [(mutant, Verdict(hidden=["hidden.py::test_a"]))], [entry], ["hidden.py::test_a"])
    assert killed.stale == [(entry, "hidden.py::test_a kills it")]
    assert killed.equivalent == []
    listed = Audit("u", [(mutant, Verdict())], [entry], ["hidden.py::test_a"])
    assert listed.stale == listed.holes == []
    assert listed.complaints == ["100.0% is listed as equivalent; less than 6% may be"]


def test_a_reference_that_fails_its_own_checks_is_named(tmp_path):
    make(tmp_path, HIDDEN.replace("== 0", "== 1"))
    done = run(tmp_path)
    assert done.returncode == 2
    assert "the reference itself does not pass hidden.py::test_zero" in done.stderr
    assert "Traceback" not in done.stderr


SLOW = HIDDEN.replace(
    "    assert student.spread(", "    import time\n\n    time.sleep(0.1)\n    assert student.spread("
)


def start(root, *arguments):
    """An audit of the slow exercise that has found something, and is not done."""
    process = subprocess.Popen(
        [sys.executable, "-m", "autograder", "audit", "tiny", "--only", "spread", *arguments],
        cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    while kept(root) < 3:
        time.sleep(0.02)
        assert process.poll() is None
    return process


def kept(root):
    return sum(len(path.read_text().splitlines()) for path in (root / KEPT).glob("*.jsonl"))


def still_there(group):
    listed = subprocess.run(["ps", "-e", "-o", "pgid=,stat="], capture_output=True, text=True).stdout.splitlines()
    return any(int(line.split()[0]) == group and not line.split()[1].startswith("Z") for line in listed)


def test_killed_at_any_moment_the_same_command_goes_on(tmp_path):
    make(tmp_path, SLOW)
    process = start(tmp_path, "--jobs", "2")
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    before = kept(tmp_path)
    (file,) = (tmp_path / KEPT).iterdir()
    file.write_text(file.read_text() + '["half a li')
    result, judged = audit(tmp_path, only="spread")
    assert len(judged) == len(result.judged) - before > 0
    assert audit(tmp_path, only="spread")[1] == []
    assert not still_there(process.pid)  # its workers have noticed


def test_ctrl_c_keeps_what_is_done_and_says_how_to_go_on(tmp_path):
    make(tmp_path, SLOW)
    process = start(tmp_path)
    os.killpg(process.pid, signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "new verdicts are kept, and the same command goes on" in error
    assert "Traceback" not in error
