"""Stacked rows and a factorisation for the posterior, einsum for layers, the given helpers where they fit, bincount for bins."""

import numpy as np


def _slope(rho):
    return (1 + np.tanh(rho / 2)) / 2 if rho.min(initial=0) > -20 else np.exp(-softplus(-rho))


def bayesian_regression(x, y, prior_precision, noise_precision):
    require_shape("y", y, (len(x),))
    # A prior is as good as so many more points: rows sqrt(alpha) I with the target 0.
    rows = np.concatenate([np.sqrt(noise_precision) * x, np.sqrt(prior_precision) * np.eye(x.shape[1])]).astype(x.dtype)
    targets = np.concatenate([np.sqrt(noise_precision) * y, np.zeros(x.shape[1])]).astype(x.dtype)
    q, r = np.linalg.qr(rows)
    root = np.linalg.inv(r)
    return root @ (q.T @ targets), root @ root.T


def predictive_variance(x, covariance, noise_precision):
    require_shape("covariance", covariance, (x.shape[1], x.shape[1]))
    return np.einsum("nd,de,ne->n", x, covariance, x) + noise_precision**-1.0


def sample_weights(mu, rho, noise):
    require_shape("noise", noise, mu.shape)
    return np.add(mu, np.multiply(np.logaddexp(rho, 0, dtype=rho.dtype), noise))


def sample_weights_backward(dw, rho, noise):
    return 1 * dw, noise * _slope(rho) * dw


def gaussian_kl(mu, sigma, prior_sigma):
    require_shape("sigma", sigma, mu.shape)
    require(prior_sigma > 0, f"prior_sigma is {prior_sigma}")
    m, s = mu / prior_sigma, sigma / prior_sigma
    kl = (np.vdot(m, m) + np.vdot(s, s) - mu.size) / 2 - np.log(s).sum()
    return kl, m / prior_sigma, (s - 1 / s) / prior_sigma


def bayes_linear_forward(x, w_mu, w_rho, b_mu, b_rho, w_noise, b_noise):
    require_shape("w_noise", w_noise, w_mu.shape)
    require_shape("b_noise", b_noise, b_mu.shape)
    w, b = (mu + softplus(rho) * noise for mu, rho, noise in ((w_mu, w_rho, w_noise), (b_mu, b_rho, b_noise)))
    out, back = dense(x, w, b)
    return out, (back, w_noise * _slope(w_rho), b_noise * _slope(b_rho))


def bayes_linear_backward(dout, cache):
    back, w_slope, b_slope = cache
    dx, dw, db = back(dout)
    return dx, dw, dw * w_slope, db, db * b_slope


def local_linear_forward(x, w_mu, w_rho, noise):
    require_shape("noise", noise, (len(x), len(w_mu)))
    out = np.einsum("nd,od->no", x, w_mu)
    out += noise * np.linalg.norm(x[:, None, :] * softplus(w_rho), axis=-1)
    return out


def bayes_conv2d_forward(x, w_mu, w_rho, b_mu, b_rho, noise):
    require_shape("noise", noise, (len(x), len(w_mu), *x.shape[2:]))
    # Both convolutions in one, of images with twice as many channels.
    both = np.concatenate([x, np.square(x)], axis=1)
    first = np.concatenate([w_mu, np.zeros_like(w_mu)], axis=1)
    second = np.concatenate([np.zeros_like(w_mu), np.square(softplus(w_rho))], axis=1)
    out = convolve(both, np.concatenate([first, second]), np.concatenate([b_mu, np.square(softplus(b_rho))]))[0]
    mean, variance = np.split(out, 2, axis=1)
    return mean + variance.clip(0, None) ** 0.5 * noise


def elbo_loss(nll_mean, kl, rows):
    require(rows >= 1, f"rows is {rows}")
    return np.float64(nll_mean) + np.divide(kl, rows)


def predictive(probabilities):
    require(np.ndim(probabilities) == 3, "probabilities need three axes")

    def entropy(p):
        logs = np.zeros_like(p)
        np.log(p, out=logs, where=p > 0)
        return -np.einsum("...k,...k->...", p, logs)

    mean = np.mean(probabilities, axis=0)
    information = entropy(mean) - np.mean(entropy(probabilities), axis=0)
    return [mean, entropy(mean), np.where(information > 0, information, 0).astype(mean.dtype)]


def mc_dropout(x, params, p, masks):
    require(0 <= p < 1, f"p is {p}")
    require(np.ndim(masks) == 3 and masks.shape[1:] == (len(x), len(params["w1"])), "masks do not fit")
    out, _ = dense(x, params["w1"], params["b1"])
    hidden = np.where(masks, out.clip(0, None)[None], 0) / np.asarray(1 - p, x.dtype)
    logits = np.einsum("snh,kh->snk", hidden, params["w2"]) + params["b2"]
    return np.exp(logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True))


def calibration_error(probabilities, labels, bins=10):
    require_shape("labels", labels, (len(probabilities),))
    require(bins >= 1, f"bins is {bins}")
    best = np.argmax(probabilities, axis=1)
    top = np.take_along_axis(probabilities, best[:, None], axis=1)[:, 0]
    place = np.searchsorted(np.arange(1, bins) / bins, top, side="left")
    gaps = np.bincount(place, weights=(best == labels) - top, minlength=bins)
    return np.abs(gaps).sum() / len(top)


def fgsm(x, dx, eps):
    require_shape("dx", dx, x.shape)
    require(eps >= 0, f"eps is {eps}")
    moved = x + x.dtype.type(eps) * ((dx > 0).astype(x.dtype) - (dx < 0).astype(x.dtype))
    return np.minimum(np.maximum(moved, 0), 1)
