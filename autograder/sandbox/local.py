"""A student's module in this process: for students at work, for the reference, never for untrusted code.

A debugger steps into it. The rules of `proxy` hold all the same: arguments and results are copied, so that a
check means the same here and in the sandbox.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import linecache
import re
import sys
import traceback
import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from autograder.sandbox.proxy import (
    MODULE,
    BoundName,
    Call,
    Frame,
    Handle,
    InOut,
    Kept,
    LoadError,
    MissingName,
    StudentTimeout,
    callback,
    fresh_seed,
    mark_student_error,
    name_callbacks,
    sendable,
    span_of,
    warn_again,
)
from autograder.sandbox.time_limit import within

UNIT = re.compile(r"\d\d_[a-z]")  # how a unit's folder is called
MAX_SHAPES = 6  # told of one line
CALLBACKS = (FunctionType, MethodType)
ATOMS = (type(None), bool, int, float, complex, str, bytes)


class Local:
    """Backend over a module in this process; a call may take `seconds` (None: as long as it likes)."""

    def __init__(self, module: ModuleType, seconds: float | None = None) -> None:
        self.module = module
        self.transcript: list[Call] = []
        self._seconds = seconds

    def call(self, ref: Any, name: str | None, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        owner: Any = self.module if ref is MODULE else ref
        function = owner if name is None else self._attribute(owner, name)
        changed: list[tuple[Any, Any]] = []
        copied = [self._copy_in(value, changed) for value in args]
        named = {key: self._copy_in(value, changed) for key, value in kwargs.items()}
        pairs = zip((*args, *kwargs.values()), (*copied, *named.values()), strict=True)
        if those := [theirs for ours, theirs in pairs if type(ours) in CALLBACKS]:
            name_callbacks(function, tuple(copied), named, those)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                result = within(self._seconds, lambda: function(*copied, **named))
            except StudentTimeout as error:
                error.student_frames = student_frames(error, self.module.__file__ or "")
                raise
            except Exception as error:
                mark_student_error(error, type(error).__name__, student_frames(error, self.module.__file__ or ""))
                raise
        for original, theirs in changed:
            if original.flags.writeable:
                original[...] = theirs
        warn_again([(each.category.__name__, str(each.message)) for each in caught])
        return self._copy_out(sendable(result))

    def get(self, ref: Any, name: str) -> Any:
        value = self._attribute(self.module if ref is MODULE else ref, name)
        if callable(value):
            return BoundName(self, ref, name, f"{type(ref).__name__}.{name}")
        return self._copy_out(sendable(value))

    def _attribute(self, owner: Any, name: str) -> Any:
        try:
            return getattr(owner, name)
        except AttributeError:
            raise MissingName(missing_name(owner is self.module, type(owner).__name__, self.module, name)) from None

    def _copy_in(self, value: Any, changed: list[tuple[Any, Any]], wanted: bool = False) -> Any:
        kind = type(value)
        if kind in ATOMS:
            return value
        if kind is InOut:
            return self._copy_in(value.value, changed, True)
        if kind is np.ndarray:
            theirs = copy_array(value)
            if wanted:
                changed.append((value, theirs))
            return theirs
        if kind in (list, tuple):
            return kind(self._copy_in(each, changed, wanted) for each in value)
        if kind is dict:
            return {key: self._copy_in(each, changed, wanted) for key, each in value.items()}
        if kind is Handle:
            return value._ref
        if kind is np.random.Generator:
            return np.random.default_rng(fresh_seed(value))
        if kind is BoundName:
            return self._attribute(self.module if value.ref is MODULE else value.ref, value.name)
        if kind in CALLBACKS:
            return callback(value, span_of(value))
        return value

    def _copy_out(self, value: Any) -> Any:
        kind = type(value)
        if kind in ATOMS or isinstance(value, np.generic):
            return value
        if kind is np.ndarray and value.dtype.kind in "biufc":
            return value.copy()
        if kind in (list, tuple):
            return kind(self._copy_out(each) for each in value)
        if kind is dict:
            return {key: self._copy_out(each) for key, each in value.items()}
        if kind is Kept:
            value, kind = value.value, type(value.value)
        return Handle(self, value, kind.__name__)


def code_objects(value: Any) -> list[CodeType]:
    """The code of a function, or of a class's methods."""
    if isinstance(value, FunctionType):
        return [value.__code__]
    if isinstance(value, type):
        return [each.__code__ for each in vars(value).values() if isinstance(each, FunctionType)]
    return []


def missing_name(in_module: bool, owner: str, module: ModuleType | str, name: str) -> str:
    """The sentence for a name that is not there."""
    if in_module:
        file = module if isinstance(module, str) else Path(module.__file__ or module.__name__).name
        return f"{file} has no `{name}`: was it renamed or deleted? The stub's signature must stay as it was."
    return f"{owner} objects have no `{name}`: it should be an attribute or a method."


def copy_array(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """A copy that keeps what a student's code may stumble over: memory order, gaps and the read-only flag."""
    if array.flags.c_contiguous or array.flags.f_contiguous or array.ndim == 0:
        theirs = array.copy(order="K")
    else:
        theirs = np.repeat(array, 2, axis=-1)[..., ::2]
    theirs.flags.writeable = array.flags.writeable
    return theirs


def lies_next_door(path: Path, folder: Path) -> bool:
    """Is the file in the folder of another unit than the one in `folder`, side by side with it?"""
    home = path.parent
    return home.parent == folder.parent and home != folder and UNIT.match(home.name) is not None


def student_frames(error: BaseException, file: str) -> list[Frame]:
    """The lines of the traceback that lie in the student's own folder, outermost first; and in those of units that it uses,
    which are named with their folder."""
    folder = Path(file).parent
    found, values = [], {}
    for (frame, _), entry in zip(
        traceback.walk_tb(error.__traceback__), traceback.extract_tb(error.__traceback__), strict=True
    ):
        path = Path(entry.filename)
        earlier = lies_next_door(path, folder)
        if entry.filename.startswith(str(folder)) or earlier:
            name = f"{path.parent.name}/{path.name}" if earlier else path.name
            found.append(Frame(name, entry.lineno or 0, entry.name, entry.line or ""))
            values = frame.f_locals
    if found and isinstance(error, (ValueError, IndexError)):
        found[-1] = replace(found[-1], shapes=_shapes_in(found[-1].source, values))
    return found


def _shapes_in(source: str, values: Mapping[str, Any]) -> str:
    """The shapes of the arrays that a line of code names: "x is (5, 3), self.w is (4, 3)"."""
    told: dict[str, tuple[int, ...]] = {}
    for name in re.findall(r"(?<![\w.])(?:self\.)?[A-Za-z_]\w*(?![\w(])", source):
        owner, _, attribute = name.rpartition(".")
        value = getattr(values.get(owner), "__dict__", {}).get(attribute) if owner else values.get(name)
        if type(value) is np.ndarray and len(told) < MAX_SHAPES:
            told[name] = value.shape
    return ", ".join(f"{name} is {shape}" for name, shape in told.items())


# What a line is written in that is not Python to an older one.
NEWER = {
    (3, 12): r"""^\s*type\s+\w+(\[.*\])?\s*=|^\s*(def|class)\s+\w+\[|\bf(["']).*\{[^{}]*\3[^{}]*\}""",
    (3, 14): r"""(?<![\w"'])t["']|^\s*except\s+[\w.]+\s*,\s*[\w.]+\s*:""",
}


def syntax_message(error: SyntaxError, file: str) -> str:
    """A syntax error as one would want to read it: file, line, the line itself and a mark under the place."""
    shown = f"{file}, line {error.lineno}: {error.msg}"
    if error.text:
        line = error.text.rstrip("\n")
        column = max((error.offset or 1) - 1 - (len(line) - len(line.lstrip())), 0)
        shown += f"\n    {line.lstrip()}\n    {' ' * column}^"
        since = next((since for since, syntax in NEWER.items() if re.search(syntax, line)), (3, 0))
        if since > sys.version_info[:2]:
            here = ".".join(map(str, sys.version_info[:2]))
            shown += f"\nPython {since[0]}.{since[1]} and newer take that; here it is read by Python {here}."
    return shown


def forget_units(path: Path) -> None:
    """What lies beside a module under the name of another unit's stands for that one, and is looked for next door again."""
    for beside in path.parent.glob("*.py"):
        known = getattr(sys.modules.get(beside.stem), "__file__", None)
        if beside != path and known and UNIT.match(Path(known).parent.name):
            del sys.modules[beside.stem]


def load_module(
    path: Path, name: str | None = None, source: bytes | None = None, seconds: float | None = None
) -> ModuleType:
    """Import one file as a module, afresh, with what it uses of earlier units; helpers beside it can be imported by it, but
    shadow nothing.

    `source` takes the place of the file's own text; importing it may take `seconds`.

    Raises:
        LoadError: the file is missing, is not Python, or fails while it is imported.
    """
    if not path.is_file():
        raise LoadError(f"{path} is not there: put {path.name} back, or point --student at the right place.")
    name = name or path.stem
    linecache.checkcache(str(path))
    loader = importlib.machinery.SourceFileLoader(name, str(path))
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    search_path = sys.path.copy()
    sys.path.append(str(path.parent))
    sys.modules[name] = module
    forget_units(path)
    try:
        if source is not None:
            linecache.cache[str(path)] = (len(source), None, source.decode().splitlines(keepends=True), str(path))
        code = compile(path.read_bytes() if source is None else source, str(path), "exec", dont_inherit=True)
        within(seconds, lambda: exec(code, module.__dict__))
    except SyntaxError as error:
        raise LoadError(f"{syntax_message(error, path.name)}\nNothing can run until this is mended.") from None
    except StudentTimeout as error:
        words = f"importing {path.name} ran longer than {seconds:g} seconds: is there a loop or a call outside of every function?"
        raise LoadError(
            "\n".join([words, *(f"  {each.words()}" for each in student_frames(error, str(path))[-1:])])
        ) from None
    except (Exception, SystemExit) as error:
        frames = student_frames(error, str(path))
        where = f" (line {frames[-1].line}: {frames[-1].source})" if frames else ""
        if isinstance(error, NotImplementedError) and len(frames) > 1:
            raise LoadError(
                f"{path.name}, line {frames[0].line} calls {frames[-1].function}, which is not written yet, while the file is "
                f'imported:\n    {frames[0].source}\nTake that line out, or put it below if __name__ == "__main__": '
                "nothing else can run before."
            ) from error
        raise LoadError(f"importing {path.name} failed: {type(error).__name__}: {error}{where}") from error
    finally:
        sys.path[:] = search_path
    return module
