"""Generative adversarial networks: one network forges, another one examines, and the forger learns from the examiner's slopes.

Rows are (N, D). The generator makes a row of data out of a row of noise, (N, Z) to (N, D); the discriminator gives each row
one logit, (N, D) to (N, 1): its sigmoid is the probability that the row is real. Both are given as their params, a list of
pairs (w, b) with w as torch stores it, (outputs, inputs), and both are run by `network`.

Losses return (loss, gradient...). Results are new arrays in the dtype of the inputs (float32 in, float32 out), and functions
leave what they are given as it was. The network, the sigmoid and Adam are given below, from units 02, 04 and 06, each in
another dress. The lines above yours refuse bad input; they are given too.
"""

from itertools import pairwise

import numpy as np

KINDS = ("non_saturating", "minimax")


def require(holds, message):
    """Raise ValueError(message) unless it holds. Given, as its calls are: refusing bad input is not the lesson here."""
    if not holds:
        raise ValueError(message)


def sigmoid(x):
    """1 / (1 + exp(-x)), for any x without overflow. Given.

    Example:
        >>> sigmoid(np.array([-1000.0, 0.0]))
        array([0. , 0.5])
    """
    return (np.tanh(x / 2) + 1) / 2


def network(x, params):
    """Dense layers, with a leaky relu (slope 0.2 below 0) between them, none after the last. Given.

    Args:
        x: (N, inputs). params: [(w, b), ...], w (outputs, inputs), b (outputs,).

    Returns:
        (out, back): out (N, outputs); back(dout) gives (dx, grads): the gradient of x, and one like params.

    Example:
        >>> params = [(np.array([[1.0], [-1.0]]), np.zeros(2)), (np.array([[1.0, 10.0]]), np.array([0.5]))]
        >>> out, back = network(np.array([[2.0]]), params)  # 2 and -2, then 2 and -0.4
        >>> out, back(np.array([[1.0]]))[0]
        (array([[-1.5]]), array([[-1.]]))
    """
    seen, sides = [], []
    for w, b in params:
        if seen:
            sides.append(np.where(x > 0, x.dtype.type(1), x.dtype.type(0.2)))
            x = x * sides[-1]
        seen.append(x)
        x = np.dot(x, w.T) + b

    def back(dout):
        found = []
        for number in reversed(range(len(params))):
            found.insert(0, (np.dot(dout.T, seen[number]), dout.sum(0)))
            dout = np.dot(dout, params[number][0])
            if number:
                dout = dout * sides[number - 1]
        return dout, found

    return x, back


def first_params(sizes, rng):
    """Weights to start from: normal with standard deviation sqrt(2 / inputs), biases 0. Given.

    Args:
        sizes: units from the input to the output, as [4, 24, 24, 1].
        rng: numpy Generator.

    Example:
        >>> [(w.shape, b.shape) for w, b in first_params([4, 24, 1], np.random.default_rng(0))]
        [((24, 4), (24,)), ((1, 24), (1,))]
    """
    return [
        (rng.normal(size=(units, inputs)) * (2 / inputs) ** 0.5, np.zeros(units)) for inputs, units in pairwise(sizes)
    ]


def adam_step(params, grads, state, lr, betas):
    """One step of Adam, in place. Given.

    Args:
        params: [(w, b), ...], whose arrays are changed. grads: the same shapes.
        state: dict, empty before the first step; the averages are kept in it. Each network needs one of its own.
        lr: learning rate. betas: how slowly the averages of the gradient and of its square forget, as (0.5, 0.99).

    Example:
        >>> params = [(np.array([[1.0]]), np.array([1.0]))]
        >>> adam_step(params, [(np.array([[2.0]]), np.array([-500.0]))], {}, lr=0.1, betas=(0.5, 0.99))
        >>> [np.round(array, 6) for array in params[0]]
        [array([[0.9]]), array([1.1])]
    """
    short, long = betas
    count = state["count"] = state.get("count", 0) + 1
    rate, late = lr / (1 - short**count), (1 - long**count) ** 0.5
    arrays, slopes = ([each for pair in pairs for each in pair] for pairs in (params, grads))
    for number, (array, slope) in enumerate(zip(arrays, slopes, strict=True)):
        if number not in state:
            state[number] = np.zeros_like(array), np.zeros_like(array)
        mean, square = state[number]
        mean += (1 - short) * (slope - mean)
        square += (1 - long) * (slope * slope - square)
        array -= rate * mean / (np.sqrt(square) / late + 1e-8)


def copied(params):
    """params in new arrays, for adam_step to change. Given."""
    return [(w.copy(), b.copy()) for w, b in params]


def discriminator_loss(real_logits, fake_logits):
    """What the discriminator pays: for real rows that it calls fake, and for fakes that it calls real.

    With D = sigmoid(logit), the probability of "real":

        loss = mean of -log D(real)  +  mean of -log(1 - D(fake))

    a mean over each batch by itself: the two may differ in size. Since -log sigmoid(s) = softplus(-s) and
    -log(1 - sigmoid(s)) = softplus(s), with softplus(s) = log(1 + exp(s)), no probability is needed; np.logaddexp(0, s)
    is softplus for any s, without overflow.

    Args:
        real_logits, fake_logits: float arrays, (N, 1) and (M, 1) or any other shapes.

    Returns:
        (loss, dreal, dfake): a number, and arrays of the shapes of real_logits and fake_logits. Logits of +-1000 give finite
        values and no warning.

    Source: Goodfellow and others, "Generative Adversarial Nets" (2014), equation 1 with its sign turned;
    torch.nn.BCEWithLogitsLoss, once with targets 1 and once with targets 0.

    Example:
        >>> loss, dreal, dfake = discriminator_loss(np.zeros((2, 1)), np.zeros((1, 1)))
        >>> round(loss, 4), dreal.ravel(), dfake.ravel()
        (1.3863, array([-0.25, -0.25]), array([0.5]))
    """
    raise NotImplementedError


def generator_loss(fake_logits, kind="non_saturating"):
    """What the generator pays for fakes that are called fake. In both kinds it wants the logits to rise.

        "non_saturating":  loss = mean of -log D(fake)
        "minimax":         loss = mean of log(1 - D(fake)), the discriminator's own term, made small instead of large

    Args:
        fake_logits: float array of any shape, (N, 1) as a rule. kind: "non_saturating" or "minimax".

    Returns:
        (loss, dfake): a number, and an array of fake_logits's shape. Logits of +-1000 give finite values and no warning.

    Raises:
        ValueError: naming kind, if it is neither of the two.

    Source: Goodfellow and others (2014), section 3, for both.

    Example:
        >>> logits = np.log(np.array([[1.0], [3.0]]))  # D is 1/2 and 3/4
        >>> loss, dfake = generator_loss(logits)
        >>> round(loss, 4), dfake.ravel()
        (0.4904, array([-0.25 , -0.125]))
        >>> loss, dfake = generator_loss(logits, "minimax")
        >>> round(loss, 4), dfake.ravel()
        (-1.0397, array([-0.25 , -0.375]))
    """
    require(kind in KINDS, f"kind must be non_saturating or minimax, not {kind!r}")
    raise NotImplementedError


def optimal_discriminator(p_data, p_model):
    """The best answer that a discriminator can give: D = p_data / (p_data + p_model), 1/2 where both are 0.

    Args:
        p_data, p_model: float arrays of one shape, probabilities or densities, at least 0.

    Returns:
        New array of that shape. Nothing warns.

    Source: Goodfellow and others (2014), proposition 1.

    Example:
        >>> optimal_discriminator(np.array([0.3, 0.0, 0.0]), np.array([0.1, 0.2, 0.0]))
        array([0.75, 0.  , 0.5 ])
    """
    raise NotImplementedError


def js_divergence(p, q):
    """How far two distributions are from each other: the Jensen-Shannon divergence, in nats.

        JS = KL(p || m) / 2 + KL(q || m) / 2,    m = (p + q) / 2,    KL(p || m) = sum of p log(p / m)

    with 0 log 0 = 0. It is 0 if they are the same and log 2 if they have nothing in common; no root is taken.

    Args:
        p, q: float arrays (K,), probabilities that sum to 1. Zeros are allowed, in one of them or in both.

    Returns:
        A number from 0 to log 2. Nothing warns.

    Source: Lin, "Divergence measures based on the Shannon entropy" (1991); scipy.spatial.distance.jensenshannon, squared.

    Example:
        >>> round(js_divergence(np.array([0.5, 0.5, 0.0]), np.array([0.0, 0.5, 0.5])), 4)  # log(2) / 2
        0.3466
    """
    raise NotImplementedError


def value_at_optimum(p, q):
    """What the game is worth when the discriminator answers as well as it can: D = optimal_discriminator(p, q).

        V = sum of p log D + q log(1 - D)

    with 0 log 0 = 0. It equals -log 4 + 2 JS(p, q): the generator, which makes V small, brings q to p.

    Args:
        p, q: float arrays (K,), probabilities that sum to 1. Zeros are allowed, in one of them or in both.

    Returns:
        A number from -log 4 to 0. Nothing warns.

    Source: Goodfellow and others (2014), theorem 1.

    Example:
        >>> round(value_at_optimum(np.array([0.5, 0.5, 0.0]), np.array([0.0, 0.5, 0.5])), 4)  # log(1/2), at the middle one
        -0.6931
    """
    raise NotImplementedError


def wasserstein_1d(a, b):
    """How far the samples of a would have to be moved, on the mean, to lie as those of b do.

    On a line that is the area between the two distribution functions, the integral of |F_a(x) - F_b(x)| over x, where F_a(x)
    is the share of a that is at most x: a staircase that rises by 1 / N at each sample.

    Args:
        a: float array (N,). b: float array (M,). In any order, of any sizes, equal numbers allowed.

    Returns:
        A number, at least 0.

    Source: scipy.stats.wasserstein_distance; Arjovsky, Chintala, Bottou, "Wasserstein GAN" (2017), for its use.

    Example:
        >>> wasserstein_1d(np.array([0.0, 4.0]), np.array([1.0]))  # one half goes 1 up, the other half 3 down
        2.0
    """
    raise NotImplementedError


def mode_shares(samples, centres, radius):
    """Which share of the samples lies at each of the modes, and which at none.

    A sample belongs to the nearest centre (the first of several equally near ones), if it is at most radius away from it.

    Args:
        samples: float array (N, D). centres: float array (K, D). radius: number.

    Returns:
        float64 array (K + 1,): shares for the centres, in their order, and last the share that belongs to none. They sum to 1.

    Example:
        >>> mode_shares(np.array([[0.5], [1.0], [3.0], [9.0]]), np.array([[0.0], [4.0]]), radius=1.0)
        array([0.5 , 0.25, 0.25])
    """
    raise NotImplementedError


def bilinear_path(x, y, lr, steps, alternating):
    """The smallest game for two: f = x y. One player owns x and makes f small, the other owns y and makes it large.

    Both follow their slope, which is y for x and x for y, with the learning rate lr. Simultaneous: both look at the old
    numbers. Alternating: x moves first, and y looks at the new x.

    Args:
        x, y: numbers, the start. lr: number. steps: int, at least 0. alternating: True or False.

    Returns:
        float64 array (steps + 1, 2): x and y, at the start and after each step.

    Source: Mescheder, Geiger, Nowozin, "Which Training Methods for GANs do actually Converge?" (2018); Goodfellow, "NIPS 2016
    Tutorial: Generative Adversarial Networks".

    Example:
        >>> bilinear_path(1.0, 0.0, lr=0.5, steps=2, alternating=False)
        array([[1.  , 0.  ],
               [1.  , 0.5 ],
               [0.75, 1.  ]])
    """
    raise NotImplementedError


def discriminator_step(real, noise, generator, discriminator):
    """One look of the discriminator at real rows and at fakes: its loss, and which way to move its params.

    The generator only supplies the fakes, network(noise, generator): it gets no gradient here.

    Args:
        real: (N, D). noise: (M, Z); M may differ from N.
        generator, discriminator: params [(w, b), ...], from Z to D and from D to 1.

    Returns:
        (loss, grads): discriminator_loss, a number, and its gradient, pairs (dw, db) like discriminator.

    Source: Goodfellow and others (2014), algorithm 1, the inner step.

    Example:
        >>> generator, discriminator = [(np.array([[2.0]]), np.zeros(1))], [(np.zeros((1, 1)), np.zeros(1))]
        >>> loss, grads = discriminator_step(np.array([[3.0]]), np.array([[0.5]]), generator, discriminator)
        >>> round(loss, 4), grads  # the fake is 1, both logits are 0: dw is -1/2 * 3 + 1/2 * 1
        (1.3863, [(array([[-1.]]), array([0.]))])
    """
    raise NotImplementedError


def generator_step(noise, generator, discriminator, kind="non_saturating"):
    """One look of the generator into the discriminator: its loss, and which way to move its params.

    The gradient comes down from the logits through the discriminator to its INPUT, which is the generator's output, and on
    through the generator. The discriminator's own gradients fall out on the way and are thrown away: it stays as it is.

    Args:
        noise: (N, Z). generator, discriminator: params [(w, b), ...], from Z to D and from D to 1.
        kind: of generator_loss, "non_saturating" or "minimax".

    Returns:
        (loss, grads): generator_loss, a number, and its gradient, pairs (dw, db) like generator.

    Raises:
        ValueError: naming kind, if it is neither of the two.

    Source: Goodfellow and others (2014), algorithm 1, the outer step.

    Example:
        >>> generator, discriminator = [(np.array([[2.0]]), np.array([-1.0]))], [(np.array([[4.0]]), np.zeros(1))]
        >>> loss, grads = generator_step(np.array([[0.5]]), generator, discriminator)
        >>> round(loss, 4), grads  # the fake is 0, so is its logit; its gradient -1/2 comes down as -1/2 * 4
        (0.6931, [(array([[-1.]]), array([-2.]))])
    """
    require(kind in KINDS, f"kind must be non_saturating or minimax, not {kind!r}")
    raise NotImplementedError


def train_gan(data, generator, discriminator, steps, batch, lr, rng, kind="non_saturating"):
    """Play the game. In each step the discriminator moves, and then the generator, which sees the new discriminator:

        discriminator_step with `batch` rows of data and `batch` rows of noise, then adam_step on the discriminator
        generator_step with `batch` rows of NEW noise, then adam_step on the generator

    with betas (0.5, 0.99) and a state for each network. Noise is standard normal; rows of data are drawn uniformly, with
    replacement, anew in each step.

    Args:
        data: (N, D).
        generator, discriminator: params to start from, float64 [(w, b), ...], from Z to D and from D to 1. They stay as they
            are: train copies (`copied` is given). Z, the width of the noise, is the generator's number of inputs; it may be
            0, and the generator then makes one row only.
        steps: int, at least 0. batch: int, at least 1. lr: learning rate of both.
        rng: numpy Generator, the only source of randomness. kind: of the generator's loss.

    Returns:
        (generator, discriminator, history): the trained params, and float64 (steps, 2): for each step the discriminator's loss
        and the generator's, as discriminator_step and generator_step gave them.

    Source: Goodfellow and others (2014), algorithm 1 with k = 1; Radford, Metz, Chintala, "Unsupervised Representation Learning
    with Deep Convolutional Generative Adversarial Networks" (2016), for a first beta of 0.5.

    Example:
        >>> data, rng = np.full((5, 1), 2.0), np.random.default_rng(0)
        >>> generator, discriminator = first_params([3, 8, 1], rng), first_params([1, 8, 1], rng)
        >>> generator, discriminator, history = train_gan(data, generator, discriminator, 300, 16, 0.01, rng)
        >>> history.shape, bool(abs(network(rng.normal(size=(99, 3)), generator)[0].mean() - 2) < 0.5)
        ((300, 2), True)
    """
    require(kind in KINDS, f"kind must be non_saturating or minimax, not {kind!r}")
    raise NotImplementedError
