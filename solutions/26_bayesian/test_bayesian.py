"""Public tests: numbers that can be followed with pencil and paper."""

import numpy as np
import pytest

from autograder import assert_close, no_warnings

LN2 = np.log(2.0)  # softplus(0)


@pytest.mark.exercise("bayesian_regression")
def test_two_points_by_hand(student):
    # x^T x = 1 + 4 = 5, x^T y = 1 + 6 = 7. Precision 2 + 0.4 * 5 = 4; covariance 1/4; mean 0.4 * 7 / 4.
    found = student.bayesian_regression(np.array([[1.0], [2.0]]), np.array([1.0, 3.0]), 2.0, 0.4)
    assert_close(found, (np.array([0.7]), np.array([[0.25]])), name="(mean, covariance)")


@pytest.mark.exercise("bayesian_regression")
@pytest.mark.rests_on("test_two_points_by_hand")
def test_two_weights_by_hand(student):
    # The rows (1, 1) and (1, -1): x^T x = 2 I, so the precision is (1 + 0.5 * 2) I = 2 I. x^T y = (4, 2), halved twice.
    x = np.array([[1.0, 1.0], [1.0, -1.0]])
    found = student.bayesian_regression(x, np.array([3.0, 1.0]), 1.0, 0.5)
    assert_close(found, (np.array([1.0, 0.5]), 0.5 * np.eye(2)), name="(mean, covariance)")


@pytest.mark.exercise("predictive_variance")
def test_predictive_variance_by_hand(student):
    # 1/4 of noise. (1, 2): 2 * 1 + 2 * 1 * 1 * 2 + 3 * 4 = 18. (0, 1): 3. (0, 0): nothing but the noise.
    covariance = np.array([[2.0, 1.0], [1.0, 3.0]])
    found = student.predictive_variance(np.array([[1.0, 2.0], [0.0, 1.0], [0.0, 0.0]]), covariance, 4.0)
    assert_close(found, np.array([18.25, 3.25, 0.25]), name="variance")


@pytest.mark.exercise("sample_weights")
def test_drawn_by_hand(student):
    # softplus(0) = log 2, softplus(log 3) = log 4 = 2 log 2.
    found = student.sample_weights(np.array([1.0, -1.0]), np.array([0.0, np.log(3.0)]), np.array([2.0, -1.0]))
    assert_close(found, np.array([1 + 2 * LN2, -1 - 2 * LN2]), name="w")


@pytest.mark.exercise("sample_weights")
def test_drawn_far_out(student):
    # softplus(1000) is 1000.
    with no_warnings():
        found = student.sample_weights(np.array([1.0]), np.array([1000.0]), np.array([2.0]))
    assert_close(found, np.array([2001.0]), name="w")


@pytest.mark.exercise("sample_weights_backward")
def test_drawn_backward_by_hand(student):
    # The sigmoid of 0 is 1/2, of log 3 it is 3/4. 4 * 0.5 * 1/2, and 8 * (-1) * 3/4.
    found = student.sample_weights_backward(np.array([4.0, 8.0]), np.array([0.0, np.log(3.0)]), np.array([0.5, -1.0]))
    assert_close(found, (np.array([4.0, 8.0]), np.array([1.0, -6.0])), name="(dmu, drho)")


@pytest.mark.exercise("sample_weights_backward")
def test_drawn_backward_far_out(student):
    # The sigmoid of 1000 is 1.
    with no_warnings():
        found = student.sample_weights_backward(np.array([4.0]), np.array([1000.0]), np.array([0.5]))
    assert_close(found, (np.array([4.0]), np.array([2.0])), name="(dmu, drho)")


@pytest.mark.exercise("gaussian_kl")
def test_kl_by_hand(student):
    # Prior 2. (mu 2, sigma 1): log 2 + (1 + 4) / 8 - 1/2. (mu 0, sigma 2): it is the prior, 0. (mu 4, sigma 2): 20/8 - 1/2.
    # dmu = mu / 4; dsigma = sigma / 4 - 1 / sigma.
    found = student.gaussian_kl(np.array([2.0, 0.0, 4.0]), np.array([1.0, 2.0, 2.0]), 2.0)
    expected = LN2 + 2.125, np.array([0.5, 0.0, 1.0]), np.array([-0.75, 0.0, 0.0])
    assert_close(found, expected, atol=1e-12, name="(kl, dmu, dsigma)")


def layer():
    """x, w_mu, w_rho, b_mu, b_rho, w_noise, b_noise with every sigma log 2: the weights (1 + log 2, 2) and the bias 3 - log 2."""
    return (
        np.array([[1.0, 2.0], [0.0, 1.0]]),
        np.array([[1.0, 2.0]]),
        np.zeros((1, 2)),
        np.array([3.0]),
        np.zeros(1),
        np.array([[1.0, 0.0]]),
        np.array([-1.0]),
    )


@pytest.mark.exercise("bayes_linear_forward")
def test_layer_by_hand(student):
    # (1 + log 2) + 2 * 2 + 3 - log 2 = 8; 2 + 3 - log 2.
    out, _ = student.bayes_linear_forward(*layer())
    assert_close(out, np.array([[8.0], [5 - LN2]]), name="out")


@pytest.mark.exercise("bayes_linear_backward")
def test_layer_backward_by_hand(student):
    # dout 1 and 4. Each row of dx is dout times the drawn weights. dw = 1 (1, 2) + 4 (0, 1); drho: times noise, halved.
    _, cache = student.bayes_linear_forward(*layer())
    found = student.bayes_linear_backward(np.array([[1.0], [4.0]]), cache)
    drawn = np.array([1 + LN2, 2.0])
    expected = (
        np.array([drawn, 4 * drawn]),
        np.array([[1.0, 6.0]]),
        np.array([[0.5, 0.0]]),
        np.array([5.0]),
        np.array([-2.5]),
    )
    assert_close(found, expected, name="(dx, dw_mu, dw_rho, db_mu, db_rho)")


@pytest.mark.exercise("local_linear_forward")
def test_local_by_hand(student):
    # 3 + 2 * 4 = 11; the variance is (9 + 16) (log 2)^2, so sqrt gives 5 log 2. A row of zeros: nothing is unsure.
    x, w_mu = np.array([[3.0, 4.0], [0.0, 0.0]]), np.array([[1.0, 2.0]])
    found = student.local_linear_forward(x, w_mu, np.zeros((1, 2)), np.array([[2.0], [7.0]]))
    assert_close(found, np.array([[11 + 10 * LN2], [0.0]]), name="out")


@pytest.mark.exercise("bayes_conv2d_forward")
def test_conv_by_hand(student):
    # One filter (1, 1, 1) over 3 0 4, bias 1; all sigmas log 2. Means 3 + 1, 7 + 1, 4 + 1. Variances in (log 2)^2: the squares
    # that the filter sees, and 1 of the bias: 9 + 1, 25 + 1, 16 + 1. Noise 0, 1, -2.
    x, w_mu = np.array([[[[3.0, 0.0, 4.0]]]]), np.ones((1, 1, 1, 3))
    noise = np.array([[[[0.0, 1.0, -2.0]]]])
    found = student.bayes_conv2d_forward(x, w_mu, 0 * w_mu, np.array([1.0]), np.zeros(1), noise)
    assert_close(found, np.array([[[[4.0, 8 + 26**0.5 * LN2, 5 - 2 * 17**0.5 * LN2]]]]), name="out")


@pytest.mark.exercise("elbo_loss")
def test_elbo_by_hand(student):
    # 0.5 + 30 / 40.
    assert_close(student.elbo_loss(0.5, 30.0, 40), 1.25, name="loss")


@pytest.mark.exercise("predictive")
def test_doubt_and_disagreement(student):
    # Two draws, two rows, two classes. Row 0: sure, but of different classes; the mean is half and half: log 2, all of it
    # disagreement. Row 1: both say half and half: log 2 as well, and no disagreement.
    draws = np.array([[[1.0, 0.0], [0.5, 0.5]], [[0.0, 1.0], [0.5, 0.5]]])
    found = student.predictive(draws)
    expected = np.full((2, 2), 0.5), np.array([LN2, LN2]), np.array([LN2, 0.0])
    assert_close(found, expected, atol=1e-12, name="(mean, entropy, mutual_information)")


@pytest.mark.exercise("mc_dropout")
def test_dropout_stays_on(student):
    # Hidden: log 2 and relu(-5) = 0. p = 1/2 doubles what is kept: logits 2 log 2 and 0, so 4 : 1. Dropped: 1 : 1.
    params = {
        "w1": np.array([[1.0], [-1.0]]),
        "b1": np.array([0.0, LN2 - 5]),
        "w2": np.array([[1.0, 9.0], [0.0, 0.0]]),
        "b2": np.zeros(2),
    }
    masks = np.array([[[True, True]], [[False, True]]])
    found = student.mc_dropout(np.array([[LN2]]), params, 0.5, masks)
    assert_close(found, np.array([[[0.8, 0.2]], [[0.5, 0.5]]]), name="probabilities")


@pytest.mark.exercise("mc_dropout")
def test_dropout_of_three_quarters(student):
    # What is kept of log 2 is divided by 1 - 3/4: 4 log 2 and 0, so 16 : 1.
    params = {"w1": np.array([[1.0]]), "b1": np.zeros(1), "w2": np.array([[1.0], [0.0]]), "b2": np.zeros(2)}
    found = student.mc_dropout(np.array([[LN2]]), params, 0.75, np.array([[[True]]]))
    assert_close(found, np.array([[[16 / 17, 1 / 17]]]), name="probabilities")


@pytest.mark.exercise("calibration_error")
def test_calibration_by_hand(student):
    # Four bins. In (0.5, 0.75]: 0.75 right, 0.625 wrong; |1 - 1.375| / 2 of them. In (0.75, 1]: 1 right, 0.875 right:
    # |2 - 1.875| / 2 of them. Over 4 rows: (0.375 + 0.125) / 4.
    probabilities = np.array([[0.75, 0.25], [0.625, 0.375], [0.0, 1.0], [0.875, 0.125]])
    assert_close(student.calibration_error(probabilities, np.array([0, 1, 1, 0]), 4), 0.125, name="ece")


@pytest.mark.exercise("calibration_error")
def test_calibration_counts_rows(student):
    # Three of 0.75, two of them right: |2 - 2.25|. One of 1, right. Over 4 rows.
    probabilities = np.array([[0.75, 0.25], [0.75, 0.25], [0.75, 0.25], [0.0, 1.0]])
    assert_close(student.calibration_error(probabilities, np.array([0, 0, 1, 1]), 4), 0.0625, name="ece")


@pytest.mark.exercise("fgsm")
def test_fgsm_by_hand(student):
    # Up by 0.2, down by 0.2, not at all; 0.9 + 0.2 and 0.1 - 0.2 stop at the border.
    x, dx = np.array([0.5, 0.5, 0.5, 0.9, 0.1]), np.array([0.01, -3.0, 0.0, 2.0, -2.0])
    assert_close(student.fgsm(x, dx, 0.2), np.array([0.7, 0.3, 0.5, 1.0, 0.0]), name="out")
