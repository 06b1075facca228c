"""Strided windows, einsum and padded upstream gradients; caches that are named tuples, dictionaries and objects."""

from collections import namedtuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

Remembered = namedtuple("Remembered", "x w stride padding dilation windows")
Gradients = namedtuple("Gradients", "dx dw db")


def output_size(size, kernel, stride=1, padding=0, dilation=1):
    leasts = {"size": 1, "kernel": 1, "stride": 1, "padding": 0, "dilation": 1}
    values = (size, kernel, stride, padding, dilation)
    for (name, least), value in zip(leasts.items(), values, strict=True):
        if value < least:
            raise ValueError(f"{name} is {value}")
    places = int(np.floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride)) + 1
    if places < 1:
        raise ValueError("kernel does not fit")
    return places


def zero_pad(x, padding):
    ph, pw = pair("padding", padding, 0)
    rows = np.zeros((*x.shape[:2], ph, x.shape[3]), dtype=x.dtype)
    x = np.concatenate([rows, x, rows], axis=2)
    columns = np.zeros((*x.shape[:3], pw), dtype=x.dtype)
    return np.concatenate([columns, x, columns], axis=3)


def receptive_field(layers):
    if any(number < 1 for layer in layers for number in layer):
        raise ValueError("layers")
    steps = np.cumprod([1] + [stride for _, stride, _ in layers])
    return 1 + sum(
        int(step) * dilation * (kernel - 1) for step, (kernel, _, dilation) in zip(steps, layers, strict=False)
    )


def _windows(x, kernel, stride, padding, dilation):
    (kh, kw), (sh, sw), (dh, dw) = (pair(name, value, 1) for name, value in
                                    (("kernel", kernel), ("stride", stride), ("dilation", dilation)))  # fmt: skip
    layer_shape(x.shape[1:], 1, kernel, stride, padding, dilation)  # raises where the kernel does not fit
    spans = (dh * (kh - 1) + 1, dw * (kw - 1) + 1)
    windows = sliding_window_view(zero_pad(x, padding), spans, axis=(2, 3))
    return windows[:, :, ::sh, ::sw, ::dh, ::dw]  # (N, C, H_out, W_out, kH, kW)


def im2col(x, kernel, stride=1, padding=0, dilation=1):
    windows = _windows(x, kernel, stride, padding, dilation)
    n, c, oh, ow, kh, kw = windows.shape
    return np.einsum("ncpqij->ncijpq", windows).reshape(n, c * kh * kw, oh * ow)


def col2im(columns, size, kernel, stride=1, padding=0, dilation=1):
    require_columns(columns, size, kernel, stride, padding, dilation)
    (kh, kw), (ph, pw) = pair("kernel", kernel, 1), pair("padding", padding, 0)
    shape = (len(columns), columns.shape[1] // (kh * kw), size[0] + 2 * ph, size[1] + 2 * pw)
    places = im2col(np.arange(np.prod(shape)).reshape(shape), kernel, stride, 0, dilation)
    padded = np.bincount(places.ravel(), columns.ravel(), minlength=int(np.prod(shape))).reshape(shape)
    padded = padded[:, :, ph:, pw:][:, :, : size[0], : size[1]]
    return padded.astype(columns.dtype)


def conv2d_forward(x, w, b, stride=1, padding=0, dilation=1):
    if x.shape[1] != w.shape[1]:
        raise ValueError("w has other channels than x")
    if b.shape != (w.shape[0],):
        raise ValueError("b has a wrong shape")
    windows = _windows(x, w.shape[2:], stride, padding, dilation)
    out = np.einsum("ncpqij,fcij->nfpq", windows, w)
    out += b.reshape(1, -1, 1, 1)
    return out, Remembered(x, w, stride, padding, dilation, windows)


def conv2d_backward(dout, cache):
    """dx as a convolution: dout with the stride's gaps filled with zeros, padded all round, and the kernel rotated."""
    x, w, (kh, kw) = cache.x, cache.w, cache.w.shape[2:]
    (sh, sw), (dh, dw) = pair("stride", cache.stride, 1), pair("dilation", cache.dilation, 1)
    ph, pw = pair("padding", cache.padding, 0)
    top, left = dh * (kh - 1), dw * (kw - 1)
    n, f = dout.shape[:2]
    spread = np.zeros((n, f, x.shape[2] + 2 * ph + top, x.shape[3] + 2 * pw + left), dtype=dout.dtype)
    spread[:, :, top::sh, left::sw][:, :, : dout.shape[2], : dout.shape[3]] = dout
    windows = sliding_window_view(spread, (top + 1, left + 1), axis=(2, 3))[..., ::dh, ::dw]
    dx = np.einsum("nfpqij,fcij->ncpq", windows, w[:, :, ::-1, ::-1])
    dx = dx[:, :, ph : dx.shape[2] - ph, pw : dx.shape[3] - pw]
    return Gradients(dx, np.einsum("nfpq,ncpqij->fcij", dout, cache.windows), np.einsum("nfpq->f", dout))


def conv_transpose2d_forward(x, w, b, stride=1, padding=0, dilation=1):
    """As the backward pass of an ordinary convolution from the output to x."""
    (sh, sw), (ph, pw), (dh, dw) = pair("stride", stride, 1), pair("padding", padding, 0), pair("dilation", dilation, 1)
    if x.shape[1] != w.shape[0]:
        raise ValueError("w")
    if b.shape != (w.shape[1],):
        raise ValueError("b")
    h = (x.shape[2] - 1) * sh - 2 * ph + dh * (w.shape[2] - 1) + 1
    width = (x.shape[3] - 1) * sw - 2 * pw + dw * (w.shape[3] - 1) + 1
    if h < 1 or width < 1:
        raise ValueError(f"padding {padding} is too much")
    image = np.zeros((len(x), w.shape[1], h, width), dtype=x.dtype)
    cache = conv2d_forward(image, w, np.zeros(len(w)), stride, padding, dilation)[1]
    return conv2d_backward(x, cache).dx + b[:, None, None], {"x": x, "w": w}


def causal_conv1d_forward(x, w, b, dilation=1):
    if x.shape[1] != w.shape[1]:
        raise ValueError("w")
    if b.shape != w.shape[:1]:
        raise ValueError("b")
    k = w.shape[2]
    if dilation < 1:
        raise ValueError("dilation")
    past = (k - 1) * dilation
    x = np.concatenate([np.zeros((*x.shape[:2], past), dtype=x.dtype), x], axis=2)
    lags = [x[:, :, i * dilation : x.shape[2] - past + i * dilation] for i in range(k)]
    return np.einsum("knct,fck->nft", np.stack(lags), w) + b[None, :, None], object()


def multi_resolution_conv1d(x, weights):
    if not weights or any(w.shape[1] != x.shape[1] or w.shape[2] % 2 == 0 for w in weights):
        raise ValueError("weights")
    widest = max(w.shape[2] for w in weights)
    same_width = [np.pad(w, ((0, 0), (0, 0), ((widest - w.shape[2]) // 2,) * 2)) for w in weights]
    padded = np.pad(x, ((0, 0), (0, 0), (widest // 2, widest // 2)))
    return np.einsum("nctk,fck->nft", sliding_window_view(padded, widest, axis=2), np.concatenate(same_width))


def apply_filter(image, kernel):
    if image.ndim not in (2, 3):
        raise ValueError("image")
    if kernel.ndim != 2 or not kernel.shape[0] % 2 or not kernel.shape[1] % 2:
        raise ValueError("kernel")
    around = [(0, 0)] * (image.ndim - 2) + [(side // 2, side // 2) for side in kernel.shape]
    dtype = image.dtype if image.dtype.kind == "f" else np.float64
    windows = sliding_window_view(np.pad(image, around), kernel.shape, axis=(-2, -1))
    return np.einsum("...ij,ij->...", windows, kernel, dtype=dtype, casting="same_kind")
