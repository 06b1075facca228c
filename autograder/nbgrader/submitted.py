"""What lies in nbgrader's submitted/ tree, opened as carefully as on the other roads.

nbgrader copies what was submitted, and follows links while it does: a link to the reference would become a file with the
reference in it, a link to an endless device would never end. So links are left out while it copies, and what is graded is
taken from submitted/ by way of `autograder.intake`.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from nbgrader import utils
from nbgrader.converters import Autograde, base
from nbgrader.coursedir import CourseDirectory

from autograder.course.units import Unit
from autograder.intake.opening import Refused, open_plain
from autograder.intake.owners import Placed
from autograder.intake.submissions import STAMP, Submission, submissions_of
from autograder.intake.walk import Scratch, walk

ANY_SIZE = 2**62  # nbgrader's own limits hold here


def submission(folder: Path, student: str, unit: Unit, exercises: Path, scratch: Path) -> Submission:
    """The module or notebook in a student's submitted folder, in a private copy under `scratch`."""
    own = [Placed(file, student, student, (), file.parts, unit) for file in walk(folder)]
    (found,) = submissions_of(student, own, [unit], Scratch(scratch), exercises)
    return found


def follow_no_links() -> None:
    """Have nbgrader leave out links, devices and the like when it copies what was submitted, and reads when."""
    Autograde.init_assignment = _copying_plain_files(Autograde.init_assignment)
    CourseDirectory.get_existing_timestamp = _where_plain(CourseDirectory.get_existing_timestamp)


def _copying_plain_files(init_assignment: Any) -> Any:
    if hasattr(init_assignment, "__wrapped__"):  # the settings are read anew by each of nbgrader's commands
        return init_assignment

    @functools.wraps(init_assignment)
    def careful(self: Any, assignment_id: str, student_id: str) -> None:
        for notebook in map(Path, self.notebooks):
            try:
                _open(notebook, 3).close()
            except Refused as refused:  # nbgrader reports this student's submission, and goes on with the others
                raise RuntimeError(f"{notebook.parent}: {refused}") from None

        def plain_files(path: str, exclude: list[str] | None = None) -> list[str]:
            found = []
            for name in utils.find_all_files(path, exclude):
                try:
                    _open(Path(name), 1).close()
                    found.append(name)
                except Refused as refused:
                    self.log.warning("Not copied: %s in %s", refused, path)
            return found

        base.find_all_files = plain_files
        try:
            init_assignment(self, assignment_id, student_id)
        finally:
            base.find_all_files = utils.find_all_files

    return careful


def _where_plain(get_existing_timestamp: Any) -> Any:
    if hasattr(get_existing_timestamp, "__wrapped__"):
        return get_existing_timestamp

    @functools.wraps(get_existing_timestamp)
    def careful(self: Any, dest_path: str) -> Any:
        try:
            _open(Path(dest_path) / STAMP, 1).close()
        except Refused:
            return None
        return get_existing_timestamp(self, dest_path)

    return careful


def _open(path: Path, depth: int) -> Any:
    """A file `depth` names below a folder that is the teacher's."""
    return open_plain(path.absolute().parents[depth - 1], path.absolute().parts[-depth:], ANY_SIZE)
