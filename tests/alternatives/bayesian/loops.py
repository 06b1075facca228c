"""Plain loops over rows, units and places; softplus by cases; bins as lists."""

import math

import numpy as np


def _soft(r):
    r = float(r)
    return r + math.log1p(math.exp(-r)) if r > 0 else math.log1p(math.exp(r))


def _sigmas(rho):
    return np.array([_soft(r) for r in rho.ravel()], rho.dtype).reshape(rho.shape)


def _refuse(bad, words):
    if bad:
        raise ValueError(words)


def bayesian_regression(x, y, prior_precision, noise_precision):
    _refuse(np.shape(y) != (len(x),), "y must be one number a row")
    d = x.shape[1]
    precision, right = np.zeros((d, d)), np.zeros(d)
    for i in range(d):
        precision[i, i] = prior_precision
    for row, target in zip(x.astype(float), y.astype(float), strict=True):
        precision += noise_precision * np.outer(row, row)
        right += noise_precision * row * target
    covariance = np.linalg.solve(precision, np.eye(d))
    return [(covariance @ right).astype(x.dtype), covariance.astype(x.dtype)]


def predictive_variance(x, covariance, noise_precision):
    d = x.shape[1]
    _refuse(np.shape(covariance) != (d, d), "covariance must be square")
    found = []
    for row in x.tolist():
        total = 1 / noise_precision
        for i in range(d):
            for j in range(d):
                total += row[i] * float(covariance[i, j]) * row[j]
        found.append(total)
    return np.array(found, x.dtype)


def sample_weights(mu, rho, noise):
    _refuse(np.shape(noise) != mu.shape, "noise must be as many as mu")
    out = mu.copy()
    out += _sigmas(rho) * noise
    return out


def sample_weights_backward(dw, rho, noise):
    drho = np.zeros_like(dw)
    for place in np.ndindex(dw.shape):
        r = float(rho[place])
        slope = 1 / (1 + math.exp(-r)) if r > -600 else 0.0
        drho[place] = float(dw[place]) * float(noise[place]) * slope
    return [np.array(dw), drho]


def gaussian_kl(mu, sigma, prior_sigma):
    _refuse(np.shape(sigma) != mu.shape, "sigma must be as many as mu")
    _refuse(prior_sigma <= 0, "prior_sigma must be positive")
    total, dmu, dsigma = 0.0, np.empty_like(mu), np.empty_like(mu)
    for place in np.ndindex(mu.shape):
        m, s = float(mu[place]), float(sigma[place])
        total += math.log(prior_sigma) - math.log(s) + (s * s + m * m) / prior_sigma**2 / 2 - 0.5
        dmu[place], dsigma[place] = m / prior_sigma**2, s / prior_sigma**2 - 1 / s
    return total, dmu, dsigma


def bayes_linear_forward(x, w_mu, w_rho, b_mu, b_rho, w_noise, b_noise):
    _refuse(np.shape(w_noise) != w_mu.shape, "w_noise must be as many as w_mu")
    _refuse(np.shape(b_noise) != b_mu.shape, "b_noise must be as many as b_mu")
    w, b = w_mu + _sigmas(w_rho) * w_noise, b_mu + _sigmas(b_rho) * b_noise
    out = np.zeros((len(x), len(b)), x.dtype)
    for n in range(len(x)):
        for o in range(len(b)):
            out[n, o] = b[o] + np.vdot(x[n], w[o])
    return out, {"x": x, "w": w, "rhos": (w_rho, b_rho), "noises": (w_noise, b_noise)}


def bayes_linear_backward(dout, cache):
    x, w = cache["x"], cache["w"]
    dx, dw, db = np.zeros_like(x), np.zeros_like(w), np.zeros_like(w[:, 0])
    for n in range(len(x)):
        for o in range(len(w)):
            dx[n] += dout[n, o] * w[o]
            dw[o] += dout[n, o] * x[n]
            db[o] += dout[n, o]
    back = [dx]
    for slope, rho, noise in zip((dw, db), cache["rhos"], cache["noises"], strict=True):
        sure = np.array([1 / (1 + math.exp(-min(max(float(r), -600), 600))) for r in rho.ravel()], rho.dtype)
        back += [slope, slope * noise * sure.reshape(rho.shape)]
    return back


def local_linear_forward(x, w_mu, w_rho, noise):
    _refuse(np.shape(noise) != (len(x), len(w_mu)), "noise must be one for each output")
    sigmas, out = _sigmas(w_rho), np.zeros_like(noise)
    for n in range(len(x)):
        for o in range(len(w_mu)):
            spread = np.linalg.norm(x[n] * sigmas[o])
            out[n, o] = np.vdot(x[n], w_mu[o]) + spread * noise[n, o]
    return out


def bayes_conv2d_forward(x, w_mu, w_rho, b_mu, b_rho, noise):
    images, _, height, width = x.shape
    _refuse(np.shape(noise) != (images, len(w_mu), height, width), "noise must be one for each output")
    up, left = w_mu.shape[2] // 2, w_mu.shape[3] // 2
    framed = np.zeros((images, x.shape[1], height + 2 * up, width + 2 * left), x.dtype)
    framed[:, :, up : up + height, left : left + width] = x
    sigmas, biases, out = _sigmas(w_rho), _sigmas(b_rho), np.zeros_like(noise)
    for n, f, i, j in np.ndindex(out.shape):
        seen = framed[n, :, i : i + w_mu.shape[2], j : j + w_mu.shape[3]]
        variance = np.sum((seen * sigmas[f]) ** 2) + biases[f] ** 2
        out[n, f, i, j] = np.sum(seen * w_mu[f]) + b_mu[f] + variance**0.5 * noise[n, f, i, j]
    return out


def elbo_loss(nll_mean, kl, rows):
    _refuse(rows < 1, "rows must be positive")
    return (rows * nll_mean + kl) / rows


def _entropy(row):
    return -sum(p * math.log(p) for p in row if p > 0)


def predictive(probabilities):
    _refuse(np.ndim(probabilities) != 3, "probabilities must have three axes")
    draws = len(probabilities)
    mean = sum(probabilities[s] for s in range(draws)) / probabilities.dtype.type(draws)
    whole, shared = [], []
    for n, row in enumerate(mean.tolist()):
        whole.append(_entropy(row))
        each = math.fsum(_entropy(probabilities[s, n].tolist()) for s in range(draws)) / draws
        shared.append(max(whole[-1] - each, 0.0))
    return mean, np.array(whole, mean.dtype), np.array(shared, mean.dtype)


def mc_dropout(x, params, p, masks):
    _refuse(not 0 <= p < 1, "p must be a probability below 1")
    _refuse(np.ndim(masks) != 3 or masks.shape[1:] != (len(x), len(params["w1"])), "masks must be (S, N, H)")
    out = np.zeros((len(masks), len(x), len(params["w2"])), x.dtype)
    for s in range(len(masks)):
        for n in range(len(x)):
            hidden = params["w1"] @ x[n] + params["b1"]
            hidden = [
                h / (1 - p) if kept and h > 0 else 0 for h, kept in zip(hidden.tolist(), masks[s, n], strict=True)
            ]
            logits = params["w2"] @ np.array(hidden, x.dtype) + params["b2"]
            raised = [math.exp(each - max(logits.tolist())) for each in logits.tolist()]
            out[s, n] = [each / sum(raised) for each in raised]
    return out


def calibration_error(probabilities, labels, bins=10):
    _refuse(len(labels) != len(probabilities), "labels must be one a row")
    _refuse(bins < 1, "bins must be positive")
    found = [[] for _ in range(bins)]
    for row, label in zip(probabilities.tolist(), labels, strict=True):
        top = max(row)
        k = max(math.ceil(top * bins), 1) - 1
        found[k].append((row.index(top) == label, top))
    total = 0.0
    for inside in found:
        if inside:
            right = sum(hit for hit, _ in inside) / len(inside)
            sure = sum(top for _, top in inside) / len(inside)
            total += len(inside) / len(probabilities) * abs(right - sure)
    return total


def fgsm(x, dx, eps):
    _refuse(np.shape(dx) != x.shape, "dx must be as many as x")
    _refuse(eps < 0, "eps must not be negative")
    out = x.copy()
    out[dx > 0] += eps
    out[dx < 0] -= eps
    out[out > 1] = 1
    out[out < 0] = 0
    return out
