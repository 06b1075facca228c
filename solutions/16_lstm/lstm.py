"""The LSTM (long short-term memory): a recurrent layer with a memory that gates write, keep and read.

Shapes are torch's (batch_first=True): sequences x are (N, T, D), hidden states hs are (N, T, H); one hidden state h and
one cell state c are (N, H). The weights are w_ih (4H, D), w_hh (4H, H) and the biases b_ih, b_hh (4H,), everywhere in
this order. Their rows come in four blocks of H: input gate i, forget gate f, candidate g, output gate o. The gradient
of the loss for an array is called d plus its name and has that array's shape. Results have the dtype of the inputs
(float32 in, float32 out; integers count as float64), and no function changes its arguments. Bad input is refused by the
lines above the part that you write.
"""

import numpy as np


def require(holds, message):
    """Raise ValueError(message), unless the condition holds. Given, as are the next two."""
    if not holds:
        raise ValueError(message)


def require_shape(name, array, shape):
    require(array.shape == shape, f"{name} must have the shape {shape}, not {array.shape}")


def require_fit(x, w_ih, w_hh, b_ih, b_hh, **states):
    """States (h and c, or h0 and c0) and weights that fit x, which is (N, D) or (N, T, D), and the 4H rows of w_ih."""
    hidden = len(w_ih) // 4
    for name, array, size in (("w_ih", w_ih, x.shape[-1]), ("w_hh", w_hh, hidden)):
        require_shape(name, array, (4 * hidden, size))
    for name, array in states.items():
        require_shape(name, array, (len(x), hidden))
    for name, array in (("b_ih", b_ih), ("b_hh", b_hh)):
        require_shape(name, array, (4 * hidden,))


def lstm_gates(x, h, w_ih, w_hh, b_ih, b_hh):
    """What the cell will do at this step: three gates from 0 (closed) to 1 (open), and a candidate to be written.

    z = x W_ih^T + b_ih + h W_hh^T + b_hh has 4H columns, in blocks of H: z_i, z_f, z_g, z_o. Then
    i = s(z_i), f = s(z_f), g = tanh(z_g), o = s(z_o), with the sigmoid s(z) = 1 / (1 + exp(-z)).

    exp(1000) is infinite in float64. Hint: s(z) = (1 + tanh(z / 2)) / 2, and np.tanh never overflows.

    Args:
        x: the input of this step, array (N, D).
        h: the hidden state before it, array (N, H).
        w_ih, w_hh: weights for the input and for the hidden state, arrays (4H, D) and (4H, H).
        b_ih, b_hh: biases, arrays (4H,). Two of them, as in torch, though they are only ever added.

    Returns:
        (i, f, g, o): arrays (N, H), finite and free of warnings for |z| up to 10,000 and more. The dtype is the inputs',
        and the arguments stay as they are.

    Raises:
        ValueError: naming h, w_ih, w_hh, b_ih or b_hh, if its shape is not the one above. N and D are those of x, H is
            a quarter of the rows of w_ih. Nothing is broadcast: an h of shape (1, H) will do for N = 1 only.

    Source: torch.nn.LSTMCell; Hochreiter, Schmidhuber, "Long short-term memory" (1997), and for the forget gate Gers,
    Schmidhuber, Cummins, "Learning to forget: continual prediction with LSTM" (2000).

    Example:
        >>> b_ih, b_hh = np.log([1.0, 3.0, 2.0, 1.0]), np.log([1.0, 1.0, 1.0, 1 / 3])
        >>> i, f, g, o = lstm_gates(np.zeros((1, 1)), np.zeros((1, 1)), np.ones((4, 1)), np.ones((4, 1)), b_ih, b_hh)
        >>> np.round(np.concatenate([i, f, g, o], axis=1), 6)  # s(0), s(ln 3), tanh(ln 2), s(-ln 3)
        array([[0.5 , 0.75, 0.6 , 0.25]])
    """
    require_fit(x, w_ih, w_hh, b_ih, b_hh, h=h)
    ### BEGIN SOLUTION
    z_i, z_f, z_g, z_o = np.split(x @ w_ih.T + b_ih + h @ w_hh.T + b_hh, 4, axis=1)
    i, f, o = ((1 + np.tanh(z / 2)) / 2 for z in (z_i, z_f, z_o))
    return i, f, np.tanh(z_g), o
    ### END SOLUTION


def set_forget_bias(b_ih, b_hh, value):
    """Biases with which the forget gate starts at s(value): half open at 0, almost fully open (remembering) at 5.

    Fresh weights are small, so that at first z_f is about the sum of the two biases. With 0 the cell loses half of its
    content at every step, and half of its gradient on the way back; a value of 1 or more lets it learn long memories.

    Args:
        b_ih, b_hh: biases in the order i, f, g, o, float arrays (4H,).
        value: what b_ih + b_hh should be in the block of the forget gate.

    Returns:
        (b_ih, b_hh): new arrays of the same shape and dtype. In the block of f their sum is `value`, and how the two
        share it is up to you; everything else is as it was. The arrays that were given stay as they are.

    Raises:
        ValueError: naming b_ih, if it is not of shape (4H,) for some H; naming b_hh, if its shape is not that of b_ih.

    Source: Gers, Schmidhuber, Cummins, "Learning to forget" (2000); Jozefowicz, Zaremba, Sutskever, "An empirical
    exploration of recurrent network architectures" (2015).

    Example:
        >>> b_ih, b_hh = set_forget_bias(np.full(4, 0.5), np.full(4, 0.25), 3.0)
        >>> b_ih + b_hh
        array([0.75, 3.  , 0.75, 0.75])
    """
    require_shape("b_ih", b_ih, (len(b_ih) // 4 * 4,))
    require_shape("b_hh", b_hh, b_ih.shape)
    ### BEGIN SOLUTION
    b_ih, b_hh = b_ih.copy(), b_hh.copy()
    block = slice(len(b_ih) // 4, len(b_ih) // 2)
    b_ih[block], b_hh[block] = value, 0
    return b_ih, b_hh
    ### END SOLUTION


def lstm_step_forward(x, h, c, w_ih, w_hh, b_ih, b_hh):
    """One step: the cell keeps a part of what it held and takes in a part of the candidate; a part of it shows.

    c_next = f * c + i * g and h_next = o * tanh(c_next), elementwise, with the gates of lstm_gates. The cell itself is
    not squashed: "C_t = sigmoid(f * C + i * C')", as some notes write it, would overwrite the memory at every step.

    Args:
        x: the input of this step, array (N, D).
        h, c: the hidden state and the cell state before it, arrays (N, H).
        w_ih, w_hh, b_ih, b_hh: weights and biases as in lstm_gates.

    Returns:
        (h_next, c_next, cache): the new states, arrays (N, H), and whatever lstm_step_backward will need; yours to
        choose. The dtype is the inputs', and the arguments stay as they are.

    Raises:
        ValueError: naming h, c, w_ih, w_hh, b_ih or b_hh, if its shape does not fit, as in lstm_gates.

    Source: torch.nn.LSTMCell; Gers, Schmidhuber, Cummins, "Learning to forget" (2000).

    Example:
        >>> b = np.log([1.0, 3.0, 2.0, 1 / 3])  # i = 0.5, f = 0.75, g = 0.6, o = 0.25, as above
        >>> nothing, c = np.zeros((1, 1)), np.array([[(np.log(3) - 0.3) / 0.75]])
        >>> h_next, c_next, cache = lstm_step_forward(nothing, nothing, c, np.ones((4, 1)), np.ones((4, 1)), b, 0 * b)
        >>> print(np.round(np.exp(c_next), 6), np.round(h_next, 6))  # c_next = ln 3 - 0.3 + 0.3, whose tanh is 0.8
        [[3.]] [[0.2]]
    """
    require_fit(x, w_ih, w_hh, b_ih, b_hh, h=h, c=c)
    ### BEGIN SOLUTION
    i, f, g, o = lstm_gates(x, h, w_ih, w_hh, b_ih, b_hh)
    c_next = f * c + i * g
    h_next = o * np.tanh(c_next)
    return h_next, c_next, (x, h, c, i, f, g, o, c_next, w_ih, w_hh)
    ### END SOLUTION


def lstm_step_backward(dh_next, dc_next, cache):
    """Gradients of one step, given those for the two states it made.

    c_next acts directly and through h_next, so its whole gradient is e = dc_next + dh_next * o * (1 - tanh(c_next)^2).
    Then dc = e * f, di = e * g, df = e * c, dg = e * i, do = dh_next * tanh(c_next). Back through the non-linearities,
    dz_i = di * i (1 - i), likewise for f and o, and dz_g = dg * (1 - g^2). With the four side by side in dz (N, 4H) it
    is a linear layer with two inputs: dx = dz W_ih, dh = dz W_hh, dw_ih = dz^T x, dw_hh = dz^T h, db = sum_n dz.

    Args:
        dh_next, dc_next: upstream gradients, arrays (N, H).
        cache: what lstm_step_forward returned beside the states.

    Returns:
        (dx, dh, dc, dw_ih, dw_hh, db_ih, db_hh): arrays of the shapes of lstm_step_forward's inputs and of dh_next's dtype;
        dh_next and dc_next stay as they are.

    Source: torch.nn.LSTMCell, as differentiated by torch.autograd.

    Example:
        >>> b = np.log([1.0, 3.0, 2.0, 1 / 3])
        >>> nothing, c = np.zeros((1, 1)), np.array([[(np.log(3) - 0.3) / 0.75]])
        >>> h_next, c_next, cache = lstm_step_forward(nothing, nothing, c, np.ones((4, 1)), np.ones((4, 1)), b, 0 * b)
        >>> dx, dh, dc, *others = lstm_step_backward(np.array([[100.0]]), np.array([[10.0]]), cache)
        >>> np.round(dc, 6)  # e = 10 + 100 * 0.25 * (1 - 0.8^2) = 19, three quarters of it
        array([[14.25]])
    """
    ### BEGIN SOLUTION
    x, h, c, i, f, g, o, c_next, w_ih, w_hh = cache
    shown = np.tanh(c_next)
    e = dc_next + dh_next * o * (1 - shown**2)
    dz_i = e * g * i * (1 - i)
    dz_f = e * c * f * (1 - f)
    dz_g = e * i * (1 - g**2)
    dz_o = dh_next * shown * o * (1 - o)
    dz = np.concatenate([dz_i, dz_f, dz_g, dz_o], axis=1)
    return dz @ w_ih, dz @ w_hh, e * f, dz.T @ x, dz.T @ h, dz.sum(axis=0), dz.sum(axis=0)
    ### END SOLUTION


def lstm_forward(x, h0, c0, w_ih, w_hh, b_ih, b_hh):
    """An LSTM layer along whole sequences: the same step with the same weights, T times, both states carried on.

    h_t, c_t = step(x_t, h_{t-1}, c_{t-1}) for t = 1, ..., T, from h_0 = h0 and c_0 = c0.

    Args:
        x: sequences, array (N, T, D), T at least 1.
        h0, c0: the states before the first step, arrays (N, H).
        w_ih, w_hh, b_ih, b_hh: weights and biases as in lstm_gates.

    Returns:
        (hs, c_last, cache): hs is an array (N, T, H), hs[:, t] the hidden state after reading x[:, t]; c_last (N, H)
        is the cell state after the last step; cache is whatever lstm_backward will need. The dtype is the inputs' (integers
        count as float64), and the arguments stay as they are.

    Raises:
        ValueError: naming h0, c0, w_ih, w_hh, b_ih or b_hh, if its shape does not fit, as in lstm_gates.

    Source: torch.nn.LSTM(batch_first=True).

    Example:
        >>> w_ih, b = np.array([[0.0], [0.0], [1.0], [0.0]]), np.log([1.0, 1.0, 1.0, 3.0])  # i = f = 0.5, o = 0.75
        >>> x, c0 = np.array([[[np.log(2)], [0.0]]]), np.array([[2 * np.log(3) - 0.6]])
        >>> hs, c_last, cache = lstm_forward(x, np.zeros((1, 1)), c0, w_ih, np.zeros((4, 1)), b, np.zeros(4))
        >>> print(np.round(hs[0, :, 0], 6), np.round(np.exp(2 * c_last), 6))  # c is ln 3, then half of it
        [0.6   0.375] [[3.]]
    """
    require_fit(x, w_ih, w_hh, b_ih, b_hh, h0=h0, c0=c0)
    ### BEGIN SOLUTION
    h, c, hs, caches = h0, c0, [], []
    for t in range(x.shape[1]):
        h, c, cache = lstm_step_forward(x[:, t], h, c, w_ih, w_hh, b_ih, b_hh)
        hs.append(h)
        caches.append(cache)
    return np.stack(hs, axis=1), c, caches
    ### END SOLUTION


def lstm_backward(dhs, dc_last, cache):
    """Backpropagation through time: the gradients of an LSTM layer.

    From the last step to the first, h_t acts on the loss directly (dhs[:, t]) and on step t + 1, c_t on step t + 1
    alone: dh_t = dhs_t + (dh from step t + 1), dc_t = (dc from step t + 1), starting from 0 and from dc_last. The
    weights are the same at every step, so their gradients add up over t. Along the cell the gradient is only multiplied
    by f at each step, never by a matrix: where the forget gate is open, it arrives undiminished.

    Args:
        dhs: upstream gradient for every hidden state, array (N, T, H), zero where the loss does not look.
        dc_last: upstream gradient for the last cell state, array (N, H).
        cache: what lstm_forward returned beside hs and c_last.

    Returns:
        (dx, dh0, dc0, dw_ih, dw_hh, db_ih, db_hh): arrays of the shapes of lstm_forward's inputs and of dhs's dtype. dhs and
        dc_last stay as they are, and so does cache: another layer's backward pass may come in between.

    Source: torch.nn.LSTM, as differentiated by torch.autograd.

    Example:
        >>> w_ih, b = np.array([[0.0], [0.0], [1.0], [0.0]]), np.log([1.0, 1.0, 1.0, 3.0])
        >>> x, c0 = np.array([[[np.log(2)], [0.0]]]), np.array([[2 * np.log(3) - 0.6]])
        >>> hs, c_last, cache = lstm_forward(x, np.zeros((1, 1)), c0, w_ih, np.zeros((4, 1)), b, np.zeros(4))
        >>> dx, dh0, dc0, *others = lstm_backward(np.array([[[0.0], [16.0]]]), np.array([[1.0]]), cache)
        >>> np.round(dc0, 6)  # e = 1 + 16 * 0.75 * (1 - 0.5^2) = 10, halved by two forget gates
        array([[2.5]])
    """
    ### BEGIN SOLUTION
    dh, dc, dxs, totals = np.zeros_like(dc_last), dc_last, [], (0, 0, 0, 0)
    for t in reversed(range(len(cache))):
        dx, dh, dc, *grads = lstm_step_backward(dhs[:, t] + dh, dc, cache[t])
        dxs.append(dx)
        totals = [sum(both) for both in zip(totals, grads, strict=True)]
    return np.stack(dxs[::-1], axis=1), dh, dc, *totals
    ### END SOLUTION


def bilstm_forward(x, forward_params, backward_params):
    """Bidirectional layer: one LSTM reads the sequences from the start, another one from the end.

    Both start from zeros, h and c. The second reads x_T, ..., x_1, and its states are put back into the order of time,
    so that at step t the two halves of hs[:, t] know x_1, ..., x_t and x_t, ..., x_T.

    Args:
        x: sequences, array (N, T, D), all of full length T.
        forward_params, backward_params: tuples (w_ih, w_hh, b_ih, b_hh), shapes as in lstm_gates, H the same in both.

    Returns:
        (hs, cache): hs is an array (N, T, 2H), the forward states in the first H columns, the backward ones in the
        others; cache is what a backward pass would need. There is none to write here: anything will do. The dtype is x's,
        and the arguments stay as they are.

    Source: Graves, Schmidhuber, "Framewise phoneme classification with bidirectional LSTM and other neural network
    architectures" (2005); torch.nn.LSTM(bidirectional=True).

    Example:
        >>> w_ih, w_hh = np.array([[0.0], [0.0], [1.0], [0.0]]), np.zeros((4, 1))
        >>> ahead = w_ih, w_hh, np.log([3.0, 1.0, 1.0, 1.0]), np.zeros(4)  # i = 0.75, f = 0.5, o = 0.5
        >>> back = w_ih, w_hh, np.log([3.0, 1.0, 1.0, 3.0]), np.zeros(4)  # o = 0.75
        >>> hs, cache = bilstm_forward(np.arctanh([[[np.log(2) / 0.75], [0.0]]]), ahead, back)
        >>> np.round(hs, 4)  # ahead c = ln 2, then half of it; back 0, then ln 2
        array([[[0.3   , 0.45  ],
                [0.1667, 0.    ]]])
    """
    ### BEGIN SOLUTION
    zeros = np.zeros((len(x), len(forward_params[0]) // 4), dtype=x.dtype)
    ahead, _, forward_cache = lstm_forward(x, zeros, zeros, *forward_params)
    back, _, backward_cache = lstm_forward(x[:, ::-1], zeros, zeros, *backward_params)
    return np.concatenate([ahead, back[:, ::-1]], axis=2), (forward_cache, backward_cache)
    ### END SOLUTION
