"""The way through the course: what the end of an exercise and of a unit unlocks, and where it goes on."""

from autograder.course.units import load_course
from autograder.grading.sample import partial, solution

COURSE = load_course()
ACTIVATIONS, TYPES = COURSE.unit("activations"), COURSE.unit("file_types")


def test_the_end_of_an_exercise_names_who_uses_it_and_the_next(desk):
    desk.module(ACTIVATIONS).write_text(partial(COURSE, ACTIVATIONS, 9))
    said = desk.type("autograder check activations:softmax")
    assert (
        "It runs again in file_types, faces and scribe.\nnext: autograder check activations:sigmoid_derivative\n"
        in said
    )
    assert "autograder plot" not in said
    assert "next: autograder check" not in desk.type("autograder check activations:maxout_backward", status=1)


def test_the_end_of_a_unit_names_its_picture_and_the_next_unit(desk):
    desk.module(ACTIVATIONS).write_text(solution(COURSE, ACTIVATIONS))
    said = desk.type("autograder check activations")
    assert said.endswith(
        "\n  autograder plot activations  its picture, drawn by your code\n"
        "  autograder open losses       next: Losses and their gradients\n"
        "What you wrote here runs again in file_types, faces, speech, pronunciation and\n"
        "scribe.\n"
    )
    said = desk.type("autograder next")
    assert "neurons:mcculloch_pitts" in said
    assert "Its lesson: autograder open neurons" in said


def test_a_demo_is_told_once_all_that_it_needs_passes(desk):
    *first, last = COURSE.used_units(TYPES)
    for unit in (TYPES, *first):
        desk.module(unit).write_text(solution(COURSE, unit))
    for unit in first:
        assert "autograder demo" not in desk.type(f"autograder check {unit.id}")
    desk.module(last).write_text(solution(COURSE, last))
    desk.type("autograder status")
    assert "  autograder demo file README.md  a published network on your code\n" in desk.type(
        f"autograder check {last.id}"
    )
    assert "autograder demo file README.md" in desk.type("autograder check file_types")


def test_the_end_of_the_course(desk):
    for unit in COURSE.units:
        desk.module(unit).write_text(solution(COURSE, unit))
    assert "autograder open" not in desk.type("autograder status")
    assert "Every unit of the course passes. Well done." in desk.type("autograder check scribe")
    assert "Everything passes." in desk.type("autograder next")
