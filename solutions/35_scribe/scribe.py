"""A language model that runs: a small GPT-2, read token by token and written by your own attention.

A text is a row of ids, ints: 0 to 255 are the bytes of its UTF-8, and 256 + k is the k-th merge, two tokens made one. x is
(T, D): T tokens of D features, one text at a time. Weights are a dict of arrays with the names and shapes of GPT-2's
published checkpoints. Matrices multiply from the right, x @ W + b, which is torch's layout turned:

    "wte.weight" (V, D)              a row for each of V tokens; its transpose is the last layer, too
    "wpe.weight" (P, D)              a row for each of P places
    "h.0. ..." to "h.{L-1}. ..."     of L blocks, each with the arrays that `block` names
    "ln_f.weight", "ln_f.bias" (D,)  of the last normalization

The one that ships with the course has V = 768, D = 128, P = 128, L = 4 and 4 heads. Results have the dtype of the weights, and
functions leave what they are given as it was.
"""

import numpy as np
from activations import log_softmax, softmax
from attention import scaled_dot_product_attention_forward

BYTES = 256  # ids that are a byte each; merges come after them


def require(holds, message):
    """Raise ValueError(message) unless it holds. Given, as are the next three."""
    if not holds:
        raise ValueError(message)


def require_room(count, weights, cache):
    """So many more ids after what the cache holds have a place each."""
    start, places = 0 if cache is None else cache[0][0].shape[1], len(weights["wpe.weight"])
    require(start + count <= places, f"ids must end within {places} places, not at {start + count}")


def gelu(x):
    """The smooth relu of unit 31, with tanh. Given."""
    return 0.5 * x * (1 + np.tanh((2 / np.pi) ** 0.5 * (x + 0.044715 * x**3)))


def weights_of(layer, weights):
    """The arrays of one block, under the names without "h.{layer}.". Given."""
    start = f"h.{layer}."
    return {name.removeprefix(start): array for name, array in weights.items() if name.startswith(start)}


def byte_pairs(text, merges):
    """The ids of a text: its bytes, and then merge after merge, from the first to the last.

    Merge k makes each pair (merges[k][0], merges[k][1]) of neighbours one token with the id 256 + k, from left to right; what was
    merged is not part of another pair of the same merge. The first merges were the most frequent pairs, so they go first.

    Args:
        text: str, may be empty; any characters.
        merges: ints (M, 2): pairs of ids. A merge's ids are below its own, 256 + k.

    Returns:
        ids: int64 (n,).

    Source: Sennrich, Haddow, Birch, "Neural machine translation of rare words with subword units" (2016), section 3.2; on bytes:
    Radford et al., "Language models are unsupervised multitask learners" (2019), section 2.2.

    Example:
        >>> byte_pairs("aaab", np.array([[97, 97], [256, 97], [97, 98]]))  # aa is 256, then (aa)a is 257, then b is alone
        array([257,  98])
    """
    ### BEGIN SOLUTION
    ids = list(text.encode())
    for number, (first, second) in enumerate(np.asarray(merges).tolist()):
        if first not in ids:
            continue
        merged, place = [], 0
        while place < len(ids):
            if ids[place : place + 2] == [first, second]:
                merged.append(BYTES + number)
                place += 2
            else:
                merged.append(ids[place])
                place += 1
        ids = merged
    return np.array(ids, dtype=np.int64)
    ### END SOLUTION


def join(ids, vocabulary):
    """The text of some ids. A character that is not whole (its other bytes are missing) becomes U+FFFD.

    Args:
        ids: ints (n,).
        vocabulary: the bytes of each token, a sequence of V bytes objects.

    Returns:
        text: str.

    Source: bytes.decode with errors="replace".

    Example:
        >>> join(np.array([1, 0, 2]), [b"e", b"h", b"y!"])
        'hey!'
    """
    ### BEGIN SOLUTION
    return b"".join(vocabulary[each] for each in ids).decode("utf-8", errors="replace")
    ### END SOLUTION


def layer_norm(x, weight, bias, eps=1e-5):
    """Each token's features to mean 0 and variance 1, times weight, plus bias.

        out = weight (x - mean) / sqrt(variance + eps) + bias,   mean and variance (divided by D) over the last axis

    Args:
        x: (..., D). weight, bias: (D,). eps: keeps the root away from 0.

    Returns:
        out: (..., D).

    Source: Ba, Kiros, Hinton, "Layer Normalization" (2016), section 3; torch.nn.functional.layer_norm.

    Example:
        >>> layer_norm(np.array([[1.0, 3.0]]), np.array([1.0, 2.0]), np.array([0.0, 5.0])).round(3)
        array([[-1.,  7.]])
    """
    ### BEGIN SOLUTION
    centred = x - x.mean(axis=-1, keepdims=True)
    return weight * centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + eps) + bias
    ### END SOLUTION


def block(x, weights, cache=None, heads=4):
    """One block: attention and a small network, each on the normalized x, each added to x.

        a = x + c_proj(attention(c_attn(ln_1(x))))
        out = a + mlp.c_proj(gelu(mlp.c_fc(ln_2(a))))

    c_attn gives 3 D features: queries, keys and values, D each. Head j takes features j D / heads to (j + 1) D / heads - 1 of
    each of them; the heads' answers are put side by side again before c_proj. A token looks at itself and at all before it.

    With a cache, the T tokens follow after those that it holds: its keys and values are put before the new ones. So a text may
    come in pieces, or token by token, with the same result.

    Args:
        x: (T, D), T 1 or more.
        weights: dict of "ln_1.weight", "ln_1.bias" (D,); "attn.c_attn.weight" (D, 3 D), "attn.c_attn.bias" (3 D,);
            "attn.c_proj.weight" (D, D), "attn.c_proj.bias" (D,); "ln_2.weight", "ln_2.bias" (D,); "mlp.c_fc.weight" (D, F),
            "mlp.c_fc.bias" (F,); "mlp.c_proj.weight" (F, D), "mlp.c_proj.bias" (D,). F is 4 D in GPT-2.
        cache: (keys, values) of what came before, each (heads, T_before, D / heads), or None at the beginning.
        heads: divides D.

    Returns:
        (out, cache): out (T, D); cache as above, with the T tokens in it. The cache that was given stays as it was.

    Raises:
        ValueError: naming heads, if they do not divide D.

    Source: Radford et al. (2019), section 2.3; Vaswani et al., "Attention is all you need" (2017), section 3.2; the code of
    GPT-2.
    """
    require(heads >= 1 and x.shape[1] % heads == 0, f"heads must divide the {x.shape[1]} features, not be {heads}")
    ### BEGIN SOLUTION
    t, d = x.shape

    def linear(values, name):
        return values @ weights[f"{name}.weight"] + weights[f"{name}.bias"]

    mixed = linear(layer_norm(x, weights["ln_1.weight"], weights["ln_1.bias"]), "attn.c_attn")
    q, k, v = mixed.reshape(t, 3, heads, d // heads).transpose(1, 2, 0, 3)
    if cache is not None:
        k, v = np.concatenate([cache[0], k], axis=1), np.concatenate([cache[1], v], axis=1)
    before = k.shape[1] - t
    mask = np.arange(before + t) <= before + np.arange(t)[:, np.newaxis]
    answers, _ = scaled_dot_product_attention_forward(q, k, v, mask)
    a = x + linear(answers.transpose(1, 0, 2).reshape(t, d), "attn.c_proj")
    inner = gelu(linear(layer_norm(a, weights["ln_2.weight"], weights["ln_2.bias"]), "mlp.c_fc"))
    return a + linear(inner, "mlp.c_proj"), (k, v)
    ### END SOLUTION


def next_logits(ids, weights, cache=None, heads=4):
    """What may follow: a score for every token, after each of some ids.

    1. x = a row of "wte.weight" for each id, plus a row of "wpe.weight" for its place: 0, 1, 2, ..., or, with a cache, going
       on from where that ends.
    2. The L blocks, one after the other, each with its own part of the cache.
    3. layer_norm with "ln_f", and the product with the transpose of "wte.weight".

    Args:
        ids: ints (T,), T 1 or more.
        weights: dict of arrays, as above. There are as many blocks as names "h.k. ..." for k = 0, 1, 2, ...
        cache: what the call before returned, or None at the beginning.
        heads: as for `block`.

    Returns:
        (logits, cache): logits (T, V), row t for what follows ids[t]; cache a list of L pairs, that of each block.

    Raises:
        ValueError: naming ids, if they end beyond the P places.

    Source: Radford et al. (2019), section 2.3; the last layer shares the embedding's weights: Press and Wolf, "Using the output
    embedding to improve language models" (2017).
    """
    require_room(len(ids), weights, cache)
    ### BEGIN SOLUTION
    start = 0 if cache is None else cache[0][0].shape[1]
    x = weights["wte.weight"][ids] + weights["wpe.weight"][start : start + len(ids)]
    layers = len({name.split(".")[1] for name in weights if name.startswith("h.")})
    after = []
    for layer in range(layers):
        x, held = block(x, weights_of(layer, weights), None if cache is None else cache[layer], heads)
        after.append(held)
    return layer_norm(x, weights["ln_f.weight"], weights["ln_f.bias"]) @ weights["wte.weight"].T, after
    ### END SOLUTION


def top_p(logits, p, temperature, uniforms):
    """Draw tokens from the most probable ones, as few as have the probability p together.

    1. probabilities = softmax(logits / temperature), from the largest to the smallest; of equal ones the first comes first.
    2. The smallest number of them whose sum is p or more are kept: the one that crosses p is the last of them.
    3. Divided by their sum they are 1 again. A uniform u picks the first token at which their running sum is above u.

    Args:
        logits: (V,).
        p: above 0, at most 1. temperature: above 0; below 1 makes the probable more probable.
        uniforms: (n,), each from 0 to below 1.

    Returns:
        ids: int64 (n,), one for each uniform.

    Source: Holtzman, Buys, Du, Forbes, Choi, "The curious case of neural text degeneration" (2020), section 3.1.

    Example:
        >>> logits = np.log(np.array([0.1, 0.5, 0.4]))
        >>> top_p(logits, 0.8, 1.0, np.array([0.0, 0.5, 0.6, 0.99]))  # 0.5 and 0.4 are kept: 5/9 and 4/9
        array([1, 1, 2, 2])
    """
    require(0 < p <= 1, f"p must be above 0 and at most 1, not {p}")
    require(temperature > 0, f"temperature must be above 0, not {temperature}")
    ### BEGIN SOLUTION
    probabilities = softmax(logits / temperature)
    order = np.argsort(-probabilities, kind="stable")
    running = np.cumsum(probabilities[order])
    kept = min(int(np.sum(running < p)) + 1, len(order))
    places = np.searchsorted(running[:kept] / running[kept - 1], uniforms, side="right")
    return order[places]
    ### END SOLUTION


def generate(prompt, n, weights, uniforms, p=0.9, temperature=0.8, heads=4):
    """Go on writing: n tokens after a prompt, each drawn by `top_p` from what `next_logits` says.

    The prompt is read at once, and then each new token alone, with the cache. With all P places taken, the model cannot go on:
    then the cache is dropped, and the last P // 2 ids, the newest included, are read anew from place 0. Of a prompt longer than
    P only the last P // 2 ids are read.

    Args:
        prompt: ints (T,), T 1 or more.
        n: how many tokens to write, 0 or more.
        weights: dict of arrays, as above.
        uniforms: (n,), each from 0 to below 1: chance, one for each token.
        p, temperature: as for `top_p`. heads: as for `block`.

    Returns:
        ids: int64 (n,), without the prompt.

    Raises:
        ValueError: naming prompt, if it is empty; naming uniforms, if they are not n.

    Source: Radford et al. (2019); the window of P // 2 is ours.
    """
    require(len(prompt) > 0, "prompt must have an id or more, not none")
    require(len(uniforms) == n, f"uniforms must be {n}, one for each token, not {len(uniforms)}")
    ### BEGIN SOLUTION
    places = len(weights["wpe.weight"])
    ids = [int(each) for each in prompt]
    unread, cache, held = ids, None, 0
    for uniform in uniforms:
        if held + len(unread) > places:
            unread, cache, held = ids[-(places // 2) :], None, 0
        logits, cache = next_logits(np.array(unread), weights, cache, heads)
        held += len(unread)
        unread = [int(top_p(logits[-1], p, temperature, np.array([uniform]))[0])]
        ids = ids + unread
    return np.array(ids[len(prompt) :], dtype=np.int64)
    ### END SOLUTION


def perplexity(ids, weights, heads=4):
    """How surprised the model is by a text: exp of the mean of -log p, over all ids but the first.

    A text longer than the P places is read in pieces of P ids that do not see each other: ids[s + 1 : s + P + 1] are foretold
    from ids[s : s + P], for s = 0, P, 2 P, ... So each id but the first is foretold once.

    Args:
        ids: ints (T,), T 2 or more.
        weights: dict of arrays, as above. heads: as for `block`.

    Returns:
        float, 1 or more: as unsure as among so many equally probable tokens.

    Source: Jelinek, Mercer, Bahl, Baker, "Perplexity: a measure of the difficulty of speech recognition tasks" (1977).
    """
    require(len(ids) >= 2, f"ids must be 2 or more, not {len(ids)}")
    ### BEGIN SOLUTION
    places, total = len(weights["wpe.weight"]), 0.0
    for start in range(0, len(ids) - 1, places):
        targets = np.asarray(ids[start + 1 : start + places + 1])
        logits, _ = next_logits(ids[start : start + len(targets)], weights, None, heads)
        total -= float(log_softmax(logits)[np.arange(len(targets)), targets].sum())
    return float(np.exp(total / (len(ids) - 1)))
    ### END SOLUTION
