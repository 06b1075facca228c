"""Hidden checks: random images on every geometry, gradients, what sees no future, and manners."""

import numpy as np
import pytest

from autograder import assert_close, assert_dtype, assert_gradients, assert_inputs_unchanged, assert_refuses

# (N, C, H, W), (F, kH, kW), geometry. Sizes differ on every axis; some blocks do not reach the last row or column.
# Only the first kind is without padding: whoever stumbles over that alone keeps the points of the others.
GEOMETRIES = {
    "padding 0": [
        ((5, 4, 8, 7), (6, 3, 2), {}),
        ((1, 3, 4, 7), (6, 2, 5), {"padding": (0, 3)}),
        ((2, 1, 5, 4), (3, 5, 4), {"padding": (1, 0)}),
    ],
    "padded": [
        ((5, 4, 8, 7), (6, 3, 2), {"padding": 2}),
        ((1, 3, 4, 7), (6, 2, 5), {"padding": (1, 3)}),
    ],
    "strided": [
        ((5, 4, 8, 7), (6, 3, 2), {"stride": 2, "padding": 1}),
        ((1, 3, 7, 10), (6, 2, 4), {"stride": (3, 2), "padding": (1, 2)}),
        ((2, 1, 9, 8), (5, 3, 4), {"stride": 3, "padding": (2, 1)}),
    ],
    "dilated": [
        ((5, 4, 8, 7), (6, 3, 2), {"dilation": 2, "padding": 1}),
        ((1, 3, 7, 10), (6, 2, 4), {"dilation": (3, 2), "padding": (2, 1), "stride": (1, 2)}),
    ],
}


def layer(rng, shape, filters):
    """x, w and b, no two biases alike."""
    f, kh, kw = filters
    return rng.normal(size=shape), rng.normal(size=(f, shape[1], kh, kw)), rng.normal(size=f)


def each_call(function, cases, answers):
    """Every case is called once before any is judged: small ints agree by chance, but not all of them."""
    for case in cases:
        function(*case)
    for case, answer in zip(cases, answers, strict=True):
        assert_close(function(*case), answer)


@pytest.mark.exercise("output_size")
class TestOutputSize:
    def test_random_geometries(self, student, reference, rng):
        cases = [tuple(case) for case in rng.integers([11, 2, 2, 1], [40, 12, 6, 5], size=(6, 4)).tolist()]
        cases += [(10, 3, 4, 2), (11, 3, 4, 2)]  # one pixel more makes room for one place more
        each_call(student.output_size, cases, [reference.output_size(*case) for case in cases])

    def test_dilation_spreads_the_kernel(self, student, reference, rng):
        cases = [(int(rng.integers(30, 50)), kernel, 2, 1, dilation) for kernel in (2, 3, 7) for dilation in (2, 4)]
        each_call(student.output_size, cases, [reference.output_size(*case) for case in cases])

    def test_stride_one_and_exact_fit(self, student):
        each_call(student.output_size, [(9, 4), (5, 5), (1, 1), (6, 1)], [6, 1, 1, 6])

    @pytest.mark.after("test_random_geometries")
    def test_kernel_that_does_not_fit(self, student):
        for case in ((4, 5), (2, 7, 1, 2), (6, 3, 1, 0, 3), (3, 4, 5)):
            assert_refuses(student.output_size, "kernel", *case)

    @pytest.mark.after("test_random_geometries")
    def test_arguments_below_their_least(self, student):
        for argument, value in (("size", 0), ("kernel", 0), ("stride", 0), ("padding", -1), ("dilation", 0)):
            assert_refuses(student.output_size, argument, **({"size": 9, "kernel": 3} | {argument: value}))


@pytest.mark.exercise("same_padding")
class TestSamePadding:
    def test_odd_kernels(self, student):
        each_call(student.same_padding, [(1,), (3,), (5,), (11,), (31,)], [0, 1, 2, 5, 15])

    def test_dilated_kernels(self, student, rng):
        halves, dilations = rng.integers(2, 9, size=(2, 4)).tolist()
        cases = [(2 * half + 1, dilation) for half, dilation in zip(halves, dilations, strict=True)]
        answers = [half * dilation for half, dilation in zip(halves, dilations, strict=True)]
        # An even kernel can keep the size too, where the dilation is even: 4 weights with gaps of 2 lose 6 pixels.
        each_call(student.same_padding, [*cases, (4, 2), (2, 6)], [*answers, 3, 3])

    @pytest.mark.after("test_odd_kernels")
    def test_uneven_sides_are_refused(self, student):
        for case in ((2,), (6,), (4, 3), (0,)):
            assert_refuses(student.same_padding, "kernel", *case)
        assert_refuses(student.same_padding, "dilation", 3, 0)


@pytest.mark.exercise("zero_pad")
class TestZeroPad:
    def test_int_and_pair(self, student, rng):
        for shape, padding, (ph, pw) in (
            ((2, 3, 4, 5), (1, 3), (1, 3)),
            ((2, 3, 4, 5), 2, (2, 2)),
            ((1, 2, 3, 1), (0, 2), (0, 2)),
            ((3, 1, 2, 4), (2, 0), (2, 0)),
        ):
            n, c, h, w = shape
            x, expected = rng.normal(size=shape), np.zeros((n, c, h + 2 * ph, w + 2 * pw))
            for row in range(h):
                for column in range(w):
                    expected[:, :, ph + row, pw + column] = x[:, :, row, column]
            assert_close(student.zero_pad(x, padding), expected)

    @pytest.mark.after("test_int_and_pair")
    def test_keeps_inputs_and_dtype(self, student, rng):
        for x in (rng.normal(size=(2, 1, 3, 4)).astype(np.float32), rng.integers(1, 9, size=(1, 2, 3, 4))):
            out = assert_inputs_unchanged(student.zero_pad, x, 1)
            assert_close(out, np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1))))
            assert_dtype(out, str(x.dtype))

    @pytest.mark.after("test_int_and_pair")
    def test_negative_padding(self, student, rng):
        for padding in (-1, (2, -1)):
            assert_refuses(student.zero_pad, "padding", rng.normal(size=(1, 2, 4, 5)), padding)


@pytest.mark.exercise("receptive_field")
class TestReceptiveField:
    def test_kernels_alone(self, student):
        stacks = [[(3, 1, 1)] * 5, [(7, 1, 1)], [(5, 1, 1), (2, 1, 1), (3, 1, 1)], [(1, 1, 1)] * 3, []]
        each_call(student.receptive_field, [(stack,) for stack in stacks], [11, 7, 8, 1, 1])

    def test_strides_and_dilations(self, student, reference, rng):
        stacks = [[tuple(layer) for layer in rng.integers(2, 6, size=(depth, 3)).tolist()] for depth in (1, 2, 4)]
        stacks += [[(3, 1, 2**k) for k in range(4)], [(3, 2, 1), (2, 2, 1)] * 2]
        answers = [reference.receptive_field(stack) for stack in stacks]
        each_call(student.receptive_field, [(stack,) for stack in stacks], answers)

    @pytest.mark.after("test_strides_and_dilations")
    def test_layers_of_nothing(self, student):
        for layer in ((0, 1, 1), (3, 0, 1), (3, 1, 0)):
            assert_refuses(student.receptive_field, "layers", [(3, 2, 1), layer])


@pytest.mark.exercise("layer_shape")
class TestLayerShape:
    def test_random_layers(self, student, reference, rng):
        cases = []
        for _ in range(4):
            c, filters, kh, kw, sh, sw, ph, pw = rng.integers(1, 5, size=8).tolist()
            h, w = rng.integers([11, 31], [29, 59]).tolist()
            cases.append(((c, h, w), filters + 5, (kh + 1, kw + 4), (sh, sw + 4), (ph, pw + 4)))
        cases += [((3, 32, 24), 15, 5, 2, 2), ((4, 17, 19), 6, 4), ((1, 13, 21), 8, (3, 2), 2, 1, (3, 5))]
        each_call(student.layer_shape, cases, [reference.layer_shape(*case) for case in cases])

    @pytest.mark.after("test_random_layers")
    def test_bad_layers(self, student):
        assert_refuses(student.layer_shape, "filters", (3, 8, 9), 0, 3)
        for kernel in (9, (3, 10), (0, 1)):
            assert_refuses(student.layer_shape, "kernel", (3, 8, 9), 4, kernel)
        assert_refuses(student.layer_shape, "stride", (3, 8, 9), 4, 3, (1, 0))


@pytest.mark.exercise("parameter_count")
class TestParameterCount:
    def test_random_layers(self, student, reference, rng):
        sizes = rng.integers(2, 30, size=(4, 2)).tolist()
        cases = [(*size, kernel) for size, kernel in zip(sizes, (1, 5, (7, 3), (2, 4)), strict=True)] + [(1, 1, 2)]
        each_call(student.parameter_count, cases, [reference.parameter_count(*case) for case in cases])

    def test_without_bias(self, student, rng):
        channels, filters = rng.integers(3, 20, size=2).tolist()
        weights = channels * 3 * 5 * filters
        cases = [(channels, filters, (3, 5), bias) for bias in (False, True)]
        each_call(student.parameter_count, cases, [weights, weights + filters])

    @pytest.mark.after("test_random_layers")
    def test_layers_of_nothing(self, student):
        for argument, value in (("channels", 0), ("filters", 0), ("kernel", (3, 0))):
            assert_refuses(
                student.parameter_count, argument, **({"channels": 3, "filters": 4, "kernel": 5} | {argument: value})
            )


@pytest.mark.exercise("im2col")
class TestIm2col:
    @pytest.mark.parametrize("kind", GEOMETRIES)
    def test_blocks(self, student, reference, rng, kind):
        for shape, (_, *kernel), geometry in GEOMETRIES[kind]:
            x = rng.normal(size=shape)
            columns = student.im2col(x, tuple(kernel), **geometry)
            assert_close(columns, reference.im2col(x, tuple(kernel), **geometry), name="the columns")

    @pytest.mark.after("test_blocks")
    def test_keeps_inputs_and_dtype(self, student, reference, rng):
        for x in (rng.normal(size=(2, 3, 5, 8)).astype(np.float32)[..., ::2], rng.integers(0, 9, size=(1, 2, 4, 3))):
            columns = assert_inputs_unchanged(student.im2col, x, 2, 1, 1)
            assert_close(columns, reference.im2col(x, 2, 1, 1), name="the columns")
            assert_dtype(columns, str(x.dtype))

    @pytest.mark.after("test_blocks")
    def test_bad_geometry(self, student, rng):
        x = rng.normal(size=(2, 3, 5, 4))
        for argument, geometry in (
            ("kernel", {"kernel": (3, 5)}),
            ("kernel", {"kernel": 3, "dilation": 2}),
            ("stride", {"kernel": 2, "stride": (1, 0)}),
            ("padding", {"kernel": 2, "padding": -1}),
        ):
            assert_refuses(student.im2col, argument, x, **geometry)


@pytest.mark.exercise("col2im")
class TestCol2im:
    @pytest.mark.parametrize("kind", GEOMETRIES)
    def test_blocks_add_up(self, student, reference, rng, kind):
        for shape, (_, *kernel), geometry in GEOMETRIES[kind]:
            kernel, size = tuple(kernel), shape[2:]
            columns = rng.normal(size=reference.im2col(np.zeros(shape), kernel, **geometry).shape)
            image = student.col2im(columns, size, kernel, **geometry)
            assert_close(image, reference.col2im(columns, size, kernel, **geometry), name="the images")

    @pytest.mark.after("test_blocks_add_up")
    def test_keeps_inputs_and_float32(self, student, reference, rng):
        columns = rng.normal(size=(2, 12, 20)).astype(np.float32)[..., ::2]
        image = assert_inputs_unchanged(student.col2im, columns, (3, 6), 2)
        assert_close(image, reference.col2im(columns, (3, 6), 2), name="the images")
        assert_dtype(image, "float32")

    @pytest.mark.after("test_blocks_add_up")
    def test_columns_must_fit_the_image(self, student, rng):
        for shape in ((2, 12, 9), (2, 10, 10)):  # 10 places of 2 x 2 in 3 x 6
            assert_refuses(student.col2im, "columns", rng.normal(size=shape), (3, 6), 2)


@pytest.mark.exercise("conv2d_forward")
class TestConv2dForward:
    @pytest.mark.parametrize("kind", GEOMETRIES)
    def test_values(self, student, reference, rng, kind):
        for shape, filters, geometry in GEOMETRIES[kind]:
            x, w, b = layer(rng, shape, filters)
            out, _ = student.conv2d_forward(x, w, b, **geometry)
            assert_close(out, reference.conv2d_forward(x, w, b, **geometry)[0], name="out")

    def test_impulse_leaves_the_kernel_turned_over(self, student, rng):
        # One bright pixel: each place sees it under another weight, so the unrotated kernel appears back to front.
        w, b = rng.normal(size=(2, 1, 2, 3)), rng.normal(size=2)
        x = np.zeros((1, 1, 3, 5))
        x[0, 0, 1, 2] = 1
        out, _ = student.conv2d_forward(x, w, b)
        assert_close(out, w[None, :, 0, ::-1, ::-1] + b[:, None, None], name="out")

    @pytest.mark.after("test_values")
    def test_keeps_inputs_and_float32(self, student, reference, rng):
        x, w, b = (each.astype(np.float32) for each in layer(rng, (2, 3, 5, 8), (4, 3, 4)))
        x, w = x[..., ::2], w[..., ::2]
        out, _ = assert_inputs_unchanged(student.conv2d_forward, x, w, b, 2, 1)
        assert_close(out, reference.conv2d_forward(x, w, b, 2, 1)[0], name="out")
        assert_dtype(out, "float32")

    @pytest.mark.after("test_values")
    def test_shapes_must_fit(self, student, rng):
        x, w, b = layer(rng, (2, 3, 6, 5), (4, 3, 2))
        assert_refuses(student.conv2d_forward, "w", x, w[:, :2], b)
        assert_refuses(student.conv2d_forward, "w", x, w[:, :1], b)
        for wrong in (b[:3], b[:1], b[:, None]):  # one bias for four filters would be broadcast
            assert_refuses(student.conv2d_forward, "b", x, w, wrong)
        assert_refuses(student.conv2d_forward, "kernel", x, w, b, dilation=5)
        assert_refuses(student.conv2d_forward, "stride", x, w, b, stride=0)


@pytest.mark.exercise("conv2d_backward")
class TestConv2dBackward:
    @pytest.mark.parametrize("kind", GEOMETRIES)
    def test_gradients(self, student, reference, rng, kind):
        for shape, filters, geometry in GEOMETRIES[kind]:
            x, w, b = layer(rng, shape, filters)
            out, cache = reference.conv2d_forward(x, w, b, **geometry)
            dout = rng.normal(size=out.shape)
            _, theirs = student.conv2d_forward(x, w, b, **geometry)
            grads = student.conv2d_backward(dout, theirs)
            assert_close(grads, reference.conv2d_backward(dout, cache), name="(dx, dw, db)")

    def test_central_differences(self, student, reference, rng):
        geometry = {"stride": (2, 1), "padding": (1, 2), "dilation": (1, 2)}
        inputs = dict(zip("xwb", layer(rng, (3, 2, 5, 6), (4, 2, 3)), strict=True))

        def forward(**values):
            return reference.conv2d_forward(**values, **geometry)[0]

        _, cache = student.conv2d_forward(**inputs, **geometry)
        dout = rng.normal(size=forward(**inputs).shape)
        assert_gradients(forward, inputs, dout, list(student.conv2d_backward(dout, cache)), rng)

    @pytest.mark.after("test_gradients")
    def test_keeps_dout_and_float32(self, student, reference, rng):
        x, w, b = (each.astype(np.float32) for each in layer(rng, (2, 3, 5, 4), (4, 3, 2)))
        dout = rng.normal(size=(2, 4, 3, 6)).astype(np.float32)[..., ::2]
        _, cache = student.conv2d_forward(x, w, b)
        grads = assert_inputs_unchanged(lambda dout: student.conv2d_backward(dout, cache), dout)
        assert_close(grads, reference.conv2d_backward(dout, reference.conv2d_forward(x, w, b)[1]), name="(dx, dw, db)")
        for each in grads:
            assert_dtype(each, "float32")

    @pytest.mark.after("test_gradients")
    def test_two_layers_keep_apart(self, student, reference, rng):
        # Backpropagation goes through the layers in reverse: each cache must still hold its own layer's values.
        layers = [layer(rng, (3, 2, 5, 4), (4, 3, 2)), layer(rng, (1, 3, 4, 6), (2, 2, 5))]
        caches = [student.conv2d_forward(*each)[1] for each in layers]
        for each, cache in zip(layers, caches, strict=True):
            out, own = reference.conv2d_forward(*each)
            dout = rng.normal(size=out.shape)
            assert_close(
                student.conv2d_backward(dout, cache), reference.conv2d_backward(dout, own), name="(dx, dw, db)"
            )


# As above, for the way back: here the sizes are those of the small image.
PRINTS = {
    "stride 1": [((7, 5, 4, 6), (8, 3, 2), {}), ((1, 4, 3, 2), (6, 5, 7), {})],
    "strided": [((7, 5, 4, 6), (8, 3, 2), {"stride": 2}), ((1, 3, 2, 6), (5, 4, 7), {"stride": (3, 2)})],
    "padded and dilated": [
        ((7, 5, 4, 6), (8, 3, 2), {"padding": 1, "stride": (1, 2)}),
        ((1, 2, 3, 4), (6, 5, 7), {"padding": (0, 2), "dilation": (3, 2), "stride": (2, 1)}),
    ],
}


@pytest.mark.exercise("conv_transpose2d_forward")
class TestConvTranspose2d:
    @pytest.mark.parametrize("kind", PRINTS)
    def test_values(self, student, reference, rng, kind):
        for shape, (f, kh, kw), geometry in PRINTS[kind]:
            x, w, b = rng.normal(size=shape), rng.normal(size=(shape[1], f, kh, kw)), rng.normal(size=f)
            out, _ = student.conv_transpose2d_forward(x, w, b, **geometry)
            assert_close(out, reference.conv_transpose2d_forward(x, w, b, **geometry)[0], name="out")

    @pytest.mark.after("test_values")
    def test_keeps_inputs_and_float32(self, student, reference, rng):
        x, w, b = (rng.normal(size=shape).astype(np.float32) for shape in ((2, 3, 4, 6), (3, 2, 3, 2), (2,)))
        x = x[..., ::2]
        out, _ = assert_inputs_unchanged(student.conv_transpose2d_forward, x, w, b, 2, 1)
        assert_close(out, reference.conv_transpose2d_forward(x, w, b, 2, 1)[0], name="out")
        assert_dtype(out, "float32")

    @pytest.mark.after("test_values")
    def test_shapes_must_fit(self, student, rng):
        x, w, b = rng.normal(size=(2, 3, 4, 5)), rng.normal(size=(3, 2, 3, 3)), rng.normal(size=2)
        assert_refuses(student.conv_transpose2d_forward, "w", x, w.swapaxes(0, 1), np.zeros(3))
        for wrong in (b[:1], np.zeros(3)):
            assert_refuses(student.conv_transpose2d_forward, "b", x, w, wrong)
        assert_refuses(student.conv_transpose2d_forward, "padding", x, w, b, padding=3)


@pytest.mark.exercise("causal_conv1d_forward")
class TestCausalConv1d:
    def test_values(self, student, reference, rng):
        for (n, c, t), (f, k), dilation in (
            ((5, 2, 7), (4, 3), {}),
            ((1, 3, 9), (2, 4), {"dilation": 2}),
            ((2, 1, 8), (3, 4), {"dilation": 5}),
        ):
            x, w, b = rng.normal(size=(n, c, t)), rng.normal(size=(f, c, k)), rng.normal(size=f)
            out, _ = student.causal_conv1d_forward(x, w, b, **dilation)
            assert_close(out, reference.causal_conv1d_forward(x, w, b, **dilation)[0], name="out")

    def test_an_event_is_answered_now_and_later(self, student, rng):
        # The last weight answers at once, the one before it `dilation` steps later, and none before the event.
        w, b, dilation, event = rng.normal(size=(2, 1, 3)), rng.normal(size=2), 2, 3
        x, expected = np.zeros((1, 1, 9)), np.zeros((1, 2, 9))
        x[0, 0, event] = 1
        for later, weight in enumerate(w[:, 0, ::-1].T):
            expected[0, :, event + later * dilation] = weight
        out, _ = student.causal_conv1d_forward(x, w, b, dilation)
        assert_close(out, expected + b[:, None], name="out")

    def test_sequence_shorter_than_the_kernel(self, student, rng):
        x, w, b = rng.normal(size=(3, 2, 1)), rng.normal(size=(4, 2, 5)), rng.normal(size=4)
        out, _ = student.causal_conv1d_forward(x, w, b, 3)
        assert_close(out, (x[:, :, 0] @ w[:, :, -1].T + b)[:, :, None], name="out")

    @pytest.mark.after("test_values")
    def test_keeps_inputs_and_float32(self, student, reference, rng):
        x, w, b = (rng.normal(size=shape).astype(np.float32) for shape in ((2, 3, 10), (4, 3, 2), (4,)))
        x = x[..., ::2]
        out, _ = assert_inputs_unchanged(student.causal_conv1d_forward, x, w, b, 2)
        assert_close(out, reference.causal_conv1d_forward(x, w, b, 2)[0], name="out")
        assert_dtype(out, "float32")

    @pytest.mark.after("test_values")
    def test_shapes_must_fit(self, student, rng):
        x, w, b = rng.normal(size=(2, 3, 6)), rng.normal(size=(4, 3, 2)), rng.normal(size=4)
        assert_refuses(student.causal_conv1d_forward, "w", x, w[:, :1], b)
        assert_refuses(student.causal_conv1d_forward, "b", x, w, b[:1])
        assert_refuses(student.causal_conv1d_forward, "dilation", x, w, b, 0)


@pytest.mark.exercise("multi_resolution_conv1d")
class TestMultiResolution:
    def test_several_widths(self, student, reference, rng):
        for (n, c, t), sizes in (
            ((5, 2, 8), [(4, 3), (1, 7), (2, 1)]),
            ((1, 3, 6), [(2, 5), (2, 3)]),
            ((2, 1, 4), [(3, 9), (1, 1)]),  # a kernel wider than the sequence
        ):
            x, weights = rng.normal(size=(n, c, t)), [rng.normal(size=(f, c, k)) for f, k in sizes]
            assert_close(student.multi_resolution_conv1d(x, weights), reference.multi_resolution_conv1d(x, weights))

    @pytest.mark.after("test_several_widths")
    def test_keeps_inputs_and_float32(self, student, reference, rng):
        x = rng.normal(size=(2, 3, 10)).astype(np.float32)[..., ::2]
        weights = [rng.normal(size=(f, 3, k)).astype(np.float32) for f, k in ((4, 3), (2, 5))]
        out = assert_inputs_unchanged(student.multi_resolution_conv1d, x, weights)
        assert_close(out, reference.multi_resolution_conv1d(x, weights))
        assert_dtype(out, "float32")

    @pytest.mark.after("test_several_widths")
    def test_bad_weights(self, student, rng):
        x, good = rng.normal(size=(2, 3, 6)), rng.normal(size=(4, 3, 5))
        for weights in ([], [good, rng.normal(size=(2, 3, 4))], [good, rng.normal(size=(2, 1, 3))]):
            assert_refuses(student.multi_resolution_conv1d, "weights", x, weights)


@pytest.mark.exercise("filter_bank")
class TestFilterBank:
    @pytest.mark.parametrize("kernel", ["identity", "edge", "sobel_x", "sobel_y", "blur", "sharpen"])
    def test_kernel(self, student, reference, kernel):
        bank = student.filter_bank()
        found = {kernel: bank[kernel]} if isinstance(bank, dict) and kernel in bank else bank
        assert_close(found, {kernel: reference.filter_bank()[kernel]}, name="the bank")

    @pytest.mark.after("test_kernel")
    def test_six_kernels_and_no_more(self, student, reference):
        assert_close(student.filter_bank(), reference.filter_bank(), name="the bank")


@pytest.mark.exercise("apply_filter")
class TestApplyFilter:
    def test_grey_images(self, student, reference, rng):
        for size, kernel_size in (((5, 7), (3, 3)), ((4, 6), (5, 1)), ((2, 3), (3, 7)), ((1, 8), (1, 1))):
            image, kernel = rng.random(size), rng.normal(size=kernel_size)
            assert_close(student.apply_filter(image, kernel), reference.apply_filter(image, kernel))

    def test_channels_by_themselves(self, student, reference, rng):
        for shape in ((3, 5, 4), (1, 4, 6)):
            image, kernel = rng.random(shape), rng.normal(size=(3, 5))
            assert_close(student.apply_filter(image, kernel), reference.apply_filter(image, kernel))

    def test_bytes_do_not_wrap_around(self, student, reference, rng):
        # 250 + 10 is 4 in uint8, and 10 - 250 is 16: a photo's bytes must become floats first.
        image, kernel = rng.integers(0, 256, size=(6, 5), dtype=np.uint8), rng.integers(-3, 4, size=(3, 3)) / 2
        assert_close(student.apply_filter(image, kernel), reference.apply_filter(image, kernel))

    @pytest.mark.after("test_grey_images")
    def test_keeps_inputs_and_float32(self, student, reference, rng):
        image, kernel = rng.random((4, 12)).astype(np.float32)[:, ::2], rng.normal(size=(3, 3)).astype(np.float32)
        out = assert_inputs_unchanged(student.apply_filter, image, kernel)
        assert_close(out, reference.apply_filter(image, kernel))
        assert_dtype(out, "float32")

    @pytest.mark.after("test_grey_images")
    def test_bad_shapes(self, student, rng):
        for shape in ((2, 3), (3, 4), (3,), (1, 3, 3)):
            assert_refuses(student.apply_filter, "kernel", rng.random((5, 6)), rng.normal(size=shape))
        assert_refuses(student.apply_filter, "image", rng.random((1, 3, 5, 6)), rng.normal(size=(3, 3)))
