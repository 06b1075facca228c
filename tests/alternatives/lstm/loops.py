"""Step by step and gate by gate: objects for caches, named tuples and lists for tuples, sums added up on the way."""

from collections import namedtuple

import numpy as np

Gates = namedtuple("Gates", "i f g o")
StepGrads = namedtuple("StepGrads", "dx dh dc dw_ih dw_hh db_ih db_hh")


class Memo:
    def __init__(self, **kept):
        self.__dict__.update(kept)


def _sigmoid(z):
    decay = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, decay) / (1 + decay)


def lstm_gates(x, h, w_ih, w_hh, b_ih, b_hh):
    n, hidden = x.shape[0], w_hh.shape[-1]
    if w_ih.ndim != 2 or w_ih.shape[1] != x.shape[1]:
        raise ValueError("w_ih has not the columns of x")
    if w_hh.shape != (len(w_ih), len(w_ih) // 4):
        raise ValueError("w_hh is not (4H, H)")
    if h.shape != (n, hidden):
        raise ValueError("h is not (N, H)")
    for name, b in (("b_ih", b_ih), ("b_hh", b_hh)):
        if b.shape != (4 * hidden,):
            raise ValueError(f"{name} is not (4H,)")
    gates = []
    for k, squash in enumerate((_sigmoid, _sigmoid, np.tanh, _sigmoid)):
        rows = slice(k * hidden, (k + 1) * hidden)
        z = np.einsum("nd,kd->nk", x, w_ih[rows]) + np.einsum("nh,kh->nk", h, w_hh[rows])
        gates.append(squash(z + (b_ih[rows] + b_hh[rows])))
    return Gates(*gates)


def set_forget_bias(b_ih, b_hh, value):
    if b_ih.ndim != 1 or b_ih.size % 4 != 0:
        raise ValueError("b_ih is no row of 4H numbers")
    if b_hh.size != b_ih.size:
        raise ValueError("b_hh is not as long as b_ih")
    forget = np.repeat([False, True, False, False], b_ih.size // 4)
    missing = (value - b_ih - b_hh) * forget / 2
    return [(b_ih + missing).astype(b_ih.dtype), (b_hh + missing).astype(b_hh.dtype)]


def lstm_step_forward(x, h, c, w_ih, w_hh, b_ih, b_hh):
    gates = lstm_gates(x, h, w_ih, w_hh, b_ih, b_hh)
    if c.shape != h.shape:
        raise ValueError("c is not (N, H)")
    kept = gates.f * c
    c_next = kept + gates.i * gates.g
    shown = np.tanh(c_next)
    return [gates.o * shown, c_next, Memo(x=x, h=h, c=c, gates=gates, shown=shown, weights=(w_ih, w_hh))]


def lstm_step_backward(dh_next, dc_next, cache):
    i, f, g, o = cache.gates
    total = dc_next + dh_next * (o - o * cache.shown * cache.shown)
    by_gate = [
        total * g * (i - i * i),
        total * cache.c * (f - f * f),
        total * i * (1 - g) * (1 + g),
        dh_next * cache.shown * (o - o * o),
    ]
    hidden = f.shape[1]
    dx, dh = np.zeros_like(cache.x), np.zeros_like(cache.h)
    dw_ih, dw_hh, db = [], [], []
    for k, dz in enumerate(by_gate):
        rows = slice(k * hidden, (k + 1) * hidden)
        dx += dz @ cache.weights[0][rows]
        dh += dz @ cache.weights[1][rows]
        dw_ih.append((cache.x.T @ dz).T)
        dw_hh.append((cache.h.T @ dz).T)
        db.append(np.einsum("nh->h", dz))
    db = np.concatenate(db)
    return StepGrads(dx, dh, total * f, np.vstack(dw_ih), np.vstack(dw_hh), db, db)


def lstm_forward(x, h0, c0, w_ih, w_hh, b_ih, b_hh):
    for name, state in (("h0", h0), ("c0", c0)):
        if state.shape != (x.shape[0], w_ih.shape[0] // 4):
            raise ValueError(f"{name} is not (N, H)")
    states = [(h0, c0)]
    memos = {}
    for t, inputs in enumerate(np.moveaxis(x, 1, 0)):
        h, c, memos[t] = lstm_step_forward(inputs, *states[-1], w_ih, w_hh, b_ih, b_hh)
        states.append((h, c))
    return [np.array([h for h, _ in states[1:]]).transpose(1, 0, 2), states[-1][1], memos]


def lstm_backward(dhs, dc_last, cache):
    steps = dhs.shape[1]
    grads = [None] * steps
    later = None
    for t in range(steps - 1, -1, -1):
        dh, dc = (dhs[:, t], dc_last) if later is None else (dhs[:, t] + later.dh, later.dc)
        later = grads[t] = lstm_step_backward(dh, dc, cache[t])
    summed = [sum(getattr(each, name) for each in grads) for name in StepGrads._fields[3:]]
    return [np.stack([each.dx for each in grads], axis=1), grads[0].dh, grads[0].dc, *summed]


def bilstm_forward(x, forward_params, backward_params):
    n, steps, _ = x.shape
    hidden = len(forward_params[2]) // 4
    hs = np.zeros((n, steps, 2, hidden), dtype=x.dtype)
    for direction, (params, order) in enumerate(
        ((forward_params, range(steps)), (backward_params, range(steps - 1, -1, -1)))
    ):
        h = c = np.zeros((n, hidden), dtype=x.dtype)
        for t in order:
            h, c, _ = lstm_step_forward(x[:, t], h, c, *params)
            hs[:, t, direction] = h
    return hs.reshape(n, steps, 2 * hidden), None
