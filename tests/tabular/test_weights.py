"""class_weight, sample_weight and sample_weight_val."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score
from sklearn.utils.class_weight import compute_sample_weight

from deltarule import TabularClassifier
from deltarule.errors import DataError, SettingError


def fit(table, labels, sample_weight=None, class_weight=None, n_models=None, **given):
    model = TabularClassifier(
        class_weight=class_weight, n_models=n_models, max_iter=12, random_state=0
    )
    return model.fit(table, labels, sample_weight, **given)


def same_bits(a, b):
    pairs = zip(a._parameters, b._parameters, strict=True)
    return all(np.array_equal(one.theta, other.theta) for one, other in pairs)


@pytest.fixture
def lopsided(table):
    """Ten rows of 80 are "rare"."""
    return table, np.where(np.arange(80) % 8 == 1, "rare", "usual")


def test_weights_matter_by_their_ratios_alone(table, labels):
    weights = np.random.default_rng(1).integers(1, 9, 80)
    model = fit(table, labels, weights)
    assert same_bits(model, fit(table, labels, weights * 8.0))
    assert not same_bits(model, fit(table, labels))
    assert same_bits(fit(table, labels), fit(table, labels, np.ones(80)))


def test_what_weighs_little_is_hardly_learned(table, labels):
    """Most rows have the other label, and a weight of a millionth."""
    wrong = np.random.default_rng(2).random(80) < 0.6
    told = np.where(wrong ^ (labels == "big"), "big", "small")
    model = fit(table, told, np.where(wrong, 1e-6, 1.0))
    assert model.score(table, labels) > 0.85
    assert fit(table, told).score(table, labels) < 0.7


def test_scores_on_held_out_rows_are_weighted(table, labels):
    weights = np.random.default_rng(1).random(80)
    model = fit(table, labels, weights, n_models=1)
    rows = model.validation_rows_
    held_out = {name: column[rows] for name, column in table.items()}
    score = model.score(held_out, labels[rows], sample_weight=weights[rows])
    assert score == pytest.approx(max(model.validation_scores_))


def test_weights_of_rows_to_validate_on(table, labels):
    """Rows of weight 0 have no say: those with a wrong label here."""
    wrong = np.arange(80) < 40
    told = np.where(wrong ^ (labels == "big"), "big", "small")
    given = {"X_val": table, "y_val": told, "sample_weight_val": ~wrong * 3.0}
    model = fit(table, labels, **given, n_models=1)
    right = accuracy_score(labels[~wrong], model.predict(table)[~wrong])
    assert right == pytest.approx(max(model.validation_scores_))


def test_balanced_is_a_weight_of_each_row(lopsided):
    """Of a class that nothing tells, the share that it would have if all were as frequent."""
    weights = compute_sample_weight("balanced", lopsided[1])
    balanced = fit(*lopsided, class_weight="balanced")
    np.testing.assert_allclose(balanced.loss_curve_, fit(*lopsided, weights).loss_curve_, rtol=1e-4)
    rng = np.random.default_rng(0)
    noise, y = {"a": rng.normal(size=800)}, np.where(rng.random(800) < 0.125, "rare", "usual")
    p = {}
    for weight in (None, "balanced"):
        model = TabularClassifier(
            metric="log_loss", class_weight=weight, max_iter=16, random_state=0
        )
        p[weight] = model.fit(noise, y).predict_proba(noise)[:, 0].mean()
    assert p[None] == pytest.approx(0.125, abs=0.06)
    assert p["balanced"] == pytest.approx(0.5, abs=0.1)


def test_weights_of_labels_times_weights_of_rows(lopsided):
    table, y = lopsided
    weights = np.random.default_rng(1).integers(1, 9, 80)
    both = fit(table, y, weights, class_weight={"rare": 4})
    assert same_bits(both, fit(table, y, weights * np.where(y == "rare", 4.0, 1.0)))


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        (np.ones(79), r"shape \(79,\), but there are 80 rows"),
        (-np.ones(80), "not negative; row 0 has -1"),
        (np.full(80, np.nan), "row 0 has nan"),
        (np.zeros(80), "zero in every row"),
    ],
)
def test_bad_weights_are_named_errors_also_of_rows_to_validate_on(table, labels, weights, words):
    with pytest.raises(DataError, match=words):
        fit(table, labels, weights)
    with pytest.raises(DataError, match=rf"In the rows to validate on \(X_val\): .*{words}"):
        fit(table, labels, X_val=table, y_val=labels, sample_weight_val=weights)


def test_weights_of_labels_that_are_not_there(table, labels):
    with pytest.raises(SettingError, match=r"class_weight has \['huge'\]"):
        fit(table, labels, class_weight={"huge": 2})
