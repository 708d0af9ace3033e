"""As good as scikit-learn's MLPClassifier, with the same settings on the same splits."""

import numpy as np
import pytest
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier as ScikitMLP

from deltarule import MLPClassifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SEEDS = range(10)
CASES = {
    "digits-adam": ("digits", {"max_iter": 15, "learning_rate_init": 0.005}),
    "digits-sgd": ("digits", {"max_iter": 20, "solver": "sgd", "learning_rate_init": 0.1}),
    "breast_cancer-logistic": ("breast_cancer", {"max_iter": 60, "activation": "logistic"}),
    "breast_cancer-adaptive": (
        "breast_cancer",
        {
            "max_iter": 60,
            "activation": "tanh",
            "solver": "sgd",
            "learning_rate": "adaptive",
            "learning_rate_init": 0.05,
        },
    ),
    "iris-adam": ("iris", {"max_iter": 150, "learning_rate_init": 0.01}),
    "iris-invscaling": (
        "iris",
        {
            "max_iter": 150,
            "solver": "sgd",
            "learning_rate": "invscaling",
            "learning_rate_init": 0.1,
            "power_t": 0.1,
        },
    ),
}


def fits(estimator, data, settings):
    """Return final losses and test accuracies (seeds, 2), one split and one start a seed."""
    X, y = data
    results = []
    for seed in SEEDS:
        X_train, X_test, y_train, y_test = train_test_split(
            X, y, test_size=0.4, stratify=y, random_state=seed
        )
        model = estimator((30,), random_state=seed, **settings).fit(X_train, y_train)
        results.append((model.loss_, model.score(X_test, y_test)))
    return np.array(results)


@pytest.mark.parametrize("case", CASES)
def test_loss_and_accuracy_are_scikit_learns(load, case):
    """The mean difference of pairs, over ten seeds, is within four of its standard errors.

    An accuracy of ten seeds is known to about half a per cent, hence the least allowance.
    """
    name, settings = CASES[case]
    ours, theirs = (fits(model, load(name), settings) for model in (MLPClassifier, ScikitMLP))
    noise = (ours - theirs).std(axis=0, ddof=1) / len(SEEDS) ** 0.5
    loss, accuracy = np.abs((ours - theirs).mean(axis=0))
    assert loss < 4 * noise[0] + 0.02 * theirs[:, 0].mean()
    assert accuracy < 4 * noise[1] + 0.005
    assert theirs[:, 1].mean() > 0.9, "the comparison means little where nothing was learned"
