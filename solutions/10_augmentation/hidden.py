"""Hidden checks: warps of images that are not square, at the border and at size; chances and places; manners.

Every bound on a random quantity is missed by right code less than once in 10^9 times.
"""

import numpy as np
import pytest

from autograder import (
    assert_close,
    assert_dtype,
    assert_inputs_unchanged,
    assert_refuses,
    each_exercise,
)

GREY, COLOURED = (1, 5, 8), (3, 6, 7)


def picture(rng, shape):
    return rng.uniform(0.05, 0.95, size=shape)


def either(rng, low, high):
    """A number whose size lies between these, of either sign."""
    return float(rng.choice([-1.0, 1.0]) * rng.uniform(low, high))


# How each exercise is asked: its arguments after the image.
ASKED = {
    "flip": lambda rng: (),
    "affine_sample": lambda rng: (random_matrix(rng),),
    "rotate": lambda rng: (float(rng.uniform(10, 80)),),
    "translate": lambda rng: (float(rng.uniform(0.6, 1.4)), float(rng.uniform(1.6, 2.4))),
    "zoom": lambda rng: (float(rng.uniform(1.3, 1.9)),),
    "stretch": lambda rng: (float(rng.uniform(1.3, 1.9)), float(rng.uniform(0.5, 0.8))),
    "shear": lambda rng: (float(rng.uniform(0.3, 1.2)),),
    "lens_distort": lambda rng: (float(rng.uniform(0.1, 0.4)),),
    "adjust_brightness": lambda rng: (float(rng.uniform(0.4, 0.8)),),
    "adjust_contrast": lambda rng: (float(rng.uniform(0.3, 0.8)),),
    "adjust_saturation": lambda rng: (float(rng.uniform(0.3, 0.8)),),
}
WARPS = ("rotate", "translate", "zoom", "stretch", "shear", "lens_distort")
COLOURS = ("adjust_brightness", "adjust_contrast", "adjust_saturation")
ONE_NUMBER = ("rotate", "zoom", "shear", "lens_distort", *COLOURS)


def random_matrix(rng):
    """No small part of it is 0 or 1, and its inverse is another."""
    near = np.array([[1.1, 0.5, 0.2], [-0.4, 0.8, -0.3]])
    return near + rng.uniform(-0.15, 0.15, size=(2, 3))


def same(student, reference, name, image, *arguments):
    assert_close(getattr(student, name)(image, *arguments), getattr(reference, name)(image, *arguments))


@pytest.mark.weight(2)
@each_exercise(*ASKED)
def test_colour_image(student, reference, rng, name):
    same(student, reference, name, picture(rng, COLOURED), *ASKED[name](rng))


@pytest.mark.weight(2)
@each_exercise("flip", "affine_sample", *WARPS, "adjust_brightness", "adjust_contrast")
def test_grey_image(student, reference, rng, name):
    same(student, reference, name, picture(rng, GREY), *ASKED[name](rng))


@each_exercise("flip", "affine_sample", *WARPS, *COLOURS)
def test_sizes(student, reference, rng, name):
    image = picture(rng, [(3, 70, 4), (3, 2, 1100)][rng.integers(2)])
    same(student, reference, name, image, *ASKED[name](rng))


@pytest.mark.rests_on("test_colour_image")
@each_exercise("affine_sample", *WARPS, *COLOURS)
def test_a_single_pixel(student, reference, rng, name):
    same(student, reference, name, picture(rng, (3, 1, 1)), *ASKED[name](rng))


@each_exercise("affine_sample", *WARPS)
def test_square_image(student, reference, rng, name):
    same(student, reference, name, picture(rng, (1, 6, 6)), *ASKED[name](rng))


IDENTITY = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
NOTHING = {
    "affine_sample": (IDENTITY,),
    "rotate": (0.0,),
    "translate": (0.0, 0.0),
    "zoom": (1.0,),
    "stretch": (1.0, 1.0),
    "shear": (0.0,),
    "lens_distort": (0.0,),
    "adjust_brightness": (1.0,),
    "adjust_contrast": (1.0,),
    "adjust_saturation": (1.0,),
}


@pytest.mark.rests_on("test_colour_image")
@each_exercise(*NOTHING)
def test_what_changes_nothing(student, rng, name):
    image = picture(rng, COLOURED)
    assert_close(getattr(student, name)(image, *NOTHING[name]), image)


@pytest.mark.exercise("flip")
@pytest.mark.weight(2)
@pytest.mark.parametrize("shape", [GREY, COLOURED], ids=["grey", "colour"])
def test_above_and_below(student, reference, rng, shape):
    image = picture(rng, shape)
    assert_close(student.flip(image, horizontal=False), reference.flip(image, horizontal=False))


@pytest.mark.exercise("pixel_centres")
class TestPixelCentres:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("height, width", [(5, 8), (4, 3)])
    def test_both_axes(self, student, reference, height, width):
        assert_close(student.pixel_centres(height, width), reference.pixel_centres(height, width), name="(x, y)")

    @pytest.mark.parametrize("height, width", [(1, 1), (70, 1), (2, 1100)])
    def test_sizes(self, student, reference, height, width):
        assert_close(student.pixel_centres(height, width), reference.pixel_centres(height, width), name="(x, y)")

    @pytest.mark.after("test_both_axes")
    @pytest.mark.parametrize("height, width, bad", [(0, 3, "height"), (3, -1, "width")])
    def test_no_pixels(self, student, height, width, bad):
        assert_refuses(student.pixel_centres, bad, height, width)


def places(rng, shape, reach):
    return rng.uniform(-reach, reach, size=shape), rng.uniform(-reach, reach, size=shape)


@pytest.mark.exercise("bilinear")
class TestBilinear:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("shape", [GREY, COLOURED], ids=["grey", "colour"])
    def test_between_pixels(self, student, reference, rng, shape):
        same(student, reference, "bilinear", picture(rng, shape), *places(rng, (4, 6), 0.75))

    @pytest.mark.weight(1.5)
    @pytest.mark.parametrize("shape", [GREY, COLOURED], ids=["grey", "colour"])
    def test_beyond_the_border(self, student, reference, rng, shape):
        same(student, reference, "bilinear", picture(rng, shape), *places(rng, (7, 9), 1.6))

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("side", ["left", "right", "above", "below"])
    def test_fades_within_a_pixel(self, student, reference, rng, side):
        # Up to one pixel beyond the outermost centres.
        beyond = 1 + rng.uniform(-1, 1, size=(3, 2)) / (8 if side in ("left", "right") else 5)
        beyond = -beyond if side in ("left", "above") else beyond
        along = rng.uniform(-0.7, 0.7, size=(3, 2))
        x, y = (beyond, along) if side in ("left", "right") else (along, beyond)
        same(student, reference, "bilinear", picture(rng, GREY), x, y)

    def test_on_the_pixels(self, student, reference, rng):
        image, (x, y) = picture(rng, COLOURED), reference.pixel_centres(6, 7)
        order = rng.permutation(7)
        assert_close(student.bilinear(image, x[:, order], y), image[:, :, order])

    @pytest.mark.rests_on("test_between_pixels")
    def test_far_outside(self, student, rng):
        x, y = rng.permuted([[5.0, -5.0, 0.1, 0.2], [-1.5, 1.5, 40.0, -1e6]], axis=1), np.full((2, 4), 3.0)
        assert_close(student.bilinear(picture(rng, GREY), x, y), np.zeros((1, 2, 4)))

    @pytest.mark.parametrize("shape, grid", [((3, 70, 4), (2, 3)), ((1, 2, 1100), (3, 70)), ((1, 4, 3), (1, 1100))])
    def test_sizes(self, student, reference, rng, shape, grid):
        same(student, reference, "bilinear", picture(rng, shape), *places(rng, grid, 1.2))

    def test_a_single_pixel(self, student, reference, rng):
        same(student, reference, "bilinear", picture(rng, (1, 1, 1)), *places(rng, (2, 5), 2.5))

    @pytest.mark.after("test_between_pixels")
    def test_keeps_inputs_and_float32(self, student, rng):
        image = picture(rng, GREY).astype(np.float32)
        assert_dtype(assert_inputs_unchanged(student.bilinear, image, *places(rng, (4, 6), 1.5)), "float32")


@pytest.mark.exercise("affine_sample")
class TestAffineSample:
    @pytest.mark.parametrize("row, column", [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)])
    def test_one_number_at_a_time(self, student, reference, rng, row, column):
        matrix = IDENTITY.copy()
        matrix[row, column] += either(rng, 0.2, 0.6)
        same(student, reference, "affine_sample", picture(rng, GREY), matrix)

    @pytest.mark.rests_on("test_one_number_at_a_time")
    def test_fully_outside(self, student, rng):
        matrix = random_matrix(rng) + np.array([[0, 0, either(rng, 4, 5)], [0, 0, 0]])
        assert_close(student.affine_sample(picture(rng, COLOURED), matrix), np.zeros(COLOURED))

    @pytest.mark.after("test_one_number_at_a_time")
    @pytest.mark.parametrize("shape", [(3, 3), (2, 2)])
    def test_matrix_of_another_shape(self, student, rng, shape):
        assert_refuses(student.affine_sample, "matrix", picture(rng, GREY), np.ones(shape))


@pytest.mark.exercise("pixel_matrix")
class TestPixelMatrix:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("height, width", [(5, 8), (9, 2)])
    def test_without_a_shift(self, student, reference, rng, height, width):
        matrix = np.column_stack([rng.normal(size=(2, 2)), np.zeros(2)])
        assert_close(student.pixel_matrix(matrix, height, width), reference.pixel_matrix(matrix, height, width))

    @pytest.mark.parametrize("height, width", [(5, 8), (9, 2)])
    def test_shift_alone(self, student, reference, rng, height, width):
        matrix = np.column_stack([np.eye(2), rng.normal(size=2)])
        assert_close(student.pixel_matrix(matrix, height, width), reference.pixel_matrix(matrix, height, width))

    def test_square_image(self, student, reference, rng):
        matrix = rng.normal(size=(2, 3))
        assert_close(student.pixel_matrix(matrix, 6, 6), reference.pixel_matrix(matrix, 6, 6))

    @pytest.mark.parametrize("height, width", [(5, 8), (70, 3), (1, 1100)])
    def test_general(self, student, reference, rng, height, width):
        matrix = rng.normal(size=(2, 3))
        assert_close(student.pixel_matrix(matrix, height, width), reference.pixel_matrix(matrix, height, width))

    @pytest.mark.after("test_general")
    def test_inputs_unchanged(self, student, rng):
        assert_inputs_unchanged(student.pixel_matrix, rng.normal(size=(2, 3)), 4, 7)

    @pytest.mark.after("test_general")
    @pytest.mark.parametrize("shape, height, width, bad", [((2, 3), 0, 3, "height"), ((3, 3), 4, 3, "matrix")])
    def test_bad_input(self, student, rng, shape, height, width, bad):
        assert_refuses(student.pixel_matrix, bad, rng.normal(size=shape), height, width)


@pytest.mark.exercise("rotate")
class TestRotate:
    def test_quarter_turn_of_a_square(self, student, rng):
        image = picture(rng, (3, 5, 5))
        assert_close(student.rotate(image, 90.0), np.rot90(image, axes=(1, 2)))

    def test_quarter_turn_shows_the_middle(self, student, rng):
        image = picture(rng, (1, 4, 6))
        expected = np.zeros((1, 4, 6))
        expected[:, :, 1:5] = np.rot90(image, axes=(1, 2))[:, 1:5]
        assert_close(student.rotate(image, 90.0), expected)

    @pytest.mark.parametrize("low, high", [(-80, -10), (100, 170), (200, 350)], ids=["clockwise", "beyond 90", "far"])
    def test_other_angles(self, student, reference, rng, low, high):
        same(student, reference, "rotate", picture(rng, GREY), float(rng.uniform(low, high)))


@pytest.mark.exercise("translate")
class TestTranslate:
    @pytest.mark.parametrize("dx, dy", [(2, 0), (-3, 0), (0, 1), (0, -2)])
    def test_whole_pixels(self, student, reference, rng, dx, dy):
        same(student, reference, "translate", picture(rng, COLOURED), dx, dy)

    def test_left_and_up(self, student, reference, rng):
        same(student, reference, "translate", picture(rng, GREY), *(-rng.uniform(0.3, 2.6, size=2)).tolist())


@pytest.mark.exercise("zoom")
def test_smaller(student, reference, rng):
    same(student, reference, "zoom", picture(rng, GREY), float(rng.uniform(0.4, 0.8)))


@pytest.mark.exercise("stretch")
class TestStretch:
    @pytest.mark.parametrize("axis", [0, 1], ids=["sx", "sy"])
    @pytest.mark.parametrize("low, high", [(0.4, 0.8), (1.3, 2.5)], ids=["smaller", "larger"])
    def test_one_axis(self, student, reference, rng, axis, low, high):
        factors = [1.0, 1.0]
        factors[axis] = float(rng.uniform(low, high))
        same(student, reference, "stretch", picture(rng, GREY), *factors)


@each_exercise("shear", "lens_distort")
def test_below_zero(student, reference, rng, name):
    (number,) = ASKED[name](rng)
    same(student, reference, name, picture(rng, GREY), -number)


@pytest.mark.exercise("lens_distort")
def test_one_row_and_one_column(student, reference, rng):
    for shape in ((1, 1, 9), (1, 8, 1)):
        same(student, reference, "lens_distort", picture(rng, shape), either(rng, 0.2, 0.4))


@pytest.mark.exercise("random_crop")
class TestRandomCrop:
    @pytest.mark.weight(2)
    def test_each_place_is_as_likely(self, student, rng):
        image = np.arange(60.0).reshape(3, 4, 5) + float(rng.uniform(1, 2))
        windows = [image[:, top : top + 2, left : left + 3] for top in range(3) for left in range(3)]
        crops = [student.random_crop(image, (2, 3), rng) for _ in range(400)]
        assert_close(crops, [windows[0]] * 400, atol=1e6, name="the crops")
        places = [int(np.argmin([abs(crop[0, 0, 0] - window[0, 0, 0]) for window in windows])) for crop in crops]
        assert_close(crops, [windows[place] for place in places], name="the crops")
        counts = np.bincount(places, minlength=9).reshape(3, 3).astype(float)
        # 44 of 400 for each, with a standard deviation of 6.3; 133 (9.4) a row or column; 267 (13.3) the two in the middle, of
        # which there would be 400 if places were rounded.
        assert_close(counts, np.full((3, 3), 400 / 9), rtol=0.0, atol=44, name="how often each place came")
        assert_close(counts.sum(1), np.full(3, 400 / 3), rtol=0.0, atol=66, name="how often each row came first")
        assert_close(counts.sum(0), np.full(3, 400 / 3), rtol=0.0, atol=66, name="how often each column came first")
        middle = float(counts[1].sum() + counts[:, 1].sum())
        assert_close(
            middle, 800 / 3, rtol=0.0, atol=82, name="how often the middle row or the middle column came first"
        )

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("shape", [GREY, COLOURED], ids=["grey", "colour"])
    @pytest.mark.parametrize("padding", [0, 2])
    def test_all_but_one_line(self, student, rng, shape, padding):
        image = picture(rng, shape)
        padded = np.pad(image, ((0, 0), (padding, padding), (padding, padding)))
        size = padded.shape[1] - 1, padded.shape[2]
        windows = [padded[:, :-1], padded[:, 1:]]
        crop = student.random_crop(image, size, rng, padding)
        assert_close(crop, windows[0], atol=1e6)
        assert_close(crop, windows[int(np.abs(crop - windows[0]).max() > np.abs(crop - windows[1]).max())])

    @pytest.mark.rests_on("test_each_place_is_as_likely")
    def test_size_of_the_image(self, student, rng):
        image = picture(rng, GREY)
        assert_close(student.random_crop(image, (5, 8), rng), image)

    @pytest.mark.parametrize("shape, size, padding", [((3, 70, 4), (72, 6), 1), ((1, 2, 1100), (8, 1106), 3)])
    def test_sizes(self, student, rng, shape, size, padding):
        image = picture(rng, shape)
        expected = np.pad(image, ((0, 0), (padding, padding), (padding, padding)))
        assert_close(student.random_crop(image, size, rng, padding=padding), expected)

    @pytest.mark.after("test_each_place_is_as_likely")
    def test_keeps_inputs_and_float32(self, student, rng):
        image = picture(rng, GREY).astype(np.float32)
        assert_dtype(assert_inputs_unchanged(student.random_crop, image, (4, 3), rng, 1), "float32")

    @pytest.mark.after("test_each_place_is_as_likely")
    @pytest.mark.parametrize("size, padding, bad", [((6, 2), 0, "size"), ((3, 11), 1, "size"), ((2, 2), -1, "padding")])
    def test_bad_input(self, student, rng, size, padding, bad):
        assert_refuses(student.random_crop, bad, picture(rng, GREY), size, rng, padding)


@each_exercise(*COLOURS)
class TestColours:
    @pytest.mark.weight(2)
    def test_clipped(self, student, reference, rng, name):
        image = picture(rng, (3, 5, 6))
        image[:, 0, :2] = [[0.02, 0.98], [0.98, 0.02], [0.5, 0.5]]
        same(student, reference, name, image, float(rng.uniform(2.5, 4)))

    @pytest.mark.rests_on("test_clipped")
    def test_factor_zero(self, student, reference, rng, name):
        same(student, reference, name, picture(rng, COLOURED), 0.0)


@pytest.mark.exercise("adjust_contrast")
def test_own_mean(student, reference, rng):
    # A dark image: its mean is far from 1/2.
    same(student, reference, "adjust_contrast", 0.3 * picture(rng, GREY), float(rng.uniform(1.5, 2.5)))


@pytest.mark.exercise("adjust_saturation")
@pytest.mark.rests_on("test_colour_image")
def test_grey_stays_grey(student, rng):
    image = picture(rng, GREY)
    assert_close(student.adjust_saturation(image, float(rng.uniform(0.2, 3))), image)


def darker(student, steps, rng):
    """What is left of 1 after these steps with adjust_brightness: the product of all numbers that were applied."""
    out = student.compose(np.ones((1, 1, 2)), [("adjust_brightness", *step) for step in steps], rng)
    assert_close(out, np.full((1, 1, 2), 0.5), rtol=0.0, atol=0.5, name="what is left of a white image")
    return max(float(out[0, 0, 0]), 1e-300)


@pytest.mark.exercise("compose")
class TestCompose:
    @pytest.mark.parametrize("tool", ONE_NUMBER)
    def test_each_tool(self, student, reference, rng, tool):
        (number,) = ASKED[tool](rng)
        same(student, reference, "compose", picture(rng, COLOURED), [(tool, (number, number), 1.0)], rng)

    @pytest.mark.weight(3)
    def test_in_order(self, student, reference, rng):
        steps = [(tool, ASKED[tool](rng) * 2, 1.0) for tool in ("rotate", "adjust_saturation", "shear", "zoom")]
        steps.insert(1, ("adjust_contrast", (3.0, 3.0), 1.0))
        same(student, reference, "compose", picture(rng, COLOURED), steps, rng)

    @pytest.mark.weight(2)
    def test_never_and_always(self, student, reference, rng):
        steps = [
            (tool, ASKED[tool](rng) * 2, float(k % 2)) for k, tool in enumerate(rng.permutation(ONE_NUMBER).tolist())
        ]
        same(student, reference, "compose", picture(rng, COLOURED), steps, rng)

    @pytest.mark.rests_on("test_in_order")
    def test_no_steps(self, student, rng):
        image = picture(rng, GREY)
        assert_close(student.compose(image, [], rng), image)

    @pytest.mark.weight(3)
    @pytest.mark.parametrize("probability", [0.25, 0.7])
    def test_chances(self, student, rng, probability):
        left = darker(student, [((0.9, 0.9), probability)] * 300, rng)
        # The share of 300 strays by 0.029.
        name = "the share of 300 steps that were applied"
        assert_close(np.log(left) / np.log(0.9) / 300, probability, rtol=0.0, atol=0.19, name=name)

    @pytest.mark.weight(2)
    def test_numbers_are_uniform(self, student, rng):
        low, high = 0.3, 0.9
        numbers = np.array([darker(student, [((low, high), 1.0)], rng) for _ in range(120)])
        assert_close(numbers, np.full(120, 0.6), rtol=0.0, atol=0.3 + 1e-12, name="the numbers drawn in [0.3, 0.9)")
        below = np.searchsorted(np.sort(numbers), np.linspace(low, high, 11)[1:-1]) / 120
        # Dvoretzky, Kiefer and Wolfowitz: off by 3.5 / sqrt(n) once in 2 * 10^10 times.
        name = "the shares of numbers below 0.36, 0.42, ..., 0.84"
        assert_close(below, np.arange(1, 10) / 10, rtol=0.0, atol=3.5 / np.sqrt(120), name=name)

    @pytest.mark.weight(2)
    def test_each_step_draws_its_own_number(self, student, rng):
        # The mean logarithm of a number in [0.5, 1) is -0.307, that of 100 strays by 0.020.
        for _ in range(8):
            mean = np.log(darker(student, [((0.5, 1.0), 1.0)] * 100, rng)) / 100
            assert_close(mean, np.log(2) - 1, rtol=0.0, atol=0.13, name="the mean logarithm of 100 numbers in [0.5, 1)")

    def test_number_and_chance_are_two_draws(self, student, rng):
        # A mean of 0.3 * -0.307 a step, which strays by 0.004 over 2,000 steps.
        mean = np.log(darker(student, [((0.5, 1.0), 0.3)] * 2000, rng)) / 2000
        name = "the mean logarithm, 0 where not applied, of numbers in [0.5, 1) at probability 0.3"
        assert_close(mean, 0.3 * (np.log(2) - 1), rtol=0.0, atol=0.03, name=name)

    @pytest.mark.after("test_in_order")
    def test_keeps_inputs_and_float32(self, student, rng):
        image = picture(rng, COLOURED).astype(np.float32)
        steps = [("zoom", (0.5, 0.9), 1.0), ("rotate", (10.0, 20.0), 1.0)]
        assert_dtype(assert_inputs_unchanged(student.compose, image, steps, rng), "float32")

    @pytest.mark.after("test_in_order")
    def test_unknown_tool(self, student, rng):
        assert_refuses(student.compose, "steps", picture(rng, GREY), [("blur", (1.0, 2.0), 1.0)], rng)


@each_exercise(*ASKED, after="test_colour_image")
def test_keeps_inputs_and_float32(student, rng, name):
    image = picture(rng, COLOURED).astype(np.float32)
    assert_dtype(assert_inputs_unchanged(getattr(student, name), image, *ASKED[name](rng)), "float32")


BAD = {
    "zoom": [("factor", (0.0,))],
    "stretch": [("sx", (-1.0, 1.0)), ("sy", (1.0, 0.0))],
    "adjust_brightness": [("factor", (-0.5,))],
    "adjust_contrast": [("factor", (-0.5,))],
    "adjust_saturation": [("factor", (-0.5,))],
}


@each_exercise(*BAD, after="test_colour_image")
def test_bad_numbers(student, rng, name):
    for bad, arguments in BAD[name]:
        assert_refuses(getattr(student, name), bad, picture(rng, COLOURED), *arguments)
