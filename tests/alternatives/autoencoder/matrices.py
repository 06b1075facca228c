"""Homogeneous coordinates for biases, einsum for products, own slopes, everything whole at once; lists for tuples."""

import numpy as np


def pca(x, k):
    require(1 <= k <= min(x.shape), f"k must be from 1 to {min(x.shape)}, not {k}")
    centre = np.einsum("nd->d", x) / x.dtype.type(len(x))
    u, s, _ = np.linalg.svd((x - centre).T, full_matrices=False)
    return [centre, u.T[:k].copy(), np.square(s[:k]) / x.dtype.type(len(x))]


def reconstruct(x, mean, components):
    projector = np.einsum("ki,kj->ij", components, components)
    return x @ projector + (mean - mean @ projector)


def largest_angle(a, b):
    require(a.shape == b.shape, "b has another shape than a")
    bases = [np.linalg.svd(each, full_matrices=False)[2] for each in (a, b)]
    cosine = np.linalg.svd(bases[0] @ bases[1].T)[1][-1]
    return np.arccos(min(cosine, 1.0))


def _bent(x, activation):
    if activation == "relu":
        return x * (x > 0)
    return np.tanh(x) if activation == "tanh" else 1 / (1 + np.exp(-x))


def _slope(out, activation):
    """The derivative, by what came out."""
    return {"relu": np.sign(out), "tanh": 1 - out**2, "sigmoid": out * (1 - out)}[activation]


def _with_ones(x):
    return np.hstack([x, np.ones((len(x), 1), x.dtype)])


def _outs(x, layers, activation, straight):
    """What each layer gives, x first."""
    outs = [x]
    for k, (w, b) in enumerate(layers):
        out = _with_ones(outs[-1]) @ np.hstack([w, b[:, None]]).T
        outs.append(out if k in straight else _bent(out, activation))
    return outs


def encode(x, params, activation):
    if not params or len(params) % 2:
        raise ValueError("params: an odd number")
    half = params[: len(params) // 2]
    return _outs(x, half, activation, {len(half) - 1})[-1]


def decode(code, params, activation):
    if not params or len(params) % 2:
        raise ValueError("params: an odd number")
    half = params[len(params) // 2 :]
    return _outs(code, half, activation, {len(half) - 1})[-1]


def autoencoder_loss_and_grads(x, target, params, activation):
    require_halves(params)
    straight = {len(params) // 2 - 1, len(params) - 1}
    require(target.shape == (len(x), len(params[-1][1])), "target: another shape")
    outs = _outs(x, params, activation, straight)
    off = outs[-1] - target
    loss, dout, grads = np.square(off).sum() / off.size, off / (off.size / 2), []
    for k in reversed(range(len(params))):
        if k not in straight:
            dout = dout * _slope(outs[k + 1], activation)
        both = np.einsum("nu,nd->ud", dout, _with_ones(outs[k]))
        grads.insert(0, [both[:, :-1], both[:, -1]])
        dout = dout @ params[k][0]
    return [loss, grads]


def mask_noise(x, share, rng):
    require_share(share)
    return x * rng.binomial(1, 1 - share, size=x.shape).astype(x.dtype)


def gaussian_noise(x, std, rng):
    require(std >= 0, "std: negative")
    return rng.normal(x, std).astype(x.dtype)


def salt_pepper(x, share, rng):
    require_share(share)
    which = rng.choice(3, size=x.shape, p=[share / 2, share / 2, 1 - share])
    return np.choose(which, [np.zeros_like(x), np.ones_like(x), x])


def linear_autoencoder(x, k, steps, lr, rng):
    require(k >= 1, "k: too small")
    require(steps >= 0, "steps: too few")
    params = {"encoder": rng.normal(0, 0.1, (k, x.shape[1])), "decoder": rng.normal(0, 0.1, (x.shape[1], k))}
    # The loss depends on the rows by their covariance only.
    covariance, state = np.cov(x.T, bias=True).reshape(x.shape[1], x.shape[1]), {}
    for left in range(steps, 0, -1):
        e, w = params["encoder"], params["decoder"]
        off = w @ e - np.eye(len(w))
        grads = {"encoder": w.T @ off @ covariance, "decoder": off @ covariance @ e.T}
        adam_step(params, grads, state, lr * left / steps)
    return list(params.values())


def sparsity_penalty(h, target, strength):
    require(0 < target < 1, "target: not between 0 and 1")
    require(strength >= 0, "strength: negative")
    ones = np.full((1, len(h)), 1 / len(h), h.dtype)
    rho = ones @ h
    goal = np.array([[target], [1 - target]], h.dtype)
    seen = np.vstack([rho, 1 - rho])
    ratio = goal / seen
    return strength * (goal * np.log(ratio)).sum(), strength * ones.T @ (ratio[1:] - ratio[:1])


def contractive_penalty(h, w, strength):
    require(strength >= 0, "strength: negative")
    share = h.dtype.type(strength / len(h))
    slopes = np.einsum("nk,kd->nkd", h * (1 - h), w)
    dslopes = 2 * share * slopes
    dh = np.einsum("nkd,kd->nk", dslopes, w) * (1 - 2 * h)
    return share * (slopes**2).sum(), dh, np.einsum("nkd,nk->kd", dslopes, h * (1 - h))


def reparameterize(mu, log_var, noise):
    require(noise.shape == mu.shape, "noise: another shape")
    return np.sqrt(np.exp(log_var)) * noise + mu


def gaussian_kl(mu, log_var):
    require(log_var.shape == mu.shape, "log_var: another shape")
    excess, n = np.expm1(log_var), len(mu)
    return ((excess - log_var + mu * mu) / 2).sum() / n, mu / n, excess / (2 * n)


def vae_loss_and_grads(x, params, noise):
    require(noise.shape == (len(x), len(params["b_mu"])), "noise: another shape")
    n, k = noise.shape
    p = {name: np.hstack([params[f"w_{name}"], params[f"b_{name}"][:, None]]) for name in ("enc", "dec", "out")}
    heads = np.vstack([np.hstack([params[f"w_{name}"], params[f"b_{name}"][:, None]]) for name in ("mu", "var")])
    h = np.tanh(_with_ones(x) @ p["enc"].T)
    mu, log_var = np.split(_with_ones(h) @ heads.T, [k], axis=1)
    z = reparameterize(mu, log_var, noise)
    d = np.tanh(_with_ones(z) @ p["dec"].T)
    logits = _with_ones(d) @ p["out"].T
    chance = 1 / (1 + np.exp(-logits))
    pixels = -(x * np.log(chance) + (1 - x) * np.log1p(-chance)).sum() / n
    dlogits = (chance - x) / n
    dd = dlogits @ params["w_out"] * (1 - d * d)
    dz = dd @ params["w_dec"]
    loss, dmu, dlog_var = gaussian_kl(mu, log_var)
    dheads = np.hstack([dmu + dz, dlog_var + dz * (z - mu) / 2])
    dh = dheads @ heads[:, :-1] * (1 - h * h)
    both = {"enc": dh.T @ _with_ones(x), "dec": dd.T @ _with_ones(z), "out": dlogits.T @ _with_ones(d)}
    both["mu"], both["var"] = np.split(dheads.T @ _with_ones(h), 2)
    grads = {f"w_{name}": each[:, :-1] for name, each in both.items()}
    return pixels + loss, grads | {f"b_{name}": each[:, -1] for name, each in both.items()}
