"""Hidden checks: random batches, extremes, kinks and manners, for every loss and its gradient."""

import numpy as np
import pytest

from autograder import Mismatch, assert_close, assert_dtype, assert_inputs_unchanged, each_exercise, no_warnings

REGRESSION = ["mse", "rmse"]
CLASSES = ["nll", "cross_entropy", "hinge"]
LOSSES = [*REGRESSION, "binary_cross_entropy", *CLASSES, "contrastive", "triplet"]
BATCHES = (6, 1, 3)


def batch(name, rng, n):
    """Random arguments for one loss: n rows, no two axes of one length."""
    if name in REGRESSION:
        return rng.normal(size=(n, 2, 5)), rng.normal(size=(n, 2, 5))
    if name == "binary_cross_entropy":
        return rng.normal(scale=3.0, size=(n, 2, 5)), rng.random(size=(n, 2, 5)).round(1)
    if name in CLASSES:
        scores, labels = rng.normal(scale=2.0, size=(n, 5)), rng.integers(5, size=n)
        if name == "nll":
            scores -= np.log(np.exp(scores).sum(axis=1, keepdims=True))
        return (scores, labels, float(rng.uniform(1.5, 4.0))) if name == "hinge" else (scores, labels)
    if name == "contrastive":
        margin = float(rng.uniform(2.0, 3.0))
        # Pairs of both kinds, within the margin and beyond it.
        distances = np.resize([0.2, 0.4, 1.6, 1.8], n) * margin * rng.uniform(0.7, 1.3, size=n)
        return distances, np.resize([False, True], n), margin
    anchor, positive, negative = rng.normal(size=(3, n, 4))
    negative[3:] += 9.0  # far enough: these rows cost nothing
    return anchor, positive, negative, float(rng.uniform(2.0, 6.0))


def pair(answer):
    """The loss and its gradient, so that a message names the one that is off."""
    try:
        loss, gradient = answer
    except (TypeError, ValueError, AttributeError):
        raise Mismatch("the result should be a pair, (loss, gradient)") from None
    return loss, gradient


def tolerance(name):
    """EPS moves a triplet's distances by about a millionth: whether it is there is a check of its own, not of all."""
    return {"rtol": 1e-4, "atol": 1e-5} if name == "triplet" else {}


@each_exercise(*LOSSES)
def test_random_losses(student, reference, rng, name):
    for n in BATCHES:
        args = batch(name, rng, n)
        loss, _ = pair(getattr(student, name)(*args))
        assert_close(loss, getattr(reference, name)(*args)[0], **tolerance(name), name="loss")


@each_exercise(*LOSSES)
def test_random_gradients(student, reference, rng, name):
    for n in BATCHES:
        args = batch(name, rng, n)
        _, gradient = pair(getattr(student, name)(*args))
        assert_close(gradient, getattr(reference, name)(*args)[1], **tolerance(name), name="gradient")


@each_exercise(*LOSSES, after="test_random_gradients")
def test_keeps_inputs_and_float32(student, reference, rng, name):
    args = list(batch(name, rng, 4))
    for place, each in enumerate(args):
        if isinstance(each, np.ndarray):  # not contiguous; labels stay integers, margins plain numbers
            args[place] = np.repeat(each.astype(np.float32) if each.dtype.kind == "f" else each, 2, axis=-1)[..., ::2]
    _, gradient = pair(assert_inputs_unchanged(getattr(student, name), *args))
    expected = getattr(reference, name)(*args)[1]
    assert_close(gradient, expected, rtol=1e-4, atol=1e-5, name="gradient")
    for each in gradient if name == "triplet" else [gradient]:
        assert_dtype(each, "float32", name="gradient")


def bad_batches(name, rng):
    """(argument that the message must name, arguments) for each kind of bad input."""
    if name == "triplet":
        anchor, other = rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
        yield "positive", (anchor, other[:1], other, 1.0)  # would be broadcast
        yield "negative", (anchor, other, other[:2], 1.0)
        yield "anchor", (anchor[:0], other[:0], other[:0], 1.0)
    elif name == "contrastive":
        distances, same = rng.random(size=4), np.array([True, False, True, True])
        yield "same", (distances, same[:1], 1.0)
        yield "distances", (distances - 1.0, same, 1.0)
        yield "distances", (distances[:0], same[:0], 1.0)
    elif name in CLASSES:
        scores, labels = -1 - rng.random(size=(3, 4)), np.array([1, 0, 3])
        argument = {"nll": "log_probs", "cross_entropy": "logits", "hinge": "scores"}[name]
        yield "labels", (scores, labels - 1)  # -1 would count from the end
        yield "labels", (scores, labels + 1)
        yield "labels", (scores, labels[:1])
        yield argument, (scores[:0], labels[:0])
    else:
        x, targets = rng.random(size=(4, 1)), rng.random(size=(4, 1))
        yield "targets", (x, targets[:, 0])  # would be broadcast to (4, 4)
        yield "targets", (x, targets[:3])
        if name == "binary_cross_entropy":
            yield "targets", (x, targets - 1.0)
            yield "targets", (x, targets + 1.0)
        yield "logits" if name == "binary_cross_entropy" else "predictions", (x[:0], targets[:0])


@each_exercise(*LOSSES, after="test_random_losses")
def test_bad_batch(student, rng, name):
    for argument, args in bad_batches(name, rng):
        with pytest.raises(ValueError, match=argument):
            getattr(student, name)(*args)


@pytest.mark.exercise("rmse")
class TestRMSE:
    def test_small_errors(self, student, reference, rng):
        targets = rng.normal(size=7)
        predictions = targets + rng.normal(scale=1e-3, size=7)
        loss, gradient = pair(student.rmse(predictions, targets))
        expected = reference.rmse(predictions, targets)
        assert_close(loss, expected[0], name="loss")
        assert_close(gradient, expected[1], name="gradient")

    @pytest.mark.after("test_small_errors")
    def test_perfect_predictions(self, student, rng):
        targets = rng.normal(size=(2, 3))
        with no_warnings():
            loss, gradient = pair(student.rmse(targets, targets))
        assert_close(loss, 0.0, name="loss")
        assert_close(gradient, np.zeros((2, 3)), name="gradient")


@pytest.mark.exercise("nll")
def test_impossible_wrong_classes(student, reference, rng):
    log_probs, labels = np.log(rng.random(size=(4, 3))), np.array([0, 2, 1, 1])
    log_probs[[0, 1, 3], [1, 0, 2]] = -np.inf  # probability 0, and rightly so
    with no_warnings():
        loss, gradient = pair(student.nll(log_probs, labels))
    expected = reference.nll(log_probs, labels)
    assert_close(loss, expected[0], name="loss")
    assert_close(gradient, expected[1], name="gradient")


@pytest.mark.weight(2)
@pytest.mark.exercise("binary_cross_entropy")
def test_huge_logits(student, reference, rng):
    logits = np.array([1e4, -1e4, 1e4, -1e4, 800.0, -800.0, 40.0, *rng.normal(size=4)])
    targets = np.array([0.0, 1.0, 1.0, 0.0, 0.3, 0.6, 0.0, *rng.random(size=4)])
    with no_warnings():
        loss, gradient = pair(student.binary_cross_entropy(logits, targets))
    expected = reference.binary_cross_entropy(logits, targets)
    assert_close(loss, expected[0], name="loss")
    assert_close(gradient, expected[1], name="gradient")


@pytest.mark.weight(2)
@pytest.mark.exercise("cross_entropy")
def test_huge_logits_of_classes(student, reference, rng):
    logits = rng.normal(size=(4, 5)) + np.array([[1e4], [-1e4], [0.0], [0.0]])
    logits[2:] *= 5e3
    # The label of row 2 is the class that its logits call all but impossible, that of row 3 the sure one.
    labels = np.array([1, 3, logits[2].argmin(), logits[3].argmax()])
    with no_warnings():
        loss, gradient = pair(student.cross_entropy(logits, labels))
    expected = reference.cross_entropy(logits, labels)
    assert_close(loss, expected[0], name="loss")
    assert_close(gradient, expected[1], name="gradient")


@pytest.mark.exercise("hinge")
class TestHinge:
    def test_margin_is_1_by_default(self, student, reference, rng):
        scores, labels = rng.normal(size=(5, 3)), rng.integers(3, size=5)
        loss, gradient = pair(student.hinge(scores, labels))
        expected = reference.hinge(scores, labels)
        assert_close(loss, expected[0], name="loss")
        assert_close(gradient, expected[1], name="gradient")

    def test_exactly_at_the_margin(self, student, reference, rng):
        # Whole numbers: with the true class at 3 and a margin of 2, a score of 1 has a term of exactly 0.
        scores = np.stack([rng.permutation([3.0, 1.0, 2.0, -4.0]) for _ in range(3)])
        labels = scores.argmax(axis=1)
        loss, gradient = pair(student.hinge(scores, labels, 2.0))
        expected = reference.hinge(scores, labels, 2.0)
        assert_close(loss, expected[0], name="loss")
        assert_close(gradient, expected[1], name="gradient")


@pytest.mark.exercise("triplet")
def test_positive_that_coincides_with_the_anchor(student, reference, rng):
    anchor, negative = rng.normal(size=(2, 3, 4))
    positive = anchor + np.array([[0.0], [0.0], [0.5]])
    with no_warnings():
        loss, gradients = pair(student.triplet(anchor, positive, negative, 9.0))
    expected = reference.triplet(anchor, positive, negative, 9.0)
    assert_close(loss, expected[0], name="loss")
    assert_close(gradients, expected[1], name="gradients")
