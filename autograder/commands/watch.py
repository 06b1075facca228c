"""`autograder watch`: one failure at a time, on one screen, anew at each save."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TextIO

import typer

from autograder.commands.desk_console import (
    current,
    failing,
    failure_lines,
    followers_of,
    is_failure,
    line_of,
    notes,
    open_desk,
    run,
    summary,
)
from autograder.commands.ending import unit_ending
from autograder.commands.student import hint, overview, reset
from autograder.commands.terminal import DIM, clear, columns, fitted, height, paint, rows, shown, wrapped
from autograder.student.progress import Desk, Standing, StudentCommandError
from autograder.words import counted, listed

PRINTED = 4  # rows that what the student's code printed has for sure, where it printed so much

Lines = list[str]


def watch() -> None:
    """Check what you save, as you save it.

    One screen: how the unit stands and its next failure. Single keys do the rest.
    """
    from autograder.student.watch import POLL_SECONDS, Watcher, single_keys

    desk = open_desk()
    watcher = Watcher(desk)
    _running()
    screen = Screen(desk, current(desk))
    screen.check()
    with single_keys() as key_within:
        while True:
            if (saved := watcher.changed()) is not None:
                screen.turn_to(saved.id)
            screen.fit()
            with contextlib.suppress(typer.Exit):  # what a key could not do has been said; watching goes on
                match key_within(POLL_SECONDS):
                    case "q":
                        return
                    case "n":
                        screen.turn_to(current(desk).unit.id)
                    case "f":
                        screen.next_failure()
                    case "h":
                        screen.hint()
                    case "l":
                        screen.course(anew=False)
                    case "c":
                        screen.course(anew=True)
                    case "r":
                        if screen.put_back(key_within):
                            watcher.forget(screen.standing.unit)


class Screen:
    """What stands on the terminal: how a unit stands, or what a key asked for, and the keys."""

    def __init__(self, desk: Desk, standing: Standing) -> None:
        self._desk = desk
        self.standing = standing
        self._exercise = ""  # the one whose failure is shown
        self._printed: Lines = []
        self._draw: Callable[[int | None], Lines] = self._unit
        self._below: Lines = []
        self._size: tuple[int, int | None] = (0, 0)

    def turn_to(self, unit: str) -> None:
        """Run a unit's tests, and show how it stands."""
        self.standing = next(Standing(each, []) for each in self._desk.units if each.id == unit)
        self.check()

    def check(self) -> None:
        """The same of the unit at hand."""
        if self._size != (0, 0):
            _running()
        try:
            with _kept(sys.stdout) as kept:
                self.standing = self._desk.check(self.standing.unit)
        except StudentCommandError as error:
            words = str(error)
            self._show(lambda room: fitted(words))
            return
        self._printed = [part for line in kept.getvalue().splitlines() for part in fitted(line, 2)]
        names = failing(self.standing.checks)
        self._exercise = self._exercise if self._exercise in names else next(iter(names), "")
        self._show(self._unit)

    def next_failure(self) -> None:
        """Go on to the next exercise that fails; after the last, to the first."""
        names = failing(self.standing.checks)
        if self._exercise in names:
            self._exercise = names[(names.index(self._exercise) + 1) % len(names)]
        self._show(self._unit)

    def hint(self) -> None:
        """A hint for what is shown, below it."""
        name = self._exercise or (self.standing.next.exercise if self.standing.next else "")
        with _kept() as said:
            hint(f"{self.standing.unit.id}:{name}" if name else self.standing.unit.id)
        self._show(self._unit, said.getvalue().splitlines())

    def course(self, anew: bool) -> None:
        """The whole course; with `anew`, every unit is run, whatever is remembered of it."""
        _running()
        with _kept():
            standings = run(lambda: self._desk.standings(anew))
        self._show(lambda room: overview(standings, room))

    def put_back(self, key_within: Callable[[float], str]) -> bool:
        """The unit as it was handed out, if that is really meant."""
        name = self.standing.unit.id
        self._show(self._unit, [f"Put {name} back as it was handed out? y for yes"])
        if key_within(10.0) != "y":
            self._show(self._unit, ["Nothing was changed."])
            return False
        with _kept() as said:
            reset(name, False, None)
        self.check()
        self._show(self._unit, said.getvalue().splitlines())
        return True

    def fit(self) -> None:
        """Draw anew where the terminal has another size now."""
        if self._size != (columns(), rows()):
            self._show(self._draw, self._below)

    def _show(self, draw: Callable[[int | None], Lines], below: Sequence[str] = ()) -> None:
        from autograder.student.watch import KEYS, drop_keys

        self._draw, self._below, self._size = draw, list(below), (columns(), rows())
        together = KEYS.replace("   ", "\t").replace(" ", "\xa0").replace("\t", "   ")  # a key and its word
        keys = wrapped(together, 0).replace("\xa0", " ").splitlines()
        foot = [*([""] if below else []), *below, "", *(paint(line, DIM) for line in keys)]
        # Below the last line stands the cursor.
        room = None if self._size[1] is None else self._size[1] - 1 - sum(map(height, foot))
        drop_keys()
        clear()
        typer.echo("\n".join([*draw(room), *foot]))

    def _unit(self, room: int | None) -> Lines:
        """How the unit stands: one failure as far as there is room, how many more, what the code printed."""
        body, command = self._body()
        top, more = [summary(self.standing), *(self._notes() if not self._below else [])], self._more()
        printed = ["", "Your code printed:", *self._printed] if self._printed and not self._below else []
        if room is not None:
            room -= sum(map(height, (*top, *more)))
            body = _cut(body, room - min(len(printed), PRINTED + 2), command)
            printed = _cut(printed, room - sum(map(height, body)))
        return [*top, *body, *printed, *more]

    def _notes(self) -> Lines:
        """What is to be minded before all failures: the first of it."""
        first, *others = notes(self._desk, self.standing.unit) or [""]
        more = f" ({len(others)} more: autograder check {self.standing.unit.id})" if others else ""
        return ["", *f"{first}{more}".splitlines()] if first else []

    def _body(self) -> tuple[Lines, str]:
        """The failure, or what is next; and the command that shows all of it."""
        unit, checks = self.standing.unit, self.standing.checks
        command = f"autograder check {unit.id}"
        if self.standing.problem:
            return ["", *(part for line in self.standing.problem.splitlines() for part in fitted(line))], command
        if self._exercise:
            failed = [each for each in checks if each.exercise == self._exercise and is_failure(each)]
            lines = ["", *failure_lines(failed[0])]
            if causes := followers_of(checks).get(self._exercise):
                words = (
                    f"It calls {listed(causes)}, which {'fail' if len(causes) > 1 else 'fails'} too: mend that first."
                )
                lines += wrapped(words, 0).splitlines()
            if len(failed) > 1:
                lines.append(f"  {len(failed) - 1} more of its tests fail{'s' * (len(failed) == 2)}")
            return lines, f"{command}:{self._exercise}"
        ahead = self.standing.next
        if ahead is None:
            return ["", *unit_ending(self._desk, self.standing)], command
        path = self._desk.module(unit)
        place = f"{shown(path)}{line_of(path, ahead.exercise)}"
        return [
            "",
            f"next: {ahead.exercise} ({counted(ahead.max_points, 'point')}), not written yet",
            f"  {place}",
        ], command

    def _more(self) -> Lines:
        """How the other exercises stand, in a sentence."""
        checks = self.standing.checks
        names, waiting = failing(checks), followers_of(checks)
        others = [name for name in names if name != self._exercise]
        wait = sum(name in waiting for name in others)
        passed = sum(each.points == each.max_points for each in self.standing.exercises)
        fail = f"{len(others)} more fail{'s' * (len(others) == 1)}"
        if wait:
            fail += f"{f', {wait} of them' if wait < len(others) else ' and'} can wait: {_calls(waiting)}"
        unwritten = len(self.standing.exercises) - passed - len(names)
        counts = [fail, f"{unwritten} not written yet", f"{passed} pass{'es' * (passed == 1)}"]
        if self.standing.problem or self.standing.next is None:
            return []
        return ["", *wrapped("; ".join(words for words in counts if not words.startswith("0 ")), 0).splitlines()]


def _calls(waiting: dict[str, Lines]) -> str:
    """What those that can wait call."""
    causes = dict.fromkeys(cause for each in waiting.values() for cause in each)
    return f"they call {listed(list(causes))}" if len(causes) < 3 else f"they call {len(causes)} that fail"


def _cut(lines: Lines, room: int, command: str = "") -> Lines:
    """As many of the lines as there is room for; what is left out is counted, with the command that shows it."""
    if sum(map(height, lines)) <= room or not lines:
        return lines
    kept: Lines = []
    room -= 1  # for the line that counts
    for line in lines:
        if (room := room - height(line)) < 0:
            break
        kept.append(line)
    return [*kept, f"  ... {len(lines) - len(kept)} more lines" + (f": {command}" if command else "")]


def _running() -> None:
    """Said at once; it goes with what stands there, when something new is shown."""
    if sys.stdout.isatty():
        typer.echo(paint("running...", DIM), nl=False)


class _Kept(io.StringIO):
    """Keeps what is printed, and passes it on, if there is where to."""

    def __init__(self, out: TextIO | None) -> None:
        super().__init__()
        self._out, self._colours = out, sys.stdout.isatty()

    def write(self, text: str) -> int:
        if self._out is not None:
            self._out.write(text)
        return super().write(text)

    def flush(self) -> None:
        if self._out is not None:
            self._out.flush()

    def isatty(self) -> bool:
        return self._colours


@contextlib.contextmanager
def _kept(out: TextIO | None = None) -> Iterator[_Kept]:
    kept = _Kept(out)
    with contextlib.redirect_stdout(kept):
        yield kept
