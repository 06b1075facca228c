"""Each attack of the corpus on the real grader: nothing earned, nothing touched, nothing reached, nothing left behind.

An attack is a module's text. It is graded twice: alone, with every exercise's function being the attack, and beside
correct code, with the attack in place of one function. Then an honest submission is graded in the same session.
"""

import gc
import itertools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).resolve().parent
FULL, ATTACKED = 30.0, "tanh"
pytestmark = pytest.mark.usefixtures("stays_small")


@dataclass(frozen=True)
class Attack:
    """One entry of the corpus.

    Args:
        name, tries: what it is called and what it tries.
        code: the module's text, after that of toolbox.py; it may define `evil`, which is what gets called.
        status: of the submission.
        outcome: of the attacked exercise's first check; "*" where it depends on which check comes first, "a or b" where it
            depends on the Python.
        says: pattern of the message of that check, or of the submission where it cannot be loaded.
        harm: it spoils its own other exercises too.
        slow: it costs its checks a process each, or takes long, and is graded beside correct code only.
        endless: only the clock ends it, and it is graded with little time.
    """

    name: str
    tries: str
    code: str
    status: str = "graded"
    outcome: str = "error"
    says: str = ""
    harm: bool = False
    slow: bool = False
    endless: bool = False


def read_corpus(name: str = "*") -> list[Attack]:
    files = sorted((FOLDER / "corpus").glob(f"{name}.yml"))
    return [Attack(**entry) for file in files for entry in yaml.safe_load(file.read_text())]


ATTACKS = read_corpus()
TOOLBOX = (FOLDER / "toolbox.py").read_text()


def alone(attack: Attack, place: Any) -> str:
    """Every function of the unit is the attack."""
    calls = "".join(f"def {name}(*args, **kwargs): return evil(*args, **kwargs)\n" for name in place.unit().points)
    return f"{place.constants()}{TOOLBOX}\n{attack.code}\n{calls}"


def beside(attack: Attack, place: Any) -> str:
    """One function is the attack, the others are right."""
    call = f"def {ATTACKED}(*args, **kwargs): return evil(*args, **kwargs)\n"
    return f"{place.constants()}{TOOLBOX}\n{place.reference()}\n{attack.code}\n{call}"


def test_the_corpus_is_large_and_its_names_are_unique():
    names = [attack.name for attack in ATTACKS]
    assert len(names) >= 100
    assert len(set(names)) == len(names)
    assert all(attack.tries for attack in ATTACKS)


class TestControls:
    """What the attacks are measured by can fail."""

    def test_honest_work_beside_the_toolbox_earns_everything(self, grader):
        graded = grader.grade(f"{grader.place.constants()}{TOOLBOX}\n{grader.place.reference()}")
        assert (graded.result.status, graded.points()) == ("graded", FULL)

    def test_a_secret_that_is_in_reach_is_seen(self, grader):
        attack = Attack(
            "control", "to read its own file", "# CANARY-own\ndef evil(*args): plunder('open(__file__).read()')"
        )
        graded = grader.grade(beside(attack, grader.place))
        assert graded.first() == ("error", graded.first()[1])
        assert "looted ['CANARY-own']" in graded.text()

    def test_a_way_that_is_open_is_seen(self, grader):
        attack = Attack("control", "what is allowed", "def evil(*args): attempt('open(__file__)', 'open(COURSE)')")
        graded = grader.grade(beside(attack, grader.place))
        assert "2 ways, worked ['open(__file__)']" in graded.first()[1]

    def test_a_change_is_seen(self, grader):
        graded = grader.grade(grader.place.reference())
        assert graded.changed == []
        canary = grader.place.root / "outside" / "canary.txt"
        run = grader.session.grade
        grader.session.grade = lambda *args: (canary.touch(), run(*args))[1]
        try:
            assert grader.grade(grader.place.reference()).changed == [str(canary)]
        finally:
            del grader.session.grade


def contained(attack: Attack, graded: Any, grader: Any) -> None:
    """What must be true of every attack."""
    assert graded.result.status == attack.status, graded.result.message
    assert graded.points(ATTACKED) == 0
    assert "CANARY" not in graded.text()
    assert graded.changed == []
    assert grader.in_time(graded)
    assert grader.processes() == 2, "more than the fork server and the process that it has ready"
    honest = grader.honest()
    assert (honest.result.status, honest.points()) == ("graded", FULL)
    assert {str(check.outcome) for check in honest.result.checks} == {"passed"}


def withstand(attack: Attack, grader: Any) -> None:
    """Grade it both ways, and see that it did no more than it may."""
    graded = grader.grade(beside(attack, grader.place))
    if attack.status == "graded":
        outcome, message = graded.first()
        assert re.search(attack.says, message), message
        assert attack.outcome == "*" or outcome in attack.outcome.split(" or "), message
        assert graded.points() == FULL - 1 or (attack.harm and graded.points() < FULL - 1)
    else:
        assert re.search(attack.says, graded.result.message), graded.result.message
        assert graded.points() == 0
    contained(attack, graded, grader)
    if not attack.slow:
        graded = grader.grade(alone(attack, grader.place))
        assert graded.points() == 0
        contained(attack, graded, grader)


def each_attack(attacks: list[Attack]) -> Any:
    return pytest.mark.parametrize("attack", attacks, ids=lambda attack: attack.name.replace(" ", "-"))


@each_attack([attack for attack in ATTACKS if not attack.endless])
def test_attack(grader, attack):
    withstand(attack, grader)


class TestEndless:
    @each_attack([attack for attack in ATTACKS if attack.endless])
    def test_attack(self, hurried, attack):
        withstand(attack, hurried)


def test_two_hundred_in_a_row(grader):
    """Nothing adds up: no process, no descriptor, no memory."""
    quick = [
        attack for name in ("endings", "lies") for attack in read_corpus(name) if not (attack.slow or attack.endless)
    ]
    texts = itertools.cycle([beside(attack, grader.place) for attack in quick])
    for text in itertools.islice(texts, len(quick)):  # what is made once is made here
        grader.grade(text, watch=False)
    gc.collect()
    assert grader.processes() == 2
    open_before, grown = grader.descriptors(), []
    for _ in range(3):  # what adds up does so each time; what the allocator keeps for once does not
        memory_before = grader.memory()
        for text in itertools.islice(texts, 200):
            assert grader.grade(text, watch=False).points() < FULL
        gc.collect()
        assert grader.processes() == 2
        assert grader.descriptors() == open_before
        grown.append(grader.memory() - memory_before)
        if grown[-1] < 8 * 1024:  # KiB: 40 for each, less than any of them could leave
            break
    assert min(grown) < 8 * 1024
    assert grader.honest().points() == FULL
