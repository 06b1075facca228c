"""Known wrong answers, each with the hint that a student gets."""

import numpy as np

from autograder import mistake, reference_beside

reference = reference_beside(__file__)


@mistake(
    "output_size",
    hint="Divide by the stride and then add 1, for the place where the kernel starts; (S + 1) in the denominator is a "
    "slip that circulates.",
)
def output_size_stride_plus_one(size, kernel, stride=1, padding=0, dilation=1):
    reference.output_size(size, kernel, stride, padding, dilation)
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // (stride + 1)


@mistake("output_size", hint="The padding is added on both sides, so it counts twice.")
def output_size_padding_once(size, kernel, stride=1, padding=0, dilation=1):
    reference.output_size(size, kernel, stride, padding, dilation)
    return (size + padding - dilation * (kernel - 1) - 1) // stride + 1


@mistake("output_size", hint="A kernel that only half fits does not count: round the division down, not up.")
def output_size_rounded_up(size, kernel, stride=1, padding=0, dilation=1):
    reference.output_size(size, kernel, stride, padding, dilation)
    return -((size + 2 * padding - dilation * (kernel - 1) - 1) // -stride) + 1


@mistake("output_size", hint="The division counts the kernel's moves; there is one place more than there are moves.")
def output_size_counts_moves(size, kernel, stride=1, padding=0, dilation=1):
    return reference.output_size(size, kernel, stride, padding, dilation) - 1


@mistake("output_size", hint="With gaps between its weights the kernel spans dilation * (kernel - 1) + 1 pixels.")
def output_size_without_dilation(size, kernel, stride=1, padding=0, dilation=1):
    reference.output_size(size, kernel, stride, padding, dilation)
    return (size + 2 * padding - kernel) // stride + 1


@mistake("output_size", hint="There are kernel - 1 gaps between kernel weights, so it does not span dilation * kernel.")
def output_size_one_gap_too_many(size, kernel, stride=1, padding=0, dilation=1):
    reference.output_size(size, kernel, stride, padding, dilation)
    return (size + 2 * padding - dilation * kernel) // stride + 1


@mistake("same_padding", hint="A dilated kernel spans more pixels, and needs that much more padding.")
def same_padding_without_dilation(kernel, dilation=1):
    reference.same_padding(kernel, dilation)
    return (kernel - 1) // 2


@mistake("same_padding", hint="That is what both sides need together; each side gets half of it.")
def same_padding_both_sides_together(kernel, dilation=1):
    return 2 * reference.same_padding(kernel, dilation)


@mistake("same_padding", hint="Half of dilation * kernel is not half of dilation * (kernel - 1): count the gaps.")
def same_padding_half_of_dilated_kernel(kernel, dilation=1):
    reference.same_padding(kernel, dilation)
    return dilation * kernel // 2


@mistake("zero_pad", hint="Zeros go on both sides: above and below, left and right.")
def zero_pad_before_only(x, padding):
    (ph, pw), (n, c, h, w) = reference.pair("padding", padding, 0), x.shape
    out = np.zeros((n, c, h + ph, w + pw), dtype=x.dtype)
    out[:, :, ph:, pw:] = x
    return out


@mistake("zero_pad", hint="A pair is (vertical, horizontal): the first number pads the rows, axis 2.")
def zero_pad_axes_swapped(x, padding):
    ph, pw = reference.pair("padding", padding, 0)
    return reference.zero_pad(x, (pw, ph))


@mistake("zero_pad", hint="Only the image's height and width are padded, not the batch and the channels.")
def zero_pad_every_axis(x, padding):
    ph, pw = reference.pair("padding", padding, 0)
    return np.pad(x, ((ph, ph), (pw, pw), (ph, ph), (pw, pw)))


@mistake("zero_pad", hint="The border is filled with zeros, not with the image's edge.")
def zero_pad_with_the_edge(x, padding):
    ph, pw = reference.pair("padding", padding, 0)
    return np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)), mode="edge")


@mistake("receptive_field", hint="Behind a stride, one step is several input pixels: multiply by the strides before.")
def receptive_field_without_strides(layers):
    reference.receptive_field(layers)
    return 1 + sum(dilation * (kernel - 1) for kernel, _, dilation in layers)


@mistake(
    "receptive_field",
    hint="A layer's own stride does not widen its own view, only that of the layers after it: multiply the step last.",
)
def receptive_field_with_own_stride(layers):
    reference.receptive_field(layers)
    field, step = 1, 1
    for kernel, stride, dilation in layers:
        step *= stride
        field += dilation * (kernel - 1) * step
    return field


@mistake("receptive_field", hint="Neighbouring windows overlap: a layer adds kernel - 1 steps, not kernel.")
def receptive_field_adds_whole_kernels(layers):
    reference.receptive_field(layers)
    field, step = 0, 1
    for kernel, stride, dilation in layers:
        field += dilation * kernel * step
        step *= stride
    return field


@mistake("receptive_field", hint="Dilation spreads the weights: kernel - 1 gaps of dilation pixels each.")
def receptive_field_without_dilation(layers):
    return reference.receptive_field([(kernel, stride, min(dilation, 1)) for kernel, stride, dilation in layers])


@mistake("receptive_field", hint="Start from 1: an output without any layer is the pixel itself.")
def receptive_field_from_zero(layers):
    return reference.receptive_field(layers) - 1


@mistake("layer_shape", hint="Each filter makes one channel: the depth of the output is the number of filters.")
def layer_shape_keeps_channels(shape, filters, kernel, stride=1, padding=0, dilation=1):
    return (shape[0], *reference.layer_shape(shape, filters, kernel, stride, padding, dilation)[1:])


@mistake("layer_shape", hint="The channels come first: (filters, H_out, W_out).")
def layer_shape_channels_last(shape, filters, kernel, stride=1, padding=0, dilation=1):
    filters, h, w = reference.layer_shape(shape, filters, kernel, stride, padding, dilation)
    return h, w, filters


@mistake("layer_shape", hint="The height has its own kernel, stride and padding: it is not always the width.")
def layer_shape_square(shape, filters, kernel, stride=1, padding=0, dilation=1):
    filters, h, _ = reference.layer_shape(shape, filters, kernel, stride, padding, dilation)
    return filters, h, h


@mistake("layer_shape", hint="Of the two sizes the height comes first: (filters, H_out, W_out).")
def layer_shape_width_first(shape, filters, kernel, stride=1, padding=0, dilation=1):
    filters, h, w = reference.layer_shape(shape, filters, kernel, stride, padding, dilation)
    return filters, w, h


@mistake("layer_shape", hint="The image is padded before the kernel slides: pass the padding on to output_size.")
def layer_shape_without_padding(shape, filters, kernel, stride=1, padding=0, dilation=1):
    reference.layer_shape(shape, filters, kernel, stride, padding, dilation)
    return reference.layer_shape(shape, filters, kernel, stride, 0, dilation)


@mistake("parameter_count", hint="Each filter has one bias besides its weights.")
def parameter_count_without_bias(channels, filters, kernel, bias=True):
    return reference.parameter_count(channels, filters, kernel, False)


@mistake("parameter_count", hint="Each filter has a bias of its own: there are as many biases as filters, not one.")
def parameter_count_one_bias(channels, filters, kernel, bias=True):
    return reference.parameter_count(channels, filters, kernel, False) + bool(bias)


@mistake("parameter_count", hint="A filter reaches through all channels: kH * kW weights for each of them.")
def parameter_count_one_channel(channels, filters, kernel, bias=True):
    reference.parameter_count(channels, filters, kernel, bias)
    return reference.parameter_count(1, filters, kernel, bias)


@mistake("parameter_count", hint="A filter has one bias, however many channels it adds up.")
def parameter_count_bias_for_each_channel(channels, filters, kernel, bias=True):
    return reference.parameter_count(channels, filters, kernel, False) + bool(bias) * channels * filters


@mistake("parameter_count", hint="bias=False means that there are none: use the argument.")
def parameter_count_always_with_bias(channels, filters, kernel, bias=True):
    return reference.parameter_count(channels, filters, kernel, True)


@mistake("im2col", hint="One column for each place: the blocks lie along axis 1, the places along axis 2.")
def im2col_blocks_in_rows(x, kernel, stride=1, padding=0, dilation=1):
    return reference.im2col(x, kernel, stride, padding, dilation).transpose(0, 2, 1)


@mistake(
    "im2col", hint="Within a block the channel varies slowest: all kH * kW pixels of channel 0, then of channel 1."
)
def im2col_channels_fastest(x, kernel, stride=1, padding=0, dilation=1):
    columns = reference.im2col(x, kernel, stride, padding, dilation)
    n, c = x.shape[:2]
    return columns.reshape(n, c, -1, columns.shape[2]).swapaxes(1, 2).reshape(columns.shape)


@mistake("im2col", hint="Within a block it goes row by row: j, the column, varies faster than i, the row.")
def im2col_blocks_column_by_column(x, kernel, stride=1, padding=0, dilation=1):
    columns, (kh, kw) = reference.im2col(x, kernel, stride, padding, dilation), reference.pair("kernel", kernel, 1)
    return columns.reshape(*x.shape[:2], kh, kw, -1).swapaxes(2, 3).reshape(columns.shape)


@mistake("im2col", hint="The places are counted row by row, p * W_out + q: q, to the right, varies faster than p.")
def im2col_places_column_by_column(x, kernel, stride=1, padding=0, dilation=1):
    columns = reference.im2col(x, kernel, stride, padding, dilation)
    _, out_h, out_w = reference.layer_shape(x.shape[1:], 1, kernel, stride, padding, dilation)
    return columns.reshape(*columns.shape[:2], out_h, out_w).swapaxes(2, 3).reshape(columns.shape)


@mistake("im2col", hint="The kernel moves by the stride: take the blocks at every stride-th place only.")
def im2col_ignores_the_stride(x, kernel, stride=1, padding=0, dilation=1):
    reference.im2col(x, kernel, stride, padding, dilation)
    return reference.im2col(x, kernel, 1, padding, dilation)


@mistake("im2col", hint="The stride holds on both axes: down and to the right.")
def im2col_stride_on_one_axis(x, kernel, stride=1, padding=0, dilation=1):
    sh, _ = reference.pair("stride", stride, 1)
    return reference.im2col(x, kernel, (sh, 1), padding, dilation)


@mistake("im2col", hint="With dilation, neighbouring weights lie dilation pixels apart.")
def im2col_without_dilation(x, kernel, stride=1, padding=0, dilation=1):
    reference.im2col(x, kernel, stride, padding, dilation)
    return reference.im2col(x, kernel, stride, padding)


@mistake("im2col", hint="Zeros go on both sides of the image, half of them before it.")
def im2col_padding_on_one_side(x, kernel, stride=1, padding=0, dilation=1):
    reference.im2col(x, kernel, stride, padding, dilation)
    (ph, pw), (h, w) = reference.pair("padding", padding, 0), x.shape[2:]
    moved = np.zeros((*x.shape[:2], h + 2 * ph, w + 2 * pw), dtype=x.dtype)
    moved[:, :, :h, :w] = x
    return reference.im2col(moved, kernel, stride, 0, dilation)


@mistake("col2im", hint="A pixel lies in several blocks: add with +=, do not overwrite with =.")
def col2im_overwrites(columns, size, kernel, stride=1, padding=0, dilation=1):
    reference.col2im(columns, size, kernel, stride, padding, dilation)
    (kh, kw), (sh, sw), (dh, dw) = (reference.pair("", each, 0) for each in (kernel, stride, dilation))
    (ph, pw), (h, w) = reference.pair("padding", padding, 0), size
    _, oh, ow = reference.layer_shape((1, h, w), 1, kernel, stride, padding, dilation)
    blocks = columns.reshape(len(columns), -1, kh, kw, oh, ow)
    image = np.zeros((*blocks.shape[:2], h + 2 * ph, w + 2 * pw), dtype=columns.dtype)
    for i in range(kh):
        for j in range(kw):
            image[:, :, i * dh : i * dh + sh * oh : sh, j * dw : j * dw + sw * ow : sw] = blocks[:, :, i, j]
    return image[:, :, ph : ph + h, pw : pw + w]


@mistake("col2im", hint="With padding 0 the slice [0:-0] is empty. Cut out [padding : padding + size] instead.")
def col2im_empty_without_padding(columns, size, kernel, stride=1, padding=0, dilation=1):
    (ph, pw), (h, w) = reference.pair("padding", padding, 0), size
    reference.col2im(columns, size, kernel, stride, padding, dilation)
    padded = reference.col2im(columns, (h + 2 * ph, w + 2 * pw), kernel, stride, 0, dilation)
    return padded[:, :, ph:-ph, pw:-pw]


@mistake("col2im", hint="The padding is no part of the image: cut it off at the end.")
def col2im_keeps_the_padding(columns, size, kernel, stride=1, padding=0, dilation=1):
    (ph, pw), (h, w) = reference.pair("padding", padding, 0), size
    reference.col2im(columns, size, kernel, stride, padding, dilation)
    return reference.col2im(columns, (h + 2 * ph, w + 2 * pw), kernel, stride, 0, dilation)


@mistake("col2im", hint="Where blocks overlap, their values add up; do not divide by how many there are.")
def col2im_averages(columns, size, kernel, stride=1, padding=0, dilation=1):
    total = reference.col2im(columns, size, kernel, stride, padding, dilation)
    counts = reference.col2im(np.ones_like(columns), size, kernel, stride, padding, dilation)
    return total / np.maximum(counts, 1)


@mistake("col2im", hint="The next block lies stride pixels on, not one: put it back where im2col took it from.")
def col2im_ignores_the_stride(columns, size, kernel, stride=1, padding=0, dilation=1):
    reference.col2im(columns, size, kernel, stride, padding, dilation)
    (kh, kw), (dh, dw) = reference.pair("kernel", kernel, 1), reference.pair("dilation", dilation, 1)
    (ph, pw), (h, w) = reference.pair("padding", padding, 0), size
    _, oh, ow = reference.layer_shape((1, h, w), 1, kernel, stride, padding, dilation)
    blocks = columns.reshape(len(columns), -1, kh, kw, oh, ow)
    image = np.zeros((*blocks.shape[:2], h + 2 * ph, w + 2 * pw), dtype=columns.dtype)
    for i in range(kh):
        for j in range(kw):
            image[:, :, i * dh : i * dh + oh, j * dw : j * dw + ow] += blocks[:, :, i, j]
    return image[:, :, ph : ph + h, pw : pw + w]


@mistake("conv2d_forward", hint="Slide the kernel as it is: deep learning's convolution does not rotate it.")
def conv2d_rotates_the_kernel(x, w, b, stride=1, padding=0, dilation=1):
    return reference.conv2d_forward(x, w[:, :, ::-1, ::-1], b, stride, padding, dilation)


@mistake("conv2d_forward", hint="Add each filter's bias to all of its outputs.")
def conv2d_without_bias(x, w, b, stride=1, padding=0, dilation=1):
    out, cache = reference.conv2d_forward(x, w, b, stride, padding, dilation)
    return out - b[:, None, None], cache


@mistake(
    "conv2d_forward",
    hint="The bias is added once to each output, after the sum. Inside the sum it counts C * kH * kW times.",
)
def conv2d_bias_inside_the_sum(x, w, b, stride=1, padding=0, dilation=1):
    out, cache = reference.conv2d_forward(x, w, b, stride, padding, dilation)
    return out + (w[0].size - 1) * b[:, None, None], cache


@mistake("conv2d_forward", hint="Put the zeros around the images before the filters slide: padding is not used.")
def conv2d_without_padding(x, w, b, stride=1, padding=0, dilation=1):
    _, cache = reference.conv2d_forward(x, w, b, stride, padding, dilation)
    return reference.conv2d_forward(x, w, b, stride, 0, dilation)[0], cache


@mistake("conv2d_forward", hint="The filters move by the stride: answer at every stride-th place only.")
def conv2d_ignores_the_stride(x, w, b, stride=1, padding=0, dilation=1):
    _, cache = reference.conv2d_forward(x, w, b, stride, padding, dilation)
    return reference.conv2d_forward(x, w, b, 1, padding, dilation)[0], cache


@mistake("conv2d_forward", hint="A filter reaches through all channels of x: add up over c too, not channel 0 alone.")
def conv2d_of_the_first_channel(x, w, b, stride=1, padding=0, dilation=1):
    _, cache = reference.conv2d_forward(x, w, b, stride, padding, dilation)
    return reference.conv2d_forward(x[:, :1], w[:, :1], b, stride, padding, dilation)[0], cache


@mistake("conv2d_forward", hint="Zeros go on both sides of the image, half of them before it.")
def conv2d_padding_on_one_side(x, w, b, stride=1, padding=0, dilation=1):
    _, cache = reference.conv2d_forward(x, w, b, stride, padding, dilation)
    (ph, pw), (height, width) = reference.pair("padding", padding, 0), x.shape[2:]
    moved = np.zeros((*x.shape[:2], height + 2 * ph, width + 2 * pw), dtype=x.dtype)
    moved[:, :, :height, :width] = x
    return reference.conv2d_forward(moved, w, b, stride, 0, dilation)[0], cache


@mistake("conv2d_forward", hint="The stride holds on both axes: down and to the right.")
def conv2d_stride_on_one_axis(x, w, b, stride=1, padding=0, dilation=1):
    sh, _ = reference.pair("stride", stride, 1)
    return reference.conv2d_forward(x, w, b, (sh, 1), padding, dilation)


@mistake("conv2d_forward", hint="With dilation, neighbouring weights lie dilation pixels apart.")
def conv2d_without_dilation(x, w, b, stride=1, padding=0, dilation=1):
    reference.conv2d_forward(x, w, b, stride, padding, dilation)
    return reference.conv2d_forward(x, w, b, stride, padding)


@mistake("conv2d_forward", hint="The channels are added up, not averaged: the filter has its own weights for each.")
def conv2d_averages_channels(x, w, b, stride=1, padding=0, dilation=1):
    out, cache = reference.conv2d_forward(x, w, b, stride, padding, dilation)
    return (out - b[:, None, None]) / x.shape[1] + b[:, None, None], cache


@mistake(
    "conv2d_backward", hint="With padding 0 the slice [0:-0] is empty. Cut out [padding : padding + size] instead."
)
def conv2d_backward_empty_without_padding(dout, cache):
    x, w, stride, padding, dilation = cache
    ph, pw = reference.pair("padding", padding, 0)
    _, dw, db = reference.conv2d_backward(dout, cache)
    padded, _, _ = reference.conv2d_backward(dout, (reference.zero_pad(x, padding), w, stride, 0, dilation))
    return padded[:, :, ph:-ph, pw:-pw], dw, db


@mistake("conv2d_backward", hint="dx has the shape of x: cut off what fell on the padding.")
def conv2d_backward_keeps_the_padding(dout, cache):
    x, w, stride, padding, dilation = cache
    _, dw, db = reference.conv2d_backward(dout, cache)
    return reference.conv2d_backward(dout, (reference.zero_pad(x, padding), w, stride, 0, dilation))[0], dw, db


@mistake("conv2d_backward", hint="The forward pass moved by the stride, so each dout belongs stride pixels on in dx.")
def conv2d_backward_dense_dx(dout, cache):
    x, w, _, padding, dilation = cache
    _, dw, db = reference.conv2d_backward(dout, cache)
    (ph, pw), (dh, dw_) = reference.pair("padding", padding, 0), reference.pair("dilation", dilation, 1)
    dx = np.zeros_like(reference.zero_pad(x, padding))
    for i in range(w.shape[2]):
        for j in range(w.shape[3]):
            part = np.einsum("nfpq,fc->ncpq", dout, w[:, :, i, j])
            dx[:, :, i * dh : i * dh + dout.shape[2], j * dw_ : j * dw_ + dout.shape[3]] += part
    return dx[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]], dw, db


@mistake(
    "conv2d_backward", hint="dx ignores the dilation: weight (i, j) sat i * dilation rows on, and so does its gradient."
)
def conv2d_backward_dx_without_dilation(dout, cache):
    x, w, stride, padding, _ = cache
    _, dw, db = reference.conv2d_backward(dout, cache)
    (sh, sw), (ph, pw) = reference.pair("stride", stride, 1), reference.pair("padding", padding, 0)
    dx = np.zeros_like(reference.zero_pad(x, padding))
    for i in range(w.shape[2]):
        for j in range(w.shape[3]):
            part = np.einsum("nfpq,fc->ncpq", dout, w[:, :, i, j])
            dx[:, :, i : i + sh * dout.shape[2] : sh, j : j + sw * dout.shape[3] : sw] += part
    return dx[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]], dw, db


@mistake("conv2d_backward", hint="Blocks overlap, so a pixel of dx gets several gradients: add them with +=.")
def conv2d_backward_dx_overwritten(dout, cache):
    x, w, stride, padding, dilation = cache
    _, dw, db = reference.conv2d_backward(dout, cache)
    (sh, sw), (ph, pw) = reference.pair("stride", stride, 1), reference.pair("padding", padding, 0)
    vertical, horizontal = reference.pair("dilation", dilation, 1)
    dx = np.zeros_like(reference.zero_pad(x, padding))
    for i in range(w.shape[2]):
        for j in range(w.shape[3]):
            part, top, left = np.einsum("nfpq,fc->ncpq", dout, w[:, :, i, j]), i * vertical, j * horizontal
            dx[:, :, top : top + sh * dout.shape[2] : sh, left : left + sw * dout.shape[3] : sw] = part
    return dx[:, :, ph : ph + x.shape[2], pw : pw + x.shape[3]], dw, db


@mistake(
    "conv2d_backward",
    hint="Each dout goes back through the weight it came by. Rotate the kernel for dx only if you write dx as a "
    "convolution of the padded dout, and then only once.",
)
def conv2d_backward_rotates_once_too_often(dout, cache):
    x, w, *geometry = cache
    _, dw, db = reference.conv2d_backward(dout, cache)
    return reference.conv2d_backward(dout, (x, w[:, :, ::-1, ::-1], *geometry))[0], dw, db


@mistake("conv2d_backward", hint="db adds up dout over the images and all places, axes 0, 2 and 3; it is no mean.")
def conv2d_backward_db_as_mean(dout, cache):
    dx, dw, _ = reference.conv2d_backward(dout, cache)
    return dx, dw, dout.mean(axis=(0, 2, 3))


@mistake("conv2d_backward", hint="A filter has one bias: sum dout over the images (axis 0) as well as over the places.")
def conv2d_backward_db_for_each_image(dout, cache):
    dx, dw, _ = reference.conv2d_backward(dout, cache)
    return dx, dw, dout.sum(axis=(2, 3))


@mistake("conv2d_backward", hint="dw adds up over the images; dividing by N is the loss's business, not the layer's.")
def conv2d_backward_dw_as_mean(dout, cache):
    dx, dw, db = reference.conv2d_backward(dout, cache)
    return dx, dw / len(dout), db


@mistake(
    "conv2d_backward", hint="dw and db add up over the images; dividing by N is the loss's business, not the layer's."
)
def conv2d_backward_averages_over_the_batch(dout, cache):
    dx, dw, db = reference.conv2d_backward(dout, cache)
    return dx, dw / len(dout), db / len(dout)


@mistake("conv2d_backward", hint="dw ignores the stride: dout[p, q] met the pixels that begin at (p * sH, q * sW).")
def conv2d_backward_dw_without_stride(dout, cache):
    x, w, _, padding, dilation = cache
    dx, dw, db = reference.conv2d_backward(dout, cache)
    (vertical, horizontal), padded = reference.pair("dilation", dilation, 1), reference.zero_pad(x, padding)
    for i in range(w.shape[2]):
        for j in range(w.shape[3]):
            top, left = i * vertical, j * horizontal
            pixels = padded[:, :, top : top + dout.shape[2], left : left + dout.shape[3]]
            dw[:, :, i, j] = np.einsum("nfpq,ncpq->fc", dout, pixels)
    return dx, dw, db


@mistake("conv_transpose2d_forward", hint="The kernel is printed as it is, not rotated.")
def conv_transpose2d_rotates_the_kernel(x, w, b, stride=1, padding=0, dilation=1):
    return reference.conv_transpose2d_forward(x, w[:, :, ::-1, ::-1], b, stride, padding, dilation)


@mistake("conv_transpose2d_forward", hint="Add each output channel's bias.")
def conv_transpose2d_without_bias(x, w, b, stride=1, padding=0, dilation=1):
    out, cache = reference.conv_transpose2d_forward(x, w, b, stride, padding, dilation)
    return out - b[:, None, None], cache


@mistake(
    "conv_transpose2d_forward", hint="Add the bias once, when all is printed: where prints overlap it counts twice."
)
def conv_transpose2d_bias_with_each_print(x, w, b, stride=1, padding=0, dilation=1):
    out, cache = reference.conv_transpose2d_forward(x, w, b, stride, padding, dilation)
    ones = np.ones_like(x[:, :1]), np.ones_like(w[:1, :1]), np.zeros_like(b[:1])
    prints, _ = reference.conv_transpose2d_forward(*ones, stride, padding, dilation)
    return out + (prints - 1) * b[:, None, None], cache


@mistake("conv_transpose2d_forward", hint="Padding makes this output smaller: it is cut off, not put around.")
def conv_transpose2d_adds_the_padding(x, w, b, stride=1, padding=0, dilation=1):
    _, cache = reference.conv_transpose2d_forward(x, w, b, stride, padding, dilation)
    full = reference.conv_transpose2d_forward(x, w, 0 * b, stride, 0, dilation)[0]
    return reference.zero_pad(full, padding) + b[:, None, None], cache


@mistake("conv_transpose2d_forward", hint="Prints that overlap add up: use +=, do not overwrite.")
def conv_transpose2d_overwrites(x, w, b, stride=1, padding=0, dilation=1):
    out, cache = reference.conv_transpose2d_forward(x, w, b, stride, padding, dilation)
    (sh, sw), (ph, pw), (dh, dw) = (reference.pair("", each, 0) for each in (stride, padding, dilation))
    image = np.zeros_like(reference.zero_pad(out, padding))
    for i in range(w.shape[2]):
        for j in range(w.shape[3]):
            part, top, left = np.einsum("ncpq,cf->nfpq", x, w[:, :, i, j]), i * dh, j * dw
            image[:, :, top : top + sh * x.shape[2] : sh, left : left + sw * x.shape[3] : sw] = part
    return image[:, :, ph : ph + out.shape[2], pw : pw + out.shape[3]] + b[:, None, None], cache


@mistake("causal_conv1d_forward", hint="All zeros go before the sequence. With zeros on both sides it sees the future.")
def causal_conv_centred(x, w, b, dilation=1):
    _, cache = reference.causal_conv1d_forward(x, w, b, dilation)
    future = dilation * (w.shape[2] - 1) - dilation * (w.shape[2] - 1) // 2
    later = np.concatenate([x, np.zeros((*x.shape[:2], future), dtype=x.dtype)], axis=2)
    return reference.causal_conv1d_forward(later, w, b, dilation)[0][:, :, future:], cache


@mistake("causal_conv1d_forward", hint="The zeros go before the sequence, not after it: this sees only the future.")
def causal_conv_padded_behind(x, w, b, dilation=1):
    out, cache = reference.causal_conv1d_forward(x[:, :, ::-1], w[:, :, ::-1], b, dilation)
    return out[:, :, ::-1], cache


@mistake(
    "causal_conv1d_forward", hint="The last weight meets the present, w[:, :, 0] the oldest step: do not turn w over."
)
def causal_conv_turns_the_kernel(x, w, b, dilation=1):
    return reference.causal_conv1d_forward(x, w[:, :, ::-1], b, dilation)


@mistake("causal_conv1d_forward", hint="With dilation, neighbouring weights lie dilation steps apart.")
def causal_conv_without_dilation(x, w, b, dilation=1):
    reference.causal_conv1d_forward(x, w, b, dilation)
    return reference.causal_conv1d_forward(x, w, b)


@mistake("causal_conv1d_forward", hint="Add each filter's bias to all of its outputs.")
def causal_conv_without_bias(x, w, b, dilation=1):
    out, cache = reference.causal_conv1d_forward(x, w, b, dilation)
    return out - b[:, None], cache


@mistake("causal_conv1d_forward", hint="The present counts too: out[t] uses x[t]. Here everything comes one step late.")
def causal_conv_a_step_late(x, w, b, dilation=1):
    _, cache = reference.causal_conv1d_forward(x, w, b, dilation)
    late = np.concatenate([np.zeros_like(x[:, :, :1]), x[:, :, :-1]], axis=2)
    return reference.causal_conv1d_forward(late, w, b, dilation)[0], cache


@mistake(
    "multi_resolution_conv1d", hint="Every kernel looks to both sides of the present: half of its zeros go behind."
)
def multi_resolution_causal(x, weights):
    reference.multi_resolution_conv1d(x, weights)
    outs = [reference.causal_conv1d_forward(x, w, np.zeros(len(w), dtype=w.dtype))[0] for w in weights]
    return np.concatenate(outs, axis=1)


@mistake("multi_resolution_conv1d", hint="Slide the kernels as they are, unrotated.")
def multi_resolution_turns_the_kernels(x, weights):
    return reference.multi_resolution_conv1d(x, [w[:, :, ::-1] for w in weights])


@mistake("multi_resolution_conv1d", hint="The channels come in the order of the list.")
def multi_resolution_sorted_by_width(x, weights):
    reference.multi_resolution_conv1d(x, weights)
    return reference.multi_resolution_conv1d(x, sorted(weights, key=lambda w: w.shape[2]))


@mistake("multi_resolution_conv1d", hint="Concatenate along the channels, axis 1; the length stays what it was.")
def multi_resolution_along_time(x, weights):
    outs = [reference.multi_resolution_conv1d(x, [w]) for w in weights]
    most = max((out.shape[1] for out in outs), default=0)
    reference.multi_resolution_conv1d(x, weights)
    padded = [np.pad(out, ((0, 0), (0, most - out.shape[1]), (0, 0))) for out in outs]
    return np.concatenate(padded, axis=2)


@mistake("filter_bank", hint="sobel_x looks along the horizontal axis: right column minus left column.")
def filter_bank_sobels_swapped():
    bank = reference.filter_bank()
    return bank | {"sobel_x": bank["sobel_y"], "sobel_y": bank["sobel_x"]}


@mistake(
    "filter_bank",
    hint="The kernels are slid unrotated, so the minus of sobel_x stands on the left and that of sobel_y above.",
)
def filter_bank_sobels_for_a_rotating_convolution():
    bank = reference.filter_bank()
    return bank | {"sobel_x": -bank["sobel_x"], "sobel_y": -bank["sobel_y"]}


@mistake("filter_bank", hint="blur is a mean: its nine weights add up to 1, so that the image keeps its brightness.")
def filter_bank_blur_sums():
    return reference.filter_bank() | {"blur": np.ones((3, 3))}


@mistake("filter_bank", hint="sharpen adds the differences to the pixel: its weights add up to 1, not to 0.")
def filter_bank_sharpen_without_the_pixel():
    bank = reference.filter_bank()
    return bank | {"sharpen": bank["sharpen"] - bank["identity"]}


@mistake("filter_bank", hint="edge compares the pixel with all eight neighbours, the diagonal ones too.")
def filter_bank_edge_of_four():
    bank = reference.filter_bank()
    return bank | {"edge": bank["sharpen"] - bank["identity"]}


@mistake("apply_filter", hint="Slide the kernel as it is, unrotated.")
def apply_filter_rotates_the_kernel(image, kernel):
    reference.apply_filter(image, kernel)
    return reference.apply_filter(image, kernel[::-1, ::-1])


@mistake("apply_filter", hint="Each channel is filtered by itself; do not add them up.")
def apply_filter_adds_the_channels(image, kernel):
    out = reference.apply_filter(image, kernel)
    return out if out.ndim == 2 else np.broadcast_to(out.sum(axis=0), out.shape).copy()


@mistake("apply_filter", hint="Do not clip: negative answers mean something, and so do those above 1.")
def apply_filter_clips(image, kernel):
    return np.clip(reference.apply_filter(image, kernel), 0, 1)


@mistake("apply_filter", hint="An integer image must become floats first: bytes wrap around at 256 and know no minus.")
def apply_filter_in_bytes(image, kernel):
    out = reference.apply_filter(image, kernel)
    return out if image.dtype.kind == "f" else np.trunc(out).astype(np.int64).astype(image.dtype)


@mistake("apply_filter", hint="Beyond the border there are zeros, not the border's pixels again.")
def apply_filter_repeats_the_border(image, kernel):
    reference.apply_filter(image, kernel)
    ph, pw = kernel.shape[0] // 2, kernel.shape[1] // 2
    around = np.pad(image, (*((0, 0),) * (image.ndim - 2), (ph, ph), (pw, pw)), mode="edge")
    h, w = image.shape[-2:]
    return reference.apply_filter(around, kernel)[..., ph : ph + h, pw : pw + w]
