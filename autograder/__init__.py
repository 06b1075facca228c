"""Deep Learning by Hand: a course in NumPy, and a grader for untrusted submissions.

What a check needs is here, and is loaded when it is first asked for:

    from autograder import assert_close, assert_gradients, assert_inputs_unchanged, each_exercise, inout, no_warnings
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from autograder.version import __version__ as __version__

if TYPE_CHECKING:
    from autograder.checks.comparison import (
        Mismatch,
        assert_close,
        assert_dtype,
        assert_inputs_unchanged,
        assert_refuses,
        no_warnings,
    )
    from autograder.checks.gradients import assert_gradients
    from autograder.checks.mistakes import mistake, reference_beside
    from autograder.checks.plugin import each_exercise
    from autograder.checks.twins import FunctionTwin, OnnxFile, Twin, cast
    from autograder.sandbox.proxy import inout

_HOME = {
    "Mismatch": "autograder.checks.comparison",
    "assert_close": "autograder.checks.comparison",
    "assert_inputs_unchanged": "autograder.checks.comparison",
    "assert_refuses": "autograder.checks.comparison",
    "no_warnings": "autograder.checks.comparison",
    "assert_dtype": "autograder.checks.comparison",
    "assert_gradients": "autograder.checks.gradients",
    "mistake": "autograder.checks.mistakes",
    "reference_beside": "autograder.checks.mistakes",
    "each_exercise": "autograder.checks.plugin",
    "inout": "autograder.sandbox.proxy",
    "cast": "autograder.checks.twins",
    "FunctionTwin": "autograder.checks.twins",
    "OnnxFile": "autograder.checks.twins",
    "Twin": "autograder.checks.twins",
}

__all__ = [
    "FunctionTwin",
    "Mismatch",
    "OnnxFile",
    "Twin",
    "assert_close",
    "assert_dtype",
    "assert_gradients",
    "assert_inputs_unchanged",
    "assert_refuses",
    "cast",
    "each_exercise",
    "inout",
    "mistake",
    "no_warnings",
    "reference_beside",
]


def __getattr__(name: str) -> Any:
    """Import lazily: `import autograder` costs next to nothing."""
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'autograder' has no attribute {name!r}")
