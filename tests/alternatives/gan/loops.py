"""Loops over logits, rows and samples; tuples for lists; a step's two batches one after the other."""

import math

import numpy as np


def _softplus(s):
    return max(s, 0.0) + math.log1p(math.exp(-abs(s)))


def _share(s):
    """The sigmoid of one logit."""
    return 1 / (1 + math.exp(-s)) if s >= 0 else math.exp(s) / (1 + math.exp(s))


def _charged(logits, sign):
    """Mean softplus(sign * logit), and its slope for each logit."""
    slopes, total = np.empty_like(logits), 0.0
    for place in np.ndindex(logits.shape):
        signed = sign * float(logits[place])
        total += _softplus(signed) / logits.size
        slopes[place] = sign * _share(signed) / logits.size
    return total, slopes


def discriminator_loss(real_logits, fake_logits):
    missed, dreal = _charged(real_logits, -1)
    fooled, dfake = _charged(fake_logits, 1)
    return missed + fooled, dreal, dfake


def generator_loss(fake_logits, kind="non_saturating"):
    if kind == "non_saturating":
        return _charged(fake_logits, -1)
    if kind != "minimax":
        raise ValueError(f"no such kind: {kind}")
    loss, slopes = _charged(fake_logits, 1)
    return -loss, -slopes


def optimal_discriminator(p_data, p_model):
    best = np.full_like(p_data, 0.5)
    for place in np.ndindex(p_data.shape):
        if p_data[place] > 0 or p_model[place] > 0:
            best[place] = p_data[place] / (p_data[place] + p_model[place])
    return best


def js_divergence(p, q):
    total = 0.0
    for a, b in zip(p.tolist(), q.tolist(), strict=True):
        for each in (a, b):
            if each > 0:
                total += each * (math.log(each) - math.log((a + b) / 2)) / 2
    return total


def value_at_optimum(p, q):
    value = 0.0
    for a, b in zip(p.tolist(), q.tolist(), strict=True):
        value += (a * math.log(a / (a + b)) if a > 0 else 0) + (b * math.log(b / (a + b)) if b > 0 else 0)
    return value


def wasserstein_1d(a, b):
    """Ups of one staircase and downs of the other, walked through from left to right."""
    events = sorted([(x, 1 / len(a)) for x in a.tolist()] + [(x, -1 / len(b)) for x in b.tolist()])
    height, before, area = 0.0, events[0][0], 0.0
    for place, rise in events:
        area += abs(height) * (place - before)
        height, before = height + rise, place
    return area


def mode_shares(samples, centres, radius):
    shares = np.zeros(len(centres) + 1)
    for row in samples:
        nearest, least = len(centres), None
        for number, centre in enumerate(centres):
            distance = math.sqrt(sum((float(x) - float(c)) ** 2 for x, c in zip(row, centre, strict=True)))
            if distance <= radius and (least is None or distance < least):
                nearest, least = number, distance
        shares[nearest] += 1 / len(samples)
    return shares


def bilinear_path(x, y, lr, steps, alternating):
    path = np.empty((steps + 1, 2))
    path[0] = x, y
    for step in range(steps):
        path[step + 1, 0] = path[step, 0] - lr * path[step, 1]
        path[step + 1, 1] = path[step, 1] + lr * path[step + 1 if alternating else step, 0]
    return path


def discriminator_step(real, noise, generator, discriminator):
    real_logits, back_real = network(real, discriminator)
    fake_logits, back_fake = network(network(noise, generator)[0], discriminator)
    loss, dreal, dfake = discriminator_loss(real_logits, fake_logits)
    grads = []
    for (dw, db), (more_dw, more_db) in zip(back_real(dreal)[1], back_fake(dfake)[1], strict=True):
        grads.append((dw + more_dw, db + more_db))
    return loss, tuple(grads)


def generator_step(noise, generator, discriminator, kind="non_saturating"):
    """Both networks as one: the gradients of the last layers fall away."""
    fake, through_generator = network(noise, generator)
    logits, through_discriminator = network(fake, discriminator)
    loss, slopes = generator_loss(logits, kind)
    wanted, _ = through_discriminator(slopes)
    _, grads = through_generator(wanted)
    return loss, tuple(grads)


def train_gan(data, generator, discriminator, steps, batch, lr, rng, kind="non_saturating"):
    if kind not in ("non_saturating", "minimax"):
        raise ValueError(f"kind {kind!r} is not known")
    forger = [tuple(array.copy() for array in pair) for pair in generator]
    examiner = [tuple(array.copy() for array in pair) for pair in discriminator]
    memory, losses = ({}, {}), []
    for _ in range(steps):
        rows = np.array([data[int(rng.random() * len(data))] for _ in range(batch)])
        examined, grads = discriminator_step(rows, rng.standard_normal((batch, len(forger[0][0].T))), forger, examiner)
        adam_step(examiner, grads, memory[1], lr, (0.5, 0.99))
        forged, grads = generator_step(rng.standard_normal((batch, len(forger[0][0].T))), forger, examiner, kind)
        adam_step(forger, grads, memory[0], lr, (0.5, 0.99))
        losses.append((examined, forged))
    return forger, examiner, np.array(losses, dtype=float).reshape(steps, 2)
