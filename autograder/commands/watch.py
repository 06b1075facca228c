"""`autograder watch`: one failure at a time, on one screen, anew at each save."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TextIO, TypeVar

import typer

from autograder.commands.desk_console import (
    failing,
    failure_lines,
    followers_of,
    hint_lines,
    is_failure,
    line_of,
    notes,
    open_desk,
    summary,
    to_work_on,
)
from autograder.commands.ending import unit_ending
from autograder.commands.student import hint, overview, reset
from autograder.commands.terminal import clear, columns, fitted, height, rows, shown, wrapped
from autograder.student.progress import Desk, Standing, StudentCommandError
from autograder.words import counted, listed, printable

# Rows that the failure has for sure, and that what the code printed has if it is shown, with a blank one and a title.
FAILURE, PRINTED = 7, 6
LEAST = 4  # of the failure itself, whatever is advised: a blank one, its name, its call, and that there is more

T = TypeVar("T")
Lines = list[str]


def watch() -> None:
    """Check what you save, as you save it.

    One screen: how the unit stands and its next failure. Single keys do the rest.
    """
    from autograder.student.watch import POLL_SECONDS, Watcher, single_keys

    desk = open_desk()
    watcher = Watcher(desk)
    screen = Screen(desk)
    with single_keys() as key_within:
        screen.go_on()
        while True:
            if (saved := watcher.changed()) is not None:
                screen.turn_to(saved.id)
            screen.fit()
            with contextlib.suppress(typer.Exit):  # what a key could not do has been said; watching goes on
                match key_within(POLL_SECONDS):
                    case "q":
                        return
                    case "n":
                        screen.go_on()
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

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.standing = Standing(desk.units[0], [])
        self._exercise = ""  # the one whose failure is shown
        self._unmet: Lines = []  # of what the unit uses
        self._printed: Lines = []
        self._draw: Callable[[int | None], Lines] = self._unit
        self._below: Lines = []
        self._size: tuple[int, int | None] = (0, 0)

    def go_on(self) -> None:
        """Turn to the unit to work on."""
        _running()
        standings = self._tried(self._desk.standings)
        if standings is not None:
            self.turn_to(to_work_on(standings).unit.id)

    def turn_to(self, unit: str) -> None:
        """Run a unit's tests, and show how it stands."""
        self.standing = next(Standing(each, []) for each in self._desk.units if each.id == unit)
        self.check()

    def check(self) -> None:
        """The same of the unit at hand."""
        _running()
        with _kept(sys.stdout) as kept:
            found = self._tried(lambda: (self._desk.check(self.standing.unit), self._desk.unmet(self.standing.unit)))
        if found is None:
            return
        self.standing, self._unmet = found
        self._printed = fitted(printable(kept.getvalue()), 2)
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
        standings = self._tried(lambda: self._desk.standings(anew))
        if standings is not None:
            self._show(lambda room: _fit(overview(standings, room), room))

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

    def _tried(self, work: Callable[[], T]) -> T | None:
        """What comes of it; where it cannot be done, None, and the screen says why."""
        try:
            return work()
        except StudentCommandError as error:
            words = str(error)
            self._show(lambda room: _fit(fitted(words), room))
            return None

    def _show(self, draw: Callable[[int | None], Lines], below: Sequence[str] = ()) -> None:
        from autograder.student.watch import KEYS, drop_keys

        self._draw, self._below, self._size = draw, list(below), (columns(), rows())
        together = KEYS.replace("   ", "\t").replace(" ", "\xa0").replace("\t", "   ")  # a key and its word
        keys = wrapped(together, 0).replace("\xa0", " ").splitlines()
        foot = [*([""] if below else []), *below, "", *keys]
        # Below the last line stands the cursor.
        room = None if self._size[1] is None else self._size[1] - 1 - sum(map(height, foot))
        drop_keys()
        clear()
        typer.echo("\n".join([*draw(room), *foot]))

    def _unit(self, room: int | None) -> Lines:
        """How the unit stands: one failure, what the code printed, how many more there are; as far as there is room."""
        top = summary(self.standing).splitlines()
        body, told, command = self._body()
        printed = ["", "Your code printed:", *self._printed] if self._printed and not self._below else []
        notes, more = [] if self._below else self._notes(), self._more()
        if room is None:
            return [*top, *notes, *body, *told, *printed, *more]
        if room < _rows(top):
            return []
        room -= _rows(top)
        body_least, printed_least = min(_rows([*body, *told]), FAILURE), min(_rows(printed), PRINTED)
        if room < body_least + printed_least + _rows([*notes, *more]):  # the least important goes
            printed, printed_least = [], 0
        if room < body_least + _rows([*notes, *more]):
            notes = []
        if room < body_least + _rows(more):
            more = []
        room -= _rows([*notes, *more])
        body = _cut([*_cut(body, max(room - printed_least - _rows(told), LEAST), command), *told], room - printed_least)
        return [*top, *notes, *body, *_cut(printed, room - _rows(body)), *more]

    def _notes(self) -> Lines:
        """What is to be minded before all failures: the first of it."""
        first, *others = notes(self._desk, self.standing.unit, self._unmet) or [""]
        also = fitted(f"({len(others)} more: autograder check {self.standing.unit.id})", 2) if others else []
        return ["", *first.splitlines(), *also] if first else []

    def _body(self) -> tuple[Lines, Lines, str]:
        """The failure, or what is next; what is advised; and the command that shows all of it."""
        unit, checks = self.standing.unit, self.standing.checks
        command = f"autograder check {unit.id}"
        if self.standing.problem:
            return ["", *fitted(printable(self.standing.problem))], [], command
        if self._exercise:
            failed = [each for each in checks if each.exercise == self._exercise and is_failure(each)]
            first = next((each for each in failed if each.hint), failed[0])
            told = [] if self._unmet else hint_lines(first)
            if causes := followers_of(checks).get(self._exercise):
                words = (
                    f"It calls {listed(causes)}, which {'fail' if len(causes) > 1 else 'fails'} too: mend that first."
                )
                told += wrapped(words, 0).splitlines()
            if len(failed) > 1:
                told.append(f"  {len(failed) - 1} more of its tests fail{'s' * (len(failed) == 2)}")
            return ["", *failure_lines(first)], told, f"{command}:{self._exercise}"
        ahead = self.standing.next
        if ahead is None:
            return ["", *unit_ending(self._desk, self.standing)], [], command
        path = self._desk.module(unit)
        place = f"{shown(path)}{line_of(path, ahead.exercise)}"
        words = f"next: {ahead.exercise} ({counted(ahead.max_points, 'point')}), not written yet"
        return ["", words, f"  {place}"], [], command

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


def _rows(lines: Lines) -> int:
    return sum(map(height, lines))


def _fit(lines: Lines, room: int | None) -> Lines:
    return lines if room is None else _cut(lines, room)


def _cut(lines: Lines, room: int, command: str = "") -> Lines:
    """As many of the lines as there is room for; what is left out is counted, with the command that shows it."""
    if _rows(lines) <= room:
        return lines
    kept: Lines = []
    while len(kept) < len(lines) and _rows(kept) + height(lines[len(kept)]) < room:
        kept.append(lines[len(kept)])
    words = f"  ... {counted(len(lines) - len(kept), 'more line')}"
    whole = f"{words}: {command}"
    return [*kept, whole if command and height(whole) == 1 else words] if room > 0 else []


def _running() -> None:
    """Said at once; it goes with what stands there, when something new is shown."""
    if sys.stdout.isatty():
        typer.echo("\rrunning...", nl=False)


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
