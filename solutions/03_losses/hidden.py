"""Hidden checks: random batches, extremes, kinks and manners, for every loss and its gradient."""

import numpy as np
import pytest

from autograder import (
    Mismatch,
    assert_close,
    assert_dtype,
    assert_inputs_unchanged,
    assert_refuses,
    each_exercise,
    no_warnings,
)

REGRESSION = ["mse", "rmse"]
CLASSES = ["nll", "cross_entropy", "hinge"]
LOSSES = [*REGRESSION, "binary_cross_entropy", *CLASSES, "contrastive", "triplet"]


def batch(name, rng, n, width=5):
    """Random arguments for one loss: n rows, of `width` classes or coordinates where it has such."""
    if name in REGRESSION:
        return rng.normal(size=n), rng.normal(size=n)
    if name == "binary_cross_entropy":
        return rng.normal(scale=3.0, size=n), rng.random(size=n).round(1)
    if name in CLASSES:
        scores, labels = rng.normal(scale=2.0, size=(n, width)), rng.integers(width, size=n)
        if name == "nll":
            scores -= np.log(np.exp(scores).sum(axis=1, keepdims=True))
        return scores, labels
    if name == "contrastive":
        margin = float(rng.uniform(2.0, 3.0))
        # Pairs of both kinds, within the margin and beyond it.
        distances = np.resize([0.2, 0.4, 1.6, 1.8], n) * margin * rng.uniform(0.7, 1.3, size=n)
        return distances, np.resize([False, True], n), margin
    anchor, positive, negative = rng.normal(size=(3, n, width))
    negative[3:] += 9.0  # far enough: these rows cost nothing
    return anchor, positive, negative, float(rng.uniform(2.0, 6.0))


def pair(answer):
    """The loss and its gradient, so that a message names the one that is off."""
    try:
        loss, gradient = answer
    except (TypeError, ValueError, AttributeError):
        raise Mismatch("the result should be a pair, (loss, gradient)") from None
    return loss, gradient


def assert_answer(answer, expected, **tolerance):
    loss, gradient = pair(answer)
    assert_close(loss, expected[0], **tolerance, name="loss")
    assert_close(gradient, expected[1], **tolerance, name="gradient")


def tolerance(name):
    """EPS moves a triplet's distances by about a millionth: whether it is there is a check of its own, not of all."""
    return {"rtol": 1e-4, "atol": 1e-5} if name == "triplet" else {}


@each_exercise(*LOSSES)
def test_random_losses(student, reference, rng, name):
    for n in (6, 1):
        args = batch(name, rng, n)
        loss, _ = pair(getattr(student, name)(*args))
        assert_close(loss, getattr(reference, name)(*args)[0], **tolerance(name), name="loss")


@each_exercise(*LOSSES)
def test_random_gradients(student, reference, rng, name):
    for n in (6, 1):
        args = batch(name, rng, n)
        _, gradient = pair(getattr(student, name)(*args))
        assert_close(gradient, getattr(reference, name)(*args)[1], **tolerance(name), name="gradient")


@pytest.mark.parametrize("n, width", [(70, 66), (1200, 3), (3, 1100)])
@each_exercise(*LOSSES)
def test_large_batches(student, reference, rng, name, n, width):
    args = batch(name, rng, n, width)
    assert_answer(getattr(student, name)(*args), getattr(reference, name)(*args), **tolerance(name))


@each_exercise(*REGRESSION, "binary_cross_entropy")
def test_any_shape(student, reference, rng, name):
    for shape in ((3, 2, 5), (1, 4), (6, 1)):
        x, targets = (each.reshape(shape) for each in batch(name, rng, np.prod(shape)))
        assert_answer(getattr(student, name)(x, targets), getattr(reference, name)(x, targets))


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


@each_exercise(*LOSSES, after="test_random_gradients")
def test_integers(student, reference, rng, name):
    if name in CLASSES:
        args = [-rng.integers(1, 6, size=(4, 3)), np.array([2, 0, 1, 1])]
    elif name == "binary_cross_entropy":
        args = [rng.integers(-3, 4, size=6), np.array([0, 1, 1, 0, 1, 0])]
    elif name == "contrastive":
        args = [np.array([1, 2, 4, 3]), np.array([True, False, False, True]), 3]
    else:
        args = list(rng.integers(-4, 5, size=(3 if name == "triplet" else 2, 5, 2)))
        args += [4] if name == "triplet" else []
    floats = [args[0].astype(float), *args[1:]]
    if name != "contrastive" and name not in CLASSES:
        floats = [each.astype(float) if isinstance(each, np.ndarray) else each for each in args]
    assert_answer(getattr(student, name)(*args), getattr(reference, name)(*floats), **tolerance(name))


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
        assert_refuses(getattr(student, name), argument, *args)


@pytest.mark.exercise("rmse")
class TestRMSE:
    def test_small_errors(self, student, reference, rng):
        targets = rng.normal(size=7)
        predictions = targets + rng.normal(scale=1e-3, size=7)
        assert_answer(student.rmse(predictions, targets), reference.rmse(predictions, targets))

    @pytest.mark.rests_on("test_small_errors")
    def test_perfect_predictions(self, student, rng):
        targets = rng.normal(size=(2, 3))
        assert_answer(student.rmse(targets, targets), (0.0, np.zeros((2, 3))))

    @pytest.mark.after("test_perfect_predictions")
    def test_perfect_predictions_are_silent(self, student, rng):
        targets = rng.normal(size=(2, 3))
        with no_warnings():
            answer = student.rmse(targets, targets)
        assert_answer(answer, (0.0, np.zeros((2, 3))))

    @pytest.mark.after("test_perfect_predictions")
    def test_perfect_integers(self, student):
        targets = np.array([[3, -1, 2], [-4, 5, 1]])
        assert_answer(student.rmse(targets, targets), (0.0, np.zeros((2, 3))))


def impossible_classes(rng):
    log_probs, labels = np.log(rng.random(size=(4, 3))), np.array([0, 2, 1, 1])
    log_probs[[0, 1, 3], [1, 0, 2]] = -np.inf  # probability 0, and rightly so
    return log_probs, labels


@pytest.mark.exercise("nll")
def test_impossible_wrong_classes(student, reference, rng):
    args = impossible_classes(rng)
    assert_answer(student.nll(*args), reference.nll(*args))


@pytest.mark.exercise("nll")
@pytest.mark.after("test_impossible_wrong_classes")
def test_impossible_wrong_classes_are_silent(student, reference, rng):
    args = impossible_classes(rng)
    with no_warnings():
        answer = student.nll(*args)
    assert_answer(answer, reference.nll(*args))


def huge_logits(rng):
    logits = np.array([1e4, -1e4, 1e4, -1e4, 800.0, -800.0, 40.0, *rng.normal(size=4)])
    return logits, np.array([0.0, 1.0, 1.0, 0.0, 0.3, 0.6, 0.0, *rng.random(size=4)])


@pytest.mark.exercise("binary_cross_entropy")
class TestBinaryCrossEntropy:
    @pytest.mark.weight(2)
    def test_huge_logits(self, student, reference, rng):
        args = huge_logits(rng)
        assert_answer(student.binary_cross_entropy(*args), reference.binary_cross_entropy(*args))

    @pytest.mark.after("test_huge_logits")
    def test_huge_logits_are_silent(self, student, reference, rng):
        args = huge_logits(rng)
        with no_warnings():
            answer = student.binary_cross_entropy(*args)
        assert_answer(answer, reference.binary_cross_entropy(*args))


def huge_logits_of_classes(rng):
    logits = rng.normal(size=(4, 5)) + np.array([[1e4], [-1e4], [0.0], [0.0]])
    logits[2:] *= 5e3
    # The label of row 2 is the class that its logits call all but impossible, that of row 3 the sure one.
    return logits, np.array([1, 3, logits[2].argmin(), logits[3].argmax()])


@pytest.mark.exercise("cross_entropy")
class TestCrossEntropy:
    @pytest.mark.weight(2)
    def test_huge_logits(self, student, reference, rng):
        args = huge_logits_of_classes(rng)
        assert_answer(student.cross_entropy(*args), reference.cross_entropy(*args))

    @pytest.mark.after("test_huge_logits")
    def test_huge_logits_are_silent(self, student, reference, rng):
        args = huge_logits_of_classes(rng)
        with no_warnings():
            answer = student.cross_entropy(*args)
        assert_answer(answer, reference.cross_entropy(*args))


@pytest.mark.exercise("hinge")
class TestHinge:
    def test_another_margin(self, student, reference, rng):
        scores, labels, margin = rng.normal(scale=2.0, size=(5, 3)), rng.integers(3, size=5), float(rng.uniform(2, 4))
        assert_answer(student.hinge(scores, labels, margin), reference.hinge(scores, labels, margin))

    def test_exactly_at_the_margin(self, student, reference, rng):
        # Whole numbers: with the true class at 3 and a margin of 1, a score of 2 has a term of exactly 0.
        scores = np.stack([rng.permutation([3.0, 2.0, 2.5, -4.0]) for _ in range(3)])
        labels = scores.argmax(axis=1)
        assert_answer(student.hinge(scores, labels), reference.hinge(scores, labels))


@pytest.mark.exercise("contrastive")
def test_pairs_that_touch_and_pairs_at_the_margin(student, reference, rng):
    distances, same = np.array([0.0, 0.0, 2.0, 2.0, 1.5]), np.array([True, False, True, False, False])
    assert_answer(student.contrastive(distances, same, 2.0), reference.contrastive(distances, same, 2.0))


def coinciding_triplets(rng):
    anchor, negative = rng.normal(size=(2, 5, 4))
    negative[3] = anchor[3]
    return anchor, anchor + np.array([[0.0], [0.0], [0.5], [-0.5], [1.0]]), negative, 9.0


@pytest.mark.exercise("triplet")
class TestTriplet:
    def test_what_coincides_with_the_anchor(self, student, reference, rng):
        args = coinciding_triplets(rng)
        assert_answer(student.triplet(*args), reference.triplet(*args), **tolerance("triplet"))

    @pytest.mark.after("test_what_coincides_with_the_anchor")
    def test_what_coincides_is_silent(self, student, reference, rng):
        args = coinciding_triplets(rng)
        with no_warnings():
            answer = student.triplet(*args)
        assert_answer(answer, reference.triplet(*args), **tolerance("triplet"))
