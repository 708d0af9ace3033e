"""Fault 43: a layer whose units are dead or saturated is named, also in reports."""

import json

import numpy as np
import pytest

from deltarule import MLPClassifier, TabularClassifier, load_model
from deltarule.insight import diagnose, report

RNG = np.random.default_rng(0)
N = 200
Y = RNG.integers(0, 2, N)
TABLE = {"a": Y + RNG.normal(size=N), "b": RNG.normal(size=N)}


def kill(parameters, k):
    """No unit of layer k ever leaves the flat side of its activation."""
    parameters[k]["W"][:], parameters[k]["b"][:] = 0, -100


def saturate(parameters, k):
    parameters[k]["W"][:] *= 1000


@pytest.fixture
def model():
    """Layers 1 and 2 embed and scale; 3, 4 and 5 are hidden."""
    return TabularClassifier(
        n_models=1, max_iter=5, random_state=0, parametric_activation=False
    ).fit(TABLE, Y)


def hidden_layers(model):
    return [k for k, layer in model.network_ if layer.kind == "dense"][:-1]


@pytest.mark.parametrize("which", [0, 1, 2])
def test_the_layer_is_named(model, which):
    k = hidden_layers(model)[which]
    kill(model._parameters[0], k)
    found = {(symptom.name, symptom.where) for symptom in diagnose(model, TABLE, Y)}
    assert ("dead units", f"layer {k}") in found
    assert {where for name, where in found if name == "dead units"} == {f"layer {k}"}


def test_a_report_and_the_command_line_name_it(model, tmp_path, capsys, monkeypatch):
    k = hidden_layers(model)[1]
    kill(model._parameters[0], k)
    assert f"Dead units: layer {k}" in report(model, TABLE, Y)
    model.save(tmp_path / "m.deltarule", target="y")
    rows = np.column_stack([TABLE["a"], TABLE["b"], Y])
    np.savetxt(tmp_path / "t.csv", rows, delimiter=",", header="a,b,y", comments="")
    from deltarule.cli import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["deltarule", "inspect", "m.deltarule", "t.csv", "--json"])
    with pytest.raises(SystemExit) as ended:
        main()
    told = json.loads(capsys.readouterr().out)
    assert ended.value.code == 0
    assert ("dead units", f"layer {k}") in {(s["name"], s["where"]) for s in told["symptoms"]}
    assert all(s["advice"] for s in told["symptoms"])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("activation", ["tanh", "logistic"])
def test_saturated_units_are_named(activation):
    X = np.column_stack(list(TABLE.values()))
    model = MLPClassifier((16, 16), activation=activation, max_iter=5, random_state=0).fit(X, Y)
    assert "saturated units" not in {symptom.name for symptom in diagnose(model, X, Y)}
    saturate(model._parameters, 2)
    found = {(symptom.name, symptom.where) for symptom in diagnose(model, X, Y)}
    assert {("saturated units", "layer 2"), ("dead units", "layer 2")} & found


def test_a_healthy_model_from_a_file_is_left_in_peace(model, tmp_path):
    model.save(tmp_path / "m")
    names = {symptom.name for symptom in diagnose(load_model(tmp_path / "m"), TABLE, Y)}
    assert not names & {"dead units", "saturated units"}
