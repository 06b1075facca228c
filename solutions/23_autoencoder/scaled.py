"""Autoencoders, their penalties and the variational one in torch, with inputs at any size."""

from itertools import pairwise

import numpy as np

from autograder import Twin

WIDTHS = {"encode": lambda size: [4 * size, 2 * size, size], "decode": lambda size: [size, 2 * size, 4 * size]}


def pairs(params):
    """[(w, b), ...] of what a twin holds by name, in order."""
    values = list(params.values())
    return list(zip(values[::2], values[1::2], strict=True))


def drawn(rng, widths):
    """w0, b0, w1, b1, ... of layers from the first width to the last."""
    found = {}
    for k, (inputs, units) in enumerate(pairwise(widths)):
        found[f"w{k}"] = rng.normal(scale=inputs**-0.5, size=(units, inputs))
        found[f"b{k}"] = rng.normal(size=units)
    return found


def layered(torch, x, layers, activation):
    """torch's layers, with an activation between them."""
    for k, (w, b) in enumerate(layers):
        x = torch.nn.functional.linear(x if k == 0 else getattr(torch, activation)(x), w, b)
    return x


class Half(Twin):
    sizes = (8, 64, 256)

    def __init__(self, name, activation):
        self.exercises, self.activation = (name,), activation

    def inputs(self, rng, size):
        self.size = size
        widths = WIDTHS[self.exercises[0]](size)
        return {"x": rng.normal(size=(2 * size, widths[0])), **drawn(rng, widths)}

    def torch(self, torch, x, **params):
        return layered(torch, x, pairs(params), self.activation)

    def forward(self, student, x, **params):
        # Twice the same half: each takes its own.
        return getattr(student, self.exercises[0])(x, 2 * pairs(params), self.activation), None

    def reduction(self, size):
        return 6 * size


class Denoiser(Twin):
    """The loss; its gradients are torch's, times the upstream gradient of the loss."""

    exercises = ("autoencoder_loss_and_grads",)
    wrt = tuple(f"{letter}{k}" for k in range(4) for letter in "wb")
    sizes = (8, 64, 256)

    def __init__(self, activation):
        self.activation = activation

    def inputs(self, rng, size):
        rows = {name: rng.normal(size=(2 * size, 4 * size)) for name in ("x", "target")}
        return rows | drawn(rng, [4 * size, 2 * size, size, 2 * size + 1, 4 * size])

    def torch(self, torch, x, target, **params):
        layers = pairs(params)
        code = layered(torch, x, layers[:2], self.activation)
        return torch.nn.functional.mse_loss(layered(torch, code, layers[2:], self.activation), target)

    def forward(self, student, x, target, **params):
        return student.autoencoder_loss_and_grads(x, target, pairs(params), self.activation)

    def backward(self, student, dout, cache, **inputs):
        return [each * dout for pair in cache for each in pair]

    def reduction(self, size):
        return 8 * size * size


class Pca(Twin):
    """The variances along the components, and the rows as the components give them back: signs play no part."""

    exercises = ("pca", "reconstruct")
    sizes = (8, 32, 128)

    def inputs(self, rng, size):
        return {"x": rng.normal(size=(4 * size, size + 2)) * np.linspace(3, 1, size + 2) + 1, "k": size}

    def torch(self, torch, x, k):
        centred = x - x.mean(0)
        _, spreads, directions = torch.linalg.svd(centred, full_matrices=False)
        back = x.mean(0) + centred @ directions[:k].T @ directions[:k]
        return torch.cat([spreads[:k] ** 2 / len(x), back.flatten()])

    def forward(self, student, x, k):
        mean, components, variances = student.pca(x, k)
        return np.concatenate([variances, student.reconstruct(x, mean, components).ravel()]), None

    def reduction(self, size):
        return 16 * size


class Angle(Twin):
    """The distance of two projections is the sine of the largest angle."""

    exercises = ("largest_angle",)
    sizes = (8, 32, 128)

    def inputs(self, rng, size):
        a = rng.normal(size=(size, 2 * size + 1))
        return {"a": a, "b": a + 0.3 * rng.normal(size=a.shape)}

    def torch(self, torch, a, b):
        first, second = (each.T @ torch.linalg.solve(each @ each.T, each) for each in (a, b))
        return torch.linalg.matrix_norm(first - second, 2).asin()

    def forward(self, student, a, b):
        return student.largest_angle(a, b), None

    def reduction(self, size):
        return 16 * size


class Penalty(Twin):
    """A loss with its gradients: torch's, times the upstream gradient of the loss."""

    sizes = (8, 64, 256)

    def __init__(self, name, wrt, made, loss):
        self.exercises, self.wrt, self.made, self.loss = (name,), wrt, made, loss

    def inputs(self, rng, size):
        return self.made(rng, size)

    def torch(self, torch, **inputs):
        return self.loss(torch, **inputs)

    def forward(self, student, **inputs):
        loss, *grads = getattr(student, self.exercises[0])(**inputs)
        return loss, grads

    def backward(self, student, dout, cache, **inputs):
        return [each * dout for each in cache]

    def reduction(self, size):
        return 8 * size * size


def sparse(torch, h, target, strength):
    rho, goal = (torch.distributions.Bernoulli(each) for each in (h.mean(0), h.new_full((h.shape[1],), target)))
    return strength * torch.distributions.kl_divergence(goal, rho).sum()


def contractive(torch, h, w, strength):
    slopes = (h * (1 - h))[:, :, None] * w
    return strength * (slopes**2).sum() / len(h)


def divergence(torch, mu, log_var):
    code = torch.distributions.Normal(mu, (log_var / 2).exp())
    return torch.distributions.kl_divergence(code, torch.distributions.Normal(0.0, 1.0)).sum() / len(mu)


class Reparameterize(Twin):
    exercises = ("reparameterize",)
    sizes = (8, 64, 256)

    def inputs(self, rng, size):
        return {name: rng.normal(size=(size + 1, 2 * size)) for name in ("mu", "log_var", "noise")}

    def torch(self, torch, mu, log_var, noise):
        return torch.distributions.AffineTransform(mu, (log_var / 2).exp())(noise)

    def forward(self, student, **inputs):
        return student.reparameterize(**inputs), None


NAMES = ("enc", "mu", "var", "dec", "out")


class Variational(Twin):
    exercises = ("vae_loss_and_grads",)
    wrt = tuple(f"{letter}_{name}" for name in NAMES for letter in "wb")
    sizes = (8, 64, 256)

    def inputs(self, rng, size):
        found = {"x": rng.uniform(size=(2 * size, 3 * size)), "noise": rng.normal(size=(2 * size, size))}
        widths = (
            (3 * size, 2 * size),
            (2 * size, size),
            (2 * size, size),
            (size, 2 * size + 1),
            (2 * size + 1, 3 * size),
        )
        for name, (inputs, units) in zip(NAMES, widths, strict=True):
            found[f"w_{name}"] = rng.normal(scale=inputs**-0.5, size=(units, inputs))
            found[f"b_{name}"] = rng.normal(scale=0.5, size=units)
        return found

    def torch(self, torch, x, noise, **params):
        def layer(name, rows):
            return torch.nn.functional.linear(rows, params[f"w_{name}"], params[f"b_{name}"])

        h = layer("enc", x).tanh()
        mu, log_var = layer("mu", h), layer("var", h)
        logits = layer("out", layer("dec", mu + noise * (log_var / 2).exp()).tanh())
        pixels = torch.nn.functional.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)
        return pixels + divergence(torch, mu, log_var)

    def forward(self, student, x, noise, **params):
        return student.vae_loss_and_grads(x, params, noise)

    def backward(self, student, dout, cache, **inputs):
        return [cache[name] * dout for name in self.wrt]

    def reduction(self, size):
        return 12 * size * size


TWINS = [
    Pca(),
    Angle(),
    *(Half(name, activation) for name in WIDTHS for activation in ("relu", "tanh", "sigmoid")),
    *(Denoiser(activation) for activation in ("relu", "tanh", "sigmoid")),
    Penalty(
        "sparsity_penalty",
        ("h",),
        lambda rng, size: {"h": rng.uniform(0.05, 0.95, size=(size + 1, 2 * size)), "target": 0.1, "strength": 0.5},
        sparse,
    ),
    Penalty(
        "contractive_penalty",
        ("h", "w"),
        lambda rng, size: {
            "h": rng.uniform(0.05, 0.95, size=(size + 1, 2 * size)),
            "w": rng.normal(size=(2 * size, size)),
            "strength": 0.5,
        },
        contractive,
    ),
    Reparameterize(),
    Penalty(
        "gaussian_kl",
        ("mu", "log_var"),
        lambda rng, size: {name: rng.normal(size=(size + 1, 2 * size)) for name in ("mu", "log_var")},
        divergence,
    ),
    Variational(),
]
