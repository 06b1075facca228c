"""Known wrong answers, each with the hint that a student gets.

Each is wrong in one thing only: bad input is refused as the given lines refuse it.
"""

import numpy as np

from autograder import mistake, reference_beside

reference = reference_beside(__file__)


class ByRule:
    """Before an optimizer of the reference: what `change(param, grad, a, b)` returns is subtracted from param.

    a and b are the parameter's own memory, zeros at first; self.t counts the steps from 1.
    """

    t = 0

    def step(self, params, grads):
        super().step([param.copy() for param in params], grads)  # refuses bad input
        if self.t == 0:
            self.memory = [(np.zeros(param.shape), np.zeros(param.shape)) for param in params]
        self.t += 1
        for param, grad, (a, b) in zip(params, grads, self.memory, strict=True):
            param -= self.change(param, grad, a, b)


@mistake("minibatches", hint="The last minibatch is shorter, not left out: every row comes in every epoch.")
def minibatches_drop_the_rest(X, y, batch_size, rng):
    batches = reference.minibatches(X, y, batch_size, rng)
    return [pair for pair in batches if len(pair[0]) == batch_size]


@mistake("minibatches", hint="The order must be random, and another one in every epoch: draw a permutation from rng.")
def minibatches_in_order(X, y, batch_size, rng):
    reference.minibatches(X, y, batch_size, rng)
    return [(X[k : k + batch_size], y[k : k + batch_size]) for k in range(0, len(X), batch_size)]


@mistake("minibatches", hint="Shuffling blocks keeps the same rows together for ever: shuffle the rows, then cut.")
def minibatches_of_shuffled_blocks(X, y, batch_size, rng):
    reference.minibatches(X, y, batch_size, rng)
    full, count = len(X) // batch_size, -(-len(X) // batch_size)
    blocks = [slice(k * batch_size, (k + 1) * batch_size) for k in (*rng.permutation(full), *range(full, count))]
    return [(X[rows], y[rows]) for rows in blocks]


@mistake("minibatches", hint="X and y need one and the same order: two shuffles give the rows the targets of others.")
def minibatches_tear_rows_from_targets(X, y, batch_size, rng):
    batches = reference.minibatches(X, y, batch_size, rng)
    return [(rows, y[k * batch_size : (k + 1) * batch_size]) for k, (rows, _) in enumerate(batches)]


@mistake("minibatches", hint="Shuffling X and y themselves changes the caller's arrays: shuffle row numbers instead.")
def minibatches_shuffle_in_place(X, y, batch_size, rng):
    batches = reference.minibatches(X, y, batch_size, rng)
    X[:], y[:] = X[::-1].copy(), y[::-1].copy()
    return batches


@mistake(
    "minibatches", hint="Draw from the rng that is given: with a seed of your own, every epoch has the same order."
)
def minibatches_with_a_seed_of_its_own(X, y, batch_size, rng):
    return reference.minibatches(X, y, batch_size, np.random.default_rng(0))


@mistake("SGD", hint="The gradient points uphill: the step goes against it, w minus lr times it.")
class SGDClimbs(reference.SGD):
    def step(self, params, grads):
        before = [param.copy() for param in params]
        super().step(params, grads)
        for param, old in zip(params, before, strict=True):
            param[...] = 2 * old - param


@mistake(  # one slip, written in two ways: with the old b, g + momentum * b is the new b
    "SGD",
    hint="Nesterov's step is g + momentum * b with the new b: with b alone, or with the old b, it is plain momentum.",
)
class SGDNesterovIsPlain(reference.SGD):
    def __init__(self, lr, momentum=0.0, nesterov=False, weight_decay=0.0):
        super().__init__(lr, momentum, nesterov, weight_decay)
        self.nesterov = False


@mistake("SGD", hint="The gradient joins the buffer in full: a factor 1 - momentum makes it a running average.")
class SGDRunningAverage(ByRule, reference.SGD):
    def change(self, param, grad, b, _):
        slope = grad + self.weight_decay * param
        b[...] = self.momentum * b + (1 - self.momentum) * slope
        return self.lr * (slope + self.momentum * b if self.nesterov else b)


@mistake("SGD", hint="The decay joins the gradient before the buffer is updated: here the momentum never sees it.")
class SGDDecayBesideTheBuffer(ByRule, reference.SGD):
    def change(self, param, grad, b, _):
        b[...] = self.momentum * b + grad
        return self.lr * ((grad + self.momentum * b if self.nesterov else b) + self.weight_decay * param)


@mistake("SGD", hint="param = param - ... makes a new array and leaves the caller's as it was: write param -= ...")
class SGDNewArrays(reference.SGD):
    def step(self, params, grads):
        copies = [param.copy() for param in params]
        super().step(copies, grads)
        params[:] = copies


@mistake("SGD", hint="grad += ... writes into the caller's gradient: add the decay to a new array.")
class SGDChangesGradients(reference.SGD):
    def step(self, params, grads):
        super().step([param.copy() for param in params], grads)  # refuses bad input, and remembers
        for param, grad, b in zip(params, grads, self._buffers, strict=True):
            grad += self.weight_decay * param
            param -= self.lr * (grad + self.momentum * b if self.nesterov else b)


@mistake("SGD", hint="The buffers belong to one optimizer: kept in the class, all its objects share them.")
class SGDOneMemoryForAll(reference.SGD):
    memory = {}  # noqa: RUF012, the mistake itself

    def step(self, params, grads):
        shapes = str([param.shape for param in params])
        if self._buffers is not None:
            self._buffers = self.memory[shapes]
        super().step(params, grads)
        self.memory[shapes] = self._buffers


@mistake("Adagrad", hint="eps is added to the root, not under it: sqrt(total) + eps.")
class AdagradEpsInRoot(ByRule, reference.Adagrad):
    def change(self, param, grad, total, _):
        total += grad**2
        return self.lr * grad / np.sqrt(total + self.eps)


@mistake("Adagrad", hint="The squares add up over all steps: with the latest one alone, every step has the size lr.")
class AdagradForgetsEachStep(ByRule, reference.Adagrad):
    def change(self, param, grad, total, _):
        return self.lr * grad / (np.abs(grad) + self.eps)


@mistake("Adagrad", hint="Divide by the root of the total of squares: without it, large gradients make small steps.")
class AdagradWithoutRoot(ByRule, reference.Adagrad):
    def change(self, param, grad, total, _):
        total += grad**2
        return self.lr * grad / (total + self.eps)


@mistake("Adagrad", hint="Every entry has a total of its own: do not sum the squares over the array.")
class AdagradOneRateForTheArray(ByRule, reference.Adagrad):
    def change(self, param, grad, total, _):
        total += np.sum(grad**2)
        return self.lr * grad / (np.sqrt(total) + self.eps)


@mistake("Adagrad", hint="Every parameter has totals of its own: arrays of one shape must not share them.")
class AdagradSharedByShape(reference.Adagrad):
    def step(self, params, grads):
        super().step([param.copy() for param in params], grads)  # refuses bad input
        self.totals = getattr(self, "totals", {})
        for param, grad in zip(params, grads, strict=True):
            self.totals[param.shape] = self.totals.get(param.shape, 0) + grad**2
            param -= self.lr * grad / (np.sqrt(self.totals[param.shape]) + self.eps)


@mistake("RMSprop", hint="eps is added to the root, not under it: sqrt(v) + eps.")
class RMSpropEpsInRoot(ByRule, reference.RMSprop):
    def change(self, param, grad, v, _):
        v[...] = self.alpha * v + (1 - self.alpha) * grad**2
        return self.lr * grad / np.sqrt(v + self.eps)


@mistake("RMSprop", hint="alpha is the share that is kept, 1 - alpha what the new square adds: they are swapped here.")
class RMSpropSharesSwapped(ByRule, reference.RMSprop):
    def change(self, param, grad, v, _):
        v[...] = (1 - self.alpha) * v + self.alpha * grad**2
        return self.lr * grad / (np.sqrt(v) + self.eps)


@mistake("RMSprop", hint="An average weighs the new square with 1 - alpha; in full, v grows to many times its size.")
class RMSpropSumsUp(ByRule, reference.RMSprop):
    def change(self, param, grad, v, _):
        v[...] = self.alpha * v + grad**2
        return self.lr * grad / (np.sqrt(v) + self.eps)


@mistake("RMSprop", hint="Correcting the average's bias is Adam's idea: RMSprop takes v as it is.")
class RMSpropBiasCorrected(ByRule, reference.RMSprop):
    def change(self, param, grad, v, _):
        v[...] = self.alpha * v + (1 - self.alpha) * grad**2
        return self.lr * grad / (np.sqrt(v / (1 - self.alpha**self.t)) + self.eps)


@mistake("Adadelta", hint="The two averages are swapped: the steps' u belongs above, the gradients' v below.")
class AdadeltaSwapped(ByRule, reference.Adadelta):
    def change(self, param, grad, u, v):
        v[...] = self.rho * v + (1 - self.rho) * grad**2
        delta = np.sqrt(v + self.eps) / np.sqrt(u + self.eps) * grad
        u[...] = self.rho * u + (1 - self.rho) * delta**2
        return self.lr * delta


@mistake("Adadelta", hint="u averages the steps, delta^2, not the gradients: the units of the step come from it.")
class AdadeltaTwoAveragesOfGradients(ByRule, reference.Adadelta):
    def change(self, param, grad, u, v):
        v[...] = self.rho * v + (1 - self.rho) * grad**2
        delta = np.sqrt(u + self.eps) / np.sqrt(v + self.eps) * grad
        u[...] = self.rho * u + (1 - self.rho) * grad**2
        return self.lr * delta


@mistake("Adadelta", hint="u sees delta as it is; lr comes only afterwards, when w moves.")
class AdadeltaRateInTheAverage(ByRule, reference.Adadelta):
    def change(self, param, grad, u, v):
        v[...] = self.rho * v + (1 - self.rho) * grad**2
        delta = self.lr * np.sqrt(u + self.eps) / np.sqrt(v + self.eps) * grad
        u[...] = self.rho * u + (1 - self.rho) * delta**2
        return delta


@mistake(
    "Adadelta", hint="Here eps stands under both roots, sqrt(v + eps): beside them, the first steps come out wrong."
)
class AdadeltaEpsBesideRoots(ByRule, reference.Adadelta):
    def change(self, param, grad, u, v):
        v[...] = self.rho * v + (1 - self.rho) * grad**2
        delta = (np.sqrt(u) + self.eps) / (np.sqrt(v) + self.eps) * grad
        u[...] = self.rho * u + (1 - self.rho) * delta**2
        return self.lr * delta


@mistake("Adam", hint="Both averages start at 0 and are too small at first: divide them by 1 - beta^t.")
class AdamWithoutCorrection(ByRule, reference.Adam):
    def change(self, param, grad, m, v):
        m[...] = self.betas[0] * m + (1 - self.betas[0]) * grad
        v[...] = self.betas[1] * v + (1 - self.betas[1]) * grad**2
        return self.lr * m / (np.sqrt(v) + self.eps)


@mistake("Adam", hint="eps is added to the root, not under it: sqrt(v_hat) + eps.")
class AdamEpsInRoot(ByRule, reference.Adam):
    def change(self, param, grad, m, v):
        m[...] = self.betas[0] * m + (1 - self.betas[0]) * grad
        v[...] = self.betas[1] * v + (1 - self.betas[1]) * grad**2
        v_hat = v / (1 - self.betas[1] ** self.t)
        return self.lr * m / (1 - self.betas[0] ** self.t) / np.sqrt(v_hat + self.eps)


@mistake("Adam", hint="t counts calls of step, not parameters: count once, before the loop over params.")
class AdamCountsParameters(ByRule, reference.Adam):
    count = 0

    def change(self, param, grad, m, v):
        self.count += 1
        m[...] = self.betas[0] * m + (1 - self.betas[0]) * grad
        v[...] = self.betas[1] * v + (1 - self.betas[1]) * grad**2
        v_hat = v / (1 - self.betas[1] ** self.count)
        return self.lr * m / (1 - self.betas[0] ** self.count) / (np.sqrt(v_hat) + self.eps)


@mistake(
    "Adam", hint="t is 1 in the first step: start it at 0 and raise it before it is used, or at 1 and raise it after."
)
class AdamStartsAtTwo(ByRule, reference.Adam):
    def change(self, param, grad, m, v):
        m[...] = self.betas[0] * m + (1 - self.betas[0]) * grad
        v[...] = self.betas[1] * v + (1 - self.betas[1]) * grad**2
        v_hat = v / (1 - self.betas[1] ** (self.t + 1))
        return self.lr * m / (1 - self.betas[0] ** (self.t + 1)) / (np.sqrt(v_hat) + self.eps)


@mistake("Adam", hint="m_hat and v_hat are for this step alone: what is remembered is m and v, uncorrected.")
class AdamRemembersTheCorrected(ByRule, reference.Adam):
    def change(self, param, grad, m, v):
        m[...] = (self.betas[0] * m + (1 - self.betas[0]) * grad) / (1 - self.betas[0] ** self.t)
        v[...] = (self.betas[1] * v + (1 - self.betas[1]) * grad**2) / (1 - self.betas[1] ** self.t)
        return self.lr * m / (np.sqrt(v) + self.eps)


@mistake("Adam", hint="param = param - ... makes a new array and leaves the caller's as it was: write param -= ...")
class AdamNewArrays(reference.Adam):
    def step(self, params, grads):
        copies = [param.copy() for param in params]
        super().step(copies, grads)
        params[:] = copies


@mistake("AdamW", hint="Decoupled means that the gradient, and so m and v, know nothing of the decay.")
class AdamWDecayInTheGradient(reference.AdamW):
    def __init__(self, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(lr, betas, eps, weight_decay)
        self.weight_decay = weight_decay

    def step(self, params, grads):
        reference.require_gradients(params, grads)
        decayed = [grad + self.weight_decay * param for param, grad in zip(params, grads, strict=True)]
        self._adam.step(params, decayed)


@mistake("AdamW", hint="The decay works times lr, as torch has it: w loses lr * weight_decay of itself.")
class AdamWDecayWithoutRate(reference.AdamW):
    def __init__(self, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(lr, betas, eps, weight_decay)
        self._share = weight_decay


@mistake("AdamW", hint="The weights are pulled towards zero: the decay is subtracted, not added.")
class AdamWGrowsWeights(reference.AdamW):
    def __init__(self, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(lr, betas, eps, weight_decay)
        self._share = -lr * weight_decay


@mistake("AdamW", hint="What decays is the weight from before the step: shrink first, or keep a copy.")
class AdamWDecaysTheNewWeight(reference.AdamW):
    def step(self, params, grads):
        self._adam.step(params, grads)
        for param in params:
            param *= 1 - self._share


def two_loops(grad, pairs, gamma, down, up):
    """The recursion with the pairs in a chosen order on the way down and on the way up."""
    q, kept = grad, {}
    for k in down:
        s, y = pairs[k]
        kept[k] = (s @ q) / (s @ y)
        q = q - kept[k] * y
    r = gamma * q
    for k in up:
        s, y = pairs[k]
        r = r + (kept[k] - (y @ r) / (s @ y)) * s
    return -r


@mistake("lbfgs_direction", hint="The direction leads downhill: it is minus what the recursion gives.")
def lbfgs_uphill(grad, s_history, y_history):
    return -reference.lbfgs_direction(grad, s_history, y_history)


@mistake("lbfgs_direction", hint="Between the loops q is scaled by gamma = (s . y) / (y . y) of the newest pair.")
def lbfgs_without_gamma(grad, s_history, y_history):
    reference.lbfgs_direction(grad, s_history, y_history)
    count = len(s_history)
    return two_loops(grad, list(zip(s_history, y_history, strict=True)), 1.0, range(count)[::-1], range(count))


@mistake("lbfgs_direction", hint="gamma is taken from the newest pair, the last of the lists, not from the oldest.")
def lbfgs_gamma_of_the_oldest(grad, s_history, y_history):
    direction, count = reference.lbfgs_direction(grad, s_history, y_history), len(s_history)
    if count == 0:
        return direction
    gamma = (s_history[0] @ y_history[0]) / (y_history[0] @ y_history[0])
    return two_loops(grad, list(zip(s_history, y_history, strict=True)), gamma, range(count)[::-1], range(count))


@mistake("lbfgs_direction", hint="The first loop runs from the newest pair to the oldest, the second one back.")
def lbfgs_loops_the_wrong_way(grad, s_history, y_history):
    direction, count = reference.lbfgs_direction(grad, s_history, y_history), len(s_history)
    if count == 0:
        return direction
    gamma = (s_history[-1] @ y_history[-1]) / (y_history[-1] @ y_history[-1])
    return two_loops(grad, list(zip(s_history, y_history, strict=True)), gamma, range(count), range(count)[::-1])


@mistake(
    "lbfgs_direction",
    hint="Each pair needs its own a on the way up: the first loop kept them from the newest to the oldest, the second "
    "runs the other way.",
)
def lbfgs_alphas_reversed(grad, s_history, y_history):
    direction = reference.lbfgs_direction(grad, s_history, y_history)
    q, kept, pairs = grad, [], list(zip(s_history, y_history, strict=True))
    if not pairs:
        return direction
    for s, y in reversed(pairs):
        kept.append((s @ q) / (s @ y))
        q = q - kept[-1] * y
    r = q * (s_history[-1] @ y_history[-1]) / (y_history[-1] @ y_history[-1])
    for (s, y), a in zip(pairs, kept, strict=True):
        r = r + (a - (y @ r) / (s @ y)) * s
    return -r


@mistake("lbfgs_direction", hint="q -= ... on the gradient itself writes into the caller's array: begin with a copy.")
def lbfgs_changes_the_gradient(grad, s_history, y_history):
    direction = reference.lbfgs_direction(grad, s_history, y_history)
    for s, y in zip(reversed(s_history), reversed(y_history), strict=True):
        grad -= (s @ grad) / (s @ y) * y
    return direction


def descend(f, grad_f, x0, history, max_iter, tol, good=None, remember=None):
    """The reference's minimizer; `good(new, old, t, slope)` judges a step, `remember(pairs, s, y)` keeps the pairs."""
    reference.lbfgs_minimize(f, grad_f, x0, history, min(max_iter, 0))  # refuses bad input
    good = good or (lambda new, old, t, slope: new <= old + reference.ARMIJO * t * slope)
    remember = remember or (lambda pairs, s, y: [*pairs, (s, y)][-history:] if s @ y > 0 else [])
    x = np.array(x0, dtype=float)
    grad, losses, pairs = grad_f(x), [f(x)], []
    while len(losses) <= max_iter and np.abs(grad).max() > tol:
        d, t = reference.lbfgs_direction(grad, [s for s, _ in pairs], [y for _, y in pairs]), 1.0
        while t >= reference.LEAST_STEP and not good(f(x + t * d), losses[-1], t, d @ grad):
            t /= 2
        if t < reference.LEAST_STEP:
            break
        s = t * d
        pairs, grad = remember(pairs, s, grad_f(x + s) - grad), grad_f(x + s)
        x = x + s
        losses.append(f(x))
    return x, losses


@mistake("lbfgs_minimize", hint="A full step may land higher than it started: halve t until the step is good enough.")
def lbfgs_full_steps(f, grad_f, x0, history=10, max_iter=100, tol=1e-6):
    return descend(f, grad_f, x0, history, min(max_iter, 30), tol, good=lambda new, old, t, slope: True)


@mistake(
    "lbfgs_minimize", hint="Not to climb is not enough: Armijo asks for f(x) + ARMIJO * t * (d . gradient) or less."
)
def lbfgs_any_descent(f, grad_f, x0, history=10, max_iter=100, tol=1e-6):
    return descend(f, grad_f, x0, history, max_iter, tol, good=lambda new, old, t, slope: new <= old)


@mistake("lbfgs_minimize", hint="Keep the newest `history` pairs: each new pair pushes the oldest out.")
def lbfgs_remembers_all(f, grad_f, x0, history=10, max_iter=100, tol=1e-6):
    def remember(pairs, s, y):
        return [*pairs, (s, y)] if s @ y > 0 else []

    return descend(f, grad_f, x0, history, max_iter, tol, remember=remember)


@mistake(
    "lbfgs_minimize", hint="Once the memory is full, the oldest pair goes and the new one comes: it is the other way."
)
def lbfgs_keeps_the_oldest(f, grad_f, x0, history=10, max_iter=100, tol=1e-6):
    def remember(pairs, s, y):
        return [*pairs, (s, y)][:history] if s @ y > 0 else []

    return descend(f, grad_f, x0, history, max_iter, tol, remember=remember)


@mistake("lbfgs_minimize", hint="Where s . y <= 0, the older pairs go too: left as they are, they mislead for ever.")
def lbfgs_skips_the_pair_only(f, grad_f, x0, history=10, max_iter=100, tol=1e-6):
    def remember(pairs, s, y):
        return [*pairs, (s, y)][-history:] if s @ y > 0 else pairs

    return descend(f, grad_f, x0, history, max_iter, tol, remember=remember)


@mistake("lbfgs_minimize", hint="Nothing is remembered, so this is plain steepest descent: hand the pairs on.")
def lbfgs_forgets_everything(f, grad_f, x0, history=10, max_iter=100, tol=1e-6):
    return descend(f, grad_f, x0, history, max_iter, tol, remember=lambda pairs, s, y: [])


@mistake("lbfgs_minimize", hint="losses begins with f(x0), before the first step, and has one number more than steps.")
def lbfgs_losses_without_the_first(f, grad_f, x0, history=10, max_iter=100, tol=1e-6):
    x, losses = reference.lbfgs_minimize(f, grad_f, x0, history, max_iter, tol)
    return x, losses[1:]


@mistake("lbfgs_minimize", hint="x += ... on x0 itself moves the caller's array: begin with a copy.")
def lbfgs_moves_x0(f, grad_f, x0, history=10, max_iter=100, tol=1e-6):
    x, losses = reference.lbfgs_minimize(f, grad_f, x0, history, max_iter, tol)
    x0[...] = x
    return x, losses
