"""Initialization: which weights training starts from, and what they do to a signal on its way through many layers.

Shapes are torch's: the weights of a linear layer are (out, in), those of a convolution (F, C, kH, kW), a bias is (out,).
A function that draws takes `rng`, a numpy Generator, and draws from nothing else: an equal rng gives equal weights.
Weights are new float64 arrays, and every weight is drawn by itself unless the docstring says otherwise.

A network is a list of weights and a list of biases, h_k = activation(h_{k-1} W_k^T + b_k) with h_0 = x, and the
activation comes after every layer, the last one too. x is (N, in). The functions that look at a network leave their
arguments as they were.
"""

import math

import numpy as np

ACTIVATIONS = ("linear", "sigmoid", "tanh", "relu")
WITH_A_GAIN = (*ACTIVATIONS, "leaky_relu")
MODES = ("fan_in", "fan_out")
IRNN_STD = 0.001  # of an IRNN's input weights, as Le, Jaitly and Hinton chose it


def require(holds, message):
    """Raise ValueError(message) unless it holds. Given, as its calls are: refusing bad input is not the lesson here."""
    if not holds:
        raise ValueError(message)


def require_fans(shape):
    """Raise ValueError unless a shape has at least two axes, out and in. Given."""
    require(len(shape) >= 2, f"shape must have at least 2 axes, out and in, not {tuple(shape)}")


def require_activation(activation, known=ACTIVATIONS):
    """Raise ValueError unless the activation is one of those known. Given."""
    require(activation in known, f"activation must be one of {', '.join(known)}, not {activation!r}")


def fans(shape):
    """How many numbers a unit is fed by, and how many units each of its inputs feeds.

    fan_in = in * (area of the kernel) and fan_out = out * (area of the kernel); a linear layer has no kernel. Keras
    keeps its weights the other way round, (in, out) and (kH, kW, C, F): mind the order when you read other code.

    Args:
        shape: tuple (out, in) or (F, C, kH, kW); any number of kernel axes may follow the first two.

    Returns:
        (fan_in, fan_out): two ints. Hint: math.prod of nothing is the int 1, np.prod's is the float 1.0.

    Raises:
        ValueError: naming shape, if it has fewer than 2 axes.

    Source: torch.nn.init, _calculate_fan_in_and_fan_out.

    Example:
        >>> fans((10, 4))
        (4, 10)
        >>> fans((16, 3, 5, 5))
        (75, 400)
    """
    require_fans(shape)
    ### BEGIN SOLUTION
    area = math.prod(shape[2:])
    return shape[1] * area, shape[0] * area
    ### END SOLUTION


def gain(activation, slope=0.01):
    """The factor on the weights' standard deviation that makes up for what an activation takes from the signal.

    1 for "linear" and "sigmoid", 5 / 3 for "tanh", sqrt(2) for "relu" (half of the variance is cut off), and
    sqrt(2 / (1 + slope^2)) for "leaky_relu".

    Args:
        activation: "linear", "sigmoid", "tanh", "relu" or "leaky_relu".
        slope: of the leaky ReLU, on its negative side; the others do not look at it.

    Returns:
        A number.

    Raises:
        ValueError: naming activation, if it is none of the five.

    Source: torch.nn.init.calculate_gain.

    Example:
        >>> gain("linear"), round(gain("relu"), 4), gain("leaky_relu", slope=1.0)
        (1.0, 1.4142, 1.0)
    """
    require_activation(activation, WITH_A_GAIN)
    ### BEGIN SOLUTION
    squared = {"tanh": 25 / 9, "relu": 2.0, "leaky_relu": 2 / (1 + slope**2)}
    return math.sqrt(squared.get(activation, 1.0))
    ### END SOLUTION


def uniform(shape, rng, low, high):
    """Weights that are equally likely to be anywhere from low to high.

    Args:
        shape: tuple of ints.
        rng: numpy Generator.
        low, high: the ends of the interval.

    Returns:
        New float64 array of this shape. An equal rng gives equal weights.

    Source: torch.nn.init.uniform_.

    Example:
        >>> w = uniform((2, 3), np.random.default_rng(0), 4.0, 5.0)
        >>> w.shape, bool(w.min() >= 4 and w.max() <= 5)
        ((2, 3), True)
    """
    ### BEGIN SOLUTION
    return rng.uniform(low, high, shape)
    ### END SOLUTION


def normal(shape, rng, std):
    """Weights from the normal distribution N(0, std^2): std is the standard deviation, not the variance.

    Args:
        shape: tuple of ints.
        rng: numpy Generator.
        std: the standard deviation, at least 0.

    Returns:
        New float64 array of this shape. An equal rng gives equal weights.

    Source: torch.nn.init.normal_.

    Example:
        >>> normal((2, 3), np.random.default_rng(0), 0.1).shape
        (2, 3)
    """
    ### BEGIN SOLUTION
    return std * rng.normal(size=shape)
    ### END SOLUTION


def xavier_uniform(shape, rng, gain=1.0):
    """Glorot's uniform initialization: from -a to a, with a = gain * sqrt(6 / (fan_in + fan_out)).

    A uniform variable on [-a, a] has the variance a^2 / 3, so this is gain^2 * 2 / (fan_in + fan_out): halfway between
    1 / fan_in, which keeps the signal's size on its way forwards, and 1 / fan_out, which keeps the gradient's.

    Args:
        shape: (out, in) or (F, C, kH, kW).
        rng: numpy Generator.
        gain: a number, as the function of this name gives it.

    Returns:
        New float64 array of this shape. An equal rng gives equal weights.

    Raises:
        ValueError: naming shape, if it has fewer than 2 axes.

    Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks" (2010), the
    "normalized initialization"; torch.nn.init.xavier_uniform_.

    Example:
        >>> w = xavier_uniform((4, 2), np.random.default_rng(0))  # a = sqrt(6 / 6) = 1
        >>> w.shape, bool(np.abs(w).max() <= 1)
        ((4, 2), True)
    """
    require_fans(shape)
    ### BEGIN SOLUTION
    bound = gain * math.sqrt(6 / sum(fans(shape)))
    return uniform(shape, rng, -bound, bound)
    ### END SOLUTION


def xavier_normal(shape, rng, gain=1.0):
    """Glorot's initialization with normal weights: mean 0, std = gain * sqrt(2 / (fan_in + fan_out)).

    Args:
        shape: (out, in) or (F, C, kH, kW).
        rng: numpy Generator.
        gain: a number, as the function of this name gives it.

    Returns:
        New float64 array of this shape. An equal rng gives equal weights.

    Raises:
        ValueError: naming shape, if it has fewer than 2 axes.

    Source: torch.nn.init.xavier_normal_, after Glorot and Bengio (2010), as above.

    Example:
        >>> w = xavier_normal((300, 500), np.random.default_rng(0))  # std = sqrt(2 / 800) = 0.05
        >>> round(float(w.std()), 3)
        0.05
    """
    require_fans(shape)
    ### BEGIN SOLUTION
    return normal(shape, rng, gain * math.sqrt(2 / sum(fans(shape))))
    ### END SOLUTION


def he_normal(shape, rng, mode="fan_in", slope=0.0):
    """He's initialization, for ReLU and its leaky kin: mean 0, std = sqrt(2 / ((1 + slope^2) * fan)).

    Args:
        shape: (out, in) or (F, C, kH, kW).
        rng: numpy Generator.
        mode: "fan_in" keeps the signal's size on its way forwards, "fan_out" the gradient's on its way back.
        slope: of the activation on its negative side; 0 is ReLU.

    Returns:
        New float64 array of this shape. An equal rng gives equal weights.

    Raises:
        ValueError: naming shape, if it has fewer than 2 axes; naming mode, if it is neither of the two.

    Source: He, Zhang, Ren, Sun, "Delving Deep into Rectifiers" (2015), section 2.2; torch.nn.init.kaiming_normal_ with
    nonlinearity="leaky_relu".

    Example:
        >>> w = he_normal((300, 200), np.random.default_rng(0))  # std = sqrt(2 / 200) = 0.1
        >>> round(float(w.std()), 2)
        0.1
    """
    require_fans(shape)
    require(mode in MODES, f"mode must be one of {', '.join(MODES)}, not {mode!r}")
    ### BEGIN SOLUTION
    fan = dict(zip(MODES, fans(shape), strict=True))[mode]
    return normal(shape, rng, gain("leaky_relu", slope) / math.sqrt(fan))
    ### END SOLUTION


def orthogonal(shape, rng, gain=1.0):
    """A random orthogonal matrix times the gain: it turns and mirrors its input, and stretches no direction.

    Weights of a convolution are flattened to (F, C * kH * kW) first. With at most as many rows as columns the rows are
    orthonormal, W W^T = gain^2 I; with more rows the columns are, W^T W = gain^2 I.

    Every such matrix must be equally likely. Take the QR decomposition of a matrix of normal variables that is not wider
    than it is tall, and multiply each column of Q by the sign of R's diagonal entry there: without that the decomposition
    itself chooses the signs, and the same ones each time.

    Args:
        shape: (out, in) or (F, C, kH, kW).
        rng: numpy Generator.
        gain: a number.

    Returns:
        New float64 array of this shape. An equal rng gives equal weights.

    Raises:
        ValueError: naming shape, if it has fewer than 2 axes.

    Source: Saxe, McClelland, Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear neural
    networks" (2014); the signs after Mezzadri, "How to generate random matrices from the classical compact groups"
    (2007); torch.nn.init.orthogonal_.

    Example:
        >>> w = orthogonal((2, 3), np.random.default_rng(0), gain=2.0)
        >>> np.round(w @ w.T, 12) + 0.0
        array([[4., 0.],
               [0., 4.]])
    """
    require_fans(shape)
    ### BEGIN SOLUTION
    rows, columns = shape[0], math.prod(shape[1:])
    q, r = np.linalg.qr(rng.normal(size=(max(rows, columns), min(rows, columns))))
    q *= gain * np.sign(np.diag(r))
    return (q if rows > columns else q.T).reshape(shape)
    ### END SOLUTION


def sparse(shape, nonzero, rng, std=1.0):
    """Martens' sparse initialization: each unit listens to a few inputs only, but to those with weights of full size.

    Each row has exactly `nonzero` weights that are not 0, at places that are drawn for each row by itself (every choice
    of inputs equally likely), with values from N(0, std^2). What reaches a unit thus does not depend on the fan.

    torch.nn.init.sparse_ is another one: it zeroes a share of each *column*, so that each input feeds the same number of
    units, and a unit may end up with any number of inputs.

    Args:
        shape: (out, in).
        nonzero: int, inputs of each unit, from 0 to in.
        rng: numpy Generator.
        std: the standard deviation of the weights that are not 0.

    Returns:
        New float64 array of this shape. An equal rng gives equal weights.

    Raises:
        ValueError: naming nonzero, if it is negative or larger than in.

    Source: Martens, "Deep learning via Hessian-free optimization" (2010).

    Example:
        >>> w = sparse((4, 6), 2, np.random.default_rng(0))
        >>> np.count_nonzero(w, axis=1)
        array([2, 2, 2, 2])
    """
    require(0 <= nonzero <= shape[1], f"nonzero must be from 0 to the {shape[1]} inputs of a unit, not {nonzero}")
    ### BEGIN SOLUTION
    places = rng.random(shape).argsort(axis=1)[:, :nonzero]
    w = np.zeros(shape)
    np.put_along_axis(w, places, normal(places.shape, rng, std), axis=1)
    return w
    ### END SOLUTION


def identity(rows, columns, scale=1.0):
    """Weights that hand their input on as it is: scale on the diagonal, 0 elsewhere.

    Args:
        rows, columns: ints; a matrix that is not square hands on as much as it has room for.
        scale: a number.

    Returns:
        New float64 array (rows, columns).

    Source: torch.nn.init.eye_.

    Example:
        >>> identity(2, 3, scale=0.5)
        array([[0.5, 0. , 0. ],
               [0. , 0.5, 0. ]])
    """
    ### BEGIN SOLUTION
    return scale * np.eye(rows, columns)
    ### END SOLUTION


def irnn(inputs, hidden, rng):
    """First weights of a recurrent network of ReLUs that neither forgets nor explodes: it copies its state.

    h_t = relu(x_t w_ih^T + b_ih + h_{t-1} w_hh^T + b_hh). w_hh is the identity, so that without input the state, and the
    gradient on its way back, stay what they are over any number of steps; w_ih is normal with mean 0 and *standard
    deviation* 0.001; both biases are 0.

    Args:
        inputs: int, length of x_t.
        hidden: int, length of h_t.
        rng: numpy Generator.

    Returns:
        (w_ih, w_hh, b_ih, b_hh): new float64 arrays (hidden, inputs), (hidden, hidden), (hidden,) and (hidden,). An
        equal rng gives equal weights.

    Source: Le, Jaitly, Hinton, "A Simple Way to Initialize Recurrent Networks of Rectified Linear Units" (2015); shapes
    and names of torch.nn.RNN.

    Example:
        >>> w_ih, w_hh, b_ih, b_hh = irnn(3, 2, np.random.default_rng(0))
        >>> w_ih.shape
        (2, 3)
        >>> w_hh
        array([[1., 0.],
               [0., 1.]])
    """
    ### BEGIN SOLUTION
    return normal((hidden, inputs), rng, IRNN_STD), identity(hidden, hidden), np.zeros(hidden), np.zeros(hidden)
    ### END SOLUTION


def distinct_units(w, b, decimals=10):
    """How many units of a layer differ from all the others: the number of different rows of [W, b].

    Units with the same weights and bias compute the same, get the same gradient, and stay twins for ever. Numbers are
    compared after rounding to `decimals` decimals; 0.0 and -0.0 are the same number.

    Args:
        w: array (out, in).
        b: array (out,).
        decimals: int, as of np.round.

    Returns:
        int, from 1 to out. w and b stay as they were.

    Example:
        >>> distinct_units(np.array([[1.0, 2.0], [1.0, 2.0], [1.0, 2.0]]), np.array([0.0, 0.0, 5.0]))
        2
    """
    ### BEGIN SOLUTION
    return len(np.unique(np.round(np.column_stack([w, b]), decimals), axis=0))
    ### END SOLUTION


def activation_statistics(weights, biases, x, activation):
    """How large the signal is after each layer, and how many units are dead there.

    Args:
        weights: list of L arrays (out, in).
        biases: list of L arrays (out,).
        x: array (N, in), a batch.
        activation: "linear", "sigmoid", "tanh" or "relu", after every layer. Hint: (1 + tanh(z / 2)) / 2 is a sigmoid
            that never overflows.

    Returns:
        (means, stds, dead): float arrays (L,), of what comes out of each layer's activation. Mean and standard deviation
        are taken over batch and units together, and the deviation is the population's (divided by the count, as np.std
        does). dead is the share of the layer's units that are 0 on the whole batch; for activations other than "relu"
        it is 0. All arguments stay as they were.

    Raises:
        ValueError: naming activation, if it is none of the four.

    Example:
        >>> w, b = np.array([[1.0], [3.0], [-1.0], [-2.0]]), np.zeros(4)
        >>> means, stds, dead = activation_statistics([w], [b], np.array([[1.0], [2.0]]), "relu")
        >>> means, dead  # the outputs are 1, 3, 0, 0 and 2, 6, 0, 0
        (array([1.5]), array([0.5]))
    """
    require_activation(activation)
    ### BEGIN SOLUTION
    activate = {
        "linear": np.positive,
        "sigmoid": lambda z: (1 + np.tanh(z / 2)) / 2,
        "tanh": np.tanh,
        "relu": lambda z: np.maximum(z, 0),
    }[activation]
    h, means, stds, dead = x, [], [], []
    for w, b in zip(weights, biases, strict=True):
        h = activate(h @ w.T + b)
        means.append(h.mean())
        stds.append(h.std())
        dead.append((h == 0).all(axis=0).mean() if activation == "relu" else 0.0)
    return np.array(means), np.array(stds), np.array(dead)
    ### END SOLUTION


def gradient_statistics(weights, biases, x, dout, activation):
    """How large the gradient is at each layer, on its way back from the output.

    With z_k = h_{k-1} W_k^T + b_k and h_k = activation(z_k), dz_k = dh_k * activation'(z_k) elementwise, and
    dh_{k-1} = dz_k W_k. relu'(0) = 0.

    Args:
        weights, biases, x, activation: as in activation_statistics.
        dout: array (N, out of the last layer), the gradient of the loss for h_L, what comes out of the last activation.

    Returns:
        Float array (L,): the standard deviation (the population's, over batch and units together) of dz_k, the gradient
        for what goes into each layer's activation; the layer next to the input first. All arguments stay as they were.

    Raises:
        ValueError: naming activation, if it is none of the four.

    Source: the gradients are torch.autograd's.

    Example:
        >>> w, b = [np.array([[2.0]]), np.array([[5.0]])], [np.zeros(1), np.zeros(1)]
        >>> gradient_statistics(w, b, np.array([[1.0], [1.0]]), np.array([[1.0], [3.0]]), "linear")
        array([5., 1.])
    """
    require_activation(activation)
    ### BEGIN SOLUTION
    activate = {
        "linear": np.positive,
        "sigmoid": lambda z: (1 + np.tanh(z / 2)) / 2,
        "tanh": np.tanh,
        "relu": lambda z: np.maximum(z, 0),
    }[activation]
    derivative = {
        "linear": np.ones_like,
        "sigmoid": lambda h: h * (1 - h),
        "tanh": lambda h: 1 - h**2,
        "relu": lambda h: h > 0,
    }[activation]
    hidden = [x]
    for w, b in zip(weights, biases, strict=True):
        hidden.append(activate(hidden[-1] @ w.T + b))
    dh, stds = dout, []
    for w, h in zip(weights[::-1], hidden[:0:-1], strict=True):
        dz = dh * derivative(h)
        stds.insert(0, dz.std())
        dh = dz @ w
    return np.array(stds)
    ### END SOLUTION


def lsuv(weights, biases, x, activation, tolerance=0.01, max_iter=10):
    """Layer-sequential unit variance: scale the weights, layer by layer, until every pre-activation has variance 1.

    The variance is the population's, over batch and units together, of z_k = h_{k-1} W_k^T + b_k, what goes *into* the
    activation. While it is off 1 by `tolerance` or more, W_k is divided by the standard deviation of z_k, at most
    max_iter times. Then h_k is computed with the new W_k, and the next layer is scaled for that. Biases do not change.

    In the paper the weights are orthogonal to begin with; here they are taken as they come. No layer's z_k may be
    constant over batch and units.

    Args:
        weights, biases, x, activation: as in activation_statistics.
        tolerance: a positive number.
        max_iter: int, divisions of a layer's weights at most.

    Returns:
        List of L new arrays, each a positive multiple of the given one, of its dtype (float32 in, float32 out). All
        arguments stay as they were.

    Raises:
        ValueError: naming activation, if it is none of the four.

    Source: Mishkin, Matas, "All you need is a good init" (2016), algorithm 1.

    Example:
        >>> lsuv([np.array([[10.0]])], [np.zeros(1)], np.array([[-0.5], [0.5]]), "tanh")  # z is -5 and 5: variance 25
        [array([[2.]])]
    """
    require_activation(activation)
    ### BEGIN SOLUTION
    activate = {
        "linear": np.positive,
        "sigmoid": lambda z: (1 + np.tanh(z / 2)) / 2,
        "tanh": np.tanh,
        "relu": lambda z: np.maximum(z, 0),
    }[activation]
    h, scaled = x, []
    for w, b in zip(weights, biases, strict=True):
        scaled.append(w.copy())
        z = h @ w.T + b
        for _ in range(max_iter):
            if abs(z.var() - 1) < tolerance:
                break
            scaled[-1] /= z.std()
            z = h @ scaled[-1].T + b
        h = activate(z)
    return scaled
    ### END SOLUTION
