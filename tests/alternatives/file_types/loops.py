"""Plain loops over bytes, places and patterns; tanh by exponentials; sorted with a key; one masked file after the other."""

import numpy as np


def byte_features(data, begin=1024, end=1024, padding=NOTHING):
    first = list(data[:LOOKED_AT])
    while first and first[0] in b" \t\n\r\x0b\x0c":
        first.pop(0)
    last = list(data[-LOOKED_AT:])
    while last and last[-1] in b" \t\n\r\x0b\x0c":
        last.pop()
    left = [first[k] if k < len(first) else padding for k in range(begin)]
    right = [last[k] if k >= 0 else padding for k in range(len(last) - end, len(last))]
    return np.array(left + right, dtype=np.int64)


def gelu(x):
    inner = np.clip(2 * np.sqrt(2 / np.pi).item() * (x + 0.044715 * x * x * x), -80, 80)
    return (x / (1 + np.exp(-inner))).astype(x.dtype)


def embed_bytes(ids, w, b):
    x = np.empty((*ids.shape, len(b)), w.dtype)
    for n, row in enumerate(ids):
        for t, number in enumerate(row):
            x[n, t] = w[:, number] + b
    return x


def norm_over_places(x, gamma, beta, eps=1e-6):
    out = np.empty_like(x)
    for n in range(x.shape[0]):
        for c in range(x.shape[2]):
            column = x[n, :, c]
            out[n, :, c] = (column - np.mean(column)) * (np.var(column) + eps) ** -0.5 * gamma + beta
    return out


def strongest_match(x, w, b):
    places = x.shape[1] - w.shape[2] + 1
    windows = np.stack([x[:, t : t + w.shape[2]] for t in range(places)], axis=1)
    return gelu(np.einsum("ntkc,fck->ntf", windows, w) + b).max(axis=1)


def file_type_logits(ids, params):
    rows = []
    for row in ids:
        x = gelu(embed_bytes(row[None], params["embed.weight"], params["embed.bias"]))
        c = params["conv.weight"].shape[1]
        x = norm_over_places(x.reshape(1, x.size // c, c), params["norm0.weight"], params["norm0.bias"])
        x = strongest_match(x, params["conv.weight"], params["conv.bias"])[0]
        x = (x - x.mean()) / (x.var() + 1e-6) ** 0.5 * params["norm1.weight"] + params["norm1.bias"]
        rows.append(params["out.weight"] @ x + params["out.bias"])
    return np.array(rows)


def name_file(data, params, names, best=3):
    if len(names) != len(params["out.bias"]):
        raise ValueError("names do not fit")
    logits = file_type_logits(byte_features(data)[None], params)[0]
    powers = np.exp(logits - logits.max())
    pairs = zip(names, (powers / powers.sum()).tolist(), strict=True)
    return sorted(pairs, key=lambda pair: -pair[1])[:best]


def deciding_bytes(data, params, block=64):
    if block < 1 or 2048 % block:
        raise ValueError("block does not divide")

    def shares(ids):
        return softmax(file_type_logits(ids[None], params)[0])

    ids = byte_features(data)
    whole = shares(ids)
    falls = []
    for start in range(0, 2048, block):
        without = ids.copy()
        without[start : start + block] = NOTHING
        falls.append(whole.max() - shares(without)[whole.argmax()])
    return np.array(falls)
