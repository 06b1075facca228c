"""The workshop: feeding data, choosing a learning rate, and measuring what came out.

Nothing here is a network. These are the tools around one: they work for any model, and most of them take functions or
plain arrays. N is the number of rows, K the number of classes, numbered 0 to K - 1. A function that draws takes `rng`, a
numpy Generator, and draws from nothing else: an equal rng gives equal results. Arguments stay as they were.
"""

import math

import numpy as np

EXPLODED = 4.0  # lr_range_test: a loss above so many times the smallest one ends the test
KINDS = ("uniform", "log", "int", "choice")  # random_search: what a setting may be drawn from


def require(holds, message):
    """Raise ValueError(message) unless it holds. Given, as its calls are: refusing bad input is not the lesson here."""
    if not holds:
        raise ValueError(message)


def require_sizes(**sizes):
    """Raise ValueError unless each of these sizes is at least 1. Given."""
    for name, value in sizes.items():
        require(value >= 1, f"{name} must be at least 1, not {value}")


def require_space(space):
    """Raise ValueError unless every setting of a random search is drawn from something known. Given."""
    unknown = [name for name, rule in space.items() if rule[0] not in KINDS]
    require(not unknown, f"space must draw each setting by one of {', '.join(KINDS)}; not so: {unknown}")


def iterations_per_epoch(rows, batch_size):
    """How many minibatches an epoch has: every row comes once, and the last batch may be short.

    Args:
        rows: int, at least 0.
        batch_size: int, at least 1.

    Returns:
        int, rows / batch_size rounded up.

    Raises:
        ValueError: naming batch_size, if it is below 1.

    Source: len() of torch.utils.data.DataLoader(drop_last=False).

    Example:
        >>> iterations_per_epoch(1200, 400), iterations_per_epoch(1201, 400)
        (3, 4)
    """
    require_sizes(batch_size=batch_size)
    raise NotImplementedError


class BatchPipeline:
    """Minibatches from a file that does not fit into memory.

    The file's rows are read in chunks: chunk k holds the rows from k * buffer up to (k + 1) * buffer, and the last chunk
    is what is left. A chunk is read only when a batch is asked for and fewer than batch_size rows are at hand, so there
    are never more than buffer + batch_size rows in memory. A batch may begin in one chunk and end in another, or span
    several: only the last batch of an epoch may be short.

    Args:
        read: function read(start, stop) -> (x, y): arrays of the rows from start up to stop, without stop, so both have
            stop - start rows; a row may have any shape.
        rows: int, rows of the file, at least 0.
        batch_size: int, rows in a batch, at least 1.
        buffer: int, the most rows that may be read at once, at least 1.
        rng: numpy Generator, or None. None keeps the order of the file. With a Generator the chunks of an epoch come in
            random order, and the rows of a chunk are shuffled among themselves (x and y alike); each epoch has a new order.

    Raises:
        ValueError: naming batch_size or buffer, if it is below 1.

    Source: tf.data's shuffle buffer and torch's DataLoader over an IterableDataset serve the same purpose.

    Example:
        >>> def read(start, stop):
        ...     print("read", start, stop)
        ...     return np.arange(start, stop), 10 * np.arange(start, stop)
        >>> pipeline = BatchPipeline(read, rows=5, batch_size=2, buffer=3)
        >>> pipeline.next_batch()
        read 0 3
        (array([0, 1]), array([ 0, 10]))
        >>> pipeline.next_batch()
        read 3 5
        (array([2, 3]), array([20, 30]))
        >>> pipeline.next_batch()
        (array([4]), array([40]))
        >>> print(pipeline.next_batch(), len(pipeline))
        None 3
    """

    def __init__(self, read, rows, batch_size, buffer, rng=None):
        require_sizes(batch_size=batch_size, buffer=buffer)

        raise NotImplementedError

    def __len__(self):
        """Batches in an epoch, the short one counted."""
        raise NotImplementedError

    def next_batch(self):
        """The next batch of this epoch.

        Returns:
            (x, y): arrays of batch_size rows, of the dtypes that `read` gave; or None once the epoch is over, and then
            the next call gives the first batch of a new epoch.
        """
        raise NotImplementedError


def lr_range_test(step, lr_min, lr_max, iterations):
    """Leslie Smith's test: train while the learning rate grows from far too small to far too large, and watch the loss.

    The rates grow by a constant factor: lr_k = lr_min * (lr_max / lr_min)^(k / (iterations - 1)), k = 0, 1, ...,
    iterations - 1. The test ends early after the first loss that is not finite, or that is above EXPLODED times the
    smallest one so far. A loss that is not finite is left out of the results, and its lr with it; one that is finite but
    too large is kept.

    Args:
        step: function step(lr) -> loss: one step of training at this rate, and the loss there, a number, at least 0.
        lr_min, lr_max: the ends, 0 < lr_min < lr_max.
        iterations: int, steps if nothing explodes, at least 2.

    Returns:
        (lrs, losses): two float arrays of one length; empty, if the first loss is not finite.

    Raises:
        ValueError: naming lr_min, if it is not above 0 and below lr_max; naming iterations, if it is below 2.

    Source: Smith, "Cyclical Learning Rates for Training Neural Networks" (2017), section 3.3, where the rates grow
    linearly; the constant factor and the stop are fastai's.

    Example:
        >>> lrs, losses = lr_range_test(lambda lr: 3.0 if lr < 5 else 50.0, 0.01, 100.0, 5)
        >>> lrs
        array([ 0.01,  0.1 ,  1.  , 10.  ])
        >>> losses
        array([ 3.,  3.,  3., 50.])
    """
    require(0 < lr_min < lr_max, f"lr_min must be above 0 and below lr_max = {lr_max}, not {lr_min}")
    require(iterations >= 2, f"iterations must be at least 2, not {iterations}")
    raise NotImplementedError


def suggest_lr(lrs, losses, beta=0.9):
    """The learning rate at which the loss falls fastest, from the results of a range test.

    1. Smooth the losses as Adam smooths gradients: s = beta * s + (1 - beta) * loss, from s = 0, and in step
       t = 1, 2, 3, ... the smoothed loss is s / (1 - beta^t).
    2. Take its slope over log(lr), by np.gradient: differences to both neighbours, and to the only one at either end.
    3. Look at the points up to the smallest smoothed loss, that one included, but at least at the first two: what
       comes after it may fall steeply as well, by chance. The suggestion is the lr with the most negative slope there; of
       equal ones the first.

    Args:
        lrs: float array (n,), growing, n at least 2.
        losses: float array (n,).
        beta: share of the average that is kept, from 0 to below 1.

    Returns:
        A number, one of lrs.

    Raises:
        ValueError: naming lrs, if it has fewer than 2 values.

    Source: fastai's lr_find; the bias correction as in Kingma and Ba, "Adam" (2015).

    Example:
        >>> lrs = np.array([0.01, 0.1, 1.0, 10.0, 100.0])
        >>> float(suggest_lr(lrs, np.array([5.0, 5.0, 4.0, 1.0, 9.0]), beta=0.0))
        1.0
    """
    require(len(lrs) >= 2, f"lrs must have at least 2 values, not {len(lrs)}")
    raise NotImplementedError


def triangular_lr(iteration, base, top, half_cycle):
    """A learning rate that climbs from base to top in half_cycle iterations, comes back in as many, and so on.

    With cycle = floor(1 + iteration / (2 * half_cycle)) and x = |iteration / half_cycle - 2 * cycle + 1|, it is
    base + (top - base) * max(0, 1 - x).

    Args:
        iteration: int from 0, or an int array of any shape.
        base, top: numbers, the lowest rate and the highest.
        half_cycle: int, iterations from base to top, at least 1.

    Returns:
        A number, or a new float array of iteration's shape.

    Raises:
        ValueError: naming half_cycle, if it is below 1.

    Source: Smith (2017), section 3.1, the triangular policy; torch.optim.lr_scheduler.CyclicLR.

    Example:
        >>> triangular_lr(np.arange(7), base=1.0, top=4.0, half_cycle=3)
        array([1., 2., 3., 4., 3., 2., 1.])
    """
    require_sizes(half_cycle=half_cycle)
    raise NotImplementedError


def exponential_lr(iteration, start, rate):
    """A learning rate that is multiplied by `rate` in each iteration.

    Args:
        iteration: int from 0, or an int array of any shape.
        start: number, the rate of iteration 0.
        rate: number, the share that is kept from one iteration to the next.

    Returns:
        A number, or a new float array of iteration's shape: start * rate^iteration.

    Source: torch.optim.lr_scheduler.ExponentialLR.

    Example:
        >>> exponential_lr(np.arange(4), start=8.0, rate=0.5)
        array([8., 4., 2., 1.])
    """
    raise NotImplementedError


def train_validation_split(y, share, rng):
    """Put rows aside for validation, of each class the same share: a stratified split.

    Of a class with n rows, share * n rows, rounded up, go to validation. Which ones is random, every choice equally
    likely, and both sides come in random order.

    Args:
        y: int array (N,), the class of each row. Classes may be any ints.
        share: number from 0 to 1.
        rng: numpy Generator.

    Returns:
        (train, validation): int arrays of row numbers. Together they hold every row once.

    Raises:
        ValueError: naming share, if it is not from 0 to 1.

    Source: sklearn.model_selection.train_test_split(stratify=y), which rounds in another way.

    Example:
        >>> y = np.array([0, 0, 0, 0, 1, 1])
        >>> train, validation = train_validation_split(y, 0.5, np.random.default_rng(0))
        >>> np.sort(y[validation])
        array([0, 0, 1])
    """
    require(0 <= share <= 1, f"share must be from 0 to 1, not {share}")
    raise NotImplementedError


def standardize(train, *others):
    """Columns of mean 0 and standard deviation 1, by the statistics of the training rows alone.

    From every column of every array the mean of that column in `train` is subtracted, and what is left is divided by
    its standard deviation in `train`: the population's, np.std as it is. A column that is constant in `train` is divided
    by 1. Validation and test rows must not be asked for their own statistics: in use there may be one row only.

    Args:
        train: float array (N, D).
        others: any number of float arrays (M, D), each with an M of its own.

    Returns:
        List of new arrays: train's first, then the others' in order, with the dtypes that went in. Nothing warns.

    Source: sklearn.preprocessing.StandardScaler, fitted on train.

    Example:
        >>> standardize(np.array([[1.0, 7.0], [5.0, 7.0]]), np.array([[9.0, 8.0]]))
        [array([[-1.,  0.],
               [ 1.,  0.]]), array([[3., 1.]])]
    """
    raise NotImplementedError


def confusion_matrix(labels, predicted, classes):
    """Who was taken for whom: entry [i, j] counts the rows of class i that were predicted to be of class j.

    Args:
        labels: int array (N,), the truth, from 0 to classes - 1.
        predicted: int array (N,), from 0 to classes - 1.
        classes: int K.

    Returns:
        Int array (K, K), a row for each true class; classes that never occur have their row and column, too.

    Source: sklearn.metrics.confusion_matrix.

    Example:
        >>> confusion_matrix(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]), 2)
        array([[1, 1],
               [0, 2]])
    """
    raise NotImplementedError


def precision_recall_f1(matrix):
    """Three measures of each class, from a confusion matrix.

    precision: of the rows predicted to be of the class, the share that is. recall: of the rows of the class, the share
    that was found. F1 is their harmonic mean, 2 * precision * recall / (precision + recall). 0 / 0 is 0 everywhere.

    Args:
        matrix: int array (K, K), rows are the truth, columns the predictions.

    Returns:
        (precision, recall, f1): float arrays (K,). Nothing warns.

    Source: sklearn.metrics.precision_recall_fscore_support(zero_division=0).

    Example:
        >>> precision, recall, f1 = precision_recall_f1(np.array([[1, 3], [1, 5]]))
        >>> precision, recall
        (array([0.5  , 0.625]), array([0.25      , 0.83333333]))
    """
    raise NotImplementedError


def roc_curve(scores, labels):
    """What share of the positives is found, and what share of the negatives raises a false alarm, at every threshold.

    A row is called positive if its score is at least the threshold. The thresholds are infinity, where nobody is, and
    then every different score, from the largest to the smallest, where everybody is: rows of equal scores come together.

    Args:
        scores: float array (N,), larger for what looks more positive.
        labels: int array (N,), 1 for positive and 0 for negative.

    Returns:
        (fpr, tpr, thresholds): float arrays of one length, one more than there are different scores. fpr is the share of
        the negatives with scores >= threshold, tpr that of the positives; both go from 0 to 1.

    Raises:
        ValueError: naming labels, if they are not both 0 and 1.

    Source: Fawcett, "An introduction to ROC analysis" (2006), algorithm 1; sklearn.metrics.roc_curve with
    drop_intermediate=False.

    Example:
        >>> fpr, tpr, thresholds = roc_curve(np.array([0.9, 0.7, 0.7, 0.1]), np.array([1, 0, 1, 0]))
        >>> fpr, tpr
        (array([0. , 0. , 0.5, 1. ]), array([0. , 0.5, 1. , 1. ]))
        >>> thresholds
        array([inf, 0.9, 0.7, 0.1])
    """
    require(set(np.unique(labels)) == {0, 1}, "labels must be 0 and 1, and both must occur")
    raise NotImplementedError


def auc(x, y):
    """The area under a curve of straight pieces between the points (x, y): the sum of its trapezoids.

    Under a ROC curve it is the probability that a positive, drawn at random, has a larger score than a negative, drawn at
    random, if ties count half.

    Args:
        x: float array (n,), not decreasing.
        y: float array (n,).

    Returns:
        A number; 0.0 for a single point.

    Source: sklearn.metrics.auc; Fawcett (2006), algorithm 2; np.trapezoid.

    Example:
        >>> float(auc(np.array([0.0, 1.0, 3.0]), np.array([0.0, 2.0, 4.0])))
        7.0
    """
    raise NotImplementedError


def bias_variance(predictions, target):
    """Where the error of a kind of model comes from, by many models, each trained on data of its own.

    At each point: the bias is how far the models' mean is from the target, the variance how far the models scatter about
    that mean (the population's, divided by M). Both, and the squared error of the single models, are averaged over the
    points, and then bias^2 + variance = mse exactly.

    Args:
        predictions: float array (M, N): row m is what model m predicts at the N points.
        target: float array (N,), the truth without noise.

    Returns:
        (bias2, variance, mse): numbers. bias2 is the mean over the points of the squared bias.

    Source: Geman, Bienenstock, Doursat, "Neural Networks and the Bias/Variance Dilemma" (1992).

    Example:
        >>> bias2, variance, mse = bias_variance(np.array([[1.0, 0.0], [3.0, 0.0]]), np.array([5.0, 0.0]))
        >>> float(bias2), float(variance), float(mse)
        (4.5, 0.5, 5.0)
    """
    raise NotImplementedError


def vote(predictions, classes):
    """What most models say: an ensemble's answer.

    Args:
        predictions: int array (M, N): row m is what model m predicts for the N rows, from 0 to classes - 1.
        classes: int K.

    Returns:
        Int array (N,): the class with the most votes; of classes with equally many the smallest.

    Source: sklearn.ensemble.VotingClassifier(voting="hard"); scipy.stats.mode.

    Example:
        >>> vote(np.array([[0, 2], [1, 2], [1, 0], [0, 1]]), 3)
        array([0, 2])
    """
    raise NotImplementedError


def accuracy_by_group(labels, predicted, groups):
    """The share of right answers in each group of rows, and how far apart the best and the worst served group are.

    Args:
        labels: int array (N,), the truth.
        predicted: int array (N,).
        groups: int array (N,), the group of each row; any ints.

    Returns:
        (values, accuracies, gap): the groups that occur, in growing order, an int array; the accuracy in each, a float
        array; the largest accuracy less the smallest, a number.

    Example:
        >>> right, said = np.array([1, 0, 1, 1]), np.array([1, 0, 0, 1])
        >>> values, accuracies, gap = accuracy_by_group(right, said, np.array([7, 3, 7, 3]))
        >>> values, accuracies, float(gap)
        (array([3, 7]), array([1. , 0.5]), 0.5)
    """
    raise NotImplementedError


def random_search(objective, space, trials, rng):
    """Try settings drawn at random, each by itself, and keep the best.

    Args:
        objective: function objective(settings) -> value, a number; lower is better. It is called once a trial.
        space: dict from the name of a setting to what it is drawn from:
            ("uniform", low, high): a float, equally likely anywhere from low to high;
            ("log", low, high): a float whose logarithm is that, 0 < low < high: each power of ten is as likely;
            ("int", low, high): an int from low to high, both included, equally likely;
            ("choice", list): an item of the list as it stands there (rng.choice would make an array of the list first, and
            the string "relu" a NumPy string), equally likely.
        trials: int, at least 1.
        rng: numpy Generator. Every setting of every trial is a draw of its own.

    Returns:
        (best, history): history is the list of (settings, value) in the order of the trials, settings a dict as objective
        was given it; best is the settings of the lowest value, the first of them where several are lowest.

    Raises:
        ValueError: naming space, if a setting is drawn from something else; naming trials, if it is below 1.

    Source: Bergstra and Bengio, "Random Search for Hyper-Parameter Optimization" (2012).

    Example:
        >>> def objective(settings):
        ...     return abs(settings["layers"] - 3)
        >>> best, history = random_search(objective, {"layers": ("int", 1, 4)}, 50, np.random.default_rng(0))
        >>> best, len(history)
        ({'layers': 3}, 50)
    """
    require_space(space)
    require_sizes(trials=trials)
    raise NotImplementedError
