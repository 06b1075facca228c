"""Activations: what a neuron does with its weighted sum, and how the gradient passes back through it.

Every function here works elementwise on an array of any shape unless it says otherwise, returns a new array of the
input's dtype (float32 in, float32 out), leaves its arguments as they were, and stays finite and free of warnings for |x|
up to 10,000. Integers stand for the same numbers in float64 where the result is not whole.
"""

import numpy as np

LECUN_SCALE = 1.7159  # LeCun et al., "Efficient BackProp" (1998), section 4.4
LECUN_SLOPE = 2 / 3


def require(holds, message):
    """Raise ValueError(message) unless it holds. Given, as its calls are: refusing bad input is not the lesson here."""
    if not holds:
        raise ValueError(message)


def step(x):
    """Heaviside step: 1 where x > 0, else 0. A film rated 0.51 is watched, one rated 0.5 is not.

    Args:
        x: array of any shape.

    Returns:
        New array of x's shape and dtype, of zeros and ones; step(0) = 0. x stays as it was, and nothing warns.

    Example:
        >>> step(np.array([-2.0, 0.0, 0.3]))
        array([0., 0., 1.])
    """
    ### BEGIN SOLUTION
    return (x > 0).astype(x.dtype)
    ### END SOLUTION


def sigmoid(x):
    """Logistic function, 1 / (1 + exp(-x)), without overflow at either end.

    exp(1000) is infinite in float64. Hint: exp(-|x|) never overflows, and exp(x) / (1 + exp(x)) is the same function.

    Args:
        x: array of any shape.

    Returns:
        New array of x's shape and dtype (float64 for integers), values in [0, 1]; sigmoid(x) + sigmoid(-x) = 1.
        x stays as it was, and nothing warns.

    Source: torch.sigmoid.

    Example:
        >>> sigmoid(np.array([0.0, np.log(3.0)]))
        array([0.5 , 0.75])
    """
    ### BEGIN SOLUTION
    return np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x)))  # above the bar 1, or exp(x) where x < 0
    ### END SOLUTION


def tanh(x):
    """Hyperbolic tangent, (exp(x) - exp(-x)) / (exp(x) + exp(-x)): a sigmoid centred on zero.

    Args:
        x: array of any shape.

    Returns:
        New array of x's shape and dtype (float64 for integers), values in [-1, 1]. x stays as it was, and nothing
        warns.

    Source: torch.tanh. NumPy's own np.tanh may be used.

    Example:
        >>> tanh(np.array([0.0, np.log(2.0)]))
        array([0. , 0.6])
    """
    ### BEGIN SOLUTION
    return np.tanh(x)
    ### END SOLUTION


def lecun_tanh(x):
    """Scaled tanh, 1.7159 * tanh(2 x / 3): chosen so that f(1) is close to 1 and f(-1) to -1.

    It is tanh and not its inverse: "a * atanh(b x)", as some notes write it, is not even defined beyond 1 / b.

    Args:
        x: array of any shape.

    Returns:
        New array of x's shape and dtype (float64 for integers), values in [-1.7159, 1.7159]. x stays as it was,
        and nothing warns.

    Source: LeCun, Bottou, Orr, Mueller, "Efficient BackProp" (1998), section 4.4.

    Example:
        >>> np.round(lecun_tanh(np.array([-1.0, 0.0, 1.0])), 4)
        array([-1.,  0.,  1.])
    """
    ### BEGIN SOLUTION
    return LECUN_SCALE * np.tanh(LECUN_SLOPE * x)
    ### END SOLUTION


def relu(x):
    """Rectified linear unit, max(0, x).

    Args:
        x: array of any shape.

    Returns:
        New array of x's shape and dtype. x stays as it was, and nothing warns.

    Source: torch.relu.

    Example:
        >>> relu(np.array([-2.0, 0.0, 3.0]))
        array([0., 0., 3.])
    """
    ### BEGIN SOLUTION
    return np.maximum(x, 0)
    ### END SOLUTION


def leaky_relu(x, slope=0.01):
    """ReLU that leaks: x where x > 0, slope * x elsewhere, so that no unit falls silent for good.

    Args:
        x: array of any shape.
        slope: factor on the negative side; torch calls it negative_slope.

    Returns:
        New array of x's shape and dtype (float64 for integers). x stays as it was, and nothing warns.

    Source: torch.nn.functional.leaky_relu.

    Example:
        >>> leaky_relu(np.array([-2.0, 0.0, 3.0]), slope=0.1)
        array([-0.2,  0. ,  3. ])
    """
    ### BEGIN SOLUTION
    return np.where(x > 0, x, slope * x)
    ### END SOLUTION


def maxout(x, pieces):
    """Largest of several linear pieces, unit by unit.

    The columns of x are piece-major: first the D values of piece 0, then the D values of piece 1, and so on.

    Args:
        x: array (N, pieces * D).
        pieces: number of pieces that compete for each unit, at least 1.

    Returns:
        New array (N, D) of x's dtype: out[n, d] = max over p of x[n, p * D + d]. x stays as it was.

    Raises:
        ValueError: naming pieces, if it is below 1 or does not divide the number of columns.

    Source: Goodfellow et al., "Maxout Networks" (2013), section 3.

    Example:
        >>> maxout(np.array([[1.0, 5.0, 4.0, 2.0]]), pieces=2)
        array([[4., 5.]])
    """
    require(pieces >= 1, f"pieces must be at least 1, not {pieces}")
    require(x.shape[1] % pieces == 0, f"pieces must divide the {x.shape[1]} columns of x, which {pieces} does not")
    ### BEGIN SOLUTION
    n, columns = x.shape
    return x.reshape(n, pieces, columns // pieces).max(axis=1)
    ### END SOLUTION


def softmax(x, axis=-1):
    """Turn scores into probabilities along one axis: exp(x_i) / sum_j exp(x_j).

    exp overflows beyond 709. Hint: the result does not change when a constant is subtracted from all scores.

    Args:
        x: array of any shape.
        axis: the axis along which the probabilities add up to 1.

    Returns:
        New array of x's shape and dtype (float64 for integers). x stays as it was, and nothing warns.

    Raises:
        ValueError: naming axis, if x has no such axis.

    Source: torch.softmax.

    Example:
        >>> softmax(np.array([[0.0, np.log(3.0)]]))
        array([[0.25, 0.75]])
    """
    require(-x.ndim <= axis < x.ndim, f"axis must be one of the {x.ndim} axes of x, not {axis}")
    ### BEGIN SOLUTION
    weights = np.exp(x - x.max(axis=axis, keepdims=True))
    return weights / weights.sum(axis=axis, keepdims=True)
    ### END SOLUTION


def log_softmax(x, axis=-1):
    """Logarithm of the softmax, x_i - log(sum_j exp(x_j)), exact where the probability itself underflows to 0.

    Taking np.log of softmax(x) gives -inf there; subtract the maximum first and never take that logarithm.

    Args:
        x: array of any shape.
        axis: the axis of the scores.

    Returns:
        New array of x's shape and dtype (float64 for integers), values at most 0. x stays as it was, and nothing
        warns.

    Raises:
        ValueError: naming axis, if x has no such axis.

    Source: torch.log_softmax.

    Example:
        >>> np.exp(log_softmax(np.array([0.0, np.log(3.0)])))
        array([0.25, 0.75])
    """
    require(-x.ndim <= axis < x.ndim, f"axis must be one of the {x.ndim} axes of x, not {axis}")
    ### BEGIN SOLUTION
    shifted = x - x.max(axis=axis, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))
    ### END SOLUTION


def sigmoid_derivative(x):
    """Derivative of the sigmoid at x: s(x) * (1 - s(x)). Its largest value is 1/4, at x = 0.

    Args:
        x: the pre-activation, array of any shape (not the sigmoid's output).

    Returns:
        New array of x's shape and dtype (float64 for integers). x stays as it was, and nothing warns.

    Example:
        >>> sigmoid_derivative(np.array([0.0, np.log(3.0)]))
        array([0.25  , 0.1875])
    """
    ### BEGIN SOLUTION
    s = sigmoid(x)
    return s * (1 - s)
    ### END SOLUTION


def tanh_derivative(x):
    """Derivative of tanh at x: 1 - tanh(x)^2.

    Args:
        x: the pre-activation, array of any shape.

    Returns:
        New array of x's shape and dtype (float64 for integers). x stays as it was, and nothing warns.

    Example:
        >>> tanh_derivative(np.array([0.0, np.log(2.0)]))
        array([1.  , 0.64])
    """
    ### BEGIN SOLUTION
    return 1 - np.tanh(x) ** 2
    ### END SOLUTION


def lecun_tanh_derivative(x):
    """Derivative of 1.7159 * tanh(2 x / 3) at x: 1.7159 * (2 / 3) * (1 - tanh(2 x / 3)^2), by the chain rule.

    Args:
        x: the pre-activation, array of any shape.

    Returns:
        New array of x's shape and dtype (float64 for integers). x stays as it was, and nothing warns.

    Example:
        >>> np.round(lecun_tanh_derivative(np.array([0.0])), 6)
        array([1.143933])
    """
    ### BEGIN SOLUTION
    return LECUN_SCALE * LECUN_SLOPE * (1 - np.tanh(LECUN_SLOPE * x) ** 2)
    ### END SOLUTION


def relu_derivative(x):
    """Derivative of ReLU at x: 1 where x > 0, else 0. At x = 0 there is none; the convention is 0, as in torch.

    Args:
        x: the pre-activation, array of any shape.

    Returns:
        New array of x's shape and dtype. x stays as it was, and nothing warns.

    Example:
        >>> relu_derivative(np.array([-2.0, 0.0, 3.0]))
        array([0., 0., 1.])
    """
    ### BEGIN SOLUTION
    return (x > 0).astype(x.dtype)
    ### END SOLUTION


def leaky_relu_derivative(x, slope=0.01):
    """Derivative of the leaky ReLU at x: 1 where x > 0, else slope (at x = 0 too, as in torch).

    Args:
        x: the pre-activation, array of any shape.
        slope: factor on the negative side.

    Returns:
        New array of x's shape and dtype (float64 for integers). x stays as it was, and nothing warns.

    Example:
        >>> leaky_relu_derivative(np.array([-2.0, 0.0, 3.0]), slope=0.1)
        array([0.1, 0.1, 1. ])
    """
    ### BEGIN SOLUTION
    return np.where(x > 0, np.ones_like(x), slope)
    ### END SOLUTION


def softmax_backward(dout, out, axis=-1):
    """Gradient of the softmax for its input, given its output.

    With p = softmax(x), dp_i/dx_j = p_i (delta_ij - p_j). Summed against the upstream gradient:
    dx_j = p_j * (dout_j - sum_i dout_i p_i).

    Args:
        dout: upstream gradient, array of out's shape.
        out: what softmax returned.
        axis: the axis that softmax worked along.

    Returns:
        dx: new array of out's shape and dtype. dout and out stay as they were.

    Example:
        >>> softmax_backward(np.array([1.0, 0.0]), np.array([0.25, 0.75]))
        array([ 0.1875, -0.1875])
    """
    ### BEGIN SOLUTION
    return out * (dout - (dout * out).sum(axis=axis, keepdims=True))
    ### END SOLUTION


def maxout_backward(dout, x, pieces):
    """Gradient of maxout for its input: each unit's gradient goes to the piece that won; on a tie to the first.

    Args:
        dout: upstream gradient, array (N, D).
        x: the input of maxout, array (N, pieces * D), piece-major.
        pieces: number of pieces.

    Returns:
        dx: new array (N, pieces * D) of dout's dtype, zero where a piece lost. dout and x stay as they were.

    Example:
        >>> maxout_backward(np.array([[10.0, 20.0]]), np.array([[1.0, 5.0, 4.0, 2.0]]), pieces=2)
        array([[ 0., 20., 10.,  0.]])
    """
    ### BEGIN SOLUTION
    n, units = dout.shape
    winner = x.reshape(n, pieces, units).argmax(axis=1)
    won = np.arange(pieces)[:, None] == winner[:, None, :]
    return (won * dout[:, None, :]).reshape(x.shape)
    ### END SOLUTION


def dead_units(pre_activations):
    """ReLU units that are silent on the whole batch: no sample gives them a positive pre-activation.

    No gradient reaches the weights of such a unit, so it cannot come back by training on these samples.

    Args:
        pre_activations: array (N, D), what goes into the ReLU.

    Returns:
        Boolean array (D,): True where the unit is dead. The batch stays as it was.

    Example:
        >>> dead_units(np.array([[-1.0, 2.0, 0.0], [-3.0, -1.0, 0.0]]))
        array([ True, False,  True])
    """
    ### BEGIN SOLUTION
    return (pre_activations <= 0).all(axis=0)
    ### END SOLUTION
