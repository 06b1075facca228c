"""The network and its parts in torch, with inputs at any size."""

import numpy as np

from autograder import FunctionTwin, OnnxFile, Twin, datasets


def smooth(torch, x):
    return torch.nn.functional.gelu(x, approximate="tanh")


def normed(torch, x, gamma, beta):
    """Places last, where torch's layer normalization wants them."""
    turned = torch.nn.functional.layer_norm(x.mT, (x.shape[1],), gamma, beta, 1e-6)
    return turned.mT


def match(torch, x, w, b):
    return smooth(torch, torch.nn.functional.conv1d(x.mT, w, b)).amax(dim=2)


def logits(torch, ids, params):
    """Layer by layer, with torch's own."""
    p = params
    x = smooth(torch, torch.nn.functional.embedding(ids, p["embed.weight"].T) + p["embed.bias"])
    x = normed(torch, x.unflatten(1, (-1, 4)).flatten(2), p["norm0.weight"], p["norm0.bias"])
    x = match(torch, x, p["conv.weight"], p["conv.bias"])
    x = torch.nn.functional.layer_norm(x, (x.shape[1],), p["norm1.weight"], p["norm1.bias"], 1e-6)
    return torch.nn.functional.linear(x, p["out.weight"], p["out.bias"])


def network(rng, size):
    """Four bytes side by side, as in the published network, whose size here would be 64; so many files at once."""
    d, places, f, types = size, 8 * size, 8 * size, 3 * size + 1
    shapes = {
        "embed.weight": (d, 257),
        "embed.bias": (d,),
        "norm0.weight": (places,),
        "norm0.bias": (places,),
        "conv.weight": (f, 4 * d, 5),
        "conv.bias": (f,),
        "norm1.weight": (f,),
        "norm1.bias": (f,),
        "out.weight": (types, f),
        "out.bias": (types,),
    }
    params = {name: rng.normal(size=shape) / shape[-1] ** 0.5 for name, shape in shapes.items()}
    return {"ids": rng.integers(0, 257, size=(3, 4 * places)), "params": params}


class Magika(Twin):
    """`size` files, pieces of the course's text: the probabilities of all types, as the published graph ends with them."""

    exercises, sizes = ("file_type_logits",), (1, 8, 64)
    network = "magika 1.0.3"
    published = OnnxFile("magika", "1.0.3", "magika/models/standard_v3_3/model.onnx")

    def inputs(self, rng, size):
        text = np.frombuffer(datasets.load_text().encode(), np.uint8)
        begins = rng.integers(0, len(text) - 2048, size=(size, 1))
        return {"ids": text[begins + np.arange(2048)].astype(np.int64), "params": datasets.load("magika")}

    def torch(self, torch, ids, params):
        return logits(torch, ids, params).softmax(dim=1)

    def onnx(self, session, ids, params):
        return session.run(None, {"bytes": ids.astype(np.int32)})[0]

    def forward(self, student, ids, params):
        z = student.file_type_logits(ids, params)
        shares = np.exp(z - z.max(axis=1, keepdims=True))
        return shares / shares.sum(axis=1, keepdims=True), None

    def reduction(self, size):
        return 5 * 256


TWINS = [
    FunctionTwin(
        "gelu",
        (1_000, 100_000, 4_000_000),
        lambda rng, size: {"x": rng.normal(size=size)},
        smooth,
        lambda size: 1,
    ),
    FunctionTwin(
        "norm_over_places",
        (8, 64, 512),
        lambda rng, size: {
            "x": rng.normal(size=(3, size, size // 2 + 1)),
            "gamma": rng.normal(size=size),
            "beta": rng.normal(size=size),
        },
        normed,
        lambda size: size,
    ),
    FunctionTwin(
        "strongest_match",
        (8, 32, 128),
        lambda rng, size: {
            "x": rng.normal(size=(2, 2 * size + 5, size)),
            "w": rng.normal(size=(size + 1, size, 5)) / size**0.5,
            "b": rng.normal(size=size + 1),
        },
        match,
        lambda size: 5 * size,
    ),
    FunctionTwin("file_type_logits", (3, 8, 32), network, logits, lambda size: 20 * size),
    Magika(),
]
