"""Hidden checks: the plain case of each exercise, then every kind of geometry by itself, and manners."""

import numpy as np
import pytest

from autograder import (
    assert_close,
    assert_dtype,
    assert_gradients,
    assert_inputs_unchanged,
    assert_refuses,
    each_exercise,
)

# (N, C, H, W), kernel, the rest. Sizes differ on every axis; some blocks do not reach the last row or column.
PLAIN = {
    "kernel 3, several images": ((5, 4, 8, 7), 3, {}),
    "kernel 2, one image": ((1, 3, 4, 6), 2, {}),
}
GEOMETRIES = {
    "kernel (3, 2)": ((4, 2, 6, 8), (3, 2), {}),
    "kernel 3, padding 2, a single row": ((5, 4, 1, 7), 3, {"padding": 2}),
    "kernel 3, stride 2": ((4, 2, 8, 7), 3, {"stride": 2}),
    "kernel 2, stride 3": ((2, 3, 10, 8), 2, {"stride": 3}),
    "kernel 3, stride 2, padding 1": ((3, 2, 8, 7), 3, {"stride": 2, "padding": 1}),
    "kernel 2, dilation 3": ((2, 4, 6, 9), 2, {"dilation": 3}),
    "kernel (2, 4), stride (3, 2)": ((1, 3, 7, 10), (2, 4), {"stride": (3, 2)}),
    "kernel (4, 2), padding (0, 3), a single column": ((2, 3, 5, 1), (4, 2), {"padding": (0, 3)}),
    "kernel (3, 4), all pairs": (
        (1, 3, 7, 10), (3, 4), {"stride": (1, 2), "padding": (2, 1), "dilation": (3, 2)},
    ),
}  # fmt: skip
# As PLAIN, but the filters' shapes tell: nobody has to ask whether kernels are pairs.
LAYERS = {
    "3 x 2 weights, several images": ((5, 4, 8, 7), (3, 2), {}),
    "2 x 5 weights, one image": ((1, 3, 4, 6), (2, 5), {}),
}
LARGE = {
    "70 channels": ((1, 70, 3, 4), (2, 3), {}),
    "1,030 columns": ((1, 2, 3, 1030), (2, 3), {}),
}
# The layers with weights by name; for the transposed one the sizes are those of the small image.
PLAIN_LAYERS = {
    "conv2d_forward": LAYERS,
    "conv_transpose2d_forward": {
        "3 x 2 weights, several images": ((7, 5, 4, 8), (3, 2), {}),
        "5 x 7 weights, one image": ((1, 4, 3, 2), (5, 7), {}),
    },
    "causal_conv1d_forward": {
        "3 weights, several sequences": ((5, 2, 7), 3, {}),
        "4 weights, one sequence": ((1, 3, 9), 4, {}),
    },
}
LARGE_LAYERS = {
    "conv2d_forward": LARGE,
    "conv_transpose2d_forward": LARGE,
    "causal_conv1d_forward": {"70 channels": ((2, 70, 5), 4, {}), "1,030 steps": ((2, 3, 1030), 5, {})},
}
GENERAL_LAYERS = {
    "conv2d_forward": GEOMETRIES,
    "conv_transpose2d_forward": {
        "stride 2": ((7, 5, 4, 8), (3, 2), {"stride": 2}),
        "stride 4, larger than the kernel": ((2, 3, 4, 5), (3, 2), {"stride": 4}),
        "padding 1": ((4, 3, 5, 7), (4, 3), {"padding": 1}),
        "dilation 2": ((2, 5, 4, 3), (2, 3), {"dilation": 2}),
        "stride (3, 2)": ((1, 3, 2, 8), (4, 7), {"stride": (3, 2)}),
        "all pairs": ((1, 2, 3, 4), (5, 7), {"padding": (0, 2), "dilation": (3, 2), "stride": (2, 1)}),
    },
    "causal_conv1d_forward": {
        "a sequence of one step, kernel 5": ((4, 2, 1), 5, {}),
        "a sequence of three steps, kernel 5": ((4, 2, 3), 5, {}),
        "dilation 2": ((2, 3, 8), 4, {"dilation": 2}),
        "dilation 5": ((2, 3, 8), 4, {"dilation": 5}),
    },
}

plain = pytest.mark.weight(5)
one_generality = pytest.mark.weight(0.6)


def each_case(cases):
    """Repeat a check for every case of every exercise of such a table."""
    return pytest.mark.parametrize(
        "name, case",
        [
            pytest.param(name, case, marks=pytest.mark.exercise(name), id=f"{kind}-{name}")
            for name, kinds in cases.items()
            for kind, case in kinds.items()
        ],
    )


def layer(rng, shape, kernel, name="conv2d_forward", filters=6, biased=True):
    """x, w and b, no two biases alike; or all 0, where the question is another one."""
    kernel = kernel if isinstance(kernel, tuple) else (kernel,) * len(shape[2:])
    ends = (shape[1], filters) if name == "conv_transpose2d_forward" else (filters, shape[1])
    return rng.normal(size=shape), rng.normal(size=(*ends, *kernel)), rng.normal(size=filters) * biased


def agree(student, reference, name, *arguments, **options):
    """The right answer, of a layer without its cache."""
    found, right = (getattr(each, name)(*arguments, **options) for each in (student, reference))
    if name.endswith("_forward"):
        (found, _), (right, _) = found, right
    assert_close(found, right, name="out")


def agree_and_keep(student, reference, name, *arguments, dtype="float32"):
    """The same, of that dtype, and the arguments stay as they were."""
    found = assert_inputs_unchanged(getattr(student, name), *arguments)
    right = getattr(reference, name)(*arguments)
    if name.endswith("_forward"):
        (found, _), (right, _) = found, right
    assert_close(found, right, name="out")
    assert_dtype(found, dtype, name="out")


def float32(*arrays):
    """The same in float32, and every other number of a larger array each: they do not lie side by side."""
    return [each.astype(np.float32).repeat(2, axis=-1)[..., ::2] for each in arrays]


def each_call(function, cases, answers):
    """Every case is called once before any is judged: small ints agree by chance, but not all of them."""
    for case in cases:
        function(*case)
    for case, answer in zip(cases, answers, strict=True):
        found = function(*case)
        assert_close(found, likened(answer, found))


def likened(answer, found):
    """The right int as a float where a float came: 55.0 has the right value, and that it is no int is a matter of manners."""
    if isinstance(answer, tuple) and isinstance(found, (list, tuple)) and len(found) == len(answer):
        return tuple(likened(*each) for each in zip(answer, found, strict=True))
    return float(answer) if isinstance(answer, int) and isinstance(found, float) else answer


@pytest.mark.exercise("output_size")
class TestOutputSize:
    @pytest.mark.weight(2)
    def test_stride_one_and_exact_fit(self, student):
        each_call(student.output_size, [(9, 4), (5, 5), (1, 1), (6, 1), (1030, 70)], [6, 1, 1, 6, 961])

    @pytest.mark.weight(2)
    def test_strides(self, student, reference, rng):
        cases = [tuple(case) for case in rng.integers([11, 2, 2], [40, 12, 6], size=(6, 3)).tolist()]
        cases += [(10, 3, 4), (14, 3, 4), (15, 3, 4)]  # one pixel more makes room for one place more
        each_call(student.output_size, cases, [reference.output_size(*case) for case in cases])

    def test_padding(self, student, reference, rng):
        cases = [tuple(case) for case in rng.integers([11, 2, 1, 1], [40, 12, 6, 5], size=(6, 4)).tolist()]
        each_call(student.output_size, cases, [reference.output_size(*case) for case in cases])

    def test_dilation_spreads_the_kernel(self, student, reference, rng):
        cases = [(int(rng.integers(30, 50)), kernel, 2, 1, dilation) for kernel in (2, 3, 7) for dilation in (2, 4)]
        each_call(student.output_size, cases, [reference.output_size(*case) for case in cases])

    @pytest.mark.after("test_stride_one_and_exact_fit")
    def test_an_int_not_a_float(self, student):
        assert_close(student.output_size(9, 4), 6)

    @pytest.mark.after("test_stride_one_and_exact_fit")
    def test_kernel_that_does_not_fit(self, student):
        for case in ((4, 5), (2, 7, 1, 2), (6, 3, 1, 0, 3), (3, 4, 5)):
            assert_refuses(student.output_size, "kernel", *case)

    @pytest.mark.after("test_stride_one_and_exact_fit")
    def test_arguments_below_their_least(self, student):
        for argument, value in (("size", 0), ("kernel", 0), ("stride", 0), ("padding", -1), ("dilation", 0)):
            assert_refuses(student.output_size, argument, **({"size": 9, "kernel": 3} | {argument: value}))


@pytest.mark.exercise("same_padding")
class TestSamePadding:
    @pytest.mark.weight(4)
    def test_odd_kernels(self, student):
        each_call(student.same_padding, [(1,), (3,), (5,), (11,), (131,)], [0, 1, 2, 5, 65])

    def test_dilated_kernels(self, student, rng):
        halves, dilations = rng.integers(2, 9, size=(2, 4)).tolist()
        cases = [(2 * half + 1, dilation) for half, dilation in zip(halves, dilations, strict=True)]
        answers = [half * dilation for half, dilation in zip(halves, dilations, strict=True)]
        # An even kernel can keep the size too, where the dilation is even: 4 weights with gaps of 2 lose 6 pixels.
        each_call(student.same_padding, [*cases, (4, 2), (2, 6)], [*answers, 3, 3])

    @pytest.mark.after("test_odd_kernels")
    def test_an_int_not_a_float(self, student):
        assert_close(student.same_padding(9), 4)

    @pytest.mark.after("test_odd_kernels")
    def test_uneven_sides_are_refused(self, student):
        for case in ((2,), (6,), (4, 3), (0,)):
            assert_refuses(student.same_padding, "kernel", *case)
        assert_refuses(student.same_padding, "dilation", 3, 0)


@pytest.mark.exercise("zero_pad")
class TestZeroPad:
    def padded(self, x, ph, pw):
        n, c, h, w = x.shape
        expected = np.zeros((n, c, h + 2 * ph, w + 2 * pw))
        for row in range(h):
            for column in range(w):
                expected[:, :, ph + row, pw + column] = x[:, :, row, column]
        return expected

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("padding, shape", [(2, (2, 3, 4, 5)), (1, (1, 70, 3, 2))])
    def test_int(self, student, rng, padding, shape):
        x = rng.normal(size=shape)
        assert_close(student.zero_pad(x, padding), self.padded(x, padding, padding))

    @one_generality
    @pytest.mark.parametrize("padding, shape", [((1, 3), (2, 3, 4, 5)), ((0, 2), (1, 2, 3, 1)), ((2, 0), (3, 1, 2, 4))])
    def test_pair(self, student, rng, padding, shape):
        x = rng.normal(size=shape)
        assert_close(student.zero_pad(x, padding), self.padded(x, *padding))

    @pytest.mark.rests_on("test_int")
    def test_no_padding(self, student, rng):
        x = rng.normal(size=(3, 2, 4, 5))
        assert_close(student.zero_pad(x, 0), x)

    @pytest.mark.after("test_int")
    def test_keeps_inputs_and_dtype(self, student, rng):
        for x in (rng.normal(size=(2, 1, 3, 4)).astype(np.float32), rng.integers(1, 9, size=(1, 2, 3, 4))):
            out = assert_inputs_unchanged(student.zero_pad, x, 1)
            assert_close(out, np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1))))
            assert_dtype(out, str(x.dtype))

    @pytest.mark.after("test_int")
    def test_negative_padding(self, student, rng):
        for padding in (-1, (2, -1)):
            assert_refuses(student.zero_pad, "padding", rng.normal(size=(1, 2, 4, 5)), padding)


@pytest.mark.exercise("receptive_field")
class TestReceptiveField:
    @pytest.mark.weight(8)
    def test_kernels_alone(self, student):
        stacks = [
            [(3, 1, 1)] * 5,
            [(7, 1, 1)],
            [(5, 1, 1), (2, 1, 1), (3, 1, 1)],
            [(1, 1, 1)] * 3,
            [(3, 1, 1)] * 70,
            [],
        ]
        each_call(student.receptive_field, [(stack,) for stack in stacks], [11, 7, 8, 1, 141, 1])

    def test_dilations(self, student, reference, rng):
        stacks = [[(kernel, 1, dilation) for kernel, dilation in rng.integers(2, 6, size=(3, 2)).tolist()]]
        stacks += [[(3, 1, 2**k) for k in range(4)], [(2, 1, 5)]]
        each_call(student.receptive_field, [(each,) for each in stacks], [*map(reference.receptive_field, stacks)])

    def test_strides(self, student, reference, rng):
        stacks = [
            [(kernel, stride, 1) for kernel, stride in rng.integers(2, 6, size=(depth, 2)).tolist()] for depth in (2, 4)
        ]
        stacks += [[(3, 2, 1), (2, 2, 1)] * 2, [(3, 4, 1)]]
        each_call(student.receptive_field, [(each,) for each in stacks], [*map(reference.receptive_field, stacks)])

    @pytest.mark.weight(0.5)
    def test_strides_and_dilations(self, student, reference, rng):
        stacks = [[tuple(each) for each in rng.integers(2, 6, size=(depth, 3)).tolist()] for depth in (1, 2, 4)]
        each_call(student.receptive_field, [(each,) for each in stacks], [*map(reference.receptive_field, stacks)])

    @pytest.mark.after("test_kernels_alone")
    def test_layers_of_nothing(self, student):
        for each in ((0, 1, 1), (3, 0, 1), (3, 1, 0)):
            assert_refuses(student.receptive_field, "layers", [(3, 2, 1), each])


@pytest.mark.exercise("layer_shape")
class TestLayerShape:
    @pytest.mark.weight(2)
    def test_kernel_alone(self, student, reference, rng):
        sizes = rng.integers([1, 11, 31, 70], [5, 29, 59, 90], size=(3, 4)).tolist()
        cases = [((c, h, w), filters, kernel) for (c, h, w, filters), kernel in zip(sizes, (2, 3, 5), strict=True)]
        each_call(student.layer_shape, cases, [reference.layer_shape(*case) for case in cases])

    @pytest.mark.weight(2)
    def test_ints(self, student, reference, rng):
        h, w = rng.integers([11, 31], [29, 59]).tolist()
        cases = [
            ((2, h, w), 7, 5, 3, 2),
            ((3, 32, 24), 15, 5, 2, 2),
            ((3, 9, 1030), 6, 4, 3),
            ((1, 13, 21), 8, 3, 1, 2),
        ]
        each_call(student.layer_shape, cases, [reference.layer_shape(*case) for case in cases])

    def test_pairs(self, student, reference, rng):
        cases = []
        for _ in range(4):
            c, filters, kh, kw, sh, sw, ph, pw = rng.integers(1, 5, size=8).tolist()
            h, w = rng.integers([11, 31], [29, 59]).tolist()
            cases.append(((c, h, w), filters + 5, (kh + 1, kw + 4), (sh, sw + 4), (ph, pw + 4)))
        each_call(student.layer_shape, cases, [reference.layer_shape(*case) for case in cases])

    def test_dilation(self, student, reference):
        cases = [((1, 13, 21), 8, 3, 2, 1, 4), ((2, 13, 22), 5, (3, 2), 2, 1, (3, 5))]
        each_call(student.layer_shape, cases, [reference.layer_shape(*case) for case in cases])

    @pytest.mark.after("test_kernel_alone")
    def test_ints_not_floats(self, student):
        assert_close(student.layer_shape((3, 8, 9), 4, 3), (4, 6, 7))

    @pytest.mark.after("test_kernel_alone")
    def test_bad_layers(self, student):
        assert_refuses(student.layer_shape, "filters", (3, 8, 9), 0, 3)
        for kernel in (9, (3, 10), (0, 1)):
            assert_refuses(student.layer_shape, "kernel", (3, 8, 9), 4, kernel)
        assert_refuses(student.layer_shape, "stride", (3, 8, 9), 4, 3, (1, 0))
        assert_refuses(student.layer_shape, "padding", (3, 8, 9), 4, 3, 1, -1)
        assert_refuses(student.layer_shape, "dilation", (3, 8, 9), 4, 3, 1, 0, 0)


@pytest.mark.exercise("parameter_count")
class TestParameterCount:
    @plain
    def test_square_kernels(self, student, reference, rng):
        sizes = rng.integers(2, 30, size=(3, 2)).tolist()
        cases = [(*size, kernel) for size, kernel in zip(sizes, (1, 5, 3), strict=True)] + [(1, 1, 2), (70, 1030, 3)]
        each_call(student.parameter_count, cases, [reference.parameter_count(*case) for case in cases])

    def test_other_kernels(self, student, reference, rng):
        sizes = rng.integers(2, 30, size=(3, 2)).tolist()
        cases = [(*size, kernel) for size, kernel in zip(sizes, ((7, 3), (2, 4), (1, 5)), strict=True)]
        each_call(student.parameter_count, cases, [reference.parameter_count(*case) for case in cases])

    def test_without_bias(self, student, rng):
        channels, filters = rng.integers(3, 20, size=2).tolist()
        weights = channels * 5 * 5 * filters
        cases = [(channels, filters, 5, bias) for bias in (False, True)]
        each_call(student.parameter_count, cases, [weights, weights + filters])

    @pytest.mark.after("test_square_kernels")
    def test_layers_of_nothing(self, student):
        for argument, value in (("channels", 0), ("filters", 0), ("kernel", 0), ("kernel", (3, 0))):
            arguments = {"channels": 3, "filters": 4, "kernel": 5} | {argument: value}
            assert_refuses(student.parameter_count, argument, **arguments)


@each_exercise("im2col", "col2im")
class TestColumns:
    def agrees(self, student, reference, rng, name, shape, kernel, options):
        x, size = rng.normal(size=shape), ()
        if name == "col2im":
            x, size = rng.normal(size=reference.im2col(x, kernel, **options).shape), (shape[2:],)
        agree(student, reference, name, x, *size, kernel, **options)

    @plain
    @pytest.mark.parametrize("kind", PLAIN)
    def test_plain(self, student, reference, rng, name, kind):
        self.agrees(student, reference, rng, name, *PLAIN[kind])

    @pytest.mark.parametrize("shape", [(1, 70, 3, 4), (1, 2, 3, 1030)], ids=LARGE)
    def test_large(self, student, reference, rng, name, shape):
        self.agrees(student, reference, rng, name, shape, 2, {})

    @one_generality
    @pytest.mark.parametrize("kind", GEOMETRIES)
    def test_geometry(self, student, reference, rng, name, kind):
        self.agrees(student, reference, rng, name, *GEOMETRIES[kind])

    @pytest.mark.after("test_plain")
    def test_keeps_inputs_and_dtype(self, student, reference, rng, name):
        if name == "im2col":
            agree_and_keep(student, reference, name, *float32(rng.normal(size=(2, 3, 5, 4))), 2)
            agree_and_keep(student, reference, name, rng.integers(0, 9, size=(1, 2, 4, 3)), 2, dtype="int64")
        else:
            agree_and_keep(student, reference, name, *float32(rng.normal(size=(2, 12, 10))), (3, 6), 2)

    @pytest.mark.after("test_plain")
    def test_bad_geometry(self, student, rng, name):
        # Good would be 10 places of 2 x 2 in 3 x 6.
        given = (rng.normal(size=(2, 3, 3, 6)),) if name == "im2col" else (rng.normal(size=(2, 12, 10)), (3, 6))
        for argument, options in (
            ("kernel", {"kernel": 4}),
            ("kernel", {"kernel": (3, 7)}),
            ("kernel", {"kernel": 2, "dilation": 3}),
            ("stride", {"kernel": 2, "stride": (1, 0)}),
            ("padding", {"kernel": 2, "padding": -1}),
            ("dilation", {"kernel": 2, "dilation": 0}),
        ):
            assert_refuses(getattr(student, name), argument, *given, **options)
        for shape in ((2, 12, 9), (2, 10, 10), (12, 10)) if name == "col2im" else ():
            assert_refuses(student.col2im, "columns", rng.normal(size=shape), (3, 6), 2)


class TestLayers:
    def agrees(self, student, reference, rng, name, shape, kernel, options, biased=False):
        agree(student, reference, name, *layer(rng, shape, kernel, name, biased=biased), **options)

    @plain
    @each_case(PLAIN_LAYERS)
    def test_plain(self, student, reference, rng, name, case):
        self.agrees(student, reference, rng, name, *case)

    @pytest.mark.weight(2)
    @each_case(PLAIN_LAYERS)
    def test_with_biases(self, student, reference, rng, name, case):
        self.agrees(student, reference, rng, name, *case, biased=True)

    @each_case(LARGE_LAYERS)
    def test_large(self, student, reference, rng, name, case):
        self.agrees(student, reference, rng, name, *case)

    @one_generality
    @each_case(GENERAL_LAYERS)
    def test_geometry(self, student, reference, rng, name, case):
        self.agrees(student, reference, rng, name, *case)

    def small(self, rng, name):
        return layer(rng, (2, 3, 5) if "1d" in name else (2, 3, 5, 4), 3 if "1d" in name else (3, 2), name)

    @pytest.mark.after("test_plain")
    @each_exercise(*PLAIN_LAYERS)
    def test_keeps_inputs_and_float32(self, student, reference, rng, name):
        agree_and_keep(student, reference, name, *float32(*self.small(rng, name)))

    @pytest.mark.after("test_plain")
    @each_exercise(*PLAIN_LAYERS)
    def test_bad_input(self, student, rng, name):
        function, (x, w, b) = getattr(student, name), self.small(rng, name)
        channels = 0 if name == "conv_transpose2d_forward" else 1
        for left in ([0, 1], [0]):
            assert_refuses(function, "w", x, w.take(left, axis=channels), b)
        for wrong in (b[:3], b[:1], b[:, None]):  # one bias for all filters would be broadcast
            assert_refuses(function, "b", x, w, wrong)
        assert_refuses(function, "dilation", x, w, b, dilation=0)
        if "2d" in name:
            assert_refuses(function, "stride", x, w, b, stride=0)
            assert_refuses(function, "padding", x, w, b, padding=-1)
        if name == "conv2d_forward":
            assert_refuses(function, "kernel", x, w, b, dilation=5)
        if name == "conv_transpose2d_forward":
            assert_refuses(function, "padding", x, w, b, padding=3)  # the output has 7 rows and 5 columns


@pytest.mark.exercise("conv2d_forward")
def test_impulse_leaves_the_kernel_turned_over(student, rng):
    # One bright pixel: each place sees it under another weight, so the unrotated kernel appears back to front.
    w, x = rng.normal(size=(2, 1, 2, 3)), np.zeros((1, 1, 3, 5))
    x[0, 0, 1, 2] = 1
    out, _ = student.conv2d_forward(x, w, np.zeros(2))
    assert_close(out, w[None, :, 0, ::-1, ::-1], name="out")


@pytest.mark.exercise("causal_conv1d_forward")
def test_an_event_is_answered_now_and_later(student, rng):
    # The last weight answers at once, the one before it `dilation` steps later, and none before the event.
    w, dilation, event = rng.normal(size=(2, 1, 3)), 2, 3
    x, expected = np.zeros((1, 1, 9)), np.zeros((1, 2, 9))
    x[0, 0, event] = 1
    for later, weight in enumerate(w[:, 0, ::-1].T):
        expected[0, :, event + later * dilation] = weight
    out, _ = student.causal_conv1d_forward(x, w, np.zeros(2), dilation)
    assert_close(out, expected, name="out")


@pytest.mark.exercise("conv2d_backward")
class TestConv2dBackward:
    """One gradient a check, or two: whoever has db wrong keeps what dx and dw are worth."""

    def agrees(self, student, reference, rng, names, shape, kernel, options, filters=6):
        x, w, b = layer(rng, shape, kernel, filters=filters)
        out, cache = reference.conv2d_forward(x, w, b, **options)
        dout = rng.normal(size=out.shape)
        _, theirs = student.conv2d_forward(x, w, b, **options)
        right = dict(zip(("dx", "dw", "db"), reference.conv2d_backward(dout, cache), strict=True))
        found = self.by_name(student.conv2d_backward(dout, theirs), right)
        for name in names:
            assert_close(found[name], right[name], name=name)

    def by_name(self, grads, right):
        """What came back as a dict of three, whatever holds them: a list, a tuple, a named tuple."""
        try:
            found = [grads[k] for k in range(3)] if len(grads) == 3 and not isinstance(grads, np.ndarray) else []
        except Exception:  # None, a number, an object without places
            found = []
        if not found:
            assert_close(grads, list(right.values()), name="(dx, dw, db)")  # says what it should be
        return dict(zip(right, found, strict=True))

    @pytest.mark.weight(2.5)
    @pytest.mark.parametrize("name", ["dx", "dw", "db"])
    @pytest.mark.parametrize("kind", LAYERS)
    def test_plain(self, student, reference, rng, kind, name):
        self.agrees(student, reference, rng, [name], *LAYERS[kind])

    @pytest.mark.parametrize("kind", LARGE)
    def test_large(self, student, reference, rng, kind):
        self.agrees(student, reference, rng, ["dx", "dw"], *LARGE[kind], filters=2)

    @one_generality
    @pytest.mark.parametrize("kind", GEOMETRIES)
    def test_geometry(self, student, reference, rng, kind):
        self.agrees(student, reference, rng, ["dx", "dw"], *GEOMETRIES[kind])

    @one_generality
    def test_db_with_a_stride(self, student, reference, rng):
        self.agrees(student, reference, rng, ["db"], (4, 2, 8, 7), 3, {"stride": 2, "padding": 1})

    @one_generality
    @pytest.mark.parametrize(
        "options",
        [{}, {"stride": (2, 1), "padding": (1, 2), "dilation": (1, 2)}],
        ids=["plain", "all pairs"],
    )
    def test_central_differences(self, student, reference, rng, options):
        inputs = dict(zip("xwb", layer(rng, (3, 2, 5, 6), (2, 3), filters=4), strict=True))

        def forward(**values):
            return reference.conv2d_forward(**values, **options)[0]

        _, cache = student.conv2d_forward(**inputs, **options)
        dout = rng.normal(size=forward(**inputs).shape)
        assert_gradients(forward, inputs, dout, student.conv2d_backward(dout, cache), rng)

    @pytest.mark.after("test_plain")
    def test_keeps_dout_and_float32(self, student, reference, rng):
        x, w, b = float32(*layer(rng, (2, 3, 5, 4), (3, 2), filters=4))
        dout = rng.normal(size=(2, 4, 3, 6)).astype(np.float32)[..., ::2]
        _, cache = student.conv2d_forward(x, w, b)
        grads = assert_inputs_unchanged(lambda dout: student.conv2d_backward(dout, cache), dout)
        assert_close(grads, reference.conv2d_backward(dout, reference.conv2d_forward(x, w, b)[1]), name="(dx, dw, db)")
        for each in grads:
            assert_dtype(each, "float32")

    @pytest.mark.after("test_plain")
    def test_two_layers_keep_apart(self, student, reference, rng):
        # Backpropagation goes through the layers in reverse: each cache must still hold its own layer's values.
        layers = [layer(rng, (3, 2, 5, 4), (3, 2)), layer(rng, (1, 3, 4, 6), (2, 5), filters=2)]
        caches = [student.conv2d_forward(*each)[1] for each in layers]
        for each, cache in zip(layers, caches, strict=True):
            out, own = reference.conv2d_forward(*each)
            dout = rng.normal(size=out.shape)
            right = reference.conv2d_backward(dout, own)
            assert_close(student.conv2d_backward(dout, cache), right, name="(dx, dw, db)")


@pytest.mark.exercise("multi_resolution_conv1d")
class TestMultiResolution:
    def agrees(self, student, reference, rng, shape, sizes):
        x, weights = rng.normal(size=shape), [rng.normal(size=(f, shape[1], k)) for f, k in sizes]
        agree(student, reference, "multi_resolution_conv1d", x, weights)

    @plain
    @pytest.mark.parametrize(
        "shape, sizes",
        [((5, 2, 8), [(4, 3), (1, 7), (2, 1)]), ((1, 3, 6), [(2, 5), (2, 3)])],
        ids=["several sequences", "one sequence"],
    )
    def test_several_widths(self, student, reference, rng, shape, sizes):
        self.agrees(student, reference, rng, shape, sizes)

    def test_one_width(self, student, reference, rng):
        self.agrees(student, reference, rng, (2, 3, 7), [(4, 5)])

    @pytest.mark.parametrize(
        "shape, sizes",
        [((2, 70, 6), [(3, 3), (1, 5)]), ((1, 2, 1030), [(3, 11), (1, 3)])],
        ids=["70 channels", "1,030 steps"],
    )
    def test_large(self, student, reference, rng, shape, sizes):
        self.agrees(student, reference, rng, shape, sizes)

    @pytest.mark.parametrize("steps", [1, 4])
    def test_kernel_wider_than_the_sequence(self, student, reference, rng, steps):
        self.agrees(student, reference, rng, (2, 3, steps), [(4, 9), (1, 1)])

    @pytest.mark.after("test_several_widths")
    def test_keeps_inputs_and_float32(self, student, reference, rng):
        x, *weights = float32(*(rng.normal(size=shape) for shape in ((2, 3, 5), (4, 3, 3), (2, 3, 5))))
        agree_and_keep(student, reference, "multi_resolution_conv1d", x, weights)

    @pytest.mark.after("test_several_widths")
    def test_bad_weights(self, student, rng):
        x, good = rng.normal(size=(2, 3, 6)), rng.normal(size=(4, 3, 5))
        for weights in ([], [good, rng.normal(size=(2, 3, 4))], [good, rng.normal(size=(2, 1, 3))]):
            assert_refuses(student.multi_resolution_conv1d, "weights", x, weights)


@pytest.mark.exercise("filter_bank")
class TestFilterBank:
    @pytest.mark.parametrize("kernel", ["identity", "edge", "sobel_x", "sobel_y", "blur", "sharpen"])
    def test_kernel(self, student, reference, kernel):
        bank, right = student.filter_bank(), reference.filter_bank()[kernel]
        if not isinstance(bank, dict) or kernel not in bank:
            assert_close(bank, {kernel: right}, name="the bank")
        found = bank[kernel]
        if isinstance(found, np.ndarray) and found.dtype.kind in "iu" and kernel != "blur":
            right = right.astype(int)  # the right numbers as integers: their dtype is a matter of manners
        assert_close(found, right, name=kernel)

    @pytest.mark.after("test_kernel")
    def test_six_kernels_of_float64_and_no_more(self, student, reference):
        bank = student.filter_bank()
        assert_close(bank, reference.filter_bank(), name="the bank")
        for name, kernel in bank.items():
            assert_dtype(kernel, "float64", name=name)


@pytest.mark.exercise("apply_filter")
class TestApplyFilter:
    def agrees(self, student, reference, rng, shape, kernel):
        agree(student, reference, "apply_filter", rng.random(shape), rng.normal(size=kernel))

    @plain
    @pytest.mark.parametrize("shape, side", [((5, 7), 3), ((8, 6), 5)], ids=["kernel 3", "kernel 5"])
    def test_square_kernels(self, student, reference, rng, shape, side):
        self.agrees(student, reference, rng, shape, (side, side))

    @one_generality
    @pytest.mark.parametrize(
        "shape, kernel",
        [((4, 6), (5, 1)), ((2, 3), (3, 7)), ((1, 8), (1, 1))],
        ids=["kernel (5, 1)", "kernel (3, 7), wider than the image", "kernel (1, 1)"],
    )
    def test_other_kernels(self, student, reference, rng, shape, kernel):
        self.agrees(student, reference, rng, shape, kernel)

    @pytest.mark.parametrize("shape", [(70, 4), (3, 1030)], ids=["70 rows", "1,030 columns"])
    def test_large(self, student, reference, rng, shape):
        self.agrees(student, reference, rng, shape, (3, 3))

    @one_generality
    @pytest.mark.parametrize("shape", [(3, 5, 4), (1, 4, 6)], ids=["three channels", "one channel"])
    def test_channels_by_themselves(self, student, reference, rng, shape):
        self.agrees(student, reference, rng, shape, (3, 3))

    def test_bytes_do_not_wrap_around(self, student, reference, rng):
        # 250 + 10 is 4 in uint8, and 10 - 250 is 16: a photo's bytes must become floats first.
        image, kernel = rng.integers(0, 256, size=(6, 5), dtype=np.uint8), rng.integers(-3, 4, size=(3, 3)) / 2
        agree(student, reference, "apply_filter", image, kernel)

    @pytest.mark.after("test_square_kernels")
    def test_keeps_inputs_and_dtype(self, student, reference, rng):
        image, kernel = float32(rng.random((4, 6)), rng.normal(size=(3, 5)))
        agree_and_keep(student, reference, "apply_filter", image, kernel)
        agree_and_keep(student, reference, "apply_filter", image, kernel.astype(np.float64))
        photo, halves = rng.integers(0, 256, size=(3, 5, 4), dtype=np.uint8), rng.integers(-3, 4, size=(3, 5)) / 2
        agree_and_keep(student, reference, "apply_filter", photo, halves.astype(np.float32), dtype="float64")

    @pytest.mark.after("test_square_kernels")
    def test_bad_shapes(self, student, rng):
        for shape in ((2, 3), (3, 4), (3,), (1, 3, 3)):
            assert_refuses(student.apply_filter, "kernel", rng.random((5, 6)), rng.normal(size=shape))
        for shape in ((6,), (1, 3, 5, 6)):
            assert_refuses(student.apply_filter, "image", rng.random(shape), rng.normal(size=(3, 3)))
