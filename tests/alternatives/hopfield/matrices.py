"""Matrix algebra: outer products, traces, singular vectors, log-sum-exp, permutation matrices, changes of four links."""

import numpy as np


def _hollow(w):
    return w * (1 - np.eye(len(w), dtype=w.dtype))


def hebbian(patterns):
    return _hollow(sum(np.outer(z, z) for z in patterns) / patterns.shape[1])


def energy(w, state):
    require_weights(w, state)
    return np.einsum("...i,ij,...j->...", state, w, state) * -0.5


def asynchronous_sweep(w, state, order):
    require_weights(w, state)
    fields, units = w @ state.astype(float), state.astype(float)
    for i in order:
        # Fields are carried along; a tie is exact where the weights are whole numbers.
        new = np.sign(fields[i]) or units[i]
        fields += w[:, i] * (new - units[i])
        units[i] = new
    return units.astype(state.dtype)


def synchronous_update(w, state):
    require_weights(w, state)
    out = np.array(state)
    fields = np.einsum("ij,j->i", w, state)
    out[fields > 0] = 1
    out[fields < 0] = -1
    return out


def recall(w, state, orders):
    require_weights(w, state)
    states = [np.array(state)]
    for row in range(len(orders)):
        states.append(asynchronous_sweep(w, states[-1], orders[row]))
        if (states[-1] == states[-2]).all():
            break
    return states[-1], [float(each) for each in energy(w, np.stack(states))]


def overlap(a, b):
    require(np.shape(a) == np.shape(b), "b does not fit a")
    return 1 - 2 * np.mean(a != b)


def projection_rule(patterns):
    _, sizes, directions = np.linalg.svd(patterns, full_matrices=False)
    kept = directions[sizes > 1e-10 * sizes[0]]
    return _hollow(kept.T @ kept)


def storkey_rule(patterns):
    n = patterns.shape[1]
    w = np.zeros((n, n))
    for z in patterns.astype(float):
        # (z_i - h_i)(z_j - h_j) less h_i h_j, and the w_ij z_j that h_i has too much comes back.
        h = w @ z
        less = z - h
        w = _hollow(w + (np.outer(less, less) - np.outer(h, h) + 2 * w) / n)
    return w


def glauber_sweep(w, state, temperature, order, uniforms):
    require_weights(w, state)
    require(temperature > 0, "temperature is not above 0")
    out = np.array(state)
    for k, i in enumerate(order):
        # uniform < sigmoid(x) is log(uniform / (1 - uniform)) < x.
        out[i] = 2 * (np.log(uniforms[k]) - np.log1p(-uniforms[k]) < 2 * np.dot(w[i], out) / temperature) - 1
    return out


def retrieval_rate(n, p, flips, trials, rng):
    require(0 <= flips <= n, "flips do not fit n")

    def once():
        patterns = 2 * rng.integers(2, size=(p, n)) - 1
        spoilt = np.where(np.argsort(rng.random(n)) < flips, -patterns[-1], patterns[-1])
        orders = np.argsort(rng.random((SWEEPS, n)), axis=1)
        return (recall(hebbian(patterns), spoilt, orders)[0] == patterns[-1]).all()

    return float(np.mean([once() for _ in range(trials)]))


def modern_retrieve(patterns, query, beta):
    require(query.shape[-1] == patterns.shape[1], "query does not fit patterns")
    logits = np.einsum("...n,pn->p...", query, patterns) * beta
    logits = logits - logits.max(axis=0)
    shares = np.exp(logits - np.log(np.exp(logits).sum(axis=0)))
    return np.einsum("p...,pn->...n", shares, patterns)


def tour_energy(v, distances, a, b, c, d):
    require_distances(distances)
    require(v.shape == distances.shape, "v does not fit distances")
    n = len(v)
    after = np.roll(np.eye(n), 1, axis=1)
    other = 1 - np.eye(n)
    total = a * np.trace(v @ other @ v.T) + b * np.trace(v.T @ other @ v) + c * (v.sum() - n) ** 2
    return 0.5 * total + 0.5 * d * np.trace(v.T @ distances @ v @ (after + after.T))


def tour_length(order, distances):
    require_distances(distances)
    return sum(distances[order[k - 1], order[k]] for k in range(len(order)))


def anneal_tour(distances, steps, start_temperature, cooling, rng):
    require_distances(distances)
    require(start_temperature > 0, "start_temperature is not above 0")
    require(0 < cooling <= 1, "cooling is not from 0 to 1")
    n = len(distances)
    order = np.arange(n)
    temperatures = start_temperature * cooling ** np.arange(steps)
    for temperature in temperatures:
        first, last = sorted(rng.choice(n, size=2, replace=False))
        before, after = order[first - 1], order[(last + 1) % n]
        old = distances[before, order[first]] + distances[order[last], after]
        new = distances[before, order[last]] + distances[order[first], after]
        if last - first < n - 1 and -np.log(1 - rng.random()) * temperature >= new - old:
            order[first : last + 1] = order[first : last + 1][::-1].copy()
    return order
