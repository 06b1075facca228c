"""Hidden checks: the plain case of each exercise, then thresholds, ties and boxes without an inside one by one, and manners."""

import numpy as np
import pytest

from autograder import assert_close, assert_dtype, assert_inputs_unchanged, assert_refuses, each_exercise, no_warnings

WINDOWS = {  # image, window, stride
    "a window in each place": ((4, 6), (3, 2), 1),
    "one window": ((5, 7), (5, 7), 1),
    "1,030 columns": ((3, 1030), (2, 5), 1),
}
STRIDES = {
    "stride 2, the last window just fits": ((9, 12), (3, 4), 2),
    "stride 3, pixels left over": ((8, 14), (3, 4), 3),
    "stride 4, gaps": ((6, 11), (1, 1), 4),
}
PYRAMIDS = {"two maps, halves": [(6, 10), (3, 5)], "three maps, halves": [(8, 12), (4, 6), (2, 3)]}
MAPS = {
    "halves rounded down": [(15, 23), (7, 11), (3, 5), (1, 2)],
    "other steps": [(9, 8), (3, 8), (3, 2)],
}

plain = pytest.mark.weight(4)
one_generality = pytest.mark.weight(0.6)


def random_boxes(rng, n, extent=20.0):
    """Boxes of all shapes around the origin: many overlap, many do not."""
    corner = rng.uniform(-extent, extent, size=(n, 2))
    return np.concatenate([corner, corner + rng.uniform(0.1, 1, size=(n, 2)) * extent], axis=1)


def crowds(rng, n):
    """Boxes in two crowds, so that overlaps of all degrees occur, with scores that all differ."""
    centres = np.array([[40.0, 45.0], [10.0, 60.0]])[np.arange(n) % 2] + rng.normal(scale=3, size=(n, 2))
    half = rng.uniform(6, 9, size=(n, 2))
    return np.concatenate([centres - half, centres + half], axis=1), rng.permutation(n) / n + 0.5 / n


def without_inside(rng):
    """Two proper boxes among degenerate ones: a point, a line, a point again, one and both axes swapped."""
    corners = [[0, 1, 2, 3], [0, 1, 0, 1], [0, 1, 2, 1], [0, 1, 0, 1], [2, 1, 0, 3], [2, 3, 0, 1], [0, 1, 2, 3]]
    return random_boxes(rng, 1)[0][corners] + np.array([[0.0, 0, 0, 0]] * 6 + [[0, 0, 0, 1]])


def likened(right, found):
    """The right answer in the container and the kind of number that came: what holds the numbers is a matter of manners."""
    if isinstance(right, np.ndarray) and isinstance(found, (list, tuple)):
        return (
            [likened(*each) for each in zip(right, found, strict=True)] if len(right) == len(found) else right.tolist()
        )
    if isinstance(right, (list, tuple)) and isinstance(found, (list, tuple)) and len(right) == len(found):
        return [likened(*each) for each in zip(right, found, strict=True)]
    if isinstance(right, (np.ndarray, np.integer)) and right.dtype.kind == "i":
        kind = found.dtype.kind if isinstance(found, (np.ndarray, np.generic)) else "f" * isinstance(found, float)
        return right.astype(np.float64) if kind == "f" else right
    return right


def agree(student, reference, name, *arguments, **tolerance):
    found = getattr(student, name)(*arguments)
    assert_close(found, likened(getattr(reference, name)(*arguments), found), **tolerance)


def agree_and_keep(student, reference, name, *arguments):
    """The right answer, and the arguments as they were."""
    out = assert_inputs_unchanged(getattr(student, name), *arguments)
    assert_close(out, getattr(reference, name)(*arguments))
    return out


@pytest.mark.exercise("box_area")
class TestBoxArea:
    @plain
    @pytest.mark.parametrize("n", [8, 1, 1030])
    def test_random_boxes(self, student, reference, rng, n):
        agree(student, reference, "box_area", random_boxes(rng, n))

    def test_boxes_without_inside(self, student, reference, rng):
        agree(student, reference, "box_area", without_inside(rng))

    @pytest.mark.rests_on("test_random_boxes")
    def test_no_boxes(self, student, reference):
        agree(student, reference, "box_area", np.zeros((0, 4)))

    @pytest.mark.after("test_random_boxes")
    def test_manners(self, student, reference, rng):
        boxes = random_boxes(rng, 6).astype(np.float32)[::2]
        assert_dtype(agree_and_keep(student, reference, "box_area", boxes), "float32")
        assert_refuses(student.box_area, "boxes", rng.normal(size=(4, 3)))


@pytest.mark.exercise("iou")
class TestIou:
    @plain
    @pytest.mark.parametrize("n, m", [(5, 7), (1, 6)])
    def test_random_boxes(self, student, reference, rng, n, m):
        agree(student, reference, "iou", random_boxes(rng, n), random_boxes(rng, m))

    @pytest.mark.parametrize("n, m", [(70, 3), (2, 1030)])
    def test_many_boxes(self, student, reference, rng, n, m):
        agree(student, reference, "iou", random_boxes(rng, n), random_boxes(rng, m))

    def test_boxes_far_apart(self, student, reference, rng):
        # To the right and below: two negative sides.
        a = random_boxes(rng, 4)
        agree(student, reference, "iou", a, random_boxes(rng, 3) + 90)

    def test_boxes_without_inside(self, student, reference, rng):
        boxes = without_inside(rng)
        agree(student, reference, "iou", boxes, boxes[1:])

    @one_generality
    def test_tiny_boxes(self, student, reference, rng):
        # Measured in shares of the image, a small box has an area of 1e-8: 1e-9 added to it shows, 1e-16 does not.
        a, b = random_boxes(rng, 4) * 1e-5, random_boxes(rng, 3) * 1e-5
        agree(student, reference, "iou", a, b, rtol=1e-6)

    @one_generality
    @pytest.mark.rests_on("test_random_boxes")
    def test_no_boxes(self, student, reference, rng):
        agree(student, reference, "iou", np.zeros((0, 4)), random_boxes(rng, 3))

    @pytest.mark.after("test_random_boxes")
    def test_manners(self, student, reference, rng):
        a, b = random_boxes(rng, 8).astype(np.float32)[::2], random_boxes(rng, 3).astype(np.float32)
        assert_dtype(agree_and_keep(student, reference, "iou", a, b), "float32")
        a, b = np.rint(a * 9).astype(int), np.rint(b * 9).astype(int)
        assert_dtype(agree_and_keep(student, reference, "iou", a, b), "float64")
        assert_refuses(student.iou, "a", a[0], b)
        assert_refuses(student.iou, "b", a, b[:, :3])

    @pytest.mark.after("test_boxes_without_inside")
    def test_no_warning_of_zero_by_zero(self, student, reference, rng):
        boxes = without_inside(rng)
        with no_warnings():
            agree(student, reference, "iou", boxes, boxes[1:])


@each_exercise("nms", "batched_nms", "soft_nms")
class TestSuppression:
    def arguments(self, rng, name, boxes, scores, limit):
        classes = [rng.permutation(np.resize([0, 1, 2], len(boxes)))] if name == "batched_nms" else []
        return boxes, scores, *classes, limit

    @plain
    @pytest.mark.parametrize("limit", [0.15, 0.5])
    def test_crowds(self, student, reference, rng, name, limit):
        if name == "soft_nms":
            limit = 0.6 * limit  # sigma: at 1/2, sigma and 2 sigma^2 are the same
        agree(student, reference, name, *self.arguments(rng, name, *crowds(rng, 15), limit))

    def test_many_boxes(self, student, reference, rng, name):
        agree(student, reference, name, *self.arguments(rng, name, *crowds(rng, 130), 0.4))

    def test_equal_scores(self, student, reference, rng, name):
        boxes, scores = crowds(rng, 40)[0], rng.integers(1, 6, size=40) / 8
        agree(student, reference, name, *self.arguments(rng, name, boxes, scores, 0.4))

    @one_generality
    def test_boxes_without_inside(self, student, reference, rng, name):
        limit = 0.1 if name == "soft_nms" else 0.0
        agree(student, reference, name, *self.arguments(rng, name, without_inside(rng), rng.permutation(7) / 7, limit))

    @one_generality
    @pytest.mark.rests_on("test_crowds")
    def test_one_box_and_none(self, student, reference, rng, name):
        boxes, scores, *classes, limit = self.arguments(rng, name, *crowds(rng, 6), 0.4)
        for n in (1, 0):
            agree(student, reference, name, boxes[:n], scores[:n], *(each[:n] for each in classes), limit)

    @pytest.mark.after("test_crowds")
    def test_manners(self, student, reference, rng, name):
        crowd = (each.astype(np.float32)[::2] for each in crowds(rng, 12))
        out = agree_and_keep(student, reference, name, *self.arguments(rng, name, *crowd, 0.4))
        assert_dtype(out[0] if name == "soft_nms" else out, "int64", name="the indices")
        if name == "soft_nms":
            assert_dtype(out[1], "float32", name="decayed")

    @pytest.mark.after("test_crowds")
    def test_bad_input(self, student, rng, name):
        boxes, scores, *classes, limit = self.arguments(rng, name, *crowds(rng, 6), 0.4)
        function = getattr(student, name)
        assert_refuses(function, "boxes", boxes[:, :3], scores, *classes, limit)
        assert_refuses(function, "scores", boxes, scores[1:], *classes, limit)
        for wrong in (0.0,) if name == "soft_nms" else (-0.1, 1.1):
            assert_refuses(function, "sigma" if name == "soft_nms" else "threshold", boxes, scores, *classes, wrong)
        if classes:
            assert_refuses(function, "classes", boxes, scores, classes[0][1:], limit)


@pytest.mark.exercise("nms")
class TestNms:
    def test_what_is_dropped_drops_no_others(self, student, reference, rng):
        # A row of boxes, each over half of the next: the second goes, so the third stays, and so on.
        boxes = np.array([[4.0 * k, 0, 4 * k + 10, 5] for k in (0, 1, 2, 3, 4, 9)]) + rng.normal()
        agree(student, reference, "nms", boxes, np.linspace(0.9, 0.4, 6), 0.3)

    @one_generality
    @pytest.mark.parametrize("threshold", [0.25, 0.5, 1.0])
    def test_exactly_the_threshold(self, student, reference, rng, threshold):
        # Of each pair, the smaller box covers just the threshold's share of the larger one, or a little more.
        shares = np.array([threshold, min(threshold + 0.125, 1), threshold])
        x1 = np.arange(3.0) * 10 + rng.integers(-9, 9)
        boxes = [np.stack([x1, x1, x1 + 8 * each, x1 + 4], axis=1) for each in (shares, 1)]
        agree(student, reference, "nms", np.concatenate(boxes), rng.permutation(6) / 6, threshold)


@pytest.mark.exercise("batched_nms")
@one_generality
class TestClasses:
    def test_any_integers(self, student, reference, rng):
        boxes, scores = crowds(rng, 12)
        classes = rng.permutation(np.resize([-3, 0, 70000], 12))
        agree(student, reference, "batched_nms", boxes, scores, classes, 0.3)

    def test_boxes_left_of_the_image(self, student, reference, rng):
        # Whoever moves class 1 aside by the largest coordinate plus 1 moves it onto class 0.
        boxes, _ = crowds(rng, 4)
        boxes = boxes - 40
        boxes = np.concatenate([boxes, boxes - boxes.max() - 1])
        agree(student, reference, "batched_nms", boxes, rng.permutation(8) / 8, np.repeat([0, 1], 4), 0.3)


@pytest.mark.exercise("sliding_windows")
class TestSlidingWindows:
    @plain
    @pytest.mark.parametrize("kind", WINDOWS)
    def test_stride_one(self, student, reference, kind):
        agree(student, reference, "sliding_windows", *WINDOWS[kind])

    @pytest.mark.parametrize("kind", STRIDES)
    def test_strides(self, student, reference, kind):
        agree(student, reference, "sliding_windows", *STRIDES[kind])

    @pytest.mark.after("test_stride_one")
    def test_int64(self, student):
        assert_dtype(student.sliding_windows((5, 7), (2, 3), 1), "int64")

    @pytest.mark.after("test_stride_one")
    def test_bad_input(self, student):
        for size in ((6, 2), (2, 8), (0, 2)):
            assert_refuses(student.sliding_windows, "size", (5, 7), size, 1)
        assert_refuses(student.sliding_windows, "stride", (5, 7), (2, 3), 0)


@pytest.mark.exercise("make_anchors")
class TestMakeAnchors:
    def agrees(self, student, reference, rng, shape, scales, ratios):
        scales, ratios = rng.uniform(4, 40, size=scales), rng.uniform(0.2, 5, size=ratios)
        agree(student, reference, "make_anchors", shape, int(rng.integers(4, 32)), list(scales), tuple(ratios))

    @pytest.mark.weight(3)
    def test_one_square_anchor_a_cell(self, student, reference, rng):
        agree(student, reference, "make_anchors", (3, 4), int(rng.integers(4, 32)), [float(rng.uniform(4, 40))], [1.0])

    @pytest.mark.weight(2)
    @pytest.mark.parametrize(
        "scales, ratios", [(3, 1), (1, 4), (2, 3)], ids=["several scales", "several ratios", "both"]
    )
    def test_random_shapes(self, student, reference, rng, scales, ratios):
        self.agrees(student, reference, rng, (3, 4), scales, ratios)

    @pytest.mark.parametrize("shape", [(1, 5), (2, 1), (3, 70)], ids=["one row", "one column", "70 columns"])
    def test_maps_of_other_shapes(self, student, reference, rng, shape):
        self.agrees(student, reference, rng, shape, 2, 3)

    @pytest.mark.after("test_one_square_anchor_a_cell")
    def test_bad_input(self, student):
        assert_refuses(student.make_anchors, "stride", (2, 3), 0, [4.0], [1.0])
        assert_refuses(student.make_anchors, "scales", (2, 3), 8, [4.0, -4.0], [1.0])
        assert_refuses(student.make_anchors, "ratios", (2, 3), 8, [4.0], [1.0, 0.0])


@each_exercise("encode_boxes", "decode_boxes")
class TestDeltas:
    @plain
    @pytest.mark.parametrize("n", [7, 1, 1030])
    def test_random_boxes(self, student, reference, rng, name, n):
        given = random_boxes(rng, n) if name == "encode_boxes" else rng.normal(size=(n, 4))
        agree(student, reference, name, given, random_boxes(rng, n))

    @pytest.mark.rests_on("test_random_boxes")
    def test_no_boxes(self, student, reference, name):
        agree(student, reference, name, np.zeros((0, 4)), np.zeros((0, 4)))

    @pytest.mark.after("test_random_boxes")
    def test_manners(self, student, reference, rng, name):
        function, first = getattr(student, name), {"encode_boxes": "boxes", "decode_boxes": "deltas"}[name]
        given, anchors = random_boxes(rng, 8, 2.0).astype(np.float32)[::2], random_boxes(rng, 4).astype(np.float32)
        assert_dtype(agree_and_keep(student, reference, name, given, anchors), "float32")
        assert_refuses(function, first, given[:, :3], anchors)
        assert_refuses(function, "anchors", given, anchors[:3])
        if name == "encode_boxes":
            assert_refuses(function, "boxes", given[:, [0, 1, 0, 3]], anchors)
            assert_refuses(function, "anchors", given, anchors[:, [0, 3, 2, 1]])


@pytest.mark.exercise("decode_boxes")
class TestHugeAnswers:
    def arguments(self, rng):
        deltas = rng.normal(size=(6, 4)) * np.array([1, 1, 900, 900]) + np.array([80, -80, 0, 0])
        return deltas, random_boxes(rng, 6)

    @pytest.mark.weight(2)
    def test_huge_answers_are_limited(self, student, reference, rng):
        agree(student, reference, "decode_boxes", *self.arguments(rng))

    @pytest.mark.after("test_huge_answers_are_limited")
    def test_no_warning_of_an_overflow(self, student, reference, rng):
        with no_warnings():
            agree(student, reference, "decode_boxes", *self.arguments(rng))


@pytest.mark.exercise("match_anchors")
class TestMatchAnchors:
    @plain
    @pytest.mark.parametrize("objects", [[9, 40, 46], [22]], ids=["three objects", "one object"])
    def test_objects_with_good_anchors(self, student, reference, rng, objects):
        # Each object lies nearly on an anchor, so the two thresholds decide alone.
        anchors = reference.make_anchors((3, 4), 10, [8, 15], [0.5, 1, 2])
        truths = anchors[objects] + rng.normal(scale=0.3, size=(len(objects), 4))
        agree(student, reference, "match_anchors", anchors, truths)

    def test_many_anchors(self, student, reference, rng):
        anchors = reference.make_anchors((9, 20), 10, [8, 15], [0.5, 1, 2])
        truths = anchors[rng.permutation(len(anchors))[:5]] + rng.normal(scale=0.3, size=(5, 4))
        agree(student, reference, "match_anchors", anchors, truths)

    def test_other_thresholds(self, student, reference, rng):
        anchors = reference.make_anchors((3, 4), 10, [8, 15], [0.5, 1, 2])
        truths = anchors[[9, 40, 46]] + rng.normal(scale=0.3, size=(3, 4))
        agree(student, reference, "match_anchors", anchors, truths, 0.1, 0.35)

    def test_exactly_the_thresholds(self, student, reference, rng):
        # An object of 8 x 4 and anchors of 8, 7, 6, ... 0 times 4: their IoU is 8/8, 7/8, ... 0. Another is elsewhere.
        anchors = np.array([[0.0, 0, width, 4] for width in rng.permutation(9)])
        agree(student, reference, "match_anchors", anchors, np.array([[0.0, 0, 8, 4], [50, 50, 60, 60]]), 0.25, 0.75)

    @pytest.mark.weight(2)
    def test_no_object_is_forgotten(self, student, reference, rng):
        # Object 1 has two equally poor anchors, the best anchor of object 2 is object 0's, no anchor touches object 3.
        anchors = np.array([[0.0, 0, 10, 10], [0, 0, 10, 4], [20, 0, 24, 4], [30, 0, 34, 4], [60, 60, 70, 70]])
        truths = np.array([[0.0, 0, 10, 9], [23, 0, 31, 4], [8, 8, 20, 20], [90, 90, 99, 99]])
        shift = rng.integers(-9, 9)
        agree(student, reference, "match_anchors", anchors + shift, truths + shift)

    @one_generality
    @pytest.mark.rests_on("test_objects_with_good_anchors")
    @pytest.mark.parametrize("anchors, objects", [(9, 0), (0, 3)], ids=["no objects", "no anchors"])
    def test_none(self, student, reference, rng, anchors, objects):
        agree(student, reference, "match_anchors", random_boxes(rng, anchors), random_boxes(rng, objects))

    @pytest.mark.after("test_objects_with_good_anchors")
    def test_manners(self, student, reference, rng):
        anchors = reference.make_anchors((2, 3), 10, [8, 15], [0.5, 2]).astype(np.float32)
        truths = anchors[[3, 8, 15, 20]][::2]
        assert_dtype(agree_and_keep(student, reference, "match_anchors", anchors, truths), "int64")
        assert_refuses(student.match_anchors, "anchors", anchors[0], truths)
        assert_refuses(student.match_anchors, "truths", anchors, truths[:, :2])
        for low, high in ((0.8, 0.7), (-0.1, 0.7), (0.3, 1.1)):
            assert_refuses(student.match_anchors, "low", anchors, truths, low, high)


@pytest.mark.exercise("yolo_decode")
class TestYoloDecode:
    def agrees(self, student, reference, rng, n, shapes, classes, h, w):
        grid = rng.normal(size=(n, shapes * (5 + classes), h, w))
        agree(student, reference, "yolo_decode", grid, rng.uniform(4, 50, size=(shapes, 2)), 16)

    @plain
    @pytest.mark.parametrize("n, classes, h, w", [(3, 2, 5, 4), (1, 4, 2, 3)], ids=["several images", "one image"])
    def test_one_anchor(self, student, reference, rng, n, classes, h, w):
        self.agrees(student, reference, rng, n, 1, classes, h, w)

    @pytest.mark.parametrize("n, shapes, classes, h, w", [(2, 3, 4, 5, 6), (1, 2, 1, 4, 3)])
    def test_several_anchors(self, student, reference, rng, n, shapes, classes, h, w):
        self.agrees(student, reference, rng, n, shapes, classes, h, w)

    def test_70_classes(self, student, reference, rng):
        self.agrees(student, reference, rng, 2, 1, 70, 3, 4)

    def sure(self, rng):
        grid = rng.normal(scale=800, size=(2, 2, 7, 3, 4))
        grid[:, :, 2:4] /= 800  # the logarithms of the size
        return grid.reshape(2, 14, 3, 4), rng.uniform(4, 50, size=(2, 2)), 8

    @one_generality
    def test_sure_answers(self, student, reference, rng):
        agree(student, reference, "yolo_decode", *self.sure(rng))

    @pytest.mark.after("test_sure_answers")
    def test_no_warning_of_an_overflow(self, student, reference, rng):
        with no_warnings():
            agree(student, reference, "yolo_decode", *self.sure(rng))

    @pytest.mark.after("test_one_anchor")
    def test_manners(self, student, reference, rng):
        grid = rng.normal(size=(2, 7, 3, 10)).astype(np.float32)[..., ::2]
        anchors = rng.uniform(4, 50, size=(1, 2)).astype(np.float32)
        for out in agree_and_keep(student, reference, "yolo_decode", grid, anchors, 8):
            assert_dtype(out, "float32")
        two = np.concatenate([anchors, anchors])
        no_multiple, no_class, no_class_for_two, no_batch = (
            grid,
            grid[:, :5],
            np.tile(grid[:, :5], (1, 2, 1, 1)),
            grid[0],
        )
        for wrong, shapes in ((no_multiple, two), (no_class, anchors), (no_class_for_two, two), (no_batch, anchors)):
            assert_refuses(student.yolo_decode, "grid", wrong, shapes, 8)


@pytest.mark.exercise("roi_max_pool")
class TestRoiMaxPool:
    """Negative features: nothing else may win."""

    def agrees(self, student, reference, rng, length, size, off=0.0, shape=(3, 2, 9, 11)):
        """Regions of some height and width, up to `off` away from whole cells."""
        start = rng.integers(0, 4, size=(5, 2))
        corners = np.concatenate([start, start + length], axis=1) + rng.uniform(-off, off, size=(5, 4))
        rois = np.concatenate([rng.permutation(np.resize(np.arange(shape[0]), 5))[:, None], corners], axis=1)
        agree(student, reference, "roi_max_pool", rng.uniform(-9, -1, size=shape), rois, size)

    @pytest.mark.weight(6)
    @pytest.mark.parametrize(
        "width, height, size, shape",
        [(6, 4, (2, 3), (3, 2, 9, 11)), (4, 6, (3, 1), (1, 4, 10, 8))],
        ids=["2 x 3 bins, several images", "3 x 1 bins, one image"],
    )
    def test_bins_of_equal_size(self, student, reference, rng, width, height, size, shape):
        self.agrees(student, reference, rng, (width, height), size, shape=shape)

    def test_70_channels(self, student, reference, rng):
        self.agrees(student, reference, rng, (4, 2), (1, 2), shape=(2, 70, 5, 8))

    @pytest.mark.parametrize("size", [(3, 2), (4, 1)])
    def test_uneven_bins(self, student, reference, rng, size):
        self.agrees(student, reference, rng, (5, 7) if size[1] == 2 else (3, 6), size, shape=(3, 2, 10, 11))

    @one_generality
    def test_more_bins_than_cells(self, student, reference, rng):
        self.agrees(student, reference, rng, (3, 2), (6, 7))

    @one_generality
    def test_corners_between_cells(self, student, reference, rng):
        self.agrees(student, reference, rng, (6, 4), (2, 3), off=0.4)

    @one_generality
    @pytest.mark.parametrize(
        "corners",
        [[[-7, -6, 4, 3], [3, 2, 11, 9], [0, 0, 6, 5]], [[7, 8, 9, 9], [-9, -8, -2, -1]], [[2, 1, 2, 1], [4, 3, 1, 2]]],
        ids=["across the border", "beyond it", "no height or width"],
    )
    def test_odd_regions(self, student, reference, rng, corners):
        rois = np.concatenate([np.zeros((len(corners), 1)), corners], axis=1)
        rois = np.concatenate([rois, [[0.0, 1, 0, 5, 3]]])
        agree(student, reference, "roi_max_pool", rng.normal(size=(1, 4, 5, 6)) - 5, rois, (4, 3))

    @pytest.mark.after("test_bins_of_equal_size")
    def test_manners(self, student, reference, rng):
        features, rois = np.float32(rng.normal(size=(2, 3, 7, 8))), np.array([[1.0, 2, 1, 8, 5]])
        assert_dtype(agree_and_keep(student, reference, "roi_max_pool", features, rois, (2, 3)), "float32")
        for image in (2, -1, 0.5):
            assert_refuses(student.roi_max_pool, "rois", features, rois + (image - 1) * np.eye(5)[0], (2, 3))
        for wrong in (rois[:, 1:], rois[0]):  # no image, no list of regions
            assert_refuses(student.roi_max_pool, "rois", features, wrong, (2, 3))
        for size in ((0, 3), (2, 0)):
            assert_refuses(student.roi_max_pool, "size", features, rois, size)


@pytest.mark.exercise("fpn_merge")
class TestFpnMerge:
    def agrees(self, student, reference, rng, sizes, n=2, c=3):
        agree(student, reference, "fpn_merge", [rng.normal(size=(n, c, *size)) for size in sizes])

    @plain
    @pytest.mark.parametrize("kind", PYRAMIDS)
    def test_halves(self, student, reference, rng, kind):
        self.agrees(student, reference, rng, PYRAMIDS[kind])

    def test_one_image_of_70_channels(self, student, reference, rng):
        self.agrees(student, reference, rng, [(4, 6), (2, 3)], n=1, c=70)

    @pytest.mark.parametrize("kind", MAPS)
    def test_other_sizes(self, student, reference, rng, kind):
        self.agrees(student, reference, rng, MAPS[kind])

    @one_generality
    @pytest.mark.rests_on("test_halves")
    def test_a_single_map(self, student, reference, rng):
        self.agrees(student, reference, rng, [(3, 4)])

    @pytest.mark.after("test_halves")
    def test_manners(self, student, reference, rng):
        maps = [rng.normal(size=(1, 2, 4 * k, 3 * k)).astype(np.float32) for k in (4, 2, 1)]
        assert_dtype(agree_and_keep(student, reference, "fpn_merge", maps)[0], "float32", name="the finest map")
        wider, higher = maps[1].repeat(3, axis=3), maps[1].repeat(3, axis=2)
        for last in (maps[1][:, :1], maps[1].repeat(2, axis=0), wider, higher):  # channels lost, images won
            assert_refuses(student.fpn_merge, "maps", [maps[0], last])
        for wrong in ([], maps[::-1]):  # none, coarsest first
            assert_refuses(student.fpn_merge, "maps", wrong)


def detections(rng, images=4, objects=5, guesses=2):
    """For each object a good guess and, if asked, a poor one, and two where nothing is; the last image has no objects."""
    truths = [random_boxes(rng, objects, 30) for _ in range(images)]
    truths[1:] = [*truths[1:-1], np.zeros((0, 4))][: images - 1]
    boxes = [np.concatenate([np.repeat(each, guesses, axis=0), random_boxes(rng, 2, 30) + 200]) for each in truths]
    noise = np.array([[0.3], [2.5]])[:guesses]
    boxes = [each + rng.normal(size=each.shape) * np.resize(noise, (len(each), 1)) for each in boxes]
    ranks = np.split(rng.permutation(sum(map(len, boxes))), np.cumsum([len(each) for each in boxes])[:-1])
    return boxes, [(each + 1) / 99 for each in ranks], truths


@pytest.mark.exercise("average_precision")
class TestAveragePrecision:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("images", [1, 4], ids=["one image", "several images"])
    def test_each_object_found_once(self, student, reference, rng, images):
        agree(student, reference, "average_precision", *detections(rng, images, objects=9, guesses=1))

    @pytest.mark.weight(2)
    def test_second_detections_are_wrong(self, student, reference, rng):
        agree(student, reference, "average_precision", *detections(rng))

    def test_another_threshold(self, student, reference, rng):
        agree(student, reference, "average_precision", *detections(rng), 0.75)

    def test_many_detections(self, student, reference, rng):
        agree(student, reference, "average_precision", *detections(rng, images=6, objects=15))

    def test_who_finds_what(self, student, reference):
        # The second detection overlaps object 0, found before, more than object 1, still free. The third finds object 2
        # by exactly one half, so it does not. The fourth finds object 1. Nobody finds object 3.
        truths = np.array([[0.0, 0, 10, 4], [4, 0, 14, 4], [40, 0, 48, 4], [70, 0, 80, 4]])
        boxes = np.array([[0.0, 0, 10, 4], [1.5, 0, 11.5, 4], [40, 0, 44, 4], [4, 0, 14, 4]])
        agree(student, reference, "average_precision", [boxes], [np.array([0.9, 0.8, 0.7, 0.6])], [truths], 0.5)

    @one_generality
    def test_equal_scores(self, student, reference, rng):
        boxes, scores, truths = detections(rng)
        agree(student, reference, "average_precision", boxes, [np.floor(each * 30) / 30 for each in scores], truths)

    @one_generality
    @pytest.mark.rests_on("test_each_object_found_once")
    def test_no_detections(self, student, rng):
        boxes, scores, truths = detections(rng)
        none = [[each[:0] for each in several] for several in (boxes, scores)]
        assert_close(student.average_precision(*none, truths), 0.0, name="AP without detections")

    @pytest.mark.after("test_each_object_found_once")
    def test_manners(self, student, reference, rng):
        boxes, scores, truths = detections(rng, images=3, objects=6, guesses=1)
        agree_and_keep(student, reference, "average_precision", boxes, scores, truths)
        assert_refuses(student.average_precision, "truths", boxes, scores, [each[:0] for each in truths])
        assert_refuses(student.average_precision, "truths", boxes, scores, truths[:2])
        assert_refuses(student.average_precision, "scores", boxes, [each[1:] for each in scores], truths)
