"""Step by step and gate by gate: objects for caches, named tuples and lists for tuples, sums added up on the way."""

from collections import namedtuple

import numpy as np

Gates = namedtuple("Gates", "r z n")
StepGrads = namedtuple("StepGrads", "dx dh dw_ih dw_hh db_ih db_hh")


class Memo:
    def __init__(self, **kept):
        self.__dict__.update(kept)


def _sigmoid(a):
    decay = np.exp(-np.abs(a))
    return np.where(a >= 0, 1, decay) / (1 + decay)


def _parts(x, h, w_ih, w_hh, b_ih, b_hh):
    hidden = h.shape[1]
    for k in range(3):
        rows = slice(k * hidden, (k + 1) * hidden)
        yield np.einsum("nd,kd->nk", x, w_ih[rows]) + b_ih[rows], np.einsum("nh,kh->nk", h, w_hh[rows]) + b_hh[rows]


def gru_gates(x, h, w_ih, w_hh, b_ih, b_hh):
    n, hidden = x.shape[0], w_hh.shape[-1]
    if w_ih.ndim != 2 or w_ih.shape[1] != x.shape[1]:
        raise ValueError("w_ih has not the columns of x")
    if w_hh.shape != (len(w_ih), len(w_ih) // 3):
        raise ValueError("w_hh is not (3H, H)")
    if h.shape != (n, hidden):
        raise ValueError("h is not (N, H)")
    for name, b in (("b_ih", b_ih), ("b_hh", b_hh)):
        if b.shape != (3 * hidden,):
            raise ValueError(f"{name} is not (3H,)")
    reset, update, new = _parts(x, h, w_ih, w_hh, b_ih, b_hh)
    r = _sigmoid(sum(reset))
    return Gates(r, _sigmoid(sum(update)), np.tanh(new[0] + r * new[1]))


def gru_step_forward(x, h, w_ih, w_hh, b_ih, b_hh):
    gates = gru_gates(x, h, w_ih, w_hh, b_ih, b_hh)
    *_, (_, heard) = _parts(x, h, w_ih, w_hh, b_ih, b_hh)
    return [gates.n + gates.z * (h - gates.n), Memo(x=x, h=h, gates=gates, heard=heard, weights=(w_ih, w_hh))]


def gru_step_backward(dh_next, cache):
    r, z, n = cache.gates
    hidden = n.shape[1]
    new = (dh_next - dh_next * z) * (1 - n) * (1 + n)
    reset = new * cache.heard * (r - r * r)
    update = dh_next * (cache.h - n) * (z - z * z)
    dx, dh = np.zeros_like(cache.x), dh_next * z
    dw_ih, dw_hh, db_ih, db_hh = [], [], [], []
    for k, (from_x, from_h) in enumerate([(reset, reset), (update, update), (new, new * r)]):
        rows = slice(k * hidden, (k + 1) * hidden)
        dx += from_x @ cache.weights[0][rows]
        dh += from_h @ cache.weights[1][rows]
        dw_ih.append((cache.x.T @ from_x).T)
        dw_hh.append((cache.h.T @ from_h).T)
        db_ih.append(np.einsum("nh->h", from_x))
        db_hh.append(np.einsum("nh->h", from_h))
    return StepGrads(dx, dh, np.vstack(dw_ih), np.vstack(dw_hh), np.concatenate(db_ih), np.concatenate(db_hh))


def gru_forward(x, h0, w_ih, w_hh, b_ih, b_hh):
    if h0.shape != (x.shape[0], w_ih.shape[0] // 3):
        raise ValueError("h0 is not (N, H)")
    states, memos = [h0], {}
    for t, inputs in enumerate(np.moveaxis(x, 1, 0)):
        h, memos[t] = gru_step_forward(inputs, states[-1], w_ih, w_hh, b_ih, b_hh)
        states.append(h)
    return [np.array(states[1:]).transpose(1, 0, 2), memos]


def gru_backward(dhs, cache):
    steps = dhs.shape[1]
    grads = [None] * steps
    for t in range(steps - 1, -1, -1):
        dh = dhs[:, t] if t == steps - 1 else dhs[:, t] + grads[t + 1].dh
        grads[t] = gru_step_backward(dh, cache[t])
    summed = [sum(getattr(each, name) for each in grads) for name in StepGrads._fields[2:]]
    return [np.stack([each.dx for each in grads], axis=1), grads[0].dh, *summed]
