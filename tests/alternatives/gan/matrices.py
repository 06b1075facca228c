"""Entropies for divergences, quantiles for staircases, matrices for moves, all noise drawn ahead of time."""

import numpy as np


def _log_share(logits):
    """log sigmoid, without overflow."""
    return np.minimum(logits, 0) - np.log1p(np.exp(-np.abs(logits)))


def discriminator_loss(real_logits, fake_logits):
    dreal = (sigmoid(real_logits) - 1) / real_logits.dtype.type(real_logits.size)
    dfake = sigmoid(fake_logits) / fake_logits.dtype.type(fake_logits.size)
    return -(_log_share(real_logits).mean() + _log_share(-fake_logits).mean()), dreal, dfake


def generator_loss(fake_logits, kind="non_saturating"):
    losses = {
        "non_saturating": lambda: -_log_share(fake_logits).mean(),
        "minimax": lambda: _log_share(-fake_logits).mean(),
    }
    if kind not in losses:
        raise ValueError(f"kind is {kind!r}, but must be one of {sorted(losses)}")
    slopes = sigmoid(fake_logits) - (1 if kind == "non_saturating" else 2 * sigmoid(fake_logits))
    return losses[kind](), slopes / fake_logits.dtype.type(fake_logits.size)


def optimal_discriminator(p_data, p_model):
    total, best = p_data + p_model, np.full_like(p_data, 0.5)
    np.divide(p_data, total, out=best, where=total != 0)
    return best


def _entropy(p):
    return -np.sum(p * np.log(np.where(p == 0, 1, p)))


def js_divergence(p, q):
    return _entropy((p + q) / 2) - (_entropy(p) + _entropy(q)) / 2


def value_at_optimum(p, q):
    return 2 * js_divergence(p, q) - 2 * np.log(2)


def wasserstein_1d(a, b):
    """Between two steps of either, the quantiles of both are constant."""
    steps = np.unique(np.concatenate([np.arange(len(a) + 1) / len(a), np.arange(len(b) + 1) / len(b)]))
    middles = (steps[1:] + steps[:-1]) / 2
    first, second = (np.sort(each)[(middles * len(each)).astype(int)] for each in (a, b))
    return np.dot(np.diff(steps), np.abs(first - second))


def mode_shares(samples, centres, radius):
    squares = np.sum((samples[None] - centres[:, None]) ** 2, axis=-1)
    first = np.argmin(squares, axis=0)
    inside = squares[first, np.arange(len(samples))] <= radius**2
    hits = [np.mean((first == k) & inside) for k in range(len(centres))]
    return np.array([*hits, np.mean(~inside)])


def bilinear_path(x, y, lr, steps, alternating):
    move = np.array([[1, -lr], [lr, 1 - lr**2 * bool(alternating)]])
    path = [np.array([x, y], dtype=float)]
    for _ in range(steps):
        path.append(move @ path[-1])
    return np.stack(path)


def discriminator_step(real, noise, generator, discriminator):
    rows = np.vstack([network(noise, generator)[0], real])
    logits, back = network(rows, discriminator)
    loss, *slopes = discriminator_loss(logits[len(noise) :], logits[: len(noise)])
    _, grads = back(np.vstack(slopes[::-1]))
    return loss, grads


def generator_step(noise, generator, discriminator, kind="non_saturating"):
    fake, back = network(noise, generator)
    logits, judge = network(fake, discriminator)
    loss, slopes = generator_loss(logits, kind)
    return [loss, [list(pair) for pair in back(judge(slopes)[0])[1]]]


def train_gan(data, generator, discriminator, steps, batch, lr, rng, kind="non_saturating"):
    require(kind in ("non_saturating", "minimax"), f"kind {kind!r} is not known")
    generator, discriminator = copied(generator), copied(discriminator)
    rows = rng.choice(len(data), size=(steps, batch))
    noise = rng.normal(size=(steps, 2, batch, generator[0][0].shape[1]))
    first, second, history = {}, {}, []
    for chosen, (one, other) in zip(rows, noise, strict=True):
        loss, grads = discriminator_step(data[chosen], one, generator, discriminator)
        adam_step(discriminator, grads, first, lr, (0.5, 0.99))
        answer, grads = generator_step(other, generator, discriminator, kind)
        adam_step(generator, grads, second, lr, (0.5, 0.99))
        history += [loss, answer]
    return [generator, discriminator, np.reshape(np.array(history, dtype=float), (steps, 2))]
