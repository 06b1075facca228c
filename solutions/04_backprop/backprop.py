"""Backpropagation by hand: a linear layer and its gradient, the check of a gradient, and a network that learns.

Shapes are torch's: a batch x is (N, in), a weight W is (out, in), a bias b is (out,). The gradient of the loss for an
array is called d plus its name (dx, dW, db) and has that array's shape; dout is the gradient for a layer's output, as
it comes from the layer above. Results are new arrays of the inputs' dtype (float32 in, float32 out), and every function
leaves its arguments as they were.
"""

import numpy as np

ACTIVATIONS = ("sigmoid", "tanh", "relu")
SMALLEST_SIZE = 1e-8  # relative_error: below this, |a| + |b| counts as noise


def require(holds, message):
    """Raise ValueError(message) unless it holds. Given, as its calls are: refusing bad input is not the lesson here."""
    if not holds:
        raise ValueError(message)


def linear_forward(x, W, b):
    """Linear layer: every output is a weighted sum of the inputs plus a bias, out = x W^T + b.

    Args:
        x: array (N, in), a batch of N inputs.
        W: array (out, in), one row of weights for each output.
        b: array (out,).

    Returns:
        out: new array (N, out), out[n, o] = sum over i of x[n, i] * W[o, i], plus b[o], of the inputs' dtype (float32
            in, float32 out). x, W and b stay as they were.
        cache: whatever linear_backward will need; yours to choose.

    Raises:
        ValueError: naming W, if it does not have as many columns as x; naming b, if its shape is not (out,).

    Source: torch.nn.functional.linear.

    Example:
        >>> out, cache = linear_forward(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]]), np.array([0.5]))
        >>> out
        array([[11.5]])
    """
    require(W.shape[1] == x.shape[1], f"W must have the {x.shape[1]} columns of x, but its shape is {W.shape}")
    require(b.shape == W.shape[:1], f"b must have the shape {W.shape[:1]}, not {b.shape}")
    ### BEGIN SOLUTION
    return x @ W.T + b, (x, W)
    ### END SOLUTION


def linear_backward(dout, cache):
    """Gradients of the linear layer, given the gradient for its output.

    W[o, i] meets x[n, i] in out[n, o] and nowhere else, so by the chain rule
    dx[n, i] = sum_o dout[n, o] W[o, i],   dW[o, i] = sum_n dout[n, o] x[n, i],   db[o] = sum_n dout[n, o].

    Args:
        dout: upstream gradient, array (N, out).
        cache: what linear_forward returned beside its output.

    Returns:
        (dx, dW, db): new arrays (N, in), (out, in) and (out,), of the inputs' dtype (float32 in, float32 out). The sums
        over the batch are sums, not means: a loss that averages has its 1/N in dout already. dout and what is in the
        cache stay as they were.

    Source: torch.nn.functional.linear, as differentiated by torch.autograd.

    Example:
        >>> out, cache = linear_forward(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]]), np.array([0.5]))
        >>> dx, dW, db = linear_backward(np.array([[10.0]]), cache)
        >>> dx, dW, db
        (array([[30., 40.]]), array([[10., 20.]]), array([10.]))
    """
    ### BEGIN SOLUTION
    x, W = cache
    return dout @ W, dout.T @ x, dout.sum(axis=0)
    ### END SOLUTION


def numerical_gradient(f, x, eps=1e-5):
    """Gradient of f at x by central differences, one entry of x at a time.

    grad[i] = (f(x + eps e_i) - f(x - eps e_i)) / (2 eps), where e_i is 1 at entry i and 0 elsewhere. By Taylor's
    formula the error is eps^2 / 6 times the third derivative; the one-sided (f(x + eps e_i) - f(x)) / eps would be off
    by eps / 2 times the second.

    Args:
        f: function of an array of x's shape that returns one number.
        x: array of any shape. Integers stand for the same numbers in float64. It may be changed on the way, but when
            the function returns every entry must be what it was, bit for bit.
        eps: how far each entry is moved, up and down.

    Returns:
        grad: float64 array of x's shape.

    Raises:
        ValueError: naming eps, if it is not positive.

    Source: CS231n notes, "Neural Networks Part 3", section "Gradient Checks".

    Example:
        >>> numerical_gradient(lambda x: float(x[0] ** 3 + 5 * x[1]), np.array([2.0, 7.0]), eps=1.0)
        array([13.,  5.])
    """
    require(eps > 0, f"eps must be positive, not {eps}")
    ### BEGIN SOLUTION
    grad = np.empty(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = eps
        grad[index] = (f(x + step) - f(x - step)) / (2 * eps)
    return grad
    ### END SOLUTION


def relative_error(a, b):
    """How far two gradients are apart, for their size: the largest |a - b| / max(1e-8, |a| + |b|) of all entries.

    Each entry is compared with its own partner: 0 means equal, 1 is the worst (opposite signs, or one of them zero).
    The floor of 1e-8 keeps 0 against 0 at 0. Below 1e-7 a smooth gradient is right; above 1e-2 it is wrong.

    Args:
        a, b: arrays of one shape.

    Returns:
        A number, at least 0, without a warning for 0 against 0. NaN if a or b holds NaN, which must not pass for a small
        error. a and b stay as they were.

    Raises:
        ValueError: naming b, if its shape is not a's (broadcasting would compare each entry with all the others).

    Source: CS231n notes, "Neural Networks Part 3", section "Gradient Checks"; the floor as in its assignments.

    Example:
        >>> relative_error(np.array([1.0, 0.0, 3.0]), np.array([1.0, 0.0, 5.0]))
        0.25
    """
    require(b.shape == a.shape, f"b must have a's shape {a.shape}, not {b.shape}")
    ### BEGIN SOLUTION
    return float(np.max(np.abs(a - b) / np.maximum(SMALLEST_SIZE, np.abs(a) + np.abs(b))))
    ### END SOLUTION


def momentum_update(w, grad, previous_change, lr, momentum):
    """One step downhill that remembers the last one: change = momentum * previous_change - lr * grad, w + change.

    Args:
        w: parameter, array of any shape.
        grad: gradient of the loss for w, of w's shape. The loss falls *against* it, hence the minus.
        previous_change: what the step before added to w; zeros at the start.
        lr: learning rate, at least 0.
        momentum: share of the previous change that is kept, at least 0; 0 is plain gradient descent.

    Returns:
        (w, change): two new arrays of w's shape and dtype (float32 in, float32 out); the three that came in stay as
        they were.

    Raises:
        ValueError: naming lr or momentum, if it is negative.

    Source: Rumelhart, Hinton, Williams, "Learning representations by back-propagating errors" (1986). With a constant
    lr it takes the steps of torch.optim.SGD(lr, momentum), whose buffer is -change / lr.

    Example:
        >>> momentum_update(np.array([1.0]), np.array([2.0]), np.array([0.5]), lr=0.25, momentum=0.5)
        (array([0.75]), array([-0.25]))
    """
    require(lr >= 0, f"lr must be at least 0, not {lr}")
    require(momentum >= 0, f"momentum must be at least 0, not {momentum}")
    ### BEGIN SOLUTION
    change = momentum * previous_change - lr * grad
    return w + change, change
    ### END SOLUTION


class MLP:
    """Multi-layer perceptron: linear layers with an activation after each but the last.

    h_0 = x,   z_k = h_{k-1} W_k^T + b_k,   h_k = activation(z_k),   out = z_L (no activation on the last layer).

    The weights are drawn from a normal distribution with mean 0 and the standard deviation
        sqrt(2 / fan_in)               for "relu" (He),
        sqrt(2 / (fan_in + fan_out))   for "sigmoid" and "tanh" (Xavier),
    in every layer, the last one too; W_k is (fan_out, fan_in) = (sizes[k], sizes[k - 1]). The biases start at 0. Two
    networks share nothing.

    Args:
        sizes: list or tuple of at least two ints, from the number of inputs to the number of outputs.
        activation: "sigmoid", "tanh" or "relu".
        rng: numpy Generator, the only source of randomness.

    Attributes:
        params: list of arrays [W1, b1, W2, b2, ...], the one home of the weights: forward, backward and fit use the
            arrays that are in this list at the time.

    Raises:
        ValueError: naming activation, if it is none of the three.

    Source: torch.nn.init.kaiming_normal_ (nonlinearity="relu"), after He et al., "Delving Deep into Rectifiers" (2015);
    torch.nn.init.xavier_normal_ (gain 1), after Glorot and Bengio, "Understanding the difficulty of training deep
    feedforward neural networks" (2010).

    Example:
        >>> mlp = MLP([4, 3, 2], "tanh", np.random.default_rng(0))
        >>> [p.shape for p in mlp.params]
        [(3, 4), (3,), (2, 3), (2,)]
    """

    def __init__(self, sizes, activation, rng):
        require(activation in ACTIVATIONS, f"activation must be one of {', '.join(ACTIVATIONS)}, not {activation!r}")
        ### BEGIN SOLUTION
        self.activation = activation
        self.params = []
        for k in range(1, len(sizes)):
            fan_in, fan_out = sizes[k - 1], sizes[k]
            variance = 2 / fan_in if activation == "relu" else 2 / (fan_in + fan_out)
            self.params += [rng.normal(scale=np.sqrt(variance), size=(fan_out, fan_in)), np.zeros(fan_out)]
        ### END SOLUTION

    def forward(self, x):
        """Output of the network; what backward will need of it is remembered in the object.

        The sigmoid must stay finite and silent for large |z| too: (1 + tanh(z / 2)) / 2 is the same function.

        Args:
            x: array (N, sizes[0]).

        Returns:
            out: array (N, sizes[-1]), the last layer's weighted sums. x stays as it was.

        Example:
            >>> mlp = MLP([3, 2], "relu", np.random.default_rng(0))
            >>> mlp.forward(np.zeros((5, 3))).shape
            (5, 2)
        """
        ### BEGIN SOLUTION
        activate = {"sigmoid": lambda z: (1 + np.tanh(z / 2)) / 2, "tanh": np.tanh, "relu": lambda z: np.maximum(z, 0)}
        out, self._caches, self._hidden = x, [], []
        for W, b in zip(self.params[::2], self.params[1::2], strict=True):
            if self._caches:  # an activation comes before every linear map but the first
                out = activate[self.activation](out)
                self._hidden.append(out)
            out, cache = linear_forward(out, W, b)
            self._caches.append(cache)
        return out
        ### END SOLUTION

    def backward(self, dout):
        """Gradients of sum(dout * out) for all parameters, at the input of the latest forward.

        From the last layer to the first: dW_k and db_k are the linear layer's; dh_{k-1} = dz_k W_k, and the activation
        lets through dz_{k-1} = dh_{k-1} * activation'(z_{k-1}), elementwise. relu'(0) = 0, as in torch.

        Args:
            dout: upstream gradient, array (N, sizes[-1]).

        Returns:
            List of arrays, the gradients in the order (and of the shapes) of params. dout stays as it was.

        Example:
            >>> mlp = MLP([2, 1], "tanh", np.random.default_rng(0))
            >>> out = mlp.forward(np.array([[3.0, 4.0]]))
            >>> mlp.backward(np.array([[10.0]]))
            [array([[30., 40.]]), array([10.])]
        """
        ### BEGIN SOLUTION
        slope = {"sigmoid": lambda h: h * (1 - h), "tanh": lambda h: 1 - h**2, "relu": lambda h: h > 0}
        grads = []
        for k in reversed(range(len(self._caches))):
            dh, dW, db = linear_backward(dout, self._caches[k])
            grads = [dW, db, *grads]
            if k > 0:
                dout = dh * slope[self.activation](self._hidden[k - 1])
        self._weight_grads = grads[::2]
        return grads
        ### END SOLUTION

    def gradient_norms(self):
        """How much gradient reached each layer in the latest backward: sqrt(sum of dW_k^2), the Frobenius norm.

        Returns:
            List of floats, one for each layer, the layer next to the input first.

        Example:
            >>> mlp = MLP([2, 1], "tanh", np.random.default_rng(0))
            >>> out = mlp.forward(np.array([[3.0, 4.0]]))
            >>> grads = mlp.backward(np.array([[10.0]]))
            >>> mlp.gradient_norms()
            [50.0]
        """
        ### BEGIN SOLUTION
        return [float(np.linalg.norm(dW)) for dW in self._weight_grads]
        ### END SOLUTION

    def fit(self, X, y, epochs, lr, momentum, batch_size, rng):
        """Train the network to give each row its class, by minibatch gradient descent on the softmax cross-entropy.

        In every epoch the rows are shuffled and cut into minibatches of batch_size rows, the last one shorter if need
        be. For a minibatch of B rows with p = softmax(out) and one-hot targets t, the loss is the mean of
        -log p[n, y_n], its gradient is dout = (p - t) / B, and each parameter takes a momentum_update. The changes
        start from zeros and live on from minibatch to minibatch, from epoch to epoch.

        Args:
            X: array (N, sizes[0]).
            y: int array (N,), classes from 0 to sizes[-1] - 1.
            epochs: how many times every row is used.
            lr, momentum: as in momentum_update.
            batch_size: rows in a minibatch, at least 1; N or more means all rows at once.
            rng: numpy Generator that shuffles.

        Returns:
            losses: list of floats, one for each epoch: the mean over all N rows of -log p[n, y_n], each with the
            parameters as they were when the row's minibatch came. They stay finite, and nothing warns, for logits and
            weighted sums of 10,000 too. X and y stay as they were.

        Raises:
            ValueError: naming batch_size, if it is below 1; naming y, if it holds a class that does not exist.

        Source: torch.nn.functional.cross_entropy for the loss.

        Example:
            >>> mlp = MLP([1, 2], "tanh", np.random.default_rng(0))
            >>> losses = mlp.fit(np.array([[-1.0], [1.0]]), np.array([0, 1]), 50, 1.0, 0.5, 2, np.random.default_rng(1))
            >>> mlp.forward(np.array([[-2.0], [0.5]])).argmax(axis=1)
            array([0, 1])
        """
        require(batch_size >= 1, f"batch_size must be at least 1, not {batch_size}")
        require(y.min() >= 0 and y.max() < len(self.params[-1]), f"y must hold classes that exist, not {y}")
        ### BEGIN SOLUTION
        losses, changes = [], [np.zeros(p.shape, p.dtype) for p in self.params]
        for _ in range(epochs):
            order, total = rng.permutation(len(X)), 0.0
            for start in range(0, len(X), batch_size):
                rows = order[start : start + batch_size]
                logits = self.forward(X[rows])
                shifted = logits - logits.max(axis=1, keepdims=True)  # exp cannot overflow now
                log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
                labelled = np.arange(len(rows)), y[rows]
                total -= log_p[labelled].sum()
                dout = np.exp(log_p)
                dout[labelled] -= 1
                for k, grad in enumerate(self.backward(dout / len(rows))):
                    self.params[k], changes[k] = momentum_update(self.params[k], grad, changes[k], lr, momentum)
            losses.append(float(total / len(X)))
        return losses
        ### END SOLUTION
