"""The network's parts in torch, with inputs at any size."""

from autograder import FunctionTwin


def smooth(torch, x):
    return torch.nn.functional.gelu(x, approximate="tanh")


def normed(torch, x, gamma, beta):
    """Places last, where torch's layer normalization wants them."""
    turned = torch.nn.functional.layer_norm(x.mT, (x.shape[1],), gamma, beta, 1e-6)
    return turned.mT


def match(torch, x, w, b):
    return smooth(torch, torch.nn.functional.conv1d(x.mT, w, b)).amax(dim=2)


def logits(torch, ids, **params):
    """Layer by layer, with torch's own."""
    p = {name.replace("_", ".", 1): value for name, value in params.items()}
    x = smooth(torch, torch.nn.functional.embedding(ids, p["embed.weight"].T) + p["embed.bias"])
    x = normed(torch, x.unflatten(1, (-1, 4)).flatten(2), p["norm0.weight"], p["norm0.bias"])
    x = match(torch, x, p["conv.weight"], p["conv.bias"])
    x = torch.nn.functional.layer_norm(x, (x.shape[1],), p["norm1.weight"], p["norm1.bias"], 1e-6)
    return torch.nn.functional.linear(x, p["out.weight"], p["out.bias"])


def network(rng, size):
    """Four bytes side by side, as in the published network, whose size here would be 64; so many files at once."""
    d, places, f, types = size, 8 * size, 8 * size, 3 * size + 1
    shapes = {
        "embed_weight": (d, 257),
        "embed_bias": (d,),
        "norm0_weight": (places,),
        "norm0_bias": (places,),
        "conv_weight": (f, 4 * d, 5),
        "conv_bias": (f,),
        "norm1_weight": (f,),
        "norm1_bias": (f,),
        "out_weight": (types, f),
        "out_bias": (types,),
    }
    params = {name: rng.normal(size=shape) / shape[-1] ** 0.5 for name, shape in shapes.items()}
    return {"ids": rng.integers(0, 257, size=(3, 4 * places)), **params}


class Network(FunctionTwin):
    """The whole of it; its parameters travel by themselves and are put into one dict."""

    def forward(self, student, ids, **params):
        return student.file_type_logits(ids, {name.replace("_", ".", 1): value for name, value in params.items()}), None


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
    Network("file_type_logits", (3, 8, 32), network, logits, lambda size: 20 * size),
]
