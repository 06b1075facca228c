"""From one sequence to another: an encoder reads, a decoder looks back and writes, and something has to say when it is done.

Shapes: N sequences, S words read, T written, V in the target vocabulary; embeddings have E numbers, states H. Tokens are ints;
in a target 0 is padding, 1 means start and 2 end. lengths (N,) says how many words of each source are real: what comes after
them is padding. Masks are boolean, True = real, or may be looked at. The weights of a whole model are a dict, params:

    source_table (words, E), target_table (V, E)    embeddings, a row for each token
    encoder, decoder                                lists [w_x (2 H, E), w_h (2 H, H), b (2 H,)], as cell takes them
    w_out (V, 2 H), b_out (V,)                      from [state; context] to logits

Results are new arrays in the floats' dtype, and functions leave what they are given as it was. What stands above the part that
you write refuses bad input. It is given, as are the functions down to adam_step.
"""

import numpy as np


def require(holds, message):
    """Raise ValueError(message), unless the condition holds. Given, as its calls are."""
    if not holds:
        raise ValueError(message)


def softmax(scores):
    """Probabilities along the last axis: exp of the scores, divided by their sum. Given.

    A score of -inf gets exactly 0, if there is one in its row that is larger.

    Example:
        >>> softmax(np.array([[0.0, np.log(3.0)], [5.0, -np.inf]]))
        array([[0.25, 0.75],
               [1.  , 0.  ]])
    """
    powers = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    return powers / np.sum(powers, axis=-1, keepdims=True)


def sigmoid(z):
    """1 / (1 + exp(-z)), without overflow. Given."""
    return 0.5 * np.tanh(0.5 * z) + 0.5


def cell(x, h, weights):
    """One step of a recurrent layer with one gate, the minimal gated unit (Zhou and others, 2016). Given.

    f = sigmoid(x W_f^T + h U_f^T + b_f), n = tanh(x W_n^T + (f h) U_n^T + b_n), h_next = (1 - f) h + f n: f says how much
    of the state is made anew.

    Args:
        x: (N, D). h: (N, H).
        weights: [w_x (2 H, D), w_h (2 H, H), b (2 H,)], the rows of f above those of n.

    Returns:
        (h_next, back): h_next (N, H); back(dh_next) gives (dx, dh, dweights), dweights a list of three.

    Example:
        >>> h_next, back = cell(np.zeros((1, 1)), np.array([[0.8]]), [np.zeros((2, 1)), np.zeros((2, 1)), np.zeros(2)])
        >>> h_next, back(np.array([[1.0]]))[1]
        (array([[0.4]]), array([[0.5]]))
    """
    w_x, w_h, b = weights
    units = h.shape[1]
    sums = np.dot(x, w_x.T) + b
    f = sigmoid(sums[:, :units] + np.dot(h, w_h[:units].T))
    n = np.tanh(sums[:, units:] + np.dot(f * h, w_h[units:].T))

    def back(dh_next):
        dz = np.empty_like(sums)
        dz[:, units:] = dh_next * f * (1 - n * n)
        through = np.dot(dz[:, units:], w_h[units:])
        dz[:, :units] = (dh_next * (n - h) + through * h) * f * (1 - f)
        dh = dh_next * (1 - f) + through * f + np.dot(dz[:, :units], w_h[:units])
        dw_h = np.concatenate([np.dot(dz[:, :units].T, h), np.dot(dz[:, units:].T, f * h)])
        return np.dot(dz, w_x), dh, [np.dot(dz.T, x), dw_h, dz.sum(0)]

    return h + f * (n - h), back


def leaves(params):
    """All arrays of params, or of its gradients, in one order. Given, for adam_step."""
    return [
        each for key in sorted(params) for each in (params[key] if isinstance(params[key], list) else [params[key]])
    ]


def adam_step(params, grads, state, lr):
    """One step of Adam (unit 06) on every array of params, in place, after clipping the gradients' norm at 5. Given.

    Args:
        params, grads: dicts with the same keys, of arrays or lists of arrays.
        state: a dict, empty at the first step, that keeps what Adam remembers.
        lr: learning rate.
    """
    flat = np.concatenate([each.ravel() for each in leaves(grads)])
    flat = flat * min(1.0, 5.0 / (np.sqrt(flat @ flat) + 1e-12))
    state["t"] = state.get("t", 0) + 1
    for name, rate, seen in (("mean", 0.9, flat), ("square", 0.999, flat * flat)):
        state[name] = rate * state.get(name, 0.0) + (1 - rate) * seen
    mean, square = state["mean"] / (1 - 0.9 ** state["t"]), state["square"] / (1 - 0.999 ** state["t"])
    change, start = lr * mean / (np.sqrt(square) + 1e-8), 0
    for array in leaves(params):
        array -= change[start : start + array.size].reshape(array.shape)
        start += array.size


def train(params, source, lengths, targets, steps, batch, lr):
    """Train with your seq2seq_loss_and_grads, one slice of the pairs after another, from the start again at the end. Given.

    Args:
        params: the weights to start from; they stay as they are.
        source, lengths, targets: all pairs, as seq2seq_loss_and_grads takes them.
        steps, batch, lr: how many steps, with how many pairs each, and Adam's learning rate.

    Returns:
        (params, losses): the trained weights, and the loss before each step.
    """
    params = {key: [w.copy() for w in each] if isinstance(each, list) else each.copy() for key, each in params.items()}
    losses, state = [], {}
    for step in range(steps):
        rows = np.arange(step * batch, (step + 1) * batch) % len(source)
        loss, grads = seq2seq_loss_and_grads(params, source[rows], lengths[rows], targets[rows])
        adam_step(params, grads, state, lr)
        losses.append(float(loss))
    return params, losses


def embed_forward(ids, table):
    """A learned row of numbers for each token: look it up.

    Args:
        ids: ints of any shape, 0 to len(table) - 1.
        table: (tokens, E).

    Returns:
        (out, cache): out has ids' shape and E numbers for each, so (N, S) becomes (N, S, E); cache is whatever
        embed_backward needs.

    Raises:
        ValueError: naming ids, if one of them has no row.

    Source: torch.nn.Embedding.

    Example:
        >>> out, cache = embed_forward(np.array([2, 0, 2]), np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]))
        >>> out
        array([[4., 5.],
               [0., 1.],
               [4., 5.]])
    """
    require(np.all((ids >= 0) & (ids < len(table))), f"ids must be from 0 to {len(table) - 1}")
    ### BEGIN SOLUTION
    return table[ids], (ids, table.shape)
    ### END SOLUTION


def embed_backward(dout, cache):
    """The table's gradient: each row is the sum over all the places where its token stood.

    Args:
        dout: upstream gradient, of the shape of out.
        cache: what embed_forward returned beside it.

    Returns:
        dtable: of the table's shape; a token that did not occur gets zeros.

    Source: the gradient of torch.nn.Embedding, by torch.autograd.

    Example:
        >>> out, cache = embed_forward(np.array([2, 0, 2]), np.zeros((4, 1)))
        >>> embed_backward(np.array([[10.0], [20.0], [30.0]]), cache).ravel()
        array([20.,  0., 40.,  0.])
    """
    ### BEGIN SOLUTION
    ids, shape = cache
    dtable = np.zeros(shape, dout.dtype)
    np.add.at(dtable, ids, dout)
    return dtable
    ### END SOLUTION


def require_lengths(lengths, most):
    """Refuse lengths that are not from 0 to most: ValueError naming lengths. Given."""
    require(np.all((lengths >= 0) & (lengths <= most)), f"lengths must be from 0 to {most}")


def encode(x, lengths, weights):
    """Read a batch of sequences, each to its own end.

    From h = 0, each word x[:, s] takes cell one step further. Past its length a sequence's state is frozen: it stays as
    its last real word left it.

    Args:
        x: (N, S, D), embedded words, S at least 1.
        lengths: ints (N,), 0 to S.
        weights: of cell.

    Returns:
        (hs, last): hs (N, S, H), the state after each word; last (N, H), the state after the last real word, zeros where
        the length is 0.

    Raises:
        ValueError: naming lengths, if one is below 0 or above S.

    Source: Cho and others, "Learning Phrase Representations using RNN Encoder-Decoder" (2014); torch.nn.GRU on a packed
    sequence gives the same last state, with its own cell.

    Example:
        >>> halve = [np.zeros((2, 1)), np.zeros((2, 1)), np.array([0.0, 50.0])]  # h_next = h / 2 + 1 / 2
        >>> hs, last = encode(np.zeros((2, 3, 1)), np.array([3, 1]), halve)
        >>> hs[:, :, 0], last[:, 0]
        (array([[0.5  , 0.75 , 0.875],
               [0.5  , 0.5  , 0.5  ]]), array([0.875, 0.5  ]))
    """
    require_lengths(lengths, x.shape[1])
    ### BEGIN SOLUTION
    h = np.zeros((len(x), weights[1].shape[1]), x.dtype)
    hs = []
    for s in range(x.shape[1]):
        h = np.where((s < lengths)[:, None], cell(x[:, s], h, weights)[0], h)
        hs.append(h)
    return np.stack(hs, axis=1), h
    ### END SOLUTION


def attend_forward(query, keys, mask):
    """Look back: weigh everything that was read by how well it fits what is asked, and add it up.

    The score of a place is the dot product of query and key, as it is. Softmax over the places that may be looked at gives
    the weights, and the context is the sum of the keys, each times its weight: the keys are what is found, too. Where a row
    has no place to look at, weights and context are zeros.

    Args:
        query: (N, H).
        keys: (N, S, H).
        mask: booleans (N, S), True where a place may be looked at.

    Returns:
        (context, weights, cache): context (N, H); weights (N, S), 0 at the other places; cache is whatever attend_backward
        needs.

    Raises:
        ValueError: naming mask, if its shape is not (N, S).

    Source: Luong, Pham, Manning, "Effective Approaches to Attention-based Neural Machine Translation" (2015), the score
    that they call dot.

    Example:
        >>> keys = np.array([[[0.0, 2.0], [np.log(3.0), 4.0], [9.0, 9.0]]])
        >>> context, weights, cache = attend_forward(np.array([[1.0, 0.0]]), keys, np.array([[True, True, False]]))
        >>> weights, context.round(4)
        (array([[0.25, 0.75, 0.  ]]), array([[0.824, 3.5  ]]))
    """
    require(mask.shape == keys.shape[:2], f"mask must have the shape {keys.shape[:2]}, not {mask.shape}")
    ### BEGIN SOLUTION
    scores = np.einsum("nsh,nh->ns", keys, query)
    some = mask.any(axis=1, keepdims=True)
    weights = softmax(np.where(mask | ~some, scores, -np.inf)) * some
    return np.einsum("ns,nsh->nh", weights, keys), weights, (query, keys, weights)
    ### END SOLUTION


def attend_backward(dcontext, cache):
    """Gradients of looking back. A key takes part twice: it is compared with the query, and it is what is added up.

    With a the weights, da = keys dcontext for each place; through the softmax, dscores = a (da - sum of a da); then
    dquery = sum of dscores keys, and each key gets a dcontext + dscores query.

    Args:
        dcontext: upstream gradient of context, (N, H).
        cache: what attend_forward returned.

    Returns:
        (dquery, dkeys): (N, H) and (N, S, H).

    Source: the gradients of that, by torch.autograd.

    Example:
        >>> query, keys = np.array([[0.0]]), np.array([[[1.0], [3.0]]])
        >>> context, weights, cache = attend_forward(query, keys, np.array([[True, True]]))
        >>> attend_backward(np.array([[10.0]]), cache)
        (array([[10.]]), array([[[5.],
                [5.]]]))
    """
    ### BEGIN SOLUTION
    query, keys, weights = cache
    dweights = np.einsum("nsh,nh->ns", keys, dcontext)
    dscores = weights * (dweights - (weights * dweights).sum(axis=1, keepdims=True))
    dquery = np.einsum("ns,nsh->nh", dscores, keys)
    return dquery, weights[:, :, None] * dcontext[:, None] + dscores[:, :, None] * query[:, None]
    ### END SOLUTION


def decoder_step(tokens, state, keys, mask, params):
    """Write one symbol of each sequence: take the last one in, look back, and score what comes next.

    The embedded tokens take the state one step further; the new state asks, context is what it finds; logits = [state; context]
    W_out^T + b_out, the state's H numbers first.

    Args:
        tokens: ints (N,), what was written last.
        state: (N, H), before this step.
        keys, mask: (N, S, H) and (N, S), what was read.
        params: dict with target_table, decoder, w_out and b_out, as above; it may hold more.

    Returns:
        (logits, state, weights): (N, V), the new state (N, H), and where it looked (N, S).

    Raises:
        ValueError: as embed_forward and attend_forward do.

    Source: Luong, Pham, Manning (2015), without the layer that they put between [state; context] and the logits.

    Example:
        >>> still = [np.zeros((2, 1)), np.zeros((2, 1)), np.zeros(2)]  # h_next = h / 2
        >>> params = {"target_table": np.zeros((3, 1)), "decoder": still, "w_out": np.array([[1.0, 10.0]]), "b_out": np.zeros(1)}
        >>> keys, mask = np.array([[[3.0], [5.0]]]), np.array([[True, False]])
        >>> logits, state, weights = decoder_step(np.array([1]), np.array([[2.0]]), keys, mask, params)
        >>> logits, state, weights  # the state is 1, and 3 is what it finds
        (array([[31.]]), array([[1.]]), array([[1., 0.]]))
    """
    ### BEGIN SOLUTION
    x, _ = embed_forward(tokens, params["target_table"])
    state, _ = cell(x, state, params["decoder"])
    context, weights, _ = attend_forward(state, keys, mask)
    both = np.concatenate([state, context], axis=1)
    return both @ params["w_out"].T + params["b_out"], state, weights
    ### END SOLUTION


def decode_teacher_forced(targets_in, state, keys, mask, params):
    """Write T symbols, and take in the right ones: whatever was scored highest, the next step is fed what should have come.

    Args:
        targets_in: ints (N, T): start, then the target without its last symbol.
        state: (N, H), to start with.
        keys, mask, params: as decoder_step takes them.

    Returns:
        logits: (N, T, V), those of each step.

    Raises:
        ValueError: as decoder_step does.

    Source: Goodfellow, Bengio, Courville, "Deep Learning" (2016), section 10.2.1, on teacher forcing.

    Example:
        >>> still = [np.zeros((2, 1)), np.zeros((2, 1)), np.zeros(2)]  # h_next = h / 2
        >>> params = {"target_table": np.zeros((3, 1)), "decoder": still, "w_out": np.array([[1.0, 10.0]]), "b_out": np.zeros(1)}
        >>> keys, mask = np.array([[[3.0], [5.0]]]), np.array([[True, False]])
        >>> decode_teacher_forced(np.array([[1, 2]]), np.array([[2.0]]), keys, mask, params)
        array([[[31. ],
                [30.5]]])
    """
    ### BEGIN SOLUTION
    steps = []
    for t in range(targets_in.shape[1]):
        logits, state, _ = decoder_step(targets_in[:, t], state, keys, mask, params)
        steps.append(logits)
    return np.stack(steps, axis=1)
    ### END SOLUTION


def sequence_loss(logits, targets, mask):
    """Cross-entropy of every real step: -log of the right symbol's probability, the mean over all real steps of all sequences.

    A long sequence counts for more than a short one, as it has more steps. Padding counts for nothing, and gets no gradient.
    Without any real step the loss is 0.

    Args:
        logits: (N, T, V), however large.
        targets: ints (N, T), 0 to V - 1.
        mask: booleans (N, T), True at real steps.

    Returns:
        (loss, dlogits): a number, and an array of logits' shape and dtype. Nothing overflows or warns.

    Raises:
        ValueError: naming targets or mask, if its shape is not (N, T).

    Source: torch.nn.functional.cross_entropy with ignore_index.

    Example:
        >>> logits, targets = np.log(np.array([[[0.25, 0.75], [0.5, 0.5]]])), np.array([[0, 0]])
        >>> loss, dlogits = sequence_loss(logits, targets, np.array([[True, False]]))
        >>> round(float(loss), 4), dlogits  # -log 0.25
        (1.3863, array([[[-0.75,  0.75],
                [ 0.  ,  0.  ]]]))
    """
    require(targets.shape == logits.shape[:2], f"targets must have the shape {logits.shape[:2]}, not {targets.shape}")
    require(mask.shape == logits.shape[:2], f"mask must have the shape {logits.shape[:2]}, not {mask.shape}")
    ### BEGIN SOLUTION
    count = max(mask.sum(), 1)
    right = np.arange(logits.shape[2]) == targets[:, :, None]
    shifted = logits - logits.max(axis=2, keepdims=True)
    distances = np.log(np.exp(shifted).sum(axis=2)) - (shifted * right).sum(axis=2)
    dlogits = np.where(mask[:, :, None], (softmax(logits) - right) / logits.dtype.type(count), 0)
    return (distances * mask).sum() / count, dlogits
    ### END SOLUTION


def greedy_decode(step, state, start, end, max_steps):
    """Write without a teacher: take the most probable symbol each time, and feed it to the next step, until end.

    Args:
        step: function of (tokens, state), ints (N,) and the state, that gives (logits, state): scores (N, V) of the next
            symbols, and the state after the step.
        state: array (N, ...), to start with.
        start: int, the token that every sequence is fed first.
        end: int, the token that ends a sequence.
        max_steps: the most symbols of a sequence, and the most calls of step.

    Returns:
        List of N lists of ints: what each sequence wrote, without start and without end. A sequence is over at its first end;
        it is still fed something, an int from 0 to V - 1, as long as others go on, but what step says of it is not
        heard. Of equal scores the first counts. step is not called any more once all are over.

    Source: Sutskever, Vinyals, Le, "Sequence to Sequence Learning with Neural Networks" (2014), with a beam of 1.

    Example:
        >>> def count_up(tokens, state):  # after each token comes the next; 3 is the end
        ...     return np.eye(4)[np.minimum(tokens + 1, 3)], state
        >>> greedy_decode(count_up, np.zeros((2, 1)), 0, 3, 10), greedy_decode(count_up, np.zeros((1, 1)), 0, 3, 1)
        ([[1, 2], [1, 2]], [[1]])
    """
    ### BEGIN SOLUTION
    written = [[] for _ in state]
    tokens, going = np.full(len(state), start), np.ones(len(state), dtype=bool)
    for _ in range(max_steps):
        logits, state = step(tokens, state)
        tokens = logits.argmax(axis=1)
        going &= tokens != end
        for n in np.flatnonzero(going):
            written[n].append(int(tokens[n]))
        if not going.any():
            break
    return written
    ### END SOLUTION


def halting_decode(step, state, uniforms):
    """Write, and after each output toss a coin whether that was the last: the network says how it is loaded.

    Args:
        step: function of the state that gives (output, stop_logit, state): what is written, a number whose sigmoid is the
            probability to stop after it, and the next state.
        state: to start with, as step takes it.
        uniforms: (T,), T at least 1: draws from 0 to 1. After output t it stops if uniforms[t] < sigmoid(stop_logit).

    Returns:
        (outputs, stopped): list of what was written, T outputs at most; stopped is the number t, from 0, of the output after
        which it stopped, or None if uniforms came to their end first. step is called once for each output.

    Source: Goodfellow, Bengio, Courville (2016), section 10.2.3: the second of three ways to end a sequence.

    Example:
        >>> def count_down(state):
        ...     return state, 2.0 - state, state - 1  # sigmoid(-1) = 0.27, sigmoid(0) = 0.5, sigmoid(1) = 0.73
        >>> halting_decode(count_down, 3, np.array([0.6, 0.6, 0.6, 0.6])), halting_decode(count_down, 3, np.array([0.9, 0.9]))
        (([3, 2, 1], 2), ([3, 2], None))
    """
    ### BEGIN SOLUTION
    outputs = []
    for t, uniform in enumerate(uniforms):
        output, stop_logit, state = step(state)
        outputs.append(output)
        if uniform < sigmoid(stop_logit):
            return outputs, t
    return outputs, None
    ### END SOLUTION


def stop_loss(stop_logits, length):
    """How surprised the network is that the sequence is over exactly after `length` outputs, and not before.

    With p_t = sigmoid(stop_logits[t]), t = 1 to length: loss = -sum over t < length of log(1 - p_t) - log p_length, a sum
    and no mean. Each term's gradient is p_t where it should have gone on, and p_t - 1 where it should have stopped.

    Args:
        stop_logits: (T,), one after each output, however large.
        length: int, 1 to T.

    Returns:
        (loss, gradient): a number, and an array (T,) of stop_logits' dtype, 0 after the length. Nothing overflows or warns.

    Raises:
        ValueError: naming length, if it is below 1 or above T.

    Source: torch.nn.functional.binary_cross_entropy_with_logits(reduction="sum"), on the first length steps.

    Example:
        >>> loss, gradient = stop_loss(np.array([0.0, np.log(3.0), 7.0]), 2)  # p = 1/2, 3/4
        >>> round(float(loss), 4), gradient  # -log(1/2) - log(3/4)
        (0.9808, array([ 0.5 , -0.25,  0.  ]))
    """
    require(1 <= length <= len(stop_logits), f"length must be from 1 to {len(stop_logits)}, not {length}")
    ### BEGIN SOLUTION
    real = stop_logits[:length]
    over = np.arange(length) == length - 1
    gradient = np.zeros_like(stop_logits)
    gradient[:length] = sigmoid(real) - over
    return np.logaddexp(0, np.where(over, -real, real)).sum(), gradient
    ### END SOLUTION


def predict_length(h, w, b):
    """The third way to end: say beforehand how long it will be. A class for each length from 0 to L.

    Args:
        h: (N, H). w: (L + 1, H). b: (L + 1,).

    Returns:
        lengths: ints (N,), where h W^T + b is largest; of equal scores the smallest length.

    Source: Goodfellow, Bengio, Courville (2016), section 10.2.3, on predicting tau.

    Example:
        >>> predict_length(np.array([[1.0], [-1.0]]), np.array([[0.0], [1.0], [-2.0]]), np.array([0.5, 0.0, 0.0]))
        array([1, 2])
    """
    ### BEGIN SOLUTION
    return (h @ w.T + b).argmax(axis=1)
    ### END SOLUTION


def steps_left(lengths, t):
    """What the decoder must be told with a predicted length, at every step: how many symbols are still to come.

    Args:
        lengths: ints (N,), tau for each sequence, from 0.
        t: int, how many steps.

    Returns:
        Ints (N, t): tau at the first step, one less at each further one, 1 at the last real step, 0 after it.

    Source: Goodfellow, Bengio, Courville (2016), section 10.2.3, who give the recurrence tau - t as an extra input.

    Example:
        >>> steps_left(np.array([3, 1]), 4)
        array([[3, 2, 1, 0],
               [1, 0, 0, 0]])
    """
    ### BEGIN SOLUTION
    return np.maximum(lengths[:, None] - np.arange(t), 0)
    ### END SOLUTION


def seq2seq_loss_and_grads(params, source, lengths, targets):
    """The whole model: read, write with the teacher beside, and send the gradient all the way back.

    Forwards: the embedded source goes through the encoder as in encode; its states are the keys, and its last state is the
    decoder's first; the targets without their last symbol are fed; sequence_loss compares the logits with the targets without
    their first symbol, where these are not 0.

    Backwards, from the last step of the decoder to the first: a state gets gradient from its logits, from its query, and from
    the state after it. What the keys get from all steps is added up, and flows into the encoder together with what comes from
    the decoder's first state. Through a frozen step, past a sequence's length, the gradient passes unchanged, and the
    weights and the padding get none of it.

    Args:
        params: dict of all weights, as above.
        source: ints (N, S). lengths: ints (N,), 0 to S.
        targets: ints (N, T + 1): start, the symbols, end, and 0 after it.

    Returns:
        (loss, grads): a number, and a dict with the keys and shapes of params.

    Raises:
        ValueError: naming lengths, if one is below 0 or above S.

    Source: Bahdanau, Cho, Bengio (2015) and Luong, Pham, Manning (2015); torch.autograd finds the same gradients.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> layer = [rng.normal(size=shape) for shape in ((6, 2), (6, 3), (6,))]
        >>> params = {"source_table": rng.normal(size=(5, 2)), "target_table": rng.normal(size=(4, 2)), "encoder": layer,
        ...           "decoder": layer, "w_out": np.zeros((4, 6)), "b_out": np.log(np.array([1.0, 1.0, 2.0, 4.0]))}
        >>> loss, grads = seq2seq_loss_and_grads(params, np.array([[1, 4]]), np.array([2]), np.array([[1, 3, 2, 0]]))
        >>> round(float(loss), 4), grads["b_out"]  # (-log 4/8 - log 2/8) / 2; the mean of p - (0, 0, 0, 1) and p - (0, 0, 1, 0)
        (1.0397, array([ 0.125,  0.125, -0.25 ,  0.   ]))
    """
    require_lengths(lengths, source.shape[1])
    ### BEGIN SOLUTION
    x, read = embed_forward(source, params["source_table"])
    y, fed = embed_forward(targets[:, :-1], params["target_table"])
    mask = np.arange(source.shape[1]) < lengths[:, None]
    units = len(params["encoder"][2]) // 2
    state = np.zeros((len(source), units), x.dtype)
    keys, reading = [], []
    for s in range(source.shape[1]):
        further, back = cell(x[:, s], state, params["encoder"])
        state = np.where(mask[:, s, None], further, state)
        keys.append(state)
        reading.append(back)
    keys = np.stack(keys, axis=1)
    both, writing = [], []
    for t in range(y.shape[1]):
        state, back = cell(y[:, t], state, params["decoder"])
        context, _, cache = attend_forward(state, keys, mask)
        both.append(np.concatenate([state, context], axis=1))
        writing.append((back, cache))
    both = np.stack(both, axis=1)
    loss, dlogits = sequence_loss(both @ params["w_out"].T + params["b_out"], targets[:, 1:], targets[:, 1:] != 0)

    dboth = dlogits @ params["w_out"]
    dx, dy, dkeys, dstate = np.empty_like(x), np.empty_like(y), np.zeros_like(keys), np.zeros_like(state)
    dencoder, ddecoder = ([np.zeros_like(w) for w in params[name]] for name in ("encoder", "decoder"))
    for t in reversed(range(y.shape[1])):
        back, cache = writing[t]
        dquery, share = attend_backward(dboth[:, t, units:], cache)
        dkeys += share
        dy[:, t], dstate, dweights = back(dboth[:, t, :units] + dquery + dstate)
        ddecoder = [total + dw for total, dw in zip(ddecoder, dweights, strict=True)]
    for s in reversed(range(source.shape[1])):
        real = mask[:, s, None]
        dstate = dstate + dkeys[:, s]
        dx[:, s], through, dweights = reading[s](dstate * real)
        dstate = np.where(real, through, dstate)
        dencoder = [total + dw for total, dw in zip(dencoder, dweights, strict=True)]
    return loss, {
        "source_table": embed_backward(dx, read),
        "target_table": embed_backward(dy, fed),
        "encoder": dencoder,
        "decoder": ddecoder,
        "w_out": np.tensordot(dlogits, both, axes=((0, 1), (0, 1))),
        "b_out": dlogits.sum(axis=(0, 1)),
    }
    ### END SOLUTION


def caption(image, params, start, end, max_steps):
    """Say what is in an image: it is shown once, before the first word, and must be kept in mind.

    The first cell takes in W_image image + b_image, from h = 0, and what it would say is not asked. Then come start and each
    word that was said, embedded; the word is the one whose logit, h W_out^T + b_out, is largest.

    Args:
        image: (F,), the image's features.
        params: dict with w_image (D, F) and b_image (D,), table (V, D), cell [w_x, w_h, b], w_out (V, H) and b_out (V,).
        start, end: ints.
        max_steps: the most words.

    Returns:
        List of ints, without start and end: it is over at the first end, or after max_steps words.

    Source: Vinyals, Toshev, Bengio, Erhan, "Show and Tell: A Neural Image Caption Generator" (2015).

    Example:
        >>> keep = [np.array([[0.0], [1.0]]), np.zeros((2, 1)), np.array([50.0, 0.0])]  # h_next = tanh(x)
        >>> params = {"w_image": np.zeros((1, 2)), "b_image": np.zeros(1), "table": np.array([[3.0], [-3.0], [0.0]])}
        >>> params |= {"cell": keep, "w_out": np.array([[-1.0], [1.0], [0.0]]), "b_out": np.zeros(3)}
        >>> caption(np.zeros(2), params, 0, 2, 5)  # after 0 comes 1, after 1 comes 0, and so on
        [1, 0, 1, 0, 1]
    """
    ### BEGIN SOLUTION
    x = params["w_image"] @ image + params["b_image"]
    h, _ = cell(x[None], np.zeros((1, params["w_out"].shape[1]), x.dtype), params["cell"])
    words, token = [], start
    for _ in range(max_steps):
        h, _ = cell(params["table"][[token]], h, params["cell"])
        token = int((h @ params["w_out"].T + params["b_out"]).argmax())
        if token == end:
            break
        words.append(token)
    return words
    ### END SOLUTION


def glimpse(image, centre, size, scales):
    """Look at one place sharply, and at what is around it more and more coarsely, as an eye does.

    For k = 0, 1, ... a square of side 2^k size: rows r - 2^k size / 2 up to, but without, r + 2^k size / 2, the same for
    columns; outside of the image all is 0. Each is averaged over blocks of 2^k x 2^k pixels, so all have the same side.

    Args:
        image: (H, W).
        centre: pair of ints (r, c), which may lie outside.
        size: even int, from 2.
        scales: int, from 1.

    Returns:
        New array (scales, size, size).

    Raises:
        ValueError: naming size, if it is odd or below 2.

    Source: Mnih, Heess, Graves, Kavukcuoglu, "Recurrent Models of Visual Attention" (2014), on the glimpse sensor.

    Example:
        >>> glimpse(np.arange(16.0).reshape(4, 4), (2, 2), 2, 2)
        array([[[ 5. ,  6. ],
                [ 9. , 10. ]],
        <BLANKLINE>
               [[ 2.5,  4.5],
                [10.5, 12.5]]])
    """
    require(size >= 2 and size % 2 == 0, f"size must be even and at least 2, not {size}")
    ### BEGIN SOLUTION
    out = np.empty((scales, size, size), image.dtype)
    for k in range(scales):
        side = 2**k * size
        rows, columns = (np.arange(side) + middle - side // 2 for middle in centre)
        inside = np.outer((rows >= 0) & (rows < image.shape[0]), (columns >= 0) & (columns < image.shape[1]))
        window = image[np.ix_(rows % image.shape[0], columns % image.shape[1])] * inside
        out[k] = window.reshape(size, 2**k, size, 2**k).mean(axis=(1, 3))
    return out
    ### END SOLUTION


def draw_read(image, gx, gy, delta, variance, n):
    """A reading window that gradients can move: n x n soft eyes on a grid, each a Gaussian blur of the image.

    The centres of the grid are g + (i - n / 2 - 0.5) delta, i = 1 to n, with gx along the columns and gy along the rows, in
    pixels. F_x[i, a] = exp(-(a - centre_i)^2 / (2 variance)) for the columns a = 0, 1, ..., each row divided by its sum; F_y
    the same for the rows. A row whose sum is below 1e-8, far outside of the image, is zeros. What is read is F_y image F_x^T.

    Args:
        image: (H, W).
        gx, gy: the grid's centre, column and row, any real numbers.
        delta: distance of neighbours in the grid.
        variance: of the Gaussians, above 0.
        n: the grid's side.

    Returns:
        New array (n, n).

    Raises:
        ValueError: naming variance, if it is not above 0.

    Source: Gregor, Danihelka, Graves, Rezende, Wierstra, "DRAW: A Recurrent Neural Network For Image Generation" (2015), on
    selective attention, with intensity gamma = 1.

    Example:
        >>> image = np.arange(20.0).reshape(4, 5)
        >>> draw_read(image, gx=2.0, gy=1.5, delta=1.0, variance=0.05, n=2).round(6)  # between two columns: their mean
        array([[ 6.5,  7.5],
               [11.5, 12.5]])
    """
    require(variance > 0, f"variance must be above 0, not {variance}")
    ### BEGIN SOLUTION
    filters = []
    for middle, pixels in ((gy, image.shape[0]), (gx, image.shape[1])):
        centres = middle + (np.arange(1, n + 1) - n / 2 - 0.5) * delta
        bank = np.exp(-((np.arange(pixels) - centres[:, None]) ** 2) / (2 * variance))
        sums = bank.sum(axis=1, keepdims=True)
        filters.append((np.where(sums < 1e-8, 0, bank / np.maximum(sums, 1e-8))).astype(image.dtype))
    return filters[0] @ image @ filters[1].T
    ### END SOLUTION
