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

# Every setting away from its default, and eps large enough to show where it stands: name, settings, weight.
SETTINGS = [
    ("SGD", {"lr": 0.2, "momentum": 0.8}, 1.0),
    ("SGD", {"lr": 0.2, "momentum": 0.7, "nesterov": True}, 1.0),
    ("SGD", {"lr": 0.1, "weight_decay": 0.4}, 0.5),
    ("SGD", {"lr": 0.1, "momentum": 0.6, "nesterov": True, "weight_decay": 0.3}, 0.5),
    ("Adagrad", {"lr": 0.3, "eps": 0.7}, 1.0),
    ("RMSprop", {"lr": 0.3, "alpha": 0.8}, 1.0),
    ("RMSprop", {"lr": 0.3, "alpha": 0.7, "eps": 0.7}, 1.0),
    ("Adadelta", {"lr": 0.6, "rho": 0.7}, 1.0),
    ("Adadelta", {"lr": 0.6, "rho": 0.7, "eps": 0.5}, 1.0),
    ("Adam", {"lr": 0.2, "betas": (0.7, 0.9)}, 1.0),
    ("Adam", {"lr": 0.2, "betas": (0.7, 0.9), "eps": 0.6}, 1.0),
    ("AdamW", {"lr": 0.2, "weight_decay": 0.5}, 1.0),
    ("AdamW", {"lr": 0.2, "betas": (0.7, 0.9), "eps": 0.6, "weight_decay": 0.5}, 1.0),
]

# At the ends of what each setting may be. With lr 0 nothing moves; without a memory, or with one that takes nothing in,
# what is left is a simpler rule.
EDGES = {
    "SGD": [{"lr": 0.0}, {"lr": 0.1, "momentum": 1.0}],
    "Adagrad": [{"lr": 0.0}, {"lr": 0.2, "eps": 0.0}],
    "RMSprop": [{"lr": 0.0}, {"lr": 0.2, "alpha": 0.0}, {"lr": 0.2, "alpha": 1.0, "eps": 0.5}],
    "Adadelta": [{"lr": 0.0}, {"rho": 0.0, "eps": 0.5}, {"rho": 1.0, "eps": 0.5}],
    "Adam": [{"lr": 0.0}, {"lr": 0.2, "betas": (0.0, 0.9)}, {"lr": 0.2, "betas": (0.9, 0.0)}],
    "AdamW": [
        {"lr": 0.0, "weight_decay": 0.5},
        {"lr": 0.2, "weight_decay": 0.0},
        {"lr": 0.2, "betas": (0.0, 0.9)},
        {"lr": 0.2, "betas": (0.9, 0.0)},
    ],
}


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
    ("SGD", {"lr": 0.02, "momentum": 0.9, "nesterov": True}, 0.5, RAVINE, 0.2),
    ("Adagrad", {"lr": 0.5}, 1.0, SADDLE, 0.1),
    ("RMSprop", {"lr": 0.15, "alpha": 0.9}, 1.0, PLATEAU, 0.1),
    ("Adadelta", {"eps": 1e-2}, 1.0, RAVINE, 0.02),
    ("Adam", {"lr": 0.2, "betas": (0.9, 0.99)}, 1.0, PLATEAU, 0.2),
    ("AdamW", {"lr": 0.2, "betas": (0.9, 0.99), "weight_decay": 0.02}, 1.0, PLATEAU, 0.2),
]


def for_exercise(*cases):
    marked = [
        pytest.param(
            *case[:2],
            *case[3:],
            marks=[pytest.mark.exercise(case[0]), pytest.mark.weight(case[2])],
            id=f"{case[0]}-{'-'.join(case[1])}",
        )
        for case in cases
    ]
    names = ["name", "settings", "landscape", "low"][: len(cases[0]) - 1]
    return pytest.mark.parametrize(", ".join(names), marked)


@pytest.mark.weight(4)
@each_exercise(*OPTIMIZERS)
def test_a_single_parameter(student, reference, rng, name):
    params, steps = problem(rng, 4, [(5,)], smallest=-8)
    assert_same_path(student, reference, name, NEEDED.get(name, {}), params, steps)


@each_exercise(*OPTIMIZERS)
def test_many_steps(student, reference, rng, name):
    assert_same_path(student, reference, name, {"lr": 0.03}, *problem(rng, 30, [(2, 3)]))


@each_exercise(*OPTIMIZERS)
def test_many_entries(student, reference, rng, name):
    assert_same_path(student, reference, name, {"lr": 0.2}, *problem(rng, 3, [(1100, 2)]))


@pytest.mark.weight(2)
@each_exercise(*OPTIMIZERS)
def test_several_parameters(student, reference, rng, name):
    params, steps = problem(rng, 4, smallest=-8)
    assert_same_path(student, reference, name, NEEDED.get(name, {}), params, steps)


@for_exercise(*SETTINGS)
def test_own_settings(student, reference, rng, name, settings):
    assert_same_path(student, reference, name, settings, *problem(rng, 5, [(2, 3)]))


@pytest.mark.rests_on("test_a_single_parameter")
@each_exercise(*OPTIMIZERS)
def test_settings_at_the_edge(student, reference, rng, name):
    for settings in EDGES[name]:
        assert_same_path(student, reference, name, settings, *problem(rng, 3, [(2, 3)]))


@for_exercise(*LANDSCAPES)
def test_landscape(student, rng, name, settings, landscape, low):
    start, loss, gradient = landscape
    # Where the lowest point lies, nobody is told.
    centre = rng.uniform(1, 2, size=2) * rng.choice([-1.0, 1.0], size=2)
    w = centre + start * rng.uniform(0.8, 1.2, size=2)
    optimizer = getattr(student, name)(**settings)
    for _ in range(30):
        optimizer.step(inout([w]), [gradient(w - centre)])
    assert_close(w, centre, atol=5.0, name="w after 30 steps")
    if not loss(w - centre) < low:
        raise Mismatch(f"after 30 steps the loss should be below {low:g}, but is {loss(w - centre):.3g}")


@pytest.mark.rests_on("test_a_single_parameter")
@each_exercise(*OPTIMIZERS)
def test_no_gradient_moves_nothing(student, reference, rng, name):
    params, _ = problem(rng, 0)  # 0 / 0 where eps is forgotten
    assert_same_path(student, reference, name, {"lr": 0.1}, params, [[np.zeros(shape) for shape in SHAPES]] * 2)


@each_exercise(*OPTIMIZERS, after="test_a_single_parameter")
def test_two_optimizers_share_nothing(student, reference, rng, name):
    problems = [problem(rng, 2, [(4,)]) for _ in range(2)]
    twins = [[param.copy() for param in params] for params, _ in problems]
    settings = {"lr": 0.1, **({"momentum": 0.9} if name == "SGD" else {})}
    ours = [getattr(student, name)(**settings) for _ in problems]
    theirs = [getattr(reference, name)(**settings) for _ in problems]
    for k in range(2):  # in turns
        for optimizer, twin, (params, steps), expected in zip(ours, theirs, problems, twins, strict=True):
            optimizer.step(inout(params), steps[k])
            twin.step(expected, steps[k])
    assert_close([params for params, _ in problems], twins, name="params of both optimizers")


@each_exercise(*OPTIMIZERS, after="test_a_single_parameter")
def test_float32_views_and_gradients_left_alone(student, reference, rng, name):
    settings = {"lr": 0.1, **({"weight_decay": 0.2} if name == "SGD" else {})}
    whole = rng.normal(size=(2, 6, 8)).astype(np.float32)
    params, grads = ([half[:3, ::2], half[3:].T] for half in whole)
    twins = [param.copy() for param in params]
    optimizer, twin = getattr(student, name)(**settings), getattr(reference, name)(**settings)
    for _ in range(2):
        assert_inputs_unchanged(lambda grads: optimizer.step(inout(params), grads), grads)
        twin.step(twins, grads)
    assert_close(params, twins, name="params")


@each_exercise(*OPTIMIZERS, after="test_no_gradient_moves_nothing")
def test_no_gradient_is_no_reason_to_warn(student, reference, rng, name):
    with no_warnings():
        assert_same_path(student, reference, name, {"lr": 0.1}, [rng.normal(size=3)], [[np.zeros(3)]] * 2)


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


@each_exercise(*OPTIMIZERS, after="test_a_single_parameter")
def test_bad_input(student, rng, name):
    for argument, settings in [("lr", {"lr": -0.1}), *BAD_SETTINGS[name]]:
        assert_refuses(getattr(student, name), argument, **{"lr": 0.1, **settings})
    params, (grads,) = problem(rng, 1)
    for bad in (grads[:3], [*grads, grads[0]], [grads[0][0], *grads[1:]]):  # the last one would be broadcast
        assert_refuses(getattr(student, name)(lr=0.1).step, "grads", params, bad)


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


def numbered(rng, n, shape=(2, 3)):
    X, y = rng.normal(size=(n, *shape)), rng.normal(size=(n, 2))
    X.reshape(n, -1)[:, 0] = np.arange(n)
    return X, y


@pytest.mark.exercise("minibatches")
class TestMinibatches:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n, batch_size", [(12, 3), (7, 1), (1100, 110)])
    def test_whole_minibatches(self, student, rng, n, batch_size):
        X, y = numbered(rng, n, (4,))
        rows_in_order(student.minibatches(X, y, batch_size, rng), X, y, batch_size)

    @pytest.mark.weight(2)
    def test_rows_are_shuffled(self, student, rng):
        X, y = numbered(rng, 300, (2,))
        order = rows_in_order(student.minibatches(X, y, 10, rng), X, y, 10)
        # In random order about one row in 300 comes right after the one before it; in shuffled blocks most do.
        after_own = int(np.sum(np.diff(order) == 1))
        if after_own > 12:
            raise Mismatch(f"{after_own} of 300 rows come right after the row before them: shuffle rows, not blocks")
        # The mean number in the first half of the epoch is 149.5, with a standard deviation of 5.
        assert_close(float(order[:150].mean()), 149.5, atol=35.0, name="the mean row number in the first half")

    @pytest.mark.rests_on("test_rows_are_shuffled")
    def test_rng_alone_decides(self, student, rng):
        X, y = numbered(rng, 40, (2,))
        orders = [
            rows_in_order(student.minibatches(X, y, 8, np.random.default_rng(seed)), X, y, 8) for seed in (3, 3, 4)
        ]
        assert_close(orders[1], orders[0], name="the order from an equal rng")
        if np.array_equal(orders[2], orders[0]):
            raise Mismatch("another rng gives the same order: draw from the rng that is given")

    @pytest.mark.parametrize("n, batch_size", [(11, 4), (70, 64)])
    def test_last_one_is_shorter(self, student, rng, n, batch_size):
        X, y = numbered(rng, n, (3,))
        rows_in_order(student.minibatches(X, y, batch_size, rng), X, y, batch_size)

    def test_rows_of_any_shape(self, student, rng):
        X, y = numbered(rng, 12)
        rows_in_order(student.minibatches(X, y, 4, rng), X, y, 4)

    @pytest.mark.rests_on("test_whole_minibatches")
    @pytest.mark.parametrize("n, batch_size", [(5, 8), (1, 2)])
    def test_more_room_than_rows(self, student, rng, n, batch_size):
        X, y = numbered(rng, n, (3,))
        rows_in_order(student.minibatches(X, y, batch_size, rng), X, y, batch_size)

    @pytest.mark.after("test_whole_minibatches")
    def test_inputs_and_dtypes_kept(self, student, rng):
        X, y = np.arange(10, dtype=np.float32).reshape(5, 2), np.array([3, 1, 4, 1, 5])
        (pair,) = assert_inputs_unchanged(lambda X, y: student.minibatches(X, y, 9, rng), X, y)
        rows = np.argsort(pair[0][:, 0])
        assert_close([each[rows] for each in pair], [X, y], name="the batch, back in order")

    @pytest.mark.after("test_whole_minibatches")
    def test_bad_input(self, student, rng):
        X, y = numbered(rng, 6)
        for batch_size in (0, -2):
            assert_refuses(student.minibatches, "batch_size", X, y, batch_size, rng)
        for wrong in (y[:5], np.concatenate([y, y])):
            assert_refuses(student.minibatches, "y", X, wrong, 2, rng)


def random_pairs(rng, n, count):
    """Steps, and what they add to the gradient, each with a curvature matrix of its own: s . y > 0."""
    steps = [rng.normal(size=n) for _ in range(count)]
    roots = [rng.normal(size=(n, min(n, 9))) for _ in range(count)]
    return steps, [root @ (root.T @ s) + 0.3 * s for s, root in zip(steps, roots, strict=True)]


def inverse_hessian(s_history, y_history):
    """BFGS with whole matrices, as the formula has it."""
    identity = np.eye(len(s_history[-1]))
    H = (s_history[-1] @ y_history[-1]) / (y_history[-1] @ y_history[-1]) * identity
    for s, y in zip(s_history, y_history, strict=True):
        turn = identity - np.outer(y, s) / (s @ y)
        H = turn.T @ H @ turn + np.outer(s, s) / (s @ y)
    return H


def assert_direction(student, expected, grad, steps, changes):
    direction = student.lbfgs_direction(grad, steps, changes)
    # The matrices' entries grow with every pair, and their rounding errors with them.
    assert_close(direction, expected, rtol=1e-6, atol=1e-6 * np.abs(expected).max(), name="direction")


@pytest.mark.exercise("lbfgs_direction")
class TestLbfgsDirection:
    @pytest.mark.weight(1.5)
    @pytest.mark.parametrize("n", [6, 2, 70])
    def test_one_pair(self, student, rng, n):
        grad, (steps, changes) = rng.normal(size=n), random_pairs(rng, n, 1)
        assert_direction(student, -inverse_hessian(steps, changes) @ grad, grad, steps, changes)

    @pytest.mark.rests_on("test_one_pair")
    def test_no_history_is_steepest_descent(self, student, rng):
        grad = rng.normal(size=4)
        assert_close(student.lbfgs_direction(grad, [], []), -grad, name="direction")

    @pytest.mark.parametrize("n, count", [(6, 2), (3, 7)])
    def test_whole_matrices(self, student, rng, n, count):
        grad, (steps, changes) = rng.normal(size=n), random_pairs(rng, n, count)
        assert_direction(student, -inverse_hessian(steps, changes) @ grad, grad, steps, changes)

    def test_many_variables(self, student, reference, rng):
        grad, (steps, changes) = rng.normal(size=1100), random_pairs(rng, 1100, 4)
        assert_direction(student, reference.lbfgs_direction(grad, steps, changes), grad, steps, changes)

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

    @pytest.mark.after("test_one_pair")
    def test_inputs_unchanged(self, student, rng):
        steps, changes = random_pairs(rng, 4, 1)
        assert_inputs_unchanged(student.lbfgs_direction, rng.normal(size=4), steps, changes)

    @pytest.mark.after("test_one_pair")
    def test_bad_pairs(self, student, rng):
        grad, (steps, changes) = rng.normal(size=4), random_pairs(rng, 4, 3)
        orthogonal = [np.array([1.0, 0.0, 0.0, 0.0]), np.array([0.0, 2.0, 0.0, 0.0])]
        for s, y in (
            (steps, changes[:2]),
            (steps, [changes[0], -changes[1], changes[2]]),
            (orthogonal, orthogonal[::-1]),
        ):
            assert_refuses(student.lbfgs_direction, "y_history", grad, s, y)


def rosenbrock(x):
    return float(np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2))


def rosenbrock_gradient(x):
    off, grad = x[1:] - x[:-1] ** 2, np.zeros(len(x))
    grad[1:] += 200 * off
    grad[:-1] -= 400 * x[:-1] * off + 2 * (1 - x[:-1])
    return grad


def quadratic(rng, n, steepest):
    """A bowl with its lowest point anywhere, its gradient, and that point."""
    basis, centre = np.linalg.qr(rng.normal(size=(n, n)))[0], rng.normal(size=n)
    A = basis * np.geomspace(1, steepest, n) @ basis.T
    return lambda x: float((x - centre) @ A @ (x - centre)) / 2, lambda x: A @ (x - centre), centre


def quartic(rng, n):
    """A convex function whose curvature changes along the way, and its gradient."""
    bowl, slope, _ = quadratic(rng, n, 8)
    weight = rng.uniform(0.5, 1, size=n)
    return lambda x: bowl(x) + float(np.sum(weight * x**4)) / 4, lambda x: slope(x) + weight * x**3


def descent(student, f, gradient, x0, **settings):
    """x and losses of the student's minimizer, once it is sure that they are what they say and came about by descent.

    The losses begin at f(x0), never rise, are values that f has given, and end with that of x; the gradient was asked
    for a few times an iteration only: differences of gradients in every direction would be another method.
    """
    given, asked = [], []

    def listened(x):
        given.append(f(x))
        return given[-1]

    def counted(x):
        asked.append(1)
        return gradient(x)

    try:
        x, losses = student.lbfgs_minimize(listened, counted, x0, **settings)
        losses = list(losses)
        losses[0]
    except (TypeError, ValueError, AttributeError, IndexError) as error:
        if hasattr(error, "student_error"):
            raise
        raise Mismatch("the result should be (x, losses), the losses a list that begins with f(x0)") from None
    if len(losses) > 101:
        raise Mismatch(f"losses hold {len(losses)} numbers: that is more than 100 iterations")
    assert_close(x, np.zeros(len(x0)), atol=1e6, name="x")
    assert_close(losses, [0.0] * len(losses), atol=1e9, name="losses")
    scale = max(map(abs, losses)) + 1e-300
    assert_close([losses[0], losses[-1]], [f(x0), f(x)], rtol=1e-9, atol=1e-12 * scale, name="[losses[0], losses[-1]]")
    if len(asked) > 5 * len(losses):
        raise Mismatch(f"{len(asked)} gradients for {len(losses) - 1} iterations: more than five an iteration")
    if np.any(np.diff(losses) > 1e-12 * scale):
        raise Mismatch("losses rise on the way: each step must lead downhill")
    nearest = [min(abs(loss - value) for value in given) for loss in losses]
    if max(nearest) > 1e-9 * scale:
        raise Mismatch("losses hold a value that f has never given")
    return x, losses


def assert_beginning(student, reference, f, gradient, x0, iterations, **settings):
    """The losses of the first iterations, however far it goes then."""
    _, losses = descent(student, f, gradient, x0, **settings)
    _, expected = reference.lbfgs_minimize(f, gradient, x0, max_iter=iterations, **settings)
    # Each direction comes from the rounded ones before it.
    assert_close(losses[: len(expected)], expected, rtol=1e-6, name=f"losses of the first {iterations} iterations")


@pytest.mark.exercise("lbfgs_minimize")
class TestLbfgsMinimize:
    @pytest.mark.weight(2)
    def test_default_settings(self, student, reference, rng):
        (f, gradient), x0 = quartic(rng, 12), rng.normal(size=12)
        assert_beginning(student, reference, f, gradient, x0, iterations=7)

    def test_reaches_the_lowest_point(self, student, rng):
        f, gradient, centre = quadratic(rng, 12, 50)
        x, _ = descent(student, f, gradient, 3 * rng.normal(size=12))
        assert_close(x, centre, atol=1e-5, name="x")

    @pytest.mark.weight(2)
    def test_rosenbrock(self, student, rng):
        centre = rng.uniform(-2, 2, size=12)
        x, _ = descent(
            student,
            lambda x: rosenbrock(x - centre + 1),
            lambda x: rosenbrock_gradient(x - centre + 1),
            centre + rng.uniform(-0.3, 0.3, size=12),  # from farther off it may end in another valley
        )
        assert_close(x, centre, atol=1e-4, name="x")

    def test_bending_downwards(self, student, reference):
        # On its second step Rosenbrock's function bends downwards: what was learnt before it must go.
        assert_beginning(student, reference, rosenbrock, rosenbrock_gradient, np.array([-1.2, 1.0]), iterations=6)

    def test_any_descent_is_not_enough(self, student, reference, rng):
        # Along the first direction t = 1/2 leads exactly as low as x0: Armijo asks for more, and t = 1/4 gives it.
        along = np.eye(12)[rng.integers(12)]
        assert_beginning(
            student,
            reference,
            lambda x: float(3 * (along @ x) ** 2 - (along @ x) ** 3 + along @ x),
            lambda x: (6 * (along @ x) - 3 * (along @ x) ** 2 + 1) * along,
            along.copy(),
            iterations=1,
        )

    @pytest.mark.weight(0.5)
    @pytest.mark.parametrize("share", [0.5, 1.0])
    def test_nearly_and_just_what_armijo_asks(self, student, reference, rng, share):
        # The first direction leads from 1 to 0, where the loss is lower by this share of what Armijo asks: with half of
        # it t is halved once, with all of it t = 1 will do. Rounding has no say: f and the slope at 1 are 0 and 1.
        along, least = np.eye(12)[rng.integers(12)], share * reference.ARMIJO
        assert_beginning(
            student,
            reference,
            lambda x: float((along @ x - 1) * (least + (1 - least) * (along @ x))),
            lambda x: (least + (1 - least) * (along @ x) + (along @ x - 1) * (1 - least)) * along,
            along.copy(),
            iterations=1,
        )

    def test_steep_walls(self, student, reference, rng):
        # The first step has to be halved some twenty times: what Armijo asks for shrinks with t.
        (f, gradient), x0 = quartic(rng, 5), rng.normal(size=5)
        assert_beginning(student, reference, lambda x: 1e5 * f(x), lambda x: 1e5 * gradient(x), x0, iterations=4)

    def test_straight_slopes(self, student, reference, rng):
        # Huber's loss, straight at first: the gradient stays what it was, s . y = 0, and nothing is to be learnt from it.
        x0 = rng.uniform(4, 6, size=5) * rng.choice([-1.0, 1.0], size=5)
        assert_beginning(
            student,
            reference,
            lambda x: float(np.sum(np.where(np.abs(x) < 1, x**2 / 2, np.abs(x) - 0.5))),
            lambda x: np.clip(x, -1, 1),
            x0,
            iterations=6,
        )

    def test_many_variables(self, student, reference, rng):
        curvature, centre = np.geomspace(1, 8, 120), rng.normal(size=120)
        assert_beginning(
            student,
            reference,
            lambda x: float(curvature @ (x - centre) ** 2) / 2,
            lambda x: curvature * (x - centre),
            rng.normal(size=120),
            iterations=5,
        )

    @pytest.mark.parametrize("history", [1, 3])
    def test_history(self, student, reference, rng, history):
        (f, gradient), x0 = quartic(rng, 12), rng.normal(size=12)
        assert_beginning(student, reference, f, gradient, x0, iterations=8, history=history)

    @pytest.mark.parametrize("max_iter", [7, 1])
    def test_max_iter(self, student, reference, rng, max_iter):
        (f, gradient), x0 = quartic(rng, 5), rng.normal(size=5)
        got = student.lbfgs_minimize(f, gradient, x0, max_iter=max_iter)
        expected = reference.lbfgs_minimize(f, gradient, x0, max_iter=max_iter)
        assert_close(got, expected, rtol=1e-6, atol=1e-7, name="(x, losses)")

    @pytest.mark.rests_on("test_default_settings")
    def test_stops_where_it_is_flat_enough(self, student, reference, rng):
        (f, gradient), x0 = quartic(rng, 4), rng.normal(size=4)
        steepest = float(np.abs(gradient(x0)).max())
        for settings in ({"tol": 1.01 * steepest}, {"tol": steepest}, {"max_iter": 0}):
            assert_close(student.lbfgs_minimize(f, gradient, x0, **settings), (x0, [f(x0)]), name="(x, losses)")
        expected = reference.lbfgs_minimize(f, gradient, x0, tol=0.2 * steepest)
        got = student.lbfgs_minimize(f, gradient, x0, tol=0.2 * steepest)
        assert_close(got, expected, rtol=1e-6, atol=1e-7, name="(x, losses)")

    @pytest.mark.rests_on("test_default_settings")
    def test_no_step_helps(self, student, rng):
        # The gradient's sign is wrong, so every direction leads uphill: give up, do not halve for ever.
        x0 = rng.normal(size=3)
        result = student.lbfgs_minimize(lambda x: float(x @ x), lambda x: -2 * x, x0)
        assert_close(result, (x0, [float(x0 @ x0)]), name="(x, losses)")
        # The same at the lowest point, around which every value is exact: nothing but LEAST_STEP ends the halving.
        slope, asked = rng.uniform(1, 2, size=3), []

        def f(x):
            asked.append(1)
            return float(x @ x)

        assert_close(student.lbfgs_minimize(f, lambda x: slope, np.zeros(3)), (np.zeros(3), [0.0]), name="(x, losses)")
        # After 40 halvings t is below LEAST_STEP; after 1,074 it is 0. Who asks for each value five times stays below.
        if len(asked) > 300:
            raise Mismatch(f"{len(asked)} values of f in one iteration: stop halving where t falls below LEAST_STEP")

    @pytest.mark.after("test_default_settings")
    def test_x0_left_alone(self, student, rng):
        f, gradient = quartic(rng, 3)

        def truncated(x):  # into x's dtype, as a gradient is that is written into np.zeros_like(x)
            return gradient(x).astype(x.dtype)

        results = [
            assert_inputs_unchanged(lambda x0: student.lbfgs_minimize(f, truncated, x0), x0)
            for x0 in (np.array([2.0, -1.0, 3.0]), np.array([2, -1, 3]))
        ]
        x, losses = results[0]
        assert_close(results[1], (x, list(losses)), name="(x, losses) from integers")

    @pytest.mark.after("test_default_settings")
    def test_bad_input(self, student, rng):
        f, gradient = quartic(rng, 2)
        for argument, value in (("history", 0), ("max_iter", -1)):
            assert_refuses(student.lbfgs_minimize, argument, f, gradient, rng.normal(size=2), **{argument: value})
