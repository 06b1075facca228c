"""Regularization: how a network that could learn its rows by heart is kept from it, and how its layers are kept in scale.

Float arrays throughout; results have the dtype of x or w (float32 in, float32 out), and functions leave what they are
given as it was. The lines above yours refuse bad input; they are given, as the helpers are.

xxx_forward returns (..., cache) and xxx_backward(dout, cache) the gradients, in the order of forward's array inputs. A
cache is your own: whatever your backward needs, and no check looks inside. Other layers may have been called in between.
"""

import itertools

import numpy as np

MOST_INPUTS = 10  # dropout_ensemble: 2^10 networks are enough to see it


def require(holds, message):
    """Raise ValueError(message) unless it holds. Given, as its calls are: refusing bad input is not the lesson here."""
    if not holds:
        raise ValueError(message)


def require_amounts(**amounts):
    """Raise ValueError unless each of these settings is at least 0. Given."""
    for name, value in amounts.items():
        require(value >= 0, f"{name} must be at least 0, not {value}")


def require_share(**shares):
    """Raise ValueError unless each of these settings is from 0 to 1. Given."""
    for name, value in shares.items():
        require(0 <= value <= 1, f"{name} must be from 0 to 1, not {value}")


def log_probabilities(scores):
    """Logarithms of softmax along the last axis, without overflow. Given, for dropout_ensemble."""
    centred = scores - scores.max(axis=-1, keepdims=True)
    return centred - np.log(np.exp(centred).sum(axis=-1, keepdims=True))


def beside(values, x):
    """One value for each channel, (C,), in a shape that broadcasts against x, (N, C) or (N, C, H, W). Given, for batchnorm."""
    return values.reshape(-1, *[1] * (x.ndim - 2))


def follow(stopper, losses, params):
    """Tell an EarlyStopping one loss after another, and move the parameters after each. Given; the checks call it.

    Args:
        stopper: an EarlyStopping.
        losses: list of numbers, one an epoch.
        params: list of float arrays; after each update, 1 is added to all their entries IN PLACE, as a training step would.

    Returns:
        (stop, best_params): the index of the loss at which update returned True, None if it never did, and what
        the stopper kept.
    """
    for epoch, loss in enumerate(losses):
        stop = stopper.update(loss, params)
        for param in params:
            param += 1
        if stop:
            return epoch, stopper.best_params
    return None, stopper.best_params


def l1_penalty(w, strength):
    """What large weights cost, by their size: strength * sum |w|.

    The gradient of |w| is 1 above 0 and -1 below, however small w is. At 0 there is a corner; by convention we take 0.

    Args:
        w: float array of any shape.
        strength: number, at least 0.

    Returns:
        (loss, gradient): a number, and an array of w's shape and dtype.

    Raises:
        ValueError: naming strength, if it is negative.

    Source: Goodfellow, Bengio, Courville, "Deep Learning" (2016), section 7.1.2; torch's gradient of abs at 0.

    Example:
        >>> loss, gradient = l1_penalty(np.array([3.0, -1.0, 0.0]), strength=0.5)
        >>> float(loss), gradient.tolist()
        (2.0, [0.5, -0.5, 0.0])
    """
    require_amounts(strength=strength)
    raise NotImplementedError


def l2_penalty(w, strength):
    """What large weights cost, by their squares: strength / 2 * sum w^2.

    With the half in front the gradient is strength * w: what torch's optimizers add to the gradient as weight_decay.

    Args:
        w: float array of any shape.
        strength: number, at least 0.

    Returns:
        (loss, gradient): a number, and an array of w's shape and dtype.

    Raises:
        ValueError: naming strength, if it is negative.

    Source: Goodfellow, Bengio, Courville (2016), section 7.1.1; weight_decay of torch.optim.SGD.

    Example:
        >>> loss, gradient = l2_penalty(np.array([3.0, -1.0, 0.0]), strength=0.5)
        >>> float(loss), gradient.tolist()
        (2.5, [1.5, -0.5, 0.0])
    """
    require_amounts(strength=strength)
    raise NotImplementedError


def elastic_net(w, strength, l1_ratio):
    """Both penalties at once: strength * (l1_ratio * sum |w| + (1 - l1_ratio) / 2 * sum w^2).

    l1_ratio = 1 is the L1 penalty alone (lasso), l1_ratio = 0 the L2 penalty alone (ridge).

    Args:
        w: float array of any shape.
        strength: number, at least 0.
        l1_ratio: number from 0 to 1.

    Returns:
        (loss, gradient): a number, and an array of w's shape and dtype. At w = 0 the gradient is 0.

    Raises:
        ValueError: naming strength, if it is negative; naming l1_ratio, if it is not from 0 to 1.

    Source: the penalty of sklearn.linear_model.ElasticNet, whose alpha is our strength; Zou and Hastie, "Regularization
    and variable selection via the elastic net" (2005).

    Example:
        >>> loss, gradient = elastic_net(np.array([3.0, -1.0, 0.0]), strength=1.0, l1_ratio=0.5)
        >>> float(loss), gradient.tolist()
        (4.5, [2.0, -1.0, 0.0])
    """
    require_amounts(strength=strength)
    require_share(l1_ratio=l1_ratio)
    raise NotImplementedError


def proximal_l1(w, lr, strength):
    """One step of L1 that can end at 0 exactly: move each weight towards 0 by lr * strength, and stop there.

    out = sign(w) * max(|w| - lr * strength, 0)

    A step against l1_penalty's gradient jumps over 0 and back for ever. Instead, take a gradient step on the loss alone,
    then this one: it is called soft thresholding, and with it lasso finds weights that are really 0.

    Args:
        w: float array of any shape.
        lr: learning rate, at least 0.
        strength: of the L1 penalty, at least 0.

    Returns:
        New array of w's shape and dtype.

    Raises:
        ValueError: naming lr or strength, if it is negative.

    Source: Parikh and Boyd, "Proximal Algorithms" (2014); Daubechies, Defrise, De Mol, "An iterative thresholding algorithm
    for linear inverse problems with a sparsity constraint" (2004).

    Example:
        >>> proximal_l1(np.array([3.0, -1.0, 0.25]), lr=0.5, strength=1.0)
        array([ 2.5, -0.5,  0. ])
    """
    require_amounts(lr=lr, strength=strength)
    raise NotImplementedError


def max_norm(w, limit):
    """Shorten what is too long: rows whose Euclidean norm is above limit are scaled to it, the others stay as they are.

    A row is what one unit is fed by: w[k], all axes but the first. Dropout's authors recommend it beside dropout.

    Args:
        w: float array (out, in), or (F, C, kH, kW) of a convolution: at least two axes.
        limit: number above 0.

    Returns:
        New array of w's shape and dtype. A row of zeros stays a row of zeros.

    Raises:
        ValueError: naming w, if it has fewer than two axes; naming limit, if it is not above 0.

    Source: Srivastava and others, "Dropout" (2014), section 5.1; torch.renorm(w, 2, 0, limit).

    Example:
        >>> max_norm(np.array([[3.0, 4.0], [0.3, 0.4]]), limit=1.0)
        array([[0.6, 0.8],
               [0.3, 0.4]])
    """
    require(w.ndim >= 2, f"w must have at least two axes, but its shape is {w.shape}")
    require(limit > 0, f"limit must be above 0, not {limit}")
    raise NotImplementedError


def dropout_forward(x, p, rng, training=True):
    """Drop each number with probability p, and make up for it: what stays is divided by 1 - p.

    Every entry is dropped (becomes 0) by a draw of its own. Since what stays grows, the mean of out over all draws is x.
    Outside training nothing is dropped and nothing is scaled: out is x, the array itself or a copy.

    Args:
        x: float array of any shape, finite.
        p: the probability to DROP an entry, from 0 to 1, as in torch. With p = 1 all of out is 0, without a warning.
        rng: numpy Generator, the only source of randomness.
        training: False in evaluation.

    Returns:
        (out, cache): out of x's shape and dtype; cache is whatever dropout_backward needs.

    Raises:
        ValueError: naming p, if it is not from 0 to 1.

    Source: torch.nn.Dropout; Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov, "Dropout: A Simple Way to Prevent
    Neural Networks from Overfitting" (2014), section 4, where p is the probability to keep, and the scaling is done in
    evaluation.

    Example:
        >>> out, cache = dropout_forward(np.ones(1000), 0.75, np.random.default_rng(0))
        >>> np.unique(out).tolist()
        [0.0, 4.0]
    """
    require_share(p=p)
    raise NotImplementedError


def dropout_backward(dout, cache):
    """Gradient of dropout: what was dropped gets 0, what stayed is scaled as it was forwards.

    Args:
        dout: upstream gradient, of out's shape.
        cache: what dropout_forward returned beside out.

    Returns:
        dx, of the shape and dtype of dout.

    Source: the gradient of torch.nn.functional.dropout.

    Example:
        >>> out, cache = dropout_forward(np.ones(6), 0.5, np.random.default_rng(0))
        >>> bool(np.all(dropout_backward(np.full(6, 10.0), cache) == 10 * out))
        True
    """
    raise NotImplementedError


def dropout_ensemble(x, w, b, p):
    """Ask all 2^D networks that dropout makes of a softmax layer, and take the geometric mean of their answers.

    A mask m of D zeros and ones makes the network softmax((x * m) W^T + b), and dropout draws it with the probability
    P(m) = product over the inputs of (1 - p where m is 1, p where m is 0). Per row and class, over all masks:

        log q = sum of P(m) * log softmax((x * m) W^T + b),   and q is then divided by its sum over the classes.

    Nothing is divided by 1 - p here: this is dropout as its authors wrote it down. (When it works, compare it with
    softmax((1 - p) x W^T + b), one single network.)

    Args:
        x: float array (N, D), with 1 <= D <= 10.
        w: float array (K, D). b: float array (K,).
        p: the probability to drop an input, from 0 to 1.

    Returns:
        q (N, K), of x's dtype: in each row probabilities that add up to 1.

    Raises:
        ValueError: naming x, if it has more than 10 columns; naming p, if it is not from 0 to 1.

    Source: Goodfellow, Bengio, Courville (2016), section 7.12.

    Example:
        >>> q = dropout_ensemble(np.array([[2.0]]), np.array([[0.0], [np.log(3.0)]]), np.zeros(2), p=0.5)
        >>> np.round(q, 6)
        array([[0.25, 0.75]])
    """
    require(x.shape[1] <= MOST_INPUTS, f"x must have at most {MOST_INPUTS} columns, not {x.shape[1]}")
    require_share(p=p)
    raise NotImplementedError


def batchnorm_forward(x, gamma, beta, running_mean, running_var, training, momentum=0.1, eps=1e-5):
    """Normalise each channel over the batch, then stretch it by gamma and move it by beta.

    xhat = (x - mean) / sqrt(var + eps),   out = gamma * xhat + beta

    Training: mean and var are those of this batch, each channel's over N (and over H and W, for images). var divides by
    the number n of values, as np.var does. The running averages take the batch in, each by the share momentum:

        running = (1 - momentum) * running + momentum * (mean; var * n / (n - 1), the unbiased variance)

    Evaluation: mean and var ARE the running averages, which are returned as they were. No row depends on another.

    Args:
        x: float array (N, C) or (N, C, H, W).
        gamma, beta, running_mean, running_var: float arrays (C,).
        training: True or False.
        momentum: share of the batch in the running averages, from 0 to 1. (In Keras it is the share that is kept.)
        eps: added to the variance, under the root.

    Returns:
        (out, running_mean, running_var, cache): out of x's shape and dtype; the running averages afterwards, as new
        arrays or, in evaluation, those given; cache is whatever batchnorm_backward needs.

    Raises:
        ValueError: naming x, if it has neither two axes nor four, or in training only one value per channel (it would
            be its own mean: out is beta, whatever x was); naming momentum, if it is not from 0 to 1.

    Source: torch.nn.BatchNorm1d, torch.nn.BatchNorm2d; Ioffe and Szegedy, "Batch Normalization" (2015), algorithm 1.

    Example:
        >>> x, one, zero = np.array([[1.0], [3.0]]), np.ones(1), np.zeros(1)
        >>> out, running_mean, running_var, cache = batchnorm_forward(x, one, zero, zero, one, training=True)
        >>> np.round(out.ravel(), 4).tolist(), running_mean.tolist(), np.round(running_var, 6).tolist()
        ([-1.0, 1.0], [0.2], [1.1])
    """
    require(x.ndim in (2, 4), f"x must have the axes (N, C) or (N, C, H, W), but its shape is {x.shape}")
    require(
        not training or x.size > x.shape[1], f"x must hold more than 1 value per channel in training: shape {x.shape}"
    )
    require_share(momentum=momentum)
    raise NotImplementedError


def batchnorm_backward(dout, cache):
    """Gradients of batch normalisation, in the mode in which forward ran.

    Training: each x also moved its channel's mean and variance. With the means over the n values of a channel,

        dx = gamma / std * (dout - mean(dout) - xhat * mean(dout * xhat)),   std = sqrt(var + eps).

    Evaluation: mean and variance were constants, so dx = gamma / std * dout.
    Both: dgamma = sum of dout * xhat and dbeta = sum of dout, over a channel's values.

    Args:
        dout: upstream gradient, of out's shape.
        cache: what batchnorm_forward returned last.

    Returns:
        (dx, dgamma, dbeta): of the shapes of x, gamma and beta and the dtype of dout. Nothing flows through the running
        averages.

    Source: the gradients of torch.nn.BatchNorm1d and BatchNorm2d; Ioffe and Szegedy (2015), section 3.

    Example:
        >>> x, one, zero = np.array([[1.0], [3.0]]), np.ones(1), np.zeros(1)
        >>> *_, cache = batchnorm_forward(x, one, zero, zero, one, training=True, eps=0.0)
        >>> dx, dgamma, dbeta = batchnorm_backward(np.array([[5.0], [2.0]]), cache)
        >>> dx.ravel().tolist(), dgamma.tolist(), dbeta.tolist()
        ([0.0, 0.0], [-3.0], [7.0])
    """
    raise NotImplementedError


def layernorm_forward(x, gamma, beta, eps=1e-5):
    """Normalise each row by itself, over its last axis; then gamma and beta, one of each for every place of a row.

    xhat = (x - mean) / sqrt(var + eps),   out = gamma * xhat + beta

    mean and var (which divides by D, as np.var does) are each row's own. There is no batch in it: no running averages, no
    difference between training and evaluation, and a batch of one row will do. A constant row gives beta.

    Args:
        x: float array (..., D), with any number of axes in front, or none.
        gamma, beta: float arrays (D,).
        eps: added to the variance, under the root.

    Returns:
        (out, cache): out of x's shape and dtype; cache is whatever layernorm_backward needs.

    Source: torch.nn.LayerNorm(D); Ba, Kiros, Hinton, "Layer Normalization" (2016).

    Example:
        >>> out, cache = layernorm_forward(np.array([[1.0, 3.0], [10.0, 30.0]]), np.ones(2), np.zeros(2))
        >>> np.round(out, 4).tolist()
        [[-1.0, 1.0], [-1.0, 1.0]]
    """
    raise NotImplementedError


def layernorm_backward(dout, cache):
    """Gradients of layer normalisation: batchnorm's formula, along the other axis.

    Every place of a row has a gamma of its own, so it stays inside the means, which are over the D places of a row:

        dxhat = dout * gamma,   dx = (dxhat - mean(dxhat) - xhat * mean(dxhat * xhat)) / std,   std = sqrt(var + eps)

    dgamma and dbeta are the sums of dout * xhat and of dout over all rows, whatever axes there are in front.

    Args:
        dout: upstream gradient, of out's shape.
        cache: what layernorm_forward returned beside out.

    Returns:
        (dx, dgamma, dbeta): of the shapes of x, gamma and beta and the dtype of dout.

    Source: the gradients of torch.nn.LayerNorm.

    Example:
        >>> out, cache = layernorm_forward(np.array([[1.0, 3.0]]), np.array([2.0, 1.0]), np.zeros(2), eps=0.0)
        >>> dx, dgamma, dbeta = layernorm_backward(np.array([[5.0, 7.0]]), cache)
        >>> dx.tolist(), dgamma.tolist(), dbeta.tolist()
        ([[0.0, 0.0]], [-5.0, 7.0], [5.0, 7.0])
    """
    raise NotImplementedError


class EarlyStopping:
    """Keep the parameters from the best epoch, and say when to give up: after `patience` epochs without a better one.

    A loss is better if it is below best_loss - min_delta. NaN is never better, and the first finite loss always is.

    Args:
        patience: whole number, at least 1.
        min_delta: by how much a loss must be below the best one to count, at least 0.

    Attributes:
        best_loss: the lowest loss that counted; infinity before the first update.
        best_epoch: its number, the first update being number 0; -1 before.
        best_params: list of copies of the parameters of that epoch; None before.

    Raises:
        ValueError: naming patience, if it is below 1; naming min_delta, if it is negative.

    Source: Goodfellow, Bengio, Courville (2016), section 7.8; Prechelt, "Early Stopping - But When?" (1998).

    Example:
        >>> stopper = EarlyStopping(patience=2)
        >>> [stopper.update(loss, [np.zeros(3)]) for loss in (3.0, 1.0, 1.5, 1.2)], stopper.best_epoch
        ([False, False, False, True], 1)
    """

    def __init__(self, patience, min_delta=0.0):
        require(patience >= 1, f"patience must be at least 1, not {patience}")
        require_amounts(min_delta=min_delta)
        raise NotImplementedError

    def update(self, loss, params):
        """Take in the loss and the parameters of one epoch.

        Args:
            loss: number, on rows that are not trained on.
            params: list of float arrays. Training goes on changing them in place, so what is kept are copies.

        Returns:
            True if this was at least the `patience`-th update in a row that brought nothing better, else False.
        """
        raise NotImplementedError
