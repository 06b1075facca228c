"""Known wrong answers, each with the hint that a student gets.

Each is wrong in one thing only: bad input is refused as the given lines refuse it.
"""

import numpy as np

from autograder import mistake, reference_beside

reference = reference_beside(__file__)


@mistake("step", hint="step(0) is 0: the unit fires only strictly above zero.")
def step_fires_at_zero(x):
    return (x >= 0).astype(x.dtype)


@mistake("step", hint="The result has x's dtype: turn True and False, or integers, into it with .astype(x.dtype).")
def step_of_another_dtype(x):
    return (x > 0).astype(int)


@mistake("sigmoid", hint="exp(-x) overflows for large negative x. Use exp(-|x|), which never does, on both sides.")
def sigmoid_overflows(x):
    return 1 / (1 + np.exp(-x))


@mistake("sigmoid", hint="The exponent's sign is the wrong way round: the sigmoid rises from 0 to 1.")
def sigmoid_falls(x):
    return 1 - reference.sigmoid(x)


@mistake("tanh", hint="tanh(x) is 2 * sigmoid(2 x) - 1: the factor 2 inside is missing.")
def tanh_from_sigmoid_without_two(x):
    return 2 * reference.sigmoid(x) - 1


@mistake("tanh", hint="exp(x) overflows for large x, and infinity by infinity is NaN. np.tanh is safe.")
def tanh_overflows(x):
    return (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))


@mistake("lecun_tanh", hint="It is tanh, not its inverse atanh: 1.7159 * tanh(2 x / 3).")
def lecun_atanh(x):
    with np.errstate(all="ignore"):
        return 1.7159 * np.arctanh(2 / 3 * x)


@mistake("lecun_tanh", hint="The factor 1.7159 in front is missing: 1.7159 * tanh(2 x / 3).")
def lecun_tanh_unscaled_output(x):
    return np.tanh(2 / 3 * x)


@mistake("lecun_tanh", hint="The factor 2/3 belongs inside the tanh: 1.7159 * tanh(2 x / 3).")
def lecun_tanh_unscaled_input(x):
    return 1.7159 * np.tanh(x)


@mistake("relu", hint="ReLU is max(0, x): the negative side is zero, not mirrored.")
def relu_absolute(x):
    return np.abs(x)


@mistake("leaky_relu", hint="The slope is given as an argument: use it instead of a fixed 0.01.")
def leaky_relu_fixed_slope(x, slope=0.01):
    return np.where(x > 0, x, 0.01 * x)


@mistake("maxout", hint="The columns are piece-major: reshape to (N, pieces, D) and take the maximum over axis 1.")
def maxout_unit_major(x, pieces):
    reference.maxout(x, pieces)
    return x.reshape(len(x), -1, pieces).max(axis=2)


@mistake("maxout", hint="All pieces may be below 0: start from the first piece, not from zeros.")
def maxout_starts_from_zero(x, pieces):
    return np.maximum(reference.maxout(x, pieces), 0)


@mistake(
    "softmax", hint="exp overflows for large scores. Subtract the maximum along the axis first; nothing else changes."
)
def softmax_without_shift(x, axis=-1):
    reference.softmax(x, axis)
    weights = np.exp(x)
    return weights / weights.sum(axis=axis, keepdims=True)


@mistake(
    "softmax",
    hint="The probabilities must add up to 1 along `axis`, by default the last one: check the axis of the sum.",
)
def softmax_over_first_axis(x, axis=-1):
    reference.softmax(x, axis)
    return reference.softmax(x, axis=0)


@mistake(
    "softmax",
    hint="Subtract the maximum along `axis`, not that of the whole array: far smaller rows underflow to 0 / 0.",
)
def softmax_global_shift(x, axis=-1):
    reference.softmax(x, axis)
    weights = np.exp(x - x.max())
    return weights / weights.sum(axis=axis, keepdims=True)


@mistake("softmax", hint="The sum runs along `axis` only: with the sum over the whole array, rows do not add up to 1.")
def softmax_sum_over_everything(x, axis=-1):
    reference.softmax(x, axis)
    weights = np.exp(x - x.max(axis=axis, keepdims=True))
    return weights / weights.sum()


@mistake(
    "log_softmax",
    hint="A probability can underflow to 0, whose logarithm is -inf. Subtract log(sum(exp)) from the shifted scores.",
)
def log_of_softmax(x, axis=-1):
    return np.log(reference.softmax(x, axis=axis))


@mistake(
    "log_softmax",
    hint="exp overflows for large scores and underflows to log(0) for small ones. Subtract the maximum first.",
)
def log_softmax_without_shift(x, axis=-1):
    reference.softmax(x, axis)
    return x - np.log(np.exp(x).sum(axis=axis, keepdims=True))


@mistake("log_softmax", hint="The sum must run along `axis`, by default the last one.")
def log_softmax_over_first_axis(x, axis=-1):
    reference.log_softmax(x, axis)
    return reference.log_softmax(x, axis=0)


@mistake(
    "sigmoid_derivative", hint="x is the pre-activation, not the output: take s = sigmoid(x) first, then s * (1 - s)."
)
def sigmoid_derivative_at_output(x):
    return x * (1 - x)


@mistake(
    "sigmoid_derivative", hint="The derivative is s * (1 - s); this is s * (1 + s) or a squared s: check the sign."
)
def sigmoid_derivative_sign(x):
    s = reference.sigmoid(x)
    return s * (1 + s)


@mistake("tanh_derivative", hint="x is the pre-activation, not the output: take tanh(x) first, then square it.")
def tanh_derivative_at_output(x):
    return 1 - x**2


@mistake("tanh_derivative", hint="The tanh is squared: 1 - tanh(x)^2.")
def tanh_derivative_not_squared(x):
    return 1 - np.tanh(x)


@mistake("lecun_tanh_derivative", hint="The chain rule brings the inner slope out: multiply by 2/3.")
def lecun_derivative_without_inner_slope(x):
    return 1.7159 * (1 - np.tanh(2 / 3 * x) ** 2)


@mistake("lecun_tanh_derivative", hint="tanh is taken at 2 x / 3 in the derivative too, not at x.")
def lecun_derivative_at_x(x):
    return 1.7159 * 2 / 3 * (1 - np.tanh(x) ** 2)


@mistake("relu_derivative", hint="At x = 0 the convention is 0: the derivative is 1 only where x > 0, strictly.")
def relu_derivative_one_at_zero(x):
    return (x >= 0).astype(x.dtype)


@mistake("relu_derivative", hint="The derivative is 1 on the positive side, not x: that is ReLU itself.")
def relu_derivative_is_relu(x):
    return np.maximum(x, 0)


@mistake("relu_derivative", hint="The result has x's dtype: turn True and False, or integers, into it with .astype.")
def relu_derivative_of_another_dtype(x):
    return (x > 0).astype(int)


@mistake("leaky_relu_derivative", hint="The slope is given as an argument: use it instead of a fixed 0.01.")
def leaky_relu_derivative_fixed_slope(x, slope=0.01):
    return reference.leaky_relu_derivative(x, 0.01)


@mistake("leaky_relu_derivative", hint="At x = 0 the convention is the slope: 1 only where x > 0, strictly.")
def leaky_relu_derivative_one_at_zero(x, slope=0.01):
    return np.where(x >= 0, 1.0, slope).astype(x.dtype)


@mistake("leaky_relu_derivative", hint="On the negative side the derivative is the slope, not 0.")
def leaky_relu_derivative_zero_below(x, slope=0.01):
    return (x > 0).astype(x.dtype)


@mistake(
    "softmax_backward",
    hint="Each output depends on every score: the off-diagonal terms of the Jacobian, -p_i p_j, are missing.",
)
def softmax_backward_diagonal_only(dout, out, axis=-1):
    return dout * out * (1 - out)


@mistake("softmax_backward", hint="Sum dout * out along `axis`, the axis that softmax worked along.")
def softmax_backward_last_axis(dout, out, axis=-1):
    return reference.softmax_backward(dout, out, axis=-1)


@mistake(
    "softmax_backward",
    hint="The upstream gradient is weighted by the probabilities before it is summed: sum(dout * out), not sum(dout).",
)
def softmax_backward_unweighted(dout, out, axis=-1):
    return out * (dout - dout.sum(axis=axis, keepdims=True))


@mistake("maxout_backward", hint="Where pieces tie, only the first of them gets the gradient.")
def maxout_backward_to_every_winner(dout, x, pieces):
    cube = x.reshape(len(x), pieces, -1)
    return ((cube == cube.max(axis=1, keepdims=True)) * dout[:, None, :]).reshape(x.shape)


@mistake("maxout_backward", hint="A piece that lost had no part in the output: its gradient is zero.")
def maxout_backward_to_all(dout, x, pieces):
    return np.tile(dout, (1, pieces))


@mistake(
    "maxout_backward",
    hint="The columns are piece-major: reshape x to (N, pieces, D), then take the argmax over axis 1.",
)
def maxout_backward_unit_major(dout, x, pieces):
    cube = x.reshape(len(x), -1, pieces)
    won = np.arange(pieces) == cube.argmax(axis=2)[:, :, None]
    return (won * dout[:, :, None]).reshape(x.shape)


@mistake("dead_units", hint="Dead are the units that never fire: this tells those that do, True for False.")
def alive_units(pre_activations):
    return (pre_activations > 0).any(axis=0)


@mistake("dead_units", hint="A unit is dead if it is silent on every sample, not on some sample: all, not any.")
def dead_on_any_sample(pre_activations):
    return (pre_activations <= 0).any(axis=0)


@mistake("dead_units", hint="A pre-activation of exactly 0 does not fire either: dead means <= 0 throughout.")
def dead_only_below_zero(pre_activations):
    return (pre_activations < 0).all(axis=0)


@mistake("dead_units", hint="There is one answer for each unit (column): reduce over the samples, axis 0.")
def dead_samples(pre_activations):
    return (pre_activations <= 0).all(axis=1)
