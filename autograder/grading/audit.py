"""Testing the tests: do a unit's hidden checks notice every small fault in its reference?

`mutants` makes the faults, `judge` asks the checks; here are the verdicts that are kept, and what follows from them. A verdict
is on disk before the next one is awaited: killed at any moment, the same audit goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from autograder import checks as checks_room
from autograder.checks.results import is_hidden
from autograder.checks.session import Collection, collect_units
from autograder.course.equivalents import Entry, read_equivalents
from autograder.course.file import SOLUTIONS, nearest_name
from autograder.course.mutants import Mutant, find_mutants
from autograder.course.units import Course, Unit
from autograder.grading.judge import SEED, AuditError, Verdict, judge_all, make_plan
from autograder.grading.worker import GradingSubject
from autograder.version import __version__

KEPT = Path("build", "audit")  # in the course's folder: the verdicts of earlier audits, a file a unit
BAR = 0.995  # of the mutants that are not equivalent: the share that is to be killed
MOST_EQUIVALENT = 0.06  # of all mutants: above it, the list hides more than it explains


@dataclass(frozen=True)
class Audit:
    """What came out for one unit, or for one exercise of it."""

    unit: str
    judged: list[tuple[Mutant, Verdict]]
    entries: list[Entry]  # of equivalent.txt
    checks: list[str]  # hidden ones

    @cached_property
    def killed(self) -> list[tuple[Mutant, Verdict]]:
        return [(mutant, verdict) for mutant, verdict in self.judged if verdict.killers]

    @cached_property
    def equivalent(self) -> list[Mutant]:
        """What survived, and is listed with a reason."""
        listed = {entry.change for entry in self.entries}
        return [mutant for mutant, verdict in self.judged if not verdict.killers and mutant.change in listed]

    @cached_property
    def holes(self) -> list[tuple[Mutant, Verdict]]:
        """What no hidden check notices, and nobody has said why; a public test may."""
        known = {mutant.change for mutant in self.equivalent}
        return [(mutant, v) for mutant, v in self.judged if not v.killers and mutant.change not in known]

    @property
    def elsewhere(self) -> Counter[str]:
        """By exercise: how many mutants only another exercise's checks kill."""
        return Counter(mutant.exercise for mutant, verdict in self.killed if not verdict.hidden)

    @property
    def cut_short(self) -> int:
        """How many fell because they looped or crashed."""
        return sum(verdict.cut_short for _, verdict in self.killed)

    @property
    def idle(self) -> dict[str, int]:
        """The hidden checks without which the same mutants would fall, and how many each kills together with others."""
        kills: Counter[str] = Counter()
        needed = set()
        for _, verdict in self.killed:
            kills.update(verdict.killers)
            if len(verdict.killers) == 1 and not verdict.cut_short:
                needed.add(verdict.killers[0])
        return {check: kills[check] for check in self.checks if check not in needed}

    @cached_property
    def stale(self) -> list[tuple[Entry, str]]:
        """Entries of equivalent.txt that are not so any more, and why."""
        verdicts = {mutant.change: verdict for mutant, verdict in self.judged}
        found = []
        for entry in self.entries:
            verdict = verdicts.get(entry.change)
            if verdict is None:
                found.append((entry, "there is no such mutant"))
            elif verdict.killers:
                found.append((entry, f"{verdict.killers[0]} kills it"))
        return found

    @property
    def complaints(self) -> list[str]:
        """What the unit falls short of; nothing where all is well."""
        every, equivalent = len(self.judged), len(self.equivalent)
        words = []
        if len(self.killed) < BAR * (every - equivalent):
            share = len(self.killed) / (every - equivalent)
            words.append(f"{share:.1%} of what is not equivalent is killed; {BAR:.1%} is asked for")
        if every and equivalent >= MOST_EQUIVALENT * every:
            words.append(f"{equivalent / every:.1%} is listed as equivalent; less than {MOST_EQUIVALENT:.0%} may be")
        if self.stale:
            words.append("equivalent.txt has entries that are not so any more")
        return words


class Verdicts:
    """The verdicts of a unit on disk, a line each; they hold for these checks, this reference and this machinery."""

    def __init__(self, course: Course, unit: Unit) -> None:
        folder = course.root / KEPT
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"{unit.folder}-{_common_digest(course, unit)[:16]}.jsonl"
        for path in folder.glob(f"{unit.folder}-*.jsonl"):
            if path != self._path:
                path.unlink(missing_ok=True)
        self._known: dict[str, Verdict] = {}
        text = self._path.read_text(encoding="utf-8") if self._path.is_file() else ""
        for line in text.splitlines():
            try:
                digest, record = json.loads(line)
            except ValueError:  # the last line of an audit that was killed
                continue
            self._known[digest] = Verdict(**record)
        self._file = self._path.open("a", encoding="utf-8")
        if text and not text.endswith("\n"):
            self._file.write("\n")

    def __contains__(self, mutant: Mutant) -> bool:
        return _digest(mutant.text.encode()) in self._known

    def of(self, mutant: Mutant) -> Verdict:
        return self._known[_digest(mutant.text.encode())]

    def add(self, mutant: Mutant, verdict: Verdict) -> None:
        digest = _digest(mutant.text.encode())
        self._known[digest] = verdict
        self._file.write(json.dumps([digest, asdict(verdict)]) + "\n")
        self._file.flush()

    def close(self) -> None:
        self._file.close()


def _common_digest(course: Course, unit: Unit) -> str:
    """Of what every verdict follows from beside the mutant."""
    folder = course.root / SOLUTIONS / unit.folder
    judging = sorted(Path(checks_room.__path__[0]).glob("*.py"))
    files = [folder / unit.module, folder / f"test_{unit.module}", folder / "hidden.py", *judging]
    limits = course.limits.model_dump_json().encode()
    files += [course.root / SOLUTIONS / used.folder / used.module for used in course.used_units(unit)]
    return _digest(__version__.encode(), np.__version__.encode(), limits, *(path.read_bytes() for path in files))


def _digest(*parts: bytes) -> str:
    state = hashlib.blake2b(digest_size=16)
    for part in parts:
        state.update(len(part).to_bytes(8, "little"))
        state.update(part)
    return state.hexdigest()


def audit_unit(
    course: Course,
    unit: Unit,
    only: str | None = None,
    jobs: int = 1,
    begin: Callable[[int, int], None] = lambda total, known: None,
    report: Callable[[Mutant, Verdict], None] = lambda mutant, verdict: None,
) -> Audit:
    """Judge a unit's mutants, or those of one exercise; each verdict is on disk before it is reported.

    Args:
        course, unit: whose reference and checks.
        only: name of an exercise, or an unambiguous beginning of one.
        jobs: worker processes.
        begin: told how many mutants there are and how many verdicts are known; `report` gets each new one.

    Raises:
        AuditError, EquivalentsError, CourseChecksError, ConfinementUnavailable, SandboxBroken.
        KeyboardInterrupt: passed on; what was reported is kept.
    """
    folder = course.root / SOLUTIONS / unit.folder
    mutants = find_mutants((folder / unit.module).read_text(encoding="utf-8"))
    entries = read_equivalents(folder)
    if only is not None:
        try:
            only = nearest_name(only, dict.fromkeys([*unit.points, *(each.exercise for each in mutants)]), "exercise")
        except LookupError as error:
            raise AuditError(str(error)) from None
        mutants = [each for each in mutants if each.exercise == only]
        entries = [each for each in entries if each.place.split(".")[0] == only]
    checks = _hidden_checks(course, unit, only)
    kept = Verdicts(course, unit)
    try:
        left = [mutant for mutant in mutants if mutant not in kept]
        begin(len(mutants), len(mutants) - len(left))
        if left:
            for mutant, verdict in judge_all(make_plan(course, unit), left, jobs):
                kept.add(mutant, verdict)
                report(mutant, verdict)
        return Audit(unit.id, [(mutant, kept.of(mutant)) for mutant in mutants], entries, checks)
    finally:
        kept.close()


def _hidden_checks(course: Course, unit: Unit, only: str | None) -> list[str]:
    collection: Collection = collect_units(course, [unit], GradingSubject(SEED))
    try:
        checks = [check for check in collection.of(unit.id) if is_hidden(check.id)]
    finally:
        collection.close()
    return [check.id for check in checks if only in (None, check.exercise)]
