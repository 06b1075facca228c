"""Known wrong answers, each with the hint that a student gets."""

import numpy as np

from autograder import mistake, reference_beside

reference = reference_beside(__file__)

# Each mistake makes only the one it is named for: it refuses bad input as the given lines do.


@mistake(
    "mcculloch_pitts", hint="The neuron fires when the sum reaches the threshold: a sum equal to it fires too (>=)."
)
def fires_only_above_threshold(inputs, weights, threshold):
    return reference.perceptron_predict(inputs, weights, -threshold)


@mistake(
    "mcculloch_pitts", hint="Each input counts with its own weight: add up input times weight, not the inputs alone."
)
def counts_the_inputs(inputs, weights, threshold):
    return reference.mcculloch_pitts(inputs, np.ones_like(weights), threshold)


@mistake("mcculloch_pitts", hint="The sum is compared with the threshold that is given, not with 0.")
def compares_with_zero(inputs, weights, threshold):
    return reference.mcculloch_pitts(inputs, weights, 0.0)


@mistake(
    "mcculloch_pitts",
    hint="The answer is the integer 1 or 0, not True or False and not 1.0 or 0.0: turn it into integers.",
)
def mcculloch_pitts_booleans(inputs, weights, threshold):
    return reference.mcculloch_pitts(inputs, weights, threshold) == 1


@mistake(
    "logic_gate",
    hint="The neuron fires at the threshold too (>=). With these thresholds, made for >, gates fire too early.",
)
def thresholds_for_strictly_above(name):
    weights, threshold = reference.logic_gate(name)
    return weights, threshold - 1


@mistake(
    "logic_gate",
    hint="NAND is silent only when both inputs are 1, NOR fires only when both are 0: these two are swapped.",
)
def nand_and_nor_swapped(name):
    return reference.logic_gate({"NAND": "NOR", "NOR": "NAND"}.get(name, name))


@mistake("logic_gate", hint="AND needs both inputs, OR is content with one: these two are swapped.")
def and_and_or_swapped(name):
    return reference.logic_gate({"AND": "OR", "OR": "AND"}.get(name, name))


@mistake("logic_gate", hint="NOT must be held back by its input: its weight has to be negative.")
def not_with_a_positive_weight(name):
    weights, threshold = reference.logic_gate(name)
    return (np.array([1.0]), 0.0) if name == "NOT" else (weights, threshold)


@mistake("logic_gate", hint="No weights give XOR or XNOR: no line separates their corners. Say so with a ValueError.")
def xor_as_some_other_gate(name):
    return reference.logic_gate({"XOR": "OR", "XNOR": "NOR"}.get(name, name))


@mistake("perceptron_predict", hint="The perceptron fires strictly above zero: a sum of exactly 0 gives 0.")
def predict_fires_at_zero(X, w, b):
    return reference.mcculloch_pitts(X, w, -b)


@mistake("perceptron_predict", hint="The bias belongs to the sum: w . x + b, not w . x alone.")
def predict_without_bias(X, w, b):
    return reference.perceptron_predict(X, w, 0.0)


@mistake("perceptron_predict", hint="The bias is added; only a threshold would be subtracted.")
def predict_subtracts_bias(X, w, b):
    return reference.perceptron_predict(X, w, -b)


@mistake("perceptron_predict", hint="The two answers are 1 and 0 here, not 1 and -1.")
def predict_signs(X, w, b):
    return 2 * reference.perceptron_predict(X, w, b) - 1


@mistake(
    "perceptron_predict",
    hint="The answer is the integer 1 or 0, not True or False and not 1.0 or 0.0: turn it into integers.",
)
def predict_booleans(X, w, b):
    return reference.perceptron_predict(X, w, b) == 1


@mistake(
    "perceptron_update",
    hint="Rosenblatt's rule has no factor of the output: where that is 0, nothing would ever be learnt.",
)
def update_error_times_output(w, b, x, target, lr):
    new_w, new_b = reference.perceptron_update(w, b, x, target, lr)
    return (new_w if x @ w + b > 0 else w), new_b


@mistake("perceptron_update", hint="The bias learns too: it moves by lr * error, as a weight whose input is always 1.")
def update_without_bias(w, b, x, target, lr):
    return reference.perceptron_update(w, b, x, target, lr)[0], b


@mistake(
    "perceptron_update",
    hint="Two factors too many: neither the output nor the old bias belongs in the rule, only the error and the input.",
)
def update_with_both_wrong_factors(w, b, x, target, lr):
    new_w, new_b = reference.perceptron_update(w, b, x, target, lr)
    return (new_w if x @ w + b > 0 else w), b + (new_b - b) * b


@mistake(
    "perceptron_update", hint="The error is target - output: with the opposite sign each step makes the mistake worse."
)
def update_away_from_target(w, b, x, target, lr):
    return reference.perceptron_update(w, b, x, target, -lr)


@mistake(
    "perceptron_update",
    hint="A sum of exactly 0 is silent here too: the output is 1 only where w . x + b > 0, strictly.",
)
def update_fires_at_zero(w, b, x, target, lr):
    reference.perceptron_update(w, b, x, target, lr)
    error = target - int(x @ w + b >= 0)
    return w + lr * error * x, b + lr * error


@mistake(
    "perceptron_update",
    hint="With targets 0 and 1 the step needs the error, target - output: lr * target * x never pushes a sample away.",
)
def update_by_target(w, b, x, target, lr):
    new_w, new_b = reference.perceptron_update(w, b, x, target, lr)
    return (new_w, new_b) if target == 1 else (w, b)


@mistake("perceptron_update", hint="The learning rate belongs to the bias's step too: b + lr * error.")
def update_bias_without_rate(w, b, x, target, lr):
    return reference.perceptron_update(w, b, x, target, lr)[0], reference.perceptron_update(w, b, x, target, 1.0)[1]


@mistake(
    "perceptron_update",
    hint="The caller still needs the old weights: return w + ..., instead of changing w itself (w += ...).",
)
def update_in_place(w, b, x, target, lr):
    w[...], b = reference.perceptron_update(w, b, x, target, lr)
    return w, b


@mistake(
    "perceptron_fit",
    hint="Update after each sample, so that the next one meets the new weights; do not sum up over the epoch.",
)
def fit_sums_updates_over_the_epoch(X, y, lr=1.0, max_epochs=100):
    w, b, errors = reference.perceptron_fit(X, y, lr, 0)
    for _ in range(max_epochs):
        error = y - reference.perceptron_predict(X, w, b)
        w, b = w + lr * error @ X, b + lr * float(error.sum())
        errors.append(int(np.abs(error).sum()))
        if errors[-1] == 0:
            break
    return w, b, errors


def fit_by_firing_at_zero(X, y, lr, max_epochs, stop):
    w, b, errors = reference.perceptron_fit(X, y, lr, 0)
    for _ in range(max_epochs):
        errors.append(0)
        for x, target in zip(X, y, strict=True):
            error = int(target) - int(x @ w + b >= 0)
            errors[-1] += abs(error)
            w, b = w + lr * error * x, b + lr * error
        if stop and errors[-1] == 0:
            break
    return w, b, errors


@mistake(
    "perceptron_fit", hint="A sum of exactly 0 is silent, at the start too: it fires where w . x + b > 0, strictly."
)
def fit_fires_at_zero(X, y, lr=1.0, max_epochs=100):
    return fit_by_firing_at_zero(X, y, lr, max_epochs, stop=True)


@mistake(
    "perceptron_fit",
    hint="Two slips: a sum of exactly 0 is silent (>, not >=), and an epoch without a mistake ends the training.",
)
def fit_fires_at_zero_and_never_stops(X, y, lr=1.0, max_epochs=100):
    return fit_by_firing_at_zero(X, y, lr, max_epochs, stop=False)


@mistake("perceptron_fit", hint="The learning rate is given as an argument: hand it on to perceptron_update.")
def fit_with_rate_one(X, y, lr=1.0, max_epochs=100):
    return reference.perceptron_fit(X, y, 1.0, max_epochs)


@mistake("perceptron_fit", hint="An epoch without a mistake ends the training: nothing will change any more.")
def fit_without_early_stop(X, y, lr=1.0, max_epochs=100):
    w, b, errors = reference.perceptron_fit(X, y, lr, max_epochs)
    return w, b, errors + [0] * (max_epochs - len(errors))


@mistake("perceptron_fit", hint="The clean epoch counts too: note its 0 in errors before stopping.")
def fit_leaves_out_the_clean_epoch(X, y, lr=1.0, max_epochs=100):
    w, b, errors = reference.perceptron_fit(X, y, lr, max_epochs)
    return w, b, [mistakes for mistakes in errors if mistakes]


@mistake(
    "perceptron_fit",
    hint="Count a mistake when its sample comes by, before the update; the end of the epoch is too late.",
)
def fit_counts_after_the_epoch(X, y, lr=1.0, max_epochs=100):
    w, b, errors = reference.perceptron_fit(X, y, lr, 0)
    for _ in range(max_epochs):
        for x, target in zip(X, y, strict=True):
            w, b = reference.perceptron_update(w, b, x, target, lr)
        errors.append(int((reference.perceptron_predict(X, w, b) != y).sum()))
        if errors[-1] == 0:
            break
    return w, b, errors


@mistake("perceptron_fit", hint="The bias stays at 0: take both values that perceptron_update returns.")
def fit_without_bias(X, y, lr=1.0, max_epochs=100):
    w, b, errors = reference.perceptron_fit(X, y, lr, 0)
    for _ in range(max_epochs):
        errors.append(0)
        for x, target in zip(X, y, strict=True):
            errors[-1] += int(int(x @ w > 0) != target)
            w, _ = reference.perceptron_update(w, b, x, target, lr)
        if errors[-1] == 0:
            break
    return w, b, errors


@mistake(
    "perceptron_fit",
    hint="Nothing is learnt from zeros: a factor of the output or of the old bias stands in the update and keeps it 0.",
)
def fit_with_both_wrong_factors(X, y, lr=1.0, max_epochs=100):
    w, b, _ = reference.perceptron_fit(X, y, lr, 0)  # zeros, and they stay zeros: no sample fires
    mistakes = int(np.sum(y))
    return w, b, [mistakes] * max_epochs if mistakes else [0]


@mistake(
    "delta_rule_update", hint="The sigmoid's own slope is missing: the chain rule multiplies target - o by o * (1 - o)."
)
def delta_without_slope(w, b, x, target, lr):
    reference.delta_rule_update(w, b, x, target, lr)
    delta = target - 1 / (1 + np.exp(-np.clip(x @ w + b, -700, 700)))
    return w + lr * delta * x, float(b + lr * delta)


@mistake("delta_rule_update", hint="The slope is o * (1 - o), of the output o, not of the weighted sum z.")
def delta_with_slope_of_the_sum(w, b, x, target, lr):
    reference.delta_rule_update(w, b, x, target, lr)
    z = np.clip(x @ w + b, -700, 700)
    delta = (target - 1 / (1 + np.exp(-z))) * z * (1 - z)
    return w + lr * delta * x, float(b + lr * delta)


@mistake(
    "delta_rule_update", hint="The sign is turned round: this goes up the error. Downhill is + lr * (target - o) * ..."
)
def delta_uphill(w, b, x, target, lr):
    return reference.delta_rule_update(w, b, x, target, -lr)


@mistake(
    "delta_rule_update",
    hint="The 2 of the square and the 1/2 in front cancel: the gradient of (target - o)^2 / 2 has no factor 2.",
)
def delta_twice(w, b, x, target, lr):
    return reference.delta_rule_update(w, b, x, target, 2 * lr)


@mistake("delta_rule_update", hint="The bias learns too: it moves by lr * delta, as a weight whose input is always 1.")
def delta_without_bias(w, b, x, target, lr):
    return reference.delta_rule_update(w, b, x, target, lr)[0], b


@mistake(
    "delta_rule_update", hint="exp(-z) overflows for large negative z. Use exp(-|z|), which never does, on both sides."
)
def delta_overflows(w, b, x, target, lr):
    reference.delta_rule_update(w, b, x, target, lr)
    o = 1 / (1 + np.exp(-(x @ w + b)))
    delta = (target - o) * o * (1 - o)
    return w + lr * delta * x, float(b + lr * delta)
