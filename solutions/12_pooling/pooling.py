"""Pooling: from feature maps to few numbers, by summing, averaging or choosing within windows.

Images are float arrays (N, C, H, W), as in torch, and each channel is pooled by itself. There is nothing to learn here,
no weights, so a backward pass returns dx alone. Functions return results in the inputs' dtype (float32 in, float32 out)
and leave what they are given as it was. The lines above yours refuse bad input; they are given, and what they unpack is
yours to use.

The windows of sum_pool2d, avg_pool2d, max_pool2d and min_pool2d are those of a convolution: window (p, q) covers rows
p * sH to p * sH + kH - 1 and columns q * sW to q * sW + kW - 1 of the padded image, and on each axis there are
floor((size + 2 padding - kernel) / stride) + 1 of them. You wrote output_size in 11_convolution; here it is yours to use.
"""

import numpy as np


def require(holds, message):
    """Refuse bad input. Given, not an exercise.

    Args:
        holds: whether the input is good.
        message: what is wrong otherwise, with the argument's name and value.

    Raises:
        ValueError: with the message, unless it holds.

    Example:
        >>> require(3 >= 1, "kernel must be at least 1, not 3")
    """
    if not holds:
        raise ValueError(message)


def pair(name, value, least):
    """(vertical, horizontal) of a pair of ints, or of one int that is meant for both. Given, not an exercise.

    Args:
        name: what the argument is called, for the message.
        value: int, or a pair of ints.
        least: the smallest int allowed.

    Raises:
        ValueError: naming the argument, if value is neither an int nor a pair of ints, or holds one below least.

    Example:
        >>> pair("stride", 2, least=1), pair("padding", (0, 3), least=0)
        ((2, 2), (0, 3))
    """
    both = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    good = len(both) == 2 and all(isinstance(each, (int, np.integer)) and each >= least for each in both)
    require(good, f"{name} must be an int of at least {least}, or a pair of such ints, not {value!r}")
    return both


def geometry(size, kernel, stride=None, padding=0):
    """The pairs (vertical, horizontal) of kernel, stride and padding. Given, not an exercise.

    Args:
        size: (H, W) of the image.
        kernel, padding: int, or a pair of ints.
        stride: int, or a pair of ints; None means that it is the kernel.

    Raises:
        ValueError: naming kernel, stride or padding, as pair does; naming padding, if it is more than half the kernel;
            naming kernel, if it is larger than the padded image.

    Example:
        >>> geometry((5, 6), kernel=(3, 2), padding=1)
        ((3, 2), (3, 2), (1, 1))
    """
    kernel, padding = pair("kernel", kernel, 1), pair("padding", padding, 0)
    stride = kernel if stride is None else pair("stride", stride, 1)
    for pixels, width, zeros in zip(size, kernel, padding, strict=True):
        require(zeros <= width // 2, f"padding {padding} is more than half the kernel {kernel}")
        require(width <= pixels + 2 * zeros, f"kernel {kernel} is larger than the image, {size} with padding {padding}")
    return kernel, stride, padding


def flatten_forward(x):
    """Write all numbers of an image in one row, for a dense layer.

    The last axis varies fastest: out[n, (c H + h) W + w] = x[n, c, h, w].

    Args:
        x: array (N, ...) of any dtype, with at least two axes. N may be 0, an empty batch.

    Returns:
        (out, cache): out (N, D) of x's dtype, D being the product of all axes but the first; cache is whatever
        flatten_backward needs. out may share its memory with x, and x stays as it is.

    Raises:
        ValueError: naming x, if it has fewer than two axes.

    Source: torch.flatten(x, start_dim=1).

    Example:
        >>> out, cache = flatten_forward(np.array([[[[1.0, 2.0]], [[3.0, 4.0]]]]))
        >>> out
        array([[1., 2., 3., 4.]])
    """
    require(x.ndim >= 2, f"x must have at least two axes, but its shape is {x.shape}")
    ### BEGIN SOLUTION
    columns = int(np.prod(x.shape[1:]))  # reshape's -1 cannot be told from an empty batch
    return x.reshape(len(x), columns), x.shape
    ### END SOLUTION


def flatten_backward(dout, cache):
    """Gradient of flatten: every number goes back to where it stood.

    Args:
        dout: upstream gradient, array (N, D).
        cache: what flatten_forward returned beside out; other layers may have been called since.

    Returns:
        dx, of the shape of x and the dtype of dout, which stays as it is.

    Source: the gradient of torch.flatten.

    Example:
        >>> out, cache = flatten_forward(np.zeros((1, 2, 1, 2)))
        >>> flatten_backward(np.array([[10.0, 20.0, 30.0, 40.0]]), cache)[0, 1]
        array([[30., 40.]])
    """
    ### BEGIN SOLUTION
    return dout.reshape(cache)
    ### END SOLUTION


def global_avg_pool_forward(x):
    """One number for each feature map, its mean: out[n, c] = 1 / (H W) * sum over h, w of x[n, c, h, w].

    Args:
        x: float array (N, C, H, W).

    Returns:
        (out, cache): out (N, C) of x's dtype, ready for a dense layer; cache is whatever global_avg_pool_backward needs.
        x stays as it is.

    Raises:
        ValueError: naming x, if it has not four axes.

    Source: Lin, Chen, Yan, "Network In Network" (2013), section 3.2; torch.mean(x, dim=(2, 3)).

    Example:
        >>> out, cache = global_avg_pool_forward(np.array([[[[1.0, 2.0], [3.0, 6.0]]]]))
        >>> out
        array([[3.]])
    """
    require(x.ndim == 4, f"x must be (N, C, H, W), but its shape is {x.shape}")
    ### BEGIN SOLUTION
    return x.mean(axis=(2, 3)), x.shape
    ### END SOLUTION


def global_avg_pool_backward(dout, cache):
    """Gradient of global average pooling: every pixel had a share of 1 / (H W), so dx[n, c, h, w] = dout[n, c] / (H W).

    Args:
        dout: upstream gradient, array (N, C).
        cache: what global_avg_pool_forward returned beside out; other layers may have been called since.

    Returns:
        dx, array (N, C, H, W) of the dtype of dout, which stays as it is.

    Source: the gradient of torch.mean.

    Example:
        >>> out, cache = global_avg_pool_forward(np.array([[[[1.0, 2.0], [3.0, 6.0]]]]))
        >>> global_avg_pool_backward(np.array([[10.0]]), cache)
        array([[[[2.5, 2.5],
                 [2.5, 2.5]]]])
    """
    ### BEGIN SOLUTION
    _, _, h, w = cache
    share = dout[:, :, None, None] / (h * w)
    return share.repeat(h, axis=2).repeat(w, axis=3)
    ### END SOLUTION


def sum_pool2d_forward(x, kernel, stride=None, padding=0):
    """Sum of every window: out[n, c, p, q] = sum over i < kH, j < kW of padded_x[n, c, p * sH + i, q * sW + j].

    The image is padded with zeros.

    Args:
        x: float array (N, C, H, W).
        kernel: size of the window, int or pair (kH, kW), at least 1.
        stride: from one window to the next, int or pair (sH, sW), at least 1; None means that it is the kernel, so that
            the windows stand side by side.
        padding: zeros on each side, int or pair (pH, pW), from 0 to half the kernel, rounded down: no window may lie
            outside the image.

    Returns:
        (out, cache): out (N, C, H_out, W_out) of x's dtype, while x stays as it is; cache is whatever
        sum_pool2d_backward needs.

    Raises:
        ValueError: naming kernel, stride or padding, as geometry does.

    Source: torch.nn.functional.avg_pool2d with divisor_override=1.

    Example:
        >>> out, cache = sum_pool2d_forward(np.array([[[[1.0, 2.0, 3.0, 4.0]]]]), kernel=(1, 2))
        >>> out
        array([[[[3., 7.]]]])
    """
    (kh, kw), (sh, sw), (ph, pw) = geometry(x.shape[2:], kernel, stride, padding)
    ### BEGIN SOLUTION
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(2, 3))[:, :, ::sh, ::sw]
    return windows.sum(axis=(4, 5)), (x.shape, (kh, kw), (sh, sw), (ph, pw))
    ### END SOLUTION


def sum_pool2d_backward(dout, cache):
    """Gradient of sum pooling: each pixel gets the dout of every window that it lies in.

    d out[n, c, p, q] / d padded_x[n, c, h, w] is 1 where window (p, q) covers (h, w) and 0 elsewhere. Windows that
    overlap add up; pixels in no window get 0; what falls on the padding is dropped (without padding, mind that the slice
    [0:-0] is empty).

    Args:
        dout: upstream gradient, array (N, C, H_out, W_out).
        cache: what sum_pool2d_forward returned beside out; other layers may have been called since.

    Returns:
        dx, array (N, C, H, W) of the dtype of dout, which stays as it is.

    Source: the gradient of torch.nn.functional.avg_pool2d with divisor_override=1.

    Example:
        >>> out, cache = sum_pool2d_forward(np.array([[[[1.0, 2.0, 3.0]]]]), kernel=(1, 2), stride=1)
        >>> sum_pool2d_backward(np.array([[[[10.0, 1.0]]]]), cache)
        array([[[[10., 11.,  1.]]]])
    """
    ### BEGIN SOLUTION
    (n, c, h, w), (kh, kw), (sh, sw), (ph, pw) = cache
    out_h, out_w = dout.shape[2:]
    dpadded = np.zeros((n, c, ph + h + ph, pw + w + pw), dtype=dout.dtype)
    for i in range(kh):
        for j in range(kw):
            dpadded[:, :, i : i + sh * out_h : sh, j : j + sw * out_w : sw] += dout
    return dpadded[:, :, ph : ph + h, pw : pw + w]
    ### END SOLUTION


def avg_pool2d_forward(x, kernel, stride=None, padding=0):
    """Mean of every window: the sum that sum_pool2d_forward gives, divided by kH * kW.

    The padding counts: a window at the border is divided by kH * kW too, as in torch, so that its mean sinks.

    Args:
        x: float array (N, C, H, W).
        kernel, stride, padding: as for sum_pool2d_forward.

    Returns:
        (out, cache): out (N, C, H_out, W_out) of x's dtype, while x stays as it is; cache is whatever
        avg_pool2d_backward needs.

    Raises:
        ValueError: naming kernel, stride or padding, as geometry does.

    Source: torch.nn.functional.avg_pool2d (count_include_pad=True, the default).

    Example:
        >>> out, cache = avg_pool2d_forward(np.array([[[[1.0, 2.0, 3.0, 5.0]]]]), kernel=(1, 2))
        >>> out
        array([[[[1.5, 4. ]]]])
    """
    (kh, kw), (sh, sw), (ph, pw) = geometry(x.shape[2:], kernel, stride, padding)
    ### BEGIN SOLUTION
    total, sum_cache = sum_pool2d_forward(x, (kh, kw), (sh, sw), (ph, pw))
    return total / (kh * kw), (sum_cache, kh * kw)
    ### END SOLUTION


def avg_pool2d_backward(dout, cache):
    """Gradient of average pooling: each pixel gets dout / (kH kW) of every window that it lies in.

    avg = sum / (kH kW), so by the chain rule dx is sum pooling's gradient for dout / (kH kW).

    Args:
        dout: upstream gradient, array (N, C, H_out, W_out).
        cache: what avg_pool2d_forward returned beside out; other layers may have been called since.

    Returns:
        dx, array (N, C, H, W) of the dtype of dout, which stays as it is.

    Source: the gradient of torch.nn.functional.avg_pool2d.

    Example:
        >>> out, cache = avg_pool2d_forward(np.array([[[[1.0, 2.0, 3.0]]]]), kernel=(1, 2), stride=1)
        >>> avg_pool2d_backward(np.array([[[[10.0, 1.0]]]]), cache)
        array([[[[5. , 5.5, 0.5]]]])
    """
    ### BEGIN SOLUTION
    sum_cache, pixels = cache
    return sum_pool2d_backward(dout / pixels, sum_cache)
    ### END SOLUTION


def max_pool2d_forward(x, kernel, stride=None, padding=0):
    """The largest number of every window: out[n, c, p, q] = max over i < kH, j < kW of x[n, c, p * sH + i, q * sW + j].

    The padding makes windows at the border fit, but never wins, however small the pixels are: it is minus infinity.

    Args:
        x: float array (N, C, H, W) of finite numbers.
        kernel, stride, padding: as for sum_pool2d_forward.

    Returns:
        (out, cache): out (N, C, H_out, W_out) of x's dtype, while x stays as it is; cache is whatever
        max_pool2d_backward needs.

    Raises:
        ValueError: naming kernel, stride or padding, as geometry does.

    Source: torch.nn.functional.max_pool2d.

    Example:
        >>> out, cache = max_pool2d_forward(np.array([[[[1.0, 2.0, -3.0, -4.0]]]]), kernel=(1, 2))
        >>> out
        array([[[[ 2., -3.]]]])
    """
    (kh, kw), (sh, sw), (ph, pw) = geometry(x.shape[2:], kernel, stride, padding)
    ### BEGIN SOLUTION
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)), constant_values=-np.inf)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (kh, kw), axis=(2, 3))[:, :, ::sh, ::sw]
    rows = windows.reshape(*windows.shape[:4], kh * kw)  # each window's pixels, row by row
    return rows.max(axis=-1), (rows, x.shape, (kh, kw), (sh, sw), (ph, pw))
    ### END SOLUTION


def max_pool2d_backward(dout, cache):
    """Gradient of max pooling: each window's dout goes to the one pixel that won, all others get nothing.

    d max / d x_k is 1 for the pixel k that is the largest and 0 for the rest. Among equals the first one wins, reading
    the window row by row. A pixel that wins several windows gets the sum of their gradients.

    Args:
        dout: upstream gradient, array (N, C, H_out, W_out).
        cache: what max_pool2d_forward returned beside out; other layers may have been called since.

    Returns:
        dx, array (N, C, H, W) of the dtype of dout, which stays as it is.

    Source: the gradient of torch.nn.functional.max_pool2d.

    Example:
        >>> out, cache = max_pool2d_forward(np.array([[[[1.0, 7.0, 7.0, 5.0]]]]), kernel=(1, 2), stride=1)
        >>> max_pool2d_backward(np.array([[[[10.0, 1.0, 3.0]]]]), cache)
        array([[[[ 0., 11.,  3.,  0.]]]])
    """
    ### BEGIN SOLUTION
    rows, (n, c, h, w), (kh, kw), (sh, sw), (ph, pw) = cache
    out_h, out_w = dout.shape[2:]
    first_best = rows.argmax(axis=-1)
    dpadded = np.zeros((n, c, ph + h + ph, pw + w + pw), dtype=dout.dtype)
    for i in range(kh):
        for j in range(kw):
            won = np.where(first_best == i * kw + j, dout, 0)
            dpadded[:, :, i : i + sh * out_h : sh, j : j + sw * out_w : sw] += won
    return dpadded[:, :, ph : ph + h, pw : pw + w]
    ### END SOLUTION


def min_pool2d_forward(x, kernel, stride=None, padding=0):
    """The smallest number of every window; the padding never wins.

    The smallest number is the largest of the numbers turned over, turned back: min(x) = -max(-x).

    Args:
        x: float array (N, C, H, W) of finite numbers.
        kernel, stride, padding: as for sum_pool2d_forward.

    Returns:
        (out, cache): out (N, C, H_out, W_out) of x's dtype, while x stays as it is; cache is whatever
        min_pool2d_backward needs.

    Raises:
        ValueError: naming kernel, stride or padding, as geometry does.

    Source: -torch.nn.functional.max_pool2d(-x).

    Example:
        >>> out, cache = min_pool2d_forward(np.array([[[[1.0, 2.0, -3.0, -4.0]]]]), kernel=(1, 2))
        >>> out
        array([[[[ 1., -4.]]]])
    """
    (kh, kw), (sh, sw), (ph, pw) = geometry(x.shape[2:], kernel, stride, padding)
    ### BEGIN SOLUTION
    negative, cache = max_pool2d_forward(-x, (kh, kw), (sh, sw), (ph, pw))
    return -negative, cache
    ### END SOLUTION


def min_pool2d_backward(dout, cache):
    """Gradient of min pooling: each window's dout goes to its smallest pixel, the first one among equals.

    min(x) = -max(-x) has two signs, and they cancel: d min / d x_k is 1 for the smallest pixel and 0 for the rest.

    Args:
        dout: upstream gradient, array (N, C, H_out, W_out).
        cache: what min_pool2d_forward returned beside out; other layers may have been called since.

    Returns:
        dx, array (N, C, H, W) of the dtype of dout, which stays as it is.

    Source: the gradient of -torch.nn.functional.max_pool2d(-x).

    Example:
        >>> out, cache = min_pool2d_forward(np.array([[[[1.0, 7.0, 7.0, 5.0]]]]), kernel=(1, 2), stride=1)
        >>> min_pool2d_backward(np.array([[[[10.0, 1.0, 3.0]]]]), cache)
        array([[[[10.,  1.,  0.,  3.]]]])
    """
    ### BEGIN SOLUTION
    return max_pool2d_backward(dout, cache)
    ### END SOLUTION
