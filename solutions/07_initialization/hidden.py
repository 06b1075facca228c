"""Hidden checks: what weights are drawn from, what they do to a signal, extremes, and manners.

Every bound on a random quantity is missed by right weights less than once in 10^9 draws.
"""

from statistics import NormalDist

import numpy as np
import pytest

from autograder import (
    Mismatch,
    assert_close,
    assert_dtype,
    assert_inputs_unchanged,
    assert_refuses,
    each_exercise,
)

LINEAR = (60, 200)  # fan_in 200, fan_out 60
CONVOLUTIONS = [(40, 20, 3, 5), (30, 70, 7), (40, 3, 2, 5, 4)]  # fan_in 300, 490, 120; fan_out 600, 210, 1600
WIDE_AND_TALL = [(3, 1100), (1100, 3)]
SIGMAS = 7
SHARES = np.arange(1, 20) / 20
NORMAL_QUANTILES = np.array([NormalDist().inv_cdf(share) for share in SHARES])
# Dvoretzky, Kiefer and Wolfowitz: shares of n draws stray farther than 3.5 / sqrt(n) once in 2 * 10^10 times.
DKW = 3.5


def assert_law(w, shape, mean, std, quantiles, law):
    assert_close(w, np.full(shape, mean), atol=1e6 * std, name="the weights")
    n = w.size
    assert_close(float(w.mean()), mean, atol=SIGMAS * std / np.sqrt(n), name="the mean of the weights")
    name = "the standard deviation of the weights"
    assert_close(float(w.std()), std, rtol=SIGMAS / np.sqrt(2 * n), atol=0.0, name=name)
    below = np.searchsorted(np.sort(w, axis=None), quantiles) / n
    name = f"the shares of weights below the {law} distribution's quantiles at 5 %, 10 %, ..., 95 %"
    assert_close(below, SHARES, rtol=0.0, atol=DKW / np.sqrt(n), name=name)


def assert_normal(w, shape, std):
    assert_law(w, shape, 0.0, std, std * NORMAL_QUANTILES, "normal")


def assert_uniform(w, shape, low, high):
    middle, half = (low + high) / 2, (high - low) / 2
    assert_law(w, shape, middle, half / np.sqrt(3), low + (high - low) * SHARES, "uniform")
    # 1 weight in 100 lies within the last hundredth, at either end.
    assert_close(w, np.full(shape, middle), rtol=0.0, atol=half * (1 + 1e-9), name="the weights")
    ends = [float(w.min()), float(w.max())]
    assert_close(ends, [low, high], rtol=0.0, atol=0.02 * half, name="[smallest, largest]")


def assert_fan_law(name, w, shape, factor=1.0, mode="fan_in", slope=0.0):
    """Weights of xavier_uniform, xavier_normal or he_normal."""
    area = int(np.prod(shape[2:]))
    fan_in, fan_out = shape[1] * area, shape[0] * area
    if name == "xavier_uniform":
        bound = factor * np.sqrt(6 / (fan_in + fan_out))
        assert_uniform(w, shape, -bound, bound)
    elif name == "xavier_normal":
        assert_normal(w, shape, factor * np.sqrt(2 / (fan_in + fan_out)))
    else:
        assert_normal(w, shape, np.sqrt(2 / ((1 + slope**2) * (fan_in if mode == "fan_in" else fan_out))))


BY_FANS = ["xavier_uniform", "xavier_normal", "he_normal"]
DRAWS = {  # how each is asked for weights of a shape, and where in the answer they are
    "uniform": lambda function, shape, rng: function(shape, rng, -1.0, 3.0),
    "normal": lambda function, shape, rng: function(shape, rng, 0.3),
    "xavier_uniform": lambda function, shape, rng: function(shape, rng),
    "xavier_normal": lambda function, shape, rng: function(shape, rng),
    "he_normal": lambda function, shape, rng: function(shape, rng),
    "orthogonal": lambda function, shape, rng: function(shape, rng),
    "sparse": lambda function, shape, rng: function(shape, 3, rng),
    "irnn": lambda function, shape, rng: function(shape[1], shape[0], rng),
}


def drawn(student, reference, name, shape, rng):
    """Weights of a known shape; of irnn's four arrays the first."""
    answer = DRAWS[name](getattr(student, name), shape, rng)
    like = DRAWS[name](getattr(reference, name), shape, np.random.default_rng(0))
    assert_close(answer, like, atol=1e6)
    return answer[0] if name == "irnn" else answer


@pytest.mark.weight(3)
@each_exercise("uniform", "normal", *BY_FANS, "irnn")
def test_linear_weights(student, reference, rng, name):
    w = drawn(student, reference, name, LINEAR, rng)
    if name == "uniform":
        assert_uniform(w, LINEAR, -1.0, 3.0)
    elif name in ("normal", "irnn"):
        assert_normal(w, LINEAR, 0.3 if name == "normal" else 0.001)
    else:
        assert_fan_law(name, w, LINEAR)


@pytest.mark.rests_on("test_linear_weights")
@each_exercise("uniform", "normal", *BY_FANS, "irnn")
def test_each_weight_is_drawn_by_itself(student, reference, rng, name):
    w = drawn(student, reference, name, LINEAR, rng)
    # Of 60 pairs of independent numbers the correlation strays by 0.13; beyond 0.85 it never comes.
    for what, lines in (("rows", w[:40]), ("columns", w.T[:40])):
        with np.errstate(all="ignore"):
            alike = np.abs(np.corrcoef(lines) - np.eye(40)).max()
        assert_close(float(alike), 0.0, atol=0.85, name=f"the largest correlation between two {what}")


def assert_rng_alone_decides(student, reference, name):
    first, second, other = (drawn(student, reference, name, (4, 5), np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert_close(second, first, name="the weights from an equal rng")
    if np.array_equal(other, first):
        raise Mismatch("another rng gives the same weights: draw from the rng that is given")


@pytest.mark.rests_on("test_linear_weights")
@each_exercise("uniform", "normal", *BY_FANS, "irnn")
def test_rng_alone_decides(student, reference, name):
    assert_rng_alone_decides(student, reference, name)


@each_exercise(*BY_FANS)
class TestFanLaws:
    @pytest.mark.weight(1.5)
    def test_convolution(self, student, rng, name):
        shape = CONVOLUTIONS[0]
        assert_fan_law(name, getattr(student, name)(shape, rng), shape)

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("shape", CONVOLUTIONS[1:], ids=["one kernel axis", "three kernel axes"])
    def test_other_kernels(self, student, rng, name, shape):
        assert_fan_law(name, getattr(student, name)(shape, rng), shape)

    @pytest.mark.parametrize("shape", WIDE_AND_TALL, ids=["wide", "tall"])
    def test_wide_and_tall(self, student, rng, name, shape):
        assert_fan_law(name, getattr(student, name)(shape, rng), shape)


@each_exercise("xavier_uniform", "xavier_normal")
def test_gain_is_used(student, rng, name):
    factor, shape = float(rng.uniform(1.5, 3.0)), (70, 120)
    assert_fan_law(name, getattr(student, name)(shape, rng, gain=factor), shape, factor)


@pytest.mark.exercise("he_normal")
class TestHeNormal:
    @pytest.mark.parametrize("shape", [LINEAR, CONVOLUTIONS[0]], ids=["linear", "convolution"])
    def test_fan_out(self, student, rng, shape):
        assert_fan_law("he_normal", student.he_normal(shape, rng, mode="fan_out"), shape, mode="fan_out")

    def test_slope(self, student, rng):
        slope = float(rng.uniform(0.5, 0.9))
        assert_fan_law("he_normal", student.he_normal(LINEAR, rng, slope=slope), LINEAR, slope=slope)


@each_exercise(*BY_FANS, after="test_linear_weights")
def test_a_vector_has_no_fans(student, rng, name):
    assert_refuses(getattr(student, name), "shape", (9,), rng)


@pytest.mark.exercise("he_normal")
@pytest.mark.after("test_linear_weights")
def test_unknown_mode(student, rng):
    assert_refuses(student.he_normal, "mode", (3, 4), rng, mode="fan_average")


@pytest.mark.exercise("fans")
class TestFans:
    @pytest.mark.weight(1.5)
    @pytest.mark.parametrize("shape", [(3, 4), (70, 1), (1, 1100)])
    def test_linear_layers(self, student, reference, shape):
        assert_close(student.fans(shape), reference.fans(shape), name="(fan_in, fan_out)")

    @pytest.mark.parametrize("shape", [(4, 3, 2, 5), (64, 1100, 3, 7), (2, 5, 1, 1)])
    def test_convolutions(self, student, reference, shape):
        assert_close(student.fans(shape), reference.fans(shape), name="(fan_in, fan_out)")

    @pytest.mark.parametrize("shape", [(4, 3, 6), (4, 3, 2, 5, 7)])
    def test_other_kernels(self, student, reference, shape):
        assert_close(student.fans(shape), reference.fans(shape), name="(fan_in, fan_out)")

    @pytest.mark.after("test_linear_layers")
    @pytest.mark.parametrize("shape", [(3,), ()])
    def test_too_few_axes(self, student, shape):
        assert_refuses(student.fans, "shape", shape)


@pytest.mark.exercise("gain")
class TestGain:
    @pytest.mark.parametrize("activation", ["linear", "sigmoid", "tanh", "relu", "leaky_relu"])
    def test_each(self, student, reference, activation):
        assert_close(student.gain(activation), reference.gain(activation))

    def test_slope(self, student, reference, rng):
        slope = float(rng.uniform(0.1, 3.0))
        assert_close(student.gain("leaky_relu", slope), reference.gain("leaky_relu", slope))

    def test_others_have_no_slope(self, student, reference, rng):
        slope = float(rng.uniform(0.5, 3.0))
        for activation in ("tanh", "relu", "linear"):
            assert_close(student.gain(activation, slope), reference.gain(activation), name=activation)

    @pytest.mark.after("test_each")
    def test_unknown_activation(self, student):
        assert_refuses(student.gain, "activation", "softmax")


@pytest.mark.exercise("uniform")
@pytest.mark.parametrize("shape, low, high", [((5000,), 0.0, 0.5), ((20, 5, 6, 7), 2.0, 3.0), ((70, 64), -7.0, -1.0)])
def test_between_any_ends(student, rng, shape, low, high):
    assert_uniform(student.uniform(shape, rng, low, high), shape, low, high)


@pytest.mark.exercise("normal")
@pytest.mark.parametrize("shape, std", [((5000,), 1.0), ((20, 5, 6, 7), 4.0), ((70, 64), 1e-3)])
def test_any_deviation(student, rng, shape, std):
    assert_normal(student.normal(shape, rng, std), shape, std)


@pytest.mark.exercise("normal")
@pytest.mark.rests_on("test_linear_weights")
def test_no_deviation_is_zero(student, rng):
    assert_close(student.normal((3, 4), rng, 0.0), np.zeros((3, 4)), atol=0.0)


def assert_orthogonal(w, shape, factor=1.0):
    assert_close(w, np.zeros(shape), rtol=0.0, atol=factor * (1 + 1e-9), name="the weights")
    flat = w.reshape(len(w), -1)
    rows, columns = flat.shape
    product, what = (flat @ flat.T, "W W^T") if rows <= columns else (flat.T @ flat, "W^T W")
    assert_close(product, factor**2 * np.eye(min(rows, columns)), atol=1e-12 * factor**2, name=what)
    if not np.abs(w).max() < factor * (1 - 1e-6):  # in five dimensions and more: never by chance
        raise Mismatch("a row or column points along an axis: the identity is orthogonal too, but not random")


@pytest.mark.exercise("orthogonal")
class TestOrthogonal:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("shape", [(4, 7), (65, 90)])
    def test_rows_are_orthonormal(self, student, rng, shape):
        assert_orthogonal(student.orthogonal(shape, rng), shape)

    @pytest.mark.parametrize("shape", [(6, 6), (1, 8), (66, 66)])
    def test_square_and_a_single_row(self, student, rng, shape):
        assert_orthogonal(student.orthogonal(shape, rng), shape)

    @pytest.mark.weight(1.5)
    @pytest.mark.parametrize("shape", [(7, 4), (1100, 3)])
    def test_columns_are_orthonormal(self, student, rng, shape):
        assert_orthogonal(student.orthogonal(shape, rng), shape)

    @pytest.mark.parametrize("shape", [(4, 3, 2, 5), (70, 2, 3, 1), (5, 2, 4)], ids=str)
    def test_convolution(self, student, rng, shape):
        assert_orthogonal(student.orthogonal(shape, rng), shape)

    @pytest.mark.parametrize("shape", [(5, 8), (8, 5)])
    def test_gain(self, student, rng, shape):
        factor = float(rng.uniform(1.5, 3.0))
        assert_orthogonal(student.orthogonal(shape, rng, gain=factor), shape, factor)

    @pytest.mark.weight(2)
    def test_signs_are_fair(self, student, rng):
        draws = [(student.orthogonal(shape, rng), shape) for _ in range(32) for shape in ((3, 2), (2, 3))]
        for w, shape in draws:
            assert_close(w, np.zeros(shape), atol=1.001, name="the weights")
        # Each first weight is as likely above 0 as below: of 64 between 8 and 56 are above.
        above = float(np.mean([w[0, 0] > 0 for w, _ in draws]))
        assert_close(above, 0.5, rtol=0.0, atol=0.38, name="the share of draws whose first weight is positive")

    @pytest.mark.parametrize("shape", [(1500, 4), (4, 1500)])
    def test_every_direction_is_as_likely(self, student, rng, shape):
        w = student.orthogonal(shape, rng)
        assert_orthogonal(w, shape)
        # The entries of a random direction in 1,500 dimensions are normal, but for their length: kurtosis 3.
        kurtosis = float(np.mean(w**4) / np.mean(w**2) ** 2)
        assert_close(kurtosis, 3.0, atol=0.6, name="the kurtosis of the weights (3: normal, 1.8: uniform)")

    @pytest.mark.rests_on("test_rows_are_orthonormal")
    def test_rng_alone_decides(self, student, reference):
        assert_rng_alone_decides(student, reference, "orthogonal")

    @pytest.mark.after("test_rows_are_orthonormal")
    def test_a_vector_is_no_matrix(self, student, rng):
        assert_refuses(student.orthogonal, "shape", (9,), rng)


def inputs_of_each(w, shape):
    """How many inputs each unit has."""
    assert_close(w, np.zeros(shape), atol=1e6, name="the weights")
    return np.count_nonzero(w, axis=1)


@pytest.mark.exercise("sparse")
class TestSparse:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("shape, nonzero", [((30, 20), 5), ((3, 1100), 70), ((1100, 3), 2), ((70, 40), 1)])
    def test_so_many_inputs_a_unit(self, student, rng, shape, nonzero):
        counts = inputs_of_each(student.sparse(shape, nonzero, rng), shape)
        assert_close(counts, np.full(shape[0], nonzero), name="the number of inputs of each unit")

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("std", [None, 0.2], ids=["standard deviation 1", "another one"])
    def test_values_are_normal(self, student, rng, std):
        shape = (400, 60)
        w = student.sparse(shape, 10, rng) if std is None else student.sparse(shape, 10, rng, std=std)
        counts = inputs_of_each(w, shape)
        if not counts.sum() >= 400:
            raise Mismatch(f"only {counts.sum()} weights of the {400 * 10} are not 0")
        assert_normal(w[w != 0], (int(counts.sum()),), std or 1.0)

    def test_each_input_is_as_likely(self, student, rng):
        w = student.sparse((600, 40), 10, rng)
        inputs_of_each(w, (600, 40))
        # Each input has 600 * 10 / 40 = 150 units, and a standard deviation of 10.6.
        units = np.count_nonzero(w, axis=0).astype(float)
        assert_close(units, np.full(40, 150.0), rtol=0.0, atol=75.0, name="the number of units that each input feeds")

    def test_places_of_each_row_are_its_own(self, student, rng):
        w = student.sparse((600, 40), 10, rng)
        inputs_of_each(w, (600, 40))
        # Two inputs share 600 * (10 * 9) / (40 * 39) = 34.6 units, with a standard deviation of 5.7.
        chosen = (w != 0).astype(int)
        shared = (chosen.T @ chosen)[np.triu_indices(40, 1)]
        name = "the number of units that two inputs share"
        assert_close(shared.astype(float), np.full(len(shared), 34.6), rtol=0.0, atol=52.0, name=name)

    @pytest.mark.rests_on("test_so_many_inputs_a_unit")
    @pytest.mark.parametrize("nonzero", [0, 4], ids=["none", "all"])
    def test_none_and_all(self, student, rng, nonzero):
        counts = inputs_of_each(student.sparse((6, 4), nonzero, rng), (6, 4))
        assert_close(counts, np.full(6, nonzero), name="the number of inputs of each unit")

    @pytest.mark.rests_on("test_so_many_inputs_a_unit")
    def test_rng_alone_decides(self, student, reference):
        assert_rng_alone_decides(student, reference, "sparse")

    @pytest.mark.after("test_so_many_inputs_a_unit")
    @pytest.mark.parametrize("nonzero", [4, -1])
    def test_as_many_as_there_are(self, student, rng, nonzero):
        assert_refuses(student.sparse, "nonzero", (5, 3), nonzero, rng)


@pytest.mark.exercise("identity")
@pytest.mark.parametrize("rows, columns", [(4, 4), (3, 5), (5, 2), (70, 1100), (1, 1)])
def test_ones_on_the_diagonal(student, rows, columns):
    assert_close(student.identity(rows, columns), np.eye(rows, columns))


@pytest.mark.exercise("identity")
@pytest.mark.parametrize("rows, columns", [(3, 3), (2, 6)])
def test_scale(student, rng, rows, columns):
    scale = float(rng.uniform(-3, 3))
    assert_close(student.identity(rows, columns, scale), scale * np.eye(rows, columns))


@pytest.mark.exercise("irnn")
class TestIrnn:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("inputs, hidden", [(3, 5), (70, 2), (1, 64)])
    def test_state_is_copied(self, student, rng, inputs, hidden):
        rest = irnn_arrays(student, rng, inputs, hidden)[1:]
        assert_close(rest, [np.eye(hidden), np.zeros(hidden), np.zeros(hidden)], name="[w_hh, b_ih, b_hh]")

    def test_many_inputs(self, student, rng):
        assert_normal(irnn_arrays(student, rng, 1100, 3)[0], (3, 1100), 0.001)


def irnn_arrays(student, rng, inputs, hidden):
    arrays = student.irnn(inputs, hidden, rng)
    shapes = [(hidden, inputs), (hidden, hidden), (hidden,), (hidden,)]
    assert_close(arrays, [np.zeros(shape) for shape in shapes], atol=1e6, name="(w_ih, w_hh, b_ih, b_hh)")
    return arrays


def layer_of_twins(rng, units, kinds, inputs):
    """A layer of some kinds of units, each kind there, in random order."""
    which = rng.permutation(np.concatenate([np.arange(kinds), rng.integers(0, kinds, size=units - kinds)]))
    return rng.integers(-8, 9, size=(kinds, inputs))[which] / 8 + which[:, None], which / 4


@pytest.mark.exercise("distinct_units")
class TestDistinctUnits:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("units, kinds, inputs", [(9, 4, 3), (5, 2, 7), (70, 64, 2), (1100, 5, 3)])
    def test_some_are_twins(self, student, rng, units, kinds, inputs):
        assert_close(student.distinct_units(*layer_of_twins(rng, units, kinds, inputs)), kinds)

    def test_bias_tells_them_apart(self, student, rng):
        w, b = np.repeat(rng.normal(size=(2, 3)), 4, axis=0), rng.permutation([1.0, 2.0, 3.0, 4.0])
        assert_close(student.distinct_units(w, np.tile(b, 2)), 8)

    def test_weights_tell_them_apart(self, student, rng):
        assert_close(student.distinct_units(rng.normal(size=(6, 4)), np.full(6, 0.5)), 6)

    @pytest.mark.rests_on("test_some_are_twins")
    @pytest.mark.parametrize("units", [1, 12])
    def test_all_are_twins(self, student, rng, units):
        w, b = np.tile(rng.normal(size=5), (units, 1)), np.full(units, float(rng.normal()))
        assert_close(student.distinct_units(w, b), 1)

    def test_rounding_errors_do_not_count(self, student, rng):
        w, b = layer_of_twins(rng, 12, 5, 4)
        assert_close(student.distinct_units(w + rng.uniform(-1e-12, 1e-12, size=w.shape), b + 1e-13), 5)

    def test_small_differences_count(self, student, rng):
        w = np.tile(rng.integers(-8, 9, size=3) / 8, (6, 1))
        w[:, 1] += 1e-8 * rng.permutation([0, 0, 1, 1, 2, 3])
        assert_close(student.distinct_units(w, np.zeros(6)), 4)

    def test_decimals(self, student, rng):
        w, b = layer_of_twins(rng, 10, 4, 3)  # multiples of 1/8 and 1/4, of which 3 decimals leave nothing out
        noise = rng.uniform(1e-5, 1e-4, size=w.shape)
        assert_close(student.distinct_units(w + noise, b, decimals=3), 4)
        assert_close(student.distinct_units(w + noise, b, decimals=9), 10)

    def test_zero_has_no_sign(self, student, rng):
        w = np.tile(rng.normal(size=3), (4, 1))
        w[:, 1], b = rng.permutation([0.0, -0.0, 1e-14, -1e-14]), np.array([0.0, -0.0, -0.0, 0.0])
        assert_close(student.distinct_units(w, b), 1)
        w[3, 0] += 1.0
        assert_close(student.distinct_units(w, b), 2)

    @pytest.mark.after("test_some_are_twins")
    def test_inputs_unchanged(self, student, rng):
        assert_inputs_unchanged(student.distinct_units, rng.normal(size=(4, 3)), rng.normal(size=4))


NAMES = ["linear", "sigmoid", "tanh", "relu"]
DEEP = [4, 6, 3, 7, 5]  # inputs, then the units of each layer
WIDTHS = [([3, 1100], 5), ([64, 70, 2], 3), ([2, 3, 4], 1100), ([3, 5, 4, 2], 1)]  # and the rows of the batch


def network(rng, sizes, n, shift=0.3):
    """weights, biases, x. Nothing has mean 0, and no layer of ReLUs is dead: the first unit fires for the first row."""
    shapes = list(zip(sizes[1:], sizes, strict=False))
    weights = [rng.normal(scale=1.5 / np.sqrt(shape[1]), size=shape) for shape in shapes]
    biases = [rng.normal(shift, 0.4, size=shape[0]) for shape in shapes]
    x = rng.normal(0.5, 1.0, size=(n, sizes[0]))
    for array in (*weights, *biases, x):
        array[0] = np.abs(array[0])
    return weights, biases, x


STATISTICS = ("means", "stds", "dead")


def statistics(student, *network):
    """(means, stds, dead), each still the student's own."""
    found = student.activation_statistics(*network)
    like = tuple(np.zeros(len(network[0])) for _ in STATISTICS)
    assert_close(found, like, atol=1e6, name="(means, stds, dead)")
    return found


@pytest.mark.exercise("activation_statistics")
class TestActivationStatistics:
    @pytest.mark.parametrize("activation", NAMES)
    def test_a_single_layer(self, student, reference, rng, activation):
        net = (*network(rng, [3, 8], 5), activation)
        assert_close(statistics(student, *net), reference.activation_statistics(*net), name="(means, stds, dead)")

    @pytest.mark.parametrize("activation", NAMES)
    def test_deep(self, student, reference, rng, activation):
        net = (*network(rng, DEEP, 6), activation)
        assert_close(statistics(student, *net), reference.activation_statistics(*net), name="(means, stds, dead)")

    @pytest.mark.weight(1.5)
    @pytest.mark.parametrize("which", [0, 1, 2], ids=STATISTICS)
    def test_each_statistic(self, student, reference, rng, which):
        net = (*network(rng, DEEP, 6, shift=-0.2), "relu")
        net[1][0][:2] = -20.0  # two of six units are dead, whatever comes
        expected = reference.activation_statistics(*net)
        assert_close(statistics(student, *net)[which], expected[which], name=STATISTICS[which])

    @pytest.mark.parametrize("sizes, n", WIDTHS, ids=["many units", "wide", "many rows", "one row"])
    def test_sizes(self, student, reference, rng, sizes, n):
        net = (*network(rng, sizes, n), "relu")
        assert_close(statistics(student, *net), reference.activation_statistics(*net), name="(means, stds, dead)")

    @pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
    def test_saturated(self, student, reference, rng, activation):
        weights, biases, x = network(rng, [3, 6, 4], 5)
        net = ([2000 * weights[0], weights[1]], biases, x, activation)
        assert_close(statistics(student, *net), reference.activation_statistics(*net), name="(means, stds, dead)")

    def test_only_relu_has_dead_units(self, student, reference, rng):
        weights, biases, x = network(rng, [3, 5], 4)
        weights[0][1:3], biases[0][1:3] = 0.0, 0.0  # tanh(0) = 0
        for activation in ("tanh", "relu"):
            net = (weights, biases, x, activation)
            assert_close(statistics(student, *net), reference.activation_statistics(*net), name="(means, stds, dead)")

    @pytest.mark.after("test_deep")
    def test_inputs_unchanged(self, student, rng):
        assert_inputs_unchanged(student.activation_statistics, *network(rng, DEEP, 6), "relu")

    @pytest.mark.after("test_a_single_layer")
    def test_unknown_activation(self, student, rng):
        assert_refuses(student.activation_statistics, "activation", *network(rng, [3, 2], 4), "softmax")


def with_gradient(rng, sizes, n, activation):
    weights, biases, x = network(rng, sizes, n)
    return weights, biases, x, rng.normal(0.4, 1.0, size=(n, sizes[-1])), activation


@pytest.mark.exercise("gradient_statistics")
class TestGradientStatistics:
    @pytest.mark.parametrize("activation", NAMES)
    def test_a_single_layer(self, student, reference, rng, activation):
        net = with_gradient(rng, [3, 8], 5, activation)
        assert_close(student.gradient_statistics(*net), reference.gradient_statistics(*net), name="stds")

    @pytest.mark.parametrize("activation", NAMES)
    def test_deep(self, student, reference, rng, activation):
        net = with_gradient(rng, DEEP, 6, activation)
        assert_close(student.gradient_statistics(*net), reference.gradient_statistics(*net), name="stds")

    @pytest.mark.parametrize("sizes, n", WIDTHS, ids=["many units", "wide", "many rows", "one row"])
    def test_sizes(self, student, reference, rng, sizes, n):
        net = with_gradient(rng, sizes, n, "tanh")
        assert_close(student.gradient_statistics(*net), reference.gradient_statistics(*net), name="stds")

    def test_relu_lets_nothing_through_at_zero(self, student, reference, rng):
        weights, biases, x, dout, _ = with_gradient(rng, [3, 6, 4], 5, "relu")
        weights[0][:3], biases[0][:3] = 0.0, 0.0
        net = (weights, biases, x, dout, "relu")
        assert_close(student.gradient_statistics(*net), reference.gradient_statistics(*net), name="stds")

    @pytest.mark.after("test_deep")
    def test_inputs_unchanged(self, student, rng):
        assert_inputs_unchanged(student.gradient_statistics, *with_gradient(rng, DEEP, 6, "relu"))

    @pytest.mark.after("test_a_single_layer")
    def test_unknown_activation(self, student, rng):
        assert_refuses(student.gradient_statistics, "activation", *with_gradient(rng, [3, 2], 4, "softmax"))


def without_biases(rng, sizes, n):
    weights, biases, x = network(rng, sizes, n)
    return weights, [np.zeros(len(b)) for b in biases], x


def assert_unit_variance(new, weights, biases, x, activation, tolerance):
    """What LSUV promises, whichever way it was reached."""
    assert_close(new, weights, atol=1e6, name="the new weights")
    h = x
    for k, (now, w, b) in enumerate(zip(new, weights, biases, strict=True)):
        factor = float(np.sum(now * w) / np.sum(w * w))
        if not factor > 0:
            raise Mismatch(
                f"the new weights[{k}] should be a positive multiple of the old, but the factor is {factor:g}"
            )
        assert_close(now, factor * w, name=f"the new weights[{k}], beside a multiple of the old")
        z = h @ now.T + b
        assert_close(float(z.var()), 1.0, rtol=0.0, atol=tolerance, name=f"the variance of z in layer {k + 1}")
        h = ACTIVATE[activation](z)


ACTIVATE = {
    "linear": lambda z: z,
    "sigmoid": lambda z: 0.5 + 0.5 * np.tanh(z / 2),
    "tanh": np.tanh,
    "relu": lambda z: z * (z > 0),
}


@pytest.mark.exercise("lsuv")
class TestLsuv:
    @pytest.mark.parametrize("activation", NAMES)
    def test_a_single_layer(self, student, reference, rng, activation):
        net = (*without_biases(rng, [3, 8], 6), activation)
        assert_close(student.lsuv(*net), reference.lsuv(*net), name="the new weights")

    @pytest.mark.parametrize("activation", NAMES)
    def test_deep(self, student, reference, rng, activation):
        net = (*without_biases(rng, DEEP, 9), activation)
        assert_close(student.lsuv(*net), reference.lsuv(*net), name="the new weights")

    @pytest.mark.parametrize("activation", NAMES)
    def test_biases(self, student, rng, activation):
        net = (*network(rng, DEEP, 9), activation)
        assert_unit_variance(student.lsuv(*net), *net, tolerance=0.01)

    @pytest.mark.parametrize("sizes, n", WIDTHS, ids=["many units", "wide", "many rows", "one row"])
    def test_sizes(self, student, reference, rng, sizes, n):
        net = (*without_biases(rng, sizes, n), "tanh")
        assert_close(student.lsuv(*net), reference.lsuv(*net), name="the new weights")

    @pytest.mark.parametrize("max_iter", [1, 2])
    def test_at_most_so_many_divisions(self, student, reference, rng, max_iter):
        net = (*network(rng, DEEP, 9), "tanh")
        given = {"tolerance": 1e-9, "max_iter": max_iter}
        assert_close(student.lsuv(*net, **given), reference.lsuv(*net, **given), name="the new weights")

    @pytest.mark.parametrize("tolerance", [0.3, 1e-6])
    def test_tolerance(self, student, reference, rng, tolerance):
        weights, biases, x = network(rng, [3, 8, 6], 9)
        biases[0] = 0.6 * rng.permutation([1.0, -1.0] * 4)  # a variance of 0.36 that no division takes away
        net = (weights, biases, x, "relu")
        given = {"tolerance": tolerance, "max_iter": 50}
        assert_close(student.lsuv(*net, **given), reference.lsuv(*net, **given), name="the new weights")

    def test_off_by_just_the_tolerance(self, student):
        # z is -2 and 2: its variance 4 is off by 3, which is "3 or more".
        new = student.lsuv([np.array([[2.0]])], [np.zeros(1)], np.array([[-1.0], [1.0]]), "tanh", tolerance=3.0)
        assert_close(new, [np.array([[1.0]])], name="the new weights")

    @pytest.mark.rests_on("test_a_single_layer")
    def test_near_enough_stays(self, student, rng):
        # z is -1.2 and 1.2, or -0.8 and 0.8: variances 1.44 and 0.64.
        for size in (1.2, 0.8):
            w, x = np.array([[size], [-size]]), np.array([[-1.0], [1.0]])
            new = student.lsuv([w], [np.zeros(2)], x, "relu", tolerance=0.5)
            assert_close(new, [w], name="the new weights")

    @pytest.mark.rests_on("test_a_single_layer")
    def test_no_division_allowed(self, student, rng):
        weights, biases, x = network(rng, [3, 4, 2], 5)
        assert_close(student.lsuv(weights, biases, x, "tanh", max_iter=0), weights, name="the new weights")

    @pytest.mark.after("test_deep")
    def test_keeps_inputs_and_float32(self, student, rng):
        weights, biases, x = without_biases(rng, DEEP, 9)
        net = ([w.astype(np.float32) for w in weights], [b.astype(np.float32) for b in biases], x.astype(np.float32))
        new = assert_inputs_unchanged(student.lsuv, *net, "relu")
        assert_close(new, net[0], atol=1e6, name="the new weights")
        for w in new:
            assert_dtype(w, "float32", name="new weights")

    @pytest.mark.after("test_a_single_layer")
    def test_unknown_activation(self, student, rng):
        assert_refuses(student.lsuv, "activation", *network(rng, [3, 2], 4), "softmax")
