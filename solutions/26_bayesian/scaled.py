"""Posteriors, drawn layers and what is unsure about them, in torch, with inputs at any size."""

import numpy as np

from autograder import Twin


class Regression(Twin):
    """Mean and covariance of the weights, then the variance of new points."""

    exercises = ("bayesian_regression", "predictive_variance")
    sizes = (8, 64, 192)

    def inputs(self, rng, size):
        d = size + 1
        return {
            "x": rng.normal(size=(4 * size, d)),
            "y": rng.normal(size=4 * size),
            "rows": rng.normal(size=(size + 2, d)),
            "prior_precision": 1.5,
            "noise_precision": 2.5,
        }

    def torch(self, torch, x, y, rows, prior_precision, noise_precision):
        precision = prior_precision * torch.eye(x.shape[1]).to(x) + noise_precision * x.T @ x
        mean = torch.linalg.solve(precision, noise_precision * x.T @ y)
        covariance = torch.cholesky_inverse(torch.linalg.cholesky(precision))
        variances = 1 / noise_precision + torch.einsum("nd,de,ne->n", rows, covariance, rows)
        return torch.cat([mean, covariance.flatten(), variances])

    def forward(self, student, x, y, rows, prior_precision, noise_precision):
        mean, covariance = student.bayesian_regression(x, y, prior_precision, noise_precision)
        variances = student.predictive_variance(rows, covariance, noise_precision)
        return np.concatenate([mean, covariance.ravel(), variances]), None

    def reduction(self, size):
        return 32 * size


def drawn(torch, mu, rho, noise):
    return torch.distributions.AffineTransform(mu, torch.nn.functional.softplus(rho))(noise)


class Sample(Twin):
    exercises = ("sample_weights", "sample_weights_backward")
    wrt = ("mu", "rho")
    sizes = (8, 64, 256)

    def inputs(self, rng, size):
        return {name: rng.normal(size=(size + 1, 2 * size)) for name in ("mu", "rho", "noise")}

    def torch(self, torch, **inputs):
        return drawn(torch, **inputs)

    def forward(self, student, mu, rho, noise):
        return student.sample_weights(mu, rho, noise), None

    def backward(self, student, dout, cache, mu, rho, noise):
        return student.sample_weights_backward(dout, rho, noise)


class Divergence(Twin):
    """The divergence; its gradients are torch's, times the upstream gradient."""

    exercises = ("gaussian_kl",)
    wrt = ("mu", "sigma")
    sizes = (8, 64, 256)

    def inputs(self, rng, size):
        shape = size + 1, 2 * size
        return {"mu": rng.normal(size=shape), "sigma": rng.uniform(0.3, 3, size=shape), "prior_sigma": 1.5}

    def torch(self, torch, mu, sigma, prior_sigma):
        normal = torch.distributions.Normal
        return torch.distributions.kl_divergence(normal(mu, sigma), normal(0.0, prior_sigma)).sum()

    def forward(self, student, **inputs):
        kl, *grads = student.gaussian_kl(**inputs)
        return kl, grads

    def backward(self, student, dout, cache, **inputs):
        return [each * dout for each in cache]

    def reduction(self, size):
        return 4 * size * size


class Layer(Twin):
    exercises = ("bayes_linear_forward", "bayes_linear_backward")
    wrt = ("x", "w_mu", "w_rho", "b_mu", "b_rho")
    sizes = (8, 64, 256)

    def inputs(self, rng, size):
        units, d = size + 1, 2 * size
        weights = {f"w_{name}": rng.normal(size=(units, d)) for name in ("mu", "rho", "noise")}
        biases = {f"b_{name}": rng.normal(size=units) for name in ("mu", "rho", "noise")}
        return {"x": rng.normal(size=(3 * size, d)), **weights, **biases}

    def torch(self, torch, x, **inputs):
        w, b = (drawn(torch, *(inputs[f"{letter}_{name}"] for name in ("mu", "rho", "noise"))) for letter in "wb")
        return torch.nn.functional.linear(x, w, b)

    def forward(self, student, **inputs):
        return student.bayes_linear_forward(**inputs)

    def backward(self, student, dout, cache, **inputs):
        return student.bayes_linear_backward(dout, cache)

    def reduction(self, size):
        return 16 * size


class Local(Twin):
    exercises = ("local_linear_forward",)
    sizes = (8, 64, 256)

    def inputs(self, rng, size):
        shape = size + 1, 2 * size
        found = {"x": rng.normal(size=(3 * size, 2 * size)), "w_mu": rng.normal(size=shape)}
        return found | {"w_rho": rng.normal(size=shape), "noise": rng.normal(size=(3 * size, size + 1))}

    def torch(self, torch, x, w_mu, w_rho, noise):
        linear, softplus = torch.nn.functional.linear, torch.nn.functional.softplus
        return linear(x, w_mu) + linear(x.square(), softplus(w_rho).square()).sqrt() * noise

    def forward(self, student, **inputs):
        return student.local_linear_forward(**inputs), None

    def reduction(self, size):
        return 8 * size


class Conv(Twin):
    exercises = ("bayes_conv2d_forward",)
    sizes = (4, 16, 48)

    def inputs(self, rng, size):
        filters, channels, image = size + 1, size, (size + 3, size + 5)
        found = {"x": rng.normal(size=(2, channels, *image))}
        for name in ("mu", "rho"):
            found[f"w_{name}"] = rng.normal(size=(filters, channels, 3, 5))
            found[f"b_{name}"] = rng.normal(size=filters)
        return found | {"noise": rng.normal(size=(2, filters, *image))}

    def torch(self, torch, x, w_mu, w_rho, b_mu, b_rho, noise):
        conv, softplus = torch.nn.functional.conv2d, torch.nn.functional.softplus
        mean = conv(x, w_mu, b_mu, padding="same")
        return mean + conv(x**2, softplus(w_rho) ** 2, softplus(b_rho) ** 2, padding="same").sqrt() * noise

    def forward(self, student, **inputs):
        return student.bayes_conv2d_forward(**inputs), None

    def reduction(self, size):
        return 32 * size


class Predictive(Twin):
    exercises = ("predictive",)
    sizes = (8, 64, 256)

    def inputs(self, rng, size):
        raw = rng.uniform(0.05, 1, size=(size, size + 1, 7))
        return {"probabilities": raw / raw.sum(axis=-1, keepdims=True)}

    def torch(self, torch, probabilities):
        mean = probabilities.mean(0)
        whole, each = (torch.distributions.Categorical(probs=p).entropy() for p in (mean, probabilities))
        return torch.cat([mean.flatten(), whole, whole - each.mean(0)])

    def forward(self, student, probabilities):
        mean, entropy, information = student.predictive(probabilities)
        return np.concatenate([mean.ravel(), entropy, information]), None

    def reduction(self, size):
        return 8 * size


class Dropout(Twin):
    exercises = ("mc_dropout",)
    sizes = (8, 32, 128)

    def inputs(self, rng, size):
        n, d, h, k = size + 1, 2 * size, 3 * size, 5
        scale = d**-0.5
        found = {"x": rng.normal(size=(n, d)), "w1": scale * rng.normal(size=(h, d)), "b1": rng.normal(size=h)}
        found |= {"w2": scale * rng.normal(size=(k, h)), "b2": rng.normal(size=k)}
        return found | {"p": 0.3, "masks": rng.random((6, n, h)) < 0.7}

    def torch(self, torch, x, p, masks, w1, b1, w2, b2):
        hidden = torch.nn.functional.linear(x, w1, b1).relu()
        return torch.nn.functional.linear(hidden * masks / (1 - p), w2, b2).softmax(-1)

    def forward(self, student, x, p, masks, **params):
        return student.mc_dropout(x, params, p, masks), None

    def reduction(self, size):
        return 8 * size


class Calibration(Twin):
    """Confidences keep away from the ends of bins, where rounding would decide."""

    exercises = ("calibration_error",)
    sizes = (8, 512, 8192)

    def inputs(self, rng, size):
        first = (rng.integers(4, 10, size=size) + rng.uniform(0.2, 0.8, size=size)) / 10
        rows = np.stack([first, (1 - first) / 2, (1 - first) / 2], axis=1)
        return {"probabilities": rng.permuted(rows, axis=1), "labels": rng.integers(3, size=size), "bins": 10}

    def torch(self, torch, probabilities, labels, bins):
        confidence, best = probabilities.max(1)
        ends = (torch.arange(1, bins).to(confidence) / bins).contiguous()
        gaps = torch.zeros(bins).to(confidence)
        gaps = gaps.index_add(0, torch.bucketize(confidence, ends), (best == labels).to(confidence) - confidence)
        return gaps.abs().sum() / len(labels)

    def forward(self, student, **inputs):
        return student.calibration_error(**inputs), None

    def reduction(self, size):
        return 8 * size


class Attack(Twin):
    exercises = ("fgsm",)
    sizes = (8, 64, 256)

    def inputs(self, rng, size):
        shape = size + 1, 2 * size
        return {"x": rng.uniform(size=shape), "dx": rng.normal(size=shape), "eps": 0.2}

    def torch(self, torch, x, dx, eps):
        return (x + eps * dx.sign()).clamp(0, 1)

    def forward(self, student, **inputs):
        return student.fgsm(**inputs), None


TWINS = [
    Regression(),
    Sample(),
    Divergence(),
    Layer(),
    Local(),
    Conv(),
    Predictive(),
    Dropout(),
    Calibration(),
    Attack(),
]
