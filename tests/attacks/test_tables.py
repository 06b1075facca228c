"""A student who resubmits for ever, and hands in nothing but a table of what feedback told.

The loop is given all that a student has: it writes a module, has it graded as a class is, reads its page of feedback, and writes
the next. A version in which every unknown call raises tells which question a check asks; the next answers with zeros, or what
is known of the answer, and is told some places that are wrong. A question is known again by all of its arguments, and, since
they change, by their shapes too.
"""

import re
from collections import defaultdict

import pytest

from autograder.checks.results import is_hidden
from autograder.grading.run import Options, grade_class
from autograder.grading.store import Store
from autograder.intake.submissions import Submission
from autograder.reports.files import feedback

ROUNDS = 12
MODULE = """
import hashlib
import numpy as np

EXACT = {exact!r}  # digest of all arguments -> [shape, {{place: value}}]
ALIKE = {alike!r}  # the same by the arguments' shapes
ASKS = {asks!r}

def told(value):
    return (value.shape, str(value.dtype), value.tobytes()) if isinstance(value, np.ndarray) else repr(value)

def answer(name, args, kwargs):
    values = [name, *args, *kwargs.values()]
    exact = hashlib.sha256(repr([told(each) for each in values]).encode()).hexdigest()[:16]
    alike = repr([np.shape(each) if isinstance(each, np.ndarray) else each for each in values])
    shape, places = EXACT.get(exact) or ALIKE.get(alike) or (None, {{}})
    if shape is None or ASKS and exact not in EXACT:
        first = next((each for each in args if isinstance(each, np.ndarray)), np.zeros(()))
        raise LookupError(f"<{{exact}}|{{alike}}|{{np.shape(first)}}>")
    out = np.zeros(shape)
    for place, value in places.items():
        out[place] = value
    return out

"""
EACH = "def {0}(*args, **kwargs): return answer({0!r}, args, kwargs)\n"
KEY = re.compile(r"<(\w+)\|(.*)\|(\(.*\))>")
PLACE = re.compile(r"(?:at \[([\d, ]*)\]: )?got \S+, expected (-?[\d.]+(?:e[+-]?\d+)?)(?=\s|$)", re.MULTILINE)
SHAPE = re.compile(r"has shape \(.*?\), expected (\([\d, ]*\))")


class Loop:
    """What is known so far, and the module that is made of it."""

    def __init__(self, unit):
        self.unit = unit
        self.questions = {}  # exercise and check -> digest and shapes of what it asked last
        self.exact, self.alike = {}, {}

    def module(self, asks):
        body = MODULE.format(exact=self.exact, alike=self.alike, asks=asks)
        return body + "".join(EACH.format(name) for name in self.unit.points)

    def read(self, page):
        """Learn from a page of feedback."""
        for block in re.split(r"^### ", page, flags=re.MULTILINE)[1:]:
            exercise, _, rest = block.partition(":")
            for check in re.split(r"^- ", rest, flags=re.MULTILINE)[1:]:
                self._learn((exercise, check.partition(": ")[0]), check)

    def _learn(self, check, text):
        if key := KEY.search(text):
            exact, alike, shape = key.groups()
            self.questions[check] = exact, alike
            self.exact.setdefault(exact, [eval(shape), {}])
            self.alike.setdefault(alike, [eval(shape), {}])
        elif check in self.questions:
            exact, alike = self.questions[check]
            for known in (self.exact[exact], self.alike[alike]):
                if shape := SHAPE.search(text):
                    known[:] = [eval(shape[1]), {}]
                for place, value in PLACE.findall(text):
                    known[1][tuple(map(int, place.split(","))) if place else ()] = float(value)


def hidden_points(unit, result):
    """Points that hidden checks gave: the public tests' answers are in every student's folder."""
    weights, earned = defaultdict(float), defaultdict(float)
    for check in result.checks:
        weights[check.exercise] += check.weight
        earned[check.exercise] += check.weight * check.earned * is_hidden(check.check)
    return sum(unit.points[name] * earned[name] / weights[name] for name in weights)


@pytest.fixture
def resubmit(grader, tmp_path):
    """Hand in a unit again and again by the loop; returns the points of each round, and the inputs that it met."""
    session, store = grader.session, Store(f"sqlite:///{tmp_path / 'results.sqlite'}")

    def run(unit, rounds, same_inputs=False):
        loop, points, generations = Loop(unit), [], []

        def execute(setup, jobs):
            for job in jobs:
                generation = 0 if same_inputs else job.generation
                yield job, session.grade(job.student, unit, job.module, [job.module.parent], generation)

        for number in range(rounds):
            folder = tmp_path / f"{unit.id}-{number}"
            folder.mkdir()
            (folder / unit.module).write_text(loop.module(asks=number % 2 == 0) + f"# {number}\n")
            found = [Submission("mallory", unit.id, folder / unit.module)]
            run = grade_class(grader.place.course, [unit], found, store, execute, Options(seed=session.seed))
            (result,) = run.results
            points.append(hidden_points(unit, result))
            generations.append(result.generation)
            loop.read(feedback(grader.place.course, "mallory", [result]))
        return points, generations

    yield run
    store.close()


def test_a_table_of_what_feedback_told_earns_nothing(grader, resubmit):
    unit = grader.place.unit()
    points, generations = resubmit(unit, ROUNDS)
    assert generations == list(range(ROUNDS))
    assert max(points) < 0.02 * unit.total


def test_the_same_table_would_earn_points_if_nothing_changed(grader, resubmit):
    # Else the test above could not fail.
    unit = grader.place.unit()
    points, _ = resubmit(unit, ROUNDS // 2, same_inputs=True)
    assert max(points) > 0.02 * unit.total


NUMBER = re.compile(r"(?<![\w.])-?(\d+\.?\d*)(?:e[+-]?\d+)?(?![\w.])")
ARRAY = re.compile(r"\[[^\[\]]*\]")
NEARLY = """
def nearly(function):
    def wrong(*args, **kwargs):
        out = function(*args, **kwargs)
        return out * 1.0123 if isinstance(out, np.ndarray) and out.dtype.kind == "f" else out
    return wrong
"""


def digits(text):
    """The most significant digits of a number in a text."""
    return max((len(found.replace(".", "").strip("0")) for found in NUMBER.findall(text)), default=0)


@pytest.mark.parametrize("folder", ["02_activations", "04_backprop"])
def test_hidden_checks_tell_four_digits_and_no_array_whole(grader, folder):
    unit = grader.place.unit(folder)
    wrong = "".join(f"if not isinstance({name}, type): {name} = nearly({name})\n" for name in unit.points)
    graded = grader.grade(f"{grader.place.reference(folder)}\n{NEARLY}{wrong}", unit=folder)
    told = [check for check in graded.result.checks if check.message and check.outcome == "failed"]
    texts = {
        hidden: [f"{c.call}\n{c.message}" for c in told if is_hidden(c.check) == hidden] for hidden in (True, False)
    }
    assert max(map(digits, texts[False])) > 4, "a public test is told whole"
    assert max(map(digits, texts[True])) <= 4
    assert any("expected" in text for text in texts[True])
    arrays = [found for text in texts[True] for found in ARRAY.findall(text.partition("\n")[0]) if found != "[]"]
    assert [found for found in arrays if "..." not in found] == []
