"""Warps and colours in torch, with inputs at any size. Where torch has no such function, its tensors compute the formula."""

import math

import numpy as np

from autograder import Twin

SIDES = (16, 64, 256)


def sample(torch, image, grid):
    functional = torch.nn.functional
    return functional.grid_sample(image[None], grid, mode="bilinear", padding_mode="zeros", align_corners=False)[0]


def warp(torch, image, matrix):
    matrix = torch.as_tensor(matrix, dtype=image.dtype)
    shape = (1, *image.shape)
    return sample(torch, image, torch.nn.functional.affine_grid(matrix[None], shape, align_corners=False))


class Picture(Twin):
    """An exercise that takes an image and numbers, and what torch does with the same."""

    sizes = SIDES

    def __init__(self, name, torch_way, **numbers):
        self.exercises = (name,)
        self.torch_way = torch_way
        self.numbers = numbers

    def inputs(self, rng, size):
        return {"image": rng.uniform(size=(3, size, size + 3))}

    def torch(self, torch, image):
        return self.torch_way(torch, image, **self.numbers)

    def forward(self, student, image):
        return getattr(student, self.exercises[0])(image, **self.numbers), None

    def reduction(self, size):
        return size * size  # a place's rounding error, in pixels, grows with the image


class Places(Picture):
    def inputs(self, rng, size):
        x, y = rng.uniform(-1.3, 1.3, size=(2, size + 1, size + 2))
        return {"image": rng.uniform(size=(3, size, size + 3)), "x": x, "y": y}

    def torch(self, torch, image, x, y):
        return sample(torch, image, torch.stack([x, y], dim=-1)[None])

    def forward(self, student, image, x, y):
        return student.bilinear(image, x, y), None


class Affine(Picture):
    def inputs(self, rng, size):
        matrix = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]) + rng.normal(scale=0.5, size=(2, 3))
        return {"image": rng.uniform(size=(3, size, size + 3)), "matrix": matrix}

    def torch(self, torch, image, matrix):
        return warp(torch, image, matrix)

    def forward(self, student, image, matrix):
        return student.affine_sample(image, matrix), None


def torch_rotate(torch, image, degrees):
    height, width = image.shape[1:]
    angle = math.radians(degrees)
    ratio, along, across = height / width, math.cos(angle), math.sin(angle)
    return warp(torch, image, [[along, -across * ratio, 0], [across / ratio, along, 0]])


def torch_translate(torch, image, dx, dy):
    return warp(torch, image, [[1, 0, -2 * dx / image.shape[2]], [0, 1, -2 * dy / image.shape[1]]])


def torch_shear(torch, image, amount):
    return warp(torch, image, [[1, -amount * image.shape[1] / image.shape[2], 0], [0, 1, 0]])


def torch_lens(torch, image, k):
    unit = [[1, 0, 0], [0, 1, 0]]
    matrix = torch.tensor(unit, dtype=image.dtype)
    grid = torch.nn.functional.affine_grid(matrix[None], (1, *image.shape), align_corners=False)
    return sample(torch, image, grid * (1 + k * grid.square().sum(dim=-1, keepdim=True)))


def torch_grey(image):
    return 0.2989 * image[:1] + 0.587 * image[1:2] + 0.114 * image[2:]


TWINS = [
    Picture("flip", lambda torch, image: torch.flip(image, dims=[2])),
    Places("bilinear", None),
    Affine("affine_sample", None),
    Picture("rotate", torch_rotate, degrees=33.0),
    Picture("translate", torch_translate, dx=1.25, dy=-0.75),
    Picture(
        "zoom", lambda torch, image, factor: warp(torch, image, [[1 / factor, 0, 0], [0, 1 / factor, 0]]), factor=1.4
    ),
    Picture(
        "stretch", lambda torch, image, sx, sy: warp(torch, image, [[1 / sx, 0, 0], [0, 1 / sy, 0]]), sx=0.7, sy=1.6
    ),
    Picture("shear", torch_shear, amount=0.6),
    Picture("lens_distort", torch_lens, k=0.3),
    Picture("adjust_brightness", lambda torch, image, factor: (factor * image).clamp(0, 1), factor=1.5),
    Picture(
        "adjust_contrast",
        lambda torch, image, factor: torch.lerp(torch_grey(image).mean(), image, factor).clamp(0, 1),
        factor=1.5,
    ),
    Picture(
        "adjust_saturation",
        lambda torch, image, factor: torch.lerp(torch_grey(image), image, factor).clamp(0, 1),
        factor=1.5,
    ),
]
