"""Hidden checks: rows and centres, clusters, chance by its distribution, gradients, least squares, classifiers, manners."""

from collections import Counter

import numpy as np
import pytest

from autograder import (
    Mismatch,
    assert_close,
    assert_dtype,
    assert_inputs_unchanged,
    assert_refuses,
    cast,
    no_warnings,
)
from autograder.datasets import load_digits, moons


def scattered(rng, n, k, d):
    """(x, centres): n and k random rows of length d, none of them about 0."""
    return 1 + rng.normal(size=(n, d)), 1 + rng.normal(size=(k, d))


@pytest.mark.exercise("squared_distances")
class TestDistances:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n, k, d", [(6, 4, 3), (5, 7, 2), (1, 3, 5), (4, 1, 1)])
    def test_values(self, student, reference, rng, n, k, d):
        arguments = scattered(rng, n, k, d)
        assert_close(student.squared_distances(*arguments), reference.squared_distances(*arguments), name="out")

    @pytest.mark.parametrize("n, k, d", [(70, 3, 66), (3, 1030, 2), (1100, 2, 3), (2, 3, 1050)])
    def test_sizes(self, student, reference, rng, n, k, d):
        arguments = scattered(rng, n, k, d)
        assert_close(student.squared_distances(*arguments), reference.squared_distances(*arguments), name="out")

    @pytest.mark.rests_on("test_values")
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("d", [30, 70])
    def test_rows_that_are_centres(self, student, rng, d):
        x = rng.normal(size=(66, d))
        out = student.squared_distances(x, x[:50])
        assert_close(out, np.zeros((66, 50)), atol=1e4, name="out")
        assert_close(np.diag(out), np.zeros(50), atol=1e-10, name="the distances of rows to themselves")
        if out.min() < 0:
            raise Mismatch("a squared distance is below 0: clip what rounding leaves there")

    @pytest.mark.after("test_values")
    def test_keeps_inputs_and_float32(self, student, rng):
        arguments = cast(scattered(rng, 5, 4, 3), np.float32)
        assert_dtype(assert_inputs_unchanged(student.squared_distances, *arguments), "float32", name="out")

    @pytest.mark.after("test_values")
    def test_bad_centres(self, student, rng):
        assert_refuses(student.squared_distances, "centres", rng.normal(size=(5, 4)), rng.normal(size=(3, 1)))


@pytest.mark.exercise("assign")
class TestAssign:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n, k, d", [(9, 4, 3), (7, 8, 2), (1, 3, 5), (4, 1, 1)])
    def test_values(self, student, reference, rng, n, k, d):
        arguments = scattered(rng, n, k, d)
        assert_close(student.assign(*arguments), reference.assign(*arguments), name="labels")

    def test_ties_go_to_the_first(self, student, reference, rng):
        # Small whole numbers, so that every way to the distances is exact.
        x, centres = rng.integers(-2, 3, size=(40, 2)).astype(float), rng.integers(-2, 3, size=(9, 2)).astype(float)
        assert_close(student.assign(x, centres), reference.assign(x, centres), name="labels")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("n, k, d", [(1100, 3, 2), (5, 1030, 3)])
    def test_sizes(self, student, reference, rng, n, k, d):
        arguments = scattered(rng, n, k, d)
        assert_close(student.assign(*arguments), reference.assign(*arguments), name="labels")

    @pytest.mark.after("test_values")
    def test_keeps_inputs(self, student, rng):
        assert_inputs_unchanged(student.assign, *scattered(rng, 5, 4, 3))


def labelled(rng, n, k, d, empty=()):
    """(x, labels, centres), each centre with rows but those that are `empty`."""
    x, centres = scattered(rng, n, k, d)
    used = [each for each in range(k) if each not in empty]
    return x, rng.permutation(np.resize(used, n)), centres


@pytest.mark.exercise("move_centres")
class TestMove:
    @pytest.mark.weight(4)
    @pytest.mark.parametrize("n, k, d", [(9, 3, 4), (5, 5, 2), (7, 1, 3), (17, 4, 1)])
    def test_values(self, student, reference, rng, n, k, d):
        arguments = labelled(rng, n, k, d)
        assert_close(student.move_centres(*arguments), reference.move_centres(*arguments), name="moved")

    @pytest.mark.parametrize("n, k, d", [(1100, 3, 2), (1200, 1030, 2), (70, 4, 66)])
    def test_sizes(self, student, reference, rng, n, k, d):
        arguments = labelled(rng, n, k, d)
        assert_close(student.move_centres(*arguments), reference.move_centres(*arguments), name="moved")

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("empty", [(0,), (4,), (1, 2, 3)], ids=["the first", "the last", "three"])
    def test_a_centre_without_rows_stays(self, student, reference, rng, empty):
        arguments = labelled(rng, 11, 5, 3, empty)
        assert_close(student.move_centres(*arguments), reference.move_centres(*arguments), name="moved")

    @pytest.mark.after("test_values")
    def test_keeps_inputs_and_float32(self, student, rng):
        x, labels, centres = labelled(rng, 9, 4, 3, (1,))
        moved = assert_inputs_unchanged(student.move_centres, x.astype(np.float32), labels, centres.astype(np.float32))
        assert_dtype(moved, "float32", name="moved")

    @pytest.mark.after("test_a_centre_without_rows_stays")
    def test_no_warning_of_an_empty_mean(self, student, rng):
        with no_warnings():
            student.move_centres(*labelled(rng, 9, 4, 3, (1,)))

    @pytest.mark.after("test_values")
    def test_bad_labels(self, student, rng):
        x, labels, centres = labelled(rng, 9, 4, 3)
        assert_refuses(student.move_centres, "labels", x, labels[:-1], centres)


def blobs(rng, n, k, d, spread=1.0):
    """(x, centres): n rows about k places, and k of the rows to begin with."""
    x = 3 * rng.normal(size=(k, d))[rng.integers(k, size=n)] + spread * rng.normal(size=(n, d))
    return x, x[rng.permutation(n)[:k]]


@pytest.mark.exercise("k_means")
class TestKMeans:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("part", [0, 1, 2], ids=["centres", "labels", "inertias"])
    @pytest.mark.parametrize("n, k, d", [(60, 4, 2), (90, 7, 3)])
    def test_until_nothing_changes(self, student, reference, rng, n, k, d, part):
        x, centres = blobs(rng, n, k, d)
        found, labels, inertias = student.k_means(x, centres)
        name = ("centres", "labels", "inertias")[part]
        assert_close((found, labels, inertias)[part], reference.k_means(x, centres)[part], name=name)

    @pytest.mark.parametrize("max_iter", [1, 2, 3])
    def test_few_moves(self, student, reference, rng, max_iter):
        x, centres = blobs(rng, 200, 9, 2, spread=3.0)
        expected = reference.k_means(x, centres, max_iter)
        assert_close(student.k_means(x, centres, max_iter), expected, name="(centres, labels, inertias)")

    @pytest.mark.weight(0.5)
    def test_at_rest_from_the_start(self, student, reference, rng):
        x, centres = blobs(rng, 40, 3, 2)
        rest, *_ = reference.k_means(x, centres)
        expected = reference.k_means(x, rest)
        assert_close(student.k_means(x, rest), expected, name="(centres, labels, inertias)")

    def test_as_many_centres_as_rows(self, student, rng):
        x = rng.permutation(np.arange(7.0))[:, np.newaxis] + rng.uniform(0, 0.4, size=(7, 3))
        order = rng.permutation(7)
        found = student.k_means(x, x[order])
        assert_close(found, (x[order], np.argsort(order), [0.0, 0.0]), atol=1e-9, name="(centres, labels, inertias)")

    def test_a_centre_far_from_all_rows(self, student, reference, rng):
        x, centres = blobs(rng, 50, 4, 3)
        centres[int(rng.integers(4))] = 1000.0
        expected = reference.k_means(x, centres)
        assert_close(student.k_means(x, centres), expected, name="(centres, labels, inertias)")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("n, k, d", [(1100, 2, 2), (80, 66, 4), (70, 3, 70), (9, 1, 2)])
    def test_sizes(self, student, reference, rng, n, k, d):
        x, centres = blobs(rng, n, k, d)
        expected = reference.k_means(x, centres)
        assert_close(student.k_means(x, centres), expected, name="(centres, labels, inertias)")

    @pytest.mark.after("test_until_nothing_changes")
    def test_keeps_inputs_and_float32(self, student, rng):
        x, centres = cast(blobs(rng, 40, 3, 2), np.float32)
        found, _, _ = assert_inputs_unchanged(student.k_means, x, centres)
        assert_dtype(found, "float32", name="centres")

    @pytest.mark.after("test_until_nothing_changes")
    def test_bad_max_iter(self, student, rng):
        assert_refuses(student.k_means, "max_iter", *blobs(rng, 20, 3, 2), 0)


CALLS = 600


def places(rng, *marks):
    """Rows at these marks of a line somewhere in space, in random order, and the marks in that order."""
    marks = rng.permutation(np.array(marks, dtype=float))
    return rng.normal(size=3) + marks[:, np.newaxis] * rng.uniform(0.5, 2) * np.array([0.6, 0.0, 0.8]), marks


def numbers(centres, x, *shape):
    """Which rows of x the centres (*shape, D) are: a list of tuples, one for each k centres."""
    assert_close(centres, np.zeros((*shape, x.shape[1])), atol=1e6, name="the centres")
    found = (np.asarray(centres)[..., np.newaxis, :] == x).all(axis=-1)
    if not found.any(axis=-1).all():
        raise Mismatch("the centres must be rows of x, as they are")
    return [tuple(each) for each in found.argmax(axis=-1).reshape(-1, shape[-1]).tolist()]


def counted(student, x, k, rng):
    """{the numbers of k rows, in the order in which they were drawn: in how many of the calls}."""
    return dict(Counter(numbers(student.many_starts(x, k, CALLS, rng), x, CALLS, k)))


def next_shares(marks, chosen):
    """With which probability each row comes next."""
    squares = np.min([(marks - marks[each]) ** 2 for each in chosen], axis=0)
    return squares / squares.sum()


def assert_frequencies(counts, shares, most):
    """By chi-square: {outcome: how often}, {outcome: probability}. Beyond `most` is less likely than one in 10^8."""
    calls = sum(counts.values())
    never = [outcome for outcome in counts if shares.get(outcome, 0.0) == 0]
    if never:
        raise Mismatch("a row was drawn that should have had no chance")
    off = sum((counts.get(each, 0) - calls * share) ** 2 / (calls * share) for each, share in shares.items() if share)
    if not off < most:
        raise Mismatch(
            f"over {calls} calls the rows are not drawn as often as their squared distances to the nearest chosen row ask "
            f"(chi-square {off:.0f}, less than {most} expected)"
        )


@pytest.mark.exercise("k_means_plus_plus")
class TestPlusPlus:
    @pytest.mark.weight(0.5)
    def test_the_first_is_uniform(self, student, rng):
        x, _ = places(rng, 0, 1, 4, 9)
        assert_frequencies(counted(student, x, 1, rng), {(n,): 0.25 for n in range(4)}, 42)

    @pytest.mark.weight(3)
    def test_the_second(self, student, rng):
        x, marks = places(rng, 0, 1, 4)
        shares = {(i, j): next_shares(marks, [i])[j] / 3 for i in range(3) for j in range(3)}
        assert_frequencies(counted(student, x, 2, rng), shares, 47)

    @pytest.mark.weight(1.5)
    def test_the_third(self, student, rng):
        # After 0 and 10 in either order, 1 and 7 come with 1 : 9, whichever was the last; and so on.
        x, marks = places(rng, 0, 1, 7, 10)
        counts, shares = counted(student, x, 3, rng), {}
        for i in range(4):
            for j, share in enumerate(next_shares(marks, [i])):
                for third, then in enumerate(next_shares(marks, [i, j])):
                    shares[(i, j, third)] = share * then / 4
        # Rare outcomes together, so that chi-square holds.
        rare = {each for each, share in shares.items() if 0 < share * CALLS < 5}
        merged = {each: share for each, share in shares.items() if each not in rare}
        merged["rare"] = sum(shares[each] for each in rare)
        seen = {each: count for each, count in counts.items() if each not in rare}
        seen["rare"] = sum(counts.get(each, 0) for each in rare)
        assert_frequencies(seen, merged, 80)

    @pytest.mark.rests_on("test_the_second")
    def test_no_row_twice(self, student, rng):
        x = rng.choice([0.01, 100.0]) * rng.normal(size=(9, 3))
        for drawn in numbers(student.many_starts(x, 9, 20, rng), x, 20, 9):
            if sorted(drawn) != list(range(9)):
                raise Mismatch("a row was drawn twice while others were left")

    @pytest.mark.rests_on("test_the_second")
    @pytest.mark.weight(0.5)
    def test_equal_rows(self, student, rng):
        places_of_four = rng.normal(size=(4, 3))
        x = np.repeat(places_of_four, [1, 5, 2, 9], axis=0)
        # Of rows at four places, four draws give each place, seven each place and then any of the rows.
        for k in (4, 7):
            for drawn in numbers(student.many_starts(x, k, 20, rng), x, 20, k):
                if len(set(drawn)) != 4:
                    raise Mismatch("a row was drawn that equals a chosen one, while rows at other places were left")

    @pytest.mark.rests_on("test_the_second")
    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("n, k, d", [(1100, 3, 2), (80, 66, 70)])
    def test_sizes(self, student, rng, n, k, d):
        x = 0.01 * rng.normal(size=(n, d))
        (drawn,) = numbers(student.k_means_plus_plus(x, k, rng), x, k)
        if len(set(drawn)) != k:
            raise Mismatch("a row was drawn twice while others were left")

    @pytest.mark.rests_on("test_the_second")
    @pytest.mark.weight(0.5)
    def test_rng_alone_decides(self, student, rng):
        x, seed = rng.normal(size=(40, 2)), int(rng.integers(1000))
        first, same, other = (student.k_means_plus_plus(x, 5, np.random.default_rng(seed + k)) for k in (0, 0, 1))
        assert_close(first, np.zeros((5, 2)), atol=10.0, name="the centres")
        assert_close(same, first, name="the centres of an equal rng")
        assert_close(other, np.zeros((5, 2)), atol=10.0, name="the centres")
        if np.array_equal(other, first):
            raise Mismatch("the centres are the same for every rng: draw from the rng that is given")

    @pytest.mark.after("test_the_second")
    def test_keeps_x_and_float32(self, student, rng):
        x = rng.normal(size=(8, 3)).astype(np.float32)
        found = assert_inputs_unchanged(lambda x: student.k_means_plus_plus(x, 3, rng), x)
        assert_dtype(found, "float32", name="the centres")

    @pytest.mark.after("test_the_second")
    def test_bad_k(self, student, rng):
        for k in (0, 6):
            assert_refuses(student.k_means_plus_plus, "k", rng.normal(size=(5, 2)), k, rng)


@pytest.mark.exercise("neighbour_widths")
class TestWidths:
    @pytest.mark.weight(4)
    @pytest.mark.parametrize("k, d, neighbours", [(6, 3, 2), (5, 2, 1), (9, 4, 3)])
    def test_values(self, student, reference, rng, k, d, neighbours):
        arguments = rng.normal(size=(k, d)), neighbours
        assert_close(student.neighbour_widths(*arguments), reference.neighbour_widths(*arguments), name="widths")

    @pytest.mark.weight(2)
    def test_scale(self, student, reference, rng):
        arguments = rng.normal(size=(6, 3)), 2, float(rng.uniform(1.5, 3))
        assert_close(student.neighbour_widths(*arguments), reference.neighbour_widths(*arguments), name="widths")

    @pytest.mark.parametrize("k, neighbours", [(4, 3), (4, 4), (5, 50), (2, 1)])
    def test_all_the_others(self, student, reference, rng, k, neighbours):
        arguments = rng.normal(size=(k, 3)), neighbours, 1.5
        assert_close(student.neighbour_widths(*arguments), reference.neighbour_widths(*arguments), name="widths")

    @pytest.mark.parametrize("whole", [True, False], ids=["whole numbers", "any numbers"])
    def test_centres_at_one_place(self, student, reference, rng, whole):
        centres = rng.integers(-8, 9, size=(7, 3)).astype(float) if whole else rng.normal(size=(7, 3))
        centres[[1, 5]] = centres[3]
        order, scale = rng.permutation(7), float(rng.uniform(1.5, 3))
        for neighbours in (1, 2, 3):
            arguments = centres[order], neighbours, scale
            assert_close(student.neighbour_widths(*arguments), reference.neighbour_widths(*arguments), name="widths")

    @pytest.mark.rests_on("test_values")
    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("k", [1, 4])
    def test_no_width_above_zero(self, student, rng, k):
        centres = np.tile(rng.normal(size=3), (k, 1))
        assert_close(student.neighbour_widths(centres, 2, 3.0), np.ones(k), name="widths")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("k, d", [(70, 3), (6, 1050)])
    def test_sizes(self, student, reference, rng, k, d):
        arguments = rng.normal(size=(k, d)), 4
        assert_close(student.neighbour_widths(*arguments), reference.neighbour_widths(*arguments), name="widths")

    @pytest.mark.after("test_values")
    def test_keeps_centres_and_float32(self, student, rng):
        for centres in (rng.normal(size=(6, 3)), np.zeros((1, 2))):
            widths = assert_inputs_unchanged(student.neighbour_widths, centres.astype(np.float32), 2)
            assert_dtype(widths, "float32", name="widths")

    @pytest.mark.after("test_no_width_above_zero")
    def test_no_warnings(self, student):
        with no_warnings():
            student.neighbour_widths(np.zeros((1, 2)), 2)

    @pytest.mark.after("test_values")
    def test_bad_neighbours(self, student, rng):
        assert_refuses(student.neighbour_widths, "neighbours", rng.normal(size=(6, 3)), 0)


def units(rng, n, k, d):
    """(x, centres, widths) such that each unit says something to most rows."""
    x, centres = scattered(rng, n, k, d)
    return x, centres, d**0.5 * rng.uniform(0.6, 2, size=k)


@pytest.mark.exercise("gaussian_features")
class TestFeatures:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("n, k, d", [(6, 4, 3), (5, 5, 2), (1, 3, 5), (4, 1, 1)])
    def test_values(self, student, reference, rng, n, k, d):
        arguments = units(rng, n, k, d)
        assert_close(student.gaussian_features(*arguments), reference.gaussian_features(*arguments), name="out")

    @pytest.mark.parametrize("n, k, d", [(70, 3, 66), (3, 1030, 2), (1100, 2, 3), (2, 3, 1050)])
    def test_sizes(self, student, reference, rng, n, k, d):
        arguments = units(rng, n, k, d)
        assert_close(student.gaussian_features(*arguments), reference.gaussian_features(*arguments), name="out")

    @pytest.mark.rests_on("test_values")
    @pytest.mark.weight(0.5)
    def test_one_at_its_own_centre(self, student, rng):
        _, centres, widths = units(rng, 1, 6, 5)
        out = student.gaussian_features(centres, centres, widths)
        assert_close(np.diag(out), np.ones(6), name="what units say at their own centres")

    @pytest.mark.rests_on("test_values")
    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("far", [1e3, 1e6])
    def test_nothing_far_away(self, student, rng, far):
        x, centres, widths = units(rng, 5, 4, 3)
        assert_close(student.gaussian_features(x + far, centres, widths), np.zeros((5, 4)), atol=0, name="out")

    @pytest.mark.after("test_values")
    def test_keeps_inputs_and_float32(self, student, rng):
        arguments = cast(units(rng, 5, 4, 3), np.float32)
        assert_dtype(assert_inputs_unchanged(student.gaussian_features, *arguments), "float32", name="out")

    @pytest.mark.after("test_nothing_far_away")
    def test_no_warnings(self, student, rng):
        x, centres, widths = units(rng, 5, 4, 3)
        with no_warnings():
            student.gaussian_features(x + 1e6, centres, widths)

    @pytest.mark.after("test_values")
    def test_bad_widths(self, student, rng):
        x, centres, widths = units(rng, 5, 4, 3)
        for wrong in (widths[:3], widths * [1, 0, 1, 1]):
            assert_refuses(student.gaussian_features, "widths", x, centres, wrong)


NETS = {"small": (6, 4, 3, 2), "one row": (1, 3, 5, 4), "one output": (5, 2, 4, 1), "one unit": (4, 1, 2, 3)}
LARGE = {
    "70 rows": (70, 3, 2, 4),
    "1,030 units": (3, 1030, 2, 2),
    "1,050 columns": (2, 3, 1050, 2),
    "66 outputs": (3, 4, 2, 66),
}


def network(rng, name):
    """((x, centres, widths, w, b), dout) for n rows, k units, d columns, o outputs."""
    n, k, d, o = (NETS | LARGE)[name]
    return (*units(rng, n, k, d), rng.normal(size=(o, k)), rng.normal(size=o)), rng.normal(size=(n, o))


@pytest.mark.exercise("rbf_forward")
class TestForward:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("net", NETS)
    def test_values(self, student, reference, rng, net):
        arguments, _ = network(rng, net)
        out, _ = student.rbf_forward(*arguments)
        assert_close(out, reference.rbf_forward(*arguments)[0], name="out")

    @pytest.mark.parametrize("net", LARGE)
    def test_sizes(self, student, reference, rng, net):
        arguments, _ = network(rng, net)
        out, _ = student.rbf_forward(*arguments)
        assert_close(out, reference.rbf_forward(*arguments)[0], name="out")

    @pytest.mark.rests_on("test_values")
    @pytest.mark.weight(0.5)
    def test_far_away_only_b(self, student, rng):
        (x, centres, widths, w, b), _ = network(rng, "small")
        out, _ = student.rbf_forward(x - 1e5, centres, widths, w, b)
        assert_close(out, np.tile(b, (len(x), 1)), name="out")

    @pytest.mark.after("test_values")
    def test_keeps_inputs_and_float32(self, student, rng):
        out, _ = assert_inputs_unchanged(student.rbf_forward, *cast(network(rng, "small")[0], np.float32))
        assert_dtype(out, "float32", name="out")

    @pytest.mark.after("test_values")
    def test_bad_widths(self, student, rng):
        (x, centres, widths, w, b), _ = network(rng, "small")
        assert_refuses(student.rbf_forward, "widths", x, centres, -widths, w, b)


GRADIENTS = ("dx", "dcentres", "dwidths", "dw", "db")


def backward(module, arguments, dout):
    """The five gradients, through the module's own cache."""
    _, cache = module.rbf_forward(*arguments)
    return module.rbf_backward(dout, cache)


@pytest.mark.exercise("rbf_backward")
class TestBackward:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("which", range(5), ids=GRADIENTS)
    def test_each_gradient(self, student, reference, rng, which):
        arguments, dout = network(rng, "small")
        dx, dcentres, dwidths, dw, db = backward(student, arguments, dout)
        expected = backward(reference, arguments, dout)[which]
        assert_close((dx, dcentres, dwidths, dw, db)[which], expected, name=GRADIENTS[which])

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("net", ["one row", "one output", "one unit"])
    def test_shapes(self, student, reference, rng, net):
        arguments, dout = network(rng, net)
        expected = backward(reference, arguments, dout)
        assert_close(backward(student, arguments, dout), expected, name=f"({', '.join(GRADIENTS)})")

    @pytest.mark.parametrize("net", LARGE)
    def test_sizes(self, student, reference, rng, net):
        arguments, dout = network(rng, net)
        expected = backward(reference, arguments, dout)
        assert_close(backward(student, arguments, dout), expected, name=f"({', '.join(GRADIENTS)})")

    @pytest.mark.rests_on("test_each_gradient")
    @pytest.mark.weight(0.5)
    def test_rows_at_centres_and_far_away(self, student, reference, rng):
        (x, centres, widths, w, b), dout = network(rng, "small")
        x[1], x[4] = centres[2], 1e4
        expected = backward(reference, (x, centres, widths, w, b), dout)
        found = backward(student, (x, centres, widths, w, b), dout)
        assert_close(found, expected, atol=1e-9, name=f"({', '.join(GRADIENTS)})")

    @pytest.mark.after("test_each_gradient")
    def test_keeps_dout_and_float32(self, student, rng):
        arguments, dout = cast(network(rng, "small"), np.float32)
        _, cache = student.rbf_forward(*arguments)
        grads = assert_inputs_unchanged(lambda dout: student.rbf_backward(dout, cache), dout)
        for name, grad in zip(GRADIENTS, grads, strict=True):
            assert_dtype(grad, "float32", name=name)


def fitted(rng, n, k, o):
    """(features, targets) whose means are far from 0, and targets that the features explain in part."""
    features = 2 + rng.normal(size=(n, k))
    return features, 3 + features @ rng.normal(size=(k, o)) + rng.normal(size=(n, o))


@pytest.mark.exercise("ridge_solve")
class TestRidge:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n, k, o", [(9, 3, 2), (20, 5, 1), (7, 2, 4)])
    def test_without_a_price(self, student, reference, rng, n, k, o):
        arguments = *fitted(rng, n, k, o), 0.0
        assert_close(student.ridge_solve(*arguments), reference.ridge_solve(*arguments), name="(w, b)")

    @pytest.mark.weight(3)
    @pytest.mark.parametrize("n, k, o", [(9, 3, 2), (20, 5, 1), (7, 2, 4)])
    @pytest.mark.parametrize("part", [0, 1], ids=["w", "b"])
    def test_with_a_price(self, student, reference, rng, n, k, o, part):
        arguments = *fitted(rng, n, k, o), float(rng.uniform(0.5, 5))
        w, b = student.ridge_solve(*arguments)
        assert_close((w, b)[part], reference.ridge_solve(*arguments)[part], name=("w", "b")[part])

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n, k, o", [(4, 9, 2), (1, 3, 2)])
    def test_more_columns_than_rows(self, student, reference, rng, n, k, o):
        arguments = *fitted(rng, n, k, o), float(rng.uniform(0.5, 5))
        assert_close(student.ridge_solve(*arguments), reference.ridge_solve(*arguments), name="(w, b)")

    @pytest.mark.parametrize("n, k", [(12, 5), (7, 2), (4, 9), (1, 3)])
    def test_units_that_say_nothing(self, student, reference, rng, n, k):
        # A column of zeros, so F^T F has no inverse on any machine: such a unit gets the weight 0.
        features, targets = fitted(rng, n, k, 2)
        features[:, rng.integers(k)] = 0.0
        expected = reference.ridge_solve(features, targets, 0.0)
        assert_close(student.ridge_solve(features, targets, 0.0), expected, rtol=1e-7, atol=1e-8, name="(w, b)")

    def test_the_shortest_of_many(self, student, reference, rng):
        for n, k in ((12, 5), (4, 9)):
            features, targets = fitted(rng, n, k, 2)
            features[:, 2] = features[:, 0] - 2 * features[:, 1]
            expected = reference.ridge_solve(features, targets, 0.0)
            assert_close(student.ridge_solve(features, targets, 0.0), expected, rtol=1e-7, atol=1e-8, name="(w, b)")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("n, k, o", [(70, 66, 2), (1100, 3, 2), (9, 130, 1), (12, 3, 70)])
    def test_sizes(self, student, reference, rng, n, k, o):
        arguments = *fitted(rng, n, k, o), 2.0
        assert_close(student.ridge_solve(*arguments), reference.ridge_solve(*arguments), rtol=1e-7, name="(w, b)")

    @pytest.mark.after("test_with_a_price")
    def test_keeps_inputs_and_float32(self, student, rng):
        features, targets = cast(fitted(rng, 9, 3, 2), np.float32)
        w, b = assert_inputs_unchanged(student.ridge_solve, features, targets, 0.5)
        assert_dtype(w, "float32", name="w")
        assert_dtype(b, "float32", name="b")

    @pytest.mark.after("test_without_a_price")
    def test_bad_targets(self, student, rng):
        features, targets = fitted(rng, 9, 3, 2)
        for wrong in (targets[:-1], targets[:, 0]):
            assert_refuses(student.ridge_solve, "targets", features, wrong, 1.0)
        assert_refuses(student.ridge_solve, "strength", features, targets, -0.5)


def by_n_fits(reference, features, targets, strength):
    """The mean squared error of N fits, each without one row."""
    errors = []
    for n in range(len(features)):
        w, b = reference.ridge_solve(np.delete(features, n, 0), np.delete(targets, n, 0), strength)
        errors.append(features[n] @ w.T + b - targets[n])
    return float(np.mean(np.square(errors)))


@pytest.mark.exercise("leave_one_out")
class TestLeaveOneOut:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("n, k, o", [(9, 3, 2), (20, 5, 1), (7, 2, 4)])
    def test_with_a_price(self, student, reference, rng, n, k, o):
        arguments = *fitted(rng, n, k, o), float(rng.uniform(0.5, 5))
        assert_close(student.leave_one_out(*arguments), by_n_fits(reference, *arguments), name="the error")

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n, k, o", [(9, 3, 2), (20, 5, 1)])
    def test_without_a_price(self, student, reference, rng, n, k, o):
        arguments = *fitted(rng, n, k, o), 0.0
        assert_close(student.leave_one_out(*arguments), by_n_fits(reference, *arguments), name="the error")

    @pytest.mark.parametrize("n, k, o", [(5, 9, 2), (4, 4, 1)])
    def test_more_columns_than_rows(self, student, reference, rng, n, k, o):
        arguments = *fitted(rng, n, k, o), float(rng.uniform(0.5, 5))
        assert_close(student.leave_one_out(*arguments), by_n_fits(reference, *arguments), name="the error")

    @pytest.mark.weight(0.5)
    def test_columns_that_depend_on_each_other(self, student, reference, rng):
        features, targets = fitted(rng, 14, 4, 2)
        features[:, 3] = features[:, 0] + features[:, 1]
        expected = by_n_fits(reference, features, targets, 0.0)
        assert_close(student.leave_one_out(features, targets, 0.0), expected, rtol=1e-7, name="the error")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("n, k, o", [(70, 66, 2), (300, 3, 2), (9, 130, 1), (12, 3, 70)])
    def test_sizes(self, student, reference, rng, n, k, o):
        arguments = *fitted(rng, n, k, o), 2.0
        expected = reference.leave_one_out(*arguments)
        assert_close(student.leave_one_out(*arguments), expected, rtol=1e-7, name="the error")

    @pytest.mark.after("test_with_a_price")
    def test_keeps_inputs(self, student, rng):
        assert_inputs_unchanged(student.leave_one_out, *fitted(rng, 9, 3, 2), 0.5)

    @pytest.mark.after("test_with_a_price")
    def test_bad_targets(self, student, rng):
        features, targets = fitted(rng, 9, 3, 2)
        assert_refuses(student.leave_one_out, "targets", features, targets[:-1], 1.0)
        assert_refuses(student.leave_one_out, "strength", features, targets, -0.5)


def built(student, x, y, classes, k, strength, rng):
    """The student's net, whose shapes are right and whose numbers are not large."""
    net = student.rbf_classifier(x, y, classes, k, strength, rng)
    like = {"centres": (k, x.shape[1]), "widths": (k,), "w": (classes, k), "b": (classes,)}
    assert_close(net, {key: np.zeros(shape) for key, shape in like.items()}, atol=1e9, name="the net")
    return net


@pytest.mark.exercise("rbf_classifier")
class TestClassifier:
    def test_centres_come_from_k_means(self, student, reference, rng):
        # Clusters far from each other: one more round of Lloyd's moves nothing.
        x, _ = blobs(rng, 80, 5, 3, spread=0.1)
        net = built(student, x, rng.integers(3, size=80), 3, 5, 0.1, rng)
        moved, *_ = reference.k_means(x, net["centres"], 1)
        assert_close(net["centres"], moved, name="centres")

    @pytest.mark.weight(0.5)
    def test_twenty_moves(self, student, reference, rng):
        # On a line full of rows Lloyd's algorithm creeps: from most starts it would move more than 22 times.
        x = np.cumsum(rng.uniform(1, 2, size=600))[:, np.newaxis]
        for seed in rng.integers(1000, size=10).tolist():
            start = student.k_means_plus_plus(x, 14, np.random.default_rng(seed))
            assert_close(start, np.zeros((14, 1)), atol=1e4, name="what k_means_plus_plus gives")
            if len(reference.k_means(x, np.asarray(start), 23)[2]) > 23:
                break
        net = built(student, x, rng.integers(2, size=600), 2, 14, 0.1, np.random.default_rng(seed))
        assert_close(net["centres"], reference.k_means(x, np.asarray(start), 20)[0], name="centres")

    def test_widths_of_the_centres(self, student, reference, rng):
        x, _ = blobs(rng, 60, 6, 2)
        net = built(student, x, rng.integers(3, size=60), 3, 6, 0.1, rng)
        assert_close(net["widths"], reference.neighbour_widths(net["centres"], 2, 2.0), name="widths")

    @pytest.mark.weight(1.5)
    @pytest.mark.parametrize("classes", [2, 4])
    def test_weights_of_the_features(self, student, reference, rng, classes):
        x, _ = blobs(rng, 60, 6, 2)
        y, strength = rng.integers(classes, size=60), float(rng.uniform(0.05, 1))
        net = built(student, x, y, classes, 6, strength, rng)
        features = reference.gaussian_features(x, net["centres"], net["widths"])
        one_hot = np.zeros((60, classes))
        one_hot[np.arange(60), y] = 1
        expected = reference.ridge_solve(features, one_hot, strength)
        assert_close((net["w"], net["b"]), expected, rtol=1e-7, name="(w, b)")

    @pytest.mark.rests_on("test_weights_of_the_features")
    @pytest.mark.weight(0.5)
    def test_a_class_without_rows(self, student, rng):
        x, _ = blobs(rng, 40, 4, 2)
        net = built(student, x, rng.choice([0, 2], size=40), 4, 4, 0.1, rng)
        assert_close(net["w"][[1, 3]], np.zeros((2, 4)), atol=1e-9, name="w of the classes without rows")
        assert_close(net["b"][[1, 3]], np.zeros(2), atol=1e-9, name="b of the classes without rows")

    @pytest.mark.rests_on("test_weights_of_the_features")
    @pytest.mark.weight(0.5)
    def test_moons(self, student, reference, rng):
        x, y = moons(300, rng, noise=0.15)
        net = built(student, x, y, 2, 12, 0.01, rng)
        new, right = moons(400, rng, noise=0.15)
        share = float(np.mean(reference.classify(new, net) == right))
        if not share >= 0.87:
            raise Mismatch(f"{share:.0%} of 400 new rows of two moons are told right; at least 87 % expected")

    @pytest.mark.rests_on("test_weights_of_the_features")
    @pytest.mark.weight(2)
    def test_digits(self, student, reference, rng):
        images, labels = load_digits()
        order = rng.permutation(len(images))[:1100]
        x, y = images[order].reshape(-1, 64), labels[order]
        net = built(student, x[:500], y[:500], 10, 40, 0.01, rng)
        share = float(np.mean(reference.classify(x[500:], net) == y[500:]))
        if not share >= 0.88:
            raise Mismatch(f"{share:.0%} of 600 new digits are told right; at least 88 % expected")

    @pytest.mark.after("test_weights_of_the_features")
    def test_keeps_inputs_and_float32(self, student, rng):
        x, _ = blobs(rng, 40, 4, 2)
        net = assert_inputs_unchanged(
            lambda x, y: student.rbf_classifier(x, y, 3, 4, 0.1, rng), x.astype(np.float32), rng.integers(3, size=40)
        )
        for key in ("centres", "widths", "w", "b"):
            assert_dtype(net[key], "float32", name=f"net[{key!r}]")
