"""Public tests: small numbers that can be followed with pencil and paper, and draws that are easy to look at."""

import numpy as np
import pytest

from autograder import Mismatch, assert_close, assert_refuses


@pytest.mark.exercise("iterations_per_epoch")
def test_iterations_by_hand(student):
    # 1200 / 400 = 3 exactly; one row more makes a batch of its own.
    assert_close(student.iterations_per_epoch(1200, 400), 3)
    assert_close(student.iterations_per_epoch(1201, 400), 4)


@pytest.mark.exercise("iterations_per_epoch")
@pytest.mark.after("test_iterations_by_hand")
def test_iterations_of_no_batch(student):
    assert_refuses(student.iterations_per_epoch, "batch_size", 10, 0)


def tens(log):
    """A file whose row k is (k, 10 k); what is read of it is noted in `log`."""

    def read(start, stop):
        log.append((start, stop))
        return np.arange(start, stop) + 0.0, 10.0 * np.arange(start, stop)

    return read


@pytest.mark.exercise("BatchPipeline")
class TestBatchPipeline:
    def test_in_the_order_of_the_file(self, student):
        # 7 rows, read by 3: [0 1 2] [3 4 5] [6]. Batches of 2 go on across the ends of the chunks: 01 23 45 6.
        pipeline = student.BatchPipeline(tens([]), 7, 2, 3)
        for rows in ([0.0, 1.0], [2.0, 3.0], [4.0, 5.0], [6.0]):
            assert_close(pipeline.next_batch(), (np.array(rows), 10 * np.array(rows)), name="(x, y)")
        assert_close(pipeline.next_batch(), None, name="after the last batch")
        first = (np.array([0.0, 1.0]), np.array([0.0, 10.0]))
        assert_close(pipeline.next_batch(), first, name="(x, y) of the next epoch")
        assert_close(len(pipeline), 4, name="len(pipeline)")

    def test_reads_when_it_must(self, student):
        # The second batch needs row 3: only then the second chunk is read.
        log = []
        pipeline = student.BatchPipeline(tens(log), 7, 2, 3)
        for expected in ([(0, 3)], [(0, 3), (3, 6)], [(0, 3), (3, 6)], [(0, 3), (3, 6), (6, 7)]):
            pipeline.next_batch()
            assert_close(log, expected, name="what was read, as (start, stop)")

    def test_in_random_order(self, student, rng):
        # 40 rows have more orders than there are grains of sand: that two epochs agree, or one is sorted, is no accident.
        pipeline = student.BatchPipeline(tens([]), 40, 10, 8, rng)
        epochs = []
        for _ in range(12):
            *batches, end = [pipeline.next_batch() for _ in range(5)]
            assert_close(batches, [(np.zeros(10), np.zeros(10))] * 4, atol=np.inf, name="batches")  # the shapes alone
            assert_close(end, None, name="after the last batch")
            x, y = (np.concatenate(parts) for parts in zip(*batches, strict=True))
            assert_close(y, 10 * x, name="y beside 10 * x")
            assert_close(np.sort(x), np.arange(40.0), name="all rows, sorted")
            epochs.append(x)
        if np.array_equal(epochs[0], np.arange(40)):
            raise Mismatch("the rows come in the order of the file: shuffle them")
        if np.array_equal(epochs[0], epochs[1]):
            raise Mismatch("the second epoch has the order of the first: draw from rng in every epoch")
        # Chunks of 8: which one comes first is another one now and then, and rows leave their neighbours.
        if len({int(x[0] // 8) for x in epochs}) == 1:
            raise Mismatch("every epoch begins with the same chunk: the chunks come in random order, too")
        if np.mean(np.diff(epochs) == 1) > 0.5:
            raise Mismatch("most rows come right after the one before them in the file: shuffle the rows of a chunk")

    @pytest.mark.after("test_in_the_order_of_the_file")
    def test_no_buffer(self, student):
        assert_refuses(student.BatchPipeline, "buffer", tens([]), 7, 2, 0)


@pytest.mark.exercise("lr_range_test")
class TestRangeTest:
    def test_by_hand(self, student):
        # Four steps from 0.1 to 100: each rate is 10 times the one before.
        lrs, losses = student.lr_range_test(lambda lr: 5 - lr / 100, 0.1, 100.0, 4)
        assert_close(lrs, np.array([0.1, 1.0, 10.0, 100.0]), name="lrs")
        assert_close(losses, np.array([4.999, 4.99, 4.9, 4.0]), name="losses")

    def test_explosion(self, student):
        # 4 * 2 = 8: 8 is still good, 9 is not. The test ends there, and keeps it.
        told = iter([3.0, 2.0, 8.0, 9.0, 1.0])
        lrs, losses = student.lr_range_test(lambda lr: next(told), 1.0, 16.0, 5)
        assert_close(lrs, np.array([1.0, 2.0, 4.0, 8.0]), name="lrs")
        assert_close(losses, np.array([3.0, 2.0, 8.0, 9.0]), name="losses")

    def test_not_a_number(self, student):
        told = iter([3.0, 2.0, np.nan, 1.0])
        lrs, losses = student.lr_range_test(lambda lr: next(told), 1.0, 8.0, 4)
        assert_close(lrs, np.array([1.0, 2.0]), name="lrs")
        assert_close(losses, np.array([3.0, 2.0]), name="losses")

    @pytest.mark.after("test_by_hand")
    def test_ends_in_the_wrong_order(self, student):
        assert_refuses(student.lr_range_test, "lr_min", lambda lr: 1.0, 1.0, 0.1, 4)


@pytest.mark.exercise("suggest_lr")
class TestSuggestLr:
    RATES = np.array([0.01, 0.1, 1.0, 10.0, 100.0])

    def test_without_smoothing(self, student):
        # Each rate is 10 times the one before: differences of the neighbours, halved, will do. From the first to the fourth,
        # where the loss is smallest: 7 - 8 = -1, (6 - 8) / 2 = -1, (2 - 7) / 2 = -2.5 and (2 - 6) / 2 = -2.
        losses = np.array([8.0, 7.0, 6.0, 2.0, 2.0])
        assert_close(student.suggest_lr(self.RATES, losses, beta=0.0), 1.0)

    def test_with_smoothing(self, student):
        # beta = 0.5: s is 4, 3, 3.5, 5.75 and 2.875; divided by 1/2, 3/4, 7/8, 15/16 and 31/32 it is 8, 4, 4, 6.13 and 2.97.
        # Slopes: 4 - 8 = -4, then -2, 1.07, -0.52 and 2.97 - 6.13 = -3.17. The first is the steepest.
        losses = np.array([8.0, 2.0, 4.0, 8.0, 0.0])
        assert_close(student.suggest_lr(self.RATES, losses, beta=0.5), 0.01)

    def test_not_beyond_the_minimum(self, student):
        # The smallest loss is 4, at 1. The fall from 60 to 20 comes after the explosion.
        losses = np.array([6.0, 5.0, 4.0, 60.0, 20.0])
        assert_close(student.suggest_lr(self.RATES, losses, beta=0.0), 0.01)

    def test_rates_that_are_not_evenly_spaced(self, student):
        # From 8 to 6 over one power of ten, from 6 to 2 over three: -2 for each power, then -4 / 3.
        rates, losses = np.array([0.01, 0.1, 100.0]), np.array([8.0, 6.0, 2.0])
        assert_close(student.suggest_lr(rates, losses, beta=0.0), 0.01)

    @pytest.mark.after("test_without_smoothing")
    def test_a_single_point(self, student):
        assert_refuses(student.suggest_lr, "lrs", np.array([0.1]), np.array([2.0]))


@pytest.mark.exercise("triangular_lr")
class TestTriangularLr:
    def test_by_hand(self, student):
        # From 1 up to 5 in 2 iterations, and back in 2.
        for iteration, expected in enumerate([1.0, 3.0, 5.0, 3.0, 1.0, 3.0]):
            assert_close(student.triangular_lr(iteration, 1.0, 5.0, 2), expected, name=f"iteration {iteration}")

    def test_of_an_array(self, student):
        assert_close(student.triangular_lr(np.array([1, 2, 7]), 0.0, 10.0, 5), np.array([2.0, 4.0, 6.0]))

    @pytest.mark.after("test_by_hand")
    def test_no_half_cycle(self, student):
        assert_refuses(student.triangular_lr, "half_cycle", 3, 0.1, 1.0, 0)


@pytest.mark.exercise("exponential_lr")
def test_exponential_by_hand(student):
    # 8 * 0.25 * 0.25 = 0.5.
    assert_close(student.exponential_lr(2, 8.0, 0.25), 0.5)
    assert_close(student.exponential_lr(np.array([0, 1, 2]), 8.0, 0.25), np.array([8.0, 2.0, 0.5]))


def row_numbers(rows, count, name):
    """These, if they are so many."""
    if type(rows) is not np.ndarray or rows.shape != (count,) or rows.dtype.kind != "i":
        raise Mismatch(f"{name} should be an int array of shape ({count},)")
    return rows


@pytest.mark.exercise("train_validation_split")
class TestTrainValidationSplit:
    Y = np.repeat([0, 1, 2], [8, 4, 2])

    def split(self, student, rng):
        # A quarter of 8 is 2, of 4 it is 1, and of 2 it is 0.5, which makes 1: 4 rows, and 10 are left.
        train, validation = student.train_validation_split(self.Y, 0.25, rng)
        return row_numbers(train, 10, "train"), row_numbers(validation, 4, "validation")

    def test_every_class_has_its_share(self, student, rng):
        train, validation = self.split(student, rng)
        assert_close(np.sort(np.concatenate([train, validation])), np.arange(14), name="all rows, sorted")
        assert_close(np.bincount(self.Y[validation], minlength=3), np.array([2, 1, 1]), name="validation rows by class")

    def test_other_rows_each_time(self, student, rng):
        # 28 * 4 * 2 = 224 choices: that 12 draws take the same one is no accident.
        draws = [self.split(student, rng) for _ in range(12)]
        if len({tuple(np.sort(validation)) for _, validation in draws}) == 1:
            raise Mismatch("the same rows go to validation every time: draw them from rng")
        if all(np.array_equal(train, np.sort(train)) for train, _ in draws):
            raise Mismatch("the training rows come in order every time: shuffle them")

    @pytest.mark.after("test_every_class_has_its_share")
    def test_more_than_all(self, student, rng):
        assert_refuses(student.train_validation_split, "share", self.Y, 1.5, rng)


@pytest.mark.exercise("standardize")
def test_standardize_by_hand(student):
    # Column 1: mean 3, deviations -2 and 2, so the standard deviation is 2. Column 2 is constant: divided by 1.
    train, test = np.array([[1.0, 4.0], [5.0, 4.0]]), np.array([[2.0, 7.0], [9.0, 4.0], [3.0, 3.0]])
    expected = [np.array([[-1.0, 0.0], [1.0, 0.0]]), np.array([[-0.5, 3.0], [3.0, 0.0], [0.0, -1.0]])]
    assert_close(student.standardize(train, test), expected, name="[train, test]")


@pytest.mark.exercise("confusion_matrix")
def test_confusion_by_hand(student):
    # Three rows of class 0, one of them taken for 2; one of class 1, taken for 2; one of class 2, recognized. No class 3.
    matrix = student.confusion_matrix(np.array([0, 1, 2, 0, 0]), np.array([0, 2, 2, 2, 0]), 4)
    assert_close(matrix, np.array([[2, 0, 1, 0], [0, 0, 1, 0], [0, 0, 1, 0], [0, 0, 0, 0]]))


@pytest.mark.exercise("precision_recall_f1")
def test_precision_and_recall_by_hand(student):
    # Class 0: 3 of the 4 in its column are right, and 3 of the 5 in its row are found; F1 = 2 * 3 / (4 + 5).
    # Class 2 neither occurs nor is predicted: 0 / 0.
    precision, recall, f1 = student.precision_recall_f1(np.array([[3, 2, 0], [1, 6, 0], [0, 0, 0]]))
    assert_close(precision, np.array([3 / 4, 6 / 8, 0.0]), name="precision")
    assert_close(recall, np.array([3 / 5, 6 / 7, 0.0]), name="recall")
    assert_close(f1, np.array([6 / 9, 12 / 15, 0.0]), name="f1")


@pytest.mark.exercise("roc_curve")
class TestRocCurve:
    def test_by_hand(self, student):
        # Threshold 8: one of two positives. 6: a false alarm, one of three negatives. 5: the other positive. 3, 1: the rest.
        got = student.roc_curve(np.array([5.0, 1.0, 8.0, 6.0, 3.0]), np.array([1, 0, 1, 0, 0]))
        fpr, tpr = np.array([0, 0, 1, 1, 2, 3]) / 3, np.array([0, 1, 1, 2, 2, 2]) / 2
        assert_close(got, (fpr, tpr, np.array([np.inf, 8.0, 6.0, 5.0, 3.0, 1.0])), name="(fpr, tpr, thresholds)")

    def test_ties_come_together(self, student):
        # At the threshold 2 a positive and a negative come at once: one point, and a slanted piece of the curve.
        got = student.roc_curve(np.array([2.0, 2.0, 1.0, 3.0]), np.array([1, 0, 0, 1]))
        expected = (np.array([0.0, 0.0, 0.5, 1.0]), np.array([0.0, 0.5, 1.0, 1.0]), np.array([np.inf, 3.0, 2.0, 1.0]))
        assert_close(got, expected, name="(fpr, tpr, thresholds)")

    @pytest.mark.after("test_by_hand")
    def test_one_class_only(self, student):
        assert_refuses(student.roc_curve, "labels", np.array([0.3, 0.4]), np.array([1, 1]))


@pytest.mark.exercise("auc")
def test_auc_by_hand(student):
    # 1 wide and (0 + 2) / 2 = 1 high; then 2 wide and (2 + 3) / 2 = 2.5 high.
    assert_close(student.auc(np.array([0.0, 1.0, 3.0]), np.array([0.0, 2.0, 3.0])), 6.0)


@pytest.mark.exercise("bias_variance")
def test_bias_and_variance_by_hand(student):
    # Point 1: mean 3, target 1, so bias 2; scatter 1 to both sides. Point 2: mean 5, target 5; scatter 2.
    # bias^2: (4 + 0) / 2. Variance: (1 + 4) / 2. Squared errors 1, 9, 4 and 4, on average 4.5 = 2 + 2.5.
    bias2, variance, mse = student.bias_variance(np.array([[2.0, 3.0], [4.0, 7.0]]), np.array([1.0, 5.0]))
    assert_close(bias2, 2.0, name="bias2")
    assert_close(variance, 2.5, name="variance")
    assert_close(mse, 4.5, name="mse")


@pytest.mark.exercise("vote")
def test_vote_by_hand(student):
    # Row 1: 2 twice. Row 2: 1 and 3 once each, and 0 once: a tie, the smallest wins. Row 3: 3 in chorus.
    predictions = np.array([[2, 3, 3], [0, 1, 3], [2, 0, 3]])
    assert_close(student.vote(predictions, 4), np.array([2, 0, 3]))


@pytest.mark.exercise("accuracy_by_group")
def test_groups_by_hand(student):
    # Group 2: 1 of 2 right. Group 5: 3 of 3. Group 9: 0 of 1.
    labels, predicted = np.array([1, 0, 1, 1, 0, 0]), np.array([1, 0, 0, 1, 0, 1])
    values, accuracies, gap = student.accuracy_by_group(labels, predicted, np.array([5, 2, 2, 5, 5, 9]))
    assert_close(values, np.array([2, 5, 9]), name="values")
    assert_close(accuracies, np.array([0.5, 1.0, 0.0]), name="accuracies")
    assert_close(gap, 1.0, name="gap")


@pytest.mark.exercise("random_search")
class TestRandomSearch:
    def test_finds_the_lowest(self, student, rng):
        # Numbers 1 to 4, and 3 is the best: it is not missed in 100 draws.
        asked = []

        def objective(settings):
            asked.append(settings)
            return abs(settings["width"] - 3.0)

        best, history = student.random_search(objective, {"width": ("int", 1, 4)}, 100, rng)
        assert_close(best, {"width": 3}, name="best")
        assert_close(history, [(settings, abs(settings["width"] - 3.0)) for settings in asked], name="history")
        widths = {settings["width"] for settings in asked}
        assert_close(sorted(widths), [1, 2, 3, 4], name="the widths that were tried")

    def test_log_is_drawn_by_powers(self, student, rng):
        # From 0.0001 to 1 half of the draws lie below 0.01. Drawn uniformly, 1 in 100 would.
        _, history = student.random_search(lambda settings: 1.0, {"lr": ("log", 1e-4, 1.0)}, 100, rng)
        assert_close(history, [({"lr": 0.5}, 1.0)] * 100, atol=0.5, name="history")
        below = float(np.mean([settings["lr"] < 0.01 for settings, _ in history]))
        assert_close(below, 0.5, atol=0.35, name="the share of rates below 0.01")

    @pytest.mark.after("test_finds_the_lowest")
    def test_unknown_kind(self, student, rng):
        assert_refuses(student.random_search, "space", lambda settings: 1.0, {"lr": ("normal", 0.0, 1.0)}, 5, rng)
