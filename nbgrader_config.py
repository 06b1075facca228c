"""This folder as an nbgrader course: `nbgrader generate_assignment 02_activations` and on; see docs/nbgrader.md."""

from autograder.nbgrader.course import configure

configure(get_config(), __file__)  # noqa: F821 - nbgrader gives it
