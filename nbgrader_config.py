"""This folder as an nbgrader course: `nbgrader generate_assignment 02_activations` and on; see docs/nbgrader.md."""

# nbgrader goes on without these settings after any other exception, and would run students' code in a plain kernel.
try:
    from autograder.nbgrader.course import configure
except ImportError as error:
    raise SystemExit(f"nbgrader was not started: {error}. Run the one that `make setup` installed.") from None

configure(get_config(), __file__)  # noqa: F821 - nbgrader gives it
