"""Optimizers: what to do with a gradient once it is there.

An optimizer is an object with one method, step(params, grads). params is a list of float arrays of any shapes, grads a
list of their gradients, in the same order and shapes. step writes the new values INTO the arrays of params (param -=
..., not param = param - ...), so that whoever else holds them sees them move; grads stay as they were, nothing is
returned.

What an optimizer remembers from step to step belongs to the object, and within it to a place in the list: params[k] is
the same parameter in every step, with a memory of its own, though it need not be the same array object. All memories
start from zeros. In the formulas g is the gradient of one parameter w, and everything is elementwise.
"""

import numpy as np

ARMIJO = 1e-4  # lbfgs_minimize: the share of the promised descent that a step must keep
LEAST_STEP = 1e-12  # lbfgs_minimize: below this share of the direction, rounding hides any descent


def require(holds, message):
    """Raise ValueError(message) unless it holds. Given, as its calls are: refusing bad input is not the lesson here."""
    if not holds:
        raise ValueError(message)


def require_rates(**rates):
    """Raise ValueError unless each of these settings is at least 0. Given."""
    for name, value in rates.items():
        require(value >= 0, f"{name} must be at least 0, not {value}")


def require_gradients(params, grads):
    """Raise ValueError unless there is one gradient for each parameter, of its shape. Given."""
    shapes = [grad.shape for grad in grads]
    require(shapes == [param.shape for param in params], f"grads must have the shapes of params, but they are {shapes}")


def minibatches(X, y, batch_size, rng):
    """Cut the rows into minibatches in random order: one epoch, in which every row comes exactly once.

    Args:
        X: array (N, ...), one input a row; the rows may have any shape.
        y: array (N, ...), the target of each row.
        batch_size: rows in a minibatch, at least 1. The last one holds what is left, at most batch_size rows.
        rng: numpy Generator, the only source of randomness; every order of the rows is equally likely.

    Returns:
        List of pairs (X_batch, y_batch), new arrays of the dtypes of X and y. Rows and targets stay together, X and y
        stay as they were.

    Raises:
        ValueError: naming batch_size, if it is below 1; naming y, if it has not as many rows as X.

    Source: torch.utils.data.DataLoader(shuffle=True, drop_last=False).

    Example:
        >>> batches = minibatches(np.arange(5.0), np.arange(5) * 10, 2, np.random.default_rng(0))
        >>> [len(rows) for rows, targets in batches]
        [2, 2, 1]
    """
    require(batch_size >= 1, f"batch_size must be at least 1, not {batch_size}")
    require(len(y) == len(X), f"y must have the {len(X)} rows of X, not {len(y)}")
    ### BEGIN SOLUTION
    order = rng.permutation(len(X))
    groups = [order[start : start + batch_size] for start in range(0, len(X), batch_size)]
    return [(X[rows], y[rows]) for rows in groups]
    ### END SOLUTION


class SGD:
    """Stochastic gradient descent, with momentum, Nesterov's look ahead and weight decay.

    g = g + weight_decay * w,   b = momentum * b + g,   w = w - lr * b                       (momentum)
                                                        w = w - lr * (g + momentum * b)      (nesterov, with the new b)

    Args:
        lr: learning rate, at least 0.
        momentum: share of the buffer b that is kept, at least 0; with 0 it is plain gradient descent.
        nesterov: True looks ahead, to where the momentum will carry.
        weight_decay: at least 0; the gradient of weight_decay / 2 * w^2 joins g, and with it the buffer.

    Raises:
        ValueError: naming lr, momentum or weight_decay, if it is negative; naming nesterov, if it is True while
            momentum is 0.

    Source: torch.optim.SGD (dampening 0); Nesterov's momentum in this form after Sutskever, Martens, Dahl, Hinton, "On
    the importance of initialization and momentum in deep learning" (2013), with b = -v / lr.

    Example:
        >>> w = np.array([1.0])
        >>> sgd = SGD(lr=0.1, momentum=0.5)
        >>> sgd.step([w], [np.array([4.0])])
        >>> sgd.step([w], [np.array([2.0])])
        >>> np.round(w, 10)
        array([0.2])
    """

    def __init__(self, lr, momentum=0.0, nesterov=False, weight_decay=0.0):
        require_rates(lr=lr, momentum=momentum, weight_decay=weight_decay)
        require(momentum > 0 or not nesterov, "nesterov=True needs a momentum above 0 to look ahead along, not 0")
        ### BEGIN SOLUTION
        self.lr, self.momentum, self.nesterov, self.weight_decay = lr, momentum, nesterov, weight_decay
        self._buffers = None
        ### END SOLUTION

    def step(self, params, grads):
        """Update params in place; grads, and the memories of other optimizers, stay as they were: see the top of this file.

        Args:
            params, grads: lists of arrays, one gradient for each parameter, of its shape.

        Raises:
            ValueError: naming grads, if its shapes are not those of params, one for one.
        """
        require_gradients(params, grads)
        ### BEGIN SOLUTION
        if self._buffers is None:
            self._buffers = [np.zeros_like(param) for param in params]
        for param, grad, buffer in zip(params, grads, self._buffers, strict=True):
            slope = grad + self.weight_decay * param
            buffer *= self.momentum
            buffer += slope
            param -= self.lr * (slope + self.momentum * buffer if self.nesterov else buffer)
        ### END SOLUTION


class Adagrad:
    """A learning rate for every single weight, which falls as its squared gradients add up.

    total = total + g^2,   w = w - lr * g / (sqrt(total) + eps)

    Args:
        lr: learning rate, at least 0.
        eps: keeps the division from 0 / 0; it is added to the root, not under it.

    Raises:
        ValueError: naming lr, if it is negative.

    Source: torch.optim.Adagrad; Duchi, Hazan, Singer, "Adaptive Subgradient Methods for Online Learning and Stochastic
    Optimization" (2011), with the diagonal matrix.

    Example:
        >>> w = np.array([1.0, 1.0])
        >>> Adagrad(lr=0.5).step([w], [np.array([3.0, -0.001])])
        >>> np.round(w, 4)
        array([0.5, 1.5])
    """

    def __init__(self, lr=0.01, eps=1e-10):
        require_rates(lr=lr)
        ### BEGIN SOLUTION
        self.lr, self.eps = lr, eps
        self._totals = None
        ### END SOLUTION

    def step(self, params, grads):
        """Update params in place; grads, and the memories of other optimizers, stay as they were: see the top of this file.

        Args:
            params, grads: lists of arrays, one gradient for each parameter, of its shape.

        Raises:
            ValueError: naming grads, if its shapes are not those of params, one for one.
        """
        require_gradients(params, grads)
        ### BEGIN SOLUTION
        if self._totals is None:
            self._totals = [np.zeros_like(param) for param in params]
        for param, grad, total in zip(params, grads, self._totals, strict=True):
            total += grad**2
            param -= self.lr * grad / (np.sqrt(total) + self.eps)
        ### END SOLUTION


class RMSprop:
    """Adagrad that forgets: a running average in the place of the sum, so that the steps need not die out.

    v = alpha * v + (1 - alpha) * g^2,   w = w - lr * g / (sqrt(v) + eps)

    Args:
        lr: learning rate, at least 0.
        alpha: share of the average v that is kept, from 0 to 1.
        eps: added to the root, not under it.

    Raises:
        ValueError: naming lr, if it is negative; naming alpha, if it is not from 0 to 1.

    Source: torch.optim.RMSprop; Tieleman and Hinton, "Neural Networks for Machine Learning", lecture 6.5 (2012).

    Example:
        >>> w = np.array([1.0])
        >>> RMSprop(lr=0.5, alpha=0.75).step([w], [np.array([4.0])])
        >>> np.round(w, 6)
        array([0.])
    """

    def __init__(self, lr=0.01, alpha=0.99, eps=1e-8):
        require_rates(lr=lr)
        require(0 <= alpha <= 1, f"alpha must be from 0 to 1, not {alpha}")
        ### BEGIN SOLUTION
        self.lr, self.alpha, self.eps = lr, alpha, eps
        self._averages = None
        ### END SOLUTION

    def step(self, params, grads):
        """Update params in place; grads, and the memories of other optimizers, stay as they were: see the top of this file.

        Args:
            params, grads: lists of arrays, one gradient for each parameter, of its shape.

        Raises:
            ValueError: naming grads, if its shapes are not those of params, one for one.
        """
        require_gradients(params, grads)
        ### BEGIN SOLUTION
        if self._averages is None:
            self._averages = [np.zeros_like(param) for param in params]
        for param, grad, v in zip(params, grads, self._averages, strict=True):
            v *= self.alpha
            v += (1 - self.alpha) * grad**2
            param -= self.lr * grad / (np.sqrt(v) + self.eps)
        ### END SOLUTION


class Adadelta:
    """Steps measured by the steps before them: no learning rate has to be found, lr = 1 will do.

    v = rho * v + (1 - rho) * g^2,   delta = sqrt(u + eps) / sqrt(v + eps) * g   (the new v, the old u),
    u = rho * u + (1 - rho) * delta^2,   w = w - lr * delta

    Here eps stands under both roots: u starts at 0, and without eps no first step would ever be taken.

    Args:
        lr: factor on every step, at least 0; u does not see it.
        rho: share of the averages u and v that is kept, from 0 to 1.
        eps: added under the roots.

    Raises:
        ValueError: naming lr, if it is negative; naming rho, if it is not from 0 to 1.

    Source: torch.optim.Adadelta; Zeiler, "ADADELTA: An Adaptive Learning Rate Method" (2012), algorithm 1.

    Example:
        >>> w = np.array([10.0])
        >>> Adadelta(lr=0.5, rho=0.625, eps=1.0).step([w], [np.array([8.0])])
        >>> np.round(w, 10)
        array([9.2])
    """

    def __init__(self, lr=1.0, rho=0.9, eps=1e-6):
        require_rates(lr=lr)
        require(0 <= rho <= 1, f"rho must be from 0 to 1, not {rho}")
        ### BEGIN SOLUTION
        self.lr, self.rho, self.eps = lr, rho, eps
        self._averages = None
        ### END SOLUTION

    def step(self, params, grads):
        """Update params in place; grads, and the memories of other optimizers, stay as they were: see the top of this file.

        Args:
            params, grads: lists of arrays, one gradient for each parameter, of its shape.

        Raises:
            ValueError: naming grads, if its shapes are not those of params, one for one.
        """
        require_gradients(params, grads)
        ### BEGIN SOLUTION
        if self._averages is None:
            self._averages = [(np.zeros_like(param), np.zeros_like(param)) for param in params]
        for param, grad, (u, v) in zip(params, grads, self._averages, strict=True):
            v *= self.rho
            v += (1 - self.rho) * grad**2
            delta = np.sqrt(u + self.eps) / np.sqrt(v + self.eps) * grad
            u *= self.rho
            u += (1 - self.rho) * delta**2
            param -= self.lr * delta
        ### END SOLUTION


class Adam:
    """Adaptive moment estimation: momentum over RMSprop, with the averages' bias towards their start undone.

    m = beta1 * m + (1 - beta1) * g,   v = beta2 * v + (1 - beta2) * g^2,   and in step t = 1, 2, 3, ...
    w = w - lr * m_hat / (sqrt(v_hat) + eps),   m_hat = m / (1 - beta1^t),   v_hat = v / (1 - beta2^t)

    Args:
        lr: learning rate, at least 0.
        betas: pair (beta1, beta2), the shares of m and v that are kept, each from 0 to below 1.
        eps: added to the root of v_hat, not under it.

    Raises:
        ValueError: naming lr, if it is negative; naming betas, if one of them is not from 0 to below 1.

    Source: torch.optim.Adam; Kingma and Ba, "Adam: A Method for Stochastic Optimization" (2015), algorithm 1.

    Example:
        >>> w = np.array([1.0, 1.0])
        >>> Adam(lr=0.1).step([w], [np.array([2.0, -500.0])])
        >>> np.round(w, 6)
        array([0.9, 1.1])
    """

    def __init__(self, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        require_rates(lr=lr)
        require(all(0 <= beta < 1 for beta in betas), f"betas must each be from 0 to below 1, not {betas}")
        ### BEGIN SOLUTION
        self.lr, self.betas, self.eps = lr, betas, eps
        self._moments, self._t = None, 0
        ### END SOLUTION

    def step(self, params, grads):
        """Update params in place; grads, and the memories of other optimizers, stay as they were: see the top of this file.

        Args:
            params, grads: lists of arrays, one gradient for each parameter, of its shape.

        Raises:
            ValueError: naming grads, if its shapes are not those of params, one for one.
        """
        require_gradients(params, grads)
        ### BEGIN SOLUTION
        if self._moments is None:
            self._moments = [(np.zeros_like(param), np.zeros_like(param)) for param in params]
        self._t += 1
        beta1, beta2 = self.betas
        for param, grad, (m, v) in zip(params, grads, self._moments, strict=True):
            m *= beta1
            m += (1 - beta1) * grad
            v *= beta2
            v += (1 - beta2) * grad**2
            m_hat, v_hat = m / (1 - beta1**self._t), v / (1 - beta2**self._t)
            param -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)
        ### END SOLUTION


class AdamW:
    """Adam with decoupled weight decay: the weights shrink by themselves, the moments m and v see nothing of it.

    w = w - lr * weight_decay * w - lr * m_hat / (sqrt(v_hat) + eps),   with the same w, from before the step, in both

    In Adam, a decay that joins the gradient is divided by sqrt(v_hat): weights with large gradients hardly decay.

    Args:
        lr, betas, eps: as in Adam.
        weight_decay: at least 0. As in torch, it works times lr; the paper has a schedule in the place of that lr.

    Raises:
        ValueError: naming lr or weight_decay, if it is negative; naming betas, as in Adam.

    Source: torch.optim.AdamW; Loshchilov and Hutter, "Decoupled Weight Decay Regularization" (2019), algorithm 2.

    Example:
        >>> w = np.array([10.0, 10.0])
        >>> AdamW(lr=0.5, weight_decay=0.2).step([w], [np.array([2.0, -500.0])])
        >>> np.round(w, 6)
        array([8.5, 9.5])
    """

    def __init__(self, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        require_rates(lr=lr, weight_decay=weight_decay)
        require(all(0 <= beta < 1 for beta in betas), f"betas must each be from 0 to below 1, not {betas}")
        ### BEGIN SOLUTION
        self._share = lr * weight_decay  # of itself, that a weight loses in a step
        self._adam = Adam(lr, betas, eps)
        ### END SOLUTION

    def step(self, params, grads):
        """Update params in place; grads, and the memories of other optimizers, stay as they were: see the top of this file.

        Args:
            params, grads: lists of arrays, one gradient for each parameter, of its shape.

        Raises:
            ValueError: naming grads, if its shapes are not those of params, one for one.
        """
        require_gradients(params, grads)
        ### BEGIN SOLUTION
        decays = [self._share * param for param in params]
        self._adam.step(params, grads)
        for param, decay in zip(params, decays, strict=True):
            param -= decay
        ### END SOLUTION


def lbfgs_direction(grad, s_history, y_history):
    """Where to go next: -H grad, with the inverse Hessian H estimated from the latest steps (two-loop recursion).

    A step s that changed the gradient by y = A s tells of the curvature A along s. BFGS starts from H = gamma I, with
    gamma = (s . y) / (y . y) of the newest pair, and corrects it pair by pair, from the oldest to the newest:
    H = (I - rho s y^T) H (I - rho y s^T) + rho s s^T with rho = 1 / (s . y). Then H y = s for the newest pair. No
    matrix is needed to multiply H by a vector; with q = grad at first,

    1. from the newest pair to the oldest:   a = rho (s . q),   q = q - a y      (keep each pair's a)
    2. r = gamma q
    3. from the oldest pair to the newest:   b = rho (y . r),   r = r + (a - b) s.     The direction is -r.

    Args:
        grad: array (n,), the gradient where we are.
        s_history: list of arrays (n,), the latest steps, the oldest first.
        y_history: list of arrays (n,), what each step added to the gradient, in the same order.

    Returns:
        New array (n,), a direction downhill. With no history it is -grad. grad and the histories stay as they were.

    Raises:
        ValueError: naming y_history, if it does not hold one array for each step, or if s . y <= 0 for a pair: such a
            pair bends downwards, and H would point uphill.

    Source: Nocedal, "Updating Quasi-Newton Matrices with Limited Storage" (1980); Nocedal and Wright, "Numerical
    Optimization" (2nd edition, 2006), algorithm 7.4 and equation (7.20). torch.optim.LBFGS takes the same direction.

    Example:
        >>> lbfgs_direction(np.array([1.0, 3.0]), [np.array([1.0, 0.0])], [np.array([2.0, 0.0])])
        array([-0.5, -1.5])
    """
    require(len(y_history) == len(s_history), f"y_history must hold {len(s_history)} arrays, not {len(y_history)}")
    for s, y in zip(s_history, y_history, strict=True):
        require(s @ y > 0, f"y_history must have s . y > 0 for each pair, but one has {s @ y}")
    ### BEGIN SOLUTION
    pairs = list(zip(s_history, y_history, strict=True))
    q, kept = grad, []
    for s, y in reversed(pairs):
        a = (s @ q) / (s @ y)
        q = q - a * y
        kept.append(a)
    gamma = (s_history[-1] @ y_history[-1]) / (y_history[-1] @ y_history[-1]) if pairs else 1.0
    r = gamma * q
    for s, y in pairs:
        b = (y @ r) / (s @ y)
        r = r + (kept.pop() - b) * s
    return -r
    ### END SOLUTION


def lbfgs_minimize(f, grad_f, x0, history=10, max_iter=100, tol=1e-6):
    """Minimum of a smooth function by L-BFGS, with a line search that halves the step until it is good enough.

    While the largest |entry| of the gradient is above tol, and for at most max_iter iterations:

    1. d = lbfgs_direction(gradient at x, the latest pairs)
    2. t = 1, halved until f(x + t d) <= f(x) + ARMIJO * t * (d . gradient); stop where t falls below LEAST_STEP.
    3. s = t d, and y = gradient at x + s minus gradient at x. If s . y > 0, the pair is remembered; of the remembered
       pairs the newest `history` are kept. If not, all pairs are forgotten, and the next direction is -gradient: where
       the function bends downwards, old curvatures only mislead. Then x = x + s.

    Args:
        f: function of an array (n,) that returns one number.
        grad_f: its gradient, from array (n,) to array (n,). One gradient at x0 and one an iteration are enough; more than
            five an iteration are no longer L-BFGS.
        x0: array (n,), where to start. Integers stand for the same numbers in float64.
        history: how many pairs are remembered, at least 1.
        max_iter: most iterations, at least 0.
        tol: size of a gradient that counts as zero.

    Returns:
        (x, losses): new float array (n,), and the list of f at x0 and after each iteration, so of (iterations + 1)
        numbers. x0 stays as it was.

    Raises:
        ValueError: naming history, if it is below 1; naming max_iter, if it is negative.

    Source: Nocedal and Wright, "Numerical Optimization" (2nd edition, 2006), algorithms 7.5 and 3.1 and inequality
    (3.4), Armijo's. Their line search sees to s . y > 0 by itself; this simpler one does not, hence the forgetting.

    Example:
        >>> x, losses = lbfgs_minimize(lambda x: float(1.5 * x @ x), lambda x: 3 * x, np.array([1.0]))
        >>> x, losses
        (array([0.]), [1.5, 0.375, 0.0])
    """
    require(history >= 1, f"history must be at least 1, not {history}")
    require(max_iter >= 0, f"max_iter must be at least 0, not {max_iter}")
    ### BEGIN SOLUTION
    x = np.array(x0, dtype=float)
    grad, losses, pairs = grad_f(x), [f(x)], []
    while len(losses) <= max_iter and np.abs(grad).max() > tol:
        d, t = lbfgs_direction(grad, [s for s, _ in pairs], [y for _, y in pairs]), 1.0
        while t >= LEAST_STEP and not (loss := f(x + t * d)) <= losses[-1] + ARMIJO * t * (d @ grad):
            t /= 2
        if t < LEAST_STEP:
            break
        new_grad = grad_f(x + t * d)
        s, y = t * d, new_grad - grad
        pairs = [*pairs, (s, y)][-history:] if s @ y > 0 else []
        x, grad = x + s, new_grad
        losses.append(loss)
    return x, losses
    ### END SOLUTION
