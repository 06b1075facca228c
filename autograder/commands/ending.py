"""The end of an exercise and of a unit: what can be seen and run now, and which way it goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograder.commands.terminal import fitted, wrapped
from autograder.words import listed

if TYPE_CHECKING:
    from autograder.student.progress import Desk, Standing

# What to type for the demo of a unit, by the unit's id.
DEMOS = {
    "file_types": "autograder demo file README.md",
    "faces": "autograder demo faces",
    "speech": "autograder demo speech",
    "pronunciation": "autograder demo say knight",
    "scribe": 'autograder demo scribe "In the beginning"',
}


def unit_ending(desk: Desk, standing: Standing) -> list[str]:
    """What a unit that passes has unlocked and the next one, a line each with its command; nothing where it does not pass."""
    if standing.next is not None:
        return []
    unit = standing.unit
    runs = [each.id for each in desk.units if each.id in DEMOS and unit.id in (each.id, *each.uses)]
    ready = [name for name in runs if desk.is_ready(name)]
    told = [(f"autograder plot {unit.id}", "its picture, drawn by your code")] if desk.has_picture(unit) else []
    told += [(DEMOS[name], "a published network on your code") for name in ready]
    if ahead := desk.unit_after(unit):
        told.append((f"autograder open {ahead.id}", f"next: {ahead.title}"))
    width = max((len(command) for command, _ in told), default=0)
    lines = [part for command, words in told for part in fitted(f"{command:<{width}}  {words}", 2)]
    if later := [name for name in runs if name not in ready]:
        lines += wrapped(f"What you wrote here runs again in {listed(later)}.", 0).splitlines()
    return lines if ahead else [*lines, "Every unit of the course passes. Well done."]


def exercise_ending(desk: Desk, standing: Standing, exercise: str) -> list[str]:
    """Who uses an exercise that passes, and the next one; nothing where it does not pass."""
    unit, ahead = standing.unit, standing.next
    reached = next(each for each in standing.exercises if each.exercise == exercise)
    if reached.points < reached.max_points:
        return []
    users = [each.id for each in desk.units if exercise in each.uses.get(unit.id, ())]
    lines = wrapped(f"It runs again in {listed(users)}.", 0).splitlines() if users else []
    return [*lines, f"next: autograder check {unit.id}:{ahead.exercise}"] if ahead else lines
