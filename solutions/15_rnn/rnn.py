"""Recurrent networks: one small layer used again and again along a sequence, and backpropagation through time.

Shapes are torch's (batch_first=True): sequences x are (N, T, D), states hs are (N, T, H), one state h is (N, H). The
weights are w_ih (H, D), w_hh (H, H) and the biases b_ih, b_hh (H,), everywhere in this order. The gradient of the loss
for an array is called d plus its name and has that array's shape. Results have the dtype of the inputs (float32 in,
float32 out; integers count as float64), and no function changes its arguments. Bad input is refused by the lines above
the part that you write.
"""

import numpy as np


def require(holds, message):
    """Raise ValueError(message), unless the condition holds. Given, as are the next three."""
    if not holds:
        raise ValueError(message)


def require_shape(name, array, shape):
    require(array.shape == shape, f"{name} must have the shape {shape}, not {array.shape}")


def require_range(name, array, low, high):
    """Every value from low to high, both included."""
    for value in (array.min(), array.max()):
        require(low <= value <= high, f"{name} must be from {low} to {high}, not {value}")


def require_fit(x, w_ih, w_hh, b_ih, b_hh, **state):
    """A state (h or h0) and weights that fit x, which is (N, D) or (N, T, D), and the H rows of w_ih."""
    hidden = len(w_ih)
    for name, array in state.items():
        require_shape(name, array, (len(x), hidden))
    for name, array, size in (("w_ih", w_ih, x.shape[-1]), ("w_hh", w_hh, hidden)):
        require_shape(name, array, (hidden, size))
    for name, array in (("b_ih", b_ih), ("b_hh", b_hh)):
        require_shape(name, array, (hidden,))


def rnn_step_forward(x, h, w_ih, w_hh, b_ih, b_hh):
    """One step of a recurrent layer: the new state is made of the input and of the state before.

    h_next = tanh(x W_ih^T + b_ih + h W_hh^T + b_hh).

    Args:
        x: the input of this step, array (N, D).
        h: the state before it, array (N, H).
        w_ih, w_hh: weights for the input and for the state, arrays (H, D) and (H, H).
        b_ih, b_hh: biases, arrays (H,). Two of them, as in torch, though they are only ever added.

    Returns:
        (h_next, cache): the new state, array (N, H), and whatever rnn_step_backward will need; yours to choose.
        The dtype is the inputs', and the arguments stay as they are.

    Raises:
        ValueError: naming h, w_ih, w_hh, b_ih or b_hh, if its shape is not the one above. N and D are those of x, H is
            the number of rows of w_ih. Nothing is broadcast: an h of shape (1, H) will do for N = 1 only.

    Source: torch.nn.RNNCell (nonlinearity="tanh").

    Example:
        >>> weights = np.array([[2.0]]), np.array([[0.5]]), np.array([1.0]), np.array([np.log(2) - 1.5])
        >>> h_next, cache = rnn_step_forward(np.array([[0.0]]), np.array([[1.0]]), *weights)
        >>> h_next  # tanh(0 + 1 + 0.5 + ln 2 - 1.5)
        array([[0.6]])
    """
    require_fit(x, w_ih, w_hh, b_ih, b_hh, h=h)
    ### BEGIN SOLUTION
    h_next = np.tanh(x @ w_ih.T + b_ih + h @ w_hh.T + b_hh)
    return h_next, (x, h, h_next, w_ih, w_hh)
    ### END SOLUTION


def rnn_step_backward(dh_next, cache):
    """Gradients of one step, given the gradient for the state it made.

    With z the sum inside the tanh, tanh'(z) = 1 - tanh(z)^2 = 1 - h_next^2, so dz = dh_next * (1 - h_next^2). From
    there it is a linear layer with two inputs: dx = dz W_ih, dh = dz W_hh, dw_ih = dz^T x, dw_hh = dz^T h, and both
    biases get the sum of dz over the batch.

    Args:
        dh_next: upstream gradient, array (N, H).
        cache: what rnn_step_forward returned beside its state.

    Returns:
        (dx, dh, dw_ih, dw_hh, db_ih, db_hh): arrays (N, D), (N, H), (H, D), (H, H), (H,), (H,), of dh_next's dtype; dh_next
        stays as it is.

    Source: torch.nn.RNNCell, as differentiated by torch.autograd.

    Example:
        >>> weights = np.array([[2.0]]), np.array([[0.5]]), np.array([1.0]), np.array([np.log(2) - 1.5])
        >>> h_next, cache = rnn_step_forward(np.array([[0.0]]), np.array([[1.0]]), *weights)
        >>> dx, dh, dw_ih, dw_hh, db_ih, db_hh = rnn_step_backward(np.array([[10.0]]), cache)
        >>> np.round(db_ih, 6), np.round(dh, 6)  # dz = 10 * (1 - 0.6^2), and half of it
        (array([6.4]), array([[3.2]]))
    """
    ### BEGIN SOLUTION
    x, h, h_next, w_ih, w_hh = cache
    dz = dh_next * (1 - h_next**2)
    return dz @ w_ih, dz @ w_hh, dz.T @ x, dz.T @ h, dz.sum(axis=0), dz.sum(axis=0)
    ### END SOLUTION


def rnn_forward(x, h0, w_ih, w_hh, b_ih, b_hh):
    """A recurrent layer along whole sequences: the same step with the same weights, T times.

    h_t = tanh(x_t W_ih^T + b_ih + h_{t-1} W_hh^T + b_hh) for t = 1, ..., T, from h_0 = h0. Each state needs the one
    before it, so the steps must wait for each other; only the products x_t W_ih^T can be taken for all t at once.

    Args:
        x: sequences, array (N, T, D), T at least 1.
        h0: the state before the first step, array (N, H).
        w_ih, w_hh, b_ih, b_hh: weights and biases as in rnn_step_forward.

    Returns:
        (hs, cache): hs is an array (N, T, H), hs[:, t] the state after reading x[:, t]; cache is whatever rnn_backward
        and truncated_bptt will need. The dtype is the inputs' (integers count as float64), and the arguments stay as they
        are.

    Raises:
        ValueError: naming h0, w_ih, w_hh, b_ih or b_hh, if its shape does not fit, as in rnn_step_forward.

    Source: Elman, "Finding structure in time" (1990); torch.nn.RNN(batch_first=True).

    Example:
        >>> weights = np.array([[1.0]]), np.array([[0.5]]), np.zeros(1), np.zeros(1)
        >>> hs, cache = rnn_forward(np.log([[[2.0], [3.0 / np.exp(0.3)]]]), np.zeros((1, 1)), *weights)
        >>> hs  # tanh(ln 2) = 0.6, then tanh(ln 3 - 0.3 + 0.5 * 0.6) = 0.8
        array([[[0.6],
                [0.8]]])
    """
    require_fit(x, w_ih, w_hh, b_ih, b_hh, h0=h0)
    ### BEGIN SOLUTION
    from_inputs = x @ w_ih.T + (b_ih + b_hh)  # all steps at once
    h, hs = h0, []
    for t in range(x.shape[1]):
        h = np.tanh(from_inputs[:, t] + h @ w_hh.T)
        hs.append(h)
    hs = np.stack(hs, axis=1)
    return hs, (x, h0, hs, w_ih, w_hh)
    ### END SOLUTION


def rnn_backward(dhs, cache):
    """Backpropagation through time (BPTT): the gradients of a recurrent layer.

    State h_t acts twice: on the loss, directly (dhs), and on h_{t+1}. So, from the last step to the first,
    dz_t = (dhs_t + dz_{t+1} W_hh) * (1 - h_t^2), with dz_{T+1} = 0. The weights are the same at every step, so their
    gradients add up over t: dw_ih = sum_t dz_t^T x_t, dw_hh = sum_t dz_t^T h_{t-1}, db = sum_t sum_n dz_t.

    Args:
        dhs: upstream gradient for every state, array (N, T, H): what the loss itself wants of hs, zero where it does
            not look.
        cache: what rnn_forward returned beside hs.

    Returns:
        (dx, dh0, dw_ih, dw_hh, db_ih, db_hh): arrays of the shapes of rnn_forward's inputs and of dhs's dtype; dh0 = dz_1 W_hh.
        dhs stays as it is, and so does cache: another layer's backward pass may come in between.

    Source: Werbos, "Backpropagation through time: what it does and how to do it" (1990); torch.nn.RNN, as
    differentiated by torch.autograd.

    Example:
        >>> weights = np.array([[1.0]]), np.array([[0.5]]), np.zeros(1), np.zeros(1)
        >>> hs, cache = rnn_forward(np.log([[[2.0], [3.0 / np.exp(0.3)]]]), np.zeros((1, 1)), *weights)
        >>> dx, dh0, dw_ih, dw_hh, db_ih, db_hh = rnn_backward(np.array([[[1.0], [10.0]]]), cache)
        >>> np.round(dx, 6)  # dz_2 = 10 * 0.36, then dz_1 = (1 + 3.6 * 0.5) * 0.64
        array([[[1.792],
                [3.6  ]]])
    """
    ### BEGIN SOLUTION
    x, h0, hs, w_ih, w_hh = cache
    dz = np.empty_like(hs)
    from_later = np.zeros_like(h0)
    for t in reversed(range(hs.shape[1])):
        dz[:, t] = (dhs[:, t] + from_later) * (1 - hs[:, t] ** 2)
        from_later = dz[:, t] @ w_hh
    before = np.concatenate([h0[:, None], hs[:, :-1]], axis=1)
    dw_ih, dw_hh = (np.einsum("nth,ntk->hk", dz, inputs) for inputs in (x, before))
    return dz @ w_ih, from_later, dw_ih, dw_hh, dz.sum(axis=(0, 1)), dz.sum(axis=(0, 1))
    ### END SOLUTION


def truncated_bptt(dhs, cache, window):
    """Backpropagation through time that never looks back across the border of a window.

    The steps 0, 1, ..., T - 1 are cut into windows of `window` steps from the start; the last may be shorter. The
    gradient does not pass from step k * window back to step k * window - 1, for k = 1, 2, ...: each window takes the
    state it starts from for a constant. The states themselves are those of rnn_forward, and every window adds to the
    gradients of the weights. The first window starts from h0, which gets its gradient as in rnn_backward.

    Args:
        dhs: upstream gradient for every state, array (N, T, H).
        cache: what rnn_forward returned beside hs.
        window: steps in a window, int, at least 1. T or more: nothing is cut, and the result is rnn_backward's.

    Returns:
        (dx, dh0, dw_ih, dw_hh, db_ih, db_hh): as rnn_backward; dhs stays as it is.

    Raises:
        ValueError: naming window, if it is below 1.

    Source: torch.Tensor.detach on the state between the windows.

    Example:
        >>> weights = np.array([[1.0]]), np.array([[0.5]]), np.zeros(1), np.zeros(1)
        >>> hs, cache = rnn_forward(np.log([[[2.0], [3.0 / np.exp(0.3)]]]), np.zeros((1, 1)), *weights)
        >>> dx, dh0, dw_ih, dw_hh, db_ih, db_hh = truncated_bptt(np.array([[[1.0], [10.0]]]), cache, window=1)
        >>> np.round(dx, 6)  # 10 * 0.36 as before, but now dz_1 = 1 * 0.64
        array([[[0.64],
                [3.6 ]]])
    """
    require(window >= 1, f"window must be at least 1, not {window}")
    ### BEGIN SOLUTION
    x, h0, hs, w_ih, w_hh = cache
    windows = []
    for start in range(0, hs.shape[1], window):
        part = slice(start, start + window)
        h_start = hs[:, start - 1] if start else h0
        windows.append(rnn_backward(dhs[:, part], (x[:, part], h_start, hs[:, part], w_ih, w_hh)))
    dxs, dh_starts, *grads = zip(*windows, strict=True)
    return np.concatenate(dxs, axis=1), dh_starts[0], *(sum(each) for each in grads)
    ### END SOLUTION


def clip_grad_norm(grads, max_norm):
    """Shorten the gradient where it is longer than max_norm, all arrays together, and keep its direction.

    norm = sqrt(sum of the squares of all entries of all arrays); every array is multiplied by the same number,
    min(1, max_norm / (norm + 1e-6)). The 1e-6 is torch's, against a division by 0.

    Args:
        grads: list of arrays of any shapes.
        max_norm: the largest norm allowed, above 0.

    Returns:
        (clipped, norm): a list of new arrays of the same shapes and dtypes, and the norm before clipping, a number. The
        arrays in grads stay as they are.

    Raises:
        ValueError: naming max_norm, if it is not above 0.

    Source: Pascanu, Mikolov, Bengio, "On the difficulty of training recurrent neural networks" (2013), section 3.2;
    torch.nn.utils.clip_grad_norm_.

    Example:
        >>> clipped, norm = clip_grad_norm([np.array([3.0, 4.0]), np.array([[12.0]])], max_norm=6.5)
        >>> print(norm, np.round(clipped[0], 4), np.round(clipped[1], 4))
        13.0 [1.5 2. ] [[6.]]
    """
    require(max_norm > 0, f"max_norm must be above 0, not {max_norm}")
    ### BEGIN SOLUTION
    norm = float(np.sqrt(sum(np.sum(grad**2) for grad in grads)))
    scale = min(1.0, max_norm / (norm + 1e-6))
    return [scale * grad for grad in grads], norm
    ### END SOLUTION


def clip_grad_value(grads, limit):
    """Cut every single entry to the range from -limit to limit; the direction of the gradient may change.

    Args:
        grads: list of arrays of any shapes.
        limit: the largest magnitude allowed, above 0.

    Returns:
        List of new arrays of the same shapes and dtypes. The arrays in grads stay as they are.

    Raises:
        ValueError: naming limit, if it is not above 0.

    Source: torch.nn.utils.clip_grad_value_.

    Example:
        >>> clip_grad_value([np.array([3.0, -0.5]), np.array([[-12.0]])], limit=2.0)
        [array([ 2. , -0.5]), array([[-2.]])]
    """
    require(limit > 0, f"limit must be above 0, not {limit}")
    ### BEGIN SOLUTION
    return [np.clip(grad, -limit, limit) for grad in grads]
    ### END SOLUTION


def gradient_norm_through_time(w_hh, steps, rng):
    """How long a gradient is after 0, 1, ..., `steps` steps back through time.

    A step back is g <- W_hh^T g (for a column g), times tanh'(z), which is at most 1. Here it is taken as 1, its value
    at z = 0: the longest the gradient can stay. It starts as a random direction of length 1, and nothing is rescaled on
    the way. In the long run a step multiplies its length by the spectral radius of w_hh, the largest |eigenvalue|:
    below 1 the gradient vanishes, above 1 it explodes.

    Args:
        w_hh: array (H, H).
        steps: how many steps back, int, at least 0.
        rng: numpy Generator; it draws H independent standard normal numbers, divided by their norm, for the start.

    Returns:
        norms: float array (steps + 1,), the Euclidean norms; norms[0] = 1 is that of the start. w_hh stays as it is.

    Raises:
        ValueError: naming w_hh, if it is not square; naming steps, if it is below 0.

    Source: Pascanu, Mikolov, Bengio, "On the difficulty of training recurrent neural networks" (2013), section 2.

    Example:
        >>> quarter_turn = np.array([[0.0, -1.0], [1.0, 0.0]])
        >>> np.round(gradient_norm_through_time(0.5 * quarter_turn, 3, np.random.default_rng(0)), 6)
        array([1.   , 0.5  , 0.25 , 0.125])
    """
    require_shape("w_hh", w_hh, (len(w_hh), len(w_hh)))
    require(steps >= 0, f"steps must be at least 0, not {steps}")
    ### BEGIN SOLUTION
    start = rng.normal(size=len(w_hh))
    g = start / np.linalg.norm(start)
    norms = [np.linalg.norm(g)]
    for _ in range(steps):
        g = w_hh.T @ g
        norms.append(np.linalg.norm(g))
    return np.array(norms)
    ### END SOLUTION


def many_to_one_loss(hs, lengths, w, b, labels):
    """Loss of one answer for each sequence, read from its last state that is not padding.

    Sequence n has lengths[n] steps; what comes after them is padding. Its state h = hs[n, lengths[n] - 1] gives the
    logits h w^T + b, and the loss is the mean over the N sequences of -log softmax(logits)[labels[n]]. With p the
    softmax and t the one-hot label, dlogits = (p - t) / N, and from there it is a linear layer.

    Args:
        hs: states, array (N, T, H).
        lengths: int array (N,), each from 1 to T.
        w, b: weights and biases of the answer, arrays (K, H) and (K,), for K classes.
        labels: int array (N,), classes from 0 to K - 1.

    Returns:
        (loss, dhs, dw, db): a number and arrays of the shapes of hs, w and b; dhs is 0 at all other steps. Logits of
        any size must do: no overflow, no logarithm of 0, no warning. The dtype is that of hs, w and b, which stay as they
        are.

    Raises:
        ValueError: naming lengths or labels, if its shape or one of its values is not as above.

    Source: torch.nn.functional.cross_entropy on the last state of a torch.nn.utils.rnn.pack_padded_sequence.

    Example:
        >>> hs = np.array([[[5.0], [np.log(3)]], [[0.0], [9.0]]])
        >>> w, b = np.array([[0.0], [1.0]]), np.zeros(2)
        >>> loss, dhs, dw, db = many_to_one_loss(hs, np.array([2, 1]), w, b, np.array([1, 0]))
        >>> print(np.round(np.exp(-2 * loss), 6), np.round(db, 6))  # p = 3/4 and 1/2: 3/8 together
        0.375 [-0.125  0.125]
    """
    require_shape("lengths", lengths, hs.shape[:1])
    require_range("lengths", lengths, 1, hs.shape[1])
    require_shape("labels", labels, hs.shape[:1])
    require_range("labels", labels, 0, len(w) - 1)
    ### BEGIN SOLUTION
    n = len(hs)
    each, last = np.arange(n), lengths - 1
    logits = hs[each, last] @ w.T + b
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    dlogits = np.exp(log_p) / n
    dlogits[each, labels] -= 1 / n
    dhs = np.zeros_like(hs)
    dhs[each, last] = dlogits @ w
    return -np.mean(log_p[each, labels]), dhs, dlogits.T @ hs[each, last], dlogits.sum(axis=0)
    ### END SOLUTION


def many_to_many_loss(hs, lengths, w, b, labels):
    """Loss of an answer at every step, the padding left out.

    Each of the M = sum of lengths valid steps (n, t), t < lengths[n], gives logits hs[n, t] w^T + b. The loss is the
    mean over these M steps of -log softmax(logits)[labels[n, t]]: a step counts the same in a long and in a short
    sequence. As in many_to_one_loss, dlogits = (p - t) / M at a valid step, and 0 in the padding.

    Args:
        hs: states, array (N, T, H).
        lengths: int array (N,), each from 1 to T.
        w, b: weights and biases of the answers, arrays (K, H) and (K,).
        labels: int array (N, T), classes from 0 to K - 1 at the valid steps. In the padding anything may stand, often
            -1 or -100: it is not looked at.

    Returns:
        (loss, dhs, dw, db): a number and arrays of the shapes of hs, w and b; dhs is 0 in the padding. Logits of any size
        must do, as in many_to_one_loss. The dtype is that of hs, w and b; no argument is changed.

    Raises:
        ValueError: naming lengths or labels, if its shape or one of its values (at a valid step) is not as above.

    Source: torch.nn.functional.cross_entropy with ignore_index in the padding.

    Example:
        >>> hs = np.array([[[0.0], [np.log(3)]], [[0.0], [9.0]]])
        >>> w, b = np.array([[0.0], [1.0]]), np.zeros(2)
        >>> loss, dhs, dw, db = many_to_many_loss(hs, np.array([2, 1]), w, b, np.array([[0, 1], [1, -1]]))
        >>> print(np.round(np.exp(-3 * loss), 6))  # 1/2 * 3/4 * 1/2
        0.1875
    """
    require_shape("lengths", lengths, hs.shape[:1])
    require_range("lengths", lengths, 1, hs.shape[1])
    require_shape("labels", labels, hs.shape[:2])
    for row, length in zip(labels, lengths, strict=True):
        require_range("labels", row[:length], 0, len(w) - 1)
    ### BEGIN SOLUTION
    valid = np.arange(hs.shape[1]) < lengths[:, None]
    alone = np.ones(valid.sum(), dtype=int)  # every valid step as a sequence of its own
    loss, dvalid, dw, db = many_to_one_loss(hs[valid][:, None], alone, w, b, labels[valid])
    dhs = np.zeros_like(hs)
    dhs[valid] = dvalid.squeeze(axis=1)
    return loss, dhs, dw, db
    ### END SOLUTION


def generate_one_to_many(x, steps, w_ih, w_hh, b_ih, b_hh):
    """From one input to a sequence of states: x is read at the first step, zeros are read at all others.

    The first state starts from zeros, h_0 = 0, as if rnn_forward read (x, 0, 0, ...).

    Args:
        x: the one input, array (N, D).
        steps: length of the sequence to make, int, at least 1.
        w_ih, w_hh, b_ih, b_hh: weights and biases as in rnn_step_forward. The biases count at every step.

    Returns:
        hs: array (N, steps, H), of x's dtype; hs[:, 0] is the state after x. The arguments stay as they are.

    Raises:
        ValueError: naming steps, if it is below 1.

    Example:
        >>> weights = np.array([[1.0]]), np.array([[np.log(3) / 0.6]]), np.zeros(1), np.zeros(1)
        >>> generate_one_to_many(np.log([[2.0]]), 2, *weights)  # tanh(ln 2), then tanh(0.6 * ln 3 / 0.6)
        array([[[0.6],
                [0.8]]])
    """
    require(steps >= 1, f"steps must be at least 1, not {steps}")
    ### BEGIN SOLUTION
    n, d = x.shape
    sequence = np.zeros((n, steps, d), dtype=x.dtype)
    sequence[:, 0] = x
    hs, _ = rnn_forward(sequence, np.zeros((n, len(w_ih)), dtype=w_hh.dtype), w_ih, w_hh, b_ih, b_hh)
    return hs
    ### END SOLUTION


def birnn_forward(x, forward_params, backward_params):
    """Bidirectional layer: one network reads the sequences from the start, another one from the end.

    Both start from zeros. The second reads x_T, ..., x_1, and its states are put back into the order of time, so that
    at step t the two halves of hs[:, t] know x_1, ..., x_t and x_t, ..., x_T.

    Args:
        x: sequences, array (N, T, D), all of full length T.
        forward_params, backward_params: tuples (w_ih, w_hh, b_ih, b_hh), shapes as in rnn_step_forward, H the same in
            both.

    Returns:
        (hs, cache): hs is an array (N, T, 2H), the forward states in the first H columns, the backward ones in the
        others; cache is whatever birnn_backward will need. The dtype is x's, and the arguments stay as they are.

    Source: Schuster, Paliwal, "Bidirectional recurrent neural networks" (1997); torch.nn.RNN(bidirectional=True).

    Example:
        >>> k = np.array([[np.log(3) / 0.6]])
        >>> ahead, back = (np.ones((1, 1)), k, np.zeros(1), np.zeros(1)), (np.ones((1, 1)), k, np.zeros(1), -np.log([2.0]))
        >>> hs, cache = birnn_forward(np.log([[[2.0], [1.0]]]), ahead, back)
        >>> np.round(hs, 6)
        array([[[ 0.6, -0.8],
                [ 0.8, -0.6]]])
    """
    ### BEGIN SOLUTION
    h0 = np.zeros((len(x), len(forward_params[0])), dtype=x.dtype)
    ahead, forward_cache = rnn_forward(x, h0, *forward_params)
    back, backward_cache = rnn_forward(x[:, ::-1], h0, *backward_params)
    return np.concatenate([ahead, back[:, ::-1]], axis=2), (forward_cache, backward_cache)
    ### END SOLUTION


def birnn_backward(dhs, cache):
    """Gradients of the bidirectional layer.

    Each half of dhs goes back through its own network, the second half in that network's order of reading. Both read
    the same x, so the two gradients for x add up, once both are in the order of time.

    Args:
        dhs: upstream gradient, array (N, T, 2H).
        cache: what birnn_forward returned beside hs.

    Returns:
        (dx, dforward_params, dbackward_params): dx is an array (N, T, D); the others are tuples
        (dw_ih, dw_hh, db_ih, db_hh), one for each network. The dtype is that of dhs, which stays as it is.

    Source: torch.nn.RNN(bidirectional=True), as differentiated by torch.autograd.

    Example:
        >>> params = np.ones((1, 1)), np.zeros((1, 1)), np.zeros(1), np.zeros(1)
        >>> hs, cache = birnn_forward(np.log([[[2.0], [1.0]]]), params, params)
        >>> dx, dforward_params, dbackward_params = birnn_backward(np.array([[[1.0, 10.0], [100.0, 1000.0]]]), cache)
        >>> np.round(dx, 6)  # 11 * (1 - 0.6^2) and 1100 * (1 - 0)
        array([[[   7.04],
                [1100.  ]]])
    """
    ### BEGIN SOLUTION
    forward_cache, backward_cache = cache
    hidden = dhs.shape[2] // 2
    dx, _, *dforward = rnn_backward(dhs[:, :, :hidden], forward_cache)
    dx_turned, _, *dbackward = rnn_backward(dhs[:, ::-1, hidden:], backward_cache)
    return dx + dx_turned[:, ::-1], tuple(dforward), tuple(dbackward)
    ### END SOLUTION


def leaky_forward(v, alpha):
    """Leaky units: a state that moves only part of the way to what it is told, and so remembers longer.

    h_t = alpha * h_{t-1} + (1 - alpha) * v_t for t = 1, ..., T, from h_0 = 0. There is no tanh: along the line from
    h_{t-1} to h_t the gradient shrinks by alpha, whatever the values are.

    Args:
        v: what the units are told at each step, array (N, T, H).
        alpha: from 0 (no memory) to 1 (nothing new gets in).

    Returns:
        (hs, cache): hs is an array (N, T, H) of v's dtype (integers count as float64), and v stays as it is; cache is what
        a backward pass would need. There is none to write here: anything will do.

    Raises:
        ValueError: naming alpha, if it is below 0 or above 1.

    Source: Goodfellow, Bengio, Courville, "Deep Learning" (2016), section 10.9.2.

    Example:
        >>> hs, cache = leaky_forward(np.array([[[8.0], [4.0], [0.0]]]), alpha=0.5)
        >>> hs
        array([[[4.],
                [4.],
                [2.]]])
    """
    require(0 <= alpha <= 1, f"alpha must be from 0 to 1, not {alpha}")
    ### BEGIN SOLUTION
    h, hs = 0, []
    for t in range(v.shape[1]):
        h = alpha * h + (1 - alpha) * v[:, t]
        hs.append(h)
    return np.stack(hs, axis=1), alpha
    ### END SOLUTION


def delayed_rnn_forward(x, h0, w_ih, w_hh, b_ih, b_hh, delay):
    """A recurrent layer whose states look `delay` steps back, so that the way to the past has fewer steps.

    h_t = tanh(x_t W_ih^T + b_ih + h_{t-delay} W_hh^T + b_hh) for t = 1, ..., T, where every state before the first,
    h_0, h_{-1}, ..., is h0. With delay = 1 it is rnn_forward. A gradient reaches tau steps back in tau / delay
    products with W_hh instead of tau.

    Args:
        x: sequences, array (N, T, D); T may be less than delay.
        h0: the state before the first step, array (N, H).
        w_ih, w_hh, b_ih, b_hh: weights and biases as in rnn_step_forward.
        delay: how many steps back, int, at least 1.

    Returns:
        (hs, cache): hs is an array (N, T, H) of the inputs' dtype, and the arguments stay as they are; cache is what a
        backward pass would need. There is none to write here: anything will do.

    Raises:
        ValueError: naming delay, if it is below 1.

    Source: Goodfellow, Bengio, Courville, "Deep Learning" (2016), section 10.9.1 (the delayed connections alone).

    Example:
        >>> k = np.log(3) / 0.6
        >>> weights = np.ones((1, 1)), np.array([[k]]), np.zeros(1), np.zeros(1)
        >>> x = np.array([[[0.0], [-np.log(3)], [np.log(2) - 0.8 * k]]])
        >>> hs, cache = delayed_rnn_forward(x, np.array([[0.6]]), *weights, delay=2)
        >>> np.round(hs[0, :, 0], 6)  # h_1 and h_2 start from h0 = 0.6, h_3 from h_1
        array([0.8, 0. , 0.6])
    """
    require(delay >= 1, f"delay must be at least 1, not {delay}")
    ### BEGIN SOLUTION
    # Every delay-th step makes a chain of its own, and the chains never meet.
    chains = range(min(delay, x.shape[1]))
    runs = [rnn_forward(x[:, k::delay], h0, w_ih, w_hh, b_ih, b_hh) for k in chains]
    hs = np.empty((*x.shape[:2], h0.shape[1]), dtype=runs[0][0].dtype)
    for k in chains:
        hs[:, k::delay] = runs[k][0]
    return hs, [cache for _, cache in runs]
    ### END SOLUTION
