"""Fault 42: divergence is seen before its update, keeps what is finite, and says what to lower."""

import pickle

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from deltarule import MLPClassifier
from deltarule.errors import DivergenceError

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:overflow"),
]

RNG = np.random.default_rng(0)
X = RNG.normal(size=(80, 4))
Y = (X[:, 0] > 0).astype(int)
WILD = {"solver": "sgd", "momentum": 0.0, "batch_size": 20, "random_state": 0, "alpha": 0.0}


def rates(values):
    """A schedule that has these rates, one an epoch, as shares of the highest."""
    return lambda p: np.asarray(values)[np.minimum((p * len(values)).astype(int), len(values) - 1)]


def fit_until_it_diverges(**settings):
    """Three quiet epochs, then a rate beyond all measure."""
    quiet_then_wild = rates([1e-9, 1e-9, 1e-9, 1.0])
    model = MLPClassifier(
        (5,), schedule=quiet_then_wild, max_iter=4, learning_rate_init=1e8, **WILD, **settings
    )
    with pytest.raises(DivergenceError) as caught:
        model.fit(X, Y, X_val=X[:20], y_val=Y[:20])
    return model, str(caught.value)


def test_the_best_weights_are_kept_and_the_message_names_the_setting():
    model, message = fit_until_it_diverges()
    assert "in epoch 4" in message or "the loss of epoch 4" in message
    assert "Lower learning_rate_init" in message
    calm = MLPClassifier(
        (5,), schedule=rates([1e-9] * 4), max_iter=4, learning_rate_init=1e8, **WILD
    ).fit(X, Y, X_val=X[:20], y_val=Y[:20])
    best = int(np.argmax(calm.validation_scores_[:3]))
    assert model.score(X[:20], Y[:20]) == calm.validation_scores_[best]
    assert np.isfinite(model.predict_proba(X)).all()


@pytest.mark.parametrize("rate", [1e20, 1e300])
@pytest.mark.parametrize("activation", ["relu", "tanh", "identity"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_is_left_is_finite(rate, activation, dtype):
    """Whether loss or weights overflow, and wherever in an epoch they do."""
    model = MLPClassifier(
        (5,), activation, learning_rate_init=rate, max_iter=30, dtype=dtype,
        **{**WILD, "alpha": 1.0},
    )  # fmt: skip
    with pytest.raises(DivergenceError, match="Lower learning_rate_init"):
        model.fit(X, Y)
    if hasattr(model, "coefs_"):  # an epoch was whole before
        assert all(np.isfinite(W).all() for W in model.coefs_)


def test_a_loss_that_overflows_is_seen_before_its_update():
    """The first update makes weights of 1e30, which float32 has; the second batch's scores not."""
    model = MLPClassifier(
        (5,), "identity", learning_rate_init=1e30, dtype="float32", max_iter=5, **WILD
    )
    with pytest.raises(DivergenceError, match=r"in epoch 1, at step 2, the loss, (inf|nan), left"):
        model.fit(X, Y)


def test_weights_that_overflow_are_those_at_the_start_of_the_epoch_again():
    settings = {**WILD, "batch_size": 80, "learning_rate_init": 1e308}
    make = lambda *shares: MLPClassifier(  # noqa: E731
        (5,), "identity", schedule=rates(shares), max_iter=len(shares), **settings
    )
    model = make(1e-310, 1.0)
    with pytest.raises(DivergenceError, match="in epoch 2, at step 2, the weights left"):
        model.fit(1e3 * X, Y)
    before = make(1e-310).fit(1e3 * X, Y)
    np.testing.assert_array_equal(model.coefs_[0], before.coefs_[0])
    assert np.isfinite(model.predict_proba(X)).all()


def test_exploding_is_a_thousand_times_the_best():
    """A loss that is finite, but beyond all reason, ends a run too."""
    model = MLPClassifier(
        (5,), "identity", schedule=rates([1e-4, 1e-4, 1.0, 1e-9]), max_iter=4,
        learning_rate_init=1e6, **WILD,
    )  # fmt: skip
    with pytest.raises(DivergenceError, match=r"the loss of epoch \d is .*, where the best was"):
        model.fit(X, Y)
    losses = model.loss_curve_
    assert np.isfinite(losses).all()
    assert losses[-1] > 1000 * max(min(losses[:-1]), np.log(2))


def test_a_loss_that_rises_a_little_goes_on():
    """A best loss of almost nothing is no measure: a thousand times nothing is nothing."""
    model = MLPClassifier((20,), solver="lbfgs", max_iter=300, warm_start=True, alpha=0.0)
    easy = np.where(Y == 1, 1.0, -1.0)[:, None] * np.ones((1, 4))
    model.fit(easy, Y)
    assert model.loss_ < 1e-4
    model.set_params(solver="sgd", max_iter=2, learning_rate_init=0.5).fit(-easy, Y)
    assert model.loss_curve_[-2] > 1000 * 1e-4


def caught(model, *data):
    with pytest.raises(DivergenceError) as error:
        model.fit(*data)
    return error.value


def test_the_layer_whose_outputs_overflow_is_named():
    """In float32 weights of about 1e30 make outputs of 1e60 in layer 2; layer 1's are finite."""
    model = MLPClassifier(
        (5,), "identity", learning_rate_init=1e30, dtype="float32", max_iter=5, **WILD
    )
    error = caught(model, X, Y)
    assert (error.epoch, error.step, error.layer) == (1, 2, 2)
    assert "the outputs of layer 2 did so first" in str(error)


def test_the_layer_whose_weights_overflow_is_named():
    settings = {**WILD, "batch_size": 80, "learning_rate_init": 1e308}
    model = MLPClassifier((5,), "identity", schedule=rates([1.0]), max_iter=1, **settings)
    error = caught(model, 1e3 * X, Y)
    assert (error.epoch, error.step) == (1, 1)
    assert f"the weights of layer {error.layer} did so first" in str(error)
    assert error.layer in (1, 2)


def test_the_layer_that_changed_most_is_named_where_the_loss_explodes():
    model = MLPClassifier(
        (5,), "identity", schedule=rates([1e-4, 1e-4, 1.0, 1e-9]), max_iter=4,
        learning_rate_init=1e6, **WILD,
    )  # fmt: skip
    error = caught(model, X, Y)
    ratios = model.history_["update_ratio"][-1]
    assert error.layer == np.argmax(ratios) + 1
    assert error.epoch == len(model.loss_curve_)
    assert f"at its last step, {error.step}, layer {error.layer} changed most" in str(error)


def test_a_penalty_that_overflows_names_the_layer_with_the_largest_weights():
    model = MLPClassifier((5,), "tanh", max_iter=3, learning_rate_init=1e170, alpha=1e-3, **{
        name: value for name, value in WILD.items() if name != "alpha"})  # fmt: skip
    error = caught(model, X, Y)
    assert f"layer {error.layer} has the largest weights" in str(error)


def test_the_place_survives_a_pickle():
    error = pickle.loads(pickle.dumps(DivergenceError("it did", epoch=3, step=17, layer=2)))
    assert (str(error), error.epoch, error.step, error.layer) == ("it did", 3, 17, 2)


def test_in_lbfgs_too():
    with np.errstate(all="ignore"):
        error = caught(MLPClassifier((5,), "identity", solver="lbfgs"), 1e308 * np.sign(X), Y)
    assert "L-BFGS the loss is" in str(error)
    assert error.layer in (1, 2)


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_a_sparse_row_and_dropout_are_no_obstacle_to_finding_the_layer(dropout):
    model = MLPClassifier(
        (5, 4), "identity", learning_rate_init=1e150, max_iter=5, dropout=dropout, **WILD
    )
    error = caught(model, csr_matrix(X), Y)
    assert 1 <= error.layer <= 3
