"""Public tests: numbers that can be followed with pencil and paper."""

import numpy as np
import pytest

from autograder import Mismatch, assert_close, assert_inputs_unchanged, assert_refuses

LN3 = np.log(3)
# Two states and an end. Action 0 leads one further for sure. Action 1 stays where it is.
P = np.array([[[0, 1, 0], [1, 0, 0]], [[0, 0, 1], [0, 1, 0]], [[0, 0, 1], [0, 0, 1]]], dtype=float)
R = np.array([[0.0, 1.0], [8.0, 1.0], [7.0, 7.0]])  # what stands in the last row is never earned
TERMINAL = np.array([False, False, True])
# The same as a deterministic world.
NEXT = np.array([[1, 0], [2, 1], [2, 2]])
REWARD = np.array([[0.0, 1.0], [8.0, 1.0], [0.0, 0.0]])
Q = np.array([[2.0, 4.0], [6.0, 8.0]])


@pytest.mark.exercise("returns")
def test_returns_by_hand(student):
    # From the end: 4; 2 + 4/2 = 4; 1 + 4/2 = 3.
    assert_close(student.returns(np.array([1.0, 2.0, 4.0]), 0.5), np.array([3.0, 4.0, 4.0]), name="G")


@pytest.mark.exercise("running_mean")
def test_running_mean_by_hand(student):
    # 2 and 4 have the mean 3; with 9 it is 15 / 3.
    assert_close(student.running_mean(3.0, 9.0, 3), 5.0, name="the mean")


@pytest.mark.exercise("epsilon_greedy")
def test_best_or_any(student):
    # 0.3 is not below 0.3: the first of the best. 0.2 is: floor(0.2 * 3) = 0, floor(0.9 * 3) = 2.
    q = np.array([[1.0, 7.0, 7.0], [1.0, 7.0, 7.0], [9.0, 8.0, 7.0]])
    uniforms = np.array([[0.3, 0.9], [0.2, 0.2], [0.2, 0.9]])
    assert_close(student.epsilon_greedy(q, 0.3, uniforms), np.array([1, 0, 2]), name="actions")


@pytest.mark.exercise("epsilon_greedy")
def test_any_may_be_the_best(student):
    # 0.2 is below 0.3, and floor(0.4 * 3) = 1 is the best action: it may come by chance, too.
    assert_close(
        student.epsilon_greedy(np.array([[1.0, 7.0, 2.0]]), 0.3, np.array([[0.2, 0.4]])), np.array([1]), name="actions"
    )


@pytest.mark.exercise("policy_value")
def test_value_of_going_on(student):
    # Always onwards: state 1 earns 8 and ends, state 0 earns 0 + 8/2.
    policy = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]])
    assert_close(student.policy_value(P, R, TERMINAL, policy, 0.5), np.array([4.0, 8.0, 0.0]), name="v")


@pytest.mark.exercise("policy_value")
def test_value_of_tossing_a_coin(student):
    # v1 = 8/2 + (1 + v1/2)/2, so 3/4 v1 = 9/2 and v1 = 6. v0 = (0 + 6/2)/2 + (1 + v0/2)/2, so 3/4 v0 = 2 and v0 = 8/3.
    v = student.policy_value(P, R, TERMINAL, np.full((3, 2), 0.5), 0.5)
    assert_close(v, np.array([8 / 3, 6.0, 0.0]), name="v")


@pytest.mark.exercise("value_iteration")
def test_two_sweeps(student):
    # First sweep: max(0, 1) = 1 and max(8, 1) = 8. Second: max(0 + 8/2, 1 + 1/2) = 4 and max(8, 1 + 8/2) = 8. Third: no change.
    v, policy = student.value_iteration(P, R, TERMINAL, 0.5)
    assert_close(v, np.array([4.0, 8.0, 0.0]), name="v")
    assert_close(policy, np.array([0, 0, 0]), name="policy")


@pytest.mark.exercise("value_iteration")
def test_stops_within_tol(student):
    # The first sweep changes state 1 by 8, which is not more than 8: it is the last. With gamma 0.8 and tol 7 a second is made:
    # max(0 + 6.4, 1 + 0.8) = 6.4 and max(8, 1 + 6.4) = 8. It changes state 0 by 5.4, and no third is made.
    v, _ = student.value_iteration(P, R, TERMINAL, 0.5, 8.0)
    assert_close(v, np.array([1.0, 8.0, 0.0]), name="v with tol 8")
    v, _ = student.value_iteration(P, R, TERMINAL, 0.8, 7.0)
    assert_close(v, np.array([6.4, 8.0, 0.0]), name="v with tol 7")


@pytest.mark.exercise("value_iteration")
def test_a_sweep_takes_the_values_before_it(student):
    # 1 leads to 0, and 0 to the end. The first sweep makes 8 of state 0; state 1 sees the 0 that was there before. 8 is not more
    # than 8: it is the last sweep.
    p = np.array([[[0, 0, 1]], [[1, 0, 0]], [[0, 0, 1]]], dtype=float)
    v, _ = student.value_iteration(p, np.array([[8.0], [0.0], [0.0]]), TERMINAL, 0.5, 8.0)
    assert_close(v, np.array([8.0, 0.0, 0.0]), name="v")


@pytest.mark.exercise("q_update")
def test_q_update_by_hand(student):
    # The target is 1 + 8/2 = 5: a quarter of the way from 2 to 5.
    q = student.q_update(Q, 0, 0, 1.0, 1, False, 0.25, 0.5)
    assert_close(q, np.array([[2.75, 4.0], [6.0, 8.0]]), name="q")


@pytest.mark.exercise("q_update")
def test_q_update_looks_at_the_next_state(student):
    # From state 1 to state 0, where 4 is the most: the target is 1 + 4/2 = 3, a quarter of the way from 6 is 5.25.
    q = student.q_update(Q, 1, 0, 1.0, 0, False, 0.25, 0.5)
    assert_close(q, np.array([[2.0, 4.0], [5.25, 8.0]]), name="q")


@pytest.mark.exercise("q_update")
@pytest.mark.after("test_q_update_by_hand")
def test_q_update_leaves_the_old_q(student):
    assert_inputs_unchanged(student.q_update, Q.copy(), 0, 0, 1.0, 1, False, 0.25, 0.5)


@pytest.mark.exercise("q_update")
def test_q_update_at_the_end(student):
    # Nothing comes after the end: the target is 1, a quarter of the way from 2 is 1.75.
    q = student.q_update(Q, 0, 0, 1.0, 1, True, 0.25, 0.5)
    assert_close(q, np.array([[1.75, 4.0], [6.0, 8.0]]), name="q")


@pytest.mark.exercise("sarsa_update")
def test_sarsa_update_by_hand(student):
    # The next action is 0, though 1 looks better: the target is 1 + 6/2 = 4, and half of the way from 2 is 3.
    q = student.sarsa_update(Q, 0, 0, 1.0, 1, 0, False, 0.5, 0.5)
    assert_close(q, np.array([[3.0, 4.0], [6.0, 8.0]]), name="q")


@pytest.mark.exercise("sarsa_update")
def test_sarsa_update_at_the_end(student):
    # Nothing comes after the end: the target is 1, half of the way from 2 is 1.5.
    q = student.sarsa_update(Q, 0, 0, 1.0, 1, 0, True, 0.5, 0.5)
    assert_close(q, np.array([[1.5, 4.0], [6.0, 8.0]]), name="q")


@pytest.mark.exercise("q_learning")
def test_one_action_leaves_no_choice(student):
    # 0 to 1 to 2, the end; each step earns 1; lr and gamma are 1/2. The first episode: q0 = 1/2, q1 = 1/2. The second:
    # q0 = 1/2 + (1 + 1/4 - 1/2)/2 = 7/8, q1 = 3/4.
    world = np.array([[1], [2], [0]]), np.array([[1.0], [1.0], [9.0]]), TERMINAL, 0  # nothing comes after the end
    q, totals = student.q_learning(*world, 2, 0.5, 0.5, 0.1, np.random.default_rng(0))
    assert_close(q, np.array([[0.875], [0.75], [0.0]]), name="q")
    assert_close(totals, np.array([2.0, 2.0]), name="totals")


@pytest.mark.exercise("q_learning")
def test_a_cut_is_no_end(student):
    # State 0 leads to itself and earns 1. Two steps: 1/2, then 1/2 + (1 + 1/4 - 1/2)/2 = 7/8.
    world = np.array([[0], [1]]), np.array([[1.0], [0.0]]), np.array([False, True]), 0
    q, totals = student.q_learning(*world, 1, 0.5, 0.5, 0.1, np.random.default_rng(0), max_steps=2)
    assert_close(q, np.array([[0.875], [0.0]]), name="q")
    assert_close(totals, np.array([2.0]), name="totals")


@pytest.mark.exercise("q_learning")
def test_finds_the_exit(student):
    # Going on in state 0 is worth 0 + 8/2 = 4, staying there 1 + 4/2 = 3. In state 1: 8 against
    # 1 + 8/2 = 5. With lr 1 all of that is learnt exactly.
    q, _ = student.q_learning(NEXT, REWARD, TERMINAL, 0, 60, 1.0, 0.5, 1.0, np.random.default_rng(1))
    assert_close(q, np.array([[4.0, 3.0], [8.0, 5.0], [0.0, 0.0]]), name="q")


@pytest.mark.exercise("softmax_policy")
def test_softmax_policy_by_hand(student):
    # exp(0) = 1 and exp(ln 3) = 3, in the row of state 1.
    pi = student.softmax_policy(np.array([[9.0, 0.0], [0.0, LN3]]), 1)
    assert_close(pi, np.array([0.25, 0.75]), name="pi")
    # exp(1000) is more than a float can hold. The second action is certain.
    assert_close(student.softmax_policy(np.array([[0.0, 1000.0]]), 0), np.array([0.0, 1.0]), atol=1e-12, name="pi")


@pytest.mark.exercise("log_policy_gradient")
def test_log_policy_gradient_by_hand(student):
    # pi is 1/4 and 3/4; the action taken is 1: 0 - 1/4 and 1 - 3/4. The other state has no part in it.
    gradient = student.log_policy_gradient(np.array([[9.0, 0.0], [0.0, LN3]]), 1, 1)
    assert_close(gradient, np.array([[0.0, 0.0], [-0.25, 0.25]]), name="gradient")


@pytest.mark.exercise("reinforce_gradient")
def test_reinforce_gradient_by_hand(student):
    # G is 2 + 4/2 = 4 and 4. Less the baseline 1 both are 3, and pi is 1/2 everywhere: 3 * (-1/2, 1/2) and 3 * (1/2, -1/2).
    steps = np.array([0, 1]), np.array([1, 0]), np.array([2.0, 4.0])
    gradient = student.reinforce_gradient(np.zeros((2, 2)), *steps, 0.5, 1.0)
    assert_close(gradient, np.array([[-1.5, 1.5], [1.5, -1.5]]), name="gradient")


@pytest.mark.exercise("reinforce_gradient")
def test_what_was_earned_before_does_not_count(student):
    # 6 came before the second step: G is 6 + 2 = 8 and 2. In state 0 both times, actions 1 and 0:
    # 8 * (-1/2, 1/2) + 2 * (1/2, -1/2).
    steps = np.array([0, 0]), np.array([1, 0]), np.array([6.0, 2.0])
    gradient = student.reinforce_gradient(np.zeros((1, 2)), *steps, 1.0)
    assert_close(gradient, np.array([[-3.0, 3.0]]), name="gradient")


@pytest.mark.exercise("reinforce")
def test_one_step_of_two(student):
    # One step ends it: action 0 earns 1, action 1 earns 3. pi is 1/2 at first, so lr * G * (1/2, -1/2) or the other way round.
    world = np.array([[1, 1], [1, 1]]), np.array([[1.0, 3.0], [0.0, 0.0]]), np.array([False, True]), 0
    theta, totals = student.reinforce(*world, 1, 0.2, 0.9, np.random.default_rng(0))
    sign = 1 if float(totals[0]) == 1 else -1
    assert_close(totals, np.array([1.0 if sign == 1 else 3.0]), name="totals")
    size = 0.1 * float(totals[0])
    assert_close(theta, np.array([[sign * size, -sign * size], [0.0, 0.0]]), name="theta")


@pytest.mark.exercise("reinforce")
def test_learns_to_go_on(student):
    # 1 for staying, 0 or 8 for going on: the preferences for going on should have grown.
    theta, _ = student.reinforce(NEXT, REWARD, TERMINAL, 0, 200, 0.1, 0.5, np.random.default_rng(0), 20)
    if not theta[1, 0] > theta[1, 1]:
        raise Mismatch(f"in state 1 going on earns 8, but its preference is {theta[1, 0]:.2f}, below {theta[1, 1]:.2f}")


@pytest.mark.exercise("evolution_gradient")
def test_evolution_gradient_by_hand(student):
    # The mean is 4, the squares of 2, -2, 2, -2 have the mean 4: z is -1, 1, -1, 1. z times noise is (-1 + 3, 0 + 2) = (2, 2),
    # over 4 trials and sigma 1/2: 2 / 2.
    noise = np.array([[1.0, 0.0], [3.0, 0.0], [0.0, 0.0], [0.0, 2.0]])
    g = student.evolution_gradient(np.array([2.0, 6.0, 2.0, 6.0]), noise, 0.5)
    assert_close(g, np.array([1.0, 1.0]), name="g")


@pytest.mark.exercise("evolution_gradient")
@pytest.mark.rests_on("test_evolution_gradient_by_hand")
def test_equal_scores_say_nothing(student):
    g = student.evolution_gradient(np.array([5.0, 5.0]), np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), 0.5)
    assert_close(g, np.zeros(3), name="g")


@pytest.mark.exercise("crossover")
def test_crossover_by_hand(student):
    child = student.crossover(np.array([1.0, 2.0, 3.0]), np.array([7.0, 8.0, 9.0]), np.array([False, True, False]))
    assert_close(child, np.array([7.0, 2.0, 9.0]), name="the child")


@pytest.mark.exercise("select")
def test_tournaments_by_hand(student):
    # 1 has 4 and 3 has 6; 2 and 0 both have 9, and 2 stands first.
    winners = student.select(np.array([9.0, 4.0, 9.0, 6.0]), np.array([[1, 3], [2, 0]]))
    assert_close(winners, np.array([3, 2]), name="winners")


@pytest.mark.exercise("returns")
@pytest.mark.after("test_returns_by_hand")
def test_gamma_above_one(student):
    assert_refuses(student.returns, "gamma", np.array([1.0, 2.0]), 1.5)
