"""Whole networks and styles in torch, with inputs at any size."""

import numpy as np

from autograder import Twin

NETS = {
    "small": lambda size: [("conv", size, 3, 1), ("relu",), ("pool",), ("conv", size + 1, 5, 1), ("relu",), ("fc", 10)],
    "strides": lambda size: [("conv", size, 3, 2), ("relu",), ("conv", size + 1, (1, 7), 1), ("conv", 3, (7, 1), 2)],
    "dense": lambda size: [("fc", 4 * size), ("relu",), ("fc", size + 1)],
}


def sequential(torch, layers):
    """torch's own layers, without weights of their own to be used."""
    made, flat = [], False
    for kind, *settings in layers:
        if kind == "conv":
            sides = settings[1] if isinstance(settings[1], tuple) else (settings[1], settings[1])
            made.append(torch.nn.LazyConv2d(settings[0], sides, settings[2], (sides[0] // 2, sides[1] // 2)))
        elif kind == "fc":
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
        self.layers = NETS[name]
        self.wrt = (
            "x",
            *(f"{letter}{k}" for k in range({"small": 3, "strides": 3, "dense": 2}[name]) for letter in "wb"),
        )

    def inputs(self, rng, size):
        x, layers = rng.normal(size=(size, 3, 2 * size + 1, 3 * size)), self.layers(size)
        shape, found = x.shape[1:], {}
        for kind, *settings in layers:
            count = len(found) // 2
            if kind in ("conv", "fc"):
                sides = (1,) if kind == "fc" else np.broadcast_to(settings[1], 2)
                one = (shape[0], *map(int, sides)) if kind == "conv" else (int(np.prod(shape)),)
                found[f"w{count}"] = rng.normal(scale=np.prod(one) ** -0.5, size=(settings[0], *one))
                found[f"b{count}"] = rng.normal(size=settings[0])
                shape = (
                    (settings[0], *(-(-side // settings[-1]) for side in shape[1:]))
                    if kind == "conv"
                    else (settings[0],)
                )
            elif kind == "pool":
                shape = (shape[0], *(side // 2 for side in shape[1:]))
        self.size = size
        return {"x": x, **found}

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
