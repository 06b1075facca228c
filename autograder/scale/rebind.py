"""A student's module with `numpy` bound to another library of the same names: CuPy, for the GPU."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from autograder.sandbox.local import forget_units

# On floating-point warnings, which a GPU never raises: NumPy's own do no harm there.
HARMLESS = ("errstate", "seterr", "geterr")


class MissingTwin(Exception):
    """Something of NumPy's that the other library does not have."""


class _Twin(ModuleType):
    """The other library under NumPy's name; what it lacks is named."""

    def __init__(self, numpys: ModuleType, library: ModuleType) -> None:
        super().__init__(numpys.__name__)
        self.__path__: list[str] = []
        self._numpys, self._library = numpys, library

    def __getattr__(self, name: str) -> Any:
        if hasattr(self._library, name) or not hasattr(self._numpys, name):
            return getattr(self._library, name)
        if name in HARMLESS:
            return getattr(self._numpys, name)
        raise MissingTwin(f"{self.__name__}.{name} has no twin in {self._library.__name__}")


def load_on(path: Path, library: ModuleType) -> ModuleType:
    """The module at `path`, freshly loaded, with `import numpy` giving `library`.

    Raises:
        MissingTwin: it takes something from numpy while it is loaded that the library lacks. What it takes in a call is
            missed in that call.
    """
    spec = importlib.util.spec_from_file_location(f"{path.stem}_on_{library.__name__}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with _bound(library):
        forget_units(path)
        sys.path.append(str(path.parent))  # for what it uses of earlier units, which is bound anew as well
        try:
            spec.loader.exec_module(module)
        except ModuleNotFoundError as error:
            raise MissingTwin(f"{error.name} has no twin in {library.__name__}") from None
        finally:
            sys.path.remove(str(path.parent))
    return module


@contextmanager
def _bound(library: ModuleType) -> Iterator[None]:
    """Within, `import numpy` and its parts give the library and its parts; what is imported meanwhile is forgotten."""
    before = dict(sys.modules)
    for name, numpys in before.items():
        if name.split(".")[0] == "numpy":
            part: Any = library
            for step in name.split(".")[1:]:
                part = getattr(part, step, None)
            if isinstance(part, ModuleType):
                sys.modules[name] = _Twin(numpys, part)
            else:
                del sys.modules[name]
    try:
        yield
    finally:
        for name in set(sys.modules) - set(before):
            del sys.modules[name]
        sys.modules.update(before)
