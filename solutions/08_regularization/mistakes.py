"""Known wrong answers, each with the hint that a student gets.

Each is wrong in one thing only: bad input is refused as the given lines refuse it.
"""

import itertools

import numpy as np

from autograder import mistake, reference_beside

reference = reference_beside(__file__)


@mistake(
    "l1_penalty", hint="The penalty is a sum over the weights: a mean makes each weight cheaper the more there are."
)
def l1_mean(w, strength):
    loss, gradient = reference.l1_penalty(w, strength)
    return loss / w.size, gradient / w.size


@mistake("l1_penalty", hint="The slope of |w| is its sign, 1 or -1, however large w is: |w| itself is the loss.")
def l1_gradient_is_the_size(w, strength):
    loss, _ = reference.l1_penalty(w, strength)
    return loss, strength * np.abs(w)


@mistake("l1_penalty", hint="w / |w| is 0 / 0 where w is 0; by convention the gradient is 0 there, as np.sign has it.")
def l1_gradient_nan_at_zero(w, strength):
    loss, _ = reference.l1_penalty(w, strength)
    return loss, strength * w / np.abs(w)


@mistake("l1_penalty", hint="At w = 0 the gradient is 0 by convention: np.where(w > 0, 1, -1) pushes the zeros away.")
def l1_gradient_pushes_zeros(w, strength):
    loss, _ = reference.l1_penalty(w, strength)
    return loss, strength * np.where(w > 0, 1.0, -1.0).astype(w.dtype)


@mistake(
    "l2_penalty", hint="The penalty is a sum over the weights: a mean makes each weight cheaper the more there are."
)
def l2_mean(w, strength):
    loss, gradient = reference.l2_penalty(w, strength)
    return loss / w.size, gradient / w.size


@mistake("l2_penalty", hint="There is a half in front: strength / 2 * sum w^2, so that the gradient is strength * w.")
def l2_without_the_half(w, strength):
    loss, gradient = reference.l2_penalty(w, strength)
    return 2 * loss, 2 * gradient


@mistake("l2_penalty", hint="The loss has the half, the gradient lacks it: the 2 of the square and the half cancel.")
def l2_gradient_twice(w, strength):
    loss, gradient = reference.l2_penalty(w, strength)
    return loss, 2 * gradient


@mistake("l2_penalty", hint="The gradient is right, the loss is twice what it should be: strength / 2 * sum w^2.")
def l2_loss_twice(w, strength):
    loss, gradient = reference.l2_penalty(w, strength)
    return 2 * loss, gradient


@mistake("l2_penalty", hint="The squares are summed and that is all: no root, though the norm itself has one.")
def l2_of_the_norm(w, strength):
    _, gradient = reference.l2_penalty(w, strength)
    return strength / 2 * np.sqrt(np.sum(w**2)), gradient


@mistake(
    "elastic_net", hint="l1_ratio is the share of L1: at 1 it is lasso. Here the two shares are the other way round."
)
def elastic_net_shares_swapped(w, strength, l1_ratio):
    reference.require_share(l1_ratio=l1_ratio)
    return reference.elastic_net(w, strength, 1 - l1_ratio)


@mistake("elastic_net", hint="What L1 takes, L2 does not get: its share is 1 - l1_ratio, not the whole.")
def elastic_net_ridge_in_full(w, strength, l1_ratio):
    loss, gradient = reference.elastic_net(w, strength, l1_ratio)
    more = strength * l1_ratio
    return loss + more / 2 * np.sum(w**2), gradient + more * w


@mistake("elastic_net", hint="The L2 part keeps its half: (1 - l1_ratio) / 2 * sum w^2.")
def elastic_net_without_the_half(w, strength, l1_ratio):
    loss, gradient = reference.elastic_net(w, strength, l1_ratio)
    more = strength * (1 - l1_ratio)
    return loss + more / 2 * np.sum(w**2), gradient + more * w


@mistake("elastic_net", hint="strength multiplies both parts, not the L1 part alone.")
def elastic_net_strength_on_one_part(w, strength, l1_ratio):
    loss, gradient = reference.elastic_net(w, strength, l1_ratio)
    more = (1 - strength) * (1 - l1_ratio)
    return loss + more / 2 * np.sum(w**2), gradient + more * w


@mistake(
    "proximal_l1", hint="One step takes lr * strength from each weight: without lr, small steps take as much as large."
)
def proximal_without_rate(w, lr, strength):
    reference.require_amounts(lr=lr, strength=strength)
    return np.sign(w) * np.maximum(np.abs(w) - strength, 0)


@mistake("proximal_l1", hint="Negative weights stay negative: give the shortened |w| its sign back.")
def proximal_loses_the_sign(w, lr, strength):
    return np.abs(reference.proximal_l1(w, lr, strength))


@mistake("proximal_l1", hint="max(w - t, 0) wipes out all negative weights: shorten |w|, and give it its sign back.")
def proximal_of_positive_weights(w, lr, strength):
    reference.require_amounts(lr=lr, strength=strength)
    return np.maximum(w - lr * strength, 0)


@mistake("proximal_l1", hint="Stop at 0: a weight nearer than lr * strength must not come out on the other side.")
def proximal_jumps_over_zero(w, lr, strength):
    reference.require_amounts(lr=lr, strength=strength)
    return w - lr * strength * np.sign(w)


@mistake("proximal_l1", hint="What is larger than the threshold moves too: it loses lr * strength (soft thresholding).")
def proximal_hard_threshold(w, lr, strength):
    return np.where(reference.proximal_l1(w, lr, strength) == 0, 0, w)


@mistake(
    "max_norm", hint="A row of (out, in) feeds one unit: take the norm over all axes but the first, not of columns."
)
def max_norm_of_columns(w, limit):
    reference.max_norm(w, limit)
    norms = np.sqrt(np.sum(w**2, axis=0, keepdims=True))
    return w * (limit / np.maximum(norms, limit))


@mistake("max_norm", hint="Only rows that are too long are scaled: a short one stays as it is.")
def max_norm_scales_all(w, limit):
    reference.max_norm(w, limit)
    norms = np.sqrt(np.sum(w**2, axis=tuple(range(1, w.ndim)), keepdims=True))
    return w * (limit / np.where(norms == 0, 1, norms))


@mistake("max_norm", hint="Each row has a norm of its own: the limit is not for the whole matrix.")
def max_norm_of_the_matrix(w, limit):
    reference.max_norm(w, limit)
    return w * (limit / np.maximum(np.sqrt(np.sum(w**2)), limit))


@mistake("max_norm", hint="A row of zeros has norm 0, and 0 / 0 is NaN: it must stay zeros.")
def max_norm_nan_for_zeros(w, limit):
    reference.max_norm(w, limit)
    norms = np.sqrt(np.sum(w**2, axis=tuple(range(1, w.ndim)), keepdims=True))
    return w / norms * np.minimum(norms, limit)


@mistake("max_norm", hint="A filter's norm is over all of (C, kH, kW): every axis but the first, not axis 1 alone.")
def max_norm_over_channels_only(w, limit):
    reference.max_norm(w, limit)
    norms = np.sqrt(np.sum(w**2, axis=1, keepdims=True))
    return w * (limit / np.maximum(norms, limit))


@mistake("max_norm", hint="The Euclidean norm is the root of the sum of squares: its root is missing here.")
def max_norm_without_root(w, limit):
    reference.max_norm(w, limit)
    squares = np.sum(w**2, axis=tuple(range(1, w.ndim)), keepdims=True)
    return w * (limit / np.maximum(squares, limit))


@mistake("dropout_forward", hint="p is the probability to DROP: with p = 0.3, seven in ten stay. Here three in ten do.")
def dropout_p_keeps(x, p, rng, training=True):
    reference.require_share(p=p)
    return reference.dropout_forward(x, 1 - p, rng, training)


@mistake(
    "dropout_forward", hint="Divide what stays by 1 - p, or the next layer gets less in training than in evaluation."
)
def dropout_without_rescaling(x, p, rng, training=True):
    out, scale = reference.dropout_forward(x, p, rng, training)
    if not training:
        return out, scale
    kept = (scale > 0).astype(x.dtype)
    return x * kept, kept


@mistake("dropout_forward", hint="Scaling in evaluation is the paper's way. Here, as in torch, it is done in training.")
def dropout_scaled_in_evaluation(x, p, rng, training=True):
    out, scale = reference.dropout_forward(x, p, rng, training)
    if not training:
        return (1 - p) * out, 1 - p
    kept = (scale > 0).astype(x.dtype)
    return x * kept, kept


@mistake("dropout_forward", hint="In evaluation nothing is dropped: look at the argument `training`.")
def dropout_in_evaluation_too(x, p, rng, training=True):
    return reference.dropout_forward(x, p, rng, True)


@mistake("dropout_forward", hint="Each entry has a draw of its own: with one for a row, whole rows are dropped.")
def dropout_of_rows(x, p, rng, training=True):
    _, scale = reference.dropout_forward(x[..., :1], p, rng, training)
    return x * scale, scale


@mistake(
    "dropout_forward", hint="Each row has a mask of its own: with one for the batch, all rows lose the same units."
)
def dropout_one_mask_for_the_batch(x, p, rng, training=True):
    _, scale = reference.dropout_forward(x[0], p, rng, training)
    return x * scale, scale


@mistake("dropout_forward", hint="Divide by 1 - p, the share that stays, not by p.")
def dropout_divided_by_p(x, p, rng, training=True):
    _, scale = reference.dropout_forward(x, p, rng, training)
    scale = (scale > 0) / np.asarray(p, x.dtype) if training and p > 0 else scale
    return x * scale, scale


@mistake(
    "dropout_forward", hint="With p = 1 the scale 1 / (1 - p) is infinite, and 0 times that is NaN: all of out is 0."
)
def dropout_nan_at_one(x, p, rng, training=True):
    _, scale = reference.dropout_forward(x, p, rng, training)
    scale = scale / np.asarray(0.0, x.dtype) if training and p == 1 else scale
    return x * scale, scale


@mistake(
    "dropout_forward", hint="Draw from the rng that is given: with a seed of your own every step has the same mask."
)
def dropout_with_a_seed_of_its_own(x, p, rng, training=True):
    return reference.dropout_forward(x, p, np.random.default_rng(0), training)


@mistake("dropout_backward", hint="The scaling by 1 / (1 - p) has its gradient too: multiply dout by mask AND scale.")
def dropout_backward_unscaled(dout, cache):
    return dout * np.greater(cache, 0)


@mistake("dropout_backward", hint="A new mask sends the gradient to other units than those that stayed: keep the mask.")
def dropout_backward_new_mask(dout, cache):
    kept = np.random.default_rng(0).random(dout.shape) < np.mean(np.greater(cache, 0))
    return dout * kept * np.max(cache)


@mistake("dropout_backward", hint="What was dropped had no part in the loss: its gradient is 0. Multiply by the mask.")
def dropout_backward_passes_everything(dout, cache):
    return dout.copy()


@mistake("dropout_backward", hint="dout is multiplied by the scale, as x was; dividing undoes it.")
def dropout_backward_scaled_down(dout, cache):
    kept = np.greater(cache, 0)
    return np.where(kept, dout / np.where(kept, cache, 1), 0)


def all_networks(x, w, b, p):
    """The log-probabilities of all networks, (N, 2^D, K), and the chance of each, (2^D, 1)."""
    reference.dropout_ensemble(x[:1], w, b, p)  # refuses bad input
    masks = np.array(list(itertools.product([0.0, 1.0], repeat=x.shape[1])))
    chances = np.where(masks == 1, 1 - p, p).prod(axis=1, keepdims=True)
    return reference.log_probabilities((x[:, np.newaxis] * masks) @ w.T + b), chances


@mistake("dropout_ensemble", hint="That is the arithmetic mean, of probabilities: average their logarithms.")
def ensemble_arithmetic_mean(x, w, b, p):
    logs, chances = all_networks(x, w, b, p)
    return (chances * np.exp(logs)).sum(axis=1)


@mistake(
    "dropout_ensemble", hint="Networks differ in how likely dropout draws them: weigh each by P(m), unless p is 1/2."
)
def ensemble_unweighted(x, w, b, p):
    logs, _ = all_networks(x, w, b, p)
    return np.exp(reference.log_probabilities(logs.mean(axis=1)))


@mistake("dropout_ensemble", hint="A geometric mean of probabilities adds up to less than 1: divide by its sum.")
def ensemble_not_renormalised(x, w, b, p):
    logs, chances = all_networks(x, w, b, p)
    return np.exp((chances * logs).sum(axis=1))


@mistake(
    "dropout_ensemble", hint="p is the probability to drop: a mask has a factor 1 - p for each 1, and p for each 0."
)
def ensemble_p_keeps(x, w, b, p):
    reference.dropout_ensemble(x[:1], w, b, p)
    return reference.dropout_ensemble(x, w, b, 1 - p)


@mistake("dropout_ensemble", hint="Nothing is divided by 1 - p here: the masks are plain zeros and ones.")
def ensemble_of_scaled_inputs(x, w, b, p):
    reference.dropout_ensemble(x[:1], w, b, p)
    return reference.dropout_ensemble(x / (1 - p) if p < 1 else x, w, b, p)


@mistake("dropout_ensemble", hint="The bias is no input: no mask drops it, and it is added once in every network.")
def ensemble_masks_the_bias(x, w, b, p):
    return reference.dropout_ensemble(x, w, (1 - p) * b, p)


def channels_of(x):
    """The axes of a channel's values, and how many there are."""
    return (0, 2, 3)[: x.ndim - 1], x.size // x.shape[1]


def normalise_by(x, gamma, beta, mean, std):
    """out of batchnorm for a mean and a standard deviation that broadcast."""
    return reference.beside(gamma, x) * (x - mean) / std + reference.beside(beta, x)


@mistake("batchnorm_forward", hint="The running variance takes the UNBIASED one: var * n / (n - 1), as torch does.")
def batchnorm_biased_running_variance(x, gamma, beta, running_mean, running_var, training, momentum=0.1, eps=1e-5):
    out, mean, var, cache = reference.batchnorm_forward(
        x, gamma, beta, running_mean, running_var, training, momentum, eps
    )
    if training:
        var = (1 - momentum) * running_var + momentum * x.var(axis=channels_of(x)[0])
    return out, mean, var, cache


@mistake("batchnorm_forward", hint="Batch variance divides by n, not n - 1; the unbiased one is for running_var alone.")
def batchnorm_unbiased(x, gamma, beta, running_mean, running_var, training, momentum=0.1, eps=1e-5):
    out, mean, var, cache = reference.batchnorm_forward(
        x, gamma, beta, running_mean, running_var, training, momentum, eps
    )
    if training:
        axes, n = channels_of(x)
        std = np.sqrt(x.var(axis=axes, keepdims=True) * n / (n - 1) + eps)
        out = normalise_by(x, gamma, beta, x.mean(axis=axes, keepdims=True), std)
    return out, mean, var, cache


@mistake(
    "batchnorm_forward", hint="momentum is the share of the NEW batch (torch); you kept that share of the old (Keras)."
)
def batchnorm_momentum_keeps(x, gamma, beta, running_mean, running_var, training, momentum=0.1, eps=1e-5):
    reference.require_share(momentum=momentum)
    return reference.batchnorm_forward(x, gamma, beta, running_mean, running_var, training, 1 - momentum, eps)


@mistake(
    "batchnorm_forward", hint="A channel of images is normalised over N, H and W together, not at each pixel by itself."
)
def batchnorm_each_pixel(x, gamma, beta, running_mean, running_var, training, momentum=0.1, eps=1e-5):
    out, mean, var, cache = reference.batchnorm_forward(
        x, gamma, beta, running_mean, running_var, training, momentum, eps
    )
    if training:
        out = normalise_by(x, gamma, beta, x.mean(axis=0), np.sqrt(x.var(axis=0) + eps))
    return out, mean, var, cache


@mistake(
    "batchnorm_forward", hint="In evaluation the running averages take the place of the batch's own mean and variance."
)
def batchnorm_batch_in_evaluation(x, gamma, beta, running_mean, running_var, training, momentum=0.1, eps=1e-5):
    out, mean, var, cache = reference.batchnorm_forward(
        x, gamma, beta, running_mean, running_var, training, momentum, eps
    )
    if not training:
        axes, _ = channels_of(x)
        std = np.sqrt(x.var(axis=axes, keepdims=True) + eps)
        out = normalise_by(x, gamma, beta, x.mean(axis=axes, keepdims=True), std)
    return out, mean, var, cache


@mistake(
    "batchnorm_forward", hint="In training the batch's own mean and variance normalise it, not the running averages."
)
def batchnorm_running_in_training(x, gamma, beta, running_mean, running_var, training, momentum=0.1, eps=1e-5):
    _, mean, var, cache = reference.batchnorm_forward(
        x, gamma, beta, running_mean, running_var, training, momentum, eps
    )
    std = np.sqrt(reference.beside(running_var, x) + eps)
    return normalise_by(x, gamma, beta, reference.beside(running_mean, x), std), mean, var, cache


@mistake("batchnorm_forward", hint="eps is added to the variance, under the root: sqrt(var + eps).")
def batchnorm_eps_outside(x, gamma, beta, running_mean, running_var, training, momentum=0.1, eps=1e-5):
    _, mean, var, cache = reference.batchnorm_forward(
        x, gamma, beta, running_mean, running_var, training, momentum, eps
    )
    axes, _ = channels_of(x)
    centre, spread = (x.mean(axis=axes), x.std(axis=axes)) if training else (running_mean, np.sqrt(running_var))
    std = reference.beside(spread, x) + eps
    return normalise_by(x, gamma, beta, reference.beside(centre, x), std), mean, var, cache


@mistake("batchnorm_forward", hint="Divide by the standard deviation, the root of var + eps: here the root is missing.")
def batchnorm_by_the_variance(x, gamma, beta, running_mean, running_var, training, momentum=0.1, eps=1e-5):
    _, mean, var, cache = reference.batchnorm_forward(
        x, gamma, beta, running_mean, running_var, training, momentum, eps
    )
    axes, _ = channels_of(x)
    centre, spread = (x.mean(axis=axes), x.var(axis=axes)) if training else (running_mean, running_var)
    std = reference.beside(spread, x) + eps
    return normalise_by(x, gamma, beta, reference.beside(centre, x), std), mean, var, cache


@mistake("batchnorm_forward", hint="In evaluation the running averages stay: test rows must not change the network.")
def batchnorm_averages_in_evaluation(x, gamma, beta, running_mean, running_var, training, momentum=0.1, eps=1e-5):
    out, mean, var, cache = reference.batchnorm_forward(
        x, gamma, beta, running_mean, running_var, training, momentum, eps
    )
    if not training:
        axes, n = channels_of(x)
        mean = (1 - momentum) * running_mean + momentum * x.mean(axis=axes)
        var = (1 - momentum) * running_var + momentum * x.var(axis=axes) * n / max(n - 1, 1)
    return out, mean, var, cache


def batch_parts(dout, cache):
    """gamma / std, xhat, dgamma, dbeta and two means of batchnorm's gradient, of dout and of dout * xhat."""
    x, mean, std, gamma, axes, _ = cache
    xhat = (x - mean) / std
    about = dout.mean(axis=axes, keepdims=True), (dout * xhat).mean(axis=axes, keepdims=True)
    return gamma / std, xhat, (dout * xhat).sum(axis=axes), dout.sum(axis=axes), about


@mistake("batchnorm_backward", hint="Each x moves its channel's mean as well: subtract mean(dout).")
def batchnorm_backward_ignores_the_mean(dout, cache):
    slope, xhat, dgamma, dbeta, (_, spread) = batch_parts(dout, cache)
    return slope * (dout - xhat * spread if cache[-1] else dout), dgamma, dbeta


@mistake("batchnorm_backward", hint="Each x moves its channel's variance as well: subtract xhat * mean(dout * xhat).")
def batchnorm_backward_ignores_the_variance(dout, cache):
    slope, _, dgamma, dbeta, (centre, _) = batch_parts(dout, cache)
    return slope * (dout - centre if cache[-1] else dout), dgamma, dbeta


@mistake(
    "batchnorm_backward", hint="That holds in evaluation. In training mean and variance depend on x: two terms more."
)
def batchnorm_backward_always_evaluation(dout, cache):
    slope, _, dgamma, dbeta, _ = batch_parts(dout, cache)
    return slope * dout, dgamma, dbeta


@mistake("batchnorm_backward", hint="In evaluation mean and variance are constants: dx is gamma / std * dout, no more.")
def batchnorm_backward_always_training(dout, cache):
    slope, xhat, dgamma, dbeta, (centre, spread) = batch_parts(dout, cache)
    return slope * (dout - centre - xhat * spread), dgamma, dbeta


@mistake("batchnorm_backward", hint="gamma multiplied xhat, not x: dgamma is the sum of dout * xhat.")
def batchnorm_dgamma_of_x(dout, cache):
    dx, _, dbeta = reference.batchnorm_backward(dout, cache)
    return dx, (dout * cache[0]).sum(axis=cache[-2]), dbeta


@mistake("batchnorm_backward", hint="dx passes through gamma too: gamma / std, not 1 / std.")
def batchnorm_backward_without_gamma(dout, cache):
    dx, dgamma, dbeta = reference.batchnorm_backward(dout, cache)
    return dx / cache[3], dgamma, dbeta


@mistake("batchnorm_backward", hint="dgamma and dbeta are sums over the values of a channel, not means.")
def batchnorm_backward_means(dout, cache):
    dx, dgamma, dbeta = reference.batchnorm_backward(dout, cache)
    n = dout.size // dout.shape[1]
    return dx, dgamma / n, dbeta / n


@mistake("batchnorm_backward", hint="The order is (dx, dgamma, dbeta): gamma came before beta in forward.")
def batchnorm_backward_beta_first(dout, cache):
    dx, dgamma, dbeta = reference.batchnorm_backward(dout, cache)
    return dx, dbeta, dgamma


@mistake(
    "layernorm_forward", hint="Each row is normalised by itself: along the last axis, not down the batch (axis 0)."
)
def layernorm_down_the_batch(x, gamma, beta, eps=1e-5):
    _, cache = reference.layernorm_forward(x, gamma, beta, eps)
    return gamma * (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps) + beta, cache


@mistake(
    "layernorm_forward", hint="The last axis alone: each time step of a sequence has a mean and a variance of its own."
)
def layernorm_over_all_but_the_first(x, gamma, beta, eps=1e-5):
    _, cache = reference.layernorm_forward(x, gamma, beta, eps)
    axes = tuple(range(1, x.ndim)) or (0,)
    std = np.sqrt(x.var(axis=axes, keepdims=True) + eps)
    return gamma * (x - x.mean(axis=axes, keepdims=True)) / std + beta, cache


@mistake("layernorm_forward", hint="The variance divides by D, not by D - 1: leave ddof at 0.")
def layernorm_unbiased(x, gamma, beta, eps=1e-5):
    _, cache = reference.layernorm_forward(x, gamma, beta, eps)
    std = np.sqrt(x.var(axis=-1, keepdims=True, ddof=1) + eps)
    return gamma * (x - x.mean(axis=-1, keepdims=True)) / std + beta, cache


@mistake("layernorm_forward", hint="Without eps a constant row is 0 / 0, NaN: the root is of var + eps.")
def layernorm_without_eps(x, gamma, beta, eps=1e-5):
    _, cache = reference.layernorm_forward(x, gamma, beta, eps)
    return gamma * (x - x.mean(axis=-1, keepdims=True)) / x.std(axis=-1, keepdims=True) + beta, cache


@mistake("layernorm_forward", hint="eps is added to the variance, under the root: sqrt(var + eps).")
def layernorm_eps_outside(x, gamma, beta, eps=1e-5):
    _, cache = reference.layernorm_forward(x, gamma, beta, eps)
    return gamma * (x - x.mean(axis=-1, keepdims=True)) / (x.std(axis=-1, keepdims=True) + eps) + beta, cache


@mistake(
    "layernorm_backward", hint="gamma is shared by all rows: dgamma and dbeta are sums over all axes but the last."
)
def layernorm_dgamma_not_summed(dout, cache):
    dx, _, _ = reference.layernorm_backward(dout, cache)
    return dx, dout * cache[0], dout.copy()


@mistake(
    "layernorm_backward", hint="Sum dgamma and dbeta over ALL axes but the last: axis 0 is not enough for a sequence."
)
def layernorm_dgamma_over_the_first_axis(dout, cache):
    dx, _, _ = reference.layernorm_backward(dout, cache)
    axis = 0 if dout.ndim > 1 else ()
    return dx, (dout * cache[0]).sum(axis=axis), dout.sum(axis=axis)


@mistake(
    "layernorm_backward", hint="Those are batchnorm's means, down the batch: here they are along the row, axis -1."
)
def layernorm_backward_down_the_batch(dout, cache):
    xhat, gamma, std = cache
    _, dgamma, dbeta = reference.layernorm_backward(dout, cache)
    dxhat = dout * gamma
    return (dxhat - dxhat.mean(axis=0) - xhat * (dxhat * xhat).mean(axis=0)) / std, dgamma, dbeta


@mistake(
    "layernorm_backward", hint="gamma differs along the row, so it belongs inside the means: they are of dout * gamma."
)
def layernorm_backward_gamma_outside(dout, cache):
    xhat, gamma, std = cache
    _, dgamma, dbeta = reference.layernorm_backward(dout, cache)
    means = dout.mean(axis=-1, keepdims=True), (dout * xhat).mean(axis=-1, keepdims=True)
    return gamma / std * (dout - means[0] - xhat * means[1]), dgamma, dbeta


@mistake("layernorm_backward", hint="Each x moves its row's mean as well: subtract mean(dxhat).")
def layernorm_backward_ignores_the_mean(dout, cache):
    _, gamma, std = cache
    dx, dgamma, dbeta = reference.layernorm_backward(dout, cache)
    return dx + (dout * gamma).mean(axis=-1, keepdims=True) / std, dgamma, dbeta


@mistake("layernorm_backward", hint="Each x moves its row's variance as well: subtract xhat * mean(dxhat * xhat).")
def layernorm_backward_ignores_the_variance(dout, cache):
    xhat, gamma, std = cache
    dx, dgamma, dbeta = reference.layernorm_backward(dout, cache)
    return dx + xhat * (dout * gamma * xhat).mean(axis=-1, keepdims=True) / std, dgamma, dbeta


@mistake(
    "layernorm_backward",
    hint="dx passes through gamma and 1 / std; here mean and variance are constants, which they are not.",
)
def layernorm_backward_constants(dout, cache):
    _, gamma, std = cache
    _, dgamma, dbeta = reference.layernorm_backward(dout, cache)
    return dout * gamma / std, dgamma, dbeta


class ByCounter:
    """Before an EarlyStopping of the reference: it counts the updates that brought nothing better, one by one."""

    bad = 0

    def is_better(self, loss):
        return loss < self.best_loss - self.min_delta

    def keep(self, loss, params):
        self.best_loss, self.best_epoch = loss, self._epoch
        self.best_params = [param.copy() for param in params]
        self.bad = 0

    def update(self, loss, params):
        self._epoch += 1
        if self.is_better(loss):
            self.keep(loss, params)
        else:
            self.bad += 1
        return self.bad >= self.patience


@mistake("EarlyStopping", hint="Training changes params in place, and what you keep with them: keep copies.")
class StoppingKeepsReferences(ByCounter, reference.EarlyStopping):
    def keep(self, loss, params):
        super().keep(loss, params)
        self.best_params = list(params)


@mistake("EarlyStopping", hint="It stops one update late: with the patience-th bad one it is over.")
class StoppingOneLate(ByCounter, reference.EarlyStopping):
    def update(self, loss, params):
        super().update(loss, params)
        return self.bad > self.patience


@mistake("EarlyStopping", hint="It stops one update early: patience counts the updates that brought nothing better.")
class StoppingOneEarly(ByCounter, reference.EarlyStopping):
    def update(self, loss, params):
        super().update(loss, params)
        return self.bad >= self.patience - 1


@mistake("EarlyStopping", hint="As good is not better: strictly below best_loss - min_delta, so < and not <=.")
class StoppingTakesTies(ByCounter, reference.EarlyStopping):
    def is_better(self, loss):
        return loss <= self.best_loss - self.min_delta


@mistake("EarlyStopping", hint="A better loss sets the count back to 0: only bad updates in a row count.")
class StoppingNeverCountsAnew(ByCounter, reference.EarlyStopping):
    def keep(self, loss, params):
        bad = self.bad
        super().keep(loss, params)
        self.bad = bad


@mistake(
    "EarlyStopping", hint="Compare with the best loss so far, not with the last: after a rise, any fall looks good."
)
class StoppingComparesWithTheLast(ByCounter, reference.EarlyStopping):
    last = np.inf

    def is_better(self, loss):
        last, self.last = self.last, loss
        return loss < last - self.min_delta


@mistake(
    "EarlyStopping", hint="min_delta is subtracted: a loss must be that much BELOW the best. Added, worse ones count."
)
class StoppingMinDeltaAdded(ByCounter, reference.EarlyStopping):
    def is_better(self, loss):
        return loss < self.best_loss + self.min_delta


@mistake("EarlyStopping", hint="min_delta is not looked at: to count, a loss must be below best_loss - min_delta.")
class StoppingWithoutMinDelta(ByCounter, reference.EarlyStopping):
    def is_better(self, loss):
        return loss < self.best_loss


@mistake("EarlyStopping", hint="best_epoch counts from 0: the first update is epoch 0.")
class StoppingCountsFromOne(ByCounter, reference.EarlyStopping):
    def keep(self, loss, params):
        super().keep(loss, params)
        self.best_epoch = self._epoch + 1


@mistake("EarlyStopping", hint="best_params are those of the best epoch: they must not follow every update.")
class StoppingKeepsTheLast(ByCounter, reference.EarlyStopping):
    def update(self, loss, params):
        stop = super().update(loss, params)
        self.best_params = [param.copy() for param in params]
        return stop


@mistake("EarlyStopping", hint="NaN compares as False: ask whether the loss is better, not whether it is worse.")
class StoppingTakesNaN(ByCounter, reference.EarlyStopping):
    def is_better(self, loss):
        return not loss >= self.best_loss - self.min_delta
