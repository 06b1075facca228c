"""Weights that are not sure: each is a normal distribution, and the network's answers are as unsure as its weights make them.

A weight is stored as its mean mu and as rho, from which softplus makes the standard deviation sigma: so sigma stays above 0,
whatever a step of descent does to rho. A precision is 1 / variance. Weights of a layer are (units, inputs), as torch stores them.

Noise is drawn outside, from a standard normal distribution, and handed in, so that every function gives the same answer when it
is called again. Results are new arrays in the dtype of the inputs (float32 in, float32 out), and functions leave their
inputs as they were. The lines above yours refuse bad input; they are given too.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def require(holds, message):
    """Raise ValueError(message) unless it holds. Given, as its calls are: refusing bad input is not the lesson here."""
    if not holds:
        raise ValueError(message)


def require_shape(name, array, shape):
    """Refuse an array of another shape: ValueError naming it. Given."""
    require(np.shape(array) == tuple(shape), f"{name} must have the shape {tuple(shape)}, not {np.shape(array)}")


def softplus(rho):
    """log(1 + exp(rho)), above 0 and without overflow: softplus(-30) is 9.4e-14, softplus(1000) is 1000. Given.

    Example:
        >>> softplus(np.array([0.0, 1000.0])).round(4)
        array([6.931e-01, 1.000e+03])
    """
    return np.logaddexp(np.zeros_like(rho), rho)


def dense(x, w, b):
    """A linear layer: weighted sums. Given.

    Args:
        x: (N, D). w: (units, D). b: (units,).

    Returns:
        (out, back): out (N, units); back(dout) gives (dx, dw, db).
    """
    return np.dot(x, w.T) + b, lambda dout: (np.dot(dout, w), np.dot(dout.T, x), dout.sum(0))


def convolve(x, w, b):
    """A conv layer with stride 1 and as many zeros at the sides as "same" asks for. Given.

    Args:
        x: (N, C, H, W). w: (F, C, kH, kW), with odd sides. b: (F,).

    Returns:
        (out, back): out (N, F, H, W); back(dout) gives (dx, dw, db).

    Example:
        >>> out, back = convolve(np.array([[[[1.0, 2.0, 3.0]]]]), np.ones((1, 1, 1, 3)), np.zeros(1))
        >>> out
        array([[[[3., 6., 5.]]]])
    """
    up, left = w.shape[2] // 2, w.shape[3] // 2
    framed = np.pad(x, [(0, 0), (0, 0), (up, up), (left, left)])
    seen = sliding_window_view(framed, w.shape[2:], axis=(2, 3)).transpose(0, 2, 3, 1, 4, 5)
    images, rows, columns = seen.shape[:3]
    seen = seen.reshape(images * rows * columns, -1)
    flat = w.reshape(len(w), -1)
    out = (seen @ flat.T + b).reshape(images, rows, columns, -1).transpose(0, 3, 1, 2)

    def back(dout):
        sums = dout.transpose(0, 2, 3, 1).reshape(len(seen), -1)
        shares = (sums @ flat).reshape(images, rows, columns, *w.shape[1:]).transpose(4, 5, 0, 3, 1, 2)
        spread = np.zeros_like(framed)
        for i, j in np.ndindex(*w.shape[2:]):
            spread[:, :, i : i + rows, j : j + columns] += shares[i, j]
        dx = spread[:, :, up : up + x.shape[2], left : left + x.shape[3]]
        return dx, (sums.T @ seen).reshape(w.shape), sums.sum(0)

    return out, back


def fit_posterior(x, y, prior_precision, noise_precision, steps, lr, rng, samples=8):
    """Variational inference for a line: the normal distributions, one a weight, that are nearest to the posterior. Given.

    Adam on mean over samples of noise_precision / 2 sum (y - x w)^2, plus the KL divergence to the prior, with a learning rate
    that falls to 0. bayes_linear_forward draws all samples at once, as so many units; the bias is held at 0.

    Args:
        x: (N, D). y: (N,). prior_precision, noise_precision: above 0.
        steps, lr: of Adam. rng: numpy Generator that draws the noise. samples: how many weight vectors a step.

    Returns:
        (mu, rho), each (D,).
    """
    params = np.stack([np.zeros(x.shape[1]), np.full(x.shape[1], -2.0)])
    first, second = np.zeros_like(params), np.zeros_like(params)
    still, narrow, quiet = np.zeros(samples), np.full(samples, -30.0), np.zeros(samples)
    for step in range(steps):
        mu, rho = params
        noise = rng.normal(size=(samples, x.shape[1]))
        out, cache = bayes_linear_forward(x, np.tile(mu, (samples, 1)), np.tile(rho, (samples, 1)), still, narrow,
                                          noise, quiet)  # fmt: skip
        _, dmu, drho, _, _ = bayes_linear_backward(noise_precision / samples * (out - y[:, np.newaxis]), cache)
        _, kl_dmu, kl_dsigma = gaussian_kl(mu, softplus(rho), prior_precision**-0.5)
        slope = np.stack([dmu.sum(0) + kl_dmu, drho.sum(0) + kl_dsigma / (1 + np.exp(-rho))])
        first += 0.1 * (slope - first)
        second += 0.01 * (slope**2 - second)
        scaled = first / (1 - 0.9 ** (step + 1)) / (np.sqrt(second / (1 - 0.99 ** (step + 1))) + 1e-8)
        params = params - lr * (1 - step / steps) * scaled
    return params[0], params[1]


def bayesian_regression(x, y, prior_precision, noise_precision):
    """The exact posterior of linear regression: how likely each line is, now that the points are known.

    Before any point is seen, each weight is normal with mean 0 and precision alpha = prior_precision. A point is y = x . w +
    noise, and the noise is normal with precision beta = noise_precision. Then, given the points, the weights are normal with

        covariance = (alpha I + beta x^T x)^-1,   mean = beta covariance x^T y

    Args:
        x: float array (N, D); a column of ones, if an offset is wanted, is among the columns. y: (N,).
        prior_precision, noise_precision: above 0.

    Returns:
        (mean, covariance): (D,) and (D, D).

    Raises:
        ValueError: naming y, if it is not (N,).

    Source: Bishop, "Pattern Recognition and Machine Learning" (2006), equations 3.53 and 3.54.

    Example:
        >>> bayesian_regression(np.array([[1.0], [1.0]]), np.array([2.0, 4.0]), 1.0, 0.5)
        (array([1.5]), array([[0.5]]))
    """
    require_shape("y", y, (len(x),))
    ### BEGIN SOLUTION
    precision = prior_precision * np.eye(x.shape[1], dtype=x.dtype) + noise_precision * (x.T @ x)
    covariance = np.linalg.inv(precision)
    return noise_precision * (covariance @ (x.T @ y)), covariance
    ### END SOLUTION


def predictive_variance(x, covariance, noise_precision):
    """The variance of a new y about its prediction: the noise, plus what is not known about the weights.

    variance_n = 1 / noise_precision + x_n^T covariance x_n

    Args:
        x: (N, D), new rows. covariance: (D, D), of the weights. noise_precision: above 0.

    Returns:
        (N,), variances (no root is taken).

    Raises:
        ValueError: naming covariance, if it is not (D, D).

    Source: Bishop (2006), equation 3.59.

    Example:
        >>> predictive_variance(np.array([[1.0], [4.0]]), np.array([[0.5]]), 2.0)
        array([1. , 8.5])
    """
    require_shape("covariance", covariance, (x.shape[1], x.shape[1]))
    ### BEGIN SOLUTION
    return 1 / noise_precision + ((x @ covariance) * x).sum(axis=1)
    ### END SOLUTION


def sample_weights(mu, rho, noise):
    """Draw weights: mu + softplus(rho) noise, element by element.

    Args:
        mu, rho: float arrays of one shape, any. noise: of the same shape, standard normal numbers.

    Returns:
        Array of that shape. Nothing overflows or warns, however large rho is.

    Raises:
        ValueError: naming noise, if its shape is not mu's.

    Source: Blundell, Cornebise, Kavukcuoglu and Wierstra, "Weight uncertainty in neural networks" (2015), section 3.2.

    Example:
        >>> sample_weights(np.array([1.0, 1.0]), np.array([0.0, 50.0]), np.array([2.0, -1.0])).round(4)
        array([  2.3863, -49.    ])
    """
    require_shape("noise", noise, mu.shape)
    ### BEGIN SOLUTION
    return mu + softplus(rho) * noise
    ### END SOLUTION


def sample_weights_backward(dw, rho, noise):
    """From the gradient for the drawn weights to those for mu and rho.

    The derivative of softplus is the sigmoid: softplus'(rho) = 1 / (1 + exp(-rho)).

    Args:
        dw: gradient of the loss with respect to the drawn weights. rho, noise: as in sample_weights, of dw's shape.

    Returns:
        (dmu, drho), each of that shape. Nothing overflows or warns for rho from -30 to 1000.

    Source: Blundell et al. (2015), section 3.2, steps 5 and 6 without the terms of the KL divergence.

    Example:
        >>> sample_weights_backward(np.array([3.0]), np.array([0.0]), np.array([2.0]))
        (array([3.]), array([3.]))
    """
    ### BEGIN SOLUTION
    return dw.copy(), dw * noise * np.exp(rho - softplus(rho))
    ### END SOLUTION


def gaussian_kl(mu, sigma, prior_sigma):
    """How far the weights' distribution q = N(mu, sigma^2) is from their prior p = N(0, prior_sigma^2): KL(q || p), summed.

    kl = sum over all weights of  log(prior_sigma / sigma) + (sigma^2 + mu^2) / (2 prior_sigma^2) - 1/2

    Args:
        mu, sigma: float arrays of one shape, any; sigma (standard deviations, not variances) above 0.
        prior_sigma: a number above 0, the same for all weights.

    Returns:
        (kl, dmu, dsigma): a number, and its gradients for mu and sigma in their shape.

    Raises:
        ValueError: naming sigma, if its shape is not mu's; naming prior_sigma, if it is not above 0.

    Source: torch.distributions.kl_divergence of two Normals.

    Example:
        >>> kl, dmu, dsigma = gaussian_kl(np.array([2.0, 0.0]), np.array([1.0, 2.0]), 2.0)
        >>> round(kl, 4), dmu, dsigma
        (0.8181, array([0.5, 0. ]), array([-0.75,  0.  ]))
    """
    require_shape("sigma", sigma, mu.shape)
    require(prior_sigma > 0, f"prior_sigma must be above 0, not {prior_sigma}")
    ### BEGIN SOLUTION
    kl = np.sum(np.log(prior_sigma / sigma) + (sigma**2 + mu**2) / (2 * prior_sigma**2) - 0.5)
    return float(kl), mu / prior_sigma**2, sigma / prior_sigma**2 - 1 / sigma
    ### END SOLUTION


def bayes_linear_forward(x, w_mu, w_rho, b_mu, b_rho, w_noise, b_noise):
    """A linear layer with drawn weights, one draw for all rows: out = x w^T + b.

    Args:
        x: (N, D). w_mu, w_rho, w_noise: (O, D). b_mu, b_rho, b_noise: (O,). w and b are drawn as sample_weights does.

    Returns:
        (out, cache): out (N, O); cache is whatever bayes_linear_backward needs.

    Raises:
        ValueError: naming w_noise or b_noise, if its shape is not that of w_mu or b_mu.

    Source: Blundell et al. (2015), section 3.2.

    Example:
        >>> one = np.ones((1, 1))
        >>> bayes_linear_forward(np.array([[1.0], [2.0]]), 3 * one, 50 * one, np.zeros(1), np.zeros(1), one, np.zeros(1))[0]
        array([[ 53.],
               [106.]])
    """
    require_shape("w_noise", w_noise, w_mu.shape)
    require_shape("b_noise", b_noise, b_mu.shape)
    ### BEGIN SOLUTION
    w = sample_weights(w_mu, w_rho, w_noise)
    b = sample_weights(b_mu, b_rho, b_noise)
    return x @ w.T + b, (x, w, w_rho, b_rho, w_noise, b_noise)
    ### END SOLUTION


def bayes_linear_backward(dout, cache):
    """Gradients of a loss through bayes_linear_forward, for the draw that was made.

    Args:
        dout: (N, O), gradient of the loss with respect to out.
        cache: from bayes_linear_forward.

    Returns:
        (dx, dw_mu, dw_rho, db_mu, db_rho), in the shapes of x, w_mu, w_rho, b_mu and b_rho.

    Source: Blundell et al. (2015), section 3.2; torch.autograd.

    Example:
        >>> one, zero = np.ones((1, 1)), np.zeros((1, 1))
        >>> _, cache = bayes_linear_forward(2 * one, 3 * one, zero, zero[0], zero[0], 4 * one, 6 * one[0])
        >>> [float(each.round(4).item()) for each in bayes_linear_backward(one, cache)]
        [5.7726, 2.0, 4.0, 1.0, 3.0]
    """
    ### BEGIN SOLUTION
    x, w, w_rho, b_rho, w_noise, b_noise = cache
    dw_mu, dw_rho = sample_weights_backward(dout.T @ x, w_rho, w_noise)
    db_mu, db_rho = sample_weights_backward(dout.sum(axis=0), b_rho, b_noise)
    return dout @ w, dw_mu, dw_rho, db_mu, db_rho
    ### END SOLUTION


def local_linear_forward(x, w_mu, w_rho, noise):
    """A linear layer that draws its outputs instead of its weights: the local reparameterisation.

    If the weights are normal and independent, each output of a row is normal too, with the mean and the variance

        mean = x w_mu^T,   variance = x^2 (sigma^2)^T,   sigma = softplus(w_rho)

    (squares element by element). So out = mean + sqrt(variance) noise: as if each row had weights of its own.

    Args:
        x: (N, D). w_mu, w_rho: (O, D). noise: (N, O), standard normal numbers.

    Returns:
        (N, O). A row of zeros gives zeros.

    Raises:
        ValueError: naming noise, if it is not (N, O).

    Source: Kingma, Salimans and Welling, "Variational dropout and the local reparameterization trick" (2015), equation 6.

    Example:
        >>> local_linear_forward(np.array([[3.0, 4.0]]), np.ones((1, 2)), np.full((1, 2), 50.0), np.array([[2.0]]))
        array([[507.]])
    """
    require_shape("noise", noise, (len(x), len(w_mu)))
    ### BEGIN SOLUTION
    variance = x**2 @ (softplus(w_rho) ** 2).T
    return x @ w_mu.T + np.sqrt(variance) * noise
    ### END SOLUTION


def bayes_conv2d_forward(x, w_mu, w_rho, b_mu, b_rho, noise):
    """A conv layer that draws its outputs instead of its filters and biases.

        mean = conv(x, w_mu) + b_mu,   variance = conv(x^2, sigma_w^2) + sigma_b^2,   out = mean + sqrt(variance) noise

    conv is convolve: stride 1 and "same" zeros. The sigmas are softplus of their rho.

    Args:
        x: (N, C, H, W). w_mu, w_rho: (F, C, kH, kW), with odd sides. b_mu, b_rho: (F,).
        noise: (N, F, H, W), standard normal numbers, one for each number of out.

    Returns:
        (N, F, H, W).

    Raises:
        ValueError: naming noise, if it is not (N, F, H, W).

    Source: Shridhar, Laumann and Liwicki, "A comprehensive guide to Bayesian convolutional neural network with variational
    inference" (2019), with a standard deviation of its own for each weight; Kingma et al. (2015), equation 6.

    Example:
        >>> x, w = np.array([[[[3.0, 4.0]]]]), np.ones((1, 1, 1, 1))
        >>> bayes_conv2d_forward(x, w, 50 * w, np.array([2.0]), np.array([-30.0]), np.array([[[[0.0, -1.0]]]]))
        array([[[[   5., -194.]]]])
    """
    require_shape("noise", noise, (len(x), len(w_mu), *x.shape[2:]))
    ### BEGIN SOLUTION
    mean, _ = convolve(x, w_mu, b_mu)
    variance, _ = convolve(x**2, softplus(w_rho) ** 2, softplus(b_rho) ** 2)
    return mean + np.sqrt(variance) * noise
    ### END SOLUTION


def elbo_loss(nll_mean, kl, rows):
    """The loss of a network with uncertain weights, for each row of the data: nll_mean + kl / rows.

    It is the negative of the evidence lower bound (ELBO), divided by the number of rows. Every row
    adds a term of its own, the prior only one in all; so the more rows there are, the less the prior weighs.

    Args:
        nll_mean: the negative log-likelihood of the data, as a mean over the rows of a batch.
        kl: of all weights, summed. rows: how many rows the whole training set has, not the batch.

    Returns:
        A number.

    Raises:
        ValueError: naming rows, if it is below 1.

    Source: Blundell et al. (2015), equation 1; section 3.4 for batches, each with the same share of kl.

    Example:
        >>> elbo_loss(0.5, 30.0, 60)
        1.0
    """
    require(rows >= 1, f"rows must be at least 1, not {rows}")
    ### BEGIN SOLUTION
    return nll_mean + kl / rows
    ### END SOLUTION


def predictive(probabilities):
    """What many draws of one network say together, how unsure they are in all, and how much of that is disagreement.

        mean = mean over the draws,   entropy = H[mean],   mutual information = H[mean] - mean over the draws of H[draw]

    H[p] = -sum over classes of p log p, by the natural logarithm, with 0 log 0 = 0. If all draws say "half and half", they
    are unsure and agree: the image is ambiguous. If each is sure of something else, the network does not know.

    Args:
        probabilities: (S, N, K), of S draws for N rows.

    Returns:
        (mean, entropy, mutual_information): (N, K), (N,) and (N,). The last is never below 0: clip what rounding leaves. Nothing
        warns where a probability is exactly 0.

    Raises:
        ValueError: naming probabilities, if it does not have three axes.

    Source: Houlsby, Huszar, Ghahramani and Lengyel, "Bayesian active learning for classification and preference learning"
    (2011), equation 2.

    Example:
        >>> mean, entropy, information = predictive(np.array([[[1.0, 0.0], [0.5, 0.5]], [[0.0, 1.0], [0.5, 0.5]]]))
        >>> mean[0], entropy.round(4), information.round(4)
        (array([0.5, 0.5]), array([0.6931, 0.6931]), array([0.6931, 0.    ]))
    """
    require(np.ndim(probabilities) == 3, f"probabilities must be (S, N, K), not {np.shape(probabilities)}")
    ### BEGIN SOLUTION
    mean = probabilities.mean(axis=0)
    unsure = [-(p * np.log(np.where(p > 0, p, 1))).sum(axis=-1) for p in (mean, probabilities)]
    return mean, unsure[0], np.maximum(unsure[0] - unsure[1].mean(axis=0), 0)
    ### END SOLUTION


def mc_dropout(x, params, p, masks):
    """Draws from a network that was trained with dropout, with dropout left on: linear, relu, dropout, linear, softmax.

    Args:
        x: (N, D). params: dict with w1 (H, D), b1 (H,), w2 (K, H), b2 (K,).
        p: the probability with which a hidden number was dropped, 0 <= p < 1. What is kept is divided by 1 - p.
        masks: bool (S, N, H), True where a number is kept; one mask for each draw and row.

    Returns:
        Probabilities (S, N, K). Logits of the size of 1000 do not overflow.

    Raises:
        ValueError: naming p, if it is not in [0, 1); naming masks, if it is not (S, N, H).

    Source: Gal and Ghahramani, "Dropout as a Bayesian approximation" (2016).

    Example:
        >>> params = {"w1": np.ones((2, 1)), "b1": np.zeros(2), "w2": np.array([[1.0, 0.0], [0.0, 1.0]]), "b2": np.zeros(2)}
        >>> masks = np.array([[[True, True]], [[True, False]]])
        >>> mc_dropout(np.array([[np.log(3)]]), params, 0.5, masks).round(4)
        array([[[0.5, 0.5]],
        <BLANKLINE>
               [[0.9, 0.1]]])
    """
    require(0 <= p < 1, f"p must be in [0, 1), not {p}")
    require(np.ndim(masks) == 3, f"masks must be (S, N, H), not {np.shape(masks)}")
    require_shape("masks", masks, (len(masks), len(x), len(params["w1"])))
    ### BEGIN SOLUTION
    hidden = np.maximum(x @ params["w1"].T + params["b1"], 0)
    logits = hidden * masks / x.dtype.type(1 - p) @ params["w2"].T + params["b2"]
    scores = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return scores / scores.sum(axis=-1, keepdims=True)
    ### END SOLUTION


def calibration_error(probabilities, labels, bins=10):
    """Of the answers with a confidence of 80 percent, are 80 percent right? The expected calibration error (ECE).

    A row's confidence is its largest probability; it is right if that one (the first, where several are as large) stands at its
    label. The confidences from 0 to 1 fall into bins of equal width, each (a, b]: the upper end belongs to it, the lower end does
    not, but 0 is in the first.

        ece = sum over bins of  (rows in the bin / all rows) |share of them that are right - mean of their confidences|

    Args:
        probabilities: (N, K). labels: (N,) ints. bins: how many.

    Returns:
        A float from 0 to 1. Bins without rows count nothing.

    Raises:
        ValueError: naming labels, if they are not (N,); naming bins, if below 1.

    Source: Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks" (2017), equation 3.

    Example:
        >>> probabilities = np.array([[0.75, 0.25], [0.75, 0.25], [0.0, 1.0], [0.0, 1.0]])
        >>> calibration_error(probabilities, np.array([0, 1, 1, 1]))  # two of 75 percent, half of them right
        0.125
    """
    require_shape("labels", labels, (len(probabilities),))
    require(bins >= 1, f"bins must be at least 1, not {bins}")
    ### BEGIN SOLUTION
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    which = np.maximum(np.ceil(confidence * bins), 1)
    gaps = [abs((right[which == k] - confidence[which == k]).sum()) for k in range(1, bins + 1)]
    return float(sum(gaps) / len(labels))
    ### END SOLUTION


def fgsm(x, dx, eps):
    """An attack on a network: each pixel moves by eps in the direction that makes the loss larger, and stays from 0 to 1.

    out = clip(x + eps sign(dx), 0, 1),   sign(0) = 0

    Args:
        x: images of any shape, from 0 to 1. dx: gradient of the loss with respect to x. eps: at least 0.

    Returns:
        Array of x's shape.

    Raises:
        ValueError: naming dx, if its shape is not x's; naming eps, if it is below 0.

    Source: Goodfellow, Shlens and Szegedy, "Explaining and harnessing adversarial examples" (2015), section 4.

    Example:
        >>> fgsm(np.array([0.5, 0.5, 0.9]), np.array([-0.001, 0.0, 7.0]), 0.25)
        array([0.25, 0.5 , 1.  ])
    """
    require_shape("dx", dx, x.shape)
    require(eps >= 0, f"eps must be at least 0, not {eps}")
    ### BEGIN SOLUTION
    return np.clip(x + eps * np.sign(dx), 0, 1)
    ### END SOLUTION
