"""Known wrong answers, each with the hint that a student gets.

Each is wrong in one thing only: bad input is refused as the given lines refuse it.
"""

import numpy as np

from autograder import mistake, reference_beside

reference = reference_beside(__file__)
require, require_labels = reference.require, reference.require_labels


def size_of(s, axis=-1):
    return np.sqrt((s * s).sum(axis=axis, keepdims=True))


def shrunk(s):
    """squash along the last axis, written out."""
    return s * size_of(s) / (1 + size_of(s) ** 2)


@mistake("squash", hint="The length is that of the whole vector along axis: sum the squares before you use them.")
def squash_elementwise(s, axis=-1):
    return s * np.abs(s) / (1 + s * s)


@mistake(
    "squash", hint="The length comes out wrong: s / |s| has length 1, so |s|^2 / (1 + |s|^2) is multiplied by that."
)
def squash_loses_a_length(s, axis=-1):
    return s / (1 + size_of(s, axis) ** 2)


@mistake("squash", hint="Divide by |s| once: |s|^2 / (1 + |s|^2) stands before a direction, which has length 1.")
def squash_keeps_a_length(s, axis=-1):
    return s * size_of(s, axis) ** 2 / (1 + size_of(s, axis) ** 2)


@mistake("squash", hint="axis says along which axis the vectors lie: it is not always the last.")
def squash_last_axis(s, axis=-1):
    return shrunk(s)


@mistake("squash", hint="|s|^2 stands in the formula where this has |s|: the length should be |s|^2 / (1 + |s|^2).")
def squash_unsquared(s, axis=-1):
    return s / (1 + size_of(s, axis))


@mistake("squash", hint="A vector of zeros has no direction: 0 / 0 gives nan. Its v is 0.")
def squash_nan(s, axis=-1):
    length = size_of(s, axis)
    with np.errstate(all="ignore"):
        return length**2 / (1 + length**2) * (s / length)


def slopes(dv, s, radial=1, across=1, sign=1):
    require(dv.shape == s.shape, "dv must have the shape of s")
    r = size_of(s)
    way = s / np.where(r > 0, r, 1)
    turn = sign * (1 - r**2) / (1 + r**2) ** 2 * r
    return across * dv * r / (1 + r**2) + radial * turn * way * (way * dv).sum(axis=-1, keepdims=True)


@mistake("squash_backward", hint="The length depends on s as well: the term with f'(r) is missing.")
def squash_backward_length_constant(dv, s):
    return slopes(dv, s, radial=0)


@mistake("squash_backward", hint="The term f dv is missing: each number of s also moves its own number of v.")
def squash_backward_radial_only(dv, s):
    return slopes(dv, s, across=0)


@mistake("squash_backward", hint="f'(r) has the wrong sign: f = r / (1 + r^2) still grows while r is below 1.")
def squash_backward_sign(dv, s):
    return slopes(dv, s, sign=-1)


@mistake("squash_backward", hint="Each number of s moves all numbers of v: this is the diagonal of the Jacobian only.")
def squash_backward_diagonal(dv, s):
    require(dv.shape == s.shape, "dv must have the shape of s")
    r = size_of(s)
    way = s / np.where(r > 0, r, 1)
    return dv * (r / (1 + r**2) + (1 - r**2) / (1 + r**2) ** 2 * r * way * way)


@mistake("squash_backward", hint="A vector of zeros has no direction: 0 / 0 gives nan. Its gradient is 0.")
def squash_backward_nan(dv, s):
    require(dv.shape == s.shape, "dv must have the shape of s")
    r = size_of(s)
    with np.errstate(all="ignore"):
        way = s / r
    turn = (1 - r**2) / (1 + r**2) ** 2 * r
    return dv * r / (1 + r**2) + turn * way * (way * dv).sum(axis=-1, keepdims=True)


def groups(features, size):
    require(size >= 1 and features.shape[1] % size == 0, "size must divide the channels")
    n, channels, height, width = features.shape
    return features.reshape(n, channels // size, size, height, width)


@mistake(
    "primary_capsules", hint="A capsule holds channels of ONE place: move their axis to the end before you reshape."
)
def primary_mixes_places(features, size):
    return shrunk(groups(features, size).reshape(len(features), -1, size))


@mistake("primary_capsules", hint="The order of capsules is type first, then row, then column.")
def primary_places_first(features, size):
    return shrunk(groups(features, size).transpose(0, 3, 4, 1, 2).reshape(len(features), -1, size))


@mistake("primary_capsules", hint="The order of capsules is type, row, column: rows and columns are exchanged.")
def primary_columns_first(features, size):
    return shrunk(groups(features, size).transpose(0, 1, 4, 3, 2).reshape(len(features), -1, size))


@mistake("primary_capsules", hint="The capsules are not squashed: squash each along its numbers.")
def primary_not_squashed(features, size):
    return groups(features, size).transpose(0, 1, 3, 4, 2).reshape(len(features), -1, size)


@mistake("primary_capsules", hint="Channels 0 to size - 1 are the first type: neighbours belong together.")
def primary_strided_channels(features, size):
    n, channels, height, width = groups(features, size).shape[0], *features.shape[1:]
    apart = features.reshape(n, size, channels // size, height, width)
    return shrunk(apart.transpose(0, 2, 3, 4, 1).reshape(n, -1, size))


def require_w(u, w):
    require((w.shape[0], w.shape[3]) == u.shape[1:], "w must be (I, J, Do, Di)")


@mistake("predictions", hint="w[i, j] is (Do, Di), and multiplies u from the left: it is used transposed here.")
def predictions_transposed(u, w):
    require_w(u, w)
    return np.einsum("ijdo,nid->nijo", w, u) if w.shape[2] == w.shape[3] else np.einsum("ijod,nid->nijo", w, u)


@mistake("predictions", hint="Each child has matrices of its own: w[i], not w[0] for all.")
def predictions_one_w(u, w):
    require_w(u, w)
    return np.einsum("jod,nid->nijo", w[0], u)


def votes_back(du_hat, u, w):
    return np.einsum("nijo,ijod->nid", du_hat, w), np.einsum("nijo,nid->ijod", du_hat, u)


@mistake(
    "predictions_backward", hint="dw is summed over the examples, not averaged: du_hat holds 1 / N where a loss has it."
)
def predictions_backward_mean(du_hat, u, w):
    du, dw = votes_back(du_hat, u, w)
    return du, dw / u.dtype.type(len(u))


@mistake("predictions_backward", hint="Each child hears from all parents: sum over J for du, do not average.")
def predictions_backward_mean_of_parents(du_hat, u, w):
    du, dw = votes_back(du_hat, u, w)
    return du / u.dtype.type(w.shape[1]), dw


@mistake("predictions_backward", hint="The order is (du, dw).")
def predictions_backward_swapped(du_hat, u, w):
    return votes_back(du_hat, u, w)[::-1]


def routed(u_hat, iterations, axis=2, shared=False, extra=False, flat=False, last=True, fresh=False):
    """routing with one thing changed."""
    require(iterations >= 1, "iterations must be at least 1")
    b = np.zeros(u_hat.shape[:3], u_hat.dtype)
    for k in range(iterations + extra):
        c = np.exp(b - b.max(axis=axis, keepdims=True))
        c /= c.sum(axis=axis, keepdims=True)
        if k < iterations:
            s = (c[..., np.newaxis] * u_hat).sum(axis=1)
            v = s if flat or (not last and k < iterations - 1) else shrunk(s)
        step = (u_hat * v[:, np.newaxis]).sum(axis=3)
        step = np.broadcast_to(step.mean(axis=0), step.shape) if shared else step
        b = step.copy() if fresh else b + step
    return v, c


@mistake(
    "routing", hint="A child shares its vote out among the parents: for each child c sums to 1 over J, not over I."
)
def routing_softmax_over_children(u_hat, iterations):
    return routed(u_hat, iterations, axis=1)


@mistake("routing", hint="Each example has a b of its own: (N, I, J), nothing is shared over the batch.")
def routing_shared_b(u_hat, iterations):
    return routed(u_hat, iterations, shared=True)


@mistake("routing", hint="The c returned must be the one that made v: no update after the last round.")
def routing_one_update_more(u_hat, iterations):
    return routed(u_hat, iterations, extra=True)


@mistake("routing", hint="The parents are squashed: v = squash(s), in every round.")
def routing_not_squashed(u_hat, iterations):
    return routed(u_hat, iterations, flat=True)


@mistake("routing", hint="Agreement is with the squashed v of the round, not with s.")
def routing_agrees_with_s(u_hat, iterations):
    return routed(u_hat, iterations, last=False)


@mistake("routing", hint="b grows from round to round: add the agreement to what was there.")
def routing_replaces_b(u_hat, iterations):
    return routed(u_hat, iterations, fresh=True)


@mistake("routing", hint="One round too few: iterations counts how often v is computed.")
def routing_one_round_less(u_hat, iterations):
    require(iterations >= 1, "iterations must be at least 1")
    return routed(u_hat, max(1, iterations - 1))


@mistake("routing", hint="exp overflows where votes are long: take the largest b of each child off first.")
def routing_overflows(u_hat, iterations):
    require(iterations >= 1, "iterations must be at least 1")
    b = np.zeros(u_hat.shape[:3], u_hat.dtype)
    for _ in range(iterations):
        with np.errstate(all="ignore"):
            c = np.exp(b) / np.exp(b).sum(axis=2, keepdims=True)
        v = shrunk((c[..., np.newaxis] * u_hat).sum(axis=1))
        b = b + (u_hat * v[:, np.newaxis]).sum(axis=3)
    return v, c


def through(dv, u_hat, c):
    return slopes(dv, np.einsum("nij,nijo->njo", c, u_hat))[:, np.newaxis]


@mistake("routing_backward", hint="A child's vote went into s times c: its gradient is multiplied by c as well.")
def routing_backward_without_c(dv, u_hat, c):
    return np.repeat(through(dv, u_hat, c), u_hat.shape[1], axis=1)


@mistake("routing_backward", hint="v is squash(s): go back through squash before you share out.")
def routing_backward_without_squash(dv, u_hat, c):
    return c[..., np.newaxis] * dv[:, np.newaxis]


@mistake(
    "routing_backward", hint="squash was given s, the sum of c u_hat: the sum of the votes without c is another vector."
)
def routing_backward_of_plain_sum(dv, u_hat, c):
    return c[..., np.newaxis] * slopes(dv, u_hat.sum(axis=1))[:, np.newaxis]


def margin(v, labels, m_plus, m_minus, down, there=1.0, power=2, share=None, safe=True, two=2):
    require_labels(labels, v)
    length = np.sqrt((v**2).sum(axis=2))
    right = np.arange(v.shape[1]) == np.asarray(labels)[:, np.newaxis]
    weights = np.where(right, there, down)
    gap = np.where(right, np.maximum(0, m_plus - length), np.maximum(0, length - m_minus))
    share = share or len(v)
    slope = two * weights * np.where(right, -1, 1) * (gap if power == 2 else gap > 0) / share
    with np.errstate(all="ignore"):
        way = v / (np.where(length > 0, length, 1) if safe else length)[..., np.newaxis]
    return float((weights * gap**power).sum() / share), (slope[..., np.newaxis] * way).astype(v.dtype)


@mistake("margin_loss", hint="The gaps are squared.")
def margin_unsquared(v, labels, m_plus=0.9, m_minus=0.1, down=0.5):
    return margin(v, labels, m_plus, m_minus, down, power=1, two=1)


@mistake("margin_loss", hint="down weighs the classes that are NOT there; the label's term has weight 1.")
def margin_down_on_the_label(v, labels, m_plus=0.9, m_minus=0.1, down=0.5):
    return margin(v, labels, m_plus, m_minus, 1.0, there=down)


@mistake("margin_loss", hint="down is missing: it weighs the classes that are not there.")
def margin_without_down(v, labels, m_plus=0.9, m_minus=0.1, down=0.5):
    return margin(v, labels, m_plus, m_minus, 1.0)


@mistake("margin_loss", hint="Sum over the classes and take the mean over the examples only.")
def margin_mean_over_classes(v, labels, m_plus=0.9, m_minus=0.1, down=0.5):
    return margin(v, labels, m_plus, m_minus, down, share=v.shape[0] * v.shape[1])


@mistake("margin_loss", hint="Take the mean over the examples: the loss and its gradient are divided by N.")
def margin_sum(v, labels, m_plus=0.9, m_minus=0.1, down=0.5):
    return margin(v, labels, m_plus, m_minus, down, share=1)


@mistake("margin_loss", hint="A capsule of zeros has no direction: 0 / 0 gives nan. Its gradient is 0.")
def margin_nan(v, labels, m_plus=0.9, m_minus=0.1, down=0.5):
    return margin(v, labels, m_plus, m_minus, down, safe=False)


@mistake("capsule_scores", hint="A length is the root of the summed squares.")
def scores_squared(v):
    return (v**2).sum(axis=2)


@mistake("capsule_scores", hint="A length sums the SQUARES of the numbers, then takes the root.")
def scores_of_absolutes(v):
    return np.abs(v).sum(axis=2)


def kept(v, which):
    return (v * (np.arange(v.shape[1]) == np.asarray(which)[:, np.newaxis])[..., np.newaxis]).reshape(len(v), -1)


@mistake("mask_capsules", hint="Keep the capsule of the label, not the longest one.")
def mask_longest(v, labels):
    require_labels(labels, v)
    return kept(v, (v**2).sum(axis=2).argmax(axis=1))


@mistake("mask_capsules", hint="The numbers of a capsule stay together: capsule after capsule, (J, Do) flattened.")
def mask_flattened_otherwise(v, labels):
    require_labels(labels, v)
    return kept(v, labels).reshape(v.shape).transpose(0, 2, 1).reshape(len(v), -1)


def moved(v, labels, dimension, amounts, add=True, everywhere=False):
    require_labels(labels, v)
    require(0 <= dimension < v.shape[2], "dimension must be from 0 to Do - 1")
    out = np.repeat(kept(v, labels).reshape(1, *v.shape), len(amounts), axis=0)
    chosen = np.ones((len(v), v.shape[1]), bool) if everywhere else np.arange(v.shape[1]) == labels[:, np.newaxis]
    amounts = np.asarray(amounts)[:, np.newaxis, np.newaxis]
    out[..., dimension] = np.where(chosen, amounts + (out[..., dimension] if add else 0), out[..., dimension])
    return out.reshape(len(amounts), len(v), -1)


@mistake("perturb", hint="The amounts are ADDED to the number; it is replaced here.")
def perturb_replaces(v, labels, dimension, amounts):
    return moved(v, labels, dimension, amounts, add=False)


@mistake("perturb", hint="Only the label's capsule is moved: all others stay 0.")
def perturb_every_capsule(v, labels, dimension, amounts):
    return moved(v, labels, dimension, amounts, everywhere=True)
