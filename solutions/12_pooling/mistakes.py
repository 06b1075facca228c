"""Known wrong answers, each with the hint that a student gets."""

import numpy as np

from autograder import mistake, reference_beside

reference = reference_beside(__file__)


def whole_windows(dout, cache, step):
    """Sum pooling's gradient with the windows at every step-th pixel, (vertical, horizontal), whatever the stride was."""
    (n, c, h, w), (kh, kw), _, (ph, pw) = cache
    dpadded = np.zeros((n, c, h + 2 * ph, w + 2 * pw), dtype=dout.dtype)
    for p in range(dout.shape[2]):
        for q in range(dout.shape[3]):
            top, left = p * step[0], q * step[1]
            dpadded[:, :, top : top + kh, left : left + kw] += dout[:, :, p, q, None, None]
    return dpadded[:, :, ph : ph + h, pw : pw + w]


def winners(dout, cache, step):
    """The same for max pooling: of each window only the first of its largest pixels."""
    rows, (n, c, h, w), (_, kw), _, (ph, pw) = cache
    dpadded = np.zeros((n, c, h + 2 * ph, w + 2 * pw), dtype=dout.dtype)
    for i, j, p, q in np.ndindex(dout.shape):
        row, column = divmod(int(rows[i, j, p, q].argmax()), kw)
        row, column = row + p * step[0], column + q * step[1]
        if row < dpadded.shape[2] and column < dpadded.shape[3]:
            dpadded[i, j, row, column] += dout[i, j, p, q]
    return dpadded[:, :, ph : ph + h, pw : pw + w]


@mistake("flatten_forward", hint="Keep one row for each image: the first axis, the batch, stays as it is.")
def flatten_the_batch_too(x):
    return x.reshape(-1), reference.flatten_forward(x)[1]


@mistake("flatten_forward", hint="The channel varies slowest: all pixels of channel 0 first, then those of channel 1.")
def flatten_channels_fastest(x):
    out, cache = reference.flatten_forward(x)
    return np.moveaxis(x, 1, -1).reshape(out.shape), cache


@mistake("flatten_forward", hint="Read an image row by row: the last axis varies fastest, not the first.")
def flatten_column_by_column(x):
    out, cache = reference.flatten_forward(x)
    return x.reshape(out.shape, order="F"), cache


@mistake(
    "flatten_forward",
    hint="With no images in the batch, reshape cannot work out -1: tell it how many numbers an image has.",
)
def flatten_not_an_empty_batch(x):
    _, cache = reference.flatten_forward(x)
    return x.reshape(len(x), -1), cache


@mistake("flatten_backward", hint="dx has the shape of x: keep that shape in the cache and go back to it.")
def flatten_backward_stays_flat(dout, cache):
    return dout.copy()


@mistake("flatten_backward", hint="Go back by the same order as forwards: the channel is the slowest, not the fastest.")
def flatten_backward_channels_fastest(dout, cache):
    n, c, *size = cache
    return np.moveaxis(dout.reshape(n, *size, c), -1, 1)


@mistake("flatten_backward", hint="Go back by the same order as forwards: row by row, the last axis fastest.")
def flatten_backward_column_by_column(dout, cache):
    return dout.reshape(cache, order="F")


@mistake("global_avg_pool_forward", hint="It is a mean: divide the sum by the number of pixels, H * W.")
def global_average_is_a_sum(x):
    out, cache = reference.global_avg_pool_forward(x)
    return out * (x.shape[2] * x.shape[3]), cache


@mistake("global_avg_pool_forward", hint="Each channel has a mean of its own: leave axes 0 and 1 alone.")
def global_average_over_channels(x):
    _, cache = reference.global_avg_pool_forward(x)
    return x.mean(axis=(1, 2, 3)), cache


@mistake("global_avg_pool_forward", hint="out has two axes, (N, C), so that a dense layer can take it: no axes of 1.")
def global_average_keeps_dimensions(x):
    out, cache = reference.global_avg_pool_forward(x)
    return out[:, :, None, None], cache


@mistake("global_avg_pool_forward", hint="That is the largest number of each map; the mean was asked.")
def global_average_is_a_maximum(x):
    _, cache = reference.global_avg_pool_forward(x)
    return x.max(axis=(2, 3)), cache


@mistake("global_avg_pool_backward", hint="Each pixel had a share of 1 / (H W) in the mean; divide by H * W.")
def global_average_backward_undivided(dout, cache):
    return np.ones(cache, dtype=dout.dtype) * dout[:, :, None, None]


@mistake("global_avg_pool_backward", hint="The mean is over one channel's pixels: divide by H * W, not by C * H * W.")
def global_average_backward_divided_by_all(dout, cache):
    return reference.global_avg_pool_backward(dout, cache) / cache[1]


@mistake("global_avg_pool_backward", hint="dx has the shape of x: every pixel gets its share.")
def global_average_backward_not_spread(dout, cache):
    return dout / (cache[2] * cache[3])


@mistake("sum_pool2d_forward", hint="A sum is asked: do not divide it.")
def sum_pool_averages(x, kernel, stride=None, padding=0):
    total, cache = reference.sum_pool2d_forward(x, kernel, stride, padding)
    kh, kw = reference.pair("kernel", kernel, 1)
    return total / (kh * kw), cache


@mistake("sum_pool2d_forward", hint="The windows move by the stride where one is given, not always by the kernel.")
def sum_pool_ignores_the_stride(x, kernel, stride=None, padding=0):
    reference.sum_pool2d_forward(x, kernel, stride, padding)
    return reference.sum_pool2d_forward(x, kernel, None, padding)


@mistake("sum_pool2d_forward", hint="stride=None means that the stride is the kernel, not 1.")
def sum_pool_moves_by_one(x, kernel, stride=None, padding=0):
    return reference.sum_pool2d_forward(x, kernel, 1 if stride is None else stride, padding)


@mistake("sum_pool2d_forward", hint="A pair of strides is (vertical, horizontal): columns have their own.")
def sum_pool_has_one_stride(x, kernel, stride=None, padding=0):
    sh, _ = reference.pair("stride", kernel if stride is None else stride, 1)
    reference.sum_pool2d_forward(x, kernel, stride, padding)
    return reference.sum_pool2d_forward(x, kernel, sh, padding)


@mistake("sum_pool2d_forward", hint="Put the zeros around the image before the windows move: padding is not used.")
def sum_pool_without_padding(x, kernel, stride=None, padding=0):
    reference.sum_pool2d_forward(x, kernel, stride, padding)
    return reference.sum_pool2d_forward(x, kernel, stride)


@mistake("sum_pool2d_backward", hint="A pixel may lie in several windows: add with +=, do not overwrite with =.")
def sum_pool_backward_overwrites(dout, cache):
    (n, c, h, w), (kh, kw), (sh, sw), (ph, pw) = cache
    dpadded = np.zeros((n, c, h + 2 * ph, w + 2 * pw), dtype=dout.dtype)
    for p in range(dout.shape[2]):
        for q in range(dout.shape[3]):
            dpadded[:, :, p * sh : p * sh + kh, q * sw : q * sw + kw] = dout[:, :, p, q, None, None]
    return dpadded[:, :, ph : ph + h, pw : pw + w]


@mistake(
    "sum_pool2d_backward", hint="In a sum every pixel counts once: its gradient is dout itself, not a share of it."
)
def sum_pool_backward_averages(dout, cache):
    _, (kh, kw), _, _ = cache
    return reference.sum_pool2d_backward(dout / (kh * kw), cache)


@mistake("sum_pool2d_backward", hint="The forward pass moved by the stride, and so must the windows on the way back.")
def sum_pool_backward_ignores_the_stride(dout, cache):
    return whole_windows(dout, cache, cache[1])


@mistake("sum_pool2d_backward", hint="Window (p, q) begins at row p * sH and column q * sW, not at (p, q).")
def sum_pool_backward_moves_by_one(dout, cache):
    return whole_windows(dout, cache, (1, 1))


@mistake(
    "sum_pool2d_backward", hint="With padding 0 the slice [0:-0] is empty. Cut out [padding : padding + size] instead."
)
def sum_pool_backward_empty_without_padding(dout, cache):
    (n, c, h, w), kernel, stride, (ph, pw) = cache
    dpadded = reference.sum_pool2d_backward(dout, ((n, c, h + 2 * ph, w + 2 * pw), kernel, stride, (0, 0)))
    return dpadded[:, :, ph:-ph, pw:-pw]


@mistake("sum_pool2d_backward", hint="dx has the shape of x: cut off what fell on the padding.")
def sum_pool_backward_keeps_the_padding(dout, cache):
    (n, c, h, w), kernel, stride, (ph, pw) = cache
    return reference.sum_pool2d_backward(dout, ((n, c, h + 2 * ph, w + 2 * pw), kernel, stride, (0, 0)))


@mistake("avg_pool2d_forward", hint="The padding counts too: divide by kH * kW even where a window lies half outside.")
def avg_pool_divides_by_pixels_inside(x, kernel, stride=None, padding=0):
    out, cache = reference.avg_pool2d_forward(x, kernel, stride, padding)
    return out / reference.avg_pool2d_forward(np.ones_like(x), kernel, stride, padding)[0], cache


@mistake("avg_pool2d_forward", hint="A window has kH * kW pixels; it need not be square.")
def avg_pool_divides_by_a_square(x, kernel, stride=None, padding=0):
    _, cache = reference.avg_pool2d_forward(x, kernel, stride, padding)
    total, _ = reference.sum_pool2d_forward(x, kernel, stride, padding)
    return total / reference.pair("kernel", kernel, 1)[0] ** 2, cache


@mistake("avg_pool2d_forward", hint="Divide the sum by the number of pixels in the window.")
def avg_pool_sums(x, kernel, stride=None, padding=0):
    _, cache = reference.avg_pool2d_forward(x, kernel, stride, padding)
    return reference.sum_pool2d_forward(x, kernel, stride, padding)[0], cache


@mistake("avg_pool2d_forward", hint="The windows move by the stride where one is given, not always by the kernel.")
def avg_pool_ignores_the_stride(x, kernel, stride=None, padding=0):
    reference.avg_pool2d_forward(x, kernel, stride, padding)
    return reference.avg_pool2d_forward(x, kernel, None, padding)


@mistake("avg_pool2d_forward", hint="stride=None means that the stride is the kernel, not 1.")
def avg_pool_moves_by_one(x, kernel, stride=None, padding=0):
    return reference.avg_pool2d_forward(x, kernel, 1 if stride is None else stride, padding)


@mistake("avg_pool2d_forward", hint="Put the zeros around the image before the windows move: padding is not used.")
def avg_pool_without_padding(x, kernel, stride=None, padding=0):
    reference.avg_pool2d_forward(x, kernel, stride, padding)
    return reference.avg_pool2d_forward(x, kernel, stride)


@mistake("avg_pool2d_backward", hint="A mean is a sum divided by kH * kW, and so is its gradient.")
def avg_pool_backward_undivided(dout, cache):
    return reference.sum_pool2d_backward(dout, cache[0])


@mistake(
    "avg_pool2d_backward", hint="Forwards the padding counted; so divide by kH * kW here too, at the border as well."
)
def avg_pool_backward_divides_by_pixels_inside(dout, cache):
    (shape, *geometry), _ = cache
    counts, sum_cache = reference.sum_pool2d_forward(np.ones(shape, dtype=dout.dtype), *geometry)
    return reference.sum_pool2d_backward(dout / counts, sum_cache)


@mistake("avg_pool2d_backward", hint="A pixel may lie in several windows: add with +=, do not overwrite with =.")
def avg_pool_backward_overwrites(dout, cache):
    ((n, c, h, w), (kh, kw), (sh, sw), (ph, pw)), pixels = cache
    dpadded = np.zeros((n, c, h + 2 * ph, w + 2 * pw), dtype=dout.dtype)
    for p in range(dout.shape[2]):
        for q in range(dout.shape[3]):
            share = dout[:, :, p, q, None, None] / pixels
            dpadded[:, :, p * sh : p * sh + kh, q * sw : q * sw + kw] = share
    return dpadded[:, :, ph : ph + h, pw : pw + w]


@mistake("avg_pool2d_backward", hint="The forward pass moved by the stride, and so must the windows on the way back.")
def avg_pool_backward_ignores_the_stride(dout, cache):
    sum_cache, pixels = cache
    return whole_windows(dout / pixels, sum_cache, sum_cache[1])


@mistake("avg_pool2d_backward", hint="Window (p, q) begins at row p * sH and column q * sW, not at (p, q).")
def avg_pool_backward_moves_by_one(dout, cache):
    sum_cache, pixels = cache
    return whole_windows(dout / pixels, sum_cache, (1, 1))


@mistake("avg_pool2d_backward", hint="dx has the shape of x: cut off what fell on the padding.")
def avg_pool_backward_keeps_the_padding(dout, cache):
    ((n, c, h, w), kernel, stride, (ph, pw)), pixels = cache
    whole = (n, c, h + 2 * ph, w + 2 * pw), kernel, stride, (0, 0)
    return reference.avg_pool2d_backward(dout, (whole, pixels))


@mistake("max_pool2d_forward", hint="A zero wins where all pixels are negative. Pad with what can never win.")
def max_pool_pads_with_zero(x, kernel, stride=None, padding=0):
    _, cache = reference.max_pool2d_forward(x, kernel, stride, padding)
    (ph, pw), stride = reference.pair("padding", padding, 0), kernel if stride is None else stride
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    return reference.max_pool2d_forward(padded, kernel, stride)[0], cache


@mistake(
    "max_pool2d_forward", hint="However low a finite number is, pixels may be lower: there is only one that cannot win."
)
def max_pool_pads_with_a_low_number(x, kernel, stride=None, padding=0):
    _, cache = reference.max_pool2d_forward(x, kernel, stride, padding)
    (ph, pw), stride = reference.pair("padding", padding, 0), kernel if stride is None else stride
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)), constant_values=-1e9)
    return reference.max_pool2d_forward(padded, kernel, stride)[0], cache


@mistake("max_pool2d_forward", hint="The windows move by the stride where one is given, not always by the kernel.")
def max_pool_ignores_the_stride(x, kernel, stride=None, padding=0):
    reference.max_pool2d_forward(x, kernel, stride, padding)
    return reference.max_pool2d_forward(x, kernel, None, padding)


@mistake("max_pool2d_forward", hint="stride=None means that the stride is the kernel, not 1.")
def max_pool_moves_by_one(x, kernel, stride=None, padding=0):
    return reference.max_pool2d_forward(x, kernel, 1 if stride is None else stride, padding)


@mistake("max_pool2d_forward", hint="A window that only half fits does not count: round the number of windows down.")
def max_pool_counts_half_windows(x, kernel, stride=None, padding=0):
    _, cache = reference.max_pool2d_forward(x, kernel, stride, padding)
    (kh, kw), (ph, pw) = reference.pair("kernel", kernel, 1), reference.pair("padding", padding, 0)
    sh, sw = reference.pair("stride", kernel if stride is None else stride, 1)
    below, right = -(x.shape[2] + 2 * ph - kh) % sh, -(x.shape[3] + 2 * pw - kw) % sw
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph + below), (pw, pw + right)), constant_values=-np.inf)
    return reference.max_pool2d_forward(padded, kernel, (sh, sw))[0], cache


@mistake("max_pool2d_forward", hint="The padding belongs around the image before the windows move: it is not used.")
def max_pool_without_padding(x, kernel, stride=None, padding=0):
    reference.max_pool2d_forward(x, kernel, stride, padding)
    return reference.max_pool2d_forward(x, kernel, stride)


@mistake(
    "max_pool2d_forward", hint="Each channel is pooled by itself: the maximum runs over the window's two axes only."
)
def max_pool_over_channels(x, kernel, stride=None, padding=0):
    out, cache = reference.max_pool2d_forward(x, kernel, stride, padding)
    return np.broadcast_to(out.max(axis=1, keepdims=True), out.shape).copy(), cache


@mistake("max_pool2d_backward", hint="Only one pixel of a window gets the gradient: among equals the first, not all.")
def max_pool_backward_to_every_maximum(dout, cache):
    rows, *geometry = cache
    dx, won = 0, rows == rows.max(axis=-1, keepdims=True)
    for k in range(rows.shape[-1]):
        one_hot = np.zeros_like(rows)
        one_hot[..., k] = 1
        dx = dx + reference.max_pool2d_backward(dout * won[..., k], (one_hot, *geometry))
    return dx


@mistake("max_pool2d_backward", hint="Equals do not share: the first one gets the whole dout.")
def max_pool_backward_splits_ties(dout, cache):
    rows, *geometry = cache
    dx, won = 0, rows == rows.max(axis=-1, keepdims=True)
    for k in range(rows.shape[-1]):
        one_hot = np.zeros_like(rows)
        one_hot[..., k] = 1
        share = (dout * won[..., k] / won.sum(axis=-1)).astype(dout.dtype)
        dx = dx + reference.max_pool2d_backward(share, (one_hot, *geometry))
    return dx


@mistake(
    "max_pool2d_backward",
    hint="Among equals the first one wins: an equal one that comes later takes nothing (> not >=).",
)
def max_pool_backward_to_the_last(dout, cache):
    rows, *geometry = cache
    last = rows.shape[-1] - 1 - rows[..., ::-1].argmax(axis=-1)
    return reference.max_pool2d_backward(dout, (np.eye(rows.shape[-1])[last], *geometry))


@mistake("max_pool2d_backward", hint="A pixel may win several windows: add with +=, do not overwrite with =.")
def max_pool_backward_overwrites_the_winner(dout, cache):
    rows, (n, c, h, w), (_, kw), (sh, sw), (ph, pw) = cache
    dpadded = np.zeros((n, c, h + 2 * ph, w + 2 * pw), dtype=dout.dtype)
    for index in np.ndindex(dout.shape):
        best = int(rows[index].argmax())
        place = index[2] * sh + best // kw, index[3] * sw + best % kw
        dpadded[index[0], index[1], place[0], place[1]] = dout[index]
    return dpadded[:, :, ph : ph + h, pw : pw + w]


@mistake(
    "max_pool2d_backward",
    hint="The zeros for a window's losers wipe out what they won elsewhere: add with +=, do not overwrite with =.",
)
def max_pool_backward_overwrites_the_window(dout, cache):
    rows, (n, c, h, w), (kh, kw), (sh, sw), (ph, pw) = cache
    dpadded = np.zeros((n, c, h + 2 * ph, w + 2 * pw), dtype=dout.dtype)
    for i, j, p, q in np.ndindex(dout.shape):
        won = np.arange(kh * kw).reshape(kh, kw) == rows[i, j, p, q].argmax()
        dpadded[i, j, p * sh : p * sh + kh, q * sw : q * sw + kw] = won * dout[i, j, p, q]
    return dpadded[:, :, ph : ph + h, pw : pw + w]


@mistake("max_pool2d_backward", hint="Only the winner counted: the others could change a little without any effect.")
def max_pool_backward_to_the_whole_window(dout, cache):
    return reference.sum_pool2d_backward(dout, cache[1:])


@mistake("max_pool2d_backward", hint="The forward pass moved by the stride, and so must the windows on the way back.")
def max_pool_backward_ignores_the_stride(dout, cache):
    return winners(dout, cache, cache[2])


@mistake("max_pool2d_backward", hint="Window (p, q) begins at row p * sH and column q * sW, not at (p, q).")
def max_pool_backward_moves_by_one(dout, cache):
    return winners(dout, cache, (1, 1))


@mistake(
    "max_pool2d_backward", hint="With padding 0 the slice [0:-0] is empty. Cut out [padding : padding + size] instead."
)
def max_pool_backward_empty_without_padding(dout, cache):
    rows, (n, c, h, w), kernel, stride, (ph, pw) = cache
    whole = rows, (n, c, h + 2 * ph, w + 2 * pw), kernel, stride, (0, 0)
    return reference.max_pool2d_backward(dout, whole)[:, :, ph:-ph, pw:-pw]


@mistake("max_pool2d_backward", hint="dx has the shape of x: cut off the padding.")
def max_pool_backward_keeps_the_padding(dout, cache):
    rows, (n, c, h, w), kernel, stride, (ph, pw) = cache
    return reference.max_pool2d_backward(dout, (rows, (n, c, h + 2 * ph, w + 2 * pw), kernel, stride, (0, 0)))


@mistake("min_pool2d_forward", hint="min(x) = -max(-x): turn the result back over.")
def min_pool_not_turned_back(x, kernel, stride=None, padding=0):
    out, cache = reference.min_pool2d_forward(x, kernel, stride, padding)
    return -out, cache


@mistake("min_pool2d_forward", hint="That is the largest number; the smallest was asked.")
def min_pool_takes_the_maximum(x, kernel, stride=None, padding=0):
    _, cache = reference.min_pool2d_forward(x, kernel, stride, padding)
    return reference.max_pool2d_forward(x, kernel, stride, padding)[0], cache


@mistake("min_pool2d_forward", hint="A zero wins where all pixels are positive. Pad with what can never win.")
def min_pool_pads_with_zero(x, kernel, stride=None, padding=0):
    _, cache = reference.min_pool2d_forward(x, kernel, stride, padding)
    (ph, pw), stride = reference.pair("padding", padding, 0), kernel if stride is None else stride
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    return reference.min_pool2d_forward(padded, kernel, stride)[0], cache


@mistake("min_pool2d_forward", hint="Minus infinity never wins under max, but always under min.")
def min_pool_pads_with_minus_infinity(x, kernel, stride=None, padding=0):
    _, cache = reference.min_pool2d_forward(x, kernel, stride, padding)
    (ph, pw), stride = reference.pair("padding", padding, 0), kernel if stride is None else stride
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)), constant_values=-np.inf)
    return reference.min_pool2d_forward(padded, kernel, stride)[0], cache


@mistake("min_pool2d_forward", hint="The windows move by the stride where one is given, not always by the kernel.")
def min_pool_ignores_the_stride(x, kernel, stride=None, padding=0):
    reference.min_pool2d_forward(x, kernel, stride, padding)
    return reference.min_pool2d_forward(x, kernel, None, padding)


@mistake("min_pool2d_forward", hint="stride=None means that the stride is the kernel, not 1.")
def min_pool_moves_by_one(x, kernel, stride=None, padding=0):
    return reference.min_pool2d_forward(x, kernel, 1 if stride is None else stride, padding)


@mistake("min_pool2d_backward", hint="min(x) = -max(-x) has two signs, and they cancel on the way back.")
def min_pool_backward_sign(dout, cache):
    return -reference.min_pool2d_backward(dout, cache)


@mistake("min_pool2d_backward", hint="The gradient goes to the pixel that was chosen: the smallest, not the largest.")
def min_pool_backward_to_the_maximum(dout, cache):
    return reference.min_pool2d_backward(dout, (-cache[0], *cache[1:]))


@mistake("min_pool2d_backward", hint="Only one pixel of a window gets the gradient: among equals the first, not all.")
def min_pool_backward_to_every_minimum(dout, cache):
    rows, *geometry = cache
    dx, won = 0, rows == rows.max(axis=-1, keepdims=True)
    for k in range(rows.shape[-1]):
        one_hot = np.zeros_like(rows)
        one_hot[..., k] = 1
        dx = dx + reference.min_pool2d_backward(dout * won[..., k], (one_hot, *geometry))
    return dx


@mistake("min_pool2d_backward", hint="A pixel may win several windows: add with +=, do not overwrite with =.")
def min_pool_backward_overwrites(dout, cache):
    rows, (n, c, h, w), (_, kw), (sh, sw), (ph, pw) = cache
    dpadded = np.zeros((n, c, h + 2 * ph, w + 2 * pw), dtype=dout.dtype)
    for index in np.ndindex(dout.shape):
        best = int(rows[index].argmax())
        place = index[2] * sh + best // kw, index[3] * sw + best % kw
        dpadded[index[0], index[1], place[0], place[1]] = dout[index]
    return dpadded[:, :, ph : ph + h, pw : pw + w]


@mistake("min_pool2d_backward", hint="The forward pass moved by the stride, and so must the windows on the way back.")
def min_pool_backward_ignores_the_stride(dout, cache):
    return winners(dout, cache, cache[2])


@mistake("min_pool2d_backward", hint="Window (p, q) begins at row p * sH and column q * sW, not at (p, q).")
def min_pool_backward_moves_by_one(dout, cache):
    return winners(dout, cache, (1, 1))
