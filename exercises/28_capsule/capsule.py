"""Capsules: small groups of units whose length says whether something is there, and whose direction says how.

N examples, I children (capsules of the layer below, Di numbers each), J parents (Do numbers each): u is (N, I, Di), w is
(I, J, Do, Di), the votes u_hat are (N, I, J, Do), the coupling coefficients c are (N, I, J), and the parents v are (N, J, Do).
"Eq." and "procedure" are those of Sabour, Frosst, Hinton, "Dynamic Routing Between Capsules" (2017, arXiv 1710.09829).

Results are new arrays in the dtype of the inputs (float32 in, float32 out), and functions leave what they are given as it was.
Adam (unit 06) and a convolution (unit 11) are given below. The lines above yours refuse bad input; they are given too.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def require(holds, message):
    """Raise ValueError(message) unless it holds. Given, as its calls are: refusing bad input is not the lesson here."""
    if not holds:
        raise ValueError(message)


def require_labels(labels, v):
    """Refuse labels that are not one for each example, from 0 to J - 1: ValueError naming labels. Given."""
    require(np.shape(labels) == (len(v),), f"labels must be ({len(v)},), one an example, not {np.shape(labels)}")
    require(np.all((labels >= 0) & (labels < v.shape[1])), f"labels must be from 0 to {v.shape[1] - 1}")


def adam_step(params, grads, state, lr):
    """One step of Adam, in place. Given.

    Args:
        params, grads: dicts of arrays with the same keys. The arrays of params are changed.
        state: dict, empty before the first step; the averages are kept in it.
        lr: learning rate.

    Example:
        >>> params = {"w": np.array([1.0, 1.0])}
        >>> adam_step(params, {"w": np.array([2.0, -500.0])}, {}, lr=0.1)
        >>> np.round(params["w"], 6)
        array([0.9, 1.1])
    """
    count = state["count"] = state.get("count", 0) + 1
    rate, late = lr / (1 - 0.9**count), (1 - 0.999**count) ** 0.5
    for key, slope in grads.items():
        mean, square = state.setdefault(key, (np.zeros_like(slope), np.zeros_like(slope)))
        mean += 0.1 * (slope - mean)
        square += 0.001 * (slope * slope - square)
        params[key] -= rate * mean / (np.sqrt(square) / late + 1e-8)


def first_params(types, size, classes, length, rng):
    """Weights to start from, for images of 8 x 8 pixels. Given.

    Args:
        types, size: kinds of children, and numbers in each. classes, length: parents, and numbers in each.
        rng: numpy Generator.

    Returns:
        {"filters": (types * size, 36), "bias": (types * size,), "w": (types, classes, length, size)}.
    """
    return {
        "filters": rng.normal(size=(types * size, 36)) / 6,
        "bias": np.zeros(types * size),
        "w": rng.normal(size=(types, classes, length, size)) / 2,
    }


def convolve(images, filters, bias):
    """Where in an image a filter of 6 x 6 pixels answers, and how strongly: stride 1, no padding. Given.

    Args:
        images: (N, 8, 8). filters: (C, 36), each a row of pixels. bias: (C,).

    Returns:
        (features, patches): (N, C, 3, 3), and the pixels that each place looks at, (N, 9, 36).

    Example:
        >>> features, patches = convolve(np.ones((2, 8, 8)), np.full((1, 36), 0.5), np.array([1.0]))
        >>> features.shape, patches.shape, float(features[0, 0, 0, 0])
        ((2, 1, 3, 3), (2, 9, 36), 19.0)
    """
    patches = sliding_window_view(images, (6, 6), axis=(1, 2)).reshape(len(images), 9, 36)
    return (patches @ filters.T + bias).transpose(0, 2, 1).reshape(len(images), -1, 3, 3), patches


def network(images, params, iterations):
    """Images to parents: a convolution of 6 x 6 at 9 places, children of it, votes, routing. Given.

    Args:
        images: (N, 8, 8). params: as first_params makes them. The 9 places share w. iterations: rounds of routing.

    Returns:
        (v, c, seen): the parents (N, J, Do), the coefficients (N, 9 types, J), and what train needs on the way back.
    """
    size = params["w"].shape[3]
    features, patches = convolve(images, params["filters"], params["bias"])
    u, w = primary_capsules(features, size), params["w"].repeat(9, 0)
    u_hat = predictions(u, w)
    v, c = routing(u_hat, iterations)
    return v, c, (patches, features, u, w, u_hat)


def train(images, labels, params, iterations, epochs, lr, batch_size, rng):
    """Train network with Adam on the margin loss. Given; a check calls it.

    Args:
        images: (N, 8, 8). labels: (N,). params: where to start; they stay as they are. iterations: rounds of routing.
        epochs, lr, batch_size: passes over the images, learning rate, images a step. rng: numpy Generator that shuffles.

    Returns:
        params after training.
    """
    params, state = {key: value.copy() for key, value in params.items()}, {}
    types, size = params["w"].shape[0], params["w"].shape[3]
    for _ in range(epochs):
        order = rng.permutation(len(images))
        for rows in (order[start : start + batch_size] for start in range(0, len(images), batch_size)):
            v, c, (patches, features, u, w, u_hat) = network(images[rows], params, iterations)
            _, dv = margin_loss(v, labels[rows])
            du, dw = predictions_backward(routing_backward(dv, u_hat, c), u, w)
            # Children came by type, row, column; their numbers before squash lie in features, whose channels come by type too.
            before = features.reshape(len(rows), types, size, 9).transpose(0, 1, 3, 2).reshape(u.shape)
            dfeatures = squash_backward(du, before).reshape(len(rows), types, 9, size).transpose(0, 2, 1, 3)
            flat = dfeatures.reshape(-1, types * size)
            grads = {"filters": flat.T @ patches.reshape(-1, 36), "bias": flat.sum(0)}
            adam_step(params, grads | {"w": dw.reshape(types, 9, *dw.shape[1:]).sum(1)}, state, lr)
    return params


def squash(s, axis=-1):
    """Shrink vectors to a length below 1, and leave their direction: short ones nearly to nothing, long ones to nearly 1.

    v = |s|^2 / (1 + |s|^2) * s / |s|, and v = 0 where s = 0

    Args:
        s: float array, with vectors along axis; any lengths from 1e-8 to 1e8 and 0.
        axis: int.

    Returns:
        New array of s's shape and dtype, finite, without a warning.

    Source: eq. 1.

    Example:
        >>> squash(np.array([[3.0, 0.0], [0.0, 1.0], [0.0, 0.0]]))
        array([[0.9, 0. ],
               [0. , 0.5],
               [0. , 0. ]])
    """
    raise NotImplementedError


def squash_backward(dv, s):
    """Gradient of a loss through squash along the last axis.

    With r = |s| and f(r) = r / (1 + r^2), v = f s: each number of s changes its own number of v by f, and through r all of
    them.  ds = f dv + f'(r) (s . dv) s / r,   f'(r) = (1 - r^2) / (1 + r^2)^2

    Args:
        dv: gradient with respect to v. s: what squash was given, of the same shape, (..., D).

    Returns:
        ds, of s's shape. Where s = 0 it is 0, without a warning.

    Raises:
        ValueError: naming dv, if its shape is not that of s.

    Source: eq. 1; torch.autograd.

    Example:
        >>> squash_backward(np.array([[1.0, 1.0]]), np.array([[2.0, 0.0]])).round(4)
        array([[0.16, 0.4 ]])
    """
    require(dv.shape == s.shape, f"dv must have the shape of s {s.shape}, not {dv.shape}")
    raise NotImplementedError


def primary_capsules(features, size):
    """The first capsules: channels of a convolution, taken together in groups at each place, and squashed.

    Channels 0 to size - 1 are the first type, the next size channels the second, and so on.

    Args:
        features: (N, C, H, W), C = types * size. size: numbers in a capsule.

    Returns:
        u: (N, types * H * W, size), type first, then row, then column: the capsule of type t at row i and column j is number
        (t * H + i) * W + j.

    Raises:
        ValueError: naming size, if it is below 1 or does not divide C.

    Source: section 4.

    Example:
        >>> features = np.array([[[[3.0, 0.0]], [[0.0, 1.0]]]])  # two channels, a row of two places
        >>> primary_capsules(features, 2)
        array([[[0.9, 0. ],
                [0. , 0.5]]])
    """
    require(
        size >= 1 and features.shape[1] % size == 0, f"size must divide the {features.shape[1]} channels, not {size}"
    )
    raise NotImplementedError


def predictions(u, w):
    """The votes: what each child expects each parent to be.

    u_hat[n, i, j] = w[i, j] u[n, i]

    Args:
        u: (N, I, Di). w: (I, J, Do, Di), a matrix for each pair of a child and a parent.

    Returns:
        u_hat: (N, I, J, Do).

    Raises:
        ValueError: naming w, if its I or Di are not those of u.

    Source: eq. 2, right.

    Example:
        >>> predictions(np.array([[[1.0, 2.0]]]), np.array([[[[3.0, 4.0]], [[0.0, 5.0]]]]))
        array([[[[11.],
                 [10.]]]])
    """
    require((w.shape[0], w.shape[3]) == u.shape[1:], f"w must be (I, J, Do, Di), with u's I and Di {u.shape[1:]}")
    raise NotImplementedError


def predictions_backward(du_hat, u, w):
    """Gradients of a loss through predictions.

    Args:
        du_hat: (N, I, J, Do). u: (N, I, Di). w: (I, J, Do, Di).

    Returns:
        (du, dw), in the shapes of u and w. Each child hears from all parents; w is the same for all examples.

    Source: torch.einsum and torch.autograd.

    Example:
        >>> u, w = np.array([[[1.0, 2.0]]]), np.array([[[[3.0, 4.0]], [[0.0, 5.0]]]])
        >>> du, dw = predictions_backward(np.array([[[[1.0], [10.0]]]]), u, w)
        >>> du, dw.ravel()
        (array([[[ 3., 54.]]]), array([ 1.,  2., 10., 20.]))
    """
    raise NotImplementedError


def routing(u_hat, iterations):
    """Routing by agreement: each child gives more of its vote to the parents that come out as it expected.

        b[n, i, j] = 0
        iterations times:
            c = softmax of b over the parents j
            s[n, j] = sum over i of c[n, i, j] u_hat[n, i, j],   v = squash(s)
            b[n, i, j] += u_hat[n, i, j] . v[n, j]   (not needed after the last round)

    Args:
        u_hat: (N, I, J, Do). iterations: rounds, at least 1.

    Returns:
        (v, c): the parents (N, J, Do), and the coefficients (N, I, J) that made them. For each child they sum to 1 over the
        parents.

    Raises:
        ValueError: naming iterations, if below 1.

    Source: procedure 1; eq. 2, left, and eq. 3.

    Example:
        >>> v, c = routing(np.array([[[[1.0], [0.0]], [[1.0], [0.0]]]]), 2)
        >>> v.round(4).ravel(), c.round(4)
        (array([0.6078, 0.    ]), array([[[0.6225, 0.3775],
                [0.6225, 0.3775]]]))
    """
    require(iterations >= 1, f"iterations must be at least 1, not {iterations}")
    raise NotImplementedError


def routing_backward(dv, u_hat, c):
    """Gradient of a loss through the last round of routing, with the coefficients taken as constants.

    c depends on u_hat too; this course stops the gradient there, as many implementations do. So v = squash(s), s[n, j] = sum
    over i of c[n, i, j] u_hat[n, i, j], and nothing else.

    Args:
        dv: (N, J, Do), gradient with respect to v. u_hat: (N, I, J, Do). c: (N, I, J), as routing returned it.

    Returns:
        du_hat: (N, I, J, Do).

    Source: eq. 1 and 2; torch.autograd with c.detach().

    Example:
        >>> u_hat, c = np.array([[[[1.0, 0.0]], [[3.0, 0.0]]]]), np.array([[[0.5], [0.5]]])  # s = (2, 0)
        >>> routing_backward(np.array([[[1.0, 1.0]]]), u_hat, c).round(4).ravel()
        array([0.08, 0.2 , 0.08, 0.2 ])
    """
    raise NotImplementedError


def margin_loss(v, labels, m_plus=0.9, m_minus=0.1, down=0.5):
    """What it costs that the right capsule is short, and that others are long.

    loss = sum over j of T_j max(0, m_plus - |v_j|)^2 + down (1 - T_j) max(0, |v_j| - m_minus)^2, mean over the examples

    T_j is 1 for the label and 0 for all others.

    Args:
        v: (N, J, Do). labels: (N,) ints. m_plus, m_minus: how long is long enough, and how short is short enough.
        down: weight of the classes that are not there.

    Returns:
        (loss, dv): a float, and its gradient (N, J, Do). Where a v_j is 0 its gradient is 0, without a warning.

    Raises:
        ValueError: naming labels, if they are not (N,) or not from 0 to J - 1.

    Source: eq. 4.

    Example:
        >>> loss, dv = margin_loss(np.array([[[0.5], [0.3]]]), np.array([0]))
        >>> round(loss, 4), dv.ravel().round(4)
        (0.18, array([-0.8,  0.2]))
    """
    require_labels(labels, v)
    raise NotImplementedError


def capsule_scores(v):
    """How sure each parent is that it is there: its length.

    Args:
        v: (N, J, Do).

    Returns:
        (N, J).

    Source: section 3.

    Example:
        >>> capsule_scores(np.array([[[0.3, 0.4], [0.0, -0.2]]]))
        array([[0.5, 0.2]])
    """
    raise NotImplementedError


def mask_capsules(v, labels):
    """What a decoder is given to draw from: the capsule of the label, and zeros for all others.

    Args:
        v: (N, J, Do). labels: (N,) ints.

    Returns:
        (N, J * Do), capsule after capsule.

    Raises:
        ValueError: naming labels, if they are not (N,) or not from 0 to J - 1.

    Source: section 4.1.

    Example:
        >>> mask_capsules(np.array([[[0.3, 0.4], [0.1, 0.2]]]), np.array([1]))
        array([[0. , 0. , 0.1, 0.2]])
    """
    require_labels(labels, v)
    raise NotImplementedError


def perturb(v, labels, dimension, amounts):
    """What a decoder is given to show what one number of a capsule stands for: masked capsules, with amounts added to it.

    Args:
        v: (N, J, Do). labels: (N,) ints. dimension: which of the label's Do numbers, 0 to Do - 1. amounts: (A,) floats.

    Returns:
        (A, N, J * Do): for each amount what mask_capsules gives, with the amount added to one number of the label's capsule.

    Raises:
        ValueError: naming labels, if they are not (N,) or not from 0 to J - 1; naming dimension, if it is not from 0 to Do - 1.

    Source: section 5.1.

    Example:
        >>> perturb(np.array([[[0.5, 0.25], [0.1, 0.2]]]), np.array([0]), 1, np.array([-0.25, 0.5]))
        array([[[0.5 , 0.  , 0.  , 0.  ]],
        <BLANKLINE>
               [[0.5 , 0.75, 0.  , 0.  ]]])
    """
    require_labels(labels, v)
    require(0 <= dimension < v.shape[2], f"dimension must be from 0 to {v.shape[2] - 1}, not {dimension}")
    raise NotImplementedError
