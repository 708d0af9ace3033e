"""Several networks in one model: what they hold out, how they decide, and that nothing else may."""

import hashlib

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.base import clone
from sklearn.metrics import log_loss

from deltarule import TabularClassifier, load_model
from deltarule.tabular import evaluate

QUICK = {"max_iter": 4, "random_state": 0}


@pytest.fixture(scope="module")
def drawn():
    """400 rows of three classes that overlap."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 400)
    table = {
        "a": y + rng.normal(size=400),
        "b": rng.normal(size=400),
        "town": np.array([f"town {i}" for i in rng.integers(0, 12, 400)]),
    }
    return table, y


def digest(model, table):
    weights = [parameters.theta.tobytes() for parameters in model._parameters]
    told = [model.predict_proba(table).tobytes(), repr(model.loss_curve_).encode()]
    return hashlib.sha256(b"".join([*weights, *told])).hexdigest()


@pytest.mark.parametrize("n_models", [1, 2, 5])
def test_any_number_of_threads_gives_the_same_bits(drawn, n_models):
    table, y = drawn
    fitted = [
        TabularClassifier(**QUICK, n_models=n_models, n_threads=n).fit(table, y) for n in (1, 2, 3)
    ]
    assert len({digest(model, table) for model in fitted}) == 1
    assert len(fitted[0]._parameters) == fitted[0].n_models_ == n_models


def test_they_differ_and_the_seed_decides(drawn):
    table, y = drawn
    model = TabularClassifier(**QUICK, n_models=6).fit(table, y)
    assert len({parameters.theta.tobytes() for parameters in model._parameters}) == 6
    assert digest(model, table) == digest(clone(model).fit(table, y), table)
    other = clone(model).set_params(random_state=1).fit(table, y)
    assert digest(other, table) != digest(model, table)


@pytest.mark.parametrize("calibrate", [True, False])
def test_their_probabilities_are_averaged(drawn, calibrate):
    table, y = drawn
    model = TabularClassifier(**QUICK, n_models=3, calibrate=calibrate).fit(table, y)
    assert (model.temperature_ == 1) is not calibrate
    inputs = model.encode(table)
    scores = [model.scores_of(parameters, inputs) for parameters in model._parameters]
    expected = np.mean([softmax(z / model.temperature_, axis=1) for z in scores], axis=0)
    np.testing.assert_allclose(model.predict_proba(table), expected, atol=1e-6)
    np.testing.assert_allclose(
        model.predict_log_proba(table), np.log(expected), atol=1e-5, rtol=1e-5
    )
    assert np.array_equal(model.predict(table), expected.argmax(axis=1))


def test_every_row_is_judged_by_networks_that_were_not_trained_on_it(drawn):
    """Two of ten hold out each row; what they say of it has been learnt from others."""
    table, y = drawn
    model = TabularClassifier(max_iter=30, random_state=0, n_models=10).fit(table, y)
    assert np.array_equal(model.validation_rows_, np.arange(400))
    p = model.validation_proba_
    assert p.shape == (400, 3)
    rng = np.random.default_rng(1)
    y_new = rng.integers(0, 3, 4000)
    new = {
        "a": y_new + rng.normal(size=4000),
        "b": rng.normal(size=4000),
        "town": np.array([f"town {i}" for i in rng.integers(0, 12, 4000)]),
    }
    on_new = evaluate(model, new, y_new)
    assert log_loss(y, p) == pytest.approx(on_new.log_loss, abs=0.1)
    assert (p.argmax(axis=1) == y).mean() == pytest.approx(on_new.accuracy, abs=0.06)
    assert evaluate(model, table, y).accuracy > on_new.accuracy + 0.05, "or this shows little"


@pytest.mark.parametrize(
    ("n_models", "held_out"), [(1, 80), (2, 80), (3, 120), (5, 200), (10, 400)]
)
def test_those_that_hold_out_are_two_for_each_row(drawn, n_models, held_out):
    model = TabularClassifier(max_iter=1, random_state=0, n_models=n_models).fit(*drawn)
    assert len(model.validation_rows_) == len(model.validation_proba_)
    assert len(model.validation_rows_) == pytest.approx(held_out, abs=4)


def test_labels_of_noise_are_told_with_doubt(drawn):
    """Nothing can be known here, and calibrated probabilities say so."""
    table, _ = drawn
    y = np.random.default_rng(3).integers(0, 2, 400)
    sure = {
        calibrate: TabularClassifier(
            max_iter=40, random_state=0, n_models=5, calibrate=calibrate
        ).fit({"a": table["a"], "b": table["b"]}, y)
        for calibrate in (True, False)
    }
    assert sure[True].temperature_ > 1.05
    assert np.array_equal(sure[True].loss_curve_, sure[False].loss_curve_)
    rng = np.random.default_rng(4)
    new = {"a": rng.normal(1, 1, 2000), "b": rng.normal(size=2000)}
    truth = rng.integers(0, 2, 2000)
    calibrated, plain = (log_loss(truth, sure[c].predict_proba(new)) for c in (True, False))
    assert calibrated < plain
    assert calibrated < np.log(2) + 0.05


def test_a_file_holds_them_all(drawn, tmp_path):
    table, y = drawn
    model = TabularClassifier(**QUICK, n_models=4).fit(table, y)
    model.save(tmp_path / "model")
    again = load_model(tmp_path / "model")
    assert (again.n_models_, again.temperature_) == (4, model.temperature_)
    assert again.predict_proba(table).tobytes() == model.predict_proba(table).tobytes()
    with pytest.raises(AttributeError, match="No rows were validated on in this fit"):
        _ = again.validation_proba_


def test_rows_given_to_validate_on_judge_them_all(drawn):
    """Together, as they decide: nothing has to be extrapolated."""
    table, y = drawn
    half = {name: column[:200] for name, column in table.items()}
    rest = {name: column[200:] for name, column in table.items()}
    model = TabularClassifier(**QUICK, n_models=3).fit(half, y[:200], X_val=rest, y_val=y[200:])
    assert len(model.validation_rows_) == 0
    np.testing.assert_array_equal(model.validation_proba_, model.predict_proba(rest))


def test_too_few_rows_to_hold_any_out_are_learnt_by_all():
    model = TabularClassifier(**QUICK, n_models=3).fit({"x": [0.0, 1.0, 2.0, 3.0]}, [0, 1, 0, 1])
    assert (model.n_models_, model.temperature_, len(model.validation_rows_)) == (3, 1.0, 0)
    assert not hasattr(model, "validation_proba_")


def test_a_fit_that_holds_nothing_out_forgets_what_an_earlier_one_said(drawn):
    model = TabularClassifier(**QUICK, n_models=2).fit(*drawn)
    model.fit({"x": [0.0, 1.0, 2.0, 3.0]}, [0, 1, 0, 1])
    assert not hasattr(model, "validation_proba_")
