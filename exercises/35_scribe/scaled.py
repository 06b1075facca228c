"""The model's parts in torch, with inputs at any size."""

from autograder import FunctionTwin

HEADS = 4


def of_a_block(rng, d):
    """The weights of a block, with "_" for "."."""
    shapes = {
        "ln_1_weight": (d,),
        "ln_1_bias": (d,),
        "attn_c_attn_weight": (d, 3 * d),
        "attn_c_attn_bias": (3 * d,),
        "attn_c_proj_weight": (d, d),
        "attn_c_proj_bias": (d,),
        "ln_2_weight": (d,),
        "ln_2_bias": (d,),
        "mlp_c_fc_weight": (d, 4 * d),
        "mlp_c_fc_bias": (4 * d,),
        "mlp_c_proj_weight": (4 * d, d),
        "mlp_c_proj_bias": (d,),
    }
    return {name: rng.normal(size=shape) / shape[0] ** 0.5 for name, shape in shapes.items()}


def norm(torch, x, weight, bias):
    return torch.nn.functional.layer_norm(x, x.shape[-1:], weight, bias, 1e-5)


def one_block(torch, x, p):
    functional, (t, d) = torch.nn.functional, x.shape
    mixed = norm(torch, x, p["ln_1_weight"], p["ln_1_bias"]) @ p["attn_c_attn_weight"] + p["attn_c_attn_bias"]
    q, k, v = (part.view(t, HEADS, d // HEADS).transpose(0, 1) for part in mixed.split(d, dim=1))
    answers = functional.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(0, 1).reshape(t, d)
    a = x + answers @ p["attn_c_proj_weight"] + p["attn_c_proj_bias"]
    inner = norm(torch, a, p["ln_2_weight"], p["ln_2_bias"]) @ p["mlp_c_fc_weight"] + p["mlp_c_fc_bias"]
    return a + functional.gelu(inner, approximate="tanh") @ p["mlp_c_proj_weight"] + p["mlp_c_proj_bias"]


def model(rng, size):
    """Two blocks of 4 `size` features, and as many tokens in as many places."""
    d = 4 * size
    weights = {f"h_{layer}_{name}": array for layer in range(2) for name, array in of_a_block(rng, d).items()}
    weights |= {"wte_weight": rng.normal(size=(2 * d + 1, d)), "wpe_weight": rng.normal(size=(d, d))}
    weights |= {"ln_f_weight": rng.normal(size=d), "ln_f_bias": rng.normal(size=d)}
    return {"ids": rng.integers(0, 2 * d + 1, size=d), **weights}


def whole(torch, ids, **p):
    x = p["wte_weight"][ids] + p["wpe_weight"]
    for layer in range(2):
        x = one_block(torch, x, {name[4:]: each for name, each in p.items() if name.startswith(f"h_{layer}_")})
    return norm(torch, x, p["ln_f_weight"], p["ln_f_bias"]) @ p["wte_weight"].T


def dotted(name):
    """The checkpoint's name: "h_0_attn_c_attn_weight" is "h.0.attn.c_attn.weight"."""
    for old, new in {"_weight": ".weight", "_bias": ".bias", "attn_c_": "attn.c_", "mlp_c_": "mlp.c_"}.items():
        name = name.replace(old, new)
    return f"h.{name[2]}.{name[4:]}" if name.startswith("h_") else name


class Block(FunctionTwin):
    """Its weights travel by themselves and are put into one dict."""

    def forward(self, student, x, **weights):
        return student.block(x, {dotted(name): each for name, each in weights.items()}, None, HEADS)[0], None


class Model(FunctionTwin):
    """So do those of the whole."""

    def forward(self, student, ids, **weights):
        return student.next_logits(ids, {dotted(name): each for name, each in weights.items()}, None, HEADS)[0], None


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
        lambda rng, size: {"x": rng.normal(size=(4 * size + 3, 4 * size)), **of_a_block(rng, 4 * size)},
        lambda torch, x, **p: one_block(torch, x, p),
        lambda size: 16 * size,
    ),
    Model("next_logits", (2, 8, 32), model, whole, lambda size: 32 * size),
]
