"""Learning from reward: nobody says what would have been right, only how good what was done turned out to be.

A world has S states and A actions, numbered from 0. A deterministic one is three arrays:

    next_state   ints (S, A), the state that an action leads to
    reward       floats (S, A), what taking it earns
    terminal     bools (S,), True where everything ends, whatever the other two say in such a state's row

In a random one p, floats (S, A, S), holds the probability of each next state, and r, floats (S, A), the reward to be
expected. An episode starts in one state and ends on entering a terminal one, or when it has lasted long enough. Later
rewards count less, by a factor gamma a step:

    G_t = r_t + gamma r_t+1 + gamma^2 r_t+2 + ...

Results are new arrays, and functions leave what they are given as it was. The lines above yours refuse bad input; they
are given. "Sutton and Barto" is their "Reinforcement learning: an introduction", second edition (2018).
"""

import numpy as np

MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))  # up, right, down, left: actions 0 to 3


def require(holds, message):
    """Raise ValueError(message) unless it holds. Given, as its calls are: refusing bad input is not the lesson here."""
    if not holds:
        raise ValueError(message)


def require_share(**numbers):
    """Refuse numbers that are not from 0 to 1: ValueError naming the first. Given."""
    for name, number in numbers.items():
        require(0 <= number <= 1, f"{name} must be from 0 to 1, not {number}")


def grid_world(rows):
    """A deterministic world on a grid. Given.

    Args:
        rows: strings of one length. S is the start, # a wall, G the goal (+1 on entering it), P a pit (-1 on entering it),
            anything else is free (-0.04 on entering it, or on bumping into a wall or the edge, which moves nobody).

    Returns:
        (next_state, reward, terminal, start). Cells are numbered row by row. Nobody can stand on a wall; walls count as
        terminal. A terminal state's row leads to itself and earns 0.

    Example:
        >>> next_state, reward, terminal, start = grid_world(["S.G"])
        >>> next_state[0], reward[1], terminal, start
        (array([0, 1, 0, 0]), array([-0.04,  1.  , -0.04, -0.04]), array([False, False,  True]), 0)
    """
    cells, wide = "".join(rows), len(rows[0])
    terminal = np.array([cell in "GP#" for cell in cells])
    leads = np.tile(np.arange(len(cells))[:, np.newaxis], len(MOVES))
    earns = np.zeros(leads.shape)
    for cell in np.flatnonzero(~terminal):
        for move, (down, right) in enumerate(MOVES):
            y, x = cell // wide + down, cell % wide + right
            if 0 <= y < len(rows) and 0 <= x < wide and rows[y][x] != "#":
                leads[cell, move] = y * wide + x
            earns[cell, move] = {"G": 1.0, "P": -1.0}.get(cells[leads[cell, move]], -0.04)
    return leads, earns, terminal, cells.index("S")


def softmax(x):
    """Shares exp(x) / sum of exp(x) along the last axis; large numbers do not overflow. Given."""
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def returns(rewards, gamma):
    """What comes of each step: its reward, and all later ones, discounted.

        G_t = r_t + gamma G_t+1,   and nothing comes after the last step

    Args:
        rewards: (T,), ints or floats; T may be 0.
        gamma: from 0 to 1.

    Returns:
        G: floats (T,).

    Raises:
        ValueError: naming gamma, if it is not from 0 to 1.

    Source: Sutton and Barto, section 3.3, equation 3.9.

    Example:
        >>> returns(np.array([1.0, 0.0, 2.0]), 0.5)  # 2; 0 + 0.5 * 2; 1 + 0.5 * 1
        array([1.5, 1. , 2. ])
    """
    require_share(gamma=gamma)
    raise NotImplementedError


def running_mean(mean, value, count):
    """The mean of `count` values, from the mean of those before and the last of them; nothing else need be kept.

        mean + (value - mean) / count

    Args:
        mean: of the count - 1 values before; any number if there were none. value: the new one. count: with the new one,
            at least 1.

    Returns:
        The mean of all: a number.

    Raises:
        ValueError: naming count, if it is below 1.

    Source: Sutton and Barto, section 2.4, equation 2.3.

    Example:
        >>> running_mean(4.0, 7.0, 3)  # of 3, 5 and 7
        5.0
    """
    require(count >= 1, f"count must be at least 1, not {count}")
    raise NotImplementedError


def epsilon_greedy(q, epsilon, uniforms):
    """Mostly the best action known, and now and then any: one choice for each row.

    Row i explores if uniforms[i, 0] < epsilon: its action is floor(uniforms[i, 1] * A), which may be the best one, too.
    Otherwise its action is the best, the first of them if several are.

    Args:
        q: (N, A), how good each action looks in each row.
        epsilon: from 0 to 1, how often to explore.
        uniforms: (N, 2), numbers from 0 up to, but not including, 1.

    Returns:
        actions: ints (N,).

    Raises:
        ValueError: naming epsilon, if it is not from 0 to 1; naming uniforms, if it is not (N, 2).

    Source: Sutton and Barto, section 2.2.

    Example:
        >>> epsilon_greedy(np.array([[0.0, 5.0, 5.0], [0.0, 5.0, 5.0]]), 0.1, np.array([[0.5, 0.9], [0.05, 0.9]]))
        array([1, 2])
    """
    require_share(epsilon=epsilon)
    require(np.shape(uniforms) == (len(q), 2), f"uniforms must be {(len(q), 2)}, not {np.shape(uniforms)}")
    raise NotImplementedError


def policy_value(p, r, terminal, policy, gamma):
    """What each state is worth to somebody who keeps to a policy: exactly, by solving linear equations.

        v(s) = sum over a of policy(s, a) * (r(s, a) + gamma * sum over s' of p(s, a, s') v(s'))

    for the states that are not terminal. A terminal state is worth 0, whatever p and r say in its rows.

    Args:
        p: floats (S, A, S). r: floats (S, A). terminal: bools (S,).
        policy: floats (S, A), the probability of each action in each state.
        gamma: from 0 to 1; if it is 1, the policy comes to an end for sure.

    Returns:
        v: floats (S,).

    Raises:
        ValueError: naming gamma, if it is not from 0 to 1.

    Source: Sutton and Barto, section 4.1, equation 4.4 (Bellman's equation for a policy).

    Example:
        >>> p = np.array([[[0.5, 0.5]], [[0.0, 1.0]]])  # one action: stay, or come to an end, half and half
        >>> policy_value(p, np.array([[1.0], [0.0]]), np.array([False, True]), np.ones((2, 1)), 1.0)  # v = 1 + v / 2
        array([2., 0.])
    """
    require_share(gamma=gamma)
    raise NotImplementedError


def value_iteration(p, r, terminal, gamma, tol=1e-10):
    """What each state is worth to somebody who always does the best: sweep after sweep, until hardly anything changes.

    Start with v = 0. A sweep gives all states that are not terminal new values at once, from those of the sweep before:

        q(s, a) = r(s, a) + gamma * sum over s' of p(s, a, s') v(s')
        new v(s) = max over a of q(s, a)

    A terminal state is worth 0, whatever p and r say in its rows. The last sweep is the first in which no state's value
    changes by more than tol.

    Args:
        p: floats (S, A, S). r: floats (S, A). terminal: bools (S,).
        gamma: from 0 to 1; if it is 1, all policies come to an end for sure.
        tol: above 0.

    Returns:
        (v, policy): floats (S,) after the last sweep; ints (S,), the action with the largest q that these v give, the first
        if several have it, and 0 in terminal states.

    Raises:
        ValueError: naming gamma, if it is not from 0 to 1; naming tol, if it is not above 0.

    Source: Sutton and Barto, section 4.4, equation 4.10.

    Example:
        >>> next_state, reward, terminal, start = grid_world(["S.G"])
        >>> p = np.eye(3)[next_state]  # for sure
        >>> v, policy = value_iteration(p, reward, terminal, 0.5)  # 1 beside the goal; -0.04 + 0.5 * 1
        >>> np.round(v, 6), policy
        (array([0.46, 1.  , 0.  ]), array([1, 1, 0]))
    """
    require_share(gamma=gamma)
    require(tol > 0, f"tol must be above 0, not {tol}")
    raise NotImplementedError


def q_update(q, state, action, reward, next_state, done, lr, gamma):
    """One step of Q-learning: move q(s, a) towards what was earned plus what the best next action promises.

        target = r                                         if the episode is done
                 r + gamma * max over a' of q(s', a')      otherwise
        new q(s, a) = q(s, a) + lr * (target - q(s, a))

    All other numbers stay as they are.

    Args:
        q: floats (S, A). state, action, next_state: ints s, a, s'. reward: r, a number. done: whether s' is terminal.
        lr: learning rate. gamma: from 0 to 1.

    Returns:
        The new q, (S, A).

    Raises:
        ValueError: naming gamma, if it is not from 0 to 1.

    Source: Sutton and Barto, section 6.5, equation 6.8; Watkins, "Learning from delayed rewards" (1989).

    Example:
        >>> q = np.array([[0.0, 1.0], [4.0, 2.0]])
        >>> q_update(q, 0, 1, 1.0, 1, False, 0.5, 0.5)  # the target is 1 + 0.5 * 4 = 3
        array([[0., 2.],
               [4., 2.]])
    """
    require_share(gamma=gamma)
    raise NotImplementedError


def sarsa_update(q, state, action, reward, next_state, next_action, done, lr, gamma):
    """One step of SARSA: like q_update, but with the next action that was really chosen, a', not the best one.

        target = r                                if the episode is done
                 r + gamma * q(s', a')            otherwise
        new q(s, a) = q(s, a) + lr * (target - q(s, a))

    Args:
        q: floats (S, A). state, action, next_state, next_action: ints s, a, s', a'. reward: r, a number.
        done: whether s' is terminal. lr: learning rate. gamma: from 0 to 1.

    Returns:
        The new q, (S, A).

    Raises:
        ValueError: naming gamma, if it is not from 0 to 1.

    Source: Sutton and Barto, section 6.4, equation 6.7.

    Example:
        >>> q = np.array([[0.0, 1.0], [4.0, 2.0]])
        >>> sarsa_update(q, 0, 1, 1.0, 1, 1, False, 0.5, 0.5)  # the target is 1 + 0.5 * 2 = 2
        array([[0. , 1.5],
               [4. , 2. ]])
    """
    require_share(gamma=gamma)
    raise NotImplementedError


def q_learning(next_state, reward, terminal, start, episodes, lr, gamma, epsilon, rng, max_steps=100):
    """Learn q by acting: epsilon-greedy steps in the world, with a q_update after each.

    q starts at 0. Each episode begins at start, chooses by epsilon_greedy (the first of several best actions), and ends on
    entering a terminal state, which is what done means, or after max_steps steps, which is not.

    Args:
        next_state, reward, terminal: a deterministic world, (S, A), (S, A), (S,). start: its first state, not terminal.
        episodes: how many. lr: learning rate. gamma, epsilon: from 0 to 1.
        rng: numpy Generator, the only source of randomness. max_steps: an episode's, at most.

    Returns:
        (q, totals): floats (S, A); floats (episodes,), the sum of each episode's rewards, not discounted.

    Raises:
        ValueError: naming start, if it is terminal; naming epsilon, if it is not from 0 to 1.

    Source: Sutton and Barto, section 6.5, the algorithm "Q-learning (off-policy TD control)".

    Example:
        >>> world = grid_world(["S.G"])
        >>> q, totals = q_learning(*world, 100, 0.5, 0.5, 0.3, np.random.default_rng(0))
        >>> q.argmax(axis=1)[:2], bool(totals.max() == 0.96)  # to the right, in two moves
        (array([1, 1]), True)
    """
    require(not terminal[start], f"start must not be terminal, and {start} is")
    require_share(epsilon=epsilon)
    raise NotImplementedError


def softmax_policy(theta, state):
    """The probability of each action in a state: the softmax of the state's row of preferences.

    Args:
        theta: floats (S, A), preferences. state: an int.

    Returns:
        pi: floats (A,), which add up to 1. However large the preferences are, nothing overflows.

    Source: Sutton and Barto, section 13.1, equation 13.2.

    Example:
        >>> np.round(softmax_policy(np.array([[0.0, np.log(3)], [5.0, 5.0]]), 0), 6)  # 1 to 3
        array([0.25, 0.75])
    """
    raise NotImplementedError


def log_policy_gradient(theta, state, action):
    """How log pi(action | state) changes with each preference.

        d log pi(a | s) / d theta(s, b) = (1 if b is a, else 0) - pi(b | s),   and 0 for all other states

    Args:
        theta: floats (S, A). state, action: ints s and a.

    Returns:
        gradient: floats (S, A).

    Source: Sutton and Barto, section 13.3, where it is called the eligibility vector; that of a softmax is equation 13.9.

    Example:
        >>> np.round(log_policy_gradient(np.array([[0.0, np.log(3)], [5.0, 5.0]]), 0, 0), 6)  # 1 - 1/4, -3/4
        array([[ 0.75, -0.75],
               [ 0.  ,  0.  ]])
    """
    raise NotImplementedError


def reinforce_gradient(theta, states, actions, rewards, gamma, baseline=0.0):
    """What one episode says about how to change the preferences: make likelier what was followed by much.

        sum over t of (G_t - baseline) * gradient of log pi(a_t | s_t)

    G are the returns of the rewards. It is to be added. With gamma 1 its mean over episodes is the gradient of the expected
    return, whatever the baseline. (For gamma below 1 that would need another factor, gamma^t, which is left out here as in
    most programs.)

    Args:
        theta: floats (S, A). states, actions: ints (T,), what was seen and done. rewards: (T,), what each step earned.
        gamma: from 0 to 1. baseline: a number.

    Returns:
        gradient: floats (S, A).

    Raises:
        ValueError: naming gamma, if it is not from 0 to 1.

    Source: Williams, "Simple statistical gradient-following algorithms for connectionist reinforcement learning" (1992);
    Sutton and Barto, sections 13.3 and 13.4.

    Example:
        >>> theta = np.zeros((2, 2))  # pi is 1/2 everywhere; the returns are 2 and 1
        >>> reinforce_gradient(theta, np.array([0, 1]), np.array([0, 1]), np.array([1.0, 1.0]), 1.0)
        array([[ 1. , -1. ],
               [-0.5,  0.5]])
    """
    require_share(gamma=gamma)
    raise NotImplementedError


def reinforce(next_state, reward, terminal, start, episodes, lr, gamma, rng, max_steps=50):
    """Learn preferences by acting: after each episode add lr times its reinforce_gradient, without a baseline.

    theta starts at 0. Each episode begins at start, draws each action with the probabilities of softmax_policy, and ends on
    entering a terminal state or after max_steps steps. theta stays the same throughout an episode.

    Args:
        next_state, reward, terminal: a deterministic world, (S, A), (S, A), (S,). start: its first state, not terminal.
        episodes: how many. lr: learning rate. gamma: from 0 to 1.
        rng: numpy Generator, the only source of randomness. max_steps: an episode's, at most.

    Returns:
        (theta, totals): floats (S, A); floats (episodes,), the sum of each episode's rewards, not discounted.

    Raises:
        ValueError: naming start, if it is terminal.

    Source: Williams (1992); Sutton and Barto, section 13.3, the algorithm "REINFORCE".

    Example:
        >>> world = grid_world(["S.G"])
        >>> theta, totals = reinforce(*world, 300, 0.3, 0.9, np.random.default_rng(0))
        >>> theta.argmax(axis=1)[:2], bool(totals[-100:].mean() > 0.7)  # to the right
        (array([1, 1]), True)
    """
    require(not terminal[start], f"start must not be terminal, and {start} is")
    raise NotImplementedError


def evolution_gradient(scores, noise, sigma):
    """Which way to go, from trials around a point alone: each trial's noise counts by how well it did.

        g = 1 / (n * sigma) * sum over the trials of z_i * noise_i
        z = (scores - mean of the scores) / their standard deviation

    with the standard deviation whose square is divided by n. If all scores are equal, nothing was learnt, and g is 0.

    Args:
        scores: (n,), how well the trials at theta + sigma * noise_i did.
        noise: floats (n, D). sigma: above 0.

    Returns:
        g: floats (D,), to be added.

    Raises:
        ValueError: naming sigma, if it is not above 0.

    Source: Salimans and others, "Evolution strategies as a scalable alternative to reinforcement learning" (2017), section
    2, algorithm 1, whose scores are not made standard.

    Example:
        >>> evolution_gradient(np.array([1.0, 3.0]), np.array([[2.0, 0.0], [0.0, 4.0]]), 0.5)  # z is -1 and 1
        array([-2.,  4.])
    """
    require(sigma > 0, f"sigma must be above 0, not {sigma}")
    raise NotImplementedError


def crossover(a, b, mask):
    """A child of two parents: where mask is True it has what a has, elsewhere what b has.

    Args:
        a, b: arrays of one shape. mask: bools of that shape.

    Returns:
        The child, an array of that shape.

    Raises:
        ValueError: naming b or mask, if its shape is not a's.

    Source: Holland, "Adaptation in natural and artificial systems" (1975); uniform crossover is Syswerda's (1989).

    Example:
        >>> crossover(np.array([1, 2, 3]), np.array([7, 8, 9]), np.array([True, False, True]))
        array([1, 8, 3])
    """
    require(np.shape(b) == np.shape(a), f"b must have a's shape {np.shape(a)}, not {np.shape(b)}")
    require(np.shape(mask) == np.shape(a), f"mask must have a's shape {np.shape(a)}, not {np.shape(mask)}")
    raise NotImplementedError


def select(scores, contestants):
    """Tournaments: of each row of contestants the one with the best score, the first of them if several have it.

    Args:
        scores: (n,), of a whole population; larger is better.
        contestants: ints (M, K), numbers of members of it, K in each of M tournaments; one may be in several.

    Returns:
        winners: ints (M,), numbers of members.

    Source: Goldberg and Deb, "A comparative analysis of selection schemes used in genetic algorithms" (1991).

    Example:
        >>> select(np.array([5.0, 9.0, 7.0]), np.array([[0, 2], [2, 1]]))
        array([2, 1])
    """
    raise NotImplementedError
