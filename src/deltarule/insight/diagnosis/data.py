"""What predictions tell of the data: labels that look wrong, columns that give the answer away."""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray
from sklearn.tree import DecisionTreeClassifier

from deltarule.insight.diagnosis.symptom import Symptom

IMPROBABLE, SURE = 0.01, 0.95  # a label's probability, while another label's is as high as this
SIGNIFICANT = 4  # standard deviations more than there should be
FEWEST_SUSPECTS = 3
MOST_WRONG = 0.2  # share of the rows from which it is rather the model that is wrong
MOST_SUSPECTS = 20
TOLD_ALL = 0.98  # of what guessing leaves open, told by one column
MOST_ROWS = 4000
LEAVES, ROWS_A_LEAF = 64, 5
FEWEST_ROWS = 40
BINS = 15
MISCALIBRATED = 0.05


def of_labels(p: NDArray[np.float64], truth: NDArray[np.int64]) -> Iterator[Symptom]:
    """Yield whether more labels are improbable than a model that is right about itself expects.

    Parameters
    ----------
    p : array (n, l)
        Probabilities, of rows that were not trained on.
    truth : array (n,)
    """
    own, is_sure = p[np.arange(len(truth)), truth], p.max(axis=1) > SURE
    suspects = np.flatnonzero(is_sure & (own < IMPROBABLE))
    suspects = suspects[np.argsort(own[suspects], kind="stable")]
    expected = float(np.where(p < IMPROBABLE, p, 0)[is_sure].sum())
    least = max(FEWEST_SUSPECTS, expected + SIGNIFICANT * np.sqrt(expected))
    if least <= len(suspects) <= MOST_WRONG * len(truth):
        yield Symptom(
            "label noise",
            f"{len(suspects)} rows",
            f"Their label has a probability below {IMPROBABLE:.0%}, and another one above "
            f"{SURE:.0%}; of {len(truth)} rows about {expected:.1f} should be like that.",
            "Look at these rows: their labels may be wrong. If they are, mend or drop them; if "
            "many are, label_smoothing helps.",
            suspects[:MOST_SUSPECTS].tolist(),
        )


def by_confidence(
    p: NDArray[np.float64], truth: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return how sure predictions are, how often they are right, and how many there are.

    Of rows that are put together by the probability of the predicted class, in 15 bins of equal
    width; means of each bin that has rows.
    """
    top, is_right = p.max(axis=1), p.argmax(axis=1) == truth
    bins = np.minimum((top * BINS).astype(int), BINS - 1)
    used, counts = np.unique(bins, return_counts=True)
    predicted, observed = (
        np.array([values[bins == i].mean() for i in used]) for values in (top, is_right)
    )
    return predicted, observed, counts


def of_calibration(p: NDArray[np.float64], truth: NDArray[np.int64]) -> Iterator[Symptom]:
    """Yield whether probabilities say something else than how often they are right."""
    top, is_right = p.max(axis=1), p.argmax(axis=1) == truth
    predicted, observed, counts = by_confidence(p, truth)
    error = float(np.average(np.abs(observed - predicted), weights=counts))
    noise = np.sqrt(len(counts) / len(truth)) / 2  # what chance alone makes of it, at most
    if error > MISCALIBRATED + noise:
        sure = "surer" if top.mean() > is_right.mean() else "less sure"
        yield Symptom(
            "miscalibrated",
            "probabilities",
            f"It is right in {is_right.mean():.1%} of the rows and gives its predictions a "
            f"probability of {top.mean():.1%} on average: {sure} than it may be.",
            "On rows that it was trained on that is as it should be: ask on others. For "
            "MLPClassifier there is scikit-learn's CalibratedClassifierCV; TabularClassifier "
            "calibrates by itself.",
        )


def of_columns(
    inputs: NDArray[np.float32],
    spans: Mapping[str, slice],
    truth: NDArray[np.int64],
    rng: np.random.Generator,
) -> Iterator[Symptom]:
    """Yield columns that, alone, tell the label: a small decision tree sees what is in them.

    Parameters
    ----------
    inputs : array (n, f)
        Encoded rows.
    spans : mapping from column to slice
        Which of the numbers are its own.
    truth : array (n,)
    rng : numpy.random.Generator
        Chooses rows where there are many.
    """
    rows = rng.permutation(len(truth))[:MOST_ROWS]
    learnt, told = rows[::2], rows[1::2]
    guess = np.bincount(truth[learnt]).argmax()
    base = float((truth[told] == guess).mean()) if len(told) else 1.0
    if len(spans) < 2 or len(rows) < FEWEST_ROWS or base == 1:
        return
    for name, span in spans.items():
        tree = DecisionTreeClassifier(
            max_leaf_nodes=LEAVES, min_samples_leaf=ROWS_A_LEAF, random_state=0
        )
        found = tree.fit(inputs[learnt, span], truth[learnt]).score(inputs[told, span], truth[told])
        if (found - base) / (1 - base) >= TOLD_ALL:
            yield Symptom(
                "leakage",
                f"column {name!r}",
                f"This column alone tells {found:.1%} of the labels; guessing, {base:.1%}.",
                "Is it known when predictions are to be made, or is it a consequence of the label, "
                "or the label itself? If so, leave it out.",
            )
