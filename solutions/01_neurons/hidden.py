"""Hidden checks: random inputs, sums of exactly zero, convergence and manners."""

import itertools

import numpy as np
import pytest

from autograder import assert_close, assert_dtype, assert_inputs_unchanged, no_warnings

TRUTH = {
    "AND": [0, 0, 0, 1],
    "OR": [0, 1, 1, 1],
    "NAND": [1, 1, 1, 0],
    "NOR": [1, 0, 0, 0],
    "NOT": [1, 0],
}
CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
CORNERS.flags.writeable = False


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
    def test_a_sum_at_the_threshold_fires(self, student, reference, rng):
        inputs = rng.permutation(np.array(list(itertools.product([0, 1], repeat=4))))
        weights = rng.permutation([2.0, -1.0, 0.5, 3.0])
        for threshold in np.unique(inputs @ weights):  # every sum in turn, all exact in binary
            expected = reference.mcculloch_pitts(inputs, weights, float(threshold))
            assert_close(student.mcculloch_pitts(inputs, weights, float(threshold)), expected)

    def test_real_inputs_and_one_row(self, student, reference, rng):
        for n, d in ((7, 3), (6, 1), (2, 8)):
            inputs, weights = rng.normal(size=(n, d)), rng.normal(size=d)
            threshold = float((inputs @ weights).mean())  # some above, some below
            for rows in (inputs, inputs[:1], inputs[-1:]):
                expected = reference.mcculloch_pitts(rows, weights, threshold)
                assert_close(student.mcculloch_pitts(rows, weights, threshold), expected)

    @pytest.mark.after("test_a_sum_at_the_threshold_fires")
    def test_inputs_unchanged_and_not_contiguous(self, student, reference, rng):
        inputs, weights = rng.normal(size=(5, 8))[:, ::2], rng.normal(size=4)
        fires = assert_inputs_unchanged(student.mcculloch_pitts, inputs, weights, 0.25)
        assert_close(fires, reference.mcculloch_pitts(inputs, weights, 0.25))

    @pytest.mark.after("test_a_sum_at_the_threshold_fires")
    def test_one_weight_an_input(self, student, rng):
        for count in (2, 4):
            with pytest.raises(ValueError, match="weights"):
                student.mcculloch_pitts(rng.integers(0, 2, size=(5, 3)), rng.normal(size=count), 1.0)


@pytest.mark.exercise("logic_gate")
class TestLogicGate:
    def test_truth_tables(self, student, reference):
        gates = {name: student.logic_gate(name) for name in TRUTH}
        for name, (weights, threshold) in gates.items():
            rows = np.array([[0], [1]]) if name == "NOT" else CORNERS
            assert_close(threshold, 0.0, atol=1e6, name=f"the threshold of {name}")  # one number, not one for each row
            fires = reference.mcculloch_pitts(rows, np.asarray(weights), threshold)
            assert_close(fires, np.array(TRUTH[name]), name=f"what {name} gives on {rows.astype(int).tolist()}")

    @pytest.mark.after("test_truth_tables")
    def test_xor_is_not_linearly_separable(self, student):
        for name in ("XOR", "XNOR"):
            with pytest.raises(ValueError, match=r"(?i)not linearly separable"):
                student.logic_gate(name)

    @pytest.mark.after("test_truth_tables")
    def test_unknown_names(self, student):
        for name in ("and", "IMPLIES", ""):
            with pytest.raises(ValueError, match=r"(?i)\bname\b"):
                student.logic_gate(name)


@pytest.mark.exercise("perceptron_predict")
class TestPerceptronPredict:
    def test_random_scores(self, student, reference, rng):
        for n, d in ((9, 4), (2, 6), (5, 1)):
            X, w = rng.normal(size=(n, d)), rng.normal(size=d)
            X[0], X[-1] = w, -w  # at least one on each side
            b = float(rng.uniform(-0.5, 0.5) * (w @ w))
            for rows in (X, X[:1], X[-1:]):
                assert_close(student.perceptron_predict(rows, w, b), reference.perceptron_predict(rows, w, b))

    def test_a_sum_of_zero_is_silent(self, student, reference, rng):
        X, w = rng.integers(-3, 4, size=(8, 3)).astype(float), np.array([2.0, -1.0, 0.5])
        X[:2] = [[3.0, 0.0, 1.0], [-1.0, 2.0, 0.0]]
        for score in np.unique(X @ w):  # whole numbers and halves: exact, so w . x + b is 0 for some row each time
            b = -float(score)
            assert_close(student.perceptron_predict(X, w, b), reference.perceptron_predict(X, w, b))

    @pytest.mark.after("test_random_scores")
    def test_inputs_unchanged_and_not_contiguous(self, student, reference, rng):
        X, w = rng.normal(size=(6, 10))[:, ::2], rng.normal(size=5)
        decisions = assert_inputs_unchanged(student.perceptron_predict, X, w, 0.1)
        assert_close(decisions, reference.perceptron_predict(X, w, 0.1))

    @pytest.mark.after("test_random_scores")
    def test_one_weight_a_column(self, student, rng):
        for count in (2, 4):
            with pytest.raises(ValueError, match=r"\bw\b"):
                student.perceptron_predict(rng.normal(size=(5, 3)), rng.normal(size=count), 0.0)


@pytest.mark.exercise("perceptron_update")
class TestPerceptronUpdate:
    def test_every_kind_of_sample(self, student, reference, rng):
        for d in (4, 1, 7):
            w, b, x = rng.normal(size=d), float(rng.normal()), rng.normal(size=d)
            lr = float(rng.uniform(0.1, 0.9))
            # Turned round, the same unit decides the other way: fired and silent, each rightly and wrongly.
            for sign, target in itertools.product((1, -1), (0, 1)):
                expected = reference.perceptron_update(sign * w, sign * b, x, target, lr)
                assert_close(student.perceptron_update(sign * w, sign * b, x, target, lr), expected, name="(w, b)")

    def test_a_sum_of_zero_is_silent(self, student, reference, rng):
        w, x = rng.permutation([2.0, -1.0, 0.5]), rng.permutation([3, 2, -2])
        for target in (1, 0):
            expected = reference.perceptron_update(w, -float(w @ x), x, target, 0.25)
            assert_close(student.perceptron_update(w, -float(w @ x), x, target, 0.25), expected, name="(w, b)")

    @pytest.mark.after("test_every_kind_of_sample")
    def test_arguments_unchanged(self, student, rng):
        w, x = rng.normal(size=5), rng.normal(size=10)[::2]
        for target in (0, 1):
            assert_inputs_unchanged(student.perceptron_update, w, 0.5, x, target, 0.3)

    @pytest.mark.after("test_every_kind_of_sample")
    def test_target_is_zero_or_one(self, student, rng):
        for target in (-1, 2):
            with pytest.raises(ValueError, match="target"):
                student.perceptron_update(rng.normal(size=3), 0.0, rng.normal(size=3), target, 1.0)


@pytest.mark.exercise("perceptron_fit")
class TestPerceptronFit:
    def test_separates_a_set_with_a_margin(self, student, reference, rng):
        # Novikoff: at most (R / margin)^2 mistakes, here well below 300, and each epoch but the last makes one or more.
        X, y = separable_set(rng, n=23, d=3, margin=0.6)
        w, b, errors = student.perceptron_fit(X, y, lr=0.5, max_epochs=300)
        assert_close(reference.perceptron_predict(X, w, b), y, name="the labels that w and b give")
        assert_close(errors[-1], 0, name="the mistakes in the last epoch")
        assert_close((w, b), reference.perceptron_fit(X, y, 0.5, 300)[:2], name="(w, b)")

    def test_errors_count_the_mistakes_while_learning(self, student, reference, rng):
        sets = [(CORNERS, np.array(truth)) for name, truth in TRUTH.items() if name != "NOT"]
        sets += [(CORNERS[[0, 3]], np.array([1, 0])), separable_set(rng, n=11, d=5, margin=0.3)]
        sets += [(np.array([[0.5, -2.0, 1.5]]), np.array([1]))]  # one sample: a mistake, then none
        for X, y in sets:
            assert_close(student.perceptron_fit(X, y)[2], reference.perceptron_fit(X, y)[2], name="errors")

    def test_xor_goes_on_to_max_epochs(self, student, reference):
        y = np.array([0, 1, 1, 0])
        for more in ({"max_epochs": 7, "lr": 0.5}, {"max_epochs": 1}, {}):
            expected = reference.perceptron_fit(CORNERS, y, **more)
            assert_close(student.perceptron_fit(CORNERS, y, **more), expected, name="(w, b, errors)")

    @pytest.mark.after("test_errors_count_the_mistakes_while_learning")
    def test_arguments_unchanged_and_nothing_to_learn(self, student, reference, rng):
        X = rng.normal(size=(6, 8))[:, ::2]
        for y in (np.arange(6) % 2, np.zeros(6, dtype=int)):
            fitted = assert_inputs_unchanged(student.perceptron_fit, X, y, 1.0, 5)
            assert_close(fitted, reference.perceptron_fit(X, y, 1.0, 5), name="(w, b, errors)")

    @pytest.mark.after("test_errors_count_the_mistakes_while_learning")
    def test_labels_are_zero_or_one_and_one_a_row(self, student):
        for y in ([-1, 1, 1, -1], [0, 1, 2, 1], [0, 1, 1], [0, 1, 1, 0, 1]):
            with pytest.raises(ValueError, match=r"\by\b"):
                student.perceptron_fit(CORNERS, np.array(y))


@pytest.mark.exercise("delta_rule_update")
class TestDeltaRuleUpdate:
    def test_random_steps(self, student, reference, rng):
        for d in (5, 1, 8):
            w, b, x = rng.normal(size=d), float(rng.normal()), rng.normal(size=d)
            lr = float(rng.uniform(0.1, 3.0))
            for target in (0, 1, float(rng.uniform(0.1, 0.9))):
                expected = reference.delta_rule_update(w, b, x, target, lr)
                assert_close(student.delta_rule_update(w, b, x, target, lr), expected, name="(w, b)")

    def test_steps_down_the_squared_error(self, student, rng):
        # An independent judge: the slope of (target - o)^2 / 2 by central differences, along w's entries and b.
        theta, x, target = rng.normal(size=4), np.append(rng.normal(size=3), 1.0), float(rng.uniform(0.2, 0.8))

        def error(theta):
            return (target - 1 / (1 + np.exp(-theta @ x))) ** 2 / 2

        slopes = np.array([(error(theta + step) - error(theta - step)) / 2e-5 for step in 1e-5 * np.eye(4)])
        w, b = student.delta_rule_update(theta[:3], float(theta[3]), x[:3], target, 0.5)
        expected = theta - 0.5 * slopes  # good to about 1e-10
        assert_close(w, expected[:3], rtol=1e-7, atol=1e-9, name="w")
        assert_close(b, float(expected[3]), rtol=1e-7, atol=1e-9, name="b")

    @pytest.mark.after("test_random_steps")
    def test_saturated_units_do_not_overflow(self, student, reference, rng):
        x = rng.uniform(1.0, 2.0, size=3)
        for z in (-1e4, -750.0, 750.0, 1e4):
            w = z * x / (x @ x)
            with no_warnings():
                step = student.delta_rule_update(w, 0.5, x, 0.5, 1.0)
            assert_close(step, reference.delta_rule_update(w, 0.5, x, 0.5, 1.0), name="(w, b)")

    @pytest.mark.after("test_random_steps")
    def test_target_within_reach(self, student, rng):
        for target in (-0.5, 1.5):
            with pytest.raises(ValueError, match="target"):
                student.delta_rule_update(rng.normal(size=3), 0.0, rng.normal(size=3), target, 1.0)

    @pytest.mark.after("test_random_steps")
    def test_keeps_arguments_and_float32(self, student, reference, rng):
        w, x = rng.normal(size=4).astype(np.float32), rng.normal(size=8).astype(np.float32)[::2]
        stepped, _ = assert_inputs_unchanged(student.delta_rule_update, w, 0.25, x, 1.0, 0.5)
        assert_close(stepped, reference.delta_rule_update(w, 0.25, x, 1.0, 0.5)[0], name="w")
        assert_dtype(stepped, "float32", name="w")
