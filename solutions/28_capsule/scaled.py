"""Capsules in torch, with inputs at any size."""

from autograder import Twin


def squashed(torch, s):
    squares = (s * s).sum(-1, keepdim=True)
    return squares / (1 + squares) * s / squares.sqrt()


class Squash(Twin):
    exercises = ("squash", "squash_backward")
    wrt = ("s",)
    sizes = (8, 64, 256)

    def inputs(self, rng, size):
        return {"s": rng.normal(size=(size, size, 8))}

    def torch(self, torch, s):
        return squashed(torch, s)

    def forward(self, student, s):
        return student.squash(s), None

    def backward(self, student, dout, cache, s):
        return student.squash_backward(dout, s)

    def reduction(self, size):
        return 8


class Votes(Twin):
    exercises = ("predictions", "predictions_backward")
    wrt = ("u", "w")
    sizes = (8, 32, 64)

    def inputs(self, rng, size):
        return {"u": rng.normal(size=(size, size, 4)), "w": rng.normal(size=(size, 10, 6, 4))}

    def torch(self, torch, u, w):
        return torch.einsum("ijod,nid->nijo", w, u)

    def forward(self, student, u, w):
        return student.predictions(u, w), None

    def backward(self, student, dout, cache, u, w):
        return student.predictions_backward(dout, u, w)

    def reduction(self, size):
        return 60 + size


class Routing(Twin):
    """Three rounds; the gradient takes the coefficients as constants, so torch detaches them."""

    exercises = ("routing", "routing_backward")
    wrt = ("u_hat",)
    sizes = (8, 32, 64)

    def inputs(self, rng, size):
        return {"u_hat": rng.normal(size=(size, size, 10, 6)) / size**0.5}

    def torch(self, torch, u_hat):
        b = torch.zeros_like(u_hat[..., 0])
        for _ in range(3):
            c = torch.softmax(b, dim=2).detach()
            v = squashed(torch, torch.einsum("nij,nijo->njo", c, u_hat))
            b = b + torch.einsum("nijo,njo->nij", u_hat, v).detach()
        return v

    def forward(self, student, u_hat):
        return student.routing(u_hat, 3)

    def backward(self, student, dout, cache, u_hat):
        return student.routing_backward(dout, u_hat, cache)

    def reduction(self, size):
        return 60 * size


class Margin(Twin):
    exercises = ("margin_loss",)
    wrt = ("v",)
    sizes = (8, 64, 256)

    def inputs(self, rng, size):
        return {"v": rng.uniform(-0.4, 0.4, size=(size, 10, 6)), "labels": rng.integers(10, size=size)}

    def torch(self, torch, v, labels):
        there = torch.nn.functional.one_hot(labels, v.shape[1]).to(v.dtype)
        lengths = torch.linalg.vector_norm(v, dim=-1)
        short, long = torch.relu(0.9 - lengths) ** 2, torch.relu(lengths - 0.1) ** 2
        return (there * short + 0.5 * (1 - there) * long).sum(1).mean()

    def forward(self, student, v, labels):
        loss, dv = student.margin_loss(v, labels)
        return loss, dv

    def backward(self, student, dout, cache, v, labels):
        return dout * cache

    def reduction(self, size):
        return 10 * size


class Lengths(Twin):
    exercises = ("capsule_scores",)
    sizes = (8, 64, 256)

    def inputs(self, rng, size):
        return {"v": rng.normal(size=(size, 10, 6))}

    def torch(self, torch, v):
        return torch.linalg.vector_norm(v, dim=-1)

    def forward(self, student, v):
        return student.capsule_scores(v), None

    def reduction(self, size):
        return 6


class Primary(Twin):
    exercises = ("primary_capsules",)
    sizes = (8, 32, 64)

    def inputs(self, rng, size):
        return {"features": rng.normal(size=(size, 12, size + 1, 5)), "count": 4}

    def torch(self, torch, features, count):
        types = features.unflatten(1, (-1, count))
        return squashed(torch, types.movedim(2, -1).flatten(1, 3))

    def forward(self, student, features, count):
        return student.primary_capsules(features, count), None

    def reduction(self, size):
        return 4


class Masked(Twin):
    exercises = ("mask_capsules",)
    sizes = (8, 64, 256)

    def inputs(self, rng, size):
        return {"v": rng.normal(size=(size, 10, 6)), "labels": rng.integers(10, size=size)}

    def torch(self, torch, v, labels):
        there = torch.nn.functional.one_hot(labels, v.shape[1]).to(v.dtype)
        return (v * there.unsqueeze(-1)).flatten(1)

    def forward(self, student, v, labels):
        return student.mask_capsules(v, labels), None


class Moved(Masked):
    exercises = ("perturb",)

    def inputs(self, rng, size):
        return super().inputs(rng, size) | {"dimension": 3, "amounts": rng.normal(size=7)}

    def torch(self, torch, v, labels, dimension, amounts):
        there = torch.nn.functional.one_hot(labels, v.shape[1]).to(v.dtype).unsqueeze(-1)
        way = torch.nn.functional.one_hot(torch.tensor(dimension, device=v.device), v.shape[2]).to(v.dtype)
        return ((v + amounts[:, None, None, None] * way) * there).flatten(2)

    def forward(self, student, v, labels, dimension, amounts):
        return student.perturb(v, labels, dimension, amounts), None


TWINS = [Squash(), Votes(), Routing(), Margin(), Lengths(), Primary(), Masked(), Moved()]
