"""Attention in torch, with inputs at any size."""

import numpy as np

from autograder import Twin

PARAMS = ("in_proj_weight", "in_proj_bias", "out_proj_weight", "out_proj_bias")


def softmax_of_allowed(torch, scores, mask):
    return torch.softmax(scores.masked_fill(~mask, float("-inf")), dim=-1)


def random_mask(rng, *shape):
    """Some keys allowed, some not; every query may attend to the first."""
    mask = rng.random(shape) < 0.6
    mask[..., 0] = True
    return mask


class CausalMask(Twin):
    exercises = ("causal_mask",)
    sizes = (64, 512, 2048)

    def inputs(self, rng, size):
        return {"t": size}

    def torch(self, torch, t):
        return torch.ones(t, t, dtype=torch.bool).tril()

    def forward(self, student, t):
        return student.causal_mask(t), None


class PaddingMask(Twin):
    exercises = ("padding_mask",)
    sizes = (64, 512, 2048)

    def inputs(self, rng, size):
        return {"lengths": rng.integers(0, 2 * size + 1, size=size + 1), "t": 2 * size}

    def torch(self, torch, lengths, t):
        return torch.arange(t, device=lengths.device) < lengths[:, None]

    def forward(self, student, lengths, t):
        return student.padding_mask(lengths, t), None


class MaskedSoftmax(Twin):
    exercises = ("masked_softmax",)
    sizes = (64, 512, 2048)

    def inputs(self, rng, size):
        return {"scores": rng.normal(scale=3, size=(size + 1, 2 * size)), "mask": random_mask(rng, size + 1, 2 * size)}

    def torch(self, torch, scores, mask):
        return softmax_of_allowed(torch, scores, mask)

    def forward(self, student, scores, mask):
        return student.masked_softmax(scores, mask), None

    def reduction(self, size):
        return 2 * size


class AdditiveAttention(Twin):
    """torch has no such layer: its own linear, tanh and softmax."""

    exercises = ("additive_attention",)

    def inputs(self, rng, size):
        n, t, d_q, d_k, a = size + 1, 3 * size, size, 2 * size, size + 3
        inputs = {"query": rng.normal(size=(n, d_q)), "keys": rng.normal(size=(n, t, d_k))}
        inputs |= {"w_query": rng.normal(scale=d_q**-0.5, size=(a, d_q)), "v": rng.normal(size=a)}
        return inputs | {"w_key": rng.normal(scale=d_k**-0.5, size=(a, d_k)), "mask": random_mask(rng, n, t)}

    def torch(self, torch, query, keys, w_query, w_key, v, mask):
        linear = torch.nn.functional.linear
        hidden = torch.tanh(linear(query, w_query).unsqueeze(1) + linear(keys, w_key))
        weights = softmax_of_allowed(torch, linear(hidden, v[None]).squeeze(2), mask)
        return torch.bmm(weights.unsqueeze(1), keys).squeeze(1)

    def forward(self, student, **inputs):
        return student.additive_attention(**inputs)[0], None

    def reduction(self, size):
        return 3 * size


class Attention(Twin):
    exercises = ("scaled_dot_product_attention_forward", "scaled_dot_product_attention_backward")
    wrt = ("q", "k", "v")
    sizes = (16, 64, 96)
    axis, lengths = "T", (64, 128, 256, 512, 1024, 2048)

    def inputs(self, rng, size):
        n, t_q, t_k, d = size, size + 1, 3 * size, 2 * size
        shapes = {"q": (n, 3, t_q, d), "k": (n, 3, t_k, d), "v": (n, 3, t_k, size + 3)}
        return {name: rng.normal(size=shape) for name, shape in shapes.items()} | {"mask": random_mask(rng, t_q, t_k)}

    def along(self, rng, length):
        mask = random_mask(rng, length, length)
        return {name: rng.normal(size=(1, 2, length, 32)) for name in "qkv"} | {"mask": mask}

    def torch(self, torch, q, k, v, mask):
        return torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)

    def forward(self, student, **inputs):
        return student.scaled_dot_product_attention_forward(**inputs)

    def backward(self, student, dout, cache, **inputs):
        return student.scaled_dot_product_attention_backward(dout, cache)

    def reduction(self, size):
        return 3 * size


class AttentionWeights(Attention):
    """With the unit matrix for values, torch's output is the weights."""

    exercises = ("attention_weights",)
    wrt = ()

    def torch(self, torch, q, k, v, mask):
        values = torch.eye(k.shape[2], dtype=q.dtype, device=q.device).expand(*k.shape[:2], -1, -1)
        return torch.nn.functional.scaled_dot_product_attention(q, k, values, attn_mask=mask)

    def forward(self, student, q, k, v, mask):
        return student.attention_weights(q, k, mask), None


class MultiHead(Twin):
    exercises = ("multi_head_attention_forward", "multi_head_attention_backward")
    wrt = ("x_q", "x_kv", *PARAMS)
    sizes = (16, 64, 96)
    axis, lengths = "T", (64, 128, 256, 512, 1024, 2048)
    heads = 4

    def inputs(self, rng, size):
        n, t_q, t_k, d = size + 1, size + 2, 3 * size, 4 * size
        shapes = zip(PARAMS, ((3 * d, d), (3 * d,), (d, d), (d,)), strict=True)
        inputs = {"x_q": rng.normal(size=(n, t_q, d)), "x_kv": rng.normal(size=(n, t_k, d))}
        inputs |= {name: rng.normal(scale=d**-0.5, size=shape) for name, shape in shapes}
        return inputs | {"mask": random_mask(rng, n, self.heads, t_q, t_k)}

    def along(self, rng, length):
        inputs = {"x_q": rng.normal(size=(1, length, 64)), "x_kv": rng.normal(size=(1, length, 64))}
        mask = random_mask(rng, 1, self.heads, length, length)
        return self.inputs(rng, 16) | inputs | {"mask": mask}

    def torch(self, torch, x_q, x_kv, mask, **params):
        like = {"dtype": x_q.dtype, "device": x_q.device}
        layer = torch.nn.MultiheadAttention(x_q.shape[2], self.heads, batch_first=True, **like)
        own = {name.replace("out_proj_", "out_proj."): value for name, value in params.items()}
        forbidden = ~mask.flatten(0, 1)  # True means forbidden here
        return torch.func.functional_call(layer, own, (x_q, x_kv, x_kv), {"attn_mask": forbidden})[0]

    def forward(self, student, x_q, x_kv, mask, **params):
        return student.multi_head_attention_forward(x_q, x_kv, params, self.heads, mask)

    def backward(self, student, dout, cache, **inputs):
        dx_q, dx_kv, dparams = student.multi_head_attention_backward(dout, cache)
        return dx_q, dx_kv, *(dparams[name] for name in PARAMS)

    def reduction(self, size):
        return 3 * size * (size + 2)


class AttentivePooling(Twin):
    """torch has no such layer: sequence by sequence, without any mask."""

    exercises = ("attentive_pooling",)

    def inputs(self, rng, size):
        n, t, d, a = size + 1, 3 * size, 2 * size, size + 3
        inputs = {"x": rng.normal(size=(n, t, d)), "w": rng.normal(scale=d**-0.5, size=(a, d)), "v": rng.normal(size=a)}
        return inputs | {"lengths": rng.integers(1, t + 1, size=n)}

    def torch(self, torch, x, w, v, lengths):
        each = [steps[:length] for steps, length in zip(x, lengths, strict=True)]
        return torch.stack([torch.softmax(torch.tanh(steps @ w.T) @ v, dim=0) @ steps for steps in each])

    def forward(self, student, **inputs):
        return student.attentive_pooling(**inputs)[0], None

    def reduction(self, size):
        return 3 * size


class HierarchicalPooling(Twin):
    """Average pooling with stride 1, then max pooling over what is left, sequence by sequence."""

    exercises = ("hierarchical_pooling",)

    def inputs(self, rng, size):
        n, t = size + 1, 3 * size
        lengths = np.append(rng.integers(3, t + 1, size=n - 1), 2)  # the last is shorter than the window
        return {"x": rng.normal(size=(n, t, 2 * size)), "window": 3, "lengths": lengths}

    def torch(self, torch, x, window, lengths):
        pools = []
        for steps, length in zip(x, lengths.tolist(), strict=True):
            means = torch.nn.functional.avg_pool1d(steps[:length].T[None], min(window, length), stride=1)
            pools.append(torch.nn.functional.adaptive_max_pool1d(means, 1)[0, :, 0])
        return torch.stack(pools)

    def forward(self, student, **inputs):
        return student.hierarchical_pooling(**inputs), None

    def reduction(self, size):
        return 3


TWINS = [
    CausalMask(),
    PaddingMask(),
    MaskedSoftmax(),
    AdditiveAttention(),
    AttentionWeights(),
    Attention(),
    MultiHead(),
    AttentivePooling(),
    HierarchicalPooling(),
]
