"""Activations: what a neuron does with its weighted sum, and how the gradient passes back through it.

Every function here works elementwise on an array of any shape unless it says otherwise, returns a new array of the
input's dtype (float32 in, float32 out), and stays finite and free of warnings for |x| up to 10,000.
"""

import numpy as np

LECUN_SCALE = 1.7159  # LeCun et al., "Efficient BackProp" (1998), section 4.4
LECUN_SLOPE = 2 / 3


def step(x):
    """Heaviside step: 1 where x > 0, else 0. A film rated 0.51 is watched, one rated 0.5 is not.

    Args:
        x: array of any shape.

    Returns:
        Array of x's shape and dtype, of zeros and ones; step(0) = 0.

    Example:
        >>> step(np.array([-2.0, 0.0, 0.3]))
        array([0., 0., 1.])
    """
    raise NotImplementedError


def sigmoid(x):
    """Logistic function, 1 / (1 + exp(-x)), without overflow at either end.

    exp(1000) is infinite in float64. Hint: exp(-|x|) never overflows, and exp(x) / (1 + exp(x)) is the same function.

    Args:
        x: array of any shape.

    Returns:
        Array of x's shape, values in [0, 1]. sigmoid(x) + sigmoid(-x) = 1.

    Source: torch.sigmoid.

    Example:
        >>> sigmoid(np.array([0.0, np.log(3.0)]))
        array([0.5 , 0.75])
    """
    raise NotImplementedError


def tanh(x):
    """Hyperbolic tangent, (exp(x) - exp(-x)) / (exp(x) + exp(-x)): a sigmoid centred on zero.

    Args:
        x: array of any shape.

    Returns:
        Array of x's shape, values in [-1, 1].

    Source: torch.tanh. NumPy's own np.tanh may be used.

    Example:
        >>> tanh(np.array([0.0, np.log(2.0)]))
        array([0. , 0.6])
    """
    raise NotImplementedError


def lecun_tanh(x):
    """Scaled tanh, 1.7159 * tanh(2 x / 3): chosen so that f(1) is close to 1 and f(-1) to -1.

    It is tanh and not its inverse: "a * atanh(b x)", as some notes write it, is not even defined beyond 1 / b.

    Args:
        x: array of any shape.

    Returns:
        Array of x's shape, values in [-1.7159, 1.7159].

    Source: LeCun, Bottou, Orr, Mueller, "Efficient BackProp" (1998), section 4.4.

    Example:
        >>> np.round(lecun_tanh(np.array([-1.0, 0.0, 1.0])), 4)
        array([-1.,  0.,  1.])
    """
    raise NotImplementedError


def relu(x):
    """Rectified linear unit, max(0, x).

    Args:
        x: array of any shape.

    Returns:
        Array of x's shape and dtype.

    Source: torch.relu.

    Example:
        >>> relu(np.array([-2.0, 0.0, 3.0]))
        array([0., 0., 3.])
    """
    raise NotImplementedError


def leaky_relu(x, slope=0.01):
    """ReLU that leaks: x where x > 0, slope * x elsewhere, so that no unit falls silent for good.

    Args:
        x: array of any shape.
        slope: factor on the negative side; torch calls it negative_slope.

    Returns:
        Array of x's shape and dtype.

    Source: torch.nn.functional.leaky_relu.

    Example:
        >>> leaky_relu(np.array([-2.0, 0.0, 3.0]), slope=0.1)
        array([-0.2,  0. ,  3. ])
    """
    raise NotImplementedError


def maxout(x, pieces):
    """Largest of several linear pieces, unit by unit.

    The columns of x are piece-major: first the D values of piece 0, then the D values of piece 1, and so on.

    Args:
        x: array (N, pieces * D).
        pieces: number of pieces that compete for each unit, at least 1.

    Returns:
        Array (N, D): out[n, d] = max over p of x[n, p * D + d].

    Raises:
        ValueError: naming pieces, if it is below 1 or does not divide the number of columns.

    Source: Goodfellow et al., "Maxout Networks" (2013), section 3.

    Example:
        >>> maxout(np.array([[1.0, 5.0, 4.0, 2.0]]), pieces=2)
        array([[4., 5.]])
    """
    raise NotImplementedError


def softmax(x, axis=-1):
    """Turn scores into probabilities along one axis: exp(x_i) / sum_j exp(x_j).

    exp overflows beyond 709. Hint: the result does not change when a constant is subtracted from all scores.

    Args:
        x: array of any shape.
        axis: the axis along which the probabilities add up to 1.

    Returns:
        Array of x's shape.

    Raises:
        ValueError: naming axis, if x has no such axis (NumPy's own error will do).

    Source: torch.softmax.

    Example:
        >>> softmax(np.array([[0.0, np.log(3.0)]]))
        array([[0.25, 0.75]])
    """
    raise NotImplementedError


def log_softmax(x, axis=-1):
    """Logarithm of the softmax, x_i - log(sum_j exp(x_j)), exact where the probability itself underflows to 0.

    Taking np.log of softmax(x) gives -inf there; subtract the maximum first and never take that logarithm.

    Args:
        x: array of any shape.
        axis: the axis of the scores.

    Returns:
        Array of x's shape, values at most 0.

    Raises:
        ValueError: naming axis, if x has no such axis (NumPy's own error will do).

    Source: torch.log_softmax.

    Example:
        >>> np.exp(log_softmax(np.array([0.0, np.log(3.0)])))
        array([0.25, 0.75])
    """
    raise NotImplementedError


def sigmoid_derivative(x):
    """Derivative of the sigmoid at x: s(x) * (1 - s(x)). Its largest value is 1/4, at x = 0.

    Args:
        x: the pre-activation, array of any shape (not the sigmoid's output).

    Returns:
        Array of x's shape.

    Example:
        >>> sigmoid_derivative(np.array([0.0, np.log(3.0)]))
        array([0.25  , 0.1875])
    """
    raise NotImplementedError


def tanh_derivative(x):
    """Derivative of tanh at x: 1 - tanh(x)^2.

    Args:
        x: the pre-activation, array of any shape.

    Returns:
        Array of x's shape.

    Example:
        >>> tanh_derivative(np.array([0.0, np.log(2.0)]))
        array([1.  , 0.64])
    """
    raise NotImplementedError


def lecun_tanh_derivative(x):
    """Derivative of 1.7159 * tanh(2 x / 3) at x: 1.7159 * (2 / 3) * (1 - tanh(2 x / 3)^2), by the chain rule.

    Args:
        x: the pre-activation, array of any shape.

    Returns:
        Array of x's shape.

    Example:
        >>> np.round(lecun_tanh_derivative(np.array([0.0])), 6)
        array([1.143933])
    """
    raise NotImplementedError


def relu_derivative(x):
    """Derivative of ReLU at x: 1 where x > 0, else 0. At x = 0 there is none; the convention is 0, as in torch.

    Args:
        x: the pre-activation, array of any shape.

    Returns:
        Array of x's shape and dtype.

    Example:
        >>> relu_derivative(np.array([-2.0, 0.0, 3.0]))
        array([0., 0., 1.])
    """
    raise NotImplementedError


def leaky_relu_derivative(x, slope=0.01):
    """Derivative of the leaky ReLU at x: 1 where x > 0, else slope (at x = 0 too, as in torch).

    Args:
        x: the pre-activation, array of any shape.
        slope: factor on the negative side.

    Returns:
        Array of x's shape and dtype.

    Example:
        >>> leaky_relu_derivative(np.array([-2.0, 0.0, 3.0]), slope=0.1)
        array([0.1, 0.1, 1. ])
    """
    raise NotImplementedError


def softmax_backward(dout, out, axis=-1):
    """Gradient of the softmax for its input, given its output.

    With p = softmax(x), dp_i/dx_j = p_i (delta_ij - p_j). Summed against the upstream gradient:
    dx_j = p_j * (dout_j - sum_i dout_i p_i).

    Args:
        dout: upstream gradient, array of out's shape.
        out: what softmax returned.
        axis: the axis that softmax worked along.

    Returns:
        dx: array of out's shape.

    Example:
        >>> softmax_backward(np.array([1.0, 0.0]), np.array([0.25, 0.75]))
        array([ 0.1875, -0.1875])
    """
    raise NotImplementedError


def maxout_backward(dout, x, pieces):
    """Gradient of maxout for its input: each unit's gradient goes to the piece that won; on a tie to the first.

    Args:
        dout: upstream gradient, array (N, D).
        x: the input of maxout, array (N, pieces * D), piece-major.
        pieces: number of pieces.

    Returns:
        dx: array (N, pieces * D), zero where a piece lost.

    Example:
        >>> maxout_backward(np.array([[10.0, 20.0]]), np.array([[1.0, 5.0, 4.0, 2.0]]), pieces=2)
        array([[ 0., 20., 10.,  0.]])
    """
    raise NotImplementedError


def dead_units(pre_activations):
    """ReLU units that are silent on the whole batch: no sample gives them a positive pre-activation.

    No gradient reaches the weights of such a unit, so it cannot come back by training on these samples.

    Args:
        pre_activations: array (N, D), what goes into the ReLU.

    Returns:
        Boolean array (D,): True where the unit is dead.

    Example:
        >>> dead_units(np.array([[-1.0, 2.0, 0.0], [-3.0, -1.0, 0.0]]))
        array([ True, False,  True])
    """
    raise NotImplementedError
