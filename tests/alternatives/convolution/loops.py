"""One output value at a time, the formulas as they stand; lists for tuples, caches that are lists or nothing at all."""

import math

import numpy as np


def _two(value):
    return tuple(value) if isinstance(value, (tuple, list)) else (value, value)


def output_size(size, kernel, stride=1, padding=0, dilation=1):
    if size < 1 or kernel < 1 or stride < 1 or dilation < 1 or padding < 0:
        raise ValueError(f"bad size {size}, kernel {kernel}, stride {stride}, dilation {dilation} or padding {padding}")
    places = 0
    while places * stride + dilation * (kernel - 1) < size + 2 * padding:
        places += 1
    if not places:
        raise ValueError("the kernel is too large")
    return places


def same_padding(kernel, dilation=1):
    if kernel < 1 or dilation < 1:
        raise ValueError("kernel and dilation must be positive")
    half = dilation * (kernel - 1) / 2
    if half != int(half):
        raise ValueError("even kernel")
    return int(half)


def zero_pad(x, padding):
    ph, pw = _two(padding)
    if ph < 0 or pw < 0:
        raise ValueError("negative padding")
    n, c, h, w = x.shape
    out = np.zeros([n, c, h + 2 * ph, w + 2 * pw], x.dtype)
    out[:, :, ph : ph + h, pw : pw + w] = x
    return out


def receptive_field(layers):
    field = 1
    for kernel, stride, dilation in reversed(layers):  # from the output back: s * (r - 1) + the kernel's span
        if kernel < 1 or stride < 1 or dilation < 1:
            raise ValueError("layers of nothing")
        field = stride * (field - 1) + dilation * (kernel - 1) + 1
    return field


def layer_shape(shape, filters, kernel, stride=1, padding=0, dilation=1):
    if filters <= 0:
        raise ValueError("no filters")
    (kh, kw), (sh, sw), (ph, pw), (dh, dw) = map(_two, (kernel, stride, padding, dilation))
    return [filters, output_size(shape[1], kh, sh, ph, dh), output_size(shape[2], kw, sw, pw, dw)]


def parameter_count(channels, filters, kernel, bias=True):
    kh, kw = _two(kernel)
    if channels < 1 or filters < 1 or kh < 1 or kw < 1:
        raise ValueError(f"channels {channels}, filters {filters}, kernel {kernel}")
    weights = np.prod([filters, channels, kh, kw])
    return int(weights) + filters if bias else int(weights)


def im2col(x, kernel, stride=1, padding=0, dilation=1):
    (kh, kw), (sh, sw), (dh, dw) = map(_two, (kernel, stride, dilation))
    _, oh, ow = layer_shape(x.shape[1:], 1, kernel, stride, padding, dilation)
    x = zero_pad(x, padding)
    out = np.zeros((x.shape[0], x.shape[1] * kh * kw, oh * ow), dtype=x.dtype)
    for c in range(x.shape[1]):
        for i in range(kh):
            for j in range(kw):
                for p in range(oh):
                    for q in range(ow):
                        out[:, (c * kh + i) * kw + j, p * ow + q] = x[:, c, p * sh + i * dh, q * sw + j * dw]
    return out


def col2im(columns, size, kernel, stride=1, padding=0, dilation=1):
    require_columns(columns, size, kernel, stride, padding, dilation)
    kh, kw = _two(kernel)
    n, rows, _ = columns.shape
    c = rows // (kh * kw)
    # Which pixel does each entry come from? im2col of the pixels' numbers tells; 0 is the padding.
    numbers = np.arange(1.0, size[0] * size[1] + 1).reshape(1, 1, *size)
    source = im2col(numbers, kernel, stride, padding, dilation)[0].astype(int)
    flat = np.zeros((n, c, size[0] * size[1] + 1), dtype=columns.dtype)
    blocks = columns.reshape(n, c, -1)
    for entry, pixel in enumerate(source.ravel()):
        flat[:, :, pixel] += blocks[:, :, entry]
    return flat[:, :, 1:].reshape(n, c, *size)


def conv2d_forward(x, w, b, stride=1, padding=0, dilation=1):
    if x.shape[1] != w.shape[1]:
        raise ValueError("channels of x and w")
    if b.ndim != 1 or len(b) != len(w):
        raise ValueError("shape of b")
    f, _, kh, kw = w.shape
    (sh, sw), (dh, dw) = _two(stride), _two(dilation)
    if min(sh, sw) < 1:
        raise ValueError("stride")
    _, oh, ow = layer_shape(x.shape[1:], f, (kh, kw), stride, padding, dilation)
    padded = zero_pad(x, padding)
    out = np.zeros((len(x), f, oh, ow), dtype=x.dtype)
    for p in range(oh):
        for q in range(ow):
            block = padded[:, :, p * sh : p * sh + dh * (kh - 1) + 1 : dh, q * sw : q * sw + dw * (kw - 1) + 1 : dw]
            for k in range(f):
                out[:, k, p, q] = np.sum(block * w[k], axis=(1, 2, 3)) + b[k]
    return [out, [padded, w, (sh, sw), _two(padding), (dh, dw), x.shape]]


def conv2d_backward(dout, cache):
    padded, w, (sh, sw), (ph, pw), (dh, dw_), shape = cache
    f, _, kh, kw = w.shape
    dpadded, dw, db = np.zeros_like(padded), np.zeros_like(w), np.zeros(f, dtype=w.dtype)
    for p in range(dout.shape[2]):
        for q in range(dout.shape[3]):
            rows = slice(p * sh, p * sh + dh * (kh - 1) + 1, dh)
            columns = slice(q * sw, q * sw + dw_ * (kw - 1) + 1, dw_)
            for n in range(dout.shape[0]):
                for k in range(f):
                    upstream = dout[n, k, p, q]
                    dw[k] += upstream * padded[n, :, rows, columns]
                    dpadded[n, :, rows, columns] += upstream * w[k]
                    db[k] += upstream
    return [dpadded[:, :, ph : ph + shape[2], pw : pw + shape[3]], dw, db]


def conv_transpose2d_forward(x, w, b, stride=1, padding=0, dilation=1):
    (sh, sw), (ph, pw), (dh, dw) = pair("stride", stride, 1), pair("padding", padding, 0), pair("dilation", dilation, 1)
    n, c, h, width = x.shape
    if len(w) != c:
        raise ValueError("w")
    _, f, kh, kw = w.shape
    if b.shape != (f,):
        raise ValueError("b")
    full = np.zeros((n, f, (h - 1) * sh + dh * (kh - 1) + 1, (width - 1) * sw + dw * (kw - 1) + 1), dtype=x.dtype)
    for p in range(h):
        for q in range(width):
            for i in range(kh):
                for j in range(kw):
                    full[:, :, p * sh + i * dh, q * sw + j * dw] += x[:, :, p, q] @ w[:, :, i, j]
    out = full[:, :, ph : full.shape[2] - ph, pw : full.shape[3] - pw]
    if not out.size:
        raise ValueError("too much padding")
    return out + b.reshape(1, -1, 1, 1), None


def causal_conv1d_forward(x, w, b, dilation=1):
    if dilation < 1:
        raise ValueError("dilation")
    (n, c, t), (f, channels, k) = x.shape, w.shape
    if c != channels:
        raise ValueError("w")
    if b.shape != (f,):
        raise ValueError("b")
    out = np.zeros((n, f, t), dtype=x.dtype)
    for now in range(t):
        for lag in range(k):
            if now - lag * dilation >= 0:
                out[:, :, now] += x[:, :, now - lag * dilation] @ w[:, :, k - 1 - lag].T
    return out + b[:, None], None


def multi_resolution_conv1d(x, weights):
    if len(weights) == 0:
        raise ValueError("no weights")
    n, c, t = x.shape
    rows = []
    for w in weights:
        if w.shape[1] != c or w.shape[2] % 2 != 1:
            raise ValueError("weights")
        half = math.floor(w.shape[2] / 2)
        for kernel in w:
            row = np.zeros((n, t), dtype=x.dtype)
            for now in range(t):
                for k in range(-half, half + 1):
                    if 0 <= now + k < t:
                        row[:, now] += x[:, :, now + k] @ kernel[:, half + k]
            rows.append(row)
    return np.stack(rows, axis=1)


def filter_bank():
    ninth = 1 / 9
    bank = {
        "identity": np.array([[0.0, 0, 0], [0, 1, 0], [0, 0, 0]]),
        "edge": np.array([[-1.0, -1, -1], [-1, 8, -1], [-1, -1, -1]]),
        "sobel_x": np.array([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
        "sobel_y": np.array([[-1.0, -2, -1], [0, 0, 0], [1, 2, 1]]),
        "blur": np.array([[ninth] * 3] * 3),
        "sharpen": np.array([[0.0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
    }
    return bank


def apply_filter(image, kernel):
    if len(image.shape) > 3 or len(image.shape) < 2:
        raise ValueError("image")
    if len(kernel.shape) != 2 or any(side % 2 == 0 for side in kernel.shape):
        raise ValueError("kernel")
    if image.ndim == 3:
        return np.array([apply_filter(channel, kernel) for channel in image])
    (h, w), (kh, kw) = image.shape, kernel.shape
    out = np.zeros((h, w), dtype=image.dtype if image.dtype.kind == "f" else np.float64)
    for p in range(h):
        for q in range(w):
            for i in range(kh):
                for j in range(kw):
                    row, column = p + i - kh // 2, q + j - kw // 2
                    if 0 <= row < h and 0 <= column < w:
                        out[p, q] += image[row, column] * kernel[i, j]
    return out
