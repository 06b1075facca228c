"""The GRU (gated recurrent unit): a recurrent layer that decides, unit by unit, what to keep and what to make anew.

Shapes are torch's (batch_first=True): sequences x are (N, T, D), hidden states hs are (N, T, H), one hidden state h is
(N, H). The weights are w_ih (3H, D), w_hh (3H, H) and the biases b_ih, b_hh (3H,), everywhere in this order. Their rows
come in three blocks of H: reset gate r, update gate z, candidate n. A block is named by the index of its letter: W_in
is the last block of w_ih, b_hn that of b_hh. The gradient of the loss for an array is called d plus its name and has
that array's shape. Results have the dtype of the inputs (float32 in, float32 out; integers count as float64), and no
function changes its arguments. Bad input is refused by the lines above the part that you write.
"""

import numpy as np


def require_shape(name, array, shape):
    """Raise a ValueError that names the array, unless it has this shape. Given, as is the next."""
    if array.shape != shape:
        raise ValueError(f"{name} must have the shape {shape}, not {array.shape}")


def require_fit(x, w_ih, w_hh, b_ih, b_hh, **state):
    """A state (h or h0) and weights that fit x, which is (N, D) or (N, T, D), and the 3H rows of w_ih."""
    hidden = len(w_ih) // 3
    for name, array, size in (("w_ih", w_ih, x.shape[-1]), ("w_hh", w_hh, hidden)):
        require_shape(name, array, (3 * hidden, size))
    for name, array in state.items():
        require_shape(name, array, (len(x), hidden))
    for name, array in (("b_ih", b_ih), ("b_hh", b_hh)):
        require_shape(name, array, (3 * hidden,))


def gru_gates(x, h, w_ih, w_hh, b_ih, b_hh):
    """What the layer will do at this step: two gates from 0 to 1, and a candidate for the new state.

    r = s(x W_ir^T + b_ir + h W_hr^T + b_hr) and z = s(x W_iz^T + b_iz + h W_hz^T + b_hz), with the sigmoid
    s(a) = 1 / (1 + exp(-a)). The reset gate then says how much of the old state the candidate hears of:
    n = tanh(x W_in^T + b_in + r * (h W_hn^T + b_hn)). It acts after the product, and on the bias b_hn as well.

    exp(1000) is infinite in float64. Hint: s(a) = (1 + tanh(a / 2)) / 2, and np.tanh never overflows.

    Args:
        x: the input of this step, array (N, D).
        h: the hidden state before it, array (N, H).
        w_ih, w_hh: weights for the input and for the hidden state, arrays (3H, D) and (3H, H).
        b_ih, b_hh: biases, arrays (3H,). The two are not just added, as they are in an LSTM: b_hn is multiplied by r.

    Returns:
        (r, z, n): arrays (N, H), finite and free of warnings for sums up to 10,000 and more. The dtype is the inputs', and
        the arguments stay as they are.

    Raises:
        ValueError: naming h, w_ih, w_hh, b_ih or b_hh, if its shape is not the one above. N and D are those of x, H is
            a third of the rows of w_ih. Nothing is broadcast: an h of shape (1, H) will do for N = 1 only.

    Source: torch.nn.GRUCell; Cho et al., "Learning phrase representations using RNN encoder-decoder for statistical
    machine translation" (2014), whose later versions reset before the product: (r * h) W_hn^T.

    Example:
        >>> b_ih, b_hh = np.array([0.0, 0.0, np.log(2) - 3]), np.array([np.log(3), -np.log(3), 4.0])
        >>> r, z, n = gru_gates(np.zeros((1, 1)), np.zeros((1, 1)), np.ones((3, 1)), np.ones((3, 1)), b_ih, b_hh)
        >>> np.round(np.concatenate([r, z, n], axis=1), 6)  # s(ln 3), s(-ln 3), tanh(ln 2 - 3 + 0.75 * 4)
        array([[0.75, 0.25, 0.6 ]])
    """
    require_fit(x, w_ih, w_hh, b_ih, b_hh, h=h)
    ### BEGIN SOLUTION
    x_r, x_z, x_n = np.split(x @ w_ih.T + b_ih, 3, axis=1)
    h_r, h_z, h_n = np.split(h @ w_hh.T + b_hh, 3, axis=1)
    r, z = ((1 + np.tanh(a / 2)) / 2 for a in (x_r + h_r, x_z + h_z))
    return r, z, np.tanh(x_n + r * h_n)
    ### END SOLUTION


def gru_step_forward(x, h, w_ih, w_hh, b_ih, b_hh):
    """One step: each unit's new state lies between its candidate and its old state, and z says where.

    h_next = (1 - z) * n + z * h, elementwise, with the gates of gru_gates: z = 1 keeps, z = 0 makes anew. So it is in
    torch and in Cho et al.; Chung et al. and others write z where this has 1 - z.

    Args:
        x: the input of this step, array (N, D).
        h: the hidden state before it, array (N, H).
        w_ih, w_hh, b_ih, b_hh: weights and biases as in gru_gates.

    Returns:
        (h_next, cache): the new state, array (N, H), and whatever gru_step_backward will need; yours to choose. The dtype
        is the inputs', and the arguments stay as they are.

    Raises:
        ValueError: naming h, w_ih, w_hh, b_ih or b_hh, if its shape does not fit, as in gru_gates.

    Source: torch.nn.GRUCell; Cho et al. (2014), equation 7.

    Example:
        >>> b_ih, b_hh = np.array([0.0, 0.0, np.log(2) - 3]), np.array([np.log(3), -np.log(3), 4.0])
        >>> x, h, w = np.zeros((1, 1)), np.ones((1, 1)), np.zeros((3, 1))  # r = 0.75, z = 0.25, n = 0.6, as above
        >>> h_next, cache = gru_step_forward(x, h, w, w, b_ih, b_hh)
        >>> np.round(h_next, 6)  # 0.75 * 0.6 + 0.25 * 1
        array([[0.7]])
    """
    require_fit(x, w_ih, w_hh, b_ih, b_hh, h=h)
    ### BEGIN SOLUTION
    r, z, n = gru_gates(x, h, w_ih, w_hh, b_ih, b_hh)
    hidden = h.shape[1]
    q = h @ w_hh[2 * hidden :].T + b_hh[2 * hidden :]
    return (1 - z) * n + z * h, (x, h, r, z, n, q, w_ih, w_hh)
    ### END SOLUTION


def gru_step_backward(dh_next, cache):
    """Gradients of one step, given that for the state it made.

    From h_next: dn = dh_next * (1 - z), dz = dh_next * (h - n), and h gets dh_next * z directly. Back through the
    non-linearities to the sums inside: da_n = dn * (1 - n^2), da_z = dz * z (1 - z), and, as r multiplied
    q = h W_hn^T + b_hn, da_r = da_n * q * r (1 - r), while q itself gets da_n * r. Side by side, what the input's part
    hears is di = [da_r, da_z, da_n] (N, 3H) and what the hidden part hears is dj = [da_r, da_z, da_n * r]: two linear
    layers. dx = di W_ih, dw_ih = di^T x, dh = dh_next * z + dj W_hh, dw_hh = dj^T h; db_ih and db_hh are the sums of di
    and dj over the batch.

    Args:
        dh_next: upstream gradient, array (N, H).
        cache: what gru_step_forward returned beside the state.

    Returns:
        (dx, dh, dw_ih, dw_hh, db_ih, db_hh): arrays of the shapes of gru_step_forward's inputs and of dh_next's dtype;
        dh_next stays as it is.

    Source: torch.nn.GRUCell, as differentiated by torch.autograd.

    Example:
        >>> b_ih, b_hh = np.array([0.0, 0.0, np.log(2) - 3]), np.array([np.log(3), -np.log(3), 4.0])
        >>> x, h, w = np.zeros((1, 1)), np.ones((1, 1)), np.zeros((3, 1))
        >>> h_next, cache = gru_step_forward(x, h, w, w, b_ih, b_hh)
        >>> dx, dh, dw_ih, dw_hh, db_ih, db_hh = gru_step_backward(np.array([[100.0]]), cache)
        >>> print(np.round(db_ih, 6), np.round(db_hh, 6))  # da_n = 75 * 0.64 = 48, of which r lets 36 through to b_hn
        [36.   7.5 48. ] [36.   7.5 36. ]
    """
    ### BEGIN SOLUTION
    x, h, r, z, n, q, w_ih, w_hh = cache
    da_n = dh_next * (1 - z) * (1 - n**2)
    da_z = dh_next * (h - n) * z * (1 - z)
    da_r = da_n * q * r * (1 - r)
    di = np.concatenate([da_r, da_z, da_n], axis=1)
    dj = np.concatenate([da_r, da_z, da_n * r], axis=1)
    return di @ w_ih, dh_next * z + dj @ w_hh, di.T @ x, dj.T @ h, di.sum(axis=0), dj.sum(axis=0)
    ### END SOLUTION


def gru_forward(x, h0, w_ih, w_hh, b_ih, b_hh):
    """A GRU layer along whole sequences: the same step with the same weights, T times, the state carried on.

    h_t = step(x_t, h_{t-1}) for t = 1, ..., T, from h_0 = h0.

    Args:
        x: sequences, array (N, T, D), T at least 1.
        h0: the state before the first step, array (N, H).
        w_ih, w_hh, b_ih, b_hh: weights and biases as in gru_gates.

    Returns:
        (hs, cache): hs is an array (N, T, H), hs[:, t] the hidden state after reading x[:, t]; cache is whatever
        gru_backward will need. The dtype is the inputs' (integers count as float64), and the arguments stay as they are.

    Raises:
        ValueError: naming h0, w_ih, w_hh, b_ih or b_hh, if its shape does not fit, as in gru_gates.

    Source: torch.nn.GRU(batch_first=True).

    Example:
        >>> w_ih, b = np.array([[0.0], [0.0], [1.0]]), np.zeros(3)  # z = 0.5 and n = tanh(x)
        >>> hs, cache = gru_forward(np.array([[[np.log(2)], [0.0]]]), np.array([[0.4]]), w_ih, np.zeros((3, 1)), b, b)
        >>> np.round(hs[0, :, 0], 6)  # halfway from 0.4 to 0.6, then halfway to 0
        array([0.5 , 0.25])
    """
    require_fit(x, w_ih, w_hh, b_ih, b_hh, h0=h0)
    ### BEGIN SOLUTION
    h, hs, caches = h0, [], []
    for t in range(x.shape[1]):
        h, cache = gru_step_forward(x[:, t], h, w_ih, w_hh, b_ih, b_hh)
        hs.append(h)
        caches.append(cache)
    return np.stack(hs, axis=1), caches
    ### END SOLUTION


def gru_backward(dhs, cache):
    """Backpropagation through time: the gradients of a GRU layer.

    From the last step to the first, h_t acts on the loss directly (dhs[:, t]) and through step t + 1:
    dh_t = dhs_t + (dh from step t + 1), starting from 0. The weights are the same at every step, so their gradients add
    up over t. A part of the gradient is only multiplied by z at each step, never by a matrix: where the update gate
    keeps the state, it keeps the gradient too.

    Args:
        dhs: upstream gradient for every hidden state, array (N, T, H), zero where the loss does not look.
        cache: what gru_forward returned beside hs.

    Returns:
        (dx, dh0, dw_ih, dw_hh, db_ih, db_hh): arrays of the shapes of gru_forward's inputs and of dhs's dtype. dhs stays as
        it is, and so does cache: another layer's backward pass may come in between.

    Source: torch.nn.GRU, as differentiated by torch.autograd.

    Example:
        >>> w_ih, b = np.array([[0.0], [0.0], [1.0]]), np.zeros(3)
        >>> hs, cache = gru_forward(np.array([[[np.log(2)], [0.0]]]), np.array([[0.4]]), w_ih, np.zeros((3, 1)), b, b)
        >>> dx, dh0, *others = gru_backward(np.array([[[0.0], [16.0]]]), cache)
        >>> print(np.round(dx[0, :, 0], 6), np.round(dh0, 6))  # 16 is halved by z twice; dx_1 = 8 / 2 * (1 - 0.6^2)
        [2.56 8.  ] [[4.]]
    """
    ### BEGIN SOLUTION
    dh, dxs, totals = 0, [], (0, 0, 0, 0)
    for t in reversed(range(len(cache))):
        dx, dh, *grads = gru_step_backward(dhs[:, t] + dh, cache[t])
        dxs.append(dx)
        totals = [sum(both) for both in zip(totals, grads, strict=True)]
    return np.stack(dxs[::-1], axis=1), dh, *totals
    ### END SOLUTION
