"""What the terminal shows of an audit: a bar meanwhile; survivors, idle checks and the sum of it afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import typer

from autograder.commands.progress import Progress
from autograder.course.equivalents import written
from autograder.course.mutants import Mutant
from autograder.course.units import Unit
from autograder.grading.audit import Audit
from autograder.grading.judge import Verdict


class AuditProgress:
    """A bar for each unit; nothing where there is no terminal."""

    def __init__(self) -> None:
        self.done = 0  # over all units
        self._unit = ""
        self._survivors = 0

    @contextmanager
    def of(self, unit: Unit) -> Iterator[None]:
        self._unit, self._survivors = unit.id, 0
        with Progress() as self._bar:
            yield

    def begin(self, total: int, known: int) -> None:
        self._bar.begin(total, known, self._unit)

    def advance(self, mutant: Mutant, verdict: Verdict) -> None:
        self.done += 1
        self._survivors += not verdict.killers
        self._bar.step(f"{self._survivors} survive" if self._survivors else "")


def print_audit(audit: Audit) -> None:
    """What is to be done first; the sum of it on the last line."""
    if audit.holes:
        typer.echo("No hidden check notices these. Add a check, or copy them into equivalent.txt with the reason:\n")
        typer.echo(survivors(audit) + "\n")
    if audit.stale:
        typer.echo("Listed in equivalent.txt, but not so any more:")
        for entry, why in audit.stale:
            typer.echo(f"  {entry.place}: {why}\n    - {entry.before}\n    + {entry.after}")
    if audit.elsewhere:
        listed = ", ".join(f"{count} of {exercise}" for exercise, count in audit.elsewhere.most_common())
        typer.echo(f"Killed by another exercise's checks only: {listed}")
    if audit.cut_short:
        typer.echo(f"Killed because they looped or crashed: {audit.cut_short}")
    if idle := audit.idle:
        typer.echo(f"{len(idle)} of {len(audit.checks)} hidden checks kill no mutant alone:")
        for check, kills in idle.items():
            typer.echo(f"  {check} ({f'{kills} with others' if kills else 'none at all'})")
    for words in audit.complaints:
        typer.echo(f"{audit.unit}: {words}.")
    typer.echo(totals(audit.unit, [audit]))


def survivors(audit: Audit) -> str:
    """The holes by exercise, as they would stand in equivalent.txt; a comment names the public test that notices one."""
    noted = [(mutant, verdict.public[0]) for mutant, verdict in audit.holes if verdict.public]
    quiet = [mutant.change for mutant, verdict in audit.holes if not verdict.public]
    blocks = [written(quiet)] if quiet else []
    blocks += [f"# {test} notices it, but is public\n{written([mutant.change])}" for mutant, test in noted]
    return "\n\n".join(blocks)


def totals(name: str, audits: Sequence[Audit]) -> str:
    killed, every, equivalent, holes = (
        sum(len(getattr(audit, part)) for audit in audits) for part in ("killed", "judged", "equivalent", "holes")
    )
    return f"{name}: {killed} of {every} mutants killed, {equivalent} equivalent, {holes} {'hole' if holes == 1 else 'holes'}"
