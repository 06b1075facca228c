"""Radial basis functions: units that answer how near a row is to their centre, and not on which side of a line it lies.

Rows x are (N, D), centres (K, D), widths (K,), all above 0. A network of them is linear in what its units say: out (N, O) =
features w^T + b, with w (O, K) stored as torch stores weights, (outputs, inputs). So it is trained in three steps of which none
needs a gradient: centres by clustering, widths by neighbours, w and b by least squares.

Results are new arrays in the dtype of the inputs (float32 in, float32 out), and functions leave what they are given as it was.
The lines above yours refuse bad input; they are given too.
"""

import numpy as np


def require(holds, message):
    """Raise ValueError(message) unless it holds. Given, as its calls are: refusing bad input is not the lesson here."""
    if not holds:
        raise ValueError(message)


def require_columns(name, array, like, columns):
    """Refuse rows of another length than those of an array: ValueError naming them. Given."""
    require(
        array.ndim == 2 and array.shape[1] == columns,
        f"{name} must be (rows, {columns}), as many columns as {like}, not {array.shape}",
    )


def require_widths(widths, centres):
    """Refuse widths that are not one for each centre, all above 0: ValueError naming widths. Given."""
    require(np.shape(widths) == (len(centres),), f"widths must be ({len(centres)},), one a centre, not {widths.shape}")
    require(np.all(widths > 0), "widths must all be above 0")


def classify(x, net):
    """The class of the largest output, for each row. Given, to use what rbf_classifier made.

    Args:
        x: (N, D). net: what rbf_classifier returns.

    Returns:
        (N,) ints from 0.
    """
    return rbf_forward(x, net["centres"], net["widths"], net["w"], net["b"])[0].argmax(1)


def many_starts(x, k, calls, rng):
    """What k_means_plus_plus draws in many calls, (calls, k, D). Given; checks of chance call it.

    Args:
        x: (N, D). k: centres a call. calls: how many. rng: numpy Generator, one for all calls.
    """
    return np.array([k_means_plus_plus(x, k, rng) for _ in range(calls)])


def squared_distances(x, centres):
    """How far each row is from each centre, squared.

    out[n, k] = sum over d of (x[n, d] - centres[k, d])^2 = |x_n|^2 - 2 x_n . c_k + |c_k|^2

    The second form is one matrix product and far faster than an array (N, K, D), but rounding can leave something like -1e-15
    in it where a row is a centre: clip it at 0.

    Args:
        x: float array (N, D). centres: (K, D).

    Returns:
        (N, K), never below 0. Where a row equals a centre, rounding may leave up to 1e-10 (of numbers of the size of 1).

    Raises:
        ValueError: naming centres, if their columns are not as many as x's.

    Source: scipy.spatial.distance.cdist(x, centres, "sqeuclidean").

    Example:
        >>> squared_distances(np.array([[0.0, 0.0], [3.0, 4.0]]), np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 1.0]]))
        array([[ 0.,  9.,  1.],
               [25., 16., 18.]])
    """
    require_columns("centres", centres, "x", x.shape[1])
    raise NotImplementedError


def assign(x, centres):
    """The number of the nearest centre of each row; of equally near ones the first.

    Args:
        x: (N, D). centres: (K, D).

    Returns:
        labels: (N,) ints from 0 to K - 1.

    Source: Lloyd, "Least squares quantization in PCM" (1982).

    Example:
        >>> assign(np.array([[1.0], [2.0], [9.0]]), np.array([[0.0], [4.0]]))
        array([0, 0, 1])
    """
    raise NotImplementedError


def move_centres(x, labels, centres):
    """Each centre moves to the mean of its rows; one without rows stays where it is.

    Args:
        x: (N, D). labels: (N,) ints, the number of each row's centre. centres: (K, D), where the centres are.

    Returns:
        New centres (K, D), without a warning.

    Raises:
        ValueError: naming labels, if they are not as many as the rows of x.

    Source: Lloyd (1982).

    Example:
        >>> move_centres(np.array([[1.0], [2.0], [9.0]]), np.array([0, 0, 1]), np.array([[0.0], [4.0], [7.0]]))
        array([[1.5],
               [9. ],
               [7. ]])
    """
    require(len(labels) == len(x), f"labels must be {len(x)}, one for each row of x, not {len(labels)}")
    raise NotImplementedError


def k_means(x, centres, max_iter=100):
    """Lloyd's algorithm: assign each row to its nearest centre, move the centres, and again, until no label changes.

        assign
        up to max_iter times: move the centres, assign; stop if no label has changed

    Args:
        x: (N, D). centres: (K, D), where to begin.
        max_iter: how often the centres may move, at least 1.

    Returns:
        (centres, labels, inertias): the centres (K, D) after the last move; the labels (N,) of the last assignment, which is
        to those centres; and a list of floats, one for each assignment, the first and the last among them: the sum of the
        squared distances of the rows to the centres they were just assigned to. They never rise.

    Raises:
        ValueError: naming max_iter, if it is below 1.

    Source: Lloyd (1982); sklearn.cluster.KMeans(init=centres, n_init=1, algorithm="lloyd").

    Example:
        >>> x = np.array([[0.0], [1.0], [4.0], [9.0]])
        >>> centres, labels, inertias = k_means(x, np.array([[0.0], [1.0]]))
        >>> centres.ravel(), labels, np.round(inertias, 2)
        (array([0.5, 6.5]), array([0, 0, 1, 1]), array([73.  , 20.22, 13.  ]))
    """
    require(max_iter >= 1, f"max_iter must be at least 1, not {max_iter}")
    raise NotImplementedError


def k_means_plus_plus(x, k, rng):
    """Rows of x to begin k_means with, far from each other as a rule: k-means++.

    The first row is drawn uniformly. Each next one is drawn with probability D(row)^2 / (sum of D^2 over all rows), where D
    is a row's distance to the nearest of those already chosen. So a chosen row is not drawn again, nor one equal to it. Take
    D^2 from differences: rounding must not leave such a row a chance. Where all D are 0, the next is drawn uniformly again.

    Args:
        x: (N, D). k: how many, 1 to N. rng: numpy Generator, the only source of chance.

    Returns:
        (k, D), rows of x in the order in which they were drawn.

    Raises:
        ValueError: naming k, if it is below 1 or above N.

    Source: Arthur and Vassilvitskii, "k-means++: the advantages of careful seeding" (2007).

    Example:
        >>> chosen = k_means_plus_plus(np.array([[5.0], [5.0], [5.0], [8.0]]), 2, np.random.default_rng(0))
        >>> np.sort(chosen.ravel())
        array([5., 8.])
    """
    require(1 <= k <= len(x), f"k must be from 1 to {len(x)}, not {k}")
    raise NotImplementedError


def neighbour_widths(centres, neighbours, scale=1.0):
    """How wide each unit is: as wide as its neighbours are far.

    width = scale * root of the mean squared distance to the nearest `neighbours` other centres

    A centre is no neighbour of itself; another one at the same place is, at distance 0. Take the distances from differences,
    so that this 0 is exact. A width that comes out as 0 is replaced by the mean of the widths that are above 0, and by 1.0 if
    there are none.

    Args:
        centres: (K, D).
        neighbours: how many, at least 1; all the others, if there are no more than that.
        scale: above 0.

    Returns:
        widths (K,), all above 0.

    Raises:
        ValueError: naming neighbours, if below 1.

    Source: Moody and Darken, "Fast learning in networks of locally-tuned processing units" (1989).

    Example:
        >>> neighbour_widths(np.array([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]]), 1)
        array([1.        , 4.24264069, 1.        ])
    """
    require(neighbours >= 1, f"neighbours must be at least 1, not {neighbours}")
    raise NotImplementedError


def gaussian_features(x, centres, widths):
    """What each unit says to each row: 1 at its centre, less with the distance, nothing far away.

    out[n, k] = exp(-|x_n - c_k|^2 / (2 width_k^2))

    Args:
        x: (N, D). centres: (K, D). widths: (K,), all above 0.

    Returns:
        (N, K), from 0 to 1. Far from all centres exactly 0.0, without a warning.

    Raises:
        ValueError: naming widths, if they are not K or not all above 0.

    Source: Broomhead and Lowe, "Multivariable functional interpolation and adaptive networks" (1988).

    Example:
        >>> gaussian_features(np.array([[0.0], [2.0], [1000.0]]), np.array([[0.0], [2.0]]), np.array([1.0, 2.0])).round(4)
        array([[1.    , 0.6065],
               [0.1353, 1.    ],
               [0.    , 0.    ]])
    """
    require_widths(widths, centres)
    raise NotImplementedError


def rbf_forward(x, centres, widths, w, b):
    """A network of radial basis functions: weighted sums of what its units say.

    out = gaussian_features(x, centres, widths) w^T + b

    Args:
        x: (N, D). centres: (K, D). widths: (K,), all above 0. w: (O, K). b: (O,).

    Returns:
        (out, cache): out (N, O); cache is whatever rbf_backward needs.

    Raises:
        ValueError: naming widths, if they are not K or not all above 0.

    Source: Broomhead and Lowe (1988).

    Example:
        >>> x, centres, widths = np.array([[0.0], [1000.0]]), np.array([[0.0], [500.0]]), np.array([1.0, 2.0])
        >>> rbf_forward(x, centres, widths, np.array([[3.0, 4.0]]), np.array([0.5]))[0]
        array([[3.5],
               [0.5]])
    """
    require_widths(widths, centres)
    raise NotImplementedError


def rbf_backward(dout, cache):
    """Gradients of a loss through rbf_forward, for those who would rather move the centres and widths by descent.

    With h = features, the derivative of h[n, k] is h[n, k] (x_n - c_k) / width_k^2 for c_k, the same with a minus for x_n,
    and h[n, k] |x_n - c_k|^2 / width_k^3 for width_k.

    Args:
        dout: (N, O), gradient of the loss with respect to out.
        cache: from rbf_forward.

    Returns:
        (dx, dcentres, dwidths, dw, db), in the shapes of x, centres, widths, w and b.

    Source: Bishop, "Neural Networks for Pattern Recognition" (1995), chapter 5; torch.autograd.

    Example:
        >>> x, centres, widths = np.array([[1.0]]), np.array([[0.0]]), np.array([1.0])
        >>> _, cache = rbf_forward(x, centres, widths, np.array([[2.0]]), np.array([0.0]))
        >>> [float(each.round(4).item()) for each in rbf_backward(np.array([[1.0]]), cache)]
        [-1.2131, 1.2131, 1.2131, 0.6065, 1.0]
    """
    raise NotImplementedError


def ridge_solve(features, targets, strength):
    """The weights with the smallest squared error and, for strength above 0, a price on their size: ridge regression.

    minimise |features w^T + b - targets|^2 + strength |w|^2, summed over all numbers of each; b is free of charge

    The best b makes the mean error 0. So take the mean off the columns of both, find w for what is left, and set b by the means.
    At strength 0 it is plain least squares, and where many w are equally good, the shortest is wanted: np.linalg.lstsq gives it.

    Args:
        features: (N, K). targets: (N, O). strength: at least 0.

    Returns:
        (w, b): (O, K) and (O,), finite also if the columns depend on each other.

    Raises:
        ValueError: naming targets, if they are not (N, O); naming strength, if it is below 0.

    Source: sklearn.linear_model.Ridge(alpha=strength).

    Example:
        >>> features, targets = np.array([[0.0], [2.0], [4.0]]), np.array([[1.0], [5.0], [9.0]])
        >>> ridge_solve(features, targets, 0.0), ridge_solve(features, targets, 8.0)
        ((array([[2.]]), array([1.])), (array([[1.]]), array([3.])))
    """
    require(
        np.ndim(targets) == 2 and len(targets) == len(features),
        f"targets must be ({len(features)}, O), not {targets.shape}",
    )
    require(strength >= 0, f"strength must be at least 0, not {strength}")
    raise NotImplementedError


def leave_one_out(features, targets, strength):
    """How far off ridge_solve is on a row that it has not seen: what N fits would tell, each without one row, out of one fit.

    The outputs of a fit are linear in its targets, outputs = H targets, with an (N, N) matrix H that only the features and
    strength make. Without row n, the fit misses it by residual_n / (1 - H[n, n]), where residual_n is what the fit to all
    rows misses it by.

        H[n, n] = 1 / N + f_n^T (F^T F + strength I)^-1 f_n,   F: features less their mean, rows f_n

    (At strength 0 with columns that depend on each other, the inverse is the pseudo-inverse.) The 1 / N is b's.

    Args:
        features: (N, K). targets: (N, O). strength: at least 0, and such that no H[n, n] is 1: any above 0 will do.

    Returns:
        The mean over the N O numbers of the squared errors, a float. Strength is the same in the N fits as in the one.

    Raises:
        ValueError: as ridge_solve's.

    Source: Allen, "The relationship between variable selection and data augmentation and a method for prediction" (1974), who
    calls the sum PRESS; Golub, Heath and Wahba, "Generalized cross-validation as a method for choosing a good ridge parameter"
    (1979).

    Example:
        >>> round(leave_one_out(np.zeros((3, 1)), np.array([[0.0], [3.0], [6.0]]), 1.0), 6)  # errors: -4.5, 0, 4.5
        13.5
    """
    require(
        np.ndim(targets) == 2 and len(targets) == len(features),
        f"targets must be ({len(features)}, O), not {targets.shape}",
    )
    require(strength >= 0, f"strength must be at least 0, not {strength}")
    raise NotImplementedError


def rbf_classifier(x, y, classes, k, strength, rng):
    """A classifier without one step of descent.

    1. centres: k_means_plus_plus, then k_means with at most 20 moves
    2. widths: neighbour_widths with 2 neighbours and scale 2
    3. w and b: ridge_solve on gaussian_features, to one-hot targets (N, classes): 1 in the column of a row's class, else 0

    Args:
        x: (N, D). y: (N,) ints from 0 to classes - 1. classes: how many there are, whether or not y holds them all.
        k: how many centres. strength: the price on w. rng: numpy Generator, for k_means_plus_plus alone.

    Returns:
        dict with centres (k, D), widths (k,), w (classes, k), b (classes,). classify, given above, reads it.

    Source: Moody and Darken (1989); Bishop (1995), chapter 5.

    Example:
        >>> x, y = np.array([[0.0], [1.0], [8.0], [9.0]]), np.array([1, 1, 0, 0])
        >>> net = rbf_classifier(x, y, 2, 2, 0.01, np.random.default_rng(0))
        >>> np.sort(net["centres"].ravel()), net["widths"], classify(np.array([[2.0], [7.0]]), net)
        (array([0.5, 8.5]), array([16., 16.]), array([1, 0]))
    """
    raise NotImplementedError
