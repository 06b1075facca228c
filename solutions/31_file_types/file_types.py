"""What is this file? Google's network "Magika" names it by its first and last thousand bytes, computed by your own functions.

Data are bytes objects. Ids are ints from 0 to 256: the 256 values of a byte, and 256 for "there is no byte here". Floats come in
float32 or float64, and results have the dtype of the weights. Parameters are a dict of arrays, in torch's layout:

    "embed.weight" (D, 257), "embed.bias" (D,)      a column for each id
    "norm0.weight", "norm0.bias" (T,)               for each of T places
    "conv.weight" (F, C, K), "conv.bias" (F,)       F patterns of K places
    "norm1.weight", "norm1.bias" (F,)
    "out.weight" (L, F), "out.bias" (L,)            a row for each of L types

The published network has D = 64, T = 512, C = 256, F = 512, K = 5 and L = 214. Functions leave what they are given as it was.
"""

import numpy as np
from activations import softmax
from backprop import linear_forward
from convolution import conv2d_forward

NOTHING = 256  # the id where there is no byte
LOOKED_AT = 4096  # bytes at either end, of which blanks are taken away before the rest is counted


def require(holds, message):
    """Raise ValueError(message) unless it holds. Given, as its calls are: refusing bad input is not the lesson here."""
    if not holds:
        raise ValueError(message)


def byte_features(data, begin=1024, end=1024, padding=NOTHING):
    """What the network sees of a file: how it begins and how it ends, without the blanks around it.

    Of the first LOOKED_AT bytes, blanks on the left are stripped and the first `begin` of the rest are taken; where there are
    fewer, padding follows on the right. Of the last LOOKED_AT bytes, blanks on the right are stripped and the last `end` of
    the rest are taken; where there are fewer, padding comes before them. A short file is seen twice.

    Args:
        data: bytes, may be empty; bytes.lstrip and bytes.rstrip say what a blank is.
        begin, end: how many ids for either side, 1 or more.
        padding: the id where there is no byte.

    Returns:
        ids: int64 (begin + end,).

    Source: the package magika 1.0.3, as its model "standard_v3_3" is fed.

    Example:
        >>> byte_features(b"  Hi!\\n", begin=4, end=5)  # H i ! newline; then blank blank H i !
        array([ 72, 105,  33,  10,  32,  32,  72, 105,  33])
    """
    ### BEGIN SOLUTION
    first = data[:LOOKED_AT].lstrip()[:begin]
    last = data[-LOOKED_AT:].rstrip()[-end:]
    ids = np.full(begin + end, padding, dtype=np.int64)
    ids[: len(first)] = list(first)
    ids[begin + end - len(last) :] = list(last)
    return ids
    ### END SOLUTION


def gelu(x):
    """Smooth relu, which lets a little of the negative side through.

        gelu(x) = 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))

    This is the approximation that most published networks use; the exact one has the normal distribution in tanh's place.

    Args:
        x: floats of any shape.

    Returns:
        New array of x's shape and dtype.

    Source: Hendrycks and Gimpel, "Gaussian Error Linear Units (GELUs)" (2016), section 2; torch.nn.functional.gelu with
    approximate="tanh".

    Example:
        >>> gelu(np.array([-1.0, 0.0, 1.0])).round(4)
        array([-0.1588,  0.    ,  0.8412])
    """
    ### BEGIN SOLUTION
    return 0.5 * x * (1 + np.tanh((2 / np.pi) ** 0.5 * (x + 0.044715 * x**3)))
    ### END SOLUTION


def embed_bytes(ids, w, b):
    """A vector for each byte: the column of w that belongs to its id, plus b.

    It is the product of a one-hot vector of 257 places with w's transpose, without the 256 multiplications by 0.

    Args:
        ids: ints (N, T), from 0 to 256.
        w: (D, 257). b: (D,).

    Returns:
        x: (N, T, D), in w's dtype.

    Source: torch.nn.functional.embedding of w's transpose; the network itself multiplies one-hot vectors.

    Example:
        >>> w = np.arange(514.0).reshape(2, 257)
        >>> embed_bytes(np.array([[3, 256]]), w, np.array([0.5, 0.0]))
        array([[[  3.5, 260. ],
                [256.5, 513. ]]])
    """
    ### BEGIN SOLUTION
    return w.T[ids] + b
    ### END SOLUTION


def norm_over_places(x, gamma, beta, eps=1e-6):
    """Layer normalization over places: each feature of each file gets mean 0 and variance 1 along the file.

        m[n, c] = mean over t of x[n, t, c],   v[n, c] = mean over t of (x[n, t, c] - m[n, c])^2
        out[n, t, c] = gamma[t] (x[n, t, c] - m[n, c]) / sqrt(v[n, c] + eps) + beta[t]

    Nearly every other network normalizes over the features; this one does it the other way round.

    Args:
        x: (N, T, C). gamma, beta: (T,). eps: keeps the root away from 0.

    Returns:
        out: (N, T, C), in x's dtype.

    Source: Ba, Kiros, Hinton, "Layer Normalization" (2016), section 3, over another axis; the graph of magika 1.0.3.

    Example:
        >>> x = np.array([[[1.0, 10.0], [3.0, 30.0]]])
        >>> norm_over_places(x, np.array([1.0, 2.0]), np.array([0.0, 0.0])).round(3)
        array([[[-1., -1.],
                [ 2.,  2.]]])
    """
    ### BEGIN SOLUTION
    centred = x - x.mean(axis=1, keepdims=True)
    variance = (centred**2).mean(axis=1, keepdims=True)
    return gamma[:, np.newaxis] * centred / np.sqrt(variance + eps) + beta[:, np.newaxis]
    ### END SOLUTION


def strongest_match(x, w, b):
    """How well each pattern fits where it fits best: a convolution along the file, gelu, and the maximum over all places.

        z[n, f, t] = b[f] + sum over c and k of w[f, c, k] x[n, t + k, c]   for t = 0 .. T - K
        out[n, f] = max over t of gelu(z[n, f, t])

    A convolution in one dimension is one in two on a picture of height 1: your conv2d_forward does it.

    Args:
        x: (N, T, C). w: (F, C, K), K at most T. b: (F,).

    Returns:
        out: (N, F), in x's dtype.

    Source: torch.nn.functional.conv1d of x with its last two axes swapped; the graph of magika 1.0.3.

    Example:
        >>> x = np.array([[[0.0], [1.0], [3.0], [0.0]]])
        >>> strongest_match(x, np.array([[[1.0, 2.0]]]), np.array([0.0])).round(4)  # gelu of 0 + 2, 1 + 6, 3 + 0
        array([[7.]])
    """
    ### BEGIN SOLUTION
    picture = x.transpose(0, 2, 1)[:, :, np.newaxis]
    z, _ = conv2d_forward(picture, w[:, :, np.newaxis], b)
    return gelu(z[:, :, 0]).max(axis=2)
    ### END SOLUTION


def file_type_logits(ids, params):
    """The whole network: from ids to a score for each type.

    1. embed_bytes with "embed", then gelu: (N, length, D).
    2. Bytes that follow each other are put side by side, C / D of them: reshaped to (N, T, C), with the C of "conv.weight".
    3. norm_over_places with "norm0".
    4. strongest_match with "conv": (N, F).
    5. Layer normalization over the F features with "norm1", eps 1e-6: mean 0 and variance 1 in each row, times the weight,
       plus the bias.
    6. A linear layer with "out": (N, L).

    Args:
        ids: ints (N, length), length D / C a whole number T of places.
        params: dict of arrays, as above.

    Returns:
        logits: (N, L).

    Source: the graph of "standard_v3_3" in magika 1.0.3; Fratantonio and others, "Magika: AI-powered content-type detection"
    (2024) tells of it.
    """
    ### BEGIN SOLUTION
    x = gelu(embed_bytes(ids, params["embed.weight"], params["embed.bias"]))
    x = x.reshape(len(ids), -1, params["conv.weight"].shape[1])
    x = norm_over_places(x, params["norm0.weight"], params["norm0.bias"])
    x = strongest_match(x, params["conv.weight"], params["conv.bias"])
    x = x - x.mean(axis=1, keepdims=True)
    x = x / np.sqrt((x**2).mean(axis=1, keepdims=True) + 1e-6)
    x = x * params["norm1.weight"] + params["norm1.bias"]
    return linear_forward(x, params["out.weight"], params["out.bias"])[0]
    ### END SOLUTION


def name_file(data, params, names, best=3):
    """The most probable types of a file: the softmax of its logits, best first.

    Args:
        data: bytes, of which byte_features takes 1024 at either end.
        params: dict of arrays.
        names: the L types' names.
        best: how many to tell, 1 or more.

    Returns:
        [(name, probability), ...]: `best` pairs of a str and a float, or all there are. Of equal ones the first comes first.

    Raises:
        ValueError: naming names, if they are not L.
    """
    require(
        len(names) == len(params["out.bias"]),
        f"names must be {len(params['out.bias'])}, one for each type, not {len(names)}",
    )
    ### BEGIN SOLUTION
    probabilities = softmax(file_type_logits(byte_features(data)[np.newaxis], params))[0]
    order = np.argsort(-probabilities, kind="stable")[:best]
    return [(names[k], float(probabilities[k])) for k in order]
    ### END SOLUTION


def deciding_bytes(data, params, block=64):
    """Which bytes decide? By how much the winner's probability falls where a block of ids is replaced by NOTHING.

    Block k is the ids from k * block on, of all the 2048 that byte_features gives. The winner is the most probable type of the
    whole file, the first of equal ones. A block without which the winner would be surer has a negative value.

    Args:
        data: bytes.
        params: dict of arrays.
        block: how many ids are replaced at once; divides 2048.

    Returns:
        falls: (2048 / block,), p - p_k for each block.

    Raises:
        ValueError: naming block, if it does not divide 2048.

    Source: Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks" (2014), section 4.2, with bytes for pixels.
    """
    require(block >= 1 and 2048 % block == 0, f"block must divide 2048, not {block}")
    ### BEGIN SOLUTION
    ids = byte_features(data)
    blocks = len(ids) // block
    masked = np.tile(ids, (blocks, 1))
    for k in range(blocks):
        masked[k, k * block : (k + 1) * block] = NOTHING
    whole = softmax(file_type_logits(ids[np.newaxis], params))[0]
    winner = np.argmax(whole)
    return whole[winner] - softmax(file_type_logits(masked, params))[:, winner]
    ### END SOLUTION
