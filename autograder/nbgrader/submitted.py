"""What lies in nbgrader's submitted/ tree, opened as carefully as on the other roads.

nbgrader copies what was submitted, and follows links while it does: a link to the reference would become a file with the
reference in it, a link to an endless device would never end. So links are left out while it copies, and what is graded is
taken from submitted/ by way of `autograder.intake`.

nbgrader also grades notebooks, one by its name, and ends the class's run over one that it cannot read. The work is in the
module, though: where the notebook is missing, has another name or cannot be used, the one handed out takes its place.
"""

from __future__ import annotations

import copy
import functools
import glob
import os
from collections.abc import Mapping
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


def receive_carefully(lessons: Mapping[str, str]) -> None:
    """Have nbgrader leave out links, devices and the like, and grade a folder whatever became of its notebook.

    Args:
        lessons: by assignment, the name of its notebook without its ending.
    """
    Autograde.init_notebooks = _in_every_folder(Autograde.init_notebooks, lessons)
    Autograde.init_assignment = _copying_plain_files(Autograde.init_assignment)
    Autograde.convert_single_notebook = _with_some_notebook(Autograde.convert_single_notebook)
    CourseDirectory.get_existing_timestamp = _where_plain(CourseDirectory.get_existing_timestamp)


def why_another_notebook(converter: Any, student: str) -> str:
    """What the student reads where the notebook handed out stands in the place of theirs; nothing where it does not."""
    return str(getattr(converter, "autograder_stands_in", {}).get(student, ""))


def _in_every_folder(init_notebooks: Any, lessons: Mapping[str, str]) -> Any:
    if hasattr(init_notebooks, "__wrapped__"):  # the settings are read anew by each of nbgrader's commands
        return init_notebooks

    @functools.wraps(init_notebooks)
    def careful(self: Any) -> None:
        assignment = self.coursedir.assignment_id
        lesson = lessons.get(assignment)
        folders = list(filter(os.path.isdir, glob.glob(self._format_source(assignment, self.coursedir.student_id))))
        if lesson is None or self.coursedir.notebook_id not in ("*", lesson) or not folders:
            init_notebooks(self)
            return
        self.assignments = {folder: [str(Path(folder, f"{lesson}.ipynb"))] for folder in folders}
        self.notebooks = []

    return careful


def _with_some_notebook(convert_single_notebook: Any) -> Any:
    if hasattr(convert_single_notebook, "__wrapped__"):
        return convert_single_notebook

    @functools.wraps(convert_single_notebook)
    def careful(self: Any, submitted: str) -> None:
        folder, name = Path(submitted).parent, Path(submitted).name
        read = self.exporter.from_filename

        def readable(path: str, resources: Any = None, **options: Any) -> Any:
            if path != submitted:  # nbgrader reads it once more, from autograded/
                return read(path, resources, **options)
            try:
                _open(Path(path), 3).close()
                return read(path, copy.deepcopy(resources), **options)
            except Refused as refused:
                reason = str(refused) if os.path.lexists(path) else f"{name} is not among what was handed in"
            except Exception as error:
                reason = f"{name} cannot be read as a notebook ({type(error).__name__})"
            self.log.warning("%s: %s; the notebook as it was handed out takes its place", folder, reason)
            self.autograder_stands_in = {
                folder.parent.name: f"{reason}. The notebook shown here is the one handed out; graded is what the other "
                "files hold."
            }
            source = self.coursedir.format_path(self.coursedir.source_directory, ".", folder.name)
            return read(str(Path(source, name)), resources, **options)

        self.autograder_stands_in = {}
        self.exporter.from_filename = readable
        try:
            convert_single_notebook(self, submitted)
        finally:
            self.exporter.from_filename = read

    return careful


def _copying_plain_files(init_assignment: Any) -> Any:
    if hasattr(init_assignment, "__wrapped__"):
        return init_assignment

    @functools.wraps(init_assignment)
    def careful(self: Any, assignment_id: str, student_id: str) -> None:
        folder = Path(self._format_source(assignment_id, student_id))
        if folder.is_symlink() or folder.parent.is_symlink():  # nbgrader reports this one, and goes on with the others
            raise RuntimeError(f"{folder} is a symbolic link: hand in the files themselves")

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
