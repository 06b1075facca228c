"""The networks' parts in torch, with inputs at any size."""

import numpy as np

from autograder import FunctionTwin


class Pool(FunctionTwin):
    """Kernel 3 and stride 2, as most of the networks' poolings."""

    def forward(self, student, x):
        return student.ceil_max_pool2d(x, 3, 2), None


class Crop(FunctionTwin):
    """Crops of 24 x 24 points."""

    def forward(self, student, image, boxes):
        return student.crop_boxes(image, boxes, 24), None


def pooled(torch, x):
    return torch.nn.functional.max_pool2d(x, 3, 2, ceil_mode=True)


def cropped(torch, image, boxes):
    """grid_sample wants points from -1 to 1, corner to corner."""
    steps = torch.arange(24, dtype=boxes.dtype) / 23
    x = (boxes[:, :1] + (boxes[:, 2:3] - boxes[:, :1]) * steps) * 2 / (image.shape[2] - 1) - 1
    y = (boxes[:, 1:2] + (boxes[:, 3:] - boxes[:, 1:2]) * steps) * 2 / (image.shape[1] - 1) - 1
    grid = torch.stack([x[:, None].expand(-1, 24, -1), y[:, :, None].expand(-1, -1, 24)], dim=3)
    many = image[None].expand(len(boxes), -1, -1, -1)
    return torch.nn.functional.grid_sample(many, grid, padding_mode="zeros", align_corners=True)


def boxes_in(rng, size):
    corner = rng.uniform(-5, size, (7, 2))
    return np.concatenate([corner, corner + rng.uniform(3, size + 3, (7, 2))], axis=1)


TWINS = [
    FunctionTwin(
        "prelu",
        (5, 40, 300),
        lambda rng, size: {"x": rng.normal(size=(2, size, size + 1, 7)), "slope": rng.normal(size=size)},
        lambda torch, x, slope: torch.nn.functional.prelu(x, slope),
        lambda size: 1,
    ),
    Pool(
        "ceil_max_pool2d",
        (6, 50, 300),
        lambda rng, size: {"x": rng.normal(size=(2, 3, size + 2, size + 5))},
        pooled,
        lambda size: 1,
    ),
    Crop(
        "crop_boxes",
        (9, 60, 500),
        lambda rng, size: {"image": rng.normal(size=(3, size, size + 4)), "boxes": boxes_in(rng, size)},
        cropped,
        lambda size: 40 * size,
    ),
]
