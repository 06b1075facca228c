"""Hidden checks: random data and settings, exact oracles, draws by their laws, and manners.

Every bound on a random quantity is missed by a right answer less than once in 10^9 runs.
"""

import numpy as np
import pytest

from autograder import (
    Mismatch,
    assert_close,
    assert_dtype,
    assert_inputs_unchanged,
    assert_refuses,
    no_warnings,
)

# Dvoretzky, Kiefer and Wolfowitz: shares of n draws stray farther than 3.5 / sqrt(n) once in 2 * 10^10 times.
DKW = 3.5
SHARES = np.arange(1, 10) / 10


def assert_uniform(u, name):
    """Numbers that should be equally likely anywhere from 0 to 1, by the shares below 0.1, 0.2, ..., 0.9."""
    below = np.searchsorted(np.sort(u), SHARES) / len(u)
    assert_close(
        below, SHARES, rtol=0.0, atol=DKW / np.sqrt(len(u)), name=f"the shares of {name} below 10 %, ..., 90 %"
    )


def assert_unrelated(a, b, name):
    """Of n pairs of independent numbers the correlation has a standard deviation of about 1 / sqrt(n)."""
    with np.errstate(all="ignore"):
        related = float(np.corrcoef(a, b)[0, 1])
    assert_close(related, 0.0, atol=7 / np.sqrt(len(a)), name=name)


@pytest.mark.exercise("iterations_per_epoch")
class TestIterations:
    @pytest.mark.parametrize("rows, batch_size", [(1200, 400), (1201, 400), (1199, 400), (65, 64)])
    def test_values(self, student, reference, rows, batch_size):
        assert_close(student.iterations_per_epoch(rows, batch_size), reference.iterations_per_epoch(rows, batch_size))

    def test_random_values(self, student, reference, rng):
        rows, batch_size = int(rng.integers(10_000, 100_000)), int(rng.integers(2, 100))
        assert_close(student.iterations_per_epoch(rows, batch_size), reference.iterations_per_epoch(rows, batch_size))

    @pytest.mark.rests_on("test_values")
    @pytest.mark.parametrize("rows, batch_size, expected", [(0, 3, 0), (63, 64, 1), (64, 64, 1), (7, 1, 7)])
    def test_few_rows(self, student, rows, batch_size, expected):
        assert_close(student.iterations_per_epoch(rows, batch_size), expected)

    @pytest.mark.after("test_values")
    @pytest.mark.parametrize("batch_size", [0, -2])
    def test_no_batch(self, student, batch_size):
        assert_refuses(student.iterations_per_epoch, "batch_size", 10, batch_size)


class File:
    """Rows to be read: x of shape (rows, 2, 3), y of shape (rows,); y holds the row numbers, and x tells them, too."""

    def __init__(self, rng, rows):
        self.x, self.y = rng.normal(size=(rows, 2, 3)), np.arange(rows) + 0.0
        self.log = []  # (start, stop) of each call of read
        self.handed = 0  # rows that came back in batches
        self.held = 0  # the most rows that were read and not handed out, right after a call of read
        self._read = 0

    def read(self, start, stop):
        self.log.append((start, stop))
        ints = all(isinstance(each, (int, np.integer)) for each in (start, stop))
        if not ints or not 0 <= start < stop <= len(self.y):
            raise ValueError(f"a file of {len(self.y)} rows has no rows from {start} up to {stop}")
        self._read += stop - start
        self.held = max(self.held, self._read - self.handed)
        return self.x[start:stop], self.y[start:stop]

    def epoch(self, pipeline, sizes):
        """The row numbers of each batch of an epoch; the batches must have these sizes, and rows and targets fit."""
        batches = []
        for size in sizes:
            batch = pipeline.next_batch()
            assert_close(
                batch, (np.zeros((size, 2, 3)), np.zeros(size)), atol=np.inf, name="(x, y)"
            )  # the shapes alone
            self.handed += size
            batches.append(batch)
        assert_close(pipeline.next_batch(), None, name="after the last batch")
        rows = np.concatenate([y for _, y in batches])
        assert_close(np.sort(rows), self.y, name="the y of an epoch, sorted")
        x = np.concatenate([x for x, _ in batches])
        assert_close(x, self.x[rows.astype(int)], name="the x of an epoch, beside the rows of its y")
        return rows


def sizes_of(rows, batch_size):
    return [min(batch_size, rows - first) for first in range(0, rows, batch_size)]


def chunks_of(rows, buffer):
    return [(start, min(start + buffer, rows)) for start in range(0, rows, buffer)]


# rows, batch_size, buffer: whole batches in a chunk; across the ends of chunks; several chunks a batch; one chunk for all.
CUTS = {
    "batches fit": (24, 4, 8),
    "across chunks": (23, 4, 6),
    "chunks smaller than batches": (23, 9, 2),
    "one chunk": (11, 4, 64),
    "one row at a time": (5, 1, 1),
}
CUTTINGS = pytest.mark.parametrize("cut", CUTS)


@pytest.mark.exercise("BatchPipeline")
class TestBatchPipeline:
    @pytest.mark.weight(2)
    @CUTTINGS
    def test_order_of_the_file(self, student, rng, cut):
        rows, batch_size, buffer = CUTS[cut]
        file = File(rng, rows)
        pipeline = student.BatchPipeline(file.read, rows, batch_size, buffer)
        for _ in range(2):
            assert_close(file.epoch(pipeline, sizes_of(rows, batch_size)), file.y, name="the y of an epoch")

    @CUTTINGS
    def test_reads_each_chunk_once_an_epoch(self, student, rng, cut):
        rows, batch_size, buffer = CUTS[cut]
        file = File(rng, rows)
        pipeline = student.BatchPipeline(file.read, rows, batch_size, buffer)
        for _ in range(2):
            file.epoch(pipeline, sizes_of(rows, batch_size))
        assert_close(file.log, 2 * chunks_of(rows, buffer), name="what was read, as (start, stop)")

    @CUTTINGS
    def test_holds_no_more_than_it_must(self, student, rng, cut):
        rows, batch_size, buffer = CUTS[cut]
        file = File(rng, rows)
        pipeline = student.BatchPipeline(file.read, rows, batch_size, buffer)
        for _ in range(2):
            file.epoch(pipeline, sizes_of(rows, batch_size))
        if file.held > buffer + batch_size:
            limit = f"{buffer + batch_size} (buffer + batch_size)"
            raise Mismatch(f"{file.held} rows were read and not handed out yet, but only {limit} may be")

    @pytest.mark.weight(2)
    @CUTTINGS
    def test_random_order(self, student, rng, cut):
        rows, batch_size, buffer = CUTS[cut]
        file = File(rng, rows)
        pipeline = student.BatchPipeline(file.read, rows, batch_size, buffer, rng)
        for _ in range(2):
            file.epoch(pipeline, sizes_of(rows, batch_size))
        log = [
            chunk for half in (file.log[: len(file.log) // 2], file.log[len(file.log) // 2 :]) for chunk in sorted(half)
        ]
        assert_close(log, 2 * chunks_of(rows, buffer), name="what was read, as (start, stop), sorted in each epoch")
        if file.held > buffer + batch_size:
            raise Mismatch(f"{file.held} rows were held at once: more than {buffer + batch_size}, buffer + batch_size")

    def test_chunks_come_in_random_order(self, student, rng):
        file = File(rng, 120)
        pipeline = student.BatchPipeline(file.read, 120, 60, 2, rng)
        for _ in range(2):
            file.epoch(pipeline, [60, 60])
        starts = np.array([start for start, _ in file.log], dtype=float)
        assert_close(np.sort(starts), np.repeat(np.arange(0.0, 120, 2), 2), name="where chunks began, sorted")
        first, second = starts[:60], starts[60:]
        assert_unrelated(first, np.arange(60), "the correlation between a chunk's place in the file and in the epoch")
        assert_unrelated(first, second, "the correlation between the chunks of one epoch and of the next")

    def test_rows_are_shuffled_in_their_chunk(self, student, rng):
        file = File(rng, 160)
        pipeline = student.BatchPipeline(file.read, 160, 40, 80, rng)
        first, second = (file.epoch(pipeline, [40] * 4) for _ in range(2))
        chunks = first.reshape(2, 80)
        assert_close(np.sort(np.ptp(chunks, axis=1)), np.array([79.0, 79.0]), name="the spread of rows in each 80 rows")
        assert_unrelated(chunks[0], np.arange(80), "the correlation between a row's place in the file and in its chunk")
        assert_unrelated(first % 80, second % 80, "the correlation between the rows of one epoch and of the next")

    @pytest.mark.rests_on("test_random_order", "test_rows_are_shuffled_in_their_chunk")
    def test_rng_alone_decides(self, student, rng):
        file = File(rng, 40)
        made = [student.BatchPipeline(file.read, 40, 16, 10, np.random.default_rng(seed)) for seed in (3, 3, 4)]
        first, second, other = (file.epoch(each, [16, 16, 8]) for each in made)
        assert_close(second, first, name="the y of an epoch from an equal rng")
        if np.array_equal(other, first):
            raise Mismatch("another rng gives the same order: draw from the rng that is given")

    @pytest.mark.rests_on("test_order_of_the_file")
    def test_a_new_epoch_is_read_when_it_begins(self, student, rng):
        file = File(rng, 6)
        pipeline = student.BatchPipeline(file.read, 6, 3, 6)
        assert_close(len(file.log), 0, name="calls of read before the first batch")
        file.epoch(pipeline, [3, 3])
        assert_close(len(file.log), 1, name="calls of read in the first epoch")

    @pytest.mark.rests_on("test_order_of_the_file")
    def test_an_empty_file(self, student, rng):
        pipeline = student.BatchPipeline(File(rng, 0).read, 0, 3, 6)
        for _ in range(2):
            assert_close(pipeline.next_batch(), None, name="a batch of an empty file")
        assert_close(len(pipeline), 0, name="len(pipeline)")

    @pytest.mark.rests_on("test_order_of_the_file")
    @CUTTINGS
    def test_length(self, student, rng, cut):
        rows, batch_size, buffer = CUTS[cut]
        pipeline = student.BatchPipeline(File(rng, rows).read, rows, batch_size, buffer)
        assert_close(len(pipeline), len(sizes_of(rows, batch_size)), name="len(pipeline)")

    @pytest.mark.after("test_order_of_the_file")
    def test_dtypes_stay(self, student, rng):
        def read(start, stop):
            return np.zeros((stop - start, 2), dtype=np.float32), np.arange(start, stop)

        x, y = student.BatchPipeline(read, 5, 4, 3, rng).next_batch()
        assert_dtype(x, "float32", name="x")
        assert_dtype(y, "int64", name="y")

    @pytest.mark.after("test_order_of_the_file")
    def test_two_pipelines(self, student, rng):
        file = File(rng, 9)
        one, two = (student.BatchPipeline(file.read, 9, 4, 3) for _ in range(2))
        one.next_batch()
        assert_close(file.epoch(two, [4, 4, 1]), file.y, name="the y of the second pipeline's epoch")

    @pytest.mark.after("test_order_of_the_file")
    @pytest.mark.parametrize("argument", ["batch_size", "buffer"])
    def test_no_size(self, student, rng, argument):
        sizes = {"batch_size": 2, "buffer": 3, argument: 0}
        assert_refuses(student.BatchPipeline, argument, File(rng, 6).read, 6, **sizes)


class Told:
    """A step whose losses are known beforehand; the rates that it was asked for are noted."""

    def __init__(self, losses):
        self.losses, self.rates = losses, []

    def __call__(self, lr):
        self.rates.append(lr)
        return self.losses[min(len(self.rates), len(self.losses)) - 1]


def assert_range(student, reference, losses, *ends):
    told, known = Told(losses), Told(losses)
    got = student.lr_range_test(told, *ends, len(losses))
    assert_close(got, reference.lr_range_test(known, *ends, len(losses)), name="(lrs, losses)")
    assert_close(told.rates, known.rates, name="the rates that step was called with")


@pytest.mark.exercise("lr_range_test")
class TestRangeTest:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("count", [2, 3, 65])
    def test_all_steps(self, student, reference, rng, count):
        losses = [float(loss) for loss in rng.uniform(1.0, 3.0, size=count)]
        assert_range(student, reference, losses, float(rng.uniform(1e-5, 1e-3)), float(rng.uniform(0.5, 20)))

    @pytest.mark.parametrize(
        "losses",
        [
            [5.0, 2.0, 7.9, 3.0, 8.1, 1.0, 1.0],  # 4 times the smallest, neither the first nor the one before
            [2.0, 8.0, 3.0, 9.0, 1.0],  # just 4 times goes on
            [1.0, 4.5, 1.0],
            [9.0, 3.0, 1.0, 2.5, 0.5, 2.01, 0.1],
            [3.0, 2.0, 1.0, 3.5],  # above 4 times nothing, to the end
        ],
        ids=["a later one", "just 4 times", "at once", "smaller and smaller", "never"],
    )
    def test_explosion(self, student, reference, losses):
        assert_range(student, reference, losses, 1e-4, 3.0)

    @pytest.mark.parametrize("bad", [np.nan, np.inf], ids=["nan", "infinity"])
    def test_not_finite(self, student, reference, bad):
        assert_range(student, reference, [3.0, 2.0, 5.0, bad, 1.0, 2.0], 1e-3, 7.0)

    @pytest.mark.rests_on("test_all_steps")
    def test_nothing_finite(self, student):
        lrs, losses = student.lr_range_test(Told([np.nan, 1.0, 1.0]), 0.1, 1.0, 3)
        assert_close(lrs, np.zeros(0), name="lrs")
        assert_close(losses, np.zeros(0), name="losses")

    @pytest.mark.after("test_all_steps")
    @pytest.mark.parametrize("lr_min, lr_max", [(0.0, 1.0), (1.0, 1.0), (-1.0, 1.0)])
    def test_ends(self, student, lr_min, lr_max):
        assert_refuses(student.lr_range_test, "lr_min", Told([1.0]), lr_min, lr_max, 5)

    @pytest.mark.after("test_all_steps")
    def test_a_single_step(self, student):
        assert_refuses(student.lr_range_test, "iterations", Told([1.0]), 0.1, 1.0, 1)


def sweep(rng, count, noise=0.05):
    """Rates and losses as a range test gives them: flat, down, up."""
    lrs = np.geomspace(10 ** rng.uniform(-5, -4), 10 ** rng.uniform(0, 1), count)
    t = np.linspace(0, 1, count)
    losses = 3 - 2 / (1 + np.exp(-18 * (t - rng.uniform(0.4, 0.5)))) + 6 * np.maximum(t - 0.85, 0)
    return lrs, losses + noise * rng.normal(size=count)


class Regression:
    """Softmax regression on made data, trained a step at a time."""

    def __init__(self, rng):
        self.labels = rng.integers(0, 3, size=60)
        self.x = rng.normal(size=(60, 4)) + 2 * rng.normal(size=(3, 4))[self.labels]
        self.w = np.zeros((4, 3))

    def step(self, lr):
        z = self.x @ self.w
        p = np.exp(z - z.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        loss = -np.mean(np.log(p[np.arange(60), self.labels] + 1e-300))
        p[np.arange(60), self.labels] -= 1
        self.w -= lr * self.x.T @ p / 60
        return float(loss)


@pytest.mark.exercise("suggest_lr")
class TestSuggestLr:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("count", [6, 70])
    def test_without_smoothing(self, student, reference, rng, count):
        lrs, losses = sweep(rng, count)
        assert_close(student.suggest_lr(lrs, losses, beta=0.0), reference.suggest_lr(lrs, losses, beta=0.0))

    @pytest.mark.parametrize("k", range(3))
    def test_smoothed(self, student, reference, rng, k):
        lrs, losses = sweep(rng, (70, 90, 1100)[k])
        assert_close(student.suggest_lr(lrs, losses), reference.suggest_lr(lrs, losses))

    @pytest.mark.parametrize("beta", [0.3, 0.6, 0.8, 0.95])
    def test_any_beta(self, student, reference, rng, beta):
        lrs, losses = sweep(rng, 66)
        assert_close(student.suggest_lr(lrs, losses, beta), reference.suggest_lr(lrs, losses, beta))

    @pytest.mark.parametrize("beta", [0.5, 0.9])
    def test_steep_at_the_start(self, student, reference, rng, beta):
        # Without bias correction the average climbs from 0 at first.
        lrs = np.geomspace(1e-4, 1.0, 12)
        losses = 5 * np.exp(-0.6 * np.arange(12)) + rng.uniform(0.9, 1.0, size=12)
        assert_close(student.suggest_lr(lrs, losses, beta), reference.suggest_lr(lrs, losses, beta))

    def test_rates_at_any_distance(self, student, reference, rng):
        # Slopes are taken over log(lr), whatever the distances are.
        lrs = np.cumprod(rng.uniform(1.05, 4.0, size=30)) * 1e-5
        losses = 40 - np.cumsum(rng.uniform(0.1, 2.0, size=30))
        assert_close(student.suggest_lr(lrs, losses, beta=0.0), reference.suggest_lr(lrs, losses, beta=0.0))

    def test_not_beyond_the_minimum(self, student, reference, rng):
        lrs, losses = sweep(rng, 40)
        losses[-6:] = [30.0, 60.0, 90.0, 40.0, 8.0, 5.0]
        assert_close(student.suggest_lr(lrs, losses, beta=0.2), reference.suggest_lr(lrs, losses, beta=0.2))

    def test_the_minimum_is_looked_at(self, student):
        # Slopes -2, -3, -3.5 at the minimum, where the neighbour to the right lies just as low, and 8.5 behind it.
        lrs, losses = np.geomspace(0.1, 100.0, 4), np.array([12.0, 10.0, 3.0, 3.1])
        assert_close(student.suggest_lr(lrs, losses, beta=0.0), lrs[1])
        lrs, losses = np.geomspace(0.1, 100.0, 4), np.array([12.0, 11.9, 11.8, 2.0])
        assert_close(student.suggest_lr(lrs, losses, beta=0.0), lrs[3])

    def test_rising_from_the_first(self, student):
        # The smallest loss is the first: two points are looked at. Slopes 1, 2, 3 and 3; then 3, 1.5, -5 and -10.
        lrs = np.geomspace(0.1, 100.0, 4)
        assert_close(student.suggest_lr(lrs, np.array([1.0, 2.0, 5.0, 8.0]), beta=0.0), lrs[0])
        assert_close(student.suggest_lr(lrs, np.array([1.0, 4.0, 4.0, -0.5 + 2]), beta=0.0), lrs[1])

    @pytest.mark.weight(2)
    def test_good_enough_for_softmax_regression(self, student, reference, rng):
        lrs, losses = reference.lr_range_test(Regression(rng).step, 1e-3, 100.0, 60)
        got, expected = student.suggest_lr(lrs, losses), reference.suggest_lr(lrs, losses)
        assert_close(got, expected, atol=1e6)
        if not 0.3 * expected <= got <= 3 * expected:
            good = f"from {0.3 * expected:.3g} to {3 * expected:.3g}"
            raise Mismatch(f"it suggested {got:.3g} for a softmax regression; {good} would do")

    @pytest.mark.after("test_without_smoothing")
    def test_inputs_unchanged(self, student, rng):
        assert_inputs_unchanged(student.suggest_lr, *sweep(rng, 10))

    @pytest.mark.after("test_without_smoothing")
    @pytest.mark.parametrize("count", [0, 1])
    def test_too_few(self, student, count):
        assert_refuses(student.suggest_lr, "lrs", np.ones(count), np.ones(count))


@pytest.mark.exercise("triangular_lr")
class TestTriangularLr:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("iteration", [1, 4, 5, 7, 10, 13, 1234])
    def test_an_iteration(self, student, reference, rng, iteration):
        base, top = rng.uniform(0.01, 0.1), rng.uniform(0.5, 2)
        assert_close(student.triangular_lr(iteration, base, top, 5), reference.triangular_lr(iteration, base, top, 5))

    @pytest.mark.parametrize("half_cycle", [1, 2, 7, 64])
    def test_an_array(self, student, reference, rng, half_cycle):
        base, top = rng.uniform(0.01, 0.1), rng.uniform(0.5, 2)
        iteration = np.arange(1100)
        got = student.triangular_lr(iteration, base, top, half_cycle)
        assert_close(got, reference.triangular_lr(iteration, base, top, half_cycle))

    def test_a_matrix(self, student, reference, rng):
        iteration = rng.integers(0, 50, size=(3, 4))
        assert_close(student.triangular_lr(iteration, 0.2, 1.5, 6), reference.triangular_lr(iteration, 0.2, 1.5, 6))

    @pytest.mark.rests_on("test_an_iteration")
    def test_starts_at_the_base(self, student, rng):
        base = float(rng.uniform(0.01, 0.1))
        assert_close(student.triangular_lr(0, base, 1.0, 5), base)

    @pytest.mark.after("test_an_array")
    def test_inputs_unchanged(self, student):
        assert_inputs_unchanged(student.triangular_lr, np.arange(9), 0.1, 1.0, 4)

    @pytest.mark.after("test_an_iteration")
    @pytest.mark.parametrize("half_cycle", [0, -3])
    def test_no_half_cycle(self, student, half_cycle):
        assert_refuses(student.triangular_lr, "half_cycle", 3, 0.1, 1.0, half_cycle)


@pytest.mark.exercise("exponential_lr")
class TestExponentialLr:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("iteration", [0, 1, 2, 65])
    def test_an_iteration(self, student, reference, rng, iteration):
        start, rate = float(rng.uniform(0.1, 2)), float(rng.uniform(0.7, 0.99))
        assert_close(student.exponential_lr(iteration, start, rate), reference.exponential_lr(iteration, start, rate))

    @pytest.mark.parametrize("shape", [(7,), (3, 400)])
    def test_an_array(self, student, reference, rng, shape):
        iteration = rng.integers(0, 80, size=shape)
        assert_close(student.exponential_lr(iteration, 0.3, 0.9), reference.exponential_lr(iteration, 0.3, 0.9))

    @pytest.mark.after("test_an_array")
    def test_inputs_unchanged(self, student):
        assert_inputs_unchanged(student.exponential_lr, np.arange(9), 0.1, 0.5)


def row_numbers(rows, count, name):
    """These, if they are so many."""
    if type(rows) is not np.ndarray or rows.shape != (count,) or rows.dtype.kind not in "iu":
        raise Mismatch(f"{name} should be an int array of shape ({count},)")
    return rows


def split(student, y, share, rng):
    """(train, validation), as int arrays of the right lengths with every row once."""
    _, counts = np.unique(y, return_counts=True)
    aside = int(np.ceil(share * counts).sum())
    train, validation = student.train_validation_split(y, share, rng)
    train, validation = row_numbers(train, len(y) - aside, "train"), row_numbers(validation, aside, "validation")
    assert_close(np.sort(np.concatenate([train, validation])), np.arange(len(y)), name="all rows, sorted")
    return train, validation


def assert_stratified(student, y, share, rng):
    _, validation = split(student, y, share, rng)
    values, counts = np.unique(y, return_counts=True)
    got = (y[validation][:, None] == values).sum(axis=0)
    assert_close(got, np.ceil(share * counts).astype(int), name="validation rows by class")


@pytest.mark.exercise("train_validation_split")
class TestTrainValidationSplit:
    @pytest.mark.weight(2)
    def test_whole_shares(self, student, rng):
        assert_stratified(student, rng.permutation(np.repeat([0, 1, 2], [8, 40, 12])), 0.25, rng)

    @pytest.mark.parametrize("share", [0.25, 0.375, 0.8125])
    def test_rounded_up(self, student, rng, share):
        assert_stratified(student, rng.permutation(np.repeat([0, 1, 2, 3], [1, 9, 30, 1100])), share, rng)

    def test_sorted_labels(self, student, rng):
        assert_stratified(student, np.repeat([0, 1, 2], [13, 70, 5]), 0.5, rng)

    def test_any_labels(self, student, rng):
        assert_stratified(student, rng.permutation(np.repeat([-3, 7, 100], [5, 6, 21])), 0.5, rng)

    @pytest.mark.rests_on("test_whole_shares")
    @pytest.mark.parametrize("share", [0.0, 1.0])
    def test_none_and_all(self, student, rng, share):
        assert_stratified(student, rng.integers(0, 3, size=20), share, rng)

    def test_every_row_is_as_likely(self, student, rng):
        y = rng.integers(0, 3, size=1600)
        _, validation = split(student, y, 0.25, rng)
        assert_uniform(validation / len(y), "the validation rows, as places in the data,")

    @pytest.mark.parametrize("side", [0, 1], ids=["train", "validation"])
    def test_in_random_order(self, student, rng, side):
        y = rng.integers(0, 2, size=300)
        rows = split(student, y, 0.5, rng)[side]
        place = np.arange(len(rows))
        assert_unrelated(rows, place, "the correlation between rows and their places")
        assert_unrelated(y[rows], place, "the correlation between classes and places")

    @pytest.mark.rests_on("test_whole_shares")
    def test_rng_alone_decides(self, student, rng):
        y = rng.integers(0, 3, size=60)
        first, second, other = (split(student, y, 0.5, np.random.default_rng(seed)) for seed in (3, 3, 4))
        assert_close(second, first, name="(train, validation) from an equal rng")
        if set(other[1]) == set(first[1]):
            raise Mismatch("another rng puts the same rows aside: draw from the rng that is given")

    @pytest.mark.after("test_whole_shares")
    def test_inputs_unchanged(self, student, rng):
        assert_inputs_unchanged(lambda y: student.train_validation_split(y, 0.5, rng), rng.integers(0, 3, size=20))

    @pytest.mark.after("test_whole_shares")
    @pytest.mark.parametrize("share", [-0.1, 1.1])
    def test_bad_share(self, student, rng, share):
        assert_refuses(student.train_validation_split, "share", rng.integers(0, 3, size=20), share, rng)


def table(rng, *rows, columns=3):
    """Arrays of so many rows, of different means and deviations."""
    scale = rng.uniform(0.5, 20, size=columns)
    return [rng.normal(rng.uniform(-30, 30), scale * rng.uniform(0.5, 2), size=(n, columns)) for n in rows]


@pytest.mark.exercise("standardize")
class TestStandardize:
    @pytest.mark.weight(2)
    def test_train_and_another(self, student, reference, rng):
        tables = table(rng, 8, 5)
        assert_close(student.standardize(*tables), reference.standardize(*tables), name="[train, test]")

    @pytest.mark.parametrize("rows, columns", [((6,), 4), ((7, 3, 1, 9), 2), ((1100, 70), 3), ((5, 4), 70)])
    def test_sizes(self, student, reference, rng, rows, columns):
        tables = table(rng, *rows, columns=columns)
        assert_close(student.standardize(*tables), reference.standardize(*tables), name="the arrays")

    def test_constant_column(self, student, reference, rng):
        train, test = table(rng, 8, 5)
        train[:, 1], train[:, 2] = 2.5, -40.0
        assert_close(student.standardize(train, test), reference.standardize(train, test), name="[train, test]")

    def test_constant_in_another(self, student, reference, rng):
        train, test = table(rng, 8, 5)
        test[:, 1] = 2.5
        assert_close(student.standardize(train, test), reference.standardize(train, test), name="[train, test]")

    def test_small_deviations(self, student, reference, rng):
        train, test = (1e-7 * each for each in table(rng, 8, 5))
        assert_close(student.standardize(train, test), reference.standardize(train, test), name="[train, test]")

    @pytest.mark.after("test_train_and_another")
    def test_no_warning(self, student):
        with no_warnings():
            student.standardize(np.full((4, 2), 2.5))

    @pytest.mark.after("test_train_and_another")
    def test_keeps_inputs_and_float32(self, student, rng):
        new = assert_inputs_unchanged(student.standardize, *(each.astype(np.float32) for each in table(rng, 4, 3)))
        assert_close(new, [np.zeros((4, 3)), np.zeros((3, 3))], atol=np.inf, name="[train, test]")
        for each in new:
            assert_dtype(each, "float32")


@pytest.mark.exercise("confusion_matrix")
class TestConfusionMatrix:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n, classes", [(30, 3), (9, 2)])
    def test_random_values(self, student, reference, rng, n, classes):
        labels, predicted = rng.integers(0, classes, size=(2, n))
        got = student.confusion_matrix(labels, predicted, classes)
        assert_close(got, reference.confusion_matrix(labels, predicted, classes))

    @pytest.mark.parametrize("n, classes", [(1100, 5), (300, 70), (1, 4)])
    def test_sizes(self, student, reference, rng, n, classes):
        labels, predicted = rng.integers(0, classes, size=(2, n))
        got = student.confusion_matrix(labels, predicted, classes)
        assert_close(got, reference.confusion_matrix(labels, predicted, classes))

    def test_classes_that_never_occur(self, student, reference, rng):
        labels, predicted = rng.integers(1, 3, size=20), rng.integers(2, 5, size=20)
        assert_close(student.confusion_matrix(labels, predicted, 7), reference.confusion_matrix(labels, predicted, 7))

    @pytest.mark.after("test_random_values")
    def test_inputs_unchanged(self, student, rng):
        assert_inputs_unchanged(student.confusion_matrix, *rng.integers(0, 3, size=(2, 9)), 3)


@pytest.mark.exercise("precision_recall_f1")
class TestPrecisionRecallF1:
    NAME = "(precision, recall, f1)"

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("classes", [2, 3, 70])
    def test_random_values(self, student, reference, rng, classes):
        matrix = rng.integers(1, 20, size=(classes, classes))
        assert_close(student.precision_recall_f1(matrix), reference.precision_recall_f1(matrix), name=self.NAME)

    def test_never_predicted(self, student, reference, rng):
        matrix = rng.integers(1, 20, size=(4, 4))
        matrix[:, 2] = 0
        assert_close(student.precision_recall_f1(matrix), reference.precision_recall_f1(matrix), name=self.NAME)

    def test_never_there(self, student, reference, rng):
        matrix = rng.integers(1, 20, size=(4, 4))
        matrix[1] = 0
        assert_close(student.precision_recall_f1(matrix), reference.precision_recall_f1(matrix), name=self.NAME)

    def test_neither(self, student, reference, rng):
        matrix = rng.integers(1, 20, size=(4, 4))
        matrix[2], matrix[:, 2], matrix[0, 0] = 0, 0, 0
        assert_close(student.precision_recall_f1(matrix), reference.precision_recall_f1(matrix), name=self.NAME)

    def test_few_rows(self, student, reference):
        matrix = np.array([[1, 0, 0], [0, 1, 1], [0, 0, 1]])
        assert_close(student.precision_recall_f1(matrix), reference.precision_recall_f1(matrix), name=self.NAME)

    @pytest.mark.after("test_random_values")
    def test_no_warning(self, student):
        with no_warnings():
            student.precision_recall_f1(np.array([[0, 0, 0], [0, 3, 1], [0, 0, 0]]))

    @pytest.mark.after("test_random_values")
    def test_inputs_unchanged(self, student, rng):
        assert_inputs_unchanged(student.precision_recall_f1, rng.integers(1, 20, size=(3, 3)))


def scored(rng, n, levels=None):
    """Scores, and labels that depend on them loosely; with `levels`, so many different scores only."""
    scores = rng.normal(size=n) if levels is None else rng.integers(0, levels, size=n) / 4
    labels = (scores + rng.normal(size=n) > np.median(scores)).astype(int)
    labels[:2] = [0, 1]
    return scores, labels


def ordered_pairs(scores, labels):
    """The share of pairs of a positive and a negative in which the positive has the larger score; ties count half."""
    ahead = scores[labels == 1][:, None] - scores[labels == 0]
    return float(np.mean((ahead > 0) + 0.5 * (ahead == 0)))


def assert_roc(student, reference, scores, labels):
    assert_close(student.roc_curve(scores, labels), reference.roc_curve(scores, labels), name="(fpr, tpr, thresholds)")


@pytest.mark.exercise("roc_curve")
class TestRocCurve:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("n", [2, 9, 66])
    def test_different_scores(self, student, reference, rng, n):
        assert_roc(student, reference, *scored(rng, n))

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("levels", [2, 5])
    def test_ties(self, student, reference, rng, levels):
        assert_roc(student, reference, *scored(rng, 40, levels))

    def test_many_rows(self, student, reference, rng):
        assert_roc(student, reference, *scored(rng, 1100, 90))

    def test_all_scores_are_equal(self, student, reference):
        assert_roc(student, reference, np.full(5, 0.5), np.array([1, 0, 0, 1, 0]))

    def test_the_area_counts_pairs_in_order(self, student, reference, rng):
        scores, labels = scored(rng, 60, 7)
        fpr, tpr, thresholds = student.roc_curve(scores, labels)
        like = np.zeros(len(np.unique(scores)) + 1)
        assert_close([fpr, tpr, thresholds], [like] * 3, atol=np.inf, name="(fpr, tpr, thresholds)")
        assert_close(float(np.trapezoid(tpr, fpr)), ordered_pairs(scores, labels), name="the area under the curve")

    @pytest.mark.after("test_different_scores")
    def test_inputs_unchanged(self, student, rng):
        assert_inputs_unchanged(student.roc_curve, *scored(rng, 12))

    @pytest.mark.after("test_different_scores")
    @pytest.mark.parametrize("label", [0, 1])
    def test_one_class_only(self, student, rng, label):
        assert_refuses(student.roc_curve, "labels", rng.normal(size=5), np.full(5, label))


@pytest.mark.exercise("auc")
class TestAuc:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n", [2, 3, 9, 1100])
    def test_random_values(self, student, reference, rng, n):
        x, y = np.sort(rng.normal(size=n)), rng.normal(size=n)
        assert_close(student.auc(x, y), reference.auc(x, y))

    @pytest.mark.parametrize("levels", [None, 5])
    def test_share_of_pairs_in_order(self, student, reference, rng, levels):
        scores, labels = scored(rng, 40, levels)
        fpr, tpr, _ = reference.roc_curve(scores, labels)
        assert_close(student.auc(fpr, tpr), ordered_pairs(scores, labels))

    @pytest.mark.rests_on("test_random_values")
    def test_a_single_point(self, student):
        assert_close(student.auc(np.array([0.5]), np.array([2.0])), 0.0)

    @pytest.mark.after("test_random_values")
    def test_inputs_unchanged(self, student, rng):
        assert_inputs_unchanged(student.auc, np.sort(rng.normal(size=6)), rng.normal(size=6))


@pytest.mark.exercise("bias_variance")
class TestBiasVariance:
    @pytest.mark.weight(2)
    @pytest.mark.parametrize("models, points", [(4, 7), (1, 5), (9, 1), (70, 1100)])
    def test_random_values(self, student, reference, rng, models, points):
        target = rng.normal(size=points)
        predictions = target + rng.normal(size=points) + rng.normal(size=(models, points))
        got = student.bias_variance(predictions, target)
        assert_close(got, reference.bias_variance(predictions, target), name="(bias2, variance, mse)")

    def test_the_sum_rule(self, student, rng):
        target, predictions = rng.normal(size=6), rng.normal(size=(5, 6))
        bias2, variance, mse = student.bias_variance(predictions, target)
        mean = np.mean((predictions - target) ** 2)
        assert_close([bias2, variance, mse], [mean] * 3, atol=np.inf, name="(bias2, variance, mse)")
        assert_close(mse, mean, name="mse")
        assert_close(float(bias2 + variance), float(mean), name="bias2 + variance")

    @pytest.mark.after("test_random_values")
    def test_inputs_unchanged(self, student, rng):
        assert_inputs_unchanged(student.bias_variance, rng.normal(size=(3, 4)), rng.normal(size=4))


@pytest.mark.exercise("vote")
class TestVote:
    @pytest.mark.weight(5)
    def test_clear_majorities(self, student, rng):
        winners = rng.integers(0, 5, size=12)
        # Four of seven models vote for the winner of each row, in places of the row's own.
        others = (winners + rng.integers(1, 5, size=(3, 12))) % 5
        predictions = rng.permuted(np.concatenate([np.tile(winners, (4, 1)), others]), axis=0)
        assert_close(student.vote(predictions, 5), winners)

    @pytest.mark.parametrize("models, rows, classes", [(5, 70, 3), (1, 6, 4), (66, 3, 9), (3, 1100, 2), (4, 9, 70)])
    def test_random_values(self, student, reference, rng, models, rows, classes):
        predictions = rng.integers(0, classes, size=(models, rows))
        assert_close(student.vote(predictions, classes), reference.vote(predictions, classes))

    def test_ties(self, student, rng):
        pairs = np.array([[3, 1], [0, 4], [2, 4], [4, 3], [1, 0]]).T
        assert_close(student.vote(np.tile(pairs, (3, 1)), 5), np.array([1, 0, 2, 3, 0]))

    @pytest.mark.after("test_clear_majorities")
    def test_inputs_unchanged(self, student, rng):
        assert_inputs_unchanged(student.vote, rng.integers(0, 4, size=(3, 5)), 4)


def by_group(rng, n, values):
    """Labels, predictions that are right in four of five rows, and groups; every group occurs."""
    labels = rng.integers(0, 4, size=n)
    predicted = np.where(rng.random(n) < 0.8, labels, (labels + 1) % 4)
    return labels, predicted, rng.permutation(np.concatenate([values, rng.choice(values, size=n - len(values))]))


@pytest.mark.exercise("accuracy_by_group")
class TestAccuracyByGroup:
    NAME = "(values, accuracies, gap)"

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("n, groups", [(20, 3), (1100, 4), (200, 66)])
    def test_groups_from_zero(self, student, reference, rng, n, groups):
        given = by_group(rng, n, np.arange(groups))
        assert_close(student.accuracy_by_group(*given), reference.accuracy_by_group(*given), name=self.NAME)

    def test_any_numbers(self, student, reference, rng):
        given = by_group(rng, 40, np.array([1000, -7, 12, 3]))
        assert_close(student.accuracy_by_group(*given), reference.accuracy_by_group(*given), name=self.NAME)

    def test_best_and_worst_in_the_middle(self, student):
        # Accuracies 1/2, 1/4, 1 and 3/4.
        groups, right = np.repeat([0, 1, 2, 3], 4), np.array([1, 1, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 0])
        got = student.accuracy_by_group(np.ones(16, dtype=int), right, groups)
        assert_close(got, (np.arange(4), np.array([0.5, 0.25, 1.0, 0.75]), 0.75), name=self.NAME)

    @pytest.mark.rests_on("test_groups_from_zero")
    def test_a_single_group(self, student, reference, rng):
        given = by_group(rng, 12, np.array([5]))
        assert_close(student.accuracy_by_group(*given), reference.accuracy_by_group(*given), name=self.NAME)

    @pytest.mark.after("test_groups_from_zero")
    def test_inputs_unchanged(self, student, rng):
        assert_inputs_unchanged(student.accuracy_by_group, *by_group(rng, 12, np.arange(3)))


TRIALS = 80
SPACE = {"lr": ("uniform", 0.5, 3.0), "width": ("int", 3, 40)}
KINDS = {"uniform": (float, np.floating), "log": (float, np.floating), "int": (int, np.integer)}


def search(student, space, rng, trials=TRIALS, values=None):
    """(best, history) of a random search over these values, and the settings that were asked for, each of its kind."""
    values = [float(value) for value in rng.normal(size=trials)] if values is None else values
    asked = []

    def objective(settings):
        asked.append(settings)
        return values[min(len(asked), trials) - 1]

    best, history = student.random_search(objective, space, trials, rng)
    if len(asked) != trials:
        raise Mismatch(f"objective was called {len(asked)} times in {trials} trials: once a trial is right")
    for settings in asked:
        if type(settings) is not dict or settings.keys() != space.keys():
            raise Mismatch(f"objective should be given a dict with the keys {list(space)}")
        for name, (kind, *_) in space.items():
            if kind in KINDS and not isinstance(settings[name], KINDS[kind]):
                wanted = "an int" if kind == "int" else "a float"
                raise Mismatch(f"the setting {name!r}, drawn from {space[name]}, should be {wanted}")
    return best, history, asked, values


def drawn(asked, name):
    return np.array([settings[name] for settings in asked])


def assert_each_as_often(places, count, name):
    """Of `count` equally likely places: each is seen, and none too often."""
    seen = np.array([np.sum(places == place) for place in range(count)]) / len(places)
    assert_close(float(seen.sum()), 1.0, name=f"the share of {name} that are among the allowed")
    if not seen.all():
        raise Mismatch(f"in {len(places)} draws {int(np.sum(seen == 0))} of the {count} {name} never came")
    spread = 7 * np.sqrt((1 / count) * (1 - 1 / count) / len(places))
    assert_close(seen, np.full(count, 1 / count), rtol=0.0, atol=spread, name=f"how often each of the {name} came")


@pytest.mark.exercise("random_search")
class TestRandomSearch:
    @pytest.mark.weight(3)
    @pytest.mark.parametrize("trials", [1, 2, 66])
    def test_best_and_history(self, student, rng, trials):
        best, history, asked, values = search(student, SPACE, rng, trials)
        assert_close(history, list(zip(asked, values, strict=True)), name="history")
        assert_close(best, asked[int(np.argmin(values))], name="best")

    def test_first_of_equals(self, student, rng):
        values = [4.0, -1.0, 2.0, -1.0, 3.0, -1.0]
        best, _, asked, _ = search(student, SPACE, rng, 6, values)
        assert_close(best, asked[1], name="best")

    @pytest.mark.weight(2)
    def test_uniform(self, student, rng):
        low, high = float(rng.uniform(-3, 0)), float(rng.uniform(1, 5))
        values = drawn(search(student, {"x": ("uniform", low, high)}, rng)[2], "x")
        u = (values - low) / (high - low)
        assert_close(u, np.full(TRIALS, 0.5), rtol=0.0, atol=0.5 + 1e-9, name="draws, from 0 at low to 1 at high,")
        assert_uniform(u, "draws, from 0 at low to 1 at high,")

    @pytest.mark.weight(2)
    @pytest.mark.parametrize("ends", [(1e-5, 1.0), (2.0, 300.0)], ids=str)
    def test_log(self, student, rng, ends):
        low, high = ends
        values = drawn(search(student, {"lr": ("log", low, high)}, rng)[2], "lr")
        middle, half = (low + high) / 2, (high - low) / 2
        assert_close(values, np.full(TRIALS, middle), rtol=0.0, atol=half * (1 + 1e-9), name="draws")
        u = np.log(values / low) / np.log(high / low)
        assert_uniform(u, "logarithms of draws, from 0 at low to 1 at high,")

    @pytest.mark.parametrize("low, high", [(2, 5), (-1, 1), (0, 1)])
    def test_int(self, student, rng, low, high):
        values = drawn(search(student, {"layers": ("int", low, high)}, rng)[2], "layers")
        assert_each_as_often(values - low, high - low + 1, f"ints from {low} to {high}")

    @pytest.mark.parametrize(
        "items", [[7, 3, 5], ["relu", "tanh", "sigmoid", None], [0.5]], ids=["numbers", "words", "a single one"]
    )
    def test_choice(self, student, rng, items):
        asked = search(student, {"kind": ("choice", items)}, rng)[2]
        places = [
            next((k for k, item in enumerate(items) if same(settings["kind"], item)), len(items)) for settings in asked
        ]
        assert_each_as_often(np.array(places), len(items), "choices")

    def test_every_setting_is_a_draw_of_its_own(self, student, rng):
        space = {"a": ("uniform", 0.0, 1.0), "b": ("uniform", 2.0, 4.0), "c": ("log", 0.1, 10.0), "d": ("int", 1, 1000)}
        asked = search(student, space, rng)[2]
        draws = [drawn(asked, name).astype(float) for name in space]
        with np.errstate(all="ignore"):
            draws[2] = np.log(draws[2])
        for one in range(4):
            for other in range(one):
                pair = f"{'abcd'[other]!r} and {'abcd'[one]!r}"
                assert_unrelated(draws[one], draws[other], f"the correlation between the settings {pair}")
        assert_unrelated(draws[0][1:], draws[0][:-1], "the correlation between one trial and the next")

    @pytest.mark.rests_on("test_best_and_history")
    def test_rng_alone_decides(self, student, reference):
        asked = [search(student, SPACE, np.random.default_rng(seed), 5)[2] for seed in (3, 3, 4)]
        assert_close(asked[1], asked[0], name="the settings from an equal rng")
        if drawn(asked[2], "lr").tolist() == drawn(asked[0], "lr").tolist():
            raise Mismatch("another rng gives the same settings: draw from the rng that is given")

    @pytest.mark.after("test_best_and_history")
    def test_inputs_unchanged(self, student, rng):
        space = {"lr": ("log", 0.1, 1.0), "kind": ("choice", [3, 4])}
        assert_inputs_unchanged(lambda space: student.random_search(lambda settings: 1.0, space, 3, rng), space)

    @pytest.mark.after("test_best_and_history")
    def test_unknown_kind(self, student, rng):
        space = {**SPACE, "decay": ("normal", 0.0, 1.0)}
        assert_refuses(student.random_search, "space", lambda settings: 1.0, space, 3, rng)

    @pytest.mark.after("test_best_and_history")
    def test_no_trials(self, student, rng):
        assert_refuses(student.random_search, "trials", lambda settings: 1.0, SPACE, 0, rng)


def same(value, item):
    """The very item, though a NumPy int may stand for an int."""
    if type(item) is int:
        return isinstance(value, (int, np.integer)) and value == item
    return type(value) is type(item) and value == item
