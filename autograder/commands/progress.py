"""What the terminal shows while something takes its time. It needs no extra: a sample class is made without any."""

from __future__ import annotations

from collections import Counter
from types import TracebackType

import rich.progress
from rich.console import Console

from autograder.checks.results import UnitResult
from autograder.reports.wording import STATUS_WORDS


class Progress:
    """A bar with count, rate, time left and troubles so far; nothing where there is no terminal."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._bar = rich.progress.Progress(
            rich.progress.TextColumn("{task.description}"),
            rich.progress.BarColumn(),
            rich.progress.MofNCompleteColumn(),
            rich.progress.TextColumn("{task.fields[rate]}", markup=False),
            rich.progress.TimeRemainingColumn(),
            rich.progress.TextColumn("{task.fields[trouble]}", markup=False),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task: rich.progress.TaskID | None = None
        self._trouble: Counter[str] = Counter()
        self.done = 0

    def __enter__(self) -> Progress:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def begin(self, total: int, known: int, words: str = "grading") -> None:
        if self._task is not None:
            self._bar.remove_task(self._task)
        self._task = self._bar.add_task(words, total=total, completed=known, rate="", trouble="")

    def advance(self, result: UnitResult) -> None:
        if result.status not in ("graded", "missing"):
            self._trouble[STATUS_WORDS.get(result.told_as, result.told_as).partition(":")[0]] += 1
        self.step(", ".join(f"{count} {words}" for words, count in self._trouble.most_common(2)))

    def step(self, trouble: str) -> None:
        """One more is done; `trouble` is what is to be said beside the bar."""
        assert self._task is not None
        self.done += 1
        speed = self._bar.tasks[0].speed
        self._bar.update(self._task, advance=1, rate=f"{speed:.0f}/s" if speed else "", trouble=trouble)
