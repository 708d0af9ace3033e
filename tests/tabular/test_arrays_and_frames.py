"""Arrays have places for columns, frames have names; what happens where both meet."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from deltarule import TabularClassifier, load_model
from deltarule.errors import DataError

NAMES = ["b", "c", "a"]


@pytest.fixture(scope="module")
def X():
    return np.random.default_rng(0).normal(size=(60, 3))


@pytest.fixture(scope="module")
def y(X):
    return X[:, 0] > X[:, 2]


def fit(X, y):
    return TabularClassifier(max_iter=3, random_state=0).fit(X, y)


@pytest.fixture(scope="module")
def by_place(X, y):
    return fit(X, y)


@pytest.fixture(scope="module")
def by_name(X, y):
    return fit(pd.DataFrame(X, columns=NAMES), y)


@pytest.mark.parametrize(
    "wrap",
    [np.asfortranarray, np.ndarray.tolist, csr_matrix, np.float32, lambda X: X.astype(object)],
)
def test_arrays_of_any_kind_are_the_same_table(X, y, by_place, wrap):
    model = fit(wrap(X), y)
    assert not hasattr(model, "feature_names_in_")
    assert model.n_features_in_ == 3
    tolerance = 5e-3 if wrap is np.float32 else 0  # rounding of X, carried on by every step
    np.testing.assert_allclose(
        model.predict_proba(wrap(X)), by_place.predict_proba(X), atol=tolerance
    )


def test_a_frame_and_an_array_train_alike(X, by_place, by_name):
    assert by_name.feature_names_in_.tolist() == NAMES
    frame = pd.DataFrame(X, columns=NAMES)
    assert np.array_equal(by_place.predict_proba(X), by_name.predict_proba(frame))


def test_names_count_where_both_have_them(X, by_name):
    frame = pd.DataFrame(X, columns=NAMES)
    assert np.array_equal(
        by_name.predict_proba(frame[["a", "b", "c"]]), by_name.predict_proba(frame)
    )


def test_places_count_with_a_warning_where_one_has_names(X, by_place, by_name):
    frame = pd.DataFrame(X, columns=NAMES)
    expected = by_place.predict_proba(X)
    with pytest.warns(UserWarning, match="does not have valid feature names, but Tab"):
        assert np.array_equal(by_name.predict_proba(X), expected)
    with pytest.warns(UserWarning, match="X has feature names, but Tab.* without feature names"):
        assert np.array_equal(by_place.predict_proba(frame), expected)


def test_another_number_of_places_is_an_error(X, by_place, by_name):
    for model in (by_place, by_name):
        with pytest.raises(DataError, match=r"X has 2 features, but .* is expecting 3 features"):
            model.predict(X[:, :2])


def test_a_refit_forgets_the_names(X, y):
    model = fit(pd.DataFrame(X, columns=NAMES), y)
    model.fit(X[:, :2], y)
    assert not hasattr(model, "feature_names_in_")
    assert model.n_features_in_ == 2


def test_whether_columns_had_names_survives_a_file(X, by_place, by_name, tmp_path):
    for model, rows in ((by_place, X), (by_name, pd.DataFrame(X, columns=NAMES))):
        model.save(tmp_path / "model.deltarule")
        again = load_model(tmp_path / "model.deltarule")
        assert hasattr(again, "feature_names_in_") == (model is by_name)
        assert np.array_equal(again.predict_proba(rows), model.predict_proba(rows))
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        again.predict(X)
