"""One window at a time, each padded edge by clipping; caches that are dictionaries, and lists for tuples."""

import math


def _clipped(x, kernel, stride, padding):
    """Every window as rows and columns of the image itself: what would lie on the padding is left away."""
    (kh, kw), (ph, pw) = (pair(name, value, least) for name, value, least in
                          (("kernel", kernel, 1), ("padding", padding, 0)))  # fmt: skip
    sh, sw = (kh, kw) if stride is None else pair("stride", stride, 1)
    (h, w), windows = x.shape[2:], {}
    if 2 * ph > kh or 2 * pw > kw:
        raise ValueError("padding is too much")
    out_h, out_w = math.floor((h + 2 * ph - kh) / sh) + 1, math.floor((w + 2 * pw - kw) / sw) + 1
    if out_h < 1 or out_w < 1:
        raise ValueError("kernel is too large")
    for p in range(out_h):
        for q in range(out_w):
            top, left = p * sh - ph, q * sw - pw
            windows[p, q] = slice(max(top, 0), min(top + kh, h)), slice(max(left, 0), min(left + kw, w))
    return windows, (out_h, out_w), kh * kw


def _pool(x, kernel, stride, padding, choose):
    windows, size, pixels = _clipped(x, kernel, stride, padding)
    out = np.empty((*x.shape[:2], *size), dtype=x.dtype)
    for (p, q), (rows, columns) in windows.items():
        out[:, :, p, q] = choose(x[:, :, rows, columns])
    return [out, {"x": x.copy(), "windows": windows, "pixels": pixels}]


def sum_pool2d_forward(x, kernel, stride=None, padding=0):
    return _pool(x, kernel, stride, padding, lambda window: window.sum(axis=(2, 3)))


def sum_pool2d_backward(dout, cache):
    dx = np.zeros_like(cache["x"])
    for (p, q), (rows, columns) in cache["windows"].items():
        dx[:, :, rows, columns] += dout[:, :, p : p + 1, q : q + 1]
    return dx


def avg_pool2d_forward(x, kernel, stride=None, padding=0):
    pixels = _clipped(x, kernel, stride, padding)[2]
    return _pool(x, kernel, stride, padding, lambda window: window.sum(axis=(2, 3)) / pixels)


def avg_pool2d_backward(dout, cache):
    return sum_pool2d_backward(dout, cache) / cache["pixels"]


def max_pool2d_forward(x, kernel, stride=None, padding=0):
    return _pool(x, kernel, stride, padding, lambda window: window.max(axis=(2, 3)))


def max_pool2d_backward(dout, cache, sign=1):
    x = cache["x"]
    dx = np.zeros_like(x)
    for (p, q), (rows, columns) in cache["windows"].items():
        for n in range(x.shape[0]):
            for c in range(x.shape[1]):
                winner, best = None, -math.inf
                for row in range(rows.start, rows.stop):
                    for column in range(columns.start, columns.stop):
                        if sign * x[n, c, row, column] > best:
                            winner, best = (row, column), sign * x[n, c, row, column]
                dx[n, c, winner[0], winner[1]] += dout[n, c, p, q]
    return dx


def min_pool2d_forward(x, kernel, stride=None, padding=0):
    return _pool(x, kernel, stride, padding, lambda window: window.min(axis=(2, 3)))


def min_pool2d_backward(dout, cache):
    return max_pool2d_backward(dout, cache, sign=-1)


def global_avg_pool_forward(x):
    if len(x.shape) != 4:
        raise ValueError("x is no batch of images")
    out = np.zeros(x.shape[:2], dtype=x.dtype)
    for row in range(x.shape[2]):
        for column in range(x.shape[3]):
            out += x[:, :, row, column]
    return [out / (x.shape[2] * x.shape[3]), {"size": x.shape[2:]}]


def global_avg_pool_backward(dout, cache):
    h, w = cache["size"]
    dx = np.zeros((*dout.shape, h, w), dtype=dout.dtype)
    dx += (dout / h / w)[..., np.newaxis, np.newaxis]
    return dx


def flatten_forward(x):
    if x.ndim == 1:
        raise ValueError("x has one axis only")
    return [np.array([image.ravel() for image in x], dtype=x.dtype).reshape(len(x), math.prod(x.shape[1:])), [*x.shape]]


def flatten_backward(dout, cache):
    return np.stack([row.reshape(cache[1:]) for row in dout])
