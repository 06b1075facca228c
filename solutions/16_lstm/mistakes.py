"""Known wrong answers, each with the hint that a student gets.

Those of a backward pass read the reference's cache: (x, h, c, i, f, g, o, c_next, w_ih, w_hh) of a step, a list of
these of a layer.
"""

import numpy as np

from autograder import mistake, reference_beside

reference = reference_beside(__file__)


def sums(x, h, w_ih, w_hh, b_ih, b_hh):
    """z_i, z_f, z_g, z_o; bad input is refused as the reference does."""
    reference.lstm_gates(x, h, w_ih, w_hh, b_ih, b_hh)
    return np.split(x @ w_ih.T + b_ih + h @ w_hh.T + b_hh, 4, axis=1)


def opened(z):
    return (1 + np.tanh(z / 2)) / 2


@mistake("lstm_gates", hint="The blocks come in torch's order i, f, g, o: the third is the candidate, the last o.")
def gates_in_order_i_f_o_g(x, h, w_ih, w_hh, b_ih, b_hh):
    z_i, z_f, z_o, z_g = sums(x, h, w_ih, w_hh, b_ih, b_hh)
    return opened(z_i), opened(z_f), np.tanh(z_g), opened(z_o)


@mistake("lstm_gates", hint="The blocks come in torch's order i, f, g, o: the first belongs to the input gate.")
def gates_in_order_f_i_g_o(x, h, w_ih, w_hh, b_ih, b_hh):
    z_f, z_i, z_g, z_o = sums(x, h, w_ih, w_hh, b_ih, b_hh)
    return opened(z_i), opened(z_f), np.tanh(z_g), opened(z_o)


@mistake("lstm_gates", hint="A gate's rows stand together, H in a block; they do not take turns unit by unit.")
def gates_unit_by_unit(x, h, w_ih, w_hh, b_ih, b_hh):
    z = np.concatenate(sums(x, h, w_ih, w_hh, b_ih, b_hh), axis=1).reshape(len(x), -1, 4)
    return opened(z[..., 0]), opened(z[..., 1]), np.tanh(z[..., 2]), opened(z[..., 3])


@mistake("lstm_gates", hint="The candidate g is what gets written, from -1 to 1: tanh. Only the gates are sigmoids.")
def gates_candidate_with_sigmoid(x, h, w_ih, w_hh, b_ih, b_hh):
    return tuple(opened(z) for z in sums(x, h, w_ih, w_hh, b_ih, b_hh))


@mistake("lstm_gates", hint="There are two biases, b_ih and b_hh, and both are added.")
def gates_one_bias(x, h, w_ih, w_hh, b_ih, b_hh):
    return reference.lstm_gates(x, h, w_ih, w_hh, b_ih, 0 * b_hh)


@mistake(
    "lstm_gates",
    hint="The values are right, but exp(-z) overflows for z far below 0 and warns: use a form that never takes it.",
)
def gates_overflow(x, h, w_ih, w_hh, b_ih, b_hh):
    z_i, z_f, z_g, z_o = sums(x, h, w_ih, w_hh, b_ih, b_hh)
    return 1 / (1 + np.exp(-z_i)), 1 / (1 + np.exp(-z_f)), np.tanh(z_g), 1 / (1 + np.exp(-z_o))


@mistake("set_forget_bias", hint="The two biases are added in the gate, so it is their sum that should be the value.")
def forget_bias_twice(b_ih, b_hh, value):
    b_ih, b_hh = reference.set_forget_bias(b_ih, b_hh, value)
    b_hh[len(b_hh) // 4 : len(b_hh) // 2] = value
    return b_ih, b_hh


@mistake("set_forget_bias", hint="b_hh has a block for f as well, and is added: set it too, or take it into account.")
def forget_bias_other_one_left(b_ih, b_hh, value):
    return reference.set_forget_bias(b_ih, b_hh, value)[0], b_hh.copy()


@mistake("set_forget_bias", hint="The order is i, f, g, o: the forget gate's block is the second one.")
def forget_bias_on_input_gate(b_ih, b_hh, value):
    turned = reference.set_forget_bias(np.roll(b_ih, len(b_ih) // 4), np.roll(b_hh, len(b_hh) // 4), value)
    return tuple(np.roll(b, -(len(b) // 4)) for b in turned)


@mistake("set_forget_bias", hint="Only the forget gate is to be opened: the other three blocks stay as they are.")
def forget_bias_on_all_gates(b_ih, b_hh, value):
    reference.set_forget_bias(b_ih, b_hh, value)
    return np.full_like(b_ih, value), np.zeros_like(b_hh)


@mistake("set_forget_bias", hint="The caller keeps the biases that were given: work on copies.")
def forget_bias_in_place(b_ih, b_hh, value):
    b_ih[:], b_hh[:] = reference.set_forget_bias(b_ih, b_hh, value)
    return b_ih, b_hh


@mistake(
    "lstm_step_forward",
    hint="sigmoid(f * c + i * g) is a slip that circulates. Nothing squashes the cell: c_next = f * c + i * g.",
)
def step_sigmoid_over_the_cell(x, h, c, w_ih, w_hh, b_ih, b_hh):
    _, c_next, (*others, o, _, w_ih, w_hh) = reference.lstm_step_forward(x, h, c, w_ih, w_hh, b_ih, b_hh)
    c_next = opened(c_next)
    return o * np.tanh(c_next), c_next, (*others, o, c_next, w_ih, w_hh)


@mistake("lstm_step_forward", hint="tanh is for what shows, h_next. The cell that is carried on is not squashed.")
def step_carries_tanh_of_the_cell(x, h, c, w_ih, w_hh, b_ih, b_hh):
    h_next, c_next, cache = reference.lstm_step_forward(x, h, c, w_ih, w_hh, b_ih, b_hh)
    return h_next, np.tanh(c_next), cache


@mistake("lstm_step_forward", hint="On its way out the cell passes through tanh: h_next = o * tanh(c_next).")
def step_without_tanh_on_the_way_out(x, h, c, w_ih, w_hh, b_ih, b_hh):
    _, c_next, cache = reference.lstm_step_forward(x, h, c, w_ih, w_hh, b_ih, b_hh)
    return cache[6] * c_next, c_next, cache


@mistake("lstm_step_forward", hint="What shows is the new cell: h_next = o * tanh(c_next), not the tanh of the old c.")
def step_shows_the_old_cell(x, h, c, w_ih, w_hh, b_ih, b_hh):
    _, c_next, cache = reference.lstm_step_forward(x, h, c, w_ih, w_hh, b_ih, b_hh)
    return cache[6] * np.tanh(c), c_next, cache


@mistake("lstm_step_forward", hint="f decides what is kept of the old cell, i what is taken in of the candidate.")
def step_input_and_forget_swapped(x, h, c, w_ih, w_hh, b_ih, b_hh):
    i, f, g, o = reference.lstm_step_forward(x, h, c, w_ih, w_hh, b_ih, b_hh)[2][3:7]
    c_next = i * c + f * g
    return o * np.tanh(c_next), c_next, (x, h, c, i, f, g, o, c_next, w_ih, w_hh)


def step_back(
    dh_next, cell, cache, df_from=None, slope_g=None, slope=lambda s: s * (1 - s), slope_f=None, cell_shown=True
):
    """The gradients of a step, from the whole gradient `cell` of c_next; the rest says what is done otherwise."""
    x, h, c, i, f, g, o, c_next, w_ih, w_hh = cache
    df, slope_g = cell * (c if df_from is None else df_from), 1 - g**2 if slope_g is None else slope_g
    do = dh_next * (np.tanh(c_next) if cell_shown else c_next)
    dz = np.hstack([cell * g * slope(i), df * (slope_f or slope)(f), cell * i * slope_g, do * slope(o)])
    return dz @ w_ih, dz @ w_hh, cell * f, dz.T @ x, dz.T @ h, dz.sum(axis=0), dz.sum(axis=0)


@mistake("lstm_step_backward", hint="c_next goes on to the next step too: its own gradient dc_next must be added.")
def step_back_dc_next_left_out(dh_next, dc_next, cache):
    return reference.lstm_step_backward(dh_next, 0 * dc_next, cache)


@mistake("lstm_step_backward", hint="c_next also acts through h_next = o * tanh(c_next): add that to dc_next.")
def step_back_only_dc_next(dh_next, dc_next, cache):
    return step_back(dh_next, dc_next, cache)


@mistake("lstm_step_backward", hint="From h_next to c_next the way leads through tanh: times 1 - tanh(c_next)^2.")
def step_back_without_slope_of_tanh(dh_next, dc_next, cache):
    return step_back(dh_next, dc_next + dh_next * cache[6], cache)


@mistake("lstm_step_backward", hint="The candidate is a tanh, with the slope 1 - g^2; s (1 - s) is for the gates.")
def step_back_candidate_as_gate(dh_next, dc_next, cache):
    _, _, _, _, _, g, o, c_next, _, _ = cache
    return step_back(dh_next, dc_next + dh_next * o * (1 - np.tanh(c_next) ** 2), cache, slope_g=g * (1 - g))


@mistake("lstm_step_backward", hint="The forget gate was multiplied by the cell before the step, c, not by c_next.")
def step_back_df_from_new_cell(dh_next, dc_next, cache):
    o, c_next = cache[6:8]
    return step_back(dh_next, dc_next + dh_next * o * (1 - np.tanh(c_next) ** 2), cache, df_from=c_next)


def of_the_sigmoid(gate):
    """The slope of a sigmoid, as if the gate were the sum inside it."""
    return opened(gate) * (1 - opened(gate))


@mistake("lstm_step_backward", hint="f is the sigmoid already: its slope is f (1 - f), without another sigmoid of f.")
def step_back_sigmoid_of_f_again(dh_next, dc_next, cache):
    o, c_next = cache[6:8]
    return step_back(dh_next, dc_next + dh_next * o * (1 - np.tanh(c_next) ** 2), cache, slope_f=of_the_sigmoid)


@mistake(
    "lstm_step_backward", hint="The gates are sigmoids already: the slopes are i (1 - i), f (1 - f) and o (1 - o)."
)
def step_back_sigmoid_of_the_gates_again(dh_next, dc_next, cache):
    o, c_next = cache[6:8]
    return step_back(dh_next, dc_next + dh_next * o * (1 - np.tanh(c_next) ** 2), cache, slope=of_the_sigmoid)


@mistake("lstm_step_backward", hint="W_hh was multiplied by the h before the step, not by the one that it made.")
def step_back_dw_hh_from_new_state(dh_next, dc_next, cache):
    *others, _, db_ih, db_hh = reference.lstm_step_backward(dh_next, dc_next, cache)
    x, _, *rest = cache
    made = (x, cache[6] * np.tanh(cache[7]), *rest)
    return *others, reference.lstm_step_backward(dh_next, dc_next, made)[4], db_ih, db_hh


@mistake(
    "lstm_step_backward",
    hint="Weights and biases act on every sequence: their gradients are sums over the batch. If a mean is wanted, the loss "
    "has divided by N already, and dh_next brings that along.",
)
def step_back_averaged_over_the_batch(dh_next, dc_next, cache):
    dx, dh, dc, *others = reference.lstm_step_backward(dh_next, dc_next, cache)
    return dx, dh, dc, *(each / len(dh_next) for each in others)


@mistake("lstm_step_backward", hint="The output gate was multiplied by tanh(c_next), not by c_next itself.")
def step_back_do_without_tanh(dh_next, dc_next, cache):
    o, c_next = cache[6:8]
    return step_back(dh_next, dc_next + dh_next * o * (1 - np.tanh(c_next) ** 2), cache, cell_shown=False)


@mistake("lstm_step_backward", hint="c was multiplied by the forget gate on the way there, so dc is on the way back.")
def step_back_dc_not_forgotten(dh_next, dc_next, cache):
    dx, dh, dc, *others = reference.lstm_step_backward(dh_next, dc_next, cache)
    return dx, dh, dc / cache[4], *others


@mistake("lstm_forward", hint="Carry the cell on: step t starts from the c that step t - 1 made, not from c0.")
def forward_cell_not_carried(x, h0, c0, w_ih, w_hh, b_ih, b_hh):
    reference.lstm_forward(x, h0, c0, w_ih, w_hh, b_ih, b_hh)
    h, hs, caches = h0, [], []
    for t in range(x.shape[1]):
        h, c, cache = reference.lstm_step_forward(x[:, t], h, c0, w_ih, w_hh, b_ih, b_hh)
        hs.append(h)
        caches.append(cache)
    return np.stack(hs, axis=1), c, caches


@mistake("lstm_forward", hint="Carry the hidden state on: step t starts from the h that step t - 1 made, not from h0.")
def forward_hidden_state_not_carried(x, h0, c0, w_ih, w_hh, b_ih, b_hh):
    reference.lstm_forward(x, h0, c0, w_ih, w_hh, b_ih, b_hh)
    c, hs, caches = c0, [], []
    for t in range(x.shape[1]):
        h, c, cache = reference.lstm_step_forward(x[:, t], h0, c, w_ih, w_hh, b_ih, b_hh)
        hs.append(h)
        caches.append(cache)
    return np.stack(hs, axis=1), c, caches


@mistake("lstm_forward", hint="The first step starts from h0 and c0, which need not be zero.")
def forward_starts_from_zeros(x, h0, c0, w_ih, w_hh, b_ih, b_hh):
    reference.lstm_forward(x, h0, c0, w_ih, w_hh, b_ih, b_hh)
    return reference.lstm_forward(x, 0 * h0, 0 * c0, w_ih, w_hh, b_ih, b_hh)


@mistake("lstm_forward", hint="The cell starts from c0, which need not be empty.")
def forward_cell_starts_empty(x, h0, c0, w_ih, w_hh, b_ih, b_hh):
    reference.lstm_forward(x, h0, c0, w_ih, w_hh, b_ih, b_hh)
    return reference.lstm_forward(x, h0, 0 * c0, w_ih, w_hh, b_ih, b_hh)


@mistake("lstm_forward", hint="The second answer is the last cell state c, not the last hidden state: that is in hs.")
def forward_last_hidden_state_for_cell(x, h0, c0, w_ih, w_hh, b_ih, b_hh):
    hs, _, cache = reference.lstm_forward(x, h0, c0, w_ih, w_hh, b_ih, b_hh)
    return hs, hs[:, -1], cache


@mistake("lstm_forward", hint="Time is axis 1: put the states together with np.stack(..., axis=1), (N, T, H).")
def forward_time_first(x, h0, c0, w_ih, w_hh, b_ih, b_hh):
    hs, c_last, cache = reference.lstm_forward(x, h0, c0, w_ih, w_hh, b_ih, b_hh)
    return hs.swapaxes(0, 1), c_last, cache


def through_time(dhs, dc, cache, keep_dh=1, keep_dc=1):
    """BPTT that lets only a share of what comes from the next step through; the steps' gradients of the weights."""
    dh, dxs, grads = 0 * dc, [], []
    for t in reversed(range(len(cache))):
        shares = (1, 1) if t == len(cache) - 1 else (keep_dh, keep_dc)
        dx, dh, dc, *step = reference.lstm_step_backward(dhs[:, t] + shares[0] * dh, shares[1] * dc, cache[t])
        dxs.append(dx)
        grads.append(step)
    return np.stack(dxs[::-1], axis=1), dh, dc, grads


def summed(dx, dh, dc, grads):
    return dx, dh, dc, *(sum(each) for each in zip(*grads, strict=True))


@mistake("lstm_backward", hint="The cell's gradient dc goes back from step to step as well: carry it beside dh.")
def backward_dc_not_carried(dhs, dc_last, cache):
    return summed(*through_time(dhs, dc_last, cache, keep_dc=0))


@mistake("lstm_backward", hint="h_t also acts on step t + 1: add the dh that comes back from there to dhs[:, t].")
def backward_dh_not_carried(dhs, dc_last, cache):
    return summed(*through_time(dhs, dc_last, cache, keep_dh=0))


@mistake("lstm_backward", hint="The last cell state has a gradient of its own: start dc from dc_last, not from 0.")
def backward_dc_last_ignored(dhs, dc_last, cache):
    return reference.lstm_backward(dhs, 0 * dc_last, cache)


@mistake("lstm_backward", hint="The loss may look at every state: add dhs[:, t] at each step, not only at the last.")
def backward_last_state_only(dhs, dc_last, cache):
    last = np.zeros_like(dhs)
    last[:, -1] = dhs[:, -1]
    return reference.lstm_backward(last, dc_last, cache)


@mistake("lstm_backward", hint="The weights' gradients of all steps add up: `+=` in the loop, where `=` overwrites.")
def backward_weights_overwritten(dhs, dc_last, cache):
    dx, dh, dc, grads = through_time(dhs, dc_last, cache)
    return dx, dh, dc, *grads[-1]


@mistake("lstm_backward", hint="The dx of the steps come last one first: turn them back into the order of time.")
def backward_dx_in_reverse(dhs, dc_last, cache):
    dx, *others = reference.lstm_backward(dhs, dc_last, cache)
    return dx[:, ::-1], *others


@mistake(
    "lstm_backward",
    hint="Weights and biases act on every sequence: their gradients are sums over the batch. If a mean is wanted, the loss "
    "has divided by N already, and dhs brings that along.",
)
def backward_averaged_over_the_batch(dhs, dc_last, cache):
    dx, dh0, dc0, *others = reference.lstm_backward(dhs, dc_last, cache)
    return dx, dh0, dc0, *(each / len(dhs) for each in others)


@mistake("lstm_backward", hint="`dhs[:, t] += dh` writes into the caller's array. Add into a new one.")
def backward_changes_dhs(dhs, dc_last, cache):
    grads, dh, dc = reference.lstm_backward(dhs, dc_last, cache), 0 * dc_last, dc_last
    for t in reversed(range(len(cache))):
        dhs[:, t] += dh
        dh, dc = reference.lstm_step_backward(dhs[:, t], dc, cache[t])[1:3]
    return grads


@mistake("bilstm_forward", hint="The backward states come in the order of reading: turn them back into that of time.")
def both_states_not_turned_back(x, forward_params, backward_params):
    hs, cache = reference.bilstm_forward(x, forward_params, backward_params)
    ahead, back = np.split(hs, 2, axis=2)
    return np.concatenate([ahead, back[:, ::-1]], axis=2), cache


@mistake("bilstm_forward", hint="The second network reads from the end: turn x around along time for it.")
def both_read_forwards(x, forward_params, backward_params):
    hs, cache = reference.bilstm_forward(x, forward_params, backward_params)
    back = reference.bilstm_forward(x, backward_params, backward_params)[0]
    return np.concatenate([np.split(each, 2, axis=2)[0] for each in (hs, back)], axis=2), cache


@mistake("bilstm_forward", hint="The two directions are two networks: the second has weights of its own.")
def both_with_the_same_weights(x, forward_params, backward_params):
    return reference.bilstm_forward(x, forward_params, forward_params)


@mistake("bilstm_forward", hint="The states of the two directions stand side by side, 2H columns; they are not added.")
def both_added(x, forward_params, backward_params):
    hs, cache = reference.bilstm_forward(x, forward_params, backward_params)
    return sum(np.split(hs, 2, axis=2)), cache
