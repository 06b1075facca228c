"""Hidden checks: random worlds, exact solutions by linear algebra and enumeration, four short trainings, manners."""

import itertools

import numpy as np
import pytest

from autograder import (
    Mismatch,
    assert_close,
    assert_gradients,
    assert_inputs_unchanged,
    assert_refuses,
    no_warnings,
)

GRID = ("...G", ".#.P", "S...")
BEST = 0.84  # five moves: four of -0.04, then the goal


def random_world(rng, states, actions, ends=1):
    """p, r, terminal, whose terminal states lead on and earn something, which must not count."""
    p = rng.dirichlet(np.ones(states), size=(states, actions))
    terminal = np.zeros(states, dtype=bool)
    terminal[rng.permutation(states)[:ends]] = True
    return p, rng.normal(size=(states, actions)), terminal


def random_policy(rng, states, actions):
    return rng.dirichlet(np.ones(actions), size=states)


def maze(rng, states, actions, cost=None):
    """A deterministic world: from each state one of the actions leads to the next, and the last state is the end, whose row
    leads on and earns something, which must not count."""
    leads = rng.integers(states - 1, size=(states, actions))
    earns = rng.normal(size=(states, actions)) if cost is None else rng.uniform(-2 * cost, -cost, (states, actions))
    leads[np.arange(states), rng.integers(actions, size=states)] = np.minimum(np.arange(1, states + 1), states - 1)
    leads[-1] = rng.integers(states - 1, size=actions)
    return leads, earns, np.arange(states) == states - 1, 0


def endless(rng, states, actions):
    """A deterministic world without an end."""
    return (
        rng.integers(states, size=(states, actions)),
        rng.normal(size=(states, actions)),
        np.zeros(states, dtype=bool),
        0,
    )


def best_of_all(p, r, terminal, gamma):
    """Values of the best of all deterministic policies, each solved for by linear equations."""
    live = np.flatnonzero(~terminal)
    best = np.full(len(p), -np.inf)
    for chosen in itertools.product(range(p.shape[1]), repeat=len(live)):
        values = np.zeros(len(p))
        moves = p[live, chosen][:, live]
        values[live] = np.linalg.solve(np.eye(len(live)) - gamma * moves, r[live, chosen])
        best = np.maximum(best, values)
    return best


@pytest.mark.exercise("returns")
class TestReturns:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("steps, gamma", [(5, 0.9), (8, 0.5), (3, 1.0)])
    def test_values(self, student, reference, rng, steps, gamma):
        rewards = rng.normal(size=steps)
        assert_close(student.returns(rewards, gamma), reference.returns(rewards, gamma), name="G")

    @pytest.mark.weight(0.5)
    def test_whole_numbers(self, student, reference, rng):
        rewards = rng.integers(1, 9, size=6)
        assert_close(student.returns(rewards, 0.7), reference.returns(rewards, 0.7), name="G")

    @pytest.mark.weight(0.5)
    @pytest.mark.rests_on("test_values")
    @pytest.mark.parametrize("steps, gamma", [(1, 0.5), (4, 0.0), (1030, 0.99)])
    def test_sizes(self, student, reference, rng, steps, gamma):
        rewards = rng.normal(size=steps)
        assert_close(student.returns(rewards, gamma), reference.returns(rewards, gamma), name="G")

    @pytest.mark.rests_on("test_values")
    @pytest.mark.weight(0.5)
    def test_nothing_was_done(self, student):
        assert_close(student.returns(np.zeros(0), 0.9), np.zeros(0), name="G")

    @pytest.mark.after("test_values")
    def test_keeps_rewards(self, student, rng):
        assert_inputs_unchanged(student.returns, rng.normal(size=5), 0.8)

    @pytest.mark.after("test_values")
    def test_bad_gamma(self, student, rng):
        for gamma in (-0.1, 1.1):
            assert_refuses(student.returns, "gamma", rng.normal(size=4), gamma)


@pytest.mark.exercise("running_mean")
class TestRunningMean:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("count", [2, 7, 1030])
    def test_values(self, student, rng, count):
        mean, value = map(float, rng.normal(size=2))
        assert_close(
            student.running_mean(mean, value, count), (mean * (count - 1) + value) / count, rtol=1e-9, name="the mean"
        )

    def test_the_first(self, student, rng):
        mean, value = map(float, rng.normal(size=2))
        assert_close(student.running_mean(mean, value, 1), value, name="the mean")

    @pytest.mark.after("test_values")
    def test_bad_count(self, student):
        assert_refuses(student.running_mean, "count", 1.0, 2.0, 0)


@pytest.mark.exercise("epsilon_greedy")
class TestEpsilonGreedy:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("rows, actions, epsilon", [(40, 3, 0.4), (30, 5, 0.7), (50, 2, 0.5)])
    def test_values(self, student, reference, rng, rows, actions, epsilon):
        arguments = rng.normal(size=(rows, actions)), epsilon, rng.random((rows, 2))
        assert_close(student.epsilon_greedy(*arguments), reference.epsilon_greedy(*arguments), name="actions")

    def test_first_of_the_best(self, student, rng):
        q = rng.integers(0, 2, size=(30, 4)).astype(float)
        first = np.array([int(np.flatnonzero(row == row.max())[0]) for row in q])
        assert_close(student.epsilon_greedy(q, 0.0, rng.random((30, 2))), first, name="actions")

    def test_always_anything(self, student, rng):
        uniforms = rng.random((40, 2))
        expected = np.floor(uniforms[:, 1] * 6).astype(int)
        assert_close(student.epsilon_greedy(rng.normal(size=(40, 6)), 1.0, uniforms), expected, name="actions")

    @pytest.mark.weight(0.5)
    def test_at_the_edges(self, student, reference, rng):
        # A draw that is equal to epsilon does not explore, and neither draw reaches 1.
        draws = np.array([[0.25, 0.99], [0.0, 0.0], [0.24999, 1 - 2**-53], [0.25, 0.0]])
        arguments = rng.normal(size=(8, 5)), 0.25, draws[rng.permutation(np.tile(np.arange(4), 2))]
        assert_close(student.epsilon_greedy(*arguments), reference.epsilon_greedy(*arguments), name="actions")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("rows, actions", [(1, 4), (6, 70), (200, 3)])
    def test_sizes(self, student, reference, rng, rows, actions):
        arguments = rng.normal(size=(rows, actions)), 0.5, rng.random((rows, 2))
        assert_close(student.epsilon_greedy(*arguments), reference.epsilon_greedy(*arguments), name="actions")

    @pytest.mark.after("test_values")
    def test_keeps_inputs(self, student, rng):
        assert_inputs_unchanged(student.epsilon_greedy, rng.normal(size=(5, 3)), 0.5, rng.random((5, 2)))

    @pytest.mark.after("test_values")
    def test_bad_arguments(self, student, rng):
        assert_refuses(student.epsilon_greedy, "epsilon", rng.normal(size=(5, 3)), 1.5, rng.random((5, 2)))
        assert_refuses(student.epsilon_greedy, "uniforms", rng.normal(size=(5, 3)), 0.5, rng.random((4, 2)))


@pytest.mark.exercise("policy_value")
class TestPolicyValue:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("states, actions, gamma", [(4, 2, 0.9), (6, 3, 0.5)])
    def test_without_an_end(self, student, reference, rng, states, actions, gamma):
        p, r, terminal = random_world(rng, states, actions, ends=0)
        arguments = p, r, terminal, random_policy(rng, states, actions), gamma
        assert_close(student.policy_value(*arguments), reference.policy_value(*arguments), name="v")

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("states, actions, ends", [(5, 2, 1), (7, 3, 3)])
    def test_with_an_end(self, student, reference, rng, states, actions, ends):
        arguments = *random_world(rng, states, actions, ends), random_policy(rng, states, actions), 0.9
        assert_close(student.policy_value(*arguments), reference.policy_value(*arguments), name="v")

    def test_gamma_one(self, student, reference, rng):
        arguments = *random_world(rng, 5, 3), random_policy(rng, 5, 3), 1.0
        assert_close(student.policy_value(*arguments), reference.policy_value(*arguments), name="v")

    def test_a_fixed_choice(self, student, rng):
        # A maze walked by one action a state: the value is the sum along the way.
        leads, earns, terminal, state = maze(rng, 6, 3)
        onwards = np.array([int(np.flatnonzero(row == s + 1)[0]) for s, row in enumerate(leads[:-1])] + [0])
        value = student.policy_value(np.eye(6)[leads], earns, terminal, np.eye(3)[onwards], 0.8)
        expected = sum(0.8**s * float(earns[s, onwards[s]]) for s in range(5))
        if type(value) is not np.ndarray or value.shape != (6,):
            assert_close(value, np.zeros(6), name="v")  # says what it is instead
        assert_close(float(value[state]), expected, name="v of the first state")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize(
        "states, actions, ends, gamma", [(1, 2, 0, 0.5), (66, 3, 2, 0.9), (4, 3, 4, 0.9), (5, 1, 1, 0.0)]
    )
    def test_sizes(self, student, reference, rng, states, actions, ends, gamma):
        arguments = *random_world(rng, states, actions, ends), random_policy(rng, states, actions), gamma
        assert_close(student.policy_value(*arguments), reference.policy_value(*arguments), name="v")

    @pytest.mark.after("test_without_an_end")
    def test_keeps_inputs(self, student, rng):
        assert_inputs_unchanged(student.policy_value, *random_world(rng, 4, 2), random_policy(rng, 4, 2), 0.9)

    @pytest.mark.after("test_without_an_end")
    def test_bad_gamma(self, student, rng):
        for gamma in (-0.1, 1.1):
            assert_refuses(student.policy_value, "gamma", *random_world(rng, 4, 2), random_policy(rng, 4, 2), gamma)


@pytest.mark.exercise("value_iteration")
class TestValueIteration:
    def asked(self, student, expected, world, *settings):
        """Values and policy; a policy is right where no other action is better by more than rounding."""
        p, r, terminal = world
        answer = student.value_iteration(*world, *settings)
        if type(answer) is not tuple or len(answer) != 2:
            raise Mismatch("(v, policy) expected, a tuple of two arrays")
        value, policy = answer
        assert_close(value, expected, rtol=1e-7, atol=1e-8, name="v")
        best = np.where(terminal, 0, (r + settings[0] * p @ expected).argmax(axis=1))
        assert_close(policy, best, name="policy")

    @pytest.mark.weight(3)
    @pytest.mark.parametrize("states, actions, ends", [(4, 2, 0), (4, 3, 0), (4, 3, 1), (5, 2, 2)])
    def test_against_all_policies(self, student, rng, states, actions, ends):
        world = random_world(rng, states, actions, ends)
        self.asked(student, best_of_all(*world, 0.8), world, 0.8)

    @pytest.mark.parametrize("gamma, tol", [(0.9, 0.3), (0.9, 0.05), (0.5, 0.1), (0.8, 1.0)])
    def test_stops_in_time(self, student, reference, rng, gamma, tol):
        world = random_world(rng, 6, 2)
        assert_close(
            student.value_iteration(*world, gamma, tol),
            reference.value_iteration(*world, gamma, tol),
            name="(v, policy)",
        )

    @pytest.mark.weight(0.5)
    def test_a_change_of_exactly_tol(self, student, rng):
        # Whole numbers, so that nothing is rounded: the first sweep changes some value by tol, and none by more.
        p, r = np.eye(5)[rng.integers(5, size=(5, 3))], rng.integers(1, 9, size=(5, 3)).astype(float)
        answer = student.value_iteration(p, r, np.zeros(5, dtype=bool), 0.5, float(r.max()))
        if type(answer) is not tuple or len(answer) != 2:
            raise Mismatch("(v, policy) expected, a tuple of two arrays")
        assert_close(answer[0], r.max(axis=1), name="v")

    @pytest.mark.weight(0.5)
    def test_gamma_one(self, student, rng):
        world = random_world(rng, 4, 2)
        self.asked(student, best_of_all(*world, 1.0), world, 1.0)

    @pytest.mark.weight(0.5)
    def test_all_costs(self, student, rng):
        p, r, terminal = random_world(rng, 4, 3)
        world = p, -1 - np.abs(r), terminal
        self.asked(student, best_of_all(*world, 0.8), world, 0.8)

    @pytest.mark.weight(0.5)
    @pytest.mark.rests_on("test_against_all_policies")
    def test_first_of_the_best(self, student, rng):
        # All actions do the same, but for one that is worse.
        p, r, terminal = random_world(rng, 5, 1)
        p, r = np.tile(p, (1, 4, 1)), np.tile(r, (1, 4))
        worse = rng.integers(4, size=5)
        r[np.arange(5), worse] -= 1
        _, policy = student.value_iteration(p, r, terminal, 0.5)
        assert_close(policy, np.where((worse == 0) & ~terminal, 1, 0), name="policy")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize(
        "states, actions, ends, gamma", [(66, 3, 2, 0.7), (3, 70, 1, 0.7), (4, 2, 4, 0.7), (5, 1, 1, 0.0)]
    )
    def test_sizes(self, student, reference, rng, states, actions, ends, gamma):
        world = random_world(rng, states, actions, ends)
        self.asked(student, reference.value_iteration(*world, gamma)[0], world, gamma)

    @pytest.mark.after("test_against_all_policies")
    def test_keeps_inputs(self, student, rng):
        assert_inputs_unchanged(student.value_iteration, *random_world(rng, 4, 2), 0.5)

    @pytest.mark.after("test_against_all_policies")
    def test_bad_settings(self, student, rng):
        assert_refuses(student.value_iteration, "gamma", *random_world(rng, 4, 2), 1.1)
        assert_refuses(student.value_iteration, "tol", *random_world(rng, 4, 2), 0.5, 0.0)


def moved(rng, states, actions, done=False):
    """Arguments of q_update: q, state, action, reward, next_state, done, lr, gamma."""
    state, after = (int(each) for each in rng.permutation(states)[:2])
    q, action = rng.normal(size=(states, actions)), int(rng.integers(actions))
    return q, state, action, float(rng.normal()), after, done, 0.3, 0.8


@pytest.mark.exercise("q_update")
class TestQUpdate:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("states, actions", [(4, 3), (5, 2), (3, 6)])
    def test_values(self, student, reference, rng, states, actions):
        arguments = moved(rng, states, actions)
        assert_close(student.q_update(*arguments), reference.q_update(*arguments), name="q")

    @pytest.mark.parametrize("states, actions", [(4, 3), (2, 5)])
    def test_the_end(self, student, reference, rng, states, actions):
        arguments = moved(rng, states, actions, done=True)
        assert_close(student.q_update(*arguments), reference.q_update(*arguments), name="q")

    @pytest.mark.weight(0.5)
    def test_back_where_it_was(self, student, reference, rng):
        q, state, action, reward, _, done, lr, gamma = moved(rng, 4, 3)
        arguments = q, state, action, reward, state, done, lr, gamma
        assert_close(student.q_update(*arguments), reference.q_update(*arguments), name="q")

    @pytest.mark.weight(0.5)
    def test_only_bad_prospects(self, student, reference, rng):
        q, *rest = moved(rng, 4, 3)
        q = -1 - np.abs(q)
        assert_close(student.q_update(q, *rest), reference.q_update(q, *rest), name="q")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("states, actions", [(2, 1), (3, 70), (130, 2)])
    def test_sizes(self, student, reference, rng, states, actions):
        arguments = moved(rng, states, actions)
        assert_close(student.q_update(*arguments), reference.q_update(*arguments), name="q")

    @pytest.mark.after("test_values")
    def test_keeps_q(self, student, rng):
        assert_inputs_unchanged(student.q_update, *moved(rng, 4, 3))

    @pytest.mark.after("test_values")
    def test_bad_gamma(self, student, rng):
        assert_refuses(student.q_update, "gamma", *moved(rng, 4, 3)[:-1], 1.1)


def moved_on(rng, states, actions, done=False):
    """Arguments of sarsa_update; the next action is not the best."""
    q, state, action, reward, after, done, lr, gamma = moved(rng, states, actions, done)
    worst = int(q[after].argmin())
    return q, state, action, reward, after, worst, done, lr, gamma


@pytest.mark.exercise("sarsa_update")
class TestSarsaUpdate:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("states, actions", [(4, 3), (5, 2), (3, 6)])
    def test_values(self, student, reference, rng, states, actions):
        arguments = moved_on(rng, states, actions)
        assert_close(student.sarsa_update(*arguments), reference.sarsa_update(*arguments), name="q")

    @pytest.mark.parametrize("states, actions", [(4, 3), (2, 5)])
    def test_the_end(self, student, reference, rng, states, actions):
        arguments = moved_on(rng, states, actions, done=True)
        assert_close(student.sarsa_update(*arguments), reference.sarsa_update(*arguments), name="q")

    @pytest.mark.weight(0.5)
    def test_the_same_again(self, student, reference, rng):
        q, state, action, reward, _, _, done, lr, gamma = moved_on(rng, 4, 3)
        arguments = q, state, action, reward, state, action, done, lr, gamma
        assert_close(student.sarsa_update(*arguments), reference.sarsa_update(*arguments), name="q")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("states, actions", [(2, 1), (3, 70), (130, 2)])
    def test_sizes(self, student, reference, rng, states, actions):
        arguments = moved_on(rng, states, actions)
        assert_close(student.sarsa_update(*arguments), reference.sarsa_update(*arguments), name="q")

    @pytest.mark.after("test_values")
    def test_keeps_q(self, student, rng):
        assert_inputs_unchanged(student.sarsa_update, *moved_on(rng, 4, 3))

    @pytest.mark.after("test_values")
    def test_bad_gamma(self, student, rng):
        assert_refuses(student.sarsa_update, "gamma", *moved_on(rng, 4, 3)[:-1], 1.1)


def learnt(answer, shape, episodes, name):
    """The two arrays of q_learning or reinforce, after a look at their shapes."""
    if type(answer) is not tuple or len(answer) != 2:
        raise Mismatch(f"({name}, totals) expected, a tuple of two arrays")
    for each, (what, expected) in zip(answer, ((name, shape), ("totals", (episodes,))), strict=True):
        if type(each) is not np.ndarray or each.shape != expected or not np.isfinite(each).all():
            assert_close(each, np.zeros(expected), name=what)  # says what it is instead
    return answer


def walked(q, world, steps=20):
    """What the best actions earn on the way."""
    leads, earns, terminal, state = world
    earned = 0.0
    for _ in range(steps):
        action = int(q[state].argmax())
        earned, state = earned + float(earns[state, action]), int(leads[state, action])
        if terminal[state]:
            break
    return earned


@pytest.mark.exercise("q_learning")
class TestQLearning:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("states, episodes, lr", [(4, 1, 0.5), (5, 6, 0.3), (3, 9, 0.9)])
    def test_no_choice(self, student, reference, rng, states, episodes, lr):
        world = maze(rng, states, 1)
        settings = episodes, lr, 0.8, 0.3
        expected = reference.q_learning(*world, *settings, np.random.default_rng(0))
        assert_close(student.q_learning(*world, *settings, rng), expected, name="(q, totals)")

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("states, actions, episodes", [(4, 2, 3), (5, 3, 8)])
    def test_greedy(self, student, reference, rng, states, actions, episodes):
        # Without exploring there is nothing to draw.
        world = maze(rng, states, actions, cost=0.5)
        settings = episodes, 0.5, 0.9, 0.0
        expected = reference.q_learning(*world, *settings, np.random.default_rng(0))
        assert_close(student.q_learning(*world, *settings, rng), expected, name="(q, totals)")

    @pytest.mark.weight(2)
    def test_exact_solution(self, student, rng):
        # In a world without chance, with lr 1 and steps that all cost something, q becomes exactly what linear equations say.
        leads, earns, terminal, start = maze(rng, 4, 2, cost=1.0)
        best = best_of_all(np.eye(4)[leads], earns, terminal, 0.95)
        answer = student.q_learning(leads, earns, terminal, start, 150, 1.0, 0.95, 1.0, rng, 40)
        q, _ = learnt(answer, (4, 2), 150, "q")
        expected = (earns + 0.95 * best[leads]) * ~terminal[:, np.newaxis]
        assert_close(q, expected, rtol=1e-9, atol=1e-9, name="q")

    @pytest.mark.weight(2)
    def test_learns_the_grid(self, student, reference, rng):
        # In 100 of 100 seeds it took the shortest way.
        world = reference.grid_world(GRID)
        q, totals = learnt(student.q_learning(*world, 300, 0.5, 0.95, 0.2, rng), (12, 4), 300, "q")
        earned = walked(q, world)
        if abs(earned - BEST) > 1e-9:
            raise Mismatch(f"after 300 episodes the best actions earn {earned:.2f} on the grid; {BEST} expected")
        if not (totals <= BEST + 1e-9).all():
            raise Mismatch(
                f"an episode's total is {totals.max():.2f}, but no way through the grid earns more than {BEST}"
            )

    def test_explores_as_often_as_epsilon_says(self, student, rng):
        # One step, four actions, of which the first earns 1: it is the best from then on. 0.4 * 3/4 of the steps earn nothing.
        leads, earns = np.array([[1] * 4, [1] * 4]), np.array([[1.0, 0, 0, 0], [0.0] * 4])
        answer = student.q_learning(leads, earns, np.array([False, True]), 0, 400, 0.5, 0.9, 0.4, rng)
        _, totals = learnt(answer, (2, 4), 400, "q")
        share = float(np.mean(totals == 0))
        if not 0.18 <= share <= 0.42:
            raise Mismatch(
                f"with epsilon 0.4 and four actions, {share:.2f} of the steps took another than the best; 0.3 expected"
            )

    @pytest.mark.parametrize("most", [1, 7])
    def test_ends_after_max_steps(self, student, reference, rng, most):
        # The last step of a cut episode still looks ahead: it was no end of the world.
        world = endless(rng, 4, 2)
        settings = 5, 0.5, 0.9, 0.0
        expected = reference.q_learning(*world, *settings, np.random.default_rng(0), most)
        assert_close(student.q_learning(*world, *settings, rng, most), expected, name="(q, totals)")

    @pytest.mark.weight(0.5)
    def test_another_start(self, student, reference, rng):
        leads, earns, terminal, _ = maze(rng, 6, 2, cost=0.5)
        settings = 3, 6, 0.5, 0.9, 0.0
        expected = reference.q_learning(leads, earns, terminal, *settings, np.random.default_rng(0))
        assert_close(student.q_learning(leads, earns, terminal, *settings, rng), expected, name="(q, totals)")

    @pytest.mark.weight(0.5)
    def test_a_hundred_steps_at_most(self, student, reference, rng):
        world = endless(rng, 3, 1)
        expected = reference.q_learning(*world, 1, 0.5, 0.9, 0.0, np.random.default_rng(0))
        assert_close(student.q_learning(*world, 1, 0.5, 0.9, 0.0, rng), expected, name="(q, totals)")

    @pytest.mark.weight(0.5)
    @pytest.mark.rests_on("test_learns_the_grid")
    def test_repeats_with_its_rng(self, student, rng):
        world = maze(rng, 5, 3)
        first, same, *others = (
            student.q_learning(*world, 6, 0.5, 0.9, 0.7, np.random.default_rng(seed), 20)[1]
            for seed in (3, *range(3, 9))
        )
        assert_close(same, first, name="totals with an equal rng")
        if all(np.array_equal(other, first) for other in others):
            raise Mismatch("the totals are the same for every rng: draw from the rng that is given")

    @pytest.mark.after("test_greedy")
    def test_keeps_the_world(self, student, rng):
        def run(*world):
            return student.q_learning(*world, 0, 3, 0.5, 0.9, 0.5, np.random.default_rng(0), 20)

        assert_inputs_unchanged(run, *maze(rng, 5, 2)[:3])

    @pytest.mark.after("test_greedy")
    def test_bad_arguments(self, student, rng):
        leads, earns, terminal, start = maze(rng, 4, 2)
        assert_refuses(student.q_learning, "start", leads, earns, terminal, 3, 2, 0.5, 0.9, 0.5, rng)
        assert_refuses(student.q_learning, "epsilon", leads, earns, terminal, start, 2, 0.5, 0.9, 1.5, rng)


@pytest.mark.exercise("softmax_policy")
class TestSoftmaxPolicy:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("states, actions", [(4, 3), (2, 5), (1, 70)])
    def test_values(self, student, rng, states, actions):
        theta, state = rng.normal(size=(states, actions)), int(rng.integers(states))
        powers = np.exp(theta[state])
        assert_close(student.softmax_policy(theta, state), powers / powers.sum(), name="pi")

    def test_large_preferences(self, student, rng):
        theta = 1000.0 * rng.permutation(12).reshape(3, 4)
        state = int(rng.integers(3))
        pi = student.softmax_policy(theta, state)
        assert_close(pi, (np.arange(4) == theta[state].argmax()).astype(float), name="pi")

    @pytest.mark.after("test_values")
    def test_keeps_theta(self, student, rng):
        assert_inputs_unchanged(student.softmax_policy, rng.normal(size=(3, 4)), 1)


@pytest.mark.exercise("log_policy_gradient")
class TestLogPolicyGradient:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("states, actions", [(4, 3), (2, 5), (5, 2)])
    def test_values(self, student, reference, rng, states, actions):
        arguments = rng.normal(size=(states, actions)), int(rng.integers(states)), int(rng.integers(actions))
        assert_close(
            student.log_policy_gradient(*arguments), reference.log_policy_gradient(*arguments), name="gradient"
        )

    @pytest.mark.weight(2)
    def test_central_differences(self, student, rng):
        theta, state, action = rng.normal(size=(4, 3)), int(rng.integers(4)), int(rng.integers(3))
        gradient = student.log_policy_gradient(theta, state, action)

        def log_pi(theta):
            return np.array([theta[state, action] - np.log(np.exp(theta[state]).sum())])

        assert_gradients(log_pi, {"theta": theta}, np.array([1.7]), [gradient * 1.7], rng)

    @pytest.mark.weight(0.5)
    @pytest.mark.rests_on("test_values")
    @pytest.mark.parametrize("states, actions", [(1, 4), (3, 1), (2, 70), (130, 2)])
    def test_sizes(self, student, reference, rng, states, actions):
        arguments = rng.normal(size=(states, actions)), int(rng.integers(states)), int(rng.integers(actions))
        assert_close(
            student.log_policy_gradient(*arguments), reference.log_policy_gradient(*arguments), name="gradient"
        )

    @pytest.mark.weight(0.5)
    def test_large_preferences(self, student, reference, rng):
        arguments = 1000.0 * rng.permutation(12).reshape(3, 4), int(rng.integers(3)), int(rng.integers(4))
        assert_close(
            student.log_policy_gradient(*arguments), reference.log_policy_gradient(*arguments), name="gradient"
        )

    @pytest.mark.after("test_values")
    def test_keeps_theta(self, student, rng):
        assert_inputs_unchanged(student.log_policy_gradient, rng.normal(size=(3, 4)), 1, 2)


def episode(rng, states, actions, steps):
    """theta, states, actions, rewards."""
    theta = rng.normal(size=(states, actions))
    return theta, rng.integers(states, size=steps), rng.integers(actions, size=steps), rng.normal(size=steps)


@pytest.mark.exercise("reinforce_gradient")
class TestReinforceGradient:
    def asked(self, student, reference, *arguments):
        got = student.reinforce_gradient(*arguments)
        assert_close(got, reference.reinforce_gradient(*arguments), name="gradient")

    def test_one_step(self, student, reference, rng):
        self.asked(student, reference, *episode(rng, 3, 4, 1), 0.9)

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("gamma", [0.9, 0.5, 1.0])
    def test_each_state_once(self, student, reference, rng, gamma):
        theta, _, actions, rewards = episode(rng, 5, 3, 4)
        self.asked(student, reference, theta, rng.permutation(5)[:4], actions, rewards, gamma)

    @pytest.mark.parametrize("states, actions, steps", [(3, 2, 8), (2, 4, 6)])
    def test_states_again(self, student, reference, rng, states, actions, steps):
        self.asked(student, reference, *episode(rng, states, actions, steps), 0.8)

    @pytest.mark.parametrize("baseline", [0.7, -2.0])
    def test_baseline(self, student, reference, rng, baseline):
        self.asked(student, reference, *episode(rng, 4, 3, 5), 0.9, baseline)

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("baseline", [0.0, 1.5])
    def test_expected_return(self, student, rng, baseline):
        # All ways of length 3 through a world of two actions, each as likely as its policy makes it.
        leads, earns, _, _ = endless(rng, 3, 2)
        theta = rng.normal(size=(3, 2))
        ways = []
        for actions in itertools.product(range(2), repeat=3):
            states = [0]
            for action in actions[:-1]:
                states.append(int(leads[states[-1], action]))
            ways.append((np.array(states), np.array(actions)))

        def chance(theta, way):
            shares = np.exp(theta) / np.exp(theta).sum(axis=1, keepdims=True)
            return float(np.prod(shares[way]))

        def expected(theta):
            return np.array([sum(chance(theta, way) * float(earns[way].sum()) for way in ways)])

        gradient = np.zeros((3, 2))
        for way in ways:
            got = student.reinforce_gradient(theta, *way, earns[way], 1.0, baseline)
            assert_close(np.shape(got), (3, 2), name="the gradient's shape")
            gradient += chance(theta, way) * got
        assert_gradients(expected, {"theta": theta}, np.array([1.0]), [gradient], rng)

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("states, actions, steps", [(1, 3, 5), (70, 2, 60), (2, 66, 3)])
    def test_sizes(self, student, reference, rng, states, actions, steps):
        self.asked(student, reference, *episode(rng, states, actions, steps), 0.95)

    @pytest.mark.after("test_each_state_once")
    def test_keeps_inputs(self, student, rng):
        assert_inputs_unchanged(student.reinforce_gradient, *episode(rng, 3, 2, 5), 0.9, 0.5)

    @pytest.mark.after("test_each_state_once")
    def test_bad_gamma(self, student, rng):
        assert_refuses(student.reinforce_gradient, "gamma", *episode(rng, 3, 2, 5), 1.1)


def outcomes(reference, world, theta, lr, gamma, most):
    """All that one episode from theta can lead to: a list of (new theta, total)."""
    leads, earns, terminal, start = world
    found = {}
    for actions in itertools.product(range(leads.shape[1]), repeat=most):
        states, taken, state = [], [], start
        for action in actions:
            states.append(state)
            taken.append(action)
            state = int(leads[state, action])
            if terminal[state]:
                break
        rewards = earns[states, taken]
        step = reference.reinforce_gradient(theta, np.array(states), np.array(taken), rewards, gamma)
        found[tuple(taken)] = theta + lr * step, float(rewards.sum())
    return list(found.values())


def assert_among(theta, totals, expected):
    """One of the expected (theta, totals) must have come about; the nearest is compared."""
    gaps = [np.abs(theta - each).max() + np.abs(totals - earned).max() for each, earned in expected]
    assert_close((theta, totals), expected[int(np.argmin(gaps))], name="(theta, totals)")


@pytest.mark.exercise("reinforce")
class TestReinforce:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("states, actions, most", [(3, 2, 4), (5, 3, 3)])
    def test_one_episode(self, student, reference, rng, states, actions, most):
        # Enumerated: whatever was drawn, theta must be what one of all possible episodes leads to.
        world = maze(rng, states, actions)
        answer = student.reinforce(*world, 1, 0.4, 0.8, rng, most)
        theta, totals = learnt(answer, (states, actions), 1, "theta")
        first = outcomes(reference, world, np.zeros((states, actions)), 0.4, 0.8, most)
        assert_among(theta, totals, [(each, np.array([earned])) for each, earned in first])

    @pytest.mark.weight(2)
    def test_two_episodes(self, student, reference, rng):
        world = maze(rng, 3, 2)
        theta, totals = learnt(student.reinforce(*world, 2, 0.4, 0.8, rng, 3), (3, 2), 2, "theta")
        expected = []
        for between, first in outcomes(reference, world, np.zeros((3, 2)), 0.4, 0.8, 3):
            for after, second in outcomes(reference, world, between, 0.4, 0.8, 3):
                expected.append((after, np.array([first, second])))
        assert_among(theta, totals, expected)

    def test_begins_without_preferences(self, student, rng):
        # One step with four actions and lr 0: each is drawn equally often.
        leads, earns = np.array([[1] * 4, [1] * 4]), np.array([[1.0, 2.0, 3.0, 4.0], [0.0] * 4])
        earns[0] = rng.permutation(earns[0])
        answer = student.reinforce(leads, earns, np.array([False, True]), 0, 400, 0.0, 0.9, rng)
        _, totals = learnt(answer, (2, 4), 400, "theta")
        for earned in (1, 2, 3, 4):
            share = float(np.mean(totals == earned))
            if not 0.14 <= share <= 0.37:
                raise Mismatch(
                    f"without preferences one of four actions was drawn in {share:.2f} of the steps; 0.25 expected"
                )

    def test_draws_by_its_preferences(self, student, rng):
        # The first step earns 1 for one action and -1 for the other: either way the first is preferred by ln 3 then, 3 to 1.
        earns = np.array([[1.0, -1.0], [0.0, 0.0]])[:, rng.permutation(2)]
        world = np.array([[1, 1], [1, 1]]), earns, np.array([False, True]), 0
        seconds = []
        for _ in range(120):
            answer = student.reinforce(*world, 2, float(np.log(3)), 0.9, rng)
            seconds.append(float(learnt(answer, (2, 2), 2, "theta")[1][1]))
        share = float(np.mean(np.array(seconds) == 1))
        if not 0.57 <= share <= 0.91:
            raise Mismatch(f"an action with a probability of 3/4 was drawn in {share:.2f} of the second episodes")

    @pytest.mark.weight(2)
    def test_learns_the_grid(self, student, reference, rng):
        # In 100 seeds its policy was worth at least 0.65, and the last totals had a mean of at least 0.69; at first it is -1.3.
        world = reference.grid_world(GRID)
        theta, totals = learnt(student.reinforce(*world, 400, 0.3, 0.99, rng), (12, 4), 400, "theta")
        policy = np.array([reference.softmax_policy(theta, state) for state in range(12)])
        worth = reference.policy_value(np.eye(12)[world[0]], *world[1:3], policy, 1.0)[world[3]]
        for number, what in (
            (worth, "the policy is worth"),
            (totals[-50:].mean(), "the last 50 totals have a mean of"),
        ):
            if not 0.3 <= number <= BEST + 1e-9:
                raise Mismatch(f"after 400 episodes on the grid {what} {number:.2f}; 0.3 to {BEST} expected")

    @pytest.mark.weight(0.5)
    @pytest.mark.rests_on("test_one_episode")
    @pytest.mark.parametrize("most", [1, 6])
    def test_ends_after_max_steps(self, student, rng, most):
        # Each step earns 1, for ever.
        leads, _, terminal, start = endless(rng, 4, 3)
        answer = student.reinforce(leads, np.ones((4, 3)), terminal, start, 5, 0.1, 0.9, rng, most)
        assert_close(learnt(answer, (4, 3), 5, "theta")[1], np.full(5, float(most)), name="totals")

    @pytest.mark.weight(0.5)
    @pytest.mark.rests_on("test_one_episode")
    def test_fifty_steps_at_most(self, student, rng):
        leads, _, terminal, start = endless(rng, 3, 2)
        _, totals = learnt(
            student.reinforce(leads, np.ones((3, 2)), terminal, start, 2, 0.0, 0.9, rng), (3, 2), 2, "theta"
        )
        assert_close(totals, np.array([50.0, 50.0]), name="totals")

    @pytest.mark.weight(0.5)
    def test_another_start(self, student, reference, rng):
        world = *maze(rng, 5, 2)[:3], 3
        theta, totals = learnt(student.reinforce(*world, 1, 0.4, 0.8, rng, 3), (5, 2), 1, "theta")
        first = outcomes(reference, world, np.zeros((5, 2)), 0.4, 0.8, 3)
        assert_among(theta, totals, [(each, np.array([earned])) for each, earned in first])

    @pytest.mark.weight(0.5)
    @pytest.mark.rests_on("test_one_episode")
    def test_repeats_with_its_rng(self, student, rng):
        world = maze(rng, 5, 3)
        first, same, *others = (
            student.reinforce(*world, 6, 0.2, 0.9, np.random.default_rng(seed), 20)[1] for seed in (3, *range(3, 9))
        )
        assert_close(same, first, name="totals with an equal rng")
        if all(np.array_equal(other, first) for other in others):
            raise Mismatch("the totals are the same for every rng: draw from the rng that is given")

    @pytest.mark.after("test_one_episode")
    def test_keeps_the_world(self, student, rng):
        def run(*world):
            return student.reinforce(*world, 0, 3, 0.5, 0.9, np.random.default_rng(0), 20)

        assert_inputs_unchanged(run, *maze(rng, 5, 2)[:3])

    @pytest.mark.after("test_one_episode")
    def test_bad_start(self, student, rng):
        assert_refuses(student.reinforce, "start", *maze(rng, 4, 2)[:3], 3, 2, 0.5, 0.9, rng)


def balanced(thetas, rng, most=200):
    """How many steps a pole stays up, for each row of thetas (n, 4): push right iff theta . state > 0.

    Barto, Sutton, Anderson (1983), without friction: a cart of 1 kg, a pole of 0.1 kg and 1 m, a push of 10 N, 0.02 s a step.
    """
    x, v, angle, turn = rng.uniform(-0.05, 0.05, (4, len(thetas)))
    steps, up = np.zeros(len(thetas)), np.ones(len(thetas), dtype=bool)
    for _ in range(most):
        push = np.where((thetas * np.stack([x, v, angle, turn], axis=1)).sum(axis=1) > 0, 10.0, -10.0)
        sine, cosine = np.sin(angle), np.cos(angle)
        thrust = (push + 0.05 * turn**2 * sine) / 1.1
        spin = (9.8 * sine - cosine * thrust) / (0.5 * (4 / 3 - 0.1 * cosine**2 / 1.1))
        speed = thrust - 0.05 * spin * cosine / 1.1
        x, v, angle, turn = x + 0.02 * v, v + 0.02 * speed, angle + 0.02 * turn, turn + 0.02 * spin
        up = up & (np.abs(x) <= 2.4) & (np.abs(angle) <= np.pi / 15)
        if not up.any():
            break
        steps += up
    return steps


@pytest.mark.exercise("evolution_gradient")
class TestEvolutionGradient:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("trials, size, sigma", [(5, 3, 0.5), (8, 2, 0.1), (3, 6, 2.0)])
    def test_values(self, student, reference, rng, trials, size, sigma):
        arguments = 3 + 2 * rng.normal(size=trials), rng.normal(size=(trials, size)), sigma
        assert_close(student.evolution_gradient(*arguments), reference.evolution_gradient(*arguments), name="g")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("trials, size", [(2, 1), (4, 4), (130, 3), (6, 70)])
    def test_sizes(self, student, reference, rng, trials, size):
        arguments = rng.normal(size=trials), rng.normal(size=(trials, size)), 0.3
        assert_close(student.evolution_gradient(*arguments), reference.evolution_gradient(*arguments), name="g")

    @pytest.mark.weight(0.5)
    @pytest.mark.rests_on("test_values")
    @pytest.mark.parametrize("trials", [1, 4])
    def test_equal_scores(self, student, rng, trials):
        scores, noise = np.full(trials, float(rng.integers(9))), rng.normal(size=(trials, 3))
        assert_close(student.evolution_gradient(scores, noise, 0.5), np.zeros(3), name="g")

    @pytest.mark.weight(2)
    def test_balances_a_pole(self, student, rng):
        # In 200 seeds at most 8 rounds.
        theta, steps = np.zeros(4), 0.0
        for _ in range(24):
            noise = rng.normal(size=(16, 4))
            g = student.evolution_gradient(balanced(theta + 0.5 * noise, rng), noise, 0.5)
            assert_close(np.shape(g), (4,), name="g's shape")
            theta = theta + 0.5 * g
            steps = float(balanced(np.tile(theta, (8, 1)), rng).mean())
            if steps >= 195:
                return
        raise Mismatch(f"after 24 rounds the pole stays up for {steps:.0f} of 200 steps; at least 195 expected")

    @pytest.mark.after("test_values")
    def test_keeps_inputs(self, student, rng):
        assert_inputs_unchanged(student.evolution_gradient, rng.normal(size=5), rng.normal(size=(5, 3)), 0.5)

    @pytest.mark.after("test_equal_scores")
    def test_equal_scores_without_a_warning(self, student, rng):
        with no_warnings():
            student.evolution_gradient(np.full(4, 2.0), rng.normal(size=(4, 3)), 0.5)

    @pytest.mark.after("test_values")
    def test_bad_sigma(self, student, rng):
        assert_refuses(student.evolution_gradient, "sigma", rng.normal(size=5), rng.normal(size=(5, 3)), 0.0)


@pytest.mark.exercise("crossover")
class TestCrossover:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("shape", [(9,), (3, 5), (130,)])
    def test_values(self, student, rng, shape):
        a, b, mask = rng.normal(size=shape), rng.normal(size=shape), rng.random(shape) < 0.5
        expected = b.copy()
        expected[mask] = a[mask]
        assert_close(student.crossover(a, b, mask), expected, name="the child")

    @pytest.mark.weight(0.5)
    def test_whole_numbers(self, student, rng):
        a, b, mask = rng.integers(9, size=12), rng.integers(10, 19, size=12), np.arange(12) % 3 == 1
        assert_close(
            student.crossover(a, b, mask), np.array([a[i] if mask[i] else b[i] for i in range(12)]), name="the child"
        )

    @pytest.mark.after("test_values")
    def test_keeps_inputs(self, student, rng):
        assert_inputs_unchanged(student.crossover, rng.normal(size=6), rng.normal(size=6), rng.random(6) < 0.5)

    @pytest.mark.after("test_values")
    def test_bad_shapes(self, student, rng):
        assert_refuses(student.crossover, "b", rng.normal(size=6), rng.normal(size=5), np.ones(6, dtype=bool))
        assert_refuses(student.crossover, "mask", rng.normal(size=6), rng.normal(size=6), np.ones(1, dtype=bool))


@pytest.mark.exercise("select")
class TestSelect:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("members, tournaments, size", [(8, 5, 3), (20, 30, 2), (5, 4, 5)])
    def test_values(self, student, reference, rng, members, tournaments, size):
        arguments = rng.normal(size=members), rng.integers(members, size=(tournaments, size))
        assert_close(student.select(*arguments), reference.select(*arguments), name="winners")

    @pytest.mark.weight(0.5)
    def test_ties(self, student, reference, rng):
        arguments = rng.integers(2, size=12).astype(float), rng.integers(12, size=(30, 4))
        assert_close(student.select(*arguments), reference.select(*arguments), name="winners")

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("members, tournaments, size", [(6, 1, 3), (130, 66, 2), (9, 4, 1), (90, 3, 70)])
    def test_sizes(self, student, reference, rng, members, tournaments, size):
        arguments = rng.normal(size=members), rng.integers(members, size=(tournaments, size))
        assert_close(student.select(*arguments), reference.select(*arguments), name="winners")

    @pytest.mark.after("test_values")
    def test_keeps_inputs(self, student, rng):
        assert_inputs_unchanged(student.select, rng.normal(size=6), rng.integers(6, size=(4, 2)))
