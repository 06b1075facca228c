"""Known wrong answers, each with the hint that a student gets.

Each is wrong in one thing only: bad input is refused as the given lines refuse it.
"""

import numpy as np

from autograder import mistake, reference_beside

reference = reference_beside(__file__)


@mistake(
    "flip", hint="The axes are (C, H, W): left and right change places along the last one, above and below along H."
)
def flip_other_axis(image, horizontal=True):
    return image[:, ::-1] if horizontal else image[:, :, ::-1]


@mistake("flip", hint="`horizontal` is not looked at: with horizontal=False above and below change places.")
def flip_always_horizontal(image, horizontal=True):
    return image[:, :, ::-1]


@mistake("flip", hint="Both axes are reversed, which is a half turn; a mirror reverses one.")
def flip_both(image, horizontal=True):
    return image[:, ::-1, ::-1]


@mistake(
    "pixel_centres",
    hint="The image reaches from -1 to 1, its outermost CENTRES do not: they lie half a pixel further in. (torch calls "
    "the other convention align_corners=True.)",
)
def centres_align_corners(height, width):
    reference.pixel_centres(height, width)
    return tuple(np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height)))


@mistake(
    "pixel_centres", hint="These are the pixels' left and upper edges: the centre is half a pixel further, 2 i + 1."
)
def centres_are_edges(height, width):
    x, y = reference.pixel_centres(height, width)
    return x - 1 / width, y - 1 / height


@mistake("pixel_centres", hint="x comes first, and grows from column to column; y grows from row to row.")
def centres_swapped(height, width):
    return reference.pixel_centres(height, width)[::-1]


def inside(image, rows, columns):
    """The pixels at whole places, those outside 0."""
    _, height, width = image.shape
    seen = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    return seen * repeated(image, rows, columns)


def repeated(image, rows, columns):
    """The pixels at whole places, those outside as the nearest at the border."""
    _, height, width = image.shape
    return image[:, np.clip(rows, 0, height - 1).astype(int), np.clip(columns, 0, width - 1).astype(int)]


def among_four(image, column, row, take=inside, whole=np.floor):
    left, top = whole(column), whole(row)
    right, down = column - left, row - top
    above = (1 - right) * take(image, top, left) + right * take(image, top, left + 1)
    below = (1 - right) * take(image, top + 1, left) + right * take(image, top + 1, left + 1)
    return ((1 - down) * above + down * below).astype(image.dtype)


def in_pixels(image, x, y):
    _, height, width = image.shape
    return ((x + 1) * width - 1) / 2, ((y + 1) * height - 1) / 2


@mistake(
    "bilinear",
    hint="-1 and 1 are the edges of the image, half a pixel beyond its outermost centres: column ((x + 1) W - 1) / 2. "
    "This one takes them for centres, as align_corners=True does.",
)
def bilinear_align_corners(image, x, y):
    _, height, width = image.shape
    return among_four(image, (x + 1) / 2 * (width - 1), (y + 1) / 2 * (height - 1))


@mistake("bilinear", hint="The half pixel is missing: pixel i has its centre at i + 1/2 pixels from the edge.")
def bilinear_without_the_half(image, x, y):
    _, height, width = image.shape
    return among_four(image, (x + 1) * width / 2, (y + 1) * height / 2)


@mistake("bilinear", hint="x tells the column and y the row; the image's axes are (C, row, column).")
def bilinear_swapped(image, x, y):
    return reference.bilinear(image, y, x)


@mistake("bilinear", hint="That is the nearest pixel's value. Bilinear mixes the four around, by their distances.")
def bilinear_nearest(image, x, y):
    column, row = in_pixels(image, x, y)
    return inside(image, np.round(row), np.round(column)).astype(image.dtype)


@mistake(
    "bilinear", hint="What lies outside counts as 0. Clipping the indices alone repeats the border's pixels for ever."
)
def bilinear_repeats_the_border(image, x, y):
    return among_four(image, *in_pixels(image, x, y), take=repeated)


@mistake("bilinear", hint="A negative index reads from the other end of the image: what lies outside counts as 0.")
def bilinear_wraps_around(image, x, y):
    _, height, width = image.shape
    return among_four(
        image,
        *in_pixels(image, x, y),
        take=lambda image, rows, columns: image[:, (rows % height).astype(int), (columns % width).astype(int)],
    )


@mistake(
    "bilinear",
    hint="The shares are not made to add up to 1 at the border: what is outside counts as 0, with its share.",
)
def bilinear_renormalised(image, x, y):
    column, row = in_pixels(image, x, y)
    shares = among_four(np.ones((1, *image.shape[1:])), column, row)
    out = among_four(image, column, row)
    return np.where(shares > 0, out / np.where(shares > 0, shares, 1), 0)


@mistake("bilinear", hint="int() rounds towards 0: below 0 that is up, not down. Use floor.")
def bilinear_truncates(image, x, y):
    return among_four(image, *in_pixels(image, x, y), whole=np.trunc)


@mistake("bilinear", hint="The nearer pixel gets the larger share: at a distance d beyond a pixel, that one has 1 - d.")
def bilinear_shares_swapped(image, x, y):
    column, row = in_pixels(image, x, y)
    return among_four(image, 2 * np.floor(column) + 1 - column, 2 * np.floor(row) + 1 - row)


@mistake(
    "affine_sample",
    hint="The matrix leads from the output to the input, where the value is fetched; here it is applied the other way.",
)
def affine_forward(image, matrix):
    reference.affine_sample(image, matrix)
    whole = np.vstack([matrix, [0.0, 0.0, 1.0]])
    return reference.affine_sample(image, np.linalg.pinv(whole)[:2])


@mistake("affine_sample", hint="The first column of the matrix multiplies x, which grows to the right; here it gets y.")
def affine_takes_y_first(image, matrix):
    return reference.affine_sample(image, np.asarray(matrix)[:, [1, 0, 2]] if np.shape(matrix) == (2, 3) else matrix)


@mistake(
    "affine_sample", hint="The first row of the matrix gives the source's x, the second its y; here they are swapped."
)
def affine_gives_y_first(image, matrix):
    return reference.affine_sample(image, matrix[::-1])


@mistake("affine_sample", hint="The third column, the shift, is left out.")
def affine_without_the_shift(image, matrix):
    return reference.affine_sample(image, matrix * np.array([1.0, 1.0, 0.0]) if np.shape(matrix) == (2, 3) else matrix)


@mistake("affine_sample", hint="Row 0 is m[0, 0] x + m[0, 1] y: the square part of the matrix is transposed here.")
def affine_transposed(image, matrix):
    if np.shape(matrix) == (2, 3):
        matrix = np.column_stack([matrix[:, :2].T, matrix[:, 2]])
    return reference.affine_sample(image, matrix)


def by_sides(matrix, height, width, square, shift):
    """M with its square part times `square`, its shift times `shift`."""
    reference.pixel_matrix(matrix, height, width)
    return np.column_stack([matrix[:, :2] * square, matrix[:, 2] * shift])


def ratios(height, width):
    """S^-1 M S multiplies M by this."""
    return np.array([[1.0, height / width], [width / height, 1.0]])


@mistake(
    "pixel_matrix",
    hint="The sides differ, so one pixel is more along one axis than along the other: m[0, 1] and m[1, 0] change.",
)
def matrix_without_the_sides(matrix, height, width):
    return by_sides(matrix, height, width, 1.0, 2 / np.array([width, height]))


@mistake("pixel_matrix", hint="It is S^-1 M S: to pixels first, then M, then back. This is S M S^-1.")
def matrix_wrong_way_round(matrix, height, width):
    return by_sides(matrix, height, width, ratios(height, width).T, 2 / np.array([width, height]))


@mistake(
    "pixel_matrix", hint="The image is 2 wide in normalised coordinates, so a pixel is 2 / width and not 1 / width."
)
def matrix_shift_without_two(matrix, height, width):
    return by_sides(matrix, height, width, ratios(height, width), 1 / np.array([width, height]))


@mistake("pixel_matrix", hint="The shift is in pixels too: one pixel is 2 / width along x and 2 / height along y.")
def matrix_shift_in_pixels(matrix, height, width):
    return by_sides(matrix, height, width, ratios(height, width), 1.0)


@mistake("pixel_matrix", hint="x goes with the width and y with the height: here they are swapped.")
def matrix_sides_swapped(matrix, height, width):
    reference.pixel_matrix(matrix, height, width)
    return reference.pixel_matrix(matrix, width, height)


@mistake("rotate", hint="It turns clockwise. y runs down here, and the matrix leads from the output to the input.")
def rotate_clockwise(image, degrees):
    return reference.rotate(image, -degrees)


@mistake("rotate", hint="The angle is in degrees; cosine and sine take radians.")
def rotate_by_radians(image, degrees):
    return reference.rotate(image, np.degrees(degrees))


@mistake(
    "rotate", hint="In normalised coordinates of an image that is not square this shears: go through pixel_matrix."
)
def rotate_without_pixels(image, degrees):
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return reference.affine_sample(image, np.array([[c, -s, 0.0], [s, c, 0.0]]))


@mistake("translate", hint="The matrix says where a pixel comes FROM: for a move to the right, from the left.")
def translate_other_way(image, dx, dy):
    return reference.translate(image, -dx, -dy)


@mistake("translate", hint="dx moves to the right and dy down; here they are swapped.")
def translate_swapped(image, dx, dy):
    return reference.translate(image, dy, dx)


@mistake("translate", hint="It moves half as far: a pixel is 2 / width in normalised coordinates. pixel_matrix knows.")
def translate_half_as_far(image, dx, dy):
    return reference.translate(image, dx / 2, dy / 2)


@mistake("translate", hint="dx and dy need not be whole: between two pixels the values are bilinear.")
def translate_whole_pixels(image, dx, dy):
    return reference.translate(image, round(dx), round(dy))


@mistake(
    "zoom", hint="The matrix leads from the output to the input: to enlarge, come from nearer the centre, 1 / factor."
)
def zoom_the_other_way(image, factor):
    reference.zoom(image, factor)
    return reference.stretch(image, 1 / factor, 1 / factor)


@mistake("zoom", hint="Both axes are scaled, the height as well as the width.")
def zoom_width_alone(image, factor):
    reference.zoom(image, factor)
    return reference.stretch(image, factor, 1.0)


@mistake("stretch", hint="sx is for the width and sy for the height; here they are swapped.")
def stretch_swapped(image, sx, sy):
    reference.stretch(image, sx, sy)
    return reference.stretch(image, sy, sx)


@mistake("stretch", hint="Twice as wide: come from half as far from the centre. The source is x / sx, not sx x.")
def stretch_the_other_way(image, sx, sy):
    reference.stretch(image, sx, sy)
    return reference.stretch(image, 1 / sx, 1 / sy)


@mistake("shear", hint="The content moves by +amount a row, so a pixel comes from u MINUS amount v.")
def shear_the_other_way(image, amount):
    return reference.shear(image, -amount)


def sheared(image, along_x, along_y):
    matrix = np.array([[1.0, -along_x, 0.0], [-along_y, 1.0, 0.0]])
    return reference.affine_sample(image, reference.pixel_matrix(matrix, *image.shape[1:]))


@mistake("shear", hint="Rows are pushed sideways: x changes by y. Here columns are pushed up and down.")
def shear_columns(image, amount):
    return sheared(image, 0.0, amount)


@mistake(
    "shear", hint="The amount is pixels for each pixel: an image that is not square has to go through pixel_matrix."
)
def shear_without_pixels(image, amount):
    return reference.affine_sample(image, np.array([[1.0, -amount, 0.0], [0.0, 1.0, 0.0]]))


def through_lens(image, scale):
    """scale(x, y): what x and y are multiplied by."""
    x, y = reference.pixel_centres(*image.shape[1:])
    by = scale(x, y)
    return reference.bilinear(image, x * by, y * by)


@mistake("lens_distort", hint="The scale grows with r SQUARED, x^2 + y^2: no square root.")
def lens_by_r(image, k):
    return through_lens(image, lambda x, y: 1 + k * np.hypot(x, y))


@mistake(
    "lens_distort", hint="r is measured in normalised coordinates, where the border is at 1; here it is in pixels."
)
def lens_in_pixels(image, k):
    _, height, width = image.shape
    return through_lens(image, lambda x, y: 1 + k * ((x * width / 2) ** 2 + (y * height / 2) ** 2))


@mistake(
    "lens_distort", hint="The source is the output's place MULTIPLIED by 1 + k r^2; divided, it goes the other way."
)
def lens_divides(image, k):
    return through_lens(image, lambda x, y: 1 / (1 + k * (x**2 + y**2)))


@mistake("lens_distort", hint="The sign is turned round: k > 0 draws the rim inwards, so its source is further out.")
def lens_of_minus_k(image, k):
    return reference.lens_distort(image, -k)


@mistake("lens_distort", hint="Each axis has its own scale here; a lens is round: r^2 = x^2 + y^2 for both.")
def lens_axis_by_axis(image, k):
    x, y = reference.pixel_centres(*image.shape[1:])
    return reference.bilinear(image, x * (1 + k * x**2), y * (1 + k * y**2))


def window(image, size, padding, top, left):
    padded = np.pad(image, ((0, 0), (padding, padding), (padding, padding)))
    return padded[:, top : top + size[0], left : left + size[1]]


def room(image, size, padding):
    """How far the window can move along each axis; refuses as the reference does."""
    reference.random_crop(image, size, np.random.default_rng(0), padding)
    return [side + 2 * padding - asked for side, asked in zip(image.shape[1:], size, strict=True)]


@mistake("random_crop", hint="There is one place more than there is room to move: rng.integers(n) stops at n - 1.")
def crop_never_the_last(image, size, rng, padding=0):
    top, left = (rng.integers(max(free, 1)) for free in room(image, size, padding))
    return window(image, size, padding, top, left)


@mistake("random_crop", hint="Two draws, one for each axis: with one for both, only places on the diagonal come.")
def crop_on_the_diagonal(image, size, rng, padding=0):
    place = rng.integers(min(room(image, size, padding)) + 1)
    return window(image, size, padding, place, place)


@mistake("random_crop", hint="That shrinks the whole image; a crop cuts a window out of it, pixel for pixel.")
def crop_resizes(image, size, rng, padding=0):
    height, width = (free + asked for free, asked in zip(room(image, size, padding), size, strict=True))
    rows, columns = np.arange(size[0]) * height // size[0], np.arange(size[1]) * width // size[1]
    return window(image, (height, width), padding, 0, 0)[:, rows[:, None], columns]


@mistake("random_crop", hint="It always cuts out the middle; each place has to be as likely.")
def crop_of_the_middle(image, size, rng, padding=0):
    top, left = (free // 2 for free in room(image, size, padding))
    return window(image, size, padding, top, left)


@mistake("random_crop", hint="The padding is of zeros; here the border's pixels are repeated.")
def crop_repeats_the_border(image, size, rng, padding=0):
    top, left = (rng.integers(free + 1) for free in room(image, size, padding))
    padded = np.pad(image, ((0, 0), (padding, padding), (padding, padding)), mode="edge")
    return window(padded, size, 0, top, left)


@mistake(
    "random_crop", hint="Rounding makes the first and the last place half as likely as the others: use rng.integers."
)
def crop_rounds(image, size, rng, padding=0):
    top, left = (round(free * rng.random()) for free in room(image, size, padding))
    return window(image, size, padding, top, left)


@mistake("adjust_brightness", hint="What leaves [0, 1] is clipped.")
def brightness_without_clip(image, factor):
    reference.adjust_brightness(image, factor)
    return image * factor


@mistake("adjust_brightness", hint="Brightness multiplies; here a number is added.")
def brightness_added(image, factor):
    reference.adjust_brightness(image, factor)
    return np.clip(image + (factor - 1), 0, 1)


def blend(image, other, factor, clip=True):
    mixed = factor * image + (1 - factor) * other
    return np.clip(mixed, 0, 1) if clip else mixed


@mistake("adjust_contrast", hint="What leaves [0, 1] is clipped.")
def contrast_without_clip(image, factor):
    reference.adjust_contrast(image, factor)
    return blend(image, reference.grey(image).mean(), factor, clip=False)


@mistake(
    "adjust_contrast", hint="There is one mean for all channels, that of the grey image; one a channel shifts colours."
)
def contrast_channel_by_channel(image, factor):
    reference.adjust_contrast(image, factor)
    return blend(image, image.mean(axis=(1, 2), keepdims=True), factor)


@mistake(
    "adjust_contrast",
    hint="The eye sees green best: the mean is that of the grey image, with weights for its channels.",
)
def contrast_unweighted(image, factor):
    reference.adjust_contrast(image, factor)
    return blend(image, image.mean(), factor)


@mistake(
    "adjust_contrast", hint="The image is multiplied by factor and the mean by 1 - factor; here it is the other way."
)
def contrast_blended_the_other_way(image, factor):
    reference.adjust_contrast(image, factor)
    return blend(image, reference.grey(image).mean(), 1 - factor)


@mistake("adjust_contrast", hint="Values move away from the image's own mean, not from 1/2.")
def contrast_about_a_half(image, factor):
    reference.adjust_contrast(image, factor)
    return blend(image, 0.5, factor)


@mistake("adjust_saturation", hint="What leaves [0, 1] is clipped.")
def saturation_without_clip(image, factor):
    reference.adjust_saturation(image, factor)
    return blend(image, reference.grey(image), factor, clip=False)


@mistake("adjust_saturation", hint="The eye sees green best: use the grey image, which has weights for its channels.")
def saturation_unweighted(image, factor):
    reference.adjust_saturation(image, factor)
    return blend(image, image.mean(axis=0, keepdims=True), factor)


@mistake("adjust_saturation", hint="Each pixel is blended with its own grey. With the mean grey this is contrast.")
def saturation_is_contrast(image, factor):
    reference.adjust_saturation(image, factor)
    return blend(image, reference.grey(image).mean(), factor)


@mistake(
    "adjust_saturation", hint="The image is multiplied by factor and the grey by 1 - factor; here it is the other way."
)
def saturation_blended_the_other_way(image, factor):
    reference.adjust_saturation(image, factor)
    return blend(image, reference.grey(image), 1 - factor)


@mistake("compose", hint="The steps come in the order of the list; here the last comes first.")
def compose_backwards(image, steps, rng):
    return reference.compose(image, steps[::-1], rng)


@mistake("compose", hint="Each step has a chance of its own: draw for each whether it is applied, not once for all.")
def compose_one_chance_for_all(image, steps, rng):
    chance = rng.random()
    for name, (low, high), probability in steps:
        function = reference.tool(name)
        if chance < probability:
            image = function(image, rng.uniform(low, high))
    return image


@mistake("compose", hint="Each step draws a number of its own; here all of them lie at the same part of their range.")
def compose_one_number_for_all(image, steps, rng):
    share = rng.random()
    for name, (low, high), probability in steps:
        function = reference.tool(name)
        if rng.random() < probability:
            image = function(image, low + share * (high - low))
    return image


@mistake("compose", hint="A draw decided whether to apply the step; the number needs another draw.")
def compose_one_draw_for_both(image, steps, rng):
    for name, (low, high), probability in steps:
        function, share = reference.tool(name), rng.random()
        if share < probability:
            image = function(image, low + share * (high - low))
    return image


@mistake("compose", hint="The probabilities are not looked at: a step is applied where rng.random() < probability.")
def compose_always(image, steps, rng):
    return reference.compose(image, [(name, ends, 1.0) for name, ends, _ in steps], rng)


@mistake("compose", hint="It is applied with probability 1 - p: the other way round.")
def compose_other_chance(image, steps, rng):
    return reference.compose(image, [(name, ends, 1 - probability) for name, ends, probability in steps], rng)


@mistake("compose", hint="The number is uniform between low and high; here it is always low.")
def compose_always_low(image, steps, rng):
    return reference.compose(image, [(name, (low, low), probability) for name, (low, _), probability in steps], rng)
