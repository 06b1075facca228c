"""The poolings in torch, with inputs at any size."""

import math

from autograder import Twin


class Pool(Twin):
    """Overlapping windows with padding; on the other axis gaps."""

    wrt = ("x",)
    name = ""

    def inputs(self, rng, size):
        x = rng.normal(size=(3, size + 1, 2 * size + 3, size + 6))
        return {"x": x, "kernel": (3, 2), "stride": (2, 3), "padding": (1, 0)}

    def forward(self, student, **inputs):
        return getattr(student, f"{self.name}_forward")(**inputs)

    def backward(self, student, dout, cache, **inputs):
        return getattr(student, f"{self.name}_backward")(dout, cache)

    def reduction(self, size):
        return 6


class SumPool(Pool):
    exercises = ("sum_pool2d_forward", "sum_pool2d_backward")
    name = "sum_pool2d"

    def torch(self, torch, x, kernel, **geometry):
        return torch.nn.functional.avg_pool2d(x, kernel, **geometry, divisor_override=1)


class AvgPool(Pool):
    exercises = ("avg_pool2d_forward", "avg_pool2d_backward")
    name = "avg_pool2d"

    def torch(self, torch, x, kernel, **geometry):
        return torch.nn.functional.avg_pool2d(x, kernel, **geometry)


class MaxPool(Pool):
    exercises = ("max_pool2d_forward", "max_pool2d_backward")
    name = "max_pool2d"

    def torch(self, torch, x, kernel, **geometry):
        return torch.nn.functional.max_pool2d(x, kernel, **geometry)


class PlainMaxPool(MaxPool):
    """The layer of most networks: 2 x 2, side by side, after a ReLU, so that there are ties."""

    axis, lengths = "H*W", (32**2, 64**2, 128**2, 256**2, 512**2)

    def inputs(self, rng, size):
        return {"x": rng.normal(size=(2, size + 1, 2 * size + 2, 3 * size)).clip(min=0), "kernel": 2}

    def along(self, rng, length):
        side = math.isqrt(length)
        return {"x": rng.normal(size=(2, 8, side, side)).clip(min=0), "kernel": 2}


class MinPool(Pool):
    exercises = ("min_pool2d_forward", "min_pool2d_backward")
    name = "min_pool2d"

    def torch(self, torch, x, kernel, **geometry):
        return -torch.nn.functional.max_pool2d(-x, kernel, **geometry)


class GlobalAvgPool(Pool):
    exercises = ("global_avg_pool_forward", "global_avg_pool_backward")
    name = "global_avg_pool"

    def inputs(self, rng, size):
        return {"x": rng.normal(size=(3, size, size + 2, size + 4))}

    def torch(self, torch, x):
        return torch.nn.functional.adaptive_avg_pool2d(x, 1)[:, :, 0, 0]

    def reduction(self, size):
        return (size + 2) * (size + 4)


class Flatten(GlobalAvgPool):
    exercises = ("flatten_forward", "flatten_backward")
    name = "flatten"

    def torch(self, torch, x):
        return torch.flatten(x, start_dim=1)

    def reduction(self, size):
        return 1


TWINS = [SumPool(), AvgPool(), MaxPool(), PlainMaxPool(), MinPool(), GlobalAvgPool(), Flatten()]
