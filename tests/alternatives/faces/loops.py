"""Plain loops over channels, windows, boxes and points; minus infinity for the edge; pictures one after the other."""

import numpy as np


def prelu(x, slope):
    out = x.copy()
    for c in range(x.shape[1]):
        part = out[:, c]
        part[part <= 0] *= slope[c]
    return out


def ceil_max_pool2d(x, kernel, stride):
    if not 1 <= stride <= kernel <= min(x.shape[2:]):
        raise ValueError("kernel does not fit")
    rows, columns = (int(np.ceil((n - kernel) / stride)) + 1 for n in x.shape[2:])
    out = np.empty((*x.shape[:2], rows, columns), x.dtype)
    for p in range(rows):
        for q in range(columns):
            window = x[:, :, p * stride : p * stride + kernel, q * stride : q * stride + kernel]
            out[:, :, p, q] = window.max(axis=(2, 3))
    return out


def pyramid_scales(height, width, smallest_face=20, factor=0.709):
    first = CELL / smallest_face
    powers = [first * factor**k for k in range(1000)]
    return np.array([scale for scale in powers if scale * min(height, width) >= CELL])


def proposals(face, deltas, scale, threshold=0.6):
    boxes, scores = [], []
    for i, row in enumerate(face):
        for j, sure in enumerate(row):
            if sure > threshold:
                corner = [2 * j, 2 * i, 2 * j + 12, 2 * i + 12]
                boxes.append([(at + 12 * deltas[k, i, j]) / scale for k, at in enumerate(corner)])
                scores.append(sure)
    return np.array(boxes, dtype=face.dtype).reshape(-1, 4), np.array(scores, dtype=face.dtype)


def square_boxes(boxes):
    out = np.empty_like(boxes)
    for k, (x1, y1, x2, y2) in enumerate(boxes):
        more_x, more_y = max(0, (y2 - y1) - (x2 - x1)) / 2, max(0, (x2 - x1) - (y2 - y1)) / 2
        out[k] = x1 - more_x, y1 - more_y, x2 + more_x, y2 + more_y
    return out


def refine_boxes(boxes, deltas):
    out = boxes.copy()
    out[:, 0::2] += deltas[:, 0::2] * (boxes[:, 2] - boxes[:, 0])[:, None]
    out[:, 1::2] += deltas[:, 1::2] * (boxes[:, 3] - boxes[:, 1])[:, None]
    return out


def crop_boxes(image, boxes, size):
    c, h, w = image.shape
    out = np.zeros((len(boxes), c, size, size), image.dtype)

    def hats(first, last, n):
        at = np.linspace(first, last, size)[:, None]
        return np.maximum(0, 1 - np.abs(at - np.arange(n))).astype(image.dtype)

    for k, (x1, y1, x2, y2) in enumerate(boxes):
        out[k] = hats(y1, y2, h) @ image @ hats(x1, x2, w).T
    return out
