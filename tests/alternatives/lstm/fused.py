"""The layer at once: input products of all steps together, states kept in whole arrays, one product for each gradient."""

import numpy as np


def _check(sizes):
    for name, (got, wanted) in sizes.items():
        if tuple(got) != tuple(wanted):
            raise ValueError(f"{name}: {got} instead of {wanted}")


def lstm_forward(x, h0, c0, w_ih, w_hh, b_ih, b_hh):
    n, steps, d = x.shape
    rows = w_ih.shape[0]
    hidden = rows // 4
    _check(
        {
            "c0": (c0.shape, (n, hidden)),
            "h0": (h0.shape, (n, hidden)),
            "w_ih": (w_ih.shape, (rows, d)),
            "w_hh": (w_hh.shape, (rows, hidden)),
            "b_hh": (b_hh.shape, (rows,)),
            "b_ih": (b_ih.shape, (rows,)),
        }
    )
    z_in = np.tensordot(x, w_ih, axes=(2, 1)) + (b_ih + b_hh)
    hs = np.empty((n, steps + 1, hidden), dtype=h0.dtype)
    cs = np.empty_like(hs)
    gates = np.empty((n, steps, 4, hidden), dtype=h0.dtype)
    hs[:, 0], cs[:, 0] = h0, c0
    scale = np.array([[0.5], [0.5], [1.0], [0.5]], dtype=h0.dtype)  # tanh(z / 2) makes the sigmoids
    for t in range(steps):
        z = (z_in[:, t] + hs[:, t] @ w_hh.T).reshape(n, 4, hidden)
        gates[:, t] = scale * np.tanh(scale * z) + (1 - scale)
        i, f, g, o = gates[:, t].swapaxes(0, 1)
        cs[:, t + 1] = f * cs[:, t] + i * g
        hs[:, t + 1] = o * np.tanh(cs[:, t + 1])
    return hs[:, 1:], cs[:, -1], {"x": x, "hs": hs, "cs": cs, "gates": gates, "weights": (w_ih, w_hh)}


def lstm_backward(dhs, dc_last, cache):
    x, hs, cs, gates, (w_ih, w_hh) = (cache[key] for key in ("x", "hs", "cs", "gates", "weights"))
    n, steps, _, hidden = gates.shape
    dz = np.empty_like(gates)
    i, f, g, o = (gates[:, :, k] for k in range(4))
    slopes = np.stack([i * (1 - i), f * (1 - f), 1 - g**2, o * (1 - o)], axis=2)
    shown = np.tanh(cs[:, 1:])
    dh, dc = np.zeros_like(dc_last), dc_last
    for t in range(steps)[::-1]:
        dh = dh + dhs[:, t]
        dc = dc + dh * o[:, t] * (1 - shown[:, t] ** 2)
        dz[:, t] = np.stack([dc * g[:, t], dc * cs[:, t], dc * i[:, t], dh * shown[:, t]], axis=1) * slopes[:, t]
        dc = dc * f[:, t]
        dh = dz[:, t].reshape(n, -1) @ w_hh
    flat = dz.reshape(n * steps, 4 * hidden)
    dw_ih = flat.T @ x.reshape(n * steps, -1)
    dw_hh = flat.T @ hs[:, :-1].reshape(n * steps, hidden)
    db = flat.sum(axis=0)
    return (flat @ w_ih).reshape(x.shape), dh, dc, dw_ih, dw_hh, db, db.copy()


def lstm_step_forward(x, h, c, w_ih, w_hh, b_ih, b_hh):
    """A sequence of one step."""
    _check({"h": (h.shape, (len(x), len(w_ih) // 4)), "c": (c.shape, (len(x), len(w_ih) // 4))})
    hs, c_next, cache = lstm_forward(x[:, None], h, c, w_ih, w_hh, b_ih, b_hh)
    return hs[:, 0], c_next, cache


def lstm_step_backward(dh_next, dc_next, cache):
    dx, *others = lstm_backward(dh_next[:, None], dc_next, cache)
    return dx[:, 0], *others


def lstm_gates(x, h, w_ih, w_hh, b_ih, b_hh):
    gates = lstm_step_forward(x, h, h, w_ih, w_hh, b_ih, b_hh)[2]["gates"]
    return [*gates[:, 0].swapaxes(0, 1)]


def bilstm_forward(x, forward_params, backward_params):
    h0 = np.zeros((len(x), forward_params[1].shape[1]), dtype=x.dtype)
    turned = lstm_forward(np.flip(x, 1), h0, h0, *backward_params)
    ahead = lstm_forward(x, h0, h0, *forward_params)
    return np.dstack([ahead[0], np.flip(turned[0], 1)]), [ahead[2], turned[2]]
