"""The three networks and their parts in torch, with inputs at any size."""

import numpy as np

from autograder import FunctionTwin, datasets


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


# How many convolutions; the poolings behind the first ones (kernels; the stride is 2); the linear layer after them; the heads.
NETS = {
    "pnet": (3, (2,), None, {"face": 2, "box": 4}),
    "rnet": (3, (3, 3), "fc4", {"face": 2, "box": 4}),
    "onet": (4, (3, 3, 2), "fc5", {"face": 2, "box": 4, "landmarks": 10}),
}
SIDES = {"rnet": 24, "onet": 48}  # of the crops
CALLED = {"pnet": "proposal_net", "rnet": "refine_net", "onet": "output_net"}


def computed(net):
    """Probability and deltas (and landmarks, x before y) side by side, along axis 1."""
    many, pools, dense, heads = NETS[net]

    def run(torch, x, params):
        p = {name.removeprefix(f"{net}."): value for name, value in params.items() if name.startswith(net)}
        functional = torch.nn.functional
        for k in range(1, many + 1):
            x = functional.prelu(functional.conv2d(x, p[f"conv{k}.weight"], p[f"conv{k}.bias"]), p[f"prelu{k}"])
            if k <= len(pools):
                x = functional.max_pool2d(x, pools[k - 1], 2, ceil_mode=True)
        layer = functional.conv2d
        if dense:  # columns outermost, then rows, then channels
            layer, x = functional.linear, x.permute(0, 3, 2, 1).flatten(1)
            x = functional.prelu(layer(x, p[f"{dense}.weight"], p[f"{dense}.bias"]), p[f"prelu{dense[-1]}"])
        scores, *rest = (layer(x, p[f"{head}.weight"], p[f"{head}.bias"]) for head in heads)
        return torch.cat([scores.softmax(dim=1)[:, 1:], *rest], dim=1)

    return run


class Net(FunctionTwin):
    """What the student's network returns, laid side by side in the same way."""

    def forward(self, student, x, params):
        face, *rest = getattr(student, self.exercises[0])(x, params)
        if len(rest) == 2:
            rest[1] = rest[1].swapaxes(1, 2).reshape(len(x), 10)
        return np.concatenate([face[:, np.newaxis], *rest], axis=1), None


class Published(Net):
    """The same with the published weights, which the package keeps in a format of its own: there is no published graph."""

    def __init__(self, net, *rest):
        super().__init__(CALLED[net], *rest)
        self.network = f"{net[0].upper()}-Net of mtcnn 1.0.0"


def random_net(net):
    """Parameters of odd sizes that grow, and two pictures or crops that are no squares."""
    many, _, dense, heads = NETS[net]

    def made(rng, size):
        outs, shapes = [3, size + 3, size + 2, size + 5, size + 4], {}
        for k in range(1, many + 1):
            side = 2 if k == many and dense else 3
            shapes[f"conv{k}"], shapes[f"prelu{k}"] = (outs[k], outs[k - 1], side, side), (outs[k],)
        width = (outs[many], 1, 1)
        if dense:
            width, shapes[dense], shapes[f"prelu{dense[-1]}"] = (size + 6,), (size + 6, 6 * outs[many]), (size + 6,)
        shapes |= {head: (count, *width) for head, count in heads.items()}
        params = {}
        for name, shape in shapes.items():
            if name.startswith("prelu"):
                params[f"{net}.{name}"] = rng.normal(size=shape)
            else:
                params[f"{net}.{name}.weight"] = rng.normal(size=shape) / np.prod(shape[1:]) ** 0.5
                params[f"{net}.{name}.bias"] = rng.normal(size=shape[0])
        height, width = {"pnet": (size + 13, size + 16), "rnet": (20, 24), "onet": (40, 48)}[net]
        return {"x": rng.normal(size=(2, 3, height, width)), "params": params}

    return made


def portrait():
    return (datasets.load_portrait() * 255 - 127.5) / 128


def picture(rng, size):
    """The portrait in about `size` + 12 rows, pixels left out."""
    step = 600 // (size + 12)
    return {"x": portrait()[np.newaxis, :, ::step, ::step][:, :, : size + 12], "params": datasets.load("mtcnn")}


def crops(net):
    """`size` pieces of the portrait, near and far."""
    side = SIDES[net]

    def made(rng, size):
        image, found = portrait(), []
        for step in rng.integers(1, 10, size=size):
            y, x = (int(rng.integers(0, n - step * side + 1)) for n in image.shape[1:])
            found.append(image[:, y : y + step * side : step, x : x + step * side : step])
        return {"x": np.stack(found), "params": datasets.load("mtcnn")}

    return made


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
    *(Net(CALLED[net], (3, 10, 30), random_net(net), computed(net), lambda size: 20 * size + 60) for net in NETS),
    Published("pnet", (48, 288, 588), picture, computed("pnet"), lambda size: 144),
    Published("rnet", (4, 64, 512), crops("rnet"), computed("rnet"), lambda size: 576),
    Published("onet", (2, 16, 128), crops("onet"), computed("onet"), lambda size: 1152),
]
