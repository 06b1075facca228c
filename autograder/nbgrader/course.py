"""The course as an nbgrader course: its settings, and the sandboxed grader in the place of autograde's kernel.

`nbgrader_config.py` in the course's folder calls `configure`; everything else is nbgrader as it stands. Assignments are
named as the units' folders ("02_activations"), and `exercises/` is the source they are generated from: it holds no answer.
"""

from __future__ import annotations

import atexit
import dataclasses
import functools
import re
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbconvert.preprocessors import ClearMetadataPreprocessor, CSSHTMLHeaderPreprocessor
from nbformat import from_dict
from nbgrader import server_extensions, utils
from nbgrader.api import Gradebook
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearOutput,
    DeduplicateIds,
    IgnorePattern,
    LimitOutput,
    NbGraderPreprocessor,
    OverwriteCells,
    OverwriteKernelspec,
    SaveAutoGrades,
)
from traitlets import Enum, Unicode

from autograder.checks.results import CheckResult, ExerciseResult, Outcome, UnitResult
from autograder.course.build import NOTES, cell_id
from autograder.course.file import COURSE_FILE, DESK, EXERCISES, SOLUTIONS
from autograder.course.units import Course, CourseError, Unit, load_course
from autograder.extras import explanation
from autograder.nbgrader.feedback import FormulasInPlace, GetPlainComments
from autograder.nbgrader.own_code import Texts, shown_code, texts_of
from autograder.nbgrader.submitted import receive_carefully, submission, why_another_notebook
from autograder.reports.gradebook import quiet, record

if TYPE_CHECKING:  # imported where it is used: every command of nbgrader reads the settings, few of them grade
    from autograder.grading.store import Store
    from autograder.grading.worker import CheckSession

# What zip_collect finds in Canvas's download: doejane_LATE_123_456_activations-1.py, "-1" being the second attempt.
CANVAS_NAME = r".*/(?P<student_id>[^_/]+)(_LATE)?_\d+_\d+_(?P<file_id>[^/]+?)(-\d+)?\.\w+$"
RESULT = "autograder"  # where the result waits in nbconvert's resources
MEMORY = "nbgrader.sqlite"  # in the course's folder for what is remembered
WIRE = "msgpack"  # comes with the extra `grading`, which the sandbox needs


def configure(config: Any, file: str) -> None:
    """Settings for the course in the folder of `file`, an nbgrader_config.py.

    Raises:
        SystemExit: no course.yml lies there, or it cannot be read. nbgrader logs any other exception and goes on without
            these settings, and so would run students' code in a kernel that nothing confines.
    """
    try:
        course = load_course(Path(file).resolve().parent)
    except CourseError as error:
        raise SystemExit(f"nbgrader was not started, since the course cannot be read: {error}") from None
    config.CourseDirectory.root = str(course.root)
    config.CourseDirectory.course_id = re.sub(r"[^a-z0-9]+", "-", course.title.lower()).strip("-")
    config.CourseDirectory.source_directory = EXERCISES
    # Autograde copies the source's files over the student's: all but the one that is the student's work.
    config.Autograde.exclude_overwriting = {unit.folder: [unit.module] for unit in course.units}
    config.ClearSolutions.code_stub = {"python": NOTES}  # in the one cell that is open to students
    receive_carefully({unit.folder: unit.id for unit in course.units})
    config.FileNameCollectorPlugin.valid_ext = [".ipynb", ".py"]  # zip_collect would leave the work behind
    config.FileNameCollectorPlugin.named_regexp = CANVAS_NAME
    config.SandboxedGrader.course = str(course.root)
    config.Autograde.sanitize_preprocessors = [
        ClearOutput,
        DropDuplicates,  # DeduplicateIds, mended
        OverwriteKernelspec,
        OverwriteCells,
        CheckCellMetadata,
    ]
    config.Autograde.autograde_preprocessors = [
        SandboxedGrader,  # in place of Execute
        IgnorePattern,
        ClearMetadataPreprocessor,
        LimitOutput,
        SaveGrades,  # SaveAutoGrades, and our comment
        AssignLatePenalties,
        CheckCellMetadata,
    ]
    config.GenerateFeedback.preprocessors = [GetPlainComments, FormulasInPlace, CSSHTMLHeaderPreprocessor]
    # The first template of a name is taken: ours of what a page draws formulas with, nbgrader's of all else.
    pages = Path(server_extensions.__path__[0], "formgrader", "templates")
    config.HTMLExporter.extra_template_basedirs = [str(Path(__file__).with_name("templates")), str(pages)]
    quiet()
    if find_spec(WIRE) is None:
        config.Autograde.pre_convert_hook = _say_what_is_missing


def _say_what_is_missing(**_: Any) -> None:
    """End `nbgrader autograde` with one line, before it has made a folder for a submission that it cannot grade."""
    raise SystemExit(explanation(ModuleNotFoundError(name=WIRE)))


class DropDuplicates(DeduplicateIds):  # type: ignore[misc]
    """nbgrader's own leaves empty metadata on a cell that was pasted twice; its next step then refuses the whole class."""

    def preprocess_cell(self, cell: Any, resources: Any, cell_index: int) -> Any:
        """Take nbgrader's mark off every copy but the last."""
        cell, resources = super().preprocess_cell(cell, resources, cell_index)
        if cell.metadata.get("nbgrader") == {}:
            del cell.metadata["nbgrader"]
        return cell, resources


class SandboxedGrader(NbGraderPreprocessor):  # type: ignore[misc]
    """Grades the submitted module, or the functions in the notebook, and writes into each check cell what it earned."""

    course = Unicode(help="Folder of the course.yml").tag(config=True)
    isolation = Enum(
        ["sandbox", "container", "none"], "sandbox", help="As `autograder grade --isolation`; none is for own work only"
    ).tag(config=True)

    def preprocess(self, nb: Any, resources: Any) -> Any:
        """Fill the outputs of the notebook's check cells; leave the result in `resources` for SaveGrades.

        Raises:
            CourseError: the assignment is no unit of the course.
            RuntimeError: the machinery failed; nbgrader reports the submission and leaves its scores alone.
        """
        from autograder.grading.run import nothing_to_run, told, version_of

        names = resources["nbgrader"]
        course = _course(Path(self.course))
        unit = next((unit for unit in course.units if unit.folder == names["assignment"]), None)
        if unit is None or names["notebook"] != unit.id:
            raise CourseError(
                f"{names['assignment']}/{names['notebook']}.ipynb is no lesson of {course.root / 'course.yml'}. For an "
                "assignment of your own, use another nbgrader course, or set Autograde.autograde_preprocessors back"
            )
        converter = self.parent.parent  # the exporter's
        directory = converter.coursedir
        folder = Path(directory.format_path(directory.submitted_directory, names["student"], names["assignment"]))
        memory = _memory(course.root)
        session = _session(course, unit, self.isolation, memory.seed())
        with tempfile.TemporaryDirectory(prefix="autograder-") as scratch:
            work = submission(folder, names["student"], unit, course.root / EXERCISES, Path(scratch))
            if work.module is None:
                result = nothing_to_run(work, unit)
                code = dict.fromkeys(unit.points, "")
            else:
                versions = [(names["student"], unit.id, version_of(work.module))]
                (generation,) = memory.generations(versions).values()
                result = told(
                    session.grade(names["student"], unit, work.module, [work.module.parent], generation), work
                )
                texts = texts_of(work.module)
                code = {each.exercise: _code(texts, each, result) for each in result.exercises}
        if result.status == "broken":
            says = ", which says nothing about the submission" if result.told_as == "broken" else ""
            raise RuntimeError(f"the grader failed{says}: {result.message}")
        if why := why_another_notebook(converter, names["student"]):
            before = f"{result.message.rstrip('.')}. " if result.message else ""
            result = dataclasses.replace(result, message=before + why)
        resources[RESULT] = result
        for cell in nb.cells:
            if utils.is_grade(cell) and cell.cell_type == "code":
                _fill(cell, unit, result, course.show_hidden_inputs, code)
        return nb, resources


class SaveGrades(SaveAutoGrades):  # type: ignore[misc]
    """nbgrader's own, then the scores of cells that the student deleted, and the comment on the unit."""

    def preprocess(self, nb: Any, resources: Any) -> Any:
        """Write the notebook's scores into the gradebook."""
        result: UnitResult = resources[RESULT]
        self._recorded = {cell_id(result.unit, each.exercise) for each in result.exercises}
        nb, resources = super().preprocess(nb, resources)
        with Gradebook(self.db_url) as book:
            record(book.find_submission_notebook(self.notebook_id, self.assignment_id, self.student_id), result)
            book.db.commit()
        return nb, resources

    def _add_score(self, cell: Any, resources: Any) -> None:
        """Scores of the unit's own check cells are written together at the end, not one query and commit each."""
        if cell.metadata.nbgrader.grade_id not in self._recorded:
            super()._add_score(cell, resources)


def _code(texts: Texts, exercise: ExerciseResult, result: UnitResult) -> str:
    """The student's code of an exercise, to be read at once where points were lost."""
    checks = [check for check in result.checks if check.exercise == exercise.exercise]
    lost = exercise.raw_points < exercise.max_points and exercise.status != Outcome.NOT_WRITTEN
    return shown_code(texts, exercise.exercise, checks, lost)


def _fill(cell: Any, unit: Unit, result: UnitResult, show_hidden: bool, code: dict[str, str]) -> None:
    """A table of the exercise's checks, and the student's code below it. The page says the score, which SaveGrades writes."""
    from autograder.notebook import Table

    name = cell.metadata["nbgrader"]["grade_id"]
    earned = next((each for each in result.exercises if cell_id(unit.id, each.exercise) == name), None)
    if earned is None:
        cell.outputs = [_output("stream", name="stderr", text=f"{name} is no exercise of {unit.id}\n")]
        return
    checks = [_told(check, show_hidden) for check in result.checks if check.exercise == earned.exercise]
    passed = f"{earned.checks_passed} of {earned.checks_total} checks passed"
    table = Table(f"{earned.exercise}: {passed}", checks, result.message)
    shown = {"text/plain": repr(table), "text/html": table._repr_html_() + code[earned.exercise]}
    cell.outputs = [_output("display_data", data=shown, metadata={})]


def _output(kind: str, **fields: Any) -> Any:
    """nbformat's new_output without its validation, which the notebook goes through as a whole anyway."""
    return from_dict({"output_type": kind, **fields})


def _told(check: CheckResult, show_hidden: bool) -> CheckResult:
    from autograder.reports.wording import is_shown

    return check if is_shown(check, show_hidden) else dataclasses.replace(check, call="", message="")


def _course(root: Path) -> Course:
    """The course in a folder, read again when its file has changed."""
    file = root / COURSE_FILE
    return _read(root, file.stat().st_mtime_ns if file.is_file() else 0)


@functools.lru_cache(maxsize=1)
def _read(root: Path, changed: int) -> Course:
    return load_course(root)


_sessions: dict[tuple[Path, str], tuple[Any, CheckSession]] = {}


@functools.lru_cache(maxsize=1)
def _memory(root: Path) -> Store:
    """What the gradebook does not remember: the seed of the class, and which versions of a unit each student had.

    So a notebook that is graded again keeps its score, and one that has changed meets other inputs.
    """
    from autograder.grading.store import Store

    folder = root / DESK
    folder.mkdir(exist_ok=True)
    return Store(f"sqlite:///{folder / MEMORY}")


def _session(course: Course, unit: Unit, isolation: str, seed: str) -> CheckSession:
    """A worker that stays for all notebooks of the process, which is the formgrader's server too, until the unit changes.

    Collecting the checks and starting the sandbox cost most.
    """
    from autograder.grading.worker import CheckSession

    files = sorted((course.root / SOLUTIONS / unit.folder).glob("*.py"))
    state = (course, isolation, seed, [(path.name, path.stat().st_mtime_ns) for path in files])
    key = (course.root, unit.id)
    known = _sessions.get(key)
    if known is None or known[0] != state:
        if known is not None:
            known[1].close()
        _sessions[key] = (state, CheckSession(course, [unit], seed, isolation))
    return _sessions[key][1]


@atexit.register
def _close() -> None:
    for _, session in _sessions.values():
        session.close()
