"""Padding masked by multiplication, one backward loop for whole and cut windows."""

import numpy as np


def rnn_forward(x, h0, w_ih, w_hh, b_ih, b_hh):
    n, steps, _ = x.shape
    for name, given, wanted in (
        ("b_ih", b_ih.shape, w_ih.shape[:1]),
        ("b_hh", b_hh.shape, w_ih.shape[:1]),
        ("w_hh", w_hh.shape, 2 * w_ih.shape[:1]),
        ("w_ih", w_ih.shape[1:], x.shape[2:]),
        ("h0", h0.shape, (n, *w_ih.shape[:1])),
    ):
        if given != wanted:
            raise ValueError(f"{name}: {given} instead of {wanted}")
    states = np.zeros((n, steps + 1, len(w_hh)), dtype=h0.dtype)  # h0 first
    states[:, 0] = h0
    both = np.concatenate([w_ih, w_hh], axis=1)  # one matrix for the input and the state side by side
    for t in range(steps):
        states[:, t + 1] = np.tanh(np.concatenate([x[:, t], states[:, t]], axis=1) @ both.T + b_ih + b_hh)
    return states[:, 1:], {"x": x, "states": states, "both": both}


def _backward(dhs, cache, starts):
    """`starts` holds the steps whose gradient does not pass to the step before."""
    x, states, both = cache["x"], cache["states"], cache["both"]
    _, steps, d = x.shape
    dstates, dx = np.zeros_like(states), np.zeros_like(dhs, shape=x.shape)
    dboth, db = np.zeros_like(both), np.zeros_like(both[:, 0])
    dstates[:, 1:] = dhs
    for t in reversed(range(steps)):
        dz = dstates[:, t + 1] * (1 - states[:, t + 1] * states[:, t + 1])
        read = np.concatenate([x[:, t], states[:, t]], axis=1)
        dboth += dz.T @ read
        db += dz.sum(0)
        dread = dz @ both
        dx[:, t] = dread[:, :d]
        if t not in starts:
            dstates[:, t] += dread[:, d:]
    return dx, dstates[:, 0], dboth[:, :d], dboth[:, d:], db, db


def rnn_backward(dhs, cache):
    return _backward(dhs, cache, set())


def truncated_bptt(dhs, cache, window):
    if window < 1:
        raise ValueError(f"a window of {window} steps")
    return _backward(dhs, cache, set(range(window, dhs.shape[1], window)))


def many_to_many_loss(hs, lengths, w, b, labels):
    n, steps, _ = hs.shape
    if lengths.shape != (n,) or (lengths < 1).any() or (lengths > steps).any():
        raise ValueError("lengths")
    mask = np.arange(steps)[None] < lengths[:, None]
    if labels.shape != mask.shape or ((labels < 0) | (labels >= len(w)))[mask].any():
        raise ValueError("labels")
    target = np.where(mask, labels, 0)
    share = (mask / mask.sum()).astype(hs.dtype)
    logits = np.einsum("nth,kh->ntk", hs, w) + b
    logits -= logits.max(axis=2, keepdims=True)
    p = np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)
    wanted = np.eye(len(w), dtype=hs.dtype)[target]
    log_p = (wanted * logits).sum(axis=2) - np.log(np.exp(logits).sum(axis=2))
    dlogits = (p - wanted) * share[:, :, None]
    return -(log_p * share).sum(), dlogits @ w, np.einsum("ntk,nth->kh", dlogits, hs), dlogits.sum(axis=(0, 1))


def many_to_one_loss(hs, lengths, w, b, labels):
    n, steps, _ = hs.shape
    if lengths.shape != (n,) or lengths.min() < 1 or lengths.max() > steps:
        raise ValueError("lengths")
    if labels.shape != (n,):
        raise ValueError("labels")
    last = (np.arange(steps)[None] == lengths[:, None] - 1).astype(hs.dtype)
    chosen = np.einsum("nt,nth->nh", last, hs)[:, None]
    loss, dchosen, dw, db = many_to_many_loss(chosen, np.ones_like(lengths), w, b, labels[:, None])
    return loss, last[:, :, None] * dchosen, dw, db


def leaky_forward(v, alpha):
    if not (alpha >= 0 and alpha <= 1):
        raise ValueError("alpha")
    steps = v.shape[1]
    age = np.arange(steps)[:, None] - np.arange(steps)[None]
    shares = np.where(age < 0, 0, (1 - alpha) * float(alpha) ** np.maximum(age, 0))
    return np.tensordot(v, shares, axes=(1, 1)).swapaxes(1, 2).astype(np.result_type(v, np.float32)), "nothing"


def gradient_norm_through_time(w_hh, steps, rng):
    if w_hh.ndim != 2 or len(w_hh) != w_hh.shape[1]:
        raise ValueError("w_hh is not square")
    if steps < 0:
        raise ValueError("negative steps")
    g = rng.normal(size=(1, len(w_hh)))
    norms = [float(np.sqrt(np.sum(g * g)))]
    for _ in range(steps):
        g = g @ w_hh
        norms.append(float(np.sqrt(np.sum(g * g))))
    return np.array([norm / norms[0] for norm in norms])
