"""Maps of many-dimensional rows: principal components, classical scaling and t-SNE, and a measure of what a map kept.

Rows are x (N, D), their map is y (N, 2), and d2 (N, N) holds squared distances. All arrays are float64. Results are new arrays,
functions leave what they are given as it was, and nothing warns. The lines above yours refuse bad input; they are given.
"""

import numpy as np


def require(holds, message):
    """Raise ValueError(message) unless it holds. Given, as its calls are: refusing bad input is not the lesson here."""
    if not holds:
        raise ValueError(message)


def require_perplexity(perplexity, n):
    """Refuse a perplexity that n points cannot have, each with n - 1 others: ValueError naming perplexity. Given."""
    require(1 < perplexity < n - 1, f"perplexity must be above 1 and below {n - 1} for {n} points, not {perplexity}")


def first_map(n, rng):
    """Where points stand before the first step of tsne: normal, mean 0, variance 1e-4. Given.

    Args:
        n: number of points. rng: numpy Generator.

    Returns:
        y0: (n, 2).

    Source: van der Maaten and Hinton (2008), algorithm 1.

    Example:
        >>> first_map(3, np.random.default_rng(0)).shape
        (3, 2)
    """
    return rng.normal(scale=0.01, size=(n, 2))


def squared_distances(x):
    """From every row to every other: the squares of their differences, summed.

    d2[i, j] = sum over d of (x[i, d] - x[j, d])^2

    The products of all pairs of rows give it faster than differences do: |a - b|^2 = |a|^2 + |b|^2 - 2 a.b. For rows far from 0
    that is a small number as the difference of large ones, and its digits are lost; subtract the rows' mean first, which
    changes no distance.

    Args:
        x: (N, D).

    Returns:
        d2: (N, N), symmetric, exactly 0 on the diagonal, nowhere below 0. Rows 10^7 away from 0 lose no digits.

    Source: sklearn.metrics.pairwise.euclidean_distances(squared=True); np.square(scipy.spatial.distance.cdist(x, x)).

    Example:
        >>> np.round(squared_distances(np.array([[0.0, 0.0], [3.0, 4.0], [3.0, 0.0]])), 6)
        array([[ 0., 25.,  9.],
               [25.,  0., 16.],
               [ 9., 16.,  0.]])
    """
    raise NotImplementedError


def pca_map(x, k):
    """The rows' places along their first k principal components.

    With x - mean = U S V^T (np.linalg.svd): the first k columns of U, each times its singular value.

    Args:
        x: (N, D). k: int, 1 to min(N, D).

    Returns:
        (N, k): where the rows lie in the k directions in which they spread most, the widest first. The sign of a column is free.

    Raises:
        ValueError: naming k, if it is below 1 or above min(N, D).

    Source: sklearn.decomposition.PCA: fit_transform.

    Example:
        >>> np.round(abs(pca_map(np.array([[1.0, 1.0], [4.0, 5.0], [7.0, 9.0]]), k=1)), 6)
        array([[5.],
               [0.],
               [5.]])
    """
    require(1 <= k <= min(x.shape), f"k must be from 1 to {min(x.shape)}, not {k}")
    raise NotImplementedError


def classical_mds(d2, k):
    """Points in k dimensions whose distances come near to the given ones, from nothing but those (classical scaling).

    With J = I - 1/N, which subtracts the mean, B = -1/2 J d2 J holds the dot products of the centred points. Its k largest
    eigenvalues l and their eigenvectors v (np.linalg.eigh) give the columns sqrt(l) v.

    Args:
        d2: (N, N) squared distances, symmetric, 0 on the diagonal; they need not be those of any points. k: int, 1 to N.

    Returns:
        (N, k): the column of the largest eigenvalue first; a column whose eigenvalue is below 0 is 0. The sign of a column is
        free.

    Raises:
        ValueError: naming k, if it is below 1 or above N.

    Source: Torgerson, "Multidimensional scaling: I. Theory and method" (1952). For Euclidean distances the same as pca_map.

    Example:
        >>> np.round(abs(classical_mds(np.array([[0.0, 4.0], [4.0, 0.0]]), k=1)), 6)
        array([[1.],
               [1.]])
    """
    require(1 <= k <= len(d2), f"k must be from 1 to {len(d2)}, not {k}")
    raise NotImplementedError


def trustworthiness(x, y, k):
    """Are neighbours on the map neighbours in truth? From 1 (all are) downwards; a random map gets about 1/2.

    Let r(i, j) be j's rank among the neighbours of i in x: 1 for the nearest other row, 2 for the next. For each i look at the k
    nearest others on the map y. Those with r(i, j) > k are intruders, and cost by how far they come from:

        1 - 2 / (N k (2 N - 3 k - 1)) * sum over i and its intruders j of (r(i, j) - k)

    Args:
        x: (N, D), the rows. y: (N, K), their map. k: int, at least 1, below N / 2. Where two distances are equal, either
            may come first.

    Returns:
        A number, at most 1.

    Raises:
        ValueError: naming y, if it has not as many rows as x; naming k, if it is below 1, or N / 2 and more.

    Source: Venna and Kaski, "Neighborhood preservation in nonlinear projection methods: an experimental study" (2001);
    sklearn.manifold.trustworthiness.

    Example:
        >>> x = np.array([[0.0], [1.0], [3.0], [7.0]])  # the map has 7 next to 0
        >>> round(trustworthiness(x, np.array([[0.0], [2.0], [5.0], [-1.0]]), k=1), 6)
        0.5
    """
    require(len(y) == len(x), f"y must have as many rows as x, {len(x)}, not {len(y)}")
    require(1 <= k < len(x) / 2, f"k must be at least 1 and below {len(x) / 2:g}, not {k}")
    raise NotImplementedError


def entropy_bits(p):
    """How uncertain a distribution is, in bits: H = - sum of p log2(p), where 0 log2(0) counts as 0.

    Args:
        p: (K,) probabilities, which add up to 1.

    Returns:
        A number from 0 (one certain outcome) to log2(K).

    Source: Shannon, "A mathematical theory of communication" (1948), section 6; scipy.stats.entropy(p, base=2).

    Example:
        >>> entropy_bits(np.array([0.5, 0.25, 0.25, 0.0]))
        1.5
    """
    raise NotImplementedError


def row_affinities(d2_row, beta, self_index):
    """How probable it is that point i picks each other point as its neighbour, if it picks by a Gaussian around itself.

    p[j] = exp(-beta d2[j]) / sum over all k but self_index of exp(-beta d2[k]),   p[self_index] = 0

    beta is 1 / (2 sigma^2). Every exp may underflow to 0, and then 0 is divided by 0: subtract the smallest d2 of the others from
    all of them first. It cancels.

    Args:
        d2_row: (N,) squared distances from point i to all points, itself included; N at least 2. beta: number above 0.
        self_index: i. What d2_row holds there plays no part.

    Returns:
        p: (N,), adds up to 1, also where d2 is as large as 10^6 or beta is.

    Raises:
        ValueError: naming beta, if it is not above 0.

    Source: van der Maaten and Hinton, "Visualizing data using t-SNE" (2008), equation 1.

    Example:
        >>> np.round(row_affinities(np.array([0.0, 5.0, 6.0]), np.log(3), self_index=0), 6)
        array([0.  , 0.75, 0.25])
    """
    require(beta > 0, f"beta must be above 0, not {beta}")
    raise NotImplementedError


def search_beta(d2_row, perplexity, self_index):
    """The beta at which a point has as many neighbours as wanted: perplexity 2^H, with H the entropy of its row in bits.

    A larger beta means a narrower Gaussian and fewer neighbours, so bisection finds it. Begin with beta = 1, and with all
    numbers above 0 as the bracket. Too many neighbours: beta is the bracket's new lower end, and the next beta is in its middle,
    or twice as large while there is no upper end yet. Too few: beta is the upper end, and the next one in the middle again.
    Stop as soon as 2^H is perplexity to a relative 1e-8, and after 100 steps in any case: where more others are equally near
    than perplexity asks for, no beta gets there.

    Args:
        d2_row: (N,) squared distances from point i to all points, of any size. perplexity: number, above 1 and below N - 1.
        self_index: i. What d2_row holds there plays no part.

    Returns:
        beta: float above 0. Where all other points are equally far, every beta will do: then it is 1.0.

    Raises:
        ValueError: naming perplexity, if it is not above 1 and below N - 1.

    Source: van der Maaten and Hinton (2008), section 2, which searches for sigma.

    Example:
        >>> d2_row = np.array([0.0, 5.0, 6.0, 6.0])
        >>> round(search_beta(d2_row, 2**1.5, self_index=0), 6), round(float(np.log(2)), 6)
        (0.693147, 0.693147)
    """
    require_perplexity(perplexity, len(d2_row))
    raise NotImplementedError


def joint_probabilities(x, perplexity):
    """How probable each pair of neighbours is: every point's row at its own beta, made symmetric.

    p[i, j] = (p(j | i) + p(i | j)) / (2 N),   with p(. | i) the row_affinities of point i at search_beta's beta

    Args:
        x: (N, D); rows may be equal. perplexity: number, above 1 and below N - 1.

    Returns:
        p: (N, N), symmetric, 0 on the diagonal, adds up to 1 over all pairs.

    Raises:
        ValueError: naming perplexity, if it is not above 1 and below N - 1.

    Source: van der Maaten and Hinton (2008), section 3.1; scikit-learn's _joint_probabilities.

    Example:
        >>> p = joint_probabilities(np.array([[0.0], [1.0], [2.0], [8.0]]), perplexity=2)
        >>> bool(np.allclose(p, p.T)), round(float(p.sum()), 6)
        (True, 1.0)
    """
    require_perplexity(perplexity, len(x))
    raise NotImplementedError


def student_affinities(y):
    """The map's own probabilities of pairs, by a curve with a heavy tail: Student's t with one degree of freedom.

    w[i, j] = 1 / (1 + |y_i - y_j|^2), 0 on the diagonal,   q = w / (sum of all w)

    Args:
        y: (N, K), N at least 2.

    Returns:
        (q, weights): both (N, N); q adds up to 1 over all pairs.

    Source: van der Maaten and Hinton (2008), equation 4.

    Example:
        >>> q, weights = student_affinities(np.array([[0.0, 0.0], [1.0, 0.0]]))
        >>> q, weights
        (array([[0. , 0.5],
               [0.5, 0. ]]), array([[0. , 0.5],
               [0.5, 0. ]]))
    """
    raise NotImplementedError


def kl_divergence(p, q):
    """How badly the map's pairs q tell of the rows' pairs p: the sum of p log(p / q), in nats.

    Both are floored at 1e-12 first, so that no logarithm is of 0 and nothing is divided by it.

    Args:
        p, q: (N, N), each adds up to 1.

    Returns:
        A number.

    Raises:
        ValueError: naming q, if its shape is not p's.

    Source: van der Maaten and Hinton (2008), section 3.1.

    Example:
        >>> p, q = np.array([[0.0, 0.75], [0.25, 0.0]]), np.array([[0.0, 0.5], [0.5, 0.0]])
        >>> round(kl_divergence(p, q), 6), round(float(0.75 * np.log(1.5) + 0.25 * np.log(0.5)), 6)
        (0.130812, 0.130812)
    """
    require(q.shape == p.shape, f"q must have the shape of p, {p.shape}, not {q.shape}")
    raise NotImplementedError


def tsne_gradient(p, y):
    """The gradient of kl_divergence(p, q) for the map y, with q and weights w of student_affinities(y).

    dy_i = 4 * sum over j of (p[i, j] - q[i, j]) w[i, j] (y_i - y_j)

    Args:
        p: (N, N), symmetric, 0 on the diagonal; its sum may differ from 1 (exaggeration), and the formula stays. y: (N, K).

    Returns:
        dy: (N, K).

    Raises:
        ValueError: naming p, if its shape is not (N, N).

    Source: van der Maaten and Hinton (2008), equation 5, derived in appendix A.

    Example:
        >>> p = np.array([[0.0, 0.3, 0.2], [0.3, 0.0, 0.0], [0.2, 0.0, 0.0]])
        >>> np.round(tsne_gradient(p, np.array([[0.0], [1.0], [-1.0]])), 6)  # w: 1/2, 1/2, 1/5; q: 5/24, 5/24, 1/12
        array([[-0.2 ],
               [ 0.05],
               [ 0.15]])
    """
    require(p.shape == (len(y), len(y)), f"p must have the shape {(len(y), len(y))}, not {p.shape}")
    raise NotImplementedError


def gain_step(y, gradient, velocity, gains, lr, momentum):
    """One step of descent with momentum, in which every number has a gain of its own.

    A gain grows by 0.2 where gradient and velocity have different signs, and shrinks to 0.8 of itself where they have the same
    one; then it is raised to 0.01 if it is below. Mind which is which: velocity points down and gradient up, so different signs
    mean that the number keeps its way. sign(0) is 0, a sign of its own.

        velocity = momentum * velocity - lr * gains * gradient          (the new gains)
        y = y + velocity, less its mean over the points

    Args:
        y, gradient, velocity, gains: (N, K). lr, momentum: numbers.

    Returns:
        (y, velocity, gains): the new ones.

    Source: Jacobs, "Increased rates of convergence through learning rate adaptation" (1988), as van der Maaten's tsne_p.m has it.

    Example:
        >>> ones = np.ones((2, 1))
        >>> y, velocity, gains = gain_step(0 * ones, np.array([[1.0], [-2.0]]), ones, ones, lr=10.0, momentum=0.5)
        >>> y, velocity, gains
        (array([[-16.],
               [ 16.]]), array([[-7.5],
               [24.5]]), array([[0.8],
               [1.2]]))
    """
    raise NotImplementedError


def tsne(x, y0, perplexity, steps, lr, exaggeration=4.0, early=80):
    """t-distributed stochastic neighbour embedding: a map whose pairs of neighbours are those of the rows.

    p = joint_probabilities(x, perplexity). From y0, with velocity 0 and gains 1, walk by gain_step along tsne_gradient. In the
    first `early` steps p is multiplied by exaggeration, which draws neighbours together while there is room, and the momentum
    is 0.5; after them p is as it is, and the momentum 0.8. Velocity and gains live on.

    Args:
        x: (N, D). y0: (N, K), where to start. perplexity: number, above 1 and below N - 1.
        steps: int, at least 0; may be less than early. lr: learning rate. exaggeration: number. early: int, at least 0.

    Returns:
        (y, kls): the map (N, K), and an array (steps,) with kl_divergence of p, never exaggerated, and the map after each step.

    Raises:
        ValueError: naming y0, if it has not as many rows as x; naming steps, if it is below 0; naming perplexity, if it is
            not above 1 and below N - 1.

    Source: van der Maaten and Hinton (2008), algorithm 1 and section 3.4 (which change the momentum after 250 steps, and end the
    exaggeration after 50); sklearn.manifold.TSNE.

    Example:
        >>> x = np.array([[0.0], [1.0], [2.0], [50.0], [51.0], [52.0]])
        >>> y, kls = tsne(x, first_map(6, np.random.default_rng(0)), perplexity=2, steps=200, lr=5.0)
        >>> y.shape, kls.shape, bool(kls[-1] < kls[0])
        ((6, 2), (200,), True)
    """
    require(len(y0) == len(x), f"y0 must have as many rows as x, {len(x)}, not {len(y0)}")
    require(steps >= 0, f"steps must be at least 0, not {steps}")
    require_perplexity(perplexity, len(x))
    raise NotImplementedError
