"""Known wrong answers, each with the hint that a student gets. A call of the reference first refuses bad input."""

import itertools

import numpy as np

from autograder import mistake, reference_beside

reference = reference_beside(__file__)


def sides(boxes):
    return boxes[:, 2:] - boxes[:, :2]


@mistake("box_area", hint="Coordinates are continuous: the width is x2 - x1, without + 1.")
def area_plus_one(boxes):
    return (reference.box_area(boxes) > 0) * (sides(boxes) + 1).prod(axis=1)


@mistake("box_area", hint="Two negative sides have a positive product, one has a negative: no side is below 0.")
def area_of_swapped_corners(boxes):
    reference.box_area(boxes)
    return sides(boxes).prod(axis=1)


def overlap(a, b):
    """(N, M, 2) sides of every intersection, negative where boxes lie apart, and (N, M) sums of the areas."""
    reference.iou(a, b)
    between = np.minimum(a[:, None, 2:], b[None, :, 2:]) - np.maximum(a[:, None, :2], b[None, :, :2])
    return between, reference.box_area(a)[:, None] + reference.box_area(b)[None, :]


@mistake("iou", hint="Boxes apart have two negative sides in common, and those multiply to an area: cut off at 0.")
def iou_not_clipped(a, b):
    between, total = overlap(a, b)
    union = total - between.prod(axis=-1)
    return between.prod(axis=-1) / np.where(union != 0, union, 1)


@mistake("iou", hint="What both boxes cover is counted twice in the sum of their areas: take it off once.")
def iou_over_the_sum(a, b):
    between, total = overlap(a, b)
    return np.maximum(between, 0).prod(axis=-1) / np.where(total > 0, total, 1)


@mistake("iou", hint="Coordinates are continuous: no + 1, neither for the sides of the boxes nor for the overlap's.")
def iou_plus_one(a, b):
    between, total = overlap(a, b)
    shared = np.maximum(between + 1, 0).prod(axis=-1)
    union = (sides(a) + 1).prod(axis=1)[:, None] + (sides(b) + 1).prod(axis=1) - shared
    return np.where(total > 0, shared / np.where(union > 0, union, 1), 0)


@mistake("iou", hint="Two boxes without an inside have a union of 0, and 0 / 0 is NaN: the answer there is 0.")
def iou_zero_by_zero(a, b):
    between, total = overlap(a, b)
    shared = np.maximum(between, 0).prod(axis=-1)
    return shared / (total - shared)


@mistake("iou", hint="Divide by the union of the two boxes, not by the smaller one's area: that is another measure.")
def iou_over_the_smaller(a, b):
    between, _ = overlap(a, b)
    smaller = np.minimum(reference.box_area(a)[:, None], reference.box_area(b)[None, :])
    return np.maximum(between, 0).prod(axis=-1) / np.where(smaller > 0, smaller, 1)


@mistake("iou", hint="A row for each box of a, a column for each box of b: (N, M).")
def iou_rows_for_b(a, b):
    return reference.iou(a, b).T


@mistake("iou", hint="A constant under the fraction line shows where boxes are tiny: ask for a union of 0 instead.")
def iou_with_an_epsilon(a, b):
    between, total = overlap(a, b)
    shared = np.maximum(between, 0).prod(axis=-1)
    return shared / (total - shared + 1e-6)


def suppress(boxes, scores, threshold, left, drops=np.greater):
    """Through the boxes in the order of `left`."""
    reference.nms(boxes, scores, threshold)
    kept = []
    while len(left):
        kept.append(left[0])
        left = left[1:][~drops(reference.iou(boxes[left[:1]], boxes[left[1:]])[0], threshold)]
    return np.array(kept, dtype=np.int64)


@mistake("nms", hint="An IoU of exactly the threshold is no reason to drop a box: > and not >=.")
def nms_drops_at_the_threshold(boxes, scores, threshold):
    return suppress(boxes, scores, threshold, np.argsort(-scores, kind="stable"), np.greater_equal)


@mistake("nms", hint="The kept indices come best score first, not in the order of the boxes.")
def nms_in_order_of_index(boxes, scores, threshold):
    return np.sort(reference.nms(boxes, scores, threshold))


@mistake("nms", hint="Among equal scores the earlier index comes first; turning a sort around puts the later first.")
def nms_last_of_equals(boxes, scores, threshold):
    return suppress(boxes, scores, threshold, np.argsort(scores, kind="stable")[::-1])


@mistake("nms", hint="A box that was dropped drops no others: compare with the boxes that were kept only.")
def nms_dropped_boxes_drop(boxes, scores, threshold):
    reference.nms(boxes, scores, threshold)
    order = np.argsort(-scores, kind="stable")
    return order[~(np.triu(reference.iou(boxes, boxes)[order][:, order], 1) > threshold).any(axis=0)]


@mistake("nms", hint="The best box is only the first object. Go on with the boxes that do not overlap it too much.")
def nms_only_the_best(boxes, scores, threshold):
    return reference.nms(boxes, scores, threshold)[:1]


@mistake("nms", hint="Best score first: np.argsort sorts from the lowest up, so turn the scores' sign, -scores.")
def nms_worst_first(boxes, scores, threshold):
    return suppress(boxes, scores, threshold, np.argsort(scores, kind="stable"))


@mistake("batched_nms", hint="Boxes of two classes may overlap as they like: a box drops only boxes of its own class.")
def batched_nms_ignores_classes(boxes, scores, classes, threshold):
    reference.batched_nms(boxes, scores, classes, threshold)
    return reference.nms(boxes, scores, threshold)


@mistake("batched_nms", hint="The classes' results belong together: sort what is kept by score, over all classes.")
def batched_nms_class_after_class(boxes, scores, classes, threshold):
    kept = reference.batched_nms(boxes, scores, classes, threshold)
    return kept[np.argsort(classes[kept], kind="stable")]


@mistake("batched_nms", hint="Moving each class aside needs the whole span, max - min: coordinates may be negative.")
def batched_nms_not_moved_far_enough(boxes, scores, classes, threshold):
    reference.batched_nms(boxes, scores, classes, threshold)
    return reference.nms(boxes + classes[:, None] * (boxes.max(initial=0) + 1), scores, threshold)


def soften(boxes, scores, sigma, decay, again=True):
    """Soft suppression by another decay; with again=False in the order of the first scores."""
    reference.soft_nms(boxes, scores, sigma)
    decayed, left, order = scores.copy(), np.arange(len(boxes)), []
    while len(left):
        order.append(left[(decayed if again else scores)[left].argmax()])
        left = left[left != order[-1]]
        decayed[left] *= decay(reference.iou(boxes[order[-1:]], boxes[left])[0])
    return np.array(order, dtype=np.int64), decayed[np.array(order, dtype=np.int64)]


@mistake("soft_nms", hint="The exponent is -iou^2 / sigma: sigma is not squared here, and there is no factor 2.")
def soft_nms_with_a_bell_curve(boxes, scores, sigma):
    return soften(boxes, scores, sigma, lambda overlaps: np.exp(-(overlaps**2) / (2 * sigma**2)))


@mistake("soft_nms", hint="The overlap is squared: small overlaps must hardly count.")
def soft_nms_not_squared(boxes, scores, sigma):
    return soften(boxes, scores, sigma, lambda overlaps: np.exp(-overlaps / sigma))


@mistake("soft_nms", hint="Scores change from round to round: look for the highest of those left anew, every time.")
def soft_nms_sorts_once(boxes, scores, sigma):
    return soften(boxes, scores, sigma, lambda overlaps: np.exp(-(overlaps**2) / sigma), again=False)


@mistake("soft_nms", hint="Let a copy of the scores decay: the caller still needs the scores that were passed in.")
def soft_nms_changes_the_scores(boxes, scores, sigma):
    order, decayed = reference.soft_nms(boxes, scores, sigma)
    scores[order] = decayed
    return order, decayed


@mistake("sliding_windows", hint="The last window begins at H - h, that place included: range stops before its end.")
def windows_without_the_last(image_shape, size, stride):
    windows = reference.sliding_windows(image_shape, size, stride)
    return windows[(windows[:, 2] < image_shape[1]) & (windows[:, 3] < image_shape[0])]


@mistake("sliding_windows", hint="A box begins with x, the column; sizes of images and arrays begin with the row.")
def windows_begin_with_y(image_shape, size, stride):
    return reference.sliding_windows(image_shape, size, stride)[:, [1, 0, 3, 2]]


@mistake("sliding_windows", hint="x2 and y2 are where the window ends, x1 + w and y1 + h, not its last pixel.")
def windows_to_the_last_pixel(image_shape, size, stride):
    return reference.sliding_windows(image_shape, size, stride) - np.array([0, 0, 1, 1])


@mistake("sliding_windows", hint="Row by row: all windows of a row, from left to right, before the next row.")
def windows_column_by_column(image_shape, size, stride):
    windows = reference.sliding_windows(image_shape, size, stride)
    return windows[np.lexsort((windows[:, 1], windows[:, 0]))]


@mistake("sliding_windows", hint="Neighbours are stride pixels away, to the right and downwards alike.")
def windows_ignore_the_stride(image_shape, size, stride):
    reference.sliding_windows(image_shape, size, stride)
    return reference.sliding_windows(image_shape, size, 1)


@mistake("make_anchors", hint="An anchor lies around the centre of its cell, half a stride from the cell's corner.")
def anchors_around_the_corner(feature_shape, stride, scales, ratios):
    return reference.make_anchors(feature_shape, stride, scales, ratios) - stride / 2


@mistake("make_anchors", hint="A ratio is height / width: with ratio 2 an anchor stands, it does not lie.")
def anchors_lie_down(feature_shape, stride, scales, ratios):
    reference.make_anchors(feature_shape, stride, scales, ratios)
    return reference.make_anchors(feature_shape, stride, scales, 1 / np.asarray(ratios))


@mistake("make_anchors", hint="All ratios of a scale have the same area: share the ratio out, its root for each side.")
def anchors_of_unequal_area(feature_shape, stride, scales, ratios):
    reference.make_anchors(feature_shape, stride, scales, ratios)
    each = [reference.make_anchors(feature_shape, stride, np.asarray(scales) * np.sqrt(r), [r]) for r in ratios]
    return np.stack([a.reshape(-1, len(scales), 4) for a in each], axis=1).reshape(-1, 4)


@mistake("make_anchors", hint="Within a cell it goes ratio by ratio, and within a ratio through the scales.")
def anchors_scale_by_scale(feature_shape, stride, scales, ratios):
    anchors = reference.make_anchors(feature_shape, stride, scales, ratios)
    return anchors.reshape(-1, len(ratios), len(scales), 4).swapaxes(1, 2).reshape(-1, 4)


@mistake("make_anchors", hint="The column goes with x and the row with y: cell (i, j) lies at x = (j + 1/2) * stride.")
def anchors_rows_to_the_right(feature_shape, stride, scales, ratios):
    anchors = reference.make_anchors(feature_shape, stride, scales, ratios)
    i, j = np.indices(feature_shape).reshape(2, -1).repeat(len(scales) * len(ratios), axis=1)
    return anchors + np.stack([i - j, j - i] * 2, axis=1) * stride


@mistake("encode_boxes", hint="Shifts are measured in sides of the anchor, which the network knows, not of the box.")
def encode_in_sides_of_the_box(boxes, anchors):
    deltas = reference.encode_boxes(boxes, anchors)
    return np.concatenate([deltas[:, :2] / np.exp(deltas[:, 2:]), deltas[:, 2:]], axis=1)


@mistake("encode_boxes", hint="The shift is from centre to centre, not from corner to corner.")
def encode_from_the_corner(boxes, anchors):
    deltas = reference.encode_boxes(boxes, anchors)
    return np.concatenate([(boxes - anchors)[:, :2] / sides(anchors), deltas[:, 2:]], axis=1)


@mistake("encode_boxes", hint="Sides are x2 - x1, without + 1, or decoding does not lead back to the box.")
def encode_plus_one(boxes, anchors):
    reference.encode_boxes(boxes, anchors)
    longer = sides(boxes) + 1, sides(anchors) + 1
    shift = boxes[:, :2] + longer[0] / 2 - anchors[:, :2] - longer[1] / 2
    return np.concatenate([shift / longer[1], np.log(longer[0] / longer[1])], axis=1)


@mistake("encode_boxes", hint="The network answers the logarithm of the growth: t_w = log(w / w_a).")
def encode_without_logarithm(boxes, anchors):
    deltas = reference.encode_boxes(boxes, anchors)
    return np.concatenate([deltas[:, :2], np.exp(deltas[:, 2:])], axis=1)


@mistake("encode_boxes", hint="Growth is box by anchor, w / w_a; the other way round the logarithm changes its sign.")
def encode_anchor_by_box(boxes, anchors):
    return reference.encode_boxes(boxes, anchors) * np.array([1, 1, -1, -1]).astype(boxes.dtype)


@mistake("decode_boxes", hint="exp overflows for an answer of 1000: limit t_w and t_h to MAX_LOG_SCALE before it.")
def decode_without_limit(deltas, anchors):
    boxes, half = reference.decode_boxes(deltas, anchors), sides(anchors) * np.exp(deltas[:, 2:]) / 2
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    return np.concatenate([centres - half, centres + half], axis=1)


@mistake("decode_boxes", hint="A shift is measured in sides of the anchor: t_x times its width, t_y times its height.")
def decode_shifts_in_pixels(deltas, anchors):
    return reference.decode_boxes(deltas, anchors) + np.tile(deltas[:, :2] * (1 - sides(anchors)), 2)


@mistake("decode_boxes", hint="A box is given by its edges: centre and size are on the way there, half to each side.")
def decode_to_centre_and_size(deltas, anchors):
    boxes = reference.decode_boxes(deltas, anchors)
    return np.concatenate([(boxes[:, :2] + boxes[:, 2:]) / 2, sides(boxes)], axis=1)


@mistake("decode_boxes", hint="The shift begins at the anchor's centre, not at its left upper corner.")
def decode_from_the_corner(deltas, anchors):
    return reference.decode_boxes(deltas, anchors) - np.tile(sides(anchors) / 2, 2)


@mistake("decode_boxes", hint="The growth is a logarithm: w = w_a * exp(t_w).")
def decode_without_exponential(deltas, anchors):
    boxes = reference.decode_boxes(deltas, anchors)
    centres, half = (boxes[:, :2] + boxes[:, 2:]) / 2, sides(anchors) * deltas[:, 2:] / 2
    return np.concatenate([centres - half, centres + half], axis=1)


@mistake("match_anchors", hint="An IoU of exactly high is enough: >= and not >.")
def match_above_high_only(anchors, truths, low=0.3, high=0.7):
    return reference.match_anchors(anchors, truths, low, np.nextafter(high, 1))


def by_thresholds(anchors, truths, low, high):
    """Labels by the two thresholds alone: no object claims an anchor."""
    labels = reference.match_anchors(anchors, truths, low, high)
    value = reference.iou(anchors, truths).max(axis=1, initial=0)
    return np.where(value >= high, labels, np.where(value < low, -1, -2))


@mistake("match_anchors", hint="No object may be forgotten: its best anchor is taken even where the IoU is below high.")
def match_forgets_objects(anchors, truths, low=0.3, high=0.7):
    return by_thresholds(anchors, truths, low, high)


@mistake("match_anchors", hint="Between low and high an anchor is neither: IGNORED, so that it learns nothing wrong.")
def match_never_ignores(anchors, truths, low=0.3, high=0.7):
    labels = reference.match_anchors(anchors, truths, low, high)
    return np.where(labels == -2, -1, labels)


@mistake(
    "match_anchors", hint="An anchor that is some object's best still gets the object that it overlaps most itself."
)
def match_gives_to_the_claimer(anchors, truths, low=0.3, high=0.7):
    labels, overlaps = reference.match_anchors(anchors, truths, low, high), reference.iou(anchors, truths)
    for k in range(len(truths)):
        labels[(overlaps[:, k] == overlaps[:, k].max()) & (overlaps[:, k] > 0)] = k
    return labels


@mistake(
    "match_anchors", hint="If several anchors overlap an object equally well, all of them are taken, not the first."
)
def match_first_best_only(anchors, truths, low=0.3, high=0.7):
    labels = by_thresholds(anchors, truths, low, high)
    overlaps = reference.iou(anchors, truths)
    if overlaps.size:
        best = overlaps.argmax(axis=0)[overlaps.max(axis=0) > 0]
        labels[best] = overlaps.argmax(axis=1)[best]
    return labels


@mistake("match_anchors", hint="BACKGROUND is below low, strictly: an IoU of exactly low is IGNORED.")
def match_background_at_low(anchors, truths, low=0.3, high=0.7):
    labels = reference.match_anchors(anchors, truths, low, high)
    value = reference.iou(anchors, truths).max(axis=1, initial=0)
    return np.where((labels == -2) & (value <= low), -1, labels)


@mistake("match_anchors", hint="An object that no anchor touches claims none: an IoU of 0 is no overlap.")
def match_claims_by_nothing(anchors, truths, low=0.3, high=0.7):
    labels, overlaps = reference.match_anchors(anchors, truths, low, high), reference.iou(anchors, truths)
    claimed = (overlaps == overlaps.max(axis=0, initial=0)).any(axis=1)
    return np.where(claimed, overlaps.argmax(axis=1), labels) if overlaps.size else labels


@mistake("yolo_decode", hint="The channels hold all numbers of anchor 0 first: the anchor is the outer axis.")
def yolo_numbers_before_anchors(grid, anchors, stride):
    reference.yolo_decode(grid, anchors, stride)
    turned = grid.reshape(len(grid), -1, len(anchors), *grid.shape[2:]).swapaxes(1, 2)
    return reference.yolo_decode(turned.reshape(grid.shape), anchors, stride)


@mistake("yolo_decode", hint="x goes with the column and y with the row.")
def yolo_row_for_x(grid, anchors, stride):
    boxes, scores = reference.yolo_decode(grid, anchors, stride)
    i, j = np.indices(grid.shape[2:]).reshape(2, -1).repeat(len(anchors), axis=1)
    return boxes + np.stack([i - j, j - i] * 2, axis=1).astype(grid.dtype) * stride, scores


@mistake("yolo_decode", hint="A class counts only where there is an object: multiply by s(t_o).")
def yolo_without_objectness(grid, anchors, stride):
    boxes, scores = reference.yolo_decode(grid, anchors, stride)
    t = grid.reshape(len(grid), len(anchors), -1, *grid.shape[2:])[:, :, 5:].transpose(0, 3, 4, 1, 2)
    return boxes, (1 / (1 + np.exp(-np.clip(t, -700, 700)))).reshape(scores.shape)


@mistake("yolo_decode", hint="s(t_x) is where the centre lies within its cell: add the cell's column j, and the row i.")
def yolo_without_the_cell(grid, anchors, stride):
    boxes, scores = reference.yolo_decode(grid, anchors, stride)
    i, j = np.indices(grid.shape[2:]).reshape(2, -1).repeat(len(anchors), axis=1)
    return boxes - np.stack([j, i] * 2, axis=1).astype(grid.dtype) * stride, scores


@mistake("yolo_decode", hint="The centre is asked in pixels: a cell is stride pixels wide.")
def yolo_centres_in_cells(grid, anchors, stride):
    boxes, scores = reference.yolo_decode(grid, anchors, stride)
    centres = (boxes[..., :2] + boxes[..., 2:]) / 2
    return boxes - np.tile(centres - centres / stride, 2), scores


@mistake("yolo_decode", hint="The centre's t go through the sigmoid, so that it never leaves its cell.")
def yolo_centres_without_sigmoid(grid, anchors, stride):
    boxes, scores = reference.yolo_decode(grid, anchors, stride)
    t = grid.reshape(len(grid), len(anchors), -1, *grid.shape[2:])[:, :, :2].transpose(0, 3, 4, 1, 2)
    t = t.reshape(len(grid), -1, 2)
    return boxes + np.tile((t - 1 / (1 + np.exp(-np.clip(t, -700, 700)))) * stride, 2), scores


@mistake("roi_max_pool", hint="x2 is where the region ends, not its last cell: it is x2 - x1 cells wide, no + 1.")
def roi_plus_one(features, rois, size):
    reference.roi_max_pool(features, rois, size)
    return reference.roi_max_pool(features, np.rint(rois) + np.array([0, 0, 0, 1, 1]), size)


@mistake("roi_max_pool", hint="The first number of a region says which image of the batch it lies in.")
def roi_of_the_first_image(features, rois, size):
    reference.roi_max_pool(features, rois, size)
    return reference.roi_max_pool(features, rois * np.array([0, 1, 1, 1, 1]), size)


@mistake("roi_max_pool", hint="Features may be negative: a bin begins with its first cell, not with 0.")
def roi_never_below_zero(features, rois, size):
    return np.maximum(reference.roi_max_pool(features, rois, size), 0)


@mistake("roi_max_pool", hint="A bin's end is rounded up: it shares a row with its neighbour rather than lose it.")
def roi_bins_lose_cells(features, rois, size):
    out = reference.roi_max_pool(features, rois, size) * 0
    for k, (n, x1, y1, x2, y2) in enumerate(np.rint(rois).astype(int)):
        h, w = max(y2 - y1, 1), max(x2 - x1, 1)
        for p, q in np.ndindex(*size):
            rows = slice(max(y1 + p * h // size[0], 0), max(y1 + (p + 1) * h // size[0], 0))
            columns = slice(max(x1 + q * w // size[1], 0), max(x1 + (q + 1) * w // size[1], 0))
            cells = features[n, :, rows, columns]
            out[k, :, p, q] = cells.max(axis=(1, 2)) if cells.size else 0
    return out


@mistake("roi_max_pool", hint="A region is (n, x1, y1, x2, y2): x runs along the columns, the map's last axis.")
def roi_rows_for_x(features, rois, size):
    reference.roi_max_pool(features, rois, size)
    return reference.roi_max_pool(features, rois[:, [0, 2, 1, 4, 3]], size)


@mistake("roi_max_pool", hint="Round the corners to the nearest whole cell, np.rint; casting to int only cuts off.")
def roi_corners_cut_off(features, rois, size):
    reference.roi_max_pool(features, rois, size)
    return reference.roi_max_pool(features, np.trunc(rois), size)


@mistake(
    "roi_max_pool",
    hint="Only cells on the map count, and a bin without any is 0; a negative index counts from the end.",
)
def roi_wraps_around(features, rois, size):
    out = reference.roi_max_pool(features, rois, size)
    for k, (n, x1, y1, x2, y2) in enumerate(np.rint(rois).astype(int)):
        h, w = max(y2 - y1, 1), max(x2 - x1, 1)
        for p, q in np.ndindex(*size):
            rows = slice(y1 + p * h // size[0], y1 - (-(p + 1) * h // size[0]))
            columns = slice(x1 + q * w // size[1], x1 - (-(q + 1) * w // size[1]))
            cells = features[n, :, rows, columns]
            out[k, :, p, q] = cells.max(axis=(1, 2)) if cells.size else 0
    return out


@mistake("fpn_merge", hint="Hand down the merged map, not the coarse one itself: it must reach the finest map too.")
def fpn_hands_down_one_level(maps):
    reference.fpn_merge(maps)
    return [reference.fpn_merge(list(each))[0] for each in itertools.pairwise(maps)] + [maps[-1].copy()]


@mistake("fpn_merge", hint="The result is in the order of maps: finest first.")
def fpn_coarsest_first(maps):
    return reference.fpn_merge(maps)[::-1]


@mistake("fpn_merge", hint="Sizes do not always double: row i of H takes row floor(i h / H) of h.")
def fpn_always_doubles(maps):
    merged = reference.fpn_merge(maps)[-1:]
    for fine in maps[-2::-1]:
        twice = merged[0].repeat(2, axis=2).repeat(2, axis=3)
        short = [(0, max(n - m, 0)) for n, m in zip(fine.shape, twice.shape, strict=True)]
        merged.insert(0, fine + np.pad(twice, short, mode="edge")[:, :, : fine.shape[2], : fine.shape[3]])
    return merged


@mistake(
    "fpn_merge", hint="Each cell is added to the 2 x 2 cells under it, np.repeat: tiling puts whole maps side by side."
)
def fpn_tiles(maps):
    merged = reference.fpn_merge(maps)[-1:]
    for fine in maps[-2::-1]:
        rows, columns = np.arange(fine.shape[2]) % merged[0].shape[2], np.arange(fine.shape[3]) % merged[0].shape[3]
        merged.insert(0, fine + merged[0][:, :, rows[:, None], columns])
    return merged


def rightness(boxes, scores, truths, threshold, again=False):
    """Which detections are right, best score first, and the number of true boxes."""
    reference.average_precision(boxes, scores, truths, threshold)
    right, found = [], set()
    for _, image, k in sorted((-s, image, k) for image, each in enumerate(scores) for k, s in enumerate(each)):
        overlaps = reference.iou(boxes[image][[k]], truths[image])[0]
        pair = image, overlaps.argmax() if len(overlaps) else None
        right.append(overlaps.max(initial=0) > threshold and (again or pair not in found))
        found |= {pair} if right[-1] else set()
    return np.array(right, dtype=bool), sum(len(each) for each in truths)


@mistake("average_precision", hint="The overlap must be above the threshold: an IoU of exactly one half finds nothing.")
def ap_at_the_threshold(boxes, scores, truths, threshold=0.5):
    return reference.average_precision(boxes, scores, truths, np.nextafter(threshold, 0))


@mistake("average_precision", hint="An object is found once: every further detection of it is wrong.")
def ap_counts_twice(boxes, scores, truths, threshold=0.5):
    right, total = rightness(boxes, scores, truths, threshold, again=True)
    precision = np.cumsum(right) / np.arange(1, len(right) + 1)
    return float(np.maximum.accumulate(precision[::-1])[::-1][right].sum() / total)


@mistake("average_precision", hint="At each recall counts the best precision there or at a higher recall.")
def ap_of_the_raw_curve(boxes, scores, truths, threshold=0.5):
    right, total = rightness(boxes, scores, truths, threshold)
    return float((np.cumsum(right) / np.arange(1, len(right) + 1))[right].sum() / total)


@mistake("average_precision", hint="Sort the detections of all images together before counting, not image by image.")
def ap_image_by_image(boxes, scores, truths, threshold=0.5):
    later = [each - 10 * image for image, each in enumerate(scores)]
    return reference.average_precision(boxes, later, truths, threshold)


@mistake("average_precision", hint="Recall is a share of all true boxes: objects that are never found cost theirs.")
def ap_of_what_was_found(boxes, scores, truths, threshold=0.5):
    right, total = rightness(boxes, scores, truths, threshold)
    return reference.average_precision(boxes, scores, truths, threshold) * total / max(right.sum(), 1)


@mistake("average_precision", hint="Best score first: np.argsort sorts from the lowest up.")
def ap_worst_first(boxes, scores, truths, threshold=0.5):
    return reference.average_precision(boxes, [-each for each in scores], truths, threshold)


@mistake(
    "average_precision",
    hint="The area counts every recall that is reached; a mean over 11 levels was used before 2010.",
)
def ap_of_eleven_levels(boxes, scores, truths, threshold=0.5):
    right, total = rightness(boxes, scores, truths, threshold)
    precision, recall = np.cumsum(right) / np.arange(1, len(right) + 1), np.cumsum(right) / total
    return float(np.mean([precision[recall >= level].max(initial=0) for level in np.linspace(0, 1, 11)]))


@mistake(
    "average_precision",
    hint="A detection looks at the box that it overlaps most, found before or not: it takes no second choice.",
)
def ap_takes_the_next_best(boxes, scores, truths, threshold=0.5):
    reference.average_precision(boxes, scores, truths, threshold)
    left, right = [each.copy() for each in truths], []
    for _, image, k in sorted((-s, image, k) for image, each in enumerate(scores) for k, s in enumerate(each)):
        overlaps = reference.iou(boxes[image][[k]], left[image])[0]
        right.append(overlaps.max(initial=0) > threshold)
        if right[-1]:
            left[image] = np.delete(left[image], overlaps.argmax(), axis=0)
    precision = np.cumsum(right) / np.arange(1, len(right) + 1)
    best = np.maximum.accumulate(precision[::-1])[::-1]
    return float(best[np.array(right, dtype=bool)].sum() / sum(len(each) for each in truths))
