"""What torch knows of this unit, with inputs at any size. What is drawn cannot be compared number by number."""

import numpy as np

from autograder import Twin

ACTIVATE = {
    "linear": lambda torch, z: z,
    "sigmoid": lambda torch, z: torch.sigmoid(z),
    "tanh": lambda torch, z: torch.tanh(z),
    "relu": lambda torch, z: torch.relu(z),
}


class Fans(Twin):
    exercises = ("fans",)

    def inputs(self, rng, size):
        return {"shape": (size + 1, 2 * size, 3, size)}

    def torch(self, torch, shape):
        # Only the shape is looked at: on the device "meta" there are no numbers.
        return torch.tensor(torch.nn.init._calculate_fan_in_and_fan_out(torch.empty(shape, device="meta")))

    def forward(self, student, shape):
        return np.array(student.fans(shape)), None


class Gain(Twin):
    exercises = ("gain",)

    def inputs(self, rng, size):
        return {"slope": float(rng.uniform(0.0, 3.0))}

    def torch(self, torch, slope):
        names = ("linear", "sigmoid", "tanh", "relu")
        gains = [torch.nn.init.calculate_gain(name) for name in names]
        return torch.tensor([*gains, torch.nn.init.calculate_gain("leaky_relu", slope)], dtype=torch.float64)

    def forward(self, student, slope):
        gains = [student.gain(name, slope) for name in ("linear", "sigmoid", "tanh", "relu", "leaky_relu")]
        return np.array(gains), None


class Identity(Twin):
    exercises = ("identity",)
    sizes = (64, 512, 2048)

    def inputs(self, rng, size):
        return {"rows": size, "columns": size + 3, "scale": float(rng.uniform(0.5, 2.0))}

    def torch(self, torch, rows, columns, scale):
        return scale * torch.nn.init.eye_(torch.empty(rows, columns, dtype=torch.float64))

    def forward(self, student, rows, columns, scale):
        return student.identity(rows, columns, scale), None


class DistinctUnits(Twin):
    exercises = ("distinct_units",)
    sizes = (64, 256, 1024)

    def inputs(self, rng, size):
        kinds = rng.integers(0, size, size=2 * size)
        return {"w": rng.integers(-8, 9, size=(size, 7))[kinds] / 8, "b": kinds % 3 / 4}

    def torch(self, torch, w, b):
        return torch.tensor(len(torch.unique(torch.cat([w, b[:, None]], dim=1), dim=0)))

    def forward(self, student, w, b):
        return np.array(student.distinct_units(w, b)), None


class Network(Twin):
    """Three layers, all of different widths."""

    sizes = (32, 128, 512)

    def __init__(self, activation):
        self.activation = activation

    def inputs(self, rng, size):
        widths = (size, 2 * size, size + 1, 3)
        found = {"x": rng.normal(size=(size + 2, size)), "dout": rng.normal(0.3, 1.0, size=(size + 2, 3))}
        for k, shape in enumerate(zip(widths[1:], widths, strict=False), 1):
            found[f"w{k}"] = rng.normal(scale=np.sqrt(2 / shape[1]), size=shape)
            found[f"b{k}"] = rng.normal(scale=0.5, size=shape[0])
        return found

    def layers(self, torch, x, w1, b1, w2, b2, w3, b3):
        """Pre-activation and output of each layer."""
        pairs, h = [], x
        for w, b in ((w1, b1), (w2, b2), (w3, b3)):
            z = torch.nn.functional.linear(h, w, b)
            h = ACTIVATE[self.activation](torch, z)
            pairs.append((z, h))
        return pairs

    def reduction(self, size):
        return (size + 2) * 2 * size


class ActivationStatistics(Network):
    exercises = ("activation_statistics",)

    def torch(self, torch, dout, **network):
        rows = []
        for _, h in self.layers(torch, **network):
            dead = (
                (h == 0).all(dim=0).to(h.dtype).mean() if self.activation == "relu" else torch.zeros((), dtype=h.dtype)
            )
            rows.append(torch.stack([h.mean(), h.std(unbiased=False), dead]))
        return torch.stack(rows, dim=1)

    def forward(self, student, x, dout, w1, b1, w2, b2, w3, b3):
        return np.array(student.activation_statistics([w1, w2, w3], [b1, b2, b3], x, self.activation)), None


class GradientStatistics(Network):
    exercises = ("gradient_statistics",)

    def torch(self, torch, x, dout, **network):
        layers = self.layers(torch, x.clone().requires_grad_(True), **network)
        gradients = torch.autograd.grad(layers[-1][1], [z for z, _ in layers], dout)
        return torch.stack([dz.std(unbiased=False) for dz in gradients])

    def forward(self, student, x, dout, w1, b1, w2, b2, w3, b3):
        return student.gradient_statistics([w1, w2, w3], [b1, b2, b3], x, dout, self.activation), None


TWINS = [
    Fans(),
    Gain(),
    Identity(),
    DistinctUnits(),
    *(ActivationStatistics(name) for name in ACTIVATE),
    *(GradientStatistics(name) for name in ACTIVATE),
]
