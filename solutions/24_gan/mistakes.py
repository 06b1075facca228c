"""Known wrong answers, each with the hint that a student gets.

Each is wrong in one thing only: bad input is refused as the given lines refuse it.
"""

import numpy as np

from autograder import mistake, reference_beside

reference = reference_beside(__file__)
require, network, sigmoid = reference.require, reference.network, reference.sigmoid


def require_kind(kind):
    require(kind in reference.KINDS, f"kind must be non_saturating or minimax, not {kind!r}")


def softplus(s):
    return np.logaddexp(0, s)


@mistake(
    "discriminator_loss",
    hint="The labels are swapped: real rows should get large logits, softplus(-real), and fakes small ones.",
)
def discriminator_labels_swapped(real_logits, fake_logits):
    loss = np.mean(softplus(real_logits)) + np.mean(softplus(-fake_logits))
    return float(loss), sigmoid(real_logits) / real_logits.size, -sigmoid(-fake_logits) / fake_logits.size


@mistake(
    "discriminator_loss",
    hint="A probability that was clipped costs too little: use softplus of the logits, -log sigmoid(s) = softplus(-s).",
)
def discriminator_log_of_clipped_sigmoid(real_logits, fake_logits):
    real, fake = (np.clip(sigmoid(each), 1e-7, 1 - 1e-7) for each in (real_logits, fake_logits))
    loss = -np.mean(np.log(real)) - np.mean(np.log(1 - fake))
    return float(loss), (real - 1) / real_logits.size, fake / fake_logits.size


@mistake("discriminator_loss", hint="Each batch has a mean of its own: here one mean was taken over both together.")
def discriminator_one_mean_over_both(real_logits, fake_logits):
    count = real_logits.size + fake_logits.size
    loss = (softplus(-real_logits).sum() + softplus(fake_logits).sum()) / count
    return float(loss), -sigmoid(-real_logits) / count, sigmoid(fake_logits) / count


@mistake("discriminator_loss", hint="The loss is the sum of the two means, and is not halved.")
def discriminator_halved(real_logits, fake_logits):
    loss = (np.mean(softplus(-real_logits)) + np.mean(softplus(fake_logits))) / 2
    return float(loss), -sigmoid(-real_logits) / real_logits.size / 2, sigmoid(fake_logits) / fake_logits.size / 2


@mistake("discriminator_loss", hint="The loss has means: each gradient is divided by the size of its batch.")
def discriminator_gradient_not_divided(real_logits, fake_logits):
    loss = np.mean(softplus(-real_logits)) + np.mean(softplus(fake_logits))
    return float(loss), -sigmoid(-real_logits), sigmoid(fake_logits)


@mistake(
    "generator_loss",
    hint="The generator wants its fakes to be called real: softplus(-fake). Here it helps the discriminator.",
)
def generator_helps_the_discriminator(fake_logits, kind="non_saturating"):
    require_kind(kind)
    if kind == "minimax":
        return reference.generator_loss(fake_logits, kind)
    return float(np.mean(softplus(fake_logits))), sigmoid(fake_logits) / fake_logits.size


@mistake(
    "generator_loss",
    hint="minimax is mean log(1 - D), which is MINUS mean softplus(fake): the generator makes it small.",
)
def generator_minimax_maximised(fake_logits, kind="non_saturating"):
    require_kind(kind)
    if kind != "minimax":
        return reference.generator_loss(fake_logits, kind)
    return float(np.mean(softplus(fake_logits))), sigmoid(fake_logits) / fake_logits.size


@mistake(
    "generator_loss", hint="kind is ignored: minimax, log(1 - D), has another loss and another slope, -D, not D - 1."
)
def generator_kind_ignored(fake_logits, kind="non_saturating"):
    require_kind(kind)
    return reference.generator_loss(fake_logits)


@mistake("generator_loss", hint="The loss is a mean: the gradient is divided by the number of fakes.")
def generator_gradient_not_divided(fake_logits, kind="non_saturating"):
    loss, dfake = reference.generator_loss(fake_logits, kind)
    return loss, dfake * fake_logits.size


@mistake(
    "generator_loss",
    hint="A probability that was clipped costs too little: -log sigmoid(s) is softplus(-s), for any s.",
)
def generator_log_of_clipped_sigmoid(fake_logits, kind="non_saturating"):
    require_kind(kind)
    judged = np.clip(sigmoid(fake_logits), 1e-7, 1 - 1e-7)
    if kind == "minimax":
        return float(np.mean(np.log(1 - judged))), -judged / fake_logits.size
    return float(-np.mean(np.log(judged))), (judged - 1) / fake_logits.size


@mistake("optimal_discriminator", hint="D is the probability of REAL: p_data stands above the line.")
def optimal_of_the_fakes(p_data, p_model):
    total = p_data + p_model
    return np.where(total > 0, p_model / np.where(total > 0, total, 1), 0.5).astype(total.dtype)


@mistake("optimal_discriminator", hint="p_data is divided by the sum of both, not by p_model: D is a share, at most 1.")
def optimal_as_a_ratio(p_data, p_model):
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(p_data + p_model > 0, p_data / p_model, 0.5).astype(p_data.dtype)


@mistake("optimal_discriminator", hint="Where both are 0 there is nothing to tell: D is 1/2 there, not 0 / 0.")
def optimal_nan_where_both_are_zero(p_data, p_model):
    with np.errstate(invalid="ignore"):
        return p_data / (p_data + p_model)


@mistake("optimal_discriminator", hint="Add nothing below the line: where both are 0, D is 1/2, and small ones count.")
def optimal_with_an_epsilon(p_data, p_model):
    return p_data / (p_data + p_model + 1e-8)


def kl(p, q):
    """KL(p || q), with 0 log 0 = 0."""
    with np.errstate(divide="ignore"):
        return float(np.sum(p[p > 0] * np.log(p[p > 0] / q[p > 0])))


@mistake("js_divergence", hint="That is KL(p || q). JS compares each of the two with their middle, (p + q) / 2.")
def js_is_kl(p, q):
    return kl(p, q)


@mistake("js_divergence", hint="In nats: the natural logarithm, np.log, not the one of base 2.")
def js_in_bits(p, q):
    middle = (p + q) / 2
    return (kl(p, middle) + kl(q, middle)) / 2 / np.log(2)


@mistake("js_divergence", hint="The divergence is meant, not its root: scipy's jensenshannon is the root.")
def js_square_root(p, q):
    middle = (p + q) / 2
    return (max(kl(p, middle) + kl(q, middle), 0) / 2) ** 0.5


@mistake("js_divergence", hint="Half of each: JS is the MEAN of the two divergences from the middle.")
def js_not_halved(p, q):
    middle = (p + q) / 2
    return kl(p, middle) + kl(q, middle)


@mistake("js_divergence", hint="0 log 0 counts as 0: leave the zeros out before the logarithm, or NaN comes out.")
def js_nan_at_zeros(p, q):
    middle = (p + q) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.sum(p * np.log(p / middle)) + np.sum(q * np.log(q / middle))) / 2


@mistake("value_at_optimum", hint="0 log 0 counts as 0: leave the zeros out before the logarithm, or NaN comes out.")
def value_nan_at_zeros(p, q):
    with np.errstate(divide="ignore", invalid="ignore"):
        best = p / (p + q)
        return float(np.sum(p * np.log(best) + q * np.log(1 - best)))


@mistake("value_at_optimum", hint="The sign: V = sum of p log D + q log(1 - D) is at most 0. Its negative is the loss.")
def value_as_a_loss(p, q):
    middle = (p + q) / 2
    return np.log(4) - kl(p, middle) - kl(q, middle)


@mistake(
    "wasserstein_1d",
    hint="Sorting and subtracting needs equal sizes: here the longer one was cut. Integrate |F_a - F_b| instead.",
)
def wasserstein_of_the_first_ones(a, b):
    count = min(len(a), len(b))
    return float(np.mean(np.abs(np.sort(a)[:count] - np.sort(b)[:count])))


@mistake("wasserstein_1d", hint="The samples come in any order: sort both before they are compared.")
def wasserstein_unsorted(a, b):
    count = max(len(a), len(b))
    return float(np.mean(np.abs(np.resize(a, count) - np.resize(b, count))))


@mistake("wasserstein_1d", hint="That is the difference of the means: two clouds about one middle would be the same.")
def wasserstein_of_the_means(a, b):
    return float(abs(np.mean(a) - np.mean(b)))


def distances_to(samples, centres):
    return np.sqrt(np.sum((samples[:, np.newaxis] - centres) ** 2, axis=2))


@mistake("mode_shares", hint="Where circles overlap, a sample belongs to the NEAREST centre only: it counts once.")
def shares_count_twice(samples, centres, radius):
    near = distances_to(samples, centres) <= radius
    return np.append(near.mean(axis=0), 1 - near.any(axis=1).mean()).astype(float)


@mistake("mode_shares", hint="Shares, not counts: divide by the number of samples.")
def shares_as_counts(samples, centres, radius):
    return reference.mode_shares(samples, centres, radius) * len(samples)


@mistake("mode_shares", hint="The share of those that belong to no centre comes last: K + 1 numbers.")
def shares_without_the_lost_ones(samples, centres, radius):
    return reference.mode_shares(samples, centres, radius)[:-1]


@mistake("mode_shares", hint="Who is further than radius from every centre belongs to none: the last entry.")
def shares_ignore_the_radius(samples, centres, radius):
    nearest = distances_to(samples, centres).argmin(axis=1)
    return np.bincount(nearest, minlength=len(centres) + 1) / len(samples)


def played(x, y, lr, steps, rule):
    path = [(x, y)]
    for _ in range(steps):
        x, y = rule(x, y, lr)
        path.append((x, y))
    return np.array(path, dtype=float)


@mistake("bilinear_path", hint="Simultaneous: y looks at the OLD x. Here it saw the new one; keep the old one aside.")
def path_always_alternating(x, y, lr, steps, alternating):
    return played(x, y, lr, steps, lambda x, y, lr: (x - lr * y, y + lr * (x - lr * y)))


@mistake("bilinear_path", hint="Alternating: y looks at the NEW x, after x has moved.")
def path_never_alternating(x, y, lr, steps, alternating):
    return played(x, y, lr, steps, lambda x, y, lr: (x - lr * y, y + lr * x))


@mistake("bilinear_path", hint="y makes x y large: it goes UP its slope, + lr x. Here both descend.")
def path_both_descend(x, y, lr, steps, alternating):
    return played(x, y, lr, steps, lambda x, y, lr: (x - lr * y, y - lr * (x - alternating * lr * y)))


@mistake("bilinear_path", hint="The path begins with the start: steps + 1 rows.")
def path_without_the_start(x, y, lr, steps, alternating):
    return reference.bilinear_path(x, y, lr, steps, alternating)[1:]


def examined(real, noise, generator, discriminator):
    """(loss, grads of the real part, grads of the fake part), at the discriminator's step."""
    fake, _ = network(noise, generator)
    real_logits, back_real = network(real, discriminator)
    fake_logits, back_fake = network(fake, discriminator)
    dreal, dfake = -sigmoid(-real_logits) / real_logits.size, sigmoid(fake_logits) / fake_logits.size
    loss = float(np.mean(softplus(-real_logits)) + np.mean(softplus(fake_logits)))
    return loss, back_real(dreal)[1], back_fake(dfake)[1]


def added(one, other):
    return [(w + dw, b + db) for (w, b), (dw, db) in zip(one, other, strict=True)]


@mistake("discriminator_step", hint="The fakes teach the discriminator, too: its gradient here has the real part only.")
def examiner_learns_from_the_real_part(real, noise, generator, discriminator):
    loss, grads, _ = examined(real, noise, generator, discriminator)
    return loss, grads


@mistake("discriminator_step", hint="The real rows teach the discriminator, too: its gradient has the fake part only.")
def examiner_learns_from_the_fakes(real, noise, generator, discriminator):
    loss, _, grads = examined(real, noise, generator, discriminator)
    return loss, grads


def forged(noise, generator, discriminator, kind, slope=None):
    """(loss, grads of the discriminator, dx at the fakes, back through the generator), at the generator's step."""
    require_kind(kind)
    fake, back = network(noise, generator)
    logits, back_to_fake = network(fake, discriminator)
    if kind == "minimax":
        loss, right = -np.mean(softplus(logits)), -sigmoid(logits) / logits.size
    else:
        loss, right = np.mean(softplus(-logits)), -sigmoid(-logits) / logits.size
    dfake, grads = back_to_fake(right if slope is None else slope(logits))
    return float(loss), grads, dfake, back


@mistake(
    "generator_step",
    hint="The fakes are cut off from the generator, so it gets 0: send the discriminator's dx back through it.",
)
def forger_detached(noise, generator, discriminator, kind="non_saturating"):
    loss, *_ = forged(noise, generator, discriminator, kind)
    return loss, [(np.zeros_like(w), np.zeros_like(b)) for w, b in generator]


@mistake("generator_step", hint="These are the discriminator's gradients: they are thrown away in this step.")
def forger_returns_the_discriminators(noise, generator, discriminator, kind="non_saturating"):
    loss, grads, *_ = forged(noise, generator, discriminator, kind)
    return loss, grads


@mistake(
    "generator_step",
    hint="The logits' gradient went into the generator at once: it must come down through the discriminator first.",
)
def forger_skips_the_discriminator(noise, generator, discriminator, kind="non_saturating"):
    loss, _, dfake, back = forged(noise, generator, discriminator, kind)
    logits = network(network(noise, generator)[0], discriminator)[0]
    _, dlogits = reference.generator_loss(logits, kind)
    return loss, back(np.broadcast_to(dlogits, dfake.shape).copy())[1]


@mistake("generator_step", hint="kind is ignored: hand it on to generator_loss.")
def forger_ignores_kind(noise, generator, discriminator, kind="non_saturating"):
    require_kind(kind)
    loss, _, dfake, back = forged(noise, generator, discriminator, "non_saturating")
    return loss, back(dfake)[1]


@mistake(
    "generator_step",
    hint="The gradient has the discriminator's sign: the generator wants larger logits, so theirs is negative.",
)
def forger_with_the_discriminators_loss(noise, generator, discriminator, kind="non_saturating"):
    loss, _, dfake, back = forged(noise, generator, discriminator, kind, lambda logits: sigmoid(logits) / logits.size)
    return loss, back(dfake)[1]


def game(
    data, generator, discriminator, steps, batch, lr, rng, kind,
    betas=(0.5, 0.99), fresh=True, examines=True, first="discriminator", old=False, forgetful=False,
    shape=None, drawn=None,
):  # fmt: skip
    """train_gan with one thing changed."""
    require_kind(kind)
    players = {"discriminator": reference.copied(discriminator), "generator": reference.copied(generator)}
    states, history = {"discriminator": {}, "generator": {}}, np.zeros((steps, 2))
    width = generator[0][0].shape[1]
    make = shape or (lambda: rng.normal(size=(batch, width)))
    draw = drawn or (lambda step: rng.integers(len(data), size=batch))
    order = [first, *(name for name in players if name != first)]
    for step in range(steps):
        real, noise = data[draw(step)], make()
        before = {name: reference.copied(params) for name, params in players.items()}
        for name in order:
            if name != order[0] and fresh:
                noise = make()
            seen = before if old else players
            if name == "discriminator":
                loss, first_grads, second_grads = examined(real, noise, seen["generator"], seen["discriminator"])
                history[step, 0], grads = loss, added(first_grads, second_grads)
            else:
                loss, _, dfake, back = forged(noise, seen["generator"], seen["discriminator"], kind)
                history[step, 1], grads = loss, back(dfake)[1]
            if name == "generator" or examines:
                state = {} if forgetful else states[name]
                reference.adam_step(players[name], grads, state, lr, betas)
    return players["generator"], players["discriminator"], history


@mistake("train_gan", hint="Draw new noise for the generator's step: here both steps of a round saw the same noise.")
def train_with_the_same_noise(data, generator, discriminator, steps, batch, lr, rng, kind="non_saturating"):
    return game(data, generator, discriminator, steps, batch, lr, rng, kind, fresh=False)


@mistake("train_gan", hint="The discriminator was never updated: it needs an adam_step, too.")
def train_the_generator_only(data, generator, discriminator, steps, batch, lr, rng, kind="non_saturating"):
    return game(data, generator, discriminator, steps, batch, lr, rng, kind, examines=False)


@mistake("train_gan", hint="The discriminator moves first: the generator's step is taken with the new one.")
def train_generator_first(data, generator, discriminator, steps, batch, lr, rng, kind="non_saturating"):
    return game(data, generator, discriminator, steps, batch, lr, rng, kind, first="generator")


@mistake("train_gan", hint="Take the generator's step AFTER the discriminator has moved: here it saw the old one.")
def train_simultaneously(data, generator, discriminator, steps, batch, lr, rng, kind="non_saturating"):
    return game(data, generator, discriminator, steps, batch, lr, rng, kind, old=True)


@mistake("train_gan", hint="betas are (0.5, 0.99) here, not Adam's usual (0.9, 0.999).")
def train_with_the_usual_betas(data, generator, discriminator, steps, batch, lr, rng, kind="non_saturating"):
    return game(data, generator, discriminator, steps, batch, lr, rng, kind, betas=(0.9, 0.999))


@mistake("train_gan", hint="Each network's state of Adam lives through the whole training: here it starts anew.")
def train_with_new_states(data, generator, discriminator, steps, batch, lr, rng, kind="non_saturating"):
    return game(data, generator, discriminator, steps, batch, lr, rng, kind, forgetful=True)


@mistake("train_gan", hint="kind is not handed on to generator_step.")
def train_ignores_kind(data, generator, discriminator, steps, batch, lr, rng, kind="non_saturating"):
    require_kind(kind)
    return game(data, generator, discriminator, steps, batch, lr, rng, "non_saturating")


@mistake("train_gan", hint="Draw rows of data anew in each step: here the same first rows come every time.")
def train_with_the_first_rows(data, generator, discriminator, steps, batch, lr, rng, kind="non_saturating"):
    rows = np.arange(batch) % len(data)
    return game(data, generator, discriminator, steps, batch, lr, rng, kind, drawn=lambda step: rows)


@mistake("train_gan", hint="Noise is standard normal: here it is uniform from 0 to 1.")
def train_with_uniform_noise(data, generator, discriminator, steps, batch, lr, rng, kind="non_saturating"):
    shape = (batch, generator[0][0].shape[1])
    return game(data, generator, discriminator, steps, batch, lr, rng, kind, shape=lambda: rng.random(shape))


@mistake("train_gan", hint="Each row of a batch has noise of its own: here one row of noise serves them all.")
def train_with_one_noise_a_batch(data, generator, discriminator, steps, batch, lr, rng, kind="non_saturating"):
    width = generator[0][0].shape[1]
    return game(
        data, generator, discriminator, steps, batch, lr, rng, kind,
        shape=lambda: np.tile(rng.normal(size=width), (batch, 1)),
    )  # fmt: skip
