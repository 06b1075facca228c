"""What nbgrader's gradebook is told of a result: both ways into one, `nbgrader autograde` and `autograder export`, end here."""

from __future__ import annotations

import warnings
from typing import Any

from autograder.checks.results import EXCUSED, Outcome, UnitResult
from autograder.course.build import cell_id, notes_id
from autograder.course.units import Unit
from autograder.reports.wording import STATUS_WORDS, decision_words


def quiet() -> None:
    """nbgrader makes its records one by one and asks for others in between; SQLAlchemy remarks on each, and nothing is lost."""
    warnings.filterwarnings("ignore", "Object of type <Submitted.*> not in session, add operation along")


def declare(book: Any, unit: Unit) -> None:
    """The assignment, its notebook and its cells, as far as `nbgrader generate_assignment` has not made them already."""
    book.update_or_create_assignment(unit.folder)
    book.update_or_create_notebook(unit.id, unit.folder)
    for exercise, points in unit.points.items():
        book.update_or_create_grade_cell(
            cell_id(unit.id, exercise), unit.id, unit.folder, max_score=points, cell_type="code"
        )
    book.update_or_create_solution_cell(notes_id(unit.id), unit.id, unit.folder)


def record(notebook: Any, result: UnitResult) -> None:
    """Write a result into a gradebook's SubmittedNotebook: again and again with the same outcome."""
    earned = {cell_id(result.unit, each.exercise): each for each in result.exercises}
    # Asking each grade for its cell's name would be a query each.
    names = {cell.id: cell.name for cell in (*notebook.notebook.grade_cells, *notebook.notebook.solution_cells)}
    for grade in notebook.grades:
        each = earned.get(names[grade.cell_id])
        if each is not None:
            grade.auto_score = each.raw_points
            if result.adjusted or any(one.status == EXCUSED for one in result.exercises):
                share = each.max_points / result.max_points if result.max_points else 0.0
                grade.auto_score = round(each.points + share * result.adjustment, 4)  # they have the last word
            grade.needs_manual_grade = grade.manual_score is not None  # to be looked at again, as nbgrader has it
    for note in notebook.comments:
        if names[note.cell_id] == notes_id(result.unit):
            note.auto_comment = comment_lines(result)


def comment_lines(result: UnitResult) -> str:
    """What is missing in a unit, and the hints, as a short list: the page has the scores."""
    lines = [decision_words(each) for each in result.decisions]
    if result.status != "graded":
        return "\n".join([*lines, result.message or result.status])
    lines += [
        f"{each.exercise}: {each.hint or STATUS_WORDS.get(each.status, each.status)}"
        for each in result.exercises
        if each.raw_points < each.max_points or each.status == Outcome.CARRIED
    ]
    if result.late_days:
        lines.append("1 day late" if result.late_days == 1 else f"{result.late_days} days late")
    if lines:
        return "\n".join([*filter(None, [result.message]), *(f"- {line}" for line in lines)])
    return " ".join(filter(None, [result.message, "All checks passed."]))
