"""Known wrong answers, each with the hint that a student gets.

Each is wrong in one thing only: bad input is refused as the given lines refuse it.
"""

import math

import numpy as np

from autograder import mistake, reference_beside

reference = reference_beside(__file__)


@mistake(
    "fans", hint="Weights are (out, in): fan_in comes from shape[1], fan_out from shape[0]. Here they are swapped."
)
def fans_swapped(shape):
    return reference.fans(shape)[::-1]


@mistake("fans", hint="A unit of a convolution sees C * kH * kW numbers: multiply both fans by the kernel's area.")
def fans_without_the_kernel(shape):
    return reference.fans(shape[:2])


@mistake(
    "fans", hint="The kernel's area multiplies fan_out too: each input is seen by every filter from kH * kW places."
)
def fans_kernel_in_one_only(shape):
    fan_in, _ = reference.fans(shape)
    return fan_in, shape[0]


@mistake("gain", hint="The gain multiplies standard deviations: for ReLU sqrt(2), while 2 belongs to the variance.")
def gain_of_the_variance(activation, slope=0.01):
    value = reference.gain(activation, slope)
    return value**2 if activation in ("relu", "leaky_relu") else value


@mistake("gain", hint="tanh shrinks what it is given: its gain is 5 / 3, not 1.")
def gain_without_tanh(activation, slope=0.01):
    return 1.0 if activation == "tanh" else reference.gain(activation, slope)


@mistake("gain", hint="The slope counts squared, since it multiplies a variance: sqrt(2 / (1 + slope^2)).")
def gain_slope_not_squared(activation, slope=0.01):
    return math.sqrt(2 / (1 + slope)) if activation == "leaky_relu" else reference.gain(activation, slope)


@mistake("uniform", hint="The interval begins at low, not at 0: with only `high` and the width at work, it is shifted.")
def uniform_from_zero(shape, rng, low, high):
    return reference.uniform(shape, rng, 0.0, high - low)


@mistake("uniform", hint="rng.random gives [0, 1): stretch it by high - low, not by high, before low is added.")
def uniform_too_wide(shape, rng, low, high):
    return low + high * rng.random(shape)


@mistake("normal", hint="std is the standard deviation, and this takes it for the variance: no square root is wanted.")
def normal_of_a_variance(shape, rng, std):
    return reference.normal(shape, rng, math.sqrt(std))


@mistake("normal", hint="std multiplies a standard normal variable once; here the variance std^2 took its place.")
def normal_of_a_squared_deviation(shape, rng, std):
    return reference.normal(shape, rng, std**2)


@mistake("normal", hint="Draw from the rng that is given: with a seed of its own, every layer gets the same weights.")
def normal_with_a_seed_of_its_own(shape, rng, std):
    return reference.normal(shape, np.random.default_rng(0), std)


def drawn_uniform(shape, rng, bound):
    return rng.uniform(-bound, bound, shape)


@mistake("xavier_uniform", hint="Both fans are in it: 6 / (fan_in + fan_out). This bound looks at fan_in alone.")
def xavier_uniform_fan_in(shape, rng, gain=1.0):
    fan_in, _ = reference.fans(shape)
    return drawn_uniform(shape, rng, gain * math.sqrt(6 / fan_in))


@mistake("xavier_uniform", hint="It is 6 above the fraction: the variance of U(-a, a) is a^2 / 3, and 2 * 3 = 6.")
def xavier_uniform_three(shape, rng, gain=1.0):
    return drawn_uniform(shape, rng, gain * math.sqrt(3 / sum(reference.fans(shape))))


@mistake("xavier_uniform", hint="Weights lie on both sides of 0, from -a to a; these are all positive.")
def xavier_uniform_one_sided(shape, rng, gain=1.0):
    reference.fans(shape)
    return rng.uniform(0.0, gain * math.sqrt(6 / sum(reference.fans(shape))), shape)


@mistake("xavier_uniform", hint="sqrt(2 / (fan_in + fan_out)) is the deviation; the bound a is sqrt(3) times as large.")
def xavier_uniform_deviation_as_bound(shape, rng, gain=1.0):
    return drawn_uniform(shape, rng, gain * math.sqrt(2 / sum(reference.fans(shape))))


@mistake("xavier_uniform", hint="These weights are normal. The uniform ones have a bound a that none of them exceeds.")
def xavier_uniform_is_normal(shape, rng, gain=1.0):
    return reference.xavier_normal(shape, rng, gain)


@mistake("xavier_uniform", hint="One row is drawn and repeated: units with the same weights stay twins for ever.")
def xavier_uniform_one_row(shape, rng, gain=1.0):
    reference.fans(shape)
    bound = gain * math.sqrt(6 / sum(reference.fans(shape)))
    return np.tile(rng.uniform(-bound, bound, shape[1:]), (shape[0], *[1] * (len(shape) - 1)))


@mistake("xavier_uniform", hint="The gain multiplies the bound: it must not be left out.")
def xavier_uniform_without_gain(shape, rng, gain=1.0):
    return reference.xavier_uniform(shape, rng)


@mistake("xavier_normal", hint="2 / (fan_in + fan_out) is the variance: the standard deviation is its square root.")
def xavier_normal_of_a_variance(shape, rng, gain=1.0):
    return reference.normal(shape, rng, gain * 2 / sum(reference.fans(shape)))


@mistake("xavier_normal", hint="6 belongs to the uniform bound. The variance of the normal weights has a 2 above.")
def xavier_normal_of_the_bound(shape, rng, gain=1.0):
    return reference.normal(shape, rng, gain * math.sqrt(6 / sum(reference.fans(shape))))


@mistake("xavier_normal", hint="The gain multiplies the standard deviation, outside the square root.")
def xavier_normal_gain_inside(shape, rng, gain=1.0):
    return reference.normal(shape, rng, math.sqrt(gain * 2 / sum(reference.fans(shape))))


@mistake("he_normal", hint="The default mode is fan_in; this takes fan_out, whichever mode is asked for.")
def he_fan_out(shape, rng, mode="fan_in", slope=0.0):
    return reference.he_normal(shape, rng, "fan_out" if mode == "fan_in" else mode, slope)


@mistake("he_normal", hint="`mode` has no effect: with mode='fan_out' the fan is fan_out.")
def he_mode_ignored(shape, rng, mode="fan_in", slope=0.0):
    return reference.he_normal(shape, rng, "fan_in" if mode == "fan_out" else mode, slope)


@mistake("he_normal", hint="ReLU cuts half of the variance off, so 2 / fan and not 1 / fan.")
def he_without_two(shape, rng, mode="fan_in", slope=0.0):
    return reference.he_normal(shape, rng, mode, slope) / math.sqrt(2)


def he_fan(shape, mode):
    return reference.fans(shape)[1 if mode == "fan_out" else 0]


@mistake("he_normal", hint="2 / fan is the variance: the standard deviation is its square root.")
def he_of_a_variance(shape, rng, mode="fan_in", slope=0.0):
    reference.he_normal(shape, rng, mode, slope)
    return reference.normal(shape, rng, 2 / ((1 + slope**2) * he_fan(shape, mode)))


@mistake("he_normal", hint="The fans of a convolution count the kernel's area: fan_in is C * kH * kW.")
def he_without_the_kernel(shape, rng, mode="fan_in", slope=0.0):
    return reference.he_normal(shape, rng, mode, slope) * math.sqrt(math.prod(shape[2:]))


@mistake("he_normal", hint="The slope has no effect: the variance is 2 / ((1 + slope^2) * fan).")
def he_slope_ignored(shape, rng, mode="fan_in", slope=0.0):
    return reference.he_normal(shape, rng, mode)


def factors(shape, rng):
    """QR decomposition of a normal matrix that is at least as tall as it is wide."""
    rows, columns = shape[0], math.prod(shape[1:])
    return np.linalg.qr(rng.normal(size=(max(rows, columns), min(rows, columns))))


@mistake(
    "orthogonal",
    hint="The decomposition picks the signs, always the same ones: multiply Q's columns by the signs of R's diagonal.",
)
def orthogonal_without_signs(shape, rng, gain=1.0):
    reference.fans(shape)
    q, _ = factors(shape, rng)
    return gain * (q if shape[0] > math.prod(shape[1:]) else q.T).reshape(shape)


@mistake("orthogonal", hint="The gain multiplies the weights, so that W W^T is gain^2 I; here it is gain^4 I.")
def orthogonal_gain_squared(shape, rng, gain=1.0):
    return reference.orthogonal(shape, rng, gain**2)


@mistake("orthogonal", hint="The gain has no effect: multiply the orthogonal matrix by it.")
def orthogonal_without_gain(shape, rng, gain=1.0):
    return reference.orthogonal(shape, rng)


@mistake("orthogonal", hint="Only normal variables have no favourite direction: decompose a normal matrix.")
def orthogonal_from_uniform(shape, rng, gain=1.0):
    reference.fans(shape)
    rows, columns = shape[0], math.prod(shape[1:])
    q, r = np.linalg.qr(rng.uniform(-1, 1, size=(max(rows, columns), min(rows, columns))))
    q = gain * q * np.sign(np.diag(r))
    return (q if rows > columns else q.T).reshape(shape)


@mistake(
    "orthogonal",
    hint="QR of a wide matrix gives a square Q. Decompose the tall one, and transpose Q where W is to be wide.",
)
def orthogonal_square_only(shape, rng, gain=1.0):
    reference.fans(shape)
    rows, columns = shape[0], math.prod(shape[1:])
    q, r = np.linalg.qr(rng.normal(size=(rows, columns)))
    q = gain * q * np.sign(np.diag(r))
    return q.reshape(shape) if q.size == rows * columns else q


@mistake("sparse", hint="Each unit (row) has `nonzero` inputs; here each input (column) feeds `nonzero` units.")
def sparse_by_column(shape, nonzero, rng, std=1.0):
    reference.sparse(shape, nonzero, rng)
    nonzero = min(nonzero, shape[0])
    places = rng.random(shape).argsort(axis=0)[:nonzero]
    w = np.zeros(shape)
    np.put_along_axis(w, places, std * rng.normal(size=places.shape), axis=0)
    return w


@mistake("sparse", hint="An input may be drawn twice here, and a unit then has fewer than `nonzero`: no repeats.")
def sparse_with_repeats(shape, nonzero, rng, std=1.0):
    reference.sparse(shape, nonzero, rng)
    w = np.zeros(shape)
    for row in w:
        row[rng.integers(0, shape[1], size=nonzero)] = std * rng.normal(size=nonzero)
    return w


@mistake("sparse", hint="All units listen to the same inputs: draw the places anew for each row.")
def sparse_same_places(shape, nonzero, rng, std=1.0):
    reference.sparse(shape, nonzero, rng)
    w = np.zeros(shape)
    places = rng.permutation(shape[1])[:nonzero]
    w[:, places] = std * rng.normal(size=(shape[0], nonzero))
    return w


@mistake("sparse", hint="Keeping the largest of a full row changes their distribution: choose the places blindly.")
def sparse_of_the_largest(shape, nonzero, rng, std=1.0):
    reference.sparse(shape, nonzero, rng)
    w = std * rng.normal(size=shape)
    out = np.argsort(np.abs(w), axis=1)[:, : shape[1] - nonzero]
    np.put_along_axis(w, out, 0.0, axis=1)
    return w


@mistake("sparse", hint="`nonzero` weights stay, the rest is 0: here `nonzero` of them are 0, and the rest stays.")
def sparse_zeroes_so_many(shape, nonzero, rng, std=1.0):
    reference.sparse(shape, nonzero, rng)
    return reference.sparse(shape, shape[1] - nonzero, rng, std)


@mistake("identity", hint="scale has no effect: it stands on the diagonal.")
def identity_unscaled(rows, columns, scale=1.0):
    return reference.identity(rows, columns)


@mistake("identity", hint="It has rows and columns, and need not be square.")
def identity_square(rows, columns, scale=1.0):
    return reference.identity(rows, rows, scale)


@mistake("irnn", hint="0.001 is the standard deviation of w_ih, not its variance.")
def irnn_of_a_variance(inputs, hidden, rng):
    _, w_hh, b_ih, b_hh = reference.irnn(inputs, hidden, rng)
    return reference.normal((hidden, inputs), rng, math.sqrt(0.001)), w_hh, b_ih, b_hh


@mistake("irnn", hint="w_ih is (hidden, inputs), as torch has it: out before in.")
def irnn_transposed(inputs, hidden, rng):
    w_ih, w_hh, b_ih, b_hh = reference.irnn(inputs, hidden, rng)
    return w_ih.T, w_hh, b_ih, b_hh


@mistake("irnn", hint="w_hh is the identity itself, so that the state is kept in full: 1 on the diagonal, not 0.001.")
def irnn_scaled_state(inputs, hidden, rng):
    w_ih, w_hh, b_ih, b_hh = reference.irnn(inputs, hidden, rng)
    return w_ih, 0.001 * w_hh, b_ih, b_hh


@mistake("distinct_units", hint="Units with the same weights still differ if their biases do: count rows of [W, b].")
def distinct_without_bias(w, b, decimals=10):
    return reference.distinct_units(w, np.zeros_like(b), decimals)


@mistake("distinct_units", hint="Twins need not stand side by side: compare each row with all the others.")
def distinct_neighbours(w, b, decimals=10):
    rows = np.round(np.column_stack([w, b]), decimals)
    return 1 + int(np.any(rows[1:] != rows[:-1], axis=1).sum())


@mistake("distinct_units", hint="Kinds are counted, not only the units without a twin: two twins are one kind.")
def distinct_singles(w, b, decimals=10):
    _, counts = np.unique(np.round(np.column_stack([w, b]), decimals), axis=0, return_counts=True)
    return int((counts == 1).sum())


@mistake("distinct_units", hint="Whole rows are compared: this counts different numbers.")
def distinct_numbers(w, b, decimals=10):
    return len(np.unique(np.round(np.column_stack([w, b]), decimals)))


@mistake("distinct_units", hint="Round to `decimals` before you compare: a rounding error makes no new unit.")
def distinct_without_rounding(w, b, decimals=10):
    return len(np.unique(np.column_stack([w, b]), axis=0))


ACTIVATE = {
    "linear": lambda z: z,
    "sigmoid": lambda z: 0.5 + 0.5 * np.tanh(z / 2),
    "tanh": np.tanh,
    "relu": lambda z: np.where(z > 0, z, 0),
}
SLOPE = {
    "linear": lambda z: np.ones(z.shape),
    "sigmoid": lambda z: ACTIVATE["sigmoid"](z) * ACTIVATE["sigmoid"](-z),
    "tanh": lambda z: 1 - np.tanh(z) ** 2,
    "relu": lambda z: np.where(z > 0, 1.0, 0.0),
}


def pre_activations(weights, biases, x, activation):
    h, zs = x, []
    for w, b in zip(weights, biases, strict=True):
        zs.append(h @ w.T + b)
        h = ACTIVATE[activation](zs[-1])
    return zs


def outputs(weights, biases, x, activation):
    return [ACTIVATE[activation](z) for z in pre_activations(weights, biases, x, activation)]


@mistake("activation_statistics", hint="The statistics are of what comes out of the activation, not of what goes in.")
def statistics_before_the_activation(weights, biases, x, activation):
    dead = reference.activation_statistics(weights, biases, x, activation)[2]
    zs = pre_activations(weights, biases, x, activation)
    return np.array([z.mean() for z in zs]), np.array([z.std() for z in zs]), dead


@mistake("activation_statistics", hint="The deviation is the population's: divide by the count, not by the count - 1.")
def statistics_of_a_sample(weights, biases, x, activation):
    means, _, dead = reference.activation_statistics(weights, biases, x, activation)
    stds = [np.std(h, ddof=1) for h in outputs(weights, biases, x, activation)]
    return means, np.array(stds), dead


@mistake(
    "activation_statistics",
    hint="The deviation is taken over batch and units together: the mean of the units' own is smaller.",
)
def statistics_unit_by_unit(weights, biases, x, activation):
    means, _, dead = reference.activation_statistics(weights, biases, x, activation)
    stds = [h.std(axis=0).mean() for h in outputs(weights, biases, x, activation)]
    return means, np.array(stds), dead


@mistake("activation_statistics", hint="A unit is dead if it is 0 on the whole batch; this counts single zeros.")
def statistics_count_zeros(weights, biases, x, activation):
    means, stds, _ = reference.activation_statistics(weights, biases, x, activation)
    dead = [np.mean(h == 0) if activation == "relu" else 0.0 for h in outputs(weights, biases, x, activation)]
    return means, stds, np.array(dead)


@mistake("activation_statistics", hint="Only ReLU's units die: for the other activations the share is 0.")
def statistics_of_any_dead(weights, biases, x, activation):
    means, stds, _ = reference.activation_statistics(weights, biases, x, activation)
    dead = [np.all(h == 0, axis=0).mean() for h in outputs(weights, biases, x, activation)]
    return means, stds, np.array(dead)


@mistake("activation_statistics", hint="The last layer has its activation too.")
def statistics_last_layer_bare(weights, biases, x, activation):
    means, stds, dead = reference.activation_statistics(weights, biases, x, activation)
    z = pre_activations(weights, biases, x, activation)[-1]
    means[-1], stds[-1], dead[-1] = z.mean(), z.std(), 0.0
    return means, stds, dead


@mistake("activation_statistics", hint="A layer adds its bias before the activation; here it is forgotten.")
def statistics_without_biases(weights, biases, x, activation):
    return reference.activation_statistics(weights, [np.zeros_like(b) for b in biases], x, activation)


def gradients(weights, biases, x, dout, activation):
    """dz of each layer, the first one first."""
    dzs, dh = [], dout
    for w, z in zip(weights[::-1], pre_activations(weights, biases, x, activation)[::-1], strict=True):
        dzs.insert(0, dh * SLOPE[activation](z))
        dh = dzs[0] @ w
    return dzs


@mistake("gradient_statistics", hint="The gradient is computed from the last layer down, and told from the first up.")
def gradient_last_layer_first(weights, biases, x, dout, activation):
    return reference.gradient_statistics(weights, biases, x, dout, activation)[::-1]


@mistake("gradient_statistics", hint="Asked is the gradient for the pre-activations z_k, not that for the weights.")
def gradient_of_the_weights(weights, biases, x, dout, activation):
    reference.gradient_statistics(weights, biases, x, dout, activation)
    inputs = [x, *outputs(weights, biases, x, activation)[:-1]]
    dzs = gradients(weights, biases, x, dout, activation)
    return np.array([(dz.T @ h).std() for dz, h in zip(dzs, inputs, strict=True)])


@mistake("gradient_statistics", hint="Asked is dz_k, behind the activation's derivative; this is dh_k, before it.")
def gradient_of_the_outputs(weights, biases, x, dout, activation):
    reference.gradient_statistics(weights, biases, x, dout, activation)
    dzs = gradients(weights, biases, x, dout, activation)
    dhs = [dz @ w for dz, w in zip(dzs[1:], weights[1:], strict=True)]
    return np.array([dh.std() for dh in (*dhs, dout)])


@mistake("gradient_statistics", hint="The derivative is taken at z_k. At h_k, sigmoid and tanh are applied twice.")
def gradient_derivative_at_the_output(weights, biases, x, dout, activation):
    reference.gradient_statistics(weights, biases, x, dout, activation)
    stds, dh = [], dout
    for w, h in zip(weights[::-1], outputs(weights, biases, x, activation)[::-1], strict=True):
        dz = dh * SLOPE[activation](h)
        stds.insert(0, dz.std())
        dh = dz @ w
    return np.array(stds)


@mistake("gradient_statistics", hint="dout is for what comes out of the last activation: pass it through that first.")
def gradient_last_activation_forgotten(weights, biases, x, dout, activation):
    reference.gradient_statistics(weights, biases, x, dout, activation)
    stds, dz = [dout.std()], dout
    zs = pre_activations(weights, biases, x, activation)
    for w, z in zip(weights[:0:-1], zs[-2::-1], strict=True):
        dz = dz @ w * SLOPE[activation](z)
        stds.insert(0, dz.std())
    return np.array(stds)


@mistake(
    "gradient_statistics", hint="A standard deviation is taken from the mean: this is the root of the mean square."
)
def gradient_root_mean_square(weights, biases, x, dout, activation):
    reference.gradient_statistics(weights, biases, x, dout, activation)
    return np.array([np.sqrt(np.mean(dz**2)) for dz in gradients(weights, biases, x, dout, activation)])


def lsuv_with(step, weights, biases, x, activation, tolerance=0.01, max_iter=10, measured=lambda z, h: z):
    """LSUV, where step(w, b, variance) gives the new w and b."""
    reference.lsuv([], [], x, activation)  # refuses bad input
    h, new = x, []
    for w, b in zip(weights, biases, strict=True):
        for _ in range(max_iter):
            z = h @ w.T + b
            variance = measured(z, ACTIVATE[activation](z)).var()
            if abs(variance - 1) < tolerance:
                break
            w, b = step(w, b, variance)
        new.append(w.copy())
        h = ACTIVATE[activation](h @ w.T + b)
    return new


@mistake("lsuv", hint="Divide by the standard deviation: by the variance, the scale jumps to the other side of 1.")
def lsuv_by_the_variance(weights, biases, x, activation, tolerance=0.01, max_iter=10):
    return lsuv_with(lambda w, b, v: (w / v, b), weights, biases, x, activation, tolerance, max_iter)


@mistake("lsuv", hint="The variance is that of z_k, before the activation, not of what comes out of it.")
def lsuv_after_the_activation(weights, biases, x, activation, tolerance=0.01, max_iter=10):
    return lsuv_with(
        lambda w, b, v: (w / np.sqrt(v), b), weights, biases, x, activation, tolerance, max_iter, lambda z, h: h
    )


@mistake(
    "lsuv", hint="Biases stay as they are: only the weights are divided, and the variance is measured with the biases."
)
def lsuv_scales_biases(weights, biases, x, activation, tolerance=0.01, max_iter=10):
    return lsuv_with(
        lambda w, b, v: (w / np.sqrt(v), b / np.sqrt(v)), weights, biases, x, activation, tolerance, max_iter
    )


@mistake(
    "lsuv", hint="A layer must see what the earlier ones give with their new weights: compute h_k again after scaling."
)
def lsuv_of_the_old_outputs(weights, biases, x, activation, tolerance=0.01, max_iter=10):
    reference.lsuv([], [], x, activation)
    inputs = [x, *outputs(weights, biases, x, activation)[:-1]]
    return [
        reference.lsuv([w], [b], h, activation, tolerance, max_iter)[0]
        for w, b, h in zip(weights, biases, inputs, strict=True)
    ]


@mistake("lsuv", hint="With biases one division is not enough: repeat until the variance is within the tolerance.")
def lsuv_once(weights, biases, x, activation, tolerance=0.01, max_iter=10):
    return reference.lsuv(weights, biases, x, activation, tolerance, min(1, max_iter))


@mistake("lsuv", hint="The weights of each unit are divided by one and the same number, that of the layer.")
def lsuv_unit_by_unit(weights, biases, x, activation, tolerance=0.01, max_iter=10):
    reference.lsuv([], [], x, activation)
    h, new = x, []
    for w, b in zip(weights, biases, strict=True):
        new.append(w / (h @ w.T + b).std(axis=0)[:, None])
        h = ACTIVATE[activation](h @ new[-1].T + b)
    return new
