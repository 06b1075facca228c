"""Augmentation: more pictures from the same pictures, by warping, cropping and recolouring them.

An image is a float array (C, H, W) with values from 0 to 1 and C = 1 (grey) or C = 3 (red, green, blue). x runs to the right
and y runs DOWN; the centre of the image is (0, 0). Two units of length are in use:

- normalised coordinates, as torch has them: the image reaches from -1 to 1 on either axis, whatever its sides;
- centred pixels: the distance between two neighbouring pixels is 1 on either axis.

All geometry is inverse warping: for each pixel of the OUTPUT we ask which place of the input it comes from. Sizes stay,
results have the image's dtype (float32 in, float32 out), and no function changes what it is given.

The lines above yours refuse bad input; they are given, as the helpers are.
"""

import numpy as np

IDENTITY = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
GREY = np.array([0.2989, 0.587, 0.114])  # how bright red, green and blue look to the eye


def require(holds, message):
    """Raise ValueError(message) unless it holds. Given, as its calls are: refusing bad input is not the lesson here."""
    if not holds:
        raise ValueError(message)


def require_positive(**numbers):
    """Raise ValueError unless each of these numbers is above 0. Given."""
    for name, number in numbers.items():
        require(number > 0, f"{name} must be above 0, not {number}")


def require_factor(factor):
    """Raise ValueError unless factor is at least 0. Given."""
    require(factor >= 0, f"factor must be at least 0, not {factor}")


def require_window(image, size, padding):
    """Raise ValueError unless a window of this size has room in the padded image. Given, for random_crop."""
    require(padding >= 0, f"padding must be at least 0, not {padding}")
    for asked, side in zip(size, image.shape[1:], strict=True):
        require(1 <= asked <= side + 2 * padding, f"size must be at least 1 and fit into the padded image, not {size}")


def grey(image):
    """The grey image (1, H, W): the three channels weighted by GREY; an image of one channel is grey already. Given."""
    return image if len(image) == 1 else np.tensordot(GREY.astype(image.dtype), image, axes=1)[None]


def tool(name):
    """The function of this name that takes an image and one number. Given, for compose."""
    tools = {
        "rotate": rotate,
        "zoom": zoom,
        "shear": shear,
        "lens_distort": lens_distort,
        "adjust_brightness": adjust_brightness,
        "adjust_contrast": adjust_contrast,
        "adjust_saturation": adjust_saturation,
    }
    require(name in tools, f"steps: {name!r} is none of {', '.join(tools)}")
    return tools[name]


def flip(image, horizontal=True):
    """The mirror image: left and right change places, or, with horizontal=False, above and below.

    Args:
        image: (C, H, W).
        horizontal: which way.

    Returns:
        Array of image's shape and dtype.

    Source: torchvision.transforms.functional.hflip and vflip.

    Example:
        >>> flip(np.array([[[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]]))
        array([[[0.3, 0.2, 0.1],
                [0.6, 0.5, 0.4]]])
    """
    ### BEGIN SOLUTION
    return np.flip(image, axis=2 if horizontal else 1)
    ### END SOLUTION


def pixel_centres(height, width):
    """Where the pixels are, in normalised coordinates.

    The image reaches from -1 to 1, so each of n pixels in a line is 2 / n wide; a pixel's place is its centre:

        pixel i of n lies at (2 i + 1) / n - 1

    Args:
        height, width: at least 1.

    Returns:
        (x, y): two float64 arrays (height, width): x grows from column to column, y from row to row.

    Raises:
        ValueError: naming height or width, if it is not above 0.

    Source: torch.nn.functional.affine_grid with align_corners=False.

    Example:
        >>> x, y = pixel_centres(2, 4)
        >>> x
        array([[-0.75, -0.25,  0.25,  0.75],
               [-0.75, -0.25,  0.25,  0.75]])
        >>> y
        array([[-0.5, -0.5, -0.5, -0.5],
               [ 0.5,  0.5,  0.5,  0.5]])
    """
    require_positive(height=height, width=width)
    ### BEGIN SOLUTION
    x, y = ((2 * np.arange(n) + 1) / n - 1 for n in (width, height))
    return tuple(np.meshgrid(x, y))
    ### END SOLUTION


def bilinear(image, x, y):
    """The image's values at any places, also between its pixels.

    A place lies among four pixels: it takes from each the more, the nearer it is. Along each axis, at a distance d (in
    pixels) beyond one pixel, that one's share is 1 - d and the next one's is d; the share of each of the four is the
    product of its shares along x and y. Of the four, each that lies outside of the image counts as 0: the values
    fade to 0 within one pixel beyond the border.

    The place of pixel i of n is (2 i + 1) / n - 1, so x is column ((x + 1) W - 1) / 2, with a fraction.

    Args:
        image: (C, H, W).
        x, y: float arrays (h, w), normalised coordinates; h and w need not be H and W.

    Returns:
        (C, h, w) of image's dtype.

    Source: torch.nn.functional.grid_sample with mode="bilinear", padding_mode="zeros", align_corners=False.

    Example:
        >>> image = np.array([[[0.0, 1.0], [0.5, 0.5]]])  # its pixels lie at -0.5 and 0.5
        >>> bilinear(image, np.array([[-0.5, 0.0, 0.5, 1.0, 2.0]]), np.array([[-0.5, -0.5, -0.5, -0.5, -0.5]]))
        array([[[0. , 0.5, 1. , 0.5, 0. ]]])
    """
    ### BEGIN SOLUTION
    _, height, width = image.shape
    framed = np.pad(image, ((0, 0), (1, 1), (1, 1)))
    column, row = ((x + 1) * width + 1) / 2, ((y + 1) * height + 1) / 2
    left, top = np.floor(column), np.floor(row)
    out = np.zeros((len(image), *x.shape))
    for step_down, share_down in ((0, 1 - (row - top)), (1, row - top)):
        rows = np.clip(top + step_down, 0, height + 1).astype(int)
        for step_right, share_right in ((0, 1 - (column - left)), (1, column - left)):
            columns = np.clip(left + step_right, 0, width + 1).astype(int)
            out += share_down * share_right * framed[:, rows, columns]
    return out.astype(image.dtype)
    ### END SOLUTION


def affine_sample(image, matrix):
    """Move, turn, stretch or shear an image by one matrix, which tells where each output pixel COMES FROM.

    With m = matrix, the output pixel at (x, y) has the value that the image has at

        (m[0, 0] x + m[0, 1] y + m[0, 2],  m[1, 0] x + m[1, 1] y + m[1, 2])

    Both places are in normalised coordinates; values between pixels are bilinear, and outside of the image is 0.

    Args:
        image: (C, H, W).
        matrix: (2, 3), from output to input: torch's theta.

    Returns:
        Array of image's shape and dtype.

    Raises:
        ValueError: naming matrix, if its shape is not (2, 3).

    Source: torch.nn.functional.affine_grid and grid_sample with align_corners=False; Jaderberg and others, "Spatial
    Transformer Networks" (2015).

    Example:
        >>> shift = np.array([[1.0, 0.0, 0.5], [0.0, 1.0, 0.0]])  # 0.5 is one pixel of four
        >>> affine_sample(np.array([[[0.1, 0.2, 0.3, 0.4]]]), shift)
        array([[[0.2, 0.3, 0.4, 0. ]]])
    """
    require(np.shape(matrix) == (2, 3), f"matrix must be (2, 3), not {np.shape(matrix)}")
    ### BEGIN SOLUTION
    x, y = pixel_centres(*image.shape[1:])
    return bilinear(image, *(a * x + b * y + shift for a, b, shift in matrix))
    ### END SOLUTION


def pixel_matrix(matrix, height, width):
    """An output-to-input matrix in centred pixels, as the matrix in normalised coordinates that affine_sample wants.

    A place (u, v) in centred pixels is (x, y) = (2 u / width, 2 v / height) in normalised coordinates. The sides differ, so what
    is a rotation in pixels is none in normalised coordinates: write u and v by x and y, apply the matrix, go back.

    Args:
        matrix: (2, 3): the source of (u, v) is matrix[:, :2] @ (u, v) + matrix[:, 2], all in centred pixels.
        height, width: of the image, at least 1.

    Returns:
        (2, 3) float64.

    Raises:
        ValueError: naming height or width, if it is not above 0; naming matrix, if its shape is not (2, 3).

    Source: change of basis, S^-1 M S with S = diag(width / 2, height / 2).

    Example:
        >>> pixel_matrix(np.array([[0.0, -1.0, 1.0], [1.0, 0.0, 3.0]]), height=2, width=4)
        array([[ 0. , -0.5,  0.5],
               [ 2. ,  0. ,  3. ]])
    """
    require(np.shape(matrix) == (2, 3), f"matrix must be (2, 3), not {np.shape(matrix)}")
    require_positive(height=height, width=width)
    ### BEGIN SOLUTION
    half = np.array([width / 2, height / 2])
    return np.column_stack([matrix[:, :2] * half, matrix[:, 2]]) / half[:, None]
    ### END SOLUTION


def rotate(image, degrees):
    """Turn an image about its centre, counter-clockwise as one sees it.

    With c and s the cosine and sine of the angle, the output pixel at (u, v), in centred pixels and with v down, comes from

        (c u - s v,  s u + c v)

    Args:
        image: (C, H, W).
        degrees: the angle; 90 is a quarter turn.

    Returns:
        Array of image's shape and dtype: the corners are cut off, and where nothing comes from is 0.

    Source: scipy.ndimage.rotate with order=1, reshape=False, mode="grid-constant".

    Example:
        >>> rotate(np.array([[[0.1, 0.2], [0.3, 0.4]]]), 90).round(9)
        array([[[0.2, 0.4],
                [0.1, 0.3]]])
    """
    ### BEGIN SOLUTION
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = np.array([[c, -s, 0], [s, c, 0]])
    return affine_sample(image, pixel_matrix(turn, *image.shape[1:]))
    ### END SOLUTION


def translate(image, dx, dy):
    """Move the picture by dx pixels to the right and dy pixels down. What comes in from outside is 0.

    Args:
        image: (C, H, W).
        dx, dy: numbers of pixels, not necessarily whole; below 0 to the left and up.

    Returns:
        Array of image's shape and dtype.

    Source: torch.nn.functional.affine_grid and grid_sample; scipy.ndimage.shift with order=1, mode="grid-constant".

    Example:
        >>> translate(np.array([[[0.1, 0.2, 0.4], [0.4, 0.5, 0.6]]]), 1, 0).round(9)
        array([[[0. , 0.1, 0.2],
                [0. , 0.4, 0.5]]])
    """
    ### BEGIN SOLUTION
    return affine_sample(image, pixel_matrix(np.array([[1.0, 0.0, -dx], [0.0, 1.0, -dy]]), *image.shape[1:]))
    ### END SOLUTION


def zoom(image, factor):
    """Make what is in the picture `factor` times as large, about its centre. The picture keeps its size.

    Args:
        image: (C, H, W).
        factor: number above 0; above 1 it enlarges.

    Returns:
        Array of image's shape and dtype.

    Raises:
        ValueError: naming factor, if it is not above 0.

    Source: torch.nn.functional.affine_grid and grid_sample.

    Example:
        >>> zoom(np.array([[[0.2, 0.4, 0.6, 0.4], [0.2, 0.4, 0.6, 0.4]]]), 0.5)  # half as wide and half as high
        array([[[0.  , 0.15, 0.25, 0.  ],
                [0.  , 0.15, 0.25, 0.  ]]])
    """
    require_positive(factor=factor)
    ### BEGIN SOLUTION
    return affine_sample(image, IDENTITY / factor)
    ### END SOLUTION


def stretch(image, sx, sy):
    """Make what is in the picture sx times as wide and sy times as high, about its centre.

    Args:
        image: (C, H, W).
        sx, sy: numbers above 0.

    Returns:
        Array of image's shape and dtype.

    Raises:
        ValueError: naming sx or sy, if it is not above 0.

    Source: torch.nn.functional.affine_grid and grid_sample.

    Example:
        >>> stretch(np.array([[[0.2, 0.4, 0.6, 0.4]]]), 0.5, 1.0)
        array([[[0. , 0.3, 0.5, 0. ]]])
    """
    require_positive(sx=sx, sy=sy)
    ### BEGIN SOLUTION
    return affine_sample(image, IDENTITY / np.array([[sx], [sy]]))
    ### END SOLUTION


def shear(image, amount):
    """Push the rows sideways, the more the further from the centre: what is at (u, v) goes to (u + amount v, v).

    In centred pixels, v down: with an amount above 0 the lower half moves to the right and the upper half to the left.

    Args:
        image: (C, H, W).
        amount: pixels to the right for each pixel down.

    Returns:
        Array of image's shape and dtype.

    Source: Simard, Steinkraus, Platt, "Best Practices for Convolutional Neural Networks Applied to Visual Document Analysis"
    (2003), on affine distortions.

    Example:
        >>> shear(np.array([[[0.1, 0.2, 0.3], [0.4, 0.5, 0.6], [0.7, 0.8, 0.9]]]), 1.0).round(9)
        array([[[0.2, 0.3, 0. ],
                [0.4, 0.5, 0.6],
                [0. , 0.7, 0.8]]])
    """
    ### BEGIN SOLUTION
    return affine_sample(image, pixel_matrix(np.array([[1.0, -amount, 0.0], [0.0, 1.0, 0.0]]), *image.shape[1:]))
    ### END SOLUTION


def lens_distort(image, k):
    """What a lens does that bends straight lines: the scale changes with the distance from the centre.

    In normalised coordinates, with r^2 = x^2 + y^2, the output pixel at (x, y) comes from

        ((1 + k r^2) x,  (1 + k r^2) y)

    k > 0 draws the rim inwards and makes a barrel of a square, k < 0 pulls it out and makes a pincushion.

    Args:
        image: (C, H, W).
        k: number.

    Returns:
        Array of image's shape and dtype; bilinear between pixels, 0 outside.

    Source: the first term of the radial distortion of Brown, "Decentering Distortion of Lenses" (1966), as in OpenCV's camera
    model.

    Example:
        >>> lens_distort(np.array([[[0.8, 0.4, 0.2, 0.4, 0.8]]]), 0.3125).round(9)  # at x = 0.8: 0.8 (1 + 0.2) = 0.96
        array([[[0.48, 0.42, 0.2 , 0.42, 0.48]]])
    """
    ### BEGIN SOLUTION
    x, y = pixel_centres(*image.shape[1:])
    scale = 1 + k * (x**2 + y**2)
    return bilinear(image, x * scale, y * scale)
    ### END SOLUTION


def random_crop(image, size, rng, padding=0):
    """A window of an image, at random: each place is as likely as any other, the first and the last included.

    Args:
        image: (C, H, W).
        size: (h, w) of the window.
        rng: numpy.random.Generator, by which the place is drawn.
        padding: so many pixels of 0 are put around the image first, on each side; at least 0.

    Returns:
        (C, h, w) of image's dtype.

    Raises:
        ValueError: naming padding, if it is below 0; naming size, if it is below 1 or larger than the padded image.

    Source: torchvision.transforms.RandomCrop.

    Example:
        >>> random_crop(np.ones((1, 1, 2)), (1, 6), np.random.default_rng(0), padding=2).shape
        (1, 1, 6)
    """
    require_window(image, size, padding)
    ### BEGIN SOLUTION
    padded = np.pad(image, ((0, 0), (padding, padding), (padding, padding)))
    top, left = (rng.integers(side - asked + 1) for side, asked in zip(padded.shape[1:], size, strict=True))
    return padded[:, top : top + size[0], left : left + size[1]]
    ### END SOLUTION


def adjust_brightness(image, factor):
    """Multiply all values by factor, and clip what leaves [0, 1].

    Args:
        image: (C, H, W).
        factor: at least 0; 1 changes nothing, 0 gives black.

    Returns:
        Array of image's shape and dtype.

    Raises:
        ValueError: naming factor, if it is negative.

    Source: torchvision.transforms.functional.adjust_brightness.

    Example:
        >>> adjust_brightness(np.array([[[0.1, 0.2, 0.9]]]), 2.0)
        array([[[0.2, 0.4, 1. ]]])
    """
    require_factor(factor)
    ### BEGIN SOLUTION
    return np.clip(image * factor, 0, 1)
    ### END SOLUTION


def adjust_contrast(image, factor):
    """Move all values away from the mean, or towards it: factor * image + (1 - factor) * mean, clipped to [0, 1].

    The mean is ONE number, that of all pixels of the grey image (see grey above).

    Args:
        image: (C, H, W).
        factor: at least 0; 1 changes nothing, 0 gives an even grey.

    Returns:
        Array of image's shape and dtype.

    Raises:
        ValueError: naming factor, if it is negative.

    Source: torchvision.transforms.functional.adjust_contrast.

    Example:
        >>> adjust_contrast(np.array([[[0.25, 0.5, 0.75, 0.5]]]), 3.0)
        array([[[0. , 0.5, 1. , 0.5]]])
    """
    require_factor(factor)
    ### BEGIN SOLUTION
    return np.clip(factor * image + (1 - factor) * grey(image).mean(), 0, 1)
    ### END SOLUTION


def adjust_saturation(image, factor):
    """Make colours stronger or paler: factor * image + (1 - factor) * grey image, clipped to [0, 1].

    Each pixel is blended with its own grey (see grey above). An image of one channel stays as it is.

    Args:
        image: (C, H, W).
        factor: at least 0; 1 changes nothing, 0 leaves no colour.

    Returns:
        Array of image's shape and dtype.

    Raises:
        ValueError: naming factor, if it is negative.

    Source: torchvision.transforms.functional.adjust_saturation.

    Example:
        >>> adjust_saturation(np.array([[[1.0]], [[0.0]], [[0.0]]]), 0.0).ravel()
        array([0.2989, 0.2989, 0.2989])
    """
    require_factor(factor)
    ### BEGIN SOLUTION
    return np.clip(factor * image + (1 - factor) * grey(image), 0, 1)
    ### END SOLUTION


def compose(image, steps, rng):
    """One tool after another, each with its own chance and with a number of its own, drawn anew.

    Args:
        image: (C, H, W).
        steps: list of (name, (low, high), probability), taken in this order. Each is applied with its probability (0: never,
            1: always), whatever the others do; then its number is drawn, uniform in [low, high). tool(name), given
            above, is the function: rotate, zoom, shear, lens_distort or one of the three adjust_...
        rng: numpy.random.Generator, by which all is drawn.

    Returns:
        Array of image's shape and dtype.

    Raises:
        ValueError: naming steps, if a name is not known (tool does that).

    Source: torchvision.transforms.Compose and RandomApply.

    Example:
        >>> steps = [("adjust_brightness", (0.5, 0.5), 1.0), ("rotate", (-15, 15), 0.0)]
        >>> compose(np.array([[[0.2, 0.4, 1.0]]]), steps, np.random.default_rng(0))
        array([[[0.1, 0.2, 0.5]]])
    """
    ### BEGIN SOLUTION
    for name, (low, high), probability in steps:
        if rng.random() < probability:
            image = tool(name)(image, rng.uniform(low, high))
    return image
    ### END SOLUTION
