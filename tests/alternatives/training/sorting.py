"""Sorting, searching and products of matrices in the place of counting; index lists drawn ahead."""

import itertools

import numpy as np


def iterations_per_epoch(rows, batch_size):
    require_sizes(batch_size=batch_size)
    return int(-(-rows // batch_size))


class BatchPipeline:
    """One array of rows that wait; each chunk is put behind it."""

    def __init__(self, read, rows, batch_size, buffer, rng=None):
        require_sizes(batch_size=batch_size, buffer=buffer)
        self._file = (read, rows, buffer)
        self._size = batch_size
        self._rng = rng
        self._todo = None

    def __len__(self):
        return iterations_per_epoch(self._file[1], self._size)

    def _chunk(self, number):
        read, rows, buffer = self._file
        x, y = read(number * buffer, min(rows, (number + 1) * buffer))
        if self._rng is None:
            return [x, y]
        order = np.argsort(self._rng.random(len(y)))
        return [x[order], y[order]]

    def next_batch(self):
        if self._todo is None:
            chunks = iterations_per_epoch(self._file[1], self._file[2])
            order = range(chunks) if self._rng is None else np.argsort(self._rng.random(chunks)).tolist()
            self._todo, self._wait = list(order), None
        held = 0 if self._wait is None else len(self._wait[0])
        parts = [] if self._wait is None else [self._wait]
        for number in list(self._todo):
            if held >= self._size:
                break
            parts.append(self._chunk(number))
            held += len(parts[-1][0])
            self._todo.remove(number)
        if held == 0:
            self._todo = None
            return None
        both = [np.concatenate([part[side] for part in parts]) for side in (0, 1)]
        self._wait = [each[self._size :] for each in both]
        return tuple(each[: self._size] for each in both)


def lr_range_test(step, lr_min, lr_max, iterations):
    require(0 < lr_min < lr_max, "lr_min has to be above 0 and below lr_max")
    require(iterations >= 2, "iterations has to be 2 or more")
    lrs = np.geomspace(lr_min, lr_max, iterations)
    losses = np.full(iterations, np.nan)
    for k, lr in enumerate(lrs):
        losses[k] = step(lr)
        if not losses[k] <= 4 * losses[: k + 1].min() or np.isinf(losses[k]):
            break
    good = np.isfinite(losses)
    return lrs[good], losses[good]


def suggest_lr(lrs, losses, beta=0.9):
    require(len(lrs) >= 2, "lrs are too few")
    ages = np.subtract.outer(np.arange(len(lrs)), np.arange(len(lrs)))
    weights = np.where(ages >= 0, float(beta) ** np.abs(ages), 0.0)
    smooth = weights @ losses / weights.sum(axis=1)
    slopes = np.gradient(smooth, np.log10(lrs))
    slopes[max(smooth.argmin(), 1) + 1 :] = np.inf
    return lrs[slopes.argmin()]


def triangular_lr(iteration, base, top, half_cycle):
    require_sizes(half_cycle=half_cycle)
    cycle = np.floor(1 + iteration / (2 * half_cycle))
    x = np.abs(iteration / half_cycle - 2 * cycle + 1)
    return base + (top - base) * np.maximum(0, 1 - x)


def exponential_lr(iteration, start, rate):
    return np.power(rate, iteration, dtype=float) * start


def train_validation_split(y, share, rng):
    require(0 <= share <= 1, "share has to be from 0 to 1")
    order = np.lexsort([rng.random(len(y)), y])
    _, first, counts = np.unique(y[order], return_index=True, return_counts=True)
    rank = np.arange(len(y)) - np.repeat(first, counts)
    aside = rank < np.repeat(np.ceil(share * counts), counts)
    return rng.permutation(order[~aside]), rng.permutation(order[aside])


def standardize(train, *others):
    middle = train.mean(axis=0, keepdims=True)
    deviation = np.sqrt(np.mean(np.square(train - middle), axis=0, keepdims=True))
    deviation[deviation == 0] = 1
    return [np.divide(rows - middle, deviation) for rows in (train, *others)]


def confusion_matrix(labels, predicted, classes):
    one_hot = np.eye(classes, dtype=int)
    return one_hot[labels].T @ one_hot[predicted]


def precision_recall_f1(matrix):
    hits = np.diagonal(matrix).astype(float)
    zeros = np.zeros(len(matrix))
    columns, rows = np.ones(len(matrix)) @ matrix, matrix @ np.ones(len(matrix))
    precision = np.divide(hits, columns, out=zeros.copy(), where=columns > 0)
    recall = np.divide(hits, rows, out=zeros.copy(), where=rows > 0)
    both = precision + recall
    return precision, recall, np.divide(2 * precision * recall, both, out=zeros.copy(), where=both > 0)


def roc_curve(scores, labels):
    require(0 < np.sum(labels == 1) < len(labels), "labels of both kinds are needed")
    thresholds = np.concatenate([[np.inf], np.sort(np.array(list(set(scores.tolist()))))[::-1]])
    called = scores >= thresholds[:, None]
    return called[:, labels == 0].mean(axis=1), called[:, labels == 1].mean(axis=1), thresholds


def auc(x, y):
    return np.trapezoid(y, x)


def bias_variance(predictions, target):
    errors = predictions - target
    bias2 = np.square(errors.mean(axis=0)).mean()
    mse = np.square(errors).mean()
    return bias2, mse - bias2, mse


def vote(predictions, classes):
    counts = np.stack([np.bincount(column, minlength=classes) for column in predictions.T])
    return counts.argmax(axis=1)


def accuracy_by_group(labels, predicted, groups):
    values, place, counts = np.unique(groups, return_inverse=True, return_counts=True)
    accuracies = np.bincount(place, weights=labels == predicted) / counts
    ordered = np.sort(accuracies)
    return values, accuracies, ordered[-1] - ordered[0]


def random_search(objective, space, trials, rng):
    require_space(space)
    require_sizes(trials=trials)
    uniforms = rng.random((trials, len(space)))
    all_settings = []
    for row in uniforms.tolist():
        settings = {}
        for u, (name, (kind, *ends)) in zip(row, space.items(), strict=True):
            if kind == "choice":
                settings[name] = ends[0][int(u * len(ends[0]))]
            elif kind == "int":
                settings[name] = ends[0] + int(u * (ends[1] - ends[0] + 1))
            elif kind == "log":
                settings[name] = ends[0] ** (1 - u) * ends[1] ** u
            else:
                settings[name] = (1 - u) * ends[0] + u * ends[1]
        all_settings.append(settings)
    values = list(itertools.starmap(objective, zip(all_settings, strict=True)))
    return all_settings[int(np.argmin(values))], list(zip(all_settings, values, strict=True))
