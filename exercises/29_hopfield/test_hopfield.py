"""Public tests: numbers that can be followed with pencil and paper."""

import numpy as np
import pytest

from autograder import assert_close, assert_inputs_unchanged, assert_refuses, no_warnings

# Three units in a row, each pulls its neighbours to its own side.
ROW = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
# Four units in a row, tied more and more loosely: 3, 2, 1.
LOOSE = np.array([[0.0, 3.0, 0.0, 0.0], [3.0, 0.0, 2.0, 0.0], [0.0, 2.0, 0.0, 1.0], [0.0, 0.0, 1.0, 0.0]])
# Units that want to differ.
APART = np.array([[0.0, -1.0], [-1.0, 0.0]])


@pytest.mark.exercise("hebbian")
def test_hebbian_by_hand(student):
    # Units 0 and 3 differ in both patterns: (-1 - 1) / 4. So do 1 and 2. All others agree once and differ once: 0.
    w = student.hebbian(np.array([[1, -1, 1, -1], [1, 1, -1, -1]]))
    expected = np.array([[0, 0, 0, -0.5], [0, 0, -0.5, 0], [0, -0.5, 0, 0], [-0.5, 0, 0, 0]])
    assert_close(w, expected, name="w")


@pytest.mark.exercise("energy")
def test_energy_by_hand(student):
    # The first neighbours differ and so do the second: s w s counts each pair twice, -1 - 1 - 1 - 1 = -4. Times -1/2: 2.
    assert_close(student.energy(ROW, np.array([1, -1, 1])), 2.0, name="E")


@pytest.mark.exercise("energy")
def test_energy_of_several_states(student):
    # The first neighbours agree, the second differ: 0. All agree: -2.
    assert_close(student.energy(ROW, np.array([[1, 1, -1], [-1, -1, -1]])), np.array([0.0, -2.0]), name="E")


@pytest.mark.exercise("asynchronous_sweep")
def test_the_order_decides(student):
    # Unit 0 first: its field is -1, it falls. Then unit 1: -1 + 1 = 0, it stays at -1. Then unit 2: -1, it falls.
    state = student.asynchronous_sweep(ROW, np.array([1, -1, 1]), np.array([0, 1, 2]))
    assert_close(state, np.array([-1, -1, -1]), name="state")
    # Unit 1 first: its field is 1 + 1, it rises, and the others' fields are 1.
    state = student.asynchronous_sweep(ROW, np.array([1, -1, 1]), np.array([1, 0, 2]))
    assert_close(state, np.array([1, 1, 1]), name="state")


@pytest.mark.exercise("asynchronous_sweep")
def test_a_unit_without_a_field_stays(student):
    # Unit 1 first: it stands between -1 and 1, its field is 0, and it stays at 1. The others see that 1.
    state = student.asynchronous_sweep(ROW, np.array([-1, 1, 1]), np.array([1, 0, 2]))
    assert_close(state, np.array([1, 1, 1]), name="state")


@pytest.mark.exercise("asynchronous_sweep")
@pytest.mark.after("test_the_order_decides")
def test_a_sweep_leaves_the_old_state(student):
    assert_inputs_unchanged(student.asynchronous_sweep, ROW, np.array([1, -1, 1]), np.array([0, 1, 2]))


@pytest.mark.exercise("asynchronous_sweep")
@pytest.mark.after("test_the_order_decides")
def test_weights_must_fit_the_state(student):
    assert_refuses(student.asynchronous_sweep, "w", APART, np.array([1, -1, 1]), np.array([0, 1, 2]))


@pytest.mark.exercise("synchronous_update")
def test_a_cycle_of_two(student):
    # Each sees the other one up and goes down; then each sees the other one down and goes up; and so on for ever.
    down = student.synchronous_update(APART, np.array([1, 1]))
    assert_close(down, np.array([-1, -1]), name="state")
    assert_close(student.synchronous_update(APART, np.array([-1, -1])), np.array([1, 1]), name="state")


@pytest.mark.exercise("synchronous_update")
def test_units_without_a_field_stay(student):
    # Unit 1 stands between 1 and -1: its field is 0. Units 0 and 2 see a -1.
    assert_close(student.synchronous_update(ROW, np.array([1, -1, -1])), np.array([-1, -1, -1]), name="state")
    # Units 0 and 2 see a 1. Unit 1 stays at 1.
    assert_close(student.synchronous_update(ROW, np.array([1, 1, -1])), np.array([1, 1, 1]), name="state")


@pytest.mark.exercise("recall")
def test_recall_by_hand(student):
    # Last unit first. Sweep 1: unit 1 has the field -3 + 2 and falls. Sweep 2: unit 2 has -2 + 1 and falls. Sweep 3: unit 3
    # falls. Sweep 4 changes nothing. Energies: -(-3 + 2 + 1), -(3 - 2 + 1), -(3 + 2 - 1), -(3 + 2 + 1) and once more.
    orders = np.tile([3, 2, 1, 0], (9, 1))
    state, energies = student.recall(LOOSE, np.array([-1, 1, 1, 1]), orders)
    assert_close(state, np.array([-1, -1, -1, -1]), name="state")
    assert_close(energies, [0.0, -2.0, -4.0, -6.0, -6.0], name="energies")


@pytest.mark.exercise("recall")
def test_recall_with_too_few_sweeps(student):
    state, energies = student.recall(LOOSE, np.array([-1, 1, 1, 1]), np.array([[3, 2, 1, 0], [3, 2, 1, 0]]))
    assert_close(state, np.array([-1, -1, -1, 1]), name="state")
    assert_close(energies, [0.0, -2.0, -4.0], name="energies")


@pytest.mark.exercise("overlap")
def test_overlap_by_hand(student):
    # Three of five units agree, two do not: (3 - 2) / 5.
    assert_close(student.overlap(np.array([1, 1, -1, -1, 1]), np.array([1, -1, -1, 1, 1])), 0.2, name="m")


@pytest.mark.exercise("projection_rule")
def test_projection_by_hand(student):
    # Half of the sum and of the difference: the rows span (1, 1, 1, 0) and (0, 0, 0, 1), which are at right angles. To project
    # onto the first is to give three units their mean, 1/3 each; onto the second, to keep the last. Then the diagonal goes.
    third = 1 / 3
    expected = np.array([[0, third, third, 0], [third, 0, third, 0], [third, third, 0, 0], [0, 0, 0, 0]])
    assert_close(student.projection_rule(np.array([[1, 1, 1, 1], [1, 1, 1, -1]])), expected, atol=1e-9, name="w")


@pytest.mark.exercise("storkey_rule")
def test_storkey_by_hand(student):
    # After the first pattern all w_ij are 1/4. For units 0 and 1 of the second, h_01 = h_10 = -1/4 - 1/4, and w_01 grows by
    # (1 + 1/2 + 1/2) / 4; for 2 and 3, h = 1/4 + 1/4 and w_23 grows by (1 + 1/2 + 1/2) / 4, too. For 0 and 2,
    # h = 1/4 - 1/4, and w_02 grows by -1 / 4. So do 03, 12, 13.
    w = student.storkey_rule(np.array([[1, 1, 1, 1], [1, 1, -1, -1]]))
    expected = np.array([[0, 0.75, 0, 0], [0.75, 0, 0, 0], [0, 0, 0, 0.75], [0, 0, 0.75, 0]])
    assert_close(w, expected, name="w")


@pytest.mark.exercise("storkey_rule")
def test_storkey_of_a_third_pattern(student):
    # Three units. After (1, 1, 1) and (1, 1, -1) w_01 is 8/9, the others 0. With (1, -1, 1): h_02 = -8/9, h_12 = 8/9, all other h
    # are 0. w_01 grows by -1 / 3, w_02 by (1 - 0 + 8/9) / 3, and w_12 by (-1 - 0 - 8/9) / 3.
    w = student.storkey_rule(np.array([[1, 1, 1], [1, 1, -1], [1, -1, 1]]))
    expected = np.array([[0, 15, 17], [15, 0, -17], [17, -17, 0]]) / 27
    assert_close(w, expected, atol=1e-12, name="w")


@pytest.mark.exercise("glauber_sweep")
def test_glauber_by_hand(student):
    # 2 h / T is ln 3 for a field of 1: up with probability 3/4. Unit 1 first: 0.7 is less than that, up. Then unit 0: 0.9 is
    # more, down.
    hot = 2 / np.log(3)
    state = student.glauber_sweep(-APART, np.array([1, 1]), hot, np.array([1, 0]), np.array([0.7, 0.9]))
    assert_close(state, np.array([-1, 1]), name="state")
    # Unit 1: 0.8 is more than 3/4, down. Unit 0 sees it: its chance is 1/4 now, and 0.2 is less, up.
    state = student.glauber_sweep(-APART, np.array([1, 1]), hot, np.array([1, 0]), np.array([0.8, 0.2]))
    assert_close(state, np.array([1, -1]), name="state")


@pytest.mark.exercise("glauber_sweep")
@pytest.mark.after("test_glauber_by_hand")
def test_glauber_when_it_is_cold(student):
    # The field is -1, and 2 h / T = -2000: down, and nothing warns.
    with no_warnings():
        state = student.glauber_sweep(-APART, np.array([1, -1]), 0.001, np.array([0]), np.array([0.5]))
    assert_close(state, np.array([-1, -1]), name="state")


@pytest.mark.exercise("retrieval_rate")
def test_one_pattern_alone(student):
    # One pattern of 20 units. With 9 turned over, 11 are right: the majority wins. With 11, the pattern turned over wins.
    rates = [student.retrieval_rate(20, 1, flips, 5, np.random.default_rng(flips)) for flips in (9, 11)]
    assert_close(rates, [1.0, 0.0], name="the rates for 9 and 11 flips")


@pytest.mark.exercise("modern_retrieve")
def test_modern_by_hand(student):
    # The products are 0 and ln(3) / 2, times beta 0 and ln 3: shares 1/4 and 3/4.
    patterns = np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 4.0]])
    out = student.modern_retrieve(patterns, np.array([0.0, np.log(3) / 2, 0.0]), 2.0)
    assert_close(out, np.array([0.25, 0.75, 3.5]), name="out")


@pytest.mark.exercise("modern_retrieve")
def test_a_large_beta_picks_one(student):
    patterns = np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 4.0]])
    out = student.modern_retrieve(patterns, np.array([1.0, 0.5, 0.0]), 1e4)  # products 1 and 0.5
    assert_close(out, patterns[0], name="out")


FAR = np.array([[0.0, 1.0, 2.0, 5.0], [1.0, 0.0, 4.0, 2.0], [2.0, 4.0, 0.0, 3.0], [5.0, 2.0, 3.0, 0.0]])


@pytest.mark.exercise("tour_energy")
def test_energy_of_a_tour(student):
    # Cities 0, 2, 3, 1 in places 0, 1, 2, 3: 2 + 3 + 2 + 1 = 8, and no other part is above 0.
    v = np.array([[1.0, 0, 0, 0], [0, 0, 0, 1], [0, 1, 0, 0], [0, 0, 1, 0]])
    assert_close(student.tour_energy(v, FAR, 7.0, 7.0, 7.0, 10.0), 80.0, name="E")


@pytest.mark.exercise("tour_energy")
@pytest.mark.parametrize(
    "weights, expected",
    # City 0 is in places 0 and 1: two ordered pairs, a/2 * 2. Cities 0 and 3 share place 0: b/2 * 2. Three visits, not 4: c/2.
    # City 0 in place 1 has city 3 beside it, in place 0, and the other way round: d/2 (5 + 5).
    [((1, 0, 0, 0), 1.0), ((0, 1, 0, 0), 1.0), ((0, 0, 1, 0), 0.5), ((0, 0, 0, 1), 5.0)],
    ids=["a alone", "b alone", "c alone", "d alone"],
)
def test_energy_of_what_is_no_tour(student, weights, expected):
    v = np.array([[1.0, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0]])
    assert_close(student.tour_energy(v, FAR, *map(float, weights)), expected, name="E")


@pytest.mark.exercise("tour_length")
def test_length_by_hand(student):
    assert_close(student.tour_length(np.array([3, 0, 1, 2]), FAR), 5.0 + 1.0 + 4.0 + 3.0, name="length")


def counted(order, n):
    """How often each of n cities is in an array of ints (n,)."""
    if type(order) is not np.ndarray or order.shape != (n,) or order.dtype.kind not in "iu":
        assert_close(order, np.arange(n), name="order")  # says what it is instead
    return np.array([np.sum(order == city) for city in range(n)])


@pytest.mark.exercise("anneal_tour")
def test_four_cities_on_a_line(student):
    # At 0, 3, 1 and 2, visited in this order: 3 + 2 + 1 + 2 = 8. There and back is 6.
    places = np.array([0.0, 3.0, 1.0, 2.0])
    distances = abs(places[:, np.newaxis] - places)
    order = student.anneal_tour(distances, 200, 1.0, 0.95, np.random.default_rng(0))
    assert_close(counted(order, 4), np.ones(4, dtype=int), name="how often each city is in order")
    length = sum(float(distances[order[k], order[(k + 1) % 4]]) for k in range(4))
    assert_close(length, 6.0, name="the length of order")


@pytest.mark.exercise("anneal_tour")
@pytest.mark.rests_on("test_four_cities_on_a_line")
def test_no_steps(student):
    order = student.anneal_tour(FAR, 0, 1.0, 0.9, np.random.default_rng(0))
    assert_close(order, np.arange(4), name="order")
