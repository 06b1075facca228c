"""A unit's hints.json, made from its catalogue of mistakes and its public tests; `known` reads it at a student's desk.

It holds, by exercise, how many checks are hidden, the mistakes' hints, and what each mistake that a public test sees answers
there, in few numbers (see `recorded`). Never code.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autograder.checks.known import read_hints, short_name
from autograder.checks.mistakes import Mistake, load_mistakes, mistaken_module, reference_beside
from autograder.checks.plugin import LocalSubject
from autograder.checks.recorded import agrees, recorded, same_record
from autograder.checks.replay import MistakenSubject, reference_calls
from autograder.checks.results import is_hidden
from autograder.checks.session import Check, Collection
from autograder.course.build import BuildError, solution_lines, squeezed
from autograder.course.file import EXERCISES, HINTS, SOLUTIONS
from autograder.course.units import Course, Unit
from autograder.sandbox.local import Local
from autograder.sandbox.proxy import Call

SEED = "0"  # of the public tests' random inputs, as at the desk


def build_hints(course: Course, units: Sequence[Unit], write: bool = True) -> list[Path]:
    """Make the units' hints.json; returns those that differed (and were written, with `write`).

    One that differs only in how a number was rounded stays as it is: processors do not agree to the last digit.

    Raises:
        BuildError: a line of a solution stands in a hint.
        CourseChecksError: tests or checks are missing or broken.
    """
    units = [unit for unit in units if (course.root / SOLUTIONS / unit.folder / "mistakes.py").is_file()]
    if not units:
        return []
    subject = LocalSubject(None, SEED)
    collection = Collection(course.root, [file for unit in units for file in _files(course, unit)], subject)
    changed = []
    try:
        for unit in units:
            path = course.root / EXERCISES / unit.folder / HINTS
            entries = _entries(course, unit, collection.of(unit.id), subject)
            secret = solution_lines((course.root / SOLUTIONS / unit.folder / unit.module).read_text(encoding="utf-8"))
            lines = [line for entry in entries.values() for hint in entry["hints"] for line in hint.splitlines()]
            if given := [line for line in lines if squeezed(line) in secret]:
                raise BuildError(f"a hint would give a solution line of {unit.id} away: {given[0].strip()}")
            text = _as_text(entries)
            if not path.is_file() or not same_record(read_hints(path), json.loads(text)):
                changed.append(path)
                if write:
                    path.write_text(text, encoding="utf-8")
    finally:
        collection.close()
    return changed


def _files(course: Course, unit: Unit) -> list[Path]:
    folder = course.root / SOLUTIONS / unit.folder
    return [folder / f"test_{unit.module}", *(path for path in [folder / "hidden.py"] if path.is_file())]


def _as_text(entries: dict[str, Any]) -> str:
    """JSON with a line for each hint and each mistake, so that a change of one is a line in a diff."""
    blocks = []
    for name, entry in entries.items():
        lists = [
            f'  "{key}": [\n'
            + ",\n".join(f"   {json.dumps(each, separators=(',', ':'))}" for each in entry[key])
            + "\n  ]"
            for key in ("hints", "calls", "mistakes")
            if entry[key]
        ]
        blocks.append(",\n".join([f' {json.dumps(name)}: {{\n  "hidden": {entry["hidden"]}', *lists]) + "\n }")
    return "{\n" + ",\n".join(blocks) + "\n}\n"


def _entries(course: Course, unit: Unit, checks: Sequence[Check], subject: LocalSubject) -> dict[str, Any]:
    folder = course.root / SOLUTIONS / unit.folder
    entries: dict[str, Any] = {
        name: {
            "hidden": sum(is_hidden(each.id) and each.exercise == name for each in checks),
            "hints": [],
            "calls": [],
            "mistakes": [],
        }
        for name in unit.points
    }
    public = [each for each in checks if not is_hidden(each.id)]
    reference = Local(reference_beside(str(folder / unit.module)))
    truths = {each.id: reference_calls(each, subject, reference) for each in public}
    for mistake in load_mistakes(folder):
        entry = entries[mistake.exercise]
        if mistake.hint not in entry["hints"]:
            entry["hints"].append(mistake.hint)
        mine = [each for each in public if each.exercise == mistake.exercise]
        if answers := _answers(folder, mistake, mine, subject, truths):
            fails = {name: [_place(call, entry["calls"]) for call in calls] for name, calls in answers.items()}
            entry["mistakes"].append({"hint": entry["hints"].index(mistake.hint), "fails": fails})
    return entries


def _place(call: Any, known: list[Any]) -> int:
    """Where a call stands among those that several mistakes make: a backward's begin with the forward's, which is right."""
    if call not in known:
        known.append(call)
    return known.index(call)


def _answers(
    folder: Path, mistake: Mistake, checks: Sequence[Check], subject: LocalSubject, truths: dict[str, list[Call]]
) -> dict[str, Any]:
    """What the mistake answers in each public test that it fails; nothing where it answers otherwise when asked again."""
    backend = Local(mistaken_module(folder, mistake))
    found = {}
    for check in checks:
        if check.run(MistakenSubject(subject, backend)) is None:
            continue
        record = recorded(backend.transcript, truths[check.id])
        check.run(MistakenSubject(subject, backend))
        found[short_name(check.id)] = record if agrees(backend.transcript, record) else []
    return found
