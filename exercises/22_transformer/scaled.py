"""The parts of a transformer in torch, with inputs at any size."""

import numpy as np

from autograder import Twin

SHAPES = {"query": "dd", "key": "dd", "value": "dd", "out": "dd", "w1": "fd", "b1": "f", "w2": "df", "b2": "d"}
SHAPES |= {name + k: "d" for k in "12" for name in ("gamma", "beta")}
CROSS = {"cross_" + key: "dd" for key in ("query", "key", "value", "out")} | {"gamma3": "d", "beta3": "d"}
HEADS = 2


def draw(rng, shapes, d, f):
    """Random params: matrices so that sums stay near 1, gammas near 1, and all the rest small."""
    found = {}
    for name, letters in shapes.items():
        shape = tuple({"d": d, "f": f}[letter] for letter in letters)
        found[name] = rng.normal(scale=shape[-1] ** -0.5, size=shape)
        if name.startswith("gamma"):
            found[name] += 1
    return found


def some(rng, *shape):
    """A random mask in which every row allows something: torch gives NaN where nothing is."""
    mask = rng.random(shape) < 0.6
    mask[..., 0] = True
    return mask


def theirs(torch, params, prefix="", name="self_attn"):
    """Our names for the weights of an attention, as torch calls them. Ours have no biases: zeros."""
    query, key, value, out = (params[prefix + each] for each in ("query", "key", "value", "out"))
    found = {f"{name}.in_proj_weight": torch.cat([query, key, value]), f"{name}.out_proj.weight": out}
    return found | {
        f"{name}.in_proj_bias": query.new_zeros(3 * len(query)),
        f"{name}.out_proj.bias": out.new_zeros(len(out)),
    }


def rest(params, norms):
    """The feed-forward part and the norms, as torch calls them."""
    found = {
        f"linear{k}.{ending}": params[letter + k] for k in "12" for letter, ending in (("w", "weight"), ("b", "bias"))
    }
    for k in map(str, range(1, norms + 1)):
        found |= {f"norm{k}.weight": params["gamma" + k], f"norm{k}.bias": params["beta" + k]}
    return found


def layer_of(torch, kind, x, params, **settings):
    d, f = x.shape[2], len(params["b1"])
    return getattr(torch.nn, kind)(d, HEADS, f, dropout=0.0, batch_first=True, **settings).to(x.device, x.dtype)


class Positions(Twin):
    """torch has no such layer: the angles, written out."""

    exercises = ("positional_encoding",)

    def inputs(self, rng, size):
        return {"steps": 3 * size + 1, "d": 2 * size}

    def torch(self, torch, steps, d):
        speeds = torch.exp(-torch.arange(0, d, 2, dtype=torch.float64) / d * np.log(1e4))
        angles = torch.outer(torch.arange(steps, dtype=torch.float64), speeds)
        return torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1)

    def forward(self, student, steps, d):
        return student.positional_encoding(steps, d), None


class FeedForward(Twin):
    exercises = ("feed_forward_forward", "feed_forward_backward")
    wrt = ("x", "w1", "b1", "w2", "b2")

    def inputs(self, rng, size):
        params = draw(rng, {name: SHAPES[name] for name in self.wrt[1:]}, size, 2 * size + 1)
        return {"x": rng.normal(size=(5, size + 1, size))} | params

    def torch(self, torch, x, w1, b1, w2, b2):
        linear = torch.nn.functional.linear
        return linear(torch.relu(linear(x, w1, b1)), w2, b2)

    def forward(self, student, **inputs):
        return student.feed_forward_forward(**inputs)

    def backward(self, student, dout, cache, **inputs):
        return student.feed_forward_backward(dout, cache)

    def reduction(self, size):
        return 5 * (size + 1)


class Encoder(Twin):
    exercises = ("encoder_block_forward", "encoder_block_backward")
    wrt = ("x", *SHAPES)
    sizes = (8, 32, 64)
    axis, lengths = "T", (64, 128, 256, 512, 1024, 2048)

    def __init__(self, norm_first):
        self.norm_first = norm_first

    def inputs(self, rng, size):
        x = rng.normal(size=(3, size + 1, 2 * size))
        return {"x": x, "mask": some(rng, size + 1, size + 1)} | draw(rng, SHAPES, 2 * size, 3 * size)

    def along(self, rng, length):
        x = rng.normal(size=(1, length, 32))
        return {"x": x, "mask": some(rng, length, length)} | draw(rng, SHAPES, 32, 64)

    def torch(self, torch, x, mask, **params):
        layer = layer_of(torch, "TransformerEncoderLayer", x, params, norm_first=self.norm_first)
        return torch.func.functional_call(layer, theirs(torch, params) | rest(params, 2), (x, ~mask))

    def forward(self, student, x, mask, **params):
        return student.encoder_block_forward(x, params, HEADS, mask, self.norm_first)

    def backward(self, student, dout, cache, **inputs):
        dx, dparams = student.encoder_block_backward(dout, cache)
        return dx, *(dparams[name] for name in SHAPES)

    def reduction(self, size):
        return 3 * (size + 1) * 3 * size


class Decoder(Twin):
    exercises = ("decoder_block_forward",)
    sizes = (8, 32, 64)

    def inputs(self, rng, size):
        t, t_m, d = size + 1, 2 * size + 3, 2 * size
        inputs = {"x": rng.normal(size=(3, t, d)), "memory": rng.normal(size=(3, t_m, d))}
        inputs |= {"mask": some(rng, t, t), "memory_mask": some(rng, t, t_m)}
        return inputs | draw(rng, SHAPES | CROSS, d, 3 * size)

    def torch(self, torch, x, memory, mask, memory_mask, **params):
        layer = layer_of(torch, "TransformerDecoderLayer", x, params)
        own = theirs(torch, params) | theirs(torch, params, "cross_", "multihead_attn") | rest(params, 3)
        return torch.func.functional_call(layer, own, (x, memory, ~mask, ~memory_mask))

    def forward(self, student, x, memory, mask, memory_mask, **params):
        return student.decoder_block_forward(x, memory, params, HEADS, mask, memory_mask), None

    def reduction(self, size):
        return 3 * (size + 1) * 3 * size


class Smoothed(Twin):
    """The loss; its gradient is torch's, times the upstream gradient of the loss. Some steps are ignored."""

    exercises = ("smoothed_cross_entropy",)
    wrt = ("logits",)

    def inputs(self, rng, size):
        n, t, v = size, size + 1, 3 * size
        inputs = {"logits": 3 * rng.normal(size=(n, t, v)), "labels": rng.integers(v, size=(n, t)), "smoothing": 0.1}
        return inputs | {"weights": rng.integers(0, 2, size=(n, t)).astype(float) + np.eye(n, t)}

    def torch(self, torch, logits, labels, smoothing, weights):
        each = torch.nn.functional.cross_entropy(logits.mT, labels, reduction="none", label_smoothing=smoothing)
        return (each * weights).sum() / weights.sum()

    def forward(self, student, **inputs):
        return student.smoothed_cross_entropy(**inputs)

    def backward(self, student, dout, cache, **inputs):
        return [cache * dout]

    def reduction(self, size):
        return 3 * size * size * (size + 1)


class Pool(Twin):
    """torch's conv1d, sequence by sequence: a head with kernels of 1, 3 and 5 steps, and one with a kernel of 3."""

    exercises = ("multi_head_resolution_pool",)
    sizes = (8, 32, 64)

    def inputs(self, rng, size):
        n, t = size + 1, 3 * size
        inputs = {"x": rng.normal(size=(n, t, 2 * size)), "lengths": rng.integers(1, t + 1, size=n)}
        return inputs | {
            f"kernel{number}": rng.normal(size=(size + number, size, k)) for number, k in enumerate((1, 3, 5, 3))
        }

    def torch(self, torch, x, lengths, kernel3, **kernels):
        conv1d, rows = torch.nn.functional.conv1d, []
        for steps, length in zip(x, lengths.tolist(), strict=True):
            first, second = torch.chunk(steps[:length].T, 2)
            maps = [conv1d(first, w, padding="same") for w in kernels.values()] + [
                conv1d(second, kernel3, padding="same")
            ]
            rows.append(torch.relu(torch.cat([each.amax(dim=1) for each in maps])))
        return torch.stack(rows)

    def forward(self, student, x, lengths, kernel3, **kernels):
        return student.multi_head_resolution_pool(x, [list(kernels.values()), [kernel3]], lengths), None

    def reduction(self, size):
        return 5 * size


TWINS = [Positions(), FeedForward(), Encoder(norm_first=False), Encoder(norm_first=True), Decoder(), Smoothed(), Pool()]
