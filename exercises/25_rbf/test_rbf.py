"""Public tests: numbers that can be followed with pencil and paper."""

import numpy as np
import pytest

from autograder import assert_close, assert_inputs_unchanged


@pytest.mark.exercise("squared_distances")
def test_distances_by_hand(student):
    # From (1, 2): to itself 0, to (4, 6) 9 + 16. From (4, 2): to (1, 2) 9, to (4, 6) 16. From (4, 3): 9 + 1, and 9.
    x, centres = np.array([[1.0, 2.0], [4.0, 2.0], [4.0, 3.0]]), np.array([[1.0, 2.0], [4.0, 6.0]])
    assert_close(student.squared_distances(x, centres), np.array([[0.0, 25.0], [9.0, 16.0], [10.0, 9.0]]), name="out")


@pytest.mark.exercise("squared_distances")
@pytest.mark.rests_on("test_distances_by_hand")
def test_no_distance_is_negative(student):
    # Rows as their own centres. In floats the three terms of the expansion do not cancel: there it gives some -3e-14.
    x = (np.arange(120).reshape(6, 20) * 7 % 31) / 10
    out = student.squared_distances(x, x)
    assert_close(np.diag(out), np.zeros(6), atol=1e-10, name="the distances of rows to themselves")
    assert_close(np.minimum(out, 0), np.zeros((6, 6)), atol=0, name="what is below 0 in out")


@pytest.mark.exercise("assign")
def test_nearest_by_hand(student):
    # 3 is 3 from the first and 1 from the second; 2 is as far from both, so it goes to the first.
    labels = student.assign(np.array([[3.0], [2.0], [-5.0]]), np.array([[0.0], [4.0]]))
    assert_close(labels, np.array([1, 0, 0]), name="labels")


@pytest.mark.exercise("move_centres")
def test_means_by_hand(student):
    # (1, 0) and (3, 8) have the mean (2, 4); (5, 5) is alone; nobody belongs to the third, so it stays.
    x, labels = np.array([[1.0, 0.0], [5.0, 5.0], [3.0, 8.0]]), np.array([0, 1, 0])
    moved = student.move_centres(x, labels, np.array([[0.0, 0.0], [1.0, 1.0], [7.0, 9.0]]))
    assert_close(moved, np.array([[2.0, 4.0], [5.0, 5.0], [7.0, 9.0]]), name="moved")


LINE = np.array([[0.0], [1.0], [4.0], [9.0]])


@pytest.mark.exercise("k_means")
def test_lloyd_by_hand(student):
    # From 0 and 9: the labels 0 0 0 1, and 0 + 1 + 16 + 0. The first moves to 5/3: the labels stay, which ends it.
    # (5/3)^2 + (2/3)^2 + (7/3)^2 = 78 / 9.
    found = student.k_means(LINE, np.array([[0.0], [9.0]]))
    assert_close(found, (np.array([[5 / 3], [9.0]]), np.array([0, 0, 0, 1]), [17.0, 78 / 9]),
                 name="(centres, labels, inertias)")  # fmt: skip


@pytest.mark.exercise("k_means")
@pytest.mark.rests_on("test_lloyd_by_hand")
def test_one_move_by_hand(student):
    # From 0 and 1: the labels 0 1 1 1, and 9 + 64. One move, to 0 and 14/3; then 1 is nearer to 0: labels 0 0 1 1,
    # and 1 + (2/3)^2 + (13/3)^2 = 182 / 9.
    found = student.k_means(LINE, np.array([[0.0], [1.0]]), 1)
    assert_close(found, (np.array([[0.0], [14 / 3]]), np.array([0, 0, 1, 1]), [73.0, 182 / 9]),
                 name="(centres, labels, inertias)")  # fmt: skip


@pytest.mark.exercise("k_means_plus_plus")
def test_far_rows_are_likelier(student):
    # Three places: 0, 1 and 3. After 0 come 1 and 3 with 1 : 9, after 1 come 0 and 3 with 1 : 4, after 3: 9 : 4.
    # So 3 is among the two with probability (0.9 + 0.8 + 1) / 3 = 0.9. 500 draws: within 6 standard deviations.
    x = np.array([[0.0], [1.0], [3.0]])
    drawn = student.many_starts(x, 2, 500, np.random.default_rng(0))
    assert_close(drawn, np.full((500, 2, 1), 1.5), atol=1.5, name="the centres of 500 calls")
    found = float(np.mean([3.0 in each for each in drawn]))
    assert_close(found, 0.9, rtol=0, atol=0.081, name="the share of calls with row 3")


@pytest.mark.exercise("k_means_plus_plus")
def test_all_rows_are_chosen_once(student):
    # Three of three rows: a row that is chosen has no distance left, however far the last one is.
    drawn = student.many_starts(np.array([[0.0], [1.0], [3.0]]), 3, 100, np.random.default_rng(0))
    assert_close(
        np.sort(drawn, axis=1), np.tile([[0.0], [1.0], [3.0]], (100, 1, 1)), name="the centres of 100 calls, sorted"
    )


@pytest.mark.exercise("k_means_plus_plus")
def test_the_first_row_is_drawn_too(student):
    # A third each of 500, give or take 0.13: six standard deviations.
    drawn = student.many_starts(np.array([[0.0], [1.0], [3.0]]), 1, 500, np.random.default_rng(0))
    assert_close(drawn, np.full((500, 1, 1), 1.5), atol=1.5, name="the centres of 500 calls")
    share = float(np.mean(drawn == 0.0))
    assert_close(share, 1 / 3, rtol=0, atol=0.13, name="the share of calls that begin with row 0")


@pytest.mark.exercise("neighbour_widths")
def test_widths_by_hand(student):
    # From (0, 0): 1 and 7, so the root of (1 + 49) / 2. From (1, 0): 1 and 6. From (7, 0): 6 and 7.
    centres = np.array([[0.0, 0.0], [1.0, 0.0], [7.0, 0.0]])
    expected = np.sqrt([25.0, 18.5, 42.5])
    assert_close(student.neighbour_widths(centres, 2), expected, name="widths")
    assert_close(student.neighbour_widths(centres, 1, 3.0), np.array([3.0, 3.0, 18.0]), name="widths")


@pytest.mark.exercise("neighbour_widths")
def test_widths_of_few_and_of_twins(student):
    # Five neighbours are asked for, and there are two: the roots as above.
    centres = np.array([[0.0, 0.0], [1.0, 0.0], [7.0, 0.0]])
    assert_close(student.neighbour_widths(centres, 5), np.sqrt([25.0, 18.5, 42.5]), name="widths")
    # Two centres in one place would have the width 0: they get the mean of the others, 5.
    twins = np.array([[0.0, 0.0], [0.0, 0.0], [3.0, 4.0]])
    assert_close(student.neighbour_widths(twins, 1), np.array([5.0, 5.0, 5.0]), name="widths of twins")


@pytest.mark.exercise("gaussian_features")
def test_features_by_hand(student):
    # 4 / (2 * 1) = 2 and 0; 4 / (2 * 4) = 1/2 for the second, which is twice as wide.
    out = student.gaussian_features(np.array([[0.0], [2.0]]), np.array([[0.0], [2.0]]), np.array([1.0, 2.0]))
    assert_close(out, np.exp([[0.0, -0.5], [-2.0, 0.0]]), name="out")


# One unit at (0, 0), another at (4, 0), both 1 wide; halfway, at (2, 0), each says e^-2.
HALFWAY = np.array([[2.0, 0.0]]), np.array([[0.0, 0.0], [4.0, 0.0]]), np.array([1.0, 1.0])
SAID = np.exp(-2.0)


@pytest.mark.exercise("rbf_forward")
def test_forward_by_hand(student):
    # 3 e^-2 + 5 e^-2 + 1.
    out, _ = student.rbf_forward(*HALFWAY, np.array([[3.0, 5.0]]), np.array([1.0]))
    assert_close(out, np.array([[8 * SAID + 1]]), name="out")


@pytest.mark.exercise("rbf_backward")
def test_backward_by_hand(student):
    # dout 2: the units get 6 and 10, times e^-2. The first centre gets that times 2 - 0, the second times 2 - 4.
    # x gets the opposite of their sum, 8 e^-2; widths: times 4 each.
    _, cache = student.rbf_forward(*HALFWAY, np.array([[3.0, 5.0]]), np.array([1.0]))
    found = student.rbf_backward(np.array([[2.0]]), cache)
    expected = (
        np.array([[8.0, 0.0]]) * SAID,
        np.array([[12.0, 0.0], [-20.0, 0.0]]) * SAID,
        np.array([24.0, 40.0]) * SAID,
        np.array([[2.0, 2.0]]) * SAID,
        np.array([2.0]),
    )
    assert_close(found, expected, name="(dx, dcentres, dwidths, dw, db)")


@pytest.mark.exercise("rbf_backward")
def test_backward_of_two_rows_and_wide_units(student):
    # The same row twice, widths 2: h = e^(-4/8). From each row the centres get 6 * 2 / 4 = 3 and 10 * -2 / 4 = -5 times h, the
    # widths 6 * 4 / 8 = 3 and 10 * 4 / 8 = 5 times h, w gets 2 h, and b gets 2. Rows add up.
    x, centres, _ = HALFWAY
    _, cache = student.rbf_forward(
        np.repeat(x, 2, axis=0), centres, np.array([2.0, 2.0]), np.array([[3.0, 5.0]]), np.array([1.0])
    )
    found, h = student.rbf_backward(np.array([[2.0], [2.0]]), cache), np.exp(-0.5)
    expected = (
        np.array([[2.0, 0.0], [2.0, 0.0]]) * h,
        np.array([[6.0, 0.0], [-10.0, 0.0]]) * h,
        np.array([6.0, 10.0]) * h,
        np.array([[4.0, 4.0]]) * h,
        np.array([4.0]),
    )
    assert_close(found, expected, name="(dx, dcentres, dwidths, dw, db)")


@pytest.mark.exercise("ridge_solve")
def test_a_line_without_a_price(student):
    # All rows lie on 2 f + 1.
    w, b = student.ridge_solve(np.array([[0.0], [2.0], [4.0]]), np.array([[1.0], [5.0], [9.0]]), 0.0)
    assert_close((w, b), (np.array([[2.0]]), np.array([1.0])), name="(w, b)")


@pytest.mark.exercise("ridge_solve")
@pytest.mark.rests_on("test_a_line_without_a_price")
def test_the_price_flattens_the_line(student):
    # Less their means, 2 and 5: features -2 0 2, targets -4 0 4. w = 16 / (8 + 8), and b = 5 - 1 * 2.
    w, b = student.ridge_solve(np.array([[0.0], [2.0], [4.0]]), np.array([[1.0], [5.0], [9.0]]), 8.0)
    assert_close((w, b), (np.array([[1.0]]), np.array([3.0])), name="(w, b)")


@pytest.mark.exercise("ridge_solve")
@pytest.mark.rests_on("test_a_line_without_a_price")
def test_the_shortest_of_many(student):
    # Two columns that are the same: w = (2, 0) does it, and (5, -3); (1, 1) is the shortest.
    w, b = student.ridge_solve(np.array([[0.0, 0.0], [2.0, 2.0], [4.0, 4.0]]), np.array([[1.0], [5.0], [9.0]]), 0.0)
    assert_close((w, b), (np.array([[1.0, 1.0]]), np.array([1.0])), name="(w, b)")


@pytest.mark.exercise("leave_one_out")
def test_means_of_the_others(student):
    # Features that say nothing: each fit is the mean of two, 4.5, 3 or 1.5. Errors -4.5, 0, 4.5.
    found = student.leave_one_out(np.zeros((3, 1)), np.array([[0.0], [3.0], [6.0]]), 1.0)
    assert_close(found, 13.5, name="the error")


@pytest.mark.exercise("leave_one_out")
def test_lines_through_two_of_three(student):
    # Lines at 0, 1, 2 through 0, 0, 6. Without the first: from (1, 0) to (2, 6), so -6 at 0. Without the second: 3 at 1.
    # Without the third: 0 at 2. Errors 6, -3, 6: 81 / 3.
    found = student.leave_one_out(np.array([[0.0], [1.0], [2.0]]), np.array([[0.0], [0.0], [6.0]]), 0.0)
    assert_close(found, 27.0, name="the error")


# Two pairs, far from each other: the centres are their middles.
FOUR, CLASSES = np.array([[0.0], [2.0], [10.0], [12.0]]), np.array([2, 2, 0, 0])


@pytest.mark.exercise("rbf_classifier")
def test_classifier_by_hand(student):
    # The middles are 1 and 11, so both widths are 2 * 10. The second of three classes has no row.
    net = student.rbf_classifier(FOUR, CLASSES, 3, 2, 0.0, np.random.default_rng(0))
    like = {"centres": np.zeros((2, 1)), "widths": np.zeros(2), "w": np.zeros((3, 2)), "b": np.zeros(3)}
    assert_close(net, like, atol=1e6, name="the net")
    assert_close(np.sort(net["centres"], axis=0), np.array([[1.0], [11.0]]), name="centres, sorted")
    assert_close(net["widths"], np.array([20.0, 20.0]), name="widths")
    features = np.exp(-((FOUR - net["centres"].T) ** 2) / 800)
    outputs = features @ net["w"].T + net["b"]
    assert_close(outputs.argmax(axis=1), CLASSES, name="the columns of the largest outputs")
    assert_close(outputs[:, 1], np.zeros(4), atol=1e-9, name="the outputs for the class without rows")


@pytest.mark.exercise("rbf_classifier")
@pytest.mark.after("test_classifier_by_hand")
def test_classifier_leaves_x_alone(student):
    assert_inputs_unchanged(
        lambda x, y: student.rbf_classifier(x, y, 3, 2, 0.1, np.random.default_rng(0)), FOUR, CLASSES
    )
