"""Hidden checks: random inputs, sums of exactly zero, convergence and manners."""

import itertools

import numpy as np
import pytest

from autograder import assert_close, assert_dtype, assert_inputs_unchanged, assert_refuses, no_warnings

TRUTH = {
    "AND": [0, 0, 0, 1],
    "OR": [0, 1, 1, 1],
    "NAND": [1, 1, 1, 0],
    "NOR": [1, 0, 0, 0],
    "NOT": [1, 0],
}
CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
CORNERS.flags.writeable = False
GATES = [(CORNERS, np.array(truth)) for name, truth in TRUTH.items() if name != "NOT"]


def separable_set(rng, n, d, margin):
    """Points of both classes with a gap of 2 * margin between them, along a direction that differs each time."""
    normal = rng.normal(size=d)
    normal /= np.linalg.norm(normal)
    X = rng.normal(size=(n, d))
    y = np.arange(n) % 2
    side = 2 * y - 1
    distance = X @ normal
    X += ((margin + np.abs(distance)) * side - distance)[:, None] * normal
    order = rng.permutation(n)
    return X[order] + 0.5 * normal, y[order]


@pytest.mark.exercise("mcculloch_pitts")
class TestMcCullochPitts:
    def test_sums_above_and_below(self, student, reference, rng):
        inputs = rng.permutation(np.array(list(itertools.product([0, 1], repeat=4))))
        weights = rng.permutation([2.0, -1.0, 0.5, 3.0])
        for threshold in (0.75, 2.25):  # no sum equals it: all are whole or half
            expected = reference.mcculloch_pitts(inputs, weights, threshold)
            assert_close(student.mcculloch_pitts(inputs, weights, threshold), expected)

    def test_a_sum_at_the_threshold_fires(self, student, reference, rng):
        inputs = rng.permutation(np.array(list(itertools.product([0, 1], repeat=4))))
        weights = rng.permutation([2.0, -1.0, 0.5, 3.0])
        for threshold in np.unique(inputs @ weights):  # every sum in turn, all exact in binary
            expected = reference.mcculloch_pitts(inputs, weights, float(threshold))
            assert_close(student.mcculloch_pitts(inputs, weights, float(threshold)), expected)

    @pytest.mark.parametrize("n, d", [(7, 3), (6, 1), (70, 2), (5, 1100)])
    def test_real_inputs(self, student, reference, rng, n, d):
        inputs, weights = rng.normal(size=(n, 2 * d))[:, ::2], rng.normal(size=d)
        threshold = float((inputs @ weights).mean())  # some above, some below
        expected = reference.mcculloch_pitts(inputs, weights, threshold)
        assert_close(student.mcculloch_pitts(inputs, weights, threshold), expected)

    def test_one_row(self, student, rng):
        row, weights = rng.normal(size=(1, 6)), rng.normal(size=6)
        total = float((row @ weights)[0])
        assert_close(student.mcculloch_pitts(row, weights, total - 0.5), np.array([1]))
        assert_close(student.mcculloch_pitts(row, weights, total + 0.5), np.array([0]))

    @pytest.mark.after("test_sums_above_and_below")
    def test_inputs_unchanged(self, student, rng):
        assert_inputs_unchanged(student.mcculloch_pitts, rng.normal(size=(5, 4)), rng.normal(size=4), 0.25)

    @pytest.mark.after("test_sums_above_and_below")
    def test_one_weight_an_input(self, student, rng):
        for count in (2, 4):
            inputs, weights = rng.integers(0, 2, size=(5, 3)), rng.normal(size=count)
            assert_refuses(student.mcculloch_pitts, "weights", inputs, weights, 1.0)


@pytest.mark.exercise("logic_gate")
class TestLogicGate:
    # Two gates at a time, which no one answer can satisfy.
    @pytest.mark.parametrize("names", [("AND", "OR"), ("NAND", "NOR"), ("NOT", "OR")], ids="-".join)
    def test_truth_tables(self, student, reference, names):
        for name, gate in [(name, student.logic_gate(name)) for name in names]:
            rows = np.array([[0], [1]]) if name == "NOT" else CORNERS
            weights, threshold = gate
            if type(weights) is np.ndarray and weights.shape == rows.shape[1:]:
                weights = weights.tolist()
            like = ([0.0] * rows.shape[1], 0.0)
            assert_close((weights, threshold), like, atol=1e6, name=f"(weights, threshold) of {name}")
            fires = reference.mcculloch_pitts(rows, np.array(weights), threshold)
            assert_close(fires, np.array(TRUTH[name]), name=f"what {name} gives on {rows.astype(int).tolist()}")

    @pytest.mark.weight(3)
    @pytest.mark.after("test_truth_tables")
    def test_xor_is_not_linearly_separable(self, student):
        for name in ("XOR", "XNOR"):
            with pytest.raises(ValueError, match=r"(?i)not linearly separable"):
                student.logic_gate(name)

    @pytest.mark.after("test_truth_tables")
    def test_unknown_names(self, student):
        for name in ("and", "IMPLIES", ""):
            assert_refuses(student.logic_gate, "name", name)


@pytest.mark.exercise("perceptron_predict")
class TestPerceptronPredict:
    @pytest.mark.parametrize("n, d", [(9, 4), (3, 6), (5, 1), (70, 3), (4, 1100)])
    def test_random_scores(self, student, reference, rng, n, d):
        X, w, b = rng.normal(size=(n, 2 * d))[:, ::2], rng.normal(size=d), float(rng.normal())
        X[:3] = np.outer([0.5, -0.5, -1.5], b * w / (w @ w))  # on both sides of -b, of 0 and of b
        assert_close(student.perceptron_predict(X, w, b), reference.perceptron_predict(X, w, b))

    def test_one_row(self, student, rng):
        row, w = rng.normal(size=(1, 6)), rng.normal(size=6)
        w /= row @ w  # the score is 1
        decisions = [student.perceptron_predict(row, w, b) for b in (1.5, -1.5)]
        assert_close(decisions, [np.array([1]), np.array([0])], name="the decisions for b = 1.5 and b = -1.5")

    def test_a_sum_of_zero_is_silent(self, student, reference, rng):
        X, w = rng.integers(-3, 4, size=(8, 3)).astype(float), np.array([2.0, -1.0, 0.5])
        X[:2] = [[3.0, 0.0, 1.0], [-1.0, 2.0, 0.0]]
        for score in np.unique(X @ w):  # whole numbers and halves: exact, so w . x + b is 0 for some row each time
            b = -float(score)
            assert_close(student.perceptron_predict(X, w, b), reference.perceptron_predict(X, w, b))

    @pytest.mark.after("test_random_scores")
    def test_inputs_unchanged(self, student, rng):
        assert_inputs_unchanged(student.perceptron_predict, rng.normal(size=(6, 5)), rng.normal(size=5), 0.1)

    @pytest.mark.after("test_random_scores")
    def test_one_weight_a_column(self, student, rng):
        for count in (2, 4):
            assert_refuses(student.perceptron_predict, "w", rng.normal(size=(5, 3)), rng.normal(size=count), 0.0)


def assert_step(student, reference, w, b, x, target, lr):
    expected = reference.perceptron_update(w, b, x, target, lr)
    assert_close(student.perceptron_update(w, b, x, target, lr), expected, name="(w, b)")


@pytest.mark.exercise("perceptron_update")
class TestPerceptronUpdate:
    # Turned round, the same unit decides the other way: whatever the sample, one of the two is the mistake.
    @pytest.mark.parametrize("d", [4, 1, 1100])
    @pytest.mark.parametrize("target", [1, 0], ids=["silent_wrongly", "fired_wrongly"])
    def test_a_mistake(self, student, reference, rng, d, target):
        w, b, x = rng.normal(size=d), float(rng.normal()), rng.normal(size=2 * d)[::2]
        lr = float(rng.uniform(0.1, 0.9))
        sign = 1 if (w @ x + b > 0) != bool(target) else -1
        assert_step(student, reference, sign * w, sign * b, x, target, lr)

    @pytest.mark.rests_on("test_a_mistake")
    def test_right_predictions_change_nothing(self, student, reference, rng):
        w, x = rng.normal(size=(2, 5))
        for total in (2.5, 0.25):  # clearly, and only just
            b = total - float(w @ x)
            for sign in (1, -1):
                assert_step(student, reference, sign * w, sign * b, x, int(sign > 0), 0.3)

    def test_a_sum_of_zero_is_silent(self, student, reference, rng):
        w, x = rng.permutation([2.0, -1.0, 0.5]), rng.permutation([3, 2, -2])
        for target in (1, 0):
            assert_step(student, reference, w, -float(w @ x), x, target, 0.25)

    @pytest.mark.after("test_a_mistake")
    def test_arguments_unchanged(self, student, rng):
        w, x = rng.normal(size=5), rng.normal(size=5)
        for target in (0, 1):
            assert_inputs_unchanged(student.perceptron_update, w, 0.5, x, target, 0.3)

    @pytest.mark.after("test_a_mistake")
    def test_target_is_zero_or_one(self, student, rng):
        for target in (-1, 2):
            assert_refuses(student.perceptron_update, "target", rng.normal(size=3), 0.0, rng.normal(size=3), target, 1)


@pytest.mark.exercise("perceptron_fit")
class TestPerceptronFit:
    def test_weights_of_the_gates(self, student, reference):
        for X, y in GATES:
            w, b, _ = three(student.perceptron_fit(X, y))
            assert_close((w, b), reference.perceptron_fit(X, y)[:2], name="(w, b)")

    def test_errors_of_the_gates(self, student, reference):
        for X, y in [*GATES, (CORNERS[[0, 3]], np.array([1, 0]))]:
            _, _, errors = three(student.perceptron_fit(X, y))
            assert_close(errors, reference.perceptron_fit(X, y)[2], name="errors")

    @pytest.mark.parametrize("n, d, margin", [(11, 5, 0.3), (23, 3, 0.6), (70, 1100, 1.0)])
    def test_separates_a_set_with_a_margin(self, student, reference, rng, n, d, margin):
        # Novikoff: at most (R / margin)^2 mistakes, in practice far fewer, and each epoch but the last makes one or more.
        X, y = separable_set(rng, n, d, margin)
        w, b, errors = three(student.perceptron_fit(X, y))
        expected = reference.perceptron_fit(X, y)
        assert_close((w, b), expected[:2], name="(w, b)")
        assert_close(errors, expected[2], name="errors")

    def test_one_sample(self, student, reference):
        X = np.array([[0.5, -2.0, 1.5]])
        for label in (1, 0):  # a mistake, then none; and none at all
            expected = reference.perceptron_fit(X, np.array([label]))
            assert_close(student.perceptron_fit(X, np.array([label])), expected, name="(w, b, errors)")

    def test_contradictions_go_on_for_100_epochs(self, student, reference):
        X, y = np.array([[1.0, 2.0], [1.0, 2.0], [0.5, -1.0]]), np.array([1, 0, 1])
        assert_close(student.perceptron_fit(X, y), reference.perceptron_fit(X, y), name="(w, b, errors)")

    @pytest.mark.parametrize("max_epochs", [7, 1])
    def test_xor_stops_at_max_epochs(self, student, reference, max_epochs):
        y = np.array([0, 1, 1, 0])
        expected = reference.perceptron_fit(CORNERS, y, max_epochs=max_epochs)
        assert_close(student.perceptron_fit(CORNERS, y, max_epochs=max_epochs), expected, name="(w, b, errors)")

    def test_learning_rate(self, student, reference, rng):
        X, y = separable_set(rng, n=23, d=3, margin=0.6)
        for lr in (0.5, 0.03):
            assert_close(student.perceptron_fit(X, y, lr), reference.perceptron_fit(X, y, lr), name="(w, b, errors)")

    @pytest.mark.after("test_errors_of_the_gates")
    def test_arguments_unchanged(self, student, rng):
        assert_inputs_unchanged(student.perceptron_fit, rng.normal(size=(6, 4)), np.arange(6) % 2, 1.0, 5)

    @pytest.mark.after("test_errors_of_the_gates")
    def test_labels_are_zero_or_one_and_one_a_row(self, student):
        for y in ([-1, 1, 1, -1], [0, 1, 2, 1], [0, 1, 1], [0, 1, 1, 0, 1]):
            assert_refuses(student.perceptron_fit, "y", CORNERS, np.array(y))


def three(answer):
    """(w, b, errors), or anything that the comparison of w will tell what it is."""
    return answer if type(answer) in (list, tuple) and len(answer) == 3 else (answer, answer, answer)


@pytest.mark.exercise("delta_rule_update")
class TestDeltaRuleUpdate:
    @pytest.mark.parametrize("d", [5, 1, 70, 1100])
    def test_random_steps(self, student, reference, rng, d):
        w, b, x = rng.normal(size=d) / d**0.5, float(rng.normal()), rng.normal(size=2 * d)[::2]
        lr = float(rng.uniform(0.1, 3.0))
        for target in (0, 1):
            expected = reference.delta_rule_update(w, b, x, target, lr)
            assert_close(student.delta_rule_update(w, b, x, target, lr), expected, name="(w, b)")

    def test_targets_between_zero_and_one(self, student, reference, rng):
        w, b, x, target = rng.normal(size=6), float(rng.normal()), rng.normal(size=6), float(rng.uniform(0.1, 0.9))
        expected = reference.delta_rule_update(w, b, x, target, 0.7)
        assert_close(student.delta_rule_update(w, b, x, target, 0.7), expected, name="(w, b)")

    def test_steps_down_the_squared_error(self, student, rng):
        # An independent judge: the slope of (target - o)^2 / 2 by central differences, along w's entries and b.
        theta, x, target = rng.normal(size=4), np.append(rng.normal(size=3), 1.0), float(rng.uniform(0.2, 0.8))

        def error(theta):
            return (target - 1 / (1 + np.exp(-theta @ x))) ** 2 / 2

        slopes = np.array([(error(theta + step) - error(theta - step)) / 2e-5 for step in 1e-5 * np.eye(4)])
        stepped = student.delta_rule_update(theta[:3], float(theta[3]), x[:3], target, 0.5)
        expected = theta - 0.5 * slopes  # good to about 1e-10
        assert_close(stepped, (expected[:3], float(expected[3])), rtol=1e-7, atol=1e-9, name="(w, b)")

    @pytest.mark.rests_on("test_random_steps")
    def test_saturated_units_stay_where_they_are(self, student, reference, rng):
        x = rng.uniform(1.0, 2.0, size=3)
        for z in (-1e4, -750.0, 750.0, 1e4):
            w = z * x / (x @ x)
            expected = reference.delta_rule_update(w, 0.5, x, 0.5, 1.0)
            assert_close(student.delta_rule_update(w, 0.5, x, 0.5, 1.0), expected, name="(w, b)")

    @pytest.mark.after("test_saturated_units_stay_where_they_are")
    def test_saturated_units_do_not_overflow(self, student, reference, rng):
        x = rng.uniform(1.0, 2.0, size=3)
        for z in (-1e4, -750.0, 750.0):
            w = z * x / (x @ x)
            with no_warnings():
                step = student.delta_rule_update(w, 0.5, x, 0.5, 1.0)
            assert_close(step, reference.delta_rule_update(w, 0.5, x, 0.5, 1.0), name="(w, b)")

    @pytest.mark.after("test_random_steps")
    def test_target_within_reach(self, student, rng):
        for target in (-0.5, 1.5):
            w, x = rng.normal(size=(2, 3))
            assert_refuses(student.delta_rule_update, "target", w, 0.0, x, target, 1.0)

    @pytest.mark.after("test_random_steps")
    def test_keeps_arguments_and_float32(self, student, reference, rng):
        w, x = rng.normal(size=(2, 4)).astype(np.float32)
        step = assert_inputs_unchanged(student.delta_rule_update, w, 0.25, x, 1.0, 0.5)
        expected = reference.delta_rule_update(w, 0.25, x, 1.0, 0.5)
        assert_close(step, expected, rtol=1e-4, atol=1e-5, name="(w, b)")
        assert_dtype(step[0], "float32", name="w")
