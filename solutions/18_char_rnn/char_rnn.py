"""A network that writes: a recurrent network that reads a text one character at a time and guesses the next one.

A text is an array of ids: each character's place in the sorted vocabulary. V is the size of the vocabulary, H the number of
hidden units, N the number of streams that are read side by side, T the number of steps. Arrays of ids are int (N, T).

params is a dict of five float arrays:

    w_xh (H, V)   w_hh (H, H)   b_h (H,)      h_t = tanh(w_xh x_t + w_hh h_(t-1) + b_h)
    w_hy (V, H)   b_y (V,)                    logits_t = w_hy h_t + b_y

where x_t is the character's one-hot vector: w_xh x_t is the column of w_xh that belongs to the character. A gradient has the
shape of its array, results have the dtype of the params (float32 in, float32 out), and no function changes its arguments.
The lines above yours refuse bad input; they are given.
"""

import numpy as np


def require(holds, message):
    """Raise ValueError(message) unless it holds. Given, as its calls are: refusing bad input is not the lesson here."""
    if not holds:
        raise ValueError(message)


def require_known(text, vocabulary):
    """Refuse a text with a character that is not in vocabulary: ValueError naming text and the character. Given."""
    unknown = sorted(set(text) - set(vocabulary))
    require(not unknown, f"text holds {unknown[:1]}, which the vocabulary does not know")


def require_ids(name, ids, size):
    """Refuse ids that are not from 0 to size - 1: ValueError naming the argument. Given."""
    flat = np.ravel(ids)
    wrong = flat[(flat < 0) | (flat >= size)]
    require(not len(wrong), f"{name} must be from 0 to {size - 1}, not {wrong[:1]}")


def require_shape(name, array, shape):
    """Refuse an array of another shape: ValueError naming it. Given."""
    require(np.shape(array) == shape, f"{name} must have the shape {shape}, not {np.shape(array)}")


def require_chunk(params, h0, inputs, targets):
    """Refuse states, inputs and targets that do not fit each other or the params: ValueError naming what does not. Given."""
    require_shape("h0", h0, (len(inputs), len(params["w_hh"])))
    require_shape("targets", targets, np.shape(inputs))
    require_ids("inputs", inputs, len(params["w_hy"]))
    require_ids("targets", targets, len(params["w_hy"]))


def require_reading(ids, length, streams):
    """Refuse a text that is too short for its streams: ValueError naming length, streams or ids. Given."""
    require(length >= 1, f"length must be at least 1, not {length}")
    require(streams >= 1, f"streams must be at least 1, not {streams}")
    require(
        len(ids) > streams, f"ids must be more than {streams}, one for each stream and one to guess, not {len(ids)}"
    )


def build_vocabulary(text):
    """The characters of a text, each once, sorted.

    Args:
        text: string.

    Returns:
        List of strings of length 1, in the order of sorted(): the same in every run, whatever the text's order.

    Example:
        >>> build_vocabulary("banana!")
        ['!', 'a', 'b', 'n']
    """
    ### BEGIN SOLUTION
    return sorted(set(text))
    ### END SOLUTION


def encode(text, vocabulary):
    """From characters to ids: each character's place in the vocabulary.

    Args:
        text: string. vocabulary: list of characters, each once.

    Returns:
        int64 array (len(text),), also for an empty text.

    Raises:
        ValueError: naming text and the character, if one is not in the vocabulary.

    Example:
        >>> encode("nab", ["!", "a", "b", "n"])
        array([3, 1, 2])
    """
    require_known(text, vocabulary)
    ### BEGIN SOLUTION
    places = {character: place for place, character in enumerate(vocabulary)}
    return np.array([places[character] for character in text], dtype=np.int64)
    ### END SOLUTION


def decode(ids, vocabulary):
    """From ids to characters: the way back from encode.

    Args:
        ids: int array (T,), or a list of ints. vocabulary: list of characters.

    Returns:
        String of T characters.

    Raises:
        ValueError: naming ids, if one is below 0 or not below the size of the vocabulary.

    Example:
        >>> decode(np.array([3, 1, 2]), ["!", "a", "b", "n"])
        'nab'
    """
    require_ids("ids", ids, len(vocabulary))
    ### BEGIN SOLUTION
    return "".join(vocabulary[each] for each in ids)
    ### END SOLUTION


def one_hot(ids, size):
    """For each id a row of zeros with a single 1, at the id's place.

    Args:
        ids: int array of any shape. size: int, how many characters there are.

    Returns:
        float64 array of ids' shape and one axis more, the last one, of that size.

    Raises:
        ValueError: naming ids, if one is below 0 or not below size.

    Source: torch.nn.functional.one_hot (which gives integers).

    Example:
        >>> one_hot(np.array([2, 0]), 3)
        array([[0., 0., 1.],
               [1., 0., 0.]])
    """
    require_ids("ids", ids, size)
    ### BEGIN SOLUTION
    return np.eye(size)[ids]
    ### END SOLUTION


def chunks(ids, length, streams=1):
    """Cut a text into pieces to learn from, such that the state of one chunk goes on into the next.

    The text is cut into `streams` pieces that follow each other: with S = (len(ids) - 1) // streams, stream k has the inputs
    ids[k S], ..., ids[k S + S - 1]. What is left over at the end is not used. The streams are read side by side, `length`
    steps a chunk; the last chunk is shorter if S is not a multiple of length. A target is the character after its input *in
    the text*, also where that one belongs to the next chunk or to the next stream.

    Args:
        ids: int array (len,), more than `streams`.
        length: int, at least 1, steps of a chunk. streams: int, at least 1.

    Returns:
        List of pairs (inputs, targets), int arrays (streams, T), 1 <= T <= length, in the order of the text.

    Raises:
        ValueError: naming length or streams, if it is below 1; naming ids, if there are not more of them than streams.

    Example:
        >>> for inputs, targets in chunks(np.arange(10), length=3, streams=2):
        ...     print(inputs.tolist(), targets.tolist())
        [[0, 1, 2], [4, 5, 6]] [[1, 2, 3], [5, 6, 7]]
        [[3], [7]] [[4], [8]]
    """
    require_reading(ids, length, streams)
    ### BEGIN SOLUTION
    steps = (len(ids) - 1) // streams
    inputs = ids[: streams * steps].reshape(streams, steps)
    targets = ids[1 : streams * steps + 1].reshape(streams, steps)
    return [(inputs[:, k : k + length], targets[:, k : k + length]) for k in range(0, steps, length)]
    ### END SOLUTION


def bigram_model(ids, size, smoothing=1.0):
    """The simplest model that reads: how often each character follows each other one.

    out[i, j] = (number of times that j follows i, + smoothing) / (number of times that anything follows i, + smoothing V)

    Args:
        ids: int array (len,), at least 1. size: V, int. smoothing: number above 0, added to each count.

    Returns:
        float64 array (V, V): row i holds the probabilities of what follows i, and sums to 1.

    Raises:
        ValueError: naming ids, if one is below 0 or not below size; naming smoothing, if it is not above 0.

    Source: Laplace's rule of succession; Jurafsky and Martin, "Speech and Language Processing", chapter on n-gram models.

    Example:
        >>> bigram_model(np.array([0, 1, 0, 1, 1]), 2)  # 0 is followed by 1 twice; 1 by 0 once and by 1 once
        array([[0.25, 0.75],
               [0.5 , 0.5 ]])
    """
    require_ids("ids", ids, size)
    require(smoothing > 0, f"smoothing must be above 0, not {smoothing}")
    ### BEGIN SOLUTION
    counts = np.full((size, size), float(smoothing))
    np.add.at(counts, (ids[:-1], ids[1:]), 1)
    return counts / counts.sum(axis=1, keepdims=True)
    ### END SOLUTION


def joint_table_size(v, t):
    """How many numbers one must know to give every text of t characters its probability, without and with a shortcut.

    A table of all texts: one probability for each of them, and the last one follows, since they sum to 1. A table of
    bigrams: for each of v characters the probabilities of the v that may follow, and the last of each row follows; t plays
    no part.

    Args:
        v: int, characters in the vocabulary, at least 1. t: int, length of the texts, at least 1.

    Returns:
        (whole, bigrams): two ints, exact however large they are.

    Raises:
        ValueError: naming v or t, if it is below 1.

    Source: Goodfellow, Bengio, Courville, "Deep Learning" (2016), section 10.2.3.

    Example:
        >>> joint_table_size(3, 4)
        (80, 6)
    """
    require(v >= 1, f"v must be at least 1, not {v}")
    require(t >= 1, f"t must be at least 1, not {t}")
    ### BEGIN SOLUTION
    return v**t - 1, v * (v - 1)
    ### END SOLUTION


def loss_and_grads(params, h0, inputs, targets):
    """Read a chunk, guess at every step what comes next, and say how to guess better.

    h_t = tanh(w_xh x_t + w_hh h_(t-1) + b_h) with h_(-1) = h0, logits_t = w_hy h_t + b_y, probabilities by softmax.

    loss = the mean over all N T steps of -log(probability of the target), in nats

    The gradients go back through all T steps of the chunk and end at h0: it is given, and nobody asks how it came about
    (truncated backpropagation through time).

    Args:
        params: dict of w_xh (H, V), w_hh (H, H), b_h (H,), w_hy (V, H), b_y (V,).
        h0: (N, H), the state that the chunk before has left.
        inputs, targets: int arrays (N, T) of ids.

    Returns:
        (loss, grads, h_last): a number, a dict with the keys and shapes of params, and the state (N, H) after the last step.
        Large logits do not overflow.

    Raises:
        ValueError: naming h0 or targets, if its shape does not fit; naming inputs or targets, if an id is none.

    Source: Karpathy, min-char-rnn (2015), whose loss is a sum over the steps; torch.nn.RNN, torch.nn.Linear and
    torch.nn.functional.cross_entropy.

    Example:
        >>> params = {"w_xh": np.zeros((1, 2)), "w_hh": np.zeros((1, 1)), "b_h": np.ones(1)}
        >>> params |= {"w_hy": np.zeros((2, 1)), "b_y": np.log([3.0, 1.0])}  # always 3/4 for 0 and 1/4 for 1
        >>> loss, grads, h_last = loss_and_grads(params, np.zeros((1, 1)), np.array([[0, 1]]), np.array([[1, 0]]))
        >>> round(loss, 6), grads["b_y"], np.round(h_last, 6)  # (log 4 + log 4/3) / 2
        (0.836988, array([ 0.25, -0.25]), array([[0.761594]]))
    """
    require_chunk(params, h0, inputs, targets)
    ### BEGIN SOLUTION
    w_hh, w_hy = params["w_hh"], params["w_hy"]
    hidden, size = params["w_xh"].shape
    past, future = inputs.T, targets.T  # steps first: (T, N)
    sums = params["w_xh"].T[past] + params["b_h"]
    hs, h = np.empty_like(sums), h0
    for t in range(len(hs)):
        h = np.tanh(sums[t] + h @ w_hh.T)
        hs[t] = h

    logits = hs @ w_hy.T + params["b_y"]
    logits -= logits.max(axis=-1, keepdims=True)
    logs = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    right = one_hot(future, size).astype(logs.dtype)
    loss = -np.sum(logs * right) / future.size
    dlogits = (np.exp(logs) - right) / future.size

    dhs, dsums, dh = dlogits @ w_hy, np.empty_like(hs), np.zeros_like(h0)
    for t in reversed(range(len(hs))):
        dsums[t] = (dhs[t] + dh) * (1 - hs[t] ** 2)
        dh = dsums[t] @ w_hh

    before = np.concatenate([h0[np.newaxis], hs[:-1]]).reshape(-1, hidden)
    dlogits, dsums = dlogits.reshape(-1, size), dsums.reshape(-1, hidden)
    read = one_hot(past, size).reshape(-1, size).astype(dsums.dtype)
    grads = {"w_xh": dsums.T @ read, "w_hh": dsums.T @ before, "b_h": dsums.sum(axis=0)}
    grads |= {"w_hy": dlogits.T @ hs.reshape(-1, hidden), "b_y": dlogits.sum(axis=0)}
    return float(loss), grads, h
    ### END SOLUTION


def clip_and_adagrad(params, grads, memory, lr, limit=5.0, eps=1e-8):
    """One step of Adagrad on clipped gradients, as min-char-rnn takes it. For each array and each of its numbers:

    g = the gradient, or limit if it is above, or -limit if it is below -limit
    memory_new = memory + g^2
    w_new = w - lr g / sqrt(memory_new + eps)

    Args:
        params, grads, memory: dicts of float arrays, with the same keys and shapes. memory is all zeros before the first step.
        lr, limit, eps: numbers.

    Returns:
        (params, memory): two new dicts with the same keys. What was given stays as it was.

    Source: Karpathy, min-char-rnn (2015); Duchi, Hazan, Singer, "Adaptive subgradient methods" (2011).

    Example:
        >>> grads, memory = {"w": np.array([3.0, -80.0])}, {"w": np.array([16.0, 0.0])}
        >>> params, memory = clip_and_adagrad({"w": np.zeros(2)}, grads, memory, lr=1.0)
        >>> np.round(params["w"], 6), memory["w"]
        (array([-0.6,  1. ]), array([25., 25.]))
    """
    ### BEGIN SOLUTION
    clipped = {name: np.clip(grad, -limit, limit) for name, grad in grads.items()}
    memory = {name: memory[name] + g**2 for name, g in clipped.items()}
    return {name: w - lr * clipped[name] / np.sqrt(memory[name] + eps) for name, w in params.items()}, memory
    ### END SOLUTION


def stacked_rnn_forward(x, h0, layers):
    """Recurrent layers on top of each other: what a layer says at a step is what the next one reads at that step.

    Layer l: h_t = tanh(w_ih input_t + b_ih + w_hh h_(t-1) + b_hh), where the input is x for the first layer and the h of the
    layer below for the others, and h_(-1) = h0[l].

    Args:
        x: float array (N, T, D).
        h0: (L, N, H), a state for each layer.
        layers: list of L tuples (w_ih, w_hh, b_ih, b_hh): w_ih (H, D) in the first layer and (H, H) above, w_hh (H, H),
            b_ih and b_hh (H,).

    Returns:
        (hs, last): hs (N, T, H), the states of the top layer at every step; last (L, N, H), each layer's state after the
        last step.

    Raises:
        ValueError: naming h0, if its shape is not (L, N, H).

    Source: torch.nn.RNN(num_layers=L, batch_first=True). Wu and others, "Google's Neural Machine Translation System" (2016),
    stack eight LSTM layers in this way, with shortcuts.

    Example:
        >>> layer = (np.array([[1.0]]), np.zeros((1, 1)), np.zeros(1), np.zeros(1))
        >>> hs, last = stacked_rnn_forward(np.array([[[0.0], [1.0]]]), np.zeros((2, 1, 1)), [layer, layer])
        >>> np.round(hs.ravel(), 4), np.round(last.ravel(), 4)  # tanh(1) = 0.7616, tanh(0.7616) = 0.642
        (array([0.   , 0.642]), array([0.7616, 0.642 ]))
    """
    require_shape("h0", h0, (len(layers), len(x), len(layers[0][1])))
    ### BEGIN SOLUTION
    last = []
    for h, (w_ih, w_hh, b_ih, b_hh) in zip(h0, layers, strict=True):
        sums, states = x @ w_ih.T + b_ih + b_hh, []
        for t in range(x.shape[1]):
            h = np.tanh(sums[:, t] + h @ w_hh.T)
            states.append(h)
        x = np.stack(states, axis=1)
        last.append(h)
    return x, np.stack(last)
    ### END SOLUTION


def sharpen(logits, temperature):
    """Probabilities that are bolder (temperature below 1) or more adventurous (above 1): softmax(logits / temperature).

    Args:
        logits: float array of any shape; the probabilities are over its last axis.
        temperature: number above 0. Anything down to 1e-4 works without a warning, with logits up to 1e6.

    Returns:
        New array of logits' shape and dtype.

    Raises:
        ValueError: naming temperature, if it is not above 0.

    Example:
        >>> sharpen(np.log([1.0, 2.0, 2.0]), temperature=0.5)  # the odds are squared: 1, 4, 4
        array([0.11111111, 0.44444444, 0.44444444])
    """
    require(temperature > 0, f"temperature must be above 0, not {temperature}")
    ### BEGIN SOLUTION
    odds = np.exp((logits - logits.max(axis=-1, keepdims=True)) / temperature)
    return odds / odds.sum(axis=-1, keepdims=True)
    ### END SOLUTION


def sample(params, h, seed, n, rng, temperature=1.0):
    """Let the network write: read a character, draw the next one from the probabilities, read that one, and so on.

    Args:
        params: dict, as for loss_and_grads.
        h: (H,), the state before seed is read.
        seed: int, the id of the character that is read first.
        n: int, at least 0, how many characters to write.
        rng: numpy Generator, the only source of randomness.
        temperature: number above 0, as for sharpen.

    Returns:
        int64 array (n,) of ids: those that were drawn, without seed.

    Raises:
        ValueError: naming seed, if it is no id; naming temperature, if it is not above 0.

    Source: Karpathy, min-char-rnn (2015); Sutskever, Martens, Hinton, "Generating text with recurrent neural networks" (2011).

    Example:
        >>> params = {"w_xh": np.zeros((1, 3)), "w_hh": np.zeros((1, 1)), "b_h": np.zeros(1), "w_hy": np.zeros((3, 1))}
        >>> params["b_y"] = np.array([0.0, 0.0, 1000.0])  # 2 is certain
        >>> sample(params, np.zeros(1), 0, 4, np.random.default_rng(0))
        array([2, 2, 2, 2])
    """
    require_ids("seed", seed, len(params["w_hy"]))
    require(temperature > 0, f"temperature must be above 0, not {temperature}")
    ### BEGIN SOLUTION
    ids = []
    for _ in range(n):
        h = np.tanh(params["w_xh"][:, seed] + params["w_hh"] @ h + params["b_h"])
        chances = sharpen(params["w_hy"] @ h + params["b_y"], temperature)
        seed = rng.choice(len(chances), p=chances)
        ids.append(seed)
    return np.array(ids, dtype=np.int64)
    ### END SOLUTION


def perplexity(losses, counts):
    """Among how many characters, all equally likely, would it be as hard to guess? exp of the mean loss a character.

    out = exp(sum_k losses[k] counts[k] / sum_k counts[k])

    Args:
        losses: K numbers, list or array: for each chunk the mean loss of its characters, in nats.
        counts: K numbers: how many characters each chunk has. They may differ, so the means weigh differently.

    Returns:
        A number. (2 to the mean loss in bits is the same.)

    Example:
        >>> round(perplexity([np.log(2), np.log(16)], [2, 1]), 6)  # the cube root of 2 * 2 * 16
        4.0
    """
    ### BEGIN SOLUTION
    return float(np.exp(np.average(losses, weights=counts)))
    ### END SOLUTION


def train(ids, size, hidden, length, streams, steps, lr, rng, watch=None):
    """Train a network from the start: `steps` chunks one after another, a clip_and_adagrad on each.

    The weights start normal with standard deviation 0.1, the biases at 0, Adagrad's memory at 0. The chunks are those of
    chunks(ids, length, streams), in order. The state that a chunk leaves is the h0 of the next one. After the last chunk
    the text begins again, and so does the state: it is zero before the first chunk, every time.

    Args:
        ids: int array, the text. size: V. hidden: H.
        length, streams: as for chunks. steps: int, at least 0, how many chunks to learn from. lr: number.
        rng: numpy Generator that the weights are drawn from, the only source of randomness.
        watch: function or None. If it is given, watch(step, params) is called after each chunk, with step = 1, 2, ... and
            the params that the chunk has led to. What it returns plays no part.

    Returns:
        (params, losses): the params after the last step, and a float64 array (steps,) of the loss of each chunk, as it was
        before its step.

    Raises:
        ValueError: naming length, streams or ids as chunks does; naming steps, if it is below 0.

    Source: Karpathy, min-char-rnn (2015).

    Example:
        >>> seen = []
        >>> ids = np.array([0, 1] * 20)
        >>> params, losses = train(ids, 2, 4, 5, 1, 60, 0.1, np.random.default_rng(0), lambda step, params: seen.append(step))
        >>> losses.shape, float(losses[-1]) < 0.1, seen[-1]
        ((60,), True, 60)
    """
    require_reading(ids, length, streams)
    require(steps >= 0, f"steps must be at least 0, not {steps}")
    ### BEGIN SOLUTION
    shapes = {"w_xh": (hidden, size), "w_hh": (hidden, hidden), "w_hy": (size, hidden)}
    params = {name: rng.normal(scale=0.1, size=shape) for name, shape in shapes.items()}
    params |= {"b_h": np.zeros(hidden), "b_y": np.zeros(size)}
    memory = {name: np.zeros_like(w) for name, w in params.items()}
    pieces, losses = chunks(ids, length, streams), []
    for step in range(steps):
        if step % len(pieces) == 0:
            h = np.zeros((streams, hidden))
        loss, grads, h = loss_and_grads(params, h, *pieces[step % len(pieces)])
        params, memory = clip_and_adagrad(params, grads, memory, lr)
        losses.append(loss)
        if watch:
            watch(step + 1, params)
    return params, np.array(losses, dtype=np.float64)
    ### END SOLUTION


def inside_quotes(text):
    """Where a text is inside of double quotes: a signal to look for in the network's units.

    The first " opens, the second closes, the third opens, and so on. The opening one is inside, the closing one is not. An
    open one that is never closed reaches to the end.

    Args:
        text: string.

    Returns:
        int64 array (len(text),) of 0 and 1.

    Source: Karpathy, Johnson, Fei-Fei, "Visualizing and understanding recurrent networks" (2016), where a unit of an LSTM
    turns out to keep track of quotes.

    Example:
        >>> inside_quotes('a"bc"d')
        array([0, 1, 1, 1, 0, 0])
    """
    ### BEGIN SOLUTION
    marks = np.array([character == '"' for character in text], dtype=np.int64)
    return np.cumsum(marks) % 2
    ### END SOLUTION


def most_correlated_cell(hs, signal):
    """Which hidden unit follows a signal most closely? By Pearson's correlation over time, of either sign.

    r_j = sum_t (hs[t, j] - mean_j) (signal[t] - mean) / sqrt(sum_t (hs[t, j] - mean_j)^2 * sum_t (signal[t] - mean)^2)

    Args:
        hs: float array (T, H), each unit's state over time.
        signal: array (T,), of ints or floats.

    Returns:
        (cell, r): the int j with the largest |r_j| and r_j with its sign, a float. A unit
        that never changes has r = 0, and so has every unit if the signal never changes: then (0, 0.0). Nothing warns.

    Raises:
        ValueError: naming signal, if it has not one number for each step.

    Source: numpy.corrcoef, scipy.stats.pearsonr.

    Example:
        >>> most_correlated_cell(np.array([[0.5, 1.0], [0.5, 0.0], [0.5, 1.0]]), np.array([0, 1, 0]))
        (1, -1.0)
    """
    require_shape("signal", signal, (len(hs),))
    ### BEGIN SOLUTION
    moves = (hs.max(axis=0) > hs.min(axis=0)) & (signal.max() > signal.min())
    off, away = hs - hs.mean(axis=0), signal - signal.mean()
    scale = np.sqrt(np.sum(off**2, axis=0) * np.sum(away**2))
    r = np.where(moves, off.T @ away / np.where(moves, scale, 1), 0)
    cell = int(np.argmax(np.abs(r)))
    return cell, float(r[cell])
    ### END SOLUTION
