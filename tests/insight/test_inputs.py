"""What Algorithm 1 takes, from either estimator."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.datasets import load_iris

from deltarule import MLPClassifier, TabularClassifier
from deltarule.network import forward

X, Y = load_iris(return_X_y=True)
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize("dtype", [None, "float32"])
@pytest.mark.parametrize("kind", [np.asarray, csr_array], ids=["dense", "sparse"])
def test_the_scores_are_those_that_predictions_come_of(dtype, kind):
    model = MLPClassifier((5,), dtype=dtype, max_iter=5, random_state=0).fit(X, Y)
    inputs = model.inputs_of(kind(X[:9]), Y[:9])
    done = forward(inputs.network, inputs.parameters, inputs.X)
    p = inputs.loss.probabilities(done.scores).T
    np.testing.assert_allclose(p, model.predict_proba(X[:9]), rtol=1e-5)
    assert inputs.y.tolist() == Y[:9].tolist()
    assert inputs.X.dtype == inputs.parameters.dtype


def test_two_classes_and_several_labels_are_indicators():
    two = MLPClassifier((5,), max_iter=5, random_state=0).fit(X, Y > 0)
    assert two.inputs_of(X[48:52], Y[48:52] > 0).y.tolist() == [[0, 0, 1, 1]]
    both = np.column_stack([Y > 0, Y > 1]).astype(int)
    several = MLPClassifier((5,), max_iter=5, random_state=0).fit(X, both)
    assert np.array_equal(several.inputs_of(X, both).y, both.T)


def test_of_a_table_the_network_is_one_of_several():
    table = {"a": X[:, 0], "b": Y + 0.5 * X[:, 1]}
    model = TabularClassifier(max_iter=2, n_models=3, random_state=0).fit(table, Y)
    labels = np.array(["x", "y", "z"])[Y]
    named = TabularClassifier(max_iter=2, n_models=3, random_state=0).fit(table, labels)
    for which in range(3):
        inputs = named.inputs_of(table, labels, which)
        assert inputs.parameters is named._parameters[which]
        assert np.array_equal(inputs.y, Y)
        assert inputs.network is named.network_
    assert model.network_ == named.network_
