"""Plain loops over units, patterns and cities, mostly without NumPy's arithmetic."""

import math

import numpy as np


def hebbian(patterns):
    p, n = patterns.shape
    w = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            if i != j:
                w[i, j] = sum(float(patterns[k, i]) * float(patterns[k, j]) for k in range(p)) / n
    return w


def energy(w, state):
    require_weights(w, state)
    if np.ndim(state) > 1:
        return np.array([energy(w, each) for each in state])
    total, n = 0.0, len(state)
    for i in range(n):
        total += float(w[i, i])
        for j in range(i):
            total += 2 * float(w[i, j]) * float(state[i] * state[j])
    return -total / 2


def _field(row, units):
    return math.fsum(a * b for a, b in zip(row, units, strict=True))


def _follow(field, old):
    return old if field == 0 else math.copysign(1, field)


def asynchronous_sweep(w, state, order):
    require_weights(w, state)
    rows, units = w.tolist(), state.tolist()
    for i in order.tolist():
        units[i] = _follow(_field(rows[i], units), units[i])
    return np.array(units).astype(state.dtype)


def synchronous_update(w, state):
    require_weights(w, state)
    units = state.tolist()
    moved = [_follow(_field(row, units), old) for row, old in zip(w.tolist(), units, strict=True)]
    return np.array(moved).astype(state.dtype)


def recall(w, state, orders):
    require_weights(w, state)
    energies = [float(energy(w, state))]
    state = state.copy()
    for order in np.asarray(orders, dtype=int):
        after = asynchronous_sweep(w, state, order)
        energies.append(float(energy(w, after)))
        if after.tolist() == state.tolist():
            return after, energies
        state = after
    return state, energies


def overlap(a, b):
    require(np.shape(a) == np.shape(b), "b does not fit a")
    agree = sum(x == y for x, y in zip(a.tolist(), b.tolist(), strict=True))
    return (2 * agree - len(a)) / len(a)


def projection_rule(patterns):
    """Gram and Schmidt, twice; a row that the others span leaves nothing."""
    n = patterns.shape[1]
    basis = []
    for row in patterns.astype(float):
        left = row
        for _ in range(2):
            for each in basis:
                left = left - sum(left * each) * each
        size = math.sqrt(sum(left * left))
        if size > 1e-8 * math.sqrt(n):
            basis.append(left / size)
    w = np.zeros((n, n))
    for each in basis:
        for i in range(n):
            for j in range(n):
                w[i, j] += each[i] * each[j] * (i != j)
    return w


def storkey_rule(patterns):
    n = patterns.shape[1]
    w = [[0.0] * n for _ in range(n)]
    for z in patterns.tolist():
        field = [sum(w[i][k] * z[k] for k in range(n)) for i in range(n)]
        change = [[0.0] * n for _ in range(n)]
        for i in range(n):
            for j in range(n):
                if i != j:
                    h_ij = field[i] - w[i][i] * z[i] - w[i][j] * z[j]
                    h_ji = field[j] - w[j][j] * z[j] - w[j][i] * z[i]
                    change[i][j] = (z[i] * z[j] - z[i] * h_ji - h_ij * z[j]) / n
        for i in range(n):
            for j in range(n):
                w[i][j] += change[i][j]
    return np.array(w)


def glauber_sweep(w, state, temperature, order, uniforms):
    require_weights(w, state)
    require(temperature > 0, "temperature is not above 0")
    rows, units = w.tolist(), state.tolist()
    for k in range(len(order)):
        x = 2 * _field(rows[order[k]], units) / temperature
        small = math.exp(-abs(x))
        chance = (1 if x >= 0 else small) / (1 + small)
        units[order[k]] = 1 if uniforms[k] < chance else -1
    return np.array(units, dtype=state.dtype)


def retrieval_rate(n, p, flips, trials, rng):
    require(0 <= flips <= n, "flips do not fit n")
    counted = []
    for _ in range(trials):
        patterns = np.where(rng.random((p, n)) < 0.5, -1.0, 1.0)
        chosen = int(rng.integers(p))
        start = patterns[chosen].copy()
        for i in rng.choice(n, size=flips, replace=False):
            start[i] = -start[i]
        orders = np.array([rng.permutation(n) for _ in range(SWEEPS)])
        end = recall(hebbian(patterns), start, orders)[0]
        counted.append(all(end[i] == patterns[chosen, i] for i in range(n)))
    return sum(counted) / trials


def modern_retrieve(patterns, query, beta):
    require(query.shape[-1] == patterns.shape[1], "query does not fit patterns")
    if query.ndim > 1:
        return np.stack([modern_retrieve(patterns, each, beta) for each in query])
    scores = [float(beta) * sum(float(a) * float(b) for a, b in zip(row, query, strict=True)) for row in patterns]
    powers = [math.exp(score - max(scores)) for score in scores]
    out = [0.0] * len(query)
    for power, row in zip(powers, patterns.tolist(), strict=True):
        for i, value in enumerate(row):
            out[i] += power / sum(powers) * value
    return np.array(out, dtype=patterns.dtype)


def tour_energy(v, distances, a, b, c, d):
    require_distances(distances)
    require(v.shape == distances.shape, "v does not fit distances")
    n = len(v)
    visits, far = v.tolist(), distances.tolist()
    total = c * (sum(map(sum, visits)) - n) ** 2
    for x in range(n):
        for i in range(n):
            mine = visits[x][i]
            for other in range(n):
                if other != i:
                    total += a * mine * visits[x][other]
                if other != x:
                    total += b * mine * visits[other][i]
                total += d * far[x][other] * mine * (visits[other][(i + 1) % n] + visits[other][i - 1])
    return total / 2


def tour_length(order, distances):
    require_distances(distances)
    total = 0.0
    for here, there in zip(order.tolist(), [*order.tolist()[1:], int(order[0])], strict=True):
        total += float(distances[here, there])
    return total


def anneal_tour(distances, steps, start_temperature, cooling, rng):
    require_distances(distances)
    require(start_temperature > 0, "start_temperature is not above 0")
    require(0 < cooling <= 1, "cooling is not from 0 to 1")
    far, n = distances.tolist(), len(distances)
    order, temperature = list(range(n)), start_temperature

    def long(order):
        return sum(far[order[k - 1]][order[k]] for k in range(n))

    now = long(order)
    for _ in range(steps):
        one, other = (int(place) for place in rng.integers(n, size=2))
        first, last = min(one, other), max(one, other)
        new = order[:first] + order[first : last + 1][::-1] + order[last + 1 :]
        then = long(new)
        if then <= now or rng.random() < math.exp((now - then) / temperature):
            order, now = new, then
        temperature = temperature * cooling
    return np.array(order)
