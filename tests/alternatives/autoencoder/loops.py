"""Loops over rows, units and layers; covariance and eigh for the SVD; recursion for the layers; tuples for lists."""

import math

import numpy as np


def pca(x, k):
    require(1 <= k <= min(x.shape), f"k must be from 1 to {min(x.shape)}, not {k}")
    n, d = x.shape
    mean = np.zeros(d, x.dtype)
    for row in x:
        mean += row / x.dtype.type(n)
    covariance = np.zeros((d, d), x.dtype)
    for row in x:
        covariance += np.outer(row - mean, row - mean) / x.dtype.type(n)
    values, vectors = np.linalg.eigh(covariance)
    order = np.argsort(values, kind="stable")[::-1][:k]
    return mean, vectors[:, order].T, np.maximum(values[order], 0)


def reconstruct(x, mean, components):
    out = np.empty_like(x)
    for n in range(len(x)):
        out[n] = mean
        for component in components:
            out[n] += np.vdot(component, x[n] - mean) * component
    return out


def _orthonormal(rows):
    """Gram and Schmidt, twice."""
    basis = []
    for row in rows:
        left = row.astype(float)
        for _ in range(2):
            for each in basis:
                left = left - np.vdot(each, left) * each
        basis.append(left / math.sqrt(np.vdot(left, left)))
    return np.array(basis)


def largest_angle(a, b):
    if a.shape != b.shape:
        raise ValueError(f"b does not have the shape {a.shape}")
    first, second = _orthonormal(a), _orthonormal(b)
    squares = np.linalg.eigvalsh(first @ second.T @ second @ first.T)
    cosine = math.sqrt(max(squares[0], 0.0))
    # Small angles by their sine, as SciPy has them.
    across = second - second @ first.T @ first
    sine = math.sqrt(max(np.linalg.eigvalsh(across @ across.T)[-1], 0.0))
    return math.atan2(min(sine, 1.0), min(cosine, 1.0))


def _run(x, layers, activation):
    (w, b), *rest = layers
    out = np.stack([np.array([np.vdot(unit, row) for unit in w], x.dtype) + b for row in x])
    return _run(bend(out, activation)[0], rest, activation) if rest else out


def encode(x, params, activation):
    require_halves(params)
    return _run(x, params[: len(params) // 2], activation)


def decode(code, params, activation):
    require_halves(params)
    return _run(code, params[len(params) // 2 :], activation)


def autoencoder_loss_and_grads(x, target, params, activation):
    require_halves(params)
    require(target.shape == (len(x), len(params[-1][1])), "target has another shape than the output")
    middle = len(params) // 2

    def descend(rows, depth):
        """(loss, gradient for rows, gradients of the layers from depth on)."""
        if depth == len(params):
            off = rows - target
            return float(np.square(off).mean()), off * (2 / off.size), ()
        out, back = dense(rows, *params[depth])
        if depth + 1 in (middle, len(params)):
            loss, dout, later = descend(out, depth + 1)
        else:
            bent, straighten = bend(out, activation)
            loss, dbent, later = descend(bent, depth + 1)
            dout = straighten(dbent)
        dx, dw, db = back(dout)
        return loss, dx, ((dw, db), *later)

    loss, _, grads = descend(x, 0)
    return loss, grads


def mask_noise(x, share, rng):
    require_share(share)
    out = x.copy()
    for place in np.ndindex(x.shape):
        if rng.random() < share:
            out[place] = 0
    return out


def gaussian_noise(x, std, rng):
    if not std >= 0:
        raise ValueError("std is negative")
    out = x.copy()
    for place in np.ndindex(x.shape):
        out[place] += rng.normal(0, std)
    return out


def salt_pepper(x, share, rng):
    require_share(share)
    out = x.copy()
    for place in np.ndindex(x.shape):
        if rng.random() < share:
            out[place] = rng.integers(2)
    return out


def linear_autoencoder(x, k, steps, lr, rng):
    require(k >= 1, "k is below 1")
    require(steps >= 0, "steps is below 0")
    d = x.shape[1]
    both = [0.1 * rng.standard_normal((k, d)), 0.1 * rng.standard_normal((d, k))]
    rows, state, rate = x - np.mean(x, 0), {}, lr
    for _ in range(steps):
        encoder, decoder = both
        encoder_slope, decoder_slope = np.zeros((k, d)), np.zeros((d, k))
        for row in rows:
            code = encoder @ row
            off = 2 / len(x) * (decoder @ code - row)
            decoder_slope += np.outer(off, code)
            encoder_slope += np.outer(decoder.T @ off, row)
        adam_step(both, [encoder_slope, decoder_slope], state, rate)
        rate -= lr / steps
    return tuple(both)


def sparsity_penalty(h, target, strength):
    require(0 < target < 1, f"target {target}")
    require(strength >= 0, f"strength {strength}")
    loss, dh = 0.0, np.empty_like(h)
    for j in range(h.shape[1]):
        rho = float(h[:, j].mean())
        loss -= target * math.log(rho / target) + (1 - target) * math.log((1 - rho) / (1 - target))
        dh[:, j] = strength * (rho - target) / (rho * (1 - rho)) / len(h)
    return strength * loss, dh


def contractive_penalty(h, w, strength):
    require(strength >= 0, f"strength {strength}")
    loss, dh, dw = 0.0, np.zeros_like(h), np.zeros_like(w)
    for n in range(h.shape[0]):
        for j in range(h.shape[1]):
            slope, length = h[n, j] - h[n, j] ** 2, np.vdot(w[j], w[j])
            loss += float(slope * slope * length)
            dh[n, j] = 2 * slope * length * (1 - 2 * h[n, j]) * strength / len(h)
            dw[j] += 2 * slope * slope * w[j] * strength / len(h)
    return strength * loss / len(h), dh, dw


def reparameterize(mu, log_var, noise):
    require_same_shape("noise", noise, mu, "mu")
    z = mu.copy()
    for place in np.ndindex(z.shape):
        z[place] += math.sqrt(math.exp(log_var[place])) * noise[place]
    return z


def gaussian_kl(mu, log_var):
    require_same_shape("log_var", log_var, mu, "mu")
    loss, dmu, dlog_var = 0.0, np.empty_like(mu), np.empty_like(mu)
    for place in np.ndindex(mu.shape):
        var = math.exp(log_var[place])
        loss += (float(mu[place]) ** 2 + var - float(log_var[place]) - 1) / 2 / len(mu)
        dmu[place], dlog_var[place] = mu[place] / len(mu), (var - 1) / 2 / len(mu)
    return loss, dmu, dlog_var


def vae_loss_and_grads(x, params, noise):
    require(noise.shape == (len(x), len(params["b_mu"])), "noise has another shape than the codes")
    total, grads = 0.0, {key: np.zeros_like(value) for key, value in params.items()}
    for row, draw in zip(x, noise, strict=True):
        h = np.tanh(params["w_enc"] @ row + params["b_enc"])
        mu, log_var = params["w_mu"] @ h + params["b_mu"], params["w_var"] @ h + params["b_var"]
        std = np.exp(log_var) ** 0.5
        z = mu + std * draw
        d = np.tanh(params["w_dec"] @ z + params["b_dec"])
        logits = params["w_out"] @ d + params["b_out"]
        total += float(np.logaddexp(0, logits).sum() - (logits * row).sum())
        total += float((mu**2 + std**2 - log_var - 1).sum()) / 2
        dlogits = 1 / (1 + np.exp(-logits)) - row
        dpre_d = params["w_out"].T @ dlogits * (1 - d**2)
        dz = params["w_dec"].T @ dpre_d
        dmu, dlog_var = dz + mu, (dz * draw * std + std**2 - 1) / 2
        dpre_h = (params["w_mu"].T @ dmu + params["w_var"].T @ dlog_var) * (1 - h**2)
        for name, dout, seen in (
            ("enc", dpre_h, row), ("mu", dmu, h), ("var", dlog_var, h), ("dec", dpre_d, z), ("out", dlogits, d)
        ):  # fmt: skip
            grads[f"w_{name}"] += np.outer(dout, seen) / len(x)
            grads[f"b_{name}"] += dout / len(x)
    return total / len(x), grads
