"""Known wrong answers, each with the hint that a student gets.

Each is wrong in one thing only: bad input is refused as the given lines refuse it.
"""

import numpy as np

from autograder import mistake, reference_beside

reference = reference_beside(__file__)
require = reference.require


def apart(x, centres):
    """Squared distances, from differences."""
    reference.require_columns("centres", centres, "x", x.shape[1])
    return ((x[:, np.newaxis] - centres) ** 2).sum(axis=-1)


@mistake("squared_distances", hint="These are SQUARED distances: no root is taken.")
def distances_with_a_root(x, centres):
    return np.sqrt(apart(x, centres))


@mistake("squared_distances", hint="Rounding leaves something like -1e-15 where a row is a centre: clip it at 0.")
def distances_not_clipped(x, centres):
    reference.require_columns("centres", centres, "x", x.shape[1])
    return (x**2).sum(axis=1)[:, np.newaxis] - 2 * x @ centres.T + (centres**2).sum(axis=1)


@mistake(
    "squared_distances", hint="A row of the result belongs to a row of x, a column to a centre: (N, K), not (K, N)."
)
def distances_transposed(x, centres):
    return apart(x, centres).T


@mistake("squared_distances", hint="The middle term of (a - b)^2 has a 2: |x|^2 - 2 x . c + |c|^2.")
def distances_without_the_two(x, centres):
    return apart(x, centres) + x @ centres.T


@mistake("squared_distances", hint="A distance is the SUM of the squared differences over the columns, not their mean.")
def distances_mean(x, centres):
    return apart(x, centres) / x.dtype.type(x.shape[1])


@mistake("squared_distances", hint="Square the differences: their absolute values give the city block distance.")
def distances_city_block(x, centres):
    reference.require_columns("centres", centres, "x", x.shape[1])
    return np.abs(x[:, np.newaxis] - centres).sum(axis=-1)


@mistake("assign", hint="Of equally near centres the first is wanted, as argmin gives it; this takes the last.")
def assign_last_of_ties(x, centres):
    return len(centres) - 1 - apart(x, centres)[:, ::-1].argmin(axis=1)


@mistake("assign", hint="The NEAREST centre has the smallest distance: argmin, not argmax.")
def assign_farthest(x, centres):
    return apart(x, centres).argmax(axis=1)


@mistake("assign", hint="One label for each row of x: argmin over the centres, axis 1.")
def assign_over_rows(x, centres):
    return apart(x, centres).argmin(axis=0)


def check_labels(x, labels):
    require(len(labels) == len(x), f"labels must be {len(x)}, one for each row of x, not {len(labels)}")


def means(x, labels, centres, empty):
    """Each centre's mean; `empty(k)` where it has no rows."""
    check_labels(x, labels)
    return np.array([x[labels == k].mean(axis=0) if np.any(labels == k) else empty(k) for k in range(len(centres))])


@mistake("move_centres", hint="A centre without rows has no mean (0 / 0 is NaN): it stays where it is.")
def move_empty_to_nan(x, labels, centres):
    return means(x, labels, centres, lambda k: np.full(x.shape[1], np.nan, x.dtype))


@mistake("move_centres", hint="A centre without rows stays where it is; it does not go to 0.")
def move_empty_to_zero(x, labels, centres):
    return means(x, labels, centres, lambda k: np.zeros(x.shape[1], x.dtype))


@mistake("move_centres", hint="A centre without rows stays where it is; it does not go to the middle of all rows.")
def move_empty_to_the_middle(x, labels, centres):
    return means(x, labels, centres, lambda k: x.mean(axis=0))


@mistake("move_centres", hint="Divide each centre's sum by the number of ITS rows, not by N.")
def move_divides_by_all(x, labels, centres):
    check_labels(x, labels)
    return np.array(
        [x[labels == k].sum(axis=0) / x.dtype.type(len(x)) if np.any(labels == k) else centres[k]
         for k in range(len(centres))]
    )  # fmt: skip


@mistake("move_centres", hint="The old place does not count as one more row: the mean is over the centre's rows alone.")
def move_counts_the_old_place(x, labels, centres):
    check_labels(x, labels)
    return np.array([np.vstack([centres[k : k + 1], x[labels == k]]).mean(axis=0) for k in range(len(centres))])


def lloyd(x, centres, max_iter, mean=False, last=True, patience=0):
    """k_means, with the mean for the sum, without the last assignment, or with fewer or more moves."""
    require(max_iter >= 1, f"max_iter must be at least 1, not {max_iter}")
    inertias = []

    def look():
        squares = apart(x, centres)
        nearest = squares.min(axis=1)
        inertias.append(float(nearest.mean() if mean else nearest.sum()))
        return squares.argmin(axis=1)

    labels = look()
    for _ in range(max_iter + patience):
        before = labels
        centres = means(x, labels, centres, lambda k: centres[k])  # noqa: B023
        labels = look()
        if np.array_equal(labels, before):
            break
    return (centres, labels, inertias) if last else (centres, before, inertias[:-1])


@mistake(
    "k_means",
    hint="The labels belong to the centres returned: assign once more after the last move, and list that inertia.",
)
def k_means_labels_before_the_move(x, centres, max_iter=100):
    return lloyd(x, centres, max_iter, last=False)


@mistake("k_means", hint="An inertia is the SUM of the squared distances, not their mean.")
def k_means_mean_inertia(x, centres, max_iter=100):
    return lloyd(x, centres, max_iter, mean=True)


@mistake("k_means", hint="max_iter counts moves, and this moves once more than that.")
def k_means_one_move_more(x, centres, max_iter=100):
    return lloyd(x, centres, max_iter, patience=1)


@mistake("k_means", hint="max_iter counts moves: with max_iter=1 the centres move once. This stops one earlier.")
def k_means_one_move_less(x, centres, max_iter=100):
    return lloyd(x, centres, max_iter, patience=-1)


@mistake("k_means", hint="Inertias are sums of SQUARED distances.")
def k_means_distances_unsquared(x, centres, max_iter=100):
    require(max_iter >= 1, f"max_iter must be at least 1, not {max_iter}")
    inertias, before = [], None
    for step in range(max_iter + 1):
        if step:
            centres = means(x, before, centres, lambda k: centres[k])  # noqa: B023
        squares = apart(x, centres)
        labels = squares.argmin(axis=1)
        inertias.append(float(np.sqrt(squares.min(axis=1)).sum()))
        if step and np.array_equal(labels, before):
            break
        before = labels
    return centres, labels, inertias


def seeded(x, k, rng, weigh):
    """k rows of x, the next one drawn by weigh(squared distances of all rows to those chosen, (chosen, N))."""
    require(1 <= k <= len(x), f"k must be from 1 to {len(x)}, not {k}")
    chosen = [rng.integers(len(x))]
    for _ in range(k - 1):
        weights = weigh(((x[chosen][:, np.newaxis] - x) ** 2).sum(axis=-1))
        total = weights.sum()
        chosen.append(rng.choice(len(x), p=weights / total if total > 0 else None))
    return x[chosen]


@mistake(
    "k_means_plus_plus", hint="The probability grows with the SQUARED distance; here the distance itself was taken."
)
def plus_plus_unsquared(x, k, rng):
    return seeded(x, k, rng, lambda squares: np.sqrt(squares.min(axis=0)))


@mistake(
    "k_means_plus_plus", hint="The next row is DRAWN; the farthest one is only the likeliest, and often an outlier."
)
def plus_plus_farthest(x, k, rng):
    return seeded(x, k, rng, lambda squares: np.eye(len(x))[squares.min(axis=0).argmax()])


@mistake("k_means_plus_plus", hint="The distance is to the nearest of ALL rows chosen so far, not to the last one.")
def plus_plus_last_only(x, k, rng):
    return seeded(x, k, rng, lambda squares: squares[-1])


@mistake(
    "k_means_plus_plus", hint="The distance is to the NEAREST of the rows chosen so far, not the sum over all of them."
)
def plus_plus_sum(x, k, rng):
    return seeded(x, k, rng, lambda squares: squares.sum(axis=0))


@mistake("k_means_plus_plus", hint="Only the first row is drawn uniformly; the next ones by their squared distances.")
def plus_plus_uniform(x, k, rng):
    return seeded(x, k, rng, lambda squares: (squares.min(axis=0) > 0).astype(float))


@mistake("k_means_plus_plus", hint="The first row is drawn too, uniformly: rng.integers(len(x)).")
def plus_plus_starts_with_row_zero(x, k, rng):
    require(1 <= k <= len(x), f"k must be from 1 to {len(x)}, not {k}")
    chosen = [0]
    for _ in range(k - 1):
        weights = ((x[chosen][:, np.newaxis] - x) ** 2).sum(axis=-1).min(axis=0)
        chosen.append(rng.choice(len(x), p=weights / weights.sum() if weights.sum() > 0 else None))
    return x[chosen]


def to_neighbours(centres, neighbours, start=1):
    """Squared distances to the nearest others; with start=0 each centre itself comes first."""
    require(neighbours >= 1, f"neighbours must be at least 1, not {neighbours}")
    return np.sort(apart(centres, centres), axis=1)[:, start : start + neighbours]


def filled(widths, dtype):
    """0 is replaced by the mean of the others, or 1."""
    found = widths > 0
    return np.where(found, widths, widths[found].mean() if found.any() else 1.0).astype(dtype)


@mistake("neighbour_widths", hint="A centre is no neighbour of itself: leave the 0 out that it has to itself.")
def widths_count_itself(centres, neighbours, scale=1.0):
    return filled(scale * np.sqrt(to_neighbours(centres, neighbours, 0).mean(axis=1)), centres.dtype)


@mistake("neighbour_widths", hint="The root of the mean SQUARED distance is wanted, not the mean distance.")
def widths_mean(centres, neighbours, scale=1.0):
    nearest = np.sqrt(to_neighbours(centres, neighbours))
    return filled(scale * nearest.sum(axis=1) / max(1, nearest.shape[1]), centres.dtype)


@mistake("neighbour_widths", hint="A width is a length: take the root of the mean squared distance.")
def widths_without_the_root(centres, neighbours, scale=1.0):
    nearest = to_neighbours(centres, neighbours)
    return filled(scale * nearest.sum(axis=1) / max(1, nearest.shape[1]), centres.dtype)


@mistake("neighbour_widths", hint="Divide by the number of distances there are: fewer than neighbours, if K is small.")
def widths_divide_by_neighbours(centres, neighbours, scale=1.0):
    return filled(scale * np.sqrt(to_neighbours(centres, neighbours).sum(axis=1) / neighbours), centres.dtype)


@mistake("neighbour_widths", hint="A width of 0 divides by 0 later: replace it by the mean of the widths above 0.")
def widths_leave_zeros(centres, neighbours, scale=1.0):
    nearest = to_neighbours(centres, neighbours)
    return scale * np.sqrt(nearest.sum(axis=1) / max(1, nearest.shape[1])).astype(centres.dtype)


def said(x, centres, exponents, widths):
    reference.require_widths(widths, centres)
    return np.exp(-exponents(apart(x, centres)))


@mistake("gaussian_features", hint="The exponent is divided by 2 width^2: the 2 is missing.")
def features_without_the_two(x, centres, widths):
    return said(x, centres, lambda squares: squares / widths**2, widths)


@mistake("gaussian_features", hint="The width is squared in 2 width^2.")
def features_width_unsquared(x, centres, widths):
    return said(x, centres, lambda squares: squares / (2 * widths), widths)


@mistake("gaussian_features", hint="The width is squared once, in 2 width^2, not twice.")
def features_width_squared_twice(x, centres, widths):
    return said(x, centres, lambda squares: squares / (2 * widths**4), widths)


@mistake("gaussian_features", hint="The exponent holds the SQUARED distance.")
def features_of_distances(x, centres, widths):
    return said(x, centres, lambda squares: np.sqrt(squares) / (2 * widths**2), widths)


@mistake("gaussian_features", hint="widths belong to the centres, the columns of the result: not to its rows.")
def features_widths_along_rows(x, centres, widths):
    return said(x, centres, lambda squares: (squares.T / (2 * np.resize(widths, len(x)) ** 2)).T, widths)


@mistake("gaussian_features", hint="A unit says 1 at its centre and less far away: the exponent has a minus.")
def features_grow(x, centres, widths):
    with np.errstate(over="ignore"):
        return said(x, centres, lambda squares: -squares / (2 * widths**2), widths)


def features_of(x, centres, widths):
    """gaussian_features, written out."""
    reference.require_widths(widths, centres)
    return np.exp(-apart(x, centres) / (2 * widths**2))


@mistake("rbf_forward", hint="b is added at the end: out = features w^T + b.")
def forward_without_b(x, centres, widths, w, b):
    features = features_of(x, centres, widths)
    return features @ w.T, (x, centres, widths, w, features)


@mistake("rbf_forward", hint="b is added to the weighted sums; it is no part of what the units say.")
def forward_b_weighted(x, centres, widths, w, b):
    features = features_of(x, centres, widths)
    return features @ w.T + b * w.sum(axis=1), (x, centres, widths, w, features)


@mistake("rbf_forward", hint="No division by the sum over the units: that is the normalised network, another one.")
def forward_normalised(x, centres, widths, w, b):
    features = features_of(x, centres, widths)
    shares = features / np.maximum(features.sum(axis=1, keepdims=True), np.finfo(features.dtype).tiny)
    return shares @ w.T + b, (x, centres, widths, w, features)


def gradients(dout, cache, power=2, widths_power=3, signs=(1, 1), mean=False, slope=True):
    """rbf_backward, with other powers of the width, signs of dx and dcentres, means for sums, or without the features."""
    x, centres, widths, w, features = cache
    dh = dout @ w * (features if slope else 1)
    away = x[:, np.newaxis] - centres
    pull = (dh / widths**power)[:, :, np.newaxis] * away
    dwidths = (dh * (away**2).sum(axis=-1)).sum(axis=0) / widths**widths_power
    dx, dcentres = -signs[0] * pull.sum(axis=1), signs[1] * pull.sum(axis=0)
    share = dout.dtype.type(len(x) if mean else 1)
    return dx, dcentres / share, dwidths / share, dout.T @ features / share, dout.sum(axis=0) / share


@mistake("rbf_backward", hint="dcentres has the wrong sign: a centre that moves towards a row makes its unit say more.")
def backward_sign_of_centres(dout, cache):
    return gradients(dout, cache, signs=(1, -1))


@mistake(
    "rbf_backward", hint="dx has the wrong sign: it is the opposite of what the centres get, summed over the units."
)
def backward_sign_of_x(dout, cache):
    return gradients(dout, cache, signs=(-1, 1))


@mistake("rbf_backward", hint="The derivative of -d^2 / (2 width^2) by width is d^2 / width^3: the power is 3, not 2.")
def backward_width_squared(dout, cache):
    return gradients(dout, cache, widths_power=2)


@mistake("rbf_backward", hint="The derivative by the centre is h (x - c) / width^2: width is squared there.")
def backward_width_once(dout, cache):
    return gradients(dout, cache, power=1)


@mistake("rbf_backward", hint="dx is not 0: the rows are inputs too, and each unit pulls at them.")
def backward_without_dx(dout, cache):
    return gradients(dout, cache, signs=(0, 1))


@mistake(
    "rbf_backward", hint="Sum over the rows, do not take their mean: dout holds 1 / N already, where a loss has it."
)
def backward_mean(dout, cache):
    return gradients(dout, cache, mean=True)


@mistake("rbf_backward", hint="The derivative of exp is exp itself: multiply by the features on the way back.")
def backward_without_features(dout, cache):
    return gradients(dout, cache, slope=False)


def check_targets(features, targets, strength):
    require(
        np.ndim(targets) == 2 and len(targets) == len(features),
        f"targets must be ({len(features)}, O), not {targets.shape}",
    )
    require(strength >= 0, f"strength must be at least 0, not {strength}")


def shortest(features, targets, strength):
    """w (O, K) for columns that are centred, or not."""
    k = features.shape[1]
    rows = np.concatenate([features, strength**0.5 * np.eye(k, dtype=features.dtype)])
    wanted = np.concatenate([targets, np.zeros((k, targets.shape[1]), targets.dtype)])
    return np.linalg.lstsq(rows, wanted, rcond=None)[0].T


def ridge(features, targets, strength):
    """ridge_solve, written out."""
    middle, centre = features.mean(axis=0), targets.mean(axis=0)
    w = shortest(features - middle, targets - centre, strength)
    return w, centre - w @ middle


@mistake("ridge_solve", hint="b costs nothing: take the means off both, solve for w, and set b by the means.")
def ridge_punishes_b(features, targets, strength):
    check_targets(features, targets, strength)
    ones = np.ones((len(features), 1), features.dtype)
    w = shortest(np.hstack([features, ones]), targets, strength)
    return w[:, :-1], w[:, -1]


@mistake("ridge_solve", hint="The squared errors are summed, not averaged, so strength is not multiplied by N.")
def ridge_strength_times_n(features, targets, strength):
    check_targets(features, targets, strength)
    return ridge(features, targets, strength * len(features))


@mistake(
    "ridge_solve", hint="strength stands before |w|^2: F^T F + strength I holds it as it is, rows put below F its root."
)
def ridge_strength_squared(features, targets, strength):
    check_targets(features, targets, strength)
    return ridge(features, targets, strength**2)


@mistake("ridge_solve", hint="w is (O, K), the outputs as rows: transpose what lstsq or solve gives.")
def ridge_transposed(features, targets, strength):
    check_targets(features, targets, strength)
    w, b = ridge(features, targets, strength)
    return w.T, b


@mistake(
    "ridge_solve", hint="b is the mean of the targets less w times the mean of the features; the second is missing."
)
def ridge_b_is_the_mean(features, targets, strength):
    check_targets(features, targets, strength)
    return ridge(features, targets, strength)[0], targets.mean(axis=0)


@mistake(
    "ridge_solve", hint="Take the mean off the features too: with b free, only what differs from it can be explained."
)
def ridge_features_not_centred(features, targets, strength):
    check_targets(features, targets, strength)
    w = shortest(features, targets - targets.mean(axis=0), strength)
    return w, targets.mean(axis=0) - w @ features.mean(axis=0)


@mistake(
    "ridge_solve",
    hint="At strength 0, F^T F may have no inverse: np.linalg.lstsq gives the shortest w in that case too.",
)
def ridge_inverse(features, targets, strength):
    check_targets(features, targets, strength)
    middle, centre = features.mean(axis=0), targets.mean(axis=0)
    rows = features - middle
    square = rows.T @ rows + strength * np.eye(len(middle), dtype=features.dtype)
    try:
        w = (np.linalg.inv(square) @ rows.T @ (targets - centre)).T
    except np.linalg.LinAlgError as error:
        raise ValueError(str(error)) from None  # as it comes out of the sandbox, which knows Python's own errors alone
    return w, centre - w @ middle


def left_out(features, targets, strength, free=True, power=2, turned=False, once=1):
    """leave_one_out, without b's 1 / N, with another power of the errors, times for divided by, or as trained."""
    check_targets(features, targets, strength)
    rows = features - features.mean(axis=0)
    hat = rows @ shortest(rows, np.eye(len(rows), dtype=features.dtype), strength).T
    w, b = ridge(features, targets, strength)
    factors = 1 - once * (np.diag(hat) + free / len(rows))[:, np.newaxis]
    residuals = targets - features @ w.T - b
    errors = residuals * factors if turned else residuals / factors
    return float((np.abs(errors) ** power).mean())


@mistake("leave_one_out", hint="b is fitted too: it adds 1 / N to each H[n, n].")
def left_out_without_b(features, targets, strength):
    return left_out(features, targets, strength, free=False)


@mistake("leave_one_out", hint="The mean of the SQUARED errors is wanted.")
def left_out_absolute(features, targets, strength):
    return left_out(features, targets, strength, power=1)


@mistake("leave_one_out", hint="DIVIDE by 1 - H[n, n]: unseen rows are missed by more than the fit's own, not by less.")
def left_out_times(features, targets, strength):
    return left_out(features, targets, strength, turned=True)


@mistake("leave_one_out", hint="These are the errors on rows that the fit has seen: divide them by 1 - H[n, n].")
def left_out_as_trained(features, targets, strength):
    return left_out(features, targets, strength, once=0)


@mistake(
    "leave_one_out", hint="Each row has its own H[n, n]; their mean gives generalised cross-validation, another number."
)
def left_out_generalised(features, targets, strength):
    check_targets(features, targets, strength)
    rows = features - features.mean(axis=0)
    hat = rows @ shortest(rows, np.eye(len(rows), dtype=features.dtype), strength).T
    w, b = ridge(features, targets, strength)
    errors = (targets - features @ w.T - b) / (1 - np.trace(hat) / len(rows) - 1 / len(rows))
    return float((errors**2).mean())


def network(x, y, classes, k, strength, rng, scale=2.0, lloyd_too=True, one_hot=None):
    """rbf_classifier with other widths, without Lloyd's moves, or with other targets."""
    centres = reference.k_means_plus_plus(x, k, rng)
    if lloyd_too:
        centres, _, _ = reference.k_means(x, centres, 20)
    widths = reference.neighbour_widths(centres, 2, scale)
    targets = np.eye(classes, dtype=x.dtype)[y] if one_hot is None else one_hot
    w, b = reference.ridge_solve(reference.gaussian_features(x, centres, widths), targets, strength)
    return {"centres": centres, "widths": widths, "w": w, "b": b}


@mistake("rbf_classifier", hint="The widths are neighbour_widths with 2 neighbours and scale 2; the scale is missing.")
def classifier_without_scale(x, y, classes, k, strength, rng):
    return network(x, y, classes, k, strength, rng, scale=1.0)


@mistake("rbf_classifier", hint="k_means_plus_plus only begins: k_means moves the centres from there.")
def classifier_without_k_means(x, y, classes, k, strength, rng):
    return network(x, y, classes, k, strength, rng, lloyd_too=False)


@mistake("rbf_classifier", hint="One-hot targets are 0 and 1, not -1 and 1.")
def classifier_targets_of_minus_one(x, y, classes, k, strength, rng):
    return network(x, y, classes, k, strength, rng, one_hot=2 * np.eye(classes, dtype=x.dtype)[y] - 1)
