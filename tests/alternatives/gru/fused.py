"""The layer at once: input products of all steps together, states kept in whole arrays, one product for each gradient."""

import numpy as np


def _check(sizes):
    for name, (got, wanted) in sizes.items():
        if tuple(got) != tuple(wanted):
            raise ValueError(f"{name}: {got} instead of {wanted}")


def gru_forward(x, h0, w_ih, w_hh, b_ih, b_hh):
    n, steps, d = x.shape
    rows = w_ih.shape[0]
    hidden = rows // 3
    _check(
        {
            "h0": (h0.shape, (n, hidden)),
            "w_ih": (w_ih.shape, (rows, d)),
            "w_hh": (w_hh.shape, (rows, hidden)),
            "b_hh": (b_hh.shape, (rows,)),
            "b_ih": (b_ih.shape, (rows,)),
        }
    )
    ahead = np.tensordot(x, w_ih, axes=(2, 1)) + b_ih
    hs = np.empty((n, steps + 1, hidden), dtype=h0.dtype)
    gates = np.empty((4, n, steps, hidden), dtype=h0.dtype)  # r, z, n and what r multiplies
    hs[:, 0] = h0
    for t in range(steps):
        back = hs[:, t] @ w_hh.T + b_hh
        both = 0.5 + 0.5 * np.tanh(0.5 * (ahead[:, t, : 2 * hidden] + back[:, : 2 * hidden]))
        r, z = both[:, :hidden], both[:, hidden:]
        new = np.tanh(ahead[:, t, 2 * hidden :] + r * back[:, 2 * hidden :])
        gates[:, :, t] = r, z, new, back[:, 2 * hidden :]
        hs[:, t + 1] = new - z * (new - hs[:, t])
    return hs[:, 1:], {"x": x, "hs": hs, "gates": gates, "weights": (w_ih, w_hh)}


def gru_backward(dhs, cache):
    x, hs, (r, z, new, heard), (w_ih, w_hh) = (cache[key] for key in ("x", "hs", "gates", "weights"))
    n, steps, hidden = r.shape
    by_x = np.empty((n, steps, 3, hidden), dtype=hs.dtype)
    by_h = np.empty_like(by_x)
    dh = np.zeros_like(hs[:, 0])
    for t in range(steps)[::-1]:
        dh = dh + dhs[:, t]
        by_x[:, t, 2] = dh * (1 - z[:, t]) * (1 - new[:, t] ** 2)
        by_x[:, t, 1] = dh * (hs[:, t] - new[:, t]) * z[:, t] * (1 - z[:, t])
        by_x[:, t, 0] = by_x[:, t, 2] * heard[:, t] * r[:, t] * (1 - r[:, t])
        by_h[:, t] = by_x[:, t]
        by_h[:, t, 2] *= r[:, t]
        dh = dh * z[:, t] + by_h[:, t].reshape(n, -1) @ w_hh
    flat_x, flat_h = by_x.reshape(n * steps, -1), by_h.reshape(n * steps, -1)
    dw_ih = flat_x.T @ x.reshape(n * steps, -1)
    dw_hh = flat_h.T @ hs[:, :-1].reshape(n * steps, hidden)
    return (flat_x @ w_ih).reshape(x.shape), dh, dw_ih, dw_hh, flat_x.sum(axis=0), flat_h.sum(axis=0)


def gru_step_forward(x, h, w_ih, w_hh, b_ih, b_hh):
    """A sequence of one step."""
    _check({"h": (h.shape, (len(x), len(w_ih) // 3))})
    hs, cache = gru_forward(x[:, None], h, w_ih, w_hh, b_ih, b_hh)
    return hs[:, 0], cache


def gru_step_backward(dh_next, cache):
    dx, *others = gru_backward(dh_next[:, None], cache)
    return dx[:, 0], *others


def gru_gates(x, h, w_ih, w_hh, b_ih, b_hh):
    return [*gru_step_forward(x, h, w_ih, w_hh, b_ih, b_hh)[1]["gates"][:3, :, 0]]
