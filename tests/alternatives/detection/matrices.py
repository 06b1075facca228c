"""All pairs at once: centres and sizes, one IoU matrix for suppression, einsum, np.add.accumulate."""


def box_area(boxes):
    require_boxes("boxes", boxes)
    size = np.clip(np.diff(boxes.reshape(len(boxes), 2, 2), axis=1)[:, 0], 0, None)
    return np.prod(size, axis=1)


def iou(a, b):
    require_boxes("a", a)
    require_boxes("b", b)
    ax1, ay1, ax2, ay2 = (each[:, None] for each in a.T)
    bx1, by1, bx2, by2 = b.T
    w = np.clip(np.minimum(ax2, bx2) - np.maximum(ax1, bx1), 0, None)
    h = np.clip(np.minimum(ay2, by2) - np.maximum(ay1, by1), 0, None)
    union = np.add.outer(box_area(a), box_area(b)) - w * h
    kind = union.dtype if union.dtype.kind == "f" else np.float64
    return np.divide(w * h, union, out=np.zeros(union.shape, kind), where=union > 0)


def _checked(boxes, scores, threshold):
    require_boxes("boxes", boxes)
    if scores.shape != boxes.shape[:1]:
        raise ValueError("scores: one for each box")
    if not (threshold >= 0 and threshold <= 1):
        raise ValueError("threshold out of range")


def _greedy(clash, scores):
    order = np.lexsort((np.arange(len(scores)), -scores))
    alive = np.ones(len(scores), dtype=bool)
    for k in order:
        if alive[k]:
            alive &= ~clash[k]
            alive[k] = True
    return order[alive[order]]


def nms(boxes, scores, threshold):
    _checked(boxes, scores, threshold)
    return _greedy(iou(boxes, boxes) > threshold, scores)


def batched_nms(boxes, scores, classes, threshold):
    _checked(boxes, scores, threshold)
    if classes.shape != scores.shape:
        raise ValueError("classes: one for each box")
    return _greedy((iou(boxes, boxes) > threshold) & np.equal.outer(classes, classes), scores)


def soft_nms(boxes, scores, sigma):
    _checked(boxes, scores, 0)
    if not sigma > 0:
        raise ValueError("sigma is not positive")
    factors = np.exp(-np.square(iou(boxes, boxes)) / sigma)
    now, order = np.array(scores), []
    for _ in scores:
        waiting = np.where(np.isin(np.arange(len(scores)), order), -np.inf, now)
        order.append(int(np.argmax(waiting)))
        others = np.isin(np.arange(len(scores)), order, invert=True)
        now = np.where(others, now * factors[order[-1]], now)
    order = np.array(order, dtype=np.int64)
    return order, now[order]


def sliding_windows(image_shape, size, stride):
    if stride <= 0:
        raise ValueError("stride too small")
    if min(size) < 1 or any(np.subtract(image_shape, size) < 0):
        raise ValueError("size of the window")
    counts = np.subtract(image_shape, size) // stride + 1
    corner = np.indices(counts).reshape(2, -1).T[:, ::-1] * stride
    return np.hstack([corner, corner + np.array(size)[::-1]])


def make_anchors(feature_shape, stride, scales, ratios):
    for name, least in (("stride", stride), ("scales", min(scales)), ("ratios", min(ratios))):
        if least <= 0:
            raise ValueError(f"{name} too small")
    r, s = np.meshgrid(ratios, scales, indexing="ij")
    i, j = np.meshgrid(*map(np.arange, feature_shape), indexing="ij")
    x, y = (j[..., None, None] + 0.5) * stride, (i[..., None, None] + 0.5) * stride
    w, h = np.sqrt(s**2 / r), np.sqrt(s**2 * r)
    return np.stack(np.broadcast_arrays(x - w / 2, y - h / 2, x + w / 2, y + h / 2), axis=-1).reshape(-1, 4)


TO_CENTRES = np.array([[0.5, 0, -1, 0], [0, 0.5, 0, -1], [0.5, 0, 1, 0], [0, 0.5, 0, 1]])


def encode_boxes(boxes, anchors):
    for name, each in (("boxes", boxes), ("anchors", anchors)):
        require_boxes(name, each)
        if not (each[:, :2] < each[:, 2:]).all():
            raise ValueError(f"{name} without an inside")
    if len(boxes) != len(anchors):
        raise ValueError("anchors: one for each box")
    b, p = (each @ TO_CENTRES.astype(each.dtype) for each in (boxes, anchors))
    return np.hstack([(b - p)[:, :2] / p[:, 2:], np.log(b[:, 2:] / p[:, 2:])])


def decode_boxes(deltas, anchors):
    require_boxes("deltas", deltas)
    require_boxes("anchors", anchors)
    if len(deltas) != len(anchors):
        raise ValueError("anchors: one for each row")
    p = anchors @ TO_CENTRES.astype(anchors.dtype)
    grown = np.where(deltas[:, 2:] > MAX_LOG_SCALE, MAX_LOG_SCALE, deltas[:, 2:]).astype(deltas.dtype)
    b = np.hstack([p[:, :2] + deltas[:, :2] * p[:, 2:], p[:, 2:] * np.exp(grown)])
    return b @ np.linalg.inv(TO_CENTRES).astype(deltas.dtype)


def match_anchors(anchors, truths, low=0.3, high=0.7):
    if not (low >= 0 and high >= low and high <= 1):
        raise ValueError("low and high are wrong")
    require_boxes("anchors", anchors)
    require_boxes("truths", truths)
    labels = np.full(len(anchors), BACKGROUND)
    if not labels.size or not truths.size:
        return labels
    overlaps = iou(truths, anchors)
    value = overlaps.max(axis=0)
    labels[value >= low] = IGNORED
    wanted = value >= high
    for row in overlaps[overlaps.any(axis=1)]:
        wanted |= row == row.max()
    labels[wanted] = overlaps.argmax(axis=0)[wanted]
    return labels


def yolo_decode(grid, anchors, stride):
    if grid.ndim != 4:
        raise ValueError("grid has four axes")
    k, rest = divmod(grid.shape[1], len(anchors))
    if rest or k < 6:
        raise ValueError("grid's channels")
    n, _, h, w = grid.shape
    t = np.einsum("nakhw->knhwa", grid.reshape(n, len(anchors), k, h, w))
    s = np.exp(-np.logaddexp(0, -t))
    x, y = (s[0] + np.arange(w)[:, None]) * stride, (s[1] + np.arange(h)[:, None, None]) * stride
    half_w, half_h = np.exp(t[2]) * anchors.T[0] / 2, np.exp(t[3]) * anchors.T[1] / 2
    boxes = np.stack([x - half_w, y - half_h, x + half_w, y + half_h], axis=-1)
    scores = np.moveaxis(s[4] * s[5:], 0, -1)
    return boxes.reshape(n, -1, 4).astype(grid.dtype), scores.reshape(n, -1, k - 5).astype(grid.dtype)


def roi_max_pool(features, rois, size):
    """A mask for every bin, on a map in which what does not count is minus infinity."""
    if size[0] <= 0 or size[1] <= 0:
        raise ValueError("size of the result")
    if rois.ndim != 2 or rois.shape[-1] != 5 or set(rois[:, 0]) - set(range(len(features))):
        raise ValueError("rois are wrong")
    x1, y1, x2, y2 = np.round(rois[:, 1:]).T
    masks = []
    for first, last, bins, length in ((y1, y2, size[0], features.shape[2]), (x1, x2, size[1], features.shape[3])):
        span, p = np.maximum(last - first, 1)[:, None, None], np.arange(bins)[None, :, None]
        at = np.arange(length) - first[:, None, None]
        masks.append((at >= np.floor(p * span / bins)) & (at < np.ceil((p + 1) * span / bins)))
    inside = masks[0][:, :, None, :, None] & masks[1][:, None, :, None, :]  # (R, out_h, out_w, H, W)
    pixels = features[rois[:, 0].astype(int)][:, :, None, None]
    out = np.where(inside[:, None], pixels, -np.inf).max(axis=(-2, -1))
    return np.where(inside.any(axis=(-2, -1))[:, None], out, 0).astype(features.dtype)


def fpn_merge(maps):
    shapes = np.array([each.shape for each in maps])
    if not len(maps) or (shapes[:, :2] != shapes[0, :2]).any() or (np.diff(shapes[:, 2:], axis=0) > 0).any():
        raise ValueError("maps do not fit")
    merged = list(maps)
    for k in range(len(maps) - 1, 0, -1):
        (height, width), (h, w) = maps[k - 1].shape[2:], merged[k].shape[2:]
        up, across = (np.arange(a)[:, None] * b // a == np.arange(b) for a, b in ((height, h), (width, w)))
        kind = merged[k].dtype
        merged[k - 1] = maps[k - 1] + np.einsum("ih,nchw,jw->ncij", up.astype(kind), merged[k], across.astype(kind))
    return merged


def average_precision(boxes, scores, truths, threshold=0.5):
    if len(truths) != len(boxes) or max(map(len, truths)) == 0:
        raise ValueError("truths")
    if len(scores) != len(boxes) or [*map(len, scores)] != [*map(len, boxes)]:
        raise ValueError("scores")
    image, flat = np.repeat(np.arange(len(boxes)), [*map(len, boxes)]), np.concatenate(scores)
    overlaps = [iou(*each) for each in zip(boxes, truths, strict=True)]
    target = np.concatenate([v.argmax(axis=1) if v.shape[1] else np.zeros(len(v), int) for v in overlaps])
    good = np.concatenate([v.max(axis=1, initial=0) > threshold for v in overlaps])
    order = np.argsort(-flat, kind="stable")
    keys = (image * 1000 + target)[order]
    hits = np.flatnonzero(good[order])
    first = hits[np.unique(keys[hits], return_index=True)[1]]
    right = np.isin(np.arange(len(flat)), first)
    precision = np.add.accumulate(right) / (1 + np.arange(len(flat)))
    tops = [precision[k:].max() for k in np.sort(first)]
    return np.float64(sum(tops) / sum(map(len, truths)))
