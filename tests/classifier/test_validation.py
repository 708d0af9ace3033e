"""Validation rows of one's own, scorers, class weights: what decides which weights are kept."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.metrics import log_loss, make_scorer, matthews_corrcoef, roc_auc_score
from sklearn.model_selection import train_test_split

from deltarule import MLPClassifier
from deltarule.errors import DataError, SettingError

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture
def halves(load):
    X, y = load("breast_cancer")
    return train_test_split(X, y, test_size=0.4, random_state=0, stratify=y)


def make(**settings):
    return MLPClassifier((8,), **{"max_iter": 25, "random_state": 0, **settings})


def test_rows_of_ones_own_are_scored_and_never_trained_on(halves):
    X, X_val, y, y_val = halves
    model = make(early_stopping=True).fit(X, y, X_val=X_val, y_val=y_val)
    assert model.t_ == model.n_iter_ * len(X)
    assert len(model.validation_scores_) == model.n_iter_
    assert model.score(X_val, y_val) == model.best_validation_score_
    # Other validation rows change what is kept, not what is trained.
    other = make(early_stopping=True).fit(X, y, X_val=X_val[:50], y_val=y_val[:50])
    shared = min(model.n_iter_, other.n_iter_)
    assert other.loss_curve_[:shared] == model.loss_curve_[:shared]


def test_the_validation_loss_is_the_mean_cross_entropy(halves):
    X, X_val, y, y_val = halves
    weights = np.linspace(0, 2, len(y_val))
    for given in (None, weights):
        model = make(max_iter=7, alpha=1.0, label_smoothing=0.1)
        model.fit(X, y, X_val=X_val, y_val=y_val, sample_weight_val=given)
        best = int(np.argmax(model.validation_scores_))
        expected = log_loss(y_val, model.predict_proba(X_val), sample_weight=given)
        assert model.history_["validation_loss"][best] == pytest.approx(expected, rel=1e-9)


def test_without_early_stopping_the_best_are_kept_and_the_loss_decides_when_to_stop(halves):
    X, X_val, y, y_val = halves
    model = make(max_iter=60, learning_rate_init=0.03).fit(X, y, X_val=X_val, y_val=y_val)
    best = int(np.argmax(model.validation_scores_)) + 1
    again = make(max_iter=best, learning_rate_init=0.03).fit(X, y)
    assert best < model.n_iter_ == 60
    np.testing.assert_array_equal(model.coefs_[0], again.coefs_[0])
    assert model.loss_curve_[:best] == again.loss_curve_


@pytest.mark.parametrize(
    ("scoring", "metric"),
    [
        ("roc_auc", lambda y, p: roc_auc_score(y, p[:, 1])),
        ("neg_log_loss", lambda y, p: -log_loss(y, p)),
        (
            make_scorer(matthews_corrcoef),
            lambda y, p: matthews_corrcoef(y, p[:, 1] > 0.5),
        ),
        (lambda model, X, y: -float(X.shape[0]), lambda y, p: -len(y)),
    ],
    ids=["roc_auc", "neg_log_loss", "a scorer", "a function"],
)
def test_any_scorer_says_what_is_best(halves, scoring, metric):
    X, X_val, y, y_val = halves
    model = make(scoring=scoring, early_stopping=True).fit(X, y, X_val=X_val, y_val=y_val)
    expected = metric(y_val, model.predict_proba(X_val))
    assert model.best_validation_score_ == pytest.approx(expected, rel=1e-9)


def test_a_scorer_also_judges_rows_that_are_held_out(load):
    X, y = load("iris")
    names = np.array(["a", "b", "c"])[y]
    seen = []

    def scorer(model, X, y):
        seen.append((len(X), sorted(set(y.tolist()))))
        return model.score(X, y)

    model = make(scoring=scorer, early_stopping=True, max_iter=3).fit(X, names)
    assert set(map(str, seen)) == {"(15, ['a', 'b', 'c'])"}
    assert model.validation_scores_ == pytest.approx(np.round(model.validation_scores_, 12))


def test_sparse_rows_and_uint8_rows_to_validate_on(load):
    X, y = load("digits")
    X = np.clip(8 + 4 * X, 0, 16).astype(np.uint8)
    dense, sparse = (
        make(max_iter=3, dtype="float32").fit(form(X), y, X_val=form(X), y_val=y)
        for form in (np.asarray, lambda X: csr_matrix(X, dtype=np.float32))
    )
    assert sparse.validation_scores_ == pytest.approx(dense.validation_scores_, abs=0.02)


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_every_solver_keeps_the_best(halves, solver):
    X, X_val, y, y_val = halves
    model = make(solver=solver, max_iter=40).fit(X, y, X_val=X_val, y_val=y_val)
    assert model.score(X_val, y_val) == model.best_validation_score_
    assert len(model.validation_scores_) == model.n_iter_


def test_early_stopping_has_no_effect_on_lbfgs_as_in_scikit_learn(halves):
    X, _, y, _ = halves
    model = make(solver="lbfgs", early_stopping=True, max_iter=5).fit(X, y)
    assert model.validation_scores_ is None
    assert model.loss_curve_ == make(solver="lbfgs", max_iter=5).fit(X, y).loss_curve_


BAD = {
    "X alone": ({"y_val": None}, DataError, "X_val and y_val go together"),
    "y alone": ({"X_val": None}, DataError, "X_val and y_val go together"),
    "weights alone": (
        {"X_val": None, "y_val": None, "sample_weight_val": np.ones(3)},
        DataError,
        "X_val and y_val go together",
    ),
    "other columns": (
        {"X_val": np.zeros((10, 4)), "y_val": [0, 1] * 5},
        DataError,
        r"\(X_val\): .*4 features",
    ),
    "other length": ({"y_val": [0, 1, 1]}, DataError, r"\(X_val\): .*inconsistent numbers"),
    "a new label": ({"y_val": "shift"}, DataError, "The label 2 is not among the labels"),
    "no rows": ({"X_val": np.zeros((0, 30)), "y_val": []}, DataError, r"\(X_val\): .*0 sample"),
    "NaN": ({"X_val": "nan"}, DataError, r"\(X_val\): .*NaN: in row 3, column 2"),
}


@pytest.mark.parametrize("bad", BAD)
def test_bad_rows_to_validate_on_are_named_errors(halves, bad):
    X, X_val, y, y_val = halves
    changes, error, message = BAD[bad]
    given = {"X_val": X_val.copy(), "y_val": y_val, **changes}
    if isinstance(given["y_val"], str):
        given["y_val"] = y_val + 1
    if isinstance(given["X_val"], str):
        given["X_val"] = X_val.copy()
        given["X_val"][3, 2] = np.nan
    with pytest.raises(error, match=message):
        make().fit(X, y, **given)


@pytest.mark.parametrize(
    ("scoring", "error", "message"),
    [
        ("roc_uac", SettingError, "'roc_uac' is none of .* Did you mean 'roc_auc'"),
        (roc_auc_score, ValueError, "metric"),
        (lambda model, X, y: np.nan, DataError, "gives nan on the 228 validation rows"),
    ],
    ids=["a typo", "a metric", "NaN"],
)
def test_a_scorer_that_is_none_is_found_before_training(halves, scoring, error, message):
    X, X_val, y, y_val = halves
    model = make(scoring=scoring, max_iter=10**9)
    with pytest.raises(error, match=message):
        model.fit(X, y, X_val=X_val, y_val=y_val)
    assert not hasattr(model, "classes_")


def test_a_scorer_that_cannot_score_these_rows_is_named(halves):
    X, _, y, _ = halves
    with pytest.raises(DataError, match="scoring='roc_auc' cannot score the 35 validation rows"):
        make(scoring="roc_auc", early_stopping=True, validation_fraction=0.1).fit(
            X, (X[:, 0] > 0).astype(int) + y
        )


def test_roc_auc_of_one_class_is_a_named_error(halves):
    X, X_val, y, y_val = halves
    with pytest.raises(DataError, match=r"roc_auc.* gives nan.*rows of every class"):
        make(scoring="roc_auc").fit(X, y, X_val=X_val[y_val == 1], y_val=y_val[y_val == 1])


# -------------------------------------------------------------------------------- class weights


@pytest.mark.parametrize("weights", [None, "given"])
def test_balanced_is_the_sample_weights_that_make_all_classes_count_the_same(halves, weights):
    X, _, y, _ = halves
    rows = None if weights is None else np.linspace(0.5, 2, len(y))
    total = np.bincount(y, weights=rows)
    by_hand = (total.sum() / 2 / total)[y] * (1 if rows is None else rows)
    balanced = make(class_weight="balanced").fit(X, y, rows)
    assert balanced.loss_curve_ == pytest.approx(make().fit(X, y, by_hand).loss_curve_, rel=1e-9)


def test_a_dict_weighs_the_labels_that_it_names(load):
    X, y = load("iris")
    names = np.array(["a", "b", "c"])[y]
    weighted = make(class_weight={"b": 3, "c": 0.5}).fit(X, names)
    by_hand = make().fit(X, names, np.array([1, 3, 0.5])[y])
    assert weighted.loss_curve_ == by_hand.loss_curve_


def test_class_weights_weigh_the_validation_rows_too(halves):
    """As in scikit-learn's HistGradientBoostingClassifier."""
    X, X_val, y, y_val = halves
    model = make(class_weight="balanced").fit(X, y, X_val=X_val, y_val=y_val)
    counts = np.bincount(y)
    weights = (len(y) / 2 / counts)[y_val]
    assert model.best_validation_score_ == pytest.approx(model.score(X_val, y_val, weights))


@pytest.mark.parametrize(
    ("class_weight", "message"),
    [
        ({0: 1, 7: 2}, r"class_weight has \[7\], which are not among the classes \[0, 1\]"),
        ({0: 0, 1: 0}, "zero in every row"),
    ],
)
def test_weights_that_cannot_be_are_named_errors(halves, class_weight, message):
    X, _, y, _ = halves
    with pytest.raises(ValueError, match=message):
        make(class_weight=class_weight).fit(X, y)


def test_class_weights_need_one_label_a_row(halves):
    X, _, y, _ = halves
    with pytest.raises(SettingError, match="one label a row"):
        make(class_weight="balanced").fit(X, np.column_stack([y, 1 - y]))


def test_balanced_is_not_for_parts(halves):
    X, _, y, _ = halves
    with pytest.raises(SettingError, match="needs all rows at once"):
        make(class_weight="balanced").partial_fit(X, y, classes=[0, 1])
    make(class_weight={0: 2}).partial_fit(X, y, classes=[0, 1])
