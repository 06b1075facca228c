"""course.yml: parts, units, exercises, points and limits. The one list of what is taught and graded."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from autograder.course.file import COURSE_FILE, UnitNames, nearest, unit_name
from autograder.sandbox.limits import Limits


class CourseError(Exception):
    """course.yml, or what was asked of it, is wrong; the message names the file, the key, the line and the way out."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _identifier(name: str) -> str:
    if not name.isidentifier():
        raise ValueError(f"{name!r} is no name of a function or class")
    return name


Share = Annotated[float, Field(ge=0, le=1)]
ExerciseName = Annotated[str, AfterValidator(_identifier)]


class Efficiency(_Strict):
    """How fast an exercise is to be, for `autograder grade --scaled`: a check of its own."""

    times: float = Field(gt=1)  # as long as the reference takes, at most
    size: int = Field(gt=0)  # of the inputs, as the unit's scaled.py makes them
    weight: float = Field(1.0, gt=0)  # beside the weights of the exercise's other checks


class Unit(UnitNames, _Strict):
    """One unit: a folder under solutions/ and exercises/, with its exercises and their points."""

    folder: str = Field(pattern=r"^\d\d_[a-z][a-z0-9_]*$")
    title: str
    due: datetime | None = None
    weight: float = Field(1.0, ge=0, lt=1e6)  # of its points in a student's percent
    points: dict[ExerciseName, Annotated[float, Field(gt=0, lt=1e6)]] = Field(min_length=1)
    efficiency: dict[ExerciseName, Efficiency] = {}
    carried: Share | dict[ExerciseName, Share] | None = None  # for the unit, or by exercise
    uses: dict[str, Annotated[list[ExerciseName], Field(min_length=1)]] = {}  # by an earlier unit's id, its exercises

    @model_validator(mode="after")
    def _known(self) -> Unit:
        if unknown := sorted(set(self.efficiency) - set(self.points)):
            raise ValueError(f"efficiency is asked of {unknown[0]!r}, which has no points in {self.folder}")
        if isinstance(self.carried, dict) and (unknown := sorted(set(self.carried) - set(self.points))):
            raise ValueError(f"carried speaks of {unknown[0]!r}, which has no points in {self.folder}")
        return self


class Part(_Strict):
    title: str
    units: list[Unit]


class LimitSettings(_Strict):
    """Overrides of `autograder.sandbox.limits.Limits`; None keeps the default."""

    check_seconds: float | None = Field(None, gt=0)
    submission_seconds: float | None = Field(None, gt=0)
    memory_bytes: int | None = Field(None, ge=64 * 2**20)
    output_bytes: int | None = Field(None, gt=0)
    check_bytes: int | None = Field(None, gt=0)
    grader_bytes: int | None = Field(None, ge=64 * 2**20)
    structure_bytes: int | None = Field(None, gt=0)
    callback_bytes: int | None = Field(None, gt=0)
    depth: int | None = Field(None, gt=0, le=64)
    descriptors: int | None = Field(None, ge=8)
    message_chars: int | None = Field(None, gt=0)
    calls_per_check: int | None = Field(None, gt=0)


class LatePolicy(_Strict):
    """What handing in late costs. By default nothing."""

    percent_per_day: float = Field(0.0, ge=0, le=100)
    grace_minutes: float = Field(0.0, ge=0)
    max_days: int | None = Field(None, ge=0)  # later than that earns nothing
    timezone: str = "UTC"  # of due dates that name none

    def factor(self, days: int) -> float:
        """The share of the points that is left after so many days."""
        if self.max_days is not None and days > self.max_days:
            return 0.0
        return max(0.0, 1 - days * self.percent_per_day / 100)


class TotalsPolicy(_Strict):
    """How a student's percent is made of the units, and what it is called. By default of all points, without a letter."""

    best: int | None = Field(None, ge=1)  # so many units count, those with the highest share of their points
    letters: dict[str, Annotated[float, Field(ge=0)]] = {}  # letter: from so many percent on

    def letter(self, percent: float) -> str:
        """The letter of the highest boundary that is reached; empty below all of them."""
        reached = {bound: letter for letter, bound in self.letters.items() if percent >= bound}
        return reached[max(reached)] if reached else ""

    @model_validator(mode="after")
    def _apart(self) -> TotalsPolicy:
        if len(set(self.letters.values())) < len(self.letters):
            raise ValueError("two letters begin at the same percent")
        return self


class Course(_Strict):
    """The whole of course.yml. `root` is the folder that holds it."""

    title: str
    parts: list[Part]
    limits: LimitSettings = LimitSettings()
    late: LatePolicy = LatePolicy()
    totals: TotalsPolicy = TotalsPolicy()
    carried: Share = 1.0  # of its points that an exercise earns where it is right but for an earlier one; 0: nothing
    handin: Literal["modules", "notebooks", "zip"] = "modules"  # what `autograder handin` makes for students
    show_hidden_inputs: bool = True  # in feedback: what hidden checks called, and what came
    root: Path = Path()

    @model_validator(mode="after")
    def _unique(self) -> Course:
        ids = [unit.id for unit in self.units]
        if twice := sorted({name for name in ids if ids.count(name) > 1}):
            raise ValueError(f"two units are called {twice[0]!r}: ids must differ")
        return self

    @property
    def units(self) -> list[Unit]:
        return [unit for part in self.parts for unit in part.units]

    def used_units(self, unit: Unit) -> list[Unit]:
        """The earlier units whose functions this one imports."""
        return [each for each in self.units if each.id in unit.uses]

    def carried_share(self, unit: Unit, exercise: str) -> float:
        """The share of its points that an exercise keeps where only an error carried forward makes it fail."""
        share = unit.carried.get(exercise) if isinstance(unit.carried, dict) else unit.carried
        return self.carried if share is None else share

    @property
    def sandbox_limits(self) -> Limits:
        return Limits(**self.limits.model_dump(exclude_none=True))

    def unit(self, name: str) -> Unit:
        """The unit of that id, folder name or number ("convolution", "11_convolution", "11"), or an unambiguous prefix.

        Raises:
            CourseError: none or several fit; the message lists the nearest.
        """
        try:
            folder = unit_name(name, [unit.folder for unit in self.units])
        except LookupError as error:
            raise CourseError(str(error)) from None
        return next(unit for unit in self.units if unit.folder == folder)


def find_course(start: Path | None = None) -> Path:
    """The course.yml of this folder or the nearest one above.

    Raises:
        CourseError: there is none.
    """
    start = (start or Path.cwd()).resolve()
    path = nearest(start)
    if path is None:
        raise CourseError(f"no {COURSE_FILE} in {start} or above: go to the course's folder, or name it with --course.")
    return path


def load_course(path: Path | None = None) -> Course:
    """Read and check a course.yml (or the folder that holds it; by default the nearest one).

    Raises:
        CourseError: the file is missing, is not YAML, or has a wrong key or value: named with its line.
    """
    path = find_course() if path is None else path
    if path.is_dir():
        path = path / COURSE_FILE
    try:
        text = path.read_text(encoding="utf-8")
        data = yaml.safe_load(text)
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
    except FileNotFoundError:
        raise CourseError(f"{path} is not there.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise CourseError(f"{path}{where}: not valid YAML: {getattr(error, 'problem', None) or error}") from None
    if not isinstance(data, dict):
        raise CourseError(f"{path}: expected keys like 'title:' and 'parts:' at the top, found {type(data).__name__}")
    if "root" in data:
        raise CourseError(f"{path}, line {_line(tree, ('root',))}: root: this key is not known")
    try:
        course = Course.model_validate({**data, "root": path.resolve().parent})
    except ValidationError as error:
        # A misspelt key shows twice, as unknown and as missing: the unknown one has the line.
        first = min(error.errors(), key=lambda each: each["type"] != "extra_forbidden")
        raise CourseError(_describe(path, tree, first)) from None
    _check_uses(course, path, tree)
    return course


def _check_uses(course: Course, path: Path, tree: yaml.Node | None) -> None:
    """A unit uses exercises of units before it, so there can be no circle.

    Raises:
        CourseError: it uses a later one, one that is not there, what is no exercise there, or what is called like one of its own.
    """
    before: dict[str, Unit] = {}
    for p, part in enumerate(course.parts):
        for u, unit in enumerate(part.units):
            taken = dict.fromkeys(unit.points, unit.id)
            for name, exercises in unit.uses.items():
                where = f"{path}, line {_line(tree, ('parts', p, 'units', u, 'uses', name))}: uses.{name}"
                if name not in before:
                    later = name in [each.id for each in course.units]
                    reason = "does not come before it" if later else "is no unit of this course"
                    raise CourseError(f"{where}: {unit.folder} uses {name!r}, which {reason}")
                for exercise in exercises:
                    if exercise not in before[name].points:
                        raise CourseError(f"{where}: {exercise!r} is no exercise of {before[name].folder}")
                    if exercise in taken:
                        raise CourseError(f"{where}: {unit.folder} has {exercise!r} of {taken[exercise]} already")
                    taken[exercise] = name
            before[unit.id] = unit


def _describe(path: Path, tree: yaml.Node | None, error: Any) -> str:
    loc = tuple(part for part in error["loc"] if part != "[key]")
    key = ".".join(map(str, loc)) or "(the whole file)"
    message = error["msg"].removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        message = "this key is not known; is it spelt right?"
    elif error["type"] == "missing":
        message = "this key is missing"
    else:
        given = error.get("input")
        if isinstance(given, (str, int, float)):
            message += f" (it is {given!r})"
    return f"{path}, line {_line(tree, loc)}: {key}: {message}"


def _line(node: yaml.Node | None, loc: tuple[Any, ...]) -> int:
    """The line of the deepest key of `loc` that is in the file."""
    line = node.start_mark.line + 1 if node is not None else 1
    for part in loc:
        if isinstance(node, yaml.MappingNode):
            pair = next(((key, value) for key, value in node.value if key.value == str(part)), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            break
    return line
