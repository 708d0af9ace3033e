"""MLPClassifier where scikit-learn's users put a classifier."""

import pickle

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import BaggingClassifier, VotingClassifier
from sklearn.inspection import permutation_importance
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from deltarule import MLPClassifier
from deltarule.errors import SettingError

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

NAMES = np.array(["setosa", "versicolor", "virginica"])


def quick(**settings):
    defaults = {"hidden_layer_sizes": (16,), "learning_rate_init": 0.02, "max_iter": 40}
    return MLPClassifier(**{**defaults, "random_state": 0, **settings})


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickled_model_predicts_the_same_bits(iris, protocol):
    X, y = iris
    model = quick(early_stopping=True).fit(X, NAMES[y])
    again = pickle.loads(pickle.dumps(model, protocol))
    assert np.array_equal(again.predict_proba(X), model.predict_proba(X))
    assert np.array_equal(again.predict(X), model.predict(X))
    assert again.loss_curve_ == model.loss_curve_


def test_coefs_of_a_pickled_model_are_still_views(iris):
    """Writing to them changes the predictions, as it does before."""
    model = pickle.loads(pickle.dumps(quick(max_iter=2).fit(*iris)))
    before = model.predict_proba(iris[0])
    model.coefs_[0][:] = 0
    assert not np.array_equal(model.predict_proba(iris[0]), before)


def test_a_pickle_stores_the_parameters_and_their_two_moments_once(iris):
    """With them, training can go on after unpickling as if nothing had happened."""
    model = quick(hidden_layer_sizes=(2000,), max_iter=1).fit(*iris)
    size = sum(array.nbytes for array in (*model.coefs_, *model.intercepts_))
    assert 3 * size < len(pickle.dumps(model)) < 3.2 * size


def test_joblib_round_trip(iris, tmp_path):
    model = quick(max_iter=2).fit(*iris)
    joblib.dump(model, tmp_path / "model.joblib")
    again = joblib.load(tmp_path / "model.joblib")
    assert np.array_equal(again.predict_proba(iris[0]), model.predict_proba(iris[0]))


def test_clone_copies_parameters_and_no_fit(iris):
    model = quick(alpha=0.5, hidden_layer_sizes=[3, 4]).fit(*iris)
    copy = clone(model)
    assert copy.get_params() == model.get_params()
    assert not hasattr(copy, "classes_")


def test_set_params_takes_effect_at_fit_and_is_checked_there(iris):
    model = quick().set_params(hidden_layer_sizes=(5,), max_iter=1)
    assert model.fit(*iris).coefs_[0].shape == (4, 5)
    with pytest.raises(SettingError, match="alpha"):
        model.set_params(alpha=-1).fit(*iris)


def test_pipeline_with_string_labels(iris):
    X, y = iris
    model = make_pipeline(StandardScaler(), quick()).fit(X, NAMES[y])
    assert model.score(X, NAMES[y]) > 0.95
    assert model.classes_.tolist() == NAMES.tolist()


def test_cross_validation_with_string_labels(iris):
    X, y = iris
    assert cross_val_score(quick(), X, NAMES[y], cv=4).mean() > 0.9
    assert set(cross_val_predict(quick(), X, NAMES[y], cv=4)) == set(NAMES)


def test_grid_search_here_and_in_workers(iris):
    """In this process and in joblib's workers: the same scores, and too few units lose."""
    X, y = iris
    grid = {"hidden_layer_sizes": [(1,), (16,)], "max_iter": [2, 40]}
    searches = [
        GridSearchCV(quick(), grid, cv=3, n_jobs=n, error_score="raise").fit(X, NAMES[y])
        for n in (1, 2)
    ]
    here, there = (search.cv_results_["mean_test_score"] for search in searches)
    assert np.array_equal(here, there)
    assert searches[0].best_params_ == {"hidden_layer_sizes": (16,), "max_iter": 40}


@pytest.mark.parametrize(
    "wrap",
    [
        lambda model: BaggingClassifier(model, n_estimators=3, random_state=0),
        lambda model: VotingClassifier([("a", model), ("b", quick(alpha=1))], voting="soft"),
        lambda model: CalibratedClassifierCV(model, cv=3),
    ],
    ids=["bagging", "voting", "calibration"],
)
def test_inside_an_ensemble(iris, wrap):
    X, y = iris
    assert wrap(quick()).fit(X, NAMES[y]).score(X, NAMES[y]) > 0.9


def test_inside_multi_output(iris):
    X, y = iris
    Y = np.column_stack([NAMES[y], np.where(y > 0, "b", "a")])
    assert (MultiOutputClassifier(quick()).fit(X, Y).predict(X) == Y).mean() > 0.9


def test_permutation_importance_finds_the_petals(iris):
    X, y = iris
    found = permutation_importance(quick().fit(X, y), X, y, n_repeats=3, random_state=0)
    assert set(np.argsort(found.importances_mean)[-2:]) == {2, 3}


def test_feature_names_are_kept_and_their_order_is_checked(iris):
    """As in all of scikit-learn: columns in another order are refused, not reordered."""
    import pandas as pd

    frame = pd.DataFrame(iris[0], columns=["a", "b", "c", "d"])
    model = quick(max_iter=2).fit(frame, iris[1])
    assert model.feature_names_in_.tolist() == ["a", "b", "c", "d"]
    with pytest.raises(ValueError, match="feature names"):
        model.predict(frame[["b", "a", "c", "d"]])
