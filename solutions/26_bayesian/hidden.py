"""Hidden checks: posteriors, draws and their slopes, moments by their spread, entropies, calibration, manners."""

import numpy as np
import pytest

from autograder import (
    Mismatch,
    assert_close,
    assert_dtype,
    assert_gradients,
    assert_inputs_unchanged,
    assert_refuses,
    cast,
    no_warnings,
)


@pytest.mark.exercise("bayesian_regression")
class TestRegression:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n, d", [(9, 3), (2, 4), (1, 1)])
    @pytest.mark.parametrize("part", [0, 1], ids=["mean", "covariance"])
    def test_values(self, student, reference, rng, n, d, part):
        arguments = rng.normal(size=(n, d)), rng.normal(size=n), rng.uniform(0.3, 0.8), rng.uniform(2, 4)
        found = list(student.bayesian_regression(*arguments))[part]
        expected = reference.bayesian_regression(*arguments)[part]
        assert_close(found, expected, name=("mean", "covariance")[part])

    @pytest.mark.weight(2)
    def test_brute_force(self, student, rng):
        # Prior times likelihood on a fine grid over two weights, summed: no formula of the posterior.
        x, y, alpha, beta = rng.normal(size=(6, 2)), rng.normal(size=6), 1.5, 2.5
        grid = np.linspace(-6, 6, 241)
        w = np.stack(np.meshgrid(grid, grid), axis=-1).reshape(-1, 2)
        logs = -alpha / 2 * (w**2).sum(1) - beta / 2 * ((y - w @ x.T) ** 2).sum(1)
        share = np.exp(logs - logs.max())
        share /= share.sum()
        mean = share @ w
        expected = mean, (share[:, np.newaxis] * (w - mean)).T @ (w - mean)
        assert_close(student.bayesian_regression(x, y, alpha, beta), expected, rtol=1e-5, atol=1e-6,
                     name="(mean, covariance)")  # fmt: skip

    @pytest.mark.parametrize("n, d", [(1100, 2), (5, 66)])
    def test_sizes(self, student, reference, rng, n, d):
        arguments = rng.normal(size=(n, d)), rng.normal(size=n), 0.7, 2.0
        expected = reference.bayesian_regression(*arguments)
        assert_close(student.bayesian_regression(*arguments), expected, atol=1e-9, name="(mean, covariance)")

    @pytest.mark.after("test_values")
    def test_manners(self, student, rng):
        x, y = rng.normal(size=(6, 3)).astype(np.float32), rng.normal(size=6).astype(np.float32)
        for each in assert_inputs_unchanged(student.bayesian_regression, x, y, 1.0, 2.0):
            assert_dtype(each, "float32")
        assert_refuses(student.bayesian_regression, "y", x, y[:-1], 1.0, 2.0)


@pytest.mark.exercise("predictive_variance")
class TestVariance:
    @pytest.mark.parametrize("n, d", [(5, 3), (1, 4), (70, 2), (3, 66)])
    def test_values(self, student, reference, rng, n, d):
        root = rng.normal(size=(d, d))
        arguments = rng.normal(size=(n, d)), root @ root.T, rng.uniform(2, 4)
        assert_close(
            student.predictive_variance(*arguments), reference.predictive_variance(*arguments), name="variance"
        )

    @pytest.mark.after("test_values")
    def test_manners(self, student, rng):
        x, covariance = cast((rng.normal(size=(4, 3)), np.eye(3)), np.float32)
        assert_dtype(assert_inputs_unchanged(student.predictive_variance, x, covariance, 2.0), "float32")
        assert_refuses(student.predictive_variance, "covariance", x, covariance[:2], 2.0)


SHAPES = [(4, 3), (1, 5), (6,), (2, 3, 2, 2), (70, 3)]


@pytest.mark.exercise("sample_weights")
class TestSample:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("shape", SHAPES)
    def test_values(self, student, reference, rng, shape):
        arguments = rng.normal(size=(3, *shape))
        assert_close(student.sample_weights(*arguments), reference.sample_weights(*arguments), name="w")

    def test_extremes(self, student, reference, rng):
        rho = rng.permutation([-30.0, -3.0, 50.0, 1000.0])
        mu, noise = np.zeros(4), rng.uniform(1, 2, size=4)
        with no_warnings():
            found = student.sample_weights(mu, rho, noise)
        assert_close(found, reference.sample_weights(mu, rho, noise), rtol=1e-6, atol=0, name="w")

    @pytest.mark.after("test_values")
    def test_manners(self, student, rng):
        mu, rho, noise = rng.normal(size=(3, 4, 2)).astype(np.float32)
        assert_dtype(assert_inputs_unchanged(student.sample_weights, mu, rho, noise), "float32")
        assert_refuses(student.sample_weights, "noise", mu, rho, noise[:1])


@pytest.mark.exercise("sample_weights_backward")
class TestSampleBackward:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("shape", SHAPES)
    def test_values(self, student, reference, rng, shape):
        arguments = rng.normal(size=(3, *shape))
        expected = reference.sample_weights_backward(*arguments)
        assert_close(student.sample_weights_backward(*arguments), expected, name="(dmu, drho)")

    def test_central_differences(self, student, reference, rng):
        mu, rho, noise, dw = rng.normal(size=(4, 3, 5))
        grads = student.sample_weights_backward(dw, rho, noise)
        inputs = {"mu": mu, "rho": rho}
        assert_gradients(lambda **at: reference.sample_weights(noise=noise, **at), inputs, dw, grads, rng)

    @pytest.mark.weight(2)
    def test_extremes(self, student, reference, rng):
        rho, (dw, noise) = rng.permutation([-30.0, -3.0, 50.0, 1000.0]), rng.uniform(1, 2, size=(2, 4))
        with no_warnings():
            found = student.sample_weights_backward(dw, rho, noise)
        expected = reference.sample_weights_backward(dw, rho, noise)
        assert_close(found, expected, rtol=1e-6, atol=0, name="(dmu, drho)")

    @pytest.mark.after("test_values")
    def test_manners(self, student, rng):
        for each in assert_inputs_unchanged(
            student.sample_weights_backward, *rng.normal(size=(3, 4)).astype(np.float32)
        ):
            assert_dtype(each, "float32")


@pytest.mark.exercise("gaussian_kl")
class TestKl:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("part", [0, 1, 2], ids=["kl", "dmu", "dsigma"])
    @pytest.mark.parametrize("shape", [(4, 3), (1, 5), (6,)])
    def test_values(self, student, reference, rng, shape, part):
        arguments = rng.normal(size=shape), rng.uniform(0.3, 3, size=shape), rng.uniform(1.5, 3)
        found = list(student.gaussian_kl(*arguments))[part]
        expected = reference.gaussian_kl(*arguments)[part]
        assert_close(found, expected, name=("kl", "dmu", "dsigma")[part])

    def test_central_differences(self, student, reference, rng):
        inputs = {"mu": rng.normal(size=(3, 5)), "sigma": rng.uniform(0.5, 3, size=(3, 5))}
        _, *grads = student.gaussian_kl(**inputs, prior_sigma=1.3)
        assert_gradients(
            lambda **at: np.float64(reference.gaussian_kl(**at, prior_sigma=1.3)[0]), inputs, np.ones(()), grads, rng
        )

    @pytest.mark.parametrize("shape", [(70, 2), (3, 1030), (2, 3, 2, 2)])
    def test_sizes(self, student, reference, rng, shape):
        arguments = rng.normal(size=shape), rng.uniform(0.3, 3, size=shape), 0.6
        assert_close(student.gaussian_kl(*arguments), reference.gaussian_kl(*arguments), name="(kl, dmu, dsigma)")

    @pytest.mark.after("test_values")
    def test_manners(self, student, rng):
        mu, sigma = rng.uniform(0.5, 2, size=(2, 4, 3)).astype(np.float32)
        _, dmu, dsigma = assert_inputs_unchanged(student.gaussian_kl, mu, sigma, 2.0)
        assert_dtype(dmu, "float32")
        assert_dtype(dsigma, "float32")
        assert_refuses(student.gaussian_kl, "sigma", mu, sigma[:1], 2.0)
        assert_refuses(student.gaussian_kl, "prior_sigma", mu, sigma, 0.0)


def drawn_layer(rng, n, d, o):
    w, b = rng.normal(size=(3, o, d)), rng.normal(size=(3, o))
    return rng.normal(size=(n, d)), w[0], w[1], b[0], b[1], w[2], b[2]


LAYERS = [(4, 3, 2), (1, 5, 3), (6, 1, 4), (70, 2, 3), (2, 66, 3), (2, 3, 66)]
GRADS = ("dx", "dw_mu", "dw_rho", "db_mu", "db_rho")


@pytest.mark.exercise("bayes_linear_forward")
class TestLayer:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n, d, o", LAYERS)
    def test_values(self, student, reference, rng, n, d, o):
        arguments = drawn_layer(rng, n, d, o)
        out, _ = student.bayes_linear_forward(*arguments)
        assert_close(out, reference.bayes_linear_forward(*arguments)[0], name="out")

    @pytest.mark.after("test_values")
    def test_manners(self, student, rng):
        arguments = cast(drawn_layer(rng, 4, 3, 2), np.float32)
        out, _ = assert_inputs_unchanged(student.bayes_linear_forward, *arguments)
        assert_dtype(out, "float32")
        assert_refuses(student.bayes_linear_forward, "w_noise", *arguments[:5], arguments[5][:1], arguments[6])
        assert_refuses(student.bayes_linear_forward, "b_noise", *arguments[:6], arguments[6][:1])


@pytest.mark.exercise("bayes_linear_backward")
class TestLayerBackward:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("part", range(5), ids=GRADS)
    @pytest.mark.parametrize("n, d, o", LAYERS[:3])
    def test_values(self, student, reference, rng, n, d, o, part):
        arguments, dout = drawn_layer(rng, n, d, o), rng.normal(size=(n, o))
        found = list(student.bayes_linear_backward(dout, student.bayes_linear_forward(*arguments)[1]))
        expected = reference.bayes_linear_backward(dout, reference.bayes_linear_forward(*arguments)[1])
        assert_close(found[part], expected[part], name=GRADS[part])

    @pytest.mark.parametrize("n, d, o", LAYERS[3:])
    def test_sizes(self, student, reference, rng, n, d, o):
        arguments, dout = drawn_layer(rng, n, d, o), rng.normal(size=(n, o))
        found = student.bayes_linear_backward(dout, student.bayes_linear_forward(*arguments)[1])
        expected = reference.bayes_linear_backward(dout, reference.bayes_linear_forward(*arguments)[1])
        assert_close(found, expected, name=str(GRADS))

    def test_central_differences(self, student, reference, rng):
        names = "x", "w_mu", "w_rho", "b_mu", "b_rho", "w_noise", "b_noise"
        inputs, dout = dict(zip(names, drawn_layer(rng, 4, 3, 2), strict=True)), rng.normal(size=(4, 2))
        grads = student.bayes_linear_backward(dout, student.bayes_linear_forward(**inputs)[1])
        noise = {name: inputs.pop(name) for name in ("w_noise", "b_noise")}
        assert_gradients(lambda **at: reference.bayes_linear_forward(**at, **noise)[0], inputs, dout, grads, rng)

    @pytest.mark.rests_on("test_values")
    @pytest.mark.weight(2)
    def test_finds_the_posterior(self, student, reference, rng):
        # 60 seeds: means off by at most 0.013, sigmas 0.93 to 1.09 times 1 / root of the precision's diagonal.
        x = rng.normal(size=(60, 3))
        y = x @ rng.normal(size=3) + 0.5 * rng.normal(size=60)
        found = student.fit_posterior(x, y, 1.0, 4.0, 250, 0.08, rng)
        assert_close(found, (np.zeros(3), np.zeros(3)), atol=50.0, name="(mu, rho)")
        mu, rho = (np.asarray(each, dtype=float) for each in found)
        mean, covariance = reference.bayesian_regression(x, y, 1.0, 4.0)
        off = np.abs(mu - mean).max()
        ratio = reference.softplus(rho) * np.sqrt(np.diag(np.linalg.inv(covariance)))
        if not (off < 0.05 and ratio.min() > 0.85 and ratio.max() < 1.2):
            raise Mismatch(
                f"after 250 steps the means are {off:.3f} from the exact ones (0.05 allowed), and the sigmas {ratio.min():.2f} "
                f"to {ratio.max():.2f} of what they should be (0.85 to 1.2 allowed)"
            )

    @pytest.mark.after("test_values")
    def test_manners(self, student, rng):
        _, cache = student.bayes_linear_forward(*cast(drawn_layer(rng, 4, 3, 2), np.float32))
        dout = rng.normal(size=(4, 2)).astype(np.float32)
        for each in assert_inputs_unchanged(lambda dout: student.bayes_linear_backward(dout, cache), dout):
            assert_dtype(each, "float32")


@pytest.mark.exercise("local_linear_forward")
class TestLocal:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n, d, o", LAYERS)
    def test_values(self, student, reference, rng, n, d, o):
        arguments = rng.normal(size=(n, d)), *rng.normal(size=(2, o, d)), rng.normal(size=(n, o))
        assert_close(student.local_linear_forward(*arguments), reference.local_linear_forward(*arguments), name="out")

    def test_moments_of_drawn_weights(self, student, reference, rng):
        # A mean of n numbers spreads by s / root n, their variance by s^2 root(2 / (n - 1)); the difference of two such by
        # root 2 more. Within 6 standard deviations.
        n, (x, mu, rho) = 2000, rng.normal(size=(3, 2, 3))
        x = np.tile(x[:1], (n, 1))
        found = student.local_linear_forward(x, mu, rho, rng.normal(size=(n, 2)))
        drawn = ((mu + reference.softplus(rho) * rng.normal(size=(n, 2, 3))) * x[:, np.newaxis]).sum(-1)
        assert_close(found, np.zeros((n, 2)), atol=1e4, name="out")
        variance = drawn.var(axis=0)
        off_mean = np.abs(found.mean(axis=0) - drawn.mean(axis=0)) / np.sqrt(2 * variance / n)
        off_variance = np.abs(found.var(axis=0) / variance - 1) / np.sqrt(4 / (n - 1))
        if max(off_mean.max(), off_variance.max()) > 6:
            raise Mismatch("the outputs do not have the mean and variance that a layer with drawn weights gives")

    @pytest.mark.rests_on("test_values")
    @pytest.mark.weight(0.5)
    def test_zeros(self, student, rng):
        found = student.local_linear_forward(np.zeros((2, 3)), *rng.normal(size=(2, 4, 3)), rng.normal(size=(2, 4)))
        assert_close(found, np.zeros((2, 4)), atol=1e-12, name="out")

    @pytest.mark.after("test_values")
    def test_manners(self, student, rng):
        arguments = cast((rng.normal(size=(4, 3)), *rng.normal(size=(2, 2, 3)), rng.normal(size=(4, 2))), np.float32)
        assert_dtype(assert_inputs_unchanged(student.local_linear_forward, *arguments), "float32")
        assert_refuses(student.local_linear_forward, "noise", *arguments[:3], arguments[3][:1])


def drawn_conv(rng, n, c, h, w, f, kh, kw):
    filters, biases = rng.normal(size=(2, f, c, kh, kw)), rng.normal(size=(2, f))
    return rng.normal(size=(n, c, h, w)), *filters, *biases, rng.normal(size=(n, f, h, w))


@pytest.mark.exercise("bayes_conv2d_forward")
class TestConv:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("shape", [(1, 1, 3, 4, 1, 1, 1), (2, 3, 4, 5, 2, 3, 3), (1, 2, 6, 3, 4, 1, 3),
                                       (3, 1, 3, 3, 2, 5, 3)])  # fmt: skip
    def test_values(self, student, reference, rng, shape):
        arguments = drawn_conv(rng, *shape)
        assert_close(student.bayes_conv2d_forward(*arguments), reference.bayes_conv2d_forward(*arguments), name="out")

    @pytest.mark.after("test_values")
    def test_manners(self, student, rng):
        arguments = cast(drawn_conv(rng, 2, 2, 3, 4, 3, 3, 3), np.float32)
        assert_dtype(assert_inputs_unchanged(student.bayes_conv2d_forward, *arguments), "float32")
        assert_refuses(student.bayes_conv2d_forward, "noise", *arguments[:5], arguments[5][:1])


@pytest.mark.exercise("elbo_loss")
class TestElbo:
    @pytest.mark.parametrize("rows", [1, 7, 1200])
    def test_values(self, student, rng, rows):
        nll, kl = float(rng.uniform(0, 3)), float(rng.uniform(10, 90))
        assert_close(student.elbo_loss(nll, kl, rows), nll + kl / rows, name="loss")

    @pytest.mark.after("test_values")
    def test_bad_rows(self, student):
        assert_refuses(student.elbo_loss, "rows", 1.0, 2.0, 0)


def shares(rng, *shape):
    raw = rng.gamma(0.5, size=shape) + 1e-3
    return raw / raw.sum(-1, keepdims=True)


@pytest.mark.exercise("predictive")
class TestPredictive:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("part", [0, 1, 2], ids=["mean", "entropy", "mutual_information"])
    @pytest.mark.parametrize("s, n, k", [(5, 4, 3), (3, 1, 7), (70, 2, 2), (2, 70, 4)])
    def test_values(self, student, reference, rng, s, n, k, part):
        draws = shares(rng, s, n, k)
        found = list(student.predictive(draws))[part]
        name = ("mean", "entropy", "mutual_information")[part]
        assert_close(found, reference.predictive(draws)[part], name=name)

    @pytest.mark.weight(2)
    def test_zeros(self, student, reference, rng):
        draws = np.eye(4)[rng.integers(3, size=(5, 6))]
        with no_warnings():
            found = student.predictive(draws)
        assert_close(found, reference.predictive(draws), atol=1e-12, name="(mean, entropy, mutual_information)")

    @pytest.mark.rests_on("test_values")
    def test_draws_that_agree(self, student, rng):
        draws = np.tile(shares(rng, 1, 60, 7), (5, 1, 1))
        information = list(student.predictive(draws))[2]
        assert_close(information, np.zeros(60), atol=1e-12, name="mutual_information")
        if np.min(information) < 0:
            raise Mismatch("mutual_information is below 0: clip what rounding leaves there")

    @pytest.mark.after("test_values")
    def test_manners(self, student, rng):
        draws = shares(rng, 3, 4, 5).astype(np.float32)
        for each in assert_inputs_unchanged(student.predictive, draws):
            assert_dtype(each, "float32")
        assert_refuses(student.predictive, "probabilities", draws[0])


def dropping(rng, s, n, d, h, k):
    params = {"w1": rng.normal(size=(h, d)), "b1": rng.normal(size=h), "w2": rng.normal(size=(k, h)),
              "b2": rng.normal(size=k)}  # fmt: skip
    return rng.normal(size=(n, d)), params, float(rng.uniform(0.2, 0.7)), rng.random((s, n, h)) < 0.6


@pytest.mark.exercise("mc_dropout")
class TestDropout:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("shape", [(3, 4, 5, 6, 2), (1, 1, 2, 3, 4), (70, 2, 3, 4, 3), (2, 3, 4, 70, 5)])
    def test_values(self, student, reference, rng, shape):
        arguments = dropping(rng, *shape)
        assert_close(student.mc_dropout(*arguments), reference.mc_dropout(*arguments), name="probabilities")

    def test_large_logits(self, student, reference, rng):
        x, params, p, masks = dropping(rng, 3, 4, 5, 6, 3)
        params["b2"] = rng.permutation([1000.0, 999.0, -1000.0])
        found = student.mc_dropout(x, params, p, masks)
        assert_close(found, reference.mc_dropout(x, params, p, masks), name="probabilities")

    def test_rows_of_different_size(self, student, reference, rng):
        x, params, p, masks = dropping(rng, 3, 4, 5, 6, 3)
        x[rng.integers(4)] *= 3000
        assert_close(
            student.mc_dropout(x, params, p, masks), reference.mc_dropout(x, params, p, masks), name="probabilities"
        )

    @pytest.mark.after("test_values")
    def test_manners(self, student, rng):
        x, params, p, masks = dropping(rng, 3, 4, 5, 6, 2)
        x, params = cast((x, params), np.float32)
        assert_dtype(assert_inputs_unchanged(student.mc_dropout, x, params, p, masks), "float32")
        assert_refuses(student.mc_dropout, "p", x, params, 1.0, masks)
        assert_refuses(student.mc_dropout, "masks", x, params, p, masks[:, :1])


@pytest.mark.exercise("calibration_error")
class TestCalibration:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("n, k, bins", [(60, 3, 10), (1, 4, 5), (200, 2, 7), (9, 5, 1)])
    def test_values(self, student, reference, rng, n, k, bins):
        arguments = shares(rng, n, k), rng.integers(k, size=n), bins
        assert_close(student.calibration_error(*arguments), reference.calibration_error(*arguments), name="ece")

    def test_ten_bins_by_default(self, student, reference, rng):
        arguments = shares(rng, 80, 3), rng.integers(3, size=80)
        assert_close(student.calibration_error(*arguments), reference.calibration_error(*arguments), name="ece")

    def test_counted_bin_by_bin(self, student, rng):
        probabilities, labels, gap = shares(rng, 90, 4), rng.integers(4, size=90), 0.0
        for low in range(5):
            inside = [n for n in range(90) if low / 5 < max(probabilities[n]) <= (low + 1) / 5]
            gap += abs(sum(float(probabilities[n].argmax() == labels[n]) - max(probabilities[n]) for n in inside))
        assert_close(student.calibration_error(probabilities, labels, 5), gap / 90, name="ece")

    @pytest.mark.weight(2)
    def test_ends_of_bins(self, student, reference, rng):
        # Quarters and eighths are exact; with four bins the quarters lie between two. Rows of zeros belong to the first.
        first = rng.permutation(np.repeat([0.5, 0.625, 0.75, 0.875, 1.0], 8))
        probabilities = np.concatenate([np.stack([first, 1 - first], axis=1), np.zeros((4, 2))])
        labels = (rng.random(44) > 0.6).astype(int)
        expected = reference.calibration_error(probabilities, labels, 4)
        assert_close(student.calibration_error(probabilities, labels, 4), expected, name="ece")

    @pytest.mark.after("test_values")
    def test_manners(self, student, rng):
        probabilities, labels = shares(rng, 20, 3), rng.integers(3, size=20)
        assert_inputs_unchanged(student.calibration_error, probabilities, labels)
        assert_refuses(student.calibration_error, "labels", probabilities, labels[:-1])
        assert_refuses(student.calibration_error, "bins", probabilities, labels, 0)


@pytest.mark.exercise("fgsm")
class TestFgsm:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("shape", [(5, 6), (2, 1, 4, 4), (70,)])
    def test_values(self, student, reference, rng, shape):
        arguments = rng.uniform(size=shape), rng.normal(size=shape), rng.uniform(0.1, 0.3)
        assert_close(student.fgsm(*arguments), reference.fgsm(*arguments), name="out")

    def test_no_slope_no_move(self, student, reference, rng):
        x, dx = rng.uniform(size=(6, 5)), rng.integers(-1, 2, size=(6, 5)) * 0.01
        assert_close(student.fgsm(x, dx, 0.2), reference.fgsm(x, dx, 0.2), name="out")

    @pytest.mark.after("test_values")
    def test_manners(self, student, rng):
        x, dx = rng.uniform(size=(2, 4, 3)).astype(np.float32)
        assert_dtype(assert_inputs_unchanged(student.fgsm, x, dx, 0.2), "float32")
        assert_refuses(student.fgsm, "dx", x, dx[:1], 0.2)
        assert_refuses(student.fgsm, "eps", x, dx, -0.1)
