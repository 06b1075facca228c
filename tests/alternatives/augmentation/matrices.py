"""Bilinear by matrices of tents, all pixels at once; every warp by one 3 x 3 matrix; crops by windows of a view."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def flip(image, horizontal=True):
    return np.fliplr(image.transpose(1, 2, 0)).transpose(2, 0, 1) if horizontal else image[:, ::-1, :]


def pixel_centres(height, width):
    require_positive(height=height, width=width)
    rows, columns = np.indices((height, width))
    return (columns - (width - 1) / 2) / (width / 2), (rows - (height - 1) / 2) / (height / 2)


def tents(place, pixels):
    """(places, pixels): the share of each pixel of a line in each place."""
    return np.maximum(0, 1 - np.abs(place.reshape(-1, 1) - np.arange(pixels)))


def bilinear(image, x, y):
    _, height, width = image.shape
    across = tents(width * (x + 1) / 2 - 0.5, width)
    down = tents(height * (y + 1) / 2 - 0.5, height)
    mixed = np.einsum("ph,chw,pw->cp", down, image, across, optimize=True)
    return mixed.reshape(-1, *x.shape).astype(image.dtype)


def affine_sample(image, matrix):
    require(matrix.shape == (2, 3), "matrix")
    x, y = pixel_centres(*image.shape[1:])
    return bilinear(image, *np.tensordot(matrix, np.stack([x, y, np.ones_like(x)]), axes=1))


def pixel_matrix(matrix, height, width):
    require(matrix.shape == (2, 3), "matrix")
    require_positive(height=height, width=width)
    to_pixels = np.diag([width / 2, height / 2, 1.0])
    return (np.linalg.inv(to_pixels) @ np.vstack([matrix, [0, 0, 1]]) @ to_pixels)[:2]


def moved(image, there):
    """there: (3, 3), where the content goes, in centred pixels."""
    return affine_sample(image, pixel_matrix(np.linalg.inv(there)[:2], *image.shape[1:]))


def rotate(image, degrees):
    a = np.pi * degrees / 180
    return moved(image, np.array([[np.cos(a), np.sin(a), 0], [-np.sin(a), np.cos(a), 0], [0, 0, 1]]))


def translate(image, dx, dy):
    return moved(image, np.array([[1, 0, dx], [0, 1, dy], [0, 0, 1]]))


def zoom(image, factor):
    require_positive(factor=factor)
    return moved(image, np.diag([factor, factor, 1]))


def stretch(image, sx, sy):
    require_positive(sx=sx, sy=sy)
    return moved(image, np.diag([sx, sy, 1]))


def shear(image, amount):
    return moved(image, np.array([[1, amount, 0], [0, 1, 0], [0, 0, 1]]))


def lens_distort(image, k):
    places = np.array(pixel_centres(*image.shape[1:]))
    return bilinear(image, *(places + k * places * np.square(places).sum(axis=0)))


def random_crop(image, size, rng, padding=0):
    require_window(image, size, padding)
    padded = np.pad(image, [(0, 0)] + [(padding, padding)] * 2)
    windows = sliding_window_view(padded, tuple(size), axis=(1, 2))
    top, left = (int(rng.random() * count) for count in windows.shape[1:3])
    return windows[:, top, left]


def adjust_brightness(image, factor):
    require_factor(factor)
    return (image * factor).clip(0, 1)


def adjust_contrast(image, factor):
    require_factor(factor)
    mean = grey(image).mean()
    return (image * factor + mean - mean * factor).clip(0, 1)


def adjust_saturation(image, factor):
    require_factor(factor)
    pale = np.repeat(grey(image), len(image), axis=0)
    return (pale + factor * (image - pale)).clip(0, 1)


def compose(image, steps, rng):
    chances = rng.random(len(steps))
    shares = rng.random(len(steps))
    for (name, (low, high), probability), chance, share in zip(steps, chances, shares, strict=True):
        if chance < probability:
            image = tool(name)(image, (1 - share) * low + share * high)
    return image
