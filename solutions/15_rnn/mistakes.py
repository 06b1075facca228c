"""Known wrong answers, each with the hint that a student gets.

Those of a backward pass read the reference's cache: (x, h, h_next, w_ih, w_hh) of a step, (x, h0, hs, w_ih, w_hh) of
a layer.
"""

import numpy as np

from autograder import mistake, reference_beside

reference = reference_beside(__file__)


@mistake("rnn_step_forward", hint="W_hh is (to, from): row j holds the weights into unit j, so multiply h by W_hh^T.")
def step_w_hh_not_transposed(x, h, w_ih, w_hh, b_ih, b_hh):
    return reference.rnn_step_forward(x, h, w_ih, w_hh.T, b_ih, b_hh)


@mistake("rnn_step_forward", hint="There are two biases, b_ih and b_hh, and both are added.")
def step_one_bias(x, h, w_ih, w_hh, b_ih, b_hh):
    return reference.rnn_step_forward(x, h, w_ih, w_hh, b_ih, 0 * b_hh)


@mistake("rnn_step_forward", hint="The state is squashed by tanh, which reaches from -1 to 1, not by the sigmoid.")
def step_sigmoid(x, h, w_ih, w_hh, b_ih, b_hh):
    h_next, (x, h, _, w_ih, w_hh) = reference.rnn_step_forward(x / 2, h / 2, w_ih, w_hh, b_ih / 2, b_hh / 2)
    h_next = (1 + h_next) / 2
    return h_next, (2 * x, 2 * h, h_next, w_ih, w_hh)


@mistake("rnn_step_forward", hint="The sum is not yet the state: tanh of it is.")
def step_without_tanh(x, h, w_ih, w_hh, b_ih, b_hh):
    _, (x, h, _, w_ih, w_hh) = reference.rnn_step_forward(x, h, w_ih, w_hh, b_ih, b_hh)
    z = x @ w_ih.T + b_ih + h @ w_hh.T + b_hh
    return z, (x, h, z, w_ih, w_hh)


@mistake("rnn_step_forward", hint="exp of a large number overflows, and inf / inf is NaN. np.tanh is safe everywhere.")
def step_tanh_overflows(x, h, w_ih, w_hh, b_ih, b_hh):
    _, (x, h, _, w_ih, w_hh) = reference.rnn_step_forward(x, h, w_ih, w_hh, b_ih, b_hh)
    z = x @ w_ih.T + b_ih + h @ w_hh.T + b_hh
    h_next = (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z))
    return h_next, (x, h, h_next, w_ih, w_hh)


@mistake(
    "rnn_step_backward",
    hint="tanh' is 1 - tanh(z)^2. h_next is tanh(z) already, so square it; the sum z itself has no place there.",
)
def step_slope_from_pre_activation(dh_next, cache):
    x, h, h_next, w_ih, w_hh = cache
    dz = dh_next * (1 - np.arctanh(h_next) ** 2)
    return dz @ w_ih, dz @ w_hh, dz.T @ x, dz.T @ h, dz.sum(axis=0), dz.sum(axis=0)


@mistake("rnn_step_backward", hint="h_next is tanh(z) already; taking its tanh once more gives a slope too large.")
def step_slope_tanh_twice(dh_next, cache):
    x, h, h_next, w_ih, w_hh = cache
    dz = dh_next * (1 - np.tanh(h_next) ** 2)
    return dz @ w_ih, dz @ w_hh, dz.T @ x, dz.T @ h, dz.sum(axis=0), dz.sum(axis=0)


@mistake("rnn_step_backward", hint="The gradient must pass through the tanh before it reaches the weights.")
def step_slope_forgotten(dh_next, cache):
    x, h, _, w_ih, w_hh = cache
    dz = dh_next
    return dz @ w_ih, dz @ w_hh, dz.T @ x, dz.T @ h, dz.sum(axis=0), dz.sum(axis=0)


@mistake(
    "rnn_step_backward",
    hint="Weights and biases act on every sequence: their gradients are sums over the batch. If a mean is wanted, the loss "
    "has divided by N already, and dh_next brings that along.",
)
def step_averaged_over_the_batch(dh_next, cache):
    dx, dh, *others = reference.rnn_step_backward(dh_next, cache)
    return dx, dh, *(each / len(dh_next) for each in others)


@mistake(
    "rnn_step_backward",
    hint="A gradient has the shape of its array: dw_ih = dz^T x is (H, D), dw_hh = dz^T h likewise.",
)
def step_weights_transposed(dh_next, cache):
    dx, dh, dw_ih, dw_hh, *db = reference.rnn_step_backward(dh_next, cache)
    return dx, dh, dw_ih.T, dw_hh.T, *db


@mistake("rnn_step_backward", hint="On the way there h met W_hh^T, so on the way back dz meets W_hh, not transposed.")
def step_dh_transposed(dh_next, cache):
    dx, _, *others = reference.rnn_step_backward(dh_next, cache)
    return dx, dh_next * (1 - cache[2] ** 2) @ cache[4].T, *others


@mistake("rnn_step_backward", hint="W_hh was multiplied by the state before the step, h, not by the one it made.")
def step_dw_hh_from_new_state(dh_next, cache):
    dx, dh, dw_ih, _, *db = reference.rnn_step_backward(dh_next, cache)
    return dx, dh, dw_ih, (dh_next * (1 - cache[2] ** 2)).T @ cache[2], *db


@mistake("rnn_forward", hint="Carry the state on: step t starts from the state that step t - 1 made, not from h0.")
def forward_state_not_carried(x, h0, w_ih, w_hh, b_ih, b_hh):
    hs, (x, h0, _, w_ih, w_hh) = reference.rnn_forward(x, h0, w_ih, w_hh, b_ih, b_hh)
    hs = np.tanh(x @ w_ih.T + b_ih + b_hh + (h0 @ w_hh.T)[:, None])
    return hs, (x, h0, hs, w_ih, w_hh)


@mistake("rnn_forward", hint="The first step starts from h0, which need not be zero.")
def forward_h0_ignored(x, h0, w_ih, w_hh, b_ih, b_hh):
    reference.rnn_forward(x, h0, w_ih, w_hh, b_ih, b_hh)
    return reference.rnn_forward(x, 0 * h0, w_ih, w_hh, b_ih, b_hh)


@mistake("rnn_forward", hint="hs[:, t] is the state after reading x[:, t]: h0 itself does not belong into hs.")
def forward_states_one_late(x, h0, w_ih, w_hh, b_ih, b_hh):
    hs, cache = reference.rnn_forward(x, h0, w_ih, w_hh, b_ih, b_hh)
    return np.concatenate([h0[:, None], hs[:, :-1]], axis=1), cache


@mistake("rnn_forward", hint="Time is axis 1: put the states together with np.stack(..., axis=1), (N, T, H).")
def forward_time_first(x, h0, w_ih, w_hh, b_ih, b_hh):
    hs, cache = reference.rnn_forward(x, h0, w_ih, w_hh, b_ih, b_hh)
    return hs.swapaxes(0, 1), cache


def every_dz(dhs, cache, slope=None, back=None):
    """dz of every step; `slope` is tanh' at every step, `back` what takes dz to the step before."""
    hs, w_hh = cache[2], cache[4]
    slope, back = 1 - hs**2 if slope is None else slope, w_hh if back is None else back
    dz, later = np.empty_like(hs), 0
    for t in reversed(range(hs.shape[1])):
        dz[:, t] = (dhs[:, t] + later) * slope[:, t]
        later = dz[:, t] @ back
    return dz


def gradients_from(dz, cache):
    """The rest of the backward pass, once dz is there for every step."""
    x, h0, hs, w_ih, w_hh = cache
    before = np.concatenate([h0[:, None], hs[:, :-1]], axis=1)
    dw_ih, dw_hh = np.einsum("nth,ntd->hd", dz, x), np.einsum("nth,ntk->hk", dz, before)
    return dz @ w_ih, dz[:, 0] @ w_hh, dw_ih, dw_hh, dz.sum(axis=(0, 1)), dz.sum(axis=(0, 1))


@mistake(
    "rnn_backward",
    hint="The steps cannot all be done at once, as some notes have it: each dz needs the one of the next step, which "
    "comes back times W_hh.",
)
def backward_all_steps_in_parallel(dhs, cache):
    return gradients_from(every_dz(dhs, cache, back=0 * cache[4]), cache)


@mistake(
    "rnn_backward", hint="Every step uses the same weights: their gradient is the sum over all steps, not the last."
)
def backward_weights_from_last_step(dhs, cache):
    dz = every_dz(dhs, cache)
    last = dz.copy()
    last[:, :-1] = 0
    return *gradients_from(dz, cache)[:2], *gradients_from(last, cache)[2:]


@mistake("rnn_backward", hint="The weights' gradients of all steps add up: `+=` in the loop, where `=` overwrites.")
def backward_weights_overwritten(dhs, cache):
    dz = every_dz(dhs, cache)
    first = dz.copy()
    first[:, 1:] = 0
    return *gradients_from(dz, cache)[:2], *gradients_from(first, cache)[2:]


@mistake("rnn_backward", hint="tanh' is 1 - tanh(z)^2, so square the state h_t, which is tanh(z_t); not the sum z_t.")
def backward_slope_from_pre_activation(dhs, cache):
    return gradients_from(every_dz(dhs, cache, slope=1 - np.arctanh(cache[2]) ** 2), cache)


@mistake("rnn_backward", hint="On the way there h met W_hh^T, so on the way back dz meets W_hh itself, not transposed.")
def backward_w_hh_transposed(dhs, cache):
    dz = every_dz(dhs, cache, back=cache[4].T)
    dx, _, *others = gradients_from(dz, cache)
    return dx, dz[:, 0] @ cache[4].T, *others


@mistake("rnn_backward", hint="The loss may look at every state: add dhs[:, t] at each step, not only at the last.")
def backward_last_state_only(dhs, cache):
    last = np.zeros_like(dhs)
    last[:, -1] = dhs[:, -1]
    return reference.rnn_backward(last, cache)


@mistake("rnn_backward", hint="At step t, W_hh was multiplied by the state before, h_{t-1} (h0 at first), not by h_t.")
def backward_dw_hh_from_same_step(dhs, cache):
    dx, dh0, dw_ih, _, *db = reference.rnn_backward(dhs, cache)
    return dx, dh0, dw_ih, np.einsum("nth,ntk->hk", every_dz(dhs, cache), cache[2]), *db


@mistake(
    "rnn_backward",
    hint="Weights and biases act on every sequence: their gradients are sums over the batch. If a mean is wanted, the loss "
    "has divided by N already, and dhs brings that along.",
)
def backward_averaged_over_the_batch(dhs, cache):
    dx, dh0, *others = reference.rnn_backward(dhs, cache)
    return dx, dh0, *(each / len(dhs) for each in others)


@mistake("rnn_backward", hint="h0 met W_hh^T on its way into the first sum, so that dh0 = dz_1 W_hh, not dz_1 itself.")
def backward_dh0_before_w_hh(dhs, cache):
    dx, _, *others = reference.rnn_backward(dhs, cache)
    return dx, every_dz(dhs, cache)[:, 0], *others


@mistake("rnn_backward", hint="The first step started from h0: dw_hh needs h0 there, not zeros.")
def backward_dw_hh_without_h0(dhs, cache):
    dx, dh0, dw_ih, _, *db = reference.rnn_backward(dhs, cache)
    x, h0, *others = cache
    return dx, dh0, dw_ih, gradients_from(every_dz(dhs, cache), (x, 0 * h0, *others))[3], *db


@mistake("rnn_backward", hint="`dhs[:, t] += ...` writes into the caller's array. Add into a new one.")
def backward_changes_dhs(dhs, cache):
    grads, w_hh = reference.rnn_backward(dhs, cache), cache[4]
    dhs[:, :-1] += every_dz(dhs, cache)[:, 1:] @ w_hh
    return grads


@mistake("truncated_bptt", hint="Nothing is cut here: at the start of each window the gradient from later is dropped.")
def truncated_not_at_all(dhs, cache, window):
    reference.truncated_bptt(dhs, cache, window)
    return reference.rnn_backward(dhs, cache)


@mistake(
    "truncated_bptt", hint="The windows are counted from the first step; a shorter one is the last, not the first."
)
def truncated_windows_from_the_end(dhs, cache, window):
    reference.truncated_bptt(dhs, cache, window)
    x, h0, hs, w_ih, w_hh = cache
    first = hs.shape[1] % window or window
    if first >= hs.shape[1]:
        return reference.rnn_backward(dhs, cache)
    start = reference.rnn_backward(dhs[:, :first], (x[:, :first], h0, hs[:, :first], w_ih, w_hh))
    rest = x[:, first:], hs[:, first - 1], hs[:, first:], w_ih, w_hh
    then = reference.truncated_bptt(dhs[:, first:], rest, window)
    dx = np.concatenate([start[0], then[0]], axis=1)
    return dx, start[1], *(one + other for one, other in zip(start[2:], then[2:], strict=True))


@mistake("truncated_bptt", hint="Every window adds to the gradients of the weights, not the last one alone.")
def truncated_weights_from_last_window(dhs, cache, window):
    dx, dh0, *_ = reference.truncated_bptt(dhs, cache, window)
    last = np.zeros_like(dhs)
    start = (dhs.shape[1] - 1) // window * window
    last[:, start:] = dhs[:, start:]
    return dx, dh0, *reference.truncated_bptt(last, cache, window)[2:]


@mistake("truncated_bptt", hint="h0 comes before the first window: its gradient is not cut off.")
def truncated_without_dh0(dhs, cache, window):
    dx, dh0, *others = reference.truncated_bptt(dhs, cache, window)
    return dx, 0 * dh0, *others


@mistake(
    "truncated_bptt",
    hint="Only the gradient is cut: each window still started from the last state of the one before, and W_hh met it.",
)
def truncated_state_forgotten(dhs, cache, window):
    dx, dh0, *_ = reference.truncated_bptt(dhs, cache, window)
    x, h0, hs, w_ih, w_hh = cache
    totals = 0, 0, 0, 0
    for start in range(0, hs.shape[1], window):
        part = slice(start, start + window)
        before = h0 if start == 0 else 0 * h0
        grads = reference.rnn_backward(dhs[:, part], (x[:, part], before, hs[:, part], w_ih, w_hh))[2:]
        totals = [total + grad for total, grad in zip(totals, grads, strict=True)]
    return dx, dh0, *totals


@mistake("clip_grad_norm", hint="One norm over all arrays together: clipping each by itself bends the direction.")
def clip_each_by_itself(grads, max_norm):
    _, norm = reference.clip_grad_norm(grads, max_norm)
    return [reference.clip_grad_norm([grad], max_norm)[0][0] for grad in grads], norm


@mistake("clip_grad_norm", hint="Only long gradients are shortened; the factor is never above 1.")
def clip_lengthens_too(grads, max_norm):
    _, norm = reference.clip_grad_norm(grads, max_norm)
    return [max_norm / (norm + 1e-6) * grad for grad in grads], norm


@mistake("clip_grad_norm", hint="The norm to return is the one before clipping: that is what one wants to plot.")
def clip_norm_afterwards(grads, max_norm):
    clipped, norm = reference.clip_grad_norm(grads, max_norm)
    return clipped, min(norm, max_norm)


@mistake("clip_grad_norm", hint="Norms of arrays do not add up: sum the squares of all entries, then take one root.")
def clip_sum_of_norms(grads, max_norm):
    reference.clip_grad_norm(grads, max_norm)
    norm = float(sum(np.linalg.norm(grad) for grad in grads))
    return [min(1.0, max_norm / (norm + 1e-6)) * grad for grad in grads], norm


@mistake("clip_grad_norm", hint="`grad *= ...` changes the caller's arrays. Make new ones.")
def clip_norm_in_place(grads, max_norm):
    clipped, norm = reference.clip_grad_norm(grads, max_norm)
    for grad, new in zip(grads, clipped, strict=True):
        grad[...] = new
    return grads, norm


@mistake("clip_grad_value", hint="Large negative entries are cut as well, at -limit.")
def clip_from_above_only(grads, limit):
    reference.clip_grad_value(grads, limit)
    return [np.minimum(grad, limit) for grad in grads]


@mistake("clip_grad_value", hint="Each entry is cut on its own; nothing else is scaled down with it.")
def clip_by_scaling(grads, limit):
    reference.clip_grad_value(grads, limit)
    return [grad * min(1.0, limit / float(np.abs(grad).max())) for grad in grads]


@mistake("clip_grad_value", hint="np.clip(..., out=grad) changes the caller's arrays. Make new ones.")
def clip_value_in_place(grads, limit):
    for grad, new in zip(grads, reference.clip_grad_value(grads, limit), strict=True):
        grad[...] = new
    return grads


@mistake("gradient_norm_through_time", hint="Do not rescale g on the way: how its length changes is the question.")
def norms_of_rescaled_gradient(w_hh, steps, rng):
    reference.gradient_norm_through_time(w_hh, 0, rng)
    norms, start = [1.0], rng.normal(size=len(w_hh))
    g = start / np.linalg.norm(start)
    for _ in range(steps):
        g = w_hh.T @ g
        norms.append(np.linalg.norm(g))
        g = g / max(norms[-1], 1e-300)
    return np.array(norms)[: max(steps, -1) + 1]


@mistake("gradient_norm_through_time", hint="Forward it is W_hh h, so back it is the transpose: g <- W_hh^T g.")
def norms_without_transpose(w_hh, steps, rng):
    return reference.gradient_norm_through_time(w_hh.T, steps, rng)


@mistake(
    "gradient_norm_through_time",
    hint="A power of the spectral radius is right in the long run only: multiply a vector by W_hh^T step by step.",
)
def norms_from_spectral_radius(w_hh, steps, rng):
    reference.gradient_norm_through_time(w_hh, steps, rng)
    return np.abs(np.linalg.eigvals(w_hh)).max() ** np.arange(steps + 1.0)


@mistake("gradient_norm_through_time", hint="The norm of the start, 1, comes first: there are steps + 1 norms.")
def norms_without_start(w_hh, steps, rng):
    return reference.gradient_norm_through_time(w_hh, steps, rng)[1:]


@mistake("gradient_norm_through_time", hint="Divide the first direction by its norm, so that every start has length 1.")
def norms_of_unscaled_start(w_hh, steps, rng):
    return reference.gradient_norm_through_time(w_hh, steps, rng) * np.sqrt(len(w_hh))


@mistake("gradient_norm_through_time", hint="Draw a random direction: the same one every time may be a special one.")
def norms_of_fixed_start(w_hh, steps, rng):
    reference.gradient_norm_through_time(w_hh, steps, rng)
    start = np.ones(len(w_hh)) / np.sqrt(len(w_hh))
    return np.array([np.linalg.norm(np.linalg.matrix_power(w_hh.T, k) @ start) for k in range(steps + 1)])


@mistake("many_to_one_loss", hint="hs[:, -1] is padding for shorter sequences: each ends at step lengths[n] - 1.")
def one_answer_from_padding(hs, lengths, w, b, labels):
    reference.many_to_one_loss(hs, lengths, w, b, labels)
    return reference.many_to_one_loss(hs, np.full_like(lengths, hs.shape[1]), w, b, labels)


@mistake("many_to_one_loss", hint="Steps are counted from 0: a sequence of 3 steps ends at step 2.")
def one_answer_a_step_late(hs, lengths, w, b, labels):
    reference.many_to_one_loss(hs, lengths, w, b, labels)
    return reference.many_to_one_loss(hs, np.minimum(lengths + 1, hs.shape[1]), w, b, labels)


@mistake("many_to_one_loss", hint="The loss is the mean over the batch, not the sum, and so are its gradients.")
def one_answer_sum_for_mean(hs, lengths, w, b, labels):
    return tuple(len(hs) * each for each in reference.many_to_one_loss(hs, lengths, w, b, labels))


@mistake("many_to_one_loss", hint="The loss is divided by N, and so must be its gradient: dlogits = (p - t) / N.")
def one_answer_gradient_not_divided(hs, lengths, w, b, labels):
    loss, *grads = reference.many_to_one_loss(hs, lengths, w, b, labels)
    return loss, *(len(hs) * grad for grad in grads)


@mistake(
    "many_to_one_loss",
    hint="The answer was read at step lengths[n] - 1, so its gradient belongs there, not at the end.",
)
def one_answer_gradient_at_the_end(hs, lengths, w, b, labels):
    loss, dhs, dw, db = reference.many_to_one_loss(hs, lengths, w, b, labels)
    at_the_end = np.zeros_like(dhs)
    at_the_end[:, -1] = dhs.sum(axis=1)
    return loss, at_the_end, dw, db


@mistake("many_to_one_loss", hint="exp overflows for large logits. Subtract each row's maximum first.")
def one_answer_without_shift(hs, lengths, w, b, labels):
    _, *grads = reference.many_to_one_loss(hs, lengths, w, b, labels)
    rows = np.arange(len(hs))
    p = np.exp(hs[rows, lengths - 1] @ w.T + b)
    return -np.mean(np.log((p / p.sum(axis=1, keepdims=True))[rows, labels])), *grads


@mistake("many_to_many_loss", hint="exp overflows for large logits. Subtract each step's maximum first.")
def every_answer_without_shift(hs, lengths, w, b, labels):
    _, *grads = reference.many_to_many_loss(hs, lengths, w, b, labels)
    real = np.arange(hs.shape[1]) < lengths[:, None]
    p = np.exp(hs[real] @ w.T + b)
    return -np.mean(np.log((p / p.sum(axis=1, keepdims=True))[np.arange(len(p)), labels[real]])), *grads


@mistake("many_to_many_loss", hint="Padding counts in the denominator here: divide by the number of valid steps.")
def every_answer_divided_by_all_steps(hs, lengths, w, b, labels):
    share = lengths.sum() / hs[..., 0].size
    return tuple(share * each for each in reference.many_to_many_loss(hs, lengths, w, b, labels))


@mistake("many_to_many_loss", hint="The padding is no part of the sequence: it adds neither to the loss nor to dhs.")
def every_answer_with_padding(hs, lengths, w, b, labels):
    reference.many_to_many_loss(hs, lengths, w, b, labels)
    return reference.many_to_many_loss(hs, np.full_like(lengths, hs.shape[1]), w, b, labels % len(w))


@mistake(
    "many_to_many_loss", hint="The mean runs over all valid steps at once; a mean of the sequences' means is not it."
)
def every_answer_mean_of_means(hs, lengths, w, b, labels):
    reference.many_to_many_loss(hs, lengths, w, b, labels)
    each = [reference.many_to_many_loss(hs[[n]], lengths[[n]], w, b, labels[[n]]) for n in range(len(hs))]
    losses, dhs, dws, dbs = zip(*each, strict=True)
    return np.mean(losses), np.concatenate(dhs) / len(hs), np.mean(dws, axis=0), np.mean(dbs, axis=0)


@mistake("many_to_many_loss", hint="Dividing by N leaves a sum over time: divide by the number of valid steps.")
def every_answer_divided_by_batch(hs, lengths, w, b, labels):
    steps = lengths.sum() / len(hs)
    return tuple(steps * each for each in reference.many_to_many_loss(hs, lengths, w, b, labels))


@mistake("generate_one_to_many", hint="x is read once, at the first step; after it the input is zero.")
def generate_from_x_at_every_step(x, steps, w_ih, w_hh, b_ih, b_hh):
    reference.generate_one_to_many(x, steps, w_ih, w_hh, b_ih, b_hh)
    h0 = np.zeros((len(x), len(w_ih)), dtype=x.dtype)
    return reference.rnn_forward(np.repeat(x[:, None], steps, axis=1), h0, w_ih, w_hh, b_ih, b_hh)[0]


@mistake("generate_one_to_many", hint="The biases count at every step, whether or not there is an input.")
def generate_biases_once(x, steps, w_ih, w_hh, b_ih, b_hh):
    reference.generate_one_to_many(x, steps, w_ih, w_hh, b_ih, b_hh)
    hs = [np.tanh(x @ w_ih.T + b_ih + b_hh)]
    while len(hs) < steps:
        hs.append(np.tanh(hs[-1] @ w_hh.T))
    return np.stack(hs, axis=1)


@mistake("generate_one_to_many", hint="hs[:, 0] is the state after x was read, not the zeros before it.")
def generate_starts_with_zeros(x, steps, w_ih, w_hh, b_ih, b_hh):
    hs = reference.generate_one_to_many(x, steps, w_ih, w_hh, b_ih, b_hh)
    return np.concatenate([0 * hs[:, :1], hs[:, :-1]], axis=1)


@mistake("birnn_forward", hint="The backward states come in the order of reading: turn them back into that of time.")
def both_states_not_turned_back(x, forward_params, backward_params):
    hs, cache = reference.birnn_forward(x, forward_params, backward_params)
    ahead, back = np.split(hs, 2, axis=2)
    return np.concatenate([ahead, back[:, ::-1]], axis=2), cache


@mistake("birnn_forward", hint="The second network reads from the end: turn x around along time for it.")
def both_read_forwards(x, forward_params, backward_params):
    hs, cache = reference.birnn_forward(x, forward_params, backward_params)
    back = reference.birnn_forward(x, backward_params, backward_params)[0]
    hidden = hs.shape[2] // 2
    return np.concatenate([hs[:, :, :hidden], back[:, :, :hidden]], axis=2), cache


@mistake("birnn_forward", hint="The two directions are two networks: the second has weights of its own.")
def both_with_the_same_weights(x, forward_params, backward_params):
    return reference.birnn_forward(x, forward_params, forward_params)


@mistake("birnn_forward", hint="The states of the two directions stand side by side, 2H columns; they are not added.")
def both_added(x, forward_params, backward_params):
    hs, cache = reference.birnn_forward(x, forward_params, backward_params)
    return sum(np.split(hs, 2, axis=2)), cache


@mistake("birnn_backward", hint="Both networks read x, so their gradients for it add up.")
def both_back_dx_of_one(dhs, cache):
    return reference.rnn_backward(np.split(dhs, 2, axis=2)[0], cache[0])[0], *reference.birnn_backward(dhs, cache)[1:]


@mistake("birnn_backward", hint="The second network read from the end: give it its half of dhs in that order.")
def both_back_dhs_not_turned(dhs, cache):
    ahead, back = np.split(dhs, 2, axis=2)
    return reference.birnn_backward(np.concatenate([ahead, back[:, ::-1]], axis=2), cache)


@mistake("birnn_backward", hint="The second dx comes in the order of reading: turn it before you add it to the first.")
def both_back_dx_not_turned(dhs, cache):
    dx, *others = reference.birnn_backward(dhs, cache)
    ahead = reference.rnn_backward(np.split(dhs, 2, axis=2)[0], cache[0])[0]
    return ahead + (dx - ahead)[:, ::-1], *others


@mistake(
    "birnn_backward", hint="The first H columns of dhs belong to the forward network, the others to the backward one."
)
def both_back_halves_swapped(dhs, cache):
    return reference.birnn_backward(np.concatenate(np.split(dhs, 2, axis=2)[::-1], axis=2), cache)


@mistake("leaky_forward", hint="alpha is the share that is kept: it goes with the old state, 1 - alpha with v.")
def leaky_shares_swapped(v, alpha):
    reference.leaky_forward(v, alpha)
    return reference.leaky_forward(v, 1 - alpha)


@mistake("leaky_forward", hint="The state before the first step is 0, so that h_1 = (1 - alpha) * v_1, not v_1.")
def leaky_starts_at_v(v, alpha):
    hs, cache = reference.leaky_forward(v, alpha)
    kept = np.asarray(alpha, dtype=hs.dtype) ** np.arange(1, v.shape[1] + 1, dtype=hs.dtype)
    return hs + kept[:, None] * v[:, :1], cache


@mistake(
    "leaky_forward", hint="What comes in is weighted by 1 - alpha: a unit told the same again and again goes there."
)
def leaky_all_of_v(v, alpha):
    hs, cache = reference.leaky_forward(v, alpha)
    return hs / max(1 - alpha, 1e-300), cache


@mistake("delayed_rnn_forward", hint="Look `delay` steps back, not always one.")
def delayed_by_one(x, h0, w_ih, w_hh, b_ih, b_hh, delay):
    reference.delayed_rnn_forward(x, h0, w_ih, w_hh, b_ih, b_hh, delay)
    return reference.rnn_forward(x, h0, w_ih, w_hh, b_ih, b_hh)


@mistake("delayed_rnn_forward", hint="delay = 1 is the step just before: this looks one step too far back.")
def delayed_one_too_far(x, h0, w_ih, w_hh, b_ih, b_hh, delay):
    reference.delayed_rnn_forward(x, h0, w_ih, w_hh, b_ih, b_hh, delay)
    return reference.delayed_rnn_forward(x, h0, w_ih, w_hh, b_ih, b_hh, delay + 1)


@mistake("delayed_rnn_forward", hint="All states before the first step are h0: the first `delay` steps start from it.")
def delayed_from_zeros(x, h0, w_ih, w_hh, b_ih, b_hh, delay):
    reference.delayed_rnn_forward(x, h0, w_ih, w_hh, b_ih, b_hh, delay)
    return reference.delayed_rnn_forward(x, 0 * h0, w_ih, w_hh, b_ih, b_hh, delay)
