"""Public tests: numbers that can be followed with pencil and paper."""

import numpy as np
import pytest

from autograder import Mismatch, assert_close, assert_inputs_unchanged, assert_refuses


@pytest.mark.exercise("pca")
def test_pca_by_hand(student):
    # About their mean (4, 1) the rows are +-(3, 4) and +-(-0.8, 0.6), at right angles. They spread most along (3, 4) / 5, then
    # along (-0.8, 0.6). Variances: (25 + 25 + 0 + 0) / 4 and (0 + 0 + 1 + 1) / 4.
    x = np.array([[7.0, 5.0], [1.0, -3.0], [3.2, 1.6], [4.8, 0.4]])
    mean, components, variances = student.pca(x, 2)
    assert_close(mean, np.array([4.0, 1.0]), name="mean")
    assert_close(variances, np.array([12.5, 0.5]), name="variances")
    assert_close(components, np.zeros((2, 2)), atol=2.0, name="components")
    # The sign of a component is free: so the products of its two numbers are compared.
    for component, (first, second) in zip(components, ((0.6, 0.8), (-0.8, 0.6)), strict=True):
        products = np.array([[first * first, first * second], [first * second, second * second]])
        assert_close(np.outer(component, component), products, name="the products of a component's numbers")


@pytest.mark.exercise("pca")
def test_pca_of_three_columns(student):
    # About (7, 0, 0) the rows are +-5 along the second column and +-1 along the third.
    x = np.array([[7.0, 5.0, 0.0], [7.0, -5.0, 0.0], [7.0, 0.0, 1.0], [7.0, 0.0, -1.0]])
    _, components, variances = student.pca(x, 2)
    assert_close(variances, np.array([12.5, 0.5]), name="variances")
    assert_close(components, np.zeros((2, 3)), atol=2.0, name="components")
    directions = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    assert_close(np.abs(components), directions, atol=1e-12, name="components, without their signs")


@pytest.mark.exercise("reconstruct")
def test_reconstruct_by_hand(student):
    # From (1, 1) to (6, 1) it is (5, 0). Along (0.6, 0.8) that is 3, and 3 times (0.6, 0.8) is (1.8, 2.4).
    out = student.reconstruct(np.array([[6.0, 1.0]]), np.array([1.0, 1.0]), np.array([[0.6, 0.8]]))
    assert_close(out, np.array([[2.8, 3.4]]), name="out")


@pytest.mark.exercise("largest_angle")
def test_angle_by_hand(student):
    # (1, 1, 0) and (1, -1, 0) span the floor. (5, 0, 0) and (0, 1, 1) span a ramp: they share (1, 0, 0), and
    # across it the ramp rises at 45 degrees.
    a, b = np.array([[1.0, 1.0, 0.0], [1.0, -1.0, 0.0]]), np.array([[5.0, 0.0, 0.0], [0.0, 1.0, 1.0]])
    assert_close(student.largest_angle(a, b), np.pi / 4, name="angle")


@pytest.mark.exercise("largest_angle")
@pytest.mark.rests_on("test_angle_by_hand")
def test_the_same_space_in_other_rows(student):
    a = np.array([[1.0, 1.0, 0.0], [1.0, -1.0, 0.0]])
    assert_close(student.largest_angle(a, np.array([[9.0, 0.0, 0.0], [4.0, 2.0, 0.0]])), 0.0, atol=1e-6, name="angle")


# Two inputs, one hidden unit of code, two outputs: the first layer is linear, since it gives the code.
SMALL = [(np.array([[1.0, -1.0]]), np.array([0.5])), (np.array([[2.0], [3.0]]), np.array([0.0, 10.0]))]
# One number all the way, through a hidden layer on each side: 2x, relu, code -h, 3 code + 4, relu, out 5h + 1.
DEEP = [(np.array([[w]]), np.array([b])) for w, b in ((2.0, 0.0), (-1.0, 0.0), (3.0, 4.0), (5.0, 1.0))]


@pytest.mark.exercise("encode")
def test_encode_by_hand(student):
    # 1 - 3 + 0.5; the code stays below 0, since no relu follows it.
    assert_close(student.encode(np.array([[1.0, 3.0]]), SMALL, "relu"), np.array([[-1.5]]), name="code")
    # 2 and -6; relu: 2 and 0; times -1.
    assert_close(student.encode(np.array([[1.0], [-3.0]]), DEEP, "relu"), np.array([[-2.0], [0.0]]), name="code")


@pytest.mark.exercise("decode")
def test_decode_by_hand(student):
    # 3 * -1 + 4 = 1 and 3 * -2 + 4 = -2; relu: 1 and 0; 5 * 1 + 1 and 5 * 0 + 1.
    assert_close(student.decode(np.array([[-1.0], [-2.0]]), DEEP, "relu"), np.array([[6.0], [1.0]]), name="out")
    # 2 * -1.5 and 3 * -1.5 + 10: the output may be below 0.
    assert_close(student.decode(np.array([[-1.5]]), SMALL, "relu"), np.array([[-3.0, 5.5]]), name="out")


@pytest.mark.exercise("autoencoder_loss_and_grads")
def test_loss_by_hand(student):
    # The code is -1.5 and the output (-3, 5.5). From (1, 3.5) it is off by -4 and 2: (16 + 4) / 2.
    loss, _ = student.autoencoder_loss_and_grads(np.array([[1.0, 3.0]]), np.array([[1.0, 3.5]]), SMALL, "relu")
    assert_close(loss, 10.0, name="loss")


@pytest.mark.exercise("autoencoder_loss_and_grads")
def test_gradients_by_hand(student):
    # The loss is the mean of two squares: dout = 2 (-4, 2) / 2 = (-4, 2). The last layer saw the code -1.5: dw = 6, -3.
    # The code gets 2 * -4 + 3 * 2 = -2, no relu on the way, and the first layer saw (1, 3): dw = -2, -6.
    x, target = np.array([[1.0, 3.0]]), np.array([[1.0, 3.5]])
    loss, grads = student.autoencoder_loss_and_grads(x, target, SMALL, "relu")
    expected = [
        (np.array([[-2.0, -6.0]]), np.array([-2.0])),
        (np.array([[6.0], [-3.0]]), np.array([-4.0, 2.0])),
    ]
    assert_close(loss, 10.0, name="loss")
    assert_close(grads, expected, name="grads")


@pytest.mark.exercise("autoencoder_loss_and_grads")
def test_gradients_stop_where_relu_does(student):
    # 2, the code -2, then 3 * -2 + 4 = -2, of which relu leaves 0, and 5 * 0 + 1 = 1. From 3 it is off by -2: the loss is 4, and
    # dout -4, which reaches the last bias alone: the last layer saw 0, and relu is shut before it.
    loss, grads = student.autoencoder_loss_and_grads(np.array([[1.0]]), np.array([[3.0]]), DEEP, "relu")
    zero = np.zeros((1, 1)), np.zeros(1)
    assert_close(loss, 4.0, name="loss")
    assert_close(grads, [zero, zero, zero, (np.zeros((1, 1)), np.array([-4.0]))], atol=1e-12, name="grads")


@pytest.mark.exercise("autoencoder_loss_and_grads")
@pytest.mark.after("test_gradients_by_hand")
def test_params_must_have_a_middle(student):
    assert_refuses(student.autoencoder_loss_and_grads, "params", np.ones((1, 2)), np.ones((1, 1)), SMALL[:1], "relu")


def shares(out, *values):
    """How often each value comes in `out`."""
    return [float(np.mean(out == value)) for value in values]


# 10,000 draws: a share is right within 0.035, seven standard deviations at most.
MANY, WITHIN = (100, 100), 0.035


@pytest.mark.exercise("mask_noise")
def test_a_quarter_is_masked(student):
    out = student.mask_noise(np.full(MANY, 0.5), 0.25, np.random.default_rng(0))
    assert_close(out, np.full(MANY, 0.25), atol=0.25, name="out")  # its shape, and from 0 to 0.5
    assert_close(shares(out, 0.0, 0.5), [0.25, 0.75], atol=WITHIN, rtol=0, name="the shares of 0 and of 0.5")
    assert_close((out == 0).mean(axis=1), np.full(100, 0.25), atol=0.24, rtol=0, name="the share of 0 in each row")


@pytest.mark.exercise("gaussian_noise")
def test_noise_spreads_about_the_rows(student):
    out = student.gaussian_noise(np.full(MANY, 0.5), 0.2, np.random.default_rng(0))
    assert_close(out, np.full(MANY, 0.5), atol=2.0, name="out")
    found = [float(out.mean()), float(out.std())]
    assert_close(found, [0.5, 0.2], atol=0.015, rtol=0, name="the mean and standard deviation of out")


@pytest.mark.exercise("salt_pepper")
def test_as_much_salt_as_pepper(student):
    # A share of 0.5 is replaced: a quarter by 0, a quarter by 1.
    out = student.salt_pepper(np.full(MANY, 0.5), 0.5, np.random.default_rng(0))
    assert_close(out, np.full(MANY, 0.5), atol=0.5, name="out")
    assert_close(shares(out, 0.0, 0.5, 1.0), [0.25, 0.5, 0.25], atol=WITHIN, rtol=0, name="the shares of 0, 0.5 and 1")


@pytest.mark.exercise("linear_autoencoder")
def test_a_line_is_found(student):
    # All rows lie on one line through (10, 0): one number a row is enough, and (3, 4) beyond it must come back.
    x = np.array([[10.0, 0.0], [13.0, 4.0], [7.0, -4.0]])
    encoder, decoder = student.linear_autoencoder(x, 1, 300, 0.1, np.random.default_rng(0))
    assert_close(encoder, np.zeros((1, 2)), atol=100.0, name="encoder")
    assert_close(decoder, np.zeros((2, 1)), atol=100.0, name="decoder")
    there = np.array([3.0, 4.0])
    assert_close(decoder @ encoder @ there, there, atol=0.05, name="decoder @ encoder @ (3, 4)")


@pytest.mark.exercise("linear_autoencoder")
def test_first_weights_are_drawn(student):
    encoder, decoder = student.linear_autoencoder(np.ones((2, 80)), 20, 0, 0.1, np.random.default_rng(0))
    assert_close(encoder, np.zeros((20, 80)), atol=1.0, name="encoder")
    assert_close(decoder, np.zeros((80, 20)), atol=1.0, name="decoder")
    found = [float(encoder.std()), float(decoder.std())]
    assert_close(found, [0.1, 0.1], atol=0.015, rtol=0, name="the standard deviations of encoder and decoder")
    if np.allclose(encoder, decoder.T):
        raise Mismatch("the decoder is the encoder transposed: draw both")


@pytest.mark.exercise("sparsity_penalty")
def test_sparsity_by_hand(student):
    # Both units should be active half the time. The first is, on the mean: it costs nothing, whatever it does on a row.
    # The second is at 3/4: 1/2 ln(2/3) + 1/2 ln 2 = 1/2 ln(4/3). Twice that at strength 2.
    # Its slope: 2 / 2 * ((1/2) / (1/4) - (1/2) / (3/4)) = 4/3, for both rows.
    loss, dh = student.sparsity_penalty(np.array([[0.2, 0.9], [0.8, 0.6]]), 0.5, 2.0)
    assert_close(loss, np.log(4 / 3), name="loss")
    assert_close(dh, np.array([[0.0, 4 / 3], [0.0, 4 / 3]]), atol=1e-12, name="dh")


@pytest.mark.exercise("contractive_penalty")
def test_contractive_by_hand(student):
    # h (1 - h) is 1/4 and 3/16. |w|^2 = 9 + 16 = 25. Mean of 25 / 16 and 25 * 9 / 256: 625 / 512.
    # dh: 2 * slope * (1 - 2 h) * 25 / 2 rows: 0, and 3/16 * 1/2 * 25. dw: (1/16 + 9/256) * 2 / 2 * w = 25/256 w.
    loss, dh, dw = student.contractive_penalty(np.array([[0.5], [0.25]]), np.array([[3.0, 4.0]]), 1.0)
    assert_close(loss, 625 / 512, name="loss")
    assert_close(dh, np.array([[0.0], [75 / 32]]), name="dh")
    assert_close(dw, np.array([[75 / 256, 100 / 256]]), name="dw")


@pytest.mark.exercise("reparameterize")
def test_variance_four_is_deviation_two(student):
    z = student.reparameterize(np.array([[10.0, 10.0]]), np.log([[4.0, 1.0]]), np.array([[3.0, -1.0]]))
    assert_close(z, np.array([[16.0, 9.0]]), name="z")


@pytest.mark.exercise("gaussian_kl")
def test_kl_by_hand(student):
    # Row 1: -1/2 (1 + 0 - 9 - 1) = 4.5. Row 2, variance e: -1/2 (1 + 1 - 0 - e) = e / 2 - 1. The mean is over two rows.
    loss, dmu, dlog_var = student.gaussian_kl(np.array([[3.0], [0.0]]), np.array([[0.0], [1.0]]))
    assert_close(loss, (4.5 + np.e / 2 - 1) / 2, name="loss")
    assert_close(dmu, np.array([[1.5], [0.0]]), name="dmu")
    assert_close(dlog_var, np.array([[0.0], [(np.e - 1) / 4]]), name="dlog_var")


@pytest.mark.exercise("gaussian_kl")
def test_kl_of_two_numbers_a_row(student):
    # 4.5 for the 3, and nothing for the 0. A row's terms are summed.
    loss, dmu, dlog_var = student.gaussian_kl(np.array([[3.0, 0.0]]), np.zeros((1, 2)))
    assert_close(loss, 4.5, name="loss")
    assert_close([dmu, dlog_var], [np.array([[3.0, 0.0]]), np.zeros((1, 2))], name="(dmu, dlog_var)")


def one_number():
    """A VAE of one pixel, and one unit everywhere, whose log variance is ln 4 and whose mean is 1 for every x."""
    params = {f"{letter}_{name}": np.zeros((1, 1)[number:]) for name in ("enc", "mu", "var", "dec", "out")
              for number, letter in enumerate("wb")}  # fmt: skip
    return params | {
        "b_mu": np.array([1.0]),
        "b_var": np.log([4.0]),
        "w_dec": np.ones((1, 1)),
        "w_out": np.ones((1, 1)),
    }


@pytest.mark.exercise("vae_loss_and_grads")
def test_vae_by_hand(student):
    # z = 1 + 2 * -1/2 = 0: the logit is 0, the pixel costs ln 2, and KL is -1/2 (1 + ln 4 - 1 - 4) = 2 - ln 2.
    loss, grads = student.vae_loss_and_grads(np.array([[1.0]]), one_number(), np.array([[-0.5]]))
    assert_close(loss, 2.0, name="loss")
    # The logit's gradient is 1/2 - 1; tanh at 0 has slope 1, so z's is -1/2. mu gets that, and mu itself from KL.
    # log_var gets -1/2 * noise * std / 2 = 1/4, and (4 - 1) / 2 from KL.
    # All else is 0: each weight's gradient has an h, z or d of 0 in it, and nothing comes back through w_mu = w_var = 0.
    expected = {key: np.zeros_like(value) for key, value in one_number().items()}
    for key, value in (("b_out", -0.5), ("b_dec", -0.5), ("b_mu", 0.5), ("b_var", 1.75)):
        expected[key][0] = value
    assert_close(grads, expected, atol=1e-12, name="grads")


@pytest.mark.exercise("vae_loss_and_grads")
def test_vae_of_two_pixels(student):
    # Both logits are 0, and both pixels cost ln 2: 2 ln 2 + 2 - ln 2.
    params = one_number() | {"w_enc": np.zeros((1, 2)), "w_out": np.ones((2, 1)), "b_out": np.zeros(2)}
    loss, grads = student.vae_loss_and_grads(np.array([[1.0, 0.0]]), params, np.array([[-0.5]]))
    assert_close(loss, 2 + np.log(2), name="loss")
    assert_close(grads["b_out"], np.array([-0.5, 0.5]), name="grads['b_out']")


@pytest.mark.exercise("vae_loss_and_grads")
@pytest.mark.after("test_vae_by_hand")
def test_vae_leaves_params_alone(student):
    x, noise = np.array([[1.0]]), np.array([[-0.5]])
    assert_inputs_unchanged(lambda params: student.vae_loss_and_grads(x, params, noise), one_number())
