"""Losses: how far off the answer is, as one number, and the gradient that says where to go.

Every function returns (loss, gradient): the mean loss as a number, and its gradient for the first argument, a new array
of that argument's shape and dtype (float32 in, float32 out; integers stand for the same numbers in float64); triplet
returns a tuple of three gradients. The arguments stay as they were.
"""

import numpy as np

EPS = 1e-6  # added to each coordinate's difference inside triplet's distances, as torch does


def require(holds, message):
    """Raise ValueError(message) unless it holds. Given, as its calls are: refusing bad input is not the lesson here."""
    if not holds:
        raise ValueError(message)


def require_targets(name, predictions, targets):
    """Predictions, called `name`, must not be empty, and targets must have their shape: nothing is broadcast. Given."""
    require(predictions.size > 0, f"{name} must not be empty, but its shape is {predictions.shape}")
    require(targets.shape == predictions.shape, f"targets must have the shape {predictions.shape}, not {targets.shape}")


def require_labels(name, scores, labels):
    """Scores (N, C), called `name`, must have a row, and labels a class from 0 to C - 1 for each row. Given."""
    rows, classes = scores.shape
    require(rows > 0, f"{name} must have at least one row")
    require(
        labels.shape == (rows,), f"labels must hold one class for each of {rows} rows; their shape is {labels.shape}"
    )
    require(labels.min() >= 0 and labels.max() < classes, f"labels must be from 0 to {classes - 1}, not {labels}")


def mse(predictions, targets):
    """Mean squared error, the mean over all N elements of (prediction - target)^2.

    Each element appears in one term, (p - t)^2 / N, so its gradient is 2 (p - t) / N.

    Args:
        predictions: array of any shape, N elements in all.
        targets: array of the same shape.

    Returns:
        (loss, gradient): a number, and a new array of predictions' shape and dtype (float64 for integers). The
        arguments stay as they were.

    Raises:
        ValueError: naming targets, if its shape differs (nothing is broadcast); naming predictions, if it is empty.

    Source: torch.nn.functional.mse_loss.

    Example:
        >>> loss, gradient = mse(np.array([3.0, 5.0]), np.array([2.0, 7.0]))
        >>> print(loss, gradient)
        2.5 [ 1. -2.]
    """
    require_targets("predictions", predictions, targets)
    ### BEGIN SOLUTION
    error = predictions - targets
    return np.mean(error**2), 2 * error / error.size
    ### END SOLUTION


def rmse(predictions, targets):
    """Root mean squared error, sqrt(mse): in the units of the targets.

    By the chain rule through the root, d sqrt(mse) = d mse / (2 sqrt(mse)), so the gradient is (p - t) / (N rmse).
    Where the loss is 0 there is no derivative; the convention is a gradient of 0, without a warning.

    Args:
        predictions: array of any shape, N elements in all.
        targets: array of the same shape.

    Returns:
        (loss, gradient): a number, and a new array of predictions' shape and dtype (float64 for integers). The
        arguments stay as they were.

    Raises:
        ValueError: naming targets, if its shape differs (nothing is broadcast); naming predictions, if it is empty.

    Example:
        >>> loss, gradient = rmse(np.array([1.0, 7.0]), np.array([2.0, 0.0]))
        >>> print(loss, gradient)
        5.0 [-0.1  0.7]
    """
    require_targets("predictions", predictions, targets)
    ### BEGIN SOLUTION
    error = predictions - targets
    loss = np.sqrt(np.mean(error**2))
    gradient = error / error.size
    return loss, gradient / loss if loss > 0 else gradient  # where the loss is 0, so is every error
    ### END SOLUTION


def nll(log_probs, labels):
    """Negative log-likelihood, the mean over the batch of -log_probs[n, labels[n]].

    Only the label's entry of each row counts: its gradient is -1 / N, that of all others is 0.

    Args:
        log_probs: array (N, C) of log-probabilities. An entry may be -inf (probability 0): where it is not the
            label's, it costs nothing and warns of nothing.
        labels: integer array (N,), classes from 0 to C - 1 (not one-hot rows).

    Returns:
        (loss, gradient): a number, and a new array (N, C) of log_probs' dtype (float64 for integers). The arguments stay as
        they were.

    Raises:
        ValueError: naming labels, if there is not one for each row or one is below 0 or above C - 1; naming
            log_probs, if N is 0.

    Source: torch.nn.functional.nll_loss.

    Example:
        >>> loss, gradient = nll(np.array([[-2.0, -0.5], [-1.0, -3.0]]), np.array([0, 0]))
        >>> print(loss)
        1.5
        >>> gradient
        array([[-0.5,  0. ],
               [-0.5,  0. ]])
    """
    require_labels("log_probs", log_probs, labels)
    ### BEGIN SOLUTION
    rows = np.arange(len(labels))
    gradient = np.zeros_like(log_probs)
    gradient[rows, labels] = -1
    return -np.mean(log_probs[rows, labels]), gradient / len(labels)
    ### END SOLUTION


def binary_cross_entropy(logits, targets):
    """Cross-entropy of yes-or-no answers, from logits, the mean over all N elements.

    With p = sigmoid(x), an element's loss is -(t log p + (1 - t) log(1 - p)) = log(1 + exp(x)) - t x, whose
    derivative is p - t. Exact, finite and free of warnings for |x| up to 10,000: no exp of a large positive
    number, no logarithm of a probability, no clipping. Hint: log(1 + exp(x)) = max(x, 0) + log(1 + exp(-|x|)).

    Args:
        logits: array of any shape, N elements in all; not yet through the sigmoid.
        targets: array of the same shape, values from 0 to 1.

    Returns:
        (loss, gradient): a number, and a new array of logits' shape and dtype (float64 for integers). The arguments
        stay as they were.

    Raises:
        ValueError: naming targets, if its shape differs or a value lies outside [0, 1]; naming logits, if it is empty.

    Source: torch.nn.functional.binary_cross_entropy_with_logits.

    Example:
        >>> loss, gradient = binary_cross_entropy(np.array([np.log(3.0)]), np.array([0.0]))
        >>> print(np.round(np.exp(loss), 6), gradient)
        4.0 [0.75]
    """
    require_targets("logits", logits, targets)
    require(targets.min() >= 0 and targets.max() <= 1, f"targets must be from 0 to 1, not {targets}")
    ### BEGIN SOLUTION
    decay = np.exp(-np.abs(logits))
    loss = np.mean(np.maximum(logits, 0) - targets * logits + np.log1p(decay))
    p = np.exp(np.minimum(logits, 0)) / (1 + decay)  # the sigmoid, above the bar 1 or exp(x)
    return loss, (p - targets) / logits.size
    ### END SOLUTION


def cross_entropy(logits, labels):
    """Softmax cross-entropy, the mean over the batch of -log(softmax(logits[n])[labels[n]]).

    A row's loss is log(sum_j exp(x_j)) - x_label; its derivative is softmax(x)_j, less 1 at the label. Exact,
    finite and free of warnings for logits up to 10,000 in magnitude: shift by the maximum, and never take the
    logarithm of a probability (which may have underflowed to 0), clipped or not.

    Args:
        logits: array (N, C), any real scores.
        labels: integer array (N,), classes from 0 to C - 1 (not one-hot rows).

    Returns:
        (loss, gradient): a number, and a new array (N, C) of logits' dtype (float64 for integers). The arguments stay as
        they were.

    Raises:
        ValueError: naming labels, if there is not one for each row or one is below 0 or above C - 1; naming logits,
            if N is 0.

    Source: torch.nn.functional.cross_entropy.

    Example:
        >>> loss, gradient = cross_entropy(np.array([[0.0, np.log(3.0)]]), np.array([0]))
        >>> print(np.exp(loss), gradient)
        4.0 [[-0.75  0.75]]
    """
    require_labels("logits", logits, labels)
    ### BEGIN SOLUTION
    n = len(labels)
    rows = np.arange(n)
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_probs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    gradient = np.exp(log_probs)
    gradient[rows, labels] -= 1
    return -np.mean(log_probs[rows, labels]), gradient / n
    ### END SOLUTION


def hinge(scores, labels, margin=1.0):
    """Multi-class hinge: every wrong class should score at least `margin` below the true one.

    A row's loss is the sum over the wrong classes j of max(0, s_j - s_label + margin), its mean is taken over the
    batch. Each positive term sends +1 / N to its class j and -1 / N to the label; a term of exactly 0 sends nothing.

    Args:
        scores: array (N, C).
        labels: integer array (N,), classes from 0 to C - 1.
        margin: the distance asked for.

    Returns:
        (loss, gradient): a number, and a new array (N, C) of scores' dtype (float64 for integers). The arguments stay as
        they were.

    Raises:
        ValueError: naming labels, if there is not one for each row or one is below 0 or above C - 1; naming scores,
            if N is 0.

    Source: Weston and Watkins, "Support Vector Machines for Multi-Class Pattern Recognition" (1999).
        torch.nn.MultiMarginLoss is this divided by C.

    Example:
        >>> loss, gradient = hinge(np.array([[2.0, 1.5, -1.0], [0.0, 3.0, 1.0]]), np.array([0, 2]))
        >>> print(loss)
        1.75
        >>> gradient
        array([[-0.5,  0.5,  0. ],
               [ 0. ,  0.5, -0.5]])
    """
    require_labels("scores", scores, labels)
    ### BEGIN SOLUTION
    n = len(labels)
    rows = np.arange(n)
    terms = np.maximum(0, scores - scores[rows, labels][:, None] + margin)
    terms[rows, labels] = 0
    gradient = (terms > 0).astype(scores.dtype)
    gradient[rows, labels] = -gradient.sum(axis=1)
    return terms.sum() / n, gradient / n
    ### END SOLUTION


def contrastive(distances, same, margin):
    """Contrastive loss of pairs: draw together what is the same, push what differs out to the margin.

    A pair's loss is d^2 / 2 if it is the same, max(0, margin - d)^2 / 2 if it differs; the mean is taken over the
    pairs. The derivatives are d and -max(0, margin - d): a spring that pulls, and one that pushes within the margin.

    Args:
        distances: array (N,), how far apart the two of each pair lie; at least 0.
        same: boolean array (N,), True where the two belong together. The paper's Y is the other way round, 0 for
            similar and 1 for dissimilar pairs.
        margin: how far apart pairs that differ should be.

    Returns:
        (loss, gradient): a number, and a new array (N,) of distances' dtype (float64 for integers). The arguments stay
        as they were.

    Raises:
        ValueError: naming same, if its shape differs; naming distances, if it is empty or a value is negative.

    Source: Hadsell, Chopra, LeCun, "Dimensionality Reduction by Learning an Invariant Mapping" (2006), section 2.1;
        there summed over the pairs.

    Example:
        >>> loss, gradient = contrastive(np.array([2.0, 2.0]), np.array([True, False]), margin=3.0)
        >>> print(loss, gradient)
        1.25 [ 1.  -0.5]
    """
    require(distances.size > 0 and distances.min() >= 0, f"distances must be some, and none below 0, not {distances}")
    require(same.shape == distances.shape, f"same must have distances' shape {distances.shape}, not {same.shape}")
    ### BEGIN SOLUTION
    spring = np.where(same, distances, np.minimum(0, distances - margin))  # how far it is drawn out, or pressed in
    return np.mean(spring**2) / 2, spring / len(distances)
    ### END SOLUTION


def triplet(anchor, positive, negative, margin):
    """Triplet loss: the anchor should be closer to the positive than to the negative, by a margin.

    With d(x, y) = ||x - y + EPS||, the Euclidean norm (not squared), EPS added to every coordinate, a row's loss is
    max(0, d(a, p) - d(a, n) + margin); the mean is taken over the batch. With the unit vectors u = (a - p + EPS) / d(a, p)
    and v = (a - n + EPS) / d(a, n), a row that costs something has the gradients (u - v) / N for the anchor, -u / N
    for the positive and v / N for the negative; a row that costs 0 has gradients of 0.

    Args:
        anchor: array (N, D).
        positive: array (N, D), of the anchor's kind.
        negative: array (N, D), of another kind. Positive and negative may each coincide with the anchor: EPS keeps u and
            v finite there, without a warning.
        margin: how much farther the negative should be.

    Returns:
        (loss, (danchor, dpositive, dnegative)): a number, and three new arrays (N, D) of the anchor's dtype (float64
        for integers). The arguments stay as they were.

    Raises:
        ValueError: naming positive or negative, whichever has not the anchor's shape; naming anchor, if N is 0.

    Source: torch.nn.TripletMarginLoss with p=2.

    Example:
        >>> a, p, n = np.array([[0.0, 0.0]]), np.array([[3.0, 4.0]]), np.array([[0.0, 2.0]])
        >>> loss, (danchor, dpositive, dnegative) = triplet(a, p, n, margin=1.0)
        >>> print(np.round(loss, 4), np.round(danchor, 4), np.round(dpositive, 4), np.round(dnegative, 4))
        4.0 [[-0.6  0.2]] [[0.6 0.8]] [[ 0. -1.]]
    """
    require(len(anchor) > 0, "anchor must have at least one row")
    require(positive.shape == anchor.shape, f"positive must have the shape {anchor.shape}, not {positive.shape}")
    require(negative.shape == anchor.shape, f"negative must have the shape {anchor.shape}, not {negative.shape}")
    ### BEGIN SOLUTION
    to_positive, to_negative = anchor - positive + EPS, anchor - negative + EPS
    near = np.linalg.norm(to_positive, axis=1, keepdims=True)
    far = np.linalg.norm(to_negative, axis=1, keepdims=True)
    terms = np.maximum(0, near - far + margin)
    share = (terms > 0).astype(anchor.dtype) / len(anchor)
    u, v = share * to_positive / near, share * to_negative / far
    return np.mean(terms), (u - v, -u, v)
    ### END SOLUTION
