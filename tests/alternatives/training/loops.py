"""Loops over rows, lists of row numbers and plain Python; lists for tuples."""

import math

import numpy as np


def _refuse(wrong, words):
    if wrong:
        raise ValueError(words)


def iterations_per_epoch(rows, batch_size):
    _refuse(batch_size < 1, "batch_size: at least one row")
    full, rest = divmod(rows, batch_size)
    return full + (rest > 0)


class BatchPipeline:
    """Rows wait in two lists, one row an entry."""

    def __init__(self, read, rows, batch_size, buffer, rng=None):
        _refuse(batch_size < 1, "batch_size: at least one row")
        _refuse(buffer < 1, "buffer: room for one row is needed")
        self.read, self.rows, self.batch_size, self.buffer, self.rng = read, rows, batch_size, buffer, rng
        self.begin()

    def begin(self):
        self.xs, self.ys = [], []
        self.starts = list(range(0, self.rows, self.buffer))
        if self.rng is not None:
            self.rng.shuffle(self.starts)

    def __len__(self):
        return len(range(0, self.rows, self.batch_size))

    def fill(self):
        for _ in range(len(self.starts)):
            if len(self.xs) >= self.batch_size:
                return
            start = self.starts.pop(0)
            x, y = self.read(start, min(start + self.buffer, self.rows))
            places = list(range(len(x)))
            if self.rng is not None:
                self.rng.shuffle(places)
            for place in places:
                self.xs.append(x[place])
                self.ys.append(y[place])

    def next_batch(self):
        self.fill()
        if not self.xs:
            self.begin()
            return None
        x, y = np.stack(self.xs[: self.batch_size]), np.stack(self.ys[: self.batch_size])
        self.xs, self.ys = self.xs[self.batch_size :], self.ys[self.batch_size :]
        return [x, y]


def lr_range_test(step, lr_min, lr_max, iterations):
    _refuse(not 0 < lr_min < lr_max, "lr_min must lie between 0 and lr_max")
    _refuse(iterations < 2, "iterations: two at least")
    factor = (math.log(lr_max) - math.log(lr_min)) / (iterations - 1)
    lrs, losses, smallest = [], [], math.inf
    for k in range(iterations):
        lr = lr_min * math.exp(factor * k)
        loss = step(lr)
        if math.isnan(loss) or math.isinf(loss):
            break
        lrs.append(lr)
        losses.append(loss)
        smallest = min(smallest, loss)
        if loss > 4 * smallest:
            break
    return [np.array(lrs), np.array(losses)]


def suggest_lr(lrs, losses, beta=0.9):
    n = len(lrs)
    _refuse(n < 2, f"lrs: two at least, not {n}")
    smooth, total, weight = [], 0.0, 0.0
    for loss in losses:
        total, weight = beta * total + loss, beta * weight + 1
        smooth.append(total / weight)
    at = [math.log(lr) for lr in lrs]
    best, slope_of_best = 0, math.inf
    for k in range(max(smooth.index(min(smooth)), 1) + 1):
        if k == 0 or k == n - 1:
            left, right = max(k - 1, 0), min(k + 1, n - 1)
            slope = (smooth[right] - smooth[left]) / (at[right] - at[left])
        else:
            a, b = at[k] - at[k - 1], at[k + 1] - at[k]
            before, after = (smooth[k] - smooth[k - 1]) / a, (smooth[k + 1] - smooth[k]) / b
            slope = (b * before + a * after) / (a + b)
        if slope < slope_of_best:
            best, slope_of_best = k, slope
    return float(lrs[best])


def triangular_lr(iteration, base, top, half_cycle):
    _refuse(half_cycle < 1, "half_cycle: at least 1")
    if isinstance(iteration, np.ndarray):
        flat = [triangular_lr(int(each), base, top, half_cycle) for each in iteration.ravel()]
        return np.array(flat, dtype=float).reshape(iteration.shape)
    place = iteration % (2 * half_cycle)
    steps = place if place <= half_cycle else 2 * half_cycle - place
    return base + (top - base) * steps / half_cycle


def exponential_lr(iteration, start, rate):
    return start * np.exp(np.log(rate) * iteration)


def train_validation_split(y, share, rng):
    _refuse(not 0 <= share <= 1, "share: from 0 to 1")
    train, validation = [], []
    for label in sorted(set(y.tolist())):
        rows = [k for k in range(len(y)) if y[k] == label]
        rng.shuffle(rows)
        aside = math.ceil(len(rows) * share)
        validation += rows[:aside]
        train += rows[aside:]
    rng.shuffle(train)
    rng.shuffle(validation)
    return [np.array(train, dtype=int), np.array(validation, dtype=int)]


def standardize(train, *others):
    new = [np.empty_like(rows) for rows in (train, *others)]
    for column in range(train.shape[1]):
        values = train[:, column]
        middle = sum(values) / len(values)
        deviation = np.sqrt(sum((values - middle) ** 2) / len(values))
        if all(values == values[0]):
            deviation = 1.0
        for mine, rows in zip(new, (train, *others), strict=True):
            mine[:, column] = (rows[:, column] - middle) / deviation
    return tuple(new)


def confusion_matrix(labels, predicted, classes):
    matrix = np.zeros((classes, classes), dtype=int)
    for truth, said in zip(labels, predicted, strict=True):
        matrix[truth, said] += 1
    return matrix


def precision_recall_f1(matrix):
    classes = len(matrix)
    precision, recall, f1 = np.zeros(classes), np.zeros(classes), np.zeros(classes)
    for k in range(classes):
        if matrix[k, k] == 0:
            continue
        precision[k] = matrix[k, k] / sum(matrix[:, k])
        recall[k] = matrix[k, k] / sum(matrix[k])
        f1[k] = 2 / (1 / precision[k] + 1 / recall[k])
    return [precision, recall, f1]


def roc_curve(scores, labels):
    positives = sum(1 for label in labels if label == 1)
    negatives = len(labels) - positives
    _refuse(positives == 0 or negatives == 0, "labels: both 0 and 1 are needed")
    order = sorted(range(len(scores)), key=lambda k: -scores[k])
    points, hits, alarms = [(0.0, 0.0, np.inf)], 0, 0
    for place, k in enumerate(order):
        hits += int(labels[k] == 1)
        alarms += int(labels[k] == 0)
        if place + 1 == len(order) or scores[order[place + 1]] != scores[k]:
            points.append((alarms / negatives, hits / positives, scores[k]))
    return [np.array(part, dtype=float) for part in zip(*points, strict=True)]


def auc(x, y):
    area = 0.0
    for k in range(1, len(x)):
        area += (x[k] - x[k - 1]) * (y[k] + y[k - 1]) / 2
    return area


def bias_variance(predictions, target):
    models, points = predictions.shape
    bias2 = variance = mse = 0.0
    for n in range(points):
        mean = sum(predictions[:, n]) / models
        bias2 += (mean - target[n]) ** 2 / points
        for m in range(models):
            variance += (predictions[m, n] - mean) ** 2 / (models * points)
            mse += (predictions[m, n] - target[n]) ** 2 / (models * points)
    return [bias2, variance, mse]


def vote(predictions, classes):
    winners = []
    for column in predictions.T.tolist():
        winners.append(max(range(classes), key=column.count))
    return np.array(winners)


def accuracy_by_group(labels, predicted, groups):
    right, rows = {}, {}
    for truth, said, group in zip(labels.tolist(), predicted.tolist(), groups.tolist(), strict=True):
        rows[group] = rows.get(group, 0) + 1
        right[group] = right.get(group, 0) + (truth == said)
    values = sorted(rows)
    accuracies = [right[value] / rows[value] for value in values]
    return [np.array(values), np.array(accuracies), max(accuracies) - min(accuracies)]


def random_search(objective, space, trials, rng):
    for name, rule in space.items():
        _refuse(rule[0] not in ("uniform", "log", "int", "choice"), f"space: {name} has no known rule")
    _refuse(trials < 1, "trials: at least 1")
    history, best, lowest = [], None, math.inf
    for _ in range(trials):
        settings = {}
        for name, rule in space.items():
            if rule[0] == "uniform":
                settings[name] = rule[1] + (rule[2] - rule[1]) * rng.random()
            elif rule[0] == "log":
                settings[name] = float(np.exp(rng.uniform(np.log(rule[1]), np.log(rule[2]))))
            elif rule[0] == "int":
                settings[name] = rule[1] + math.floor((rule[2] - rule[1] + 1) * rng.random())
            else:
                settings[name] = rule[1][rng.choice(len(rule[1]))]
        value = objective(dict(settings))
        history.append([settings, value])
        if value < lowest:
            best, lowest = settings, value
    return [best, history]
