"""Known wrong answers, each with the hint that a student gets.

Each is wrong in one thing only: bad input is refused as the given lines refuse it.
"""

import numpy as np

from autograder import mistake, reference_beside

reference = reference_beside(__file__)


@mistake("mse", hint="It is the mean over all elements, not the sum: divide the loss and its gradient by their number.")
def mse_sum(predictions, targets):
    loss, gradient = reference.mse(predictions, targets)
    return loss * predictions.size, gradient * predictions.size


@mistake(
    "mse",
    hint="The mean's 1/N is part of the loss, so it is part of the gradient: divide by the number of elements there too.",
)
def mse_gradient_not_divided(predictions, targets):
    loss, gradient = reference.mse(predictions, targets)
    return loss, gradient * predictions.size


@mistake("mse", hint="The mean runs over all elements, not over the rows only: N is predictions.size, not its length.")
def mse_mean_over_rows(predictions, targets):
    loss, gradient = reference.mse(predictions, targets)
    columns = predictions.size / len(predictions)
    return loss * columns, gradient * columns


@mistake("mse", hint="The square's derivative brings a factor 2 down; only a loss with 1/2 in front is without it.")
def mse_gradient_without_two(predictions, targets):
    loss, gradient = reference.mse(predictions, targets)
    return loss, gradient / 2


@mistake(
    "mse",
    hint="The gradient for the predictions is 2 (p - t) / N. With p and t swapped it is that for the targets: its negative.",
)
def mse_gradient_sign(predictions, targets):
    loss, gradient = reference.mse(predictions, targets)
    return loss, -gradient


@mistake("rmse", hint="This is mse's gradient. The chain rule through the root divides it by 2 * rmse.")
def rmse_gradient_of_mse(predictions, targets):
    return reference.rmse(predictions, targets)[0], reference.mse(predictions, targets)[1]


@mistake("rmse", hint="The derivative of a root is 1 / (2 root): the 2 cancels the one that the square brings down.")
def rmse_gradient_twice(predictions, targets):
    loss, gradient = reference.rmse(predictions, targets)
    return loss, 2 * gradient


@mistake("rmse", hint="The gradient is (p - t) / (N rmse): a prediction above its target has a positive gradient.")
def rmse_gradient_sign(predictions, targets):
    loss, gradient = reference.rmse(predictions, targets)
    return loss, -gradient


@mistake("rmse", hint="Take the mean of the squares before the root, not their sum.")
def rmse_of_the_sum(predictions, targets):
    loss, gradient = reference.rmse(predictions, targets)
    return loss * predictions.size**0.5, gradient * predictions.size**0.5


@mistake("rmse", hint="Root of the mean, not mean of the roots: the root of each square is only the absolute error.")
def rmse_mean_of_roots(predictions, targets):
    reference.rmse(predictions, targets)
    error = predictions - targets
    return np.mean(np.sqrt(error**2)), np.sign(error) / error.size


@mistake(
    "rmse", hint="Where all errors are 0, so is the loss, and dividing by it gives NaN: the convention there is 0."
)
def rmse_nan_at_zero(predictions, targets):
    reference.rmse(predictions, targets)
    error = predictions - targets
    loss = np.sqrt(np.mean(error**2))
    return loss, error / (error.size * loss)


@mistake("nll", hint="It is the mean over the batch, not the sum: divide the loss and its gradient by N.")
def nll_sum(log_probs, labels):
    loss, gradient = reference.nll(log_probs, labels)
    return loss * len(labels), gradient * len(labels)


@mistake("nll", hint="The mean's 1/N belongs to the gradient too: -1/N at each label, not -1.")
def nll_gradient_not_divided(log_probs, labels):
    loss, gradient = reference.nll(log_probs, labels)
    return loss, gradient * len(labels)


@mistake("nll", hint="Negative log-likelihood: log-probabilities are at most 0, so the loss is at least 0.")
def nll_sign(log_probs, labels):
    loss, gradient = reference.nll(log_probs, labels)
    return -loss, -gradient


@mistake("nll", hint="The mean is taken over the N rows, not over all N * C entries: only one of each row counts.")
def nll_mean_over_entries(log_probs, labels):
    loss, gradient = reference.nll(log_probs, labels)
    return loss / log_probs.shape[1], gradient / log_probs.shape[1]


@mistake(
    "nll",
    hint="0 * -inf is NaN: instead of multiplying by one-hot rows, pick the labels' entries with log_probs[rows, labels].",
)
def nll_one_hot_product(log_probs, labels):
    _, gradient = reference.nll(log_probs, labels)
    one_hot = (gradient != 0).astype(log_probs.dtype)
    return -np.sum(one_hot * log_probs) / len(labels), gradient


@mistake(
    "binary_cross_entropy",
    hint="It is the mean over all elements, not the sum: divide the loss and its gradient by their number.",
)
def bce_sum(logits, targets):
    loss, gradient = reference.binary_cross_entropy(logits, targets)
    return loss * logits.size, gradient * logits.size


@mistake(
    "binary_cross_entropy", hint="The mean's 1/N belongs to the gradient too: divide it by the number of elements."
)
def bce_gradient_not_divided(logits, targets):
    loss, gradient = reference.binary_cross_entropy(logits, targets)
    return loss, gradient * logits.size


@mistake(
    "binary_cross_entropy",
    hint="A clipped probability caps the loss near 28, however wrong the answer is. Work from the logits: "
    "max(x, 0) - t x + log(1 + exp(-|x|)).",
)
def bce_clipped(logits, targets):
    _, gradient = reference.binary_cross_entropy(logits, targets)
    decay = np.exp(-np.abs(logits))
    p = np.clip(np.where(logits >= 0, 1, decay) / (1 + decay), 1e-12, 1 - 1e-12)
    return -np.mean(targets * np.log(p) + (1 - targets) * np.log(1 - p)), gradient


@mistake("binary_cross_entropy", hint="exp(x) overflows beyond 709: log(1 + exp(x)) = max(x, 0) + log(1 + exp(-|x|)).")
def bce_overflows(logits, targets):
    _, gradient = reference.binary_cross_entropy(logits, targets)
    return np.mean(np.log(1 + np.exp(logits)) - targets * logits), gradient


@mistake(
    "binary_cross_entropy",
    hint="That is the gradient for the probability. For the logit, the sigmoid's slope p (1 - p) cancels: p - t is left.",
)
def bce_gradient_for_probability(logits, targets):
    loss, gradient = reference.binary_cross_entropy(logits, targets)
    p = 0.5 + 0.5 * np.tanh(logits / 2)
    with np.errstate(all="ignore"):
        return loss, gradient / (p * (1 - p))


@mistake("binary_cross_entropy", hint="The gradient is sigmoid(x) - t: positive where the answer is too high.")
def bce_gradient_sign(logits, targets):
    loss, gradient = reference.binary_cross_entropy(logits, targets)
    return loss, -gradient


@mistake("cross_entropy", hint="It is the mean over the batch, not the sum: divide the loss and its gradient by N.")
def cross_entropy_sum(logits, labels):
    loss, gradient = reference.cross_entropy(logits, labels)
    return loss * len(labels), gradient * len(labels)


@mistake("cross_entropy", hint="The mean's 1/N belongs to the gradient too: divide softmax - one-hot by N.")
def cross_entropy_gradient_not_divided(logits, labels):
    loss, gradient = reference.cross_entropy(logits, labels)
    return loss, gradient * len(labels)


@mistake(
    "cross_entropy",
    hint="A clipped probability caps the loss near 28, however wrong the answer is. Take log-softmax: the shifted "
    "logits less log(sum(exp)).",
)
def cross_entropy_clipped(logits, labels):
    _, gradient = reference.cross_entropy(logits, labels)
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = weights / weights.sum(axis=1, keepdims=True)
    return -np.mean(np.log(np.clip(p[np.arange(len(labels)), labels], 1e-12, 1))), gradient


@mistake(
    "cross_entropy", hint="exp overflows for large logits. Subtract each row's maximum first; nothing else changes."
)
def cross_entropy_without_shift(logits, labels):
    reference.cross_entropy(logits, labels)
    rows = np.arange(len(labels))
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    loss = -np.mean(np.log(p[rows, labels]))
    p[rows, labels] -= 1
    return loss, p / len(labels)


@mistake(
    "cross_entropy",
    hint="labels are class numbers, not one-hot rows: multiplying by them weighs by the number. Index with "
    "[rows, labels].",
)
def cross_entropy_labels_as_weights(logits, labels):
    reference.cross_entropy(logits, labels)
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = weights / weights.sum(axis=1, keepdims=True)
    with np.errstate(all="ignore"):
        return -np.mean(np.sum(labels[:, None] * np.log(p), axis=1)), (p - labels[:, None]) / len(labels)


@mistake("cross_entropy", hint="The softmax is part of this loss: it is applied to the logits once, not twice.")
def cross_entropy_softmax_twice(logits, labels):
    reference.cross_entropy(logits, labels)
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    return reference.cross_entropy(weights / weights.sum(axis=1, keepdims=True), labels)


@mistake(
    "cross_entropy", hint="The gradient is softmax(x) less the one-hot label: negative at the label, not elsewhere."
)
def cross_entropy_gradient_sign(logits, labels):
    loss, gradient = reference.cross_entropy(logits, labels)
    return loss, -gradient


@mistake("cross_entropy", hint="The label's own logit lowers the loss: subtract 1 from the softmax there.")
def cross_entropy_gradient_without_label(logits, labels):
    loss, gradient = reference.cross_entropy(logits, labels)
    gradient[np.arange(len(labels)), labels] += 1 / len(labels)
    return loss, gradient


@mistake(
    "hinge", hint="Only the wrong classes count. The true one's term is max(0, 0 + margin): leave it out of the sum."
)
def hinge_counts_the_true_class(scores, labels, margin=1.0):
    loss, gradient = reference.hinge(scores, labels, margin)
    return loss + margin, gradient


@mistake("hinge", hint="Sum over the wrong classes, but take the mean over the batch: divide loss and gradient by N.")
def hinge_sum(scores, labels, margin=1.0):
    loss, gradient = reference.hinge(scores, labels, margin)
    return loss * len(labels), gradient * len(labels)


@mistake("hinge", hint="The mean's 1/N belongs to the gradient too: divide it by the number of rows.")
def hinge_gradient_not_divided(scores, labels, margin=1.0):
    loss, gradient = reference.hinge(scores, labels, margin)
    return loss, gradient * len(labels)


@mistake(
    "hinge", hint="Here the wrong classes are summed. Dividing by the number of classes is torch's MultiMarginLoss."
)
def hinge_divided_by_classes(scores, labels, margin=1.0):
    loss, gradient = reference.hinge(scores, labels, margin)
    return loss / scores.shape[1], gradient / scores.shape[1]


@mistake("hinge", hint="The terms are added as they are: squared, they make another loss.")
def hinge_squared(scores, labels, margin=1.0):
    reference.hinge(scores, labels, margin)
    rows = np.arange(len(labels))
    terms = np.maximum(0, scores - scores[rows, labels][:, None] + margin)
    terms[rows, labels] = 0
    gradient = 2 * terms
    gradient[rows, labels] = -gradient.sum(axis=1)
    return (terms**2).sum() / len(labels), gradient / len(labels)


@mistake("hinge", hint="The margin is given as an argument: use it instead of a fixed 1.")
def hinge_margin_ignored(scores, labels, margin=1.0):
    return reference.hinge(scores, labels)


@mistake(
    "hinge",
    hint="The true class stands in every positive term: its gradient is minus the number of those, not minus 1.",
)
def hinge_true_class_once(scores, labels, margin=1.0):
    loss, gradient = reference.hinge(scores, labels, margin)
    rows = np.arange(len(labels))
    gradient[rows, labels] = np.maximum(gradient[rows, labels], -1 / len(labels))
    return loss, gradient


@mistake(
    "hinge", hint="All wrong classes within the margin count, not only the highest of them (that is another loss)."
)
def hinge_worst_class_only(scores, labels, margin=1.0):
    reference.hinge(scores, labels, margin)
    rows = np.arange(len(labels))
    terms = np.maximum(0, scores - scores[rows, labels][:, None] + margin)
    terms[rows, labels] = 0
    gradient = ((terms == terms.max(axis=1, keepdims=True)) & (terms > 0)).astype(scores.dtype)
    gradient[rows, labels] = -gradient.sum(axis=1)
    return terms.max(axis=1).mean(), gradient / len(labels)


@mistake("hinge", hint="A term of exactly 0 sends no gradient: only the terms that are positive, strictly, count.")
def hinge_gradient_at_the_margin(scores, labels, margin=1.0):
    loss, _ = reference.hinge(scores, labels, margin)
    rows = np.arange(len(labels))
    gradient = (scores - scores[rows, labels][:, None] + margin >= 0).astype(scores.dtype)
    gradient[rows, labels] = 0
    gradient[rows, labels] = -gradient.sum(axis=1)
    return loss, gradient / len(labels)


@mistake(
    "contrastive",
    hint="The roles are swapped: pairs that are the same cost d^2 / 2. (The paper's Y is 0, not 1, for similar pairs.)",
)
def contrastive_roles_swapped(distances, same, margin):
    return reference.contrastive(distances, ~same, margin)


@mistake("contrastive", hint="Each pair's square is halved: that is why the gradient has no factor 2.")
def contrastive_without_half(distances, same, margin):
    loss, gradient = reference.contrastive(distances, same, margin)
    return 2 * loss, 2 * gradient


@mistake("contrastive", hint="It is the mean over the pairs, not the sum: divide the loss and its gradient by N.")
def contrastive_sum(distances, same, margin):
    loss, gradient = reference.contrastive(distances, same, margin)
    return loss * len(distances), gradient * len(distances)


@mistake(
    "contrastive", hint="A pair that differs and lies beyond the margin costs nothing: max(0, margin - d), then square."
)
def contrastive_without_floor(distances, same, margin):
    reference.contrastive(distances, same, margin)
    gap = np.where(same, distances, margin - distances)
    return np.mean(gap**2) / 2, np.where(same, gap, -gap) / len(distances)


@mistake("contrastive", hint="The margin is given as an argument: use it instead of a fixed 1.")
def contrastive_margin_ignored(distances, same, margin):
    return reference.contrastive(distances, same, 1.0)


@mistake(
    "contrastive",
    hint="Where a pair differs, more distance means less loss: its gradient is negative, -max(0, margin - d) / N.",
)
def contrastive_gradient_sign(distances, same, margin):
    loss, gradient = reference.contrastive(distances, same, margin)
    return loss, np.abs(gradient)


@mistake(
    "contrastive", hint="The margin is compared with the distance, and the difference squared: max(0, margin - d)^2."
)
def contrastive_margin_less_square(distances, same, margin):
    reference.contrastive(distances, same, margin)
    short = np.maximum(0, margin - distances**2)
    loss = np.mean(np.where(same, distances**2, short)) / 2
    return loss, np.where(same, distances, -distances * (short > 0)) / len(distances)


@mistake("triplet", hint="The distances are Euclidean norms, not squared: take the root of the sum of squares.")
def triplet_squared_distances(anchor, positive, negative, margin):
    reference.triplet(anchor, positive, negative, margin)
    near, far = anchor - positive + 1e-6, anchor - negative + 1e-6
    terms = np.maximum(0, (near**2).sum(axis=1) - (far**2).sum(axis=1) + margin)
    share = 2 * (terms > 0).astype(anchor.dtype)[:, None] / len(anchor)
    return terms.mean(), (share * (near - far), -share * near, share * far)


@mistake("triplet", hint="The margin is given as an argument: use it instead of a fixed 1.")
def triplet_margin_ignored(anchor, positive, negative, margin):
    return reference.triplet(anchor, positive, negative, 1.0)


@mistake("triplet", hint="The mean's 1/N belongs to the gradients too: divide all three by the number of rows.")
def triplet_gradient_not_divided(anchor, positive, negative, margin):
    loss, gradients = reference.triplet(anchor, positive, negative, margin)
    return loss, tuple(gradient * len(anchor) for gradient in gradients)


@mistake("triplet", hint="It is the mean over the batch, not the sum: divide the loss and its gradients by N.")
def triplet_sum(anchor, positive, negative, margin):
    loss, gradients = reference.triplet(anchor, positive, negative, margin)
    return loss * len(anchor), tuple(gradient * len(anchor) for gradient in gradients)


@mistake(
    "triplet", hint="Positive and negative are swapped: the distance to the positive counts up, to the negative down."
)
def triplet_roles_swapped(anchor, positive, negative, margin):
    reference.triplet(anchor, positive, negative, margin)
    loss, (danchor, dnegative, dpositive) = reference.triplet(anchor, negative, positive, margin)
    return loss, (danchor, dpositive, dnegative)


@mistake(
    "triplet", hint="The anchor stands in both distances, so its gradient has two parts, u and -v: one is missing."
)
def triplet_anchor_half(anchor, positive, negative, margin):
    loss, (_, dpositive, dnegative) = reference.triplet(anchor, positive, negative, margin)
    return loss, (-dpositive, dpositive, dnegative)


@mistake("triplet", hint="A row that costs 0 is satisfied and sends no gradient: set the gradients of those rows to 0.")
def triplet_gradient_of_satisfied_rows(anchor, positive, negative, margin):
    loss, _ = reference.triplet(anchor, positive, negative, margin)
    return loss, reference.triplet(anchor, positive, negative, 1e9)[1]


@mistake(
    "triplet",
    hint="Where a point coincides with the anchor, the unit vector is 0 / 0. Add EPS to every coordinate's "
    "difference before the norm.",
)
def triplet_without_eps(anchor, positive, negative, margin):
    reference.triplet(anchor, positive, negative, margin)
    near, far = anchor - positive, anchor - negative
    d_near, d_far = (np.sqrt((each**2).sum(axis=1, keepdims=True)) for each in (near, far))
    terms = np.maximum(0, d_near - d_far + margin)
    share = (terms > 0).astype(anchor.dtype) / len(anchor)
    u, v = share * near / d_near, share * far / d_far
    return terms.mean(), (u - v, -u, v)


@mistake("triplet", hint="The negative may coincide with the anchor too: EPS belongs in both distances.")
def triplet_eps_in_one_distance(anchor, positive, negative, margin):
    reference.triplet(anchor, positive, negative, margin)
    near, far = anchor - positive + 1e-6, anchor - negative
    d_near, d_far = (np.sqrt((each**2).sum(axis=1, keepdims=True)) for each in (near, far))
    terms = np.maximum(0, d_near - d_far + margin)
    share = (terms > 0).astype(anchor.dtype) / len(anchor)
    u, v = share * near / d_near, share * far / d_far
    return terms.mean(), (u - v, -u, v)
