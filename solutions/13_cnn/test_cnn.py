"""Public tests: numbers that can be followed with pencil and paper."""

import numpy as np
import pytest

from autograder import Mismatch, assert_close, assert_inputs_unchanged, assert_refuses


@pytest.mark.exercise("layer_shapes")
def test_shapes_by_hand(student):
    # conv at stride 1 keeps 6 x 9, relu keeps everything, pool halves: 9 / 2 is 4, what is left over is dropped.
    layers = [("conv", 5, 3, 1), ("relu",), ("pool",), ("fc", 7)]
    expected = [(3, 6, 9), (5, 6, 9), (5, 6, 9), (5, 3, 4), (7,)]
    assert_close(student.layer_shapes((3, 6, 9), layers), expected, name="shapes")


@pytest.mark.exercise("layer_shapes")
def test_stride_rounds_up(student):
    # At stride 2 the kernel stands on pixels 0, 2, 4, 6 of 7 (4 places), and on 0, 2, 4 of 6 (3).
    assert_close(student.layer_shapes((1, 7, 6), [("conv", 4, 3, 2)]), [(1, 7, 6), (4, 4, 3)], name="shapes")


@pytest.mark.exercise("layer_shapes")
@pytest.mark.after("test_shapes_by_hand")
def test_no_conv_after_fc(student):
    assert_refuses(student.layer_shapes, "layers", (1, 4, 4), [("fc", 9), ("conv", 2, 3, 1)])


@pytest.mark.exercise("layer_parameters")
def test_parameters_by_hand(student):
    # A 5 x 5 filter on 3 channels: 75 weights and a bias, 15 times. After pooling 15 x 16 x 16 = 3840 numbers are left:
    # 10 units with 3840 weights and a bias.
    layers = [("conv", 15, 5, 1), ("relu",), ("pool",), ("fc", 10)]
    expected = [15 * 76, 0, 0, 10 * 3841]
    assert_close(student.layer_parameters((3, 32, 32), layers), expected, name="parameters")


@pytest.mark.exercise("layer_parameters")
def test_seven_by_seven_in_two(student):
    # 2 channels in and out. One filter of 7 x 7: 98 weights; of 1 x 7: 14, and of 7 x 1: 14. Each with a bias.
    layers = [("conv", 2, 7, 1), ("conv", 2, (1, 7), 1), ("conv", 2, (7, 1), 1)]
    assert_close(student.layer_parameters((2, 9, 8), layers), [2 * 99, 2 * 15, 2 * 15], name="parameters")


@pytest.mark.exercise("initial_params")
def test_spread_of_the_first_weights(student):
    # A conv output sums 2 * 3 * 3 = 18 numbers: sqrt(2 / 18) = 1/3. The fc sums 50 * 2 * 1 = 100: sqrt(2 / 100).
    layers = [("conv", 50, 3, 1), ("relu",), ("pool",), ("fc", 40)]
    params = student.initial_params((2, 4, 2), layers, np.random.default_rng(0))
    zeros = [(np.zeros((50, 2, 3, 3)), np.zeros(50)), (np.zeros((40, 100)), np.zeros(40))]
    assert_close(params, zeros, atol=5.0, name="params")  # their shapes
    assert_close([b for _, b in params], [b for _, b in zeros], name="the biases")
    spread = [float(w.std()) for w, _ in params]
    assert_close(spread, [1 / 3, 2**0.5 / 10], rtol=0.15, name="the standard deviation of each w")


SMALL = [("conv", 1, (1, 3), 1), ("relu",), ("fc", 2)]
SMALL_PARAMS = [
    (np.array([[[[1.0, 0.0, -1.0]]]]), np.array([0.0])),
    (np.array([[1.0, 2.0, 3.0], [0.0, 1.0, 0.0]]), np.array([10.0, 20.0])),
]
ROW = np.array([[[[1.0, 5.0, 2.0]]]])


@pytest.mark.exercise("network_forward")
def test_forward_by_hand(student):
    # Left neighbour minus right neighbour, zeros outside: 0 - 5, 1 - 2, 5 - 0. relu leaves 0, 0, 5.
    # Then 3 * 5 + 10 = 25 and 0 + 20 = 20.
    logits, _ = student.network_forward(ROW, SMALL, SMALL_PARAMS)
    assert_close(logits, np.array([[25.0, 20.0]]), name="logits")


@pytest.mark.exercise("network_forward")
def test_rows_are_written_channel_by_channel(student):
    # Two channels of one row: (1, 2) and (3, 4) become 1, 2, 3, 4, not 1, 3, 2, 4.
    x = np.array([[[[1.0, 2.0]], [[3.0, 4.0]]]])
    logits, _ = student.network_forward(x, [("fc", 1)], [(np.array([[1.0, 10.0, 100.0, 1000.0]]), np.zeros(1))])
    assert_close(logits, np.array([[4321.0]]), name="logits")


@pytest.mark.exercise("network_forward")
def test_stride_and_no_relu_by_hand(student):
    # The same filter at the first and the third pixel: -5 and 5. No relu: -5 + 2 * 5 + 10 = 15 and 5 - 20 = -15.
    layers, params = (
        [("conv", 1, (1, 3), 2), ("fc", 2)],
        [SMALL_PARAMS[0], (np.array([[1.0, 2.0], [0.0, 1.0]]), np.array([10.0, -20.0]))],
    )
    logits, _ = student.network_forward(ROW, layers, params)
    assert_close(logits, np.array([[15.0, -15.0]]), name="logits")


@pytest.mark.exercise("network_backward")
def test_backward_by_hand(student):
    # dlogits (1, 1): the fc's dw is its input, 0, 0, 5, in both rows, and its input gets the columns' sums, 1, 3, 3.
    # relu was open at the third place only: 0, 0, 3. There the filter saw 5, 2, 0: dw = 15, 6, 0, and db = 3.
    # Its weights 1, 0, -1 lay on pixels 2, 3 and one outside: dx = 0, 3, 0.
    logits, caches = student.network_forward(ROW, SMALL, SMALL_PARAMS)
    assert_close(logits, np.array([[25.0, 20.0]]), name="logits")
    grads, dx = student.network_backward(np.array([[1.0, 1.0]]), caches)
    expected = [
        (np.array([[[[15.0, 6.0, 0.0]]]]), np.array([3.0])),
        (np.array([[0.0, 0.0, 5.0], [0.0, 0.0, 5.0]]), np.array([1.0, 1.0])),
    ]
    assert_close(grads, expected, name="grads")
    assert_close(dx, np.array([[[[0.0, 3.0, 0.0]]]]), name="dx")


@pytest.mark.exercise("network_backward")
def test_backward_of_two_images_through_a_pool(student):
    # 4 and 8 are the largest of 1 2 3 4 and of 8 7 6 5, and get 10 times their dlogits, 1 and 2. dw = 1 * 4 + 2 * 8, db = 1 + 2.
    x = np.array([[[[1.0, 2.0], [3.0, 4.0]]], [[[8.0, 7.0], [6.0, 5.0]]]])
    logits, caches = student.network_forward(x, [("pool",), ("fc", 1)], [(np.array([[10.0]]), np.zeros(1))])
    assert_close(logits, np.array([[40.0], [80.0]]), name="logits")
    grads, dx = student.network_backward(np.array([[1.0], [2.0]]), caches)
    assert_close(grads, [(np.array([[20.0]]), np.array([3.0]))], name="grads")
    assert_close(dx, np.array([[[[0.0, 0.0], [0.0, 10.0]]], [[[20.0, 0.0], [0.0, 0.0]]]]), name="dx")


@pytest.mark.exercise("network_backward")
@pytest.mark.after("test_backward_by_hand")
def test_backward_leaves_dlogits_alone(student):
    _, caches = student.network_forward(ROW, SMALL, SMALL_PARAMS)
    assert_inputs_unchanged(lambda dlogits: student.network_backward(dlogits, caches), np.array([[1.0, 1.0]]))


def one_pixel(student):
    """A network of one fc that sees one pixel, and its weights."""
    net = student.ConvNet((1, 1, 1), [("fc", 2)], np.random.default_rng(0))
    assert_close(net.params, [(np.zeros((2, 1)), np.zeros(2))], atol=20.0, name="params")
    ((w, b),) = net.params
    assert_close(b, np.zeros(2), name="b")
    return net, w


@pytest.mark.exercise("ConvNet")
def test_one_step_by_hand(student):
    # Of a pixel 2 the logits are 2w. With the probabilities p, the step is w - 0.5 * 2 (p - (0, 1)), b - 0.5 (p - (0, 1)).
    net, w = one_pixel(student)
    x, y = np.array([[[[2.0]]]]), np.array([1])
    p = np.exp(2 * w.ravel()) / np.exp(2 * w.ravel()).sum()
    assert_close(net.forward(x), 2 * w.T, name="logits")
    assert_close(net.fit(x, y, 1, 0.5, 0.9, 1, np.random.default_rng(0)), [-np.log(p[1])], name="losses")
    step = 0.5 * (p - np.array([0.0, 1.0]))
    assert_close(net.params, [(w - 2 * step[:, None], -step)], name="params")


@pytest.mark.exercise("ConvNet")
def test_predict_by_hand(student):
    # Pixels 2, -2 and 2: the larger weight wins, then the smaller one, then the larger again.
    net, w = one_pixel(student)
    larger = int(w.argmax())
    out = net.predict(np.array([2.0, -2.0, 2.0]).reshape(3, 1, 1, 1))
    assert_close(out, np.array([larger, 1 - larger, larger]), name="classes")


@pytest.mark.exercise("ConvNet")
def test_a_short_batch_by_hand(student):
    # Black pixels, so only b learns. Two images meet p = (1/2, 1/2), the loss ln 2, and make b = (1/2, -1/2). The third meets
    # p = (1 - s, s), s = 1 / (1 + e), and adds s. The epoch's loss is the mean over the three.
    net, _ = one_pixel(student)
    losses = net.fit(np.zeros((3, 1, 1, 1)), np.array([0, 0, 0]), 1, 1.0, 0.0, 2, np.random.default_rng(0))
    s = 1 / (1 + np.e)
    assert_close(losses, [(2 * np.log(2) - np.log(1 - s)) / 3], name="losses")
    assert_close(net.params[0][1], np.array([0.5 + s, -0.5 - s]), name="b")


@pytest.mark.exercise("ConvNet")
def test_momentum_and_decay_by_hand(student):
    # A black pixel, twice: b = 1/2; then half of that change, and half of s, as the rate has halved: 1/2 + 1/4 + s / 2. The next
    # fit begins with no change and the whole rate: of p = (1 - r, r), r = 1 / (1 + exp(2 b)), it adds r.
    net, _ = one_pixel(student)
    x, y, rng = np.zeros((1, 1, 1, 1)), np.array([0]), np.random.default_rng(0)
    net.fit(x, y, 2, 1.0, 0.5, 1, rng, decay=0.5)
    b = 0.75 + 1 / (1 + np.e) / 2
    assert_close(net.params[0][1], np.array([b, -b]), name="b")
    net.fit(x, y, 1, 1.0, 0.5, 1, rng, decay=0.5)
    b += 1 / (1 + np.exp(2 * b))
    assert_close(net.params[0][1], np.array([b, -b]), name="b after another fit")


@pytest.mark.exercise("ConvNet")
@pytest.mark.rests_on("test_one_step_by_hand")
def test_fit_shuffles_the_images(student):
    # Black pixels again, so only the classes matter, which come one by one: another order leads elsewhere.
    ends = []
    for seed in (1, 2):
        net, _ = one_pixel(student)
        net.fit(np.zeros((20, 1, 1, 1)), np.repeat([0, 1], 10), 1, 1.0, 0.0, 1, np.random.default_rng(seed))
        assert_close(net.params[0][1], np.zeros(2), atol=20.0, name="b")
        ends.append(net.params[0][1])
    if np.allclose(*ends):
        raise Mismatch(
            "two generators lead to the same b: shuffle the images in every epoch, with the rng that is given"
        )


@pytest.mark.exercise("ConvNet")
def test_features_and_a_new_head(student):
    # Without an other layer, what the head is given are the pixels themselves: 2 * 1 * 3 numbers a row.
    net = student.ConvNet((2, 1, 3), [("fc", 4)], np.random.default_rng(0))
    x = np.arange(12.0).reshape(2, 2, 1, 3)
    assert_close(net.features(x), np.arange(12.0).reshape(2, 6), name="features")
    assert_close(net.forward(x), np.zeros((2, 4)), atol=1000.0, name="logits")
    net.replace_head(3, np.random.default_rng(1))
    assert_close(net.forward(x), np.zeros((2, 3)), atol=1000.0, name="logits of the new head")


@pytest.mark.exercise("ConvNet")
def test_frozen_params_stay(student):
    net = student.ConvNet((1, 2, 3), [("conv", 2, 3, 1), ("relu",), ("fc", 2)], np.random.default_rng(0))
    shapes = [(np.zeros((2, 1, 3, 3)), np.zeros(2)), (np.zeros((2, 12)), np.zeros(2))]
    before = net.params
    assert_close(before, shapes, atol=20.0, name="params")
    net.freeze(1)
    losses = net.fit(np.ones((3, 1, 2, 3)), np.array([0, 1, 1]), 2, 0.1, 0.9, 2, np.random.default_rng(0))
    assert_close(losses, [0.0, 0.0], atol=100.0, name="losses")
    assert_close(net.params[0], before[0], name="params[0], which is frozen")


@pytest.mark.exercise("ConvNet")
@pytest.mark.rests_on("test_frozen_params_stay")
def test_freeze_counts_pairs_and_0_thaws(student):
    # Two pairs, those of the conv and the fc: frozen both, then neither.
    net = student.ConvNet((1, 2, 3), [("conv", 2, 3, 1), ("relu",), ("fc", 2)], np.random.default_rng(0))
    before, images, labels = net.params, np.ones((3, 1, 2, 3)), np.array([0, 1, 1])
    net.freeze(2)
    net.fit(images, labels, 1, 0.1, 0.9, 2, np.random.default_rng(0))
    assert_close(net.params, before, name="params, all of which are frozen")
    net.freeze(0)
    net.fit(images, labels, 1, 0.1, 0.9, 2, np.random.default_rng(0))
    if np.array_equal(net.params[-1][0], before[-1][0]):
        raise Mismatch("after freeze(0) the last w has not moved: all pairs learn again")


@pytest.mark.exercise("ConvNet")
@pytest.mark.rests_on("test_features_and_a_new_head")
def test_a_new_head_and_the_old_body(student):
    # 500 inputs: He's deviation is sqrt(2 / 500), known to half a percent from 150,000 draws.
    net = student.ConvNet((250, 1, 2), [("conv", 250, 1, 1), ("fc", 2)], np.random.default_rng(0))
    before = net.params[0]
    net.replace_head(300, np.random.default_rng(1))
    assert_close(net.params[0], before, name="params[0]")
    w, b = net.params[1]
    assert_close([w, b], [np.zeros((300, 500)), np.zeros(300)], atol=1.0, name="the new pair")  # its shapes
    assert_close(float(w.std()), np.sqrt(2 / 500), rtol=0.02, name="the standard deviation of the new w")


def darkness(images):
    """Class 0 is as probable as the first channel's mean, class 1 takes the rest."""
    mean = images[:, 0].mean(axis=(1, 2))
    return np.stack([mean, 1 - mean], axis=1)


@pytest.mark.exercise("occlusion_map")
def test_occlusion_by_hand(student):
    # The six pixels add up to 3; the mean is what is left of it, by 6. A square of 2 has two places: it takes
    # 1 + 0 + 0.5 + 0.5 = 2, or 0 + 1 + 0.5 + 0 = 1.5.
    image = np.array([[[1.0, 0.0, 1.0], [0.5, 0.5, 0.0]]])
    out = student.occlusion_map(darkness, image, 0, 2, 1)
    assert_close(out, np.array([[1 / 6, 1.5 / 6]]), name="out")


@pytest.mark.exercise("occlusion_map")
def test_occlusion_of_all_channels(student):
    # Two black channels of 2 x 5 pixels. A white square of 2 fits at columns 0 and 3: 2 * 4 of 2 * 10 pixels are white then.
    def brightness(images):
        mean = images.mean(axis=(1, 2, 3))
        return np.stack([mean, 1 - mean], axis=1)

    out = student.occlusion_map(brightness, np.zeros((2, 2, 5)), 0, 2, 3, fill=1.0)
    assert_close(out, np.array([[0.4, 0.4]]), name="out")


@pytest.mark.exercise("gram_matrix")
def test_gram_by_hand(student):
    # Channels (1, 2) and (3, 0): 1 + 4 = 5, 3 + 0 = 3, 9 + 0 = 9, by C H W = 4.
    out = student.gram_matrix(np.array([[[[1.0, 2.0]], [[3.0, 0.0]]]]))
    assert_close(out, np.array([[[1.25, 0.75], [0.75, 2.25]]]), name="out")


@pytest.mark.exercise("style_gradient")
def test_style_by_hand(student):
    # The Gram matrix is as above; to the target 1, 0, 0, 1 it is (1/4, 3/4, 3/4, 5/4) apart. Squares: 1, 9, 9, 25 sixteenths,
    # their mean is 44 / 64. dG = 2/4 of that, both ways makes 1/4, 3/4, 3/4, 5/4 again; times the features, by 4.
    features = np.array([[[[1.0, 2.0]], [[3.0, 0.0]]]])
    loss, dfeatures = student.style_gradient(features, np.eye(2))
    assert_close(loss, 44 / 64, name="loss")
    expected = np.array([[[[(1 + 9) / 16, 2 / 16]], [[(3 + 15) / 16, 6 / 16]]]])
    assert_close(dfeatures, expected, name="dfeatures")


@pytest.mark.exercise("style_gradient")
def test_style_of_two_images(student):
    # The same image twice: the mean stays, and each image has half of the gradient.
    features = np.array([[[[1.0, 2.0]], [[3.0, 0.0]]]] * 2)
    loss, dfeatures = student.style_gradient(features, np.eye(2))
    assert_close(loss, 44 / 64, name="loss")
    assert_close(dfeatures, np.array([[[[5 / 16, 1 / 16]], [[9 / 16, 3 / 16]]]] * 2), name="dfeatures")
