"""Public tests: numbers that can be followed with pencil and paper."""

import numpy as np
import pytest

from autograder import assert_close, assert_inputs_unchanged, assert_refuses

PICTURE = np.array([[[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]])  # one channel, two rows, three columns


@pytest.mark.exercise("flip")
def test_flip_left_and_right(student):
    assert_close(student.flip(PICTURE), np.array([[[0.3, 0.2, 0.1], [0.6, 0.5, 0.4]]]))


@pytest.mark.exercise("flip")
def test_flip_above_and_below(student):
    assert_close(student.flip(PICTURE, horizontal=False), np.array([[[0.4, 0.5, 0.6], [0.1, 0.2, 0.3]]]))


@pytest.mark.exercise("pixel_centres")
def test_pixel_centres_by_hand(student):
    # Two pixels from -1 to 1 are 1 wide, and their centres at -0.5 and 0.5; four are 0.5 wide.
    x, y = student.pixel_centres(2, 4)
    assert_close(x, np.array([[-0.75, -0.25, 0.25, 0.75], [-0.75, -0.25, 0.25, 0.75]]), name="x")
    assert_close(y, np.array([[-0.5, -0.5, -0.5, -0.5], [0.5, 0.5, 0.5, 0.5]]), name="y")


@pytest.mark.exercise("bilinear")
def test_bilinear_between_pixels(student):
    # Columns lie at -0.5 and 0.5, rows too. (0, -0.5) is halfway between 0 and 1. (-0.25, 0) is a quarter of the way
    # to the right, halfway down: 0.75 * (0 + 0.4) / 2 + 0.25 * (1 + 0.8) / 2 = 0.15 + 0.225.
    image = np.array([[[0.0, 1.0], [0.4, 0.8]]])
    assert_close(student.bilinear(image, np.array([[0.0, -0.25]]), np.array([[-0.5, 0.0]])), np.array([[[0.5, 0.375]]]))


@pytest.mark.exercise("bilinear")
def test_bilinear_fades_outside(student):
    # The left edge, x = -1, lies half a pixel beyond the first column: half of it, and half of nothing. -2 is far out.
    image = np.array([[[0.8, 0.2], [0.8, 0.2]]])
    assert_close(
        student.bilinear(image, np.array([[-1.0, -2.0, 1.0]]), np.array([[0.5, 0.5, 0.5]])),
        np.array([[[0.4, 0.0, 0.1]]]),
    )


@pytest.mark.exercise("affine_sample")
def test_affine_half_a_pixel(student):
    # Three columns are 2/3 wide each: 1/3 is half a pixel. Every pixel is halfway to its right neighbour; the last one's
    # neighbour is 0.
    shift = np.array([[1.0, 0.0, 1 / 3], [0.0, 1.0, 0.0]])
    assert_close(student.affine_sample(PICTURE, shift), np.array([[[0.15, 0.25, 0.15], [0.45, 0.55, 0.3]]]))


@pytest.mark.exercise("affine_sample")
def test_affine_one_pixel_down(student):
    # The upper row comes from outside, the lower row from the upper: with two rows, one pixel is 1.
    shift = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, -1.0]])
    assert_close(student.affine_sample(PICTURE, shift), np.array([[[0.0, 0.0, 0.0], [0.1, 0.2, 0.3]]]))


NINE = np.array([[[0.1, 0.2, 0.3], [0.4, 0.5, 0.6], [0.7, 0.8, 0.9]]])


@pytest.mark.exercise("affine_sample")
def test_affine_a_quarter_turn(student):
    # What is at (x, y) comes from (y, -x): the upper row from the left column, from below to above.
    turn = np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])
    expected = np.array([[[0.7, 0.4, 0.1], [0.8, 0.5, 0.2], [0.9, 0.6, 0.3]]])
    assert_close(student.affine_sample(NINE, turn), expected)


@pytest.mark.exercise("affine_sample")
@pytest.mark.after("test_affine_half_a_pixel")
def test_affine_keeps_its_inputs(student):
    assert_inputs_unchanged(student.affine_sample, PICTURE, np.array([[1.0, 0.5, 0.25], [0.0, 1.0, 0.0]]))


@pytest.mark.exercise("pixel_matrix")
def test_pixel_matrix_by_hand(student):
    # A quarter turn of 4 columns and 2 rows, and a shift by (1, 3). The source's u is -v: u = 2 x and v = 1 y, so
    # 2 x' = -1 y. The source's v is u: 1 y' = 2 x. One pixel of 4 columns is 2/4, three of 2 rows are 3 * 2/2.
    turn = np.array([[0.0, -1.0, 1.0], [1.0, 0.0, 3.0]])
    assert_close(student.pixel_matrix(turn, 2, 4), np.array([[0.0, -0.5, 0.5], [2.0, 0.0, 3.0]]))


@pytest.mark.exercise("rotate")
def test_a_quarter_turn_of_a_square(student):
    # Counter-clockwise: what was on the right is now above.
    square = np.array([[[0.1, 0.2], [0.3, 0.4]]])
    assert_close(student.rotate(square, 90), np.array([[[0.2, 0.4], [0.1, 0.3]]]))


@pytest.mark.exercise("rotate")
def test_a_quarter_turn_keeps_the_size(student):
    # The row 0.4, 0.5, 0.6 becomes the column 0.6, 0.5, 0.4; left and right of it comes nothing.
    image = np.array([[[0.1, 0.2, 0.3], [0.4, 0.5, 0.6], [0.7, 0.8, 0.9]]])
    assert_close(student.rotate(image[:, 1:2], 90), np.array([[[0.0, 0.5, 0.0]]]))
    assert_close(student.rotate(image[:, :, 1:2], 90), np.array([[[0.0], [0.5], [0.0]]]))


@pytest.mark.exercise("translate")
def test_translate_by_hand(student):
    assert_close(student.translate(PICTURE, 1, 0), np.array([[[0.0, 0.1, 0.2], [0.0, 0.4, 0.5]]]))
    assert_close(student.translate(PICTURE, 0, -1), np.array([[[0.4, 0.5, 0.6], [0.0, 0.0, 0.0]]]))


@pytest.mark.exercise("translate")
def test_translate_half_a_pixel(student):
    # Each pixel is halfway between the one that was there and its left neighbour, which is 0 at the edge.
    assert_close(student.translate(PICTURE, 0.5, 0), np.array([[[0.05, 0.15, 0.25], [0.2, 0.45, 0.55]]]))


@pytest.mark.exercise("zoom")
def test_zoom_by_hand(student):
    # Twice as large: pixels at -1.5, -0.5, 0.5, 1.5 from the centre come from -0.75, -0.25, 0.25, 0.75: a quarter of
    # the way from the second pixel to the first, and so on. One row: it stays where it is.
    image = np.array([[[0.2, 0.4, 0.8, 0.4]]])
    assert_close(student.zoom(image, 2.0), np.array([[[0.35, 0.5, 0.7, 0.7]]]))


@pytest.mark.exercise("zoom")
def test_zoom_of_a_column(student):
    # The same, from top to bottom.
    image = np.array([[[0.2], [0.4], [0.8], [0.4]]])
    assert_close(student.zoom(image, 2.0), np.array([[[0.35], [0.5], [0.7], [0.7]]]))


@pytest.mark.exercise("zoom")
@pytest.mark.after("test_zoom_by_hand")
def test_zoom_refuses_zero(student):
    assert_refuses(student.zoom, "factor", PICTURE, 0.0)


@pytest.mark.exercise("stretch")
def test_stretch_by_hand(student):
    # Half as wide: pixels at -1.5, ..., 1.5 come from -3, -1, 1, 3, halfway between two pixels or outside. Twice as
    # high: rows at -0.5 and 0.5 come from -0.25 and 0.25, a quarter of the way to the other row.
    image = np.array([[[0.2, 0.4, 0.6, 0.4], [0.6, 0.8, 0.2, 0.0]]])
    assert_close(student.stretch(image, 0.5, 2.0), np.array([[[0.0, 0.4, 0.4, 0.0], [0.0, 0.6, 0.2, 0.0]]]))


@pytest.mark.exercise("shear")
def test_shear_by_hand(student):
    # The row below the centre moves by one pixel to the right, the row above it to the left.
    image = np.array([[[0.1, 0.2, 0.3], [0.4, 0.5, 0.6], [0.7, 0.8, 0.9]]])
    expected = np.array([[[0.2, 0.3, 0.0], [0.4, 0.5, 0.6], [0.0, 0.7, 0.8]]])
    assert_close(student.shear(image, 1.0), expected)


@pytest.mark.exercise("shear")
def test_shear_of_a_wide_image(student):
    # One pixel to the side for each pixel down, however wide the image is.
    image = np.array([[[0.1, 0.2, 0.3, 0.4, 0.5]] * 3])
    expected = np.array([[[0.2, 0.3, 0.4, 0.5, 0.0], [0.1, 0.2, 0.3, 0.4, 0.5], [0.0, 0.1, 0.2, 0.3, 0.4]]])
    assert_close(student.shear(image, 1.0), expected, atol=1e-12)


@pytest.mark.exercise("lens_distort")
def test_lens_by_hand(student):
    # Five pixels, at -0.8, -0.4, 0, 0.4, 0.8. For k = 0.3125 the last comes from 0.8 * (1 + 0.3125 * 0.64) = 0.96, which
    # is 0.4 of a pixel further out: 0.6 * 0.8. The one at 0.4 comes from 0.4 * (1 + 0.05) = 0.42, 0.05 of a pixel.
    image = np.array([[[0.8, 0.4, 0.2, 0.4, 0.8]]])
    assert_close(student.lens_distort(image, 0.3125), np.array([[[0.48, 0.42, 0.2, 0.42, 0.48]]]))


@pytest.mark.exercise("lens_distort")
def test_lens_is_round(student):
    # Pixels at -2/3, 0 and 2/3. A corner has r^2 = 8/9, and for k = 9/16 it comes from half of itself, half a pixel, further
    # out on both axes: a quarter of 0.8 is left. In the middle of an edge r^2 = 4/9: a quarter of a pixel.
    expected = np.array([[[0.2, 0.6, 0.2], [0.6, 0.8, 0.6], [0.2, 0.6, 0.2]]])
    assert_close(student.lens_distort(np.full((1, 3, 3), 0.8), 9 / 16), expected)


@pytest.mark.exercise("random_crop")
def test_crop_is_a_window(student):
    image = np.arange(12.0).reshape(1, 3, 4)
    windows = [image[:, top : top + 2, left : left + 2] for top in range(2) for left in range(3)]
    crop = student.random_crop(image, (2, 2), np.random.default_rng(0))
    assert_close(crop, windows[0], atol=12.0)
    top, left = divmod(int(crop[0, 0, 0]), 4)
    assert_close(crop, windows[min(top, 1) * 3 + min(left, 2)])


@pytest.mark.exercise("random_crop")
@pytest.mark.rests_on("test_crop_is_a_window")
def test_crop_finds_every_place(student):
    # Two places down, three across. Of 240 draws each has forty, give or take 29: five standard deviations.
    image, rng = np.arange(12.0).reshape(1, 3, 4), np.random.default_rng(0)
    crops = [student.random_crop(image, (2, 2), rng) for _ in range(240)]
    corners = np.array([crop[0, 0, 0] for crop in crops])
    shares = np.array([np.mean(corners == place) for place in (0, 1, 2, 4, 5, 6)])
    assert_close(shares, np.full(6, 1 / 6), rtol=0, atol=0.12, name="the shares of the six places")


@pytest.mark.exercise("random_crop")
def test_crop_of_the_whole_padded_image(student):
    # 2 x 3 pixels with one pixel of 0 around them are 4 x 5: there is only one such window.
    expected = np.array([[[0.0] * 5, [0.0, 0.1, 0.2, 0.3, 0.0], [0.0, 0.4, 0.5, 0.6, 0.0], [0.0] * 5]])
    assert_close(student.random_crop(PICTURE, (4, 5), np.random.default_rng(0), padding=1), expected)


@pytest.mark.exercise("adjust_brightness")
def test_brightness_by_hand(student):
    # Twice 0.6 would be 1.2: it is clipped.
    assert_close(student.adjust_brightness(PICTURE, 2.0), np.array([[[0.2, 0.4, 0.6], [0.8, 1.0, 1.0]]]))


@pytest.mark.exercise("adjust_contrast")
def test_contrast_by_hand(student):
    # The mean is 0.35. 0.1 lies 0.25 below it, and then 0.5: -0.15 is clipped. 0.3 lies 0.05 below, and then 0.1.
    assert_close(student.adjust_contrast(PICTURE, 2.0), np.array([[[0.0, 0.05, 0.25], [0.45, 0.65, 0.85]]]))


@pytest.mark.exercise("adjust_contrast")
def test_contrast_of_colours(student):
    # The greys are 0.587 and 0, their mean is 0.2935; with factor 0 nothing else is left, in any channel.
    image = np.array([[[0.0, 0.0]], [[1.0, 0.0]], [[0.0, 0.0]]])
    assert_close(student.adjust_contrast(image, 0.0), np.full((3, 1, 2), 0.2935))


@pytest.mark.exercise("adjust_saturation")
def test_saturation_by_hand(student):
    # Pure green has the grey 0.587: halfway there, green is 0.5 + 0.2935, red and blue are 0.2935.
    image = np.array([[[0.0]], [[1.0]], [[0.0]]])
    assert_close(student.adjust_saturation(image, 0.5).ravel(), np.array([0.2935, 0.7935, 0.2935]))


@pytest.mark.exercise("adjust_saturation")
def test_saturation_of_two_pixels_by_hand(student):
    # A quarter of green, 0.25, and three quarters of its own grey, 0.44025. Black stays black.
    image = np.array([[[0.0, 0.0]], [[1.0, 0.0]], [[0.0, 0.0]]])
    expected = np.array([[[0.44025, 0.0]], [[0.69025, 0.0]], [[0.44025, 0.0]]])
    assert_close(student.adjust_saturation(image, 0.25), expected)


@pytest.mark.exercise("adjust_saturation")
def test_saturation_ends_at_0_and_1(student):
    # The grey of (0, 1, 0.5) is 0.644. Twice each colour less that: -0.644 is below 0, 1.356 above 1, and 0.356 stays.
    out = student.adjust_saturation(np.array([[[0.0]], [[1.0]], [[0.5]]]), 2.0)
    assert_close(out.ravel(), np.array([0.0, 1.0, 0.356]))


@pytest.mark.exercise("compose")
def test_compose_in_order(student):
    # Brighter first: 0.6 * 2 is clipped to 1, and a half of it is left. The other way round nothing is clipped.
    steps = [("adjust_brightness", (2.0, 2.0), 1.0), ("adjust_brightness", (0.5, 0.5), 1.0)]
    expected = np.array([[[0.1, 0.2, 0.3], [0.4, 0.5, 0.5]]])
    assert_close(student.compose(PICTURE, steps, np.random.default_rng(0)), expected)


@pytest.mark.exercise("compose")
def test_compose_never_and_always(student):
    steps = [("rotate", (90, 90), 0.0), ("adjust_brightness", (0.5, 0.5), 1.0)]
    expected = np.array([[[0.05, 0.1, 0.15], [0.2, 0.25, 0.3]]])
    assert_close(student.compose(PICTURE, steps, np.random.default_rng(0)), expected)


@pytest.mark.exercise("compose")
@pytest.mark.rests_on("test_compose_in_order")
def test_compose_draws_for_each_step(student):
    # Two steps of even chance, each halves the brightness: nothing, one or both, with 1/4, 1/2 and 1/4. Of 200 draws a share of
    # 1/2 is known to within 0.177: five standard deviations.
    steps, rng = 2 * [("adjust_brightness", (0.5, 0.5), 0.5)], np.random.default_rng(0)
    left = np.array([student.compose(np.full((1, 1, 1), 0.8), steps, rng).item() for _ in range(200)])
    shares = [float(np.mean(np.isclose(left, value))) for value in (0.8, 0.4, 0.2)]
    assert_close(shares, [0.25, 0.5, 0.25], rtol=0, atol=0.177, name="the shares of 0.8, 0.4 and 0.2")


@pytest.mark.exercise("compose")
@pytest.mark.rests_on("test_compose_in_order")
def test_compose_draws_the_number(student):
    # From nothing to all of the brightness, with a chance of 1/2: what was dimmed, is so by 1/2 on the mean. A deviation of about
    # 100 uniform numbers' mean is 0.03.
    rng = np.random.default_rng(0)
    steps = [("adjust_brightness", (0.0, 1.0), 0.5)]
    left = np.array([student.compose(np.full((1, 1, 1), 0.8), steps, rng).item() for _ in range(200)])
    dimmed = left[left < 0.8]
    assert_close(float(np.mean(dimmed)) / 0.8, 0.5, rtol=0, atol=0.15, name="what was left, as a share, on the mean")
