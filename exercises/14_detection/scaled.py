"""Detection in torch, with inputs at any size: broadcasting, other layers of torch, and loops for suppression.

Coordinates are whole numbers where a decision hangs on an IoU, so that float32 and float64 decide alike.
"""

import numpy as np

from autograder import Twin


def scattered(rng, n, fractions=False):
    """n boxes in a square in which each meets about ten others; every side at least 8."""
    corner = rng.uniform(0, 16 * n**0.5, size=(n, 2))
    boxes = np.concatenate([corner, corner + rng.uniform(8, 64, size=(n, 2))], axis=1)
    return boxes if fractions else np.floor(boxes)


def torch_iou(torch, a, b):
    """As torchvision.ops.box_iou, which is not a part of torch itself."""
    sides = (
        torch.minimum(a[:, None, 2:], b[None, :, 2:]).sub(torch.maximum(a[:, None, :2], b[None, :, :2])).clamp(min=0)
    )
    shared = sides[..., 0] * sides[..., 1]
    areas = [(each[:, 2] - each[:, 0]) * (each[:, 3] - each[:, 1]) for each in (a, b)]
    return shared / (areas[0][:, None] + areas[1][None, :] - shared)


def centre_and_size(torch, boxes):
    return torch.cat([(boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]], dim=1)


class Plain(Twin):
    """A function without a backward: what it returns is what is compared."""

    def forward(self, student, **inputs):
        return getattr(student, self.exercises[0])(**inputs), None


class BoxArea(Plain):
    exercises = ("box_area",)
    sizes = (1024, 32_768, 1_048_576)

    def inputs(self, rng, size):
        return {"boxes": scattered(rng, 3 * size, fractions=True)}

    def torch(self, torch, boxes):
        return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


class Iou(Plain):
    exercises = ("iou",)
    sizes = (64, 512, 2048)

    def inputs(self, rng, size):
        return {"a": scattered(rng, 2 * size), "b": scattered(rng, size + 1)}

    def torch(self, torch, a, b):
        return torch_iou(torch, a, b)


class Nms(Plain):
    """The oracle looks at every pair of boxes, one after the other, best score first."""

    exercises = ("nms",)
    sizes = (32, 128, 512)
    axis, lengths = "N", (64, 128, 256, 512, 1024, 2048)

    def inputs(self, rng, size):
        return self.along(rng, 6 * size)

    def along(self, rng, length):
        return {"boxes": scattered(rng, length), "scores": rng.permutation(length) / length, "threshold": 0.3}

    def torch(self, torch, boxes, scores, threshold, classes=None):
        order = torch.argsort(scores, descending=True)
        clash = torch_iou(torch, boxes[order], boxes[order]).gt(threshold)
        if classes is not None:
            clash &= classes[order][:, None] == classes[order][None, :]
        stays = torch.ones(len(order), dtype=torch.bool, device=boxes.device)
        for place in range(1, len(order)):
            stays[place] = not bool((clash[place, :place] & stays[:place]).any())
        return order[stays]


class BatchedNms(Nms):
    exercises = ("batched_nms",)

    def along(self, rng, length):
        return super().along(rng, length) | {"classes": rng.integers(-2, 3, size=length)}


class SoftNms(Nms):
    """Scores alone are compared, each at its box: the order follows from them."""

    exercises = ("soft_nms",)

    def along(self, rng, length):
        arguments = super().along(rng, length)
        del arguments["threshold"]
        return arguments | {"sigma": 0.5}

    def torch(self, torch, boxes, scores, sigma):
        factors = torch.exp(-torch_iou(torch, boxes, boxes).square() / sigma)
        scores, taken = scores.clone(), torch.zeros(len(boxes), dtype=torch.bool, device=boxes.device)
        for _ in range(len(boxes)):
            best = int(torch.where(taken, -1.0, scores).argmax())
            taken[best] = True
            scores = torch.where(taken, scores, scores * factors[best])
        return scores

    def forward(self, student, **inputs):
        order, decayed = student.soft_nms(**inputs)
        scores = np.empty_like(decayed)
        scores[order] = decayed
        return scores, None

    def reduction(self, size):
        return 10


class SlidingWindows(Plain):
    exercises = ("sliding_windows",)
    sizes = (16, 256, 1024)

    def inputs(self, rng, size):
        return {"image_shape": (3 * size, 2 * size + 3), "size": (3, 2), "stride": 2}

    def torch(self, torch, image_shape, size, stride):
        axes = [
            torch.arange(whole).unfold(0, part, stride)[:, [0, -1]]
            for whole, part in zip(image_shape, size, strict=True)
        ]
        y, x = torch.meshgrid(*(torch.arange(len(each)) for each in axes), indexing="ij")
        first_to_last = torch.stack([axes[1][x], axes[0][y]], dim=-1)  # (rows, columns, 2, 2): of each axis, both ends
        return (first_to_last + torch.tensor([0, 1])[:, None]).flatten(2).reshape(-1, 4)


class MakeAnchors(Plain):
    exercises = ("make_anchors",)
    sizes = (16, 128, 512)

    def inputs(self, rng, size):
        return {"feature_shape": (size, size + 3), "stride": 16, "scales": [32.0, 64.0], "ratios": [0.5, 1.0, 2.0]}

    def torch(self, torch, feature_shape, stride, scales, ratios):
        y, x = (stride * torch.arange(n, dtype=torch.float64) + stride / 2 for n in feature_shape)
        kinds = torch.cartesian_prod(
            torch.tensor(ratios, dtype=torch.float64), torch.tensor(scales, dtype=torch.float64)
        )
        size = torch.stack([kinds[:, 1] * kinds[:, 0].rsqrt(), kinds[:, 1] * kinds[:, 0].sqrt()], dim=1)
        centre = torch.cartesian_prod(y, x).flip(1)[:, None, :]
        return torch.cat([centre - size / 2, centre + size / 2], dim=2).flatten(0, 1)


class EncodeBoxes(Plain):
    exercises = ("encode_boxes",)
    sizes = (1024, 32_768, 1_048_576)

    def inputs(self, rng, size):
        return {"boxes": scattered(rng, 3 * size), "anchors": scattered(rng, 3 * size)}

    def torch(self, torch, boxes, anchors):
        of_box, of_anchor = centre_and_size(torch, boxes), centre_and_size(torch, anchors)
        ratio = of_box[:, 2:] / of_anchor[:, 2:]
        return torch.cat([(of_box[:, :2] - of_anchor[:, :2]) / of_anchor[:, 2:], ratio.log()], dim=1)


class DecodeBoxes(Plain):
    exercises = ("decode_boxes",)
    sizes = (1024, 32_768, 1_048_576)

    def inputs(self, rng, size):
        return {"deltas": rng.normal(scale=2.0, size=(3 * size, 4)), "anchors": scattered(rng, 3 * size)}

    def torch(self, torch, deltas, anchors):
        of_anchor = centre_and_size(torch, anchors)
        centre = of_anchor[:, :2] + of_anchor[:, 2:] * deltas[:, :2]
        half = of_anchor[:, 2:] * deltas[:, 2:].exp().clamp(max=1000 / 16) / 2
        return torch.cat([centre - half, centre + half], dim=1)


class MatchAnchors(Plain):
    """Every anchor finds an object by max; every object its anchors by one more."""

    exercises = ("match_anchors",)
    sizes = (32, 256, 1024)

    def inputs(self, rng, size):
        anchors = scattered(rng, 4 * size)
        return {"anchors": anchors, "truths": anchors[::3] + rng.integers(-4, 4, size=(len(anchors[::3]), 4))}

    def torch(self, torch, anchors, truths, low=0.3, high=0.7):
        overlaps = torch_iou(torch, truths, anchors)  # (M, N), as torchvision's Matcher has it
        value, labels = overlaps.max(dim=0)
        matched = labels.clone()
        labels[value < high] = -2
        labels[value < low] = -1
        of_object, anchor = torch.nonzero(overlaps == overlaps.max(dim=1, keepdim=True).values, as_tuple=True)
        anchor = anchor[overlaps[of_object, anchor] > 0]
        labels[anchor] = matched[anchor]
        return labels


class YoloDecode(Plain):
    exercises = ("yolo_decode",)
    sizes = (16, 64, 256)

    def inputs(self, rng, size):
        grid = rng.normal(size=(2, 3 * 9, size, size + 2))
        return {"grid": grid, "anchors": np.array([[10.0, 13.0], [33.0, 23.0], [62.0, 45.0]]), "stride": 16}

    def torch(self, torch, grid, anchors, stride):
        n, _, h, w = grid.shape
        parts = grid.view(n, len(anchors), -1, h, w)
        centre, size, sure, classes = parts.split([2, 2, 1, parts.shape[2] - 5], dim=2)
        corner = torch.stack(torch.meshgrid(torch.arange(w), torch.arange(h), indexing="xy")).to(grid)
        centre, half = stride * (centre.sigmoid() + corner), anchors[:, :, None, None] * size.exp() / 2
        out = torch.cat([centre - half, centre + half, sure.sigmoid() * classes.sigmoid()], dim=2)
        return torch.einsum("nakhw->nhwak", out).flatten(1, 3)

    def forward(self, student, **inputs):
        return np.concatenate(student.yolo_decode(**inputs), axis=2), None


class RoiMaxPool(Plain):
    """Regions of whole cells inside the map: there the bins are those of adaptive max pooling."""

    exercises = ("roi_max_pool",)

    def inputs(self, rng, size):
        start, length = rng.integers(0, size + 1, size=(2 * size, 2)), rng.integers(1, size + 1, size=(2 * size, 2))
        rois = np.concatenate([rng.integers(0, 3, size=(2 * size, 1)), start, start + length], axis=1)
        features = rng.normal(size=(3, 5, 2 * size + 1, 2 * size + 2))
        return {"features": features, "rois": rois.astype(np.float64), "size": (3, 2)}

    def torch(self, torch, features, rois, size):
        regions = [features[n, :, y1:y2, x1:x2] for n, x1, y1, x2, y2 in rois.long().tolist()]
        return torch.stack([torch.nn.functional.adaptive_max_pool2d(each, size) for each in regions])


class FpnMerge(Plain):
    """The finest merged map, in which all the others are."""

    exercises = ("fpn_merge",)
    sizes = (8, 32, 128)

    def inputs(self, rng, size):
        shapes = [(2, 4, 8 * size // step, (8 * size + 8) // step) for step in (1, 2, 4)]
        return {f"map_{k}": rng.normal(size=shape) for k, shape in enumerate(shapes)}

    def torch(self, torch, **maps):
        *finer, out = maps.values()
        for fine in reversed(finer):
            out = fine + torch.nn.functional.interpolate(out, size=fine.shape[-2:], mode="nearest")
        return out

    def forward(self, student, **maps):
        return student.fpn_merge(list(maps.values()))[0], None

    def reduction(self, size):
        return 3


class AveragePrecision(Plain):
    """Precision against recall in torch, from the same boxes; every detection overlaps one true box at most."""

    exercises = ("average_precision",)
    sizes = (16, 128, 512)

    def inputs(self, rng, size):
        n = 3 * size
        truths = np.floor(np.arange(n)[:, None] * 100 + np.array([0, 0, 60, 40]) + rng.uniform(-9, 9, size=(n, 4)))
        boxes = np.repeat(truths, 2, axis=0) + rng.integers(-9, 9, size=(2 * n, 4))
        return {"boxes": boxes, "scores": rng.permutation(2 * n) / n, "truths": truths}

    def torch(self, torch, boxes, scores, truths):
        order = torch.argsort(scores, descending=True)
        found = (torch_iou(torch, boxes[order], truths) > 0.5).to(scores)
        right = (found * (found.cumsum(0) == 1)).sum(1)  # the first detection of each object
        precision, recall = right.cumsum(0) / torch.arange(1, len(order) + 1).to(scores), right.cumsum(0) / len(truths)
        falling = precision.flip(0).cummax(0).values.flip(0)
        return (recall.diff(prepend=recall.new_zeros(1)) * falling).sum()

    def forward(self, student, boxes, scores, truths):
        return student.average_precision([boxes], [scores], [truths]), None

    def reduction(self, size):
        return 6 * size


TWINS = [
    BoxArea(), Iou(), Nms(), BatchedNms(), SoftNms(), SlidingWindows(), MakeAnchors(), EncodeBoxes(), DecodeBoxes(),
    MatchAnchors(), YoloDecode(), RoiMaxPool(), FpnMerge(), AveragePrecision(),
]  # fmt: skip
