"""Known wrong answers, each with the hint that a student gets.

Each is wrong in one thing only: bad input is refused as the given lines refuse it.
"""

import math

import numpy as np

from autograder import mistake, reference_beside

reference = reference_beside(__file__)
require = reference.require
softmax, linear_forward, conv2d_forward = reference.softmax, reference.linear_forward, reference.conv2d_forward
NOTHING, LOOKED_AT = reference.NOTHING, reference.LOOKED_AT


def both_ends(first, last, begin, end, padding, right=False):
    """The ids of what is left of either end; `right`: the last ones begin at once, with the padding behind them."""
    ids = np.full(begin + end, padding, dtype=np.int64)
    ids[: len(first)] = list(first)
    start = begin if right else begin + end - len(last)
    ids[start : start + len(last)] = list(last)
    return ids


@mistake(
    "byte_features",
    hint="Where there are too few bytes at the end, the padding comes BEFORE them: the last byte is the last id.",
)
def end_padded_on_the_right(data, begin=1024, end=1024, padding=NOTHING):
    return both_ends(
        data[:LOOKED_AT].lstrip()[:begin], data[-LOOKED_AT:].rstrip()[-end:], begin, end, padding, right=True
    )


@mistake("byte_features", hint="0 is a byte as any other: where there is none, the id is `padding`.")
def padded_with_zero(data, begin=1024, end=1024, padding=NOTHING):
    return both_ends(data[:LOOKED_AT].lstrip()[:begin], data[-LOOKED_AT:].rstrip()[-end:], begin, end, 0)


@mistake("byte_features", hint="`padding` is an argument: here it is always 256.")
def always_padded_with_256(data, begin=1024, end=1024, padding=NOTHING):
    return both_ends(data[:LOOKED_AT].lstrip()[:begin], data[-LOOKED_AT:].rstrip()[-end:], begin, end, NOTHING)


@mistake(
    "byte_features", hint="Blanks before the first byte and after the last are stripped before the rest is counted."
)
def blanks_kept(data, begin=1024, end=1024, padding=NOTHING):
    return both_ends(data[:LOOKED_AT][:begin], data[-LOOKED_AT:][-end:], begin, end, padding)


@mistake(
    "byte_features",
    hint="The beginning loses blanks on its left only, the end those on its right: what lies within stays.",
)
def stripped_on_both_sides(data, begin=1024, end=1024, padding=NOTHING):
    return both_ends(data[:LOOKED_AT].strip()[:begin], data[-LOOKED_AT:].strip()[-end:], begin, end, padding)


@mistake(
    "byte_features", hint="Strip first, then take: a file that begins with 1,024 blanks would show nothing of itself."
)
def stripped_after_the_cut(data, begin=1024, end=1024, padding=NOTHING):
    return both_ends(data[:begin].lstrip(), data[-end:].rstrip(), begin, end, padding)


@mistake(
    "byte_features", hint="Blanks are stripped within the first and the last LOOKED_AT bytes, not in the whole file."
)
def stripped_everywhere(data, begin=1024, end=1024, padding=NOTHING):
    return both_ends(data.lstrip()[:begin], data.rstrip()[-end:], begin, end, padding)


@mistake(
    "byte_features", hint="bytes.lstrip takes away newlines, tabs and three more as well; lstrip(b' ') leaves them."
)
def only_spaces_stripped(data, begin=1024, end=1024, padding=NOTHING):
    return both_ends(data[:LOOKED_AT].lstrip(b" ")[:begin], data[-LOOKED_AT:].rstrip(b" ")[-end:], begin, end, padding)


@mistake(
    "byte_features",
    hint="The second part is the END of the file: the last bytes, not those that follow the first ones.",
)
def end_that_follows_the_beginning(data, begin=1024, end=1024, padding=NOTHING):
    rest = data[:LOOKED_AT].lstrip()
    return both_ends(rest[:begin], rest[begin : begin + end], begin, end, padding)


def bell(x, inner):
    return 0.5 * x * (1 + np.tanh(inner))


@mistake("gelu", hint="This is relu. gelu bends smoothly and lets a little of the negative side through.")
def gelu_as_relu(x):
    return np.maximum(x, 0)


@mistake(
    "gelu", hint="This is the exact gelu, by the error function. The network was trained with the formula with tanh."
)
def exact_gelu(x):
    return (0.5 * x * (1 + np.vectorize(math.erf)(x / 2**0.5))).astype(x.dtype)


@mistake(
    "gelu",
    hint="This is x times the sigmoid of 1.702 x, another approximation of gelu; asked for is the one with tanh.",
)
def gelu_by_a_sigmoid(x):
    return x * (1 + np.tanh(0.851 * x)) / 2


@mistake("gelu", hint="The third power belongs to x alone: 0.044715 x^3, not (0.044715 x)^3.")
def gelu_with_the_factor_cubed(x):
    return bell(x, (2 / np.pi) ** 0.5 * (x + (0.044715 * x) ** 3))


@mistake("gelu", hint="In front of the bracket stands the ROOT of 2 / pi, which is 0.798.")
def gelu_without_the_root(x):
    return bell(x, 2 / np.pi * (x + 0.044715 * x**3))


@mistake("gelu", hint="The 0.5 in front is missing: for large x gelu is x.")
def gelu_without_the_half(x):
    return 2 * bell(x, (2 / np.pi) ** 0.5 * (x + 0.044715 * x**3))


@mistake("embed_bytes", hint="b is added to every byte's vector: it is missing.")
def embed_without_bias(ids, w, b):
    return w.T[ids]


@mistake("embed_bytes", hint="A byte has a COLUMN of w, and x is (N, T, D): here D comes first.")
def embed_with_features_first(ids, w, b):
    return w[:, ids] + b[:, np.newaxis, np.newaxis]


@mistake("embed_bytes", hint="Two axes are swapped: x is (N, T, D), with the features of one byte side by side.")
def embed_with_places_last(ids, w, b):
    return (w.T[ids] + b).swapaxes(1, 2)


@mistake("embed_bytes", hint="Id 256 has a column of its own, the last: it is no byte 255, and no column of zeros.")
def embed_nothing_as_zeros(ids, w, b):
    return np.where((ids == NOTHING)[..., np.newaxis], 0, w.T[np.minimum(ids, 255)]).astype(w.dtype) + b


def normed(x, gamma, beta, eps, axis=1):
    centred = x - x.mean(axis=axis, keepdims=True)
    return gamma * centred / np.sqrt((centred**2).mean(axis=axis, keepdims=True) + eps) + beta


@mistake(
    "norm_over_places",
    hint="This normalizes over the features, as most networks do. Here mean and variance are over the places, axis 1.",
)
def norm_over_features(x, gamma, beta, eps=1e-6):
    return normed(x, gamma[:, np.newaxis], beta[:, np.newaxis], eps, axis=2)


@mistake(
    "norm_over_places",
    hint="Mean and variance are of one file and one feature: here they are over the features as well.",
)
def norm_over_everything(x, gamma, beta, eps=1e-6):
    return normed(x, gamma[:, np.newaxis], beta[:, np.newaxis], eps, axis=(1, 2))


@mistake("norm_over_places", hint="Mean and variance are of one file: here they are over all files at once.")
def norm_over_files(x, gamma, beta, eps=1e-6):
    return normed(x, gamma[:, np.newaxis], beta[:, np.newaxis], eps, axis=(0, 1))


@mistake("norm_over_places", hint="eps belongs under the root, beside the variance: sqrt(v + eps), not sqrt(v) + eps.")
def norm_with_eps_outside(x, gamma, beta, eps=1e-6):
    centred = x - x.mean(axis=1, keepdims=True)
    root = np.sqrt((centred**2).mean(axis=1, keepdims=True))
    return gamma[:, np.newaxis] * centred / (root + eps) + beta[:, np.newaxis]


@mistake("norm_over_places", hint="eps is an argument: here it is always 1e-6.")
def norm_with_its_own_eps(x, gamma, beta, eps=1e-6):
    return normed(x, gamma[:, np.newaxis], beta[:, np.newaxis], 1e-6)


@mistake("norm_over_places", hint="The variance divides by the number of places T, not by T - 1 (numpy's ddof=0).")
def norm_with_one_less(x, gamma, beta, eps=1e-6):
    centred = x - x.mean(axis=1, keepdims=True)
    variance = (centred**2).sum(axis=1, keepdims=True) / (x.shape[1] - 1)
    return gamma[:, np.newaxis] * centred / np.sqrt(variance + eps) + beta[:, np.newaxis]


@mistake("norm_over_places", hint="beta is added for each place, after gamma has been multiplied: it is missing.")
def norm_without_beta(x, gamma, beta, eps=1e-6):
    return normed(x, gamma[:, np.newaxis], 0, eps)


def matches(x, w, b):
    z, _ = conv2d_forward(x.transpose(0, 2, 1)[:, :, np.newaxis], w[:, :, np.newaxis], b)
    return z[:, :, 0]


@mistake(
    "strongest_match",
    hint="The maximum is of what gelu gives. Below 0 gelu falls before it rises, so the order matters there.",
)
def maximum_before_gelu(x, w, b):
    return reference.gelu(matches(x, w, b).max(axis=2))


@mistake(
    "strongest_match", hint="The kernel is turned round: torch's convolution and your conv2d_forward take w as it is."
)
def flipped_kernel(x, w, b):
    return reference.gelu(matches(x, w[:, :, ::-1], b)).max(axis=2)


@mistake("strongest_match", hint="Asked for is the strongest match, the maximum over places: this is their mean.")
def mean_match(x, w, b):
    return reference.gelu(matches(x, w, b)).mean(axis=2)


@mistake("strongest_match", hint="gelu is missing between the convolution and the maximum.")
def match_without_gelu(x, w, b):
    return matches(x, w, b).max(axis=2)


@mistake(
    "strongest_match",
    hint="No padding: a pattern that hangs over the end of the file is no match. There are T - K + 1 places.",
)
def match_with_padding(x, w, b):
    k = w.shape[2] - 1
    padded = np.pad(x, ((0, 0), (0, k), (0, 0)))
    return reference.gelu(matches(padded, w, b)).max(axis=2)


@mistake("strongest_match", hint="b is added before gelu, a number for each pattern: it is missing.")
def match_without_bias(x, w, b):
    return reference.gelu(matches(x, w, np.zeros_like(b))).max(axis=2)


def forward(ids, params, between=lambda x: x, side_by_side=None, last=None, eps=1e-6):
    """The network, with another step in one place."""
    x = between(reference.embed_bytes(ids, params["embed.weight"], params["embed.bias"]))
    c = params["conv.weight"].shape[1]
    x = side_by_side(x, c) if side_by_side else x.reshape(len(ids), -1, c)
    x = reference.norm_over_places(x, params["norm0.weight"], params["norm0.bias"])
    x = reference.strongest_match(x, params["conv.weight"], params["conv.bias"])
    x = last(x) if last else normed(x, params["norm1.weight"], params["norm1.bias"], eps)
    return linear_forward(x, params["out.weight"], params["out.bias"])[0]


@mistake("file_type_logits", hint="gelu is missing between embed_bytes and the reshaping.")
def logits_without_the_first_gelu(ids, params):
    return forward(ids, params)


@mistake(
    "file_type_logits",
    hint="Bytes that FOLLOW each other are put side by side: reshape alone does it, without a transpose.",
)
def logits_of_bytes_far_apart(ids, params):
    def side_by_side(x, c):
        n, _, d = x.shape
        return x.reshape(n, c // d, -1, d).swapaxes(1, 2).reshape(n, -1, c)

    return forward(ids, params, reference.gelu, side_by_side)


@mistake("file_type_logits", hint="Layer normalization with norm1 comes before the last layer: it is missing.")
def logits_without_the_second_norm(ids, params):
    return forward(ids, params, reference.gelu, last=lambda x: x)


@mistake(
    "file_type_logits",
    hint="The second normalization is over the features of each file, axis 1: here it is over the files.",
)
def logits_with_a_norm_over_files(ids, params):
    def last(x):
        return normed(x, params["norm1.weight"], params["norm1.bias"], 1e-6, axis=0)

    return forward(ids, params, reference.gelu, last=last)


@mistake(
    "file_type_logits",
    hint="The second normalization has an eps too, 1e-6 under the root: it counts where the matches are small.",
)
def logits_with_a_norm_without_eps(ids, params):
    return forward(ids, params, reference.gelu, eps=0.0)


@mistake(
    "file_type_logits",
    hint="The second normalization ends with times norm1.weight, plus norm1.bias: the weight is missing.",
)
def logits_with_an_unweighted_norm(ids, params):
    return forward(ids, params, reference.gelu, last=lambda x: normed(x, 1, params["norm1.bias"], 1e-6))


def ranked(data, params, names, best, probabilities=softmax, order=lambda p: np.argsort(-p, kind="stable")):
    require(
        len(names) == len(params["out.bias"]),
        f"names must be {len(params['out.bias'])}, one for each type, not {len(names)}",
    )
    p = probabilities(reference.file_type_logits(reference.byte_features(data)[np.newaxis], params))[0]
    return [(names[k], float(p[k])) for k in order(p)[:best]]


@mistake("name_file", hint="The logits become probabilities by softmax: these do not add up to 1.")
def name_by_logits(data, params, names, best=3):
    return ranked(data, params, names, best, lambda logits: logits)


@mistake("name_file", hint="The best comes first: these begin with the least probable.")
def name_the_worst(data, params, names, best=3):
    return ranked(data, params, names, best, order=lambda p: np.argsort(p, kind="stable"))


@mistake(
    "name_file",
    hint="Of equally probable types the first comes first: turning an ascending order round turns them round, too.",
)
def name_with_ties_turned(data, params, names, best=3):
    return ranked(data, params, names, best, order=lambda p: np.argsort(p, kind="stable")[::-1])


@mistake("name_file", hint="`best` says how many are told: here it is always three.")
def name_always_three(data, params, names, best=3):
    return ranked(data, params, names, 3)


def falls(data, params, block, masked=NOTHING, whole_wins=True, scores=softmax, sign=1):
    require(block >= 1 and 2048 % block == 0, f"block must divide 2048, not {block}")
    ids = reference.byte_features(data)
    rows = np.tile(ids, (len(ids) // block, 1))
    for k, row in enumerate(rows):
        row[k * block : (k + 1) * block] = masked
    before = scores(reference.file_type_logits(ids[np.newaxis], params))[0]
    after = scores(reference.file_type_logits(rows, params))
    left = after[:, before.argmax()] if whole_wins else after.max(axis=1)
    return sign * (before.max() - left)


@mistake("deciding_bytes", hint="Follow the winner of the WHOLE file: with a block masked, another type may win.")
def falls_of_whoever_wins(data, params, block=64):
    return falls(data, params, block, whole_wins=False)


@mistake("deciding_bytes", hint="Masked ids are NOTHING, 256: 0 is a byte like any other.")
def falls_masked_with_zero(data, params, block=64):
    return falls(data, params, block, masked=0)


@mistake("deciding_bytes", hint="Asked for is the fall of the probability, after softmax: this is that of the logit.")
def falls_of_the_logit(data, params, block=64):
    return falls(data, params, block, scores=lambda logits: logits)


@mistake(
    "deciding_bytes", hint="A block that speaks for the winner has a positive value: the difference is turned round."
)
def falls_turned_round(data, params, block=64):
    return falls(data, params, block, sign=-1)
