"""The convolutions in torch, with inputs at any size."""

import math

from autograder import Twin


class Conv2d(Twin):
    exercises = ("conv2d_forward", "conv2d_backward")
    wrt = ("x", "w", "b")

    def inputs(self, rng, size):
        c, f = size + 1, size + 2
        return {
            "x": rng.normal(size=(3, c, 2 * size + 3, size + 6)),
            "w": rng.normal(size=(f, c, 3, 2)),
            "b": rng.normal(size=f),
            "stride": (2, 1),
            "padding": (1, 2),
            "dilation": (1, 3),
        }

    def torch(self, torch, **inputs):
        x, w, b = (inputs.pop(name) for name in "xwb")
        return torch.nn.functional.conv2d(x, w, b, **inputs)

    def forward(self, student, **inputs):
        return student.conv2d_forward(**inputs)

    def backward(self, student, dout, cache, **inputs):
        return student.conv2d_backward(dout, cache)

    def reduction(self, size):
        return 6 * (size + 1) + 3 * (size + 2) * (size + 6)


class PlainConv2d(Conv2d):
    """The layer of most networks: 3 x 3, nothing set, so that the padding is 0."""

    axis, lengths = "H*W", (32**2, 64**2, 128**2, 256**2, 512**2)

    def inputs(self, rng, size):
        c, f = size + 1, size + 2
        return {
            "x": rng.normal(size=(2, c, size + 5, size + 4)),
            "w": rng.normal(size=(f, c, 3, 3)),
            "b": rng.normal(size=f),
        }

    def along(self, rng, length):
        side = math.isqrt(length)
        return {"x": rng.normal(size=(2, 8, side, side)), "w": rng.normal(size=(16, 8, 3, 3)), "b": rng.normal(size=16)}


class ConvTranspose2d(Conv2d):
    exercises = ("conv_transpose2d_forward",)
    wrt = ()

    def inputs(self, rng, size):
        c, f = size + 1, size + 2
        return {
            "x": rng.normal(size=(2, c, size + 3, size + 4)),
            "w": rng.normal(size=(c, f, 3, 4)),
            "b": rng.normal(size=f),
            "stride": (2, 1),
            "padding": (1, 0),
            "dilation": (1, 2),
        }

    def torch(self, torch, **inputs):
        x, w, b = (inputs.pop(name) for name in "xwb")
        return torch.nn.functional.conv_transpose2d(x, w, b, **inputs)

    def forward(self, student, **inputs):
        return student.conv_transpose2d_forward(**inputs)


class Unfold(Twin):
    """im2col, and col2im as its gradient: torch's backward of unfold is fold."""

    exercises = ("im2col", "col2im")
    wrt = ("x",)

    def inputs(self, rng, size):
        x = rng.normal(size=(3, size, size + 5, size + 4))
        return {"x": x, "kernel": (3, 2), "stride": (1, 2), "padding": (2, 0), "dilation": (2, 1)}

    def torch(self, torch, x, kernel, **geometry):
        return torch.nn.functional.unfold(x, kernel, **geometry)

    def forward(self, student, **inputs):
        return student.im2col(**inputs), None

    def backward(self, student, dout, cache, x, **geometry):
        return student.col2im(dout, x.shape[2:], **geometry)


class ZeroPad(Twin):
    exercises = ("zero_pad",)

    def inputs(self, rng, size):
        return {"x": rng.normal(size=(2, size, size + 1, size + 2)), "padding": (1, 3)}

    def torch(self, torch, x, padding):
        ph, pw = padding
        return torch.nn.functional.pad(x, (pw, pw, ph, ph))

    def forward(self, student, x, padding):
        return student.zero_pad(x, padding), None


class CausalConv1d(Twin):
    exercises = ("causal_conv1d_forward",)
    sizes = (16, 64, 256)

    def inputs(self, rng, size):
        x, w = rng.normal(size=(3, size, 4 * size)), rng.normal(size=(size + 1, size, 3))
        return {"x": x, "w": w, "b": rng.normal(size=size + 1), "dilation": 2}

    def torch(self, torch, x, w, b, dilation):
        padded = torch.nn.functional.pad(x, (dilation * (w.shape[2] - 1), 0))
        return torch.nn.functional.conv1d(padded, w, b, dilation=dilation)

    def forward(self, student, **inputs):
        return student.causal_conv1d_forward(**inputs)

    def reduction(self, size):
        return 3 * size


class MultiResolution(Twin):
    exercises = ("multi_resolution_conv1d",)
    wrt = ()
    sizes = (16, 64, 256)

    def inputs(self, rng, size):
        widths = {"narrow": (size + 1, size, 1), "middle": (2, size, 5), "wide": (size, size, 11)}
        return {"x": rng.normal(size=(3, size, 4 * size))} | {n: rng.normal(size=s) for n, s in widths.items()}

    def torch(self, torch, x, **weights):
        return torch.cat([torch.nn.functional.conv1d(x, w, padding="same") for w in weights.values()], dim=1)

    def forward(self, student, x, **weights):
        return student.multi_resolution_conv1d(x, list(weights.values())), None

    def reduction(self, size):
        return 11 * size


class ApplyFilter(Twin):
    exercises = ("apply_filter",)
    sizes = (16, 128, 512)

    def inputs(self, rng, size):
        return {"image": rng.random((3, 2 * size, size + 4)), "kernel": rng.normal(size=(3, 5))}

    def torch(self, torch, image, kernel):
        return torch.nn.functional.conv2d(image[:, None], kernel[None, None], padding="same")[:, 0]

    def forward(self, student, image, kernel):
        return student.apply_filter(image, kernel), None

    def reduction(self, size):
        return 15


TWINS = [
    Conv2d(),
    PlainConv2d(),
    ConvTranspose2d(),
    Unfold(),
    ZeroPad(),
    CausalConv1d(),
    MultiResolution(),
    ApplyFilter(),
]
