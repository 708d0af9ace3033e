"""Networks that learn from all rows, and those that hold rows out speak for them."""

import hashlib

import numpy as np
import pytest
from sklearn.metrics import log_loss

from deltarule import TabularClassifier, load_model

RNG = np.random.default_rng(0)
Y = RNG.integers(0, 3, 300)
TABLE = {
    "a": Y + RNG.normal(size=300),
    "b": RNG.normal(size=300),
    "town": np.array([f"town {i}" for i in RNG.integers(0, 12, 300)]),
}


def fit(**settings):
    settings = {"max_iter": 6, "random_state": 0, "n_models": 3, **settings}
    return TabularClassifier(**settings).fit(TABLE, Y)


def digest(model):
    weights = [parameters.theta.tobytes() for parameters in model._parameters]
    return hashlib.sha256(b"".join([*weights, model.predict_proba(TABLE).tobytes()])).hexdigest()


@pytest.fixture(scope="module")
def refitted():
    return fit(n_refit=2)


def test_they_alone_are_the_model(refitted):
    assert refitted.n_models_ == len(refitted._parameters) == 2
    bagged = fit()
    mine, theirs = (
        {parameters.theta.tobytes() for parameters in model._parameters}
        for model in (refitted, bagged)
    )
    assert not mine & theirs


def test_those_that_hold_rows_out_are_as_they_are_without(refitted):
    bagged = fit()
    assert np.array_equal(refitted.validation_proba_, bagged.validation_proba_)
    assert np.array_equal(refitted.validation_rows_, bagged.validation_rows_)
    assert refitted.validation_scores_ == bagged.validation_scores_
    assert refitted.best_epoch_ == bagged.best_epoch_


def test_they_keep_the_weights_of_the_best_mean_score():
    """The bits of a run whose last epoch that is; its schedule is the longer one's."""
    whole = fit(n_refit=1, max_iter=12)
    best = whole.best_epoch_
    assert best < 12, "or this shows nothing"
    until = fit(n_refit=1, max_iter=best, schedule_epochs=12)
    assert until.best_epoch_ == best
    (theirs,), (mine,) = whole._parameters, until._parameters
    assert theirs.theta.tobytes() == mine.theta.tobytes()


def test_they_learn_from_every_row():
    """Also a class that the latest rows alone have, which the others hold out."""
    table, y = {"a": np.arange(125.0)}, np.repeat([0, 1, 2], [50, 50, 25])
    model = TabularClassifier(
        random_state=0, n_models=1, n_refit=1, max_iter=30, columns={"a": "numeric"}
    ).fit(table, y, order="a")
    assert model.validation_rows_.tolist() == list(range(100, 125))
    assert model.predict({"a": [120.0]}) == 2


def test_their_temperature_is_that_of_as_many():
    one, two, none = (fit(n_refit=n, max_iter=40).temperature_ for n in (1, 2, 0))
    assert none < two < one, "averaging takes away confidence, so three are divided by least"


def test_any_number_of_threads_gives_the_same_bits():
    assert len({digest(fit(n_refit=2, n_threads=n)) for n in (1, 2, 3)}) == 1


def test_a_file_holds_them_and_not_the_others(refitted, tmp_path):
    refitted.save(tmp_path / "model")
    again = load_model(tmp_path / "model")
    assert (again.n_models_, again.temperature_) == (2, refitted.temperature_)
    assert digest(again) == digest(refitted)


def test_one_network_has_a_file_of_one(tmp_path):
    sizes = {}
    for n in (0, 1):
        fit(n_refit=n).save(tmp_path / str(n))
        sizes[n] = (tmp_path / str(n)).stat().st_size
    assert sizes[1] < 0.4 * sizes[0]
    assert digest(load_model(tmp_path / "1")) == digest(fit(n_refit=1))


def test_a_checkpoint_goes_on_to_the_same_bits(tmp_path):
    whole = fit(n_refit=2)
    fit(n_refit=2, max_iter=3, schedule_epochs=6, checkpoint=tmp_path)
    resumed = fit(n_refit=2, schedule_epochs=6, checkpoint=tmp_path, resume=True)
    assert digest(resumed) == digest(whole)
    assert resumed.temperature_ == whole.temperature_


def test_rows_that_are_given_judge_the_others():
    half = {name: column[:150] for name, column in TABLE.items()}
    rest = {name: column[150:] for name, column in TABLE.items()}
    model = TabularClassifier(max_iter=6, random_state=0, n_models=2, n_refit=1)
    model.fit(half, Y[:150], X_val=rest, y_val=Y[150:])
    assert model.n_models_ == 1
    assert log_loss(Y[150:], model.validation_proba_) < np.log(3)


def test_where_nothing_can_be_held_out_they_are_left():
    table, y = {"x": [0.0, 1.0, 2.0, 3.0]}, [0, 1, 0, 1]
    model = TabularClassifier(max_iter=4, random_state=0, n_models=3, n_refit=1).fit(table, y)
    assert (model.n_models_, model.temperature_) == (1, 1.0)
