"""Matrix algebra: powers of gamma in a triangle, one-hot rows, worlds as Markov chains, Gumbel noise for the draws."""

import numpy as np


def returns(rewards, gamma):
    require_share(gamma=gamma)
    ahead = np.subtract.outer(np.arange(len(rewards)), np.arange(len(rewards))).T
    with np.errstate(divide="ignore"):
        powers = np.where(ahead >= 0, np.power(float(gamma), np.maximum(ahead, 0)), 0.0)
    return powers @ rewards


def running_mean(mean, value, count):
    require(count >= 1, "count must be at least 1")
    share = 1 / count
    return (1 - share) * mean + share * value


def epsilon_greedy(q, epsilon, uniforms):
    require_share(epsilon=epsilon)
    require(np.shape(uniforms) == (len(q), 2), "uniforms do not fit")
    whether, which = np.transpose(uniforms)
    actions = np.argmax(q == q.max(axis=1, keepdims=True), axis=1)
    exploring = np.flatnonzero(whether < epsilon)
    actions[exploring] = np.floor(which[exploring] * q.shape[1])
    return actions


def policy_value(p, r, terminal, policy, gamma):
    require_share(gamma=gamma)
    live = np.diag(1.0 - np.asarray(terminal))
    moves = live @ np.squeeze(policy[:, np.newaxis] @ p, axis=1)
    return np.linalg.inv(np.eye(len(p)) - gamma * moves) @ live @ np.sum(policy * r, axis=1)


def value_iteration(p, r, terminal, gamma, tol=1e-10):
    require_share(gamma=gamma)
    require(tol > 0, "tol must be above 0")
    states, actions = r.shape
    flat = p.reshape(states * actions, states)
    value = np.zeros(states)
    for _ in range(1_000_000):
        q = r + gamma * (flat @ value).reshape(states, actions)
        old, value = value, np.amax(q, axis=1)
        value[terminal] = 0
        if np.all(np.abs(old - value) <= tol):
            break
    policy = np.argmax(r + gamma * (flat @ value).reshape(states, actions), axis=1)
    policy[terminal] = 0
    return value, policy


def _towards(q, state, action, goal, lr):
    place = np.zeros_like(q)
    place[state, action] = 1
    return q + lr * place * (goal - q)


def q_update(q, state, action, reward, next_state, done, lr, gamma):
    require_share(gamma=gamma)
    return _towards(q, state, action, reward + gamma * (1 - done) * np.max(q[next_state]), lr)


def sarsa_update(q, state, action, reward, next_state, next_action, done, lr, gamma):
    require_share(gamma=gamma)
    return _towards(q, state, action, reward + gamma * (1 - done) * q[next_state][next_action], lr)


def q_learning(next_state, reward, terminal, start, episodes, lr, gamma, epsilon, rng, max_steps=100):
    require(not terminal[start], "start must not be terminal")
    require_share(epsilon=epsilon)
    q, totals = np.zeros_like(reward), []
    for _ in range(episodes):
        state, earned = start, []
        for draws in rng.random((max_steps, 1, 2)):
            action = int(epsilon_greedy(q[state : state + 1], epsilon, draws).item())
            earned.append(reward[state, action])
            old, state = state, int(next_state[state, action])
            q = q_update(q, old, action, earned[-1], state, bool(terminal[state]), lr, gamma)
            if terminal[state]:
                break
        totals.append(np.sum(earned))
    return q, np.array(totals)


def softmax_policy(theta, state):
    row = theta[state] - np.max(theta[state])
    return np.exp(row - np.log(np.sum(np.exp(row))))


def log_policy_gradient(theta, state, action):
    states, actions = theta.shape
    return np.outer(np.eye(states)[state], np.eye(actions)[action] - softmax_policy(theta, state))


def reinforce_gradient(theta, states, actions, rewards, gamma, baseline=0.0):
    require_share(gamma=gamma)
    where, what = np.eye(theta.shape[0])[states], np.eye(theta.shape[1])[actions]
    better = returns(rewards, gamma) - baseline
    return (where * better[:, np.newaxis]).T @ (what - softmax(where @ theta))


def reinforce(next_state, reward, terminal, start, episodes, lr, gamma, rng, max_steps=50):
    require(not terminal[start], "start must not be terminal")
    theta, totals = np.zeros_like(reward), np.zeros(episodes)
    for episode in range(episodes):
        state, walk = start, []
        for noise in rng.gumbel(size=(max_steps, reward.shape[1])):
            action = int(np.argmax(theta[state] + noise))
            walk.append((state, action))
            state = int(next_state[state, action])
            if terminal[state]:
                break
        states, actions = np.array(walk).T
        totals[episode] = reward[states, actions].sum()
        theta += lr * reinforce_gradient(theta, states, actions, reward[states, actions], gamma)
    return theta, totals


def evolution_gradient(scores, noise, sigma):
    require(sigma > 0, "sigma must be above 0")
    if np.all(scores == scores[0]):
        return 0 * noise[0]
    z = (scores - np.mean(scores)) / np.sqrt(np.var(scores))
    return np.einsum("i,id->d", z, noise) / (len(z) * sigma)


def crossover(a, b, mask):
    require(np.shape(b) == np.shape(a), "b does not fit a")
    require(np.shape(mask) == np.shape(a), "mask does not fit a")
    return np.choose(mask.astype(int), (b, a))


def select(scores, contestants):
    order = np.argsort(-scores[contestants], axis=1, kind="stable")
    return np.take_along_axis(contestants, order, axis=1)[:, 0]
