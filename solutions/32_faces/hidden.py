"""Hidden checks: small random networks of odd sizes, the published weights on a portrait, manners."""

import functools

import numpy as np
import pytest

from autograder import assert_close, assert_dtype, assert_inputs_unchanged, assert_refuses, cast, datasets

# What programs that share no layer and no box arithmetic say of every third pixel of the portrait, to 0.0003.
BOX = np.array([[60.379, 38.326, 117.587, 111.190]])
SCORE = np.array([0.99986])
LANDMARKS = np.array([[[74.881, 64.688], [101.702, 62.595], [89.986, 79.084], [78.821, 92.297], [101.671, 90.642]]])
# What the package mtcnn 1.0.0 says of every fifth pixel around her face: probability, deltas, five x and five y.
STORED = (
    np.array([0.999939]),
    np.array([[0.043197, 0.001615, -0.185958, 0.00822]]),
    np.array(
        [[[0.246383, 0.383729], [0.623161, 0.368339], [0.469916, 0.585718], [0.304783, 0.752155], [0.624104, 0.745526]]]
    ),
)


def layers(rng, net, sizes, heads, inner=None):
    """Random parameters: sizes = [(out, in, kernel), ...]; inner = (name, D, n) of the linear layer before the heads."""
    shapes = {f"{net}.conv{k}": (out, into, kernel, kernel) for k, (out, into, kernel) in enumerate(sizes, 1)}
    slopes = {f"{net}.prelu{k}": out for k, (out, _, _) in enumerate(sizes, 1)}
    if inner:
        shapes[f"{net}.{inner[0]}"] = inner[1:]
        slopes[f"{net}.prelu{inner[0][-1]}"] = inner[1]
    width = (inner[1],) if inner else (sizes[-1][0], 1, 1)
    shapes |= {f"{net}.{head}": (many, *width) for head, many in heads.items()}
    params = {}
    for name, shape in shapes.items():
        params[f"{name}.weight"] = rng.normal(size=shape) * (2 / np.prod(shape[1:])) ** 0.5
        params[f"{name}.bias"] = rng.normal(scale=0.3, size=shape[0])
    return params | {name: rng.normal(size=out) for name, out in slopes.items()}


def pnet(rng, channels=3, sizes=(5, 7, 3)):
    a, b, c = sizes
    return layers(rng, "pnet", [(a, channels, 3), (b, a, 3), (c, b, 3)], {"face": 2, "box": 4})


def rnet(rng, channels=3, sizes=(5, 3, 7), places=9, hidden=11):
    a, b, c = sizes
    inner = ("fc4", hidden, c * places)
    return layers(rng, "rnet", [(a, channels, 3), (b, a, 3), (c, b, 2)], {"face": 2, "box": 4}, inner)


def onet(rng, channels=3, sizes=(3, 5, 4, 7), places=9, hidden=11):
    a, b, c, d = sizes
    inner = ("fc5", hidden, d * places)
    convolutions = [(a, channels, 3), (b, a, 3), (c, b, 3), (d, c, 2)]
    return layers(rng, "onet", convolutions, {"face": 2, "box": 4, "landmarks": 10}, inner)


def cascade(rng):
    """A whole of small random networks that mostly say "a face", and move boxes a little."""
    params = pnet(rng) | rnet(rng) | onet(rng)
    for net in ("pnet", "rnet", "onet"):
        params[f"{net}.face.weight"] *= 0.15
        params[f"{net}.face.bias"] = np.array([0.0, 2.0])
        params[f"{net}.box.weight"] *= 0.1
        params[f"{net}.box.bias"] *= 0.3
    return params


def tied(scores):
    """Two boxes beside the picture show the same: which comes first is then a matter of rounding."""
    return bool((np.diff(scores) > -1e-9).any())


@functools.lru_cache(maxsize=4)
def meeting_across_scales(reference, seed):
    """A picture and networks whose boxes overlap from scale to scale, so that it matters whose score is whose.

    They are found by trial, some ten times on average: once for all submissions that get the same.
    """
    rng = np.random.default_rng(seed)
    while True:
        image, params, found = rng.normal(size=(3, 37, 41)), cascade(rng), []
        params["pnet.box.weight"] *= 4
        params["pnet.box.bias"] = np.array([0.3, 0.3, -0.3, -0.3])
        for net in ("rnet", "onet"):  # they let pass what comes, and leave it where it is
            params[f"{net}.face.bias"] = np.array([0.0, 4.0])
            params[f"{net}.face.weight"] *= 0.3
            params[f"{net}.box.weight"] *= 0.05
            params[f"{net}.box.bias"] *= 0
        for scale in reference.pyramid_scales(37, 41):
            small = reference.resize_area(image, int(37 * scale), int(41 * scale))
            face, deltas = reference.proposal_net(small[np.newaxis], params)
            boxes, scores = reference.proposals(face[0], deltas[0], scale)
            keep = reference.nms(boxes, scores, 0.5)
            found.append((boxes[keep], scores[keep]))
        boxes, scores = (np.concatenate(each) for each in zip(*found, strict=True))
        turned = np.concatenate([scores for _, scores in found[::-1]])
        if set(reference.nms(boxes, scores, 0.7)) == set(reference.nms(boxes, turned, 0.7)):
            continue
        if not tied(reference.find_faces(image, params)[1]):
            return image, params


def boxes_of(rng, n):
    corner, sides = rng.uniform(-5, 30, (n, 2)), rng.uniform(2, 20, (n, 2))
    return np.concatenate([corner, corner + sides], axis=1)


@functools.cache
def whole_portrait():
    return ((datasets.load_portrait() * 255 - 127.5) / 128).astype(np.float32)


def third():
    """Every third pixel: (3, 200, 171), a ninth of the work."""
    return np.ascontiguousarray(whole_portrait()[:, ::3, ::3])


def portrait(reference, height, width):
    return reference.resize_area(third(), height, width)


def same(got, expected, names, **tolerance):
    assert len(got) == len(expected)
    for one, other, name in zip(got, expected, names, strict=True):
        assert_close(one, other, name=name, **tolerance)


@pytest.mark.exercise("prelu")
class TestPrelu:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("shape", [(2, 3, 4, 5), (5, 4), (1, 7, 2), (3, 3, 3, 3)])
    def test_values(self, student, reference, rng, shape):
        x, slope = rng.normal(size=shape), rng.normal(size=shape[1])
        assert_close(student.prelu(x, slope), reference.prelu(x, slope))

    def test_large_and_negative_slopes(self, student, reference, rng):
        x, slope = rng.normal(size=(2, 5, 3)), rng.permutation([-3.0, -1.0, 0.0, 1.0, 4.0])
        assert_close(student.prelu(x, slope), reference.prelu(x, slope))

    @pytest.mark.after("test_values")
    def test_keeps_inputs_and_dtype(self, student, rng):
        inputs = rng.normal(size=(2, 3, 4)), rng.normal(size=3)
        assert_inputs_unchanged(student.prelu, *inputs)
        assert_dtype(student.prelu(*cast(inputs, np.float32)), "float32")


@pytest.mark.exercise("ceil_max_pool2d")
class TestPool:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize(
        "shape, kernel, stride", [((2, 3, 5, 7), 2, 2), ((1, 5, 6, 8), 3, 2), ((3, 2, 9, 10), 3, 3)]
    )
    def test_windows_that_stick_out(self, student, reference, rng, shape, kernel, stride):
        x = rng.normal(size=shape)
        assert_close(student.ceil_max_pool2d(x, kernel, stride), reference.ceil_max_pool2d(x, kernel, stride))

    @pytest.mark.parametrize(
        "shape, kernel, stride", [((2, 3, 4, 6), 2, 2), ((1, 2, 7, 9), 3, 2), ((2, 2, 4, 5), 3, 1)]
    )
    def test_windows_that_fit(self, student, reference, rng, shape, kernel, stride):
        x = rng.normal(size=shape)
        assert_close(student.ceil_max_pool2d(x, kernel, stride), reference.ceil_max_pool2d(x, kernel, stride))

    @pytest.mark.weight(2)
    @pytest.mark.parametrize(
        "shape, kernel, stride", [((2, 3, 5, 8), 2, 2), ((1, 3, 8, 7), 3, 2), ((1, 2, 11, 8), 5, 4)]
    )
    def test_all_below_zero(self, student, reference, rng, shape, kernel, stride):
        x = -rng.uniform(1, 2000, size=shape)
        assert_close(student.ceil_max_pool2d(x, kernel, stride), reference.ceil_max_pool2d(x, kernel, stride))

    @pytest.mark.after("test_windows_that_stick_out")
    def test_no_picture(self, student, rng):
        assert student.ceil_max_pool2d(np.zeros((0, 3, 5, 6)), 2, 2).shape == (0, 3, 3, 3)

    @pytest.mark.after("test_windows_that_stick_out")
    def test_kernel_must_fit(self, student, rng):
        assert_refuses(student.ceil_max_pool2d, "kernel", rng.normal(size=(1, 2, 4, 3)), 4, 2)

    @pytest.mark.after("test_windows_that_stick_out")
    def test_keeps_x_and_dtype(self, student, rng):
        x = rng.normal(size=(2, 3, 5, 7))
        assert_inputs_unchanged(student.ceil_max_pool2d, x, 2, 2)
        assert_dtype(student.ceil_max_pool2d(x.astype(np.float32), 2, 2), "float32")


@pytest.mark.exercise("pyramid_scales")
class TestScales:
    @pytest.mark.weight(2)
    def test_values(self, student, reference, rng):
        height, width = (int(each) for each in rng.integers(30, 900, 2))
        assert_close(student.pyramid_scales(height, width), reference.pyramid_scales(height, width), name="scales")

    @pytest.mark.parametrize("height, width", [(900, 200), (150, 800), (77, 77)])
    def test_other_numbers(self, student, reference, rng, height, width):
        face, factor = float(rng.uniform(14, 50)), float(rng.uniform(0.4, 0.9))
        expected = reference.pyramid_scales(height, width, face, factor)
        assert_close(student.pyramid_scales(height, width, face, factor), expected, name="scales")

    def test_exactly_a_cell_is_enough(self, student):
        assert_close(student.pyramid_scales(48, 90, 12, 0.5), np.array([1.0, 0.5, 0.25]), name="scales")

    @pytest.mark.weight(0.5)
    def test_too_small_a_picture(self, student):
        assert_close(student.pyramid_scales(19, 400), np.zeros(0), name="scales")

    @pytest.mark.after("test_values")
    def test_is_an_array(self, student):
        assert_dtype(student.pyramid_scales(60, 70), "float64", "scales")


NETS = {"proposal_net": pnet, "refine_net": rnet, "output_net": onet}


@pytest.mark.exercise("proposal_net")
class TestProposalNet:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize(
        "shape, sizes", [((1, 3, 14, 18), (5, 7, 3)), ((2, 5, 17, 12), (3, 5, 7)), ((3, 3, 13, 15), (7, 3, 5))]
    )
    def test_values(self, student, reference, rng, shape, sizes):
        x, params = rng.normal(size=shape), pnet(rng, shape[1], sizes)
        same(student.proposal_net(x, params), reference.proposal_net(x, params), ("face", "deltas"))

    def test_published_weights(self, student, reference):
        x, params = portrait(reference, 61, 52)[np.newaxis], datasets.load("mtcnn")
        expected = reference.proposal_net(x, params)
        same(student.proposal_net(x, params), expected, ("face", "deltas"), rtol=1e-4, atol=1e-5)

    @pytest.mark.after("test_values")
    def test_keeps_inputs_and_dtype(self, student, rng):
        inputs = rng.normal(size=(1, 3, 13, 14)), pnet(rng)
        assert_inputs_unchanged(student.proposal_net, *inputs)
        assert_dtype(student.proposal_net(*cast(inputs, np.float32))[0], "float32", "face")


@pytest.mark.exercise("proposals")
class TestProposals:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("height, width", [(4, 7), (9, 3)])
    def test_at_scale_one(self, student, reference, rng, height, width):
        face, deltas = rng.uniform(size=(height, width)), rng.normal(scale=0.3, size=(4, height, width))
        same(student.proposals(face, deltas, 1.0), reference.proposals(face, deltas, 1.0), ("boxes", "scores"))

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("scale", [0.6, 0.3, 1.7])
    def test_at_other_scales(self, student, reference, rng, scale):
        face, deltas = rng.uniform(size=(5, 8)), rng.normal(scale=0.3, size=(4, 5, 8))
        same(student.proposals(face, deltas, scale), reference.proposals(face, deltas, scale), ("boxes", "scores"))

    def test_other_thresholds(self, student, reference, rng):
        face, deltas = rng.permutation(np.linspace(0.1, 0.9, 9)).reshape(3, 3), rng.normal(size=(4, 3, 3))
        expected = reference.proposals(face, deltas, 0.5, face[1, 1])
        same(student.proposals(face, deltas, 0.5, face[1, 1]), expected, ("boxes", "scores"))

    @pytest.mark.weight(0.5)
    @pytest.mark.rests_on("test_at_other_scales")
    def test_none(self, student, rng):
        boxes, scores = student.proposals(rng.uniform(0, 0.5, (3, 4)), rng.normal(size=(4, 3, 4)), 0.5)
        assert (np.shape(boxes), np.shape(scores)) == ((0, 4), (0,))

    @pytest.mark.after("test_at_other_scales")
    def test_keeps_inputs_and_dtype(self, student, rng):
        inputs = rng.uniform(size=(3, 5)), rng.normal(size=(4, 3, 5))
        assert_inputs_unchanged(student.proposals, *inputs, 0.5)
        assert_dtype(student.proposals(*cast(inputs, np.float32), 0.5, 0.1)[0], "float32", "boxes")


@pytest.mark.exercise("square_boxes")
class TestSquare:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n", [1, 4, 70])
    def test_values(self, student, reference, rng, n):
        boxes = boxes_of(rng, n)
        assert_close(student.square_boxes(boxes), reference.square_boxes(boxes), name="boxes")

    @pytest.mark.after("test_values")
    def test_none(self, student):
        assert student.square_boxes(np.zeros((0, 4))).shape == (0, 4)

    @pytest.mark.after("test_values")
    def test_keeps_boxes_and_dtype(self, student, rng):
        boxes = boxes_of(rng, 3)
        assert_inputs_unchanged(student.square_boxes, boxes)
        assert_dtype(student.square_boxes(boxes.astype(np.float32)), "float32", "boxes")


@pytest.mark.exercise("refine_boxes")
class TestRefine:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n", [1, 4, 70])
    def test_values(self, student, reference, rng, n):
        boxes, deltas = boxes_of(rng, n), rng.normal(scale=0.3, size=(n, 4))
        assert_close(student.refine_boxes(boxes, deltas), reference.refine_boxes(boxes, deltas), name="boxes")

    @pytest.mark.after("test_values")
    def test_none(self, student):
        assert student.refine_boxes(np.zeros((0, 4)), np.zeros((0, 4))).shape == (0, 4)

    @pytest.mark.after("test_values")
    def test_keeps_inputs_and_dtype(self, student, rng):
        inputs = boxes_of(rng, 3), rng.normal(size=(3, 4))
        assert_inputs_unchanged(student.refine_boxes, *inputs)
        assert_dtype(student.refine_boxes(*cast(inputs, np.float32)), "float32", "boxes")


@pytest.mark.exercise("crop_boxes")
class TestCrop:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("channels, size", [(3, 4), (1, 7)])
    def test_inside(self, student, reference, rng, channels, size):
        image, corner = rng.normal(size=(channels, 21, 17)), rng.uniform(0, 7, (5, 2))
        boxes = np.concatenate([corner, corner + rng.uniform(2, 9, (5, 2))], axis=1)
        assert_close(student.crop_boxes(image, boxes, size), reference.crop_boxes(image, boxes, size), name="crops")

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n, size", [(9, 5), (1, 2)])
    def test_reaching_outside(self, student, reference, rng, n, size):
        image, boxes = rng.normal(size=(3, 16, 13)), boxes_of(rng, n)
        boxes[0] = [-2.5, 1.25, 14.75, 18.5]
        boxes[-1] = [3.5, -4.25, 30.0, 9.75]
        assert_close(student.crop_boxes(image, boxes, size), reference.crop_boxes(image, boxes, size), name="crops")

    def test_around_every_edge(self, student, reference, rng):
        """Points less than a pixel outside still count a share of the edge; those further out do not."""
        image, boxes = (
            rng.normal(size=(2, 5, 6)),
            np.array([[-0.4, -0.7, 5.3, 4.6], [-1.6, -1.2, 6.6, 5.8], [5.0, 4.0, 6.5, 5.5]]),
        )
        boxes = rng.permutation(
            np.concatenate([boxes, [[-9.0, -9.0, -3.0, -3.0], [-60.0, -50.0, 70.0, 80.0], [0.0, 0.0, 5.0, 4.0]]])
        )
        assert_close(student.crop_boxes(image, boxes, 8), reference.crop_boxes(image, boxes, 8), name="crops")

    @pytest.mark.after("test_inside")
    def test_none(self, student, rng):
        assert student.crop_boxes(rng.normal(size=(3, 5, 6)), np.zeros((0, 4)), 4).shape == (0, 3, 4, 4)

    @pytest.mark.after("test_inside")
    def test_keeps_inputs_and_dtype(self, student, rng):
        image, boxes = rng.normal(size=(3, 9, 8)), boxes_of(rng, 3)
        assert_inputs_unchanged(student.crop_boxes, image, boxes, 4)
        assert_dtype(student.crop_boxes(image.astype(np.float32), boxes, 4), "float32", "crops")


@pytest.mark.exercise("refine_net")
class TestRefineNet:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize(
        "shape, sizes, places",
        [((2, 3, 24, 24), (5, 3, 7), 9), ((1, 5, 20, 32), (3, 7, 5), 10), ((3, 3, 28, 24), (7, 5, 3), 12)],
    )
    def test_values(self, student, reference, rng, shape, sizes, places):
        crops, params = rng.normal(size=shape), rnet(rng, shape[1], sizes, places)
        same(student.refine_net(crops, params), reference.refine_net(crops, params), ("face", "deltas"))

    def test_published_weights(self, student, reference):
        params, image = datasets.load("mtcnn"), portrait(reference, 150, 128)
        crops = reference.crop_boxes(image, np.array([[40.0, 30.0, 90.0, 80.0], [10.0, 90.0, 40.0, 120.0]]), 24)
        expected = reference.refine_net(crops, params)
        same(student.refine_net(crops, params), expected, ("face", "deltas"), rtol=1e-4, atol=1e-5)

    @pytest.mark.after("test_values")
    def test_none(self, student, rng):
        face, deltas = student.refine_net(np.zeros((0, 3, 24, 24)), rnet(rng))
        assert (face.shape, deltas.shape) == ((0,), (0, 4))

    @pytest.mark.after("test_values")
    def test_keeps_inputs_and_dtype(self, student, rng):
        inputs = rng.normal(size=(1, 3, 24, 24)), rnet(rng)
        assert_inputs_unchanged(student.refine_net, *inputs)
        assert_dtype(student.refine_net(*cast(inputs, np.float32))[0], "float32", "face")


@pytest.mark.exercise("output_net")
class TestOutputNet:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize(
        "shape, sizes, places",
        [((2, 3, 48, 48), (3, 5, 4, 7), 9), ((1, 5, 40, 60), (5, 3, 7, 3), 10), ((3, 3, 56, 48), (7, 4, 3, 5), 12)],
    )
    def test_values(self, student, reference, rng, shape, sizes, places):
        crops, params = rng.normal(size=shape), onet(rng, shape[1], sizes, places)
        same(student.output_net(crops, params), reference.output_net(crops, params), ("face", "deltas", "landmarks"))

    def test_published_weights(self, student, reference):
        params, image = datasets.load("mtcnn"), portrait(reference, 150, 128)
        crops = reference.crop_boxes(image, np.array([[40.0, 30.0, 90.0, 80.0], [10.0, 90.0, 40.0, 120.0]]), 48)
        expected = reference.output_net(crops, params)
        same(student.output_net(crops, params), expected, ("face", "deltas", "landmarks"), rtol=1e-4, atol=1e-5)

    def test_says_what_the_package_says(self, student, reference):
        crop = np.ascontiguousarray(whole_portrait()[np.newaxis, :, 100:340:5, 160:400:5])
        same(student.output_net(crop, datasets.load("mtcnn")), STORED, ("face", "deltas", "landmarks"), atol=1e-3)

    @pytest.mark.after("test_values")
    def test_none(self, student, rng):
        face, deltas, landmarks = student.output_net(np.zeros((0, 3, 48, 48)), onet(rng))
        assert (face.shape, deltas.shape, landmarks.shape) == ((0,), (0, 4), (0, 5, 2))

    @pytest.mark.after("test_values")
    def test_keeps_inputs_and_dtype(self, student, rng):
        inputs = rng.normal(size=(1, 3, 48, 48)), onet(rng)
        assert_inputs_unchanged(student.output_net, *inputs)
        assert_dtype(student.output_net(*cast(inputs, np.float32))[2], "float32", "landmarks")


FOUND = ("boxes", "scores", "landmarks")


@pytest.mark.exercise("find_faces")
class TestFindFaces:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("height, width", [(47, 36), (33, 58), (29, 29)])
    def test_values(self, student, reference, rng, height, width):
        expected = None
        while expected is None or tied(expected[1]):
            image, params = rng.normal(size=(3, height, width)), cascade(rng)
            expected = reference.find_faces(image, params)
        same(student.find_faces(image, params), expected, FOUND)

    def test_scores_stay_with_their_boxes(self, student, reference, rng):
        image, params = meeting_across_scales(reference, int(rng.integers(2**32)))
        same(student.find_faces(image, params), reference.find_faces(image, params), FOUND)

    @pytest.mark.weight(2)
    def test_portrait(self, student, reference):
        found = student.find_faces(third(), datasets.load("mtcnn"))
        assert len(found) == 3
        assert_close(found[0], BOX, atol=0.05, name="boxes")
        assert_close(found[1], SCORE, atol=1e-3, name="scores")
        assert_close(found[2], LANDMARKS, atol=0.05, name="landmarks")

    @pytest.mark.weight(2)
    def test_portrait_made_smaller(self, student, reference, rng):
        image, params = portrait(reference, int(rng.integers(84, 120)), 96), datasets.load("mtcnn")
        same(student.find_faces(image, params), reference.find_faces(image, params), FOUND, rtol=1e-3, atol=1e-3)

    @pytest.mark.weight(0.5)
    @pytest.mark.rests_on("test_values")
    @pytest.mark.parametrize("side", [40, 15])
    def test_no_face(self, student, rng, side):
        boxes, scores, landmarks = student.find_faces(np.zeros((3, side, 50)), datasets.load("mtcnn"))
        assert (boxes.shape, scores.shape, landmarks.shape) == ((0, 4), (0,), (0, 5, 2))

    @pytest.mark.after("test_values")
    def test_keeps_inputs_and_dtype(self, student, rng):
        inputs = rng.normal(size=(3, 26, 30)), cascade(rng)
        assert_inputs_unchanged(student.find_faces, *inputs)
        assert_dtype(student.find_faces(*cast(inputs, np.float32))[0], "float32", "boxes")
