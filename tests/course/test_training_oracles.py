"""The measures of unit 09 beside scikit-learn's and SciPy's, of which torch knows nothing."""

import numpy as np
import pytest

from autograder.checks.comparison import assert_close
from autograder.course.units import load_course
from autograder.sandbox.local import load_module

training = load_module(load_course().root / "solutions" / "09_training" / "training.py")
SEEDS = pytest.mark.parametrize("seed", range(3))


@pytest.fixture(scope="module")
def metrics():
    return pytest.importorskip("sklearn.metrics")


@SEEDS
@pytest.mark.parametrize("levels", [5, 1000])
def test_roc_curve_and_its_area(metrics, seed, levels):
    rng = np.random.default_rng(seed)
    labels, scores = rng.permutation(np.repeat([0, 1], [30, 45])), rng.integers(0, levels, size=75) / 8
    found = training.roc_curve(scores, labels)
    assert_close(found, metrics.roc_curve(labels, scores, drop_intermediate=False))
    assert_close(training.auc(*found[:2]), metrics.roc_auc_score(labels, scores))


@SEEDS
@pytest.mark.parametrize("classes", [3, 20])
def test_confusion_and_what_follows_from_it(metrics, seed, classes):
    labels, predicted = np.random.default_rng(seed).integers(0, classes, size=(2, 25))
    matrix = training.confusion_matrix(labels, predicted, classes)
    every = np.arange(classes)
    assert_close(matrix, metrics.confusion_matrix(labels, predicted, labels=every))
    theirs = metrics.precision_recall_fscore_support(labels, predicted, labels=every, zero_division=0)
    assert_close(training.precision_recall_f1(matrix), theirs[:3])


@SEEDS
def test_standardize(seed):
    scaler = pytest.importorskip("sklearn.preprocessing").StandardScaler()
    rng = np.random.default_rng(seed)
    train, other = rng.normal(3.0, 2.0, size=(9, 4)), rng.normal(size=(5, 4))
    train[:, 2] = 0.1  # the mean of nine of them is not quite 0.1
    expected = [scaler.fit_transform(train), scaler.transform(other)]
    assert_close(training.standardize(train, other), expected, atol=1e-12)


@SEEDS
def test_vote(seed):
    predictions = np.random.default_rng(seed).integers(0, 5, size=(6, 40))
    assert_close(training.vote(predictions, 5), pytest.importorskip("scipy.stats").mode(predictions, axis=0).mode)
