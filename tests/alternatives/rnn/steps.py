"""Everything from single steps: caches that are lists of the steps' caches, gradients added up on the way, lists for tuples."""

from collections import namedtuple

import numpy as np

Grads = namedtuple("Grads", "dx dh dw_ih dw_hh db_ih db_hh")


class StepCache:
    def __init__(self, x, h, slope, w_ih, w_hh):
        self.x, self.h, self.slope, self.w_ih, self.w_hh = x, h, slope, w_ih, w_hh


def rnn_step_forward(x, h, w_ih, w_hh, b_ih, b_hh):
    hidden = w_ih.shape[0]
    if w_ih.shape[1] != x.shape[1]:
        raise ValueError("w_ih has not the columns of x")
    if w_hh.shape != (hidden, hidden):
        raise ValueError("w_hh is not square")
    if b_ih.shape != (hidden,):
        raise ValueError("b_ih")
    if b_hh.shape != (hidden,):
        raise ValueError("b_hh")
    if h.shape != (x.shape[0], hidden):
        raise ValueError("h or h0")
    z = np.einsum("nd,hd->nh", x, w_ih) + np.einsum("nk,hk->nh", h, w_hh) + (b_ih + b_hh)
    decay = np.exp(-2 * np.abs(z))  # tanh without np.tanh
    h_next = np.sign(z) * (1 - decay) / (1 + decay)
    return [h_next, StepCache(x, h, (1 - h_next) * (1 + h_next), w_ih, w_hh)]


def rnn_step_backward(dh_next, cache):
    dz = dh_next * cache.slope
    db = np.ones(len(dz), dtype=dz.dtype) @ dz
    return Grads(dz @ cache.w_ih, dz @ cache.w_hh, (cache.x.T @ dz).T, (cache.h.T @ dz).T, db, db)


def rnn_forward(x, h0, w_ih, w_hh, b_ih, b_hh):
    h, states, caches = h0, [], []
    for inputs in np.moveaxis(x, 1, 0):
        h, cache = rnn_step_forward(inputs, h, w_ih, w_hh, b_ih, b_hh)
        states.append(h)
        caches.append(cache)
    return np.array(states).transpose(1, 0, 2), caches


def truncated_bptt(dhs, cache, window):
    if window <= 0:
        raise ValueError("window")
    dxs, dh = [], np.zeros_like(dhs[:, 0])
    sums = None
    for t in range(len(cache) - 1, -1, -1):
        grads = rnn_step_backward(dhs[:, t] + dh, cache[t])
        dh = grads.dh if t % window or t == 0 else np.zeros_like(grads.dh)
        dxs.insert(0, grads.dx)
        sums = list(grads[2:]) if sums is None else [a + b for a, b in zip(sums, grads[2:], strict=True)]
    return [np.stack(dxs, axis=1), dh, *sums]


def rnn_backward(dhs, cache):
    return truncated_bptt(dhs, cache, len(cache) + 1)


def clip_grad_norm(grads, max_norm):
    if max_norm <= 0:
        raise ValueError("max_norm")
    norm = np.linalg.norm([np.linalg.norm(grad.ravel()) for grad in grads])
    if norm <= max_norm:
        return [grad.copy() for grad in grads], norm
    return tuple((grad * (max_norm / norm)).astype(grad.dtype) for grad in grads), norm  # as in the paper, no 1e-6


def clip_grad_value(grads, limit):
    if limit <= 0:
        raise ValueError("limit")
    return tuple(np.maximum(np.minimum(grad, limit), -limit) for grad in grads)


def gradient_norm_through_time(w_hh, steps, rng):
    if steps < 0 or w_hh.ndim != 2 or len(set(w_hh.shape)) != 1:
        raise ValueError(f"bad steps {steps} or w_hh {w_hh.shape}")
    start = rng.standard_normal(len(w_hh))
    start /= np.sqrt(start @ start)
    powers = [np.linalg.matrix_power(w_hh, k) for k in range(steps + 1)]
    return np.linalg.norm(np.array([start @ power for power in powers]), axis=1)


def _check(hs, lengths):
    if lengths.shape != hs.shape[:1]:
        raise ValueError("as many lengths as sequences")
    if not all(1 <= length <= hs.shape[1] for length in lengths):
        raise ValueError("lengths out of range")


def _answer(h, w, b, label):
    """Loss and dlogits of one state."""
    if not 0 <= label < len(w):
        raise ValueError("labels out of range")
    logits = w @ h + b
    top = logits.max()
    weights = np.exp(logits - top)
    dlogits = weights / weights.sum()
    loss = top + np.log(weights.sum()) - logits[label]
    dlogits[label] -= 1
    return loss, dlogits


def _answers(hs, w, b, places):
    """One state after the other."""
    total, dhs, dw, db = 0.0, np.zeros_like(hs), np.zeros_like(w), np.zeros_like(b)
    for n, t, label in places:
        loss, dlogits = _answer(hs[n, t], w, b, label)
        dlogits = dlogits / len(places)
        total += float(loss) / len(places)
        dhs[n, t] = w.T @ dlogits
        dw += np.outer(dlogits, hs[n, t])
        db += dlogits
    return [total, dhs, dw, db]


def many_to_one_loss(hs, lengths, w, b, labels):
    _check(hs, lengths)
    if len(labels) != len(hs):
        raise ValueError("as many labels as sequences")
    return _answers(hs, w, b, [(n, lengths[n] - 1, labels[n]) for n in range(len(hs))])


def many_to_many_loss(hs, lengths, w, b, labels):
    _check(hs, lengths)
    if labels.shape != hs.shape[:2]:
        raise ValueError("as many labels as states")
    return _answers(hs, w, b, [(n, t, labels[n, t]) for n in range(len(hs)) for t in range(lengths[n])])


def generate_one_to_many(x, steps, w_ih, w_hh, b_ih, b_hh):
    if steps < 1:
        raise ValueError("steps")
    h, states = np.zeros((x.shape[0], w_hh.shape[0]), w_hh.dtype), []
    for t in range(steps):
        h, _ = rnn_step_forward(x if t == 0 else np.zeros_like(x), h, w_ih, w_hh, b_ih, b_hh)
        states.append(h)
    return np.stack(states, 1)


def birnn_forward(x, forward_params, backward_params):
    n, steps, _ = x.shape
    hidden = forward_params[2].size
    hs, caches = np.zeros((n, steps, 2 * hidden), x.dtype), {}
    for direction, (params, order) in enumerate(
        ((forward_params, range(steps)), (backward_params, range(steps - 1, -1, -1)))
    ):
        h = np.zeros((n, hidden), x.dtype)
        for t in order:
            h, caches[steps * direction + t] = rnn_step_forward(x[:, t], h, *params)
            hs[:, t, direction * hidden : (direction + 1) * hidden] = h
    return hs, caches


def birnn_backward(dhs, cache):
    steps, hidden = dhs.shape[1], dhs.shape[2] // 2
    dx, totals = 0, []
    for direction, order in ((0, range(steps)), (1, range(steps - 1, -1, -1))):
        half = dhs[:, :, direction * hidden : (direction + 1) * hidden]
        dx_read, _, *grads = rnn_backward(half[:, list(order)], [cache[steps * direction + t] for t in order])
        unread = np.empty_like(dx_read)
        unread[:, list(order)] = dx_read
        dx = dx + unread
        totals.append(grads)
    return [dx, *totals]


def leaky_forward(v, alpha):
    if alpha < 0 or alpha > 1:
        raise ValueError("alpha")
    hs = np.zeros(v.shape, dtype=np.result_type(v, np.float32))
    for t in range(v.shape[1]):
        before = hs[:, t - 1] if t else np.zeros_like(hs[:, 0])
        hs[:, t] = before + (1 - alpha) * (v[:, t] - before)
    return (hs, None)


def delayed_rnn_forward(x, h0, w_ih, w_hh, b_ih, b_hh, delay):
    if delay < 1:
        raise ValueError("delay")
    states = [h0] * delay
    for t in range(x.shape[1]):
        states.append(rnn_step_forward(x[:, t], states[t], w_ih, w_hh, b_ih, b_hh)[0])
    return np.stack(states[delay:], axis=1), None
