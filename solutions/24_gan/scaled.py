"""The game's losses, distances and steps in torch, with inputs at any size."""

from itertools import pairwise

from autograder import Twin


class Loss(Twin):
    """A loss with its gradients: torch's, times the upstream gradient of the loss."""

    sizes = (8, 256, 4096)

    def __init__(self, name, wrt, torch_loss, **settings):
        self.exercises, self.wrt, self.torch_loss, self.settings = (name,), wrt, torch_loss, settings

    def inputs(self, rng, size):
        return {name: rng.normal(scale=2, size=(size + number, 3)) for number, name in enumerate(self.wrt)}

    def torch(self, torch, **inputs):
        return self.torch_loss(torch, **inputs)

    def forward(self, student, **inputs):
        loss, *grads = getattr(student, self.exercises[0])(**inputs, **self.settings)
        return loss, grads

    def backward(self, student, dout, cache, **inputs):
        return [each * dout for each in cache]

    def reduction(self, size):
        return 6 * size


def judged(torch, real_logits, fake_logits):
    bet = torch.nn.functional.binary_cross_entropy_with_logits
    return bet(real_logits, torch.ones_like(real_logits)) + bet(fake_logits, torch.zeros_like(fake_logits))


def called_real(torch, fake_logits):
    return torch.nn.functional.binary_cross_entropy_with_logits(fake_logits, torch.ones_like(fake_logits))


def called_fake(torch, fake_logits):
    return torch.nn.functional.logsigmoid(-fake_logits).mean()


class Distance(Twin):
    """A number that says how far two distributions are apart, or what the game between them is worth."""

    sizes = (8, 256, 4096)

    def __init__(self, name, torch_value):
        self.exercises, self.torch_value = (name,), torch_value

    def inputs(self, rng, size):
        first, second = rng.uniform(0.1, 1, size=(2, size))
        return {"p": first / first.sum(), "q": second / second.sum()}

    def torch(self, torch, p, q):
        return self.torch_value(torch, p, q)

    def forward(self, student, p, q):
        return getattr(student, self.exercises[0])(p, q), None

    def reduction(self, size):
        return 4 * size


def js(torch, p, q):
    middle = ((p + q) / 2).log()
    return sum(torch.nn.functional.kl_div(middle, each, reduction="sum") for each in (p, q)) / 2


def worth(torch, p, q):
    return torch.xlogy(p, p / (p + q)).sum() + torch.xlogy(q, q / (p + q)).sum()


class Best(Twin):
    exercises = ("optimal_discriminator",)
    sizes = (8, 256, 4096)

    def inputs(self, rng, size):
        return dict(zip(("p_data", "p_model"), rng.uniform(0.1, 3, size=(2, size, 3)), strict=True))

    def torch(self, torch, p_data, p_model):
        return 1 / (1 + p_model / p_data)

    def forward(self, student, p_data, p_model):
        return student.optimal_discriminator(p_data, p_model), None


class Transport(Twin):
    """Twice as many of b as of a: each of a is taken twice, and then sorting is enough."""

    exercises = ("wasserstein_1d",)
    sizes = (8, 256, 4096)

    def inputs(self, rng, size):
        return {"a": rng.normal(size=size), "b": rng.normal(loc=0.3, scale=2, size=2 * size)}

    def torch(self, torch, a, b):
        return (a.sort().values.repeat_interleave(2) - b.sort().values).abs().mean()

    def forward(self, student, a, b):
        return student.wasserstein_1d(a, b), None

    def reduction(self, size):
        return 6 * size


class Shares(Twin):
    exercises = ("mode_shares",)
    sizes = (8, 64, 512)

    def inputs(self, rng, size):
        return {"samples": rng.normal(size=(4 * size, 2)), "centres": rng.normal(size=(size, 2)), "radius": 0.3}

    def torch(self, torch, samples, centres, radius):
        near, which = torch.cdist(samples, centres).min(dim=1)
        counts = torch.bincount(which.where(near <= radius, len(centres)), minlength=len(centres) + 1)
        return counts.to(samples.dtype) / len(samples)

    def forward(self, student, samples, centres, radius):
        return student.mode_shares(samples, centres, radius), None


class Bilinear(Twin):
    exercises = ("bilinear_path",)
    sizes = (8, 64, 512)

    def __init__(self, alternating):
        self.alternating = alternating

    def inputs(self, rng, size):
        return {"start": rng.normal(size=2), "steps": size}

    def torch(self, torch, start, steps):
        # Both moves are matrices: the path is their powers.
        lr = 1 / 16
        corner = 1 - lr * lr if self.alternating else 1
        move = torch.tensor([[1, -lr], [lr, corner]], dtype=start.dtype)
        return torch.stack([torch.linalg.matrix_power(move, count) @ start for count in range(steps + 1)])

    def forward(self, student, start, steps):
        x, y = start.tolist()
        return student.bilinear_path(x, y, 1 / 16, steps, self.alternating), None

    def reduction(self, size):
        return 8 * size


NAMES = [f"{which}_{letter}{k}" for which in ("generator", "discriminator") for k in range(2) for letter in "wb"]


def pairs(params, which):
    """[(w, b), ...] of one of the two networks, out of what a twin holds by name."""
    values = [params[name] for name in NAMES if name.startswith(which)]
    return list(zip(values[::2], values[1::2], strict=True))


def run(torch, x, layers):
    for k, (w, b) in enumerate(layers):
        x = torch.nn.functional.linear(x if k == 0 else torch.nn.functional.leaky_relu(x, 0.2), w, b)
    return x


class Step(Twin):
    """A step's loss and gradients: the other network is there, but gets none."""

    sizes = (8, 64, 256)

    def __init__(self, which, kind=None):
        self.exercises, self.which, self.kind = (f"{which}_step",), which, kind
        self.wrt = tuple(name for name in NAMES if name.startswith(which))

    def inputs(self, rng, size):
        found = {"noise": rng.normal(size=(2 * size, size))}
        if self.kind is None:
            found["real"] = rng.normal(loc=1, size=(2 * size + 1, size + 1))
        widths = {"generator": (size, 2 * size, size + 1), "discriminator": (size + 1, size + 2, 1)}
        for name, sizes in widths.items():
            for k, (inputs, units) in enumerate(pairwise(sizes)):
                found[f"{name}_w{k}"] = rng.normal(scale=inputs**-0.5, size=(units, inputs))
                found[f"{name}_b{k}"] = rng.normal(scale=0.5, size=units)
        return found

    def torch(self, torch, noise, real=None, **params):
        fake = run(torch, noise, pairs(params, "generator"))
        examiner = pairs(params, "discriminator")
        if self.kind is None:
            return judged(torch, run(torch, real, examiner), run(torch, fake.detach(), examiner))
        loss = called_fake if self.kind == "minimax" else called_real
        return loss(torch, run(torch, fake, examiner))

    def forward(self, student, noise, real=None, **params):
        networks = pairs(params, "generator"), pairs(params, "discriminator")
        if self.kind is None:
            return student.discriminator_step(real, noise, *networks)
        return student.generator_step(noise, *networks, self.kind)

    def backward(self, student, dout, cache, **inputs):
        return [each * dout for pair in cache for each in pair]

    def reduction(self, size):
        return 12 * size * size


TWINS = [
    Loss("discriminator_loss", ("real_logits", "fake_logits"), judged),
    Loss("generator_loss", ("fake_logits",), called_real, kind="non_saturating"),
    Loss("generator_loss", ("fake_logits",), called_fake, kind="minimax"),
    Best(),
    Distance("js_divergence", js),
    Distance("value_at_optimum", worth),
    Transport(),
    Shares(),
    Bilinear(alternating=False),
    Bilinear(alternating=True),
    Step("discriminator"),
    Step("generator", "non_saturating"),
    Step("generator", "minimax"),
]
