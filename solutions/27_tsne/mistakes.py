"""Known wrong answers, each with the hint that a student gets.

Each is wrong in one thing only: bad input is refused as the given lines refuse it.
"""

import numpy as np

from autograder import mistake, reference_beside

reference = reference_beside(__file__)
require = reference.require


def differences(x):
    return ((x[:, np.newaxis] - x) ** 2).sum(axis=2)


@mistake("squared_distances", hint="The squares stay squares here: no root is taken of their sum.")
def distances_with_a_root(x):
    return np.sqrt(differences(x))


@mistake(
    "squared_distances",
    hint="For rows far from 0 the formula with products takes large numbers from each other: subtract the rows' mean first.",
)
def distances_cancel_far_from_zero(x):
    squares = np.sum(x**2, axis=1)
    d2 = np.maximum(squares[:, np.newaxis] + squares - 2 * x @ x.T, 0)
    np.fill_diagonal(d2, 0)
    return d2


@mistake("squared_distances", hint="The squares of a row's differences are summed over its columns, not averaged.")
def distances_as_means(x):
    return differences(x) / x.shape[1]


def require_components(x, k):
    require(1 <= k <= min(x.shape), f"k must be from 1 to {min(x.shape)}, not {k}")


@mistake("pca_map", hint="Subtract the mean first: otherwise the first direction points from 0 to the cloud of rows.")
def pca_not_centred(x, k):
    require_components(x, k)
    u, s, _ = np.linalg.svd(x, full_matrices=False)
    return u[:, :k] * s[:k]


@mistake(
    "pca_map", hint="The columns of U all have length 1: times its singular value each gets the rows' true spread."
)
def pca_without_the_spread(x, k):
    require_components(x, k)
    return np.linalg.svd(x - x.mean(axis=0), full_matrices=False)[0][:, :k]


@mistake(
    "pca_map", hint="The widest directions come first: np.linalg.eigh sorts upwards, so that they stand at its end."
)
def pca_narrowest_first(x, k):
    require_components(x, k)
    u, s, _ = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    return (u * s)[:, ::-1][:, :k]


def decomposed(d2, k, centre=True):
    """Eigenvalues and eigenvectors of -1/2 J d2 J, the largest first."""
    require(1 <= k <= len(d2), f"k must be from 1 to {len(d2)}, not {k}")
    j = np.eye(len(d2)) - centre / len(d2)
    values, vectors = np.linalg.eigh(-0.5 * j @ d2 @ j)
    return values[::-1], vectors[:, ::-1]


@mistake("classical_mds", hint="d2 holds squares already, as the formula wants them: take no root of it first.")
def mds_of_distances(d2, k):
    values, vectors = decomposed(np.sqrt(d2), k)
    return vectors[:, :k] * np.sqrt(np.maximum(values[:k], 0))


@mistake("classical_mds", hint="J stands on both sides of d2: without it B holds no dot products of centred points.")
def mds_not_centred(d2, k):
    values, vectors = decomposed(d2, k, centre=False)
    return vectors[:, :k] * np.sqrt(np.maximum(values[:k], 0))


@mistake("classical_mds", hint="Eigenvectors have length 1: each is multiplied by the root of its eigenvalue.")
def mds_unscaled(d2, k):
    values, vectors = decomposed(d2, k)
    return vectors[:, :k] * (values[:k] > 0)


@mistake(
    "classical_mds",
    hint="The largest eigenvalues come first: np.linalg.eigh sorts them upwards, and has them at its end.",
)
def mds_smallest_first(d2, k):
    values, vectors = decomposed(d2, k)
    return vectors[:, ::-1][:, :k] * np.sqrt(np.maximum(values[::-1][:k], 0))


@mistake("classical_mds", hint="An eigenvalue is a squared length: the column gets its root.")
def mds_without_the_root(d2, k):
    values, vectors = decomposed(d2, k)
    return vectors[:, :k] * np.maximum(values[:k], 0)


def intruders(x, y, k, first=1, itself=0):
    """trustworthiness with other ranks for the nearest, or with the point itself among its neighbours."""
    require(len(y) == len(x), f"y must have as many rows as x, {len(x)}, not {len(y)}")
    require(1 <= k < len(x) / 2, f"k must be at least 1 and below {len(x) / 2:g}, not {k}")
    n = len(x)
    order = np.argsort(differences(x) - np.eye(n), axis=1, kind="stable")
    ranks = np.argsort(order, axis=1, kind="stable") + first - 1
    near = np.argsort(differences(y) - np.eye(n), axis=1, kind="stable")[:, 1 - itself : k + 1 - itself]
    beyond = np.maximum(np.take_along_axis(ranks, near, axis=1) - k, 0)
    return float(1 - 2 / (n * k * (2 * n - 3 * k - 1)) * beyond.sum())


@mistake("trustworthiness", hint="The nearest other row has rank 1: here it has 0, and every rank is one too low.")
def trust_ranks_from_zero(x, y, k):
    return intruders(x, y, k, first=0)


@mistake(
    "trustworthiness",
    hint="Neighbours are taken on the map y, ranks in x. The other way round it is another measure, continuity.",
)
def trust_the_other_way_round(x, y, k):
    require(len(y) == len(x), f"y must have as many rows as x, {len(x)}, not {len(y)}")
    return intruders(y, x, k)


@mistake("trustworthiness", hint="A point is no neighbour of its own: here it is one of its k nearest on the map.")
def trust_counts_the_point_itself(x, y, k):
    return intruders(x, y, k, itself=1)


@mistake("entropy_bits", hint="Bits want the logarithm to the base 2: here it is the natural one, and gives nats.")
def entropy_in_nats(p):
    p = p[p > 0]
    return float(-np.sum(p * np.log(p)))


@mistake("entropy_bits", hint="0 log2(0) is NaN to NumPy, and counts as 0 here: leave the zeros out.")
def entropy_of_zeros(p):
    with np.errstate(all="ignore"):
        return float(-np.sum(p * np.log2(p)))


@mistake("row_affinities", hint="Point i is not its own neighbour: p[self_index] is 0, and is not in the sum either.")
def affinities_with_the_point_itself(d2_row, beta, self_index):
    require(beta > 0, f"beta must be above 0, not {beta}")
    weights = np.exp(-beta * (d2_row - d2_row.min()))
    return weights / weights.sum()


def gaussian(d2_row, exponent, self_index, shift=True):
    weights = np.delete(d2_row, self_index)
    with np.errstate(all="ignore"):
        weights = np.exp(exponent * (weights - shift * weights.min()))
        return np.insert(weights / weights.sum(), self_index % len(d2_row), 0)


@mistake("row_affinities", hint="beta is 1 / (2 sigma^2) and multiplies d2: here it was used as sigma.")
def affinities_beta_as_sigma(d2_row, beta, self_index):
    require(beta > 0, f"beta must be above 0, not {beta}")
    return gaussian(d2_row, -1 / (2 * beta**2), self_index)


@mistake(
    "row_affinities",
    hint="Every exp of far points is 0, and 0 / 0 is NaN: subtract the smallest d2 of the OTHERS first, not the point's own.",
)
def affinities_underflow(d2_row, beta, self_index):
    require(beta > 0, f"beta must be above 0, not {beta}")
    return gaussian(d2_row, -beta, self_index, shift=False)


def bisected(d2_row, perplexity, self_index, measure=None, turned=False, highest=np.inf, equal=True):
    """search_beta with another measure of a row, the wrong half taken, or a fixed bracket."""
    reference.require_perplexity(perplexity, len(d2_row))
    others = np.delete(d2_row, self_index)
    if equal and others.min() == others.max():
        return 1.0
    measure = measure or (lambda p: 2 ** reference.entropy_bits(p))
    low, high, beta = 0.0, highest, 1.0
    for _ in range(100):
        reached = measure(reference.row_affinities(d2_row, beta, self_index))
        if abs(reached - perplexity) <= 1e-8 * perplexity:
            break
        if (reached > perplexity) != turned:
            low = beta
        else:
            high = beta
        beta = 2 * beta if high == np.inf else (low + high) / 2
        if beta == 0:
            break
    return beta


@mistake("search_beta", hint="2^H wants H in bits. With the natural logarithm it is exp(H): here 2 met nats.")
def search_in_nats(d2_row, perplexity, self_index):
    return bisected(d2_row, perplexity, self_index, lambda p: 2 ** (reference.entropy_bits(p) * np.log(2)))


@mistake("search_beta", hint="perplexity is compared with 2^H, not with the entropy H itself.")
def search_compares_entropy(d2_row, perplexity, self_index):
    return bisected(d2_row, perplexity, self_index, reference.entropy_bits)


@mistake("search_beta", hint="A larger beta is a narrower Gaussian: with too many neighbours beta has to grow.")
def search_the_wrong_way(d2_row, perplexity, self_index):
    return bisected(d2_row, perplexity, self_index, turned=True)


@mistake(
    "search_beta",
    hint="No fixed bracket holds every beta: distances may be tiny. Double beta for as long as there is no upper end.",
)
def search_in_a_fixed_bracket(d2_row, perplexity, self_index):
    return bisected(d2_row, perplexity, self_index, highest=1000.0)


@mistake("search_beta", hint="Where all others are equally far, beta changes nothing: return 1.0 without a search.")
def search_among_equals(d2_row, perplexity, self_index):
    return bisected(d2_row, perplexity, self_index, equal=False)


def affinities(x, perplexity, own=True):
    """(N, N): each point's row, at its own beta or at that of the first point."""
    reference.require_perplexity(perplexity, len(x))
    d2 = reference.squared_distances(x)
    betas = [reference.search_beta(row, perplexity, i) if own or i == 0 else None for i, row in enumerate(d2)]
    return np.array([reference.row_affinities(row, betas[i if own else 0], i) for i, row in enumerate(d2)])


@mistake("joint_probabilities", hint="Every point has a beta of its own: here the first point's was used for all.")
def joint_one_beta_for_all(x, perplexity):
    rows = affinities(x, perplexity, own=False)
    return (rows + rows.T) / (2 * len(x))


@mistake("joint_probabilities", hint="p is symmetric: p(j | i) and p(i | j) are added. Here only one of them is there.")
def joint_not_symmetric(x, perplexity):
    return affinities(x, perplexity) / len(x)


@mistake(
    "joint_probabilities", hint="Each pair has two parts, and there are N rows that add up to 1: divide by 2 N, not N."
)
def joint_adds_up_to_two(x, perplexity):
    rows = affinities(x, perplexity)
    return (rows + rows.T) / len(x)


@mistake(
    "joint_probabilities",
    hint="Each row is made to add up to 1 by itself, before the rows are added: here only the whole was.",
)
def joint_normalised_over_all(x, perplexity):
    reference.require_perplexity(perplexity, len(x))
    d2 = reference.squared_distances(x)
    betas = np.array([reference.search_beta(row, perplexity, i) for i, row in enumerate(d2)])
    weights = np.exp(-betas[:, np.newaxis] * d2)
    np.fill_diagonal(weights, 0)
    return (weights + weights.T) / (2 * weights.sum())


@mistake(
    "student_affinities",
    hint="q is divided by the sum over ALL pairs. Here every row adds up to 1 by itself, as the rows p(. | i) do.",
)
def student_normalised_by_row(y):
    weights = reference.student_affinities(y)[1]
    return weights / weights.sum(axis=1, keepdims=True), weights


@mistake("student_affinities", hint="The map's curve is 1 / (1 + d2), with a heavy tail: here it is a Gaussian.")
def student_as_gaussian(y):
    weights = np.exp(-reference.squared_distances(y))
    np.fill_diagonal(weights, 0)
    return weights / max(weights.sum(), 1e-300), weights


@mistake("student_affinities", hint="A point and itself are no pair: the diagonal is 0, and is not in the sum.")
def student_counts_the_diagonal(y):
    weights = 1 / (1 + reference.squared_distances(y))
    return weights / weights.sum(), weights


@mistake("kl_divergence", hint="KL is not symmetric: p stands in front of the logarithm and above the line, not q.")
def kl_arguments_swapped(p, q):
    require(q.shape == p.shape, f"q must have the shape of p, {p.shape}, not {q.shape}")
    p, q = np.maximum(p, 1e-12), np.maximum(q, 1e-12)
    return float(np.sum(q * np.log(q / p)))


@mistake("kl_divergence", hint="Where p or q is 0 the logarithm is NaN or infinite: floor both at 1e-12 first.")
def kl_without_a_floor(p, q):
    require(q.shape == p.shape, f"q must have the shape of p, {p.shape}, not {q.shape}")
    with np.errstate(all="ignore"):
        return float(np.sum(p * np.log(p / q)))


def pulled(pull, y):
    return pull.sum(axis=1, keepdims=True) * y - pull @ y


def require_pairs(p, y):
    require(p.shape == (len(y), len(y)), f"p must have the shape {(len(y), len(y))}, not {p.shape}")


@mistake("tsne_gradient", hint="The factor is 4: 2 from the square in d2, and 2 since each pair is in the sum twice.")
def gradient_with_two(p, y):
    require_pairs(p, y)
    q, weights = reference.student_affinities(y)
    return 2 * pulled((p - q) * weights, y)


@mistake(
    "tsne_gradient", hint="The weights w[i, j] are missing: without them it is the gradient of SNE with Gaussians."
)
def gradient_without_weights(p, y):
    require_pairs(p, y)
    return 4 * pulled(p - reference.student_affinities(y)[0], y)


@mistake(
    "tsne_gradient",
    hint="The sign is turned: the gradient points uphill, (p - q) times (y_i - y_j). The step downhill is gain_step's.",
)
def gradient_downhill(p, y):
    require_pairs(p, y)
    q, weights = reference.student_affinities(y)
    return -4 * pulled((p - q) * weights, y)


@mistake("tsne_gradient", hint="p is compared with q, which adds up to 1: here it was compared with the bare weights.")
def gradient_q_not_normalised(p, y):
    require_pairs(p, y)
    _, weights = reference.student_affinities(y)
    return 4 * pulled((p - weights) * weights, y)


def stepped(y, gradient, velocity, gains, lr, momentum, turned=False, least=0.01, centre=True, late=False):
    """gain_step with one thing changed."""
    same = (np.sign(gradient) == np.sign(velocity)) != turned
    new = np.maximum(np.where(same, 0.8 * gains, gains + 0.2), least)
    velocity = momentum * velocity - lr * (gains if late else new) * gradient
    y = y + velocity
    return y - centre * y.mean(axis=0), velocity, new


@mistake(
    "gain_step",
    hint="Velocity points down and gradient up: DIFFERENT signs mean that the number keeps its way, and then its gain grows.",
)
def step_gains_turned(y, gradient, velocity, gains, lr, momentum):
    return stepped(y, gradient, velocity, gains, lr, momentum, turned=True)


@mistake("gain_step", hint="A gain is at least 0.01: otherwise a number that has turned often never moves again.")
def step_without_a_least_gain(y, gradient, velocity, gains, lr, momentum):
    return stepped(y, gradient, velocity, gains, lr, momentum, least=0.0)


@mistake("gain_step", hint="After the step the mean of y over the points is subtracted: the map stays around 0.")
def step_not_centred(y, gradient, velocity, gains, lr, momentum):
    return stepped(y, gradient, velocity, gains, lr, momentum, centre=False)


@mistake("gain_step", hint="The gains change first, and this very step uses the new ones: here it used the old.")
def step_with_old_gains(y, gradient, velocity, gains, lr, momentum):
    return stepped(y, gradient, velocity, gains, lr, momentum, late=True)


def walked(x, y0, perplexity, steps, lr, exaggeration, early, ends=True, judged=1.0, late=0.8, keeps=True):
    """tsne with one thing changed; judged: what p is multiplied by in the early steps' KL."""
    require(len(y0) == len(x), f"y0 must have as many rows as x, {len(x)}, not {len(y0)}")
    require(steps >= 0, f"steps must be at least 0, not {steps}")
    p = reference.joint_probabilities(x, perplexity)
    y, velocity, gains, kls = y0.copy(), 0 * y0, 0 * y0 + 1, np.zeros(steps)
    for step in range(steps):
        times = exaggeration if step < early or not ends else 1.0
        if not keeps:
            gains = 0 * y0 + 1
        dy = reference.tsne_gradient(times * p, y)
        y, velocity, gains = reference.gain_step(y, dy, velocity, gains, lr, 0.5 if step < early else late)
        told = judged if step < early else 1.0
        kls[step] = reference.kl_divergence(told * p, reference.student_affinities(y)[0])
    return y, kls


@mistake("tsne", hint="The exaggeration ends after `early` steps: from then on p is as it is.")
def tsne_exaggerates_for_ever(x, y0, perplexity, steps, lr, exaggeration=4.0, early=80):
    return walked(x, y0, perplexity, steps, lr, exaggeration, early, ends=False)


@mistake("tsne", hint="kls tell of p itself: in the early steps the exaggerated one was put into kl_divergence.")
def tsne_kl_of_exaggerated_p(x, y0, perplexity, steps, lr, exaggeration=4.0, early=80):
    return walked(x, y0, perplexity, steps, lr, exaggeration, early, judged=exaggeration)


@mistake("tsne", hint="The momentum is 0.5 in the early steps only: after them it is 0.8.")
def tsne_momentum_stays(x, y0, perplexity, steps, lr, exaggeration=4.0, early=80):
    return walked(x, y0, perplexity, steps, lr, exaggeration, early, late=0.5)


@mistake("tsne", hint="Gains live on from step to step: here every step began with gains of 1.")
def tsne_gains_anew(x, y0, perplexity, steps, lr, exaggeration=4.0, early=80):
    return walked(x, y0, perplexity, steps, lr, exaggeration, early, keeps=False)
