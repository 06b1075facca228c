"""The losses in torch, with inputs at any size."""

from autograder import Twin


class Loss(Twin):
    """A loss beside torch's; its gradient, times the upstream number, beside autograd's."""

    sizes = (64, 512, 2048)

    def __init__(self, name, wrt, arguments, torch_loss):
        self.exercises = (name,)
        self.wrt = wrt
        self.arguments = arguments
        self.torch_loss = torch_loss

    def inputs(self, rng, size):
        return self.arguments(rng, size)

    def torch(self, torch, **inputs):
        return self.torch_loss(torch, **inputs)

    def forward(self, student, **inputs):
        return getattr(student, self.exercises[0])(**inputs)

    def backward(self, student, dout, cache, **inputs):
        if len(self.wrt) == 1:
            return dout * cache
        return tuple(dout * each for each in cache)

    def reduction(self, size):
        return 2 * size * size


def regression(rng, size):
    return {"predictions": rng.normal(size=(size, size + 3)), "targets": rng.normal(size=(size, size + 3))}


def yes_or_no(rng, size):
    return {"logits": rng.normal(scale=4.0, size=(size, size + 3)), "targets": rng.random(size=(size, size + 3))}


def classes(scores):
    """Arguments of a loss whose first argument has that name; its log-probabilities need not add up to 1."""
    return lambda rng, size: {
        scores: -rng.gamma(2.0, size=(size, size + 3)),
        "labels": rng.integers(size + 3, size=size),
    }


def pairs(rng, size):
    return {"distances": rng.uniform(0, 3, size=2 * size), "same": rng.random(size=2 * size) < 0.5, "margin": 1.7}


def triplets(rng, size):
    anchor, positive, negative = rng.normal(size=(3, size, 2 * size + 1))
    return {"anchor": anchor, "positive": positive, "negative": negative, "margin": 0.6}


def torch_hinge(torch, scores, labels, margin=1.0):
    return torch.nn.functional.multi_margin_loss(scores, labels, margin=margin) * scores.shape[1]


def torch_contrastive(torch, distances, same, margin):
    push = torch.clamp(margin - distances, min=0)
    return torch.where(same, distances.square(), push.square()).mean() / 2


def torch_triplet(torch, anchor, positive, negative, margin):
    return torch.nn.functional.triplet_margin_loss(anchor, positive, negative, margin=margin)


def functional(name):
    """The loss of that name in torch.nn.functional, which takes its two arguments in our order."""
    return lambda torch, **inputs: getattr(torch.nn.functional, name)(*inputs.values())


TWINS = [
    Loss("mse", ("predictions",), regression, functional("mse_loss")),
    Loss("rmse", ("predictions",), regression, lambda torch, **inputs: functional("mse_loss")(torch, **inputs).sqrt()),
    Loss("nll", ("log_probs",), classes("log_probs"), functional("nll_loss")),
    Loss("binary_cross_entropy", ("logits",), yes_or_no, functional("binary_cross_entropy_with_logits")),
    Loss("cross_entropy", ("logits",), classes("logits"), functional("cross_entropy")),
    Loss("hinge", ("scores",), classes("scores"), torch_hinge),
    Loss("contrastive", ("distances",), pairs, torch_contrastive),
    Loss("triplet", ("anchor", "positive", "negative"), triplets, torch_triplet),
]
