"""The curves that are drawn are those of the run."""

import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError

from deltarule import MLPClassifier, TabularClassifier, load_model
from deltarule.errors import SettingError
from deltarule.insight import TrainingCurveDisplay

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = load_iris(return_X_y=True)
ALL = ["loss", "score", "rate", "gradient_norm", "update_ratio", "seconds"]


@pytest.fixture(autouse=True)
def on_paper():
    mpl.use("Agg")
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def fitted():
    return MLPClassifier((5,), max_iter=12, early_stopping=True, random_state=0).fit(X, Y)


def test_the_lines_are_the_columns(fitted):
    display = TrainingCurveDisplay.from_estimator(fitted, curves=ALL)
    assert display.lines_.keys() == fitted.history_.keys()
    for name, lines in display.lines_.items():
        drawn = np.column_stack([line.get_ydata() for line in lines])
        np.testing.assert_array_equal(drawn.squeeze(), fitted.history_[name].squeeze())
        assert all(line.get_xdata().tolist() == list(range(1, 13)) for line in lines)


def test_loss_and_score_by_default_with_the_best_epoch_marked(fitted):
    display = TrainingCurveDisplay.from_estimator(fitted)
    loss, score = display.axes_
    assert (loss.get_ylabel(), score.get_ylabel()) == ("loss", "score")
    assert (loss.get_xlabel(), score.get_xlabel()) == ("", "epoch")
    best = int(np.argmax(fitted.validation_scores_)) + 1
    names = [text.get_text() for text in loss.get_legend().get_texts()]
    assert names == ["training", "validation", f"best score: epoch {best}"]
    assert loss.get_title() == "MLPClassifier"


def test_a_run_without_validation_has_its_loss():
    model = MLPClassifier((5,), max_iter=3).fit(X, Y)
    (axes,) = TrainingCurveDisplay.from_estimator(model).axes_
    assert axes.get_ylabel() == "loss"
    assert axes.get_legend() is None
    with pytest.raises(SettingError, match="This run has no 'score'"):
        TrainingCurveDisplay.from_estimator(model, curves=["score"])


def test_axes_of_ones_own_and_a_style(fitted):
    figure, grid = plt.subplots(1, 2)
    display = TrainingCurveDisplay.from_estimator(
        fitted, curves=["update_ratio", "rate"], ax=grid, color="red"
    )
    assert display.figure_ is figure
    assert display.axes_ == list(grid)
    assert {line.get_color() for line in display.lines_["update_ratio"]} == {"red"}
    _, one = plt.subplots()
    assert TrainingCurveDisplay(fitted.history_).plot(curves="loss", ax=one).axes_ == [one]
    with pytest.raises(SettingError, match="2 axes were given for 1 curves"):
        TrainingCurveDisplay.from_estimator(fitted, curves=["loss"], ax=grid)


def test_a_curve_that_is_not_there_is_a_named_error(fitted):
    with pytest.raises(SettingError, match=r"no curve 'lsos'\. Choose from 'loss', 'score'"):
        TrainingCurveDisplay.from_estimator(fitted, curves=["lsos"])
    with pytest.raises(SettingError, match="at least one"):
        TrainingCurveDisplay.from_estimator(fitted, curves=[])
    with pytest.raises(NotFittedError):
        TrainingCurveDisplay.from_estimator(MLPClassifier())


def test_a_table_model_and_a_loaded_one_have_curves(fitted, tmp_path):
    table = {"a": X[:, 0], "b": X[:, 2]}
    display = TrainingCurveDisplay.from_estimator(TabularClassifier(max_iter=3).fit(table, Y))
    assert display.axes_[0].get_title() == "TabularClassifier"
    fitted.save(tmp_path / "model.deltarule")
    again = load_model(tmp_path / "model.deltarule")
    assert len(TrainingCurveDisplay.from_estimator(again, curves=ALL[:-1]).axes_) == 5
    with pytest.raises(SettingError, match="This run has no 'seconds'"):
        TrainingCurveDisplay.from_estimator(again, curves=["seconds"])


def test_matplotlib_is_imported_when_drawing_only():
    """And where it lacks, the message has the command that installs it."""
    code = """
import sys
sys.modules["matplotlib"] = None
import deltarule
model = deltarule.MLPClassifier((2,), tol=10, n_iter_no_change=1).fit([[0.], [1.]], [0, 1])
try:
    deltarule.insight.TrainingCurveDisplay.from_estimator(model)
except ImportError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'deltarule[report]'" in done.stdout
