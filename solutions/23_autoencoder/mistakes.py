"""Known wrong answers, each with the hint that a student gets.

Each is wrong in one thing only: bad input is refused as the given lines refuse it.
"""

import numpy as np

from autograder import mistake, reference_beside

reference = reference_beside(__file__)
require = reference.require


def decomposed(x, k, centre=True):
    """What pca is made of: mean, singular values, directions."""
    require(1 <= k <= min(x.shape), f"k must be from 1 to {min(x.shape)}, not {k}")
    mean = x.mean(axis=0)
    _, spreads, directions = np.linalg.svd(x - centre * mean, full_matrices=False)
    return mean, spreads, directions


@mistake(
    "pca", hint="Subtract the mean before the SVD: otherwise the first component points from 0 to the cloud of rows."
)
def pca_not_centred(x, k):
    mean, spreads, directions = decomposed(x, k, centre=False)
    return mean, directions[:k], spreads[:k] ** 2 / len(x)


@mistake("pca", hint="These variances are divided by N, as np.var does, not by N - 1.")
def pca_ddof_one(x, k):
    mean, spreads, directions = decomposed(x, k)
    return mean, directions[:k], spreads[:k] ** 2 / (len(x) - 1)


@mistake("pca", hint="np.linalg.eigh sorts its values upwards: the directions that are wanted stand at its end.")
def pca_ascending(x, k):
    mean, spreads, directions = decomposed(x, k)
    return mean, directions[::-1][:k], spreads[::-1][:k] ** 2 / len(x)


@mistake("pca", hint="svd returns V transposed already: its ROWS are the directions.")
def pca_columns_for_rows(x, k):
    mean, spreads, directions = decomposed(x, k)
    return mean, directions.T[:k], spreads[:k] ** 2 / len(x)


@mistake("pca", hint="A singular value is a length: square it, then divide by N, to get a variance.")
def pca_without_squares(x, k):
    mean, spreads, directions = decomposed(x, k)
    return mean, directions[:k], spreads[:k] / len(x)


@mistake("reconstruct", hint="The mean comes back at the end: the plane goes through mean, not through 0.")
def reconstruct_without_the_mean(x, mean, components):
    return (x - mean) @ components.T @ components


@mistake("reconstruct", hint="Subtract the mean first: the code of a row is measured from the mean.")
def reconstruct_not_centred(x, mean, components):
    return mean + x @ components.T @ components


def cosines(a, b):
    reference.require_same_shape("b", b, a, "a")
    q_a, q_b = np.linalg.qr(a.T)[0], np.linalg.qr(b.T)[0]
    return np.linalg.svd(q_a.T @ q_b, compute_uv=False)


@mistake("largest_angle", hint="The rows need not be orthonormal: take np.linalg.qr of each transposed first.")
def angle_of_raw_rows(a, b):
    reference.require_same_shape("b", b, a, "a")
    return float(np.arccos(np.clip(np.linalg.svd(a @ b.T, compute_uv=False).min(), 0, 1)))


@mistake(
    "largest_angle",
    hint="Rows of length 1 can still be slanted towards each other: orthonormalise them by np.linalg.qr.",
)
def angle_of_rows_of_length_one(a, b):
    reference.require_same_shape("b", b, a, "a")
    a, b = (each / np.sqrt(np.sum(each**2, axis=1, keepdims=True)) for each in (a, b))
    return float(np.arccos(np.clip(np.linalg.svd(a @ b.T, compute_uv=False).min(), 0, 1)))


@mistake(
    "largest_angle", hint="The largest angle has the SMALLEST cosine: take the last singular value, not the first."
)
def angle_smallest(a, b):
    return float(np.arccos(np.clip(cosines(a, b).max(), 0, 1)))


@mistake("largest_angle", hint="Rounding takes a cosine to 1.0000000000000002, and arccos to NaN: clip it to 1.")
def angle_not_clipped(a, b):
    with np.errstate(invalid="ignore"):
        return float(np.arccos(cosines(a, b).min()))


def run_through(x, layers, activation, bent):
    """x through layers, with the activation after those whose index is in `bent`."""
    for k, (w, b) in enumerate(layers):
        x, _ = reference.dense(x, w, b)
        if k in bent:
            x, _ = reference.bend(x, activation)
    return x


@mistake("encode", hint="The code is linear: no activation follows the last layer of the first half.")
def encode_bent_code(x, params, activation):
    reference.require_halves(params)
    half = params[: len(params) // 2]
    return run_through(x, half, activation, range(len(half)))


@mistake(
    "encode", hint="An activation follows each layer of the first half but the last: without it they fold into one."
)
def encode_without_activation(x, params, activation):
    reference.require_halves(params)
    return run_through(x, params[: len(params) // 2], activation, ())


@mistake("encode", hint="The code comes out of the layer len(params) // 2 - 1: here one layer more has run.")
def encode_one_layer_too_many(x, params, activation):
    reference.require_halves(params)
    half = len(params) // 2
    return run_through(x, params[: half + 1], activation, [k for k in range(half) if k != half - 1])


@mistake("decode", hint="The output is linear: no activation follows the last layer.")
def decode_bent_output(code, params, activation):
    reference.require_halves(params)
    half = params[len(params) // 2 :]
    return run_through(code, half, activation, range(len(half)))


@mistake("decode", hint="An activation follows each layer of the second half but the last.")
def decode_without_activation(code, params, activation):
    reference.require_halves(params)
    return run_through(code, params[len(params) // 2 :], activation, ())


@mistake("decode", hint="The code goes into the decoder as it is, without an activation first.")
def decode_bends_the_code(code, params, activation):
    reference.require_halves(params)
    half = params[len(params) // 2 :]
    return run_through(reference.bend(code, activation)[0], half, activation, range(len(half) - 1))


def trained(x, target, params, activation, bent=None, factor=None, slopes=True, judge=None):
    """autoencoder_loss_and_grads with other layers bent, another factor before (out - target), or another target judged."""
    reference.require_halves(params)
    right = (len(x), len(params[-1][1]))
    require(target.shape == right, f"target must have the output's shape, not {target.shape}")
    bent = [k for k in range(len(params) - 1) if k != len(params) // 2 - 1] if bent is None else bent
    factor = 2 / target.size if factor is None else factor
    outs, sums = [x], []
    for k, (w, b) in enumerate(params):
        sums.append(reference.dense(outs[-1], w, b))
        out = sums[-1][0]
        outs.append(reference.bend(out, activation)[0] if k in bent else out)
    off = outs[-1] - (target if judge is None else judge)
    back, grads = factor * off, []
    for k in range(len(params) - 1, -1, -1):
        if k in bent and slopes:
            back = reference.bend(sums[k][0], activation)[1](back)
        back, dw, db = sums[k][1](back)
        grads.append((dw, db))
    return off, grads[::-1]


@mistake(
    "autoencoder_loss_and_grads",
    hint="The output is compared with target, not with x: a spoilt x is not what should come out.",
)
def loss_compares_with_the_input(x, target, params, activation):
    off, grads = trained(x, target, params, activation, judge=x if x.shape == target.shape else None)
    return float(np.mean(off**2)), grads


@mistake("autoencoder_loss_and_grads", hint="The mean is over all N * D numbers, not over the N rows alone.")
def loss_mean_over_rows(x, target, params, activation):
    off, grads = trained(x, target, params, activation, factor=2 / len(x))
    return float(np.sum(off**2) / len(x)), grads


@mistake("autoencoder_loss_and_grads", hint="The output is linear: no activation follows the last layer.")
def loss_bent_output(x, target, params, activation):
    bent = [k for k in range(len(params)) if k != len(params) // 2 - 1]
    off, grads = trained(x, target, params, activation, bent=bent)
    return float(np.mean(off**2)), grads


@mistake("autoencoder_loss_and_grads", hint="The code is linear: no activation follows the layer len(params) // 2 - 1.")
def loss_bent_code(x, target, params, activation):
    off, grads = trained(x, target, params, activation, bent=range(len(params) - 1))
    return float(np.mean(off**2)), grads


@mistake("autoencoder_loss_and_grads", hint="The derivative of a square has a 2: dout = 2 (out - target) / (N D).")
def loss_gradient_without_the_two(x, target, params, activation):
    off, grads = trained(x, target, params, activation, factor=1 / target.size)
    return float(np.mean(off**2)), grads


@mistake(
    "autoencoder_loss_and_grads",
    hint="On its way back the gradient goes through the activations, too: call their back.",
)
def loss_without_the_activations_slopes(x, target, params, activation):
    off, grads = trained(x, target, params, activation, slopes=False)
    return float(np.mean(off**2)), grads


@mistake(
    "autoencoder_loss_and_grads",
    hint="grads has the order of params: they were found from the last layer to the first.",
)
def loss_grads_reversed(x, target, params, activation):
    off, grads = trained(x, target, params, activation)
    return float(np.mean(off**2)), grads[::-1]


@mistake("mask_noise", hint="Nothing is divided by 1 - share: that is dropout. What stays, stays as it is.")
def mask_rescaled(x, share, rng):
    reference.require_share(share)
    return np.where(rng.random(x.shape) < share, 0, x / max(1 - share, 1e-300)).astype(x.dtype)


@mistake("mask_noise", hint="Each entry has a draw of its own: here whole rows stay or go.")
def mask_whole_rows(x, share, rng):
    reference.require_share(share)
    gone = rng.random((len(x),) + (1,) * (x.ndim - 1)) < share
    return np.where(gone, 0, x).astype(x.dtype)


@mistake("mask_noise", hint="share is the probability to become 0, not to stay.")
def mask_keeps_the_share(x, share, rng):
    reference.require_share(share)
    return np.where(rng.random(x.shape) < share, x, 0).astype(x.dtype)


@mistake(
    "gaussian_noise", hint="std is the standard deviation, not the variance: multiply a standard normal number by std."
)
def gaussian_std_as_variance(x, std, rng):
    require(std >= 0, f"std must be at least 0, not {std}")
    return (x + std**0.5 * rng.normal(size=x.shape)).astype(x.dtype)


@mistake("gaussian_noise", hint="Each entry has a draw of its own: here all of a row move by the same number.")
def gaussian_one_draw_a_row(x, std, rng):
    require(std >= 0, f"std must be at least 0, not {std}")
    return (x + std * rng.normal(size=(len(x),) + (1,) * (x.ndim - 1))).astype(x.dtype)


@mistake(
    "salt_pepper",
    hint="share is all that is replaced: half of it by 0, half of it by 1. Here each got the whole share.",
)
def salt_pepper_twice_the_share(x, share, rng):
    reference.require_share(share)
    draw = rng.random(x.shape)
    return np.where(draw < share, 0, np.where(draw < 2 * share, 1, x)).astype(x.dtype)


@mistake("salt_pepper", hint="Half of what is replaced becomes 1 (salt): here all of it became 0.")
def salt_pepper_without_salt(x, share, rng):
    reference.require_share(share)
    return np.where(rng.random(x.shape) < share, 0, x).astype(x.dtype)


def descended(x, k, steps, lr, rng, centre=True, tied=False, relu=False, falling=True):
    """linear_autoencoder with one thing changed."""
    require(k >= 1, f"k must be at least 1, not {k}")
    require(steps >= 0, f"steps must be at least 0, not {steps}")
    rows, state = x - centre * x.mean(axis=0), {}
    encoder = rng.normal(scale=0.1, size=(k, x.shape[1]))
    decoder = encoder.T.copy() if tied else rng.normal(scale=0.1, size=(x.shape[1], k))
    for step in range(steps):
        pre = rows @ encoder.T
        code = np.maximum(pre, 0) if relu else pre
        off = 2 * (code @ decoder.T - rows) / len(x)
        dcode = off @ decoder * (pre > 0 if relu else 1)
        slopes = [dcode.T @ rows, off.T @ code]
        if tied:
            slopes = [slopes[0] + slopes[1].T, slopes[1] + slopes[0].T]
        reference.adam_step([encoder, decoder], slopes, state, lr * (1 - falling * step / steps))
    return encoder, decoder


@mistake(
    "linear_autoencoder",
    hint="Centre the rows first: without biases the plane goes through 0, and learns the mean.",
)
def linear_not_centred(x, k, steps, lr, rng):
    return descended(x, k, steps, lr, rng, centre=False)


@mistake(
    "linear_autoencoder",
    hint="The decoder is an array of its own, drawn and moved by itself: not the encoder transposed.",
)
def linear_tied(x, k, steps, lr, rng):
    return descended(x, k, steps, lr, rng, tied=True)


@mistake("linear_autoencoder", hint="No bend anywhere: here a relu has slipped in after the code.")
def linear_with_relu(x, k, steps, lr, rng):
    return descended(x, k, steps, lr, rng, relu=True)


@mistake("linear_autoencoder", hint="The learning rate falls: lr * (1 - s / steps) in step s.")
def linear_constant_rate(x, k, steps, lr, rng):
    return descended(x, k, steps, lr, rng, falling=False)


def bernoulli_kl(p, q):
    return p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q))


def require_sparse(target, strength):
    require(0 < target < 1, f"target must be between 0 and 1, not {target}")
    require(strength >= 0, f"strength must be at least 0, not {strength}")


@mistake(
    "sparsity_penalty",
    hint="First the mean over the rows, then KL: a unit may be active on some rows if it rests on others.",
)
def sparsity_of_each_row(h, target, strength):
    require_sparse(target, strength)
    slope = (1 - target) / (1 - h) - target / h
    return float(strength * np.sum(bernoulli_kl(target, h)) / len(h)), strength * slope / len(h)


@mistake(
    "sparsity_penalty",
    hint="KL(target || rho) is not KL(rho || target): the target's shares stand in front of the logarithms.",
)
def sparsity_arguments_swapped(h, target, strength):
    require_sparse(target, strength)
    rho = h.mean(axis=0)
    slope = np.log(rho / target) - np.log((1 - rho) / (1 - target))
    loss = strength * np.sum(bernoulli_kl(rho, target))
    return float(loss), np.tile(strength * slope / len(h), (len(h), 1))


@mistake("sparsity_penalty", hint="rho is a mean over N rows: each h moves it by 1 / N only, so dh is divided by N.")
def sparsity_gradient_not_divided(h, target, strength):
    loss, dh = reference.sparsity_penalty(h, target, strength)
    return loss, dh * h.dtype.type(len(h))


@mistake(
    "sparsity_penalty",
    hint="KL has two terms, one for active and one for silent: here the one of 1 - target is missing.",
)
def sparsity_without_the_silent_term(h, target, strength):
    require_sparse(target, strength)
    rho = h.mean(axis=0)
    loss = strength * np.sum(target * np.log(target / rho))
    return float(loss), np.tile(-strength * target / rho / len(h), (len(h), 1))


@mistake("contractive_penalty", hint="|w[j]|^2 is the sum of the squares: here its root was taken.")
def contractive_norm_not_squared(h, w, strength):
    require(strength >= 0, f"strength must be at least 0, not {strength}")
    slope, norms = h * (1 - h), np.sqrt(np.sum(w**2, axis=1))
    dh = 2 * strength * slope * (1 - 2 * h) * norms / len(h)
    dw = strength * np.sum(slope**2, axis=0)[:, np.newaxis] * w / norms[:, np.newaxis] / len(h)
    return float(strength * np.sum(slope**2 * norms) / len(h)), dh, dw


@mistake(
    "contractive_penalty", hint="The weights move the penalty, too: dw is 2 w times the squared slopes, and not 0."
)
def contractive_without_dw(h, w, strength):
    loss, dh, _ = reference.contractive_penalty(h, w, strength)
    return loss, dh, np.zeros_like(w)


@mistake("contractive_penalty", hint="The slopes are squared, (h (1 - h))^2: they could cancel otherwise.")
def contractive_slope_not_squared(h, w, strength):
    require(strength >= 0, f"strength must be at least 0, not {strength}")
    slope, norms = h * (1 - h), np.sum(w**2, axis=1)
    dh = strength * (1 - 2 * h) * norms / len(h)
    dw = 2 * strength * np.sum(slope, axis=0)[:, np.newaxis] * w / len(h)
    return float(strength * np.sum(slope * norms) / len(h)), dh, dw


@mistake("contractive_penalty", hint="h (1 - h) has the derivative 1 - 2 h: it is a factor of dh.")
def contractive_without_the_inner_derivative(h, w, strength):
    loss, _, dw = reference.contractive_penalty(h, w, strength)
    return loss, 2 * strength * h * (1 - h) * np.sum(w**2, axis=1) / len(h), dw


@mistake("reparameterize", hint="exp(log_var) is the variance: its root, exp(log_var / 2), is the standard deviation.")
def reparameterize_variance_for_deviation(mu, log_var, noise):
    reference.require_same_shape("noise", noise, mu, "mu")
    return mu + np.exp(log_var) * noise


@mistake("reparameterize", hint="log_var is a logarithm: exp(log_var / 2) is the standard deviation.")
def reparameterize_logarithm_as_deviation(mu, log_var, noise):
    reference.require_same_shape("noise", noise, mu, "mu")
    return mu + log_var * noise


@mistake(
    "gaussian_kl", hint="A divergence is never below 0: the sign in front is -1/2, for the loss and both gradients."
)
def kl_sign(mu, log_var):
    loss, dmu, dlog_var = reference.gaussian_kl(mu, log_var)
    return -loss, -dmu, -dlog_var


@mistake("gaussian_kl", hint="The terms are summed over a row's numbers; the mean is over the N rows only.")
def kl_mean_over_everything(mu, log_var):
    loss, dmu, dlog_var = reference.gaussian_kl(mu, log_var)
    width = mu.shape[1]
    return loss / width, dmu / width, dlog_var / width


@mistake(
    "gaussian_kl",
    hint="exp(log_var) is the variance, and KL wants it: here the standard deviation stands in its place.",
)
def kl_deviation_for_variance(mu, log_var):
    reference.require_same_shape("log_var", log_var, mu, "mu")
    std = np.exp(log_var / 2)
    loss = -0.5 * np.sum(1 + log_var - mu**2 - std) / len(mu)
    return float(loss), mu / len(mu), (std / 2 - 1) / 2 / len(mu)


@mistake(
    "gaussian_kl",
    hint="The half in front is in dlog_var too, (exp(log_var) - 1) / 2. In dmu it cancels the 2 of the square.",
)
def kl_gradient_without_the_half(mu, log_var):
    loss, dmu, dlog_var = reference.gaussian_kl(mu, log_var)
    return loss, dmu, 2 * dlog_var


def bounded(x, params, noise, pixels=1.0, kl_share=1.0, through_noise=lambda std: std / 2, through_mu=1.0):
    """vae_loss_and_grads with weights for its two parts, or other ways back from z to mu and log_var."""
    right = (len(x), len(params["b_mu"]))
    require(noise.shape == right, f"noise must have the codes' shape, not {noise.shape}")
    layers = {name: (params[f"w_{name}"], params[f"b_{name}"]) for name in ("enc", "mu", "var", "dec", "out")}
    backs, grads = {}, {}

    def ahead(name, rows):
        out, backs[name] = reference.dense(rows, *layers[name])
        return out

    def behind(name, dout):
        dx, grads[f"w_{name}"], grads[f"b_{name}"] = backs[name](dout)
        return dx

    h, from_h = reference.bend(ahead("enc", x), "tanh")
    mu, log_var = ahead("mu", h), ahead("var", h)
    std = np.exp(log_var / 2)
    d, from_d = reference.bend(ahead("dec", mu + std * noise), "tanh")
    loss, dlogits = reference.binary_cross_entropy(ahead("out", d), x)
    kl, dmu, dlog_var = reference.gaussian_kl(mu, log_var)
    dz = behind("dec", from_d(behind("out", pixels * dlogits)))
    dh = behind("mu", through_mu * dz + kl_share * dmu)
    dh = dh + behind("var", dz * noise * through_noise(std) + kl_share * dlog_var)
    behind("enc", from_h(dh))
    return pixels * loss + kl_share * kl, grads


@mistake(
    "vae_loss_and_grads", hint="The slope of exp(log_var / 2) has a factor 1/2: dlog_var gets dz * noise * std / 2."
)
def vae_without_the_half(x, params, noise):
    return bounded(x, params, noise, through_noise=lambda std: std)


@mistake("vae_loss_and_grads", hint="log_var moves z as well: beside KL's part, dlog_var gets dz * noise * std / 2.")
def vae_no_way_back_through_the_noise(x, params, noise):
    return bounded(x, params, noise, through_noise=lambda std: 0 * std)


@mistake("vae_loss_and_grads", hint="z = mu + std * noise: mu gets all of dz, beside its part of KL.")
def vae_mu_from_kl_only(x, params, noise):
    return bounded(x, params, noise, through_mu=0.0)


@mistake(
    "vae_loss_and_grads",
    hint="The pixels' costs are summed, as they come. In a mean over pixels KL would outweigh them.",
)
def vae_mean_over_pixels(x, params, noise):
    return bounded(x, params, noise, pixels=1 / x.shape[1])


@mistake("vae_loss_and_grads", hint="The loss is the pixels' cost PLUS gaussian_kl, and both have gradients.")
def vae_without_kl(x, params, noise):
    return bounded(x, params, noise, kl_share=0.0)
