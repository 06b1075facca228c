"""Hidden checks: windows side by side first, then every kind of geometry by itself, who wins and who shares, and manners."""

import numpy as np
import pytest

from autograder import assert_close, assert_dtype, assert_inputs_unchanged, assert_refuses, each_exercise

FORWARD = [f"{kind}_pool2d_forward" for kind in ("sum", "avg", "max", "min")]
BACKWARD = [name.replace("forward", "backward") for name in FORWARD]

# (N, C, H, W), kernel, the rest. Sizes differ on every axis.
PLAIN = {
    "kernel 2, several images": ((3, 5, 4, 8), 2, {}),
    "kernel 3, one image": ((1, 4, 6, 9), 3, {}),
}
# Windows apart and overlapping, by ints and by pairs, without padding and with it: every combination.
GEOMETRIES = {
    "kernel 2, a row and a column left over": ((2, 3, 7, 9), 2, {}),
    "kernel 2, padding 1": ((4, 2, 5, 7), 2, {"padding": 1}),
    "kernel 3, stride 2, overlapping": ((2, 3, 7, 9), 3, {"stride": 2}),
    "kernel 3, stride 1, padding 1, overlapping": ((3, 2, 4, 5), 3, {"stride": 1, "padding": 1}),
    "kernel 2, stride 3, with gaps": ((1, 4, 8, 9), 2, {"stride": 3}),
    "kernel (3, 2)": ((3, 2, 7, 8), (3, 2), {}),
    "kernel (1, 3), padding (0, 1)": ((3, 1, 6, 7), (1, 3), {"padding": (0, 1)}),
    "kernel (3, 4), stride (1, 2), overlapping": ((2, 3, 6, 8), (3, 4), {"stride": (1, 2)}),
    "kernel (2, 5), stride 2, padding (1, 2), overlapping": ((4, 2, 5, 7), (2, 5), {"stride": 2, "padding": (1, 2)}),
    "kernel (3, 5), one window": ((2, 4, 3, 5), (3, 5), {}),
    "kernel (4, 3), stride 1, padding (2, 1), a single row": ((3, 2, 1, 6), (4, 3), {"stride": 1, "padding": (2, 1)}),
    "kernel (3, 4), stride 1, padding (0, 2), a single column": (
        (4, 2, 3, 1),
        (3, 4),
        {"stride": 1, "padding": (0, 2)},
    ),
}
LARGE = {"70 channels": ((1, 70, 4, 6), 2, {}), "1,030 columns": ((1, 3, 2, 1030), 2, {})}

plain = pytest.mark.weight(7)
one_generality = pytest.mark.weight(0.6)


def agree_forward(student, reference, rng, name, shape, kernel, options):
    x = rng.normal(size=shape)
    out, _ = getattr(student, name)(x, kernel, **options)
    assert_close(out, getattr(reference, name)(x, kernel, **options)[0], name="out")


def agree_backward(student, reference, rng, name, x, *arguments, **options):
    """The student's gradient by the student's own cache against the right one, for a random upstream gradient."""
    forward = name.replace("backward", "forward")
    _, cache = getattr(student, forward)(x, *arguments, **options)
    out, own = getattr(reference, forward)(x, *arguments, **options)
    dout = rng.normal(size=out.shape)
    assert_close(getattr(student, name)(dout, cache), getattr(reference, name)(dout, own), name="dx")


def two_layers_keep_apart(student, reference, rng, name, layers):
    """Backpropagation goes through the layers in reverse: each cache must still hold its own layer's values."""
    forward = name.replace("backward", "forward")
    caches = [getattr(student, forward)(*each)[1] for each in layers]
    for each, cache in zip(layers, caches, strict=True):
        out, own = getattr(reference, forward)(*each)
        dout = rng.normal(size=out.shape)
        assert_close(getattr(student, name)(dout, cache), getattr(reference, name)(dout, own), name="dx")


def keeps_dout_and_float32(student, reference, rng, name, x, *arguments):
    forward = name.replace("backward", "forward")
    out, own = getattr(reference, forward)(x.astype(np.float32), *arguments)
    dout = rng.normal(size=(*out.shape[:-1], 2 * out.shape[-1])).astype(np.float32)[..., ::2]
    _, cache = getattr(student, forward)(x.astype(np.float32), *arguments)
    dx = assert_inputs_unchanged(lambda dout: getattr(student, name)(dout, cache), dout)
    assert_close(dx, getattr(reference, name)(dout, own), name="dx")
    assert_dtype(dx, "float32", name="dx")


@each_exercise(*FORWARD)
class TestForward:
    @plain
    @pytest.mark.parametrize("kind", PLAIN)
    def test_plain(self, student, reference, rng, name, kind):
        agree_forward(student, reference, rng, name, *PLAIN[kind])

    @pytest.mark.parametrize("kind", LARGE)
    def test_large(self, student, reference, rng, name, kind):
        agree_forward(student, reference, rng, name, *LARGE[kind])

    @one_generality
    @pytest.mark.parametrize("kind", GEOMETRIES)
    def test_geometry(self, student, reference, rng, name, kind):
        agree_forward(student, reference, rng, name, *GEOMETRIES[kind])

    @pytest.mark.after("test_plain")
    def test_keeps_inputs_and_float32(self, student, reference, rng, name):
        x = rng.normal(size=(2, 3, 4, 12)).astype(np.float32)[..., ::2]
        out, _ = assert_inputs_unchanged(getattr(student, name), x, 2)
        assert_close(out, getattr(reference, name)(x, 2)[0], name="out")
        assert_dtype(out, "float32", name="out")

    @pytest.mark.after("test_plain")
    def test_bad_geometry(self, student, rng, name):
        x = rng.normal(size=(2, 3, 5, 6))
        for argument, kernel, options in (
            ("kernel", (6, 2), {}),
            ("kernel", (2, 9), {"padding": (1, 1)}),
            ("kernel", 0, {}),
            ("stride", 2, {"stride": (1, 0)}),
            ("padding", 2, {"padding": -1}),
            ("padding", (4, 3), {"padding": (1, 2)}),  # more than half: a window could lie outside the image
            ("padding", (3, 4), {"padding": (2, 1)}),
        ):
            assert_refuses(getattr(student, name), argument, x, kernel, **options)


@each_exercise("max_pool2d_forward", "min_pool2d_forward")
@pytest.mark.parametrize("magnitude", [1.0, 1e-9, 1e12])
@one_generality
def test_padding_never_wins(student, reference, rng, name, magnitude):
    # All pixels on the padding's wrong side of zero, in one image tiny, in another huge.
    x = rng.uniform(1, 2, size=(3, 2, 4, 5)) * magnitude
    x = -x if name.startswith("max") else x
    out, _ = getattr(student, name)(x, 3, 2, 1)
    assert_close(out, getattr(reference, name)(x, 3, 2, 1)[0], name="out")


@each_exercise(*BACKWARD)
class TestBackward:
    @plain
    @pytest.mark.parametrize("kind", PLAIN)
    def test_plain(self, student, reference, rng, name, kind):
        shape, kernel, options = PLAIN[kind]
        agree_backward(student, reference, rng, name, rng.normal(size=shape), kernel, **options)

    @pytest.mark.parametrize("kind", LARGE)
    def test_large(self, student, reference, rng, name, kind):
        shape, kernel, options = LARGE[kind]
        agree_backward(student, reference, rng, name, rng.normal(size=shape), kernel, **options)

    @one_generality
    @pytest.mark.parametrize("kind", GEOMETRIES)
    def test_geometry(self, student, reference, rng, name, kind):
        shape, kernel, options = GEOMETRIES[kind]
        agree_backward(student, reference, rng, name, rng.normal(size=shape), kernel, **options)

    @pytest.mark.after("test_plain")
    def test_keeps_dout_and_float32(self, student, reference, rng, name):
        keeps_dout_and_float32(student, reference, rng, name, rng.normal(size=(2, 3, 4, 6)), 2)

    @pytest.mark.after("test_plain")
    def test_two_layers_keep_apart(self, student, reference, rng, name):
        layers = (rng.normal(size=(2, 3, 6, 4)), 2), (rng.normal(size=(1, 2, 3, 9)), 3)
        two_layers_keep_apart(student, reference, rng, name, layers)


@each_exercise("max_pool2d_backward", "min_pool2d_backward")
@pytest.mark.parametrize(
    "kernel, stride, padding",
    [
        pytest.param(2, None, 0, id="apart"),
        pytest.param(3, 2, 1, id="overlapping", marks=one_generality),
        pytest.param((3, 2), (2, 1), 1, id="overlapping, pairs", marks=one_generality),
    ],
)
def test_ties_go_to_the_first(student, reference, rng, name, kernel, stride, padding):
    # Two values only, as on dark ground or after a ReLU: nearly every window has ties.
    x = rng.integers(0, 2, size=(2, 3, 6, 8)).astype(np.float64)
    agree_backward(student, reference, rng, name, x, kernel, stride, padding)


@pytest.mark.exercise("global_avg_pool_forward")
class TestGlobalAverage:
    @pytest.mark.parametrize(
        "shape", [(3, 2, 4, 5), (1, 6, 3, 2), (2, 70, 3, 5)], ids=["several images", "one image", "70 channels"]
    )
    def test_values(self, student, reference, rng, shape):
        x = rng.normal(size=shape)
        out, _ = student.global_avg_pool_forward(x)
        assert_close(out, reference.global_avg_pool_forward(x)[0], name="out")

    @pytest.mark.after("test_values")
    def test_keeps_inputs_and_float32(self, student, reference, rng):
        x = rng.normal(size=(2, 3, 5, 8)).astype(np.float32)[..., ::2]
        out, _ = assert_inputs_unchanged(student.global_avg_pool_forward, x)
        assert_close(out, reference.global_avg_pool_forward(x)[0], name="out")
        assert_dtype(out, "float32", name="out")

    @pytest.mark.after("test_values")
    def test_not_four_axes(self, student, rng):
        for shape in ((4, 5), (2, 4, 5), (2, 3, 2, 4, 5)):
            assert_refuses(student.global_avg_pool_forward, "x", rng.normal(size=shape))


@pytest.mark.exercise("flatten_forward")
class TestFlatten:
    def agrees(self, student, reference, rng, shape):
        x = rng.normal(size=shape)
        out, _ = student.flatten_forward(x)
        assert_close(out, reference.flatten_forward(x)[0], name="out")

    @pytest.mark.weight(2)
    @pytest.mark.parametrize(
        "shape", [(3, 2, 4, 5), (1, 6, 2, 3), (2, 70, 3, 5)], ids=["several images", "one image", "70 channels"]
    )
    def test_images(self, student, reference, rng, shape):
        self.agrees(student, reference, rng, shape)

    def test_sequences(self, student, reference, rng):
        self.agrees(student, reference, rng, (4, 2, 3))

    def test_empty_batch(self, student):
        out, _ = student.flatten_forward(np.zeros((0, 3, 4, 5)))
        assert_close(out, np.zeros((0, 60)), name="out")

    @pytest.mark.rests_on("test_images")
    def test_what_is_flat_stays_as_it_is(self, student, reference, rng):
        self.agrees(student, reference, rng, (4, 3))

    @pytest.mark.after("test_images")
    def test_keeps_inputs_and_dtype(self, student, reference, rng):
        for x in (rng.normal(size=(2, 3, 4, 5)).astype(np.float32), rng.integers(0, 9, size=(3, 2, 4, 1))):
            out, _ = assert_inputs_unchanged(student.flatten_forward, x)
            assert_close(out, reference.flatten_forward(x)[0], name="out")
            assert_dtype(out, str(x.dtype), name="out")

    @pytest.mark.after("test_images")
    def test_nothing_to_flatten(self, student, rng):
        assert_refuses(student.flatten_forward, "x", rng.normal(size=4))


@each_exercise("global_avg_pool_backward", "flatten_backward")
class TestBackOfTheWholeMap:
    @pytest.mark.parametrize(
        "shape", [(3, 2, 4, 5), (1, 6, 3, 2), (2, 70, 3, 5)], ids=["several images", "one image", "70 channels"]
    )
    def test_gradient(self, student, reference, rng, name, shape):
        agree_backward(student, reference, rng, name, rng.normal(size=shape))

    @pytest.mark.after("test_gradient")
    def test_keeps_dout_and_float32(self, student, reference, rng, name):
        keeps_dout_and_float32(student, reference, rng, name, rng.normal(size=(2, 3, 5, 4)))

    @pytest.mark.after("test_gradient")
    def test_two_layers_keep_apart(self, student, reference, rng, name):
        layers = [(rng.normal(size=(2, 3, 6, 4)),), (rng.normal(size=(3, 2, 4, 5)),)]
        two_layers_keep_apart(student, reference, rng, name, layers)


@pytest.mark.exercise("flatten_backward")
def test_flatten_backward_of_sequences(student, reference, rng):
    agree_backward(student, reference, rng, "flatten_backward", rng.normal(size=(4, 2, 3)))
