"""MLPClassifier beside scikit-learn's, both with their defaults: accuracy and time.

::

    python -m benchmarks.drop_in

Ten problems that scikit-learn bundles or generates, ten seeds each. A seed splits the rows,
standardises them and starts both networks, one fit after the other in one process. Printed are the
mean accuracies with their 95 % intervals, the interval of the difference seed by seed, and how many
times longer scikit-learn took.
"""

import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.stats import t as student
from sklearn import datasets
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier as ScikitMLP
from sklearn.preprocessing import StandardScaler

from deltarule import MLPClassifier

SEEDS = 10
CONFIDENCE = 0.95
PROBLEMS: dict[str, Callable[[], Any]] = {
    "iris": lambda: datasets.load_iris(return_X_y=True),
    "wine": lambda: datasets.load_wine(return_X_y=True),
    "breast_cancer": lambda: datasets.load_breast_cancer(return_X_y=True),
    "digits": lambda: datasets.load_digits(return_X_y=True),
    "moons": lambda: datasets.make_moons(1000, noise=0.3, random_state=0),
    "circles": lambda: datasets.make_circles(1000, noise=0.2, factor=0.5, random_state=0),
    "hastie": lambda: datasets.make_hastie_10_2(2000, random_state=0),
    "quantiles": lambda: datasets.make_gaussian_quantiles(
        n_samples=1500, n_features=4, n_classes=4, random_state=0
    ),
    "two classes": lambda: datasets.make_classification(1500, flip_y=0.1, random_state=0),
    "five classes": lambda: datasets.make_classification(
        2000, n_informative=8, n_classes=5, random_state=0
    ),
}


def compare(problem: str) -> tuple[np.ndarray, np.ndarray]:
    """Return accuracies and seconds, (seeds, 2): ours, scikit-learn's."""
    X, y = PROBLEMS[problem]()
    accuracy, seconds = np.zeros((SEEDS, 2)), np.zeros((SEEDS, 2))
    for seed in range(SEEDS):
        train, test, y_train, y_test = train_test_split(X, y, random_state=seed, stratify=y)
        scaler = StandardScaler().fit(train)
        train, test = scaler.transform(train), scaler.transform(test)
        models = [MLPClassifier(random_state=seed), ScikitMLP(random_state=seed)]
        for i in (0, 1) if seed % 2 else (1, 0):  # in turns
            started = time.perf_counter()
            models[i].fit(train, y_train)
            seconds[seed, i] = time.perf_counter() - started
            accuracy[seed, i] = models[i].score(test, y_test)
    return accuracy, seconds


def interval(values: np.ndarray) -> tuple[float, float]:
    """Return the mean and the half-width of its confidence interval."""
    quantile = student.ppf((1 + CONFIDENCE) / 2, len(values) - 1)
    return float(values.mean()), float(quantile * values.std(ddof=1) / np.sqrt(len(values)))


def main() -> None:
    """Print a row for each problem."""
    warnings.simplefilter("ignore")
    print("| problem | deltarule | scikit-learn | difference | | s a fit, ours | ratio |")
    print("|---|---:|---:|---:|---|---:|---:|")
    for problem in PROBLEMS:
        accuracy, seconds = compare(problem)
        (ours, a), (theirs, b) = interval(accuracy[:, 0]), interval(accuracy[:, 1])
        mean, half = interval(accuracy[:, 0] - accuracy[:, 1])
        verdict = "equal" if abs(mean) <= half else "differs"
        ratio = np.median(seconds[:, 1] / seconds[:, 0])
        print(
            f"| {problem} | {ours:.4f} ± {a:.4f} | {theirs:.4f} ± {b:.4f} | "
            f"{mean:+.4f} ± {half:.4f} | {verdict} | {np.median(seconds[:, 0]):.3f} | "
            f"{ratio:.1f}x |",
            flush=True,
        )


if __name__ == "__main__":
    main()
