"""Known wrong answers, each with the hint that a student gets.

Each is wrong in one thing only: bad input is refused as the given lines refuse it.
"""

import numpy as np

from autograder import mistake, reference_beside

reference = reference_beside(__file__)
require = reference.require
require_weights = reference.require_weights
require_distances = reference.require_distances


def without_diagonal(w):
    w = np.array(w, dtype=np.result_type(w, np.float32))
    np.fill_diagonal(w, 0)
    return w


@mistake("hebbian", hint="No unit is tied to itself: the diagonal of w is 0. Here it says how many patterns there are.")
def hebbian_keeps_the_diagonal(patterns):
    return patterns.T @ patterns / patterns.shape[1]


@mistake("hebbian", hint="The sum is divided by the number of units N, not by the number of patterns P.")
def hebbian_divides_by_patterns(patterns):
    return without_diagonal(patterns.T @ patterns / len(patterns))


@mistake("hebbian", hint="w is a sum over all patterns: here only the last one is left in it.")
def hebbian_of_the_last_pattern(patterns):
    last = patterns[-1]
    return without_diagonal(np.outer(last, last) / patterns.shape[1])


@mistake(
    "hebbian",
    hint="w is (N, N), units by units. This is (P, P), patterns by patterns: swap the factors.",
)
def hebbian_patterns_by_patterns(patterns):
    return without_diagonal(patterns @ patterns.T / patterns.shape[1])


@mistake("energy", hint="Each pair stands in the double sum twice, as i, j and as j, i: the half in front is missing.")
def energy_without_the_half(w, state):
    require_weights(w, state)
    return -(state @ w * state).sum(axis=-1)


@mistake("energy", hint="Units that agree as their weight wants it make the energy LOWER: the minus is missing.")
def energy_upside_down(w, state):
    require_weights(w, state)
    return 0.5 * (state @ w * state).sum(axis=-1)


def in_turn(w, state, order, tie=lambda old: old, in_place=False, seen=None):
    """asynchronous_sweep with another rule for ties, in place, or with units that see `seen` instead of the newest state."""
    require_weights(w, state)
    state = state if in_place else state.copy()
    for i in order:
        field = (w[i] * (state if seen is None else seen)).sum()
        state[i] = tie(state[i]) if field == 0 else np.sign(field)
    return state


@mistake(
    "asynchronous_sweep",
    hint="A unit must see what the units before it have become. Here all look at the state as it was before the sweep.",
)
def sweep_all_at_once(w, state, order):
    return in_turn(w, state, order, seen=state.copy())


@mistake(
    "asynchronous_sweep", hint="A unit whose field is 0 stays as it is. np.sign makes it 0, which is no state at all."
)
def sweep_ties_to_zero(w, state, order):
    return in_turn(w, state, order, tie=lambda old: 0)


@mistake("asynchronous_sweep", hint="A unit whose field is 0 stays as it is: here it becomes +1.")
def sweep_ties_up(w, state, order):
    return in_turn(w, state, order, tie=lambda old: 1)


@mistake("asynchronous_sweep", hint="A unit whose field is 0 stays as it is: here it becomes -1.")
def sweep_ties_down(w, state, order):
    return in_turn(w, state, order, tie=lambda old: -1)


@mistake("asynchronous_sweep", hint="Units take their turns as `order` says: here they go from 0 to N - 1.")
def sweep_ignores_the_order(w, state, order):
    return in_turn(w, state, range(len(state)))


@mistake("asynchronous_sweep", hint="The state that was given must stay as it was: change a copy of it.")
def sweep_in_place(w, state, order):
    return in_turn(w, state, order, in_place=True)


@mistake(
    "synchronous_update",
    hint="All units look before any of them moves. Here each sees what those before it have become.",
)
def update_one_by_one(w, state):
    return in_turn(w, state, range(len(state)))


@mistake(
    "synchronous_update", hint="A unit whose field is 0 stays as it is. np.sign makes it 0, which is no state at all."
)
def update_ties_to_zero(w, state):
    require_weights(w, state)
    return np.sign(w @ state).astype(state.dtype)


@mistake("synchronous_update", hint="A unit whose field is 0 stays as it is: here it becomes +1.")
def update_ties_up(w, state):
    require_weights(w, state)
    return np.where(w @ state >= 0, 1, -1).astype(state.dtype)


def down(w, state, orders, first=True, last=True, stop=True, most=None):
    """recall that leaves something out of the energies, or stops too early or never."""
    require_weights(w, state)
    energies = [float(reference.energy(w, state))] if first else []
    for order in orders[:most]:
        before, state = state, reference.asynchronous_sweep(w, state, order)
        still = np.array_equal(state, before)
        if last or not still:
            energies.append(float(reference.energy(w, state)))
        if still and stop:
            break
    return state.copy(), energies


@mistake(
    "recall", hint="One sweep need not be enough: go on, with the next row of orders, until a sweep changes nothing."
)
def recall_one_sweep(w, state, orders):
    return down(w, state, orders, most=1)


@mistake(
    "recall", hint="energies begins with the energy of the state that was given, before the first sweep: it is missing."
)
def recall_misses_the_first_energy(w, state, orders):
    return down(w, state, orders, first=False)


@mistake(
    "recall", hint="The sweep that changes nothing was made, too: its energy, once more the same, belongs to the list."
)
def recall_misses_the_last_energy(w, state, orders):
    return down(w, state, orders, last=False)


@mistake(
    "recall",
    hint="Stop after the first sweep that changes nothing: here all sweeps are made, and energies is too long.",
)
def recall_never_stops(w, state, orders):
    return down(w, state, orders, stop=False)


def require_alike(a, b):
    require(np.shape(a) == np.shape(b), f"b must have a's shape {np.shape(a)}, not {np.shape(b)}")


@mistake(
    "overlap", hint="This is the share of units that agree, from 0 to 1. The overlap counts the others against them."
)
def overlap_share_that_agrees(a, b):
    require_alike(a, b)
    return (a == b).mean()


@mistake("projection_rule", hint="After the projection the diagonal is set to 0: here it is still there.")
def projection_keeps_the_diagonal(patterns):
    return np.linalg.pinv(patterns) @ patterns


@mistake(
    "projection_rule",
    hint="This is Hebb's rule: pinv(Z), the pseudo-inverse, stands where Z^T / N stood, and takes account of patterns that are "
    "alike.",
)
def projection_by_hebb(patterns):
    return without_diagonal(patterns.T @ patterns / patterns.shape[1])


def incremental(patterns, h=lambda w, z: (w @ z)[:, np.newaxis] - w * z, fields=1, other=lambda h: h.T):
    """storkey_rule with other local fields, without them, or with their indices swapped."""
    n = patterns.shape[1]
    w = np.zeros((n, n))
    for z in patterns:
        known = fields * h(w, z)
        w = without_diagonal(w + (np.outer(z, z) - z[:, np.newaxis] * other(known) - other(known.T) * z) / n)
    return w


@mistake("storkey_rule", hint="h_ij leaves out two units, i AND j: here w_ij z_j is still in the sum.")
def storkey_counts_j(patterns):
    return incremental(patterns, h=lambda w, z: np.tile((w @ z)[:, np.newaxis], len(z)))


@mistake(
    "storkey_rule",
    hint="All h are taken with the weights as they were before this pattern. Here they have Hebb's part of it in them already.",
)
def storkey_new_weights_in_h(patterns):
    def h(w, z):
        w = without_diagonal(w + np.outer(z, z) / len(z))
        return (w @ z)[:, np.newaxis] - w * z

    return incremental(patterns, h=h)


@mistake("storkey_rule", hint="z_i goes with h_ji, and z_j with h_ij: the two are swapped.")
def storkey_indices_swapped(patterns):
    return incremental(patterns, other=lambda h: h)


@mistake("storkey_rule", hint="The two terms with h are missing: without them this is Hebb's rule.")
def storkey_without_fields(patterns):
    return incremental(patterns, fields=0)


@mistake(
    "storkey_rule",
    hint="The order of the patterns matters, and they are learnt from the first row to the last: not so here.",
)
def storkey_last_pattern_first(patterns):
    return incremental(patterns[::-1])


def heated(w, state, temperature, order, uniforms, factor=2.0, number=None):
    """glauber_sweep with another factor, or another number for a turn."""
    require_weights(w, state)
    require(temperature > 0, f"temperature must be above 0, not {temperature}")
    state = state.copy()
    for k, i in enumerate(order):
        field = (w[i] * state).sum()
        chance = 0.5 + 0.5 * np.tanh(factor / 2 * field / temperature)
        state[i] = 1 if uniforms[k if number is None else number(i)] < chance else -1
    return state


@mistake("glauber_sweep", hint="The sigmoid is that of TWICE the field: to turn over, a unit has to go from -h to h.")
def glauber_without_the_two(w, state, temperature, order, uniforms):
    return heated(w, state, temperature, order, uniforms, factor=1.0)


@mistake("glauber_sweep", hint="uniforms[k] belongs to the k-th turn, not to unit k: count the turns.")
def glauber_uniforms_by_unit(w, state, temperature, order, uniforms):
    return heated(w, state, temperature, order, uniforms, number=lambda i: i)


@mistake(
    "glauber_sweep",
    hint="The values are right, but exp(-x) overflows for x far below 0 and warns: use a form that never takes it.",
)
def glauber_overflows(w, state, temperature, order, uniforms):
    require_weights(w, state)
    require(temperature > 0, f"temperature must be above 0, not {temperature}")
    state = state.copy()
    for i, uniform in zip(order, uniforms, strict=True):
        state[i] = 1 if uniform < 1 / (1 + np.exp(-2 * (w[i] @ state) / temperature)) else -1
    return state


def tried(n, p, flips, trials, rng, draw=None, view=False, count=np.array_equal):
    """retrieval_rate with units drawn otherwise, with a start that is the pattern itself, or another count."""
    require(0 <= flips <= n, f"flips must be from 0 to {n}, not {flips}")
    recalled = 0.0
    for _ in range(trials):
        patterns = rng.choice([-1, 1], size=(p, n))
        start = patterns[0] if view else patterns[0].copy()
        units = rng.permutation(n)[:flips] if draw is None else draw(rng, n, flips)
        start[units] *= -1
        state, _ = reference.recall(reference.hebbian(patterns), start, reference.random_orders(n, rng))
        recalled += float(count(state, patterns[0]))
    return recalled / trials


@mistake(
    "retrieval_rate",
    hint="Only a pattern that is right in ALL units counts. Here each trial counts by its share of units.",
)
def rate_of_units(n, p, flips, trials, rng):
    return tried(n, p, flips, trials, rng, count=lambda state, pattern: np.mean(state == pattern))


@mistake(
    "retrieval_rate",
    hint="The units to turn over must differ from each other. Drawn one by one they may repeat, and fewer are turned over.",
)
def rate_with_units_drawn_twice(n, p, flips, trials, rng):
    return tried(n, p, flips, trials, rng, draw=lambda rng, n, flips: rng.integers(n, size=flips))


@mistake(
    "retrieval_rate",
    hint="What is spoilt must be a COPY of the pattern: a row of an array is a view, and here the spoilt pattern is stored.",
)
def rate_spoils_the_pattern_itself(n, p, flips, trials, rng):
    return tried(n, p, flips, trials, rng, view=True)


def shared(patterns, query, beta, axis=-1, shift=True, weight=None):
    """modern_retrieve with a softmax of other scores, or along another axis."""
    require(
        np.shape(query)[-1] == patterns.shape[1], f"query must end in N = {patterns.shape[1]}, not {np.shape(query)}"
    )
    scores = (beta if weight is None else weight) * (query @ patterns.T)
    with np.errstate(over="ignore", invalid="ignore"):
        shares = np.exp(scores - scores.max(axis=axis, keepdims=True) * shift)
        return shares / shares.sum(axis=axis, keepdims=True) @ patterns


@mistake("modern_retrieve", hint="The products are multiplied by beta once: here it is in them twice.")
def modern_beta_twice(patterns, query, beta):
    return shared(patterns, query, beta, weight=beta**2)


@mistake(
    "modern_retrieve",
    hint="exp overflows where beta is large: subtract the largest score first. The softmax stays the same.",
)
def modern_overflows(patterns, query, beta):
    return shared(patterns, query, beta, shift=False)


@mistake(
    "modern_retrieve",
    hint="The softmax is over the P patterns, one share for each. Here it is over the N units of each pattern's products.",
)
def modern_softmax_over_units(patterns, query, beta):
    require(
        np.shape(query)[-1] == patterns.shape[1], f"query must end in N = {patterns.shape[1]}, not {np.shape(query)}"
    )
    scores = beta * patterns * query[..., np.newaxis, :]
    shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return (shares / shares.sum(axis=-1, keepdims=True) * patterns).sum(axis=-2)


def summed(v, distances, weights, visits=0, ends=True, same=False, halves=(1, 1, 1, 1)):
    """tour_energy with something counted otherwise."""
    require_distances(distances)
    require(np.shape(v) == np.shape(distances), f"v must have the shape of distances, not {np.shape(v)}")
    own = 0.0 if same else (v**2).sum()
    rows, columns = (v.sum(axis=1) ** 2).sum() - own, (v.sum(axis=0) ** 2).sum() - own
    after, before = np.roll(v, -1, axis=1), np.roll(v, 1, axis=1)
    if not ends:
        after[:, -1] = before[:, 0] = 0
    way = sum((distances * (v @ each.T)).sum() for each in (after, before))
    parts = (rows, columns, (v.sum() - len(v) + visits) ** 2, way)
    return sum(weight * part / 2 * half for weight, part, half in zip(weights, parts, halves, strict=True))


@mistake("tour_energy", hint="There are n visits in a tour, one for each city: here n - 1 are wanted.")
def tour_one_visit_less(v, distances, a, b, c, d):
    return summed(v, distances, (a, b, c, d), visits=1)


@mistake(
    "tour_energy", hint="Places go round: the last place has the first one beside it. Here the way home is missing."
)
def tour_not_round(v, distances, a, b, c, d):
    return summed(v, distances, (a, b, c, d), ends=False)


@mistake(
    "tour_energy",
    hint="The sums over pairs leave out i = j and x = y, a visit with itself. Here a single visit already costs something.",
)
def tour_counts_visits_with_themselves(v, distances, a, b, c, d):
    return summed(v, distances, (a, b, c, d), same=True)


@mistake(
    "tour_energy",
    hint="The way is counted from both ends of each link: it has a half in front, d/2, like the other parts.",
)
def tour_way_without_the_half(v, distances, a, b, c, d):
    return summed(v, distances, (a, b, c, d), halves=(1, 1, 1, 2))


@mistake(
    "tour_length", hint="A round trip ends where it began: the way from the last city home to the first is missing."
)
def length_not_closed(order, distances):
    require_distances(distances)
    return distances[order[:-1], order[1:]].sum()


def annealing(distances, steps, start, cooling, rng, accept=None, cools=True, turn=None):
    """anneal_tour that accepts otherwise, does not cool, or moves otherwise."""
    require_distances(distances)
    require(start > 0, f"start_temperature must be above 0, not {start}")
    require(0 < cooling <= 1, f"cooling must be above 0 and at most 1, not {cooling}")

    def long(order):
        return distances[order, np.roll(order, 1)].sum()

    def turned(order, first, last):
        piece = order.copy()
        piece[first : last + 1] = order[first : last + 1][::-1]
        return piece

    order, temperature = np.arange(len(distances)), start
    ends = np.sort(rng.integers(len(distances), size=(steps, 2)), axis=1)
    for (first, last), uniform in zip(ends, rng.random(steps), strict=True):
        new = (turn or turned)(order, first, last)
        delta = long(new) - long(order)
        if delta <= 0 or (uniform < np.exp(-delta / temperature) if accept is None else accept):
            order = new
        temperature *= cooling if cools else 1
    return order


@mistake(
    "anneal_tour",
    hint="Longer tours must have a chance, exp(-delta / T), or the search ends in the first valley: here none is ever taken.",
)
def anneal_only_downhill(distances, steps, start_temperature, cooling, rng):
    return annealing(distances, steps, start_temperature, cooling, rng, accept=False)


@mistake(
    "anneal_tour",
    hint="Here every change is taken, however long the tour becomes. exp(-delta / T) is below 1 where delta is above 0.",
)
def anneal_takes_everything(distances, steps, start_temperature, cooling, rng):
    return annealing(distances, steps, start_temperature, cooling, rng, accept=True)


@mistake("anneal_tour", hint="The temperature stays where it began: multiply it by cooling after each step.")
def anneal_never_cools(distances, steps, start_temperature, cooling, rng):
    return annealing(distances, steps, start_temperature, cooling, rng, cools=False)


@mistake(
    "anneal_tour",
    hint="A piece of the order is turned round, with all that lies in it: here only its two ends are swapped.",
)
def anneal_swaps_two_cities(distances, steps, start_temperature, cooling, rng):
    def swapped(order, first, last):
        new = order.copy()
        new[[first, last]] = order[[last, first]]
        return new

    return annealing(distances, steps, start_temperature, cooling, rng, turn=swapped)
