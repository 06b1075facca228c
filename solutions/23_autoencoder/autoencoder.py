"""Autoencoders: networks that are taught to give back what they were given, through a layer that is too narrow for it.

Rows are (N, D); the narrow layer's numbers, K of them a row, are the row's code. Weights are stored as torch stores them,
(outputs, inputs). The params of an autoencoder are a list of pairs (w, b), an even number of layers: the first half
encodes, the second half decodes. An activation ("relu", "tanh" or "sigmoid") follows each layer but two: the one that
gives the code (the last of the first half) and the one that gives the output (the last of all) are linear.

Losses return (loss, gradient...). Results are new arrays in the dtype of the inputs (float32 in, float32 out), and
functions leave what they are given as it was. A layer, the activations, a loss and Adam are given below, from units 02,
03, 04 and 06, each in another dress: dense and bend return (out, back), and back(dout) gives the gradients. The lines above
yours refuse bad input; they are given too.
"""

from itertools import pairwise

import numpy as np


def require(holds, message):
    """Raise ValueError(message) unless it holds. Given, as its calls are: refusing bad input is not the lesson here."""
    if not holds:
        raise ValueError(message)


def require_halves(params):
    """Refuse params that have no middle: ValueError naming params. Given."""
    require(params and len(params) % 2 == 0, f"params must hold an even number of layers, not {len(params)}")


def require_share(share):
    """Refuse what is no probability: ValueError naming share. Given."""
    require(0 <= share <= 1, f"share must be from 0 to 1, not {share}")


def require_same_shape(name, array, other, like):
    """Refuse an array that does not have the shape of another one: ValueError naming it. Given."""
    require(
        np.shape(array) == np.shape(other), f"{name} must have {like}'s shape {np.shape(other)}, not {np.shape(array)}"
    )


def dense(x, w, b):
    """A layer: weighted sums. Given.

    Args:
        x: (N, D). w: (units, D). b: (units,).

    Returns:
        (out, back): out (N, units); back(dout) gives (dx, dw, db).

    Example:
        >>> out, back = dense(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]]), np.array([0.5]))
        >>> out, back(np.array([[10.0]]))
        (array([[11.5]]), (array([[30., 40.]]), array([[10., 20.]]), array([10.])))
    """
    return np.dot(x, w.T) + b, lambda dout: (np.dot(dout, w), np.dot(dout.T, x), dout.sum(0))


def bend(x, activation):
    """An activation. Given.

    Args:
        x: array of any shape. activation: "relu", "tanh" or "sigmoid".

    Returns:
        (out, back): out of x's shape; back(dout) gives dx. relu's derivative at 0 is 0.

    Raises:
        ValueError: naming activation, if it is none of the three.

    Example:
        >>> out, back = bend(np.array([-2.0, 3.0]), "relu")
        >>> out, back(np.array([10.0, 10.0]))
        (array([0., 3.]), array([ 0., 10.]))
    """
    require(activation in ("relu", "tanh", "sigmoid"), f"activation must be relu, tanh or sigmoid, not {activation!r}")
    if activation == "relu":
        return x.clip(min=0), lambda dout: np.where(x > 0, dout, 0)
    out = np.tanh(x) if activation == "tanh" else (1 + np.tanh(x / 2)) / 2
    return out, lambda dout: dout * ((1 - out) * (1 + out) if activation == "tanh" else out - out * out)


def binary_cross_entropy(logits, target):
    """What it costs to say sigmoid(logits) where target is right: summed over a row's pixels, mean over the rows. Given.

    Args:
        logits, target: (N, D); target from 0 to 1.

    Returns:
        (loss, dlogits): a float, and its gradient (N, D), already divided by N.

    Example:
        >>> loss, dlogits = binary_cross_entropy(np.zeros((1, 2)), np.array([[1.0, 0.0]]))
        >>> round(loss, 4), dlogits
        (1.3863, array([[-0.5,  0.5]]))
    """
    costs = logits.clip(min=0) - logits * target + np.log1p(np.exp(-abs(logits)))
    return float(costs.sum(1).mean()), ((1 + np.tanh(logits / 2)) / 2 - target) / logits.dtype.type(len(logits))


def arrays_of(params):
    """All arrays in dicts, lists and tuples within each other, in one list. Given, for adam_step."""
    if isinstance(params, np.ndarray):
        return [params]
    inner = params.values() if isinstance(params, dict) else params
    return [array for each in inner for array in arrays_of(each)]


def adam_step(params, grads, state, lr):
    """One step of Adam, in place. Given.

    Args:
        params, grads: arrays in dicts, lists and tuples within each other, the same in both. The arrays of params are changed.
        state: dict, empty before the first step; the averages are kept in it.
        lr: learning rate.

    Example:
        >>> w = np.array([1.0, 1.0])
        >>> adam_step([w], [np.array([2.0, -500.0])], {}, lr=0.1)
        >>> np.round(w, 6)
        array([0.9, 1.1])
    """
    count = state["count"] = state.get("count", 0) + 1
    rate, late = lr / (1 - 0.9**count), (1 - 0.999**count) ** 0.5
    for number, (array, slope) in enumerate(zip(arrays_of(params), arrays_of(grads), strict=True)):
        mean, square = state.setdefault(number, (np.zeros_like(array), np.zeros_like(array)))
        mean += 0.1 * (slope - mean)
        square += 0.001 * (slope * slope - square)
        array -= rate * mean / (np.sqrt(square) / late + 1e-8)


def first_params(sizes, rng):
    """Weights to start from: normal with standard deviation 1 / sqrt(inputs), biases 0. Given.

    Args:
        sizes: units from the input to the output, as [64, 32, 2, 32, 64].
        rng: numpy Generator.

    Example:
        >>> [(w.shape, b.shape) for w, b in first_params([4, 2, 4], np.random.default_rng(0))]
        [((2, 4), (2,)), ((4, 2), (4,))]
    """
    return [(rng.normal(size=(units, inputs)) / inputs**0.5, np.zeros(units)) for inputs, units in pairwise(sizes)]


def train(x, target, params, activation, epochs, lr, batch_size, rng, std=0.0):
    """Train an autoencoder with Adam on autoencoder_loss_and_grads. Given; a check calls it.

    Args:
        x: (N, D) inputs. target: (N, D), what should come out of them; x itself if nothing was spoilt.
        params: where to start; it stays as it is.
        activation: of the hidden layers.
        epochs, lr, batch_size: passes over the rows, learning rate, rows a step.
        rng: numpy Generator that shuffles.
        std: of normal noise that is added to each batch of inputs, anew in every epoch.

    Returns:
        params after training.
    """
    params, state = [(w.copy(), b.copy()) for w, b in params], {}
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for rows in (order[start : start + batch_size] for start in range(0, len(x), batch_size)):
            noise = std * rng.normal(size=x[rows].shape)
            _, grads = autoencoder_loss_and_grads(x[rows] + noise, target[rows], params, activation)
            adam_step(params, grads, state, lr)
    return params


def pca(x, k):
    """Principal component analysis: the k directions, at right angles, in which the rows spread most.

    With x - mean = U S V^T (np.linalg.svd): the components are the first k rows of V^T, and a direction's variance is its
    singular value squared, divided by N.

    Args:
        x: float array (N, D).
        k: int, 1 to min(N, D).

    Returns:
        (mean, components, variances): mean (D,) of the rows; components (k, D), of length 1 and orthogonal to each other,
        also where the rows do not spread in k directions; variances (k,), falling, of the rows along them (divided by N, as
        np.var does). The sign of a component is free.

    Raises:
        ValueError: naming k, if it is below 1 or above min(N, D).

    Source: sklearn.decomposition.PCA (whose explained_variance_ divides by N - 1); Goodfellow, Bengio, Courville, "Deep
    Learning" (2016), section 2.12.

    Example:
        >>> mean, components, variances = pca(np.array([[1.0, 1.0], [4.0, 5.0], [7.0, 9.0]]), k=1)
        >>> mean, np.round(abs(components), 6), np.round(variances, 6)
        (array([4., 5.]), array([[0.6, 0.8]]), array([16.666667]))
    """
    require(1 <= k <= min(x.shape), f"k must be from 1 to {min(x.shape)}, not {k}")
    ### BEGIN SOLUTION
    mean = x.mean(axis=0)
    _, spreads, directions = np.linalg.svd(x - mean, full_matrices=False)
    return mean, directions[:k], spreads[:k] ** 2 / len(x)
    ### END SOLUTION


def reconstruct(x, mean, components):
    """The nearest points to x in the plane through mean that the components span.

    out = mean + (x - mean) C^T C

    Args:
        x: (N, D). mean: (D,). components: C (k, D), orthonormal rows, as pca gives them.

    Returns:
        New array (N, D).

    Source: sklearn.decomposition.PCA: inverse_transform(transform(x)).

    Example:
        >>> reconstruct(np.array([[3.0, 9.0]]), np.array([1.0, 1.0]), np.array([[1.0, 0.0]]))
        array([[3., 1.]])
    """
    ### BEGIN SOLUTION
    return mean + (x - mean) @ components.T @ components
    ### END SOLUTION


def largest_angle(a, b):
    """How far apart two planes are: the largest of the principal angles between the spaces that the rows of a and b span.

    Rows alone say little: other rows can span the same space, at any length and any slant. So make each basis orthonormal
    (np.linalg.qr of the transposed), Q_a and Q_b, (D, k). The singular values of Q_a^T Q_b are the cosines of the principal
    angles. Rounding may take a cosine just beyond 1: clip it.

    Args:
        a, b: float arrays (k, D), k <= D, each with linearly independent rows, which need be neither orthogonal nor of length 1.

    Returns:
        The angle in radians, a number from 0 (the same space) to pi / 2. An arccos cannot tell angles below about 1e-8 from 0.

    Raises:
        ValueError: naming b, if its shape is not a's.

    Source: Bjorck and Golub, "Numerical methods for computing angles between linear subspaces" (1973);
    scipy.linalg.subspace_angles (on columns).

    Example:
        >>> a, b = np.array([[2.0, 0.0, 0.0]]), np.array([[3.0, 3.0, 0.0]])
        >>> round(float(np.degrees(largest_angle(a, b))), 6)
        45.0
    """
    require_same_shape("b", b, a, "a")
    ### BEGIN SOLUTION
    q_a, q_b = np.linalg.qr(a.T)[0], np.linalg.qr(b.T)[0]
    cosines = np.linalg.svd(q_a.T @ q_b, compute_uv=False)
    return float(np.arccos(np.clip(cosines.min(), 0, 1)))
    ### END SOLUTION


def encode(x, params, activation):
    """From rows to codes: the first half of the layers, an activation after each but the last of them.

    Args:
        x: (N, D). params: all layers [(w, b), ...], an even number. activation: "relu", "tanh" or "sigmoid".

    Returns:
        code: (N, K).

    Raises:
        ValueError: naming params, if their number is odd or 0.

    Source: Goodfellow, Bengio, Courville (2016), chapter 14.

    Example:
        >>> params = [(np.array([[1.0, -1.0]]), np.array([0.5])), (np.array([[2.0], [3.0]]), np.array([0.0, 10.0]))]
        >>> encode(np.array([[1.0, 3.0]]), params, "relu")
        array([[-1.5]])
    """
    require_halves(params)
    ### BEGIN SOLUTION
    half = params[: len(params) // 2]
    for k, (w, b) in enumerate(half):
        x, _ = dense(x, w, b)
        if k < len(half) - 1:
            x, _ = bend(x, activation)
    return x
    ### END SOLUTION


def decode(code, params, activation):
    """From codes to rows: the second half of the layers, an activation after each but the last of them.

    Args:
        code: (N, K). params: all layers [(w, b), ...], an even number. activation: "relu", "tanh" or "sigmoid".

    Returns:
        out: (N, D). decode(encode(x)) is what the whole network makes of x.

    Raises:
        ValueError: naming params, if their number is odd or 0.

    Source: Goodfellow, Bengio, Courville (2016), chapter 14.

    Example:
        >>> params = [(np.array([[1.0, -1.0]]), np.array([0.5])), (np.array([[2.0], [3.0]]), np.array([0.0, 10.0]))]
        >>> decode(np.array([[-1.5]]), params, "relu")
        array([[-3. ,  5.5]])
    """
    require_halves(params)
    ### BEGIN SOLUTION
    for w, b in params[len(params) // 2 : -1]:
        code, _ = bend(dense(code, w, b)[0], activation)
    return dense(code, *params[-1])[0]
    ### END SOLUTION


def autoencoder_loss_and_grads(x, target, params, activation):
    """How far the network's output for x is from target, and which way to move the params.

    loss = mean over all N D numbers of (out - target)^2,   out = decode(encode(x))

    With target = x the network learns to give back what it was given; with a spoilt x and the clean rows as target it learns
    to repair them.

    Args:
        x: (N, D). target: (N, D_out), D_out units of the last layer (D, as a rule).
        params: [(w, b), ...], an even number. activation: "relu", "tanh" or "sigmoid", after each layer but the one that gives
            the code, params[len(params) // 2 - 1], and the last.

    Returns:
        (loss, grads): a number, and a list of pairs (dw, db), in the order and the shapes of params.

    Raises:
        ValueError: naming params, if their number is odd or 0; naming target, if its shape is not that of the output.

    Source: torch.nn.MSELoss of torch.nn.Sequential; Vincent, Larochelle, Bengio, Manzagol, "Extracting and Composing Robust
    Features with Denoising Autoencoders" (2008), for the spoilt x.

    Example:
        >>> params = [(np.array([[1.0, -1.0]]), np.array([0.5])), (np.array([[2.0], [3.0]]), np.array([0.0, 10.0]))]
        >>> x = np.array([[1.0, 3.0]])  # out is -3, 5.5
        >>> loss, grads = autoencoder_loss_and_grads(x, x, params, "relu")
        >>> loss, grads[1][1]
        (11.125, array([-4. ,  2.5]))
    """
    require_halves(params)
    require(target.shape == (len(x), len(params[-1][1])), f"target must have the output's shape, not {target.shape}")
    ### BEGIN SOLUTION
    out, backs = x, []
    for k, (w, b) in enumerate(params):
        out, back = dense(out, w, b)
        unbend = None
        if k not in (len(params) // 2 - 1, len(params) - 1):
            out, unbend = bend(out, activation)
        backs.append((back, unbend))
    dout, grads = 2 * (out - target) / target.size, []
    for back, unbend in reversed(backs):
        if unbend:
            dout = unbend(dout)
        dout, dw, db = back(dout)
        grads.append((dw, db))
    return float(np.mean((out - target) ** 2)), grads[::-1]
    ### END SOLUTION


def mask_noise(x, share, rng):
    """Set each entry to 0 with probability share, by a draw of its own. What stays is not scaled.

    Args:
        x: float array of any shape. share: the probability, from 0 to 1. rng: numpy Generator, the only source of randomness.

    Returns:
        New array of x's shape and dtype.

    Raises:
        ValueError: naming share, if it is not from 0 to 1.

    Source: Vincent and others, "Stacked Denoising Autoencoders" (2010), "masking noise".

    Example:
        >>> np.unique(mask_noise(np.full(1000, 0.25), 0.5, np.random.default_rng(0)))
        array([0.  , 0.25])
    """
    require_share(share)
    ### BEGIN SOLUTION
    return np.where(rng.random(x.shape) < share, 0, x)
    ### END SOLUTION


def gaussian_noise(x, std, rng):
    """Add a normal number with mean 0 and standard deviation std to each entry, each by a draw of its own.

    Args:
        x: float array of any shape. std: number, at least 0. rng: numpy Generator, the only source of randomness.

    Returns:
        New array of x's shape and dtype; it may leave 0 to 1.

    Raises:
        ValueError: naming std, if it is negative.

    Source: Vincent and others (2010), "additive isotropic Gaussian noise".

    Example:
        >>> gaussian_noise(np.ones(2), 0.0, np.random.default_rng(0))
        array([1., 1.])
    """
    require(std >= 0, f"std must be at least 0, not {std}")
    ### BEGIN SOLUTION
    return x + (std * rng.normal(size=x.shape)).astype(x.dtype)
    ### END SOLUTION


def salt_pepper(x, share, rng):
    """Replace each entry with probability share, by a draw of its own: half of these by 0 (pepper), half by 1 (salt).

    Args:
        x: float array of any shape, entries from 0 to 1. share: the probability that an entry is replaced, from 0 to 1.
        rng: numpy Generator, the only source of randomness.

    Returns:
        New array of x's shape and dtype.

    Raises:
        ValueError: naming share, if it is not from 0 to 1.

    Source: Vincent and others (2010), "salt-and-pepper noise".

    Example:
        >>> np.unique(salt_pepper(np.full(1000, 0.5), 0.5, np.random.default_rng(0)))
        array([0. , 0.5, 1. ])
    """
    require_share(share)
    ### BEGIN SOLUTION
    draw = rng.random(x.shape)
    return np.where(draw < share, draw < share / 2, x).astype(x.dtype)
    ### END SOLUTION


def linear_autoencoder(x, k, steps, lr, rng):
    """Train the simplest autoencoder, without a bend and without biases, and see what it finds.

    The rows are centred first: x - mean. Then out = (x - mean) E^T W^T, with the encoder E (k, D) and the decoder W (D, k).
    Both start normal with standard deviation 0.1, E drawn before W. Step s = 0, 1, ... is one adam_step with the learning
    rate lr * (1 - s / steps), on all rows, on

        loss = sum of (out - (x - mean))^2, divided by N

    E and W are two arrays of their own: neither is the other one transposed. Move them in one adam_step, with one state.

    Args:
        x: float array (N, D). k: int, at least 1. steps: int, at least 0. lr: number.
        rng: numpy Generator, the only source of randomness.

    Returns:
        (encoder, decoder): float64 arrays (k, D) and (D, k).

    Raises:
        ValueError: naming k, if it is below 1; naming steps, if it is below 0.

    Source: Baldi and Hornik, "Neural networks and principal component analysis: learning from examples without local
    minima" (1989).

    Example:
        >>> encoder, decoder = linear_autoencoder(np.array([[0.0, 0.0], [3.0, 4.0]]), 1, 300, 0.1, np.random.default_rng(0))
        >>> np.round(decoder @ encoder @ np.array([3.0, 4.0]), 3)
        array([3., 4.])
    """
    require(k >= 1, f"k must be at least 1, not {k}")
    require(steps >= 0, f"steps must be at least 0, not {steps}")
    ### BEGIN SOLUTION
    centred, state = x - x.mean(axis=0), {}
    encoder = rng.normal(scale=0.1, size=(k, x.shape[1]))
    decoder = rng.normal(scale=0.1, size=(x.shape[1], k))
    for step in range(steps):
        code = centred @ encoder.T
        dout = 2 * (code @ decoder.T - centred) / len(x)
        grads = [(dout @ decoder).T @ centred, dout.T @ code]
        adam_step([encoder, decoder], grads, state, lr * (1 - step / steps))
    return encoder, decoder
    ### END SOLUTION


def sparsity_penalty(h, target, strength):
    """What it costs that units are active more often, or less, than they should: each should be target on the mean.

    With rho_j = mean over the rows of h[:, j]:

        loss = strength * sum over j of  target log(target / rho_j) + (1 - target) log((1 - target) / (1 - rho_j))

    That is the Kullback-Leibler divergence from Bernoulli(rho_j) to Bernoulli(target), KL(target || rho_j).

    Args:
        h: float array (N, K), outputs of sigmoids, in (0, 1).
        target: number in (0, 1), 0.05 for example. strength: number, at least 0.

    Returns:
        (loss, dh): a number, and its gradient (N, K).

    Raises:
        ValueError: naming target, if it is not strictly between 0 and 1; naming strength, if it is negative.

    Source: Ng, "Sparse autoencoder", CS294A lecture notes (2011).

    Example:
        >>> loss, dh = sparsity_penalty(np.array([[0.2], [0.6]]), target=0.2, strength=1.0)
        >>> round(loss, 6), np.round(dh, 6)
        (0.091516, array([[0.416667],
               [0.416667]]))
    """
    require(0 < target < 1, f"target must be between 0 and 1, not {target}")
    require(strength >= 0, f"strength must be at least 0, not {strength}")
    ### BEGIN SOLUTION
    rho = h.mean(axis=0)
    loss = np.sum(target * np.log(target / rho) + (1 - target) * np.log((1 - target) / (1 - rho)))
    slope = strength * ((1 - target) / (1 - rho) - target / rho) / len(h)
    return float(strength * loss), np.tile(slope, (len(h), 1))
    ### END SOLUTION


def contractive_penalty(h, w, strength):
    """What it costs that the code moves when the input does: the squared slopes of a layer h = sigmoid(x w^T + b).

    The slope of unit j for input i is h_j (1 - h_j) w[j, i]. Squared and summed over inputs and units, mean over rows:

        loss = strength * mean over n of  sum over j of  (h[n, j] (1 - h[n, j]))^2 * |w[j]|^2

    with |w[j]|^2, the sum over i of w[j, i]^2.

    dh is the gradient with w held fixed, dw the one with h held fixed. In training h depends on w as well: that part of w's
    gradient comes when dh is sent back through the layer.

    Args:
        h: float array (N, K), outputs of the sigmoids. w: (K, D), the weights of their layer. strength: number, at least 0.

    Returns:
        (loss, dh, dw): a number, and arrays (N, K) and (K, D).

    Raises:
        ValueError: naming strength, if it is negative.

    Source: Rifai, Vincent, Muller, Glorot, Bengio, "Contractive Auto-Encoders" (2011).

    Example:
        >>> contractive_penalty(np.array([[0.5]]), np.array([[3.0, 4.0]]), strength=1.0)
        (1.5625, array([[0.]]), array([[0.375, 0.5  ]]))
    """
    require(strength >= 0, f"strength must be at least 0, not {strength}")
    ### BEGIN SOLUTION
    slope, norms = h * (1 - h), np.sum(w**2, axis=1)
    loss = strength * np.sum(slope**2 * norms) / len(h)
    dh = strength * 2 * slope * (1 - 2 * h) * norms / len(h)
    dw = strength * 2 * np.sum(slope**2, axis=0)[:, np.newaxis] * w / len(h)
    return float(loss), dh, dw
    ### END SOLUTION


def reparameterize(mu, log_var, noise):
    """A normal number with mean mu and VARIANCE exp(log_var), made from one with mean 0 and variance 1.

    z = mu + std * noise. The randomness comes in from outside, so z has a slope for mu and log_var.

    Args:
        mu, log_var, noise: float arrays of one shape.

    Returns:
        z: new array of that shape.

    Raises:
        ValueError: naming noise, if its shape is not mu's.

    Source: Kingma and Welling, "Auto-Encoding Variational Bayes" (2014), section 2.4.

    Example:
        >>> reparameterize(np.array([10.0]), np.log([4.0]), np.array([3.0]))
        array([16.])
    """
    require_same_shape("noise", noise, mu, "mu")
    ### BEGIN SOLUTION
    return mu + np.exp(log_var / 2) * noise
    ### END SOLUTION


def gaussian_kl(mu, log_var):
    """How far the codes' distributions are from the standard normal one, KL(N(mu, exp(log_var)) || N(0, 1)), mean over rows.

    loss = mean over n of  -1/2 sum over j of  (1 + log_var - mu^2 - exp(log_var))

    Args:
        mu, log_var: float arrays (N, K).

    Returns:
        (loss, dmu, dlog_var): a number, and arrays (N, K).

    Raises:
        ValueError: naming log_var, if its shape is not mu's.

    Source: Kingma and Welling (2014), appendix B; torch.distributions.kl_divergence of two Normals.

    Example:
        >>> loss, dmu, dlog_var = gaussian_kl(np.array([[2.0, 0.0]]), np.log([[4.0, 1.0]]))
        >>> round(loss, 6), dmu, dlog_var
        (2.806853, array([[2., 0.]]), array([[1.5, 0. ]]))
    """
    require_same_shape("log_var", log_var, mu, "mu")
    ### BEGIN SOLUTION
    var = np.exp(log_var)
    loss = -0.5 * np.sum(1 + log_var - mu**2 - var) / len(mu)
    return float(loss), mu / len(mu), 0.5 * (var - 1) / len(mu)
    ### END SOLUTION


def vae_loss_and_grads(x, params, noise):
    """One pass of a variational autoencoder: the code is drawn, not computed.

        h = tanh(x w_enc^T + b_enc)         mu = h w_mu^T + b_mu         log_var = h w_var^T + b_var
        z = reparameterize(mu, log_var, noise)
        d = tanh(z w_dec^T + b_dec)         logits = d w_out^T + b_out

        loss = binary_cross_entropy(logits, x) + gaussian_kl(mu, log_var)

    both summed over a row's numbers and mean over the rows: the negative of Kingma and Welling's lower bound, in nats.

    Args:
        x: float array (N, D), pixels from 0 to 1.
        params: dict of w_enc (H, D), w_mu (K, H), w_var (K, H), w_dec (G, K), w_out (D, G), and b_enc, b_mu, b_var, b_dec,
            b_out, a bias for each row of its w.
        noise: (N, K), standard normal.

    Returns:
        (loss, grads): a number, and a dict with the keys and shapes of params.

    Raises:
        ValueError: naming noise, if its shape is not (N, K).

    Source: Kingma and Welling (2014), equation 10 with one draw, and appendix C for the two networks.

    Example:
        >>> shapes = {"enc": (3, 4), "mu": (1, 3), "var": (1, 3), "dec": (2, 1), "out": (4, 2)}
        >>> params = {f"{letter}_{name}": np.zeros(shape[: 2 - number]) for name, shape in shapes.items()
        ...           for number, letter in enumerate("wb")}
        >>> loss, grads = vae_loss_and_grads(np.ones((1, 4)), params, np.zeros((1, 1)))
        >>> float(round(loss / np.log(2), 6)), grads["b_out"]
        (4.0, array([-0.5, -0.5, -0.5, -0.5]))
    """
    require(noise.shape == (len(x), len(params["b_mu"])), f"noise must have the codes' shape, not {noise.shape}")
    ### BEGIN SOLUTION
    h, back_enc = dense(x, params["w_enc"], params["b_enc"])
    h, unbend_h = bend(h, "tanh")
    mu, back_mu = dense(h, params["w_mu"], params["b_mu"])
    log_var, back_var = dense(h, params["w_var"], params["b_var"])
    d, back_dec = dense(reparameterize(mu, log_var, noise), params["w_dec"], params["b_dec"])
    d, unbend_d = bend(d, "tanh")
    logits, back_out = dense(d, params["w_out"], params["b_out"])

    loss, dlogits = binary_cross_entropy(logits, x)
    kl, dmu, dlog_var = gaussian_kl(mu, log_var)
    dd, dw_out, db_out = back_out(dlogits)
    dz, dw_dec, db_dec = back_dec(unbend_d(dd))
    dh_mu, dw_mu, db_mu = back_mu(dmu + dz)
    dh_var, dw_var, db_var = back_var(dlog_var + dz * noise * np.exp(log_var / 2) / 2)
    _, dw_enc, db_enc = back_enc(unbend_h(dh_mu + dh_var))
    grads = {"w_enc": dw_enc, "b_enc": db_enc, "w_mu": dw_mu, "b_mu": db_mu, "w_var": dw_var, "b_var": db_var}
    return loss + kl, grads | {"w_dec": dw_dec, "b_dec": db_dec, "w_out": dw_out, "b_out": db_out}
    ### END SOLUTION
