"""Known wrong answers, each with the hint that a student gets.

Each is wrong in one thing only: bad input is refused as the given lines refuse it.
"""

import numpy as np

from autograder import mistake, reference_beside

reference = reference_beside(__file__)
require, require_shape, softplus = reference.require, reference.require_shape, reference.softplus


def sigmoid(rho):
    return np.exp(rho - softplus(rho))


def posterior(x, y, alpha, beta):
    require_shape("y", y, (len(x),))
    covariance = np.linalg.inv(alpha * np.eye(x.shape[1], dtype=x.dtype) + beta * (x.T @ x))
    return beta * (covariance @ (x.T @ y)), covariance


@mistake("bayesian_regression", hint="The two precisions are swapped: which one belongs to I, and which to the points?")
def regression_swapped(x, y, prior_precision, noise_precision):
    return posterior(x, y, noise_precision, prior_precision)


@mistake("bayesian_regression", hint="A precision is 1 / variance already: do not take its inverse before using it.")
def regression_variances(x, y, prior_precision, noise_precision):
    return posterior(x, y, 1 / prior_precision, 1 / noise_precision)


@mistake("bayesian_regression", hint="The mean has noise_precision as a factor too, not only the covariance.")
def regression_mean_without_beta(x, y, prior_precision, noise_precision):
    mean, covariance = posterior(x, y, prior_precision, noise_precision)
    return mean / noise_precision, covariance


@mistake("bayesian_regression", hint="What is returned second is the precision: the covariance is its inverse.")
def regression_returns_precision(x, y, prior_precision, noise_precision):
    mean, covariance = posterior(x, y, prior_precision, noise_precision)
    return mean, np.linalg.inv(covariance)


def spread(x, covariance):
    require_shape("covariance", covariance, (x.shape[1], x.shape[1]))
    return ((x @ covariance) * x).sum(axis=1)


@mistake("predictive_variance", hint="The noise of a new point is left out: even known weights do not tell y exactly.")
def variance_without_noise(x, covariance, noise_precision):
    return spread(x, covariance)


@mistake("predictive_variance", hint="noise_precision is 1 / variance: what is added is a variance.")
def variance_adds_precision(x, covariance, noise_precision):
    return spread(x, covariance) + noise_precision


@mistake("predictive_variance", hint="Variances are wanted: take no root.")
def variance_with_a_root(x, covariance, noise_precision):
    return np.sqrt(spread(x, covariance) + 1 / noise_precision)


@mistake("sample_weights", hint="sigma is softplus(rho), not exp(rho).")
def sample_exp(mu, rho, noise):
    require_shape("noise", noise, mu.shape)
    with np.errstate(over="ignore"):
        return mu + np.exp(rho) * noise


@mistake("sample_weights", hint="rho is not sigma: softplus comes first.")
def sample_raw(mu, rho, noise):
    require_shape("noise", noise, mu.shape)
    return mu + rho * noise


@mistake("sample_weights", hint="exp(rho) overflows for a large rho, with log1p too: softplus is given.")
def sample_overflow(mu, rho, noise):
    require_shape("noise", noise, mu.shape)
    return mu + np.log(1 + np.exp(rho)) * noise


@mistake("sample_weights_backward", hint="softplus has a slope too, the sigmoid of rho: drho misses it.")
def sample_backward_no_sigmoid(dw, rho, noise):
    return dw.copy(), dw * noise


@mistake("sample_weights_backward", hint="drho misses the noise, which sigma was multiplied by.")
def sample_backward_no_noise(dw, rho, noise):
    return dw.copy(), dw * sigmoid(rho)


@mistake("sample_weights_backward", hint="This is the slope of exp(rho); sigma is softplus(rho).")
def sample_backward_exp(dw, rho, noise):
    with np.errstate(over="ignore"):
        return dw.copy(), dw * noise * np.exp(rho)


@mistake("sample_weights_backward", hint="exp(rho) overflows for a large rho: write the sigmoid with exp(-rho).")
def sample_backward_overflow(dw, rho, noise):
    return dw.copy(), dw * noise * np.exp(rho) / (1 + np.exp(rho))


def checked(mu, sigma, prior_sigma):
    require_shape("sigma", sigma, mu.shape)
    require(prior_sigma > 0, f"prior_sigma must be above 0, not {prior_sigma}")


def kl_parts(mu, sigma, s0):
    checked(mu, sigma, s0)
    return np.log(s0 / sigma) + (sigma**2 + mu**2) / (2 * s0**2) - 0.5, mu / s0**2, sigma / s0**2 - 1 / sigma


@mistake("gaussian_kl", hint="This is KL(p || q): the divergence is wanted the other way round, KL(q || p).")
def kl_reversed(mu, sigma, prior_sigma):
    checked(mu, sigma, prior_sigma)
    square = prior_sigma**2 + mu**2
    kl = np.log(sigma / prior_sigma) + square / (2 * sigma**2) - 0.5
    return float(kl.sum()), mu / sigma**2, 1 / sigma - square / sigma**3


@mistake("gaussian_kl", hint="The divergences of all weights are SUMMED, not averaged.")
def kl_mean(mu, sigma, prior_sigma):
    kl, dmu, dsigma = kl_parts(mu, sigma, prior_sigma)
    return float(kl.mean()), dmu / mu.dtype.type(mu.size), dsigma / mu.dtype.type(mu.size)


@mistake("gaussian_kl", hint="The sign of the logarithm: a narrow distribution in a wide prior costs more, not less.")
def kl_log_sign(mu, sigma, prior_sigma):
    kl, dmu, dsigma = kl_parts(mu, sigma, prior_sigma)
    return float((kl + 2 * np.log(sigma / prior_sigma)).sum()), dmu, dsigma + 2 / sigma


@mistake("gaussian_kl", hint="sigma is a standard deviation, not a variance: look where it must be squared.")
def kl_variance(mu, sigma, prior_sigma):
    checked(mu, sigma, prior_sigma)
    kl = 0.5 * np.log(prior_sigma**2 / sigma) + (sigma + mu**2) / (2 * prior_sigma**2) - 0.5
    return float(kl.sum()), mu / prior_sigma**2, 0.5 / prior_sigma**2 - 0.5 / sigma


@mistake("gaussian_kl", hint="The constant: each weight's divergence ends in - 1/2, so that it is 0 at the prior.")
def kl_without_half(mu, sigma, prior_sigma):
    kl, dmu, dsigma = kl_parts(mu, sigma, prior_sigma)
    return float((kl + 0.5).sum()), dmu, dsigma


def layer_noise(w_mu, b_mu, w_noise, b_noise):
    require_shape("w_noise", w_noise, w_mu.shape)
    require_shape("b_noise", b_noise, b_mu.shape)


@mistake("bayes_linear_forward", hint="The bias is drawn like the weights: mean, sigma and noise.")
def layer_bias_not_drawn(x, w_mu, w_rho, b_mu, b_rho, w_noise, b_noise):
    layer_noise(w_mu, b_mu, w_noise, b_noise)
    w = w_mu + softplus(w_rho) * w_noise
    _, cache = reference.bayes_linear_forward(x, w_mu, w_rho, b_mu, b_rho, w_noise, b_noise)
    return x @ w.T + b_mu, cache


@mistake("bayes_linear_forward", hint="The weights are their means here: the noise is missing.")
def layer_means_only(x, w_mu, w_rho, b_mu, b_rho, w_noise, b_noise):
    layer_noise(w_mu, b_mu, w_noise, b_noise)
    _, cache = reference.bayes_linear_forward(x, w_mu, w_rho, b_mu, b_rho, w_noise, b_noise)
    return x @ w_mu.T + b_mu + softplus(b_rho) * b_noise, cache


def backward(dout, cache, w=None, noisy=True, slope=sigmoid, divide=1):
    x, drawn, w_rho, b_rho, w_noise, b_noise = cache
    dw, db = dout.T @ x / dout.dtype.type(divide), dout.sum(axis=0) / dout.dtype.type(divide)
    noises = (w_noise, b_noise) if noisy else (1, 1)
    weights = drawn if w is None else w(drawn, w_rho, w_noise)
    return dout @ weights, dw, dw * noises[0] * slope(w_rho), db, db * noises[1] * slope(b_rho)


@mistake("bayes_linear_backward", hint="dx goes through the weights that were DRAWN, not through their means.")
def layer_dx_through_means(dout, cache):
    return backward(dout, cache, w=lambda drawn, rho, noise: drawn - softplus(rho) * noise)


@mistake("bayes_linear_backward", hint="The slopes for rho miss the noise that sigma was multiplied by.")
def layer_drho_without_noise(dout, cache):
    return backward(dout, cache, noisy=False)


@mistake("bayes_linear_backward", hint="The slopes for rho miss softplus's own slope.")
def layer_drho_without_sigmoid(dout, cache):
    return backward(dout, cache, slope=np.ones_like)


@mistake("bayes_linear_backward", hint="Sum over the rows: dout already holds whatever mean the loss takes.")
def layer_mean_over_rows(dout, cache):
    return backward(dout, cache, divide=len(dout))


def local(x, w_mu, w_rho, noise, power=2, square=True, root=np.sqrt):
    require_shape("noise", noise, (len(x), len(w_mu)))
    return x @ w_mu.T + root((x**2 if square else np.abs(x)) @ (softplus(w_rho) ** power).T) * noise


@mistake("local_linear_forward", hint="Variances add, not standard deviations: sigma is squared.")
def local_sigma_unsquared(x, w_mu, w_rho, noise):
    return local(x, w_mu, w_rho, noise, power=1)


@mistake("local_linear_forward", hint="The noise is multiplied by a standard deviation: the root is missing.")
def local_without_root(x, w_mu, w_rho, noise):
    return local(x, w_mu, w_rho, noise, root=lambda variance: variance)


@mistake("local_linear_forward", hint="x is squared in the variance: the variance of a x is a^2 times that of x.")
def local_x_unsquared(x, w_mu, w_rho, noise):
    return local(x, w_mu, w_rho, noise, square=False)


def conv(x, w_mu, w_rho, b_mu, b_rho, noise, power=2, square=True, root=np.sqrt, bias=1):
    require_shape("noise", noise, (len(x), len(w_mu), *x.shape[2:]))
    mean, _ = reference.convolve(x, w_mu, b_mu)
    seen = x**2 if square else np.abs(x)
    variance, _ = reference.convolve(seen, softplus(w_rho) ** power, bias * softplus(b_rho) ** 2)
    return mean + root(variance) * noise


@mistake("bayes_conv2d_forward", hint="Variances add, not standard deviations: square the filters' sigmas.")
def conv_sigma_unsquared(x, w_mu, w_rho, b_mu, b_rho, noise):
    return conv(x, w_mu, w_rho, b_mu, b_rho, noise, power=1)


@mistake("bayes_conv2d_forward", hint="x is squared in the variance.")
def conv_x_unsquared(x, w_mu, w_rho, b_mu, b_rho, noise):
    return conv(x, w_mu, w_rho, b_mu, b_rho, noise, square=False)


@mistake("bayes_conv2d_forward", hint="The noise is multiplied by a standard deviation: the root is missing.")
def conv_without_root(x, w_mu, w_rho, b_mu, b_rho, noise):
    return conv(x, w_mu, w_rho, b_mu, b_rho, noise, root=lambda variance: variance)


@mistake("bayes_conv2d_forward", hint="The bias is not sure either: its variance is left out.")
def conv_without_bias_variance(x, w_mu, w_rho, b_mu, b_rho, noise):
    return conv(x, w_mu, w_rho, b_mu, b_rho, noise, bias=0)


@mistake("bayes_conv2d_forward", hint="Each place of each channel has noise of its own, not one number a channel.")
def conv_one_noise_a_channel(x, w_mu, w_rho, b_mu, b_rho, noise):
    require_shape("noise", noise, (len(x), len(w_mu), *x.shape[2:]))
    return conv(x, w_mu, w_rho, b_mu, b_rho, noise[:, :, :1, :1] + 0 * noise)


@mistake("elbo_loss", hint="The divergence is a price: it is added, not subtracted.")
def elbo_minus(nll_mean, kl, rows):
    require(rows >= 1, f"rows must be at least 1, not {rows}")
    return nll_mean - kl / rows


@mistake("elbo_loss", hint="nll_mean is for one row, so the divergence must be shared among the rows too.")
def elbo_not_shared(nll_mean, kl, rows):
    require(rows >= 1, f"rows must be at least 1, not {rows}")
    return nll_mean + kl


def entropies(probabilities):
    require(np.ndim(probabilities) == 3, f"probabilities must be (S, N, K), not {np.shape(probabilities)}")
    mean = probabilities.mean(axis=0)
    return mean, *(-(p * np.log(np.where(p > 0, p, 1))).sum(axis=-1) for p in (mean, probabilities))


@mistake("predictive", hint="entropy is that of the MEAN of the draws; this is the mean of their entropies.")
def predictive_mean_of_entropies(probabilities):
    mean, whole, each = entropies(probabilities)
    return mean, each.mean(axis=0), np.maximum(whole - each.mean(axis=0), 0)


@mistake("predictive", hint="The natural logarithm is wanted, not base 2.")
def predictive_base_two(probabilities):
    mean, whole, each = entropies(probabilities)
    nats = probabilities.dtype.type(np.log(2))
    return mean, whole / nats, np.maximum(whole - each.mean(axis=0), 0) / nats


@mistake("predictive", hint="Mutual information is the entropy of the mean MINUS the mean entropy of the draws.")
def predictive_information_is_entropy(probabilities):
    mean, _, each = entropies(probabilities)
    return mean, entropies(probabilities)[1], each.mean(axis=0)


@mistake("predictive", hint="0 log 0 counts as 0: np.log of an exact 0 is -inf, and 0 times that is NaN.")
def predictive_log_of_zero(probabilities):
    require(np.ndim(probabilities) == 3, f"probabilities must be (S, N, K), not {np.shape(probabilities)}")
    mean = probabilities.mean(axis=0)
    whole, each = (-(p * np.log(p)).sum(axis=-1) for p in (mean, probabilities))
    return mean, whole, np.maximum(whole - each.mean(axis=0), 0)


def dropped(x, params, p, masks, factor):
    require(0 <= p < 1, f"p must be in [0, 1), not {p}")
    require(np.ndim(masks) == 3, f"masks must be (S, N, H), not {np.shape(masks)}")
    require_shape("masks", masks, (len(masks), len(x), len(params["w1"])))
    hidden = np.maximum(x @ params["w1"].T + params["b1"], 0)
    logits = hidden * factor.astype(x.dtype) @ params["w2"].T + params["b2"]
    scores = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return scores / scores.sum(axis=-1, keepdims=True)


@mistake("mc_dropout", hint="Dropout stays ON here: this result does not depend on the masks.")
def dropout_off(x, params, p, masks):
    return dropped(x, params, p, masks, np.ones(np.shape(masks)))


@mistake("mc_dropout", hint="What is kept is divided by 1 - p.")
def dropout_not_rescaled(x, params, p, masks):
    return dropped(x, params, p, masks, masks)


@mistake("mc_dropout", hint="Each draw has a mask of its own; this uses the first for all.")
def dropout_one_mask(x, params, p, masks):
    return dropped(x, params, p, masks, np.broadcast_to(masks[:1], masks.shape) / (1 - p))


@mistake("mc_dropout", hint="True means kept, p is the share that is DROPPED: divide by 1 - p, not by p.")
def dropout_divides_by_p(x, params, p, masks):
    return dropped(x, params, p, masks, masks / max(p, 1e-9))


def ece(probabilities, labels, bins, weigh=True, lower=False, confidence=None):
    require_shape("labels", labels, (len(probabilities),))
    require(bins >= 1, f"bins must be at least 1, not {bins}")
    sure = probabilities.max(axis=1) if confidence is None else confidence
    right = probabilities.argmax(axis=1) == labels
    which = np.minimum(np.floor(sure * bins) + 1, bins) if lower else np.maximum(np.ceil(sure * bins), 1)
    total, used = 0.0, 0
    for k in range(1, bins + 1):
        inside = which == k
        if inside.any():
            total += abs(right[inside].mean() - sure[inside].mean()) * (inside.mean() if weigh else 1)
            used += 1
    return float(total if weigh else total / used)


@mistake("calibration_error", hint="A bin counts as much as its share of the rows: this counts all bins alike.")
def ece_unweighted(probabilities, labels, bins=10):
    return ece(probabilities, labels, bins, weigh=False)


@mistake("calibration_error", hint="Confidence is the largest probability, not that of the true class.")
def ece_true_class(probabilities, labels, bins=10):
    require_shape("labels", labels, (len(probabilities),))
    return ece(probabilities, labels, bins, confidence=probabilities[np.arange(len(labels)), labels])


@mistake("calibration_error", hint="The bins are (a, b]: a confidence on the border belongs to the lower one.")
def ece_other_ends(probabilities, labels, bins=10):
    return ece(probabilities, labels, bins, lower=True)


def attack(x, dx, eps, move, clip=True):
    require_shape("dx", dx, x.shape)
    require(eps >= 0, f"eps must be at least 0, not {eps}")
    out = x + x.dtype.type(eps) * move
    return np.clip(out, 0, 1) if clip else out


@mistake("fgsm", hint="Only the SIGN of the slope counts: each pixel moves by eps.")
def fgsm_unsigned(x, dx, eps):
    return attack(x, dx, eps, dx)


@mistake("fgsm", hint="An attack makes the loss LARGER: along the slope, not against it.")
def fgsm_minus(x, dx, eps):
    return attack(x, dx, eps, -np.sign(dx))


@mistake("fgsm", hint="Pixels stay in 0 to 1: clip them.")
def fgsm_unclipped(x, dx, eps):
    return attack(x, dx, eps, np.sign(dx), clip=False)
