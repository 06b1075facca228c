"""Hidden checks: random boxes, exact thresholds and ties, boxes without an inside, and manners."""

import numpy as np
import pytest

from autograder import assert_close, assert_dtype, assert_inputs_unchanged, assert_refuses, each_exercise, no_warnings

WINDOWS = {
    "last window just fits": ((9, 12), (3, 4), 2),
    "every pixel": ((4, 6), (3, 2), 1),
    "one window": ((5, 7), (5, 7), 3),
    "one pixel, gaps": ((6, 11), (1, 1), 4),
}
MAPS = {
    "halves": [(8, 12), (4, 6), (2, 3)],
    "halves rounded down": [(15, 23), (7, 11), (3, 5), (1, 2)],
    "other steps": [(9, 8), (3, 8), (3, 2)],
}


def random_boxes(rng, n, extent=20.0):
    """Boxes of all shapes around the origin: many overlap, many do not."""
    corner = rng.uniform(-extent, extent, size=(n, 2))
    return np.concatenate([corner, corner + rng.uniform(0.1, 1, size=(n, 2)) * extent], axis=1)


def crowds(rng, n):
    """Boxes in two crowds, so that overlaps of all degrees occur, with scores that all differ."""
    centres = np.array([[0.0, 5.0], [-30.0, 20.0]])[np.arange(n) % 2] + rng.normal(scale=3, size=(n, 2))
    half = rng.uniform(6, 9, size=(n, 2))
    return np.concatenate([centres - half, centres + half], axis=1), rng.permutation(n) / n + 0.05


def without_inside(rng):
    """Two proper boxes among degenerate ones: a point, a line, a point again, one and both axes swapped."""
    corners = [[0, 1, 2, 3], [0, 1, 0, 1], [0, 1, 2, 1], [0, 1, 0, 1], [2, 1, 0, 3], [2, 3, 0, 1], [0, 1, 2, 3]]
    return random_boxes(rng, 1)[0][corners] + np.array([[0.0, 0, 0, 0]] * 6 + [[0, 0, 0, 1]])


def agree(student, reference, name, *arguments):
    assert_close(getattr(student, name)(*arguments), getattr(reference, name)(*arguments))


def agree_and_keep(student, reference, name, *arguments):
    """The right answer, and the arguments as they were."""
    out = assert_inputs_unchanged(getattr(student, name), *arguments)
    assert_close(out, getattr(reference, name)(*arguments))
    return out


@pytest.mark.exercise("box_area")
class TestBoxArea:
    @pytest.mark.parametrize("n", [8, 1])
    def test_random_boxes(self, student, reference, rng, n):
        agree(student, reference, "box_area", random_boxes(rng, n))

    @pytest.mark.after("test_random_boxes")
    def test_boxes_without_inside(self, student, reference, rng):
        agree(student, reference, "box_area", without_inside(rng))

    @pytest.mark.after("test_random_boxes")
    def test_manners(self, student, reference, rng):
        boxes = random_boxes(rng, 6).astype(np.float32)[::2]
        assert_dtype(agree_and_keep(student, reference, "box_area", boxes), "float32")
        assert_close(student.box_area(np.zeros((0, 4))), np.zeros(0), name="the areas of no boxes")
        assert_refuses(student.box_area, "boxes", rng.normal(size=(4, 3)))


@pytest.mark.exercise("iou")
class TestIou:
    @pytest.mark.parametrize("n, m", [(5, 7), (1, 6)])
    def test_random_boxes(self, student, reference, rng, n, m):
        agree(student, reference, "iou", random_boxes(rng, n), random_boxes(rng, m))

    def test_boxes_without_inside(self, student, reference, rng):
        boxes = without_inside(rng)
        with no_warnings():
            out = student.iou(boxes, boxes[1:])
        assert_close(out, reference.iou(boxes, boxes[1:]))

    @pytest.mark.after("test_random_boxes")
    def test_tiny_boxes(self, student, reference, rng):
        # Measured in shares of the image, a small box has an area of 1e-8: whatever is added to it shows.
        agree(student, reference, "iou", random_boxes(rng, 4) * 1e-5, random_boxes(rng, 3) * 1e-5)

    @pytest.mark.after("test_random_boxes")
    def test_manners(self, student, reference, rng):
        a, b = random_boxes(rng, 8).astype(np.float32)[::2], random_boxes(rng, 3).astype(np.float32)
        assert_dtype(agree_and_keep(student, reference, "iou", a, b), "float32")
        agree(student, reference, "iou", np.rint(a * 9).astype(int), np.rint(b * 9).astype(int))
        assert_close(student.iou(a[:0], b), np.zeros((0, 3), np.float32), name="the IoU of no boxes")
        assert_refuses(student.iou, "a", a[0], b)
        assert_refuses(student.iou, "b", a, b[:, :3])


@each_exercise("nms", "batched_nms", "soft_nms")
class TestSuppression:
    def arguments(self, rng, name, boxes, scores, limit):
        classes = [rng.permutation(np.resize([-3, 0, 70000], len(boxes)))] if name == "batched_nms" else []
        return boxes, scores, *classes, limit

    @pytest.mark.parametrize("limit", [0.15, 0.5])
    def test_crowds(self, student, reference, rng, name, limit):
        agree(student, reference, name, *self.arguments(rng, name, *crowds(rng, 15), limit))

    @pytest.mark.after("test_crowds")
    def test_equal_scores(self, student, reference, rng, name):
        boxes, scores = crowds(rng, 12)[0], rng.integers(1, 4, size=12) / 4
        agree(student, reference, name, *self.arguments(rng, name, boxes, scores, 0.4))

    @pytest.mark.after("test_crowds")
    def test_boxes_without_inside(self, student, reference, rng, name):
        limit = 0.1 if name == "soft_nms" else 0.0
        arguments = self.arguments(rng, name, without_inside(rng), rng.permutation(7) / 7, limit)
        with no_warnings():
            agree(student, reference, name, *arguments)

    @pytest.mark.after("test_crowds")
    def test_manners(self, student, reference, rng, name):
        crowd = (each.astype(np.float32)[::2] for each in crowds(rng, 12))
        agree_and_keep(student, reference, name, *self.arguments(rng, name, *crowd, 0.4))

    @pytest.mark.after("test_crowds")
    def test_no_boxes_and_bad_input(self, student, reference, rng, name):
        boxes, scores, *classes, limit = self.arguments(rng, name, *crowds(rng, 6), 0.4)
        function = getattr(student, name)
        agree(student, reference, name, boxes[:0], scores[:0], *(each[:0] for each in classes), limit)
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

    @pytest.mark.parametrize("threshold", [0.25, 0.5, 1.0])
    def test_exactly_the_threshold(self, student, reference, rng, threshold):
        # Of each pair, the smaller box covers just the threshold's share of the larger one, or a little more.
        shares = np.array([threshold, min(threshold + 0.125, 1), threshold])
        x1 = np.arange(3.0) * 10 + rng.integers(-9, 9)
        boxes = [np.stack([x1, x1, x1 + 8 * each, x1 + 4], axis=1) for each in (shares, 1)]
        agree(student, reference, "nms", np.concatenate(boxes), rng.permutation(6) / 6, threshold)


@pytest.mark.exercise("batched_nms")
def test_classes_left_of_the_image(student, reference, rng):
    # Whoever moves class 1 aside by the largest coordinate plus 1 moves it onto class 0.
    boxes, _ = crowds(rng, 4)
    boxes = np.concatenate([boxes, boxes - boxes.max() - 1])
    agree(student, reference, "batched_nms", boxes, rng.permutation(8) / 8, np.repeat([0, 1], 4), 0.3)


@pytest.mark.exercise("sliding_windows")
class TestSlidingWindows:
    @pytest.mark.parametrize("kind", WINDOWS)
    def test_places(self, student, reference, kind):
        agree(student, reference, "sliding_windows", *WINDOWS[kind])

    @pytest.mark.after("test_places")
    def test_bad_input(self, student):
        for size in ((6, 2), (2, 8), (0, 2)):
            assert_refuses(student.sliding_windows, "size", (5, 7), size, 1)
        assert_refuses(student.sliding_windows, "stride", (5, 7), (2, 3), 0)


@pytest.mark.exercise("make_anchors")
class TestMakeAnchors:
    @pytest.mark.parametrize("shape, count", [((3, 4), (2, 3)), ((1, 5), (3, 1)), ((2, 1), (1, 2))])
    def test_random_shapes(self, student, reference, rng, shape, count):
        scales, ratios = rng.uniform(4, 40, size=count[0]), rng.uniform(0.2, 5, size=count[1])
        agree(student, reference, "make_anchors", shape, int(rng.integers(4, 32)), list(scales), tuple(ratios))

    @pytest.mark.after("test_random_shapes")
    def test_bad_input(self, student):
        assert_refuses(student.make_anchors, "stride", (2, 3), 0, [4.0], [1.0])
        assert_refuses(student.make_anchors, "scales", (2, 3), 8, [4.0, -4.0], [1.0])
        assert_refuses(student.make_anchors, "ratios", (2, 3), 8, [4.0], [1.0, 0.0])


@each_exercise("encode_boxes", "decode_boxes")
class TestDeltas:
    @pytest.mark.parametrize("n", [7, 1])
    def test_random_boxes(self, student, reference, rng, name, n):
        given = random_boxes(rng, n) if name == "encode_boxes" else rng.normal(size=(n, 4))
        agree(student, reference, name, given, random_boxes(rng, n))

    @pytest.mark.after("test_random_boxes")
    def test_manners(self, student, reference, rng, name):
        function, first = getattr(student, name), {"encode_boxes": "boxes", "decode_boxes": "deltas"}[name]
        given, anchors = random_boxes(rng, 8, 2.0).astype(np.float32)[::2], random_boxes(rng, 4).astype(np.float32)
        assert_dtype(agree_and_keep(student, reference, name, given, anchors), "float32")
        assert_close(function(given[:0], anchors[:0]), given[:0], name="the result for no boxes")
        assert_refuses(function, first, given[:, :3], anchors)
        assert_refuses(function, "anchors", given, anchors[:3])
        if name == "encode_boxes":
            assert_refuses(function, "boxes", given[:, [0, 1, 0, 3]], anchors)
            assert_refuses(function, "anchors", given, anchors[:, [0, 3, 2, 1]])


@pytest.mark.exercise("decode_boxes")
def test_huge_answers_are_limited(student, reference, rng):
    deltas = rng.normal(size=(6, 4)) * np.array([1, 1, 900, 900]) + np.array([80, -80, 0, 0])
    with no_warnings():
        agree(student, reference, "decode_boxes", deltas, random_boxes(rng, 6))


@pytest.mark.exercise("match_anchors")
class TestMatchAnchors:
    @pytest.mark.parametrize("low, high", [(0.3, 0.7), (0.1, 0.35)])
    def test_grid_of_anchors(self, student, reference, rng, low, high):
        anchors = reference.make_anchors((3, 4), 10, [8, 15], [0.5, 1, 2])
        truths = anchors[[9, 40, 46]] + rng.normal(scale=1.5, size=(3, 4))
        agree(student, reference, "match_anchors", anchors, truths, low, high)

    def test_exactly_the_thresholds(self, student, reference, rng):
        # An object of 8 x 4 and anchors of 8, 7, 6, ... 0 times 4: their IoU is 8/8, 7/8, ... 0. Another is elsewhere.
        anchors = np.array([[0.0, 0, width, 4] for width in rng.permutation(9)])
        agree(student, reference, "match_anchors", anchors, np.array([[0.0, 0, 8, 4], [50, 50, 60, 60]]), 0.25, 0.75)

    def test_no_object_is_forgotten(self, student, reference, rng):
        # Object 1 has two equally poor anchors, the best anchor of object 2 is object 0's, no anchor touches object 3.
        anchors = np.array([[0.0, 0, 10, 10], [0, 0, 10, 4], [20, 0, 24, 4], [30, 0, 34, 4], [60, 60, 70, 70]])
        truths = np.array([[0.0, 0, 10, 9], [23, 0, 31, 4], [8, 8, 20, 20], [90, 90, 99, 99]])
        shift = rng.integers(-9, 9)
        agree(student, reference, "match_anchors", anchors + shift, truths + shift)

    @pytest.mark.after("test_grid_of_anchors")
    def test_manners(self, student, reference, rng):
        anchors, truths = random_boxes(rng, 9).astype(np.float32), random_boxes(rng, 6).astype(np.float32)[::2]
        agree_and_keep(student, reference, "match_anchors", anchors, truths)
        assert_close(student.match_anchors(anchors, truths[:0]), np.full(9, -1), name="labels without objects")
        assert_refuses(student.match_anchors, "anchors", anchors[0], truths)
        assert_refuses(student.match_anchors, "truths", anchors, truths[:, :2])
        for low, high in ((0.8, 0.7), (-0.1, 0.7), (0.3, 1.1)):
            assert_refuses(student.match_anchors, "low", anchors, truths, low, high)


@pytest.mark.exercise("yolo_decode")
class TestYoloDecode:
    @pytest.mark.parametrize("n, shapes, classes, h, w", [(2, 3, 4, 5, 6), (1, 2, 1, 4, 3), (3, 1, 2, 1, 4)])
    def test_random_answers(self, student, reference, rng, n, shapes, classes, h, w):
        grid = rng.normal(size=(n, shapes * (5 + classes), h, w))
        agree(student, reference, "yolo_decode", grid, rng.uniform(4, 50, size=(shapes, 2)), 16)

    @pytest.mark.after("test_random_answers")
    def test_sure_answers(self, student, reference, rng):
        grid = rng.normal(scale=800, size=(2, 2, 7, 3, 4))
        grid[:, :, 2:4] /= 800  # the logarithms of the size
        with no_warnings():
            agree(student, reference, "yolo_decode", grid.reshape(2, 14, 3, 4), rng.uniform(4, 50, size=(2, 2)), 8)

    @pytest.mark.after("test_random_answers")
    def test_manners(self, student, reference, rng):
        grid = rng.normal(size=(2, 12, 3, 10)).astype(np.float32)[..., ::2]
        anchors = rng.uniform(4, 50, size=(2, 2)).astype(np.float32)
        for out in agree_and_keep(student, reference, "yolo_decode", grid, anchors, 8):
            assert_dtype(out, "float32")
        for wrong in (grid[:, :11], grid[:, :10], grid[0]):  # no multiple of two anchors, no class, no batch
            assert_refuses(student.yolo_decode, "grid", wrong, anchors, 8)


@pytest.mark.exercise("roi_max_pool")
class TestRoiMaxPool:
    @pytest.mark.parametrize("size", [(3, 2), (5, 1), (6, 7)], ids=["uneven bins", "one column", "more than cells"])
    def test_random_regions(self, student, reference, rng, size):
        # Negative features: nothing else may win. The corners are up to 0.4 away from whole cells.
        start, length = rng.integers(0, 4, size=(5, 2)), rng.integers(2, 6, size=(5, 2))
        corners = np.concatenate([start, start + length], axis=1) + rng.uniform(-0.4, 0.4, size=(5, 4))
        rois = np.concatenate([rng.permutation([0, 1, 2, 2, 0])[:, None], corners], axis=1)
        agree(student, reference, "roi_max_pool", rng.uniform(-9, -1, size=(3, 2, 9, 11)), rois, size)

    @pytest.mark.after("test_random_regions")
    def test_regions_at_and_beyond_the_border(self, student, reference, rng):
        corners = [[-7, -2, 4, 3], [3, 2, 11, 9], [7, 8, 9, 9], [2, 1, 2, 1], [4, 3, 1, 2], [0, 0, 6, 5]]
        rois = np.concatenate([np.zeros((6, 1)), corners], axis=1)
        agree(student, reference, "roi_max_pool", rng.normal(size=(1, 4, 5, 6)) - 5, rois, (4, 3))

    @pytest.mark.after("test_random_regions")
    def test_manners(self, student, reference, rng):
        features, rois = np.float32(rng.normal(size=(2, 3, 7, 8))), np.array([[1.0, 2, 1, 7, 4]])
        assert_dtype(agree_and_keep(student, reference, "roi_max_pool", features, rois, (2, 3)), "float32")
        for wrong in (rois[:, 1:], rois + np.eye(5)[0], rois - 2 * np.eye(5)[0]):  # no number, image 2, image -1
            assert_refuses(student.roi_max_pool, "rois", features, wrong, (2, 3))
        assert_refuses(student.roi_max_pool, "size", features, rois, (0, 3))


@pytest.mark.exercise("fpn_merge")
class TestFpnMerge:
    @pytest.mark.parametrize("kind", MAPS)
    def test_random_maps(self, student, reference, rng, kind):
        agree(student, reference, "fpn_merge", [rng.normal(size=(2, 3, *size)) for size in MAPS[kind]])

    @pytest.mark.after("test_random_maps")
    def test_manners(self, student, reference, rng):
        maps = [rng.normal(size=(1, 2, 4 * k, 3 * k)).astype(np.float32) for k in (4, 2, 1)]
        assert_dtype(agree_and_keep(student, reference, "fpn_merge", maps)[0], "float32", name="the finest map")
        assert_close(student.fpn_merge(maps[2:]), maps[2:], name="a single map")
        for wrong in ([], maps[::-1], [maps[0], maps[1][:, :1]]):  # none, coarsest first, channels lost
            assert_refuses(student.fpn_merge, "maps", wrong)


def detections(rng, images=4, objects=3):
    """For each object a good guess and a poor one, and some where nothing is."""
    truths = [random_boxes(rng, objects, 30) for _ in range(images - 1)] + [np.zeros((0, 4))]
    boxes = [np.concatenate([np.repeat(each, 2, axis=0), random_boxes(rng, 2, 30)]) for each in truths]
    boxes = [each + rng.normal(size=each.shape) * np.resize([[0.3], [2.5]], (len(each), 1)) for each in boxes]
    ranks = np.split(rng.permutation(sum(map(len, boxes))), np.cumsum([len(each) for each in boxes])[:-1])
    return boxes, [(each + 1) / 99 for each in ranks], truths


@pytest.mark.exercise("average_precision")
class TestAveragePrecision:
    @pytest.mark.parametrize("threshold", [0.5, 0.75])
    def test_random_detections(self, student, reference, rng, threshold):
        agree(student, reference, "average_precision", *detections(rng), threshold)

    def test_who_finds_what(self, student, reference):
        # The second detection overlaps object 0, found before, more than object 1, still free. The third finds object 2
        # by exactly one half, so it does not. The fourth finds object 1.
        truths = np.array([[0.0, 0, 10, 4], [4, 0, 14, 4], [40, 0, 48, 4]])
        boxes = np.array([[0.0, 0, 10, 4], [1.5, 0, 11.5, 4], [40, 0, 44, 4], [4, 0, 14, 4]])
        agree(student, reference, "average_precision", [boxes], [np.array([0.9, 0.8, 0.7, 0.6])], [truths], 0.5)

    @pytest.mark.after("test_random_detections")
    def test_equal_scores(self, student, reference, rng):
        boxes, scores, truths = detections(rng)
        agree(student, reference, "average_precision", boxes, [np.floor(each * 30) / 30 for each in scores], truths)

    @pytest.mark.after("test_random_detections")
    def test_manners(self, student, reference, rng):
        boxes, scores, truths = detections(rng, images=3, objects=2)
        agree_and_keep(student, reference, "average_precision", boxes, scores, truths)
        none = [[each[:0] for each in several] for several in (boxes, scores, truths)]
        assert_close(student.average_precision(*none[:2], truths), 0.0, name="AP without detections")
        assert_refuses(student.average_precision, "truths", boxes, scores, none[2])
        assert_refuses(student.average_precision, "truths", boxes, scores, truths[:2])
        assert_refuses(student.average_precision, "scores", boxes, [each[1:] for each in scores], truths)
