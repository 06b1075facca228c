"""What is optional: the extras, what each brings, and how to get it."""

from __future__ import annotations

import importlib.util

# The modules that an extra of pyproject.toml brings and that something here imports.
EXTRAS = {
    "grading": ("msgpack", "pyseccomp", "sqlalchemy", "jinja2", "distributed", "copydetect", "IPython"),
    "jupyter": ("jupyterlab", "nbgrader", "jupytext", "ipympl", "nbformat", "nbconvert", "latex2mathml"),
    "torch": ("torch",),
    "data": ("pooch", "scipy"),
}


def way_out(extra: str) -> str:
    """What to type to have an extra."""
    return f"pip install 'deep-learning-by-hand[{extra}]'"


def missing(extra: str) -> list[str]:
    """Which of an extra's modules are not installed."""
    return [name for name in EXTRAS[extra] if importlib.util.find_spec(name) is None]


def explanation(error: ModuleNotFoundError) -> str | None:
    """One line on a module that could not be imported, with the way out; None where it belongs to no extra."""
    name = (error.name or "").partition(".")[0]
    extra = next((extra for extra, modules in EXTRAS.items() if name in modules), None)
    return None if extra is None else f"{name} is not installed, and this needs it: {way_out(extra)}"
