"""One box at a time, with plain Python numbers; lists and namedtuples for tuples."""

import collections
import itertools
import math

SoftResult = collections.namedtuple("SoftResult", "order decayed")


def box_area(boxes):
    require_boxes("boxes", boxes)
    areas = [max(x2 - x1, 0) * max(y2 - y1, 0) for x1, y1, x2, y2 in boxes]
    return np.array(areas, dtype=boxes.dtype)


def _pair(p, q):
    w, h = min(p[2], q[2]) - max(p[0], q[0]), min(p[3], q[3]) - max(p[1], q[1])
    if w <= 0 or h <= 0:
        return 0.0
    inside = w * h
    return inside / ((p[2] - p[0]) * (p[3] - p[1]) + (q[2] - q[0]) * (q[3] - q[1]) - inside)


def iou(a, b):
    require_boxes("a", a)
    require_boxes("b", b)
    out = np.zeros((len(a), len(b)), dtype=a.dtype if a.dtype.kind == "f" else np.float64)
    for (i, p), (j, q) in itertools.product(enumerate(a.astype(float)), enumerate(b.astype(float))):
        out[i, j] = _pair(p, q)
    return out


def _check(boxes, scores):
    require_boxes("boxes", boxes)
    if len(scores) != len(boxes):
        raise ValueError("scores do not fit")


def nms(boxes, scores, threshold):
    _check(boxes, scores)
    if threshold < 0 or threshold > 1:
        raise ValueError("threshold")
    kept = []
    for k in sorted(range(len(boxes)), key=lambda k: -scores[k]):
        if all(_pair(boxes[k], boxes[other]) <= threshold for other in kept):
            kept.append(k)
    return np.array(kept, dtype=int)


def batched_nms(boxes, scores, classes, threshold):
    """All classes at once: each is moved aside by more than the whole width."""
    _check(boxes, scores)
    if len(classes) != len(boxes):
        raise ValueError("classes do not fit")
    if not len(boxes):
        return nms(boxes, scores, threshold)
    _, number = np.unique(classes, return_inverse=True)
    span = np.ceil(boxes.max() - boxes.min() + 1)
    return nms(boxes.astype(np.float64) + number[:, None] * span, scores, threshold)


def soft_nms(boxes, scores, sigma):
    _check(boxes, scores)
    if sigma <= 0:
        raise ValueError("sigma")
    left, taken = {k: float(score) for k, score in enumerate(scores)}, []
    while left:
        best = max(left, key=lambda k: (left[k], -k))
        taken.append((best, left.pop(best)))
        for k in left:
            left[k] *= math.exp(-(_pair(boxes[best].astype(float), boxes[k].astype(float)) ** 2) / sigma)
    order, decayed = zip(*taken, strict=True) if taken else ((), ())
    return SoftResult(np.array(order, dtype=int), np.array(decayed, dtype=scores.dtype))


def sliding_windows(image_shape, size, stride):
    if size[0] < 1 or size[1] < 1 or size[0] > image_shape[0] or size[1] > image_shape[1]:
        raise ValueError("size")
    if stride < 1:
        raise ValueError("stride")
    windows = []
    for y in range(0, image_shape[0] - size[0] + 1, stride):
        for x in range(0, image_shape[1] - size[1] + 1, stride):
            windows.append([x, y, x + size[1], y + size[0]])
    return np.array(windows)


def make_anchors(feature_shape, stride, scales, ratios):
    if stride <= 0:
        raise ValueError("stride")
    if min(scales) <= 0:
        raise ValueError("scales")
    if min(ratios) <= 0:
        raise ValueError("ratios")
    anchors = []
    for i, j, r, s in itertools.product(range(feature_shape[0]), range(feature_shape[1]), ratios, scales):
        x, y, w, h = stride * j + stride / 2, stride * i + stride / 2, s / math.sqrt(r), s * math.sqrt(r)
        anchors.append((x - w / 2, y - h / 2, x + w / 2, y + h / 2))
    return np.array(anchors)


def _centres(boxes):
    x1, y1, x2, y2 = boxes.T
    return (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1


def encode_boxes(boxes, anchors):
    require_boxes("boxes", boxes)
    require_boxes("anchors", anchors)
    if boxes.shape != anchors.shape:
        raise ValueError("anchors")
    x, y, w, h = _centres(boxes)
    xa, ya, wa, ha = _centres(anchors)
    if (w <= 0).any() or (h <= 0).any():
        raise ValueError("boxes")
    if (wa <= 0).any() or (ha <= 0).any():
        raise ValueError("anchors")
    return np.array([(x - xa) / wa, (y - ya) / ha, np.log(w) - np.log(wa), np.log(h) - np.log(ha)]).T


def decode_boxes(deltas, anchors):
    require_boxes("deltas", deltas)
    require_boxes("anchors", anchors)
    if deltas.shape != anchors.shape:
        raise ValueError("anchors")
    x, y, w, h = _centres(anchors)
    tx, ty, tw, th = deltas.T
    w2, h2 = (side * np.exp(np.clip(t, None, MAX_LOG_SCALE)) for side, t in ((w, tw), (h, th)))
    x, y = x + w * tx, y + h * ty
    return np.stack((x - w2 / 2, y - h2 / 2, x + w2 / 2, y + h2 / 2), axis=1)


def match_anchors(anchors, truths, low=0.3, high=0.7):
    if low < 0 or high > 1 or low > high:
        raise ValueError("low, high")
    require_boxes("anchors", anchors)
    require_boxes("truths", truths)
    overlaps, labels = iou(anchors.astype(np.float64), truths.astype(np.float64)), []
    for row in overlaps:
        best = max(range(len(row)), key=lambda k: row[k], default=None)
        claims = any(row[k] > 0 and row[k] == overlaps[:, k].max() for k in range(len(row)))
        if best is not None and (claims or row[best] >= high):
            labels.append(best)
        elif best is None or row[best] < low:
            labels.append(BACKGROUND)
        else:
            labels.append(IGNORED)
    return np.array(labels)


def yolo_decode(grid, anchors, stride):
    if grid.ndim != 4 or grid.shape[1] // len(anchors) < 6 or grid.shape[1] % len(anchors):
        raise ValueError("grid")
    n, channels, h, w = grid.shape
    each = channels // len(anchors)
    boxes, scores = [], []
    for image in range(n):
        for i, j, a in itertools.product(range(h), range(w), range(len(anchors))):
            tx, ty, tw, th, *rest = grid[image, a * each : (a + 1) * each, i, j].tolist()
            sure, *classes = ((1 + math.tanh(t / 2)) / 2 for t in rest)
            x, y = ((1 + math.tanh(tx / 2)) / 2 + j) * stride, ((1 + math.tanh(ty / 2)) / 2 + i) * stride
            bw, bh = anchors[a][0] * math.exp(tw), anchors[a][1] * math.exp(th)
            boxes.append([x - bw / 2, y - bh / 2, x + bw / 2, y + bh / 2])
            scores.append([sure * each_class for each_class in classes])
    kind = grid.dtype
    return [np.array(boxes, dtype=kind).reshape(n, -1, 4), np.array(scores, dtype=kind).reshape(n, -1, each - 5)]


def roi_max_pool(features, rois, size):
    if min(size) < 1:
        raise ValueError("size")
    if rois.ndim != 2 or rois.shape[1] != 5:
        raise ValueError("rois")
    pooled = []
    for n, *corners in rois:
        if n not in range(len(features)):
            raise ValueError("rois")
        x1, y1, x2, y2 = (round(float(each)) for each in corners)
        h, w = max(y2 - y1, 1), max(x2 - x1, 1)
        out = np.zeros((features.shape[1], *size), dtype=features.dtype)
        for p in range(size[0]):
            for q in range(size[1]):
                rows = [y1 + i for i in range(math.floor(p * h / size[0]), math.ceil((p + 1) * h / size[0]))]
                columns = [x1 + j for j in range(math.floor(q * w / size[1]), math.ceil((q + 1) * w / size[1]))]
                rows = [row for row in rows if 0 <= row < features.shape[2]]
                columns = [column for column in columns if 0 <= column < features.shape[3]]
                for c in range(features.shape[1]):
                    numbers = [features[int(n), c, row, column] for row in rows for column in columns]
                    out[c, p, q] = max(numbers, default=0)
        pooled.append(out)
    return np.array(pooled)


def fpn_merge(maps):
    """By recursion, a tuple for the list."""
    if not maps:
        raise ValueError("maps")
    if len(maps) == 1:
        return (maps[0].copy(),)
    below = fpn_merge(maps[1:])
    fine, coarse = maps[0].copy(), below[0]
    (n, c, height, width), (m, d, h, w) = fine.shape, coarse.shape
    if n != m or c != d or h > height or w > width:
        raise ValueError("maps")
    for i, j in np.ndindex(height, width):
        fine[:, :, i, j] += coarse[:, :, i * h // height, j * w // width]
    return fine, *below


def average_precision(boxes, scores, truths, threshold=0.5):
    """The curve itself, with a point at recall 0 and one behind the end, and its area by steps of recall."""
    if len(boxes) != len(truths) or sum(map(len, truths)) == 0:
        raise ValueError("truths")
    if any(len(a) != len(b) for a, b in zip(boxes, scores, strict=True)):
        raise ValueError("scores")
    ranked = [(float(s), image, k) for image, each in enumerate(scores) for k, s in enumerate(each)]
    ranked.sort(key=lambda entry: entry[0], reverse=True)
    seen, right, curve = set(), 0, []
    for count, (_, image, k) in enumerate(ranked, 1):
        candidates = [(_pair(boxes[image][k], truth), -j) for j, truth in enumerate(truths[image])]
        value, j = max(candidates, default=(0, 0))
        if value > threshold and (image, j) not in seen:
            seen.add((image, j))
            right += 1
        curve.append((right / sum(map(len, truths)), right / count))
    area, last = 0.0, 0.0
    for k, (recall, _) in enumerate(curve):
        area += (recall - last) * max(precision for _, precision in curve[k:])
        last = recall
    return area
