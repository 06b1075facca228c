"""Known wrong answers, each with the hint that a student gets.

Each is wrong in one thing only: bad input is refused as the given lines refuse it.
"""

import numpy as np

from autograder import mistake, reference_beside

reference = reference_beside(__file__)


@mistake("linear_forward", hint="reshape does not transpose: it deals the same numbers out into other rows. Use W.T.")
def linear_reshaped_weights(x, W, b):
    _, cache = reference.linear_forward(x, W, b)
    return x @ W.reshape(W.shape[::-1]) + b, cache


@mistake("linear_forward", hint="Every output has a bias too: add b, which broadcasts over the rows of the batch.")
def linear_without_bias(x, W, b):
    out, cache = reference.linear_forward(x, W, b)
    return out - b, cache


@mistake("linear_backward", hint="b is added to every row of the batch, so its gradient is dout summed over the rows.")
def linear_db_not_summed(dout, cache):
    dx, dW, _ = reference.linear_backward(dout, cache)
    return dx, dW, dout


@mistake("linear_backward", hint="W is (out, in), and a gradient has the shape of what it is for: dW is transposed.")
def linear_dW_transposed(dout, cache):
    dx, dW, db = reference.linear_backward(dout, cache)
    return dx, dW.T, db


@mistake(
    "linear_backward",
    hint="The chain rule sums over the batch. Taking the mean is the loss's business: its 1/N is in dout already.",
)
def linear_mean_over_batch(dout, cache):
    dx, dW, db = reference.linear_backward(dout, cache)
    return dx, dW / len(dout), db / len(dout)


@mistake(
    "linear_backward",
    hint="Output o hands its gradient to input i through the same W[o, i] as on the way there: sum over o.",
)
def linear_dx_reshaped_weights(dout, cache):
    _, dW, db = reference.linear_backward(dout, cache)
    W = cache[1]
    return dout @ W.T.reshape(W.shape), dW, db


@mistake(
    "numerical_gradient",
    hint="One-sided differences are off by eps / 2 times the second derivative. Step to both sides of x instead.",
)
def forward_difference(f, x, eps=1e-5):
    reference.require(eps > 0, f"eps must be positive, not {eps}")
    grad = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[index] = eps
        grad[index] = (f(x + step) - f(x)) / eps
    return grad


@mistake("numerical_gradient", hint="The two points are 2 eps apart, so divide by 2 eps.")
def difference_over_one_eps(f, x, eps=1e-5):
    return 2 * reference.numerical_gradient(f, x, eps)


@mistake("numerical_gradient", hint="How far to step is the caller's choice: use the argument eps, not a fixed number.")
def numerical_gradient_fixed_eps(f, x, eps=1e-5):
    reference.require(eps > 0, f"eps must be positive, not {eps}")
    return reference.numerical_gradient(f, x)


@mistake(
    "numerical_gradient",
    hint="Put each entry back before you move the next: x ends up shifted, and later slopes belong to another point.",
)
def x_not_restored(f, x, eps=1e-5):
    reference.require(eps > 0, f"eps must be positive, not {eps}")
    grad = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        x[index] += eps
        ahead = f(x)
        x[index] -= 2 * eps
        grad[index] = (ahead - f(x)) / (2 * eps)
    return grad


@mistake(
    "numerical_gradient",
    hint="Adding and subtracting eps does not give back the same bits. Keep the old value and put that back.",
)
def x_restored_by_arithmetic(f, x, eps=1e-5):
    reference.require(eps > 0, f"eps must be positive, not {eps}")
    grad, moved = np.zeros(x.shape), x if x.dtype.kind == "f" else x.astype(float)
    for index in np.ndindex(x.shape):
        moved[index] += eps
        ahead = f(moved)
        moved[index] -= 2 * eps
        grad[index] = (ahead - f(moved)) / (2 * eps)
        moved[index] += eps
    return grad


@mistake(
    "numerical_gradient",
    hint="ravel() copies an array that does not lie row by row in memory, so f never sees the step. Index x itself.",
)
def steps_in_a_flat_copy(f, x, eps=1e-5):
    reference.require(eps > 0, f"eps must be positive, not {eps}")
    x = x.astype(float, copy=x.dtype.kind != "f")
    flat, grad = x.ravel(), np.zeros(x.size)
    for index, value in enumerate(flat):
        flat[index] = value + eps
        ahead = f(x)
        flat[index] = value - eps
        grad[index] = (ahead - f(x)) / (2 * eps)
        flat[index] = value
    return grad.reshape(x.shape)


@mistake("relative_error", hint="0 against 0 is 0 / 0. Let the denominator never fall below 1e-8.")
def relative_error_without_floor(a, b):
    reference.relative_error(a, b)
    return float(np.max(np.abs(a - b) / (np.abs(a) + np.abs(b))))


@mistake(
    "relative_error", hint="One wrong entry among many right ones must show: take the largest error, not the mean."
)
def relative_error_mean(a, b):
    reference.relative_error(a, b)
    return float(np.mean(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))))


@mistake("relative_error", hint="Take |a| + |b|, each without its sign: for opposite signs |a + b| comes out near 0.")
def relative_error_size_of_sum(a, b):
    reference.relative_error(a, b)
    return float(np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a + b))))


@mistake("relative_error", hint="Divide by the size of both, |a| + |b|, so that a and b may change places.")
def relative_error_to_b_alone(a, b):
    reference.relative_error(a, b)
    return float(np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(b))))


@mistake(
    "relative_error",
    hint="Divide entry by entry, then take the maximum: a small entry may be all wrong beside a large one.",
)
def relative_error_of_the_largest(a, b):
    reference.relative_error(a, b)
    return float(np.max(np.abs(a - b)) / max(1e-8, np.max(np.abs(a) + np.abs(b))))


@mistake(
    "relative_error", hint="A NaN must not be skipped: comparisons with it are false, and a broken gradient looks fine."
)
def relative_error_skips_nan(a, b):
    reference.relative_error(a, b)
    return float(np.nanmax(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))))


@mistake("momentum_update", hint="The gradient points uphill. The step goes against it: minus lr * grad.")
def momentum_uphill(w, grad, previous_change, lr, momentum):
    return reference.momentum_update(w, -grad, previous_change, lr, momentum)


@mistake(
    "momentum_update",
    hint="The gradient counts in full: this is a running average, with a factor 1 - momentum too many.",
)
def momentum_as_running_average(w, grad, previous_change, lr, momentum):
    return reference.momentum_update(w, (1 - momentum) * grad, previous_change, lr, momentum)


@mistake("momentum_update", hint="The whole change is added to w, what is left of the previous one included.")
def momentum_not_applied(w, grad, previous_change, lr, momentum):
    _, change = reference.momentum_update(w, grad, previous_change, lr, momentum)
    return w - lr * grad, change


@mistake(
    "momentum_update",
    hint="change is what is added to w, so lr belongs inside it. A buffer of bare gradients is another convention.",
)
def momentum_buffer_without_lr(w, grad, previous_change, lr, momentum):
    reference.momentum_update(w, grad, previous_change, lr, momentum)
    buffer = momentum * previous_change + grad
    return w - lr * buffer, buffer


@mistake(
    "momentum_update", hint="+= and *= write into the caller's arrays. Compute new ones; the old are still needed."
)
def momentum_in_place(w, grad, previous_change, lr, momentum):
    reference.momentum_update(w, grad, previous_change, lr, momentum)
    previous_change *= momentum
    previous_change -= lr * grad
    w += previous_change
    return w, previous_change


def backward_with(mlp, dout, slope):
    """The reference's backward pass with slope(z, h) in the place of the activation's derivative."""
    grads = []
    for k in reversed(range(len(mlp._caches))):
        dh, dW, db = reference.linear_backward(dout, mlp._caches[k])
        grads = [dW, db, *grads]
        if k > 0:
            z, _ = reference.linear_forward(*mlp._caches[k - 1], mlp.params[2 * k - 1])
            dout = dh * slope(z, mlp._hidden[k - 1])
    mlp._weight_grads = grads[::2]
    return grads


def activate(activation, z):
    return {"sigmoid": (1 + np.tanh(z / 2)) / 2, "tanh": np.tanh(z), "relu": np.maximum(z, 0)}[activation]


def slope_from_output(activation, h):
    return {"sigmoid": h * (1 - h), "tanh": 1 - h**2, "relu": h > 0}[activation]


@mistake("MLP", hint="On its way back the gradient passes the activation too: multiply by its derivative, elementwise.")
class MLPWithoutSlope(reference.MLP):
    def backward(self, dout):
        return backward_with(self, dout, lambda z, h: 1.0)


@mistake(
    "MLP",
    hint="The derivative belongs at the pre-activation z. Here the activation was applied twice: at h, which is f(z).",
)
class MLPSlopeAtOutput(reference.MLP):
    def backward(self, dout):
        return backward_with(self, dout, lambda z, h: slope_from_output(self.activation, activate(self.activation, h)))


@mistake("MLP", hint="h (1 - h) and 1 - h^2 are formulas for the activation's output h; with z in them they are wrong.")
class MLPOutputFormulaAtPreActivation(reference.MLP):
    def backward(self, dout):
        return backward_with(self, dout, lambda z, h: slope_from_output(self.activation, z))


@mistake("MLP", hint="relu'(0) is 0 by the docstring's convention: the gradient passes only where z > 0, strictly.")
class MLPReluSlopeOneAtZero(reference.MLP):
    def backward(self, dout):
        if self.activation != "relu":
            return super().backward(dout)
        return backward_with(self, dout, lambda z, h: z >= 0)


@mistake("MLP", hint="The last layer is linear: no activation follows it.")
class MLPActivatedOutput(reference.MLP):
    def forward(self, x):
        self._out = activate(self.activation, super().forward(x))
        return self._out

    def backward(self, dout):
        return super().backward(dout * slope_from_output(self.activation, self._out))


@mistake("MLP", hint="backward's list must be in the order of params: the first layer's gradients come first.")
class MLPGradientsFromTheEnd(reference.MLP):
    def backward(self, dout):
        grads = super().backward(dout)
        return [grad for k in reversed(range(0, len(grads), 2)) for grad in grads[k : k + 2]]


@mistake("MLP", hint="ReLU silences half of the units, so its weights need twice the variance: sqrt(2 / fan_in).")
class MLPXavierForAll(reference.MLP):
    def __init__(self, sizes, activation, rng):
        super().__init__(sizes, "tanh" if activation == "relu" else activation, rng)
        self.activation = activation


@mistake("MLP", hint="fan_in is the number of inputs of the layer, sizes[k - 1]: here its outputs were counted.")
class MLPHeWithFanOut(reference.MLP):
    def __init__(self, sizes, activation, rng):
        super().__init__(sizes, activation, rng)
        if activation == "relu":
            for W in self.params[::2]:
                W *= np.sqrt(W.shape[1] / W.shape[0])


@mistake("MLP", hint="With zero weights all hidden units are the same and stay the same: draw the weights from rng.")
class MLPZeroWeights(reference.MLP):
    def __init__(self, sizes, activation, rng):
        super().__init__(sizes, activation, rng)
        self.params = [np.zeros_like(p) for p in self.params]


@mistake("MLP", hint="W_k has a row for each output: its shape is (sizes[k], sizes[k - 1]), as torch has it.")
class MLPTransposedWeights(reference.MLP):
    def __init__(self, sizes, activation, rng):
        super().__init__(sizes, activation, rng)
        self.params = [p.T for p in self.params]

    def forward(self, x):
        self.params = [p.T for p in self.params]
        out = super().forward(x)
        self.params = [p.T for p in self.params]
        return out

    def backward(self, dout):
        return [grad.T for grad in super().backward(dout)]


@mistake("MLP", hint="exp(-z) overflows for z far below zero. The docstring has the same function without an overflow.")
class MLPOverflowingSigmoid(reference.MLP):
    def forward(self, x):
        out = super().forward(x)
        if self.activation == "sigmoid":
            for (inputs, W), b in zip(self._caches[:-1], self.params[1:-1:2], strict=True):
                np.exp(-(inputs @ W.T + b))
        return out


@mistake("MLP", hint="The biases start at 0: only the weights are drawn, to make the units differ.")
class MLPRandomBiases(reference.MLP):
    def __init__(self, sizes, activation, rng):
        super().__init__(sizes, activation, rng)
        self.params[1::2] = [rng.normal(size=b.shape) for b in self.params[1::2]]


@mistake("MLP", hint="The numbers under the root are variances: the standard deviation needs the square root.")
class MLPVarianceForDeviation(reference.MLP):
    def __init__(self, sizes, activation, rng):
        super().__init__(sizes, activation, rng)
        for W in self.params[::2]:
            W *= np.sqrt(2 / W.shape[1] if activation == "relu" else 2 / sum(W.shape))


@mistake("MLP", hint="The Frobenius norm is the root of the sum of squares: the root is missing.")
class MLPSquaredNorms(reference.MLP):
    def gradient_norms(self):
        return [norm**2 for norm in super().gradient_norms()]


@mistake("MLP", hint="The first norm is that of the layer next to the input; backward meets that layer last.")
class MLPNormsFromTheEnd(reference.MLP):
    def gradient_norms(self):
        return super().gradient_norms()[::-1]


@mistake(
    "MLP", hint="What forward keeps for backward must belong to the object: a class attribute is one for all networks."
)
class MLPSharedMemory(reference.MLP):
    memory = {}  # noqa: RUF012, the mistake itself

    def forward(self, x):
        out = super().forward(x)
        self.memory.update(caches=self._caches, hidden=self._hidden)
        return out

    def backward(self, dout):
        self._caches, self._hidden = self.memory["caches"], self.memory["hidden"]
        return super().backward(dout)


@mistake(
    "MLP", hint="fit's momentum has no effect: keep the last change of every parameter and hand it to the next update."
)
class MLPFitsWithoutMomentum(reference.MLP):
    def fit(self, X, y, epochs, lr, momentum, batch_size, rng):
        return super().fit(X, y, epochs, lr, 0.0, batch_size, rng)


@mistake("MLP", hint="The changes live on from epoch to epoch: set them to zero once, before the first.")
class MLPForgetsMomentumEachEpoch(reference.MLP):
    def fit(self, X, y, epochs, lr, momentum, batch_size, rng):
        return [super(__class__, self).fit(X, y, 1, lr, momentum, batch_size, rng)[0] for _ in range(epochs)]


@mistake("MLP", hint="The loss is a mean over the minibatch, so its gradient is (p - t) divided by the number of rows.")
class MLPSumsOverTheBatch(reference.MLP):
    def fit(self, X, y, epochs, lr, momentum, batch_size, rng):
        return super().fit(X, y, epochs, lr * min(batch_size, len(X)), momentum, batch_size, rng)


@mistake("MLP", hint="Every row counts in every epoch: the last minibatch is shorter, not left out.")
class MLPDropsTheShortBatch(reference.MLP):
    def fit(self, X, y, epochs, lr, momentum, batch_size, rng):
        full = len(X) // batch_size * batch_size if batch_size > 0 else 0
        return super().fit(X[: full or None], y[: full or None], epochs, lr, momentum, batch_size, rng)


class SameOrder:
    """A generator's place taken by one order of the rows, for every epoch."""

    def __init__(self, order):
        self.order = order

    def permutation(self, count):
        return self.order[:count]


@mistake("MLP", hint="Shuffle the rows, anew in every epoch: here they come in the order in which they were given.")
class MLPNeverShuffles(reference.MLP):
    def fit(self, X, y, epochs, lr, momentum, batch_size, rng):
        return super().fit(X, y, epochs, lr, momentum, batch_size, SameOrder(np.arange(len(X))))


@mistake("MLP", hint="Shuffle in every epoch, inside the loop: shuffled once, the rows keep one order for ever.")
class MLPShufflesOnce(reference.MLP):
    def fit(self, X, y, epochs, lr, momentum, batch_size, rng):
        return super().fit(X, y, epochs, lr, momentum, batch_size, SameOrder(rng.permutation(len(X))))


@mistake(
    "MLP", hint="An epoch's loss is the mean over all rows: a mean of minibatch means counts a short batch's rows more."
)
class MLPMeanOfMinibatchMeans(reference.MLP):
    def fit(self, X, y, epochs, lr, momentum, batch_size, rng):
        losses, changes = super().fit(X, y, 0, lr, momentum, batch_size, rng), [0 * p for p in self.params]
        for _ in range(epochs):
            order, means = rng.permutation(len(X)), []
            for rows in [order[start : start + batch_size] for start in range(0, len(X), batch_size)]:
                logits = self.forward(X[rows])
                logits = logits - logits.max(axis=1, keepdims=True)
                log_p, target = (
                    logits - np.log(np.exp(logits).sum(axis=1, keepdims=True)),
                    np.eye(logits.shape[1])[y[rows]],
                )
                means.append(-(target * log_p).sum() / len(rows))
                for k, grad in enumerate(self.backward((np.exp(log_p) - target) / len(rows))):
                    self.params[k], changes[k] = reference.momentum_update(
                        self.params[k], grad, changes[k], lr, momentum
                    )
            losses.append(float(np.mean(means)))
        return losses


@mistake(
    "MLP",
    hint="The parameters never change: `p = p + change` in a loop binds a new name. Write the result back into params.",
)
class MLPTrainsCopies(reference.MLP):
    def fit(self, X, y, epochs, lr, momentum, batch_size, rng):
        return super().fit(X, y, epochs, 0.0, momentum, batch_size, rng)
