"""Known wrong answers, each with the hint that a student gets.

Each is wrong in one thing only: bad input is refused as the given lines refuse it.
"""

import math

import numpy as np

from autograder import mistake, reference_beside

reference = reference_beside(__file__)


@mistake("iterations_per_epoch", hint="The last, short batch counts too: round up, not down.")
def iterations_rounded_down(rows, batch_size):
    reference.iterations_per_epoch(rows, batch_size)
    return rows // batch_size


@mistake(
    "iterations_per_epoch", hint="Where batch_size divides rows, nothing is left for another batch: 1200 / 400 is 3."
)
def iterations_one_more(rows, batch_size):
    reference.iterations_per_epoch(rows, batch_size)
    return rows // batch_size + 1


class InParts(reference.BatchPipeline):
    """The pipeline in parts that a mistake can take the place of."""

    def __init__(self, read, rows, batch_size, buffer, rng=None):
        super().__init__(read, rows, batch_size, buffer, rng)
        self.read, self.rows, self.batch_size, self.buffer, self.rng = read, rows, batch_size, buffer, rng
        self.left = self.epoch()

    def next_batch(self):
        batch = next(self.left, None)
        if batch is None:
            self.left = self.epoch()
        return batch

    def starts(self):
        starts = np.arange(0, self.rows, self.buffer)
        return [int(start) for start in (starts if self.rng is None else self.rng.permutation(starts))]

    def shuffled(self, chunk):
        if self.rng is None:
            return chunk
        order = self.rng.permutation(len(chunk[0]))
        return tuple(part[order] for part in chunk)

    def chunks(self):
        for start in self.starts():
            yield self.shuffled(self.read(start, min(start + self.buffer, self.rows)))

    def whole(self, chunk):
        """Its full batches, and what is left."""
        full = len(chunk[0]) // self.batch_size * self.batch_size
        parts = [tuple(part[k : k + self.batch_size] for part in chunk) for k in range(0, full, self.batch_size)]
        return parts, tuple(part[full:] for part in chunk)

    def epoch(self):
        held = None
        for chunk in self.chunks():
            both = chunk if held is None else tuple(np.concatenate(pair) for pair in zip(held, chunk, strict=True))
            batches, held = self.whole(both)
            yield from batches
        yield from self.end(held)

    def end(self, held):
        return [held] if held is not None and len(held[0]) else []


@mistake(
    "BatchPipeline", hint="read is asked for the whole file at once, which does not fit: ask for `buffer` rows at most."
)
class ReadsEverythingAtOnce(InParts):
    def chunks(self):
        yield self.shuffled(self.read(0, self.rows))


@mistake(
    "BatchPipeline", hint="All chunks are read before the first batch is handed out: read one only when it is needed."
)
class ReadsAheadOfNeed(InParts):
    def chunks(self):
        return list(super().chunks())


@mistake("BatchPipeline", hint="The last batch of an epoch is shorter, not left out: every row comes in every epoch.")
class DropsTheShortBatch(InParts):
    def end(self, held):
        return []


@mistake("BatchPipeline", hint="A batch goes on into the next chunk: only the last batch of an epoch may be short.")
class CutsBatchesAtChunks(InParts):
    def epoch(self):
        for chunk in self.chunks():
            batches, held = self.whole(chunk)
            yield from batches
            yield from self.end(held)


@mistake("BatchPipeline", hint="x and y need one and the same order: two shuffles give the rows the targets of others.")
class TearsRowsFromTargets(InParts):
    def shuffled(self, chunk):
        return chunk if self.rng is None else tuple(self.rng.permutation(part) for part in chunk)


@mistake(
    "BatchPipeline", hint="Every epoch has the same order: draw it when an epoch begins, not when the pipeline is made."
)
class OneOrderForAllEpochs(InParts):
    def epoch(self):
        if self.rng is not None:
            self.seed = getattr(self, "seed", None) or int(self.rng.integers(1, 2**32))
            self.rng = np.random.default_rng(self.seed)
        return super().epoch()


@mistake("BatchPipeline", hint="After the last batch of an epoch comes None, once; here the next epoch begins at once.")
class NeverEnds(InParts):
    def next_batch(self):
        batch = super().next_batch()
        return super().next_batch() if batch is None else batch


@mistake("BatchPipeline", hint="None comes at the end of one epoch only: the next call begins a new one.")
class EndsForEver(InParts):
    def next_batch(self):
        return next(self.left, None)


@mistake(
    "BatchPipeline", hint="The chunks are in random order, but within a chunk the rows are not: shuffle them as well."
)
class ShufflesChunksOnly(InParts):
    def shuffled(self, chunk):
        return chunk


@mistake(
    "BatchPipeline", hint="Rows are shuffled within their chunks only: with rng, the chunks come in random order, too."
)
class ShufflesRowsOnly(InParts):
    def starts(self):
        return list(range(0, self.rows, self.buffer))


@mistake("BatchPipeline", hint="With rng None the order is the file's: shuffle only where there is an rng.")
class ShufflesWithoutRng(InParts):
    def shuffled(self, chunk):
        order = (self.rng or np.random.default_rng(0)).permutation(len(chunk[0]))
        return tuple(part[order] for part in chunk)


def too_large(losses):
    return losses[-1] > reference.EXPLODED * min(losses)


def tested(step, rates, exploded):
    """A range test at these rates."""
    lrs, losses = [], []
    for lr in rates:
        loss = step(float(lr))
        if not np.isfinite(loss):
            break
        lrs.append(float(lr))
        losses.append(loss)
        if exploded(losses):
            break
    return np.array(lrs), np.array(losses, dtype=float)


def rates_of(lr_min, lr_max, iterations):
    reference.lr_range_test(lambda lr: math.nan, lr_min, lr_max, iterations)  # refuses bad input
    return np.geomspace(lr_min, lr_max, iterations)


@mistake("lr_range_test", hint="The rates grow by a constant factor; here they grow by a constant amount.")
def range_test_linear(step, lr_min, lr_max, iterations):
    rates_of(lr_min, lr_max, iterations)
    return tested(step, np.linspace(lr_min, lr_max, iterations), too_large)


@mistake("lr_range_test", hint="The last rate is lr_max: n points have n - 1 gaps, so divide k by iterations - 1.")
def range_test_misses_the_end(step, lr_min, lr_max, iterations):
    rates_of(lr_min, lr_max, iterations)
    return tested(step, lr_min * (lr_max / lr_min) ** (np.arange(iterations) / iterations), too_large)


@mistake("lr_range_test", hint="The test ends after a loss above EXPLODED times the smallest; here it goes on.")
def range_test_goes_on(step, lr_min, lr_max, iterations):
    return tested(step, rates_of(lr_min, lr_max, iterations), lambda losses: False)


@mistake("lr_range_test", hint="A loss is compared with the smallest so far, not with the first.")
def range_test_against_the_first(step, lr_min, lr_max, iterations):
    rates = rates_of(lr_min, lr_max, iterations)
    return tested(step, rates, lambda losses: losses[-1] > reference.EXPLODED * losses[0])


@mistake("lr_range_test", hint="A loss is compared with the smallest so far, not with the one before it.")
def range_test_against_the_one_before(step, lr_min, lr_max, iterations):
    rates = rates_of(lr_min, lr_max, iterations)
    return tested(step, rates, lambda losses: losses[-1] > reference.EXPLODED * losses[-2:][0])


@mistake("lr_range_test", hint="A loss that is too large but finite is kept; only what is not finite is left out.")
def range_test_leaves_the_large_out(step, lr_min, lr_max, iterations):
    lrs, losses = reference.lr_range_test(step, lr_min, lr_max, iterations)
    end = len(losses) - int(len(losses) > 0 and losses[-1] > reference.EXPLODED * losses.min())
    return lrs[:end], losses[:end]


@mistake("lr_range_test", hint="A loss that is not finite is left out, and its rate with it.")
def range_test_keeps_the_infinite(step, lr_min, lr_max, iterations):
    told = []

    def noted(lr):
        told.append((lr, step(lr)))
        return told[-1][1]

    reference.lr_range_test(noted, lr_min, lr_max, iterations)
    return np.array([lr for lr, _ in told]), np.array([loss for _, loss in told])


def smoothed(losses, beta):
    weights = beta ** np.arange(len(losses))
    return np.array([weights[: k + 1][::-1] @ losses[: k + 1] / weights[: k + 1].sum() for k in range(len(losses))])


def steepest(lrs, smooth, slopes, end=None):
    """The lr of the most negative slope up to the minimum, or up to another end."""
    end = max(int(np.argmin(smooth)), 1) + 1 if end is None else end
    return lrs[np.argmin(slopes[:end])]


@mistake(
    "suggest_lr", hint="At the smallest loss the rate is too large already: look for where the loss falls fastest."
)
def suggest_the_smallest_loss(lrs, losses, beta=0.9):
    reference.suggest_lr(lrs, losses, beta)
    return lrs[np.argmin(smoothed(losses, beta))]


@mistake("suggest_lr", hint="The average starts at 0 and is too small at first: divide it by 1 - beta^t.")
def suggest_without_correction(lrs, losses, beta=0.9):
    reference.suggest_lr(lrs, losses, beta)
    smooth = smoothed(losses, beta) * (1 - beta ** np.arange(1, len(losses) + 1))
    return steepest(lrs, smooth, np.gradient(smooth, np.log(lrs)))


@mistake(
    "suggest_lr",
    hint="The average starts at 0, with the bias corrected; from the first loss, that one weighs too much.",
)
def suggest_from_the_first_loss(lrs, losses, beta=0.9):
    reference.suggest_lr(lrs, losses, beta)
    smooth = [losses[0]]
    for loss in losses[1:]:
        smooth.append(beta * smooth[-1] + (1 - beta) * loss)
    return steepest(lrs, smooth, np.gradient(smooth, np.log(lrs)))


@mistake("suggest_lr", hint="The losses are smoothed first: the steepest step of the raw ones is mostly noise.")
def suggest_without_smoothing(lrs, losses, beta=0.9):
    return reference.suggest_lr(lrs, losses, 0.0)


@mistake("suggest_lr", hint="The slope is over log(lr): over lr itself, small rates look far too steep.")
def suggest_over_lr(lrs, losses, beta=0.9):
    reference.suggest_lr(lrs, losses, beta)
    smooth = smoothed(losses, beta)
    return steepest(lrs, smooth, np.gradient(smooth, lrs))


@mistake("suggest_lr", hint="Rates need not be evenly spaced: give np.gradient log(lr) as its second argument.")
def suggest_over_steps(lrs, losses, beta=0.9):
    reference.suggest_lr(lrs, losses, beta)
    smooth = smoothed(losses, beta)
    return steepest(lrs, smooth, np.gradient(smooth))


@mistake(
    "suggest_lr", hint="Look no further than the smallest smoothed loss: behind it a fall is part of the explosion."
)
def suggest_beyond_the_minimum(lrs, losses, beta=0.9):
    reference.suggest_lr(lrs, losses, beta)
    smooth = smoothed(losses, beta)
    return steepest(lrs, smooth, np.gradient(smooth, np.log(lrs)), len(lrs))


@mistake("suggest_lr", hint="The steepest descent is the most negative slope: by size alone a steep climb may win.")
def suggest_steepest_either_way(lrs, losses, beta=0.9):
    reference.suggest_lr(lrs, losses, beta)
    smooth = smoothed(losses, beta)
    return steepest(lrs, smooth, -np.abs(np.gradient(smooth, np.log(lrs))), len(lrs))


@mistake("triangular_lr", hint="half_cycle is the way up alone; here up and down together take so long.")
def triangular_full_cycle(iteration, base, top, half_cycle):
    reference.triangular_lr(iteration, base, top, half_cycle)
    return reference.triangular_lr(2 * iteration, base, top, half_cycle)


@mistake("triangular_lr", hint="It starts at base and climbs; here it starts at top.")
def triangular_from_the_top(iteration, base, top, half_cycle):
    return reference.triangular_lr(iteration, top, base, half_cycle)


@mistake("triangular_lr", hint="From top it comes back in as many iterations; here it falls to base at once.")
def triangular_sawtooth(iteration, base, top, half_cycle):
    reference.triangular_lr(iteration, base, top, half_cycle)
    return base + (top - base) * (iteration % half_cycle / half_cycle)


@mistake(
    "triangular_lr", hint="The triangle repeats: count the cycles, or take the remainder of iteration by 2 half_cycle."
)
def triangular_once(iteration, base, top, half_cycle):
    reference.triangular_lr(iteration, base, top, half_cycle)
    return base + (top - base) * np.maximum(0, 1 - np.abs(iteration / half_cycle - 1))


@mistake("exponential_lr", hint="rate is the share that is kept, not the share that is lost: no 1 - rate.")
def exponential_one_minus(iteration, start, rate):
    return start * (1 - rate) ** iteration


@mistake("exponential_lr", hint="rate^iteration, not e^(-rate * iteration): the rate is the factor of one iteration.")
def exponential_of_e(iteration, start, rate):
    return start * np.exp(-rate * iteration)


@mistake("exponential_lr", hint="Iteration 0 has the rate start itself: the first factor comes with iteration 1.")
def exponential_one_ahead(iteration, start, rate):
    return reference.exponential_lr(iteration + 1, start, rate)


def set_aside(y, share, choose, rounded=math.ceil):
    """Of each class the rows that `choose(rows, how many)` picks."""
    reference.train_validation_split(y, share, np.random.default_rng(0))  # refuses bad input
    classes = [np.flatnonzero(y == label) for label in np.unique(y)]
    return np.concatenate([choose(rows, rounded(share * len(rows))) for rows in classes])


def others_of(y, rows):
    return np.setdiff1d(np.arange(len(y)), rows)


@mistake("train_validation_split", hint="The split is not stratified: of each class its share goes to validation.")
def split_not_stratified(y, share, rng):
    count = len(set_aside(y, share, lambda rows, n: rows[:n]))
    order = rng.permutation(len(y))
    return order[count:], order[:count]


@mistake(
    "train_validation_split", hint="The validation rows are still among the training rows: then nothing is measured."
)
def split_overlaps(y, share, rng):
    validation = set_aside(y, share, lambda rows, n: rng.permutation(rows)[:n])
    return rng.permutation(len(y)), rng.permutation(validation)


@mistake(
    "train_validation_split", hint="It is always the first rows of a class that go to validation: choose them by rng."
)
def split_takes_the_first(y, share, rng):
    validation = set_aside(y, share, lambda rows, n: rows[:n])
    return rng.permutation(others_of(y, validation)), rng.permutation(validation)


@mistake("train_validation_split", hint="A row is drawn twice here: draw without replacement.")
def split_with_replacement(y, share, rng):
    validation = set_aside(y, share, lambda rows, n: rng.choice(rows, n))
    return rng.permutation(others_of(y, validation)), rng.permutation(validation)


@mistake("train_validation_split", hint="share * n is rounded up, so that a class of one row has it in validation.")
def split_rounds_down(y, share, rng):
    validation = set_aside(y, share, lambda rows, n: rng.permutation(rows)[:n], math.floor)
    return rng.permutation(others_of(y, validation)), rng.permutation(validation)


@mistake("train_validation_split", hint="The rows come class by class, or sorted: shuffle both sides at the end.")
def split_in_order(y, share, rng):
    validation = set_aside(y, share, lambda rows, n: rng.permutation(rows)[:n])
    return others_of(y, validation), validation


@mistake("train_validation_split", hint="The two sides are swapped: train first, then validation.")
def split_swapped(y, share, rng):
    return reference.train_validation_split(y, share, rng)[::-1]


def divisor(std):
    return np.where(std == 0, 1, std)


@mistake(
    "standardize", hint="Each array is measured by itself: a leak. Mean and deviation are train's, for all of them."
)
def standardize_each_by_itself(train, *others):
    return [(rows - rows.mean(axis=0)) / divisor(rows.std(axis=0)) for rows in (train, *others)]


@mistake("standardize", hint="The statistics are those of all rows together: a leak. Only train may be looked at.")
def standardize_all_together(train, *others):
    rows = np.concatenate([train, *others])
    return [(each - rows.mean(axis=0)) / divisor(rows.std(axis=0)) for each in (train, *others)]


@mistake("standardize", hint="A column that is constant in train has deviation 0: divide it by 1.")
def standardize_zero_by_zero(train, *others):
    with np.errstate(all="ignore"):
        return [(rows - train.mean(axis=0)) / train.std(axis=0) for rows in (train, *others)]


@mistake("standardize", hint="The deviation is the population's: divide by the count, not by the count - 1.")
def standardize_of_a_sample(train, *others):
    std = train.std(axis=0) * np.sqrt(len(train) / max(len(train) - 1, 1))
    return [(rows - train.mean(axis=0)) / divisor(std) for rows in (train, *others)]


@mistake("standardize", hint="Divide by the standard deviation, not by the variance.")
def standardize_by_the_variance(train, *others):
    return [(rows - train.mean(axis=0)) / divisor(train.var(axis=0)) for rows in (train, *others)]


@mistake("standardize", hint="Every column has its own mean and deviation: take them over axis 0.")
def standardize_all_columns_alike(train, *others):
    return [(rows - train.mean()) / divisor(train.std()) for rows in (train, *others)]


@mistake("confusion_matrix", hint="Rows are the truth, columns the predictions; here it is transposed.")
def confusion_transposed(labels, predicted, classes):
    return reference.confusion_matrix(predicted, labels, classes)


@mistake("confusion_matrix", hint="matrix[labels, predicted] += 1 counts a pair once, however often it comes.")
def confusion_counts_once(labels, predicted, classes):
    return np.minimum(reference.confusion_matrix(labels, predicted, classes), 1)


@mistake("confusion_matrix", hint="The matrix is K x K, whichever classes occur: those that do not have rows of zeros.")
def confusion_of_those_that_occur(labels, predicted, classes):
    there = np.union1d(labels, predicted)
    return reference.confusion_matrix(labels, predicted, classes)[np.ix_(there, there)]


@mistake(
    "precision_recall_f1", hint="Precision divides by the column, what was predicted; recall by the row, what is there."
)
def precision_and_recall_swapped(matrix):
    precision, recall, f1 = reference.precision_recall_f1(matrix)
    return recall, precision, f1


@mistake("precision_recall_f1", hint="0 / 0 is 0 here: a class that is never predicted has precision 0, not NaN.")
def precision_of_nothing_is_nan(matrix):
    hits, actual, claimed = np.diag(matrix), matrix.sum(axis=1), matrix.sum(axis=0)
    with np.errstate(all="ignore"):
        precision, recall = hits / claimed, hits / actual
        return precision, recall, 2 * precision * recall / (precision + recall)


@mistake(
    "precision_recall_f1",
    hint="F1 is the harmonic mean: the arithmetic one rewards a class that is claimed everywhere.",
)
def precision_f1_arithmetic(matrix):
    precision, recall, _ = reference.precision_recall_f1(matrix)
    return precision, recall, (precision + recall) / 2


@mistake(
    "precision_recall_f1", hint="Only what is right counts above the line: the diagonal alone, over row or column."
)
def precision_of_all_rows(matrix):
    hits = np.diag(matrix) / max(int(matrix.sum()), 1)
    return hits, hits, hits


def one_by_one(scores, labels, order):
    """The curve with a point for each row, in this order."""
    mine = labels[order]
    fpr, tpr = np.cumsum(mine == 0) / np.sum(mine == 0), np.cumsum(mine == 1) / np.sum(mine == 1)
    return np.append(0.0, fpr), np.append(0.0, tpr), np.append(np.inf, scores[order])


@mistake(
    "roc_curve",
    hint="Equal scores pass the threshold together: one point for them, or the area depends on their order.",
)
def roc_ties_one_by_one(scores, labels):
    reference.roc_curve(scores, labels)
    return one_by_one(scores, labels, np.argsort(-scores, kind="stable"))


@mistake("roc_curve", hint="The largest score comes first: from the strictest threshold to the mildest.")
def roc_ascending(scores, labels):
    fpr, tpr, thresholds = reference.roc_curve(-scores, labels)
    return fpr, tpr, np.append(np.inf, -thresholds[1:])


@mistake("roc_curve", hint="The curve begins at (0, 0), with the threshold infinity, where nobody is called positive.")
def roc_without_its_start(scores, labels):
    return tuple(part[1:] for part in reference.roc_curve(scores, labels))


@mistake("roc_curve", hint="A row counts if its score is at least the threshold: here it must be above it.")
def roc_strictly_above(scores, labels):
    fpr, tpr, thresholds = reference.roc_curve(scores, labels)
    return np.append(0.0, fpr[:-1]), np.append(0.0, tpr[:-1]), thresholds


@mistake("roc_curve", hint="The negatives' share comes first, (fpr, tpr, thresholds): here the two are swapped.")
def roc_swapped(scores, labels):
    fpr, tpr, thresholds = reference.roc_curve(scores, labels)
    return tpr, fpr, thresholds


@mistake("roc_curve", hint="fpr is a share of the negatives, tpr one of the positives: not of all rows.")
def roc_shares_of_all(scores, labels):
    fpr, tpr, thresholds = reference.roc_curve(scores, labels)
    return fpr * np.mean(labels == 0), tpr * np.mean(labels == 1), thresholds


@mistake("auc", hint="These are rectangles as high as their left side: a trapezoid has the mean of both heights.")
def auc_left_rectangles(x, y):
    return np.sum(np.diff(x) * y[:-1])


@mistake("auc", hint="These are rectangles as high as their right side: a trapezoid has the mean of both heights.")
def auc_right_rectangles(x, y):
    return np.sum(np.diff(x) * y[1:])


@mistake("auc", hint="The area is under the curve, over x; this is the area beside it, over y.")
def auc_axes_swapped(x, y):
    return reference.auc(y, x)


@mistake(
    "auc", hint="The mean of the heights is the area only where all steps in x are equal: weigh them by their widths."
)
def auc_mean_height(x, y):
    return (x[-1] - x[0]) * np.mean((y[1:] + y[:-1]) / 2) if len(x) > 1 else 0.0


@mistake("bias_variance", hint="Divide the variance by M, not by M - 1: only then bias^2 + variance is the mse.")
def variance_of_a_sample(predictions, target):
    bias2, variance, mse = reference.bias_variance(predictions, target)
    return bias2, variance * len(predictions) / max(len(predictions) - 1, 1), mse


@mistake(
    "bias_variance", hint="At each point the models scatter: the variance is over axis 0. This one is over the points."
)
def variance_over_points(predictions, target):
    bias2, _, mse = reference.bias_variance(predictions, target)
    return bias2, predictions.var(axis=1).mean(), mse


@mistake(
    "bias_variance", hint="Square the bias at each point, then average: else a bias up here and down there cancels."
)
def bias_averaged_first(predictions, target):
    _, variance, mse = reference.bias_variance(predictions, target)
    return np.mean(predictions.mean(axis=0) - target) ** 2, variance, mse


@mistake("bias_variance", hint="bias2 is the square: this is the mean of the bias itself.")
def bias_not_squared(predictions, target):
    _, variance, mse = reference.bias_variance(predictions, target)
    return np.mean(predictions.mean(axis=0) - target), variance, mse


@mistake(
    "bias_variance", hint="mse is the error of the single models, on average; this is that of their mean, the bias^2."
)
def mse_of_the_mean(predictions, target):
    bias2, variance, _ = reference.bias_variance(predictions, target)
    return bias2, variance, bias2


@mistake("vote", hint="Of classes with equally many votes the smallest wins, as argmax has it; here it is the largest.")
def vote_for_the_larger(predictions, classes):
    return classes - 1 - reference.vote(classes - 1 - predictions, classes)


@mistake("vote", hint="Class numbers are names: their mean or median is no vote.")
def vote_by_the_median(predictions, classes):
    return np.sort(predictions, axis=0)[(len(predictions) - 1) // 2]


@mistake("vote", hint="Rows are models, columns are what is voted on: count along axis 0.")
def vote_of_each_model(predictions, classes):
    return reference.vote(predictions.T, classes)


@mistake("accuracy_by_group", hint="Every group is given the accuracy of all rows: pick the group's rows first.")
def groups_overall(labels, predicted, groups):
    values = reference.accuracy_by_group(labels, predicted, groups)[0]
    return values, np.full(len(values), np.mean(labels == predicted)), 0.0


@mistake("accuracy_by_group", hint="Groups come in growing order; here they come as they occur.")
def groups_as_they_occur(labels, predicted, groups):
    values, accuracies, gap = reference.accuracy_by_group(labels, predicted, groups)
    order = np.argsort(np.unique(groups, return_index=True)[1])
    return values[order], accuracies[order], gap


@mistake("accuracy_by_group", hint="The gap is the largest accuracy less the smallest, wherever they stand.")
def groups_gap_of_the_ends(labels, predicted, groups):
    values, accuracies, _ = reference.accuracy_by_group(labels, predicted, groups)
    return values, accuracies, accuracies[-1] - accuracies[0]


@mistake("accuracy_by_group", hint="Divide by the rows of the group, not by all rows.")
def groups_share_of_all(labels, predicted, groups):
    values, accuracies, _ = reference.accuracy_by_group(labels, predicted, groups)
    shares = accuracies * [np.mean(groups == value) for value in values]
    return values, shares, np.ptp(shares)


def searched(objective, space, trials, rng, best=min, **rules):
    """A search in which some kinds are drawn by other rules."""
    reference.random_search(lambda settings: 0.0, space, min(trials, 1), np.random.default_rng(0))  # refuses bad input
    draw = {
        "uniform": lambda low, high: float(rng.uniform(low, high)),
        "log": lambda low, high: float(np.exp(rng.uniform(np.log(low), np.log(high)))),
        "int": lambda low, high: int(rng.integers(low, high + 1)),
        "choice": lambda items: items[int(rng.integers(len(items)))],
        **rules,
    }
    history = []
    for _ in range(trials):
        settings = {name: draw[rule[0]](*rule[1:]) for name, rule in space.items()}
        history.append((settings, objective(settings)))
    return best(history, key=lambda trial: trial[1])[0], history


@mistake(
    "random_search", hint="A log setting is drawn uniformly in its logarithm: drawn as it is, small values never come."
)
def search_log_uniformly(objective, space, trials, rng):
    return searched(objective, space, trials, rng, log=lambda low, high: float(rng.uniform(low, high)))


@mistake("random_search", hint="rng.integers leaves its upper end out: high must be reached, so ask up to high + 1.")
def search_never_reaches_high(objective, space, trials, rng):
    return searched(objective, space, trials, rng, int=lambda low, high: int(rng.integers(low, max(high, low + 1))))


@mistake("random_search", hint="Lower is better: the best is the smallest value, not the largest.")
def search_for_the_largest(objective, space, trials, rng):
    return searched(objective, space, trials, rng, best=max)


@mistake("random_search", hint="Of several lowest the first is best: replace the best only by what is lower still.")
def search_keeps_the_last(objective, space, trials, rng):
    _, history = searched(objective, space, trials, rng)
    return min(history[::-1], key=lambda trial: trial[1])[0], history


@mistake(
    "random_search", hint="One draw serves all settings of a trial, so they rise and fall together: draw for each."
)
def search_with_one_draw_for_all(objective, space, trials, rng):
    u = [0.0]

    def noted(settings):
        u[0] = rng.random()
        return objective(settings)

    u[0] = rng.random()
    return searched(
        noted,
        space,
        trials,
        rng,
        uniform=lambda low, high: low + (high - low) * u[0],
        log=lambda low, high: low * (high / low) ** u[0],
        int=lambda low, high: low + int(u[0] * (high + 1 - low)),
        choice=lambda items: items[int(u[0] * len(items))],
    )


@mistake("random_search", hint="The settings are drawn once, and tried again and again: draw anew in each trial.")
def search_with_one_draw_for_ever(objective, space, trials, rng):
    _, history = reference.random_search(objective, space, min(trials, 1), rng)
    settings = history[0][0]
    history += [(settings, objective(settings)) for _ in range(trials - 1)]
    return min(history, key=lambda trial: trial[1])[0], history


@mistake("random_search", hint="best is the settings alone, without their value.")
def search_returns_the_pair(objective, space, trials, rng):
    _, history = reference.random_search(objective, space, trials, rng)
    return min(history, key=lambda trial: trial[1]), history


@mistake("random_search", hint="history keeps pairs (settings, value), and this keeps the values alone.")
def search_keeps_values_only(objective, space, trials, rng):
    best, history = reference.random_search(objective, space, trials, rng)
    return best, [value for _, value in history]
