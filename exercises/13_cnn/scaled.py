"""Whole networks and styles in torch, with inputs at any size."""

import numpy as np

from autograder import Twin

NETS = {  # the layers at a size, and the shapes of their weights, for images of 3 x (2 size + 1) x 3 size
    "small": (
        lambda size: [("conv", size, 3, 1), ("relu",), ("pool",), ("conv", size + 1, 5, 1), ("relu",), ("fc", 10)],
        lambda size: [(size, 3, 3, 3), (size + 1, size, 5, 5), (10, (size + 1) * size * (3 * size // 2))],
    ),
    "strides": (
        lambda size: [("conv", size, 3, 2), ("relu",), ("conv", size + 1, (1, 7), 1), ("conv", 3, (7, 1), 2)],
        lambda size: [(size, 3, 3, 3), (size + 1, size, 1, 7), (3, size + 1, 7, 1)],
    ),
    "dense": (
        lambda size: [("fc", 4 * size), ("relu",), ("fc", size + 1)],
        lambda size: [(4 * size, 9 * size * (2 * size + 1)), (size + 1, 4 * size)],
    ),
}


def sequential(torch, layers):
    """torch's own layers, without weights of their own to be used."""
    made, flat = [], False
    for layer in layers:
        kind, settings = layer[0], layer[1:]
        if kind.startswith("conv"):
            sides = settings[1] if isinstance(settings[1], tuple) else (settings[1], settings[1])
            made.append(torch.nn.LazyConv2d(settings[0], sides, settings[2], (sides[0] // 2, sides[1] // 2)))
        elif kind.startswith("fc"):
            made += [] if flat else [torch.nn.Flatten()]
            made.append(torch.nn.LazyLinear(settings[0]))
            flat = True
        else:
            made.append(torch.nn.ReLU() if kind == "relu" else torch.nn.MaxPool2d(2))
    return torch.nn.Sequential(*made)


class Network(Twin):
    """The same layers, weights and images in torch.nn.Sequential."""

    exercises = ("network_forward", "network_backward")
    sizes = (4, 8, 16)

    def __init__(self, name):
        self.layers, self.shapes = NETS[name]
        self.wrt = ("x", *(f"{letter}{k}" for k in range(len(self.shapes(1))) for letter in "wb"))

    def inputs(self, rng, size):
        self.size = size
        found = {"x": rng.normal(size=(size, 3, 2 * size + 1, 3 * size))}
        for k, shape in enumerate(self.shapes(size)):
            found[f"w{k}"] = rng.normal(scale=np.prod(shape[1:]) ** -0.5, size=shape)
            found[f"b{k}"] = rng.normal(size=shape[0])
        return found

    def torch(self, torch, x, **params):
        net = sequential(torch, self.layers(self.size)).to(x.dtype)
        net(x[:1].detach())
        names = [name for name, _ in net.named_parameters()]
        return torch.func.functional_call(net, dict(zip(names, params.values(), strict=True)), (x,))

    def forward(self, student, x, **params):
        values = list(params.values())
        return student.network_forward(x, self.layers(self.size), list(zip(values[::2], values[1::2], strict=True)))

    def backward(self, student, dout, cache, **inputs):
        grads, dx = student.network_backward(dout, cache)
        return [dx, *(each for pair in grads for each in pair)]

    def reduction(self, size):
        return 16 * size * (2 * size + 1) * (3 * size)


class Gram(Twin):
    exercises = ("gram_matrix",)
    sizes = (8, 32, 64)

    def inputs(self, rng, size):
        return {"features": rng.normal(size=(3, size, size + 1, 7))}

    def torch(self, torch, features):
        return torch.einsum("nahw,nbhw->nab", features, features) / features[0].numel()

    def forward(self, student, features):
        return student.gram_matrix(features), None

    def reduction(self, size):
        return 7 * (size + 1)


class Style(Twin):
    """The loss; its gradient is torch's, times the upstream gradient of the loss."""

    exercises = ("style_gradient",)
    wrt = ("features",)
    sizes = (8, 32, 64)

    def inputs(self, rng, size):
        target = rng.normal(size=(size, size)) / size
        return {"features": rng.normal(size=(3, size, size + 1, 7)), "target_gram": target + target.T}

    def torch(self, torch, features, target_gram):
        gram = torch.einsum("nahw,nbhw->nab", features, features) / features[0].numel()
        return torch.nn.functional.mse_loss(gram, target_gram.expand_as(gram))

    def forward(self, student, features, target_gram):
        return student.style_gradient(features, target_gram)

    def backward(self, student, dout, cache, **inputs):
        return [cache * dout]

    def reduction(self, size):
        return 3 * size * size + 7 * (size + 1)


TWINS = [*(Network(name) for name in NETS), Gram(), Style()]
