"""A student's desk on the terminal: which unit is meant, and how it stands, failures first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import typer

from autograder.commands.terminal import BOLD, GREEN, MAGENTA, RED, fail, fitted, paint, wrapped
from autograder.student.progress import Desk, Standing, StudentCommandError
from autograder.words import points_words

if TYPE_CHECKING:
    from autograder.checks.results import CheckResult
    from autograder.course.file import UnitSketch

T = TypeVar("T")


def run(work: Callable[[], T]) -> T:
    """Do it, or say in a sentence why it cannot be done."""
    try:
        return work()
    except StudentCommandError as error:
        fail(str(error))


def open_desk() -> Desk:
    desk = run(lambda: Desk(Path.cwd()))
    if not desk.units:
        fail(f"no exercises in {desk.course.root}: run `autograder build`, or take the course's bundle again.")
    return desk


def find(desk: Desk, target: str) -> tuple[UnitSketch, str | None]:
    return run(lambda: desk.find(target))


def current(desk: Desk) -> Standing:
    """The unit to work on."""
    return to_work_on(run(desk.standings))


def to_work_on(standings: Sequence[Standing]) -> Standing:
    """The first that does not pass, or the last of all."""
    return next((each for each in standings if each.next is not None), standings[-1])


def show(desk: Desk, standing: Standing, exercise: str | None = None) -> None:
    """A unit's results: failures first and in full, then what is not written, then what passes.

    What it uses of earlier units and cannot rest on comes before all that.
    """
    from autograder.checks.known import hidden_count
    from autograder.checks.results import Outcome
    from autograder.commands.ending import exercise_ending, unit_ending
    from autograder.words import listed, passes_words, printable

    typer.echo(summary(standing))
    unmet = run(lambda: desk.unmet(standing.unit))
    for note in notes(desk, standing.unit, unmet):
        typer.echo(f"\n{note}")
    if standing.problem:
        typer.echo("\n" + "\n".join(fitted(printable(standing.problem))))
        return
    checks = [each for each in standing.checks if exercise in (None, each.exercise)]
    followers = followers_of(checks) if exercise is None else {}
    for each in checks:
        if is_failure(each) and each.exercise not in followers:
            typer.echo("\n" + "\n".join([*failure_lines(each), *([] if unmet else hint_lines(each))]))
    if followers:
        typer.echo("")
    for name, causes in followers.items():
        too = "fail too" if len(causes) > 1 else "fails too"
        words = wrapped(f"{name} calls {listed(causes)}, which {too}: mend that first", 0)
        typer.echo(words.replace(name, paint(name, RED), 1))
    for words, outcome, colour in (
        ("not written yet", Outcome.NOT_WRITTEN, MAGENTA),
        ("passes", Outcome.PASSED, GREEN),
    ):
        every = [each.exercise for each in standing.exercises if exercise in (None, each.exercise)]
        names = [name for name in every if (mine := [c for c in checks if c.exercise == name])
                 and name not in followers and {outcome} <= {c.outcome for c in mine} <= {outcome, Outcome.SKIPPED}]  # fmt: skip
        if names and outcome == Outcome.PASSED:
            public = sum(each.exercise in names for each in checks)
            told = passes_words(names, public, hidden_count(desk.module(standing.unit), names))
            typer.echo(f"\n{paint(wrapped(told, 0), colour)}")
        elif names:
            typer.echo(f"\n{paint(words, colour)}: {wrapped(', '.join(names), len(words) + 2)}")
    if exercise is None and standing.next is not None:
        typer.echo(f"\nnext: {standing.next.exercise}   (autograder hint {standing.unit.id}:{standing.next.exercise})")
    elif ending := unit_ending(desk, standing) or exercise_ending(desk, standing, exercise or ""):
        typer.echo("\n" + "\n".join(ending))


def failure_lines(check: CheckResult) -> list[str]:
    """What a check that did not pass says: its name, its call and what was wrong."""
    from autograder.words import check_words, printable

    said = printable("\n".join(part for part in (check.call, check.message) if part))
    title, *rest = fitted(f"{check.exercise}  {check_words(check.check, check.exercise)}: {check.outcome}")
    title = title.replace(check.exercise, paint(check.exercise, RED), 1)
    return [title, *rest, *fitted(said, 2)]


def hint_lines(check: CheckResult) -> list[str]:
    """What is known of a mistake that answers as this check was answered, to stand below the failure."""
    first, *rest = check.hint.splitlines() or [""]
    lines = [f"  {paint('Hint', MAGENTA)}: {wrapped(first, 8)}", *(f"  {wrapped(line, 2)}" for line in rest)]
    return "\n".join(lines).splitlines() if first else []


def followers_of(checks: Sequence[CheckResult]) -> dict[str, list[str]]:
    """The exercises each failed check of which calls another that fails, with these others: they can wait."""
    from autograder.checks.results import Outcome

    found: dict[str, list[str]] = {}
    for name in dict.fromkeys(each.exercise for each in checks):
        failed = [
            each for each in checks if each.exercise == name and each.outcome not in (Outcome.PASSED, Outcome.SKIPPED)
        ]
        if failed and all(each.causes for each in failed):
            found[name] = list(dict.fromkeys(cause for each in failed for cause in each.causes))
    # What waits itself is nobody's first: in the end all wait for those that wait for none.
    return {name: [cause for cause in causes if cause not in found] for name, causes in found.items()}


def is_failure(check: CheckResult) -> bool:
    """Is there something to be mended, and not only to be written?"""
    from autograder.checks.results import Outcome

    return check.outcome not in (Outcome.PASSED, Outcome.NOT_WRITTEN, Outcome.SKIPPED)


def failing(checks: Sequence[CheckResult]) -> list[str]:
    """The exercises that fail, those that can wait for others last."""
    waiting = followers_of(checks)
    return sorted(dict.fromkeys(each.exercise for each in checks if is_failure(each)), key=lambda name: name in waiting)


def notes(desk: Desk, unit: UnitSketch, unmet: Sequence[str]) -> list[str]:
    """What comes before all results: what the unit cannot rest on yet, and what its module would not do while it is graded."""
    from autograder.checks.remarks import remarks

    minded = [wrapped(sentence, 0) for sentence in unmet]
    return minded + [f"{paint('Mind', MAGENTA)}: {wrapped(remark, 6)}" for remark in remarks(desk.module(unit))]


def summary(standing: Standing) -> str:
    words = f"{standing.unit.id}: {points_words(standing.points)} of {standing.unit.total:g} points by the public tests"
    return "\n".join(paint(line, GREEN if standing.next is None else BOLD) for line in fitted(words))


def line_of(path: Path, name: str) -> str:
    """ ":12" where the function begins; nothing where the module cannot be read."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    starts = (f"def {name}(", f"class {name}(", f"class {name}:")
    return next((f":{number}" for number, line in enumerate(lines, 1) if line.startswith(starts)), "")
