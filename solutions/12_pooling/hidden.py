"""Hidden checks: every geometry of the windows, who wins and who shares, and manners."""

import numpy as np
import pytest

from autograder import assert_close, assert_dtype, assert_inputs_unchanged, assert_refuses, each_exercise

FORWARD = [f"{kind}_pool2d_forward" for kind in ("sum", "avg", "max", "min")]
BACKWARD = [name.replace("forward", "backward") for name in FORWARD]

# (N, C, H, W), kernel, the rest. Sizes differ on every axis; some windows do not reach the last row or column.
GEOMETRIES = {
    "kernel as stride": ((3, 2, 7, 8), (3, 2), {}),
    "overlapping": ((2, 3, 6, 8), (3, 4), {"stride": (1, 2)}),
    "gaps": ((1, 4, 8, 9), 2, {"stride": (3, 4)}),
    "padded": ((4, 2, 5, 7), (2, 5), {"stride": 2, "padding": (1, 2)}),
    "padded on one axis": ((3, 1, 6, 7), (2, 3), {"padding": (0, 1)}),
    "one window": ((2, 4, 3, 5), (3, 5), {}),
}


def backward_of(student, reference, name, x, dout, *geometry, **options):
    """The student's gradient by the student's own cache, and the right one."""
    forward = name.replace("backward", "forward")
    _, cache = getattr(student, forward)(x, *geometry, **options)
    _, own = getattr(reference, forward)(x, *geometry, **options)
    return getattr(student, name)(dout, cache), getattr(reference, name)(dout, own)


def two_layers_keep_apart(student, reference, rng, name, layers):
    """Backpropagation goes through the layers in reverse: each cache must still hold its own layer's values."""
    forward = name.replace("backward", "forward")
    caches = [getattr(student, forward)(*each)[1] for each in layers]
    for each, cache in zip(layers, caches, strict=True):
        out, own = getattr(reference, forward)(*each)
        dout = rng.normal(size=out.shape)
        assert_close(getattr(student, name)(dout, cache), getattr(reference, name)(dout, own), name="dx")


def keeps_dout_and_float32(student, reference, rng, name, x, *geometry):
    forward = name.replace("backward", "forward")
    out, own = getattr(reference, forward)(x.astype(np.float32), *geometry)
    dout = rng.normal(size=(*out.shape[:-1], 2 * out.shape[-1])).astype(np.float32)[..., ::2]
    _, cache = getattr(student, forward)(x.astype(np.float32), *geometry)
    dx = assert_inputs_unchanged(lambda dout: getattr(student, name)(dout, cache), dout)
    assert_close(dx, getattr(reference, name)(dout, own), name="dx")
    assert_dtype(dx, "float32", name="dx")


@each_exercise(*FORWARD)
class TestForward:
    @pytest.mark.parametrize("kind", GEOMETRIES)
    def test_values(self, student, reference, rng, name, kind):
        shape, kernel, options = GEOMETRIES[kind]
        x = rng.normal(size=shape)
        out, _ = getattr(student, name)(x, kernel, **options)
        assert_close(out, getattr(reference, name)(x, kernel, **options)[0], name="out")

    @pytest.mark.after("test_values")
    def test_keeps_inputs_and_float32(self, student, reference, rng, name):
        x = rng.normal(size=(2, 3, 5, 12)).astype(np.float32)[..., ::2]
        out, _ = assert_inputs_unchanged(getattr(student, name), x, 2, None, 1)
        assert_close(out, getattr(reference, name)(x, 2, None, 1)[0], name="out")
        assert_dtype(out, "float32", name="out")

    @pytest.mark.after("test_values")
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
def test_padding_never_wins(student, reference, rng, name):
    # All pixels on the padding's wrong side of zero, tiny in one image and huge in another.
    x = rng.uniform(1, 2, size=(3, 2, 4, 5)) * np.array([1e-9, 1, 1e12]).reshape(3, 1, 1, 1)
    x = -x if name.startswith("max") else x
    out, _ = getattr(student, name)(x, 3, 2, 1)
    # No absolute tolerance: beside the huge image the tiny one would be lost in it.
    assert_close(out, getattr(reference, name)(x, 3, 2, 1)[0], atol=0.0, name="out")


@each_exercise(*BACKWARD)
class TestBackward:
    @pytest.mark.parametrize("kind", GEOMETRIES)
    def test_gradient(self, student, reference, rng, name, kind):
        shape, kernel, options = GEOMETRIES[kind]
        x = rng.normal(size=shape)
        out, _ = getattr(reference, name.replace("backward", "forward"))(x, kernel, **options)
        dx, right = backward_of(student, reference, name, x, rng.normal(size=out.shape), kernel, **options)
        assert_close(dx, right, name="dx")

    @pytest.mark.after("test_gradient")
    def test_keeps_dout_and_float32(self, student, reference, rng, name):
        keeps_dout_and_float32(student, reference, rng, name, rng.normal(size=(2, 3, 5, 6)), (3, 2), (2, 1), 1)

    @pytest.mark.after("test_gradient")
    def test_two_layers_keep_apart(self, student, reference, rng, name):
        layers = (rng.normal(size=(2, 3, 6, 4)), 2), (rng.normal(size=(1, 2, 5, 7)), (3, 2), 1)
        two_layers_keep_apart(student, reference, rng, name, layers)


@each_exercise("max_pool2d_backward", "min_pool2d_backward")
@pytest.mark.parametrize("kernel, stride, padding", [(2, None, 0), ((3, 2), (2, 1), 1)], ids=["apart", "overlapping"])
def test_ties_go_to_the_first(student, reference, rng, name, kernel, stride, padding):
    # Two values only, as on dark ground or after a ReLU: nearly every window has ties.
    x = rng.integers(0, 2, size=(2, 3, 6, 8)).astype(np.float64)
    out, _ = getattr(reference, name.replace("backward", "forward"))(x, kernel, stride, padding)
    dx, right = backward_of(student, reference, name, x, rng.normal(size=out.shape), kernel, stride, padding)
    assert_close(dx, right, name="dx")


@pytest.mark.exercise("global_avg_pool_forward")
class TestGlobalAverage:
    @pytest.mark.parametrize("shape", [(3, 2, 4, 5), (1, 6, 3, 2)], ids=["several images", "one image"])
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
    @pytest.mark.parametrize("shape", [(3, 2, 4, 5), (1, 6, 2, 3), (4, 2, 3)], ids=["images", "one image", "sequences"])
    def test_order(self, student, reference, rng, shape):
        x = rng.normal(size=shape)
        out, _ = student.flatten_forward(x)
        assert_close(out, reference.flatten_forward(x)[0], name="out")

    @pytest.mark.after("test_order")
    def test_keeps_inputs_and_dtype(self, student, reference, rng):
        images, numbers = rng.normal(size=(2, 3, 4, 5)).astype(np.float32), rng.integers(0, 9, size=(3, 2, 4))
        for x in (images, numbers, rng.normal(size=(4, 3))):  # what is flat already stays as it is
            out, _ = assert_inputs_unchanged(student.flatten_forward, x)
            assert_close(out, reference.flatten_forward(x)[0], name="out")
            assert_dtype(out, str(x.dtype), name="out")

    @pytest.mark.after("test_order")
    def test_empty_batch(self, student):
        out, _ = student.flatten_forward(np.zeros((0, 3, 4, 5)))
        assert_close(out, np.zeros((0, 60)), name="out")

    @pytest.mark.after("test_order")
    def test_nothing_to_flatten(self, student, rng):
        assert_refuses(student.flatten_forward, "x", rng.normal(size=4))


@each_exercise("global_avg_pool_backward", "flatten_backward")
class TestBackOfTheWholeMap:
    @pytest.mark.parametrize("shape", [(3, 2, 4, 5), (1, 6, 3, 2)], ids=["several images", "one image"])
    def test_gradient(self, student, reference, rng, name, shape):
        x = rng.normal(size=shape)
        out, _ = getattr(reference, name.replace("backward", "forward"))(x)
        dx, right = backward_of(student, reference, name, x, rng.normal(size=out.shape))
        assert_close(dx, right, name="dx")

    @pytest.mark.after("test_gradient")
    def test_keeps_dout_and_float32(self, student, reference, rng, name):
        keeps_dout_and_float32(student, reference, rng, name, rng.normal(size=(2, 3, 5, 4)))

    @pytest.mark.after("test_gradient")
    def test_two_layers_keep_apart(self, student, reference, rng, name):
        layers = [(rng.normal(size=(2, 3, 6, 4)),), (rng.normal(size=(3, 2, 4, 5)),)]
        two_layers_keep_apart(student, reference, rng, name, layers)
