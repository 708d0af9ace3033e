"""What was planted is found and named; what is healthy is left in peace."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine

from deltarule import MLPClassifier, TabularClassifier
from deltarule.insight import diagnose
from deltarule.insight.diagnosis.data import of_calibration, of_labels
from deltarule.insight.diagnosis.history import of_history
from deltarule.insight.diagnosis.units import of_units
from deltarule.network import LOSSES, Inputs, Network, initialise

RNG = np.random.default_rng(0)
X, Y = load_iris(return_X_y=True)
Z = (X - X.mean(axis=0)) / X.std(axis=0)


def names(symptoms):
    return [symptom.name for symptom in symptoms]


def network(sizes, activation, change=lambda parameters: None):
    made = Network.dense(sizes, activation)
    parameters = initialise(made, 0)
    change(parameters)
    X = np.random.default_rng(1).normal(size=(sizes[0], 100))
    y = np.random.default_rng(2).integers(0, sizes[-1], 100)
    return Inputs(made, parameters, LOSSES["softmax"], X, y)


@pytest.mark.parametrize("activation", ["tanh", "relu", "silu", "selu"])
def test_fresh_networks_are_healthy(activation):
    assert not list(of_units(network([8, 32, 32, 3], activation)))


def test_dead_units_are_found_and_numbered():
    def kill(parameters):
        parameters.W[2][[1, 6, 7, 9]], parameters.b[2][[1, 6, 7, 9]] = 0, -1

    (found,) = of_units(network([4, 8, 16, 3], "relu", kill))
    assert (found.name, found.where) == ("dead units", "layer 2")
    assert found.told.startswith(
        "4 of 16 units pass no gradient on for any of the 100 rows: 2, 7, 8, 10"
    )
    assert "leaky_relu" in found.advice


def test_units_that_are_off_on_a_few_rows_are_not_dead():
    inputs = network([4, 32, 3], "relu")
    few = replace(inputs, X=inputs.X[:, :2], y=inputs.y[:2])
    assert not list(of_units(few))


def test_saturation_is_found():
    def inflate(parameters):
        parameters.W[1][:] *= 40

    found = {(s.name, s.where) for s in of_units(network([8, 16, 3], "tanh", inflate))}
    assert ("saturated units", "layer 1") in found
    assert ("large weights", "layer 1") in found


@pytest.mark.parametrize(
    ("factor", "name"), [(0.05, "vanishing gradients"), (20, "exploding gradients")]
)
def test_gradients_that_fade_or_grow_are_found(factor, name):
    def scale(parameters):
        """Scores stay as large as they are: what the layers above multiply, the first divides."""
        for k in range(2, 6):
            parameters.W[k][:] *= factor
        if factor > 1:
            parameters.W[1][:] /= factor**4
            for b in parameters.b.values():
                b[:] = 0

    found = names(of_units(network([8, 16, 16, 16, 16, 3], "leaky_relu", scale)))
    assert name in found


def history(epochs=20, **changes):
    usual = {
        "loss": np.linspace(1, 0.5, epochs),
        "validation_loss": np.linspace(1, 0.55, epochs),
        "validation_score": np.linspace(0.5, 0.9, epochs),
        "update_ratio": np.full((epochs, 2), 1e-3),
        "rate": np.full(epochs, 0.01),
    }
    return usual | changes


def test_a_healthy_history_is_left_in_peace():
    assert not list(of_history(history(), is_over=True))
    assert not list(of_history({k: v[:3] for k, v in history().items()}, is_over=False))


@pytest.mark.parametrize(("ratio", "name"), [(0.5, "steps too large"), (1e-7, "steps too small")])
def test_steps_that_are_too_large_or_small_are_found(ratio, name):
    ratios = np.full((20, 2), 1e-3)
    ratios[:, 1] = ratio
    (found,) = of_history(history(update_ratio=ratios), is_over=True)
    assert (found.name, found.where) == (name, "layer 2")


def test_a_gap_is_found():
    (found,) = of_history(history(validation_loss=np.linspace(1, 1.4, 20)), is_over=True)
    assert found.name == "gap between training and validation"
    assert found.told.startswith("The loss is 0.5000 on the rows trained on and 1.4000")


def test_a_loss_that_still_falls_is_found():
    assert names(of_history(history(), is_over=False)) == ["not finished"]
    assert not list(of_history(history(rate=np.geomspace(1e-2, 1e-6, 20)), is_over=False))


def calibrated(n=4000):
    p = RNG.dirichlet([0.3, 0.3, 0.3], n)
    truth = (RNG.uniform(size=(n, 1)) > p.cumsum(axis=1)).sum(axis=1)
    return p, np.minimum(truth, 2)


def test_labels_that_are_as_improbable_as_they_should_be_are_left_in_peace():
    p, truth = calibrated()
    assert not list(of_labels(p, truth))
    assert not list(of_calibration(p, truth))


def test_noisy_labels_are_found_row_by_row():
    p, truth = calibrated()
    sure = np.flatnonzero(p.max(axis=1) > 0.999)[:25]
    truth[sure] = (p[sure].argmax(axis=1) + 1) % 3
    (found,) = of_labels(p, truth)
    assert found.name == "label noise"
    assert set(found.rows) <= set(sure.tolist())
    assert len(found.rows) == 20


def test_probabilities_that_are_too_sure_are_found():
    p, truth = calibrated()
    sharper = p**4 / (p**4).sum(axis=1, keepdims=True)
    (found,) = of_calibration(sharper, truth)
    assert found.name == "miscalibrated"
    assert "surer than it may be" in found.told


@pytest.mark.filterwarnings("ignore:Column")
def test_planted_noise_is_found_in_a_real_table():
    """Forty labels of digits are changed; held-out rows, so that they could not be learnt."""
    images, y = load_digits(return_X_y=True)
    noisy = y.copy()
    planted = np.random.default_rng(0).choice(np.arange(900, len(y)), 40, replace=False)
    noisy[planted] = (y[planted] + 3) % 10
    model = TabularClassifier(preset="quick", max_iter=20, random_state=0)
    model.fit(images[:900], y[:900])
    found = {s.name: s for s in diagnose(model, images[900:], noisy[900:])}
    suspects = set(found["label noise"].rows)
    assert len(suspects & set((planted - 900).tolist())) > 0.9 * len(suspects)


LEAKS = {
    "the label itself": lambda y: np.array(["yes", "no"])[y],
    "a number that follows": lambda y: y * 3.0 + RNG.normal(0, 0.2, len(y)),
    "a code of it": lambda y: np.array([f"k{2 * label + RNG.integers(2)}" for label in y]),
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", LEAKS)
@pytest.mark.parametrize("kind", [TabularClassifier, MLPClassifier], ids=lambda kind: kind.__name__)
def test_a_column_that_gives_the_answer_away_is_named(name, kind):
    rng = np.random.default_rng(3)
    y = rng.integers(0, 2, 400)
    table = {f"x{i}": rng.normal(size=400) + 0.3 * y for i in range(4)}
    table["after"] = LEAKS[name](y)
    if kind is TabularClassifier:
        model = TabularClassifier(preset="quick", max_iter=10, random_state=0).fit(table, y)
        found = diagnose(model, table, y)
    elif table["after"].dtype.kind == "f":
        rows = np.column_stack(list(table.values()))
        model = MLPClassifier((8,), max_iter=30, random_state=0, early_stopping=True).fit(rows, y)
        found = diagnose(model, rows, y)
    else:
        pytest.skip("an array has no text")
    leaks = [s.where for s in found if s.name == "leakage"]
    assert leaks == ["column 'after'" if kind is TabularClassifier else "column 'x4'"]


@pytest.mark.parametrize("load", [load_wine, load_breast_cancer, load_iris])
def test_strong_columns_of_real_tables_are_no_leaks(load):
    rows, y = load(return_X_y=True)
    model = TabularClassifier(preset="quick", max_iter=10, random_state=0).fit(rows[::2], y[::2])
    assert "leakage" not in names(diagnose(model, rows[1::2], y[1::2]))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_inputs_that_are_not_scaled_are_found_by_what_they_do():
    rows, y = load_breast_cancer(return_X_y=True)
    model = MLPClassifier((20,), activation="tanh", max_iter=30, random_state=0).fit(rows, y)
    assert {"dead units", "saturated units"} & set(names(diagnose(model, rows, y)))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_several_labels_a_row_are_looked_at_as_far_as_that_goes():
    both = np.column_stack([Y > 0, Y > 1]).astype(int)
    model = MLPClassifier((8,), max_iter=20, random_state=0).fit(Z, both)
    assert isinstance(diagnose(model, Z, both), list)


def test_large_inputs_alone_are_no_exploding_gradient():
    inputs = network([8, 16, 3], "leaky_relu")
    large = replace(inputs, X=1e6 * inputs.X)
    assert "exploding gradients" not in names(of_units(large))


def test_one_unit_with_large_weights_is_named():
    def grow(parameters):
        parameters.W[2][5] *= 100

    found = [s for s in of_units(network([8, 16, 64, 3], "relu", grow)) if "large" in s.name]
    assert [symptom.where for symptom in found] == ["layer 2"]
    assert "of unit 6." in found[0].told


def test_large_weights_of_tables_are_seen_too():
    table = {f"x{i}": column for i, column in enumerate(X.T)}
    model = TabularClassifier(preset="quick", max_iter=2, n_models=1, random_state=0).fit(table, Y)
    assert "large weights" not in names(diagnose(model, table, Y))
    last = model.network_.depth
    model._parameters[0].W[last][:] *= 100
    assert ("large weights", f"layer {last}") in {
        (symptom.name, symptom.where) for symptom in diagnose(model, table, Y)
    }
