"""All pixels' places written out once, then np.add.at; caches that are named tuples and closures."""

from collections import namedtuple

Chosen = namedtuple("Chosen", "shape places weights")
Result = namedtuple("Result", "out cache")


def _places(shape, kernel, stride, padding):
    """(rows, columns) of every pixel under every window, (H_out, W_out, kH kW), and which of them are inside."""
    (kh, kw), (ph, pw) = pair("kernel", kernel, 1), pair("padding", padding, 0)
    sh, sw = pair("stride", kernel if stride is None else stride, 1)
    if ph > kh / 2 or pw > kw / 2:
        raise ValueError("padding")
    h, w = shape[2:]
    if h + 2 * ph < kh or w + 2 * pw < kw:
        raise ValueError("kernel")
    tops, lefts = np.arange(-ph, h + ph - kh + 1, sh), np.arange(-pw, w + pw - kw + 1, sw)
    i, j = np.divmod(np.arange(kh * kw), kw)
    rows, columns = np.broadcast_arrays(tops[:, None, None] + i, lefts[None, :, None] + j)
    inside = (rows >= 0) & (rows < h) & (columns >= 0) & (columns < w)
    return np.clip(rows, 0, h - 1), np.clip(columns, 0, w - 1), inside


def _scatter(dout, cache):
    dx = np.zeros(cache.shape, dtype=dout.dtype)
    rows, columns = cache.places
    np.add.at(dx, (slice(None), slice(None), rows, columns), dout[..., None] * cache.weights)
    return dx


def sum_pool2d_forward(x, kernel, stride=None, padding=0):
    rows, columns, inside = _places(x.shape, kernel, stride, padding)
    out = np.einsum("ncpqk,pqk->ncpq", x[:, :, rows, columns], inside.astype(x.dtype))
    return Result(out, Chosen(x.shape, (rows, columns), inside.astype(x.dtype)))


sum_pool2d_backward = _scatter


def avg_pool2d_forward(x, kernel, stride=None, padding=0):
    rows, columns, inside = _places(x.shape, kernel, stride, padding)
    weights = (inside / rows.shape[-1]).astype(x.dtype)
    return Result((x[:, :, rows, columns] * weights).sum(axis=-1), Chosen(x.shape, (rows, columns), weights))


avg_pool2d_backward = _scatter


def _choose(x, kernel, stride, padding, best, never):
    rows, columns, inside = _places(x.shape, kernel, stride, padding)
    pixels = np.where(inside, x[:, :, rows, columns], x.dtype.type(never))
    winner = best(pixels, axis=-1)
    won = np.arange(rows.shape[-1]) == winner[..., None]
    out = np.take_along_axis(pixels, winner[..., None], axis=-1)[..., 0]

    def backward(dout):
        return _scatter(dout, Chosen(x.shape, (rows, columns), won))

    return out, backward


def max_pool2d_forward(x, kernel, stride=None, padding=0):
    return _choose(x, kernel, stride, padding, np.argmax, -np.inf)


def max_pool2d_backward(dout, cache):
    return cache(dout)


def min_pool2d_forward(x, kernel, stride=None, padding=0):
    return _choose(x, kernel, stride, padding, np.argmin, np.inf)


def min_pool2d_backward(dout, cache):
    return cache(dout)


def global_avg_pool_forward(x):
    """As average pooling with the image for a window."""
    if x.ndim != 4:
        raise ValueError("x")
    out, cache = avg_pool2d_forward(x, x.shape[2:])
    return out[:, :, 0, 0], cache


def global_avg_pool_backward(dout, cache):
    return avg_pool2d_backward(dout.reshape(*dout.shape, 1, 1), cache)


def flatten_forward(x):
    n, *rest = x.shape
    if not rest:
        raise ValueError("x")
    return x.reshape(n, int(np.prod(rest))).copy(), np.zeros_like(x)


def flatten_backward(dout, cache):
    dx = np.empty(cache.shape, dtype=dout.dtype)
    dx.flat = dout.ravel()
    return dx
