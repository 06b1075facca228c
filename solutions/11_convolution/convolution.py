"""Convolution: one small kernel slides over the whole image and asks the same question everywhere.

Images are (N, C, H, W), kernels (F, C, kH, kW), as in torch. Deep learning slides the kernel as it is, without turning
it over: what everybody calls convolution is, strictly speaking, cross-correlation. Every function returns new arrays
in its inputs' dtype (float32 in, float32 out) and leaves what it was given as it was. The lines above yours refuse bad
input; they are given, and where they unpack pairs, you may use what they found.
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


def geometry(size, kernel, stride=1, padding=0, dilation=1):
    """The pairs (vertical, horizontal) of kernel, stride, padding and dilation. Given, not an exercise.

    Args:
        size: (H, W) of the image.
        kernel, stride, padding, dilation: int, or a pair of ints.

    Raises:
        ValueError: naming kernel, stride, padding or dilation, as pair does; naming kernel, if it spans more pixels than
            there are with the padding.

    Example:
        >>> geometry((5, 6), kernel=3, stride=(2, 1))
        ((3, 3), (2, 1), (0, 0), (1, 1))
    """
    kernel, stride = pair("kernel", kernel, 1), pair("stride", stride, 1)
    padding, dilation = pair("padding", padding, 0), pair("dilation", dilation, 1)
    for pixels, weights, zeros, gap in zip(size, kernel, padding, dilation, strict=True):
        fits = gap * (weights - 1) + 1 <= pixels + 2 * zeros
        require(fits, f"kernel {kernel} with dilation {dilation} does not fit into {size} with padding {padding}")
    return kernel, stride, padding, dilation


def output_size(size, kernel, stride=1, padding=0, dilation=1):
    """How many places a kernel has along one axis: floor((size + 2 padding - dilation (kernel - 1) - 1) / stride) + 1.

    The dilated kernel spans dilation (kernel - 1) + 1 pixels. It starts at the edge (hence the + 1 at the end) and
    moves by stride as long as it fits (hence the floor). Notes in circulation divide by (S + 1); that is wrong.

    Args:
        size: pixels along the axis, int, at least 1.
        kernel: weights along the axis, int, at least 1.
        stride: pixels from one place to the next, int, at least 1.
        padding: zeros added on each of the two sides, int, at least 0.
        dilation: pixels from one weight to the next, int, at least 1; 1 leaves no gaps.

    Returns:
        int, at least 1.

    Raises:
        ValueError: naming size, kernel, stride, padding or dilation, if it is below its least value; naming kernel, if
            the dilated kernel spans more than size + 2 padding pixels.

    Source: torch.nn.Conv2d, under "Shape".

    Example:
        >>> output_size(227, 11, stride=4)
        55
    """
    for name, value in (("size", size), ("kernel", kernel), ("stride", stride), ("dilation", dilation)):
        require(value >= 1, f"{name} must be at least 1, not {value}")
    require(padding >= 0, f"padding must be at least 0, not {padding}")
    require(
        dilation * (kernel - 1) < size + 2 * padding,
        f"kernel {kernel} with dilation {dilation} does not fit into {size} with padding {padding}",
    )
    ### BEGIN SOLUTION
    span = dilation * (kernel - 1) + 1
    return (size + 2 * padding - span) // stride + 1
    ### END SOLUTION


def same_padding(kernel, dilation=1):
    """Padding on each side with which a convolution of stride 1 keeps the size: dilation (kernel - 1) / 2.

    Args:
        kernel: weights along the axis, int, at least 1.
        dilation: pixels from one weight to the next, int, at least 1.

    Returns:
        int, such that output_size(size, kernel, 1, same_padding(kernel, dilation), dilation) == size for any size.

    Raises:
        ValueError: naming kernel or dilation, if it is below 1; naming kernel, if dilation (kernel - 1) is odd, so that
            one side would need more zeros than the other.

    Example:
        >>> same_padding(3), same_padding(5, dilation=2)
        (1, 4)
    """
    require(dilation >= 1, f"dilation must be at least 1, not {dilation}")
    require(
        kernel >= 1 and dilation * (kernel - 1) % 2 == 0,
        f"kernel {kernel} with dilation {dilation} cannot keep the size with equal padding on both sides",
    )
    ### BEGIN SOLUTION
    return dilation * (kernel - 1) // 2
    ### END SOLUTION


def zero_pad(x, padding):
    """Put zeros around every image: padding rows above and below, padding columns left and right.

    Args:
        x: array (N, C, H, W).
        padding: int, at least 0, for all four sides; or a pair (pH, pW), pH for above and below, pW for left and right.

    Returns:
        New array (N, C, H + 2 pH, W + 2 pW) of x's dtype, be it integers; x stays as it is.

    Raises:
        ValueError: naming padding, if it is negative, as pair does.

    Source: torch.nn.functional.pad(x, (pW, pW, pH, pH)).

    Example:
        >>> zero_pad(np.array([[[[1.0, 2.0]]]]), padding=(0, 1))
        array([[[[0., 1., 2., 0.]]]])
    """
    ph, pw = pair("padding", padding, least=0)
    ### BEGIN SOLUTION
    return np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    ### END SOLUTION


def receptive_field(layers):
    """How wide a window of the input, in pixels along one axis, one output value of a stack of layers looks through.

    r = 1 + sum_l dilation_l (kernel_l - 1) * (stride_1 * ... * stride_{l-1}): each layer adds the span of its kernel
    less 1, counted in its own input's steps, and one such step is as many pixels as the strides *before* it make.

    Args:
        layers: list of (kernel, stride, dilation), three ints of at least 1, from the input to the output; pooling
            layers count like any other. The list may be empty.

    Returns:
        int; 1 for an empty list: a pixel sees itself.

    Raises:
        ValueError: naming layers, if one of the ints is below 1.

    Source: Araujo, Norris, Sim, "Computing Receptive Fields of Convolutional Neural Networks" (Distill, 2019), section
    "Computing receptive field size", with the span of a dilated kernel in place of the kernel.

    Example:
        >>> receptive_field([(3, 1, 1), (3, 1, 1)])
        5
    """
    for layer in layers:
        require(min(layer) >= 1, f"layers must hold ints of at least 1, not {layer}")
    ### BEGIN SOLUTION
    field, step = 1, 1
    for kernel, stride, dilation in layers:
        field += dilation * (kernel - 1) * step
        step *= stride
    return field
    ### END SOLUTION


def layer_shape(shape, filters, kernel, stride=1, padding=0, dilation=1):
    """Shape of what a convolution layer makes of one image.

    Args:
        shape: (C, H, W) of the image.
        filters: number of kernels, int, at least 1.
        kernel, stride, padding, dilation: int, or a pair (vertical, horizontal).

    Returns:
        Tuple (filters, H_out, W_out) of ints.

    Raises:
        ValueError: naming filters, if it is below 1; naming kernel, stride, padding or dilation, as geometry does.

    Source: torch.nn.Conv2d, under "Shape".

    Example:
        >>> layer_shape((3, 227, 227), filters=96, kernel=11, stride=4)
        (96, 55, 55)
    """
    require(filters >= 1, f"filters must be at least 1, not {filters}")
    (kh, kw), (sh, sw), (ph, pw), (dh, dw) = geometry(shape[1:], kernel, stride, padding, dilation)
    ### BEGIN SOLUTION
    _, h, w = shape
    return filters, output_size(h, kh, sh, ph, dh), output_size(w, kw, sw, pw, dw)
    ### END SOLUTION


def parameter_count(channels, filters, kernel, bias=True):
    """Numbers that a convolution layer learns: filters * (channels * kH * kW + 1), the 1 for each filter's bias.

    The size of the image does not matter: every place uses the same weights.

    Args:
        channels: channels of the layer's input, int, at least 1.
        filters: number of kernels, int, at least 1.
        kernel: int, or a pair (kH, kW), at least 1.
        bias: whether each filter has a bias.

    Returns:
        int.

    Raises:
        ValueError: naming channels, filters or kernel, if it is below 1.

    Source: the sizes of weight and bias of torch.nn.Conv2d.

    Example:
        >>> parameter_count(channels=3, filters=96, kernel=11)
        34944
    """
    kh, kw = pair("kernel", kernel, least=1)
    require(channels >= 1, f"channels must be at least 1, not {channels}")
    require(filters >= 1, f"filters must be at least 1, not {filters}")
    ### BEGIN SOLUTION
    return filters * (channels * kh * kw + bool(bias))
    ### END SOLUTION


def im2col(x, kernel, stride=1, padding=0, dilation=1):
    """Write out the block of pixels under the kernel at every place as a column of a matrix.

    With a row of weights for each filter, the whole convolution is then one matrix product.

    Args:
        x: array (N, C, H, W).
        kernel, stride, padding, dilation: int, or a pair (vertical, horizontal).

    Returns:
        New array (N, C * kH * kW, L) of x's dtype, be it integers; x stays as it is. Column p * W_out + q is the block at
        place (p, q), L = H_out * W_out; row (c * kH + i) * kW + j is what lies under weight (c, i, j):
        padded_x[n, c, p * sH + i * dH, q * sW + j * dW].

    Raises:
        ValueError: naming kernel, stride, padding or dilation, as geometry does.

    Source: torch.nn.functional.unfold.

    Example:
        >>> im2col(np.array([[[[1.0, 2.0, 3.0]]]]), kernel=(1, 2))
        array([[[1., 2.],
                [2., 3.]]])
    """
    (kh, kw), (sh, sw), (ph, pw), (dh, dw) = geometry(x.shape[2:], kernel, stride, padding, dilation)
    ### BEGIN SOLUTION
    n, c, h, w = x.shape
    out_h, out_w = output_size(h, kh, sh, ph, dh), output_size(w, kw, sw, pw, dw)
    padded = zero_pad(x, (ph, pw))
    blocks = np.empty((n, c, kh, kw, out_h, out_w), dtype=x.dtype)
    for i in range(kh):
        for j in range(kw):
            top, left = i * dh, j * dw
            blocks[:, :, i, j] = padded[:, :, top : top + sh * out_h : sh, left : left + sw * out_w : sw]
    return blocks.reshape(n, c * kh * kw, out_h * out_w)
    ### END SOLUTION


def require_columns(columns, size, kernel, stride, padding, dilation):
    """Refuse columns that im2col cannot have made of images of this size. Given, not an exercise.

    Raises:
        ValueError: naming columns, if its second axis is no multiple of kH * kW or its third is not as long as there are
            places; naming kernel, stride, padding or dilation, as geometry does.
    """
    found = geometry(size, kernel, stride, padding, dilation)
    block, places = found[0][0] * found[0][1], 1
    for pixels, weights, step, zeros, gap in zip(size, *found, strict=True):
        places *= len(range(0, pixels + 2 * zeros - gap * (weights - 1), step))
    fits = columns.ndim == 3 and columns.shape[1] % block == 0 and columns.shape[2] == places
    require(fits, f"columns must be (N, C * {block}, {places}), not {columns.shape}")


def col2im(columns, size, kernel, stride=1, padding=0, dilation=1):
    """Put the columns of im2col back where they came from; where blocks overlap, add.

    It undoes im2col only where no blocks overlap. What it is in every case is im2col's *gradient*: a pixel that was
    copied into several columns gets the sum of their gradients.

    Args:
        columns: float array (N, C * kH * kW, L), as im2col returns it.
        size: (H, W) of the images.
        kernel, stride, padding, dilation: as im2col was given them.

    Returns:
        New array (N, C, H, W) of columns' dtype; columns stays as it is. What falls on the padding is dropped; pixels
        under no block are 0.

    Raises:
        ValueError: naming columns, if its second axis is no multiple of kH * kW or its third not H_out * W_out; naming
            kernel, stride, padding or dilation, as geometry does.

    Source: torch.nn.functional.fold.

    Example:
        >>> col2im(np.array([[[1.0, 2.0], [2.0, 3.0]]]), size=(1, 3), kernel=(1, 2))
        array([[[[1., 4., 3.]]]])
    """
    (kh, kw), (sh, sw), (ph, pw), (dh, dw) = geometry(size, kernel, stride, padding, dilation)
    require_columns(columns, size, kernel, stride, padding, dilation)
    ### BEGIN SOLUTION
    h, w = size
    out_h, out_w = output_size(h, kh, sh, ph, dh), output_size(w, kw, sw, pw, dw)
    blocks = columns.reshape(len(columns), -1, kh, kw, out_h, out_w)
    padded = np.zeros((*blocks.shape[:2], ph + h + ph, pw + w + pw), dtype=columns.dtype)
    for i in range(kh):
        for j in range(kw):
            top, left = i * dh, j * dw
            padded[:, :, top : top + sh * out_h : sh, left : left + sw * out_w : sw] += blocks[:, :, i, j]
    return padded[:, :, ph : ph + h, pw : pw + w]
    ### END SOLUTION


def conv2d_forward(x, w, b, stride=1, padding=0, dilation=1):
    """Convolution layer: slide every filter over every image.

    out[n, f, p, q] = b[f] + sum over c, i, j of w[f, c, i, j] * padded_x[n, c, p * sH + i * dH, q * sW + j * dW].

    The kernel is not rotated. Aim at one matrix product (im2col), not at loops over places.

    Args:
        x: images, float array (N, C, H, W).
        w: filters, array (F, C, kH, kW) of the same dtype.
        b: biases, array (F,).
        stride, padding, dilation: int, or a pair (vertical, horizontal).

    Returns:
        (out, cache): out (N, F, H_out, W_out) of x's dtype, while x, w and b stay as they are; cache is whatever
        conv2d_backward needs, made anew in every call.

    Raises:
        ValueError: naming w, if its channels are not those of x; naming b, if it is not (F,); naming kernel, stride,
            padding or dilation, as geometry does.

    Source: torch.nn.functional.conv2d.

    Example:
        >>> x = np.arange(9.0).reshape(1, 1, 3, 3)
        >>> out, cache = conv2d_forward(x, np.array([[[[1.0, 0.0], [0.0, -1.0]]]]), np.array([10.0]))
        >>> out
        array([[[[6., 6.],
                 [6., 6.]]]])
    """
    require(w.shape[1] == x.shape[1], f"w is made for {w.shape[1]} channels, but x has {x.shape[1]}")
    require(b.shape == w.shape[:1], f"b must have the shape {w.shape[:1]}, not {b.shape}")
    kernel, stride, padding, dilation = geometry(x.shape[2:], w.shape[2:], stride, padding, dilation)
    ### BEGIN SOLUTION
    filters = len(w)
    columns = im2col(x, kernel, stride, padding, dilation)
    out = w.reshape(filters, -1) @ columns + b[:, None]
    shape = layer_shape(x.shape[1:], filters, kernel, stride, padding, dilation)
    return out.reshape(len(x), *shape), (x, w, stride, padding, dilation)
    ### END SOLUTION


def conv2d_backward(dout, cache):
    """Gradients of the convolution layer, for its images, filters and biases.

    With the columns of im2col, out[n] = W columns[n] + b is a linear layer, W being w as (F, C kH kW). Hence
        dW = sum_n dout[n] columns[n]^T,   db = sum over n and places of dout,   dcolumns[n] = W^T dout[n],
    and as each column is a copy of pixels, dx adds up what the copies of a pixel got: col2im(dcolumns).

    Without padding there is nothing to cut off dx: the slice [0:-0] is empty. Pixels that no block reaches get 0.

    Args:
        dout: upstream gradient, array (N, F, H_out, W_out).
        cache: what conv2d_forward returned beside out; other layers may have been called since.

    Returns:
        (dx, dw, db): of the shapes of x, w and b, and of their dtype; dout stays as it is.

    Source: torch.nn.grad.conv2d_input and conv2d_weight.

    Example:
        >>> out, cache = conv2d_forward(np.array([[[[1.0, 2.0, 3.0]]]]), np.array([[[[10.0, 1.0]]]]), np.zeros(1))
        >>> dx, dw, db = conv2d_backward(np.array([[[[1.0, 5.0]]]]), cache)
        >>> dx, dw, db
        (array([[[[10., 51.,  5.]]]]), array([[[[11., 17.]]]]), array([6.]))
    """
    ### BEGIN SOLUTION
    x, w, stride, padding, dilation = cache
    n, filters = dout.shape[:2]
    kernel = w.shape[2:]
    dout = dout.reshape(n, filters, -1)
    columns = im2col(x, kernel, stride, padding, dilation)
    dw = (dout @ columns.transpose(0, 2, 1)).sum(axis=0).reshape(w.shape)
    dcolumns = w.reshape(filters, -1).T @ dout
    dx = col2im(dcolumns, x.shape[2:], kernel, stride, padding, dilation)
    return dx, dw, dout.sum(axis=(0, 2))
    ### END SOLUTION


def conv_transpose2d_forward(x, w, b, stride=1, padding=0, dilation=1):
    """Transposed convolution: every pixel of x prints the kernel, times its value, onto a larger image; prints add up.

    out[n, f] = b[f] + sum over c, p, q of x[n, c, p, q] * w[c, f], printed with its corner at (p * sH, q * sW) and its
    weights dilation apart; then padding rows and columns are cut off every side. On each axis
        size_out = (size - 1) stride - 2 padding + dilation (kernel - 1) + 1.
    It is the way back through a convolution, conv2d_backward's dx, taken as a layer that makes images larger.

    Args:
        x: float array (N, C, H, W).
        w: kernels, array (C, F, kH, kW) of the same dtype: input channels first, the other way round than in
            conv2d_forward.
        b: biases, array (F,).
        stride, padding, dilation: int, or a pair (vertical, horizontal).

    Returns:
        (out, cache): out (N, F, H_out, W_out) of x's dtype, while x, w and b stay as they are; cache is what a backward
        pass would need. There is none to write here: anything will do.

    Raises:
        ValueError: naming w, if its first axis is not the channels of x; naming b, if it is not (F,); naming stride,
            padding or dilation, as pair does; naming padding, if it leaves nothing of the output.

    Source: torch.nn.functional.conv_transpose2d; torch.nn.ConvTranspose2d, under "Shape".

    Example:
        >>> w = np.array([[[[1.0, 10.0, 100.0]]]])
        >>> out, cache = conv_transpose2d_forward(np.array([[[[2.0, 3.0]]]]), w, np.zeros(1), stride=2)
        >>> out
        array([[[[  2.,  20., 203.,  30., 300.]]]])
    """
    require(len(w) == x.shape[1], f"w is made for {len(w)} channels, but x has {x.shape[1]}")
    require(b.shape == w.shape[1:2], f"b must have the shape {w.shape[1:2]}, not {b.shape}")
    sh, sw = pair("stride", stride, 1)
    ph, pw = pair("padding", padding, 0)
    dh, dw = pair("dilation", dilation, 1)
    for pixels, weights, s, p, d in zip(x.shape[2:], w.shape[2:], (sh, sw), (ph, pw), (dh, dw), strict=True):
        require((pixels - 1) * s + d * (weights - 1) + 1 > 2 * p, f"padding {padding} leaves nothing of the output")
    ### BEGIN SOLUTION
    (n, channels, h, width), (kh, kw) = x.shape, w.shape[2:]
    size = (h - 1) * sh - 2 * ph + dh * (kh - 1) + 1, (width - 1) * sw - 2 * pw + dw * (kw - 1) + 1
    columns = w.reshape(channels, -1).T @ x.reshape(n, channels, -1)
    out = col2im(columns, size, (kh, kw), stride, padding, dilation)
    return out + b[:, None, None], None
    ### END SOLUTION


def causal_conv1d_forward(x, w, b, dilation=1):
    """Convolution over time that sees no future: zeros are put before the sequence, none after it.

    out[n, f, t] = b[f] + sum over c, k of w[f, c, k] * x[n, c, t - (K - 1 - k) dilation], x being 0 before its start.
    The last weight, w[:, :, K - 1], meets the present. Whatever happens after t, out[:, :, : t + 1] stays as it is.

    Args:
        x: sequences, float array (N, C, T), T at least 1; may be shorter than the kernel.
        w: filters, array (F, C, K) of the same dtype.
        b: biases, array (F,).
        dilation: time steps from one weight to the next, int, at least 1.

    Returns:
        (out, cache): out (N, F, T) of x's dtype, while x, w and b stay as they are; cache is what a backward pass would
        need. There is none to write here: anything will do.

    Raises:
        ValueError: naming w, if its channels are not those of x; naming b, if it is not (F,); naming dilation, if it is
            below 1.

    Source: van den Oord et al., "WaveNet" (2016), section 2.1; torch.nn.functional.conv1d on padded input.

    Example:
        >>> w = np.array([[[10.0, 1.0]]])
        >>> out, cache = causal_conv1d_forward(np.array([[[1.0, 2.0, 3.0]]]), w, np.zeros(1))
        >>> out
        array([[[ 1., 12., 23.]]])
    """
    require(w.shape[1] == x.shape[1], f"w is made for {w.shape[1]} channels, but x has {x.shape[1]}")
    require(b.shape == w.shape[:1], f"b must have the shape {w.shape[:1]}, not {b.shape}")
    require(dilation >= 1, f"dilation must be at least 1, not {dilation}")
    ### BEGIN SOLUTION
    past = dilation * (w.shape[2] - 1)
    padded = np.pad(x, ((0, 0), (0, 0), (past, 0)))
    out, _ = conv2d_forward(padded[:, :, None, :], w[:, :, None, :], b, dilation=dilation)
    return out.squeeze(axis=2), None
    ### END SOLUTION


def multi_resolution_conv1d(x, weights):
    """Several convolutions over one sequence side by side, each with kernels of its own width: details and trends.

    Each is a convolution of stride 1 with (K_i - 1) / 2 zeros on both sides and no bias, so that the length stays T and
    the outputs can be put together along the channels.

    Args:
        x: sequences, float array (N, C, T); T may be less than a kernel's width.
        weights: list of arrays (F_i, C, K_i) of the same dtype, at least one, every K_i odd.

    Returns:
        Array (N, F_1 + F_2 + ..., T) of x's dtype, the filters in the order of the list; x and the weights stay as they
        are.

    Raises:
        ValueError: naming weights, if the list is empty, or if one of its arrays has an even width or other channels
            than x.

    Source: Szegedy et al., "Going Deeper with Convolutions" (2015), section 4, in one dimension;
    torch.nn.functional.conv1d with padding "same", then torch.cat along dim 1.

    Example:
        >>> x = np.array([[[1.0, 2.0, 4.0]]])
        >>> multi_resolution_conv1d(x, [np.array([[[2.0]]]), np.array([[[1.0, 1.0, 1.0]]])])
        array([[[2., 4., 8.],
                [3., 7., 6.]]])
    """
    require(len(weights) > 0, "weights is empty: at least one array is needed")
    for each in weights:
        require(each.shape[1] == x.shape[1], f"weights must be (F, {x.shape[1]}, K) each, not {each.shape}")
        require(each.shape[2] % 2 == 1, f"weights must have odd widths K, not {each.shape[2]}")
    ### BEGIN SOLUTION
    outs = []
    for w in weights:
        padding = 0, same_padding(w.shape[2])
        out, _ = conv2d_forward(x[:, :, None, :], w[:, :, None, :], np.zeros(len(w), dtype=w.dtype), padding=padding)
        outs.append(out.squeeze(axis=2))
    return np.concatenate(outs, axis=1)
    ### END SOLUTION


def filter_bank():
    """Six kernels of 3 x 3 that people wrote down long before networks learnt theirs.

    identity  leaves the image as it is
    edge      eight times the pixel minus its eight neighbours: 0 where all is even
    sobel_x   the column on the right minus the column on the left, the middle row counted twice: positive where the
              image gets brighter to the right, x being the horizontal axis
    sobel_y   the row below minus the row above, the middle column counted twice: positive where it gets brighter
              downwards
    blur      mean of the nine pixels
    sharpen   the pixel, plus its four differences from the neighbours above, below, left and right

    Args: none.

    Returns:
        dict from these six names, and no others, to float64 arrays (3, 3), to be slid without rotation.

    Source: Sobel's operator as in scipy.ndimage.sobel; the others are textbook kernels.

    Example:
        >>> sorted(filter_bank())
        ['blur', 'edge', 'identity', 'sharpen', 'sobel_x', 'sobel_y']
        >>> filter_bank()["sobel_x"][1]
        array([-2.,  0.,  2.])
    """
    ### BEGIN SOLUTION
    identity = np.zeros((3, 3))
    identity[1, 1] = 1
    smooth, change = np.array([1.0, 2.0, 1.0]), np.array([-1.0, 0.0, 1.0])
    cross = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    return {
        "identity": identity,
        "edge": 9 * identity - np.ones((3, 3)),
        "sobel_x": np.outer(smooth, change),
        "sobel_y": np.outer(change, smooth),
        "blur": np.full((3, 3), 1 / 9),
        "sharpen": 5 * identity - cross,
    }
    ### END SOLUTION


def apply_filter(image, kernel):
    """Slide one kernel over an image, each colour channel by itself, and keep the size.

    The kernel is not rotated, stands with its middle on the pixel it answers for, and sees zeros beyond the border. The
    values are not clipped: an edge filter gives negative ones, and they mean something.

    Args:
        image: array (H, W), or (C, H, W); integers (0 to 255, say) are computed as float64.
        kernel: float array (kH, kW), both odd.

    Returns:
        Array of image's shape, and of its dtype if that is a float, otherwise float64, whatever kernel's is; image and
        kernel stay as they are.

    Raises:
        ValueError: naming kernel, if it has not two axes or one of its sides is even; naming image, if it has neither
            two nor three axes.

    Source: torch.nn.functional.conv2d with padding "same" and each channel as an image of its own.

    Example:
        >>> apply_filter(np.array([[1.0, 2.0, 4.0]]), np.array([[-1.0, 0.0, 1.0]]))
        array([[ 2.,  3., -2.]])
    """
    require(image.ndim in (2, 3), f"image must be (H, W) or (C, H, W), not {image.shape}")
    require([side % 2 for side in kernel.shape] == [1, 1], f"kernel must be (odd, odd), not {kernel.shape}")
    ### BEGIN SOLUTION
    dtype = image.dtype if image.dtype.kind == "f" else np.float64
    channels = image.reshape(-1, 1, *image.shape[-2:]).astype(dtype)
    padding = same_padding(kernel.shape[0]), same_padding(kernel.shape[1])
    out, _ = conv2d_forward(channels, kernel[None, None].astype(dtype), np.zeros(1, dtype=dtype), padding=padding)
    return out.reshape(image.shape)
    ### END SOLUTION
