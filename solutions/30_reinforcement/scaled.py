"""Returns, values, policies and gradients in torch, with inputs at any size."""

import numpy as np

from autograder import FunctionTwin


def discounted(torch, rewards, gamma):
    """As a product with a triangular matrix of powers of gamma."""
    steps = torch.arange(len(rewards))
    ahead = (steps[None, :] - steps[:, None]).to(rewards.dtype)
    return torch.where(ahead >= 0, gamma**ahead, 0.0) @ rewards


def chosen(torch, q, epsilon, uniforms):
    anything = torch.floor(uniforms[:, 1] * q.shape[1]).long()
    return torch.where(uniforms[:, 0] < epsilon, anything, q.argmax(dim=1))


def followed(torch, p, r, terminal, policy, gamma):
    """All states at once: rows of terminal ones say v = 0."""
    live = 1 - terminal.to(p.dtype)
    moves = torch.einsum("s,sa,sat->st", live, policy, p)
    return torch.linalg.solve(torch.eye(len(p), dtype=p.dtype) - gamma * moves, live * (policy * r).sum(dim=1))


def learnt(torch, q, state, action, reward, next_state, done, lr, gamma):
    place = torch.zeros_like(q)
    place[state, action] = 1
    return q + place * lr * (reward + gamma * q[next_state].max() - q)


def log_slope(torch, theta, state, action):
    theta = theta.clone().requires_grad_()
    torch.log_softmax(theta[state], dim=0)[action].backward()
    return theta.grad


def policy_slope(torch, theta, states, actions, rewards, gamma, baseline):
    """By autograd, of the sum of (return - baseline) * log pi."""
    theta = theta.clone().requires_grad_()
    logs = torch.log_softmax(theta, dim=1)[states, actions]
    ((discounted(torch, rewards, gamma) - baseline) * logs).sum().backward()
    return theta.grad


def evolved(torch, scores, noise, sigma):
    z = torch.nn.functional.layer_norm(scores, scores.shape, eps=0.0)
    return (z[:, None] * noise).mean(dim=0) / sigma


def world(rng, size):
    return {
        "p": rng.dirichlet(np.ones(size), size=(size, 3)),
        "r": rng.normal(size=(size, 3)),
        "terminal": np.arange(size) % 5 == 2,
        "policy": rng.dirichlet(np.ones(3), size=size),
        "gamma": 0.9,
    }


TWINS = [
    FunctionTwin(
        "returns", (16, 64, 512), lambda rng, size: {"rewards": rng.normal(size=size), "gamma": 0.9}, discounted
    ),
    FunctionTwin(
        "epsilon_greedy",
        (16, 1024, 65536),
        lambda rng, size: {"q": rng.normal(size=(size, 7)), "epsilon": 0.25, "uniforms": rng.random((size, 2))},
        chosen,
    ),
    FunctionTwin("policy_value", (8, 32, 128), world, followed, lambda size: 10 * size),
    FunctionTwin(
        "q_update",
        (8, 64, 1024),
        lambda rng, size: {
            "q": rng.normal(size=(size, size + 1)),
            **{"state": 0, "action": 1, "reward": 0.5, "next_state": size - 1, "done": False, "lr": 0.25, "gamma": 0.5},
        },
        learnt,
    ),
    FunctionTwin(
        "softmax_policy",
        (8, 64, 1024),
        lambda rng, size: {"theta": rng.normal(size=(size, 2 * size)), "state": size - 1},
        lambda torch, theta, state: torch.softmax(theta[state], dim=0),
    ),
    FunctionTwin(
        "log_policy_gradient",
        (8, 64, 1024),
        lambda rng, size: {"theta": rng.normal(size=(size, 2 * size)), "state": size - 1, "action": 3},
        log_slope,
    ),
    FunctionTwin(
        "reinforce_gradient",
        (8, 32, 128),
        lambda rng, size: {
            "theta": rng.normal(size=(size, 4)),
            "states": rng.integers(size, size=2 * size),
            "actions": rng.integers(4, size=2 * size),
            "rewards": rng.normal(size=2 * size),
            **{"gamma": 0.9, "baseline": 0.5},
        },
        policy_slope,
        lambda size: 4 * size,
    ),
    FunctionTwin(
        "evolution_gradient",
        (16, 128, 1024),
        lambda rng, size: {"scores": rng.normal(size=size), "noise": rng.normal(size=(size, size + 1)), "sigma": 0.5},
        evolved,
    ),
]
