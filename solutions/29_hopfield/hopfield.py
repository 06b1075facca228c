"""Memories as valleys: networks whose units pull at each other until nothing moves any more.

A state holds N units that are -1 or +1, as ints or floats. Patterns are states to remember, one a row: (P, N). Weights w
are (N, N) floats and symmetric, w_ij = w_ji; w_ij says how much units i and j want to agree. The field of unit i is

    h_i = sum over j of w_ij s_j

and a unit does what its field says: it becomes +1 where the field is above 0 and -1 where it is below. At 0 it stays as it is.
Results are new arrays, states in the dtype of the state that was given, and functions leave what they are given as it was.
The lines above yours refuse bad input; they are given.
"""

import numpy as np

SWEEPS = 10  # of retrieval_rate, at most


def require(holds, message):
    """Raise ValueError(message) unless it holds. Given, as its calls are: refusing bad input is not the lesson here."""
    if not holds:
        raise ValueError(message)


def require_weights(w, state):
    """Refuse weights that are not (N, N) for states of N units: ValueError naming w. Given."""
    n = np.shape(state)[-1]
    require(np.shape(w) == (n, n), f"w must be (N, N) = {(n, n)}, not {np.shape(w)}")


def require_distances(distances):
    """Refuse distances that are not (n, n): ValueError naming distances. Given."""
    shape = np.shape(distances)
    require(len(shape) == 2 and shape[0] == shape[1], f"distances must be (n, n), not {shape}")


def random_orders(n, rng):
    """An order of its own for each of SWEEPS sweeps: ints (SWEEPS, n). Given, for retrieval_rate."""
    return rng.permuted(np.tile(np.arange(n), (SWEEPS, 1)), axis=1)


def hebbian(patterns):
    """Hebb's rule: units that agree in many patterns are tied together, and no unit is tied to itself.

        w_ij = (1 / N) * sum over the patterns of z_i z_j,   w_ii = 0

    Args:
        patterns: (P, N), -1 or +1.

    Returns:
        w: floats (N, N).

    Source: Hopfield, "Neural networks and physical systems with emergent collective computational abilities" (1982), whose
    weights are not divided by N; Amit, Gutfreund, Sompolinsky, "Storing infinite numbers of patterns in a spin-glass model of
    neural networks" (1985), whose are.

    Example:
        >>> hebbian(np.array([[1, 1, -1, -1], [1, 1, 1, -1]]))
        array([[ 0. ,  0.5,  0. , -0.5],
               [ 0.5,  0. ,  0. , -0.5],
               [ 0. ,  0. ,  0. ,  0. ],
               [-0.5, -0.5,  0. ,  0. ]])
    """
    ### BEGIN SOLUTION
    w = patterns.T @ patterns / patterns.shape[1]
    np.fill_diagonal(w, 0)
    return w
    ### END SOLUTION


def energy(w, state):
    """How high a state lies: low where units agree as their weights want them to.

        E = -1/2 * sum over i and j of s_i w_ij s_j

    Each pair stands in the sum twice, hence the half.

    Args:
        w: (N, N). state: (..., N); any axes may stand before the units.

    Returns:
        E: a number for one state (N,), else (...), one for each state.

    Raises:
        ValueError: naming w, if it is not (N, N).

    Source: Hopfield (1982), in the section on the algorithm.

    Example:
        >>> w = np.array([[0.0, 2.0], [2.0, 0.0]])
        >>> energy(w, np.array([[1, 1], [1, -1]]))
        array([-2.,  2.])
    """
    require_weights(w, state)
    ### BEGIN SOLUTION
    return -0.5 * (state @ w * state).sum(axis=-1)
    ### END SOLUTION


def asynchronous_sweep(w, state, order):
    """Units look at their fields one after another, and each sees what those before it have become.

    Unit i becomes +1 if h_i > 0, -1 if h_i < 0, and stays as it is at 0.

    Args:
        w: (N, N). state: (N,), -1 or +1.
        order: ints (M,), the units in the order of their turns: all of them, as a rule, but there may be fewer, or one twice.

    Returns:
        The state after the last turn, (N,).

    Raises:
        ValueError: naming w, if it is not (N, N).

    Source: Hopfield (1982), in the section on the algorithm (where the order is left to chance).

    Example:
        >>> w = np.array([[0, 2, -1], [2, 0, 0], [-1, 0, 0]])
        >>> asynchronous_sweep(w, np.array([1, -1, 1]), np.array([0, 1, 2]))  # -3: down; then -2: stays; then 1: stays
        array([-1, -1,  1])
    """
    require_weights(w, state)
    ### BEGIN SOLUTION
    state = state.copy()
    for i in order:
        field = w[i] @ state
        if field != 0:
            state[i] = 1 if field > 0 else -1
    return state
    ### END SOLUTION


def synchronous_update(w, state):
    """All units look at their fields at once, and then all move at once.

    Unit i becomes +1 if h_i > 0, -1 if h_i < 0, and stays as it is at 0.

    Args:
        w: (N, N). state: (N,), -1 or +1.

    Returns:
        The state after the move, (N,).

    Raises:
        ValueError: naming w, if it is not (N, N).

    Source: Little, "The existence of persistent states in the brain" (1974), without its noise.

    Example:
        >>> w = np.array([[0, 2, -1], [2, 0, 0], [-1, 0, 0]])
        >>> synchronous_update(w, np.array([1, -1, 1]))  # fields -3, 2, -1
        array([-1,  1, -1])
    """
    require_weights(w, state)
    ### BEGIN SOLUTION
    field = w @ state
    return np.where(field == 0, state, np.sign(field)).astype(state.dtype)
    ### END SOLUTION


def recall(w, state, orders):
    """Sweep after sweep, until one changes nothing: from a spoilt pattern down into a valley.

    Args:
        w: (N, N). state: (N,), -1 or +1, where to start.
        orders: ints (S, N), a permutation of the units for each sweep; at most S sweeps are made.

    Returns:
        (state, energies): the state at the end, (N,), and a list of floats: the energy before the first sweep, and after each
        sweep that was made. The sweep that changes nothing was made, too.

    Raises:
        ValueError: naming w, if it is not (N, N).

    Source: Hopfield (1982).

    Example:
        >>> w = np.array([[0, 2, -1], [2, 0, 0], [-1, 0, 0]])
        >>> recall(w, np.array([1, -1, 1]), np.array([[0, 1, 2], [2, 1, 0], [1, 0, 2]]))  # the second sweep changes nothing
        (array([-1, -1,  1]), [3.0, -3.0, -3.0])
    """
    require_weights(w, state)
    ### BEGIN SOLUTION
    energies = [float(energy(w, state))]
    for order in orders:
        before, state = state, asynchronous_sweep(w, state, order)
        energies.append(float(energy(w, state)))
        if np.array_equal(state, before):
            break
    return state.copy(), energies
    ### END SOLUTION


def overlap(a, b):
    """How alike two states are: 1 if they are the same, -1 if one is the other turned over, near 0 if they have nothing to do
    with each other.

        m = (1 / N) * sum of a_i b_i

    Args:
        a, b: (N,), -1 or +1.

    Returns:
        m: a number.

    Raises:
        ValueError: naming b, if its shape is not a's.

    Source: Amit, Gutfreund, Sompolinsky (1985).

    Example:
        >>> float(overlap(np.array([1, 1, -1, -1]), np.array([1, 1, 1, -1])))
        0.5
    """
    require(np.shape(a) == np.shape(b), f"b must have a's shape {np.shape(a)}, not {np.shape(b)}")
    ### BEGIN SOLUTION
    return (a * b).mean()
    ### END SOLUTION


def projection_rule(patterns):
    """The weights that keep every pattern where it is, however alike the patterns are.

    Project onto the space that the rows of Z = patterns span, then set the diagonal to 0:

        w = pinv(Z) Z,   w_ii = 0

    pinv is the pseudo-inverse (np.linalg.pinv): it takes rows that repeat or combine others, where Z Z^T has no inverse.

    Args:
        patterns: (P, N), -1 or +1; the rows may depend on each other.

    Returns:
        w: floats (N, N).

    Source: Personnaz, Guyon, Dreyfus, "Collective computational properties of neural networks: new learning mechanisms"
    (1986).

    Example:
        >>> np.round(projection_rule(np.array([[1, 1, -1, -1], [1, 1, 1, -1]])), 6) + 0.0
        array([[ 0.      ,  0.333333,  0.      , -0.333333],
               [ 0.333333,  0.      ,  0.      , -0.333333],
               [ 0.      ,  0.      ,  0.      ,  0.      ],
               [-0.333333, -0.333333,  0.      ,  0.      ]])
    """
    ### BEGIN SOLUTION
    w = np.linalg.pinv(patterns) @ patterns
    np.fill_diagonal(w, 0)
    return w
    ### END SOLUTION


def storkey_rule(patterns):
    """Storkey's rule: Hebb's, less what the weights know already. One pattern after another, each seen once.

    Start with w = 0. For each pattern z, in the order of the rows, all w_ij with i != j get

        w_ij + (z_i z_j - z_i h_ji - h_ij z_j) / N
        h_ij = sum of w_ik z_k over all k but i and j

    where every h is taken with the weights as they were before this pattern. w_ii stays 0.

    Args:
        patterns: (P, N), -1 or +1.

    Returns:
        w: floats (N, N).

    Source: Storkey, "Increasing the capacity of a Hopfield network without sacrificing functionality" (1997).

    Example:
        >>> storkey_rule(np.array([[1, 1, -1, -1], [1, 1, -1, -1]]))  # the second time there is nothing new
        array([[ 0.  ,  0.25, -0.25, -0.25],
               [ 0.25,  0.  , -0.25, -0.25],
               [-0.25, -0.25,  0.  ,  0.25],
               [-0.25, -0.25,  0.25,  0.  ]])
    """
    ### BEGIN SOLUTION
    n = patterns.shape[1]
    w = np.zeros((n, n))
    for z in patterns:
        h = (w @ z)[:, np.newaxis] - w * z  # w_ii is 0, so k = i adds nothing
        w = w + (np.outer(z, z) - z[:, np.newaxis] * h.T - h * z) / n
        np.fill_diagonal(w, 0)
    return w
    ### END SOLUTION


def glauber_sweep(w, state, temperature, order, uniforms):
    """An asynchronous sweep with noise: a unit follows its field as a rule, and the less so the hotter it is.

    The unit that has the k-th turn, i = order[k], becomes +1 if

        uniforms[k] < sigmoid(2 h_i / temperature)

    and else -1. Each sees what those before it have become.

    Args:
        w: (N, N). state: (N,), -1 or +1.
        temperature: above 0. However low it is, nothing warns.
        order: ints (M,), the units in the order of their turns.
        uniforms: (M,), numbers from 0 to 1, one for each turn.

    Returns:
        The state after the last turn, (N,).

    Raises:
        ValueError: naming w, if it is not (N, N); naming temperature, if it is not above 0.

    Source: Glauber, "Time-dependent statistics of the Ising model" (1963).

    Example:
        >>> w = np.array([[0.0, 1.0], [1.0, 0.0]])
        >>> hot = 2 / np.log(3)  # the fields are 1 and 1 or -1: sigmoid(ln 3) = 3/4, sigmoid(-ln 3) = 1/4
        >>> glauber_sweep(w, np.array([1, 1]), hot, np.array([1, 0]), np.array([0.8, 0.2]))
        array([ 1, -1])
    """
    require_weights(w, state)
    require(temperature > 0, f"temperature must be above 0, not {temperature}")
    ### BEGIN SOLUTION
    state = state.copy()
    for i, uniform in zip(order, uniforms, strict=True):
        up = (1 + np.tanh(w[i] @ state / temperature)) / 2
        state[i] = 1 if uniform < up else -1
    return state
    ### END SOLUTION


def retrieval_rate(n, p, flips, trials, rng):
    """How often a spoilt pattern is recalled exactly.

    In each trial draw p patterns of n units, each unit -1 or +1 with equal chances, and store them by hebbian. Turn over
    `flips` different units of one of the patterns, drawn at random, and recall it, with random_orders for the sweeps. It
    counts if the state at the end is the pattern, in all n units.

    Args:
        n, p, flips, trials: ints, at least 1, flips 0 to n. rng: numpy Generator, the only source of randomness.

    Returns:
        The share of the trials that counted, 0 to 1.

    Raises:
        ValueError: naming flips, if it is not 0 to n.

    Source: Hopfield (1982), in the studies of stored memories.

    Example:
        >>> retrieval_rate(64, 2, 6, 20, np.random.default_rng(0))
        1.0
    """
    require(0 <= flips <= n, f"flips must be from 0 to {n}, not {flips}")
    ### BEGIN SOLUTION
    recalled = 0
    for _ in range(trials):
        patterns = rng.choice([-1, 1], size=(p, n))
        start = patterns[0].copy()
        start[rng.permutation(n)[:flips]] *= -1
        state, _ = recall(hebbian(patterns), start, random_orders(n, rng))
        recalled += np.array_equal(state, patterns[0])
    return recalled / trials
    ### END SOLUTION


def modern_retrieve(patterns, query, beta):
    """One step of a modern Hopfield network: the patterns, each by its softmax share.

        out = Z^T softmax(beta * Z q)

    The softmax is over the P patterns. A large beta picks the pattern with the largest product; beta 0 gives the mean.

    Args:
        patterns: Z, floats (P, N), any numbers.
        query: q, floats (..., N): one vector (N,), or several.
        beta: number. However large beta * Z q is, nothing overflows.

    Returns:
        out: (..., N), a new pattern for each query.

    Raises:
        ValueError: naming query, if its last axis is not N long.

    Source: Ramsauer and others, "Hopfield networks is all you need" (2021), equation 3. With queries in rows it is attention
    (Vaswani and others, 2017, equation 1), whose keys and values are both the patterns, with beta for 1 / sqrt(d).

    Example:
        >>> patterns = np.array([[2.0, 0.0], [0.0, 4.0]])
        >>> np.round(modern_retrieve(patterns, np.array([0.5, 0.0]), np.log(3)), 6)  # products 1 and 0: shares 3/4 and 1/4
        array([1.5, 1. ])
    """
    require(
        np.shape(query)[-1] == patterns.shape[1], f"query must end in N = {patterns.shape[1]}, not {np.shape(query)}"
    )
    ### BEGIN SOLUTION
    scores = beta * (query @ patterns.T)
    shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return shares / shares.sum(axis=-1, keepdims=True) @ patterns
    ### END SOLUTION


def tour_energy(v, distances, a, b, c, d):
    """The energy of a round trip, or of what is none yet: v[x, i] says how much city x is visited in place i.

        E = a/2 * sum over cities x and places i != j of v_xi v_xj            no city in two places
          + b/2 * sum over places i and cities x != y of v_xi v_yi            no two cities in one place
          + c/2 * (sum of all v - n)^2                                        n visits
          + d/2 * sum over x, y and i of d_xy v_xi (v_y,i+1 + v_y,i-1)        the way

    Places go round: after the last comes the first, and before the first the last.

    Args:
        v: floats (n, n), cities in rows and places in columns; any numbers, 0 or 1 for a tour.
        distances: (n, n), symmetric, 0 on the diagonal.
        a, b, c, d: numbers, the weights of the four parts.

    Returns:
        E: a number. A valid tour has d times its length.

    Raises:
        ValueError: naming distances, if it is not (n, n); naming v, if its shape is not that of distances.

    Source: Hopfield and Tank, "Neural computation of decisions in optimization problems" (1985), the energy of the travelling
    salesman problem.

    Example:
        >>> distances = np.array([[0.0, 1.0, 2.0], [1.0, 0.0, 4.0], [2.0, 4.0, 0.0]])
        >>> float(tour_energy(np.eye(3), distances, 1.0, 1.0, 1.0, 10.0))  # 10 (1 + 4 + 2)
        70.0
        >>> v = np.array([[1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]])  # two cities in one place, and one visit missing
        >>> float(tour_energy(v, distances, 1.0, 100.0, 10.0, 1.0))
        105.0
    """
    require_distances(distances)
    require(np.shape(v) == np.shape(distances), f"v must have the shape of distances, not {np.shape(v)}")
    ### BEGIN SOLUTION
    twice = (v.sum(axis=1) ** 2).sum() - (v**2).sum()
    crowded = (v.sum(axis=0) ** 2).sum() - (v**2).sum()
    visits = (v.sum() - len(v)) ** 2
    beside = np.roll(v, -1, axis=1) + np.roll(v, 1, axis=1)
    way = (distances * (v @ beside.T)).sum()
    return (a * twice + b * crowded + c * visits + d * way) / 2
    ### END SOLUTION


def tour_length(order, distances):
    """The length of a round trip: from each city to the next, and from the last one home to the first.

    Args:
        order: ints (n,), each city once. distances: (n, n), symmetric.

    Returns:
        A number.

    Raises:
        ValueError: naming distances, if it is not (n, n).

    Source: Hopfield and Tank (1985).

    Example:
        >>> distances = np.array([[0.0, 1.0, 2.0], [1.0, 0.0, 4.0], [2.0, 4.0, 0.0]])
        >>> float(tour_length(np.array([1, 0, 2]), distances))
        7.0
    """
    require_distances(distances)
    ### BEGIN SOLUTION
    return distances[order, np.roll(order, -1)].sum()
    ### END SOLUTION


def anneal_tour(distances, steps, start_temperature, cooling, rng):
    """A short round trip by simulated annealing: small changes at random, and at first even those that make it longer.

    Begin with the order 0, 1, ..., n - 1. In each step draw two places and turn the piece between them round, the two places
    included (so 0 1 2 3 4 may become 0 3 2 1 4). With delta, the new length less the old one: take the new order if delta <= 0,
    and else with probability exp(-delta / T). T is start_temperature in the first step, and is multiplied by cooling after
    each step.

    Args:
        distances: (n, n), symmetric, n at least 2.
        steps: int, at least 0. start_temperature: above 0. cooling: above 0, at most 1.
        rng: numpy Generator, the only source of randomness.

    Returns:
        order: ints (n,), the order after the last step.

    Raises:
        ValueError: naming distances, if it is not (n, n); naming start_temperature or cooling, if it is out of its range.

    Source: Kirkpatrick, Gelatt, Vecchi, "Optimization by simulated annealing" (1983), in the section on the travelling
    salesman; the move is that of Lin and Kernighan (1973) with two links, "2-opt".

    Example:
        >>> x = np.array([0.0, 3.0, 1.0, 2.0])  # four cities on a line: there and back is 6 at best
        >>> distances = abs(x[:, np.newaxis] - x)
        >>> float(tour_length(anneal_tour(distances, 200, 1.0, 0.95, np.random.default_rng(0)), distances))
        6.0
    """
    require_distances(distances)
    require(start_temperature > 0, f"start_temperature must be above 0, not {start_temperature}")
    require(0 < cooling <= 1, f"cooling must be above 0 and at most 1, not {cooling}")
    ### BEGIN SOLUTION
    order = np.arange(len(distances))
    length, temperature = tour_length(order, distances), start_temperature
    ends = np.sort(rng.integers(len(distances), size=(steps, 2)), axis=1)
    for (first, last), uniform in zip(ends, rng.random(steps), strict=True):
        turned = order.copy()
        turned[first : last + 1] = order[first : last + 1][::-1]
        delta = tour_length(turned, distances) - length
        if delta <= 0 or uniform < np.exp(-delta / temperature):
            order, length = turned, length + delta
        temperature *= cooling
    return order
    ### END SOLUTION
