"""Pixel by pixel in plain Python; geometry without any matrix; crops by a list of all places."""

import math

import numpy as np


def flip(image, horizontal=True):
    out = np.empty_like(image)
    _, height, width = image.shape
    for row in range(height):
        for column in range(width):
            source = (row, width - 1 - column) if horizontal else (height - 1 - row, column)
            out[:, row, column] = image[(slice(None), *source)]
    return out


def pixel_centres(height, width):
    require_positive(height=height, width=width)
    x, y = np.zeros((height, width)), np.zeros((height, width))
    for row in range(height):
        for column in range(width):
            x[row, column] = (column + 0.5) * 2 / width - 1
            y[row, column] = (row + 0.5) * 2 / height - 1
    return [x, y]


def value_at(image, column, row):
    """Each pixel is a tent, one pixel wide on either side; only those near the place are asked."""
    _, height, width = image.shape
    total = np.zeros(len(image))
    if not (-1 < column < width and -1 < row < height):
        return total
    for r in range(max(math.floor(row), 0), min(math.floor(row) + 2, height)):
        for c in range(max(math.floor(column), 0), min(math.floor(column) + 2, width)):
            total += image[:, r, c] * max(0.0, 1 - abs(row - r)) * max(0.0, 1 - abs(column - c))
    return total


def bilinear(image, x, y):
    _, height, width = image.shape
    out = np.zeros((len(image), *x.shape), dtype=image.dtype)
    for place in np.ndindex(*x.shape):
        column = (x[place] + 1) / 2 * width - 0.5
        row = (y[place] + 1) / 2 * height - 0.5
        out[(slice(None), *place)] = value_at(image, column, row)
    return out


def fetch(image, source):
    """source(u, v): where, in centred pixels, the output pixel at (u, v) comes from."""
    _, height, width = image.shape
    out = np.zeros_like(image)
    for row in range(height):
        for column in range(width):
            u, v = source(column - (width - 1) / 2, row - (height - 1) / 2)
            out[:, row, column] = value_at(image, u + (width - 1) / 2, v + (height - 1) / 2)
    return out


def affine_sample(image, matrix):
    require(matrix.shape == (2, 3), "matrix")
    half_height, half_width = image.shape[1] / 2, image.shape[2] / 2

    def source(u, v):
        x, y = matrix.dot([u / half_width, v / half_height, 1])
        return x * half_width, y * half_height

    return fetch(image, source)


def pixel_matrix(matrix, height, width):
    require(matrix.shape == (2, 3), "matrix")
    require_positive(height=height, width=width)
    (a, b, c), (d, e, f) = matrix.tolist()
    return np.array([[a, b * height / width, 2 * c / width], [d * width / height, e, 2 * f / height]])


def rotate(image, degrees):
    turn = complex(math.cos(math.radians(degrees)), math.sin(math.radians(degrees)))

    def source(u, v):
        z = complex(u, v) * turn
        return z.real, z.imag

    return fetch(image, source)


def translate(image, dx, dy):
    return fetch(image, lambda u, v: (u - dx, v - dy))


def zoom(image, factor):
    require_positive(factor=factor)
    return fetch(image, lambda u, v: (u / factor, v / factor))


def stretch(image, sx, sy):
    require_positive(sx=sx, sy=sy)
    return fetch(image, lambda u, v: (u / sx, v / sy))


def shear(image, amount):
    return fetch(image, lambda u, v: (u - amount * v, v))


def lens_distort(image, k):
    half_height, half_width = image.shape[1] / 2, image.shape[2] / 2

    def source(u, v):
        scale = 1 + k * ((u / half_width) ** 2 + (v / half_height) ** 2)
        return u * scale, v * scale

    return fetch(image, source)


def random_crop(image, size, rng, padding=0):
    require_window(image, size, padding)
    channels, height, width = image.shape
    padded = np.zeros((channels, height + 2 * padding, width + 2 * padding), dtype=image.dtype)
    padded[:, padding : padding + height, padding : padding + width] = image
    tops, lefts = (padded.shape[axis + 1] - size[axis] + 1 for axis in (0, 1))
    places = [(top, left) for top in range(tops) for left in range(lefts)]
    top, left = places[rng.choice(len(places))]
    return padded[:, top:, left:][:, : size[0], : size[1]].copy()


def adjust_brightness(image, factor):
    require_factor(factor)
    return np.minimum(np.maximum(factor * image, 0), 1)


def greys(image):
    if len(image) == 1:
        return image[0]
    red, green, blue = image
    return 0.2989 * red + 0.587 * green + 0.114 * blue


def adjust_contrast(image, factor):
    require_factor(factor)
    mean = greys(image).sum() / greys(image).size
    return np.minimum(np.maximum(mean + factor * (image - mean), 0), 1)


def adjust_saturation(image, factor):
    require_factor(factor)
    out = np.empty_like(image)
    for channel, values in enumerate(image):
        out[channel] = np.clip(greys(image) + factor * (values - greys(image)), 0, 1)
    return out


def compose(image, steps, rng):
    image = image.copy()
    for name, (low, high), probability in steps:
        applied, share = rng.random(2)
        if applied >= 1 - probability:
            image = tool(name)(image, low + (high - low) * share)
    return image
