"""``fitted_estimator``: the model as of an epoch, to be used and kept."""

import numpy as np
import pytest

from deltarule import load_model
from deltarule.callbacks import Callback
from deltarule.callbacks.base import training_of

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

VARIANTS = {
    "adam": {},
    "sgd": {"solver": "sgd", "learning_rate": "adaptive"},
    "dropout": {"dropout": 0.3},
    "lbfgs": {"solver": "lbfgs"},
    "float32": {"dtype": "float32"},
}


class Keep(Callback):
    """Keeps every epoch's estimator, after doing something to it."""

    def __init__(self, use=lambda model: None):
        self._use, self.models, self.used = use, {}, {}

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        state = training_of(context)
        if state is not None and fitted_estimator is not None:
            self.models[state.epoch] = fitted_estimator
            self.used[state.epoch] = self._use(fitted_estimator)


def test_it_predicts_within_the_hook_and_later_the_same(case):
    """Later epochs change nothing of it."""
    keep = Keep(lambda model: model.predict_proba(case.X))
    case.make(keep).fit(case.X, case.y)
    assert keep.models.keys() == set(range(1, 7))
    for epoch, model in keep.models.items():
        np.testing.assert_array_equal(model.predict_proba(case.X), keep.used[epoch])
    assert not np.array_equal(keep.used[1], keep.used[6])


@pytest.mark.parametrize("variant", VARIANTS)
def test_it_equals_a_fit_stopped_at_that_epoch(make, iris, digest, variant):
    keep = Keep()
    make(keep, **VARIANTS[variant]).fit(*iris)
    for epoch, model in keep.models.items():
        stopped = make(max_iter=epoch, **VARIANTS[variant]).fit(*iris)
        assert digest(model) == digest(stopped)
        assert (model.n_iter_, model.t_) == (stopped.n_iter_, stopped.t_)
        assert model.loss_curve_ == stopped.loss_curve_
        assert model.history_["update_ratio"].shape == stopped.history_["update_ratio"].shape


def require_weights_of_the_epoch(case, digest, which=0, **settings):
    """See that the model has the weights of the first or the last (-1) of its best epochs."""
    keep = Keep()
    model = case.make(keep, max_iter=40, **settings).fit(case.X, case.y)
    scores, last = np.array(model.validation_scores_), model.n_iter_
    best = int(np.flatnonzero(scores == scores.max())[which]) + 1
    assert best < last, "it should have gone on past the best epoch"
    assert digest(keep.models[best]) == digest(model)
    assert digest(keep.models[last]) != digest(model)


def test_it_has_the_weights_of_its_epoch_and_not_the_best_ones(mlp, digest):
    require_weights_of_the_epoch(mlp, digest, early_stopping=True, learning_rate_init=0.05)


def test_of_a_table_it_has_the_weights_of_its_epoch_and_not_the_best_ones(tabular, digest):
    require_weights_of_the_epoch(tabular, digest, which=-1, metric="log_loss")


def test_of_a_table_it_equals_a_fit_stopped_there_wherever_that_is_the_best_so_far(
    tabular, digest, at
):
    keep = Keep()
    model = tabular.make(keep, max_iter=12).fit(tabular.X, tabular.y)
    scores = model.validation_scores_
    best = [k for k in range(1, 13) if scores[k - 1] >= max(scores[:k])]
    assert len(best) > 1
    for epoch in best:
        stopped = tabular.make(at("end", epoch, True), max_iter=12).fit(tabular.X, tabular.y)
        assert stopped.n_iter_ == keep.models[epoch].n_iter_ == epoch
        assert digest(keep.models[epoch]) == digest(stopped)


def test_changing_it_does_not_change_training(case, digest):
    plain = case.make().fit(case.X, case.y)

    def spoil(model):
        networks = model._parameters if isinstance(model._parameters, list) else [model._parameters]
        for network in networks:
            network.theta.fill(7)

    spoilt = case.make(Keep(spoil)).fit(case.X, case.y)
    assert digest(spoilt) == digest(plain)
    assert spoilt.loss_curve_ == plain.loss_curve_


def test_its_history_is_its_own(case):
    def spoil(model):
        for column in model.history_.values():
            column[:] = 7

    plain = case.make().fit(case.X, case.y)
    spoilt = case.make(Keep(spoil)).fit(case.X, case.y)
    for name in plain.history_.keys() - {"seconds"}:
        np.testing.assert_array_equal(spoilt.history_[name], plain.history_[name])


def test_it_can_be_saved_within_the_hook(case, tmp_path):
    """So a callback can write the model of each epoch."""
    keep = Keep(lambda model: model.save(tmp_path / f"{model.n_iter_}.deltarule"))
    case.make(keep).fit(case.X, case.y)
    for epoch, model in keep.models.items():
        again = load_model(tmp_path / f"{epoch}.deltarule")
        np.testing.assert_array_equal(again.predict_proba(case.X), model.predict_proba(case.X))


def require_all_attributes(case):
    keep = Keep()
    model = case.make(keep).fit(case.X, case.y)
    lacking = {name for name in vars(model) if name.endswith("_")} - vars(keep.models[3]).keys()
    assert not lacking


def test_it_has_every_attribute_of_a_fitted_estimator(mlp):
    require_all_attributes(mlp)


def test_of_a_table_it_has_every_attribute_of_a_fitted_estimator(tabular):
    """Also ``stopped_`` and ``target_``, in the first fit."""
    require_all_attributes(tabular)


def test_one_that_is_kept_is_trained_further_from_its_own_epoch(make, iris, digest):
    keep = Keep()
    make(keep).fit(*iris)
    kept = keep.models[3].set_callbacks().partial_fit(*iris)
    expected = make(max_iter=3).fit(*iris).partial_fit(*iris)
    assert digest(kept) == digest(expected)


def test_before_the_first_epoch_it_has_the_first_weights(case):
    seen = []

    class Begin(Callback):
        def on_fit_task_begin(self, estimator, context, *, fitted_estimator=None):
            if context.task_name == "epoch":
                seen.append(fitted_estimator)

    keep = Keep()
    case.make(Begin(), keep, max_iter=3).fit(case.X, case.y)
    proba = [model.predict_proba(case.X) for model in seen]
    assert len(proba) == 3
    assert seen[0].n_iter_ == 0
    assert not np.array_equal(proba[0], proba[2])  # a table's first step may have the rate 0
    for epoch in (1, 2):  # an epoch begins where the one before it ended
        np.testing.assert_array_equal(proba[epoch], keep.models[epoch].predict_proba(case.X))


def test_at_the_end_of_the_fit_it_is_the_estimator_as_it_will_be(case):
    seen = []

    class End(Callback):
        def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
            if context.task_name == "fit":
                seen.append(fitted_estimator.predict_proba(case.X))

    model = case.make(End(), max_iter=20).fit(case.X, case.y)
    np.testing.assert_array_equal(seen, [model.predict_proba(case.X)])


def test_x_y_and_metadata_are_what_fit_was_given(case):
    """The very objects, not what the estimator made of them."""
    told = []

    class Ask(Callback):
        def on_fit_task_begin(self, estimator, context, *, X=None, y=None, metadata=None):
            told.append((X, y, metadata))

        def on_fit_task_end(self, estimator, context, *, X=None, y=None, metadata=None):
            told.append((X, y, metadata))

    case.make(Ask(), max_iter=2).fit(case.X, case.y)
    assert len(told) == 6
    assert all(X is case.X and y is case.y and metadata is None for X, y, metadata in told)


def test_sample_weights_are_metadata(make, iris):
    told = []

    class Ask(Callback):
        def on_fit_task_end(self, estimator, context, *, metadata=None):
            told.append(metadata)

    weights = np.linspace(0.5, 1.5, 150)
    model = make(Ask(), max_iter=2).fit(*iris, weights)
    model.partial_fit(*iris, sample_weight=weights)
    assert len(told) == 5
    assert all(metadata.keys() == {"sample_weight"} for metadata in told)
    assert all(metadata["sample_weight"] is weights for metadata in told)
