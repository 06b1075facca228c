"""Hidden checks: random gradients and settings, landscapes, exact oracles, and manners."""

import numpy as np
import pytest

from autograder import (
    Mismatch,
    assert_close,
    assert_inputs_unchanged,
    assert_refuses,
    each_exercise,
    inout,
    no_warnings,
)

OPTIMIZERS = ["SGD", "Adagrad", "RMSprop", "Adadelta", "Adam", "AdamW"]
NEEDED = {"SGD": {"lr": 0.1}}  # settings without a default
SHAPES = [(3, 4), (5,), (3, 4), (1, 2, 3)]  # two of one shape: each parameter has a memory of its own

# Every setting away from its default, and eps large enough to show where it stands.
SETTINGS = [
    ("SGD", {"lr": 0.2, "momentum": 0.8}),
    ("SGD", {"lr": 0.2, "momentum": 0.7, "nesterov": True}),
    ("SGD", {"lr": 0.1, "weight_decay": 0.4}),
    ("SGD", {"lr": 0.1, "momentum": 0.6, "nesterov": True, "weight_decay": 0.3}),
    ("Adagrad", {"lr": 0.3, "eps": 0.7}),
    ("RMSprop", {"lr": 0.3, "alpha": 0.8, "eps": 0.7}),
    ("Adadelta", {"lr": 0.6, "rho": 0.7, "eps": 0.5}),
    ("Adam", {"lr": 0.2, "betas": (0.7, 0.9), "eps": 0.6}),
    ("AdamW", {"lr": 0.2, "betas": (0.7, 0.9), "eps": 0.6, "weight_decay": 0.5}),
]


def problem(rng, steps, shapes=SHAPES, smallest=-1):
    """Parameters, and the gradients of some steps, of sizes from 10^smallest to 100."""
    params = [rng.normal(size=shape) for shape in shapes]
    sizes = [10 ** rng.uniform(smallest, 2, size=shape) for shape in shapes]
    return params, [[size * rng.normal(size=size.shape) for size in sizes] for _ in range(steps)]


def play(optimizer, params, steps, given=inout):
    """The parameters after each step."""
    path = []
    for grads in steps:
        optimizer.step(given(params), grads)
        path.append([param.copy() for param in params])
    return path


def assert_same_path(student, reference, name, settings, params, steps):
    twins = [param.copy() for param in params]
    path = play(getattr(student, name)(**settings), params, steps)
    expected = play(getattr(reference, name)(**settings), twins, steps, given=list)
    for k, (got, wanted) in enumerate(zip(path, expected, strict=True), 1):
        assert_close(got, wanted, name=f"params after step {k}")


RAVINE = (np.array([-3.0, 1.0]), lambda w: float(w[0] ** 2 + 40 * w[1] ** 2) / 2, lambda w: np.array([1.0, 40.0]) * w)
SADDLE = (  # at (0, 0), between two valleys at (0, -1) and (0, 1); the start is close to the ridge
    np.array([-2.0, 1e-3]),
    lambda w: float(40 * w[0] ** 2 + (w[1] ** 2 - 1) ** 2) / 4,
    lambda w: np.array([20 * w[0], w[1] ** 3 - w[1]]),
)
PLATEAU = (np.array([2.4, -3.0]), lambda w: 1 - float(np.exp(-w @ w / 2)), lambda w: w * np.exp(-w @ w / 2))
# Who gets how low, from any start near the given one, in 30 steps. Plain descent, at any stable lr, stays far above.
LANDSCAPES = [
    ("SGD", {"lr": 0.02, "momentum": 0.9, "nesterov": True}, RAVINE, 0.2),
    ("Adagrad", {"lr": 0.5}, SADDLE, 0.1),
    ("RMSprop", {"lr": 0.15, "alpha": 0.9}, PLATEAU, 0.1),
    ("Adadelta", {"eps": 1e-2}, RAVINE, 0.02),
    ("Adam", {"lr": 0.2, "betas": (0.9, 0.99)}, PLATEAU, 0.2),
    ("AdamW", {"lr": 0.2, "betas": (0.9, 0.99), "weight_decay": 0.1}, PLATEAU, 0.2),
]


def for_exercise(*cases):
    marked = [
        pytest.param(*case, marks=pytest.mark.exercise(case[0]), id=f"{case[0]}-{k}") for k, case in enumerate(cases)
    ]
    names = ["name", "settings", "landscape", "low"][: len(cases[0])]
    return pytest.mark.parametrize(", ".join(names), marked)


@each_exercise(*OPTIMIZERS)
def test_default_settings(student, reference, rng, name):
    params, steps = problem(rng, 4, smallest=-8)
    assert_same_path(student, reference, name, NEEDED.get(name, {}), params, steps)


@for_exercise(*SETTINGS)
def test_own_settings(student, reference, rng, name, settings):
    assert_same_path(student, reference, name, settings, *problem(rng, 5))


@for_exercise(*LANDSCAPES)
def test_landscape(student, rng, name, settings, landscape, low):
    start, loss, gradient = landscape
    w = start * rng.uniform(0.8, 1.2, size=2)
    optimizer = getattr(student, name)(**settings)
    for _ in range(30):
        optimizer.step(inout([w]), [gradient(w)])
    assert_close(w, np.zeros(2), atol=5.0, name="w after 30 steps")
    assert loss(w) < low, f"after 30 steps the loss should be below {low:g}, but is {loss(w):.3g}"


@each_exercise(*OPTIMIZERS, after="test_default_settings")
def test_two_optimizers_share_nothing(student, reference, rng, name):
    settings = {"lr": 0.1, **({"momentum": 0.9} if name == "SGD" else {})}
    problems = [problem(rng, 2, [(2, 3), (4,)]) for _ in range(2)]
    twins = [[param.copy() for param in params] for params, _ in problems]
    ours = [getattr(student, name)(**settings) for _ in problems]
    theirs = [getattr(reference, name)(**settings) for _ in problems]
    for k in range(2):  # in turns
        for optimizer, twin, (params, steps), expected in zip(ours, theirs, problems, twins, strict=True):
            optimizer.step(inout(params), steps[k])
            twin.step(expected, steps[k])
    assert_close([params for params, _ in problems], twins, name="params of both optimizers")


@each_exercise(*OPTIMIZERS, after="test_default_settings")
def test_float32_views_and_gradients_left_alone(student, reference, rng, name):
    settings = {"lr": 0.1, **({"momentum": 0.5, "weight_decay": 0.2} if name == "SGD" else {})}
    whole = rng.normal(size=(2, 6, 8)).astype(np.float32)
    params, grads = ([half[:3, ::2], half[3:].T] for half in whole)
    twins = [param.copy() for param in params]
    optimizer, twin = getattr(student, name)(**settings), getattr(reference, name)(**settings)
    for _ in range(2):
        assert_inputs_unchanged(lambda grads: optimizer.step(inout(params), grads), grads)
        twin.step(twins, grads)
    assert_close(params, twins, name="params")


@each_exercise(*OPTIMIZERS, after="test_default_settings")
def test_no_gradient_is_no_trouble(student, reference, rng, name):
    params, _ = problem(rng, 0)
    with no_warnings():  # 0 / 0 where eps is forgotten
        assert_same_path(student, reference, name, {"lr": 0.1}, params, [[np.zeros(shape) for shape in SHAPES]] * 2)


BAD_SETTINGS = {
    "SGD": [
        ("momentum", {"momentum": -0.5}),
        ("weight_decay", {"weight_decay": -0.1}),
        ("nesterov", {"nesterov": True}),
    ],
    "Adagrad": [],
    "RMSprop": [("alpha", {"alpha": 1.5}), ("alpha", {"alpha": -0.1})],
    "Adadelta": [("rho", {"rho": 1.5}), ("rho", {"rho": -0.1})],
    "Adam": [("betas", {"betas": (1.0, 0.999)}), ("betas", {"betas": (0.9, -0.1)})],
    "AdamW": [("weight_decay", {"weight_decay": -0.1}), ("betas", {"betas": (0.9, 1.0)})],
}


@each_exercise(*OPTIMIZERS, after="test_default_settings")
def test_bad_input(student, rng, name):
    for argument, settings in [("lr", {"lr": -0.1}), *BAD_SETTINGS[name]]:
        assert_refuses(getattr(student, name), argument, **{"lr": 0.1, **settings})
    params, (grads,) = problem(rng, 1)
    for bad in (grads[:3], [*grads, grads[0]], [grads[0][0], *grads[1:]]):  # the last one would be broadcast
        with pytest.raises(ValueError, match=r"\bgrads\b"):
            getattr(student, name)(lr=0.1).step(params, bad)


def rows_in_order(batches, X, y, batch_size):
    """Which row of X stands where; the first number of each row is its own, 0 to N - 1."""
    sizes = [min(batch_size, len(X) - start) for start in range(0, len(X), batch_size)]
    # Values later: within infinity every finite number is near, so this looks at lengths and shapes alone.
    like = [(np.zeros((size, *X.shape[1:])), np.zeros((size, *y.shape[1:]))) for size in sizes]
    assert_close(batches, like, atol=np.inf, name="batches")
    rows, targets = (np.concatenate([pair[k] for pair in batches]) for k in (0, 1))
    numbers = rows.reshape(len(X), -1)[:, 0]
    assert_close(np.sort(numbers), np.arange(len(X), dtype=float), name="the rows' own numbers, sorted")
    order = numbers.astype(int)
    assert_close(rows, X[order], name="the rows")
    assert_close(targets, y[order], name="the targets of the rows")
    return order


def numbered(rng, n):
    X, y = rng.normal(size=(n, 2, 3)), rng.normal(size=(n, 2))
    X[:, 0, 0] = np.arange(n)
    return X, y


@pytest.mark.exercise("minibatches")
class TestMinibatches:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n, batch_size", [(11, 4), (12, 3), (7, 1), (5, 8), (1, 2)])
    def test_every_row_once_with_its_target(self, student, rng, n, batch_size):
        X, y = numbered(rng, n)
        rows_in_order(student.minibatches(X, y, batch_size, rng), X, y, batch_size)

    @pytest.mark.weight(2)
    def test_rows_are_shuffled(self, student, rng):
        X, y = numbered(rng, 300)
        order = rows_in_order(student.minibatches(X, y, 10, rng), X, y, 10)
        # In random order about one row in 300 comes right after the one before it; in shuffled blocks most do.
        after_own = int(np.sum(np.diff(order) == 1))
        assert after_own <= 12, (
            f"{after_own} of 300 rows come right after the row before them: shuffle rows, not blocks"
        )
        # The mean number in the first half of the epoch is 149.5, with a standard deviation of 5.
        assert_close(float(order[:150].mean()), 149.5, atol=35.0, name="the mean row number in the first half")

    @pytest.mark.after("test_rows_are_shuffled")
    def test_rng_alone_decides(self, student, rng):
        X, y = numbered(rng, 40)
        orders = [
            rows_in_order(student.minibatches(X, y, 7, np.random.default_rng(seed)), X, y, 7) for seed in (3, 3, 4)
        ]
        assert_close(orders[1], orders[0], name="the order from an equal rng")
        if np.array_equal(orders[2], orders[0]):
            raise Mismatch("another rng gives the same order: draw from the rng that is given")

    @pytest.mark.after("test_every_row_once_with_its_target")
    def test_inputs_and_dtypes_kept(self, student, rng):
        X, y = np.arange(10, dtype=np.float32).reshape(5, 2), np.array([3, 1, 4, 1, 5])
        (pair,) = assert_inputs_unchanged(lambda X, y: student.minibatches(X, y, 9, rng), X, y)
        rows = np.argsort(pair[0][:, 0])
        assert_close([each[rows] for each in pair], [X, y], name="the batch, back in order")

    @pytest.mark.after("test_every_row_once_with_its_target")
    def test_bad_input(self, student, rng):
        X, y = numbered(rng, 6)
        for batch_size in (0, -2):
            with pytest.raises(ValueError, match="batch_size"):
                student.minibatches(X, y, batch_size, rng)
        for wrong in (y[:5], np.concatenate([y, y])):
            with pytest.raises(ValueError, match=r"\by\b"):
                student.minibatches(X, wrong, 2, rng)


def random_pairs(rng, n, count):
    """Steps, and what they add to the gradient, each with a curvature matrix of its own: s . y > 0."""
    steps = [rng.normal(size=n) for _ in range(count)]
    roots = [rng.normal(size=(n, n)) for _ in range(count)]
    return steps, [root @ (root.T @ s) + 0.3 * s for s, root in zip(steps, roots, strict=True)]


def inverse_hessian(s_history, y_history):
    """BFGS with whole matrices, as the formula has it."""
    identity = np.eye(len(s_history[-1]))
    H = (s_history[-1] @ y_history[-1]) / (y_history[-1] @ y_history[-1]) * identity
    for s, y in zip(s_history, y_history, strict=True):
        turn = identity - np.outer(y, s) / (s @ y)
        H = turn.T @ H @ turn + np.outer(s, s) / (s @ y)
    return H


@pytest.mark.exercise("lbfgs_direction")
class TestLbfgsDirection:
    @pytest.mark.parametrize("n, count", [(6, 1), (5, 3), (3, 7), (1, 2)])
    def test_whole_matrices(self, student, rng, n, count):
        grad, (steps, changes) = rng.normal(size=n), random_pairs(rng, n, count)
        direction = student.lbfgs_direction(grad, steps, changes)
        expected = -inverse_hessian(steps, changes) @ grad
        # The matrices' entries grow with every pair, and their rounding errors with them.
        assert_close(direction, expected, rtol=1e-6, atol=1e-6 * np.abs(expected).max(), name="direction")

    @pytest.mark.weight(2)
    def test_quadratic_in_n_exact_steps(self, student, rng):
        n = 5
        basis, centre = np.linalg.qr(rng.normal(size=(n, n)))[0], rng.normal(size=n)
        A = basis * np.geomspace(1, 30, n) @ basis.T
        x, steps, changes = rng.normal(size=n), [], []
        for _ in range(n + 1):
            grad = A @ (x - centre)
            if np.abs(grad).max() < 1e-9:
                break
            d = student.lbfgs_direction(grad, steps, changes)
            assert_close(d, np.zeros(n), atol=1e6, name="direction")
            steps.append(-(d @ grad) / max(d @ A @ d, 1e-300) * d)  # the lowest point along d
            changes.append(A @ steps[-1])
            x = x + steps[-1]
        assert_close(x, centre, atol=1e-8, name="x after n + 1 steps, each to the lowest point along the direction")

    @pytest.mark.after("test_whole_matrices")
    def test_no_history_is_steepest_descent(self, student, rng):
        grad = rng.normal(size=4)
        assert_close(student.lbfgs_direction(grad, [], []), -grad, name="direction")

    @pytest.mark.after("test_whole_matrices")
    def test_inputs_unchanged(self, student, rng):
        steps, changes = random_pairs(rng, 4, 3)
        assert_inputs_unchanged(student.lbfgs_direction, rng.normal(size=4), steps, changes)

    @pytest.mark.after("test_whole_matrices")
    def test_bad_pairs(self, student, rng):
        grad, (steps, changes) = rng.normal(size=4), random_pairs(rng, 4, 3)
        orthogonal = [np.array([1.0, 0.0, 0.0, 0.0]), np.array([0.0, 2.0, 0.0, 0.0])]
        for s, y in (
            (steps, changes[:2]),
            (steps, [changes[0], -changes[1], changes[2]]),
            (orthogonal, orthogonal[::-1]),
        ):
            with pytest.raises(ValueError, match="y_history"):
                student.lbfgs_direction(grad, s, y)


def rosenbrock(x):
    return float(np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2))


def rosenbrock_gradient(x):
    off, grad = x[1:] - x[:-1] ** 2, np.zeros(len(x))
    grad[1:] += 200 * off
    grad[:-1] -= 400 * x[:-1] * off + 2 * (1 - x[:-1])
    return grad


def quartic(rng, n):
    """A convex function whose curvature changes along the way, and its gradient."""
    basis, weight = np.linalg.qr(rng.normal(size=(n, n)))[0], rng.uniform(0.5, 1, size=n)
    A, centre = basis * np.geomspace(1, 8, n) @ basis.T, rng.normal(size=n)
    return (
        lambda x: float((x - centre) @ A @ (x - centre) / 2 + np.sum(weight * x**4) / 4),
        lambda x: A @ (x - centre) + weight * x**3,
    )


@pytest.mark.exercise("lbfgs_minimize")
class TestLbfgsMinimize:
    @pytest.mark.parametrize("history", [1, 3, 10])
    def test_first_iterations(self, student, reference, rng, history):
        (f, gradient), x0 = quartic(rng, 5), rng.normal(size=5)
        got = student.lbfgs_minimize(f, gradient, x0, history=history, max_iter=7)
        expected = reference.lbfgs_minimize(f, gradient, x0, history=history, max_iter=7)
        # Seven directions, each from the rounded ones before it.
        assert_close(got, expected, rtol=1e-6, atol=1e-7, name="(x, losses)")

    def test_bending_downwards(self, student, reference):
        # On its second step Rosenbrock's function bends downwards: what was learnt before it must go.
        x0 = np.array([-1.2, 1.0])
        _, losses = student.lbfgs_minimize(rosenbrock, rosenbrock_gradient, x0, max_iter=6)
        _, expected = reference.lbfgs_minimize(rosenbrock, rosenbrock_gradient, x0, max_iter=6)
        assert_close(losses, expected, rtol=1e-6, name="losses")

    @pytest.mark.weight(2)
    def test_rosenbrock(self, student):
        x0 = np.array([-1.2, 1.0])
        x, losses = student.lbfgs_minimize(rosenbrock, rosenbrock_gradient, x0)
        assert_close(x, np.ones(2), atol=1e-4, name="x")
        assert_close(losses, [0.0] * min(len(losses), 101), atol=rosenbrock(x0), name="losses")

    def test_quadratic(self, student, rng):
        basis, centre = np.linalg.qr(rng.normal(size=(6, 6)))[0], rng.normal(size=6)
        A = basis * np.geomspace(1, 50, 6) @ basis.T
        x, _ = student.lbfgs_minimize(
            lambda x: float((x - centre) @ A @ (x - centre)) / 2,
            lambda x: A @ (x - centre),
            3 * rng.normal(size=6),
            max_iter=40,
        )
        assert_close(x, centre, atol=1e-5, name="x after 40 iterations")

    def test_any_descent_is_not_enough(self, student, rng):
        # Here t = 1/2 leads to -x, exactly as low as x: Armijo asks for more. t = 1/4 leads to the minimum.
        x0 = rng.normal(size=3)
        x, losses = student.lbfgs_minimize(lambda x: float(2 * x @ x), lambda x: 4 * x, x0)
        assert_close(x, np.zeros(3), atol=1e-9, name="x")
        assert_close(losses, [float(2 * x0 @ x0), 0.0], atol=1e-12, name="losses")

    @pytest.mark.after("test_first_iterations")
    def test_stops_in_time(self, student, rng):
        (f, gradient), x0 = quartic(rng, 4), rng.normal(size=4)
        steepest = float(np.abs(gradient(x0)).max())
        for settings in ({"max_iter": 0}, {"tol": 1.01 * steepest}):  # for nothing at all, and where it is flat enough
            assert_close(student.lbfgs_minimize(f, gradient, x0, **settings), (x0, [f(x0)]), name="(x, losses)")
        _, losses = student.lbfgs_minimize(f, gradient, x0, tol=0.99 * steepest)
        assert len(losses) > 1, "the largest entry of the gradient is above tol, but no step was taken"

    @pytest.mark.after("test_first_iterations")
    def test_no_step_helps(self, student, rng):
        # The gradient's sign is wrong, so every direction leads uphill: give up, do not halve for ever.
        x0 = rng.normal(size=3)
        result = student.lbfgs_minimize(lambda x: float(x @ x), lambda x: -2 * x, x0)
        assert_close(result, (x0, [float(x0 @ x0)]), name="(x, losses)")

    @pytest.mark.after("test_first_iterations")
    def test_x0_left_alone(self, student, rng):
        f, gradient = quartic(rng, 3)
        results = [
            assert_inputs_unchanged(lambda x0: student.lbfgs_minimize(f, gradient, x0, max_iter=4), x0)
            for x0 in (np.array([2.0, -1.0, 3.0]), np.array([2, -1, 3]))
        ]
        x, losses = results[0]
        assert_close(results[1], (x, list(losses)), name="(x, losses) from integers")

    @pytest.mark.after("test_first_iterations")
    def test_bad_input(self, student, rng):
        f, gradient = quartic(rng, 2)
        for argument, value in (("history", 0), ("max_iter", -1)):
            with pytest.raises(ValueError, match=argument):
                student.lbfgs_minimize(f, gradient, rng.normal(size=2), **{argument: value})
