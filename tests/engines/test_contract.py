"""The contract of an engine, kept by each engine that there is."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from deltarule.engines import create_engine, predict_scores, reference
from deltarule.errors import DataError
from deltarule.network import (
    LOSSES,
    OPTIMISERS,
    SGD,
    Adam,
    Dense,
    Embedding,
    Network,
    Parameters,
    Periodic,
    Scale,
    forward,
)


def loss_and_gradient(setting, rows, step=0, **options):
    parameters = setting.parameters()
    gradient = Parameters(parameters.layout, parameters.dtype)
    J = setting.engine().loss_and_gradient(
        parameters, setting.examples, rows, step, gradient, **options
    )
    return J, gradient.theta


def with_examples(setting, **changes):
    return replace(setting, examples=replace(setting.examples, **changes))


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("chunk", [1, 7, 64])
def test_a_batch_larger_than_a_chunk_has_the_same_loss_and_gradient(
    make_setting, monkeypatch, loss, chunk
):
    """Dropout included: an example's mask is its own wherever the chunks are cut."""
    setting, rows = make_setting(loss), np.arange(100)[::-1]
    J, gradient = loss_and_gradient(setting, rows, step=3)
    monkeypatch.setattr(reference, "CHUNK", chunk)
    chunked_J, chunked_gradient = loss_and_gradient(setting, rows, step=3)
    assert chunked_J == pytest.approx(J, rel=1e-12)
    np.testing.assert_allclose(chunked_gradient, gradient, rtol=0, atol=1e-12 * J)


def test_predicting_in_chunks_gives_the_same_scores(make_setting, monkeypatch):
    setting = make_setting()
    X, parameters = setting.examples.X, setting.parameters()
    whole = setting.engine().predict(parameters, X)
    monkeypatch.setattr(reference, "CHUNK", 7)
    np.testing.assert_allclose(setting.engine().predict(parameters, X), whole, rtol=1e-12)


@pytest.mark.parametrize("loss", LOSSES)
def test_loss_and_gradient_are_sums_over_the_rows(make_setting, loss):
    """Two halves without dropout add up to the whole; the penalty is in each once."""
    setting = make_setting(loss, dropout=0.0)
    halves = [loss_and_gradient(setting, rows) for rows in (np.arange(30), np.arange(30, 50))]
    nothing = loss_and_gradient(setting, np.arange(0))
    whole = loss_and_gradient(setting, np.arange(50))
    assert nothing[0] > 0
    assert halves[0][0] + halves[1][0] - nothing[0] == pytest.approx(whole[0], rel=1e-13)
    added = halves[0][1] + halves[1][1] - nothing[1]
    np.testing.assert_allclose(added, whole[1], rtol=0, atol=1e-12)


def test_gradient_is_overwritten(make_setting):
    setting = make_setting()
    parameters, gradient = setting.parameters(), setting.parameters()
    engine, rows = setting.engine(), np.arange(20)
    engine.loss_and_gradient(parameters, setting.examples, rows, 0, gradient)
    np.testing.assert_array_equal(gradient.theta, loss_and_gradient(setting, rows)[1])


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("count", [1, 2, 8, 64])
def test_slices_are_added_in_a_binary_tree(make_setting, loss, count):
    """Bit for bit, whichever subtrees are asked for at once; some slices have no rows."""
    setting = make_setting(loss)
    rows = np.arange(50)[::-1]
    bounds = np.sort(np.concatenate([[0, 50], np.arange(1, count) * 37 % 51]))

    def subtree(first: int, last: int, deepest: int) -> tuple:
        if last - first <= deepest:
            some, slices = rows[bounds[first] : bounds[last]], bounds[first : last + 1]
            return loss_and_gradient(setting, some, step=3, slices=slices)
        halves = [
            subtree(*part, deepest)
            for part in ((first, (first + last) // 2), ((first + last) // 2, last))
        ]
        return halves[0][0] + halves[1][0], halves[0][1] + halves[1][1]

    J, gradient = subtree(0, count, count)
    for deepest in (1, 2, 4):
        other_J, other = subtree(0, count, deepest)
        assert other_J == J
        assert other.tobytes() == gradient.tobytes()
    whole_J, whole = loss_and_gradient(setting, rows, step=3)
    penalty_J, penalty = loss_and_gradient(setting, rows[:0])
    assert J - (count - 1) * penalty_J == pytest.approx(whole_J, rel=1e-12)
    np.testing.assert_allclose(gradient - (count - 1) * penalty, whole, rtol=0, atol=1e-12)


def test_slices_that_do_not_fit_into_a_chunk_together_are_added_likewise(make_setting):
    setting = make_setting()
    rows = np.arange(12_000) % 50
    bounds = np.array([0, 100, 9_500, 11_000, 12_000])  # the second alone is larger than a chunk
    J, gradient = loss_and_gradient(setting, rows, slices=bounds)
    each = [
        loss_and_gradient(setting, rows[a:b], slices=np.array([a, b])) for a, b in pairwise(bounds)
    ]
    assert (each[0][0] + each[1][0]) + (each[2][0] + each[3][0]) == J
    added = (each[0][1] + each[1][1]) + (each[2][1] + each[3][1])
    assert gradient.tobytes() == added.tobytes()


@pytest.mark.parametrize("name", OPTIMISERS)
def test_update_multiplies_the_gradient(make_setting, name):
    setting = make_setting(optimiser=OPTIMISERS[name]())
    _, gradient = loss_and_gradient(setting, np.arange(50))
    done = []
    for scale, factor in ((0.02, 1.0), (1.0, 0.02)):
        parameters, moments = setting.parameters(), setting.moments()
        scalars = setting.steps(1).scalars[0]
        setting.engine().update(parameters, gradient * factor, moments, scalars, scale)
        done.append([parameters.theta.tobytes(), *(m.tobytes() for m in moments.values())])
    assert done[0] == done[1]


@pytest.mark.parametrize("name", OPTIMISERS)
def test_run_is_loss_and_gradient_and_update_step_by_step(make_setting, name):
    """Bit for bit, from step 10 on: the dropout masks are those of the step, and its factor."""
    setting = make_setting(optimiser=OPTIMISERS[name]())
    parameters, moments, factors = setting.parameters(), setting.moments(), np.linspace(1, 0, 5)
    steps = replace(setting.steps(5, first=10), dropout=factors)
    ran = setting.run(parameters, steps, moments)

    engine, by_hand, by_hand_moments = setting.engine(), setting.parameters(), setting.moments()
    gradient, losses = Parameters(by_hand.layout), []
    for i in range(len(steps)):
        J = engine.loss_and_gradient(
            by_hand, setting.examples, steps.batch(i), 10 + i, gradient, dropout=factors[i]
        )
        losses.append(J)
        mean = gradient.theta * steps.scale[i]
        engine.update(by_hand, mean, by_hand_moments, steps.scalars[i])

    assert ran.diverged is None
    assert ran.losses.tolist() == losses
    assert parameters.theta.tobytes() == by_hand.theta.tobytes()
    for moment in moments:
        assert moments[moment].tobytes() == by_hand_moments[moment].tobytes()


@pytest.mark.parametrize("loss", LOSSES)
def test_a_steps_factor_on_the_dropout_is_that_of_a_network_with_such_rates(make_setting, loss):
    """Bit for bit; 0 drops nothing, and no factors are factors of 1."""
    setting, rows = make_setting(loss, dropout=0.4), np.arange(100)
    for factor, rate in ((1.0, 0.4), (0.5, 0.2), (0.0, 0.0)):
        J, gradient = loss_and_gradient(setting, rows, 3, dropout=factor)
        expected = loss_and_gradient(make_setting(loss, dropout=rate), rows, 3)
        assert expected[0] == J
        assert gradient.tobytes() == expected[1].tobytes()
    plain, factored = setting.parameters(), setting.parameters()
    setting.run(plain, setting.steps(4))
    setting.run(factored, replace(setting.steps(4), dropout=np.ones(4)))
    assert plain.theta.tobytes() == factored.theta.tobytes()


def test_factors_on_the_dropout_also_reach_rows_that_have_to_be_converted(make_setting):
    setting, steps = make_setting(), make_setting().steps(6)
    steps = replace(steps, dropout=np.linspace(1, 0, 6))
    other = with_examples(setting, X=setting.examples.X.astype(">f8"))
    expected, trained = setting.parameters(), other.parameters()
    setting.run(expected, steps)
    other.run(trained, steps)
    assert trained.theta.tobytes() == expected.theta.tobytes()


def test_run_in_two_calls_has_the_bits_of_one(make_setting):
    setting = make_setting()
    once, twice, moments = setting.parameters(), setting.parameters(), setting.moments()
    steps = replace(setting.steps(6), dropout=np.linspace(1, 0, 6))
    setting.run(once, steps)
    setting.run(twice, setting.part(steps, 0, 2), moments)
    setting.run(twice, setting.part(steps, 2, 6), moments)
    assert once.theta.tobytes() == twice.theta.tobytes()


@pytest.mark.parametrize("name", OPTIMISERS)
def test_a_batch_of_weight_zero_is_skipped(make_setting, name):
    """Parameters and moments keep their bits, though momentum, L2 and decay would move them."""
    setting = make_setting(optimiser=OPTIMISERS[name]())
    parameters, moments = setting.parameters(), setting.moments()
    setting.run(parameters, setting.steps(2), moments)
    before = [parameters.theta.copy(), *(moment.copy() for moment in moments.values())]

    skipped = replace(setting.steps(3, first=2), scale=np.zeros(3))
    result = setting.run(parameters, skipped, moments)

    assert result.losses.tolist() == [0, 0, 0]
    assert result.diverged is None
    for now, then in zip([parameters.theta, *moments.values()], before, strict=True):
        assert now.tobytes() == then.tobytes()


def test_a_row_of_weight_zero_does_not_count(make_setting):
    setting = make_setting(dropout=0.0)
    weights = setting.examples.weights.copy()
    weights[::3] = 0
    some = loss_and_gradient(with_examples(setting, weights=weights), np.arange(60))
    rows = np.flatnonzero(np.arange(60) % 3)
    without = loss_and_gradient(setting, rows)
    assert some[0] == pytest.approx(without[0], rel=1e-13)
    np.testing.assert_allclose(some[1], without[1], rtol=0, atol=1e-12)


@pytest.mark.parametrize("poison", [np.nan, np.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_divergence_stops_before_the_update(make_setting, dtype, poison):
    """A row that cannot be computed in the fourth batch: three steps are done, no more."""
    setting = make_setting(dtype=dtype)
    steps = setting.steps(6)
    X = setting.examples.X.copy()
    X[steps.batch(3)[5]] = poison
    parameters, moments = setting.parameters(), setting.moments()
    result = with_examples(setting, X=X).run(parameters, steps, moments)

    three, three_moments = setting.parameters(), setting.moments()
    expected = setting.run(three, setting.part(steps, 0, 3), three_moments)
    assert result.losses.tolist() == expected.losses.tolist()
    assert not np.isfinite(result.diverged)
    assert parameters.theta.tobytes() == three.theta.tobytes()
    for moment in moments:
        assert moments[moment].tobytes() == three_moments[moment].tobytes()


def test_a_rate_that_is_far_too_high_diverges_with_finite_parameters(make_setting):
    setting = make_setting(optimiser=SGD())
    parameters = setting.parameters()
    result = setting.run(parameters, setting.steps(6, rate=1e120))
    assert not np.isfinite(result.diverged)
    assert 1 <= len(result.losses) < 6
    assert np.isfinite(parameters.theta).all()


def test_predict_is_the_forward_pass_without_dropout(make_setting):
    setting = make_setting()
    parameters, X = setting.parameters(), setting.examples.X
    expected = forward(setting.objective.network, parameters, X.T).scores.T
    scores = setting.engine().predict(parameters, X)
    np.testing.assert_allclose(scores, expected, rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_predict_of_no_rows_has_no_rows(make_setting, dtype):
    setting = make_setting(dtype=dtype)
    scores = setting.engine().predict(setting.parameters(), np.empty((0, 6)))
    assert scores.shape == (0, 3)
    assert scores.dtype == dtype


def test_predict_scores_gives_them_all_finite_or_names_the_row(make_setting):
    setting = make_setting(scaled=())
    engine, parameters, X = setting.engine(), setting.parameters(), setting.examples.X.copy()
    scores = predict_scores(engine, parameters, X)
    np.testing.assert_array_equal(scores, setting.engine().predict(parameters, X))
    X[17] = 1e308
    with pytest.raises(DataError, match=r"Row 17 overflows float64.*1e\+308"):
        predict_scores(engine, parameters, X)


def test_predicting_needs_no_optimiser_but_training_does(make_setting):
    setting = make_setting()
    engine = create_engine(setting.objective)
    assert engine.predict(setting.parameters(), setting.examples.X).shape == (200, 3)
    with pytest.raises(TypeError, match="without an optimiser"):
        engine.run(setting.parameters(), {}, setting.examples, setting.steps(1))


@pytest.mark.parametrize("verb", ["run", "loss_and_gradient", "predict"])
@pytest.mark.parametrize("dtype", [np.float64, np.int64])
@pytest.mark.parametrize(
    "first",
    [Scale(6), Periodic(6, (0, 3), 2, 1), Embedding(6, (0, 3), (2, 2), 2)],
    ids=lambda layer: layer.kind,
)
def test_sparse_rows_are_refused_where_no_dense_layer_reads_them(make_setting, first, verb, dtype):
    setting = make_setting(network=Network([first, Dense(first.n_out, 3)]))
    setting = with_examples(setting, X=csr_matrix(setting.examples.X.astype(dtype)))
    parameters = setting.parameters()
    verbs = {
        "run": lambda: setting.run(parameters, setting.steps(2)),
        "loss_and_gradient": lambda: loss_and_gradient(setting, np.arange(9)),
        "predict": lambda: setting.engine().predict(parameters, setting.examples.X),
    }
    with pytest.raises(ValueError, match=rf"{type(first).__name__} reads dense rows.*toarray\(\)"):
        verbs[verb]()


def test_sparse_rows_may_meet_a_scale_later(make_setting):
    setting = make_setting(scaled=(2,))
    X = np.where(setting.examples.X > 0, setting.examples.X, 0)
    dense, sparse = with_examples(setting, X=X), with_examples(setting, X=csr_matrix(X))
    expected, trained = dense.parameters(), sparse.parameters()
    dense.run(expected, dense.steps(4))
    sparse.run(trained, sparse.steps(4))
    np.testing.assert_allclose(trained.theta, expected.theta, rtol=1e-12)


def test_adams_bias_corrections_are_right_over_30_000_steps_in_float32(make_setting):
    """Under a constant gradient m-hat = g and v-hat = g^2 at every step: each is one rate long.

    theta is put back after every step, so that only the step is rounded.
    """
    setting = make_setting(optimiser=Adam(beta_2=0.95), dtype=np.float32)
    engine, parameters, moments = setting.engine(), setting.parameters(), setting.moments()
    n_steps, rate = 30_000, 0.04
    scalars = setting.optimiser.scalars(np.full(n_steps, rate), np.arange(n_steps))
    gradient = np.zeros_like(parameters.theta)
    entry = parameters.layout.entries[-1]  # a bias of the last layer: its rate has no factor
    gradient[entry.span] = [1e-3, -0.7, 30]
    lengths = []
    for step in range(n_steps):
        parameters.theta[:] = 0
        engine.update(parameters, gradient.copy(), moments, scalars[step])
        lengths.append(parameters.theta[entry.span].copy())
    np.testing.assert_allclose(lengths, np.tile([-rate, rate, -rate], (n_steps, 1)), rtol=2e-5)
