"""How much predictions hang on each column."""

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.exceptions import NotFittedError
from sklearn.inspection import permutation_importance

from deltarule import TabularClassifier
from deltarule.errors import DataError, SettingError
from deltarule.insight import permutation_importances

NAMES = ["strong", "weak", "colour", "noise"]


def draw(n, seed):
    """Columns that are independent of one another, and a class that hangs on three of them."""
    rng = np.random.default_rng(seed)
    table = {name: rng.normal(size=n) for name in ("strong", "weak", "noise")}
    table["colour"] = rng.choice(["red", "green", "blue"], n)
    score = 2 * table["strong"] + 0.7 * table["weak"] + 2.5 * (table["colour"] == "red")
    return table, score + rng.logistic(size=n) / 2 > 0.4


@pytest.fixture(scope="module")
def model():
    return TabularClassifier(metric="log_loss", max_iter=12, random_state=0).fit(*draw(1500, 0))


@pytest.fixture(scope="module")
def new():
    return draw(1500, 1)


class OfArrays:
    """The model as scikit-learn's function wants it: rows are numbers of theirs."""

    def __init__(self, model, table):
        self.model, self.table, self.classes_ = model, table, model.classes_
        self._estimator_type = "classifier"

    def fit(self, X, y):
        raise AssertionError

    def predict(self, X):
        return self.model.predict(self._rows(X))

    def predict_proba(self, X):
        return self.model.predict_proba(self._rows(X)).astype(float)

    def _rows(self, X):
        return {name: self.table[name][X[:, k].astype(int)] for k, name in enumerate(NAMES)}


def accuracy(estimator, X, y):
    return (estimator.predict(X) == y).mean()


def log_likelihood(estimator, X, y):
    return np.log(estimator.predict_proba(X)[np.arange(len(y)), y.astype(int)]).mean()


@pytest.mark.parametrize(
    ("metric", "score"),
    [pytest.param("error", accuracy, marks=pytest.mark.slow), ("log_loss", log_likelihood)],
    ids=["error", "log_loss"],
)
def test_agrees_with_scikit_learn(model, new, metric, score):
    """On columns that are independent; both draw, so to some deviations of the drawing."""
    table, y = new
    found = permutation_importances(model, table, y, metric=metric, repeats=30, random_state=0)
    numbers = np.tile(np.arange(len(y))[:, None], (1, 4))
    theirs = permutation_importance(
        OfArrays(model, table), numbers, y, scoring=score, n_repeats=30, random_state=0
    )
    ours = dict(zip(found.columns, found.mean, strict=True))
    for k, name in enumerate(NAMES):
        spread = theirs.importances_std[k] * np.sqrt(2 / 30)
        assert ours[name] == pytest.approx(theirs.importances_mean[k], abs=5 * spread + 1e-9)


def test_the_costliest_come_first_and_noise_costs_nothing(model, new):
    found = permutation_importances(model, *new, metric="log_loss", random_state=0)
    assert found.columns == ["strong", "colour", "weak", "noise"]
    assert list(found.mean) == sorted(found.mean, reverse=True)
    assert found.mean[3] == pytest.approx(0, abs=0.02)
    assert (found.low[:3] > 0).all()
    entries = found.to_json()
    assert [entry["column"] for entry in entries] == found.columns
    assert [entry["mean"] for entry in entries] == found.mean.tolist()


@pytest.mark.slow
def test_intervals_cover_as_often_as_they_say(model):
    """Of 150 sets of new rows, the value for ever more rows lies in so many of the intervals."""
    truth = permutation_importances(model, *draw(40_000, 2), metric="log_loss", random_state=0)
    value = dict(zip(truth.columns, truth.mean, strict=True))
    inside, n_sets, confidence = dict.fromkeys(NAMES, 0), 150, 0.9
    settings = {"metric": "log_loss", "confidence": confidence}
    for seed in range(n_sets):
        rows = draw(300, 10 + seed)
        found = permutation_importances(model, *rows, **settings, random_state=seed)
        for name, low, high in zip(found.columns, found.low, found.high, strict=True):
            inside[name] += low <= value[name] <= high
    slack = norm.ppf(0.9999) * np.sqrt(confidence * (1 - confidence) / n_sets)
    for name in NAMES:
        assert inside[name] / n_sets >= confidence - slack, name
    mean = np.mean(list(inside.values())) / n_sets
    assert mean == pytest.approx(confidence, abs=0.07), "neither too narrow nor too wide"


def test_confidence_is_that_of_a_normal_interval(model, new):
    found = [
        permutation_importances(model, *new, confidence=confidence, random_state=0)
        for confidence in (0.5, 0.95)
    ]
    reach = [one.high - one.mean for one in found]
    np.testing.assert_allclose(reach[1], reach[0] * norm.ppf(0.975) / norm.ppf(0.75))
    np.testing.assert_allclose(found[0].mean - found[0].low, reach[0])


def test_the_seed_decides(model, new):
    first, again, other = (
        permutation_importances(model, *new, random_state=seed) for seed in (3, 3, 4)
    )
    assert np.array_equal(first.mean, again.mean)
    assert not np.array_equal(first.mean, other.mean)


def test_the_numbers_of_a_column_are_shuffled_together(new):
    """A category's places: shuffled apart they would be rows that no table can have."""
    table, y = new
    twice = {"colour": table["colour"], "number": table["strong"]}
    model = TabularClassifier(max_iter=6, random_state=0).fit(twice, y)
    seen, predictions_of = [], model.predictions_of
    model.predictions_of = lambda inputs: seen.append(inputs) or predictions_of(inputs)
    permutation_importances(model, twice, y, repeats=2, random_state=0)
    span = model.spans()["colour"]
    assert len(seen) == 1 + 2 * 2
    assert all((inputs[:, span].sum(axis=1) == 1).all() for inputs in seen)


def test_columns_that_are_left_out_have_no_entry(new):
    table, y = new
    with pytest.warns(UserWarning, match="'same' is left out"):
        model = TabularClassifier(max_iter=2).fit({**table, "same": [1] * len(y)}, y)
    found = permutation_importances(model, {**table, "same": [1] * len(y)}, y)
    assert set(found.columns) == set(NAMES)


def test_one_row_tells_nothing_of_others(model, new):
    table, y = new
    found = permutation_importances(model, {k: v[:1] for k, v in table.items()}, y[:1])
    assert (found.mean == 0).all()
    assert np.isinf(found.low).all()
    assert np.isinf(found.high).all()


def test_mistakes(model, new):
    table, y = new
    for settings in ({"repeats": 0}, {"confidence": 1.0}, {"confidence": 0}):
        with pytest.raises(SettingError, match="repeats must be >= 1 and confidence in"):
            permutation_importances(model, table, y, **settings)
    with pytest.raises(SettingError, match="metric must be one of 'error', 'log_loss', not 'auc'"):
        permutation_importances(model, table, y, metric="auc")
    with pytest.raises(DataError, match="is not among the labels"):
        permutation_importances(model, table, np.full(len(y), 7))
    with pytest.raises(DataError, match="labels have shape"):
        permutation_importances(model, table, y[:-1])
    with pytest.raises(DataError, match="lacks 'noise'"):
        permutation_importances(model, {k: v for k, v in table.items() if k != "noise"}, y)
    with pytest.raises(NotFittedError):
        permutation_importances(TabularClassifier(), table, y)
