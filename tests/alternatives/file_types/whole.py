"""Everything at once: one-hot products, a convolution written as shifted products, log-softmax, padding by np.pad."""

import numpy as np


def byte_features(data, begin=1024, end=1024, padding=NOTHING):
    first = np.frombuffer(data[:LOOKED_AT].lstrip()[:begin], np.uint8).astype(np.int64)
    last = np.frombuffer(data[-LOOKED_AT:].rstrip()[-end:], np.uint8).astype(np.int64)
    left = np.pad(first, (0, begin - len(first)), constant_values=padding)
    return np.concatenate([left, np.pad(last, (end - len(last), 0), constant_values=padding)])


def gelu(x):
    return x * (0.5 + 0.5 * np.tanh(x * (0.7978845608028654 + 0.035677408136300125 * np.square(x))))


def embed_bytes(ids, w, b):
    return np.eye(257, dtype=w.dtype)[ids] @ w.swapaxes(0, 1) + b


def norm_over_places(x, gamma, beta, eps=1e-6):
    turned = np.swapaxes(x, 1, 2)
    out = (turned - turned.mean(-1)[..., None]) / np.sqrt(turned.var(-1) + eps)[..., None] * gamma + beta
    return np.swapaxes(out, 1, 2)


def strongest_match(x, w, b):
    places = x.shape[1] - w.shape[2] + 1
    z = sum(x[:, k : k + places] @ w[:, :, k].T for k in range(w.shape[2]))
    return np.amax(gelu(z + b), axis=1)


def file_type_logits(ids, params):
    p = {name.replace(".", "_"): value for name, value in params.items()}
    x = gelu(embed_bytes(ids, p["embed_weight"], p["embed_bias"]))
    width = p["conv_weight"].shape[1]
    x = norm_over_places(x.reshape(x.shape[0], -1, width), p["norm0_weight"], p["norm0_bias"])
    x = strongest_match(x, p["conv_weight"], p["conv_bias"])
    x = (x - x.mean(1)[:, None]) / np.sqrt(x.var(1)[:, None] + 1e-6)
    return (x * p["norm1_weight"] + p["norm1_bias"]) @ p["out_weight"].T + p["out_bias"]


def name_file(data, params, names, best=3):
    require(len(names) == len(params["out.bias"]), "names must fit")
    probabilities = softmax(file_type_logits(byte_features(data)[None], params), axis=1).ravel()
    order = np.lexsort((np.arange(len(names)), -probabilities))
    return [(names[k], probabilities[k].item()) for k in order[:best]]


def deciding_bytes(data, params, block=64):
    require(block > 0 and 2048 % block == 0, "block must divide 2048")
    ids = byte_features(data)
    masked = np.where(np.kron(np.eye(2048 // block), np.ones(block)) > 0, NOTHING, ids)
    shares = softmax(file_type_logits(np.vstack([ids, masked]), params))
    return shares[0].max() - shares[1:, np.argmax(shares[0])]
