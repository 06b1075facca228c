"""Known wrong answers, each with the hint that a student gets.

Those of a backward pass read the reference's cache: (x, h, r, z, n, q, w_ih, w_hh) of a step, with q = h W_hn^T + b_hn,
and a list of these of a layer.
"""

import numpy as np

from autograder import mistake, reference_beside

reference = reference_beside(__file__)


def sums(x, h, w_ih, w_hh, b_ih, b_hh):
    """Three sums from x and three from h, for r, z and n; bad input is refused as the reference does."""
    reference.gru_gates(x, h, w_ih, w_hh, b_ih, b_hh)
    return *np.split(x @ w_ih.T + b_ih, 3, axis=1), *np.split(h @ w_hh.T + b_hh, 3, axis=1)


def opened(a):
    return (1 + np.tanh(a / 2)) / 2


@mistake("gru_gates", hint="The blocks come in torch's order r, z, n: the first belongs to the reset gate.")
def gates_in_order_z_r_n(x, h, w_ih, w_hh, b_ih, b_hh):
    x_z, x_r, x_n, h_z, h_r, h_n = sums(x, h, w_ih, w_hh, b_ih, b_hh)
    r = opened(x_r + h_r)
    return r, opened(x_z + h_z), np.tanh(x_n + r * h_n)


@mistake("gru_gates", hint="A gate's rows stand together, H in a block; they do not take turns unit by unit.")
def gates_unit_by_unit(x, h, w_ih, w_hh, b_ih, b_hh):
    parts = np.concatenate(sums(x, h, w_ih, w_hh, b_ih, b_hh), axis=1).reshape(len(x), 2, -1, 3)
    (x_r, x_z, x_n), (h_r, h_z, h_n) = (np.moveaxis(parts[:, k], -1, 0) for k in range(2))
    r = opened(x_r + h_r)
    return r, opened(x_z + h_z), np.tanh(x_n + r * h_n)


@mistake("gru_gates", hint="The candidate n is a value from -1 to 1: tanh. Only the gates r and z are sigmoids.")
def gates_candidate_with_sigmoid(x, h, w_ih, w_hh, b_ih, b_hh):
    x_r, x_z, x_n, h_r, h_z, h_n = sums(x, h, w_ih, w_hh, b_ih, b_hh)
    r = opened(x_r + h_r)
    return r, opened(x_z + h_z), opened(x_n + r * h_n)


@mistake("gru_gates", hint="b_hn stands inside the brackets that r multiplies: r * (h W_hn^T + b_hn).")
def gates_bias_outside_the_reset(x, h, w_ih, w_hh, b_ih, b_hh):
    _, _, x_n, _, _, h_n = sums(x, h, w_ih, w_hh, b_ih, b_hh)
    r, z, _ = reference.gru_gates(x, h, w_ih, w_hh, b_ih, b_hh)
    b_hn = b_hh[2 * h.shape[1] :]
    return r, z, np.tanh(x_n + r * (h_n - b_hn) + b_hn)


@mistake(
    "gru_gates",
    hint="Here, as in torch, r acts after the product: r * (h W_hn^T + b_hn). (r * h) W_hn^T is another layer.",
)
def gates_reset_before_the_product(x, h, w_ih, w_hh, b_ih, b_hh):
    _, _, x_n, *_ = sums(x, h, w_ih, w_hh, b_ih, b_hh)
    r, z, _ = reference.gru_gates(x, h, w_ih, w_hh, b_ih, b_hh)
    rows = slice(2 * h.shape[1], None)
    return r, z, np.tanh(x_n + (r * h) @ w_hh[rows].T + b_hh[rows])


@mistake("gru_gates", hint="r multiplies only what the old state adds to the candidate; the input's part is not reset.")
def gates_reset_of_the_input_too(x, h, w_ih, w_hh, b_ih, b_hh):
    _, _, x_n, _, _, h_n = sums(x, h, w_ih, w_hh, b_ih, b_hh)
    r, z, _ = reference.gru_gates(x, h, w_ih, w_hh, b_ih, b_hh)
    return r, z, np.tanh(r * (x_n + h_n))


@mistake("gru_gates", hint="The candidate must not hear of the old state in full: multiply its part by r.")
def gates_without_reset(x, h, w_ih, w_hh, b_ih, b_hh):
    _, _, x_n, _, _, h_n = sums(x, h, w_ih, w_hh, b_ih, b_hh)
    r, z, _ = reference.gru_gates(x, h, w_ih, w_hh, b_ih, b_hh)
    return r, z, np.tanh(x_n + h_n)


@mistake("gru_gates", hint="There are two biases, b_ih and b_hh, and both are used.")
def gates_one_bias(x, h, w_ih, w_hh, b_ih, b_hh):
    return reference.gru_gates(x, h, w_ih, w_hh, b_ih, 0 * b_hh)


@mistake(
    "gru_gates",
    hint="The values are right, but exp(-a) overflows for a far below 0 and warns: use a form that never takes it.",
)
def gates_overflow(x, h, w_ih, w_hh, b_ih, b_hh):
    x_r, x_z, x_n, h_r, h_z, h_n = sums(x, h, w_ih, w_hh, b_ih, b_hh)
    r = 1 / (1 + np.exp(-x_r - h_r))
    return r, 1 / (1 + np.exp(-x_z - h_z)), np.tanh(x_n + r * h_n)


@mistake(
    "gru_step_forward",
    hint="The update gate is the wrong way round (as Chung et al. write it): here z keeps the old h and 1 - z takes n.",
)
def step_update_gate_reversed(x, h, w_ih, w_hh, b_ih, b_hh):
    _, cache = reference.gru_step_forward(x, h, w_ih, w_hh, b_ih, b_hh)
    _, z, n = cache[2:5]
    return z * n + (1 - z) * h, cache


@mistake("gru_step_forward", hint="What z keeps of the old state, the candidate must leave room for: (1 - z) * n.")
def step_candidate_in_full(x, h, w_ih, w_hh, b_ih, b_hh):
    _, cache = reference.gru_step_forward(x, h, w_ih, w_hh, b_ih, b_hh)
    return cache[4] + cache[3] * h, cache


@mistake("gru_step_forward", hint="The old state is missing: it is carried over by z * h, beside (1 - z) * n.")
def step_old_state_left_out(x, h, w_ih, w_hh, b_ih, b_hh):
    _, cache = reference.gru_step_forward(x, h, w_ih, w_hh, b_ih, b_hh)
    return (1 - cache[3]) * cache[4], cache


@mistake("gru_step_forward", hint="The reset gate has done its work inside the candidate; the mixing is for z alone.")
def step_mixes_by_the_reset_gate(x, h, w_ih, w_hh, b_ih, b_hh):
    _, cache = reference.gru_step_forward(x, h, w_ih, w_hh, b_ih, b_hh)
    r, _, n = cache[2:5]
    return (1 - r) * n + r * h, cache


@mistake("gru_step_forward", hint="The new state is the mixture itself: no tanh around it, only inside the candidate.")
def step_tanh_on_the_way_out(x, h, w_ih, w_hh, b_ih, b_hh):
    h_next, cache = reference.gru_step_forward(x, h, w_ih, w_hh, b_ih, b_hh)
    return np.tanh(h_next), cache


def step_back(dh_next, cache, heard_by_r=None, dz=None, slope_n=None, reset_back=True):
    """The gradients of a step; the options say what is done otherwise."""
    x, h, r, z, n, q, w_ih, w_hh = cache
    da_n = dh_next * (1 - z) * (1 - n**2 if slope_n is None else slope_n)
    da_z = (dh_next * (h - n) if dz is None else dz) * z * (1 - z)
    da_r = da_n * (q if heard_by_r is None else heard_by_r) * r * (1 - r)
    di, dj = np.hstack([da_r, da_z, da_n]), np.hstack([da_r, da_z, da_n * r if reset_back else da_n])
    return di @ w_ih, dh_next * z + dj @ w_hh, di.T @ x, dj.T @ h, di.sum(axis=0), dj.sum(axis=0)


@mistake("gru_step_backward", hint="h also reaches h_next directly, by z * h: add dh_next * z to what the gates say.")
def step_back_direct_way_left_out(dh_next, cache):
    dx, dh, *others = reference.gru_step_backward(dh_next, cache)
    return dx, dh - dh_next * cache[3], *others


@mistake("gru_step_backward", hint="h acts through r, z and n as well: dh is dh_next * z plus what comes through W_hh.")
def step_back_only_the_direct_way(dh_next, cache):
    dx, _, *others = reference.gru_step_backward(dh_next, cache)
    return dx, dh_next * cache[3], *others


@mistake("gru_step_backward", hint="On the way to the hidden part of the candidate the gradient is multiplied by r.")
def step_back_reset_left_out(dh_next, cache):
    return step_back(dh_next, cache, reset_back=False)


@mistake("gru_step_backward", hint="What r multiplied was h W_hn^T + b_hn, not h: that is its factor on the way back.")
def step_back_reset_gate_hears_h(dh_next, cache):
    return step_back(dh_next, cache, heard_by_r=cache[1])


@mistake("gru_step_backward", hint="b_hn was inside the brackets that r multiplied: it belongs to dr as well.")
def step_back_reset_gate_without_bias(dh_next, cache):
    h, w_hh = cache[1], cache[7]
    return step_back(dh_next, cache, heard_by_r=h @ w_hh[2 * h.shape[1] :].T)


@mistake("gru_step_backward", hint="z pulls h_next towards h and away from n: dz = dh_next * (h - n), not (n - h).")
def step_back_update_gate_reversed(dh_next, cache):
    return step_back(dh_next, cache, dz=dh_next * (cache[4] - cache[1]))


@mistake("gru_step_backward", hint="z stands in h_next twice, in z * h and in (1 - z) * n: dz needs both.")
def step_back_update_gate_hears_h_only(dh_next, cache):
    return step_back(dh_next, cache, dz=dh_next * cache[1])


@mistake(
    "gru_step_backward",
    hint="Weights and biases act on every sequence: their gradients are sums over the batch. If a mean is wanted, the loss "
    "has divided by N already, and dh_next brings that along.",
)
def step_back_averaged_over_the_batch(dh_next, cache):
    dx, dh, *others = reference.gru_step_backward(dh_next, cache)
    return dx, dh, *(each / len(dh_next) for each in others)


@mistake("gru_step_backward", hint="The candidate is a tanh, with the slope 1 - n^2; s (1 - s) is for the gates.")
def step_back_candidate_as_gate(dh_next, cache):
    return step_back(dh_next, cache, slope_n=cache[4] * (1 - cache[4]))


@mistake("gru_step_backward", hint="The two biases part company at the candidate: db_hn has passed through r.")
def step_back_same_bias_gradients(dh_next, cache):
    *others, db_ih, _ = reference.gru_step_backward(dh_next, cache)
    return *others, db_ih, db_ih


@mistake("gru_forward", hint="Carry the state on: step t starts from the h that step t - 1 made, not from h0.")
def forward_state_not_carried(x, h0, w_ih, w_hh, b_ih, b_hh):
    reference.gru_forward(x, h0, w_ih, w_hh, b_ih, b_hh)
    steps = [reference.gru_step_forward(x[:, t], h0, w_ih, w_hh, b_ih, b_hh) for t in range(x.shape[1])]
    return np.stack([h for h, _ in steps], axis=1), [cache for _, cache in steps]


@mistake("gru_forward", hint="The first step starts from h0, which need not be zero.")
def forward_starts_from_zeros(x, h0, w_ih, w_hh, b_ih, b_hh):
    reference.gru_forward(x, h0, w_ih, w_hh, b_ih, b_hh)
    return reference.gru_forward(x, 0 * h0, w_ih, w_hh, b_ih, b_hh)


@mistake("gru_forward", hint="hs[:, t] is the state after reading x[:, t]: h0 is not among them, the last state is.")
def forward_states_before_reading(x, h0, w_ih, w_hh, b_ih, b_hh):
    hs, cache = reference.gru_forward(x, h0, w_ih, w_hh, b_ih, b_hh)
    return np.concatenate([h0[:, None], hs[:, :-1]], axis=1), cache


@mistake("gru_forward", hint="Time is axis 1: put the states together with np.stack(..., axis=1), (N, T, H).")
def forward_time_first(x, h0, w_ih, w_hh, b_ih, b_hh):
    hs, cache = reference.gru_forward(x, h0, w_ih, w_hh, b_ih, b_hh)
    return hs.swapaxes(0, 1), cache


@mistake("gru_backward", hint="h_t also acts on step t + 1: add the dh that comes back from there to dhs[:, t].")
def backward_dh_not_carried(dhs, cache):
    dxs, dhs_before, *grads = zip(
        *(reference.gru_step_backward(dhs[:, t], cache[t]) for t in range(len(cache))), strict=True
    )
    return np.stack(dxs, axis=1), dhs_before[0], *(sum(each) for each in grads)


@mistake("gru_backward", hint="The loss may look at every state: add dhs[:, t] at each step, not only at the last.")
def backward_last_state_only(dhs, cache):
    last = np.zeros_like(dhs)
    last[:, -1] = dhs[:, -1]
    return reference.gru_backward(last, cache)


@mistake("gru_backward", hint="The weights' gradients of all steps add up: `+=` in the loop, where `=` overwrites.")
def backward_weights_overwritten(dhs, cache):
    dx, dh0, *_ = reference.gru_backward(dhs, cache)
    dh = dhs[:, 0]
    if len(cache) > 1:
        dh = dh + reference.gru_backward(dhs[:, 1:], cache[1:])[1]
    return dx, dh0, *reference.gru_step_backward(dh, cache[0])[2:]


@mistake("gru_backward", hint="The dx of the steps come last one first: turn them back into the order of time.")
def backward_dx_in_reverse(dhs, cache):
    dx, *others = reference.gru_backward(dhs, cache)
    return dx[:, ::-1], *others


@mistake(
    "gru_backward",
    hint="Weights and biases act on every sequence: their gradients are sums over the batch. If a mean is wanted, the loss "
    "has divided by N already, and dhs brings that along.",
)
def backward_averaged_over_the_batch(dhs, cache):
    dx, dh0, *others = reference.gru_backward(dhs, cache)
    return dx, dh0, *(each / len(dhs) for each in others)


@mistake("gru_backward", hint="`dhs[:, t] += dh` writes into the caller's array. Add into a new one.")
def backward_changes_dhs(dhs, cache):
    grads, dh = reference.gru_backward(dhs, cache), 0
    for t in reversed(range(len(cache))):
        dhs[:, t] += dh
        dh = reference.gru_step_backward(dhs[:, t], cache[t])[1]
    return grads
