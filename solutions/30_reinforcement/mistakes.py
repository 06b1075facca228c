"""Known wrong answers, each with the hint that a student gets.

Each is wrong in one thing only: bad input is refused as the given lines refuse it.
"""

import numpy as np

from autograder import mistake, reference_beside

reference = reference_beside(__file__)
require = reference.require
require_share = reference.require_share


def backwards(rewards, gamma, own=1.0):
    """Sums from the end, where a step's own reward counts `own` times."""
    require_share(gamma=gamma)
    found, later = [], 0.0
    for reward in reversed(list(rewards)):
        later = own * reward + gamma * later
        found.append(later)
    return np.array(found[::-1], dtype=float)


@mistake("returns", hint="G_t looks ahead: start at the last step. Here it adds up what came before the step.")
def returns_forwards(rewards, gamma):
    return backwards(rewards[::-1], gamma)[::-1]


@mistake(
    "returns",
    hint="gamma counts from step t, so that r_t itself counts in full in G_t. Here G_t is gamma^t times what it should be.",
)
def returns_discounted_from_the_start(rewards, gamma):
    return backwards(rewards, gamma) * float(gamma) ** np.arange(len(rewards))


@mistake("returns", hint="The step's own reward is not discounted: only what comes after it is multiplied by gamma.")
def returns_own_reward_discounted(rewards, gamma):
    return backwards(rewards, gamma, own=gamma)


@mistake("returns", hint="Later rewards count less, by gamma a step: here gamma is left out.")
def returns_without_gamma(rewards, gamma):
    require_share(gamma=gamma)
    return np.cumsum(np.asarray(rewards, dtype=float)[::-1])[::-1]


@mistake("running_mean", hint="count has the new value in it already: divide by count, not by count + 1.")
def running_mean_counts_one_more(mean, value, count):
    require(count >= 1, f"count must be at least 1, not {count}")
    return mean + (value - mean) / (count + 1)


@mistake("running_mean", hint="What is divided by count is how far the value is from the mean so far, not the value.")
def running_mean_adds_the_value(mean, value, count):
    require(count >= 1, f"count must be at least 1, not {count}")
    return mean + value / count


def choose(q, epsilon, uniforms, explores=np.less, any_action=None, best=None):
    """epsilon_greedy that explores, draws or exploits otherwise."""
    require_share(epsilon=epsilon)
    require(np.shape(uniforms) == (len(q), 2), f"uniforms must be {(len(q), 2)}, not {np.shape(uniforms)}")
    greedy = np.argmax(q, axis=1)
    drawn = np.floor(uniforms[:, 1] * q.shape[1]).astype(int) if any_action is None else any_action(greedy)
    return np.where(explores(uniforms[:, 0], epsilon), drawn, greedy if best is None else best(q))


@mistake(
    "epsilon_greedy",
    hint="Exploring may choose the best action, too: it draws from all A actions. Here the best one is left out.",
)
def explores_all_but_the_best(q, epsilon, uniforms):
    def others(greedy):
        drawn = np.floor(uniforms[:, 1] * (q.shape[1] - 1)).astype(int)
        return drawn + (drawn >= greedy)

    return choose(q, epsilon, uniforms, any_action=others)


@mistake("epsilon_greedy", hint="Explore where the first draw is BELOW epsilon: here it is the other way round.")
def explores_above_epsilon(q, epsilon, uniforms):
    return choose(q, epsilon, uniforms, explores=np.greater)


@mistake("epsilon_greedy", hint="Each row has draws of its own: here the first row's decide for all of them.")
def explores_by_one_draw(q, epsilon, uniforms):
    return choose(q, epsilon, uniforms[:1].repeat(len(q), axis=0) if np.ndim(uniforms) == 2 else uniforms)


@mistake("epsilon_greedy", hint="Where several actions are best, take the first of them: here it is the last.")
def takes_the_last_of_the_best(q, epsilon, uniforms):
    return choose(q, epsilon, uniforms, best=lambda q: q.shape[1] - 1 - np.argmax(q[:, ::-1], axis=1))


@mistake(
    "epsilon_greedy", hint="The action is uniforms[:, 1] times A, rounded DOWN: rounding to the nearest can give A."
)
def rounds_to_the_nearest(q, epsilon, uniforms):
    return choose(q, epsilon, uniforms, any_action=lambda _: np.round(uniforms[:, 1] * q.shape[1]).astype(int))


@mistake(
    "epsilon_greedy", hint="Both draws have their part: the second chooses the action. Here the first does that, too."
)
def explores_by_the_first_draw(q, epsilon, uniforms):
    return choose(q, epsilon, uniforms, any_action=lambda _: np.floor(uniforms[:, 0] * q.shape[1]).astype(int))


def worth(p, r, terminal, policy, gamma, ends=0.0, on_reward=1.0):
    """policy_value whose terminal states are worth what they earn (times `ends`), or whose reward is scaled."""
    require_share(gamma=gamma)
    on = np.where(terminal, ends, 1.0)
    moves = (policy[:, :, np.newaxis] * p).sum(axis=1) * on[:, np.newaxis]
    return np.linalg.solve(np.eye(len(p)) - gamma * moves, on * on_reward * (policy * r).sum(axis=1))


@mistake("policy_value", hint="A terminal state is worth 0: nothing comes after the end. Here it goes on earning.")
def value_of_the_end(p, r, terminal, policy, gamma):
    return worth(p, r, terminal, policy, gamma, ends=1.0)


@mistake("policy_value", hint="gamma stands before what comes after. The reward of the step itself counts in full.")
def value_with_gamma_on_the_reward(p, r, terminal, policy, gamma):
    return worth(p, r, terminal, policy, gamma, on_reward=gamma)


@mistake(
    "policy_value",
    hint="This takes the likeliest action of each state for certain. v is a mean over all actions, by their probabilities.",
)
def value_of_the_likeliest_action(p, r, terminal, policy, gamma):
    return worth(p, r, terminal, np.eye(policy.shape[1])[policy.argmax(axis=1)], gamma)


@mistake(
    "policy_value",
    hint="p(s, a, s') leads FROM s: the equations have v(s') on the right side, so the matrix is not to be transposed.",
)
def value_backwards_in_time(p, r, terminal, policy, gamma):
    require_share(gamma=gamma)
    live = ~np.asarray(terminal)
    moves = (policy[:, :, np.newaxis] * p).sum(axis=1) * np.outer(live, live)
    return np.linalg.solve(np.eye(len(p)) - gamma * moves.T, live * (policy * r).sum(axis=1))


def swept(p, r, terminal, gamma, tol, ends=0.0, on_reward=1.0, best="max", change=np.max):
    """value_iteration with other ends, rewards, choices, or another measure of change."""
    require_share(gamma=gamma)
    require(tol > 0, f"tol must be above 0, not {tol}")
    on = np.where(terminal, ends, 1.0)

    def action_values(value):
        return on_reward * r + gamma * (p * value).sum(axis=2)

    value = np.zeros(len(p))
    for _ in range(10_000):
        new = on * getattr(action_values(value), best)(axis=1)
        gap, value = change(np.abs(new - value)), new
        if gap <= tol:
            break
    choice = action_values(value).argmin(axis=1) if best == "min" else action_values(value).argmax(axis=1)
    return value, np.where(on == 0, 0, choice)


@mistake("value_iteration", hint="A terminal state is worth 0: nothing comes after the end. Here it goes on earning.")
def iteration_past_the_end(p, r, terminal, gamma, tol=1e-10):
    return swept(p, r, terminal, gamma, tol, ends=1.0)


@mistake("value_iteration", hint="gamma stands before what comes after. The reward of the step itself counts in full.")
def iteration_with_gamma_on_the_reward(p, r, terminal, gamma, tol=1e-10):
    return swept(p, r, terminal, gamma, tol, on_reward=gamma)


@mistake("value_iteration", hint="The best action is the one with the LARGEST q: here it is the smallest.")
def iteration_of_the_worst(p, r, terminal, gamma, tol=1e-10):
    return swept(p, r, terminal, gamma, tol, best="min")


@mistake("value_iteration", hint="v is the largest q of a state: here it is the mean over the actions.")
def iteration_of_the_mean(p, r, terminal, gamma, tol=1e-10):
    return swept(p, r, terminal, gamma, tol, best="mean")


@mistake(
    "value_iteration",
    hint="Go on while ANY state's value changes by more than tol: here one that hardly changes is enough to stop.",
)
def iteration_stops_at_the_smallest_change(p, r, terminal, gamma, tol=1e-10):
    return swept(p, r, terminal, gamma, tol, change=np.min)


@mistake(
    "value_iteration",
    hint="A sweep takes all values from the sweep before. Here states see what others have just become; that converges, but by "
    "other sweeps.",
)
def iteration_in_place(p, r, terminal, gamma, tol=1e-10):
    require_share(gamma=gamma)
    require(tol > 0, f"tol must be above 0, not {tol}")
    value = np.zeros(len(p))
    for _ in range(10_000):
        before = value.copy()
        for state in np.flatnonzero(~np.asarray(terminal)):
            value[state] = np.max(r[state] + gamma * (p[state] @ value))
        if np.abs(value - before).max() <= tol:
            break
    return value, np.where(terminal, 0, np.argmax(r + gamma * (p @ value), axis=1))


def towards(q, state, action, target, lr, gamma, from_old=1.0, in_place=False):
    """q(s, a) moved towards a target, or by it."""
    require_share(gamma=gamma)
    new = q if in_place else np.array(q)
    new[state, action] = q[state, action] + lr * (target - from_old * q[state, action])
    return new


@mistake("q_update", hint="Nothing comes after the end: where the episode is done the target is the reward alone.")
def q_past_the_end(q, state, action, reward, next_state, done, lr, gamma):
    return towards(q, state, action, reward + gamma * max(q[next_state]), lr, gamma)


@mistake("q_update", hint="The largest q is looked for among the actions of the next state: q[next_state], a row of q.")
def q_max_over_states(q, state, action, reward, next_state, done, lr, gamma):
    ahead = 0.0 if done else max(q[:, min(next_state, q.shape[1] - 1)])
    return towards(q, state, action, reward + gamma * ahead, lr, gamma)


@mistake(
    "q_update",
    hint="The step goes FROM the old value TO the target: the old value has to be taken away from the target.",
)
def q_without_the_old_value(q, state, action, reward, next_state, done, lr, gamma):
    ahead = 0.0 if done else max(q[next_state])
    return towards(q, state, action, reward + gamma * ahead, lr, gamma, from_old=0.0)


@mistake(
    "q_update", hint="The target looks at the state that was reached, next_state: here it looks at the one left behind."
)
def q_of_the_same_state(q, state, action, reward, next_state, done, lr, gamma):
    return towards(q, state, action, reward + gamma * (0.0 if done else max(q[state])), lr, gamma)


@mistake("q_update", hint="gamma is missing: what comes a step later counts less.")
def q_without_gamma(q, state, action, reward, next_state, done, lr, gamma):
    return towards(q, state, action, reward + (0.0 if done else max(q[next_state])), lr, gamma)


@mistake("q_update", hint="The q that was given must stay as it was: change a copy of it.")
def q_in_place(q, state, action, reward, next_state, done, lr, gamma):
    ahead = 0.0 if done else max(q[next_state])
    return towards(q, state, action, reward + gamma * ahead, lr, gamma, in_place=True)


@mistake(
    "sarsa_update", hint="This is Q-learning: SARSA looks at the action that was really chosen, not at the best one."
)
def sarsa_with_max(q, state, action, reward, next_state, next_action, done, lr, gamma):
    return towards(q, state, action, reward + gamma * (0.0 if done else max(q[next_state])), lr, gamma)


@mistake("sarsa_update", hint="Nothing comes after the end: where the episode is done the target is the reward alone.")
def sarsa_past_the_end(q, state, action, reward, next_state, next_action, done, lr, gamma):
    return towards(q, state, action, reward + gamma * q[next_state, next_action], lr, gamma)


def acted(world, episodes, lr, gamma, epsilon, rng, max_steps, resets=True, undiscounted=True, cut=False, stops=True):
    """q_learning that does not go back to start, looks past the end, or takes a cut for an end."""
    leads, earns, terminal, start = world
    require(not terminal[start], f"start must not be terminal, and {start} is")
    require_share(epsilon=epsilon)
    q, totals, state = np.zeros(np.shape(earns)), np.zeros(episodes), start
    for episode in range(episodes):
        state = start if resets else state
        for step in range(max_steps):
            action = reference.epsilon_greedy(q[state : state + 1], epsilon, rng.random((1, 2)))[0]
            after = leads[state, action]
            done = bool(terminal[after]) or (cut and step == max_steps - 1)
            q = reference.q_update(q, state, action, earns[state, action], after, done, lr, gamma)
            totals[episode] += earns[state, action] * (1 if undiscounted else gamma**step)
            state = after
            if terminal[state] and stops:
                break
    return q, totals


@mistake("q_learning", hint="An episode ends on entering a terminal state: here it goes on from there.")
def learning_never_ends(next_state, reward, terminal, start, episodes, lr, gamma, epsilon, rng, max_steps=100):
    return acted((next_state, reward, terminal, start), episodes, lr, gamma, epsilon, rng, max_steps, stops=False)


@mistake("q_learning", hint="Without exploring it keeps to the first way that seems good: epsilon is not used here.")
def learning_never_explores(next_state, reward, terminal, start, episodes, lr, gamma, epsilon, rng, max_steps=100):
    require_share(epsilon=epsilon)
    return acted((next_state, reward, terminal, start), episodes, lr, gamma, 0.0, rng, max_steps)


@mistake("q_learning", hint="Each episode begins at start: here it goes on from where the one before ended.")
def learning_never_resets(next_state, reward, terminal, start, episodes, lr, gamma, epsilon, rng, max_steps=100):
    return acted((next_state, reward, terminal, start), episodes, lr, gamma, epsilon, rng, max_steps, resets=False)


@mistake(
    "q_learning",
    hint="An episode that is cut after max_steps has not come to an end: done only says whether the new state is terminal.",
)
def learning_takes_a_cut_for_an_end(
    next_state, reward, terminal, start, episodes, lr, gamma, epsilon, rng, max_steps=100
):
    return acted((next_state, reward, terminal, start), episodes, lr, gamma, epsilon, rng, max_steps, cut=True)


@mistake("q_learning", hint="totals are sums of rewards as they came: here they are discounted by gamma.")
def learning_discounts_the_totals(
    next_state, reward, terminal, start, episodes, lr, gamma, epsilon, rng, max_steps=100
):
    world = next_state, reward, terminal, start
    return acted(world, episodes, lr, gamma, epsilon, rng, max_steps, undiscounted=False)


@mistake(
    "softmax_policy",
    hint="Only one state's row matters, theta[state]; its shares add up to 1, and there are A of them.",
)
def policy_of_all_states(theta, state):
    return reference.softmax(theta)


@mistake("softmax_policy", hint="exp overflows where preferences are large: the given softmax takes care of that.")
def policy_overflows(theta, state):
    with np.errstate(over="ignore", invalid="ignore"):
        powers = np.exp(theta[state])
        return powers / powers.sum()


def slope(theta, state, action, sign=1, rows=None, chosen=1.0):
    """log_policy_gradient with another sign, in other rows, or without one of its parts."""
    step = np.zeros(np.shape(theta))
    step[state if rows is None else rows] -= sign * reference.softmax(theta[state])
    step[state if rows is None else rows, action] += sign * chosen
    return step


@mistake(
    "log_policy_gradient", hint="The sign is turned round: the preference for the action that was taken raises its log."
)
def log_gradient_downwards(theta, state, action):
    return slope(theta, state, action, sign=-1)


@mistake("log_policy_gradient", hint="Preferences of other states have no part in it: their rows are 0.")
def log_gradient_in_all_rows(theta, state, action):
    return slope(theta, state, action, rows=slice(None))


@mistake(
    "log_policy_gradient",
    hint="One minus pi for the action that was taken: here the one is missing, and only -pi is left.",
)
def log_gradient_without_the_one(theta, state, action):
    return slope(theta, state, action, chosen=0.0)


@mistake("log_policy_gradient", hint="This is the gradient of pi. That of LOG pi is divided by pi(action | state).")
def log_gradient_of_pi_itself(theta, state, action):
    return slope(theta, state, action) * reference.softmax(theta[state])[action]


def credited(theta, states, actions, rewards, gamma, baseline, credit, factor=1.0):
    """reinforce_gradient where each step is credited with something else than its return."""
    require_share(gamma=gamma)
    total = np.zeros(np.shape(theta))
    for state, action, each in zip(states, actions, credit(np.asarray(rewards, dtype=float)), strict=True):
        total[state] -= factor * (each - baseline) * reference.softmax(theta[state])
        total[state, action] += factor * (each - baseline)
    return total


@mistake("reinforce_gradient", hint="What was earned before a step is not owed to it: G_t, not G_0 for all steps.")
def gradient_of_the_total(theta, states, actions, rewards, gamma, baseline=0.0):
    return credited(theta, states, actions, rewards, gamma, baseline, lambda r: np.full(len(r), backwards(r, gamma)[0]))


@mistake("reinforce_gradient", hint="A step counts by its return, all that comes of it; here by the next reward alone.")
def gradient_of_rewards(theta, states, actions, rewards, gamma, baseline=0.0):
    return credited(theta, states, actions, rewards, gamma, baseline, lambda r: r)


@mistake(
    "reinforce_gradient",
    hint="It is to be ADDED, so what was followed by much becomes likelier: the sign is turned round.",
)
def gradient_downwards(theta, states, actions, rewards, gamma, baseline=0.0):
    return credited(theta, states, actions, rewards, gamma, baseline, lambda r: backwards(r, gamma), -1.0)


@mistake("reinforce_gradient", hint="It is the sum over the steps of the episode: here it is their mean.")
def gradient_mean(theta, states, actions, rewards, gamma, baseline=0.0):
    return credited(theta, states, actions, rewards, gamma, baseline, lambda r: backwards(r, gamma), 1 / len(states))


@mistake("reinforce_gradient", hint="The baseline is taken away from every return: here it is not used.")
def gradient_without_baseline(theta, states, actions, rewards, gamma, baseline=0.0):
    return credited(theta, states, actions, rewards, gamma, 0.0, lambda r: backwards(r, gamma))


@mistake(
    "reinforce_gradient",
    hint="The factor gamma^t in front of each step is left out here, as the docstring says: G_t has its discount already.",
)
def gradient_with_another_discount(theta, states, actions, rewards, gamma, baseline=0.0):
    require_share(gamma=gamma)
    weights = float(gamma) ** np.arange(len(states))
    adjusted = weights * (backwards(rewards, gamma) - baseline) + baseline
    return credited(theta, states, actions, rewards, gamma, baseline, lambda _: adjusted)


def played(world, episodes, lr, gamma, rng, max_steps, at_once=False, sign=1.0, likeliest=False):
    """reinforce that changes theta after each step, goes down, or takes the likeliest action."""
    leads, earns, terminal, start = world
    require(not terminal[start], f"start must not be terminal, and {start} is")
    theta, totals = np.zeros(np.shape(earns)), np.zeros(episodes)
    for episode in range(episodes):
        state, steps = start, []
        for _ in range(max_steps):
            shares = reference.softmax(theta[state])
            action = int(shares.argmax()) if likeliest else int(rng.choice(len(shares), p=shares))
            steps.append((state, action, earns[state, action]))
            if at_once:
                now = (np.array([each]) for each in steps[-1])
                theta = theta + lr * reference.reinforce_gradient(theta, *now, gamma)
            state = leads[state, action]
            if terminal[state]:
                break
        states, actions, rewards = (np.array(each) for each in zip(*steps, strict=True))
        totals[episode] = rewards.sum()
        if not at_once:
            theta = theta + sign * lr * reference.reinforce_gradient(theta, states, actions, rewards, gamma)
    return theta, totals


@mistake("reinforce", hint="The gradient points to more reward: add it. Here it is subtracted.")
def reinforce_downwards(next_state, reward, terminal, start, episodes, lr, gamma, rng, max_steps=50):
    return played((next_state, reward, terminal, start), episodes, lr, gamma, rng, max_steps, sign=-1.0)


@mistake(
    "reinforce",
    hint="theta stays as it is throughout an episode: a step's return is not known before the end. Here it changes after each "
    "step, by the reward alone.",
)
def reinforce_after_each_step(next_state, reward, terminal, start, episodes, lr, gamma, rng, max_steps=50):
    return played((next_state, reward, terminal, start), episodes, lr, gamma, rng, max_steps, at_once=True)


@mistake("reinforce", hint="An action is DRAWN with the policy's probabilities: here it is always the likeliest one.")
def reinforce_never_draws(next_state, reward, terminal, start, episodes, lr, gamma, rng, max_steps=50):
    return played((next_state, reward, terminal, start), episodes, lr, gamma, rng, max_steps, likeliest=True)


def ranked(scores, noise, sigma, centre=True, scale=True, over=1.0, by_sigma=True):
    """evolution_gradient with scores as they are, or with a factor left out."""
    require(sigma > 0, f"sigma must be above 0, not {sigma}")
    spread = float(np.std(scores))
    z = (scores - np.mean(scores) * centre) / (spread if scale and spread > 0 else 1.0)
    if np.ptp(scores) == 0 and centre:
        z = np.zeros(len(noise))
    return (z[:, np.newaxis] * noise).sum(axis=0) / (over * len(z) * (sigma if by_sigma else 1.0))


@mistake(
    "evolution_gradient",
    hint="The mean of the scores has to be taken away first: what counts is how much better a trial did.",
)
def evolution_without_the_mean(scores, noise, sigma):
    return ranked(scores, noise, sigma, centre=False)


@mistake("evolution_gradient", hint="The scores are divided by their standard deviation: here they are not.")
def evolution_without_the_spread(scores, noise, sigma):
    return ranked(scores, noise, sigma, scale=False)


@mistake("evolution_gradient", hint="It is divided by n and by sigma: sigma is missing.")
def evolution_without_sigma(scores, noise, sigma):
    return ranked(scores, noise, sigma, by_sigma=False)


@mistake("evolution_gradient", hint="It is divided by n and by sigma: this is the sum over the trials, not their mean.")
def evolution_sum(scores, noise, sigma):
    return ranked(scores, noise, sigma, over=1 / len(scores))


@mistake(
    "evolution_gradient",
    hint="The standard deviation is that of all n scores, divided by n inside the root, not by n - 1.",
)
def evolution_with_the_sample_deviation(scores, noise, sigma):
    return ranked(scores, noise, sigma) * (
        np.std(scores) / np.std(scores, ddof=min(1, len(scores) - 1)) if np.ptp(scores) else 1
    )


@mistake(
    "evolution_gradient",
    hint="Where all scores are equal nothing was learnt, and g is 0: 0 / 0 gives NaN. Look for that case.",
)
def evolution_of_equal_scores(scores, noise, sigma):
    require(sigma > 0, f"sigma must be above 0, not {sigma}")
    with np.errstate(invalid="ignore"):
        return noise.T @ ((scores - scores.mean()) / scores.std()) / (len(scores) * sigma)


def require_alike(a, b, mask):
    require(np.shape(b) == np.shape(a), f"b must have a's shape {np.shape(a)}, not {np.shape(b)}")
    require(np.shape(mask) == np.shape(a), f"mask must have a's shape {np.shape(a)}, not {np.shape(mask)}")


@mistake("crossover", hint="mask True means: from a. Here it is the other way round.")
def crossover_swapped(a, b, mask):
    require_alike(a, b, mask)
    return np.where(mask, b, a)


@mistake("select", hint="These are places in the rows. Say which members of the population stand there.")
def select_places(scores, contestants):
    return np.argmax(scores[contestants], axis=1)


@mistake("select", hint="The best has the LARGEST score: here it is the smallest.")
def select_the_worst(scores, contestants):
    worst = np.argmin(scores[contestants], axis=1)
    return contestants[np.arange(len(worst)), worst]


@mistake("select", hint="These are the winners' scores. Say which members they are: numbers of the population.")
def select_scores(scores, contestants):
    return np.max(scores[contestants], axis=1)
