"""Neurons that decide and learn: from a fixed threshold to weights that find themselves.

All neurons here take inputs x, add them up with weights w, and turn the sum into an output. Labels and decisions are
the integers 0 (silent) and 1 (fires). Every function returns new values and leaves its arguments as they were.
"""

import numpy as np

GATES = ("AND", "OR", "NAND", "NOR", "NOT", "XOR", "XNOR")


def require(holds, message):
    """Raise ValueError(message) unless it holds. Given, as its calls are: refusing bad input is not the lesson here."""
    if not holds:
        raise ValueError(message)


def mcculloch_pitts(inputs, weights, threshold):
    """A neuron that fires when the weighted sum of its inputs reaches the threshold: sum_d x_d w_d >= threshold.

    Nothing is learnt: whoever builds the neuron chooses weights and threshold. A sum that equals the threshold fires.

    Args:
        inputs: array (N, D), one row of inputs (as a rule zeros and ones) for each of N decisions.
        weights: array (D,); a negative weight holds the neuron back.
        threshold: number.

    Returns:
        New integer array (N,) of zeros and ones. The arguments stay as they were.

    Raises:
        ValueError: naming weights, if there is not one weight for each of the D columns.

    Source: McCulloch and Pitts, "A logical calculus of the ideas immanent in nervous activity" (1943). There a fixed
    number of active inputs excites and a single inhibitory one forbids; real weights are the later, general form.

    Example:
        >>> mcculloch_pitts(np.array([[1, 0], [0, 1], [1, 1]]), np.array([2.0, 1.0]), 2.0)
        array([1, 0, 1])
    """
    require(len(weights) == inputs.shape[1], f"weights: {len(weights)} for the {inputs.shape[1]} columns of inputs")
    ### BEGIN SOLUTION
    return (inputs @ weights >= threshold).astype(int)
    ### END SOLUTION


def logic_gate(name):
    """Weights and threshold that make mcculloch_pitts compute a logic gate on inputs of 0 and 1.

    There are many right answers: any that gives the gate's truth table.

    Args:
        name: "AND", "OR", "NAND" or "NOR" (two inputs) or "NOT" (one input), in capitals.

    Returns:
        (weights, threshold): array (2,), or (1,) for NOT, and a number.

    Raises:
        ValueError: for "XOR" and "XNOR", with a message that says that the gate is "not linearly separable". That no
            weights can do it is the lesson, so this one is yours to raise.
        ValueError: naming name, for any other name.

    Source: Minsky and Papert, "Perceptrons" (1969), on what one such neuron cannot compute.

    Example:
        >>> weights, threshold = logic_gate("AND")
        >>> mcculloch_pitts(np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), weights, threshold)
        array([0, 0, 0, 1])
    """
    require(name in GATES, f"name must be one of {', '.join(GATES)}, not {name!r}")
    ### BEGIN SOLUTION
    if name in ("XOR", "XNOR"):
        raise ValueError(f"name {name!r}: this gate is not linearly separable, so no single neuron computes it")
    gates = {
        "AND": (np.ones(2), 2.0),
        "OR": (np.ones(2), 1.0),
        "NAND": (-np.ones(2), -1.0),
        "NOR": (-np.ones(2), 0.0),
        "NOT": (-np.ones(1), 0.0),
    }
    return gates[name]
    ### END SOLUTION


def perceptron_predict(X, w, b):
    """Rosenblatt's perceptron: 1 where w . x + b > 0, strictly, else 0. A sum of exactly 0 gives 0.

    The bias b takes the threshold's place: it is what the sum must overcome, with its sign turned round.

    Args:
        X: float array (N, D), one sample a row.
        w: float array (D,), the weights.
        b: float, the bias.

    Returns:
        New integer array (N,) of zeros and ones. The arguments stay as they were.

    Raises:
        ValueError: naming w, if there is not one weight for each of the D columns.

    Source: Rosenblatt, "The perceptron" (1958).

    Example:
        >>> perceptron_predict(np.array([[0.49], [0.5], [0.51]]), np.array([1.0]), -0.5)
        array([0, 0, 1])
    """
    require(len(w) == X.shape[1], f"w must hold one weight for each of the {X.shape[1]} columns of X, not {len(w)}")
    ### BEGIN SOLUTION
    return (X @ w + b > 0).astype(int)
    ### END SOLUTION


def perceptron_update(w, b, x, target, lr):
    """One step of Rosenblatt's rule: after a mistake, move the weights towards the sample or away from it.

    With the prediction o (1 where w . x + b > 0, else 0), error = target - o is -1, 0 or 1, and
    w_new = w + lr * error * x,  b_new = b + lr * error.  A right prediction changes nothing.
    Nothing else belongs in the product, neither the output o nor the old bias, although some notes put them there.

    Args:
        w: float array (D,), the weights.
        b: float, the bias.
        x: array (D,), one sample.
        target: 0 or 1, what the perceptron should have said.
        lr: float, the learning rate, above 0.

    Returns:
        (w, b): a new float array (D,) and a float. The arguments stay as they were.

    Raises:
        ValueError: naming target, if it is neither 0 nor 1.

    Source: Rosenblatt, "Principles of Neurodynamics" (1962), the error correction procedure.

    Example:
        >>> w, b = perceptron_update(np.array([1.0, 0.0]), 0.0, np.array([-1.0, 2.0]), target=1, lr=0.5)
        >>> w, b
        (array([0.5, 1. ]), 0.5)
    """
    require(target in (0, 1), f"target must be 0 or 1, not {target}")
    ### BEGIN SOLUTION
    error = int(target) - int(x @ w + b > 0)
    return w + lr * error * x, b + lr * error
    ### END SOLUTION


def perceptron_fit(X, y, lr=1.0, max_epochs=100):
    """Teach a perceptron: from zero weights and bias, update on the samples in order, epoch after epoch.

    A sample is a mistake if the weights at that moment, before its own update, get it wrong. An epoch is one pass over
    all samples; after an epoch without a mistake the training stops, and that epoch's 0 is the last entry of errors.

    Args:
        X: float array (N, D), one sample a row.
        y: integer array (N,) of zeros and ones, the labels.
        lr: float, the learning rate, above 0.
        max_epochs: int, at which to stop even though there are mistakes.

    Returns:
        (w, b, errors): float array (D,), float, and a list of ints: errors[k] = mistakes made during epoch k. X and y
        stay as they were.

    Raises:
        ValueError: naming y, if it does not hold one label for each row of X, or anything but 0 and 1.

    Source: Rosenblatt (1962); Novikoff, "On convergence proofs for perceptrons" (1962): it stops on any separable set.

    Example:
        >>> w, b, errors = perceptron_fit(np.array([[1.0], [3.0]]), np.array([0, 1]))
        >>> w, b, errors
        (array([1.]), -1.0, [1, 1, 1, 0])
    """
    require(len(y) == len(X), f"y must hold a label for each of the {len(X)} rows of X, not {len(y)}")
    require(np.isin(y, (0, 1)).all(), f"y must hold zeros and ones alone, not {y}")
    ### BEGIN SOLUTION
    w, b, errors = np.zeros(X.shape[1], dtype=X.dtype), 0.0, []
    for _ in range(max_epochs):
        mistakes = 0
        for x, target in zip(X, y, strict=True):
            mistakes += int(perceptron_predict(x[None, :], w, b).item() != target)
            w, b = perceptron_update(w, b, x, target, lr)
        errors.append(mistakes)
        if mistakes == 0:
            break
    return w, b, errors
    ### END SOLUTION


def delta_rule_update(w, b, x, target, lr):
    """One step of gradient descent for a sigmoid unit on the squared error E = (target - o)^2 / 2.

    The unit's output is o = 1 / (1 + exp(-z)) with z = w . x + b. By the chain rule
    dE/dz = dE/do * do/dz = -(target - o) * o * (1 - o), and dz/dw = x, dz/db = 1, so downhill is
    w_new = w + lr * delta * x,  b_new = b + lr * delta,  with delta = (target - o) * o * (1 - o).

    Exact for |z| up to 10,000, and without a warning: exp(-|z|) never overflows, and exp(z) / (1 + exp(z)) is o too.

    Args:
        w: float array (D,), the weights.
        b: float, the bias.
        x: array (D,), one sample.
        target: number from 0 to 1, what the unit should have said.
        lr: float, the learning rate, above 0.

    Returns:
        (w, b): a new array (D,) of w's dtype (float32 in, float32 out) and a float. The arguments stay as they were.

    Raises:
        ValueError: naming target, if it lies outside [0, 1], where no sigmoid can get.

    Source: Rumelhart, Hinton and Williams, "Learning internal representations by error propagation" (1986): the delta
    rule for an output unit with the logistic activation.

    Example:
        >>> w, b = delta_rule_update(np.array([0.0, 0.0]), 0.0, np.array([1.0, -2.0]), target=1.0, lr=4.0)
        >>> w, b
        (array([ 0.5, -1. ]), 0.5)
    """
    require(0 <= target <= 1, f"target must lie between 0 and 1, not {target}")
    ### BEGIN SOLUTION
    z = float(x @ w + b)
    o = float(np.exp(min(z, 0.0)) / (1 + np.exp(-abs(z))))  # above the bar 1, or exp(z) where z < 0
    delta = (target - o) * o * (1 - o)
    return w + lr * delta * x, b + lr * delta
    ### END SOLUTION
