"""Plain loops over states, actions, steps and trials, mostly without NumPy's arithmetic."""

import math

import numpy as np


def returns(rewards, gamma):
    require_share(gamma=gamma)
    rewards = np.asarray(rewards).tolist()
    found, later = [], 0.0
    for reward in reversed(rewards):
        later = reward + gamma * later
        found.insert(0, later)
    return np.array(found, dtype=float)


def running_mean(mean, value, count):
    require(count >= 1, "count must be at least 1")
    return (mean * (count - 1) + value) / count


def _first_best(row):
    row = [float(each) for each in row]
    return row.index(max(row))


def epsilon_greedy(q, epsilon, uniforms):
    require_share(epsilon=epsilon)
    require(np.shape(uniforms) == (len(q), 2), "uniforms do not fit")
    actions = []
    for row, (whether, which) in zip(q, uniforms.tolist(), strict=True):
        actions.append(math.floor(which * len(row)) if whether < epsilon else _first_best(row))
    return np.array(actions, dtype=int)


def policy_value(p, r, terminal, policy, gamma):
    """Gauss's elimination, row by row."""
    require_share(gamma=gamma)
    n, actions = r.shape
    rows = []
    for s in range(n):
        row = [1.0 if t == s else 0.0 for t in range(n)]
        right = 0.0
        if not terminal[s]:
            for a in range(actions):
                share = float(policy[s, a])
                right += share * float(r[s, a])
                for t, chance in enumerate(p[s, a].tolist()):
                    row[t] -= gamma * share * chance
        rows.append([*row, right])
    for k in range(n):
        top = max(range(k, n), key=lambda i: abs(rows[i][k]))
        rows[k], rows[top] = rows[top], rows[k]
        for i in range(n):
            factor = rows[i][k] / rows[k][k]
            if i != k and factor:
                rows[i] = [x - factor * y for x, y in zip(rows[i], rows[k], strict=True)]
    return np.array([rows[k][n] / rows[k][k] for k in range(n)])


def _prospects(p, r, gamma, value, s):
    found = []
    for a in range(r.shape[1]):
        ahead = sum(chance * v for chance, v in zip(p[s, a].tolist(), value, strict=True))
        found.append(float(r[s, a]) + gamma * ahead)
    return found


def value_iteration(p, r, terminal, gamma, tol=1e-10):
    require_share(gamma=gamma)
    require(tol > 0, "tol must be above 0")
    n = len(r)
    value = [0.0] * n
    for _ in range(100_000):
        new = [0.0 if terminal[s] else max(_prospects(p, r, gamma, value, s)) for s in range(n)]
        most = max(abs(x - y) for x, y in zip(new, value, strict=True))
        value = new
        if most <= tol:
            break
    policy = [0 if terminal[s] else _first_best(_prospects(p, r, gamma, value, s)) for s in range(n)]
    return np.array(value), np.array(policy)


def q_update(q, state, action, reward, next_state, done, lr, gamma):
    require_share(gamma=gamma)
    rows = [list(row) for row in q.tolist()]
    goal = reward
    if not done:
        goal += gamma * max(rows[next_state])
    rows[state][action] = (1 - lr) * rows[state][action] + lr * goal
    return np.array(rows)


def sarsa_update(q, state, action, reward, next_state, next_action, done, lr, gamma):
    require_share(gamma=gamma)
    rows = [list(row) for row in q.tolist()]
    goal = reward
    if not done:
        goal += gamma * rows[next_state][next_action]
    rows[state][action] = (1 - lr) * rows[state][action] + lr * goal
    return np.array(rows)


def q_learning(next_state, reward, terminal, start, episodes, lr, gamma, epsilon, rng, max_steps=100):
    require(not terminal[start], "start must not be terminal")
    require_share(epsilon=epsilon)
    leads, earns = next_state.tolist(), reward.tolist()
    q = [[0.0] * len(row) for row in earns]
    totals = []
    for _ in range(episodes):
        state, total = start, 0.0
        for _ in range(max_steps):
            if rng.random() < epsilon:
                action = int(rng.integers(len(q[state])))
            else:
                action = q[state].index(max(q[state]))
            after, earned = leads[state][action], earns[state][action]
            ahead = 0.0 if terminal[after] else max(q[after])
            q[state][action] += lr * (earned + gamma * ahead - q[state][action])
            total, state = total + earned, after
            if terminal[state]:
                break
        totals.append(total)
    return np.array(q), np.array(totals)


def softmax_policy(theta, state):
    row = theta[state].tolist()
    powers = [math.exp(each - max(row)) for each in row]
    return np.array([each / sum(powers) for each in powers])


def log_policy_gradient(theta, state, action):
    pi = softmax_policy(theta, state)
    gradient = np.zeros_like(theta)
    for b in range(theta.shape[1]):
        gradient[state, b] = (1.0 if b == action else 0.0) - pi[b]
    return gradient


def reinforce_gradient(theta, states, actions, rewards, gamma, baseline=0.0):
    require_share(gamma=gamma)
    gradient = np.zeros_like(theta)
    for t, (state, action) in enumerate(zip(states, actions, strict=True)):
        owed = sum(gamma**k * float(reward) for k, reward in enumerate(rewards[t:])) - baseline
        pi = softmax_policy(theta, state)
        for b in range(theta.shape[1]):
            gradient[state, b] += owed * ((b == action) - pi[b])
    return gradient


def reinforce(next_state, reward, terminal, start, episodes, lr, gamma, rng, max_steps=50):
    require(not terminal[start], "start must not be terminal")
    theta, totals = np.zeros(reward.shape), []
    for _ in range(episodes):
        state, seen, done, earned = start, [], [], []
        for _ in range(max_steps):
            left, action = float(rng.random()), -1
            for share in softmax_policy(theta, state).tolist():
                action += 1
                left -= share
                if left < 0:
                    break
            seen.append(state)
            done.append(action)
            earned.append(float(reward[state, action]))
            state = int(next_state[state, action])
            if terminal[state]:
                break
        theta = theta + lr * reinforce_gradient(theta, seen, done, earned, gamma)
        totals.append(math.fsum(earned))
    return theta, np.array(totals)


def evolution_gradient(scores, noise, sigma):
    require(sigma > 0, "sigma must be above 0")
    n, size = noise.shape
    scores = scores.tolist()
    if min(scores) == max(scores):
        return np.zeros(size)
    mean = math.fsum(scores) / n
    spread = math.sqrt(math.fsum((each - mean) ** 2 for each in scores) / n)
    g = [0.0] * size
    for score, row in zip(scores, noise.tolist(), strict=True):
        for d, each in enumerate(row):
            g[d] += (score - mean) / spread * each / (n * sigma)
    return np.array(g)


def crossover(a, b, mask):
    require(np.shape(b) == np.shape(a), "b does not fit a")
    require(np.shape(mask) == np.shape(a), "mask does not fit a")
    child = b.copy()
    for place in zip(*np.nonzero(mask), strict=True):
        child[place] = a[place]
    return child


def select(scores, contestants):
    winners = []
    for row in contestants.tolist():
        best = row[0]
        for member in row:
            if scores[member] > scores[best]:
                best = member
        winners.append(best)
    return np.array(winners)
