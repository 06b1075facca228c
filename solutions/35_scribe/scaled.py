"""The model's parts in torch, with inputs at any size."""

from autograder import FunctionTwin, datasets

HEADS = 4


def of_a_block(rng, d):
    """The weights of a block."""
    shapes = {
        "ln_1.weight": (d,),
        "ln_1.bias": (d,),
        "attn.c_attn.weight": (d, 3 * d),
        "attn.c_attn.bias": (3 * d,),
        "attn.c_proj.weight": (d, d),
        "attn.c_proj.bias": (d,),
        "ln_2.weight": (d,),
        "ln_2.bias": (d,),
        "mlp.c_fc.weight": (d, 4 * d),
        "mlp.c_fc.bias": (4 * d,),
        "mlp.c_proj.weight": (4 * d, d),
        "mlp.c_proj.bias": (d,),
    }
    return {name: rng.normal(size=shape) / shape[0] ** 0.5 for name, shape in shapes.items()}


def norm(torch, x, weight, bias):
    return torch.nn.functional.layer_norm(x, x.shape[-1:], weight, bias, 1e-5)


def one_block(torch, x, p):
    functional, (t, d) = torch.nn.functional, x.shape
    mixed = norm(torch, x, p["ln_1.weight"], p["ln_1.bias"]) @ p["attn.c_attn.weight"] + p["attn.c_attn.bias"]
    q, k, v = (part.view(t, HEADS, d // HEADS).transpose(0, 1) for part in mixed.split(d, dim=1))
    answers = functional.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(0, 1).reshape(t, d)
    a = x + answers @ p["attn.c_proj.weight"] + p["attn.c_proj.bias"]
    inner = norm(torch, a, p["ln_2.weight"], p["ln_2.bias"]) @ p["mlp.c_fc.weight"] + p["mlp.c_fc.bias"]
    return a + functional.gelu(inner, approximate="tanh") @ p["mlp.c_proj.weight"] + p["mlp.c_proj.bias"]


def model(rng, size):
    """Two blocks of 4 `size` features, and as many tokens in as many places."""
    d = 4 * size
    weights = {f"h.{layer}.{name}": array for layer in range(2) for name, array in of_a_block(rng, d).items()}
    weights |= {"wte.weight": rng.normal(size=(2 * d + 1, d)), "wpe.weight": rng.normal(size=(d, d))}
    weights |= {"ln_f.weight": rng.normal(size=d), "ln_f.bias": rng.normal(size=d)}
    return {"ids": rng.integers(0, 2 * d + 1, size=d), "weights": weights}


def whole(torch, ids, weights):
    x = weights["wte.weight"][ids] + weights["wpe.weight"][: len(ids)]
    for layer in range(sum(name.endswith("ln_1.weight") for name in weights)):
        begin = f"h.{layer}."
        own = {name.removeprefix(begin): each for name, each in weights.items() if name.startswith(begin)}
        x = one_block(torch, x, own)
    return norm(torch, x, weights["ln_f.weight"], weights["ln_f.bias"]) @ weights["wte.weight"].T


class Block(FunctionTwin):
    """Without a cache."""

    def forward(self, student, x, weights):
        return student.block(x, weights, None, HEADS)[0], None


class Model(FunctionTwin):
    """So is the whole of it."""

    def forward(self, student, ids, weights):
        return student.next_logits(ids, weights, None, HEADS)[0], None


class Scribe(Model):
    """The course's own model, on `size` tokens at once, at most 128."""

    network = "the course's scribe"


TWINS = [
    FunctionTwin(
        "layer_norm",
        (10, 300, 3_000),
        lambda rng, size: {
            "x": rng.normal(size=(size, size + 1)),
            "weight": rng.normal(size=size + 1),
            "bias": rng.normal(size=size + 1),
        },
        norm,
        lambda size: size,
    ),
    Block(
        "block",
        (2, 16, 128),
        lambda rng, size: {"x": rng.normal(size=(4 * size + 3, 4 * size)), "weights": of_a_block(rng, 4 * size)},
        lambda torch, x, weights: one_block(torch, x, weights),
        lambda size: 16 * size,
    ),
    Model("next_logits", (2, 8, 32), model, whole, lambda size: 32 * size),
    Scribe(
        "next_logits",
        (8, 32, 128),
        lambda rng, size: {"ids": rng.integers(0, 512, size=size), "weights": datasets.load("scribe")},
        whole,
        lambda size: 512,
    ),
]
