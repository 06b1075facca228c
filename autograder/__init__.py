"""Deep Learning by Hand: a course in NumPy, and a grader for untrusted submissions.

What a check needs is here, and is loaded when it is first asked for:

    from autograder import assert_close, assert_gradients, assert_inputs_unchanged, each_exercise, inout, no_warnings
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograder.comparison import (
        Mismatch,
        assert_close,
        assert_dtype,
        assert_inputs_unchanged,
        assert_refuses,
        no_warnings,
    )
    from autograder.gradients import assert_gradients
    from autograder.mistakes import mistake, reference_beside
    from autograder.plugin import each_exercise
    from autograder.sandbox.proxy import inout
    from autograder.scaled import cast

__version__ = "0.1.0"

_HOME = {
    "Mismatch": "autograder.comparison",
    "assert_close": "autograder.comparison",
    "assert_inputs_unchanged": "autograder.comparison",
    "assert_refuses": "autograder.comparison",
    "no_warnings": "autograder.comparison",
    "assert_dtype": "autograder.comparison",
    "assert_gradients": "autograder.gradients",
    "mistake": "autograder.mistakes",
    "reference_beside": "autograder.mistakes",
    "each_exercise": "autograder.plugin",
    "inout": "autograder.sandbox.proxy",
    "cast": "autograder.scaled",
}

__all__ = [
    "Mismatch",
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
